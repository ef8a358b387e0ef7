"""Notebook 07, its browser page: a real browser talks to a student's server."""

import re

import nbformat
from browser import Lab, Notebook, Tab, expect
from execute_notebooks import ROOT

NAME = "notebooks/07_build_your_own.ipynb"
CELLS = [cell.id for cell in nbformat.read(ROOT / NAME, as_version=4).cells]
STEPS = ["step-read-request", "step-answer", "step-frames", "client-talks"]
STEPS += ["step-control"]
NO_CLOSE = '''
def on_close(end, payload):
    """Read a Close, and end."""
    end.over = True
'''


def number(id: str) -> int:
    return CELLS.index(id)


def written(notebook: Notebook, id: str, source: str) -> None:
    """Write something into a cell, and run it."""
    script = """
    const cells = jupyterapp.shell.currentWidget.content.model.cells;
    cells.get(given[0]).sharedModel.setSource(given[1]);
    """
    notebook._do(script, [number(id), source])
    notebook.run([number(id)])


def test_a_browser_talks_to_the_steps_of_the_page_and_to_a_students_own(
    students: dict[str, tuple[Tab, Notebook]], jupyterlab: Lab
) -> None:
    tab, notebook = students["127.0.0.1"]
    notebook.open(NAME)
    notebook._do(
        """await jupyterapp.commands.execute("notebook:clear-all-cell-outputs")"""
    )
    for id in ["steps", *STEPS, "browser"]:
        notebook.run([number(id)])
    cell = tab.page.locator(".jp-Notebook .jp-Cell").nth(number("browser"))
    page = cell.frame_locator("iframe")
    log, state = page.locator("#log"), page.locator("#state")
    expect(state).to_have_text("open")

    def press(name: str) -> None:
        page.get_by_role("button", name=name, exact=True).press("Enter")

    press("Send Message")
    expect(log).to_contain_text("◀ 1 message: Hello, world!")
    page.get_by_label("Close code").fill("4001")
    press("Close")
    expect(log).to_contain_text(re.compile(r"1 close: code 4001.*, clean"))
    press("Reconnect")
    expect(log).to_contain_text("2 open")

    written(notebook, "step-control", NO_CLOSE)
    notebook.run([number("browser")])
    expect(state).to_have_text("open")
    press("Close")
    expect(log).to_contain_text(re.compile("close: code 1006.*not clean"))
    notebook.run([number("stop")])
