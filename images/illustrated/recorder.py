"""The conversation, held twice on loopback, in the clear and inside TLS, and recorded.

    client ▶  "Hello, world!"
           ◀  "Received:  Hello, world!"
           ◀  half a message ── ping ── (waits for the pong) ── the other half
           ▶  Close 1000

On Linux, for whoever may look at packets (root, or CAP_NET_RAW), these are the packets
that the operating system sent. Elsewhere a relay keeps the bytes and makes up packets
around them, as ``wslib.relay.pcap`` says; the page then says so, too.
"""

import contextlib
import socket
import ssl
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.sync.client import connect

from illustrated.capture import FIN, RST, SYN, Packet, connections, write
from wslib import page
from wslib.labs.security import Authority
from wslib.relay import RecordingProxy
from wslib.server import EchoServer

HOST = "echo.example"
HELLO = "Hello, world!"
HALVES = "A message may pause ", "and go on."
_TRIES = 20  # of a conversation, to have one in which nothing is sent again
_RCVBUFFORCE = 33  # of Linux; Python has no name for it
PING = "Still there?"
CODE, REASON = 1000, "That was all"

Client = Callable[[str, str], None]  # takes the address, and whom to trust, as PEM

# What a browser runs. It ends as its socket does.
SCRIPT = """
([url, hello, code, reason]) => new Promise((done, failed) => {
  const socket = new WebSocket(url);
  let messages = 0;
  socket.onopen = () => socket.send(hello);
  socket.onmessage = () => { if (++messages === 2) socket.close(code, reason); };
  socket.onclose = (event) => event.wasClean ? done() : failed(String(event.code));
})
"""


def record(client: Client) -> bytes:
    """Return a capture file of two connections: the conversation, and again in TLS.

    Args:
        client: Holds its side of the conversation with the server at an address.

    Raises:
        RuntimeError: If the recording has not the end of a connection, or TCP sends
            something again however often it is tried.
    """
    with tempfile.TemporaryDirectory() as folder:
        authority, key_log = Authority(), Path(folder, "keys")
        tls = authority.server(HOST)
        tls.keylog_filename = str(key_log)
        tls.num_tickets = 0  # so that nobody comes back by one, without a certificate
        clear = _undisturbed(client, authority.pem, None)
        inside = _undisturbed(client, authority.pem, tls)
        keys = _keys_of(inside, key_log.read_text("ascii"))
    return write(clear + inside, keys)


def program(url: str, trusted: str) -> None:
    """Be the client that a program is: the ``websockets`` library."""
    parts = urlsplit(url)
    tls = parts.scheme == "wss"
    port = parts.port or (443 if tls else 80)
    near = socket.create_connection(("127.0.0.1", port), timeout=5)
    context = ssl.create_default_context(cadata=trusted) if tls else None
    with connect(url, sock=near, ssl=context, compression=None) as it:
        it.send(HELLO)
        it.recv(5), it.recv(5)
        it.close(CODE, REASON)


def in_browser(browser: Any) -> Client:
    """Return the client that a browser is: a page of the same server, and its script.

    Args:
        browser: Playwright's, told that ``echo.example`` is this machine.
    """

    def client(url: str, trusted: str) -> None:
        # The authority is ours, and it is made for one run: no browser can know it.
        context = browser.new_context(ignore_https_errors=True)
        try:
            tab = context.new_page()
            tab.goto(url.replace("ws", "http", 1))
            tab.evaluate(SCRIPT, [url, HELLO, CODE, REASON])
        finally:
            context.close()

    return client


async def talk(connection: ServerConnection) -> None:
    """Hold the server's side of the conversation."""
    await connection.send(f"Received:  {await connection.recv()}")
    first, second = HALVES
    async with connection.send_context():
        connection.protocol.send_text(first.encode(), fin=False)
    await (await connection.ping(PING))  # returns with the pong
    async with connection.send_context():
        connection.protocol.send_continuation(second.encode(), fin=True)
    await connection.wait_closed()


def _answer(connection: ServerConnection, request: Request) -> Response | None:
    """Answer with a page whoever does not ask for WebSocket."""
    if "Upgrade" in request.headers:
        return None
    if request.path != "/":
        return page.response(204, "No Content", "")
    document = "<!doctype html><title>A client</title>"
    return page.response(200, "OK", document, kind="text/html")


def _undisturbed(
    client: Client, trusted: str, tls: ssl.SSLContext | None
) -> list[Packet]:
    """Return the packets of a conversation in which nothing was sent twice.

    On a machine that stands still for a moment TCP sends again what has arrived long
    since, even on loopback. The page tells of a connection without that.
    """
    for _ in range(_TRIES):
        packets = _recorded(client, trusted, tls)
        if _in_order(packets):
            return packets
    raise RuntimeError(
        "TCP sends again and again: try it on a machine that is less busy"
    )


def _in_order(packets: list[Packet]) -> bool:
    """Tell whether each side's packets begin where the one before has ended."""
    due: dict[object, int] = {}
    for packet in packets:
        if packet.sequence != due.get(packet.source, packet.sequence):
            return False
        size = len(packet.payload) + bool(packet.flags & (SYN | FIN))
        due[packet.source] = (packet.sequence + size) % 2**32
    return True


def _recorded(client: Client, trusted: str, tls: ssl.SSLContext | None) -> list[Packet]:
    """Return the packets of one conversation, from SYN to the last ACK."""
    ports: list[int] = []  # the client's, of the one connection that is a WebSocket

    async def handler(connection: ServerConnection) -> None:
        ports.append(connection.remote_address[1])
        await talk(connection)

    scheme = "wss" if tls else "ws"
    packets: list[Packet] = []
    options: dict[str, Any] = {"process_request": _answer, "ssl": tls}
    if (tap := _tap()) is not None:
        server = _started(EchoServer(handler, port=443 if tls else 80, **options))
        server = server or EchoServer(handler, **options)
        with server, _listening(tap, packets):
            client(f"{scheme}://{HOST}:{server.port}/", trusted)
            _wait(lambda: _ended(_with_port(packets, ports[-1])))
        return _with_port(packets, ports[-1])
    with EchoServer(handler, **options) as server, RecordingProxy(server.url) as relay:
        client(f"{scheme}://{HOST}:{relay.port}/", trusted)
        relay.recording.wait_closed()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "relay.pcap")
            relay.recording.save_pcap(file)
            found = connections(_of_pcap(file.read_bytes()))
    return max(found, key=len)  # the page's own requests are shorter


def _started(server: EchoServer) -> EchoServer | None:
    """Start a server on a port that another program may have, or that is root's."""
    try:
        return server.start()
    except OSError:
        return None


def _tap() -> socket.socket | None:
    """Return a socket that sees every packet of loopback, where there may be one."""
    try:
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
        tap.bind(("lo", 0x0800))  # IPv4
    except (AttributeError, OSError):
        return None
    tap.setsockopt(socket.SOL_SOCKET, _RCVBUFFORCE, 2**24)  # others talk here, too
    tap.settimeout(0.1)
    return tap


@contextlib.contextmanager
def _listening(tap: socket.socket, packets: list[Packet]) -> Iterator[None]:
    """Keep what a tap sees, until the block ends."""
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            with contextlib.suppress(TimeoutError):
                data, (_, _, way, *_) = tap.recvfrom(2**16)
                packet = Packet(time.time_ns() // 1_000, data)
                # Loopback shows each packet twice: as it goes and as it comes.
                if way != socket.PACKET_OUTGOING and packet.is_tcp:
                    packets.append(packet)

    thread = threading.Thread(target=listen)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        tap.close()


def _with_port(packets: list[Packet], port: int) -> list[Packet]:
    """Return the packets of the last connection of one port, as far as they came."""
    found = connections(packets)
    return [[], *(ours for ours in found if ours[0].source[1] == port)][-1]


def _ended(packets: list[Packet]) -> bool:
    """Tell whether both sides have sent FIN, and the last one is acknowledged."""
    fins = [packet for packet in packets if packet.flags & FIN]
    if len({fin.source for fin in fins}) < 2:
        return any(packet.flags & RST for packet in packets)
    return packets[-1].acknowledgement == fins[-1].sequence + 1


def _wait(ready: Callable[[], bool]) -> None:
    """Return as soon as something is so."""
    deadline = time.monotonic() + 5
    while not ready():
        if time.monotonic() > deadline:
            raise RuntimeError("the connection has not ended in 5 seconds")
        time.sleep(0.01)


def _of_pcap(data: bytes) -> Iterator[Packet]:
    """Yield the packets of a file of ``wslib.relay.pcap``."""
    at = 24
    while at < len(data):
        seconds, microseconds, size, _ = struct.unpack_from("!IIII", data, at)
        time = seconds * 1_000_000 + microseconds
        yield Packet(time, data[at + 16 : at + 16 + size])
        at += 16 + size


def _keys_of(packets: list[Packet], key_log: str) -> str:
    """Return the lines of a key log that belong to one connection."""
    hello = next(packet.payload for packet in packets if packet.payload)
    random = hello[11:43].hex()  # RFC 9846, section 4.2.2
    return "".join(f"{line}\n" for line in key_log.splitlines() if random in line)
