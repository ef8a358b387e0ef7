"""A browser whose cable is pulled: what it notices, and what with a heartbeat.

The clock of the page is the test's own where a heartbeat beats, so nothing waits.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from browser import Tab, launched, sync_api

from wslib.faults import ROOM
from wslib.frames import Opcode
from wslib.recording import Direction, RecordingProxy
from wslib.server import EchoServer

UP, DOWN = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT
HEARTBEAT = files("wslib").joinpath("heartbeat.js").read_text("utf-8")
OPEN, CLOSING, CLOSED = 1, 2, 3  # readyState

USE = """
window.sockets = [];
window.events = [];
window.use = (socket) => {
    const number = sockets.push(socket);
    for (const type of ["message", "error", "close"])
        socket.addEventListener(type, (event) =>
            events.push(`${number} ${type} ${event.data ?? event.code ?? ""}`.trim()));
};
"""


@pytest.fixture(scope="module")
def chrome() -> Iterator["sync_api.Browser"]:
    with launched() as browser:
        yield browser


@pytest.fixture
def page(chrome: "sync_api.Browser") -> Iterator["sync_api.Page"]:
    tab = Tab(chrome)
    yield tab.page
    tab.context.close()


@pytest.fixture
def server() -> Iterator[EchoServer]:
    with EchoServer() as server:
        yield server


@pytest.fixture
def relay(server: EchoServer) -> Iterator[RecordingProxy]:
    with RecordingProxy(server.url) as relay:
        yield relay


def open_socket(page: "sync_api.Page", relay: RecordingProxy) -> None:
    """Connect through the relay, and keep what the socket tells."""
    page.evaluate(USE + "null")
    page.evaluate(
        """(url) => new Promise((resolve) => {
            const socket = new WebSocket(url);
            use(socket);
            socket.onopen = () => resolve();
        })""",
        relay.url,
    )


def of_socket(page: "sync_api.Page", name: str, number: int = 1) -> Any:
    """Return a property of a socket."""
    return page.evaluate(f"sockets[{number - 1}].{name}")


# --- without a heartbeat --------------------------------------------------------------


def test_a_browser_is_not_told_that_its_server_has_gone_and_sees_an_open_socket(
    page: "sync_api.Page", server: EchoServer, relay: RecordingProxy
) -> None:
    open_socket(page, relay)
    relay.swallow()
    server.stop()
    for number in range(100):  # each goes out, so the browser's network is awake
        page.evaluate("sockets[0].send('are you there?')")
        relay.recording.wait_frames(UP, number + 1)
    assert of_socket(page, "readyState") == OPEN
    assert of_socket(page, "bufferedAmount") == 0  # all of it has left the browser
    assert page.evaluate("events") == []
    frames = relay.recording.frames(UP)
    assert [frame.passed for frame in frames] == [False] * 100
    relay.stop()  # only now is it told
    page.wait_for_function("events.includes('1 close 1006')")


def test_what_the_network_does_not_take_is_counted_in_buffered_amount(
    page: "sync_api.Page", relay: RecordingProxy
) -> None:
    open_socket(page, relay)
    relay.hold()
    page.evaluate("sockets[0].send('x'.repeat(2 ** 24))")
    with relay.recording._changed:
        assert relay.recording._changed.wait_for(
            lambda: relay.recording.count(UP) > ROOM, 20
        )
    assert of_socket(page, "bufferedAmount") > 0
    assert of_socket(page, "readyState") == OPEN
    assert page.evaluate("events") == []


def test_a_close_that_nobody_answers_is_not_told_to_have_happened(
    page: "sync_api.Page", relay: RecordingProxy
) -> None:
    open_socket(page, relay)
    relay.swallow()
    page.evaluate("sockets[0].close(1000)")
    [close] = relay.recording.wait_frames(UP, 1)
    assert close.frame.opcode is Opcode.CLOSE
    assert of_socket(page, "readyState") == CLOSING
    assert page.evaluate("events") == []  # for a minute, in Chromium
    relay.stop()
    page.wait_for_function("events.includes('1 close 1006')")


# --- with a heartbeat -----------------------------------------------------------------


class Beating:
    """A page with a heartbeat, whose clock stands still until it is put forward."""

    def __init__(self, page: "sync_api.Page", relay: RecordingProxy) -> None:
        self.page = page
        self.relay = relay
        page.clock.install()
        page.evaluate(USE + HEARTBEAT + f"keepAlive({relay.url!r}, use);")

    def until(self, said: str) -> None:
        """Return when this is so."""
        self.page.wait_for_function(said, timeout=20_000)

    def beat(self) -> None:
        """Put the clock forward to the next question."""
        self.page.clock.run_for(20_000)

    def asked(self, count: int, connection: int = 1) -> None:
        """Return when the relay has seen so many questions."""
        frames = self.relay.recording.wait_frames(
            UP, count, connection=connection, timeout=20
        )
        assert {frame.frame.payload for frame in frames} == {b"?"}


@pytest.fixture
def beating(page: "sync_api.Page", relay: RecordingProxy) -> Beating:
    beating = Beating(page, relay)
    beating.until("sockets.length === 1")
    for number in range(1, 4):
        beating.beat()
        beating.asked(number)
        beating.until(f"events.length === {number}")
    return beating


def test_while_it_is_answered_the_heartbeat_keeps_its_connection(
    beating: Beating,
) -> None:
    assert beating.page.evaluate("events") == ["1 message Received:  ?"] * 3
    assert beating.relay.recording.connections == 1


def test_with_a_heartbeat_a_browser_notices_and_comes_back(
    beating: Beating, server: EchoServer
) -> None:
    page, relay = beating.page, beating.relay
    relay.swallow()
    server.stop()
    page.evaluate("events.length = 0")
    beating.beat()
    beating.asked(4)
    assert of_socket(page, "readyState") == OPEN  # it has asked, and does not know yet
    beating.beat()
    assert of_socket(page, "readyState") in (CLOSING, CLOSED)
    beating.beat()  # the next one is dead too: it never opens
    assert page.evaluate("sockets.length") == 1
    server.start()
    relay.restore()
    beating.beat()
    beating.until("sockets.length === 2")
    page.evaluate("sockets[1].send('Here I am again')")
    beating.until("events.includes('2 message Received:  Here I am again')")
    assert of_socket(page, "readyState", 2) == OPEN


def test_with_a_heartbeat_one_dead_connection_costs_one_new_one(
    beating: Beating,
) -> None:
    beating.relay.swallow()
    beating.relay.restore()
    beating.beat()
    beating.asked(4)
    beating.beat()
    beating.until("sockets.length === 2")
    beating.beat()
    beating.asked(1, connection=2)
    beating.until("events.includes('2 message Received:  ?')")
    assert beating.relay.recording.connections == 2


def test_the_heartbeat_is_short_enough_to_be_shown() -> None:
    lines = HEARTBEAT.splitlines()
    assert len(lines) <= 14
    assert max(map(len, lines)) <= 88
