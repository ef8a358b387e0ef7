"""Exercise 2 of notebook 08: answers in several styles, and the wrong ones by name."""

from collections.abc import Callable
from itertools import groupby, pairwise
from typing import Any

import pytest
from hostile import assert_named, assert_right

from wslib import check
from wslib.check.nb08_missed import gaps

Gaps = list[tuple[int, int]]


def by_index(numbers: list[int]) -> Gaps:
    found = []
    for i in range(len(numbers) - 1):
        if numbers[i + 1] != numbers[i] + 1:
            found.append((numbers[i] + 1, numbers[i + 1] - 1))
    return found


def with_the_one_that_is_due(numbers: list[int]) -> Gaps:
    found: Gaps = []
    due = None
    for number in numbers:
        if due is not None and number > due:
            found.append((due, number - 1))
        due = number + 1
    return found


def with_zip(numbers: list[int]) -> Gaps:
    steps = zip(numbers, numbers[1:], strict=False)
    return [(here + 1, there - 1) for here, there in steps if there - here > 1]


def with_a_set(numbers: list[int]) -> Gaps:
    got, found = set(numbers), list[tuple[int, int]]()
    for number in range(numbers[0], numbers[-1]) if numbers else ():
        if number not in got and number - 1 in got:
            found.append((number, number))
        elif number not in got:
            found[-1] = (found[-1][0], number)
    return found


def with_groups(numbers: list[int]) -> Gaps:
    if not numbers:
        return []
    lacking = sorted({*range(numbers[0], numbers[-1])} - {*numbers})
    groups = groupby(enumerate(lacking), lambda pair: pair[1] - pair[0])
    runs = [[number for _, number in group] for _, group in groups]
    return [(run[0], run[-1]) for run in runs]


def by_taking_out(numbers: list[int]) -> Gaps:
    found = []
    while len(numbers) > 1:
        last = numbers.pop()
        if last - numbers[-1] > 1:
            found.insert(0, (numbers[-1] + 1, last - 1))
    return found


def recursive(numbers: list[int]) -> Gaps:
    match numbers:
        case [here, there, *_] if there == here + 1:
            return recursive(numbers[1:])
        case [here, there, *_]:
            return [(here + 1, there - 1), *recursive(numbers[1:])]
    return []


@pytest.mark.parametrize(
    "function",
    [
        gaps,
        by_index,
        with_the_one_that_is_due,
        with_zip,
        with_a_set,
        with_groups,
        by_taking_out,
        recursive,
        lambda numbers: tuple(with_zip(numbers)),
    ],
)
def test_every_right_way_to_find_the_gaps_is_right(function: Any) -> None:
    assert_right(check.missed(function))


def one_by_one(numbers: list[int]) -> Any:
    got = set(numbers)
    return [n for n in range(min(got, default=0), max(got, default=0)) if n not in got]


def as_a_range_ends(numbers: list[int]) -> Any:
    return [(a + 1, b) for a, b in pairwise(numbers) if b - a > 1]


def counts_from_one(numbers: list[int]) -> Any:
    found, due = [], 1
    for number in numbers:
        if number > due:
            found.append((due, number - 1))
        due = number + 1
    return found


def returns_in_the_loop(numbers: list[int]) -> Any:
    for here, there in pairwise(numbers):
        if there - here > 1:
            return [(here + 1, there - 1)]
    return []


def returns_at_once(numbers: list[int]) -> Any:
    for here, there in pairwise(numbers):
        return [(here + 1, there - 1)] if there - here > 1 else []
    return []


def writes_over(numbers: list[int]) -> Any:
    found: Gaps = []
    for here, there in pairwise(numbers):
        if there - here > 1:
            found = [(here + 1, there - 1)]
    return found


def extends(numbers: list[int]) -> Any:
    found: list[int] = []
    for here, there in pairwise(numbers):
        if there - here > 1:
            found += (here + 1, there - 1)
    return found


def begins_at_the_first(numbers: list[int]) -> Any:
    before, found = numbers[0], []
    for number in numbers[1:]:
        if number - before > 1:
            found.append((before + 1, number - 1))
        before = number
    return found


def one_index_too_far(numbers: list[int]) -> Any:
    steps = [(numbers[i], numbers[i + 1]) for i in range(len(numbers))]
    return [(a + 1, b - 1) for a, b in steps if b - a > 1]


def nothing_if_empty(numbers: list[int]) -> Any:
    if numbers:
        return with_zip(numbers)


def nothing_if_whole(numbers: list[int]) -> Any:
    return with_zip(numbers) or None


def prints(numbers: list[int]) -> Any:
    print(with_zip(numbers))


KEPT: Gaps = []


def keeps(numbers: list[int]) -> Any:
    KEPT.extend(with_zip(numbers))
    return list(KEPT)


WRONG: list[tuple[Callable[..., Any], str, str]] = [
    (one_by_one, "every-number", "yours  [3, 4]\n  due    [(3, 4)]"),
    (as_a_range_ends, "end-excluded", "`last` is one less"),
    (
        lambda n: [(a, b - 1) for a, b in pairwise(n) if b - a > 1],
        "start-excluded",
        "`first` is one more",
    ),
    (
        lambda n: [(a, b) for a, b in pairwise(n) if b - a > 1],
        "what-came",
        "yours  [(2, 5)]",
    ),
    (
        lambda n: [(a + 1, b + 1) for a, b in pairwise(n) if b - a > 1],
        "wrong-direction",
        "taken away",
    ),
    (lambda n: [b - a - 1 for a, b in pairwise(n) if b - a > 1], "widths", "how wide"),
    (
        lambda n: [(a, b) if b > a else a for a, b in with_zip(n)],
        "no-pair-for-one",
        "`(19, 19)`",
    ),
    (
        lambda n: [(a + 1, b - 1) for a, b in pairwise(n) if b - a > 2],
        "one-is-too-few",
        "missed([4, 17, 18, 20]) gave 1 item, not 2:\n  yours  [(5, 16)]\n",
    ),
    (
        lambda n: [(a + 1, b - 1) for a, b in pairwise(n)],
        "gaps-of-nothing",
        "nothing is missing",
    ),
    (counts_from_one, "from-the-start", "Begin at the first one it got"),
    (
        lambda n: [(n[0] + 1, n[-1] - 1)] if with_zip(n) else [],
        "one-wide-gap",
        "several gaps",
    ),
    (returns_in_the_loop, "only-the-first-gap", "`return` inside"),
    (returns_at_once, "first-step-only", "inside the loop"),
    (writes_over, "only-the-last-gap", "write over"),
    (extends, "pair-taken-apart", "`append((first, last))`"),
    (lambda n: with_zip(n[:-1]), "step-missing", "where does it end"),
    (lambda n: with_zip(n[1:]), "step-missing", "where does the loop begin"),
    (lambda n: [(b, a) for a, b in with_zip(n)], "swapped", "wrong way round"),
    (lambda n: [[a, b] for a, b in with_zip(n)], "no-pairs", "round brackets"),
    (lambda n: [f"{a}-{b}" for a, b in with_zip(n)], "no-pairs", "round brackets"),
    (lambda n: with_zip(n)[::-1], "backwards", "order of their numbers"),
    (lambda n: dict(with_zip(n)), "wrong-type", "of type dict"),
    (begins_at_the_first, "raises-if-empty", "Then the answer is `[]`"),
    (one_index_too_far, "raises", "has no next one"),
    (nothing_if_empty, "returns-nothing-sometimes", "On this way"),
    (nothing_if_whole, "returns-nothing-sometimes", "On this way"),
    (prints, "returns-nothing", "`return`"),
    (keeps, "not-the-same-twice", ""),
    (lambda n: [(3, 4)], "always-the-same", "compute it"),
    (lambda a, b: [], "arguments", "numbers"),
    # two at a time
    (
        lambda n: [(a + 1, b) for a, b in pairwise(n)],
        "end-excluded+gaps-of-nothing",
        "nothing is missing",
    ),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG)
def test_the_mistake_in_finding_gaps_is_named(
    function: Any, mistake: str, says: str
) -> None:
    assert_named(check.missed(function), mistake, says)


def test_a_width_that_nobody_asked_for_is_not_praised() -> None:
    for most in (11, 400):
        verdict = check.missed(
            lambda n, most=most: [(a, b) for a, b in with_zip(n) if b - a < most]
        )
        assert verdict.right is False and verdict.evidence
