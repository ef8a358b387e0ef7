"""The checks of the exercises: one call for each, and its answer is a Verdict.

    check.accept_key(accept_key)

The verdict says "not attempted yet", "right", or which mistake this is and what to
look at. A check never raises, whatever the student's function does, and never takes
long. A grader makes the same call and reads ``verdict.right`` and ``verdict.mistake``.

Each exercise has a file of its own, named after its notebook and its call, as
``nb03_unmask``; it is found by that name. What they share:

    verdict      what a check says, and how values are shown
    sandbox      runs a student's code: whatever it does, it comes to an outcome
    fit          what can be said of an answer before it is called
    mistakes     a known mistake: what it does otherwise than the right way
    everywhere   the mistakes that every exercise knows, and what exceptions mean
    exercise     what every exercise is
    values       values and outcomes, made comparable
    cases        a call of the student's function, and what is due
    comparison   two values one above the other, and where they part
    words        what is said where no known mistake explains an answer
    engine       compares with the right way, then says which mistake it is
    sheet        judges a dict: the questions of a stub, and an answer to each
    visitor      judges a handler on a live server: a watch inside, a client outside
    hashed       sees what a student's function puts into a hash
    graded       what an answer is worth, for a grader that runs a notebook again
"""

import importlib
import pkgutil

from wslib.check.exercise import Exercise
from wslib.check.verdict import Verdict

__all__ = ["EXERCISES", "Verdict", "tally"]

EXERCISES: dict[str, Exercise] = {}  # by name, in the order of the course

for _module in sorted(each.name for each in pkgutil.iter_modules(__path__)):
    if _module[:2] == "nb":
        _name = _module[5:]
        EXERCISES[_name] = getattr(
            importlib.import_module(f"{__name__}.{_module}"), _name
        )

_pages: dict[str, dict[int, Exercise]] = {}  # by notebook, then by number
for _exercise in EXERCISES.values():
    for _number, _notebook in _exercise.numbers():
        _pages.setdefault(_notebook, {})[_number] = _exercise
for _page in _pages.values():
    for _number, _exercise in _page.items():
        _exercise.place = f"Exercise {_number} of {len(_page)} on this page"
        _follows = _page.get(_number + 1)
        _exercise.place += f"; next: `{_follows.name}`." if _follows else ": the last."

globals().update(EXERCISES)
__all__ += EXERCISES


def tally() -> str:
    """Return how many exercises of the page are right, and which are still open.

    The page is that of the last check; what counts is the last answer to each.
    """
    page = next((p for p in _pages.values() if Exercise.last in p.values()), None)
    if page is None:
        return "none yet"
    left = [page[number].name for number in sorted(page) if not page[number].done]
    done = f"{len(page) - len(left)} of {len(page)}"
    if len(left) == len(page):
        return done
    return f"{done}; still open: {', '.join(left)}" if left else f"{done}, all right ✓"


def __getattr__(name: str) -> Exercise:
    known = ", ".join(EXERCISES)
    raise AttributeError(f"there is no exercise {name!r}; they are: {known}")
