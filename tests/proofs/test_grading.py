"""The real nbgrader grades a class of made-up students as a careful person would."""

import csv
import html
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from browser import Notebook, Tab, lab
from browser import sync_api as playwright
from execute_notebooks import ROOT
from made_up_class import HANDSHAKE, Student, filled_in, hand_in, key, students

from grading.assignments import NOTEBOOKS, exercises, write_course
from grading.handed_in import CoursePage

pytest.importorskip("nbgrader")

CLASS = students()
QUOTE = "'"  # before what a spreadsheet would take for a formula
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
    return grade(folder / "handed_in", folder / "grades")


def grade(folder: Path, out: Path) -> str:
    """Return what ``make grade`` prints."""
    return run(ROOT, *command(folder, out))


def command(folder: Path, out: Path) -> list[str]:
    """Return the command; of three notebooks at a time, one waits for its time-out."""
    options = ["--out", str(out), "--jobs", "3"]
    return [sys.executable, "-m", "grading.grade", str(folder), *options]


def run(folder: Path, *command: str) -> str:
    """Return what a command prints; it must succeed, and complain of nothing."""
    beside = str(Path(sys.executable).parent)
    done = subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PATH": beside + os.pathsep + os.environ["PATH"]},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def read(out: Path) -> Table:
    """Return a table, as a spreadsheet reads it."""
    with (out / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def table(folder: Path, said: str) -> Table:
    """The table, as a spreadsheet reads it."""
    return read(folder / "grades")


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


def test_every_graded_notebook_has_a_page_to_give_back(
    folder: Path, table: Table
) -> None:
    with zipfile.ZipFile(folder / "grades" / "give_back.zip") as archive:
        to_give_back = set(archive.namelist())
    names = {row["notebook"] for row in table if row["exercise"]}
    pages = [CoursePage(NOTEBOOKS / f"{name}.ipynb") for name in names]
    headings = {page.name: page.headings for page in pages}
    for row in table:
        if row["exercise"]:
            page = (folder / "grades" / row["feedback"]).read_text(encoding="utf-8")
            top, _, below = page.partition('id="notebook"')
            assert f"<h4>{html.escape(row['student'].lstrip(QUOTE))}: " in top
            name, points = row["exercise"], row["points"]
            heading = html.escape(headings[row["notebook"]][name])
            link = f'<a href="#{name}">{heading}</a> ({name})</td><td>{points}</td>'
            assert link in top
            assert "HIDDEN TESTS" not in below
            assert f'<a name="{name}">' in below  # where that leads
            assert not re.search(r'src="(https?:|images/)', page)
            assert row["feedback"].removeprefix("give_back/") in to_give_back


def test_a_page_to_give_back_is_one_file_fits_a_phone_and_folds_its_hints(
    chrome: "playwright.Browser", folder: Path, table: Table
) -> None:
    tab = Tab(chrome)
    tab.page.set_viewport_size({"width": 360, "height": 780})
    for page in {row["feedback"] for row in table if row["student"] in ("Fay", "Max")}:
        tab.requests.clear()
        address = (folder / "grades" / page).as_uri()
        tab.page.goto(address)
        assert [url for url in tab.requests if not url.startswith("data:")] == [address]
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= 360
        unseen = "Array.from(document.images).filter(one => !one.naturalWidth).length"
        assert tab.page.evaluate(unseen) == 0
        hint = tab.page.locator("details:has-text('Hint')").first
        assert not hint.locator("p").first.is_visible()
        hint.locator("summary").click()
        assert hint.locator("p").first.is_visible()
    tab.page.close()


def test_the_class_is_summed_up_as_the_table_has_it(
    folder: Path, said: str, table: Table
) -> None:
    written = (folder / "grades" / "summary.txt").read_text(encoding="utf-8")
    assert written in said
    rights = {
        name: int(right)
        for name, right in re.findall(r"^  (\w+) +(\d+) +\d+ +\d+$", written, re.M)
    }
    assert rights == {
        name: sum(row["exercise"] == name and row["points"] == "1" for row in table)
        for name in {row["exercise"] for row in table} - {""}
    }
    assert "accept_key: not-your-own" in written


def test_the_totals_are_those_of_the_table(folder: Path, table: Table) -> None:
    with (folder / "grades" / "totals.csv").open(encoding="utf-8-sig") as file:
        rows = {row["student"].lstrip(QUOTE): row for row in csv.DictReader(file)}
    assert set(rows) == {student.name for student in CLASS}
    for student in CLASS:
        own = [row for row in lines_of(table, student) if row["exercise"]]
        points = str(sum(int(row["points"]) for row in own)) if own else ""
        assert rows[student.name]["points"] == points
        assert rows[student.name]["of"] == (str(len(own)) if own else "")


def test_what_ran_out_of_time_is_named_at_its_own_exercise(table: Table) -> None:
    rows = [row for row in table if row["student"] in ("Wes", "Xan", "Yan", "Vic")]
    for row in rows:
        assert ("in the cell" in row["remarks"]) == (row["exercise"] == "accept_key")


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


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a group")
def test_a_run_that_is_stopped_keeps_what_it_has_and_the_next_goes_on(
    tmp_path: Path,
) -> None:
    hand_in(
        tmp_path / "in", [one for one in CLASS if one.name in ("Ada", "Fay", "Gus")]
    )
    one_by_one = [*command(tmp_path / "in", tmp_path / "out"), "--jobs", "1"]
    first = subprocess.Popen(
        one_by_one,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    )
    with first:
        assert first.stdout
        assert "1 of 3  Ada" in first.stdout.readline()
        os.killpg(first.pid, signal.SIGINT)  # as a terminal does, to all of them
        said = first.stdout.read()
    left = [row for row in read(tmp_path / "out") if row["mistake"] == "not-graded"]
    assert [row["remarks"] for row in left] == ["not yet: it was stopped before"] * len(
        left
    )
    assert f"Stopped: {len(left)} are not graded yet." in said
    assert first.returncode == 1 and left[-1]["student"] == "Gus"
    said = run(ROOT, *one_by_one)
    assert f"Going on: {3 - len(left)} of 3 were graded before." in said
    assert "of 3  Ada" not in said and "3 of 3  Gus" in said
    table = read(tmp_path / "out")
    for student in CLASS:
        rows = lines_of(table, student)
        got = {row["exercise"]: (int(row["points"]), row["mistake"]) for row in rows}
        assert got in ({}, student.due)
    assert not (tmp_path / "out-1").exists()
    assert len(table) == 9 and not (tmp_path / "out" / "unfinished.jsonl").exists()


def test_what_a_real_jupyterlab_has_saved_is_graded(
    chrome: "playwright.Browser", tmp_path: Path
) -> None:
    desk, state = tmp_path / "desk", tmp_path / "state"
    desk.mkdir()
    state.mkdir()
    before = filled_in(HANDSHAKE, key(HANDSHAKE))
    nbformat.write(before, desk / "mine.ipynb")
    with lab(desk, state) as running:
        tab = Tab(chrome)
        notebook = Notebook(tab.page, running.address)
        notebook.open("mine.ipynb")
        notebook.run_all()
        notebook.save()
        tab.page.close()
    saved = nbformat.read(desk / "mine.ipynb", as_version=4)
    checks = [saved.cells[each.check] for each in exercises(before)]
    assert all("✓" in str(cell.outputs) for cell in checks)
    (tmp_path / "handed_in" / "Ann").mkdir(parents=True)
    (desk / "mine.ipynb").rename(tmp_path / "handed_in" / "Ann" / "mine.ipynb")
    grade(tmp_path / "handed_in", tmp_path / "out")
    table = read(tmp_path / "out")
    assert [row["points"] for row in table] == ["1", "1", "1"]
    # And a second run wipes nothing.
    said = grade(tmp_path / "handed_in", tmp_path / "out")
    assert said.startswith(f"What was graded before is kept in {tmp_path / 'out-1'}\n")
    assert read(tmp_path / "out-1") == read(tmp_path / "out") == table


def test_nbgraders_own_commands_do_it_all_as_well(tmp_path: Path) -> None:
    write_course(tmp_path, [ROOT / "notebooks" / f"{HANDSHAKE}.ipynb"])
    run(tmp_path, "nbgrader", "generate_assignment", HANDSHAKE)
    release = tmp_path / "release" / HANDSHAKE / f"{HANDSHAKE}.ipynb"
    handed_out = nbformat.read(release, as_version=4)
    right = key(HANDSHAKE)
    for name, answers in {"ann": right, "bob": right | {"has_token": "..."}}.items():
        for each in exercises(handed_out):
            handed_out.cells[each.stub].source = answers[each.name]
        folder = tmp_path / "submitted" / name / HANDSHAKE
        folder.mkdir(parents=True)
        nbformat.write(handed_out, folder / release.name)
    run(tmp_path, "nbgrader", "autograde", HANDSHAKE)
    run(tmp_path, "nbgrader", "generate_feedback", HANDSHAKE)
    run(tmp_path, "nbgrader", "export")
    with (tmp_path / "grades.csv").open(encoding="utf-8", newline="") as file:
        scores = {row["student_id"]: row["score"] for row in csv.DictReader(file)}
    assert scores == {"ann": "3.0", "bob": "2.0"}
    page = tmp_path / "feedback" / "bob" / HANDSHAKE / f"{HANDSHAKE}.html"
    assert "Score: 2.0 / 3.0" in page.read_text(encoding="utf-8")
