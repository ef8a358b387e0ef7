"""IP and TCP: the headers around everything. RFC 791, RFC 9293, RFC 7323."""

from collections.abc import Iterator

from illustrated.capture import ACK, FIN, SYN, Packet
from illustrated.groups import Group, Part, count
from wslib.direction import UP, Direction
from wslib.relay.pcap import CLIENT

FLAGS = ["CWR", "ECE", "URG", "ACK", "PSH", "RST", "SYN", "FIN"]


class Headers:
    """Explains the headers of one connection's packets, one after the other.

    Args:
        packets: All of them, from the client's SYN on.
    """

    def __init__(self, packets: list[Packet]) -> None:
        first, second = packets[:2]
        self.first = first
        self.made_up = first.source[0] == CLIENT  # by the relay
        self._start = {True: first.sequence, False: second.sequence}
        self._scale = {True: _scale(first), False: _scale(second)}
        self._explained = 0
        self._fins: dict[bool, set[int]] = {True: set(), False: set()}
        for packet in packets:
            if packet.flags & FIN:
                end = packet.sequence + len(packet.payload) + 1
                self._fins[self.direction(packet) is UP].add(end % 2**32)

    def explain(self, packet: Packet) -> list[Part]:
        """Return the groups of one packet's headers: all at first, later the news."""
        self._explained += 1
        ip, tcp = (
            (self._ip, self._tcp)
            if self._explained <= 3
            else (self._ip_again, self._tcp_again)
        )
        return [
            Part("ip", "IP header", list(ip(packet))),
            Part("tcp", "TCP header", list(tcp(packet))),
        ]

    def direction(self, packet: Packet) -> Direction:
        """Say who sent a packet."""
        return packet.direction(self.first)

    def arrived(self, packet: Packet) -> int:
        """Return how many bytes of the other side a packet acknowledges."""
        ours = self.direction(packet) is UP
        return (packet.acknowledgement - self._start[not ours] - 1) % 2**32

    def _before(self, packet: Packet) -> int:
        """Return how many bytes its sender has sent before this packet."""
        ours = self.direction(packet) is UP
        return (packet.sequence - self._start[ours] - 1) % 2**32

    def _ip(self, packet: Packet) -> Iterator[Group]:
        """Yield the groups of an IPv4 header. RFC 791, section 3.1."""
        ip = packet.ip
        words = ip[0] & 0xF
        yield Group(
            ip[:1],
            "Version, IHL",
            f"Version {ip[0] >> 4} of IP. The header has {words} × 4 = "
            f"{words * 4} bytes.",
            "791, 3.1",
            bits=[("Version", 4), ("IHL", 4)],
        )
        yield Group(
            ip[1:2],
            "DSCP, ECN",
            "No wish for special treatment, and nobody on the way has told of "
            "congestion.",
            "3168, 5",
            bits=[("DSCP", 6), ("ECN", 2)],
        )
        yield Group(
            ip[2:4],
            "Total Length",
            f"The whole packet has {count(int.from_bytes(ip[2:4]))}, these headers "
            f"included.",
            "791, 3.1",
        )
        yield Group(
            ip[4:6],
            "Identification",
            "By this number the pieces of a packet would find each other. This one "
            "must not be cut, so the number says nothing.",
            "6864, 4.1",
        )
        yield Group(
            ip[6:8],
            "Flags, Fragment Offset",
            "DF is set: don't fragment. All other bits are 0: it is whole.",
            "791, 3.1",
        )
        yield Group(
            ip[8:9],
            "Time to Live",
            f"{ip[8]} routers may pass it on, each takes one off, and at 0 it is "
            f"thrown away. Here it meets none.",
            "791, 3.1",
        )
        yield Group(
            ip[9:10],
            "Protocol",
            f"{ip[9]}: what comes next is TCP.",
            "791, 3.1",
        )
        yield Group(
            ip[10:12],
            "Header Checksum",
            "Add up this header, two bytes at a time, each carry brought round to the "
            "right: the sum is `ff ff`, or a bit was damaged.",
            "1071, 1",
        )
        yield Group(
            ip[12:16], "Source Address", f"From {packet.source[0]}.", "791, 3.1"
        )
        yield Group(
            ip[16:20],
            "Destination Address",
            f"To {packet.target[0]}"
            + ("." if self.made_up else ", this machine itself: it never leaves it."),
            "791, 3.1",
        )

    def _ip_again(self, packet: Packet) -> Iterator[Group]:
        length = count(int.from_bytes(packet.ip[2:4]))
        yield Group(
            packet.ip,
            "IP header",
            f"As before: version 4, TCP inside, from {packet.source[0]} to "
            f"{packet.target[0]}. New are the length, {length}, the identification "
            f"and the checksum.",
            "791, 3.1",
        )

    def _tcp(self, packet: Packet) -> Iterator[Group]:
        """Yield the groups of a TCP header. RFC 9293, section 3.1."""
        tcp, opens = packet.tcp, packet.flags & SYN
        yield Group(tcp[:2], "Source Port", self._port(packet.source[1]), "9293, 3.1")
        yield Group(
            tcp[2:4], "Destination Port", self._port(packet.target[1]), "9293, 3.1"
        )
        yield self._sequence(packet)
        yield self._acknowledgement(packet)
        words = tcp[12] >> 4
        yield Group(
            tcp[12:13],
            "Data Offset",
            f"The header has {words} × 4 = {words * 4} bytes, options included. The "
            f"other four bits are kept free.",
            "9293, 3.1",
            bits=[("Data Offset", 4), ("Rsrvd", 4)],
        )
        yield self._flags(packet)
        window = int.from_bytes(tcp[14:16])
        yield (
            self._window(packet)
            if not opens
            else Group(
                tcp[14:16],
                "Window",
                f"Room for {count(window)}. In a SYN the number counts as it stands.",
                "7323, 2.2",
            )
        )
        yield self._checksum(packet)
        yield Group(
            tcp[18:20],
            "Urgent Pointer",
            "Nothing is urgent. New programs should not use it at all.",
            "9293, 3.8.5",
        )
        yield from self._options(packet)

    def _tcp_again(self, packet: Packet) -> Iterator[Group]:
        tcp = packet.tcp
        to = f"From port {packet.source[1]} to port {packet.target[1]}."
        yield Group(tcp[:4], "Ports", to, "9293, 3.1")
        yield self._sequence(packet)
        yield self._acknowledgement(packet)
        yield Group(
            tcp[12:13],
            "Data Offset",
            f"The header has {count(len(tcp))}.",
            "9293, 3.1",
            bits=[("Data Offset", 4), ("Rsrvd", 4)],
        )
        yield self._flags(packet)
        yield self._window(packet)
        checksum = self._checksum(packet)
        yield Group(
            tcp[16:20],
            "Checksum, Urgent Pointer",
            f"{checksum.says} Nothing is urgent.",
            "9293, 3.1",
        )
        if options := tcp[20:]:
            yield Group(
                options,
                "Options",
                "Two that do nothing, and the two clocks once more."
                if _timestamps(options)
                else "Whatever else the two have agreed on.",
                "7323, 3.2",
            )

    def _port(self, port: int) -> str:
        if port == 80:
            return "Port 80: the server's, and the default of `ws:` as of `http:`."
        if port == 443:
            return "Port 443: the server's, and the default of `wss:`."
        if port == self.first.target[1]:
            return f"Port {port}: the server's."
        return f"Port {port}: the client's, picked for this one connection."

    def _sequence(self, packet: Packet) -> Group:
        tcp, before = packet.tcp, self._before(packet)
        if packet.flags & SYN:
            says = (
                f"Here the counting begins, at {packet.sequence:,}: a number that "
                f"nobody should be able to guess. SYN itself takes it."
                if not self.made_up
                else f"Here the counting begins, at {packet.sequence:,}. SYN itself "
                f"takes it."
            )
            rfc = "9293, 3.4.1"
        else:
            says = f"Its sender has sent {count(before)} before this segment."
            rfc = "9293, 3.4"
        return Group(tcp[4:8], "Sequence Number", says, rfc)

    def _acknowledgement(self, packet: Packet) -> Group:
        tcp, arrived = packet.tcp, self.arrived(packet)
        if not packet.flags & ACK:
            says = "Nothing has come yet that could be acknowledged."
        elif packet.flags & SYN:
            says = "The client's number, plus one: its SYN has arrived."
        elif arrived == 0:
            says = "The server's number, plus one: its SYN has arrived."
        else:
            says = f"All has arrived up to the other side's byte {arrived:,}."
        theirs = self._fins[self.direction(packet) is not UP]
        if packet.flags & ACK and packet.acknowledgement in theirs:
            says = "All has arrived, and the FIN behind it, which counts as a byte."
        return Group(tcp[8:12], "Acknowledgment Number", says, "9293, 3.4")

    def _flags(self, packet: Packet) -> Group:
        bits = [name for i, name in enumerate(FLAGS) if packet.flags & 0x80 >> i]
        says = {
            "SYN": "SYN: let us synchronize our numbers.",
            "ACK": "ACK: the acknowledgment number counts.",
            "PSH": "PSH: hand it on at once, wait for no more.",
            "FIN": "FIN: I have sent all.",
            "RST": "RST: it is over.",
        }
        words = " ".join(says.get(name, f"{name}.") for name in bits)
        names = [(name, 1) for name in FLAGS]
        return Group(packet.tcp[13:14], "Control bits", words, "9293, 3.1", bits=names)

    def _window(self, packet: Packet) -> Group:
        scale = self._scale[self.direction(packet) is UP]
        window = int.from_bytes(packet.tcp[14:16])
        says = f"Room for {window:,} × {2**scale:,} = {count(window << scale)} more."
        return Group(packet.tcp[14:16], "Window", says, "7323, 2.2")

    def _checksum(self, packet: Packet) -> Group:
        segment = packet.tcp + packet.payload
        pseudo = packet.ip[12:20] + bytes([0, 6]) + len(segment).to_bytes(2)
        found = int.from_bytes(packet.tcp[16:18])
        if _folded(pseudo + segment) == 0:
            says = "Over the whole segment, and the addresses of the IP header."
        elif found == _folded(pseudo):
            says = (
                "Half a checksum: so far only addresses and length are in it. Linux "
                "leaves the rest to the network card, and here there is none."
            )
        else:
            raise ValueError(f"a segment with a wrong checksum: {found:04x}")
        return Group(packet.tcp[16:18], "Checksum", says, "9293, 3.1")

    def _options(self, packet: Packet) -> Iterator[Group]:
        """Yield the options, each with what it says. RFC 9293, section 3.2."""
        options, at = packet.tcp[20:], 0
        while at < len(options):
            kind = options[at]
            size = 1 if kind <= 1 else options[at + 1]
            yield _option(options[at : at + size], self._scale)
            at += size


def _option(data: bytes, scales: dict[bool, int]) -> Group:
    """Return one option of TCP, explained."""
    kind, value = data[0], int.from_bytes(data[2:])
    if kind == 0:
        return Group(data, "End of Option List", "Padding.", "9293, 3.2")
    if kind == 1:
        says = "One byte of nothing, so that what follows is where it should be."
        return Group(data, "Option: No-Operation", says, "9293, 3.2")
    if kind == 2:
        says = f"Send me segments of up to {count(value)}, please."
        if value == 65_495:
            says += " With two headers of 20 that is 65,535, all that IPv4 can carry."
        return Group(data, "Option: Maximum Segment Size", says, "9293, 3.7.1")
    if kind == 3:
        says = f"From now on multiply my windows by 2 to the {value} = {1 << value:,}."
        return Group(data, "Option: Window Scale", says, "7323, 2.2")
    if kind == 4:
        says = "I understand which bytes are missing, if you tell me."
        return Group(data, "Option: SACK permitted", says, "2018, 2")
    if kind == 8:
        ours, theirs = int.from_bytes(data[2:6]), int.from_bytes(data[6:10])
        echo = (
            f"the last I read on yours is {theirs:,}" if theirs else "of yours I know"
        )
        echo += "" if theirs else " nothing yet"
        says = f"My clock stands at {ours:,}; {echo}. So both can time the way."
        return Group(data, "Option: Timestamps", says, "7323, 3.2")
    return Group(data, f"Option {kind}", "An option that is not explained here.")


def _timestamps(options: bytes) -> bool:
    """Tell whether options are the usual twelve bytes."""
    return options[:4] == bytes([1, 1, 8, 10]) and len(options) == 12


def _scale(packet: Packet) -> int:
    """Return by which power of two a side's windows are to be multiplied."""
    options = packet.tcp[20:]
    while options:
        size = 1 if options[0] <= 1 else options[1]
        if options[0] == 3:
            return options[2]
        options = options[size:]
    return 0


def _folded(data: bytes) -> int:
    """Return the sum of 16-bit words, each carry brought round. RFC 1071."""
    return int.from_bytes(data + bytes(len(data) % 2)) % 0xFFFF
