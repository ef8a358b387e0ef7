"""A browser whose cable is pulled: what it notices, and what with a heartbeat.

It comes back, too: the heartbeat and the reconnecting of a page are one story.

The clock of the page is the test's own where a heartbeat beats, so nothing waits.
"""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from browser import Tab, sync_api

from wslib.direction import Direction
from wslib.frames import Opcode
from wslib.relay.lane import ROOM
from wslib.relay.proxy import RecordingProxy
from wslib.server import EchoServer

UP, DOWN = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT
SCRIPTS = {
    name: files("wslib.labs.reconnecting").joinpath(name).read_text("utf-8")
    for name in ("heartbeat.js", "reconnect.js")
}
OPEN, CLOSING, CLOSED = 1, 2, 3  # readyState

USE = """
window.sockets = [];
window.events = [];
window.made = 0;
window.ended = 0;
window.WebSocket = class extends WebSocket {
    constructor(url) {
        super(url);
        made++;
        this.addEventListener("close", () => { ended++; });
    }
};
window.use = (socket) => {
    const number = sockets.push(socket);
    for (const type of ["message", "error", "close"])
        socket.addEventListener(type, (event) =>
            events.push(`${number} ${type} ${event.data ?? event.code ?? ""}`.trim()));
};
"""


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
    relay.blackhole()
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
    relay.stall()
    page.evaluate("sockets[0].send('x'.repeat(2 ** 26))")
    with relay.recording._changed:
        assert relay.recording._changed.wait_for(
            lambda: relay.recording.count(UP) >= ROOM, 20
        )
    assert of_socket(page, "bufferedAmount") > 0
    assert of_socket(page, "readyState") == OPEN
    assert page.evaluate("events") == []


def test_a_close_that_nobody_answers_is_not_told_to_have_happened(
    page: "sync_api.Page", relay: RecordingProxy
) -> None:
    open_socket(page, relay)
    relay.blackhole()
    page.evaluate("sockets[0].close(1000)")
    [close] = relay.recording.wait_frames(UP, 1)
    assert close.frame.opcode is Opcode.CLOSE
    assert of_socket(page, "readyState") == CLOSING
    assert page.evaluate("events") == []  # for a minute, in Chromium
    relay.stop()
    page.wait_for_function("events.includes('1 close 1006')")


# --- with a heartbeat -----------------------------------------------------------------


class Beating:
    """A page with a heartbeat, whose clock stands still until it is put forward.

    Of each wait it takes half, where others take a random part.
    """

    def __init__(self, page: "sync_api.Page", relay: RecordingProxy) -> None:
        self.page = page
        self.relay = relay
        page.clock.install(time=0)
        page.clock.pause_at(3600)  # far enough ahead for a machine that is busy
        wait = "(attempt) => 0.5 * Math.min(30, 2 ** attempt)"
        start = f"window.stop = keepConnected({relay.url!r}, use, {wait});"
        page.evaluate(USE + "".join(SCRIPTS.values()) + start + "null")

    def until(self, said: str) -> None:
        """Return when this is so."""
        self.page.wait_for_function(said, timeout=20_000)

    def later(self, milliseconds: int) -> None:
        """Put the clock forward."""
        self.page.clock.run_for(milliseconds)

    def beat(self) -> None:
        """Put the clock forward to the next question."""
        self.later(20_000)

    def connects_after(self, milliseconds: int) -> None:
        """Put the clock forward to the next connection, which must not come earlier."""
        made = self.made()
        self.later(milliseconds - 1)
        assert self.made() == made
        self.later(1)
        assert self.made() == made + 1

    def made(self) -> int:
        """Return how many connections the page has asked for."""
        return int(self.page.evaluate("made"))

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
    assert beating.made() == 1


def test_with_a_heartbeat_a_browser_notices_and_comes_back(
    beating: Beating, server: EchoServer
) -> None:
    page, relay = beating.page, beating.relay
    relay.blackhole()
    server.stop()
    beating.beat()
    beating.asked(4)
    assert of_socket(page, "readyState") == OPEN  # it has asked, and does not know yet
    beating.beat()
    assert of_socket(page, "readyState") in (CLOSING, CLOSED)
    beating.connects_after(500)
    beating.beat()  # that one is dead too: it never opens
    assert page.evaluate("sockets.length") == 1
    server.start()
    relay.heal()
    beating.connects_after(1000)
    beating.until("sockets.length === 2")
    page.evaluate("sockets[1].send('Here I am again')")
    beating.until("events.includes('2 message Received:  Here I am again')")
    assert of_socket(page, "readyState", 2) == OPEN


def test_the_late_end_of_a_dead_connection_does_not_disturb_the_new_one(
    beating: Beating,
) -> None:
    beating.relay.blackhole()
    beating.relay.heal()
    beating.beat()
    beating.asked(4)
    beating.beat()
    beating.connects_after(500)
    beating.until("sockets.length === 2")
    assert "close" not in str(beating.page.evaluate("events"))  # it did not wait for it
    beating.page.evaluate("sockets[0].dispatchEvent(new CloseEvent('close'))")
    beating.beat()
    beating.asked(1, connection=2)
    beating.until("events.includes('2 message Received:  ?')")
    assert of_socket(beating.page, "readyState", 2) == OPEN
    assert beating.made() == 2


def test_a_server_that_closes_is_noticed_at_once_and_asked_nothing_more(
    beating: Beating, server: EchoServer
) -> None:
    server.stop()
    beating.until("events.includes('1 close 1001')")
    server.start()
    beating.connects_after(500)
    beating.until("sockets.length === 2")
    beating.beat()
    beating.asked(1, connection=2)
    said = [frame.frame.opcode for frame in beating.relay.recording.frames(UP)]
    assert said == [Opcode.TEXT] * 3 + [Opcode.CLOSE]
    assert beating.made() == 2


def test_each_failure_doubles_the_wait_up_to_a_bound_and_an_answer_ends_that(
    beating: Beating, server: EchoServer
) -> None:
    server.stop()
    for seconds in (1, 2, 4, 8, 16, 30, 30):
        beating.until("ended === made")
        beating.connects_after(500 * seconds)
    beating.until("ended === made")
    server.start()
    beating.connects_after(15_000)
    beating.until("sockets.length === 2")
    server.stop()  # it let the page in, and said nothing
    beating.until("events.includes('2 close 1001')")
    server.start()
    beating.connects_after(15_000)
    beating.until("sockets.length === 3")
    beating.beat()
    beating.until("events.includes('3 message Received:  ?')")
    server.stop()
    beating.until("events.includes('3 close 1001')")
    beating.connects_after(500)


@pytest.mark.parametrize("when", ["while it is open", "between two connections"])
def test_a_heartbeat_can_be_stopped(
    beating: Beating, server: EchoServer, when: str
) -> None:
    if when == "between two connections":
        server.stop()
        beating.until("events.includes('1 close 1001')")
    beating.page.evaluate("stop()")
    beating.until(f"sockets[0].readyState === {CLOSED}")
    beating.later(120_000)
    beating.page.evaluate("stop()")  # and once more, which does nothing
    beating.relay.recording.wait_closed(timeout=20)
    texts = [f for f in beating.relay.recording.frames(UP) if f.words == "TEXT"]
    assert (beating.made(), len(texts)) == (1, 3)


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
def test_a_script_is_short_enough_to_be_shown(script: str) -> None:
    lines = script.splitlines()
    assert len(lines) <= 20
    assert max(map(len, lines)) <= 88
