"""The load generator: the numbers it gives, and what it says when something gives."""

import json
import subprocess
import sys
import threading

import psutil
import pytest

from wslib.labs.scale import climb, load_process
from wslib.labs.scale.load_process import Visitors
from wslib.server import EchoServer

resource = pytest.importorskip("resource") if sys.platform != "win32" else None


def children() -> list[int]:
    return [child.pid for child in psutil.Process().children(recursive=True)]


def test_each_rung_is_what_was_wanted_and_nothing_is_left() -> None:
    before = children()
    done = climb(1, 20, 100)
    assert [(rung.wanted, rung.open) for rung in done.rungs] == [
        (1, 1),
        (20, 20),
        (100, 100),
    ]
    assert (done.client_saw, done.server_said) == ("", "")
    assert [rung.each is None for rung in done.rungs] == [True, True, False]
    for rung in done.rungs:
        assert rung.memory > 0 and rung.message > 0 and rung.client > 0
    assert [row[0] for row in done.table().rows] == [1, 20, 100]
    assert children() == before


def test_a_connection_costs_more_memory_with_compression() -> None:
    plain, deflate = climb(10, 200), climb(10, 200, compression="deflate")
    each, more = plain.rungs[-1].each, deflate.rungs[-1].each
    assert each is not None and more is not None
    assert more > 2 * each > 0


@pytest.mark.skipif(resource is None, reason="Windows has no such limit")
def test_without_open_files_a_client_waits_and_the_server_says_why() -> None:
    done = climb(10, 100, 200, files=64)
    assert [rung.wanted for rung in done.rungs] == [10, 100]
    assert 10 < done.rungs[-1].open < 64
    assert done.client_saw == "no answer for 1 s"
    assert "socket.accept() out of system resource" in done.server_said
    assert "Too many open files" in done.server_said


@pytest.mark.parametrize("sizes", [(), (0, 1), (10, 10), (10, 1)])
def test_a_ladder_grows(sizes: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="numbers of connections that grow"):
        climb(*sizes)
    with pytest.raises(ValueError, match="needs 16 open files, not 3"):
        climb(1, files=3)


def test_a_process_that_is_killed_is_told_of() -> None:
    before, stop = set(children()), threading.Event()

    def kill() -> None:
        while not (new := set(children()) - before) and not stop.wait(0.01):
            pass
        for pid in new:
            psutil.Process(pid).kill()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(RuntimeError, match="load generator has ended"):
            climb(1, 1_000)
    finally:
        stop.set()
        killer.join()
    assert set(children()) == before


def test_a_process_ends_with_the_one_that_started_it() -> None:
    told = json.dumps({"compression": None, "files": None, "most": 1})
    command = [sys.executable, "-P", load_process.__file__, "serve", told]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        answer, _ = process.communicate(b"{}\n", timeout=20)
    assert json.loads(answer)["url"].startswith("ws://127.0.0.1:")
    assert process.returncode == 0


@pytest.mark.parametrize("compression", [None, "deflate"])
def test_visitors_say_as_much_as_they_are_told_to(compression: str | None) -> None:
    with EchoServer(compression=compression) as server:
        with Visitors(compressed=compression is not None, patience=5) as visitors:
            visitors.at(server.url)
            assert visitors.grow(7) == ""
            visitors.say(40)
            assert server.clients == len(visitors) == 7
        heard = [line for line in server.log if "Received back" in line]
        assert len(heard) == 7 + 40
        assert {line.partition(": ")[2] for line in heard} == {"The score is 2 : 1"}


def test_visitors_say_when_their_own_process_may_open_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(load_process, "RawClient", refuse)
    with Visitors(compressed=False, patience=5) as visitors:
        visitors.at("ws://127.0.0.1:9")
        assert visitors.grow(1) == (
            "Too many open files: the clients' process is allowed 0 connections"
        )
