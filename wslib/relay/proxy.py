"""A relay on loopback that keeps every byte of both directions.

    client  ──▶  RecordingProxy  ──▶  server
            ◀──        │         ◀──
                       ▼
                   Recording: chunks in order, with direction and time;
                   the handshake, frames and messages in them; a file for Wireshark

Libraries show what they believe they sent. The relay shows what was on the wire. It
keeps a chunk before it passes it on, so whatever a peer has received is recorded.

On command the relay is a bad line: it delays, stalls, loses everything like a black
hole, resets. What is lost then is recorded too, as its sender sent it: ``stream``,
``frames``, ``messages``, ``count`` and the timeline hold it, and each chunk, frame and
signal says whether it ``passed``.
"""

import asyncio
import contextlib
import operator
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterable
from urllib.parse import urlsplit

from wslib.direction import Direction
from wslib.relay.connection import RelayedConnection
from wslib.relay.events import each_of
from wslib.relay.faults import Faults
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
        ValueError: If the target has no scheme or host, or is the relay itself.
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
        both = {"127.0.0.1", "localhost"}
        names = both if host in both else {host}
        if parts.hostname in names and self._target[1] == port:
            # Each connection would open the next one, until the machine has no more.
            raise ValueError(f"a relay on port {port} cannot pass on to port {port}")
        self._path = parts.path + (f"?{parts.query}" if parts.query else "")
        self.recording = Recording(clock)
        self._faults = Faults()
        self._connections: set[RelayedConnection] = set()  # those that are not over

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
        """Keep back what comes, as if the cable were out, until ``resume``.

        Of each connection 1 MiB a direction is kept and recorded; what follows fills
        the buffers of the operating system, and then its sender has to wait.
        Beginnings are not stalled: a new client is connected, and waits.
        """
        self._change(direction, lambda d: self._faults.stalled.add(d))

    def resume(self, direction: Direction | None = None) -> None:
        """Pass on what was kept back, in order, and all that follows."""
        self._change(direction, lambda d: self._faults.stalled.discard(d))

    def blackhole(self, direction: Direction | None = None) -> None:
        """Lose everything from now on, and tell nobody: the cable is pulled.

        No byte passes, no FIN and no RST, whatever the two sides do. What is open now
        is dead for good, since TCP cannot go on after lost bytes that nobody sends
        again. So is a new connection: it is accepted, and nobody is behind it. The
        relay keeps their sockets until it stops, since to close one would tell.
        """

        def blackhole(direction: Direction) -> None:
            self._faults.blackholed.add(direction)
            for connection in self._connections:
                connection.blackhole(direction)

        self._change(direction, blackhole)

    def heal(self) -> None:
        """Put the cable back: new connections pass, and the dead ones stay dead."""
        self.call(self._faults.blackholed.clear)

    def reset(self) -> int:
        """Reset (RST) every open connection, both sides; return how many.

        Those that a blackhole has got are not told of this either, and not counted.
        Nor is one that both sides have ended, as soon as the relay has passed on
        everything: what a slow receiver has not read yet, the operating system
        delivers.
        """
        count = self.call(lambda: sum([each.reset() for each in self._connections]))
        # asyncio closes a socket one turn after it was told to, so wait for that turn.
        with contextlib.suppress(RuntimeError):  # stopped by now, so they are closed
            self.call(lambda: None)
        return count

    def reset_after(
        self, count: int, direction: Direction, *, connections: int = 1
    ) -> None:
        """Reset each of the next connections after so many bytes of one direction.

        The bytes count from the first of the opening handshake. As soon as ``count``
        have been passed on, the sender gets a reset (RST). The receiver gets all of
        them and then the end of the stream (FIN), without a Close frame: a reset could
        throw away bytes that had arrived but were not read yet.

        Args:
            count: How many bytes pass; with 0 the reset comes with the first, in its
                place.
            direction: Whose bytes count; the other side's pass until then.
            connections: How many of the connections that are not open yet. Calls add
                up: what a second one asks for comes after the first one's.
        """
        count, connections = operator.index(count), operator.index(connections)
        if count < 0 or connections < 1:
            raise ValueError(
                "a reset is after 0 bytes or more, of 1 connection or more"
            )
        resets = [(Direction(direction), count)] * connections
        self.call(self._faults.resets.extend, resets)

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        """Relay every connection in a task of its own; begin without a fault."""
        self._faults, self._connections = Faults(), set()
        tasks: set[asyncio.Task[None]] = set()

        # A plain function, since one that is called is never forgotten: a coroutine
        # that was cancelled before its first step would leave its connection open.
        def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            connection = RelayedConnection(self.recording, self._faults)
            self._connections.add(connection)
            task = asyncio.create_task(connection.run(reader, writer, self._target))
            tasks.add(task)

            def ended(task: asyncio.Task[None]) -> None:
                tasks.discard(task)
                self._connections.discard(connection)
                writer.close()
                self.recording.end(connection.number)

            task.add_done_callback(ended)

        server = await asyncio.start_server(relay, self.host, self._wanted_port)
        async with closing_server(server) as sockets:
            yield sockets
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _change(
        self, direction: Direction | None, change: Callable[[Direction], object]
    ) -> None:
        """Change what happens in one direction or in both, in the relay's thread."""
        directions = each_of(direction)

        def change_all() -> None:
            for each in directions:
                change(each)
            for connection in self._connections:
                connection.stir()

        self.call(change_all)
