"""The byte inspector: one frame taken apart, bit by bit and byte by byte.

It works on bytes that are broken or not complete, too: it shows what can be read, and
then the rule.
"""

from dataclasses import dataclass

from wslib.direction import Direction
from wslib.errors import ProtocolError
from wslib.frames import CloseCode, Frame, Opcode, apply_mask, parse_frame
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

MOST = 16  # bytes of a field that are shown; the others are counted

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


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a frame, as it stands on the wire.

    Attributes:
        name: The RFC's name for it.
        bits: Its bits as text, for a field of the first two bytes; else empty.
        data: Its bytes, for a field of whole bytes; else empty.
        start: Where it begins, in bytes.
        value: What it says, as a number or a word.
        meaning: What that means, in a few words.
    """

    name: str
    bits: str = ""
    data: bytes = b""
    start: int
    value: str
    meaning: str = ""

    @property
    def where(self) -> str:
        """Where it stands: one byte, or the first and the last."""
        if len(self.data) > 1:
            return f"{self.start}-{self.start + len(self.data) - 1}"
        return str(self.start) if self.bits or self.data else ""

    @property
    def on_the_wire(self) -> str:
        """Its bytes in hex; or its bits, a dot for each bit of its neighbours."""
        if not self.bits:
            return short_hex(self.data)
        place = {"RSV1-3": 1, "opcode": 4, "Payload len": 1}.get(self.name, 0)
        dots = ("." * place + self.bits).ljust(8, ".")
        return f"{dots[:4]} {dots[4:]}"


def fields(data: bytes) -> list[Field]:
    """Return the fields of the frame at the start of ``data``, as far as they go.

    Legal or not: this reads the positions, and judges nothing. Section 5.2.
    """
    found: list[Field] = []
    if len(data) >= 1:
        found += _first_byte(data[0])
    if len(data) >= 2:
        found += _second_byte(data[1])
        found += _further_bytes(data)
    return found


def _first_byte(first: int) -> list[Field]:
    bits = f"{first:08b}"
    fin = "the last frame of its message" if first >> 7 else "more frames follow"
    reserved = "unused" if bits[1:4] == "000" else "set: only an extension may"
    try:
        name, kind = Opcode(first & 0xF).name, ""
        kind = "about the connection" if first & 0x8 else "data"
    except ValueError:
        name, kind = "reserved", "no such opcode"
    return [
        Field(name="FIN", bits=bits[0], start=0, value=bits[0], meaning=fin),
        Field(
            name="RSV1-3", bits=bits[1:4], start=0, value=bits[1:4], meaning=reserved
        ),
        Field(
            name="opcode",
            bits=bits[4:],
            start=0,
            value=f"{first & 0xF:x} {name}",
            meaning=kind,
        ),
    ]


def _second_byte(second: int) -> list[Field]:
    bits = f"{second:08b}"
    length = second & 0x7F
    masked = "masked: from a client" if second >> 7 else "not masked: from a server"
    meaning = {126: "the next 2 bytes hold it", 127: "the next 8 bytes hold it"}
    return [
        Field(name="MASK", bits=bits[0], start=1, value=bits[0], meaning=masked),
        Field(
            name="Payload len",
            bits=bits[1:],
            start=1,
            value=str(length),
            meaning=meaning.get(length, "bytes of payload"),
        ),
    ]


def _further_bytes(data: bytes) -> list[Field]:
    """Return the fields behind the first two bytes."""
    found: list[Field] = []
    length, position = data[1] & 0x7F, 2
    if length > 125:
        width = 2 if length == 126 else 8
        extended = data[2 : 2 + width]
        if len(extended) < width:
            return [_missing("Extended payload length", extended, 2, width)]
        length = int.from_bytes(extended, "big")
        found.append(
            Field(
                name="Extended payload length",
                data=extended,
                start=2,
                value=f"{length:,}",
                meaning="bytes of payload, big-endian",
            )
        )
        position += width
    key = b""
    if data[1] >> 7:
        key = data[position : position + 4]
        if len(key) < 4:
            return [*found, _missing("Masking-key", key, position, 4)]
        found.append(
            Field(name="Masking-key", data=key, start=position, value=key.hex(" "))
        )
        position += 4
    payload = data[position : position + length]
    if len(payload) < length:
        return [*found, _missing("Payload data", payload, position, length)]
    if key and payload:
        found.append(
            Field(
                name="Payload data, masked",
                data=payload,
                start=position,
                value=_count(length),
                meaning="as sent: each byte XOR a byte of the key",
            )
        )
        payload = apply_mask(payload, key)
    name = "Payload data, unmasked" if key else "Payload data"
    found.append(
        Field(
            name=name,
            data=payload,
            start=position,
            value=payload_value(data[0], payload),
        )
    )
    return found


def _missing(name: str, data: bytes, start: int, wanted: int) -> Field:
    more = f"{_count(wanted - len(data), 'more byte')} to come"
    return Field(name=name, data=data, start=start, value="not complete", meaning=more)


def payload_value(first: int, payload: bytes) -> str:
    """Say what a payload says, the first byte of its frame being this."""
    size = _count(len(payload))
    if not payload:
        return "empty"
    if first & 0x40:
        return f"{size}, as an extension has left them"
    if first & 0xF == Opcode.CLOSE:
        return _close_value(payload)
    if first & 0xF == Opcode.BINARY:
        return size
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError:
        return f"{size}, not UTF-8 as they stand"
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _close_value(payload: bytes) -> str:
    """Say what the payload of a Close frame says."""
    if len(payload) < 2:
        return "1 byte, and a code takes 2"
    code = int.from_bytes(payload[:2], "big")
    reason = payload[2:].decode("utf-8", "replace")
    known = {int(c): c.meaning for c in CloseCode}
    words = f"code {code}" + (f", {known[code]}" if code in known else "")
    return words + (f"; reason {reason!r}" if reason else "")


def _count(number: int, what: str = "byte") -> str:
    """Return a number of bytes, in words."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


class FrameView(Shown):
    """One frame, taken apart.

    Args:
        data: Bytes that begin with a frame, legal or not, complete or not.
        direction: Who sent it, if that is to be held against the rule of masking;
            None: whoever masks is a client.
        caption: What the bytes are.
        allow_rsv1: Whether an extension that uses RSV1 has been agreed on.
    """

    def __init__(
        self,
        data: bytes,
        direction: Direction | None = None,
        *,
        caption: str = "",
        allow_rsv1: bool = False,
    ) -> None:
        self.data = bytes(data)
        self.fields = fields(self.data)
        self.caption = caption
        self.frame: Frame | None = None
        self.error: ProtocolError | None = None
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

    def verdict(self) -> str:
        """Say whether this is a frame, and if not, which rule it breaks."""
        if self.error is not None:
            return (
                f"✗ broken: {self.error.message}. RFC 6455, section "
                f"{self.error.section}; close code {self.error.close_code}."
            )
        if self.frame is None:
            return "○ not complete: more bytes are needed."
        rest = len(self.data) - self.size
        after = f" {_count(rest)} more follow it." if rest else ""
        return f"✓ a legal frame of {_count(self.size)}.{after}"

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
        words = (
            f'<p style="margin: 0.4em 0 0 0; padding: 0 0 0 0.6em; '
            f'border-left: 6px solid {edge}">{escape(verdict)}</p>'
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
                Cell(field.value, f"{CARD_CELL}; {VALUE}"),
                Cell(field.meaning, f"{CARD_CELL}; min-width: 10em"),
            ]
            for field in self.fields
        ]
        return html_table(rows, header=header, style=CARD_TABLE)


def short_hex(data: bytes, most: int = MOST) -> str:
    """Return bytes in hex; of many, the first ones and a count."""
    if len(data) <= most:
        return data.hex(" ")
    return f"{data[:most].hex(' ')} … {len(data) - most:,} more"


def _on_the_wire(field: Field) -> str:
    """Return what a field is on the wire as HTML, eight bytes to a row, marked."""
    rows = [field.data[i : i + 8].hex(" ") for i in range(0, len(field.data[:MOST]), 8)]
    if len(field.data) > MOST:
        rows.append(f"… {len(field.data) - MOST:,} more")
    fill = _FILLS.get(field.name, _TINTED if field.bits else "")
    edges = f"padding: 0.1em 0.4em; margin: 0 0 0 -0.4em{fill}"
    return f'<span style="{edges}">{"<br>".join(rows) or field.on_the_wire}</span>'
