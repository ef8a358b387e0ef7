"""A relay on loopback that keeps every byte of both directions.

    client  ──▶  RecordingProxy  ──▶  server
            ◀──        │         ◀──
                       ▼
                   Recording: chunks in order, with direction and time;
                   the handshake, frames and messages in them; a file for Wireshark

Libraries show what they believe they sent. The relay shows what was on the wire. It
keeps a chunk before it passes it on, so whatever a peer has received is recorded.

On command the relay is a bad line: it delays, stalls, swallows like a black hole,
resets. What is lost then is recorded too, as its sender sent it: ``stream``,
``frames``, ``messages``, ``count`` and the timeline hold it, and each chunk, frame and
signal says whether it ``passed``.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable
from urllib.parse import urlsplit

from wslib.direction import Direction
from wslib.relay.connection import Faults, LaneState, RelayedConnection
from wslib.relay.recording import Recording
from wslib.service import Service, closing_server


class RecordingProxy(Service):
    """Pass bytes between clients and a server, unchanged, and keep them all.

    ``delay``, ``stall``, ``blackhole`` and ``reset`` make it a bad line, from any
    thread; each has taken effect when it returns. A stop ends every fault.

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
        self._wires: set[RelayedConnection] = set()

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

    def stall(self, direction: Direction | None = None) -> None:
        """Keep what comes, as if the cable were out, until ``resume``.

        Of each connection 1 MiB a direction is kept and recorded; what follows fills
        the buffers of the operating system, and then its sender has to wait.
        Beginnings are not held: a new client is connected, and waits.
        """
        self._change(direction, lambda d: self._faults.stalled.add(d))

    def resume(self, direction: Direction | None = None) -> None:
        """Pass on what was held, in order, and all that follows."""
        self._change(direction, lambda d: self._faults.stalled.discard(d))

    def blackhole(self, direction: Direction | None = None) -> None:
        """Lose everything from now on, and tell nobody: the cable is pulled.

        No byte passes, no FIN and no RST, whatever the two sides do. What is open now
        is dead for good, since TCP cannot go on after lost bytes that nobody sends
        again. So is a new connection: it is accepted, and nobody is behind it. The
        relay keeps their sockets until it stops, since to close one would tell.
        """

        def lose(direction: Direction) -> None:
            self._faults.blackholed.add(direction)
            for wire in self._wires:
                wire.lanes[direction].die(LaneState.BLACKHOLED)

        self._change(direction, lose)

    def heal(self) -> None:
        """Put the cable back: new connections pass, and the dead ones stay dead."""
        self.call(self._faults.blackholed.clear)

    def reset(self) -> int:
        """Reset (RST) every open connection, both sides; return how many.

        Those that were swallowed are not told of this either, and not counted. Nor is
        one that both sides have ended, as soon as the relay has passed on everything:
        what a slow receiver has not read yet, the operating system delivers.
        """
        return self.call(lambda: sum([wire.reset() for wire in self._wires]))

    def reset_after(
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
        self.call(self._faults.resets.extend, [(direction, count)] * connections)

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

    def _wire(self) -> RelayedConnection:
        """Begin a connection."""
        wire = RelayedConnection(
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
