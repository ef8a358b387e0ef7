"""Clients that come back: who is cut off connects anew, and has missed nothing.

A :class:`Guest` of a room that keeps says first what it has, numbers what it says, and
says it again until it is stored. In a room that does not keep it can only listen.
"""

import asyncio
import contextlib
import json
import random
from collections import deque
from collections.abc import AsyncIterator, Callable

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

PATIENCE = 5.0  # seconds that somebody waits for what must come


def backoff(attempt: int) -> float:
    """Return the seconds to wait before a try: full jitter, as in notebook 09.

    Here the most that the first try waits is a twentieth of a second, for loopback.
    """
    return random.random() * min(1.0, 0.05 * 2.0 ** min(attempt, 100))


class Guest:
    """A client of a room, in an event loop.

    Args:
        url: Where the room is; a guest of a room that keeps adds its name.
        name: Who it is.
        keep: Whether the room keeps what is said.
        ping_interval: How often it sends a ping, in seconds; None sends none.
        wait: Called with the number of the try, from 0; returns how long to wait before
            it, in seconds.

    Attributes:
        heard: The texts that came, in their order.
        codes: The close code of each connection that has ended.
        rooms: The names of the processes that it was connected to.
    """

    def __init__(
        self,
        url: str,
        name: str,
        *,
        keep: bool = False,
        ping_interval: float | None = None,
        wait: Callable[[int], float] = backoff,
    ) -> None:
        self.url = f"{url}/{name}"
        self.name = name
        self.keep = keep
        self.heard = list[str]()
        self.codes = list[int]()
        self.rooms = list[str]()
        self._ping_interval = ping_interval
        self._wait = wait
        self._last = 0  # the number of the last text that came
        self._said = 0  # the number of the last text that is to be said
        self._unsaid = deque[tuple[int, str]]()  # and is not stored yet
        self._connection: ClientConnection | None = None
        self._news = asyncio.Condition()

    async def say(self, text: str) -> None:
        """Say something; in a room that keeps, now or after the next connection."""
        if self.keep:
            self._said += 1
            self._unsaid.append((self._said, text))
        if self._connection is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._connection.send(self._wire(self._said, text))

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so that a message or a connection can change.

        Raises:
            TimeoutError: If it is not so after five seconds.
        """
        try:
            async with asyncio.timeout(PATIENCE), self._news:
                await self._news.wait_for(true)
        except TimeoutError:
            raise TimeoutError(
                f"{self.name} has waited {PATIENCE:g} seconds for what does not come"
            ) from None

    async def until_here(self) -> None:
        """Wait for a connection."""
        await self.until(lambda: self._connection is not None)

    async def settled(self) -> None:
        """Return when all is heard that the room has sent so far: ping, and pong."""
        if self._connection is not None:
            await (await self._connection.ping())

    async def until_heard(self, text: str) -> None:
        """Wait for a text that is to come."""
        await self.until(lambda: text in self.heard)

    @property
    def stored(self) -> bool:
        """Whether all that it said is stored."""
        return not self._unsaid

    async def live(self) -> None:
        """Connect whenever there is no connection."""
        attempt = 0
        while True:
            try:
                async with connect(
                    self.url,
                    compression=None,
                    proxy=None,
                    close_timeout=1,
                    max_queue=None,  # a full queue would hold up the pong behind it
                    ping_interval=self._ping_interval,
                ) as connection:
                    await self._begin(connection)
                    attempt = 0
                    await self._listen(connection)
            except (OSError, InvalidHandshake, ConnectionClosed, TimeoutError):
                attempt += 1
            await asyncio.sleep(self._wait(attempt))

    async def _begin(self, connection: ClientConnection) -> None:
        """Say what it has, and again what is not stored."""
        if self.keep:
            await connection.send(json.dumps({"have": self._last}))
        await (await connection.ping())  # whose pong comes from a member's connection
        for number, text in list(self._unsaid):
            await connection.send(self._wire(number, text))
        assert connection.response is not None
        async with self._news:
            self._connection = connection
            self.rooms.append(connection.response.headers.get("X-Room", ""))
            self._news.notify_all()

    async def _listen(self, connection: ClientConnection) -> None:
        """Take what comes, until the connection ends; note with what code."""
        try:
            while True:
                await self._take(await connection.recv())
        except ConnectionClosed as closed:
            async with self._news:
                self._connection = None
                self.codes.append(closed.rcvd.code if closed.rcvd else 1006)
                self._news.notify_all()

    async def _take(self, wire: str | bytes) -> None:
        """Take a message of the room."""
        async with self._news:
            if not self.keep:
                self.heard.append(str(wire))
            else:
                match json.loads(wire):
                    case {"have": int(have)}:
                        while self._unsaid and self._unsaid[0][0] <= have:
                            self._unsaid.popleft()
                    case {"number": int(number), "text": str(text)}:
                        self._last = max(self._last, number)
                        self.heard.append(text)
            self._news.notify_all()

    def _wire(self, number: int, text: str) -> str:
        return json.dumps({"number": number, "text": text}) if self.keep else text


@contextlib.asynccontextmanager
async def all_here(*guests: Guest, together: int = 50) -> AsyncIterator[None]:
    """Have them in the room until the block ends, over as many connections as it takes.

    Args:
        guests: Who.
        together: How many come at the same moment; the next ones wait for these.

    Raises:
        TimeoutError: If one of them is not in after five seconds.
    """
    lives = list[asyncio.Task[None]]()
    try:
        for i in range(0, len(guests), together):
            some = guests[i : i + together]
            lives += [asyncio.create_task(guest.live()) for guest in some]
            await asyncio.gather(*(guest.until_here() for guest in some))
        yield
    finally:
        for life in lives:
            life.cancel()
        for ended in await asyncio.gather(*lives, return_exceptions=True):
            if isinstance(ended, Exception):  # to be cancelled is none
                raise ended
