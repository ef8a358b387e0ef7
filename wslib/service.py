"""A service on loopback, in one thread of its own: start, port, stop.

A notebook's kernel runs an event loop already, and a cell that waits blocks it. So a
server for a notebook lives in a second thread with a second loop: it answers while a
cell runs, and goes on when the cell has ended.

    cell (main thread)            thread "wslib-..."
    service.start()  ─────────▶   asyncio.run(...): listen on 127.0.0.1
                     ◀─────────   the port, or the reason why not
    service.stop()   ─────────▶   close what is open and end the thread

The two rules that keep a notebook clean:

*   A cell that is run again stops what its last run started, so that nothing is left
    listening. So does a new start on the same port, unless the old service is inside
    a ``with`` block, which says for itself when it ends.
*   Nothing here prints. A line printed by a thread lands in whichever cell happens to
    be running.
"""

import asyncio
import contextlib
import ctypes
import errno
import ipaddress
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, Protocol, Self, TypeVar

from wslib.errors import PortInUse

__all__ = ["GRACE", "Service", "closing_server", "raise_in", "stop_all"]

GRACE = 0.5  # seconds that a stop waits for peers to say goodbye

_T = TypeVar("_T")


class Service:
    """Something that listens on loopback from a thread. Subclasses say what it does.

    Usable as a context manager. ``start()`` and ``stop()`` may be called twice.

    Args:
        host: An address of this machine only: ``127.0.0.1``, ``::1`` or ``localhost``.
        port: Where to listen; 0 lets the operating system choose a free port.

    Raises:
        ValueError: If other machines could reach the host, or the port is no port.
    """

    scheme = "http"
    _running: ClassVar[list["Service"]] = []  # in this process, oldest first

    def __init__(self, *, host: str = "127.0.0.1", port: int = 0) -> None:
        if not _is_loopback(host):
            raise ValueError(
                f"{host!r} can be reached by other machines; listen on 127.0.0.1"
            )
        if not 0 <= port <= 65535:
            raise ValueError(f"a port is between 0 and 65535, not {port}")
        self.host = host
        self._wanted_port = port
        self._port: int | None = None
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._scoped = False
        self._cell: tuple[str, str] | None = None

    def listen(self) -> AbstractAsyncContextManager[Iterable[socket.socket]]:
        """Open the listening sockets, and close everything on leaving."""
        raise NotImplementedError

    @property
    def running(self) -> bool:
        """Whether the service listens now."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def port(self) -> int:
        """The port it listens on; after a stop, the port it had.

        Raises:
            RuntimeError: If it was never started.
        """
        if self._port is None:
            raise RuntimeError("no port yet: call start() first")
        return self._port

    @property
    def url(self) -> str:
        """The address to connect to, such as ``ws://127.0.0.1:1234``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    def start(self) -> Self:
        """Listen, and return when clients can connect.

        Raises:
            PortInUse: If another program has the port.
            OSError: If the operating system refuses for another reason.
        """
        if self.running:
            return self
        self._replace_earlier()
        _reach_loopback_directly()
        started, failure = threading.Event(), list[BaseException]()
        self._thread = threading.Thread(
            target=self._run,
            args=(started, failure),
            name=f"wslib-{type(self).__name__}",
            daemon=True,
        )
        self._thread.start()
        started.wait()
        if failure:
            self._thread.join()
            self._thread = None
            raise self._explain(failure[0])
        self._wanted_port = self.port  # started again, it is found where it was
        Service._running.append(self)
        return self

    def stop(self) -> None:
        """Close every connection and the port; return when the thread has ended.

        Peers have half a second to say goodbye. Code that goes on after that is made
        to raise. Only a single long call, such as ``time.sleep``, or a loop that
        catches every exception can hold out: then this returns all the same, after
        three seconds at most, and ``running`` stays True for as long as it is so.
        """
        thread = self._thread
        if thread is not None and thread.is_alive():
            self._end(thread)
            if thread.is_alive():
                return
        self._thread = None
        if self in Service._running:
            Service._running.remove(self)

    def __enter__(self) -> Self:
        """Start."""
        self._scoped = True
        return self.start()

    def __exit__(self, *exc: object) -> None:
        """Stop."""
        self._scoped = False
        self.stop()

    def __repr__(self) -> str:
        """Say what it is and whether it runs; never the port, which changes."""
        return f"<{type(self).__name__} {'running' if self.running else 'stopped'}>"

    def call(self, function: Callable[..., _T], *args: Any) -> _T:
        """Run a plain function in the service's thread and return its result.

        Raises:
            RuntimeError: If the service is not running.
        """
        if not self.running or self._loop is None:
            raise RuntimeError("not running: call start() first")

        async def run() -> _T:
            return function(*args)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout=5)

    def _run(self, started: threading.Event, failure: list[BaseException]) -> None:
        """Be the thread."""
        try:
            asyncio.run(self._main(started))
        except (Exception, SystemExit) as exc:  # the latter by _end
            failure.append(exc)
        finally:
            started.set()

    async def _main(self, started: threading.Event) -> None:
        """Listen until ``stop`` is called."""
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        async with self.listen() as sockets:
            self._port = next(iter(sockets)).getsockname()[1]
            started.set()
            await self._stopping.wait()
            # Whoever is being accepted right now is let in before the door closes:
            # asyncio would lose hold of that connection and leave it open.
            await asyncio.sleep(0)

    def _end(self, thread: threading.Thread) -> None:
        """Ask the thread to end, then insist."""
        assert self._loop is not None and self._stopping is not None
        # RuntimeError: the loop has ended by now, or it is this very thread that stops.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stopping.set)
            thread.join(2 * GRACE)
            # What dies as rudely as from here on has nothing to report.
            self._loop.set_exception_handler(lambda loop, context: None)
            for _ in range(4):
                turning = threading.Event()
                self._loop.call_soon_threadsafe(turning.set)
                if turning.wait(GRACE / 2):  # it waits for a task that does not end
                    self._loop.call_soon_threadsafe(_leave)
                else:  # a handler has not let go of the thread
                    raise_in(thread, SystemExit)
                thread.join(GRACE / 2)

    def _replace_earlier(self) -> None:
        """Stop what an earlier run of this cell started, and our own on this port."""
        self._cell = _current_cell()
        for service in list(Service._running):
            rerun = (
                self._cell is not None
                and service._cell is not None
                and service._cell[0] == self._cell[0]
                and service._cell[1] != self._cell[1]
            )
            same_port = (
                self._wanted_port != 0
                and service._port == self._wanted_port
                and not service._scoped
            )
            if rerun or same_port:
                service.stop()

    def _explain(self, exc: BaseException) -> BaseException:
        """Name the port, where the port is the trouble."""
        if not isinstance(exc, OSError) or exc.errno != errno.EADDRINUSE:
            return exc
        ours = any(service._port == self._wanted_port for service in Service._running)
        who = "a server of yours, in a `with` block" if ours else "another program"
        return PortInUse(
            errno.EADDRINUSE,
            f"port {self._wanted_port} on {self.host} is in use by {who}; stop that, "
            f"or choose another port (port=0 finds a free one)",
        )


def stop_all() -> int:
    """Stop every service of this process that still runs; return how many."""
    services = list(Service._running)
    for service in services:
        service.stop()
    return len(services)


def _leave() -> None:
    """End the loop that calls this."""
    raise SystemExit


def raise_in(thread: threading.Thread, exception: type[BaseException]) -> None:
    """Make another thread raise at its next step in Python, wherever that is."""
    ident = ctypes.c_ulong(thread.ident or 0)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(exception))


class _Server(Protocol):
    """What the servers of asyncio and of the websockets library have in common."""

    @property
    def sockets(self) -> Iterable[socket.socket]: ...
    def close(self) -> None: ...
    async def wait_closed(self) -> None: ...


@contextlib.asynccontextmanager
async def closing_server(server: _Server) -> AsyncIterator[Iterable[socket.socket]]:
    """Yield the sockets of a server; close it on leaving, in half a second at most."""
    try:
        yield server.sockets
    finally:
        server.close()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), GRACE)


def _is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach the host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _reach_loopback_directly() -> None:
    """Keep this process's clients from taking a proxy to 127.0.0.1.

    With ``http_proxy`` set and no ``no_proxy``, websocket-client, websockets and
    urllib all ask the proxy for 127.0.0.1, which is then the proxy's own machine.
    Whoever starts a service here wants to reach it, so starting one says so, for this
    process alone, in the variable that all three read. Names that are in it stay.
    """
    lower = os.environ.get("no_proxy", os.environ.get("NO_PROXY", ""))
    upper = os.environ.get("NO_PROXY", lower)
    for variable, value in (("no_proxy", lower), ("NO_PROXY", upper)):
        names = [name.strip() for name in value.split(",") if name.strip()]
        missing = [n for n in ("127.0.0.1", "localhost", "::1") if n not in names]
        if "*" not in names:
            os.environ[variable] = ",".join([*names, *missing])


def _current_cell() -> tuple[str, str] | None:
    """Return the notebook cell that runs and this run of it; None outside a notebook.

    JupyterLab tells the kernel the cell's id; a runner that does not is taken at the
    cell's text.
    """
    ipython = sys.modules.get("IPython")
    shell: Any = ipython.get_ipython() if ipython else None
    parent = shell.get_parent() if hasattr(shell, "get_parent") else None
    if not parent:
        return None
    cell = parent.get("metadata", {}).get("cellId") or parent["content"].get("code", "")
    return str(cell), str(parent["header"]["msg_id"])
