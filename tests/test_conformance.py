"""The handshake and the protocol of wslib over real sockets, with real peers."""

import asyncio
import contextlib
import socket
import struct
import textwrap
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field

import pytest
import websocket
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK
from websockets.sync.client import connect as connect_with_websockets

from wslib import endpoint, protocol
from wslib import server as with_websockets
from wslib.frames import Frame, Opcode, parse_frame
from wslib.handshake import build_request, response_problems
from wslib.http1 import parse_response
from wslib.messages import TextMessage
from wslib.protocol import (
    CloseReceived,
    Connection,
    ConnectionFailed,
    Event,
    Ping,
    Pong,
    State,
    TcpClosed,
)

PATIENCE = 30  # seconds without a byte from the peer
LONG = "é" * 2**19  # 1 MiB of UTF-8: never in one piece


@dataclass
class Echo:
    """An echo of wslib.endpoint: where it listens, and how each connection ended."""

    port: int
    closed: list[TcpClosed | None] = field(default_factory=list)


@contextlib.contextmanager
def serving() -> Iterator[Echo]:
    """Run an echo of ours in a thread; on leaving, every client has gone."""
    started: Future[Echo] = Future()

    async def run() -> None:
        talking: set[asyncio.Task[None] | None] = set()

        async def handler(websocket: endpoint.WebSocket) -> None:
            talking.add(asyncio.current_task())
            try:
                await endpoint.echo(websocket)
            finally:
                server.closed.append(websocket.closed)
                talking.remove(asyncio.current_task())

        limits = endpoint.Limits(message=2**24)
        async with endpoint.serve(handler, limits=limits) as listening:
            server = Echo(listening.sockets[0].getsockname()[1])
            started.set_result(server)
            await asyncio.to_thread(over.wait)
            while talking:
                await asyncio.sleep(0.01)

    over = threading.Event()
    thread = threading.Thread(target=asyncio.run, args=[run()])
    thread.start()
    try:
        yield started.result(20)
    finally:
        over.set()
        thread.join()


def url(server: Echo) -> str:
    return f"ws://127.0.0.1:{server.port}/"


def connect(port: int) -> tuple[socket.socket, bytes]:
    """Open a connection as a client; return it, and what came behind the response."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    request = build_request(f"127.0.0.1:{port}")
    sock.sendall(request.serialize())
    data = b""
    while (found := parse_response(data)) is None:
        data += sock.recv(65536) or pytest.fail("the server has left")
    response, size = found
    assert not response_problems(response, request)
    return sock, data[size:]


def converse(
    sock: socket.socket,
    connection: Connection,
    data: bytes,
    answer: Callable[[Connection, Event], None],
) -> list[Event]:
    """Carry bytes between a socket and a connection until TCP is closed.

    Args:
        sock: The socket, behind the opening handshake.
        connection: This end of the connection.
        data: What came with the last read, behind the opening handshake.
        answer: What the application does with an event.

    Returns:
        Everything that happened, in order.
    """
    events: list[Event] = []
    connection.receive_data(data)
    while True:
        for event in connection.events():
            events.append(event)
            answer(connection, event)
        with contextlib.suppress(OSError):  # what the peer no longer reads is lost
            sock.sendall(connection.data_to_send())
            if connection.must_close_tcp:
                sock.shutdown(socket.SHUT_WR)
        if connection.state is State.CLOSED:
            return events
        try:
            data = sock.recv(65536)
        except OSError:
            data = b""
        if data:
            connection.receive_data(data)
        else:
            connection.receive_eof()


def test_a_client_of_websockets_gets_its_messages_back() -> None:
    with serving() as server:
        with connect_with_websockets(url(server), max_size=2**22) as client:
            for message in ("Hello", "", b"\x00\xff", b"", LONG, LONG.encode()):
                client.send(message)
                assert client.recv(timeout=5) == message
            client.send(["Hel", "lo, ", "world"])
            assert client.recv(timeout=5) == "Hello, world"
            assert client.ping("are you there?").wait(5)
            client.close(4000, "done")
            assert client.close_code == 4000
    assert server.closed == [TcpClosed(4000, "done")]


def test_a_client_of_websocket_client_gets_its_messages_back() -> None:
    with serving() as server:
        client = websocket.create_connection(url(server), timeout=5)
        for message in ("Hello", LONG):
            client.send(message)
            assert client.recv() == message
        client.send_bytes(b"\x00\xff")
        assert client.recv() == b"\x00\xff"
        client.ping(b"are you there?")
        assert client.recv_data(control_frame=True) == (10, b"are you there?")
        client.send_close(4000, b"done")
        assert client.recv_data() == (8, (4000).to_bytes(2, "big"))
        client.shutdown()
    assert server.closed == [TcpClosed(4000, "done")]


def test_a_client_of_ours_talks_to_a_server_of_websockets() -> None:
    said = ["Hello", "", LONG[:1000]]

    def answer(connection: Connection, event: Event) -> None:
        if isinstance(event, TextMessage) and said:
            connection.send_text(said.pop(0))
        elif isinstance(event, TextMessage):
            connection.send_ping(b"are you there?")
        elif isinstance(event, Pong):
            connection.send_close(1000, "done")

    with with_websockets.EchoServer() as server:
        connection = Connection(client=True)
        connection.send_text("first")
        sock, rest = connect(server.port)
        with sock:
            events = converse(sock, connection, rest, answer)
    assert events == [
        *(
            TextMessage("Received:  " + text)
            for text in ("first", "Hello", "", LONG[:1000])
        ),
        Pong(b"are you there?"),
        CloseReceived(1000, "done"),
        TcpClosed(1000, "done"),
    ]


def test_both_ends_are_ours() -> None:
    def answer(connection: Connection, event: Event) -> None:
        if isinstance(event, TextMessage):
            connection.send_close(3000, "done")

    with serving() as server:
        connection = Connection(client=True)
        connection.send_text(LONG[:100_000])
        sock, rest = connect(server.port)
        with sock:
            events = converse(sock, connection, rest, answer)
    assert events == [TextMessage(LONG[:100_000]), CloseReceived(3000), TcpClosed(3000)]
    assert server.closed == [TcpClosed(3000, "done")]


def test_after_both_closes_it_is_the_server_that_ends_tcp() -> None:
    with serving() as server:
        sock, rest = connect(server.port)
        with sock:
            sock.sendall(Frame(opcode=Opcode.CLOSE, masking_key=bytes(4)).serialize())
            while more := sock.recv(65536):  # ends, though this end has closed nothing
                rest += more
            assert rest == bytes.fromhex("8800")
    assert server.closed == [TcpClosed(1005)]


def test_a_broken_rule_is_told_to_the_client_before_tcp_ends() -> None:
    with serving() as server:
        sock, rest = connect(server.port)
        with sock:
            sock.sendall(Frame(opcode=Opcode.TEXT, payload=b"no mask").serialize())
            while more := sock.recv(65536):
                rest += more
    found = parse_frame(rest, masked=False)
    assert found is not None
    assert found[0].payload == (
        b"\x03\xeaa client masks every frame (RFC 6455, section 5.1)"
    )
    assert server.closed == [TcpClosed(1006)]


def lost_in_order(sock: socket.socket) -> None:
    """Close TCP, without a Close frame before it."""
    sock.close()


def lost_by_reset(sock: socket.socket) -> None:
    """Reset TCP, as a machine does that knows nothing of the connection."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@pytest.mark.parametrize("lose", [lost_in_order, lost_by_reset])
def test_a_client_that_is_lost_leaves_1006_behind(
    lose: Callable[[socket.socket], None],
) -> None:
    with serving() as server:
        sock, _ = connect(server.port)
        sock.sendall(bytes.fromhex("81fe"))
        lose(sock)
    assert server.closed == [TcpClosed(1006)]


def test_a_server_that_breaks_a_rule_is_told_so() -> None:
    here, there = socket.socketpair()
    with here, there:
        there.sendall(bytes.fromhex("8900 8180 00000000"))
        there.shutdown(socket.SHUT_WR)
        connection = Connection(client=True, masking_key=lambda: bytes(4))
        events = converse(here, connection, b"", lambda connection, event: None)
        sent = there.recv(65536)
    failed = ConnectionFailed("a server masks no frame", "5.1", 1002)
    assert events == [Ping(), failed, TcpClosed(1006)]
    reason = b"\x03\xeaa server masks no frame (RFC 6455, section 5.1)"
    assert sent == bytes.fromhex("8a80 00000000 88b1 00000000") + reason


def test_the_loop_in_the_docstring_is_an_echo() -> None:
    _, loop = (protocol.__doc__ or "").split("sends what it gets:\n")
    here, there = socket.socketpair()
    with here, there:
        for opcode, payload in ((Opcode.TEXT, b"Hello"), (Opcode.CLOSE, b"")):
            frame = Frame(opcode=opcode, payload=payload, masking_key=bytes(4))
            here.sendall(frame.serialize())
        here.shutdown(socket.SHUT_WR)
        given = {"TextMessage": TextMessage, "socket": socket, "sock": there}
        exec(textwrap.dedent(loop), vars(protocol) | given)
        assert here.recv(65536) == b"\x81\x05Hello\x88\x00"
        assert here.recv(65536) == b"", "the server has closed TCP"


def test_what_the_limit_refuses_is_told_to_a_real_client() -> None:
    with serving() as server, connect_with_websockets(url(server)) as client:
        with contextlib.suppress(ConnectionClosedError, OSError):
            client.send(bytes(2**24 + 1))
        with pytest.raises((ConnectionClosedError, ConnectionClosedOK)) as caught:
            client.recv(timeout=5)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1009
