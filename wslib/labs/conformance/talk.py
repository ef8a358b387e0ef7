"""One conversation over a socket: bytes out, and what was heard.

It reads leniently, since it judges somebody who may break any rule: a masked frame of
a server is unmasked, a length is taken as it stands.
"""

import socket
import time
from collections.abc import Callable, Collection
from typing import Protocol, Self

from wslib.frames import apply_mask
from wslib.http1 import MAX_HEAD
from wslib.labs.conformance.case import Heard

_KINDS = {1: "text", 2: "binary", 8: "close", 9: "ping", 10: "pong"}


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
    ) -> None:
        self.sent: list[bytes] = []
        self.received = b""
        self.heard: list[Heard] = []
        self._patience, self._unasked = patience, unasked
        self._unread = b""
        self._head = True  # whether the head of the answer is still to come
        self._left = False  # whether this side has ended TCP
        self._over = False
        self._message = bytearray()
        self._kind = ""
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
        """Return when so many things were heard, at the end, or when time is up."""
        seconds = self._patience if seconds is None else seconds
        deadline = time.monotonic() + seconds
        while len(self.heard) < count and not self._over and self._socket:
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
        self.heard.append(Heard("head", head + blank, status, head + blank))
        if status != 101:  # what follows is a page, and is not read
            self._over = True
            return False
        self._head, self._unread = False, rest
        return True

    def _read_frame(self) -> int:
        """Read the next frame; return its size in bytes, 0 if it is not whole yet."""
        data = self._unread
        if data[:1] in (b"\r", b"\n") and len(self.heard) < 2:
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
        self._note(data[0], payload, data[: start + length])
        return start + length

    def _note(self, first: int, payload: bytes, wire: bytes) -> None:
        """Note a frame, or a message that is whole with it."""
        opcode, fin = first & 0xF, first >> 7
        kind = _KINDS.get(opcode, f"opcode {opcode}")
        if first & 0x70:
            kind += " with a reserved bit"
        if kind == "close":
            code = int.from_bytes(payload[:2], "big") if payload else 1005
            self.heard.append(Heard(kind, payload, code, wire))
        elif kind in ("text", "binary") and not fin:
            self._kind, self._message = kind, bytearray(payload)
        elif opcode == 0 and self._kind:
            self._message += payload
            if fin:
                self.heard.append(Heard(self._kind, bytes(self._message), 0, wire))
                self._kind = ""
        elif kind not in self._unasked:
            self.heard.append(Heard(kind, payload, 0, wire))

    def __enter__(self) -> Self:
        """Return it."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Hang up."""
        if self._socket:
            self._socket.close()
