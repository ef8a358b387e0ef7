"""One direction of a connection through a relay: what comes, what waits, what goes.

    source ──▶ read ──▶ take ──▶ waiting ──▶ next ──▶ give ──▶ sink
                         │          │ a delay, a stall
                         ▼          ▼ a blackhole, a reset
                      recorded    lost

A lane does as it is told. What ends a connection, and how, is decided where both of
its lanes are known, in ``connection``.
"""

import asyncio
import contextlib
import enum
import os
import socket
import struct
from collections import deque
from typing import Literal

from wslib.direction import Direction
from wslib.relay.events import Chunk, Signal
from wslib.relay.faults import Faults
from wslib.relay.recording import Recording

ROOM = 2**20  # bytes that may wait in a lane; then the relay stops reading
READ = 2**16  # bytes taken in one read, at most

Flag = Literal["FIN", "RST"]
Item = Chunk | Flag | Literal["CUT"]  # CUT: as much has passed as reset_after allows


class LaneState(enum.Enum):
    """What a lane does with what comes. It leaves OPEN once, and for good."""

    OPEN = "passed on"
    BLACKHOLED = "lost, and its receiver must not be told"
    RESET = "lost, and its receiver has been told, or is not there"


# How much may wait. The relay reads only while there is room, so that TCP stops a
# sender whose receiver does not read, as it would without a relay.
#
# *   Without a fault there is room as long as nothing waits: one read is passed on,
#     down to the last byte, before the next one. So one read is all that the relay
#     ever holds, beside the operating system's buffers and what asyncio reads ahead
#     (it stops once that is more than twice READ).
# *   A delay or a stall needs room of its own, or a long line would be a thin one as
#     well: ten chunks sent at once could not all be on their way. There is room for
#     ROOM bytes.
#
# What is counted is what has come and has not gone: a chunk that is being passed on
# counts until it has left, though it stands in the queue no longer. What comes behind
# a cut that still waits for its turn would be lost, so it is not even read.


class Lane:
    """One direction of one connection.

    Args:
        connection: The connection's number in the recording.
        direction: Who sends.
        recording: Keeps what comes.
        faults: What is wrong, now and later on.

    Attributes:
        source: What comes from its sender; None: there is none.
        sink: What goes to its receiver; None: there is none, or not any more.
        left: How many bytes it passes on before the cut; None: no cut is due.
        state: What it does with what comes.
        is_read: Whether its sender can say no more.
    """

    def __init__(
        self,
        connection: int,
        direction: Direction,
        recording: Recording,
        faults: Faults,
    ) -> None:
        self.source: asyncio.StreamReader | None = None
        self.sink: asyncio.StreamWriter | None = None
        self.left: int | None = None
        self.state = LaneState.OPEN
        self.is_read = False
        self._connection = connection
        self._direction = direction
        self._recording = recording
        self._faults = faults
        self._ended: Flag | None = None
        self._waiting: deque[tuple[float, Item, int]] = deque()  # due, item, place
        self._size = 0  # bytes that have come and have not gone
        self._stirred, self._has_room = asyncio.Event(), asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self.stir()

    @property
    def is_done(self) -> bool:
        """Whether its sender can say no more, and nothing waits."""
        return self.is_read and not self._waiting

    @property
    def must_not_tell(self) -> bool:
        """Whether its receiver may still be there, and must not be told."""
        gone = self.sink is None or self.sink.is_closing()
        return self.state is LaneState.BLACKHOLED and not gone

    def stir(self) -> None:
        """Look again at what there is to do: something has changed."""
        limit = ROOM if self._faults.holds_up(self._direction) else 1
        is_cut = bool(self._waiting) and self._waiting[-1][1] == "CUT"
        if self._size < limit and not is_cut:
            self._has_room.set()
        else:
            self._has_room.clear()
        self._stirred.set()

    async def read(self) -> bytes:
        """Return what its sender says next, empty at the end, once there is room.

        Raises:
            OSError: If the sender has reset the connection.
        """
        await self._has_room.wait()
        if self.source is None:
            return b""
        # Never for 0 bytes, which would look like the end: the room that was there is
        # there still, since nothing comes but by way of this.
        return await self.source.read(min(READ, ROOM - self._size))

    def take(self, data: bytes) -> None:
        """Record what has come, as one chunk or cut in two, and let it wait."""
        if self.state is not LaneState.OPEN:
            self._record(data, passed=False)
            return
        passed = data if self.left is None else data[: self.left]
        if passed:
            self._wait(*self._record(passed, passed=True))
        if self.left is None:
            return
        if len(data) > len(passed):
            self._record(data[len(passed) :], passed=False)
        self.left -= len(passed)
        if not self.left:
            self._wait("CUT")

    def end(self, flag: Flag) -> None:
        """Record that its sender has ended, and let that wait for its turn."""
        if self._ended in (flag, "RST"):
            return
        self._ended = flag
        self._recording.add(
            Signal(
                connection=self._connection,
                direction=self._direction,
                flag=flag,
                time=self._recording.seconds(),
                passed=self.state is LaneState.OPEN,
            )
        )
        self._wait(flag)

    async def next(self) -> Item:
        """Return what is to be passed on next, as soon as it is time."""
        while True:
            self._stirred.clear()
            pause = self._pause()
            if pause is not None and pause <= 0:
                return self._waiting.popleft()[1]
            # Not wait_for: before Python 3.12 that may miss that it is cancelled.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stirred.wait()

    async def give(self, chunk: Chunk) -> None:
        """Pass a chunk on; return when the last byte has left.

        Raises:
            OSError: If the receiver has gone.
        """
        assert self.sink is not None
        try:
            self.sink.transport.set_write_buffer_limits(0)  # drain down to nothing
            self.sink.write(chunk.data)
            await self.sink.drain()
        finally:
            self._size = max(0, self._size - len(chunk.data))
            self.stir()

    def finish(self) -> None:
        """Tell the receiver that nothing more will come (FIN)."""
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
        for _, item, place in self._waiting:
            if kept_back and isinstance(item, Chunk):
                self._recording.lose(place)
        self._waiting.clear()
        self._size = 0
        self.stir()

    def _wait(self, item: Item, place: int = 0) -> None:
        """Put something into the queue, if there is somebody to get it."""
        if self.state is LaneState.OPEN and self.sink is not None:
            due = self._loop.time() + self._faults.delay[self._direction]
            self._waiting.append((due, item, place))
            self._size += len(item.data) if isinstance(item, Chunk) else 0
            self.stir()

    def _pause(self) -> float | None:
        """Return how long the next thing has to wait, None if that is not known."""
        if not self._waiting or self._direction in self._faults.stalled:
            return None
        return self._waiting[0][0] - self._loop.time()

    def _record(self, data: bytes, *, passed: bool) -> tuple[Chunk, int]:
        """Keep what has come; return it, and its place."""
        chunk = Chunk(
            connection=self._connection,
            direction=self._direction,
            data=data,
            time=self._recording.seconds(),
            passed=passed,
        )
        return chunk, self._recording.add(chunk)


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
