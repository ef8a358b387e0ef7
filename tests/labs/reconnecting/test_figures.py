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
    film = herd(made)
    assert film.twin.rows[1][:5] == ["no jitter", 12_500, 11_500, 1_000, 1_000]
    run = made["jitter"]
    assert film.twin.rows[2] == [
        "jitter",
        run.total,
        run.refused,
        run.busiest,
        run.busiest_back,
        f"{run.seconds:.0f}",
    ]
    last = f"jitter: {run.busiest_back}, the last is in at {run.seconds:.0f} s."
    assert film.alt.endswith(last)


def test_the_same_runs_give_the_same_bytes_and_others_give_others() -> None:
    assert herd(runs()).as_html() == herd(runs()).as_html()
    assert herd(runs()).as_html() != herd(runs(seed=1)).as_html()


def test_all_ways_have_one_scale_in_the_still_and_when_chosen() -> None:
    film = herd(runs())
    assert film.still.svg.count(">1,000<") == len(WAITS)
    for name in WAITS:
        assert ">1,000<" in film.drawn(0, name)


def test_what_is_counted_ends_where_the_run_ends_and_begins_with_nothing() -> None:
    run = runs()["jitter"]
    film = herd(runs())
    end = f">{run.total:,} tries, {run.refused:,} in vain, 1,000 let in<"
    assert end in film.drawn(film.stops[-1], "jitter")
    assert ">0 tries, 0 in vain, 0 let in<" in film.drawn(0, "jitter")
    assert f">{run.busiest_back} at once<" in film.drawn(film.stops[-1], "jitter")
