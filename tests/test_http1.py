"""One HTTP/1.1 head: bytes to values, values to bytes, what is refused; and h11."""

import random
import re
import ssl
from collections import Counter

import pytest

from wslib.errors import HandshakeError
from wslib.handshake import build_request, build_response
from wslib.http1 import (
    MAX_HEAD,
    Headers,
    Request,
    Response,
    parse_request,
    parse_response,
)

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
    "target",
    ["/", "/a?b=c", "http://h/a", "https://h/", "ws://h:1/", "wss://h/x?y", "HTTP://h"],
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
    ("NUL in a value", b"GET / HTTP/1.1\r\nX: a\0b\r\n\r\n", 9110, "5.5"),
    ("CR in a value", b"GET / HTTP/1.1\r\nX: a\rb\r\n\r\n", 9110, "5.5"),
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
    ("a request", b"GET / HTTP/1.1\r\n\r\n", 9112, "4"),
    ("no status", b"HTTP/1.1 Switching Protocols\r\n\r\n", 9112, "4"),
    ("two digits", b"HTTP/1.1 99 No\r\n\r\n", 9112, "4"),
    ("four digits", b"HTTP/1.1 1010 No\r\n\r\n", 9112, "4"),
    ("CR in the reason", b"HTTP/1.1 101 a\rb\r\n\r\n", 9112, "4"),
    ("another major version", b"HTTP/2.0 101 a\r\n\r\n", 9112, "4"),
    ("LF alone", b"HTTP/1.1 101 a\nUpgrade: websocket\r\n\r\n", 9112, "2.2"),
    ("no colon", b"HTTP/1.1 101 a\r\nUpgrade websocket\r\n\r\n", 9112, "5.1"),
    ("NUL in a value", b"HTTP/1.1 101 a\r\nX: \0\r\n\r\n", 9110, "5.5"),
]


@pytest.mark.parametrize(
    ("data", "rfc", "section"),
    [case[1:] for case in BAD_RESPONSES],
    ids=[case[0] for case in BAD_RESPONSES],
)
def test_a_response_that_is_none_is_refused_and_a_client_answers_nothing(
    data: bytes, rfc: int, section: str
) -> None:
    error = response_error(data)
    assert (error.rfc, error.section, error.status) == (rfc, section, None)


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
    assert (error.rfc, error.section, error.status) == (9846, "5.1", 400)


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
    assert (error.rfc, error.section, error.status) == (9846, "5.1", None)


# --- a second opinion: h11 ------------------------------------------------------------

# What was made of a head: its parts, the word "more", or the word "refused".
Verdict = tuple[object, ...] | str


def our_request(data: bytes) -> Verdict:
    try:
        found = parse_request(data)
    except HandshakeError:
        return "refused"
    if found is None:
        return "more"
    request = found[0]
    return request.method, request.target, request.version, fields_of(request.headers)


def our_response(data: bytes) -> Verdict:
    try:
        found = parse_response(data)
    except HandshakeError:
        return "refused"
    if found is None:
        return "more"
    return found[0].status, found[0].reason, fields_of(found[0].headers)


def their_request(data: bytes) -> Verdict:
    h11 = pytest.importorskip("h11")
    server = h11.Connection(h11.SERVER)
    server.receive_data(data)
    try:
        event = server.next_event()
    except h11.RemoteProtocolError:
        return "refused"
    if event is h11.NEED_DATA:
        return "more"
    method, target = event.method.decode(), event.target.decode()
    version = f"HTTP/{event.http_version.decode()}"
    return method, target, version, fields_of(decoded(event.headers.raw_items()))


def their_response(data: bytes) -> Verdict:
    h11 = pytest.importorskip("h11")
    client = h11.Connection(h11.CLIENT)
    asked = parse_request(REQUEST)
    assert asked is not None
    client.send(h11.Request(method="GET", target="/", headers=[*asked[0].headers]))
    client.send(h11.EndOfMessage())
    client.receive_data(data)
    try:
        event = client.next_event()
    except h11.RemoteProtocolError:
        return "refused"
    if event is h11.NEED_DATA:
        return "more"
    reason, fields = event.reason.decode("latin-1"), decoded(event.headers.raw_items())
    return event.status_code, reason, fields_of(fields)


def decoded(fields: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(n.decode(), bytes(v).decode("latin-1")) for n, v in fields]


def fields_of(headers: Headers) -> list[tuple[str, str]]:
    """Return the fields but for those about a body, which h11 tidies up."""
    body = ("content-length", "transfer-encoding")
    return [(n, v) for n, v in headers if n.lower() not in body]


def test_h11_reads_a_handshake_as_we_do_and_stops_at_the_same_byte() -> None:
    h11 = pytest.importorskip("h11")
    assert our_request(REQUEST) == their_request(REQUEST) != "refused"
    assert our_response(RESPONSE) == their_response(RESPONSE) != "refused"
    server = h11.Connection(h11.SERVER)
    server.receive_data(REQUEST + b"\x81\x85")
    events = [server.next_event() for _ in range(3)]
    assert isinstance(events[1], h11.EndOfMessage)
    assert events[2] is h11.PAUSED, "it knows that another protocol may follow"
    found = parse_request(REQUEST + b"\x81\x85")
    assert found is not None
    assert server.trailing_data[0] == (REQUEST + b"\x81\x85")[found[1] :]


def test_h11_asks_for_more_where_we_do() -> None:
    for size in range(1, len(REQUEST)):
        assert their_request(REQUEST[:size]) == our_request(REQUEST[:size]) == "more"
    for size in range(1, len(RESPONSE)):
        assert their_response(RESPONSE[:size]) == our_response(RESPONSE[:size])
    # It gives up on a first byte that no head has; of those, we know the ones of TLS.
    assert their_request(b"\x16") == our_request(b"\x16") == "refused"
    assert (their_request(b"\x00"), our_request(b"\x00")) == ("refused", "more")


def start(line: str) -> bytes:
    return f"{line}\r\nHost: a\r\n\r\n".encode("latin-1")


def field(line: str) -> bytes:
    return f"GET / HTTP/1.1\r\nHost: a\r\n{line}\r\n\r\n".encode("latin-1")


def answer(lines: str) -> bytes:
    return f"{lines}\r\n\r\n".encode("latin-1")


# Name, head, whether we take it, whether h11 does, and, if the two differ, who follows
# which section.
HEADS = [
    ("a path", start("GET /a?b=c HTTP/1.1"), True, True, ""),
    ("a URI", start("GET http://h/a HTTP/1.1"), True, True, ""),
    ("an old version", start("GET / HTTP/1.0"), True, True, ""),
    ("another version", start("GET / HTTP/2.0"), True, True, ""),
    ("another method", start("get! / HTTP/1.1"), True, True, ""),
    ("an empty value", field("X:"), True, True, ""),
    ("blanks", field("X: \t a \t b \t"), True, True, ""),
    ("beyond ASCII", field("X: grüß"), True, True, ""),
    ("a colon", field("X: a: b"), True, True, ""),
    *((name, data, False, False, "") for name, data, _, section in BAD_REQUESTS
      if section not in ("2.2", "4.2.1, item 1") and name != "a folded line"),
    ("a vertical tab", field("X: a\vb"), False, False, ""),
    ("a relative target", start("GET chat HTTP/1.1"), False, True,
     "RFC 6455, 3: a path or an absolute URI: we. h11 is for all targets of 9112, 3.2"),
    ("a star", start("OPTIONS * HTTP/1.1"), False, True,
     "RFC 6455, 3, again"),
    ("a fragment", start("GET /a#b HTTP/1.1"), False, True,
     "RFC 6455, 3: fragments MUST NOT be used, and 9112, 3.2, has none either: we"),
    ("LF alone", b"GET / HTTP/1.1\nHost: a\n\n", False, True,
     "RFC 9112, 2.2: a recipient MAY take it: both"),
    ("a folded line", field("X: a\r\n b"), False, True,
     "RFC 9112, 5.2: a server MUST refuse it or put a blank there: both"),
    ("a control character", field("X: a\x01b"), False, True,
     "RFC 9110, 5.5: invalid, but a recipient MAY keep it: both"),
    ("DEL", field("X: a\x7fb"), False, True, "RFC 9110, 5.5, again"),
    ("no Host", b"GET / HTTP/1.1\r\n\r\n", True, False,
     "RFC 9112, 3.2: MUST answer 400: both, we one step later, in request_problems"),
    ("two Hosts", field("Host: b"), True, False, "RFC 9112, 3.2, again"),
    ("no number", field("Content-Length: x"), True, False,
     "RFC 9112, 6.3: cannot be recovered: h11. We look for no body, none is due"),
    ("two lengths", field("Content-Length: 1\r\nContent-Length: 2"), True, False,
     "RFC 9112, 6.3, again"),
    ("a coding", field("Transfer-Encoding: gzip"), True, False,
     "RFC 9112, 6.1: SHOULD answer 501 to a coding that it does not know: h11"),
    ("answer 101", answer("HTTP/1.1 101 OK\r\nX: y"), True, True, ""),
    ("answer without a reason", answer("HTTP/1.1 101 "), True, True, ""),
    ("answer without a blank", answer("HTTP/1.1 101"), True, True, ""),
    ("answer 404", answer("HTTP/1.1 404 Not Found"), True, True, ""),
    ("answer in HTTP/1.0", answer("HTTP/1.0 404 Not Found"), True, True, ""),
    *((f"answer: {name}", data, False, False, "") for name, data, _, section
      in BAD_RESPONSES if section != "2.2" and name != "another major version"),
    ("answer 099", answer("HTTP/1.1 099 No"), False, False, ""),
    ("answer in HTTP/2.0", answer("HTTP/2.0 200 OK"), False, True,
     "RFC 9112, 2.3, knows 1.0 and 1.1; HTTP/2 has no status line: we"),
    ("answer: LF alone", b"HTTP/1.1 200 OK\nX: y\n\n", False, True,
     "RFC 9112, 2.2: a recipient MAY take it: both"),
    ("answer: a folded line", answer("HTTP/1.1 200 OK\r\nX: a\r\n b"), False, True,
     "RFC 9112, 5.2: a user agent MUST put a blank there: h11. No server folds a 101"),
    ("answer: a bell in the reason", answer("HTTP/1.1 200 O\x07K"), False, True,
     "RFC 9112, 4: HTAB, SP, VCHAR, obs-text: we"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "data", "ours", "theirs", "who_follows_what"),
    HEADS,
    ids=[case[0] for case in HEADS],
)
def test_where_h11_judges_a_head_otherwise_the_table_says_who_follows_what(
    name: str, data: bytes, ours: bool, theirs: bool, who_follows_what: str
) -> None:
    answers = name.startswith("answer")
    we_say = our_response(data) if answers else our_request(data)
    they_say = their_response(data) if answers else their_request(data)
    assert (we_say != "refused", they_say != "refused") == (ours, theirs)
    assert (ours == theirs) == (who_follows_what == "")
    if ours and theirs:
        assert we_say == they_say


def mutated(source: random.Random, lines: list[bytes]) -> bytes:
    """Return a head with something done to its lines, and then to its bytes."""
    lines = [*lines]
    for _ in range(source.randint(0, 2)):
        place = source.randrange(1, len(lines))
        lines[place : place + 1] = source.choice(
            [[], [lines[place]] * 2, [b" " + lines[place]], [b"Content-Length: -"]]
        )
        lines.append(source.choice([b"X: a\tb", b"Y:", b"Host: c", b"Z: \xe9"]))
    data = bytearray(b"\r\n".join(lines))
    odd = b"\r\n \t:,\0\x01\x0b\x16\x7f\x80\xff/#?aZ019.GH"
    for _ in range(source.randint(0, 3)):
        place = source.randrange(len(data) if source.random() < 0.5 else 18)
        data[place : place + source.randint(0, 1)] = bytes(
            source.choices(odd, k=source.randint(0, 2))
        )
    return bytes(data) + b"\r\n\r\n"


# Where one of the two may refuse what the other takes; the reasons stand in HEADS.
WE_ALONE = re.compile(
    rb"(?<!\r)\n"  # LF alone
    rb"|\r\n[ \t]"  # a folded line
    rb"|[\x01-\x08\x0e-\x1f\x7f]"  # a control character
    rb"|^\S+ (?!(/|https?://|wss?://)[!-\"$-~]* HTTP)"  # a target that 6455 has not
    rb"|^HTTP/[^1]"  # an answer of another major version
)
THEY_ALONE = {
    REQUEST: re.compile(rb"(?is)^(?!.*\r\nhost:)|\r\nhost:.*\r\nhost:|\r\ncontent-len"),
    RESPONSE: re.compile(rb"(?i)\r\ncontent-length:"),
}


@pytest.mark.parametrize("head", [REQUEST, RESPONSE], ids=["request", "response"])
def test_h11_agrees_on_random_heads_but_for_what_the_table_names(head: bytes) -> None:
    source = random.Random(9112)
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    seen: Counter[str] = Counter()
    for _ in range(4000):
        data = mutated(source, lines)
        if head is REQUEST:
            we_say, they_say = our_request(data), their_request(data)
        else:
            we_say, they_say = our_response(data), their_response(data)
        if we_say == they_say:
            seen["both refuse" if we_say == "refused" else "both take"] += 1
        elif we_say == "refused":
            assert WE_ALONE.search(data), (data, they_say)
            seen["we refuse"] += 1
        else:
            assert they_say == "refused", (data, we_say, they_say)
            assert THEY_ALONE[head].search(data), (data, we_say)
            seen["h11 refuses"] += 1
    assert min(seen.values()) > 50 and len(seen) == 4, seen


def test_h11_takes_what_we_build() -> None:
    request = build_request("server.example", "/chat", subprotocols=["chat"])
    response = build_response(request, subprotocols=["chat"])
    assert their_request(request.serialize()) == our_request(request.serialize())
    assert their_response(response.serialize()) == our_response(response.serialize())
    refusal = build_response(Request()).serialize()
    assert their_response(refusal) == our_response(refusal) != "refused"
