"""What is counted in a page, and written at its top: its minutes and its contents.

Whoever is shown a page sees its cells run, and hears of each section. Whoever does it
reads, runs and solves. The rates are those of the people who tried the pages.
"""

import re

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

A_MINUTE = 130  # words that are read
CELL, SHOWN_CELL = 0.6, 0.75  # minutes to run one and look, and to talk about it
EXERCISE, STEP = 10, 5  # minutes
LONG = 40  # cells; a page with more has a list of its contents

MINUTES = re.compile(r"\*\*Minutes:\*\* [^·\n]+ · ")
CONTENTS = "**On this page:** "
NOTE = "<details><summary>For the instructor</summary>"
_STEP = re.compile(r"Step \d+: ")  # a few lines of what the page puts together
_GUESS = re.compile(r"^guess\(", re.MULTILINE)  # a click: it takes no time of its own
_CHECK = re.compile(r"^(await )?check\.", re.MULTILINE)


def words(cells: list[NotebookNode]) -> int:
    """Return how many words of text a student reads."""
    texts = [cell.source for cell in cells if _is_text(cell)]
    texts = [text for text in texts if not text.startswith((CONTENTS, NOTE))]
    return sum(len(text.split()) for text in texts)


def headings(cells: list[NotebookNode]) -> list[str]:
    """Return the names of the sections."""
    fenced = re.compile(r"```.*?```", re.DOTALL)
    texts = [fenced.sub("", cell.source) for cell in cells if _is_text(cell)]
    return [name for text in texts for name in re.findall(r"^## +(.+)$", text, re.M)]


def minutes(cells: list[NotebookNode]) -> tuple[int, int]:
    """Return how long the page takes when it is shown, and when it is done."""
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    code = [source for source in code if not _GUESS.search(source)]
    exercises = sum(bool(_CHECK.search(source)) for source in code)
    steps = sum(bool(_STEP.match(name)) for name in headings(cells))
    shown = SHOWN_CELL * (len(code) - 2 * exercises) + len(headings(cells))
    done = words(cells) / A_MINUTE + CELL * len(code)
    done += EXERCISE * exercises + STEP * steps
    return _to_five(shown), _to_five(done)


def contents(cells: list[NotebookNode]) -> str:
    """Return the links to the sections of a long page; nothing for a short one."""
    if len(cells) <= LONG:
        return ""
    links = [f"[{name}](#{anchor(name)})" for name in headings(cells)]
    return CONTENTS + " · ".join(links)


def anchor(heading: str) -> str:
    """Return what JupyterLab, GitHub and nbconvert call the place of a heading."""
    return re.sub("[`*]", "", heading).replace(" ", "-")


def write_counts(notebook: NotebookNode) -> None:
    """Write the minutes and the contents into a page of the course, if it is one."""
    cells = notebook.cells
    if not cells or not MINUTES.search(cells[0].source):
        return
    cells[:] = [cell for cell in cells if not cell.source.startswith(CONTENTS)]
    if sections := contents(cells):  # behind the opening and the instructor's note
        cells.insert(2, new_markdown_cell(sections, id="contents"))
    shown, done = minutes(cells)
    line = f"**Minutes:** {shown} shown, {done} done · "
    cells[0].source = MINUTES.sub(line, cells[0].source)


def _is_text(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "markdown")


def _to_five(number: float) -> int:
    return 5 * max(1, round(number / 5))
