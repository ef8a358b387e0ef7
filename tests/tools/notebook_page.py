"""A notebook file, taken apart: what the rules and the tests look at."""

import re
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
from execute_notebooks import NOT_COMPARED, ROOT
from nbformat import NotebookNode

PAGES = sorted(ROOT.glob("notebooks/[0-9]*.ipynb")) + sorted(
    ROOT.glob("notebooks/solutions/[0-9]*.ipynb")
)
VERDICT = re.compile(r"([✓✗○]) (\w+): ")
EXERCISE = re.compile(r"^## (Exercise (\d+): .+)$", re.MULTILINE)


class Page:
    """A notebook file, taken apart."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file_text = path.read_text(encoding="utf-8")
        self.notebook = nbformat.reads(self.file_text, as_version=4)
        self.cells = self.notebook.cells
        self.code = [cell for cell in self.cells if cell.cell_type == "code"]
        self.prose = [cell for cell in self.cells if cell.cell_type == "markdown"]
        self.is_key = path.parent.name == "solutions"
        self.number = path.name[:2]

    @property
    def twin(self) -> Path:
        """Where the answer key of a notebook is, or the notebook of an answer key."""
        if self.is_key:
            return self.path.parent.parent / self.path.name.replace("_key.", ".")
        return self.path.parent / "solutions" / f"{self.path.stem}_key.ipynb"

    @cached_property
    def markdown(self) -> list[str]:
        """The text cells, without what is quoted as code in them."""
        quoted = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
        return [quoted.sub("", cell.source) for cell in self.prose]

    @cached_property
    def headings(self) -> list[tuple[int, str]]:
        """Level and text of every heading."""
        return [heading for cell in self.prose for heading in headings_of(cell)]

    @cached_property
    def sections(self) -> list[tuple[NotebookNode, list[str]]]:
        """Each code cell, with the headings under which it stands, the title first."""
        found: list[tuple[NotebookNode, list[str]]] = []
        above: list[tuple[int, str]] = []
        for cell in self.cells:
            if cell.cell_type == "code":
                found.append((cell, [text for _, text in above]))
                continue
            for level, text in headings_of(cell):
                above = [heading for heading in above if heading[0] < level]
                above.append((level, text))
        return found

    @property
    def title(self) -> str:
        """The first heading, as ``02 · The opening handshake``."""
        return self.headings[0][1].removeprefix("Answer key ") if self.headings else ""

    @cached_property
    def data(self) -> list[NotebookNode]:
        """The data of every rich output, by kind."""
        return [o.data for cell in self.code for o in cell.outputs if "data" in o]

    @cached_property
    def printed(self) -> str:
        """All text that the outputs show."""
        streams = [o.text for c in self.code for o in c.outputs if "text" in o]
        return "\n".join([*streams, *(d.get("text/plain", "") for d in self.data)])

    @cached_property
    def html(self) -> str:
        """All HTML, in text cells and outputs."""
        return "\n".join([*self.markdown, *(d.get("text/html", "") for d in self.data)])

    def exercises(self) -> dict[str, list[NotebookNode]]:
        """The cells of each exercise, from its heading to the next exercise's."""
        found: dict[str, list[NotebookNode]] = {}
        name = None
        for cell in self.cells:
            if cell.cell_type == "markdown":
                if heading := EXERCISE.search(cell.source):
                    name = heading[1]
                elif re.search(r"^##? ", cell.source, re.MULTILINE):
                    name = None
            if name:
                found.setdefault(name, []).append(cell)
        return found


def headings_of(cell: NotebookNode) -> list[tuple[int, str]]:
    """Return level and text of the headings in a text cell."""
    text = re.sub(r"```.*?```", "", cell.source, flags=re.DOTALL)
    found = re.findall(r"^(#{1,6}) +(.+)$", text, re.MULTILINE)
    return [(len(marks), heading) for marks, heading in found]


def stub(notebook: str, name: str) -> Any:
    """Return the dict to fill in that a notebook assigns to a name."""
    page = Page(ROOT / "notebooks" / notebook)
    [cell] = [cell for cell in page.code if cell.source.startswith(f"{name} = {{")]
    names: dict[str, Any] = {}
    exec(cell.source, names)
    return names[name]


def code_of(cells: list[NotebookNode]) -> list[NotebookNode]:
    """Return the code cells among cells."""
    return [cell for cell in cells if cell.cell_type == "code"]


def is_ignored(cell: NotebookNode) -> bool:
    """Tell whether nbval leaves a code cell's output alone."""
    marked = re.search(r"^\s*#+\s*\w*(IGNORE_OUTPUT|NBVAL_SKIP)\s*$", cell.source, re.M)
    return bool(marked or NOT_COMPARED & set(cell.metadata.get("tags", [])))


def verdicts(cells: list[NotebookNode]) -> list[tuple[str, str]]:
    """Return mark and name of the verdicts that the cells' outputs show."""
    texts = [
        o.data.get("text/plain", "") for c in cells for o in c.outputs if "data" in o
    ]
    return [found.groups() for text in texts if (found := VERDICT.match(text))]
