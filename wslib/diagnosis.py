"""Hold a student's function beside the right one and beside the well-known wrong ones.

:func:`compare` gives a function a row of cases. All right: it is right. Otherwise it
looks for an impostor, a function that makes one known mistake, which gives the same
answers to *all* the cases: that is the mistake. If there is none, the first case that
differs is the evidence, with what is worth looking at in that case.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from wslib.attempt import Outcome, Verdict, _brief, attempt, fault

__all__ = ["Case", "Impostor", "compare"]


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


def compare(
    exercise: str,
    function: Any,
    cases: Sequence[Case],
    impostors: Sequence[Impostor] = (),
    *,
    praise: str = "",
) -> Verdict:
    """Return the verdict on a function.

    Args:
        exercise: The name of the exercise.
        function: The student's.
        cases: The calls, the plainest first.
        impostors: The known mistakes, the likeliest first.
        praise: What to say when all is right.
    """
    outcomes: list[Outcome] = []
    if verdict := fault(exercise, function, None):
        return verdict
    for case in cases:
        outcome = attempt(function, *case.arguments)
        outcomes.append(outcome)
        if outcome.timed_out:
            break  # once is enough to wait
    values = [outcome.value for outcome in outcomes]
    expected = [case.expected for case in cases]
    clean = all(outcome.error is None for outcome in outcomes)
    if clean and len(values) == len(cases) and _same(values, expected):
        return Verdict(exercise=exercise, right=True, evidence=praise)
    place = next(
        i
        for i, outcome in enumerate(outcomes)
        if outcome.error is not None
        or outcome.timed_out
        or not _same([outcome.value], [cases[i].expected])
    )
    name = getattr(function, "__name__", exercise)
    name = exercise if name == "<lambda>" else name
    asked = f"{name}({', '.join(_brief(a) for a in cases[place].arguments)})"
    if verdict := fault(exercise, function, outcomes[place]):
        if verdict.right is None:
            return verdict
        evidence = f"{asked}: {verdict.evidence}"
        return _wrong(exercise, verdict.mistake or "", evidence, verdict.hint)
    evidence = (
        f"{asked} gave {_brief(values[place])}; "
        f"the answer is {_brief(cases[place].expected)}."
    )
    if clean:
        for impostor in impostors:
            if _same(values, [_result(impostor.function, case) for case in cases]):
                return _wrong(exercise, impostor.mistake, evidence, impostor.hint)
    if type(values[place]) is not type(cases[place].expected):
        wanted = type(cases[place].expected).__name__
        hint = f"It has to be {wanted}, and this is {type(values[place]).__name__}."
        return _wrong(exercise, "wrong-type", evidence, hint)
    return _wrong(exercise, "wrong-answer", evidence, cases[place].hint)


def _wrong(exercise: str, mistake: str, evidence: str, hint: str) -> Verdict:
    return Verdict(
        exercise=exercise, right=False, mistake=mistake, evidence=evidence, hint=hint
    )


def _same(values: Sequence[Any], others: Sequence[Any]) -> bool:
    """Tell whether two rows of answers are alike in value and in type."""
    return len(values) == len(others) and all(
        type(a) is type(b) and a == b for a, b in zip(values, others, strict=True)
    )


def _result(function: Callable[..., Any], case: Case) -> Any:
    """Return what an impostor gives, or the exception that it runs into."""
    try:
        return function(*case.arguments)
    except Exception as exc:
        return exc
