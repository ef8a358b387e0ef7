"""The web book shows what the notebooks hold, and needs nothing but its own files."""

import functools
import html
import http.server
import importlib
import posixpath
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from execute_notebooks import ROOT
from notebook_page import PAGES, Page

pytest.importorskip("sphinx")

NOTEBOOKS = [path.relative_to(ROOT).as_posix() for path in PAGES]
READ = ["index", "keys", *(name.removesuffix(".ipynb") for name in NOTEBOOKS)]
TEXTS = [f"notebooks/{path.stem}" for path in sorted(ROOT.glob("notebooks/*.md"))]
LOOKED_AT = ["index", "search", "wslib/messages.py", "notebooks/10_security"]
LOOKED_AT += ["notebooks/solutions/03_frames_key"]


class Links(HTMLParser):
    """What a page links to and loads, and the places in it that have a name."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.followed: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.places.add(value or "")
            elif name in {"href", "src", "action"} and value:
                (self.followed if tag == "a" else self.loaded).append(value)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a book that was made just now."""
    folder = tmp_path_factory.mktemp("book")
    make(folder)
    return folder


def make(folder: Path, *options: str) -> None:
    """Make a book; Sphinx may not complain."""
    tool = ROOT / "tests" / "tools" / "book.py"
    command = [sys.executable, tool, folder, *options]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    assert (done.stderr, f"{folder}/index.html" in done.stdout) == ("", True)


@pytest.fixture(scope="module")
def links(book: Path) -> dict[str, Links]:
    """Return the links of each page of the book."""
    return {
        path.relative_to(book).as_posix(): Links(path.read_text("utf-8"))
        for path in book.rglob("*.html")
    }


@pytest.fixture(scope="module")
def address(book: Path) -> Iterator[str]:
    """Serve the book on this machine; yield where."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(book))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def tab(chrome: Any) -> Any:
    """A tab of a real browser."""
    return importlib.import_module("browser").Tab(chrome)


# The files


def test_every_link_leads_to_a_page_of_the_book_and_a_place_on_it(
    links: dict[str, Links], book: Path
) -> None:
    dead = []
    for name, page in links.items():
        for link in page.followed + page.loaded:
            parts = urlsplit(link)
            if parts.scheme:
                continue
            path = posixpath.normpath(
                posixpath.join(posixpath.dirname(name), parts.path)
            )
            path = unquote(path) if parts.path else name
            place = unquote(parts.fragment)
            there = links[path].places | {""} if path in links else {""}
            if not (book / path).is_file() or place not in there:
                dead.append(f"{name}: {link}")
    assert len(links) > len(READ) and dead == []


def test_no_page_and_no_style_loads_anything_from_elsewhere(
    links: dict[str, Links], book: Path
) -> None:
    for name, page in links.items():
        for link in page.loaded:
            assert urlsplit(link).scheme in {"", "data"}, f"{name} loads {link}"
    for path in book.rglob("*.css"):
        assert not re.search(
            r"@import|url\(['\"]?(https?:)?//", path.read_text("utf-8")
        )


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_page_shows_every_cell_and_every_output_as_it_is_stored(
    book: Path, name: str
) -> None:
    page = (book / name).with_suffix(".html").read_text("utf-8")
    words = html.unescape(re.sub(r"<[^>]+>", "", page))
    place = 0
    for cell in Page(ROOT / name).code:
        shown = [cell.source] if cell.source else []
        for output in cell.outputs:
            data = output.get("data", {})
            if "text/html" in data:
                assert data["text/html"].replace("\r\n", "\n") in page
            else:
                shown.append(output.get("text", data.get("text/plain")))
        for text in shown:
            place = words.find(text.replace("\r\n", "\n").strip("\n"), place)
            assert place >= 0, text


def test_the_pages_follow_each_other_and_the_keys_come_last(
    links: dict[str, Links], book: Path
) -> None:
    order = ["index.html"]
    while "next-page" in (text := (book / order[-1]).read_text("utf-8")):
        [link] = re.findall(r'class="next-page" href="([^"]+)"', text)
        order.append(
            posixpath.normpath(posixpath.join(posixpath.dirname(order[-1]), link))
        )
    half = len(NOTEBOOKS) // 2
    notebooks, keys = READ[2 : 2 + half], READ[2 + half :]
    wanted = ["index", *notebooks, *TEXTS, "keys", *keys, "files"]
    assert order[: len(wanted)] == [f"{name}.html" for name in wanted]


def test_the_book_for_students_has_no_key_and_no_word_to_the_instructor(
    book: Path, tmp_path: Path
) -> None:
    make(tmp_path, "--for-students")
    pages = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.html")}
    assert pages <= {p.relative_to(book).as_posix() for p in book.rglob("*.html")}
    assert {f"notebooks/{path.stem}.html" for path in PAGES[: len(PAGES) // 2]} <= pages
    for page in [tmp_path / name for name in pages if "wslib/" not in name]:
        text = page.read_text(encoding="utf-8")
        assert not re.search("solutions/|answer key|for the instructor", text, re.I)
    assert "make grade" not in (tmp_path / "index.html").read_text(encoding="utf-8")
    shown = 'class="cell_output'  # and its outputs are there
    for name in ("notebooks/02_handshake.html", "notebooks/03_frames.html"):
        count = (book / name).read_text("utf-8").count(shown)
        assert (tmp_path / name).read_text("utf-8").count(shown) == count > 20


# In a browser


@pytest.mark.parametrize("name", [*READ, *TEXTS, "files", "wslib/frames.py"])
def test_a_page_loads_from_its_own_host_alone_and_fits_a_phone(
    tab: Any, address: str, name: str
) -> None:
    tab.requests.clear()
    tab.page.set_viewport_size({"width": 360, "height": 780})
    tab.page.goto(f"{address}{name}.html", wait_until="load")
    assert [url for url in tab.requests if not url.startswith((address, "data:"))] == []
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= 360
    unseen = """Array.from(document.images).filter(one => !one.naturalWidth)
        .map(one => one.src)"""
    assert tab.page.evaluate(unseen) == []
    assert [error for error in tab.errors if "favicon.ico" not in error] == []


def test_the_front_page_leads_to_the_connection_and_its_words_stand_there(
    tab: Any, address: str
) -> None:
    tab.page.goto(f"{address}index.html")
    assert tab.page.locator("h1").inner_text().startswith("WebSocket, byte by byte")
    tab.page.get_by_role("link", name="One connection, every byte").click()
    assert tab.page.url == f"{address}connection.html"
    assert "SYN" in tab.page.locator("body").inner_text()


def test_the_search_finds_a_word_of_a_notebook(tab: Any, address: str) -> None:
    tab.page.goto(f"{address}search.html?q=hixie")
    found = tab.page.locator("#search-results li a").first
    found.wait_for()
    assert "03 · Frames" in tab.page.locator("#search-results").inner_text()


def test_the_reader_chooses_dark_and_it_is_dark(tab: Any, address: str) -> None:
    tab.page.emulate_media(color_scheme="light")
    tab.page.set_viewport_size({"width": 1280, "height": 800})
    tab.page.goto(f"{address}keys.html")
    colour = "getComputedStyle(document.body).backgroundColor"
    assert tab.page.evaluate(colour) == "rgb(255, 255, 255)"
    while tab.page.evaluate("document.body.dataset.theme") != "dark":
        tab.page.locator(".content-icon-container .theme-toggle").click()
    red, green, blue = map(int, re.findall(r"\d+", tab.page.evaluate(colour)))
    assert max(red, green, blue) < 40
    tab.page.evaluate("localStorage.clear()")


def test_keys_and_hints_are_folded_until_somebody_opens_them(
    tab: Any, address: str
) -> None:
    tab.page.set_viewport_size({"width": 1280, "height": 800})
    tab.page.goto(f"{address}notebooks/03_frames.html")
    key = tab.page.get_by_role("link", name="Answer key 03").first
    assert not key.is_visible()
    tab.page.locator("li:has(> a:text-is('Answer keys')) > label").click()
    assert key.is_visible()
    hint = tab.page.locator("details:has-text('Hint')").first
    assert not hint.locator("p").first.is_visible()
    hint.locator("summary").click()
    assert hint.locator("p").first.is_visible()


def test_on_paper_is_the_page_alone(tab: Any, address: str) -> None:
    tab.page.goto(f"{address}notebooks/03_frames.html")
    tab.page.emulate_media(media="print")
    around = ".sidebar-drawer, .toc-drawer, .skip-to-content, .theme-toggle, footer"
    for place in tab.page.locator(around).all():
        assert not place.is_visible(), place
    assert tab.page.locator(".cell_output table").first.is_visible()
    tab.page.emulate_media(media="screen")


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize("name", LOOKED_AT)
def test_nothing_serious_keeps_people_out_of_a_page(
    tab: Any, address: str, name: str, colours: str
) -> None:
    tab.page.emulate_media(color_scheme=colours)
    tab.page.set_viewport_size({"width": 1280, "height": 800})
    tab.page.goto(f"{address}{name}.html", wait_until="load")
    rules = ["color-contrast"] if colours == "dark" else []  # the rest is the same
    assert [
        one for one in tab.faults(*rules) if one.startswith(("serious", "critical"))
    ] == []
