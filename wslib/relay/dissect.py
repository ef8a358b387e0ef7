"""From recorded chunks back to the handshake, the frames and the messages.

    chunks  ──▶  stream  ──▶  opening handshake, then frames  ──▶  messages
                 in order     RFC 6455, section 4 and 5.2          section 5.4

Nothing here raises at the reader of a recording: what is not complete, or breaks a
rule, is handed over as ``Unread``, with the rule.
"""

import bisect
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from wslib.direction import DOWN, UP, Direction
from wslib.errors import HandshakeError, ProtocolError
from wslib.frames import Frame, FrameReader, Opcode
from wslib.handshake import response_problems
from wslib.http1 import Request, Response, parse_request, parse_response
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

_Head = TypeVar("_Head", Request, Response)


class ConnectionReader:
    """Reads one connection of a recording, as far as it has come.

    Args:
        connection: Its number, from 1.
    """

    def __init__(self, connection: int = 1) -> None:
        if connection < 1:
            raise ValueError(f"connections are numbered from 1, not {connection}")
        self._connection = connection
        self._up, self._down = _Side(UP), _Side(DOWN)
        self._signals: list[tuple[float, Signal]] = []
        self._chunks = 0  # of all connections, so far
        self._request: Request | None = None  # that asks for a WebSocket
        self._response: Response | None = None
        self._refusal: HandshakeError | None = None  # why there will be no frames

    def feed(self, events: Iterable[Chunk | Signal]) -> None:
        """Take what was recorded next, of this connection and of all others."""
        for event in events:
            ours = event.connection == self._connection
            if isinstance(event, Chunk):
                if ours:
                    self._side(event.direction).add(self._chunks, event)
                self._chunks += 1
            elif ours:
                self._signals.append((self._chunks - 0.5, event))

    def stream(self, direction: Direction) -> bytes:
        """Return all that one side has sent."""
        return bytes(self._side(direction).stream)

    def handshake(self, direction: Direction) -> bytes:
        """Return one side's part of the opening handshake; empty if there is none."""
        self._read()
        handshake = self._side(direction).handshake
        return handshake.raw if handshake else b""

    def after_handshake(self, direction: Direction) -> bytes:
        """Return what one side has sent behind its part of the opening handshake."""
        return self.stream(direction)[len(self.handshake(direction)) :]

    def frames(self, direction: Direction) -> Readings[RecordedFrame]:
        """Return the frames of one side."""
        self._read()
        side = self._side(direction)
        return Readings(side.frames, side.unread(self._refusal))

    def timeline(self, *, tcp: bool = False) -> tuple[Entry, ...]:
        """Return what both sides sent, in the order in which it was complete."""
        self._read()
        entries: list[tuple[float, int, Entry]] = []
        for side in (self._up, self._down):
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

    def _side(self, direction: Direction) -> "_Side":
        """Return what one side sent."""
        return self._up if Direction(direction) is UP else self._down

    # An opening handshake is a request that asks for a WebSocket, and whatever answers
    # it: a refusal, too. Everything else is left whole, as it is nobody's handshake:
    # plain HTTP, other protocols, and a head that cannot be read, with the rule that it
    # breaks. After a 101 there are frames, even if a client would find something else
    # wrong with it: what such a server says is worth seeing.

    def _read(self) -> None:
        """Read what can be read by now."""
        if self._refusal is None and self._response is None:
            try:
                self._open()
            except HandshakeError as error:
                self._refusal = error
        for side in (self._up, self._down):
            side.read_frames()

    def _open(self) -> None:
        """Read the opening handshake, each side's head once. RFC 6455, section 4.

        Raises:
            HandshakeError: If there is none, or the server refuses.
        """
        if self._request is None:
            self._request = self._up.take_head(parse_request, _must_ask)
        if self._request is None:
            return
        self._response = self._down.take_head(parse_response)
        if self._response is None:
            return
        if self._response.status != 101:
            raise response_problems(self._response, self._request)[0]
        extensions = self._response.tokens("Sec-WebSocket-Extensions")
        names = [extension.split(";")[0].strip() for extension in extensions]
        for side in (self._up, self._down):
            side.expect_frames(allow_rsv1="permessage-deflate" in names)


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
        self._position = 0  # how much of the stream has been read
        self._reader: FrameReader | None = None
        self._error: ProtocolError | None = None
        self._ends: list[int] = []  # where each chunk ends in the stream
        self._chunks: list[tuple[int, Chunk]] = []  # and its number

    def add(self, number: int, chunk: Chunk) -> None:
        """Take the next chunk of this side."""
        self.stream += chunk.data
        self._ends.append(len(self.stream))
        self._chunks.append((number, chunk))
        if self._reader is not None:
            self._reader.feed(chunk.data)

    def take_head(
        self,
        parse: Callable[[bytes], tuple[_Head, int] | None],
        check: Callable[[_Head], None] = lambda head: None,
    ) -> _Head | None:
        """Return the head at the beginning, and go past it; None if more must come.

        Raises:
            HandshakeError: If there is none, or not the one that was looked for.
        """
        found = parse(bytes(self.stream))
        if found is None:
            return None
        head, size = found
        check(head)
        self.handshake = RecordedHandshake(**vars(self._take(size)))
        return head

    def expect_frames(self, *, allow_rsv1: bool) -> None:
        """Take all that follows the head for frames."""
        self._reader = FrameReader(
            masked=self.direction is UP,  # section 5.1
            max_payload=2**63,
            allow_rsv1=allow_rsv1,
        )
        self._reader.feed(bytes(self.stream[self._position :]))

    def read_frames(self) -> None:
        """Read all the frames that are complete, if frames are expected."""
        if self._reader is None:
            return
        try:
            before = self._reader.position
            while (frame := self._reader.next_frame()) is not None:
                taken = self._take(self._reader.position - before)
                self.frames.append(RecordedFrame(**vars(taken), frame=frame))
                before = self._reader.position
        except ProtocolError as error:
            self._error = error

    def unread(self, refusal: HandshakeError | None) -> Unread | None:
        """Return what is left over, and why."""
        size = len(self.stream) - self._position
        if not size:
            return None
        return Unread(**vars(self._look(size)), error=self._error or refusal)

    def _look(self, size: int) -> Recorded:
        """Return the next bytes, and where they are."""
        start, end = self._position, self._position + size
        first = bisect.bisect_right(self._ends, start)
        last = bisect.bisect_left(self._ends, end)
        within = self._chunks[first : last + 1]
        return Recorded(
            direction=self.direction,
            raw=bytes(self.stream[start:end]),
            start=start,
            chunks=tuple(number for number, _ in within),
            time=within[-1][1].time,
            passed=all(chunk.passed for _, chunk in within),
        )

    def _take(self, size: int) -> Recorded:
        """Return the next bytes, and go past them."""
        taken = self._look(size)
        self._position += size
        return taken


def _must_ask(request: Request) -> None:
    """Raise unless a request asks for a WebSocket: the one place that says when."""
    if not request.has_token("Upgrade", "websocket"):
        message = "no 'websocket' in Upgrade: this is plain HTTP"
        raise HandshakeError(message, section="4.2.1, item 3", status=426)


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
