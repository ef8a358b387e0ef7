"""Hold a student's function beside the right one and beside the well-known wrong ones.

:func:`compare` gives a function a row of cases. All right: it is right. Otherwise it
looks for what gives the same answers to *all* the cases: a route of steps with a wrong
turn or two in it (``attempt.find_route``), or an impostor, a function that makes one
known mistake. That is the mistake. If nothing explains the answers, the first
case that differs is the evidence, with what is worth looking at in that case.

:func:`never_raises` and :func:`misfit` are for every check: the one keeps its promise,
the other says what is wrong with a function before it is called.
"""

import copy
import functools
import inspect
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, ParamSpec

from wslib.check.attempt import (
    LIMIT,
    Outcome,
    Turn,
    Verdict,
    attempt,
    brief,
    fault,
    find_route,
    not_yet,
)

_P = ParamSpec("_P")
# What the text of an object may hold that is another one in every run.
_ADDRESS = re.compile(r" (?:at|@) 0x[0-9a-fA-F]+")


class Case(NamedTuple):
    """One call of the student's function.

    Attributes:
        arguments: What it is given.
        expected: What it must return.
        hint: What to look at if it does not.
    """

    arguments: tuple[Any, ...]
    expected: Any
    hint: str = ""


class Impostor(NamedTuple):
    """A function that makes one known mistake.

    Attributes:
        mistake: A short name.
        function: Takes the same arguments.
        hint: What to say to who made it.
    """

    mistake: str
    function: Callable[..., Any]
    hint: str


def never_raises(check: Callable[_P, Verdict]) -> Callable[_P, Verdict]:
    """Make a check keep its promise, and say the same of the same answer every time.

    What a student hands in may be an object whose ``==``, ``repr`` or ``len`` raises.
    The memory addresses in a ``repr`` are left out: they are others in every run.
    """

    @functools.wraps(check)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> Verdict:
        try:
            verdict = check(*args, **kwargs)
        except (Exception, SystemExit) as exc:
            return not_yet(
                check.__name__,
                "cannot-be-looked-at",
                f"Looking at your answer raised {type(exc).__name__}.",
                "Compare it with something, and print it, in a cell of your own: one "
                "of the two raises. Plain text, numbers and lists never do.",
            )
        return replace(verdict, evidence=_ADDRESS.sub("", verdict.evidence))

    return run


def misfit(
    exercise: str, function: Any, takes: Sequence[str], *, may_wait: bool = False
) -> Verdict | None:
    """Return the verdict on what need not be called to be judged; None if it fits.

    Args:
        exercise: The name of the exercise.
        function: The student's.
        takes: What it will be called with, by name.
        may_wait: Whether it may be an ``async def``.
    """
    if verdict := fault(exercise, function, None):
        return verdict
    if not may_wait and (verdict := _needlessly_async(exercise, function)):
        return verdict
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return not_yet(
            exercise,
            "generator",
            "There is a `yield` in it, so a call runs nothing and gives a generator.",
            "Give the answer back with `return`.",
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None  # some functions written in C do not tell
    try:
        signature.bind(*takes)
    except TypeError:
        named = [p.name for p in signature.parameters.values()]
        number = f"{len(takes)} argument{'s' if len(takes) > 1 else ''}"
        return not_yet(
            exercise,
            "arguments",
            f"It is called with {number}, {', '.join(takes)}; yours takes "
            f"{', '.join(named) or 'none'}.",
            "Keep the first line of the stub.",
        )
    return None


def compare(
    exercise: str,
    function: Any,
    cases: Sequence[Case],
    impostors: Sequence[Impostor] = (),
    *,
    route: Sequence[Sequence[Turn]] = (),
    praise: str = "",
) -> Verdict:
    """Return the verdict on a function.

    Args:
        exercise: The name of the exercise.
        function: The student's.
        cases: The calls, the plainest first.
        impostors: The known mistakes, the likeliest first.
        route: The steps from a case's arguments to its answer, and the wrong turns.
        praise: What to say when all is right.
    """
    if verdict := fault(exercise, function, None) or _needlessly_async(
        exercise, function
    ):
        return verdict
    outcomes = _called(function, cases)
    values = [outcome.value for outcome in outcomes]
    expected = [case.expected for case in cases]
    clean = all(o.error is None and not o.timed_out for o in outcomes)
    if clean and _same(values, expected):
        return Verdict(exercise=exercise, right=True, evidence=praise)
    place = next(
        i
        for i, outcome in enumerate(outcomes)
        if outcome.error is not None
        or outcome.timed_out
        or not _same([outcome.value], [cases[i].expected])
    )
    asked = f"{_name(function, exercise)}{_arguments(cases[place])}"
    evidence = (
        f"{asked} gave {brief(values[place])}; "
        f"the answer is {brief(cases[place].expected)}."
    )
    if clean and (verdict := _only_in_kind(exercise, evidence, values, expected)):
        return verdict
    if verdict := fault(exercise, function, outcomes[place]):
        if verdict.right is None:
            return verdict
        return replace(verdict, evidence=f"{asked}: {verdict.evidence}")
    if clean and (
        verdict := _known(exercise, evidence, cases, values, impostors, route)
    ):
        return verdict
    if type(values[place]) is not type(cases[place].expected):
        wanted = type(cases[place].expected).__name__
        hint = (
            f"The answer is of type {wanted}; this is {type(values[place]).__name__}."
        )
        return not_yet(exercise, "wrong-type", evidence, hint)
    return not_yet(exercise, "wrong-answer", evidence, cases[place].hint)


def _needlessly_async(exercise: str, function: Any) -> Verdict | None:
    """Return the verdict on ``async def`` where nothing waits; None if plain."""
    if not inspect.iscoroutinefunction(function):
        return None
    return not_yet(
        exercise,
        "async",
        "It is an `async def`: whoever calls it gets a coroutine, not the answer.",
        "Nothing here has to wait for anybody. A plain `def` will do.",
    )


def _called(function: Any, cases: Sequence[Case]) -> list[Outcome]:
    """Call a function with every case, as far as the time for all of them goes."""
    outcomes: list[Outcome] = []
    end = time.monotonic() + LIMIT
    for case in cases:
        left = end - time.monotonic()
        # what one call does to its arguments is nothing to the next
        arguments = copy.deepcopy(case.arguments)
        outcomes.append(
            attempt(function, *arguments, limit=left)
            if left > 0
            else Outcome(timed_out=True)
        )
        if outcomes[-1].timed_out:
            break  # once is enough to wait
    return outcomes


def _only_in_kind(
    exercise: str, evidence: str, values: Sequence[Any], expected: Sequence[Any]
) -> Verdict | None:
    """Return the verdict on yes and no in other words than True and False, or None."""
    if {type(answer) for answer in expected} != {bool} or len(values) < len(expected):
        return None
    if all(value is None for value in values):
        return None  # no answer at all
    if [bool(value) for value in values] != list(expected):
        if not any(value is None for value in values):
            return None
        hint = "On one way through your function there is no `return`."
        return not_yet(exercise, "returns-nothing-sometimes", evidence, hint)
    if {type(value) for value in values} == {bool, type(None)}:
        hint = "Where the answer is no, nothing is returned: `return False` is missing."
        return not_yet(exercise, "returns-nothing-sometimes", evidence, hint)
    hint = (
        "Where the answer is yes, an `if` would take this for True; but it is not "
        "True. `bool(…)` makes one of it, and so does a comparison."
    )
    return not_yet(exercise, "true-in-other-words", evidence, hint)


def _known(
    exercise: str,
    evidence: str,
    cases: Sequence[Case],
    values: Sequence[Any],
    impostors: Sequence[Impostor],
    route: Sequence[Sequence[Turn]],
) -> Verdict | None:
    """Return the verdict that explains all answers by known mistakes, or None."""
    for impostor in impostors:
        if _same(values, [_result(impostor.function, case) for case in cases]):
            return not_yet(exercise, impostor.mistake, evidence, impostor.hint)
    if route:
        turns = find_route(route, [case.arguments for case in cases], values, most=2)
        if turns:
            mistake = "+".join(turn.mistake for turn in turns)
            hint = " And: ".join(turn.hint for turn in turns)
            return not_yet(exercise, mistake, evidence, hint)
    return None


def _name(function: Any, exercise: str) -> str:
    """Return what to call a function in a verdict."""
    name = getattr(function, "__name__", exercise)
    return exercise if name == "<lambda>" else str(name)


def _arguments(case: Case) -> str:
    return f"({', '.join(brief(argument) for argument in case.arguments)})"


def _same(values: Sequence[Any], others: Sequence[Any]) -> bool:
    """Tell whether two rows of answers are alike in value and in type."""
    return len(values) == len(others) and all(
        type(a) is type(b) and a == b for a, b in zip(values, others, strict=True)
    )


def _result(function: Callable[..., Any], case: Case) -> Any:
    """Return what an impostor gives, or the exception that it runs into."""
    try:
        return function(*copy.deepcopy(case.arguments))
    except Exception as exc:
        return exc
