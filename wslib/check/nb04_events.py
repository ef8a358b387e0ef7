"""Exercise 2 of notebook 04: which events fire, in which order.

Each situation is run while one waits, with a server of its own, on loopback.
"""

import difflib
import re
import socket
from collections.abc import Callable
from typing import Any

import websocket
from websockets.asyncio.server import ServerConnection

from wslib.check.sheet import AnswerSheet
from wslib.check.verdict import Found, brief
from wslib.server import EchoServer

EVENTS = ("open", "message", "error", "close")
_SITUATIONS = ("you close", "the server closes", "the line is cut", "nobody listens")


class _Events(AnswerSheet):
    def mark_all(self, said: dict[str, Any]) -> Found | None:
        """Run all situations; say what is wrong with the first wrong guess."""
        happened = real_events()
        for situation, guess in said.items():
            if not isinstance(guess, list | tuple):
                hint = 'Give a list of names, such as ["open", "close"].'
                if isinstance(guess, set):
                    hint += " A set, with braces, has no order."
                return "wrong-type", f"{situation!r} has {brief(guess)}.", hint
            names = [_event(name) for name in guess]
            if None in names:
                return _no_such_event(guess[names.index(None)])
            if names != happened[situation]:
                return _misread(
                    situation, list(filter(None, names)), happened[situation]
                )
        return None


def _event(name: object) -> str | None:
    """Return which of the four a name means, such as ``on_open`` or ``close: 1000``."""
    pattern = rf"\W*(?:on[\W_]*)?({'|'.join(EVENTS)})\W*(?:: .*)?"
    match = re.fullmatch(pattern, name.lower()) if isinstance(name, str) else None
    return match[1] if match else None


def _no_such_event(name: object) -> Found:
    near = difflib.get_close_matches(str(name).lower(), EVENTS, n=1)
    hint = f"The four are {', '.join(EVENTS)}."
    hint += f" Did you mean {near[0]}?" if near else ""
    return "no-such-event", f"There is no event {brief(name)}.", hint


def _misread(situation: str, said: list[str], happened: list[str]) -> Found:
    """Say what is wrong with a guess, without giving the answer away."""
    evidence = f"{situation!r} was run just now. Your guess: {', '.join(said) or '-'}."
    if "open" in said and "open" not in happened:
        hint = "`open` fires when the opening handshake has succeeded. Did it?"
        return "opened-though-refused", evidence, hint
    if "close" in happened and "close" not in said:
        hint = (
            "`close` fires at the end of every attempt, even of one that never opened."
        )
        return "close-missing", evidence, hint
    if "error" in happened and "error" not in said:
        return "error-missing", evidence, _why_an_error(happened)
    if "error" in said and "error" not in happened:
        hint = "The client itself asked for this end, and got it. That is no error."
        return "error-though-asked", evidence, hint
    if sorted(said) == sorted(happened):
        hint = f"The right events, in another order. {_about_order(said)}"
        return "other-order", evidence, hint
    missing = [name for name in happened if said.count(name) < happened.count(name)]
    if missing:
        hint = f"Something is missing: when does `{missing[0]}` fire?"
        return "too-few", evidence, hint
    extra = next(n for n in said if said.count(n) > happened.count(n))
    often = "that often here" if extra in happened else "here at all"
    return "too-many", evidence, f"`{extra}` does not fire {often}."


def _why_an_error(happened: list[str]) -> str:
    if "message" in happened:
        return "This client reports an end that it did not ask for as an error first."
    if "open" in happened:
        return "The line was cut, with no goodbye: that is an error."
    return "Nobody listened: the connection failed, and a failure is an error."


def _about_order(said: list[str]) -> str:
    if said[-1] != "close":
        return "Which comes last, always?"
    if "open" in said and said[0] != "open":
        return (
            "Can a connection have a message, or an error of its own, before it is "
            "open?"
        )
    return "Does the error come before the message, or is it about the end?"


def real_events() -> dict[str, list[str]]:
    """Run the four situations against real servers; return what fired."""

    async def close_after_one(connection: ServerConnection) -> None:
        await connection.send(str(await connection.recv()))

    async def cut_after_one(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.abort()

    with EchoServer() as echo:
        you_close = _talk(echo, lambda app: app.close())
    with EchoServer(close_after_one) as closing:
        server_closes = _talk(closing)
    with EchoServer(cut_after_one) as cutting:
        cut = _talk(cutting)
    with socket.socket() as bound:  # a port that is taken, and where nobody listens
        bound.bind(("127.0.0.1", 0))
        nobody = _run(f"ws://127.0.0.1:{bound.getsockname()[1]}")
    fired = (you_close, server_closes, cut, nobody)
    return dict(zip(_SITUATIONS, fired, strict=True))


def _nothing(app: Any) -> None: ...


def _talk(
    server: EchoServer, on_message: Callable[[Any], object] = _nothing
) -> list[str]:
    # After the server's goodbye the library leaves the socket open; we close it.
    with socket.create_connection((server.host, server.port)) as over:
        return _run(server.url, over, on_message)


def _run(
    url: str,
    over: socket.socket | None = None,
    on_message: Callable[[Any], object] = _nothing,
) -> list[str]:
    """Run a client until its connection ends; return the events that fired."""
    fired: list[str] = []

    def note(name: str, action: Callable[[Any], object] = _nothing) -> Any:
        def callback(app: Any, *details: Any) -> None:
            fired.append(name)
            action(app)

        return callback

    websocket.WebSocketApp(
        url,
        socket=over,
        on_open=note("open", lambda app: app.send("Hello")),
        on_message=note("message", on_message),
        on_error=note("error"),
        on_close=note("close"),
    ).run_forever()
    return fired


events = _Events(
    "events",
    "Which of the four events fire, in which order. Exercise 2 of notebook 04.",
    _SITUATIONS,
    example=_SITUATIONS[0],
    ask="Guess.",
    praise="Each of the four was run just now, and fired just so.",
)
