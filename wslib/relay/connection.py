"""What a relay does to the bytes between two programs, and what goes wrong on the way.

    a RelayedConnection: one connection, a Lane for each direction

                 ┌─ recorded ──▶ waiting ──▶ passed on ─┐
    client  ──▶ ─┘               delay, stall           └─ ──▶  server
            ◀── ───────────────────────────────────────── ◀──
                   blackhole: lost, and nobody is told
                   reset: lost, and both are told: it is over

Nothing here is random: every fault comes when it is called for. What is lost is in the
recording all the same, marked as lost.
"""

import asyncio
import contextlib
import enum
import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Literal

from wslib.direction import Direction
from wslib.relay.events import Chunk, Signal

ROOM = 2**20  # bytes that may wait in a lane; then the relay stops reading

Flag = Literal["FIN", "RST"]


class LaneState(enum.Enum):
    """What a lane does with what comes. It leaves OPEN once, and for good."""

    OPEN = "passed on"
    BLACKHOLED = "lost, and its receiver must not be told"
    RESET = "lost, and its receiver has been told, or is not there"


class Faults:
    """What is wrong at the moment, in each direction. A new one: nothing.

    Attributes:
        delay: How much later everything arrives, in seconds.
        stalled: The directions in which everything waits.
        blackholed: The directions in which everything is lost.
        resets: For each of the next connections a direction, and how many bytes of it
            are passed on.
    """

    def __init__(self) -> None:
        self.delay = dict.fromkeys(Direction, 0.0)
        self.stalled: set[Direction] = set()
        self.blackholed: set[Direction] = set()
        self.resets: deque[tuple[Direction, int]] = deque()


class RelayedConnection:
    """One connection through a relay.

    Args:
        number: Its number in the recording, from 1.
        faults: What is wrong, now and later on.
        seconds: Returns the time.
        record: Keeps a chunk or a signal; returns its place.
        lose: Takes back that the chunk at a place was passed on.
        end: Notes that both sides have ended.
    """

    def __init__(
        self,
        number: int,
        faults: Faults,
        *,
        seconds: Callable[[], float],
        record: Callable[[Chunk | Signal], int],
        lose: Callable[[int], None],
        end: Callable[[int], None],
    ) -> None:
        self.number = number
        self.faults = faults
        self.seconds = seconds
        self.record = record
        self.lose = lose
        self.end = end
        self.over = asyncio.Event()
        self.lanes = {direction: Lane(self, direction) for direction in Direction}
        if faults.blackholed:  # nobody will be behind it
            for lane in self.lanes.values():
                lane.die(LaneState.BLACKHOLED)
        elif faults.resets:
            direction, count = faults.resets.popleft()
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
            if any(lane.state is not LaneState.BLACKHOLED for lane in (up, down)):
                await self._connect(target)
            await self._carry()
            if any(lane.must_not_tell for lane in self.lanes.values()):
                # A side that has sent its FIN may be gone, or listen still. To close
                # its socket would tell it, so that waits until the relay stops.
                self.end(self.number)
                await asyncio.Event().wait()
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

    def look(self) -> None:
        """See whether it is over: both sides have ended, and nothing waits."""
        if all(lane.is_done for lane in self.lanes.values()):
            self.over.set()

    def reset(self) -> bool:
        """Reset both sides, as far as a reset gets through; return whether one did."""
        alive = [lane for lane in self.lanes.values() if lane.state is LaneState.OPEN]
        if not alive or self.over.is_set():
            return False
        for lane in alive:
            lane.end("RST")
        for lane in alive:
            reset(lane.sink)
            lane.die(LaneState.RESET)
        return True

    def reset_in(self, lane: "Lane") -> None:
        """Cut where a lane has passed on as much as it may.

        Its sender gets a reset. Its receiver gets what was passed on, and then the end
        of the stream: a reset may throw away what has arrived and was not read yet.
        """
        back = self.other(lane)
        if back.state is LaneState.OPEN:
            back.end("RST")
            reset(back.sink)
            back.die(LaneState.RESET)
        lane.end("FIN")
        lane.finish()
        lane.die(LaneState.RESET)

    async def _connect(self, target: tuple[str, int]) -> None:
        """Connect to the target, as the client has connected to the relay."""
        up, down = self.lanes.values()
        try:
            down.source, up.sink = await asyncio.open_connection(*target)
        except OSError:
            down.end("RST")
            if down.state is LaneState.OPEN:
                reset(down.sink)
            for lane in (up, down):
                lane.die(LaneState.RESET)
        if up.state is LaneState.RESET:  # refused, or it was cut in the meantime
            reset(up.sink)

    async def _carry(self) -> None:
        """Carry both directions until it is over."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(work)
                for lane in self.lanes.values()
                for work in (lane.read(), lane.pass_on())
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
        source: What comes from its sender; None: there is none.
        sink: What goes to its receiver; None: there is none, or not any more.
        left: How many bytes it passes on before it is cut; None: no end is set.
        state: What it does with what comes.
        ended: How its sender has ended, once it has.
    """

    def __init__(self, wire: RelayedConnection, direction: Direction) -> None:
        self.source: asyncio.StreamReader | None = None
        self.sink: asyncio.StreamWriter | None = None
        self.left: int | None = None
        self.state = LaneState.OPEN
        self.ended: Flag | None = None
        self._wire = wire
        self._direction = direction
        self._waiting: deque[tuple[float, Chunk | Flag | None, int]] = deque()
        self._size = 0  # bytes that have come and have not gone
        self._is_read = False  # to its end
        self._stirred, self._has_room = asyncio.Event(), asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @property
    def is_done(self) -> bool:
        """Whether its sender has ended, and nothing waits."""
        return self._is_read and not self._waiting

    @property
    def must_not_tell(self) -> bool:
        """Whether its receiver may still be there, and must not be told."""
        gone = self.sink is None or self.sink.is_closing()
        return self.state is LaneState.BLACKHOLED and not gone

    async def read(self) -> None:
        """Take what the sender says, to its end."""
        self.stir()
        try:
            # No more than there is room for, so that never more than ROOM waits.
            while self.source and (
                data := await self.source.read(min(2**16, ROOM - self._size))
            ):
                self._take(data)
                await self._has_room.wait()
            back = self._wire.other(self).sink
            if self.source and (back is None or not back.is_closing()):
                self.end("FIN")  # else we have ended it
        except OSError:
            self.end("RST")
        self._is_read = True
        self.stir()

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
            _, what, _ = self._waiting.popleft()
            if isinstance(what, Chunk):
                await self._give(what)
            elif what is None:
                self._wire.reset_in(self)
            else:
                self._give_end(what)
            self.stir()

    def stir(self) -> None:
        """Look again at what there is to do: something has changed."""
        faults, direction = self._wire.faults, self._direction
        waits = direction in faults.stalled or faults.delay[direction] > 0
        # Without a fault, a receiver that does not read stops the sender, as ever.
        if self._size < (ROOM if waits else 1):
            self._has_room.set()
        else:
            self._has_room.clear()
        self._stirred.set()
        self._wire.look()

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

    def die(self, state: LaneState) -> None:
        """Lose what waits, and all that is to come; what is dead stays as it is."""
        if self.state is LaneState.OPEN:
            self.state = state
            self.drop()

    def drop(self) -> None:
        """Forget what waits. It is lost, unless it was about to be passed on."""
        pause = self._pause()
        kept_back = self.state is not LaneState.OPEN or pause is None or pause > 0
        for _, what, place in self._waiting:
            if kept_back and isinstance(what, Chunk):
                self._wire.lose(place)
        self._waiting.clear()
        self._size = 0
        self.stir()

    def _take(self, data: bytes) -> None:
        """Record what has come, as one chunk or cut in two, and let it wait."""
        if self.state is not LaneState.OPEN:
            self._record(data, passed=False)
            return
        passed = data if self.left is None else data[: self.left]
        if passed:
            self._wait(*self._record(passed))
        if self.left is None:
            return
        if len(data) > len(passed):
            self._record(data[len(passed) :], passed=False)
        self.left -= len(passed)
        if not self.left:
            self._wait(None)

    def _wait(self, what: Chunk | Flag | None, place: int = 0) -> None:
        """Put something into the queue; None stands for the cut."""
        if self.state is LaneState.OPEN and self.sink is not None:
            due = self._loop.time() + self._wire.faults.delay[self._direction]
            self._waiting.append((due, what, place))
            self._size += len(what.data) if isinstance(what, Chunk) else 0
            self.stir()

    def _pause(self) -> float | None:
        """Return how long the next thing has to wait, None if that is not known."""
        if not self._waiting or self._direction in self._wire.faults.stalled:
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
            self.sink = None
            self.drop()
            self._wire.other(self).end("RST")
        self._size = max(0, self._size - len(chunk.data))

    def _give_end(self, flag: Flag) -> None:
        """Pass on that the sender has ended."""
        if flag == "RST":
            reset(self.sink)
            self._wire.over.set()
        else:
            self.finish()

    def _record(self, data: bytes, *, passed: bool = True) -> tuple[Chunk, int]:
        """Keep what has come; return it, and its place."""
        chunk = Chunk(
            connection=self._wire.number,
            direction=self._direction,
            data=data,
            time=self._wire.seconds(),
            passed=passed,
        )
        return chunk, self._wire.record(chunk)

    def _note(self, flag: Flag) -> None:
        """Keep what TCP said."""
        self._wire.record(
            Signal(
                connection=self._wire.number,
                direction=self._direction,
                flag=flag,
                time=self._wire.seconds(),
                passed=self.state is LaneState.OPEN,
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
