"""The exceptions: what they say, and how they can be caught."""

import errno

import pytest

from wslib.errors import HandshakeError, PortInUse, WslibError


def test_a_handshake_error_says_what_is_wrong_and_where_the_rule_stands() -> None:
    error = HandshakeError("no Host", section="4.2.1, item 2")
    assert str(error) == "no Host (RFC 6455, section 4.2.1, item 2)"
    assert error.message == "no Host"
    assert error.section == "4.2.1, item 2"


def test_a_handshake_error_is_answered_with_400_unless_told_otherwise() -> None:
    assert HandshakeError("no Host", section="4.2.1").status == 400
    assert HandshakeError("a version", section="4.4", status=426).status == 426
    assert HandshakeError("no accept", section="4.1", status=None).status is None


def test_a_rule_of_http_itself_names_its_own_rfc() -> None:
    error = HandshakeError("a bare LF", section="2.2", rfc=9112)
    assert str(error) == "a bare LF (RFC 9112, section 2.2)"


def test_a_port_in_use_is_also_an_os_error_with_number_and_words() -> None:
    error = PortInUse(errno.EADDRINUSE, "port 1234 is in use")
    assert isinstance(error, OSError)
    assert error.errno == errno.EADDRINUSE
    assert error.strerror == "port 1234 is in use"


@pytest.mark.parametrize(
    "error",
    [
        HandshakeError("no Host", section="4.2.1"),
        PortInUse(errno.EADDRINUSE, "port 1234 is in use"),
    ],
    ids=["handshake", "port"],
)
def test_one_base_class_catches_whatever_the_package_raises(error: Exception) -> None:
    with pytest.raises(WslibError):
        raise error
