"""What every exercise is: an object that is called with an answer, and never raises."""

import contextlib
import inspect
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from wslib.check.fit import remark
from wslib.check.verdict import Found, Verdict, not_yet

# What the text of an object may hold that is another one in every run.
_ADDRESS = re.compile(r" (?:at|@) 0x[0-9a-fA-F]+")


class Exercise:
    """An exercise: called with a student's answer, it says what is wrong with it.

    A check never raises, whatever it is given, and takes a few seconds at the most.

    Args:
        name: What it is called by: ``check.name(answer)``.
        about: What is asked for, in a line; it ends with the exercise's number and
            notebook.

    Attributes:
        place: Where it stands among those of its notebook, in words, and what is next.
        done: Whether the last answer was right.
        hints: What is said of a mistake, by its name, where nothing else is.
    """

    hints: ClassVar[Mapping[str, str]] = {}
    last: ClassVar["Exercise | None"] = None  # that was called

    def __init__(self, name: str, about: str) -> None:
        self.name = name
        self.__doc__ = about
        self.place = ""
        self.done = False
        self._judged: Any = None  # the last answer that was not praised

    def __call__(self, *answer: Any, **named: Any) -> Verdict:
        """Judge an answer.

        What a student hands in may be an object whose ``==``, ``repr`` or ``len``
        raises. The memory addresses in a ``repr`` are left out: they are others in
        every run.
        """
        Exercise.last, self.done = self, False
        try:
            takes = inspect.signature(self.judge)
            takes.bind(*answer, **named)
        except TypeError:
            return self.wrong(
                "not-what-it-takes",
                f"check.{self.name} takes {', '.join(takes.parameters)}, and was given "
                f"{len(answer) + len(named) or 'nothing'}.",
                "Call it as the cell of the exercise does.",
            )
        try:
            verdict = self.judge(*answer, **named)
        except (Exception, SystemExit) as exc:
            verdict = self.wrong(
                "cannot-be-looked-at",
                f"Looking at your answer raised {type(exc).__name__}.",
                "Compare it with something, and print it, in a cell of your own: one "
                "of the two raises. Plain text, numbers and lists never do.",
            )
        note = verdict.note
        if len(answer) == 1 and not named:
            with contextlib.suppress(Exception):
                note = note or remark(answer[0], self._judged)
            self._judged = None if verdict.right else answer[0]
        if verdict.right:
            self.done = True
            note = f"{note} {self.place}".strip()
        return replace(verdict, evidence=_ADDRESS.sub("", verdict.evidence), note=note)

    def forget(self) -> None:
        """Forget which answer was judged last: whoever asks now is somebody else."""
        self._judged = None

    def numbers(self) -> list[tuple[int, str]]:
        """Return its number and its notebook's, if it says so."""
        found = re.findall(r"xercise (\d+) of notebook (\d+)", self.__doc__ or "")
        return [(int(number), notebook) for number, notebook in found]

    def judge(self, *answer: Any) -> Verdict:
        """Return the verdict on an answer; may raise at odd ones."""
        raise NotImplementedError

    def wrong(self, mistake: str, evidence: str, hint: str = "") -> Verdict:
        """Return the verdict on a wrong answer; the hint may be the usual one."""
        return not_yet(
            self.name, mistake, evidence, hint or self.hints.get(mistake, "")
        )

    def verdict_of(self, found: Verdict | Found | None) -> Verdict | None:
        """Return the verdict on what was found; None if nothing was."""
        return self.wrong(*found) if isinstance(found, tuple) else found

    def right(self, evidence: str) -> Verdict:
        """Return the verdict on a right answer."""
        return Verdict(exercise=self.name, right=True, evidence=evidence)

    def untried(self, hint: str = "") -> Verdict:
        """Return the verdict on an empty cell."""
        return Verdict(exercise=self.name, hint=hint)

    def __repr__(self) -> str:
        """Say how it is called."""
        return f"<check.{self.name}: {self.__doc__}>"
