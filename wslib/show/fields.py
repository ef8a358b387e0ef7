"""The fields of a frame, as they stand on the wire. RFC 6455, section 5.2.

Legal or not, complete or not: here the positions are read, and nothing is judged.
"""

from dataclasses import dataclass

from wslib.direction import DOWN, UP, Direction
from wslib.frames import CloseCode, Opcode, apply_mask

MOST = 16  # bytes of a field that are shown; the others are counted


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
        sent: Whether its bytes are on the wire, or what comes of them.
    """

    name: str
    bits: str = ""
    data: bytes = b""
    start: int
    value: str
    meaning: str = ""
    sent: bool = True

    @property
    def where(self) -> str:
        """Where it stands: one byte, or the first and the last."""
        if not self.sent:
            return ""
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


def fields(data: bytes, direction: Direction | None = None) -> list[Field]:
    """Return the fields of the frame at the start of ``data``, as far as they go.

    Args:
        data: Bytes that begin with a frame.
        direction: Who sent it, if that is known; None: whoever masks is a client.

    Legal or not: this reads the positions, and judges nothing. Section 5.2.
    """
    found: list[Field] = []
    if len(data) >= 1:
        found += _first_byte(data[0])
    if len(data) >= 2:
        found += _second_byte(data[1], direction)
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


def _second_byte(second: int, direction: Direction | None) -> list[Field]:
    bits = f"{second:08b}"
    length = second & 0x7F
    expected = UP if second >> 7 else DOWN  # a client masks, a server does not (5.1)
    who = "client" if (direction or expected) is UP else "server"
    but = ": from a" if direction in (None, expected) else ", though from a"
    masked = f"{'' if second >> 7 else 'not '}masked{but} {who}"
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
    length, start = data[1] & 0x7F, 2
    if length > 125:
        width = 2 if length == 126 else 8
        extended = data[start : start + width]
        if len(extended) < width:
            return [_missing("Extended payload length", extended, start, width)]
        length = int.from_bytes(extended, "big")
        found.append(
            Field(
                name="Extended payload length",
                data=extended,
                start=start,
                value=f"{length:,}",
                meaning="bytes of payload, big-endian",
            )
        )
        start += width
    if data[1] >> 7:
        return found + _key_and_payload(data, start, length)
    return found + _payload(data, start, length)


def _key_and_payload(data: bytes, start: int, length: int) -> list[Field]:
    """Return the fields behind the length, in a frame that is masked."""
    key = data[start : start + 4]
    if len(key) < 4:
        return [_missing("Masking-key", key, start, 4)]
    field = Field(name="Masking-key", data=key, start=start, value=key.hex(" "))
    return [field, *_payload(data, start + 4, length, key)]


def _payload(data: bytes, start: int, length: int, key: bytes = b"") -> list[Field]:
    """Return the payload; behind a masking key as it was sent, and without the mask."""
    sent = data[start : start + length]
    if len(sent) < length:
        return [_missing("Payload data", sent, start, length)]
    payload = apply_mask(sent, key) if key else sent
    meant = Field(
        name="Payload data, unmasked" if key else "Payload data",
        data=payload,
        start=start,
        value=payload_value(data[0], payload),
    )
    if not key or not sent:
        return [meant]
    masked = Field(
        name="Payload data, masked",
        data=sent,
        start=start,
        value=count(length),
        meaning="as sent: each byte XOR a byte of the key",
    )
    return [masked, meant]


def _missing(name: str, data: bytes, start: int, wanted: int) -> Field:
    more = f"{count(wanted - len(data), 'more byte')} to come"
    if not data and name == "Payload data":
        more = "all of it is to come"  # how much that is stands in its length
    return Field(name=name, data=data, start=start, value="not complete", meaning=more)


def payload_value(first: int, payload: bytes) -> str:
    """Say what a payload says, the first byte of its frame being this."""
    size = count(len(payload))
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
        return f"{size}, not UTF-8 alone"
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


def count(number: int, what: str = "byte") -> str:
    """Return a number of bytes, in words."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def short_hex(data: bytes, most: int = MOST) -> str:
    """Return bytes in hex; of many, the first ones and a count.

    Three more take no more room than "… 3 more".
    """
    if len(data) <= most + 3:
        return data.hex(" ")
    return f"{data[:most].hex(' ')} … {len(data) - most:,} more"
