"""The byte inspector: one frame taken apart, bit by bit and byte by byte.

It works on bytes that are broken or not complete, too: it shows what can be read, and
then the rule.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from wslib.direction import Direction
from wslib.errors import ProtocolError
from wslib.frames import Frame, Opcode, parse_frame
from wslib.messages import Assembler
from wslib.show.compressed import inflated
from wslib.show.fields import Field, count, fields
from wslib.show.hexdump import as_bytes
from wslib.show.shown import (
    CARD_CELL,
    CARD_TABLE,
    GREEN,
    PURPLE,
    Cell,
    Shown,
    card,
    escape,
    html_table,
)
from wslib.show.strip import AT_ONCE, Group, strip

_ONE_LINE = "white-space: pre"
BYTES = "font-family: monospace; white-space: pre-wrap"
VALUE = "min-width: 6em; overflow-wrap: anywhere"
_FIRST_OF_BYTE = "FIN", "MASK"
_KINDS = {
    "Extended payload length": "length",
    "Masking-key": "key",
    "Payload data, inflated": "rest",  # it is not on the wire
}


class FrameView(Shown):
    """One frame, taken apart.

    Args:
        data: Bytes that begin with a frame, legal or not, complete or not; or text,
            their hexadecimal digits.
        direction: Who sent it, if that is to be held against the rule of masking;
            None: whoever masks is a client.
        caption: What the bytes are.
        allow_rsv1: Whether permessage-deflate has been agreed on: RSV1 then says that a
            message is compressed, and it is shown inflated, too.
        before: The frames from this side before it, as they were sent. What is
            compressed may refer back to them.

    Raises:
        ValueError: If text is not hexadecimal digits, two to a byte; or a frame before
            it is not complete.
        ProtocolError: If a frame before it breaks a rule.
    """

    def __init__(
        self,
        data: bytes | str,
        direction: Direction | None = None,
        *,
        caption: str = "",
        allow_rsv1: bool = False,
        before: Sequence[bytes] = (),
    ) -> None:
        self.data = as_bytes(data)
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
                self.message_error = _text_error(self._meant(allow_rsv1, before))

    def _meant(self, inflate: bool, before: Sequence[bytes]) -> Frame:
        """Return the frame as it was meant; if that is inflated, the fields say so."""
        assert self.frame is not None
        if not inflate:
            return self.frame
        meant, field = inflated(self.frame, before)
        if field is not None:
            self.fields.append(field)
        if field is not None and self.frame.rsv1:
            rsv = next(n for n, each in enumerate(self.fields) if each.name == "RSV1-3")
            self.fields[rsv] = replace(self.fields[rsv], meaning="RSV1: compressed")
        return meant

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
        """Return a card: the bytes as a strip, then every field in words."""
        verdict = self.verdict()
        edge = {"✓": GREEN, "✗": PURPLE}.get(verdict[0], "#767676")
        edge = PURPLE if self.message_error is not None else edge
        words = (
            f'<p style="white-space: pre-wrap; margin: 0.4em 0 0 0; '
            f'padding: 0 0 0 0.6em; border-left: 6px solid {edge}">'
            f"{escape(verdict)}</p>"
        )
        bytes_and_facts = strip(self._groups(), self._field_table())
        return card((bytes_and_facts if self.fields else "") + words, self.caption)

    def _groups(self) -> list[Group]:
        """Return the bytes of the frame in groups, numbered as the fields are."""
        groups: list[Group] = []
        key = b""
        for number, field in enumerate(self.fields):
            if field.name in _FIRST_OF_BYTE:
                names = [f for f in self.fields if f.bits and f.start == field.start]
                bits = [(f.name, len(f.bits), _note(f)) for f in names]
                byte = self.data[field.start : field.start + 1]
                groups.append(Group(kind="head", data=byte, bits=bits, number=number))
            elif field.data and not field.name.endswith("unmasked"):
                groups += self._whole(field, number, key)
            if field.name == "Masking-key":
                key = field.data if len(field.data) == 4 else b""
        if rest := self.data[self.size :]:
            after = Group(name="after the frame", kind="rest", data=rest, text="")
            groups.append(replace(after, number=len(self.fields)))
        return groups

    def _whole(self, field: Field, number: int, key: bytes) -> list[Group]:
        """Return a field of whole bytes, in one group or two, as it is to be drawn."""
        name, _, state = field.name.partition(", ")
        kind = _KINDS.get(field.name, "payload")
        opcode, rsv1 = self.data[0] & 0xF, self.data[0] & 0x40
        utf_8 = opcode in (Opcode.TEXT, Opcode.CONTINUATION)
        utf_8 = utf_8 and (state == "inflated" or not rsv1)
        long = field.sent and len(field.data) > AT_ONCE * 2
        missing = field.value == "not complete"
        whole = Group(
            name=state if state == "inflated" else name,
            data=field.data,
            kind=kind,
            number=number,
            note=field.meaning if missing else field.value * (kind == "length"),
            key=key if kind == "payload" else b"",
            text="" if kind in ("length", "key") else "utf-8" if utf_8 else "ascii",
            offset=field.start if long else None,
        )
        if kind != "payload" or opcode != Opcode.CLOSE:
            return [whole]
        code, reason = field.data[:2], field.data[2:]  # section 5.5.1
        turned = whole.key[2:] + whole.key[:2]  # the reason begins two bytes on
        whole = replace(whole, name="reason", text="utf-8", offset=None)
        first = replace(whole, name="status code", data=code, text="")
        if self.frame is not None:
            said = int.from_bytes(self.frame.payload[:2], "big")
            first = replace(first, note=str(said))
        second = replace(whole, data=reason, key=turned)
        return [first, second] if reason else [first]

    def _field_table(self) -> str:
        """Return one row per field: bytes, name, value, meaning.

        What the fields are on the wire stands in the strip.
        """
        names = "byte", "field", "value", "meaning"
        header = [Cell(name, CARD_CELL, heads="col") for name in names]
        masked = [n for n, f in enumerate(self.fields) if f.name.endswith(", masked")]
        rows = []
        for number, field in enumerate(self.fields):
            unmasked = masked and field.name.endswith("unmasked")
            mark = f"f{masked[0] if unmasked else number}"
            looks = f"{CARD_CELL}; {_ONE_LINE}", CARD_CELL, _value_style(field), ""
            texts = field.where, field.name, field.value, field.meaning
            cells = zip(texts, looks, strict=True)
            rows.append([Cell(t, look or CARD_CELL, mark=mark) for t, look in cells])
        return html_table(rows, header=header, style=CARD_TABLE) if rows else ""


def _note(field: Field) -> str:
    """Return what a field of bits says, in a word, if it says one."""
    if field.name == "RSV1-3":
        return "compressed" if field.meaning.endswith("compressed") else ""
    names = {"opcode": field.value[2:], "Payload len": field.value}
    return names.get(field.name, "")


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
        return f"{CARD_CELL}; {BYTES}"
    number = re.fullmatch(r"[\d,]+", field.value)
    return f"{CARD_CELL}; {_ONE_LINE if number else VALUE}"
