"""All bytes of a connection as small squares, in the order in which they went."""

import html
from collections.abc import Iterator, Sequence

from illustrated.groups import Step, count
from wslib.direction import UP

COLUMNS, PITCH = 64, 6  # squares in a row, and pixels from one to the next


def byte_map(steps: Sequence[Step]) -> str:
    """Return a drawing with a square for each byte, as SVG.

    A stretch of bytes of one kind is one line, and dashes make squares of it.
    """
    paths, at, starts = [], 0, dict[str, int]()
    for step in steps:
        for part, kind, size in _stretches(step):
            way = "up" if step.direction is UP else "down"
            look = f"{way} {kind}" if kind else "lower"
            start = starts.setdefault(part, at)
            paths.append(
                f'<path class="{look}" data-part="{part}" data-start="{start}" '
                f'd="{_line(at, size)}"/>'
            )
            at += size
    rows = -(-at // COLUMNS)
    words = f"{count(at)} as squares, in the order in which they went: " + "; ".join(
        f"{step.title}, {step.size}" for step in steps
    )
    return (
        f'<svg class="map" viewBox="0 0 {COLUMNS * PITCH} {rows * PITCH}" role="img" '
        f'aria-label="{html.escape(words)}">{"".join(paths)}'
        f'<rect class="here" width="{PITCH}" height="{PITCH}" hidden=""/></svg>'
    )


def _stretches(step: Step) -> Iterator[tuple[str, str, int]]:
    """Yield of a step's bytes, in order, their part, their kind and how many."""
    for part in [*step.around, *([step.main] if step.main.name else [])]:
        yield f"{step.name}-{part.name}", "", part.size
    if step.main.name:
        return
    for group in step.main.groups:
        kind = "frame"
        if step.name in ("request", "response"):
            kind = "http"
        elif group.kind == "payload" and step.title.startswith(("Text", "Cont")):
            kind = "said"
        yield step.name, kind, len(group.data)


def _line(at: int, size: int) -> str:
    """Return a line through some squares, row by row."""
    parts = []
    while size:
        row, column = divmod(at, COLUMNS)
        here = min(size, COLUMNS - column)
        y = row * PITCH + PITCH // 2
        parts.append(f"M{column * PITCH} {y}h{here * PITCH - 1}")
        at, size = at + here, size - here
    return "".join(parts)
