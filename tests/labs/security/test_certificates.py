"""A certificate is believed for its signer, its name and its time."""

import ssl

import pytest
import websocket

from wslib.labs.security.certificates import Authority, Impostor
from wslib.server import EchoServer

NAME = "bank.example"


def trusting(authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.pem)


def connected(server: EchoServer, context: ssl.SSLContext) -> websocket.WebSocket:
    return websocket.create_connection(
        server.url, timeout=10, sslopt={"context": context, "server_hostname": NAME}
    )


@pytest.fixture(scope="module")
def ca() -> Authority:
    return Authority()


def test_who_trusts_the_authority_is_connected_by_tls_1_3(ca: Authority) -> None:
    with EchoServer(ssl=ca.server(NAME)) as server:
        client = connected(server, trusting(ca))
        assert client.sock is not None and client.sock.version() == "TLSv1.3"
        client.close()


@pytest.mark.parametrize(
    ("server", "why"),
    [
        (lambda ca: Authority().server(NAME), "local issuer"),
        (lambda ca: ca.server("shop.example"), "Hostname mismatch"),
        (lambda ca: ca.server(NAME, expired=True), "has expired"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_what_the_client_says(
    ca: Authority, server: "object", why: str
) -> None:
    with EchoServer(ssl=server(ca)) as wrong:  # type: ignore[operator]
        with pytest.raises(ssl.SSLCertVerificationError, match=why):
            connected(wrong, trusting(ca))
        assert wrong.handshakes == []


def test_an_impostor_reads_along_where_nobody_looks_and_nowhere_else(
    ca: Authority,
) -> None:
    blind = ssl.create_default_context()
    blind.check_hostname = False
    blind.verify_mode = ssl.CERT_NONE
    own = Authority().server(NAME)
    with (
        EchoServer(ssl=ca.server(NAME)) as real,
        Impostor(real, NAME, ssl=own, trusting=trusting(ca)) as impostor,
    ):
        client = connected(impostor, blind)
        for message in ("one", "two"):
            client.send(message)
            assert client.recv() == f"Received:  {message}"
        client.close()
        assert impostor.notes == ["one", "two"]
        with pytest.raises(ssl.SSLCertVerificationError):
            connected(impostor, trusting(ca))
        assert impostor.notes == ["one", "two"]
