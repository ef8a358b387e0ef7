"""A bank and a thief: cross-site WebSocket hijacking. RFC 6455, section 10.2.

    browser of ada                        Bank, one port
    GET /login?user=ada             ▶
                                    ◀     303, Set-Cookie: session=...

    in another tab, a page of             Thief, another port
    GET / ... Upgrade               ▶     to the bank, by the thief's script
    Origin: http://thief...               the browser tells who asks, truly,
    Cookie: session=...                   and adds what it has for the bank
                                    ◀     101: the bank takes it for ada
    pay eve 900                     ▶
                                    ◀     paid eve 900, ada has 100

No same-origin policy keeps a script from opening a WebSocket to anywhere, and from
reading what comes back. Three things can stop this thief, each on its own terms:

*   the bank looks at ``Origin`` (``check_origin``);
*   the first message must be a secret that only the bank's own page holds (``token``);
*   the browser keeps the cookie at home (``same_site``), if the thief is on another
    *site*. A site knows no ports: two ports of one host are two origins and one site.
    Nor do cookies know ports, so this thief's own server is sent the cookie, too, if
    its page is opened at the bank's host. It does not look.

What a bank would never do: there is no password, and ``/login`` is a GET, since the
library that serves it reads no other request. The defences are about what comes after.
"""

import asyncio
import contextlib
import html
import http.client
import importlib.resources
import re
import secrets
import socket
from collections.abc import AsyncIterator, Iterable
from typing import Literal, NamedTuple
from urllib.parse import parse_qs, quote

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from wslib import page
from wslib.labs.security.authentication import by_cookie
from wslib.server import EchoServer
from wslib.service import Service

_FOLDER = importlib.resources.files("wslib.labs.security")
_STYLE = """
  :root { color-scheme: light dark }
  body { font: 1rem/1.4 system-ui, sans-serif; max-width: 46rem; margin: 1rem auto;
         padding: 0 1rem }
  #log { white-space: pre-wrap; border: 1px solid #767676; padding: .3rem .6rem;
         min-height: 3rem }
"""
BANK_PAGE = _FOLDER.joinpath("bank.html").read_text("utf-8").replace("STYLE", _STYLE)
THIEF_PAGE = _FOLDER.joinpath("thief.html").read_text("utf-8").replace("STYLE", _STYLE)


class _Session(NamedTuple):
    """What the bank remembers of a login."""

    user: str
    token: str


class Bank(EchoServer):
    """A bank that knows its customers by a cookie, and serves them by WebSocket.

    Args:
        check_origin: Whether a WebSocket is for the bank's own pages alone.
        token: Whether its first message must be the secret in the bank's page.
        same_site: How the cookie is marked; ``""`` leaves the mark out. With
            ``"None"`` it is marked ``Secure`` too, as browsers demand.
        port: Where to listen; 0 lets the operating system choose.

    Attributes:
        balances: What each customer has: 1,000 for ada, nothing for eve.
        patience: How many seconds it waits for the token.
        log: Who came from where, and what was answered; no cookie and no token.
    """

    def __init__(
        self,
        *,
        check_origin: bool = False,
        token: bool = False,
        same_site: Literal["Strict", "Lax", "None", ""] = "Lax",
        port: int = 0,
    ) -> None:
        self.patience = 5.0
        self._own = list[str]()  # the bank's own origin, known once it listens
        super().__init__(
            self._serve,
            port=port,
            process_request=self._receive,
            origins=self._own if check_origin else None,
        )
        self.balances = {"ada": 1000, "eve": 0}
        self._token = token
        self._same_site = same_site
        self._sessions: dict[str, _Session] = {}

    @property
    def origin(self) -> str:
        """The origin of its own pages."""
        return _origin(self)

    def login(self, user: str) -> str:
        """Log in by HTTP; return the cookie, as it is sent back in ``Cookie``.

        Raises:
            ValueError: If the bank has no such customer.
        """
        browser = http.client.HTTPConnection(self.host, self.port, timeout=5)
        with contextlib.closing(browser):
            browser.request("GET", f"/login?user={quote(user)}")
            cookie = browser.getresponse().getheader("Set-Cookie")
        if cookie is None:
            raise ValueError(f"the bank has no customer {user!r}")
        return cookie.partition(";")[0]

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        """Serve; from now on the bank knows its own origin."""
        async with super().listen() as sockets:
            port = next(iter(sockets)).getsockname()[1]
            self._own[:] = [f"http://{self.host}:{port}"]
            yield sockets

    def _receive(
        self, connection: ServerConnection, request: Request
    ) -> Response | None:
        """Answer a plain request; let an opening handshake go on for a customer."""
        session = by_cookie(request, self._sessions)
        path, _, query = request.path.partition("?")
        if "Upgrade" in request.headers:
            origin = ", ".join(request.headers.get_all("Origin")) or "no origin"
            if session is None:
                self.log.write(f"Somebody without a session came from {origin}")
                return page.response(401, "Unauthorized", "Log in first.\n", _CHALLENGE)
            self.log.write(f"{session.user}'s cookie came from {origin}")
            return None  # the library goes on, and looks at Origin
        if path == "/login":
            return self._login(parse_qs(query).get("user", [""])[0])
        if path == "/":
            return self._page(session)
        return page.respond("GET", request.path)

    def _login(self, user: str) -> Response:
        """Begin a session, and lead to the page."""
        if user not in self.balances:
            return page.response(404, "Not Found", "The bank has no such customer.\n")
        name = secrets.token_urlsafe(16)
        self._sessions[name] = _Session(user, secrets.token_urlsafe(16))
        cookie = f"session={name}; HttpOnly"  # no script can read it
        if self._same_site:
            cookie += f"; SameSite={self._same_site}"
        if self._same_site == "None":
            cookie += "; Secure"
        self.log.write(f"{user} has logged in")
        # Not "/": behind a proxy, the bank may live further down.
        fields = ("Location", "./"), ("Set-Cookie", cookie)
        return page.response(303, "See Other", "", *fields)

    def _page(self, session: _Session | None) -> Response:
        """Return the page of a customer, or the way in."""
        if session is None:
            return page.response(200, "OK", _LOGIN_PAGE, kind="text/html")
        text = BANK_PAGE.replace("WHO", f"You are {session.user}.")
        # Last: in a token of chance, anything may stand.
        text = text.replace("TOKEN", session.token if self._token else "")
        policy = page.policy(BANK_PAGE) + "; frame-ancestors 'none'"
        field = ("Content-Security-Policy", policy)
        return page.response(200, "OK", text, field, kind="text/html")

    async def _serve(self, connection: ServerConnection) -> None:
        """Serve one connection: whoever brought the cookie is the customer."""
        assert connection.request is not None
        session = by_cookie(connection.request, self._sessions)
        assert session is not None  # or the handshake would have failed
        with contextlib.suppress(ConnectionClosed):
            if self._token and not await self._has_token(connection, session):
                self.log.write("Refused: the first message was not the token")
                await connection.close(1008, "the token comes first")
                return  # or the order that came right behind would still be carried out
            async for message in connection:
                answer = self._answer(session.user, message)
                self.log.write(f"Said to {session.user}: {answer}")
                await connection.send(answer)

    async def _has_token(self, connection: ServerConnection, session: _Session) -> bool:
        """Tell whether the first message is the token, and comes in time."""
        try:
            async with asyncio.timeout(self.patience):
                return _same(await connection.recv(), session.token)
        except TimeoutError:
            return False

    def _answer(self, user: str, message: str | bytes) -> str:
        """Do what a customer asks, and say so."""
        if message == "balance?":
            return f"{user} has {self.balances[user]}"
        order = re.fullmatch(r"pay ([a-z]+) ([1-9][0-9]{0,8})", str(message))
        if order is None or order[1] not in self.balances:
            return f"balance? or pay {'|'.join(self.balances)} AMOUNT"
        payee, amount = order[1], int(order[2])
        if amount > self.balances[user]:
            return f"not paid, {user} has only {self.balances[user]}"
        self.balances[user] -= amount
        self.balances[payee] += amount
        return f"paid {payee} {amount}, {user} has {self.balances[user]}"


class Thief(EchoServer):
    """Somebody else's server: its page robs whoever is logged in at the bank.

    Args:
        bank: Whom to rob; a ``Bank`` or a relay before it.
        port: Where to listen; 0 lets the operating system choose.

    Attributes:
        loot: What the page heard from the bank and sent home.
    """

    def __init__(self, bank: Service, *, port: int = 0) -> None:
        super().__init__(self._take, port=port, process_request=self._receive)
        self.loot: list[str] = []
        self._bank = bank

    @property
    def origin(self) -> str:
        """The origin of its pages."""
        return _origin(self)

    def _receive(
        self, connection: ServerConnection, request: Request
    ) -> Response | None:
        """Answer a plain request with the page."""
        if "Upgrade" in request.headers:
            return None
        if request.path.partition("?")[0] != "/":
            return page.respond("GET", request.path)
        text = THIEF_PAGE.replace("BANK", html.escape(self._bank.url))
        return page.response(200, "OK", text, kind="text/html")

    async def _take(self, connection: ServerConnection) -> None:
        """Keep what the page sends home."""
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                self.loot.append(str(message))
                self.log.write(f"Sent home: {message!r}")


# RFC 9110, section 15.5.2: a 401 "MUST" name a way in. For cookies none is registered.
_CHALLENGE = ("WWW-Authenticate", 'Cookie realm="the bank"')

_LOGIN_PAGE = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>The bank</title>
<link rel="icon" href="data:,">
<style>{_STYLE}</style></head>
<body><main><h1>The bank</h1>
<p>You are not logged in. <a href="login?user=ada">Log in as ada</a></p>
</main></body></html>
"""


def _origin(service: Service) -> str:
    """Return the origin of what a service serves: scheme, host and port."""
    return service.url.replace("ws", "http", 1)


def _same(message: str | bytes, token: str) -> bool:
    """Tell whether they are the same, and by the time it takes not how far."""
    given = message if isinstance(message, bytes) else message.encode()
    return secrets.compare_digest(given, token.encode())
