"""A lab is the stage of one notebook, and of its answer key: change it with that."""

import re
from pathlib import Path

import nbformat
import pytest

from wslib import labs

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
STAGES = dict(re.findall(r"^    (\w+) +of (\d\d)$", labs.__doc__ or "", re.MULTILINE))
PAGES = sorted(NOTEBOOKS.glob("**/[0-9]*.ipynb"))


def used_by(path: Path) -> set[str]:
    """Return the labs that a notebook imports from."""
    cells = nbformat.read(path, as_version=4).cells
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    found = re.findall(r"\bwslib\.labs\.(\w+)|\bwslib\.labs import (\w+)", code)
    return {one or other for one, other in found}


def test_each_lab_is_on_the_map() -> None:
    folders = {path.parent.name for path in Path(labs.__file__).parent.glob("*/*.py")}
    assert folders == STAGES.keys()


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_a_notebook_uses_no_lab_but_its_own(path: Path) -> None:
    for lab in used_by(path):
        assert STAGES[lab] == path.name[:2], f"{lab} is the stage of {STAGES[lab]}"


def test_each_lab_is_used() -> None:
    assert set().union(*map(used_by, PAGES)) == STAGES.keys()
