"""Drawings whose subject is time: they play when asked, and step to any moment.

    settings   ( ) 0 %   ( ) 50 %   (•) 100 %        what is shown
    at second  ( ) Play   ( ) 0   ( ) 10   (•) 20    when
    ┌───────────────────────────────┐
    │ the drawing at that moment    │
    └───────────────────────────────┘

A drawing is a list of pieces, each there from one time to another. One number in CSS,
``--t``, is the time; from it follows what can be seen. A button sets it, *Play* lets it
run. No script: it works where a page has no kernel, as in an export.

What is drawn of the end is the still, a :class:`Picture`. It is what stands there at
first, on paper, and in a notebook that is not trusted yet, whose styles JupyterLab
drops: the rest is hidden until the style shows it. Who has asked the system for less
motion sees Play jump to the end.
"""

import functools
import hashlib
import importlib.resources
import math
import re
from collections.abc import Sequence
from typing import NamedTuple

from wslib.show.figures import Picture
from wslib.show.shown import GREY, Shown, escape
from wslib.show.tables import Table

INK = "#111111"
# Said twice: JupyterLab drops the attribute from what it does not trust yet; where
# styles are dropped, the attribute stays.
_HIDDEN = 'hidden style="display: none"'
# On the button itself: JupyterLab takes the arrow keys, unless it stands there.
_OURS = 'data-lm-suppress-shortcuts="true"'


class Piece(NamedTuple):
    """A part of a drawing.

    Attributes:
        svg: One SVG element or more.
        since: From when on it is there.
        until: When it is there no more.
        setting: With which setting alone it is there, by its name; empty for all.
        travel: How far it moves to the right from the first stop to the last. What
            moves is not in the still.
    """

    svg: str
    since: float = -math.inf
    until: float = math.inf
    setting: str = ""
    travel: float = 0.0


def words(x: float, y: float, text: str, look: str = "") -> str:
    """Return a line of text as SVG.

    Args:
        x: Where it begins.
        y: Where its letters stand.
        text: The words.
        look: Any of ``bold``, ``large``, ``grey``, ``white``, ``middle`` and ``end``.
    """
    looks = look.split()
    fill = GREY if "grey" in looks else "#ffffff" if "white" in looks else INK
    anchor = next((name for name in ("middle", "end") if name in looks), "start")
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" '
        f'font-weight="{"bold" if "bold" in looks else "normal"}" '
        f'font-size="{24 if "large" in looks else 16}" '
        f'fill="{fill}">{escape(text)}</text>'
    )


def box(
    x: float,
    y: float,
    width: float,
    height: float,
    *,
    fill: str = "#ffffff",
    stroke: str = "none",
    dash: str = "none",
) -> str:
    """Return a rectangle as SVG: where, how large, its colours, how it is dashed."""
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
        f'fill="{fill}" stroke="{stroke}" stroke-dasharray="{dash}"/>'
    )


def drawing(parts: Sequence[str], size: tuple[int, int], attributes: str = "") -> str:
    """Return parts on white as one SVG: a document, unless it has attributes."""
    width, height = size
    attributes = attributes or 'xmlns="http://www.w3.org/2000/svg"'
    return (
        f'<svg {attributes} viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" font-family="sans-serif">'
        f"{box(0, 0, width, height)}{''.join(parts)}</svg>"
    )


class Film(Shown):
    """A drawing that changes in time.

    Args:
        pieces: What it is made of, from back to front.
        size: Width and height, in units of which a letter is 16 high.
        stops: The times that one can step to, in order; the last is the end.
        unit: What the times count, such as ``"second"``.
        lasts: How long playing takes, in real seconds.
        alt: What the drawing says at its end, in a sentence or two.
        twin: The same in rows and columns: the plain-text form.
        settings: What the name says, and the names to choose from; the last is chosen.
        still: What stands there at first; None for the drawing at its end.

    Raises:
        ValueError: If the stops are not in order, or a piece has an unknown setting.
    """

    def __init__(
        self,
        pieces: Sequence[Piece],
        *,
        size: tuple[int, int],
        stops: Sequence[float],
        unit: str,
        lasts: float,
        alt: str,
        twin: Table,
        settings: tuple[str, Sequence[str]] = ("", ()),
        still: Picture | None = None,
    ) -> None:
        if len(stops) < 2 or sorted(set(stops)) != list(stops):
            raise ValueError(f"two stops or more, in order, not {list(stops)}")
        if strange := {p.setting for p in pieces} - {"", *settings[1]}:
            raise ValueError(f"no such setting: {sorted(strange)}")
        self.pieces, self.size, self.stops = list(pieces), size, list(stops)
        self.unit, self.lasts, self.alt, self.twin = unit, lasts, alt, twin
        self.settings = settings
        self.still = still or Picture(self.drawn(self.stops[-1]), alt)

    def drawn(self, time: float, setting: str = "") -> str:
        """Return the drawing at a moment, without what moves, as an SVG document."""
        setting = setting or [*self.settings[1], ""][-1]
        there = [
            piece.svg
            for piece in self.pieces
            if piece.since <= time < piece.until
            and piece.setting in ("", setting)
            and not piece.travel
        ]
        return drawing(there, self.size)

    def as_text(self) -> str:
        """Return the words, and the table."""
        return f"{self.still.as_text()}\n\n{self.twin.as_text()}"

    def as_html(self) -> str:
        """Return the still, and hidden behind it the drawing that moves."""
        title, settings = self.settings
        times = [("play", "▶ Play"), *((f"{t:g}", f"{t:,g}") for t in self.stops)]
        rows = _row(f"{self._name}-at", self.unit, times, len(times) - 1)
        if settings:
            choices = [(f"s{number}", words) for number, words in enumerate(settings)]
            rows = _row(f"{self._name}-of", title, choices) + rows
        moving = [self._moving(piece) for piece in self.pieces]
        label = f"{self.alt} Here at the chosen {self.unit}."
        stage = drawing(moving, self.size, f'role="img" aria-label="{escape(label)}"')
        width, height = self.size  # with its buttons it is to fit a projector's screen
        room = f"max-width: min(44em, {70 * width / height:.0f}vh)"
        return (
            f'<div class="wslib-film {self._name}" style="{room}">'
            f"<style>{self._style()}</style>"
            f"<div {_HIDDEN}>{rows}</div>"
            f'<div {_HIDDEN} class="wslib-stage">{stage}</div>'
            f"{self.still.as_html()}</div>"
        )

    @property
    def _name(self) -> str:
        """A name that no other film of a page has; the same in each run."""
        told = self.still.svg + "".join(piece.svg for piece in self.pieces)
        return "film-" + hashlib.sha256(told.encode()).hexdigest()[:8]

    def _moving(self, piece: Piece) -> str:
        """Return a piece that comes, goes and moves."""
        look, style = [], []
        first, last = self.stops[0], self.stops[-1]
        if piece.since > first:
            look.append("from")
            style.append(f"--from:{piece.since:g}")
        if piece.until <= last:
            look.append("to")
            style.append(f"--to:{piece.until:g}")
        if piece.travel:
            gone = f"(var(--t) - {first:g})*{piece.travel / (last - first):g}px"
            style.append(f"transform:translateX(calc({gone}))")
        if piece.setting:
            look.append(f"s{list(self.settings[1]).index(piece.setting)}")
        if not look and not style:
            return piece.svg
        given = f' class="{" ".join(look)}"' if look else ""
        given += f' style="{";".join(style)}"' if style else ""
        return f"<g{given}>{piece.svg}</g>"

    def _style(self) -> str:
        """Return the rules: those of all films, and those of this one's buttons."""
        film, begin, end = f".{self._name}", self.stops[0], self.stops[-1]
        playing = f'{film}:has([value="play"]:checked) svg'
        pressed = f'{film}:has([value="play"]:active) svg'
        rules = [
            f'{film}:has([value="{stop:g}"]:checked) svg{{--t:{stop:g}}}'
            for stop in self.stops
        ]
        for number in range(len(self.settings[1])):
            rules.append(f"{film} .s{number}{{display:none}}")
            rules.append(
                f'{film}:has([value="s{number}"]:checked) .s{number}{{display:inline}}'
            )
        if self.settings[1]:  # the last one, as long as none is chosen
            none = f'{film}:not(:has([value^="s"]:checked))'
            rules.append(f"{none} .s{len(self.settings[1]) - 1}{{display:inline}}")
        rules += [
            f"@keyframes {self._name}{{from{{--t:{begin:g}}}to{{--t:{end:g}}}}}",
            f"{playing}{{--t:{end:g}}}",
            f"@media (prefers-reduced-motion:no-preference){{{playing}"
            f"{{animation:{self._name} {self.lasts:g}s linear both}}"
            f"{pressed}{{animation:none;--t:{begin:g}}}}}",
        ]
        return _rules() + "".join(rules)


@functools.cache
def _rules() -> str:
    """Return the rules of all films, without their comments."""
    css = importlib.resources.files("wslib.show").joinpath("motion.css")
    return " ".join(re.sub(r"/\*.*?\*/", "", css.read_text("utf-8")).split())


def _row(
    name: str, title: str, choices: Sequence[tuple[str, str]], chosen: int = -1
) -> str:
    """Return a row of buttons of which one is pressed, or none yet."""
    buttons = []
    for number, (value, shown) in enumerate(choices):
        pressed = ' class="end" checked' if number == chosen else ""
        given = f'name="{name}" value="{value}"{pressed} {_OURS}'
        button = f'<input type="radio" {given}>'
        buttons.append(f"<label>{button}{escape(shown)}</label>")
    legend = f"<legend>{escape(title)}</legend>"
    return f"<fieldset>{legend}{' '.join(buttons)}</fieldset>"
