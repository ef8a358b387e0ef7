"""From frames to messages: fragments, and UTF-8 across them. RFC 6455, 5.4, 5.6, 8.1.

    frames    TEXT fin=0    CONTINUATION fin=0    CONTINUATION fin=1
              "Hel"         "lo, w"               "orld"
              └──────────────────────┬─────────────────────────┘
    message                   "Hello, world"

A message is one frame, or many. Where it is cut has no meaning, and may be inside a
character: the two bytes of "é" can come in two frames.
"""

import codecs
from dataclasses import dataclass

from wslib.errors import ProtocolError
from wslib.frames import Frame, Opcode

__all__ = ["Assembler", "BinaryMessage", "TextMessage"]


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A whole text message, in however many frames it came. Section 5.6."""

    text: str


@dataclass(frozen=True, slots=True)
class BinaryMessage:
    """A whole binary message, in however many frames it came. Section 5.6."""

    payload: bytes


class Assembler:
    """Puts the messages of one direction together, one after the other."""

    def __init__(self) -> None:
        # "all fragments of a message are of the same type, as set by the first
        # fragment's opcode" (5.4)
        self._opcode: Opcode | None = None
        self._payload = bytearray()
        self._utf8 = codecs.getincrementaldecoder("utf-8")()

    @property
    def size(self) -> int:
        """How many bytes of the unfinished message have come."""
        return len(self._payload)

    def add(self, frame: Frame) -> TextMessage | BinaryMessage | None:
        """Take the next data frame; return the message if this was its last.

        Raises:
            ProtocolError: If the frame is out of place, or the text is not UTF-8: this
                is found in the frame that holds the first byte that cannot be right,
                not at the end of the message.
        """
        if frame.opcode is Opcode.CONTINUATION:
            if self._opcode is None:
                message = "a continuation frame, and no message to continue"
                raise ProtocolError(message, section="5.4")
        elif self._opcode is not None:
            message = "a new message before the end of the last one"
            raise ProtocolError(message, section="5.4")
        else:
            self._opcode = frame.opcode
        self._payload += frame.payload
        if self._opcode is Opcode.TEXT:
            self._check_text(frame)
        return self._finish(self._opcode) if frame.fin else None

    def _check_text(self, frame: Frame) -> None:
        """Follow the text byte by byte, across its frames."""
        # "a particular text frame might include a partial UTF-8 sequence; however, the
        # whole message MUST contain valid UTF-8" (5.6)
        try:
            self._utf8.decode(frame.payload, final=frame.fin)
        except UnicodeDecodeError:
            raise _not_utf8() from None
        # Half of a surrogate pair is no character. Python's decoder waits for its third
        # byte; the second tells.
        unfinished, _ = self._utf8.getstate()
        if unfinished[:1] == b"\xed" and unfinished[1:] >= b"\xa0":
            raise _not_utf8()

    def _finish(self, opcode: Opcode) -> TextMessage | BinaryMessage:
        """Return the message, and be ready for the next."""
        payload = bytes(self._payload)
        self._payload.clear()
        self._opcode = None
        if opcode is Opcode.TEXT:
            return TextMessage(payload.decode("utf-8"))
        return BinaryMessage(payload)


def _not_utf8() -> ProtocolError:
    """Return what is wrong with such a text. Section 8.1."""
    return ProtocolError("a text message is UTF-8", section="8.1", close_code=1007)
