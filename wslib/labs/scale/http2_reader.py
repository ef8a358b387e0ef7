"""The nine bytes before everything in HTTP/2, read by hand. RFC 9113, section 4.1.

    +-----------------------------------------------+
    |                 Length (24)                   |
    +---------------+---------------+---------------+
    |   Type (8)    |   Flags (8)   |
    +-+-------------+---------------+-------------------------------+
    |R|                 Stream Identifier (31)                      |
    +=+=============================================================+
    |                   Frame Payload (0...)                      ...
    +---------------------------------------------------------------+

The first bit before the stream's number is reserved, and means nothing.
"""

import enum
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from wslib.show import HexDump

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"  # what a client says first; section 3.4
_HEADER = struct.Struct("!BHBBL")
_SHOWN = 16  # bytes of a payload, in a few words


class Http2Type(enum.IntEnum):
    """What a frame of HTTP/2 is for. Section 6."""

    DATA = 0x0
    HEADERS = 0x1
    PRIORITY = 0x2
    RST_STREAM = 0x3
    SETTINGS = 0x4
    PUSH_PROMISE = 0x5
    PING = 0x6
    GOAWAY = 0x7
    WINDOW_UPDATE = 0x8
    CONTINUATION = 0x9


# The same bit means another thing, or nothing, in a frame of another type. Section 6.
_FLAGS = {
    Http2Type.DATA: {0x1: "END_STREAM", 0x8: "PADDED"},
    Http2Type.HEADERS: {
        0x1: "END_STREAM",
        0x4: "END_HEADERS",
        0x8: "PADDED",
        0x20: "PRIORITY",
    },
    Http2Type.SETTINGS: {0x1: "ACK"},
    Http2Type.PUSH_PROMISE: {0x4: "END_HEADERS", 0x8: "PADDED"},
    Http2Type.PING: {0x1: "ACK"},
    Http2Type.CONTINUATION: {0x4: "END_HEADERS"},
}

# Section 6.5.2; RFC 8441, section 3, for the last.
_SETTINGS = {
    1: "HEADER_TABLE_SIZE",
    2: "ENABLE_PUSH",
    3: "MAX_CONCURRENT_STREAMS",
    4: "INITIAL_WINDOW_SIZE",
    5: "MAX_FRAME_SIZE",
    6: "MAX_HEADER_LIST_SIZE",
    8: "ENABLE_CONNECT_PROTOCOL",
}


@dataclass(frozen=True, kw_only=True)
class Http2Frame:
    """One frame of HTTP/2. Section 4.1.

    Attributes:
        type: What it is for; a bare number, if this reader does not know it.
        flags: The names of the flags that are set.
        stream: The number of its stream; 0 is the connection as a whole.
        payload: What follows the nine bytes.
        data: All of it, as it was on the wire.
    """

    type: Http2Type | int
    flags: tuple[str, ...]
    stream: int
    payload: bytes = field(repr=False)
    data: bytes = field(repr=False)

    @property
    def name(self) -> str:
        """What its type is called."""
        kind = self.type
        return kind.name if isinstance(kind, Http2Type) else f"type {kind:#x}"

    def show(self) -> HexDump:
        """Return its bytes, each part named."""
        parts = [
            (3, f"length: {len(self.payload):,}"),
            (1, f"type: {self.name}"),
            (1, f"flags: {' '.join(self.flags) or 'none'}"),
            (4, f"stream: {self.stream}"),
        ]
        if self.type is Http2Type.SETTINGS:
            parts += [(6, f"{name}: {v:,}") for name, v in _settings(self.payload)]
        elif self.payload:
            parts.append((len(self.payload), "payload"))
        return HexDump(self.data, parts, label=f"a frame of HTTP/2: {self.name}")

    def words(self) -> str:
        """Return what it says, in a few words; or its bytes in hex."""
        number = int.from_bytes(self.payload[:4], "big") & 0x7FFF_FFFF
        match self.type:
            case Http2Type.SETTINGS:
                return _settings_in_words(dict(_settings(self.payload)))
            case Http2Type.HEADERS | Http2Type.CONTINUATION:
                return "header fields, compressed"
            case Http2Type.WINDOW_UPDATE:
                return f"{number:,} bytes more may come"
            case Http2Type.RST_STREAM:
                return f"error code {number}"
            case Http2Type.GOAWAY:
                return f"error code {int.from_bytes(self.payload[4:8], 'big')}"
        more = " …" if len(self.payload) > _SHOWN else ""
        return self.payload[:_SHOWN].hex(" ") + more


def http2_frames(data: bytes) -> list[Http2Frame]:
    """Read the frames that one side of an HTTP/2 connection has sent. Section 4.1.

    A client's preface (3.4) is passed over. Of a frame that is not complete nothing is
    returned.

    Args:
        data: From the beginning of the connection on, or from that of a frame.
    """
    place = len(PREFACE) if data.startswith(PREFACE) else 0
    frames = []
    while (frame := read_frame(data, place)) is not None:
        frames.append(frame)
        place += len(frame.data)
    return frames


def read_frame(data: bytes | bytearray, place: int = 0) -> Http2Frame | None:
    """Return the frame that begins at a place; None if more bytes are needed.

    Args:
        data: Bytes received so far.
        place: Where it begins.
    """
    start = place + _HEADER.size
    if len(data) < start:
        return None
    high, low, number, bits, stream = _HEADER.unpack_from(data, place)
    end = start + (high << 16 | low)
    if len(data) < end:
        return None
    kind: Http2Type | int = number
    flags: dict[int, str] = {}
    if number in Http2Type._value2member_map_:
        kind = Http2Type(number)
        flags = _FLAGS.get(kind, {})
    return Http2Frame(
        type=kind,
        flags=tuple(name for bit, name in flags.items() if bits & bit),
        stream=stream & 0x7FFF_FFFF,  # the first bit "MUST be ignored" (4.1)
        payload=bytes(data[start:end]),
        data=bytes(data[place:end]),
    )


def setting_name(code: int) -> str:
    """Return what a setting is called. Section 6.5.2.

    Args:
        code: Its number.
    """
    return _SETTINGS.get(code, f"setting {code}")


def _settings_in_words(settings: dict[str, int]) -> str:
    """Name the one that is about WebSocket, and count the others."""
    ours = settings.pop(_SETTINGS[8], None)
    if ours is None:
        return f"{len(settings)} settings" if settings else ""
    return f"{_SETTINGS[8]} {ours}, and {len(settings)} more"


def _settings(payload: bytes) -> Iterator[tuple[str, int]]:
    """Yield the settings in a frame by name, six bytes each. Section 6.5.1."""
    for code, value in struct.iter_unpack("!HL", payload):
        yield setting_name(code), value
