"""What an exercise is worth: for a grader that runs a notebook again, as nbgrader does.

    points("accept_key", accept_key)

shows the verdict and returns 1 if the answer is right and the student's own, else 0.
nbgrader takes a number that a test ends with for the points.

The verdict is made here, from the answer; nothing that was shown or saved before is
believed. But the answer runs in the same process, as any test of nbgrader's does:
whoever means to can reach into it. What does so stands in the notebook, for all to see.
"""

from typing import Any

from IPython.display import display

from wslib.check import EXERCISES


def points(name: str, *answer: Any) -> int:
    """Judge an answer, show the verdict, and return the points.

    Args:
        name: The exercise's.
        answer: What its check is called with.
    """
    verdict = EXERCISES[name](*answer)
    known = {"exercise": name, "right": verdict.right, "mistake": verdict.mistake}
    display(verdict, metadata={"grading": known})  # type: ignore[no-untyped-call]
    return int(verdict.right is True)
