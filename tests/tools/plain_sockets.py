"""What the tests of the relay do with bare sockets.

What a relay on loopback has sent is there to be read at once on Linux, and elsewhere in
a moment, so that "nothing has come" can be asked without waiting, or with next to none.
"""

import contextlib
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

import pytest

from wslib.direction import Direction
from wslib.relay import Recording, RecordingProxy, Signal

MOMENT = 0 if sys.platform == "linux" else 0.2  # seconds
MUCH = 2**27  # bytes: more than all the buffers of the operating system take


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(2**16), b""))


def read_exactly(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        data += connection.recv(size - len(data)) or pytest.fail("the stream ended")
    return bytes(data)


def read_head(connection: socket.socket) -> bytes:
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += connection.recv(1) or pytest.fail("the stream ended")
    return data


def reset(connection: socket.socket) -> None:
    """Close a connection with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def told(end: socket.socket) -> str | bytes:
    """Return what has come to one end so far, as bytes or in a word."""
    timeout = end.gettimeout()
    end.settimeout(MOMENT)
    try:
        return end.recv(2**20) or "FIN"
    except (BlockingIOError, TimeoutError):
        return "nothing"
    except ConnectionError:
        return "RST"
    finally:
        end.settimeout(timeout)


def send_until_reset(end: socket.socket, size: int) -> None:
    with contextlib.suppress(ConnectionError):
        end.sendall(bytes(size))


def signals(recording: Recording) -> list[Signal]:
    return [event for event in recording.events if isinstance(event, Signal)]


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

    def fill(self, client: socket.socket) -> int:
        """Send until nobody takes any more; return how many bytes were taken."""
        sent, before = 0, -1
        client.settimeout(0)
        while sent > before:
            before = sent
            with contextlib.suppress(BlockingIOError):
                while sent < MUCH:
                    sent += client.send(bytes(2**16))
                pytest.fail("nothing stops the sender")
            self.settle()
        client.settimeout(20)
        return sent

    def kept(self) -> int:
        """Return how many bytes the relay has from the clients, and nobody else has."""

        def count() -> int:
            lanes: list[Any] = [each.up for each in self.relay._connections]
            for lane in lanes:  # whatever has not left counts as waiting
                assert lane.sink.transport.get_write_buffer_size() <= lane._size
            return sum(lane._size + len(lane.source._buffer) for lane in lanes)

        return self.relay.call(count)
