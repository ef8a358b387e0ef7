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

__all__ = ["Assembler", "BinaryMessage", "Message", "TextMessage"]


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A whole text message, in however many frames it came. Section 5.6."""

    text: str


@dataclass(frozen=True, slots=True)
class BinaryMessage:
    """A whole binary message, in however many frames it came. Section 5.6."""

    payload: bytes


Message = TextMessage | BinaryMessage


class Assembler:
    """Puts the messages of one direction together, one after the other."""

    def __init__(self) -> None:
        self._opcode: Opcode | None = None  # of the first frame of the message
        self._payload = bytearray()
        self._utf8 = codecs.getincrementaldecoder("utf-8")()

    @property
    def size(self) -> int:
        """How many bytes of the unfinished message have come."""
        return len(self._payload)

    def add(self, frame: Frame) -> Message | None:
        """Take the next data frame; return the message if this was its last.

        Raises:
            ProtocolError: If the frame is out of place, or the text is not UTF-8: this
                is found in the frame that holds the first byte that cannot be right,
                not at the end of the message.
        """
        if frame.opcode is not Opcode.CONTINUATION:
            if self._opcode is not None:
                message = "a new message before the end of the last one"
                raise ProtocolError(message, section="5.4")
            # "all fragments of a message are of the same type, as set by the first
            # fragment's opcode" (5.4)
            self._opcode = frame.opcode
        elif self._opcode is None:
            message = "a continuation frame, and no message to continue"
            raise ProtocolError(message, section="5.4")
        self._payload += frame.payload
        try:
            if frame.fin:
                return self._finish()
            if self._opcode is Opcode.TEXT:
                self._check_so_far(frame)
        except UnicodeDecodeError:
            message = "a text message is UTF-8"
            raise ProtocolError(message, section="8.1", close_code=1007) from None
        return None

    def _check_so_far(self, frame: Frame) -> None:
        """Follow an unfinished text; raise UnicodeDecodeError at its first wrong byte.

        "a particular text frame might include a partial UTF-8 sequence; however, the
        whole message MUST contain valid UTF-8" (5.6).
        """
        if frame.opcode is Opcode.TEXT:
            self._utf8.reset()
        self._utf8.decode(frame.payload)
        # Half of a surrogate pair is no character. Python's decoder waits for its third
        # byte; the second tells.
        unfinished, _ = self._utf8.getstate()
        if b"\xed\xa0" <= unfinished < b"\xee":
            unfinished.decode("utf-8")

    def _finish(self) -> Message:
        """Return the message, and be ready for the next."""
        opcode, payload = self._opcode, self._payload
        self._opcode, self._payload = None, bytearray()
        if opcode is Opcode.TEXT:
            return TextMessage(payload.decode("utf-8"))
        return BinaryMessage(bytes(payload))
