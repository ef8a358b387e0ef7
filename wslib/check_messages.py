"""The checks of notebook 06: streams, messages and Close frames."""

import struct
from collections.abc import Callable, Sequence
from typing import Any

from wslib.attempt import Verdict, _brief, attempt, fault
from wslib.diagnosis import Case, Impostor, compare
from wslib.frames import Frame, Opcode

__all__ = ["close_payload", "frame_reader", "messages"]

TEXTS = ["Hello", "", "Grüße", "x" * 126, "one", "two", "y" * 70_000, "the last"]


def _wrong(exercise: str, mistake: str, evidence: str, hint: str) -> Verdict:
    return Verdict(
        exercise=exercise, right=False, mistake=mistake, evidence=evidence, hint=hint
    )


def frame_reader(reader: Any) -> Verdict:
    """Check the class ``FrameReader``, on streams cut in many ways. Exercise 1.

    Its method ``feed(data)`` gets the next bytes of a stream of unmasked text frames
    and returns the list of the texts that are complete with them.
    """
    exercise = "frame_reader"
    if reader is None or reader is ...:
        return Verdict(exercise=exercise)
    if not isinstance(reader, type):
        return _wrong(
            exercise,
            "not-a-class",
            f"The check was given {_brief(reader)}.",
            "Give it the class itself: check.frame_reader(FrameReader).",
        )
    feed = getattr(reader, "feed", None)
    if verdict := fault(exercise, feed, None):
        return verdict
    frames = [Frame(opcode=Opcode.TEXT, payload=t.encode()).serialize() for t in TEXTS]
    stream, short = b"".join(frames), b"".join(frames[:6])
    long_at = len(short)
    slicings: list[tuple[str, str, list[bytes], list[str]]] = [
        ("one-frame", "one frame, whole", [frames[0]], TEXTS[:1]),
        (
            "two-in-one",
            "two frames in one piece",
            [frames[0] + frames[4]],
            ["Hello", "one"],
        ),
        ("cut-in-payload", "a frame cut in its payload", _cut(frames[0], 4), TEXTS[:1]),
        (
            "cut-in-header",
            "a frame cut behind its first byte",
            _cut(frames[0], 1),
            TEXTS[:1],
        ),
        ("empty-text", "an empty text", [frames[1]], TEXTS[1:2]),
        (
            "cut-in-character",
            "a frame cut inside the ü",
            _cut(frames[2], 5),
            TEXTS[2:3],
        ),
        (
            "cut-in-length",
            "a frame cut inside the 16-bit length",
            _cut(frames[3], 3),
            TEXTS[3:4],
        ),
        (
            "cut-in-long-length",
            "a frame cut inside the 64-bit length",
            _cut(frames[6], 5),
            TEXTS[6:7],
        ),
        (
            "one-and-a-half",
            "a frame and a half, then the rest",
            _cut(frames[0] + frames[4], 9),
            ["Hello", "one"],
        ),
        (
            "nothing",
            "an empty piece between two halves",
            [frames[0][:3], b"", frames[0][3:]],
            TEXTS[:1],
        ),
        (
            "byte-by-byte",
            "six frames, byte by byte",
            [short[i : i + 1] for i in range(long_at)],
            TEXTS[:6],
        ),
        ("whole", "eight frames in one piece", [stream], TEXTS),
        (
            "thousands",
            "eight frames in pieces of 1,000",
            [stream[i : i + 1000] for i in range(0, len(stream), 1000)],
            TEXTS,
        ),
    ]
    for name, words, pieces, expected in slicings:
        outcome = attempt(_fed, reader, pieces)
        if verdict := fault(exercise, feed, outcome):
            if verdict.right is None:
                return verdict
            evidence = f"Fed {words}: {verdict.evidence}"
            hint = _SLICE_HINTS.get(name, verdict.hint)
            return _wrong(exercise, f"{name}-{verdict.mistake}", evidence, hint)
        got = outcome.value
        if got != expected:
            return _misread(exercise, name, words, got, expected)
    return Verdict(
        exercise=exercise,
        right=True,
        evidence=f"{len(slicings)} ways of cutting the same stream, and each time the "
        "same texts.",
    )


def _cut(data: bytes, place: int) -> list[bytes]:
    return [data[:place], data[place:]]


def _fed(reader: type, pieces: Sequence[bytes]) -> list[Any]:
    """Feed a new reader; return all that it gave, flattened."""
    instance, texts = reader(), list[Any]()
    for piece in pieces:
        given = instance.feed(piece)
        if not isinstance(given, list):
            raise TypeError(f"feed returned {_brief(given)}, not a list")
        texts += given
    return texts


_SLICE_HINTS = {
    "two-in-one": "One piece may hold two frames: read in a loop, until what is left "
    "is not a whole frame.",
    "cut-in-payload": "A piece may end inside a frame. Keep what is left in `self`, "
    "and put the next piece behind it.",
    "cut-in-header": "Even the header may be cut: with one byte you cannot know the "
    "length yet. Wait for more.",
    "cut-in-character": "Decode when the whole payload is there, not piece by piece: a "
    "cut can fall inside a character.",
    "cut-in-length": "The 2 bytes behind 126 may not be there yet. Count what you have "
    "before you read them.",
    "cut-in-long-length": "The 8 bytes behind 127 may not be there yet. Count what you "
    "have before you read them.",
    "one-and-a-half": "What is left after the last whole frame is the beginning of the "
    "next one: keep it.",
    "nothing": "An empty piece changes nothing.",
    "empty-text": "A frame without payload is a message too: an empty text.",
}


def _misread(
    exercise: str, name: str, words: str, got: list[Any], expected: list[str]
) -> Verdict:
    """Say how a slicing was misread."""
    evidence = f"Fed {words}, it gave {_list(got)}; the stream holds {_list(expected)}."
    if any(isinstance(text, bytes) for text in got):
        return _wrong(exercise, "bytes-not-text", evidence, "Return text: `.decode()`.")
    if name == "one-frame" and not got:
        hint = "The frame is whole: parse it, and return a list with its text."
        return _wrong(exercise, "nothing-read", evidence, hint)
    if len(got) > len(expected) and got[: len(expected)] == expected:
        hint = "Take away what you have read, or it is read again."
        return _wrong(exercise, "read-twice", evidence, hint)
    if name in ("byte-by-byte", "whole", "thousands"):
        index = next(
            (i for i, (a, b) in enumerate(zip(got, expected, strict=False)) if a != b),
            min(len(got), len(expected)),
        )
        hint = (
            f"It goes wrong at text number {index + 1} of {len(expected)}. Feed that "
            "frame alone, whole and cut in two, and see."
        )
        return _wrong(exercise, name, evidence, hint)
    return _wrong(exercise, name, evidence, _SLICE_HINTS.get(name, "Feed it by hand."))


def _list(texts: Sequence[Any]) -> str:
    return (
        "["
        + ", ".join(_brief(text) for text in texts[:4])
        + (", …]" if len(texts) > 4 else "]")
    )


def messages(function: Any) -> Verdict:
    """Check ``messages(frames) -> list``, from frames to texts. Exercise 2."""

    def text(payload: bytes, *, fin: bool = True) -> Frame:
        return Frame(opcode=Opcode.TEXT, payload=payload, fin=fin)

    def more(payload: bytes, *, fin: bool = True) -> Frame:
        return Frame(opcode=Opcode.CONTINUATION, payload=payload, fin=fin)

    ping = Frame(opcode=Opcode.PING, payload=b"still there?")
    pong = Frame(opcode=Opcode.PONG, payload=b"yes")
    emoji = "😀".encode()
    cases = [
        Case(([text(b"Hello")],), ["Hello"]),
        Case(([text(b"one"), text(b"two")],), ["one", "two"]),
        Case(
            ([text(b"Hel", fin=False), more(b"lo")],),
            ["Hello"],
            "FIN is 0 in the first frame: the message goes on.",
        ),
        Case(
            ([text(b"a", fin=False), more(b"b", fin=False), more(b"c")],),
            ["abc"],
            "A message may have any number of frames; the last one has FIN.",
        ),
        Case(
            ([text(b"Hel", fin=False), ping, more(b"lo"), pong],),
            ["Hello"],
            "A control frame may stand between fragments, and is no part of them.",
        ),
        Case(([ping, text(b"x")],), ["x"], "A ping is no message."),
        Case(
            ([text(emoji[:2], fin=False), more(emoji[2:])],),
            ["😀"],
            "The cut is inside a character. Join the payloads first, then decode.",
        ),
        Case(
            ([text(b"x", fin=False), more(b"y"), text(b"z"), text(b"w")],),
            ["xy", "z", "w"],
            "Begin anew after each message.",
        ),
        Case(([text(b"")],), [""], "An empty text is a message."),
        Case(([text(b"", fin=False), more(b"")],), [""], "An empty text is a message."),
        Case(
            ([text(b"done"), text(b"half", fin=False)],),
            ["done"],
            "The last one is not whole yet.",
        ),
        Case(([],), []),
    ]

    def joined(
        *, control: bool = False, per_frame: bool = False, reset: bool = True
    ) -> Callable[[list[Frame]], list[str]]:
        def function(frames: list[Frame]) -> list[str]:
            done: list[str] = []
            payload = b""
            for frame in frames:
                if frame.opcode.is_control and not control:
                    continue
                payload += frame.payload
                if frame.fin:
                    done.append(payload.decode())
                    payload = b"" if reset else payload
            return done

        return function

    impostors = [
        Impostor(
            "frame-is-message",
            lambda frames: [f.payload.decode("utf-8", "replace") for f in frames],
            "Every frame came out as a message. Join what belongs together: FIN 0 "
            "means that more follows.",
        ),
        Impostor(
            "frame-is-message",
            lambda frames: [
                f.payload.decode("utf-8", "replace")
                for f in frames
                if not f.opcode.is_control
            ],
            "Every data frame came out as a message. Join what belongs together: FIN 0 "
            "means that more follows.",
        ),
        Impostor(
            "control-mixed-in",
            joined(control=True),
            "The payload of a ping or pong got into a message. Control frames stand "
            "between fragments, and are no part of them.",
        ),
        Impostor(
            "not-reset",
            joined(reset=False),
            "The next message begins with the last one. Begin anew after FIN.",
        ),
        Impostor(
            "decoded-per-frame",
            lambda frames: joined()(
                [
                    Frame(
                        opcode=f.opcode,
                        fin=f.fin,
                        payload=f.payload.decode("utf-8", "replace").encode(),
                    )
                    for f in frames
                ]
            ),
            "Each frame was decoded by itself, and a character was cut in two. Join "
            "the payloads first, then decode.",
        ),
        Impostor(
            "decoded-per-frame",
            lambda frames: joined()(
                [
                    Frame(
                        opcode=f.opcode,
                        fin=f.fin,
                        payload=f.payload.decode("utf-8", "ignore").encode(),
                    )
                    for f in frames
                ]
            ),
            "Each frame was decoded by itself, and a character was lost. Join the "
            "payloads first, then decode.",
        ),
        Impostor(
            "empty-dropped",
            lambda frames: [t for t in joined()(frames) if t],
            "An empty text was dropped. It is a message like any other.",
        ),
    ]
    verdict = compare(
        "messages",
        function,
        cases,
        impostors,
        praise="One frame or three, a ping in between, a character cut in two.",
    )
    if verdict.mistake == "raises" and "UnicodeDecodeError" in verdict.evidence:
        return _wrong(
            "messages",
            "decoded-per-frame",
            verdict.evidence,
            "Each frame was decoded by itself, and a character was cut in two. Join "
            "the payloads first, then decode.",
        )
    return verdict


def close_payload(function: Any) -> Verdict:
    """Check ``close_payload(code, reason) -> bytes``. Exercise 3."""
    exercise = "close_payload"

    def right(code: int, reason: str = "") -> bytes:
        return struct.pack("!H", code) + reason.encode()

    cases = [
        Case((1000, ""), right(1000), "1000 is 03 e8, in 2 bytes."),
        Case((1001, "going away"), right(1001, "going away")),
        Case((4001, "Tschüß"), right(4001, "Tschüß"), "The reason is UTF-8."),
        Case(
            (3000, "x" * 123), right(3000, "x" * 123), "123 bytes of reason still fit."
        ),
    ]
    impostors = [
        Impostor(
            "little-endian",
            lambda code, reason: struct.pack("<H", code) + reason.encode(),
            "The code's bytes are in the wrong order: the big end comes first.",
        ),
        Impostor(
            "code-as-digits",
            lambda code, reason: str(code).encode() + reason.encode(),
            "The code was written in digits. It is a number of 2 bytes: "
            "`code.to_bytes(2, 'big')`.",
        ),
        Impostor(
            "code-in-4-bytes",
            lambda code, reason: struct.pack("!I", code) + reason.encode(),
            "The code takes 2 bytes, not 4.",
        ),
        Impostor(
            "code-missing",
            lambda code, reason: reason.encode(),
            "The code is missing: 2 bytes, before the reason.",
        ),
        Impostor(
            "reason-missing", lambda code, reason: right(code), "The reason is missing."
        ),
        Impostor(
            "reason-first",
            lambda code, reason: reason.encode() + right(code),
            "The code comes first, then the reason.",
        ),
        Impostor(
            "whole-frame",
            lambda code, reason: (
                bytes([0x88, 2 + len(reason.encode())]) + right(code, reason)
            ),
            "That is the whole frame. Only its payload is asked for.",
        ),
        Impostor(
            "reason-cut",
            lambda code, reason: right(code, reason)[:123],
            "A reason of 123 bytes fits: 125 less the 2 of the code.",
        ),
        Impostor(
            "something-between",
            lambda code, reason: right(code) + b" " + reason.encode(),
            "Nothing stands between code and reason.",
        ),
    ]
    verdict = compare(exercise, function, cases, impostors)
    if verdict.right is not True:
        return verdict
    refused = [
        (
            1005,
            "",
            "never-sent",
            "1005 means that there was *no* code. It never travels.",
        ),
        (1006, "", "never-sent", "1006 means that there was no Close frame at all."),
        (1015, "", "never-sent", "1015 means that TLS failed, before any frame."),
        (999, "", "out-of-range", "Below 1000 nothing is defined (section 7.4.2)."),
        (
            2000,
            "",
            "out-of-range",
            "1015 to 2999 are reserved for the protocol itself.",
        ),
        (5000, "", "out-of-range", "Above 4999 nothing is defined (section 7.4.2)."),
        (
            1000,
            "x" * 124,
            "reason-too-long",
            "A control frame carries 125 bytes: 2 for the code leave 123.",
        ),
        (
            1000,
            "ü" * 62,
            "reason-counted-in-characters",
            "62 characters, but 124 bytes: encode the reason, then count.",
        ),
    ]
    for code, reason, mistake, hint in refused:
        outcome = attempt(function, code, reason)
        asked = f"close_payload({code}, {_brief(reason)})"
        if outcome.error is None:
            evidence = (
                f"{asked} gave {_brief(outcome.value)}; it has to raise ValueError."
            )
            return _wrong(exercise, mistake, evidence, hint.replace("*", ""))
        if not isinstance(outcome.error, ValueError):
            evidence = f"{asked} raised {type(outcome.error).__name__}."
            hint = "Raise a ValueError, with a word on what is wrong."
            return _wrong(exercise, "other-exception", evidence, hint)
    return Verdict(
        exercise=exercise,
        right=True,
        evidence=f"{len(cases)} payloads, and {len(refused)} that must not be sent.",
    )
