"""One end of a connection, put together from the steps: bytes in, bytes out.

    end = Endpoint(Steps(read_request, answer, read_frame))
    end.receive(data)          what came, cut anywhere
    end.data_to_send()         what is to go
    end.over                   whether this end has no more to say

No socket is in here, and no clock. What a step that is missing would have to do, the
end answers by hanging up; so does it if a step fails.
"""

import secrets
from collections.abc import Callable

from wslib.errors import ProtocolError
from wslib.frames import close_payload
from wslib.http1 import MAX_HEAD
from wslib.labs.workshop.doing import NotYet, Steps


class Endpoint:
    """One end of one connection.

    Args:
        steps: What it can do.
        client: Whether it is the client: then its opening handshake is done elsewhere.
        plain: Answers a request that asks for no WebSocket: gets its first line,
            returns the answer. Without it, the step ``answer`` does.

    Attributes:
        opcode: Of the message that has begun and is not whole; None without one.
        message: What has come of the message.
        closing: Whether its Close has gone out: nothing can follow.
        over: Whether it has no more to say, and reads no more.
        messages: Opcode and payload of each whole message; a server sends them back.
    """

    def __init__(
        self,
        steps: Steps,
        *,
        client: bool = False,
        plain: Callable[[str], bytes] | None = None,
    ) -> None:
        self.steps, self.client = steps, client
        self.opcode: int | None = None
        self.message: bytes | bytearray = b""
        self.closing = self.over = False
        self.messages: list[tuple[int, bytes]] = []
        self._plain = plain
        self._told = 0  # so much of a text is UTF-8
        self._open = client
        self._data = b""  # has come, and is not read yet
        self._out = b""  # is to go

    def receive(self, data: bytes) -> None:
        """Take bytes that came, and do what they ask for."""
        self._data += data
        try:
            while self._data and not self.over and self._read_one():
                pass
        except ProtocolError as error:
            self._fail(error)
        except NotYet:
            self.over = True

    def data_to_send(self) -> bytes:
        """Return the bytes that are to go; each is returned once."""
        data, self._out = self._out, b""
        return data

    def send(self, opcode: int, payload: bytes) -> None:
        """Write a frame; behind a Close, none."""
        if not self.closing:
            self.closing = opcode == 8
            key = secrets.token_bytes(4) if self.client else None
            self._out += self.steps.do("write_frame", opcode, payload, key)

    def _read_one(self) -> bool:
        """Read the request, or a frame, and act on it; tell whether one was there."""
        if not self._open:
            return self._open_up()
        if "broken_rule" in self.steps:
            if words := self.steps.do("broken_rule", self._data, self.client):
                raise ProtocolError(words, section="5")
        found = self.steps.do("read_frame", self._data)
        if found is None:
            return False
        fin, opcode, payload, size = found
        self._data = self._data[size:]
        if opcode == 8:
            self.steps.do("on_close", self, payload)
        elif opcode == 9:
            self.steps.do("on_ping", self, payload)
        elif opcode in (0, 1, 2):
            self._receive_data(fin, opcode, payload)
        elif opcode != 10:
            raise NotYet(f"opcode {opcode}")
        return True

    def _open_up(self) -> bool:
        """Read the request and answer it."""
        found = self.steps.do("read_request", self._data)
        if found is None:
            self.over = len(self._data) > MAX_HEAD
            return False
        request, size = found
        line, headers = request
        if self._plain and "upgrade" not in headers:
            response = self._plain(line)
        else:
            response = self.steps.do("answer", request)
        self._data = self._data[size:]
        self._out += response
        self._open = response.startswith(b"HTTP/1.1 101 ")
        self.over = not self._open
        return True

    def _receive_data(self, fin: bool, opcode: int, payload: bytes) -> None:
        """Put a message together, and do with it what this end is for."""
        whole = (opcode, payload) if fin and opcode else None
        if "join" in self.steps:
            whole = self.steps.do("join", self, fin, opcode, payload)
        elif whole is None:
            raise NotYet("join")
        kind, data = whole or (self.opcode, self.message)
        if kind == 1 and "is_text" in self.steps:
            self._check_text(data, whole is not None)
        if whole is None:
            return
        self.messages.append(whole)
        if not self.client:
            self.messages.clear()
            self.send(*whole)

    def _check_text(self, data: bytes | bytearray, whole: bool) -> None:
        """Have the new part of a text looked at, from the start of a character on."""
        if not self.steps.do("is_text", bytes(data[self._told :]), whole):
            message = "a text is UTF-8"
            raise ProtocolError(message, section="8.1", close_code=1007)
        place = max(len(data) - 1, 0)
        while place > self._told and data[place] & 0xC0 == 0x80:
            place -= 1
        self._told = 0 if whole else place

    def _fail(self, error: ProtocolError) -> None:
        """Say by a Close why this ends, if that can be written yet. Section 7.1.7."""
        self.over = True
        if self._open and "on_close" in self.steps:
            try:
                reason = error.message.encode()[:123].decode(errors="ignore")
                self.send(8, close_payload(error.close_code, reason))
            except NotYet:
                pass  # it is noted


class NoWire:
    """Plays a socket with a server at its other end, and no wire between.

    Nothing is ever late: what does not come at once does not come.

    Args:
        steps: What the server can do.
    """

    def __init__(self, steps: Steps) -> None:
        self._end = Endpoint(steps)
        self._ended = False

    def settimeout(self, seconds: float) -> None:
        """Do nothing: there is nothing to wait for."""

    def sendall(self, data: bytes) -> None:
        """Hand the bytes over."""
        if not self._end.over:
            self._end.receive(data)

    def recv(self, size: int) -> bytes:
        """Return what the other end has to say; ``b""`` once that is all.

        Raises:
            TimeoutError: If it says nothing.
        """
        if data := self._end.data_to_send():
            return data
        if self._end.over or self._ended:
            return b""
        raise TimeoutError

    def shutdown(self, how: int) -> None:
        """Send no more."""
        self._ended = True

    def close(self) -> None:
        """End it."""
        self._ended = True
