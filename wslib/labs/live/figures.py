"""The figures of 08. They are drawn from runs, title and words included.

The notebook says what is compared; here is only how it is drawn.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

from wslib.labs.live.backlog import Watched
from wslib.show import (
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    VERMILION,
    Picture,
    Table,
    axes,
    motion,
    picture,
)

Piece, box, words = motion.Piece, motion.box, motion.words

LASTS = 10.0  # real seconds for all pictures
BAND, INK = "#f2f2f2", "#111111"
ROW, FLOOR = 18, 372  # of the write buffer: the height of a picture, where they stand


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


def filling(watched: Watched) -> motion.Film:
    """Draw where pictures wait for a reader who stops, after each that was sent.

    Args:
        watched: Pictures sent without a room: each waits in the server, or has gone.
    """
    sent = len(watched.lines)
    stops = sorted({0, sent, *range(4, sent, 4), watched.waiting.count(0)})
    rows = [
        [n, len(watched.fast[:n]), _slow(watched, n), len(_line(watched, n))]
        for n in stops
    ]
    header = ["sent", "fast has", "slow has", "MiB that wait in the server"]
    return motion.Film(
        [*_places(), *_readers(watched), *_waiting(watched)],
        size=(480, 432),
        stops=stops,
        unit="pictures sent",
        lasts=LASTS,
        alt=f"From the server at the right to two readers at the left. Of {sent} "
        f"pictures fast has {len(watched.fast)}; slow has {_slow(watched, sent)} and "
        "reads no more, the buffers of both systems are full, and in the server's "
        f"write buffer, which has no lid, wait {watched.waiting[-1]} MiB.",
        twin=Table(header, rows, bold=-1),
    )


def _line(watched: Watched, sent: int) -> list[int]:
    """Return which pictures wait after so many."""
    return watched.lines[sent - 1] if sent else []


def _slow(watched: Watched, sent: int) -> int:
    """Return how many the slow reader has after so many."""
    return sent - len(_line(watched, sent))


def _places() -> Iterator[motion.Piece]:
    """Yield what stands still: the machines, and the way of a picture."""
    for x, width, name in ((8, 164, "client"), (232, 240, "server")):
        yield Piece(box(x, 28, width, 396, fill=BAND))
        yield Piece(words(x + width / 2, 20, name, "bold middle"))
    low = FLOOR - 20
    for start, end, y in (
        (f"436 {low - 24} V 50", 166, 50),  # round to the fast reader
        *((f"{x} {low}", end, low) for x, end in ((406, 388), (312, 298), (108, 94))),
        (f"240 {low}", 166, low),  # the wire
    ):
        yield Piece(
            f'<path d="M {start} H {end}" stroke="{VERMILION}" stroke-width="2.5" '
            'fill="none" stroke-dasharray="7 5"/>'
            f'<path d="M {end - 6} {y} l 10 -6 v 12 z" fill="{VERMILION}"/>'
        )
    yield Piece(words(202, low - 10, "wire", "middle grey"))
    for x, name in ((134, "receive"), (266, "send"), (346, "write")):
        yield Piece(words(x, FLOOR + 22, name, "middle bold"))
    yield Piece(words(384, 84, "no lid"))
    for x in (112, 244):
        yield Piece(box(x, FLOOR - 40, 44, 40, stroke=INK))
    yield Piece(
        f'<path d="M 314 56 V {FLOOR + 2} H 378 V 56" stroke="{INK}" '
        'stroke-width="3" fill="none"/>'
    )


def _readers(watched: Watched) -> Iterator[motion.Piece]:
    """Yield who sends and who reads, and how much each has."""
    yield Piece(box(408, FLOOR - 44, 56, 44, stroke=INK))
    yield Piece(box(16, 34, 140, 32, stroke=INK))
    yield Piece(box(12, FLOOR - 66, 76, 66, stroke=INK))
    yield Piece(words(50, FLOOR - 46, "slow", "middle bold"))
    yield Piece(words(436, FLOOR - 27, "sends", "middle"))
    for sent in range(len(watched.lines) + 1):
        has = len(watched.fast[:sent])
        stopped = bool(_line(watched, sent))
        buffers = "full" if stopped else "empty"
        said = [
            words(436, FLOOR - 8, f"{sent}", "middle bold"),
            words(86, 55, f"fast has {has}", "middle bold"),
            words(50, FLOOR - 26, f"has {_slow(watched, sent)}", "middle"),
            words(50, FLOOR - 8, "stopped" if stopped else "reads", "middle"),
            words(346, FLOOR + 42, f"{len(_line(watched, sent))} MiB", "middle bold"),
        ]
        for x in (134, 266):
            said.append(words(x, FLOOR + 42, buffers, "middle"))
            if stopped:
                said.append(box(x - 18, FLOOR - 36, 36, 36, fill=VERMILION))
        until = sent + 1 if sent < len(watched.lines) else math.inf
        yield Piece("".join(said), sent, until)


def _waiting(watched: Watched) -> Iterator[motion.Piece]:
    """Yield the pictures in the write buffer, from when they came to when they went."""
    for number in sorted(set(itertools.chain(*watched.lines))):
        there = [n for n, line in enumerate(watched.lines, 1) if number in line]
        y = FLOOR - ROW * (watched.lines[there[0] - 1].index(number) + 1)
        picture = box(318, y + 1, 56, ROW - 2, fill=VERMILION)
        until = there[-1] + 1 if there[-1] < len(watched.lines) else math.inf
        said = words(346, y + ROW - 3, str(number), "middle")
        yield Piece(picture + said, there[0], until)
