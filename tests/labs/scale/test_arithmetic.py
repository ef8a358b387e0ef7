"""What is calculated, held to what can be counted one by one."""

import pytest

from wslib.labs.scale import slow_start


def counted(size: int, initial: int, segment: int) -> int:
    """Send it, flight after flight."""
    trips, window = 0, initial
    while size > 0:
        size -= window * segment
        window *= 2
        trips += 1
    return trips


def test_slow_start_takes_as_many_round_trips_as_can_be_counted() -> None:
    for initial in 1, 3, 10:
        sizes = [n * 1_460 + more for n in range(1, 200) for more in (-1, 0, 1)]
        rows = slow_start(*sizes, initial=initial).rows
        assert [row[2] for row in rows] == [counted(s, initial, 1_460) for s in sizes]


def test_slow_start_shows_what_it_was_given() -> None:
    table = slow_start(14_600, 14_601, 2**20, round_trip=30)
    assert table.rows == [
        [14_600, 10, 1, 30],
        [14_601, 11, 2, 60],
        [2**20, 719, 7, 210],
    ]
    assert "ms, at 30 each" in table.as_text()


@pytest.mark.parametrize("wrong", [{"initial": 0}, {"segment": 0}, {"round_trip": 0}])
def test_slow_start_refuses_what_has_no_size(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="larger than 0"):
        slow_start(1, **wrong)
    with pytest.raises(ValueError, match="larger than 0"):
        slow_start(0)
