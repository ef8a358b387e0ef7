"""The figure of 08. It is drawn from runs, title and words included.

The notebook says what is compared; here is only how it is drawn.
"""

from collections.abc import Mapping, Sequence

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
    # Lines that lie on each other can all be seen: each is thinner than those below.
    looks = zip(
        names,
        (VERMILION, BLUE, GREEN, PURPLE),
        ("-", "-", "--", ":"),
        ("o", "s", "^", "D"),
        (9.0, 6.0, 3.0, 3.0),
        strict=False,
    )
    for name, colour, line, mark, wide in looks:
        heights = curves[name]
        plot.plot(sent, heights, line, color=colour, linewidth=wide)
        plot.plot(sent[-1], heights[-1], mark, color=colour, markersize=9)
        plot.text(sent[-1] + 0.6, heights[-1], name, va="center")
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
