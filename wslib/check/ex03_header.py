"""The check of notebook 03's second exercise: a frame's header, read by hand."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from wslib.check.attempt import LIMIT, Verdict, attempt, brief, fault, not_yet
from wslib.check.diagnosis import misfit, never_raises
from wslib.check.header_slips import FIELDS, HEADER_SLIPS, header, misread
from wslib.check.slips import on_raising
from wslib.frames import Frame, Opcode

_KEY = bytes.fromhex("37 fa 21 3d")


@never_raises
def parse_header(function: Any) -> Verdict:
    """Check ``parse_header(data) -> tuple``. Exercise 2 of notebook 03."""
    exercise = "parse_header"
    if verdict := misfit(exercise, function, ["data"]):
        return verdict
    frames = _headers()
    answers: list[Any] = []
    end = monotonic() + LIMIT
    for data in frames:
        outcome = attempt(function, data, limit=max(end - monotonic(), 0.1))
        if outcome.error is not None and data in _MAY_BE_REFUSED:
            answers.append(header(data))
            continue
        if verdict := fault(exercise, function, outcome) or _not_five(outcome.value):
            if verdict.right is None:
                return verdict
            return replace(
                verdict,
                evidence=f"{_shown(data)}: {verdict.evidence}",
                hint=on_raising(outcome.error) or verdict.hint,
            )
        answers.append(tuple(outcome.value))
    expected = [header(data) for data in frames]
    if all(_same(a, b) for a, b in zip(answers, expected, strict=True)):
        return Verdict(
            exercise=exercise,
            right=True,
            evidence=f"{len(frames)} headers, from 2 to 14 bytes, in both directions.",
        )
    if all(answer == answers[0] for answer in answers):
        evidence = f"Each of {len(frames)} frames gave {brief(answers[0])}."
        hint = "Compute the five values from `data`."
        return not_yet(exercise, "always-the-same", evidence, hint)
    in_order = tuple(range(len(FIELDS)))
    for order in itertools.permutations(in_order):
        mixed = [tuple(values[i] for i in order) for values in expected]
        if order != in_order and answers == mixed:
            evidence = (
                f"{_shown(frames[0])} gave {brief(answers[0])}; the answer is "
                f"{expected[0]}."
            )
            hint = f"All five are right, in another order. It is: {', '.join(FIELDS)}."
            return not_yet(exercise, "order", evidence, hint)
    return _wrong_field(exercise, frames, answers)


def _not_five(value: Any) -> Verdict | None:
    """Return the verdict on what is not a row of five values."""
    if isinstance(value, tuple | list) and len(value) == len(FIELDS):
        return None
    many = f", {len(value)} values" if isinstance(value, tuple | list) else ""
    return not_yet(
        "parse_header",
        "not-five-values",
        f"it gave {brief(value)}{many}.",
        f"Return five values, with commas between them: {', '.join(FIELDS)}.",
    )


def _same(answer: Sequence[Any], right: Sequence[Any]) -> bool:
    """Tell whether five values are right; 1 and 0 pass for True and False."""
    return all(
        isinstance(a, int) and a == b for a, b in zip(answer, right, strict=True)
    )


def _wrong_field(exercise: str, frames: Sequence[bytes], answers: list[Any]) -> Verdict:
    """Say what is wrong with the first of the five values that is."""
    columns = list(zip(*answers, strict=True))
    right = list(zip(*map(header, frames), strict=True))
    place = next(i for i in range(len(FIELDS)) if not _same(columns[i], right[i]))
    field, said = FIELDS[place], columns[place]
    pairs = enumerate(zip(said, right[place], strict=True))
    bad = [i for i, (a, b) in pairs if not _same([a], [b])]
    evidence = (
        f"{_shown(frames[bad[0]])}: {field} is {right[place][bad[0]]}; yours is "
        f"{brief(said[bad[0]])}."
    )
    if place:
        evidence += f" (Right so far: {', '.join(FIELDS[:place])}.)"
    for slip in HEADER_SLIPS[field]:
        if all(_equal(misread(slip, d), s) for d, s in zip(frames, said, strict=True)):
            return not_yet(exercise, slip.mistake, evidence, slip.hint)
    if hint := _of_wrong_type(field, said[bad[0]]):
        return not_yet(exercise, "wrong-type", evidence, hint)
    where = _where(frames, bad)
    name = f"{field.replace(' ', '-')}-wrong"
    return not_yet(
        exercise, name, evidence, f"{where} {_spelled(field, frames[bad[0]])}"
    )


def _of_wrong_type(field: str, value: Any) -> str:
    """Return what to say of a value that is no number; empty if it is one."""
    wants_bool = field in ("fin", "masked")
    if isinstance(value, int) and (wants_bool or not isinstance(value, bool)):
        return ""
    more = {
        bool: " A comparison leaves True or False; `&` keeps the bits.",
        bytes: " `int.from_bytes(…)` makes a number of bytes.",
        str: " `int(text, 2)` makes a number of bits, `int(text, 16)` of hex digits.",
        tuple: " `struct.unpack` gives a tuple: take its first value.",
        float: " A whole number comes of `//` and of `int(…)`.",
    }
    if wants_bool:
        more = {str: ' Compare the bit with "1".'}
    wanted = "True or False" if wants_bool else "a number, an int"
    said = f"That is of type {type(value).__name__}; {field} is {wanted}."
    return said + more.get(type(value), "")


def _equal(value: Any, other: Any) -> bool:
    return type(value) is type(other) and bool(value == other)


def _where(frames: Sequence[bytes], bad: Sequence[int]) -> str:
    """Say what the frames that are read wrongly have in common."""
    kinds: list[tuple[str, Callable[[bytes], bool]]] = [
        ("wherever MASK is 1", lambda d: d[1] > 127),
        ("wherever MASK is 0", lambda d: d[1] < 128),
        ("wherever FIN is 0", lambda d: d[0] < 128),
        ("wherever FIN is 1", lambda d: d[0] > 127),
        ("for each length up to 125", lambda d: d[1] & 127 < 126),
        ("for each length in the 16-bit form", lambda d: d[1] & 127 == 126),
        ("for each length in the 64-bit form", lambda d: d[1] & 127 == 127),
        ("for both of the longer forms of length", lambda d: d[1] & 127 > 125),
        ("for each control frame", lambda d: d[0] & 8 > 0),
        ("where a reserved bit is set", lambda d: d[0] & 0x70 > 0),
    ]
    if len(bad) == len(frames):
        return f"It is wrong for all {len(frames)} frames."
    for words, holds in kinds:
        if [i for i, data in enumerate(frames) if holds(data)] == list(bad):
            return f"It is wrong {words}, and only there."
    return f"It is wrong for {len(bad)} of {len(frames)} frames."


def _spelled(field: str, data: bytes) -> str:
    """Say where a value stands, in bits or in bytes."""
    if field == "length" and data[1] & 127 > 125:
        last = 3 if data[1] & 127 == 126 else 9
        return f"Here bytes 2 to {last} hold it: {data[2 : last + 1].hex(' ')}."
    if field == "header size":
        extra = {126: 2, 127: 8}.get(data[1] & 127, 0)
        return (
            f"Here it is 2 bytes, {extra} for a longer length and "
            f"{4 if data[1] > 127 else 0} for a key."
        )
    number = 0 if field in ("fin", "opcode") else 1
    which = {"fin": "first bit", "opcode": "last four", "masked": "first bit"}
    return (
        f"Byte {number} is {data[number]:08b} in bits, and {field} is the "
        f"{which.get(field, 'last seven')}."
    )


def _headers() -> list[bytes]:
    """Return frames of every kind of header, the plainest first."""
    kinds = [
        (Opcode.TEXT, True, 5),
        (Opcode.BINARY, True, 0),
        (Opcode.TEXT, False, 3),
        (Opcode.CONTINUATION, True, 2),
        (Opcode.CONTINUATION, False, 1),
        (Opcode.PING, True, 4),
        (Opcode.PONG, True, 125),
        (Opcode.TEXT, True, 126),
        (Opcode.BINARY, True, 127),
        (Opcode.TEXT, True, 256),
        (Opcode.BINARY, False, 65535),
        (Opcode.BINARY, True, 65536),
        (Opcode.TEXT, True, 70000),
    ]
    frames = [
        Frame(opcode=o, fin=fin, payload=b"x" * n, masking_key=key).serialize()
        for o, fin, n in kinds
        for key in (_KEY, None)
    ]
    two_in_one = [frames[0] + frames[-3], frames[1] + frames[2]]
    return [*frames, *two_in_one, *_MAY_BE_REFUSED]


# Reserved bits that extensions have set; and a payload of which the most is to come.
_MAY_BE_REFUSED = [
    bytes.fromhex("c1 83 37 fa 21 3d 4f 82 59"),
    bytes.fromhex("52 83 37 fa 21 3d 4f 82 59"),
    bytes.fromhex("82 7f 01 02 03 04 05 06 07 08 78 78 78"),
]


def _shown(data: bytes) -> str:
    more = " …" if len(data) > 14 else ""
    return data[:14].hex(" ") + more
