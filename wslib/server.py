"""Servers in a background thread, on the ``websockets`` library.

    with EchoServer() as server:
        client = websocket.create_connection(server.url, timeout=5)
        client.send("Hello, world!")
        client.recv()                    # 'Received:  Hello, world!'

With ``page=True`` a browser gets the page of ``wslib.page`` at the same address. With
``ssl=`` and a context that holds a certificate, the address begins with ``wss``.

The same server in a terminal, page included, until Ctrl-C:

    python -m wslib.server --port 1234
"""

import argparse
import contextlib
import io
import itertools
import logging
import re
import signal
import socket
import ssl
import sys
import threading
import weakref
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextvars import ContextVar
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from wslib import http1
from wslib import page as browser_page
from wslib.service import GRACE, Service, closing_server

__all__ = ["EchoServer", "Log"]

Handler = Callable[[ServerConnection], Awaitable[None]]

_SHOWN = 200  # characters of a line, or bytes of a binary message
_EARLIER = "… ({:,} earlier lines)"


# Writing a line must cost next to nothing, since an echo writes two. So a line is kept
# as it came, in a ring that takes the place of a lock: `append` and `next` are one step
# each, whichever threads take it. What costs, to make one text of it in which nothing
# commands a terminal, is done for the few lines that somebody reads.
#
# What is kept must be short, too. Beyond 512 bytes Python leaves an object to malloc,
# and there it lies between the large messages that come and go, whose memory can then
# not be used again as a whole: that makes an echo of 64 KiB a quarter slower. 200
# characters are below that, unless they need four bytes each.
#
# Every line has a number, to tell how many have fallen out. Those of two threads that
# write at once may come in either order; so whoever follows remembers not a number but
# the line that it read last, and the highest number says how many there have been.
#
# A line that somebody waits for could fall out before that thread has its turn. So it
# is the writer who looks at it, while somebody waits. First the writer adds the line
# and then looks whether anybody waits; first the other one says that it waits and then
# looks at the lines. So no line escapes both of them.

_Line = tuple[int, str, str | bytes, int]  # number, words, message, its whole length


class Log:
    """The last thousand lines that a server wrote, for a cell to read.

    Safe between threads. Of a line, or a message in it, that is longer than 200
    characters, the beginning is kept, and the length: ``aaaa… (65,536 characters)``.

    Args:
        refuse: Called with the name of a method that is about to wait; raises where no
            line could come meanwhile, as in a handler.
    """

    def __init__(self, refuse: Callable[[str], None] = lambda method: None) -> None:
        self._refuse = refuse
        self._lines = deque[_Line](maxlen=1_000)
        self._numbers = itertools.count()
        self._cleared = 0  # the number before which all was forgotten on purpose
        self._watchers: list[Callable[[_Line], None]] = []  # one for each that waits
        self._grown = threading.Condition()  # held to change or to use the watchers

    def write(self, line: str, message: str | bytes | None = None) -> None:
        """Add a line.

        Args:
            line: What it says, or the words before the message.
            message: Text, which is shown as it is; or bytes, as Python writes them.
        """
        words, said = ("", line) if message is None else (line[:_SHOWN], message)
        if (length := len(said)) > _SHOWN:
            said = said[:_SHOWN]
        self._lines.append(new := (next(self._numbers), words, said, length))
        if self._watchers:
            with self._grown:
                for look in self._watchers:
                    look(new)
                self._grown.notify_all()

    def wait_for(self, text: str, timeout: float = 2.0) -> str:
        """Return the first line that contains ``text``, as soon as there is one.

        Args:
            text: What to look for.
            timeout: How long to wait for it, in seconds.

        Raises:
            TimeoutError: If there is none by then.
            RuntimeError: If a handler calls this, in the thread of its own server.
        """
        self._refuse("log.wait_for")
        found: list[str] = []

        def look(line: _Line) -> None:
            if not found and text in (shown := _as_text(line)):
                found.append(shown)

        with self._watched_by(look):
            for line in self._lines.copy():
                look(line)
            if self._grown.wait_for(lambda: found, timeout):
                return found[0]
        raise TimeoutError(f"no line with {text!r} in the log:\n{self._last(20)}")

    def clear(self) -> None:
        """Forget the lines so far."""
        self._lines.clear()
        self._cleared = next(self._numbers) + 1

    def follow(self) -> Iterator[str]:
        """Yield each line, those so far and those to come, without an end.

        Whoever takes them more slowly than they come is told how many were left out.

        Raises:
            RuntimeError: If a handler calls this, in the thread of its own server.
        """
        self._refuse("log.follow")
        last: _Line | None = None
        seen = 0
        while True:
            with self._watched_by(lambda line: None):
                kept = list(self._lines.copy())
                if not kept or kept[-1] is last:
                    # Not for ever: on Windows, Ctrl-C waits until a wait ends.
                    self._grown.wait(timeout=0.2)
                    continue
            read = 1 + next((n for n, line in enumerate(kept) if line is last), -1)
            lost = _written(kept) - len(kept) - max(seen, self._cleared)
            if read == 0 and lost > 0:
                yield _EARLIER.format(lost)
            yield from map(_as_text, kept[read:])
            last, seen = kept[-1], _written(kept)

    @contextlib.contextmanager
    def _watched_by(self, look: Callable[[_Line], None]) -> Iterator[None]:
        """Have whoever writes a line show it to a function, and wake who waits here."""
        with self._grown:
            self._watchers.append(look)
            try:
                yield
            finally:
                self._watchers.remove(look)

    def _last(self, count: int) -> str:
        """Return the last lines, and how many there were before them."""
        kept = list(self._lines.copy())
        earlier = _written(kept) - min(count, len(kept)) - self._cleared
        note = [_EARLIER.format(earlier)] if earlier > 0 else []
        return "\n".join([*note, *map(_as_text, kept[-count:])])

    def __iter__(self) -> Iterator[str]:
        """Yield the lines that are kept."""
        return map(_as_text, self._lines.copy())

    def __len__(self) -> int:
        """Return the number of lines that are kept."""
        return len(self._lines)

    def __getitem__(self, index: int) -> str:
        """Return one of the lines that are kept."""
        return list(self)[index]

    def __str__(self) -> str:
        """Return the lines as they would stand in a terminal."""
        return self._last(len(self))

    __repr__ = __str__


class EchoServer(Service):
    """A WebSocket server that answers ``"Received:  " + message``, or as told.

    Args:
        handler: An ``async`` function that is called once for each connection, with
            the connection; when it returns, the connection is closed. None echoes.
        host: An address of this machine only.
        port: Where to listen; 0 lets the operating system choose.
        page: Whether a plain GET of ``/`` gets the browser page; without it, whatever
            does not ask for WebSocket gets a 426.
        options: Passed on to ``websockets.asyncio.server.serve``: ``subprotocols``,
            ``origins``, ``max_size``, ``ssl``, ...

    Attributes:
        log: What the server did, a line at a time.

    Raises:
        ValueError: If ``options`` hold a ``process_request`` and ``page`` is true.

    Messages travel uncompressed, no keep-alive pings are sent, and the 101 carries no
    ``Date`` and no ``Server``, unless ``options`` say otherwise: what is on the wire is
    then what the two programs said, the same on every machine and on every day.
    """

    scheme = "ws"

    def __init__(
        self,
        handler: Handler | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        page: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(host=host, port=port)
        if page and "process_request" in options:
            raise ValueError("the page and a process_request answer the same requests")
        self.log = Log(self.refuse_to_wait)
        self._handshakes = deque[http1.Request](maxlen=1000)
        self._arrived = threading.Condition()
        self._handler = handler or self._echo
        self._options: dict[str, Any] = {
            "compression": None,
            "ping_interval": None,
            "close_timeout": GRACE / 2,  # so that a stop sees it through
            "process_request": _answer if page else None,
            "process_response": self._finish,
            "server_header": None,
            "logger": _logger_to(self.log),
        } | options
        if self._options.get("ssl"):
            self.scheme = "wss"
            self._options["ssl"].sslobject_class = _Tls
        self._server: Server | None = None

    @property
    def clients(self) -> int:
        """How many connections are open."""
        return self.call(lambda: len(self._connections()))

    @property
    def handshakes(self) -> list[http1.Request]:
        """What clients sent to open a connection, as it arrived; the last thousand."""
        with self._arrived:
            return list(self._handshakes)

    def browsers(self, count: int = 0, timeout: float = 1.5) -> list[http1.Request]:
        """Return the handshakes of browsers.

        Args:
            count: Give that many a moment to arrive; there may be no browser at all.
            timeout: How long to wait for them, in seconds.

        Raises:
            RuntimeError: If a handler of this server is to wait for some.
        """
        if count > 0:
            self.refuse_to_wait("browsers")

        def come() -> list[http1.Request]:
            return [
                request
                for request in self._handshakes
                if "Mozilla" in (request.get("User-Agent") or "")
            ]

        with self._arrived:
            self._arrived.wait_for(lambda: len(come()) >= count, timeout)
            return come()

    def push(self, message: str | bytes) -> int:
        """Send a message to every client, asked or not; return to how many.

        Raises:
            RuntimeError: If the server is not running.
        """

        def send() -> int:
            connections = self._connections()
            broadcast(connections, message)
            return len(connections)

        return self.call(send)

    def _connections(self) -> set[ServerConnection]:
        return set(self._server.connections) if self._server is not None else set()

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        """Serve until told to stop, then close every connection with 1001."""
        made: weakref.WeakSet[ServerConnection] = weakref.WeakSet()
        make = self._options.get("create_connection") or _Connection

        def create(*args: Any, **kwargs: Any) -> ServerConnection:
            made.add(connection := make(*args, **kwargs))
            return connection

        given = self._options | {"create_connection": create}
        _LOG.set(self.log)
        self._server = await serve(self._handler, self.host, self._wanted_port, **given)
        async with closing_server(self._server) as sockets:
            yield sockets
        for connection in made:  # whoever connected and never spoke is still there
            if hasattr(connection, "transport"):  # once TLS, if any, is through
                connection.transport.abort()

    async def _echo(self, connection: ServerConnection) -> None:
        """Answer one client until it goes."""
        doing = "receive"
        try:
            while True:
                message: Any = await connection.recv()  # str or bytes
                self.log.write("Received back from client: ", message)
                said = "Received:  " if isinstance(message, str) else b"Received:  "
                reply = said + message
                self.log.write("Sending to client: ", reply)
                doing = "send"
                await connection.send(reply)
                doing = "receive"
                del message, reply  # the next one may have their memory
        except ConnectionClosed as closed:
            self.log.write(f"Can't {doing}: {_reason(closed)}")

    def _finish(
        self, connection: ServerConnection, request: Request, response: Response
    ) -> None:
        """Log an opening handshake that failed; leave the date out of one that did not.

        RFC 9110, section 6.6.1: a server may do without ``Date`` in a 1xx response.
        """
        if "Upgrade" in request.headers:
            fields = tuple(request.headers.raw_items())
            with self._arrived:
                self._handshakes.append(
                    http1.Request(target=request.path, headers=fields)
                )
                self._arrived.notify_all()
        if response.status_code == 101:
            del response.headers["Date"]
        elif response.status_code != 204:  # the icon that every browser asks for
            did = "Answered" if response.status_code < 400 else "Refused"
            path, query, _ = request.path.partition("?")
            what = _beginning(path[: _SHOWN // 2], len(path))
            what += "?…" if query else ""  # it may hold a secret
            self.log.write(
                f"{did} {what}: {response.status_code} {response.reason_phrase}"
            )


def _answer(connection: ServerConnection, request: Request) -> Response | None:
    """Answer a plain request; leave one that upgrades to the opening handshake."""
    if "Upgrade" in request.headers:
        return None
    # The library hangs up on a request with a body; version 16 on all but GET, too.
    return browser_page.respond(getattr(request, "method", "GET"), request.path)


class _Connection(ServerConnection):
    """A connection that notes a request it could not read; the library may not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # For the first piece of data only: a method would be run for every one.
        setattr(self, "data_received", self._first_data)  # noqa: B010 (mypy)

    def _first_data(self, data: bytes) -> None:
        """Step aside for the library's own method, which shows that something came."""
        del self.data_received
        self.data_received(data)

    async def handshake(self, *args: Any, **kwargs: Any) -> None:
        """Note if what came was no request."""
        try:
            await super().handshake(*args, **kwargs)
        finally:
            if self.request is None and "data_received" not in vars(self):
                self.logger.error("Refused: no complete HTTP/1.1 request")


# The log of the server that a callback of asyncio belongs to.
_LOG = ContextVar[Log | None]("_LOG", default=None)


class _Tls(ssl.SSLObject):
    """A server's side of TLS that logs why a handshake failed; asyncio tells nobody."""

    def do_handshake(self) -> None:
        """Go on with the handshake."""
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise  # there is more to come
        except ssl.SSLError as exc:
            # Not str(exc): it names a line of Python's own source.
            alert = re.fullmatch(
                r"(?:SSLV3|TLSV1|TLSV13)_ALERT_(\w+)", exc.reason or ""
            )
            if alert:
                said = f"the client sent the TLS alert {alert[1].lower()}"
            else:
                what = exc.reason or type(exc).__name__
                said = f"no TLS handshake: {what.lower().replace('_', ' ')}"
            if (log := _LOG.get()) is not None:  # an empty one is false
                log.write(f"Refused: {said}")
            raise


def _written(kept: list[_Line]) -> int:
    """Return how many lines had been written when these were the last."""
    return 1 + max((number for number, *_ in kept), default=-1)


def _as_text(line: _Line) -> str:
    """Return a line as it is read: one line, which cannot command a terminal."""
    _, words, message, length = line
    return _beginning(words, len(words)) + _beginning(message, length)


def _beginning(message: str | bytes, length: int) -> str:
    """Return what is kept of a message, and the length that it had, if that is more."""
    if isinstance(message, bytes):
        shown, unit = repr(message), "bytes"
    else:
        controls = r"[\x00-\x1f\x7f-\x9f]"
        shown = re.sub(controls, lambda c: repr(c[0])[1:-1], message)
        unit = "characters"
    return shown if length == len(message) else f"{shown}… ({length:,} {unit})"


def _reason(closed: ConnectionClosed) -> str:
    """Say how a connection ended."""
    who, close = "the client", closed.rcvd
    if closed.sent is not None and not closed.rcvd_then_sent:
        who, close = "this server", closed.sent
    if close is None:
        return "the connection was lost without a Close frame"
    reason = f" {close.reason}" if close.reason else ""
    return f"{who} closed the connection ({int(close.code)}{reason})"


class _ToLog(logging.Handler):
    """Write what the library reports as an error to a Log, without the traceback."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.ERROR)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line: what failed, and the innermost cause."""
        line = record.getMessage()
        if line == "opening handshake failed":
            return  # said by websockets 16 only, after our own line
        exc = record.exc_info[1] if record.exc_info else None
        while exc is not None and exc.__cause__ is not None:
            exc = exc.__cause__
        if exc is not None:
            line += f": {type(exc).__name__}: {exc}"
        self._log.write(line)


def _logger_to(log: Log) -> logging.Logger:
    """Return a logger of its own, outside the tree, that writes to ``log`` alone.

    Its level tells the library not to describe every frame, which it would do for all
    levels, and which costs more than the frame.
    """
    logger = logging.Logger("wslib.server", logging.ERROR)
    logger.addHandler(_ToLog(log))
    return logger


def main(arguments: list[str] | None = None) -> int:
    """Run the echo server in a terminal until Ctrl-C; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m wslib.server", description="A WebSocket echo server."
    )
    parser.add_argument("--port", type=int, default=1234, help="default: 1234")
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    options = parser.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A letter that the terminal does not know must not end the server.
        sys.stdout.reconfigure(errors="backslashreplace")
    # A terminal's server ends in the same way on `kill` as on Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with EchoServer(host=options.host, port=options.port, page=True) as server:
            web = server.url.replace("ws", "http", 1)
            print(
                f"Echo server on {server.url} and {web} (Ctrl-C stops it)", flush=True
            )
            for line in server.log.follow():
                print(line, flush=True)
    except (OSError, ValueError) as exc:
        print(exc.strerror if isinstance(exc, OSError) else exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):  # whoever read the output may have gone
            print("Stopped.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
