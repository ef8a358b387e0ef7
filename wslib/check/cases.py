"""A call of the student's function, and what is due."""

from dataclasses import dataclass
from typing import Any

from wslib.check.sandbox import Outcome
from wslib.check.values import Arguments


class Case:
    """One call of the student's function. What is due, the right way says.

    Args:
        arguments: What it is given.
        hint: What to look at if it goes wrong.
    """

    def __init__(self, *arguments: Any, hint: str = "") -> None:
        self.arguments = arguments
        self.hint = hint


@dataclass(frozen=True)
class Call:
    """A case or a sample, and what is due: a value, or an exception."""

    arguments: Arguments
    due: Outcome
    hint: str = ""

    @property
    def expected(self) -> Any:
        """What has to be returned; None if it is an exception that is due."""
        return self.due.value
