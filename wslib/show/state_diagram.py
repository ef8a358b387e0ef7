"""The states of a connection, drawn from the table that the code runs by.

What is in ``TRANSITIONS`` is in the picture, and nothing else: it cannot go stale.

        ┌─────────── over ───────────┐
    ┌───┴───┐   next   ┌───────┐   ┌─▼─────┐
    │ OPEN  ├──────────►       │   │       │
    └─┬───▲─┘          └───────┘   └───────┘
      └───┘ loop

The states stand in a row. A step that changes nothing is a loop below its state, one to
the next state an arrow; one to any other goes over what lies between.
"""

import html
from collections.abc import Mapping, Sequence
from enum import Enum

from wslib.show.figures import Picture

FONT, LINE = 14, 19  # the height of letters, and of a line of text, in pixels
LETTER = 0.6 * FONT  # how wide a letter is, on average, in a wide font
WIDTH, HEIGHT = 130, 46  # of a state
MARGIN = 30

_Steps = dict[tuple[int, int], list[str]]  # from a state to a state, by number: how


def state_diagram(transitions: Mapping[tuple[Enum, Enum], Enum]) -> Picture:
    """Return a drawing of a table of transitions, states from left to right.

    Args:
        transitions: From a state and a step to the state that follows. The states are
            drawn in the order of their definition.
    """
    states = list(type(next(iter(transitions.values()))))
    steps: _Steps = {}
    for (before, step), after in transitions.items():
        pair = states.index(before), states.index(after)
        steps.setdefault(pair, []).append(str(step.value))
    names = [state.name for state in states]
    return Picture(_drawing(names, steps), _words(names, steps))


def _drawing(names: Sequence[str], steps: _Steps) -> str:
    """Return the picture."""
    loops = {a: texts for (a, b), texts in steps.items() if a == b}
    ahead = {a: texts for (a, b), texts in steps.items() if b == a + 1}
    over = {ab: texts for ab, texts in steps.items() if ab[1] - ab[0] not in (0, 1)}
    gap = WIDTH + max(_longest(ahead) + 40, _longest(loops) - WIDTH + 20)
    top = 12 + sum(LINE * len(texts) + 16 for texts in over.values())
    top += max([16, *(LINE * len(texts) + 2 - HEIGHT // 2 for texts in ahead.values())])
    below = max((32 + LINE * len(texts) for texts in loops.values()), default=0)
    width = 2 * MARGIN + gap * (len(names) - 1) + WIDTH
    height = top + HEIGHT + below + 14
    parts, level = [], 12
    for place, ((start, end), texts) in enumerate(over.items()):
        # each at a height and from a place of its own, so that none hides another
        center = MARGIN + WIDTH // 2 + 12 * place
        level += LINE * len(texts) + 16
        parts += _over(center + gap * start, center + gap * end, level - 8, top, texts)
    for number, name in enumerate(names):
        left = MARGIN + gap * number
        parts += _state(left, top, name)
        parts += _loop(left, top + HEIGHT, loops.get(number, []))
        parts += _ahead(left + WIDTH, left + gap, top, ahead.get(number, []))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif">'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{_MARKER}'
        f"{''.join(parts)}</svg>"
    )


def _longest(steps: Mapping[int, Sequence[str]]) -> int:
    """Return how wide the longest text may be, in pixels."""
    return round(max((len(t) for ts in steps.values() for t in ts), default=0) * LETTER)


def _state(left: int, top: int, name: str) -> list[str]:
    box = (
        f'<rect x="{left}" y="{top}" width="{WIDTH}" height="{HEIGHT}" rx="6" '
        f'fill="#d6e8f5" stroke="#111111"/>'
    )
    text = _text(left + WIDTH / 2, top + HEIGHT / 2 + 6, name, weight="bold", size=17)
    return [box, text]


def _loop(left: int, bottom: int, texts: Sequence[str]) -> list[str]:
    """Return an arrow from a state to itself, and below it what it stands for."""
    if not texts:
        return []
    path = f"M {left + WIDTH / 2 - 25:g} {bottom} v 26 h 50 v -24"
    return [_path(path), *_lines(left + WIDTH / 2, bottom + 46, texts)]


def _ahead(start: int, end: int, top: int, texts: Sequence[str]) -> list[str]:
    """Return an arrow to the next state, and above it what it stands for."""
    if not texts:
        return []
    middle = top + HEIGHT // 2
    first = middle - 8 - LINE * (len(texts) - 1)
    path = f"M {start} {middle} H {end - 2}"
    return [_path(path), *_lines((start + end) / 2, first, texts)]


def _over(
    start: int, end: int, level: int, top: int, texts: Sequence[str]
) -> list[str]:
    """Return an arrow over the states, and above it what it stands for."""
    first = level - 8 - LINE * (len(texts) - 1)
    path = f"M {start} {top} V {level} H {end} V {top - 2}"
    return [_path(path), *_lines((start + end) / 2, first, texts)]


def _path(d: str) -> str:
    return (
        f'<path d="{d}" fill="none" stroke="#111111" stroke-width="1.6" '
        f'marker-end="url(#arrow)"/>'
    )


def _lines(x: float, y: float, texts: Sequence[str]) -> list[str]:
    return [_text(x, y + LINE * i, text) for i, text in enumerate(texts)]


def _text(
    x: float, y: float, text: str, *, weight: str = "normal", size: int = FONT
) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="middle" font-size="{size}" '
        f'font-weight="{weight}" fill="#111111">{html.escape(text)}</text>'
    )


def _words(names: Sequence[str], steps: _Steps) -> str:
    """Return the same diagram in words."""
    said = []
    for (start, end), texts in steps.items():
        where = "stays" if start == end else f"leads to {names[end]}"
        said.append(f"{names[start]} {where}: {', '.join(texts)}")
    return "State diagram. " + ". ".join(said) + "."


_MARKER = (
    '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
    'markerHeight="8" orient="auto-start-reverse"><path d="M 0 0 L 10 5 L 0 10 z" '
    'fill="#111111"/></marker></defs>'
)
