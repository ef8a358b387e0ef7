"""One direction of a relay: late, stalled, and never more of it than there is room."""

import socket
import threading
from collections.abc import Callable

import pytest
from plain_sockets import Line, read_all, read_exactly, reset, told

from wslib.direction import DOWN, UP, Direction
from wslib.relay.lane import READ, ROOM

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


# --- stall ----------------------------------------------------------------------------


def test_what_is_stalled_is_recorded_and_passes_in_order_when_it_resumes(
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
def test_one_direction_can_be_stalled_and_resumed(
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
    with pytest.raises(ConnectionError):
        server.recv(1)
    line.recording.wait_closed()


def test_a_stalled_relay_stops_reading_and_loses_nothing(line: Line) -> None:
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


# --- a receiver that does not read ----------------------------------------------------


def test_a_receiver_that_does_not_read_stops_the_sender_and_little_is_kept(
    line: Line,
) -> None:
    client, server = line.open()
    taken = line.fill(client)
    # One read, and what asyncio has read ahead: it takes 4 reads at most, and once
    # more than 2 of them wait, no more.
    assert line.kept() <= 7 * READ
    assert line.recording.count(UP) < taken
    assert read_exactly(server, taken) == bytes(taken)  # and goes on when it reads
    assert line.recording.stream(UP) == bytes(taken)


def test_a_receiver_that_does_not_read_stops_nobody_else(line: Line) -> None:
    line.fill(line.open()[0])
    client, server = line.open()
    client.sendall(b"a")
    assert server.recv(1) == b"a"
    server.sendall(b"b")
    assert client.recv(1) == b"b"


def test_a_stall_keeps_as_much_as_there_is_room_for(line: Line) -> None:
    line.relay.stall()
    client, server = line.open()
    taken = line.fill(client)
    assert line.recording.count(UP) == ROOM
    assert line.kept() <= ROOM + 6 * READ
    line.relay.resume()
    assert read_exactly(server, taken) == bytes(taken)


def test_what_comes_behind_a_reset_that_is_stalled_has_to_wait_as_well(
    line: Line,
) -> None:
    line.relay.reset_after(1, UP)
    line.relay.stall()
    client, server = line.open()
    line.fill(client)
    assert line.recording.count(UP) <= ROOM
    line.relay.resume()
    assert read_all(server) == bytes(1)
    with pytest.raises(ConnectionError):
        client.recv(1)
