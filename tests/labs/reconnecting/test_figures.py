"""The figure of 09: its words come from the runs, and so do its bytes."""

import random

import pytest
from matplotlib.axes import Axes

from wslib.labs.reconnecting import figures
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


def test_all_rows_have_one_scale_and_each_says_how_many_came_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plots: list[Axes] = []
    monkeypatch.setattr(figures, "picture", lambda plot, alt: plots.append(plot))
    made = runs()
    herd(made)
    [plot] = plots
    assert [label.get_text() for label in plot.get_yticklabels()] == ["0", "1,000"] * 3
    said = [text.get_text() for text in plot.texts]
    assert [words for words in said if words.endswith(" at once")] == [
        f"{run.busiest_back:,} at once" for run in made.values()
    ]
    assert plot.get_title("left") == (
        f"Once it is back, {made['jitter'].busiest_back} at most try at once; "
        "in step, 1,000"
    )
