"""TLS on the wire: the records that wss hides its frames in. RFC 9846, section 5.

    17        03 03     00 24    a record's header, in the clear, and 36 bytes (00 24)
    ContentType  |      length
              version

    +-------------------------+----+-------------------+
    |     frame, 19 bytes     | 17 | 16 bytes          |    in TLS 1.3, all encrypted
    +-------------------------+----+-------------------+
      what is sent         its real  a tag: proves that
                         ContentType  no bit was changed

Once both sides have keys, every record says that it holds application data, even where
it is the rest of the TLS handshake, or an alert. (But for a CHANGE_CIPHER_SPEC that
means nothing.) So whoever watches learns when something was sent and how long it was;
and from the very first record, the ClientHello, for which server. Nothing of WebSocket
is outside.

Nothing here decrypts, or reads a socket: bytes come in as arguments.
"""

import enum
import re
import struct
from dataclasses import dataclass

from wslib.errors import HandshakeError

MAX_LENGTH = 2**14 + 256  # section 5.2, encrypted; section 5.1 allows 2**14 in clear


class ContentType(enum.IntEnum):
    """What a record says it holds. Section 5.1."""

    CHANGE_CIPHER_SPEC = 20  # empty talk in TLS 1.3, for old boxes in between
    ALERT = 21
    HANDSHAKE = 22
    APPLICATION_DATA = 23  # or anything at all, encrypted; section 5.2

    __repr__ = enum.Enum.__str__  # ContentType.ALERT, which can be pasted back


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record. Section 5.1, 5.2.

    Attributes:
        content_type: What it says it holds.
        version: The two bytes behind that. Since TLS 1.3 they mean nothing and stand
            at ``03 03``, or ``03 01`` in a ClientHello.
        data: What it carries, in the clear or encrypted.
    """

    content_type: ContentType
    version: bytes = b"\x03\x03"
    data: bytes

    @property
    def size(self) -> int:
        """How many bytes it is on the wire, header included."""
        return 5 + len(self.data)


def records(data: bytes) -> list[Record]:
    """Read the records at the start of a stream.

    Args:
        data: All that one side has sent so far, from its first byte.

    Returns:
        The records, in order. One that is not complete yet is left out.

    Raises:
        HandshakeError: If the bytes are not TLS.

    RFC 9846, section 5.1.
    """
    found: list[Record] = []
    at = 0
    while at < len(data):
        if data[at] not in _CONTENT_TYPES:
            raise _not_tls(data[at:])
        if len(data) < at + 5:
            break
        content_type, version, length = struct.unpack_from("!B2sH", data, at)
        if version[0] != 3 or length > MAX_LENGTH:
            raise _not_tls(data[at:])
        if len(data) < at + 5 + length:
            break
        record = Record(
            content_type=ContentType(content_type),
            version=version,
            data=data[at + 5 : at + 5 + length],
        )
        found.append(record)
        at += record.size
    return found


_CONTENT_TYPES = frozenset(ContentType)


def _not_tls(data: bytes) -> HandshakeError:
    """Say what the bytes are instead of a record."""
    message = f"no TLS record begins with {data[:5].hex(' ')}"
    if re.match(rb"HTTP/|[A-Z]+ ", data):
        client, port = ("ws", "wss") if data[:5] != b"HTTP/" else ("wss", "ws")
        message = f"this is HTTP, not TLS: a {client}:// client at a {port}:// port"
    return HandshakeError(message, section="5.1", rfc=9846, status=None)
