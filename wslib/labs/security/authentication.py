"""Ways for a client to say who it is: what a server can look at before it lets it in.

    cookie         Cookie: session=SECRET                        RFC 6265
    query          GET /?token=SECRET HTTP/1.1                   RFC 3986, section 3.4
    subprotocol    Sec-WebSocket-Protocol: chat, token.SECRET    RFC 6455, section 1.9
    Basic          Authorization: Basic base64(USER:SECRET)      RFC 7617

All of them are lines of the opening handshake, so who shows no secret is answered 401
and never has a WebSocket. (The fifth way is the first message; it needs no door.)

A door is a function of the request and of the users, by their secrets. It returns the
user, or None for whatever a stranger sends: it never raises. (A secret is looked up in
a dict, by its hash. What takes longer when more of it is right is a comparison letter
by letter, and there is none.)
"""

import base64
import contextlib
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import websocket
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from wslib.server import EchoServer

Door = Callable[[Request, Mapping[str, str]], str | None]
User = TypeVar("User")


def by_cookie(request: Request, users: Mapping[str, User]) -> User | None:
    """Return whose secret is in a cookie ``session``. RFC 6265, section 4.2."""
    # A cookie knows no port: those of other servers of this host come along.
    for cookie in ";".join(request.headers.get_all("Cookie")).split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == "session" and value in users:
            return users[value]
    return None


def by_query(request: Request, users: Mapping[str, str]) -> str | None:
    """Return whose secret is in the query, as ``token``. RFC 3986, section 3.4."""
    try:
        tokens = parse_qs(urlsplit(request.path).query).get("token", [])
    except ValueError:  # a path such as //[ is no URL
        return None
    return users.get(tokens[0]) if len(tokens) == 1 else None


def by_subprotocol(request: Request, users: Mapping[str, str]) -> str | None:
    """Return whose secret is offered as a subprotocol, ``token.SECRET``."""
    offers = ",".join(request.headers.get_all("Sec-WebSocket-Protocol")).split(",")
    tokens = [o.strip()[6:] for o in offers if o.strip().startswith("token.")]
    return users.get(tokens[0]) if len(tokens) == 1 else None


def by_basic(request: Request, users: Mapping[str, str]) -> str | None:
    """Return who gives a name and the secret that belongs to it. RFC 7617."""
    scheme, _, code = ", ".join(request.headers.get_all("Authorization")).partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        pair = base64.b64decode(code.strip(), validate=True).decode()
    except ValueError:  # no base64, or no UTF-8
        return None
    user, _, secret = pair.partition(":")
    return user if users.get(secret) == user else None


class LoginServer(EchoServer):
    """A server that lets in whom its door knows, and greets them by name.

    Args:
        door: Looks at the request of an opening handshake.
        users: The users, by their secrets.

    Who is not known gets a 401. The answer to a client that offers subprotocols is
    ``chat``, if that is among them: the one with the secret is never repeated.
    """

    def __init__(self, door: Door, users: Mapping[str, str]) -> None:
        super().__init__(
            self._greet,
            process_request=self._ask,
            select_subprotocol=_choose,
        )
        self._door = door
        self._users = users

    def _ask(self, connection: ServerConnection, request: Request) -> Response | None:
        """Refuse whom the door does not know."""
        if self._door(request, self._users) is not None:
            return None
        response = connection.respond(HTTPStatus.UNAUTHORIZED, "Who are you?\n")
        # RFC 9110, section 15.5.2: a 401 "MUST" say how to do better.
        response.headers["WWW-Authenticate"] = 'Basic realm="the course"'
        return response

    async def _greet(self, connection: ServerConnection) -> None:
        """Say hello, and goodbye."""
        assert connection.request is not None
        await connection.send(f"Hello {self._door(connection.request, self._users)}")


def try_ways(user: str, secret: str) -> list[tuple[str, str, str]]:
    """Show a secret to a server of one's own in each way that the handshake has.

    Returns:
        For each: its name, what the server said, and the line of the request that
        held the secret.
    """
    pair = base64.b64encode(f"{user}:{secret}".encode()).decode()
    basic = {"Authorization": f"Basic {pair}"}
    ways: dict[str, tuple[Door, str, dict[str, Any]]] = {
        "cookie": (by_cookie, "/", {"cookie": f"session={secret}"}),
        "query": (by_query, f"/?token={secret}", {}),
        "subprotocol": (
            by_subprotocol,
            "/",
            {"subprotocols": ["chat", f"token.{secret}"]},
        ),
        "Basic": (by_basic, "/", {"header": basic}),
    }
    found = []
    for name, (door, path, options) in ways.items():
        with LoginServer(door, {secret: user}) as server:
            client = websocket.create_connection(
                server.url + path, timeout=5, **options
            )
            with contextlib.closing(client):
                said = str(client.recv())
            request = server.handshakes[-1].serialize().decode("latin-1")
        [line] = [one for one in request.splitlines() if secret in one or pair in one]
        found.append((name, said, line))
    return found


def _choose(
    connection: ServerConnection, offers: list[Subprotocol]
) -> Subprotocol | None:
    """Return the subprotocol that is spoken here, if it was offered."""
    return Subprotocol("chat") if "chat" in offers else None
