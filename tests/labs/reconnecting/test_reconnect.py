"""Back-off, and a thousand clients after a restart, in simulated time."""

import itertools
import random
from collections.abc import Callable

import pytest

from wslib.labs.reconnecting.reconnect import (
    Restart,
    Wait,
    backoff,
    exponential,
    fixed,
    jittered,
    restart,
)

NEARLY_ONE = 1 - 2**-53


def simulated(wait: Wait, seed: int = 6455, **options: float) -> Restart:
    return restart(wait, rng=random.Random(seed), **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("attempt", "most"), [(0, 1), (1, 2), (2, 4), (4, 16), (5, 30), (6, 30), (5000, 30)]
)
def test_the_wait_is_evenly_spread_up_to_a_bound_that_doubles(
    attempt: int, most: float
) -> None:
    for part in (0.0, 0.25, 0.5, NEARLY_ONE):
        assert backoff(attempt, iter([part]).__next__) == part * most


def test_base_and_cap_can_be_chosen() -> None:
    waits = [backoff(n, lambda: 0.5, base=0.2, cap=1.0) for n in range(5)]
    assert waits == pytest.approx([0.1, 0.2, 0.4, 0.5, 0.5])


def test_chance_is_asked_once_and_is_real_unless_told_otherwise() -> None:
    chance = iter([0.5])
    assert backoff(3, chance.__next__) == 4.0
    waits = {backoff(3) for _ in range(20)}
    assert len(waits) > 1
    assert all(0 <= wait < 8 for wait in waits)


@pytest.mark.parametrize("chance", [0.0, 0.5, NEARLY_ONE])
def test_jitter_is_a_share_from_no_jitter_to_a_wait_that_is_all_random(
    chance: float,
) -> None:
    for attempt in (0, 3, 9):
        none, half, whole = (
            jittered(share)(attempt, lambda: chance) for share in (0, 0.5, 1)
        )
        assert none == exponential(attempt, lambda: chance)
        assert whole == backoff(attempt, lambda: chance)
        assert half == pytest.approx((none + whole) / 2)


@pytest.mark.parametrize("wait", [backoff, exponential, fixed])
def test_no_attempt_is_too_late_to_compute(wait: Wait) -> None:
    assert 0 < wait(5000, lambda: 0.5) <= 30


def test_without_jitter_all_come_back_at_the_same_moment() -> None:
    run = simulated(exponential, down=5, capacity=250)
    busy = {n: tries for n, tries in enumerate(run.attempts) if tries}
    # waits of 1, 2, 4, 8, 16, 30 seconds: tries at 1, 3, 7, 15, 31, 61
    assert busy == {10: 1000, 30: 1000, 70: 1000, 150: 750, 310: 500, 610: 250}
    assert (run.busiest, run.total, run.refused) == (1000, 4500, 3500)
    assert run.seconds == 61.1


def test_a_fixed_wait_keeps_them_together_too() -> None:
    run = simulated(fixed, down=5, capacity=500)
    busy = {n: tries for n, tries in enumerate(run.attempts) if tries}
    assert busy == {10: 1000, 20: 1000, 30: 1000, 40: 1000, 50: 1000, 60: 500}
    assert [run.accepted[n] for n in (40, 50, 60)] == [0, 500, 500]


@pytest.mark.parametrize("seed", range(5))
def test_with_jitter_few_tries_come_together(seed: int) -> None:
    run = simulated(backoff, seed)
    alike = simulated(exponential), simulated(fixed)
    assert run.busiest < 200
    assert all(run.busiest < other.busiest / 5 for other in alike)
    assert all(run.total < other.total / 2 for other in alike)
    # while the server is back, it never meets more than it can take
    assert max(run.attempts[50:]) <= run.capacity


def test_everybody_gets_in_once_and_nobody_too_early_or_too_many_at_once() -> None:
    for wait, capacity in itertools.product([backoff, exponential, fixed], [20, 300]):
        run = simulated(wait, clients=300, down=2.5, capacity=capacity)
        assert sum(run.accepted) == 300
        assert not any(run.accepted[:25])
        assert max(run.accepted) <= capacity
        assert len(run.attempts) == len(run.accepted)
        assert run.accepted[-1] > 0, "it ends with the last one"
        assert run.total == run.refused + 300


def test_a_try_at_the_beginning_of_a_slot_belongs_to_that_slot() -> None:
    assert 0.3 / 0.1 < 3
    run = simulated(lambda attempt, random: 0.3, clients=1, down=0.3)
    assert run.attempts == run.accepted == [0, 0, 0, 1]


def test_the_same_seed_gives_the_same_restart_and_another_one_another() -> None:
    assert simulated(backoff) == simulated(backoff)
    assert simulated(backoff) != simulated(backoff, seed=1)


def test_the_figures_are_the_same_under_every_python() -> None:
    run = simulated(backoff)
    assert (run.total, run.refused, run.busiest, run.seconds) == (
        4066,
        3066,
        164,
        32.4,
    )


def test_a_wait_that_does_not_wait_is_refused() -> None:
    def at_once(attempt: int, random: Callable[[], float]) -> float:
        return 0.0

    with pytest.raises(ValueError, match="not in after 200 tries"):
        simulated(at_once)


@pytest.mark.parametrize("seconds", [-1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("attempt", [0, 1])
def test_a_wait_that_no_clock_can_do_is_refused(attempt: int, seconds: float) -> None:
    with pytest.raises(ValueError, match="0 seconds or more, not"):
        simulated(lambda n, random: seconds if n == attempt else 1.0, clients=1)


def test_a_server_without_clients_has_nothing_to_count() -> None:
    run = simulated(backoff, clients=0)
    assert (run.total, run.refused, run.busiest, run.seconds) == (0, 0, 0, 0)


def test_the_busiest_moment_since_the_server_is_back_counts_nothing_before() -> None:
    run = Restart(
        down=0.2, capacity=5, slot=0.1, attempts=[9, 7, 3, 4], accepted=[0, 0, 3, 4]
    )
    assert (run.busiest, run.busiest_back) == (9, 4)
