"""The echo server: what it answers, what it logs, and how it runs in a terminal."""

import asyncio
import contextlib
import datetime
import itertools
import logging
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import websocket
import websockets.sync.client

from wslib import server as server_module
from wslib import service
from wslib.handshake import build_request
from wslib.http1 import parse_response
from wslib.server import EchoServer, Log, main


@contextlib.contextmanager
def client_of(server: EchoServer, **options: Any) -> Iterator[websocket.WebSocket]:
    client = websocket.create_connection(server.url, timeout=10, **options)
    try:
        yield client
    finally:
        client.close()
        client.shutdown()


def exchange(port: int, data: bytes) -> bytes:
    """Send bytes; return all that comes back before the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(data)
        return b"".join(iter(lambda: client.recv(4096), b""))


@pytest.fixture
def server() -> Iterator[EchoServer]:
    with EchoServer() as server:
        yield server


@pytest.fixture(autouse=True)
def _is_silent(capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Fail a test in which something was written to stdout or stderr.

    In a notebook it would land in whichever cell happens to be running.
    """
    yield
    assert capfd.readouterr() == ("", "")


# --- the echo -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message", ["Hello, world!", "", " ", "two\nlines", "κόσμε 😀", "x" * 70_000]
)
def test_text_comes_back_after_two_blanks(server: EchoServer, message: str) -> None:
    with client_of(server) as client:
        client.send(message)
        assert client.recv() == "Received:  " + message


@pytest.mark.parametrize("message", [b"", b"\x00\xff\xfe", bytes(range(256)) * 300])
def test_binary_comes_back_as_binary_and_unharmed(
    server: EchoServer, message: bytes
) -> None:
    with client_of(server) as client:
        client.send_binary(message)
        opcode, answer = client.recv_data()
    assert opcode == websocket.ABNF.OPCODE_BINARY
    assert answer == b"Received:  " + message


def test_many_messages_are_answered_in_order(server: EchoServer) -> None:
    with client_of(server) as client:
        for number in range(100):
            client.send(str(number))
        for number in range(100):
            assert client.recv() == f"Received:  {number}"


def test_many_clients_are_answered_at_once(server: EchoServer) -> None:
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(client_of(server)) for _ in range(20)]
        assert server.clients == 20
        for number, client in enumerate(clients):
            client.send(str(number))
        for number, client in reversed(list(enumerate(clients))):
            assert client.recv() == f"Received:  {number}"


def test_nothing_is_compressed_and_nothing_in_the_101_changes_from_day_to_day(
    server: EchoServer,
) -> None:
    request = build_request(
        "a", headers=[("Sec-WebSocket-Extensions", "permessage-deflate")]
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client:
        client.sendall(request.serialize())
        read = parse_response(client.recv(4096))
    assert read is not None
    assert [name for name, _ in read[0].headers] == [
        "Upgrade",
        "Connection",
        "Sec-WebSocket-Accept",
    ]


# --- pushes ---------------------------------------------------------------------------


def test_a_push_reaches_every_client_unasked(server: EchoServer) -> None:
    with client_of(server) as one, client_of(server) as two:
        assert server.push("news") == 2
        assert server.push(b"\x00") == 2
        for client in (one, two):
            assert client.recv() == "news"
            assert client.recv_data() == (websocket.ABNF.OPCODE_BINARY, b"\x00")


def test_a_push_to_nobody_reaches_nobody(server: EchoServer) -> None:
    assert server.push("news") == 0


def test_clients_are_counted_while_they_are_connected(server: EchoServer) -> None:
    assert server.clients == 0
    with client_of(server):
        assert server.clients == 1
        with client_of(server):
            assert server.clients == 2
    server.log.wait_for("Can't receive")
    assert server.clients == 0


def test_a_push_needs_a_server_that_runs() -> None:
    with pytest.raises(RuntimeError, match="not running"):
        EchoServer().push("news")
    with pytest.raises(RuntimeError, match="not running"):
        _ = EchoServer().clients


def in_a_handler(function: Callable[[EchoServer], Any]) -> Any:
    """Return what a function returns, or raises, in a handler of the server it gets."""
    results: list[Any] = []

    async def handler(connection: Any) -> None:
        try:
            result = function(server)
            results.append(await result if asyncio.iscoroutine(result) else result)
        except Exception as exc:
            results.append(exc)
        await connection.send("done")
        await connection.wait_closed()

    with EchoServer(handler) as server, client_of(server) as client:
        while client.recv() != "done":
            pass
    [result] = results
    return result


def test_a_handler_may_push_to_all_and_count_them() -> None:
    async def tells(connection: Any) -> None:
        async for message in connection:
            server.push(f"{server.clients} of you: {message}")

    with EchoServer(tells) as server:
        with client_of(server) as one, client_of(server) as two:
            one.send("news")
            assert one.recv() == two.recv() == "2 of you: news"


def test_a_push_that_a_busy_server_has_refused_is_not_sent_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "_PATIENCE", 0.2)
    held, let_go = threading.Event(), threading.Event()

    async def sleepy(connection: Any) -> None:
        async for message in connection:
            held.set()
            let_go.wait(60)  # as time.sleep(60) would, but the test can end it
            await connection.send(message)

    with EchoServer(sleepy) as server, client_of(server) as client:
        client.send("slow")
        assert held.wait(10)
        with pytest.raises(TimeoutError, match="EchoServer is busy"):
            server.push("news")
        with pytest.raises(TimeoutError, match="EchoServer is busy"):
            _ = server.clients
        let_go.set()
        assert client.recv() == "slow"
        assert server.push("later") == 1
        assert client.recv() == "later"


def test_a_handler_that_waits_for_browsers_is_told_at_once_that_none_could_come() -> (
    None
):
    refused = in_a_handler(lambda server: server.browsers(count=1))
    assert isinstance(refused, RuntimeError)
    assert "await asyncio.to_thread(server.browsers, ...)" in str(refused)
    assert in_a_handler(lambda server: server.browsers()) == []  # that is no wait


def test_before_the_first_start_there_are_no_connections_to_count() -> None:
    assert EchoServer()._connections() == set()


# --- the log --------------------------------------------------------------------------


def test_the_log_says_what_the_server_of_the_chapter_prints(server: EchoServer) -> None:
    with client_of(server) as client:
        client.send("Hello")
        client.recv()
        assert list(server.log) == [
            "Received back from client: Hello",
            "Sending to client: Received:  Hello",
        ]
    assert server.log.wait_for("Can't receive") == (
        "Can't receive: the client closed the connection (1000)"
    )


def test_binary_is_logged_as_python_would_write_it(server: EchoServer) -> None:
    with client_of(server) as client:
        client.send_binary(b"\x00\xff")
        client.recv()
    assert server.log[0] == r"Received back from client: b'\x00\xff'"


def test_a_message_is_one_line_of_the_log_and_cannot_command_a_terminal(
    server: EchoServer,
) -> None:
    with client_of(server) as client:
        client.send("a\nb\x1b[2J κόσμε 😀")
        client.recv()
    assert server.log[0] == r"Received back from client: a\nb\x1b[2J κόσμε 😀"


def close_with_a_reason(client: websocket.WebSocket) -> None:
    client.close(4001, b"bye")


def drop(client: websocket.WebSocket) -> None:
    client.shutdown()


def break_a_rule(client: websocket.WebSocket) -> None:
    client.sock.sendall(b"\x83\x80\0\0\0\0")  # opcode 3 is reserved
    client.recv()
    client.shutdown()


@pytest.mark.parametrize(
    ("leave", "said"),
    [
        (close_with_a_reason, "the client closed the connection (4001 bye)"),
        (drop, "the connection was lost without a Close frame"),
        (break_a_rule, "this server closed the connection (1002 invalid opcode)"),
    ],
)
def test_the_log_says_how_a_connection_ended(
    server: EchoServer, leave: Callable[[websocket.WebSocket], None], said: str
) -> None:
    with client_of(server) as client:
        leave(client)
        assert said in server.log.wait_for("Can't receive")


def test_the_log_says_that_the_server_went_away_whatever_the_client_answers() -> None:
    for answers in (False, True):
        server = EchoServer().start()
        with client_of(server) as client:
            client.send("x")
            client.recv()
            receiving = threading.Thread(target=client.recv)  # answers with 1000
            if answers:
                receiving.start()
            server.stop()
            if answers:
                receiving.join()
        assert server.log[-1] == (
            "Can't receive: this server closed the connection (1001)"
        )


def test_a_client_that_is_gone_before_its_answer_is_logged() -> None:
    received = threading.Event()

    class Slow(EchoServer):
        """Takes its time between receiving and sending."""

        async def _echo(self, connection: Any) -> None:
            recv = connection.recv

            async def receive_then_wait() -> Any:
                message = await recv()
                received.set()
                await connection.wait_closed()
                return message

            connection.recv = receive_then_wait
            await super()._echo(connection)

    with Slow() as server:
        with client_of(server) as client:
            client.send("Hello")
            assert received.wait(10)
        line = server.log.wait_for("Can't send")
        assert line == "Can't send: the client closed the connection (1000)"


def test_a_handler_that_raises_is_one_line_of_the_log() -> None:
    async def fails(connection: Any) -> None:
        await connection.recv()
        raise ValueError("no such room")

    with EchoServer(fails) as server, client_of(server) as client:
        client.send("Hello")
        assert client.recv_data() == (8, b"\x03\xf3")  # 1011, an internal error
        server.log.wait_for("failed")
        assert list(server.log) == [
            "connection handler failed: ValueError: no such room"
        ]


def test_the_line_names_the_innermost_cause() -> None:
    async def fails(connection: Any) -> None:
        try:
            {}["key"]
        except KeyError as exc:
            raise RuntimeError("outer") from exc

    with EchoServer(fails) as server, client_of(server):
        assert server.log.wait_for("failed").endswith("KeyError: 'key'")


REQUEST = build_request("a", "/chat", key="dGhlIHNhbXBsZSBub25jZQ==").serialize()
PLAIN = b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "status", "said"),
    [
        (PLAIN, b"426", "Refused /page: 426 Upgrade Required"),
        (
            PLAIN.replace(b"/page", b"/page?token=secret"),
            b"426",
            "Refused /page?…: 426 Upgrade Required",
        ),
        (
            PLAIN.replace(b"/page", b"/\x1b[2J\x07"),
            b"426",
            r"Refused /\x1b[2J\x07: 426 Upgrade Required",
        ),
        (
            PLAIN.replace(b"/page", b"/" + b"x" * 5_000),
            b"426",
            f"Refused /{'x' * 99}… (5,001 characters): 426 Upgrade Required",
        ),
        (
            REQUEST.replace(b"Version: 13", b"Version: 8"),
            b"400",
            "Refused /chat: 400 Bad Request",
        ),
        (REQUEST.replace(b"\r\n", b"\n"), b"", "Refused: no complete HTTP/1.1 request"),
        (b"\x16\x03\x01\r\n\r\n", b"", "Refused: no complete HTTP/1.1 request"),
        (b"\x00Hello\xff\r\n\r\n", b"", "Refused: no complete HTTP/1.1 request"),
    ],
    ids=[
        "plain HTTP",
        "a query",
        "a terminal's command",
        "a long path",
        "version 8",
        "LF alone",
        "TLS",
        "hixie-76",
    ],
)
def test_a_refused_handshake_is_one_line_of_the_log(
    server: EchoServer, data: bytes, status: bytes, said: str
) -> None:
    answer = exchange(server.port, data)
    assert answer[9:12] == status
    server.log.wait_for(said)
    assert list(server.log) == [said]


def test_whoever_connects_and_says_nothing_is_not_logged(server: EchoServer) -> None:
    socket.create_connection(("127.0.0.1", server.port), timeout=10).close()
    with client_of(server) as client:
        client.send("Hello")
        client.recv()
    assert server.log[0] == "Received back from client: Hello"


def test_waiting_for_a_line_that_never_comes_shows_those_that_came() -> None:
    log = Log()
    log.write("one")
    with pytest.raises(TimeoutError, match="no line with 'two' in the log:\none"):
        log.wait_for("two", timeout=0.01)


def test_waiting_ends_as_soon_as_the_line_is_there(
    bounded: Callable[..., Any],
) -> None:
    log = Log()
    log.write("one")
    assert log.wait_for("one") == "one"

    writer = once_somebody_waits(log, lambda: log.write("two"))
    assert bounded(log.wait_for, "two", 600) == "two"
    writer.join()


def test_a_log_reads_like_a_list_of_lines() -> None:
    log = Log()
    for line in ("one", "two"):
        log.write(line)
    assert (list(log), len(log), log[0], log[-1]) == (["one", "two"], 2, "one", "two")
    assert (log[1:], log[::-1]) == (["two"], ["two", "one"])
    assert str(log) == repr(log) == "one\ntwo"
    with pytest.raises(IndexError):
        _ = log[2]
    log.clear()
    assert (list(log), len(log), str(log)) == ([], 0, "")


def test_a_line_of_the_log_is_one_line_whoever_writes_it() -> None:
    log = Log()
    log.write("a\nb\x1b[2J")
    assert list(log) == [r"a\nb\x1b[2J"]


def test_a_log_keeps_the_last_thousand_lines_and_says_how_many_came_before() -> None:
    log = Log()
    for number in range(1_000):
        log.write(str(number))
    assert str(log).startswith("0\n1\n")
    for number in range(1_000, 5_000):
        log.write(str(number))
    kept = [str(number) for number in range(4_000, 5_000)]
    assert (list(log), len(log)) == (kept, 1_000)
    assert (log[0], log[999], log[-1], log[-1_000]) == ("4000", "4999", "4999", "4000")
    assert log[:2] == ["4000", "4001"]
    assert str(log) == "\n".join(["… (4,000 earlier lines)", *kept])
    with pytest.raises(IndexError):
        _ = log[1_000]
    log.clear()
    log.write("new")
    assert (list(log), len(log), log[0], str(log)) == (["new"], 1, "new", "new")


def test_what_has_fallen_out_is_not_found_and_the_end_is_shown() -> None:
    log = Log()
    for number in range(5_000):
        log.write(f"line {number}")
    assert log.wait_for("line") == "line 4000"
    assert log.wait_for("line 4999") == "line 4999"
    with pytest.raises(TimeoutError) as caught:
        log.wait_for("line 3999", timeout=0.01)
    assert str(caught.value).splitlines()[:3] == [
        "no line with 'line 3999' in the log:",
        "… (4,980 earlier lines)",
        "line 4980",
    ]
    assert len(str(caught.value).splitlines()) == 22


def once_somebody_waits(log: Log, function: Callable[[], Any]) -> threading.Thread:
    """Call a function in another thread, as soon as one waits for the log."""

    def run() -> None:
        while not log._grown._waiters:  # type: ignore[attr-defined]
            time.sleep(0)
        function()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_line_that_is_waited_for_is_found_however_many_come_at_once(
    bounded: Callable[..., Any],
) -> None:
    log = Log()

    def flood() -> None:
        for number in range(5_000):
            log.write(f"line {number}")

    writer = once_somebody_waits(log, flood)
    assert bounded(log.wait_for, "line 7", 600) == "line 7"
    writer.join()
    assert log[0] == "line 4000"


SHORT = "x" * 200


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (SHORT, SHORT),
        (SHORT + "y", SHORT + "… (201 characters)"),
        ("\n" * 70_000, r"\n" * 200 + "… (70,000 characters)"),
    ],
    ids=["200", "201", "70,000"],
)
def test_a_long_line_is_cut_and_its_length_is_said(line: str, shown: str) -> None:
    log = Log()
    log.write(line)
    assert list(log) == [shown]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("x" * 65_536, SHORT + "… (65,536 characters)"),
        (b"x" * 65_536, f"b'{SHORT}'… (65,536 bytes)"),
        (b"x" * 200, f"b'{SHORT}'"),
        (b"", "b''"),
        ("", ""),
    ],
    ids=["text", "binary", "short", "no bytes", "no text"],
)
def test_of_a_long_message_the_log_shows_the_beginning_and_says_the_length(
    server: EchoServer, message: str | bytes, shown: str
) -> None:
    with client_of(server) as client:
        (client.send if isinstance(message, str) else client.send_binary)(message)
        client.recv()
    assert server.log[0] == f"Received back from client: {shown}"


def test_the_log_shows_the_answer_as_it_was_sent(server: EchoServer) -> None:
    with client_of(server) as client:
        for send, message in (
            (client.send, "x" * 1_000),
            (client.send_binary, b"\xff" * 1_000),
        ):
            send(message)
            client.recv()
    text, binary = list(server.log)[1:4:2]
    shown = "x" * 189
    assert text == f"Sending to client: Received:  {shown}… (1,011 characters)"
    shown = r"\xff" * 189
    assert binary == f"Sending to client: b'Received:  {shown}'… (1,011 bytes)"


def test_the_log_keeps_no_large_message(server: EchoServer) -> None:
    with client_of(server) as client:
        for size in (2**16, 2**20):
            client.send("x" * size)
            client.recv()
    server.log.write("x" * 2**20)
    server.log.write("x" * 2**20, "y" * 2**20)
    kept = [part for line in server.log._lines for part in line]
    assert max(len(part) for part in kept if isinstance(part, str)) == 200


def test_the_library_is_not_asked_to_describe_each_frame() -> None:
    assert in_a_handler(lambda server: server._options["logger"].level) == (
        logging.ERROR
    )

    async def debugs(connection: Any) -> None:
        await connection.send(str(connection.debug))

    with EchoServer(debugs) as server, client_of(server) as client:
        assert client.recv() == "False"


def test_a_connection_is_in_the_way_of_the_first_piece_of_data_only() -> None:
    async def handler(connection: Any) -> None:
        await connection.send(str("data_received" in vars(connection)))

    with EchoServer(handler) as server, client_of(server) as client:
        assert client.recv() == "False"


def test_a_log_can_be_followed_while_it_grows() -> None:
    log = Log()
    log.write("one")
    lines = log.follow()
    assert next(lines) == "one"
    writer = once_somebody_waits(log, lambda: log.write("two"))
    assert next(lines) == "two"
    writer.join()


def test_whoever_follows_too_slowly_is_told_how_many_lines_are_left_out() -> None:
    log = Log()
    for number in range(1_500):
        log.write(str(number))
    lines = log.follow()
    assert next(lines) == "… (500 earlier lines)"
    assert [next(lines) for _ in range(1_000)] == list(log)
    for number in range(1_500, 2_000):
        log.write(str(number))
    assert next(lines) == "1500"
    for number in range(2_000, 5_000):
        log.write(str(number))
    rest = [next(lines) for _ in range(499 + 1 + 1_000)]
    assert rest[:499] == [str(number) for number in range(1_501, 2_000)]
    assert rest[499:501] == ["… (2,000 earlier lines)", "4000"]
    assert rest[-1] == "4999"


def test_what_is_cleared_is_not_followed_and_not_missed() -> None:
    log = Log()
    lines = log.follow()
    for text in ("one", "two"):
        log.write("before")
        log.clear()
        log.write(text)
        assert next(lines) == text


def test_a_log_that_many_write_at_once_tells_each_line_once_or_counts_it() -> None:
    log, writers, each = Log(), 4, 3_000

    def write(writer: int) -> None:
        for number in range(each):
            log.write(f"{writer} {number}")

    threads = [threading.Thread(target=write, args=(n,)) for n in range(writers)]
    lines, seen, lost = log.follow(), list[str](), 0
    for thread in threads:
        thread.start()
    while len(seen) + lost < writers * each:
        line = next(lines)
        if line.startswith("…"):
            lost += int(line.strip("… ()earlins").replace(",", ""))
        else:
            seen.append(line)
    for thread in threads:
        thread.join()
    assert len(seen) == len(set(seen))
    for writer in map(str, range(writers)):
        numbers = [int(line[2:]) for line in seen if line[0] == writer]
        assert numbers == sorted(numbers)


@pytest.mark.parametrize("method", ["wait_for", "follow"])
def test_a_handler_that_waits_for_the_log_is_told_at_once_what_to_do(
    method: str,
) -> None:
    def wait(server: EchoServer) -> str:
        server.log.write("here already")
        if method == "wait_for":
            return server.log.wait_for("here")
        return next(server.log.follow())

    refused = in_a_handler(wait)
    assert isinstance(refused, RuntimeError)
    assert f"await asyncio.to_thread(server.log.{method}, ...)" in str(refused)


def test_in_a_thread_a_handler_may_wait_for_the_log() -> None:
    async def wait(server: EchoServer) -> str:
        asyncio.get_running_loop().call_later(0.05, server.log.write, "there")
        return await asyncio.to_thread(server.log.wait_for, "there")

    assert in_a_handler(wait) == "there"


# --- options and handlers -------------------------------------------------------------


def test_options_are_passed_on_to_the_library() -> None:
    with EchoServer(subprotocols=["chat"], max_size=10) as server:
        with client_of(server, subprotocols=["other", "chat"]) as client:
            assert client.subprotocol == "chat"
            client.send("x" * 11)
            opcode, payload = client.recv_data()
            assert (opcode, payload[:2]) == (8, b"\x03\xf1")  # 1009, too big
        assert "1009" in server.log.wait_for("Can't receive")


def test_an_option_can_undo_a_choice_of_ours() -> None:
    with EchoServer(compression="deflate") as server:
        with websockets.sync.client.connect(server.url) as client:
            client.send("Hello")
            assert client.recv(timeout=10) == "Received:  Hello"
            assert [e.name for e in client.protocol.extensions] == [
                "permessage-deflate"
            ]


def test_a_connection_class_of_ones_own_can_be_used_and_still_be_stopped() -> None:
    made = []

    class Mine(server_module.ServerConnection):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            made.append(self)

    server = EchoServer(create_connection=Mine).start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as silent:
        with client_of(server) as client:
            client.send("x")
            client.recv()
        server.stop()
        assert silent.recv(1) == b""
    assert len(made) == 2


def test_an_origin_that_is_not_welcome_is_refused() -> None:
    with EchoServer(origins=["http://a"]) as server:
        with client_of(server, origin="http://a"):
            pass
        with pytest.raises(websocket.WebSocketBadStatusException) as caught:
            websocket.create_connection(server.url, timeout=10, origin="http://b")
        assert caught.value.status_code == 403
        server.log.wait_for("Refused /: 403 Forbidden")


def test_a_handler_of_ones_own_is_called_once_for_each_connection() -> None:
    numbers = itertools.count(1)

    async def counts(connection: Any) -> None:
        await connection.send(f"you are number {next(numbers)}")
        async for message in connection:
            await connection.send(message.upper())

    with EchoServer(counts) as server, client_of(server) as one:
        assert one.recv() == "you are number 1"
        one.send("a")
        assert one.recv() == "A"
        one.send("b")
        assert one.recv() == "B"
        with client_of(server) as two:
            assert two.recv() == "you are number 2"


def test_a_slow_handler_does_not_hold_up_the_others() -> None:
    async def waits_for_go(connection: Any) -> None:
        if await connection.recv() == "wait":
            await asyncio.Event().wait()
        await connection.send("done")

    with EchoServer(waits_for_go) as server:
        with client_of(server) as slow, client_of(server) as quick:
            slow.send("wait")
            quick.send("go")
            assert quick.recv() == "done"


# --- TLS ------------------------------------------------------------------------------


class Authority:
    """A certificate authority of our own, for one test."""

    def __init__(self) -> None:
        self.ca = pytest.importorskip("trustme").CA()

    def server(self, *names: str, **options: Any) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ca.issue_cert(*names or ["127.0.0.1"], **options).configure_cert(context)
        return context

    def client(self) -> dict[str, Any]:
        context = ssl.create_default_context()
        self.ca.configure_trust(context)
        return {"context": context}


def test_with_a_certificate_the_address_is_wss_and_the_echo_the_same() -> None:
    ours = Authority()
    with EchoServer(ssl=ours.server()) as server, EchoServer() as other:
        assert server.url == f"wss://127.0.0.1:{server.port}"
        assert other.url.startswith("ws://")  # not of the class
        with client_of(server, sslopt=ours.client()) as client:
            client.send("Hello")
            assert client.recv() == "Received:  Hello"
        server.log.wait_for("Can't receive: the client closed the connection (1000)")


LONG_AGO = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("names", "options", "trusted", "alert"),
    [
        ([], {}, False, "unknown_ca"),
        (["bank.example"], {}, True, "bad_certificate"),
        (
            [],
            {"not_before": LONG_AGO, "not_after": LONG_AGO},
            True,
            "certificate_expired",
        ),
    ],
    ids=["unknown CA", "another name", "expired"],
)
def test_a_certificate_that_a_client_refuses_is_one_line_of_the_log(
    names: list[str], options: dict[str, Any], trusted: bool, alert: str
) -> None:
    ours, others = Authority(), Authority()
    with EchoServer(ssl=ours.server(*names, **options)) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            websocket.create_connection(
                server.url, timeout=10, sslopt=(ours if trusted else others).client()
            )
        server.log.wait_for("Refused")
        assert list(server.log) == [f"Refused: the client sent the TLS alert {alert}"]


def test_whoever_speaks_no_tls_at_a_wss_port_is_one_line_of_the_log() -> None:
    with EchoServer(ssl=Authority().server()) as server:
        assert exchange(server.port, PLAIN) == b""
        server.log.wait_for("Refused")
        assert list(server.log) == ["Refused: no TLS handshake: http request"]


def test_two_servers_with_one_context_log_each_their_own() -> None:
    context = Authority().server()
    with EchoServer(ssl=context) as one, EchoServer(ssl=context) as two:
        exchange(one.port, PLAIN)
        one.log.wait_for("Refused")
        assert (len(one.log), len(two.log)) == (1, 0)


def test_a_context_that_serves_elsewhere_fails_as_it_would_have() -> None:
    context = Authority().server()
    EchoServer(ssl=context)
    incoming = ssl.MemoryBIO()
    side = context.wrap_bio(incoming, ssl.MemoryBIO(), server_side=True)
    with pytest.raises(ssl.SSLWantReadError):
        side.do_handshake()
    incoming.write(PLAIN)
    with pytest.raises(ssl.SSLError, match="HTTP_REQUEST"):
        side.do_handshake()


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02"], ids=["none", "some"])
def test_a_stop_hangs_up_on_whoever_has_not_finished_the_handshake_of_tls(
    said: bytes,
) -> None:
    server = EchoServer(ssl=Authority().server()).start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as silent:
        silent.sendall(said)
        exchange(server.port, PLAIN)  # who came later has been seen, so this one, too
        server.stop()
        assert not server.running
        assert silent.recv(1) == b""
    assert list(server.log) == ["Refused: no TLS handshake: http request"]


# --- in a terminal --------------------------------------------------------------------


on_ctrl_c = pytest.mark.skipif(
    os.name != "posix", reason="to no process but its own, here, can one say Ctrl-C"
)


def hear_interrupts() -> None:
    """Let Ctrl-C be heard, even if these tests run where it is not, as under nohup."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """``python -m wslib.server`` in a process of its own."""

    def __init__(self, *arguments: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "wslib.server", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, "PYTHONUNBUFFERED": "", **environment},
            preexec_fn=hear_interrupts if os.name == "posix" else None,
        )
        # So that a line that never comes is a failure, and not a wait for ever.
        self.guard = threading.Timer(60, self.process.kill)
        self.guard.start()

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def url(self) -> str:
        return self.line().split()[3]

    def end(self, signal_: int | None = None) -> tuple[str, str, int]:
        """Return the rest of both outputs, and the exit status."""
        if signal_ is not None:
            self.process.send_signal(signal_)
        out, err = self.process.communicate(timeout=60)
        return out, err, self.process.returncode


@pytest.fixture
def terminal() -> Iterator[Callable[..., Terminal]]:
    started: list[Terminal] = []

    def start(*arguments: str, **environment: str) -> Terminal:
        started.append(Terminal(*arguments, **environment))
        return started[-1]

    yield start
    for each in started:
        each.guard.cancel()
        if each.process.poll() is None:
            each.process.kill()
            each.process.communicate()


@on_ctrl_c
@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_in_a_terminal_it_prints_what_it_does_until_ctrl_c(
    terminal: Callable[..., Terminal], signal_: int
) -> None:
    process = terminal("--port", "0")
    first = process.line()
    assert first.startswith("Echo server on ws://127.0.0.1:")
    assert first.endswith(" (Ctrl-C stops it)")
    client = websocket.create_connection(first.split()[3], timeout=10)
    for message in ("Hello, world!", "κόσμε"):
        client.send(message)
        assert client.recv() == f"Received:  {message}"
        assert process.line() == f"Received back from client: {message}"
        assert process.line() == f"Sending to client: Received:  {message}"
    client.close()
    assert process.line() == "Can't receive: the client closed the connection (1000)"
    assert process.end(signal_) == ("Stopped.\n", "", 0)


@on_ctrl_c
def test_a_letter_that_the_terminal_does_not_know_does_not_end_the_server(
    terminal: Callable[..., Terminal],
) -> None:
    process = terminal("--port", "0", PYTHONIOENCODING="ascii")
    client = websocket.create_connection(process.url(), timeout=10)
    client.send("κ")
    assert client.recv() == "Received:  κ"
    client.close()
    assert process.line() == r"Received back from client: \u03ba"
    assert process.end(signal.SIGINT)[1:] == ("", 0)


@on_ctrl_c
def test_a_client_that_stays_does_not_keep_ctrl_c_from_working(
    terminal: Callable[..., Terminal],
) -> None:
    process = terminal("--port", "0")
    client = websocket.create_connection(process.url(), timeout=10)
    out, err, status = process.end(signal.SIGINT)
    assert (out, err, status) == ("Stopped.\n", "", 0)
    assert client.recv_data() == (8, b"\x03\xe9")
    client.shutdown()


def test_a_busy_port_is_one_line_and_exit_status_1(
    terminal: Callable[..., Terminal],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        out, err, status = terminal("--port", str(port)).end()
    assert (out, status) == ("", 1)
    assert f"port {port} on 127.0.0.1 is in use by another program" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--port", "65536"], "a port is between 0 and 65535, not 65536"),
        (["--host", "0.0.0.0", "--port", "0"], "can be reached by other machines"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_status_1(
    arguments: list[str],
    said: str,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert main(arguments) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_the_port_of_the_chapter_is_the_default(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    assert "default: 1234" in capfd.readouterr().out


def test_in_this_process_too_an_interrupt_ends_it_quietly(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(log: Log) -> Iterator[str]:
        yield "one line"
        raise KeyboardInterrupt

    monkeypatch.setattr(signal, "signal", lambda *_: None)
    monkeypatch.setattr(Log, "follow", interrupted)
    assert main(["--port", "0"]) == 0
    out, err = capfd.readouterr()
    assert out.splitlines()[1:] == ["one line", "Stopped."]
    assert err == ""
