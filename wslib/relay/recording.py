"""What a relay has seen: chunks in order, and what can be read in them."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from wslib.direction import DOWN, UP, Direction
from wslib.frames import Opcode
from wslib.relay.dissect import ConnectionReader, assemble
from wslib.relay.events import (
    Chunk,
    Entry,
    Readings,
    RecordedFrame,
    Signal,
    each_of,
)
from wslib.relay.pcap import capture


class Recording:
    """What a relay has seen so far, all of it. Safe to read while it grows.

    ``begin``, ``add``, ``lose`` and ``end`` are the relay's; all else only reads.

    Args:
        clock: Returns seconds. Times count from when the recording is made.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._made = clock()
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
        return self._read(connection).stream(direction)

    def handshake(self, direction: Direction, connection: int = 1) -> bytes:
        """Return one side's part of the opening handshake, blank line included.

        Empty if the connection was plain HTTP, or the head is not complete yet, or
        not to be read.
        """
        return self._read(connection).handshake(direction)

    def after_handshake(self, direction: Direction, connection: int = 1) -> bytes:
        """Return what one side sent after the opening handshake.

        All that it sent, if there was no opening handshake.
        """
        return self._read(connection).after_handshake(direction)

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
                break
        if connection > self.connections:
            raise TimeoutError(
                f"connection {connection} has not begun; {self.connections} have"
            )
        kind = "" if opcode is None else f"{opcode.name} "
        raise TimeoutError(
            f"connection {connection} {direction.value}: {count} {kind}frames wanted, "
            f"{len(found)} came; the last of all {len(frames)} frames: "
            f"{Readings(frames[-5:], frames.unread)}"
        )

    def save_pcap(self, path: str | os.PathLike[str]) -> None:
        """Write a capture file that Wireshark opens: all connections so far.

        The packets are made up around the bytes; see ``wslib.relay.pcap``.
        """
        Path(path).write_bytes(capture(self.events))

    def count(self, direction: Direction | None = None) -> int:
        """Return the bytes of all connections, in one direction or in both."""
        directions = each_of(direction)
        return sum(len(c.data) for c in self.chunks if c.direction in directions)

    def count_handshakes(self, direction: Direction | None = None) -> int:
        """Return how many of those bytes belong to opening handshakes."""
        readers = [self._read(n) for n in range(1, self.connections + 1)]
        return sum(
            len(reader.handshake(each))
            for reader in readers
            for each in each_of(direction)
        )

    def wait_closed(self, *, connections: int = 1, timeout: float = 2.0) -> None:
        """Return when connections have begun, and all that have are closed.

        Closed on both sides, that is. The beginning is waited for, too: a client that
        has connected, or has even gone again, may not have come to the relay yet,
        since it is the operating system that has answered it.

        Args:
            connections: How many must have begun, at least. One that the client has
                got an answer on has begun for sure.
            timeout: How long to wait, in seconds.

        Raises:
            TimeoutError: If fewer have begun after that time, or one is still open.
        """

        def closed() -> bool:
            return self._connections >= connections and not self._open

        with self._changed:
            if self._changed.wait_for(closed, timeout):
                return
            begun, still = self._connections, len(self._open)
        lacking = []
        if begun < connections:
            lacking.append(f"{begun} of {connections} connections have begun")
        if still:
            lacking.append(f"{still} of {begun} connections are still open")
        raise TimeoutError(", ".join(lacking))

    def seconds(self) -> float:
        """Return the time since the recording was made."""
        return self._clock() - self._made

    def begin(self) -> int:
        """Record that a client has connected; return the connection's number."""
        with self._changed:
            number = self._connections + 1
            syn = Signal(
                connection=number, direction=UP, flag="SYN", time=self.seconds()
            )
            self._connections = number
            self._open.add(number)
            self.add(syn)
            return number

    def add(self, event: Chunk | Signal) -> int:
        """Record what came next; return its place in ``events``."""
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()
            return len(self._events) - 1

    def lose(self, place: int) -> None:
        """Record that what came at a place was not passed on after all."""
        with self._changed:
            self._events[place] = replace(self._events[place], passed=False)

    def end(self, connection: int) -> None:
        """Record that a connection is closed on both sides; twice is once."""
        with self._changed:
            self._open.discard(connection)
            self._changed.notify_all()

    def __repr__(self) -> str:
        """Count what there is."""
        return (
            f"<Recording of {self.connections} connections: "
            f"{self.count(UP)} bytes ▶, {self.count(DOWN)} bytes ◀>"
        )

    def _read(self, connection: int) -> ConnectionReader:
        """Read one connection, as far as it has come."""
        reader = ConnectionReader(connection)
        reader.feed(self.events)
        return reader

    def _wait_for_more(self, seen: int, timeout: float) -> list[Chunk | Signal]:
        """Return what came after the first ``seen`` events, empty if nothing does."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._events) > seen, timeout)
            return self._events[seen:]
