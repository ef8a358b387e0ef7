"""One HTTP/1.1 head: bytes to values, values to bytes, and what is refused."""

import ssl

import pytest

from wslib.errors import HandshakeError
from wslib.http1 import MAX_HEAD, Request, Response, parse_request, parse_response

# RFC 6455, section 1.2: the two opening handshakes, as they are printed there.
REQUEST = (
    b"GET /chat HTTP/1.1\r\n"
    b"Host: server.example.com\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Origin: http://example.com\r\n"
    b"Sec-WebSocket-Protocol: chat, superchat\r\n"
    b"Sec-WebSocket-Version: 13\r\n"
    b"\r\n"
)
RESPONSE = (
    b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Upgrade: websocket\r\n"
    b"Connection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
    b"Sec-WebSocket-Protocol: chat\r\n"
    b"\r\n"
)


def request_error(data: bytes) -> HandshakeError:
    with pytest.raises(HandshakeError) as caught:
        parse_request(data)
    return caught.value


def response_error(data: bytes) -> HandshakeError:
    with pytest.raises(HandshakeError) as caught:
        parse_response(data)
    return caught.value


# --- bytes to values ------------------------------------------------------------------


def test_a_request_is_read_into_its_parts() -> None:
    found = parse_request(REQUEST)
    assert found is not None
    request, size = found
    assert (request.method, request.target, request.version) == (
        "GET",
        "/chat",
        "HTTP/1.1",
    )
    assert request.headers[0] == ("Host", "server.example.com")
    assert len(request.headers) == 7
    assert size == len(REQUEST)


def test_a_response_is_read_into_its_parts() -> None:
    found = parse_response(RESPONSE)
    assert found is not None
    response, size = found
    assert (response.status, response.reason) == (101, "Switching Protocols")
    assert response.headers[-1] == ("Sec-WebSocket-Protocol", "chat")
    assert response.body == b""
    assert size == len(RESPONSE)


def test_a_reason_phrase_may_be_empty_or_missing() -> None:
    for line in (b"HTTP/1.1 101 \r\n\r\n", b"HTTP/1.1 101\r\n\r\n"):
        found = parse_response(line)
        assert found is not None
        assert (found[0].status, found[0].reason) == (101, "")


def test_wherever_a_head_is_cut_the_beginning_asks_for_more() -> None:
    for size in range(len(REQUEST)):
        assert parse_request(REQUEST[:size]) is None, REQUEST[:size]
    for size in range(len(RESPONSE)):
        assert parse_response(RESPONSE[:size]) is None, RESPONSE[:size]


@pytest.mark.parametrize("rest", [b"\x81", b"\r\n", b"\n", b"GET / HTTP/1.1\r\n\r\n"])
def test_what_follows_the_blank_line_is_left_alone(rest: bytes) -> None:
    assert parse_request(REQUEST + rest) == parse_request(REQUEST)
    assert parse_response(RESPONSE + rest) == parse_response(RESPONSE)


def test_blanks_around_a_value_do_not_belong_to_it() -> None:
    found = parse_request(b"GET / HTTP/1.1\r\nHost: \t a b \t \r\nEmpty:\r\n\r\n")
    assert found is not None
    assert found[0].headers == (("Host", "a b"), ("Empty", ""))


def test_bytes_beyond_ascii_survive_in_a_value() -> None:
    line = "GET / HTTP/1.1\r\nX: gr\u00fc\u00df\r\n\r\n".encode("latin-1")
    found = parse_request(line)
    assert found is not None
    assert found[0].get("X") == "gr\u00fc\u00df"
    assert found[0].serialize() == line


@pytest.mark.parametrize(
    "target", ["/", "/a?b=c", "http://h/a", "https://h/", "ws://h:1/", "wss://h/x?y"]
)
def test_a_resource_name_is_a_path_or_an_absolute_uri(target: str) -> None:
    found = parse_request(f"GET {target} HTTP/1.1\r\n\r\n".encode())
    assert found is not None
    assert found[0].target == target


# --- header fields --------------------------------------------------------------------


def test_names_of_header_fields_have_no_case() -> None:
    request = Request(headers=(("UPGRADE", "a"), ("upgrade", "b")))
    assert request.values("Upgrade") == ["a", "b"]
    assert request.get("uPgRaDe") == "a"
    assert request.get("Host") is None


def test_a_list_on_one_line_and_on_several_lines_means_the_same() -> None:
    one = Request(headers=(("Connection", "keep-alive, Upgrade"),))
    two = Request(headers=(("Connection", "keep-alive"), ("connection", "Upgrade")))
    untidy = Request(headers=(("Connection", " ,keep-alive,\t,Upgrade , "),))
    for request in (one, two, untidy):
        assert request.tokens("Connection") == ["keep-alive", "Upgrade"]
        assert request.has_token("Connection", "upgrade")
        assert not request.has_token("Connection", "close")


def test_a_token_is_not_found_inside_another() -> None:
    request = Request(headers=(("Connection", "no-upgrade, upgraded"),))
    assert not request.has_token("Connection", "upgrade")


# --- values to bytes ------------------------------------------------------------------


def test_what_was_read_is_written_back_byte_for_byte() -> None:
    request, response = parse_request(REQUEST), parse_response(RESPONSE)
    assert request is not None and response is not None
    assert request[0].serialize() == REQUEST
    assert response[0].serialize() == RESPONSE


def test_the_body_of_a_response_follows_its_blank_line() -> None:
    response = Response(status=400, reason="Bad Request", body=b"no\n")
    assert response.serialize() == b"HTTP/1.1 400 Bad Request\r\n\r\nno\n"


def test_a_response_is_101_unless_told_otherwise() -> None:
    assert Response().serialize() == b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


@pytest.mark.parametrize("message", [Request(), Response()])
def test_a_message_cannot_be_changed(message: Request | Response) -> None:
    with pytest.raises(AttributeError):
        message.headers = ()  # type: ignore[misc]


INJECTIONS = [
    Request(method="GET /evil HTTP/1.1\r\nX:"),
    Request(method=""),
    Request(target="/ HTTP/1.1\r\nX: y"),
    Request(target="/a b"),
    Request(target=""),
    Request(target="/a#fragment"),
    Request(version="HTTP/1.1\r\nX: y"),
    Request(version="HTTP/11"),
    Request(headers=(("X: y\r\nZ", "1"),)),
    Request(headers=(("", "1"),)),
    Request(headers=(("X", "1\r\nY: 2"),)),
    Request(headers=(("X", "1\nY: 2"),)),
    Request(headers=(("X", "1\r"),)),
    Request(headers=(("X", "1\0"),)),
    Request(headers=(("X", "\u65e5\u672c"),)),
    Response(reason="OK\r\nX: y"),
    Response(reason="OK\n"),
    Response(status=99),
    Response(status=1000),
    Response(headers=(("X", "1\r\n\r\n<html>"),)),
]


@pytest.mark.parametrize("message", INJECTIONS, ids=repr)
def test_nothing_that_would_break_the_lines_is_written(
    message: Request | Response,
) -> None:
    with pytest.raises(ValueError, match="^not a "):
        message.serialize()


def test_whatever_is_written_is_read_back_the_same() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = pytest.importorskip("hypothesis.strategies")
    tokens = st.text("!#$%&'*+-.^_`|~09AZaz", min_size=1, max_size=12)
    inner = [chr(c) for c in (0x09, 0x20, 0x21, 0x2C, 0x3A, 0x7E, 0x80, 0xE9, 0xFF)]
    values = st.text(inner, max_size=20).map(lambda text: text.strip(" \t"))
    fields = st.lists(st.tuples(tokens, values), max_size=5).map(tuple)
    targets = st.text([chr(c) for c in range(0x21, 0x7F) if c != 0x23]).map("/".__add__)
    requests = st.builds(Request, method=tokens, target=targets, headers=fields)
    responses = st.builds(
        Response, status=st.integers(100, 999), reason=values, headers=fields
    )

    @hypothesis.settings(
        derandomize=True, database=None, deadline=None, max_examples=60
    )
    @hypothesis.given(requests, responses, st.binary(max_size=20))
    def check(request: Request, response: Response, rest: bytes) -> None:
        data = request.serialize()
        assert parse_request(data + rest) == (request, len(data))
        data = response.serialize()
        assert parse_response(data + rest) == (response, len(data))

    check()


def test_no_bytes_at_all_raise_anything_but_a_handshake_error() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = pytest.importorskip("hypothesis.strategies")
    pieces = [
        b"GET",
        b" ",
        b"/",
        b"HTTP/1.1",
        b"101",
        b"\r\n",
        b"\n",
        b":",
        b"A",
        b"\0",
    ]
    streams = st.lists(st.sampled_from(pieces) | st.binary(max_size=3)).map(b"".join)

    @hypothesis.settings(derandomize=True, database=None, deadline=None)
    @hypothesis.given(streams, st.booleans())
    def check(data: bytes, end: bool) -> None:
        data += b"\r\n\r\n" * end
        for parse in (parse_request, parse_response):
            try:
                found = parse(data)
            except HandshakeError:
                continue
            if found is not None:
                message, size = found
                assert message.serialize()[-4:] == data[size - 4 : size]

    check()


# --- what is refused ------------------------------------------------------------------

BAD_REQUESTS = [
    ("no target", b"GET HTTP/1.1\r\n\r\n", 9112, "3"),
    ("two blanks", b"GET  / HTTP/1.1\r\n\r\n", 9112, "3"),
    ("no method", b" / HTTP/1.1\r\n\r\n", 9112, "3"),
    ("a method that is no token", b"G@T / HTTP/1.1\r\n\r\n", 9112, "3"),
    ("a blank line first", b"\r\n\r\n", 9112, "3"),
    ("not HTTP at all", b"\x00Hello\xff\r\n\r\n", 9112, "3"),
    ("a relative target", b"GET chat HTTP/1.1\r\n\r\n", 6455, "4.2.1, item 1"),
    ("a fragment", b"GET /a#b HTTP/1.1\r\n\r\n", 6455, "4.2.1, item 1"),
    ("a byte beyond ASCII", b"GET /\xe9 HTTP/1.1\r\n\r\n", 6455, "4.2.1, item 1"),
    ("another protocol", b"GET / HTTQ/1.1\r\n\r\n", 9112, "2.3"),
    ("a version in words", b"GET / HTTP/one\r\n\r\n", 9112, "2.3"),
    ("LF alone", b"GET / HTTP/1.1\nHost: a\r\n\r\n", 9112, "2.2"),
    ("LF alone, unfinished", b"GET / HTTP/1.1\n", 9112, "2.2"),
    ("no colon", b"GET / HTTP/1.1\r\nHost a\r\n\r\n", 9112, "5.1"),
    ("a blank before the colon", b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 9112, "5.1"),
    ("no name", b"GET / HTTP/1.1\r\n: a\r\n\r\n", 9112, "5.1"),
    ("a folded line", b"GET / HTTP/1.1\r\nX: a\r\n b\r\n\r\n", 9112, "5.1"),
    ("NUL in a value", b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", 9112, "5"),
    ("CR in a value", b"GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", 9112, "5"),
]


@pytest.mark.parametrize(
    ("data", "rfc", "section"),
    [case[1:] for case in BAD_REQUESTS],
    ids=[case[0] for case in BAD_REQUESTS],
)
def test_a_request_that_is_none_is_refused_with_the_rule(
    data: bytes, rfc: int, section: str
) -> None:
    error = request_error(data)
    assert (error.rfc, error.section, error.status) == (rfc, section, 400)


BAD_RESPONSES = [
    ("a request", b"GET / HTTP/1.1\r\n\r\n", "4"),
    ("no status", b"HTTP/1.1 Switching Protocols\r\n\r\n", "4"),
    ("two digits", b"HTTP/1.1 99 No\r\n\r\n", "4"),
    ("four digits", b"HTTP/1.1 1010 No\r\n\r\n", "4"),
    ("CR in the reason", b"HTTP/1.1 101 a\rb\r\n\r\n", "4"),
    ("another major version", b"HTTP/2.0 101 a\r\n\r\n", "4"),
    ("LF alone", b"HTTP/1.1 101 a\nUpgrade: websocket\r\n\r\n", "2.2"),
    ("no colon", b"HTTP/1.1 101 a\r\nUpgrade websocket\r\n\r\n", "5.1"),
    ("NUL in a value", b"HTTP/1.1 101 a\r\nX: \0\r\n\r\n", "5"),
]


@pytest.mark.parametrize(
    ("data", "section"),
    [case[1:] for case in BAD_RESPONSES],
    ids=[case[0] for case in BAD_RESPONSES],
)
def test_a_response_that_is_none_is_refused_and_a_client_answers_nothing(
    data: bytes, section: str
) -> None:
    error = response_error(data)
    assert (error.rfc, error.section, error.status) == (9112, section, None)


def test_a_head_may_be_as_long_as_the_limit_however_it_arrives() -> None:
    start = b"GET / HTTP/1.1\r\nX: "
    data = start + b"a" * (MAX_HEAD - len(start)) + b"\r\n\r\n"
    for size in range(MAX_HEAD, len(data)):
        assert parse_request(data[:size]) is None
    found = parse_request(data)
    assert found is not None
    assert found[1] == len(data)


def test_a_head_longer_than_the_limit_is_refused_with_431() -> None:
    start = b"GET / HTTP/1.1\r\nX: "
    data = start + b"a" * (MAX_HEAD - len(start) + 1) + b"\r\n\r\n"
    for endless in (data, data.rstrip() + b"aaa"):
        error = request_error(endless)
        assert (error.rfc, error.section, error.status) == (6585, "5", 431)
    assert response_error(b"HTTP/1.1 200 " + b"a" * MAX_HEAD).status is None


def test_a_wss_client_at_a_ws_port_is_recognized_from_its_first_byte() -> None:
    error = request_error(b"\x16")
    assert "wss:// client at a ws:// port" in str(error)
    assert (error.rfc, error.section, error.status) == (8446, "5.1", 400)


def test_a_real_tls_client_hello_is_recognized() -> None:
    outgoing = ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(
        ssl.MemoryBIO(), outgoing, server_hostname="localhost"
    )
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    assert "this is TLS" in str(request_error(outgoing.read()))


def test_a_ws_client_at_a_wss_port_is_recognized_from_the_alert_it_gets() -> None:
    error = response_error(b"\x15\x03\x03\x00\x02\x02\x46")  # fatal, protocol_version
    assert "ws:// client at a wss:// port" in str(error)
    assert (error.rfc, error.section, error.status) == (8446, "5.1", None)
