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
is not yours, but for a server's last Close; whoever sends faster than you read is held
up by TCP, and the state changes only while you wait. The price: a Ping is answered no
sooner.
"""

import argparse
import asyncio
import contextlib
import errno
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
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

__all__ = ["Limits", "WebSocket", "connect", "echo", "serve", "stop_accepting"]

_Head = TypeVar("_Head")
_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_AT_ONCE = 2**18  # bytes read at once, as asyncio does


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a peer may cost, in bytes and in seconds. Section 10.4 of RFC 6455."""

    message: int = 2**20  # bytes of the longest message, over all its fragments
    opening: float = 10.0  # for TCP and the opening handshake together
    closing: float = 5.0  # for the closing handshake and the end of TCP together
    silence: float = 20.0  # without a byte, twice, then a Ping; once more, then the end


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
        streams: _Streams,
        request: Request,
        received: bytes,
        *,
        client: bool,
        limits: Limits,
        agreed: Parameters | None,
    ) -> None:
        self.request = request
        self.closed: TcpClosed | None = None
        self._reader, self._writer = streams
        self._transport = self._writer.transport
        self._limits = limits
        extension = PerMessageDeflate(agreed, client=client) if agreed else None
        self._connection = Connection(
            client, max_message=limits.message, extension=extension
        )
        self._connection.receive_data(received)  # behind the opening handshake
        self._reading = asyncio.Lock()  # held by the one who waits for the peer
        self._silent = 0  # how often `_watch` looked, and nothing had come
        self._watch()

    def __aiter__(self) -> Self:
        """Return itself."""
        return self

    async def __anext__(self) -> str | bytes:
        """Return the next message, text as ``str``; close with the peer at the end."""
        while True:
            event = await self._next_event()
            if isinstance(event, TextMessage):
                return event.text
            if isinstance(event, BinaryMessage):
                return event.payload
            if not isinstance(event, Ping | Pong):
                break
            await self._drain()  # of the Pong, too
        await self.close()
        raise StopAsyncIteration

    async def send(self, message: str | bytes, *, fin: bool = True) -> None:
        """Send a message, or a fragment of one; wait while the peer is behind.

        Args:
            message: Text, if it is a ``str``, else binary. Section 5.6.
            fin: Whether the message ends here. Section 5.4.

        Raises:
            InvalidState: If a Close is out, TCP is lost, or a message of the other
                kind is unfinished.
        """
        if isinstance(message, str):
            self._connection.send_text(message, fin=fin)
        else:
            self._connection.send_binary(message, fin=fin)
        await self._drain()
        if self._transport.is_closing():
            raise InvalidState("nothing can be sent: TCP is lost")

    async def close(self, code: int | None = 1000, reason: str = "") -> None:
        """Shake hands on the end, and end TCP; what still comes is lost. Section 7.1.

        Once it has ended, or while it ends, this only waits for that. It takes no
        longer than ``Limits.closing``: then TCP is ended without the peer.
        """
        if self._connection.state is State.OPEN:
            self._connection.send_close(code, reason)
        try:
            async with asyncio.timeout(self._limits.closing):
                await self._drain()
                await self._read_to_the_end()
                self._writer.close()  # as soon as all is sent
                await self._writer.wait_closed()
        except OSError:  # a TimeoutError is one, too
            pass
        finally:
            self._transport.abort()
        await self._read_to_the_end()  # it is near

    async def _read_to_the_end(self) -> None:
        """Wait until TCP is closed."""
        while await self._next_event() is not None:
            await self._drain()

    async def _next_event(self) -> Event | None:
        """Return what happens next; None once TCP is closed."""
        async with self._reading:
            while (event := self._connection.next_event()) is None:
                if self._connection.state is State.CLOSED:
                    return None
                try:
                    data = await self._reader.read(_AT_ONCE)
                except OSError:  # a reset is an end, too
                    data = b""
                self._silent = 0
                if data:
                    self._connection.receive_data(data)
                else:
                    self._connection.receive_eof()
            if isinstance(event, TcpClosed):
                self.closed = event
                self._timer.cancel()
            return event

    def _watch(self) -> None:
        """Look, now and then, whether anything comes for the one who waits.

        One timer for all messages: one for each would cost more than the message does.
        """
        if self._connection.state is not State.OPEN:
            return  # `close` has a limit of its own
        later = asyncio.get_running_loop().call_later
        self._silent = self._silent + 1 if self._reading.locked() else 0
        if self._silent < 3:
            self._timer = later(self._limits.silence, self._watch)
        if self._silent == 2:
            self._connection.send_ping()
        elif self._silent == 3:
            self._connection.send_close(1011, "no answer to a Ping")
            self._timer = later(self._limits.closing, self._transport.abort)
        self._write()

    def _write(self) -> None:
        """Pass on the bytes that are to go, and their end."""
        if data := self._connection.data_to_send():
            self._transport.write(data)
        if self._connection.must_close_tcp:
            self._transport.write_eof()

    async def _drain(self) -> None:
        """Send what is to go; wait while the peer is far behind, but not for ever."""
        self._write()
        while waiting := self._transport.get_write_buffer_size():
            with contextlib.suppress(OSError):  # a TimeoutError is one, too
                async with asyncio.timeout(self._limits.silence):
                    return await self._writer.drain()
            if self._transport.get_write_buffer_size() == waiting:
                self._transport.abort()


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
        task.add_done_callback(lambda task: tasks.pop(task).transport.abort())

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
        try:
            await stop_accepting(server.sockets)
        finally:
            server.close()
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
        ValueError: If the address is no ``ws://host:port/path?query``. Section 3.
        OSError: If nobody listens there, or nobody answers in time.
        HandshakeError: If the answer is not one of a WebSocket server. Section 4.1.
    """
    parts = urlsplit(url)
    if parts.scheme != "ws" or not parts.hostname or parts.fragment:
        raise ValueError(f"an address is 'ws://host:port/path?query', not {url!r}")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = parts.netloc.rpartition("@")[2]
    offers = [str(deflate)] if deflate else []
    request = build_request(host, target, extensions=offers)
    async with asyncio.timeout(limits.opening):
        port = 80 if parts.port is None else parts.port
        streams = await asyncio.open_connection(parts.hostname, port)
        reader, writer = streams
        try:
            writer.write(request.serialize())
            response, rest = await _read_head(reader, parse_response)
            for problem in response_problems(response, request):
                raise problem
            accepted = response.tokens("Sec-WebSocket-Extensions")
            agreed = deflate and read_response(accepted, deflate)
        except BaseException:
            writer.transport.abort()
            raise
    websocket = WebSocket(
        streams, request, rest, client=True, limits=limits, agreed=agreed
    )
    try:
        yield websocket
    finally:
        await websocket.close()


async def stop_accepting(sockets: Iterable[socket.socket]) -> None:
    """Let in whoever is being accepted right now; nobody else, but on Windows.

    Over plain TCP that takes three turns of the loop. A server that is closed meanwhile
    loses hold of the connection, and leaves it open.
    """
    loop = asyncio.get_running_loop()
    for each in sockets:
        with contextlib.suppress(NotImplementedError, ValueError):
            loop.remove_reader(each)  # not on Windows; nor if it is closed already
    for _ in range(3):
        await asyncio.sleep(0)


async def echo(websocket: WebSocket) -> None:
    """Send back what comes, text as text and binary as binary: a handler."""
    async for message in websocket:
        await websocket.send(message)


async def _answer(
    handler: Handler, streams: _Streams, limits: Limits, deflate: Parameters | None
) -> None:
    """Serve one client, from the opening handshake to the end of TCP."""
    websocket = await _open(streams, limits, deflate)
    if websocket is None:
        return
    code, reason = 1000, ""
    try:
        await handler(websocket)
    except asyncio.CancelledError:
        code, reason = 1001, "the server stops"
    except Exception:
        code = 1011
        if not streams[1].is_closing():  # else it is no wonder
            logging.getLogger(__name__).exception("a handler has failed")
    closing = asyncio.ensure_future(websocket.close(code, reason))
    try:
        await asyncio.shield(closing)
    except asyncio.CancelledError:  # the server stops, and this is under way
        await closing


async def _open(
    streams: _Streams, limits: Limits, deflate: Parameters | None
) -> WebSocket | None:
    """Answer the opening handshake; if by a refusal, or not at all, return None."""
    reader, writer = streams
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
            if response.status == 101:
                return WebSocket(
                    streams, request, rest, client=False, limits=limits, agreed=agreed
                )
            writer.write_eof()
            while await reader.read(_AT_ONCE):
                pass  # TCP closed with bytes unread might lose the refusal
    except (OSError, asyncio.CancelledError):  # reset, too late, or the server stops
        pass
    writer.transport.abort()
    return None


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


async def _run(host: str, port: int) -> None:
    """Echo until SIGTERM; Ctrl-C is asyncio's."""
    async with serve(echo, host, port, limits=Limits(message=2**24)) as server:
        end, wake = asyncio.Event(), asyncio.get_running_loop().call_soon_threadsafe
        before = signal.signal(signal.SIGTERM, lambda *_: wake(end.set))
        port = server.sockets[0].getsockname()[1]
        at = f"[{host}]" if ":" in host else host
        print(f"An echo on ws://{at}:{port} (Ctrl-C stops it)", flush=True)
        try:
            await end.wait()
        finally:
            signal.signal(signal.SIGTERM, before)


def main(arguments: list[str] | None = None) -> int:
    """Echo in a terminal until Ctrl-C or SIGTERM; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m wslib.endpoint", description="A plain WebSocket echo."
    )
    parser.add_argument("--port", type=int, default=1234, help="default: 1234")
    parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(_run(options.host, options.port))
    except (OSError, OverflowError) as exc:
        print(getattr(exc, "strerror", None) or exc, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    print("Stopped.", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
