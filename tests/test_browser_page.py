"""The page "WebSocket Echo Test", in a real Chromium and without JupyterLab."""

import contextlib
import io
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from browser import Tab, expect, sync_api
from PIL import Image
from screenshots import IMAGES, SCREENSHOTS

from wslib import page as browser_page
from wslib.direction import Direction
from wslib.frames import Opcode
from wslib.relay.proxy import RecordingProxy
from wslib.server import EchoServer

UP, DOWN = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT


class EchoPage(Tab):
    """The page, as whoever sits in front of it has it."""

    def visit(self, address: str) -> None:
        """Open the page of a server, given its WebSocket's address."""
        self.page.goto(address.replace("ws:", "http:", 1))
        expect(self.page.locator("#state")).to_have_text("open")

    def press(self, name: str) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def close_with(self, code: str) -> None:
        """Close with a code."""
        self.page.get_by_label("Close code").fill(code)
        self.press("Close")

    def says(self, text: str) -> None:
        """Wait until the log says so."""
        expect(self.page.locator("#log")).to_contain_text(text)

    def shows(self, name: str, text: str) -> None:
        """Wait until a property of the socket is shown so."""
        expect(self.page.locator(f"#{name}")).to_have_text(text)

    @property
    def lines(self) -> list[str]:
        """The log so far, without the times."""
        lines = self.page.locator("#lines li").all_inner_texts()
        for line in lines:
            assert re.match(r"\d\d:\d\d:\d\d ", line), line
        return [line[9:] for line in lines]


@pytest.fixture
def server() -> Iterator[EchoServer]:
    with EchoServer(page=True) as server:
        yield server


@pytest.fixture
def new_tab(chrome: "sync_api.Browser") -> Iterator[Any]:
    tabs: list[EchoPage] = []

    def new(**options: Any) -> EchoPage:
        tabs.append(EchoPage(chrome, **options))
        return tabs[-1]

    yield new
    for tab in tabs:
        tab.context.close()


@pytest.fixture(scope="module")
def one_tab(chrome: "sync_api.Browser") -> EchoPage:
    return EchoPage(chrome)


@pytest.fixture
def tab(one_tab: EchoPage, server: EchoServer) -> Iterator[EchoPage]:
    one_tab.visit(server.url)
    yield one_tab
    one_tab.forget()


# --- the conversation -----------------------------------------------------------------


def test_it_connects_where_it_came_from_and_says_so(
    tab: EchoPage, server: EchoServer
) -> None:
    expect(tab.page).to_have_title("WebSocket Echo Test")
    assert tab.page.locator("#url").inner_text() == f"{server.url}/"
    assert tab.lines == ["• 1 connecting ...", "• 1 open"]
    assert tab.console == ["onload", f"connected to {server.url}/"]
    for name, text in [
        ("readyState", "1 OPEN"),
        ("bufferedAmount", "0"),
        ("binaryType", "arraybuffer"),
        ("protocol", '""'),
        ("closeCode", "none yet"),
    ]:
        tab.shows(name, text)
    assert tab.errors == []


def test_the_message_goes_out_and_its_echo_comes_back(
    tab: EchoPage, server: EchoServer
) -> None:
    assert tab.page.get_by_label("Message").input_value() == "Hello, world!"
    tab.press("Send Message")
    tab.says("message: ")
    assert tab.lines[2:] == [
        "▶ 1 sent: Hello, world! (bufferedAmount 13)",
        "◀ 1 message: Received:  Hello, world!",
    ]
    tab.shows("bufferedAmount", "0")
    assert tab.console[2:] == ["message received: Received:  Hello, world!"]
    server.log.wait_for("Received back from client: Hello, world!")


@pytest.mark.parametrize("text", ["", "κόσμε 😀", "<b onclick=x>&amp;</b>", "x" * 5000])
def test_text_is_shown_as_text_whatever_it_is(tab: EchoPage, text: str) -> None:
    tab.page.get_by_label("Message").fill(text)
    tab.press("Send Message")
    tab.says("message: ")
    assert tab.lines[-1].rstrip() == f"◀ 1 message: Received:  {text}".rstrip()
    assert tab.page.locator("#log b").count() == 0


def test_bytes_go_out_as_a_binary_message_and_come_back_as_one(
    tab: EchoPage, server: EchoServer
) -> None:
    tab.page.get_by_label("Message").fill("é")
    tab.press("Send as bytes")
    tab.says("message: ")
    reply = "13 bytes 52 65 63 65 69 76 65 64 3a 20 20 c3 a9"
    assert tab.lines[2:] == [
        "▶ 1 sent: 2 bytes c3 a9 (bufferedAmount 2)",
        f"◀ 1 message: {reply}",
    ]
    server.log.wait_for(r"Received back from client: b'\xc3\xa9'")


def test_a_push_arrives_unasked(tab: EchoPage, server: EchoServer) -> None:
    assert server.push("The score is 2 : 1.") == 1
    tab.says("◀ 1 message: The score is 2 : 1.")


# --- the end of it --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "code"), [("1000", 1000), ("3000", 3000), (" 4999 ", 4999), ("", 1005)]
)
def test_it_closes_with_the_code_that_is_typed(
    tab: EchoPage, server: EchoServer, typed: str, code: int
) -> None:
    tab.close_with(typed)
    tab.says("close: ")
    assert tab.lines[-1] == f'• 1 close: code {code}, reason "", clean'
    assert tab.console[-1] == f"connection closed ({code})"
    tab.shows("readyState", "3 CLOSED")
    tab.shows("closeCode", str(code))
    server.log.wait_for(f"the client closed the connection ({code})")
    assert tab.errors == []


@pytest.mark.parametrize("code", ["999", "1001", "1006", "2999", "5000", "soon"])
def test_a_code_that_a_script_may_not_say_is_refused_by_the_browser(
    tab: EchoPage, code: str
) -> None:
    tab.close_with(code)
    tab.says("InvalidAccessError")
    tab.shows("state", "open")


def test_what_is_sent_after_the_close_is_dropped_and_counted(tab: EchoPage) -> None:
    tab.close_with("1000")
    tab.says("close: ")
    tab.press("Send Message")
    tab.press("Send Message")
    assert tab.lines[-2:] == [
        "▶ 1 not sent: Hello, world! (bufferedAmount 13)",
        "▶ 1 not sent: Hello, world! (bufferedAmount 26)",
    ]
    tab.shows("bufferedAmount", "26")


def test_sending_before_it_is_open_is_refused(tab: EchoPage) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        tab.page.evaluate(f"connect('ws://127.0.0.1:{silent.getsockname()[1]}')")
        tab.shows("readyState", "0 CONNECTING")
        tab.press("Send Message")
        tab.says("InvalidStateError")


def test_at_a_dead_port_error_fires_and_then_close(tab: EchoPage) -> None:
    tab.press("Connect to a dead port")
    tab.says("close: code 1006")
    assert [line for line in tab.lines if line.startswith("• 2")] == [
        "• 2 connecting ...",
        "• 2 error (why, a script is not told)",
        '• 2 close: code 1006, reason "", not clean',
    ]
    tab.shows("state", "closed")
    tab.shows("closeCode", "1006")
    assert "connection closed (1006)" in tab.console


def test_a_port_that_speaks_only_http_looks_the_same_to_a_script(
    tab: EchoPage,
) -> None:
    with EchoServer(process_request=lambda c, _: c.respond(200, "hello")) as plain:
        tab.page.evaluate(f"connect({plain.url!r})")
        tab.says("2 error")
        tab.says("2 close: code 1006")


def test_it_connects_again(tab: EchoPage, server: EchoServer) -> None:
    tab.press("Reconnect")
    tab.says("2 open")
    tab.says("1 close: code 1005")
    tab.shows("state", "open")
    tab.shows("closeCode", "none yet")  # the new connection has none
    tab.press("Send Message")
    tab.says("2 message: Received:  Hello, world!")
    assert server.clients == 1


def test_it_sees_the_server_go_and_come_back(tab: EchoPage, server: EchoServer) -> None:
    gone = tab.page.get_by_role("status")
    server.stop()
    tab.says("1 close: code 1001")
    expect(gone).to_contain_text("The server of this page has stopped")
    tab.press("Send Message")
    tab.press("Reconnect")
    tab.says("2 close: code 1006")
    expect(gone).to_contain_text("Run the cell that starts it again")
    server.start()
    tab.press("Reconnect")
    tab.shows("state", "open")
    expect(gone).to_be_empty()


def test_it_does_not_say_so_of_an_end_that_is_none_of_the_server(tab: EchoPage) -> None:
    gone = tab.page.get_by_role("status")
    tab.press("Connect to a dead port")
    tab.says("2 close: code 1006")
    expect(gone).to_be_empty()
    tab.press("Reconnect")
    tab.shows("state", "open")
    tab.close_with("4001")
    tab.says("3 close: code 4001")
    expect(gone).to_be_empty()


# --- who may use it, and on what ------------------------------------------------------


def test_the_keyboard_is_enough(tab: EchoPage) -> None:
    keyboard, order = tab.page.keyboard, []
    for _ in range(8):
        keyboard.press("Tab")
        name = "document.activeElement.id || document.activeElement.textContent"
        order.append(tab.page.evaluate(name))
    assert order == [
        "message",
        "Send Message",
        "binary",
        "code",
        "Close",
        "reconnect",
        "dead",
        "log",
    ]
    tab.page.get_by_label("Message").focus()
    keyboard.press("Control+A")
    keyboard.type("by hand")
    keyboard.press("Enter")
    tab.says("message: Received:  by hand")
    for _ in range(2):
        keyboard.press("Tab")
    keyboard.press("Space")
    tab.says("message: 18 bytes")
    keyboard.press("Tab")
    keyboard.press("Control+A")
    keyboard.type("4321")
    keyboard.press("Enter")
    tab.says("close: code 4321")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_keeps_people_out(
    new_tab: Any, server: EchoServer, scheme: str, width: int
) -> None:
    tab = new_tab(color_scheme=scheme, viewport={"width": width, "height": 640})
    tab.visit(server.url)
    tab.press("Send Message")
    tab.says("message: ")
    tab.press("Connect to a dead port")
    tab.says("close: code 1006")
    assert tab.faults() == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    pixel = Image.open(io.BytesIO(tab.page.screenshot())).convert("L").getpixel((1, 1))
    assert (pixel < 64) == (scheme == "dark")


def test_a_screen_reader_hears_the_log_and_knows_each_field(tab: EchoPage) -> None:
    expect(tab.page.get_by_role("log", name="What happened")).to_be_visible()
    for name in ("Message", "Close code"):
        expect(tab.page.get_by_role("textbox", name=name)).to_be_visible()


# --- what it asks for, and what it may ask for ----------------------------------------


def test_it_fetches_nothing_but_itself(tab: EchoPage, server: EchoServer) -> None:
    tab.press("Send Message")
    tab.says("message: ")
    assert tab.requests == [server.url.replace("ws:", "http:") + "/"]


def test_no_other_script_runs_in_it_and_it_reaches_no_other_machine(
    tab: EchoPage,
) -> None:
    tab.page.evaluate("""() => {
        window.refused = [];
        document.onsecuritypolicyviolation = (event) =>
            window.refused.push(event.effectiveDirective);
        const script = document.createElement("script");
        script.textContent = "window.injected = true";
        document.body.append(script);
        try { new WebSocket("ws://192.0.2.1/"); } catch { }
        document.body.append(new Image());
        document.body.lastChild.src = "http://192.0.2.1/";
    }""")
    tab.page.wait_for_function("window.refused.length === 3")
    refused = tab.page.evaluate("window.refused")
    assert set(refused) == {"script-src-elem", "connect-src", "img-src"}
    assert tab.page.evaluate("window.injected") is None


def test_in_a_frame_it_offers_a_tab_of_its_own(
    new_tab: Any, tab: EchoPage, server: EchoServer
) -> None:
    expect(tab.page.get_by_role("link")).to_be_hidden()
    framing = new_tab()
    address = server.url.replace("ws:", "http:")
    framing.page.set_content(f'<iframe src="{address}" title="the page"></iframe>')
    with framing.context.expect_page() as opened:
        framing.page.frame_locator("iframe").get_by_role("link").click()
    expect(opened.value.locator("#state")).to_have_text("open")


def test_behind_a_proxy_it_keeps_the_prefix_and_https_makes_wss(new_tab: Any) -> None:
    tab, asked = new_tab(), []
    address = "https://hub.example/user/alice/proxy/4711/"

    def answer(socket: "sync_api.WebSocketRoute") -> None:
        asked.append(socket.url)
        socket.on_message(lambda message: socket.send(f"Received:  {message}"))

    tab.page.route(address, lambda route: route.fulfill(body=browser_page.HTML))
    tab.page.route_web_socket(re.compile("^wss:"), answer)
    tab.page.goto(address)
    expect(tab.page.locator("#state")).to_have_text("open")
    tab.press("Send Message")
    tab.says("message: Received:  Hello, world!")
    tab.press("Connect to a dead port")
    expect(tab.page.locator("#number")).to_have_text("2")
    assert asked == [
        "wss://hub.example/user/alice/proxy/4711/",
        "wss://hub.example/user/alice/nobody",
    ]


# --- what the server sees of it -------------------------------------------------------


def test_the_server_keeps_what_the_browser_sent_to_open(
    tab: EchoPage, server: EchoServer
) -> None:
    [request] = server.handshakes
    assert request.target == "/"
    assert request.get("Origin") == server.url.replace("ws:", "http:")
    assert request.get("User-Agent") == tab.page.evaluate("navigator.userAgent")
    assert request.get("Sec-WebSocket-Version") == "13"
    offered = request.get("Sec-WebSocket-Extensions")
    assert offered and offered.startswith("permessage-deflate")
    assert list(server.log) == ["Answered /: 200 OK"]


def test_the_relay_has_the_browsers_frames(new_tab: Any, server: EchoServer) -> None:
    with RecordingProxy(server.url) as relay:
        tab = new_tab()
        tab.visit(relay.url)
        assert tab.page.locator("#url").inner_text() == f"{relay.url}/"
        tab.press("Send Message")
        tab.says("message: ")
        tab.close_with("4001")
        tab.says("close: code 4001")
        recording = relay.recording
        [number] = [
            n
            for n in range(1, recording.connections + 1)
            if b"Upgrade: websocket" in recording.handshake(UP, n)
        ]
        sent = recording.wait_frames(UP, 2, connection=number)
        got = recording.wait_frames(DOWN, 2, connection=number)
    assert [entry.frame.opcode for entry in sent] == [Opcode.TEXT, Opcode.CLOSE]
    assert all(entry.frame.masking_key for entry in sent)
    assert got[0].frame.payload == b"Received:  Hello, world!"


def test_what_the_browser_offers_to_compress_is_compressed_if_the_server_agrees(
    new_tab: Any,
) -> None:
    with (
        EchoServer(page=True, compression="deflate") as server,
        RecordingProxy(server.url) as relay,
    ):
        tab = new_tab()
        tab.visit(relay.url)
        tab.page.get_by_label("Message").fill("ab" * 5000)
        tab.press("Send Message")
        tab.says("message: Received:  abab")
        assert relay.recording.count(UP) < 5000


@pytest.mark.parametrize(
    ("with_page", "path", "words"),
    [
        (False, "/", "426"),
        (False, "/", "cannot access a WebSocket server directly"),
        (True, "/x", "The page is at /"),
    ],
)
def test_whoever_comes_with_a_browser_and_finds_no_page_is_told_so(
    new_tab: Any, with_page: bool, path: str, words: str
) -> None:
    with EchoServer(page=with_page) as server:
        tab = new_tab()
        response = tab.page.goto(server.url.replace("ws:", "http:") + path)
        assert response is not None
        said = f"{response.status} {tab.page.locator('body').inner_text()}"
    assert words in said


def test_two_browsers_are_two_clients(
    tab: EchoPage, new_tab: Any, server: EchoServer
) -> None:
    other = new_tab()
    other.visit(server.url)
    assert server.push("to both") == 2
    tab.says("to both")
    other.says("to both")
    with contextlib.closing(other.context):
        other.close_with("1000")
        other.says("close: ")
    tab.shows("state", "open")


# --- the screenshots ------------------------------------------------------------------


def test_every_picture_that_is_no_drawing_can_be_taken_anew_and_is_modest() -> None:
    pictures = {path.name: path for path in IMAGES.glob("*.png")}
    assert set(pictures) == set(SCREENSHOTS)
    for path in pictures.values():
        assert path.stat().st_size < 100_000
        with Image.open(path) as picture:
            assert max(picture.size) <= 1200
