"""A camera, a reader who keeps up, and one who stops: what waits, and what is lost.

    camera ──▶ server ──┬──▶ fast: reads every picture
                        └──▶ slow: reads three, then no more, and wakes up at the end

Each picture is 1 MiB, which is also the largest message that the library's own client
takes by default. The operating system may keep little of a picture for either end of a
connection, so that what is not read waits in the server, where it can be counted: in
whole pictures, the same number on every machine.
"""

import contextlib
import os
import socket
from dataclasses import dataclass
from typing import Any

import websocket
from websockets.asyncio.server import ServerConnection

from wslib.frames import Opcode, parse_close
from wslib.labs.live.rooms import Member, Room
from wslib.server import EchoServer
from wslib.service import Service

SIZE = 2**20  # bytes
LITTLE = 2**16  # bytes that the operating system may keep for one end of a connection


def snapshot(number: int) -> bytes:
    """Return a picture: its number, and blanks up to its size."""
    return str(number).encode().ljust(SIZE)


def number_of(picture: bytes | str) -> int:
    """Return the number of a picture."""
    return int(picture)


def reader(server: Service, path: str) -> websocket.WebSocket:
    """Connect somebody who has room for little that is not read yet."""
    little = [(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE)]
    return websocket.create_connection(server.url + path, timeout=5, sockopt=little)


class _Sips(socket.socket):
    """A socket that takes little at a time."""

    def send(self, data: Any, flags: int = 0) -> int:
        """Send the beginning of it; return how much that was."""
        return super().send(memoryview(data)[:LITTLE], flags)


def keep_little(connection: ServerConnection, *, sips: bool = os.name == "nt") -> None:
    """Let the operating system keep little that is not sent yet.

    Args:
        connection: The server's end.
        sips: Whether to give it little at a time, too: Windows keeps all that one call
            brings, however much, as long as it has room for a byte of it.
    """
    transport: Any = connection.transport
    end: socket.socket = transport.get_extra_info("socket")
    end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LITTLE)
    if sips:  # the loop knows the socket by its number, which stays
        transport._sock = _Sips(fileno=transport._sock.detach())


@dataclass(frozen=True, kw_only=True)
class Watched:
    """What came of it.

    Attributes:
        lines: The numbers of the pictures that waited in the server for the slow reader
            after each that was sent; the first is half out, the others are whole.
        hung_up: How many had been sent when the server hung up on it, if it did.
        fast: The numbers of the pictures that the fast reader got.
        late: The numbers of those that the slow one got when it woke up.
        close: What the server said to the slow one, if it had hung up on it by then.
    """

    lines: list[list[int]]
    hung_up: int | None
    fast: list[int]
    late: list[int]
    close: str

    @property
    def waiting(self) -> list[int]:
        """How many pictures waited after each that was sent."""
        return [len(line) for line in self.lines]

    def after(self, sent: int) -> str:
        """Put into words what waited after so many: what is half out, a bar, the rest.

        Args:
            sent: How many pictures had been sent.
        """
        line = [str(number) for number in self.lines[sent - 1]]
        if self.hung_up is not None and sent >= self.hung_up:
            line.append("Close")
        return " ".join([*line[:1], *(["|"] if line[1:] else []), *line[1:]])


def watch_backlog(
    room: Room | None = None, *, pictures: int = 20, stops_after: int = 3
) -> Watched:
    """Send pictures to two readers, one of whom stops; return what came of it.

    Args:
        room: Where the readers are, and what is done about a slow one. None is no room:
            the server hands each picture to all connections, and waits for none.
        pictures: How many; those with an odd number are about the ``door``, the others
            about the ``yard``.
        stops_after: After how many the slow one stops reading.

    Raises:
        ValueError: If there are no pictures.
    """
    if pictures < 1:
        raise ValueError(f"at least one picture, not {pictures}")
    hall, fast_got = _Hall(room, stops_after + 1), []
    lines: list[list[int]] = []
    hung_up = None
    # The Close must reach who wakes up late: so long does the server wait for its own.
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(EchoServer(hall.listen, close_timeout=5))
        slow, fast = reader(server, "/slow"), reader(server, "/fast")
        stack.callback(slow.shutdown)
        stack.callback(fast.shutdown)
        for count in range(1, pictures + 1):
            _send(server, room, count)
            fast_got.append(number_of(fast.recv()))
            if count <= stops_after:
                slow.recv()
            lines.append(server.call(hall.unsent))
            if hung_up is None and server.call(hall.hung_up):
                hung_up = count
        late = [number_of(slow.recv()) for _ in lines[-1]]
        close = _close(slow) if hung_up else ""
    return Watched(lines=lines, hung_up=hung_up, fast=fast_got, late=late, close=close)


class _Hall:
    """The server's side: its readers by their path, and what waits for the slow one."""

    def __init__(self, room: Room | None, first_unread: int) -> None:
        self._room = room
        self._first_unread = first_unread
        self._connections: dict[str, ServerConnection] = {}
        self._members: dict[str, Member] = {}

    async def listen(self, connection: ServerConnection) -> None:
        """Be the handler of a reader."""
        assert connection.request is not None
        keep_little(connection)
        path = connection.request.path
        self._connections[path] = connection
        if self._room is None:
            await connection.wait_closed()
            return
        async with self._room.join(connection) as self._members[path]:
            await connection.wait_closed()

    def unsent(self) -> list[int]:
        """Return which pictures wait for the slow reader, begun ones included."""
        size = self._connections["/slow"].transport.get_write_buffer_size()
        begun = range(self._first_unread, self._first_unread - (-size // SIZE))
        behind = self._members["/slow"].outbox if self._members else ()
        return [*begun, *map(number_of, behind)]

    def hung_up(self) -> bool:
        """Tell whether the slow reader was disconnected."""
        return (
            self._room is not None and self._members["/slow"] not in self._room.members
        )


def _send(server: EchoServer, room: Room | None, count: int) -> None:
    """Send a picture to everybody."""
    if room is None:
        server.push(snapshot(count))
    else:
        about = "door" if count % 2 else "yard"
        room.send(snapshot(count), about=about)


def _close(slow: websocket.WebSocket) -> str:
    """Return the Close that comes next, as text."""
    opcode, payload = slow.recv_data()
    assert opcode == Opcode.CLOSE
    code, reason = parse_close(payload)
    return f"{code:d} {reason}"
