"""A page that follows the score: the headers it sends, and its connection.

The headers are data. BROWSER was captured from Chromium 156 on Linux, in a window (a
headless one calls itself by another name), from a page of a local server that ran

    fetch("/score")      new EventSource("/score/events")      new WebSocket(...)

and is kept line by line. Only the host was replaced: ``127.0.0.1`` and the port by
``scoreboard.example``. A browser trusts loopback as much as https, so these are the
lines that a page on https sends. On plain http a fetch is 187 bytes shorter: without
the six lines that begin with ``sec-``, and without ``br, zstd``. No cookie was set: a
site that knows its visitors adds one more line to each. SMALL is how little would do.
"""

import http.client
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

import websocket

from wslib.http1 import Headers, parse_request
from wslib.labs.polling.scoreboard import Score


@dataclass(frozen=True, kw_only=True)
class HeaderSet:
    """The header fields of one kind of client.

    Attributes:
        name: What kind of client it is.
        fetch: What it sends with a poll.
        events: What it sends to open a stream of Server-Sent Events.
        socket: What it sends in an opening handshake.
    """

    name: str
    fetch: Headers
    events: Headers
    socket: Headers


def _fields(lines: str) -> Headers:
    """Read header fields from lines of text."""
    head = "\r\n".join(["GET / HTTP/1.1", *lines.strip().splitlines(), "", ""])
    parsed = parse_request(head.encode("ascii"))
    assert parsed is not None
    return parsed[0].headers


BROWSER = HeaderSet(
    name="browser",
    fetch=_fields("""
Host: scoreboard.example
Connection: keep-alive
sec-ch-ua-platform: "Linux"
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
Chrome/156.0.0.0 Safari/537.36
sec-ch-ua: "Not:A-Brand";v="8", "Chromium";v="156"
sec-ch-ua-mobile: ?0
Accept: */*
Sec-Fetch-Site: same-origin
Sec-Fetch-Mode: cors
Sec-Fetch-Dest: empty
Referer: http://scoreboard.example/
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-US,en;q=0.9
"""),
    events=_fields("""
Host: scoreboard.example
Connection: keep-alive
Pragma: no-cache
Cache-Control: no-cache
sec-ch-ua-platform: "Linux"
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
Chrome/156.0.0.0 Safari/537.36
Accept: text/event-stream
sec-ch-ua: "Not:A-Brand";v="8", "Chromium";v="156"
sec-ch-ua-mobile: ?0
Sec-Fetch-Site: same-origin
Sec-Fetch-Mode: cors
Sec-Fetch-Dest: empty
Referer: http://scoreboard.example/
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-US,en;q=0.9
"""),
    socket=_fields("""
Host: scoreboard.example
Connection: Upgrade
Pragma: no-cache
Cache-Control: no-cache
User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
Chrome/156.0.0.0 Safari/537.36
Upgrade: websocket
Origin: http://scoreboard.example
Sec-WebSocket-Version: 13
Accept-Encoding: gzip, deflate, br, zstd
Accept-Language: en-US,en;q=0.9
Sec-WebSocket-Key: wu2vWjN7SsBjFmlPGLTDsA==
Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits
"""),
)

# RFC 9112 asks for Host, RFC 6455 for the rest of the handshake; a sensor or a script
# sends little more.
SMALL = HeaderSet(
    name="small",
    fetch=_fields("""
Host: scoreboard.example
User-Agent: scores/1
"""),
    events=_fields("""
Host: scoreboard.example
User-Agent: scores/1
Accept: text/event-stream
"""),
    socket=_fields("""
Host: scoreboard.example
User-Agent: scores/1
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: wu2vWjN7SsBjFmlPGLTDsA==
"""),
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
        """Ask for a stream; return when its head is here, then yield each event."""
        self.ask(target)
        response = self._http.getresponse()

        def each() -> Iterator[Score]:
            with response:
                for line in response:
                    if line.startswith(b"data: "):
                        yield Score.parse(line.removeprefix(b"data: "))

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
