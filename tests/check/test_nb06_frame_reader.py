"""Exercise 1 of notebook 06: readers in several styles, and the wrong ones by name."""

import functools
import itertools
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hostile import Hostile, assert_named, assert_right, assert_sound

from wslib import check, frames
from wslib.check import sandbox
from wslib.check.mistakes import Endless, Mistake
from wslib.check.nb06_frame_reader import SLICINGS, fed
from wslib.check.nb06_frame_reader import Reader as RightReader
from wslib.frames import parse_frame


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop what never ends soon: that it is stopped is tested, not when."""
    monkeypatch.setattr(sandbox, "LIMIT", 0.5)


class Reader:
    """The answer key's, and what the wrong ones below begin with."""

    def __init__(self) -> None:
        self.buffer = b""

    def feed(self, data: bytes) -> Any:
        self.buffer += data
        return list(self.texts())

    def texts(self) -> Iterator[str]:
        while (found := parse_frame(self.buffer, masked=False)) is not None:
            self.buffer = self.buffer[found[1] :]
            yield found[0].payload.decode()


class WithBytearray:
    def __init__(self) -> None:
        self.buffer = bytearray()

    def feed(self, data: bytes) -> list[str]:
        self.buffer.extend(data)
        texts = []
        while found := parse_frame(self.buffer, masked=False):
            texts.append(str(memoryview(found[0].payload), "utf-8"))
            del self.buffer[: found[1]]
        return texts


@dataclass
class AsDataclass:
    buffer: bytes = b""

    feed = Reader.feed
    texts = Reader.texts


class ByHand:
    """With a position instead of a shorter buffer, and struct."""

    def __init__(self) -> None:
        self.buffer = b""

    def feed(self, data: bytes) -> list[str]:
        self.buffer += data
        texts, position = [], 0
        while (end := self.end(position)) <= len(self.buffer):
            start = end - self.length
            texts.append(self.buffer[start:end].decode())
            position = end
        self.buffer = self.buffer[position:]
        return texts

    def end(self, at: int) -> float:
        if len(self.buffer) < at + 2:
            return float("inf")
        length, at = self.buffer[at + 1], at + 2
        if length > 125:
            form = "!H" if length == 126 else "!Q"
            if len(self.buffer) < at + struct.calcsize(form):
                return float("inf")
            (length,) = struct.unpack_from(form, self.buffer, at)
            at += struct.calcsize(form)
        self.length = length
        return at + length


class AsCoroutine:
    """A generator that says how many bytes it wants next."""

    def __init__(self) -> None:
        self.buffer = b""
        self.texts: list[str] = []
        self.machine = self.run()
        self.wanted = next(self.machine)

    def feed(self, data: bytes) -> list[str]:
        self.buffer += data
        self.texts = []
        while len(self.buffer) >= self.wanted:
            part, self.buffer = self.buffer[: self.wanted], self.buffer[self.wanted :]
            self.wanted = self.machine.send(part)
        return self.texts

    def run(self) -> Any:
        while True:
            length = (yield 2)[1]
            if length > 125:
                length = int.from_bytes((yield {126: 2, 127: 8}[length]), "big")
            text = (yield length).decode()
            self.texts.append(text)


class WithTheLibrary(frames.FrameReader):
    def __init__(self) -> None:
        super().__init__(masked=False)

    def feed(self, data: bytes) -> Any:
        return tuple(frame.payload.decode() for frame in super().feed(data))


class Recursive:
    buffer: ClassVar[bytes] = b""  # each object soon has its own

    def feed(self, data: bytes) -> list[str]:
        self.buffer = self.buffer + data
        match self.buffer[1:2]:
            case b"\x7e":
                start, digits = 4, self.buffer[2:4]
            case b"\x7f":
                start, digits = 10, self.buffer[2:10]
            case digits:
                start = 2
        length = functools.reduce(lambda n, digit: n * 256 + digit, digits, 0)
        if len(self.buffer) < start + length or not digits:
            return []
        text = self.buffer[start : start + length].decode()
        self.buffer = self.buffer[start + length :]
        return [text, *self.feed(b"")]


class OneByteAtATime:
    """Takes each byte by itself, and says after each what it waits for."""

    def __init__(self) -> None:
        self.header, self.payload, self.missing = bytearray(), bytearray(), -1

    def feed(self, data: bytes) -> list[str]:
        return [text for byte in data for text in self.take(byte)]

    def take(self, byte: int) -> Iterator[str]:
        if self.missing < 0:
            self.header.append(byte)
            size = {126: 4, 127: 10}.get((*self.header, 0)[1], 2)
            if len(self.header) == size:
                self.missing = int.from_bytes(self.header[2:] or self.header[1:], "big")
        else:
            self.payload.append(byte)
            self.missing -= 1
        if self.missing == 0:
            yield self.payload.decode()
            self.__init__()  # type: ignore[misc]


@pytest.mark.parametrize(
    "reader",
    [
        *(Reader, WithBytearray, AsDataclass, ByHand, AsCoroutine),
        *(WithTheLibrary, Recursive, OneByteAtATime),
    ],
)
def test_every_right_way_to_read_a_stream_is_right(reader: type) -> None:
    assert_right(check.frame_reader(reader))


def reader_that(**change: Any) -> type:
    """Return a class that reads as the way does with this change."""

    class Changed(RightReader):
        def __init__(self) -> None:
            super().__init__(**change)

        def feed(self, data: bytes) -> Any:
            try:
                return super().feed(data)
            except Endless:
                while True:
                    pass

    return Changed


TABLE = [
    pytest.param(mistake, change, id=f"{mistake.name}-{number}")
    for mistake in check.frame_reader.mistakes
    if mistake.name != "shared-buffer"  # see InTheClass
    for number, change in enumerate(mistake.changes)
]


@pytest.mark.parametrize(("mistake", "change"), TABLE)
@pytest.mark.parametrize("strict", [False, True])
def test_each_mistake_in_reading_a_stream_is_named(
    mistake: Mistake, change: dict[str, Any], strict: bool
) -> None:
    verdict = check.frame_reader(reader_that(strict=strict, **change))
    assert_named(verdict, mistake.name, mistake.hint)


class Forgetful(Reader):
    def feed(self, data: bytes) -> Any:
        self.buffer = b""
        return super().feed(data)


class OneAtATime(Reader):
    def feed(self, data: bytes) -> Any:
        self.buffer += data
        if (found := parse_frame(self.buffer, masked=False)) is None:
            return []
        self.buffer = self.buffer[found[1] :]
        return [found[0].payload.decode()]


class UnpacksNone(Reader):
    def feed(self, data: bytes) -> Any:
        self.buffer += data
        frame, size = parse_frame(self.buffer, masked=False)  # type: ignore[misc]
        self.buffer = self.buffer[size:]
        return [frame.payload.decode()]


class UnpacksNoneAtTheEnd(Reader):
    def texts(self) -> Iterator[str]:
        while self.buffer:
            frame, size = parse_frame(self.buffer, masked=False)  # type: ignore[misc]
            self.buffer = self.buffer[size:]
            yield frame.payload.decode()


class AddsTextAndBytes(Reader):
    def feed(self, data: bytes) -> Any:
        return "" + data  # type: ignore[operator]


class AsAscii(Reader):
    def texts(self) -> Iterator[str]:
        while found := parse_frame(self.buffer, masked=False):
            self.buffer = self.buffer[found[1] :]
            yield found[0].payload.decode("ascii")


class CountsCharacters(Reader):
    def texts(self) -> Iterator[str]:
        while found := parse_frame(self.buffer, masked=False):
            text = found[0].payload.decode()
            header = found[1] - len(found[0].payload)
            self.buffer = self.buffer[header + len(text) :]
            yield text


class KeepsTheList(Reader):
    def feed(self, data: bytes, texts: list[str] = []) -> Any:  # noqa: B006
        texts += super().feed(data)
        return texts


class ThrowsTheRestAway(Reader):
    def texts(self) -> Iterator[str]:
        while found := parse_frame(self.buffer, masked=False):
            yield found[0].payload.decode()
            self.buffer = b""


class NeverRemoves(Reader):
    def texts(self) -> Iterator[str]:
        while found := parse_frame(self.buffer, masked=False):
            yield found[0].payload.decode()


class RemovesThePayloadOnly(Reader):
    def texts(self) -> Iterator[str]:
        while found := parse_frame(self.buffer, masked=False):
            yield found[0].payload.decode()
            self.buffer = self.buffer[len(found[0].payload) :]


class WaitsInside(Reader):
    def feed(self, data: bytes) -> Any:
        self.buffer += data
        while parse_frame(self.buffer, masked=False) is None:
            pass
        return list(self.texts())


class SaysAllAgain(Reader):
    def __init__(self) -> None:
        super().__init__()
        self.all: list[str] = []

    def feed(self, data: bytes) -> Any:
        self.all += super().feed(data)
        return self.all


class OneLate(Reader):
    def __init__(self) -> None:
        super().__init__()
        self.ready: list[str] = []

    def feed(self, data: bytes) -> Any:
        ready, self.ready = self.ready, super().feed(data)
        return ready


class InTheClass(Reader):
    buffer = bytearray()  # type: ignore[assignment]

    def __init__(self) -> None:
        pass

    def texts(self) -> Iterator[str]:
        while found := parse_frame(self.buffer, masked=False):
            yield found[0].payload.decode()
            del self.buffer[: found[1]]  # type: ignore[attr-defined]


class InADefault(InTheClass):
    def __init__(self, buffer: bytearray = bytearray()) -> None:  # noqa: B008
        self.buffer = buffer  # type: ignore[assignment]


class MissesSelf:
    def feed(data: bytes) -> list[str]:  # type: ignore[misc]  # noqa: N805
        return []


class WantsASocket(Reader):
    def __init__(self, sock: Any) -> None:
        super().__init__()


class OtherName:
    def receive(self, data: bytes) -> list[str]:
        return []


class LocalBuffer:
    def __init__(self) -> None:
        buffer = b""  # noqa: F841

    def feed(self, data: bytes) -> list[str]:
        buffer += data  # type: ignore[name-defined]  # noqa: F821, F841
        return []


class NoBuffer:
    def feed(self, data: bytes) -> list[str]:
        self.buffer += data  # type: ignore[attr-defined]
        return []


class NotTakenApart(Reader):
    def texts(self) -> Iterator[str]:
        while found := parse_frame(self.buffer, masked=False):
            yield found.payload.decode()  # type: ignore[attr-defined]


class TextBuffer(Reader):
    def feed(self, data: bytes) -> Any:
        self.buffer += data.decode()  # type: ignore[operator]
        return []


class ExpectsAMask(Reader):
    def texts(self) -> Iterator[str]:
        while found := parse_frame(self.buffer, masked=True):
            yield found[0].payload.decode()


class SmallLimit(Reader):
    def texts(self) -> Iterator[str]:
        while found := parse_frame(self.buffer, masked=False, max_payload=2**16):
            yield found[0].payload.decode()
            self.buffer = self.buffer[found[1] :]


class EndsAtNothing(Reader):
    def feed(self, data: bytes) -> Any:
        if not data:
            raise ConnectionError("closed")
        return super().feed(data)


class TwoAtMost(Reader):
    def feed(self, data: bytes) -> Any:
        self.buffer += data
        texts = []
        for _ in range(2):
            if found := parse_frame(self.buffer, masked=False):
                texts.append(found[0].payload.decode())
                self.buffer = self.buffer[found[1] :]
        return texts


class SwallowsErrors(Reader):
    def feed(self, data: bytes) -> Any:
        self.buffer += data
        texts = []
        try:
            while True:
                found: Any = parse_frame(self.buffer, masked=False)
                texts.append(found[0].payload.decode())
                self.buffer = self.buffer[found[1] :]
        except Exception:
            self.buffer = b""
        return texts


class LooksAtNothing(Reader):
    def feed(self, data: bytes) -> Any:
        self.buffer += data
        texts = []
        while True:
            end = 2 + self.buffer[1]
            if len(self.buffer) < end:
                return texts
            texts.append(self.buffer[2:end].decode())
            self.buffer = self.buffer[end:]


class ForgetsWhoMasks(Reader):
    def feed(self, data: bytes) -> Any:
        self.buffer += data
        return [parse_frame(self.buffer)]  # type: ignore[call-arg]


class SplitsAt81(Reader):
    def feed(self, data: bytes) -> Any:
        return [piece[1:].decode() for piece in data.split(b"\x81")[1:]]


def giving(change: Callable[[list[str]], Any]) -> type:
    """Return a reader that is right but for what it makes of its list."""

    class Changed(Reader):
        def feed(self, data: bytes) -> Any:
            return change(super().feed(data))

    return Changed


class OneByteOfTheLength(ByHand):
    def end(self, at: int) -> float:
        end = super().end(at)
        if end < float("inf") and self.buffer[at + 1] == 126:
            self.length = self.buffer[at + 3]
            return at + 4 + self.length
        return end


class WithASign(ByHand):
    def end(self, at: int) -> float:
        end = super().end(at)
        if end < float("inf") and self.length in range(2**15, 2**16):
            raise OverflowError("a length below zero")
        return end


class WaitsForAnEnd(Reader):
    def feed(self, data: bytes) -> Any:
        self.said = [*getattr(self, "said", []), *super().feed(data)]
        if self.buffer:
            return []
        said, self.said = self.said, []
        return said


class FourAtMost(Reader):
    def texts(self) -> Iterator[str]:
        yield from itertools.islice(super().texts(), 4)


class Yields(Reader):
    def feed(self, data: bytes) -> Any:
        self.buffer += data
        yield from self.texts()


class Waits(Reader):
    async def feed(self, data: bytes) -> Any:
        return super().feed(data)


WRONG: list[tuple[Any, str, str]] = [
    (Forgetful, "forgets", "at piece 2 of 2: `feed` raised ProtocolError"),
    (OneAtATime, "one-frame-per-piece", "it gave ['Hello']; right is"),
    (UnpacksNone, "one-frame-per-piece+none-not-handled", "returns None while"),
    (ThrowsTheRestAway, "forgets-behind-a-frame", "thrown away"),
    (NeverRemoves, "one-frame-never-ends", "Is what has been read taken away"),
    (RemovesThePayloadOnly, "header-left-behind", "both together"),
    (WaitsInside, "cut-in-payload-never-ends", "not inside this one"),
    (SaysAllAgain, "all-again", "['Hello'], then ['Hello', 'one']"),
    (OneLate, "one-frame", "it gave []; right is ['Hello']"),
    (InTheClass, "shared-buffer", "not in the class"),
    (InADefault, "shared-buffer", "a default value"),
    (MissesSelf, "self-missing", "def feed(self, data)"),
    (WantsASocket, "cannot-be-made", "`WantsASocket()`: it raised TypeError"),
    (OtherName, "no-feed", "it has receive"),
    (LocalBuffer, "one-frame-raises", "belongs to the object: `self.buffer`"),
    (NotTakenApart, "one-frame-raises", "gives two values"),
    (LooksAtNothing, "one-frame-raises", "Behind the last frame there are none"),
    (ForgetsWhoMasks, "one-frame-raises", "come from a server"),
    (NoBuffer, "one-frame-raises", "given to the object in `__init__`"),
    (TextBuffer, "one-frame-raises", "the header is no text"),
    (ExpectsAMask, "one-frame-raises", "`masked=False`"),
    (SmallLimit, "64-bit-length-raises", "what limit does your reader have"),
    (EndsAtNothing, "nothing-raises", "An empty piece changes nothing"),
    (TwoAtMost, "whole", "any number of frames"),
    (SwallowsErrors, "cut-in-payload", "Keep what is left in `self`"),
    (SplitsAt81, "cut-in-payload", "it gave ['He'], then []"),
    (OneByteOfTheLength, "length-1-byte", "Only the second of them was read"),
    (WithASign, "at-random-raises", "a length below zero"),
    (WaitsForAnEnd, "wrong-time", "piece 1 completes ['Hello'] and gave []"),
    (FourAtMost, "whole", "any number of frames"),
    (Yields, "generator", "`return`"),
    (Waits, "async", "async def"),
    (giving(iter), "not-a-list", "`list(…)` around it"),
    (giving(set), "not-a-list", "of type set"),
    (giving(lambda texts: texts or None), "none-for-nothing", "empty list"),
    (giving(lambda texts: None), "returns-nothing", "`return`"),
    (giving(lambda texts: [t for t in texts if t]), "empty-dropped", "an empty text"),
    (giving(lambda ts: [t.strip() for t in ts]), "text-as-it-is", "blanks and line"),
    (giving(lambda ts: [ascii(t)[1:-1] for t in ts]), "text-as-it-is", "two bytes"),
    (giving("".join), "text-not-list", "Return a list"),
    (giving(lambda ts: ["".join(ts)] if ts else ts), "two-in-one", "of its own"),
    (AsAscii, "text-as-it-is-raises", "ü takes two bytes"),
    (CountsCharacters, "text-as-it-is-raises", "was just as much taken away"),
    (UnpacksNoneAtTheEnd, "none-not-handled", "returns None while"),
    (AddsTextAndBytes, "one-frame-raises", "do not mix"),
    (KeepsTheList, "not-the-same-twice", "no memory of an earlier call"),
    (giving(lambda texts: [t.encode() for t in texts]), "bytes-not-text", "`str`"),
    (giving(lambda texts: texts[::-1]), "backwards", "opposite order"),
    (giving(lambda texts: texts[-1:]), "last-text-only", "Append"),
    (Reader(), "not-a-class", "check.frame_reader(Reader)"),
    (Reader.feed, "not-a-class", "check.frame_reader(FrameReader)"),
    (lambda data: [], "not-a-class", "not a class"),
    (print, "not-a-class", "not a class"),
    (3, "not-a-class", "The check was given 3"),
]


@pytest.mark.parametrize(("reader", "mistake", "says"), WRONG)
def test_the_mistake_in_reading_a_stream_is_named(
    reader: Any, mistake: str, says: str, bounded: Callable[..., Any]
) -> None:
    assert_named(bounded(check.frame_reader, reader), mistake, says)


class WrongOnce(Reader):
    """Reads everything rightly, but for one text in one kind of stream."""

    said = 0

    def feed(self, data: bytes) -> Any:
        texts = super().feed(data)
        return ["?" if text == "one" and len(data) == 1 else text for text in texts]


def test_a_stream_in_many_pieces_is_told_which_text_goes_wrong() -> None:
    verdict = check.frame_reader(WrongOnce)
    assert_named(verdict, "byte-by-byte", "Fed six frames, byte by byte, it gave:")
    assert verdict.rows[2].strip() == "item 5 ^"


@pytest.mark.parametrize("answer", [None, ...])
def test_no_reader_is_not_attempted_yet(answer: Any) -> None:
    assert check.frame_reader(answer).right is None


def test_a_class_whose_feed_is_a_stub_is_not_attempted_yet() -> None:
    class Stub:
        def __init__(self) -> None:
            self.buffer = b""

        def feed(self, data: bytes) -> list[str]:
            """Take the next bytes; return the texts that are complete now."""
            ...

    class NotImplementedYet(Stub):
        def feed(self, data: bytes) -> list[str]:
            raise NotImplementedError

    class Empty: ...

    for reader in (Stub, NotImplementedYet, Empty):
        assert check.frame_reader(reader).right is None


def test_the_streams_are_cut_in_each_kind_of_header_at_every_place() -> None:
    one_by_one = next(s for s in SLICINGS if s.name == "byte-by-byte")
    assert {len(piece) for piece in one_by_one.pieces} == {1}
    whole = next(s for s in SLICINGS if s.name == "whole")
    assert whole.pieces[0].startswith(b"".join(one_by_one.pieces))
    for slicing in SLICINGS:
        assert slicing.hint and slicing.words
        assert len(fed(slicing)) == len(slicing.pieces)


class HostileReader(Hostile):
    feed = Hostile._raise


@pytest.mark.parametrize(
    "answer",
    [
        HostileReader(),
        HostileReader,
        giving(lambda texts: Hostile()),
        giving(lambda texts: [Hostile()]),
        giving(lambda texts: exit()),
    ],
)
def test_no_reader_makes_the_check_raise(answer: Any) -> None:
    assert_sound(check.frame_reader(answer), "frame_reader")
