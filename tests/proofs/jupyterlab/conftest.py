"""One browser and one JupyterLab for all that walks through the course in them."""

from collections.abc import Iterator

import pytest
from browser import BASE_URL, Lab, Notebook, Tab, copy_of_the_course, lab, launched
from browser import sync_api as playwright


@pytest.fixture(scope="package")
def chrome() -> Iterator["playwright.Browser"]:
    """A real browser; without one, all this is skipped."""
    with launched() as running:
        yield running


@pytest.fixture(scope="package")
def jupyterlab(
    chrome: "playwright.Browser", tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A real JupyterLab on a copy of the course, under a path as on a hub."""
    root, state = tmp_path_factory.mktemp("root"), tmp_path_factory.mktemp("state")
    copy_of_the_course(root)
    with lab(root, state, base_url=BASE_URL) as running:
        yield running


class Students(dict[str, tuple[Tab, Notebook]]):
    """JupyterLab in a tab, opened at the address of a host, the first time it is."""

    def __init__(self, chrome: "playwright.Browser", jupyterlab: Lab) -> None:
        super().__init__()
        self.chrome, self.jupyterlab = chrome, jupyterlab

    def __missing__(self, host: str) -> tuple[Tab, Notebook]:
        tab = Tab(self.chrome, viewport={"width": 1200, "height": 1600})
        address = self.jupyterlab.address.replace("127.0.0.1", host)
        self[host] = tab, Notebook(tab.page, address)
        return self[host]


@pytest.fixture(scope="package")
def all_students(chrome: "playwright.Browser", jupyterlab: Lab) -> Students:
    """Where the tabs are kept from test to test: to open one takes seconds."""
    return Students(chrome, jupyterlab)


@pytest.fixture
def students(all_students: Students) -> Iterator[Students]:
    """A tab with JupyterLab in it for each host that a test names."""
    yield all_students
    for tab, _ in all_students.values():
        tab.page.unroute_all()
        tab.errors.clear()
