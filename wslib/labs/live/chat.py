"""A chat in the browser: each room has a page, and page and room have one address.

    browser                       EchoServer(chat, process_request=chat_page), one port
    GET /tea HTTP/1.1          ▶
                               ◀  200, chat.html
    GET /tea ... Upgrade       ▶
                               ◀  101, and from here on the room /tea

The page is one file, ``chat.html``. It sends what is written, and shows what it hears;
who hears what is the server's business.
"""

import importlib.resources
import json
from urllib.parse import urlsplit

from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from wslib import page
from wslib.service import Service

_FOLDER = importlib.resources.files("wslib.labs.live")
HTML = _FOLDER.joinpath("chat.html").read_text("utf-8")


def chat_page(connection: ServerConnection, request: Request) -> Response | None:
    """Answer a plain request with the page; leave an opening handshake to the server.

    Args:
        connection: The connection.
        request: What came.
    """
    if "Upgrade" in request.headers:
        return None
    if urlsplit(request.path).path == "/favicon.ico":
        return page.respond("GET", request.path)
    field = ("Content-Security-Policy", page.policy(HTML))
    return page.response(200, "OK", HTML, field, kind="text/html")


def windows(service: Service, *rooms: str, height: int = 300) -> page.InBrowser:
    """Return the pages of some rooms, each in a window of its own, side by side.

    Args:
        service: Whose rooms they are; it answers with :func:`chat_page`.
        rooms: Their addresses, such as ``/tea``; one may be open twice.
        height: Of the windows, in pixels.
    """
    quoted = json.dumps(rooms).replace("<", r"\u003c")
    words = "windows of a chat, in the rooms " + ", ".join(rooms)
    return page.InBrowser([service], words, height, f"const rooms = {quoted};{_GO}")


_GO = """
      const row = document.createElement("div");
      row.style = "display: flex; flex-wrap: wrap; gap: .4rem; height: 100vh";
      for (const room of rooms) {
        const frame = document.createElement("iframe");
        frame.src = new URL(room.slice(1), url);
        frame.title = "A window of the chat, in the room " + room;
        frame.style = "flex: 1 1 11rem; min-width: 11rem; min-height: 12rem; " +
          "border: 1px solid #767676";
        row.append(frame);
      }
      document.body.style.margin = 0;
      document.body.append(row);
"""
