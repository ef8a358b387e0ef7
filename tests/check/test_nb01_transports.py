"""Exercise 3 of notebook 01: every way that does not fit is told why."""

from collections import ChainMap, OrderedDict, UserDict, defaultdict
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
from hostile import assert_named, assert_right

from wslib import check
from wslib.check.nb01_transports import MISFITS, WAYS

RIGHT = {
    "search": "request",
    "weather": "polling",
    "ticker": "sse",
    "whiteboard": "websocket",
    "report": "long polling",
}


def test_the_five_ways_that_fit_are_right() -> None:
    assert_right(check.transports(RIGHT))


@pytest.mark.parametrize("situation", MISFITS)
@pytest.mark.parametrize("way", WAYS)
def test_each_way_that_does_not_fit_is_told_why(situation: str, way: str) -> None:
    verdict = check.transports(RIGHT | {situation: way})
    if way == RIGHT[situation]:
        assert verdict.right
        assert way not in MISFITS[situation]
    else:
        assert verdict.right is False
        assert verdict.mistake == f"{situation}-{way}".replace(" ", "-")
        assert len(verdict.hint.split()) > 5


@pytest.mark.parametrize(
    "name", ["SSE", "Server-Sent Events", "EventSource", "server_sent_events"]
)
def test_a_way_may_be_written_as_people_write_it(name: str) -> None:
    assert check.transports(RIGHT | {"ticker": name}).right


@pytest.mark.parametrize(
    "choices",
    [
        OrderedDict(RIGHT),
        defaultdict(str, RIGHT),
        MappingProxyType(RIGHT),
        UserDict(RIGHT),
        ChainMap({"search": "request"}, RIGHT),
        RIGHT | {"my own": "websocket"},
    ],
    ids=lambda choices: type(choices).__name__,
)
def test_a_dict_of_any_kind_is_one(choices: Any) -> None:
    assert_right(check.transports(choices))


def test_nothing_chosen_is_not_attempted() -> None:
    for nothing in (
        None,
        ...,
        {},
        dict.fromkeys(RIGHT, ...),
        dict.fromkeys(RIGHT, " "),
    ):
        assert check.transports(nothing).right is None


def test_a_part_that_fits_is_not_finished_and_not_called_unattempted() -> None:
    verdict = check.transports({"search": "request", "weather": ...})
    assert (verdict.right, verdict.mistake) == (False, "unfinished")
    assert verdict.evidence == "1 of 5 chosen; so far, each fits."
    assert "Still open: weather, ticker" in verdict.hint
    assert "not attempted" not in repr(verdict)


def test_a_wrong_choice_is_told_before_the_others_are_made() -> None:
    assert check.transports({"whiteboard": "polling"}).right is False


@pytest.mark.parametrize(
    ("choices", "mistake"),
    [
        (["request"], "not-a-dict"),
        ({"request"}, "not-a-dict"),
        ("request", "not-a-dict"),
        (np.array([["request", "polling"], ["sse", "websocket"]]), "not-a-dict"),
        (dict, "not-a-dict"),
        ({"stocks": "sse"}, "unknown-situation"),
        ({"x": 1}, "unknown-situation"),
        ({"Search": "request"}, "unknown-situation"),
        (RIGHT | {"search": ..., 5: "request"}, "unknown-situation"),
        (RIGHT | {"search": 1}, "unknown-way"),
        (RIGHT | {"search": "carrier pigeon"}, "unknown-way"),
        (RIGHT | {"search": np.array(["request", "polling"])}, "unknown-way"),
        (RIGHT | {"search": ["request"]}, "unknown-way"),
    ],
)
def test_what_is_no_choice_is_told_as_such(choices: Any, mistake: str) -> None:
    verdict = check.transports(choices)
    assert_named(verdict, mistake)
    assert len(verdict.as_text().splitlines()) == 3
