"""A certification authority of one's own, and somebody between client and server.

    client                       Impostor                     the real server
    TLS, "bank.example?"     ▶
                             ◀   a certificate of its own
                                 TLS, "bank.example?"     ▶
                                                          ◀   the real certificate
    a message                ▶   reads it                 ▶
                             ◀   reads it                 ◀   an answer

Keys and certificates are made in memory, for one run.
"""

import ssl
from datetime import UTC, datetime

import trustme
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection

from wslib.server import EchoServer
from wslib.service import Service

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class Authority:
    """A certification authority (CA) that nobody knows who was not told of it.

    Attributes:
        pem: Its own certificate, as text: what a client needs to trust it.
    """

    def __init__(self) -> None:
        self._ca = trustme.CA()
        self.pem = self._ca.cert_pem.bytes().decode()

    def server(self, name: str, *, expired: bool = False) -> ssl.SSLContext:
        """Return the TLS of a server with a certificate of this authority.

        Args:
            name: Whose certificate it is, such as ``bank.example``.
            expired: Whether its time is over.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        not_after = _LONG_AGO if expired else None
        self._ca.issue_cert(name, not_after=not_after).configure_cert(context)
        return context


class Impostor(EchoServer):
    """A server that claims to be another one, passes all on to it, and takes notes.

    Args:
        real: The server that it claims to be.
        name: That server's name.
        ssl: Its own TLS, with a certificate of its own making.
        trusting: The TLS with which it goes to the real server.

    Attributes:
        notes: The messages of clients, as they came.

    One answer to one message, as an echo gives; more would be left behind.
    """

    def __init__(
        self,
        real: Service,
        name: str,
        *,
        ssl: ssl.SSLContext,
        trusting: ssl.SSLContext,
    ) -> None:
        super().__init__(self._pass_on, ssl=ssl)
        self.notes: list[str] = []
        self._real = real
        self._name = name
        self._trusting = trusting

    async def _pass_on(self, connection: ServerConnection) -> None:
        """Be the client of the real server for one client."""
        async with connect(
            self._real.url,
            ssl=self._trusting,
            server_hostname=self._name,
            compression=None,
            proxy=None,
        ) as real:
            async for message in connection:
                self.notes.append(str(message))
                await real.send(message)
                await connection.send(await real.recv())
