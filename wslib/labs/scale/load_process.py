"""The two processes of the load generator: each does what a line tells it to.

    python load_process.py serve '{"compression": null, "files": null, "most": 9}'
    {}                  ▶
                        ◀  {"url": ..., "pid": ..., "cpu": ..., "said": ...}

    python load_process.py visit '{"compression": null, "most": 9, "patience": 1}'
    {"url": ...}        ▶
                        ◀  {"open": 0, "saw": "", "cpu": ...}
    {"open": 100}       ▶
                        ◀  {"open": 100, "saw": "", "cpu": ...}
    {"say": 2000}       ▶
                        ◀  {"open": 100, "saw": "", "cpu": ...}

A process ends when there is no more to read, so it does not outlive who started it.
"""

import asyncio
import contextlib
import errno
import json
import logging
import os
import signal
import sys
import time
import zlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlsplit

from wslib.frames import Frame, FrameReader, Opcode
from wslib.raw_client import RawClient
from wslib.server import EchoServer
from wslib.service import Service

MESSAGE = b"The score is 2 : 1"
TOGETHER = 100  # messages on their way at a time
SPARE = 64  # open files for all that is no connection
OFFER = ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits")
_KEY = bytes(4)


def serve(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Be the server: with each turn, tell what it takes by now."""
    said = _Last()
    logging.getLogger("asyncio").addHandler(said)
    allow_files(told["most"] + SPARE)
    with Server(compression=told["compression"]) as server:
        if told["files"] is not None:
            limit_files(told["files"])
        for _ in orders():
            yield {
                "url": server.url,
                "pid": os.getpid(),
                "cpu": time.process_time(),
                "said": said.line,
            }


def visit(told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Be the clients: with each turn, open connections or say something on them."""
    allow_files(told["most"] + SPARE)
    compressed, patience = bool(told["compression"]), told["patience"]
    with Visitors(compressed=compressed, patience=patience) as visitors:
        for order in orders():
            began, saw = time.process_time(), ""
            if "url" in order:
                visitors.at(order["url"])
            elif "open" in order:
                saw = visitors.grow(order["open"])
            else:
                visitors.say(order["say"])
            took = time.process_time() - began
            yield {"open": len(visitors), "saw": saw, "cpu": took}


class Server(EchoServer):
    """An echo server on the system's own loop: ours takes 512 sockets on Windows."""

    loop_factory = asyncio.new_event_loop


class Visitors:
    """Clients that stay, and speak when they are told to. A context manager.

    Args:
        compressed: Whether they offer permessage-deflate, as browsers do.
        patience: How long they wait for an answer, in seconds.
    """

    def __init__(self, *, compressed: bool, patience: float) -> None:
        payload, fields = MESSAGE, list[tuple[str, str]]()
        if compressed:
            # Nothing in it points back, so it fits in any window, at any time.
            deflater = zlib.compressobj(wbits=-9)
            payload = deflater.compress(MESSAGE) + deflater.flush(zlib.Z_SYNC_FLUSH)
            payload = payload.removesuffix(b"\x00\x00\xff\xff")
            fields.append(OFFER)
        self._message = Frame(
            opcode=Opcode.TEXT, payload=payload, rsv1=compressed, masking_key=_KEY
        ).serialize()
        self._fields, self._patience = fields, patience
        self._stack = contextlib.ExitStack()
        self._clients: list[tuple[RawClient, FrameReader]] = []

    def at(self, url: str) -> None:
        """Say whom they visit.

        Args:
            url: Its address.
        """
        where = urlsplit(url)
        # All that a client asks of a server that runs in another process.
        self._server = cast(
            Service, SimpleNamespace(host=where.hostname, port=where.port)
        )

    def grow(self, size: int) -> str:
        """Come until they are so many; return what the first saw that was not let in.

        Args:
            size: How many.
        """
        before = len(self)
        saw = self._come(size)
        for first in range(before, len(self), TOGETHER):
            self._converse(self._clients[first : first + TOGETHER])
        return saw

    def _come(self, size: int) -> str:
        """Open connections until they are so many, or one is not let in."""
        while len(self) < size:
            try:
                client = RawClient(
                    self._server, headers=self._fields, timeout=self._patience
                )
            except TimeoutError:
                return f"no answer for {self._patience:g} s"
            except OSError as exc:
                what = exc.strerror or str(exc)
                if exc.errno == errno.EMFILE:  # of this process, not of the server
                    what += f": the clients' process is allowed {len(self)} connections"
                return what
            self._stack.enter_context(client)
            reader = FrameReader(masked=False, allow_rsv1=True)
            self._clients.append((client, reader))
        return ""

    def say(self, count: int) -> None:
        """Say something, so many times in all, and hear it back.

        Args:
            count: How many times.
        """
        for first in range(0, count, TOGETHER):
            left = min(TOGETHER, count - first)
            while left:
                some = [self._clients[(first + i) % len(self)] for i in range(left)]
                some = some[: len(self)]  # each of them once
                self._converse(some)
                left -= len(some)

    def _converse(self, clients: list[tuple[RawClient, FrameReader]]) -> None:
        """Have each of some say something, and wait until each has its answer."""
        for client, _ in clients:
            client.send(self._message)
        for client, reader in clients:
            while not list(reader.feed(data := client.socket.recv(2**12))):
                if not data:
                    raise ConnectionError("the server has hung up")

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._clients)

    def __enter__(self) -> "Visitors":
        """Return them."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Go, all of them."""
        self._stack.close()


class _Last(logging.Handler):
    """Keeps the last line that was reported."""

    line = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line: what happened, and why."""
        exc = record.exc_info[1] if record.exc_info else None
        self.line = record.getMessage().partition("\n")[0]
        if exc is not None:
            self.line += f": {exc}"


def orders() -> Iterator[dict[str, Any]]:
    """Yield what is ordered, until there will be no more."""
    for line in sys.stdin:
        yield json.loads(line)


def allow_files(count: int) -> None:
    """Allow this process so many open files, as far as it may; it has a limit of two.

    The soft limit holds; the hard one says how far it may be raised.

    Args:
        count: How many.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows; macOS
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < count:
            most = count if hard == resource.RLIM_INFINITY else min(count, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def limit_files(count: int) -> None:
    """Allow this process no more than so many open files.

    Args:
        count: How many.
    """
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started us says when to end
    role = {"serve": serve, "visit": visit}[sys.argv[1]]
    for answer in role(json.loads(sys.argv[2])):
        print(json.dumps(answer), flush=True)
