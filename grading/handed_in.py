"""Read what was handed in, whatever its name and its state, and make it nbgrader's.

Who handed it in is the name of its folder; of a file that lies in none, what its own
name says beside the notebook's. Which notebook it is, its cells say.
"""

import ast
import json
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_raw_cell

from grading.assignments import (
    POINTS,
    Graded,
    check_of,
    exercises,
    marked,
    solution,
)

NEW_CELL = {
    "code": new_code_cell,
    "markdown": new_markdown_cell,
    "raw": new_raw_cell,
}
# What a cell has no business with; whoever grades should look at one that has.
REACHES = re.compile(
    r"\bbuiltins\b|__builtins__|\bsys\.modules\b|_getframe|\bset(trace|profile)\b"
    r"|\bctypes\b|\bget_ipython\b|\b_exit\b|\bgc\.get_|\bmock\b|\bwslib\.check\b"
)


@dataclass
class HandedIn:
    """A file that was handed in.

    Attributes:
        path: Where it is.
        file: Its name, from the folder that all was handed in in.
        student: Whose it is.
        number: Moodle's, of the student; empty if it does not come from there.
        trouble: Why it cannot be graded; empty if it can.
        notebook: Its cells, as nbgrader is to have them.
        beside: The same student's file of the same notebook that counts, if not this.
        page: The notebook of the course that it is.
        remarks: What whoever grades should know.
        about: The same, on one exercise, by name.
    """

    path: Path
    file: str
    student: str
    number: str = ""
    trouble: str = ""
    notebook: NotebookNode | None = None
    page: "CoursePage | None" = None
    beside: str = ""
    remarks: list[str] = field(default_factory=list)
    about: dict[str, list[str]] = field(default_factory=dict)


class CoursePage:
    """A notebook of the course, to find what was handed in by."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.notebook = nbformat.read(path, as_version=4)
        self.title = self.notebook.cells[0].source.splitlines()[0].lstrip("# ")
        self.exercises = list(exercises(self.notebook))
        self.headings = {each.name: self._heading(each) for each in self.exercises}
        self.ids = {cell.id for cell in self.notebook.cells}
        self.sources = {cell.source.strip() for cell in self.notebook.cells}
        key_path = path.parent / "solutions" / f"{path.stem}_key.ipynb"
        key = nbformat.read(key_path, as_version=4)
        self.words = {  # what an exercise speaks of, or its solution uses
            each.name: set(
                re.findall(r"\w+", self._text(each) + solution(key, each.name))
            )
            for each in self.exercises
        }

    def _text(self, exercise: Graded) -> str:
        """Return what a student reads of an exercise, as far as its stub."""
        before = self.notebook.cells[: exercise.stub + 1]
        begins = [i for i, cell in enumerate(before) if "## Exercise" in cell.source]
        return "\n".join(cell.source for cell in before[max(begins, default=0) :])

    def _heading(self, exercise: Graded) -> str:
        """Return what the page calls an exercise."""
        found = re.search(r"^## (Exercise .+)$", self._text(exercise), re.MULTILINE)
        return found[1] if found else ""

    def likeness(self, cells: list[NotebookNode]) -> int:
        """Return how much a notebook has of this one."""
        names = {each.name for each in self.exercises}
        checked = {check_of(cell.source) for cell in cells if cell.cell_type == "code"}
        return (
            sum(cell.source.strip() in self.sources for cell in cells if cell.source)
            + sum(cell.get("id") in self.ids for cell in cells)
            + 5 * len(names & {found[0] for found in checked if found})
        )

    def is_course(self, cell: NotebookNode) -> bool:
        """Tell whether a cell is one of the page's, and not the student's."""
        return cell.get("id") in self.ids or cell.source.strip() in self.sources


def collect(folder: Path, pages: list[CoursePage]) -> list[HandedIn]:
    """Read a folder: of notebooks, or with a folder for each student.

    Returns:
        Every file, ready to be graded or with the reason why not. Beside a notebook,
        what is no notebook is passed over.
    """
    names = {page.name for page in pages}
    there = visible(folder)
    if len(there) == 1 and there[0].is_dir():
        if sum(path.is_dir() for path in visible(there[0])) > 1:
            folder = there[0]  # all students' folders lie in one, as from an archive
    found: list[HandedIn] = []
    for path in (path for path in sorted(folder.rglob("*")) if path.is_file()):
        inside = path.relative_to(folder).parts
        if not any(hidden(part) for part in inside):
            folders = [part for part in inside[:-1] if part not in names]
            found.append(read(path, folders[0] if folders else "", pages))
            found[-1].file = "/".join(inside)
    _tell_namesakes_apart(found)
    graded = {one.student for one in found if not one.trouble}
    found = [
        one
        for one in found
        if one.path.suffix in (".ipynb", *ARCHIVES)
        or not one.trouble
        or one.student not in graded
    ]
    _tell_copies_apart(found)
    return found


def _tell_namesakes_apart(found: list[HandedIn]) -> None:
    """Add Moodle's number to a name that more than one student has."""
    people = {(one.student, one.number) for one in found}
    called = Counter(student for student, _ in people)
    for one in found:
        if one.number and called[one.student] > 1:
            one.student = f"{one.student} ({one.number})"


def _tell_copies_apart(found: list[HandedIn]) -> None:
    """Where a student handed in a notebook twice, have one count; name the other."""
    seen: dict[tuple[str, str], str] = {}
    for one in sorted(found, key=_comes_second):
        if one.page and not one.trouble:
            first = seen.setdefault((one.student, one.page.name), one.file)
            if first != one.file:
                one.beside = first
                one.remarks.append(f"{first!r} is the same notebook, and counts")
                inside = one.file.removesuffix(".ipynb").split("/")
                one.student = f"{one.student} ({'/'.join(inside[1:] or inside)})"


_COPY = re.compile(r"-Copy\d+|\(\d+\)")  # JupyterLab's, a browser's


def _comes_second(one: HandedIn) -> tuple[bool, bool, int]:
    """Return what orders the files of a student: as the course calls it, no copy."""
    named = one.page is not None and one.path.name == f"{one.page.name}.ipynb"
    return not named, bool(_COPY.search(one.path.stem)), one.file.count("/")


def hidden(name: str) -> bool:
    """Tell whether a file or folder is the system's, or JupyterLab's copy."""
    return name[0] == "." or name == "__MACOSX"


def visible(folder: Path) -> list[Path]:
    """Return what lies in a folder."""
    return [path for path in folder.iterdir() if not hidden(path.name)]


_MOODLE = re.compile(r"_(\d+)_assignsubmission_[a-z]+_?")  # behind a student's name
ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz")


def read(path: Path, student: str, pages: list[CoursePage]) -> HandedIn:
    """Read one file.

    Args:
        path: Where it is.
        student: The name of its folder; empty if it lies in none.
        pages: The notebooks of the course.
    """
    moodle = _MOODLE.search(student or path.stem)
    student = _MOODLE.sub("", student)
    one = HandedIn(path, path.name, student or path.stem)
    one.number = moodle[1] if moodle else ""
    try:
        text = path.read_bytes().decode("utf-8-sig")
        found = json.loads(text)
        if not isinstance(found, dict) or "nbformat" not in found:
            raise ValueError("it has no 'nbformat'")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cells without an id get one
            cells = nbformat.reads(text, as_version=4).cells
            cells = [_clean(cell) for cell in cells]
    except Exception as error:
        one.trouble = no_notebook(path, _one_line(error))
        return one
    one.page = _page_of(cells, path, pages)
    if one.page is None:
        one.trouble = "no notebook of this course"
        return one
    if not student:
        one.student = _name_beside(path.stem, one.page.name)
        if not one.student:
            one.student = "(no name)"
            one.trouble = "whose? put it into a folder with the student's name"
    if path.name != f"{one.page.name}.ipynb":
        one.remarks.append(f"the file is {path.name!r}")
    one.notebook = _as_nbgrader_has_it(one, cells)
    return one


def no_notebook(path: Path, error: str = "") -> str:
    """Say what a file is that is no notebook, and what to do about it.

    Args:
        path: Where it is.
        error: What reading it said.
    """
    data = path.read_bytes()
    if not data.strip():
        return "an empty file: ask for another"
    if path.suffix in ARCHIVES:
        return f"a {path.suffix[1:]}: unpack it first"
    if path.suffix == ".ipynb" and data.startswith(b"PK"):
        return "a zip under another name: unpack it first"
    if data.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"<"):
        return "a page of the web, not a notebook: ask for the .ipynb"
    if path.suffix == ".ipynb":
        return f"a broken notebook: ask for another ({error})"
    return "not a notebook: ask for the .ipynb"


def _clean(cell: NotebookNode) -> NotebookNode:
    """Return a cell without outputs, tags and whatever else was done to it."""
    source = cell.get("source", "")
    source = "".join(source) if isinstance(source, list) else str(source)
    made = NEW_CELL.get(cell.cell_type, new_raw_cell)(source=source)
    if re.fullmatch(r"[\w-]{1,64}", str(cell.get("id", ""))):
        made.id = cell.id
    return made


def _page_of(
    cells: list[NotebookNode], path: Path, pages: list[CoursePage]
) -> CoursePage | None:
    """Return the page that a notebook is most like; where none is, by its name."""
    likest = max(pages, key=lambda page: page.likeness(cells))
    if likest.likeness(cells) >= 5:
        return likest
    return next((page for page in pages if page.name in path.stem), None)


def _name_beside(stem: str, notebook: str) -> str:
    """Return what a file's name says beside the notebook's; it may be nothing."""
    stem = _MOODLE.sub(" ", stem)
    number, _, words = notebook.partition("_")
    for part in (notebook, words, rf"(?<!\d){number}(?!\d)"):
        stem = re.sub(part, " ", stem, flags=re.IGNORECASE)
    return re.sub(r"[\s_-]+", " ", _COPY.sub(" ", stem)).strip()


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:120]


# --- cells ----------------------------------------------------------------------------


def names_bound(source: str) -> set[str]:
    """Return the names that a cell defines or assigns; none if it is no Python."""
    try:
        tree = ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return set()
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
    return found


def _as_nbgrader_has_it(one: HandedIn, cells: list[NotebookNode]) -> NotebookNode:
    """Return the notebook with a check behind each answer, whatever was there."""
    page = one.page
    assert page is not None
    ids: set[str] = set()
    for cell in cells:  # a cell that was copied may have the id of the other
        if cell.id in ids:
            cell.id = new_raw_cell().id
        ids.add(cell.id)
        if cell.cell_type == "code" and cell.source.strip() not in page.sources:
            one.remarks += _oddities(cell.source)
    for each in page.exercises:
        cells = _with_check(one, page, each, cells)
    return new_notebook(cells=cells)


def _oddities(source: str) -> Iterator[str]:
    """Yield what whoever grades should look at in a student's cell."""
    begins = f"the cell {first_line(source)!r}"
    if REACHES.search(source):
        yield f"look at {begins}: it reaches into the interpreter, or the checks"
    imported = re.search(r"^\s*from wslib import .*\bcheck\b", source, re.M)
    if "check" in names_bound(source) and not imported:
        yield f"look at {begins}: it makes a `check` of its own"


def _with_check(
    one: HandedIn, page: CoursePage, each: Graded, cells: list[NotebookNode]
) -> list[NotebookNode]:
    """Return the cells with nbgrader's check of one exercise behind its answer."""
    stub, check = (page.notebook.cells[place] for place in (each.stub, each.check))
    wanted = set(re.findall(r"[A-Za-z_]\w*", each.arguments)) & names_bound(stub.source)
    same, theirs, answers = check.source.strip(), [], []
    for place, cell in enumerate(cells):
        if cell.id == check.id or cell.source.strip() == same:
            theirs.append(place)
        elif cell.id == stub.id:
            answers.append(place)
        elif cell.cell_type == "code" and wanted & names_bound(cell.source):
            if not page.is_course(cell):
                answers.append(place)
            elif theirs or answers:
                break  # from here on the name stands for something else
    at = max(theirs + answers, default=len(cells) - 1)
    placed = new_code_cell(source=check.source, id=check.id)
    placed.metadata.nbgrader = marked(
        each.name, grade=True, locked=True, points=POINTS, cell_type="code"
    )
    about = one.about.setdefault(each.name, [])
    if not theirs:
        about.append("its check was deleted")
    made: list[NotebookNode] = [] if cells else [placed]
    for place, cell in enumerate(cells):
        if place not in theirs:
            made.append(cell)
        elif cell.source.strip() != same or cell.cell_type != "code":
            about.append("its check was changed")
            made.append(cell)  # the answer may stand in it
            cell.id = new_raw_cell().id
        if place == at:
            made.append(placed)
    return made


def first_line(source: str) -> str:
    """Return how a cell begins, in short."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    return (lines or [""])[0][:60]
