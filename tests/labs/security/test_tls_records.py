"""The records of TLS, from bytes and from a wss connection by way of the relay."""

import contextlib
import ssl
from collections.abc import Iterator

import pytest
import websocket

from wslib.direction import Direction
from wslib.errors import HandshakeError
from wslib.labs.security.tls_records import ContentType, Record, records
from wslib.relay.proxy import RecordingProxy
from wslib.server import EchoServer

trustme = pytest.importorskip("trustme")
UP, DOWN = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT
NAME = "bank.example"
ALERT = bytes.fromhex("15 03 03 00 02 02 30")  # fatal, unknown_ca


@pytest.fixture(scope="module")
def ca() -> "trustme.CA":
    return trustme.CA()


@pytest.fixture(scope="module")
def server(ca: "trustme.CA") -> Iterator[ssl.SSLContext]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(NAME, "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def client(ca: "trustme.CA") -> ssl.SSLContext:
    context = ssl.create_default_context()
    ca.configure_trust(context)
    return context


@contextlib.contextmanager
def conversation(
    server: ssl.SSLContext, client: ssl.SSLContext, *messages: str
) -> Iterator[tuple[bytes, bytes]]:
    """Yield the two streams while the connection, once answered, is still open."""
    with EchoServer(ssl=server) as echo, RecordingProxy(echo.url) as relay:
        connection = websocket.create_connection(
            f"{relay.url}/vault",
            timeout=10,
            host=NAME,
            origin=f"https://{NAME}",
            cookie="session=secret",
            sslopt={"context": client, "server_hostname": NAME},
        )
        try:
            for message in messages:
                connection.send(message)
                assert connection.recv() == "Received:  " + message
            yield relay.recording.stream(UP), relay.recording.stream(DOWN)
        finally:
            connection.close()


# --- from bytes -----------------------------------------------------------------------


def test_a_record_is_five_bytes_and_what_it_carries() -> None:
    [record] = records(ALERT)
    assert record == Record(content_type=ContentType.ALERT, data=b"\x02\x30")
    assert record.size == len(ALERT) == 7
    assert eval(repr(record)) == record


def test_every_split_gives_the_records_that_are_complete() -> None:
    hello = bytes.fromhex("16 03 01 00 03 61 62 63")
    empty = bytes.fromhex("17 03 03 00 00")
    stream = hello + ALERT + empty
    ends = [len(hello), len(hello + ALERT), len(stream)]
    for size in range(len(stream) + 1):
        assert len(records(stream[:size])) == sum(end <= size for end in ends)
    assert [record.data for record in records(stream)] == [b"abc", b"\x02\x30", b""]
    assert [record.version.hex() for record in records(stream)] == [
        "0301",
        "0303",
        "0303",
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"GET / HTTP/1.1\r\n", "HTTP, not TLS: a ws:// client at a wss:// port"),
        (b"HTTP/1.1 400 Bad", "HTTP, not TLS: a wss:// client at a ws:// port"),
        (ALERT + b"\x81\x05Hello", "no TLS record begins with 81 05 48 65 6c"),
        (b"G", "no TLS record begins with 47"),
        (b"\x00", "no TLS record begins with 00"),
        (b"\x18\x03\x03\x00\x01", "begins with 18"),  # heartbeat, RFC 6520: not here
        (b"\x17\x04\x03\x00\x01", "begins with 17 04"),
        (b"\x17\x03\x03\x41\x01", "begins with 17 03 03 41 01"),
    ],
)
def test_bytes_that_are_no_record_are_told_for_what_they_are(
    data: bytes, said: str
) -> None:
    with pytest.raises(HandshakeError, match=said) as caught:
        records(data)
    assert str(caught.value).endswith("(RFC 9846, section 5.1)")


def test_the_longest_record_that_there_may_be_is_read() -> None:
    size = 2**14 + 256
    [record] = records(b"\x17\x03\x03" + size.to_bytes(2, "big") + bytes(size))
    assert record.size == 5 + size


# --- from a connection ----------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 1, 13, 125, 126, 1000])
def test_a_frame_is_one_record_of_22_bytes_more(
    server: ssl.SSLContext, client: ssl.SSLContext, length: int
) -> None:
    message = "x" * length
    answer = "Received:  " + message

    def header(size: int) -> int:
        return 2 if size <= 125 else 4

    with conversation(server, client, message) as (up, down):
        last = [records(stream)[-1] for stream in (up, down)]
    assert [record.content_type for record in last] == [
        ContentType.APPLICATION_DATA
    ] * 2
    frames = [header(length) + 4 + length, header(len(answer)) + len(answer)]
    assert [record.size for record in last] == [5 + size + 1 + 16 for size in frames]


def test_hello_world_is_a_frame_of_19_bytes_and_a_record_of_41(
    server: ssl.SSLContext, client: ssl.SSLContext
) -> None:
    with conversation(server, client, *["Hello, world!"] * 3) as (up, down):
        sizes = [[r.size for r in records(stream)[-3:]] for stream in (up, down)]
        heads = {up.rpartition(records(up)[-1].data)[0][-5:].hex(" ")}
    assert sizes == [[41] * 3, [48] * 3]
    assert heads == {"17 03 03 00 24"}


def test_the_same_frame_looks_different_each_time(
    server: ssl.SSLContext, client: ssl.SSLContext
) -> None:
    with conversation(server, client, *["Hello, world!"] * 3) as (_, down):
        assert len({record.data for record in records(down)[-3:]}) == 3


def test_who_watches_reads_the_servers_name_and_nothing_of_websocket(
    server: ssl.SSLContext, client: ssl.SSLContext
) -> None:
    with conversation(server, client, "attack at dawn") as (up, down):
        assert NAME.encode() in records(up)[0].data
        assert NAME.encode() not in b"".join(r.data for r in records(up)[1:])
        for secret in (b"/vault", b"Origin", b"session", b"dawn", b"GET", b"HTTP"):
            assert secret not in up + down
        assert b"Sec-WebSocket" not in up + down


def test_the_same_connection_without_tls_shows_it_all() -> None:
    with EchoServer() as echo, RecordingProxy(echo.url) as relay:
        connection = websocket.create_connection(
            f"{relay.url}/vault", timeout=10, cookie="session=secret"
        )
        connection.close()
        up = relay.recording.stream(UP)
    assert b"GET /vault" in up and b"session=secret" in up
    with pytest.raises(HandshakeError, match="HTTP, not TLS"):
        records(up)


def test_both_sides_begin_in_the_clear_and_go_on_as_application_data(
    server: ssl.SSLContext, client: ssl.SSLContext
) -> None:
    with conversation(server, client, "Hello") as streams:
        for stream in streams:
            kinds = [record.content_type for record in records(stream)]
            assert sum(record.size for record in records(stream)) == len(stream)
            assert kinds[0] is ContentType.HANDSHAKE
            after = kinds[kinds.index(ContentType.APPLICATION_DATA) :]
            assert set(after) == {ContentType.APPLICATION_DATA}


def test_in_tls_1_2_a_record_has_another_size(
    server: ssl.SSLContext, client: ssl.SSLContext
) -> None:
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    with conversation(server, client, "Hello, world!") as (up, _):
        last = records(up)[-1]
    assert last.content_type is ContentType.APPLICATION_DATA
    # No byte for the type; with AES-GCM a nonce of 8 bytes, with ChaCha20 none.
    assert last.size in (5 + 8 + 19 + 16, 5 + 19 + 16)
