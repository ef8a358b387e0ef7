"""A load generator: 1, 10, 100, 1,000 connections, and what each costs the server.

    this process
     ├── a process with an EchoServer    its memory, its processor: measured here
     └── a process with the clients      ... and theirs apart

A connection is an open file on both sides, and each process may have so many and no
more. Both raise that limit as far as the operating system lets them.

What is measured is never the same twice. What can be said for sure is said of many
connections, and as a ratio.
"""

import contextlib
import importlib.resources
import importlib.util
import itertools
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, cast

import psutil

from wslib.show import Table

MESSAGES = 1_000  # on each rung
PATIENCE = 10.0  # seconds that a client waits for an answer
LITTLE = 1.0  # ... where it is known that there will be none
LEAST_FILES = 16  # open ones, of a server without a connection
FEWEST = 50  # connections; of fewer, the memory is lost in that of the rest


@dataclass(frozen=True, kw_only=True)
class Rung:
    """What was seen with so many connections.

    Attributes:
        wanted: How many connections there should be.
        open: How many there were.
        memory: What the server's process had of the machine's memory, in bytes.
        each: What one connection more had cost, in bytes; None if there are too few to
            tell.
        handshake: What an opening handshake took of the server's processor, in
            microseconds.
        message: What a message and its echo took of the server's processor, likewise.
        client: What the same took of the clients' processor.
    """

    wanted: int
    open: int
    memory: int
    each: int | None
    handshake: float
    message: float
    client: float


@dataclass(frozen=True, kw_only=True)
class Climb:
    """A ladder that was climbed, as far as it went.

    Attributes:
        rungs: What was seen on each.
        client_saw: What the first client saw that got no connection; empty if all did.
        server_said: What the server reported by then; empty if nothing.
    """

    rungs: list[Rung]
    client_saw: str = ""
    server_said: str = ""

    def table(self) -> Table:
        """Return what was seen, a row for each rung."""
        rows = [
            (
                rung.open,
                rung.memory / 2**20,
                None if rung.each is None else rung.each / 2**10,
                round(rung.handshake),
                round(rung.message),
                round(rung.client),
            )
            for rung in self.rungs
        ]
        header = [
            "connections",
            "MiB, server",
            "KiB for each",
            "µs a handshake",
            "µs a message",
            "µs, clients",
        ]
        return Table(header, rows)


def climb(
    *sizes: int,
    compression: Literal["deflate"] | None = None,
    files: int | None = None,
) -> Climb:
    """Open so many connections, and more, and more; return what each number costs.

    On each rung all connections stay open, each has said something once, and 1,000
    messages are echoed. The first connection that cannot be opened ends it.

    Args:
        sizes: How many connections, each number larger than the one before.
        compression: Whether permessage-deflate is agreed on, as browsers do.
        files: How many open files the server's process may have; None: as many as the
            operating system allows.

    Raises:
        ValueError: If the sizes do not grow, or a server cannot run with so few files.
        OSError: If the system has no such limit on open files (Windows).
        RuntimeError: If one of the processes ends before its time.
    """
    if not sizes or sizes[0] < 1 or any(b <= a for a, b in itertools.pairwise(sizes)):
        raise ValueError(f"numbers of connections that grow, from 1 on, not {sizes}")
    if files is not None and files < LEAST_FILES:
        raise ValueError(f"a server needs {LEAST_FILES} open files, not {files}")
    if files is not None and importlib.util.find_spec("resource") is None:
        raise OSError("this operating system has no limit on the files of a process")
    told = {
        "compression": compression,
        "files": files,
        "most": max(sizes),
        "patience": PATIENCE if files is None else LITTLE,
    }
    with _process("serve", told) as server, _process("visit", told) as clients:
        clients.ask({"url": server.ask({})["url"]})
        return _climbed(server, clients, sizes)


def _climbed(server: "_Process", clients: "_Process", sizes: tuple[int, ...]) -> Climb:
    """Climb from rung to rung."""
    rungs: list[Rung] = []
    seen = server.ask({})
    few, least = 0, 0  # how many there were at first, and the memory with them
    opened = 0
    for size in sizes:
        did = clients.ask({"open": size})
        after = server.ask({})
        more = did["open"] - opened
        handshake = (after["cpu"] - seen["cpu"]) / max(more, 1)
        opened = did["open"]
        spoke = clients.ask({"say": MESSAGES if opened else 0})
        seen, memory = server.ask({}), server.memory
        if not rungs:
            few, least = opened, memory
        enough = opened - few >= FEWEST
        rungs.append(
            Rung(
                wanted=size,
                open=opened,
                memory=memory,
                each=(memory - least) // (opened - few) if enough else None,
                handshake=handshake * 1e6,
                message=(seen["cpu"] - after["cpu"]) / MESSAGES * 1e6,
                client=spoke["cpu"] / MESSAGES * 1e6,
            )
        )
        if did["saw"]:
            return Climb(rungs=rungs, client_saw=did["saw"], server_said=seen["said"])
    return Climb(rungs=rungs)


class _Process:
    """A process of this file, which answers a line with a line."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @property
    def memory(self) -> int:
        """How much of the machine's memory it has, in bytes."""
        return int(psutil.Process(self._process.pid).memory_info().rss)

    def ask(self, order: dict[str, Any]) -> dict[str, Any]:
        """Give an order; return what came of it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            print(json.dumps(order), file=self._process.stdin, flush=True)
        if not (line := self._process.stdout.readline()):
            raise RuntimeError(
                f"a process of the load generator has ended: {self._process.wait(5)}"
            )
        return cast(dict[str, Any], json.loads(line))


@contextlib.contextmanager
def _process(role: str, told: dict[str, Any]) -> Iterator[_Process]:
    """Run a process until the block ends. It ends by itself when this one does."""
    file = str(importlib.resources.files("wslib.labs.scale") / "load_process.py")
    command = [sys.executable, "-P", file, role, json.dumps(told)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield _Process(process)
        finally:
            assert process.stdin is not None
            with contextlib.suppress(OSError):
                process.stdin.close()  # which ends it
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
