"""The checks of notebook 04: a handler, a client, and the order of the events.

Each runs the student's code against the real thing: a server of its own, clients of
its own, on loopback, for a second or two at most.
"""

import difflib
import functools
import re
import socket
from collections.abc import Callable
from typing import Any

import websocket
from websockets.asyncio.server import ServerConnection

from wslib.check.attempt import Verdict, brief, not_yet
from wslib.check.diagnosis import never_raises
from wslib.server import EchoServer

EVENTS = ("open", "message", "error", "close")
GIVEN = "you close"  # the stub holds the answer to this one, as an example


@never_raises
def events(answers: Any) -> Verdict:
    """Check which events fire, in which order. Exercise 2 of notebook 04.

    Args:
        answers: A dict from each situation to a list of names out of ``open``,
            ``message``, ``error``, ``close``.
    """
    exercise = "events"

    wrong = functools.partial(not_yet, exercise)

    if answers is None or answers is ...:
        return Verdict(exercise=exercise)
    if not isinstance(answers, dict):
        kind = type(answers).__name__
        return wrong("wrong-type", f"This is {kind}.", "Keep the dict of the stub.")
    asked = [value for name, value in answers.items() if name != GIVEN]
    if all(map(_is_blank, asked)):
        return Verdict(exercise=exercise)
    for situation, happened in _real_events().items():
        if situation not in answers:
            hint = "Keep the four lines of the stub."
            return wrong("missing", f"There is no {situation!r} in it.", hint)
        said = answers[situation]
        if said is None or said is ...:
            return wrong("missing", f"Nothing for {situation!r} yet.", "Guess.")
        if not isinstance(said, list | tuple):
            shown = sorted(map(str, said)) if isinstance(said, set) else said
            hint = 'Give a list of names, such as ["open", "close"].'
            if isinstance(said, set):
                hint += " A set, with braces, has no order."
            return wrong("wrong-type", f"{situation!r} has {brief(shown)}.", hint)
        names = [_event(name) for name in said]
        strangers = [n for n, name in enumerate(names) if name is None]
        if strangers:
            stranger = said[strangers[0]]
            near = difflib.get_close_matches(str(stranger).lower(), EVENTS, n=1)
            hint = f"The four are {', '.join(EVENTS)}."
            hint += f" Did you mean {near[0]}?" if near else ""
            return wrong("no-such-event", f"There is no event {brief(stranger)}.", hint)
        guess = [name for name in names if name is not None]
        if guess != happened:
            return wrong(*_misread(situation, guess, happened))
    return Verdict(
        exercise=exercise,
        right=True,
        evidence="Each of the four was run just now, and fired just so.",
    )


def _is_blank(value: object) -> bool:
    return value is None or value is ... or (isinstance(value, list) and not value)


def _event(name: object) -> str | None:
    """Return which of the four a name means, such as ``on_open`` or ``close: 1000``."""
    pattern = rf"\W*(?:on[\W_]*)?({'|'.join(EVENTS)})\W*(?:: .*)?"
    match = re.fullmatch(pattern, name.lower()) if isinstance(name, str) else None
    return match[1] if match else None


def _misread(
    situation: str, said: list[str], happened: list[str]
) -> tuple[str, str, str]:
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
        hint = (
            "This client reports an end that it did not ask for as an error first."
            if "message" in happened
            else "The line was cut, with no goodbye: that is an error."
            if "open" in happened
            else "Nobody listened: the connection failed, and a failure is an error."
        )
        return "error-missing", evidence, hint
    if "error" in said and "error" not in happened:
        hint = "The client itself asked for this end, and got it. That is no error."
        return "error-though-asked", evidence, hint
    if sorted(said) == sorted(happened):
        hint = "The right events, in another order. " + (
            "Which comes last, always?"
            if said[-1] != "close"
            else "Can a connection have a message, or an error of its own, before it "
            "is open?"
            if "open" in said and said[0] != "open"
            else "Does the error come before the message, or is it about the end?"
        )
        return "other-order", evidence, hint
    missing = [name for name in happened if said.count(name) < happened.count(name)]
    if missing:
        hint = f"Something is missing: when does `{missing[0]}` fire?"
        return "too-few", evidence, hint
    extra = next(n for n in said if said.count(n) > happened.count(n))
    often = "that often here" if extra in happened else "here at all"
    return "too-many", evidence, f"`{extra}` does not fire {often}."


def _real_events() -> dict[str, list[str]]:
    """Run the four situations against real servers; return what fired."""

    async def close_after_one(connection: ServerConnection) -> None:
        await connection.send(str(await connection.recv()))

    async def cut_after_one(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.abort()

    def nothing(app: Any) -> None: ...

    def run(
        url: str,
        *,
        over: socket.socket | None = None,
        on_message: Callable[[Any], object] = nothing,
    ) -> list[str]:
        fired: list[str] = []

        def note(name: str, action: Callable[[Any], object] = nothing) -> Any:
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

    def talk(server: EchoServer, on_message: Callable[[Any], object]) -> list[str]:
        # After the server's goodbye the library leaves the socket open; we close it.
        with socket.create_connection((server.host, server.port)) as over:
            return run(server.url, over=over, on_message=on_message)

    fired: dict[str, list[str]] = {}
    with EchoServer() as echo:
        fired[GIVEN] = talk(echo, lambda app: app.close())
    with EchoServer(close_after_one) as closing:
        fired["the server closes"] = talk(closing, nothing)
    with EchoServer(cut_after_one) as cutting:
        fired["the line is cut"] = talk(cutting, nothing)
    with socket.socket() as bound:  # a port that is taken, and where nobody listens
        bound.bind(("127.0.0.1", 0))
        fired["nobody listens"] = run(f"ws://127.0.0.1:{bound.getsockname()[1]}")
    return fired
