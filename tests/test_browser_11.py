"""Notebook 11, walked with a real browser in a real JupyterLab, as its text says."""

import nbformat
import pytest
from browser import Notebook, Tab, copy_of_the_course, expect, lab, launched
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


@pytest.mark.parametrize("host", ["127.0.0.1", "hub.example"])
def test_who_is_ada_finds_that_only_the_first_page_has_paid(
    tmp_path_factory: pytest.TempPathFactory, host: str
) -> None:
    root, state = tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("state")
    copy_of_the_course(root)
    with lab(root, state, base_url="/user/alice/") as running, launched() as chrome:
        tab = Tab(chrome, viewport={"width": 1200, "height": 1600})
        notebook = Notebook(tab.page, running.address.replace("127.0.0.1", host))
        notebook.open(NAME)
        notebook.run([NUMBERS["markup"], NUMBERS["chats"]])
        cell = tab.page.locator(".jp-Notebook .jp-Cell").nth(NUMBERS["chats"])
        links = cell.frame_locator("iframe").get_by_role("link")
        expect(links).to_have_text(PAGES)
        for link in links.all():
            with tab.context.expect_page() as opened:
                link.click()
            said = opened.value.locator("#log > p")
            expect(said.nth(2)).to_be_attached()  # all three messages are shown
            if link.inner_text() == PAGES[0]:
                expect(opened.value.locator("#log")).to_contain_text(
                    "an order of yours"
                )
            opened.value.close()
        outputs = notebook.run([NUMBERS["orders"]])
        printed = "".join(output["text"] for output in outputs)
        assert printed.splitlines() == [
            f"{PAGES[0]}: {STOLEN}",
            *(f"{name}: no order yet" for name in PAGES[1:]),
        ]
        tab.context.close()
