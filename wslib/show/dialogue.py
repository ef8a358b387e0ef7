"""A conversation in words, the client on the left."""

import textwrap
from collections.abc import Sequence

from wslib.direction import Direction
from wslib.show.shown import (
    BLUE,
    MONO,
    VERMILION,
    Cell,
    Shown,
    escape,
    html_table,
)

WIDTH = 60  # characters: what half a page has room for


class Dialogue(Shown):
    """What client and server said to each other, in order, the client on the left.

    Args:
        turns: Pairs of a direction and the text that was sent, or triples with a
            remark about it.
        caption: What the conversation is.
    """

    def __init__(
        self,
        turns: Sequence[tuple[Direction, str] | tuple[Direction, str, str]],
        *,
        caption: str = "",
    ) -> None:
        self.turns = [
            (turn[0], turn[1], turn[2] if len(turn) > 2 else "") for turn in turns
        ]
        self.caption = caption

    def as_text(self) -> str:
        """Return one block per turn, the server's indented."""
        lines = [self.caption] if self.caption else []
        for direction, said, remark in self.turns:
            if direction is Direction.CLIENT_TO_SERVER:
                mark, indent = "client ▶  ", ""
            else:
                mark, indent = "◀ server  ", " " * 12
            body = said.splitlines() or [""]
            if remark:
                body.append(f"({remark})")
            block = textwrap.indent("\n".join(body), " " * len(mark), lambda _: True)
            block = mark + block[len(mark) :]
            lines.append(textwrap.indent(block, indent, lambda _: True))
        return "\n".join(line.rstrip() for block in lines for line in block.split("\n"))

    def as_html(self) -> str:
        """Return a table of two columns: client and server."""
        rows = []
        for direction, said, remark in self.turns:
            up = direction is Direction.CLIENT_TO_SERVER
            turn, empty = _turn(up, said, remark), Cell(style="width: 50%")
            rows.append([turn, empty] if up else [empty, turn])
        return html_table(
            rows,
            caption=self.caption,
            style="margin: 0.5em 0; width: 100%; max-width: 76em",
            stripes=False,
        )


def _turn(up: bool, said: str, remark: str) -> Cell:
    """Return what one side said, on the side's own line."""
    colour, line = (BLUE, "solid") if up else (VERMILION, "dashed")
    mark = "client ▶" if up else "◀ server"
    note = f"<br><em>{escape(remark)}</em>" if remark else ""
    return Cell(
        markup=f"<strong>{mark}</strong>{note}"
        f'<div style="{MONO}; overflow-wrap: anywhere">{_lines(said)}</div>',
        style="width: 50%; text-align: left; vertical-align: top; "
        f"border-left: 4px {line} {colour}; padding: 0.4em 0.8em",
    )


def _lines(said: str) -> str:
    """Return what was said; where a long line goes on, it is indented."""
    lines = said.splitlines()
    if max(map(len, lines), default=0) <= WIDTH:
        return escape(said)
    style = "display: block; padding-left: 2em; text-indent: -2em"
    return "".join(
        f'<span style="{style}">{escape(line) or "<br>"}</span>' for line in lines
    )
