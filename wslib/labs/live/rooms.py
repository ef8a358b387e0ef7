"""A room: whoever is in it gets every message, and nobody waits for a slow member.

                     ┌─▶ outbox of Ada  □ □ □ ─▶ task: await connection.send(...)
    room.send(...) ──┼─▶ outbox of Bob  □ ─────▶ task: await connection.send(...)
    never waits      └─▶ outbox of Eve  ■ ■ ■ ■  full: the policy decides

Each member has an outbox and a task of its own. A peer that does not read stops its own
task, in ``send``: the library waits there while more than ``write_limit`` bytes of the
connection are unsent. The messages behind that one wait in the outbox, which has room
for ``limit`` of them. Many messages in one go make nobody slow, as long as no ``send``
has to wait.

    room = Room(limit=16, policy=Policy.DROP)

    async def handler(connection):
        async with room.join(connection):
            async for message in connection:
                room.send(message)

    with EchoServer(handler) as server:
        room.send("to everybody")                   # from a notebook cell, too
"""

import asyncio
import concurrent.futures
import contextlib
import enum
import threading
from collections import deque
from collections.abc import AsyncIterator

from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from wslib.errors import InvalidState
from wslib.frames import CloseCode

_FAREWELL = 10.0  # seconds, where the connection itself has no ``close_timeout``
_PATIENCE = 3.0  # seconds that a send from another thread waits for its turn

# In which thread. A room belongs to the event loop of its members, which runs in the
# server's thread, and all of it happens there. So it needs no lock: between two
# ``await`` nothing else runs in that thread. It also *must* happen there: an
# asyncio.Event that is set from another thread does not wake the loop, and the message
# would lie in the outbox until something else does. A cell is another thread. So
# ``send`` looks where it is, has the loop do it if it is elsewhere, and waits for the
# count: that it waits keeps a cell that sends without end from filling the loop's queue
# faster than the loop can empty it.
#
# Who is slow. One whose ``send`` does not return, and nobody else. The length of an
# outbox says nothing: a handler may send a hundred messages before any member's task
# has had a turn, and then a hundred wait for each. So the limit is applied at two
# moments: when a message comes for a member whose task is in ``send``, and when a task
# that has had its turn is in ``send`` still.
#
# How a membership ends. The handler leaves the block, or the delivery finds that the
# connection has ended, or the policy disconnects a slow member. Whichever comes first
# takes the member out of the room; the block waits for what runs in its name, so that a
# handler that has returned leaves nothing behind. A slow member is closed by a task,
# the farewell, as nobody may wait for it: its Close stands behind all that it does not
# read.


class Policy(enum.Enum):
    """What is done when a message comes for a member whose outbox is full."""

    DROP = "the oldest message goes"
    COALESCE = "a newer message takes the place of an older one on the same subject"
    DISCONNECT = "the slow member goes"


class Member:
    """One connection in a room, and what waits for it.

    Attributes:
        connection: The connection.
        dropped: How many messages were meant for it and are not sent any more.
    """

    def __init__(self, connection: Connection, room: "Room") -> None:
        self.connection = connection
        self.dropped = 0
        self._room = room
        self._outbox = deque[tuple[str | None, str | bytes]]()
        self._filled = asyncio.Event()
        self._sending = False
        self._delivery = asyncio.create_task(self._deliver())
        self._farewell: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many messages wait in its outbox, behind the one that is being sent."""
        return len(self._outbox)

    @property
    def outbox(self) -> tuple[str | bytes, ...]:
        """What waits in its outbox, the oldest first."""
        return tuple(message for _, message in self._outbox)

    def _put(self, message: str | bytes, about: str | None) -> None:
        """Let a message wait for its turn."""
        if self._room.policy is Policy.COALESCE and about is not None:
            others = [waiting for waiting in self._outbox if waiting[0] != about]
            self.dropped += len(self._outbox) - len(others)
            self._outbox = deque(others)
        self._outbox.append((about, message))
        self._filled.set()
        self._keep_limit()

    def _keep_limit(self) -> None:
        """Apply the policy, if the member is slow and more wait than may."""
        if not self._sending or len(self._outbox) <= self._room.limit:
            return
        if self._room.policy is Policy.DISCONNECT:
            self._disconnect()
        while len(self._outbox) > self._room.limit:
            self._outbox.popleft()
            self.dropped += 1

    async def _deliver(self) -> None:
        """Send what waits, one message after the other, as fast as the peer reads."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ConnectionClosed):
            while await self._filled.wait():
                # Called as soon as this task waits: in send, if the peer is slow. Then
                # all that came in one go is too much at once, not at the next message.
                loop.call_soon(self._keep_limit)
                while self._outbox:
                    await self._send(self._outbox.popleft()[1])
                self._filled.clear()

    async def _send(self, message: str | bytes) -> None:
        """Send a message, and let it be known while that takes."""
        self._sending = True
        try:
            await self.connection.send(message)
        finally:
            self._sending = False

    def _stop(self) -> None:
        """Send no more, and forget what waits."""
        self._delivery.cancel()
        self.dropped += len(self._outbox)
        self._outbox.clear()

    def _disconnect(self) -> None:
        """Have the connection closed, by a task that nobody has to wait for."""
        self._room._forget(self)
        self._stop()
        self._farewell = asyncio.create_task(self._close())

    async def _close(self) -> None:
        """Close with 1008, and hang up if the Close cannot get through.

        It stands in line behind all that the peer has not read. The library waits for
        that line before it looks at its ``close_timeout``; here is one around both.
        """
        most = self.connection.close_timeout
        try:
            async with asyncio.timeout(_FAREWELL if most is None else most):
                code = CloseCode.POLICY_VIOLATION
                await self.connection.close(code, "you read too slowly")
        except TimeoutError:
            self.connection.transport.abort()

    async def _ended(self) -> None:
        """Return when nothing of this member runs any more; hide no error of ours."""
        tasks = [self._delivery, *([self._farewell] if self._farewell else [])]
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):  # to be cancelled is none
                raise result

    def _is_end(self, error: ConnectionClosed) -> bool:
        """Tell whether this is the end of its connection, and not of another one.

        Two that ended without a Close are told apart by nothing; but then its own has
        ended, too.
        """
        protocol = self.connection.protocol
        closes = error.rcvd is protocol.close_rcvd and error.sent is protocol.close_sent
        return closes and self.connection.state is State.CLOSED


class Room:
    """Connections that get the same messages, in the same order.

    Args:
        limit: How many messages may wait for a member that is slow.
        policy: What is done when it is one more.

    All its members are connections of one server. :meth:`send` may be called from any
    thread; who is in the room can be read from any.
    """

    def __init__(self, *, limit: int = 16, policy: Policy = Policy.DISCONNECT) -> None:
        if limit < 1:
            raise ValueError(f"at least one message must be able to wait, not {limit}")
        self.limit = limit
        self.policy = policy
        self._members: dict[Member, None] = {}  # in the order in which they came
        self._loop: asyncio.AbstractEventLoop | None = None  # of the last who came
        self._thread = 0  # in which that runs

    @property
    def members(self) -> tuple[Member, ...]:
        """Who is in the room, in the order in which they came."""
        return tuple(self._members)

    def __len__(self) -> int:
        """Return how many are in the room."""
        return len(self._members)

    @contextlib.asynccontextmanager
    async def join(self, connection: Connection) -> AsyncIterator[Member]:
        """Be in the room from here to the end of the ``async with`` block.

        A connection that ends, ends the block: its ``ConnectionClosed`` goes no
        further; that of another connection does. What waits for a member that leaves
        is not sent any more.

        Raises:
            InvalidState: If the connection is in the room already, or belongs to
                another event loop than this one or the other members.
        """
        self._check(connection)
        member = Member(connection, self)
        self._members[member] = None
        member._delivery.add_done_callback(lambda _: self._forget(member))
        try:
            yield member
        except ConnectionClosed as error:
            if not member._is_end(error):
                raise
        finally:
            self._forget(member)
            member._stop()
            await member._ended()

    def send(self, message: str | bytes, *, about: str | None = None) -> int:
        """Send a message to everybody in the room, without waiting for anybody.

        Args:
            message: What to send; text as ``str``, binary as ``bytes``.
            about: Its subject. With ``Policy.COALESCE``, only the newest message about
                a subject waits.

        Returns:
            How many members it is on its way to.

        Raises:
            TypeError: If the message is neither text nor binary.
            UnicodeEncodeError: If the text has no UTF-8 form.
            TimeoutError: If this is another thread than the server's, and that one has
                no time for it: a handler does not let go of it. Nothing was sent.
        """
        # Here it fails for the one who sent it; in the tasks, it would for everybody.
        if isinstance(message, str):
            message.encode()
        elif not isinstance(message, bytes):
            raise TypeError(f"a message is str or bytes, not {type(message).__name__}")
        if self._loop is None or threading.get_ident() == self._thread:
            return self._put(message, about)
        return self._put_from_elsewhere(self._loop, message, about)

    def _put(self, message: str | bytes, about: str | None) -> int:
        """Let a message wait for each member; return how many that are."""
        for member in self.members:
            member._put(message, about)
        return len(self._members)

    def _put_from_elsewhere(
        self,
        loop: asyncio.AbstractEventLoop,
        message: str | bytes,
        about: str | None,
    ) -> int:
        """Have the loop do it, and wait until it has; give up before it began, only."""
        put = concurrent.futures.Future[int]()

        def run() -> None:
            if put.set_running_or_notify_cancel():
                try:
                    put.set_result(self._put(message, about))
                except BaseException as error:
                    put.set_exception(error)
                    raise

        try:
            loop.call_soon_threadsafe(run)
        except RuntimeError:  # the loop is closed
            return 0
        try:
            concurrent.futures.wait([put], _PATIENCE)
        finally:  # who is interrupted here has given up, too
            given_up = put.cancel()
        if not given_up:
            return put.result(_PATIENCE)
        if loop.is_closed():
            return 0
        raise TimeoutError(
            f"nothing was sent: a handler has kept the server's thread for "
            f"{_PATIENCE:g} seconds; does it wait without await?"
        )

    def _check(self, connection: Connection) -> None:
        """See that a connection may join; remember the loop in which it lives."""
        loop = asyncio.get_running_loop()
        if connection.loop is not loop:
            raise InvalidState("join() belongs into the handler of the connection")
        if self._loop is not loop:
            if self._members and self._loop and not self._loop.is_closed():
                raise InvalidState("a room is for the connections of one server")
            self._members.clear()  # whoever is left did not see its own loop end
            self._loop, self._thread = loop, threading.get_ident()
        if any(member.connection is connection for member in self._members):
            raise InvalidState("this connection is in the room already")

    def _forget(self, member: Member) -> None:
        """Have a member in the room no longer."""
        self._members.pop(member, None)
