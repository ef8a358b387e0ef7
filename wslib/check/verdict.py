"""What a check says: the state, the evidence, the next step."""

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Self

from wslib.show import GREEN, PURPLE, Shown, escape

Found = tuple[str, str, str]  # the name of the mistake, the evidence, the hint

_TICK = (
    f"background-color: {GREEN}; color: #000000; border-radius: 50%; "
    "padding: 0.1em 0.4em; font-size: 1.2em"
)
_FIXED = (
    "font-family: monospace; white-space: pre; overflow-x: auto; "
    "background: none; border: 0; padding: 0; margin: 0.3em 0"
)


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdict(Shown):
    """What a check found.

    Attributes:
        exercise: The name of the exercise.
        right: True, False, or None if there is no attempt yet.
        mistake: A short name of the mistake, for a grader or a test; None if none.
        evidence: What was seen: what came in, what came out, what was due.
        hint: What to look at.
        note: What else there is to know, such as that an old function was judged.
        rows: What came out above what was due, for a fixed font; see ``comparison``.
        passed: How many of how many cases are right; None where that is not known.

    A verdict can be awaited, so that a check of ``async`` code reads as one.
    """

    exercise: str
    right: bool | None = None
    mistake: str | None = None
    evidence: str = ""
    hint: str = ""
    note: str = field(default="", compare=False)
    rows: tuple[str, ...] = ()
    passed: tuple[int, int] | None = None

    def _state(self) -> tuple[str, str, str]:
        """Return the mark, the words and the colour."""
        if self.right is None:
            return "○", "not attempted yet", "#767676"
        return ("✓", "right", GREEN) if self.right else ("✗", "not yet", PURPLE)

    def _first(self) -> str:
        """Return the first line: the state, and how many of the cases are right."""
        mark, words, _ = self._state()
        first = f"{mark} {self.exercise}: {words}."
        if self.passed is None:
            return first
        passed, cases = self.passed
        if passed == cases:
            return f"{first} All {cases} cases are right; not all calls at random are."
        return f"{first} {passed} of {cases} cases are right."

    def _next(self) -> str:
        """Return hint and note, as far as there are any."""
        hint = self.hint
        if self.right is None and not hint:
            hint = "Fill in the cell above and run it, then run this one again."
        return f"{hint} {self.note}".strip()

    def as_text(self) -> str:
        """Return two to six lines."""
        lines = [self._first(), self.evidence, *self.rows, self._next()]
        return "\n  ".join(line for line in lines if line)

    def as_html(self) -> str:
        """Return the same lines on a card whose edge is coloured."""
        first = f"<strong>{escape(self._first())}</strong>"
        if self.right:
            first = first.replace("✓", f'<span style="{_TICK}">✓</span>', 1)
        evidence, further = _with_code(self.evidence), _with_code(self._next())
        if self.rows:
            rows = escape("\n".join(self.rows))
            evidence += f'<pre style="{_FIXED}">{rows}</pre>{further}'
            further = ""
        lines = filter(None, [first, evidence, further])
        return (
            f'<div role="status" style="border-left: 6px solid {self._state()[2]}; '
            f'padding: 0.4em 1em; margin: 0.3em 0; white-space: pre-wrap">'
            f"{'<br>'.join(lines)}</div>"
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


def brief(value: object) -> str:
    """Return a value as one short line, the same in every run; never raises.

    Bytes that are not plain ASCII are shown in hex; what is long is cut and counted.
    """
    if type(value) in (set, frozenset) and value:
        return f"the set {{{', '.join(sorted(map(brief, value)))}}}"  # type: ignore[call-overload]
    if type(value) is bytes and not (value.isascii() and value.decode().isprintable()):
        size = "" if len(value) <= 24 else f" … ({len(value):,} bytes)"
        return f"bytes {value[: 24 if not size else 12].hex(' ')}{size}"
    if type(value) in (str, bytes) and len(value) > 70:  # type: ignore[arg-type]
        unit = "characters" if isinstance(value, str) else "bytes"
        return f"{value[:12]!r} … ({len(value):,} {unit})"  # type: ignore[index, arg-type]
    try:
        text = re.sub(r"\s*\n\s*", " ", repr(value))  # as of a table of numbers
    except Exception:
        text = "something that cannot be shown"
    return text if len(text) <= 80 else text[:77] + "..."


def called(name: str, arguments: tuple[Any, ...]) -> str:
    """Return a call as it would be typed, each argument short."""
    return f"{name}({', '.join(map(brief, arguments))})"


def lower_first(text: str) -> str:
    """Return a sentence as it stands behind a colon."""
    return text[:1].lower() + text[1:]


def _with_code(line: str) -> str:
    """Return a line as HTML, what stands between backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(line))
