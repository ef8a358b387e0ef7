"""Bytes in hex, sixteen to a row."""

from collections.abc import Sequence

from wslib.show.shown import MONO, Cell, Shown, html_table


class HexDump(Shown):
    """Bytes, sixteen to a row, with their text; parts may be named.

    Args:
        data: The bytes.
        parts: Pairs of a size in bytes and a name, from the start of ``data``; each
            part begins a row of its own. What is left over has no name.
        label: What the bytes are.
    """

    def __init__(
        self, data: bytes, parts: Sequence[tuple[int, str]] = (), *, label: str = ""
    ) -> None:
        self.data = bytes(data)
        self.parts = list(parts)
        self.label = label
        if sum(size for size, _ in parts) > len(data):
            raise ValueError("the parts are longer than the data")

    def _rows(self) -> list[tuple[int, bytes, str]]:
        """Return the rows: offset, up to 16 bytes, the name of a part that begins."""
        rows, offset = [], 0
        rest = len(self.data) - sum(size for size, _ in self.parts)
        for size, name in [*self.parts, (rest, "")]:
            for start in range(offset, offset + size, 16):
                row = self.data[start : min(start + 16, offset + size)]
                rows.append((start, row, name if start == offset else ""))
            offset += size
        return rows

    def as_text(self) -> str:
        """Return one line per row: offset, hex, text, name."""
        lines = [self.label] if self.label else []
        for offset, row, name in self._rows():
            line = f"{offset:04x}  {row.hex(' '):<47}  {_printable(row):<16}  {name}"
            lines.append(line.rstrip())
        return "\n".join(lines)

    def as_html(self) -> str:
        """Return a table with a column each for offset, hex, text and name."""
        named = any(name for _, _, name in self._rows())
        columns = ["offset", "hex", "text", *(["what it is"] if named else [])]
        header = [
            Cell(name, "text-align: left; padding: 0.2em 0.8em", heads="col")
            for name in columns
        ]
        rows = []
        for offset, row, name in self._rows():
            texts = [f"{offset:04x}", row.hex(" "), _printable(row)]
            cells = [Cell(text, f"{MONO}; padding: 0.2em 0.8em") for text in texts]
            rows.append([*cells, *([Cell(name, "text-align: left")] * named)])
        return html_table(rows, header=header, caption=self.label or "bytes")


def _printable(data: bytes) -> str:
    """Return bytes as ASCII, a dot for each that has no glyph."""
    return "".join(chr(b) if 0x20 <= b < 0x7F else "." for b in data)
