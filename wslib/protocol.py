"""The connection after the opening handshake: bytes in, events out. RFC 6455, 5 to 7.

    ┌──────┐  a Close frame, either way,   ┌─────────┐  TCP is closed  ┌────────┐
    │ OPEN │ ────────────────────────────▶ │ CLOSING │ ──────────────▶ │ CLOSED │
    └──────┘  or a broken rule             └─────────┘                 └────────┘
        │            TCP is closed without a Close: code 1006               ▲
        └───────────────────────────────────────────────────────────────────┘

No socket is in here. Whoever holds one passes on what it reads, and sends what it gets:

    connection = Connection(client=False)
    while not connection.must_close_tcp:
        if data := sock.recv(65536):
            connection.receive_data(data)
        else:
            connection.receive_eof()
        for event in connection.events():
            if isinstance(event, TextMessage):
                connection.send_text(event.text)
        sock.sendall(connection.data_to_send())
    sock.shutdown(socket.SHUT_WR)
"""

import enum
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from wslib.errors import InvalidState, PayloadTooBig, ProtocolError
from wslib.frames import (
    MAX_REASON,
    CloseCode,
    Frame,
    FrameReader,
    Opcode,
    close_payload,
    parse_close,
)
from wslib.messages import Assembler, Message

__all__ = [
    "TRANSITIONS",
    "CloseReceived",
    "TcpClosed",
    "Connection",
    "Event",
    "Extension",
    "ConnectionFailed",
    "Ping",
    "Pong",
    "State",
    "Step",
]


class State(enum.Enum):
    """Where a connection stands; CONNECTING, 0, is the opening handshake's."""

    OPEN = 1  # the numbers are those of a browser's readyState
    CLOSING = 2
    CLOSED = 3

    __hash__ = object.__hash__  # as Enum's, and quick: there is a step for each frame


class Step(enum.Enum):
    """What can happen to a connection."""

    SEND_DATA = "send a data frame"  # text, binary or continuation, section 5.6
    SEND_PING = "send a Ping"
    SEND_PONG = "send a Pong"
    SEND_CLOSE = "send a Close"
    RECEIVE_DATA = "receive a data frame"
    RECEIVE_PING = "receive a Ping"
    RECEIVE_PONG = "receive a Pong"
    RECEIVE_CLOSE = "receive a Close"
    FAIL = "fail the connection"  # the peer broke a rule, section 7.1.7
    TCP_CLOSED = "learn that TCP is closed"

    __hash__ = object.__hash__


TRANSITIONS: dict[tuple[State, Step], State] = {
    (State.OPEN, Step.SEND_DATA): State.OPEN,  # 6.1
    (State.OPEN, Step.SEND_PING): State.OPEN,  # 5.5.2
    (State.OPEN, Step.SEND_PONG): State.OPEN,  # 5.5.3, also unasked
    (State.OPEN, Step.SEND_CLOSE): State.CLOSING,  # 7.1.2, 7.1.3
    (State.OPEN, Step.RECEIVE_DATA): State.OPEN,  # 6.2
    (State.OPEN, Step.RECEIVE_PING): State.OPEN,  # 5.5.2, answered by a Pong
    (State.OPEN, Step.RECEIVE_PONG): State.OPEN,  # 5.5.3
    (State.OPEN, Step.RECEIVE_CLOSE): State.CLOSING,  # 5.5.1, answered by a Close
    (State.OPEN, Step.FAIL): State.CLOSING,  # 7.1.7, by a Close that says why
    (State.OPEN, Step.TCP_CLOSED): State.CLOSED,  # 7.1.5, code 1006
    # Our Close is out, and only Pongs in answer to Pings follow it (5.5.2 would allow
    # Pings of our own, 1.4 says "any further data": so, none). The peer may go on until
    # its own Close, or a broken rule; what it sends then is discarded: no step.
    (State.CLOSING, Step.RECEIVE_DATA): State.CLOSING,  # 6.2
    (State.CLOSING, Step.RECEIVE_PING): State.CLOSING,  # 5.5.2, answered by a Pong
    (State.CLOSING, Step.RECEIVE_PONG): State.CLOSING,  # 5.5.3
    (State.CLOSING, Step.RECEIVE_CLOSE): State.CLOSING,  # 7.1.2, both Closes are out
    (State.CLOSING, Step.FAIL): State.CLOSING,  # 7.1.7, without a second Close
    (State.CLOSING, Step.TCP_CLOSED): State.CLOSED,  # 7.1.4
    # No step leads on from CLOSED. What has no line here raises InvalidState.
}


@dataclass(frozen=True, slots=True)
class Ping:
    """A Ping has come; the Pong that answers it is on its way. Section 5.5.2."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Pong:
    """A Pong has come, asked for or not. Section 5.5.3."""

    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class CloseReceived:
    """The peer's Close has come; 1005 if it holds no code. Section 5.5.1, 7.1.5."""

    code: int = CloseCode.NO_STATUS_RECEIVED
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionFailed:
    """The peer broke a rule: nothing more is read from it. Section 7.1.7."""

    message: str
    section: str
    close_code: int
    rfc: int = 6455


@dataclass(frozen=True, slots=True)
class TcpClosed:
    """TCP is closed, the last event: with what the peer's Close said. Section 7.1.4.

    Code 1006 if none came: then the connection was not closed "cleanly".
    """

    code: int = CloseCode.ABNORMAL_CLOSURE
    reason: str = ""


Event = Message | Ping | Pong | CloseReceived | ConnectionFailed | TcpClosed


class Extension(Protocol):
    """What both ends have agreed on in the opening handshake. Section 9.

    It sees the data frames; one that comes in pieces is cut into fragments. The bit
    RSV1 is its own: set where it is not taken off, the connection fails.
    """

    def encode(self, frame: Frame) -> Frame:
        """Return a frame as it is to travel."""

    def decode(self, frame: Frame, max_payload: int) -> Frame:
        """Return a frame as it was meant; raise ProtocolError if it means nothing.

        A payload longer than ``max_payload`` is a PayloadTooBig: raised before it has
        taken its memory.
        """


class Connection:
    """One end of a connection whose opening handshake is done.

    Args:
        client: Which end this is: the client masks what it sends, the server is the
            first to close TCP.
        max_message: Longest message accepted, in bytes, over all its fragments.
        extension: What has been agreed on, and is for this connection alone.
        masking_key: Called for each frame that a client sends, for a key "derived from
            a strong source of entropy" (5.3).
    """

    def __init__(
        self,
        client: bool,
        *,
        max_message: int = 2**20,
        extension: Extension | None = None,
        masking_key: Callable[[], bytes] = lambda: secrets.token_bytes(4),
    ) -> None:
        self.client = client
        self.max_message = max_message
        self.state = State.OPEN
        self._extension = extension
        self._masking_key = masking_key
        self._outgoing: list[bytes] = []
        self._sending: Opcode | None = None  # the kind of the message left unfinished
        self._reader = FrameReader(masked=not client, allow_rsv1=extension is not None)
        self._assembler = Assembler()
        self._discarding = False  # bytes may come, and none is looked at
        self._eof = False  # no bytes can come
        self._closed = TcpClosed()  # what the last event is going to say

    @property
    def must_close_tcp(self) -> bool:
        """Whether it is this end's turn to close TCP. Section 7.1.1.

        After both Closes: "The server MUST close the underlying TCP connection
        immediately; the client SHOULD wait for the server to close the connection"
        (5.5.1). So, too, after a failure. In CLOSED the peer has closed its end.
        """
        return self.state is State.CLOSED or (self._discarding and not self.client)

    def receive_data(self, data: bytes) -> None:
        """Take bytes that came from the peer; :meth:`events` says what they mean."""
        self._check_not_ended()
        if not self._discarding:
            self._reader.feed(data)  # read in `_next_frame`, each in its turn

    def receive_eof(self) -> None:
        """Learn that no more bytes can come: TCP is closed, in good order or not."""
        self._check_not_ended()
        self._eof = True

    def events(self) -> Iterator[Event]:
        """Return an iterator over what has happened, one thing after the other.

        A frame is looked at only when its turn comes. So your answer to one message
        goes out before the answer to what follows it, however TCP has cut the stream.
        """
        return iter(self.next_event, None)

    def next_event(self) -> Event | None:
        """Return what has happened next; None if more bytes must come to tell."""
        while not self._discarding:
            try:
                frame = self._next_frame()
                if frame is None:
                    break
                event = self._receive(frame)
            except ProtocolError as error:
                event = self._fail(error)
            if event is not None:
                return event
        if not self._eof or self.state is State.CLOSED:
            return None
        self._take(Step.TCP_CLOSED)
        return self._closed

    def data_to_send(self) -> bytes:
        """Return the bytes that are to go to the peer; each is returned once."""
        data = b"".join(self._outgoing)
        self._outgoing.clear()
        return data

    # Each of these raises InvalidState once a Close is out, and ValueError where no
    # such frame may be sent.

    def send_text(self, text: str, *, fin: bool = True) -> None:
        """Send a text message, or a fragment of one. Section 6.1, 5.4.

        Args:
            text: The message; or, if the last call left one unfinished, more of it.
            fin: Whether the message ends here.
        """
        if not isinstance(text, str):
            raise TypeError(f"text is a str, not {type(text).__name__}")
        self._send_data(Opcode.TEXT, text.encode("utf-8"), fin)

    def send_binary(self, payload: bytes, *, fin: bool = True) -> None:
        """Send a binary message, or a fragment of one, as :meth:`send_text` does."""
        self._send_data(Opcode.BINARY, payload, fin)

    def send_ping(self, payload: bytes = b"") -> None:
        """Send a Ping of at most 125 bytes; the peer must answer. Section 5.5.2."""
        self._send(Step.SEND_PING, Opcode.PING, payload)

    def send_pong(self, payload: bytes = b"") -> None:
        """Send a Pong that nobody asked for; the others go by themselves. 5.5.3."""
        self._send(Step.SEND_PONG, Opcode.PONG, payload)

    def send_close(self, code: int | None = 1000, reason: str = "") -> None:
        """Start the closing handshake. Section 7.1.2.

        Args:
            code: Why; None sends a Close without a code, which the peer sees as 1005.
            reason: Why, in words; at most 123 bytes of UTF-8.
        """
        if code is None and reason:
            raise ValueError("a reason stands behind a code")
        payload = b"" if code is None else close_payload(code, reason)
        self._send(Step.SEND_CLOSE, Opcode.CLOSE, payload)

    def _check_not_ended(self) -> None:
        """Let nothing follow the end of TCP."""
        if self._eof:
            raise InvalidState("nothing can come after the end of TCP")

    def _take(self, step: Step) -> None:
        """Go to the state that a step leads to."""
        try:
            self.state = TRANSITIONS[self.state, step]
        except KeyError:
            message = f"cannot {step.value}: the connection is {self.state.name}"
            raise InvalidState(message) from None

    def _send_data(self, opcode: Opcode, payload: bytes, fin: bool) -> None:
        """Send one data frame. Section 5.4."""
        if self._sending is None:
            self._send(Step.SEND_DATA, opcode, payload, fin)
        elif self._sending is opcode:
            self._send(Step.SEND_DATA, Opcode.CONTINUATION, payload, fin)
        else:  # "MUST NOT be interleaved between the fragments of another message"
            raise InvalidState(f"a {self._sending.name} message is unfinished")
        self._sending = None if fin else opcode

    def _send(
        self, step: Step, opcode: Opcode, payload: bytes, fin: bool = True
    ) -> None:
        """Send one frame, if now is the time."""
        self._take(step)
        self._write(opcode, payload, fin)

    def _write(self, opcode: Opcode, payload: bytes, fin: bool = True) -> None:
        """Put one frame on the wire. Section 5.2."""
        # "a client MUST mask all frames that it sends to the server"; "A server MUST
        # NOT mask any frames that it sends to the client" (5.1)
        masking_key = self._masking_key() if self.client else None
        frame = Frame(opcode=opcode, payload=payload, fin=fin, masking_key=masking_key)
        if self._extension is not None and not opcode.is_control:
            frame = self._extension.encode(frame)
        self._outgoing.append(frame.serialize())

    def _next_frame(self) -> Frame | None:
        """Take the next frame out of the bytes that have come. Section 6.2."""
        # A frame may have what is left of the limit of its message; with an extension,
        # what comes out of it may. A Ping may be of any length that is legal.
        left = self.max_message - self._assembler.size
        self._reader.max_payload = left if self._extension is None else 2**63
        try:
            frame = self._reader.next_part()
            if frame is None:
                return None
            if self._extension is not None and not frame.opcode.is_control:
                frame = self._extension.decode(frame, left)
        except PayloadTooBig:
            message = f"the message is longer than {self.max_message} bytes"
            raise PayloadTooBig(message) from None
        if frame.rsv1:
            message = "RSV1 is set, where no extension gives it a meaning"
            raise ProtocolError(message, section="5.2")
        return frame

    def _receive(self, frame: Frame) -> Event | None:
        """Do what a frame asks for; return what there is to tell. Section 6.2."""
        if frame.opcode is Opcode.CLOSE:
            return self._receive_close(frame.payload)
        if frame.opcode is Opcode.PONG:
            self._take(Step.RECEIVE_PONG)
            return Pong(frame.payload)
        if frame.opcode is Opcode.PING:
            self._take(Step.RECEIVE_PING)
            # "an endpoint MUST send a Pong frame in response, unless it already
            # received a Close frame" (5.5.2), with "identical" data (5.5.3)
            self._write(Opcode.PONG, frame.payload)
            return Ping(frame.payload)
        self._take(Step.RECEIVE_DATA)
        return self._assembler.add(frame)

    def _receive_close(self, payload: bytes) -> CloseReceived:
        """Answer the peer's Close, unless it is the answer to ours. Section 5.5.1."""
        code, reason = parse_close(payload)
        if self.state is State.OPEN:
            # "the endpoint typically echos the status code it received"
            self._write(Opcode.CLOSE, payload[:2])
        self._take(Step.RECEIVE_CLOSE)
        # "a peer discards any further data received" (1.4)
        self._discard()
        self._closed = TcpClosed(code, reason)
        return CloseReceived(code, reason)

    def _fail(self, error: ProtocolError) -> ConnectionFailed:
        """_Fail the WebSocket Connection_. Section 7.1.7."""
        if self.state is State.OPEN:
            # "SHOULD send a Close frame with an appropriate status code". Of the words,
            # as many bytes as there is room for, without a half of a character.
            words = str(error).encode("utf-8", "replace")[:MAX_REASON]
            payload = close_payload(error.close_code, words.decode("utf-8", "ignore"))
            self._write(Opcode.CLOSE, payload)
        self._take(Step.FAIL)
        # "MUST NOT continue to attempt to process data (including a responding Close
        # frame) from the remote endpoint"
        self._discard()
        return ConnectionFailed(
            error.message, error.section, error.close_code, error.rfc
        )

    def _discard(self) -> None:
        """Look at no byte any more, and keep none."""
        self._discarding = True
        del self._reader, self._assembler
