"""Exercise 1 of notebook 09: answers in several styles, and the wrong ones by name."""

import asyncio
import functools
import math
import random as module
import time
from collections.abc import Callable
from typing import Any

import pytest
from hostile import assert_named, assert_right

from wslib import check
from wslib.check.nb09_backoff import waited

Random = Callable[[], float]


def key(attempt: int, random: Random) -> float:
    """Do as the answer key does."""
    return random() * min(30, 2**attempt)


def in_two_lines(attempt: int, random: Random) -> float:
    longest = min(2**attempt, 30)
    return longest * random()


def with_shift(attempt: int, random: Random) -> float:
    return min(30.0, 1 << attempt) * random()


def with_if(attempt: int, random: Random) -> float:
    if attempt >= 5:
        return 30 * random()
    return 2.0**attempt * random()


def with_doubling(attempt: int, random: Random) -> float:
    longest = 1
    for _ in range(attempt):
        longest = min(longest * 2, 30)
    return random() * longest


def with_while(attempt: int, random: Random) -> float:
    longest = 1.0
    while attempt and longest < 30:
        longest *= 2
        attempt -= 1
    return (longest if longest < 30 else 30) * random()


def with_table(attempt: int, random: Random) -> float:
    return random() * ([1, 2, 4, 8, 16] + [30])[min(attempt, 5)]


def with_try(attempt: int, random: Random) -> float:
    try:
        longest = min(30.0, 2.0**attempt)
    except OverflowError:
        longest = 30.0
    return random() * longest


def with_small_power(attempt: int, random: Random) -> float:
    return random() * min(30, math.pow(2, min(attempt, 10)))


def the_other_end(attempt: int, random: Random) -> float:
    """1 - random() is spread as evenly as random() is."""
    return (1 - random()) * min(30, 2**attempt)


def as_uniform_does(attempt: int, random: Random) -> float:
    low, high = 0, min(30, 2**attempt)
    return low + (high - low) * random()


def to_the_millisecond(attempt: int, random: Random) -> float:
    return round(random() * min(30, 2**attempt), 3)


def with_sorted(attempt: int, random: Random) -> float:
    return sorted([30, 2**attempt])[0] * random()


def with_default(attempt: int, random: Random = module.random) -> float:
    return random() * min(30, pow(2, attempt))


@pytest.mark.parametrize(
    "function",
    [
        waited,
        key,
        in_two_lines,
        with_shift,
        with_if,
        with_doubling,
        with_while,
        with_table,
        with_try,
        with_small_power,
        the_other_end,
        as_uniform_does,
        to_the_millisecond,
        with_sorted,
        with_default,
    ],
)
def test_every_right_way_to_back_off_is_right(function: Any) -> None:
    assert_right(check.backoff(function))


def sleeps(attempt: int, random: Random) -> Any:
    time.sleep(random() * min(30, 2**attempt))


def sleeps_and_returns(attempt: int, random: Random) -> Any:
    seconds = key(attempt, random)
    time.sleep(seconds)
    return seconds


def rest(seconds: float) -> None:
    time.sleep(seconds)


def sleeps_elsewhere(attempt: int, random: Random) -> Any:
    rest(key(attempt, random))


async def sleeps_in_asyncio(attempt: int, random: Random) -> Any:
    await asyncio.sleep(key(attempt, random))


def waits_without_sleep(attempt: int, random: Random) -> Any:
    end = time.monotonic() + key(attempt, random)
    while time.monotonic() < end:
        pass


def imports_random(attempt: int, random: Random) -> Any:
    import random  # type: ignore[no-redef]

    return random.random() * min(30, 2**attempt)  # type: ignore[attr-defined]


def both_randoms(attempt: int, random: Random) -> Any:
    return random() * min(30, 2**attempt) + module.random() / 10


def calls_itself(attempt: int, random: Random) -> Any:
    def longest(n: int) -> int:
        return 1 if n == 0 else 2 * longest(n - 1)

    return random() * min(30, longest(attempt))


def random_for_each(attempt: int, random: Random) -> Any:
    return [random() * min(30, 2**n) for n in range(min(attempt, 50) + 1)][-1]


def float_and_no_cap(attempt: int, random: Random) -> Any:
    return random() * 2.0**attempt


def early_ones_only(attempt: int, random: Random) -> Any:
    if attempt < 5:
        return random() * 2**attempt


def remembers_each_try(attempt: int, random: Random, known: Any = {}) -> Any:  # noqa: B006
    if attempt not in known:
        known[attempt] = key(attempt, random)
    return known[attempt]


def doubles_by_itself(attempt: int, random: Random, last: Any = [1]) -> Any:  # noqa: B006
    last[0] = min(30, 2 * last[0])
    return last[0] * random()


def waits_alone(n: int, r: Random) -> Any:
    return r() * min(30, 2**n) if n < 50 else 30


WRONG_BACKOFF: list[tuple[Callable[..., Any], str, str]] = [
    (lambda n, r: r() * 2**n, "no-cap", "gave 16.0; the answer is 15.0"),
    (lambda n, r: 2**n * r(), "no-cap", "backoff(5, lambda: 0.5)"),
    (float_and_no_cap, "no-cap", "At most 30"),
    (lambda n, r: min(30, 2**n), "no-randomness", "A thousand clients"),
    (lambda n, r: 2**n, "no-cap+no-randomness", "And: "),
    (lambda n, r: min(30, 2**n) + r(), "jitter-on-top", "on top"),
    (lambda n, r: 2**n + r(), "no-cap+jitter-on-top", "on top"),
    (lambda n, r: min(30, 2**n + r()), "jitter-on-top", "same second"),
    (lambda n, r: min(30, 2**n) * (0.5 + r() / 2), "half-jitter", "equal jitter"),
    (lambda n, r: min(30, 2**n) / 2 * (1 + r()), "half-jitter", "in use"),
    (lambda n, r: r() * min(30, 2 * n), "linear", "double"),
    (lambda n, r: r() * min(30, n**2), "squared", "exponent"),
    (lambda n, r: r() * min(30, 2 ** (n + 1)), "one-too-late", "number 0"),
    (lambda n, r: r() * min(30, 2 ** (n - 1)), "one-too-early", "number 0"),
    (lambda n, r: r() * min(30, 2 ^ n), "xor", "no power in Python"),
    (lambda n, r: min(30, r() * 2**n), "cap-after-random", "sharp, all together"),
    (lambda n, r: min(r() * 2**n, 30), "cap-after-random", "Limit first"),
    (lambda n, r: r * min(30, 2**n), "random-not-called", "`random()`"),
    (lambda n, r: min(30, 2**n * r), "random-not-called", "`random()`"),
    (lambda n, r: r, "random-not-called", "`random()`"),
    (lambda n, random: module.random() * min(30, 2**n), "another-random", "Use"),
    (lambda n, random: module.uniform(0, min(30, 2**n)), "another-random", "alone"),
    (imports_random, "another-random", "gives something else each time"),
    (both_randoms, "another-random", "something else each time"),
    (lambda n, r: r.random() * 2**n, "random-is-the-argument", "not the module"),
    (lambda n, r: r.uniform(0, 2**n), "random-is-the-argument", "not the module"),
    (lambda n, r: r(0, min(30, 2**n)), "random-given-arguments", "random() takes 0"),
    (lambda n, r: r() * r() * min(30, 2**n), "called-twice", "in a variable"),
    (lambda n, r: r() and r() * min(30, 2**n), "random-not-once", "called twice"),
    (random_for_each, "random-not-once", "called twice"),
    (lambda n, r: r() * min(30, 2.0**n), "overflow", "`2 ** attempt`"),
    (lambda n, r: r() * min(30, math.pow(2, n)), "overflow", "fit into a float"),
    (calls_itself, "too-deep", "about 1,000"),
    (lambda n, r: int(r() * min(30, 2**n)), "whole-seconds", "rounded"),
    (lambda n, r: r() * min(30, 2**n) // 1, "whole-seconds", "rounded"),
    (lambda n, r: 1000 * r() * min(30, 2**n), "milliseconds", "seconds"),
    (lambda n, r: r() * min(30_000, 1000 * 2**n), "milliseconds", "seconds"),
    (lambda n, r: r() * min(30, math.exp(n)), "other-base", "the base is 2"),
    (lambda n, r: r() * min(30, 10**n), "other-base", "the base is 2"),
    (lambda n, r: r() * max(30, 2**n), "max-not-min", "`min`"),
    (lambda n, r: r() * min(60, 2**n), "other-cap", "neither more nor less"),
    (lambda n, r: r() * 30, "attempt-unused", "number of the try"),
    (lambda n, r: 30, "no-randomness+attempt-unused", "And:"),
    (lambda n, r: 7, "always-the-same", "compute it"),
    (lambda n, r: r(), "attempt-unused", "plays no part"),
    (lambda n, r: f"{r() * min(30, 2**n)} s", "text-not-number", "text"),
    (lambda n, r: (0, min(30, 2**n)), "wrong-type", "of type tuple"),
    (lambda n, r: [r() * min(30, 2**n)], "wrong-type", "of type list"),
    (lambda n, r: n > 3, "wrong-type", "of type bool"),
    (lambda n, r: print(end=""), "returns-nothing", "`return`"),
    (early_ones_only, "returns-nothing-sometimes", "On this way"),
    (waits_alone, "random-unused", "`random` was never called"),
    (lambda n, r: r() * min(30, 2**n) + 0.001, "other-part", "0 makes 0.001"),
    (lambda n, r: (0.5 + r()) * min(30, 2**n), "jitter-around", "lies around"),
    (lambda n, r: (0.4 + r()) * min(30, 2**n), "other-part", "0 makes 0.4 and 0.75"),
    (lambda n, r: r() ** 2 * min(30, 2**n), "other-part", "makes 0.5625 seconds"),
    (lambda n, r: max(1, r() * min(30, 2**n)), "at-least-1", "less than a second"),
    (lambda n, r: max(0.5, r() * min(30, 2**n)), "other-part", "be 0 and 0.75"),
    (lambda n, r: r() * (min(30, 2**n) - 1), "less-one", "never wait"),
    (lambda n, r: r() * 2 ** min(30, n), "cap-on-attempt", "for the seconds"),
    (lambda n, r: r() * (2**n % 30), "begins-again", "a short one again"),
    (lambda n, r: n and r() * min(30, 2**n), "first-not-random", "no wait at all"),
    (lambda n, r: -r() * min(30, 2**n), "other-longest", "part of -1, and"),
    (lambda n, r: r() * 2 ** min(n, 10), "other-longest", "part of 32, and"),
    (lambda n, r: r() * (30 if n > 3 else 2**n), "other-longest", "2 ** 4)`, 16"),
    (lambda n, r: r() * min(30, 2 ** (n % 10)), "other-longest", "For try 10"),
    (lambda n, r: min(30, r() * 2 ** min(n, 50)), "cap-after-random", "sharp"),
    (lambda n, r: math.ceil(r() * min(30, 2**n)), "whole-seconds", "rounded"),
    (lambda n, r: lambda: r() * min(30, 2**n), "wrong-type", "of type function"),
    (lambda n, r: r() / n * min(30, n * 2**n), "raises", "division by zero"),
    (lambda n, r: float("nan"), "random-unused", "gave nan"),
    (lambda n, r: 10**5000, "always-the-same", "more than 15 digits"),
    (lambda n, r: r() * mim(30, 2**n), "raises", "misspelt"),  # type: ignore[name-defined] # noqa: F821
    (lambda n: 2**n, "arguments", "attempt, random"),
    (sleeps, "waits-itself", "up to the caller"),
    (sleeps_and_returns, "waits-itself", "up to the caller"),
    (sleeps_elsewhere, "waits-itself", "up to the caller"),
    (sleeps_in_asyncio, "waits-itself", "up to the caller"),
    (waits_without_sleep, "waits-itself", "It calls `monotonic`"),
    # two at a time
    (lambda n, r: r() * 2 ** (n + 1), "no-cap+one-too-late", "first try is number 0"),
    (lambda n, r: 1000 * min(30, 2**n), "no-randomness+milliseconds", "And:"),
    (lambda n, r: int(min(30, r() * 2**n)), "cap-after-random+whole-seconds", "And:"),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG_BACKOFF)
def test_the_mistake_in_backing_off_is_named(
    function: Any, mistake: str, says: str, bounded: Callable[..., Any]
) -> None:
    verdict = bounded(check.backoff, function)
    assert_named(verdict, mistake, says)
    assert bounded(check.backoff, function) == verdict, "another time, another verdict"


def test_what_keeps_a_wait_for_the_next_time_is_not_praised() -> None:
    verdict = check.backoff(functools.cache(key))
    assert_named(verdict, "not-the-same-twice", "`random` was never called")
    for function in (remembers_each_try, doubles_by_itself):
        verdict = check.backoff(function)
        assert_named(verdict, "not-the-same-twice", "no memory of an earlier call")


def test_no_check_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    for function in (sleeps, sleeps_and_returns, sleeps_elsewhere):
        check.backoff(function)
    assert slept == []


def test_the_evidence_of_backing_off_can_be_pasted_into_a_cell() -> None:
    verdict = check.backoff(float_and_no_cap)
    call = verdict.evidence.split(" gave ")[0]
    assert eval(call, {"backoff": float_and_no_cap}) == 16.0
