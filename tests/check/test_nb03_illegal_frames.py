"""Exercise 4 of notebook 03: which frames are legal, and where to look at others."""

from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hostile import assert_named, assert_right

from wslib import check
from wslib.check.verdict import Verdict

SUSPECTS = {  # those of the notebook
    "A": "81 80 00 00 00 00",
    "B": "8a 83 01 02 03 04 61 62 63",
    "C": "82 03 01 02 03",
    "D": "91 80 00 00 00 00",
    "E": "88 81 00 00 00 00 03",
    "F": "02 82 00 00 00 00 ff fe",
}
LEGAL = {"A": True, "B": True, "C": False, "D": False, "E": False, "F": True}


def of_suspects(answers: Any) -> Verdict:
    return check.illegal_frames(answers, SUSPECTS)


def test_who_tells_the_legal_frames_from_the_others_is_right() -> None:
    assert_right(of_suspects(LEGAL))
    assert_right(of_suspects({**LEGAL, "G": True}))
    assert_right(of_suspects(MappingProxyType(LEGAL)))
    assert_right(of_suspects({name: int(value) for name, value in LEGAL.items()}))


@pytest.mark.parametrize(
    "answers",
    [None, ..., {}, dict.fromkeys(SUSPECTS, ...), dict.fromkeys(SUSPECTS)],
)
def test_no_answers_are_not_attempted_yet(answers: Any) -> None:
    assert of_suspects(answers).right is None


WRONG_ANSWERS: list[tuple[Any, str, str]] = [
    (dict.fromkeys(SUSPECTS, True), "all-legal", "3 of 6 are right"),
    (dict.fromkeys(SUSPECTS, False), "all-broken", "3 of 6 are right"),
    ({name: not value for name, value in LEGAL.items()}, "inverted", "opposite"),
    ({**LEGAL, "E": ..., "F": None}, "missing", "Nothing for 'E', 'F' yet"),
    ({name.lower(): value for name, value in LEGAL.items()}, "missing", "'a'"),
    ({name: str(value) for name, value in LEGAL.items()}, "wrong-type", "quotes"),
    ({name: value + 1 for name, value in LEGAL.items()}, "wrong-type", "'A' has 2"),
    ({**LEGAL, "B": "legal"}, "wrong-type", "Write True (legal) or False, without"),
    ({**LEGAL, "B": np.arange(2)}, "wrong-type", "'B' has array([0, 1])"),
    ({"A": False}, "missing", "'B', 'C', 'D' and 2 more"),
    ({"a": ..., "B": False}, "missing", "There is no 'a' here"),
    ({"A", "B", "F"}, "wrong-type", "the set {'A', 'B', 'F'}"),
    ([True] * 6, "wrong-type", "of type list"),
    (lambda: LEGAL, "wrong-type", "of type function"),
    ({**LEGAL, "A": False}, "legal-refused", "A payload may be empty; four zeros"),
    ({**LEGAL, "B": False}, "legal-refused", "A pong may come unasked"),
    ({**LEGAL, "C": True}, "missed-5.1", "5 of 6 are right. C, 82 03"),
    ({**LEGAL, "D": True}, "missed-5.2", "three reserved bits"),
    ({**LEGAL, "E": True}, "missed-5.5.1", "It is a Close frame"),
    ({**LEGAL, "F": False}, "legal-refused", "binary data may be any bytes"),
    ({**LEGAL, "C": True, "D": True}, "missed-5.1", "4 of 6 are right. C"),
]


@pytest.mark.parametrize(("answers", "mistake", "says"), WRONG_ANSWERS)
def test_the_mistake_in_judging_frames_is_named(
    answers: Any, mistake: str, says: str
) -> None:
    assert_named(of_suspects(answers), mistake, says)


@pytest.mark.parametrize(
    ("digits", "section"),
    [
        ("09 80 00 00 00 00", "5.5"),
        ("89 fe 00 7e 00 00 00 00" + " 00" * 126, "5.5"),
        ("83 80 00 00 00 00", "5.2"),
        ("81 fe 00 01 00 00 00 00 61", "5.2"),
        ("88 82 00 00 00 00 03 ee", "7.4"),
        ("88 83 00 00 00 00 03 e8 ff", "8.1"),
        ("81 00", "5.1"),
    ],
)
def test_each_rule_says_where_to_look_for_it(digits: str, section: str) -> None:
    frames = {"X": digits, "Y": "81 80 00 00 00 00", "Z": "89 00"}
    verdict = check.illegal_frames({"X": True, "Y": True, "Z": False}, frames)
    assert_named(verdict, f"missed-{section}", f"(section {section})")


@pytest.mark.parametrize(
    ("digits", "says"),
    [
        ("80 80 00 00 00 00", "A continuation is legal where there is something"),
        ("81 81 01 02 03 04 60", "Which rule would it break?"),
    ],
)
def test_what_looks_wrong_about_a_legal_frame_is_explained(
    digits: str, says: str
) -> None:
    frames = {"X": digits, "Y": "89 80 00 00 00 00", "Z": "89 00"}
    verdict = check.illegal_frames({"X": False, "Y": True, "Z": False}, frames)
    assert_named(verdict, "legal-refused", says)


@pytest.mark.parametrize(
    "frames", [3, None, {}, {"A": "zz"}, {"A": "81"}, {"A": 5}, {"A": None}]
)
def test_frames_that_a_student_has_changed_are_no_reason_to_raise(frames: Any) -> None:
    assert_named(check.illegal_frames({"A": True}, frames), "frames-changed")


def test_changed_frames_matter_only_to_who_has_an_answer() -> None:
    assert check.illegal_frames(None, {"A": "zz"}).right is None
