"""What every check keeps to, whatever it is given: for all of them, once."""

import inspect
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hostile import (
    ANSWERS,
    Hostile,
    assert_named,
    assert_sound,
    no_end,
    raising,
    yields,
)
from notebook_page import PAGES, Page

from wslib import check
from wslib.check import EXERCISES, nb04_ask_all, nb13_load, sandbox, visitor
from wslib.check.engine import Compared
from wslib.check.verdict import Verdict
from wslib.server import EchoServer

NAMES = list(EXERCISES)
COMPARED = {n: e for n, e in EXERCISES.items() if isinstance(e, Compared)}
CLASSES = ("frame_reader", "follower")  # the answer is a class
VALUES = (
    *("echo", "payload_bytes", "transports", "illegal_frames"),
    *("events", "browser_can", "diagnosis", "worth_it", "cause"),
)
APART = ("cure",)  # takes a letter too: tested where the exercise is
FUNCTIONS = [name for name in NAMES if name not in (*CLASSES, *VALUES, *APART)]
WAITING = ("ask_all", "welcome", "load")  # may be, or must be, an `async def`

each_exercise = pytest.mark.parametrize("name", NAMES)
each_function = pytest.mark.parametrize("name", FUNCTIONS)
each_plain = pytest.mark.parametrize("name", [n for n in FUNCTIONS if n not in WAITING])


@pytest.fixture
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop what never ends soon: that it is stopped is tested, not when."""
    monkeypatch.setattr(sandbox, "LIMIT", 0.3)
    monkeypatch.setattr(sandbox, "PROCESSOR", 0.1)
    for waits in (nb04_ask_all, nb13_load, visitor):
        monkeypatch.setattr(waits, "PATIENCE", 0.2)
    monkeypatch.setattr(nb04_ask_all, "LIMIT", 0.3)


def verdict_on(name: str, answer: Any) -> Verdict:
    """Return the verdict of a check, all of whose arguments are this answer."""
    exercise = EXERCISES[name]
    count = len(inspect.signature(exercise.judge).parameters)
    verdict = exercise(*[answer] * count)
    assert isinstance(verdict, Verdict)
    return verdict


# --- the door -------------------------------------------------------------------------


def test_every_exercise_is_called_by_its_name_and_says_what_it_is() -> None:
    assert set(check.__all__) == {"EXERCISES", "Verdict", "tally", *NAMES}
    called = {
        name
        for path in PAGES
        for cell in Page(path).code
        for name in re.findall(r"check\.(\w+)\(", cell.source)
    }
    assert called == {"tally", *NAMES}, "what is called in a notebook, and only there"
    for name, exercise in EXERCISES.items():
        assert getattr(check, name) is exercise
        assert exercise.name == name
        assert "xercise" in (exercise.__doc__ or ""), name


def test_a_check_that_does_not_exist_is_answered_by_those_that_do() -> None:
    with pytest.raises(
        AttributeError, match="no exercise 'unmusk'; they are: .*unmask"
    ):
        _ = check.unmusk


@each_exercise
def test_a_check_that_is_called_otherwise_says_what_it_takes(name: str) -> None:
    for answers in ((), (1, 2, 3, 4)):
        verdict = EXERCISES[name](*answers)
        assert_named(verdict, "not-what-it-takes", f"check.{name} takes ")
    assert EXERCISES[name](nonsense=5).mistake == "not-what-it-takes"


def test_every_exercise_knows_its_place_on_its_page_and_which_one_is_next() -> None:
    places = [EXERCISES[name].place for name in NAMES]
    assert len(set(places)) > 3 and all(places)
    assert (
        EXERCISES["unmask"].place
        == "Exercise 1 of 4 on this page; next: `parse_header`."
    )
    assert (
        EXERCISES["illegal_frames"].place == "Exercise 4 of 4 on this page: the last."
    )
    for path in PAGES:  # the order is the page's own
        source = "\n".join(cell.source for cell in Page(path).code)
        names = list(dict.fromkeys(re.findall(r"check\.(?!tally)(\w+)\(", source)))
        for number, name in enumerate(names, 1):
            assert EXERCISES[name].place.startswith(
                f"Exercise {number} of {len(names)} "
            )


def test_what_is_right_is_told_what_is_next() -> None:
    exercise = COMPARED["unmask"]
    verdict = exercise(lambda payload, key: exercise.way(payload, key))
    assert str(verdict).splitlines()[-1] == f"  {exercise.place}"
    assert exercise.place not in str(exercise(lambda payload, key: payload))


# --- no attempt -----------------------------------------------------------------------


@each_exercise
@pytest.mark.parametrize("nothing", [None, ...])
def test_an_empty_cell_is_no_attempt(name: str, nothing: Any) -> None:
    verdict = verdict_on(name, nothing)
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


def later(*args: Any) -> Any:
    raise NotImplementedError("later")


async def async_dots(*args: Any) -> Any: ...


async def async_docstring(*args: Any) -> Any:
    """Do it."""


STUBS = [dots, docstring, passing, returning, later, async_dots, async_docstring]


@each_function
@pytest.mark.parametrize("stub", [*STUBS, lambda *args: ...], ids=lambda v: v.__name__)
def test_a_stub_is_no_attempt(name: str, stub: Any) -> None:
    verdict = verdict_on(name, stub)
    assert (verdict.right, verdict.mistake) == (None, None)
    assert_sound(verdict, name)


# --- whatever it does -----------------------------------------------------------------


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


async def waits_for_ever(*args: Any) -> Any:
    import asyncio

    await asyncio.get_running_loop().create_future()


def no_arguments() -> Any:
    return nothing()


HOSTILE = [
    *ANSWERS,
    nothing,
    recursion,
    yields,
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


@each_exercise
def test_whatever_it_is_given_it_comes_to_a_sound_verdict(
    name: str,
    bounded: Callable[..., Any],
    capfd: pytest.CaptureFixture[str],
    _at_once: None,
) -> None:
    for hostile in HOSTILE:
        verdict = bounded(verdict_on, name, hostile, seconds=60)
        assert_sound(verdict, name)
    assert capfd.readouterr().err == ""


@each_function
@pytest.mark.parametrize("endless", [no_end, waits_for_ever])
def test_what_never_ends_is_ended(
    name: str, endless: Any, bounded: Callable[..., Any], _at_once: None, probed: None
) -> None:
    verdict = bounded(verdict_on, name, endless, seconds=60)
    assert_sound(verdict, name)
    assert verdict.right is False
    for thread in threading.enumerate():
        if thread.name == "wslib-attempt":
            thread.join(5)
            assert not thread.is_alive()


@each_plain
def test_an_async_function_is_not_praised_where_nothing_waits(name: str) -> None:
    async def function(*args: Any) -> Any:
        return args

    assert_named(verdict_on(name, function), "async", "plain `def`")


@each_plain
def test_a_wrong_number_of_arguments_is_told_before_it_is_called(name: str) -> None:
    def function(*, here: Any) -> Any:
        raise AssertionError("it was called")

    assert_named(verdict_on(name, function), "arguments", "yours takes here")


@pytest.mark.parametrize("name", [n for n in COMPARED if n not in CLASSES])
def test_each_case_is_asked_once_and_its_prints_are_left_to_be_seen(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    def prints(*args: Any) -> Any:
        print("asked")
        return "something that nobody asks for"

    assert verdict_on(name, prints).right is False
    lines = capfd.readouterr().out.splitlines()
    assert lines == ["asked"] * len(lines)
    assert 1 <= len(lines) <= len(COMPARED[name].calls)


@pytest.mark.parametrize("name", COMPARED)
def test_what_nothing_explains_is_told_by_what_came_in_what_came_out_what_was_due(
    name: str,
) -> None:
    if name in CLASSES:
        pytest.skip("a class is told in words of its own")

    def odd(*args: Any) -> Any:
        raise LookupError("an odd one")

    evidence = verdict_on(name, odd).evidence
    assert "an odd one" in evidence and "; " in evidence


@pytest.mark.parametrize("name", COMPARED)
def test_what_is_due_is_praised_and_the_verdict_is_quick_to_be_had(
    name: str, probed: None
) -> None:
    exercise = COMPARED[name]
    for call in [*exercise.calls, *exercise.samples]:
        assert exercise.fulfils(exercise.come_of(call.arguments, {}), call)
    if name not in CLASSES:
        assert exercise(lambda *args: exercise.way(*args)).right is True


# --- the mistakes ---------------------------------------------------------------------


def doing(exercise: Compared, change: dict[str, Any]) -> Callable[..., Any]:
    """Return a function that does it the right way but for a change."""

    def function(*args: Any) -> Any:
        outcome = exercise.come_of(args, change)
        if outcome.timed_out:
            no_end()
        if outcome.error is not None:
            raise outcome.error
        return outcome.value

    return function


@pytest.mark.parametrize("name", COMPARED)
def test_every_entry_of_a_table_is_named_as_it_says(name: str, _at_once: None) -> None:
    exercise = COMPARED[name]
    if name in CLASSES:  # its mistakes are given to it as classes, in its own test
        pytest.skip("the answer is a class")
    for mistake in exercise.mistakes:
        for change in mistake.changes:
            verdict = exercise(doing(exercise, change))
            if exercise.come_of(exercise.calls[0].arguments, change).timed_out:
                assert verdict.mistake == "never-ends", mistake.name
            else:
                assert_named(verdict, mistake.name, mistake.hint)


@pytest.mark.parametrize("name", COMPARED)
def test_every_entry_of_a_table_does_something_else_than_the_right_way(
    name: str,
) -> None:
    exercise = COMPARED[name]
    for mistake in exercise.mistakes:
        for number, change in enumerate(mistake.changes):
            # What the author calls wrongly would raise each time, and explain anything.
            assert any(
                not exercise.fulfils(outcome, call)
                and "positional argument" not in str(outcome.error)
                for call in [*exercise.calls, *exercise.samples]
                for outcome in [exercise.come_of(call.arguments, change)]
            ), f"{mistake.name}, {number}"


@pytest.mark.parametrize("name", COMPARED)
def test_no_two_entries_of_a_table_say_the_same(name: str) -> None:
    hints = [(mistake.name, mistake.hint) for mistake in COMPARED[name].mistakes]
    assert len(hints) == len(set(hints)), "put them into one entry"
    for mistake in COMPARED[name].mistakes:
        assert mistake.hint.endswith((".", ")", "?", "`")), mistake.name


# --- the same everywhere --------------------------------------------------------------

SCRIPT = """
import json
from wslib.check import EXERCISES, engine
engine.has_no_end = lambda calls: None  # a process for each answer takes long
said = {}
for name, exercise in EXERCISES.items():
    if isinstance(exercise, engine.Compared):
        for answer in (lambda *a: {"ab", "cd"}, lambda *a: object(), lambda *a: a[0]):
            said[f"{name} {answer.__code__.co_firstlineno}"] = str(exercise(answer))
print(json.dumps(said))
"""


def test_the_same_answer_is_told_the_same_in_every_process() -> None:
    said = [
        json.loads(
            subprocess.check_output(
                [sys.executable, "-c", SCRIPT],
                env=os.environ | {"PYTHONHASHSEED": seed},
                encoding="utf-8",
            )
        )
        for seed in "12"
    ]
    assert said[0] == said[1]


def test_a_check_works_while_servers_of_the_notebook_run() -> None:
    with EchoServer() as server:
        for name in FUNCTIONS:
            assert verdict_on(name, giving(None)).right is not True
        assert server.running
