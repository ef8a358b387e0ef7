"""A server on loopback made of steps, and the watch that frees it from one of them."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from wslib.labs.workshop.doing import NotYet, Steps, raised
from wslib.labs.workshop.endpoint import Endpoint
from wslib.labs.workshop.finished import serve
from wslib.page import respond
from wslib.service import Service, closing_server, raise_in

_LOOK = 0.5  # seconds between two looks at whether the thread is free


class _TooLong(BaseException):
    """Ends a step that does not end by itself."""


class WorkshopServer(Service):
    """A server that can do what the steps can, and sends back each message.

    Args:
        functions: The steps, see :class:`Steps`.
        page: Whether a request that asks for no WebSocket gets the browser page.
        port: Where to listen; 0 lets the operating system choose.

    Attributes:
        steps: What it can do; ``steps.troubles`` tells what failed.
    """

    scheme = "ws"

    def __init__(
        self, *functions: Callable[..., Any], page: bool = False, port: int = 0
    ) -> None:
        super().__init__(port=port)
        self._page = _page if page else None
        self.steps = Steps(*functions)
        self._ended = threading.Event()

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        """Listen, and have somebody look whether the loop still turns."""
        server = await asyncio.start_server(self._serve, self.host, self._wanted_port)
        self._ended.clear()
        watched = threading.current_thread(), asyncio.get_running_loop()
        threading.Thread(
            target=self._watch, args=watched, name="wslib-watch", daemon=True
        ).start()
        try:
            async with closing_server(server) as sockets:
                yield sockets
        finally:
            self._ended.set()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one client, by the student's loop or by the finished one."""
        function = serve
        try:
            if "serve" in self.steps:
                function = self.steps.function("serve")
            end = Endpoint(self.steps, plain=self._page)
            await function(end, reader, writer)
        except (NotYet, OSError):
            pass  # it is noted; or the client has gone
        except asyncio.CancelledError:
            pass  # the server stops: streams would call that an error, up to 3.11
        except _TooLong:
            self.steps.give_up("it did not end. A loop without an end?")
        except Exception as error:
            self.steps.note("serve", f"it {raised(error, function)}")
        finally:
            writer.close()

    def _watch(self, thread: threading.Thread, loop: asyncio.AbstractEventLoop) -> None:
        """Free the thread whenever a step holds it."""
        while not self._ended.wait(_LOOK):
            turned = threading.Event()
            try:
                loop.call_soon_threadsafe(turned.set)
            except RuntimeError:  # it is closed: the server has just stopped
                return
            if not turned.wait(2 * _LOOK) and not self._ended.is_set():
                raise_in(thread, _TooLong, _LOOK)


def _page(line: str) -> bytes:
    """Answer a plain request."""
    method, target, *_ = [*line.split(" "), "", ""]
    return respond(method, target).serialize()
