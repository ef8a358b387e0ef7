"""An exercise whose answer is a dict: the questions of a stub, and an answer to each.

What can be said of any of them stands here; what an answer is worth, its author says.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from wslib.check.exercise import Exercise
from wslib.check.values import plain_value
from wslib.check.verdict import Found, Verdict, brief


class AnswerSheet(Exercise):
    """An exercise whose answer is a dict.

    Args:
        name: What it is called by.
        about: What is asked for; see :class:`Exercise`.
        questions: The keys of the stub, in order.
        ask: What to say to who has left one open.
        praise: What to say when all answers are right.
        example: The question that the stub has an answer to, if there is one.
    """

    no_dict = "wrong-type"  # the mistake's name
    whole = False  # is nothing judged until nothing is open?

    def __init__(
        self,
        name: str,
        about: str,
        questions: Sequence[str],
        *,
        ask: str,
        praise: str,
        example: str | None = None,
    ) -> None:
        super().__init__(name, about)
        self.questions, self.example = list(questions), example
        self.ask, self.praise = ask, praise

    def judge(self, answers: Any) -> Verdict:
        """Return the verdict on a dict, or on what should be one."""
        if answers is None or answers is ...:
            return self.untried()
        if not isinstance(answers, Mapping):
            evidence = f"This is {brief(answers)}, of type {type(answers).__name__}."
            hint = f"Keep the dict of the stub, and give it to check.{self.name}."
            return self.wrong(self.no_dict, evidence, hint)
        given = dict(answers)
        if all(_is_blank(said) for name, said in given.items() if name != self.example):
            return self.untried()
        missing = [name for name in self.questions if _is_open(given.get(name))]
        said = {name: given[name] for name in self.questions if name not in missing}
        strange = [name for name in given if name not in self.questions]
        if missing and (strange or self.whole):
            return self.wrong(*self.unfinished(missing, strange))
        if wrong := self.mark_all(said):
            return self.wrong(*wrong)
        if missing:
            return self.wrong(*self.unfinished(missing, strange))
        return self.right(self.praise)

    def unfinished(self, missing: list[str], strange: list[Any]) -> Found:
        """Say which questions are open, and which name belongs to none of them."""
        more = f" and {len(missing) - 3} more" * (len(missing) > 3)
        evidence = f"Nothing for {', '.join(map(brief, missing[:3]))}{more} yet."
        if strange:
            evidence += f" (There is no {brief(strange[0])} here.)"
        return "missing", evidence, self.ask

    def mark_all(self, said: dict[str, Any]) -> Found | None:
        """Say what is wrong with the first wrong answer; None if all are right."""
        return next(filter(None, (self.mark(*each) for each in said.items())), None)

    def mark(self, name: str, answer: Any) -> Found | None:
        """Say what is wrong with an answer; None if it is right."""
        raise NotImplementedError


class TrueOrFalse(AnswerSheet):
    """A sheet that takes True and False, and says how many are right."""

    whole = True

    def mark_all(self, said: dict[str, Any]) -> Found | None:
        """Say what is wrong with them; None if all are right."""
        for name, answer in said.items():
            said[name] = plain_value(answer, True)
            if not isinstance(said[name], bool):
                quoted = ", without quotes" * isinstance(answer, str)
                hint = f"Write {self.ask.rstrip('?')}{quoted}."
                return "wrong-type", f"{name!r} has {brief(answer)}.", hint
        marks = [mark for each in said.items() if (mark := self.mark(*each))]
        if not marks:
            return None
        mistake, evidence, hint = self.pattern(said, len(marks)) or marks[0]
        count = f"{len(said) - len(marks)} of {len(said)} are right."
        return mistake, f"{count} {evidence}".rstrip(), hint

    def pattern(self, said: dict[str, bool], wrong: int) -> Found | None:
        """Say what many wrong answers have in common; None if it is nothing."""
        return None


def _is_open(said: object) -> bool:
    return said is None or said is ... or (isinstance(said, str) and not said.strip())


def _is_blank(said: object) -> bool:
    return _is_open(said) or (isinstance(said, list | tuple) and not said)
