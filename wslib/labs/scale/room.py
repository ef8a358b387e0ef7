"""The chat of notebook 08 as a program: one of several, each with a part of the room.

    python room.py --port 1234 [--name 1] [--broker nats://127.0.0.1:4222 [--keep]]

    GET /ada, Upgrade    in the room, as ada
    GET /health          who it is, how many are in it, whether the broker is there
    GET /whoami          the address that it sees, and what a proxy says about it

How what one says reaches the members in other processes, there are three ways:

    Alone    it does not: who is in this process hears it
    Relayed  by the broker: who is there hears it, at most once
    Kept     by the broker, which numbers it first and keeps it: JetStream

    process 1             broker                                process 2
    say("hi") ─ said ──▶  stream: 1 … 6, and now 7 hi
              ◀─ stored ─    │
              ◀─ heard 7 ────┴──────────────────── heard 7 ──▶  has 6, takes 7
                                                   heard 9 ──▶  has 7: where is 8?
                          ◀──────────────────────── get 8 ────
                          ──────────────────────── 8, then 9 ▶

What is heard is quick, and at most once. What is stored has a number: so a number that
is missing is seen, and is asked for. It is the resume of notebook 09, between programs.

Members send and hear text, as it is. With ``--keep`` it is what notebook 09 says: first
``{"have": 7}``, then ``{"number": 8, "text": "..."}`` in both directions, where a
``{"have": 8}`` that comes back says: stored.

SIGTERM, or Ctrl-Break on Windows, drains it: it takes nobody in any more, tells all
1012, *service restart*, and ends when they have gone.
"""

import argparse
import asyncio
import contextlib
import http
import json
import signal
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

if __name__ == "__main__":  # nats would load it, to speak WebSocket, and start slowly
    sys.modules["aiohttp"] = None  # type: ignore[assignment]

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import RePublish, StorageType, StreamConfig
from nats.js.errors import NotFoundError
from websockets.asyncio.server import Server, ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from wslib.errors import WslibError
from wslib.frames import CloseCode

KEPT = 1000  # texts that the stream keeps, and each process a copy of them
LONGEST = 2**14  # bytes of a message
_STREAM, _SAID, _HEARD, _RELAYED = "ROOM", "said", "heard", "relayed"
_CONFIGURATION = StreamConfig(
    name=_STREAM,
    subjects=[_SAID],
    storage=StorageType.FILE,
    max_msgs=KEPT,
    republish=RePublish(src=_SAID, dest=_HEARD),
)
BEHIND = KEPT * LONGEST  # bytes that may wait for a member: as much as could be kept
_PAUSE = 0.02  # seconds between two tries, while the broker is away
_PATIENCE = 0.5  # seconds for one answer of the broker
_FIRST = 3.0  # seconds for the first connection to it
_FAREWELL = 2.0  # seconds for those who are told to come back

_T = TypeVar("_T")
HandOut = Callable[[int, str], None]  # called with a number, 0 for none, and a text


class NotSaid(WslibError):
    """What a member said goes nowhere: the broker is away."""


class Alone:
    """Who is in this process hears it, and nobody else.

    Args:
        hand_out: Called with each text that is to be heard here, and its number; 0, as
            nobody numbers here.
    """

    def __init__(self, hand_out: HandOut) -> None:
        self.hand_out = hand_out

    @property
    def broker(self) -> bool | None:
        """Whether the broker is there; None, as there is none to be."""
        return None

    async def say(self, text: str, mark: str) -> None:
        """Have all hear a text.

        Args:
            text: What is said.
            mark: Names it: whoever says it once more says it under the same mark.

        Raises:
            NotSaid: If nobody will.
        """
        self.hand_out(0, text)

    async def settle(self) -> None:
        """Return when what the broker has sent so far is heard here."""


class Relayed(Alone):
    """By the broker. Who is away hears nothing, and nobody is told."""

    def __init__(self, hand_out: HandOut, client: Client) -> None:
        super().__init__(hand_out)
        self.client = client

    @property
    def broker(self) -> bool | None:
        """Whether the broker is there."""
        return self.client.is_connected

    async def begin(self) -> None:
        """Hear from here on."""
        await self.client.subscribe(_RELAYED, cb=self._heard)

    async def say(self, text: str, mark: str) -> None:
        """Give a text to the broker."""
        try:
            await self.client.publish(_RELAYED, text.encode())
        except NatsError as error:
            raise NotSaid("the broker is away") from error

    async def settle(self) -> None:
        """Send the broker a PING; its PONG comes after all that it sent before."""
        if self.client.is_connected:
            with contextlib.suppress(NatsError):  # it has just gone
                await self.client.flush(1)

    async def back(self) -> None:
        """Do what is to be done when the broker is there again."""

    async def _heard(self, message: Msg) -> None:
        self.hand_out(0, message.data.decode())


class Kept(Relayed):
    """By the broker, which stores it first. Nothing is lost, and nothing comes twice.

    Attributes:
        log: The numbers and the texts, as the stream has them.
    """

    def __init__(self, hand_out: HandOut, client: Client) -> None:
        super().__init__(hand_out, client)
        self.log = deque[tuple[int, str]](maxlen=KEPT)
        self._stream = client.jetstream(timeout=_PATIENCE)
        self._turn = asyncio.Lock()  # one text after the other

    @property
    def last(self) -> int:
        """The number of the last text that was heard here; 0 before the first."""
        return self.log[-1][0] if self.log else 0

    async def begin(self) -> None:
        """Hear from here on, and read what was kept before."""
        await self.client.subscribe(_HEARD, cb=self._heard)
        await self.back()

    async def say(self, text: str, mark: str) -> None:
        """Return when it is stored: try until then. What has a mark is stored once."""
        headers = {"Nats-Msg-Id": mark}
        while True:
            try:
                await self._stream.publish(_SAID, text.encode(), headers=headers)
                return
            except NatsError:
                await asyncio.sleep(_PAUSE)

    async def back(self) -> None:
        """Read what was stored while nothing was heard; make the stream, at first."""
        while True:
            try:
                async with self._turn:
                    stream = await self._stream.add_stream(_CONFIGURATION)
                    if stream.state.last_seq < self.last:
                        raise SystemExit("the broker has lost what it had stored")
                    await self._read(stream.state.last_seq)
                return
            except NatsError:
                await asyncio.sleep(_PAUSE)

    async def _heard(self, message: Msg) -> None:
        """Take a text with its number, and what is missing before it."""
        number = int((message.headers or {})["Nats-Sequence"])
        try:
            async with self._turn:
                await self._read(number - 1)
                self._take(number, message.data)
        except NatsError:
            await self.back()

    async def _read(self, newest: int) -> None:
        """Ask the stream for what is missing, up to a number."""
        while self.last < newest:
            try:
                stored = await self._stream.get_msg(
                    _STREAM, seq=self.last + 1, subject=_SAID, next=True
                )
            except NotFoundError:  # somebody has deleted it there
                return
            self._take(stored.seq or 0, stored.data or b"")

    def _take(self, number: int, data: bytes) -> None:
        """Have a text heard here, unless it was."""
        if number > self.last:
            self.log.append((number, data.decode()))
            self.hand_out(number, data.decode())


@contextlib.asynccontextmanager
async def exchange(
    hand_out: HandOut, broker: str | None, *, kept: bool
) -> AsyncIterator[Alone]:
    """Have a way to say something until the block ends.

    Args:
        hand_out: Called with a number and a text, for each that is to be heard here.
        broker: The broker's address; None for a process that is alone.
        kept: Whether the broker stores what is said.

    Raises:
        NatsError: If the broker is not there in the beginning.
    """
    if broker is None:
        yield Alone(hand_out)
        return
    client, tasks = Client(), set[asyncio.Task[None]]()

    async def back() -> None:
        """Begin what is to be done, and hold up nothing that it needs."""
        tasks.add(task := asyncio.create_task(way.back()))
        task.add_done_callback(tasks.discard)

    # Without pending_size=0 the client would keep what is said while the broker is
    # away, and send it when it is back itself: the other processes may not be, and it
    # would depend on luck who hears it. So it is refused, and whoever says it knows.
    async with asyncio.timeout(_FIRST):
        await client.connect(
            broker,
            pending_size=0,
            reconnect_time_wait=_PAUSE,  # type: ignore[arg-type]  # any number will do
            max_reconnect_attempts=-1,
            reconnected_cb=back,
            error_cb=_say_nothing,
        )
    way = Kept(hand_out, client) if kept else Relayed(hand_out, client)
    try:
        await way.begin()
        yield way
    finally:
        await client.close()


async def _say_nothing(error: Exception) -> None:
    """Let the client try again in silence."""


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
        """Have all that are in this process hear a text; wait for none of them.

        Who does not read is cut off before it costs the memory (notebook 08).
        """
        broadcast(self.members, _wire(number, text))
        for member in self.members:
            if member.transport.get_write_buffer_size() > BEHIND:
                member.transport.abort()

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
        if have > kept.last:  # it comes from a process that has heard more than this
            await kept.back()
        if have > kept.last:
            raise _Wrong(f"nobody has said {have} texts yet")
        gone = kept.log[0][0] - 1 - have if kept.log else 0
        if have and gone > 0:  # who has nothing is new, and has missed nothing
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
    # Who says something that the broker does not take is not waited for.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_FAREWELL):
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
            max_size=LONGEST,
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
    except TimeoutError:
        print(f"no broker answers at {options.broker}", file=sys.stderr)
        return 1
    except OSError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
