"""Message numbers: a conversation that outlives its connections.

TCP delivers in order, and loses nothing as long as the connection lives. When it dies,
neither side knows how much of what it sent last has arrived. So each text gets a number
and is kept until the other side says that it has it:

    {"have": 7}                     I have your texts up to 7
    {"number": 8, "text": "..."}    this is my text 8

    Ada                                                      Bob
     │  {"have": 4}                ──────────▶                │
     │                             ◀──────────  {"have": 7}   │   first on every
     │  {"number": 8, "text": ...} ──────────▶                │   connection: where
     │                             ◀──────────  {"have": 8}   │   each of us stands
     │  {"number": 9, "text": ...} ────╳                      │   the cable breaks
     ·                                                        ·
     │  {"have": 4}                ──────────▶                │   a new connection:
     │                             ◀──────────  {"have": 8}   │   9 has not arrived
     │  {"number": 9, "text": ...} ──────────▶                │   so it is sent again

Both ends do the same. No socket is in :class:`Resumable`; :func:`converse` drives it
over a connection of the ``websockets`` library.
"""

import asyncio
import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable

from websockets.asyncio.connection import Connection
from websockets.exceptions import ConnectionClosed

from wslib.errors import InvalidState, WslibError
from wslib.frames import CloseCode

# What a cut can do. A text that was written has arrived, or it has not; the ``have``
# that says so has come back, or it has not. The sender cannot tell which. So it keeps
# each text until a ``have`` covers it, and on a new connection it writes no text before
# the other side's ``have``, which says where to go on (until then ``_next`` is None).
# What is written twice is told apart by its number.
#
# Which ``have`` can be. Of the texts 1 to ``sent``, those up to ``sent - len(_kept)``
# are let go, and those up to ``_written`` were written at least once. A ``have`` from
# one of these to the other is news, or a repeat. One below has lost its memory, one
# above makes things up: both are errors, and change nothing.
#
# In which thread. Whoever drives the connection calls ``connected``, ``receive``,
# ``to_send`` and ``disconnected``, all from one thread. ``send`` is for the program,
# which may be a cell, while the conversation goes on in the server's thread. So the
# texts and their numbers are behind a lock, and ``wake`` must work from any thread: an
# asyncio.Event that is set from another one does not wake the loop. The lock is not
# held while ``wake``, ``over`` or ``on_text`` is called, for these may send in turn.


class ResumeError(WslibError, ValueError):
    """What has come cannot be: no message of this protocol, or not at this point."""


class Forgotten(ResumeError):
    """The other side asks for texts that it has acknowledged, and that are gone.

    It has lost its memory: it was started anew, say.

    Attributes:
        lost: How many texts that is.
    """

    def __init__(self, lost: int) -> None:
        super().__init__(f"{lost} texts lost: asked for again after they were let go")
        self.lost = lost


class Full(WslibError):
    """No room for one more text: too many wait to be acknowledged."""


class Resumable:
    """One end of a conversation. Misses nothing, repeats nothing, keeps the order.

    Args:
        keep: How many texts may wait to be acknowledged.

    Attributes:
        sent: The number of the last text that was given to :meth:`send`.
        received: The number of the last text that has come; 0 before the first.
        connections: How many connections there have been, the present one included.

    :meth:`send` may be called from any thread; the rest is for whoever drives the
    connection. It lives in memory, and ends with its program: what must survive that
    has to be kept on a disk.
    """

    def __init__(self, *, keep: int = 1000) -> None:
        self.keep = keep
        self.sent = 0
        self.received = 0
        self.connections = 0
        self._lock = threading.Lock()  # of the texts and their numbers
        self._kept = deque[str]()  # the last is number self.sent
        self._written = 0  # the highest number that ever went to a connection
        self._connected = False
        self._next: int | None = None  # to be written; None before the first "have"
        self._must_tell = False  # what we have
        self._wake: Callable[[], None] = _nobody_listens
        self._over: Callable[[], None] = _nobody_listens

    @property
    def waiting(self) -> int:
        """How many texts wait to be acknowledged."""
        return len(self._kept)

    def send(self, text: str) -> int:
        """Number a text, and keep it until the other side has it; return the number.

        Raises:
            Full: If ``keep`` texts wait already. This one has no number and is not
                kept: who sends it knows that it is not on its way.
            TypeError: If it is not a ``str``.
        """
        if not isinstance(text, str):
            raise TypeError(f"text is a str, not {type(text).__name__}")
        with self._lock:
            waiting = len(self._kept)
            if waiting >= self.keep:
                raise Full(f"{waiting} texts wait to be acknowledged: no more fit")
            self.sent += 1
            self._kept.append(text)
            number = self.sent
        self._wake()
        return number

    def connected(
        self,
        wake: Callable[[], None] | None = None,
        over: Callable[[], None] | None = None,
    ) -> int:
        """Begin a connection; an earlier one is over, whether or not it knows.

        Args:
            wake: Called whenever there is something new :meth:`to_send`, in the thread
                that made it so.
            over: Called when a newer connection takes over from this one.

        Returns:
            The number of the connection, from 1.
        """
        self._over()
        self.connections += 1
        self._connected, self._next, self._must_tell = True, None, True
        self._wake, self._over = wake or _nobody_listens, over or _nobody_listens
        self._wake()
        return self.connections

    def disconnected(self) -> None:
        """End a connection. What is not acknowledged waits for the next one."""
        self._connected, self._next = False, None
        self._wake = self._over = _nobody_listens

    def receive(
        self, wire: str | bytes, on_text: Callable[[str], None] | None = None
    ) -> list[str]:
        """Take a message of the other side; return the new text in it, if there is one.

        What it returns counts as received, and will be acknowledged.

        Args:
            wire: The message.
            on_text: Called with the new text *before* that counts. If it raises, the
                text has not come: the next connection brings it again.

        Raises:
            ResumeError: If the message cannot be; then nothing has changed, and no
                more is to be expected of this connection.
            InvalidState: Without a connection.
        """
        if not self._connected:
            raise InvalidState("nothing can come: call connected() first")
        match _read(wire):
            case int(have):
                self._acknowledged(have)
                return []
            case number, text:
                return self._text(number, text, on_text)

    def to_send(self) -> list[str]:
        """Return what is to be written to the connection now; each is returned once."""
        wires = []
        if self._connected and self._must_tell:
            wires.append(json.dumps({"have": self.received}))
            self._must_tell = False
        if self._next is None:
            return wires
        with self._lock:
            first = self.sent - len(self._kept) + 1
            for number in range(self._next, self.sent + 1):
                text = self._kept[number - first]
                wires.append(json.dumps({"number": number, "text": text}))
            self._next = self.sent + 1
            self._written = self.sent
        return wires

    def _acknowledged(self, have: int) -> None:
        """Let go what the other side has; on a new connection, know where to go on."""
        if have > self._written:
            raise ResumeError(f"it cannot have {have} texts: {self._written} were sent")
        with self._lock:
            gone = self.sent - len(self._kept)
            if have < gone:
                raise Forgotten(gone - have)
            for _ in range(have - gone):
                self._kept.popleft()
            self._next = max(self._next or 0, have + 1)
        self._wake()

    def _text(
        self, number: int, text: str, on_text: Callable[[str], None] | None
    ) -> list[str]:
        """Take a text, unless it has come before."""
        if self._next is None:
            raise ResumeError('a connection begins with {"have": ...}')
        if number > self.received + 1:
            missing = number - self.received - 1
            raise ResumeError(f"{missing} texts are missing before number {number}")
        is_new = number > self.received
        if is_new and on_text:
            on_text(text)
        if is_new:
            self.received = number
        self._must_tell = True
        self._wake()
        return [text] if is_new else []


async def converse(
    connection: Connection, end: Resumable, on_text: Callable[[str], None]
) -> None:
    """Drive one end over a connection, until the connection ends, in whatever way.

    Args:
        connection: The client's or the server's.
        end: What this side sends to; also before and after this connection.
        on_text: Called with each text that comes; it is acknowledged after that. If
            ``on_text`` raises, so does this, and the next connection brings the same
            text again: who raises gets it at least once, all others exactly once.

    Raises:
        ResumeError: If the other side breaks the rules. The connection is closed.
        InvalidState: If this is not the event loop in which the connection lives.

    A newer connection of the same end takes over. This one is as good as dead then, and
    is hung up without a Close: nobody may be there to answer it.
    """
    loop, due = asyncio.get_running_loop(), asyncio.Event()
    if connection.loop is not loop:
        raise InvalidState("converse() belongs into the handler of the connection")

    def here(function: Callable[[], None]) -> None:
        """Have it called in this thread; not at all once the loop is closed."""
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(function)

    this = end.connected(
        wake=lambda: here(due.set), over=lambda: here(connection.transport.abort)
    )
    writing = asyncio.create_task(_write(connection, end, this, due))
    try:
        while (wire := await _next(connection)) is not None:
            if end.connections != this:
                break  # it had come already when a newer connection took over
            end.receive(wire, on_text)
    except ResumeError as error:
        await connection.close(CloseCode.POLICY_VIOLATION, str(error)[:100])
        raise
    finally:
        if end.connections == this:
            end.disconnected()
        writing.cancel()
        await asyncio.gather(writing, return_exceptions=True)


async def _next(connection: Connection) -> str | bytes | None:
    """Return what comes next; None if the connection has ended."""
    try:
        return await connection.recv()
    except ConnectionClosed:
        return None


async def _write(
    connection: Connection, end: Resumable, this: int, due: asyncio.Event
) -> None:
    """Write what there is to send, whenever there is something."""
    with contextlib.suppress(ConnectionClosed):
        while await due.wait() and end.connections == this:
            due.clear()
            for wire in end.to_send():
                await connection.send(wire)


def _read(wire: str | bytes) -> int | tuple[int, str]:
    """Return what a message says: up to where they have ours, or a number and a text.

    Raises:
        ResumeError: If it says neither.
    """
    try:
        match json.loads(wire) if isinstance(wire, str) else None:
            case {"have": int(have), **rest} if not rest and _is_count(have, 0):
                return have
            case {"number": int(number), "text": str(text), **rest} if (
                not rest and _is_count(number, 1)
            ):
                return number, text
    except (ValueError, RecursionError):
        pass  # no JSON: said below
    raise ResumeError(f"neither a number and a text, nor a have: {str(wire)[:60]!a}")


def _is_count(value: int, least: int) -> bool:
    """Tell whether a number counts something; ``True`` is an int in Python."""
    return not isinstance(value, bool) and value >= least


def _nobody_listens() -> None:
    """Stand for the connection that is not there."""
