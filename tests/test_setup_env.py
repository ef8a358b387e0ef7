"""setup_env.py makes .venv, or says in one sentence what stands in the way."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from execute_notebooks import ROOT

posix_only = pytest.mark.skipif(os.name != "posix", reason="needs a POSIX shell")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a folder, with a name of its own, that holds what a set-up reads."""
    folder = tmp_path / "Übungen {1}"
    folder.mkdir()
    for name in ("Makefile", "setup_env.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder)
    return folder


def fake_python(folder: Path, says: str) -> Path:
    """Make a program called python3 that answers as some Python would."""
    path = folder / "bin" / "python3"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f'#!/bin/sh\nprintf "{says}"\n', encoding="utf-8")
    path.chmod(0o755)
    return path


def set_up(
    project: Path, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run setup_env.py in the project's folder."""
    return subprocess.run(
        [sys.executable, "setup_env.py", *arguments],
        cwd=project,
        env=os.environ | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@posix_only
@pytest.mark.parametrize(
    ("says", "answer"),
    [
        (r"3 8\n\"/usr/bin/python3\"\ncan make\n", "needs Python 3.11 or newer"),
        (r"3 11\n\"/usr/bin/python3\"\n", "sudo apt install python3.11-venv"),
        ("", "install one from python.org"),
    ],
    ids=["too old", "no venv module", "none"],
)
def test_a_python_that_will_not_do_is_met_with_one_sentence(
    project: Path, says: str, answer: str
) -> None:
    done = set_up(project, PATH=str(fake_python(project, says).parent))
    assert done.returncode == 1
    assert answer in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (project / ".venv").exists()


@posix_only
def test_a_python_that_is_named_and_does_not_run_is_met_with_one_sentence(
    project: Path,
) -> None:
    done = set_up(project, "--python", "no-such-python")
    assert done.stderr.strip() == "no-such-python does not run: name another PYTHON."


def test_without_a_network_one_sentence_says_so_and_nothing_counts_as_done(
    project: Path,
) -> None:
    half_made = project / ".venv" / "bin" / "python"
    half_made.parent.mkdir(parents=True)
    half_made.write_text("", "ascii")
    alone = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": ""}
    done = set_up(project, "--python", sys.executable, **alone)
    assert done.returncode == 1
    assert "could not be fetched: check the network" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert (project / ".venv" / "setup.log").exists()
    assert not (project / ".venv" / "made_from.json").exists()


@pytest.fixture
def calls(project: Path) -> Path:
    """Make a .venv whose Python only notes how it is called; return the notes' place.

    It stands in for pip and the network. pyproject.toml is newer than this .venv.
    """
    fake = project / ".venv" / "bin" / "python"
    fake.parent.mkdir(parents=True)
    (project / ".venv" / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    fake.write_text('#!/bin/sh\necho "$@" >> "$(dirname "$0")/calls"\n', "ascii")
    fake.chmod(0o755)
    was = {"root": str(project), "version": [3, 12], "extras": [], "files": ""}
    (project / ".venv" / "made_from.json").write_text(json.dumps(was), "ascii")
    return fake.with_name("calls")


@posix_only
def test_a_set_up_that_is_done_is_not_done_again(project: Path, calls: Path) -> None:
    assert set_up(project).returncode == 0
    assert "install" in calls.read_text("utf-8")
    [found] = (project / ".venv").rglob("wslib.pth")
    assert (found.parent / found.read_text("ascii")).resolve() == project.resolve()
    calls.unlink()
    done = set_up(project)
    assert (done.returncode, done.stdout, calls.exists()) == (0, "", False)


@posix_only
@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_change_of_what_is_needed_brings_the_packages_up_to_date(
    project: Path, calls: Path, name: str
) -> None:
    set_up(project)
    calls.unlink()
    with (project / name).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert set_up(project).returncode == 0
    assert "-c constraints.txt -e ." in calls.read_text("utf-8")


@posix_only
def test_it_says_how_far_it_is_in_a_few_lines(project: Path, calls: Path) -> None:
    words = "Collecting a\nProcessing b.whl\nInstalling collected packages: a, b, c"
    fake = calls.with_name("python")
    fake.write_text(
        f"#!/bin/sh\ncase \"$*\" in *install*) printf '{words}\\n';; esac\n", "ascii"
    )
    assert set_up(project).stdout.splitlines() == [
        "Adding to .venv what this needs: a minute.",
        "  installing 3 packages",
    ]


@posix_only
def test_an_extra_is_added_and_does_not_get_lost(project: Path, calls: Path) -> None:
    set_up(project)
    assert set_up(project, "test").returncode == 0
    assert "-e .[test]" in calls.read_text("utf-8")
    assert set_up(project).stdout == ""
    assert set_up(project, "test").stdout == ""


@posix_only
def test_a_project_that_was_moved_is_set_up_afresh(project: Path, calls: Path) -> None:
    set_up(project)
    calls.unlink()
    moved = project.rename(project.with_name("moved"))
    done = set_up(moved, PATH=str(fake_python(moved, "").parent))
    assert "and here is none: install one" in done.stderr  # it looked for a Python


def test_windows_takes_the_python_that_py_has_chosen_and_finds_what_it_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = (ROOT / "setup_env.py").read_text(encoding="utf-8")
    there = {"__name__": "setup_env", "__file__": str(ROOT / "setup_env.py")}
    with monkeypatch.context() as patch:
        patch.setattr(os, "name", "nt")
        exec(compile(code, "setup_env.py", "exec"), there)
    assert there["NAMES"] == [sys.executable]
    assert Path(there["PYTHON"]).parts[-3:] == (".venv", "Scripts", "python.exe")
    assert "py -3." in there["ANOTHER"]


def test_the_script_is_written_so_that_an_old_python_can_read_it() -> None:
    tree = ast.parse((ROOT / "setup_env.py").read_text(encoding="utf-8"))
    new = (
        ast.JoinedStr,
        ast.NamedExpr,
        ast.AnnAssign,
        ast.AsyncFunctionDef,
    )
    for node in ast.walk(tree):
        assert not isinstance(node, new), f"line {node.lineno}"
        assert not isinstance(node, ast.arg) or node.annotation is None
        assert not isinstance(node, ast.arguments) or not node.kwonlyargs
