"""A known mistake: what it does otherwise than the right way."""

import inspect
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Change = dict[str, Any]  # the steps of the right way that are done otherwise


class Endless(Exception):
    """Raised by a way that would never end if it were run as the student wrote it."""


class Mistake:
    """A known mistake: what it does otherwise than the right way.

    Args:
        name: A short name.
        hint: What to say to who made it: what to look at, not what to type.
        others: More ways to make it, each a dict like ``change``.
        change: The steps of the right way that are done otherwise, one or several, each
            with what the way takes there. Two are known to every exercise: ``call``
            gets the arguments and returns a tuple of others, ``answer`` gets the answer
            and returns another.
    """

    def __init__(self, name: str, hint: str, /, *others: Change, **change: Any) -> None:
        self.name = name
        self.hint = hint
        self.changes = [each for each in (change, *others) if each]

    def __repr__(self) -> str:
        """Return its name."""
        return f"<Mistake {self.name}>"


def combined(
    mistakes: Sequence[Mistake], most: int
) -> Iterator[tuple[tuple[Mistake, ...], Change]]:
    """Yield each mistake with each of its changes, and then two at a time."""
    known = [(mistake, change) for mistake in mistakes for change in mistake.changes]
    for mistake, change in known:
        yield (mistake,), change
    if most < 2:
        return
    for (one, change), (other, otherwise) in itertools.combinations(known, 2):
        if not change.keys() & otherwise.keys():
            yield (one, other), change | otherwise


def must_be_known(
    exercise: str, mistakes: Sequence[Mistake], way: Callable[..., Any]
) -> None:
    """Refuse a mistake that would never be named: the right way has no such step.

    Raises:
        ValueError: If a change names a step that is no keyword of the right way.
    """
    takes = inspect.signature(way).parameters
    if any(each.kind is each.VAR_KEYWORD for each in takes.values()):
        return
    for mistake in mistakes:
        steps = {step for change in mistake.changes for step in change}
        if strange := steps - {"call", "answer", *takes}:
            where = f"{exercise}, {mistake.name}"
            raise ValueError(f"{where}: no such step: {', '.join(strange)}")
