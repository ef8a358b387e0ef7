"""What cuts do to a conversation is counted: without numbers they harm it."""

from collections.abc import Callable
from typing import Any

import pytest

from wslib.labs.reconnecting.cuts import (
    BOB,
    AtLeastOnce,
    AtMostOnce,
    Tally,
    _talk,
    cut_everywhere,
    cut_the_relay,
    play,
)
from wslib.labs.reconnecting.resume import Resumable
from wslib.server import EchoServer


@pytest.mark.parametrize("make", [AtMostOnce, AtLeastOnce, Resumable])
def test_uncut_every_kind_of_end_says_everything_once(make: type) -> None:
    line = play(make(), make())
    assert line.heard == (
        ["Just a moment.", "Which milk?", "On my way."],
        ["Are you there?", "The kettle is on.", "Bring milk."],
    )


def test_who_sends_once_loses_and_who_sends_again_repeats() -> None:
    forgetful, insistent = cut_everywhere(AtMostOnce), cut_everywhere(AtLeastOnce)
    assert forgetful.twice == 0 < forgetful.lost < forgetful.cuts
    assert insistent.lost == 0 < insistent.twice < insistent.cuts


def test_the_counts_are_the_same_every_time() -> None:
    assert cut_everywhere(AtLeastOnce) == cut_everywhere(AtLeastOnce)


def test_with_numbers_no_cut_does_harm() -> None:
    assert cut_everywhere(Resumable) == Tally(cut_everywhere(Resumable).cuts, 0, 0)


def test_nor_does_one_over_real_connections() -> None:
    tally = cut_the_relay()
    assert tally.cuts > 200 and tally[1:] == (0, 0)


def test_of_the_bytes_of_real_connections_some_can_be_skipped() -> None:
    tally = cut_the_relay(every=50)
    assert 4 <= tally.cuts < 20 and tally[1:] == (0, 0)


def test_a_cut_that_never_comes_is_an_error() -> None:
    with pytest.raises(ValueError, match="fewer than 100000 bytes came"):
        play(Resumable(), Resumable(), cut=(BOB, 100_000))


def test_two_who_never_come_to_an_end_are_an_error_and_no_hang(
    bounded: Callable[..., Any],
) -> None:
    class Polite(AtMostOnce):
        def receive(self, wire: str) -> list[str]:
            self.send("after you")
            return super().receive(wire)

    with pytest.raises(ValueError, match="more to say after 1000 turns"):
        bounded(play, Polite(), Polite())


def test_nor_does_ada_knock_for_ever_where_nobody_answers(
    bounded: Callable[..., Any],
) -> None:
    with EchoServer() as server:
        url = server.url
    with pytest.raises(ConnectionError, match="not all is said after 5 connections"):
        bounded(_talk, url)
