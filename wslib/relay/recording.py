"""What a relay has seen: chunks in order, and what can be read in them."""

import os
import threading
import time
from dataclasses import replace
from pathlib import Path

from wslib.direction import Direction
from wslib.frames import Opcode
from wslib.relay.dissect import ConnectionReader, assemble, handshake_ends
from wslib.relay.events import Chunk, Entry, Readings, RecordedFrame, Signal
from wslib.relay.pcap import capture


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

        The packets are made up around the bytes; see ``wslib.relay.pcap``.
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
