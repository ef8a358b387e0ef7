"""A real browser and a real JupyterLab, for the tests and for the screenshots.

The browser is a Chromium of this machine, named by CHROMIUM or found; nothing is
fetched. JupyterLab runs on a copy of the course, with settings of its own, as a process
of its own that ends with the block that started it.
"""

import contextlib
import importlib.resources
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest
from execute_notebooks import ROOT

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

BASE_URL = "/user/alice/"  # where JupyterLab lives on a hub
NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
NAMES += ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"]
NAMES += [r"C:\Program Files\Google\Chrome\Application\chrome.exe"]
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Nobody looks: what it draws need not come in a hurry.
    "--in-process-gpu",
    "--num-raster-threads=1",
    # A name for this machine that is no loopback name, as a hub's is none.
    "--host-resolver-rules=MAP hub.example 127.0.0.1",
]
if hasattr(os, "geteuid") and os.geteuid() == 0:
    FLAGS.append("--no-sandbox")  # Chromium's own sandbox does not work as root

expect.set_options(timeout=20_000)


def chromium() -> str | None:
    """Return the path of a Chromium or a Chrome, or None."""
    names = [os.environ["CHROMIUM"]] if "CHROMIUM" in os.environ else NAMES
    return next(filter(None, map(shutil.which, names)), None)


@contextlib.contextmanager
def launched(flags: Iterable[str] = ()) -> Iterator["sync_api.Browser"]:
    """Run the browser; skip the test if there is none."""
    path = chromium()
    if path is None:
        pytest.skip("no Chromium here: install one, or name it in CHROMIUM")
    with sync_api.sync_playwright() as playwright:
        running = _launch(playwright.chromium, path, [*FLAGS, *flags])
        try:
            yield running
        finally:
            running.close()


def _launch(
    kind: "sync_api.BrowserType", path: str, flags: list[str]
) -> "sync_api.Browser":
    """Start the browser; again, if it crashes before it has begun, as some do."""
    for _ in range(2):
        with contextlib.suppress(sync_api.Error):
            return kind.launch(executable_path=path, args=flags)
    return kind.launch(executable_path=path, args=flags)


class Tab:
    """A page in a browser, and what it said to the console and asked of the network."""

    def __init__(self, browser: "sync_api.Browser", **options: Any) -> None:
        self.context = browser.new_context(**options)
        self.page: sync_api.Page = self.context.new_page()
        self.console: list[str] = []
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(error.stack))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def _heard(self, message: "sync_api.ConsoleMessage") -> None:
        """Keep a line of the console."""
        if message.type == "error":
            self.errors.append(f"{message.text} ({message.location['url']})")
        else:
            self.console.append(message.text)

    def forget(self) -> None:
        """Be as new: no page, no cookie, nothing heard. (A new tab costs ten times.)"""
        for page in self.context.pages:
            if page is not self.page:
                page.close()
        self.page.goto("about:blank")
        self.context.clear_cookies()
        for heard in (self.console, self.errors, self.requests):
            heard.clear()

    def faults(self, *rules: str) -> list[str]:
        """Return what axe-core finds in the page, by all rules or by some of them."""
        package = pytest.importorskip("axe_playwright_python")
        script = importlib.resources.files(package).joinpath("axe.min.js")
        self.page.evaluate(script.read_text("utf-8"))
        options: dict[str, Any] = {"resultTypes": ["violations"]}  # all else is long
        if rules:
            options["runOnly"] = list(rules)
        run = "(options) => axe.run(options).then((it) => it.violations)"
        found = self.page.evaluate(run, options)
        return [
            f"{one['impact']} {one['id']} {node['target']}: {node['failureSummary']}"
            for one in found
            for node in one["nodes"]
        ]


def copy_of_the_course(folder: Path) -> None:
    """Copy into a folder what a student opens, so that a run changes nothing here."""
    for name in ("notebooks", "images"):
        shutil.copytree(
            ROOT / name,
            folder / name,
            ignore=shutil.ignore_patterns(".*", "__pycache__"),
        )
    for name in ("README.md", "CONTRIBUTING.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / "wslib", folder / "wslib", ignore=lambda *_: ["__pycache__"])


ADDRESS = r"http://127\.0\.0\.1:\d+/\S*lab\?token=\w+"


class Lab:
    """A JupyterLab server on a folder.

    Args:
        root: The folder that it shows.
        state: An empty folder for its settings.
        base_url: The path under which it lives, as on a hub.
    """

    def __init__(self, root: Path, state: Path, *, base_url: str = "/") -> None:
        self.root = root
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
        command += ["--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"]
        command += [f"--ServerApp.root_dir={root}", f"--ServerApp.base_url={base_url}"]
        command += ["--ServerApp.local_hostnames=['localhost', 'hub.example']"]
        command += ["--LabApp.extension_manager=readonly", "--expose-app-in-browser"]
        places = ["JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"]
        places += ["JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"]
        own = {name: str(state / name.lower()) for name in places}
        news = Path(own["JUPYTERLAB_SETTINGS_DIR"], "@jupyterlab", "apputils-extension")
        news.mkdir(parents=True)  # answer once what JupyterLab asks on the first day
        quiet = '{"fetchNews": "false", "checkForUpdates": false}'
        (news / "notification.jupyterlab-settings").write_text(quiet, encoding="utf-8")
        clean = {n: v for n, v in os.environ.items() if not n.lower().endswith("proxy")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.process = subprocess.Popen(
            command,
            env=clean | own | {"PATH": path, "PYTHONPATH": str(ROOT)},
            cwd=root,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        self.log: list[str] = []
        self._listens = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        """Keep what the server says, so that it is never held up by a full pipe."""
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                self.log.append(line)
                if re.search(ADDRESS, line):
                    self._listens.set()
        self._listens.set()  # or it has ended

    @property
    def address(self) -> str:
        """Where it is, and the token to enter, as it says itself."""
        assert self._listens.wait(60), "".join(self.log)
        said = re.findall(
            r"http://127\.0\.0\.1:\d+/\S*lab\?token=\w+", "".join(self.log)
        )
        assert said, "".join(self.log)
        parts = urlsplit(said[-1])
        while self.process.poll() is None:  # it says so a moment before it is true
            with (
                contextlib.suppress(ConnectionRefusedError),
                socket.create_connection((parts.hostname, parts.port), timeout=5),
            ):
                break
        return said[-1]

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.address).port or 0

    def listening(self) -> set[tuple[int, Any]]:
        """Return what its kernels listen on, as pairs of process and address."""
        return {
            (process.pid, connection.laddr)
            for process in psutil.Process(self.process.pid).children(recursive=True)
            for connection in process.net_connections(kind="tcp")
            if connection.status == psutil.CONN_LISTEN
        }

    def stop(self) -> None:
        """End it, and with it its kernels."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        finally:
            for process in [self.process, *psutil.wait_procs(family, timeout=5)[1]]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.kill()
            self.process.wait(5)
            self._reader.join(5)


@contextlib.contextmanager
def lab(root: Path, state: Path, *, base_url: str = "/") -> Iterator[Lab]:
    """Run JupyterLab on a folder."""
    running = Lab(root, state, base_url=base_url)
    try:
        yield running
    finally:
        running.stop()


class Notebook:
    """JupyterLab in a browser, and the notebook that is open in it."""

    def __init__(self, page: "sync_api.Page", address: str) -> None:
        self.page = page
        page.goto(address.replace("?", "?reset&"))  # as on the first day
        page.wait_for_function("window.jupyterapp?.restored")
        self._do("jupyterapp.restored.then(() => null)")

    def open(self, path: str) -> None:
        """Open a notebook, alone, with a fresh kernel; return when it can run."""
        self._do(
            """
            const before = jupyterapp.shell.currentWidget;
            if (before?.context) {
                await before.sessionContext.shutdown();
                before.dispose();  // to close it could ask whether to save it
            }
            await jupyterapp.commands.execute("docmanager:open", {path: given});
            const panel = jupyterapp.shell.currentWidget;
            await panel.context.ready;
            await panel.revealed;
            await panel.sessionContext.ready;
            await panel.sessionContext.session.kernel.info;
            """,
            path,
        )

    def run_all(self) -> list[dict[str, Any]]:
        """Run every cell as the menu does; return the outputs of all code cells."""
        self._do("""await jupyterapp.commands.execute("notebook:run-all-cells")""")
        return self._outputs(None)

    def run(self, numbers: Iterable[int]) -> list[dict[str, Any]]:
        """Run some cells, counted from 0, one after the other; return their outputs."""
        for number in numbers:
            self._do(
                """
                jupyterapp.shell.currentWidget.content.activeCellIndex = given;
                jupyterapp.shell.currentWidget.content.deselectAll();
                await jupyterapp.commands.execute("notebook:run-cell");
                """,
                number,
            )
        return self._outputs(list(numbers))

    def save(self) -> None:
        """Save it."""
        self._do("await jupyterapp.shell.currentWidget.context.save()")

    def show_in_file_browser(self) -> None:
        """Have the list of files at the left show the folder that it is in."""
        self._do(
            """await jupyterapp.commands.execute("docmanager:show-in-file-browser")"""
        )

    def scroll_to(self, number: int) -> None:
        """Select a cell, counted from 0, and bring it into sight."""
        self._do(
            """
            const notebook = jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = given;
            notebook.deselectAll();
            await notebook.scrollToItem(given, "center");
            """,
            number,
        )

    def pictures(self) -> list[dict[str, Any]]:
        """Return the pictures of the notebook, as soon as each has come or failed."""
        found: list[dict[str, Any]] = self._do(
            """
            const node = jupyterapp.shell.currentWidget.content.node;
            const images = Array.from(node.querySelectorAll("img"));
            await Promise.all(images.map((image) => image.decode().catch(() => null)));
            return images.map((image) =>
                ({alt: image.alt, width: image.naturalWidth, src: image.src}));
            """
        )
        return found

    def _outputs(self, numbers: list[int] | None) -> list[dict[str, Any]]:
        """Return the outputs of some cells, or of all."""
        outputs: list[dict[str, Any]] = self._do(
            """
            const model = jupyterapp.shell.currentWidget.content.model;
            const cells = Array.from(model.cells, (cell) => cell.toJSON());
            const some = given ? given.map((number) => cells[number]) : cells;
            return some.flatMap((cell) => cell.outputs ?? []).map((output) =>
                ({...output, text: [output.text ?? ""].flat().join("")}));
            """,
            numbers,
        )
        return outputs

    def _do(self, script: str, given: Any = None) -> Any:
        """Run JavaScript in JupyterLab's page; not for ever."""
        return self.page.evaluate(
            f"""(given) => Promise.race([
                (async () => {{ {script} }})(),
                new Promise((_, reject) => setTimeout(
                    () => reject("JupyterLab has not done it in a minute"), 60_000))
            ])""",
            given,
        )
