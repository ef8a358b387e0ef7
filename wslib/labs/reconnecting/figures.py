"""The figure of 09. It is drawn from runs, title and words included.

The notebook says what is compared; here is only how it is drawn.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from wslib.labs.reconnecting.reconnect import Restart
from wslib.show import BLUE, GREEN, GREY, Picture, axes, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def herd(runs: Mapping[str, Restart]) -> Picture:
    """Draw a row for each way to wait: how many tried at the same time, and when.

    All rows have one scale, and in each the busiest moment of the server that is back
    has its number.

    Args:
        runs: Each by the name of its way to wait, the one with jitter last; all of a
            server that was away for the same time.
    """
    last = list(runs.values())[-1]
    most = max(run.busiest for run in runs.values())
    together = max(run.busiest_back for run in runs.values())
    until = 2 * sorted(run.seconds for run in runs.values())[len(runs) // 2]
    plot = axes(
        f"Once it is back, {last.busiest_back} at most try at once; "
        f"in step, {together:,}",
        x="seconds since the server went away      thin: tries    thick: let in",
        y=f"tries in {last.slot:g} s",
        height=4.5,
    )
    plot.axvspan(0, last.down, facecolor="#eeeeee", edgecolor="#bbbbbb", hatch="//")
    plot.text(last.down / 2, len(runs) - 0.1, "away", ha="center", va="top")
    scale = 0.6 / most
    ticks: list[tuple[float, str]] = []
    for row, (name, run) in enumerate(runs.items()):
        foot = len(runs) - 1 - row
        ticks += [(foot, "0"), (foot + 0.6, f"{most:,}")]
        for heights, colour, width in (
            (run.attempts, BLUE, 0.9),
            (run.accepted, GREEN, 2.2),
        ):
            at = [n for n, height in enumerate(heights) if height]
            plot.vlines(
                [n * run.slot for n in at],
                foot,
                [foot + heights[n] * scale for n in at],
                color=colour,
                linewidth=width,
            )
        plot.axhline(foot, color=GREY, linewidth=0.8)
        _number(plot, run, foot, scale)
        end = f"the last is in at {run.seconds:,.0f} s"
        if run.seconds > until:
            end += " ▶"
        plot.text(
            until,
            foot + 0.9,
            f"{name}: {run.total:,} tries, {run.refused:,} in vain; {end}",
            ha="right",
            va="top",
            fontsize=11,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )
    plot.set_yticks([at for at, _ in ticks], [words for _, words in ticks])
    plot.set_ylim(-0.04, len(runs) - 0.05)
    plot.set_xlim(0, until)
    plot.grid(False)
    told = "; ".join(
        f"{name}: {run.total:,} tries, {run.refused:,} in vain, {run.busiest:,} in the "
        f"busiest {run.slot:g} s, {run.busiest_back:,} once the server is back, the "
        f"last client in at {run.seconds:,.0f} s"
        for name, run in runs.items()
    )
    return picture(plot, f"Tries to connect after a restart, over time. {told}.")


def _number(plot: "Axes", run: Restart, foot: float, scale: float) -> None:
    """Write how many tried at once in the busiest moment since the server is back."""
    first = round(run.down / run.slot)
    busiest = run.attempts.index(run.busiest_back, first)
    top = foot + run.busiest_back * scale
    plot.annotate(
        f"{run.busiest_back:,} at once",
        (busiest * run.slot, top),
        (busiest * run.slot + 1, max(top + 0.07, foot + 0.24)),
        va="center",
        fontsize=11,
        arrowprops={"arrowstyle": "-", "color": GREY, "shrinkA": 0},
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
    )
