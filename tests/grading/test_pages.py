"""What a student gets back lies where Moodle looks for it, and is one file."""

from pathlib import Path

import pytest

from grading.pages import place, to_give_back
from grading.table import Line

NBGRADERS = """<head><title>02_handshake</title></head><h4>02_handshake</h4>
<div id="toc">
<ol><li>Test cell</li></ol>
</div><img src="images/a.svg"/><img src="images/../b.svg"/><img src="images/c.svg"/>
<script src="https://example.org/MathJax.js"></script>"""


def whose(path: str) -> str:
    """Return the number of the student whom Moodle takes a feedback file for.

    By the rules of its reader, mod/assign/feedback/file/importziplib.php.
    """
    for part in path.split("/"):
        info = part.split("_", 4)
        if len(info) >= 4 and info[1].isdigit() and info[3].startswith("file"):
            return info[1]
    return ""


@pytest.mark.parametrize(
    ("file", "page"),
    [
        ("Ann_7_assignsubmission_file/02.ipynb", "Ann_7_assignsubmission_file/02.html"),
        ("Ann_7_assignsubmission_file_02.ipynb", "Ann_7_assignsubmission_file_02.html"),
        (
            "Ann_7_assignsubmission_file_/x.json",
            "Ann_7_assignsubmission_file_/x.json.html",
        ),
    ],
)
def test_a_page_has_the_name_that_moodle_has_given(file: str, page: str) -> None:
    assert place(file) == page
    assert whose(page) == "7"


def test_two_files_have_two_pages() -> None:
    assert len({place("a.ipynb"), place("a.json"), place("b/a.ipynb")}) == 3


def test_points_stand_at_the_top_and_pictures_are_in_it(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    for name in ("images/a.svg", "b.svg"):
        (tmp_path / name).write_text("<svg/>", encoding="utf-8")
    (tmp_path / "page.html").write_text(NBGRADERS, encoding="utf-8")
    lines = [
        Line(r"A & \1", "a.ipynb", "02_handshake", "accept_key", 1.0),
        Line(r"A & \1", "a.ipynb", "02_handshake", "has_token", 0.0, "substring"),
    ]
    called = {"accept_key": "Exercise 1: A & B", "has_token": "Exercise 2: {C}"}
    page = to_give_back(tmp_path / "page.html", "02 · The {opening}", lines, called)
    assert r"<title>02 · The {opening}, A &amp; \1</title>" in page
    assert r"<h4>A &amp; \1: 1 of 2 points</h4>" in page
    assert '<a href="#has_token">Exercise 2: {C}</a> (has_token)</td><td>0<' in page
    assert '<a href="#accept_key">Exercise 1: A &amp; B</a> (accept_key)<' in page
    assert "<td>not yet: substring</td>" in page
    assert "Test cell" not in page and "https:" not in page
    assert page.count('src="data:image/svg+xml;base64,PHN2Zy8+"') == 1
    assert 'src="images/../b.svg"' in page and 'src="images/c.svg"' in page
