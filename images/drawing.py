"""What the figures of this folder are drawn with: a document, its colours and sizes."""

import math
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from typing import Any

from wslib.show.shown import GREY

INK, BORDER = "#1b1b1b", "#bbbbbb"
CARD, BAND, MINT = "#ffffff", "#e3eaf1", "#d9f0e8"

# At a width of 800 pixels the letters are as large as a page's own. Which font a
# reader has is unknown: there is room for a wide one, such as DejaVu Sans.
WIDTH, SANS, MONO = 800, 16, 15

KEY = "f7cb4ezEAl6C3wRaU6JORA=="  # of every handshake that is shown


class Drawing:
    """An SVG document that grows from back to front."""

    def __init__(self, name: str, height: int, title: str, description: str) -> None:
        self.root = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {WIDTH} {height}",
                "width": str(WIDTH),
                "height": str(height),
                "role": "img",
                "aria-labelledby": f"{name}-title {name}-description",
            },
        )
        self.add("title", title, id=f"{name}-title")
        self.add("desc", description, id=f"{name}-description")
        self.box(1, 1, WIDTH - 2, height - 2, corner=10)

    def add(self, tag: str, content: str | None = None, **attributes: Any) -> None:
        """Add an element; ``stroke_width=2`` becomes ``stroke-width="2"``."""
        element = ET.SubElement(self.root, tag)
        element.text = content
        for name, value in attributes.items():
            if value is not None:
                text = f"{value:g}" if isinstance(value, int | float) else value
                element.set(name.replace("_", "-"), text)

    def text(self, x: float, y: float, words: str, style: str = "") -> None:
        """Add one line of text.

        Args:
            x: Where it begins; its middle or its end if the style says so.
            y: The line it stands on.
            words: The text.
            style: Any of: middle, end, mono, bold, grey, white, down (turned to the
                right, read downwards).
        """
        has = style.split()
        self.add(
            "text",
            words,
            x=x,
            y=y,
            fill=GREY if "grey" in has else CARD if "white" in has else INK,
            font_family="monospace" if "mono" in has else "sans-serif",
            font_size=MONO if "mono" in has else SANS,
            font_weight="bold" if "bold" in has else None,
            text_anchor=next((a for a in ("middle", "end") if a in has), None),
            transform=f"rotate(90 {x:g} {y:g})" if "down" in has else None,
            **{"xml:space": "preserve"},
        )

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        corner: float = 6,
        fill: str = CARD,
        stroke: str = BORDER,
        thick: float = 1,
        dashed: bool = False,
    ) -> None:
        """Add a rectangle."""
        place: dict[str, Any] = {
            "x": x,
            "y": y,
            "width": width,
            "height": height,
            "rx": corner,
        }
        self.add("rect", **place, fill=fill, **_stroke(stroke, thick, dashed))

    def panel(
        self, *points: tuple[float, float], stroke: str, dashed: bool = False
    ) -> None:
        """Add a polygon that frames something."""
        outline = _stroke(stroke, 2.5, dashed)
        self.add("polygon", points=_points(points), fill=CARD, **outline)

    def line(
        self,
        *points: tuple[float, float],
        stroke: str = INK,
        thick: float = 2,
        dashed: bool = False,
        arrow: bool = False,
    ) -> None:
        """Add a line through the points, with a filled head at its end if asked."""
        if arrow:
            (x0, y0), (x, y) = points[-2:]
            length = math.hypot(x - x0, y - y0)
            dx, dy = 14 * (x - x0) / length, 14 * (y - y0) / length
            left = (x - dx - dy / 2, y - dy + dx / 2)
            right = (x - dx + dy / 2, y - dy - dx / 2)
            self.add("polygon", points=_points([(x, y), left, right]), fill=stroke)
            points = (*points[:-1], (x - dx, y - dy))
        outline = _stroke(stroke, thick, dashed)
        self.add("polyline", points=_points(points), fill="none", **outline)

    def svg(self) -> str:
        """Return the document."""
        ET.indent(self.root)
        return ET.tostring(self.root, encoding="unicode") + "\n"


def _stroke(colour: str, thick: float, dashed: bool) -> dict[str, Any]:
    dash = "7 5" if dashed else None
    return {"stroke": colour, "stroke_width": thick, "stroke_dasharray": dash}


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in points)
