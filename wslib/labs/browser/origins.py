"""Header fields side by side, and what scripts of other origins told the server."""

import contextlib
import re

from wslib.http1 import Request
from wslib.server import EchoServer
from wslib.show import Table

# What Chromium 156 did with the two scripts, JupyterLab being at http://localhost:8888.
CAPTURED = {"notebook": "http://localhost:8888", "sandboxed": "null"}
FETCHED, SOCKET = "its answer I may not read", "its answer I can read"
ASKED = r"^Answered /\?…: (.+)"  # in the log; the scripts ask with a query


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
    whose, origin, status = "Chromium, captured earlier", CAPTURED[kind], "200 OK"
    fetched = FETCHED
    with contextlib.suppress(TimeoutError):
        wait = timeout if server.browsers() else 0
        server.log.wait_for(f"client: {kind}; WebSocket: {SOCKET}", wait)
        before, _, line = str(server.log).rpartition(f"client: {kind}; fetch: ")
        fetched = line.partition("\n")[0]
        [*_, status] = ["(not in the log)", *re.findall(ASKED, before, re.MULTILINE)]
        [*_, handshake] = [h for h in server.browsers() if h.target == f"/?{kind}"]
        whose, origin = "your browser", origin_of(handshake)
    return (
        f"{whose}\n"
        f"  Origin: {origin}\n"
        f"  fetch, says the server's log: {status}\n"
        f"  fetch, says the script: {fetched}\n"
        f"  WebSocket, says the script: {SOCKET}"
    )


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
