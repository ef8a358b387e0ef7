"""The chat of notebook 08 as a program: one of several, each with a part of the room.

    python -m wslib.labs.scale.room --port 1234 --name 1
        [--broker nats://127.0.0.1:4222 [--keep]]

    GET /ada, Upgrade    in the room, as ada
    GET /health          who it is, how many are in it, whether the broker is there
    GET /whoami          the address that it sees, and what a proxy says about it

What is said and heard is text, as it is. With ``--keep`` it is what notebook 09 says:
``{"have": 7}`` first, then ``{"number": 8, "text": "..."}`` in both directions, where a
``{"have": 8}`` that comes back says: stored.

SIGTERM, or Ctrl-Break on Windows, drains it: it takes nobody in any more, tells all
1012, *service restart*, and ends when they have gone.
"""

import argparse
import asyncio
import http
import json
import signal
import sys
from typing import Any, TypeVar

from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from wslib.frames import CloseCode
from wslib.labs.scale.exchange import Alone, Kept, NotSaid, exchange

_T = TypeVar("_T")


class Room:
    """The part of a room that is in this process.

    Args:
        name: Of the process; every answer to an opening handshake says it.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.members = set[ServerConnection]()
        self.exchange = Alone(self.hand_out)

    def hand_out(self, number: int, text: str) -> None:
        """Have all that are in this process hear a text; wait for none of them."""
        broadcast(self.members, _wire(number, text))

    async def serve(self, connection: ServerConnection) -> None:
        """Have a member, until it goes."""
        assert connection.request is not None
        try:
            if isinstance(self.exchange, Kept):
                await self._number(connection, connection.request.path, self.exchange)
            else:
                await self._relay(connection)
        except ConnectionClosed:
            pass
        except _Wrong as wrong:
            await connection.close(CloseCode.POLICY_VIOLATION, str(wrong))
        finally:
            self.members.discard(connection)

    async def _relay(self, connection: ServerConnection) -> None:
        """Pass on text, as it is."""
        self.members.add(connection)
        async for text in connection:
            try:
                await self.exchange.say(str(text), "")
            except NotSaid as error:
                await connection.send(f"not said, {error}: {text!s}")

    async def _number(
        self, connection: ServerConnection, name: str, kept: Kept
    ) -> None:
        """Begin where this member stopped; store what it says, and say so."""
        if name == "/":
            raise _Wrong("say who you are: /ada")
        have = _field(await connection.recv(), "have", int)
        if kept.log and (gone := kept.log[0][0] - 1 - have) > 0:
            raise _Wrong(f"{gone} texts are kept no more")
        # From here to the next ``await`` nothing else happens: so it misses nothing.
        for number, text in kept.log:
            if number > have:
                broadcast([connection], _wire(number, text))
        self.members.add(connection)
        async for wire in connection:
            number, text = _field(wire, "number", int), _field(wire, "text", str)
            await kept.say(text, f"{name} {number}")
            await connection.send(json.dumps({"have": number}))

    async def answer(
        self, connection: ServerConnection, request: Request
    ) -> Response | None:
        """Answer a plain request; leave an opening handshake to the server."""
        if "Upgrade" in request.headers:
            return None
        if request.path == "/health":
            await self.exchange.settle()
            told = {"room": self.name, "members": len(self.members)}
            health = told | {"broker": self.exchange.broker}
            return connection.respond(http.HTTPStatus.OK, json.dumps(health))
        if request.path == "/whoami":
            forwarded = ", ".join(request.headers.get_all("X-Forwarded-For"))
            address = f"{connection.remote_address[0]} ({forwarded or 'not forwarded'})"
            return connection.respond(http.HTTPStatus.OK, address)
        return None  # 426

    def sign(
        self, connection: ServerConnection, request: Request, response: Response
    ) -> None:
        """Say in the answer which process this is."""
        response.headers["X-Room"] = self.name


class _Wrong(ValueError):
    """What a member sends is not what it should be."""


def _wire(number: int, text: str) -> str:
    """Return what is sent for a text; without a number, the text as it is."""
    return json.dumps({"number": number, "text": text}) if number else text


def _field(wire: str | bytes, name: str, kind: type[_T]) -> _T:
    """Return a field of what a member sends."""
    try:
        value = json.loads(wire)[name]
        if isinstance(value, kind) and not (isinstance(value, int) and value < 0):
            return value
    except (ValueError, TypeError, KeyError, RecursionError):
        pass  # said below
    raise _Wrong(f'expected {{"{name}": ...}}')


def _asked_to_end() -> asyncio.Event:
    """Return what is set by SIGTERM, or by Ctrl-Break on Windows."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()

    def ask(*_: Any) -> None:
        loop.call_soon_threadsafe(asked.set)

    for name in "SIGTERM", "SIGBREAK":
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), ask)
    return asked


async def drain(server: Server) -> None:
    """Take nobody in any more, tell all to come back, and see them off."""
    told = len(server.connections)
    server.close(code=CloseCode.SERVICE_RESTART, reason="restarting: come back")
    await server.wait_closed()
    print(f"drained: {told}", flush=True)


async def run(options: argparse.Namespace) -> None:
    """Be a part of the room until asked to end."""
    room, asked = Room(options.name), _asked_to_end()
    async with exchange(room.hand_out, options.broker, kept=options.keep) as way:
        room.exchange = way
        server = await serve(
            room.serve,
            "127.0.0.1",
            options.port,
            process_request=room.answer,
            process_response=room.sign,
            compression=None,
            close_timeout=1,
        )
        await asked.wait()
        await drain(server)


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--name", default="1")
    parser.add_argument("--broker")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(run(options))
    except (OSError, TimeoutError) as error:
        print(f"no broker at {options.broker}, or no port: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
