"""Header fields side by side, and what scripts of other origins told the server."""

import contextlib

from wslib.http1 import Request
from wslib.server import EchoServer
from wslib.show import Table

# What Chromium 156 did with the two scripts, JupyterLab being at http://localhost:8888.
CAPTURED = {"notebook": "http://localhost:8888", "sandboxed": "null"}
FETCHED = "its answer I may not read"


def origin_of(handshake: Request) -> str:
    """Return the ``Origin`` of a handshake; the port of its own server is PORT."""
    return _value(handshake, "Origin") or "(none)"


def programs(server: EchoServer) -> list[Request]:
    """Return the handshakes that a server got from whoever is no browser."""
    browsers = server.browsers()
    return [each for each in server.handshakes if each not in browsers]


def side_by_side(handshakes: dict[str, Request]) -> Table:
    """Return a table of handshakes: a row for each header field, a column for each.

    A long value is cut, cookies are not shown, and the port of the server is PORT.

    Args:
        handshakes: Each under the name of who sent it.
    """
    names: dict[str, str] = {}  # as first written; a proxy may write them otherwise
    for request in handshakes.values():
        for name, _ in request.headers:
            names.setdefault(name.lower(), name)
    return Table(
        ["header", *handshakes],
        [
            [name, *(_short(_value(one, name)) for one in handshakes.values())]
            for name in names.values()
        ],
    )


def heard_from(server: EchoServer, kind: str, *, timeout: float = 1.2) -> str:
    """Return what one of the scripts of ``page.script`` told the server.

    Args:
        server: What the script was given.
        kind: Which script: ``notebook`` or ``sandboxed``.
        timeout: How long to wait for it, in seconds, if a browser is there at all.
    """
    whose, origin, fetched = "Chromium, captured earlier", CAPTURED[kind], FETCHED
    with contextlib.suppress(TimeoutError):
        wait = timeout if server.browsers() else 0
        line = server.log.wait_for(f"client: {kind}; fetch: ", wait)
        fetched = line.partition("fetch: ")[2]
        [*_, handshake] = [h for h in server.browsers() if h.target == f"/?{kind}"]
        whose, origin = "your browser", origin_of(handshake)
    return f"{whose}\n  Origin: {origin}\n  fetch: {fetched}\n  WebSocket: open"


def _value(request: Request, name: str) -> str:
    """Return a header field, without the port of the server in it."""
    value, host = request.get(name) or "", request.get("Host") or ""
    if value and name.lower() == "cookie":
        return "(not shown: it may hold a key)"
    if host.startswith("127.0.0.1:"):
        value = value.replace(host, "127.0.0.1:PORT")
    return value


def _short(value: str) -> str:
    """Return a value so that it fits a column."""
    return value if len(value) <= 44 else value[:43] + "…"
