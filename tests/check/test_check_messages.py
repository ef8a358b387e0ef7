"""The checks of notebook 06 name the mistake, praise no wrong answer, never raise."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hostile import (
    ANSWERS,
    Hostile,
    assert_named,
    assert_right,
    assert_sound,
    changes,
)

from wslib import check
from wslib.check.slips import Endless, Slip
from wslib.check.stream_slips import SLICINGS, STREAM_SLIPS, fed
from wslib.frames import parse_frame


@pytest.fixture(autouse=True)
def _stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop what never ends soon: that it is stopped is tested, not when."""
    for module in ("diagnosis", "slips", "ex06_reader"):
        monkeypatch.setattr(f"wslib.check.{module}.LIMIT", 0.3)


# --- frame_reader ---------------------------------------------------------------------


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


@pytest.mark.parametrize(
    "reader", [Reader, WithBytearray, AsDataclass, ByHand, AsCoroutine]
)
def test_every_right_way_to_read_a_stream_is_right(reader: type) -> None:
    assert_right(check.frame_reader(reader))


def reader_that(**change: Any) -> type:
    """Return a class that reads as :func:`fed` does with this change."""

    class Changed:
        pieces: list[bytes] = []  # of all readers, if they share what has come
        everything: list[Any] = []

        def __init__(self) -> None:
            self.own: list[bytes] = []
            self.given: list[Any] = []

        def feed(self, data: bytes) -> Any:
            self.own.append(data)
            try:
                return fed(self.own, **change)[-1]
            except Endless:
                while True:
                    pass

    return Changed


@pytest.mark.parametrize(
    ("slip", "change"),
    [
        param
        for param in changes(STREAM_SLIPS)
        if param.values[0].mistake not in ("shared-buffer",)
    ],
)
def test_each_slip_in_reading_a_stream_is_named(
    slip: Slip, change: dict[str, Any]
) -> None:
    verdict = check.frame_reader(reader_that(strict=False, **change))
    if verdict.mistake and verdict.mistake.endswith("never-ends"):
        assert "taken away" in verdict.hint
    else:
        assert_named(verdict, slip.mistake, slip.hint)


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


class SplitsAt81(Reader):
    def feed(self, data: bytes) -> Any:
        return [piece[1:].decode() for piece in data.split(b"\x81")[1:]]


def giving(change: Callable[[list[str]], Any]) -> type:
    """Return a reader that is right but for what it makes of its list."""

    class Changed(Reader):
        def feed(self, data: bytes) -> Any:
            return change(super().feed(data))

    return Changed


class Yields(Reader):
    def feed(self, data: bytes) -> Any:
        self.buffer += data
        yield from self.texts()


class Waits(Reader):
    async def feed(self, data: bytes) -> Any:
        return super().feed(data)


WRONG_READER: list[tuple[Any, str, str]] = [
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
    (NoBuffer, "one-frame-raises", "given to the object in `__init__`"),
    (TextBuffer, "one-frame-raises", "the header is no text"),
    (ExpectsAMask, "one-frame-raises", "`masked=False`"),
    (SmallLimit, "64-bit-length-raises", "what limit does your reader have"),
    (EndsAtNothing, "nothing-raises", "An empty piece changes nothing"),
    (TwoAtMost, "whole", "any number of frames"),
    (SwallowsErrors, "cut-in-payload", "Keep what is left in `self`"),
    (SplitsAt81, "cut-in-payload", "it gave ['He'], then []"),
    (Yields, "generator", "`return`"),
    (Waits, "async", "async def"),
    (giving(tuple), "tuple-not-list", "It returns a tuple"),
    (giving(iter), "not-a-list", "`list(…)` around it"),
    (giving(set), "not-a-list", "not a set"),
    (giving(lambda texts: texts or None), "none-for-nothing", "empty list"),
    (giving(lambda texts: None), "returns-nothing", "`return`"),
    (giving("".join), "text-not-list", "Return a list"),
    (giving(lambda texts: [t for t in texts if t]), "empty-dropped", "an empty text"),
    (giving(lambda ts: [t.strip() for t in ts]), "whole", "8 of 8 came as 'the last'"),
    (giving(lambda texts: [t.encode() for t in texts]), "bytes-not-text", "`str`"),
    (giving(lambda texts: texts[::-1]), "backwards", "opposite order"),
    (giving(lambda texts: texts[-1:]), "last-text-only", "Append"),
    (Reader(), "not-a-class", "check.frame_reader(Reader)"),
    (Reader.feed, "not-a-class", "check.frame_reader(FrameReader)"),
    (lambda data: [], "not-a-class", "not a class"),
    (print, "not-a-class", "not a class"),
    (3, "not-a-class", "The check was given 3"),
]


@pytest.mark.parametrize(("reader", "mistake", "says"), WRONG_READER)
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
    assert_named(verdict, "byte-by-byte", "text 6 of 6 came as '?'; right is 'one'")


def test_the_right_texts_at_a_wrong_time_are_told_as_such(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = SLICINGS[0].pieces[0]
    patient = SLICINGS[0]._replace(pieces=[one, b""])
    monkeypatch.setattr("wslib.check.ex06_reader.SLICINGS", [patient])
    assert_named(
        check.frame_reader(OneLate), "wrong-time", "piece 1 completes ['Hello']"
    )


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


def test_the_slicings_cut_each_kind_of_header_at_every_place() -> None:
    one_by_one = next(s for s in SLICINGS if s.name == "byte-by-byte")
    assert {len(piece) for piece in one_by_one.pieces} == {1}
    streams = {s.name: b"".join(s.pieces) for s in SLICINGS}
    assert streams["byte-by-byte"] == streams["crumbs-and-chunks"]
    assert streams["whole"] == streams["thousands"]
    assert streams["whole"].startswith(streams["byte-by-byte"])
    for slicing in SLICINGS:
        assert slicing.hint and slicing.words
        assert len(fed(slicing.pieces, slicing.readers)) == len(slicing.pieces)


# --- every check ----------------------------------------------------------------------

CHECKS = {
    "frame_reader": check.frame_reader,
}
each_check = pytest.mark.parametrize("name", CHECKS)


class HostileReader(Hostile):
    feed = Hostile._raise


@each_check
@pytest.mark.parametrize(
    "answer",
    [
        *ANSWERS,
        HostileReader(),
        HostileReader,
        giving(lambda texts: Hostile()),
        giving(lambda texts: [Hostile()]),
        giving(lambda texts: exit()),
    ],
)
def test_no_answer_makes_a_check_raise(name: str, answer: Any) -> None:
    assert_sound(CHECKS[name](answer), name)
