"""Notebook 05, walked with a real browser in a real JupyterLab, as its text says.

What is to be pressed, in which order, and what it brings about, is read from the page.
"""

import re
import socket
from collections.abc import Iterator

import nbformat
import pytest
from browser import Lab, Notebook, Tab, expect
from browser import sync_api as playwright
from execute_notebooks import ROOT

from wslib.direction import UP
from wslib.labs.browser.origins import CAPTURED
from wslib.labs.browser.visit import KEYS
from wslib.relay import RecordingProxy
from wslib.server import EchoServer

NAME = "notebooks/05_browser.ipynb"
CELLS = {cell.id: cell for cell in nbformat.read(ROOT / NAME, as_version=4).cells}
NUMBERS = {id: number for number, id in enumerate(CELLS)}
CODE = [id for id, cell in CELLS.items() if cell.cell_type == "code"]
YOURS = "--- the server's log; the client was your browser ---"
LOG = """Answered /: 200 OK
Received back from client: Hello, world!
Sending to client: Received:  Hello, world!
Received back from client: b'Hello, world!'
Sending to client: b'Received:  Hello, world!'
Can't receive: the client closed the connection (4001)
Can't receive: the client closed the connection (1005)
"""
FRAMES = """
client ▶            Text 'Hello, world!'
         ◀ server   Text 'Received:  Hello, world!'
client ▶            Binary of 13 bytes
         ◀ server   Binary of 24 bytes
client ▶            Close 4001
         ◀ server   Close 4001""".strip().splitlines()


def buttons() -> list[tuple[str, str]]:
    """Return the buttons that the text names, in its order, and the code if any."""
    item = r"^\d\. \*(.+?)\*(?:, with the code (\d+))?$"
    found: list[tuple[str, str]] = re.findall(item, CELLS["cell-04"].source, re.M)
    return found


def promised() -> dict[str, list[str]]:
    """Return for each button the events that the text's table promises."""
    rows = re.findall(
        r"^\| ([^|*-]+) \| (\*.+?) \| .+ \|$",
        CELLS["how-does-each-event-come-about"].source,
        re.M,
    )
    events: dict[str, list[str]] = {}
    pressed: list[str] = []
    for press, caused in rows:
        if press == "(the page opens)":
            continue
        if press != "(then)":
            pressed = [re.sub(r", \d+$", "", press)]
        if "Send" in press:
            pressed = press.split(", ")
        for name in pressed:
            found = re.findall(r"\*(\w+)\*(?:: code (\d+), ([\w ]+))?", caused)
            events.setdefault(name, []).extend(
                event + (f" {code} {how}" if code else "") for event, code, how in found
            )
    return events


def stored(id: str) -> str:
    """Return what the file shows under a cell."""
    return "".join(
        output.get("text") or output["data"]["text/plain"]
        for output in CELLS[id].outputs
    )


class Student:
    """Somebody with a browser who goes through the notebook."""

    def __init__(self, tab: Tab, notebook: Notebook) -> None:
        self.tab, self.notebook = tab, notebook
        self.came: list[str | bytes] = []  # over the WebSockets of the page
        self.tab.page.on("websocket", self._watch)
        self.notebook.open(NAME)

    def _watch(self, socket: "playwright.WebSocket") -> None:
        """Keep what comes over a WebSocket."""
        socket.on("framereceived", lambda message: self.came.append(message))

    def leave(self) -> None:
        """Watch no longer."""
        self.tab.page.remove_listener("websocket", self._watch)

    def run(self, id: str) -> str:
        """Run a cell; return what it shows."""
        return self._text(self.notebook.run([NUMBERS[id]]))

    def write(self, id: str, source: str) -> None:
        """Write something else into a cell."""
        self.notebook._do(
            """
            const cells = jupyterapp.shell.currentWidget.content.model.cells;
            cells.get(given[0]).sharedModel.setSource(given[1]);
            """,
            [NUMBERS[id], source],
        )

    def start(self) -> None:
        """Begin again: run the cell that starts the server, and see the page open."""
        self.notebook._do(
            """await jupyterapp.commands.execute("notebook:clear-all-cell-outputs")"""
        )
        self.run("start")
        expect(self.echo_test.locator("#state")).to_have_text("open")

    def run_from(self, first: str, last: str) -> dict[str, str]:
        """Run the code cells from one to another; return what each shows."""
        some = CODE[CODE.index(first) : CODE.index(last) + 1]
        return {id: self.run(id) for id in some}

    def shown(self, id: str) -> str:
        """Return what a cell shows."""
        return self._text(self.notebook._outputs([NUMBERS[id]]))

    def _text(self, outputs: list[dict[str, object]]) -> str:
        texts = []
        for output in outputs:
            assert output["output_type"] != "error", output
            assert output.get("name") != "stderr", output
            data = output.get("data", {})
            assert isinstance(data, dict)
            text = output["text"] or data["text/plain"]
            texts.append("".join(text) if isinstance(text, list) else str(text))
        return "".join(texts)

    def frame(self, id: str) -> "playwright.FrameLocator":
        """Return the frame under a cell."""
        cell = self.tab.page.locator(".jp-Notebook .jp-Cell").nth(NUMBERS[id])
        return cell.frame_locator("iframe")

    @property
    def echo_test(self) -> "playwright.FrameLocator":
        """The page."""
        return self.frame("start")

    def press(self, name: str, code: str = "") -> list[str]:
        """Press a button of the page, and return the events that it caused."""
        told = re.compile(
            r"[•◀] \d (open|message|error|close)(?:: code (\d+).*?\", (.+))?"
        )
        lines = self.echo_test.locator("#lines li").filter(has_text=told)
        before = len(lines.all_inner_texts())
        if code:
            self.echo_test.get_by_label("Close code").fill(code)
        # By the keyboard: JupyterLab lays out cells as they come into sight, and then a
        # mouse may be where the button was.
        button = self.echo_test.get_by_role("button", name=name, exact=True)
        button.press("Enter")
        due = promised()[name]
        log = self.echo_test.locator("#log")
        for event in due:
            kind, *more = event.split(" ", 1)
            words = {"close": "close: code "}.get(kind, kind)
            words += more[0].split(" ")[0] if more else ""
            expect(log).to_contain_text(re.compile(rf"\d [•◀] \d {words}"))
        expect(lines.nth(before + len(due) - 1)).to_be_attached()
        found = []
        for line in lines.all_inner_texts()[before:]:
            if seen := told.search(line):
                found.append(" ".join(filter(None, seen.groups())))
        return found

    def press_what_the_text_says(self) -> None:
        """Press every button, in order; see the events that the text promises."""
        expect(self.echo_test.locator("#state")).to_have_text("open")
        for name, code in buttons():
            assert sorted(self.press(name, code)) == sorted(promised()[name]), name


@pytest.fixture(scope="module")
def student(all_students: dict[str, tuple[Tab, Notebook]]) -> Iterator[Student]:
    """A student at the address that `jupyter lab` opens.

    One notebook, with one kernel, serves them all: each test starts the server anew, as
    a student does who comes back to the cell.
    """
    student = Student(*all_students["localhost"])
    yield student
    student.leave()


@pytest.fixture
def tab(chrome: "playwright.Browser") -> Iterator[Tab]:
    tab = Tab(chrome)
    yield tab
    tab.context.close()


# --- what the text says ---------------------------------------------------------------


def test_the_text_names_buttons_and_says_of_each_what_it_causes() -> None:
    names = [name for name, _ in buttons()]
    assert len(names) == 5
    assert set(names) == set(promised())
    assert dict(buttons())["Close"] == "4001"
    assert promised()["Connect to a dead port"] == [
        "close 1005 clean",
        "error",
        "close 1006 not clean",
    ]


def test_run_all_says_that_a_program_came_and_then_that_the_server_is_gone(
    student: Student,
) -> None:
    student.notebook.run_all()
    assert "the client was the stand-in" in student.shown("server-log")
    for id in CODE:
        if id not in ("heard-script", "origins-seen"):  # if it was there in time
            assert student.shown(id).strip() == stored(id).strip()
    student.notebook.scroll_to(NUMBERS["start"])
    gone = (
        "has stopped|Has it been stopped|refused"  # which of them is a matter of time
    )
    expect(student.echo_test.locator("body")).to_contain_text(re.compile(gone))

    student.start()
    student.run("stop")
    student.notebook.scroll_to(NUMBERS["start"])
    status = student.echo_test.get_by_role("status")
    expect(status).to_contain_text("The server of this page has stopped")
    expect(status).to_contain_text("Run the cell that starts it again")
    student.echo_test.get_by_role("button", name="Reconnect").click()
    expect(student.echo_test.locator("#log")).to_contain_text("2 close: code 1006")
    expect(status).to_contain_text("has stopped")

    student.start()  # as it says, and then what the text says
    expect(student.echo_test.get_by_role("status")).to_have_text("")
    student.press_what_the_text_says()
    assert student.run("server-log") == f"{YOURS}\n{LOG}"
    student.run("stop")


def test_whoever_presses_what_the_text_says_sees_what_the_text_says(
    student: Student, jupyterlab: Lab
) -> None:
    student.start()
    student.press_what_the_text_says()
    seen = student.run_from("server-log", "origin-python")
    title, _, log = seen["server-log"].partition("\n")
    assert (title, log) == (
        "--- the server's log; the client was your browser ---",
        LOG,
    )

    title, *rows = seen["two-handshakes"].splitlines()
    assert re.split("  +", title) == ["header", "your browser", "websocket-client"]
    there = stored("two-handshakes").splitlines()[1:]
    assert {row.split()[0] for row in rows} == {row.split()[0] for row in there}
    agent = student.tab.page.evaluate("navigator.userAgent")
    assert agent[:40] in seen["two-handshakes"]

    title, *rows = seen["frames-table"].splitlines()
    assert title == "The client: your browser"
    assert [re.split(r"  +[0-9a-f]{2} ", row)[0].rstrip() for row in rows] == FRAMES
    for key in KEYS:
        assert key.hex(" ") not in seen["frames-table"], "a key of the program"
    assert seen["unmask-by-hand"] == "b'Hello, world!'\n"
    for id in ("browser-offer", "compression"):
        assert seen[id] == stored(id), "it is the same without a browser"
    origin = stored("origin-python").replace("the stand-in", "your browser")
    assert seen["origin-python"] == origin

    student.run("origin-script")
    words = student.frame("origin-script").get_by_role("log")
    expect(words).to_contain_text("close, code 1000")
    jupyters = f"http://localhost:{jupyterlab.port}"
    assert f"Its origin: {jupyters}" in words.inner_text()
    assert "WebSocket: its answer I can read: Received:" in words.inner_text()
    heard = as_captured("heard-script").replace(CAPTURED["notebook"], jupyters)
    assert student.run("heard-script") == heard

    student.run("origin-sandbox")
    words = student.frame("origin-sandbox").get_by_role("log")
    expect(words).to_contain_text("close, code 1000")
    assert "Its origin: null" in words.inner_text()
    assert student.run("origins-seen") == as_captured("origins-seen")
    answered = re.findall("Answered (.+)", student.run("server-log"))
    assert answered == ["/: 200 OK", "/?…: 200 OK", "/?…: 200 OK"]

    for id, text in student.run_from("exercise-origin-allowed", "stop").items():
        assert text.strip() == stored(id).strip()
    expect(student.echo_test.locator("#gone")).to_have_text("")  # it was at port 2


def as_captured(id: str) -> str:
    """Return what a cell would show, had the captured browser been this one."""
    return stored(id).replace("Chromium, captured earlier", "your browser")


def test_a_text_of_any_length_is_unmasked(student: Student) -> None:
    student.start()
    for length in (125, 126, 70_000):
        student.echo_test.get_by_label("Message").fill("x" * length)
        assert sorted(student.press("Reconnect")) == ["close 1005 clean", "open"]
        assert student.press("Send Message") == ["message"]
        student.run("server-log")
        assert student.run("unmask-by-hand") == f"{b'x' * length!r}\n"
    student.run("stop")


def test_buttons_may_be_pressed_late_in_another_order_and_not_all(
    student: Student,
) -> None:
    student.start()
    assert "the stand-in" in student.run("server-log")
    student.press("Connect to a dead port")
    assert "the stand-in" in student.run("server-log"), "nothing was sent"
    student.press("Reconnect")
    student.echo_test.get_by_label("Message").fill("")
    student.press("Send Message")
    assert "the stand-in" in student.run("server-log"), (
        "there is nothing to unmask in it"
    )
    student.echo_test.get_by_label("Message").fill("é")
    student.press("Send as bytes")
    assert "your browser" in student.run("server-log")
    assert "Binary of 2 bytes" in student.run("frames-table")
    assert student.run("unmask-by-hand") == f"{'é'.encode()}\n"
    student.run("stop")


# --- behind a hub ---------------------------------------------------------------------


def test_behind_a_hub_the_server_sees_the_proxy(
    students: dict[str, tuple[Tab, Notebook]], jupyterlab: Lab
) -> None:
    student = Student(*students["hub.example"])
    student.start()
    student.press_what_the_text_says()
    for _ in range(50):  # the proxy takes its time to pass the last goodbye on
        if student.run("server-log").count("(1005)") == 2:
            break
    seen = student.run_from("server-log", "stop")
    log = LOG.replace("4001", "1005")  # which the proxy does not pass on
    assert seen["server-log"] == f"{YOURS}\n{log}"
    rows = [row.split()[0].lower() for row in seen["two-handshakes"].splitlines()]
    assert len(rows) == len(set(rows)), "the proxy writes some names otherwise"
    assert "(not shown: it may hold a key)" in seen["two-handshakes"]
    assert seen["unmask-by-hand"] == "b'Hello, world!'\n"
    assert "fetch, says the script: its answer I can read" in seen["heard-script"]
    assert f"Origin: http://hub.example:{jupyterlab.port}" in seen["heard-script"]
    assert seen["origins-seen"] == stored("origins-seen"), "JupyterLab refuses it"
    student.leave()


# --- what the text says of browsers ---------------------------------------------------


def test_cookies_know_nothing_of_ports(tab: Tab) -> None:
    with EchoServer(page=True) as one, EchoServer(page=True) as other:
        tab.page.goto(one.url.replace("ws:", "http:"))
        assert one.browsers(count=1)[0].get("Cookie") is None
        tab.page.evaluate("document.cookie = 'who=ada'")
        tab.page.goto(other.url.replace("ws:", "http:"))
        assert other.browsers(count=1)[0].get("Cookie") == "who=ada"


def test_a_fetch_has_no_word_about_caches_and_a_handshake_has(tab: Tab) -> None:
    with EchoServer(page=True) as server, RecordingProxy(server.url) as relay:
        tab.page.goto(relay.url.replace("ws:", "http:"))
        tab.page.evaluate("fetch('/?fetched').then((it) => it.text())")
        heads = [relay.recording.stream(UP, n) for n in range(1, 4)]
    [fetched] = [head for head in heads if b"GET /?fetched" in head]
    [handshake] = [head for head in heads if b"Upgrade: websocket" in head]
    for line in (b"Cache-Control: no-cache", b"Pragma: no-cache"):
        assert line in handshake
        assert line not in fetched


def test_from_https_a_browser_opens_no_ws_to_another_machine(tab: Tab) -> None:
    tab.page.route("https://hub.example/", lambda route: route.fulfill(body="<p>"))
    tab.page.goto("https://hub.example/")
    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"ws://hub.example:{other.getsockname()[1]}/"
        with pytest.raises(playwright.Error, match="SecurityError"):
            tab.page.evaluate("(url) => new WebSocket(url)", url)
        other.settimeout(0.2)
        with pytest.raises(TimeoutError):
            other.accept()
    assert "Mixed Content" in tab.errors[0]


def test_jupyterlab_gets_twenty_lines_in_fewer_messages(
    student: Student,
) -> None:
    student.write("stop", "for n in range(20):\n    print('line', n)")
    student.came.clear()
    assert student.run("stop").count("line") == 20
    streams = [message for message in student.came if b"line" in as_bytes(message)]
    assert 0 < len(streams) < 20


def as_bytes(message: str | bytes) -> bytes:
    """Return a message of a WebSocket as bytes."""
    return message.encode() if isinstance(message, str) else message
