"""What all that is shown has in common: two forms, the colours, the card, the table.

Each thing shown has two forms with the same content: HTML for the notebook, and plain
text for a terminal, a screen reader or a test. The HTML carries its own styles and
needs no script. A strip has a style sheet, too, which JupyterLab takes out of a
notebook that it does not trust yet; all else looks the same there, in an exported page
and in a preview.

One visual language: the client is on the left and blue, ``▶``, solid; the server is on
the right and vermilion, ``◀``, dashed. Direction is told by side, mark and line, never
by colour alone. The colours are Okabe and Ito's, safe for colour-blind readers.
"""

import html
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

BLUE = "#0072B2"  # client to server
VERMILION = "#D55E00"  # server to client
GREEN = "#009E73"  # good, control
PURPLE = "#CC79A7"  # a broken rule
GREY = "#595959"  # what is beside the point, and can be read on white

MONO = "font-family: monospace; text-align: left; white-space: pre-wrap"

# No colours of text or ground: a card is as light or as dark as its page.
CARD_TABLE = "border-collapse: collapse; margin: 0.4em 0; max-width: 100%"
CARD_CELL = "padding: 0.2em 0.8em 0.2em 0.4em; text-align: left; vertical-align: top"
_CARD = (
    "border: 1px solid #888888; padding: 0.6em 1em; margin: 0.4em 0; "
    "max-width: 60em; overflow-x: auto; line-height: 1.4"
)


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


def escape(text: str) -> str:
    """Return text as HTML."""
    return html.escape(text, quote=True)


def verbatim(text: str) -> str:
    """Return text as HTML that stands as it is, in monospace, and breaks at a space."""
    look = "font-family: monospace; white-space: pre-wrap; text-align: left; "
    look += "word-break: normal; overflow-wrap: anywhere"
    return f'<pre style="{look}">{escape(text)}</pre>'


def card(content: str, caption: str = "") -> str:
    """Return HTML on a card of its own, under a caption, which is text."""
    words = f"<strong>{escape(caption)}</strong>" if caption else ""
    return f'<div style="{_CARD}">{words}{content}</div>'


@dataclass(frozen=True)
class Cell:
    """One cell of a table.

    Attributes:
        text: What stands in it.
        style: How it looks, in CSS; None: a style sheet says so.
        markup: What stands in it as HTML, where that is more than text.
        span: How many columns it takes.
        rows: How many rows it takes.
        heads: What it is the header of: ``col``, ``colgroup``, ``row`` or
            ``rowgroup``; empty for data.
        mark: A class of the element, by which a strip lights it up.
    """

    text: str = ""
    style: str | None = ""
    markup: str = ""
    span: int = 1
    rows: int = 1
    heads: str = ""
    mark: str = ""

    def as_html(self) -> str:
        """Return the element.

        HTML makes one space of many, and JupyterLab says so for each cell: so each cell
        says otherwise, first, where its own style can still overrule it.
        """
        tag = "th" if self.heads else "td"
        scope = f' scope="{self.heads}"' if self.heads else ""
        mark = f' class="{self.mark}"' if self.mark else ""
        spans = f' colspan="{self.span}"' if self.span > 1 else ""
        spans += f' rowspan="{self.rows}"' if self.rows > 1 else ""
        style = "; ".join(filter(None, ["white-space: pre-wrap", self.style]))
        look = "" if self.style is None else f' style="{style}"'
        content = self.markup or escape(self.text)
        return f"<{tag}{mark}{scope}{spans}{look}>{content}</{tag}>"


def html_table(
    rows: Iterable[Iterable[Cell]],
    *,
    header: Iterable[Cell] = (),
    caption: str = "",
    style: str | None = "margin: 0.5em 0",
    stripes: bool = True,
) -> str:
    """Return a table as HTML; every table that a notebook shows is made here.

    Args:
        rows: The cells of each row.
        header: The cells above the rows.
        caption: What the table shows, as text.
        style: How the whole looks, in CSS; None: a style sheet says so.
        stripes: Whether the page may give every other row a ground, as JupyterLab does.
    """

    def line(cells: Iterable[Cell]) -> str:
        return "<tr>" + "".join(cell.as_html() for cell in cells) + "</tr>"

    look = "" if style is None else f' style="font-size: 1em; {style}"'
    parts = [f"<table{look}>"]
    if caption:
        look = "text-align: left; font-weight: bold; white-space: pre-wrap"
        parts.append(f'<caption style="{look}">{escape(caption)}</caption>')
    if head := list(header):
        parts.append(f"<thead>{line(head)}</thead>")
    between = "\n" if stripes else "\n</tbody><tbody>\n"
    body = between.join(map(line, rows))
    parts += ["<tbody>", *([body] if body else []), "</tbody></table>"]
    return "\n".join(parts)
