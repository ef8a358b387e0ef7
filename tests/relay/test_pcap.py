"""The capture file: read back by hand, and by tshark where it is installed."""

import itertools
import os
import shutil
import struct
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
import websocket

from wslib.direction import Direction
from wslib.frames import Frame, Opcode
from wslib.handshake import build_request, build_response
from wslib.relay.events import Chunk, RecordedFrame, Signal
from wslib.relay.pcap import CLIENT, CLIENT_PORTS, SERVER, START, capture
from wslib.relay.proxy import RecordingProxy
from wslib.relay.recording import Recording
from wslib.server import EchoServer

UP, DOWN = Direction
REQUEST = build_request("example.org", key="dGhlIHNhbXBsZSBub25jZQ==")
ASK, ANSWER = REQUEST.serialize(), build_response(REQUEST).serialize()
KEY = bytes.fromhex("37fa213d")
HELLO_MASKED = bytes.fromhex("81 85 37 fa 21 3d 7f 9f 4d 51 58")
HELLO = bytes.fromhex("81 05 48 65 6c 6c 6f")
FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

Event = Chunk | Signal


def said(direction: Direction, data: bytes, connection: int = 1) -> Chunk:
    return Chunk(connection=connection, direction=direction, data=data, time=0.25)


def signal(direction: Direction, flag: Any, connection: int = 1) -> Signal:
    return Signal(connection=connection, direction=direction, flag=flag, time=0.5)


def a_frame(direction: Direction, opcode: Opcode, **fields: Any) -> bytes:
    key = KEY if direction is UP else None
    return Frame(opcode=opcode, masking_key=key, **fields).serialize()


OPENING = [signal(UP, "SYN"), said(UP, ASK), said(DOWN, ANSWER)]
CLOSING = [
    said(UP, a_frame(UP, Opcode.CLOSE, payload=b"\x03\xe8bye")),
    said(DOWN, a_frame(DOWN, Opcode.CLOSE, payload=b"\x03\xe8")),
    signal(DOWN, "FIN"),
    signal(UP, "FIN"),
]


# --- read back by hand ----------------------------------------------------------------


class Packet(NamedTuple):
    """What a record of the file holds."""

    time: tuple[int, int]
    hosts: tuple[bytes, bytes]
    ports: tuple[int, int]
    sequence: int
    acknowledged: int
    flags: int
    payload: bytes
    raw: bytes

    @property
    def direction(self) -> Direction:
        return UP if self.hosts == (CLIENT.packed, SERVER.packed) else DOWN


def packets(data: bytes) -> list[Packet]:
    """Read a capture file, strictly."""
    header = struct.unpack("!IHHiIII", data[:24])
    assert header == (0xA1B2C3D4, 2, 4, 0, 0, 262_144, 101)
    found, place = [], 24
    while place < len(data):
        seconds, microseconds, size, on_wire = struct.unpack_from("!IIII", data, place)
        assert size == on_wire <= 1500
        assert microseconds < 1_000_000
        raw = data[place + 16 : place + 16 + size]
        place += 16 + size
        assert raw[0] == 0x45 and raw[9] == 6
        assert int.from_bytes(raw[2:4]) == len(raw) == size
        source, target, sequence, acknowledged, words, flags = struct.unpack_from(
            "!HHIIBB", raw, 20
        )
        found.append(
            Packet(
                time=(seconds, microseconds),
                hosts=(raw[12:16], raw[16:20]),
                ports=(source, target),
                sequence=sequence,
                acknowledged=acknowledged,
                flags=flags,
                payload=raw[20 + (words >> 4) * 4 :],
                raw=raw,
            )
        )
    assert place == len(data)
    return found


def internet_checksum(data: bytes) -> int:
    """Return the checksum as RFC 1071, section 4.1, computes it: word by word."""
    total = 0
    for word in struct.unpack(f"!{len(data) // 2}H", data):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def carried(found: Iterable[Packet], direction: Direction) -> bytes:
    return b"".join(p.payload for p in found if p.direction is direction)


def test_the_opening_of_a_connection_is_three_packets() -> None:
    found = packets(capture([signal(UP, "SYN")]))
    assert [(p.direction, p.flags) for p in found] == [
        (UP, SYN),
        (DOWN, SYN | ACK),
        (UP, ACK),
    ]
    first, second, third = found
    assert first.acknowledged == 0
    assert second.acknowledged == first.sequence + 1
    assert (third.sequence, third.acknowledged) == (
        first.sequence + 1,
        second.sequence + 1,
    )
    assert {p.hosts for p in found} == {
        (CLIENT.packed, SERVER.packed),
        (SERVER.packed, CLIENT.packed),
    }


def test_what_was_sent_is_cut_into_segments_and_acknowledged() -> None:
    data = bytes(range(256)) * 20  # 5120 bytes
    found = packets(capture([signal(UP, "SYN"), said(UP, data)]))[3:]
    assert [(p.direction, len(p.payload), p.flags) for p in found] == [
        (UP, 1460, ACK),
        (UP, 1460, ACK),
        (UP, 1460, ACK),
        (UP, 740, ACK | PSH),
        (DOWN, 0, ACK),
    ]
    assert carried(found, UP) == data
    assert found[-1].acknowledged == found[0].sequence + len(data)


def test_each_side_counts_what_it_sent_and_acknowledges_what_it_got() -> None:
    events = [
        *OPENING,
        said(UP, HELLO_MASKED * 500),
        said(DOWN, HELLO * 500),
        *CLOSING,
    ]
    found = packets(capture(events))
    following = {UP: found[0].sequence, DOWN: found[1].sequence}
    for packet in found:
        me = packet.direction
        other = DOWN if me is UP else UP
        assert packet.sequence == following[me]
        if packet.flags & ACK:
            assert packet.acknowledged == following[other]
        following[me] += len(packet.payload) + bool(packet.flags & (SYN | FIN))
    for direction in Direction:
        chunks = [event for event in events if isinstance(event, Chunk)]
        sent = b"".join(c.data for c in chunks if c.direction is direction)
        assert carried(found, direction) == sent


def test_each_checksum_is_that_of_rfc_1071() -> None:
    # Odd and even, all zeros, and one whose sum is a multiple of 65535.
    payloads = [
        b"",
        b"\0",
        b"\0\0",
        b"\xff\xff",
        b"\xff" * 9,
        *(b"a" * n for n in (1, 2)),
    ]
    sums = [i.to_bytes(2) for i in range(0, 65536, 251)]
    events = [said(UP, data) for data in [*payloads, *sums] if data]
    for packet in packets(capture(events)):
        assert internet_checksum(packet.raw[:20]) == 0
        segment = packet.raw[20:]
        pseudo_header = packet.raw[12:20] + struct.pack("!HH", 6, len(segment))
        padded = pseudo_header + segment + bytes(len(segment) % 2)
        assert internet_checksum(padded) == 0


def test_the_sum_of_rfc_1071_is_ours() -> None:
    from wslib.relay.pcap import _checksum

    example = bytes.fromhex("0001f203f4f5f6f7")  # section 3
    assert _checksum(example) == ~0xDDF2 & 0xFFFF
    assert _checksum(b"\xff\xff") == internet_checksum(b"\xff\xff") == 0
    for size, first in itertools.product((2, 4, 20), (0, 1, 0x7F, 0xFF)):
        data = bytes([first, *range(7, 7 + size - 1)])
        assert _checksum(data) == internet_checksum(data)
        assert _checksum(data + b"\x80") == internet_checksum(data + b"\x80\0")


def test_it_ends_with_the_goodbyes_that_were_recorded_in_their_order() -> None:
    found = packets(capture([*OPENING, *CLOSING]))[-4:]
    assert [(p.direction, p.flags) for p in found] == [
        (DOWN, FIN | ACK),
        (UP, ACK),
        (UP, FIN | ACK),
        (DOWN, ACK),
    ]
    assert found[-1].acknowledged == found[2].sequence + 1


def test_a_connection_that_is_still_open_has_no_end() -> None:
    found = packets(capture(OPENING))
    assert not any(p.flags & (FIN | RST) for p in found)


def test_a_reset_is_the_last_packet_of_its_connection() -> None:
    events = [*OPENING, signal(UP, "RST"), said(DOWN, HELLO), signal(DOWN, "FIN")]
    found = packets(capture(events))
    assert (found[-1].direction, found[-1].flags) == (UP, RST | ACK)
    assert carried(found, DOWN) == ANSWER


def test_each_connection_has_a_port_of_its_own() -> None:
    events: list[Event] = []
    for number in (1, 2, 3):
        events += [signal(UP, "SYN", number), said(UP, ASK, number)]
    found = packets(capture(events))
    assert {p.ports for p in found if p.direction is UP} == {
        (CLIENT_PORTS[n], 80) for n in range(3)
    }
    assert {p.ports for p in found if p.direction is DOWN} == {
        (80, CLIENT_PORTS[n]) for n in range(3)
    }
    most = len(CLIENT_PORTS)
    for number in (most, most + 1):  # and no number is beyond the ports
        [first, *_] = packets(capture([signal(UP, "SYN", number)]))
        assert first.ports[0] == CLIENT_PORTS[(number - 1) % most]


def test_tls_is_on_the_port_of_tls() -> None:
    hello = bytes.fromhex("16 03 01 00 05") + bytes(5)
    events = [
        signal(UP, "SYN"),
        said(UP, hello),
        said(UP, b"GET", 2),
        said(UP, hello, 2),
    ]
    found = packets(capture(events))
    assert [p.ports[1] for p in found if p.flags == SYN] == [443, 80]


def test_the_times_are_those_of_the_recording_after_a_fixed_date() -> None:
    times = [0.0, 0.0000014, 0.9999996, 3.25]
    events = [Chunk(connection=1, direction=UP, data=b"x", time=time) for time in times]
    stamps = [p.time for p in packets(capture(events)) if p.payload]
    assert stamps == [
        (START, 0),
        (START, 1),
        (START + 1, 0),
        (START + 3, 250_000),
    ]


def test_a_connection_without_a_beginning_is_given_one() -> None:
    assert capture([said(UP, ASK)]) != capture([])
    with_syn = [Signal(connection=1, direction=UP, flag="SYN", time=0.25)]
    assert capture([said(UP, ASK)]) == capture([*with_syn, said(UP, ASK)])


def test_nothing_recorded_is_a_file_with_no_packets() -> None:
    assert packets(capture([])) == []
    assert len(capture([])) == 24


def test_the_same_recording_gives_the_same_bytes(tmp_path: Path) -> None:
    recording = Recording()
    recording.begin()
    for event in [*OPENING[1:], *CLOSING]:
        recording.add(event)
    recording.save_pcap(tmp_path / "one.pcap")
    recording.save_pcap(str(tmp_path / "two.pcap"))
    one = (tmp_path / "one.pcap").read_bytes()
    assert one == (tmp_path / "two.pcap").read_bytes() == capture(recording.events)
    assert [p.flags for p in packets(one)][:3] == [SYN, SYN | ACK, ACK]


# --- read by Wireshark ----------------------------------------------------------------

TSHARK = shutil.which("tshark")
with_tshark = pytest.mark.skipif(
    TSHARK is None, reason="tshark, Wireshark's terminal form, is not installed"
)


def tshark(data: bytes, folder: Path, *options: str) -> str:
    """Have tshark read a capture, with default settings and every checksum checked."""
    path = folder / "recorded.pcap"
    path.write_bytes(data)
    done = subprocess.run(
        [
            str(TSHARK), "-r", str(path), "-n",
            "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE",
            *options,
        ],
        env=os.environ | {"WIRESHARK_CONFIG_DIR": str(folder), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


WARNING = 0x0060_0000  # Wireshark's severities: chat, note, warning, error


def complaints(data: bytes, folder: Path) -> list[str]:
    """Return the packets in which Wireshark finds something odd, with its words."""
    names = [
        "_ws.expert.severity", "ip.checksum.status", "tcp.checksum.status",
        "tcp.analysis.flags", "_ws.malformed", "_ws.expert.message",
    ]  # fmt: skip
    options = [option for name in names for option in ("-e", name)]
    lines = tshark(data, folder, "-T", "fields", *options).splitlines()
    assert len(lines) == len(packets(data))
    odd = []
    for line in lines:
        severities, ip, tcp, analysis, malformed, _ = line.split("\t")
        severe = any(int(s, 0) >= WARNING for s in severities.split(",") if s)
        if severe or analysis or malformed or (ip, tcp) != ("1", "1"):
            odd.append(line)
    return odd


class Seen(NamedTuple):
    """A WebSocket frame as Wireshark sees it."""

    stream: int
    direction: Direction
    opcode: int
    fin: bool
    masking_key: bytes | None
    length: int
    text: str | None


def seen_by_wireshark(data: bytes, folder: Path) -> list[Seen]:
    """Return every WebSocket frame, in the order of the file."""
    pdml = tshark(data, folder, "-Y", "websocket", "-T", "pdml")
    found = []
    for packet in ElementTree.fromstring(pdml).iter("packet"):
        fields = {
            field.get("name"): field.get("show") for field in packet.iter("field")
        }
        direction = DOWN if fields["tcp.srcport"] == "80" else UP
        for proto in packet.iter("proto"):
            if proto.get("name") == "websocket":
                found.append(seen(int(str(fields["tcp.stream"])), direction, proto))
    return found


def seen(stream: int, direction: Direction, proto: ElementTree.Element) -> Seen:
    fields = {str(f.get("name")): f for f in proto.iter("field")}

    def number(name: str) -> int:
        return int(str(fields[f"websocket.{name}"].get("show")))

    extended = [n for n in fields if n.startswith("websocket.payload_length_ext")]
    key = fields.get("websocket.masking_key")
    text = fields.get("websocket.payload.text")
    masked = bool(number("mask"))
    assert masked == (key is not None)
    return Seen(
        stream=stream,
        direction=direction,
        opcode=number("opcode"),
        fin=bool(number("fin")),
        masking_key=None if key is None else bytes.fromhex(str(key.get("value"))),
        length=number(extended[0][10:] if extended else "payload_length"),
        text=None if text is None else bytes.fromhex(str(text.get("value"))).decode(),
    )


def seen_by_us(recording: Recording) -> list[Seen]:
    """Return the same of a recording, one connection after the other."""
    found = []
    for connection in range(1, recording.connections + 1):
        messages = {d: iter(recording.messages(d, connection)) for d in Direction}
        for entry in recording.timeline(connection):
            if not isinstance(entry, RecordedFrame):
                continue
            frame = entry.frame
            whole = frame.fin and not frame.opcode.is_control
            message = next(messages[entry.direction]) if whole else None
            found.append(
                Seen(
                    stream=connection - 1,
                    direction=entry.direction,
                    opcode=frame.opcode,
                    fin=frame.fin,
                    masking_key=frame.masking_key,
                    length=len(frame.payload),
                    text=message if isinstance(message, str) else None,
                )
            )
    return found


def talk(client: websocket.WebSocket) -> None:
    """Have a conversation of every kind of frame, with every form of length."""
    send, recv = client.send_frame, client.recv
    for text in ("Hello, world!", "κόσμε", "a" * 125, "b" * 126, "c" * 65536):
        client.send(text)
        recv()
    client.send_binary(bytes(range(256)) * 600)
    recv()
    # One message in three fragments, cut inside a character, and a ping between them.
    send(websocket.ABNF.create_frame(b"caf\xc3", Opcode.TEXT, 0))
    send(websocket.ABNF.create_frame(b"\xa9 ", Opcode.CONTINUATION, 0))
    client.ping("still there?")
    send(websocket.ABNF.create_frame(b"noir", Opcode.CONTINUATION, 1))
    client.recv_data(control_frame=True)  # the pong
    assert recv() == "Received:  caf\u00e9 noir"
    client.pong()


@with_tshark
def test_wireshark_sees_every_frame_of_an_echo_conversation(tmp_path: Path) -> None:
    with EchoServer() as server, RecordingProxy(server.url) as relay:
        clients = [websocket.create_connection(relay.url, timeout=5) for _ in range(3)]
        for client in clients:
            talk(client)
        server.push("to all")
        for client in clients:
            assert client.recv() == "to all"
        clients[0].close()
        clients[1].close(status=3000, reason=b"done")
        relay.recording.wait_frames(DOWN, opcode=Opcode.CLOSE, connection=2)
        server.stop()  # which says goodbye to the third
        clients[2].close()
        relay.recording.wait_closed()
        data = capture(relay.recording.events)
    ours = seen_by_us(relay.recording)
    assert len(ours) > 60
    theirs = seen_by_wireshark(data, tmp_path)
    assert sorted(theirs, key=lambda frame: frame.stream) == ours
    assert complaints(data, tmp_path) == []


@with_tshark
@pytest.mark.parametrize("size", [1, 126, 1450, 65536])
def test_wireshark_sees_fragments_from_both_sides_in_few_or_many_packets(
    size: int, tmp_path: Path
) -> None:
    recording = Recording()
    recording.begin()
    for event in OPENING[1:]:
        recording.add(event)
    for direction in Direction:
        raw = (
            a_frame(direction, Opcode.TEXT, payload=b"a" * size, fin=False)
            + a_frame(direction, Opcode.PING)
            + a_frame(direction, Opcode.CONTINUATION, payload=b"bc")
            + a_frame(direction, Opcode.TEXT, payload=b"de")
        )
        for start in range(0, len(raw), 40_000):
            recording.add(said(direction, raw[start : start + 40_000]))
    for event in CLOSING:
        recording.add(event)
    data = capture(recording.events)
    assert seen_by_wireshark(data, tmp_path) == seen_by_us(recording)
    assert complaints(data, tmp_path) == []


PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
REFUSED = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno"


@with_tshark
@pytest.mark.parametrize(
    "events",
    [
        [],
        [signal(UP, "SYN")],
        [signal(UP, "SYN"), signal(UP, "FIN"), signal(DOWN, "FIN")],
        [said(UP, ASK[:40])],
        [said(UP, ASK)],
        OPENING,
        [*OPENING, said(UP, HELLO_MASKED)],
        [*OPENING, signal(UP, "FIN")],
        [said(UP, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), said(DOWN, PLAIN)],
        [said(UP, ASK), said(DOWN, REFUSED), signal(DOWN, "FIN"), signal(UP, "FIN")],
    ],
    ids=[
        "nothing recorded",
        "opened",
        "opened and closed",
        "half a request",
        "no answer yet",
        "open",
        "open, with a frame",
        "half closed",
        "plain HTTP",
        "refused",
    ],
)
def test_wireshark_finds_nothing_odd(events: list[Event], tmp_path: Path) -> None:
    assert complaints(capture(events), tmp_path) == []


@with_tshark
@pytest.mark.parametrize(
    "events",
    [
        [*OPENING, said(UP, HELLO), said(DOWN, b"\x83\xff no frame at all" * 99)],
        [said(UP, HELLO_MASKED), said(DOWN, HELLO)],
        [said(UP, b"\x16\x03\x01\x02\x00\x01"), said(DOWN, b"\x15\x03\x03\x00\x02")],
        [*OPENING, said(UP, HELLO_MASKED), signal(UP, "RST")],
    ],
    ids=["no frames", "no handshake", "TLS", "reset"],
)
def test_wireshark_reads_the_packets_whatever_they_carry(
    events: list[Event], tmp_path: Path
) -> None:
    data = capture(events)
    fields = ["tcp.checksum.status", "ip.checksum.status", "tcp.payload"]
    options = [option for field in fields for option in ("-e", field)]
    lines = tshark(data, tmp_path, "-T", "fields", *options).splitlines()
    expected = [["1", "1", packet.payload.hex()] for packet in packets(data)]
    assert [line.split("\t") for line in lines] == expected


@with_tshark
def test_wireshark_would_say_if_something_were_odd(tmp_path: Path) -> None:
    good = capture([*OPENING, said(UP, HELLO_MASKED), *CLOSING])
    assert complaints(good, tmp_path) == []
    place = good.index(HELLO_MASKED)
    wrong_byte = good[:place] + b"\x82" + good[place + 1 :]
    assert complaints(wrong_byte, tmp_path) != []
    reset = capture([*OPENING, signal(UP, "RST")])
    assert complaints(reset, tmp_path) != []
    twice = good + good[24:]  # every packet a second time
    assert complaints(twice, tmp_path) != []
    text = capture([*OPENING, said(UP, HELLO_MASKED.replace(b"\x85", b"\x86"))])
    assert seen_by_wireshark(text, tmp_path) == []  # one byte is missing
