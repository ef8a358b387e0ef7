"""How what one says reaches the members in other processes: three ways.

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

What is heard is quick and at most once. What is stored has a number. So a number that
is missing is seen, and is asked for. It is the resume of notebook 09, between programs.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import RePublish, StorageType, StreamConfig

from wslib.errors import WslibError

KEPT = 10_000  # texts that the stream keeps, and each process a copy of them
_STREAM, _SAID, _HEARD, _RELAYED = "ROOM", "said", "heard", "relayed"
_CONFIGURATION = StreamConfig(
    name=_STREAM,
    subjects=[_SAID],
    storage=StorageType.FILE,
    max_msgs=KEPT,
    republish=RePublish(src=_SAID, dest=_HEARD),
)
_PAUSE = 0.02  # seconds between two tries, while the broker is away
_PATIENCE = 0.5  # seconds for one answer of the broker
_FIRST = 3.0  # seconds for the first connection to it

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
                    newest = (
                        await self._stream.add_stream(_CONFIGURATION)
                    ).state.last_seq
                    if newest < self.last:
                        raise SystemExit("the broker has lost what it had stored")
                    await self._read(newest)
                return
            except NatsError:
                await asyncio.sleep(_PAUSE)

    async def _heard(self, message: Msg) -> None:
        """Take a text with its number, and what is missing before it."""
        number = int((message.headers or {})["Nats-Sequence"])
        async with self._turn:
            with contextlib.suppress(NatsError):  # ``back`` will read it
                await self._read(number - 1)
                self._take(number, message.data)

    async def _read(self, newest: int) -> None:
        """Ask the stream for what is missing, up to a number."""
        while self.last < newest:
            stored = await self._stream.get_msg(
                _STREAM, seq=self.last + 1, subject=_SAID, next=True
            )
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
