"""The scoreboard: one match, four ways to follow it, and the same bytes every time."""

import http.client
from collections.abc import Iterator

import pytest
import websocket

from wslib.labs.polling.clients import open_socket
from wslib.labs.polling.scoreboard import HOLD, TICK, Score, Scoreboard, Script

MATCH = Script(60, home=(6.5, 17.5, 52.5), away=(9.5, 18.5))


@pytest.fixture
def board() -> Iterator[Scoreboard]:
    with Scoreboard(MATCH) as board:
        yield board


def connect(board: Scoreboard) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(board.host, board.port, timeout=5)


def move(board: Scoreboard, seconds: float) -> None:
    for _ in range(int(seconds / TICK)):
        board.tick()


def asked(
    connection: http.client.HTTPConnection, target: str
) -> tuple[int, bytes, dict[str, str]]:
    connection.request("GET", target)
    response = connection.getresponse()
    return response.status, response.read(), dict(response.getheaders())


def test_the_script_knows_the_score_at_any_time() -> None:
    assert MATCH.changes == (6.5, 9.5, 17.5, 18.5, 52.5)
    assert MATCH.score(0) == Score(0, 0, 0)
    assert MATCH.score(6.0) == Score(0, 0, 0)
    assert MATCH.score(6.5) == Score(1, 1, 0)
    assert MATCH.score(60) == Score(5, 3, 2)


def test_a_score_survives_the_journey() -> None:
    assert Score.parse(str(Score(3, 2, 1))) == Score(3, 2, 1)


@pytest.mark.parametrize("time", [0, -1, 60.5, 7.3])
def test_a_goal_that_the_clock_never_shows_is_refused(time: float) -> None:
    with pytest.raises(ValueError, match="never shows"):
        Script(60, home=(time,))


def test_two_goals_at_once_are_refused() -> None:
    with pytest.raises(ValueError, match="same time"):
        Script(60, home=(6.5,), away=(6.5,))


def test_the_clock_moves_only_when_told_to(board: Scoreboard) -> None:
    assert board.time == 0
    assert board.tick() == 0.5
    assert list(board.play())[-1] == 60
    assert board.score == Score(5, 3, 2)


def test_a_poll_is_answered_with_the_score_at_once(board: Scoreboard) -> None:
    page = connect(board)
    assert asked(page, "/score")[:2] == (200, b'{"n": 0, "home": 0, "away": 0}')
    move(board, 6.5)
    assert asked(page, "/score")[:2] == (200, b'{"n": 1, "home": 1, "away": 0}')
    page.close()


def test_no_header_tells_the_version_or_the_time_of_day(board: Scoreboard) -> None:
    page = connect(board)
    headers = asked(page, "/score")[2]
    page.close()
    assert headers == {
        "Content-Type": "application/json",
        "Date": "Sun, 11 Dec 2011 15:00:00 GMT",
        "Cache-Control": "no-store",
        "Content-Length": "30",
    }


def test_a_long_poll_that_already_has_news_is_not_held(board: Scoreboard) -> None:
    move(board, 10)
    page = connect(board)
    assert Score.parse(asked(page, "/score/wait?after=1")[1]).n == 2
    page.close()


def test_a_long_poll_is_answered_when_the_score_changes(board: Scoreboard) -> None:
    page = connect(board)
    page.request("GET", "/score/wait?after=0")
    board.wait_held()
    move(board, 6.5)
    response = page.getresponse()
    assert Score.parse(response.read()).n == 1
    assert response.getheader("Date") == "Sun, 11 Dec 2011 15:00:06 GMT"
    page.close()


def test_a_long_poll_without_news_is_let_go_after_the_hold(board: Scoreboard) -> None:
    move(board, 19)
    page = connect(board)
    page.request("GET", "/score/wait?after=4")
    board.wait_held()
    move(board, HOLD)
    response = page.getresponse()
    assert (response.status, response.read()) == (204, b"")
    page.close()


def test_a_long_poll_without_a_number_is_answered_by_the_next_change_only(
    board: Scoreboard,
) -> None:
    move(board, 10)  # two goals that this page has not heard of
    page = connect(board)
    page.request("GET", "/score/wait")
    board.wait_held()
    move(board, 8)
    assert Score.parse(page.getresponse().read()).n == 3
    page.close()


@pytest.mark.parametrize("query", ["?after=", "?after=three"])
def test_a_long_poll_that_names_no_number_is_refused(
    board: Scoreboard, query: str
) -> None:
    page = connect(board)
    assert asked(page, "/score/wait" + query)[0] == 400
    page.close()


def test_waiting_for_a_long_poll_that_never_comes_ends(board: Scoreboard) -> None:
    with pytest.raises(TimeoutError, match="no long poll"):
        board.wait_held(timeout=0.01)


def test_an_event_is_sent_for_each_change_and_none_between(board: Scoreboard) -> None:
    page = connect(board)
    page.request("GET", "/score/events")
    stream = page.getresponse()
    assert stream.getheader("Content-Type") == "text/event-stream"
    lines = []
    for time in board.play():
        if time in MATCH.changes:
            lines += [stream.readline(), stream.readline()]
    assert lines == [
        line
        for time in MATCH.changes
        for line in (f"data: {MATCH.score(time)}\n".encode(), b"\n")
    ]
    stream.close()
    page.close()


def test_a_stream_that_is_opened_late_begins_with_the_score(board: Scoreboard) -> None:
    move(board, 10)
    page = connect(board)
    page.request("GET", "/score/events")
    stream = page.getresponse()
    assert stream.readline() == f"data: {MATCH.score(10)}\n".encode()
    stream.close()
    page.close()


def test_a_socket_is_told_of_each_change_and_answered_when_it_asks() -> None:
    with Scoreboard(MATCH) as board:
        client = open_socket(board.url)
        client.send("?")
        assert Score.parse(client.recv()).n == 0
        told = [client.recv() for t in board.play() if t in MATCH.changes]
        assert told == [str(MATCH.score(time)) for time in MATCH.changes]
        client.close()


def test_a_socket_that_is_opened_late_is_told_the_score_first(
    board: Scoreboard,
) -> None:
    move(board, 10)
    client = open_socket(board.url)
    assert Score.parse(client.recv()).n == 2
    client.close()


def test_an_unknown_address_is_404_and_says_nothing_on_stderr(
    board: Scoreboard, capfd: pytest.CaptureFixture[str]
) -> None:
    page = connect(board)
    assert asked(page, "/scores")[0] == 404
    page.close()
    assert capfd.readouterr() == ("", "")


def test_pages_that_leave_while_they_wait_leave_no_word(
    board: Scoreboard, capfd: pytest.CaptureFixture[str]
) -> None:
    waiting, streaming = connect(board), connect(board)
    waiting.request("GET", "/score/wait?after=0")
    board.wait_held()
    streaming.request("GET", "/score/events")
    stream = streaming.getresponse()
    for page in (waiting, stream, streaming):
        page.close()
    assert list(board.play())[-1] == 60
    assert capfd.readouterr() == ("", "")


def test_stopping_ends_every_answer_that_is_still_open(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with Scoreboard(MATCH) as board:
        waiting, streaming = connect(board), connect(board)
        waiting.request("GET", "/score/wait?after=0")
        board.wait_held()
        streaming.request("GET", "/score/events")
        stream = streaming.getresponse()
        client = open_socket(board.url)
    assert client.recv_data() == (websocket.ABNF.OPCODE_CLOSE, b"\x03\xe9")
    assert stream.read() == b""
    response = waiting.getresponse()
    assert (response.status, response.read()) == (204, b"")
    client.shutdown()
    for page in (response, stream, waiting, streaming):
        page.close()
    assert capfd.readouterr() == ("", "")


def test_a_scoreboard_that_was_stopped_starts_again_where_it_was() -> None:
    board = Scoreboard(MATCH)
    with board:
        move(board, 10)
    with board:
        client = open_socket(board.url)
        assert Score.parse(client.recv()).n == 2
        assert board.tick() == 10.5
        client.close()
