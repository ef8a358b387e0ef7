"""Every check keeps the promises of :mod:`wslib.check`, whatever it is given."""

import functools
import inspect
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hostile import ANSWERS, Hostile, assert_sound, later, no_end, raising, stub, yields

from wslib import check
from wslib.check.attempt import Verdict, attempt
from wslib.server import EchoServer

EXERCISES = sorted(set(check.__all__) - {"Verdict"})
# The exercises whose answer is a function; the others are answered by a value.
FUNCTIONS = ("accept_key", "ask_all", "has_token", "request_bytes", "welcome")
VALUES = ("echo", "events", "payload_bytes")

each_exercise = pytest.mark.parametrize("name", EXERCISES)
each_function = pytest.mark.parametrize("name", FUNCTIONS)


@pytest.fixture(autouse=True)
def _stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop what never ends soon: that it is stopped is tested, not when."""
    for module in ("diagnosis",):
        short = functools.partial(_short, attempt)
        monkeypatch.setattr(f"wslib.check.{module}.attempt", short)
    monkeypatch.setattr("wslib.check.nb04_ask_all.LIMIT", 0.3)
    monkeypatch.setattr("wslib.check.nb04_ask_all.PATIENCE", 0.1)
    monkeypatch.setattr("wslib.check.visitor.PATIENCE", 0.3)


def _short(real: Any, function: Any, *arguments: Any, limit: float = 0.3) -> Any:
    return real(function, *arguments, limit=min(limit, 0.3))


def verdict_on(name: str, answer: Any) -> Verdict:
    """Return the verdict of a check, all of whose arguments are this answer."""
    checked = getattr(check, name)
    arguments = [answer for _ in inspect.signature(checked).parameters]
    verdict = checked(*arguments)
    assert isinstance(verdict, Verdict)
    return verdict


def test_every_exercise_has_one_call_and_says_which_exercise_it_is() -> None:
    assert check.__all__ == sorted(check.__all__)
    for name in EXERCISES:
        assert "xercise" in (getattr(check, name).__doc__ or ""), name


@each_exercise
def test_an_empty_cell_is_no_attempt(name: str) -> None:
    verdict = verdict_on(name, ...)
    assert verdict.right is None
    assert_sound(verdict, name)
    assert "not attempted yet" in str(verdict)


def dots(*args: Any) -> Any: ...


def docstring(*args: Any) -> Any:
    """Do it."""


def passing(*args: Any) -> Any:
    pass


def returning(*args: Any) -> Any:
    return None


def not_implemented_yet(*args: Any) -> Any:
    raise NotImplementedError("later")


async def async_dots(*args: Any) -> Any: ...


async def async_docstring(*args: Any) -> Any:
    """Do it."""


async def async_passing(*args: Any) -> Any:
    pass


STUBS = [
    dots,
    stub,
    docstring,
    passing,
    returning,
    later,
    not_implemented_yet,
    async_dots,
    async_docstring,
    async_passing,
    lambda *args: ...,
]


@each_function
@pytest.mark.parametrize("stub", STUBS, ids=lambda v: v.__name__)
def test_a_stub_is_no_attempt(name: str, stub: Any) -> None:
    verdict = verdict_on(name, stub)
    assert (verdict.right, verdict.mistake) == (None, None)
    assert_sound(verdict, name)


class Odd(Hostile):
    """What raises an exception that people know how to catch."""

    _error = ValueError


class Liar(dict):  # type: ignore[type-arg]
    """A dict that is none."""

    def values(self) -> Any:
        raise ZeroDivisionError

    items = keys = __iter__ = __getitem__ = __contains__ = values  # type: ignore[assignment]


class BadError(Exception):
    """An exception that cannot even be shown."""

    def __str__(self) -> str:
        raise RuntimeError("no")


def nothing(*args: Any) -> Any:
    print(end="")


def giving(answer: Any) -> Callable[..., Any]:
    return lambda *args: answer


def recursion(*args: Any) -> Any:
    return recursion(*args)


def exits(*args: Any) -> Any:
    sys.exit("bye")


async def waits_for_ever(*args: Any) -> Any:
    import asyncio

    await asyncio.get_running_loop().create_future()


def no_arguments() -> Any:
    return nothing()


HOSTILE = [
    *ANSWERS,
    nothing,
    recursion,
    no_end,
    exits,
    yields,
    waits_for_ever,
    no_arguments,
    raising(ValueError("x" * 10_000)),
    raising(KeyboardInterrupt()),
    raising(SystemExit()),
    raising(BadError()),
    raising(StopIteration()),
    raising(TimeoutError()),
    raising(MemoryError()),
    giving(Odd()),
    giving(Liar()),
    giving("x" * 1_000_000),
    giving(bytes(range(256))),
    giving(10**5000),
    giving(object()),
    giving(float("nan")),
    giving(print),
    giving([[]]),
    giving(""),
    giving(b""),
    len,
    Odd,
    Odd(),
    Liar(),
    5,
    True,
    [],
    {},
    float("nan"),
    object(),
    BadError(),
]


@each_function
def test_whatever_a_function_does_comes_to_a_sound_verdict(
    name: str, bounded: Callable[..., Any], capfd: pytest.CaptureFixture[str]
) -> None:
    for hostile in HOSTILE:
        verdict = bounded(verdict_on, name, hostile)
        assert_sound(verdict, name)
    said = capfd.readouterr()
    assert said.err == ""


@pytest.mark.parametrize("name", VALUES)
def test_whatever_a_value_is_comes_to_a_sound_verdict(name: str) -> None:
    for hostile in (*HOSTILE, *STUBS):
        verdict = verdict_on(name, hostile)
        assert_sound(verdict, name)


@pytest.mark.parametrize("name", ["accept_key", "has_token", "request_bytes"])
def test_what_a_function_prints_is_left_to_be_seen(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def prints(*args: Any) -> Any:
        print("looking at", args[0])

    assert verdict_on(name, prints).mistake == "returns-nothing"
    assert "looking at" in capfd.readouterr().out


def test_a_check_works_while_servers_of_the_notebook_run() -> None:
    with EchoServer() as server:
        for name in FUNCTIONS:
            assert verdict_on(name, giving(None)).right is not True
        assert server.running
