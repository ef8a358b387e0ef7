"""The check of notebook 08's back-off: how long to wait before the next try."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from time import monotonic
from types import CodeType
from typing import Any, NamedTuple

from wslib.check.attempt import LIMIT, Outcome, Verdict, attempt, brief, fault, not_yet
from wslib.check.backoff_slips import BACKOFF_SLIPS, waited
from wslib.check.diagnosis import misfit, never_raises
from wslib.check.slips import explain, named, on_raising

TRIES = [  # the number of the try, and what ``random`` gives
    (0, 0.25),
    (1, 0.25),
    (2, 0.875),
    (3, 0.25),
    (4, 0.75),
    (5, 0.5),
    (5, 0.875),
    (6, 0.25),
    (10, 0.75),
    (3, 0.0),
    (0, 0.875),
    (100, 0.5),
    (5000, 0.5),
]


class _Answer(NamedTuple):
    """What came of one try.

    Attributes:
        seconds: What was returned, if it is a number, as a float.
        calls: How often ``random`` was called.
        kind: The type, float for every number: True is none.
    """

    seconds: Any
    calls: int
    kind: type


@never_raises
def backoff(function: Any) -> Verdict:
    """Check ``backoff(attempt, random) -> float``, the wait before a try. Exercise 2.

    The ``random`` that the function gets is the check's own, and gives known numbers.
    """
    exercise = "backoff"
    if verdict := fault(exercise, function, None):
        return verdict
    if _sleeps(function):
        return not_yet(
            exercise,
            "waits-itself",
            "It calls `sleep`, and so whoever calls it has to wait.",
            "Return the number of seconds. To wait for so long is up to the caller, "
            "who may have something else to do in the meantime.",
        )
    if verdict := misfit(exercise, function, ["attempt", "random"]):
        return verdict
    seen = _called(function)
    if all(o.error is None and not o.timed_out for o in seen):
        values = [outcome.value for outcome in seen]
        # If random() is spread evenly from 0 to 1, then so is 1 - random().
        if values in (
            _right(),
            _right(part=lambda random, most: (1 - random()) * most),
        ):
            return Verdict(
                exercise=exercise,
                right=True,
                evidence=f"{len(TRIES)} tries, each once with a `random` that is known "
                "beforehand; try 5,000 waits no longer than try 5.",
            )
    return _diagnosed(exercise, function, seen)


def _right(**change: Any) -> list[_Answer]:
    return [_way(number, given, **change) for number, given in TRIES]


def _way(number: int, given: float, **change: Any) -> _Answer:
    """Do what the check does with a function, with the right one or a changed one."""
    calls: list[float] = []
    return _answer(waited(number, _scripted(given, calls), **change), calls)


def _scripted(given: float, calls: list[float]) -> Callable[[], float]:
    """Return a ``random`` that gives this, then other numbers; it notes its calls."""
    numbers = itertools.chain([given], itertools.cycle([0.375, 0.625]))

    def random() -> float:
        calls.append(next(numbers))
        return calls[-1]

    random.__qualname__ = "random"  # as it is called in an exception
    return random


def _called(function: Any) -> list[Outcome]:
    """Ask for every try, as far as the time for all of them goes."""
    seen: list[Outcome] = []
    end = monotonic() + LIMIT
    for number, given in TRIES:
        calls: list[float] = []
        left = max(end - monotonic(), 0.1)
        outcome = attempt(function, number, _scripted(given, calls), limit=left)
        seen.append(replace(outcome, value=_answer(outcome.value, calls)))
        nothing = outcome.error is None and outcome.value is None
        if outcome.timed_out or (nothing and len(seen) == 1):
            break  # one that returns nothing may well wait: it is not asked again
    return seen


def _answer(value: Any, calls: Sequence[float]) -> _Answer:
    """Return an answer; a number as a float without the last digits."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return _Answer(value, len(calls), type(value))
    try:
        return _Answer(round(float(value), 9), len(calls), float)
    except OverflowError:
        return _Answer(value, len(calls), float)


def _diagnosed(exercise: str, function: Any, seen: Sequence[Outcome]) -> Verdict:
    """Return the verdict on answers that are not all right."""
    right = _right()
    place = next(
        i
        for i, outcome in enumerate(seen)
        if outcome.error or outcome.timed_out or outcome.value != right[i]
    )
    verdict = _first_wrong(exercise, function, seen[place], place)
    stopped = len(seen) < len(TRIES) or seen[-1].timed_out
    if verdict.right is None or stopped or verdict.mistake == "random-not-called":
        return verdict
    if slips := explain(seen, _way, TRIES, BACKOFF_SLIPS):
        return named(verdict, slips)
    if (error := seen[place].error) is not None:
        mistake, hint = _of_error(error)
        return replace(verdict, mistake=mistake, hint=hint or verdict.hint)
    if _differs(function, seen):
        number, given = TRIES[place]
        return not_yet(
            exercise,
            "another-random",
            f"backoff({number}, lambda: {given}) gives something else each time.",
            "There is chance in it that is not the argument's. Use `random()` alone: "
            "then whoever calls decides, and a test can know the answer.",
        )
    if seen[place].value.seconds is None:
        hint = "On this way through your function nothing is returned."
        return replace(verdict, mistake="returns-nothing-sometimes", hint=hint)
    if all(outcome.value.seconds == seen[0].value.seconds for outcome in seen):
        hint = "It is the same for every try: compute it from what comes in."
        return replace(verdict, mistake="always-the-same", hint=hint)
    return verdict


def _first_wrong(exercise: str, function: Any, outcome: Outcome, place: int) -> Verdict:
    """Return the verdict on the first wrong answer by itself."""
    number, given = TRIES[place]
    call = f"backoff({number}, lambda: {given})"
    verdict = fault(exercise, function, replace(outcome, value=outcome.value.seconds))
    if verdict is None:
        return _wrong(exercise, call, outcome.value, _way(number, given))
    if verdict.right is None:
        return verdict
    said = f"{verdict.evidence[0].lower()}{verdict.evidence[1:]}"
    return replace(verdict, evidence=f"{call}: {said}")


def _wrong(exercise: str, call: str, answer: _Answer, wanted: _Answer) -> Verdict:
    """Return the verdict on one wrong answer by itself."""
    evidence = f"{call} gave {_said(answer.seconds)}; the answer is {wanted.seconds}."
    if callable(answer.seconds):
        return not_yet(exercise, "random-not-called", evidence, _CALL_IT)
    if answer.kind is not float:
        kind = answer.kind.__name__
        hint = f"The answer is a number, of seconds; this is of type {kind}."
        return not_yet(exercise, "wrong-type", evidence, hint)
    if answer.calls != wanted.calls:
        evidence += f" `random` was {_times(answer.calls)}."
        hint = "Call `random()` once for each wait; keep what it gave in a variable."
        name = "random-not-once" if answer.calls else "random-unused"
        return not_yet(exercise, name, evidence, hint)
    hint = (
        "Take it in two steps: how long at most, `min(30, 2 ** attempt)`, and then a "
        "random part of that."
    )
    return not_yet(exercise, "wrong-answer", evidence, hint)


def _said(seconds: Any) -> str:
    """Show a number as what it is, and a long one short."""
    if isinstance(seconds, int | float) and abs(seconds) >= 10**15:
        return "a number of more than 15 digits"
    return brief(seconds)


def _times(count: int) -> str:
    return {0: "never called", 2: "called twice"}.get(count, f"called {count} times")


def _of_error(error: BaseException) -> tuple[str, str]:
    """Return a name and a hint for an exception that people run into here."""
    words = str(error)
    if isinstance(error, AttributeError) and "'function'" in words:
        return "random-is-the-argument", (
            "In here, `random` is the argument, which is a function, and not the "
            "module of that name. Call it: `random()`."
        )
    if isinstance(error, TypeError) and "random()" in words:
        return "random-given-arguments", (
            "`random()` takes nothing, and gives a number from 0 up to 1. Multiply it."
        )
    if isinstance(error, TypeError) and "function" in words:
        return "random-not-called", _CALL_IT
    if isinstance(error, OverflowError):
        return "overflow", (
            "Very late tries come, too, when a server is away for a day: limit the "
            "time before it gets that large."
        )
    if isinstance(error, RecursionError):
        return "too-deep", (
            "It calls itself once for each try, and Python allows about 1,000. A power "
            "needs no recursion."
        )
    if isinstance(error, NameError):
        return "raises", on_raising(error)
    return "raises", ""


_CALL_IT = "`random` without brackets is the function itself. Call it: `random()`."


def _differs(function: Any, seen: Sequence[Outcome]) -> bool:
    """Tell whether the same questions get other answers now."""
    again = _called(function)
    return any(
        a.value != b.value
        and a.value.kind is b.value.kind is float
        and a.value.seconds == a.value.seconds  # which is not so of a NaN
        for a, b in zip(seen, again, strict=False)
    )


def _sleeps(function: Any) -> bool:
    """Tell whether a function calls ``sleep``, or a function of its cells that does.

    It is looked for and not run: nobody can stop it once it sleeps.
    """
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return False
    known = getattr(function, "__globals__", {})
    called = (known.get(name) for name in _names(code))
    codes = [code, *(getattr(other, "__code__", None) for other in called)]
    return any("sleep" in _names(c) for c in codes if isinstance(c, CodeType))


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names that a function uses, with those of the functions inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
