"""The chat's page: each room has one, at the room's own address."""

import http.client
import re

import pytest
import websocket

from wslib.labs.live import chat_page, windows
from wslib.labs.live.chat import HTML
from wslib.server import EchoServer


def get(server: EchoServer, target: str) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection(server.host, server.port, timeout=5)
    connection.request("GET", target)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response, body


def test_every_address_has_the_page_and_is_a_room_as_well() -> None:
    with EchoServer(process_request=chat_page) as server:
        for room in ("/", "/tea", "/coffee?sugar"):
            response, body = get(server, room)
            assert (response.status, body.decode()) == (200, HTML)
            client = websocket.create_connection(server.url + room, timeout=5)
            client.send("hello")
            assert client.recv() == "Received:  hello"
            client.close()


def test_the_page_may_run_its_own_script_and_no_other() -> None:
    with EchoServer(process_request=chat_page) as server:
        response, _ = get(server, "/tea")
        policy = response.getheader("Content-Security-Policy") or ""
    assert "default-src 'none'" in policy
    assert len(re.findall("'sha256-", policy)) == 2


def test_the_icon_that_browsers_ask_for_is_no_room() -> None:
    with EchoServer(process_request=chat_page) as server:
        assert get(server, "/favicon.ico?there")[0].status == 204
        assert list(server.log) == []


def test_the_page_has_a_title_of_its_own_and_takes_what_others_wrote_as_text() -> None:
    assert "<title>Chat</title>" in HTML
    assert "line.textContent = event.data" in HTML
    assert "innerHTML" not in HTML


@pytest.mark.parametrize("room", ["/tea", '/"</script><b>'])
def test_the_windows_of_a_notebook_say_what_they_are(room: str) -> None:
    with EchoServer(process_request=chat_page) as server:
        shown = windows(server, room, "/coffee", height=200)
    assert repr(shown) == (
        f"[in a browser: windows of a chat, in the rooms {room}, /coffee]"
    )
    assert "height: 200px" in shown.element
    assert shown.document.count("</script>") == 1
