"""Who waits behind whom, counted in messages, and never in seconds."""

import pytest

from wslib.labs.scale import head_of_line, held_up


@pytest.mark.parametrize("trouble", ["lost", "unread"])
def test_on_a_connection_of_its_own_nobody_waits(trouble: str) -> None:
    waited = head_of_line(trouble, shared=False)  # type: ignore[arg-type]
    assert (waited.meanwhile, waited.afterwards) == (20, 20)


@pytest.mark.parametrize("window", [65_535, 2**20])
def test_behind_what_is_lost_all_of_a_connection_waits(window: int) -> None:
    waited = head_of_line("lost", shared=True, window=window, messages=7)
    assert str(waited) == "0 of 7 meanwhile, 7 of 7 in the end"


@pytest.mark.parametrize(("window", "meanwhile"), [(65_535, 0), (2**20, 20)])
def test_behind_what_is_unread_as_much_waits_as_the_window_makes_it(
    window: int, meanwhile: int
) -> None:
    waited = head_of_line("unread", shared=True, window=window)
    assert (waited.meanwhile, waited.afterwards) == (meanwhile, 20)


@pytest.mark.parametrize(("in_thread", "meanwhile"), [(False, 0), (True, 20)])
def test_behind_a_handler_that_waits_in_the_loop_everybody_waits(
    in_thread: bool, meanwhile: int
) -> None:
    waited = held_up(in_thread=in_thread)
    assert (waited.meanwhile, waited.afterwards) == (meanwhile, 20)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match="'lost' or 'unread'"):
        head_of_line("late", shared=True)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="65,535 bytes or more"):
        head_of_line("lost", shared=True, window=1)
