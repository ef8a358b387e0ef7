"""The figures of 08: their words come from the runs, and so do their bytes."""

from wslib.labs.live.backlog import Watched
from wslib.labs.live.figures import backlog, filling

CURVES = {
    "broadcast": [0, 0, 1, 2, 3, 4, 5, 6],
    "DROP": [0, 0, 1, 2, 3, 3, 3, 3],
    "DISCONNECT": [0, 0, 1, 2, 3, 1, 1, 1],
}


def test_the_backlog_tells_where_the_reader_stopped_and_what_waited() -> None:
    alt = backlog(CURVES).alt
    assert "8 of 1 MiB; the reader stops after 2." in alt
    assert "broadcast: 6 at most, 6 at the end" in alt
    assert "DISCONNECT: 3 at most, 1 at the end." in alt


def test_a_backlog_that_differs_in_one_place_is_drawn_differently() -> None:
    other = CURVES | {"DROP": [0, 0, 1, 2, 3, 3, 3, 2]}
    assert backlog(CURVES).svg == backlog(CURVES).svg != backlog(other).svg


def watched(sent: int = 6, stops_after: int = 2) -> Watched:
    """Return what comes of pictures of which the slow reader takes the first."""
    numbers = list(range(1, sent + 1))
    return Watched(
        lines=[list(range(stops_after + 1, n + 1)) for n in numbers],
        hung_up=None,
        fast=numbers,
        late=[],
        close="",
    )


def test_the_buffers_fill_from_the_picture_at_which_the_reader_stops() -> None:
    film = filling(watched())
    assert film.stops == [0, 2, 4, 6]
    at_the_stop, later, end = (film.drawn(time) for time in (2, 4, 6))
    assert [shown.count(">full<") for shown in (at_the_stop, later, end)] == [0, 2, 2]
    waits = [shown.count('width="56"') for shown in (at_the_stop, later, end)]
    assert waits == [1, 3, 5]  # one of them is the program that sends
    assert [">fast has 6<" in shown for shown in (later, end)] == [False, True]
    assert ">has 2<" in end


def test_a_picture_that_has_gone_out_waits_no_more() -> None:
    runs = watched()
    runs.lines[3:] = [[], [5], [5, 6]]
    shown = [filling(runs).drawn(time) for time in (3, 4, 6)]
    assert [drawn.count('width="56"') for drawn in shown] == [2, 1, 3]


def test_the_text_of_the_buffers_says_what_each_has_at_each_stop() -> None:
    film = filling(watched())
    assert "slow has 2 and reads no more" in film.alt
    assert "wait 4 MiB." in film.alt
    assert [row.split() for row in film.as_text().splitlines()[-4:]] == [
        ["0", "0", "0", "0"],
        ["2", "2", "2", "0"],
        ["4", "4", "2", "2"],
        ["6", "6", "2", "4"],
    ]
