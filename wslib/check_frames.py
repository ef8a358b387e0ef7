"""The checks of notebook 03: one frame, read and written by hand."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from wslib.attempt import LIMIT, Verdict, attempt, fault
from wslib.diagnosis import Case, misfit, never_raises
from wslib.errors import ProtocolError
from wslib.frame_slips import TEXT_FRAME_SLIPS, text_framed
from wslib.frames import Frame, Opcode, apply_mask, parse_frame
from wslib.header_slips import FIELDS, HEADER_SLIPS, header, misread
from wslib.inspector import fields
from wslib.slips import brief, first_difference, judge, not_bytes, on_raising
from wslib.unmask_slips import UNMASK_SLIPS, unmasked

__all__ = ["illegal_frames", "parse_header", "text_frame", "unmask"]

KEY = bytes.fromhex("37 fa 21 3d")


@never_raises
def unmask(function: Any) -> Verdict:
    """Check ``unmask(payload, masking_key) -> bytes``. Exercise 1 of notebook 03."""
    sent = [
        (bytes.fromhex("7f 9f 4d 51 58"), KEY),  # Hello
        (b"", KEY),
        (bytes.fromhex("3d 54 23"), bytes(4)),
        (bytes.fromhex("70 10 6d"), bytes.fromhex("3d 54 23 06")),  # MDN
        (apply_mask(b"Hello, world!", KEY), KEY),
        (apply_mask(bytes(range(256)), KEY), KEY),
        (apply_mask(b"abcd" * 2, b"\xff\x01\x80\x7f"), b"\xff\x01\x80\x7f"),
        (apply_mask(b"\0 \tblanks\r\n ", KEY), KEY),
    ]
    return judge(
        "unmask",
        function,
        ["payload", "masking_key"],
        [Case(arguments, apply_mask(*arguments)) for arguments in sent],
        unmasked,
        UNMASK_SLIPS,
        praise=f"{len(sent)} payloads. The same function masks: XOR twice is nothing.",
        closer=_byte_by_byte,
    )


def _byte_by_byte(case: Case, given: Any) -> tuple[str, str, str]:
    """Say what the first byte that is wrong was made of, as far as it can be told."""
    if not isinstance(given, bytes):
        return "", "", not_bytes(given)
    payload, key = case.arguments
    right = bytes(case.expected)
    pairs = enumerate(zip(given, right, strict=False))
    place = next((i for i, (a, b) in pairs if a != b), None)
    if place is None:
        hint = (
            "As many bytes come out as go in, each by itself: try payloads of 0 to 5."
        )
        return "", first_difference(given, right), hint
    turn = key[place % 4]
    hint = (
        f"Byte {place} was sent as {payload[place]:02x} and meets byte {place % 4} of "
        f"the key, {turn:02x}: {payload[place]:02x} ^ {turn:02x} is "
        f"{right[place]:02x}."
    )
    used = given[place] ^ payload[place]
    if used in key:
        hint += f" Yours met {used:02x}, byte {key.index(used)} of the key."
    return "", first_difference(given, right), hint


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
        return _wrong(exercise, "always-the-same", evidence, hint)
    in_order = tuple(range(len(FIELDS)))
    for order in itertools.permutations(in_order):
        mixed = [tuple(values[i] for i in order) for values in expected]
        if order != in_order and answers == mixed:
            evidence = (
                f"{_shown(frames[0])} gave {brief(answers[0])}; the answer is "
                f"{expected[0]}."
            )
            hint = f"All five are right, in another order. It is: {', '.join(FIELDS)}."
            return _wrong(exercise, "order", evidence, hint)
    return _wrong_field(exercise, frames, answers)


def _not_five(value: Any) -> Verdict | None:
    """Return the verdict on what is not a row of five values."""
    if isinstance(value, tuple | list) and len(value) == len(FIELDS):
        return None
    many = f", {len(value)} values" if isinstance(value, tuple | list) else ""
    return _wrong(
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
            return _wrong(exercise, slip.mistake, evidence, slip.hint)
    if hint := _of_wrong_type(field, said[bad[0]]):
        return _wrong(exercise, "wrong-type", evidence, hint)
    where = _where(frames, bad)
    name = f"{field.replace(' ', '-')}-wrong"
    return _wrong(
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
        ("where RSV1 is set", lambda d: d[0] & 0x40 > 0),
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
        for key in (KEY, None)
    ]
    two_in_one = [frames[0] + frames[-3], frames[1] + frames[2]]
    return [*frames, *two_in_one, *_MAY_BE_REFUSED]


# A payload that an extension has compressed; and one of which the most is to come.
_MAY_BE_REFUSED = [
    bytes.fromhex("c1 83 37 fa 21 3d 4f 82 59"),
    bytes.fromhex("82 7f 01 02 03 04 05 06 07 08 78 78 78"),
]


def _shown(data: bytes) -> str:
    more = " …" if len(data) > 14 else ""
    return data[:14].hex(" ") + more


def _wrong(exercise: str, mistake: str, evidence: str, hint: str) -> Verdict:
    return Verdict(
        exercise=exercise, right=False, mistake=mistake, evidence=evidence, hint=hint
    )


@never_raises
def text_frame(function: Any) -> Verdict:
    """Check ``text_frame``, a server's frame. Exercise 3 of notebook 03."""
    texts = ["Hello", "", "Grüße", " blanks, and a line end \r\n", "x" * 125]
    texts += ["x" * 126, "x" * 127, "ü" * 63, "x" * 200, "x" * 256, "ü" * 16384]
    texts += ["x" * 65535, "x" * 65536, "x" * 70000]
    cases = [
        Case(
            (text,),
            text_framed(text),
            f"{len(text.encode()):,} bytes of payload: the header is "
            f"{text_framed(text)[: -len(text.encode()) or None].hex(' ')}.",
        )
        for text in texts
    ]
    return judge(
        "text_frame",
        function,
        ["text"],
        cases,
        text_framed,
        TEXT_FRAME_SLIPS,
        praise="The three forms of the length, each up to its last byte, and UTF-8.",
        closer=_as_it_is_read,
    )


def _as_it_is_read(case: Case, given: Any) -> tuple[str, str, str]:
    """Say which field of a frame a reader would see otherwise than it should."""
    if not isinstance(given, bytes):
        return "", "", not_bytes(given)
    for yours, right in zip(fields(given), fields(case.expected), strict=False):
        if (yours.name, yours.bits, yours.data) == (right.name, right.bits, right.data):
            continue
        seen = f"Read by the rules, its {yours.name} is {yours.value}"
        seen += f" ({yours.meaning})" if yours.meaning else ""
        mistake = f"wrong-{yours.name.lower().replace(' ', '-')}"
        hint = case.hint
        if yours.name == "MASK":
            hint = "A server masks nothing (section 5.1)."
        return mistake, f"{seen}; {right.name} should be {right.value}.", hint
    return "", first_difference(given, case.expected), case.hint


@never_raises
def illegal_frames(answers: Any, frames: dict[str, str]) -> Verdict:
    """Check which of a client's frames are legal. Exercise 4 of notebook 03.

    Args:
        answers: A dict from the name of each frame to True (legal) or False.
        frames: A dict from the name of each frame to its hex.
    """
    exercise = "illegal_frames"
    if answers is None or answers is ...:
        return Verdict(exercise=exercise)
    if not isinstance(answers, dict):
        return _wrong(
            exercise,
            "wrong-type",
            f"This is {brief(answers)}, of type {type(answers).__name__}.",
            "Keep the dict of the cell above: a name, then True or False.",
        )
    if not isinstance(frames, dict) or not frames:
        evidence = f"The frames to judge are {brief(frames)}."
        return _wrong(exercise, "frames-changed", evidence, _AS_IT_WAS)
    blank = [name for name in frames if answers.get(name) in (None, ...)]
    if len(blank) == len(frames) and set(answers) <= set(frames):
        return Verdict(exercise=exercise)
    if blank:
        other = [name for name in answers if name not in frames]
        more = f" (There is no frame {brief(other[0])}.)" if other else ""
        evidence = f"Nothing for {', '.join(map(str, blank))} yet.{more}"
        return _wrong(exercise, "missing", evidence, "True (legal) or False?")
    for name in frames:
        if not isinstance(answers[name], bool):
            quoted = isinstance(answers[name], str)
            hint = "Write True (legal) or False" + ", without quotes." * quoted
            evidence = f"{name} has {brief(answers[name])}."
            return _wrong(exercise, "wrong-type", evidence, hint.rstrip(".") + ".")
    return _judged(exercise, {name: answers[name] for name in frames}, frames)


def _judged(exercise: str, answers: dict[str, bool], frames: dict[str, str]) -> Verdict:
    """Hold answers beside what a strict server says."""
    broken: dict[str, ProtocolError] = {}
    for name, digits in frames.items():
        try:
            whole = parse_frame(bytes.fromhex(digits), masked=True) is not None
        except ProtocolError as error:
            broken[name] = error
        except (TypeError, ValueError):
            whole = False
        if name not in broken and not whole:
            evidence = f"{name}, {brief(digits)}, is no whole frame in hex."
            return _wrong(exercise, "frames-changed", evidence, _AS_IT_WAS)
    wrong = [name for name in frames if answers[name] == (name in broken)]
    if not wrong:
        return Verdict(
            exercise=exercise,
            right=True,
            evidence=f"All {len(frames)}, as a strict server would judge them.",
        )
    evidence = f"{len(frames) - len(wrong)} of {len(frames)} are right."
    if len(wrong) == len(frames):
        hint = "Each is the opposite of what it should be: True means legal."
        return _wrong(exercise, "inverted", evidence, hint)
    if len(set(answers.values())) == 1 and len(frames) > 1:
        said = "legal" if all(answers.values()) else "broken"
        hint = f"You call all of them {said}. Some are, some are not."
        return _wrong(exercise, f"all-{said}", evidence, hint)
    name = wrong[0]
    if name in broken:
        section = broken[name].section
        return _wrong(
            exercise,
            f"missed-{section}",
            f"{evidence} {name}, {frames[name]}, is not legal.",
            _LOOK_AT.get(section, f"Read section {section}, the bits beside you."),
        )
    return _wrong(
        exercise,
        "legal-refused",
        f"{evidence} {name}, {frames[name]}, is a legal frame.",
        _why_legal(bytes.fromhex(frames[name])),
    )


_AS_IT_WAS = "Has the cell with the frames been changed? Run it as it was."
_LOOK_AT = {
    "5.1": "It comes from a client. Look at the first bit of its second byte (section "
    "5.1).",
    "5.2": "Write its first two bytes in bits: are the three reserved bits 0, is the "
    "opcode one of the six, is the length in its shortest form (section 5.2)?",
    "5.5": "It is a control frame. Is FIN 1, is the payload 125 bytes or less (section "
    "5.5)?",
    "5.5.1": "It is a Close frame. What may its payload be, and how many bytes are "
    "there (section 5.5.1)?",
    "7.4": "It is a Close frame. Take the mask off its code: may it be sent (section "
    "7.4)?",
    "8.1": "It is a Close frame. Take the mask off its reason: is it UTF-8 (section "
    "8.1)?",
}


def _why_legal(data: bytes) -> str:
    """Say what about a legal frame may look wrong and is not."""
    found = parse_frame(data, masked=True)
    assert found is not None
    frame = found[0]
    traits = []
    if not frame.fin:
        traits.append("FIN 0 says that more of the message follows")
    if frame.opcode is Opcode.CONTINUATION:
        traits.append("a continuation is legal where there is something to continue")
    if frame.opcode is Opcode.PONG:
        traits.append("a pong may come unasked (section 5.5.3)")
    if not frame.payload:
        traits.append("a payload may be empty")
    if frame.opcode is Opcode.BINARY and frame.payload:
        traits.append("binary data may be any bytes")
    if frame.masking_key == bytes(4):
        traits.append("four zeros are a key like any other")
    if not traits:
        return "Which rule would it break? Take the first two bytes bit by bit."
    words = "; ".join(traits)
    return f"{words[0].upper()}{words[1:]}."
