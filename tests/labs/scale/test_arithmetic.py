"""What is calculated, held to what can be counted one by one."""

import pytest

from wslib.labs.scale import Machines, slow_start


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


def test_a_plan_can_be_checked_on_paper() -> None:
    plan = Machines(1_200_000, every=60, ping=20, room=11, message=50, busy=0.5).plans[
        0
    ]
    assert plan.said == 20_000
    assert plan.heard == 200_000
    assert plan.megabits == 200_000 * (100 + 2 + 40) * 8 / 1e6
    assert plan.processes == 60  # 20,000 in each; for the work alone, 17 would do
    assert (plan.machines, plan.sites) == (8, 1)
    assert plan.handshakes == 60 * 1_000


@pytest.mark.parametrize(
    ("given", "processes"),
    [
        ({}, 50),  # by number: a million, 20,000 in each
        ({"most": 100_000}, 13),  # by memory: 13,000 bytes each, 1 GiB to each
        ({"every": 1.0}, 455),  # by work: 5,050,000 messages and pings, 45 µs each
    ],
)
def test_what_is_scarcest_says_how_many_processes(
    given: dict[str, float], processes: int
) -> None:
    assert Machines(1_000_000, **given).plans[0].processes == processes


def test_messages_go_once_to_the_broker_and_once_to_each_process_concerned() -> None:
    two = Machines(40_000, room=2).plans[0]
    assert two.processes == 2
    assert two.brokered == pytest.approx(two.said * (1 + 1.5))
    many = Machines(100_000_000, room=10).plans[0]
    assert many.brokered == pytest.approx(many.said * 11, rel=0.01)
    assert Machines(10_000).plans[0].brokered == 0
    assert Machines(100_000_000, by_room=True).plans[0].brokered == 0


def test_the_table_says_where_the_design_changes() -> None:
    sizes = 10_000, 1_000_000, 3_000_000, 100_000_000
    rows = Machines(*sizes, broker=400_000).table().rows
    assert [row[0] for row in rows] == list(sizes)
    assert [row[-1] for row in rows] == [
        "one process, and one that can take over",
        "a proxy, and a broker between processes",
        "a proxy, and rooms divided among 2 brokers",
        "7 sites, each with its own rooms",
    ]
    by_room = Machines(1_000_000, by_room=True).table().rows
    assert by_room[0][-1] == "a proxy that knows where each room is"


def test_a_storm_is_too_much_for_the_usual_five_seconds() -> None:
    (row,) = Machines(1_000_000).storm().rows
    assert row == [1_000_000, 50_000, 1_000_000, 200_000, 20]
    (row,) = Machines(1_000_000, jitter=30).storm().rows
    assert row[3] < row[1]


@pytest.mark.parametrize("wrong", [{"every": 0}, {"room": -1}, {"busy": 2}])
def test_a_plan_refuses_what_there_cannot_be(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Machines(10_000, **wrong)
    with pytest.raises(ValueError, match="for how many"):
        Machines()
    with pytest.raises(TypeError, match="brooms"):
        Machines(1, brooms=3)
