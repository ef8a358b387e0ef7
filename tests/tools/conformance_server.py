"""An echo over real sockets on wslib's own handshake and protocol, at either end.

The server answers text with the same text and binary with the same bytes, as a
conformance suite wants it; in a terminal, until Ctrl-C:

    python tests/tools/conformance_server.py 9001
"""

import contextlib
import socket
import socketserver
import sys
from collections.abc import Callable
from typing import TypeVar

from wslib.handshake import build_request, build_response, response_problems
from wslib.http1 import parse_request, parse_response
from wslib.messages import BinaryMessage, TextMessage
from wslib.protocol import Connection, Event, State, TcpClosed

MAX_MESSAGE = 2**24  # bytes: as much as the largest message of the suite
PATIENCE = 30  # seconds without a byte from the peer

_Head = TypeVar("_Head")


class EchoServer(socketserver.ThreadingTCPServer):
    """One thread to a client."""

    allow_reuse_address = True
    request_queue_size = 50

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Echo)
        self.port: int = self.server_address[1]
        self.closed: list[TcpClosed] = []  # how each connection ended


class _Echo(socketserver.BaseRequestHandler):
    """What a client gets."""

    server: EchoServer

    def handle(self) -> None:
        """Shake hands, then echo until TCP is closed."""
        self.request.settimeout(PATIENCE)
        request, rest = read_head(self.request, parse_request)
        response = build_response(request)
        self.request.sendall(response.serialize())
        if response.status == 101:
            connection = Connection(client=False, max_message=MAX_MESSAGE)
            events = converse(self.request, connection, rest, echo)
            assert isinstance(events[-1], TcpClosed)
            self.server.closed.append(events[-1])


def echo(connection: Connection, event: Event) -> None:
    """Send a message back as it came."""
    if connection.state is not State.OPEN:
        return
    if isinstance(event, TextMessage):
        connection.send_text(event.text)
    elif isinstance(event, BinaryMessage):
        connection.send_binary(event.payload)


def connect(port: int, target: str = "/") -> tuple[socket.socket, bytes]:
    """Open a connection as a client; return it, and what came behind the response."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    request = build_request(f"127.0.0.1:{port}", target)
    sock.sendall(request.serialize())
    response, rest = read_head(sock, parse_response)
    problems = response_problems(response, request)
    assert not problems, problems
    return sock, rest


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


def read_head(
    sock: socket.socket, parse: Callable[[bytes], tuple[_Head, int] | None]
) -> tuple[_Head, bytes]:
    """Read one half of the opening handshake; return it, and what came behind it."""
    data = b""
    while (found := parse(data)) is None:
        more = sock.recv(65536)
        if not more:
            raise EOFError("the peer left in the middle of the opening handshake")
        data += more
    head, size = found
    return head, data[size:]


if __name__ == "__main__":
    with EchoServer(int(sys.argv[1])) as server, contextlib.suppress(KeyboardInterrupt):
        print(f"listening on ws://127.0.0.1:{server.port}", flush=True)
        server.serve_forever()
