"""The relay as a bad line: late, held, lost, cut; and nothing that was not asked for.

Both ends are sockets of the test itself. What a relay on loopback has sent is there to
be read at once, so that "nothing has come" can be asked without waiting.
"""

import asyncio
import contextlib
import gc
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import websocket
from plain_sockets import read_all, read_exactly, reset
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from wslib.direction import Direction
from wslib.frames import Opcode
from wslib.relay.connection import ROOM
from wslib.relay.events import Chunk, Signal
from wslib.relay.pcap import capture
from wslib.relay.proxy import RecordingProxy
from wslib.server import EchoServer
from wslib.show.timeline import Timeline

UP, DOWN = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT

Ends = tuple[socket.socket, socket.socket]


class Line:
    """A listener, a relay to it, and the connections that go through both."""

    def __init__(self, listener: socket.socket, relay: RecordingProxy) -> None:
        self.listener = listener
        self.relay = relay
        self.recording = relay.recording
        self.sockets = contextlib.ExitStack()

    def client(self) -> socket.socket:
        """Connect to the relay."""
        address = ("127.0.0.1", self.relay.port)
        return self.sockets.enter_context(socket.create_connection(address, timeout=20))

    def open(self) -> Ends:
        """Connect through the relay; return the client's end and the server's."""
        client = self.client()
        server = self.sockets.enter_context(self.listener.accept()[0])
        server.settimeout(20)
        return client, server

    def wait(self, what: Callable[[], bool]) -> None:
        """Return when the recording is so, and the relay has done what follows."""
        with self.recording._changed:
            assert self.recording._changed.wait_for(what, 20), self.recording.events
        self.settle()

    def has(self, count: int, direction: Direction, connection: int = 1) -> None:
        """Return when so many bytes have come."""
        self.wait(lambda: len(self.recording.stream(direction, connection)) >= count)

    def has_signals(self, *flags: str) -> None:
        """Return when all of these have come."""
        self.wait(lambda: set(flags) <= {e.flag for e in signals(self.recording)})

    def settle(self) -> None:
        """Let the relay take some turns."""
        for _ in range(20):
            self.relay.call(lambda: None)


def signals(recording: Any) -> list[Signal]:
    return [event for event in recording.events if isinstance(event, Signal)]


def told(end: socket.socket) -> str | bytes:
    """Return what has come to one end so far, as bytes or in a word; never wait."""
    timeout = end.gettimeout()
    end.settimeout(0)
    try:
        return end.recv(2**20) or "FIN"
    except BlockingIOError:
        return "nothing"
    except ConnectionResetError:
        return "RST"
    finally:
        end.settimeout(timeout)


@pytest.fixture
def line() -> Iterator[Line]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.settimeout(20)
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
        with RecordingProxy(url) as relay:
            line = Line(listener, relay)
            with line.sockets:
                yield line


@pytest.fixture
def later(line: Line) -> Callable[[float], None]:
    """Return ``later(seconds)``, which puts the clock of the relay's loop forward."""
    loop: Any = line.relay._loop
    real, ahead = loop.time, [0.0]
    loop.time = lambda: real() + ahead[0]

    def later(seconds: float) -> None:
        ahead[0] += seconds
        line.settle()

    return later


# --- delay ----------------------------------------------------------------------------


def test_ten_chunks_sent_at_once_all_arrive_that_much_later_and_in_order(
    line: Line, later: Callable[[float], None]
) -> None:
    client, server = line.open()
    line.relay.delay(3600)
    for number in range(10):
        client.sendall(bytes([number]))
        line.has(number + 1, UP)
    later(3500)
    assert told(server) == "nothing"
    later(100)
    assert read_exactly(server, 10) == bytes(range(10))


def test_a_delay_holds_for_the_end_of_a_stream_too(
    line: Line, later: Callable[[float], None]
) -> None:
    client, server = line.open()
    line.relay.delay(3600)
    client.sendall(b"x")
    client.shutdown(socket.SHUT_WR)
    line.has_signals("FIN")
    assert told(server) == "nothing"
    later(3600)
    assert read_all(server) == b"x"


def test_what_is_sent_after_the_delay_does_not_overtake_what_was_sent_in_it(
    line: Line, later: Callable[[float], None]
) -> None:
    client, server = line.open()
    line.relay.delay(3600)
    client.sendall(b"a")
    line.has(1, UP)
    line.relay.delay(0)
    client.sendall(b"b")
    line.settle()
    assert told(server) == "nothing"
    later(3600)
    assert read_exactly(server, 2) == b"ab"
    client.sendall(b"c")
    assert server.recv(1) == b"c"


def test_a_delay_in_one_direction_leaves_the_other_alone(line: Line) -> None:
    client, server = line.open()
    line.relay.delay(3600, UP)
    client.sendall(b"a")
    server.sendall(b"b")
    assert client.recv(1) == b"b"
    line.has(1, UP)
    assert told(server) == "nothing"


def test_a_short_delay_ends_by_itself(line: Line) -> None:
    client, server = line.open()
    line.relay.delay(0.01)
    client.sendall(b"a")
    assert server.recv(1) == b"a"


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_nothing_arrives_before_it_was_sent(line: Line, seconds: float) -> None:
    with pytest.raises(ValueError, match="0 seconds or more"):
        line.relay.delay(seconds)


# --- hold -----------------------------------------------------------------------------


def test_what_is_held_is_recorded_and_passes_in_order_when_it_is_released(
    line: Line,
) -> None:
    client, server = line.open()
    line.relay.stall()
    for number in range(20):
        client.sendall(bytes([number]))
        server.sendall(bytes([100 + number]))
        line.has(number + 1, UP)
        line.has(number + 1, DOWN)
    client.shutdown(socket.SHUT_WR)
    line.has_signals("FIN")
    assert (told(server), told(client)) == ("nothing", "nothing")
    line.relay.resume()
    server.shutdown(socket.SHUT_WR)
    assert read_all(server) == bytes(range(20))
    assert read_all(client) == bytes(range(100, 120))
    assert all(chunk.passed for chunk in line.recording.chunks)


@pytest.mark.parametrize("direction", Direction)
def test_one_direction_can_be_held_and_released(
    line: Line, direction: Direction
) -> None:
    sender, receiver = line.open() if direction is UP else line.open()[::-1]
    line.relay.stall(direction)
    sender.sendall(b"question")
    receiver.sendall(b"answer")
    assert read_exactly(sender, 6) == b"answer"
    line.has(8, direction)
    assert told(receiver) == "nothing"
    line.relay.resume(direction)
    assert read_exactly(receiver, 8) == b"question"


def test_a_reset_waits_its_turn_too(line: Line) -> None:
    client, server = line.open()
    line.relay.stall()
    reset(client)
    line.has_signals("RST")
    assert told(server) == "nothing"
    line.relay.resume()
    with pytest.raises(ConnectionResetError):
        server.recv(1)
    line.recording.wait_closed()


def test_a_held_relay_stops_reading_and_loses_nothing(line: Line) -> None:
    client, server = line.open()
    said = bytes(range(256)) * 2**16  # 16 MiB: more than any socket buffer
    line.relay.stall(UP)
    sending = threading.Thread(target=client.sendall, args=(said,))
    sending.start()
    line.has(ROOM, UP)
    assert line.recording.count(UP) == ROOM
    assert sending.is_alive()
    line.relay.resume(UP)
    assert read_exactly(server, len(said)) == said
    sending.join()


def test_without_a_fault_a_receiver_that_does_not_read_stops_the_sender(
    line: Line,
) -> None:
    client, server = line.open()
    size = 2**26
    sending = threading.Thread(target=_send_until_reset, args=(client, size))
    sending.start()
    line.has(2**17, UP)
    assert told(server) != "nothing"
    assert line.recording.count(UP) < size
    line.relay.reset()
    sending.join()


def test_what_nobody_is_there_to_take_is_not_lost_on_the_way(line: Line) -> None:
    client, server = line.open()
    line.relay.stall(UP)  # so that the server does not learn of the reset
    reset(client)
    line.has_signals("RST")
    for number in range(10):
        server.sendall(b"x")
        line.has(number + 1, DOWN)
    assert all(chunk.passed for chunk in line.recording.chunks)
    assert told(server) == "nothing"
    line.relay.resume()
    line.recording.wait_closed()
    assert told(server) == "RST"


# --- swallow --------------------------------------------------------------------------


@pytest.mark.parametrize("direction", [None, *Direction])
def test_a_swallowed_connection_tells_nobody_anything(
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


def test_what_was_held_when_the_cable_is_pulled_is_lost(line: Line) -> None:
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


def test_losing_what_was_held_costs_no_search_for_each_chunk(line: Line) -> None:
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


# --- cut ------------------------------------------------------------------------------


def test_a_cut_resets_both_sides_of_what_is_open_and_counts_it(line: Line) -> None:
    ends = [end for _ in range(3) for end in line.open()]
    assert line.relay.reset() == 3
    for end in ends:
        with pytest.raises(ConnectionResetError):
            end.recv(1)
    assert line.relay.reset() == 0
    line.recording.wait_closed()
    client, server = line.open()
    client.sendall(b"x")
    assert server.recv(1) == b"x"


@pytest.mark.parametrize("direction", Direction)
def test_a_cut_tells_nobody_who_is_not_to_be_told(
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


def test_a_cut_reaches_what_still_waits_after_both_ends_have_ended(line: Line) -> None:
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


def test_what_both_ends_have_ended_and_the_relay_has_passed_on_is_not_cut(
    line: Line,
) -> None:
    client, server = line.open()
    server.sendall(b"not read yet")
    for end in (client, server):
        end.shutdown(socket.SHUT_WR)
    line.recording.wait_closed(timeout=20)
    assert line.relay.reset() == 0
    assert read_all(client) == b"not read yet"


def test_what_was_held_at_a_cut_is_lost(line: Line) -> None:
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
def test_a_cut_comes_after_exactly_so_many_bytes(
    line: Line, direction: Direction, count: int
) -> None:
    line.relay.reset_after(count, direction)
    sender, receiver = line.open() if direction is UP else line.open()[::-1]
    receiver.sendall(b"meanwhile")
    assert read_exactly(sender, 9) == b"meanwhile"
    sender.sendall(b"12345")
    assert read_all(receiver) == b"12345"[:count]  # and then the end of the stream
    with pytest.raises(ConnectionResetError):
        sender.recv(1)
    receiver.close()
    line.recording.wait_closed()
    chunks = [c for c in line.recording.chunks if c.direction is direction]
    lost = [c.data for c in chunks if not c.passed]
    assert b"".join(c.data for c in chunks) == b"12345"
    assert lost == ([b"12345"[count:]] if count < 5 else [])


def test_a_receiver_that_reads_late_gets_all_the_bytes_before_a_cut(
    line: Line,
) -> None:
    count = 2**24 + 1
    line.relay.reset_after(count, UP)
    client, server = line.open()
    sending = threading.Thread(target=_send_until_reset, args=(client, 2**25))
    sending.start()
    server.sendall(b"I am busy")
    line.has(2**17, UP)
    assert len(read_all(server)) == count
    sending.join()


def _send_until_reset(end: socket.socket, size: int) -> None:
    with contextlib.suppress(ConnectionError):
        end.sendall(bytes(size))


def test_what_the_receiver_says_after_a_cut_is_lost(line: Line) -> None:
    line.relay.reset_after(1, UP)
    client, server = line.open()
    client.sendall(b"x")
    assert read_all(server) == b"x"
    server.sendall(b"too late")
    line.has(8, DOWN)
    assert [c.passed for c in line.recording.chunks] == [True, False]
    server.shutdown(socket.SHUT_WR)
    line.recording.wait_closed()


def test_a_receiver_that_had_said_all_is_closed_by_the_cut(line: Line) -> None:
    line.relay.reset_after(2, DOWN)
    client, server = line.open()
    client.shutdown(socket.SHUT_WR)
    assert server.recv(1) == b""
    server.sendall(b"123")
    assert read_all(client) == b"12"
    line.recording.wait_closed()


def test_a_cut_holds_for_the_connections_to_come_each_in_its_turn(line: Line) -> None:
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
def test_a_cut_that_cannot_be_is_refused(
    line: Line, count: int, connections: int
) -> None:
    with pytest.raises(ValueError):
        line.relay.reset_after(count, UP, connections=connections)


def test_a_cut_waits_for_bytes_that_are_held(line: Line) -> None:
    line.relay.reset_after(2, UP)
    line.relay.stall()
    client, server = line.open()
    client.sendall(b"123")
    line.has(3, UP)
    assert (told(client), told(server)) == ("nothing", "nothing")
    line.relay.resume()
    assert read_all(server) == b"12"


@pytest.mark.parametrize("direction", Direction)
def test_where_the_sender_is_not_to_be_told_only_the_receiver_learns_of_a_cut(
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


def test_a_cut_reaches_a_connection_that_is_being_made(
    line: Line, connecting: Callable[[], Ends]
) -> None:
    assert line.relay.reset() == 1
    for end in connecting():
        with pytest.raises(ConnectionResetError):
            end.recv(1)
    line.recording.wait_closed()


def test_a_connection_that_is_being_made_is_swallowed_too(
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
def test_a_refusal_that_is_swallowed_is_not_told_either(
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
        shown = Timeline(relay.recording.timeline())
    lost = [words for _, words, _ in shown.entries if "lost" in words]
    assert lost == ["Text 'Received:  and answered?', lost on the way"]
    assert [frame.passed for frame in frames] == [True, False]
    assert "lost" not in repr(frames[0])
    assert repr(frames[1]).endswith(", lost on the way>")
    assert relay.recording.messages(DOWN)[1] == "Received:  and answered?"
    assert relay.recording.count(DOWN) == len(relay.recording.stream(DOWN))


def test_a_frame_that_was_cut_in_two_is_lost_as_a_whole() -> None:
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
    assert [words for _, words, _ in Timeline(entries).entries] == [
        "TCP SYN",
        "TCP FIN, lost on the way",
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


# --- from any thread, and to the end --------------------------------------------------


def test_a_library_notices_a_cut_at_any_byte_of_the_answer_and_never_hangs() -> None:
    def ask() -> str:
        with connect(relay.url, proxy=None, open_timeout=10) as client:
            client.send("Hello")
            return str(client.recv(timeout=10))

    with EchoServer() as server, RecordingProxy(server.url) as relay:
        assert ask() == "Received:  Hello"
        head = len(relay.recording.handshake(DOWN))
        for count in (0, 1, head - 1, head, head + 1, head + 2, head + 17):
            relay.reset_after(count, DOWN)
            with pytest.raises((ConnectionError, EOFError, WebSocketException)):
                ask()
        relay.reset_after(head + 18, DOWN)
        assert ask() == "Received:  Hello"


def test_faults_can_be_called_for_from_many_threads_while_bytes_pass(
    line: Line,
) -> None:
    client, server = line.open()
    said = bytes(range(256)) * 2**14  # 4 MiB

    def trouble() -> None:
        for _ in range(30):
            line.relay.stall()
            line.relay.delay(0.001)
            line.relay.delay(0)
            line.relay.resume()

    threads = [threading.Thread(target=trouble) for _ in range(4)]
    threads.append(threading.Thread(target=client.sendall, args=(said,)))
    for thread in threads:
        thread.start()
    assert read_exactly(server, len(said)) == said
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("fault", ["delay", "stall", "blackhole"])
def test_a_stop_closes_whatever_was_kept_back(line: Line, fault: str) -> None:
    client, server = line.open()
    getattr(line.relay, fault)(*([3600] if fault == "delay" else []))
    for end, way in ((client, UP), (server, DOWN)):
        end.sendall(b"never heard")
        line.has(11, way)
    waiting = line.client()
    waiting.sendall(b"nor this")
    line.has(8, UP, connection=2)
    line.relay.stop()
    assert not line.relay.running
    for end in (client, server, waiting):
        assert told(end) in ("FIN", "RST")
    line.recording.wait_closed()
    assert not any(chunk.passed for chunk in line.recording.chunks)


def test_a_stop_does_not_wait_for_a_receiver_that_does_not_read(line: Line) -> None:
    client, server = line.open()
    sending = threading.Thread(target=_send_until_reset, args=(client, 2**25))
    sending.start()
    line.has(2**17, UP)
    line.relay.stop()
    sending.join()
    line.recording.wait_closed()


def test_a_relay_that_was_stopped_starts_without_a_fault(line: Line) -> None:
    line.relay.blackhole()
    line.relay.stall()
    line.relay.delay(3600)
    line.relay.reset_after(0, UP)
    line.relay.stop()
    line.relay.start()
    client, server = line.open()
    client.sendall(b"x")
    assert server.recv(1) == b"x"


def test_a_relay_that_does_not_run_cannot_be_told() -> None:
    relay = RecordingProxy("ws://127.0.0.1:1234")
    with pytest.raises(RuntimeError, match="not running"):
        relay.reset()
    with pytest.raises(RuntimeError, match="not running"):
        relay.stall()
