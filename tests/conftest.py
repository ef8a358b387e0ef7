"""What every test here keeps to: it leaves nothing running, and it warns of nothing.

The notebooks are collected in the same session; none of this touches them.
"""

import gc
import importlib
import importlib.util
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kernels import have_nbval_use_them

from wslib.service import Service, stop_all

if importlib.util.find_spec("hypothesis"):  # without it, its tests are skipped
    settings = importlib.import_module("hypothesis").settings
    settings.register_profile("course", deadline=None)  # no test asserts a time
    settings.load_profile("course")

have_nbval_use_them()

HERE = Path(__file__).parent
JUPYTERLAB = "tests/proofs/jupyterlab/"
RUNS = "tests/test_notebooks_run.py"
LONGEST = (JUPYTERLAB, RUNS, "tests/check/test_promises.py")
PROXIES = ("http_proxy", "https_proxy", "ws_proxy", "wss_proxy", "all_proxy")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, so that nothing long is left over at the end.

    And make every warning an error: a forgotten socket or thread is one, too.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.filterwarnings("error"), append=False)
    gc.freeze()  # ten thousand tests are there to stay: nobody collects them


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the proofs, which take minutes, unless they are asked for."""
    asked = any("proofs" in str(each) for each in config.args)
    return True if collection_path == HERE / "proofs" and not asked else None


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each file to one process, and all that share a JupyterLab to the same.

    The notebooks that run again share nothing: each goes to whoever is free.
    """
    scheduler = importlib.import_module("xdist.scheduler")

    class ByFile(scheduler.LoadFileScheduling):  # type: ignore[name-defined, misc]
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            if file == RUNS:
                return nodeid
            return JUPYTERLAB if file.startswith(JUPYTERLAB) else file

    return ByFile(config, log)


@pytest.fixture(autouse=True)
def _leaves_nothing_running() -> Iterator[None]:
    """Fail a test that leaves a service or a thread of ours behind."""
    before = set(threading.enumerate())
    yield
    services = [repr(service) for service in Service._running]
    stop_all()
    threads = [
        thread
        for thread in threading.enumerate()
        if thread.name.startswith("wslib-") and thread not in before
    ]
    for thread in threads:  # one that is about to end may do so
        thread.join(timeout=5)
    alive = [thread.name for thread in threads if thread.is_alive()]
    assert not services, f"still running: {services}"
    assert not alive, f"threads left behind: {alive}"


@pytest.fixture(autouse=True, scope="module")
def _forgotten_sockets_are_found() -> Iterator[None]:
    """Have Python warn of unclosed sockets in the module that forgot them."""
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def _no_proxy_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the machine's proxy out of the tests, and one test's out of the next.

    Starting a service adds names to no_proxy; what it sets goes when the test ends.
    """
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    kept = {name: os.environ.pop(name, None) for name in ("no_proxy", "NO_PROXY")}
    yield
    for name in kept:  # both first: on Windows they are one
        os.environ.pop(name, None)
    os.environ.update({name: value for name, value in kept.items() if value})


@pytest.fixture(scope="module")
def chrome() -> Iterator[Any]:
    """A real browser; without one, what needs it is skipped."""
    browser = importlib.import_module("browser")
    with browser.launched() as running:
        yield running


@pytest.fixture(scope="module")
def one_tab(chrome: Any) -> Any:
    """One tab for all tests of a module."""
    return importlib.import_module("browser").Tab(chrome)


@pytest.fixture
def tab(one_tab: Any) -> Iterator[Any]:
    """A tab in which nothing has been yet."""
    yield one_tab
    one_tab.forget()


@pytest.fixture
def bounded() -> Callable[..., Any]:
    """Return ``bounded(function, *arguments)``: the result, or a failure, not a hang.

    The bound is generous, since it is no measurement: it keeps a call that must end by
    itself from holding up the whole suite when it does not.
    """

    def run(function: Callable[..., Any], *arguments: Any, seconds: float = 20) -> Any:
        results: list[Any] = []
        errors: list[BaseException] = []

        def call() -> None:
            try:
                results.append(function(*arguments))
            except BaseException as exc:
                errors.append(exc)

        thread = threading.Thread(target=call, daemon=True)
        thread.start()
        thread.join(seconds)
        assert not thread.is_alive(), f"{function} has not ended in {seconds} seconds"
        if errors:
            raise errors[0]
        return results[0]

    return run
