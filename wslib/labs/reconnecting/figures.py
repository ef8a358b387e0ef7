"""The figure of 09. It is drawn from runs, title and words included.

The notebook says what is compared; here is only how it is drawn.
"""

from collections.abc import Mapping

from wslib.labs.reconnecting.reconnect import Restart
from wslib.show import BLUE, GREEN, GREY, Picture, axes, picture


def herd(runs: Mapping[str, Restart]) -> Picture:
    """Draw a row for each way to wait: how many tried at the same time, and when.

    Args:
        runs: Each by the name of its way to wait, the one with jitter last; all of a
            server that was away for the same time.
    """
    last = list(runs.values())[-1]
    most = max(run.busiest_back for run in runs.values())
    until = 2 * sorted(run.seconds for run in runs.values())[len(runs) // 2]
    plot = axes(
        f"Once it is back, {last.busiest_back} at most try at once; in step, {most:,}",
        x="seconds since the server went away      thin: tries    thick: let in",
        height=4.5,
    )
    plot.axvspan(0, last.down, facecolor="#eeeeee", edgecolor="#bbbbbb", hatch="//")
    plot.text(last.down / 2, len(runs) - 0.16, "away", ha="center", va="top")
    ticks: list[tuple[float, str]] = []
    for row, (name, run) in enumerate(runs.items()):
        foot = len(runs) - 1 - row
        scale = 0.6 / run.busiest  # each row has its own: else one is not to be seen
        ticks += [(foot, "0"), (foot + 0.6, f"{run.busiest:,}")]
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
        end = f"the last is in at {run.seconds:,.0f} s"
        if run.seconds > until:
            end += " ▶"
        plot.text(
            until,
            foot + 0.84,
            f"{name}: {run.total:,} tries, {run.refused:,} in vain; {end}",
            ha="right",
            va="top",
            fontsize=11,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )
    plot.set_yticks([at for at, _ in ticks], [words for _, words in ticks])
    plot.set_ylabel(f"tries in {last.slot:g} s, each row to its own scale")
    plot.set_ylim(-0.04, len(runs) - 0.1)
    plot.set_xlim(0, until)
    plot.grid(False)
    told = "; ".join(
        f"{name}: {run.total:,} tries, {run.refused:,} in vain, {run.busiest:,} in the "
        f"busiest {run.slot:g} s, {run.busiest_back:,} once the server is back, the "
        f"last client in at {run.seconds:,.0f} s"
        for name, run in runs.items()
    )
    return picture(plot, f"Tries to connect after a restart, over time. {told}.")
