"""Look at the machine that the course runs on, and say what to do about what is wrong.

In a notebook: ``machine.examine()``. In a terminal: ``python -m wslib.machine``.
"""

import importlib
import importlib.metadata
import os
import re
import socket
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass

from wslib.display import Table

__all__ = ["Finding", "Report", "examine"]

CHAPTER_PORT = 1234  # where the echo server listens in a terminal


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


class Report(Table):
    """All findings, as a table. ``ready`` says whether the course can run."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        self.ready = all(finding.fine is not False for finding in findings)
        marks = {True: "✓ fine", None: "○ to know", False: "✗ stop"}
        super().__init__(
            ["", "What", "Seen", "What to do"],
            [[marks[f.fine], f.subject, f.seen, f.advice] for f in findings],
            caption=(
                "This machine is ready."
                if self.ready
                else "Not ready yet: see the rows marked ✗."
            ),
        )


def examine() -> Report:
    """Look at Python, packages, loopback, proxy settings and the chapter's port."""
    return Report(
        [_python(), *_packages(), _kernel(), _loopback(), _proxy(), _chapter_port()]
    )


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    fine = sys.version_info >= (3, 11)
    advice = "" if fine else "Install Python 3.11 or newer, then run make lab again."
    return Finding(subject="Python", fine=fine, seen=version, advice=advice)


def _packages() -> Iterator[Finding]:
    """Compare what is installed with what wslib says it needs."""
    again = "Run make lab again, or: pip install -e . in the course's folder."
    for needed in importlib.metadata.requires("wslib") or []:
        if "extra ==" in needed:
            continue
        name, bounds = re.match(r"([\w.-]+)\s*(.*)", needed).groups()  # type: ignore[union-attr]
        try:
            version = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            yield Finding(subject=name, fine=False, seen="missing", advice=again)
            continue
        fine = all(_within(version, bound) for bound in bounds.split(","))
        advice = "" if fine else f"The course needs {bounds}. {again}"
        yield Finding(subject=name, fine=fine, seen=version, advice=advice)
    if not hasattr(importlib.import_module("websocket"), "create_connection"):
        yield Finding(
            subject="import websocket",
            fine=False,
            seen="another package of that name",
            advice="pip uninstall websocket; pip install --force-reinstall "
            "websocket-client",
        )


def _within(version: str, bound: str) -> bool:
    """Tell whether a version keeps to one bound such as ``>=16`` or ``<18``."""
    match = re.fullmatch(r"\s*(>=|<)\s*([\d.]+)\s*", bound)
    if match is None:
        return True  # some other kind of bound: pip has seen to it
    have, want = _numbers(version), _numbers(match[2])
    return have >= want if match[1] == ">=" else have < want


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(n) for n in re.findall(r"\d+", version)[:3])


def _kernel() -> Finding:
    """Tell whether this Python is the one that JupyterLab was installed with."""
    lab = importlib.metadata.distribution("jupyterlab").locate_file("")
    here = os.path.realpath(str(lab)).startswith(os.path.realpath(sys.prefix))
    return Finding(
        subject="kernel",
        fine=True if here else None,
        seen="in the course's environment" if here else "outside its environment",
        advice="" if here else "Kernel > Change Kernel > Python 3 (ipykernel)",
    )


def _loopback() -> Finding:
    """Send one byte to ourselves."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            address = listener.getsockname()
            with socket.create_connection(address, timeout=2) as client:
                server, _ = listener.accept()
                with server:
                    client.sendall(b"!")
                    server.settimeout(2)
                    fine = server.recv(1) == b"!"
    except OSError as error:
        return Finding(
            subject="loopback",
            fine=False,
            seen=f"127.0.0.1 cannot be reached: {error}",
            advice="Allow Python in the firewall or the security software.",
        )
    return Finding(subject="loopback", fine=fine, seen="127.0.0.1 answers")


def _proxy() -> Finding:
    """Tell whether clients would ask a proxy for 127.0.0.1."""
    proxies = urllib.request.getproxies_environment()
    if not {"http", "https", "all", "ws", "wss"} & proxies.keys():
        return Finding(subject="proxy", fine=True, seen="none set")
    # not in the documentation, nor in the type stubs; urllib itself decides with it
    bypass = urllib.request.proxy_bypass_environment  # type: ignore[attr-defined]
    if bypass("127.0.0.1", proxies):
        return Finding(subject="proxy", fine=True, seen="set, and not for 127.0.0.1")
    return Finding(
        subject="proxy",
        fine=None,
        seen="set, also for 127.0.0.1",
        advice="Nothing here: the notebooks go around it. In a terminal, first: "
        "export no_proxy=127.0.0.1,localhost",
    )


def _chapter_port() -> Finding:
    """Tell whether the port that the chapter uses is free."""
    try:
        with socket.create_server(("127.0.0.1", CHAPTER_PORT)):
            pass
    except OSError:
        return Finding(
            subject=f"port {CHAPTER_PORT}",
            fine=None,
            seen="used by another program",
            advice="Nothing here: the notebooks take any free port. In a terminal: "
            "--port 1235",
        )
    return Finding(subject=f"port {CHAPTER_PORT}", fine=True, seen="free")


if __name__ == "__main__":
    report = examine()
    print(report)
    sys.exit(0 if report.ready else 1)
