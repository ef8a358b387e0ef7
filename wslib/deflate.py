"""permessage-deflate: messages travel compressed, if both ends agree. RFC 7692.

    message    48 65 6c 6c 6f                       "Hello"
    DEFLATE    f2 48 cd c9 c9 07 00 00 00 ff ff     flushed, it always ends like this
    frame      c1 07 f2 48 cd c9 c9 07 00           the end is cut off, RSV1 is set
    and again  c1 05 f2 00 11 00 00                 an H, and 4 bytes as 5 bytes ago

The last frame takes up the context of the first: each end keeps a window, the last
bytes of what it has compressed or inflated, and what follows may refer back to them.

DEFLATE itself is RFC 1951, and left to zlib. Sections are those of RFC 7692. Nothing
here reads a socket: :class:`wslib.protocol.Connection` takes the extension.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from wslib.errors import HandshakeError, PayloadTooBig, ProtocolError
from wslib.frames import Frame, Opcode

__all__ = [
    "TAIL",
    "Parameters",
    "PerMessageDeflate",
    "accept_offer",
    "parse_parameters",
    "read_response",
]

TAIL = b"\x00\x00\xff\xff"  # cut from each message, and put back: 7.2.1, 7.2.2


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """An offer, or the response to it; ``str()`` writes it as it travels. Section 7.1.

    Attributes:
        server_no_context_takeover: The server forgets each message. 7.1.1.1.
        client_no_context_takeover: The client does. 7.1.1.2.
        server_max_window_bits: The server refers back by 2**bits bytes at most, 8 to
            15 bits; None says nothing, and means 15. 7.1.2.1.
        client_max_window_bits: The client does. In an offer, None also forbids to ask
            for less. 7.1.2.2.

    Raises:
        ValueError: If the bits are not 8 to 15.
    """

    server_no_context_takeover: bool = False
    client_no_context_takeover: bool = False
    server_max_window_bits: int | None = None
    client_max_window_bits: int | None = None

    def __post_init__(self) -> None:
        """Let no other window pass."""
        for bits in (self.server_max_window_bits, self.client_max_window_bits):
            if bits not in (None, *range(8, 16)):
                raise ValueError(f"a window has 8 to 15 bits, not {bits}")

    def __str__(self) -> str:
        """Return the element of ``Sec-WebSocket-Extensions``. RFC 6455, 9.1."""
        set_ones = [(name, value) for name, value in vars(self).items() if value]
        words = [name if v is True else f"{name}={v}" for name, v in set_ones]
        return "; ".join([_NAME, *words])


def parse_parameters(element: str, *, offer: bool) -> Parameters:
    """Read one element of ``Sec-WebSocket-Extensions``. Section 7.1.

    Args:
        element: The name of this extension, with its parameters.
        offer: Whether a client says so: it may leave out the value of
            ``client_max_window_bits``, which means 15.

    Raises:
        HandshakeError: If it is another extension, or a parameter is unknown, stands
            there twice, or has a value that it cannot have.
    """
    name, *rest = (part.strip(" \t") for part in element.split(";"))
    if name != _NAME:
        raise _wrong(f"the extension is {_NAME}, not {name!r}", "7")
    found: dict[str, Any] = {}
    for part in rest:
        match = _PARAMETER.fullmatch(part)
        if match is None or match[1] not in _LEGAL:
            raise _wrong(f"{part!r} is no parameter of {_NAME}", "7.1")
        name, value = match[1], match[2] or match[3]  # it may stand in quotes
        if name in found:
            raise _wrong(f"{name} stands there twice", "7.1")
        if offer and name == "client_max_window_bits":
            value = value or "15"
        section, legal = _LEGAL[name]
        if value not in legal:
            raise _wrong(f"{name} cannot have the value {value}", section)
        found[name] = int(value) if value else True
    return Parameters(**found)


def accept_offer(elements: Sequence[str], wishes: Parameters) -> Parameters | None:
    """Return a server's response to the first offer without a fault. Section 5, 7.1.

    If there is none, None: the server declines, by leaving the extension out.

    Args:
        elements: What the client offers, the best first, other extensions among it.
        wishes: What the server asks for on its own, as far as the offer lets it.
    """
    for element in filter(_is_ours, elements):
        try:
            offer = parse_parameters(element, offer=True)
        except HandshakeError:  # "A server MUST decline" such an offer
            continue
        if offer.client_max_window_bits is None:
            wishes = replace(wishes, client_max_window_bits=None)
        return _stricter(offer, wishes)
    return None


def read_response(elements: Sequence[str], offer: Parameters) -> Parameters | None:
    """Return what a client and the server agree on; None if the server declines.

    Args:
        elements: What the server accepts, other extensions among it.
        offer: The one offer of the client.

    Raises:
        HandshakeError: If that was not offered: "MUST _Fail the WebSocket Connection_".
    """
    accepted = [*filter(_is_ours, elements)]
    if not accepted:
        return None
    if len(accepted) > 1:
        raise _wrong(f"{_NAME} is accepted twice", "5")
    response = parse_parameters(accepted[0], offer=False)
    if offer.server_no_context_takeover > response.server_no_context_takeover:
        raise _wrong("server_no_context_takeover is not granted", "7.1.1.1")
    if (response.server_max_window_bits or 16) > (offer.server_max_window_bits or 16):
        raise _wrong("server_max_window_bits is not granted", "7.1.2.1")
    if response.client_max_window_bits and not offer.client_max_window_bits:
        raise _wrong("client_max_window_bits was not offered", "7.1.2.2")
    # Of itself the client keeps what it has said, whatever the server says to it.
    return _stricter(offer, response)


class PerMessageDeflate:
    """The :class:`~wslib.protocol.Extension` of one end of one connection.

    Args:
        agreed: What :func:`accept_offer` or :func:`read_response` returned.
        client: Which end this is.
    """

    def __init__(self, agreed: Parameters, *, client: bool) -> None:
        server = agreed.server_no_context_takeover, agreed.server_max_window_bits or 15
        ours = agreed.client_no_context_takeover, agreed.client_max_window_bits or 15
        ours, theirs = (ours, server) if client else (server, ours)
        self._deflater_forgets, self._deflater_bits = ours
        self._inflater_forgets, self._inflater_bits = theirs
        # None, which takes no memory, while there is no context.
        self._deflater: zlib._Compress | None = None
        self._inflater: zlib._Decompress | None = None
        self._compressed = False  # whether the message that is coming is

    def encode(self, frame: Frame) -> Frame:
        """Return a data frame as it is to travel, compressed. Section 6.1, 7.2.1."""
        if self._deflater is None:
            # zlib has no window of 8 bits to compress with. In one of 9 it refers back
            # by 250 bytes at most: 2**9, less the 262 that it looks ahead.
            self._deflater = zlib.compressobj(wbits=-max(self._deflater_bits, 9))
        payload = self._deflater.compress(frame.payload)
        payload += self._deflater.flush(zlib.Z_SYNC_FLUSH)
        if frame.fin:
            payload = payload.removesuffix(TAIL)
            if self._deflater_forgets:
                self._deflater = None
        rsv1 = frame.opcode is not Opcode.CONTINUATION  # "on the first frame" alone
        return replace(frame, payload=payload, rsv1=rsv1)

    def decode(self, frame: Frame, max_payload: int) -> Frame:
        """Return a data frame as it was meant, inflated. Section 6.2, 7.2.2.

        Args:
            frame: A frame, or a part of one, in the order of the wire.
            max_payload: How many bytes its payload may have, inflated if it must be.

        Raises:
            ProtocolError: If the payload is not DEFLATE.
            PayloadTooBig: If it would be longer; no more than one byte more is made.
        """
        if frame.opcode is not Opcode.CONTINUATION:
            self._compressed = frame.rsv1
        elif frame.rsv1:
            return frame  # RSV1 has no meaning here, and is an error where it is left
        if not self._compressed:
            if len(frame.payload) > max_payload:
                raise PayloadTooBig(f"a payload is longer than {max_payload} bytes")
            return frame
        data = frame.payload + TAIL if frame.fin else frame.payload
        try:
            payload = self._inflate(data, max_payload)
        except zlib.error:
            raise ProtocolError(
                "not DEFLATE", section="7.2.2", close_code=1007, rfc=7692
            ) from None
        if frame.fin:
            self._compressed = False
            if self._inflater_forgets:
                self._inflater = None
        return replace(frame, payload=payload, rsv1=False)

    def _inflate(self, data: bytes, max_payload: int) -> bytes:
        """Inflate so much and no more, in time that grows with what goes in and out.

        A block may say that it is the last, and yet others follow it (7.2.3.4). They
        might refer to what stood before it (7.2.2): zlib never does, and to keep it
        would cost a copy for each such block. zlib then copies all that it has not
        read: so, it is given little at once.
        """
        inflated = bytearray()
        for start in range(0, len(data), _AT_ONCE):
            piece = data[start : start + _AT_ONCE]
            while piece:
                if self._inflater is None:
                    self._inflater = zlib.decompressobj(wbits=-self._inflater_bits)
                # One byte more than allowed tells; it is never 0, zlib's "no limit".
                most = max_payload - len(inflated) + 1
                inflated += self._inflater.decompress(piece, most)
                if len(inflated) > max_payload:
                    raise PayloadTooBig(f"it inflates to more than {max_payload} bytes")
                piece = self._inflater.unused_data
                if self._inflater.eof:
                    self._inflater = None
        return bytes(inflated)


_NAME = "permessage-deflate"  # section 7
_AT_ONCE = 2**12  # bytes
_PARAMETER = re.compile(r'(\w+)(?:[ \t]*=[ \t]*(?:(\w+)|"(\w+)"))?', re.ASCII)
_BITS = [str(bits) for bits in range(8, 16)]
_LEGAL: dict[str, tuple[str, Sequence[str | None]]] = {  # section, values
    "server_no_context_takeover": ("7.1.1.1", [None]),
    "client_no_context_takeover": ("7.1.1.2", [None]),
    "server_max_window_bits": ("7.1.2.1", _BITS),
    "client_max_window_bits": ("7.1.2.2", _BITS),
}


def _is_ours(element: str) -> bool:
    """Whether an element is about this extension."""
    return element.split(";")[0].strip(" \t") == _NAME


def _stricter(one: Parameters, other: Parameters) -> Parameters:
    """Return what keeps to both: forgets if one does, by the smaller windows."""
    found = dict(vars(one))
    for name, value in vars(other).items():
        if value:
            found[name] = min(found[name] or value, value)
    return Parameters(**found)


def _wrong(message: str, section: str) -> HandshakeError:
    """Return a fault: a server declines because of it, a client fails."""
    return HandshakeError(message, section=section, status=None, rfc=7692)
