"""A table: rows under a header."""

import unicodedata
from collections.abc import Sequence

from wslib.show.shown import Cell, Shown, html_table

_MONO = "font-family: monospace; white-space: pre"


class Table(Shown):
    """Rows under a header, numbers to the right with a thousands separator.

    Args:
        header: The names of the columns.
        rows: One sequence of cells per row: text, numbers, None (empty), or what has
            two forms itself.
        caption: What the table shows, in a few words.
        bold: The number of the row that matters, from 0; -1 is the last. A table
            without rows has none that matters.
        mono: The names of the columns that hold bytes, bits or code: their characters
            stand under each other.

    Raises:
        ValueError: If a row has too many or too few cells, there is no row to be bold,
            or no column of such a name.
    """

    def __init__(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        caption: str = "",
        bold: int | None = None,
        mono: Sequence[str] = (),
    ) -> None:
        self.header = list(header)
        self.rows = [list(row) for row in rows]
        self.caption = caption
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"{len(self.header)} columns, but a row of {len(row)}")
        self.bold = None if bold is None or not self.rows else self._number(bold)
        for name in mono:
            if name not in self.header:
                raise ValueError(f"no column {name!r}: there are {self.header}")
        self.mono = set(mono)

    def as_text(self) -> str:
        """Return the table with columns padded to line up."""
        cells = [[_cell(value) for value in row] for row in self.rows]
        widths = [
            max(_width(row[i]) for row in [self.header, *cells])
            for i in range(len(self.header))
        ]
        right = [self._is_numeric(i) for i in range(len(self.header))]

        def line(row: Sequence[str]) -> str:
            padded = (
                " " * (width - _width(text)) + text
                if to_right
                else text + " " * (width - _width(text))
                for text, width, to_right in zip(row, widths, right, strict=True)
            )
            return "  ".join(padded).rstrip()

        rule = "  ".join("-" * width for width in widths)
        lines = [self.caption] if self.caption else []
        return "\n".join([*lines, line(self.header), rule, *map(line, cells)])

    def as_html(self) -> str:
        """Return a table element with a caption and column headers."""
        styles = [
            "padding: 0.3em 0.8em; vertical-align: top; text-align: "
            + ("right" if self._is_numeric(i) else "left")
            for i in range(len(self.header))
        ]
        looks = [
            f"{style}; {_MONO}" if name in self.mono else style
            for name, style in zip(self.header, styles, strict=True)
        ]
        header = [
            Cell(name, style, heads="col")
            for name, style in zip(self.header, styles, strict=True)
        ]
        rows = []
        for number, row in enumerate(self.rows):
            weight = "; font-weight: bold" if number == self.bold else ""
            cells = zip(row, looks, strict=True)
            rows.append([_html_cell(value, style + weight) for value, style in cells])
        return html_table(rows, header=header, caption=self.caption)

    def _number(self, row: int) -> int:
        """Return the number of a row, counted from the first."""
        count = len(self.rows)
        if not -count <= row < count:
            raise ValueError(f"no row {row} to be bold: {count} rows, from 0")
        return row % count

    def _is_numeric(self, column: int) -> bool:
        values = [row[column] for row in self.rows if row[column] is not None]
        return bool(values) and all(
            isinstance(value, int | float) and not isinstance(value, bool)
            for value in values
        )


def _html_cell(value: object, style: str) -> Cell:
    """Return a table cell as HTML."""
    markup = value.as_html() if isinstance(value, Shown) else ""
    return Cell(_cell(value), style, markup)


def _cell(value: object) -> str:
    """Return a table cell as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return str(value)


def _width(text: str) -> int:
    """Return how many columns a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
