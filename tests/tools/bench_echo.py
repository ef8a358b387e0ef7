"""How fast is the echo? Ours beside websockets and beside TCP: `make bench`.

Five servers, each a process of its own, and one client, which says something and waits
until all of the answer is there. The client is a bare socket with frames made before,
so that nearly all of the time is the server's. It takes the servers in turn, a moment
each, and a ratio is the median of many: how often ours answers while the other one
answers once. Over 1: ours is the faster one. Some processes are lucky with their
memory, and some are not: so there are several of each, one after the other.

Ours are EchoServer, which the notebooks use, and wslib.endpoint, which is there to be
read. Plain websockets has the options of EchoServer and sends the same answer, and
keeps no log; pure is the same without its part in C, and with what endpoint cannot do
without: it looks after silent peers. TCP sends back what comes, without handshake,
frame or mask: what asyncio itself costs.
"""

import argparse
import asyncio
import contextlib
import platform
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from importlib.metadata import version

import websockets.frames
import websockets.utils
from websockets.asyncio.server import ServerConnection
from websockets.asyncio.server import serve as websockets_serve

from wslib import endpoint
from wslib.frames import Frame, Opcode
from wslib.handshake import build_request
from wslib.server import EchoServer
from wslib.service import Service

SIZES = {"16 B": 16, "1 KiB": 2**10, "64 KiB": 2**16}
STARTS = 5  # of the three servers
ROUNDS = 50  # for each of these, and each size
SECONDS = 0.01  # for one turn of one server
PREFIX = "Received:  "


async def answer(connection: ServerConnection) -> None:
    """Be the handler of plain websockets."""
    async for message in connection:
        await connection.send(PREFIX + str(message))


class Plain(Service):
    """The server of websockets, with the options of EchoServer."""

    ping_interval: float | None = None

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        async with websockets_serve(
            answer, self.host, 0, compression=None, ping_interval=self.ping_interval
        ) as server:
            yield server.sockets


class Pure(Plain):
    """The same without its part in C, which unmasks; silent peers are sent Pings."""

    ping_interval = endpoint.Limits.silence

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        websockets.frames.apply_mask = websockets.utils.apply_mask
        async with super().listen() as sockets:
            yield sockets


class Ours(Service):
    """The server of wslib.endpoint."""

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        async with endpoint.serve(self.answer, self.host) as server:
            yield server.sockets

    async def answer(self, websocket: endpoint.WebSocket) -> None:
        """Be its handler."""
        async for message in websocket:
            await websocket.send(PREFIX + str(message))


class Tcp(Service):
    """A server that sends back what comes."""

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        loop = asyncio.get_running_loop()
        async with await loop.create_server(Return, self.host, 0) as server:
            yield server.sockets


class Return(asyncio.Protocol):
    """What a connection of that server does."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


SERVERS: dict[str, type[Service]] = {
    "EchoServer": EchoServer,
    "endpoint": Ours,
    "websockets": Plain,
    "pure": Pure,
    "TCP": Tcp,
}
OURS = {"EchoServer": ("websockets", "TCP"), "endpoint": ("websockets", "pure", "TCP")}


def serve(name: str) -> None:
    """Be a server: print the port, and end when no line will come."""
    with SERVERS[name]() as server:
        print(server.port, flush=True)
        sys.stdin.read()


def frame(payload: bytes, opcode: Opcode = Opcode.TEXT, *, masked: bool) -> bytes:
    """Return a frame as it travels."""
    key = b"\x37\xfa\x21\x3d" if masked else None
    return Frame(opcode=opcode, payload=payload, masking_key=key).serialize()


class Client:
    """One connection, over which a message can be sent again and again."""

    def __init__(self, name: str, port: int) -> None:
        self.framed = name != "TCP"
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.framed:
            self.socket.sendall(build_request("127.0.0.1").serialize())
            answer = b""
            while not answer.endswith(b"\r\n\r\n"):
                answer += self.socket.recv(4096)

    def turn(self, payload: bytes, seconds: float) -> float:
        """Return how many messages were answered in a second."""
        sent, due = payload, len(payload)
        if self.framed:
            sent = frame(payload, masked=True)
            due = len(frame(PREFIX.encode() + payload, masked=False))
        count, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < seconds:
            self.socket.sendall(sent)
            missing = due
            while missing:
                missing -= len(self.socket.recv(missing))
            count += 1
        return count / took

    def close(self) -> None:
        """Say goodbye."""
        if self.framed:
            self.socket.sendall(frame(b"\x03\xe8", Opcode.CLOSE, masked=True))
            while self.socket.recv(4096):
                pass  # the server's own goodbye, and then the end
        self.socket.close()


@contextlib.contextmanager
def running(name: str) -> Iterator[Client]:
    """Run a server until the block ends; yield a client of it."""
    command = [sys.executable, __file__, "--serve", name]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        client = Client(name, int(process.stdout.readline()))
        try:
            yield client
        finally:
            client.close()
            process.stdin.close()
            process.wait(20)


Rates = dict[str, list[float]]  # round trips a second, for each server


def take_turns(rates: dict[str, Rates], rounds: int, seconds: float) -> None:
    """Start the servers and add what they do to the rates, by size."""
    with contextlib.ExitStack() as stack:
        clients = {name: stack.enter_context(running(name)) for name in SERVERS}
        for label, size in SIZES.items():
            for _ in range(rounds):
                # Any other order has its favourite: one stands in the middle each time.
                for name in random.sample(list(SERVERS), len(SERVERS)):
                    rate = clients[name].turn(b"x" * size, seconds)
                    rates[label][name].append(rate)


def show(rates: dict[str, Rates]) -> None:
    """Print a table for each of ours: round trips a second, and that / each other's."""
    for ours, others in OURS.items():
        print(f"{'message':>8}{ours:>16}", *(f"{f'/ {other}':>14}" for other in others))
        for label, of in rates.items():
            ratios = (
                statistics.median(
                    a / b for a, b in zip(of[ours], of[name], strict=True)
                )
                for name in others
            )
            cells = (f"{ratio:>13.2f}x" for ratio in ratios)
            print(f"{label:>8}{statistics.median(of[ours]):>14,.0f}/s", *cells)


def main() -> None:
    """Measure, or be one of the servers."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--starts", type=int, default=STARTS)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="for each start")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="for each turn")
    parser.add_argument("--serve", choices=SERVERS, help="be this server")
    options = parser.parse_args()
    if options.serve:
        serve(options.serve)
        return
    python, library = platform.python_version(), version("websockets")
    print(f"Python {python}, websockets {library}: one client, echoes in turn")
    rates: dict[str, Rates] = {size: {name: [] for name in SERVERS} for size in SIZES}
    for _ in range(options.starts):
        take_turns(rates, options.rounds, options.seconds)
    show(rates)


if __name__ == "__main__":
    main()
