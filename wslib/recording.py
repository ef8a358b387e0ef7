"""A relay on loopback that keeps every byte of both directions.

    client  ──▶  RecordingProxy  ──▶  server
            ◀──        │         ◀──
                       ▼
                   Recording: chunks in order, with direction and time;
                   the handshake, frames and messages in them; a file for Wireshark

Libraries show what they believe they sent. The relay shows what was on the wire. It
keeps a chunk before it passes it on, so whatever a peer has received is recorded.
"""

import asyncio
import contextlib
import os
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from wslib.background import Service, closing_server
from wslib.frames import Opcode
from wslib.pcap import capture
from wslib.reassembly import ConnectionReader, assemble, handshake_ends
from wslib.recorded import Chunk, Direction, Entry, Readings, RecordedFrame, Signal

__all__ = ["Chunk", "Direction", "Recording", "RecordingProxy"]


class Recording:
    """What a relay has seen so far. Safe to read while it grows."""

    def __init__(self) -> None:
        self._events: list[Chunk | Signal] = []
        self._connections = 0
        self._open = 0
        self._changed = threading.Condition()

    @property
    def events(self) -> tuple[Chunk | Signal, ...]:
        """Every chunk of every connection, and TCP's beginnings and ends, in order."""
        with self._changed:
            return tuple(self._events)

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """Every chunk of every connection, in the order of arrival."""
        return tuple(event for event in self.events if isinstance(event, Chunk))

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

    def frames(
        self, direction: Direction, connection: int = 1
    ) -> Readings[RecordedFrame]:
        """Return the frames that one side sent after the opening handshake.

        What could not be read as a frame is in the result's ``unread``, with the rule
        that it breaks: it never raises.
        """
        return self._read(connection).frames(direction)

    def messages(
        self, direction: Direction, connection: int = 1
    ) -> Readings[str | bytes]:
        """Return the messages that one side sent: text as ``str``, binary as ``bytes``.

        Frames that make no message are in the result's ``unread``.
        """
        return assemble(self.frames(direction, connection))

    def timeline(self, connection: int = 1, *, tcp: bool = False) -> tuple[Entry, ...]:
        """Return handshake and frames of both sides, in the order they were complete.

        Args:
            connection: The number of the TCP connection, from 1.
            tcp: Whether to show TCP's own signals too. The order of the two sides'
                FINs may be another on the next run.
        """
        return self._read(connection).timeline(tcp=tcp)

    def wait_frames(
        self,
        direction: Direction,
        count: int = 1,
        *,
        opcode: Opcode | None = None,
        connection: int = 1,
        timeout: float = 2.0,
    ) -> tuple[RecordedFrame, ...]:
        """Return the first ``count`` frames of one side, as soon as they are there.

        Args:
            direction: Which side.
            count: How many.
            opcode: Wait for frames of this kind, and return only these.
            connection: The number of the TCP connection, from 1.
            timeout: How long to wait, in seconds.

        Raises:
            TimeoutError: If there are fewer after that time; it says what there is.
        """
        reader, seen = ConnectionReader(connection), 0
        deadline = time.monotonic() + timeout
        while True:
            events = self._wait_for_more(seen, deadline - time.monotonic())
            seen += len(events)
            reader.feed(events)
            frames = reader.frames(direction)
            found = [f for f in frames if opcode in (None, f.frame.opcode)]
            if len(found) >= count:
                return tuple(found[:count])
            if not events or time.monotonic() > deadline:
                kind = "" if opcode is None else f"{opcode.name} "
                raise TimeoutError(
                    f"connection {connection} {direction.value}: {count} {kind}frames "
                    f"wanted, {len(found)} came; the last of all {len(frames)} frames: "
                    f"{Readings(frames[-5:], frames.unread)}"
                )

    def save_pcap(self, path: str | os.PathLike[str]) -> None:
        """Write a capture file that Wireshark opens: all connections so far.

        The packets are made up around the bytes; see ``wslib.pcap``.
        """
        Path(path).write_bytes(capture(self.events))

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

    def _read(self, connection: int) -> ConnectionReader:
        """Read one connection, as far as it has come."""
        reader = ConnectionReader(connection)
        reader.feed(self.events)
        return reader

    def _parts(self, connection: int) -> dict[Direction, tuple[bytes, bytes]]:
        """Cut both streams where the opening handshake ends."""
        streams = [self.stream(direction, connection) for direction in Direction]
        ends = handshake_ends(*streams)
        return {
            direction: (stream[: ends[direction]], stream[ends[direction] :])
            for direction, stream in zip(Direction, streams, strict=True)
        }

    def _wait_for_more(self, seen: int, timeout: float) -> list[Chunk | Signal]:
        """Return what came after the first ``seen`` events, empty if nothing does."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._events) > seen, timeout)
            return self._events[seen:]

    def _begin(self, seconds: float = 0.0) -> int:
        """Note a new connection and return its number."""
        with self._changed:
            self._connections += 1
            self._open += 1
            up = Direction.CLIENT_TO_SERVER
            self._note(self._connections, up, "SYN", seconds)
            return self._connections

    def _note(
        self,
        connection: int,
        direction: Direction,
        flag: Literal["SYN", "FIN", "RST"],
        seconds: float,
    ) -> None:
        """Note what TCP said."""
        self._add(
            Signal(connection=connection, direction=direction, flag=flag, time=seconds)
        )

    def _add(self, event: Chunk | Signal) -> None:
        """Keep what came next."""
        with self._changed:
            self._events.append(event)
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

        # A plain function, since one that is called is never forgotten: a coroutine
        # that was cancelled before its first step would leave its connection open.
        def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(self._relay(reader, writer))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            task.add_done_callback(lambda _: writer.close())

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
        connection = self.recording._begin(self._seconds())
        upstream: asyncio.StreamWriter | None = None
        try:
            source, upstream = await asyncio.open_connection(*self._target)
            await asyncio.gather(
                self._pump(connection, Direction.CLIENT_TO_SERVER, reader, upstream),
                self._pump(connection, Direction.SERVER_TO_CLIENT, source, writer),
            )
        except OSError:
            # One side was reset, or the server is not there: so is the other side.
            up, down = Direction
            who = up if reader.exception() else down
            self.recording._note(connection, who, "RST", self._seconds())
            _reset(writer, upstream)
        finally:
            for end in (writer, upstream):
                if end is not None:
                    end.close()
            self.recording._end()

    def _seconds(self) -> float:
        """Return the time since the relay was made."""
        return self._clock() - self._began

    async def _pump(
        self,
        connection: int,
        direction: Direction,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
    ) -> None:
        """Pass one direction on until its end, then pass the end on too."""
        while data := await source.read(2**16):
            self.recording._add(
                Chunk(
                    connection=connection,
                    direction=direction,
                    data=data,
                    time=self._seconds(),
                )
            )
            sink.write(data)
            await sink.drain()
        if sink.is_closing():
            return  # the connection was reset: nothing ends well here
        self.recording._note(connection, direction, "FIN", self._seconds())
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
