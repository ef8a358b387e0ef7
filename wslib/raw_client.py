"""A client by hand: a bare socket after the opening handshake, and nothing checked.

For breaking rules on purpose. It sends any bytes at all, and reads what comes back
frame by frame, however TCP hands it over.

    with RawClient(server) as client:
        client.send(bytes.fromhex("81 85 37 fa 21 3d 7f 9f 4d 51 58"))
        client.frames(1)
"""

import socket
from typing import Self

from wslib.frames import Frame, FrameReader
from wslib.handshake import build_request
from wslib.http1 import Headers, parse_response
from wslib.service import Service

__all__ = ["RawClient"]


class RawClient:
    """One WebSocket connection over a bare socket. Usable as a context manager.

    Args:
        service: A server, or a relay before one.
        headers: More fields for the opening handshake.
        timeout: How long to wait for anything, in seconds.

    Raises:
        ConnectionError: If the server refuses, or hangs up.
        TimeoutError: If it says nothing.
    """

    def __init__(
        self, service: Service, *, headers: Headers = (), timeout: float = 5.0
    ) -> None:
        address = service.host, service.port
        self.socket = socket.create_connection(address, timeout=timeout)
        received = b""
        try:
            self.send(build_request("server.example", headers=headers).serialize())
            while (found := parse_response(received)) is None:
                received += self._receive()
        except BaseException:
            self.close()
            raise
        response, size = found
        self._reader = FrameReader(masked=False)
        self._reader.feed(received[size:])  # the server may have spoken at once
        if response.status != 101:
            self.close()
            raise ConnectionError(f"the server answered {response.status}")

    def send(self, data: bytes) -> None:
        """Write these bytes, legal or not."""
        self.socket.sendall(data)

    def frames(self, count: int) -> list[Frame]:
        """Return the next frames that the server sends, this many.

        Raises:
            ConnectionError: If the server hangs up before.
            ProtocolError: If it breaks a rule.
        """
        frames: list[Frame] = []
        while len(frames) < count:
            while (frame := self._reader.next_frame()) is None:
                self._reader.feed(self._receive())
            frames.append(frame)
        return frames

    def at_end(self) -> bool:
        """Wait for more; tell whether the server has closed TCP instead."""
        data = self.socket.recv(4096)
        self._reader.feed(data)
        return not data

    def close(self) -> None:
        """Hang up, without a Close frame."""
        self.socket.close()

    def _receive(self) -> bytes:
        data = self.socket.recv(4096)
        if not data:
            raise ConnectionError("the server has hung up")
        return data

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Hang up."""
        self.close()
