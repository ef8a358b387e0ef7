"""Exercise 2 of notebook 12: what to compress, and why not the rest."""

import pytest
from hostile import assert_named, assert_right
from notebook_page import stub

from wslib import check
from wslib.check.nb12_worth_it import MESSAGES

RIGHT = {message: worth for message, (worth, _) in MESSAGES.items()}


def test_the_notebook_asks_what_the_check_knows() -> None:
    asked = stub("12_compression.ipynb", "worth_it")
    assert list(asked) == list(MESSAGES)
    assert check.worth_it(asked).right is None


def test_the_right_six_are_right() -> None:
    assert_right(check.worth_it(RIGHT))


@pytest.mark.parametrize("message", MESSAGES)
def test_each_wrong_answer_is_told_why(message: str) -> None:
    worth, why = MESSAGES[message]
    verdict = check.worth_it(RIGHT | {message: not worth})
    number = list(MESSAGES).index(message) + 1
    assert_named(verdict, f"message-{number}", "5 of 6 are right.")
    assert verdict.hint == why
