"""What a check says: the state, the evidence, the next step."""

import re
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Self

from wslib.show import GREEN, PURPLE, Shown, escape


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

    A verdict can be awaited, so that a check of ``async`` code reads as one.
    """

    exercise: str
    right: bool | None = None
    mistake: str | None = None
    evidence: str = ""
    hint: str = ""
    note: str = field(default="", compare=False)

    def _state(self) -> tuple[str, str, str]:
        """Return the mark, the words and the colour."""
        if self.right is None:
            return "○", "not attempted yet", "#767676"
        return ("✓", "right", GREEN) if self.right else ("✗", "not yet", PURPLE)

    def _said(self) -> list[str]:
        """Return evidence, hint and note, as far as there are any."""
        hint = self.hint
        if self.right is None and not hint:
            hint = "Fill in the cell above and run it, then run this one again."
        return [text for text in (self.evidence, hint, self.note) if text]

    def as_text(self) -> str:
        """Return one to four lines."""
        mark, words, _ = self._state()
        first = f"{mark} {self.exercise}: {words}."
        return "\n  ".join([first, *self._said()])

    def as_html(self) -> str:
        """Return the same lines on a card whose edge is coloured."""
        mark, words, colour = self._state()
        lines = "".join(f"<br>{_with_code(line)}" for line in self._said())
        return (
            f'<div role="status" style="border-left: 6px solid {colour}; '
            f'padding: 0.4em 1em; margin: 0.3em 0; white-space: pre-wrap">'
            f"<strong>{mark} {escape(self.exercise)}: {words}.</strong>{lines}</div>"
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


def first_difference(given: bytes, right: bytes) -> str:
    """Say where two rows of bytes part."""
    for place, (a, b) in enumerate(zip(given, right, strict=False)):
        if a != b:
            return f"Byte {place} is {a:02x} and should be {b:02x}."
    if len(given) < len(right):
        return f"It stops after {len(given):,} of {len(right):,} bytes."
    return f"It goes on where the answer ends, after {len(right):,} bytes."


def lower_first(text: str) -> str:
    """Return a sentence as it stands behind a colon."""
    return text[:1].lower() + text[1:]


def _with_code(line: str) -> str:
    """Return a line as HTML, what stands between backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(line))
