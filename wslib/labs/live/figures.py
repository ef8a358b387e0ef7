"""The figures of 08 and 09. Each is drawn from runs, title and words included.

The notebook says what is compared; here is only how it is drawn.
"""

from collections.abc import Mapping, Sequence

from wslib.labs.live.reconnect import Restart
from wslib.show import BLUE, GREEN, GREY, PURPLE, VERMILION, Picture, axes, picture


def backlog(curves: Mapping[str, Sequence[int]]) -> Picture:
    """Draw what waits for a reader who stopped, a line for each way to deal with it.

    Args:
        curves: How many messages of 1 MiB wait after each that was sent, by the name of
            the way; the first is the one without a bound.
    """
    names = list(curves)
    sent = range(1, len(curves[names[0]]) + 1)
    bound = max(max(curves[name]) for name in names[1:])
    plot = axes(
        f"Unbounded, it grows with every picture; bounded, to {bound} MiB",
        x="pictures sent",
        y="MiB that wait in the server\nfor the reader who stopped",
        height=4.4,
    )
    styles = zip(
        names,
        (VERMILION, BLUE, GREEN, PURPLE),
        ("-", "-", "--", ":"),
        ("o", "s", "^", "D"),
        (0.0, 0.12, 0.0, 0.0),  # lines that lie on each other are drawn side by side
        strict=False,
    )
    for name, colour, line, mark, lift in styles:
        heights = [height + lift for height in curves[name]]
        plot.plot(sent, heights, line, color=colour, marker=mark, markersize=5)
        plot.text(sent[-1] + 0.4, heights[-1], name, va="center")
    stopped = max(
        n for n, height in zip(sent, curves[names[0]], strict=True) if not height
    )
    plot.axvline(stopped, color=GREY, linestyle=":", zorder=0)
    plot.text(stopped + 0.15, max(curves[names[0]]), "the reader stops", va="top")
    plot.set_xlim(0.5, sent[-1] + 4.5)
    plot.set_xticks(range(2, len(sent) + 1, 2))
    plot.set_ylim(bottom=-0.3)
    plot.set_yticks(range(0, max(curves[names[0]]) + 1, 5))
    told = "; ".join(
        f"{name}: {max(heights)} at most, {heights[-1]} at the end"
        for name, heights in curves.items()
    )
    return picture(
        plot,
        f"MiB waiting in the server against pictures sent, {len(sent)} of 1 MiB; the "
        f"reader stops after {stopped}. {told}.",
    )


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
