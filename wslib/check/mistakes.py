"""A known mistake: what it does otherwise than the right way."""

import itertools
from collections.abc import Iterator, Sequence
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
