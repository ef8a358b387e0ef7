"""From recorded chunks back to the handshake, the frames and the messages.

    chunks  ──▶  stream  ──▶  opening handshake, then frames  ──▶  messages
                 in order     RFC 6455, section 4 and 5.2          section 5.4

Nothing here raises at the reader of a recording: what is not complete, or breaks a
rule, is handed over as ``Unread``, with the rule.
"""

import bisect
import re
from collections.abc import Iterable
from dataclasses import replace

from wslib.direction import Direction
from wslib.errors import HandshakeError, ProtocolError
from wslib.frames import Frame, Opcode, parse_frame
from wslib.handshake import response_problems
from wslib.http1 import Response, parse_request, parse_response
from wslib.messages import Assembler, TextMessage
from wslib.relay.events import (
    Chunk,
    Entry,
    Readings,
    Recorded,
    RecordedFrame,
    RecordedHandshake,
    Signal,
    Unread,
)


def handshake_ends(
    up: bytes | bytearray, down: bytes | bytearray
) -> dict[Direction, int]:
    """Return how long each side's part of the opening handshake is, in bytes.

    Args:
        up: What the client has sent so far.
        down: What the server has sent so far.

    Returns:
        For each side the size of its head, blank line included; 0 if that is not
        complete, or the client does not ask for a WebSocket.
    """
    request = up.find(b"\r\n\r\n") + 4
    response = down.find(b"\r\n\r\n") + 4
    asks = re.search(rb"\r\nUpgrade:[^\r\n]*websocket", up[:request], re.IGNORECASE)
    if request < 4 or not asks:
        request = 0
    if response < 4 or not request:
        response = 0
    return {Direction.CLIENT_TO_SERVER: request, Direction.SERVER_TO_CLIENT: response}


class ConnectionReader:
    """Reads one connection of a recording, as far as it has come.

    Args:
        connection: Its number, from 1.
    """

    def __init__(self, connection: int = 1) -> None:
        self._connection = connection
        self._sides = {direction: _Side(direction) for direction in Direction}
        self._signals: list[tuple[float, Signal]] = []
        self._chunks = 0  # of all connections, so far
        self._consent: Response | None = None
        self._refusal: HandshakeError | None = None

    def feed(self, events: Iterable[Chunk | Signal]) -> None:
        """Take what was recorded next, of this connection and of all others."""
        for event in events:
            ours = event.connection == self._connection
            if isinstance(event, Chunk):
                if ours:
                    self._sides[event.direction].add(self._chunks, event)
                self._chunks += 1
            elif ours:
                self._signals.append((self._chunks - 0.5, event))
        if self._consent is None and self._refusal is None:
            self._open()
        if self._consent is not None:
            extensions = ",".join(self._consent.tokens("Sec-WebSocket-Extensions"))
            for side in self._sides.values():
                side.read_frames(allow_rsv1="permessage-deflate" in extensions)

    def frames(self, direction: Direction) -> Readings[RecordedFrame]:
        """Return the frames of one side."""
        side = self._sides[direction]
        return Readings(side.frames, side.unread(self._refusal))

    def timeline(self, *, tcp: bool = False) -> tuple[Entry, ...]:
        """Return what both sides sent, in the order in which it was complete."""
        entries: list[tuple[float, int, Entry]] = []
        for side in self._sides.values():
            if side.handshake is not None:
                entries.append((side.handshake.chunks[-1], 0, side.handshake))
            entries += [(frame.chunks[-1], frame.start, frame) for frame in side.frames]
            unread = side.unread(self._refusal)
            if unread is not None:
                # The first bytes break a rule; it is the last ones that are missing.
                place = unread.chunks[0 if unread.error else -1]
                entries.append((place, unread.start, unread))
        if tcp:
            entries += [(place, 0, signal) for place, signal in self._signals]
        entries.sort(key=lambda entry: entry[:2])
        return tuple(entry for _, _, entry in entries)

    def _open(self) -> None:
        """Look for the opening handshake, and for the server's consent."""
        up, down = self._sides.values()
        ends = handshake_ends(up.stream, down.stream)
        for side in (up, down):
            if side.handshake is None and ends[side.direction]:
                side.take_handshake(ends[side.direction])
        try:
            self._consent = _consent(bytes(up.stream), bytes(down.stream))
        except HandshakeError as error:
            self._refusal = error


def assemble(frames: Readings[RecordedFrame]) -> Readings[str | bytes]:
    """Return the messages in one side's frames. Section 5.4, 5.6.

    Control frames are left out. A compressed message (RSV1) stays as it travelled.
    """
    messages: list[str | bytes] = []
    assembler, error = Assembler(), frames.error
    begin = 0  # the first frame of the message to come
    closed = within_message = False
    for number, recorded in enumerate(frames):
        frame = recorded.frame
        if frame.opcode.is_control:
            closed = closed or frame.opcode is Opcode.CLOSE
        else:
            try:
                message = _add(frame, assembler, closed=closed)
            except ProtocolError as broken:
                error = broken
                break
            within_message = message is None
            if message is not None:
                messages.append(message)
        if not within_message:
            begin = number + 1
    return Readings(messages, _left_over(frames, begin, error))


class _Side:
    """What one side sent, read as far as it goes."""

    def __init__(self, direction: Direction) -> None:
        self.direction = direction
        self.stream = bytearray()
        self.handshake: RecordedHandshake | None = None
        self.frames: list[RecordedFrame] = []
        self._error: ProtocolError | None = None
        self._ahead = bytearray()  # the part of the stream that has not been read
        self._ends: list[int] = []  # where each chunk ends in the stream
        self._chunks: list[tuple[int, Chunk]] = []  # and its number

    def add(self, number: int, chunk: Chunk) -> None:
        """Take the next chunk of this side."""
        self.stream += chunk.data
        self._ahead += chunk.data
        self._ends.append(len(self.stream))
        self._chunks.append((number, chunk))

    def take_handshake(self, size: int) -> None:
        """Take the first bytes as the opening handshake."""
        self.handshake = RecordedHandshake(**vars(self._take(size)))

    def read_frames(self, *, allow_rsv1: bool) -> None:
        """Read all the frames that are complete."""
        masked = self.direction is Direction.CLIENT_TO_SERVER  # section 5.1
        while self._error is None:
            try:
                found = parse_frame(
                    self._ahead, masked=masked, max_payload=2**63, allow_rsv1=allow_rsv1
                )
            except ProtocolError as error:
                self._error = error
                return
            if found is None:
                return
            frame, size = found
            self.frames.append(RecordedFrame(**vars(self._take(size)), frame=frame))

    def unread(self, refusal: HandshakeError | None) -> Unread | None:
        """Return what is left over, and why."""
        if not self._ahead:
            return None
        left = self._look(len(self._ahead))
        return Unread(**vars(left), error=self._error or refusal)

    def _look(self, size: int) -> Recorded:
        """Return the next bytes, and where they are."""
        start = len(self.stream) - len(self._ahead)
        first = bisect.bisect_right(self._ends, start)
        last = bisect.bisect_left(self._ends, start + size)
        within = self._chunks[first : last + 1]
        return Recorded(
            direction=self.direction,
            raw=bytes(self._ahead[:size]),
            start=start,
            chunks=tuple(number for number, _ in within),
            time=within[-1][1].time,
            passed=all(chunk.passed for _, chunk in within),
        )

    def _take(self, size: int) -> Recorded:
        """Return the next bytes, and go past them."""
        taken = self._look(size)
        del self._ahead[:size]  # quick: a bytearray only moves its beginning
        return taken


def _consent(up: bytes, down: bytes) -> Response | None:
    """Return the server's 101, or None while there may yet be one.

    Raises:
        HandshakeError: If there will be none.
    """
    asked = parse_request(up)
    if asked is None:
        return None
    if not asked[0].has_token("Upgrade", "websocket"):
        message = "no 'websocket' in Upgrade: this is plain HTTP"
        raise HandshakeError(message, section="4.2.1, item 3", status=426)
    answered = parse_response(down)
    if answered is None:
        return None
    if answered[0].status != 101:
        raise response_problems(answered[0], asked[0])[0]
    return answered[0]


def _add(frame: Frame, assembler: Assembler, *, closed: bool) -> str | bytes | None:
    """Take the next data frame; return the message if this was its last."""
    if closed:
        raise ProtocolError("a data frame after the Close frame", section="5.5.1")
    if frame.rsv1:  # compressed, so its text cannot be read here
        frame = replace(frame, opcode=Opcode.BINARY)
    message = assembler.add(frame)
    if isinstance(message, TextMessage):
        return message.text
    return None if message is None else message.payload


def _left_over(
    frames: Readings[RecordedFrame],
    begin: int,
    error: ProtocolError | HandshakeError | None,
) -> Unread | None:
    """Return the frames from ``begin`` on, and what follows them, as one stretch."""
    if begin == len(frames):
        return frames.unread
    parts: list[Recorded] = [*frames[begin:]]
    if frames.unread is not None:
        parts.append(frames.unread)
    return Unread(
        direction=parts[0].direction,
        raw=b"".join(part.raw for part in parts),
        start=parts[0].start,
        chunks=tuple(sorted({chunk for part in parts for chunk in part.chunks})),
        time=parts[-1].time,
        passed=all(part.passed for part in parts),
        error=error,
    )
