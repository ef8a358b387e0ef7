"""Bytes in hex, and in characters, in parts that have a name."""

import re
import string
from collections.abc import Sequence

from wslib.show.shown import Shown, escape
from wslib.show.strip import AT_ONCE, Group, strip

_KINDS = {"header": "head", "masking": "key"}  # by its first word


class HexDump(Shown):
    """Bytes and their characters; parts may be named.

    Args:
        data: The bytes; or text, their hexadecimal digits.
        parts: Pairs of a size in bytes and a name, from the start of ``data``. What is
            left over has no name. One called "header" is filled, one called "masking
            key" is hatched, whatever follows these words.
        label: What the bytes are.

    Raises:
        ValueError: If text is not hexadecimal digits, two to a byte, or the parts are
            longer than the data.
    """

    def __init__(
        self,
        data: bytes | str,
        parts: Sequence[tuple[int, str]] = (),
        *,
        label: str = "",
    ) -> None:
        self.data = as_bytes(data)
        self.parts = list(parts)
        self.label = label
        if sum(size for size, _ in parts) > len(self.data):
            raise ValueError("the parts are longer than the data")

    def _parts(self) -> list[tuple[int, bytes, str]]:
        """Return the parts and what is left over: offset, bytes, name."""
        found, offset = [], 0
        for size, name in [*self.parts, (len(self.data), "")]:
            part = self.data[offset : offset + size]
            if part:
                found.append((offset, part, name))
            offset += size
        return found

    def as_text(self) -> str:
        """Return one line per row: offset, hex, text, name."""
        lines = [self.label] if self.label else []
        for offset, part, name in self._parts():
            for start in range(0, len(part), 16):
                row = part[start : start + 16]
                line = (
                    f"{offset + start:04x}  {row.hex(' '):<47}  {_printable(row):<16}"
                )
                lines.append(f"{line}  {'' if start else name}".rstrip())
        return "\n".join(lines)

    def as_html(self) -> str:
        """Return the parts as a strip, under the label."""
        groups = [
            Group(
                name=name,
                data=part,
                kind=_KINDS.get(name.split(" ")[0].rstrip(":"), "payload"),
                number=number,
                offset=offset if len(part) > 2 * AT_ONCE else None,
            )
            for number, (offset, part, name) in enumerate(self._parts())
        ]
        words = f"<strong>{escape(self.label)}</strong>" if self.label else ""
        return words + strip(groups)


def as_bytes(data: bytes | str) -> bytes:
    """Return bytes, or those whose hexadecimal digits a text is.

    Raises:
        ValueError: If text is not hexadecimal digits, two to a byte.
    """
    if not isinstance(data, str):
        return bytes(data)
    digits = hex_digits(data)
    if len(digits) % 2:
        raise ValueError("half a byte is left over: two digits make a byte")
    return bytes.fromhex(digits)


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


def _printable(data: bytes) -> str:
    """Return bytes as ASCII, a dot for each that has no glyph."""
    return "".join(chr(b) if 0x20 <= b < 0x7F else "." for b in data)
