"""Clients that ask for too much, and what a server says to them.

Each is an attack in a few bytes, or the look at what it did:

    Collector    a server that tells how much of an unfinished message it holds
    Callers      clients that say half a request each, and then nothing
    last_word    the Close with which a server ends a conversation
    answers      what a server says to each of some messages
"""

import select
import socket
import time
from typing import Self

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from wslib.frames import parse_close
from wslib.http1 import Headers
from wslib.raw_client import RawClient
from wslib.server import EchoServer
from wslib.service import Service

HALF = b"GET / HTTP/1.1\r\nHost:"


class Collector(EchoServer):
    """A server that waits for one message, and tells how much of it it holds.

    Args:
        max_size: The largest message that it takes, in bytes; None sets no limit.
    """

    def __init__(self, max_size: int | None) -> None:
        super().__init__(self._wait, max_size=max_size)
        self._connection: ServerConnection | None = None

    async def _wait(self, connection: ServerConnection) -> None:
        """Wait for a message that may never be complete."""
        self._connection = connection
        await connection.recv()

    def held(self, size: int, timeout: float = 5.0) -> int:
        """Return how many bytes of the message it holds, once it is that many.

        Args:
            size: How many were sent.
            timeout: How long to wait for them, in seconds.

        Raises:
            TimeoutError: If fewer have come by then.
        """
        end = time.monotonic() + timeout
        while (now := self.call(self._held)) < size:
            if time.monotonic() > end:
                raise TimeoutError(f"of {size:,} bytes, {now:,} have come")
        return now

    def _held(self) -> int:
        """Return what the library has read, and can give to nobody yet."""
        return len(self._connection.protocol.reader.buffer) if self._connection else 0


class Callers:
    """Clients that say half a request each, and then nothing. A context manager.

    Args:
        server: Whom they call.
        count: How many they are.
    """

    def __init__(self, server: Service, count: int) -> None:
        address = server.host, server.port
        self._sockets = list[socket.socket]()
        for _ in range(count):
            self._sockets.append(socket.create_connection(address, timeout=5))
            self._sockets[-1].sendall(HALF)

    def wait(self) -> int:
        """Wait until the server has hung up on all of them; return how many they are.

        Raises:
            TimeoutError: If it does not.
        """
        return sum(client.recv(1) == b"" for client in self._sockets)

    def let_go(self) -> int:
        """Return on how many the server has hung up by now."""
        return len(select.select(self._sockets, [], [], 0)[0])

    def __enter__(self) -> Self:
        """Return the callers."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Hang up, all of them."""
        for client in self._sockets:
            client.close()


def last_word(server: Service, data: bytes, *, headers: Headers = ()) -> str:
    """Send some bytes after the opening handshake; return the Close that answers them.

    Args:
        server: Whom to send them to.
        data: The bytes: frames, or the beginning of one.
        headers: More fields for the opening handshake.

    Raises:
        TimeoutError: If it waits for more.
    """
    with RawClient(server, headers=headers) as client:
        client.send(data)
        (close,) = client.frames(1)
    code, reason = parse_close(close.payload)
    return f"Close {code:d}: {reason}"


def answers(server: Service, *messages: str) -> list[str]:
    """Send messages, each after the answer to the one before; return the answers.

    The last one may be how the server closed the connection.

    Args:
        server: Whom to send them to.
        messages: What to send.
    """
    said = list[str]()
    with connect(server.url, compression=None, open_timeout=5) as client:
        for message in messages:
            try:
                client.send(message)
                said.append(str(client.recv(timeout=5)))
            except ConnectionClosed as closed:
                code = int(closed.rcvd.code) if closed.rcvd else 1006
                return [*said, f"Close {code}"]
    return said
