"""A relay on loopback that keeps every byte of both directions.

    client  ──▶  RecordingProxy  ──▶  server
            ◀──        │         ◀──
                       ▼
                   Recording: chunks in order, with direction and time;
                   the handshake, frames and messages in them; a file for Wireshark

Libraries show what they believe they sent. The relay shows what was on the wire. It
keeps a chunk before it passes it on, so whatever a peer has received is recorded.

On command the relay is a bad line: it delays, holds, swallows, cuts. What is lost then
is recorded too, as its sender sent it: ``stream``, ``frames``, ``messages``, ``count``
and the timeline hold it, and each chunk, frame and signal says whether it ``passed``.
"""

import asyncio
import contextlib
import os
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from wslib.background import Service, closing_server
from wslib.faults import Faults, State, Wire
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
        self._open: set[int] = set()  # their numbers
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
            if not self._changed.wait_for(lambda: not self._open, timeout):
                raise TimeoutError(f"{len(self._open)} connections are still open")

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
            self._open.add(self._connections)
            self._add(
                Signal(
                    connection=self._connections,
                    direction=Direction.CLIENT_TO_SERVER,
                    flag="SYN",
                    time=seconds,
                )
            )
            return self._connections

    def _add(self, event: Chunk | Signal) -> int:
        """Keep what came next; return its place."""
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()
            return len(self._events) - 1

    def _lose(self, place: int) -> None:
        """Note that the chunk at a place was not passed on after all."""
        with self._changed:
            self._events[place] = replace(self._events[place], passed=False)

    def _end(self, connection: int) -> None:
        """Note that a connection has been closed on both sides, if it was not yet."""
        with self._changed:
            self._open.discard(connection)
            self._changed.notify_all()


class RecordingProxy(Service):
    """Pass bytes between clients and a server, unchanged, and keep them all.

    ``delay``, ``hold``, ``swallow`` and ``cut`` make it a bad line, from any thread;
    each has taken effect when it returns. A stop ends every fault.

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
        self._faults = Faults()
        self._wires: set[Wire] = set()

    @property
    def url(self) -> str:
        """The target's address, by way of the relay."""
        return super().url + self._path

    def delay(self, seconds: float, direction: Direction | None = None) -> None:
        """Let every chunk arrive that much later, from now on.

        A long line, not a thin one: ten chunks sent at once all arrive ``seconds``
        later. What is on its way already arrives when it would have. At most 1 MiB is
        on its way at a time, in each direction of each connection.

        Args:
            seconds: How much later; 0 ends it.
            direction: Of whose bytes; None: both sides'.
        """
        if not seconds >= 0:
            raise ValueError(f"a delay is 0 seconds or more, not {seconds}")
        self._change(direction, lambda d: self._faults.delay.update({d: seconds}))

    def hold(self, direction: Direction | None = None) -> None:
        """Keep what comes, as if the cable were out, until ``release``.

        Of each connection 1 MiB a direction is kept and recorded; what follows fills
        the buffers of the operating system, and then its sender has to wait.
        Beginnings are not held: a new client is connected, and waits.
        """
        self._change(direction, lambda d: self._faults.held.add(d))

    def release(self, direction: Direction | None = None) -> None:
        """Pass on what was held, in order, and all that follows."""
        self._change(direction, lambda d: self._faults.held.discard(d))

    def swallow(self, direction: Direction | None = None) -> None:
        """Lose everything from now on, and tell nobody: the cable is pulled.

        No byte passes, no FIN and no RST, whatever the two sides do. What is open now
        is dead for good, since TCP cannot go on after lost bytes that nobody sends
        again. So is a new connection: it is accepted, and nobody is behind it. The
        relay keeps their sockets until it stops, since to close one would tell.
        """

        def lose(direction: Direction) -> None:
            self._faults.swallowed.add(direction)
            for wire in self._wires:
                wire.lanes[direction].die(State.SWALLOWED)

        self._change(direction, lose)

    def restore(self) -> None:
        """Put the cable back: new connections pass, and the dead ones stay dead."""
        self.call(self._faults.swallowed.clear)

    def cut(self) -> int:
        """Reset (RST) every open connection, both sides; return how many.

        Those that were swallowed are not told of this either, and not counted. Nor is
        one that both sides have ended, as soon as the relay has passed on everything:
        what a slow receiver has not read yet, the operating system delivers.
        """
        return self.call(lambda: sum([wire.cut() for wire in self._wires]))

    def cut_after(
        self, count: int, direction: Direction, *, connections: int = 1
    ) -> None:
        """Cut each of the next connections after so many bytes of one direction.

        The bytes count from the first of the opening handshake. As soon as ``count``
        have been passed on, the sender gets a reset (RST). The receiver gets all of
        them and then the end of the stream (FIN), without a Close frame: a reset could
        throw away bytes that had arrived but were not read yet.

        Args:
            count: How many bytes pass; with 0 the cut comes with the first, in its
                place.
            direction: Whose bytes count; the other side's pass until then.
            connections: How many of the connections that are not open yet. Calls add
                up: what a second one asks for comes after the first one's.
        """
        if count < 0 or connections < 1:
            raise ValueError("a cut is after 0 bytes or more, of 1 connection or more")
        self.call(self._faults.cuts.extend, [(direction, count)] * connections)

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        """Relay every connection in a task of its own; begin without a fault."""
        self._faults, self._wires = Faults(), set()
        tasks: set[asyncio.Task[None]] = set()

        # A plain function, since one that is called is never forgotten: a coroutine
        # that was cancelled before its first step would leave its connection open.
        def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            wire = self._wire()
            task = asyncio.create_task(wire.run(reader, writer, self._target))
            tasks.add(task)

            def ended(task: asyncio.Task[None]) -> None:
                tasks.discard(task)
                self._wires.discard(wire)
                writer.close()
                self.recording._end(wire.number)

            task.add_done_callback(ended)

        server = await asyncio.start_server(relay, self.host, self._wanted_port)
        async with closing_server(server) as sockets:
            yield sockets
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _wire(self) -> Wire:
        """Begin a connection."""
        wire = Wire(
            self.recording._begin(self._seconds()),
            self._faults,
            seconds=self._seconds,
            record=self.recording._add,
            lose=self.recording._lose,
            end=self.recording._end,
        )
        self._wires.add(wire)
        return wire

    def _change(
        self, direction: Direction | None, change: Callable[[Direction], object]
    ) -> None:
        """Change what happens in one direction or in both, in the relay's thread."""

        def change_all() -> None:
            for each in Direction if direction is None else [direction]:
                change(each)
            for wire in self._wires:
                for lane in wire.lanes.values():
                    lane.stir()

        self.call(change_all)

    def _seconds(self) -> float:
        """Return the time since the relay was made."""
        return self._clock() - self._began
