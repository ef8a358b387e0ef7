"""What reaches machines that nobody here has seen says the same as what runs here.

`make style` reads these files as their readers do; here they are held to one another.
"""

import http.server
import json
import re
import threading
import tomllib
from collections.abc import Iterator
from typing import Any

import dead_links
import pytest
import yaml
from execute_notebooks import ROOT
from notebook_page import Page


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


PROJECT = tomllib.loads(text_of("pyproject.toml"))["project"]
PYTHONS = re.findall(r":: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
ENVIRONMENT = yaml.safe_load(text_of("environment.yml"))
MAKEFILE, README = text_of("Makefile"), text_of("README.md")
WORKFLOWS = {
    path.name: yaml.load(path.read_text(encoding="utf-8"), yaml.BaseLoader)
    for path in sorted(ROOT.glob(".github/workflows/*.yml"))
}
JOBS = {
    f"{name}: {key}": job
    for name, workflow in WORKFLOWS.items()
    for key, job in workflow["jobs"].items()
}
STEPS = [step for job in JOBS.values() for step in job["steps"]]
COMMANDS = [step["run"] for step in STEPS if "run" in step]

each_job = pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)


def commands_of(job: str) -> list[str]:
    return [step["run"] for step in JOBS[job]["steps"] if "run" in step]


# The workflows


def test_a_workflow_may_read_and_what_it_may_do_beyond_is_given_to_one_job() -> None:
    granted = {name: workflow["permissions"] for name, workflow in WORKFLOWS.items()}
    assert granted == dict.fromkeys(WORKFLOWS, {"contents": "read"})
    more = {
        name: job["permissions"] for name, job in JOBS.items() if "permissions" in job
    }
    assert more == {"book.yml: deploy": {"pages": "write", "id-token": "write"}}


@each_job
def test_a_job_ends_by_itself_and_keeps_no_credentials(job: dict[str, Any]) -> None:
    assert int(job["timeout-minutes"]) <= 40
    for step in job["steps"]:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


def test_the_actions_are_githubs_own_each_in_one_major_version() -> None:
    used = {step["uses"] for step in STEPS if "uses" in step}
    assert all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in used), used
    assert len({action.split("@")[0] for action in used}) == len(used)


def test_a_job_that_needs_a_python_of_its_own_says_which_make_is_to_take() -> None:
    for command in COMMANDS:
        if command.startswith("make "):
            assert command.endswith(" PYTHON=python"), "make would look for a newer one"


def test_each_target_that_a_workflow_makes_exists() -> None:
    lines = [line for line in COMMANDS if line.startswith("make ")]
    named = {word for line in lines for word in line.split()[1:] if "=" not in word}
    listed = set(re.findall(r"^(\w+): +## ", MAKEFILE, re.MULTILINE))
    assert {"test", "style", "types", "links", "book"} <= named <= listed


def test_what_is_published_is_what_make_book_makes() -> None:
    [upload] = [s for s in STEPS if s.get("uses", "").startswith("actions/upload-")]
    assert upload["with"]["path"] == "build/book"
    assert re.search(r"^book: .+ in build/book$", MAKEFILE, re.MULTILINE)
    assert JOBS["book.yml: deploy"]["needs"] == "build"


def test_each_python_that_the_course_is_for_is_tested() -> None:
    matrix = JOBS["tests.yml: make"]["strategy"]["matrix"]
    assert matrix["system"] == ["ubuntu-latest", "macos-latest"]
    assert matrix["python"] == PYTHONS
    between = [{"system": "macos-latest", "python": one} for one in PYTHONS[1:-1]]
    assert matrix["exclude"] == between
    windows = JOBS["tests.yml: windows"]
    assert windows["runs-on"] == "windows-latest"
    assert windows["strategy"]["matrix"]["python"] == [PYTHONS[0], PYTHONS[-1]]


def test_each_system_meets_the_newest_versions_on_the_newest_python() -> None:
    job = JOBS["weekly.yml: newest"]
    systems = {"ubuntu-latest", "macos-latest", "windows-latest"}
    assert set(job["strategy"]["matrix"]["system"]) == systems
    commands = commands_of("weekly.yml: newest")
    assert "constraints" not in " ".join(commands)
    assert commands[-1] == commands_of("tests.yml: windows")[-1].split("\\")[-1]
    for step in STEPS:
        version = step.get("with", {}).get("python-version", PYTHONS[-1])
        assert version in (PYTHONS[0], PYTHONS[-1], "${{ matrix.python }}")


def test_windows_is_set_up_by_the_commands_of_readme() -> None:
    blocks = re.findall(r"```bat\n(.+?)```", README, re.DOTALL)
    set_up, start, test = "".join(blocks).splitlines()
    assert commands_of("tests.yml: windows") == [
        f"{set_up} test --python python",
        f"{start.split(' --')[0]} --version",
        test,
    ]


def test_conda_is_set_up_by_the_commands_of_readme() -> None:
    create, run = commands_of("tests.yml: conda")
    plain = create.replace('"$CONDA/bin/conda"', "conda")
    assert f"\n{plain}\n" in README
    assert f" -n {ENVIRONMENT['name']} python -m pytest --nbval" in run


# The other ways in, and the forms


def test_a_container_has_condas_python_and_is_set_up_as_a_machine_is() -> None:
    container = json.loads(text_of(".devcontainer/devcontainer.json"))
    [python] = [one for one in ENVIRONMENT["dependencies"] if "python=" in one]
    version = python.removeprefix("python=")
    assert version in PYTHONS
    assert container["image"].endswith(f"/python:{version}")
    assert container["postCreateCommand"] == "python3 setup_env.py"
    settings = container["customizations"]["vscode"]["settings"]
    assert settings == {"python.defaultInterpreterPath": ".venv/bin/python"}


def test_the_citation_names_what_is_there() -> None:
    citation = yaml.safe_load(text_of("CITATION.cff"))
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    assert README.startswith(f"# {citation['title']}\n")
    [author] = citation["authors"]
    name = author["name"][0].lower() + author["name"][1:]
    assert f"Copyright (c) 2026 {name}\n" in text_of("LICENSE")


def test_an_error_can_be_told_of_each_notebook() -> None:
    form = yaml.safe_load(text_of(".github/ISSUE_TEMPLATE/page.yml"))
    [which] = [one for one in form["body"] if one.get("id") == "notebook"]
    notebooks = sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))
    titles = [Page(path).title for path in notebooks]
    assert which["attributes"]["options"] == [*titles, "An answer key", "Another text"]


def test_a_commit_is_held_to_what_make_style_holds_and_nothing_is_fetched() -> None:
    config = yaml.safe_load(text_of(".pre-commit-config.yaml"))
    [[hook]] = [repo["hooks"] for repo in config["repos"]]
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    assert (hook["entry"], hook["language"]) == ("make style", "system")


# Links


class _Site(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(int(self.path[1:]))
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def site() -> Iterator[str]:
    """The address of a site that answers with the status that it is asked for."""
    with http.server.HTTPServer(("127.0.0.1", 0), _Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_link_is_dead_if_its_page_is_gone_and_not_if_the_host_is_shy(
    site: str,
) -> None:
    assert dead_links.wrong_with(f"{site}200") == ""
    assert dead_links.wrong_with(f"{site}403") == ""
    assert dead_links.wrong_with(f"{site}404") == "404 Not Found"
    assert dead_links.wrong_with("http://nowhere.invalid/") == "its host has no address"


def test_the_links_of_texts_and_notebooks_are_found() -> None:
    found = dead_links.links([ROOT / "README.md", ROOT / "LICENSE-TEXT.md"])
    assert "https://www.python.org/downloads/" in found
    assert "https://creativecommons.org/licenses/by/4.0/" in found
    assert dead_links.links(ROOT.glob("notebooks/10*.ipynb"))
