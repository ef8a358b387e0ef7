"""What a check says: the state, the evidence, the next step."""

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Self

from wslib.check.evidence import Comparison
from wslib.show import GREEN, PURPLE, Shown, escape

_LOOK = {  # the mark, the words and the colour of the edge
    None: ("○", "not attempted yet", "#767676"),
    True: ("✓", "right", GREEN),
    False: ("✗", "not yet", PURPLE),
}
_MARK = "font-weight: bold; text-decoration: underline"
_ROWS = "font-family: monospace; margin: 0.2em 0; overflow-wrap: anywhere"


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdict(Shown):
    """What a check found.

    Attributes:
        exercise: The name of the exercise.
        right: True, False, or None if there is no attempt yet.
        mistake: A short name of the mistake, for a grader or a test; None if none.
        evidence: What was seen: what came in, and what there is to say of it.
        comparison: What came out, above what was due.
        hint: What to look at.
        note: What else there is to know, such as that an old function was judged.
        passed: How many of how many cases went right; 0 of 0 where there are none.
        at_random: The same of the calls at random, which follow once all cases pass.
        next: What comes next, once it is right.

    A verdict can be awaited, so that a check of ``async`` code reads as one.
    """

    exercise: str
    right: bool | None = None
    mistake: str | None = None
    evidence: str = ""
    comparison: Comparison | None = None
    hint: str = ""
    note: str = field(default="", compare=False)
    passed: tuple[int, int] = (0, 0)
    at_random: tuple[int, int] = (0, 0)
    next: str = field(default="", compare=False)

    def _first(self) -> str:
        """Return the first line: the state, and how much of it went right."""
        mark, words, _ = _LOOK[self.right]
        count = "{} of {} cases passed".format(*self.passed) if self.passed[1] else ""
        if self.at_random[1]:
            count += ", {} of {} at random".format(*self.at_random)
        return f"{mark} {self.exercise}: {words}." + (count and f" {count}.")

    def _said(self) -> list[str]:
        """Return hint, note and what is next, as far as there are any."""
        hint = self.hint
        if self.right is None and not hint:
            hint = "Fill in the cell above and run it, then run this one again."
        return [text for text in (hint, self.note, self.next) if text]

    def as_text(self) -> str:
        """Return two to seven lines."""
        lines = [self._first(), *filter(None, [self.evidence])]
        if self.comparison:
            lines += [f"  {row}" for row in self.comparison.rows()]
        return "\n  ".join([*lines, *self._said()])

    def as_html(self) -> str:
        """Return the same lines beside a coloured edge, on the ground of the page."""
        lines = [f"<strong>{escape(self._first())}</strong>"]
        if self.evidence:
            lines.append(f"<br>{_with_code(self.evidence)}")
        if self.comparison:
            rows = "\n".join(self.comparison.rows(escape, _marked))
            lines.append(f'<div style="{_ROWS}">{rows}</div>')
        said = "<br>".join(map(_with_code, self._said()))
        lines.append(said if self.comparison or not said else f"<br>{said}")
        return (
            f'<div role="status" style="border-left: 6px solid {_LOOK[self.right][2]}; '
            'padding: 0.4em 1em; margin: 0.3em 0; white-space: pre-wrap">'
            f"{''.join(lines)}</div>"
        )

    def __await__(self) -> Generator[None, None, Self]:
        """Return the verdict itself."""
        yield from ()
        return self


def not_yet(exercise: str, mistake: str, evidence: str, hint: str) -> Verdict:
    """Return the verdict on a wrong answer."""
    return Verdict(
        exercise=exercise, right=False, mistake=mistake, evidence=evidence, hint=hint
    )


def lower_first(text: str) -> str:
    """Return a sentence as it stands behind a colon."""
    return text[:1].lower() + text[1:]


def _with_code(line: str) -> str:
    """Return a line as HTML, what stands between backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(line))


def _marked(text: str) -> str:
    """Return what differs as HTML: bold and underlined, and the caret stands below."""
    return f'<span style="{_MARK}">{escape(text)}</span>'
