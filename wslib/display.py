"""What a notebook shows: tables, bytes, conversations and figures.

Each thing shown has two forms with the same content: HTML for the notebook, and plain
text for a terminal, a screen reader or a test. The HTML carries its own inline styles
and needs no script, so it looks the same in JupyterLab before and after the notebook
is trusted, in an exported page and in a preview.

One visual language: the client is on the left and blue, ``▶``, solid; the server is on
the right and vermilion, ``◀``, dashed. Direction is told by side, mark and line, never
by colour alone. The colours are Okabe and Ito's, safe for colour-blind readers.
"""

import base64
import html
import io
import textwrap
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wslib.recording import Direction

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "PURPLE",
    "VERMILION",
    "Dialogue",
    "HexDump",
    "Picture",
    "Shown",
    "Table",
    "axes",
    "picture",
]

BLUE = "#0072B2"  # client to server
VERMILION = "#D55E00"  # server to client
GREEN = "#009E73"  # good, control
PURPLE = "#CC79A7"  # a broken rule
GREY = "#595959"  # what is beside the point, and can be read on white

_MONO = "font-family: monospace; text-align: left; white-space: pre-wrap"


class Shown:
    """Something with an HTML form and a plain-text form of the same content."""

    def as_text(self) -> str:
        """Return the plain-text form."""
        raise NotImplementedError

    def as_html(self) -> str:
        """Return the HTML form."""
        raise NotImplementedError

    def __repr__(self) -> str:
        """Return the plain-text form."""
        return self.as_text()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, str]:
        return {"text/plain": self.as_text(), "text/html": self.as_html()}


class Table(Shown):
    """Rows under a header, numbers to the right with a thousands separator.

    Args:
        header: The names of the columns.
        rows: One sequence of cells per row: text, numbers, or None (empty).
        caption: What the table shows, in a few words.
        bold: The number of the row that matters, from 0.
    """

    def __init__(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        caption: str = "",
        bold: int | None = None,
    ) -> None:
        self.header = list(header)
        self.rows = [list(row) for row in rows]
        self.caption = caption
        self.bold = None if bold is None else bold % len(self.rows)
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"{len(self.header)} columns, but a row of {len(row)}")

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
        style = "padding: 0.3em 0.8em; text-align: {}; vertical-align: top"
        sides = [
            "right" if self._is_numeric(i) else "left" for i in range(len(self.header))
        ]
        head = "".join(
            f'<th scope="col" style="{style.format(side)}">{_escape(name)}</th>'
            for name, side in zip(self.header, sides, strict=True)
        )
        body = ""
        for number, row in enumerate(self.rows):
            weight = "; font-weight: bold" if number == self.bold else ""
            body += "<tr>" + "".join(
                f'<td style="{style.format(side)}{weight}">{_escape(_cell(value))}</td>'
                for value, side in zip(row, sides, strict=True)
            )
            body += "</tr>\n"
        caption = (
            f'<caption style="text-align: left; font-weight: bold">'
            f"{_escape(self.caption)}</caption>"
            if self.caption
            else ""
        )
        return (
            f'<table style="font-size: 1em; margin: 0.5em 0">{caption}\n'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>"
        )

    def _is_numeric(self, column: int) -> bool:
        values = [row[column] for row in self.rows if row[column] is not None]
        return bool(values) and all(
            isinstance(value, int | float) and not isinstance(value, bool)
            for value in values
        )


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
        head = "".join(
            f'<th scope="col" style="text-align: left; padding: 0.2em 0.8em">{c}</th>'
            for c in columns
        )
        body = ""
        for offset, row, name in self._rows():
            cells = [f"{offset:04x}", row.hex(" "), _printable(row)]
            body += "<tr>" + "".join(
                f'<td style="{_MONO}; padding: 0.2em 0.8em">{_escape(cell)}</td>'
                for cell in cells
            )
            if named:
                body += f'<td style="text-align: left">{_escape(name)}</td>'
            body += "</tr>\n"
        return (
            f'<table style="font-size: 1em; margin: 0.5em 0">'
            f'<caption style="text-align: left; font-weight: bold">'
            f"{_escape(self.label or 'bytes')}</caption>\n"
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>"
        )


class Dialogue(Shown):
    """What client and server said to each other, in order, the client on the left.

    Args:
        turns: Pairs of a direction and the text that was sent, or triples with a
            remark about it.
        caption: What the conversation is.
    """

    def __init__(
        self,
        turns: Sequence[tuple[Direction, str] | tuple[Direction, str, str]],
        *,
        caption: str = "",
    ) -> None:
        self.turns = [
            (turn[0], turn[1], turn[2] if len(turn) > 2 else "") for turn in turns
        ]
        self.caption = caption

    def as_text(self) -> str:
        """Return one block per turn, the server's indented."""
        lines = [self.caption] if self.caption else []
        for direction, said, remark in self.turns:
            if direction is Direction.CLIENT_TO_SERVER:
                mark, indent = "client ▶  ", ""
            else:
                mark, indent = "◀ server  ", " " * 12
            body = said.splitlines() or [""]
            if remark:
                body.append(f"({remark})")
            block = textwrap.indent("\n".join(body), " " * len(mark), lambda _: True)
            block = mark + block[len(mark) :]
            lines.append(textwrap.indent(block, indent, lambda _: True))
        return "\n".join(line.rstrip() for block in lines for line in block.split("\n"))

    def as_html(self) -> str:
        """Return a table of two columns: client and server."""
        body = ""
        for direction, said, remark in self.turns:
            up = direction is Direction.CLIENT_TO_SERVER
            colour, line = (BLUE, "solid") if up else (VERMILION, "dashed")
            mark = "client ▶" if up else "◀ server"
            note = f"<br><em>{_escape(remark)}</em>" if remark else ""
            card = (
                f'<td style="width: 50%; text-align: left; vertical-align: top; '
                f'border-left: 4px {line} {colour}; padding: 0.4em 0.8em">'
                f"<strong>{mark}</strong>{note}"
                f'<div style="{_MONO}; overflow-wrap: anywhere">'
                f"{_escape(said)}</div></td>"
            )
            empty = '<td style="width: 50%"></td>'
            body += f"<tr>{card}{empty}</tr>\n" if up else f"<tr>{empty}{card}</tr>\n"
        caption = (
            f'<caption style="text-align: left; font-weight: bold">'
            f"{_escape(self.caption)}</caption>\n"
            if self.caption
            else ""
        )
        return (
            f'<table style="font-size: 1em; margin: 0.5em 0; width: 100%; '
            f'max-width: 76em">{caption}<tbody>\n{body}</tbody></table>'
        )


class Picture(Shown):
    """An SVG drawing on a light card of its own, with words for who cannot see it.

    Args:
        svg: The drawing, an SVG document.
        alt: What the picture says, in a sentence or two.
    """

    def __init__(self, svg: str, alt: str) -> None:
        if len(alt.split()) < 5:
            raise ValueError("say in the alt text what the picture says")
        self.svg = svg
        self.alt = alt

    def as_text(self) -> str:
        """Return the words."""
        return textwrap.fill(f"[figure] {self.alt}", 88)

    def as_html(self) -> str:
        """Return an img element that holds the drawing and the words.

        An image, not inline SVG: JupyterLab drops inline SVG from a notebook that is
        not trusted yet, which is what a notebook just handed out is.
        """
        data = base64.b64encode(self.svg.encode()).decode()
        return (
            f'<img alt="{_escape(self.alt)}" src="data:image/svg+xml;base64,{data}" '
            f'style="max-width: 100%; background: white; border: 1px solid #bbbbbb">'
        )


# Text as outlines, so that a figure looks the same where a font is missing; a fixed
# salt and no date, so that the same data give the same bytes.
_STYLE = {
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 14.0,
    "axes.titlesize": 14.0,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "font.family": ["DejaVu Sans"],
    "font.size": 12.0,
    "grid.color": "#dddddd",
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "wslib",
}


def axes(
    title: str,
    *,
    x: str = "",
    y: str = "",
    width: float = 8.0,
    height: float = 4.0,
) -> "Axes":
    """Return axes to plot on, in the course's style.

    Args:
        title: What the figure found.
        x: The label of the horizontal axis, with its unit.
        y: The label of the vertical axis, with its unit.
        width: In inches, at most 8.
        height: In inches, at most 4.5.

    No ``pyplot``: the figure is nobody else's, so a cell run twice draws the same.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        figure = Figure(
            figsize=(min(width, 8.0), min(height, 4.5)), layout="constrained"
        )
        plot = figure.add_subplot()
        plot.set_title(title)
        plot.set_xlabel(x)
        plot.set_ylabel(y)
    return plot


def picture(plot: "Axes", alt: str) -> Picture:
    """Return a plot as a picture.

    Args:
        plot: What :func:`axes` gave, drawn upon.
        alt: What the figure says, in a sentence or two.
    """
    import matplotlib as mpl

    figure: Figure | None = plot.get_figure(root=True)
    assert figure is not None
    out = io.StringIO()
    with mpl.rc_context(_STYLE):  # type: ignore[arg-type]
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return Picture(out.getvalue(), alt)


def _escape(text: str) -> str:
    return html.escape(text, quote=True)


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


def _printable(data: bytes) -> str:
    """Return bytes as ASCII, a dot for each that has no glyph."""
    return "".join(chr(b) if 0x20 <= b < 0x7F else "." for b in data)
