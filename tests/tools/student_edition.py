"""Make the student edition: the course without its answers, as a folder and as a zip.

    python tests/tools/student_edition.py [FOLDER]        build/student by default

It is made anew each time from what stands here, and nobody edits it. Left out are the
answer keys, the tests, the chores, and what README and the notebooks tell an
instructor. So are the outputs: each answers the question above it. A cell with the tag
``keep_output`` keeps its own: a picture that an exercise rests upon, for whoever reads
where no kernel runs. A link to what is left out becomes plain words.
"""

import re
import shutil
import sys
from pathlib import Path

import nbformat
from execute_notebooks import ROOT
from nbformat import NotebookNode
from page_counts import NOTE

NAME = "websocket-byte-by-byte"
FILES = ["LICENSE", "LICENSE-TEXT.md", "README.md", "Makefile", "setup_env.py"]
FILES += ["pyproject.toml", "constraints.txt", "environment.yml"]
COMMANDS = ["help", "lab", "clean"]  # what is left of the Makefile
KEPT = "keep_output"

_FOR_INSTRUCTORS = re.compile(
    r"<!-- instructor -->.*?<!-- /instructor -->\n*", re.DOTALL
)
# A sentence on the key; a paragraph on how to be rid of the outputs.
_OF_WHAT_IS_GONE = re.compile(
    r"[^.\n]*\]\(solutions/[^)]*\)[^.\n]*\.?|^.*Clear Outputs.*$",
    re.MULTILINE,
)
_LINK = re.compile(r"(?<!!)\[([^\]\n]+)\]\((?![a-z]+:|#)([^)#\s]+)[^)]*\)")


def make_edition(folder: Path) -> Path:
    """Make the edition anew in a folder; return its zip, which lies beside it."""
    edition = folder / NAME
    shutil.rmtree(edition, ignore_errors=True)
    (edition / "notebooks").mkdir(parents=True)
    for name in FILES:
        shutil.copy(ROOT / name, edition)
    for pattern in ("[0-9]*.ipynb", "*.md"):
        for path in ROOT.glob(f"notebooks/{pattern}"):
            shutil.copy(path, edition / "notebooks")
    litter = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(ROOT / "wslib", edition / "wslib", ignore=litter)
    drawers = shutil.ignore_patterns(".*", "__pycache__", "*.py", "illustrated")
    shutil.copytree(ROOT / "images", edition / "images", ignore=drawers)

    for path in edition.glob("notebooks/*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        hand_out(notebook, path.parent)
        _write(path, nbformat.writes(notebook) + "\n")
    readme = edition / "README.md"
    words = to_students(readme.read_text(encoding="utf-8"))
    _write(readme, unlinked(words, edition))
    makefile = edition / "Makefile"
    _write(makefile, without_chores(makefile.read_text(encoding="utf-8")))
    return Path(shutil.make_archive(str(edition), "zip", folder, NAME))


def hand_out(notebook: NotebookNode, folder: Path, outputs: bool = False) -> None:
    """Take out of a notebook what answers a question, and what is not for students.

    Args:
        notebook: The notebook.
        folder: Where it will lie: a link to what is not there becomes words.
        outputs: Whether they stay.
    """
    for cell in notebook.cells:
        if cell.cell_type == "code" and not outputs:
            cell.execution_count = None
            if KEPT not in cell.metadata.get("tags", []):
                cell.outputs = []
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = None
        elif cell.cell_type == "markdown":
            text = _OF_WHAT_IS_GONE.sub("", cell.source).strip()
            cell.source = "" if text.startswith(NOTE) else unlinked(text, folder)
    notebook.cells = [
        cell for cell in notebook.cells if cell.source or cell.cell_type == "code"
    ]


def to_students(readme: str) -> str:
    """Return README without what it tells an instructor."""
    return _FOR_INSTRUCTORS.sub("", readme)


def unlinked(text: str, folder: Path) -> str:
    """Return Markdown in which a link to a file that is not there is plain words."""
    return _LINK.sub(
        lambda link: link[0] if (folder / link[2]).exists() else link[1], text
    )


def without_chores(makefile: str) -> str:
    """Return a Makefile that has only the commands for students."""
    head, *rules = re.split(r"^(?=\w+: +## |### )", makefile, flags=re.MULTILINE)
    kept = [rule for rule in rules if rule.split(":")[0] in COMMANDS]
    return head + "".join(kept)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def main(arguments: list[str]) -> int:
    """Make it, and say what was made, and where it lies; return the exit status."""
    archive = make_edition(Path(*arguments or ["build/student"]))
    notebooks = len(list(archive.with_suffix("").glob("notebooks/*.ipynb")))
    size = archive.stat().st_size / 1e6
    print(f"The student edition: {notebooks} notebooks without answers and outputs.")
    print(f"To hand out: {archive} ({size:.1f} MB). The folder beside it is the same.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
