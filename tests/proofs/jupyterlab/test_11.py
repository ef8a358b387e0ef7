"""Notebook 11, walked with a real browser in a real JupyterLab, as its text says."""

import nbformat
import pytest
from browser import Notebook, Tab, expect
from execute_notebooks import ROOT

NAME = "notebooks/11_limits.ipynb"
CELLS = nbformat.read(ROOT / NAME, as_version=4).cells
NUMBERS = {cell.id: number for number, cell in enumerate(CELLS)}
PAGES = [
    "the page that shows HTML",
    "the page that shows text",
    "the page with a policy",
]
STOLEN = '{"pay":"eve","amount":900}'


# Behind a hub, every page; at a loopback address, whether they are found there.
@pytest.mark.parametrize(("host", "pages"), [("hub.example", 3), ("127.0.0.1", 1)])
def test_who_is_ada_finds_that_only_the_first_page_has_paid(
    students: dict[str, tuple[Tab, Notebook]], host: str, pages: int
) -> None:
    tab, notebook = students[host]
    notebook.open(NAME)
    notebook.run([NUMBERS["markup"], NUMBERS["chats"]])
    cell = tab.page.locator(".jp-Notebook .jp-Cell").nth(NUMBERS["chats"])
    links = cell.frame_locator("iframe").get_by_role("link")
    expect(links).to_have_text(PAGES)
    for link in links.all()[:pages]:
        with tab.context.expect_page() as opened:
            link.click()
        said = opened.value.locator("#log > p")
        expect(said.nth(2)).to_be_attached()  # all three messages are shown
        if link.inner_text() == PAGES[0]:
            expect(opened.value.locator("#log")).to_contain_text("an order of yours")
        opened.value.close()
    outputs = notebook.run([NUMBERS["orders"]])
    printed = "".join(output["text"] for output in outputs)
    assert printed.splitlines() == [
        f"{PAGES[0]}: {STOLEN}",
        *(f"{name}: no order yet" for name in PAGES[1:]),
    ]
