"""permessage-deflate: what the RFC shows, what `websockets` says, and the limits."""

import functools
import itertools
import random
import tracemalloc
import zlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fuzz_protocol import CODES, cut, mutated
from websockets.exceptions import NegotiationError
from websockets.extensions.permessage_deflate import (
    ClientPerMessageDeflateFactory,
    ServerPerMessageDeflateFactory,
)
from websockets.extensions.permessage_deflate import PerMessageDeflate as Theirs
from websockets.frames import Frame as TheirFrame
from websockets.frames import Opcode as TheirOpcode
from websockets.headers import build_extension, parse_extension

from wslib import deflate
from wslib.deflate import (
    TAIL,
    Parameters,
    PerMessageDeflate,
    accept_offer,
    parse_parameters,
    read_response,
)
from wslib.errors import HandshakeError, PayloadTooBig
from wslib.frames import Frame, FrameReader, Opcode
from wslib.messages import BinaryMessage, TextMessage
from wslib.protocol import Connection, ConnectionFailed, Event, Ping

KEY = bytes.fromhex("37fa213d")
HELLO = bytes.fromhex("f2 48 cd c9 c9 07 00")
HELLO_AGAIN = bytes.fromhex("f2 00 11 00 00")
MAX = 2**20

BITS = [None, 8, 12, 15]
ALL = [
    Parameters(
        server_no_context_takeover=server_forgets,
        client_no_context_takeover=client_forgets,
        server_max_window_bits=server_bits,
        client_max_window_bits=client_bits,
    )
    for server_forgets, client_forgets in itertools.product((False, True), repeat=2)
    for server_bits, client_bits in itertools.product(BITS, repeat=2)
]


def end(client: bool, agreed: Parameters | None = None, **options: Any) -> Connection:
    """Return one end of a connection that has agreed on the extension."""
    extension = PerMessageDeflate(agreed or Parameters(), client=client)
    return Connection(client, extension=extension, masking_key=lambda: KEY, **options)


def feed(connection: Connection, *chunks: bytes) -> list[Event]:
    """Return what a connection makes of some bytes."""
    events: list[Event] = []
    for chunk in chunks:
        connection.receive_data(chunk)
        events += connection.events()
    return events


def text(payload: bytes, fin: bool = True, rsv1: bool = True) -> Frame:
    """Return the first frame of a text message, compressed unless told otherwise."""
    return Frame(opcode=Opcode.TEXT, payload=payload, fin=fin, rsv1=rsv1)


def more(payload: bytes, fin: bool = True, rsv1: bool = False) -> Frame:
    """Return a frame that goes on with a message."""
    return Frame(opcode=Opcode.CONTINUATION, payload=payload, fin=fin, rsv1=rsv1)


def as_sent(client: bool, *frames: Frame) -> bytes:
    """Return frames as this end puts them on the wire."""
    key = KEY if client else None
    return b"".join(replace(frame, masking_key=key).serialize() for frame in frames)


# --- the examples of section 7.2.3 ----------------------------------------------------

HELLOS = {
    "7.2.3.1, a message": ["f248cdc9c90700"],
    "7.2.3.2, the context is taken over": ["f248cdc9c90700", "f200110000"],
    "7.2.3.2, and not": ["f248cdc9c90700", "f248cdc9c90700"],
    "7.2.3.3, a block without compression": ["000500faff48656c6c6f00"],
    "7.2.3.4, a block that is the last one": ["f348cdc9c9070000", "f348cdc9c9070000"],
    "7.2.3.5, two blocks": ["f248050000 00ffff cac9c90700"],
}
each_hello = pytest.mark.parametrize("payloads", HELLOS.values(), ids=HELLOS)
each_end = pytest.mark.parametrize("client", [True, False], ids=["client", "server"])


@each_end
@each_hello
def test_the_rfcs_examples_are_read_however_they_are_cut(
    client: bool, payloads: list[str]
) -> None:
    frames = [text(bytes.fromhex(payload)) for payload in payloads]
    hello = [TextMessage("Hello")] * len(frames)
    wire = as_sent(not client, *frames)
    for place in range(len(wire)):
        assert feed(end(client), wire[:place], wire[place:]) == hello
    assert feed(end(client), *(bytes([byte]) for byte in wire)) == hello
    for size in range(len(frames[0].payload)):
        first = text(frames[0].payload[:size], fin=False)
        wire = as_sent(not client, first, more(frames[0].payload[size:]), *frames[1:])
        assert feed(end(client), wire) == hello


def test_the_rfcs_frames_are_read_byte_for_byte() -> None:
    for wire in ("c107f248cdc9c90700", "4103f248cd 8004c9c90700"):
        assert feed(end(True), bytes.fromhex(wire)) == [TextMessage("Hello")]
    assert feed(end(True), bytes.fromhex("c10100")) == [TextMessage("")]  # 7.2.3.6


def test_what_is_sent_are_the_rfcs_examples() -> None:
    server = end(False)
    server.send_text("Hello")
    assert server.data_to_send() == b"\xc1\x07" + HELLO
    server.send_text("Hello")
    assert server.data_to_send() == b"\xc1\x05" + HELLO_AGAIN
    for _ in range(3):  # also after one another, where zlib has nothing to flush
        server.send_binary(b"")
        assert server.data_to_send() == b"\xc2\x01\x00"


def test_without_context_takeover_each_message_stands_alone() -> None:
    agreed = Parameters(server_no_context_takeover=True)
    server, client = end(False, agreed), end(True, agreed)
    for _ in range(3):
        server.send_text("Hello")
        assert server.data_to_send() == b"\xc1\x07" + HELLO
        client.send_text("Hello")
    sent = [frame.payload for frame in read(client.data_to_send(), masked=True)]
    assert sent[:2] == [HELLO, HELLO_AGAIN], "the client takes it over"
    assert len(sent[2]) == 4, "and finds all of it"
    wire = as_sent(False, text(HELLO), text(HELLO_AGAIN))
    first, failed = feed(end(True, agreed), wire)
    assert first == TextMessage("Hello")
    assert isinstance(failed, ConnectionFailed), "there is nothing to refer back to"


def read(data: bytes, masked: bool) -> list[Frame]:
    """Return the frames in some bytes."""
    return list(FrameReader(masked=masked, allow_rsv1=True, max_payload=MAX).feed(data))


# --- the frames, beside those of `websockets` -----------------------------------------

WORDS = "the quick brown fox jumps over the lazy dog, and then, once more, ".split(" ")


def messages(seed: int) -> Iterator[list[bytes]]:
    """Yield messages in fragments: empty ones, prose, noise, long ones, repeats."""
    chance = random.Random(seed)
    said: list[bytes] = [b""]
    for size in [0, 1, 5, 0, 200, 3000, 70_000, 5, 300, 2044, 2040, 30_000]:
        prose = " ".join(chance.choices(WORDS, k=size // 4 + 1)).encode()[:size]
        whole = chance.choice([prose, prose, chance.randbytes(size), said[-1]])
        said.append(whole)
        cuts = sorted(chance.randrange(len(whole) + 1) for _ in range(size % 3))
        yield [whole[a:b] for a, b in itertools.pairwise([0, *cuts, len(whole)])]


def framed(fragments: list[bytes]) -> list[Frame]:
    """Return the frames of one binary message, as they are meant."""
    last = len(fragments) - 1
    return [
        Frame(
            opcode=Opcode.CONTINUATION if i else Opcode.BINARY,
            payload=fragment,
            fin=i == last,
        )
        for i, fragment in enumerate(fragments)
    ]


def to_them(frame: Frame) -> TheirFrame:
    opcode = TheirOpcode(frame.opcode)
    return TheirFrame(opcode, frame.payload, frame.fin, frame.rsv1)


def from_them(frame: TheirFrame) -> Frame:
    opcode, payload = Opcode(frame.opcode), bytes(frame.data)
    return Frame(opcode=opcode, payload=payload, fin=frame.fin, rsv1=frame.rsv1)


def theirs(agreed: Parameters, client: bool) -> Theirs:
    """Return the end of `websockets`; to compress, it has no window of 8 bits."""
    server = agreed.server_no_context_takeover, agreed.server_max_window_bits or 15
    local = agreed.client_no_context_takeover, agreed.client_max_window_bits or 15
    local, remote = (local, server) if client else (server, local)
    return Theirs(remote[0], local[0], remote[1], max(local[1], 9))


@each_end
@pytest.mark.parametrize("agreed", ALL, ids=str)
def test_websockets_inflates_what_we_send_and_we_what_it_sends(
    agreed: Parameters, client: bool
) -> None:
    ours = PerMessageDeflate(agreed, client=client)
    peer = theirs(agreed, client=not client)
    for fragments in messages(1):
        for frame in framed(fragments):
            sent = ours.encode(frame)
            assert sent.rsv1 == (frame.opcode is not Opcode.CONTINUATION)
            assert from_them(peer.decode(to_them(sent), max_size=MAX)) == frame
    for fragments in messages(2):
        for frame in framed(fragments):
            sent = from_them(peer.encode(to_them(frame)))
            assert ours.decode(sent, MAX) == frame


@pytest.mark.parametrize("agreed", ALL[:: len(BITS) + 1], ids=str)
def test_what_websockets_sends_is_read_however_tcp_cuts_it(agreed: Parameters) -> None:
    peer = theirs(agreed, client=True)
    expected, wire = [], b""
    for fragments in [
        [b"Hel", b"", b"lo"],
        [b""],
        [b"Hello", b"Hello"],
        [b"\xff" * 300],
    ]:
        expected.append(BinaryMessage(b"".join(fragments)))
        for frame in framed(fragments):
            wire += as_sent(True, from_them(peer.encode(to_them(frame))))
    for place in range(len(wire)):
        assert feed(end(False, agreed), wire[:place], wire[place:]) == expected
    assert feed(end(False, agreed), *(bytes([byte]) for byte in wire)) == expected


@each_end
@pytest.mark.parametrize("bits", [8, 9, 10, 15])
def test_nothing_refers_back_beyond_the_window(client: bool, bits: int) -> None:
    """Inflated in small steps: else zlib finds in its output what the window lacks."""
    name = f"{'client' if client else 'server'}_max_window_bits"
    ours = PerMessageDeflate(Parameters(**{name: bits}), client=client)
    inflater = zlib.decompressobj(wbits=-bits)
    chance = random.Random(bits)
    for distance in [*range(240, 270), *range(500, 520), 1000, 40_000]:
        payload = chance.randbytes(distance) * 3
        sent = ours.encode(Frame(opcode=Opcode.BINARY, payload=payload))
        pieces, data = [], sent.payload + TAIL
        while data:
            pieces.append(inflater.decompress(data, 7))
            data = inflater.unconsumed_tail
        pieces.append(inflater.flush())
        assert b"".join(pieces) == payload


def test_a_message_may_travel_as_it_is_and_a_ping_between_two_fragments() -> None:
    client = end(True)
    wire = as_sent(
        False,
        text(HELLO),
        text(b"Hel", fin=False, rsv1=False),
        Frame(opcode=Opcode.PING, payload=b"?"),
        more(b"lo"),
        text(HELLO_AGAIN[:2], fin=False),
        Frame(opcode=Opcode.PING),
        more(HELLO_AGAIN[2:]),
    )
    hello = TextMessage("Hello")
    assert feed(client, wire) == [hello, Ping(b"?"), hello, Ping(), hello]


@each_end
def test_what_comes_uncompressed_has_the_same_limit(client: bool) -> None:
    long, half = bytes(MAX + 1), bytes(MAX // 2 + 1)
    for frames in (
        [Frame(opcode=Opcode.BINARY, payload=long)],
        [Frame(opcode=Opcode.BINARY, payload=half, fin=False), more(half)],
    ):
        *_, last = feed(end(client, max_message=MAX), as_sent(not client, *frames))
        assert isinstance(last, ConnectionFailed)
        assert last.close_code == 1009


# --- what is broken -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frames", "failed"),
    {
        "RSV1 on the second frame": (
            [text(HELLO[:3], fin=False), more(HELLO[3:], rsv1=True)],
            ("5.2", 1002, 6455),
        ),
        "RSV1 on the second frame alone": (
            [text(b"Hel", fin=False, rsv1=False), more(b"lo", rsv1=True)],
            ("5.2", 1002, 6455),
        ),
        "RSV1 on a Ping": (
            [Frame(opcode=Opcode.PING, rsv1=True)],
            ("5.2", 1002, 6455),
        ),
        "nothing to continue": ([text(HELLO), more(HELLO)], ("5.4", 1002, 6455)),
        "not compressed": ([text(b"Hello")], ("7.2.2", 1007, 7692)),
        "refers back too far": ([text(HELLO_AGAIN)], ("7.2.2", 1007, 7692)),
        "not UTF-8": ([text(b"\x00\x01\x00\xfe\xff\xff\x00")], ("8.1", 1007, 6455)),
    }.values(),
    ids=lambda value: "",
)
def test_a_broken_rule_fails_the_connection(
    frames: list[Frame], failed: tuple[str, int, int]
) -> None:
    *_, last = feed(end(True), as_sent(False, *frames))
    assert isinstance(last, ConnectionFailed)
    assert (last.section, last.close_code, last.rfc) == failed


def test_the_peer_is_told_which_rfc_has_the_rule() -> None:
    server = end(False)
    feed(server, as_sent(True, text(b"Hello")))
    (close,) = read(server.data_to_send(), masked=False)
    assert close.payload == b"\x03\xefnot DEFLATE (RFC 7692, section 7.2.2)"


def test_whatever_becomes_of_a_stream_it_is_read_the_same() -> None:
    """Up to a failure; a message with two faults may fail for either."""
    chance, failures = random.Random(7692), 0
    for _ in range(1000):
        client = end(True)
        for _ in range(chance.randint(1, 5)):
            client.send_text(
                "Hello" * chance.randint(0, 200), fin=chance.random() < 0.7
            )
            client.send_ping(b"?")
        data = mutated(bytearray(client.data_to_send()), chance)
        whole = feed(end(False, max_message=2000), data)
        parts = feed(end(False, max_message=2000), *cut(data, chance))
        assert sound(whole) == sound(parts), data.hex(" ")
        failures += any(isinstance(event, ConnectionFailed) for event in whole)
    assert failures > 500


def sound(events: list[Event]) -> list[Event | None]:
    """Return what happened, without the words of a failure."""
    failed = [e for e in events if isinstance(e, ConnectionFailed)]
    assert all(failure.close_code in CODES for failure in failed)
    return [None if isinstance(e, ConnectionFailed) else e for e in events]


# --- limits ---------------------------------------------------------------------------


@functools.cache
def packed(size: int) -> bytes:
    """Return a message of zeros, compressed."""
    frame = Frame(opcode=Opcode.BINARY, payload=bytes(size))
    return PerMessageDeflate(Parameters(), client=True).encode(frame).payload


@pytest.mark.parametrize("limit", [0, 1, 5, 4095, 4096, 100_000])
def test_the_limit_is_kept_to_the_byte(limit: int) -> None:
    allowed = Frame(opcode=Opcode.BINARY, payload=packed(limit), rsv1=True)
    ours = PerMessageDeflate(Parameters(), client=True)
    assert ours.decode(allowed, limit).payload == bytes(limit)
    one_more = replace(allowed, payload=packed(limit + 1))
    ours = PerMessageDeflate(Parameters(), client=True)
    with pytest.raises(PayloadTooBig, match=f"more than {limit} bytes"):
        ours.decode(one_more, limit)


def test_the_limit_holds_for_all_fragments_together() -> None:
    half = PerMessageDeflate(Parameters(), client=True)
    for sizes, ends in (([40, 60], False), ([40, 61], True), ([101, 0], True)):
        frames = [half.encode(f) for f in framed([bytes(size) for size in sizes])]
        server = end(False, max_message=100)
        half = PerMessageDeflate(Parameters(), client=True)
        (event,) = feed(server, as_sent(True, *frames))
        assert isinstance(event, ConnectionFailed) == ends
        if isinstance(event, ConnectionFailed):
            assert event.message == "the message is longer than 100 bytes"


def test_what_cannot_be_compressed_may_travel_longer_than_it_is() -> None:
    noise = random.Random(7692).randbytes(10_000)
    for limit in (10_000, 9_999):
        client, server = end(True), end(False, max_message=limit)
        client.send_binary(noise)
        wire = client.data_to_send()
        assert len(wire) > 10_008, "longer than the message and a header"
        (event,) = feed(server, wire)
        assert (event == BinaryMessage(noise)) == (limit == 10_000)


@pytest.mark.parametrize("at_once", [100, 2**16, 2**24])
def test_a_bomb_takes_no_more_memory_than_the_limit(at_once: int) -> None:
    bomb = as_sent(True, Frame(opcode=Opcode.BINARY, payload=packed(2**26), rsv1=True))
    server = end(False)
    tracemalloc.start()
    try:
        for start in range(0, len(bomb), at_once):
            if events := feed(server, bomb[start : start + at_once]):
                break
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [type(event) for event in events] == [ConnectionFailed]
    assert peak < 6 * MAX


def test_what_follows_a_last_block_is_not_copied_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else half a million last blocks in 1 MiB would take hours."""
    left: list[int] = []
    inflater = zlib.decompressobj

    class Counting:
        def __init__(self, wbits: int) -> None:
            self.inflater = inflater(wbits)

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inflater, name)

        def decompress(self, data: bytes, max_length: int) -> bytes:
            inflated = self.inflater.decompress(data, max_length)
            left.append(len(self.inflater.unused_data))
            return inflated

    monkeypatch.setattr(deflate.zlib, "decompressobj", Counting)
    blocks = 2**15
    frame = text(b"\x03\x00" * blocks + b"\x00")
    assert PerMessageDeflate(Parameters(), client=True).decode(frame, 0).payload == b""
    assert len(left) > blocks and max(left) < 2**12


# --- the offer and the response -------------------------------------------------------


def test_what_is_written_is_read_again() -> None:
    for parameters in ALL:
        for offer in (True, False):
            assert parse_parameters(str(parameters), offer=offer) == parameters
        assert str(parameters) == build_extension(parse_extension(str(parameters)))


def test_all_four_parameters_look_like_this() -> None:
    assert str(Parameters()) == "permessage-deflate"
    assert str(ALL[-1]) == (
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
        "server_max_window_bits=15; client_max_window_bits=15"
    )


@pytest.mark.parametrize(
    "element",
    [
        'permessage-deflate;client_max_window_bits="10"',
        "permessage-deflate ;\tclient_max_window_bits = 10",
    ],
)
def test_it_may_be_written_in_other_ways(element: str) -> None:
    expected = Parameters(client_max_window_bits=10)
    assert parse_parameters(element, offer=False) == expected


def test_only_an_offer_may_leave_the_clients_window_to_the_server() -> None:
    element = "permessage-deflate; client_max_window_bits"
    offer = parse_parameters(element, offer=True)
    assert offer == Parameters(client_max_window_bits=15)
    with pytest.raises(HandshakeError, match="7.1.2.2"):
        parse_parameters(element, offer=False)


FAULTS = {
    "; what": "7.1)",
    ";": "7.1)",
    '; client_max_window_bits="10': "7.1)",
    "; server_no_context_takeover; server_no_context_takeover": "7.1)",
    "; server_no_context_takeover=1": "7.1.1.1)",
    '; client_no_context_takeover="true"': "7.1.1.2)",
    "; server_max_window_bits": "7.1.2.1)",
    "; server_max_window_bits=7": "7.1.2.1)",
    "; server_max_window_bits=16": "7.1.2.1)",
    "; server_max_window_bits=010": "7.1.2.1)",
    "; client_max_window_bits=ten": "7.1.2.2)",
    "; client_max_window_bits=1٠": "7.1)",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_makes_a_server_decline_and_a_client_fail(fault: str) -> None:
    element = "permessage-deflate" + fault
    assert accept_offer([element], Parameters()) is None
    second = "permessage-deflate; client_no_context_takeover"
    agreed = accept_offer(["other; x", element, second], Parameters())
    assert agreed == Parameters(client_no_context_takeover=True)
    with pytest.raises(HandshakeError, match="RFC 7692, section ") as caught:
        read_response(["other", element], ALL[-1])
    assert str(caught.value).endswith(FAULTS[fault])
    assert caught.value.status is None


def test_nothing_offered_and_nothing_accepted_is_no_fault() -> None:
    assert accept_offer([], ALL[-1]) is None
    assert accept_offer(["x-webkit-deflate-frame"], ALL[-1]) is None
    assert read_response([], ALL[-1]) is None
    with pytest.raises(HandshakeError, match="section 7"):
        parse_parameters("x-webkit-deflate-frame", offer=True)
    with pytest.raises(HandshakeError, match="accepted twice"):
        read_response(["permessage-deflate", "permessage-deflate"], Parameters())


@pytest.mark.parametrize("bits", [-1, 1, 7, 16])
def test_there_is_no_such_window(bits: int) -> None:
    for name in ("server_max_window_bits", "client_max_window_bits"):
        with pytest.raises(ValueError, match="8 to 15 bits"):
            Parameters(**{name: bits})


def test_both_ends_agree_and_on_nothing_that_was_not_asked_for() -> None:
    for offer, wishes in itertools.product(ALL, ALL):
        agreed = accept_offer([str(offer)], wishes)
        assert agreed is not None
        assert read_response([str(agreed)], offer) == agreed
        for name in ("server_no_context_takeover", "client_no_context_takeover"):
            asked = getattr(offer, name), getattr(wishes, name)
            assert getattr(agreed, name) == any(asked)
        asked = offer.server_max_window_bits, wishes.server_max_window_bits
        least = min((bits for bits in asked if bits), default=None)
        assert agreed.server_max_window_bits == least
        if offer.client_max_window_bits is None:
            assert agreed.client_max_window_bits is None
        else:
            asked = offer.client_max_window_bits, wishes.client_max_window_bits
            assert agreed.client_max_window_bits == min(bits for bits in asked if bits)


def test_a_server_of_websockets_gives_the_same_response() -> None:
    """But where it would need a window of 8 bits to compress: that it declines."""
    for offer, wishes in itertools.product(ALL, ALL):
        if wishes.server_max_window_bits == 8:
            continue  # its server cannot be told so
        name, params = parse_extension(str(offer))[0]
        factory = ServerPerMessageDeflateFactory(**vars(wishes))
        agreed = accept_offer([str(offer)], wishes)
        try:
            response, _ = factory.process_request_params(params, [])
        except NegotiationError:
            assert agreed is not None and agreed.server_max_window_bits == 8
        else:
            assert str(agreed) == build_extension([(name, response)])


def test_a_client_of_websockets_reads_the_response_alike() -> None:
    """But for two things, in which the RFC says what we do.

    Of 8 bits for itself it makes an error. And "even if the server doesn't include"
    the client's window, or a larger one, the client keeps to what it has offered
    (7.1.2.2): a larger one is an error there.
    """
    for offer, response in itertools.product(ALL, ALL):
        _, params = parse_extension(str(response))[0]
        if offer.client_max_window_bits == 8:
            continue  # its client cannot offer that
        factory = ClientPerMessageDeflateFactory(**vars(offer))
        asked, granted = offer.client_max_window_bits, response.client_max_window_bits
        try:
            agreed = read_response([str(response)], offer)
        except HandshakeError:
            with pytest.raises(NegotiationError):
                factory.process_response_params(params, [])
            continue
        assert agreed is not None
        if granted == 8 or (granted and asked and granted > asked):
            assert agreed.client_max_window_bits == min(granted, asked or 15)
            with pytest.raises(NegotiationError):
                factory.process_response_params(params, [])
            continue
        them = factory.process_response_params(params, [])
        assert agreed.server_no_context_takeover == them.remote_no_context_takeover
        assert agreed.client_no_context_takeover == them.local_no_context_takeover
        assert (agreed.server_max_window_bits or 15) == them.remote_max_window_bits
        assert (agreed.client_max_window_bits or 15) == them.local_max_window_bits
