"""A capture file: the packets of connections, and the secrets that read their TLS.

    Section Header │ Interface │ Decryption Secrets │ Enhanced Packet │ ...
       28 bytes    │ 20 bytes  │      optional      │ one a packet

The file is a pcapng (draft-ietf-opsawg-pcapng): unlike the older pcap it can hold the
keys of a TLS connection beside its packets, and Wireshark uses them unasked.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv4Address

from wslib.direction import DOWN, UP, Direction

RAW_IP = 101  # the link type: each packet begins with its IP header
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10  # RFC 9293, section 3.1
_SECTION, _INTERFACE, _SECRETS, _PACKET = 0x0A0D0D0A, 1, 10, 6
_TLS_KEY_LOG = 0x544C534B  # "TLSK": lines as in an SSLKEYLOGFILE


@dataclass(frozen=True)
class Packet:
    """One IPv4 packet with one TCP segment in it. RFC 791, RFC 9293.

    Attributes:
        time: When it was seen, in microseconds since 1970.
        data: All of it, from the first byte of its IP header.
    """

    time: int
    data: bytes

    @cached_property
    def ip(self) -> bytes:
        """The IP header."""
        return self.data[: (self.data[0] & 0x0F) * 4]

    @cached_property
    def tcp(self) -> bytes:
        """The TCP header, options included."""
        rest = self.data[len(self.ip) :]
        return rest[: (rest[12] >> 4) * 4]

    @cached_property
    def payload(self) -> bytes:
        """What TCP carries here; empty in a segment that only acknowledges."""
        length = int.from_bytes(self.ip[2:4])
        return self.data[len(self.ip) + len(self.tcp) : length]

    @property
    def is_tcp(self) -> bool:
        """Whether it is one at all."""
        return self.data[0] >> 4 == 4 and self.data[9] == 6

    @property
    def source(self) -> tuple[IPv4Address, int]:
        """The address and the port that it comes from."""
        return IPv4Address(self.ip[12:16]), int.from_bytes(self.tcp[:2])

    @property
    def target(self) -> tuple[IPv4Address, int]:
        """The address and the port that it goes to."""
        return IPv4Address(self.ip[16:20]), int.from_bytes(self.tcp[2:4])

    @property
    def flags(self) -> int:
        """The control bits: ``SYN``, ``ACK``, ..."""
        return self.tcp[13]

    @property
    def sequence(self) -> int:
        """Its sequence number."""
        return int.from_bytes(self.tcp[4:8])

    @property
    def acknowledgement(self) -> int:
        """Its acknowledgement number."""
        return int.from_bytes(self.tcp[8:12])

    def direction(self, first: "Packet") -> Direction:
        """Say who sent it, given the connection's first packet, a client's SYN."""
        return UP if self.source == first.source else DOWN


def connections(packets: Iterable[Packet]) -> list[list[Packet]]:
    """Return the packets of each TCP connection, in the order of their first SYN."""
    found: dict[frozenset[tuple[IPv4Address, int]], list[Packet]] = {}
    for packet in packets:
        ends = frozenset((packet.source, packet.target))
        if packet.flags & (SYN | ACK) == SYN:
            found[ends] = []
        if ends in found:
            found[ends].append(packet)
    return list(found.values())


def write(packets: Iterable[Packet], secrets: str = "") -> bytes:
    """Return a capture file.

    Args:
        packets: In the order in which they were seen.
        secrets: The lines of a TLS key log, or nothing.
    """
    blocks = [
        _block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)),
        _block(_INTERFACE, struct.pack("<HHI", RAW_IP, 0, 2**18)),
    ]
    if secrets:
        lines = secrets.encode("ascii")
        head = struct.pack("<II", _TLS_KEY_LOG, len(lines))
        blocks.append(_block(_SECRETS, head + lines))
    for packet in packets:
        size = len(packet.data)
        high, low = divmod(packet.time, 2**32)
        head = struct.pack("<IIIII", 0, high, low, size, size)
        blocks.append(_block(_PACKET, head + packet.data))
    return b"".join(blocks)


def read(data: bytes) -> tuple[list[Packet], str]:
    """Return the packets of a file that ``write`` made, and its TLS key log."""
    packets, secrets = [], ""
    for kind, body in _blocks(data):
        if kind == _PACKET:
            _, high, low, size, _ = struct.unpack_from("<IIIII", body)
            packets.append(Packet(high << 32 | low, body[20 : 20 + size]))
        elif kind == _SECRETS:
            size = struct.unpack_from("<4xI", body)[0]
            secrets = body[8 : 8 + size].decode("ascii")
    return packets, secrets


def _block(kind: int, body: bytes) -> bytes:
    """Return a block: its kind, its length, its body to whole words, its length."""
    body += bytes(-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the kind and the body of each block."""
    at = 0
    while at < len(data):
        kind, size = struct.unpack_from("<II", data, at)
        yield kind, data[at + 8 : at + size - 4]
        at += size
