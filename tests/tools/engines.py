"""Firefox and WebKit, driven without a driver of ours being fetched.

Firefox speaks WebDriver BiDi, which is JSON over a WebSocket; WebKitGTK's own driver
speaks WebDriver, which is JSON over HTTP. Both take the same actions: keys and clicks
that a page cannot tell from a student's.
"""

import contextlib
import http.client
import itertools
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest
import websocket

ENTER = "\ue006"  # as WebDriver calls that key
PATIENCE = 30.0  # seconds

_T = TypeVar("_T")


class Engine:
    """A browser with one page."""

    def open(self, address: str) -> None:
        """Open an address, and wait until it is loaded, scripts and all."""
        self._go("about:blank")
        self._go(address)
        self.wait("document.readyState === 'complete'")

    def _go(self, address: str) -> None:
        """Open an address."""
        raise NotImplementedError

    def run(self, script: str) -> Any:
        """Return the value of a script's expression, awaited if need be."""
        raise NotImplementedError

    def act(self, actions: list[dict[str, Any]]) -> None:
        """Do what a hand does."""
        raise NotImplementedError

    def click(self, element: str) -> None:
        """Click on what a script's expression finds."""
        place = self.run(
            f"(() => {{ const it = {element}; it.scrollIntoView({{block: 'center'}});"
            "const box = it.getBoundingClientRect();"
            "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
        )
        x, y = map(round, place)
        hand = [{"type": "pointerMove", "x": x, "y": y}]
        hand += [{"type": f"pointer{way}", "button": 0} for way in ("Down", "Up")]
        self.act([{"type": "pointer", "id": "hand", "actions": hand}])

    def press(self, keys: str) -> None:
        """Type."""
        ways = [
            {"type": f"key{way}", "value": k} for k in keys for way in ("Down", "Up")
        ]
        self.act([{"type": "key", "id": "keys", "actions": ways}])

    def wait(self, script: str) -> Any:
        """Return the value of an expression as soon as it is true."""
        until = time.monotonic() + PATIENCE
        while not (value := self.run(script)):
            assert time.monotonic() < until, f"never true: {script}"
            time.sleep(0.02)
        return value


class Firefox(Engine):
    """Firefox, headless."""

    def __init__(self, port: int) -> None:
        address = f"ws://127.0.0.1:{port}/session"
        self._line = websocket.create_connection(
            address, timeout=PATIENCE, suppress_origin=True
        )
        self._numbers = itertools.count()
        self._send("session.new", capabilities={})
        tree = self._send("browsingContext.getTree")
        self._page = tree["contexts"][0]["context"]

    def _send(self, method: str, **params: Any) -> Any:
        number = next(self._numbers)
        self._line.send(json.dumps({"id": number, "method": method, "params": params}))
        while (said := json.loads(self._line.recv())).get("id") != number:
            pass
        assert said["type"] == "success", said
        return said["result"]

    def _go(self, address: str) -> None:
        """Open an address."""
        page = self._page
        self._send(
            "browsingContext.navigate", context=page, url=address, wait="complete"
        )

    def run(self, script: str) -> Any:
        """Return the value of a script's expression, awaited if need be."""
        said = self._send(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({script}) ?? null))()",
            target={"context": self._page},
            awaitPromise=True,
        )
        assert said["type"] == "success", said["exceptionDetails"]["text"]
        return json.loads(said["result"]["value"])

    def act(self, actions: list[dict[str, Any]]) -> None:
        """Do what a hand does."""
        self._send("input.performActions", context=self._page, actions=actions)

    def end(self) -> None:
        """Say goodbye."""
        self._line.close()


class WebKit(Engine):
    """WebKitGTK's MiniBrowser."""

    def __init__(self, port: int, browser: str) -> None:
        self._port, self._session = port, ""
        options = {"binary": browser, "args": ["--automation"]}
        wanted = {"alwaysMatch": {"webkitgtk:browserOptions": options}}
        made = self._send("POST", "/session", capabilities=wanted)
        self._session = f"/session/{made['sessionId']}"

    def _send(self, verb: str, path: str, **body: Any) -> Any:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        with contextlib.closing(line):
            line.request(verb, self._session + path, json.dumps(body) if body else None)
            value = json.loads(line.getresponse().read())["value"]
        assert not (isinstance(value, dict) and "error" in value), value
        return value

    def _go(self, address: str) -> None:
        """Open an address."""
        self._send("POST", "/url", url=address)

    def run(self, script: str) -> Any:
        """Return the value of a script's expression, awaited if need be."""
        code = (
            "const done = arguments[arguments.length - 1]; (async () => {"
            f"try {{ done([JSON.stringify(await ({script}) ?? null)]); }}"
            "catch (error) { done(String(error)); } })();"
        )
        said = self._send("POST", "/execute/async", script=code, args=[])
        assert isinstance(said, list), said
        return json.loads(said[0])

    def act(self, actions: list[dict[str, Any]]) -> None:
        """Do what a hand does."""
        self._send("POST", "/actions", actions=actions)

    def end(self) -> None:
        """Say goodbye."""
        self._send("DELETE", "")


@contextlib.contextmanager
def firefox() -> Iterator[Engine]:
    """Run Firefox; skip the test if there is none."""
    path = shutil.which("firefox-esr") or shutil.which("firefox")
    if path is None:
        pytest.skip("no Firefox here")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [path, "--headless", "--no-remote", "--profile", profile]
        command += ["--remote-debugging-port", "0", "about:blank"]
        with _running(command, {"HOME": profile}):
            engine = Firefox(_once(lambda: _port_in(Path(profile))))
            try:
                yield engine
            finally:
                engine.end()


@contextlib.contextmanager
def webkit() -> Iterator[Engine]:
    """Run WebKitGTK on a screen of its own; skip the test if there is none."""
    driver, screen = shutil.which("WebKitWebDriver"), shutil.which("Xvfb")
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4*/MiniBrowser"))
    if not (driver and screen and found):
        pytest.skip("no WebKitGTK here, or no Xvfb")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        reader, writer = os.pipe()  # Xvfb chooses a number that is free, and says it
        command = [screen, "-displayfd", str(writer), "-nolisten", "tcp"]
        with _running(command, {}, pass_fds=[writer]):
            os.close(writer)
            with open(reader, encoding="ascii") as said:
                display = {"DISPLAY": f":{said.readline().strip()}", "HOME": home}
            with _running([driver, f"--port={port}"], display):
                _once(lambda: socket.create_connection(("127.0.0.1", port)).close())
                engine = WebKit(port, str(found[-1]))
                try:
                    yield engine
                finally:
                    engine.end()


@contextlib.contextmanager
def _running(
    command: list[str], changed: dict[str, str], pass_fds: Sequence[int] = ()
) -> Iterator[None]:
    """Run a program with whatever it starts, and end all of it."""
    process = subprocess.Popen(
        command,
        env=os.environ | changed,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=pass_fds,
        start_new_session=True,
    )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _port_in(profile: Path) -> int:
    """Return where Firefox listens: it says so in a file of its profile."""
    said = json.loads((profile / "WebDriverBiDiServer.json").read_text("utf-8"))
    return int(said["ws_port"])


def _once(look: Callable[[], _T]) -> _T:
    """Return what a look finds, as soon as it finds something."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return look()
        except (OSError, ValueError):
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
