"""How many clients on one EchoServer, and what does each cost? `make bench` says it.

The server is a process of its own, so that its memory is its own; the clients are all
in this one. Memory is what the operating system has given to the server's process,
beyond what it had with one. The time of a broadcast is that until the last client has
it, the work of all these clients included. None of it is the same twice; the ratios
nearly are.
"""

import argparse
import asyncio
import contextlib
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.metadata import version

import psutil
from websockets.asyncio.client import ClientConnection, connect

from wslib.server import EchoServer

SIZES = [100, 300, 1000]
ROUNDS = 5  # broadcasts to each number of clients; their median counts
TOGETHER = 50  # clients that connect at the same moment
SPARE = 50  # open files for all that is no connection
MESSAGE = "The score is 2 : 1"


def serve(compression: str | None) -> None:
    """Be the server: push when a line comes, and end when no more will."""
    with EchoServer(compression=compression) as server:
        print(server.url, flush=True)
        for _ in sys.stdin:
            print(server.push(MESSAGE), flush=True)


class Server:
    """The server's process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.url = self._line()

    def memory(self) -> int:
        """Return what the process takes, in bytes."""
        return psutil.Process(self._process.pid).memory_info().rss

    def push(self) -> None:
        """Have it send the message to all; it takes the order and does not answer."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()

    def pushed(self) -> int:
        """Return to how many it has sent the message."""
        return int(self._line())

    def _line(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextlib.contextmanager
def running(compression: str | None) -> Iterator[Server]:
    """Run a server until the block ends."""
    command = [sys.executable, __file__, "--serve", compression or "plain"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        try:
            yield Server(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


async def grow(
    clients: list[ClientConnection], size: int, url: str, compression: str | None
) -> None:
    """Connect until there are so many, and have each say one thing and hear it back."""
    while len(clients) < size:
        batch = await asyncio.gather(
            *(
                connect(url, compression=compression, ping_interval=None, proxy=None)
                for _ in range(min(TOGETHER, size - len(clients)))
            )
        )
        for client in batch:
            await client.send(MESSAGE)
            await client.recv()
        clients += batch


async def broadcast(server: Server, clients: list[ClientConnection]) -> list[float]:
    """Return how long each of some broadcasts took until the last client had it."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        server.push()
        heard = await asyncio.gather(*(client.recv() for client in clients))
        took.append(time.perf_counter() - began)
        sent = await asyncio.to_thread(server.pushed)
        if sent != len(clients) or heard != [MESSAGE] * len(clients):
            raise SystemExit(f"sent to {sent:,}, and not all have heard it")
    return took


async def measure(sizes: list[int], compression: str | None) -> float:
    """Print a table for growing numbers of clients; return bytes for each client."""
    print(f"\n{compression or 'no compression'}:")
    print(f"{'clients':>9}{'memory':>12}{'for each':>12}   got the broadcast")
    clients: list[ClientConnection] = []
    took = {}
    with running(compression) as server:
        await grow(clients, 1, server.url, compression)  # what is loaded only once
        before = server.memory()
        for size in sizes:
            await grow(clients, size, server.url, compression)
            more = server.memory() - before
            took[size] = statistics.median(await broadcast(server, clients))
            each = more / (size - 1)
            print(
                f"{size:>9,}{more / 2**20:>8.1f} MiB{each / 2**10:>8.1f} KiB"
                f"   {size:,} of {size:,}"
            )
        await asyncio.gather(*(client.close() for client in clients))
    few, most = sizes[0], sizes[-1]
    ratio = took[most] / took[few]
    print(f"a broadcast to {most:,} takes {ratio:.1f} times as long as to {few:,}")
    return each


def allowed(sizes: list[int]) -> list[int]:
    """Return the numbers of clients for which there may be enough open files.

    Every connection is an open file on both sides. Each process has a limit of its own;
    the server's is that of the process which starts it.
    """
    try:
        import resource
    except ImportError:  # Windows, which has no such limit
        return sizes
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(sizes) + SPARE
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return sizes
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    with contextlib.suppress(OSError, ValueError):  # macOS has yet another limit
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    if soft >= wanted:
        return sizes
    room = max(2, soft - SPARE)
    print(f"only {soft} open files are allowed here: {room:,} clients at most")
    return sorted({min(size, room) for size in sizes})


def main() -> None:
    """Measure without and with compression, or be the server of that."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    parser.add_argument("--serve", choices=["plain", "deflate"], help="be the server")
    options = parser.parse_args()
    if options.serve:
        serve(None if options.serve == "plain" else options.serve)
        return
    if min(options.sizes) < 2:
        parser.error("at least 2 clients")
    python, library = platform.python_version(), version("websockets")
    print(f"Python {python}, websockets {library}: one server, many clients")
    sizes = allowed(sorted(options.sizes))
    plain = asyncio.run(measure(sizes, None))
    deflate = asyncio.run(measure(sizes, "deflate"))
    if plain > 0:  # of a few clients, nothing may be seen
        print(
            f"\nWith compression a client costs {deflate / plain:.1f} times the memory."
        )


if __name__ == "__main__":
    main()
