"""The room as a whole: one table for all, and no file imports what is private."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import wslib.labs
import wslib.show
from wslib.direction import DOWN, UP
from wslib.frames import Frame, Opcode
from wslib.show.dialogue import Dialogue
from wslib.show.frames import FrameView
from wslib.show.shown import Cell, Shown, html_table
from wslib.show.tables import Table

ROOMS = [Path(room.__file__).parent for room in (wslib.show, wslib.labs)]
FILES = sorted(path for room in ROOMS for path in room.rglob("*.py"))
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)

SAID = "two  spaces"
FRAME = Frame(opcode=Opcode.TEXT, payload=SAID.encode()).serialize()
TABLES = {
    "table": Table([SAID], [[SAID]], caption=SAID),
    "dialogue": Dialogue([(UP, SAID, SAID), (DOWN, SAID)], caption=SAID),
    "frame": FrameView(FRAME),
}
each_table = pytest.mark.parametrize("shown", TABLES.values(), ids=list(TABLES))


@each_file
def test_every_table_is_made_in_one_place(path: Path) -> None:
    made = re.search(
        r"<(table|thead|tbody|tr|th|td|caption)\b", path.read_text("utf-8")
    )
    assert not made or path.name == "shown.py"


@each_file
def test_what_another_file_imports_has_no_underscore(path: Path) -> None:
    names = [
        alias.name
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    ]
    assert [name for name in names if name.startswith("_")] == []


def styles(source: str) -> Iterator[str]:
    """Yield the style of each cell and caption that holds two spaces in a row."""
    for cell in re.findall(r"<(?:td|th|caption)\b.*?</(?:td|th|caption)>", source):
        if "  " in re.sub(r"<[^>]*>", "", cell):
            yield cell[: cell.index(">")]


@each_table
def test_two_spaces_are_two_in_every_cell_and_caption(shown: Shown) -> None:
    found = list(styles(shown.as_html()))
    assert found
    for style in found:
        *_, last = re.findall(r"white-space: ([\w-]+)", style) or ["none"]
        assert last in ("pre", "pre-wrap")


def test_what_stands_in_a_cell_is_text_unless_it_is_called_markup() -> None:
    assert "&lt;b&gt;" in Cell("<b>").as_html()
    assert "<b>bold</b>" in Cell(markup="<b>bold</b>").as_html()


def test_a_cell_can_head_columns_and_take_several() -> None:
    html = Cell("both", heads="colgroup", span=2).as_html()
    assert html.startswith('<th scope="colgroup" colspan="2" ')
    assert Cell("one").as_html().startswith("<td style=")


def test_a_table_has_a_head_and_a_caption_only_where_there_is_something_in_them() -> (
    None
):
    assert html_table([]).split("\n")[1:] == ["<tbody>", "</tbody></table>"]
    whole = html_table([[Cell("a")]], header=[Cell("b", heads="col")], caption="<c>")
    assert "<thead><tr><th" in whole
    assert "&lt;c&gt;</caption>" in whole
