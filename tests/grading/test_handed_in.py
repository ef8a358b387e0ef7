"""What was handed in is read, whatever its name and its state."""

import json
from pathlib import Path

import nbformat
import pytest
from made_up_class import below, filled_in, first, in_the_check, page, without_checks
from nbformat import NotebookNode

from grading.handed_in import CoursePage, HandedIn, collect
from wslib.check import EXERCISES

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["02_handshake", "03_frames"]
PAGES = [CoursePage(ROOT / "notebooks" / f"{name}.ipynb") for name in NAMES]


def handed_in(folder: Path, *files: str) -> list[HandedIn]:
    """Put the same notebook under several names; return what is read there."""
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(
            nbformat.writes(page("02_handshake")), encoding="utf-8"
        )
    return collect(folder, PAGES)


def of(folder: Path, notebook: NotebookNode) -> HandedIn:
    """Return what is read of one notebook."""
    path = folder / "ann" / "x.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    [one] = collect(folder, PAGES)
    return one


def order(one: HandedIn) -> list[str]:
    """Return the cells of the first exercise, and those without a place on the page."""
    assert one.notebook is not None
    ids = PAGES[0].ids - {"exercise-accept-key", "check-accept-key"}
    cells = [cell for cell in one.notebook.cells if cell.id not in ids]
    return [
        cell.metadata.get("nbgrader", {}).get("grade_id") or cell.source.split("\n")[0]
        for cell in cells
    ]


@pytest.mark.parametrize(
    ("file", "student"),
    [
        ("ann/02_handshake.ipynb", "ann"),
        ("Ann Lee_77_assignsubmission_file/nb.ipynb", "Ann Lee"),
        ("Fay Gold_12345_assignsubmission_file_/02_handshake.ipynb", "Fay Gold"),
        ("Ann Lee_77_assignsubmission_file_02_handshake.ipynb", "Ann Lee"),
        ("ann/notebooks/02_handshake.ipynb", "ann"),
        ("ann.ipynb", "ann"),
        ("02_handshake_ann_lee.ipynb", "ann lee"),
        ("ann-02-handshake (1).ipynb", "ann"),
        ("Ann_Handshake-Copy1.ipynb", "Ann"),
        ("ann2024_02.ipynb", "ann2024"),
        ("02_handshake/ann.ipynb", "ann"),
    ],
)
def test_whose_it_is_the_folder_says_or_the_name(
    tmp_path: Path, file: str, student: str
) -> None:
    [one] = handed_in(tmp_path, file)
    assert (one.student, one.file) == (student, file)


def test_one_folder_around_all_is_nobodys(tmp_path: Path) -> None:
    found = handed_in(tmp_path, "class/ann/02_handshake.ipynb", "class/bob/a.ipynb")
    assert [one.student for one in found] == ["ann", "bob"]


def test_what_a_system_leaves_behind_is_not_handed_in(tmp_path: Path) -> None:
    others = [".ipynb_checkpoints/a.ipynb", "__MACOSX/ann/._a.ipynb"]
    [one] = handed_in(tmp_path, "ann/02_handshake.ipynb", "ann/" + others[0], others[1])
    assert one.file == "ann/02_handshake.ipynb"


def test_two_students_of_one_name_are_two(tmp_path: Path) -> None:
    folders = [f"Ann Lee_{number}_assignsubmission_file_" for number in (77, 78)]
    found = handed_in(
        tmp_path,
        f"{folders[0]}/a.ipynb",
        f"{folders[1]}/a.ipynb",
        f"{folders[1]}/b.ipynb",
    )
    assert [one.student for one in found] == [
        "Ann Lee (77)",
        "Ann Lee (78)",
        "Ann Lee (78) (b)",
    ]


@pytest.mark.parametrize("name", ["02_handshake.ipynb", "02_handshake (1).ipynb"])
def test_a_file_that_nobodys_name_is_on_is_not_graded(
    tmp_path: Path, name: str
) -> None:
    [one] = handed_in(tmp_path, name)
    assert one.student == "(no name)"
    assert one.trouble == "whose? put it into a folder with the student's name"


@pytest.mark.parametrize(
    ("counts", "other", "label"),
    [
        ("ann/02_handshake.ipynb", "ann/b.ipynb", "ann (b)"),
        (
            "ann/02_handshake.ipynb",
            "ann/02_handshake-Copy1.ipynb",
            "ann (02_handshake-Copy1)",
        ),
        (
            "ann/b/02_handshake.ipynb",
            "ann/02_handshake (1).ipynb",
            "ann (02_handshake (1))",
        ),
        ("ann/b.ipynb", "ann/a-Copy1.ipynb", "ann (a-Copy1)"),
        (
            "ann/02_handshake.ipynb",
            "ann/b/02_handshake.ipynb",
            "ann (b/02_handshake)",
        ),
        ("ann 02.ipynb", "ann 02 (1).ipynb", "ann (ann 02 (1))"),
    ],
)
def test_of_two_the_one_with_the_courses_name_counts_and_the_other_is_named(
    tmp_path: Path, counts: str, other: str, label: str
) -> None:
    found = {one.file: one for one in handed_in(tmp_path, other, counts)}
    assert (found[counts].student, found[counts].beside) == ("ann", "")
    assert (found[other].student, found[other].beside) == (label, counts)
    assert f"{counts!r} is the same notebook, and counts" in found[other].remarks


def test_beside_a_notebook_other_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "ann").mkdir()
    (tmp_path / "ann" / "notes.txt").write_text("Mine.", encoding="utf-8")
    [alone] = collect(tmp_path, PAGES)
    assert alone.trouble == "not a notebook: ask for the .ipynb"
    [one] = handed_in(tmp_path, "ann/02_handshake.ipynb")
    assert not one.trouble
    (tmp_path / "ann" / "rest.zip").write_bytes(b"PK")  # there may be one in it
    assert [one.trouble for one in collect(tmp_path, PAGES)] == [
        "",
        "a zip: unpack it first",
    ]


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("", "an empty file: ask for another"),
        ("\n", "an empty file: ask for another"),
        ("<!DOCTYPE html>", "a page of the web, not a notebook: ask for the .ipynb"),
        ("PK\3\4", "a zip under another name: unpack it first"),
        ('{"nbformat": 4, "nbformat_minor": 5}', "a broken notebook: ask for another"),
        ("[1, 2]", "a broken notebook: ask for another (ValueError: it has no"),
        (nbformat.writes(nbformat.v4.new_notebook()), "no notebook of this course"),
    ],
)
def test_what_is_no_notebook_of_the_course_says_why(
    tmp_path: Path, text: str, trouble: str
) -> None:
    (tmp_path / "ann.ipynb").write_text(text, encoding="utf-8")
    [one] = collect(tmp_path, PAGES)
    assert trouble in one.trouble


@pytest.mark.parametrize(
    ("name", "trouble"),
    [
        ("ann.zip", "a zip: unpack it first"),
        ("ann.rar", "a rar: unpack it first"),
        ("ann.docx", "not a notebook: ask for the .ipynb"),
        ("ann.txt", "not a notebook: ask for the .ipynb"),
    ],
)
def test_what_is_no_notebook_at_all_says_what_to_do(
    tmp_path: Path, name: str, trouble: str
) -> None:
    (tmp_path / name).write_bytes(b"PK\3\4")
    [one] = collect(tmp_path, PAGES)
    assert (one.student, one.trouble) == ("ann", trouble)


def test_an_exercise_is_called_as_on_its_page() -> None:
    assert PAGES[0].headings["accept_key"] == "Exercise 1: Answer any key"
    for each in PAGES:
        assert all(each.headings.values()), each.name


def test_an_empty_one_under_the_right_name_is_graded(tmp_path: Path) -> None:
    nothing = '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'
    (tmp_path / "02_handshake-ann.ipynb").write_text(nothing, encoding="utf-8")
    [one] = collect(tmp_path, PAGES)
    assert one.notebook is not None
    assert sorted(order(one))[0] == "accept_key"
    assert all(one.about.values())  # each check is missing, and put back


# --- where the check goes -------------------------------------------------------------

MINE = "def accept_key(key):\n    return key"


def test_the_check_stays_where_it_is(tmp_path: Path) -> None:
    one = of(tmp_path, page("02_handshake"))
    assert order(one)[:2] == ["def accept_key(key: str) -> str:", "accept_key"]
    assert one.about == {each.name: [] for each in PAGES[0].exercises}


def test_an_answer_below_the_check_counts(tmp_path: Path) -> None:
    notebook = page("02_handshake")
    below("accept_key", MINE)(notebook)
    assert order(of(tmp_path, notebook))[1:3] == ["def accept_key(key):", "accept_key"]


def test_an_answer_in_the_check_counts(tmp_path: Path) -> None:
    notebook = page("02_handshake")
    in_the_check("accept_key", MINE)(notebook)
    one = of(tmp_path, notebook)
    assert order(one)[1:3] == ["def accept_key(key):", "accept_key"]
    assert one.about["accept_key"] == ["its check was changed"]


def test_a_check_that_was_deleted_is_put_back_behind_the_answer(tmp_path: Path) -> None:
    notebook = filled_in("02_handshake", {"accept_key": MINE})
    without_checks(notebook)
    one = of(tmp_path, notebook)
    assert order(one)[:2] == ["def accept_key(key):", "accept_key"]
    assert one.about["accept_key"] == ["its check was deleted"]


@pytest.mark.parametrize(
    ("source", "remark"),
    [
        ("from wslib.check import engine", "reaches into"),
        ("import builtins", "reaches into"),
        ("def check(answer): ...", "a `check` of its own"),
        ("from wslib import check", ""),
        ("print('checked')", ""),
    ],
)
def test_a_cell_that_has_no_business_there_is_named(
    tmp_path: Path, source: str, remark: str
) -> None:
    notebook = page("02_handshake")
    first(source)(notebook)
    remarks = [each for each in of(tmp_path, notebook).remarks if "look at" in each]
    assert bool(remarks) is bool(remark)
    assert remark in "".join(remarks)


def test_no_page_of_the_course_is_taken_for_another() -> None:
    for one in PAGES:
        found = max(PAGES, key=lambda other: other.likeness(one.notebook.cells))
        assert found is one
    assert {each.name for one in PAGES for each in one.exercises} <= set(EXERCISES)
