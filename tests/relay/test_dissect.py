"""Frames and messages found in what a relay recorded, however TCP cut it up."""

import itertools
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
import websocket

from wslib.direction import DOWN, UP, Direction
from wslib.errors import HandshakeError, ProtocolError
from wslib.frames import Frame, Opcode
from wslib.handshake import build_request, build_response
from wslib.relay import dissect
from wslib.relay.dissect import ConnectionReader
from wslib.relay.events import (
    Chunk,
    Readings,
    RecordedFrame,
    RecordedHandshake,
    Signal,
    Unread,
)
from wslib.relay.proxy import RecordingProxy
from wslib.relay.recording import Recording
from wslib.server import EchoServer

REQUEST = build_request("example.org", key="dGhlIHNhbXBsZSBub25jZQ==")
ASK, ANSWER = REQUEST.serialize(), build_response(REQUEST).serialize()
KEY = bytes.fromhex("37fa213d")
HELLO_MASKED = bytes.fromhex("81 85 37 fa 21 3d 7f 9f 4d 51 58")
HELLO = bytes.fromhex("81 05 48 65 6c 6c 6f")


def recorded(*said: tuple[Direction, bytes]) -> Recording:
    """Return a recording of one connection, a chunk every millisecond."""
    recording = Recording()
    connection = recording.begin()
    for number, (direction, data) in enumerate(said):
        chunk = Chunk(
            connection=connection, direction=direction, data=data, time=number / 1000
        )
        recording.add(chunk)
    return recording


def opened(*said: tuple[Direction, bytes]) -> Recording:
    """Return a recording that begins with an opening handshake, chunks 0 and 1."""
    return recorded((UP, ASK), (DOWN, ANSWER), *said)


def from_client(opcode: Opcode, payload: bytes = b"", **fields: Any) -> bytes:
    return Frame(opcode=opcode, payload=payload, masking_key=KEY, **fields).serialize()


def from_server(opcode: Opcode, payload: bytes = b"", **fields: Any) -> bytes:
    return Frame(opcode=opcode, payload=payload, **fields).serialize()


# --- where a frame is -----------------------------------------------------------------


def test_a_frame_is_told_with_its_bytes_its_place_and_its_time() -> None:
    recording = opened((UP, HELLO_MASKED), (DOWN, HELLO))
    [sent], [received] = recording.frames(UP), recording.frames(DOWN)
    assert sent == RecordedFrame(
        direction=UP,
        raw=HELLO_MASKED,
        start=len(ASK),
        chunks=(2,),
        time=0.002,
        frame=Frame(opcode=Opcode.TEXT, payload=b"Hello", masking_key=KEY),
    )
    assert sent.size == 11
    assert received.frame == Frame(opcode=Opcode.TEXT, payload=b"Hello")
    assert (received.start, received.chunks) == (len(ANSWER), (3,))


def test_a_frame_can_lie_in_several_chunks() -> None:
    recording = opened(
        (UP, HELLO_MASKED[:1]), (DOWN, HELLO), (UP, HELLO_MASKED[1:7]), (UP, b"\x4d")
    )
    assert recording.frames(UP) == ()
    recording = opened(
        (UP, HELLO_MASKED[:1]), (DOWN, HELLO), (UP, HELLO_MASKED[1:7]),
        (UP, HELLO_MASKED[7:]),
    )  # fmt: skip
    [frame] = recording.frames(UP)
    assert frame.raw == HELLO_MASKED
    assert frame.chunks == (2, 4, 5)
    assert [recording.chunks[n].direction for n in frame.chunks] == [UP, UP, UP]
    assert frame.time == 0.005  # of its last byte


def test_a_chunk_can_hold_several_frames() -> None:
    ping = from_client(Opcode.PING)
    first, second, third = opened((UP, HELLO_MASKED + ping + HELLO_MASKED)).frames(UP)
    assert first.chunks == second.chunks == third.chunks == (2,)
    assert [first.size, second.size, third.size] == [11, 6, 11]
    assert second.start == first.start + 11
    assert third.start == second.start + 6


def test_a_frame_can_share_a_chunk_with_the_handshake() -> None:
    recording = recorded((UP, ASK), (DOWN, ANSWER + HELLO))
    [frame] = recording.frames(DOWN)
    assert (frame.start, frame.chunks) == (len(ANSWER), (1,))
    # A client that does not wait is read as soon as the server has agreed.
    hasty = recorded((UP, ASK + HELLO_MASKED))
    assert hasty.frames(UP) == ()
    hasty.add(Chunk(connection=1, direction=DOWN, data=ANSWER, time=1))
    [frame] = hasty.frames(UP)
    assert (frame.start, frame.chunks) == (len(ASK), (0,))


def test_the_place_leads_back_to_the_bytes() -> None:
    recording = opened((UP, HELLO_MASKED * 3), (DOWN, HELLO), (DOWN, HELLO))
    for direction in Direction:
        stream = recording.stream(direction)
        for frame in recording.frames(direction):
            assert stream[frame.start : frame.start + frame.size] == frame.raw
            chunks = [recording.chunks[number] for number in frame.chunks]
            assert frame.raw in b"".join(chunk.data for chunk in chunks)


def test_connections_are_read_each_for_itself() -> None:
    recording = Recording()
    for _ in range(2):
        recording.begin()
    frames = [from_client(Opcode.TEXT, text) for text in (b"one", b"two")]
    for data in (ASK, ANSWER, frames):
        for number in (1, 2):
            direction = DOWN if data is ANSWER else UP
            one = data if isinstance(data, bytes) else data[number - 1]
            recording.add(
                Chunk(connection=number, direction=direction, data=one, time=0)
            )
    assert [recording.messages(UP, number) for number in (1, 2)] == [
        ("one",),
        ("two",),
    ]
    assert recording.frames(UP, 2)[0].chunks == (5,)  # of all chunks
    assert recording.frames(UP, 3) == ()
    assert recording.timeline(3) == ()


def test_each_head_is_parsed_until_it_is_complete_and_not_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    parsed: list[str] = []

    def counting(parse: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        def count(data: bytes) -> Any:
            parsed.append(parse.__name__)
            return parse(data)

        return count

    for parse in (dissect.parse_request, dissect.parse_response):
        monkeypatch.setattr(dissect, parse.__name__, counting(parse))
    pieces = [ANSWER[:9], ANSWER[9:], HELLO, HELLO[:3], HELLO[3:]]
    reader = ConnectionReader()
    for event in recorded((UP, ASK), *((DOWN, piece) for piece in pieces)).events:
        reader.feed([event])
        reader.timeline()
    assert len(reader.frames(DOWN)) == 2
    assert parsed.count("parse_request") == 1 + 1  # nothing had come at the SYN
    assert parsed.count("parse_response") == 1 + 2  # nothing had come at the request


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 2**21])
def test_no_payload_is_too_long_to_be_found(size: int) -> None:
    raw = from_client(Opcode.BINARY, bytes(size))
    pieces = [(UP, raw[i : i + 65536]) for i in range(0, len(raw), 65536)]
    recording = opened(*pieces)
    [frame] = recording.frames(UP)
    assert frame.raw == raw
    assert frame.frame.payload == bytes(size)
    assert frame.chunks == tuple(range(2, 2 + len(pieces)))


def test_a_compressed_frame_is_found_where_compression_was_agreed_on() -> None:
    # RFC 7692, section 7.2.3.1
    raw = bytes.fromhex("c1 07 f2 48 cd c9 c9 07 00")
    agreed = ANSWER[:-2] + b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    recording = recorded((UP, ASK), (DOWN, agreed), (DOWN, raw))
    [frame] = recording.frames(DOWN)
    assert frame.frame.rsv1
    assert recording.messages(DOWN) == (raw[2:],)  # as it travelled
    for other in (ANSWER, agreed.replace(b"permessage-", b"x-permessage-")):
        error = recorded((UP, ASK), (DOWN, other), (DOWN, raw)).frames(DOWN).error
        assert isinstance(error, ProtocolError) and error.section == "5.2"


# --- what is not a frame --------------------------------------------------------------


def test_everything_read_leaves_nothing_unread() -> None:
    frames = opened((UP, HELLO_MASKED)).frames(UP)
    assert frames.unread is None
    assert frames.error is None


def test_a_frame_that_is_not_complete_is_left_over_without_an_error() -> None:
    recording = opened((UP, HELLO_MASKED + HELLO_MASKED[:4]), (UP, HELLO_MASKED[4:8]))
    frames = recording.frames(UP)
    assert len(frames) == 1
    assert frames.error is None
    assert frames.unread == Unread(
        direction=UP,
        raw=HELLO_MASKED[:8],
        start=len(ASK) + 11,
        chunks=(2, 3),
        time=0.003,
        error=None,
    )
    assert "not complete" in repr(frames)


def test_a_length_beyond_what_was_recorded_is_a_frame_not_complete() -> None:
    header = bytes.fromhex("82 7f 7f ff ff ff ff ff ff ff")
    frames = opened((DOWN, header + b"abc")).frames(DOWN)
    assert frames == ()
    assert frames.unread is not None and frames.unread.size == 13
    assert frames.error is None


@pytest.mark.parametrize(
    ("direction", "raw", "section"),
    [
        (UP, HELLO, "5.1"),
        (DOWN, HELLO_MASKED, "5.1"),
        (DOWN, bytes.fromhex("c1 00"), "5.2"),
        (DOWN, bytes.fromhex("83 00"), "5.2"),
        (DOWN, bytes.fromhex("81 7e 00 05 48 65 6c 6c 6f"), "5.2"),
        (DOWN, bytes.fromhex("89 7e 00 7e") + bytes(126), "5.5"),
        (DOWN, bytes.fromhex("88 02 03 ee"), "7.4"),
    ],
)
def test_a_broken_rule_ends_the_frames_and_is_told(
    direction: Direction, raw: bytes, section: str
) -> None:
    good = HELLO_MASKED if direction is UP else HELLO
    recording = opened((direction, good), (direction, raw), (direction, good))
    frames = recording.frames(direction)
    assert len(frames) == 1
    assert isinstance(frames.error, ProtocolError)
    assert frames.error.section == section
    assert frames.unread is not None
    assert frames.unread.raw == raw + good  # nothing can be read after it
    assert frames.unread.chunks == (3, 4)
    assert f"section {section}" in repr(frames)


@pytest.mark.parametrize(
    ("said", "words", "left"),
    [
        ([], "", (0, 0)),
        ([(UP, ASK[:-1])], "not complete", (1, 0)),
        ([(UP, ASK), (DOWN, ANSWER[:-1])], "not complete", (0, 1)),
        ([(UP, ASK), (DOWN, b"HTTP/1.1 426 \r\n\r\nNo")], "101, not 426", (0, 1)),
        ([(UP, ASK), (DOWN, b"SSH-2.0-x\r\n\r\n")], "a status line is", (0, 1)),
        ([(UP, b"GET / HTTP/1.1\r\n\r\n"), (DOWN, ANSWER)], "plain HTTP", (1, 1)),
        ([(UP, b"\x16\x03\x01\x02\x00\x01"), (DOWN, b"\x15")], "TLS", (1, 1)),
        ([(UP, HELLO_MASKED), (DOWN, HELLO)], "not complete", (1, 1)),
        ([(UP, b"\n" * 9)], "CR LF", (1, 0)),
    ],
)
def test_without_an_opening_handshake_there_are_no_frames_and_it_says_why(
    said: list[tuple[Direction, bytes]], words: str, left: tuple[int, int]
) -> None:
    recording = recorded(*said)
    for direction, expected in zip(Direction, left, strict=True):
        frames = recording.frames(direction)
        assert frames == ()
        assert bool(frames.unread) == bool(expected)
        if frames.unread:
            assert words in frames.unread.words
            assert frames.unread.raw == recording.after_handshake(direction)
            assert frames.error is None or isinstance(frames.error, HandshakeError)
        assert recording.messages(direction) == ()
        assert recording.messages(direction).unread == frames.unread


def test_the_handshake_ends_where_the_recording_says_it_does() -> None:
    recording = opened((UP, HELLO_MASKED))
    assert recording.handshake(UP) == ASK
    assert recording.handshake(DOWN) == ANSWER
    assert recording.after_handshake(UP) == HELLO_MASKED
    assert recording.after_handshake(DOWN) == b""


# --- messages -------------------------------------------------------------------------


def test_a_message_is_put_together_from_its_fragments() -> None:
    recording = opened(
        (UP, from_client(Opcode.TEXT, "caf\u00e9".encode()[:4], fin=False)),
        (UP, from_client(Opcode.PING, b"still there?")),
        (UP, from_client(Opcode.CONTINUATION, "caf\u00e9".encode()[4:])),
        (UP, from_client(Opcode.BINARY, b"\xff")),
        (UP, from_client(Opcode.TEXT)),
        (UP, from_client(Opcode.CLOSE, b"\x03\xe8")),
    )
    messages = recording.messages(UP)
    assert messages == ("caf\u00e9", b"\xff", "")
    assert messages.unread is None
    assert recording.messages(DOWN) == ()


def test_an_unfinished_message_is_left_over() -> None:
    begun = from_client(Opcode.TEXT, b"Hel", fin=False)
    ping = from_client(Opcode.PING)
    recording = opened((UP, ping + HELLO_MASKED + ping), (UP, begun + ping + b"\x80"))
    messages = recording.messages(UP)
    assert messages == ("Hello",)
    assert messages.unread == Unread(
        direction=UP,
        raw=begun + ping + b"\x80",
        start=len(ASK) + 6 + 11 + 6,
        chunks=(3,),
        time=0.003,
        error=None,
    )


CONTINUED = from_server(Opcode.CONTINUATION, b"lo")
BEGUN = from_server(Opcode.TEXT, b"Hel", fin=False)
CLOSE = from_server(Opcode.CLOSE)


@pytest.mark.parametrize(
    ("raw", "section", "code"),
    [
        (CONTINUED, "5.4", 1002),
        (BEGUN + HELLO, "5.4", 1002),
        (CLOSE + HELLO, "5.5.1", 1002),
        (BEGUN + CLOSE + CONTINUED, "5.5.1", 1002),
        (from_server(Opcode.TEXT, b"\xff"), "8.1", 1007),
        (BEGUN + from_server(Opcode.CONTINUATION, b"\xce"), "8.1", 1007),
        (b"\xf1", None, None),
        (BEGUN + b"\xf1\x00", "5.2", 1002),
    ],
)
def test_a_broken_rule_ends_the_messages_and_is_told(
    raw: bytes, section: str | None, code: int | None
) -> None:
    messages = opened((DOWN, HELLO), (DOWN, raw), (DOWN, HELLO[:3])).messages(DOWN)
    assert messages == ("Hello",)
    unread, error = messages.unread, messages.error
    if section is None:  # a first byte alone is judged with the second
        section, code = "5.2", 1002
    assert isinstance(error, ProtocolError)
    assert (error.section, error.close_code) == (section, code)
    assert unread is not None
    begins = len(CLOSE) if raw.startswith(CLOSE) else 0
    assert unread.raw == raw[begins:] + HELLO[:3]
    assert unread.start == len(ANSWER) + len(HELLO) + begins


# --- any way of chunking --------------------------------------------------------------

Turns = list[tuple[Direction, bytes]]


def in_chunks(turns: Turns, sizes: Iterable[int]) -> Recording:
    """Return a recording of what was said, with each turn cut into pieces."""
    pieces = []
    size = iter(sizes)
    for direction, raw in turns:
        while raw:
            most = next(size)
            pieces.append((direction, raw[:most]))
            raw = raw[most:]
    return recorded(*pieces)


def without_places(items: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    return [(type(item), item.direction, item.raw, item.start) for item in items]


def chunks_that_hold(recording: Recording, frame: RecordedFrame) -> tuple[int, ...]:
    """Return where a frame lies, found out byte by byte."""
    numbers: list[int] = []
    for number, chunk in enumerate(recording.chunks):
        if chunk.direction is frame.direction:
            numbers += [number] * len(chunk.data)
    return tuple(sorted(set(numbers[frame.start : frame.start + frame.size])))


def test_however_the_bytes_are_cut_the_frames_and_messages_are_the_same() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = pytest.importorskip("hypothesis.strategies")
    texts = st.text("a\xe9\u6f22\U0001f600", max_size=60).map(str.encode)
    some = st.one_of(
        st.tuples(st.just(Opcode.TEXT), texts),
        st.tuples(st.just(Opcode.BINARY), st.binary(max_size=300)),
        st.tuples(st.just(Opcode.CONTINUATION), texts),
        st.tuples(st.just(Opcode.PING), st.binary(max_size=125)),
    )
    tails = st.sampled_from([b"", b"", b"\x81", b"\xf0\x00"])
    turns = st.tuples(st.sampled_from(Direction), st.lists(some, max_size=3), tails)

    @hypothesis.settings(
        max_examples=50, derandomize=True, database=None, deadline=None
    )
    @hypothesis.given(
        st.lists(turns, max_size=6), st.lists(st.integers(1, 150), min_size=1)
    )
    def check(drawn: list[Any], cuts: list[int]) -> None:
        said: Turns = [(UP, ASK), (DOWN, ANSWER)]
        for direction, frames, tail in drawn:
            build = from_client if direction is UP else from_server
            raw = b"".join(build(opcode, payload) for opcode, payload in frames)
            said.append((direction, raw + tail))
        whole = in_chunks(said, itertools.repeat(10**6))
        for sizes in (itertools.cycle(cuts), itertools.repeat(1)):
            same_as(in_chunks(said, sizes), whole)

    def same_as(recording: Recording, whole: Recording) -> None:
        assert without_places(recording.timeline()) == without_places(whole.timeline())
        reader = ConnectionReader()
        for event in recording.events:
            reader.feed([event])
        assert reader.timeline() == recording.timeline()
        for direction in Direction:
            frames, expected = recording.frames(direction), whole.frames(direction)
            assert [f.frame for f in frames] == [f.frame for f in expected]
            assert str(frames.error) == str(expected.error)
            assert recording.messages(direction) == whole.messages(direction)
            parts = [*frames, *([frames.unread] if frames.unread else [])]
            raw = b"".join(part.raw for part in parts)
            assert raw == recording.after_handshake(direction)
            for part in parts:
                assert part.chunks == chunks_that_hold(recording, part)
                assert part.time == recording.chunks[part.chunks[-1]].time

    check()


def test_no_bytes_whatever_raise_at_the_reader() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = pytest.importorskip("hypothesis.strategies")
    turns = st.lists(st.tuples(st.sampled_from(Direction), st.binary()), max_size=8)

    @hypothesis.settings(derandomize=True, database=None, deadline=None)
    @hypothesis.given(turns)
    def check(said: Turns) -> None:
        for recording in (opened(*said), recorded(*said)):
            for direction in Direction:
                assert isinstance(recording.frames(direction), Readings)
                recording.messages(direction)
            # Nothing is lost, and nothing is told twice.
            assert sum(e.size for e in recording.timeline()) == recording.count()

    check()


# --- the timeline ---------------------------------------------------------------------


def test_the_timeline_begins_with_the_handshake_and_goes_by_completion() -> None:
    ping, pong = from_client(Opcode.PING), from_server(Opcode.PONG)
    recording = opened(
        (UP, HELLO_MASKED[:5]),
        (DOWN, HELLO),
        (UP, HELLO_MASKED[5:] + ping),
        (DOWN, pong[:1]),
        (DOWN, pong[1:] + HELLO[:2]),
    )
    assert [(type(e), e.direction, e.raw) for e in recording.timeline()] == [
        (RecordedHandshake, UP, ASK),
        (RecordedHandshake, DOWN, ANSWER),
        (RecordedFrame, DOWN, HELLO),
        (RecordedFrame, UP, HELLO_MASKED),
        (RecordedFrame, UP, ping),
        (RecordedFrame, DOWN, pong),
        (Unread, DOWN, HELLO[:2]),
    ]


def test_a_broken_rule_stands_in_the_timeline_before_the_answer_to_it() -> None:
    close = from_server(Opcode.CLOSE, b"\x03\xea")
    recording = opened((UP, HELLO), (DOWN, close), (UP, b"and more"))
    *_, unread, answer = recording.timeline()
    assert isinstance(unread, Unread)
    assert unread.raw == HELLO + b"and more"
    assert answer.raw == close


def test_a_refused_handshake_and_plain_http_have_a_timeline_too() -> None:
    refusal = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    entries = recorded((UP, ASK), (DOWN, refusal + b"no key\n")).timeline()
    assert [type(entry) for entry in entries] == [
        RecordedHandshake,
        RecordedHandshake,
        Unread,
    ]
    assert [entry.words for entry in entries[:2]] == [
        "GET / HTTP/1.1",
        "HTTP/1.1 400 Bad Request",
    ]
    plain = recorded((UP, b"GET / HTTP/1.1\r\n\r\n"), (DOWN, refusal)).timeline()
    assert [(type(entry), entry.direction) for entry in plain] == [
        (Unread, UP),
        (Unread, DOWN),
    ]


def test_what_is_shown_is_the_same_on_every_run() -> None:
    recording = opened(
        (UP, from_client(Opcode.TEXT, b"Hel", fin=False)), (UP, b"\xff"), (UP, b"\xff")
    )
    assert [repr(entry) for entry in recording.timeline(tcp=True)] == [
        "<Signal ▶ SYN>",
        f"<RecordedHandshake ▶ GET / HTTP/1.1: {len(ASK)} bytes at 0>",
        f"<RecordedHandshake ◀ HTTP/1.1 101 Switching Protocols: {len(ANSWER)} "
        "bytes at 0>",
        f"<RecordedFrame ▶ TEXT without FIN: 9 bytes at {len(ASK)}>",
        "<Unread ▶ a reserved bit is set, with no extension (RFC 6455, section 5.2): "
        f"2 bytes at {len(ASK) + 9}>",
    ]


# --- live -----------------------------------------------------------------------------


@pytest.fixture
def relay() -> Iterator[RecordingProxy]:
    with EchoServer() as server, RecordingProxy(server.url) as relay:
        yield relay


def connect(relay: RecordingProxy) -> websocket.WebSocket:
    return websocket.create_connection(relay.url, timeout=5)


def test_a_live_conversation_is_read_back(relay: RecordingProxy) -> None:
    client = connect(relay)
    client.send("Hello, world!")
    client.recv()
    client.send_binary(b"\x00" * 70_000)
    client.recv()
    client.close()
    relay.recording.wait_closed()
    assert relay.recording.messages(UP) == ("Hello, world!", b"\x00" * 70_000)
    text, binary = relay.recording.messages(DOWN)
    assert text == "Received:  Hello, world!"
    assert binary == b"Received:  " + b"\x00" * 70_000
    assert [frame.frame.opcode.name for frame in relay.recording.frames(UP)] == [
        "TEXT",
        "BINARY",
        "CLOSE",
    ]


def test_one_can_wait_for_a_pong_and_for_a_close(relay: RecordingProxy) -> None:
    client = connect(relay)
    client.ping("are you there?")
    [pong] = relay.recording.wait_frames(DOWN, opcode=Opcode.PONG)
    assert pong.frame.payload == b"are you there?"
    client.send_close()
    [close] = relay.recording.wait_frames(DOWN, opcode=Opcode.CLOSE)
    assert close.frame.payload == b"\x03\xe8"
    assert relay.recording.wait_frames(DOWN, 2) == (pong, close)
    assert relay.recording.wait_frames(DOWN) == (pong,)  # and no more than asked for
    client.shutdown()


def test_waiting_ends_when_another_thread_records_the_frame(
    bounded: Callable[..., Any],
) -> None:
    recording = opened((DOWN, HELLO), (DOWN, HELLO[:3]))
    chunk = Chunk(connection=1, direction=DOWN, data=HELLO[3:] + HELLO, time=1)
    thread = threading.Thread(target=recording.add, args=[chunk])

    def wait() -> tuple[RecordedFrame, ...]:
        thread.start()
        return recording.wait_frames(DOWN, 3, timeout=20)

    frames = bounded(wait)
    thread.join()
    assert [frame.chunks for frame in frames] == [(2,), (3, 4), (4,)]


def test_waiting_in_vain_says_what_there_is() -> None:
    recording = opened((UP, HELLO_MASKED), (DOWN, HELLO))
    with pytest.raises(TimeoutError, match="▶: 1 CLOSE .*, 0 came.*TEXT: 11 bytes"):
        recording.wait_frames(UP, opcode=Opcode.CLOSE, timeout=0.01)
    with pytest.raises(TimeoutError, match="◀: 2 frame.*, 1 came.*TEXT: 7 bytes"):
        recording.wait_frames(DOWN, 2, timeout=0)
    with pytest.raises(TimeoutError, match="connection 7 has not begun; 1 have"):
        recording.wait_frames(DOWN, connection=7, timeout=-1)
    with pytest.raises(TimeoutError, match="plain HTTP"):
        recorded((UP, b"GET / HTTP/1.1\r\n\r\n")).wait_frames(UP, timeout=0)


def test_waiting_is_bounded_while_other_bytes_keep_coming(
    bounded: Callable[..., Any],
) -> None:
    recording = opened()
    enough = threading.Event()

    def talk() -> None:
        while not enough.is_set():
            recording.add(Chunk(connection=2, direction=UP, data=b"x", time=0))

    talker = threading.Thread(target=talk)

    def wait() -> None:
        with pytest.raises(TimeoutError):
            recording.wait_frames(UP, timeout=0.01)

    talker.start()
    try:
        bounded(wait)
    finally:
        enough.set()
        talker.join()


# --- how a connection begins and ends -------------------------------------------------


def flags(recording: Recording) -> list[tuple[Direction, str]]:
    return [
        (event.direction, event.flag)
        for event in recording.events
        if isinstance(event, Signal)
    ]


def test_both_goodbyes_of_tcp_are_recorded(relay: RecordingProxy) -> None:
    with socket.create_connection(("127.0.0.1", relay.port), timeout=5) as client:
        client.sendall(ASK)
        client.shutdown(socket.SHUT_WR)
        while client.recv(4096):
            pass
    relay.recording.wait_closed()
    assert flags(relay.recording) == [(UP, "SYN"), (UP, "FIN"), (DOWN, "FIN")]
    assert relay.recording.timeline(tcp=True)[0] == relay.recording.events[0]
    times = [event.time for event in relay.recording.events]
    assert times == sorted(times)


def test_a_reset_is_recorded_with_the_one_who_sent_it(relay: RecordingProxy) -> None:
    client = connect(relay)
    client.send("Hello")
    client.recv()
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    client.sock.close()
    relay.recording.wait_closed()
    assert flags(relay.recording) == [(UP, "SYN"), (UP, "RST")]
    assert relay.recording.messages(UP) == ("Hello",)


def test_a_server_that_is_not_there_resets_the_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with RecordingProxy(f"ws://127.0.0.1:{port}") as relay:
        with (
            pytest.raises(OSError),
            socket.create_connection(("127.0.0.1", relay.port), timeout=5) as client,
        ):
            client.recv(1)
        relay.recording.wait_closed()
        assert flags(relay.recording) == [(UP, "SYN"), (DOWN, "RST")]


def test_a_relay_that_is_stopped_makes_up_no_goodbye() -> None:
    with EchoServer() as server:
        with RecordingProxy(server.url) as relay:
            client = connect(relay)
        client.shutdown()
    relay.recording.wait_closed()
    assert flags(relay.recording) == [(UP, "SYN")]
    assert len(relay.recording.frames(UP)) == 0
