"""A guess: pick an answer, run on, and see yours beside what came.

    guess(1, 8, 80, 160)                        buttons, before the cell that tells
    guess.settle(flipped.bit_count())           in that cell: this is what came

It knows no answer beforehand: what is right, the next cell finds out. In JupyterLab
what that cell gives, and the words behind it, are blurred until an answer is picked or
the cell has run. Where no kernel runs (a preview, an exported page), the answers stand
there to be picked from, and nothing is blurred.
"""

import functools
from typing import Any

from wslib.show.shown import Shown, escape

# What comes behind the cell of an open guess: an output, and what is said of it. Where
# the kernel is gone, nobody can pick any more, and nothing is to be hidden.
_NEXT = (
    ".jp-Cell:has(.widget-html:not(.jupyter-widgets-disconnected) .wslib-guess) "
    "+ .jp-Cell"
)
_BLUR = (
    f"<style>@media screen {{ {_NEXT} .jp-OutputArea, {_NEXT} + .jp-MarkdownCell "
    "{ filter: blur(6px) } }</style>"
)
_OPEN = f'<span class="wslib-guess">Pick one, and run on.</span>{_BLUR}'


class Guess(Shown):
    """Answers to pick from, one of which comes true.

    Attributes:
        choices: The answers, as they are shown.
        picked: The one that was picked; None as long as none is.
        truth: The one that came true; None as long as none has.
    """

    def __init__(self, choices: tuple[str, ...]) -> None:
        self.choices = choices
        self.picked: str | None = None
        self.truth: str | None = None

    @property
    def right(self) -> bool | None:
        """Whether the guess was right; None as long as that is open."""
        if self.picked is None or self.truth is None:
            return None
        return self.picked == self.truth

    def verdict(self) -> str:
        """Return how things stand, in a line; empty if nobody has picked."""
        if self.picked is None:
            return ""
        if self.truth is None:
            return f"You say {self.picked}. Run on."
        if self.right:
            return f"✓ You said {self.picked}, and so it is."
        return f"✗ You said {self.picked}. It is {self.truth}."

    @functools.cached_property
    def widget(self) -> Any:
        """The buttons in the browser, and the verdict below them."""
        import ipywidgets

        buttons = ipywidgets.ToggleButtons(
            options=self.choices,
            value=None,
            description="Your guess",
            tooltips=[f"Your guess: {choice}" for choice in self.choices],
            style={"button_width": "auto"},
            layout={"width": "auto"},
        )
        buttons.observe(lambda change: self.pick(change["new"]), "value")
        return ipywidgets.VBox([buttons, ipywidgets.HTML(_OPEN)])

    def pick(self, choice: str) -> None:
        """Take an answer."""
        self.picked = choice
        self._tell()

    def settle(self, truth: str) -> None:
        """Take what came true; an answer that was picked stays."""
        self.truth = truth
        self._tell()

    def _tell(self) -> None:
        """Show how things stand, and blur nothing any more."""
        buttons, line = self.widget.children
        line.value = f'<strong role="status">{escape(self.verdict())}</strong>'
        buttons.disabled = self.right is not None

    def as_text(self) -> str:
        """Return the answers to pick from."""
        return f"Your guess: {' · '.join(self.choices)}"

    def as_html(self) -> str:
        """Return the answers to pick from."""
        return f"<p>{escape(self.as_text())}</p>"

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: Any = self.widget._repr_mimebundle_(**kwargs)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return dict(data or {}) | super()._repr_mimebundle_(**kwargs)


class Guesses:
    """The guesses of a page: call it to ask for one.

    A cell that asks may run again, with what was picked in it: whoever has clicked into
    its output stands on that cell, and not on the next.
    """

    def __init__(self) -> None:
        self._asked: dict[tuple[str, ...], Guess] = {}

    def __call__(self, *choices: object) -> Guess:
        """Ask for one of these answers.

        Raises:
            ValueError: If there are less than two, or one stands there twice.
        """
        words = tuple(map(str, choices))
        if len(words) < 2 or len(set(words)) < len(words):
            raise ValueError(f"two different answers or more, not {list(words)}")
        last = self._asked.pop(words, None) or Guess(words)
        self._asked[words] = last
        return last

    def settle(self, truth: object) -> None:
        """Tell what came true, to the guess that was asked for last.

        If that is settled, nothing happens: the cell of the next one was left out.

        Raises:
            ValueError: If it is none of the answers that one could pick.
        """
        last = next(reversed(self._asked.values()), None)
        if last is None or last.truth is not None:
            return
        if str(truth) not in last.choices:
            raise ValueError(f"{str(truth)!r} is none of {list(last.choices)}")
        last.settle(str(truth))


guess = Guesses()
