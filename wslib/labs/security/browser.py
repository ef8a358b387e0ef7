"""Clients of the bank: a program, one that plays a browser, and a script in a real one.

    at the login       Set-Cookie: session=...    the browser keeps the cookie
    ever after         Cookie: session=...        it sends it, whosever page it is
    for a WebSocket    Origin: http://...         it says whose page it is

The one that is played knows no SameSite. What a Chromium does is in
tests/labs/security/test_hijacking.py.
"""

import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from urllib.request import Request, urlopen

import websocket
from websockets.frames import Close

from wslib import page
from wslib.frames import Frame, Opcode
from wslib.labs.security.bank import Bank, Thief
from wslib.raw_client import RawClient
from wslib.service import Service


def visit(
    bank: Bank,
    *orders: str,
    origin: str,
    cookie: str | None = None,
    token: str | None = None,
) -> list[str]:
    """Go to a bank as a program does, which may claim anything.

    Args:
        bank: The bank.
        orders: What to send, one after the other's answer.
        origin: Whose page it claims to be.
        cookie: What to show in ``Cookie``.
        token: What to send before all orders; nothing answers that.

    Returns:
        The answers; or how the bank refused.
    """
    try:
        client = websocket.create_connection(
            bank.url, timeout=5, cookie=cookie, origin=origin
        )
    except websocket.WebSocketBadStatusException as error:
        status = HTTPStatus(error.status_code)
        return [f"refused: {status} {status.phrase}"]
    heard: list[str] = []
    try:
        if token is not None:
            client.send(token)
        for order in orders:
            client.send(order)
            opcode, data = client.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                close = Close.parse(data)
                return [*heard, f"closed: {close.code} {close.reason}"]
            heard.append(data.decode())
    finally:
        client.close()
        if client.sock is not None:  # after a Close, close() leaves it open
            client.sock.close()
    return heard


class Browser:
    """A browser in which a user has logged in at a bank.

    Args:
        bank: The bank.
        user: Who the user is.
    """

    def __init__(self, bank: Bank, user: str) -> None:
        self._bank = bank
        self.cookie = bank.login(user)

    def token(self) -> str:
        """Return the token in the bank's page, as a script in that page reads it.

        Empty if the bank writes none.
        """
        request = Request(self._bank.origin, headers={"Cookie": self.cookie})
        with urlopen(request, timeout=5) as answer:
            found = re.search('name="token" content="(.*?)"', answer.read().decode())
        assert found is not None, "this is not the bank's page"
        return found[1]

    def script(
        self, page: Bank | Thief, *orders: str, token: str | None = None
    ) -> list[str]:
        """Run a script of somebody's page, which goes to the bank.

        Returns:
            What ``visit`` does. How it was refused, a real browser would not tell.
        """
        return visit(
            self._bank, *orders, origin=page.origin, cookie=self.cookie, token=token
        )


def in_one_breath(server: Service, *messages: str) -> None:
    """Send messages in one piece, too fast for any answer, and wait for the Close."""
    frames = [
        Frame(opcode=Opcode.TEXT, payload=message.encode(), masking_key=b"mask")
        for message in messages
    ]
    with RawClient(server) as client:
        client.send(b"".join(frame.serialize() for frame in frames))
        client.frames(1)


def knocks(servers: Mapping[str, Service], message: str) -> page.InBrowser:
    """Return a frame with a button: a script then goes to several servers.

    It says what it sees of each. (Nothing happens before, so that a browser's console
    is empty until somebody looks.)

    Args:
        servers: What each is called, and who serves it.
        message: What it sends to whoever lets it in.
    """
    names = json.dumps(list(servers)).replace("<", r"\u003c")
    words = json.dumps(message).replace("<", r"\u003c")
    go = f"""
      const names = {names}, message = {words};
      const button = document.createElement("button");
      button.textContent = "Knock";
      say("").append(button);
      const lines = names.map((name) => say(`${{name}}: `));
      button.onclick = () => urls.forEach(async (url, index) => {{
        const line = lines[index];
        line.textContent = `${{names[index]}}: `;
        const add = (text) => {{ line.textContent += text; }};
        if (!await answers(url)) {{
          add("it has been stopped; run the cell that starts it, and this one.");
          return;
        }}
        const socket = new WebSocket(url.href.replace("http", "ws"));
        socket.onopen = () => {{ add("open, "); socket.send(message); }};
        socket.onerror = () => add("error, ");
        socket.onclose = (event) =>
          add(`close: code ${{event.code}}, reason "${{event.reason}}"`);
      }});
    """
    what = f"a button to knock at {' and '.join(servers)}"
    return page.InBrowser(list(servers.values()), what, 60 + 30 * len(servers), go)
