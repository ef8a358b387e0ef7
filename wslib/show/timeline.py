"""A conversation as a timeline: frame after frame, the client on the left."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wslib.direction import Direction
from wslib.frames import Frame, Opcode, parse_close
from wslib.show.frames import (
    _BYTES,
    _VALUE,
    _WORDS,
    CARD,
    FrameView,
    _payload_value,
    _short_hex,
    _table,
)
from wslib.show.shown import BLUE, VERMILION, Shown, escape

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
        rows = ""
        for direction, words, shown in self.entries:
            up = direction is Direction.CLIENT_TO_SERVER
            colour, line = (BLUE, "solid") if up else (VERMILION, "dashed")
            mark = "client ▶" if up else "◀ server"
            edge = f"border-{'left' if up else 'right'}: 4px {line} {colour}"
            said = (
                f'<td style="{_WORDS}; {_VALUE}; {edge}"><strong>{mark}</strong> '
                f"{escape(words)}</td>"
            )
            empty = f'<td style="{_WORDS}"></td>'
            wire = f'<td style="{_WORDS}; {_BYTES}">{shown}</td>'
            rows += f"<tr>{said if up else empty}{wire}{empty if up else said}</tr>\n"
        caption = f"<strong>{escape(self.caption)}</strong>" if self.caption else ""
        return (
            f'<div style="{CARD}">{caption}'
            f"{_table(('client', 'on the wire', 'server'), rows)}</div>"
        )


def _summary(
    entry: "Entry | tuple[Direction, bytes | str]",
) -> tuple[Direction, str, str]:
    """Return who sent it, what it is in words, and its first bytes."""
    if not isinstance(entry, tuple):
        words, shown = entry.words, ""
        frame: Frame | None = getattr(entry, "frame", None)
        if frame is not None:
            words, shown = _frame_words(frame), _short_hex(entry.raw, 8)  # type: ignore[union-attr]
        return entry.direction, words + entry.fate, shown
    direction, said = entry
    if isinstance(said, str):
        return direction, said, ""
    view = FrameView(said, direction)
    words = view.verdict() if view.frame is None else _frame_words(view.frame)
    return direction, words, _short_hex(said, 8)


def _frame_words(frame: Frame) -> str:
    """Say what a frame is and carries."""
    first = frame.rsv1 << 6 | frame.opcode
    said = _payload_value(first, frame.payload)
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
