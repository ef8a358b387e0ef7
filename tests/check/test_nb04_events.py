"""Exercise 2 of notebook 04: which events fire, and what is wrong with a guess."""

from collections import UserDict
from typing import Any

import numpy as np
import pytest
from hostile import HostileText, assert_named, assert_right

from wslib import check
from wslib.check.nb04_events import real_events

YOU, SERVER = "you close", "the server closes"
CUT, NOBODY = "the line is cut", "nobody listens"
RIGHT = {
    YOU: ["open", "message", "close"],
    SERVER: ["open", "message", "error", "close"],
    CUT: ["open", "error", "close"],
    NOBODY: ["error", "close"],
}


def test_the_events_really_fire_so() -> None:
    assert real_events() == RIGHT


@pytest.mark.parametrize(
    "answers",
    [
        RIGHT,
        RIGHT | {"my own": ["open"]},
        UserDict(RIGHT),
        {situation: tuple(names) for situation, names in RIGHT.items()},
        {s: [f"on_{name}" for name in names] for s, names in RIGHT.items()},
        {s: [f"on{name}" for name in names] for s, names in RIGHT.items()},
        {s: [f" {name.title()} " for name in names] for s, names in RIGHT.items()},
        RIGHT | {NOBODY: ["error: ConnectionRefusedError", "close: None"]},
    ],
    ids=lambda v: "",
)
def test_the_right_events_are_right_in_any_style(answers: Any) -> None:
    assert_right(check.events(answers))


@pytest.mark.parametrize(
    "answers",
    [
        None,
        ...,
        {},
        dict.fromkeys(RIGHT, ...),
        dict.fromkeys(RIGHT),
        dict.fromkeys(RIGHT, ...) | {YOU: RIGHT[YOU]},
        {YOU: [], NOBODY: ...},
    ],
    ids=lambda v: "",
)
def test_no_events_are_no_attempt(answers: Any) -> None:
    assert check.events(answers).right is None


WRONG_EVENTS: list[tuple[Any, str, str]] = [
    (RIGHT | {NOBODY: ["open", "error", "close"]}, "opened-though-refused", "Did it?"),
    (RIGHT | {NOBODY: ["error"]}, "close-missing", "every attempt"),
    (RIGHT | {NOBODY: []}, "close-missing", "every attempt"),
    (RIGHT | {NOBODY: ["close"]}, "error-missing", "a failure is an error"),
    (RIGHT | {NOBODY: ["close", "error"]}, "other-order", "comes last"),
    (RIGHT | {NOBODY: ["error", "message", "close"]}, "too-many", "here at all"),
    (RIGHT | {NOBODY: ["error", "error", "close"]}, "too-many", "that often here"),
    (RIGHT | {NOBODY: ...}, "missing", "'nobody listens'"),
    (
        RIGHT | {SERVER: ["open", "message", "close"]},
        "error-missing",
        "did not ask for",
    ),
    (RIGHT | {SERVER: ["open", "error", "close"]}, "too-few", "does `message` fire"),
    (
        RIGHT | {SERVER: ["open", "error", "message", "close"]},
        "other-order",
        "is it about the end",
    ),
    (
        RIGHT | {SERVER: ["error", "open", "message", "close"]},
        "other-order",
        "before it is open",
    ),
    (RIGHT | {SERVER: RIGHT[NOBODY], NOBODY: RIGHT[SERVER]}, "too-few", "`open`"),
    (RIGHT | {YOU: RIGHT[SERVER]}, "error-though-asked", "That is no error"),
    (RIGHT | {YOU: ["open", "message"]}, "close-missing", "at the end"),
    (RIGHT | {YOU: ["open", "mesage", "close"]}, "no-such-event", "mean message?"),
    (RIGHT | {YOU: ["opened", "message", "closed"]}, "no-such-event", "mean open?"),
    (RIGHT | {YOU: ["open, message, close"]}, "no-such-event", "The four are"),
    (RIGHT | {YOU: [1, 2, 3]}, "no-such-event", "no event 1"),
    (RIGHT | {YOU: [["open"]]}, "no-such-event", "mean open?"),
    (RIGHT | {YOU: "open message close"}, "wrong-type", "Give a list"),
    (RIGHT | {YOU: {"open", "message", "close"}}, "wrong-type", "has no order"),
    (RIGHT | {YOU: HostileText("open")}, "wrong-type", "Give a list"),
    (RIGHT | {YOU: [HostileText("nope")]}, "no-such-event", "cannot be shown"),
    (RIGHT | {CUT: ["open", "message", "error", "close"]}, "too-many", "here at all"),
    (RIGHT | {CUT: ["open", "close"]}, "error-missing", "The line was cut"),
    (RIGHT | {CUT: ["close"]}, "error-missing", "The line was cut"),
    ({s: e for s, e in RIGHT.items() if s != NOBODY}, "missing", "'nobody listens'"),
    ({"You close": RIGHT[YOU], SERVER: ["close"]}, "missing", "'you close'"),
    (list(RIGHT.values()), "wrong-type", "of type list"),
    ("open", "wrong-type", "of type str"),
    (RIGHT | {SERVER: ..., CUT: ["close"]}, "error-missing", "The line was cut"),
    (RIGHT | {SERVER: ..., CUT: ...}, "missing", "'the line is cut' yet"),
    (RIGHT | {CUT: np.array(["open", "error"])}, "wrong-type", "Give a list"),
    (RIGHT | {CUT: [None]}, "no-such-event", "no event None"),
    (lambda: RIGHT, "wrong-type", "of type function"),
]


@pytest.mark.parametrize(("answers", "mistake", "said"), WRONG_EVENTS, ids=lambda v: "")
def test_wrong_events_are_named(answers: Any, mistake: str, said: str) -> None:
    assert_named(check.events(answers), mistake, said)


def test_a_wrong_guess_does_not_give_the_answer_away() -> None:
    verdict = check.events(RIGHT | {SERVER: ["open", "close"]})
    assert "['open', 'message', 'error', 'close']" not in str(verdict)
    assert "open, message, error, close" not in str(verdict)
