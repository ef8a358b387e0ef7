"""The chat of a shop, whose page shows what people write. HTML, section 8.5.

    browser of ada                       Chat, one port
    GET /                           ▶
                                    ◀    chat.html
    GET / ... Upgrade               ▶
                                    ◀    101, and what people have written so far
    {"pay": "eve", "amount": 900}   ▶    if a script in what they wrote has run

The page shows a message by one line of JavaScript. If that sets ``innerHTML``, the
message is read as HTML, and becomes part of the page. With ``textContent`` it is text.
"""

import importlib.resources
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Literal

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from wslib import page
from wslib.server import EchoServer

PAGE = (
    importlib.resources.files("wslib.labs.limits")
    .joinpath("chat.html")
    .read_text("utf-8")
)


class Chat(EchoServer):
    """A shop's chat: its page shows what was written, and sends orders.

    Args:
        written: What people have written so far.
        shows: What of a line the page sets to a message.
        policy: Whether the page comes with a Content-Security-Policy, by which nothing
            runs in it but its own script.
        port: Where to listen; 0 lets the operating system choose.

    Attributes:
        orders: What the page has sent.
    """

    def __init__(
        self,
        written: Iterable[str],
        *,
        shows: Literal["innerHTML", "textContent"],
        policy: bool = False,
        port: int = 0,
    ) -> None:
        super().__init__(self._serve, port=port, process_request=self._receive)
        self.orders: list[str] = []
        self._written = list(written)
        self._page = PAGE.replace("SHOWS", shows)
        self._more = (
            [("Content-Security-Policy", page.policy(self._page))] if policy else []
        )

    def _receive(
        self, connection: ServerConnection, request: Request
    ) -> Response | None:
        """Answer a plain request with the page."""
        if "Upgrade" in request.headers:
            return None
        if request.path.partition("?")[0] != "/":
            return page.respond("GET", request.path)
        return page.response(200, "OK", self._page, *self._more, kind="text/html")

    async def _serve(self, connection: ServerConnection) -> None:
        """Say what was written; then take orders."""
        for message in self._written:
            await connection.send(message)
        async for order in connection:
            self.orders.append(str(order))
            self.log.write(f"Ordered: {order!r}")
            await connection.send(f"The shop has an order of yours: {order!r}")


class _Reader(HTMLParser):
    """Notes the elements of a text, and what in them is a script."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        events = [name for name, _ in attrs if name.startswith("on")]
        self.found.append(" with ".join([f"<{tag}>", *events]))


def markup(text: str) -> str:
    """Return which elements a text makes, if it is read as HTML.

    Args:
        text: Any text at all.
    """
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return ", ".join(reader.found) or "text"
