"""The numbers of a server that runs, asked for over HTTP, and its lines in the log."""

import contextlib
import itertools
import json
import shlex
import socket
import threading
import urllib.request
from collections.abc import Iterator

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.sync.client import ClientConnection, connect

from wslib.frames import Frame, Opcode
from wslib.labs.scale import WatchedServer
from wslib.raw_client import RawClient
from wslib.service import Service, stop_all

RECEIVED, SENT = '{direction="received"}', '{direction="sent"}'


@contextlib.contextmanager
def client(server: WatchedServer, path: str = "/") -> Iterator[ClientConnection]:
    with connect(server.url + path, compression=None, proxy=None) as connection:
        yield connection


def end_of(server: WatchedServer, number: int = 1) -> dict[str, str]:
    """Return the line on the end of a connection, by its keys."""
    line = server.log.wait_for(f"event=end id={number} ")
    return dict(pair.split("=", 1) for pair in shlex.split(line))


def test_messages_and_bytes_are_counted_each_way() -> None:
    with WatchedServer() as server, client(server) as one, client(server) as other:
        one.send("Grüße")
        one.recv()
        other.send(b"123")
        other.recv()
        numbers = server.metrics()
        assert numbers["websocket_connections_open"] == 2
        assert numbers["websocket_messages_total" + RECEIVED] == 2
        assert numbers["websocket_message_bytes_total" + RECEIVED] == 7 + 3
        assert numbers["websocket_messages_total" + SENT] == 2
        assert numbers["websocket_message_bytes_total" + SENT] == 11 + 7 + 11 + 3
        assert numbers["websocket_unsent_bytes"] == 0


def test_what_is_pushed_and_what_is_fragmented_counts_too() -> None:
    async def handler(connection: ServerConnection) -> None:
        async for _ in connection:
            await connection.send(iter(["one ", "message", ""]))

    with WatchedServer(handler) as server, client(server) as one:
        assert server.push("to all") == 1
        assert one.recv() == "to all"
        one.send("go")
        assert one.recv() == "one message"
        assert server.metrics()["websocket_messages_total" + SENT] == 2
        assert server.metrics()["websocket_message_bytes_total" + SENT] == 6 + 11


def test_each_end_is_counted_by_its_code_and_by_who_closed() -> None:
    async def handler(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.close(4000, str(message))

    with WatchedServer(handler) as server:
        with client(server) as one:
            one.close(1001, "another page")
        with client(server) as one:
            one.send("enough")
            with contextlib.suppress(Exception):
                one.recv()
        with RawClient(server) as raw:
            raw.socket.shutdown(socket.SHUT_WR)
            assert raw.at_end()
        with RawClient(server) as raw:
            raw.send(Frame(opcode=Opcode.TEXT, payload=b"unmasked").serialize())
            raw.frames(1)
        for number in range(1, 5):
            end_of(server, number)
        numbers = server.metrics()
        closes = {name: n for name, n in numbers.items() if "closes_total" in name}
        assert closes == {
            'websocket_closes_total{by="client",code="1001"}': 1,
            'websocket_closes_total{by="server",code="other"}': 1,
            'websocket_closes_total{by="nobody",code="1006"}': 1,
            'websocket_closes_total{by="server",code="1002"}': 1,
        }
        assert numbers["websocket_connections_open"] == 0


def test_a_line_says_who_how_long_how_many_and_why() -> None:
    seconds = itertools.count(0, 90)
    with WatchedServer(clock=lambda: float(next(seconds))) as server:
        with client(server, "/tea?ticket=secret") as one:
            one.send("Hello")
            one.recv()
            one.close(1000, "bye")
        assert server.log.wait_for("event=end") == (
            "event=end id=1 who=127.0.0.1 path=/tea seconds=90.000 "
            "received=1 received_bytes=5 sent=1 sent_bytes=16 "
            'code=1000 by=client reason="bye"'
        )


def test_what_comes_from_outside_cannot_add_a_line_or_a_key() -> None:
    reason = 'x"\nevent=end id=2 code=1000 \x1b[2J'
    with WatchedServer() as server:
        with client(server, "/a%20b=c") as one:
            one.close(1000, reason)
        end = end_of(server)
        line = next(line for line in server.log if line.startswith("event=end"))
        assert "\n" not in line and "\x1b" not in line
        assert line.endswith(f"by=client reason={json.dumps(reason)}")
        assert (end["id"], end["code"], end["path"]) == ("1", "1000", "/a%20b=c")


def test_pings_are_timed() -> None:
    with WatchedServer() as server, client(server) as one:
        assert server.metrics()["websocket_ping_seconds_count"] == 0
        answering = threading.Thread(target=lambda: list(one))
        answering.start()
        assert server.ping() == server.ping() == 1
        numbers = server.metrics()
        assert numbers["websocket_ping_seconds_count"] == 2
        assert numbers['websocket_ping_seconds_bucket{le="+Inf"}'] == 2
        assert numbers["websocket_ping_seconds_sum"] > 0
        one.close()
        answering.join()


def test_a_client_that_does_not_answer_a_ping_is_not_counted() -> None:
    with WatchedServer() as server, RawClient(server) as raw:
        assert server.ping(timeout=0.05) == 0
        assert raw.frames(1)[0].opcode is Opcode.PING
        assert server.metrics()["websocket_ping_seconds_count"] == 0


def test_what_a_slow_reader_leaves_is_seen() -> None:
    with WatchedServer() as server, RawClient(server) as raw:
        server.push(b"x" * 2**24)  # more than two buffers of the system hold
        assert server.metrics()["websocket_unsent_bytes"] > 0
        raw.send(b"")


def test_the_numbers_are_there_while_the_server_is_held_up() -> None:
    held, go_on = threading.Event(), threading.Event()

    async def handler(connection: ServerConnection) -> None:
        await connection.recv()
        held.set()
        go_on.wait(5)

    with WatchedServer(handler) as server, client(server) as one:
        try:
            one.send("wait")
            assert held.wait(5)
            assert server.metrics()["websocket_connections_open"] == 1
        finally:
            go_on.set()


def test_the_text_is_that_of_prometheus() -> None:
    with WatchedServer() as server:
        with urllib.request.urlopen(server.metrics_url, timeout=5) as answer:
            assert answer.headers["Content-Type"].startswith("text/plain; version=")
            text = answer.read().decode()
        assert server.metrics_url.endswith("/metrics")
        assert "# TYPE websocket_ping_seconds histogram" in text
        assert "_created" not in text


def test_two_servers_have_numbers_of_their_own() -> None:
    with WatchedServer() as one, WatchedServer() as other, client(one):
        assert one.metrics()["websocket_connections_open"] == 1
        assert other.metrics()["websocket_connections_open"] == 0


def test_a_stop_ends_the_numbers_too_and_sees_everybody_off() -> None:
    server = WatchedServer().start()
    with client(server):
        assert stop_all() == 2  # the server, and where its numbers are
        assert Service._running == []
        assert end_of(server)["code"] == "1001"
    with pytest.raises(OSError):
        server.metrics()
    with server, client(server):  # and again
        assert server.metrics()["websocket_connections_open"] == 1


def test_whoever_has_the_101_is_in_the_numbers() -> None:
    with WatchedServer() as server:
        for count in range(1, 11):
            with RawClient(server):
                assert server.metrics()["websocket_connections_open"] == 1
            end_of(server, count)
            assert server.metrics()["websocket_connections_open"] == 0


def test_one_who_takes_a_hand_in_the_response_is_counted_too() -> None:
    with WatchedServer(process_response=lambda *args: None) as server:
        with client(server) as one:
            one.send("Hello")
            one.recv()
            assert server.metrics()["websocket_messages_total" + RECEIVED] == 1
        assert end_of(server)["received"] == "1"
