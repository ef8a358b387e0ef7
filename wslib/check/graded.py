"""What an answer is worth: for a grader that runs a notebook again, as nbgrader does.

    points("accept_key", accept_key)

shows the verdict and returns 1 if the answer is right and the student's own, else 0.
nbgrader takes a number that a test ends with for the points.

The verdict is made here, from the answer; nothing that was shown or saved before is
believed. But the answer runs in the same process, as any test of nbgrader's does:
whoever means to can reach into it. What does so stands in the notebook, for all to see.
"""

import enum
import importlib
import inspect
from collections.abc import Iterator
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from IPython.display import display

from wslib.check import EXERCISES, Verdict
from wslib.check.verdict import not_yet

LIBRARIES = ("wslib", "websockets", "websocket", "wsproto")


def points(name: str, *answer: Any) -> int:
    """Judge an answer, show the verdict, and return the points.

    Args:
        name: The exercise's.
        answer: What its check is called with.
    """
    exercise = EXERCISES[name]
    exercise.forget()  # the notebook's own check has judged the same answer before
    verdict = exercise(*answer)
    used: dict[str, Any] = {}
    if verdict.right is True:
        used = library_used([each for each in answer if callable(each)])
        verdict = _of_ones_own(verdict, answer, used)
    known = {"exercise": name, "right": verdict.right, "mistake": verdict.mistake}
    display(verdict, metadata={"grading": known | {"uses": list(used)}})  # type: ignore[no-untyped-call]
    return 1 if verdict.right is True else 0


def library_used(answers: list[Any]) -> dict[str, Any]:
    """Return the functions and classes of LIBRARIES that answers are, or name.

    Args:
        answers: Functions and classes; what they call of the student's is looked at,
            too. What is reached by stranger ways (``eval``, ``getattr``) is not seen.

    Returns:
        Each under its name, as ``wslib.frames.apply_mask``.
    """
    found: dict[str, Any] = {}
    seen: list[Any] = []
    todo = list(answers)
    while todo:
        one = _bare(todo.pop())
        if any(one is each for each in seen):
            continue
        seen.append(one)
        module = getattr(one, "__module__", None)
        if not isinstance(one, FunctionType | BuiltinFunctionType | type):
            continue
        if isinstance(module, str) and module.partition(".")[0] in LIBRARIES:
            if not _is_a_word(one):
                found[f"{module}.{one.__qualname__}"] = one
        elif isinstance(one, FunctionType):
            todo += _named_in(one)
        elif isinstance(one, type):
            todo += [*one.__bases__, *vars(one).values()]
    return found


def _of_ones_own(
    verdict: Verdict, answer: tuple[Any, ...], used: dict[str, Any]
) -> Verdict:
    """Return the verdict, or another if a library's function is the answer."""
    for name, one in used.items():
        instead = [one if callable(each) else each for each in answer]
        if any(_bare(each) is one for each in answer) or (
            EXERCISES[verdict.exercise](*instead).right is True
        ):
            return not_yet(
                verdict.exercise,
                "not-your-own",
                f"The work is done by `{name}`, which is this course's or a library's.",
                "Write the function yourself.",
            )
    return verdict


def _bare(one: Any) -> Any:
    """Return what is behind a method, a ``partial`` or a decorator that says so."""
    while True:
        if isinstance(one, MethodType | staticmethod | classmethod):
            one = one.__func__
        elif isinstance(one, partial):
            one = one.func
        elif isinstance(one, FunctionType) and hasattr(one, "__wrapped__"):
            one = one.__wrapped__
        else:
            return one


def _is_a_word(one: Any) -> bool:
    """Tell whether it only names something: an opcode, a code, an error."""
    return isinstance(one, enum.Enum) or (
        isinstance(one, type) and issubclass(one, enum.Enum | BaseException)
    )


def _named_in(function: FunctionType) -> Iterator[Any]:
    """Yield what the names in a function's code stand for, where that can be told."""
    names = list(_names(function.__code__))
    known = inspect.getclosurevars(function)
    yield from known.nonlocals.values()
    modules: list[Any] = []
    for name in names:
        if name in function.__globals__:
            one = function.__globals__[name]
            yield one
            modules += [one] * isinstance(one, ModuleType)
        elif name.partition(".")[0] in LIBRARIES:  # imported inside
            modules.append(importlib.import_module(name))
    for module in modules:  # and grows: wslib, then wslib.frames
        for name in names:
            one = getattr(module, name, None)
            if isinstance(one, ModuleType) and one not in modules:
                modules.append(one)
            elif module.__name__.partition(".")[0] in LIBRARIES:
                yield one


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names in a code, and in the code of what is defined inside it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
