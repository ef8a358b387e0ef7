"""The figure of 09: its words come from the runs, and so do its bytes."""

import random

from wslib.labs.reconnecting.figures import herd
from wslib.labs.reconnecting.reconnect import (
    Restart,
    backoff,
    exponential,
    fixed,
    restart,
)

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
