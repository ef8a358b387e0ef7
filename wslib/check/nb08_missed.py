"""Exercise 2 of notebook 08: the gaps in the numbers of what a slow reader got.

Of ``[4, 17, 18, 20]`` they are ``[(5, 16), (19, 19)]``.
"""

import random
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Mistake
from wslib.check.verdict import Found

Numbers = list[int]
Gaps = list[tuple[int, int]]


def gaps(
    numbers: Numbers,
    *,
    neighbours: Callable[[Numbers], Iterable[tuple[int, int]]] = pairwise,
    is_gap: Callable[[int, int], bool] = lambda a, b: b - a > 1,
    gap: Callable[[int, int], Any] = lambda a, b: (a + 1, b - 1),
    result: Callable[[Numbers, Gaps], Any] = lambda numbers, found: found,
) -> Any:
    """Return the first and the last number of each gap between two neighbours."""
    found = [gap(a, b) for a, b in neighbours(numbers) if is_gap(a, b)]
    return result(numbers, found)


def _each(found: Gaps) -> Numbers:
    """Return every number that is missing."""
    return [n for first, last in found for n in range(first, last + 1)]


_PAIR = "A gap is a pair, `(first, last)`, of two numbers that are missing"

# A table: its rows are filled to the width.
# fmt: off
_MISTAKES = [
    Mistake("every-number", "Those are the missing numbers, one by one. A server is "
        "asked for `(first, last)`: a pair for each gap, however wide.", answer=_each),
    Mistake("end-excluded", f"The second number of a pair came. {_PAIR}; `last` is "
        "one less than what came next.", gap=lambda a, b: (a + 1, b)),
    Mistake("start-excluded", f"The first number of a pair came. {_PAIR}; `first` is "
        "one more than what came before.", gap=lambda a, b: (a, b - 1)),
    Mistake("what-came", f"Both numbers of a pair came. {_PAIR}: what lies between "
        "those two.", gap=lambda a, b: (a, b)),
    Mistake("wrong-direction", "One was added where it should be taken away, or the "
        f"other way round. {_PAIR}.", {"gap": lambda a, b: (a - 1, b + 1)},
        {"gap": lambda a, b: (a + 1, b + 1)}, gap=lambda a, b: (a - 1, b - 1)),
    Mistake("widths", f"That tells how wide a gap is. {_PAIR}.",
        {"gap": lambda a, b: b - a - 1}, gap=lambda a, b: (a + 1, b - a - 1)),
    Mistake("no-pair-for-one", "A gap of one number is a pair as well: 19 alone is "
        "`(19, 19)`. Whoever reads the list need not look twice.",
        {"gap": lambda a, b: (a + 1,) if b - a == 2 else (a + 1, b - 1)},
        gap=lambda a, b: a + 1 if b - a == 2 else (a + 1, b - 1)),
    Mistake("one-is-too-few", "A gap of a single number was not seen. From 18 to 20 "
        "is a step of 2, and 19 is missing.", is_gap=lambda a, b: b - a > 2),
    Mistake("gaps-of-nothing", "Between 1 and 2, or 17 and 18, nothing is missing, and "
        "a pair was made of it. There is a gap where the step is more than 1.",
        {"is_gap": lambda a, b: b - a > 0}, is_gap=lambda a, b: True),
    Mistake("no-gap-only", "Pairs were made where nothing is missing, and only there. "
        "Look at the comparison.", is_gap=lambda a, b: b - a <= 1),
    Mistake("from-the-start", "What came before the first number was not missed: the "
        "reader may not have been there yet. Begin at the first one it got.",
        {"neighbours": lambda numbers: pairwise([-1, *numbers])},
        {"neighbours": lambda numbers: pairwise([1, *numbers])},
        neighbours=lambda numbers: pairwise([0, *numbers])),
    Mistake("one-wide-gap", "What came in between was not looked at. There may be "
        "several gaps: look at each number and the next.",
        {"result": lambda n, found: [(n[0] + 1, n[-1] - 1)] if found else []},
        result=lambda n, found: [(found[0][0], found[-1][1])] if found else []),
    Mistake("only-the-first-gap", "Only the first gap is there. Is there a `return` "
        "inside the loop, or a `break`?",
        {"answer": lambda found: [*found[0]] if found else []},
        answer=lambda found: found[:1]),
    Mistake("only-the-last-gap", "Only the last gap is there. Does each turn of the "
        "loop write over what the one before found?",
        {"answer": lambda found: [*found[-1]] if found else []},
        answer=lambda found: found[-1:]),
    Mistake("first-step-only", "Only the first two numbers were looked at: the "
        "`return` stands inside the loop.", neighbours=lambda n: [*pairwise(n)][:1]),
    Mistake("step-missing", "Not every step was looked at. Each number but the last "
        "has a next one: where does the loop begin, and where does it end?",
        {"neighbours": lambda numbers: pairwise(numbers[1:])},
        {"neighbours": lambda numbers: pairwise(numbers[:-1])},
        neighbours=lambda numbers: [*pairwise(numbers)][::2]),
    Mistake("swapped", f"The two numbers of a pair are the wrong way round. {_PAIR}.",
        answer=lambda found: [(last, first) for first, last in found]),
    Mistake("pair-taken-apart", "All the numbers stand in one row. `append((first, "
        "last))` adds a pair; `+=` and `extend` take it apart.",
        answer=lambda found: [n for pair in found for n in pair]),
    Mistake("no-pairs", f"{_PAIR}, with round brackets.",
        {"answer": lambda found: [range(a, b + 1) for a, b in found]},
        {"answer": lambda found: [f"{a}-{b}" for a, b in found]},
        {"answer": lambda found: [_each([pair]) for pair in found]},
        answer=lambda found: [list(pair) for pair in found]),
    Mistake("backwards", "The last gap stands first. They come in the order of their "
        "numbers.", answer=lambda found: found[::-1]),
]
# fmt: on


def _closer(call: Call, given: Any) -> str | Found:
    """Say what to do about an exception."""
    if isinstance(given, LookupError | ValueError | StopIteration):
        if not call.arguments[0]:
            return "raises-if-empty", "", f"{call.hint} Then the answer is `[]`."
        if isinstance(given, IndexError):
            return "The last number has no next one: end the loop before it."
    return ""


def _sampled(chance: random.Random) -> tuple[Numbers]:
    """Return numbers in order, none of them twice."""
    size, start = chance.choice([*range(8), 40]), chance.choice([0, 1, 2, 30])
    wide = range(start, start + size + chance.choice([0, 1, 3, 20, 500]))
    return (sorted(chance.sample(wide, size)),)


missed = Compared(
    "missed",
    "`missed(numbers) -> list`, the gaps as pairs. Exercise 2 of notebook 08.",
    takes=["numbers"],
    way=gaps,
    cases=[
        Case([1, 2, 5], hint="3 and 4 are missing: one gap, so one pair, (3, 4)."),
        Case([1, 2, 3], hint="Nothing is missing here."),
        Case([4, 17, 18, 20], hint="5 to 16 are missing, and 19."),
        Case([7, 9], hint="Only 8 is missing."),
        Case([1, 4, 5, 9, 10, 12], hint="There are three gaps."),
        Case([5, 6], hint="What came before the first number is not asked for."),
        Case([8], hint="One number has no gap in it."),
        Case([], hint="It got nothing, so there is nothing between."),
        Case([0, 2, 3, 1000], hint="The numbers may begin at 0, and be far apart."),
    ],
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="{cases} readers, and 200 more at random: every gap is there, and no other.",
    closer=_closer,
)
