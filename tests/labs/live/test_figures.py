"""The figures of 08 and 09: their words come from the runs, and so do their bytes."""

import random

from wslib.labs.live.figures import backlog, herd
from wslib.labs.live.reconnect import Restart, backoff, exponential, fixed, restart

WAITS = {"every second": fixed, "no jitter": exponential, "jitter": backoff}


def runs(seed: int = 6455) -> dict[str, Restart]:
    return {
        name: restart(wait, rng=random.Random(seed)) for name, wait in WAITS.items()
    }


def test_the_herd_tells_tries_refusals_the_busiest_moment_and_the_last_one() -> None:
    made = runs()
    alt = herd(made).alt
    assert "no jitter: 12,500 tries, 11,500 in vain, 1,000 in the busiest 0.1 s" in alt
    assert "every second: 14,500 tries, 13,500 in vain, 1,000 in the busiest" in alt
    run = made["jitter"]
    assert (
        f"jitter: {run.total:,} tries, {run.refused:,} in vain, {run.busiest} " in alt
    )
    assert f"the last client in at {run.seconds:.0f} s." in alt


def test_the_same_runs_give_the_same_bytes_and_others_give_others() -> None:
    assert herd(runs()).svg == herd(runs()).svg
    assert herd(runs()).svg != herd(runs(seed=1)).svg


CURVES = {
    "broadcast": [0, 0, 1, 2, 3, 4, 5, 6],
    "DROP": [0, 0, 1, 2, 3, 3, 3, 3],
    "DISCONNECT": [0, 0, 1, 2, 3, 1, 1, 1],
}


def test_the_backlog_tells_where_the_reader_stopped_and_what_waited() -> None:
    alt = backlog(CURVES).alt
    assert "8 of 1 MiB; the reader stops after 2." in alt
    assert "broadcast: 6 at most, 6 at the end" in alt
    assert "DISCONNECT: 3 at most, 1 at the end." in alt


def test_a_backlog_that_differs_in_one_place_is_drawn_differently() -> None:
    other = CURVES | {"DROP": [0, 0, 1, 2, 3, 3, 3, 2]}
    assert backlog(CURVES).svg == backlog(CURVES).svg != backlog(other).svg
