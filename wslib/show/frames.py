"""The byte inspector: one frame taken apart, bit by bit and byte by byte.

It works on bytes that are broken or not complete, too: it shows what can be read, and
then the rule.
"""

import re
import string

from wslib.direction import Direction
from wslib.errors import ProtocolError
from wslib.frames import Frame, Opcode, parse_frame
from wslib.messages import Assembler
from wslib.show.fields import MOST, Field, count, fields
from wslib.show.shown import (
    CARD_CELL,
    CARD_TABLE,
    GREEN,
    ON_CARD,
    PURPLE,
    Cell,
    Shown,
    card,
    escape,
    html_table,
)

_ONE_LINE = "white-space: pre"
BYTES = f"font-family: monospace; {_ONE_LINE}"
VALUE = "min-width: 6em; overflow-wrap: anywhere"
_GRID = (
    f"border: 1px solid #777777; padding: 0.2em 0.5em; text-align: center; {ON_CARD}"
)
_TINTED = "; background-color: #d6e8f5"
_FILLS = {
    "Extended payload length": _TINTED,
    # not hatched: JupyterLab takes a gradient out of a notebook that it does not trust
    "Masking-key": "; border: 2px dotted #777777",
}


class FrameView(Shown):
    """One frame, taken apart.

    Args:
        data: Bytes that begin with a frame, legal or not, complete or not; or text,
            their hexadecimal digits.
        direction: Who sent it, if that is to be held against the rule of masking;
            None: whoever masks is a client.
        caption: What the bytes are.
        allow_rsv1: Whether an extension that uses RSV1 has been agreed on.

    Raises:
        ValueError: If text is not hexadecimal digits, two to a byte.
    """

    def __init__(
        self,
        data: bytes | str,
        direction: Direction | None = None,
        *,
        caption: str = "",
        allow_rsv1: bool = False,
    ) -> None:
        if isinstance(data, str):
            digits = hex_digits(data)
            if len(digits) % 2:
                raise ValueError("half a byte is left over: two digits make a byte")
            data = bytes.fromhex(digits)
        self.data = bytes(data)
        self.fields = fields(self.data, direction)
        self.caption = caption
        self.frame: Frame | None = None
        self.error: ProtocolError | None = None  # of the frame
        self.message_error: ProtocolError | None = None  # of what a legal frame says
        self.size = len(self.data)
        masked = len(self.data) > 1 and bool(self.data[1] >> 7)
        if direction is not None:
            masked = direction is Direction.CLIENT_TO_SERVER
        try:
            # No limit of ours: a payload of any legal length may still be on its way.
            found = parse_frame(
                self.data, masked=masked, max_payload=2**63, allow_rsv1=allow_rsv1
            )
        except ProtocolError as error:
            self.error = error
        else:
            if found is not None:
                self.frame, self.size = found
                self.message_error = _text_error(self.frame)

    def verdict(self) -> str:
        """Say whether this is a frame, and if not, which rule it breaks."""
        if self.error is not None:
            return f"✗ broken: {_rule(self.error)}"
        if self.frame is None:
            return "○ not complete: more bytes are needed."
        legal = f"✓ a legal frame of {count(self.size)}."
        if rest := len(self.data) - self.size:
            legal += f" {count(rest)} more follow{'s' * (rest == 1)} it."
        if self.message_error is not None:
            legal += f" ✗ But no legal message: {_rule(self.message_error)}"
        return legal

    def as_text(self) -> str:
        """Return one line per field, bits or bytes first."""
        lines = [self.caption] if self.caption else []
        shown = [
            f"{self.data[field.start]:02x}  {field.on_the_wire}"
            if field.bits
            else field.on_the_wire
            for field in self.fields
        ]
        width = max(map(len, shown), default=0)
        for field, wire in zip(self.fields, shown, strict=True):
            where = f"byte{'s' * ('-' in field.where)} {field.where}".rstrip()
            tail = f"  ({field.meaning})" if field.meaning else ""
            lines.append(
                f"{where if field.where else '':<12} {wire:<{min(width, 26)}}  "
                f"{field.name:<24}{field.value}{tail}"
            )
        return "\n".join([*lines, self.verdict()])

    def as_html(self) -> str:
        """Return a card: the first two bytes as bits, then every field in words."""
        verdict = self.verdict()
        edge = {"✓": GREEN, "✗": PURPLE}.get(verdict[0], "#767676")
        edge = PURPLE if self.message_error is not None else edge
        words = (
            f'<p style="white-space: pre-wrap; margin: 0.4em 0 0 0; '
            f'padding: 0 0 0 0.6em; border-left: 6px solid {edge}">'
            f"{escape(verdict)}</p>"
        )
        return card(self._bit_grid() + self._field_table() + words, self.caption)

    def _bit_grid(self) -> str:
        """Return the header's first bytes as a grid of bits, names below."""
        with_bits = [field for field in self.fields if field.bits]
        if not with_bits:
            return ""
        mono = f"{_GRID}; font-family: monospace"
        tops = [
            Cell(f"{self.data[start]:02x}", mono, span=8, heads="colgroup")
            for start in sorted({field.start for field in with_bits})
        ]
        bits = [Cell(bit, mono + _TINTED) for field in with_bits for bit in field.bits]
        names = [Cell(field.name, _GRID, span=len(field.bits)) for field in with_bits]
        return html_table([tops, bits, names], style=CARD_TABLE)

    def _field_table(self) -> str:
        """Return one row per field: bytes, name, value, meaning."""
        if not self.fields:
            return ""
        names = "byte", "on the wire", "field", "value", "meaning"
        header = [Cell(name, CARD_CELL, heads="col") for name in names]
        rows = [
            [
                Cell(field.where, f"{CARD_CELL}; {_ONE_LINE}"),
                Cell(markup=_on_the_wire(field), style=f"{CARD_CELL}; {BYTES}"),
                Cell(field.name, f"{CARD_CELL}; {_ONE_LINE}"),
                Cell(field.value, f"{CARD_CELL}; {_value_style(field)}"),
                Cell(field.meaning, f"{CARD_CELL}; min-width: 10em"),
            ]
            for field in self.fields
        ]
        return html_table(rows, header=header, style=CARD_TABLE)


def hex_digits(text: str) -> str:
    r"""Return the hexadecimal digits that somebody wrote, and nothing between them.

    As people write bytes: 81 05, 8105, 0x81, 0x5, \x81\x05, 81:05.

    Raises:
        ValueError: If something in it is no such digit.
    """
    text = re.sub(r"(0x)([0-9a-f])(?![0-9a-f])", r"\g<1>0\2", text, flags=re.I)
    digits = re.sub(r"0x|\\x|[\s,;:]", "", text, flags=re.I)
    for digit in digits:
        if digit not in string.hexdigits:
            message = "is no hexadecimal digit: 0 to 9 and a to f, two to a byte"
            raise ValueError(f"{digit!r} {message}")
    return digits


def _text_error(frame: Frame) -> ProtocolError | None:
    """Return the rule that a legal frame's text breaks, if any. Section 5.6, 8.1.

    A first fragment may end within a character. What a later one continues, nobody
    can tell from the frame alone.
    """
    if frame.opcode is not Opcode.TEXT or frame.rsv1:
        return None
    try:
        Assembler().add(frame)
    except ProtocolError:
        return ProtocolError("text is UTF-8", section="8.1", close_code=1007)
    return None


def _rule(error: ProtocolError) -> str:
    """Return a broken rule, where it stands, and how the connection ends."""
    return (
        f"{error.message}. RFC 6455, section {error.section}; close code "
        f"{error.close_code}."
    )


def _value_style(field: Field) -> str:
    """Return how a value looks; a number stays on one line, whatever its length."""
    if field.name == "Masking-key":
        return BYTES
    return _ONE_LINE if re.fullmatch(r"[\d,]+", field.value) else VALUE


def _on_the_wire(field: Field) -> str:
    """Return what a field is on the wire as HTML, eight bytes to a row, marked."""
    rows = [field.data[i : i + 8].hex(" ") for i in range(0, len(field.data[:MOST]), 8)]
    if len(field.data) > MOST:
        rows.append(f"… {len(field.data) - MOST:,} more")
    fill = _FILLS.get(field.name, _TINTED if field.bits else "")
    edges = f"padding: 0.1em 0.4em; margin: 0 0 0 -0.4em{fill}"
    return f'<span style="{edges}">{"<br>".join(rows) or field.on_the_wire}</span>'
