"""Run a student's code safely, and say what came of it.

A check must survive whatever a function does: return the wrong type, raise, call
``sys.exit``, never end. :func:`attempt` runs it in a thread, for a limited time, and
returns an :class:`Outcome`; :class:`Verdict` is what the student then sees.

:func:`find_route` is how a check names a mistake. It knows the right way as a row of
steps, and for each step the wrong turns that people take. It looks for the shortest
combination of wrong turns that gives exactly what the student's function gave.
"""

import asyncio
import contextlib
import dis
import functools
import inspect
import itertools
import re
import threading
import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from types import CodeType
from typing import Any, NamedTuple, Self

from wslib.service import raise_in
from wslib.show import GREEN, PURPLE, Shown, escape

LIMIT = 2.0  # seconds that a student's function may take


@dataclass(frozen=True, kw_only=True, repr=False)
class Verdict(Shown):
    """What a check found: the state, the evidence, the next step.

    Attributes:
        exercise: The name of the exercise.
        right: True, False, or None if there is no attempt yet.
        mistake: A short name of the mistake, for a grader or a test; None if none.
        evidence: What was seen.
        hint: What to look at.

    A verdict can be awaited, so that a check of ``async`` code reads as one.
    """

    exercise: str
    right: bool | None = None
    mistake: str | None = None
    evidence: str = ""
    hint: str = ""

    def _state(self) -> tuple[str, str, str]:
        """Return the mark, the words and the colour."""
        if self.right is None:
            return "○", "not attempted yet", "#767676"
        return ("✓", "right", GREEN) if self.right else ("✗", "not yet", PURPLE)

    def _said(self) -> list[str]:
        """Return evidence and hint, as far as there are any."""
        if self.right is None and not self.hint:
            return ["Fill in the cell above and run it, then run this one again."]
        return [text for text in (self.evidence, self.hint) if text]

    def as_text(self) -> str:
        """Return one to three lines."""
        mark, words, _ = self._state()
        first = f"{mark} {self.exercise}: {words}."
        return "\n  ".join([first, *self._said()])

    def as_html(self) -> str:
        """Return the same lines on a card whose edge is coloured."""
        mark, words, colour = self._state()
        lines = "".join(f"<br>{_with_code(line)}" for line in self._said())
        return (
            f'<div role="status" style="border-left: 6px solid {colour}; '
            f'padding: 0.4em 1em; margin: 0.3em 0">'
            f"<strong>{mark} {escape(self.exercise)}: {words}.</strong>{lines}</div>"
        )

    def __await__(self) -> Generator[None, None, Self]:
        """Return the verdict itself."""
        yield from ()
        return self


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a call: a value, an exception, or no end."""

    value: Any = None
    error: BaseException | None = None
    timed_out: bool = False


class _OutOfTime(BaseException):
    """Ends a function that does not end by itself."""


def attempt(
    function: Callable[..., Any], *arguments: Any, limit: float = LIMIT
) -> Outcome:
    """Call a function, awaiting its result if it is ``async``; never raises.

    Args:
        function: The student's.
        arguments: Passed to it.
        limit: How long it may take, in seconds.
    """
    outcome: list[Outcome] = []

    async def ended(awaitable: Any) -> Outcome:
        try:
            return Outcome(value=await awaitable)
        except (SystemExit, KeyboardInterrupt) as exc:  # these would end the loop
            return Outcome(error=exc)

    async def finish(awaitable: Any) -> Outcome:
        return await asyncio.wait_for(ended(awaitable), limit)

    def call() -> None:
        try:
            value = function(*arguments)
            if inspect.isawaitable(value):
                outcome.append(asyncio.run(finish(value)))
            else:
                outcome.append(Outcome(value=value))
        except (TimeoutError, _OutOfTime) as exc:
            late = isinstance(exc, _OutOfTime) or not _raised_inside(exc, function)
            outcome.append(Outcome(error=exc, timed_out=late))
        except BaseException as exc:  # SystemExit and KeyboardInterrupt too
            outcome.append(Outcome(error=exc))

    def call_and_end() -> None:
        with contextlib.suppress(_OutOfTime):  # one that comes late
            call()

    thread = threading.Thread(target=call_and_end, name="wslib-attempt", daemon=True)
    thread.start()
    thread.join(limit + 0.1)
    late = thread.is_alive()
    for _ in range(5):  # a function may catch what is to end it, and go on
        if thread.is_alive():
            # A thread cannot be killed, but it can be made to raise at its next step.
            raise_in(thread, _OutOfTime)
            thread.join(0.1)
    if late:
        return Outcome(timed_out=True)
    return outcome[0]


def is_stub(function: object) -> bool:
    """Tell whether a function still has nothing but ``...`` for a body."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return False
    harmless = {"RESUME", "NOP", "POP_TOP", "CACHE", "COPY_FREE_VARS"}
    harmless |= {"RETURN_GENERATOR", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    # what the compiler adds around the body of an async function, from 3.12 on
    harmless |= {"CALL_INTRINSIC_1", "RERAISE"}
    names = {instruction.opname for instruction in dis.get_instructions(code)}
    constants = [c for c in code.co_consts if c is not None and c is not Ellipsis]
    docstring = [function.__doc__] if getattr(function, "__doc__", None) else []
    return names <= harmless and constants in ([], docstring)


def not_yet(exercise: str, mistake: str, evidence: str, hint: str) -> Verdict:
    """Return the verdict on a wrong answer."""
    return Verdict(
        exercise=exercise, right=False, mistake=mistake, evidence=evidence, hint=hint
    )


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
        where = _where(outcome.error, function)
        return wrong(
            "raises",
            f"Your function raised {_named(outcome.error)}{where}.",
            "Call it in a cell of your own to see the whole traceback.",
        )
    if outcome.value is None:
        return wrong(
            "returns-nothing",
            "Your function ran and gave back None.",
            "Is there a `return` at its end?",
        )
    return None


class Turn(NamedTuple):
    """One way to take a step; the first of a step's turns is the right one.

    Attributes:
        mistake: A short name; empty for the right turn.
        apply: Takes what the step before gave.
        hint: What to say to who took it.
    """

    mistake: str
    apply: Callable[[Any], Any]
    hint: str = ""


def find_route(
    steps: Sequence[Sequence[Turn]],
    inputs: Sequence[Any],
    outputs: Sequence[Any],
    *,
    most: int = 3,
) -> list[Turn] | None:
    """Return the fewest wrong turns that lead from every input to its output.

    Args:
        steps: For each step its turns, the right one first.
        inputs: What the student's function was given.
        outputs: What it gave back; compared by value and by type.
        most: How many wrong turns to combine.

    Returns:
        The wrong turns in order; empty if the outputs are right; None if no
        combination explains them.
    """
    for count in range(most + 1):
        for places in itertools.combinations(range(len(steps)), count):
            choices = [
                turns[1:] if place in places else turns[:1]
                for place, turns in enumerate(steps)
            ]
            for route in itertools.product(*choices):
                if _leads(route, inputs, outputs):
                    return [turn for turn in route if turn.mistake]
    return None


def _leads(
    route: Sequence[Turn], inputs: Sequence[Any], outputs: Sequence[Any]
) -> bool:
    """Tell whether a route gives exactly these outputs."""
    for value, output in zip(inputs, outputs, strict=True):
        try:
            for turn in route:
                value = turn.apply(value)
        except (TypeError, ValueError, AttributeError, LookupError):
            return False  # these turns cannot follow each other
        if type(value) is not type(output) or value != output:
            return False
    return True


def _raised_inside(exc: BaseException, function: Callable[..., Any]) -> bool:
    """Tell whether the student's own code raised, rather than the time limit."""
    code = getattr(function, "__code__", None)
    frames = traceback.walk_tb(exc.__traceback__)
    return code is not None and any(frame.f_code is code for frame, _ in frames)


def _where(exc: BaseException, function: object) -> str:
    """Return the line of the student's code that raised, if it can be told."""
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    lines = [
        frame
        for frame in traceback.extract_tb(exc.__traceback__)
        if frame.filename == code.co_filename
    ]
    if not lines or not lines[-1].line:
        return ""
    return f", at `{lines[-1].line}`"


def _named(exc: BaseException) -> str:
    """Return the type and the message of an exception; never raises."""
    name = type(exc).__name__
    try:
        message = str(exc)
    except Exception:
        message = "a message that cannot be shown"
    return f"{name}: {message.rstrip('.')[:160]}" if message else name


def _with_code(line: str) -> str:
    """Return a line as HTML, what stands between backticks as code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(line))


def brief(value: object) -> str:
    """Return a value as text, short, and the same in every run; never raises.

    Bytes that are not plain ASCII are shown in hex; what is long is cut and counted.
    """
    if type(value) in (set, frozenset) and value:
        return f"the set {{{', '.join(sorted(map(brief, value)))}}}"  # type: ignore[call-overload]
    if type(value) is bytes and not (value.isascii() and value.decode().isprintable()):
        size = "" if len(value) <= 24 else f" … ({len(value):,} bytes)"
        return f"bytes {value[: 24 if not size else 12].hex(' ')}{size}"
    if type(value) in (str, bytes) and len(value) > 70:  # type: ignore[arg-type]
        unit = "characters" if isinstance(value, str) else "bytes"
        return f"{value[:12]!r} … ({len(value):,} {unit})"  # type: ignore[index, arg-type]
    try:
        text = repr(value)
    except Exception:
        text = "something that cannot be shown"
    return text if len(text) <= 80 else text[:77] + "..."
