"""A server that can be watched: its numbers, and a line for each connection's end.

    clients     ──▶  WatchedServer, its port
                        │ counts
    Prometheus  ──▶  metrics_url, a port and a thread of its own

The numbers are kept and written by ``prometheus_client``, in the text format that is
usual, and served by hypercorn: on a port of their own, since they are not for clients,
and in a thread of their own, so that they answer when the server does not.

    websocket_connections_open              who is here now
    websocket_messages_total                by direction; those that the handler took,
    websocket_message_bytes_total           and their payloads
    websocket_closes_total                  by code, and who closed
    websocket_ping_seconds                  from a Ping to its Pong: a histogram
    websocket_unsent_bytes                  what waits for clients that read too slowly
"""

import asyncio
import contextlib
import functools
import itertools
import json
import re
import socket
import time
import urllib.request
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import prometheus_client
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from wslib.frames import CloseCode
from wslib.labs.scale.http2_server import Http2Server
from wslib.server import EchoServer

# When each series was begun would be one more number beside every counter.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]


class WatchedServer(EchoServer):
    """An EchoServer that keeps numbers, and logs how each connection has ended.

    Args:
        handler: As of an EchoServer.
        port: Where to listen; 0 lets the operating system choose.
        clock: Returns seconds; a test passes its own.
        options: As of an EchoServer.

    Attributes:
        registry: What keeps the numbers.

    Its log has one line for each connection, when it is over: ``key=value``, and what
    comes from outside as JSON writes it, so that it stays one line.
    """

    def __init__(
        self,
        handler: Callable[[ServerConnection], Awaitable[None]] | None = None,
        *,
        port: int = 0,
        clock: Callable[[], float] = time.monotonic,
        **options: Any,
    ) -> None:
        super().__init__(self._watch, port=port, **options)
        self.registry = prometheus_client.CollectorRegistry()
        self._inner = handler or self._echo
        self._clock = clock
        self._numbers = itertools.count(1)
        self._visits: dict[ServerConnection, _Visit] = {}
        self._ends: set[asyncio.Task[None]] = set()
        self._exporter = Http2Server(prometheus_client.make_asgi_app(self.registry))
        self._define()

    def _define(self) -> None:
        """Say which numbers there are."""
        counter = functools.partial(
            prometheus_client.Counter, registry=self.registry, namespace="websocket"
        )
        gauge = functools.partial(
            prometheus_client.Gauge, registry=self.registry, namespace="websocket"
        )
        self._messages = counter("messages", "Messages taken, and sent.", ["direction"])
        self._bytes = counter("message_bytes", "Their payloads.", ["direction"])
        self._closes = counter("closes", "Connections that are over.", ["by", "code"])
        self._pings = prometheus_client.Histogram(
            "ping_seconds",
            "From a Ping to its Pong.",
            registry=self.registry,
            namespace="websocket",
            buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
        )
        gauge("connections_open", "Who is here now.").set_function(
            lambda: len(self._visits)
        )
        gauge("unsent_bytes", "What waits for slow clients.").set_function(self._unsent)

    @property
    def metrics_url(self) -> str:
        """Where the numbers are, such as ``http://127.0.0.1:9100/metrics``."""
        return self._exporter.url + "/metrics"

    def metrics(self) -> dict[str, float]:
        """Ask ``metrics_url`` for the numbers; return each by its name and labels.

        Raises:
            RuntimeError: If the server has not been started.
            OSError: If it has stopped.
        """
        with urllib.request.urlopen(self.metrics_url, timeout=5) as answer:
            text = answer.read().decode("utf-8")
        return {
            sample.name + _labels(sample.labels): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }

    def ping(self, timeout: float = 2.0) -> int:
        """Ping every client; return how many have answered.

        Args:
            timeout: How long to wait for them, in seconds.

        Raises:
            RuntimeError: If the server is not running, or a handler of it asks.
        """
        self.refuse_to_wait("ping")
        clients, loop = self.call(
            lambda: (list(self._visits), asyncio.get_running_loop())
        )
        answered = asyncio.run_coroutine_threadsafe(_pinged(clients, timeout), loop)
        return answered.result(timeout + 1)

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        """Serve, and have the numbers served, until told to stop."""
        with self._exporter:
            async with super().listen() as sockets:
                yield sockets
            await asyncio.gather(*self._ends)

    def _time(self, answer: "asyncio.Future[float]") -> None:
        """Count how long a Pong took; a Ping that was given up took no time."""
        if not answer.cancelled() and answer.exception() is None:
            self._pings.observe(answer.result())

    def _finish(
        self, connection: ServerConnection, request: Request, response: Response
    ) -> None:
        """Begin to count before the 101 leaves: whoever has it is in the numbers."""
        super()._finish(connection, request, response)
        if response.status_code == 101:
            self._welcome(connection)

    async def _watch(self, connection: ServerConnection) -> None:
        """Be the handler, by way of the one that was given."""
        self._welcome(connection)  # if `options` have put another in place of `_finish`
        await self._inner(connection)

    def _welcome(self, connection: ServerConnection) -> None:
        """Count what a connection says and hears, until it ends. Twice is once."""
        if connection in self._visits:
            return
        visit = _Visit(self, connection, next(self._numbers), self._clock())
        self._visits[connection] = visit
        end = asyncio.create_task(self._see_off(visit))
        self._ends.add(end)
        end.add_done_callback(self._ends.discard)

    async def _see_off(self, visit: "_Visit") -> None:
        """Note how a connection ends, once it has; or that the server ends before."""
        try:
            await visit.connection.wait_closed()
        finally:
            del self._visits[visit.connection]
            code, by, reason = _how_it_ended(visit.connection)
            # Its own codes a client may choose: each would be one more series.
            self._closes.labels(by, str(code) if code < 3000 else "other").inc()
            self.log.write(visit.line(self._clock(), code, by, reason))

    def _unsent(self) -> int:
        """Return how many bytes wait in this process for clients to read."""
        here = list(self._visits)  # in another thread than they come and go
        return sum(each.transport.get_write_buffer_size() for each in here)


class _Visit:
    """One connection, from its opening handshake to its end: what is counted of it."""

    def __init__(
        self,
        server: WatchedServer,
        connection: ServerConnection,
        number: int,
        began: float,
    ) -> None:
        self.connection = connection
        self._server, self._number, self._began = server, number, began
        self._messages = dict.fromkeys(_DIRECTIONS, 0)
        self._bytes = dict.fromkeys(_DIRECTIONS, 0)
        self._listen_in()

    def line(self, now: float, code: int, by: str, reason: str) -> str:
        """Return the line for the log."""
        request = self.connection.request
        path = request.path.partition("?")[0] if request else ""  # no secrets
        counts = (
            f"{way}={self._messages[way]} {way}_bytes={self._bytes[way]}"
            for way in _DIRECTIONS
        )
        return (
            f"event=end id={self._number} who={self.connection.remote_address[0]} "
            f"path={_quoted(path)} seconds={now - self._began:.3f} {' '.join(counts)} "
            f"code={code} by={by} reason={json.dumps(reason)}"
        )

    # The methods are wrapped on the object, and where all ways of sending meet: the
    # library itself calls them, to iterate over messages, to keep a connection alive,
    # and to send one message to many.
    def _listen_in(self) -> None:
        """Count whatever passes."""
        take, ping = self.connection.recv, self.connection.ping

        async def recv(decode: bool | None = None) -> str | bytes:
            message = await take(decode)
            data = message.encode() if isinstance(message, str) else message
            self._add("received", len(data))
            return message

        async def timed_ping(data: Any = None) -> Awaitable[float]:
            answer = await ping(data)
            asyncio.ensure_future(answer).add_done_callback(self._server._time)
            return answer

        self._replace(self.connection, recv=recv, ping=timed_ping)
        protocol = self.connection.protocol
        for name in "send_text", "send_binary", "send_continuation":
            send = getattr(protocol, name)
            self._replace(protocol, **{name: functools.partial(self._send, name, send)})

    def _send(self, name: str, send: Any, data: Any, *more: Any, **named: Any) -> None:
        """Send a message, or a fragment of one; a continuation begins none."""
        send(data, *more, **named)
        self._add("sent", len(data), messages=int(name != "send_continuation"))

    def _add(self, direction: str, size: int, *, messages: int = 1) -> None:
        """Count a message, for this connection and for all."""
        self._messages[direction] += messages
        self._bytes[direction] += size
        self._server._messages.labels(direction).inc(messages)
        self._server._bytes.labels(direction).inc(size)

    @staticmethod
    def _replace(owner: object, **methods: Any) -> None:
        """Have other methods on an object than its class has."""
        vars(owner).update(methods)


_DIRECTIONS = "received", "sent"


def _how_it_ended(connection: ServerConnection) -> tuple[int, str, str]:
    """Return the code, who closed, and the reason. RFC 6455, section 7.1.5, 7.1.6."""
    protocol = connection.protocol
    by, close = "client", protocol.close_rcvd
    if protocol.close_sent is not None and not protocol.close_rcvd_then_sent:
        by, close = "server", protocol.close_sent
    if close is None:
        return int(CloseCode.ABNORMAL_CLOSURE), "nobody", ""
    return int(close.code), by, close.reason


async def _pinged(connections: list[ServerConnection], timeout: float) -> int:
    """Ping some clients; return how many have answered in time."""

    async def answers(connection: ServerConnection) -> bool:
        try:
            async with asyncio.timeout(timeout):
                await (await connection.ping())
        except (TimeoutError, ConnectionClosed):
            return False
        return True

    return sum(await asyncio.gather(*map(answers, connections)))


def _labels(labels: dict[str, str]) -> str:
    """Return labels as the text format writes them."""
    pairs = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _quoted(text: str) -> str:
    """Return a value as it is, or as JSON writes it if it could be misread."""
    return text if re.fullmatch(r"[!#-<>-~]+", text) else json.dumps(text)
