"""What can be said of an answer before it is called, and of a call that gave none."""

import functools
import inspect
import linecache
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import wslib.check.sandbox as sandbox
from wslib.check.everywhere import on_raising
from wslib.check.sandbox import Outcome, attempt, named
from wslib.check.verdict import Verdict, brief, not_yet
from wslib.notebook import is_stub, shell, where


def misfit(
    exercise: str, function: Any, takes: Sequence[str], *, may_wait: bool = False
) -> Verdict | None:
    """Return the verdict on what need not be called to be judged; None if it fits.

    Args:
        exercise: The name of the exercise.
        function: The student's.
        takes: What it will be called with, by name.
        may_wait: Whether it may be an ``async def``.
    """
    if verdict := fault(exercise, function, None):
        return verdict
    if not may_wait and inspect.iscoroutinefunction(function):
        return not_yet(
            exercise,
            "async",
            "It is an `async def`: whoever calls it gets a coroutine, not the answer.",
            "Nothing here has to wait for anybody. A plain `def` will do.",
        )
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return not_yet(
            exercise,
            "generator",
            "There is a `yield` in it, so a call runs nothing and gives a generator.",
            "Give the answer back with `return`.",
        )
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None  # some functions written in C do not tell
    try:
        signature.bind(*takes)
    except TypeError:
        names = [p.name for p in signature.parameters.values()]
        with_ = f"with {len(takes)} argument{'' if len(takes) == 1 else 's'}, "
        with_ = with_ + ", ".join(takes) if takes else "without arguments"
        return not_yet(
            exercise,
            "arguments",
            f"It is called {with_}; yours takes {', '.join(names) or 'none'}.",
            "Keep the first line of the stub.",
        )
    return None


def misfit_class(
    exercise: str, given: Any, name: str, takes: dict[str, list[str]]
) -> Verdict | None:
    """Return the verdict on a class whose methods need not be called; None if it fits.

    Args:
        exercise: The name of the exercise.
        given: The student's class.
        name: What the stub calls it.
        takes: What each of its methods will be called with, by name.
    """
    wrong = functools.partial(not_yet, exercise)
    if given is None or given is Ellipsis:
        return Verdict(exercise=exercise)
    if not isinstance(given, type):
        if all(hasattr(given, method) for method in takes):
            name = type(given).__name__
        evidence = f"The check was given {brief(given)}, not a class."
        hint = f"Give it the class itself, without brackets: check.{exercise}({name})."
        return wrong("not-a-class", evidence, hint)
    own = {method for method, value in vars(given).items() if callable(value)}
    outcome = attempt(given)
    made = given if outcome.value is None else outcome.value
    own |= {method for method in takes if hasattr(made, method)}
    stubs = [method for method in takes if is_stub(getattr(given, method, None))]
    if not [method for method in own if method[0] != "_" and method not in stubs]:
        return Verdict(exercise=exercise)
    if verdict := fault(exercise, given, outcome):
        said = verdict.evidence.replace("Your function", "it")
        evidence = f"Making one, `{given.__name__}()`: {said}"
        hint = "The check calls it without arguments: `__init__` gets `self` alone."
        return replace(verdict, mistake="cannot-be-made", evidence=evidence, hint=hint)
    for method in takes:
        if unfit := _misfit_method(exercise, given, outcome.value, method, takes):
            return unfit
    if not stubs:
        return None
    evidence = f"Half is done: `{stubs[0]}` still has nothing but `...` in it."
    return wrong("half-done", evidence, "Write that one, too.")


def _misfit_method(
    exercise: str, cls: type, made: Any, name: str, takes: dict[str, list[str]]
) -> Verdict | None:
    """Return the verdict on a method that cannot be called as it should; or None."""
    wrong = functools.partial(not_yet, exercise)
    method, raw = getattr(made, name, None), inspect.getattr_static(cls, name, None)
    call = f"`def {name}({', '.join(['self', *takes[name]])})`."
    if raw is None and method is None:
        others = ", ".join(other for other in vars(cls) if other[:1] != "_")
        evidence = f"The class has no method {name}; it has {others or 'nothing'}."
        return wrong(f"no-{name}", evidence, "Keep the names of the stub.")
    if not callable(method):
        evidence = f"`{name}` is {brief(method)}, and no method."
        return wrong("not-a-method", evidence, f"It is called, with brackets: {call}")
    names = list(inspect.signature(raw).parameters) if inspect.isfunction(raw) else [""]
    if len(names) == len(takes[name]) and names[:1] != ["self"]:
        evidence = f"`{name}` takes {', '.join(names) or 'nothing'}, and not `self`."
        hint = f"A method gets the object first: {call}"
        return wrong("self-missing", evidence, hint)
    verdict = misfit(exercise, method, takes[name])
    if verdict is None or verdict.right is None:
        return None
    return replace(verdict, evidence=f"`{name}`: {verdict.evidence}")


def fault(exercise: str, function: object, outcome: Outcome | None) -> Verdict | None:
    """Return the verdict for whatever is no answer at all; None if there is one.

    Args:
        exercise: The name of the exercise.
        function: The student's function.
        outcome: What came of calling it; None before the call.
    """
    wrong = functools.partial(not_yet, exercise)

    if function is None or function is Ellipsis or is_stub(function):
        return Verdict(exercise=exercise)
    if not callable(function):
        return wrong(
            "not-a-function",
            f"The check was given {brief(function)}, not a function.",
            f"Give it the function itself, without brackets: check.{exercise}(name).",
        )
    if outcome is None:
        return None
    if outcome.timed_out:
        return wrong(
            "never-ends",
            "Your function was still running when the time was up, and was stopped.",
            "Look for a loop whose condition never changes, or a wait for something "
            "that never comes.",
        )
    if isinstance(outcome.error, NotImplementedError):
        return Verdict(exercise=exercise)
    if outcome.error is not None:
        at = where(outcome.error, function)
        return wrong(
            "raises",
            f"Your function raised {named(outcome.error)}{at}.",
            on_raising(outcome.error)
            or "Call it in a cell of your own to see the whole traceback.",
        )
    if outcome.value is None:
        return wrong(
            "returns-nothing",
            "Your function ran and gave back None.",
            "Is there a `return` at its end?",
        )
    return None


def endless(exercise: str, function: Any, trial: Callable[[], Any]) -> Verdict | None:
    """Try a function in a process of its own; return the verdict if that has no end.

    Args:
        exercise: The name of the exercise.
        function: The student's.
        trial: Calls it, once.
    """
    if sandbox.has_no_end([trial], limit=sandbox.PROCESSOR / 2) is None:
        return None
    return fault(exercise, function, Outcome(timed_out=True))


def remark(answer: Any, judged_before: Any) -> str:
    """Say what is worth knowing about the answer that was judged; empty if nothing.

    Args:
        answer: The student's function or class.
        judged_before: What the same exercise judged the last time, and not praised.

    The commonest accident in a notebook: the cell above was changed and not run, or
    ended in a SyntaxError, and what is judged is what it defined before.
    """
    name = getattr(answer, "__name__", None)
    if not isinstance(name, str) or not isinstance(
        getattr(answer, "__module__", None), str
    ):
        return ""
    if answer.__module__.partition(".")[0] in ("wslib", "websockets", "websocket"):
        return f"(Judged was `{name}` of `{answer.__module__}`, not one of your own.)"
    if _was_run_again(answer, name):
        return (
            f"A later run of the cell with `{name}` ended in an error, so this is the "
            f"`{name}` of before. Mend that cell and run it."
        )
    if answer is judged_before:
        return (
            f"This is the same `{name}` as the last time. If you have changed it: run "
            "its cell, then this one."
        )
    return ""


def _was_run_again(answer: Any, name: str) -> bool:
    """Tell whether a cell that defines the name was run after the one that did."""
    ipython = shell()
    cells = ipython.user_ns.get("In", []) if ipython is not None else []
    code = _code_of(answer)
    if code is None or not isinstance(cells, list):
        return False
    source = "".join(linecache.getlines(code.co_filename)).strip()
    defines = re.compile(rf"^\s*(async\s+def|def|class)\s+{re.escape(name)}\b", re.M)
    found = [cell.strip() for cell in cells if defines.search(str(cell))]
    return bool(source) and source in found and found[-1] != source


def _code_of(answer: Any) -> Any:
    """Return the code of a function, or of the first method of a class."""
    methods = vars(answer).values() if isinstance(answer, type) else [answer]
    codes = (getattr(each, "__code__", None) for each in methods)
    return next((code for code in codes if code is not None), None)
