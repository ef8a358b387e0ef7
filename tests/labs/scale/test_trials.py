"""What the page counts: what is lost, where one lands, and what a deploy does."""

import pytest

from wslib.labs.scale import (
    NatsServer,
    Nginx,
    PartDied,
    RoomProcess,
    attempt,
    count_lost,
    deploy,
    placed,
    who_hears,
)


@pytest.fixture(params=[False, True], ids=["relayed", "kept"])
def rooms(request: pytest.FixtureRequest, nats: NatsServer) -> list[RoomProcess]:
    """Two processes with a broker, which keeps or does not."""
    return [RoomProcess(name, nats, keep=request.param).start() for name in "12"]


def test_what_is_lost_is_what_was_said_while_somebody_was_away(
    rooms: list[RoomProcess], nats: NatsServer
) -> None:
    lost = 0 if rooms[0].keep else 10
    assert count_lost(rooms) == (30, 0, 0, 0)
    assert count_lost(rooms, rooms[1]) == (30, 0, lost, 0)
    for _ in range(3):  # the same on every run
        assert count_lost(rooms, nats) == (30, lost, lost, 0), "and it was said so"
    with pytest.raises(ValueError, match="the second process, or the broker"):
        count_lost(rooms, rooms[0])


def test_a_trial_names_what_is_dead_before_it_or_in_its_midst(
    nats: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rooms = [RoomProcess(name, nats).start() for name in "12"]
    monkeypatch.setattr("wslib.labs.scale.trials.PATIENCE", 1.0)
    monkeypatch.setattr(nats, "restart", lambda: None)
    with pytest.raises(PartDied, match="nats-server was killed"):
        count_lost(rooms, nats)
    with pytest.raises(PartDied, match="nats-server was killed"):
        who_hears(rooms)


@pytest.mark.usefixtures("needs_nginx")
def test_where_one_lands_and_how_a_deploy_drops_nobody(nats: NatsServer) -> None:
    rooms = [RoomProcess(name, nats, keep=True).start() for name in "12"]
    urls = [room.url for room in rooms]
    with Nginx(*urls) as nginx:
        assert placed(nginx.url, ["ada"]) == {"ada": ["1", "2", "1", "2"]}
        nginx.reload(*urls, choice="ip_hash;")
        assert placed(nginx.url, ["ada", "bob"]) == {"ada": ["1"] * 4, "bob": ["1"] * 4}
        nginx.reload(*urls, choice="hash $uri;")
        assert placed(nginx.url, ["ada", "bob"]) == {"ada": ["1"] * 4, "bob": ["2"] * 4}
        nginx.reload(*urls)
        assert deploy(nginx, rooms, members=10) == (10, 15, 1, 0, 40, 0, 0)
        with pytest.raises(ValueError, match="needs two processes"):
            deploy(nginx, rooms[:1])


@pytest.mark.usefixtures("needs_nginx")
def test_silence_ends_in_1006_and_pings_keep_it_open() -> None:
    # Of less than 300 ms, nginx's timers do not know the difference.
    lines = [line.replace("1s", "700ms") for line in Nginx.LINES]
    with RoomProcess() as room, Nginx(room.url, lines=lines) as nginx:
        assert attempt(room.url, silence=0.1) == "101, open"
        assert attempt(nginx.url, silence=5) == "101, then 1006"
        assert attempt(nginx.url, silence=1.2, ping_interval=0.1) == "101, open"
        nginx.reload(room.url, lines=[lines[0], *lines[2:]])
        assert attempt(nginx.url) == "426 Upgrade Required"
