"""The steps that a server can do so far: a student's, and the finished ones between.

A student's step may raise, return what it should not, or never end. Each of these is
noted, once, with the bytes that it was about; the connection ends, the server goes on.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wslib.errors import ProtocolError
from wslib.labs.workshop.finished import STEPS
from wslib.notebook import is_stub, where

NAMES = [step.__name__ for step in STEPS]
_FINISHED = {step.__name__: step for step in STEPS}


class NotYet(Exception):
    """There is no step for this yet."""


@dataclass(frozen=True)
class Trouble:
    """How a student's step failed.

    Attributes:
        step: Its name.
        words: What happened.
        data: The bytes that it was about.
    """

    step: str
    words: str
    data: bytes = b""

    def __str__(self) -> str:
        """Say it in one line, or two."""
        more = f" … ({len(self.data):,} bytes)" if len(self.data) > 16 else ""
        seen = (
            f"\n    it was about {self.data[:16].hex(' ')}{more}" if self.data else ""
        )
        return f"{self.step}: {self.words}{seen}"


class Steps:
    """The steps that a server can do so far, up to the last one of those given.

    A step that is missing between them, or still has nothing but ``...`` in it, is
    done by the finished one.

    Args:
        functions: Under the names of the course, in any order.
        named: The same, under a name of their own: ``is_text=mine``.

    Attributes:
        mine: The names of those that are the student's own.
        known: The names of all that the server can do.
        troubles: What failed, each once.

    Raises:
        TypeError: If something is no function.
        ValueError: If a function is none of the steps.
    """

    def __init__(
        self, *functions: Callable[..., Any], **named: Callable[..., Any]
    ) -> None:
        self._own: dict[str, Callable[..., Any]] = {}
        given = [
            (getattr(function, "__name__", ""), function) for function in functions
        ]
        for name, function in [*given, *named.items()]:
            if not callable(function):
                raise TypeError(
                    f"a step is a function, as in Steps({NAMES[0]}), not {function!r}"
                )
            if name not in NAMES:
                raise ValueError(
                    f"no step is called {name!r}: they are {', '.join(NAMES)}"
                )
            self._own[name] = function
        last = max((NAMES.index(name) for name in self._own), default=-1)
        self.known = NAMES[: last + 1]
        self.mine = [
            name
            for name in self.known
            if name in self._own
            and self._own[name] is not _FINISHED[name]
            and not is_stub(self._own[name])
        ]
        self.troubles: list[Trouble] = []
        self.running = "serve"  # the step that runs now; it calls all the others
        self._given_up: set[str] = set()

    def __contains__(self, name: str) -> bool:
        """Tell whether the server can do a step."""
        return name in self.known

    def function(self, name: str) -> Callable[..., Any]:
        """Return the student's step, or the finished one.

        Raises:
            NotYet: If it is beyond the last one, or has been given up.
        """
        if name not in self.known or name in self._given_up:
            raise NotYet(f"there is no {name} yet")
        return self._own[name] if name in self.mine else _FINISHED[name]

    def do(self, name: str, *arguments: Any) -> Any:
        """Do a step.

        Raises:
            NotYet: If it is missing, or has failed; then it is noted why.
            ProtocolError: If it found that the peer broke a rule.
        """
        function = self.function(name)
        caller, self.running = self.running, name
        try:
            result = function(*arguments)
        except Exception as error:
            self.running = caller
            if isinstance(error, ProtocolError | NotYet):  # a step below has noted it
                raise
            words = self.note(name, f"it {raised(error, function)}", arguments)
            raise NotYet(words) from error
        self.running = caller
        if wrong := _unfit(name, result, arguments):
            raise NotYet(self.note(name, wrong, arguments))
        return result

    def give_up(self, words: str) -> None:
        """Note why the step that runs now is never done again, if it is a student's."""
        if self.running in self.mine:
            self.note(self.running, words)
            self._given_up.add(self.running)
        self.running = "serve"

    def note(self, name: str, words: str, arguments: tuple[Any, ...] = ()) -> str:
        """Note what failed, unless it has been noted before; return it as a text."""
        data = next((a for a in arguments if isinstance(a, bytes)), b"")
        trouble = Trouble(name, words, data)
        if all((t.step, t.words) != (name, words) for t in self.troubles):
            self.troubles.append(trouble)
        return str(trouble)


def raised(error: Exception, function: Callable[..., Any]) -> str:
    """Say what a step raised, and in which of its lines."""
    said = f"raised {type(error).__name__}: {error}".rstrip(": ")
    return said + where(error, function)


def _unfit(name: str, result: Any, arguments: tuple[Any, ...]) -> str:
    """Say what is wrong with what a step has returned; empty if nothing is."""
    if inspect.iscoroutine(result):
        result.close()
        return "it is an `async def`; only serve is one"
    due, fits = _RETURNS[name]
    if not fits(result):
        return f"it returned {_brief(result)}; due is {due}"
    if name == "read_request" and result is None and b"\r\n\r\n" in arguments[0]:
        return "it returned None, though the empty line has come"
    if name in ("read_request", "read_frame") and result:
        size, there = result[-1], len(arguments[0])
        if not 0 < size <= there:
            return f"it returned the size {size}, of {there} bytes that have come"
        if name == "read_request" and arguments[0][size - 4 : size] != b"\r\n\r\n":
            return f"it returned the size {size}, which is not behind the empty line"
    return ""


def _brief(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _tuple(*types: type) -> Callable[[Any], bool]:
    """Return a test for a tuple of such things, or None."""
    return lambda value: (
        value is None
        or (
            isinstance(value, tuple)
            and len(value) == len(types)
            and all(isinstance(v, t) for v, t in zip(value, types, strict=True))
        )
    )


def _anything(value: object) -> bool:
    return True


_RETURNS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "read_request": (
        "(line, headers), size: ((str, dict), int), or None",
        lambda v: _tuple(tuple, int)(v) and (not v or _tuple(str, dict)(v[0])),
    ),
    "answer": ("bytes", lambda v: isinstance(v, bytes)),
    "read_frame": ("(fin, opcode, payload, size), or None",
                   _tuple(int, int, bytes, int)),
    "write_frame": ("bytes", lambda v: isinstance(v, bytes)),
    "on_ping": ("nothing", _anything),
    "on_close": ("nothing", _anything),
    "join": ("(opcode, payload), or None", _tuple(int, bytes)),
    "is_text": ("True or False", lambda v: isinstance(v, bool)),
    "broken_rule": ("a text, or None", lambda v: v is None or isinstance(v, str)),
}  # fmt: skip
