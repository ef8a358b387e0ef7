"""Exercise 2 of notebook 05: what a script can do, and why it cannot do the rest."""

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest
from hostile import assert_named, assert_right
from notebook_page import stub

from wslib import check
from wslib.check.nb05_browser_can import ABILITIES

RIGHT = {ability: can for ability, (can, _) in ABILITIES.items()}


def test_the_notebook_asks_what_the_check_knows() -> None:
    assert list(stub("05_browser.ipynb", "can")) == list(ABILITIES)


@pytest.mark.parametrize(
    "answers",
    [
        RIGHT,
        OrderedDict(RIGHT),
        RIGHT | {"make coffee": True},
        {ability: int(can) for ability, can in RIGHT.items()},
    ],
)
def test_the_right_ten_are_right(answers: Any) -> None:
    assert_right(check.browser_can(answers))


@pytest.mark.parametrize(
    "answers",
    [None, ..., {}, dict.fromkeys(RIGHT, ...), dict.fromkeys(RIGHT)],
)
def test_no_answers_are_no_attempt(answers: Any) -> None:
    assert check.browser_can(answers).right is None


@pytest.mark.parametrize("ability", ABILITIES)
def test_each_wrong_answer_is_told_why(ability: str) -> None:
    can, why = ABILITIES[ability]
    verdict = check.browser_can(RIGHT | {ability: not can})
    assert_named(verdict, ability.replace(" ", "-"), "9 of 10 are right. A script can")
    assert f"{'can' if can else 'cannot'} {ability}." in verdict.evidence
    assert verdict.hint == why


OTHERS: list[tuple[Any, str, str]] = [
    (dict.fromkeys(RIGHT, True), "send-a-ping", "4 of 10 are right"),
    (dict.fromkeys(RIGHT, False), "send-text", "6 of 10 are right"),
    ({a: not can for a, can in RIGHT.items()}, "send-text", "0 of 10 are right"),
    (RIGHT | {"send bytes": ...}, "missing", "Nothing for 'send bytes' yet"),
    ({"send text": False}, "missing", "'send bytes', 'send a ping', 'offer a sub"),
    ({"Send text": True}, "missing", "There is no 'Send text' here"),
    (RIGHT | {"send text": "True"}, "wrong-type", "True or False, without quotes"),
    (RIGHT | {"send text": 2}, "wrong-type", "'send text' has 2"),
    (RIGHT | {"send text": [True]}, "wrong-type", "'send text' has [True]"),
    (RIGHT | {"send text": np.arange(2)}, "wrong-type", "'send text' has array"),
    (list(RIGHT.values()), "wrong-type", "of type list"),
    (True, "wrong-type", "This is True, of type bool"),
    (lambda: RIGHT, "wrong-type", "of type function"),
]


@pytest.mark.parametrize(("answers", "mistake", "says"), OTHERS)
def test_what_else_goes_wrong_is_named(answers: Any, mistake: str, says: str) -> None:
    assert_named(check.browser_can(answers), mistake, says)
