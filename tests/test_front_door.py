"""What stands at the door is true: README, set-up, versions, licences, the commands."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import tomllib

import pytest
import yaml
from execute_notebooks import ROOT
from nbformat.v4 import new_code_cell
from notebook_page import Page
from packaging.requirements import Requirement
from page_counts import EXERCISE, NOTE, anchor, minutes

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROSE = ["README.md", "CONTRIBUTING.md", "LICENSE-TEXT.md"]
PINS = [
    Requirement(line)
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
PLANS = re.findall(
    r"\| (\d\d(?:, \d\d)*) \| ([\d, ]*)\| (\d+) \| (\d+) \|$", README, re.MULTILINE
)
NOTEBOOKS = [Page(path) for path in sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))]

needs_make = pytest.mark.skipif(
    os.name != "posix" or not shutil.which("make"), reason="make is not installed"
)


def minutes_of(page: Page) -> tuple[str, str]:
    """Return how long a notebook says it takes: to be shown, and to be done."""
    said = re.search(r"\*\*Minutes:\*\* (\d+) shown, (\d+) done", page.cells[0].source)
    return said[1], said[2]


def normal(name: str) -> str:
    """Return a package's name as packages are compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


# README


def test_the_table_lists_the_notebooks_as_they_call_themselves() -> None:
    rows = re.findall(r"\| (\d\d) \| \[(.+)\]\((.+)\) \| (\d+) \| (\d+) \|", README)
    assert rows == [
        (
            *page.title.split(" · "),
            f"notebooks/{page.path.name}",
            *minutes_of(page),
        )
        for page in NOTEBOOKS
    ]


def test_the_lesson_plans_take_the_minutes_that_they_say() -> None:
    each_takes = {page.number: tuple(map(int, minutes_of(page))) for page in NOTEBOOKS}
    assert len(PLANS) == 10
    for numbers, _, *said in PLANS:
        each = [each_takes[number] for number in numbers.split(", ")]
        assert [sum(column) for column in zip(*each, strict=True)] == list(
            map(int, said)
        ), numbers
    assert max(done for _, done in each_takes.values()) <= 90
    assert "take one notebook, and 00 at home before: each fits" in README


def test_a_lesson_plan_comes_after_what_its_pages_build_on() -> None:
    builds_on = {}
    for page in NOTEBOOKS:
        said = re.search(r"\*\*Builds on:\*\* (.+)", page.cells[0].source)[1]
        builds_on[page.number] = set(re.findall(r"\]\((\d\d)_", said))
    for numbers, after, *_ in PLANS:
        own = set(numbers.split(", "))
        needed = set().union(*(builds_on[number] for number in own)) - own
        assert after.strip() == ", ".join(sorted(needed)), numbers


def test_the_timetable_is_counted_from_the_pages_and_fills_90_minutes() -> None:
    rows = re.findall(r"^\| (\d):(\d\d) \| (\d+) \| (.+) \|$", README, re.MULTILINE)
    cells = {page.number: list(page.cells) for page in NOTEBOOKS}
    texts = [cell.source for cell in cells["02"]]
    begins = [text.startswith("## Exercise 1: ") for text in texts].index(True)
    shown = minutes(cells["00"])[0], minutes(cells["02"][:begins])[0]
    rest = minutes(cells["02"])[0] - shown[1]
    due = [shown[0], EXERCISE, shown[1], EXERCISE, 10, rest]
    clock = [sum(due[:row]) for row in range(len(due) + 1)]
    assert [int(took) for _, _, took, _ in rows] == due
    assert [60 * int(hour) + int(minute) for hour, minute, _, _ in rows] == clock[:-1]
    assert clock[-1] == 90
    assert rows[-1][-1].endswith("exercises 2 and 3 are for home")
    assert sum(text.startswith("## Exercise ") for text in texts) == 3


@pytest.mark.parametrize("page", NOTEBOOKS, ids=lambda page: page.number)
def test_shown_includes_what_the_note_skips_and_no_exercise(page: Page) -> None:
    assert f"that they do in between counts {EXERCISE} more" in README
    cells = list(page.cells)
    no_note = [cell for cell in cells if not cell.source.startswith(NOTE)]
    exercise = [new_code_cell("f = ..."), new_code_cell("check.f(f)")]
    assert len(no_note) == len(cells) - 1
    assert minutes(no_note) == minutes(cells)
    assert minutes([*cells, *exercise])[0] == minutes(cells)[0]
    assert minutes([*cells, *exercise])[1] >= minutes(cells)[1] + EXERCISE


def test_a_cure_for_a_shell_is_told_in_the_other_shells_as_well() -> None:
    rows = [row.split(" | ") for row in README.splitlines() if row.count(" | ") == 1]
    cures = dict(rows)
    proxy = cures['| "could not be fetched"']
    for how in ("export https_proxy=", '$env:https_proxy="', "set https_proxy="):
        assert f"{how}http://proxy.example:3128" in proxy
    assert "without make, delete the folder `.venv`" in cures["| Anything else"]
    [mac] = [cure for seen, cure in rows if seen.startswith("| On a Mac, `make` or")]
    assert "](#without-make)" in mac


def test_the_stick_is_filled_in_the_same_way_on_every_system() -> None:
    posix, windows = re.findall(r"^\| (?:Linux, macOS|Windows) \|.+$", README, re.M)
    fill, install = re.findall("`([^`]+)`", posix)
    fill_too, install_too = re.findall("`([^`]+)`", windows)
    assert fill_too == fill.replace(".venv/bin/", ".venv\\Scripts\\")
    names = re.findall(r"(PIP_\w+)=", install)
    assert re.findall(r"set (PIP_\w+)=\S+&&", install_too) == names
    [set_up, _, _] = "".join(re.findall(r"```bat\n(.+?)```", README, re.S)).splitlines()
    assert install_too.endswith(f'&& {set_up}"')


def test_what_grading_makes_is_what_is_listed() -> None:
    code = (ROOT / "grading" / "grade.py").read_text(encoding="utf-8")
    listed = re.findall(r"^- `([\w.]+)`", README, re.MULTILINE)
    assert listed == ["grades.csv", "totals.csv", "summary.txt", "give_back"]
    for name in listed:
        assert f'"{name}"' in code


@pytest.mark.parametrize("name", PROSE)
def test_no_link_is_dead_and_every_picture_has_words(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    sections = {
        f"#{anchor(each).lower()}" for each in re.findall("^## (.+)", text, re.M)
    }
    for mark, words, target in re.findall(r"(!?)\[([^\]]*)\]\(([^)]+)\)", text):
        assert len(words.split()) > 5 or not mark, f"{target} has no alt text"
        kept_back = (
            target == "notebooks/solutions/"
        )  # from the students, as README says
        there = target in sections or (ROOT / target).exists()
        assert target.startswith("https://") or there or kept_back


def test_every_make_command_that_is_named_exists() -> None:
    listed = set(re.findall(r"^(\w+): +## ", MAKEFILE, re.MULTILINE))
    text = README + CONTRIBUTING
    named = set(re.findall(r"(?:`|^)make ([a-z]+)", text, re.MULTILINE))
    assert {"lab", "test"} <= named <= listed


# Versions


def test_one_oldest_python_is_named_everywhere() -> None:
    project = PYPROJECT["project"]
    oldest = project["requires-python"].removeprefix(">=")
    versions = re.findall(r":: (3\.\d+)", "\n".join(project["classifiers"]))
    assert versions[0] == oldest
    assert f"Python {oldest} or newer" in README
    script = (ROOT / "setup_env.py").read_text(encoding="utf-8")
    assert f"OLDEST, NEWEST = {[3, int(oldest[2:])]}" in script
    assert f"NEWEST = {[3, int(oldest[2:])]}, [3, {versions[-1][2:]}]" in script
    assert f"--python-version {oldest} " in MAKEFILE


def test_pins_are_exact_and_name_no_place() -> None:
    for pin in PINS:
        assert [one.operator for one in pin.specifier] == ["=="], pin
        assert not pin.url and not pin.extras, pin
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text and "--" not in text


def test_a_pin_satisfies_each_need() -> None:
    needs = PYPROJECT["project"]["dependencies"] + sum(EXTRAS.values(), [])
    for need in map(Requirement, needs):
        pins = [pin for pin in PINS if normal(pin.name) == normal(need.name)]
        for pin in pins:
            [version] = pin.specifier
            assert need.specifier.contains(version.version), f"{pin} for {need}"
        assert pins or need.name == "wslib", f"{need} has no pin"


def test_everything_that_the_course_draws_in_is_pinned() -> None:
    pinned = {normal(pin.name) for pin in PINS}
    seen: set[str] = set()
    todo = [Requirement(need) for need in PYPROJECT["project"]["dependencies"]]
    while todo:
        need = todo.pop()
        if need.marker is not None and not need.marker.evaluate({"extra": ""}):
            continue
        if normal(need.name) not in seen:
            seen.add(normal(need.name))
            needs = importlib.metadata.requires(need.name) or []
            todo += [Requirement(line) for line in needs]
    assert len(seen) > 50
    assert seen <= pinned, f"no pin for {seen - pinned}"


def test_conda_gets_the_same_pins_and_a_python_that_is_new_enough() -> None:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    python, pip, packages = yaml.safe_load(text)["dependencies"]
    assert python.startswith("python=3.") and pip == "pip"
    assert int(python.removeprefix("python=3.")) >= 11
    assert packages == {"pip": ["-c constraints.txt", "-e ."]}
    assert f"conda activate {yaml.safe_load(text)['name']}\n" in README


def test_tests_that_need_an_extra_are_skipped_without_it() -> None:
    needs = sum(EXTRAS.values(), [])
    extras = {normal(Requirement(need).name) for need in needs} - {"wslib"}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        text = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                package = normal(name.split(".")[0])
                skips = f'importorskip("{package}")'
                assert package not in extras or skips in text, f"{path.name}: {skips}"


# Licences


def test_code_and_text_have_their_licences() -> None:
    code = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert code.startswith(
        "MIT License\n\nCopyright (c) 2026 the authors of WebSocket,"
    )
    assert PYPROJECT["project"]["license"] == "MIT"
    text = (ROOT / "LICENSE-TEXT.md").read_text(encoding="utf-8")
    assert "https://creativecommons.org/licenses/by/4.0/legalcode" in text


# The commands


def make(*arguments: str) -> str:
    """Return what make prints, as if it were not make that runs these tests."""
    inherited = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    return subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env={name: os.environ[name] for name in os.environ.keys() - inherited},
        capture_output=True,
        encoding="utf-8",
        check=True,
    ).stdout


@needs_make
def test_make_alone_lists_the_commands() -> None:
    listed = re.findall(r"^make (\w+)", make(), re.MULTILINE)
    assert listed == re.findall(r"^(\w+): +## ", MAKEFILE, re.MULTILINE)


@needs_make
def test_lab_listens_on_this_machine_alone_and_opens_the_first_notebook() -> None:
    said = make("--dry-run", "lab", "ARGS=--port=9999")
    assert "-m jupyterlab --ServerApp.ip=127.0.0.1 --ServerApp.root_dir=. " in said
    assert "default_url=/lab/tree/notebooks/00_start_here.ipynb " in said
    assert ("--allow-root" in said) == (os.geteuid() == 0)
    assert said.rstrip().endswith("--port=9999")
    assert (ROOT / "notebooks" / "00_start_here.ipynb").exists()


def test_the_ci_stops_at_the_first_failure_and_runs_all_there_is() -> None:
    script = ROOT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    assert "set -euo pipefail" in lines
    assert lines[-2:] == ["make test", "make proofs"]
    assert os.access(script, os.X_OK)
