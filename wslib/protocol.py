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
from wslib.messages import Assembler, BinaryMessage, TextMessage

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


Event = (
    TextMessage
    | BinaryMessage
    | Ping
    | Pong
    | CloseReceived
    | ConnectionFailed
    | TcpClosed
)


class Extension(Protocol):
    """What both ends have agreed on in the opening handshake. Section 9.

    It sees the data frames; one that comes in pieces is cut into fragments. The bit
    RSV1 is its own: set where it is not taken off, the connection fails.
    """

    def encode(self, frame: Frame) -> Frame:
        """Return a frame as it is to travel."""

    def decode(self, frame: Frame, max_payload: int) -> Frame:
        """Return a frame as it was meant, with a payload of so many bytes at most.

        Raises:
            ProtocolError: If it is not one that ``encode`` makes.
            PayloadTooBig: If it would be longer: raise before it has taken its memory.
        """


class Connection:
    """One end of a connection whose opening handshake is done.

    Args:
        client: Which end this is: the client masks what it sends, the server is the
            first to close TCP.
        max_message: Longest message accepted, in bytes, over all its fragments.
        max_frame: Longest payload of a frame accepted, as it travels; if None, that of
            a message. With an extension any is, since it is what comes out of it that
            counts, and nothing waits for the end of a frame.
        extension: What has been agreed on, and is for this connection alone.
        masking_key: Called for each frame that a client sends, for a key of 4 bytes;
            random ones if None.
    """

    def __init__(
        self,
        client: bool,
        *,
        max_message: int = 2**20,
        max_frame: int | None = None,
        extension: Extension | None = None,
        masking_key: Callable[[], bytes] | None = None,
    ) -> None:
        self.client = client
        self.max_message = max_message
        if max_frame is None:
            max_frame = max_message if extension is None else 2**63
        self.max_frame = max_frame
        self.state = State.OPEN
        self._masking_key = masking_key or _random_key
        self._extension = extension
        self._reader = FrameReader(masked=not client, allow_rsv1=extension is not None)
        self._outgoing = bytearray()
        self._assembler = Assembler()
        self._sending: Opcode | None = None  # the kind of the message left unfinished
        self._close: CloseReceived | None = None  # the peer's
        self._discarding = False  # bytes may come, and none is looked at
        self._eof = False  # no bytes can come

    @property
    def must_close_tcp(self) -> bool:
        """Whether it is this end's turn to close TCP. Section 7.1.1.

        After both Closes: "The server MUST close the underlying TCP connection
        immediately; the client SHOULD wait for the server to close the connection"
        (5.5.1). So, too, after a failure. In CLOSED the peer has closed its end.
        """
        return self.state is State.CLOSED or (self._discarding and not self.client)

    def receive_data(self, data: bytes) -> None:
        """Take bytes that came from the peer; :meth:`events` says what they mean.

        Raises:
            InvalidState: After :meth:`receive_eof`.
        """
        self._check_not_closed()
        if not self._discarding:
            self._reader.feed(data)  # read in `_next_frame`, each in its turn

    def receive_eof(self) -> None:
        """Learn that no more bytes can come: TCP is closed, in good order or not.

        Raises:
            InvalidState: The second time.
        """
        self._check_not_closed()
        self._eof = True

    def events(self) -> Iterator[Event]:
        """Yield what has happened, one thing after the other.

        A frame is looked at only when its turn comes. So your answer to one message
        goes out before the answer to what follows it, however TCP has cut the stream.
        """
        while (event := self._next_event()) is not None:
            yield event

    def data_to_send(self) -> bytes:
        """Return the bytes that are to go to the peer; each is returned once."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def send_text(self, text: str, *, fin: bool = True) -> None:
        """Send a text message, or a fragment of one. Section 6.1, 5.4.

        Args:
            text: The message; or, if the last call left one unfinished, more of it.
            fin: Whether the message ends here.

        Raises:
            InvalidState: If a Close is out, or a binary message is unfinished.
            TypeError: If it is not a ``str``.
        """
        if not isinstance(text, str):
            raise TypeError(f"text is a str, not {type(text).__name__}")
        self._send_data(Opcode.TEXT, text.encode("utf-8"), fin)

    def send_binary(self, payload: bytes, *, fin: bool = True) -> None:
        """Send a binary message, or a fragment of one, as :meth:`send_text` does."""
        self._send_data(Opcode.BINARY, payload, fin)

    def send_ping(self, payload: bytes = b"") -> None:
        """Send a Ping, which the peer must answer. Section 5.5.2.

        Raises:
            InvalidState: If a Close is out.
            ValueError: If the payload is longer than 125 bytes.
        """
        self._send(Step.SEND_PING, Opcode.PING, payload)

    def send_pong(self, payload: bytes = b"") -> None:
        """Send a Pong that nobody asked for, as :meth:`send_ping` does. Section 5.5.3.

        The Pongs that were asked for are sent without your help.
        """
        self._send(Step.SEND_PONG, Opcode.PONG, payload)

    def send_close(self, code: int | None = 1000, reason: str = "") -> None:
        """Start the closing handshake. Section 7.1.2.

        Args:
            code: Why; None sends a Close without a code, which the peer sees as 1005.
            reason: Why, in words; at most 123 bytes of UTF-8.

        Raises:
            InvalidState: If a Close is out already.
            ValueError: If this code may not be sent, the reason is too long, or there
                is a reason and no code.
        """
        if code is None and reason:
            raise ValueError("a reason stands behind a code")
        payload = b"" if code is None else close_payload(code, reason)
        self._send(Step.SEND_CLOSE, Opcode.CLOSE, payload)

    def _check_not_closed(self) -> None:
        """Let nothing follow the end."""
        if self._eof:
            raise InvalidState("nothing can come after the end of TCP")

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
        """Send one frame, if now is the time and if it is one that may be sent."""
        state = self._after(step)
        self._write(opcode, payload, fin)
        self.state = state

    def _after(self, step: Step) -> State:
        """Return the state that a step leads to."""
        try:
            return TRANSITIONS[self.state, step]
        except KeyError:
            message = f"cannot {step.value}: the connection is {self.state.name}"
            raise InvalidState(message) from None

    def _write(self, opcode: Opcode, payload: bytes, fin: bool = True) -> None:
        """Put one frame on the wire. Section 5.2."""
        # "a client MUST mask all frames that it sends to the server"; "A server MUST
        # NOT mask any frames that it sends to the client" (5.1)
        masking_key = self._masking_key() if self.client else None
        frame = Frame(opcode=opcode, payload=payload, fin=fin, masking_key=masking_key)
        if self._extension is not None and not opcode.is_control:
            frame = self._extension.encode(frame)
        self._outgoing += frame.serialize()

    def _next_event(self) -> Event | None:
        """Go on until there is something to tell, or no whole frame is left."""
        while not self._discarding:
            try:
                frame = self._next_frame()
                if frame is None:
                    break
                event = self._receive(frame)
            except ProtocolError as error:
                return self._fail(error)
            if event is not None:
                return event
        if not self._eof or self.state is State.CLOSED:
            return None
        self.state = self._after(Step.TCP_CLOSED)
        if self._close is None:
            return TcpClosed()
        return TcpClosed(self._close.code, self._close.reason)

    def _next_frame(self) -> Frame | None:
        """Take the next frame out of the bytes that have come. Section 6.2."""
        # What is left to the frame of what the message may have. A Ping may be of any
        # length that is legal: the limit is not for control frames.
        left = self.max_message - self._assembler.size
        if self._extension is None and left <= self.max_frame:
            limit, what = left, f"message is longer than {self.max_message}"
        else:
            limit, what = self.max_frame, f"frame is longer than {self.max_frame}"
        self._reader.max_payload = limit
        try:
            frame = self._reader.next_part()
        except PayloadTooBig:
            raise PayloadTooBig(f"the {what} bytes") from None
        if frame is None or self._extension is None:
            return frame
        if not frame.opcode.is_control:
            try:
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
            self.state = self._after(Step.RECEIVE_PONG)
            return Pong(frame.payload)
        if frame.opcode is Opcode.PING:
            self.state = self._after(Step.RECEIVE_PING)
            # "an endpoint MUST send a Pong frame in response, unless it already
            # received a Close frame" (5.5.2), with "identical" data (5.5.3)
            self._write(Opcode.PONG, frame.payload)
            return Ping(frame.payload)
        self.state = self._after(Step.RECEIVE_DATA)
        return self._assembler.add(frame)

    def _receive_close(self, payload: bytes) -> CloseReceived:
        """Answer the peer's Close, unless it is the answer to ours. Section 5.5.1."""
        self._close = CloseReceived(*parse_close(payload))
        if self.state is State.OPEN:
            # "the endpoint typically echos the status code it received"
            self._write(Opcode.CLOSE, payload[:2])
        self.state = self._after(Step.RECEIVE_CLOSE)
        # "a peer discards any further data received" (1.4)
        self._discard()
        return self._close

    def _fail(self, error: ProtocolError) -> ConnectionFailed:
        """_Fail the WebSocket Connection_. Section 7.1.7."""
        if self.state is State.OPEN:
            # "SHOULD send a Close frame with an appropriate status code"
            payload = close_payload(error.close_code, _reason(str(error)))
            self._write(Opcode.CLOSE, payload)
        self.state = self._after(Step.FAIL)
        # "MUST NOT continue to attempt to process data (including a responding Close
        # frame) from the remote endpoint"
        self._discard()
        return ConnectionFailed(
            error.message, error.section, error.close_code, error.rfc
        )

    def _discard(self) -> None:
        """Look at no byte any more."""
        self._discarding = True
        self._reader = FrameReader(masked=not self.client)
        self._assembler = Assembler()


def _random_key() -> bytes:
    """Return 4 bytes "derived from a strong source of entropy". Section 5.3."""
    return secrets.token_bytes(4)


def _reason(message: str) -> str:
    """Return as much of a message as a Close frame has room for. Section 5.5."""
    # The cut may be within a character; "ignore" leaves out what is left of that.
    return message.encode("utf-8", "replace")[:MAX_REASON].decode("utf-8", "ignore")
