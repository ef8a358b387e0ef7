"""A conversation as a timeline: frame after frame, the client on the left."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wslib.direction import Direction
from wslib.frames import Frame, Opcode, parse_close
from wslib.show.fields import payload_value, short_hex
from wslib.show.frames import BYTES, VALUE, FrameView
from wslib.show.shown import (
    BLUE,
    CARD_CELL,
    CARD_TABLE,
    VERMILION,
    Cell,
    Shown,
    card,
    escape,
    html_table,
)

if TYPE_CHECKING:  # to draw a recording, the relay need not be loaded
    from wslib.relay import Entry


class Timeline(Shown):
    """A conversation, frame after frame, the client on the left.

    Args:
        entries: What ``Recording.timeline()`` gives; or pairs of a direction and the
            bytes of one frame, or text to be shown as it is.
        caption: What the conversation is.
    """

    def __init__(
        self,
        entries: "Iterable[Entry | tuple[Direction, bytes | str]]",
        *,
        caption: str = "",
    ) -> None:
        self.entries = [_summary(entry) for entry in entries]
        self.caption = caption

    def as_text(self) -> str:
        """Return one line per frame: mark, what it is, its bytes."""
        lines = [self.caption] if self.caption else []
        width = max((len(words) for _, words, _ in self.entries), default=0)
        for direction, words, shown in self.entries:
            up = direction is Direction.CLIENT_TO_SERVER
            side = "client ▶" if up else "         ◀ server"
            lines.append(f"{side:<19} {words:<{min(width, 44)}}  {shown}".rstrip())
        return "\n".join(lines)

    def as_html(self) -> str:
        """Return a table of three columns: client, bytes, server."""
        names = "client", "on the wire", "server"
        header = [Cell(name, CARD_CELL, heads="col") for name in names]
        rows = []
        for direction, words, shown in self.entries:
            up = direction is Direction.CLIENT_TO_SERVER
            said, empty = _said(up, words), Cell(style=CARD_CELL)
            wire = Cell(shown, f"{CARD_CELL}; {BYTES}")
            rows.append([said, wire, empty] if up else [empty, wire, said])
        return card(html_table(rows, header=header, style=CARD_TABLE), self.caption)


def _said(up: bool, words: str) -> Cell:
    """Return what one side sent, on the side's own line."""
    colour, line = (BLUE, "solid") if up else (VERMILION, "dashed")
    mark = "client ▶" if up else "◀ server"
    edge = f"border-{'left' if up else 'right'}: 4px {line} {colour}"
    return Cell(
        markup=f"<strong>{mark}</strong> {escape(words)}",
        style=f"{CARD_CELL}; {VALUE}; {edge}",
    )


def _summary(
    entry: "Entry | tuple[Direction, bytes | str]",
) -> tuple[Direction, str, str]:
    """Return who sent it, what it is in words, and its first bytes."""
    if not isinstance(entry, tuple):
        words, shown = entry.words, ""
        frame: Frame | None = getattr(entry, "frame", None)
        if frame is not None:
            words, shown = _frame_words(frame), short_hex(entry.raw, 8)  # type: ignore[union-attr]
        return entry.direction, words + entry.fate, shown
    direction, said = entry
    if isinstance(said, str):
        return direction, said, ""
    view = FrameView(said, direction)
    words = view.verdict() if view.frame is None else _frame_words(view.frame)
    return direction, words, short_hex(said, 8)


def _frame_words(frame: Frame) -> str:
    """Say what a frame is and carries."""
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
    name = frame.opcode.name.capitalize()
    return name + said + ("" if frame.fin else ", without FIN")
