"""A student unpacks the student edition in an empty folder, and it is whole."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from execute_notebooks import ROOT, client_for
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from notebook_page import Page, code_of, verdicts
from student_edition import COMMANDS, KEPT, NAME, hand_out, main, unlinked

PAGES = [path.name for path in sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))]
TEXTS = [path.name for path in sorted(ROOT.glob("notebooks/*.md"))]


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the folder that the zip unpacks to; another than it was made in."""
    made, empty = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("my things")
    assert main([str(made)]) == 0
    with zipfile.ZipFile(made / f"{NAME}.zip") as archive:
        archive.extractall(empty)
    shutil.rmtree(made)
    assert [path.name for path in empty.iterdir()] == [NAME]
    yield empty / NAME


@pytest.fixture
def its_own_python(course: Path) -> Iterator[Path]:
    """Put the Python of these tests where the set-up would make one."""
    python = course / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    yield python
    shutil.rmtree(course / ".venv")


def test_it_has_every_notebook_and_no_key_no_test_and_no_chore(course: Path) -> None:
    there = [path.name for path in sorted(course.glob("notebooks/*"))]
    assert there == PAGES + TEXTS
    files = [path.relative_to(course) for path in course.rglob("*") if path.is_file()]
    for path in files:
        assert not re.search(r"_key\.ipynb|test|\.pyc|illustrate|draw", str(path))
        assert not path.parts[0].startswith(".")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_the_courses_own_without_outputs_answers_and_the_note(
    course: Path, name: str
) -> None:
    was, page = Page(ROOT / "notebooks" / name), Page(course / "notebooks" / name)
    assert [cell.source for cell in page.code] == [cell.source for cell in was.code]
    assert 1 <= len(was.prose) - len(page.prose) <= 2  # the note, the word on the key
    gone = "for the instructor|answer key|clear outputs"
    assert not re.search(gone, page.file_text, re.IGNORECASE)
    for cell in page.code:
        assert cell.execution_count is None
        assert cell.outputs == [] or KEPT in cell.metadata.tags
    assert verdicts(page.code) == []


def test_what_is_kept_is_a_picture_and_its_words(course: Path) -> None:
    kept = [
        output
        for name in PAGES
        for cell in Page(course / "notebooks" / name).code
        for output in cell.outputs
    ]
    assert len(kept) == 7  # the match of 01, and six recordings of 07
    for output in kept:
        assert re.search("<svg|<img", output.data["text/html"])
        assert output.data["text/plain"]


@pytest.mark.parametrize(
    "name", ["README.md", *(f"notebooks/{n}" for n in PAGES + TEXTS)]
)
def test_every_link_leads_somewhere(course: Path, name: str) -> None:
    path = course / name
    page = name.endswith(".ipynb") and Page(path)
    text = "\n".join(page.markdown) + page.html if page else path.read_text("utf-8")
    links = re.findall(r"\]\(([^)\s#]+)", text)
    links += re.findall(r"\b(?:href|src)=[\"']([^\"'#]+)", text)
    assert links
    for link in links:
        assert re.match("https?:|data:", link) or (path.parent / link).exists(), link


def test_readme_speaks_to_the_student_alone(course: Path) -> None:
    text = (course / "README.md").read_text("utf-8")
    assert "make lab" in text and "## When something fails" in text
    assert not re.search("pytest|make test|make student|instructor -->|Teaching", text)
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE))
    assert named <= set(COMMANDS)


def test_readme_begins_with_the_way_for_every_laptop(course: Path) -> None:
    text = (course / "README.md").read_text("utf-8")
    begin = text.partition("## To begin\n")[2].partition("\n## ")[0]
    below = begin.rpartition("```\n")[2].strip()
    assert below.startswith("On Windows, or without `make`: see [*Without make*](#")
    assert "\n## Without make\n" in text


def test_readme_tells_an_instructor_where_it_lies() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert f"`build/student/{NAME}/notebooks`" in text


def test_readme_says_once_how_to_hand_in_and_to_both(course: Path) -> None:
    for path in (course / "README.md", ROOT / "README.md"):
        assert path.read_text("utf-8").count("hand in the `.ipynb` file itself") == 1


def test_it_can_be_installed(course: Path) -> None:
    project = tomllib.loads((course / "pyproject.toml").read_text("utf-8"))["project"]
    for name in [project["readme"], *project["license-files"], "constraints.txt"]:
        assert (course / name).exists(), name
    assert (course / project["name"] / "__init__.py").exists()


@pytest.mark.skipif(
    os.name != "posix" or not shutil.which("make"), reason="make is not installed"
)
@pytest.mark.usefixtures("its_own_python")
def test_make_lab_works_in_it_by_itself(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS"):
        monkeypatch.delenv(name, raising=False)
    set_up = [sys.executable, "-c", "import setup_env as s; print(s.fingerprint())"]
    made_from = subprocess.check_output(set_up, cwd=course, text=True).strip()
    version = list(sys.version_info[:2])
    done = {"root": str(course), "files": made_from, "version": version, "extras": []}
    (course / ".venv" / "made_from.json").write_text(
        str(done).replace("'", '"'), encoding="utf-8"
    )
    said = subprocess.check_output(
        ["make", "lab", "ARGS=--version"], cwd=course, text=True
    )
    assert re.fullmatch(r"JupyterLab is starting.*\n4\.\d+\.\d+\n", said)
    listed = subprocess.check_output(["make"], cwd=course, text=True)
    assert re.findall(r"^make (\w+)", listed, re.MULTILINE) == COMMANDS


@pytest.mark.parametrize("name", ["00_start_here.ipynb", "03_frames.ipynb"])
def test_a_notebook_runs_in_it_and_no_exercise_is_attempted_yet(
    course: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(course))
    notebook = nbformat.read(course / "notebooks" / name, as_version=4)
    notebook.cells.append(new_code_cell("import wslib; print(wslib.__file__)"))
    client_for(notebook, course / "notebooks").execute()
    said = verdicts(code_of(notebook.cells))
    assert len(said) == len(verdicts(Page(ROOT / "notebooks" / name).code)) >= 2
    assert {mark for mark, _ in said} == {"○"}
    assert notebook.cells[-1].outputs[0].text == f"{course / 'wslib/__init__.py'}\n"


def test_only_the_sentence_on_the_key_goes_and_an_empty_answer_stays(
    tmp_path: Path,
) -> None:
    text = "Ask `A.b`. It is in the **[key](solutions/x_key.ipynb)**, at last. And on."
    notebook = new_notebook(cells=[new_markdown_cell(text), new_code_cell("")])
    hand_out(notebook, tmp_path)
    assert [c.source for c in notebook.cells] == ["Ask `A.b`. And on.", ""]


def test_a_link_to_what_is_left_out_becomes_words(tmp_path: Path) -> None:
    (tmp_path / "there.md").touch()
    kept = "[a](there.md#b) [c](#d) [e](https://example.org) ![f](there.md)"
    assert unlinked(f"{kept} [**the tests**](../tests/x.py)", tmp_path) == (
        f"{kept} **the tests**"
    )
