"""The engine, on an exercise of its own: what it explains, and what it leaves alone."""

import functools
import random
import sys
from collections.abc import Callable
from typing import Any

import pytest
from hostile import assert_named, no_end

from wslib.check import sandbox
from wslib.check.cases import Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Endless, Mistake, combined
from wslib.check.values import plain_value
from wslib.check.verdict import Verdict


def added(a: int, b: int, *, step: Any = None, most: int = 10**9) -> int:
    """Add two numbers; refuse what comes to more than `most`."""
    if step is not None:
        return int(step(a, b))
    if a + b > most:
        raise ValueError("too much")
    return a + b


def endless(a: int, b: int) -> int:
    raise Endless


def not_written() -> int:
    raise NotImplementedError


def exercise(**options: Any) -> Compared:
    return Compared(
        "add",
        "`add(a, b) -> int`. Exercise 1 of notebook 00.",
        **{
            "takes": ["a", "b"],
            "way": added,
            "cases": [
                Case(2, 3, hint="two and three"),
                Case(2, 2, hint="twice two"),
                Case(0, 7, hint="nothing and seven"),
            ],
            "mistakes": [
                Mistake("product", "They were multiplied.", step=lambda a, b: a * b),
                Mistake("difference", "Subtracted.", step=lambda a, b: a - b),
                Mistake("doubled", "Doubled.", answer=lambda n: 2 * n),
                Mistake("no-end", "It goes on and on.", step=endless),
            ],
            "praise": "It adds: {cases} cases.",
        }
        | options,
    )


add = exercise()


def test_a_function_that_is_right_is_praised() -> None:
    verdict = add(lambda a, b: a + b)
    assert (verdict.right, verdict.mistake) == (True, None)
    assert verdict.evidence == "It adds: 3 cases."
    assert add.accepts(lambda a, b: a + b)


def test_a_mistake_is_recognised_by_all_its_answers() -> None:
    assert_named(add(lambda x, y: sum([x] * y)), "product", "They were multiplied.")
    assert not add.accepts(lambda x, y: x * y)
    # right for two and two, as the sum is: by the others it is told from the product
    assert_named(add(lambda a, b: a + b if a == b else a - b), "wrong-answer")


def test_two_mistakes_at_once_are_both_named() -> None:
    verdict = add(lambda a, b: 2 * (a - b))
    assert_named(verdict, "difference+doubled", "Subtracted. And: Doubled.")


def test_never_two_changes_of_one_step() -> None:
    pairs = [found for found, _ in combined(add.mistakes, 2) if len(found) == 2]
    assert {tuple(each.name for each in pair) for pair in pairs} == {
        ("product", "doubled"),
        ("difference", "doubled"),
        ("doubled", "no-end"),
    }


def test_what_nothing_explains_is_told_by_the_evidence_of_the_first_case() -> None:
    verdict = add(lambda a, b: a + b if a != b else 0)
    assert verdict.mistake == "wrong-answer"
    assert verdict.evidence == "add(2, 2) gave 0; the answer is 4."
    assert verdict.hint == "twice two"


def test_what_it_raises_is_told_with_what_was_due() -> None:
    verdict = add(lambda a, b: a + b if a else 1 // 0)
    assert verdict.mistake == "raises"
    assert verdict.evidence.startswith("add(0, 7): your function raised ZeroDivision")
    assert verdict.evidence.endswith("; the answer is 7.")


def test_two_mistakes_that_would_each_raise_explain_nothing() -> None:
    def raises(a: int, b: int) -> int:
        raise KeyError

    def other(n: int) -> int:
        raise KeyError

    table = [
        Mistake("one", "One.", step=lambda a, b: [][a], answer=other),
        Mistake("two", "Two.", most=other),
    ]
    assert exercise(mistakes=table)(raises).mistake == "raises"


def test_none_where_a_value_is_wanted_is_an_error_of_its_own() -> None:
    def taken_apart(n: int) -> int:
        a, b = None
        return a

    table = [Mistake("apart", "It is None.", answer=taken_apart)]
    refused = exercise(mistakes=table)
    assert_named(refused(lambda a, b: {}.get(a + b)[0]), "apart")
    assert_named(refused(lambda a, b: "" + a), "raises")


def test_a_step_that_the_right_way_does_not_know_is_no_mistake() -> None:
    with pytest.raises(ValueError, match="add, misspelt: no such step: stepp"):
        exercise(mistakes=[Mistake("misspelt", "Misspelt.", stepp=max)])


def test_how_many_cases_are_right_is_told_where_all_were_tried() -> None:
    assert add(lambda a, b: a + b if a != b else 0).passed == (2, 3)
    assert add(lambda a, b: -1).passed == (0, 3)
    assert add(lambda a, b: a + b).passed is None
    assert add(None).passed is None
    unfinished = add(lambda a, b: a + b if a == 2 else not_written())
    assert unfinished.mistake == "raises", "the third case is still to be written"
    assert unfinished.passed == (2, 3)


def test_what_is_not_to_be_given_away_is_not_put_below() -> None:
    options: dict[str, Any] = {
        "takes": ["a"],
        "way": lambda a: "open sesame",
        "cases": [Case(1), Case(2)],
        "praise": "Open.",
    }
    told = Compared("word", "Exercise 1.", **options)
    secret = Compared(
        "word", "Exercise 1.", due=lambda call: "a word is due", **options
    )
    assert told(lambda a: f"open {a}").rows[1] == "due    'open sesame'"
    verdict = secret(lambda a: f"open {a}")
    assert verdict.rows == () and "sesame" not in str(verdict)


def test_bytes_are_told_apart_where_an_exercise_looks_no_closer() -> None:
    copy = Compared(
        "copy",
        "Give it back. Exercise 1.",
        takes=["data"],
        way=lambda data: bytes(data),
        cases=[Case(b"abc", hint="All of it."), Case(b"xyz"), Case(b"")],
        praise="Copied.",
    )
    verdict = copy(lambda data: data[:2] + b"!" * (len(data) > 2))
    assert_named(verdict, "wrong-answer", "^ byte 2")
    assert verdict.hint == "All of it."


# --- calls at random ------------------------------------------------------------------


def pairs(chance: random.Random) -> tuple[int, int]:
    return chance.randrange(30), chance.randrange(30)


def test_what_no_case_shows_is_found_at_random_and_told_by_the_shortest() -> None:
    with_samples = exercise(sampler=pairs)
    verdict = with_samples(lambda a, b: a + b if a < 20 else 0)
    assert verdict.mistake == "wrong-answer"
    a, b = map(int, verdict.evidence.partition("(")[2].partition(")")[0].split(","))
    assert a >= 20
    assert verdict.evidence == f"add({a}, {b}) gave 0; the answer is {a + b}."


def test_what_has_no_end_at_random_is_found_and_what_waits_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def later(a: int, b: int) -> int:
        return a + b

    monkeypatch.setattr(sandbox, "LIMIT", 0.3)
    with_samples = exercise(sampler=pairs)
    assert with_samples(lambda a, b: later(a, b)).right is True
    assert_named(with_samples(lambda a, b: a + b if a < 20 else no_end()), "never-ends")
    assert_named(with_samples(lambda a, b: a + b if a < 20 else sys.exit(1)), "raises")


def test_a_mistake_that_shows_only_at_random_is_named() -> None:
    table = [Mistake("cut", "Cut at 20.", answer=lambda n: min(n, 20))]
    verdict = exercise(sampler=pairs, mistakes=table)(lambda a, b: min(a + b, 20))
    assert_named(verdict, "cut", "Cut at 20.")


def test_two_mistakes_that_fit_the_cases_by_chance_are_refuted_at_random() -> None:
    table = [
        Mistake("one-more", "One more.", answer=lambda n: n + 1),
        Mistake("first-doubled", "First doubled.", step=lambda a, b: 2 * a + b),
    ]
    cases = [Case(2, 3), Case(2, 2)]

    def odd(a: int, b: int) -> int:  # as both together would, for these two alone
        return a + b + 3

    assert exercise(cases=cases, mistakes=table)(odd).mistake == (
        "one-more+first-doubled"
    )
    verdict = exercise(cases=cases, mistakes=table, sampler=pairs)(odd)
    assert verdict.mistake == "wrong-answer"


def test_the_calls_at_random_are_the_same_in_every_exercise_like_it() -> None:
    one, other = exercise(sampler=pairs), exercise(sampler=pairs)
    assert [c.arguments for c in one.samples] == [c.arguments for c in other.samples]
    assert len(one.samples) == 200


# --- what every exercise knows --------------------------------------------------------


def test_a_function_that_remembers_is_told_so() -> None:
    seen: list[int] = []

    def remembers(a: int, b: int) -> int:
        seen.append(a)
        return a + b + (len(seen) > 3)

    assert_named(add(remembers), "not-the-same-twice", "came twice")
    seen.clear()
    assert_named(add(lambda a, b: random.randrange(10**6)), "not-the-same-twice")


def test_who_remembers_and_raises_is_told_of_the_call_that_was_right_at_first() -> None:
    seen: list[int] = []

    def worn_out(a: int, b: int) -> int:
        seen.append(a)
        if len(seen) > 2:
            raise LookupError
        return a + b

    says = "add(2, 3): your function raised LookupError"
    assert_named(add(worn_out), "not-the-same-twice", says)


def test_what_is_remembered_is_told_where_the_first_case_shows_nothing() -> None:
    seen = [0]

    def grows(a: int, b: int) -> int:
        seen[0] += a == 0  # of the three cases, at the third only
        return a + b + (seen[0] if a == 0 else 0)

    assert_named(add(grows), "not-the-same-twice", "add(0, 7) gave 8")


def test_what_is_the_same_for_the_cases_only_is_not_called_always_the_same() -> None:
    def few(a: int, b: int) -> int:
        return 0 if a < 10 else a

    assert_named(exercise(sampler=pairs)(few), "wrong-answer", "two and three")
    assert_named(exercise(sampler=pairs)(lambda a, b: 0), "always-the-same")
    assert_named(add(few), "always-the-same")


def test_each_case_is_asked_once_and_the_first_one_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def prints(a: int, b: int) -> int:
        print(a, b)
        return 0

    assert exercise(sampler=pairs)(prints).right is False
    assert capsys.readouterr().out.splitlines() == ["2 3", "2 2", "0 7", "2 3"]


def test_what_is_printed_at_random_is_not_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def prints(a: int, b: int) -> int:
        print(a, b)
        return a + b

    assert exercise(sampler=pairs)(prints).right is True
    assert len(capsys.readouterr().out.splitlines()) == 4


def test_one_comma_too_many_is_known_to_every_exercise() -> None:
    assert_named(add(lambda a, b: (a + b,)), "comma-at-the-end", "comma")
    assert_named(add(lambda a, b: (a * b,)), "product+comma-at-the-end")


@pytest.mark.parametrize(
    ("function", "mistake", "says"),
    [
        (lambda a, b: print(end=""), "returns-nothing", "`return`"),
        (lambda a, b: a + b if a else None, "returns-nothing-sometimes", "this way"),
        (lambda a, b: 77, "always-the-same", "compute it"),
        (lambda a, b: str(a + b), "number-as-text", "as text"),
        (lambda a, b: [a, b], "wrong-type", "of type int; this is of type list"),
        (lambda a, b: (n for n in [a, b]), "wrong-type", "`sum(…)` around it"),
        (lambda a: a, "arguments", "called with 2 arguments, a, b"),
        (functools.partial(added, most=4), "raises", "too much"),
        ("text", "not-a-function", "check.add(name)"),
    ],
    ids=lambda v: "",
)
def test_the_usual_is_named(function: Any, mistake: str, says: str) -> None:
    assert_named(add(function), mistake, says)


def test_a_list_that_was_changed_and_not_returned_is_told_so() -> None:
    grow = Compared(
        "grow",
        "Put a number at the end. Exercise 1.",
        takes=["numbers", "n"],
        way=lambda numbers, n: [*numbers, n],
        cases=[Case([1], 2), Case([], 1)],
        praise="It grows.",
    )
    assert_named(grow(lambda numbers, n: numbers.append(n)), "changed-not-returned")
    assert_named(grow(lambda numbers, n: [].append(n)), "returns-nothing")
    assert grow(lambda numbers, n: numbers.append(n) or numbers).right is True
    assert grow(lambda numbers, n: (*numbers, n)).right is True, "a tuple is as good"


def test_texts_are_equal_and_never_the_same_object() -> None:
    greet = Compared(
        "greet",
        "Is it hello? Exercise 1.",
        takes=["text"],
        way=lambda text: text == "hello",
        cases=[Case("hello"), Case("bye")],
        praise="It greets.",
    )
    assert greet(lambda text: text == "hello").right is True
    hello = "hello"
    assert greet(lambda text: text is hello).right is False


YES_AND_NO: list[tuple[Callable[[int], Any], str, str]] = [
    (lambda n: "x" * (n - 7), "true-in-other-words", "is yes, an `if` would take"),
    (lambda n: n > 7 or "", "true-in-other-words", "is no, an `if` would take"),
    (lambda n: True if n > 7 else None, "returns-nothing-sometimes", "return False"),
    (lambda n: None if n > 7 else False, "returns-nothing-sometimes", "no `return`"),
    (lambda n: print(end=""), "returns-nothing", "gave None"),
    (lambda n: "yes" if n > 7 else "no", "wrong-type", "of type bool"),
    (lambda n: n > 8, "wrong-answer", "seven(8) gave False"),
]
seven = Compared(
    "seven",
    "Is it over seven? Exercise 1.",
    takes=["n"],
    way=lambda n: n > 7,
    cases=[Case(8), Case(7), Case(0), Case(9)],
    praise="Seven.",
)


@pytest.mark.parametrize(("function", "mistake", "says"), YES_AND_NO)
def test_yes_and_no_in_other_words_are_told_so(
    function: Any, mistake: str, says: str
) -> None:
    if mistake == "wrong-answer":  # 9 is over 8 as well: not always the same
        assert_named(seven(function), mistake, says)
        return
    assert_named(seven(function), mistake, says)


def test_one_and_zero_are_as_good_as_yes_and_no() -> None:
    assert seven(lambda n: int(n > 7)).right is True


# --- what is refused ------------------------------------------------------------------

limited = exercise(
    way=functools.partial(added, most=100), cases=[Case(2, 3), Case(60, 50), Case(1, 1)]
)


def refusing(a: int, b: int) -> int:
    if a + b > 100:
        raise ValueError("that is a lot")
    return a + b


@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda a, b: a + b, "wrong-answer"),
        (
            lambda a, b: ValueError("no") if a + b > 100 else a + b,
            "returned-not-raised",
        ),
        (lambda a, b: ValueError if a + b > 100 else a + b, "returned-not-raised"),
        (lambda a, b: a + b if a + b < 100 else [][0], "raises"),
    ],
)
def test_what_should_have_been_refused_is_told(function: Any, mistake: str) -> None:
    verdict = limited(function)
    assert_named(verdict, mistake, "it has to raise ValueError")
    assert limited(refusing).right is True


# --- looking at an answer -------------------------------------------------------------


class Odd:
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    __hash__ = None  # type: ignore[assignment]


def test_an_answer_that_cannot_be_compared_is_no_reason_to_raise() -> None:
    verdict = add(lambda a, b: Odd())
    assert verdict.right is False
    assert isinstance(verdict, Verdict)


class Own(list):  # type: ignore[type-arg]
    """A list that walks in a way of its own."""

    def __iter__(self) -> Any:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    ("value", "due", "plain"),
    [
        (bytearray(b"x"), b"y", b"x"),
        ((1, 2), [3], [1, 2]),
        (Own([1, 2]), [3], [1, 2]),
        ([1, 2], (3,), (1, 2)),
        (1, True, True),
        (0, True, False),
        (2, True, 2),
        (True, 1, True),
        (1.0, 1, 1.0),
        (None, b"", None),
        (memoryview(b"x"), b"y", memoryview(b"x")),
    ],
    ids=lambda v: "",
)
def test_right_is_right_in_whatever_style(value: Any, due: Any, plain: Any) -> None:
    got = plain_value(value, due)
    assert (type(got), got) == (type(plain), plain)
