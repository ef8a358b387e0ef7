"""One conversation, cut off after every byte of it: what is lost, what comes twice?

    Ada, Connection ──▶ frames, as bytes ──╳  ──▶ Connection, Bob
                    ◀── ◀── ◀── ◀── ◀── ◀──

In :class:`Line` both ends are in this process, with real frames between them and no
socket: the same cuts, and the same outcome, every time. :func:`cut_the_relay` does it
over real connections, with a relay that cuts.

Three kinds of ends: ``AtMostOnce`` sends each text once. ``AtLeastOnce`` sends it again
until the other side says that it has come. ``Resumable``, in ``resume``, numbers
it, too.
"""

import contextlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import websocket
from websockets.asyncio.server import ServerConnection

from wslib.direction import Direction
from wslib.labs.reconnecting.resume import Resumable, converse
from wslib.messages import TextMessage
from wslib.protocol import Connection
from wslib.relay import RecordingProxy
from wslib.server import EchoServer

ADA, BOB = 0, 1
_MOST_TURNS = 1000  # of two ends that have no more to say than what is in a script
_MOST_CONNECTIONS = 5  # for a conversation that is cut once
Script = Sequence[tuple[int, str]]  # who says what

SCRIPT: Script = [
    (ADA, "Are you there?"),
    (BOB, "Just a moment."),
    (ADA, "The kettle is on."),
    (ADA, "Bring milk."),
    (BOB, "Which milk?"),
    (BOB, "On my way."),
]


class End(Protocol):
    """What a conversation needs of each of its two ends."""

    def connected(self) -> object:
        """Begin a connection."""

    def disconnected(self) -> None:
        """End a connection."""

    def send(self, text: str) -> object:
        """Take a text that is to be sent."""

    def receive(self, wire: str, /) -> list[str]:
        """Take a message of the other end; return the texts in it."""

    def to_send(self) -> list[str]:
        """Return the messages that are to be written now."""


class AtMostOnce:
    """Sends each text once, and forgets it."""

    def __init__(self) -> None:
        self._texts: list[str] = []

    def connected(self) -> None:
        """Begin a connection; there is nothing to do."""

    def disconnected(self) -> None:
        """End a connection; there is nothing to do."""

    def send(self, text: str) -> None:
        """Send a text as soon as there is a connection."""
        self._texts.append(text)

    def receive(self, wire: str) -> list[str]:
        """Return the text that has come."""
        return [wire]

    def to_send(self) -> list[str]:
        """Return what is to be written now."""
        texts, self._texts = self._texts, []
        return texts


class AtLeastOnce:
    """Keeps each text until an ``ok`` comes, and sends it again: without a number."""

    def __init__(self) -> None:
        self._kept = deque[str]()
        self._next = self._due = 0

    def connected(self) -> None:
        """Begin a connection: all that is kept is to be sent."""
        self._next = self._due = 0

    def disconnected(self) -> None:
        """End a connection; there is nothing to do."""

    def send(self, text: str) -> None:
        """Send a text until it is acknowledged."""
        self._kept.append(text)

    def receive(self, wire: str) -> list[str]:
        """Return the text that has come, if it is one."""
        if wire == "ok":
            self._kept.popleft()
            self._next -= 1
            return []
        self._due += 1
        return [wire.removeprefix("text ")]

    def to_send(self) -> list[str]:
        """Return what is to be written now."""
        wires = ["ok"] * self._due
        wires += [f"text {text}" for text in list(self._kept)[self._next :]]
        self._due, self._next = 0, len(self._kept)
        return wires


class Line:
    """Two ends, and the bytes on their way between them, until a cut.

    Attributes:
        ends: Ada's and Bob's.
        heard: The texts that each of them got.
        carried: How many bytes of each have arrived on this connection.
    """

    def __init__(self, ada: End, bob: End) -> None:
        self.ends = ada, bob
        self.heard: tuple[list[str], list[str]] = ([], [])
        self.connect()

    def connect(self) -> None:
        """Begin a connection."""
        self.connections = (
            Connection(client=True, masking_key=lambda: b"\1\2\3\4"),
            Connection(client=False),
        )
        self.on_the_way = bytearray(), bytearray()
        self.carried = [0, 0]
        for end in self.ends:
            end.connected()

    def cut(self) -> None:
        """Lose what is on its way, and connect anew."""
        for end in self.ends:
            end.disconnected()
        self.connect()

    def write(self, who: int) -> None:
        """Have one side write what it has to send."""
        for wire in self.ends[who].to_send():
            self.connections[who].send_text(wire)
        self.on_the_way[who].extend(self.connections[who].data_to_send())

    def carry(self, who: int, most: int = 10**6) -> None:
        """Let that many bytes of one side arrive at the other."""
        data = bytes(self.on_the_way[who][:most])
        del self.on_the_way[who][:most]
        self.carried[who] += len(data)
        other = self.connections[1 - who]
        other.receive_data(data)
        for event in other.events():
            assert isinstance(event, TextMessage)
            self.heard[1 - who].extend(self.ends[1 - who].receive(event.text))

    def turn(self) -> bool:
        """Have both write and all arrive; return whether anything was written."""
        for who in ADA, BOB:
            self.write(who)
        written = any(self.on_the_way)
        for who in ADA, BOB:
            self.carry(who)
        return written

    def finish(self) -> None:
        """Go on until neither side has more to say.

        Raises:
            ValueError: If that is never so: each answers the other's answers, say.
        """
        for _ in range(_MOST_TURNS):
            if not self.turn():
                return
        raise ValueError(f"the two have more to say after {_MOST_TURNS} turns each")


def play(
    ada: End, bob: End, script: Script = SCRIPT, cut: tuple[int, int] | None = None
) -> Line:
    """Play a conversation; cut it once, after so many bytes of one side.

    Args:
        ada: Her end.
        bob: His.
        script: Who says what.
        cut: Whose bytes are counted, and after how many of them.

    Raises:
        ValueError: If that side never sends so many bytes on the first connection, or
            the two never come to an end.
    """
    line = Line(ada, bob)
    for speaker, said in [*script, (None, "")]:
        if speaker is not None:
            line.ends[speaker].send(said)
        for who in ADA, BOB, ADA, BOB:
            line.write(who)
            if cut and cut[0] == who:
                line.carry(who, cut[1] - line.carried[who])
                if line.carried[who] == cut[1]:
                    line.cut()
                    cut = None
            line.carry(who)
    if cut:
        raise ValueError(f"fewer than {cut[1]} bytes came")
    line.finish()
    return line


def every_cut(make: Callable[[], End], script: Script = SCRIPT) -> Iterator[Line]:
    """Yield the conversation again and again, cut after every byte of either side."""
    totals = play(make(), make(), script).carried
    for who in ADA, BOB:
        for count in range(totals[who] + 1):
            yield play(make(), make(), script, (who, count))


class Tally(NamedTuple):
    """What came of the same conversation, cut at every point.

    Attributes:
        cuts: How many conversations that were.
        lost: In how many of them a text did not arrive.
        twice: In how many of them a text arrived more than once.
    """

    cuts: int
    lost: int
    twice: int


def cut_everywhere(make: Callable[[], End]) -> Tally:
    """Play the conversation with such ends, cut after every byte; count the harm."""
    return _tally(line.heard for line in every_cut(make))


def cut_the_relay(*, every: int = 1) -> Tally:
    """Play it over real connections, with Resumable ends, and a relay that cuts.

    Args:
        every: After how many bytes more it cuts each time, first of Ada's, who is the
            client, then of Bob's, who is the server.

    The bytes of the opening handshakes are not counted. How many a conversation takes
    differs a little: one ``have`` may acknowledge two texts. So does the number of
    cuts, from run to run.
    """
    bobs = defaultdict[str, Resumable](lambda: _end(BOB))
    bob_heard = defaultdict[str, list[str]](list)

    async def host(connection: ServerConnection) -> None:
        assert connection.request is not None
        path = connection.request.path
        await converse(connection, bobs[path], bob_heard[path].append)

    heard: list[tuple[list[str], list[str]]] = []
    with EchoServer(host) as server, RecordingProxy(server.url) as relay:
        _talk(relay.url + "/-----")  # all paths are of one length: handshakes, too
        recording = relay.recording
        for direction in Direction:
            first = len(recording.handshake(direction)) + 1
            for count in range(first, len(recording.stream(direction)), every):
                path = f"/{direction.name[0]}{count:04}"
                relay.reset_after(count, direction)
                connection = recording.connections + 1
                ada_heard = _talk(relay.url + path)
                # Else all was said in fewer bytes this time, and no cut came.
                if len(recording.stream(direction, connection)) >= count:
                    heard.append((ada_heard, bob_heard[path]))
    return _tally(heard)


def _tally(conversations: Iterable[tuple[list[str], list[str]]]) -> Tally:
    """Count the harm in what Ada and Bob heard, a pair for each conversation."""
    cuts = lost = twice = 0
    for heard in conversations:
        harm = [_harm(heard[1 - who], _said(who)) for who in (ADA, BOB)]
        cuts += 1
        lost += any(missing for missing, _ in harm)
        twice += any(again for _, again in harm)
    return Tally(cuts, lost, twice)


def _talk(url: str) -> list[str]:
    """Be Ada: connect until all is said; return what she heard."""
    end, heard = _end(ADA), list[str]()
    for _ in range(_MOST_CONNECTIONS):
        if _visit(url, end, heard):
            return heard
    raise ConnectionError(f"not all is said after {_MOST_CONNECTIONS} connections")


def _visit(url: str, end: Resumable, heard: list[str]) -> bool:
    """Be Ada on one connection; return whether all is said."""
    errors = (websocket.WebSocketException, OSError)
    with contextlib.ExitStack() as stack, contextlib.suppress(*errors):
        client = websocket.create_connection(url, timeout=5)
        stack.callback(client.shutdown)
        end.connected()
        while True:
            for wire in end.to_send():
                client.send(wire)
            if not end.waiting and len(heard) >= len(_said(BOB)):
                client.close()
                return True
            heard += end.receive(client.recv())
    return False


def _end(who: int) -> Resumable:
    """Return an end that has all to say from the start."""
    end = Resumable()
    for text in _said(who):
        end.send(text)
    return end


def _said(who: int) -> list[str]:
    return [text for speaker, text in SCRIPT if speaker == who]


def _harm(heard: list[str], said: list[str]) -> tuple[bool, bool]:
    """Tell whether a text is missing, and whether one has come too often."""
    return (
        any(heard.count(text) < said.count(text) for text in said),
        any(heard.count(text) > said.count(text) for text in heard),
    )
