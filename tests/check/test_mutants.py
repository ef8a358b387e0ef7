"""No mutant of a right answer is praised, unless it does the same.

A right answer, changed in one place, is what a slip of the hand makes of it. Most are
wrong somewhere; those that are not are told by calls which the check never makes.
"""

import functools
import random
import re
from typing import Any

import pytest
from mutate import mutants
from right_answers import ANSWER, RIGHT

from wslib.check import EXERCISES
from wslib.check.cases import Call
from wslib.check.engine import Compared
from wslib.check.sandbox import attempt

COMPARED = {n: e for n, e in EXERCISES.items() if isinstance(e, Compared)}
MORE = 1_000  # calls at random that decide whether a mutant does the same
SOON = 0.2  # seconds for a mutant; who is later is not praised, which is all the same
# One long call into C cannot be stopped from here: a mutant that has a huge number
# where a small one was is not run.
HUGE = re.compile(r"\b(from_bytes|to_bytes)\(.*\d{4,}")

answers = pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param(name, source, id=f"{name}-{number}")
        for name, sources in RIGHT.items()
        for number, source in enumerate(sources)
    ],
)


def made(name: str, source: str) -> Any:
    """Run the source of an answer; return the answer, or None if there is none."""
    names: dict[str, Any] = {"__name__": "student"}
    try:
        exec(compile(source, f"<{name}>", "exec"), names)
    except Exception:
        return None
    return names.get(ANSWER.get(name, name))


@functools.cache
def calls(name: str) -> list[Call]:
    """Return calls that the check does not make."""
    exercise, chance = COMPARED[name], random.Random(2011)
    assert exercise.sampler is not None
    drawn = [exercise.sampler(chance) for _ in range(MORE)]
    return [Call(each, exercise.come_of(each, {})) for each in drawn]


@functools.cache
def mutants_of(source: str) -> list[str]:
    return list(dict.fromkeys(mutants(source)))


def does_the_same(exercise: Compared, answer: Any) -> bool:
    """Tell whether an answer is right for many more calls, as far as can be seen."""

    def all_right() -> bool:
        return all(
            exercise.fulfils(exercise.ask(answer, call), call)
            for call in calls(exercise.name)
        )

    return attempt(all_right, limit=20).value is True


@answers
def test_every_right_answer_is_praised(name: str, source: str) -> None:
    verdict = EXERCISES[name](made(name, source))
    assert verdict.right is True, str(verdict)


@answers
def test_no_mutant_is_praised_that_is_wrong_somewhere(name: str, source: str) -> None:
    exercise = COMPARED[name]
    praised = []
    for mutant in mutants_of(source):
        answer = made(name, mutant)
        if answer is None or HUGE.search(mutant):
            continue
        if exercise.accepts(answer, SOON) and not does_the_same(exercise, answer):
            praised.append(mutant)
    assert praised == []


def test_there_are_mutants_enough_for_that_to_mean_something() -> None:
    sources = [source for all_ in RIGHT.values() for source in all_]
    assert sum(len(mutants_of(source)) for source in sources) >= 2_000
