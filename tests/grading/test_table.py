"""The table as a spreadsheet reads it, and the class in a few lines."""

import csv
from pathlib import Path

import pytest

from grading.table import Line, harmless, summary, write_table, write_totals


@pytest.mark.parametrize("text", ["=1+2", "+1", "-1", "@x", "=cmd|' /C calc'!A0"])
def test_a_formula_becomes_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "Ann", "1", "a=b", "Åsa & Co", "'tis"])
def test_other_text_stays(text: str) -> None:
    assert harmless(text) == text


def test_a_table_is_read_back_whole(tmp_path: Path) -> None:
    line = Line("=1", 'a,"b"\nc', "02", "accept_key", 1.0, "", "x; y", "f.html")
    write_table([line, Line("Bob", "b.ipynb", mistake="not-graded")], tmp_path / "t")
    with (tmp_path / "t").open(encoding="utf-8-sig", newline="") as file:
        ann, bob = csv.DictReader(file)
    assert (ann["student"], ann["points"], ann["of"]) == ("'=1", "1", "1")
    assert ann["file"] == 'a,"b" c'
    assert (bob["points"], bob["of"], bob["mistake"]) == ("", "", "not-graded")


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        ("", "right"),
        ("not-attempted", "not attempted"),
        ("hex-digest", "not yet: hex digest"),
        ("or+starts-at-1", "not yet: or, and starts at 1"),
    ],
)
def test_a_verdict_is_in_words(mistake: str, words: str) -> None:
    assert Line("Ann", "a.ipynb", mistake=mistake).verdict() == words


def lines(student: str, *mistakes: str) -> list[Line]:
    """Return a student's lines of a notebook, one for each exercise."""
    return [
        Line(student, student, "02", f"ex{i}", float(not mistake), mistake)
        for i, mistake in enumerate(mistakes)
    ]


def test_the_class_is_summed_up() -> None:
    table = lines("Ann", "", "") + lines("Bob", "", "bits") + lines("Cy", "", "bits")
    table += lines("Dot", "hex", "not-attempted") + lines("Eli", "not-attempted", "x")
    table.append(Line("Flo", "f.ipynb", mistake="not-graded"))
    assert summary(table).splitlines() == [
        "02: 5 handed in",
        "   2 of 2 points     1  ########",
        "   1 of 2 points     2  ################",
        "   0 of 2 points     2  ################",
        "",
        "                        right  not yet  not attempted",
        "  ex0                       3        1              1",
        "  ex1                       1        3              1",
        "",
        "The commonest mistakes",
        "   2 ex1: bits",
    ]


def test_a_second_one_of_the_same_student_is_named_and_counted_nowhere() -> None:
    table = lines("Ann", "", "hex") + lines("Ann (b)", "", "")
    for line in table[2:]:
        line.beside = "Ann"
    said = summary(table)
    assert said.startswith("02: 1 handed in\n")
    assert said.endswith("Handed in twice, and counted once\n  Ann, and not Ann (b)\n")


def test_each_student_has_a_row_of_totals(tmp_path: Path) -> None:
    table = lines("Ann", "", "hex", "") + lines("=Bob", "x", "not-attempted")
    table += [Line("Ann (b)", "b", "02", "ex0", 1.0, beside="Ann")]
    table += [Line("Ann", "03", "03", "ex3", 1.0)]
    table += [Line("Flo", "f.ipynb", mistake="not-graded")]
    write_totals(table, tmp_path / "t")
    with (tmp_path / "t").open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    assert head == ["student", "points", "of", "right", "notebooks", "not_graded"]
    assert rows == [
        ["Ann", "3", "4", "ex0, ex2, ex3", "02, 03", ""],
        ["'=Bob", "0", "2", "", "02", ""],
        ["Flo", "", "", "", "", "f.ipynb"],
    ]


def test_where_no_mistake_is_common_and_nothing_was_graded_it_says_so() -> None:
    assert summary(lines("Ann", "hex")).endswith("No mistake was made twice.\n")
    assert summary([Line("Flo", "f.ipynb", mistake="not-graded")]) == ""
