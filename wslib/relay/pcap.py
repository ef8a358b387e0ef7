"""A recording as a capture file, for Wireshark and its like.

    file header │ record: time, size │ IPv4 header │ TCP header │ what was sent │ ...
     24 bytes   │      16 bytes      │  20 bytes   │ 20 or more │   0 to 1460   │

A relay sees the bytes that TCP carried, not the packets that carried them. The packets
here are made up around those bytes, as a network without loss would have sent them:
opened with SYN, cut into segments, acknowledged, and ended as the recording says. What
was lost on the way is there as its sender saw it: sent, and never acknowledged.

The file is a classic pcap (draft-ietf-opsawg-pcap), which every tool reads. Nothing in
it but the recording varies: the same recording gives the same bytes.
"""

import ipaddress
import struct
from collections.abc import Iterable, Iterator

from wslib.direction import Direction
from wslib.relay.events import Chunk, Signal

# Of a network for documentation (RFC 5737), so that nobody takes it for their own;
# two addresses, where the relay saw 127.0.0.1 twice, so that they tell the sides apart.
CLIENT = ipaddress.IPv4Address("192.0.2.1")
SERVER = ipaddress.IPv4Address("192.0.2.2")
CLIENT_PORTS = range(50_001, 65_536)  # the first is connection 1's
START = 1_322_697_600  # when the relay was made: 1 December 2011, for RFC 6455

_RAW_IP = 101  # the link type: each packet begins with its IP header
_MSS = 1460  # RFC 9293, section 3.7.1: Ethernet's 1500 bytes, less two headers
_FIN, _SYN, _RST, _PSH, _ACK = 0x01, 0x02, 0x04, 0x08, 0x10  # RFC 9293, section 3.1
# Maximum segment size; RFC 7323, section 2.2: window scale 7, and a byte of padding.
# Without the scale, a chunk of 65,536 bytes would not fit into the largest window.
_SYN_OPTIONS = struct.pack("!BBH", 2, 4, _MSS) + bytes([3, 3, 7, 0])


def capture(events: Iterable[Chunk | Signal]) -> bytes:
    """Return a capture file of all that was recorded, one TCP stream a connection.

    Args:
        events: Chunks and signals of any number of connections, in order. One that
            begins without a SYN is given one; one that does not end stays open.
    """
    events = list(events)
    ports = _server_ports(events)
    connections: dict[int, _Connection] = {}
    records = [struct.pack("!IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 2**18, _RAW_IP)]
    for event in events:
        number, packets = event.connection, list[bytes]()
        if number not in connections:
            client_port = CLIENT_PORTS[(number - 1) % len(CLIENT_PORTS)]
            connections[number] = _Connection(client_port, ports.get(number, 80))
            packets += connections[number].begin()
        packets += connections[number].carry(event)
        seconds, microseconds = divmod(round(event.time * 1_000_000), 1_000_000)
        for packet in packets:
            size = len(packet)
            records.append(
                struct.pack("!IIII", START + seconds, microseconds, size, size) + packet
            )
    return b"".join(records)


def _server_ports(events: list[Chunk | Signal]) -> dict[int, int]:
    """Return for each connection the port whose language Wireshark knows without help.

    That is 80 for HTTP, or 443 for TLS, if the client's first byte says so: 0x16 is
    a handshake record (RFC 9846, section 5.1).
    """
    ports: dict[int, int] = {}
    for event in events:
        if isinstance(event, Chunk) and event.direction is Direction.CLIENT_TO_SERVER:
            is_tls = event.data.startswith(b"\x16")
            ports.setdefault(event.connection, 443 if is_tls else 80)
    return ports


class _Connection:
    """One TCP connection: the packets that carry what happens on it."""

    def __init__(self, client_port: int, server_port: int) -> None:
        up, down = Direction
        self._ports = {up: (client_port, server_port), down: (server_port, client_port)}
        self._hosts = {up: (CLIENT, SERVER), down: (SERVER, CLIENT)}
        self._reply = {up: down, down: up}
        # The first ones are random in real life (RFC 9293, section 3.4.1).
        self._sequence = {up: 1_000, down: 2_000}
        self._arrived = dict(self._sequence)
        self._lost = False
        self._gaps: set[Direction] = set()  # of whose bytes some have not arrived

    def begin(self) -> Iterator[bytes]:
        """Yield the three packets that open it. RFC 9293, section 3.5."""
        up, down = Direction
        yield self._packet(up, _SYN, options=_SYN_OPTIONS)
        self._arrived[up] = self._sequence[up]
        yield self._packet(down, _SYN | _ACK, options=_SYN_OPTIONS)
        self._arrived[down] = self._sequence[down]
        yield self._packet(up, _ACK)

    def carry(self, event: Chunk | Signal) -> Iterator[bytes]:
        """Yield the packets for one event, and the other side's acknowledgement."""
        sender = event.direction
        if self._lost:
            return
        if isinstance(event, Chunk):
            starts = range(0, len(event.data), _MSS)
            for start in starts:
                flags = _ACK | (_PSH if start == starts[-1] else 0)
                payload = event.data[start : start + _MSS]
                yield self._packet(sender, flags, payload)
        elif event.flag == "FIN":
            yield self._packet(sender, _FIN | _ACK)
        elif event.flag == "RST":
            self._lost = event.passed
            yield self._packet(sender, _RST | _ACK)
            return
        else:
            return  # SYN: begin() has sent it
        if not event.passed:
            self._gaps.add(sender)  # what comes behind a gap is not acknowledged
        if event.passed and sender not in self._gaps:
            self._arrived[sender] = self._sequence[sender]
            yield self._packet(self._reply[sender], _ACK)

    def _packet(
        self, sender: Direction, flags: int, payload: bytes = b"", options: bytes = b""
    ) -> bytes:
        """Return one IP packet, and count what it carries. RFC 9293, section 3.1."""
        source, target = (host.packed for host in self._hosts[sender])
        acknowledged = self._arrived[self._reply[sender]] if flags & _ACK else 0
        header = struct.pack(
            "!HHIIBBHHH",
            *self._ports[sender],
            self._sequence[sender],
            acknowledged,
            (20 + len(options)) // 4 << 4,
            flags,
            0xFFFF,  # the window
            0,  # the checksum, below
            0,  # the urgent pointer
        )
        segment = header + options + payload
        pseudo_header = source + target + struct.pack("!BBH", 0, 6, len(segment))
        segment = _put_checksum(segment, 16, _checksum(pseudo_header + segment))
        # SYN and FIN count as a byte each (RFC 9293, section 3.4).
        step = len(payload) + bool(flags & (_SYN | _FIN))
        self._sequence[sender] = (self._sequence[sender] + step) % 2**32
        return _ip_header(source, target, len(segment)) + segment


def _ip_header(source: bytes, target: bytes, size: int) -> bytes:
    """Return the IPv4 header in front of ``size`` bytes of TCP. RFC 791, section 3.1.

    Not fragmented, and not to be, so it needs no identification (RFC 6864).
    """
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + size, 0, 0x4000, 64, 6, 0)
    header = head + source + target
    return _put_checksum(header, 10, _checksum(header))


def _checksum(data: bytes) -> int:
    """Return the Internet checksum: the ones' complement of the sum. RFC 1071.

    To add 16-bit words and bring each carry round to the lowest bit is to divide by
    65535 and keep the remainder, since 65536 leaves 1.
    """
    return -int.from_bytes(data + bytes(len(data) % 2)) % 0xFFFF


def _put_checksum(data: bytes, place: int, checksum: int) -> bytes:
    """Return ``data`` with the checksum in its place, where zeros have been."""
    return data[:place] + struct.pack("!H", checksum) + data[place + 2 :]
