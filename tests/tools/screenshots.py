"""Take the screenshots of images/ anew, from the real thing: `make screenshots`.

    python tests/tools/screenshots.py [NAME ...]      all of them by default

The times on them are those of today, and so are the looks of JupyterLab and Chromium:
look at the pictures before you commit them. The drawings beside them are not touched.
"""

import io
import sys
import tempfile
from pathlib import Path

import nbformat
from browser import Notebook, Tab, copy_of_the_course, expect, lab, launched
from execute_notebooks import ROOT
from PIL import Image

from wslib.server import EchoServer

FIRST = "notebooks/00_start_here.ipynb"
IMAGES = ROOT / "images"
DEBUGGER = 9222  # where the browser's own tools ask for what they show
COLOURS = 128  # enough for text and icons, and a third of the size


def jupyterlab() -> bytes:
    """JupyterLab with the first notebook, at the cell that says hello."""
    with tempfile.TemporaryDirectory() as folder:
        root, state = Path(folder, "course"), Path(folder, "state")
        root.mkdir()
        copy_of_the_course(root)
        with lab(root, state) as running, launched() as browser:
            tab = Tab(browser, viewport={"width": 1200, "height": 750})
            notebook = Notebook(tab.page, running.address)
            notebook.open(FIRST)
            notebook.run_all()
            notebook.show_in_file_browser()
            cells = nbformat.read(root / FIRST, as_version=4).cells
            notebook.scroll_to([cell.id for cell in cells].index("hello"))
            answer = tab.page.get_by_text("'Received:  Hello, world!'").first
            expect(answer).to_be_in_viewport()
            return bytes(tab.page.screenshot())


def page() -> bytes:
    """The page after the five buttons of notebook 05."""
    with EchoServer(page=True) as server, launched() as browser:
        tab = Tab(browser, viewport={"width": 760, "height": 684})
        _converse(tab, server)
        log = tab.page.get_by_role("log")
        tab.page.get_by_role("button", name="Reconnect").click()
        expect(log).to_contain_text("2 open")
        tab.page.get_by_role("button", name="Connect to a dead port").click()
        expect(log).to_contain_text("2 close: code 1005")
        expect(log).to_contain_text("3 close: code 1006")
        log.evaluate("(log) => { log.style.height = 'auto'; }")  # all of its lines
        return bytes(tab.page.screenshot())


def devtools() -> bytes:
    """The browser's developer tools with the messages of that conversation."""
    flags = [f"--remote-debugging-port={DEBUGGER}", "--remote-allow-origins=*"]
    with EchoServer(page=True) as server, launched(flags) as browser:
        tab = Tab(browser, viewport={"width": 1000, "height": 560})
        session = tab.context.new_cdp_session(tab.page)
        target = session.send("Target.getTargetInfo")["targetInfo"]["targetId"]
        tools = tab.context.new_page()
        place = f"127.0.0.1:{DEBUGGER}/devtools"
        tools.goto(
            f"http://{place}/inspector.html?ws={place}/page/{target}&panel=network"
        )
        tools.get_by_role("button", name="Toggle screencast").click()
        tools.get_by_text("Currently recording network activity").wait_for()
        _converse(tab, server)
        tools.get_by_text("Socket", exact=True).click()
        tools.get_by_text("127.0.0.1", exact=True).first.click()
        tools.get_by_role("tab", name="Messages").click()
        tools.get_by_text("Received:  Hello, world!").first.click()
        return bytes(tools.screenshot())


def _converse(tab: Tab, server: EchoServer) -> None:
    """Open the page, and send a message, bytes, and a goodbye."""
    tab.page.goto(server.url.replace("ws:", "http:"))
    log = tab.page.get_by_role("log")
    expect(tab.page.locator("#state")).to_have_text("open")
    tab.page.get_by_role("button", name="Send Message").click()
    expect(log).to_contain_text("message: Received:")
    tab.page.get_by_role("button", name="Send as bytes").click()
    expect(log).to_contain_text("message: 24 bytes")
    tab.page.get_by_label("Close code").fill("4001")
    tab.page.get_by_role("button", name="Close").click()
    expect(log).to_contain_text("close: code 4001")


SCREENSHOTS = {f"{take.__name__}.png": take for take in (jupyterlab, page, devtools)}


def main(names: list[str]) -> None:
    """Take what is named, or everything."""
    for name in names or SCREENSHOTS:
        picture = Image.open(io.BytesIO(SCREENSHOTS[name]())).convert("RGB")
        few = picture.quantize(COLOURS, dither=Image.Dither.NONE)
        few.save(IMAGES / name, optimize=True)
        print(f"{name}: {(IMAGES / name).stat().st_size:,} bytes")


if __name__ == "__main__":
    main(sys.argv[1:])
