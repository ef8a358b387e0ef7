"""Exercise 2 of notebook 00: every usual count is told what was counted."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hostile import assert_named, assert_right

from wslib import check


@pytest.mark.parametrize("count", [7, 7.0, Fraction(7), np.int64(7)])
def test_seven_bytes_are_right(count: Any) -> None:
    assert_right(check.payload_bytes(count))


COUNTS = [
    (5, "characters"),
    (6, "one-of-two"),
    (8, "with-an-end"),
    (3, "ascii-only"),
    (4, "special-letters-only"),
    (10, "utf-16"),
    (12, "utf-16"),
    (20, "utf-32"),
    (24, "utf-32"),
    (9, "with-header"),
    (13, "with-header"),
    (11, "characters+with-header"),
    (14, "hex-digits"),
    (22, "repr"),
    (56, "bits"),
    (40, "characters+bits"),
    (18, "the-reply"),
    (16, "the-reply"),
    (0, "unknown"),
    (-7, "unknown"),
    (7.5, "unknown"),
    (float("nan"), "unknown"),
    (float("inf"), "unknown"),
    (10**5000, "unknown"),
    ("7", "number-as-text"),
    (" 7 ", "number-as-text"),
    ("seven", "wrong-type"),
    ("Grüße", "wrong-type"),
    ("Grüße".encode(), "not-counted"),
    (True, "wrong-type"),
    ([7], "wrong-type"),
    (7j, "wrong-type"),
    (len, "wrong-type"),
    (np.arange(2), "wrong-type"),
]


@pytest.mark.parametrize(("count", "mistake"), COUNTS, ids=lambda v: "")
def test_a_wrong_count_is_named(count: object, mistake: str) -> None:
    assert_named(check.payload_bytes(count), mistake)


def test_the_counts_that_are_named_are_what_they_are_said_to_be() -> None:
    text, reply = "Grüße", "Received:  Grüße"
    said = dict(COUNTS[:18])
    assert said[len(text)] == "characters"
    assert said[len(text.encode("utf-16"))] == "utf-16"
    assert said[len(text.encode("utf-32"))] == "utf-32"
    assert said[len(text.encode().hex())] == "hex-digits"
    assert said[len(repr(text.encode()))] == "repr"
    assert said[len(reply.encode())] == said[len(reply)] == "the-reply"
