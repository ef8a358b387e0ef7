"""The states of a connection, drawn from the table that the code runs by.

What is in ``TRANSITIONS`` is in the picture, and nothing else: it cannot go stale.
"""

import html
from collections.abc import Mapping, Sequence
from enum import Enum

from wslib.display import Picture

__all__ = ["state_diagram"]

LINE = 19  # height of a line of text, in pixels
BOX = 150, 46  # width and height of a state
GAP = 330  # from one state's left edge to the next one's
TOP, LEFT = 70, 30


def state_diagram(transitions: Mapping[tuple[Enum, Enum], Enum]) -> Picture:
    """Return a drawing of a table of transitions, states from left to right.

    Args:
        transitions: From a state and a step to the state that follows. The states are
            drawn in the order of their definition.
    """
    states = list(type(next(iter(transitions.values()))))
    steps: dict[tuple[Enum, Enum], list[str]] = {}
    for (before, step), after in transitions.items():
        steps.setdefault((before, after), []).append(str(step.value))
    loops = max(len(steps.get((state, state), [])) for state in states)
    width = 2 * LEFT + GAP * (len(states) - 1) + BOX[0]
    far = [pair for pair in steps if states.index(pair[1]) - states.index(pair[0]) > 1]
    height = TOP + BOX[1] + 60 + LINE * loops + 56 * bool(far)
    parts = [
        part
        for (before, after), names in steps.items()
        for part in _arrow(states.index(before), states.index(after), names)
    ]
    for number, state in enumerate(states):
        x = LEFT + GAP * number
        parts.append(
            f'<rect x="{x}" y="{TOP}" width="{BOX[0]}" height="{BOX[1]}" rx="6" '
            f'fill="#d6e8f5" stroke="#111111"/>'
        )
        parts.append(
            _text(x + BOX[0] / 2, TOP + 29, state.name, weight="bold", size=17)
        )
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="sans-serif">'
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>{_MARKER}'
        f"{''.join(parts)}</svg>"
    )
    return Picture(svg, _words(steps))


def _arrow(start: int, end: int, names: Sequence[str]) -> list[str]:
    """Return an arrow between two states, or below one, and what it stands for."""
    x = LEFT + GAP * start
    middle, bottom = TOP + BOX[1] / 2, TOP + BOX[1]
    if start == end:
        loop = f"M {x + 50} {bottom} v 26 h 50 v -26"
        return [
            _path(loop),
            *_lines(x + BOX[0] / 2, bottom + 46, names),
        ]
    if end - start == 1:
        right = x + BOX[0]
        line = f"M {right} {middle} H {x + GAP - 2}"
        above = middle - 10 - LINE * (len(names) - 1)
        return [_path(line), *_lines((right + x + GAP) / 2, above, names)]
    target = LEFT + GAP * end + BOX[0] / 2
    over = f"M {x + BOX[0] / 2} {TOP} V 28 H {target} V {TOP - 2}"
    return [_path(over), *_lines((x + BOX[0] / 2 + target) / 2, 20, names)]


def _path(d: str) -> str:
    return (
        f'<path d="{d}" fill="none" stroke="#111111" stroke-width="1.6" '
        f'marker-end="url(#arrow)"/>'
    )


def _lines(x: float, y: float, names: Sequence[str]) -> list[str]:
    return [_text(x, y + LINE * i, name) for i, name in enumerate(names)]


def _text(
    x: float, y: float, text: str, *, weight: str = "normal", size: int = 14
) -> str:
    return (
        f'<text x="{x}" y="{y}" text-anchor="middle" font-size="{size}" '
        f'font-weight="{weight}" fill="#111111">{html.escape(text)}</text>'
    )


def _words(steps: Mapping[tuple[Enum, Enum], Sequence[str]]) -> str:
    """Return the same diagram in words."""
    said = []
    for (before, after), names in steps.items():
        where = "stays" if before is after else f"leads to {after.name}"
        said.append(f"{before.name} {where}: {', '.join(names)}")
    return "State diagram. " + ". ".join(said) + "."


_MARKER = (
    '<defs><marker id="arrow" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
    'markerHeight="8" orient="auto-start-reverse"><path d="M 0 0 L 10 5 L 0 10 z" '
    'fill="#111111"/></marker></defs>'
)
