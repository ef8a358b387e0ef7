"""In a real kernel: what happens on a network in three lines, all else as ever."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from kernels import kernel_running

START = """
import websocket
from wslib.server import EchoServer
server = EchoServer().start()
client = websocket.create_connection(server.url, timeout=0.2)
import socket
other = socket.create_server(("127.0.0.1", 0))
taken = other.getsockname()[1]
"""
DAILY = [
    ("client.recv()", "WebSocketTimeoutException", "Is the server still there"),
    (
        "client.close()\nclient.send('more')",
        "WebSocketConnectionClosedException",
        "Run the cell that connects",
    ),
    (
        "server.stop()\nwebsocket.create_connection(server.url)",
        "ConnectionRefusedError",
        "Run the cell that starts it",
    ),
    (
        "websocket.create_connection(server.url, origin='http://a.example',\n"
        "    header=['Sec-WebSocket-Version: 12'])",
        "WebSocketBadStatusException",
        "not with 101",
    ),
    ("raise KeyboardInterrupt", "KeyboardInterrupt", "You stopped it"),
    ("EchoServer(port=taken).start()", "PortInUse", "another program"),
    ("def f():\n    raise TimeoutError('too late')\nf()", "TimeoutError", "to come"),
]


@pytest.fixture(scope="module")
def run() -> Iterator[Any]:
    def lines(cell: str) -> list[str]:
        """Run a cell; return the lines in which it tells its error."""
        told: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            if message["msg_type"] == "error":
                told.extend("\n".join(message["content"]["traceback"]).splitlines())
            assert message["msg_type"] != "stream", message["content"]

        client.execute_interactive(cell, output_hook=hear, timeout=60)
        return [re.sub(r"\x1b\[[\d;]*m", "", line) for line in told]

    with kernel_running() as client:
        yield lines


@pytest.mark.parametrize(("cell", "error", "words"), DAILY, ids=[d[1] for d in DAILY])
def test_what_happens_daily_is_told_in_three_lines(
    run: Any, cell: str, error: str, words: str
) -> None:
    assert run(START) == []
    where, what, *then = run(cell)
    assert where.startswith("At line "), where
    assert where.split(": ", 1)[1] in [line.strip() for line in cell.split("\n")]
    assert what.startswith(error)
    assert len(then) == 1 and "%tb" in then[0]
    assert words in f"{what} {then[0]}"


def test_the_whole_way_is_kept_for_who_wants_it(run: Any) -> None:
    run(START)
    assert len(run("client.recv()")) == 3
    whole = run("%tb")
    assert len(whole) > 20 and whole[-1].startswith("WebSocketTimeoutException")


def test_all_other_errors_are_shown_as_ever(run: Any) -> None:
    run(START)
    ours = run("def half(n):\n    return 1 / n\nhalf(0)")
    run("get_ipython().set_custom_exc((), None)")
    as_ever = run("def half(n):\n    return 1 / n\nhalf(0)")
    assert len(as_ever) > 5
    number = re.compile(r"Cell In\[\d+\]|ipykernel\S+")
    assert [number.sub("", x) for x in ours] == [number.sub("", x) for x in as_ever]
