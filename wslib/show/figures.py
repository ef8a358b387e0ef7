"""Pictures, and plots in the course's style."""

import base64
import io
import textwrap
from typing import TYPE_CHECKING

from wslib.show.shown import Shown, escape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


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
            f'<img alt="{escape(self.alt)}" src="data:image/svg+xml;base64,{data}" '
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
