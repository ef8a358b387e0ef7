"""A service in a thread: it starts, says where it is, is replaced, and always stops."""

import asyncio
import contextlib
import errno
import gc
import itertools
import os
import socket
import sys
import threading
import types
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest
import websocket
import websockets
import websockets.sync.client
from jupyter_client.blocking.client import BlockingKernelClient
from kernels import kernel_running

from wslib import service
from wslib.errors import PortInUse, WslibError
from wslib.server import EchoServer
from wslib.service import Service, closing_server, raise_in, stop_all

Bounded = Callable[..., Any]

DEAD = "http://127.0.0.1:9"  # where no proxy listens


class Hello(Service):
    """Greets whoever connects, and hangs up."""

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello")
            writer.close()

        server = await asyncio.start_server(greet, self.host, self._wanted_port)
        async with closing_server(server) as sockets:
            yield sockets


class Broken(Service):
    """Cannot listen."""

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        raise PermissionError(errno.EACCES, "not allowed")
        yield ()


def answers(port: int) -> bool:
    """Tell whether one of ours listens on a port; another may be given it next."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    family = [psutil.Process(), *psutil.Process().children(recursive=True)]
    listening = [c for p in family for c in p.net_connections() if c.status == "LISTEN"]
    return any(connection.laddr.port == port for connection in listening)


# --- start, port, stop ----------------------------------------------------------------


def test_a_service_listens_from_start_to_stop() -> None:
    service = Hello()
    assert service.start() is service
    assert service.running
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as client:
        assert client.recv(5) == b"hello"
    service.stop()
    assert not service.running
    assert not answers(service.port)


def test_starting_twice_and_stopping_twice_is_as_good_as_once() -> None:
    service = Hello().start()
    port, thread = service.port, thread_of(service)
    assert service.start() is service
    assert (service.port, thread_of(service)) == (port, thread)
    service.stop()
    service.stop()
    assert not service.running


def test_a_service_that_was_never_started_can_be_stopped() -> None:
    Hello().stop()


def test_a_service_can_be_started_again() -> None:
    service = Hello().start()
    service.stop()
    service.start()
    assert answers(service.port)
    service.stop()


def test_a_with_block_starts_and_stops() -> None:
    with Hello() as service:
        assert service.running
    assert not service.running
    with pytest.raises(ZeroDivisionError), service:
        raise ZeroDivisionError
    assert not service.running


def test_there_is_no_port_and_no_url_before_the_start() -> None:
    service = Hello(port=1234)
    with pytest.raises(RuntimeError, match=r"call start\(\) first"):
        _ = service.port
    with pytest.raises(RuntimeError, match=r"call start\(\) first"):
        _ = service.url


def test_the_url_leads_to_the_service() -> None:
    with EchoServer() as server:
        assert server.url == f"ws://127.0.0.1:{server.port}"
    assert server.url == f"ws://127.0.0.1:{server.port}"  # still, for a reader


def test_an_ipv6_address_stands_in_brackets() -> None:
    service = Hello(host="::1")
    try:
        service.start()
    except OSError as exc:
        pytest.skip(f"no IPv6 here: {exc}")
    assert service.url == f"http://[::1]:{service.port}"
    service.stop()


def test_what_is_shown_of_a_service_is_the_same_on_every_run() -> None:
    service = Hello()
    assert repr(service) == "<Hello stopped>"
    with service:
        assert repr(service) == "<Hello running>"


def test_the_thread_does_not_keep_python_from_ending() -> None:
    with Hello():
        [thread] = [t for t in threading.enumerate() if t.name == "wslib-Hello"]
        assert thread.daemon


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_hosts_of_this_machine_are_accepted(host: str) -> None:
    assert Hello(host=host).host == host


@pytest.mark.parametrize(
    "host",
    ["", "0.0.0.0", "::", "192.168.1.5", "10.0.0.1", "example.org", "127.1.evil"],
)
def test_hosts_that_other_machines_can_reach_are_refused(host: str) -> None:
    with pytest.raises(ValueError, match="can be reached by other machines"):
        Hello(host=host)


@pytest.mark.parametrize("port", [-1, 65536])
def test_a_port_that_is_none_is_refused(port: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 65535"):
        Hello(port=port)


def test_a_function_runs_in_the_thread_of_the_service() -> None:
    with Hello() as service:
        assert service.call(threading.current_thread).name == "wslib-Hello"
        assert service.call(divmod, 7, 2) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            service.call(divmod, 7, 0)
    with pytest.raises(RuntimeError, match="not running"):
        service.call(divmod, 7, 2)


def test_a_port_that_was_busy_leaves_no_claim_to_be_in_a_with_block() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        service = Hello(port=other.getsockname()[1])
        with pytest.raises(PortInUse), service:
            raise AssertionError("the block must not run")
    service.start()
    second = Hello(port=service.port).start()
    assert (service.running, second.running) == (False, True)
    second.stop()


def test_two_threads_that_start_at_once_start_it_once(bounded: Bounded) -> None:
    service = Hello()
    for change in (service.start, service.stop) * 5:
        threads = [threading.Thread(target=change) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            bounded(thread.join)
        alive = [t for t in threading.enumerate() if t.name == "wslib-Hello"]
        assert len(alive) == (change == service.start)


@pytest.mark.parametrize("fails", [False, True])
def test_a_second_start_returns_no_earlier_than_the_first(
    fails: bool, bounded: Bounded
) -> None:
    may_listen, listening = threading.Event(), threading.Event()

    class Slow(Hello):
        @contextlib.asynccontextmanager
        async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
            listening.set()
            await asyncio.to_thread(may_listen.wait, 20)
            if fails:
                raise PermissionError(errno.EACCES, "not allowed")
            async with super().listen() as sockets:
                yield sockets

    service, ports, errors = Slow(), list[int](), list[BaseException]()

    def start() -> None:
        try:
            ports.append(service.start().port)
        except PermissionError as exc:
            errors.append(exc)

    threads = [threading.Thread(target=start) for _ in range(2)]
    threads[0].start()
    assert listening.wait(20)
    threads[1].start()
    threads[1].join(0.05)
    assert not ports and not errors
    may_listen.set()
    for thread in threads:
        bounded(thread.join)
    assert (len(ports), len(errors)) == ((0, 2) if fails else (2, 0))
    service.stop()


def test_all_services_can_be_stopped_at_once() -> None:
    services = [Hello().start() for _ in range(3)]
    assert stop_all() == 3
    assert not any(service.running for service in services)
    assert stop_all() == 0


def test_all_that_are_stopped_at_once_end_side_by_side() -> None:
    both, met = threading.Barrier(2), list[bool]()

    class Waits(Hello):
        """Ends when another one does."""

        @contextlib.asynccontextmanager
        async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
            async with super().listen() as sockets:
                yield sockets
                await asyncio.to_thread(both.wait, 5)
                met.append(True)

    Waits().start(), Waits().start()
    assert stop_all() == 2 and met == [True, True]


# --- a call, from everywhere ----------------------------------------------------------


class Handling:
    """A server whose handler calls a function, and tells what came of that."""

    def __init__(self, function: Callable[[], Any], *, stays: bool = False) -> None:
        self.function = function
        self.stays = stays
        self.result: Any = None
        self.ended = threading.Event()
        self.server = EchoServer(self.handle)

    async def handle(self, connection: Any) -> None:
        try:
            self.result = self.function()
        except Exception as exc:
            self.result = exc
        self.ended.set()
        if self.stays:
            await connection.wait_closed()


def in_a_handler(function: Callable[[EchoServer], Any]) -> Any:
    """Call a function with a server, in the handler of that server."""
    handling = Handling(lambda: function(handling.server), stays=True)
    with handling.server as server, connected(server):
        assert handling.ended.wait(20), "the handler has not ended"
    return handling.result


@contextlib.contextmanager
def busy(server: Service) -> Iterator[None]:
    """Hold the thread of a server, as a handler with time.sleep would."""
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        let_go.wait(60)

    assert server._loop is not None
    server._loop.call_soon_threadsafe(hold)
    assert held.wait(20)
    try:
        yield
    finally:
        let_go.set()


@pytest.fixture
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a call wait a fifth of a second where it waits three."""
    monkeypatch.setattr(service, "_PATIENCE", 0.2)


def test_a_call_in_a_handler_of_the_same_service_runs_at_once() -> None:
    assert in_a_handler(lambda server: server.call(divmod, 7, 2)) == (3, 1)
    name = in_a_handler(lambda server: server.call(threading.current_thread).name)
    assert name == "wslib-EchoServer"
    failed = in_a_handler(lambda server: server.call(divmod, 7, 0))
    assert isinstance(failed, ZeroDivisionError)


def test_a_call_within_a_call_runs_at_once(bounded: Bounded) -> None:
    with Hello() as service:
        assert bounded(service.call, service.call, divmod, 7, 2) == (3, 1)


def test_a_handler_may_call_another_service(bounded: Bounded) -> None:
    with Hello() as one, Hello() as two:
        assert bounded(one.call, two.call, divmod, 7, 2) == (3, 1)


@pytest.mark.usefixtures("_in_a_hurry")
def test_two_services_that_wait_for_each_other_are_told_that_they_are_busy(
    bounded: Bounded,
) -> None:
    done: list[int] = []
    with Hello() as one, Hello() as two:
        with pytest.raises(TimeoutError, match="Hello is busy"):
            bounded(one.call, two.call, one.call, done.append, 1)
        assert one.call(divmod, 7, 2) == (3, 1)
    assert not done


@pytest.mark.usefixtures("_in_a_hurry")
def test_what_a_busy_service_had_no_time_for_is_never_done() -> None:
    done: list[int] = []
    with Hello() as service:
        with busy(service):
            for _ in range(2):
                said = "Hello is busy, so nothing was done.* await asyncio.sleep"
                with pytest.raises(TimeoutError, match=said):
                    service.call(done.append, 1)
        assert service.call(divmod, 7, 2) == (3, 1)  # who came later has had a turn
    assert not done


def test_a_service_that_is_busy_for_a_moment_is_waited_for(bounded: Bounded) -> None:
    with Hello() as service:
        held = busy(service)
        held.__enter__()
        threading.Timer(0.1, held.__exit__, (None, None, None)).start()
        assert bounded(service.call, divmod, 7, 2) == (3, 1)


def test_what_an_interrupted_caller_wanted_is_never_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*args: Any) -> None:
        raise KeyboardInterrupt

    done: list[int] = []
    with Hello() as hello:
        with busy(hello), monkeypatch.context() as patched:
            patched.setattr(service, "wait", interrupted)
            with pytest.raises(KeyboardInterrupt):
                hello.call(done.append, 1)
        assert hello.call(divmod, 7, 2) == (3, 1)
    assert not done


@pytest.mark.usefixtures("_in_a_hurry")
def test_a_function_that_does_not_end_is_named() -> None:
    let_go = threading.Event()

    def dawdle() -> None:
        let_go.wait(60)

    with Hello() as service:
        with pytest.raises(TimeoutError, match="dawdle has begun and does not end"):
            service.call(dawdle)
        let_go.set()


def test_an_async_function_is_refused_since_nobody_would_await_it() -> None:
    async def never() -> None:
        raise AssertionError("must not run")

    with Hello() as service:
        with pytest.raises(TypeError, match=r"never is async.* asyncio\.create_task"):
            service.call(never)
    refused = in_a_handler(lambda server: server.call(never))
    assert isinstance(refused, TypeError)


@pytest.mark.parametrize("exception", [SystemExit, KeyboardInterrupt, StopIteration])
def test_whatever_a_function_raises_reaches_the_caller_and_not_the_loop(
    exception: type[BaseException],
) -> None:
    def fails() -> None:
        raise exception

    with Hello() as service:
        with pytest.raises(exception):
            service.call(fails)
        assert service.call(divmod, 7, 2) == (3, 1)


def test_a_call_as_the_loop_closes_is_told_that_nothing_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    with Hello() as service:
        with monkeypatch.context() as patched:
            patched.setattr(service._thread, "loop", loop)
            with pytest.raises(RuntimeError, match="not running"):
                service.call(divmod, 7, 2)


def test_a_call_that_the_end_has_overtaken_is_told_that_nothing_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lost = threading.Event()
    with Hello() as service, ThreadPoolExecutor() as pool:
        with monkeypatch.context() as patched:
            patched.setattr(
                service._loop, "call_soon_threadsafe", lambda *_: lost.set()
            )
            called = pool.submit(service.call, divmod, 7, 2)
            assert lost.wait(5)
        service.stop()
        with pytest.raises(RuntimeError, match="not running"):
            called.result(10)


# --- errors in the caller -------------------------------------------------------------


def test_a_busy_port_is_named_to_the_caller() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        service = Hello(port=port)
        with pytest.raises(PortInUse, match=f"port {port} on 127.0.0.1") as caught:
            service.start()
    assert isinstance(caught.value, OSError)
    assert isinstance(caught.value, WslibError)
    assert caught.value.errno == errno.EADDRINUSE
    assert "another program" in str(caught.value)
    assert not service.running
    service.start()  # now that the port is free
    assert service.port == port
    service.stop()


def test_whatever_else_goes_wrong_reaches_the_caller_as_it_is() -> None:
    with pytest.raises(PermissionError, match="not allowed"):
        Broken().start()
    with pytest.raises(NotImplementedError):
        Service().start()
    with pytest.raises(PermissionError), Broken():
        raise AssertionError("the block must not run")


def test_a_handler_cannot_replace_its_own_server(bounded: Bounded) -> None:
    refused = in_a_handler(lambda server: EchoServer(port=server.port).start())
    assert isinstance(refused, PortInUse)
    assert "in use by a server of yours, whose handler this is" in str(refused)


# --- replacing an earlier service -----------------------------------------------------


def test_a_new_start_on_the_same_port_replaces_our_earlier_service() -> None:
    first = Hello().start()
    second = Hello(port=first.port).start()
    assert not first.running
    assert second.running
    first.stop()  # a late stop of the old one does not touch the new one
    assert answers(second.port)
    second.stop()


def test_a_service_in_a_with_block_is_not_replaced() -> None:
    with Hello() as first:
        with pytest.raises(PortInUse, match="a server of yours, in a `with` block"):
            Hello(port=first.port).start()
        assert answers(first.port)


def test_once_its_with_block_is_over_a_service_can_be_replaced() -> None:
    with Hello() as first:
        pass
    first.start()
    second = Hello(port=first.port).start()
    assert not first.running
    second.stop()


def test_services_on_other_ports_are_left_alone() -> None:
    first = Hello().start()
    second = Hello().start()
    assert first.running and second.running
    stop_all()


def test_fifty_restarts_on_one_port_leave_no_thread_behind() -> None:
    threads = threading.active_count()
    server = EchoServer().start()
    port = server.port
    for _ in range(50):
        server = EchoServer(port=port).start()
        client = websocket.create_connection(server.url, timeout=5)
        client.close()
        assert threading.active_count() == threads + 1
    server.stop()
    assert threading.active_count() == threads
    assert not answers(port)


# --- a stop that always ends ----------------------------------------------------------
#
# A stop that hangs takes the cell with it. What is asserted is that it ends: `bounded`
# fails after many times the second or two that a stop may need.


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have a stop wait a tenth of a second where it waits half a second."""
    monkeypatch.setattr(service, "GRACE", 0.1)
    yield
    gc.collect()


def rudely_ended(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test whose handler is torn out of its loop.

    Such a handler leaves its connection to the garbage collector, which complains.
    """
    for marker in (
        pytest.mark.usefixtures("_impatient"),
        pytest.mark.filterwarnings("ignore::ResourceWarning"),
        pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    ):
        test = marker(test)
    return test


@contextlib.contextmanager
def connected(server: EchoServer) -> Iterator[websocket.WebSocket]:
    client = websocket.create_connection(server.url, timeout=5)
    try:
        yield client
    finally:
        client.shutdown()


def thread_of(server: Service) -> threading.Thread:
    [thread] = [
        thread
        for thread in threading.enumerate()
        if thread.name == f"wslib-{type(server).__name__}"
    ]
    return thread


def test_a_client_that_never_answers_the_close_does_not_hold_up_a_stop(
    bounded: Bounded,
) -> None:
    server = EchoServer().start()
    with connected(server) as client:
        bounded(server.stop)
        assert not server.running
        assert client.recv_data() == (8, b"\x03\xe9")  # 1001, going away


def test_a_tcp_connection_that_never_speaks_does_not_hold_up_a_stop(
    bounded: Bounded,
) -> None:
    server = EchoServer().start()
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        with connected(server) as second:  # so that the first has been accepted
            second.send("x")
            second.recv()
        bounded(server.stop)
        assert not server.running
        assert client.recv(1) == b""  # and it is told, not left hanging


async def waits_for_ever(connection: Any) -> None:
    await connection.send("now")
    await asyncio.Event().wait()


async def will_not_be_cancelled(connection: Any) -> None:
    await connection.send("now")
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def spins(connection: Any) -> None:
    await connection.send("now")
    while True:
        pass


async def spins_and_catches_once(connection: Any) -> None:
    await connection.send("now")
    with contextlib.suppress(BaseException):
        while True:
            pass
    while True:
        pass


@pytest.mark.parametrize(
    "handler", [waits_for_ever, will_not_be_cancelled, spins, spins_and_catches_once]
)
@rudely_ended
def test_a_handler_that_never_ends_does_not_hold_up_a_stop(
    handler: Any, bounded: Bounded, capfd: pytest.CaptureFixture[str]
) -> None:
    server = EchoServer(handler).start()
    with connected(server) as client:
        assert client.recv() == "now"
    bounded(server.stop)
    assert not server.running
    assert not answers(server.port)
    gc.collect()
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(
    sys.gettrace() is not None and sys.version_info < (3, 12),
    reason="CPython 3.11 stands still if a thread is to raise while another is traced",
)
@rudely_ended
def test_a_handler_stuck_in_one_call_is_left_behind_and_said_to_run(
    bounded: Bounded,
) -> None:
    stuck, let_go = threading.Event(), threading.Event()

    async def sleeps(connection: Any) -> None:
        stuck.set()
        let_go.wait(60)  # as time.sleep(60) would, but the test can end it

    server = EchoServer(sleeps).start()
    with connected(server):
        assert stuck.wait(5)
        thread = thread_of(server)
        bounded(server.stop)
        assert server.running
        with pytest.raises(
            RuntimeError, match="cannot end: a handler holds the thread"
        ):
            bounded(server.start)
        with pytest.raises(PortInUse, match="a server of yours, which cannot be"):
            bounded(EchoServer(port=server.port).start)
        let_go.set()
        bounded(thread.join)
        server.stop()
        assert not server.running


def test_a_handler_may_stop_its_own_server(bounded: Bounded) -> None:
    async def last_words(connection: Any) -> None:
        await connection.send("bye")
        server.stop()

    server = EchoServer(last_words).start()
    thread = thread_of(server)
    with connected(server) as client:
        assert client.recv() == "bye"
        bounded(thread.join)
    assert not server.running
    assert not answers(server.port)
    assert stop_all() == 0
    server.stop()
    with server, connected(server) as client:  # it can be started again
        assert client.recv() == "bye"


async def stops_and(
    server: EchoServer, goes_on: Callable[[Any], Any], connection: Any
) -> None:
    server.stop()
    server.stop()
    await goes_on(connection)


@pytest.mark.parametrize(
    "goes_on", [waits_for_ever, will_not_be_cancelled, spins, spins_and_catches_once]
)
@rudely_ended
def test_a_handler_that_stops_its_own_server_and_goes_on_is_ended(
    goes_on: Any, bounded: Bounded, capfd: pytest.CaptureFixture[str]
) -> None:
    server = EchoServer(lambda connection: stops_and(server, goes_on, connection))
    server.start()
    thread = thread_of(server)
    with connected(server):
        bounded(thread.join)
    assert not server.running
    assert not answers(server.port)
    assert stop_all() == 0
    gc.collect()
    assert capfd.readouterr() == ("", "")


def test_what_its_own_handler_has_stopped_is_not_counted_but_ended(
    bounded: Bounded,
) -> None:
    async def last_words(connection: Any) -> None:
        server.stop()
        await connection.send("bye")
        await asyncio.Event().wait()

    server = EchoServer(last_words).start()
    with connected(server) as client:
        assert client.recv() == "bye"
        assert bounded(stop_all) == 0
        assert not server.running


def test_what_its_own_handler_has_stopped_can_be_started_at_once(
    bounded: Bounded,
) -> None:
    async def last_words(connection: Any) -> None:
        if number := next(numbers):
            await connection.send(str(number))
            return
        server.stop()
        await connection.send("bye")
        await asyncio.Event().wait()

    numbers = itertools.count()
    server = EchoServer(last_words).start()
    with connected(server) as client:
        assert client.recv() == "bye"
        port = server.port
        bounded(server.start)
        assert (server.running, server.port) == (True, port)
        with connected(server) as second:
            assert second.recv() == "1"
    assert stop_all() == 1


def test_a_start_in_its_own_handler_does_nothing_or_says_why_not() -> None:
    assert isinstance(in_a_handler(lambda server: server.start()), EchoServer)

    def restart(server: EchoServer) -> None:
        server.stop()
        server.start()

    refused = in_a_handler(restart)
    assert isinstance(refused, RuntimeError)
    assert "start it from outside" in str(refused)


def test_all_can_be_stopped_by_a_handler_of_one(bounded: Bounded) -> None:
    other = Hello().start()
    handling = Handling(stop_all)
    server = handling.server.start()
    thread = thread_of(server)
    with connected(server):
        bounded(thread.join)
    assert handling.result == 2
    assert not other.running


@rudely_ended
def test_two_servers_that_stop_each_other_both_stop(bounded: Bounded) -> None:
    both = threading.Barrier(2)

    def stops(other: str) -> Callable[[], None]:
        def stop() -> None:
            both.wait(20)
            handlings[other].server.stop()

        return stop

    handlings = {"one": Handling(stops("two")), "two": Handling(stops("one"))}
    servers = [handling.server.start() for handling in handlings.values()]
    threads = [t for t in threading.enumerate() if t.name == "wslib-EchoServer"]
    with connected(servers[0]), connected(servers[1]):
        for thread in threads:
            bounded(thread.join)
    assert not any(server.running for server in servers)
    assert stop_all() == 0


@rudely_ended
def test_a_server_whose_handler_ends_the_program_ends_and_is_not_counted(
    bounded: Bounded,
) -> None:
    server = EchoServer(Handling(sys.exit).handle).start()
    thread = thread_of(server)
    with connected(server):
        bounded(thread.join)
    assert not server.running
    assert stop_all() == 0
    with server:  # it can be started again
        assert server.running


def test_another_thread_can_be_made_to_raise(bounded: Bounded) -> None:
    caught: list[BaseException] = []
    started = threading.Event()

    def spin() -> None:
        try:
            started.set()
            while True:
                pass
        except BaseException as exc:
            caught.append(exc)

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    assert started.wait(5)
    raise_in(thread, LookupError, 5)
    bounded(thread.join)
    assert [type(exc) for exc in caught] == [LookupError]


def test_what_is_raised_where_nothing_gets_out_is_lost_without_a_word(
    capsys: pytest.CaptureFixture[str],
) -> None:
    started, over = threading.Event(), threading.Event()

    class Slow:
        def __del__(self) -> None:
            started.set()
            while not over.wait(0.01):
                pass

    def drop() -> None:
        Slow()  # ends here
        over.set()

    thread = threading.Thread(target=drop, daemon=True)
    heard: list[object] = []
    before, sys.unraisablehook = sys.unraisablehook, heard.append
    try:
        thread.start()
        assert started.wait(5)
        raise_in(thread, LookupError, 5)
        assert over.is_set()  # it went on behind the place where it was lost
        assert sys.unraisablehook == heard.append
    finally:
        over.set()
        sys.unraisablehook = before
    assert not heard
    assert capsys.readouterr() == ("", "")


# --- beside a running loop, and a proxy in the environment ----------------------------


def test_a_service_can_be_started_and_stopped_where_a_loop_is_running() -> None:
    async def cell() -> str:
        server = EchoServer().start()
        async with websockets.connect(server.url) as client:
            await client.send("x")
            reply = await client.recv()
        server.stop()
        return str(reply)

    assert asyncio.run(cell()) == "Received:  x"


def through_websocket_client(url: str) -> str:
    client = websocket.create_connection(url, timeout=5)
    client.send("x")
    reply = client.recv()
    client.close()
    return str(reply)


def through_websockets(url: str) -> str:
    with websockets.sync.client.connect(url) as client:
        client.send("x")
        return str(client.recv(timeout=5))


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy"])
@pytest.mark.parametrize("echo", [through_websocket_client, through_websockets])
def test_a_dead_proxy_in_the_environment_is_not_asked_for_loopback(
    echo: Callable[[str], str], variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, DEAD)
    assert not urllib.request.proxy_bypass("127.0.0.1")
    with EchoServer() as server:
        assert urllib.request.proxy_bypass("127.0.0.1")
        assert echo(server.url) == "Received:  x"


@pytest.mark.parametrize("echo", [through_websocket_client, through_websockets])
def test_without_that_care_a_client_would_ask_the_proxy(
    echo: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", DEAD)
    with EchoServer() as server:
        monkeypatch.delenv("no_proxy")
        monkeypatch.delenv("NO_PROXY")
        with pytest.raises(Exception, match="(?i)proxy|refused"):
            echo(server.url)


OURS = "127.0.0.1,localhost,::1"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"no_proxy": OURS, "NO_PROXY": OURS}),
        ({"no_proxy": "a"}, {"no_proxy": f"a,{OURS}", "NO_PROXY": f"a,{OURS}"}),
        ({"NO_PROXY": "a"}, {"no_proxy": f"a,{OURS}", "NO_PROXY": f"a,{OURS}"}),
        pytest.param(
            {"no_proxy": "a", "NO_PROXY": "b"},
            {"no_proxy": f"a,{OURS}", "NO_PROXY": f"b,{OURS}"},
            marks=pytest.mark.skipif(os.name == "nt", reason="they are one there"),
        ),
        (
            {"no_proxy": " localhost , a"},
            {"no_proxy": "localhost,a,127.0.0.1,::1"},
        ),
        ({"no_proxy": "*"}, {"no_proxy": "*"}),
    ],
)
def test_names_that_were_in_no_proxy_stay(
    before: dict[str, str], after: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    for _ in range(2):  # the second start adds nothing
        with Hello():
            assert {name: os.environ[name] for name in after} == after


def test_outside_a_notebook_no_cell_is_running(monkeypatch: pytest.MonkeyPatch) -> None:
    for shell in (
        None,  # IPython is imported, and this is not IPython
        types.SimpleNamespace(),  # IPython in a terminal
        types.SimpleNamespace(get_parent=lambda: {}),  # a kernel between two cells
    ):
        ipython = types.SimpleNamespace(get_ipython=lambda shell=shell: shell)
        monkeypatch.setitem(sys.modules, "IPython", ipython)
        first, second = Hello().start(), Hello().start()
        assert first.running and second.running
        stop_all()


# --- in a notebook's kernel -----------------------------------------------------------


class Notebook:
    """A real kernel, asked to execute cells as JupyterLab and as nbval ask."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client

    def run(self, code: str, cell: str | None = None) -> list[int]:
        """Execute a cell; return the ports that its list ``ports`` then holds."""
        request = self.client.session.msg(
            "execute_request",
            {
                "code": code,
                "silent": False,
                "store_history": False,
                "allow_stdin": False,
                "stop_on_error": True,
                "user_expressions": {"ports": "ports"},
            },
            metadata={"cellId": cell} if cell else {},
        )
        self.client.shell_channel.send(request)
        while True:
            reply = self.client.get_shell_msg(timeout=30)
            if reply["parent_header"]["msg_id"] == request["header"]["msg_id"]:
                break
        assert reply["content"]["status"] == "ok", reply["content"]
        shown = reply["content"]["user_expressions"]["ports"]["data"]["text/plain"]
        return [int(port) for port in shown.strip("[]").split(",") if port]


@pytest.fixture(scope="module")
def kernel() -> Iterator[Notebook]:
    with kernel_running() as client:
        yield Notebook(client)


@pytest.fixture
def notebook(kernel: Notebook) -> Iterator[Notebook]:
    kernel.run(
        "from wslib.server import EchoServer\n"
        "from wslib.service import stop_all\n"
        "ports = []"
    )
    yield kernel
    kernel.run("_ = stop_all()")


START = "server = EchoServer().start()\nports.append(server.port)"


@pytest.mark.parametrize("cell", ["a1b2", None], ids=["JupyterLab", "nbval"])
def test_a_cell_that_is_run_again_replaces_its_server(
    notebook: Notebook, cell: str | None
) -> None:
    [first] = notebook.run(START, cell)
    assert answers(first)
    [first, second] = notebook.run(START, cell)
    assert (answers(first), answers(second)) == (False, True)


def test_an_edited_cell_replaces_its_server(notebook: Notebook) -> None:
    notebook.run(START, "a1b2")
    [first, second] = notebook.run("# a comment\n" + START, "a1b2")
    assert (answers(first), answers(second)) == (False, True)


def test_two_cells_with_the_same_text_have_a_server_each(notebook: Notebook) -> None:
    notebook.run(START, "a1b2")
    [first, second] = notebook.run(START, "c3d4")
    assert (answers(first), answers(second)) == (True, True)


@pytest.mark.parametrize("cell", ["a1b2", None], ids=["JupyterLab", "nbval"])
def test_a_cell_that_starts_three_servers_keeps_all_three(
    notebook: Notebook, cell: str | None
) -> None:
    loop = "for _ in range(3):\n    ports.append(EchoServer().start().port)"
    first = notebook.run(loop, cell)
    assert [answers(port) for port in first] == [True] * 3
    second = notebook.run(loop, cell)[3:]
    assert [answers(port) for port in second] == [True] * 3
    assert not [port for port in first if answers(port) and port not in second]


def test_a_cell_on_a_fixed_port_can_be_run_again(notebook: Notebook) -> None:
    [port] = notebook.run(START, "a1b2")
    fixed = f"server = EchoServer(port={port}).start()\nports = [server.port]"
    for _ in range(3):
        assert notebook.run(fixed, "c3d4") == [port]
    assert answers(port)
