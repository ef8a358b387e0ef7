"""What a notebook shows: two forms with the same facts, and nothing told by colour."""

import base64
import hashlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any

import pytest

from wslib.direction import Direction
from wslib.show.dialogue import Dialogue
from wslib.show.figures import Picture, axes, picture
from wslib.show.hexdump import HexDump
from wslib.show.shown import BLUE, GREEN, PURPLE, VERMILION, Shown
from wslib.show.tables import Table

UP, DOWN = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT
HOSTILE = "<script>alert('1')</script> & \"x\" > y"
VOID = {"br", "img"}


class Page(HTMLParser):
    """The rows of a table, the caption, the pictures; checks that tags are balanced."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.caption = ""
        self.cells: list[dict[str, str | None]] = []
        self.images: list[dict[str, str | None]] = []
        self.tags: set[str] = set()
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag == "img":
            self.images.append(dict(attrs))
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.cells.append(dict(attrs))
        if tag in ("br", "div"):
            self.handle_data("\n")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "caption" in self._open:
            self.caption += data
        elif "td" in self._open or "th" in self._open:
            self.rows[-1][-1] += data


def columns(line: str) -> list[str]:
    """Return the cells of a line of a plain-text table."""
    return re.split(r" {2,}", line.strip())


TABLE = Table(
    ["way", "requests", "bytes per update"],
    [["polling", 60, 10469.0], ["WebSocket", 1, 52.333], ["a <b> & c", 1234567, 0.5]],
    caption="Three ways & what they cost",
    bold=1,
)
DUMP = HexDump(
    b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58" + bytes(range(0x20, 0x40)),
    [(2, "header"), (4, "masking key"), (5, "payload <masked>")],
    label="a text frame & more",
)
DIALOGUE = Dialogue(
    [
        (UP, "GET / HTTP/1.1\r\nHost: a"),
        (DOWN, "HTTP/1.1 101 Switching Protocols", "the <answer>"),
        (UP, ""),
    ],
    caption="An opening handshake",
)
PICTURE = Picture(
    '<svg xmlns="http://www.w3.org/2000/svg"/>', 'Polling costs more than "push" & <co>'
)
each = pytest.mark.parametrize(
    "shown", [TABLE, DUMP, DIALOGUE, PICTURE], ids=lambda s: type(s).__name__
)


# --- two forms ------------------------------------------------------------------------


@each
def test_a_notebook_gets_both_forms_and_a_terminal_the_plain_one(shown: Shown) -> None:
    assert shown._repr_mimebundle_() == {
        "text/plain": shown.as_text(),
        "text/html": shown.as_html(),
    }
    assert repr(shown) == shown.as_text()


@each
def test_the_same_thing_is_shown_the_same_every_time(shown: Shown) -> None:
    assert shown.as_html() == shown.as_html()
    assert shown.as_text() == shown.as_text()


@each
def test_the_html_is_well_formed_and_fetches_and_runs_nothing(shown: Shown) -> None:
    page = Page(shown.as_html())
    assert page.tags <= {
        "table", "caption", "thead", "tbody", "tr", "th", "td",
        "strong", "em", "div", "br", "img", "style",
    }  # fmt: skip
    without_data = re.sub(r'src="data:[^"]*"', "", shown.as_html())
    assert "http" not in without_data.replace("HTTP", "")
    assert not re.search(r"\son\w+=|url\(|@import", without_data)


@each
def test_no_line_of_the_plain_form_ends_in_blanks(shown: Shown) -> None:
    assert all(line == line.rstrip() for line in shown.as_text().split("\n"))


def test_a_form_must_be_given() -> None:
    with pytest.raises(NotImplementedError):
        Shown().as_text()
    with pytest.raises(NotImplementedError):
        Shown().as_html()


def test_both_forms_of_a_table_hold_the_same_cells() -> None:
    caption, *lines = TABLE.as_text().splitlines()
    page = Page(TABLE.as_html())
    assert page.caption == caption == "Three ways & what they cost"
    header, rule, *rows = lines
    assert set(rule) == {"-", " "}
    assert [columns(line) for line in [header, *rows]] == page.rows
    assert page.rows[1] == ["polling", "60", "10,469.00"]
    assert page.rows[3] == ["a <b> & c", "1,234,567", "0.50"]


def test_both_forms_of_a_dialogue_hold_the_same_words() -> None:
    text = DIALOGUE.as_text()
    page = Page(DIALOGUE.as_html())
    assert page.caption == "An opening handshake"
    assert text.splitlines()[0] == page.caption
    words = " ".join(text.splitlines()[1:]).replace("(", "").replace(")", "").split()
    assert sorted(words) == sorted(" ".join(map(" ".join, page.rows)).split())


def test_both_forms_of_a_picture_hold_its_words() -> None:
    [image] = Page(PICTURE.as_html()).images
    assert image["alt"] == PICTURE.alt
    assert PICTURE.as_text() == f"[figure] {PICTURE.alt}"


@pytest.mark.parametrize(
    "shown",
    [
        Table([HOSTILE], [[HOSTILE]], caption=HOSTILE),
        Dialogue([(UP, HOSTILE, HOSTILE), (DOWN, HOSTILE)], caption=HOSTILE),
        Picture("<svg/>", HOSTILE),
    ],
    ids=lambda shown: type(shown).__name__,
)
def test_what_looks_like_html_is_shown_and_not_obeyed(shown: Shown) -> None:
    page = Page(shown.as_html())
    assert "script" not in page.tags
    said = [page.caption, *sum(page.rows, []), *[str(i["alt"]) for i in page.images]]
    assert any(HOSTILE in words for words in said)
    assert "<script" not in shown.as_html()


# --- tables ---------------------------------------------------------------------------


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    table = Table(["a", "number"], [["x", 1], ["long words", 1000]])
    assert table.as_text().splitlines() == [
        "a           number",
        "----------  ------",
        "x                1",
        "long words   1,000",
    ]
    sides = [
        "right" if "text-align: right" in str(cell["style"]) else "left"
        for cell in Page(table.as_html()).cells
    ]
    assert sides == ["left", "right"] * 3


def test_cells_without_a_value_are_empty_and_booleans_are_words() -> None:
    rows = [[None, True, 1], [2, False, None]]
    table = Table(["a", "b", "c"], rows)
    assert Page(table.as_html()).rows[1:] == [["", "yes", "1"], ["2", "no", ""]]
    assert table.as_text().splitlines()[2:] == ["   yes  1", "2  no"]


def test_wide_letters_take_two_columns() -> None:
    lines = Table(["a", "b"], [["日本", "x"], ["abcd", "y"]]).as_text().splitlines()
    assert lines[2:] == ["日本  x", "abcd  y"]


def test_the_row_that_matters_is_bold() -> None:
    for bold in (1, -1):
        table = Table(["a"], [["x"], ["y"]], bold=bold)
        weights = ["bold" in str(cell["style"]) for cell in Page(table.as_html()).cells]
        assert weights == [False, False, True]


@pytest.mark.parametrize("bold", [2, -3])
def test_a_bold_row_that_is_not_there_is_refused_by_its_number(bold: int) -> None:
    with pytest.raises(ValueError, match=f"no row {bold} to be bold: 2 rows"):
        Table(["a"], [["x"], ["y"]], bold=bold)


@pytest.mark.parametrize("bold", [0, -1])
def test_of_an_empty_table_no_row_is_bold(bold: int) -> None:
    table = Table(["a"], [], bold=bold)
    assert table.as_text() == "a\n-"
    assert Page(table.as_html()).rows == [["a"]]


def test_bytes_and_bits_stand_under_each_other() -> None:
    table = Table(["bits", "name"], [["0001", "TEXT"], ["0010", "x"]], mono=["bits"])
    for bits in "0001", "0010":
        (style,) = re.findall(f'style="([^"]*)">{bits}</td>', table.as_html())
        assert style.endswith("font-family: monospace; white-space: pre")
    assert table.as_html().count("monospace") == 2
    with pytest.raises(ValueError, match="no column 'bit'"):
        Table(["bits"], [], mono=["bit"])


def test_headers_are_marked_as_headers() -> None:
    page = Page(TABLE.as_html())
    assert [cell.get("scope") for cell in page.cells[:3]] == ["col"] * 3


def test_a_table_may_have_no_rows_and_no_caption() -> None:
    table = Table(["a", "b"], [])
    assert table.as_text() == "a  b\n-  -"
    assert Page(table.as_html()).rows == [["a", "b"]]
    assert "caption" not in Page(table.as_html()).tags


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="2 columns, but a row of 3"):
        Table(["a", "b"], [[1, 2, 3]])


# --- never by colour alone ------------------------------------------------------------


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted([luminance(one), luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_a_line_in_any_of_the_four_colours_can_be_seen_on_white() -> None:
    ratios = [contrast(c, "#ffffff") for c in (BLUE, VERMILION, GREEN)]
    assert (
        min(ratios) >= 3
    )  # WCAG 2, 1.4.11; the purple has 2.9 and stands beside words
    assert contrast(BLUE, "#ffffff") >= 4.5
    assert min(contrast(c, "#000000") for c in (VERMILION, GREEN, PURPLE)) >= 4.5


@each
def test_no_text_is_coloured(shown: Shown) -> None:
    without_data = re.sub(r'src="data:[^"]*"', "", shown.as_html())
    assert not re.search(r"(?<![-\w])color:", without_data)


def test_where_a_long_line_of_a_dialogue_goes_on_it_is_indented() -> None:
    said = f"GET / HTTP/1.1\nUser-Agent: {'x' * 80}\n\nthe <body>"
    html = Dialogue([(UP, said), (DOWN, "short\nlines")]).as_html()
    up, down = re.findall(r"<tr>.*?</tr>", html, re.DOTALL)
    lines = re.findall(r"<span style=\"display: block; [^>]*>(.*?)</span>", up)
    assert lines == [*said.splitlines()[:2], "<br>", "the &lt;body&gt;"]
    assert "<span" not in down and "short\nlines" in down


def test_who_speaks_is_told_by_mark_side_and_line() -> None:
    html = Dialogue([(UP, "same words"), (DOWN, "same words")]).as_html()
    assert html.count("<tbody>") == 2  # in which each row is the first: no stripes
    grey = re.sub(r"#[0-9A-Fa-f]{6}", "grey", html)
    up, down = re.findall(r"<tr>.*?</tr>", grey, re.DOTALL)
    assert "client ▶" in up and "◀ server" in down
    assert "4px solid grey" in up and "4px dashed grey" in down
    left, right = Page(html).rows
    assert left[0] and not left[1]
    assert right[1] and not right[0]


def test_in_plain_text_too_the_server_stands_to_the_right() -> None:
    text = Dialogue([(UP, "one\ntwo"), (DOWN, "three\nfour", "a remark")]).as_text()
    assert text.splitlines() == [
        "client ▶  one",
        "          two",
        "            ◀ server  three",
        "                      four",
        "                      (a remark)",
    ]


# --- figures --------------------------------------------------------------------------


@pytest.mark.parametrize("alt", ["", "   ", "a figure", "bytes per update, polling"])
def test_a_picture_without_enough_words_is_refused(alt: str) -> None:
    with pytest.raises(ValueError, match="say in the alt text what the picture says"):
        Picture("<svg/>", alt)


def test_a_picture_is_an_image_that_holds_its_drawing() -> None:
    [image] = Page(PICTURE.as_html()).images
    head, data = str(image["src"]).split(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(data).decode() == PICTURE.svg
    assert "background: white" in str(image["style"])


DRAW = """
from wslib.show import BLUE, axes, picture
plot = axes("Polling costs more", x="updates", y="bytes", width=20, height=20)
plot.plot([1, 2, 3], [3, 1, 2], color=BLUE, label="polling")
plot.fill_between([1, 2, 3], [1, 1, 1])
plot.legend()
drawn = picture(plot, "Polling costs more bytes than WebSocket.")
"""


def drawn() -> Picture:
    names: dict[str, Any] = {}
    exec(DRAW, names)
    result = names["drawn"]
    assert isinstance(result, Picture)
    return result


def test_the_same_data_give_the_same_bytes_in_every_process() -> None:
    script = (
        DRAW + "import sys, hashlib\n"
        "print(hashlib.sha256(drawn.svg.encode()).hexdigest())\n"
        "print('matplotlib.pyplot' in sys.modules, 'IPython' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=True,
    )
    here = drawn()
    assert here.svg == drawn().svg
    assert done.stdout.splitlines() == [
        hashlib.sha256(here.svg.encode()).hexdigest(),
        "False False",
    ]


def test_a_figure_is_small_enough_and_needs_no_font_and_no_date() -> None:
    root = ET.fromstring(drawn().svg)
    assert root.get("width") == "576pt"  # 8 inches
    assert root.get("height") == "324pt"  # 4.5 inches
    assert not list(root.iter("{http://www.w3.org/2000/svg}text"))
    assert "date" not in drawn().svg.lower().replace("update", "")


def test_axes_carry_a_title_that_says_the_finding_and_units() -> None:
    plot = axes("Polling costs more", x="updates per minute", y="bytes")
    assert plot.get_title(loc="left") == "Polling costs more"
    assert (plot.get_xlabel(), plot.get_ylabel()) == ("updates per minute", "bytes")
    assert plot.xaxis.label.get_fontsize() >= 12
    assert isinstance(picture(plot, "An empty plot with two axes."), Picture)
