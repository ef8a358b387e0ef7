"""WebSockets inside an HTTP/2 connection, by hand. RFC 8441.

    client                                                         server
    SETTINGS                                                    ▶
                                                                ◀  SETTINGS: 8 is 1
    HEADERS, stream 1: CONNECT, :protocol websocket             ▶
                                                                ◀  HEADERS: 200
    DATA, stream 1: 81 85 37 fa 21 3d 7f 9f 4d 51 58            ▶
                                                                ◀  DATA: 81 10 …
    HEADERS, stream 3: ...                                      ▶

One TCP connection, any number of WebSockets: each is a stream, and its frames travel in
the DATA frames of that stream. What is HTTP/2 here is done by the library ``h2``: what
may be said when, and how header fields are compressed. What is WebSocket, its user
does, with the frames of :mod:`wslib.frames`.
"""

import select
import socket
from collections.abc import Callable
from typing import Self

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    DataReceived,
    Event,
    PingAckReceived,
    RemoteSettingsChanged,
    ResponseReceived,
    SettingsAcknowledged,
    StreamEnded,
    StreamReset,
)

from wslib.direction import DOWN, UP, Direction
from wslib.frames import Frame, FrameReader
from wslib.labs.scale.http2_reader import (
    Http2Frame,
    http2_frames,
    read_frame,
    setting_name,
)
from wslib.service import Service
from wslib.show import Table


class Http2Connection:
    """One HTTP/2 connection over a bare socket, of which each frame is kept.

    Usable as a context manager. When it is there, each side has had the other's
    SETTINGS. Frames are taken one by one, and only while something is waited for: so
    they come in the same order on every run.

    Args:
        service: A server that speaks HTTP/2 in clear, or a relay before one.
        timeout: How long to wait for anything, in seconds.

    Attributes:
        settings: What the server's SETTINGS say, by name.
        passed: Every frame with its direction, as this side sent it or took it.

    Raises:
        ConnectionError: If the server hangs up.
        TimeoutError: If it says nothing.
    """

    def __init__(self, service: Service, *, timeout: float = 5.0) -> None:
        self.settings: dict[str, int] = {}
        self.passed: list[tuple[Direction, Http2Frame]] = []
        self._h2 = H2Connection(
            H2Configuration(client_side=True, header_encoding="utf-8")
        )
        self._streams: dict[int, Http2Stream] = {}
        self._received = bytearray()
        self._settled = self._answered_pings = 0
        address = service.host, service.port
        self._socket = socket.create_connection(address, timeout=timeout)
        try:
            self._h2.initiate_connection()
            self._flush()
            self._wait(lambda: self._settled == 2)
        except BaseException:
            self._socket.close()
            raise

    def request(self, *fields: tuple[str, str]) -> "Http2Stream":
        """Begin a stream with these header fields; return it when they are answered.

        Args:
            fields: Names, in lower case, and values. Pseudo-header fields, whose names
                begin with a colon, come first (RFC 9113, section 8.3).

        Raises:
            h2.exceptions.ProtocolError: If no such request may be sent.
        """
        number = self._h2.get_next_available_stream_id()
        stream = self._streams[number] = Http2Stream(self, number)
        self._h2.send_headers(number, fields)
        self._flush()
        self._wait(lambda: bool(stream.headers) or stream.is_over)
        return stream

    def websocket(self, path: str = "/") -> "Http2Stream":
        """Begin a WebSocket. RFC 8441, section 4 and 5.

        Args:
            path: What stands in ``:path``.
        """
        return self.request(
            (":method", "CONNECT"),
            (":protocol", "websocket"),
            (":scheme", "http"),
            (":path", path),
            (":authority", "server.example"),
            ("sec-websocket-version", "13"),
        )

    def ping(self) -> None:
        """Send a PING of HTTP/2 and wait for its answer. RFC 9113, section 6.7."""
        due = self._answered_pings + 1
        self._h2.ping(bytes(8))
        self._flush()
        self._wait(lambda: self._answered_pings == due)

    def widen(self, size: int) -> None:
        """Let the server send more on this connection, all its streams together.

        Args:
            size: How many bytes more. RFC 9113, section 6.9.
        """
        self._h2.increment_flow_control_window(size)
        self._flush()

    def frames(self, first: int = 0) -> Table:
        """Return the frames that have passed, as a table.

        Args:
            first: From which on, counted from 0.
        """
        rows = [
            (
                direction.value,
                len(frame.payload),
                frame.name,
                " ".join(frame.flags),
                frame.stream,
                frame.words(),
            )
            for direction, frame in self.passed[first:]
        ]
        header = ["from", "length", "type", "flags", "stream", "payload"]
        return Table(header, rows, mono=["payload"])

    def close(self) -> None:
        """Say GOAWAY and hang up. Twice is once."""
        if self._socket.fileno() == -1:
            return
        with self._socket:
            self._h2.close_connection()
            try:
                self._flush()
            except OSError:
                pass  # the server was faster

    def _send_data(self, number: int, data: bytes, *, end: bool = False) -> None:
        """Send the bytes of a stream, as the windows allow it."""
        while True:
            size = self._h2.local_flow_control_window(number)
            part = data[: min(size, self._h2.max_outbound_frame_size)]
            data = data[len(part) :]
            if part or not data:
                self._h2.send_data(number, part, end_stream=end and not data)
                self._flush()
            if not data:
                return
            self._wait(lambda: self._h2.local_flow_control_window(number) > 0)

    def _acknowledge(self, number: int, size: int) -> None:
        """Have the server told that so many bytes of a stream have been used."""
        self._h2.acknowledge_received_data(size, number)

    def _flush(self) -> None:
        """Send what is to be sent, and keep it."""
        if data := self._h2.data_to_send():
            self._socket.sendall(data)
            self.passed += [(UP, frame) for frame in http2_frames(data)]

    def _wait(self, done: Callable[[], bool]) -> None:
        """Take frame after frame until something is so."""
        while not done():
            while (frame := read_frame(self._received)) is None:
                self._receive()
            self._take(frame)

    def _take_what_is_there(self) -> None:
        """Take the frames that have arrived by now."""
        while select.select([self._socket], [], [], 0)[0]:
            self._receive()
        while (frame := read_frame(self._received)) is not None:
            self._take(frame)

    def _receive(self) -> None:
        """Take the next bytes."""
        data = self._socket.recv(2**16)
        if not data:
            raise ConnectionError("the server has hung up")
        self._received += data
        if self._received.startswith(b"HTTP/1"):  # as no frame begins
            raise ConnectionError("the server answers in HTTP/1.1, and not in HTTP/2")

    def _take(self, frame: Http2Frame) -> None:
        """Have a frame read, and answered if it asks for an answer."""
        del self._received[: len(frame.data)]
        self.passed.append((DOWN, frame))
        for event in self._h2.receive_data(frame.data):
            self._react(event)
        self._flush()

    def _react(self, event: Event) -> None:
        """Note what a frame has brought."""
        match event:
            case RemoteSettingsChanged():
                self._settled += 1
                for code, change in event.changed_settings.items():
                    self.settings[setting_name(code)] = change.new_value
            case SettingsAcknowledged():
                self._settled += 1
            case PingAckReceived():
                self._answered_pings += 1
            case ResponseReceived():
                fields = ((str(name), str(value)) for name, value in event.headers)
                self._streams[event.stream_id].headers = list(fields)
            case DataReceived():
                stream = self._streams[event.stream_id]
                stream._take(event.data, event.flow_controlled_length)
            case StreamEnded() | StreamReset():
                self._streams[event.stream_id].is_over = True

    def __enter__(self) -> Self:
        """Return the connection."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Hang up."""
        self.close()


class Http2Stream:
    """One stream of a connection, and the WebSocket in it.

    Attributes:
        number: Its number; those that a client begins are odd. RFC 9113, section 5.1.1.
        headers: The header fields of the answer, ``:status`` first.
        is_over: Whether the server will send no more: the end of a TCP connection is
            END_STREAM here, or RST_STREAM. RFC 8441, section 5.
        received: How many bytes have come in its DATA frames.
    """

    def __init__(self, connection: Http2Connection, number: int) -> None:
        self.number = number
        self.headers: list[tuple[str, str]] = []
        self.is_over = False
        self.received = 0
        self._connection = connection
        self._paused = False
        self._unused = 0  # bytes that have come since, of which the server is not told
        self._reader = FrameReader(masked=False)

    def send(self, data: bytes, *, end: bool = False) -> None:
        """Send bytes in DATA frames: WebSocket frames, and nothing is checked.

        Args:
            data: The bytes.
            end: Whether they are the last.
        """
        self._connection._send_data(self.number, data, end=end)

    def frames(self, count: int) -> list[Frame]:
        """Return the next WebSocket frames in this stream, this many.

        Raises:
            ConnectionError: If the server ends the stream before, or hangs up.
            ProtocolError: If it breaks a rule of WebSocket.
        """
        frames: list[Frame] = []
        while len(frames) < count:
            if (frame := self._reader.next_frame()) is not None:
                frames.append(frame)
            elif self.is_over:
                raise ConnectionError(f"the server has ended stream {self.number}")
            else:
                self.wait(self.received + 1)
        return frames

    def arrived(self) -> list[Frame]:
        """Return the WebSocket frames that have arrived by now; wait for none."""
        self._connection._take_what_is_there()
        return list(iter(self._reader.next_frame, None))

    @property
    def room(self) -> int:
        """How many bytes the server may send now, before it must wait.

        As much as the window of this stream allows, and that of the connection. RFC
        9113, section 6.9.
        """
        return self._connection._h2.remote_flow_control_window(self.number)

    def pause(self) -> None:
        """Use nothing of what comes: it is kept, and makes no room for more."""
        self._paused = True

    def resume(self) -> None:
        """Use what has come since, and what will come."""
        self._paused = False
        self._connection._acknowledge(self.number, self._unused)
        self._connection._flush()
        self._unused = 0

    def wait(self, size: int) -> None:
        """Return when so many bytes have come in this stream, or no more will.

        Args:
            size: How many in all, from its beginning on.
        """
        self._connection._wait(lambda: self.received >= size or self.is_over)

    def _take(self, data: bytes, size: int) -> None:
        """Take what a DATA frame has brought; have the server told, if it is used."""
        self.received += len(data)
        self._reader.feed(data)
        self._unused += size
        if not self._paused:
            self._connection._acknowledge(self.number, self._unused)
            self._unused = 0
