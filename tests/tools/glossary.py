"""The glossary: each term that a notebook has in bold, with the sentence it stands in.

Bold is for this alone: a term, where the course first uses it and says what it is.
(Bold links, and the labels of the opening and of the instructor's note, are no terms.)
`make notebooks` writes notebooks/glossary.md from the pages.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import nbformat
from nbformat import NotebookNode
from page_counts import CONTENTS, anchor

FILE = "glossary.md"  # beside the notebooks
HEAD = """# Glossary

Each term, in the sentence that introduces it, and where that stands. (JupyterLab opens
a page at its top; follow the link once more, and it goes to the section.)

**[All notebooks](../README.md)**
"""

_APART = re.compile(r"```.*?```|`[^`\n]*`|\*\*\[[^]]*\]\([^)]*\)\*\*", re.DOTALL)
_HEADING = re.compile(r"^## +(.+)$", re.MULTILINE)
_UNIT = re.compile(r"\n\s*\n|\n(?=\s*(?:[-|]|\d+\.) )| \| ")  # no sentence goes on here
_MARK = re.compile(r"^\s*(?:[-|]|\d+\.) +|[\s|]+$")  # of a list, of a table
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_END = re.compile(r"(?<=[.?!])[)*]*\s+(?=[(*`\"A-Z0-9])")


class Term(NamedTuple):
    """A term, the sentence that introduces it, and the section that this stands in."""

    name: str
    sentence: str
    section: str

    @property
    def key(self) -> str:
        """The same for one and for many, with and without a capital."""
        return re.sub(r"(?<=[cs]h)es$|s$", "", self.name.casefold())


def terms(cells: list[NotebookNode]) -> Iterator[Term]:
    """Yield the terms of a page, in the order in which they stand there."""
    section = ""
    for cell in cells[2:]:  # behind the opening and the instructor's note
        if cell.cell_type != "markdown" or cell.source.startswith(CONTENTS):
            continue
        for unit in _UNIT.split(cell.source):
            if heading := _HEADING.match(unit):
                section = heading[1]
            for sentence in _sentences(_MARK.sub("", unit)):
                for found in _BOLD.finditer(_blank(sentence)):
                    name = sentence[slice(*found.span(1))]
                    yield Term(name, _plain(sentence), section)


def _sentences(text: str) -> Iterator[str]:
    """Cut a text at the ends of its sentences, of which there are none in code."""
    start = 0
    for end in _END.finditer(_blank(text)):
        yield text[start : end.end()].strip()
        start = end.end()
    yield text[start:].strip()


def _blank(text: str) -> str:
    """Return a text of the same length, with nothing in its code and bold links."""
    return _APART.sub(lambda apart: "`" + "x" * (len(apart[0]) - 2) + "`", text)


def _plain(sentence: str) -> str:
    """Return a sentence without its bold, and without half a pair of brackets."""
    for found in reversed([*_BOLD.finditer(_blank(sentence))]):
        start, end = found.span()
        sentence = sentence[:start] + sentence[start + 2 : end - 2] + sentence[end:]
    if sentence.startswith("(") and sentence.count("(") > sentence.count(")"):
        sentence = sentence[1:]
    return " ".join(sentence.split())


def entries(folder: Path) -> list[tuple[Term, str]]:
    """Return the terms of all notebooks of a folder, sorted, each with its notebook."""
    found = [
        (term, path.name)
        for path in sorted(folder.glob("[0-9]*.ipynb"))
        for term in terms(nbformat.read(path, as_version=4).cells)
    ]
    return sorted(found, key=lambda entry: entry[0].key)


def text(folder: Path) -> str:
    """Return what the glossary of a folder has to say."""
    lines = [HEAD]
    for term, name in entries(folder):
        link = f"[{name[:2]}: {term.section}]({name}#{anchor(term.section)})"
        says = term.sentence.removeprefix(f"{term.name}: ")
        lines.append(f"- **{term.name}** · {says} · {link}")
    return "\n".join(lines) + "\n"


def write(folder: Path) -> bool:
    """Write the glossary of a folder; return whether it changed."""
    path, now = folder / FILE, text(folder)
    changed = not path.exists() or path.read_text(encoding="utf-8") != now
    if changed:
        path.write_text(now, encoding="utf-8", newline="\n")
    return changed
