"""What a relay does to the bytes between two programs, and what goes wrong on the way.

    a Wire: one connection, a Lane for each direction

                 ┌─ recorded ──▶ waiting ──▶ passed on ─┐
    client  ──▶ ─┘               delay, hold            └─ ──▶  server
            ◀── ───────────────────────────────────────── ◀──
                   swallow: lost, and nobody is told
                   cut: lost, and both are told: it is over

Nothing here is random: every fault comes when it is called for. What is lost is in the
recording all the same, marked as lost.
"""

import asyncio
import contextlib
import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Literal

from wslib.recorded import Chunk, Direction, Signal

__all__ = ["ROOM", "Faults", "Lane", "Wire", "reset"]

ROOM = 2**20  # bytes that may wait in a lane; then the relay stops reading

Flag = Literal["FIN", "RST"]


class Faults:
    """What is wrong at the moment, in each direction. A new one: nothing.

    Attributes:
        delay: How much later everything arrives, in seconds.
        held: The directions in which everything waits.
        swallowed: The directions in which everything is lost.
        cuts: For each of the next connections a direction, and how many bytes of it
            are passed on.
    """

    def __init__(self) -> None:
        self.delay = dict.fromkeys(Direction, 0.0)
        self.held: set[Direction] = set()
        self.swallowed: set[Direction] = set()
        self.cuts: deque[tuple[Direction, int]] = deque()


class Wire:
    """One connection through a relay.

    Args:
        number: Its number in the recording, from 1.
        faults: What is wrong, now and later on.
        seconds: Returns the time.
        record: Keeps a chunk or a signal.
        lose: Takes back that a chunk was passed on.
    """

    def __init__(
        self,
        number: int,
        faults: Faults,
        *,
        seconds: Callable[[], float],
        record: Callable[[Chunk | Signal], None],
        lose: Callable[[Chunk], None],
    ) -> None:
        self.number = number
        self.faults = faults
        self.seconds = seconds
        self.record = record
        self.lose = lose
        self.over = asyncio.Event()
        self.lanes = {direction: Lane(self, direction) for direction in Direction}
        self._born_dead = bool(faults.swallowed)
        if self._born_dead:
            for lane in self.lanes.values():
                lane.die()
        elif faults.cuts:
            direction, count = faults.cuts.popleft()
            self.lanes[direction].left = count

    async def run(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        target: tuple[str, int],
    ) -> None:
        """Connect a client to the target; return when both sides are closed."""
        up, down = self.lanes.values()
        up.source, down.sink = reader, writer
        try:
            if not self._born_dead:
                await self._connect(target)
            await self._carry()
            await self._close()
        finally:  # the relay stops, or nothing is left to be done
            for lane in self.lanes.values():
                lane.drop()
                if lane.sink is not None:
                    lane.sink.transport.abort()

    def other(self, lane: "Lane") -> "Lane":
        """Return the lane of the other direction."""
        up, down = self.lanes.values()
        return down if lane is up else up

    def cut(self) -> bool:
        """Reset both sides, as far as a reset gets through; return whether one did."""
        alive = [lane for lane in self.lanes.values() if not lane.dead]
        if not alive or self.over.is_set():
            return False
        for lane in alive:
            lane.end("RST")
        for lane in alive:
            reset(lane.sink)
            lane.die()
        self.over.set()
        return True

    def cut_in(self, lane: "Lane") -> None:
        """Cut where a lane has passed on as much as it may.

        Its sender gets a reset. Its receiver gets what was passed on, and then the end
        of the stream: a reset may throw away what has arrived and was not read yet.
        """
        back = self.other(lane)
        if not back.dead:
            if back.ended:
                self.over.set()
            back.is_last = True
            back.end("RST")
            reset(back.sink)
            back.die()
        lane.end("FIN")
        lane.finish()
        lane.die()

    async def _connect(self, target: tuple[str, int]) -> None:
        """Connect to the target, as the client has connected to the relay."""
        up, down = self.lanes.values()
        try:
            down.source, up.sink = await asyncio.open_connection(*target)
        except OSError:
            if not down.dead:
                down.end("RST")
                reset(down.sink)
                self.over.set()
        if self.over.is_set():  # or it was cut in the meantime
            reset(up.sink)

    async def _carry(self) -> None:
        """Carry both directions until it is over."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(work)
                for lane in self.lanes.values()
                if lane.source is not None
                for work in (lane.read(lane.source), lane.pass_on())
            ]
            await self.over.wait()
            for task in tasks:
                task.cancel()

    async def _close(self) -> None:
        """Close both sides; return when what was passed on has left."""
        sinks = [lane.sink for lane in self.lanes.values() if lane.sink is not None]
        for sink in sinks:
            sink.close()
        for sink in sinks:
            with contextlib.suppress(OSError):  # reset
                await sink.wait_closed()


class Lane:
    """One direction of one connection: what comes, what waits, what goes.

    Attributes:
        source: What comes from its sender.
        sink: What goes to its receiver.
        left: How many bytes it passes on before it is cut; None: no end is set.
        dead: Whether all that comes is lost.
        ended: How its sender has ended, once it has.
        is_last: Whether the connection is over when its sender ends.
    """

    def __init__(self, wire: Wire, direction: Direction) -> None:
        self.source: asyncio.StreamReader | None = None
        self.sink: asyncio.StreamWriter | None = None
        self.left: int | None = None
        self.dead = False
        self.ended: Flag | None = None
        self.is_last = False
        self._wire = wire
        self._direction = direction
        self._waiting: deque[tuple[float, Chunk | Flag | None]] = deque()
        self._size = 0  # bytes that have come and have not gone
        self._passed_fin = False
        self._is_left = False  # by its receiver, who is not there any more
        self._stirred, self._has_room = asyncio.Event(), asyncio.Event()
        self._loop = asyncio.get_running_loop()

    async def read(self, source: asyncio.StreamReader) -> None:
        """Take what the sender says, to its end."""
        try:
            self.stir()
            while data := await source.read(2**16):
                self._take(data)
                await self._has_room.wait()
            back = self._wire.other(self).sink
            if back is None or not back.is_closing():  # else we have ended it
                self.end("FIN")
        except OSError:
            self.end("RST")
        if self.is_last:
            self._wire.over.set()

    async def pass_on(self) -> None:
        """Pass on what waits, each thing when it is time."""
        while True:
            self._stirred.clear()
            pause = self._pause()
            if pause is None or pause > 0:
                # Not wait_for: before Python 3.12 that may miss that it is cancelled.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._stirred.wait()
                continue
            _, what = self._waiting.popleft()
            if isinstance(what, Chunk):
                await self._give(what)
            elif what is None:
                self._wire.cut_in(self)
            else:
                self._give_end(what)

    def stir(self) -> None:
        """Look again at what may be read and passed on: something has changed."""
        faults, direction = self._wire.faults, self._direction
        waits = direction in faults.held or faults.delay[direction] > 0
        # Without a fault, a receiver that does not read stops the sender, as ever.
        if self._size < (ROOM if waits else 1):
            self._has_room.set()
        else:
            self._has_room.clear()
        self._stirred.set()

    def end(self, flag: Flag) -> None:
        """Note how the sender has ended, and pass that on in its turn."""
        if self.ended in (flag, "RST"):
            return
        self.ended = flag
        self._note(flag)
        self._wait(flag)

    def finish(self) -> None:
        """Tell the receiver that nothing more will come."""
        if self.sink is not None and self.sink.can_write_eof():
            with contextlib.suppress(OSError):  # the other direction ended first
                self.sink.write_eof()

    def die(self) -> None:
        """Lose what waits, and all that is to come."""
        self.dead = True
        self.drop()

    def drop(self) -> None:
        """Forget what waits. It is lost, unless it was about to be passed on."""
        pause = self._pause()
        kept_back = self.dead or pause is None or pause > 0
        for _, what in self._waiting:
            if kept_back and isinstance(what, Chunk):
                self._wire.lose(what)
        self._waiting.clear()
        self._size = 0
        self.stir()

    def _take(self, data: bytes) -> None:
        """Record what has come, as one chunk or cut in two, and let it wait."""
        if self.dead:
            self._record(data, passed=False)
            return
        passed = data if self.left is None else data[: self.left]
        if passed:
            self._wait(self._record(passed))
        if self.left is None:
            return
        if len(data) > len(passed):
            self._record(data[len(passed) :], passed=False)
        self.left -= len(passed)
        if not self.left:
            self._wait(None)

    def _wait(self, what: Chunk | Flag | None) -> None:
        """Put something into the queue; None stands for the cut."""
        if not self.dead and not self._is_left:
            due = self._loop.time() + self._wire.faults.delay[self._direction]
            self._waiting.append((due, what))
            self._size += len(what.data) if isinstance(what, Chunk) else 0
            self.stir()

    def _pause(self) -> float | None:
        """Return how long the next thing has to wait, None if that is not known."""
        if not self._waiting or self._direction in self._wire.faults.held:
            return None
        return self._waiting[0][0] - self._loop.time()

    async def _give(self, chunk: Chunk) -> None:
        """Pass a chunk on; return when it has left."""
        assert self.sink is not None
        try:
            self.sink.transport.set_write_buffer_limits(0)
            self.sink.write(chunk.data)
            await self.sink.drain()
        except OSError:  # the receiver has gone, which is a reset from there
            self._is_left = True
            self.drop()
            self._wire.other(self).end("RST")
        self._size = max(0, self._size - len(chunk.data))
        self.stir()

    def _give_end(self, flag: Flag) -> None:
        """Pass on that the sender has ended."""
        if flag == "RST":
            reset(self.sink)
            self._wire.over.set()
            return
        self.finish()
        self._passed_fin = True
        if self._wire.other(self)._passed_fin:
            self._wire.over.set()

    def _record(self, data: bytes, *, passed: bool = True) -> Chunk:
        """Keep what has come."""
        chunk = Chunk(
            connection=self._wire.number,
            direction=self._direction,
            data=data,
            time=self._wire.seconds(),
            passed=passed,
        )
        self._wire.record(chunk)
        return chunk

    def _note(self, flag: Flag) -> None:
        """Keep what TCP said."""
        self._wire.record(
            Signal(
                connection=self._wire.number,
                direction=self._direction,
                flag=flag,
                time=self._wire.seconds(),
                passed=not self.dead,
            )
        )


def reset(writer: asyncio.StreamWriter | None) -> None:
    """Drop a connection with a reset (RST), not with the goodbye of TCP (FIN)."""
    if writer is None:
        return
    # To linger for 0 seconds is how a program asks the operating system for a reset.
    linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
    with contextlib.suppress(OSError):  # closed already
        writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger
        )
    writer.transport.abort()
