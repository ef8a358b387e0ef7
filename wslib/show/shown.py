"""What a notebook shows: tables, bytes, conversations and figures.

Each thing shown has two forms with the same content: HTML for the notebook, and plain
text for a terminal, a screen reader or a test. The HTML carries its own inline styles
and needs no script, so it looks the same in JupyterLab before and after the notebook
is trusted, in an exported page and in a preview.

One visual language: the client is on the left and blue, ``▶``, solid; the server is on
the right and vermilion, ``◀``, dashed. Direction is told by side, mark and line, never
by colour alone. The colours are Okabe and Ito's, safe for colour-blind readers.
"""

import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass

BLUE = "#0072B2"  # client to server


VERMILION = "#D55E00"  # server to client


GREEN = "#009E73"  # good, control


PURPLE = "#CC79A7"  # a broken rule


GREY = "#595959"  # what is beside the point, and can be read on white


MONO = "font-family: monospace; text-align: left; white-space: pre-wrap"


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
