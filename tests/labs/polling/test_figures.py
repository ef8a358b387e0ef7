"""The figures of notebook 01: their words come from the runs, and so do their bytes."""

from dataclasses import replace

import pytest

from wslib.labs.polling import figures
from wslib.labs.polling.figures import Cost
from wslib.labs.polling.scoreboard import Script
from wslib.labs.polling.ways import Run, by_long_polling, by_polling, by_websocket
from wslib.show.figures import Picture

MATCH = Script(60, home=(6.5, 17.5, 52.5), away=(9.5, 18.5))


@pytest.fixture(scope="module")
def runs() -> list[Run]:
    return [by_polling(MATCH, interval=5), by_long_polling(MATCH), by_websocket(MATCH)]


POLLING = Cost("a poll for each change", 0, 60)
STEADY = Cost("a poll every second", 3600 * 60, 0)
SOCKET = Cost("WebSocket", 1000, 10)


def test_an_hour_costs_what_is_fixed_and_what_each_change_costs() -> None:
    assert Cost("", 100, 5).at(20) == 200


def test_the_lanes_say_what_each_has_cost_and_for_how_long_its_score_was_old(
    runs: list[Run],
) -> None:
    film = figures.lanes(runs)
    assert f"polling, every 5 s: {runs[0].total:,} bytes" in film.alt
    assert "answers with nothing new 9, its score old for 8.5 s" in film.alt
    assert film.twin.rows[-1] == ["WebSocket", runs[-1].total, 5, 0]


def test_a_counter_of_the_lanes_ends_at_what_the_relay_counted(runs: list[Run]) -> None:
    film = figures.lanes(runs)
    for run in runs:
        assert sum(run.sizes) == run.total
        assert f">{run.total:,} bytes<" in film.drawn(MATCH.seconds)
        assert f">{run.total:,} bytes<" not in film.drawn(MATCH.changes[-1] - 0.5)


def test_a_page_that_polls_shows_an_old_score_until_it_asks(runs: list[Run]) -> None:
    film = figures.lanes(runs[:1])
    assert ">still 0 : 0<" in film.drawn(9.5)
    assert ">shows 1 : 1<" in film.drawn(10)


def test_the_scoreboard_has_a_plate_for_the_start_and_for_each_goal() -> None:
    drawn = figures.scoreboard(MATCH)
    assert drawn.svg.count(">:<") == 1 + len(MATCH.changes)
    assert "second 52.5, goal 5, home: 3:2" in drawn.alt


def test_what_was_recorded_and_what_was_noted_must_be_as_many(runs: list[Run]) -> None:
    run = runs[-1]
    less = replace(run, messages=run.messages[:-1])
    with pytest.raises(ValueError, match="messages ◀"):
        _ = less.sizes


def test_the_share_of_tcp_ip_is_that_of_the_runs(runs: list[Run]) -> None:
    run = runs[-1]
    share = run.tcp_ip / (run.total + run.tcp_ip)
    alt = figures.tcp_ip(runs).alt
    assert f"WebSocket {run.total + run.tcp_ip:,} bytes" in alt
    assert alt.endswith(f"TCP/IP {share:.0%}.")


def test_staleness_tells_mean_and_worst_for_each_interval() -> None:
    late = {interval: by_polling(MATCH, interval=interval) for interval in (5, 10)}
    alt = figures.staleness(late).alt
    assert "every 5 s: mean 2.1 s, worst 3.5 s" in alt
    assert "every 10 s: mean 3.1 s, worst 7.5 s" in alt


@pytest.mark.parametrize("poll", [60, 59, 30])
def test_the_break_even_is_the_first_whole_rate_that_pays_for_the_socket(
    poll: float,
) -> None:
    polling = Cost("polling", 0, poll)
    rate = next(n for n in range(3600) if polling.at(n) >= SOCKET.at(n))
    alt = figures.break_even(polling, STEADY, SOCKET).alt
    assert f"less than the first from {rate} changes an hour on" in alt


def test_the_other_end_is_the_last_whole_rate_at_which_the_socket_costs_less() -> None:
    rate = next(n for n in range(10**6) if SOCKET.at(n) >= STEADY.fixed) - 1
    alt = figures.break_even(POLLING, STEADY, Cost("WebSocket", 1001, 10)).alt
    assert f"the second up to {rate:,}, which is 6.0 a second" in alt


def test_an_update_is_compared_with_the_last_bar() -> None:
    bars = {"a poll": (30, 871, 156), "a frame": (30, 2, 104)}
    alt = figures.one_update(bars).alt
    assert "a poll: score 30, around it 871, TCP/IP 156, together 1,057 bytes" in alt
    assert "7.8 to 1; a frame" in alt
    assert alt.endswith("together 136 bytes.")


def test_the_same_runs_give_the_same_bytes_and_others_give_others(
    runs: list[Run],
) -> None:
    def drawn(picture: Picture) -> str:
        return picture.svg

    assert figures.lanes(runs).as_html() == figures.lanes(runs).as_html()
    dearer = Cost("a poll for each change", 0, 61)
    assert drawn(figures.break_even(POLLING, STEADY, SOCKET)) != drawn(
        figures.break_even(dearer, STEADY, SOCKET)
    )
