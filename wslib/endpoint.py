"""A WebSocket over asyncio streams: the smallest driver of :mod:`wslib.protocol`.

    async def echo(websocket):
        async for message in websocket:
            await websocket.send(message)

    async with serve(echo, "127.0.0.1", 1234):
        async with connect("ws://127.0.0.1:1234/") as websocket:
            await websocket.send("Hello")
            await anext(websocket)  # 'Hello'

It is here to be read and to be tested; what is meant to be used is the library
``websockets``. In a terminal, an echo, until Ctrl-C:

    python -m wslib.endpoint --port 1234

Nothing is read but while somebody asks for a message, or closes. So no task runs that
is not yours, whoever sends faster than you read is held up by TCP, and the state
changes only while you wait. The price: a Ping is answered no sooner.
"""

import argparse
import asyncio
import contextlib
import errno
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Self, TypeVar
from urllib.parse import urlsplit

from wslib.deflate import Parameters, PerMessageDeflate, accept_offer, read_response
from wslib.errors import HandshakeError, InvalidState, PortInUse
from wslib.handshake import (
    build_refusal,
    build_request,
    build_response,
    response_problems,
)
from wslib.http1 import Request, parse_request, parse_response
from wslib.messages import BinaryMessage, TextMessage
from wslib.protocol import Connection, Event, Ping, Pong, State, TcpClosed

__all__ = ["Limits", "WebSocket", "connect", "echo", "serve"]

_Head = TypeVar("_Head")
_AT_ONCE = 2**16  # bytes read at once


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a peer may cost, in bytes and in seconds. Section 10.4 of RFC 6455."""

    message: int = 2**20  # bytes of the longest message, over all its fragments
    opening: float = 10.0  # for TCP and the opening handshake together
    closing: float = 5.0  # for the closing handshake and the end of TCP together
    silence: float = 20.0  # without a frame, then a Ping; as long again, then the end


_LIMITS = Limits()


class WebSocket:
    """One open connection, at either end: an iterator over the messages that come.

    It ends where no message can follow: after a Close, a broken rule, or the end of
    TCP, and ``closed`` tells which. :func:`serve` and :func:`connect` make it.

    Attributes:
        request: What the client asked for in the opening handshake.
        closed: How it ended; None before. Code 1006 if no Close came. Section 7.1.5.
    """

    def __init__(
        self,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        connection: Connection,
        request: Request,
        limits: Limits,
    ) -> None:
        self.request = request
        self.closed: TcpClosed | None = None
        self._reader, self._writer = streams
        self._connection = connection
        self._limits = limits
        self._reading = asyncio.Lock()  # held by the one who waits for the peer

    def __aiter__(self) -> Self:
        """Return itself."""
        return self

    async def __anext__(self) -> str | bytes:
        """Return the next message, text as ``str``; close with the peer at the end."""
        code, reason = 1000, ""
        try:
            while True:
                event = await self._next_event(self._limits.silence)
                if isinstance(event, TextMessage):
                    return event.text
                if isinstance(event, BinaryMessage):
                    return event.payload
                if not isinstance(event, Ping | Pong):
                    break
        except TimeoutError:
            code, reason = 1011, "no answer to a Ping"
        await self.close(code, reason)
        raise StopAsyncIteration

    async def send(self, message: str | bytes, *, fin: bool = True) -> None:
        """Send a message, or a fragment of one; wait while the peer is behind.

        Args:
            message: Text, if it is a ``str``, else binary. Section 5.6.
            fin: Whether the message ends here. Section 5.4.

        Raises:
            InvalidState: If a Close is out, or TCP is lost.
        """
        if isinstance(message, str):
            self._connection.send_text(message, fin=fin)
        else:
            self._connection.send_binary(message, fin=fin)
        await self._flush()

    async def ping(self, payload: bytes = b"") -> None:
        """Send a Ping of at most 125 bytes, as :meth:`send` does. Section 5.5.2."""
        self._connection.send_ping(payload)
        await self._flush()

    async def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Shake hands on the end, and end TCP; what still comes is lost. Section 7.1.

        Once it has ended, or while it ends, this only waits for that. It takes no
        longer than ``Limits.closing``: then TCP is ended without the peer.

        Raises:
            ValueError: If this code or reason may not be sent, see ``send_close``.
        """
        if self._connection.state is State.OPEN:
            self._connection.send_close(code, reason)
        try:
            async with asyncio.timeout(self._limits.closing):
                await self._read_to_the_end()
                self._writer.close()  # as soon as all is sent
                await self._writer.wait_closed()
        except OSError:  # a TimeoutError is one, too
            pass
        finally:
            self._writer.transport.abort()
        await self._read_to_the_end()  # it is near

    async def _read_to_the_end(self) -> None:
        """Wait until TCP is closed."""
        while await self._next_event() is not None:
            pass

    async def _next_event(self, silence: float | None = None) -> Event | None:
        """Return what happens next; None once TCP is closed.

        Raises:
            TimeoutError: If no frame comes, even when asked for by a Ping.
        """
        async with self._reading:
            due, asked = _after(silence), False
            while (event := next(self._connection.events(), None)) is None:
                if self._connection.state is State.CLOSED:
                    return None
                await self._drain()
                try:
                    async with asyncio.timeout_at(due):
                        await self._read()
                except TimeoutError:
                    if asked or self._connection.state is not State.OPEN:
                        raise
                    due, asked = _after(silence), True
                    self._connection.send_ping()
            self._write()
            if isinstance(event, TcpClosed):
                self.closed = event
            return event

    async def _read(self) -> None:
        """Pass on the bytes that come, or their end."""
        try:
            data = await self._reader.read(_AT_ONCE)
        except OSError:  # a reset is an end, too
            data = b""
        if data:
            self._connection.receive_data(data)
        else:
            self._connection.receive_eof()

    def _write(self) -> None:
        """Pass on the bytes that are to go, and their end."""
        if data := self._connection.data_to_send():
            self._writer.write(data)
        if self._connection.must_close_tcp:
            self._writer.write_eof()

    async def _drain(self) -> None:
        """Wait while the peer is far behind; let it go if it takes nothing at all."""
        self._write()
        transport = self._writer.transport
        while waiting := transport.get_write_buffer_size():
            with contextlib.suppress(OSError):  # a TimeoutError is one, too
                async with asyncio.timeout(self._limits.silence):
                    return await self._writer.drain()
            if transport.get_write_buffer_size() == waiting:
                transport.abort()

    async def _flush(self) -> None:
        """Send what is to go, and say so if nobody can have it."""
        await self._drain()
        if self._writer.is_closing():
            raise InvalidState("nothing can be sent: TCP is lost")


Handler = Callable[[WebSocket], Awaitable[None]]


@contextlib.asynccontextmanager
async def serve(
    handler: Handler,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    limits: Limits = _LIMITS,
    deflate: Parameters | None = None,
) -> AsyncIterator[asyncio.Server]:
    """Listen; on leaving, close every connection with 1001, within the limits.

    Args:
        handler: Called for each connection. When it returns, the connection is closed
            with 1000; when it raises, the error is logged, and the code is 1011.
        host: Where to listen.
        port: Where to listen; 0 lets the operating system choose.
        limits: What a client may cost.
        deflate: What to ask for, where a client offers permessage-deflate; None
            declines. RFC 7692.

    Raises:
        PortInUse: If another program has the port.
    """
    tasks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(_answer(handler, (reader, writer), limits, deflate))
        tasks[task] = writer
        task.add_done_callback(tasks.pop)

    try:
        server = await asyncio.start_server(accept, host, port)
    except OSError as exc:
        if exc.errno != errno.EADDRINUSE:
            raise
        message = f"port {port} on {host} is in use by another program; stop that, or "
        message += "choose another port (port=0 finds a free one)"
        raise PortInUse(exc.errno, message) from None
    try:
        yield server
    finally:
        server.close()
        await asyncio.sleep(0)  # whoever is being accepted is let in, and then out
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=limits.closing + 1)
        for writer in tasks.values():  # the handlers that go on all the same
            writer.transport.abort()


@contextlib.asynccontextmanager
async def connect(
    url: str, *, limits: Limits = _LIMITS, deflate: Parameters | None = None
) -> AsyncIterator[WebSocket]:
    """Open a connection to a ``ws://`` address; close it on leaving, with 1000.

    Args:
        url: Where to, such as ``ws://127.0.0.1:1234/path?query``.
        limits: What the server may cost.
        deflate: What to offer of permessage-deflate; None offers none. RFC 7692.

    Raises:
        ValueError: If the address is not one of section 3.
        OSError: If nobody listens there, or nobody answers in time.
        HandshakeError: If the answer is not one of a WebSocket server. Section 4.1.
    """
    parts = urlsplit(url)
    if parts.scheme != "ws" or not parts.hostname or parts.fragment:
        raise ValueError(f"an address is 'ws://host:port/path?query', not {url!r}")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    offers = [str(deflate)] if deflate else []
    host = parts.netloc.rpartition("@")[2]
    request = build_request(host, target, extensions=offers)
    writer = None
    try:
        async with asyncio.timeout(limits.opening):
            reader, writer = await asyncio.open_connection(
                parts.hostname, parts.port or 80
            )
            writer.write(request.serialize())
            response, rest = await _read_head(reader, parse_response)
        for problem in response_problems(response, request):
            raise problem
        accepted = response.tokens("Sec-WebSocket-Extensions")
        agreed = deflate and read_response(accepted, deflate)
    except BaseException:
        if writer is not None:
            writer.transport.abort()
        raise
    connection = _connection(True, limits, agreed)
    connection.receive_data(rest)
    websocket = WebSocket((reader, writer), connection, request, limits)
    try:
        yield websocket
    finally:
        await websocket.close()


async def echo(websocket: WebSocket) -> None:
    """Send back what comes, text as text and binary as binary: a handler."""
    async for message in websocket:
        await websocket.send(message)


async def _answer(
    handler: Handler,
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    limits: Limits,
    deflate: Parameters | None,
) -> None:
    """Serve one client, from the opening handshake to the end of TCP."""
    reader, writer = streams
    agreed = None
    try:
        async with asyncio.timeout(limits.opening):
            try:
                request, rest = await _read_head(reader, parse_request)
                offers = request.tokens("Sec-WebSocket-Extensions")
                agreed = deflate and accept_offer(offers, deflate)
                accepted = [str(agreed)] if agreed else []
                response = build_response(request, extensions=accepted)
            except HandshakeError as problem:
                response = build_refusal([problem])
            writer.write(response.serialize())
            if response.status != 101:
                writer.write_eof()
                while await reader.read(_AT_ONCE):
                    pass  # TCP closed with bytes unread might lose the refusal
    except OSError:  # reset, or too late
        response = None
    if response is None or response.status != 101:
        writer.transport.abort()
        return
    connection = _connection(False, limits, agreed)
    connection.receive_data(rest)
    websocket = WebSocket(streams, connection, request, limits)
    code, reason = 1000, ""
    try:
        await handler(websocket)
    except asyncio.CancelledError:
        code, reason = 1001, "the server stops"
    except Exception:
        code = 1011
        if not writer.is_closing():  # else it is no wonder
            logging.getLogger(__name__).exception("a handler has failed")
    await websocket.close(code, reason)


def _connection(client: bool, limits: Limits, agreed: Parameters | None) -> Connection:
    """Return what goes on behind the opening handshake."""
    extension = PerMessageDeflate(agreed, client=client) if agreed else None
    return Connection(client, max_message=limits.message, extension=extension)


async def _read_head(
    reader: asyncio.StreamReader, parse: Callable[[bytes], tuple[_Head, int] | None]
) -> tuple[_Head, bytes]:
    """Read one half of the opening handshake; return it, and what came behind it."""
    data = b""
    while (found := parse(data)) is None:
        if not (more := await reader.read(_AT_ONCE)):
            message = "TCP ends in the middle of the opening handshake"
            raise HandshakeError(message, section="4.1", status=None)
        data += more
    head, size = found
    return head, data[size:]


def _after(seconds: float | None) -> float | None:
    """Return when so many seconds are over, by the clock of the loop."""
    return None if seconds is None else asyncio.get_running_loop().time() + seconds


async def _run(host: str, port: int) -> None:
    """Echo for ever."""
    async with serve(echo, host, port, limits=Limits(message=2**24)) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"An echo on ws://{host}:{port} (Ctrl-C stops it)", flush=True)
        await server.serve_forever()


def main(arguments: list[str] | None = None) -> int:
    """Echo in a terminal until Ctrl-C; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m wslib.endpoint", description="A plain WebSocket echo."
    )
    parser.add_argument("--port", type=int, default=1234, help="default: 1234")
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # `kill` is a Ctrl-C
    try:
        asyncio.run(_run(options.host, options.port))
    except (OSError, OverflowError) as exc:
        print(getattr(exc, "strerror", None) or exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
