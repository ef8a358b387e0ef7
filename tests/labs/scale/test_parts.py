"""A program as a child process: it comes up or says why not, and leaves nothing."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import psutil
import pytest

from wslib.errors import InvalidState, PortInUse
from wslib.labs.scale import Part, PartDied, PartMissing
from wslib.service import stop_all

LISTENS = """
import os, socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("I listen", flush=True)
if sys.argv[2] == "with a child":
    os.fork()
while True:
    server.accept()[0].close()
"""


class Program(Part):
    """A program of a few lines of Python."""

    program: ClassVar[str] = "python"
    wheel: ClassVar[str] = "python"

    def __init__(self, code: str = LISTENS, more: str = "", *, port: int = 0) -> None:
        super().__init__(port=port)
        self.code, self.more = code, more

    @classmethod
    def find(cls) -> str:
        return sys.executable

    def arguments(self) -> list[str]:
        (self.folder / "file").write_text("mine")
        return ["-I", "-S", "-c", self.code, str(self.ports[0]), self.more]


def connects(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def until(true: Callable[[], bool]) -> None:
    """Wait until something is so; fail after ten seconds."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_it_answers_once_it_has_started_and_its_port_is_free_after_it() -> None:
    with Program() as part:
        assert repr(part) == "<Program running>" and part.alive
        assert connects(part.port)
        assert part.words == "I listen\n"
        folder = part.folder
        assert (folder / "file").read_text() == "mine"
    assert repr(part) == "<Program stopped>" and not part.alive
    assert not connects(part.port) and not folder.exists()
    assert part.words == "I listen\n", "what it said can still be read"


def test_start_and_stop_may_be_called_twice_and_the_port_stays_the_same() -> None:
    part = Program()
    part.stop()
    port, first = part.start().port, part.pid
    assert part.start().pid == first
    part.stop()
    part.stop()
    assert part.start().port == port and part.pid != first
    assert stop_all() == 1 and not part.alive


def test_a_restart_has_the_same_port_and_the_same_files() -> None:
    with Program() as part:
        (part.folder / "kept").write_text("something")
        port, first = part.port, part.pid
        part.restart()
        assert part.pid != first and part.port == port and connects(port)
        assert (part.folder / "kept").exists()


def test_a_kill_is_seen_at_once_and_said_with_its_last_words() -> None:
    with Program() as part:
        part.kill()
        assert repr(part) == "<Program dead>" and not connects(part.port)
        with pytest.raises(PartDied, match="python was killed, without"):
            part.check_alive()
        part.kill()  # once more does no harm
        part.restart()
        part.check_alive()
        assert connects(part.port)


def test_one_that_is_killed_from_outside_is_told_from_one_that_lives() -> None:
    with Program() as part:
        psutil.Process(part.pid).kill()
        until(lambda: not part.alive)
        with pytest.raises(PartDied, match="was killed|has ended"):
            part.check_alive()


def test_one_that_dies_at_its_start_is_quoted() -> None:
    part = Program("import sys; print('no ink'); sys.exit(3)")
    with pytest.raises(PartDied) as caught:
        part.start()
    assert str(caught.value) == (
        "python has ended (exit status 3); its last words: no ink"
    )
    assert not part.running


def test_one_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wslib.labs.scale.parts.PATIENCE", 0.2)
    part = Program("import time; time.sleep(60)")
    with pytest.raises(PartDied, match="has not answered for 0.2 seconds; its last"):
        part.start()
    assert not part.running


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port} .* in use by another"):
            Program(port=port).start()


def test_a_program_that_is_nowhere_is_named_with_what_brings_it() -> None:
    class Nowhere(Part):
        program, wheel = "no-such-program", "its-wheel"

    with pytest.raises(PartMissing, match="no-such-program .*'pip install its-wheel'"):
        Nowhere().start()
    part = Nowhere()  # whatever is asked of it, the answer is the same
    asked = part.check_alive, part.kill, lambda: part.port, lambda: part.url
    for ask in asked:
        with pytest.raises(PartMissing):
            ask()


def test_what_is_on_path_comes_before_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Somewhere(Part):
        program, wheel = "some-program", "its-wheel"

    for folder in "path", "wheel":
        (tmp_path / folder).mkdir()
        shutil.copy(sys.executable, tmp_path / folder / Somewhere.program)
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / "wheel"))
    assert Path(Somewhere.find()).parent.name == "wheel"
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert Path(Somewhere.find()).parent.name == "path"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nobody is asked by a signal here")
def test_whoever_does_not_listen_to_a_sigterm_is_killed() -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    with Program(deaf + LISTENS) as part:
        pass
    assert part._process is not None and part._process.returncode == -signal.SIGKILL


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes have no groups here")
def test_what_it_has_started_ends_with_it() -> None:
    with Program(more="with a child") as part:
        process = psutil.Process(part.pid)
        until(lambda: len(process.children()) == 1)
        part.kill()
        assert not connects(part.port), "the child has the port still"
        part.restart()


def test_what_is_not_running_says_so() -> None:
    part = Program()
    states = lambda: part.folder, lambda: part.pid, lambda: part.ports
    for call in (part.kill, part.restart, *states):
        with pytest.raises(InvalidState, match=r"call start\(\) first"):
            call()


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="processes have no groups here")
def test_a_kernel_that_is_killed_leaves_no_process_and_no_file(tmp_path: Path) -> None:
    kernel = f"""
import sys, tempfile, time
tempfile.tempdir = {str(tmp_path)!r}
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_parts import Program
part = Program().start()
print(part.pid, flush=True)
time.sleep(60)
"""
    with subprocess.Popen(
        [sys.executable, "-c", kernel], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        helpers = psutil.Process(process.pid).children(recursive=True)
        assert len(helpers) == 2 and list(tmp_path.glob("wslib-*"))
        os.killpg(process.pid, signal.SIGKILL)  # as Jupyter ends a kernel
    psutil.wait_procs(helpers, timeout=10)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie"
    until(lambda: not list(tmp_path.glob("wslib-*")))
