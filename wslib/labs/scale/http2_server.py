"""A server that speaks HTTP/2: hypercorn, in a thread of this process. RFC 8441.

    with Http2Server() as server:
        connection = Http2Connection(server)

It speaks in clear, and with whoever begins with HTTP/2's preface: "prior knowledge"
(RFC 9113, section 3.3). A browser speaks HTTP/2 over TLS alone. What follows the first
bytes is the same.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterable
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from wslib.service import GRACE, Service


class Http2Server(Service):
    """An echo server for WebSockets in HTTP/2 connections, or what an app makes of it.

    Args:
        app: What to do with each WebSocket: an ASGI application. None answers each
            message with ``"Received:  "`` and the message.
        host: An address of this machine only.
        port: Where to listen; 0 lets the operating system choose.

    Its answers carry no ``date`` and no ``server``, so that they are the same bytes on
    every day.
    """

    def __init__(
        self, app: Any = None, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        super().__init__(host=host, port=port)
        self._app = app or echo

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        """Serve until told to stop, then close every WebSocket with 1001."""
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        address = self.host, self._wanted_port
        listener = socket.create_server(address, family=family, backlog=100)
        stopping = asyncio.Event()
        config = _configuration(listener)
        serving = asyncio.create_task(
            serve(self._closing(stopping), config, shutdown_trigger=stopping.wait)
        )
        try:
            yield [listener]
        finally:
            # Whoever is there and has no stream open is not told, but cut off; before
            # Python 3.12, asyncio reports that as an error.
            asyncio.get_running_loop().set_exception_handler(lambda loop, context: None)
            stopping.set()
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(serving, GRACE)
            listener.detach()  # hypercorn has closed it

    def _closing(self, stopping: asyncio.Event) -> Any:
        """Return the app, with a goodbye to whoever is there when it stops."""

        async def app(scope: Any, receive: Any, send: Any) -> None:
            serving = asyncio.ensure_future(self._app(scope, receive, send))
            stopped = asyncio.ensure_future(stopping.wait())
            try:
                both = serving, stopped
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                if serving.done():
                    serving.result()  # or what it has raised
                elif scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": 1001})
            finally:
                serving.cancel()
                stopped.cancel()

        return app


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer each message of one WebSocket: an ASGI application.

    Args:
        scope: What is known of it, such as its path.
        receive: Waits for what comes next.
        send: Says something.
    """
    if scope["type"] != "websocket":
        return
    await receive()  # that it wants to be connected
    await send({"type": "websocket.accept"})
    while (event := await receive())["type"] == "websocket.receive":
        if (text := event.get("text")) is not None:
            await send({"type": "websocket.send", "text": "Received:  " + text})
        else:
            data = b"Received:  " + event["bytes"]
            await send({"type": "websocket.send", "bytes": data})


def _configuration(listener: socket.socket) -> Config:
    """Return what hypercorn is told: this socket, and no word to anybody."""
    quiet = logging.Logger("wslib.http2", logging.CRITICAL)
    quiet.addHandler(logging.NullHandler())
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.include_date_header = False
    config.include_server_header = False
    config.accesslog, config.errorlog = None, quiet
    config.graceful_timeout = GRACE / 2
    return config
