"""What judges a handler on a running server: a watch inside it, a client outside.

    server  ──▶  Watched.handle  ──▶  the student's handler
      ▲               │
    Visitor           └─ how each run is doing: its line, its exception, its end

:class:`Watched` stands between server and handler, so that a check can say *why* no
answer came. :class:`Visitor` is a client that also sees what it did not ask for. It
waits for so many turns, not for so many seconds: if the machine stalls for a second,
that is one turn, and there are as many left for the server.
"""

import asyncio
import contextlib
import dis
import functools
import inspect
import itertools
import linecache
import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Self
from urllib.parse import urlsplit

import websocket
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from wslib.check.sandbox import named
from wslib.notebook import where

PATIENCE = 0.75  # seconds that a visitor waits for one message
TURN = 0.01  # seconds: one turn of that wait
ENOUGH = 100  # messages that nobody asked for: who sends without an end has been seen


class Silent(Exception):
    """Nothing came."""


class Gone(Exception):
    """The server closed the connection."""


def turns() -> Iterator[float]:
    """Yield the turns of a wait, in seconds."""
    return itertools.repeat(TURN, round(PATIENCE / TURN))


@dataclass
class Run:
    """One run of the handler, for one connection."""

    thread: int
    loop: asyncio.AbstractEventLoop
    ended: threading.Event = field(default_factory=threading.Event)
    awaited: Any = None
    result: Any = None
    closed: bool = False  # whether it called `close` itself
    fault: str = ""  # the exception that it raised, and at which line


class Watched:
    """The student's handler, and how each run of it is doing."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.plain = _plain(function)
        self.runs: list[Run] = []
        self.kept = Counter[str]()  # how often a line kept the whole server waiting
        self.gave_no_awaitable = False  # a call of it came back, with nothing to await

    async def handle(self, connection: ServerConnection) -> None:
        """Be the server's handler: run the student's, and take notes."""
        run = Run(threading.get_ident(), asyncio.get_running_loop())
        # What a forgotten task raises is not to be printed below some cell.
        run.loop.set_exception_handler(lambda loop, context: None)
        self.runs.append(run)
        close = connection.close

        async def noted(*args: Any, **options: Any) -> None:
            run.closed = run.closed or not run.ended.is_set()
            await close(*args, **options)

        connection.close = noted  # type: ignore[method-assign]
        try:
            run.awaited = run.result = self.function(connection)
            if inspect.isawaitable(run.awaited):
                run.result = await run.awaited
        except (ConnectionClosed, asyncio.CancelledError):
            pass  # the client has gone, or the check is over
        except BaseException as exc:  # SystemExit, too: it would stop the server
            run.fault = named(exc) + where(exc, self.plain)
        finally:
            self.gave_no_awaitable |= not inspect.isawaitable(run.awaited)
            run.ended.set()

    @contextlib.contextmanager
    def noting_blocks(self) -> Iterator[None]:
        """Note which lines keep the whole server waiting, and how often.

        It is no matter by what: ``time.sleep`` under any name, or a long calculation.
        """
        over = threading.Event()

        def note() -> None:
            while not over.wait(TURN):
                with contextlib.suppress(RuntimeError):  # the loop is closed
                    if (line := self.blocked_at(3)) is not None:
                        self.kept[line] += 1

        thread = threading.Thread(target=note, name="wslib-watch", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    @property
    def fault(self) -> str:
        """The first exception that a run raised; empty if none did."""
        return next((run.fault for run in self.runs if run.fault), "")

    def blocked_at(self, turns: int = 8) -> str | None:
        """Return the line that keeps the whole server waiting; None if none does.

        Empty if it is not always the same line, as in a loop without a pause.
        """
        if not self.runs:
            return None
        run = self.runs[0]  # all run in one thread
        ticked, lines = threading.Event(), set()
        run.loop.call_soon_threadsafe(ticked.set)
        for _ in range(turns):
            lines.add(self._line(sys._current_frames().get(run.thread)))
            if ticked.wait(TURN):
                return None
        if "" in lines:
            return None  # it is not the student's code that takes the time
        return lines.pop() if len(lines) == 1 else ""

    def waits_at(self, number: int) -> str:
        """Return the line at which a run waits; empty if that cannot be told."""
        if number >= len(self.runs) or self.runs[number].ended.is_set():
            return ""
        inner, line = self.runs[number].awaited, ""
        while (frame := getattr(inner, "cr_frame", None)) is not None:
            line = self._line(frame) or line
            inner = inner.cr_await
        return line

    def catches(self) -> bool:
        """Tell whether there is an ``except`` in it."""
        code = getattr(self.plain, "__code__", None)
        return code is not None and any(
            each.opname == "CHECK_EXC_MATCH" for each in dis.get_instructions(code)
        )

    def _line(self, frame: FrameType | None) -> str:
        """Return the student's line in which a frame is, or which called it.

        Empty if it has given way to the server, or to the loop.
        """
        code = getattr(self.plain, "__code__", None)
        while frame is not None and code is not None:
            module = str(frame.f_globals.get("__name__"))
            if module.partition(".")[0] in ("asyncio", "selectors", "websockets"):
                return ""
            if frame.f_code.co_filename == code.co_filename:
                line = linecache.getline(code.co_filename, frame.f_lineno)
                return line.partition("  #")[0].strip()
            frame = frame.f_back
        return ""


def _plain(function: Any) -> Any:
    """Return the function that runs when this is called."""
    while isinstance(function, functools.partial):
        function = function.func
    return function if hasattr(function, "__code__") else type(function).__call__


class _Patient(socket.socket):
    """A socket that waits in turns."""

    def recv(self, *args: Any) -> bytes:
        """Receive what comes within the turns that there are."""
        for _ in turns():
            with contextlib.suppress(TimeoutError):
                return super().recv(*args)
        raise TimeoutError


class Visitor:
    """A client that reads what comes, and sees what was not asked for.

    Args:
        url: The server's address.
        number: How many clients have come before.
    """

    def __init__(self, url: str, number: int = 0) -> None:
        self.number = number
        sock = _Patient()
        sock.connect((urlsplit(url).hostname, urlsplit(url).port))
        sock.settimeout(TURN)
        try:
            self._socket = websocket.create_connection(url, socket=sock)
        except BaseException:
            sock.close()
            raise

    def __enter__(self) -> Self:
        """Be connected already."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Drop the line, whether a goodbye was said or not."""
        self._socket.shutdown()  # type: ignore[no-untyped-call]

    def say(self, text: str) -> None:
        """Send a message; whether the server is still there, `read` will tell."""
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._socket.send(text)

    def read(self) -> str | bytes:
        """Return the next message.

        Raises:
            Silent: If none comes.
            Gone: If the server closed the connection instead.
        """
        while (message := self._next()) is None:
            pass  # a pong that nobody waits for any more
        return message

    def unasked(self) -> list[str | bytes]:
        """Return what came without a question: what is there before a pong is."""
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._socket.ping()
        found: list[str | bytes] = []
        while len(found) < ENOUGH and (message := self._next()) is not None:
            found.append(message)
        return found

    def leave(self) -> list[str | bytes]:
        """Say goodbye; return what was still said before the server's own goodbye."""
        with contextlib.suppress(OSError, websocket.WebSocketException):
            self._socket.send_close()
        found: list[str | bytes] = []
        with contextlib.suppress(Gone, Silent):
            while len(found) < ENOUGH:
                found.append(self.read())
        return found

    def _next(self) -> str | bytes | None:
        """Return what comes next: a message, or None for a pong."""
        while True:
            try:
                opcode, payload = self._socket.recv_data(control_frame=True)
            except websocket.WebSocketTimeoutException:
                raise Silent from None
            except (OSError, websocket.WebSocketException):
                raise Gone from None
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                raise Gone
            if opcode == websocket.ABNF.OPCODE_PONG:
                return None
            if opcode == websocket.ABNF.OPCODE_TEXT:
                return bytes(payload).decode()
            if opcode == websocket.ABNF.OPCODE_BINARY:
                return bytes(payload)
