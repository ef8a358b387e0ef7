"""Exercise 2 of notebook 13: what is seen at night, and its cause."""

import pytest
from hostile import assert_named, assert_right
from notebook_page import stub

from wslib import check
from wslib.check.nb13_cause import CAUSES, SYMPTOMS

RIGHT = {symptom: cause for symptom, (cause, _) in SYMPTOMS.items()}


def test_the_notebook_asks_what_the_check_knows() -> None:
    asked = stub("13_scale_and_operate.ipynb", "cause")
    assert list(asked) == list(SYMPTOMS)
    assert check.cause(asked).right is None


def test_the_right_causes_are_right_in_any_case_of_letters() -> None:
    assert_right(check.cause(RIGHT))
    assert_right(check.cause({name: said.upper() for name, said in RIGHT.items()}))


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_each_wrong_cause_is_told_what_speaks_against_it(symptom: str) -> None:
    right, why = SYMPTOMS[symptom]
    number = list(SYMPTOMS).index(symptom) + 1
    for other in set(CAUSES) - {right}:
        verdict = check.cause(RIGHT | {symptom: other})
        assert_named(verdict, f"symptom-{number}", repr(other))
        assert verdict.hint == why


def test_what_is_none_of_the_causes_is_told_which_there_are() -> None:
    symptom = next(iter(SYMPTOMS))
    assert_named(check.cause(RIGHT | {symptom: "bad luck"}), "no-such-cause")
    assert_named(check.cause(RIGHT | {symptom: 7}), "no-such-cause")
