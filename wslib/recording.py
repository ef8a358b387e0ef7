"""A relay on loopback that keeps every byte of both directions.

    client  ──▶  RecordingProxy  ──▶  server
            ◀──        │         ◀──
                       ▼
                   Recording: chunks in order, with direction and time

Libraries show what they believe they sent. The relay shows what was on the wire. It
keeps a chunk before it passes it on, so whatever a peer has received is recorded.
"""

import asyncio
import contextlib
import enum
import os
import re
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from wslib.background import Service, closing_server

__all__ = ["Chunk", "Direction", "Recording", "RecordingProxy"]


class Direction(enum.Enum):
    """Who sent the bytes. The value is the mark that the course draws for it."""

    CLIENT_TO_SERVER = "▶"
    SERVER_TO_CLIENT = "◀"

    def __repr__(self) -> str:
        """Return an expression that names the member."""
        return f"Direction.{self.name}"


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Bytes as they arrived at the relay in one read.

    Where one chunk ends and the next begins is TCP's choice: a chunk is neither a
    frame nor a message.

    Attributes:
        connection: The number of the TCP connection, from 1.
        direction: Who sent it.
        data: The bytes.
        time: Seconds since the relay was made.
    """

    connection: int
    direction: Direction
    data: bytes
    time: float


class Recording:
    """What a relay has seen so far. Safe to read while it grows."""

    def __init__(self) -> None:
        self._chunks: list[Chunk] = []
        self._connections = 0
        self._open = 0
        self._changed = threading.Condition()

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """Every chunk of every connection, in the order of arrival."""
        with self._changed:
            return tuple(self._chunks)

    @property
    def connections(self) -> int:
        """How many TCP connections clients have opened."""
        return self._connections

    def stream(self, direction: Direction, connection: int = 1) -> bytes:
        """Return all that one side of one connection has sent."""
        return b"".join(
            chunk.data
            for chunk in self.chunks
            if chunk.direction is direction and chunk.connection == connection
        )

    def handshake(self, direction: Direction, connection: int = 1) -> bytes:
        """Return one side's part of the opening handshake, blank line included.

        Empty if the connection was plain HTTP, or the head is not complete yet.
        """
        return self._parts(connection)[direction][0]

    def after_handshake(self, direction: Direction, connection: int = 1) -> bytes:
        """Return what one side sent after the opening handshake.

        All that it sent, if there was no opening handshake.
        """
        return self._parts(connection)[direction][1]

    def count(self, direction: Direction | None = None) -> int:
        """Return the bytes of all connections, in one direction or in both."""
        return sum(
            len(chunk.data)
            for chunk in self.chunks
            if direction is None or chunk.direction is direction
        )

    def count_handshakes(self, direction: Direction | None = None) -> int:
        """Return how many of those bytes belong to opening handshakes."""
        directions = list(Direction) if direction is None else [direction]
        return sum(
            len(self.handshake(d, connection))
            for connection in range(1, self.connections + 1)
            for d in directions
        )

    def wait_closed(self, timeout: float = 2.0) -> None:
        """Return when every connection has been closed on both sides.

        Raises:
            TimeoutError: If one is still open after ``timeout`` seconds.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._open == 0, timeout):
                raise TimeoutError(f"{self._open} connections are still open")

    def __repr__(self) -> str:
        """Count what there is."""
        return (
            f"<Recording of {self.connections} connections: "
            f"{self.count(Direction.CLIENT_TO_SERVER)} bytes ▶, "
            f"{self.count(Direction.SERVER_TO_CLIENT)} bytes ◀>"
        )

    def _parts(self, connection: int) -> dict[Direction, tuple[bytes, bytes]]:
        """Cut both streams where the opening handshake ends."""
        up = self.stream(Direction.CLIENT_TO_SERVER, connection)
        down = self.stream(Direction.SERVER_TO_CLIENT, connection)
        request, blank_line, rest = up.partition(b"\r\n\r\n")
        asks = re.search(rb"\r\nUpgrade:[^\r\n]*websocket", request, re.IGNORECASE)
        if not blank_line or not asks:
            request, rest = b"", up
        response, answer_line, frames = down.partition(b"\r\n\r\n")
        if not request or not answer_line:
            response, answer_line, frames = b"", b"", down
        return {
            Direction.CLIENT_TO_SERVER: (
                request + blank_line if request else b"",
                rest,
            ),
            Direction.SERVER_TO_CLIENT: (response + answer_line, frames),
        }

    def _begin(self) -> int:
        """Note a new connection and return its number."""
        with self._changed:
            self._connections += 1
            self._open += 1
            return self._connections

    def _add(self, chunk: Chunk) -> None:
        """Keep a chunk."""
        with self._changed:
            self._chunks.append(chunk)
            self._changed.notify_all()

    def _end(self) -> None:
        """Note that a connection has been closed on both sides."""
        with self._changed:
            self._open -= 1
            self._changed.notify_all()


class RecordingProxy(Service):
    """Pass bytes between clients and a server, unchanged, and keep them all.

    Args:
        target: Where the server is, such as ``ws://127.0.0.1:1234`` or
            ``http://127.0.0.1:8000/scores``.
        clock: Returns seconds; a test passes its own.

    Raises:
        ValueError: If the target has no scheme, host or port.
    """

    def __init__(
        self,
        target: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__(host=host, port=port)
        parts = urlsplit(target)
        if not parts.scheme or not parts.hostname:
            raise ValueError(f"a target is like 'ws://127.0.0.1:1234', not {target!r}")
        default = 443 if parts.scheme in ("wss", "https") else 80
        self.scheme = parts.scheme
        self._target = (parts.hostname, parts.port or default)
        self._path = parts.path + (f"?{parts.query}" if parts.query else "")
        self._clock = clock
        self._began = clock()
        self.recording = Recording()

    @property
    def url(self) -> str:
        """The target's address, by way of the relay."""
        return super().url + self._path

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        """Relay every connection in a task of its own."""
        tasks: set[asyncio.Task[None]] = set()

        async def relay(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            try:
                await self._relay(reader, writer)
            except asyncio.CancelledError:
                pass  # by stop(); asyncio before 3.12 would report it as an error
            finally:
                tasks.discard(task)

        server = await asyncio.start_server(relay, self.host, self._wanted_port)
        async with closing_server(server) as sockets:
            yield sockets
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _relay(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection until both sides have closed it."""
        connection = self.recording._begin()
        upstream: asyncio.StreamWriter | None = None
        try:
            source, upstream = await asyncio.open_connection(*self._target)
            await asyncio.gather(
                self._pump(connection, Direction.CLIENT_TO_SERVER, reader, upstream),
                self._pump(connection, Direction.SERVER_TO_CLIENT, source, writer),
            )
        except OSError:
            # One side was reset, or the server is not there: so is the other side.
            _reset(writer, upstream)
        finally:
            for end in (writer, upstream):
                if end is not None:
                    end.close()
            self.recording._end()

    async def _pump(
        self,
        connection: int,
        direction: Direction,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
    ) -> None:
        """Pass one direction on until its end, then pass the end on too."""
        while data := await source.read(2**16):
            seconds = self._clock() - self._began
            self.recording._add(
                Chunk(
                    connection=connection, direction=direction, data=data, time=seconds
                )
            )
            sink.write(data)
            await sink.drain()
        if sink.can_write_eof():
            with contextlib.suppress(OSError):  # the other direction ended first
                sink.write_eof()


def _reset(*writers: asyncio.StreamWriter | None) -> None:
    """Drop connections with a reset (RST), not with the goodbye of TCP (FIN)."""
    # To linger for 0 seconds is how a program asks the operating system for a reset.
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    for writer in writers:
        if writer is not None:
            with contextlib.suppress(OSError):  # closed already
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
            writer.transport.abort()
