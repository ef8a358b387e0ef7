"""Write nbgrader's source notebooks, from the course and its answer keys.

    python -m grading.assignments [NOTEBOOK ...]            all of them by default

One assignment for each notebook, under the notebook's own name. The cell of an exercise
has its stub and, between nbgrader's marks, the solution of the key; the check below it
is locked and carries the point. Their ids are made from the exercise's name, which does
not change. What is released is the page of the student edition, with its pictures
beside it; what gives the point is a hidden test, which nbgrader puts back before it
grades.
"""

import ast
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / "tests" / "tools"))
from student_edition import hand_out  # noqa: E402

NOTEBOOKS = ROOT / "notebooks"
COURSE = ROOT / "build" / "assignments"  # nbgrader's course directory
POINTS = 1  # for each exercise: right, or not yet

# What stands where the solution was. (The stub, which has its own `...`, is above it.)
STUB = "# Your answer: above this line."
# Around what a student sees of a check: first, take it afresh from the disk, whatever
# was done to it in this notebook; then, ask for its points.
AFRESH = """\
### BEGIN HIDDEN TESTS
import importlib, sys

_old = [sys.modules.pop(name) for name in [*sys.modules] if "wslib.check" in name]
check = importlib.import_module("wslib.check")
### END HIDDEN TESTS"""
FOR_POINTS = """\
### BEGIN HIDDEN TESTS
importlib.import_module("wslib.check.graded").points({arguments})
### END HIDDEN TESTS"""

CONFIG = '''\
"""Settings of nbgrader for this course; written by `make assignments`."""

import sys

sys.path.insert(0, {root!r})

from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.preprocessors import Execute

from grading.running import Run
from grading.shown import Shown

c = get_config()  # noqa: F821

c.CourseDirectory.course_id = "websocket"
c.CourseDirectory.root = {course!r}
c.ClearSolutions.code_stub = {{"python": {stub!r}}}
c.OverwriteCells.add_missing_cells = True  # a check that was deleted counts as well
c.Autograde.autograde_preprocessors = [
    Run if each is Execute else each
    for each in Autograde.autograde_preprocessors.default_args[0]
]
c.GenerateFeedback.preprocessors = [
    *GenerateFeedback.preprocessors.default_args[0],
    Shown,
]
c.Execute.timeout = 30  # seconds for a cell; c.Run.notebook_timeout is for all of them
c.Execute.shutdown_kernel = "immediate"  # and whatever it has started
c.Execute.skip_cells_with_tag = "grading: no such tag"  # a tag must not save a cell
c.Execute.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = "."  # a warning costs no points
'''


@dataclass(frozen=True)
class Graded:
    """An exercise of a notebook, as its check cell has it.

    Attributes:
        name: What ``check`` calls it.
        arguments: What the check is given, as it stands in the cell.
        stub: The place of the cell to fill in.
        check: The place of the cell with the check.
    """

    name: str
    arguments: str
    stub: int
    check: int

    @property
    def answer_id(self) -> str:
        """The id that nbgrader knows the cell to fill in by."""
        return f"{self.name}-answer"


def check_of(source: str) -> tuple[str, str] | None:
    """Return the exercise that a cell checks, and with what; None if it does not."""
    try:
        statements = ast.parse(source).body
    except SyntaxError:
        return None
    for statement in statements:
        value = statement.value if isinstance(statement, ast.Expr) else None
        value = value.value if isinstance(value, ast.Await) else value
        if (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and isinstance(value.func.value, ast.Name)
            and value.func.value.id == "check"
        ):
            return value.func.attr, ", ".join(map(ast.unparse, value.args))
    return None


def exercises(notebook: NotebookNode) -> Iterator[Graded]:
    """Yield the exercises of a notebook of the course, in order."""
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "code" and (found := check_of(cell.source)):
            yield Graded(*found, stub=place - 1, check=place)


def solution(key: NotebookNode, name: str) -> str:
    """Return the solution of an exercise, without the call of its check.

    Raises:
        ValueError: If the answer key has no cell for it.
    """
    wanted = f"solution-{name.replace('_', '-')}"
    found = [cell.source for cell in key.cells if cell.id == wanted]
    if not found:
        raise ValueError(f"no cell of the answer key has the id {wanted!r}")
    lines = found[0].splitlines()
    for statement in reversed(ast.parse(found[0]).body):
        text = ast.unparse(statement)
        if text == "from wslib import check" or check_of(text):
            del lines[statement.lineno - 1 : statement.end_lineno]
    return "\n".join(lines).strip()


def marked(name: str, **what: object) -> NotebookNode:
    """Return the metadata that make a cell one of nbgrader's."""
    kind = {"grade": False, "solution": False, "locked": False, "task": False}
    return NotebookNode(grade_id=name, schema_version=3, **(kind | what))


def source_notebook(path: Path) -> NotebookNode:
    """Return nbgrader's source notebook of a notebook of the course."""
    notebook = nbformat.read(path, as_version=4)
    key_path = path.parent / "solutions" / f"{path.stem}_key.ipynb"
    key = nbformat.read(key_path, as_version=4)
    hand_out(notebook, COURSE / "source" / path.stem)  # where links lead nowhere
    for each in exercises(notebook):
        stub, check = notebook.cells[each.stub], notebook.cells[each.check]
        right = solution(key, each.name)
        stub.source += f"\n### BEGIN SOLUTION\n{right}\n### END SOLUTION"
        stub.metadata.nbgrader = marked(each.answer_id, solution=True)
        arguments = f'"{each.name}", {each.arguments}'
        for_points = FOR_POINTS.format(arguments=arguments)
        check.source = f"{AFRESH}\n{check.source}\n{for_points}"
        check.metadata.nbgrader = marked(
            each.name, grade=True, locked=True, points=POINTS
        )
    return notebook


def pictures_beside(notebook: NotebookNode) -> set[str]:
    """Have the text cells find their pictures beside the notebook; return which."""
    names: set[str] = set()
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            names |= set(re.findall(r"\]\(\.\./images/([^)\s/]+)\)", cell.source))
            cell.source = cell.source.replace("](../images/", "](images/")
    return names


def write_course(course: Path, paths: list[Path]) -> int:
    """Write nbgrader's course directory; return the number of exercises in it."""
    (course / "source").mkdir(parents=True, exist_ok=True)
    settings = CONFIG.format(root=str(ROOT), course=str(course), stub=STUB)
    (course / "nbgrader_config.py").write_text(settings, encoding="utf-8")
    count = 0
    for path in paths:
        notebook = source_notebook(path)
        count += len(list(exercises(notebook)))
        folder = course / "source" / path.stem
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "images").mkdir(parents=True)
        for name in pictures_beside(notebook):
            shutil.copy(ROOT / "images" / name, folder / "images")
        nbformat.write(notebook, folder / path.name)
    return count


def main(arguments: list[str]) -> int:
    """Write the course directory, and say where it is."""
    paths = [Path(argument) for argument in arguments]
    paths = paths or sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
    count = write_course(COURSE, paths)
    print(f"{len(paths)} assignments, {count} exercises, a point each: {COURSE}/source")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
