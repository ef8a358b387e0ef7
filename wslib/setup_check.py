"""Look at the machine that the course runs on, and say what to do about what is wrong.

In a notebook: ``setup_check()``, one line if the course can run. In a terminal:
``python -m wslib.setup_check``, all that was looked at.
"""

import errno
import importlib
import importlib.metadata
import io
import os
import re
import socket
import sys
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from wslib.show import Shown, Table

__all__ = ["Finding", "Report", "setup_check"]

CHAPTER_PORT = 1234  # where the echo server listens in a terminal
READY = "This machine is ready."  # no mark before it: this is no verdict of a check
NOT_READY = "Not ready yet: do what the rows marked ✗ say, then look again."
AGAIN = "Run make lab again, or: pip install -e . in the course's folder."


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: What it is.
        fine: True; False if the course cannot run so; None if it is worth knowing.
        seen: What was found.
        advice: What to do; empty if nothing.
    """

    subject: str
    fine: bool | None
    seen: str
    advice: str = ""


class Report(Shown):
    """One line if the course can run; if not, what is not fine, and what to do.

    So it looks the same on every machine that is ready. What is worth knowing there
    concerns a terminal, and stands in ``details``.

    Attributes:
        findings: Everything that was looked at.
        ready: Whether the course can run.
    """

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        self.ready = all(finding.fine is not False for finding in findings)

    @property
    def details(self) -> Table:
        """All findings, as a table."""
        return self._table(self.findings)

    def as_text(self) -> str:
        """Return the line, or the table of what is not fine."""
        return READY if self.ready else self._troubles().as_text()

    def as_html(self) -> str:
        """Return the same as HTML."""
        if self.ready:
            return f'<div role="status"><strong>{READY}</strong></div>'
        return self._troubles().as_html()

    def _troubles(self) -> Table:
        return self._table([found for found in self.findings if found.fine is not True])

    def _table(self, findings: list[Finding]) -> Table:
        marks = {True: "✓ fine", None: "○ to know", False: "✗ stop"}
        return Table(
            ["Verdict", "What", "Seen", "What to do"],
            [[marks[f.fine], f.subject, f.seen, f.advice] for f in findings],
            caption=READY if self.ready else NOT_READY,
        )


def setup_check() -> Report:
    """Look at Python, packages, loopback, proxy settings and the chapter's port.

    Never raises: what cannot even be looked at is a finding, too.
    """
    looks = (
        ("Python", _python),
        ("packages", _packages),
        ("kernel", _kernel),
        ("loopback", _loopback),
        ("proxy", _proxy),
        (f"port {CHAPTER_PORT}", _chapter_port),
    )
    return Report(
        [finding for subject, look in looks for finding in _at(subject, look)]
    )


def _at(subject: str, look: Callable[[], Iterator[Finding]]) -> list[Finding]:
    """Return what a look finds, and that it failed, if it did."""
    findings: list[Finding] = []
    try:
        findings.extend(look())
    except Exception as error:
        findings.append(
            Finding(
                subject=subject,
                fine=None,
                seen=f"cannot be told: {type(error).__name__}: {error}",
                advice="Go on. If something fails later, look here first.",
            )
        )
    return findings


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    fine = tuple(sys.version_info[:2]) >= (3, 11)
    advice = "" if fine else "Install Python 3.11 or newer, then run make lab again."
    yield Finding(subject="Python", fine=fine, seen=version, advice=advice)


def _packages() -> Iterator[Finding]:
    """Compare what is installed with what wslib says it needs."""
    try:
        needs = importlib.metadata.requires("wslib") or []
    except importlib.metadata.PackageNotFoundError:
        yield Finding(
            subject="wslib", fine=False, seen="not installed here", advice=AGAIN
        )
        return
    for needed in needs:
        requirement, _, condition = needed.partition(";")
        if _is_meant(condition.strip()):
            yield _package(requirement)
    yield from _websocket()


def _is_meant(condition: str) -> bool:
    """Tell whether a requirement is one here: of the course itself, on this system."""
    if not condition or "extra ==" in condition:
        return not condition
    try:
        markers = importlib.import_module("packaging.markers")
    except ImportError:  # it comes with pytest, which is named as missing, then
        return False
    return bool(markers.Marker(condition).evaluate())


def _package(requirement: str) -> Finding:
    """Compare one package with what is required, such as ``tornado>=6.4``."""
    match = re.match(r"\s*([\w.-]+)\s*(.*)", requirement)
    assert match is not None  # a requirement begins with a name
    name, bounds = match[1], match[2].strip()
    try:
        version = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return Finding(subject=name, fine=False, seen="missing", advice=AGAIN)
    fine = all(_within(version, bound) for bound in bounds.split(","))
    lower_first = ",".join(sorted(bounds.split(","), reverse=True))
    advice = "" if fine else f"The course needs {lower_first}. {AGAIN}"
    return Finding(subject=name, fine=fine, seen=version, advice=advice)


def _websocket() -> Iterator[Finding]:
    """Say so if ``import websocket`` finds something else than websocket-client."""
    try:
        found = hasattr(importlib.import_module("websocket"), "create_connection")
    except Exception as error:  # whatever that module does
        found, seen = False, f"it raises {type(error).__name__}"
    else:
        seen = "another module of that name"
    if not found:
        yield Finding(
            subject="import websocket",
            fine=False,
            seen=seen,
            advice="Is there a websocket.py beside the notebook? Rename it. Else: pip "
            "uninstall websocket; pip install --force-reinstall websocket-client",
        )


def _within(version: str, bound: str) -> bool:
    """Tell whether a version keeps to one bound such as ``>=16`` or ``<18``."""
    match = re.fullmatch(r"\s*(>=|<)\s*([\d.]+)\s*", bound)
    if match is None:
        return True  # some other kind of bound: pip has seen to it
    have, want = _numbers(version), _numbers(match[2])
    return have >= want if match[1] == ">=" else have < want


def _numbers(version: str) -> tuple[int, ...]:
    """Return three numbers, so that 16 and 16.0 are the same."""
    numbers = [int(n) for n in re.findall(r"\d+", version)[:3]]
    return tuple(numbers + [0] * (3 - len(numbers)))


def _kernel() -> Iterator[Finding]:
    """Tell whether this Python is the one that JupyterLab was installed with."""
    try:
        lab = importlib.metadata.distribution("jupyterlab").locate_file("")
    except importlib.metadata.PackageNotFoundError:
        here = False
    else:
        prefix = os.path.join(os.path.realpath(sys.prefix), "")
        here = os.path.realpath(str(lab)).startswith(prefix)
    yield Finding(
        subject="kernel",
        fine=True if here else None,
        seen="in the course's environment" if here else "outside its environment",
        advice="" if here else "Kernel > Change Kernel > Python 3 (ipykernel)",
    )


def _loopback() -> Iterator[Finding]:
    """Send one byte to ourselves."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = listener.getsockname()
            with socket.create_connection(address, timeout=2) as client:
                listener.settimeout(2)
                server, _ = listener.accept()
                with server:
                    client.sendall(b"!")
                    server.settimeout(2)
                    if server.recv(1) != b"!":
                        raise OSError("what was sent did not arrive")
    except OSError as error:
        yield Finding(
            subject="loopback",
            fine=False,
            seen=f"127.0.0.1 cannot be reached: {error}",
            advice="Allow Python in the firewall or the security software.",
        )
        return
    yield Finding(subject="loopback", fine=True, seen="127.0.0.1 answers")


def _proxy() -> Iterator[Finding]:
    """Tell whether clients would ask a proxy for 127.0.0.1."""
    proxies = urllib.request.getproxies_environment()
    if not {"http", "https", "all", "ws", "wss"} & proxies.keys():
        yield Finding(subject="proxy", fine=True, seen="none set")
        return
    # not in the documentation, nor in the type stubs; urllib itself decides with it
    bypass = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]
    if bypass("127.0.0.1", proxies):
        yield Finding(subject="proxy", fine=True, seen="set, and not for 127.0.0.1")
        return
    set_ = "set" if os.name == "nt" else "export"
    yield Finding(
        subject="proxy",
        fine=None,
        seen="set, also for 127.0.0.1",
        advice="Nothing here: the notebooks go around it. In a terminal, first: "
        f"{set_} no_proxy=127.0.0.1,localhost",
    )


def _chapter_port() -> Iterator[Finding]:
    """Tell whether the port that the chapter uses is free."""
    subject = f"port {CHAPTER_PORT}"
    try:
        with socket.create_server(("127.0.0.1", CHAPTER_PORT)):
            pass
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        yield Finding(
            subject=subject,
            fine=None,
            seen="used by another program" if taken else f"not to be had: {error}",
            advice="Nothing here: the notebooks take any free port. In a terminal: "
            "--port 1235",
        )
        return
    yield Finding(subject=subject, fine=True, seen="free")


def main() -> int:
    """Print all findings; return the exit status: 0 if the course can run."""
    report = setup_check()
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that knows no ✓
        sys.stdout.reconfigure(errors="replace")
    print(report.details)
    return 0 if report.ready else 1


if __name__ == "__main__":
    sys.exit(main())
