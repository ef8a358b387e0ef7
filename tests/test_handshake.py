"""The opening handshake, held to RFC 6455, to websockets and to websocket-client."""

import base64
import contextlib
import hashlib
import importlib.metadata
import random
import socket
import threading
from collections.abc import Iterator

import pytest
import websocket
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidHandshake
from websockets.server import ServerProtocol
from websockets.sync.server import ServerConnection, serve
from websockets.uri import parse_uri
from websockets.utils import accept_key as their_accept_key

from wslib import handshake
from wslib.handshake import (
    GUID,
    accept_key,
    build_request,
    build_response,
    new_key,
    request_problems,
    response_problems,
)
from wslib.http1 import Request, Response, parse_request, parse_response

WEBSOCKETS = int(importlib.metadata.version("websockets").split(".")[0])

# --- key and accept -------------------------------------------------------------------

RFC_PAIR = ("dGhlIHNhbXBsZSBub25jZQ==", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
CHAPTER_PAIR = ("f7cb4ezEAl6C3wRaU6JORA==", "rE91AJhfC+6JdVcVXOGJEADEJdQ=")
CANONICAL_PAIR = ("AQIDBAUGBwgJCgsMDQ4PEA==", "C/0nmHhBztSRGR1CwL6Tf4ZjwpY=")
PRINTED_PAIR = ("AQIDBAUGBwgJCgsMDQ4PEC==", "OfS0wDaT5NoxF2gqm7Zj2YtetzM=")
PAIRS = {
    "RFC 6455, section 1.3": RFC_PAIR,
    "the chapter that the course grows out of": CHAPTER_PAIR,
    "a tutorial": ("Iv8io/9s+lYFgZWcXczP8Q==", "hsBlbuDTkk24srzEOTBUlZAlC2g="),
    "a write-up": ("wDqumtseNBJdhkihL6PW7w==", "0FFP+2nmNIf/h+4BP36k9uzrYGk="),
    "a captured browser": ("W+pQUnxtfyImglCepUIxdw==", "jvz8rJ0yJN/A4J0kiZQLiifpQO8="),
    "printed widely": ("x3JJHMbDL1EzLkh9GBhXDw==", "HSmrc0sMlYUkAGmm5OPpG2HaGWk="),
    "erratum 3150, corrected": CANONICAL_PAIR,
    "RFC 6455, section 4.1, as printed": PRINTED_PAIR,
}


@pytest.mark.parametrize(("key", "accept"), PAIRS.values(), ids=PAIRS)
def test_a_known_key_gives_the_known_accept(key: str, accept: str) -> None:
    assert accept_key(key) == accept
    assert (len(key), len(accept)) == (24, 28)


def test_the_steps_from_key_to_accept_are_those_of_section_1_3() -> None:
    key, accept = CHAPTER_PAIR
    assert base64.b64decode(key).hex() == "7fb71be1ecc4025e82df045a53a24e44"
    digest = hashlib.sha1((key + GUID).encode()).hexdigest()
    assert digest == "ac4f7500985f0bee897557155ce1891000c425d4"
    assert base64.b64encode(bytes.fromhex(digest)).decode() == accept == accept_key(key)


def test_two_spellings_of_the_same_16_bytes_give_two_accepts() -> None:
    canonical, printed = CANONICAL_PAIR[0], PRINTED_PAIR[0]
    assert (
        base64.b64decode(canonical) == base64.b64decode(printed) == bytes(range(1, 17))
    )
    assert accept_key(canonical) != accept_key(printed)


def test_random_keys_give_what_websockets_gives() -> None:
    source = random.Random(6455)
    for _ in range(500):
        key = new_key(source.randbytes(16))
        assert accept_key(key) == their_accept_key(key)


def test_a_key_is_16_bytes_in_canonical_base64() -> None:
    assert new_key(bytes(range(1, 17))) == CANONICAL_PAIR[0]
    source = random.Random(3150)
    for _ in range(100):
        nonce = source.randbytes(16)
        key = new_key(nonce)
        assert base64.b64decode(key, validate=True) == nonce
        assert key[21] in "AQgw"  # four bits of the last letter are padding


def test_a_new_key_is_random() -> None:
    keys = {new_key() for _ in range(50)}
    assert len(keys) == 50
    assert {len(base64.b64decode(key)) for key in keys} == {16}


@pytest.mark.parametrize("size", [0, 15, 17])
def test_a_nonce_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"16 bytes long, not {size}"):
        new_key(bytes(size))


def test_a_key_is_text() -> None:
    with pytest.raises(TypeError, match="not bytes"):
        accept_key(b"dGhlIHNhbXBsZSBub25jZQ==")  # type: ignore[arg-type]
    with pytest.raises(UnicodeEncodeError):
        accept_key("\u00e9" * 24)


# --- the request ----------------------------------------------------------------------


def test_a_request_has_the_fields_of_section_4_1_in_order() -> None:
    request = build_request("example.org:8080", "/chat?room=1", key=RFC_PAIR[0])
    assert request.serialize() == (
        b"GET /chat?room=1 HTTP/1.1\r\n"
        b"Host: example.org:8080\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Version: 13\r\n"
        b"\r\n"
    )


def test_a_request_may_name_its_origin_subprotocols_and_more() -> None:
    request = build_request(
        "a",
        key=RFC_PAIR[0],
        origin="http://b",
        subprotocols=["chat", "superchat"],
        headers=[("Cookie", "id=1")],
    )
    assert request.headers[5:] == (
        ("Origin", "http://b"),
        ("Sec-WebSocket-Protocol", "chat, superchat"),
        ("Cookie", "id=1"),
    )
    assert request_problems(request) == []


def test_every_request_has_a_key_of_its_own() -> None:
    keys = {build_request("a").get("Sec-WebSocket-Key") for _ in range(20)}
    assert len(keys) == 20
    assert None not in keys


def test_a_request_that_would_break_its_lines_is_not_written() -> None:
    for request in (
        build_request("a\r\nX: y"),
        build_request("a", "/ HTTP/1.1\r\nX: y"),
        build_request("a", key="k\r\nX: y"),
        build_request("a", origin="http://b\r\nX: y"),
        build_request("a", subprotocols=["chat\r\nX: y"]),
    ):
        with pytest.raises(ValueError, match="^not a "):
            request.serialize()


GOOD = (
    ("Host", "server.example.com"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", RFC_PAIR[0]),
    ("Sec-WebSocket-Version", "13"),
)


def asking(*changes: tuple[str, str | None], **line: str) -> Request:
    """Return a good request, fields replaced, added ("+Name") or left out (None)."""
    fields: list[tuple[str, str | None]] = list(GOOD)
    for name, value in changes:
        if name.startswith("+"):
            fields.append((name[1:], str(value)))
            continue
        fields = [(n, v if n != name else value) for n, v in fields]
    headers = tuple((n, v) for n, v in fields if v is not None)
    return Request(headers=headers, **line)


@pytest.mark.parametrize(
    "request_",
    [
        asking(),
        asking(("Connection", "keep-alive, Upgrade")),
        asking(("Connection", "keep-alive"), ("+Connection", "Upgrade")),
        asking(("Connection", "upgrade"), ("Upgrade", "WebSocket")),
        asking(("Upgrade", "h2c, websocket")),
        asking(("Sec-WebSocket-Key", PRINTED_PAIR[0])),
        asking(("+Sec-WebSocket-Protocol", "a"), ("+Sec-WebSocket-Protocol", "b")),
        asking(("+Origin", "null")),
        asking(target="http://server.example.com/chat"),
        asking(version="HTTP/2.0"),
        Request(headers=tuple((name.lower(), value) for name, value in GOOD)),
        Request(headers=tuple((name.upper(), value) for name, value in GOOD)),
        Request(headers=GOOD[::-1]),
    ],
    ids=lambda request: "",
)
def test_what_the_rfc_allows_is_accepted(request_: Request) -> None:
    assert request_problems(request_) == []
    assert build_response(request_).status == 101


KEY, VERSION = "Sec-WebSocket-Key", "Sec-WebSocket-Version"
BLANK_INSIDE = "dGhlIHNhbXBsZ SBub25jZQ=="  # a careless reader finds 16 bytes in it
# What is wrong, the request, the RFC's number, its section, the status of the answer.
BAD = [
    ("POST", asking(method="POST"), 6455, "4.2.1, item 1", 405),
    ("get", asking(method="get"), 6455, "4.2.1, item 1", 405),
    ("HTTP/1.0", asking(version="HTTP/1.0"), 6455, "4.2.1, item 1", 505),
    ("no Host", asking(("Host", None)), 6455, "4.2.1, item 2", 400),
    ("an empty Host", asking(("Host", "")), 6455, "4.2.1, item 2", 400),
    ("two Hosts", asking(("+Host", "b")), 9112, "3.2", 400),
    ("no Upgrade", asking(("Upgrade", None)), 6455, "4.2.1, item 3", 426),
    ("Upgrade: h2c", asking(("Upgrade", "h2c")), 6455, "4.2.1, item 3", 426),
    ("a longer word", asking(("Upgrade", "websockets")), 6455, "4.2.1, item 3", 426),
    ("no Connection", asking(("Connection", None)), 6455, "4.2.1, item 4", 426),
    ("keep-alive", asking(("Connection", "keep-alive")), 6455, "4.2.1, item 4", 426),
    ("no key", asking((KEY, None)), 6455, "4.2.1, item 5", 400),
    ("15 bytes", asking((KEY, "AAAAAAAAAAAAAAAAAAAA")), 6455, "4.2.1, item 5", 400),
    ("17 bytes", asking((KEY, "A" * 22 + "E=")), 6455, "4.2.1, item 5", 400),
    ("no base64", asking((KEY, "!" * 24)), 6455, "4.2.1, item 5", 400),
    ("no padding", asking((KEY, RFC_PAIR[0][:22])), 6455, "4.2.1, item 5", 400),
    ("not ASCII", asking((KEY, "\u00e9" * 24)), 6455, "4.2.1, item 5", 400),
    ("a blank", asking((KEY, BLANK_INSIDE)), 6455, "4.2.1, item 5", 400),
    ("two keys", asking(("+" + KEY, RFC_PAIR[0])), 6455, "11.3.1", 400),
    ("no version", asking((VERSION, None)), 6455, "4.2.1, item 6", 400),
    ("version 8", asking((VERSION, "8")), 6455, "4.4", 426),
    ("version 013", asking((VERSION, "013")), 6455, "4.4", 426),
    ("two versions", asking(("+" + VERSION, "13")), 6455, "11.3.5", 400),
]  # fmt: skip
each_bad_request = pytest.mark.parametrize(
    ("request_", "rfc", "section", "status"),
    [case[1:] for case in BAD],
    ids=[case[0] for case in BAD],
)


@each_bad_request
def test_each_fault_of_a_request_is_named_with_its_section(
    request_: Request, rfc: int, section: str, status: int
) -> None:
    [problem] = request_problems(request_)
    assert (problem.rfc, problem.section, problem.status) == (rfc, section, status)


def test_all_faults_are_found_at_once_in_the_order_of_the_rfc() -> None:
    problems = request_problems(Request(method="PUT", version="HTTP/1.0"))
    assert [problem.section[-6:] for problem in problems] == [
        f"item {number}" for number in (1, 1, 2, 3, 4, 5, 6)
    ]


# --- the response ---------------------------------------------------------------------


def test_the_response_has_the_fields_of_section_4_2_2_in_order() -> None:
    assert build_response(asking()).serialize() == (
        b"HTTP/1.1 101 Switching Protocols\r\n"
        b"Upgrade: websocket\r\n"
        b"Connection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        b"\r\n"
    )


@pytest.mark.parametrize(
    ("spoken", "chosen"),
    [(["b", "a"], ["b"]), (["a", "b"], ["a"]), (["c"], []), ([], []), (["A"], [])],
)
def test_the_server_chooses_the_subprotocol_that_it_prefers(
    spoken: list[str], chosen: list[str]
) -> None:
    request = asking(("+Sec-WebSocket-Protocol", "a, b"))
    response = build_response(request, subprotocols=spoken)
    assert response.values("Sec-WebSocket-Protocol") == chosen
    assert response_problems(response, request) == []


def test_no_subprotocol_is_chosen_if_none_was_offered() -> None:
    response = build_response(asking(), subprotocols=["a"])
    assert response.get("Sec-WebSocket-Protocol") is None


@each_bad_request
def test_a_refusal_says_why_in_as_many_bytes_as_it_says(
    request_: Request, rfc: int, section: str, status: int
) -> None:
    response = build_response(request_)
    assert response.status == status
    assert f"(RFC {rfc}, section {section})" in response.body.decode()
    assert response.get("Content-Length") == str(len(response.body))
    assert response.has_token("Connection", "close")
    read = parse_response(response.serialize())
    assert read is not None
    assert response.serialize()[read[1] :] == response.body


@pytest.mark.parametrize(
    "request_",
    [asking((VERSION, "8")), asking(("Upgrade", None)), asking(("Connection", None))],
    ids=["version 8", "no Upgrade", "no Connection"],
)
def test_who_must_upgrade_is_told_to_what(request_: Request) -> None:
    response = build_response(request_)
    assert response.status == 426
    assert response.values(VERSION) == ["13"]
    assert response.values("Upgrade") == ["websocket"]
    assert response.tokens("Connection") == ["Upgrade", "close"]


def test_a_wrong_version_is_told_the_right_one_whatever_else_is_wrong() -> None:
    response = build_response(asking((VERSION, "8"), (KEY, None)))
    assert response.status == 400
    assert response.values(VERSION) == ["13"]


def test_a_wrong_method_is_told_the_right_one() -> None:
    assert build_response(asking(method="POST")).values("Allow") == ["GET"]


ACCEPT, PROTOCOL = "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol"
EXTENSIONS = "Sec-WebSocket-Extensions"
ANSWER = (
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    (ACCEPT, RFC_PAIR[1]),
)


def answering(*changes: tuple[str, str | None], status: int = 101) -> Response:
    """Return a good response, changed in the same ways."""
    fields = dict(ANSWER)
    added = [(name[1:], str(value)) for name, value in changes if name[0] == "+"]
    for name, value in changes:
        if name[0] != "+" and value is None:
            del fields[name]
        elif name[0] != "+":
            fields[name] = str(value)
    return Response(status=status, headers=(*fields.items(), *added))


OFFERING = asking(
    ("+Sec-WebSocket-Protocol", "chat, superchat"),
    ("+Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits, x"),
)


@pytest.mark.parametrize(
    "response",
    [
        answering(),
        answering(("Upgrade", "WebSocket"), ("Connection", "upgrade")),
        answering(("Connection", "keep-alive, Upgrade")),
        answering(("+" + PROTOCOL, "superchat")),
        answering(("+" + EXTENSIONS, "permessage-deflate; server_no_context_takeover")),
        # Erratum 3433: they may come on several lines in a response, too.
        answering(("+" + EXTENSIONS, "permessage-deflate"), ("+" + EXTENSIONS, "x")),
        answering(("+Server", "a"), ("+Set-Cookie", "b=c")),
    ],
    ids=lambda response: "",
)
def test_a_good_answer_has_no_problem(response: Response) -> None:
    assert response_problems(response, OFFERING) == []


def item(number: int) -> str:
    return f"4.1, response item {number}"


# What is wrong, the answer, its section.
BAD_ANSWERS = [
    ("200", answering(status=200), item(1)),
    ("no Upgrade", answering(("Upgrade", None)), item(2)),
    ("h2c", answering(("Upgrade", "h2c")), item(2)),
    ("two", answering(("Upgrade", "websocket, h2c")), item(2)),
    ("no Connection", answering(("Connection", None)), item(3)),
    ("keep-alive", answering(("Connection", "keep-alive")), item(3)),
    ("no accept", answering((ACCEPT, None)), item(4)),
    ("wrong accept", answering((ACCEPT, CHAPTER_PAIR[1])), item(4)),
    ("in capitals", answering((ACCEPT, RFC_PAIR[1].upper())), item(4)),
    ("two accepts", answering(("+" + ACCEPT, RFC_PAIR[1])), "11.3.3"),
    ("extension", answering(("+" + EXTENSIONS, "y; a=b")), item(5)),
    ("subprotocol", answering(("+" + PROTOCOL, "other")), item(6)),
    ("its case", answering(("+" + PROTOCOL, "Chat")), item(6)),
    ("two", answering(("+" + PROTOCOL, "chat, superchat")), "11.3.4"),
    ("twice", answering(("+" + PROTOCOL, "chat"), ("+" + PROTOCOL, "chat")), "11.3.4"),
]  # fmt: skip


def their_client(request: Request) -> ClientProtocol:
    """Return websockets' client, as if it had sent this request."""
    client = ClientProtocol(
        parse_uri("ws://server.example.com/"), subprotocols=["chat", "superchat"]
    )
    theirs = client.connect()
    client.key = request.get(KEY)
    del theirs.headers[KEY]
    theirs.headers[KEY] = client.key
    client.send_request(theirs)
    return client


@pytest.mark.parametrize(
    ("response", "section"),
    [case[1:] for case in BAD_ANSWERS],
    ids=[case[0] for case in BAD_ANSWERS],
)
def test_each_fault_of_a_response_is_named_with_its_section(
    response: Response, section: str
) -> None:
    [problem] = response_problems(response, OFFERING)
    assert (problem.rfc, problem.section, problem.status) == (6455, section, None)


@pytest.mark.parametrize(
    "response", [case[1] for case in BAD_ANSWERS], ids=[case[0] for case in BAD_ANSWERS]
)
def test_the_client_of_websockets_refuses_the_same_responses(
    response: Response,
) -> None:
    client = their_client(OFFERING)
    client.receive_data(response.serialize())
    client.receive_eof()
    assert isinstance(client.handshake_exc, InvalidHandshake)


def test_the_client_of_websockets_accepts_what_has_no_problem() -> None:
    client = their_client(OFFERING)
    client.receive_data(answering(("+" + PROTOCOL, "superchat")).serialize())
    assert client.handshake_exc is None


def test_a_refusal_is_one_problem_since_it_is_plain_http() -> None:
    refusal = build_response(asking((VERSION, "8")))
    [problem] = response_problems(refusal, asking((VERSION, "8")))
    assert str(problem) == (
        "the status is 101, not 426 (RFC 6455, section 4.1, response item 1)"
    )


def test_all_faults_of_a_response_are_found_at_once() -> None:
    sections = [p.section for p in response_problems(Response(), OFFERING)]
    assert sections == [f"4.1, response item {number}" for number in (2, 3, 4)]


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (None, "the request has no Sec-WebSocket-Key that could be answered"),
        ("", "the request has no Sec-WebSocket-Key that could be answered"),
        ("ü" * 24, "the request's Sec-WebSocket-Key is not base64: 'üüüü"),
        ("\ud83d", "the request's Sec-WebSocket-Key is not base64: '\\ud83d'"),
        ("日本", "the request's Sec-WebSocket-Key is not base64: '日本'"),
    ],
)
@pytest.mark.parametrize("accept", [RFC_PAIR[1], accept_key(""), "", "ü"])
def test_a_key_that_nobody_can_answer_is_the_fault_of_the_request(
    key: str | None, says: str, accept: str
) -> None:
    request = asking((KEY, key))
    [problem] = response_problems(answering((ACCEPT, accept)), request)
    assert problem.section == "4.1, request item 7"
    assert problem.message.startswith(says)
    missing = response_problems(answering((ACCEPT, None)), request)
    assert [p.section for p in missing] == ["4.1, request item 7", item(4)]
    [refused] = request_problems(request)
    assert refused.section == "4.2.1, item 5", "and the server says the same"


def test_a_key_of_the_wrong_length_can_be_answered_and_the_answer_is_judged() -> None:
    request = asking((KEY, "AAAA"))
    assert response_problems(answering((ACCEPT, accept_key("AAAA"))), request) == []
    [problem] = response_problems(answering(), request)
    assert problem.section == item(4)


# --- whatever comes in ----------------------------------------------------------------

ODD_TEXT = [
    "",
    " ",
    ",",
    ";",
    "é",
    "日本",
    "\ud83d",
    "\0",
    "\r\n",
    "=" * 24,
    "websocket",
]
NAMES = ["Host", "Upgrade", "Connection", KEY, VERSION, ACCEPT, PROTOCOL, EXTENSIONS]


def odd_headers(source: random.Random) -> tuple[tuple[str, str], ...]:
    """Return good fields of a request and a response with something done to them."""
    fields = [*GOOD, (ACCEPT, RFC_PAIR[1]), (PROTOCOL, "chat"), (EXTENSIONS, "x; y")]
    for _ in range(source.randint(0, 4)):
        place = source.randrange(len(fields))
        name = source.choice([*NAMES, *ODD_TEXT])
        fields[place] = source.choice(
            [(fields[place][0], source.choice(ODD_TEXT)), (name, fields[place][1])]
        )
        if source.random() < 0.3:
            fields.append((source.choice(NAMES), source.choice(ODD_TEXT)))
    return tuple(fields)


def test_no_request_and_no_response_raises_whatever_is_wrong_with_them() -> None:
    """Not even one that was never on a wire, with characters that no wire can carry."""
    source = random.Random(421)
    statuses = set()
    for _ in range(3000):
        request = Request(
            headers=odd_headers(source),
            method=source.choice(["GET", "GET", "GET", "\ud83d", "é"]),
            version=source.choice(["HTTP/1.1", "HTTP/1.1", "", "\ud83d"]),
        )
        answer = build_response(request, subprotocols=["chat"])
        statuses.add(answer.status)
        assert (answer.status == 101) == (request_problems(request) == [])
        assert answer.serialize().startswith(b"HTTP/1.1 %d " % answer.status)
        assert answer.get("Content-Length") in (None, str(len(answer.body)))
        other = Response(status=101, headers=odd_headers(source))
        assert all(p.status is None for p in response_problems(other, request))
    assert statuses == {101, 400, 405, 426, 505}


# --- there and back -------------------------------------------------------------------


def test_what_one_side_builds_the_other_side_accepts() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = pytest.importorskip("hypothesis.strategies")
    names = st.text("abcXYZ.-019", min_size=1, max_size=8)

    @hypothesis.settings(derandomize=True, database=None, deadline=None)
    @hypothesis.given(
        st.binary(min_size=16, max_size=16),
        st.lists(names, max_size=4),
        st.lists(names, max_size=4),
        st.none() | names,
    )
    def check(
        nonce: bytes, offered: list[str], spoken: list[str], origin: str | None
    ) -> None:
        built = build_request(
            "a", key=new_key(nonce), subprotocols=offered, origin=origin
        )
        read = parse_request(built.serialize())
        assert read is not None
        request, size = read
        assert request == built
        assert request_problems(request) == []
        answer = build_response(request, subprotocols=spoken)
        received = parse_response(answer.serialize())
        assert received is not None
        assert received[0] == answer
        assert response_problems(received[0], built) == []
        assert bool(answer.get(PROTOCOL)) == bool(set(offered) & set(spoken))

    check()


# --- with other people's programs -----------------------------------------------------


def receive_head(connection: socket.socket) -> bytes:
    """Return what came, up to the first blank line."""
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(4096)
        if not chunk:
            break
        data += chunk
    return data


@contextlib.contextmanager
def their_server(**options: object) -> Iterator[int]:
    """Run an echo server of the websockets library; yield its port."""

    def echo(connection: ServerConnection) -> None:
        for message in connection:
            connection.send(message)

    with serve(echo, "127.0.0.1", 0, compression=None, **options) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join()


@contextlib.contextmanager
def our_server(change: Response | None = None) -> Iterator[str]:
    """Answer one client with our response, a text frame and a Close; yield the URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer_one() -> None:
        connection, _ = listener.accept()
        with connection:
            read = parse_request(receive_head(connection))
            assert read is not None
            response = change or build_response(read[0], subprotocols=["chat"])
            connection.sendall(response.serialize() + b"\x81\x05Hello\x88\x02\x03\xe8")
            with contextlib.suppress(ConnectionError):
                while connection.recv(4096):
                    pass  # until the client has closed

    thread = threading.Thread(target=answer_one)
    with listener:
        thread.start()
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/"
        thread.join()


@pytest.mark.parametrize("offered", [[], ["chat", "superchat"]], ids=["plain", "chat"])
def test_a_live_websockets_server_accepts_our_request(offered: list[str]) -> None:
    with their_server(subprotocols=["superchat"] if offered else None) as port:
        request = build_request(f"127.0.0.1:{port}", subprotocols=offered)
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(request.serialize())
            read = parse_response(receive_head(client))
            assert read is not None
            assert read[0].status == 101
            assert response_problems(read[0], request) == []
            assert read[0].values(PROTOCOL) == offered[1:]


def test_websockets_accepts_our_response() -> None:
    client = ClientProtocol(parse_uri("ws://a/"), subprotocols=["chat"])
    client.send_request(client.connect())
    read = parse_request(b"".join(client.data_to_send()))
    assert read is not None
    client.receive_data(build_response(read[0], subprotocols=["chat"]).serialize())
    assert client.handshake_exc is None
    assert client.subprotocol == "chat"


def test_websocket_client_accepts_our_response() -> None:
    with our_server() as url:
        client = websocket.create_connection(url, timeout=10, subprotocols=["chat"])
        try:
            assert client.subprotocol == "chat"
            assert client.recv() == "Hello"
        finally:
            client.shutdown()


def test_websocket_client_refuses_a_wrong_accept() -> None:
    with (
        our_server(answering((ACCEPT, RFC_PAIR[1]))) as url,
        pytest.raises(websocket.WebSocketException),
    ):
        websocket.create_connection(url, timeout=10)


# What is asked; what we answer; what websockets answers (None: it hangs up); and, where
# the two differ, which of them does as the RFC says, and where that stands.
COMPARED = [
    ("a good request", asking(), 101, 101, ""),
    ("a key with other pad bits", asking((KEY, PRINTED_PAIR[0])), 101, 101, ""),
    ("two items", asking(("Connection", "keep-alive, Upgrade")), 101, 101, ""),
    ("POST", asking(method="POST"), 405, 405, ""),
    ("HTTP/1.0", asking(version="HTTP/1.0"), 505, 505, ""),
    ("plain HTTP", asking(("Upgrade", None), ("Connection", None)), 426, 426, ""),
    ("Upgrade: h2c", asking(("Upgrade", "h2c")), 426, 426, ""),
    ("Connection: keep-alive", asking(("Connection", "keep-alive")), 426, 426, ""),
    ("no key", asking((KEY, None)), 400, 400, ""),
    ("a key of 3 bytes", asking((KEY, "AAAA")), 400, 400, ""),
    ("no base64", asking((KEY, "!" * 24)), 400, 400, ""),
    ("two keys", asking(("+" + KEY, RFC_PAIR[0])), 400, 400, ""),
    ("no version", asking((VERSION, None)), 400, 400, ""),
    ("two versions", asking(("+" + VERSION, "13")), 400, 400, ""),
    ("version 8", asking((VERSION, "8")), 426, 400,
     "either status will do, but 4.4 says MUST to Sec-WebSocket-Version: ours"),
    ("no Host", asking(("Host", None)), 400, 101,
     "RFC 9112, 3.2, says MUST respond with 400: ours"),
    ("two Hosts", asking(("+Host", "b")), 400, 101,
     "RFC 9112, 3.2, says MUST respond with 400: ours"),
    ("websocket and another", asking(("Upgrade", "h2c, websocket")), 101, 426,
     "4.1, request item 5: the value MUST *include* websocket: ours"),
]  # fmt: skip


def their_answer(request: Request) -> Response | None:
    """Return what a server of the websockets library answers, without a network."""
    server = ServerProtocol()
    server.receive_data(request.serialize())
    for event in server.events_received():
        server.send_response(server.accept(event))
    read = parse_response(b"".join(server.data_to_send()))
    return read and read[0]


@pytest.mark.parametrize(
    ("request_", "ours", "theirs", "who_follows_the_rfc"),
    [case[1:] for case in COMPARED],
    ids=[case[0] for case in COMPARED],
)
def test_where_our_answer_differs_from_websockets_the_rfc_decides(
    request_: Request, ours: int, theirs: int, who_follows_the_rfc: str
) -> None:
    assert build_response(request_).status == ours
    answer = their_answer(request_)
    if answer is None and WEBSOCKETS < 17:
        pytest.skip("websockets 16 hangs up without an answer")
    assert answer is not None
    assert answer.status == theirs
    assert (ours == theirs) == (who_follows_the_rfc == "")


def test_websockets_does_not_tell_its_version_where_section_4_4_says_must() -> None:
    request = asking((VERSION, "8"))
    answer = their_answer(request)
    assert answer is not None
    assert answer.get(VERSION) is None
    assert build_response(request).get(VERSION) == "13"


@pytest.mark.parametrize(
    ("start", "section"),
    [
        (b"GET chat HTTP/1.1", "4.2.1, item 1"),
        (b"GET /chat#here HTTP/1.1", "4.2.1, item 1"),
    ],
    ids=["no path", "a fragment"],
)
def test_websockets_takes_targets_that_the_rfc_does_not_allow(
    start: bytes, section: str
) -> None:
    data = start + asking().serialize().partition(b" HTTP/1.1")[2]
    with pytest.raises(handshake.HandshakeError) as caught:
        parse_request(data)
    assert caught.value.section == section
    server = ServerProtocol()
    server.receive_data(data)
    [event] = server.events_received()
    assert server.accept(event).status_code == 101


# --- extensions, section 9.1 ----------------------------------------------------------


def test_extensions_are_offered_and_what_is_agreed_to_is_said() -> None:
    offered = ("permessage-deflate; client_max_window_bits", "x-other")
    request = build_request("127.0.0.1", extensions=offered)
    assert request.tokens("Sec-WebSocket-Extensions") == list(offered)
    response = build_response(request, extensions=("permessage-deflate",))
    assert response.tokens("Sec-WebSocket-Extensions") == ["permessage-deflate"]
    assert response_problems(response, request) == []
    (problem,) = response_problems(
        build_response(request, extensions=("x-third",)), request
    )
    assert problem.section == "4.1, response item 5"
    silent = build_response(request)
    assert silent.get("Sec-WebSocket-Extensions") is None
