"""The scoreboard of the match, and the pages that follow it, a lane for each."""

import itertools
import math
from collections.abc import Iterator, Sequence

from wslib.direction import UP
from wslib.labs.polling.scoreboard import Score, Script
from wslib.labs.polling.ways import Message, Run
from wslib.show import BLUE, GREY, PURPLE, VERMILION, Picture, Table, motion

Piece, box, words = motion.Piece, motion.box, motion.words

LASTS = 20.0  # real seconds for the match
PLATE, TALL = 112, 92  # width and height of a score on the scoreboard
WIDTH, LEFT, RIGHT = 480, 20, 460  # of the lanes; where their line of time begins, ends
TOP, LANE = 54, 76  # where the lanes begin, and the height of each


def scoreboard(script: Script) -> Picture:
    """Draw the scoreboard at the start and after each goal, three to a row."""
    parts, told = [], []
    for number, time in enumerate((0.0, *script.changes)):
        score = script.score(time)
        x, y = 12 + number % 3 * PLATE, 10 + number // 3 * TALL
        side = "home" if time in script.home else "away" if number else ""
        at = 24 if side == "home" else 72
        parts += [
            words(x, y + 16, f"{time:g} s", "grey"),
            *_plate(x, y + 24, score),
            words(x + at, y + 76, side, "bold middle"),
        ]
        goal = f"goal {number}, {side}" if side else "the start"
        told.append(f"second {time:g}, {goal}: {score.home}:{score.away}")
    height = 10 + TALL * ((len(told) + 2) // 3)
    return Picture(
        motion.drawing(parts, (3 * PLATE + 12, height)),
        f"The scoreboard of the match. {'; '.join(told)}.",
    )


def _plate(x: float, y: float, score: Score) -> list[str]:
    """Draw a score as a scoreboard shows it, 96 wide and 34 high."""
    return [
        box(x, y, 96, 34, fill="#111111"),
        words(x + 24, y + 25, str(score.home), "large bold white middle"),
        words(x + 48, y + 24, ":", "large bold white middle"),
        words(x + 72, y + 25, str(score.away), "large bold white middle"),
    ]


def lanes(runs: Sequence[Run]) -> motion.Film:
    """Draw who spoke, and when, and what it has cost by then: a lane for each run.

    Args:
        runs: All of the same match.
    """
    script = runs[0].script
    bottom = TOP + LANE * len(runs)
    tops = range(TOP, bottom, LANE)
    hand = "".join(f"M {LEFT} {top + 30} v 36" for top in tops)
    hand = f'<path d="{hand}" stroke="#111111" stroke-width="2"/>'
    pieces = [*_match(script), Piece(hand, travel=RIGHT - LEFT)]
    for run, top in zip(runs, tops, strict=True):
        pieces += _lane(run, top)
    pieces += [
        Piece(words(LEFT, bottom + 18, "▶ page · ◀ server · ◁ with nothing new")),
        Piece(words(RIGHT, bottom + 18, "dotted: a goal", "end")),
    ]
    rows = [[run.name, run.total, len(run.seen), _old(run)] for run in runs]
    told = "; ".join(
        f"{run.name}: {run.total:,} bytes, answers with nothing new {run.wasted}, "
        f"its score old for {_old(run):g} s"
        for run in runs
    )
    return motion.Film(
        pieces,
        size=(WIDTH, bottom + 30),
        stops=sorted({0, *script.changes, script.seconds}),
        unit="second",
        lasts=LASTS,
        alt=f"A lane for each way, marks for messages in time. {told}.",
        twin=Table(["way", "bytes", "goals shown", "old for, s"], rows, bold=-1),
    )


def _match(script: Script) -> Iterator[motion.Piece]:
    """Yield the scoreboard at the top."""
    yield Piece(words(LEFT, 33, "On the scoreboard", "bold"))
    for since, until in itertools.pairwise([0.0, *script.changes, math.inf]):
        plate = _plate(RIGHT - 96, 9, script.score(since))
        yield Piece("".join(plate), since, until)


def _lane(run: Run, top: float) -> Iterator[motion.Piece]:
    """Yield the lane of a run: what its page shows, its bytes, its messages."""
    script, line = run.script, top + 47
    yield Piece(
        box(LEFT - 10, top, WIDTH - 20, LANE - 8, fill="none", stroke="#bbbbbb")
    )
    yield Piece(words(LEFT, top + 22, run.name, "bold"))
    yield Piece(f'<path d="M {LEFT} {line} H {RIGHT}" stroke="{GREY}"/>')
    for goal in script.changes:
        path = f"M {_x(goal, script):g} {line - 17} v 36"
        dotted = f'<path d="{path}" stroke="{GREY}" stroke-dasharray="2 3"/>'
        yield Piece(dotted, goal)
    for since, until, n, old in _shown(run):
        score = script.score(script.changes[n - 1] if n else 0)
        said = f"{'still' if old else 'shows'} {score.home} : {score.away}"
        edge = box(208, top + 4, 98, 24, fill="none", stroke=PURPLE, dash="4 3")
        there = words(257, top + 22, said, "middle") + (edge if old else "")
        yield Piece(there, since, until)
    spent = {0.0: 0}
    for message, size in zip(run.messages, run.sizes, strict=True):
        spent[message.time] = [*spent.values()][-1] + size
        yield Piece(_mark(_x(message.time, script), line, message), message.time)
    counted = [*spent.items(), (math.inf, 0)]
    for (since, total), (until, _) in itertools.pairwise(counted):
        said = words(RIGHT, top + 22, f"{total:,} bytes", "bold end")
        yield Piece(said, since, until)


def _mark(x: float, line: float, message: Message) -> str:
    """Draw a message: over the line to the server, under it to the page."""
    if message.direction is UP:
        return f'<path d="M {x - 4:g} {line - 14} l 9 5 l -9 5 z" fill="{BLUE}"/>'
    empty = message.what == "nothing new"
    return (
        f'<path d="M {x + 4:g} {line + 4} l -9 5 l 9 5 z" stroke="{VERMILION}" '
        f'fill="{"#ffffff" if empty else VERMILION}"/>'
    )


def _x(time: float, script: Script) -> float:
    """Return where a time stands in a lane."""
    return LEFT + (RIGHT - LEFT) * time / script.seconds


def _shown(run: Run) -> Iterator[tuple[float, float, int, bool]]:
    """Yield what the page showed: from when, until, which change, whether it is old."""
    times = sorted({0.0, *run.script.changes, *(time for time, _ in run.seen)})
    for since, until in itertools.pairwise([*times, math.inf]):
        known = max((n for time, n in run.seen if time <= since), default=0)
        yield since, until, known, known < run.script.score(since).n


def _old(run: Run) -> float:
    """Return for how long the page showed an old score, in scripted seconds."""
    end = run.script.seconds
    return sum(min(until, end) - since for since, until, _, old in _shown(run) if old)
