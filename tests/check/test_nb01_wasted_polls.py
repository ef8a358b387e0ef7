"""Exercise 1 of notebook 01: every way to count is right, the wrong ones by name."""

import functools
from collections.abc import Callable
from typing import Any

import nbformat
import numpy as np
import pytest
from execute_notebooks import ROOT
from hostile import assert_named, assert_right

from wslib import check
from wslib.check.nb01_wasted_polls import MATCH, wasted_polls

Polls = Callable[[Any, int, int], Any]


def right_polls(changes: Any, interval: int, seconds: int) -> int:
    polls = range(interval, seconds + 1, interval)
    return sum(not any(t - interval < c < t for c in changes) for t in polls)


def by_set(changes: Any, interval: int, seconds: int) -> int:
    polls = seconds // interval
    return polls - len({c // interval for c in changes if c < polls * interval})


def by_memory(changes: Any, interval: int, seconds: int) -> int:
    known = wasted = 0
    poll = interval
    while poll <= seconds:
        count = len([c for c in changes if c < poll])
        wasted += count == known
        known = count
        poll += interval
    return wasted


def by_recursion(changes: Any, interval: int, seconds: int, known: int = 0) -> int:
    if seconds < interval:
        return 0
    later = [c - interval for c in changes]
    news = len([c for c in later if c < 0])
    return (not news) + by_recursion(later[news:], interval, seconds - interval)


def by_numpy(changes: Any, interval: int, seconds: int) -> Any:
    polls = np.arange(interval, seconds + 1, interval)
    times = np.array(changes).reshape(-1, 1)
    news = (polls - interval < times) & (times < polls)
    return (~news.any(axis=0)).sum()


class Counter:
    def __call__(self, changes: Any, interval: int, seconds: int) -> int:
        return right_polls(changes, interval, seconds)


@pytest.mark.parametrize(
    "function",
    [
        right_polls,
        by_set,
        by_memory,
        by_recursion,
        by_numpy,
        Counter(),
        functools.partial(by_recursion, known=0),
    ],
)
def test_every_right_way_to_count_is_right(function: Polls) -> None:
    assert_right(check.wasted_polls(function))


GOALS, SECONDS = MATCH


def test_the_notebooks_match_is_the_one_that_the_check_knows() -> None:
    path = ROOT / "notebooks" / "01_polling_vs_websocket.ipynb"
    [cell] = [c for c in nbformat.read(path, as_version=4).cells if c.id == "match"]
    names: dict[str, Any] = {}
    exec(cell.source, names)
    assert (names["MATCH"].changes, names["MATCH"].seconds) == MATCH


def counted(polls: Any, since: Any) -> Polls:
    return lambda changes, interval, seconds: sum(
        not any(since(t, interval) < c < t for c in changes)
        for t in polls(interval, seconds)
    )


def from_zero(changes: Any, interval: int, seconds: int) -> int:
    news = [any(t - interval < c < t for c in changes) for t in range(0, seconds + 1)]
    return sum(not new for t, new in enumerate(news) if t % interval == 0)


WRONG_POLLS: dict[str, Polls] = {
    "poll-at-zero": from_zero,
    "last-poll-missing": counted(lambda i, s: range(i, s, i), lambda t, i: t - i),
    "interval-ignored": lambda c, i, s: right_polls(c, 1, s),
    "one-poll-per-change": lambda c, i, s: s // i - len(c),
    "one-poll-per-change-seen": (
        lambda c, i, s: s // i - sum(x < s // i * i for x in c)
    ),
    "never-seen": lambda c, i, s: s // i - len({x // i for x in c}),
    "looks-back-one-second": counted(
        lambda i, s: range(i, s + 1, i), lambda t, i: t - 1
    ),
    "old-news": counted(lambda i, s: range(i, s + 1, i), lambda t, i: 0),
    "looks-ahead": lambda c, i, s: sum(
        not any(t < x < t + i for x in c) for t in range(i, s + 1, i)
    ),
    "useful-polls": lambda c, i, s: s // i - right_polls(c, i, s),
    "all-polls": lambda c, i, s: s // i,
    "share": lambda c, i, s: right_polls(c, i, s) / (s // i),
    "not-an-int": lambda c, i, s: float(right_polls(c, i, s)),
    "poll-at-zero+one-poll-per-change": lambda c, i, s: s // i + 1 - len(c),
    "changes-of-the-notebook": lambda c, i, s: right_polls(GOALS, i, s),
    "seconds-of-the-notebook": lambda c, i, s: right_polls(c, i, SECONDS),
    "match-of-the-notebook": lambda c, i, s: right_polls(GOALS, i, SECONDS),
    "match-of-the-notebook+interval-ignored": lambda c, i, s: 55,
    "changes-of-the-notebook+last-poll-missing": lambda c, i, s: sum(
        not any(t - i < x < t for x in GOALS) for t in range(i, s, i)
    ),
    "poll-at-zero+last-poll-missing": counted(
        lambda i, s: range(0, s, i), lambda t, i: t - i
    ),
    "last-poll-missing+useful-polls": lambda c, i, s: sum(
        any(t - i < x < t for x in c) for t in range(i, s, i)
    ),
}


@pytest.mark.parametrize(("mistake", "function"), WRONG_POLLS.items())
def test_the_mistake_in_counting_polls_is_named(mistake: str, function: Polls) -> None:
    assert_named(check.wasted_polls(function), mistake, "gave")


def test_a_wrong_count_of_polls_that_nobody_foresaw_is_gone_through_by_hand() -> None:
    verdict = check.wasted_polls(lambda c, i, s: right_polls(c, i, s) + (i == 5))
    assert (verdict.right, verdict.mistake) == (False, "wrong-answer")
    assert verdict.evidence.endswith("gave 10; the answer is 9.")
    assert verdict.hint == (
        "Poll by poll: the page asks at 5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, "
        "and hears news at 10, 20, 55."
    )


def test_a_match_that_ends_before_the_first_poll_is_explained() -> None:
    verdict = check.wasted_polls(lambda c, i, s: right_polls(c, i, s) + (i == 90))
    said = "The first poll would be at 90, after the end: there is none."
    assert verdict.hint == said


def returns_in_the_loop(changes: Any, interval: int, seconds: int) -> Any:
    wasted = 0
    for poll in range(interval, seconds + 1, interval):
        if not any(poll - interval < change < poll for change in changes):
            wasted += 1
        return wasted


def returns_in_the_if(changes: Any, interval: int, seconds: int) -> Any:
    wasted = 0
    for poll in range(interval, seconds + 1, interval):
        if not any(poll - interval < change < poll for change in changes):
            wasted += 1
            return wasted


def one_change_a_poll(changes: Any, interval: int, seconds: int) -> int:
    taken = wasted = 0
    for poll in range(interval, seconds + 1, interval):
        if taken < len(changes) and changes[taken] < poll:
            taken += 1
        else:
            wasted += 1
    return wasted


def breaks(changes: Any, interval: int, seconds: int) -> int:
    wasted = 0
    for poll in range(interval, seconds + 1, interval):
        if any(poll - interval < change < poll for change in changes):
            break
        wasted += 1
    return wasted


def each_change(changes: Any, interval: int, seconds: int) -> int:
    wasted = 0
    for poll in range(interval, seconds + 1, interval):
        for change in changes:
            if not poll - interval < change < poll:
                wasted += 1
    return wasted


every_second = counted(lambda i, s: range(i, s + 1), lambda t, i: t - i)
from_one = counted(lambda i, s: range(1, s + 1), lambda t, i: t - i)

OTHERS: list[tuple[Any, str, str]] = [
    (one_change_a_poll, "one-poll-per-change-seen", "one poll brings both"),
    (breaks, "old-news", "does a `break` end the count"),
    (each_change, "polls-times-changes", "`any` tells"),
    (every_second, "interval-ignored", "every second"),
    (from_one, "interval-ignored", "every second"),
    (
        lambda c, i, s: sum(not any(t - i < x for x in c) for t in range(i, s + 1, i)),
        "news-to-come",
        "still to come",
    ),
    (lambda c, i, s: right_polls(c, s, i), "wrong-answer", "news at none of them"),
    (returns_in_the_loop, "only-the-first", "inside the loop"),
    (returns_in_the_if, "only-the-first", "inside the loop"),
    (lambda c, i, s: max(0, s // i - len(c)), "one-poll-per-change", "two changes"),
    (lambda c, i, s: str(right_polls(c, i, s)), "number-as-text", "as text"),
    (lambda c, i, s: [right_polls(c, i, s)], "wrong-type", "this is of type list"),
    (lambda c, i, s: right_polls(c, i, s) > 0, "wrong-type", "this is of type bool"),
    (lambda c, i, s: (right_polls(c, i, s),), "comma-at-the-end", "a tuple"),
    (lambda c, i, s: -(s // -i) - s // i + right_polls(c, i, s), "wrong-answer", ""),
    (lambda c, i, s: right_polls(c, i, s) or None, "returns-nothing-sometimes", ""),
    (lambda c, i, s: 0, "always-the-same", "every case"),
    (lambda c, i, s: 1, "always-the-same", "every case"),
    (lambda *a: 1 / 0, "raises", "division by zero"),
]


@pytest.mark.parametrize(("function", "mistake", "says"), OTHERS)
def test_what_else_goes_wrong_is_named(function: Any, mistake: str, says: str) -> None:
    assert_named(check.wasted_polls(function), mistake, says)


def test_a_mistake_is_named_even_if_the_function_fails_later_on() -> None:
    def share(changes: Any, interval: int, seconds: int) -> float:
        return right_polls(changes, interval, seconds) / (seconds // interval)

    with pytest.raises(ZeroDivisionError):
        share((4.5,), 90, 60)
    assert check.wasted_polls(share).mistake == "share"


def test_a_function_that_is_right_until_it_fails_is_told_where() -> None:
    def fails(changes: Any, interval: int, seconds: int) -> int:
        return right_polls(changes, interval, seconds) // (interval != 90)

    verdict = check.wasted_polls(fails)
    assert verdict.mistake == "raises"
    assert verdict.evidence.startswith("wasted_polls((4.5,), 90, 60): ")


def lost(changes: Any, interval: int, seconds: int) -> int:
    """Go through it by half seconds: a change that falls between two is lost."""
    news = {t / 2 for t in range(2 * seconds)} & set(changes)
    return right_polls(tuple(news), interval, seconds)


def nearest(changes: Any, interval: int, seconds: int) -> int:
    return right_polls([round(c) - 0.5 for c in changes], interval, seconds)


WRONG_FOR_SOME = [
    lost,
    nearest,
    lambda c, i, s: right_polls(c[:5], i, s),
    lambda c, i, s: right_polls(c, i, min(s, 59)),
    lambda c, i, s: right_polls(c, i, s) if i < s else 0,
    lambda c, i, s: right_polls(c, i, s) if c else max(1, s // i),
]


@pytest.mark.parametrize("function", WRONG_FOR_SOME)
def test_what_is_wrong_for_some_matches_only_is_not_praised(function: Polls) -> None:
    assert check.wasted_polls(function).right is False


@pytest.mark.parametrize("interval", range(2, 10))
@pytest.mark.parametrize("offset", [-1, 1])
def test_a_count_that_is_off_for_one_interval_only_is_wrong(
    interval: int, offset: int
) -> None:
    verdict = check.wasted_polls(
        lambda c, i, s: right_polls(c, i, s) + offset * (i == interval)
    )
    assert verdict.right is False


def test_answers_learnt_by_heart_are_wrong() -> None:
    matches = [case.arguments for case in wasted_polls.cases]
    known = {match: right_polls(*match) for match in matches}
    assert check.wasted_polls(lambda *match: known.get(match, 0)).right is False
