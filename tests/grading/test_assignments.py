"""The assignments: what nbgrader is given is the course, and the right answers."""

import ast
import re
from pathlib import Path

import nbformat
import pytest
from execute_notebooks import ROOT
from student_edition import hand_out

from grading.assignments import (
    STUB,
    exercises,
    solution,
    source_notebook,
    write_course,
)
from wslib.check import EXERCISES

PATHS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
[HANDSHAKE] = [path for path in PATHS if path.stem == "02_handshake"]
each_notebook = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)


def without_marks(source: str, kind: str, instead: list[str]) -> str:
    """Return a cell as nbgrader releases it."""
    lines: list[str] = []
    inside = False
    for line in source.split("\n"):
        if f"BEGIN {kind}" in line:
            inside = True
            lines += instead
        elif f"END {kind}" in line:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines)


def test_every_exercise_of_the_course_carries_a_point_once() -> None:
    found = [
        each.name
        for path in PATHS
        for each in exercises(nbformat.read(path, as_version=4))
    ]
    assert sorted(found) == sorted(EXERCISES)


@each_notebook
def test_what_is_released_is_the_page_of_the_student_edition(path: Path) -> None:
    page, made = nbformat.read(path, as_version=4), source_notebook(path)
    hand_out(page, path.parent / "nowhere")
    assert [cell.id for cell in made.cells] == [cell.id for cell in page.cells]
    for before, after in zip(page.cells, made.cells, strict=True):
        known = after.metadata.get("nbgrader")
        if known is None:
            assert after.source == before.source
        elif known.solution:
            released = without_marks(after.source, "SOLUTION", [STUB])
            assert released == f"{before.source}\n{STUB}"
        else:
            released = without_marks(after.source, "HIDDEN TESTS", [])
            assert released == before.source
            assert known.grade and known.locked and known.points == 1


def test_an_assignment_has_its_pictures_beside_it(tmp_path: Path) -> None:
    assert write_course(tmp_path, [HANDSHAKE]) == 3
    folder = tmp_path / "source" / HANDSHAKE.stem
    text = (folder / HANDSHAKE.name).read_text(encoding="utf-8")
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", text)
    assert pictures == ["images/handshake.svg"]
    assert (folder / "images" / "handshake.svg").exists()
    assert "](../" not in text


@each_notebook
def test_the_ids_are_the_names_of_the_exercises(path: Path) -> None:
    for cell in source_notebook(path).cells:
        if known := cell.metadata.get("nbgrader"):
            name = known.grade_id.removesuffix("-answer")
            assert name in EXERCISES
            assert known.solution is known.grade_id.endswith("-answer")


@each_notebook
def test_each_solution_is_code_that_calls_no_check(path: Path) -> None:
    key = nbformat.read(path.parent / "solutions" / f"{path.stem}_key.ipynb", 4)
    for each in exercises(nbformat.read(path, as_version=4)):
        text = solution(key, each.name)
        assert ast.parse(text).body
        assert not re.search(r"\bcheck\b", text)


def test_an_exercise_without_a_solution_is_named() -> None:
    key = nbformat.v4.new_notebook()
    with pytest.raises(ValueError, match="no cell .* 'solution-accept-key'"):
        solution(key, "accept_key")
