"""The figures of notebook 01. Each is drawn from runs, title and words included.

The notebook says what is compared; here is only how it is drawn.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wslib.labs.polling.lanes import lanes as lanes
from wslib.labs.polling.lanes import scoreboard as scoreboard
from wslib.labs.polling.ways import Run
from wslib.show import BLUE, GREEN, GREY, VERMILION, Picture, axes, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Cost(NamedTuple):
    """What a way to follow changes costs in an hour, in bytes.

    Attributes:
        name: The way.
        fixed: Whatever happens.
        each: For each change.
    """

    name: str
    fixed: float
    each: float

    def at(self, changes: float) -> float:
        """Return the bytes for so many changes in an hour."""
        return self.fixed + self.each * changes


def tcp_ip(runs: Sequence[Run]) -> Picture:
    """Draw a bar for each run: the scores, what is around them, and TCP/IP."""
    payload = len(str(runs[0].script.score(0)))
    scores = [len(run.seen) * payload for run in runs]
    around = [run.total - score for run, score in zip(runs, scores, strict=True)]
    below = [run.tcp_ip for run in runs]
    ends = [run.total + run.tcp_ip for run in runs]
    share = below[-1] / ends[-1]
    plot = axes(
        f"{share:.0%} of what this WebSocket costs is TCP/IP",
        x="bytes for the whole match",
        height=4.2,
    )
    _bars(
        plot,
        [run.name.replace(", ", ",\n").replace("Sent ", "Sent\n") for run in runs],
        (scores, around, below),
        [
            f"{end:,} bytes, {part / end:.0%} TCP/IP"
            for end, part in zip(ends, below, strict=True)
        ],
    )
    told = "; ".join(
        f"{run.name} {end:,} bytes, of which TCP/IP {part / end:.0%}"
        for run, end, part in zip(runs, ends, below, strict=True)
    )
    return picture(plot, f"Bars of bytes for the whole match. {told}.")


def one_update(ways: Mapping[str, tuple[int, int, int]]) -> Picture:
    """Draw a bar for each way to bring one update; the last is what they are held to.

    Args:
        ways: For each way the bytes of the update, of what HTTP or WebSocket puts
            around it, and of TCP/IP.
    """
    parts = list(zip(*ways.values(), strict=True))
    ends = [sum(each) for each in ways.values()]
    ratios = [f"{end / ends[-1]:.1f} to 1" for end in ends]
    plot = axes(
        f"{ends[0]:,} bytes travel, against {ends[-1]}: {ratios[0]}",
        x="bytes for one update",
        height=4.4,
    )
    said = [f"{end:,} bytes, {ratio}" for end, ratio in zip(ends, ratios, strict=True)]
    said[-1] = f"{ends[-1]:,} bytes"
    names = [name.replace(", ", ",\n") for name in ways]
    _bars(plot, names, parts, said)
    told = "; ".join(
        f"{name}: score {score}, around it {around}, TCP/IP {below}, together {words}"
        for (name, (score, around, below)), words in zip(
            ways.items(), said, strict=True
        )
    )
    return picture(plot, f"Bars of bytes for one update. {told}.")


def _bars(
    plot: "Axes",
    names: Sequence[str],
    parts: Sequence[Sequence[int]],
    said: Sequence[str],
) -> None:
    """Draw lying bars of three parts each, with a word behind each bar."""
    left = [0] * len(names)
    for label, part, colour, hatch in zip(
        ("the scores themselves", "HTTP, or frames, around them", "TCP/IP (computed)"),
        parts,
        (GREEN, BLUE, "#d0d0d0"),
        ("", "", "///"),
        strict=True,
    ):
        plot.barh(
            names,
            part,
            left=left,
            color=colour,
            hatch=hatch,
            edgecolor=GREY,
            linewidth=0.5,
            label=label,
        )
        left = [a + b for a, b in zip(left, part, strict=True)]
    for row, (end, words) in enumerate(zip(left, said, strict=True)):
        plot.text(end, row, f" {words}", va="center")
    plot.invert_yaxis()
    plot.set_xlim(0, 1.45 * max(left))
    plot.xaxis.set_major_formatter("{x:,.0f}")
    plot.legend(loc="lower right", frameon=False)
    plot.grid(False, axis="y")


def staleness(runs: Mapping[float, Run]) -> Picture:
    """Draw, for each polling interval, how late each change was seen."""
    plot = axes(
        "On average half an interval late, at worst nearly a whole one",
        x="polling interval, s",
        y="how late the page\nknew of a goal, s",
    )
    longest = max(runs)
    plot.plot([0, longest], [0, longest], color=GREY, linestyle=":")
    plot.text(longest, longest, "the interval ", ha="right", va="bottom", color=GREY)
    for interval, run in runs.items():
        late = run.staleness
        plot.plot(
            [interval] * len(late), late, "o", color=BLUE, alpha=0.45, markersize=6
        )
        mean = sum(late) / len(late)
        plot.plot(interval, mean, "_", color="black", markersize=24, markeredgewidth=3)
        plot.text(interval + longest / 35, mean, f"{mean:.1f}", va="bottom")
    plot.set_xticks(list(runs))
    plot.set_xlim(0, longest * 1.08)
    plot.set_ylim(0, longest * 1.1)
    told = "; ".join(
        f"every {interval} s: mean {sum(run.staleness) / len(run.staleness):.1f} s, "
        f"worst {max(run.staleness):.1f} s"
        for interval, run in runs.items()
    )
    return picture(plot, f"A dot for each goal, a bar for each mean. Polling {told}.")


def break_even(polling: Cost, steady: Cost, socket: Cost) -> Picture:
    """Draw what an hour costs against the changes in it, and mark the crossings.

    Args:
        polling: Polls as often as something changes: each change costs a poll.
        steady: Polls by the clock: an hour costs the same, whatever happens in it.
        socket: A WebSocket.
    """
    first = socket.fixed / (polling.each - socket.each)
    last = (steady.fixed - socket.fixed) / socket.each
    meet = steady.fixed / polling.each  # the changes in an hour that the polls match
    plot = axes(
        f"From {math.ceil(first)} changes an hour to {math.floor(last):,}, "
        "the socket costs less",
        x="changes of the score in an hour",
        y="what an hour costs",
        height=4.4,
    )
    rates = [10 ** (i / 20) for i in range(100)]
    below = [rate for rate in rates if rate < meet] + [meet]
    for cost, where, line, colour in (
        (polling, below, "-", BLUE),
        (steady, rates, "--", BLUE),
        (socket, rates, "-.", VERMILION),
    ):
        at = [cost.at(rate) for rate in where]
        plot.plot(where, at, line, color=colour, linewidth=2)
    for rate, text, shift, side in (
        (
            first,
            f"{math.ceil(first)} an hour:\none every {3600 / math.ceil(first):.0f} s",
            (12, -38),
            "left",
        ),
        (
            last,
            f"{math.floor(last):,} an hour:\n{last / 3600:.1f} a second",
            (-4, 12),
            "right",
        ),
    ):
        point = (rate, socket.at(rate))
        plot.plot(*point, "o", color="black", markersize=8)
        plot.annotate(text, point, shift, textcoords="offset points", ha=side)
    plot.text(1.1, steady.at(1) * 0.82, steady.name, va="top")
    plot.text(10 * first, socket.at(10 * first) * 0.75, socket.name, va="top")
    place = math.sqrt(first)
    plot.annotate(
        polling.name,
        (place, polling.at(place)),
        (10, -10),
        textcoords="offset points",
        va="top",
    )
    plot.set_xscale("log")
    plot.set_yscale("log")
    plot.set_ylim(top=steady.at(1) * 6)
    plot.set_xticks([1, 10, 60, 360, 3600, 36000], "1 10 60 360 3,600 36,000".split())
    sizes = {3: "1 kB", 4: "10 kB", 5: "100 kB", 6: "1 MB", 7: "10 MB"}
    plot.set_yticks([10.0**power for power in sizes], [*sizes.values()])
    plot.minorticks_off()
    return picture(
        plot,
        "Bytes in an hour against changes in an hour. "
        f"{polling.name}: starts low and rises. {steady.name}: the same always. "
        f"{socket.name}: between them, flat for long, then rising. It costs less than "
        f"the first from {math.ceil(first)} changes an hour on, and less than the "
        f"second up to {math.floor(last):,}, which is {last / 3600:.1f} a second.",
    )
