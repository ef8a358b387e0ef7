"""The explorer shows the frame as it is typed, or says what is no hex in it."""

import html
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from execute_notebooks import execute

from wslib.show.explorer import EXAMPLES, explorer
from wslib.show.frames import FrameView

HELLO = "81 05 48 65 6c 6c 6f"


class Parts:
    """The three widgets of an explorer."""

    def __init__(self, *args: Any) -> None:
        self.all = explorer(*args)
        self.choice, self.typed, self.view = self.all.box.children

    def type(self, text: str) -> str:
        """Type hex; return what is shown, as HTML."""
        self.typed.value = text
        return str(self.view.value)


@pytest.fixture
def parts() -> Parts:
    return Parts()


def said(source: str) -> str:
    """Return the text of HTML."""
    return html.unescape(re.sub("<[^>]*>", " ", source))


def test_it_begins_with_the_first_example(parts: Parts) -> None:
    first = next(iter(EXAMPLES.values()))
    assert parts.choice.value == parts.typed.value == first
    assert parts.view.value == FrameView(bytes.fromhex(first)).as_html()


@pytest.mark.parametrize(("name", "digits"), EXAMPLES.items())
def test_an_example_is_shown_as_soon_as_it_is_picked(
    parts: Parts, name: str, digits: str
) -> None:
    parts.choice.label = name
    assert parts.typed.value == digits
    assert parts.view.value == FrameView(bytes.fromhex(digits)).as_html()


@pytest.mark.parametrize(("name", "digits"), EXAMPLES.items())
def test_an_example_is_what_its_name_says(name: str, digits: str) -> None:
    verdict = FrameView(bytes.fromhex(digits)).verdict()
    mark = {"broken": "✗", "not co": "○"}.get(name[:6], "✓")
    assert verdict.startswith(mark)


@pytest.mark.parametrize(
    "typed",
    [
        "81 05 48 65 6c 6c 6f",
        "810548656c6c6f",
        "  81 05\t48 65\n6C 6C 6F  ",
        "0x81 0x05 0x48 0x65 0x6c 0x6c 0x6f",
        "0x81, 0x5, 0x48, 0x65, 0x6C, 0x6C, 0x6F",
        "0X81,0X05,0X48,0X65,0X6C,0X6C,0X6F",
        r"\x81\x05\x48\x65\x6c\x6c\x6f",
        "81:05:48:65:6c:6c:6f",
        "81,05;48 65,6c 6c,6f,",
        "0x810548656c6c6f",
    ],
)
def test_hex_may_be_typed_as_people_write_it(parts: Parts, typed: str) -> None:
    assert parts.type(typed) == FrameView(bytes.fromhex(HELLO)).as_html()


def test_the_frame_is_taken_apart_as_it_is_typed(parts: Parts) -> None:
    assert parts.typed.continuous_update
    for end in range(len(HELLO) + 1):
        typed = HELLO[:end]
        shown = said(parts.type(typed))
        assert ("Not one byte yet" in shown) is (end < 2)
        digits = len(typed.replace(" ", ""))
        assert ("half a byte" in shown) is (digits > 2 and digits % 2 == 1)
        assert ("✓ a legal frame of 7 bytes." in shown) is (end == len(HELLO))


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("81 0g", "'g'"),
        ("81 05 H", "'H'"),
        ("g", "'g'"),
        ("hello", "'h'"),
        ("81-05", "'-'"),
        ("８１", "'８'"),
        ('b"81"', "'\"'"),
        ("<b>", "'<'"),
        ("81 <script>", "'<'"),
        ("0x", None),
        ("½", "'½'"),
    ],
)
def test_what_is_no_hex_is_told_so_in_a_sentence(
    parts: Parts, typed: str, wrong: str | None
) -> None:
    shown = parts.type(typed)
    if wrong is None:
        assert "Not one byte yet" in said(shown)
    else:
        assert f"✗ {wrong} is no hexadecimal digit: 0 to 9 and a to f" in said(shown)
    assert "<b>" not in shown and "<script" not in shown


@pytest.mark.parametrize("typed", ["", " ", ",", "8", "0x", "\n"])
def test_less_than_a_byte_is_told_so_in_a_sentence(parts: Parts, typed: str) -> None:
    assert "○ Not one byte yet" in said(parts.type(typed))


def test_half_a_byte_at_the_end_is_left_out_and_named(parts: Parts) -> None:
    shown = said(parts.type(HELLO + " 8"))
    assert "The last digit, 8, is half a byte, and is left out." in shown
    assert "✓ a legal frame of 7 bytes." in shown


def test_a_legal_frame_with_an_illegal_message_is_told_both(parts: Parts) -> None:
    shown = said(parts.type("81 02 ff fe"))
    assert "✓ a legal frame of 4 bytes. ✗ But no legal message" in shown
    assert "close code 1007" in shown


def test_a_long_paste_is_shown_in_short(parts: Parts) -> None:
    shown = parts.type("82 7f 00 00 00 00 00 01 00 00" + " 61" * 65536)
    assert "65,536 bytes" in said(shown)
    assert len(shown) < 20_000


def test_an_example_can_be_picked_again_after_it_was_edited(parts: Parts) -> None:
    ping = EXAMPLES["ping"]
    parts.choice.value = ping
    parts.type(ping + " 81")
    assert parts.choice.value is None
    parts.choice.value = ping
    assert parts.typed.value == ping
    assert parts.view.value == FrameView(bytes.fromhex(ping)).as_html()


def test_both_inputs_have_a_label(parts: Parts) -> None:
    assert [parts.choice.description, parts.typed.description] == [
        "pick one",
        "or type hex",
    ]


def test_the_examples_may_be_your_own() -> None:
    parts = Parts({"mine": "89 00", "yours": "8a 00"})
    assert parts.choice.options == (("mine", "89 00"), ("yours", "8a 00"))
    assert parts.typed.value == "89 00"


def test_without_a_kernel_the_first_example_stands_there(parts: Parts) -> None:
    bundle = parts.all._repr_mimebundle_(include=None, exclude=None)
    first = FrameView(bytes.fromhex(next(iter(EXAMPLES.values()))))
    assert bundle["text/plain"] == first.as_text() == repr(parts.all)
    assert bundle["text/html"] == first.as_html()
    assert "application/vnd.jupyter.widget-view+json" in bundle


def test_executing_it_again_leaves_no_diff_and_no_widget(tmp_path: Path) -> None:
    cell = nbformat.v4.new_code_cell("from wslib.show import explorer\n\nexplorer()")
    cell.id = "the-explorer"
    path = tmp_path / "tiny.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    assert execute(path) is True
    before = path.read_bytes()
    assert execute(path) is False
    assert path.read_bytes() == before
    assert b"widget" not in before and b"model_id" not in before
    (output,) = json.loads(before)["cells"][0]["outputs"]
    assert set(output["data"]) == {"text/html", "text/plain"}
