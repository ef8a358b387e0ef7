"""One connection through a relay: how it begins, what it carries, how it ends.

    client  ──▶   up.source ─── up.sink     ──▶  server
            ◀──   down.sink ─── down.source ◀──
            one socket               one socket

The ways in which it can end:

    FIN            One side has sent all. That is passed on behind its last byte, and
                   the other side may go on. When both have, both sides are closed.
    RST            One side is gone. The other is reset, in its turn, and what still
                   waits the other way has nobody left to come to.
    refused        The target is not there: the client is reset, as from the server.
    reset          We reset both sides at once. What waits is lost.
    reset_after    So many bytes of one lane have passed: its sender is reset, its
                   receiver gets those bytes and then FIN.
    blackhole      It does not end. Whoever is on the far side of a dead lane must not
                   be told of anything, and to close a socket tells. So its socket
                   stays open, until the relay stops.
    the relay      Whatever is open is dropped, without a goodbye in the recording: the
    stops          operating system says FIN or RST, as it sees fit.

And what holds for all of them:

*   What is told has been recorded before. So a peer that has learned of an end finds it
    in the recording; so do those who wait for ``wait_closed``.
*   Recorded first, then reset, then dead: a lane that is dead would record its end as
    lost on the way.
*   A reset (RST) makes the peer's operating system throw away what has arrived and was
    not read. That is why ``reset_after`` ends with FIN where bytes were promised.
*   A dead lane stays as it died: a reset does not get through a blackhole, and where
    there was a reset, a blackhole has nothing left to lose.
*   The end of a stream that we have reset ourselves is none of the peer's, and is not
    recorded as one.
"""

import asyncio
import contextlib

from wslib.direction import DOWN, UP, Direction
from wslib.relay.events import Chunk
from wslib.relay.faults import Faults
from wslib.relay.lane import Item, Lane, LaneState, reset
from wslib.relay.recording import Recording


class RelayedConnection:
    """One connection through a relay, which begins when this is made.

    Args:
        recording: Keeps what passes.
        faults: What is wrong, now and later on.

    Attributes:
        number: Its number in the recording, from 1.
        up: What the client sends to the server.
        down: What the server sends to the client.
    """

    def __init__(self, recording: Recording, faults: Faults) -> None:
        self.number = recording.begin()
        self.up = Lane(self.number, UP, recording, faults)
        self.down = Lane(self.number, DOWN, recording, faults)
        self._lanes = (self.up, self.down)
        self._recording = recording
        self._over = asyncio.Event()
        if faults.blackholed:
            for lane in self._lanes:
                lane.die(LaneState.BLACKHOLED)
        elif faults.resets:
            direction, count = faults.resets.popleft()
            self._lane(direction).left = count

    async def run(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        target: tuple[str, int],
    ) -> None:
        """Connect a client to the target; return when both sides are closed."""
        self.up.source, self.down.sink = reader, writer
        try:
            if any(lane.state is not LaneState.BLACKHOLED for lane in self._lanes):
                await self._connect(target)
            await self._carry()
            if any(lane.must_not_tell for lane in self._lanes):
                # A side that has sent its FIN may be gone, or listen still.
                self._recording.end(self.number)
                await asyncio.Event().wait()
            await self._close()
        finally:  # the relay stops, or nothing is left to be done
            for lane in self._lanes:
                lane.drop()
                if lane.sink is not None:
                    lane.sink.transport.abort()

    def stir(self) -> None:
        """Look again at what there is to do: a fault has come or gone."""
        for lane in self._lanes:
            lane.stir()

    def blackhole(self, direction: Direction) -> None:
        """Lose all of one direction from now on, and tell nobody."""
        self._lane(direction).die(LaneState.BLACKHOLED)
        self._look()

    def reset(self) -> bool:
        """Reset both sides, as far as a reset gets through; return whether one did."""
        alive = [lane for lane in self._lanes if lane.state is LaneState.OPEN]
        if not alive or self._over.is_set():
            return False
        for lane in alive:
            lane.end("RST")
        for lane in alive:
            reset(lane.sink)
            lane.die(LaneState.RESET)
        self._look()
        return True

    async def _connect(self, target: tuple[str, int]) -> None:
        """Connect to the target, as the client has connected to the relay."""
        try:
            self.down.source, self.up.sink = await asyncio.open_connection(*target)
        except OSError:
            self.down.end("RST")
            if self.down.state is LaneState.OPEN:
                reset(self.down.sink)
            for lane in self._lanes:
                lane.die(LaneState.RESET)
        if self.up.state is LaneState.RESET:  # refused, or reset in the meantime
            reset(self.up.sink)

    async def _carry(self) -> None:
        """Carry both directions until it is over."""
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(work(lane))
                for lane in self._lanes
                for work in (self._read, self._pass_on)
            ]
            await self._over.wait()
            for task in tasks:
                task.cancel()

    async def _read(self, lane: Lane) -> None:
        """Take what a lane's sender says, to its end."""
        try:
            while data := await lane.read():
                lane.take(data)
            back = self._other(lane).sink  # the same socket, in the other direction
            if lane.source is not None and not (back and back.is_closing()):
                lane.end("FIN")  # else we have ended it
        except OSError:
            lane.end("RST")
        lane.is_read = True
        self._look()

    async def _pass_on(self, lane: Lane) -> None:
        """Pass on what waits in a lane, each thing in its turn."""
        while True:
            item = await lane.next()
            if isinstance(item, Chunk):
                try:
                    await lane.give(item)
                except OSError:  # the receiver has gone, which is a reset from there
                    lane.sink = None
                    lane.drop()
                    self._other(lane).end("RST")
            else:
                self._end(lane, item)
            self._look()

    def _end(self, lane: Lane, item: Item) -> None:
        """End a lane whose turn to end has come."""
        if item == "FIN":
            lane.finish()
        elif item == "RST":
            reset(lane.sink)
            self._over.set()
        else:
            self._cut(lane)

    def _cut(self, lane: Lane) -> None:
        """End a lane that has passed on as much as ``reset_after`` allows."""
        back = self._other(lane)
        if back.state is LaneState.OPEN:
            back.end("RST")
            reset(back.sink)
            back.die(LaneState.RESET)
        lane.end("FIN")
        lane.finish()
        lane.die(LaneState.RESET)

    async def _close(self) -> None:
        """Close both sides; return when what was passed on has left."""
        sinks = [lane.sink for lane in self._lanes if lane.sink is not None]
        for sink in sinks:
            sink.close()
        for sink in sinks:
            with contextlib.suppress(OSError):  # reset
                await sink.wait_closed()

    def _look(self) -> None:
        """See whether it is over: both sides have ended, and nothing waits."""
        if all(lane.is_done for lane in self._lanes):
            self._over.set()

    def _lane(self, direction: Direction) -> Lane:
        """Return the lane of one direction."""
        return self.up if direction is UP else self.down

    def _other(self, lane: Lane) -> Lane:
        """Return the lane of the other direction."""
        return self.down if lane is self.up else self.up
