"""What a recording is made of: chunks, and the handshake and frames found in them.

    chunks      │ GET / HTTP/1.1 ... │ 81 85 37 fa │ 21 3d 7f 9f 4d 51 58 89 80 ... │
    handshake   └────────────────────┘
    frames                           └── TEXT "Hello" ───────────────┘└─ PING ─── ...

TCP keeps the bytes in order and forgets how they were sent: a frame may lie in two
chunks, and a chunk may hold two frames. Whatever the chunks, the frames are the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Self, TypeVar

from wslib.direction import Direction
from wslib.errors import HandshakeError, ProtocolError
from wslib.frames import Frame

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """Bytes as they arrived at the relay in one read.

    Where one chunk ends and the next begins is TCP's choice: a chunk is neither a
    frame nor a message.

    Attributes:
        connection: The number of the TCP connection, from 1.
        direction: Who sent it.
        data: The bytes.
        time: Seconds since the relay was made.
        passed: False if it was lost on the way, by a fault of the relay's. What comes
            for a receiver that has gone by itself is not.
    """

    connection: int
    direction: Direction
    data: bytes
    time: float
    passed: bool = True


@dataclass(frozen=True, kw_only=True)
class Signal:
    """What TCP itself says: a connection begins or ends. RFC 9293, section 3.1.

    Attributes:
        connection: The number of the TCP connection, from 1.
        direction: Who says it.
        flag: ``SYN``: let us connect. ``FIN``: I have sent all. ``RST``: it is over.
        time: Seconds since the relay was made.
        passed: False if it was lost on the way.
    """

    connection: int
    direction: Direction
    flag: Literal["SYN", "FIN", "RST"]
    time: float
    passed: bool = True

    @property
    def words(self) -> str:
        """What it is, in a few words."""
        return f"TCP {self.flag}"

    @property
    def fate(self) -> str:
        """What became of it, if it did not pass."""
        return _fate(self.passed)

    def __repr__(self) -> str:
        """Leave out the time, which is never the same twice."""
        return f"<Signal {self.direction.value} {self.flag}{self.fate}>"


@dataclass(frozen=True, kw_only=True, repr=False)
class Recorded:
    """A stretch of what one side sent.

    Attributes:
        direction: Who sent it.
        raw: Its bytes, as they were on the wire.
        start: Where it begins in ``Recording.stream(direction)``.
        chunks: Where it lies: one or more indexes into ``Recording.chunks``.
        time: When its last byte arrived, in seconds since the relay was made.
        passed: False if some of it was lost on the way.
    """

    direction: Direction
    raw: bytes
    start: int
    chunks: tuple[int, ...]
    time: float
    passed: bool = True

    @property
    def size(self) -> int:
        """How many bytes it takes on the wire."""
        return len(self.raw)

    @property
    def words(self) -> str:
        """What it is, in a few words."""
        return "bytes"

    @property
    def fate(self) -> str:
        """What became of it, if not all of it passed."""
        return _fate(self.passed)

    def __repr__(self) -> str:
        """Leave out chunks and time, which are not the same on every run."""
        return (
            f"<{type(self).__name__} {self.direction.value} {self.words}: "
            f"{self.size} bytes at {self.start}{self.fate}>"
        )


@dataclass(frozen=True, kw_only=True, repr=False)
class RecordedHandshake(Recorded):
    """One side's part of the opening handshake, blank line included."""

    @property
    def words(self) -> str:
        """The start line."""
        return self.raw.partition(b"\r\n")[0].decode("latin-1")


@dataclass(frozen=True, kw_only=True, repr=False)
class RecordedFrame(Recorded):
    """A frame, and where it was.

    Attributes:
        frame: What it says, unmasked.
    """

    frame: Frame

    @property
    def words(self) -> str:
        """The opcode, and whether more of the message follows."""
        return self.frame.opcode.name + ("" if self.frame.fin else " without FIN")


@dataclass(frozen=True, kw_only=True, repr=False)
class Unread(Recorded):
    """What is left over: bytes, to the end, that could not be read.

    Attributes:
        error: The rule that they break; None if what they lack is only more bytes.
    """

    error: ProtocolError | HandshakeError | None = field(compare=False)

    @property
    def words(self) -> str:
        """Why they could not be read."""
        return str(self.error or "not complete")


Entry = RecordedHandshake | RecordedFrame | Unread | Signal


class Readings(tuple[_T, ...]):
    """A tuple of what could be read, in order, that knows what could not.

    Attributes:
        unread: What follows the last item; None if nothing does.
    """

    unread: Unread | None

    def __new__(cls, items: Iterable[_T], unread: Unread | None = None) -> Self:
        """Make the tuple."""
        self = super().__new__(cls, items)
        self.unread = unread
        return self

    @property
    def error(self) -> ProtocolError | HandshakeError | None:
        """The rule that ended the reading, if one was broken."""
        return self.unread.error if self.unread else None

    def __repr__(self) -> str:
        """Show the items, and what follows them."""
        then = f" then {self.unread!r}" if self.unread else ""
        return super().__repr__() + then


def each_of(direction: Direction | None) -> list[Direction]:
    """Return the directions that are meant; None means both.

    Raises:
        ValueError: If it is none: nothing ever goes there, so to look there, or to
            hold it up, would do nothing and not say so.
    """
    return list(Direction) if direction is None else [Direction(direction)]


def _fate(passed: bool) -> str:
    return "" if passed else ", lost on the way"
