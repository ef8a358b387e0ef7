"""One conversation over a socket: bytes out, and what was heard.

It reads on where a client would give up, since it judges somebody who may break any
rule: a masked frame of a server is unmasked, a length is taken as it stands. What is
wrong with a frame is noted beside it.
"""

import contextlib
import socket
import time
from collections.abc import Callable, Collection
from typing import Protocol, Self

from wslib.deflate import (
    Parameters,
    PerMessageDeflate,
    parse_parameters,
    read_response,
)
from wslib.errors import HandshakeError, ProtocolError
from wslib.frames import Frame, Opcode, apply_mask
from wslib.http1 import MAX_HEAD, parse_response
from wslib.labs.conformance.case import Heard

_KINDS = {1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}
_MOST = 2**26  # bytes that an answer may inflate to


def agreed(head: bytes, offer: str) -> Parameters | None:
    """Return what a server has agreed to, if to anything. RFC 7692, section 5.1.

    Raises:
        HandshakeError: If the answer does not fit the offer.
    """
    found = parse_response(head)
    answer = found[0].tokens("Sec-WebSocket-Extensions") if found else []
    return read_response(answer, parse_parameters(offer, offer=True))


class Wire(Protocol):
    """What a conversation is held over: a socket, or what plays one."""

    def settimeout(self, seconds: float, /) -> None:
        """Say how long a call may take."""

    def sendall(self, data: bytes, /) -> None:
        """Send, or raise an ``OSError``."""

    def recv(self, size: int, /) -> bytes:
        """Return what has come; ``b""`` at the end, ``TimeoutError`` if it is late."""

    def shutdown(self, how: int, /) -> None:
        """End this direction."""

    def close(self) -> None:
        """End both."""


class Talk:
    """One connection to a server under test. A context manager; it never raises.

    Args:
        dial: Opens the connection, or raises an ``OSError``.
        patience: How long to wait for anything, in seconds.
        unasked: Kinds of frames that are not noted: a server may send them at any time.
        offer: What was offered of permessage-deflate: whoever took it may compress.

    Attributes:
        sent: The pieces that went out.
        received: All bytes that came back.
        heard: What they say, in order.
    """

    def __init__(
        self,
        dial: Callable[[], Wire],
        patience: float,
        *,
        unasked: Collection[str] = (),
        offer: str = "",
    ) -> None:
        self.sent: list[bytes] = []
        self.received = b""
        self.heard: list[Heard] = []
        self._patience, self._unasked, self._offer = patience, unasked, offer
        self._extension: PerMessageDeflate | None = None
        self._unread = b""
        self._head = True  # whether the head of the answer is still to come
        self._left = False  # whether this side has ended TCP
        self._over = False
        self._message = bytearray()
        self._kind = ""
        self._fault = ""  # of a fragment of the message
        self._socket: Wire | None = None
        try:
            self._socket = dial()
        except OSError:
            self._end()

    @property
    def over(self) -> bool:
        """Whether the server has ended TCP."""
        return self._over

    def send(self, data: bytes) -> None:
        """Send a piece; what a server no longer takes is lost."""
        self.sent.append(data)
        try:
            if self._socket and not self._left:
                self._socket.settimeout(self._patience)
                self._socket.sendall(data)
        except OSError:
            pass  # what came back before, or does not come, says why

    def leave(self) -> None:
        """End TCP in this direction: no more will be sent."""
        self._left = True
        try:
            if self._socket:
                self._socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has ended before

    def wait(self, count: int, seconds: float | None = None) -> None:
        """Return when so many things were heard, at the end, or when time is up.

        Args:
            count: How many in all.
            seconds: How long to wait for any one of them; None is patiently.
        """
        seconds = self._patience if seconds is None else seconds
        deadline, heard = time.monotonic() + seconds, len(self.heard)
        while len(self.heard) < count and not self._over and self._socket:
            if heard < len(self.heard):  # it is at work
                deadline, heard = time.monotonic() + seconds, len(self.heard)
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._socket.settimeout(left)
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                return
            except OSError:
                data = b""
            if not data:
                self._end()
                return
            self.received += data
            self._unread += data
            self._read()

    def _end(self) -> None:
        """Note that TCP has ended, if it was not this side that began with it."""
        self._over = True
        if not self._left:
            self.heard.append(Heard("end"))

    def _read(self) -> None:
        """Read what is there, as far as it is whole."""
        if self._head and not self._read_head():
            return
        while (size := self._read_frame()) > 0:
            self._unread = self._unread[size:]

    def _read_head(self) -> bool:
        """Read the head of the answer; tell whether frames may follow."""
        head, blank, rest = self._unread.partition(b"\r\n\r\n")
        if not blank:
            if len(head) > MAX_HEAD:
                self._over = True
            return False
        words = head.split(b"\r\n")[0].split(b" ")
        status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
        if 100 <= status < 200 and status != 101:  # the answer is still to come
            self._unread = rest
            return self._read_head()
        old = status == 101 and words[0] < b"HTTP/1.1"
        fault = "HTTP/1.1 or higher is due (4.1)" if old else ""
        self.heard.append(Heard("head", head + blank, status, head + blank, fault))
        if status != 101:  # what follows is a page, and is not read
            self._over = True
            return False
        self._head, self._unread = False, rest
        if self._offer:
            with contextlib.suppress(HandshakeError):  # a case of its own asks for that
                if parameters := agreed(head + blank, self._offer):
                    self._extension = PerMessageDeflate(parameters, client=True)
        return True

    def _read_frame(self) -> int:
        """Read the next frame; return its size in bytes, 0 if it is not whole yet."""
        data = self._unread
        if data[:1] == b"\r" and len(self.heard) == 1:
            self.heard.append(Heard("line end", data[:1], 0, data[:1]))
        if len(data) < 2:
            return 0
        start = {126: 4, 127: 10}.get(data[1] & 0x7F, 2)
        length = data[1] & 0x7F
        if start > 2:
            length = int.from_bytes(data[2:start], "big")
        key = data[start : start + 4] if data[1] & 0x80 else b""
        start += 4 if data[1] & 0x80 else 0
        if len(data) < start + length:
            return 0
        payload = data[start : start + length]
        if key:
            payload = apply_mask(payload, key)
        first, payload, fault = self._inflated(data[0], payload)
        fault = fault or self._wrong(first, length, start - len(key), payload)
        self._note(first, payload, data[: start + length], fault)
        return start + length

    def _inflated(self, first: int, payload: bytes) -> tuple[int, bytes, str]:
        """Return a frame as it was meant, without RSV1; and what is wrong with it."""
        opcode, fin, rsv1 = first & 0xF, bool(first & 0x80), bool(first & 0x40)
        if self._extension is None or opcode > 2:
            return first, payload, ""
        frame = Frame(opcode=Opcode(opcode), payload=payload, fin=fin, rsv1=rsv1)
        try:
            frame = self._extension.decode(frame, _MOST)
        except ProtocolError as error:
            return first, payload, str(error)
        return first & ~(0x40 * (not frame.rsv1)), frame.payload, ""

    def _wrong(self, first: int, length: int, head: int, payload: bytes) -> str:
        """Return the rule that a frame of a server breaks, with its section.

        Whether it is masked is asked by a case of its own: a server that masks does so
        each time, and nothing else could be told of it.
        """
        opcode, fin = first & 0xF, first >> 7
        if first & 0x70:
            return "a reserved bit is set (5.2)"
        if head != (2 if length < 126 else 4 if length < 0x10000 else 10):
            return "its length is not written in the fewest bytes (5.2)"
        if opcode >= 8 and (length > 125 or not fin):
            return "a control frame has FIN, and at most 125 bytes (5.5)"
        if opcode in (1, 2) and self._kind:
            return "a message inside another (5.4)"
        if opcode == 0 and not self._kind:
            return "a continuation of nothing (5.4)"
        if opcode == 8 and payload:
            return _wrong_close(payload)
        return ""

    def _note(self, first: int, payload: bytes, wire: bytes, fault: str) -> None:
        """Note a frame, or a message that is whole with it."""
        opcode, fin = first & 0xF, first >> 7
        kind = _KINDS.get(opcode, f"opcode {opcode}")
        if kind == "close":
            code = int.from_bytes(payload[:2], "big") if payload else 1005
            self.heard.append(Heard(kind, payload, code, wire, fault))
        elif kind in ("text", "binary") and not fin:
            self._kind, self._message = kind, bytearray(payload)
            self._fault = fault
        elif opcode == 0 and self._kind:
            self._message += payload
            self._fault = self._fault or fault
            if fin:
                whole = bytes(self._message)
                self.heard.append(Heard(self._kind, whole, 0, wire, self._fault))
                self._kind = ""
        elif kind not in self._unasked or fault:
            self.heard.append(Heard(kind, payload, 0, wire, fault))

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Hang up."""
        if self._socket:
            self._socket.close()


def _wrong_close(payload: bytes) -> str:
    """Return what is wrong with the payload of a Close, with its section."""
    code = int.from_bytes(payload[:2], "big")
    if len(payload) < 2:
        return "a code has two bytes (5.5.1)"
    if code < 1000 or code in (1005, 1006, 1015):
        return f"{code} is never sent (7.4)"
    try:
        payload[2:].decode()
    except UnicodeDecodeError:
        return "a reason is UTF-8 (5.5.1)"
    return ""
