"""The figures of notebook 01. Each is drawn from runs, title and words included.

The notebook says what is compared; here is only how it is drawn.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from wslib.direction import Direction
from wslib.labs.polling.ways import Run
from wslib.show import BLUE, GREEN, GREY, VERMILION, Picture, axes, picture


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


def who_spoke(runs: Sequence[Run]) -> Picture:
    """Draw a row for each run: who sent something, and when."""
    plot = axes(
        "Polling speaks by the clock, the others when there is news",
        x="second of the match      ▶ page    ◀ server    ◁ server: nothing new",
        height=4.2,
    )
    for goal in runs[0].script.changes:
        plot.axvline(goal, color=GREY, linestyle=":", zorder=0)
    for row, run in enumerate(runs):
        for message in run.messages:
            up = message.direction is Direction.CLIENT_TO_SERVER
            colour = BLUE if up else VERMILION
            plot.plot(
                message.time,
                row + (-0.17 if up else 0.17),
                ">" if up else "<",
                color=colour,
                markerfacecolor="white" if message.what == "nothing new" else colour,
                markersize=9,
            )
    names = [run.name.replace("Server-Sent ", "Server-Sent\n") for run in runs]
    plot.set_yticks(range(len(runs)), [name.replace(", ", ",\n") for name in names])
    plot.set_ylim(len(runs) - 0.5, -0.5)
    plot.grid(False)
    told = "; ".join(
        f"{run.name}: requests {run.requests}, answers with nothing new {run.wasted}, "
        f"messages with news {len(run.seen)}"
        for run in runs
    )
    return picture(plot, f"Time line, a row for each way, marks for messages. {told}.")


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
    names = [run.name.replace(", ", ",\n").replace("Sent ", "Sent\n") for run in runs]
    left = [0] * len(runs)
    for label, part, colour, hatch in (
        ("the scores themselves", scores, GREEN, ""),
        ("HTTP, or frames, around them", around, BLUE, ""),
        ("TCP/IP (computed)", below, "#d0d0d0", "///"),
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
    for row, (end, part_below) in enumerate(zip(ends, below, strict=True)):
        said = f" {end:,} bytes, {part_below / end:.0%} TCP/IP"
        plot.text(end, row, said, va="center")
    plot.invert_yaxis()
    plot.set_xlim(0, 1.45 * max(ends))
    plot.xaxis.set_major_formatter("{x:,.0f}")
    plot.legend(loc="lower right", frameon=False)
    plot.grid(False, axis="y")
    told = "; ".join(
        f"{run.name} {end:,} bytes, of which TCP/IP {part / end:.0%}"
        for run, end, part in zip(runs, ends, below, strict=True)
    )
    return picture(plot, f"Bars of bytes for the whole match. {told}.")


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


def break_even(pairs: Sequence[tuple[Cost, Cost]]) -> Picture:
    """Draw what an hour costs against the changes in it, and mark the crossings.

    Args:
        pairs: Two of polling and WebSocket, the one that crosses first before.
    """
    crossings = [socket.fixed / (poll.each - socket.each) for poll, socket in pairs]
    plot = axes(
        f"Below {math.ceil(crossings[0])} changes an hour, asking is the cheaper way",
        x="changes of the score in an hour",
        y="bytes in an hour",
        height=4.4,
    )
    rates = [10 ** (i / 20) for i in range(72)]
    # the line; the label of the crossing; the label of the line, at this rate
    styles = (("-", (-12, 10), "right", 400, 6), ("--", (12, -38), "left", 4, -18))
    for (poll, socket), crossing, style in zip(pairs, crossings, styles, strict=True):
        line, offset, side, place, lift = style
        plot.plot(rates, [poll.at(r) for r in rates], line, color=BLUE, linewidth=2)
        plot.plot(
            rates, [socket.at(r) for r in rates], "-.", color=VERMILION, linewidth=2
        )
        plot.plot(crossing, poll.at(crossing), "o", color="black", markersize=8)
        for text, point, shift in (
            (
                f"{math.ceil(crossing)} an hour:\none every {3600 / crossing:.0f} s",
                (crossing, poll.at(crossing)),
                offset,
            ),
            (poll.name, (place, poll.at(place)), (offset[0], lift)),
        ):
            plot.annotate(text, point, shift, textcoords="offset points", ha=side)
    socket = pairs[0][1]
    plot.text(1.1, socket.at(1) * 0.85, socket.name, va="top")
    plot.set_xscale("log")
    plot.set_yscale("log")
    plot.set_xticks([1, 10, 60, 360, 3600], ["1", "10", "60", "360", "3,600"])
    plot.minorticks_off()
    told = "; ".join(
        f"{poll.name}: from {math.ceil(crossing)} changes an hour it is the dearer one"
        for (poll, _), crossing in zip(pairs, crossings, strict=True)
    )
    return picture(
        plot,
        f"Bytes in an hour against changes in an hour. {socket.name}, starts high and "
        f"stays flat for long; polling starts low and rises. {told}.",
    )
