"""One frame: parse and serialize. RFC 6455, section 5.

 0                   1                   2                   3
 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
+-+-+-+-+-------+-+-------------+-------------------------------+
|F|R|R|R| opcode|M| Payload len |    Extended payload length    |
|I|S|S|S|  (4)  |A|     (7)     |             (16/64)           |
|N|V|V|V|       |S|             |   (if payload len==126/127)   |
| |1|2|3|       |K|             |                               |
+-+-+-+-+-------+-+-------------+ - - - - - - - - - - - - - - - +
|     Extended payload length continued, if payload len == 127  |
+ - - - - - - - - - - - - - - - +-------------------------------+
|                               |Masking-key, if MASK set to 1  |
+-------------------------------+-------------------------------+
| Masking-key (continued)       |          Payload Data         |
+-------------------------------- - - - - - - - - - - - - - - - +
:                     Payload Data continued ...                :
+---------------------------------------------------------------+
"""

import enum
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from wslib.errors import PayloadTooBig, ProtocolError

__all__ = [
    "MAX_REASON",
    "CloseCode",
    "Frame",
    "FrameReader",
    "Opcode",
    "apply_mask",
    "close_payload",
    "parse_close",
    "parse_frame",
]

MAX_REASON = 123  # bytes of UTF-8: the 125 of a control frame, less those of the code


class Opcode(enum.IntEnum):
    """What a frame is for. Section 5.2."""

    CONTINUATION = 0x0
    TEXT = 0x1
    BINARY = 0x2
    CLOSE = 0x8
    PING = 0x9
    PONG = 0xA

    __repr__ = enum.Enum.__str__  # Opcode.TEXT, which can be pasted back

    @property
    def is_control(self) -> bool:
        """Whether it is about the connection rather than a message. Section 5.5."""
        return self >= 0x8


class CloseCode(enum.IntEnum):
    """Why a connection ends. Section 7.4.1, and IANA's registry since."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "CloseCode":
        """Make a member that knows what it means."""
        member = int.__new__(cls, code)
        member._value_, member.meaning = code, meaning
        return member

    NORMAL_CLOSURE = 1000, "the purpose is fulfilled"
    GOING_AWAY = 1001, "a server goes down, or a browser leaves the page"
    PROTOCOL_ERROR = 1002, "a rule of the protocol was broken"
    UNSUPPORTED_DATA = 1003, "a type of data that this endpoint cannot accept"
    NO_STATUS_RECEIVED = 1005, "the Close frame held no code"
    ABNORMAL_CLOSURE = 1006, "the connection was lost without a Close frame"
    INVALID_PAYLOAD_DATA = 1007, "text that is not UTF-8"
    POLICY_VIOLATION = 1008, "the message breaks a policy of this endpoint"
    MESSAGE_TOO_BIG = 1009, "a message too big to process"
    MANDATORY_EXTENSION = 1010, "the server did not agree to a needed extension"
    INTERNAL_ERROR = 1011, "the server met something unexpected"
    SERVICE_RESTART = 1012, "the server restarts"
    TRY_AGAIN_LATER = 1013, "the server is overloaded"
    BAD_GATEWAY = 1014, "a gateway got a bad answer from the server behind it"
    TLS_HANDSHAKE = 1015, "the TLS handshake failed"

    __repr__ = enum.Enum.__str__

    @property
    def may_be_sent(self) -> bool:
        """Whether it may stand in a Close frame; three are for the API alone."""
        return _may_be_sent(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One frame. Section 5.2."""

    opcode: Opcode
    payload: bytes = b""  # as the application means it: unmasked
    fin: bool = True  # the last frame of its message
    rsv1: bool = False  # an extension may give this bit a meaning
    masking_key: bytes | None = None  # 4 bytes from a client, none from a server

    def serialize(self) -> bytes:
        """Return the frame as it stands on the wire. Section 5.2.

        Raises:
            ValueError: If no such frame may be sent, or the masking key is not 4 bytes
                long.
        """
        length = len(self.payload)
        try:
            opcode = _legal_opcode(self.opcode, self.fin, length)
            if opcode is Opcode.CLOSE:
                parse_close(self.payload)
        except ProtocolError as error:  # the rule that the peer would have broken
            raise ValueError(str(error)) from None
        first = self.fin << 7 | self.rsv1 << 6 | opcode
        mask = 0b1000_0000 if self.masking_key is not None else 0
        if length <= 125:
            header = struct.pack("!BB", first, mask | length)
        elif length <= 0xFFFF:
            header = struct.pack("!BBH", first, mask | 126, length)
        else:
            header = struct.pack("!BBQ", first, mask | 127, length)
        if self.masking_key is None:
            return header + self.payload
        masked = apply_mask(self.payload, self.masking_key)
        return header + self.masking_key + masked


def parse_frame(
    data: bytes | bytearray,
    *,
    masked: bool,
    max_payload: int = 2**20,
    allow_rsv1: bool = False,
) -> tuple[Frame, int] | None:
    """Read one frame from the start of ``data``. Section 5.2, 5.3.

    Args:
        data: Bytes received so far; may hold less or more than one frame.
        masked: Whether the sender must mask: True on a server, False on a client.
        max_payload: Largest payload accepted, in bytes, of a data frame; that of a
            control frame is small in any case.
        allow_rsv1: Whether an extension that uses RSV1 has been agreed on.

    Returns:
        The frame and its size on the wire in bytes, or None if more bytes are needed.

    Raises:
        ProtocolError: If the bytes break the rules of framing.
        PayloadTooBig: If the payload would be longer than ``max_payload``.
    """
    header = _parse_header(data, masked, max_payload, allow_rsv1)
    if header is None:
        return None
    opcode, fin, rsv1, masking_key, start, length = header
    end = start + length
    if len(data) < end:
        return None
    if masking_key is None:
        payload = bytes(data[start:end])
    else:
        payload = apply_mask(memoryview(data)[start:end], masking_key)
    if opcode is Opcode.CLOSE:
        parse_close(payload)
    frame = Frame(
        opcode=opcode, payload=payload, fin=fin, rsv1=rsv1, masking_key=masking_key
    )
    return frame, end


class FrameReader:
    r"""Reads frames from a stream that may be cut anywhere. Section 5.2, 6.2.

        reader = FrameReader(masked=False)
        list(reader.feed(b"\x81\x05Hel"))  # none, and the bytes are kept
        list(reader.feed(b"lo\x89\x00\x81"))  # a text, a Ping; one byte is kept

    Bytes that break a rule raise when their turn comes, after all the frames before
    them, and again at each further try: nobody can tell where the next frame begins.

    Args:
        masked: Whether the sender must mask: True on a server, False on a client.
        max_payload: Largest payload accepted, in bytes, of a data frame.
        allow_rsv1: Whether an extension that uses RSV1 has been agreed on.

    Attributes:
        max_payload: As given; may be changed between two frames.
        position: How many bytes the frames that were read took on the wire.
    """

    def __init__(
        self, *, masked: bool, max_payload: int = 2**20, allow_rsv1: bool = False
    ) -> None:
        self.max_payload = max_payload
        self.position = 0
        self._masked = masked
        self._allow_rsv1 = allow_rsv1
        # A bytearray: to add at its end and to delete at its beginning does not move
        # what is between. With `bytes`, many small pieces take quadratic time.
        self._unread = bytearray()
        self._begun: tuple[bytes | None, bool, int] | None = None  # see next_part

    @property
    def unread(self) -> bytes:
        """What has been fed, and is no whole frame yet, or none at all."""
        return bytes(self._unread)

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take the next bytes; return an iterator over the frames complete with them.

        The bytes are taken at once; a frame is read when it is asked for, by the
        iterator, which raises what :meth:`next_frame` raises, or by that method.
        """
        self._unread += data
        return iter(self.next_frame, None)

    def next_frame(self) -> Frame | None:
        """Return the next frame, or None if more bytes are needed.

        Raises:
            ProtocolError: If the bytes break the rules of framing.
            PayloadTooBig: If the payload would be longer than ``max_payload``.
        """
        found = parse_frame(
            self._unread,
            masked=self._masked,
            max_payload=self.max_payload,
            allow_rsv1=self._allow_rsv1,
        )
        if found is None:
            return None
        frame, size = found
        del self._unread[:size]
        self.position += size
        return frame

    def next_part(self) -> Frame | None:
        """Return the next frame, or what has come of it; None if more is needed.

        "A receiver doesn't have to buffer the whole frame in order to process it"
        (5.4). So of a data frame that has not come whole, what is here is returned as a
        fragment, and what follows as its continuation: nothing waits, whatever the
        length that the header announces.

        Raises:
            ProtocolError, PayloadTooBig: As :meth:`next_frame` does.
        """
        if not self._unread:
            return None
        if self._begun is None:
            if (frame := self.next_frame()) is not None:
                return frame
            header = _parse_header(
                self._unread, self._masked, self.max_payload, self._allow_rsv1
            )
            if header is None or header[0].is_control:
                return None
            opcode, fin, rsv1, key, start, left = header
            del self._unread[:start]
            self.position += start
        else:
            key, fin, left = self._begun
            opcode, rsv1 = Opcode.CONTINUATION, False
        payload = bytes(self._unread[:left])
        size = len(payload)
        del self._unread[:size]
        self.position += size
        self._begun = None
        if left > size:
            turned = key and key[size % 4 :] + key[: size % 4]  # for the byte to come
            self._begun = turned, fin, left - size
            fin = False
        if key is not None:
            payload = apply_mask(payload, key)
        return Frame(
            opcode=opcode, payload=payload, fin=fin, rsv1=rsv1, masking_key=key
        )


def apply_mask(payload: bytes | bytearray | memoryview, masking_key: bytes) -> bytes:
    """XOR each byte with ``masking_key[i mod 4]``; masks and unmasks. Section 5.3.

    The whole payload at once: as one long integer, or, from a few KiB on, as four
    columns, each XORed with its byte of the key by way of a table.
    """
    if len(masking_key) != 4:
        raise ValueError(f"a masking key is 4 bytes long, not {len(masking_key)}")
    length = len(payload)
    if length < _COLUMNS_FROM:
        repeated = masking_key * (length // 4) + masking_key[: length % 4]
        number = int.from_bytes(payload, sys.byteorder)
        number ^= int.from_bytes(repeated, sys.byteorder)
        return number.to_bytes(length, sys.byteorder)
    result = bytearray(payload)
    for i in range(4):
        result[i::4] = result[i::4].translate(_XOR_TABLES[masking_key[i]])
    return bytes(result)


def parse_close(payload: bytes) -> tuple[int, str]:
    """Return the code and reason in a Close frame, 1005 if none. Section 5.5.1, 7.4.

    Raises:
        ProtocolError: If the payload is not one that may be sent.
    """
    if not payload:
        return CloseCode.NO_STATUS_RECEIVED, ""
    if len(payload) == 1:
        raise ProtocolError("a Close frame's code takes 2 bytes", section="5.5.1")
    (code,) = struct.unpack_from("!H", payload)
    if not _may_be_sent(code):
        raise ProtocolError(f"close code {code} may not be sent", section="7.4")
    try:
        return code, payload[2:].decode("utf-8")
    except UnicodeDecodeError:
        message = "the reason of a Close frame is UTF-8"
        raise ProtocolError(message, section="8.1", close_code=1007) from None


def close_payload(code: int, reason: str = "") -> bytes:
    """Return the payload of a Close frame, the mirror of :func:`parse_close`.

    Args:
        code: Why the connection ends, as a number that may be sent.
        reason: Why, in words; at most 123 bytes of UTF-8.

    Raises:
        ValueError: If this code may not be sent, or the reason is too long.

    RFC 6455, section 5.5.1, 7.4.
    """
    if not _may_be_sent(code):
        message = f"close code {code:d} may not be sent (RFC 6455, section 7.4)"
        raise ValueError(message)
    words = reason.encode("utf-8")
    if len(words) > MAX_REASON:
        message = f"a reason is at most {MAX_REASON} bytes long, not {len(words)}"
        raise ValueError(message)
    return struct.pack("!H", code) + words


_OPCODES = {int(opcode): opcode for opcode in Opcode}
_XOR_TABLES = [bytes(i ^ byte for i in range(256)) for byte in range(256)]
_COLUMNS_FROM = 2**10  # bytes; where columns overtake the integer, by `make bench`


def _may_be_sent(code: int) -> bool:
    """Whether a close code may stand in a Close frame. Section 7.4.1, 7.4.2.

    Those of the RFC and of IANA's registry since, without 1004, which is reserved, and
    the three that are for the API alone; those registered with IANA; and private ones.
    """
    registered = 1000 <= code <= 1014 and code not in (1004, 1005, 1006)
    return registered or 3000 <= code <= 4999


_Header = tuple[Opcode, bool, bool, bytes | None, int, int]


def _parse_header(
    data: bytes | bytearray, masked: bool, max_payload: int, allow_rsv1: bool
) -> _Header | None:
    """Return opcode, fin, rsv1, masking key, where the payload starts, its length."""
    if len(data) < 2:
        return None
    first, second = data[0], data[1]
    fin = bool(first & 0b1000_0000)
    rsv1 = bool(first & 0b0100_0000)
    # "MUST be 0 unless an extension is negotiated that defines meanings" (5.2)
    if first & 0b0011_0000 or (rsv1 and not allow_rsv1):
        raise ProtocolError("a reserved bit is set, with no extension", section="5.2")
    opcode = _legal_opcode(first & 0b0000_1111, fin, second & 0b0111_1111)
    if bool(second & 0b1000_0000) != masked:
        who = "a client masks every frame" if masked else "a server masks no frame"
        raise ProtocolError(who, section="5.1")
    found = _parse_length(data, second & 0b0111_1111)
    if found is None:
        return None
    length, size = found
    if length > max_payload and not opcode.is_control:
        raise PayloadTooBig(f"{length} bytes, and {max_payload} are the limit")
    if not masked:
        return opcode, fin, rsv1, None, size, length
    start = size + 4
    if len(data) < start:
        return None
    return opcode, fin, rsv1, bytes(data[size:start]), start, length


def _legal_opcode(number: int, fin: bool, length: int) -> Opcode:
    """Return the opcode, if a frame of it may look like this. Section 5.2, 5.5."""
    opcode = _OPCODES.get(number)
    if opcode is None:
        raise ProtocolError(f"opcode {number} is reserved", section="5.2")
    if opcode >= 0x8 and not fin:
        raise ProtocolError("control frames must not be fragmented", section="5.5")
    if opcode >= 0x8 and length > 125:
        message = f"a {opcode.name} frame carries at most 125 bytes"
        raise ProtocolError(message, section="5.5")
    return opcode


def _parse_length(data: bytes | bytearray, length: int) -> tuple[int, int] | None:
    """Return the payload's length and where the header goes on. Section 5.2."""
    if length < 126:
        return length, 2
    form, size, least = ("!H", 4, 126) if length == 126 else ("!Q", 10, 0x10000)
    if len(data) < size:
        return None
    (length,) = struct.unpack_from(form, data, 2)
    if length >> 63:
        raise ProtocolError("the top bit of a 64-bit length must be 0", section="5.2")
    if length < least:  # "the minimal number of bytes MUST be used"
        message = f"length {length} is not written in the minimal number of bytes"
        raise ProtocolError(message, section="5.2")
    return length, size
