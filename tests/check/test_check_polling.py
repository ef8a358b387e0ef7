"""The checks of notebook 01 name the mistake, praise no wrong answer, never raise."""

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import nbformat
import pytest
from execute_notebooks import ROOT
from hostile import later, no_end, stub

from wslib import check
from wslib.check.ex01_polling import _MATCHES, _MISFITS, _SITUATIONS, _WAYS
from wslib.check.polling_routes import MATCH

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


@pytest.mark.parametrize("function", [right_polls, by_set, by_memory])
def test_every_right_way_to_count_is_right(function: Polls) -> None:
    verdict = check.wasted_polls(function)
    assert (verdict.right, verdict.mistake) == (True, None)


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
    "last-poll-missing+useful-polls": lambda c, i, s: sum(
        any(t - i < x < t for x in c) for t in range(i, s, i)
    ),
}


@pytest.mark.parametrize(("mistake", "function"), WRONG_POLLS.items())
def test_the_mistake_in_counting_polls_is_named(mistake: str, function: Polls) -> None:
    verdict = check.wasted_polls(function)
    assert (verdict.right, verdict.mistake) == (False, mistake)
    assert "gave" in verdict.evidence and verdict.hint


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
    assert (
        verdict.hint == "The first poll would be at 90, after the end: there is none."
    )


Costs = Callable[[int, int, int, int], Any]


def right_even(opening: int, keepalive: int, push: int, poll: int) -> float:
    return (opening + 3600 / 20 * keepalive) / (poll - push)


@pytest.mark.parametrize(
    "function",
    [
        right_even,
        lambda o, k, pu, po: -(o + 60 * 3 * k) / (pu - po),
        lambda o, k, pu, po: o / (po - pu) + 180 * k / (po - pu),
        lambda o, k, pu, po: Fraction(o + 180 * k, po - pu),
    ],
)
def test_every_right_formula_is_right_to_the_last_bit_but_one(function: Costs) -> None:
    verdict = check.break_even(function)
    assert (verdict.right, verdict.mistake) == (True, None)


WRONG_EVEN: dict[str, Costs] = {
    "no-keepalive": lambda o, k, pu, po: o / (po - pu),
    "one-keepalive": lambda o, k, pu, po: (o + k) / (po - pu),
    "keepalive-per-minute": lambda o, k, pu, po: (o + 3 * k) / (po - pu),
    "keepalive-twenty-times": lambda o, k, pu, po: (o + 20 * k) / (po - pu),
    "keepalive-every-minute": lambda o, k, pu, po: (o + 60 * k) / (po - pu),
    "keepalive-every-second": lambda o, k, pu, po: (o + 3600 * k) / (po - pu),
    "keepalive-twice": lambda o, k, pu, po: (o + 360 * k) / (po - pu),
    "no-opening": lambda o, k, pu, po: 180 * k / (po - pu),
    "opening-subtracted": lambda o, k, pu, po: (180 * k - o) / (po - pu),
    "push-forgotten": lambda o, k, pu, po: (o + 180 * k) / po,
    "push-added": lambda o, k, pu, po: (o + 180 * k) / (po + pu),
    "push-for-poll": lambda o, k, pu, po: (o + 180 * k) / pu,
    "sign": lambda o, k, pu, po: (o + 180 * k) / (pu - po),
    "upside-down": lambda o, k, pu, po: (po - pu) / (o + 180 * k),
    "not-divided": lambda o, k, pu, po: o + 180 * k,
    "rounded-down": lambda o, k, pu, po: (o + 180 * k) // (po - pu),
    "rounded-up": lambda o, k, pu, po: math.ceil(right_even(o, k, pu, po)),
    "rounded": lambda o, k, pu, po: round(right_even(o, k, pu, po)),
    "per-minute": lambda o, k, pu, po: right_even(o, k, pu, po) / 60,
    "per-second": lambda o, k, pu, po: right_even(o, k, pu, po) / 3600,
    "bits": lambda o, k, pu, po: 8 * right_even(o, k, pu, po),
    "no-keepalive+push-forgotten": lambda o, k, pu, po: o / po,
}


@pytest.mark.parametrize(("mistake", "function"), WRONG_EVEN.items())
def test_the_mistake_in_the_formula_is_named(mistake: str, function: Costs) -> None:
    verdict = check.break_even(function)
    assert (verdict.right, verdict.mistake) == (False, mistake)
    assert verdict.hint


def test_a_wrong_formula_that_nobody_foresaw_is_met_with_the_plainest_case() -> None:
    verdict = check.break_even(lambda o, k, pu, po: right_even(o, k, pu, po) + pu)
    assert (verdict.right, verdict.mistake) == (False, "wrong-answer")
    assert "No keep-alive here" in verdict.hint


FUNCTIONS = pytest.mark.parametrize("name", ["wasted_polls", "break_even"])


@FUNCTIONS
@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda *a: 1 / 0, "raises"),
        (lambda *a: exit(), "raises"),
        (lambda: 3, "raises"),
        (lambda *a: "3", "wrong-type"),
        (lambda *a: [3], "wrong-type"),
        (lambda *a: True, "wrong-type"),
        (3, "not-a-function"),
        (no_end, "never-ends"),
    ],
)
def test_no_answer_at_all_is_told_as_such(
    name: str, function: Any, mistake: str
) -> None:
    verdict = getattr(check, name)(function)
    assert (verdict.right, verdict.mistake) == (False, mistake)


@FUNCTIONS
def test_a_stub_is_not_attempted_yet(name: str) -> None:
    for nothing in (stub, later, None, ...):
        assert getattr(check, name)(nothing).right is None


@FUNCTIONS
@pytest.mark.parametrize("value", [math.nan, math.inf, -1, 0, 10**400, 3 + 4j])
def test_a_number_that_makes_no_sense_is_just_wrong(name: str, value: Any) -> None:
    assert getattr(check, name)(lambda *a: value).right is False


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
    known = {match: right_polls(*match) for match in _MATCHES}
    assert check.wasted_polls(lambda *match: known.get(match, 0)).right is False


RIGHT = {
    "search": "request",
    "weather": "polling",
    "ticker": "sse",
    "whiteboard": "websocket",
    "report": "long polling",
}


def test_the_five_ways_that_fit_are_right() -> None:
    verdict = check.transports(RIGHT)
    assert (verdict.right, verdict.mistake) == (True, None)


@pytest.mark.parametrize("situation", _SITUATIONS)
@pytest.mark.parametrize("way", _WAYS)
def test_each_way_that_does_not_fit_is_told_why(situation: str, way: str) -> None:
    verdict = check.transports(RIGHT | {situation: way})
    if way == RIGHT[situation]:
        assert verdict.right
        assert way not in _MISFITS[situation]
    else:
        assert verdict.right is False
        assert verdict.mistake == f"{situation}-{way}".replace(" ", "-")
        assert len(verdict.hint.split()) > 5


@pytest.mark.parametrize(
    "name", ["SSE", "Server-Sent Events", "EventSource", "server_sent_events"]
)
def test_a_way_may_be_written_as_people_write_it(name: str) -> None:
    assert check.transports(RIGHT | {"ticker": name}).right


def test_nothing_chosen_is_not_attempted() -> None:
    for nothing in (None, ..., {}, dict.fromkeys(RIGHT, ...)):
        assert check.transports(nothing).right is None


def test_a_part_that_fits_is_not_finished_and_not_called_unattempted() -> None:
    verdict = check.transports({"search": "request", "weather": ...})
    assert (verdict.right, verdict.mistake) == (False, "unfinished")
    assert verdict.evidence == "1 of 5 chosen; so far, each fits."
    assert "Still open: weather, ticker" in verdict.hint
    assert "not attempted" not in repr(verdict)


def test_a_wrong_choice_is_told_before_the_others_are_made() -> None:
    assert check.transports({"whiteboard": "polling"}).right is False


@pytest.mark.parametrize(
    ("choices", "mistake"),
    [
        (["request"], "not-a-dict"),
        ({"stocks": "sse"}, "unknown-situation"),
        ({["x"][0]: 1}, "unknown-situation"),
        (RIGHT | {"search": 1}, "unknown-way"),
        (RIGHT | {"search": "carrier pigeon"}, "unknown-way"),
    ],
)
def test_what_is_no_choice_is_told_as_such(choices: Any, mistake: str) -> None:
    verdict = check.transports(choices)
    assert (verdict.right, verdict.mistake) == (False, mistake)
