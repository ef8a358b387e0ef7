"""The strip: bytes as cells, each field with a bracket, a word, a fill and a pattern.

    ┌────┬────┬────┬────┐ ┌────┬────┐
    │ 37 │ fa │ 21 │ 3d │ │ 37 │ fa │    key
    └────┴────┴────┴────┘ │ 7f │ 9f │  ⊕ sent
     ╰──────────────────╯ │ 48 │ 65 │  = hex, and its character
         Masking-key      │ H  │ e  │
                          └────┴────┘
                           ╰───────╯

The HTML is a list, one item to a group; ``strip.css`` dresses it, with no script:

    div.ws-strip                    everything that lights up together
      style                         strip.css
      ul.ws-bytes
        li.ws-group.ws-KIND         KIND: head, length, key, payload, rest
          span.ws-top               of a byte whose bits are shown: its hex
          span.ws-part.fN           a field, N its number; one tab stop each
            span.ws-cells
              span.ws-byte          a byte: i.kN key, span sent, b hex and character
              span.ws-bit           or a bit
              span.ws-more          what is left out of a long payload, counted
            span.ws-name            the bracket
            span.ws-word            the word under it, and i, a note

What carries ``fN``, a row of a table too, lights up with field N, and ``kN`` with byte
N of the masking key. Without the style sheet, as in a notebook that JupyterLab does not
trust yet, the few inline styles leave the bytes in a row, and the words under them.
"""

import importlib.resources
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wslib.frames import apply_mask
from wslib.show.shown import Shown, escape

CSS = importlib.resources.files("wslib.show").joinpath("strip.css").read_text("utf-8")
FIRST, LAST = 16, 8  # bytes of a long group that are shown, before and after the fold
_BOX = "display: inline-block; vertical-align: top"
_CELL = f"{_BOX}; text-align: center; min-width: 2em"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Bytes that belong together.

    Attributes:
        name: The word under the bracket.
        data: The bytes, as they were sent.
        kind: How they look: ``head``, ``length``, ``key``, ``payload`` or ``rest``.
        number: Of the field, from 0: what has the same number lights up with it.
        note: What they say, in a few words.
        key: The four bytes they are masked with; empty: they are not masked.
        bits: For a single byte: names of fields, and how many bits each has. The fields
            are numbered from ``number`` on.
        offset: Where the first of the bytes stands.
    """

    name: str = ""
    data: bytes = b""
    kind: str = "payload"
    number: int = 0
    note: str = ""
    key: bytes = b""
    bits: Sequence[tuple[str, int]] = ()
    offset: int = 0


class Strip(Shown):
    """Bytes as cells, group after group.

    Args:
        groups: The groups, in order.
        label: What the bytes are.
        fold: Whether a long group is folded in the middle, its bytes counted.
        numbered: Whether every group has lines of its own, with the offsets in hex.
    """

    def __init__(
        self,
        groups: Iterable[Group],
        *,
        label: str = "",
        fold: bool = True,
        numbered: bool = False,
    ) -> None:
        self.groups = list(groups)
        self.label = label
        self.fold = fold
        self.numbered = numbered

    def as_text(self) -> str:
        """Return one line per sixteen bytes: hex, characters, name and note."""
        lines = [self.label] if self.label else []
        for group in self.groups:
            words = ": ".join(filter(None, [group.name, group.note]))
            for start in range(0, max(1, len(group.data)), 16):
                row = group.data[start : start + 16]
                line = f"{row.hex(' '):<47}  {printable(row):<16}  "
                lines.append((line + words * (start == 0)).rstrip())
        return "\n".join(lines)

    def as_html(self) -> str:
        """Return the strip with its style sheet, under its label."""
        words = f"<strong>{escape(self.label)}</strong>" if self.label else ""
        return lit(words + self.bytes_as_html())

    def bytes_as_html(self) -> str:
        """Return the list of groups alone, to be put beside what lights up with it."""
        classes = "ws-bytes" + " ws-rows ws-numbered" * self.numbered
        items = "".join(self._group(group) for group in self.groups)
        look = "list-style: none; margin: 0; padding: 0"
        return f'<ul class="{classes}" style="{look}">{items}</ul>'

    def _group(self, group: Group) -> str:
        """Return one group: a byte and its bits, or bytes in a row."""
        top = ""
        if group.bits:
            top = f'<span class="ws-top">{group.data.hex()}</span><br>'
            parts, bits, start = "", f"{group.data[0]:08b}", 0
            for place, (name, width) in enumerate(group.bits):
                cells = "".join(
                    f'<span class="ws-bit" style="{_CELL}">{bit}</span>'
                    for bit in bits[start : start + width]
                )
                said = f"{name}: {bits[start : start + width]}"
                parts += _part(group.number + place, cells, said, name)
                start += width
        else:
            said = f"{group.name or 'bytes'}: {short(group)}"
            parts = _part(
                group.number, self._cells(group), said, group.name, group.note
            )
        look = f"{_BOX}; margin: 0 0.4em 0.6em 0"
        if self.numbered:
            look = "margin: 0 0 0.6em 0"
        kind = f"ws-group ws-{group.kind}"
        return f'<li class="{kind}" style="{look}">{top}{parts}</li>'

    def _cells(self, group: Group) -> str:
        """Return the cells of a group, its middle counted if it is long."""
        size = len(group.data)
        meant = apply_mask(group.data, group.key) if group.key else group.data
        folded = self.fold and size > FIRST + LAST + 4
        cells = []
        if group.key and size:
            cells.append(
                f'<span class="ws-rule" style="{_CELL}"><i>key</i><br>'
                "<span>⊕ sent</span><br><b>= hex</b><br><b>text</b></span>"
            )
        for place in range(size):
            if folded and FIRST <= place < size - LAST:
                if place == FIRST:
                    more = f"… {size - FIRST - LAST:,} more …"
                    cells.append(f'<span class="ws-more">{more}</span>')
                continue
            if self.numbered and place % 16 == 0:
                offset = f"{group.offset + place:04x}"
                cells.append(f'<span class="ws-offset">{offset}</span>')
            cells.append(_byte(group, place, meant[place]))
        return "".join(cells)


def lit(content: str) -> str:
    """Return HTML in which what has the same number lights up together.

    Args:
        content: HTML: the bytes of a strip, and what belongs to it.
    """
    return f'<div class="ws-strip"><style>{CSS}</style>{content}</div>'


def printable(data: bytes) -> str:
    """Return bytes as ASCII, a dot for each that has no glyph."""
    return "".join(chr(b) if 0x20 <= b < 0x7F else "." for b in data)


def short(group: Group) -> str:
    """Return what a group holds, to be said aloud: some bytes in hex, and a count."""
    more = len(group.data) - FIRST
    return group.data[:FIRST].hex(" ") + (f" and {more:,} more" if more > 0 else "")


def _part(number: int, cells: str, said: str, name: str, note: str = "") -> str:
    """Return a field: its cells, a bracket, and the word under it."""
    words = escape(name) + (f"<i>{escape(note)}</i>" if note else "")
    one = " ws-one" if cells.count("ws-bit") == 1 else ""
    return (
        f'<span class="ws-part f{number}{one}" style="{_BOX}" tabindex="0" '
        f'role="group" aria-label="{escape(said)}"><span class="ws-cells">{cells}'
        f'</span><span class="ws-name"></span><br><span class="ws-word">{words}</span>'
        "</span>"
    )


def _byte(group: Group, place: int, meant: int) -> str:
    """Return one cell: hex over a character; if masked, key, sent, hex."""
    sent = f"{group.data[place]:02x}"
    glyph = escape(chr(meant)) if 0x20 < meant < 0x7F else "·"
    mark, rows = "", f"<span>{sent}</span><br><b>{glyph}</b>"
    if group.key:
        key = group.key[place % 4]
        mark = f" k{place % 4}"
        rows = (
            f"<i>{key:02x}</i><br><span>{sent}</span><br><b>{meant:02x}</b><br>"
            f"<b>{glyph}</b>"
        )
    elif group.kind == "key":
        mark, rows = f" k{place % 4}", f"<span>{sent}</span>"
    elif group.kind == "length":
        rows = f"<span>{sent}</span>"
    return f'<span class="ws-byte{mark}" style="{_CELL}">{rows}</span>'
