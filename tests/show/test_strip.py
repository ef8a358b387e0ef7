"""The strip shows every byte once, in its field, and lights up with its row."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest

from wslib.frames import apply_mask
from wslib.show.frames import FrameView
from wslib.show.strip import CSS, FIRST, LAST, Group, Strip

KEY = bytes.fromhex("37 fa 21 3d")
HELLO = "81 85 37 fa 21 3d 7f 9f 4d 51 58"
GOING = "88 0c 03 e9 67 6f 69 6e 67 20 61 77 61 79"


class Cells(HTMLParser):
    """The rows of each cell of a strip, and the classes and stops of its fields."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.bytes: list[list[str]] = []
        self.bits = ""
        self.parts: list[dict[str, str | None]] = []
        self.classes: set[str] = set()
        self._open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        classes = str(found.get("class") or "").split()
        self.classes |= set(classes)
        if "ws-byte" in classes:
            self.bytes.append([])
        if "tabindex" in found:
            self.parts.append(found)
        if tag != "br":
            self._open.append(classes[0] if classes else tag)

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["ws-bit"]:
            self.bits += data
        if "ws-byte" in self._open:
            self.bytes[-1].append(data)


def test_each_byte_of_a_masked_payload_shows_key_over_sent_over_text() -> None:
    cells = Cells(Strip([Group(data=apply_mask(b"Hello", KEY), key=KEY)]).as_html())
    assert [row[-1] for row in cells.bytes] == [*"Hello"]
    for key, sent, meant, letter in cells.bytes:
        assert int(key, 16) ^ int(sent, 16) == int(meant, 16) == ord(letter)


@pytest.mark.parametrize("digits", [HELLO, GOING, "82 7e 00 80" + " 61" * 128])
def test_a_frame_in_a_strip_is_all_its_bits_and_bytes(digits: str) -> None:
    data = bytes.fromhex(digits)
    cells = Cells(FrameView(data).as_html())
    assert cells.bits == f"{data[0]:08b}{data[1]:08b}"
    sent = [row[1] if len(row) == 4 else row[0] for row in cells.bytes]
    payload = [f"{byte:02x}" for byte in data[2:]]
    if len(payload) > 100:  # its middle is counted; the length stands before it
        payload = payload[: 2 + FIRST] + payload[-LAST:]
        assert f"… {128 - FIRST - LAST} more …" in FrameView(data).as_html()
    assert sent == payload


def test_a_close_code_and_its_reason_are_two_groups_masked_as_one_payload() -> None:
    masked = b"\x88\x86" + KEY + apply_mask(b"\x03\xe8bye!", KEY)
    cells = Cells(FrameView(masked).as_html())
    labels = [str(part["aria-label"]).split(":")[0] for part in cells.parts]
    assert labels[-2:] == ["status code", "reason"]
    assert bytes.fromhex("".join(row[2] for row in cells.bytes[4:])) == b"\x03\xe8bye!"


def test_a_tab_stops_once_for_a_field_and_not_for_a_byte() -> None:
    cells = Cells(FrameView("82 7e 00 80" + " 61" * 128).as_html())
    labels = [str(part["aria-label"]).split(":")[0] for part in cells.parts]
    assert labels == [
        "FIN", "RSV1-3", "opcode", "MASK", "Payload len", "Extended payload length",
        "Payload data",
    ]  # fmt: skip


@pytest.mark.parametrize("digits", [HELLO, GOING])
def test_every_row_of_the_table_lights_up_with_a_field(digits: str) -> None:
    html = FrameView(digits).as_html()
    rows = set(re.findall(r'<td class="(f\d+)"', html))
    fields = {str(part["class"]).split()[1] for part in Cells(html).parts}
    assert rows == fields
    assert all(f":has(.{mark}:is(:hover, :focus)) .{mark}" in CSS for mark in fields)


def test_the_style_sheet_names_no_class_that_no_strip_has() -> None:
    named = set(re.findall(r"\.(ws-[a-z]+)", CSS))
    shown = FrameView("81 fe 00 01").as_html()
    strips = [
        Strip([Group(data=b"ab", kind="rest")], numbered=True).as_html(),
        Strip([Group(data=bytes(99), kind="key")]).as_html(),
        FrameView(HELLO).as_html(),
        FrameView("82 7e 00 80").as_html(),
        shown,
    ]
    assert named <= set().union(*(Cells(html).classes for html in strips))


def test_what_looks_like_html_is_shown_and_not_obeyed() -> None:
    evil = '<script>&"'
    html = Strip([Group(name=evil, note=evil, data=b"<>")], label=evil).as_html()
    assert "<script" not in html
    assert [row[1] for row in Cells(html).bytes] == ["<", ">"]


def test_the_plain_form_has_each_byte_and_each_name() -> None:
    strip = Strip(
        [Group(name="a", data=bytes(20)), Group(name="b", data=b"!", note="so")],
        label="two",
    )
    label, first, second, third = strip.as_text().splitlines()
    assert label == "two" and first.endswith("  a") and third.endswith("  b: so")
    assert second.split() == ["00"] * 4 + ["...."]


@pytest.fixture(scope="module")
def page(chrome: Any) -> Iterator[Any]:
    """A bare page that shows one frame, in a narrow window."""
    tab = pytest.importorskip("browser").Tab(
        chrome, viewport={"width": 360, "height": 640}
    )
    views = FrameView(HELLO), FrameView("82 7e 00 80" + " 61" * 128)
    body = "".join(view.as_html() for view in views)
    tab.page.set_content(
        '<html lang="en"><title>strip</title><meta name="viewport" '
        f'content="width=device-width"><main><h1>Strip</h1>{body}</main></html>'
    )
    yield tab
    tab.context.close()


def test_on_a_phone_nothing_is_cut_and_eight_bytes_stand_in_a_row(page: Any) -> None:
    assert page.page.evaluate("document.documentElement.scrollWidth") <= 360
    tops = page.page.evaluate(
        "[...document.querySelectorAll('.ws-payload')].at(-1)"
        ".querySelectorAll('.ws-byte').values().map(b => b.offsetTop).toArray()"
    )
    assert [tops.count(top) for top in sorted(set(tops))] == [8, 8, 8]


def test_axe_finds_nothing_in_a_frame(page: Any) -> None:
    assert page.faults() == []


def test_hover_and_focus_light_field_and_row_together(page: Any) -> None:
    def lit(selector: str) -> str:
        return page.page.evaluate(
            "s => getComputedStyle(document.querySelector(s)).textDecorationLine",
            selector,
        )

    assert lit("td.f5") == lit(".ws-part.f5") == "none"
    page.page.locator(".ws-part.f5").first.focus()
    assert lit("td.f5") == lit(".ws-part.f5") == "underline"
    page.page.locator("td.f6").first.hover()
    assert lit(".ws-part.f6") == "underline"
    assert lit("td.f4") == "none"
