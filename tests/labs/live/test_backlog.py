"""A reader who stops: what waits and what is lost is counted the same every time."""

import functools

import pytest
from websockets.asyncio.server import ServerConnection

from wslib.labs.live.backlog import (
    SIZE,
    keep_little,
    number_of,
    reader,
    snapshot,
    watch_backlog,
)
from wslib.labs.live.rooms import Policy, Room
from wslib.server import EchoServer


def test_a_picture_says_its_number_and_has_its_size() -> None:
    assert number_of(snapshot(17)) == 17
    assert len(snapshot(1)) == len(snapshot(1000)) == SIZE


def test_a_broadcast_keeps_every_picture_for_who_does_not_read() -> None:
    watched = watch_backlog(pictures=8)
    assert watched.waiting == [0, 0, 0, 1, 2, 3, 4, 5]
    assert watched.late == [4, 5, 6, 7, 8]
    assert watched.fast == list(range(1, 9))
    assert watched.close == ""


@pytest.mark.parametrize(
    ("policy", "most", "late", "close"),
    [
        (Policy.DROP, 3, [4, 9, 10], ""),
        (Policy.COALESCE, 3, [4, 9, 10], ""),
        (Policy.DISCONNECT, 3, [4], "1008 you read too slowly"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_room_keeps_its_bound_and_the_fast_reader_misses_nothing(
    policy: Policy, most: int, late: list[int], close: str
) -> None:
    watched = watch_backlog(Room(limit=2, policy=policy), pictures=10)
    assert max(watched.waiting) == most
    assert (watched.late, watched.close) == (late, close)
    assert watched.fast == list(range(1, 11))


def test_dropping_keeps_the_last_and_coalescing_the_last_of_each_subject() -> None:
    dropped = watch_backlog(Room(limit=4, policy=Policy.DROP), pictures=12)
    assert dropped.late == [4, 9, 10, 11, 12]
    coalesced = watch_backlog(Room(limit=4, policy=Policy.COALESCE), pictures=12)
    assert coalesced.late == [4, 11, 12]


def test_what_waits_is_told_picture_by_picture() -> None:
    told = {
        policy: watch_backlog(Room(limit=2, policy=policy), pictures=8)
        for policy in Policy
    }
    after = {
        policy.name: [seen.after(sent) for sent in range(3, 9)]
        for policy, seen in told.items()
    }
    assert after == {
        "DROP": ["", "4", "4 | 5", "4 | 5 6", "4 | 6 7", "4 | 7 8"],
        "COALESCE": ["", "4", "4 | 5", "4 | 5 6", "4 | 6 7", "4 | 7 8"],
        "DISCONNECT": ["", "4", "4 | 5", "4 | 5 6", "4 | Close", "4 | Close"],
    }
    assert [seen.hung_up for seen in told.values()] == [None, None, 7]
    kept = watch_backlog(pictures=6)
    assert kept.lines == [[], [], [], [4], [4, 5], [4, 5, 6]]
    assert kept.after(6) == "4 | 5 6"


def test_in_sips_as_on_windows_the_same_waits_and_all_arrives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What one call brings would be kept there as a whole."""
    in_sips = functools.partial(keep_little, sips=True)
    monkeypatch.setitem(watch_backlog.__globals__, "keep_little", in_sips)
    watched = watch_backlog(pictures=6)
    assert watched.lines == [[], [], [], [4], [4, 5], [4, 5, 6]]
    assert watched.late == [4, 5, 6]

    async def handler(connection: ServerConnection) -> None:
        in_sips(connection)
        await connection.send(snapshot(1))

    with EchoServer(handler) as server:
        client = reader(server, "/")
        assert client.recv() == snapshot(1)
        client.close()


def test_who_never_stops_leaves_nothing_waiting() -> None:
    watched = watch_backlog(
        Room(limit=1, policy=Policy.DISCONNECT), pictures=5, stops_after=5
    )
    assert watched.waiting == [0] * 5
    assert (watched.late, watched.close) == ([], "")


def test_without_a_picture_there_is_nothing_to_watch() -> None:
    with pytest.raises(ValueError, match="at least one picture, not 0"):
        watch_backlog(pictures=0)
