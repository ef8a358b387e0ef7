"""The exceptions: what they say, and how they can be caught."""

import errno

import pytest

from wslib.errors import (
    HandshakeError,
    InvalidState,
    PayloadTooBig,
    PortInUse,
    ProtocolError,
    WslibError,
)


def test_a_handshake_error_says_what_is_wrong_and_where_the_rule_stands() -> None:
    error = HandshakeError("no Host", section="4.2.1, item 2")
    assert str(error) == "no Host (RFC 6455, section 4.2.1, item 2)"
    assert error.message == "no Host"
    assert error.section == "4.2.1, item 2"


def test_a_handshake_error_is_answered_with_400_unless_told_otherwise() -> None:
    assert HandshakeError("no Host", section="4.2.1").status == 400
    assert HandshakeError("a version", section="4.4", status=426).status == 426
    assert HandshakeError("no accept", section="4.1", status=None).status is None


def test_a_rule_of_http_or_of_an_extension_names_its_own_rfc() -> None:
    error = HandshakeError("a bare LF", section="2.2", rfc=9112)
    assert str(error) == "a bare LF (RFC 9112, section 2.2)"
    fault = ProtocolError("not DEFLATE", section="7.2.2", rfc=7692)
    assert str(fault) == "not DEFLATE (RFC 7692, section 7.2.2)"


def test_a_protocol_error_says_what_is_wrong_where_and_how_to_close() -> None:
    error = ProtocolError("opcode 3 is reserved", section="5.2")
    assert str(error) == "opcode 3 is reserved (RFC 6455, section 5.2)"
    assert error.message == "opcode 3 is reserved"
    assert (error.section, error.close_code) == ("5.2", 1002)
    assert ProtocolError("not text", section="8.1", close_code=1007).close_code == 1007


def test_a_payload_too_big_is_a_protocol_error_with_a_code_of_its_own() -> None:
    error = PayloadTooBig("9 bytes, and 8 are the limit")
    assert isinstance(error, ProtocolError)
    assert (error.section, error.close_code) == ("10.4", 1009)
    assert str(error) == "9 bytes, and 8 are the limit (RFC 6455, section 10.4)"


def test_a_port_in_use_is_also_an_os_error_with_number_and_words() -> None:
    error = PortInUse(errno.EADDRINUSE, "port 1234 is in use")
    assert isinstance(error, OSError)
    assert error.errno == errno.EADDRINUSE
    assert error.strerror == "port 1234 is in use"


@pytest.mark.parametrize(
    "error",
    [
        HandshakeError("no Host", section="4.2.1"),
        ProtocolError("opcode 3 is reserved", section="5.2"),
        PayloadTooBig("9 bytes, and 8 are the limit"),
        InvalidState("the connection is closed"),
        PortInUse(errno.EADDRINUSE, "port 1234 is in use"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_one_base_class_catches_whatever_the_package_raises(error: Exception) -> None:
    with pytest.raises(WslibError):
        raise error
