"""The table, a line for each exercise; the totals, for each student; the class."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grading.assignments import POINTS

COLUMNS = "student notebook exercise points of mistake remarks file feedback".split()
TOTALS = "student points of right notebooks not_graded".split()
NOT_GRADED, NOT_ATTEMPTED = "not-graded", "not-attempted"
MOST_MISTAKES = 10  # of the class
BAR = 40  # characters, for all


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
    beside: str = ""  # the file that counts, where the student handed in two

    def cells(self) -> list[str]:
        """Return what stands in each column."""
        points = "" if self.points is None else f"{self.points:g}"
        of = str(POINTS) if self.exercise else ""
        cells = [self.student, self.notebook, self.exercise, points, of]
        cells += [self.mistake, self.remarks, self.file, self.feedback]
        return [harmless(cell) for cell in cells]

    def verdict(self) -> str:
        """Return the mistake's name in words, or that there is none."""
        if self.mistake in ("", NOT_ATTEMPTED):
            return "not attempted" if self.mistake else "right"
        return f"not yet: {self.mistake.replace('-', ' ').replace('+', ', and ')}"


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = " ".join(text.split())
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def write_table(lines: list[Line], path: Path) -> None:
    """Write the table, as spreadsheets read it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *(line.cells() for line in lines)])


def totals(lines: list[Line]) -> Iterator[list[str]]:
    """Yield the cells of each student: points, of how many, and what is right."""
    counted = [line for line in lines if not line.beside]
    for student in dict.fromkeys(line.student for line in counted):
        own = [line for line in counted if line.student == student]
        done = [line for line in own if line.exercise]
        got, of = sum(line.points or 0 for line in done), POINTS * len(done)
        names = [
            [line.exercise for line in done if line.points == POINTS],
            dict.fromkeys(line.notebook for line in done),
            [line.file for line in own if line.mistake == NOT_GRADED],
        ]
        points = [f"{got:g}", str(of)] if done else ["", ""]  # none are not nought
        cells = [student, *points, *map(", ".join, names)]
        yield [harmless(cell) for cell in cells]


def write_totals(lines: list[Line], path: Path) -> None:
    """Write the totals, a row for each student, as spreadsheets read it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows([TOTALS, *totals(lines)])


def summary(lines: list[Line]) -> str:
    """Return what the class has done: points, exercises, and the commonest mistakes."""
    graded = [line for line in lines if line.exercise and not line.beside]
    said: list[str] = []
    for notebook in sorted({line.notebook for line in graded}):
        own = [line for line in graded if line.notebook == notebook]
        said += [*_points(own), "", *_exercises(own), ""]
    mistakes = Counter(
        (line.exercise, line.mistake)
        for line in graded
        if line.mistake not in ("", NOT_ATTEMPTED)
    )
    common = [each for each in mistakes.most_common(MOST_MISTAKES) if each[1] > 1]
    if common:
        said.append("The commonest mistakes")
        said += [f"{count:4} {name}: {words}" for (name, words), count in common]
    elif mistakes:
        said.append("No mistake was made twice.")
    twice = {line.file: line.beside for line in lines if line.beside}
    if twice:
        said += [*[""] * bool(mistakes), "Handed in twice, and counted once"]
        said += [f"  {first}, and not {file}" for file, first in twice.items()]
    return "\n".join([*said, ""])


def _points(lines: list[Line]) -> Iterator[str]:
    """Yield how many have how many points in a notebook."""
    got: Counter[str] = Counter()
    for line in lines:
        got[line.file] += int(line.points or 0)
    having = Counter(got.values())
    yield f"{lines[0].notebook}: {len(got)} handed in"
    of = POINTS * len({line.exercise for line in lines})
    for points in range(of, -1, -1):
        bar = "#" * round(BAR * having[points] / len(got))
        yield f"{points:4} of {of} points{having[points]:6}  {bar}".rstrip()


def _exercises(lines: list[Line]) -> Iterator[str]:
    """Yield how many are right in each exercise of a notebook."""
    yield f"{'':24}right  not yet  not attempted"
    for name in dict.fromkeys(line.exercise for line in lines):
        own = [line for line in lines if line.exercise == name]
        right = sum(line.points == POINTS for line in own)
        untried = sum(line.mistake == NOT_ATTEMPTED for line in own)
        wrong = len(own) - right - untried
        yield f"  {name:20}{right:7}{wrong:9}{untried:15}"
