"""Functions held beside the right one and the wrong ones, whatever they do."""

import functools
import time
from collections.abc import Callable
from typing import Any

import pytest

from wslib.check.attempt import Turn, Verdict
from wslib.check.diagnosis import Case, Impostor, compare, misfit, never_raises

CASES = (
    Case((2, 3), 5, "two and three"),
    Case((2, 2), 4, "twice two"),
    Case((0, 7), 7, "nothing and seven"),
)
IMPOSTORS = (
    Impostor("product", lambda a, b: a * b, "They were multiplied."),
    Impostor("difference", lambda a, b: a - b, "They were subtracted."),
)


def add(function: Any, **options: Any) -> Verdict:
    """Check the addition of two numbers."""
    return compare("add", function, CASES, IMPOSTORS, praise="It adds.", **options)


def seven(function: Any) -> Verdict:
    """Check whether a number is over seven: a question of yes and no."""
    cases = (Case((8,), True), Case((7,), False), Case((0,), False))
    return compare("seven", function, cases)


def test_a_function_that_is_right_is_praised() -> None:
    verdict = add(lambda a, b: a + b)
    assert (verdict.right, verdict.mistake) == (True, None)
    assert verdict.evidence == "It adds."


def test_an_impostor_is_recognised_by_all_its_answers() -> None:
    verdict = add(lambda x, y: sum([x] * y))
    assert (verdict.right, verdict.mistake) == (False, "product")
    assert verdict.hint == "They were multiplied."


def test_a_name_of_the_student_stands_in_the_evidence() -> None:
    def together(a: int, b: int) -> int:
        return a * b

    assert add(together).evidence == "together(2, 3) gave 6; the answer is 5."
    assert add(lambda a, b: 6).evidence == "add(2, 3) gave 6; the answer is 5."
    partial = functools.partial(together)
    assert add(partial).evidence == "add(2, 3) gave 6; the answer is 5."


def test_an_unknown_mistake_gets_the_hint_of_the_first_case_that_differs() -> None:
    verdict = add(lambda a, b: a + b if a != b else 0)
    assert (verdict.mistake, verdict.hint) == ("wrong-answer", "twice two")


def test_a_route_explains_by_one_turn_or_by_two() -> None:
    route = (
        (
            Turn("", lambda pair: pair),
            Turn("one-too-many", lambda pair: (pair[0] + 1, pair[1]), "One too many."),
        ),
        (
            Turn("", lambda pair: pair[0] + pair[1]),
            Turn("doubled", lambda pair: 2 * (pair[0] + pair[1]), "Doubled."),
        ),
    )
    assert add(lambda a, b: a + b + 1, route=route).mistake == "one-too-many"
    both = add(lambda a, b: 2 * (a + b + 1), route=route)
    assert both.mistake == "one-too-many+doubled"
    assert both.hint == "One too many. And: Doubled."
    assert add(lambda a, b: a * b, route=route).mistake == "product"


def test_what_a_function_does_to_its_arguments_harms_no_other_case() -> None:
    cases = (Case(([1, 2],), 2), Case(([1, 2],), 2))
    shared = Case(([3, 4],), 2)

    def empties(numbers: list[int]) -> int:
        size = len(numbers)
        numbers.clear()
        return size

    assert compare("size", empties, (*cases, shared, shared)).right is True
    assert shared.arguments == ([3, 4],)


@pytest.mark.parametrize(
    ("function", "mistake", "said"),
    [
        (lambda n: 1 if n > 7 else 0, "true-in-other-words", "`bool(…)`"),
        (lambda n: "x" * (n - 7), "true-in-other-words", "'x'"),
        (
            lambda n: True if n > 7 else None,
            "returns-nothing-sometimes",
            "return False",
        ),
        (
            lambda n: None if n > 7 else False,
            "returns-nothing-sometimes",
            "no `return`",
        ),
        (lambda n: print(end=""), "returns-nothing", "gave back None"),
        (lambda n: "yes" if n > 7 else "no", "wrong-type", "of type bool"),
        (lambda n: n > 8, "wrong-answer", "seven(8) gave False"),
    ],
    ids=lambda v: "",
)
def test_yes_and_no_in_other_words_are_told_so(
    function: Any, mistake: str, said: str
) -> None:
    verdict = seven(function)
    assert (verdict.right, verdict.mistake) == (False, mistake)
    assert said in f"{verdict.evidence} {verdict.hint}"


def test_a_function_is_stopped_and_the_check_comes_to_an_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wslib.check.diagnosis.LIMIT", 0.2)
    calls: list[int] = []

    def slow(n: int) -> bool:
        calls.append(n)
        while True:
            time.sleep(0.01)

    verdict = seven(slow)
    assert verdict.mistake == "never-ends"
    assert calls == [8], "once is enough to wait"


def test_the_time_is_for_all_calls_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wslib.check.diagnosis.LIMIT", 0.2)
    cases = [Case((n,), True) for n in range(100)]
    verdict = compare("slow", lambda n: time.sleep(0.05) is None, cases)
    assert verdict.mistake == "never-ends"


async def coroutine(a: int, b: int) -> int:
    return a + b


def generator(a: int, b: int) -> Any:
    yield a + b


async def async_generator(a: int, b: int) -> Any:
    yield a + b


class Adds:
    def __call__(self, a: int, b: int) -> int:
        return a + b

    def method(self, a: int, b: int) -> int:
        return a + b


def test_an_async_function_is_refused_where_nothing_waits() -> None:
    assert add(coroutine).mistake == "async"
    assert add(functools.partial(coroutine)).mistake == "async"


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (coroutine, "async"),
        (generator, "generator"),
        (async_generator, "generator"),
        (lambda: 5, "arguments"),
        (lambda a: a, "arguments"),
        (lambda a, b, c: a, "arguments"),
        (lambda *, a, b: a, "arguments"),
        (5, "not-a-function"),
        ("add", "not-a-function"),
        (Adds, "arguments"),
    ],
    ids=lambda v: "",
)
def test_what_does_not_fit_is_told_before_it_is_called(
    function: Any, mistake: str
) -> None:
    verdict = misfit("add", function, ["a", "b"])
    assert verdict is not None
    assert (verdict.right, verdict.mistake) == (False, mistake)
    assert verdict.evidence and verdict.hint


@pytest.mark.parametrize(
    "function",
    [
        lambda a, b: a,
        lambda x, y, z=0: x,
        lambda *numbers: numbers,
        lambda a, *rest, **options: a,
        Adds(),
        Adds().method,
        functools.partial(lambda c, a, b: a, 1),
        max,
        divmod,
    ],
    ids=lambda v: "",
)
def test_what_can_be_called_so_fits(function: Any) -> None:
    assert misfit("add", function, ["a", "b"]) is None


def test_an_async_function_fits_where_it_may_wait() -> None:
    assert misfit("add", coroutine, ["a", "b"], may_wait=True) is None


def does_nothing(a: int, b: int) -> None:
    """Return the sum."""


def not_implemented(a: int, b: int) -> None:
    raise NotImplementedError


@pytest.mark.parametrize("function", [None, ..., does_nothing, not_implemented])
def test_a_stub_is_no_attempt(function: Any) -> None:
    assert add(function).right is None


class Odd:
    """Something that can neither be compared nor shown nor counted."""

    def __init__(self, error: type[BaseException] = ValueError) -> None:
        self.error = error

    def __eq__(self, other: object) -> bool:
        raise self.error("==")

    def __repr__(self) -> str:
        raise self.error("repr")

    def __bool__(self) -> bool:
        raise self.error("bool")

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("error", [ValueError, ZeroDivisionError, SystemExit])
def test_a_check_never_raises_whatever_it_looks_at(error: type[BaseException]) -> None:
    @never_raises
    def look(answer: Any) -> Verdict:
        return Verdict(exercise="look", right=bool(answer == 5))

    verdict = look(Odd(error))
    assert (verdict.right, verdict.mistake) == (False, "cannot-be-looked-at")
    assert verdict.exercise == "look"
    assert error.__name__ in verdict.evidence
    assert look(5).right is True


def test_whoever_interrupts_a_check_interrupts_it() -> None:
    @never_raises
    def look(answer: Any) -> Verdict:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look(5)


def test_an_odd_answer_comes_to_a_verdict() -> None:
    checked: Callable[[Any], Verdict] = never_raises(add)
    for answer in (Odd(), object(), print, iter([])):
        verdict = checked(lambda a, b, answer=answer: answer)
        assert verdict.right is False
        assert verdict.mistake in ("wrong-type", "cannot-be-looked-at")


def test_no_verdict_holds_an_address() -> None:
    checked = never_raises(add)
    for answer in (object(), add, (n for n in "x"), Adds().method):
        text = str(checked(lambda a, b, answer=answer: answer))
        assert "0x" not in text
        assert " gave <" in text
