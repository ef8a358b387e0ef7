"""Name a mistake: the right way, with one thing or two done otherwise.

Each exercise has one function that does it right, and does it wrong on request:
``way(payload, masking_key, operator=add)``. A :class:`Slip` is a known mistake: what it
changes about the right way, and what to say to who made it. :func:`explain` looks for
the fewest slips with which the way gives exactly what the student's function gave, in
every case: the same values, and an exception of the same kind where it raised.
"""

import itertools
import re
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from wslib.check.attempt import LIMIT, Outcome, Verdict, attempt, brief, fault
from wslib.check.diagnosis import Case, compare, misfit


class Slip:
    """A known mistake.

    Args:
        mistake: A short name.
        hint: What to say to who made it.
        others: More ways to make it, each as ``change``.
        change: What the right way is asked to do otherwise.
    """

    def __init__(
        self, mistake: str, hint: str, /, *others: dict[str, Any], **change: Any
    ) -> None:
        self.mistake = mistake
        self.hint = hint
        self.changes = [each for each in (change, *others) if each]


class Endless(Exception):
    """Raised by a way that would never end if it were run as the student wrote it."""


_Call = tuple[Any, ...]  # the arguments of one call
# The name of the mistake, what to add to the evidence, a hint: each may be empty.
_Closer = Callable[[Case, Any], tuple[str, str, str]]


def explain(
    seen: Sequence[Outcome],
    way: Callable[..., Any],
    calls: Sequence[_Call],
    slips: Sequence[Slip],
    *,
    most: int = 2,
) -> tuple[Slip, ...] | None:
    """Return the fewest slips that explain all that was seen; None if none do.

    Args:
        seen: What came of each call, as far as there was time for it.
        way: The right way; takes a call's arguments, and the changes of a slip.
        calls: The calls.
        slips: The known mistakes, the likeliest first.
        most: How many of them to combine.
    """
    known = [(slip, change) for slip in slips for change in slip.changes]
    if all(outcome.error is not None for outcome in seen):
        most = 1  # two ways to raise each time would explain anything
    for count in range(1, most + 1):
        for found in itertools.combinations(known, count):
            change = {
                key: value for _, change in found for key, value in change.items()
            }
            if len(change) < sum(len(change) for _, change in found):
                continue  # two ways to do the same thing: nobody goes both
            if all(
                _alike(outcome, way, call, change)
                for outcome, call in zip(seen, calls, strict=False)
            ):
                return tuple(slip for slip, _ in found)
    return None


def named(verdict: Verdict, slips: Sequence[Slip]) -> Verdict:
    """Return a verdict with the names and the hints of slips."""
    hint = " And: ".join(slip.hint for slip in slips)
    return replace(verdict, mistake="+".join(s.mistake for s in slips), hint=hint)


def judge(
    exercise: str,
    function: Any,
    takes: Sequence[str],
    cases: Sequence[Case],
    way: Callable[..., Any],
    slips: Sequence[Slip],
    *,
    praise: str = "",
    closer: _Closer | None = None,
    show: Callable[..., str] | None = None,
) -> Verdict:
    """Return the verdict on a function: compared with the right way, then explained.

    Args:
        exercise: The name of the exercise.
        function: The student's.
        takes: What it is called with, by name.
        cases: The calls, the plainest first.
        way: The right way, which makes any of the slips on request.
        slips: The known mistakes, the likeliest first.
        praise: What to say when all is right.
        closer: Looks closer at the first wrong answer, or exception, that nothing
            explains; returns a name for the mistake, what to add to the evidence, and
            a hint.
        show: Puts the arguments of a call into words.
    """
    if verdict := misfit(exercise, function, takes):
        return verdict
    verdict = compare(exercise, function, cases, praise=praise)
    if verdict.right is not False or verdict.mistake == "never-ends":
        return verdict
    seen = _called(function, cases)
    calls = [case.arguments for case in cases]
    place = next((i for i, o in enumerate(seen) if not _right(o, cases[i])), None)
    if place is None:
        return verdict  # right this time: it is not the same every time
    outcome, case = seen[place], cases[place]
    if show:
        evidence = _evidence(exercise, function, outcome, case, show)
        verdict = replace(verdict, evidence=evidence)
    if slipped := explain(seen, way, calls, slips):
        return named(verdict, slipped)
    if outcome.error is not None:
        mistake, _, hint = closer(case, outcome.error) if closer else ("", "", "")
        return replace(
            verdict,
            mistake=mistake or verdict.mistake,
            hint=hint or on_raising(outcome.error) or verdict.hint,
        )
    values = [o.value for o in seen]
    if outcome.value is None and any(value is not None for value in values):
        hint = "On this way through your function nothing is returned."
        return replace(verdict, mistake="returns-nothing-sometimes", hint=hint)
    if values[0] is not None and all(_equal(value, values[0]) for value in values):
        hint = "It is the same for every case: compute it from what comes in."
        return replace(verdict, mistake="always-the-same", hint=hint)
    if closer and verdict.mistake in ("wrong-answer", "wrong-type"):
        mistake, more, hint = closer(case, outcome.value)
        return replace(
            verdict,
            mistake=mistake or verdict.mistake,
            evidence=f"{verdict.evidence} {more}".rstrip(),
            hint=hint or verdict.hint,
        )
    return verdict


def _right(outcome: Outcome, case: Case) -> bool:
    return (
        outcome.error is None
        and not outcome.timed_out
        and _equal(outcome.value, case.expected)
    )


def _evidence(
    exercise: str,
    function: Any,
    outcome: Outcome,
    case: Case,
    show: Callable[..., str],
) -> str:
    """Say what came of a call, its arguments in words."""
    asked = show(*case.arguments)
    if verdict := fault(exercise, function, outcome):
        return f"{asked}: {verdict.evidence[0].lower()}{verdict.evidence[1:]}"
    gave, right = brief(outcome.value), brief(case.expected)
    return f"{asked}: your function gave {gave}; the answer is {right}."


def first_difference(given: bytes, right: bytes) -> str:
    """Say where two rows of bytes part."""
    for place, (a, b) in enumerate(zip(given, right, strict=False)):
        if a != b:
            return f"Byte {place} is {a:02x} and should be {b:02x}."
    if len(given) < len(right):
        return f"It stops after {len(given):,} of {len(right):,} bytes."
    return f"It goes on where the answer ends, after {len(right):,} bytes."


def not_bytes(value: object) -> str:
    """Return a hint for who returned something else than bytes."""
    if isinstance(value, BaseException):
        return ""
    said = f"The answer is of type bytes; this is of type {type(value).__name__}."
    if isinstance(value, Iterator):
        return f"{said} {_AROUND}"
    if not isinstance(value, str):
        return said
    if re.fullmatch("(0x)?[0-9a-f ]+", value):
        return f"{said} Hexadecimal digits are for people; return the bytes."
    return f"{said} `.encode()` makes bytes of text, and bytes are put together by `+`."


def on_raising(error: BaseException | None) -> str:
    """Return a hint for an exception that people run into here; empty if unknown."""
    for kind, words, hint in _RAISED:
        if isinstance(error, kind) and re.search(words, str(error)):
            return hint
    return ""


def _called(function: Any, cases: Sequence[Case]) -> list[Outcome]:
    """_Call a function with every case, as far as the time for all of them goes."""
    seen: list[Outcome] = []
    end = monotonic() + LIMIT / 2
    for case in cases:
        left = max(end - monotonic(), 0.1)
        seen.append(attempt(function, *_fresh(case.arguments), limit=left))
        if seen[-1].timed_out:
            break
    return seen


def _fresh(arguments: _Call) -> _Call:
    """Return arguments that a function may change without another one's seeing it."""
    return tuple(list(a) if isinstance(a, list) else a for a in arguments)


def _alike(
    outcome: Outcome, way: Callable[..., Any], call: _Call, change: dict[str, Any]
) -> bool:
    """Tell whether a changed way comes to the same end."""
    try:
        value = way(*_fresh(call), **change)
    except Endless:
        return outcome.timed_out
    except Exception as error:
        return outcome.error is not None and _kind(outcome.error) == _kind(error)
    return (
        outcome.error is None and not outcome.timed_out and _equal(outcome.value, value)
    )


def _kind(error: BaseException) -> object:
    """Return what kind of exception it is: types that say the same are one kind."""
    if isinstance(error, struct.error) and "unpack" in str(error):
        return struct.error
    if isinstance(error, ValueError | struct.error) and re.search("25[56]", str(error)):
        return "more than a byte holds"
    if isinstance(error, OverflowError | struct.error):
        return "more than so many bytes hold"
    return type(error)


def _equal(value: Any, other: Any) -> bool:
    return type(value) is type(other) and bool(value == other)


_RAISED: list[tuple[type[Exception], str, str]] = [
    (AttributeError, "'Frame'", "A frame has `opcode`, `fin` and `payload`."),
    (AttributeError, "", "Look at what kind of value stands before the dot."),
    (
        TypeError,
        "not callable",
        "Brackets behind a name call it, and this is no function.",
    ),
    (
        TypeError,
        "item assignment",
        "`bytes` cannot be changed, once made. Collect the new bytes in a list or a "
        "`bytearray`, and make `bytes(…)` of it at the end.",
    ),
    (
        TypeError,
        r"ord\(\)",
        "A single byte, `data[0]`, is a number already: `ord` is for characters.",
    ),
    (
        TypeError,
        r"unsupported operand .*'bytes'",
        "That works with numbers, and these are bytes. A single one, `data[i]`, is a "
        "number.",
    ),
    (
        TypeError,
        r"unsupported operand .*'str'",
        "That works with numbers, and one of these is text. `int(bits, 2)` makes a "
        "number of bits, and a single byte, `data[i]`, is one already.",
    ),
    (
        TypeError,
        "concat|a bytes-like object is required|expected str instance|sequence item",
        "Text, numbers and bytes do not add up. `.encode()` makes bytes of text, "
        "`bytes([n])` of a number, `.decode()` text of bytes.",
    ),
    (
        TypeError,
        "'int' object is not|has no len|not subscriptable|not iterable",
        "One of these values is a number, or None, where a row of bytes was expected. "
        "`data[0]` is a number, `data[0:1]` is bytes.",
    ),
    (
        TypeError,
        "'float' object cannot",
        "`/` gives a number with a point, `//` a whole one.",
    ),
    (
        TypeError,
        "not supported between",
        "Two different kinds of value are compared: which argument is which?",
    ),
    (
        TypeError,
        "fromhex",
        "`fromhex` is for digits, as text. These are bytes already.",
    ),
    (
        ValueError,
        r"range\(0, 256\)",
        "A byte goes up to 255, and this number does not fit into one.",
    ),
    (
        ValueError,
        "invalid literal",
        "`int(text)` reads decimal digits, `int(text, 16)` hexadecimal ones, and "
        "`int(text, 2)` bits.",
    ),
    (
        OverflowError,
        "too big|too large",
        "The number does not fit into that many bytes. How large can it become?",
    ),
    (
        struct.error,
        "unpack",
        "`struct.unpack` wants exactly as many bytes as its format has. Cut them out, "
        "`data[2:4]`, or use `struct.unpack_from(format, data, 2)`.",
    ),
    (
        struct.error,
        "32767|0x7fff",
        "`h` is for numbers with a sign, and ends at 32,767. `H` goes up to 65,535.",
    ),
    (
        struct.error,
        "format requires|range",
        "The number does not fit into that many bytes. How large can it become?",
    ),
    (
        IndexError,
        "",
        "There is no byte at that place: which index is asked for, and how many bytes "
        "are there?",
    ),
    (
        UnboundLocalError,
        "",
        "On this way through the function the name has not been given a value.",
    ),
    (
        NameError,
        "",
        "This name is not known there: is it misspelt, or was its cell not run?",
    ),
    (
        UnicodeDecodeError,
        "",
        "These bytes are not text, or not all of it. Is it time to decode them?",
    ),
]

_AROUND = "`bytes(…)` around it makes bytes of it."
# The ways to return bytes as something else, for a way with an argument ``after``.
NOT_BYTES = [
    Slip("list-not-bytes", f"The right numbers, but as a list. {_AROUND}", after=list),
    Slip("tuple-not-bytes", f"The right numbers, as a tuple. {_AROUND}", after=tuple),
    Slip(
        "comma-at-the-end",
        "A comma at the end of the line makes a tuple of it. Take it away.",
        after=lambda data: (data,),
    ),
    Slip("memoryview-not-bytes", f"That is a memoryview. {_AROUND}", after=memoryview),
    Slip(
        "bytearray-not-bytes",
        f"The right bytes, as a bytearray, which can still be changed. {_AROUND}",
        after=bytearray,
    ),
    Slip(
        "hex-not-bytes",
        "Those are hexadecimal digits, to be read by people. Return the bytes.",
        {"after": lambda data: data.hex(" ")},
        {"after": lambda data: data.hex().encode()},
        after=bytes.hex,
    ),
    Slip(
        "number-not-bytes",
        "That is one long number. `.to_bytes(length, 'big')` makes bytes of it.",
        after=lambda data: int.from_bytes(data, "big"),
    ),
    Slip(
        "bytes-in-quotes",
        "`str(…)` and an f-string show bytes as Python writes them, quotes and all. "
        "Return the bytes.",
        {"after": lambda data: str(data).encode()},
        after=str,
    ),
]
