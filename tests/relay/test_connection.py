"""The ways in which a connection ends, and nothing that was not asked for."""

import asyncio
import contextlib
import gc
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import websocket
from plain_sockets import (
    Ends,
    Line,
    read_all,
    read_exactly,
    reset,
    send_until_reset,
    signals,
    told,
)

from wslib.direction import DOWN, UP, Direction
from wslib.frames import Opcode
from wslib.relay.events import Chunk, Signal
from wslib.relay.pcap import capture
from wslib.relay.proxy import RecordingProxy
from wslib.server import EchoServer
from wslib.show.life_lines import LifeLines

# --- blackhole ------------------------------------------------------------------------


@pytest.mark.parametrize("direction", [None, *Direction])
def test_a_blackholed_connection_tells_nobody_anything(
    line: Line, direction: Direction | None
) -> None:
    client, server = line.open()
    line.relay.blackhole(direction)
    for here, there, way in ((client, server, UP), (server, client, DOWN)):
        here.sendall(b"hello")
        line.has(5, way)
        passes = direction not in (None, way)
        assert told(there) == (b"hello" if passes else "nothing")
    passed = {chunk.direction: chunk.passed for chunk in line.recording.chunks}
    assert passed == {way: direction not in (None, way) for way in Direction}


@pytest.mark.parametrize("leave", [socket.socket.close, reset])
def test_one_end_goes_and_the_other_is_not_told_until_the_relay_stops(
    line: Line, leave: Callable[[socket.socket], None]
) -> None:
    client, server = line.open()
    line.relay.blackhole()
    leave(server)
    line.has_signals("RST" if leave is reset else "FIN")
    for number in range(10):  # it may talk on for as long as it likes
        client.sendall(b"x")
        line.has(number + 1, UP)
    assert told(client) == "nothing"
    assert line.relay.reset() == 0
    assert told(client) == "nothing"
    [gone] = [event for event in signals(line.recording) if event.flag != "SYN"]
    assert (gone.direction, gone.passed) == (DOWN, False)
    with pytest.raises(TimeoutError):
        line.recording.wait_closed(timeout=0.01)
    line.relay.stop()
    assert client.recv(1) == b""


def test_a_new_client_is_accepted_and_nobody_is_behind_it(line: Line) -> None:
    old = line.open()
    line.relay.blackhole()
    dead = line.client()
    dead.sendall(b"is anybody there?")
    line.has(17, UP, connection=2)
    line.listener.settimeout(0)
    with pytest.raises(BlockingIOError):
        line.listener.accept()
    line.listener.settimeout(20)
    line.relay.heal()
    client, server = line.open()
    client.sendall(b"alive")
    assert read_exactly(server, 5) == b"alive"
    for end in (*old, dead):  # TCP could not go on either, after bytes that are lost
        end.sendall(b"still?")
    line.has(23, UP, connection=2)
    line.has(6, UP)
    assert [told(end) for end in (*old, dead)] == ["nothing"] * 3


def test_what_was_stalled_when_the_cable_is_pulled_is_lost(line: Line) -> None:
    client, server = line.open()
    client.sendall(b"a")
    assert server.recv(1) == b"a"
    line.relay.stall()
    client.sendall(b"b")
    line.has(2, UP)
    line.relay.blackhole()
    line.relay.resume()
    line.settle()
    assert told(server) == "nothing"
    assert [(c.data, c.passed) for c in line.recording.chunks] == [
        (b"a", True),
        (b"b", False),
    ]


class Unsearched(list[Any]):
    """A list that may be long, so that nobody is to go through it."""

    def __iter__(self) -> Iterator[Any]:
        pytest.fail("searched from the start")


def test_losing_what_was_stalled_costs_no_search_for_each_chunk(line: Line) -> None:
    client, _ = line.open()
    line.relay.stall()
    for number in range(10):
        client.sendall(b"x")
        line.has(number + 1, UP)
    events = line.recording._events
    line.recording._events = Unsearched(events)
    line.relay.blackhole()
    line.recording._events = line.recording._events[:]
    assert [chunk.passed for chunk in line.recording.chunks] == [False] * 10


@pytest.mark.parametrize("direction", [None, *Direction])
def test_both_ends_have_gone_and_neither_was_told(
    line: Line, direction: Direction | None
) -> None:
    client, server = line.open()
    line.relay.blackhole(direction)
    for end in (client, server):
        end.shutdown(socket.SHUT_WR)  # it listens still, but who could know?
    line.recording.wait_closed(timeout=20)
    line.settle()
    assert told(server) == ("FIN" if direction is DOWN else "nothing")
    assert told(client) == ("FIN" if direction is UP else "nothing")
    assert line.relay.reset() == 0
    line.relay.stop()
    assert client.recv(1) == server.recv(1) == b""


def test_a_client_with_nobody_behind_it_is_not_told_when_it_ends(line: Line) -> None:
    line.relay.blackhole()
    client = line.client()
    client.shutdown(socket.SHUT_WR)
    line.recording.wait_closed(timeout=20)
    line.settle()
    assert told(client) == "nothing"


# --- reset, now or after so many bytes ------------------------------------------------


def test_both_sides_of_what_is_open_are_reset_and_it_is_counted(line: Line) -> None:
    ends = [end for _ in range(3) for end in line.open()]
    assert line.relay.reset() == 3
    for end in ends:
        with pytest.raises(ConnectionError):
            end.recv(1)
    assert line.relay.reset() == 0
    line.recording.wait_closed()
    client, server = line.open()
    client.sendall(b"x")
    assert server.recv(1) == b"x"


def test_a_reset_has_come_to_both_ends_when_the_call_returns(line: Line) -> None:
    for _ in range(50):
        client, server = line.open()
        client.sendall(b"x")
        assert server.recv(1) == b"x"
        assert line.relay.reset() == 1
        assert (told(client), told(server)) == ("RST", "RST")


@pytest.mark.parametrize("direction", Direction)
def test_a_reset_tells_nobody_who_is_not_to_be_told(
    line: Line, direction: Direction
) -> None:
    ends = line.open()
    sender, receiver = ends if direction is UP else ends[::-1]
    line.relay.blackhole(direction)
    assert line.relay.reset() == 1
    line.settle()
    assert (told(sender), told(receiver)) == ("RST", "nothing")
    assert line.relay.reset() == 0
    receiver.close()
    line.recording.wait_closed(timeout=20)


def test_a_reset_reaches_what_still_waits_after_both_ends_have_ended(
    line: Line,
) -> None:
    client, server = line.open()
    line.relay.stall(DOWN)
    server.sendall(b"x")
    for end in (client, server):
        end.shutdown(socket.SHUT_WR)
    line.has(1, DOWN)
    line.wait(lambda: len(signals(line.recording)) == 3)
    assert line.relay.reset() == 1
    assert told(client) == "RST"
    line.recording.wait_closed(timeout=20)


def test_what_both_ends_have_ended_and_the_relay_has_passed_on_is_not_reset(
    line: Line,
) -> None:
    client, server = line.open()
    server.sendall(b"not read yet")
    for end in (client, server):
        end.shutdown(socket.SHUT_WR)
    line.recording.wait_closed(timeout=20)
    assert line.relay.reset() == 0
    assert read_all(client) == b"not read yet"


def test_what_was_stalled_at_a_reset_is_lost(line: Line) -> None:
    client, server = line.open()
    line.relay.stall()
    client.sendall(b"x")
    line.has(1, UP)
    assert line.relay.reset() == 1
    assert told(server) == "RST"
    line.recording.wait_closed()
    assert [chunk.passed for chunk in line.recording.chunks] == [False]


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("count", range(6))
def test_a_reset_comes_after_exactly_so_many_bytes(
    line: Line, direction: Direction, count: int
) -> None:
    line.relay.reset_after(count, direction)
    sender, receiver = line.open() if direction is UP else line.open()[::-1]
    receiver.sendall(b"meanwhile")
    assert read_exactly(sender, 9) == b"meanwhile"
    sender.sendall(b"12345")
    assert read_all(receiver) == b"12345"[:count]  # and then the end of the stream
    with pytest.raises(ConnectionError):
        sender.recv(1)
    receiver.close()
    line.recording.wait_closed()
    chunks = [c for c in line.recording.chunks if c.direction is direction]
    lost = [c.data for c in chunks if not c.passed]
    assert b"".join(c.data for c in chunks) == b"12345"
    assert lost == ([b"12345"[count:]] if count < 5 else [])


def test_a_receiver_that_reads_late_gets_all_the_bytes_before_the_reset(
    line: Line,
) -> None:
    count = 2**24 + 1
    line.relay.reset_after(count, UP)
    client, server = line.open()
    sending = threading.Thread(target=send_until_reset, args=(client, 2**25))
    sending.start()
    server.sendall(b"I am busy")
    line.has(2**17, UP)
    assert len(read_all(server)) == count
    sending.join()


def test_what_the_receiver_says_after_the_reset_is_lost(line: Line) -> None:
    line.relay.reset_after(1, UP)
    client, server = line.open()
    client.sendall(b"x")
    assert read_all(server) == b"x"
    server.sendall(b"too late")
    line.has(8, DOWN)
    assert [c.passed for c in line.recording.chunks] == [True, False]
    server.shutdown(socket.SHUT_WR)
    line.recording.wait_closed()


def test_a_receiver_that_had_said_all_is_closed_by_the_reset(line: Line) -> None:
    line.relay.reset_after(2, DOWN)
    client, server = line.open()
    client.shutdown(socket.SHUT_WR)
    assert server.recv(1) == b""
    server.sendall(b"123")
    assert read_all(client) == b"12"
    line.recording.wait_closed()


def test_resets_come_to_the_next_connections_each_in_its_turn(line: Line) -> None:
    before = line.open()
    line.relay.reset_after(1, UP, connections=2)
    line.relay.reset_after(3, UP)
    heard = []
    for client, server in [line.open() for _ in range(4)]:
        client.sendall(b"12345")
        with contextlib.suppress(OSError):  # it may have been reset by now
            client.shutdown(socket.SHUT_WR)
        heard.append(read_all(server))
    assert heard == [b"1", b"1", b"123", b"12345"]
    before[0].sendall(b"12345")
    assert read_exactly(before[1], 5) == b"12345"


@pytest.mark.parametrize(("count", "connections"), [(-1, 1), (0, 0)])
def test_a_reset_that_cannot_be_is_refused(
    line: Line, count: int, connections: int
) -> None:
    with pytest.raises(ValueError):
        line.relay.reset_after(count, UP, connections=connections)


def test_a_reset_waits_for_bytes_that_are_stalled(line: Line) -> None:
    line.relay.reset_after(2, UP)
    line.relay.stall()
    client, server = line.open()
    client.sendall(b"123")
    line.has(3, UP)
    assert (told(client), told(server)) == ("nothing", "nothing")
    line.relay.resume()
    assert read_all(server) == b"12"


@pytest.mark.parametrize("direction", Direction)
def test_where_the_sender_is_not_to_be_told_only_the_receiver_learns_of_it(
    line: Line, direction: Direction
) -> None:
    line.relay.reset_after(1, direction)
    ends = line.open()
    sender, receiver = ends if direction is UP else ends[::-1]
    line.relay.blackhole(DOWN if direction is UP else UP)
    sender.sendall(b"12")
    assert read_all(receiver) == b"1"
    receiver.close()
    line.has_signals("FIN")
    assert told(sender) == "nothing"
    sender.close()
    line.recording.wait_closed(timeout=20)


# --- while the relay still connects ---------------------------------------------------


@pytest.fixture
def connecting(line: Line, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Ends]:
    """Hold up the relay's connecting; return what lets go and returns both ends."""
    open_connection, gate = asyncio.open_connection, asyncio.Event()

    async def slowly(*args: Any) -> Any:
        await gate.wait()
        return await open_connection(*args)

    monkeypatch.setattr("wslib.relay.connection.asyncio.open_connection", slowly)
    client = line.client()
    line.has_signals("SYN")

    def let_go() -> Ends:
        line.relay.call(gate.set)
        return client, line.sockets.enter_context(line.listener.accept()[0])

    return let_go


def test_a_reset_reaches_a_connection_that_is_being_made(
    line: Line, connecting: Callable[[], Ends]
) -> None:
    assert line.relay.reset() == 1
    for end in connecting():
        with pytest.raises(ConnectionError):
            end.recv(1)
    line.recording.wait_closed()


def test_a_connection_that_is_being_made_can_be_blackholed(
    line: Line, connecting: Callable[[], Ends]
) -> None:
    line.relay.blackhole()
    line.relay.heal()
    client, server = connecting()
    client.sendall(b"hello")
    server.sendall(b"hello")
    line.has(5, UP)
    line.has(5, DOWN)
    assert (told(client), told(server)) == ("nothing", "nothing")


@pytest.mark.parametrize("direction", [None, *Direction])
def test_a_refusal_into_a_blackhole_is_not_told_either(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    direction: Direction | None,
) -> None:
    gate = asyncio.Event()

    async def refuse(*args: Any) -> Any:
        await gate.wait()
        raise ConnectionRefusedError

    monkeypatch.setattr("wslib.relay.connection.asyncio.open_connection", refuse)
    with socket.socket() as listener, RecordingProxy("ws://127.0.0.1:9") as relay:
        line = Line(listener, relay)
        with line.sockets:
            client = line.client()
            line.has_signals("SYN")
            relay.blackhole(direction)
            relay.call(gate.set)
            line.settle()
            if direction is UP:  # the refusal itself comes through
                assert told(client) == "RST"
            else:
                client.sendall(b"x")
                line.has(1, UP)
                assert told(client) == "nothing"
                assert relay.reset() == 0
                client.shutdown(socket.SHUT_WR)
            relay.recording.wait_closed(timeout=20)
            line.settle()
            assert direction is UP or told(client) == "nothing"
    gc.collect()  # asyncio reports a task whose exception nobody has seen
    assert caplog.text == ""


# --- what the recording makes of it ---------------------------------------------------


def test_the_timeline_shows_what_was_lost_on_the_way() -> None:
    with EchoServer() as server, RecordingProxy(server.url) as relay:
        client = websocket.create_connection(relay.url, timeout=5)
        client.send("heard")
        client.recv()
        relay.blackhole(DOWN)
        client.send("and answered?")
        frames = relay.recording.wait_frames(DOWN, 2)
        client.shutdown()
        shown = LifeLines(relay.recording.timeline())
    lost = [arrow.words for arrow in shown.arrows if arrow.lost]
    assert lost == ["Text 'Received:  and answered?'"]
    assert [frame.passed for frame in frames] == [True, False]
    assert "lost" not in repr(frames[0])
    assert repr(frames[1]).endswith(", lost on the way>")
    assert relay.recording.messages(DOWN)[1] == "Received:  and answered?"
    assert relay.recording.count(DOWN) == len(relay.recording.stream(DOWN))


def test_a_frame_of_which_half_has_passed_is_lost_as_a_whole() -> None:
    with EchoServer() as server, RecordingProxy(server.url) as relay:
        probe = websocket.create_connection(relay.url, timeout=5)
        probe.close()
        head = len(relay.recording.handshake(DOWN))
        relay.reset_after(head + 3, DOWN)
        client = websocket.create_connection(relay.url, timeout=5)
        client.send("Hello")
        with pytest.raises(websocket.WebSocketConnectionClosedException):
            client.recv()
        client.shutdown()
        relay.recording.wait_closed()
        [frame] = relay.recording.frames(DOWN, 2)
        assert (frame.passed, len(frame.chunks)) == (False, 2)
        assert frame.frame.opcode is Opcode.TEXT


def test_the_timeline_shows_an_end_that_nobody_was_told_of(line: Line) -> None:
    client, _ = line.open()
    line.relay.blackhole()
    client.close()
    line.has_signals("FIN")
    entries = line.recording.timeline(tcp=True)
    assert [(arrow.words, arrow.lost) for arrow in LifeLines(entries).arrows] == [
        ("TCP SYN", False),
        ("TCP FIN", True),
    ]
    assert repr(entries[1]) == "<Signal ▶ FIN, lost on the way>"


def packets_of(data: bytes) -> list[tuple[int, int, int, int]]:
    """Return source port, number, acknowledged number and flags of each packet."""
    found, place = [], 24
    while place < len(data):
        size = int.from_bytes(data[place + 8 : place + 12], "big")
        tcp = data[place + 16 + 20 : place + 16 + size]
        port = int.from_bytes(tcp[:2], "big")
        number, acknowledged = (int.from_bytes(tcp[i : i + 4], "big") for i in (4, 8))
        found.append((port, number, acknowledged, tcp[13]))
        place += 16 + size
    return found


def test_in_a_capture_what_was_lost_is_never_acknowledged() -> None:
    def chunk(direction: Direction, data: bytes, *, passed: bool = True) -> Chunk:
        return Chunk(
            connection=1, direction=direction, data=data, time=0.0, passed=passed
        )

    fin = Signal(connection=1, direction=UP, flag="FIN", time=0.0, passed=False)
    rst = Signal(connection=1, direction=UP, flag="RST", time=0.0, passed=False)
    events = [chunk(UP, b"abc"), chunk(UP, b"de", passed=False), chunk(DOWN, b"f")]
    packets = packets_of(capture([*events, fin, rst, chunk(DOWN, b"g")]))
    up, down = packets[0][0], packets[1][0]
    assert packets[3:] == [
        (up, 1001, 2001, 0x18),
        (down, 2001, 1004, 0x10),
        (up, 1004, 2001, 0x18),  # two bytes, and no answer
        (down, 2001, 1004, 0x18),
        (up, 1006, 2002, 0x10),
        (up, 1006, 2002, 0x11),
        (up, 1007, 2002, 0x14),
        (down, 2002, 1004, 0x18),
        (up, 1007, 2003, 0x10),
    ]
