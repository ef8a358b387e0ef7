"""Header fields side by side, and what scripts of other origins told the server."""

import urllib.request

import pytest
import websocket

from wslib.http1 import Headers, Request
from wslib.labs.browser import heard_from, origin_of, programs, side_by_side
from wslib.labs.browser.origins import CAPTURED, SOCKET
from wslib.raw_client import RawClient
from wslib.server import EchoServer

AGENT = [("User-Agent", "Mozilla/5.0")]


def request(*headers: tuple[str, str]) -> Request:
    return Request(headers=headers)


@pytest.mark.parametrize(
    ("headers", "shown"),
    [
        ([], "(none)"),
        ([("Origin", "null")], "null"),
        (
            [("Host", "127.0.0.1:4711"), ("Origin", "http://127.0.0.1:4711")],
            "http://127.0.0.1:PORT",
        ),
        (
            [("Host", "127.0.0.1:4711"), ("Origin", "http://127.0.0.1:8888")],
            "http://127.0.0.1:8888",
        ),
        (
            [("Host", "hub.example:80"), ("Origin", "https://hub.example:80")],
            "https://hub.example:80",
        ),
    ],
)
def test_only_the_port_of_the_server_itself_is_left_out(
    headers: Headers, shown: str
) -> None:
    assert origin_of(Request(headers=headers)) == shown


def test_two_handshakes_stand_side_by_side_whatever_the_case_of_a_name() -> None:
    one = request(("Host", "127.0.0.1:1"), ("Sec-Websocket-Key", "a"))
    other = request(("Sec-WebSocket-Key", "b"), ("User-Agent", "x" * 50))
    table = side_by_side({"one": one, "other": other})
    assert table.header == ["header", "one", "other"]
    assert table.rows == [
        ["Host", "127.0.0.1:PORT", ""],
        ["Sec-Websocket-Key", "a", "b"],
        ["User-Agent", "", "x" * 43 + "…"],
    ]


def test_a_cookie_is_not_shown_since_notebooks_are_handed_on() -> None:
    table = side_by_side({"one": request(("cookie", "session=secret"))})
    assert "secret" not in str(table)
    assert "not shown" in str(table)


def test_a_browser_that_comes_meanwhile_is_not_among_the_programs() -> None:
    with EchoServer() as server:
        for agent in ([], AGENT, [("User-Agent", "curl")], AGENT):
            RawClient(server, headers=agent).close()
        found = [request.get("User-Agent") for request in programs(server)]
    assert found == [None, "curl"]


@pytest.mark.parametrize("kind", CAPTURED)
def test_where_no_script_ran_it_says_what_was_captured(kind: str) -> None:
    with EchoServer() as server:
        said = heard_from(server, kind, timeout=60)  # no browser, so no wait
        assert said.startswith("Chromium, captured earlier\n")
        assert f"Origin: {CAPTURED[kind]}\n" in said
        RawClient(server, headers=AGENT).close()
        assert heard_from(server, kind, timeout=0) == said


def test_it_says_what_the_server_answered_and_what_the_script_could_read() -> None:
    with EchoServer(page=True) as server:
        url = server.url.replace("ws:", "http:")
        with urllib.request.urlopen(f"{url}?notebook", timeout=5) as page:
            page.read()
        agent = dict(AGENT)
        client = websocket.create_connection(f"{server.url}?notebook", header=agent)
        for text in ("fetch: no word", f"WebSocket: {SOCKET}"):
            client.send(f"notebook; {text}")
            client.recv()
        client.close()
        assert heard_from(server, "notebook").splitlines() == [
            "your browser",
            "  Origin: http://127.0.0.1:PORT",
            "  fetch, says the server's log: 200 OK",
            "  fetch, says the script: no word",
            f"  WebSocket, says the script: {SOCKET}",
        ]
        server.log.clear()
        assert "captured earlier" in heard_from(server, "notebook", timeout=0)
