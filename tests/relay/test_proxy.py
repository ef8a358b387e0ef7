"""The relay as a whole: every byte passes unchanged, from any thread, to the end."""

import contextlib
import itertools
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import websocket
from plain_sockets import (
    Line,
    read_all,
    read_exactly,
    reset,
    send_until_reset,
    told,
)
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from wslib.direction import DOWN, UP
from wslib.relay.proxy import RecordingProxy
from wslib.server import EchoServer

KEY = "dGhlIHNhbXBsZSBub25jZQ=="

Serve = Callable[[socket.socket], None]


@contextlib.contextmanager
def target(serve: Serve) -> Iterator[str]:
    """Serve each connection with a function, in a thread of its own; yield the URL."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with connection:
            connection.settimeout(20)
            serve(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):  # when the listener is shut down
            while True:
                thread = threading.Thread(target=one, args=(listener.accept()[0],))
                threads.append(thread)
                thread.start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        accepting.join()
        listener.close()
        for thread in threads:
            thread.join()


@contextlib.contextmanager
def client_of(proxy: RecordingProxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=20) as client:
        yield client


def echo(connection: socket.socket) -> None:
    while data := connection.recv(2**16):
        connection.sendall(data)


# --- bytes ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 2**16 - 1, 2**16, 2**16 + 1, 2**20])
def test_any_bytes_pass_unchanged_both_ways(size: int) -> None:
    source = random.Random(size)
    question, answer = source.randbytes(size), source.randbytes(size)
    received: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        sending = threading.Thread(target=connection.sendall, args=(answer,))
        sending.start()
        received.append(read_exactly(connection, size))
        sending.join()

    with target(serve) as url, RecordingProxy(url) as proxy:
        with client_of(proxy) as client:
            sending = threading.Thread(target=client.sendall, args=(question,))
            sending.start()
            assert read_all(client) == answer
            sending.join()
        proxy.recording.wait_closed()
        assert received == [question]
        assert proxy.recording.stream(UP) == question
        assert proxy.recording.stream(DOWN) == answer


def test_what_a_peer_has_received_is_already_recorded() -> None:
    with target(echo) as url, RecordingProxy(url) as proxy, client_of(proxy) as client:
        for number in range(50):
            said = bytes([number])
            client.sendall(said)
            assert client.recv(1) == said
            assert proxy.recording.stream(UP)[-1:] == said
            assert proxy.recording.stream(DOWN)[-1:] == said


def test_turns_are_kept_in_the_order_in_which_they_were_taken() -> None:
    with target(echo) as url, RecordingProxy(url) as proxy, client_of(proxy) as client:
        for number in range(20):
            client.sendall(bytes([number]))
            client.recv(1)
        chunks = proxy.recording.chunks
    assert [(c.direction, c.data[0]) for c in chunks] == [
        (direction, number) for number in range(20) for direction in (UP, DOWN)
    ]


def test_the_relay_never_reorders_what_one_side_sends_in_many_pieces() -> None:
    pieces = [number.to_bytes(4, "big") * 700 for number in range(300)]
    with target(echo) as url, RecordingProxy(url) as proxy:
        with client_of(proxy) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

            def send() -> None:
                for piece in pieces:
                    client.sendall(piece)
                client.shutdown(socket.SHUT_WR)

            sending = threading.Thread(target=send)
            sending.start()
            assert read_all(client) == b"".join(pieces)
            sending.join()
        proxy.recording.wait_closed()
        assert proxy.recording.stream(UP) == b"".join(pieces)
        assert proxy.recording.stream(DOWN) == b"".join(pieces)


def test_many_connections_at_once_are_kept_apart() -> None:
    sizes = range(1000, 31000, 1000)

    def talk(number: int, size: int) -> None:
        said = bytes([number]) * size
        with client_of(proxy) as client:
            ready.wait(20)  # all are connected before the first one speaks
            client.sendall(said)
            client.shutdown(socket.SHUT_WR)
            assert read_all(client) == said
            done.append(number)

    done: list[int] = []
    ready = threading.Barrier(len(sizes))
    with target(echo) as url, RecordingProxy(url) as proxy:
        threads = [
            threading.Thread(target=talk, args=(number, size))
            for number, size in enumerate(sizes)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        recording = proxy.recording
        recording.wait_closed()
        assert sorted(done) == list(range(len(sizes)))
        assert recording.connections == len(sizes)
        streams = [recording.stream(UP, n + 1) for n in range(len(sizes))]
        assert streams == [recording.stream(DOWN, n + 1) for n in range(len(sizes))]
        assert sorted(len(stream) for stream in streams) == list(sizes)
        assert all(len(set(stream)) == 1 for stream in streams)
        assert recording.count(UP) == recording.count(DOWN) == sum(sizes)
        assert recording.count() == 2 * sum(sizes)


def test_a_library_speaks_through_the_relay_as_it_does_without() -> None:
    with EchoServer() as server, RecordingProxy(server.url) as proxy:
        client = websocket.create_connection(proxy.url, timeout=5)
        client.send("Hello")
        assert client.recv() == "Received:  Hello"
        client.close()
        proxy.recording.wait_closed()
        frames = proxy.recording.after_handshake(UP)
        assert (frames[0], frames[1] & 0x80) == (0x81, 0x80)
        assert len(frames) == 6 + 5 + 8  # the text and the close, masked


# --- the ends of a connection ---------------------------------------------------------


def test_a_half_closed_connection_still_carries_the_answer() -> None:
    def serve(connection: socket.socket) -> None:
        asked = read_all(connection)  # ends when the client's half does
        connection.sendall(b"you said " + asked)

    with target(serve) as url, RecordingProxy(url) as proxy, client_of(proxy) as client:
        client.sendall(b"that is all")
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == b"you said that is all"


def test_the_servers_half_may_be_the_first_to_end() -> None:
    heard: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        connection.shutdown(socket.SHUT_WR)
        heard.append(read_all(connection))

    with target(serve) as url, RecordingProxy(url) as proxy:
        with client_of(proxy) as client:
            assert client.recv(1) == b""
            client.sendall(b"still here")
        proxy.recording.wait_closed()
    assert heard == [b"still here"]


def test_a_reset_by_the_client_reaches_the_server_as_a_reset() -> None:
    seen: list[object] = []

    def serve(connection: socket.socket) -> None:
        connection.sendall(connection.recv(1))
        try:
            seen.append(connection.recv(1))
        except ConnectionError:
            seen.append("reset")

    with target(serve) as url, RecordingProxy(url) as proxy:
        with client_of(proxy) as client:
            client.sendall(b"x")
            client.recv(1)
            reset(client)
        proxy.recording.wait_closed()
    assert seen == ["reset"]


def test_a_reset_by_the_server_reaches_the_client_as_a_reset() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(1)
        reset(connection)

    with target(serve) as url, RecordingProxy(url) as proxy:
        with client_of(proxy) as client:
            client.sendall(b"x")
            with pytest.raises(ConnectionError):
                client.recv(1)
        proxy.recording.wait_closed()
        assert proxy.recording.stream(UP) == b"x"


def test_a_target_that_is_not_there_is_a_reset_and_no_noise(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with RecordingProxy(f"ws://127.0.0.1:{port}") as proxy:
        # It may come as early as in the connect itself.
        with pytest.raises(ConnectionError), client_of(proxy) as client:
            client.recv(1)
        proxy.recording.wait_closed()
        assert proxy.recording.connections == 1
        assert proxy.recording.count() == 0
    assert capfd.readouterr() == ("", "")


def test_a_stop_closes_both_sides_of_what_is_open(
    capfd: pytest.CaptureFixture[str],
) -> None:
    ended = threading.Event()

    def serve(connection: socket.socket) -> None:
        echo(connection)
        ended.set()

    with target(serve) as url, RecordingProxy(url).start() as proxy:
        with client_of(proxy) as client:
            client.sendall(b"x")
            client.recv(1)
            proxy.stop()
            assert client.recv(1) == b""
            assert ended.wait(20)
        proxy.recording.wait_closed()
    assert capfd.readouterr() == ("", "")


# --- faults, from any thread ----------------------------------------------------------


def test_a_library_notices_a_reset_at_any_byte_of_the_answer() -> None:
    def ask() -> str:
        with connect(relay.url, proxy=None, open_timeout=10) as client:
            client.send("Hello")
            return str(client.recv(timeout=10))

    with EchoServer() as server, RecordingProxy(server.url) as relay:
        assert ask() == "Received:  Hello"
        head = len(relay.recording.handshake(DOWN))
        for count in (0, 1, head - 1, head, head + 1, head + 2, head + 17):
            relay.reset_after(count, DOWN)
            with pytest.raises((ConnectionError, EOFError, WebSocketException)):
                ask()
        relay.reset_after(head + 18, DOWN)
        assert ask() == "Received:  Hello"


def test_faults_can_be_called_for_from_many_threads_while_bytes_pass(
    line: Line,
) -> None:
    client, server = line.open()
    said = bytes(range(256)) * 2**14  # 4 MiB

    def trouble() -> None:
        for _ in range(30):
            line.relay.stall()
            line.relay.delay(0.001)
            line.relay.delay(0)
            line.relay.resume()

    threads = [threading.Thread(target=trouble) for _ in range(4)]
    threads.append(threading.Thread(target=client.sendall, args=(said,)))
    for thread in threads:
        thread.start()
    assert read_exactly(server, len(said)) == said
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("fault", ["delay", "stall", "blackhole"])
def test_a_stop_closes_whatever_was_kept_back(line: Line, fault: str) -> None:
    client, server = line.open()
    getattr(line.relay, fault)(*([3600] if fault == "delay" else []))
    for end, way in ((client, UP), (server, DOWN)):
        end.sendall(b"never heard")
        line.has(11, way)
    waiting = line.client()
    waiting.sendall(b"nor this")
    line.has(8, UP, connection=2)
    line.relay.stop()
    assert not line.relay.running
    for end in (client, server, waiting):
        assert told(end) in ("FIN", "RST")
    line.recording.wait_closed()
    assert not any(chunk.passed for chunk in line.recording.chunks)


def test_a_stop_does_not_wait_for_a_receiver_that_does_not_read(line: Line) -> None:
    client, server = line.open()
    sending = threading.Thread(target=send_until_reset, args=(client, 2**25))
    sending.start()
    line.has(2**17, UP)
    line.relay.stop()
    sending.join()
    line.recording.wait_closed()


def test_a_relay_that_was_stopped_starts_without_a_fault(line: Line) -> None:
    line.relay.blackhole()
    line.relay.stall()
    line.relay.delay(3600)
    line.relay.reset_after(0, UP)
    line.relay.stop()
    line.relay.start()
    client, server = line.open()
    client.sendall(b"x")
    assert server.recv(1) == b"x"


def test_a_relay_that_does_not_run_cannot_be_told() -> None:
    relay = RecordingProxy("ws://127.0.0.1:1234")
    with pytest.raises(RuntimeError, match="not running"):
        relay.reset()
    with pytest.raises(RuntimeError, match="not running"):
        relay.stall()


# --- the rest -------------------------------------------------------------------------


def test_a_clock_can_be_passed_in() -> None:
    ticks = itertools.count(100)
    with (
        target(echo) as url,
        RecordingProxy(url, clock=lambda: float(next(ticks))) as proxy,
        client_of(proxy) as client,
    ):
        for _ in range(2):
            client.sendall(b"x")
            client.recv(1)
        times = [chunk.time for chunk in proxy.recording.chunks]
    assert len(times) == 4
    assert times == sorted(set(times))
    assert set(times) < set(range(1, 100))  # whole numbers, so they are ours


def test_time_never_runs_backwards() -> None:
    with target(echo) as url, RecordingProxy(url) as proxy, client_of(proxy) as client:
        for _ in range(10):
            client.sendall(b"x")
            client.recv(1)
        times = [chunk.time for chunk in proxy.recording.chunks]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= time.perf_counter()


@pytest.mark.parametrize(
    ("url", "where", "tail"),
    [
        ("ws://127.0.0.1:1234", ("127.0.0.1", 1234), ""),
        ("ws://127.0.0.1:1234/chat?room=1", ("127.0.0.1", 1234), "/chat?room=1"),
        ("http://localhost/scores", ("localhost", 80), "/scores"),
        ("wss://localhost", ("localhost", 443), ""),
        ("https://localhost", ("localhost", 443), ""),
    ],
)
def test_the_url_of_the_relay_is_the_targets_but_for_host_and_port(
    url: str, where: tuple[str, int], tail: str
) -> None:
    with RecordingProxy(url) as proxy:
        scheme = url.partition(":")[0]
        assert proxy.url == f"{scheme}://127.0.0.1:{proxy.port}{tail}"
        assert proxy._target == where


@pytest.mark.parametrize("url", ["", "127.0.0.1:1234", "ws:///x", "ws://127.0.0.1:x"])
def test_a_target_that_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        RecordingProxy(url)


def test_a_relay_that_would_pass_on_to_itself_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    names = ("127.0.0.1", "localhost")
    for host, here in itertools.product(names, names):
        with pytest.raises(ValueError, match=f"port {port} cannot pass on to"):
            RecordingProxy(f"ws://{host}:{port}", host=here, port=port)
    RecordingProxy(f"ws://192.0.2.1:{port}", port=port)  # another machine's port


def test_a_fault_that_cannot_be_is_refused_before_it_does_nothing(line: Line) -> None:
    nowhere: Any = "up"
    for fault in (line.relay.stall, line.relay.resume, line.relay.blackhole):
        with pytest.raises(ValueError, match="'up' is not a valid Direction"):
            fault(nowhere)
    with pytest.raises(ValueError, match="'up' is not a valid Direction"):
        line.relay.delay(1, nowhere)
    with pytest.raises(ValueError, match="'up' is not a valid Direction"):
        line.relay.reset_after(1, nowhere)
    half: Any = 0.5
    with pytest.raises(TypeError):
        line.relay.reset_after(half, UP)
    client, server = line.open()
    client.sendall(b"x")
    assert server.recv(1) == b"x"


def test_faults_can_be_called_for_in_the_relays_own_thread_too(
    line: Line, bounded: Callable[..., Any]
) -> None:
    client, server = line.open()
    client.sendall(b"x")
    assert server.recv(1) == b"x"

    def trouble() -> int:
        line.relay.stall()
        line.relay.delay(1)
        line.relay.reset_after(1, UP)
        return line.relay.reset()

    assert bounded(line.relay.call, trouble) == 1
    for end in (client, server):
        with pytest.raises(ConnectionError):
            end.recv(1)
