"""What was recorded, and what can be told of it without reading a frame."""

import socket
from typing import Any

import pytest
from plain_sockets import read_exactly, read_head, signals

from wslib.direction import DOWN, UP, Direction
from wslib.handshake import accept_key, build_request, build_response
from wslib.http1 import parse_response
from wslib.relay.events import Chunk
from wslib.relay.proxy import RecordingProxy
from wslib.relay.recording import Recording
from wslib.server import EchoServer

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


# --- the opening handshake, told from the rest ----------------------------------------


def test_the_opening_handshake_is_told_from_the_frames_after_it() -> None:
    request = build_request("a", key=KEY).serialize()
    frame = bytes.fromhex("818537fa213d7f9f4d5158")  # masked "Hello", RFC 6455, 5.7
    with EchoServer() as server, RecordingProxy(server.url) as proxy:
        address = ("127.0.0.1", proxy.port)
        with socket.create_connection(address, timeout=20) as client:
            client.sendall(request + frame)  # in one segment, as they may well be
            head = read_head(client)
            reply = read_exactly(client, 2 + len("Received:  Hello"))
        proxy.recording.wait_closed()
        recording = proxy.recording
    assert recording.handshake(UP) == request
    assert recording.after_handshake(UP) == frame
    assert recording.handshake(DOWN) == head
    assert reply == b"\x81\x10Received:  Hello"
    assert recording.after_handshake(DOWN).startswith(reply)
    read = parse_response(head)
    assert read is not None
    assert read[0].get("Sec-WebSocket-Accept") == accept_key(KEY)
    assert recording.count_handshakes(UP) == len(request)
    assert recording.count_handshakes() == len(request) + len(head)
    for direction in Direction:
        parts = recording.handshake(direction), recording.after_handshake(direction)
        assert b"".join(parts) == recording.stream(direction)


def recording_of(*turns: tuple[Direction, bytes]) -> Recording:
    """Return a recording of one connection that was never on a wire."""
    recording = Recording()
    recording.begin()
    for direction, data in turns:
        recording.add(Chunk(connection=1, direction=direction, data=data, time=0.0))
    return recording


PLAIN = b"GET /scores HTTP/1.1\r\nHost: a\r\nX: websocket\r\n\r\n"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
REQUEST = build_request("a", key=KEY)
ASKED, AGREED = REQUEST.serialize(), build_response(REQUEST).serialize()
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 3\r\n\r\nno\n"


def test_plain_http_is_not_taken_for_an_opening_handshake() -> None:
    recording = recording_of((UP, PLAIN), (DOWN, ANSWER), (UP, PLAIN), (DOWN, ANSWER))
    for direction, data in ((UP, PLAIN * 2), (DOWN, ANSWER * 2)):
        assert recording.handshake(direction) == b""
        assert recording.after_handshake(direction) == data
    assert recording.count_handshakes() == 0
    assert recording.count() == 2 * len(PLAIN + ANSWER)


def test_a_refused_handshake_is_one_still_and_its_body_comes_after() -> None:
    recording = recording_of((UP, ASKED), (DOWN, REFUSED))
    assert recording.handshake(UP) == ASKED
    assert recording.handshake(DOWN) == REFUSED[:-3]
    assert recording.after_handshake(DOWN) == b"no\n"


def test_an_unfinished_handshake_is_none_yet() -> None:
    assert recording_of((UP, ASKED[:-1])).handshake(UP) == b""
    assert recording_of((UP, ASKED), (DOWN, b"HTTP/1.1 101")).handshake(DOWN) == b""


def test_however_it_is_cut_into_chunks_the_handshake_is_the_same() -> None:
    data = ASKED + b"\x81\x80\0\0\0\0"
    for size in range(1, len(data)):
        recording = recording_of((UP, data[:size]), (UP, data[size:]))
        assert recording.handshake(UP) == ASKED


UPGRADES = [
    ("websocket", True),
    ("WebSocket", True),
    ("h2c, websocket", True),
    ("h2c,\twebsocket ,", True),
    ("websocket-next", False),
    ("x-websocket", False),
    ("websocket/13", False),
    ("h2c websocket", False),
    ("", False),
]


@pytest.mark.parametrize(("value", "asks"), UPGRADES)
def test_who_asks_for_a_websocket_says_so_in_a_list_of_names(
    value: str, asks: bool
) -> None:
    asked = ASKED.replace(b"Upgrade: websocket", b"Upgrade: " + value.encode())
    recording = recording_of((UP, asked), (DOWN, AGREED + b"\x81\x00"))
    assert bool(recording.handshake(UP)) == asks
    assert bool(recording.handshake(DOWN)) == asks
    assert len(recording.frames(DOWN)) == asks
    assert (recording.count_handshakes() > 0) == asks


def test_a_list_of_names_may_stand_in_several_fields() -> None:
    asked = ASKED.replace(b"Upgrade:", b"Upgrade: h2c\r\nUpgrade:", 1)
    assert recording_of((UP, asked)).handshake(UP) == asked


@pytest.mark.parametrize(
    ("up", "down", "words"),
    [
        (ASKED.replace(b"Host: a", b"Host a"), AGREED, "a header field is"),
        (ASKED.replace(b"GET / ", b"GET x "), AGREED, "resource name"),
        (ASKED, b"SSH-2.0-x\r\n\r\n", "a status line is"),
        (ASKED, AGREED.replace(b"101", b"1O1"), "a status line is"),
    ],
)
def test_a_head_that_cannot_be_read_is_left_whole_with_the_rule_that_it_breaks(
    up: bytes, down: bytes, words: str
) -> None:
    recording = recording_of((UP, up), (DOWN, down))
    broken, whole = (DOWN, down) if up == ASKED else (UP, up)
    assert recording.handshake(broken) == b""
    assert recording.after_handshake(broken) == whole
    unread = recording.frames(broken).unread
    assert unread is not None and unread.raw == whole
    assert words in unread.words


# --- waiting for the end --------------------------------------------------------------


def test_a_client_may_be_gone_before_the_relay_has_seen_it() -> None:
    with EchoServer() as server, RecordingProxy(server.url) as proxy:
        for number in range(1, 51):
            socket.create_connection(("127.0.0.1", proxy.port), timeout=20).close()
            proxy.recording.wait_closed(connections=number, timeout=20)
            assert proxy.recording.connections == number
    begun = [event for event in signals(proxy.recording) if event.flag == "SYN"]
    assert len(begun) == 50


def test_waiting_in_vain_for_the_end_says_what_is_missing() -> None:
    recording = Recording()

    def missing(connections: int = 1) -> str:
        with pytest.raises(TimeoutError) as caught:
            recording.wait_closed(connections=connections, timeout=0)
        return str(caught.value)

    recording.wait_closed(connections=0)  # all of none
    assert missing() == "0 of 1 connections have begun"
    first = recording.begin()
    assert missing() == "1 of 1 connections are still open"
    assert missing(2) == (
        "1 of 2 connections have begun, 1 of 1 connections are still open"
    )
    recording.end(first)
    recording.wait_closed(timeout=0)
    assert missing(2) == "1 of 2 connections have begun"
    recording.begin()
    assert missing() == "1 of 2 connections are still open"


def test_a_beginning_that_cannot_be_timed_is_not_counted() -> None:
    ticks = iter([0.0])
    recording = Recording(clock=lambda: next(ticks))
    with pytest.raises(StopIteration):
        recording.begin()
    assert recording.connections == 0
    recording.wait_closed(connections=0, timeout=0)


# --- the rest -------------------------------------------------------------------------


def test_who_asks_for_what_cannot_be_is_told_so() -> None:
    recording = recording_of((UP, b"abc"))
    nowhere: Any = "up"
    for ask in (recording.count, recording.count_handshakes, recording.stream):
        with pytest.raises(ValueError, match="'up' is not a valid Direction"):
            ask(nowhere)
    with pytest.raises(ValueError, match="numbered from 1, not 0"):
        recording.frames(UP, 0)
    assert recording.stream(UP, 2) == b""  # it may begin yet


def test_what_is_shown_counts_what_there_is() -> None:
    recording = recording_of((UP, b"abc"), (DOWN, b"de"), (UP, b"f"))
    assert repr(recording) == "<Recording of 1 connections: 4 bytes ▶, 2 bytes ◀>"
    assert recording.count() == sum(len(chunk.data) for chunk in recording.chunks)


def test_a_chunk_is_shown_as_it_could_be_typed() -> None:
    names: dict[str, Any] = {"Chunk": Chunk, "Direction": Direction}
    chunk = Chunk(connection=1, direction=DOWN, data=b"x", time=0.5)
    assert eval(repr(chunk), names) == chunk
