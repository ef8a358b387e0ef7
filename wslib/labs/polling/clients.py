"""A page that follows the score: its connection, and how little headers would do.

What a browser sends is ``BROWSER``, in ``wslib.page``; SMALL is how little would do.
"""

import http.client
from collections.abc import Iterator
from typing import Self
from urllib.parse import urlsplit

import websocket

from wslib.http1 import Headers
from wslib.labs.polling.scoreboard import Score
from wslib.page import BROWSER, HeaderSet

# RFC 9112 asks for Host, RFC 6455 for the rest of the handshake; a sensor or a script
# sends little more.
SMALL = HeaderSet.from_lines(
    "small",
    fetch="""
Host: scoreboard.example
User-Agent: scores/1
""",
    events="""
Host: scoreboard.example
User-Agent: scores/1
Accept: text/event-stream
""",
    socket="""
Host: scoreboard.example
User-Agent: scores/1
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: wu2vWjN7SsBjFmlPGLTDsA==
""",
)


class HttpClient:
    """One connection that is kept open, and sends exactly the headers it is given.

    Args:
        url: The scoreboard's address, or a relay's before it.
        headers: The fields of every request, ``Host`` included.
    """

    def __init__(self, url: str, headers: Headers = BROWSER.fetch) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        self._http = http.client.HTTPConnection(parts.hostname, parts.port, timeout=5)
        self._headers = headers

    def get(self, target: str) -> Score | None:
        """Ask, wait for the answer, and return the score in it, if there is one."""
        self.ask(target)
        return self.answer()

    def status(self, target: str) -> str:
        """Ask, wait for the answer, and return its status, "200 OK" or another."""
        self.ask(target)
        response = self._http.getresponse()
        response.read()
        return f"{response.status} {response.reason}"

    def ask(self, target: str) -> None:
        """Send a request."""
        self._http.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
        for name, value in self._headers:
            self._http.putheader(name, value)
        self._http.endheaders()

    def answer(self) -> Score | None:
        """Wait for the answer, and return the score in it, if there is one."""
        body = self._http.getresponse().read()
        return Score.parse(body) if body else None

    def events(self, target: str) -> Iterator[Score]:
        """Ask for a stream; return when its head is here, then yield each event.

        An empty line ends an event; its ``data`` fields, one or more, are its lines.
        HTML standard, section 9.2.6.
        """
        self.ask(target)
        response = self._http.getresponse()

        def each() -> Iterator[Score]:
            data: list[bytes] = []
            with response:
                for line in response:
                    name, _, value = line.rstrip(b"\r\n").partition(b":")
                    if name == b"data":
                        data.append(value.removeprefix(b" "))
                    elif data and not name + value:
                        yield Score.parse(b"\n".join(data))
                        data.clear()

        return each()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close."""
        self.close()


def open_socket(url: str, headers: Headers = BROWSER.socket) -> websocket.WebSocket:
    """Return a WebSocket to the scoreboard, opened with the given header fields.

    The key is the one among the fields, so that a notebook shows the same each time;
    a real client takes a new one. RFC 6455, section 4.1, item 7.
    """
    given = dict(headers)
    mine = {name: given.pop(name) for name in ("Host", "Connection", "Upgrade")}
    origin = given.pop("Origin", None)
    return websocket.create_connection(
        url.replace("http", "ws", 1) + "/score/socket",
        timeout=5,
        host=mine["Host"],
        origin=origin,
        suppress_origin=origin is None,
        header=given,
    )
