"""Run a student's code: whatever it does, it comes to an end and to an outcome.

:func:`attempt` runs a call in a thread of its own, for a limited time, and catches what
it raises, ``SystemExit`` too. A thread cannot be killed, but it can be made to raise at
its next step in Python.

One thing that leaves untouched: a single long call into C, as ``sum(range(10**11))``.
There is no next step, no other thread gets a turn, and not even Ctrl-C is heard. So
before it runs anything, :func:`has_no_end` tries the calls in a process of its own,
which the operating system ends when it has used up its processor time; and a list that
grows and grows is ended by us, on Linux, before it has used up the memory. Where there
is no ``fork`` (Windows), it tells nothing.
"""

import asyncio
import contextlib
import inspect
import io
import os
import select
import signal
import sys
import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from wslib.service import raise_in

LIMIT = 2.0  # seconds that a student's function may take
PROCESSOR = 2.0  # seconds of processor time that all calls of it may use
LOOKS = 4  # how often it is looked at on a machine that stalls and stalls
STALL = 0.1  # seconds without a turn that are one
MEMORY = 256 * 2**20  # bytes that it may take, where the system can see to it

_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a call: a value, an exception, or no end."""

    value: Any = None
    error: BaseException | None = None
    timed_out: bool = False
    arguments: tuple[Any, ...] = ()  # as they are after the call, where that is noted
    log: Sequence[Any] = ()  # in how far it came, where that is noted


class _OutOfTime(BaseException):
    """Ends a function that does not end by itself."""


def attempt(
    function: Callable[..., Any],
    *arguments: Any,
    limit: float | None = None,
    owner: Any = None,
) -> Outcome:
    """Call a function, awaiting its result if it is ``async``; never raises.

    Args:
        function: The student's.
        arguments: Passed to it.
        limit: How long it may take, in seconds; None is LIMIT.
        owner: What of it is the student's, if not all of it.
    """
    limit = LIMIT if limit is None else limit
    code = getattr(function if owner is None else owner, "__code__", None)
    outcome: list[Outcome] = []

    async def ended(awaitable: Any) -> Outcome:
        try:
            return Outcome(value=await awaitable)
        except (SystemExit, KeyboardInterrupt) as exc:  # these would end the loop
            return Outcome(error=exc)

    async def finish(awaitable: Any) -> Outcome:
        return await asyncio.wait_for(ended(awaitable), limit)

    def call() -> None:
        try:
            value = function(*arguments)
            if inspect.isawaitable(value):
                outcome.append(asyncio.run(finish(value)))
            else:
                outcome.append(Outcome(value=value))
        except (TimeoutError, _OutOfTime) as exc:
            late = isinstance(exc, _OutOfTime) or not _raised_inside(exc, code)
            outcome.append(Outcome(error=exc, timed_out=late))
        except BaseException as exc:  # SystemExit and KeyboardInterrupt too
            outcome.append(Outcome(error=exc))

    def call_and_end() -> None:
        with contextlib.suppress(_OutOfTime):  # one that comes late
            call()

    thread = threading.Thread(target=call_and_end, name="wslib-attempt", daemon=True)
    thread.start()
    thread.join(limit + 0.1)
    late = thread.is_alive()
    for _ in range(5):  # a function may catch what is to end it, and go on
        raise_in(thread, _OutOfTime, 0.1)
    if late:
        return Outcome(timed_out=True)
    return outcome[0]


def quiet() -> contextlib.AbstractContextManager[io.StringIO]:
    """Let nothing be printed meanwhile: what is called again has printed it before."""
    return contextlib.redirect_stdout(io.StringIO())


def come_of(function: Callable[..., Any], *arguments: Any) -> Outcome:
    """Call a function here and now: for what runs in a thread of its own already."""

    async def finish(awaitable: Any) -> Any:
        return await awaitable

    try:
        value = function(*arguments)
        waits = inspect.isawaitable(value)
        return Outcome(value=asyncio.run(finish(value)) if waits else value)
    except Exception as exc:
        return Outcome(error=exc)


def calmly(look: Callable[[], _T], settled: Callable[[_T], bool] | None = None) -> _T:
    """Return what a look finds; look again if the machine stalled meanwhile.

    A process that gets no turn for a second has missed what it waited for, and so has
    a student's code that keeps its own time. What was seen then means nothing.

    Args:
        look: Runs the student's code, from the start.
        settled: Tells whether what was found rests on no wait, and stands anyway.
    """
    for _ in range(LOOKS):
        with _pulse() as gaps:
            found = look()
        if max(gaps) < STALL or (settled and settled(found)):
            break
    return found


@contextlib.contextmanager
def _pulse() -> Iterator[list[float]]:
    """Note, as long as it is open, how long this process was without a turn."""
    gaps, ended, last = [0.0], threading.Event(), time.monotonic()

    def beat() -> None:
        nonlocal last
        while True:
            over = ended.wait(STALL / 5)
            now = time.monotonic()
            gaps.append(now - last)
            last = now
            if over:
                return

    thread = threading.Thread(target=beat, name="wslib-pulse", daemon=True)
    thread.start()
    try:
        yield gaps
    finally:
        ended.set()
        thread.join()


def has_no_end(
    calls: Sequence[Callable[[], Any]], limit: float | None = None
) -> int | None:
    """Return the place of the first call that has no end; None if none is found.

    Args:
        calls: What is to be tried, in order, in a process of its own.
        limit: How much processor time all of them may use, in seconds; None is
            PROCESSOR.

    Only processor time counts: what sleeps or waits is left to :func:`attempt`, and so
    is whatever goes wrong with the process itself, as it may beside other threads.
    """
    if not hasattr(os, "fork"):
        return None
    limit = PROCESSOR if limit is None else limit
    reader, writer = os.pipe()
    with warnings.catch_warnings():  # from Python 3.12 on: there are other threads
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        _be_the_child(calls, limit, writer)
    os.close(writer)
    try:
        begun, ended, full, silent = _listen(reader, child, 5 * limit + 4)
    finally:
        os.close(reader)
    if not ended:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    used_up = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF
    used = usage.ru_utime + usage.ru_stime  # on a machine that is busy, next to nothing
    busy = not ended and used > (0.1 if silent else limit / 2)
    return begun - 1 if begun and (used_up or busy or full) else None


def _be_the_child(
    calls: Sequence[Callable[[], Any]], limit: float, writer: int
) -> None:  # pragma: no cover (in a process of its own)
    """Make the calls, say before each that it begins, and end the process."""
    try:
        import faulthandler
        import resource

        faulthandler.disable()  # however it ends, it ends without a word
        sys.stdout = sys.stderr = io.StringIO()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.setitimer(signal.ITIMER_PROF, limit)  # SIGPROF ends it, even in C
        threading.Thread(target=_end_if_idle, args=[writer], daemon=True).start()
        for call in calls:
            os.write(writer, b".")
            with contextlib.suppress(BaseException):
                call()
    finally:
        os._exit(0)  # nothing of the parent's is to be tidied up here


def _end_if_idle(writer: int) -> None:  # pragma: no cover (in a process of its own)
    """End the process when it uses no time: it sleeps, or waits. Until then, hum."""
    used = -1.0
    while (now := time.process_time()) - used > 0.01:
        used = now
        for _ in range(7):
            os.write(writer, b"~")
            time.sleep(0.1)
    os._exit(0)


def _listen(reader: int, child: int, patience: float) -> tuple[int, bool, bool, bool]:
    """Count the calls that begin, until the process ends or takes too much memory.

    Returns:
        Their number; whether the process has ended, whether it took too much, whether
        it has fallen silent: then none of its threads but one has a turn, or the
        machine is so busy that none has, which is found out by waiting longer.
    """
    begun, start, before, silent = 0, time.monotonic(), _memory_of(child), 0
    while time.monotonic() < start + patience * (3 if silent > 20 else 1):
        if select.select([reader], [], [], 0.05)[0]:
            said, silent = os.read(reader, 4096), 0
            if not said:
                return begun, True, False, False
            begun += said.count(b".")
        else:
            silent += 1
        if _memory_of(child) - before > MEMORY:
            return begun, False, True, False
    return begun, False, False, silent > 20


def _memory_of(process: int) -> int:
    """Return how much memory a process has, in bytes; 0 where the system has no word.

    (A limit set beforehand would be simpler. But Python 3.11 without any memory hangs:
    to handle an exception it needs a few bytes, and asks for them again and again.)
    """
    try:
        pages = Path(f"/proc/{process}/statm").read_text("ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def named(exc: BaseException) -> str:
    """Return the type and the message of an exception; never raises."""
    name = type(exc).__name__
    if name == "error":  # of struct, of zlib: that is no name
        name = f"{type(exc).__module__}.error"
    try:
        message = str(exc)
    except Exception:
        message = "a message that cannot be shown"
    return f"{name}: {message.rstrip('.')[:160]}" if message else name


def _raised_inside(exc: BaseException, code: object) -> bool:
    """Tell whether the student's own code raised, rather than the time limit."""
    frames = traceback.walk_tb(exc.__traceback__)
    return code is not None and any(frame.f_code is code for frame, _ in frames)
