"""The figure of 08: its words come from the runs, and so do its bytes."""

from wslib.labs.live.figures import backlog

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
