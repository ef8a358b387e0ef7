"""Two life lines: a conversation as time running down, the client on the left.

    client                       server
      ┃ client ▶ Text 'Hello'      ┇
      ┃─────────_________________▶ ┇      an arrow takes time
      ┃            ◀ server Ping   ┇
      ┃          ╳ ──────────────  ┇  ]   a cross: it was lost on the way
      ⋮        a second passes     ⋮      a gap: nothing comes

The words are a list, and the lines are its edges: what cannot show a drawing (a
notebook that is not trusted, a screen reader) still has all that was said, in order.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from wslib.direction import UP, Direction
from wslib.frames import Frame, Opcode, parse_close
from wslib.show.fields import payload_value, short_hex
from wslib.show.frames import FrameView
from wslib.show.shown import BLUE, VERMILION, Shown, escape

if TYPE_CHECKING:  # to draw a recording, the relay need not be loaded
    from wslib.relay import Entry

Sent: TypeAlias = (
    "Entry | tuple[Direction, bytes | str] | tuple[Direction, bytes | str, str]"
)

AT_ONCE = "under way at once"


@dataclass(frozen=True)
class Arrow:
    """Something that one side has sent.

    Attributes:
        up: Whether the client sent it.
        words: What it is.
        wire: Its first bytes, as text; empty where they are not shown.
        remark: What became of it, or what is to be known about it.
    """

    up: bool
    words: str
    wire: str = ""
    remark: str = ""

    @property
    def lost(self) -> bool:
        """Whether it has not arrived."""
        return self.remark.startswith("lost")


@dataclass(frozen=True)
class _Row:
    """A stretch of time: a gap with its words, or arrows: one, or several at once."""

    arrows: tuple[Arrow, ...] = ()
    gap: str = ""

    @property
    def remark(self) -> str:
        """What the bracket beside it says, if there is one."""
        if len(self.arrows) > 1:
            return AT_ONCE
        return self.arrows[0].remark if self.arrows else ""


class LifeLines(Shown):
    """A conversation between two life lines, the client's on the left.

    Args:
        rows: What happened, in order. Each row is one of:

            - an entry of ``Recording.timeline()``;
            - a pair of a direction and the bytes of one frame, or text to be shown as
              it is; or a triple, with a remark. Neighbours with the same remark share
              a bracket, and what a remark calls "lost" ends in a cross;
            - a list of such entries: sent by both before any of them arrived;
            - text: a gap, and what was in it instead of a message.
        caption: What the conversation is.
        sides: The names of the two: who is on the left, who on the right.
        wire: Whether to show the bytes, and what pings and pongs carry. A library's
            own pings carry random bytes, others in each run.

    Raises:
        ValueError: If a list is empty: nothing was under way then.
    """

    def __init__(
        self,
        rows: "Iterable[Sent | list[Sent] | str]",
        *,
        caption: str = "",
        sides: tuple[str, str] = ("client", "server"),
        wire: bool = True,
    ) -> None:
        self.rows = [_row(row, wire) for row in rows]
        self.caption = caption
        self.marks = f"{sides[0]} ▶", f"◀ {sides[1]}"
        self.sides = sides

    @property
    def arrows(self) -> list[Arrow]:
        """All that was sent, in order."""
        return [arrow for row in self.rows for arrow in row.arrows]

    def as_text(self) -> str:
        """Return one line per arrow or gap: who, what it is, its bytes, the remark."""
        lines = [self.caption] if self.caption else []
        left, right = self.marks
        inset, column = len(left) + 1, len(left) + len(right) + 4
        width = min(max((len(arrow.words) for arrow in self.arrows), default=0), 44)
        for row in self.rows:
            if not row.arrows:
                lines.append(f"{'⋮':>{inset}}".ljust(column) + row.gap)
            for arrow in row.arrows:
                if arrow.up:
                    who = left + " ╳" * arrow.lost
                else:
                    who = ("╳ " * arrow.lost).rjust(inset) + right
                remark = arrow.remark or row.remark
                said = [
                    f"{arrow.words:<{width}}",
                    arrow.wire,
                    f"({remark})" * bool(remark),
                ]
                lines.append(f"{who:<{column}}{'  '.join(filter(None, said))}".rstrip())
        return "\n".join(lines)

    def as_html(self) -> str:
        """Return a list of what was sent, with the arrows drawn between its edges."""
        caption = ""
        if self.caption:
            caption = (
                f"<figcaption><strong>{escape(self.caption)}</strong></figcaption>"
            )
        nothing = _Row()
        around = zip(
            [nothing, *self.rows], self.rows, [*self.rows[1:], nothing], strict=False
        )
        margin = any(row.remark for row in self.rows)
        rows = [
            self._html_row(row, _bracket(before, row, after) if margin else "")
            for before, row, after in around
        ]
        return (
            f'<figure style="margin: 0.5em 0; max-width: 44em; line-height: 1.4">'
            f"{caption}{self._head(margin)}"
            f'<ol style="list-style: none; margin: 0; padding: 0">\n'
            + "\n".join(rows)
            + "\n</ol></figure>"
        )

    def _head(self, margin: bool) -> str:
        """Return the two names, each above its line."""
        one, two = (
            f'<strong style="border: 2px {line} {colour}; padding: 0.1em 0.6em">'
            f"{escape(name)}</strong>"
            for name, line, colour in zip(
                self.sides, ("solid", "dashed"), (BLUE, VERMILION), strict=True
            )
        )
        names = (
            f'<div style="flex: 1; display: flex; justify-content: space-between">'
            f"{one} {two}</div>"
        )
        return f'<div style="{_FLEX}; margin-top: 0.4em">{names}{_SIDE * margin}</div>'

    def _html_row(self, row: _Row, beside: str) -> str:
        """Return one row: words, and below them the way that they take."""
        if not row.arrows:
            inside = (
                f'<div style="{_WORDS}; padding: 0.9em 0.7em; text-align: center">'
                f"⋮ <em>{escape(row.gap)}</em> ⋮</div>"
            )
            edges = _EDGES.format("dotted", "dotted")
        else:
            inside = "".join(map(self._said, row.arrows)) + _drawing(row.arrows)
            edges = _EDGES.format("solid", "dashed")
        return f'<li style="{_FLEX}"><div style="{edges}">{inside}</div>{beside}</li>'

    def _said(self, arrow: Arrow) -> str:
        """Return what was sent, at the side of who sent it."""
        mark = f"<strong>{escape(self.marks[not arrow.up])}</strong>"
        wire = f'<span style="{_BYTES}">{escape(arrow.wire)}</span>' * bool(arrow.wire)
        text = " ".join(filter(None, [mark, escape(arrow.words), wire]))
        side = "left" if arrow.up else "right"
        return f'<div style="{_WORDS}; text-align: {side}">{text}</div>'


# The edges are the life lines. All text and all brackets have the page's own colour.
_FLEX = "display: flex; margin: 0; padding: 0"
_EDGES = (
    f"flex: 1; min-width: 0; border-left: 3px {{}} {BLUE}; "
    f"border-right: 3px {{}} {VERMILION}"
)
_WORDS = "padding: 0.4em 0.7em 0; overflow-wrap: anywhere; white-space: pre-wrap"
_BYTES = "display: inline-block; font-family: monospace; padding: 0 0.4em"
_SIDE = '<div style="flex: 0 0 6.5em"></div>'


def _bracket(before: _Row, row: _Row, after: _Row) -> str:
    """Return the margin of a row: a piece of a bracket, if it has a remark."""
    if not row.remark:
        return _SIDE
    alone = len(row.arrows) > 1  # two rows of this kind are not one
    first = alone or before.remark != row.remark
    last = alone or after.remark != row.remark
    line = "2px solid currentColor"
    edge = f"width: 0.5em; margin-left: 0.4em; border-right: {line}"
    edge += f"; border-top: {line}; margin-top: 0.4em" if first else ""
    edge += f"; border-bottom: {line}; margin-bottom: 0.2em" if last else ""
    label = escape(row.remark) if first else ""
    return (
        f'<div style="flex: 0 0 6.5em; display: flex"><div style="{edge}"></div>'
        f'<div style="flex: 1; align-self: center; padding-left: 0.4em">{label}</div>'
        f"</div>"
    )


def _drawing(arrows: Sequence[Arrow]) -> str:
    """Return arrows that go down while they go across; it takes any width."""
    several = len(arrows) > 1
    height, fall = (1.6 + 1.2 * len(arrows), 60.0) if several else (1.6, 66.0)
    parts, sent = [], {True: 0, False: 0}
    for arrow in arrows:
        top = 12 + 28 * sent[arrow.up] / max(1, len(arrows) - 1)
        sent[arrow.up] += 1
        parts.append(_line(arrow, top, fall))
    return (
        f'<svg aria-hidden="true" width="100%" height="{height:g}em" '
        f'style="display: block; overflow: visible">{"".join(parts)}</svg>'
    )


def _line(arrow: Arrow, top: float, fall: float) -> str:
    """Return one arrow, from ``top`` down by ``fall``, in hundredths of the drawing."""
    way = 0.62 if arrow.lost else 1.0
    start, end = (0.0, 100 * way) if arrow.up else (100.0, 100 - 100 * way)
    colour, dashes = (BLUE, "") if arrow.up else (VERMILION, ' stroke-dasharray="8 5"')
    foot = top + fall * way
    line = (
        f'<line x1="{start:g}%" y1="{top:g}%" x2="{end:g}%" y2="{foot:g}%" '
        f'stroke="{colour}" stroke-width="2"{dashes}/>'
    )
    if arrow.lost:
        shape = '<path d="M-7-7 7 7M-7 7 7-7" stroke="currentColor" stroke-width="3"/>'
    else:
        tip = "-12-5v10" if arrow.up else "12-5v10"
        shape = f'<path d="M0 0l{tip}z" fill="{colour}"/>'
    place = f'x="{end:g}%" y="{foot:g}%" overflow="visible"'
    return f"{line}<svg {place}>{shape}</svg>"


def _row(row: "Sent | list[Sent] | str", wire: bool) -> _Row:
    """Return a row as it is drawn."""
    if isinstance(row, str):
        return _Row(gap=row)
    if not isinstance(row, list):
        return _Row(arrows=(_arrow(row, wire),))
    if not row:
        raise ValueError("an empty list: nothing was under way at once")
    return _Row(arrows=tuple(_arrow(entry, wire) for entry in row))


def _arrow(entry: "Sent", wire: bool) -> Arrow:
    """Return who sent it, what it is in words, and its first bytes."""
    if not isinstance(entry, tuple):
        frame: Frame | None = getattr(entry, "frame", None)
        words, raw = entry.words, b""
        if frame is not None:
            words, raw = _frame_words(frame, wire), entry.raw  # type: ignore[union-attr]
        elif hasattr(entry, "error"):  # bytes that could not be read
            raw = entry.raw  # type: ignore[union-attr]
        remark = entry.fate.lstrip(", ")
        return Arrow(entry.direction is UP, words, short_hex(raw, 8) * wire, remark)
    direction, said, *remarks = entry
    words, remark = str(said), "".join(remarks)
    if isinstance(said, str):
        return Arrow(direction is UP, words, "", remark)
    view = FrameView(said, direction)
    words = view.verdict() if view.frame is None else _frame_words(view.frame, wire)
    return Arrow(direction is UP, words, short_hex(said, 8) * wire, remark)


def _frame_words(frame: Frame, wire: bool) -> str:
    """Say what a frame is and carries; of a ping and a pong that only with the wire."""
    name = frame.opcode.name.capitalize()
    if frame.opcode in (Opcode.PING, Opcode.PONG) and not wire:
        return name
    first = frame.rsv1 << 6 | frame.opcode
    said = payload_value(first, frame.payload)
    if frame.opcode is Opcode.CLOSE and not frame.rsv1:
        code, reason = parse_close(frame.payload)
        said = f" {code}" if frame.payload else " without a code"
        said += f" {reason!r}" if reason else ""
    elif said[0].isdigit():
        said = f" of {said}"
    else:
        said = f" {said}" if frame.payload else f", {said}"
    return name + said + ("" if frame.fin else ", without FIN")
