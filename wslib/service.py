"""A service on loopback, in one thread of its own: start, port, stop.

A notebook's kernel runs an event loop already, and a cell that waits blocks it. So a
server for a notebook lives in a second thread with a second loop: it answers while a
cell runs, and goes on when the cell has ended.

    cell (main thread)            thread "wslib-..."
    service.start()  ─────────▶   runs a loop: listen on 127.0.0.1
                     ◀─────────   the port, or the reason why not
    service.call(f)  ─────────▶   f(), between two steps of the handlers
                     ◀─────────   its result
    service.stop()   ─────────▶   close what is open and end the thread

The rules that keep a notebook clean:

*   A cell that is run again stops what its last run started, so that nothing is left
    listening. So does a new start on the same port, unless the old service is inside
    a ``with`` block, which says for itself when it ends.
*   Nothing here prints. A line printed by a thread lands in whichever cell happens to
    be running.
*   All of it may be called from a cell, another thread or a handler. A handler runs in
    the service's own thread: what waited there for the service would wait for itself.
    So nothing does. It is done at once, or it is begun, or it is refused.
"""

import asyncio
import contextlib
import ctypes
import errno
import inspect
import ipaddress
import os
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from concurrent.futures import Future, wait
from contextlib import AbstractAsyncContextManager
from typing import Any, ClassVar, Protocol, Self, TypeVar

from wslib.endpoint import stop_accepting
from wslib.errors import PortInUse
from wslib.notebook import current_cell, shorten_errors

__all__ = ["GRACE", "Listening", "Service", "closing_server", "raise_in", "stop_all"]

GRACE = 0.5  # seconds that a stop waits for peers to say goodbye
_PATIENCE = 3.0  # seconds that a call waits for its turn in a busy thread
_LOOK = 0.1  # seconds until it looks again whether that thread is still there
_NOT_RUNNING = "not running: call start() first"

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
    # One kind of loop on every system: Windows' own would end with a FIN what is to be
    # reset.
    loop_factory: ClassVar[Callable[[], asyncio.AbstractEventLoop]] = (
        asyncio.SelectorEventLoop
    )
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
        self._thread: _Thread | None = None
        self._changing = threading.Lock()  # held by whoever starts it or stops it
        self._scoped = False
        self._cell: tuple[str, str] | None = None

    def listen(self) -> AbstractAsyncContextManager[Iterable["Listening"]]:
        """Open the listening sockets, and close everything on leaving."""
        raise NotImplementedError

    @property
    def running(self) -> bool:
        """Whether the service listens now, or its thread has not ended yet."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def in_own_thread(self) -> bool:
        """Whether who asks runs in the service's thread, as every handler does."""
        return threading.current_thread() is self._thread

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
            RuntimeError: If its last run has been stopped and cannot end: a handler
                holds the thread, or is the one that calls this.
        """
        if self._thread is not None and self._thread.goes_on:
            return self
        if self.in_own_thread:
            raise RuntimeError("this service is stopping: start it from outside of it")
        self._replace_earlier()
        _reach_loopback_directly()
        with self._changing:
            self._begin()
        return self

    def stop(self) -> None:
        """Close every connection and the port; return when the thread has ended.

        Peers have half a second to say goodbye. Code that goes on after that is made
        to raise. Only a single long call, such as ``time.sleep``, or a loop that
        catches every exception can hold out: then this returns all the same, after
        three seconds at most, and ``running`` stays True for as long as it is so.

        A handler may stop its own service. Then this returns at once, and the rest
        happens as soon as the handler awaits something, or ends.
        """
        if self._thread is not None and self.in_own_thread:
            self._thread.end_from_inside()
            return
        with self._changing:
            if self._thread is not None:
                self._thread.end()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        self._scoped = True
        return self

    def __exit__(self, *exc: object) -> None:
        """Stop."""
        self._scoped = False
        self.stop()

    def __repr__(self) -> str:
        """Say what it is and whether it runs; never the port, which changes."""
        return f"<{type(self).__name__} {'running' if self.running else 'stopped'}>"

    # A call that comes too late is taken back. Whoever was told that it failed may try
    # again, and would do twice what was meant once. The Future has the lock that this
    # needs: it can be cancelled until its turn has begun and not any more from then on.
    # So one of two things happens, and the caller learns which: nothing was done and
    # nothing will be, or it is being done.

    def call(self, function: Callable[..., _T], *args: Any) -> _T:
        """Run a plain function in the service's thread and return its result.

        In that thread, in a handler, it runs at once. From elsewhere it waits for its
        turn, which comes when no handler is between two of its ``await``.

        Raises:
            RuntimeError: If the service is not running.
            TimeoutError: If its turn has not come after three seconds, since a handler
                holds the thread: it was not run and will not be. Or if it did begin,
                and has not ended three seconds later.
            TypeError: If the function is ``async``.
        """
        if self.in_own_thread:
            return _result(function, args)
        turn: Future[_T] = Future()
        thread = self._submit(turn, function, args)
        end = time.monotonic() + _PATIENCE
        try:
            while thread.is_alive() and (left := end - time.monotonic()) > 0:
                if wait([turn], min(left, _LOOK)).done:
                    break
        finally:  # who is interrupted here has given up, too
            given_up = turn.cancel()
        if given_up and not thread.is_alive():
            raise RuntimeError(_NOT_RUNNING)
        if given_up:
            raise TimeoutError(
                f"{type(self).__name__} is busy, so nothing was done: a handler has "
                f"held its thread for {_PATIENCE:g} seconds, with time.sleep, a "
                f"computation or the like; let it await asyncio.sleep(...) or "
                f"asyncio.to_thread(...)"
            )
        wait([turn], _PATIENCE)
        if not turn.done():
            raise TimeoutError(
                f"{_name(function)} has begun and does not end: until it does, this "
                f"{type(self).__name__} answers nobody"
            )
        return turn.result()

    def refuse_to_wait(self, method: str) -> None:
        """Keep a handler from waiting, in this thread, for what happens in it.

        Args:
            method: What would wait, such as ``"log.wait_for"``.

        Raises:
            RuntimeError: If this is the service's own thread.
        """
        if self.in_own_thread:
            raise RuntimeError(
                f"{method} in a handler holds up the thread in which everything here "
                f"happens: await asyncio.to_thread(server.{method}, ...) instead"
            )

    def _begin(self) -> None:
        """Start a thread that listens, unless another caller has done so by now."""
        if self._thread is not None:
            if self._thread.goes_on:
                return
            self._thread.end()  # its handler has stopped it a moment ago, perhaps
            if self._thread.is_alive():
                raise RuntimeError(
                    "the last run cannot end: a handler holds the thread"
                )
        thread = self._thread = _Thread(self)
        thread.start()
        thread.started.wait()
        if thread.failure is not None:
            thread.join()
            self._thread = None
            raise self._explain(thread.failure)
        self._wanted_port = self.port  # started again, it is found where it was

    def _submit(
        self, turn: "Future[_T]", function: Callable[..., _T], args: tuple[Any, ...]
    ) -> threading.Thread:
        """Let a function stand in line for its turn in the thread; return that."""
        thread, loop = self._thread, self._loop
        if self.running and thread is not None and loop is not None:
            with contextlib.suppress(RuntimeError):  # it has just been closed
                loop.call_soon_threadsafe(_take, turn, function, args)
                return thread
        raise RuntimeError(_NOT_RUNNING)

    @property
    def _loop(self) -> asyncio.AbstractEventLoop | None:
        """The loop in which everything here happens."""
        return self._thread.loop if self._thread is not None else None

    def _replace_earlier(self) -> None:
        """Stop what an earlier run of this cell started, and our own on this port."""
        shorten_errors()
        self._cell = current_cell()
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
            # A handler's own service cannot end while the handler waits for that.
            if (rerun or same_port) and not service.in_own_thread:
                service.stop()

    def _explain(self, exc: BaseException) -> BaseException:
        """Name the port, where the port is the trouble."""
        if not isinstance(exc, OSError) or exc.errno != errno.EADDRINUSE:
            return exc
        who = "another program"
        for service in Service._running:
            if service._port == self._wanted_port:
                who = "a server of yours, " + service._why_it_stays()
        return PortInUse(
            errno.EADDRINUSE,
            f"port {self._wanted_port} on {self.host} is in use by {who}; stop that, "
            f"or choose another port (port=0 finds a free one)",
        )

    def _why_it_stays(self) -> str:
        """Say why a start on the same port has not replaced this service."""
        if self.in_own_thread:
            return "whose handler this is"
        return "in a `with` block" if self._scoped else "which cannot be stopped"


def stop_all() -> int:
    """Stop every service of this process; return how many were not stopped before."""
    services = list(Service._running)
    threads = [s._thread for s in services if s._thread is not None]
    count = sum(thread.goes_on for thread in threads)
    for thread in threads:  # all are asked first, so that they end side by side
        if thread is not threading.current_thread():
            thread.ask()
    for service in services:
        service.stop()
    return count


# How a service ends
#
# Python ends no thread from outside, and what runs in this one is a student's: it may
# wait for ever, catch what cancels it, or spin. Yet whoever stops it must not wait for
# ever, and the port must be free again. So the end comes in three steps, each ruder
# than the one before and each with its time; together they take three seconds at most.
#
# 1.  It is asked. ``_stopping`` wakes ``_main``, which leaves ``listen``: the port is
#     closed, peers are told goodbye. Then the Runner cancels every task. Nearly all
#     end here.
# 2.  The loop turns and does not end: the Runner waits for a task that has caught its
#     cancellation and goes on. A SystemExit raised in a callback leaves any loop. It
#     may take two: after the first, the Runner cancels all tasks and waits once more.
# 3.  The loop does not turn: a handler has not let go of the thread. Then SystemExit is
#     raised in the midst of the handler, between two steps of its Python. A call into
#     C, such as time.sleep, sees it only on returning; that alone can hold out.
#
# Which of 2 and 3 it is must be found out anew each time: a loop that has been freed
# from a handler that spins may wait for another one that will not be cancelled.
#
# A handler that stops its own service is in its own way: the thread cannot end while
# the handler waits for that. So it does not wait. ``_stopping`` is set, the handler
# goes on, and a thread made for this goes through the three steps in its place.
#
# However the thread ends, even if nobody has asked for it (``sys.exit()`` in a handler
# leaves the loop, too), its last act is to strike the service off the running ones.


class _Thread(threading.Thread):
    """The thread of a service, from one start to the end that follows it.

    Attributes:
        started: Set when clients can connect, or when it is clear that they never can.
        failure: Why they cannot.
        loop: The loop that it runs, once there is one.
    """

    def __init__(self, service: Service) -> None:
        super().__init__(name=f"wslib-{type(service).__name__}", daemon=True)
        self._service = service
        self._stopping = asyncio.Event()
        self._ending = False
        self.started = threading.Event()
        self.failure: BaseException | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    @property
    def goes_on(self) -> bool:
        """Whether it listens, and nobody has asked it to end."""
        return self.is_alive() and self.started.is_set() and not self._ending

    def run(self) -> None:
        """Be the thread."""
        try:
            factory = type(self._service).loop_factory
            with asyncio.Runner(loop_factory=factory) as runner:
                runner.run(self._main())
        except BaseException as exc:  # SystemExit too, see above
            if not self.started.is_set():
                self.failure = exc
        finally:
            self._ending = True
            with contextlib.suppress(ValueError):  # it never came so far
                Service._running.remove(self._service)
            self.started.set()

    async def _main(self) -> None:
        """Listen until asked to end."""
        self.loop = asyncio.get_running_loop()
        async with self._service.listen() as sockets:
            self._service._port = next(iter(sockets)).getsockname()[1]
            Service._running.append(self._service)
            self.started.set()
            await self._stopping.wait()
            ours: Any = [each for each in sockets if hasattr(each, "fileno")]
            await stop_accepting(ours)  # what a process accepts is not our business

    def end_from_inside(self) -> None:
        """Begin to end; for a handler, which runs in this very thread."""
        if not self._ending:
            self._ending = True
            self._stopping.set()
            threading.Thread(target=self.end, name="wslib-stop", daemon=True).start()

    def ask(self) -> None:
        """Ask the thread to end."""
        self._ending = True
        if self.loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: it ends
                self.loop.call_soon_threadsafe(self._stopping.set)

    def end(self) -> None:
        """Ask the thread to end, then insist; return when it has, or will not."""
        self.ask()
        loop = self.loop
        if loop is None or not self.is_alive():
            return
        try:
            self.join(2 * GRACE)
            # What dies as rudely as from here on has nothing to report.
            loop.set_exception_handler(lambda loop, context: None)
            for _ in range(4):
                turning = threading.Event()
                loop.call_soon_threadsafe(turning.set)
                if turning.wait(GRACE / 2):
                    loop.call_soon_threadsafe(_leave)
                    self.join(GRACE / 2)
                else:
                    raise_in(self, SystemExit, GRACE / 2)
        except RuntimeError:  # the loop is closed: there is next to nothing left to do
            self.join(GRACE)


def _leave() -> None:
    """End the loop that calls this."""
    raise SystemExit


def raise_in(
    thread: threading.Thread, exception: type[BaseException], patience: float
) -> None:
    """Make another thread raise at its next step in Python, and wait for its end.

    The next step may be in a ``__del__`` or a callback of the garbage collector, which
    let nothing out: there it is lost. Python would print that; ask again instead.

    Args:
        thread: The thread.
        exception: What it is to raise.
        patience: How long to wait, in seconds.
    """
    if not thread.is_alive():  # its number may be another one's by now
        return
    told, lost = sys.unraisablehook, list["sys.UnraisableHookArgs"]()
    sys.unraisablehook = hook = lost.append  # of C: nothing can be raised in its midst
    try:
        ident = ctypes.c_ulong(thread.ident or 0)
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(exception))
        thread.join(patience)
    finally:
        if sys.unraisablehook is hook:  # and not that of another thread, set since
            sys.unraisablehook = told
        for what in lost:
            if what.exc_type is not exception:
                told(what)


def _take(
    turn: "Future[_T]", function: Callable[..., _T], args: tuple[Any, ...]
) -> None:
    """Run a function for the caller that waits, if it still does."""
    if not turn.set_running_or_notify_cancel():
        return
    try:
        turn.set_result(_result(function, args))
    except BaseException as exc:  # whatever it is, it is the caller's, not the loop's
        turn.set_exception(exc)


def _result(function: Callable[..., _T], args: tuple[Any, ...]) -> _T:
    """Call a plain function; refuse a coroutine, since nobody would await it."""
    result = function(*args)
    if inspect.iscoroutine(result):
        result.close()
        raise TypeError(
            f"{_name(function)} is async, and call() awaits nothing; call a plain "
            f"function that starts it with asyncio.create_task(...)"
        )
    return result


def _name(function: Callable[..., object]) -> str:
    """Return what a function is called."""
    return str(getattr(function, "__qualname__", function))


class Listening(Protocol):
    """What a service listens with: a socket, or what stands for that of a process."""

    def getsockname(self) -> Any:
        """Return its address, the port in second place."""


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
