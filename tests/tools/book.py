"""Make the web book: the course to be read where nothing is installed.

    python tests/tools/book.py [FOLDER] [--for-students]  build/book by default

README is its front page; then come the notebooks, with the outputs that are stored in
them, the answer keys, and every file of text that one of these links to. With
--for-students, in build/student-book, it has no keys, and no word to the instructor.

Sphinx makes it, with MyST-NB and the theme Furo. All three come with pip: nothing is
fetched while the book is made (as MyST's own builder fetches its theme), and nothing by
the browser of whoever reads it. The settings are all here; what the outputs need to
look as in JupyterLab is in book.css.
"""

import argparse
import posixpath
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import nbformat
from execute_notebooks import ROOT
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils
from student_edition import hand_out, to_students

# Linked to, and shown by a browser outside of the book's frame.
AS_THEY_ARE = [
    path for path in ROOT.glob("images/*") if path.suffix in {".html", ".svg", ".png"}
]
SETTINGS = {
    "project": "WebSocket, byte by byte",
    "html_title": "WebSocket, byte by byte",
    "extensions": ["myst_nb"],
    "nb_execution_mode": "off",  # the tests hold the stored outputs true
    "myst_enable_extensions": [],  # plain Markdown: a dollar begins no formula
    "myst_heading_anchors": 2,
    "myst_heading_slug_func": "page_counts.anchor",
    "smartquotes": False,  # what is quoted may be typed
    "html_theme": "furo",
    "html_static_path": [str(Path(__file__).with_name("book.css"))],
    "html_css_files": ["book.css"],
    "html_extra_path": [str(path) for path in AS_THEY_ARE],
    "html_copy_source": False,
    "html_show_copyright": False,
}
KEYS = "# Answer keys\n\nEvery exercise solved, checked and discussed.\n"
FILES = "# The code\n\nWhat the pages share, and what else they link to.\n"
# What is a folder here, or has another name, in the book.
PLACES = {
    "README.md": "index.md",
    "notebooks/solutions": "keys.md",
    "wslib": "files.md",
}
_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)")
_FENCE = "`" * 9


def write_source(folder: Path, for_students: bool) -> None:
    """Write what Sphinx reads into a folder: the course's files, each at its place."""
    notebooks = sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))
    notebooks += sorted(ROOT.glob("notebooks/*.md"))
    keys = sorted(ROOT.glob("notebooks/solutions/[0-9]*.ipynb"))
    keys = [] if for_students else keys
    shutil.copytree(ROOT / "images", folder / "images")
    pages = [ROOT / "README.md", *notebooks, *keys]
    for path in pages:  # they grow: a page brings those that it links to
        text, linked = _read(path, for_students)
        _write(folder / _place(path), text)
        pages += [one for one in linked if one not in pages]
    files = sorted(pages[1 + len(notebooks) + len(keys) :])
    contents = [*map(_place, notebooks), "files.md"]
    if keys:
        contents.insert(-1, "keys.md")
        _write(folder / "keys.md", KEYS + _toctree(map(_place, keys)))
    _write(folder / "files.md", FILES + _toctree(map(_place, files)))
    with (folder / "index.md").open("a", encoding="utf-8") as front:
        front.write(_toctree(contents, ":hidden:"))


def _place(path: Path) -> str:
    """Return where a file of the course is among the sources of the book."""
    name = path.relative_to(ROOT).as_posix()
    is_page = path.suffix in {".ipynb", ".md"} or path.is_dir()
    return PLACES.get(name, name if is_page else f"{name}.md")


def _read(path: Path, for_students: bool) -> tuple[str, list[Path]]:
    """Return a file as a page of the book, and the files to which it links."""
    linked: list[Path] = []
    here = posixpath.dirname(_place(path))

    def link(found: re.Match[str]) -> str:
        words, target, section = found.groups(default="")
        there = (path.parent / target).resolve()
        if there in AS_THEY_ARE:
            return f'<a href="{posixpath.relpath(there.name, here)}">{words}</a>'
        if there.is_dir() and _place(there) not in PLACES.values():
            return words  # a book has no folders
        if there.is_file():
            linked.append(there)
        return f"[{words}]({posixpath.relpath(_place(there), here)}{section})"

    if path.suffix == ".ipynb":
        notebook = nbformat.read(path, as_version=4)
        if for_students:
            hand_out(notebook, path.parent, outputs=True)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = _LINK.sub(link, cell.source)
        return nbformat.writes(notebook), linked
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        text = to_students(text) if for_students else text
        return _LINK.sub(link, text), linked
    language = {".py": "python", ".html": "html"}.get(path.suffix, "text")
    name = path.relative_to(ROOT).as_posix()
    block = f"{_FENCE}{{code-block}} {language}\n:force:\n{text}{_FENCE}\n"
    return f"# `{name}`\n\n{block}", linked


def _toctree(names: Iterable[str], option: str = "") -> str:
    return "\n".join(["", "```{toctree}", option, "", *names, "```", ""])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def make_book(folder: Path, for_students: bool = False) -> int:
    """Make the book in a folder; return 0, or 1 if Sphinx has warned of something."""
    with (
        tempfile.TemporaryDirectory() as temporary,
        patch_docutils(),
        docutils_namespace(),
    ):
        source, notes = Path(temporary, "source"), Path(temporary, "notes")
        write_source(source, for_students)
        sphinx = Sphinx(
            source,
            None,
            folder,
            notes,
            "html",
            confoverrides=SETTINGS,
            status=None,
            warningiserror=True,
        )
        sphinx.build()
        return sphinx.statuscode


def main(arguments: list[str]) -> int:
    """Make it anew, and say where it lies; return the exit status."""
    parser = argparse.ArgumentParser(description="Make the course as a web book.")
    parser.add_argument("folder", nargs="?", type=Path, help="where it is to lie")
    parser.add_argument("--for-students", action="store_true", help="without the keys")
    options = parser.parse_args(arguments)
    usual = "build/student-book" if options.for_students else "build/book"
    folder = options.folder or Path(usual)
    if (folder / "objects.inv").exists():  # the last one
        shutil.rmtree(folder)
    if make_book(folder, options.for_students):
        return 1
    print(f"The book: {folder}/index.html is its front page. To publish: the folder.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
