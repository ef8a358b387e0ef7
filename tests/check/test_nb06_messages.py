"""Exercise 2 of notebook 06: answers in several styles, and the wrong ones by name."""

import codecs
import functools
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hostile import assert_named, assert_right

from wslib import check
from wslib.check.nb06_messages import joined
from wslib.frames import Frame, Opcode
from wslib.messages import Assembler


def with_bytearray(frames: list[Frame]) -> list[str]:
    texts, payload = [], bytearray()
    for frame in frames:
        if frame.opcode in (Opcode.PING, Opcode.PONG, Opcode.CLOSE):
            continue
        payload.extend(frame.payload)
        if frame.fin:
            texts.append(payload.decode())
            payload.clear()
    return texts


def with_incremental_decoder(frames: list[Frame]) -> list[str]:
    decoder = codecs.getincrementaldecoder("utf-8")()
    texts, text = [], ""
    for frame in (frame for frame in frames if frame.opcode < 8):
        text += decoder.decode(frame.payload, final=frame.fin)
        if frame.fin:
            texts.append(text)
            text = ""
    return texts


def with_generator(frames: list[Frame]) -> list[str]:
    def whole() -> Iterator[str]:
        pieces: list[bytes] = []
        while frames:
            frame = frames.pop(0)
            if not frame.opcode.is_control:
                pieces.append(frame.payload)
                if frame.fin:
                    yield b"".join(pieces).decode("utf-8")
                    pieces.clear()

    return list(whole())


def with_the_library(frames: list[Frame]) -> list[str]:
    assembler = Assembler()
    done = [assembler.add(frame) for frame in frames if not frame.opcode.is_control]
    return [message.text for message in done if message]  # type: ignore[union-attr]


def with_recursion(frames: list[Frame]) -> tuple[str, ...]:
    data = [frame for frame in frames if frame.opcode < 8]
    end = next((i for i, frame in enumerate(data) if frame.fin), None)
    if end is None:
        return ()
    text = b"".join(frame.payload for frame in data[: end + 1]).decode()
    return (text, *with_recursion(data[end + 1 :]))


def with_groupby(frames: list[Frame]) -> list[str]:
    number = itertools.count()
    data = [frame for frame in frames if frame.opcode in {0, 1}]
    ends = [next(number) if frame.fin else None for frame in data]
    rest = [next((n for n in ends[i:] if n is not None), -1) for i in range(len(data))]
    found: dict[int, bytes] = {}
    for frame, which in zip(data, rest, strict=True):
        if which >= 0:
            found[which] = found.get(which, b"") + frame.payload
    return [*map(bytes.decode, found.values())]


def with_reduce(frames: list[Frame]) -> list[str]:
    def step(state: Any, frame: Frame) -> Any:
        done, whole = state
        if frame.opcode.is_control:
            return done, whole
        whole = whole + frame.payload
        return ([*done, whole.decode()], b"") if frame.fin else (done, whole)

    return functools.reduce(step, frames, ([], b""))[0]


def with_a_regex(frames: list[Frame]) -> list[str]:
    data = [frame for frame in frames if not frame.opcode & 8]
    fins = "".join("1" if frame.fin else "0" for frame in data)
    whole = (data[m.start() : m.end()] for m in re.finditer("0*1", fins))
    return [b"".join(f.payload for f in each).decode() for each in whole]


class Collector:
    """Keeps what belongs to one call in the object, and begins anew with each."""

    def __call__(self, frames: list[Frame]) -> list[str]:
        self.done, self.parts = [], bytearray()
        for frame in frames:
            getattr(self, frame.opcode.name.lower(), self.control)(frame)
        return self.done

    def control(self, frame: Frame) -> None: ...

    def continuation(self, frame: Frame) -> None:
        self.parts += frame.payload
        if frame.fin:
            self.done.append(str(self.parts, "utf-8"))

    def text(self, frame: Frame) -> None:
        self.parts = bytearray()
        self.continuation(frame)


@pytest.mark.parametrize(
    "function",
    [
        joined,
        with_bytearray,
        with_incremental_decoder,
        with_generator,
        with_the_library,
        with_recursion,
        with_groupby,
        with_reduce,
        with_a_regex,
        Collector(),
        functools.partial(joined, returns_in_loop=False),
    ],
)
def test_every_right_way_to_join_messages_is_right(function: Any) -> None:
    assert_right(check.messages(function))


def appends_to_the_last(frames: list[Frame]) -> list[str]:
    payloads: list[bytes] = []
    for frame in frames:
        if frame.opcode is Opcode.TEXT:
            payloads.append(frame.payload)
        elif frame.opcode is Opcode.CONTINUATION:
            payloads[-1] += frame.payload
    return [payload.decode() for payload in payloads]


def adds_before_fin(frames: list[Frame]) -> list[str]:
    texts, payload = [], b""
    for frame in frames:
        if frame.opcode.is_control:
            continue
        if not frame.fin:
            payload += frame.payload
        else:
            texts.append(payload.decode())
            payload = b""
    return texts


def in_pairs(frames: list[Frame]) -> list[str]:
    data = [frame for frame in frames if not frame.opcode.is_control]
    texts = []
    while data:
        payload = (
            data[0].payload if data[0].fin else b"".join(d.payload for d in data[:2])
        )
        texts.append(payload.decode())
        del data[: 1 if data[0].fin else 2]
    return texts


def decodes_as_it_goes(frames: list[Frame]) -> list[str]:
    texts, text = [], ""
    for frame in frames:
        if not frame.opcode.is_control:
            text += frame.payload.decode()
            if frame.fin:
                texts.append(text)
                text = ""
    return texts


def ends_at_any_fin(frames: list[Frame]) -> list[str]:
    texts, payload = [], b""
    for frame in frames:
        if not frame.opcode.is_control:
            payload += frame.payload
        if frame.fin:
            texts.append(payload.decode())
            payload = b""
    return texts


def begins_at_text_only(frames: list[Frame]) -> list[str]:
    texts, payload = [], b""
    for frame in frames:
        if frame.opcode is Opcode.TEXT:
            payload = frame.payload
        elif frame.opcode is Opcode.CONTINUATION:
            payload += frame.payload
        if frame.fin:
            texts.append(payload.decode())
    return texts


def ends_what_has_begun(frames: list[Frame]) -> list[str]:
    texts, payload = [], b""
    for frame in frames:
        if not frame.opcode.is_control:
            payload += frame.payload
        if frame.fin and (payload or not frame.opcode.is_control):
            texts.append(payload.decode())
            payload = b""
    return texts


def returns_in_the_loop(frames: list[Frame]) -> Any:
    texts, payload = [], b""
    for frame in frames:
        if frame.opcode.is_control:
            continue
        payload += frame.payload
        if frame.fin:
            texts.append(payload.decode())
            payload = b""
        return texts


def walks_and_removes(frames: list[Frame]) -> list[str]:
    for frame in frames:
        if frame.opcode.is_control:
            frames.remove(frame)
    return joined(frames, skips=lambda frame: False) or []


def wants_all_of_it(frames: list[Frame]) -> list[str]:
    fins = [frame.fin for frame in frames if not frame.opcode.is_control]
    if fins and not fins[-1]:
        raise ValueError("the last message is not whole")
    return joined(frames) or []


def all_at_once(frames: list[Frame]) -> list[str]:
    return [b"".join(f.payload for f in frames if f.opcode < 8).decode()]


def loops_at_control(frames: list[Frame]) -> list[str]:
    i, texts = 0, []
    while i < len(frames):
        if frames[i].opcode.is_control:
            continue
        texts.append(frames[i].payload.decode())
        i += 1
    return texts


def which_joins_three_at_most(frames: list[Frame]) -> list[str]:
    texts, parts = [], []
    for frame in frames:
        if not frame.opcode.is_control:
            parts = [*parts, frame.payload][-3:]
            if frame.fin:
                texts.append(b"".join(parts).decode())
                parts = []
    return texts


def which_skips_one_control_frame(frames: list[Frame]) -> list[str]:
    texts, payload, rest = [], b"", iter(frames)
    for frame in rest:
        if frame.opcode.is_control:
            frame = next(rest, Frame(opcode=Opcode.TEXT, fin=False))
        payload += frame.payload
        if frame.fin:
            texts.append(payload.decode())
            payload = b""
    return texts


def which_keeps_them(frames: list[Frame], texts: list[str] = []) -> list[str]:  # noqa: B006
    texts += joined(frames)
    return texts


def payloads(frames: list[Frame], keep: Callable[[Frame], Any]) -> list[str]:
    return [frame.payload.decode() for frame in frames if keep(frame)]


WRONG: list[tuple[Callable[..., Any], str, str]] = [
    (lambda fs: payloads(fs, bool), "frame-is-message", "Text 'Hel' without FIN, then"),
    (lambda fs: payloads(fs, lambda f: f.opcode < 8), "frame-is-message", "data frame"),
    (
        lambda fs: payloads(fs, lambda f: f.opcode == 1),
        "continuations-lost",
        "opcode 0",
    ),
    (
        lambda fs: joined(fs, skips=lambda f: f.opcode is Opcode.PONG),
        "ping-taken-for-data",
        "pings are not",
    ),
    (lambda fs: payloads(fs, lambda f: f.fin), "unfinished-skipped", "first parts"),
    (appends_to_the_last, "unfinished-given", "its FIN had not come"),
    (adds_before_fin, "last-part-lost", "a part of it, too"),
    (in_pairs, "ends-at-continuation+unfinished-given", "first continuation"),
    (decodes_as_it_goes, "decoded-per-frame", "f0 9f without FIN, then Continuation"),
    (ends_at_any_fin, "ended-by-control", "the control frame's own"),
    (begins_at_text_only, "ended-by-control", "the control frame's own"),
    (ends_what_has_begun, "ended-by-control", "the control frame's own"),
    (returns_in_the_loop, "first-message-only", "inside the loop"),
    (walks_and_removes, "wrong-answer", "no part of them"),
    (wants_all_of_it, "raises", "The last one is not whole yet"),
    (all_at_once, "one-text+unfinished-given", "All is in one text"),
    (lambda fs: payloads(fs, lambda f: f.opcode == "TEXT"), "no-text-at-all", "added"),
    (
        lambda fs: payloads(fs, lambda f: f.opcode == 1 and f.fin),
        "continuations-lost",
        "opcode 0 is data too",
    ),
    (lambda fs: [*dict.fromkeys(joined(fs) or [])], "wrong-answer", "its place"),
    (loops_at_control, "wrong-answer", "the message goes on"),
    (lambda fs: joined(fs, decode=bytes), "bytes-not-text", "Decode each message"),
    (lambda fs: set(joined(fs)), "wrong-type", "of type set"),
    (lambda fs: (t for t in joined(fs)), "wrong-type", "`list(…)` around it"),
    (lambda fs: " ".join(joined(fs)), "wrong-type", "of type str"),
    (lambda fs: joined(fs)[0], "first-message-only", "inside the loop"),
    (lambda fs: joined(fs) or None, "returns-nothing-sometimes", "this way"),
    (lambda fs: print(), "returns-nothing", "`return`"),
    (lambda fs: joined(fs)[::-1], "backwards", "opposite order"),
    (lambda fs: [t.strip() for t in joined(fs)], "wrong-answer", "blanks"),
    (lambda fs: [t.lower() for t in joined(fs)], "wrong-answer", "['hello']"),
    (lambda fs: ["Hello"], "always-the-same", "compute it"),
    (lambda fs: [f.data for f in fs], "raises", "`opcode`, `fin` and `payload`"),
    (lambda fs: [f.opcode.is_control() for f in fs], "raises", "no function"),
    (lambda fs: ["" + f.payload for f in fs], "raises", "`.decode()` text of bytes"),
    (lambda fs: joined([*fs[1:]]), "not-all-looked-at", "The first frame"),
    (lambda fs: [c for t in joined(fs) or [] for c in t], "letter-by-letter", "append"),
    (lambda fs: fs.payload, "raises", "before the dot"),
    (lambda fs: None + fs[0].payload, "raises", "One of the two is None"),  # type: ignore[operator]
    (lambda frame, fin: [], "arguments", "1 argument, frames"),
    (which_joins_three_at_most, "wrong-answer", "then Continuation"),
    (which_skips_one_control_frame, "wrong-answer", "then P"),
    (lambda fs: joined(fs, decode=lambda p: p.decode("utf-8-sig")), "wrong-answer", ""),
    (which_keeps_them, "not-the-same-twice", "no memory of an earlier call"),
    # two at a time
    (
        lambda fs: [t for t in joined(fs, rest=bool) if t],
        "empty-dropped+unfinished-given",
        "And: A message came out though its FIN had not come",
    ),
    (
        # The evidence is a ping among the texts: that comes first.
        lambda fs: joined(
            fs,
            skips=lambda frame: False,
            takes=lambda payload: payload.decode(errors="replace"),
            decode=str,
        ),
        "control-mixed-in+decoded-per-frame",
        "And: Each frame was decoded by itself",
    ),
    (
        lambda fs: tuple(joined(fs, begins_anew="never")),
        "not-reset",
        "Begin anew after FIN",
    ),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG)
def test_the_mistake_in_joining_messages_is_named(
    function: Any, mistake: str, says: str
) -> None:
    verdict = check.messages(function)
    assert_named(verdict, mistake, says)
    assert "Frame(" not in verdict.evidence, "the frames are not put into words"
