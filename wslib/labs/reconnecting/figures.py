"""The figure of 09. It is drawn from runs, words included.

The notebook says what is compared; here is only how it is drawn.
"""

import math
from collections.abc import Iterator, Mapping

from wslib.labs.reconnecting.reconnect import Restart
from wslib.show import BLUE, GREEN, Picture, Table, motion

Piece, box, words = motion.Piece, motion.box, motion.words

LASTS = 15.0  # real seconds for the time that is drawn
WIDTH, LEFT, RIGHT = 480, 52, 464  # of the drawing; of its line of time
FLOOR, HEIGHT = 314, 220  # where the tries stand that are shown one way at a time
ROW = 66  # the height of a way among all


def herd(runs: Mapping[str, Restart]) -> motion.Film:
    """Draw how many tried at the same time, and when, for each way to wait.

    All ways have one scale. The still shows them below each other; who chooses one sees
    it larger.

    Args:
        runs: Each by the name of its way to wait; all of a server that was away for the
            same time.
    """
    until = 5 * math.ceil(sorted(run.seconds for run in runs.values())[-2] / 5)
    most = max(run.busiest for run in runs.values())
    header = ["wait", "tries", "in vain", "at once", "at once, back", "last in, s"]
    rows = [
        [
            name,
            run.total,
            run.refused,
            run.busiest,
            run.busiest_back,
            f"{run.seconds:.0f}",
        ]
        for name, run in runs.items()
    ]
    told = "; ".join(
        f"{name}: {run.busiest_back:,}, the last is in at {run.seconds:,.0f} s"
        for name, run in runs.items()
    )
    alt = (
        "Tries to connect after a restart, over time. As many at most came at once, "
        f"when the server was back: {told}."
    )
    down = next(iter(runs.values())).down
    bars = [
        Piece(_bars(run, until, FLOOR, HEIGHT / most), setting=name)
        for name, run in runs.items()
    ]
    ahead = box(LEFT, 64, RIGHT, FLOOR - 64) + (
        f'<path d="M {LEFT} 64 V {FLOOR}" stroke="#111111" stroke-width="2"/>'
    )
    notes = [
        piece for name, run in runs.items() for piece in _notes(name, run, most, until)
    ]
    return motion.Film(
        [
            Piece(_away(down, until, FLOOR - HEIGHT, FLOOR)),
            *bars,
            Piece(ahead, travel=RIGHT - LEFT),
            Piece(_scale(most, FLOOR, HEIGHT) + _seconds(until, FLOOR)),
            *notes,
        ],
        size=(WIDTH, FLOOR + 48),
        stops=range(0, until + 1, 5),
        unit="second",
        lasts=LASTS,
        alt=alt,
        twin=Table(header, rows, bold=-1),
        settings=("wait", list(runs)),
        still=Picture(_all(runs, most, until), alt),
    )


def _x(time: float, until: float) -> float:
    """Return where a second stands."""
    return LEFT + (RIGHT - LEFT) * time / until


def _bars(run: Restart, until: float, floor: float, scale: float) -> str:
    """Draw a thin line for the tries of each slot, in it a thick one for the let in."""
    drawn = ""
    for heights, colour, width in (
        (run.attempts, BLUE, "0.9"),
        (run.accepted, GREEN, "2.2"),
    ):
        path = "".join(
            f"M{_x(n * run.slot, until):.1f} {floor:g}v-{height * scale:.1f}"
            for n, height in enumerate(heights[: round(until / run.slot)])
            if height
        )
        drawn += f'<path d="{path}" stroke="{colour}" stroke-width="{width}"/>'
    return drawn


def _away(down: float, until: float, top: float, floor: float) -> str:
    """Draw for how long the server is away."""
    width = _x(down, until) - LEFT
    said = words(LEFT + width / 2, top + 18, "away", "middle grey")
    return box(LEFT, top, width, floor - top, fill="#eeeeee") + said


def _scale(most: int, floor: float, height: float) -> str:
    """Draw how high a number of tries is."""
    line = f'<path d="M {LEFT} {floor - height:g} V {floor} H {RIGHT}" stroke="#595959"'
    return (
        f'{line} fill="none"/>'
        + words(LEFT - 6, floor, "0", "end grey")
        + words(LEFT - 6, floor - height + 12, f"{most:,}", "end grey")
    )


def _seconds(until: int, floor: float) -> str:
    """Draw the seconds below."""
    ticks = [
        words(_x(time, until), floor + 20, f"{time}", "middle grey")
        for time in range(0, until + 1, 5)
    ]
    return "".join(ticks) + words(
        LEFT, floor + 40, "second · thin: tries in 0.1 s · thick: let in"
    )


def _notes(name: str, run: Restart, most: int, until: int) -> Iterator[motion.Piece]:
    """Yield what is counted so far, the busiest moment, and when the last is in."""
    yield Piece(words(LEFT, 22, name, "bold"), setting=name)
    a_second = round(1 / run.slot)
    told = ""
    since = 0.0
    for time in range(until + 1):
        tries = sum(run.attempts[: time * a_second])
        let_in = sum(run.accepted[: time * a_second])
        now = f"{tries:,} tries, {tries - let_in:,} in vain, {let_in:,} let in"
        if now != told:
            if told:
                yield Piece(words(LEFT, 46, told), since, time, name)
            told, since = now, time
    yield Piece(words(LEFT, 46, told), since, math.inf, name)
    busiest = run.attempts.index(run.busiest_back, round(run.down / run.slot))
    at = busiest * run.slot
    y = max(FLOOR - HEIGHT * run.busiest_back / most, FLOOR - HEIGHT + 14)
    note = words(_x(at, until) + 8, y, f"{run.busiest_back:,} at once", "bold")
    yield Piece(note, at, setting=name)
    last = f"the last: {run.seconds:,.0f} s"
    last += " ▶" if run.seconds > until else ""
    yield Piece(words(RIGHT, 22, last, "end"), min(run.seconds, until), setting=name)


def _all(runs: Mapping[str, Restart], most: int, until: int) -> str:
    """Draw all ways below each other."""
    parts = []
    for number, (name, run) in enumerate(runs.items()):
        floor = ROW * (number + 1)
        said = f"{run.busiest_back:,} at once, the last at {run.seconds:,.0f} s"
        parts += [
            _away(run.down, until, floor - 38, floor),
            _bars(run, until, floor, 38 / most),
            _scale(most, floor, 38),
            words(LEFT, floor - 44, name, "bold"),
            words(RIGHT, floor - 44, said, "end"),
        ]
    floor = ROW * len(runs)
    return motion.drawing([*parts, _seconds(until, floor)], (WIDTH, floor + 48))
