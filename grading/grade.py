"""Grade what was handed in: one table, and a page for each notebook.

    python -m grading.grade FOLDER [--out FOLDER]

Everything in the folder is read, put through nbgrader's autograde, each notebook in a
kernel of its own, and written down: grades.csv, with a line for each exercise,
totals.csv, with one for each student, a summary of the class, and a page for each
notebook to give back. It starts afresh each time, unless it was stopped; what an
earlier run has made is kept under another name. The notebooks run as you, with all that
you may do: where you do not trust them, in a container.
"""

import argparse
import logging
import os
import re
import shutil
import sys
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import count
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
from grading.handed_in import CoursePage, HandedIn, collect, first_line, no_notebook
from grading.pages import place, to_give_back
from grading.stopped import Unfinished, ignore_ctrl_c, stopping
from grading.table import (
    NOT_ATTEMPTED,
    NOT_GRADED,
    Line,
    summary,
    write_table,
    write_totals,
)

OURS = "graded.txt"  # in each folder that this has made, and in no other
TABLE = "grades.csv"
UNFINISHED = "unfinished.jsonl"  # what a run that was stopped has graded
BACK = "give_back"
GRADES = ROOT / "build" / "grades"
# What nbgrader's cell ends with where the check could not say anything, in our words.
MISTAKES = {
    "NameError": "not-defined",
    "NeverEnds": "never-ends",
    "CellTimeoutError": "never-ends",
    "EndsTheKernel": "ends-the-kernel",
    "TimeIsUp": "time-is-up",
    "NoVerdict": "no-verdict",
}
# Of a cell that is not a check: it could not be read, or did not end.
TROUBLES = {"SyntaxError", "IndentationError", *MISTAKES} - {"NameError"}


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

    def grade(self, one: HandedIn, ident: str) -> list[Line]:
        """Grade a notebook, write the page to give back, and return its lines.

        Args:
            one: The notebook.
            ident: What nbgrader is to call the student.
        """
        assert one.page is not None
        name = one.page.name
        folder = self.course / "submitted" / ident / name
        folder.mkdir(parents=True, exist_ok=True)  # from a run that was stopped
        pictures_beside(one.notebook)
        nbformat.write(one.notebook, folder / f"{name}.ipynb")
        done = self.api.autograde(name, ident)
        if not done["success"]:  # a kernel that did not start may do so
            done = self.api.autograde(name, ident)
        _must(done)
        _must(self.api.generate_feedback(name, ident))
        run = nbformat.read(
            self.course / "autograded" / ident / name / f"{name}.ipynb", as_version=4
        )
        found = troubles(run)
        points = self.points(name, ident)
        page = Path(BACK, place(one.file))
        lines = []
        for each in one.page.exercises:
            [cell] = [c for c in run.cells if graded_id(c) == each.name]
            mistake, remarks = judged(cell, one.page.words[each.name])
            remarks += [*found.get(each.name, []), *found.get("", [])]
            remarks += [*one.about[each.name], *one.remarks]
            line = Line(one.student, one.file, name, each.name, points[each.name])
            line.beside = one.beside
            line.mistake, line.remarks = mistake, "; ".join(remarks)
            line.feedback = page.as_posix()
            lines.append(line)
        made = self.course / "feedback" / ident / name / f"{name}.html"
        text = to_give_back(made, one.page.title, lines, one.page.headings)
        (self.course / page).parent.mkdir(parents=True, exist_ok=True)
        (self.course / page).write_text(text, encoding="utf-8")
        return lines

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
                return NOT_ATTEMPTED, remarks
            return known["mistake"] or "", remarks
        if output.output_type == "error":
            return MISTAKES.get(output.ename, output.ename), [output.evalue]
    return "no-verdict", []


def troubles(notebook: NotebookNode) -> dict[str, list[str]]:
    """Say which cells did not run to their end; of each kind of trouble, the first.

    Returns:
        What there is to say, by the exercise whose section the cell is in; what is in
        none, and so may be the matter with all, by no name.
    """
    sections: list[list[NotebookNode]] = [[]]
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            sections.append([])
        sections[-1].append(cell)
    found: dict[str, dict[str, list[str]]] = {}
    for cells in sections:
        names = [graded_id(cell) for cell in cells if graded_id(cell)] or [""]
        for cell in cells:
            for output in cell.get("outputs", []):
                if not graded_id(cell) and output.get("ename") in TROUBLES:
                    for name in names:
                        kinds = found.setdefault(name, {})
                        kinds.setdefault(output.ename, []).append(cell.source)
    return {
        name: [
            f"{kind} in the cell {first_line(cells[0])!r}"
            + (f" and {len(cells) - 1} more" if len(cells) > 1 else "")
            for kind, cells in kinds.items()
        ]
        for name, kinds in found.items()
    }


def idents(found: list[HandedIn]) -> dict[str, str]:
    """Return a name for each student that is one for a folder as well."""
    made: dict[str, str] = {}
    for student in dict.fromkeys(one.student for one in found):
        plain = re.sub(r"[^\w.-]+", "_", student).strip("._") or "student"
        taken, number = plain, 2
        while taken.lower() in {other.lower() for other in made.values()}:
            taken, number = f"{plain}_{number}", number + 1
        made[student] = taken
    return made


def not_graded(one: HandedIn, why: str = "") -> list[Line]:
    """Return the line of what cannot be graded."""
    name, why = one.page.name if one.page else "", why or one.trouble
    return [Line(one.student, one.file, name, mistake=NOT_GRADED, remarks=why)]


def grade_one(course: Path, one: HandedIn, ident: str) -> tuple[list[Line], str]:
    """Grade a notebook, in a process of its own, and return its lines.

    Returns:
        The lines, and what came of it, in a few words.
    """
    if one.page is None or one.trouble:
        return not_graded(one), one.trouble
    warnings.simplefilter("ignore")  # nbgrader's own, of its database
    begun = time.monotonic()
    lines = Grader(course).grade(one, ident)
    got, took = sum(line.points or 0 for line in lines), time.monotonic() - begun
    of = POINTS * len(one.page.exercises)
    return lines, f"{one.page.name}  {got:g} of {of} points  ({took:.0f} s)"


def grade_each(
    todo: list[HandedIn], course: Path, names: dict[str, str], jobs: int
) -> Iterator[tuple[HandedIn, list[Line], str]]:
    """Yield each notebook as it is graded, its lines, and what came of it.

    Args:
        todo: The notebooks. Where it is stopped, some of them are not yielded.
        course: nbgrader's course directory.
        names: What nbgrader is to call the students.
        jobs: How many notebooks run at the same time.
    """
    waiting = iter(todo)
    running: dict[Future[tuple[list[Line], str]], HandedIn] = {}
    spawn = get_context("spawn")
    with ProcessPoolExecutor(jobs, spawn, ignore_ctrl_c) as pool, stopping() as why:
        while True:
            while len(running) < jobs and not why and (one := next(waiting, None)):
                task = pool.submit(grade_one, course, one, names[one.student])
                running[task] = one
            if not running:
                break
            for task in wait(running, 1, FIRST_COMPLETED).done:
                one = running.pop(task)
                try:
                    yield one, *task.result()
                except BrokenProcessPool:  # by a second Ctrl-C, or from outside
                    why.append("ended")
                except Exception as error:  # whatever it is, nothing is to be lost
                    why = f"{type(error).__name__}: {error}"
                    yield one, not_graded(one, why), why


def grade_all(
    found: list[HandedIn], folder: Path, course: Path, jobs: int
) -> tuple[list[Line], int]:
    """Grade a folder, and say so as it goes.

    Args:
        found: What was handed in.
        folder: Where it lies.
        course: Where nbgrader's course directory is to be.
        jobs: How many notebooks run at the same time.

    Returns:
        The lines of the table, and how many notebooks are left, if it was stopped.
    """
    by = NOTEBOOKS, ROOT / "wslib", ROOT / "grading"
    unfinished = Unfinished(course / UNFINISHED, folder, *by)
    graded = unfinished.read()
    if graded:
        print(f"Going on: {len(graded)} of {len(found)} were graded before.")
    else:
        names = {one.page.name for one in found if one.page and not one.trouble}
        put_aside(course)
        prepare(course, names)
        (course / OURS).write_text(f"Handed in: {folder}\n", encoding="utf-8")
        unfinished.begin()
    todo = [one for one in found if one.file not in graded]
    for one, lines, what in grade_each(todo, course, idents(found), jobs):
        graded[one.file] = lines
        print(f"{len(graded):4} of {len(found)}  {one.student}  {what}", flush=True)
        if lines[0].exercise:
            unfinished.add(lines)
    left = [one for one in found if one.file not in graded]
    for one in left:
        graded[one.file] = not_graded(one, "not yet: it was stopped before")
    if not left:
        unfinished.path.unlink()
    return [line for one in found for line in graded[one.file]], len(left)


def put_aside(course: Path) -> None:
    """Make room: what an earlier run has made is kept under another name."""
    if not (course / TABLE).exists():  # it was ended before there was anything
        shutil.rmtree(course, ignore_errors=True)
        return
    names = (course.with_name(f"{course.name}-{number}") for number in count(1))
    kept = next(path for path in names if not path.exists())
    course.rename(kept)
    print(f"What was graded before is kept in {kept}")


def prepare(course: Path, names: set[str]) -> None:
    """Make the course directory, with the assignments that are needed."""
    (course / BACK).mkdir(parents=True)
    (course / OURS).touch()
    write_course(course, [NOTEBOOKS / f"{name}.ipynb" for name in sorted(names)])
    Grader(course).prepare(sorted(names))


def main(arguments: list[str]) -> int:
    """Grade a folder, and say where the table is."""
    parser = argparse.ArgumentParser(description="Grade what was handed in.")
    parser.add_argument("folder", type=Path, help="what was handed in")
    parser.add_argument("--out", type=Path, help="by default, build/grades/FOLDER")
    half = max(1, (os.cpu_count() or 1) // 2)  # a check that gets no turn is not calm
    parser.add_argument("--jobs", type=int, default=half, help="notebooks at a time")
    options = parser.parse_args(arguments)
    folder = options.folder.resolve()
    if folder.is_file():
        what = "a file" if folder.suffix == ".ipynb" else no_notebook(folder)
        parser.error(f"{folder.name} is {what}. What is graded is a folder.")
    if not folder.is_dir():
        parser.error(f"there is no folder {str(options.folder)!r}")
    out = (options.out or GRADES / folder.name).resolve()
    if out.exists() and any(out.iterdir()) and not (out / OURS).exists():
        parser.error(f"{out} holds something else: it would be lost")
    if folder.is_relative_to(out):
        parser.error(f"{folder} would be moved away: it lies in {out}")
    sys.stdout.reconfigure(errors="replace")  # a name may have any letter
    warnings.simplefilter("ignore")  # nbgrader's own, of its database
    beside = str(Path(sys.executable).parent)  # where nbgrader looks for a program
    os.environ["PATH"] = beside + os.pathsep + os.environ.get("PATH", "")
    pages = [CoursePage(path) for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))]
    found = collect(folder, pages)
    if all(one.trouble for one in found):
        say_what_is_not_graded([line for one in found for line in not_graded(one)])
        print(f"Nothing to grade in {folder}{': it is empty' * (not found)}.")
        return 1
    try:
        lines, left = grade_all(found, folder, out, options.jobs)
    except KeyboardInterrupt:
        print("Stopped. The same command starts again.")
        return 1
    write_table(lines, out / TABLE)
    write_totals(lines, out / "totals.csv")
    (out / "summary.txt").write_text(summary(lines), encoding="utf-8")
    shutil.make_archive(str(out / BACK), "zip", out / BACK)
    print(f"\n{summary(lines)}")
    print(f"The table: {out / TABLE}; a row for each student: totals.csv beside it")
    print(f"This summary: {out / 'summary.txt'}")
    print(f"To give back: {out / BACK}; for Moodle, {BACK}.zip beside it")
    if not left:
        say_what_is_not_graded(lines)
    else:
        print(f"Stopped: {left} are not graded yet. The same command goes on.")
    return bool(left)


def say_what_is_not_graded(lines: list[Line]) -> None:
    """Print which files have no points, and why not."""
    for line in lines:
        if line.mistake == NOT_GRADED:
            print(f"Not graded: {line.file}: {line.remarks}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
