"""The real nbgrader grades a class of made-up students as a careful person would."""

import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest
from execute_notebooks import ROOT
from made_up_class import Student, hand_in, students

pytest.importorskip("nbgrader")

CLASS = students()
Table = list[dict[str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the class hands in."""
    folder = tmp_path_factory.mktemp("class")
    hand_in(folder / "handed_in", CLASS)
    return folder


@pytest.fixture(scope="module")
def said(folder: Path) -> str:
    """What the one command prints; the table is there when it has ended."""
    command = [sys.executable, "-m", "grading.grade", str(folder / "handed_in")]
    done = subprocess.run(
        [*command, "--out", str(folder / "grades"), "--jobs", "2"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.fixture(scope="module")
def table(folder: Path, said: str) -> Table:
    """The table, as a spreadsheet reads it."""
    path = folder / "grades" / "grades.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def lines_of(table: Table, student: Student) -> Table:
    """Return the lines of a student: the file's first folder is the student's."""
    own = f"{student.name}/"
    return [row for row in table if row["file"].lstrip("'").startswith(own)]


def test_thirty_notebooks_are_handed_in() -> None:
    assert len(CLASS) >= 30
    assert len({student.name for student in CLASS}) == len(CLASS)


@pytest.mark.parametrize("student", CLASS, ids=lambda student: student.name)
def test_a_student_gets_what_a_careful_person_gives(
    table: Table, student: Student
) -> None:
    rows = lines_of(table, student)
    assert rows, "lost"
    remarks = " | ".join(row["remarks"] for row in rows)
    got = {
        row["exercise"]: (float(row["points"]), row["mistake"])
        for row in rows
        if row["exercise"]
    }
    assert got == student.due, remarks
    assert student.remark in remarks
    if not student.due:
        assert [row["mistake"] for row in rows] == ["not-graded"]


def test_every_graded_notebook_has_a_feedback_page(folder: Path, table: Table) -> None:
    for row in table:
        if row["exercise"]:
            page = folder / "grades" / row["feedback"]
            assert row["exercise"] in page.read_text(encoding="utf-8")


def test_no_cell_of_the_table_is_a_formula(table: Table) -> None:
    for row in table:
        for cell in row.values():
            assert not re.match(r"[=+\-@\t\r]", cell), row
    assert "'=1+2" in {row["student"] for row in table}


def test_it_says_how_far_it_is_and_where_everything_lies(
    folder: Path, said: str
) -> None:
    steps = re.findall(r"^ +(\d+) of (\d+)  (.+?)  ", said, re.MULTILINE)
    count = sum(len(student.files) for student in CLASS)
    assert [int(number) for number, _, _ in steps] == list(range(1, count + 1))
    assert f"The table: {folder / 'grades' / 'grades.csv'}" in said
    for student in CLASS:
        assert student.due or f"Not graded: {student.name}/" in said
