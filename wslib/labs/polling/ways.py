"""Follow a scoreboard in four ways, and count what each costs.

    page  ──▶  RecordingProxy  ──▶  Scoreboard
          ◀──  (counts)        ◀──  (scripted clock)

    by_polling(script, interval=5)       ask, and ask again
    by_long_polling(script)              ask; the answer waits for a change
    by_events(script)                    ask once; the answer does not end
    by_websocket(script)                 shake hands once; then frames
    by_asking(script)                    shake hands once; then ask, and ask again

Each follows one match from the first second to the last and returns a :class:`Run`.
Its bytes are counted at the relay. Its packets are computed, from a model that
:attr:`Run.packets` spells out, since a relay does not see them. :func:`costs` takes two
such runs apart, into what is paid once and what is paid each time.

The clock stands still while a page reads. That is no cheating in bytes, and it makes
the counts the same in every run.
"""

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from wslib.direction import Direction
from wslib.labs.polling.clients import HttpClient, open_socket
from wslib.labs.polling.scoreboard import HOLD, Score, Scoreboard, Script
from wslib.page import BROWSER, HeaderSet
from wslib.relay import Recording, RecordingProxy

TCP_IP = 52  # bytes: IPv4 header 20, TCP header 20, TCP timestamps 12
# In packets, by the model of Run.packets: a message that nobody answers; a message and
# its answer; a connection, opened with 3 and closed with 4.
PUSH, EXCHANGE, CONNECTION = 2, 3, 7
PING = 2 + 4  # bytes: as `websockets` sends it, with four bytes chosen at random
# Where a request begins, an answer, and a chunk with an event in it.
_BEGINNINGS = re.compile(rb"(?=GET /|HTTP/1\.1 )|(?<=\n)(?=[0-9a-f]+\r\ndata: )")
UP, DOWN = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT


@dataclass(frozen=True)
class Message:
    """Something that one side sent, in one go.

    Attributes:
        time: When, in scripted seconds.
        direction: Who sent it.
        what: ``"request"``, ``"head"``, ``"news"``, ``"nothing new"`` or ``"close"``.
        reply: Whether it answers what the other side has just sent.
    """

    time: float
    direction: Direction
    what: str
    reply: bool = False


@dataclass(kw_only=True)
class Run:
    """One page that has followed one match.

    Attributes:
        name: How it followed.
        script: The match.
        recording: Every byte that travelled.
        messages: What was sent, in order.
        seen: Pairs of a time and the number of the change that the page then knew.
    """

    name: str
    script: Script
    recording: Recording
    messages: list[Message] = field(default_factory=list)
    seen: list[tuple[float, int]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Bytes in both directions, headers and frames and closing included."""
        return self.recording.count()

    @property
    def sizes(self) -> list[int]:
        """The bytes of each message, in the order of ``messages``, as recorded.

        Raises:
            ValueError: If what was recorded is not one message for each that was noted.
        """
        sizes = [0] * len(self.messages)
        for way in Direction:
            noted = [n for n, sent in enumerate(self.messages) if sent.direction is way]
            found = _sizes(self.recording, way)
            if len(found) != len(noted):
                raise ValueError(f"{len(found)} messages {way.value}, not {len(noted)}")
            for n, size in zip(noted, found, strict=True):
                sizes[n] = size
        return sizes

    @property
    def per_change(self) -> float:
        """Bytes for each change of the score."""
        return self.total / len(self.script.changes)

    @property
    def requests(self) -> int:
        """How often the page asked."""
        return self._count("request")

    @property
    def wasted(self) -> int:
        """How many answers held nothing new."""
        return self._count("nothing new")

    @property
    def staleness(self) -> list[float]:
        """For each change that the page learnt of, how late, in scripted seconds."""
        known = [
            (change, [time for time, n in self.seen if n >= number])
            for number, change in enumerate(self.script.changes, start=1)
        ]
        return [min(times) - change for change, times in known if times]

    @property
    def packets(self) -> int:
        """How many TCP packets that takes, by a model.

        A message rides in one packet or more; here all are short enough for one. A
        packet is acknowledged by an empty one, unless a reply follows, which
        acknowledges it on the way. A connection takes 3 more packets to open and 4 to
        close.
        """
        replies = sum(message.reply for message in self.messages)
        opened = self.recording.connections
        return PUSH * len(self.messages) - replies + CONNECTION * opened

    @property
    def tcp_ip(self) -> int:
        """Bytes of TCP and IP headers on those packets; computed, not counted.

        The two packets that open a connection carry 8 bytes of options more, on Linux;
        they are left out.
        """
        return self.packets * TCP_IP

    @property
    def round_trips(self) -> int:
        """How often the page waits for the network: to open TCP, and for each answer.

        The Close at the end keeps nobody waiting.
        """
        answers = sum(
            message.reply and message.what != "close" for message in self.messages
        )
        return self.recording.connections + answers

    def learn(self, time: float, score: Score, *, reply: bool) -> None:
        """Note a score that the page has received."""
        news = score.n > (self.seen[-1][1] if self.seen else 0)
        what = "news" if news else "nothing new"
        self.messages.append(Message(time, DOWN, what, reply))
        if news:
            self.seen.append((time, score.n))

    def note(
        self, time: float, direction: Direction, what: str, *, reply: bool = False
    ) -> None:
        """Note another message."""
        self.messages.append(Message(time, direction, what, reply))

    def _count(self, what: str) -> int:
        return sum(message.what == what for message in self.messages)


def _sizes(recording: Recording, way: Direction) -> list[int]:
    """Return the bytes of each message that one side has sent, in order.

    A message is the opening handshake or a frame; a request; or an answer, the head and
    each event of one that does not end by themselves.
    """
    found = []
    for number in range(1, recording.connections + 1):
        if head := recording.handshake(way, number):
            frames = recording.frames(way, number)
            found += [len(head), *(len(frame.raw) for frame in frames)]
        else:
            stream = recording.stream(way, number)
            found += [len(part) for part in _BEGINNINGS.split(stream) if part]
    return found


class Costs(NamedTuple):
    """What four things cost, in bytes of both directions.

    Attributes:
        opening: To open a WebSocket and, in the end, to close it.
        keepalive: A Ping and its Pong.
        push: A change of the score, pushed through the WebSocket.
        poll: A question and its answer, whatever they bring.
    """

    opening: int
    keepalive: int
    push: int
    poll: int


@contextlib.contextmanager
def _match(script: Script, name: str) -> Iterator[tuple[Scoreboard, str, Run]]:
    """Serve a match behind a relay until the page has left."""
    with Scoreboard(script) as board, RecordingProxy(board.url) as relay:
        yield board, relay.url, Run(name=name, script=script, recording=relay.recording)
        relay.recording.wait_closed()


def by_polling(
    script: Script,
    *,
    interval: float = 1,
    headers: HeaderSet = BROWSER,
    keep_alive: bool = True,
) -> Run:
    """Ask every ``interval`` seconds.

    Args:
        script: The match.
        interval: In scripted seconds.
        headers: What the page sends with each request.
        keep_alive: Whether one connection serves all requests, as HTTP/1.1 has it.
    """
    with _match(script, f"polling, every {interval} s") as (board, url, run):
        page = HttpClient(url, headers.fetch)
        for time in board.play():
            if time % interval == 0:
                run.note(time, UP, "request")
                score = page.get("/score")
                assert score is not None
                run.learn(time, score, reply=True)
                if not keep_alive:
                    page.close()  # the next request opens another
        page.close()
    return run


def by_long_polling(
    script: Script,
    *,
    headers: HeaderSet = BROWSER,
    gap: float = 0,
    numbered: bool = True,
) -> Run:
    """Ask; the server answers when there is news, or after HOLD seconds without.

    Args:
        script: The match.
        headers: What the page sends with each request.
        gap: How long no request is out between an answer and the next, in scripted
            seconds.
        numbered: Whether a request says which change the page knows.
    """
    name = "long polling" if numbered else "long polling, no number"
    with _match(script, name) as (board, url, run):
        page = HttpClient(url, headers.fetch)
        asked, known = 0.0, 0  # when the page asked last, and what it knows
        since = 0  # the answer is due when the score is no longer this one

        def ask(time: float) -> None:
            nonlocal asked, since
            asked, since = time, known if numbered else board.score.n
            run.note(time, UP, "request")
            page.ask("/score/wait" + (f"?after={known}" if numbered else ""))
            if board.score.n == since:
                board.wait_held()

        def hear(time: float) -> None:
            nonlocal known
            score = page.answer()
            if score is None:
                run.note(time, DOWN, "nothing new", reply=True)
            else:
                run.learn(time, score, reply=True)
                known = score.n

        ask(0)
        due: float | None = None  # when to ask again; None while a request is out
        for time in board.play():
            if due is not None and time >= due:
                ask(time)
                due = None
            if due is None and (board.score.n > since or time >= asked + HOLD):
                hear(time)
                due = time + gap
                if not gap:
                    ask(time)
                    due = None
        page.close()
    return run


def by_events(script: Script, *, headers: HeaderSet = BROWSER) -> Run:
    """Ask once; the answer is a stream of Server-Sent Events."""
    with _match(script, "Server-Sent Events") as (board, url, run):
        page = HttpClient(url, headers.events)
        run.note(0, UP, "request")
        events = page.events("/score/events")
        run.note(0, DOWN, "head", reply=True)
        for time in board.play():
            if time in script.changes:
                run.learn(time, next(events), reply=False)
        page.close()
    return run


def by_websocket(script: Script, *, headers: HeaderSet = BROWSER) -> Run:
    """Shake hands once; the server pushes a message for each change."""
    with _match(script, "WebSocket") as (board, url, run):
        run.note(0, UP, "request")
        client = open_socket(url, headers.socket)
        run.note(0, DOWN, "head", reply=True)
        for time in board.play():
            if time in script.changes:
                run.learn(time, Score.parse(client.recv()), reply=False)
        client.close()
        run.note(board.time, UP, "close")
        run.note(board.time, DOWN, "close", reply=True)
    return run


def by_asking(
    script: Script, *, interval: float = 1, headers: HeaderSet = BROWSER
) -> Run:
    """Shake hands once; then ask through the WebSocket every ``interval`` seconds."""
    with _match(script, f"WebSocket, asked every {interval} s") as (board, url, run):
        run.note(0, UP, "request")
        client = open_socket(url, headers.socket)
        run.note(0, DOWN, "head", reply=True)
        for time in board.play():
            if time in script.changes:
                run.learn(time, Score.parse(client.recv()), reply=False)
            if time % interval == 0:
                run.note(time, UP, "request")
                client.send("?")
                run.learn(time, Score.parse(client.recv()), reply=True)
        client.close()
        run.note(board.time, UP, "close")
        run.note(board.time, DOWN, "close", reply=True)
    return run


def costs(
    script: Script,
    *,
    headers: HeaderSet = BROWSER,
    packet: int = 0,
    keep_alive: bool = True,
) -> Costs:
    """Follow a match by WebSocket and by polling, and take the two runs apart.

    What a run by WebSocket costs beside its pushes is the opening. A poll is the
    polling run, shared out among its requests.

    Args:
        script: The match; there must be a goal in it.
        headers: What the page sends.
        packet: The bytes that each packet adds: 0 as at the relay, TCP_IP as below it.
        keep_alive: Whether one connection serves all polls. Its packets are then left
            out, being paid once; otherwise each poll pays for its own connection.
    """
    told = by_websocket(script, headers=headers)
    asked = by_polling(script, headers=headers, keep_alive=keep_alive)
    goals = len(script.changes)
    frames = sum(2 + len(str(script.score(time))) for time in script.changes)
    return Costs(
        opening=told.total - frames + (told.packets - PUSH * goals) * packet,
        keepalive=PING + (PING + 4) + EXCHANGE * packet,  # the Pong has a masking key
        push=frames // goals + PUSH * packet,
        poll=asked.total // asked.requests
        + (EXCHANGE if keep_alive else EXCHANGE + CONNECTION) * packet,
    )
