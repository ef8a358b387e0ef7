"""Exercise 2 of notebook 01: every formula is right, the wrong ones by name."""

import functools
import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hostile import assert_named, assert_right

from wslib import check

Costs = Callable[[int, int, int, int], Any]


def right_even(opening: int, keepalive: int, push: int, poll: int) -> float:
    return (opening + 3600 / 20 * keepalive) / (poll - push)


def by_bisection(opening: int, keepalive: int, push: int, poll: int) -> float:
    low, high = 0.0, 1e6
    for _ in range(100):
        middle = (low + high) / 2
        if middle * poll < opening + 180 * keepalive + middle * push:
            low = middle
        else:
            high = middle
    return low


def one_by_one(opening: int, keepalive: int, push: int, poll: int) -> int:
    changes = 0
    while changes * poll <= opening + 180 * keepalive + changes * push:
        changes += 1
    return changes


def pings_of_every_call(
    o: int,
    k: int,
    pu: int,
    po: int,
    pings: list[int] = [],  # noqa: B006
) -> float:
    pings += [k] * 180
    return (o + sum(pings)) / (po - pu)


@pytest.mark.parametrize(
    "function",
    [
        right_even,
        lambda o, k, pu, po: -(o + 60 * 3 * k) / (pu - po),
        lambda o, k, pu, po: o / (po - pu) + 180 * k / (po - pu),
        lambda o, k, pu, po: Fraction(o + 180 * k, po - pu),
        lambda o, k, pu, po: Decimal(o + 180 * k) / (po - pu),
        lambda o, k, pu, po: np.float64(o + 180 * k) / (po - pu),
        lambda o, k, pu, po: np.linalg.solve([[po - pu]], [o + 180 * k])[0],
        by_bisection,
        functools.partial(right_even),
    ],
)
def test_every_right_formula_is_right_to_the_last_bit_but_one(function: Costs) -> None:
    assert_right(check.break_even(function))


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
    "keepalive-miscounted": lambda o, k, pu, po: (o + 181 * k) / (po - pu),
    "opening-every-time": lambda o, k, pu, po: 180 * (o + k) / (po - pu),
    "no-brackets": lambda o, k, pu, po: (o + 180 * k) / po - pu,
    "push-on-the-wrong-side": lambda o, k, pu, po: (o + 180 * k + pu) / po,
    "push-forgotten": lambda o, k, pu, po: (o + 180 * k) / po,
    "push-added": lambda o, k, pu, po: (o + 180 * k) / (po + pu),
    "push-for-poll": lambda o, k, pu, po: (o + 180 * k) / pu,
    "sign": lambda o, k, pu, po: (o + 180 * k) / (pu - po),
    "upside-down": lambda o, k, pu, po: (po - pu) / (o + 180 * k),
    "not-divided": lambda o, k, pu, po: o + 180 * k,
    "rounded-down": lambda o, k, pu, po: (o + 180 * k) // (po - pu),
    "rounded-up": lambda o, k, pu, po: math.ceil(right_even(o, k, pu, po)),
    "rounded": lambda o, k, pu, po: round(right_even(o, k, pu, po)),
    "counted-up": lambda o, k, pu, po: math.floor(right_even(o, k, pu, po)) + 1,
    "seconds-between": lambda o, k, pu, po: 3600 / right_even(o, k, pu, po),
    "per-minute": lambda o, k, pu, po: right_even(o, k, pu, po) / 60,
    "per-second": lambda o, k, pu, po: right_even(o, k, pu, po) / 3600,
    "bits": lambda o, k, pu, po: 8 * right_even(o, k, pu, po),
    "no-keepalive+push-forgotten": lambda o, k, pu, po: o / po,
}


@pytest.mark.parametrize(("mistake", "function"), WRONG_EVEN.items())
def test_the_mistake_in_the_formula_is_named(mistake: str, function: Costs) -> None:
    assert_named(check.break_even(function), mistake)


def test_a_wrong_formula_that_nobody_foresaw_is_met_with_the_plainest_case() -> None:
    verdict = check.break_even(lambda o, k, pu, po: right_even(o, k, pu, po) + pu)
    assert (verdict.right, verdict.mistake) == (False, "wrong-answer")
    assert "No keep-alive here" in verdict.hint


OTHERS: list[tuple[Any, str, str]] = [
    (lambda o, k, pu, po: o + 180 * k / (po - pu), "no-brackets", "what is divided"),
    (lambda o, k, pu, po: o + 180 * k / po - pu, "no-brackets", "divided by as well"),
    (lambda o, k, pu, po: (180 * o + k) / (po - pu), "opening-every-time", "once"),
    (lambda o, k, pu, po: (o + 179 * k) / (po - pu), "keepalive-miscounted", "again"),
    (pings_of_every_call, "not-the-same-twice", "an earlier call"),
    (one_by_one, "counted-up", "as `count_up` finds it"),
    (lambda o, k, pu, po: (o - 180 * k) / (po - pu), "opening-subtracted", "same sign"),
    (lambda o, k, pu, po: o + 20 * k, "keepalive-twenty-times+not-divided", "And:"),
    (
        lambda o, k, pu, po: round(right_even(o, k, pu, po), 2),
        "rounded",
        "You round it",
    ),
    (lambda o, k, pu, po: int(right_even(o, k, pu, po)), "rounded-down", "behind"),
    (
        lambda o, k, pu, po: [right_even(o, k, pu, po)],
        "wrong-type",
        "this is of type list",
    ),
    (lambda o, k, pu, po: (right_even(o, k, pu, po),), "comma-at-the-end", "a tuple"),
    (lambda o, k, pu, po: np.array([o, k]), "wrong-type", "this is of type ndarray"),
    (lambda o, k, pu, po: 0, "always-the-same", "every case"),
    (lambda o, k, pu, po: 10**400, "always-the-same", "every case"),
    (
        lambda o, k, pu, po: right_even(o, k, pu, po) == 2,
        "wrong-type",
        "this is of type bool",
    ),
    (
        lambda o, k, pu, po: right_even(o, k, pu, po) + 0j,
        "wrong-type",
        "this is of type complex",
    ),
    (lambda o, k, pu, po: math.nan, "always-the-same", "gave nan"),
    (lambda o, k, pu, po: print("8.2", end=""), "returns-nothing", "`return`"),
    (lambda o, k, pu, po: o / k, "raises", "division by zero"),
]


@pytest.mark.parametrize(("function", "mistake", "says"), OTHERS)
def test_what_else_goes_wrong_is_named(function: Any, mistake: str, says: str) -> None:
    assert_named(check.break_even(function), mistake, says)


WRONG_FOR_SOME: list[Costs] = [
    lambda o, k, pu, po: right_even(o, k, pu, po) if o or k else 1.0,
    lambda o, k, pu, po: right_even(o, k, pu, min(po, 700)),
    lambda o, k, pu, po: right_even(o, min(k, 180), pu, po),
    lambda o, k, pu, po: right_even(o, k, pu, po) if po - pu > 1 else 0.0,
]


@pytest.mark.parametrize("function", WRONG_FOR_SOME)
def test_what_is_wrong_for_some_costs_only_is_not_praised(function: Costs) -> None:
    assert check.break_even(function).right is False


def test_counting_in_small_steps_is_told_what_it_is() -> None:
    def stepped(opening: int, keepalive: int, push: int, poll: int) -> float:
        steps = 0
        while opening + 180 * keepalive + steps / 10 * push > steps / 10 * poll:
            steps += 1
        return (steps + 1) / 10

    verdict = check.break_even(stepped)
    assert_named(verdict, "wrong-answer", "Close, and too much: were steps counted")
