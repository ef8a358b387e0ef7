"""How many exercises of a page are done: as its last cell says it."""

from collections.abc import Iterator

import pytest

from wslib import accept_key, check
from wslib.check.exercise import Exercise
from wslib.handshake import build_request

RIGHT = {
    "accept_key": accept_key,
    "has_token": lambda value, token: (
        token.lower() in [item.strip(" \t").lower() for item in value.split(",")]
    ),
    "request_bytes": lambda host, target, key: build_request(
        host, target=target, key=key
    ).serialize(),
}


@pytest.fixture(autouse=True)
def _nobody_has_answered() -> Iterator[None]:
    def forget() -> None:
        Exercise.last = None
        for exercise in check.EXERCISES.values():
            exercise.done = False

    forget()
    yield
    forget()


def stub(*_: object) -> None: ...


def test_before_any_check_nothing_is_counted() -> None:
    assert check.tally() == "none yet"


def test_on_a_page_that_nobody_has_solved_none_is_done() -> None:
    for name in RIGHT:
        check.EXERCISES[name](stub)
    assert check.tally() == "0 of 3"


def test_what_is_left_is_named_in_the_order_of_the_page_until_all_are_right() -> None:
    said = []
    for name, answer in RIGHT.items():
        assert check.EXERCISES[name](answer).right
        said.append(check.tally())
    assert said == [
        "1 of 3; still open: has_token, request_bytes",
        "2 of 3; still open: request_bytes",
        "3 of 3, all right ✓",
    ]


def test_an_answer_that_was_spoilt_is_not_done_any_more() -> None:
    check.accept_key(accept_key)
    check.accept_key(lambda key: key)
    assert check.tally() == "0 of 3"
    check.accept_key(accept_key)
    check.accept_key()  # the wrong call: who knows what the answer is
    assert check.tally() == "0 of 3"


def test_the_page_is_that_of_the_last_check() -> None:
    check.accept_key(accept_key)
    check.unmask(stub)
    assert check.tally() == "0 of 4"
