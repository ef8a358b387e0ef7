"""Exercise 1 of notebook 07: a diagnosis, and what speaks against a wrong one."""

from typing import Any

import pytest
from execute_notebooks import ROOT
from hostile import ANSWERS, assert_named, assert_right, assert_sound
from notebook_page import Page, stub

from wslib import check
from wslib.check.nb07_diagnosis import ON_THE_PAGE
from wslib.labs.clinic import PATIENTS

RIGHT = {letter: PATIENTS[letter].disease for letter in ON_THE_PAGE}
DISEASES = {patient.disease: patient for patient in PATIENTS.values()}


def test_the_notebook_asks_what_the_check_knows() -> None:
    asked = stub("07_build_your_own.ipynb", "diagnosis")
    assert list(asked) == list(ON_THE_PAGE)
    assert asked["A"] == PATIENTS["A"].disease
    assert check.diagnosis(asked).right is None
    page = Page(ROOT / "notebooks" / "07_build_your_own.ipynb")
    [diseases] = [cell for cell in page.code if cell.id == "diseases"]
    request, _, names = diseases.outputs[0].text.rpartition("\n\n")
    assert request.startswith("GET / ")
    assert names.splitlines() == sorted(DISEASES)


@pytest.mark.parametrize(
    "answers", [RIGHT, {k: f" {v}. " for k, v in RIGHT.items()}, RIGHT | {"G": "?"}]
)
def test_the_right_names_are_right(answers: Any) -> None:
    assert_right(check.diagnosis(answers))


@pytest.mark.parametrize("disease", DISEASES)
@pytest.mark.parametrize("letter", ON_THE_PAGE)
def test_a_wrong_name_is_argued_by_the_bytes_of_both(letter: str, disease: str) -> None:
    if RIGHT[letter] == disease:
        return
    verdict = check.diagnosis(RIGHT | {letter: disease})
    assert_named(verdict, "another-disease", f"{letter} is another case. Sent ")
    theirs, its = verdict.evidence.split(f"; {letter} answers ")
    assert f"a server that {disease} answers " in theirs
    assert its.rstrip(".") != theirs.split(" answers ")[-1], "the same bytes"
    assert RIGHT[letter] not in verdict.evidence + verdict.hint, "it gives it away"


def test_a_name_that_is_none_is_answered_by_those_there_are() -> None:
    for said in "It is broken", "Leaves a ping masked", 7, b"sends 1006":
        verdict = check.diagnosis(RIGHT | {"B": said})
        assert_named(verdict, "no-such-disease", "leaves a Ping masked; ")


def test_what_is_open_is_said_once_the_others_are_right() -> None:
    assert_named(check.diagnosis(RIGHT | {"F": ...}), "missing", "Nothing for 'F' yet.")
    verdict = check.diagnosis({"B": "sends 1006", "C": ...})
    assert_named(verdict, "another-disease", "B is another case.")


@pytest.mark.parametrize("answers", [None, ..., {}, dict.fromkeys(RIGHT, ...)])
def test_no_answers_are_no_attempt(answers: Any) -> None:
    assert check.diagnosis(answers).right is None


@pytest.mark.parametrize("answer", ANSWERS)
def test_it_takes_anything_and_raises_nothing(answer: Any) -> None:
    assert_sound(check.diagnosis(answer), "diagnosis")
    assert_sound(check.diagnosis(RIGHT | {"B": answer}), "diagnosis")
