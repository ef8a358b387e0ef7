"""A scoreboard on a scripted clock, served in four ways on one port.

    GET /score                the score, at once                    polling
    GET /score/wait?after=3   an answer when change 4 has come      long polling
    GET /score/wait           an answer when the next change comes  (news gets lost)
    GET /score/events         one answer that does not end          Server-Sent Events
    GET /score/socket         the opening handshake, then frames    WebSocket

The clock does not run. Whoever calls :meth:`Scoreboard.tick` moves it by half a second,
so what is sent, and when, is the same on every machine and in every run. Even the
``Date`` of an answer is the scoreboard's own.

All four are served by Tornado, WebSocket too: with one program on one port, a
difference in bytes is a difference between the protocols.
"""

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import asdict, dataclass
from email.utils import formatdate
from typing import Any, cast

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler

from wslib.service import GRACE, Service

TICK = 0.5  # scripted seconds
HOLD = 30.0  # scripted seconds that a long poll is held; RFC 6202, section 5.5
KICK_OFF = 1323615600  # in Unix time: 11 December 2011, 15:00, the day of RFC 6455


@dataclass(frozen=True)
class Score:
    """The score after the change number ``n``; ``n`` is 0 before the first."""

    n: int
    home: int
    away: int

    def __str__(self) -> str:
        """Return the JSON that travels."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str | bytes) -> "Score":
        """Read the JSON that travelled."""
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Script:
    """When each side scores, in scripted seconds.

    Attributes:
        seconds: How long the match is.
        home: The times of the home side's goals, in steps of half a second.
        away: The times of the visitors' goals.

    Raises:
        ValueError: If a time is not on the clock, or two goals fall together.
    """

    seconds: int
    home: tuple[float, ...] = ()
    away: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a script that the clock cannot follow."""
        for time in self.changes:
            if not 0 < time <= self.seconds or time % TICK:
                raise ValueError(f"the clock of this match never shows {time} s")
        if len(set(self.changes)) < len(self.changes):
            raise ValueError("two goals at the same time would be one change")

    @property
    def changes(self) -> tuple[float, ...]:
        """The times at which the score changes, in order."""
        return tuple(sorted(self.home + self.away))

    def score(self, time: float) -> Score:
        """Return the score at a time."""
        home = sum(goal <= time for goal in self.home)
        away = sum(goal <= time for goal in self.away)
        return Score(home + away, home, away)


class Scoreboard(Service):
    """Serve the score of a scripted match.

    Args:
        script: The match.
        host: An address of this machine only.
        port: Where to listen; 0 lets the operating system choose.

    Attributes:
        time: What the clock shows, in scripted seconds.
    """

    def __init__(
        self, script: Script, *, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        super().__init__(host=host, port=port)
        self.script = script
        self.time = 0.0
        self._moved = asyncio.Event()  # one for each tick: set, then replaced
        self._over = False
        self._sockets: set[_Socket] = set()
        self._unfinished: set[_Handler] = set()
        self._held = 0
        self._held_changed = threading.Condition()

    @property
    def score(self) -> Score:
        """The score now."""
        return self.script.score(self.time)

    def play(self) -> Iterator[float]:
        """Move the clock to the end of the match; yield each time that it shows."""
        while self.time < self.script.seconds:
            yield self.tick()

    def tick(self) -> float:
        """Move the clock by half a second, tell who waits, return the time."""
        return self.call(self._tick)

    def wait_held(self, timeout: float = 2.0) -> None:
        """Return when a long poll has arrived and is being held.

        Raises:
            TimeoutError: If none is after ``timeout`` seconds of real time.
        """
        with self._held_changed:
            if not self._held_changed.wait_for(lambda: self._held > 0, timeout):
                raise TimeoutError("no long poll has arrived")

    @contextlib.asynccontextmanager
    async def listen(self) -> AsyncIterator[Iterable[socket.socket]]:
        """Serve until told to stop, then end every answer that is still open."""
        self._over = False
        paths = {"": _Now, "/wait": _Wait, "/events": _Events, "/socket": _Socket}
        application = Application(
            [(f"/score{path}", handler) for path, handler in paths.items()],
            board=self,
            log_function=lambda handler: None,
        )
        server = HTTPServer(application)
        sockets = bind_sockets(self._wanted_port, self.host)
        server.add_sockets(sockets)
        try:
            yield sockets
        finally:
            server.stop()
            self._over = True
            self._wake()
            for one in self._sockets:
                one.close(1001)  # going away; RFC 6455, section 7.4.1
            self._sockets.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._finish(), GRACE)
                await asyncio.wait_for(server.close_all_connections(), GRACE)
            self._unfinished.clear()

    async def _finish(self) -> None:
        """Return when every answer has ended; those that were held, too."""
        while self._unfinished:
            await self._moved.wait()

    def _tick(self) -> float:
        """Move the clock; runs in the server's thread."""
        before = self.score
        self.time += TICK
        if self.score != before:
            for one in self._sockets:
                one.write_message(str(self.score))
        self._wake()
        return self.time

    def _wake(self) -> None:
        """Let every handler that waits look again."""
        self._moved.set()
        self._moved = asyncio.Event()

    @contextlib.contextmanager
    def _holding(self) -> Iterator[None]:
        """Count a long poll while it is held."""
        self._count_held(+1)
        try:
            yield
        finally:
            self._count_held(-1)

    def _count_held(self, change: int) -> None:
        with self._held_changed:
            self._held += change
            self._held_changed.notify_all()


class _Handler(RequestHandler):
    """What the four have in common: few headers, each the same in every run."""

    gone = False  # the page has closed its connection

    @property
    def board(self) -> Scoreboard:
        return cast(Scoreboard, self.settings["board"])

    def set_default_headers(self) -> None:
        self.clear_header("Server")  # it holds a version number
        self.set_header("Date", formatdate(KICK_OFF + self.board.time, usegmt=True))
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-store")

    def compute_etag(self) -> None:
        """Send none: the score is shorter than its tag would be."""

    def prepare(self) -> None:
        self.board._unfinished.add(self)

    def on_finish(self) -> None:
        self.board._unfinished.discard(self)
        self.board._wake()

    def on_connection_close(self) -> None:
        self.gone = True
        self.board._wake()

    @property
    def wanted(self) -> bool:
        return not self.gone and not self.board._over


class _Now(_Handler):
    """Polling: the answer is the score."""

    def get(self) -> None:
        self.finish(str(self.board.score))


class _Wait(_Handler):
    """Long polling: the answer waits for a change, or says 204 after a while.

    A request that does not say what the page knows is answered by the next change: the
    server cannot tell what that page has missed.
    """

    async def get(self) -> None:
        board, asked = self.board, self.board.time
        try:
            after = int(self.get_query_argument("after", str(board.score.n)))
        except ValueError:
            raise HTTPError(400) from None
        with board._holding():
            while board.score.n <= after and board.time < asked + HOLD and self.wanted:
                await board._moved.wait()
        self.set_default_headers()  # the Date of the answer, not of the question
        if board.score.n > after:
            self.write(str(board.score))
        else:
            self.set_status(204)
            self.clear_header("Content-Type")


class _Events(_Handler):
    """Server-Sent Events: the answer goes on, an event for each change."""

    async def get(self) -> None:
        board, told = self.board, 0
        self.set_header("Content-Type", "text/event-stream")
        cast(Any, self.request.connection).stream.set_nodelay(True)
        await self.flush()
        while self.wanted:
            if board.score.n > told:
                told = board.score.n
                await self.flush_event(str(board.score))
            await board._moved.wait()

    async def flush_event(self, text: str) -> None:
        self.write(f"data: {text}\n\n")
        await self.flush()


class _Socket(WebSocketHandler, _Handler):
    """WebSocket: a message for each change, and an answer to each message."""

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.clear_header("Cache-Control")  # nothing caches a 101

    def open(self, *args: str, **kwargs: str) -> None:
        self.set_nodelay(True)
        self.board._sockets.add(self)
        if self.board.score.n:
            self.write_message(str(self.board.score))

    def on_message(self, message: str | bytes) -> None:
        self.write_message(str(self.board.score))

    def on_close(self) -> None:
        self.board._sockets.discard(self)
