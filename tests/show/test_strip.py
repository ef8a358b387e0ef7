"""The strip shows every byte once, in its field, and lights up with its row."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from wslib.frames import Frame, Opcode, apply_mask
from wslib.show import FrameView, HexDump
from wslib.show.strip import FIRST, IN_FOLD, LAST, Group, characters, strip, style

KEY = bytes.fromhex("37 fa 21 3d")
HELLO = "81 85 37 fa 21 3d 7f 9f 4d 51 58"
GOING = "88 0c 03 e9 67 6f 69 6e 67 20 61 77 61 79"
LONG = Frame(opcode=Opcode.TEXT, payload=b"a" * 65_536, masking_key=KEY).serialize()


class Tables(HTMLParser):
    """The rows of the tables of a strip, group by group, its words and classes."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.groups: list[list[list[str]]] = []
        self.words: list[str] = []
        self.said: list[str] = []
        self.tags: set[str] = set()
        self.classes: set[str] = set()
        self.ids = 0
        self._cell = self._word = False
        self.feed(re.sub("<thead>.*?</table>", "", source, flags=re.DOTALL))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        classes = str(found.get("class") or "").split()
        self.tags.add(tag)
        self.classes |= set(classes)
        self.ids += "id" in found
        self.said += [str(found["aria-label"])] if "aria-label" in found else []
        if "field" in classes:
            self.groups.append([])
        elif tag == "tr" and self.groups:
            self.groups[-1].append([])
        elif tag in ("td", "th") and self.groups and self.groups[-1]:
            self.groups[-1][-1].append("")
            self._cell = True
        elif "word" in classes:
            self.words.append("")
            self._word = True

    def handle_endtag(self, tag: str) -> None:
        self._cell &= tag not in ("td", "th")
        self._word &= tag != "div"

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.groups[-1][-1][-1] += data
        if self._word:
            self.words[-1] += data

    def row(self, group: int, head: str) -> list[str]:
        """Return the cells of a group in all rows that begin with this head."""
        return [c for row in self.groups[group] if row[0] == head for c in row[1:]]


def test_each_byte_of_a_masked_payload_shows_key_over_sent_over_text() -> None:
    text = "Hello, XOR!"
    shown = Tables(strip([Group(data=apply_mask(text.encode(), KEY), key=KEY)]))
    rows = [shown.row(0, head) for head in ("key", "⊕ sent", "= hex", "text")]
    assert [len(row) for row in rows] == [len(text)] * 4
    for key, sent, meant, letter in zip(*rows, strict=True):
        assert int(key, 16) ^ int(sent, 16) == int(meant, 16)
        assert chr(int(meant, 16)) == letter.replace("␣", " ")


def test_a_frame_in_a_strip_is_all_its_bits_and_bytes() -> None:
    for digits in HELLO, GOING:
        data = bytes.fromhex(digits)
        first, second, *rest = Tables(FrameView(data).as_html()).groups
        for byte, (top, bits, _) in zip(data, (first, second), strict=False):
            assert (top, "".join(bits)) == ([f"{byte:02x}"], f"{byte:08b}")
        sent = [
            row[1:] if group[0][0] == "key" else row
            for group in rest
            for row in group
            if row[0] == "⊕ sent" or re.fullmatch("([0-9a-f]{2})+", "".join(row))
        ]
        assert bytes.fromhex("".join(sum(sent, []))) == data[2:]


@pytest.mark.parametrize("size", [0, 1, 8, 9, 56, 57, 304, 305, 1000])
def test_every_byte_is_shown_or_counted(size: int) -> None:
    data = bytes(i % 251 for i in range(size))
    html = strip([Group(data=data, text="")])
    shown = bytes.fromhex("".join(sum(sum(Tables(html).groups, []), [])))
    counts = [int(n.replace(",", "")) for n in re.findall(r"… ([\d,]+) more …", html)]
    if size <= 56:
        assert shown == data and not counts
        return
    assert (shown[:FIRST], shown[-LAST:]) == (data[:FIRST], data[-LAST:])
    assert counts[0] == size - FIRST - LAST
    assert len(shown) + sum(counts[1:]) == size
    assert shown[:-LAST] == data[: min(size - LAST, FIRST + IN_FOLD)]


def test_a_long_payload_costs_no_more_than_a_page() -> None:
    for view in FrameView(LONG), HexDump(LONG), FrameView(LONG * 3):
        assert len(view.as_html()) < 30_000


def test_a_style_sheet_in_each_output_stays_small() -> None:
    for view in FrameView(HELLO), HexDump(bytes(30), [(2, "a"), (20, "b")]):
        (style,) = re.findall("<style>(.*?)</style>", view.as_html(), re.DOTALL)
        assert len(style) < 3_000 and "&:lit" not in style and "/*" not in style


def test_two_outputs_on_a_page_share_no_id_and_run_no_script() -> None:
    shown = Tables(FrameView(HELLO).as_html() + HexDump("0d 0a").as_html())
    assert shown.ids == 0 and "script" not in shown.tags


def test_a_hex_dump_shows_each_part_with_its_name_and_its_offset_if_it_is_long() -> (
    None
):
    parts = [(2, "header: text"), (4, "masking key"), (20, "a <line>")]
    data = bytes.fromhex(HELLO)[:6] + bytes(range(0x41, 0x41 + 22))
    html = HexDump(data, parts, label="some & more").as_html()
    shown = Tables(html)
    assert "some &amp; more" in html
    assert shown.words == ["header: text", "masking key", "a <line>", ""]
    assert shown.groups[0] == [["81", "85"], ["·", "·"]]
    assert [row[0] for row in shown.groups[2][::2]] == ["0006", "000e", "0016"]
    assert "".join(sum(shown.groups[2][1::2], [])) == "ABCDEFGHIJKLMNOPQRST"
    assert shown.groups[3] == [["55", "56"], ["U", "V"]]
    assert {"head", "key", "payload"} <= shown.classes


def test_a_second_frame_begins_on_a_line_of_its_own() -> None:
    frame = bytes.fromhex("81 01 41")
    html = HexDump(2 * frame, 2 * [(2, "header"), (1, "payload")]).as_html()
    before, _, second = html.partition("<br>")
    assert Tables(before).words == Tables(second).words == ["header", "payload"]
    assert "<br>" not in FrameView(frame).as_html()


def test_a_close_code_and_its_reason_are_two_groups_masked_as_one_payload() -> None:
    masked = b"\x88\x86" + KEY + apply_mask(b"\x03\xe8bye!", KEY)
    shown = Tables(FrameView(masked).as_html())
    assert shown.words[-2:] == ["status code 1000", "reason"]
    assert shown.row(-2, "= hex") == ["03", "e8"]
    assert bytes.fromhex("".join(shown.row(-1, "= hex"))) == b"bye!"


def test_a_letter_of_several_bytes_stands_once_over_all_of_them() -> None:
    assert characters("aü€😀".encode(), "utf-8") == [
        *"aü",
        "",
        "€",
        "",
        "",
        *"😀",
        *[""] * 3,
    ]
    assert characters(b"\xff\xc3 \n\x7f", "utf-8") == [*"··␣··"]
    assert characters("ü".encode(), "ascii") == ["·", "·"]
    assert characters("e\u0301".encode(), "utf-8") == ["e", "◌\u0301", ""]


def test_a_letter_that_goes_over_the_edge_of_a_row_is_no_broken_one() -> None:
    text = "1234567€ 123456😀"
    payload = text.encode()
    shown = Tables(
        FrameView(Frame(opcode=Opcode.TEXT, payload=payload).serialize()).as_html()
    )
    signs = [c for row in shown.groups[2][1::2] for c in row]
    assert "".join(signs) == text.replace(" ", "␣")
    assert signs[7:11] == ["€", "", "", "␣"]


@pytest.mark.parametrize("digits", [HELLO, GOING])
def test_every_row_of_the_table_lights_up_with_a_field(digits: str) -> None:
    html = FrameView(digits).as_html()
    strip_html, table = html.split('class="bytes"')[1].split("<thead>")
    rows = set(re.findall(r'<td class="(f\d+)"', table))
    assert rows == set(re.findall(r"\b(f\d+)\b", strip_html)) and len(rows) > 5
    assert all(f"&:has(.{mark}:is(" in html for mark in rows)


def test_the_style_sheet_names_no_class_that_no_strip_has() -> None:
    named = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"[\d.]+em", "", style(1))))
    views = FrameView(f"{HELLO} 81"), FrameView("82 7e 00 80"), HexDump(bytes(60))
    assert named <= set().union(*(Tables(view.as_html()).classes for view in views))


def test_what_looks_like_html_is_shown_and_not_obeyed() -> None:
    evil = '<script>&"'
    frame = Frame(opcode=Opcode.TEXT, payload=evil.encode(), masking_key=KEY)
    for html in (
        strip([Group(name=evil, note=evil, data=evil.encode())]),
        HexDump(evil.encode(), [(3, evil)], label=evil).as_html(),
        FrameView(frame.serialize(), caption=evil).as_html(),
    ):
        shown = Tables(html)
        assert "script" not in shown.tags and "<script" not in html
        assert {"<", "&", '"'} <= {c for rows in shown.groups for r in rows for c in r}


# --- in a browser ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(chrome: Any) -> Iterator[Any]:
    """A bare page that shows some strips, in a narrow window."""
    browser = pytest.importorskip("browser")
    tab = browser.Tab(chrome, viewport={"width": 360, "height": 640})
    dump = HexDump(bytes(128), [(2, "header"), (5, "a header of some length")])
    views = FrameView(HELLO, caption="Hello"), FrameView(LONG), dump
    body = "".join(f'<div class="out">{view.as_html()}</div>' for view in views)
    tab.page.set_content(
        '<html lang="en"><title>strip</title><meta name="viewport" '
        f'content="width=device-width"><main><h1>Strip</h1>{body}</main></html>'
    )
    yield tab
    tab.context.close()


def test_on_a_phone_nothing_is_cut_and_eight_bytes_stand_in_a_row(page: Any) -> None:
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 360
    boxes = page.page.evaluate(
        """[...document.querySelectorAll(".cells > table")].map(table => {
            const cells = [...table.querySelectorAll("td")];
            return {
                right: table.getBoundingClientRect().right, top: table.offsetTop,
                cells: table.querySelectorAll("tr:first-child td").length,
                narrowest: Math.min(...cells.map(cell => cell.offsetWidth)),
                size: parseFloat(getComputedStyle(table).fontSize),
                cut: cells.some(cell => cell.scrollWidth > cell.clientWidth + 1),
            };
        })"""
    )
    assert len(boxes) > 15
    assert {box["cells"] for box in boxes} <= {1, 2, 3, 4, 5, 8}
    for box in boxes:
        assert box["right"] <= 360 and not box["cut"]
        assert box["size"] >= 12 and box["narrowest"] >= 1.6 * box["size"]
    tops = [box["top"] for box in boxes[2:] if box["cells"] == 8]
    assert len(set(tops)) == len(tops)


def test_axe_finds_nothing_in_a_strip(page: Any) -> None:
    assert page.faults() == []


def test_hover_and_focus_light_field_and_row_together(page: Any) -> None:
    def lit(selector: str) -> str:
        return page.page.evaluate(
            "s => getComputedStyle(document.querySelector(s)).textDecorationLine",
            selector,
        )

    row, group = ".ws-strip > table td.f5", ".field.f5"
    assert lit(row) == lit(group) == "none"
    page.page.locator(group).first.focus()
    assert lit(row) == lit(group) == "underline"
    page.page.locator(".ws-strip > table td.f6").first.hover()
    assert lit(".field.f6") == "underline" and lit(".ws-strip > table td.f4") == "none"
    page.page.locator(".octet td.f2 span").first.focus()
    assert lit(".ws-strip > table td.f2") == lit(".octet td.f2") == "underline"


def test_a_key_byte_lights_up_every_byte_that_it_masks(page: Any) -> None:
    page.page.locator(".key td.k1").first.hover()
    outlined = page.page.evaluate(
        """[...document.querySelector(".ws-strip").querySelectorAll("td")]
            .filter(cell => getComputedStyle(cell).outlineStyle === "solid")
            .map(cell => cell.className + cell.textContent)"""
    )
    assert outlined == ["k1fa"] * 2  # in the key, and over the one byte of Hello


def test_a_byte_with_its_key_and_its_letter_are_one_column(page: Any) -> None:
    cell = page.page.locator(".payload td").first
    cell.hover()
    edges = cell.evaluate("c => getComputedStyle(c, '::after').borderLeftStyle")
    assert edges == "solid"


def test_the_fold_opens_on_a_screen_and_is_open_on_paper(page: Any) -> None:
    tall = "document.querySelector('details').offsetHeight"
    shut = page.page.evaluate(tall)
    page.page.emulate_media(media="print")
    printed = page.page.evaluate(tall)
    page.page.emulate_media(media="screen")
    page.page.locator("summary").first.click()
    opened = page.page.evaluate(tall)
    page.page.locator("summary").first.click()
    assert shut < 60 < 1000 < opened
    assert printed >= opened - 20
