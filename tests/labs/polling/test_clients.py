"""The page's side: what is captured is sent, line by line, and nothing else."""

import socket
import threading

import pytest

from wslib.direction import Direction
from wslib.http1 import parse_request
from wslib.labs.polling.clients import SMALL, HttpClient, open_socket
from wslib.labs.polling.scoreboard import Score, Scoreboard, Script
from wslib.page import BROWSER, HeaderSet
from wslib.relay.proxy import RecordingProxy

MATCH = Script(2, home=(0.5,))
EACH = pytest.mark.parametrize("headers", [BROWSER, SMALL], ids=lambda h: h.name)


def sent_by(relay: RecordingProxy) -> list[tuple[str, str]]:
    """Return the header fields of the first request that went through a relay."""
    relay.recording.wait_closed()
    stream = relay.recording.stream(Direction.CLIENT_TO_SERVER)
    parsed = parse_request(stream)
    assert parsed is not None
    return list(parsed[0].headers)


@EACH
def test_a_poll_sends_exactly_the_captured_lines_in_their_order(
    headers: HeaderSet,
) -> None:
    with Scoreboard(MATCH) as board, RecordingProxy(board.url) as relay:
        with HttpClient(relay.url, headers.fetch) as page:
            assert page.get("/score") == Score(0, 0, 0)
        assert sent_by(relay) == list(headers.fetch)


@EACH
def test_a_stream_is_asked_for_with_exactly_the_captured_lines(
    headers: HeaderSet,
) -> None:
    with Scoreboard(MATCH) as board, RecordingProxy(board.url) as relay:
        with HttpClient(relay.url, headers.events) as page:
            events = page.events("/score/events")
            board.tick()
            assert next(events) == Score(1, 1, 0)
        assert sent_by(relay) == list(headers.events)


@EACH
def test_a_handshake_has_the_captured_lines_if_in_another_order(
    headers: HeaderSet,
) -> None:
    with Scoreboard(MATCH) as board, RecordingProxy(board.url) as relay:
        open_socket(relay.url, headers.socket).close()
        assert sorted(sent_by(relay)) == sorted(headers.socket)


def test_the_browser_names_the_made_up_host_and_no_address_of_a_machine() -> None:
    for fields in (BROWSER.fetch, BROWSER.events, BROWSER.socket):
        assert dict(fields)["Host"] == "scoreboard.example"
        assert not any("127.0.0.1" in value for _, value in fields)
        assert "HeadlessChrome" not in dict(fields)["User-Agent"]


def test_one_page_keeps_one_connection() -> None:
    with Scoreboard(MATCH) as board, RecordingProxy(board.url) as relay:
        with HttpClient(relay.url) as page:
            for _ in range(3):
                page.get("/score")
        relay.recording.wait_closed()
        assert relay.recording.connections == 1


def test_an_answer_without_a_body_holds_no_score() -> None:
    with Scoreboard(MATCH) as board, HttpClient(board.url) as page:
        page.ask("/score/wait?after=1")
        board.wait_held()
        for _ in range(60):
            board.tick()
        assert page.answer() is None


def test_the_stream_ends_when_the_server_ends_it() -> None:
    with Scoreboard(MATCH) as board:
        page = HttpClient(board.url, BROWSER.events)
        events = page.events("/score/events")
        board.tick()
        assert next(events) == Score(1, 1, 0)
    assert list(events) == []
    page.close()


def test_a_status_is_a_number_and_a_phrase_and_the_page_can_ask_on() -> None:
    with Scoreboard(MATCH) as board, HttpClient(board.url) as page:
        assert page.status("/skore") == "404 Not Found"
        assert page.status("/score") == "200 OK"
        assert page.get("/score") == Score(0, 0, 0)


def test_an_event_may_have_several_fields_and_several_lines_of_data() -> None:
    stream = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
        b": a comment\n\n"
        b'id: 1\ndata: {"n": 1,\ndata:"home": 1, "away": 0}\n\n'
        b'event: goal\ndata: {"n": 2, "home": 1, "away": 1}\n\n'
        b'data: {"n": 3}\n'  # no empty line: no event
    )
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(stream)

        thread = threading.Thread(target=serve)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        with HttpClient(url, BROWSER.events) as page:
            assert list(page.events("/")) == [Score(1, 1, 0), Score(2, 1, 1)]
        thread.join()
