"""The checks of notebook 06 name the mistake, praise no wrong answer, never raise."""

import functools
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
    no_end,
    raising,
    stub,
)

from wslib import check
from wslib.check.close_slips import CLOSE_SLIPS, closing
from wslib.check.slips import Endless, Slip
from wslib.check.stream_slips import SLICINGS, STREAM_SLIPS, fed
from wslib.errors import ProtocolError
from wslib.frames import CloseCode, Frame, Opcode, parse_frame


@pytest.fixture(autouse=True)
def _stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop what never ends soon: that it is stopped is tested, not when."""
    for module in ("diagnosis", "slips", "ex06_messages", "ex06_reader"):
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


# --- close_payload --------------------------------------------------------------------


def allowed(code: int) -> bool:
    return (1000 <= code <= 1014 and not 1004 <= code <= 1006) or 3000 <= code <= 4999


def key(code: int, reason: str = "") -> bytes:
    """Do as the answer key does."""
    payload = code.to_bytes(2, "big") + reason.encode() if code in range(65536) else b""
    if not allowed(code) or len(payload) > 125:
        raise ValueError(f"{code} {reason!r} may not be sent")
    return payload


def with_struct(code: int, reason: str = "") -> bytes:
    if not allowed(code):
        raise ValueError("this code may not be sent")
    words = bytes(reason, "utf-8")
    if len(words) > 123:
        raise ValueError("too long")
    return struct.pack(f"!H{len(words)}s", code, words)


def with_close_code(code: int, reason: str | None = None) -> bytes:
    if code in range(3000, 5000) or CloseCode(code).may_be_sent:
        payload = bytearray(divmod(code, 256)) + (reason or "").encode()
        if len(payload) <= 125:
            return bytes(payload)
    raise ValueError


class TooLong(ValueError):
    pass


def with_an_error_of_its_own(code: int, reason: str = "") -> bytes:
    try:
        return key(code, reason)
    except ValueError as error:
        raise TooLong("no") from error


@pytest.mark.parametrize(
    "function", [key, with_struct, with_close_code, with_an_error_of_its_own]
)
def test_every_right_way_to_write_a_close_payload_is_right(function: Any) -> None:
    assert_right(check.close_payload(function))


@pytest.mark.parametrize(("slip", "change"), changes(CLOSE_SLIPS))
def test_each_slip_in_writing_a_close_payload_is_named(
    slip: Slip, change: dict[str, Any]
) -> None:
    verdict = check.close_payload(functools.partial(closing, **change))
    assert_named(verdict, slip.mistake, slip.hint)


def instead(do: Callable[[int, str], Any]) -> Callable[..., Any]:
    """Return a right function that does this where it has to raise."""

    def function(code: int, reason: str = "") -> Any:
        try:
            return key(code, reason)
        except ValueError:
            return do(code, reason)

    return function


def let_through(*codes: int) -> Callable[..., Any]:
    """Return a function that lets these codes through, too."""

    def function(code: int, reason: str = "") -> Any:
        if code in codes:
            return struct.pack("!H", code) + reason.encode()
        return key(code, reason)

    return function


def measured(words: Callable[[str], Any], limit: int) -> Callable[..., Any]:
    """Return a function that limits the reason in a way of its own."""

    def function(code: int, reason: str = "") -> Any:
        if len(words(reason)) > limit:
            raise ValueError("too long")
        return key(code) + reason.encode()

    return function


def refusing(condition: Callable[[int], bool]) -> Callable[..., Any]:
    def function(code: int, reason: str = "") -> Any:
        if condition(code):
            raise ValueError(code)
        return key(code, reason)

    return function


WRONG_CLOSE: list[tuple[Callable[..., Any], str, str]] = [
    (lambda c, r="": struct.pack("!H", c) + r.encode(), "nothing-refused", "1005"),
    (lambda c, r="": struct.pack("<H", c) + r.encode(), "little-endian", "big end"),
    (lambda c, r="": f"{c}{r}".encode(), "code-as-digits", "2 bytes"),
    (lambda c, r="": (chr(c) + r).encode(), "code-as-character", "`chr`"),
    (lambda c, r="": bytes([c]) + r.encode(), "code-in-1-byte", "at most 255"),
    (lambda c, r="": bytes.fromhex(str(c)) + r.encode(), "digits-read-as-hex", "03 e8"),
    (lambda c, r="": key(c) + r, "raises", "`.encode()` makes bytes of text"),
    (lambda c, r="": bytes([c / 256, c % 256]), "raises", "`//` a whole one"),
    (lambda c, r="": b"\x88\x02" + key(c, r), "wrong-answer", "Byte 0 is 88"),
    (lambda c, r="": bytearray(key(c, r)), "bytearray-not-bytes", "`bytes(…)`"),
    (lambda c, r="": Frame(opcode=Opcode.CLOSE, payload=key(c, r)), "wrong-type", ""),
    (lambda c, r="": key(c, r) if r else None, "returns-nothing-sometimes", "way"),
    (lambda c, r="": b"\x03\xe9bye", "always-the-same", "compute it"),
    (lambda c, r: key(c, r), "reason-not-optional", "may be left out"),
    (lambda c: key(c), "arguments", "code, reason"),
    (lambda r, c=1000: key(c, r), "raises", "which argument is which"),
    (refusing(lambda c: c == 4000), "refused-though-allowed", "It may be sent"),
    (refusing(lambda c: 1012 <= c <= 1014), "1012-to-1014-refused", "registered"),
    (refusing(lambda c: c == 1014 or c > 4998), "last-code-refused", "range stops"),
    (refusing(lambda c: c < 3000 or c > 1014), "all-refused", "`and` or `or`"),
    (measured(str, 123), "reason-counted-in-characters", "62 characters, but 124"),
    (measured(str.encode, 125), "reason-too-long", "leave 123"),
    (measured(str.encode, 124), "reason-too-long", "leave 123"),
    (measured(str.encode, 122), "reason-too-short", "123 bytes fits"),
    (lambda c, r="": key(c) + r.encode()[:123], "reason-cut", "in silence"),
    (let_through(1005), "never-sent", "1005 tells a program"),
    (let_through(1005, 1006, 1015), "never-sent", "The same goes for 1006, 1015."),
    (let_through(1015), "never-sent", "TLS"),
    (let_through(1004), "reserved", "1004 is reserved"),
    (let_through(5000), "out-of-range", "3000 to 4999"),
    (let_through(*range(1016, 3000)), "out-of-range", "goes for 2000, 2999"),
    (instead(lambda c, r: None), "nothing-raised", "easily overlooked"),
    (instead(lambda c, r: b""), "nothing-raised", "easily overlooked"),
    (instead(lambda c, r: "no"), "nothing-raised", "easily overlooked"),
    (instead(lambda c, r: ValueError(c)), "returned-not-raised", "`raise` raises"),
    (instead(lambda c, r: ValueError), "returned-not-raised", "`raise` raises"),
    (instead(raising(TypeError("no"))), "other-exception", "`raise ValueError(…)`"),
    (instead(raising(AssertionError())), "other-exception", "`assert` is for"),
    (instead(raising("no")), "other-exception", "must derive from BaseException"),
    (
        instead(raising(ProtocolError("no", section="7.4"))),
        "other-exception",
        "raised ProtocolError: no",
    ),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG_CLOSE)
def test_the_mistake_in_writing_a_close_payload_is_named(
    function: Any, mistake: str, says: str
) -> None:
    assert_named(check.close_payload(function), mistake, says)


def test_a_call_in_the_evidence_can_be_pasted_into_a_cell() -> None:
    verdict = check.close_payload(measured(str, 123))
    assert verdict.evidence.startswith("close_payload(1000, 'ü' * 62) gave ")


# --- every check ----------------------------------------------------------------------

CHECKS = {
    "frame_reader": check.frame_reader,
    "close_payload": check.close_payload,
}
each_check = pytest.mark.parametrize("name", CHECKS)
of_functions = pytest.mark.parametrize("name", ["close_payload"])


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


@of_functions
def test_a_stub_is_not_attempted_yet(name: str) -> None:
    for answer in (stub, None, ...):
        assert CHECKS[name](answer).right is None


@of_functions
def test_a_function_that_never_ends_is_given_up(
    name: str, bounded: Callable[..., Any]
) -> None:
    assert_named(bounded(CHECKS[name], no_end), "never-ends")


def test_a_function_that_never_ends_for_one_code_is_given_up(
    bounded: Callable[..., Any],
) -> None:
    assert_named(bounded(check.close_payload, instead(no_end)), "never-ends")
