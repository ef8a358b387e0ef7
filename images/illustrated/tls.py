"""TLS 1.3: its records, what a watcher reads in them, and what the two ends read.

The capture file holds the secrets of its connection, as a program under test may log
them (RFC 9850). So what is inside of each record is not guessed here: it is decrypted.

RFC 9846: records in section 5, the hellos in 4.2, the keys in 7.3.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from illustrated.capture import Packet
from illustrated.groups import Group, count
from wslib.direction import DOWN, UP, Direction
from wslib.labs.security import ContentType, Record, records

FINISHED, CLIENT_HELLO, SERVER_HELLO = 20, 1, 2
TAG = 16  # bytes, in each of the three
SUITES = {
    0x1301: ("TLS_AES_128_GCM_SHA256", AESGCM, SHA256, 16),
    0x1302: ("TLS_AES_256_GCM_SHA384", AESGCM, SHA384, 32),
    0x1303: ("TLS_CHACHA20_POLY1305_SHA256", ChaCha20Poly1305, SHA256, 32),
}
HANDSHAKE = {  # section 4
    4: "NewSessionTicket",
    8: "EncryptedExtensions",
    11: "Certificate",
    15: "CertificateVerify",
    FINISHED: "Finished",
}
# The names and what they say; https://www.iana.org/assignments/tls-extensiontype-values
EXTENSIONS = {
    0: ("server_name", "Whom the client wants", "6066, 3"),
    5: ("status_request", "Has your certificate been revoked? Bring proof.", "6066, 8"),
    10: ("supported_groups", "In which groups I can agree on a key.", "9846, 4.3.7"),
    11: ("ec_point_formats", "For TLS 1.2: how I write a point.", "8422, 5.1.2"),
    13: ("signature_algorithms", "Which signatures I can check.", "9846, 4.3.3"),
    16: ("application_layer_protocol_negotiation", "What is to be spoken", "7301, 3.1"),
    18: ("signed_certificate_timestamp", "Is it in a public log?", "6962, 3.3.1"),
    21: ("padding", "Bytes that say nothing.", "7685, 3"),
    23: ("extended_master_secret", "For TLS 1.2: a lock on a known hole.", "7627, 5.1"),
    27: ("compress_certificate", "You may compress your certificate.", "8879, 3"),
    35: ("session_ticket", "For TLS 1.2: a ticket to come back with.", "5077, 3.2"),
    41: ("pre_shared_key", "A key from the last time.", "9846, 4.3.11"),
    43: ("supported_versions", "Here the version is said in truth", "9846, 4.3.1"),
    45: ("psk_key_exchange_modes", "How a ticket may be used.", "9846, 4.3.9"),
    51: ("key_share", "Half of a key: public, so it may be read", "9846, 4.3.8"),
    0xCA34: ("trust_anchors", "Which authorities I know: still a draft.", ""),
    0xFE0D: ("encrypted_client_hello", "A hello inside the hello, or noise", "9849, 5"),
    0xFF01: ("renegotiation_info", "For TLS 1.2: a lock on a known hole.", "5746, 3.2"),
}


@dataclass(frozen=True)
class Sent:
    """A record, and what is in it.

    Attributes:
        direction: Who sent it.
        time: When its last byte came, in microseconds.
        raw: All of it, header included.
        record: What a watcher reads.
        inside: What the two ends read; None if it is not encrypted.
        inner_type: What kind of content that is.
    """

    direction: Direction
    time: int
    raw: bytes
    record: Record
    inside: bytes | None = None
    inner_type: ContentType | None = None


def all_sent(packets: list[Packet], secrets: str) -> list[Sent]:
    """Return the records of both sides, in the order in which they were complete."""
    found: list[tuple[int, Sent]] = []
    hello = b""
    for direction in (DOWN, UP):  # the server's first: it says which cipher
        ours = [
            (place, packet)
            for place, packet in enumerate(packets)
            if packet.direction(packets[0]) is direction and packet.payload
        ]
        stream = b"".join(packet.payload for _, packet in ours)
        hello = hello or stream
        keys = _Keys(direction, secrets, hello)
        at = 0
        for record in records(stream):
            place, packet = _complete_in(ours, at + record.size)
            raw = stream[at : at + record.size]
            at += record.size
            inside = keys.open(raw)
            sent = Sent(direction, packet.time, raw, record, *inside)
            found.append((place, sent))
    return [sent for _, sent in sorted(found, key=lambda pair: pair[0])]


def _complete_in(ours: list[tuple[int, Packet]], end: int) -> tuple[int, Packet]:
    """Return the packet that brings the byte before ``end``, and its place."""
    for place, packet in ours:
        end -= len(packet.payload)
        if end <= 0:
            return place, packet
    raise ValueError("a record that is not complete")


class _Keys:
    """The keys of one direction. RFC 9846, section 5.2, 5.3, 7.3."""

    def __init__(self, direction: Direction, secrets: str, hello: bytes) -> None:
        who = "CLIENT" if direction is UP else "SERVER"
        lines = [line.split() for line in secrets.splitlines()]
        self._secrets = [
            bytes.fromhex(secret)
            for label in (f"{who}_HANDSHAKE_TRAFFIC_SECRET", f"{who}_TRAFFIC_SECRET_0")
            for name, _, secret in lines
            if name == label
        ]
        suite = int.from_bytes(hello[76:78])  # behind a session ID of 32 bytes
        _, self._cipher, self._hash, self._size = SUITES[suite]
        self._next_secret()

    def open(self, raw: bytes) -> tuple[bytes | None, ContentType | None]:
        """Return what is inside of the next record, and of what kind that is."""
        if raw[0] != ContentType.APPLICATION_DATA:
            return None, None
        nonce = int.from_bytes(self._iv) ^ self._sequence
        self._sequence += 1
        opened = self._aead.decrypt(nonce.to_bytes(12), raw[5:], raw[:5])
        opened = opened.rstrip(b"\0")  # padding, section 5.4
        content, kind = opened[:-1], ContentType(opened[-1])
        if kind is ContentType.HANDSHAKE:
            if FINISHED in [number for number, _ in handshakes(content)]:
                self._next_secret()
        return content, kind

    def _next_secret(self) -> None:
        secret = self._secrets.pop(0)
        self._aead = self._cipher(self._expand(secret, b"key", self._size))
        self._iv = self._expand(secret, b"iv", 12)
        self._sequence = 0

    def _expand(self, secret: bytes, label: bytes, size: int) -> bytes:
        """HKDF-Expand-Label, with an empty context. Section 7.1."""
        label = b"tls13 " + label
        info = struct.pack("!HB", size, len(label)) + label + b"\0"
        return HKDFExpand(self._hash(), size, info).derive(secret)


def handshakes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the handshake messages in a record: type and all of it. Section 4."""
    while data:
        size = 4 + int.from_bytes(data[1:4])
        yield data[0], data[:size]
        data = data[size:]


def header(record: Record) -> Group:
    """Return the header of a record, explained."""
    kind = record.content_type
    says = {
        ContentType.HANDSHAKE: "part of the handshake",
        ContentType.CHANGE_CIPHER_SPEC: "change_cipher_spec",
        ContentType.APPLICATION_DATA: "application data, or so it says: once there "
        "are keys, every record does",
    }
    version = record.version.hex(" ")
    return Group(
        bytes([kind]) + record.version + len(record.data).to_bytes(2),
        "Record header",
        f"{kind}: {says.get(kind, kind.name.lower())}. {version} means nothing any "
        f"more. {count(len(record.data))} follow.",
        "9846, 5.1",
    )


def sealed(record: Record) -> Iterator[Group]:
    """Yield the groups of an encrypted record."""
    yield header(record)
    yield Group(
        record.data[:-TAG],
        "encrypted_record",
        "What can be read here is how long it is, and when it came.",
        "9846, 5.2",
        "secret",
    )
    yield Group(
        record.data[-TAG:],
        "... its tag",
        "Proof: whoever changes one bit, of the header too, breaks it.",
        "9846, 5.2",
        "secret",
    )


def clear(record: Record) -> Iterator[Group]:
    """Yield the groups of a record that is not encrypted."""
    yield header(record)
    data = record.data
    if record.content_type is not ContentType.HANDSHAKE:
        says = (
            "A 1, once each way, to please old boxes in between: it makes the rest "
            "look like TLS 1.2. Neither side listens to it."
        )
        yield Group(data, "change_cipher_spec", says, "9846, E.4", "payload")
        return
    client = data[0] == CLIENT_HELLO
    what = "ClientHello: here I am" if client else "ServerHello: so it shall be"
    size = count(int.from_bytes(data[1:4]))
    yield Group(data[:4], "Handshake header", f"{what}. {size} follow.", "9846, 4")
    yield from _hello(data[4:], client)


def _hello(data: bytes, client: bool) -> Iterator[Group]:
    """Yield the groups of a ClientHello or a ServerHello. Section 4.1.2, 4.1.3."""
    rfc = "9846, 4.2.2" if client else "9846, 4.2.3"
    says = "TLS 1.2, for old boxes in between. The truth comes below."
    yield Group(data[:2], "legacy_version", says, rfc)
    says = (
        "32 random bytes. They make this handshake unlike every other; the keys "
        "depend on them."
    )
    yield Group(data[2:34], "random", says, rfc, "payload")
    end = 35 + data[34]
    says = "A session of TLS 1.2 that never was, for the same old boxes."
    if not client:
        says = "The client's, sent back."
    yield Group(data[34:end], "legacy_session_id", says, rfc, "payload")
    if client:
        size = int.from_bytes(data[end : end + 2])
        suites = data[end : end + 2 + size]
        says = (
            f"{size // 2} ways to encrypt that I know, the best first. A number of the "
            f"form `?a ?a` is none: it is noise, so that servers learn to bear what "
            f"they do not know (RFC 8701)."
        )
        yield Group(suites, "cipher_suites", says, rfc)
        end += len(suites)
        says = "One way to compress: not at all."
        yield Group(data[end : end + 2], "legacy_compression_methods", says, rfc)
        end += 2
    else:
        name = SUITES[int.from_bytes(data[end : end + 2])][0]
        yield Group(data[end : end + 2], "cipher_suite", f"{name} it is.", rfc)
        says = "No compression."
        yield Group(data[end + 2 : end + 3], "legacy_compression_method", says, rfc)
        end += 3
    size = count(int.from_bytes(data[end : end + 2]))
    yield Group(data[end : end + 2], "extensions", f"{size} of them follow.", rfc)
    rest = data[end + 2 :]
    while rest:
        size = 4 + int.from_bytes(rest[2:4])
        yield _extension(rest[:size], client)
        rest = rest[size:]


def _extension(data: bytes, client: bool) -> Group:
    """Return one extension, explained. Section 4.2."""
    kind = int.from_bytes(data[:2])
    if kind & 0x0F0F == 0x0A0A and data[0] == data[1]:
        says = "Noise, so that servers learn to bear what they do not know."
        return Group(data, "GREASE", says, "8701, 3")
    unknown = (f"extension {kind}", "Not explained here.", "")
    name, says, rfc = EXTENSIONS.get(kind, unknown)
    body = data[4:]
    if kind == 0:
        says += f": {body[5:].decode()}. In the clear, for everybody on the way."
    elif kind == 16:
        said = ", ".join(_names(body[2:]))
        says += f": {said}. A WebSocket begins as HTTP/1.1, so nothing newer is asked."
    elif kind == 43:
        says += ": 03 04 is TLS 1.3."
    elif kind == 51:
        says += f". {_shares(body, client)}"
    elif kind == 0xFE0D:
        says += ": from outside nobody can tell which."
    return Group(data, name, says, rfc)


def _names(data: bytes) -> Iterator[str]:
    """Yield strings that have their length before them."""
    while data:
        yield data[1 : 1 + data[0]].decode()
        data = data[1 + data[0] :]


def _shares(body: bytes, client: bool) -> str:
    """Say which groups a key_share is of. Section 4.2.8."""
    groups = {29: "X25519", 0x11EC: "X25519MLKEM768, against quantum computers"}
    rest, found = body[2:] if client else body, []
    while rest:
        group, size = struct.unpack_from("!HH", rest)
        found.append(f"{groups.get(group, 'noise')}: {count(size)}")
        rest = rest[4 + size :]
    return "; ".join(found) + "."
