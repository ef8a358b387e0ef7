"""Whatever a student's function does comes to an outcome, and that to a verdict."""

import asyncio
import ctypes
import functools
import gc
import linecache
import os
import re
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from wslib.check import sandbox
from wslib.check.fit import fault, remark
from wslib.check.sandbox import Outcome, attempt, calmly, has_no_end
from wslib.check.verdict import Verdict, brief
from wslib.notebook import is_stub
from wslib.show.shown import GREEN, PURPLE


@pytest.fixture(autouse=True)
def _is_silent(capfd: pytest.CaptureFixture[str]) -> Any:
    """Fail a test in which something was written to stdout or stderr."""
    yield
    assert capfd.readouterr() == ("", "")


# --- stubs ----------------------------------------------------------------------------


def ellipsis(key: str) -> str: ...


def docstring_and_ellipsis(key: str) -> str:
    """Return the accept for a key.

    >>> docstring_and_ellipsis("dGhlIHNhbXBsZSBub25jZQ==")
    's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
    """
    ...


def docstring_alone(key: str, *, guid: str = "x") -> str:
    """Return the accept for a key."""


def passes(key: str) -> str:
    pass


def returns_none(key: str) -> None:
    return None


def returns_ellipsis(key: str) -> Any:
    """Return something."""
    return ...


async def async_ellipsis(url: str) -> str: ...


async def async_docstring(url: str) -> str:
    """Return what the server answers."""
    ...


async def async_docstring_alone(url: str) -> str:
    """Return what the server answers."""


async def async_passes(url: str) -> str:
    pass


class Exercise:
    def method(self) -> str:
        """Return something."""
        ...


STUBS: list[Any] = [
    ellipsis,
    docstring_and_ellipsis,
    docstring_alone,
    passes,
    returns_none,
    returns_ellipsis,
    async_ellipsis,
    async_docstring,
    async_docstring_alone,
    async_passes,
    Exercise.method,
    Exercise().method,
    lambda key: ...,
]


@pytest.mark.parametrize("function", STUBS, ids=lambda f: f.__qualname__)
def test_a_stub_is_recognized(function: Any) -> None:
    assert is_stub(function)
    verdict = fault("accept_key", function, None)
    assert verdict == Verdict(exercise="accept_key")
    assert verdict.right is None
    assert "not attempted yet" in verdict.as_text()


def returns_text(key: str) -> str:
    return "x"


def returns_zero(key: str) -> int:
    """Return a number."""
    return 0


def returns_true(key: str) -> bool:
    return True


def returns_its_argument(key: str) -> str:
    """Return something."""
    return key


def prints(key: str) -> None:
    print(key)


def raises(key: str) -> None:
    raise ValueError


def says_the_docstring_again(key: str) -> str:
    """Say it."""
    return "Say it." + key


async def async_returns(url: str) -> str:
    return url


async def async_returns_text(url: str) -> str:
    """Return something."""
    return "x"


async def async_awaits(url: str) -> None:
    await asyncio.sleep(0)


ATTEMPTS: list[Any] = [
    returns_text,
    returns_zero,
    returns_true,
    returns_its_argument,
    prints,
    raises,
    says_the_docstring_again,
    async_returns,
    async_returns_text,
    async_awaits,
    lambda key: key,
    len,
    str,
    functools.partial(ellipsis, "x"),
    None,
    "text",
]


@pytest.mark.parametrize(
    "function", ATTEMPTS, ids=lambda f: getattr(f, "__qualname__", type(f).__name__)
)
def test_an_attempt_however_poor_is_not_taken_for_a_stub(function: Any) -> None:
    assert not is_stub(function)


@pytest.mark.parametrize("function", [None, ...])
def test_nothing_at_all_counts_as_not_attempted(function: Any) -> None:
    verdict = fault("accept_key", function, None)
    assert verdict is not None and verdict.right is None


# --- what comes of a call -------------------------------------------------------------


def returns(value: Any) -> Callable[[], Any]:
    def function() -> Any:
        return value

    return function


@pytest.mark.parametrize("value", ["x", b"x", 0, None, [1, 2], {}])
def test_a_value_is_passed_on_as_it_is(value: Any) -> None:
    assert attempt(returns(value)) == Outcome(value=value)


def test_an_async_function_is_awaited_even_where_a_loop_is_running() -> None:
    async def answers(question: str) -> str:
        await asyncio.sleep(0)
        return question.upper()

    async def cell() -> Outcome:
        return attempt(answers, "x")

    assert attempt(answers, "x") == Outcome(value="X")
    assert attempt(lambda: answers("x")) == Outcome(value="X")
    assert asyncio.run(cell()) == Outcome(value="X")


async def raises_later() -> None:
    await asyncio.sleep(0)
    raise KeyError("later")


async def exits_later() -> None:
    await asyncio.sleep(0)
    raise SystemExit(3)


def raises_this(exc: BaseException) -> Callable[[], None]:
    def function() -> None:
        raise exc

    return function


def recurses() -> None:
    recurses()


class Unspeakable(Exception):
    """Cannot even be printed."""

    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (raises_this(ValueError("x")), ValueError),
        (raises_this(SystemExit(1)), SystemExit),
        (raises_this(KeyboardInterrupt()), KeyboardInterrupt),
        (raises_this(GeneratorExit()), GeneratorExit),
        (raises_this(TimeoutError("mine")), TimeoutError),
        (raises_this(Unspeakable()), Unspeakable),
        (raises_later, KeyError),
        (exits_later, SystemExit),
        (lambda one, two: one, TypeError),
    ],
)
def test_whatever_it_raises_is_an_outcome_and_a_verdict(
    function: Any, error: type[BaseException]
) -> None:
    outcome = attempt(function)
    assert type(outcome.error) is error
    assert not outcome.timed_out
    verdict = fault("exercise", function, outcome)
    assert verdict is not None
    assert (verdict.right, verdict.mistake) == (False, "raises")
    assert f"Your function raised {error.__name__}" in verdict.evidence
    assert len(verdict.as_text().splitlines()) <= 3


def test_a_recursion_without_an_end_is_an_outcome_too() -> None:
    gc.collect()  # lest a finalizer of somebody else's runs where no stack is left
    outcome = attempt(recurses)
    assert type(outcome.error) is RecursionError
    verdict = fault("exercise", recurses, outcome)
    assert verdict is not None
    assert "at `recurses()`" in verdict.evidence


@pytest.mark.parametrize("exc", [SystemExit(3), KeyboardInterrupt()])
def test_an_async_function_that_exits_leaves_nothing_to_be_complained_of_later(
    exc: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    async def exits() -> None:
        await asyncio.sleep(0)
        raise exc

    assert attempt(exits) == Outcome(error=exc)
    gc.collect()
    assert caplog.messages == []


def test_the_verdict_shows_the_line_that_raised() -> None:
    def divides() -> float:
        divisor = 0
        return 1 / divisor

    verdict = fault("exercise", divides, attempt(divides))
    assert verdict is not None
    assert verdict.evidence == (
        "Your function raised ZeroDivisionError: division by zero, "
        "at `return 1 / divisor`."
    )


def test_a_wrong_number_of_arguments_is_told_in_pythons_own_words() -> None:
    verdict = fault("exercise", ellipsis, attempt(lambda: None, "too", "many"))
    assert verdict is not None and verdict.right is None  # a stub is a stub

    def no_arguments() -> str:
        return "x"

    verdict = fault("exercise", no_arguments, attempt(no_arguments, "one"))
    assert verdict is not None
    assert "takes 0 positional arguments but 1 was given" in verdict.evidence


def test_not_implemented_counts_as_not_attempted() -> None:
    def later() -> None:
        raise NotImplementedError

    verdict = fault("exercise", later, attempt(later))
    assert verdict == Verdict(exercise="exercise")


def test_giving_back_nothing_has_a_verdict_of_its_own() -> None:
    def forgets_to_return() -> None:
        "x".upper()

    verdict = fault("exercise", forgets_to_return, attempt(forgets_to_return))
    assert verdict is not None
    assert (verdict.right, verdict.mistake) == (False, "returns-nothing")
    assert "return" in verdict.hint


def test_what_is_no_function_has_a_verdict_of_its_own() -> None:
    verdict = fault("accept_key", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", None)
    assert verdict is not None
    assert verdict.mistake == "not-a-function"
    assert "check.accept_key(name)" in verdict.hint


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("short", "'short'"),
        ("x" * 71, "'xxxxxxxxxxxx' … (71 characters)"),
        (b"plain", "b'plain'"),
        (b"\x81\x05\xff", "bytes 81 05 ff"),
        (b"\xff" * 25, "bytes " + "ff " * 12 + "… (25 bytes)"),
        (list(range(60)), "[0, 1, 2, 3"),
        (Unshowable(), "something that cannot be shown"),
    ],
    ids=lambda value: "",
)
def test_whatever_was_given_is_shown_in_one_short_line(value: Any, shown: str) -> None:
    verdict = fault("exercise", value, None)
    assert verdict is not None
    assert f"was given {shown}" in verdict.evidence
    assert len(verdict.evidence) < 130
    assert "\n" not in verdict.evidence


def test_an_error_is_told_without_a_line_where_there_is_no_line() -> None:
    partial = functools.partial(int, "x")
    verdict = fault("exercise", partial, attempt(partial))
    assert verdict is not None
    assert verdict.evidence.endswith("base 10: 'x'.")


def test_what_ran_and_gave_something_back_is_no_fault() -> None:
    assert fault("exercise", returns_text, None) is None
    assert fault("exercise", returns_text, Outcome(value=0)) is None


# --- what does not end ----------------------------------------------------------------


def loops() -> None:
    while True:
        pass


def loops_and_catches() -> None:
    try:
        loops()
    except Exception:
        loops()


async def async_loops() -> None:
    while True:
        pass


async def waits() -> None:
    await asyncio.Event().wait()


async def awaits_again_and_again() -> None:
    while True:
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "function", [loops, loops_and_catches, async_loops, waits, awaits_again_and_again]
)
def test_what_never_ends_is_ended_and_its_thread_is_gone(
    function: Any, bounded: Callable[..., Any]
) -> None:
    outcome = bounded(functools.partial(attempt, function, limit=0.1))
    assert outcome.timed_out
    assert "wslib-attempt" not in [thread.name for thread in threading.enumerate()]
    verdict = fault("exercise", function, outcome)
    assert verdict is not None
    assert (verdict.right, verdict.mistake) == (False, "never-ends")


@pytest.mark.skipif(
    sys.gettrace() is not None and sys.version_info < (3, 12),
    reason="CPython 3.11 stands still if a thread is to raise while another is traced",
)
def test_what_hangs_in_one_call_is_left_and_reported(
    bounded: Callable[..., Any],
) -> None:
    lock = threading.Lock()
    lock.acquire()
    outcome = bounded(functools.partial(attempt, lock.acquire, limit=0.1))
    assert outcome == Outcome(timed_out=True)
    lock.release()  # the leak check sees that the thread now ends


async def gives_up_by_itself() -> None:
    await asyncio.wait_for(asyncio.Event().wait(), 0.01)


def test_a_timeout_of_the_students_own_is_not_taken_for_ours() -> None:
    outcome = attempt(gives_up_by_itself)
    assert isinstance(outcome.error, TimeoutError)
    assert not outcome.timed_out


def test_an_outcome_does_not_wait_for_the_limit() -> None:
    before = time.monotonic()
    attempt(returns("x"), limit=600)
    assert time.monotonic() - before < 60  # a tenth of the limit: not a measurement


# --- what does not end and does not listen either -------------------------------------


def counts_in_c() -> int:
    return sum(range(10**11))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a process of its own")
def test_one_long_call_into_c_is_found_without_being_made_here() -> None:
    assert has_no_end([lambda: 1, counts_in_c, lambda: 2], limit=0.3) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a process of its own")
def test_a_loop_without_an_end_is_found_as_well() -> None:
    assert has_no_end([loops], limit=0.3) == 0


def grows() -> None:
    numbers = [0]
    for number in numbers:
        if number == 2**24:  # by then it has 640 MB
            return
        numbers.append(number + 1)


def doubles() -> None:
    text = "x"
    while len(text) < 2**30:
        text += text


@pytest.mark.skipif(sys.platform != "linux", reason="only there can it be limited")
@pytest.mark.parametrize("function", [grows, doubles])
def test_what_takes_more_and_more_memory_is_ended_before_there_is_none_left(
    function: Callable[[], Any],
) -> None:
    assert has_no_end([lambda: 1, function], limit=30) == 1


def raises_for_no_reason() -> None:
    raise MemoryError


@pytest.mark.parametrize(
    "calls",
    [
        [],
        [raises_for_no_reason],
        [lambda: 1 / 0, lambda: sys.exit(3), lambda: print("not to be seen")],
        [lambda: os._exit(9)],
        [lambda: os.abort()],
        [lambda: time.sleep(60)],  # it waits, and uses no time: that is not for here
    ],
    ids=lambda calls: str(len(calls)),
)
def test_whatever_else_happens_there_tells_nothing(
    calls: list[Callable[[], Any]], bounded: Callable[..., Any]
) -> None:
    assert bounded(functools.partial(has_no_end, calls, limit=1)) is None


def holds_all_threads_up() -> None:
    """Use little time, as anything does on a machine that is busy, and let none in."""
    end = time.process_time() + 0.2
    while time.process_time() < end:
        pass
    ctypes.PyDLL(None).usleep(60_000_000)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_what_lets_no_thread_in_is_found_though_it_has_had_little_time(
    monkeypatch: pytest.MonkeyPatch, bounded: Callable[..., Any]
) -> None:
    real = sandbox._listen
    monkeypatch.setattr(sandbox, "_listen", lambda *args: real(*args[:2], 1.5))
    assert bounded(functools.partial(has_no_end, [holds_all_threads_up])) == 0


# --- a machine that stalls ------------------------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="there is no usleep")
@pytest.mark.parametrize(
    ("stalls", "settled", "found"),
    [
        ([], None, 1),
        ([1], None, 2),
        ([1, 2], None, 3),
        ([1, 2, 3, 4], None, 4),
        ([1, 2], lambda found: found == 1, 1),
    ],
)
def test_what_was_seen_while_the_machine_stalled_is_looked_at_again(
    stalls: list[int], settled: Callable[[int], bool] | None, found: int
) -> None:
    looks = 0

    def look() -> int:
        nonlocal looks
        looks += 1
        if looks in stalls:  # no other thread has a turn meanwhile
            ctypes.PyDLL(None).usleep(int(sandbox.STALL * 2e6))
        return looks

    assert calmly(look, settled) == looks
    assert looks == found or settled is None  # the machine itself may stall as well
    assert looks >= found


def test_a_look_that_raises_leaves_no_pulse_behind() -> None:
    with pytest.raises(ZeroDivisionError):
        calmly(lambda: 1 // 0)
    assert "wslib-pulse" not in [thread.name for thread in threading.enumerate()]


# --- what was judged ------------------------------------------------------------------


def test_a_function_of_a_library_is_named_as_one() -> None:
    from wslib.frames import apply_mask

    assert "`apply_mask` of `wslib.frames`" in remark(apply_mask, None)
    assert remark(returns_text, None) == ""
    assert remark({}, {}) == remark(None, None) == remark(5, 5) == ""


def test_who_asks_again_with_the_same_function_is_told_so() -> None:
    assert "same `returns_text` as the last time" in remark(returns_text, returns_text)


class Shell:
    """An IPython in which these cells were run."""

    def __init__(self, *cells: str) -> None:
        self.user_ns = {"In": ["", *cells]}


@pytest.mark.parametrize(
    ("later", "told"),
    [
        ([], False),
        (["check.unmask(unmask)"], False),
        (["def unmask(payload, key):\n    return payload +"], True),
        (["def other(): ..."], False),
        (["async  def unmask(): ("], True),
    ],
)
def test_a_cell_that_was_run_again_and_failed_is_remarked_upon(
    later: list[str], told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    cell = "def unmask(payload, key):\n    return payload"
    name, lines = "<the cell>", cell.splitlines(keepends=True)
    monkeypatch.setitem(linecache.cache, name, (len(cell), None, lines, name))
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(cell, name, "exec"), names)
    module = types.SimpleNamespace(get_ipython=lambda: Shell(cell, *later))
    monkeypatch.setitem(sys.modules, "IPython", module)
    assert ("ended in an error" in remark(names["unmask"], None)) is told


# --- verdicts -------------------------------------------------------------------------

NOT_YET = Verdict(
    exercise="accept_key",
    right=False,
    mistake="hex",
    evidence="You returned <56> characters & more.",
    hint="Look at `.digest()`.",
)
WITH_ROWS = replace(
    NOT_YET,
    rows=("yours  48 65  <e", "due    48 6c  <l", "          ^ byte 1"),
    passed=(3, 8),
    note="(The same as the last time.)",
)
RIGHT = Verdict(exercise="accept_key", right=True, evidence="Eight keys agree.")
OPEN = Verdict(exercise="accept_key")


def test_a_verdict_reads_state_evidence_next_step() -> None:
    assert repr(NOT_YET).splitlines() == [
        "✗ accept_key: not yet.",
        "  You returned <56> characters & more.",
        "  Look at `.digest()`.",
    ]
    assert repr(WITH_ROWS).splitlines() == [
        "✗ accept_key: not yet. 3 of 8 cases are right.",
        "  You returned <56> characters & more.",
        "  yours  48 65  <e",
        "  due    48 6c  <l",
        "            ^ byte 1",
        "  Look at `.digest()`. (The same as the last time.)",
    ]
    assert repr(RIGHT).splitlines() == [
        "✓ accept_key: right.",
        "  Eight keys agree.",
    ]
    assert repr(OPEN).splitlines() == [
        "○ accept_key: not attempted yet.",
        "  Fill in the cell above and run it, then run this one again.",
    ]


def test_the_html_of_a_verdict_says_the_same_and_colour_is_not_all() -> None:
    for verdict, colour in (
        (NOT_YET, PURPLE),
        (WITH_ROWS, PURPLE),
        (RIGHT, GREEN),
        (OPEN, "#767676"),
    ):
        html = verdict.as_html()
        assert colour in html
        first, *others = verdict.as_text().split("\n  ")
        assert f"<strong>{first}</strong>" in re.sub("</?span[^>]*>", "", html)
        for line in others:
            escaped = (
                line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            )
            assert escaped.replace("`", "") in html.replace("<code>", "").replace(
                "</code>", ""
            )


def test_what_a_student_returned_cannot_become_html() -> None:
    html = Verdict(
        exercise="<b>", right=False, evidence="<script>", hint="<i>"
    ).as_html()
    assert "<script" not in html
    assert "<b>" not in html
    assert "<i>" not in html


def test_the_rows_of_a_verdict_stand_below_each_other_in_a_fixed_font() -> None:
    rows = WITH_ROWS.as_html().partition("<pre style=")[2].partition("</pre>")[0]
    assert "font-family: monospace; white-space: pre;" in rows
    shown = rows.partition(">")[2].replace("&lt;", "<")
    assert shown.splitlines() == list(WITH_ROWS.rows)
    assert "<pre" not in NOT_YET.as_html()


def test_the_count_of_cases_says_so_where_calls_at_random_go_wrong() -> None:
    said = str(replace(NOT_YET, passed=(8, 8))).splitlines()[0]
    assert said.endswith("All 8 cases are right; not all calls at random are.")


def test_a_verdict_can_be_awaited_where_the_exercise_is_async() -> None:
    async def cell() -> Verdict:
        return await NOT_YET

    assert asyncio.run(cell()) is NOT_YET


def test_a_verdict_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        NOT_YET.right = True  # type: ignore[misc]


# --- what is shown of a value ---------------------------------------------------------


def test_a_set_is_shown_the_same_in_every_process() -> None:
    code = "from wslib.check.verdict import brief; print(brief({'ab', 'cd', 'ef'}))"
    shown = {
        subprocess.check_output(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed},
            encoding="utf-8",
        )
        for seed in "123"
    }
    assert shown == {"the set {'ab', 'cd', 'ef'}\n"}
    assert brief(set()) == "set()"
