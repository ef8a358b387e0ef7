"""Grade what was handed in: one table, and a page for each notebook.

    python -m grading.grade FOLDER [--out FOLDER]

Everything in the folder is read, put through nbgrader's autograde, each notebook in a
kernel of its own, and written down: grades.csv, with a line for each exercise, and
nbgrader's feedback pages. It starts afresh each time. The notebooks run as you, with
all that you may do: where you do not trust them, in a container.
"""

import argparse
import csv
import logging
import os
import re
import shutil
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.apps import NbGraderAPI
from traitlets.config import PyFileConfigLoader

from grading.assignments import (
    NOTEBOOKS,
    POINTS,
    ROOT,
    pictures_beside,
    write_course,
)
from grading.handed_in import CoursePage, HandedIn, collect, first_line

OURS = "made_anew.txt"  # in a folder that may be
COLUMNS = "student notebook exercise points of mistake remarks file feedback".split()
# What nbgrader's cell ends with where the check could not say anything, in our words.
MISTAKES = {
    "NameError": "not-defined",
    "NeverEnds": "never-ends",
    "CellTimeoutError": "never-ends",
    "EndsTheKernel": "ends-the-kernel",
    "TimeIsUp": "time-is-up",
    "NoVerdict": "no-verdict",
}
# What a feedback page would fetch from elsewhere: MathJax. There are no formulas.
FETCHED = re.compile(r'<script src="https://[^"]*"> *</script>')
UNREADABLE = ("SyntaxError", "IndentationError")  # of a cell


@dataclass
class Line:
    """A line of the table: one exercise of one student, or a file that is none."""

    student: str
    file: str
    notebook: str = ""
    exercise: str = ""
    points: float | None = None
    mistake: str = ""
    remarks: str = ""
    feedback: str = ""

    def cells(self) -> list[str]:
        """Return what stands in each column."""
        points = "" if self.points is None else f"{self.points:g}"
        of = str(POINTS) if self.exercise else ""
        cells = [self.student, self.notebook, self.exercise, points, of]
        cells += [self.mistake, self.remarks, self.file, self.feedback]
        return [harmless(cell) for cell in cells]


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = " ".join(text.split())
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


class Grader:
    """A course directory of nbgrader's, and what is needed to grade in it.

    Args:
        course: Where it is.
    """

    def __init__(self, course: Path) -> None:
        self.course = course
        loader = PyFileConfigLoader("nbgrader_config.py", path=str(course))
        self.api = NbGraderAPI(config=loader.load_config())
        self.api.log.setLevel(logging.CRITICAL)

    def prepare(self, names: list[str]) -> None:
        """Have nbgrader know the assignments."""
        for name in names:
            _must(self.api.generate_assignment(name))

    def grade(self, one: HandedIn, ident: str) -> Iterator[Line]:
        """Grade a notebook, and yield its lines.

        Args:
            one: The notebook.
            ident: What nbgrader is to call the student.
        """
        assert one.page is not None
        name = one.page.name
        folder = self.course / "submitted" / ident / name
        folder.mkdir(parents=True)
        pictures_beside(one.notebook)
        nbformat.write(one.notebook, folder / f"{name}.ipynb")
        done = self.api.autograde(name, ident)
        if not done["success"]:  # a kernel that did not start may do so
            done = self.api.autograde(name, ident)
        _must(done)
        _must(self.api.generate_feedback(name, ident))
        page = self.course / "feedback" / ident / name / f"{name}.html"
        text = page.read_text(encoding="utf-8")
        page.write_text(FETCHED.sub("", text), encoding="utf-8")
        run = nbformat.read(
            self.course / "autograded" / ident / name / f"{name}.ipynb", as_version=4
        )
        one.remarks += troubles(run)
        points = self.points(name, ident)
        for each in one.page.exercises:
            [cell] = [c for c in run.cells if graded_id(c) == each.name]
            mistake, remarks = judged(cell, one.page.words[each.name])
            yield Line(
                one.student,
                one.file,
                name,
                each.name,
                points[each.name],
                mistake,
                "; ".join([*remarks, *one.about[each.name], *one.remarks]),
                str(page.relative_to(self.course)),
            )

    def points(self, name: str, ident: str) -> dict[str, float]:
        """Return the points that nbgrader's gradebook has, by exercise."""
        with self.api.gradebook as gradebook:
            found = gradebook.find_submission_notebook(name, name, ident)
            return {grade.name: grade.score for grade in found.grades}


def _must(done: dict[str, Any]) -> None:
    """Raise what nbgrader could not do.

    Raises:
        RuntimeError: If it says that it has not succeeded.
    """
    if not done["success"]:
        raise RuntimeError((done["error"].strip().splitlines() or [""])[-1])


def graded_id(cell: NotebookNode) -> str:
    """Return the id that nbgrader knows a cell by; empty if it knows none."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def judged(cell: NotebookNode, usual: set[str]) -> tuple[str, list[str]]:
    """Return the name of the mistake that a check found, and remarks.

    Args:
        cell: The check's.
        usual: Names of what an answer may use.
    """
    for output in cell.outputs:
        if known := output.get("metadata", {}).get("grading"):
            own = known["mistake"] != "not-your-own"
            uses = [
                n for n in known["uses"] if not own or n.split(".")[-1] not in usual
            ]
            remarks = [f"uses {', '.join(uses)}"] * bool(uses)
            if known["right"] is None:
                return "not-attempted", remarks
            return known["mistake"] or "", remarks
        if output.output_type == "error":
            return MISTAKES.get(output.ename, output.ename), [output.evalue]
    return "no-verdict", []


def troubles(notebook: NotebookNode) -> list[str]:
    """Say which cells did not run to their end; of each kind of trouble, the first."""
    found: dict[str, list[str]] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "error" and not graded_id(cell):
                if (
                    output.ename in (*UNREADABLE, *MISTAKES)
                    and output.ename != "NameError"
                ):
                    found.setdefault(output.ename, []).append(first_line(cell.source))
    return [
        f"{name} in the cell {cells[0]!r}"
        + (f" and {len(cells) - 1} more" if len(cells) > 1 else "")
        for name, cells in found.items()
    ]


def idents(found: list[HandedIn]) -> dict[str, str]:
    """Return a name for each student that is one for a folder as well."""
    made: dict[str, str] = {}
    for student in dict.fromkeys(one.student for one in found):
        plain = re.sub(r"[^\w.-]+", "_", student).strip("._") or "student"
        taken, count = plain, 2
        while taken.lower() in {other.lower() for other in made.values()}:
            taken, count = f"{plain}_{count}", count + 1
        made[student] = taken
    return made


def not_graded(one: HandedIn, why: str) -> tuple[list[Line], str]:
    """Return the line of what cannot be graded, and why, in a few words."""
    name = one.page.name if one.page else ""
    mistake = "not-graded"
    return [Line(one.student, one.file, name, mistake=mistake, remarks=why)], why


def grade_one(course: Path, one: HandedIn, ident: str) -> tuple[list[Line], str]:
    """Grade a notebook, in a process of its own, and return its lines.

    Returns:
        The lines, and what came of it, in a few words.
    """
    if one.page is None:
        return not_graded(one, one.trouble)
    warnings.simplefilter("ignore")  # nbgrader's own, of its database
    begun = time.monotonic()
    lines = list(Grader(course).grade(one, ident))
    got, took = sum(line.points or 0 for line in lines), time.monotonic() - begun
    of = POINTS * len(one.page.exercises)
    return lines, f"{one.page.name}  {got:g} of {of} points  ({took:.0f} s)"


def grade_all(folder: Path, course: Path, jobs: int) -> list[Line]:
    """Grade a folder, say so as it goes, and return the lines of the table.

    Args:
        folder: What was handed in.
        course: Where nbgrader's course directory is to be; what is there, goes.
        jobs: How many notebooks run at the same time.
    """
    shutil.rmtree(course, ignore_errors=True)
    course.mkdir(parents=True)
    (course / OURS).write_text("Each `make grade` makes all this anew.\n", "utf-8")
    paths = sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))
    found = collect(folder, [CoursePage(path) for path in paths])
    if not found:
        print(f"Nothing was handed in: {folder} is empty.")
    needed = {one.page.name for one in found if one.page}
    write_course(course, [path for path in paths if path.stem in needed])
    Grader(course).prepare(sorted(needed))
    names = idents(found)
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        tasks = {
            pool.submit(grade_one, course, one, names[one.student]): place
            for place, one in enumerate(found)
        }
        graded: dict[int, list[Line]] = {}
        for count, task in enumerate(as_completed(tasks), 1):
            one = found[tasks[task]]
            try:
                lines, what = task.result()
            except Exception as error:  # whatever it is, nothing is to be lost
                lines, what = not_graded(one, f"{type(error).__name__}: {error}")
            print(f"{count:4} of {len(tasks)}  {one.student}  {what}", flush=True)
            graded[tasks[task]] = lines
    return [line for _, lines in sorted(graded.items()) for line in lines]


def write_table(lines: list[Line], path: Path) -> None:
    """Write the table, as spreadsheets read it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *(line.cells() for line in lines)])


def main(arguments: list[str]) -> int:
    """Grade a folder, and say where the table is."""
    parser = argparse.ArgumentParser(description="Grade what was handed in.")
    parser.add_argument("folder", type=Path, help="what was handed in")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "grades")
    half = max(1, (os.cpu_count() or 1) // 2)  # a check that gets no turn is not calm
    parser.add_argument("--jobs", type=int, default=half, help="notebooks at a time")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir():
        parser.error(f"there is no folder {str(options.folder)!r}")
    folder, out = options.folder.resolve(), options.out.resolve()
    if out.exists() and any(out.iterdir()) and not (out / OURS).exists():
        parser.error(f"{out} holds something else: it would be lost")
    if folder.is_relative_to(out):
        parser.error(f"{folder} would be lost: {out} is made anew")
    warnings.simplefilter("ignore")  # nbgrader's own, of its database
    beside = str(Path(sys.executable).parent)  # where nbgrader looks for a program
    os.environ["PATH"] = beside + os.pathsep + os.environ.get("PATH", "")
    try:
        lines = grade_all(folder, out, options.jobs)
    except KeyboardInterrupt:
        print("Stopped. The same command starts again.")
        return 1
    write_table(lines, out / "grades.csv")
    print(f"\nThe table: {out / 'grades.csv'}\nThe feedback pages: {out / 'feedback'}")
    for line in lines:
        if line.mistake == "not-graded":
            print(f"Not graded: {line.file}: {line.remarks}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
