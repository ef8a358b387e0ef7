"""One frame, held to RFC 6455 section 5, to websockets, wsproto and websocket-client.

The fuzz tests take FRAMES_FUZZ inputs, 50,000 unless that variable says otherwise:

    FRAMES_FUZZ=1000000 python -m pytest tests/test_frames.py -k whatever_comes_in
"""

import contextlib
import os
import random
import socket
import time
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest
import websocket
from websockets import frames as theirs
from websockets.exceptions import ProtocolError as TheirProtocolError
from websockets.protocol import CLIENT, SERVER, Protocol
from websockets.streams import StreamReader

from wslib import frames
from wslib.errors import PayloadTooBig, ProtocolError, WslibError
from wslib.frames import (
    CloseCode,
    Frame,
    FrameReader,
    Opcode,
    apply_mask,
    close_payload,
    parse_close,
    parse_frame,
)

FUZZ = int(os.environ.get("FRAMES_FUZZ", "50000"))
KEY = bytes.fromhex("37fa213d")
TEXT, BINARY, CONTINUATION = Opcode.TEXT, Opcode.BINARY, Opcode.CONTINUATION
CLOSE, PING, PONG = Opcode.CLOSE, Opcode.PING, Opcode.PONG
SIZES = [0, 1, 2, 3, 4, 5, 7, 8, 9, 124, 125, 126, 127, 128, 65534, 65535, 65536, 65537]


def h(text: str) -> bytes:
    return bytes.fromhex(text)


def frame(
    opcode: Opcode, payload: bytes = b"", key: str | None = None, fin: bool = True
) -> Frame:
    masking_key = None if key is None else h(key)
    return Frame(opcode=opcode, payload=payload, masking_key=masking_key, fin=fin)


def read(wire: bytes, masked: bool) -> list[Frame]:
    """Return all the frames in a stream of which nothing is left over."""
    found = []
    while wire:
        parsed = parse_frame(wire, masked=masked)
        assert parsed is not None
        found.append(parsed[0])
        wire = wire[parsed[1] :]
    return found


# --- vectors --------------------------------------------------------------------------

GET_TIME = b"get-time"
TIME = b'{"time": "09:43:38"}'
REPLY = b"Received:  Hello, world!"  # two spaces
LONG_149 = bytes(i % 95 + 32 for i in range(149))
SUITE = "Hello-µ@ßöäüàá-UTF-8!!".encode()

VECTORS: dict[str, tuple[bytes, Frame]] = {
    # RFC 6455, section 5.7
    "5.7 text": (h("81 05 48656c6c6f"), frame(TEXT, b"Hello")),
    "5.7 text, masked": (
        h("81 85 37fa213d 7f9f4d5158"),
        frame(TEXT, b"Hello", "37fa213d"),
    ),
    "5.7 first fragment": (h("01 03 48656c"), frame(TEXT, b"Hel", fin=False)),
    "5.7 last fragment": (h("80 02 6c6f"), frame(CONTINUATION, b"lo")),
    "5.7 ping": (h("89 05 48656c6c6f"), frame(PING, b"Hello")),
    "5.7 pong, masked": (
        h("8a 85 37fa213d 7f9f4d5158"),
        frame(PONG, b"Hello", "37fa213d"),
    ),
    "5.7 256 bytes": (h("82 7e 0100") + bytes(256), frame(BINARY, bytes(256))),
    "5.7 64 KiB": (
        h("82 7f 0000000000010000") + bytes(65536),
        frame(BINARY, bytes(65536)),
    ),
    # MDN's pages
    "MDN": (h("81 83 3d542306 70106d"), frame(TEXT, b"MDN", "3d542306")),
    "MDN hello": (h("81 85 01020304 69676f686e"), frame(TEXT, b"hello", "01020304")),
    # captured from a real browser and its server
    "browser": (
        h("81 88 360d2916 51685d3b42644473"),
        frame(TEXT, GET_TIME, "360d2916"),
    ),
    "browser, new key": (
        h("81 88 a2f4f0d0 c59184fdd69d9db5"),
        frame(TEXT, GET_TIME, "a2f4f0d0"),
    ),
    "server's time": (h("81 14") + TIME, frame(TEXT, TIME)),
    "browser leaves": (h("88 82 19db1362 1a32"), frame(CLOSE, h("03e9"), "19db1362")),
    "empty close": (h("88 00"), frame(CLOSE)),
    # computed, and held to other codecs below
    "close 1000": (h("88 02 03e8"), frame(CLOSE, h("03e8"))),
    "close 1000, masked": (
        h("88 82 37fa213d 3412"),
        frame(CLOSE, h("03e8"), "37fa213d"),
    ),
    "close 1001, reason": (
        h("88 0c 03e9 676f696e672061776179"),
        frame(CLOSE, h("03e9") + b"going away"),
    ),
    "longest reason": (
        h("88 7d 03e8") + b"r" * 123,
        frame(CLOSE, h("03e8") + b"r" * 123),
    ),
    "the chapter's page": (
        h("81 8d 37fa213d 7f9f4d5158d6014a58884d5916"),
        frame(TEXT, b"Hello, world!", "37fa213d"),
    ),
    "the chapter's reply": (h("81 18") + REPLY, frame(TEXT, REPLY)),
    "empty ping": (h("89 00"), frame(PING)),
    "half an emoji": (h("01 02 f09f"), frame(TEXT, h("f09f"), fin=False)),
    "its other half": (h("80 02 9880"), frame(CONTINUATION, h("9880"))),
    "empty ping, masked": (h("89 80 7a9560c7"), frame(PING, b"", "7a9560c7")),
    "149 bytes, masked": (
        h("81 fe 0095 00000000") + LONG_149,
        frame(TEXT, LONG_149, "00000000"),
    ),
    "empty text": (h("81 00"), frame(TEXT)),
    "Greek": (h("81 0a cebacf8ccf83cebcceb5"), frame(TEXT, "κόσμε".encode())),
    "the suite's sample": (h("81 1d") + SUITE, frame(TEXT, SUITE)),
    # a frame may hold any bytes: UTF-8 is a matter of the message, section 8.1
    "a surrogate": (h("81 03 eda080"), frame(TEXT, h("eda080"))),
}
each_vector = pytest.mark.parametrize(
    ("wire", "meant"), VECTORS.values(), ids=list(VECTORS)
)


@each_vector
def test_a_vector_is_read_and_written(wire: bytes, meant: Frame) -> None:
    masked = meant.masking_key is not None
    assert parse_frame(wire, masked=masked) == (meant, len(wire))
    assert meant.serialize() == wire


@each_vector
def test_every_prefix_of_a_vector_asks_for_more(wire: bytes, meant: Frame) -> None:
    masked = meant.masking_key is not None
    data = bytearray()
    for byte in wire:
        assert parse_frame(data, masked=masked) is None
        data.append(byte)
    assert parse_frame(data, masked=masked) == (meant, len(wire))


@each_vector
def test_what_follows_a_vector_is_left_alone(wire: bytes, meant: Frame) -> None:
    masked = meant.masking_key is not None
    for rest in (b"\x00", b"\xff" * 20, wire[:7], wire[:50] * 2):
        assert parse_frame(wire + rest, masked=masked) == (meant, len(wire))


@each_vector
def test_the_wrong_side_cannot_have_sent_a_vector(wire: bytes, meant: Frame) -> None:
    with pytest.raises(ProtocolError) as caught:
        parse_frame(wire, masked=meant.masking_key is None)
    assert caught.value.section == "5.1"


def test_a_frame_may_be_pasted_back() -> None:
    assert repr(frame(PING, b"a", "37fa213d")) == (
        "Frame(opcode=Opcode.PING, payload=b'a', fin=True, rsv1=False, "
        "masking_key=b'7\\xfa!=')"
    )
    for _, meant in VECTORS.values():
        assert eval(repr(meant)) == meant
    for member in (*Opcode, *CloseCode):
        assert eval(repr(member)) is member
        assert f"{member}" == str(int(member))


STREAMS = {
    "two fragments": ("01 03 48656c 80 02 6c6f", False, "Hel lo"),
    "a ping between them": ("01 03 48656c 89 00 80 02 6c6f", False, "Hel  lo"),
    "an emoji cut in two": ("01 02 f09f 80 02 9880", False, "f09f 9880"),
    "two in one read": ("89 80 7a9560c7 81 85 37fa213d 7f9f4d5158", True, " Hello"),
}


@pytest.mark.parametrize(
    ("text", "masked"), [s[:2] for s in STREAMS.values()], ids=list(STREAMS)
)
def test_a_stream_gives_the_same_frames_wherever_it_is_cut(
    text: str, masked: bool
) -> None:
    wire = h(text)
    whole = read(wire, masked)
    assert b"".join(part.serialize() for part in whole) == wire
    for cut in range(len(wire) + 1):
        for second in range(cut, len(wire) + 1):
            reader = FrameReader(masked=masked)
            found: list[Frame] = []
            for piece in (wire[:cut], wire[cut:second], wire[second:]):
                found += reader.feed(piece)
            assert found == whole
            assert (reader.unread, reader.position) == (b"", len(wire))


# --- length ---------------------------------------------------------------------------

HEADERS = {
    0: "81 00",
    1: "81 01",
    125: "81 7d",
    126: "81 7e 007e",
    127: "81 7e 007f",
    65535: "81 7e ffff",
    65536: "81 7f 0000000000010000",
}


@pytest.mark.parametrize(("length", "header"), HEADERS.items(), ids=str)
def test_a_length_is_written_in_its_shortest_form(length: int, header: str) -> None:
    payload = bytes(i % 251 for i in range(length))
    wire = frame(TEXT, payload).serialize()
    assert wire == h(header) + payload
    masked = frame(TEXT, payload, "37fa213d").serialize()
    expected = bytearray(h(header) + KEY)
    expected[1] |= 0x80
    assert masked[: len(expected)] == expected
    assert len(masked) == len(wire) + 4
    assert len(expected) == {2: 6, 4: 8, 10: 14}[len(h(header))]
    assert parse_frame(wire, masked=False) == (frame(TEXT, payload), len(wire))
    found = parse_frame(masked, masked=True)
    assert found == (frame(TEXT, payload, "37fa213d"), len(masked))


# --- there and back -------------------------------------------------------------------


def random_frame(source: random.Random, size: int | None = None) -> Frame:
    """Return a legal frame."""
    opcode = source.choice(list(Opcode))
    if size is None:
        size = source.choice([0, 1, 2, 3, 5, 125, 126, 127, source.randrange(2000)])
    if opcode.is_control:
        payload = source.randbytes(min(size, 125))
        if opcode is CLOSE:
            code = source.choice([1000, 1003, 1007, 1011, 1013, 3000, 4999])
            reason = source.choice(["", "going away", "κόσμε", "r" * 123])
            payload = b"" if not size else code.to_bytes(2, "big") + reason.encode()
    else:
        payload = source.randbytes(size)
    return Frame(
        opcode=opcode,
        payload=payload,
        fin=opcode.is_control or source.random() < 0.7,
        masking_key=source.choice([None, source.randbytes(4)]),
    )


def test_random_frames_come_back() -> None:
    source = random.Random(6455)
    for size in [*SIZES * 4, *range(300)]:
        sent = random_frame(source, size)
        wire = sent.serialize()
        masked = sent.masking_key is not None
        rest = source.randbytes(source.randrange(10))
        assert parse_frame(wire + rest, masked=masked) == (sent, len(wire))
        assert parse_frame(bytearray(wire), masked=masked) == (sent, len(wire))


def test_whatever_is_legal_comes_back() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = pytest.importorskip("hypothesis.strategies")
    key = st.none() | st.binary(min_size=4, max_size=4)
    data_frames = st.builds(
        Frame,
        opcode=st.sampled_from([TEXT, BINARY, CONTINUATION]),
        payload=st.binary(max_size=300),
        fin=st.booleans(),
        rsv1=st.booleans(),
        masking_key=key,
    )
    control_frames = st.builds(
        Frame,
        opcode=st.sampled_from([PING, PONG]),
        payload=st.binary(max_size=125),
        masking_key=key,
    )
    codes = st.sampled_from([1000, 1014, 3000, 4999])
    close_frames = st.builds(
        lambda code, reason, masking_key: Frame(
            opcode=CLOSE,
            payload=code.to_bytes(2, "big") + reason.encode()[:120],
            masking_key=masking_key,
        ),
        codes,
        st.text("aé€😀", max_size=30),
        key,
    )

    @hypothesis.settings(derandomize=True, database=None, deadline=None)
    @hypothesis.given(data_frames | control_frames | close_frames, st.binary())
    def check(sent: Frame, rest: bytes) -> None:
        wire = sent.serialize()
        masked = sent.masking_key is not None
        found = parse_frame(wire + rest, masked=masked, allow_rsv1=True)
        assert found == (sent, len(wire))
        assert parse_frame(wire[:-1], masked=masked, allow_rsv1=True) is None

    check()


# --- what the buffer sees -------------------------------------------------------------


@pytest.mark.parametrize("masked", [True, False])
def test_a_frame_keeps_its_own_copy_of_the_bytes(masked: bool) -> None:
    for size in (5, 5000):
        sent = frame(BINARY, bytes(size), "37fa213d" if masked else None)
        buffer = bytearray(sent.serialize())
        found = parse_frame(buffer, masked=masked)
        assert found is not None
        buffer[:] = b"\xff" * len(buffer)
        assert found[0] == sent
        assert type(found[0].payload) is bytes
        assert type(found[0].masking_key) is (bytes if masked else type(None))


@pytest.mark.parametrize(
    "text", ["82 83 37fa213d 000000", "88 82 37fa213d ffff", "82 83 37", "c1 80"]
)
def test_the_caller_may_empty_its_buffer_whatever_came_of_it(text: str) -> None:
    buffer = bytearray(h(text))
    try:
        parse_frame(buffer, masked=True)
    except ProtocolError:
        buffer.clear()  # while the traceback still holds the parser's variables
    else:
        buffer.clear()
    assert buffer == b""


# --- illegal frames -------------------------------------------------------------------

TOO_LONG = b"p" * 126

# Name, bytes as a server would send them, section, close code. In brackets: the number
# of the case in the Autobahn test suite.
ILLEGAL: dict[str, tuple[bytes, str, int]] = {
    "RSV3 (3.1)": (h("91 00"), "5.2", 1002),
    "RSV2 (3.2)": (h("a1 05 48656c6c6f"), "5.2", 1002),
    "RSV2 and 3 (3.3)": (h("b1 00"), "5.2", 1002),
    "RSV1 (3.4)": (h("c1 05 48656c6c6f"), "5.2", 1002),
    "RSV1 and 3 (3.5)": (h("d2 00"), "5.2", 1002),
    "RSV1 and 2, ping (3.6)": (h("e9 00"), "5.2", 1002),
    "all RSV, close (3.7)": (h("f8 00"), "5.2", 1002),
    **{
        f"opcode {opcode} ({case})": (bytes([0x80 | opcode, 0]), "5.2", 1002)
        for case, opcode in [
            *((f"4.1.{n}", n + 2) for n in range(1, 6)),
            *((f"4.2.{n}", n + 10) for n in range(1, 6)),
        ]
    },
    "ping of 126 bytes (2.5)": (h("89 7e 007e") + TOO_LONG, "5.5", 1002),
    "pong of 126 bytes": (h("8a 7e 007e") + TOO_LONG, "5.5", 1002),
    "close of 126 bytes (7.3.6)": (
        h("88 7e 007e 03e8") + TOO_LONG[2:],
        "5.5",
        1002,
    ),
    "ping, 64-bit length": (h("89 7f 0000000000010000") + bytes(65536), "5.5", 1002),
    "ping, length 5 in 16 bits": (h("89 7e 0005 48656c6c6f"), "5.5", 1002),
    "fragmented ping (5.1)": (h("09 05 48656c6c6f"), "5.5", 1002),
    "fragmented pong (5.2)": (h("0a 00"), "5.5", 1002),
    "fragmented close": (h("08 02 03e8"), "5.5", 1002),
    "length 0 in 16 bits": (h("81 7e 0000"), "5.2", 1002),
    "length 5 in 16 bits": (h("81 7e 0005 48656c6c6f"), "5.2", 1002),
    "length 125 in 16 bits": (h("82 7e 007d") + bytes(125), "5.2", 1002),
    "length 5 in 64 bits": (h("82 7f 0000000000000005 48656c6c6f"), "5.2", 1002),
    "length 126 in 64 bits": (h("82 7f 000000000000007e") + TOO_LONG, "5.2", 1002),
    "length 65535 in 64 bits": (
        h("82 7f 000000000000ffff") + bytes(65535),
        "5.2",
        1002,
    ),
    "top bit of the length": (h("82 7f 8000000000000005 48656c6c6f"), "5.2", 1002),
    "all bits of the length": (h("82 7f ffffffffffffffff"), "5.2", 1002),
    "close of 1 byte (7.3.2)": (h("88 01 03"), "5.5.1", 1002),
    **{
        f"close code {code}{case}": (
            h("88 02") + code.to_bytes(2, "big"),
            "7.4",
            1002,
        )
        for code, case in [
            *zip(
                [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999],
                [f" (7.9.{n})" for n in range(1, 10)],
                strict=True,
            ),
            (1015, ""),
            (5000, " (7.13.1)"),
            (65535, " (7.13.2)"),
        ]
    },
    "reason not UTF-8 (7.5.1)": (h("88 05 03e8 ceba ff"), "8.1", 1007),
    "reason with a surrogate": (h("88 05 03e8 eda080"), "8.1", 1007),
    "reason cut within a character": (h("88 05 03e8 f09f98"), "8.1", 1007),
}


def masked_form(wire: bytes) -> bytes:
    """Return the same frame as a client would send it, with the key 37 fa 21 3d."""
    size = {126: 4, 127: 10}.get(wire[1] & 0x7F, 2)
    header = bytes([wire[0], wire[1] | 0x80]) + wire[2:size]
    return header + KEY + apply_mask(wire[size:], KEY)


def refusal(wire: bytes, *, masked: bool, **limits: Any) -> tuple[str, int] | None:
    """Return the section and the close code, or None if the frame is not refused."""
    try:
        parse_frame(wire, masked=masked, **limits)
    except ProtocolError as error:
        assert str(error).endswith(f"(RFC 6455, section {error.section})")
        return error.section, error.close_code
    return None


each_illegal = pytest.mark.parametrize(
    ("wire", "section", "code"), ILLEGAL.values(), ids=list(ILLEGAL)
)


@each_illegal
def test_an_illegal_frame_is_refused_with_its_section_and_close_code(
    wire: bytes, section: str, code: int
) -> None:
    assert refusal(wire, masked=False) == (section, code)
    assert refusal(masked_form(wire), masked=True) == (section, code)


@each_illegal
def test_an_illegal_frame_is_never_taken_for_another(
    wire: bytes, section: str, code: int
) -> None:
    """From the byte on that shows the fault, it is the same fault; before, no frame."""
    for data, masked in ((wire, False), (masked_form(wire), True)):
        verdicts = [refusal(data[:cut], masked=masked) for cut in range(60)]
        while verdicts and verdicts[0] is None:
            assert parse_frame(data[: 60 - len(verdicts)], masked=masked) is None
            del verdicts[0]
        assert set(verdicts) == {(section, code)}


@each_illegal
def test_a_fault_in_the_header_shows_before_the_payload_is_there(
    wire: bytes, section: str, code: int
) -> None:
    if section in ("5.5.1", "7.4", "8.1"):
        assert refusal(wire[:-1], masked=False) is None
        return  # the code and the reason are payload, and judged with all of it
    size = {"5.5": 2}.get(section, {126: 4, 127: 10}.get(wire[1], 2))
    assert refusal(wire[:size], masked=False) == (section, code)


@pytest.mark.parametrize("masked", [True, False])
def test_of_two_faults_the_one_that_comes_first_on_the_wire_is_named(
    masked: bool,
) -> None:
    wrong_side = frame(TEXT, b"a", None if masked else "37fa213d").serialize()
    for first, section in ((0xC1, "5.2"), (0x83, "5.2"), (0x09, "5.5")):
        data = bytes([first]) + wrong_side[1:]
        assert refusal(data, masked=masked) == (section, 1002)
    top_bit = h("82 7f 8000000000000005")
    assert refusal(top_bit, masked=True) == ("5.1", 1002)
    assert refusal(top_bit, masked=False, max_payload=0) == ("5.2", 1002)


@pytest.mark.parametrize(
    "text",
    ["80 02 6c6f", "00 02 6c6f", "81 01 ff", "01 01 ff", "00 48" + "00" * 72],
    ids=["continuation", "not the last", "not UTF-8", "its beginning", "hixie-76"],
)
def test_what_only_the_message_can_show_is_no_fault_of_the_frame(text: str) -> None:
    """Nothing to continue, or bytes that are no text: see sections 5.4 and 8.1."""
    assert refusal(h(text), masked=False) is None


def test_rsv1_is_for_an_extension_and_rsv2_and_3_are_for_none() -> None:
    wire = h("c1 07 f248cdc9c90700")
    found = parse_frame(wire, masked=False, allow_rsv1=True)
    sent = Frame(opcode=TEXT, payload=h("f248cdc9c90700"), rsv1=True)
    assert found == (sent, 9)
    assert sent.serialize() == wire
    for first in ("a1", "91", "e1", "d1", "f1"):
        verdict = refusal(h(first + "00"), masked=False, allow_rsv1=True)
        assert verdict == ("5.2", 1002)


# --- the reader -----------------------------------------------------------------------


def all_vectors(masked: bool) -> tuple[bytes, list[Frame]]:
    """Return all the vectors of one side as a stream, and its frames."""
    chosen = [v for v in VECTORS.values() if (v[1].masking_key is not None) is masked]
    return b"".join(wire for wire, _ in chosen), [meant for _, meant in chosen]


@each_vector
def test_a_reader_gives_a_vector_with_its_last_byte(wire: bytes, meant: Frame) -> None:
    reader = FrameReader(masked=meant.masking_key is not None)
    for place in range(len(wire) - 1):
        assert list(reader.feed(wire[place : place + 1])) == []
    assert (reader.unread, reader.position) == (wire[:-1], 0)
    assert list(reader.feed(wire[-1:] + b"\x00")) == [meant]
    assert (reader.unread, reader.position) == (b"\x00", len(wire))


@pytest.mark.parametrize("masked", [True, False])
def test_a_reader_gives_the_same_frames_in_whatever_pieces_they_come(
    masked: bool,
) -> None:
    source = random.Random(62)
    stream, meant = all_vectors(masked)
    for most in (1, 3, 100, 5000, len(stream)):
        reader, found, place = FrameReader(masked=masked), [], 0
        while place < len(stream):
            size = source.randint(1, most)
            found += reader.feed(stream[place : place + size])
            place += size
        assert found == meant
        assert (reader.unread, reader.position) == (b"", len(stream))


def test_a_reader_tells_where_each_frame_ends() -> None:
    stream, _ = all_vectors(False)
    reader, place = FrameReader(masked=False), 0
    for found in reader.feed(stream):
        size = reader.position - place
        assert parse_frame(stream[place:], masked=False) == (found, size)
        place = reader.position
    assert place == len(stream)


def test_a_reader_takes_the_bytes_even_if_nobody_iterates() -> None:
    reader = FrameReader(masked=False)
    reader.feed(h("81 05 4865"))
    frames_to_come = reader.feed(h("6c6c6f 89 00 8a"))
    assert reader.next_frame() == frame(TEXT, b"Hello")
    assert list(frames_to_come) == [frame(PING)]
    assert reader.next_frame() is None
    assert reader.unread == h("8a")


@each_illegal
@pytest.mark.parametrize("size", [1, 3, 10**6], ids=["1", "3", "all"])
def test_a_fault_is_raised_after_the_good_frames_and_again_at_each_try(
    wire: bytes, section: str, code: int, size: int
) -> None:
    stream = h("89 00 81 05 48656c6c6f") + wire[:50]
    reader, found = FrameReader(masked=False), []
    with pytest.raises(ProtocolError) as caught:
        for place in range(0, len(stream), size):
            for part in reader.feed(stream[place : place + size]):
                found.append(part)
        assert len(wire) > 50  # if not, it has raised
        list(reader.feed(wire[50:]))
    assert found == [frame(PING), frame(TEXT, b"Hello")]
    assert (caught.value.section, caught.value.close_code) == (section, code)
    assert reader.position == 9
    assert stream[9:].startswith(reader.unread[:50])
    for attempt in (reader.next_frame, lambda: next(reader.feed(b"\x81\x00"))):
        with pytest.raises(ProtocolError) as again:
            attempt()
        assert str(again.value) == str(caught.value)


def test_the_limit_of_a_reader_may_change_between_two_frames() -> None:
    reader = FrameReader(masked=False, max_payload=3)
    with pytest.raises(PayloadTooBig, match="5 bytes, and 3 are the limit"):
        next(reader.feed(h("81 05 48656c6c6f")))
    reader.max_payload = 5
    assert reader.next_frame() == frame(TEXT, b"Hello")
    assert FrameReader(masked=False).max_payload == 2**20


def test_a_reader_lets_rsv1_pass_if_an_extension_was_agreed_on() -> None:
    wire = h("c1 00")
    (found,) = FrameReader(masked=False, allow_rsv1=True).feed(wire)
    assert found.rsv1
    with pytest.raises(ProtocolError, match="reserved bit"):
        next(FrameReader(masked=False).feed(wire))


@pytest.mark.parametrize("key", [None, h("37fa213d")])
def test_what_has_come_of_a_frame_is_as_good_as_a_fragment(key: bytes | None) -> None:
    payload = bytes(range(200))
    meant = Frame(opcode=BINARY, payload=payload, fin=True, masking_key=key)
    wire = meant.serialize()
    for step in (1, 3, 64, 1000):
        reader = FrameReader(masked=key is not None)
        parts = []
        for place in range(0, len(wire), step):
            reader.feed(wire[place : place + step])
            while (part := reader.next_part()) is not None:
                parts.append(part)
        assert b"".join(part.payload for part in parts) == payload
        assert [part.fin for part in parts] == [False] * (len(parts) - 1) + [True]
        assert parts[0].opcode is BINARY
        assert {part.opcode for part in parts[1:]} <= {Opcode.CONTINUATION}
        assert (reader.position, reader.unread) == (len(wire), b"")


def test_a_control_frame_is_never_cut_anew() -> None:
    reader = FrameReader(masked=False)
    reader.feed(h("89 05 48656c"))
    assert reader.next_part() is None
    reader.feed(h("6c6f"))
    assert reader.next_part() == frame(PING, b"Hello")


def test_a_reader_takes_time_by_the_bytes_not_by_their_square() -> None:
    """A megabyte in crumbs, and a megabyte of small frames at once."""
    big = frame(BINARY, bytes(2**20)).serialize()
    crumbs = FrameReader(masked=False)
    small = frame(PING, b"").serialize() * 2**17
    started = time.process_time()
    for place in range(0, len(big), 64):
        found = list(crumbs.feed(big[place : place + 64]))
    assert len(found) == 1
    assert sum(1 for _ in FrameReader(masked=False).feed(small)) == 2**17
    # under 1 s; where each piece or frame has all the rest copied, a minute
    assert time.process_time() - started < 5


# --- the limit ------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [0, 1, 125, 126, 65535, 65536, 2**20])
@pytest.mark.parametrize("key", [None, "37fa213d"], ids=["server", "client"])
def test_one_byte_over_the_limit_is_refused_by_its_header(
    limit: int, key: str | None
) -> None:
    fits = frame(BINARY, bytes(limit), key)
    masked = key is not None
    wire = fits.serialize()
    assert parse_frame(wire, masked=masked, max_payload=limit) == (fits, len(wire))
    wire = frame(BINARY, bytes(limit + 1), key).serialize()
    size = len(wire) - (limit + 1) - (4 if masked else 0)
    assert parse_frame(wire[: size - 1], masked=masked, max_payload=limit) is None
    with pytest.raises(PayloadTooBig, match=f"{limit + 1} bytes, and {limit}") as big:
        parse_frame(wire[:size], masked=masked, max_payload=limit)
    assert (big.value.section, big.value.close_code) == ("10.4", 1009)


def test_the_default_limit_is_one_mebibyte() -> None:
    assert parse_frame(h("82 7f 0000000000100000"), masked=False) is None
    assert refusal(h("82 7f 0000000000100001"), masked=False) == ("10.4", 1009)
    assert refusal(h("82 7f 7fffffffffffffff"), masked=False) == ("10.4", 1009)


def test_control_frames_pass_a_limit_that_is_meant_for_data() -> None:
    """A ping between fragments must not fail a message that is nearly too big."""
    for opcode in (PING, PONG):
        sent = frame(opcode, b"p" * 125)
        found = parse_frame(sent.serialize(), masked=False, max_payload=0)
        assert found == (sent, 127)


# --- masking --------------------------------------------------------------------------


def by_definition(payload: bytes, masking_key: bytes) -> bytes:
    """Section 5.3: "transformed-octet-i = original-octet-i XOR masking-key-octet-j"."""
    return bytes(byte ^ masking_key[i % 4] for i, byte in enumerate(payload))


def test_masking_is_the_byte_by_byte_definition_at_every_length() -> None:
    source = random.Random(53)
    switch = frames._COLUMNS_FROM
    assert 64 < switch < 2**16
    around = range(switch - 9, switch + 10)
    for length in [*range(70), *around, *range(4 * switch, 4 * switch + 5), 2**17 + 3]:
        payload, key = source.randbytes(length), source.randbytes(4)
        expected = by_definition(payload, key)
        for given in (payload, bytearray(payload), memoryview(payload)):
            masked = apply_mask(given, key)
            assert type(masked) is bytes
            assert masked == expected
            assert given == payload
        assert apply_mask(expected, key) == payload


def test_every_byte_of_the_key_is_used_and_only_those_four() -> None:
    for length in (4, 8, 2 * frames._COLUMNS_FROM):
        for key in (h("00000000"), h("ffffffff"), h("01020408"), h("80000000")):
            assert apply_mask(bytes(length), key) == key * (length // 4)
    for key in (b"", h("37fa21"), h("37fa213d00")):
        with pytest.raises(ValueError, match=f"4 bytes long, not {len(key)}"):
            apply_mask(b"Hello", key)


# --- close codes ----------------------------------------------------------------------

REGISTERED = {  # RFC 6455, section 7.4.1; 1012 to 1014 came later, at IANA
    1000: "NORMAL_CLOSURE",
    1001: "GOING_AWAY",
    1002: "PROTOCOL_ERROR",
    1003: "UNSUPPORTED_DATA",
    1005: "NO_STATUS_RECEIVED",
    1006: "ABNORMAL_CLOSURE",
    1007: "INVALID_PAYLOAD_DATA",
    1008: "POLICY_VIOLATION",
    1009: "MESSAGE_TOO_BIG",
    1010: "MANDATORY_EXTENSION",
    1011: "INTERNAL_ERROR",
    1012: "SERVICE_RESTART",
    1013: "TRY_AGAIN_LATER",
    1014: "BAD_GATEWAY",
    1015: "TLS_HANDSHAKE",
}
NEVER_SENT = {1005, 1006, 1015}


def may_travel(code: int) -> bool:
    return code in REGISTERED.keys() - NEVER_SENT or 3000 <= code <= 4999


def test_the_close_codes_are_those_of_the_rfc_and_of_iana() -> None:
    assert {int(code): code.name for code in CloseCode} == REGISTERED
    assert set(theirs.CloseCode) == REGISTERED.keys()


def test_a_close_code_knows_what_it_means_and_whether_it_may_be_sent() -> None:
    meanings = [code.meaning for code in CloseCode]
    assert len(set(meanings)) == len(meanings)
    assert all(meaning and not meaning.endswith(".") for meaning in meanings)
    assert {code for code in CloseCode if not code.may_be_sent} == NEVER_SENT
    assert CloseCode(1001).meaning.startswith("a server goes down")
    with pytest.raises(ValueError, match="1004"):
        CloseCode(1004)


def test_every_number_that_two_bytes_hold_follows_the_rule() -> None:
    refused = set()
    for code in range(65536):
        payload = code.to_bytes(2, "big")
        try:
            assert parse_close(payload + b"why") == (code, "why")
        except ProtocolError as error:
            assert (error.section, error.close_code) == ("7.4", 1002)
            assert f"close code {code} " in str(error)
            refused.add(code)
    assert refused == {code for code in range(65536) if not may_travel(code)}


@pytest.mark.parametrize(
    "code", [*range(1000, 1004), *range(1007, 1012), 3000, 3999, 4000, 4999]
)
def test_the_codes_that_the_conformance_suite_sends_are_taken(code: int) -> None:
    assert frame(CLOSE, code.to_bytes(2, "big")).serialize()[0] == 0x88  # 7.7.x
    assert parse_close(code.to_bytes(2, "big")) == (code, "")


def test_a_close_frame_may_hold_nothing_at_all() -> None:
    assert parse_close(b"") == (CloseCode.NO_STATUS_RECEIVED, "")


def test_every_payload_of_a_close_that_is_written_can_be_read() -> None:
    assert close_payload(1001, "bye") == h("03e9") + b"bye"
    refused = set()
    for code in [-(10**9), -1, *range(65536), 65536, 10**9]:
        try:
            payload = close_payload(code, "κόσμε")
        except ValueError as error:
            assert f"close code {code} may not be sent" in str(error)
            assert not isinstance(error, WslibError)  # our mistake, not the peer's
            refused.add(code)
        else:
            assert parse_close(payload) == (code, "κόσμε")
    assert refused >= {-(10**9), -1, 65536, 10**9}
    assert refused & {*range(65536)} == {n for n in range(65536) if not may_travel(n)}


def test_a_reason_has_room_for_123_bytes_not_characters() -> None:
    for reason in ("", "r" * 123, "é" * 61, "😀" * 30 + "abc"):
        payload = close_payload(CloseCode.GOING_AWAY, reason)
        assert frame(CLOSE, payload).serialize()[1] == 2 + len(reason.encode())
        assert parse_close(payload) == (1001, reason)
    for reason, size in (("r" * 124, 124), ("é" * 62, 124), ("😀" * 123, 492)):
        with pytest.raises(ValueError, match=f"at most 123 bytes long, not {size}"):
            close_payload(1000, reason)


def test_what_is_no_code_or_no_text_makes_no_payload() -> None:
    for code in (None, "1000"):
        with pytest.raises(TypeError):
            close_payload(code)  # type: ignore[arg-type]
    with pytest.raises(UnicodeEncodeError):
        close_payload(1000, "\ud83d")


def test_websockets_judges_every_close_code_alike() -> None:
    for code in range(65536):
        try:
            theirs.Close.parse(code.to_bytes(2, "big"))
        except TheirProtocolError:
            assert not may_travel(code)
        else:
            assert may_travel(code)


# --- what may not be sent -------------------------------------------------------------


# A Frame has no fields for RSV2 and RSV3, and writes its length by itself.
SENDABLE = {n: c for n, c in ILLEGAL.items() if "RSV" not in n and "length" not in n}


@pytest.mark.parametrize(
    ("wire", "section", "code"), SENDABLE.values(), ids=list(SENDABLE)
)
@pytest.mark.parametrize("key", [None, KEY], ids=["server", "client"])
def test_what_may_not_be_received_may_not_be_sent(
    wire: bytes, section: str, code: int, key: bytes | None
) -> None:
    """Not even if it is built from plain numbers, as a reader's own code might do."""
    sent = Frame(
        opcode=wire[0] & 0xF,  # type: ignore[arg-type]
        payload=wire[{126: 4, 127: 10}.get(wire[1], 2) :],
        fin=bool(wire[0] >> 7),
        masking_key=key,
    )
    with pytest.raises(ProtocolError) as of_the_peer:
        parse_frame(wire, masked=False)
    assert (of_the_peer.value.section, of_the_peer.value.close_code) == (section, code)
    with pytest.raises(ValueError) as of_our_own:
        sent.serialize()
    assert not isinstance(of_our_own.value, WslibError)
    assert str(of_our_own.value) == str(of_the_peer.value)


@pytest.mark.parametrize("number", [-1, 3, 7, 11, 15, 16, 0x81, 256])
def test_a_number_that_is_no_opcode_is_not_sent(number: int) -> None:
    with pytest.raises(ValueError, match=f"opcode {number} is reserved"):
        Frame(opcode=number).serialize()  # type: ignore[arg-type]


def test_a_plain_number_does_for_an_opcode() -> None:
    plain = Frame(opcode=8, payload=h("03e8"))  # type: ignore[arg-type]
    assert plain.serialize() == frame(CLOSE, h("03e8")).serialize()


@pytest.mark.parametrize("key", [b"", b"123", b"12345"])
def test_a_masking_key_of_another_length_is_not_sent(key: bytes) -> None:
    for payload in (b"", b"Hello"):
        with pytest.raises(ValueError, match="4 bytes long"):
            Frame(opcode=TEXT, payload=payload, masking_key=key).serialize()


def test_text_is_not_a_payload() -> None:
    for key in (None, KEY):
        with pytest.raises(TypeError):
            Frame(
                opcode=TEXT,
                payload="Hello",  # type: ignore[arg-type]
                masking_key=key,
            ).serialize()


def test_a_frame_does_not_change() -> None:
    with pytest.raises(AttributeError):
        frame(TEXT).payload = b"another"  # type: ignore[misc]


# --- second opinions: legal frames ----------------------------------------------------


def finish(steps: Generator[None, None, theirs.Frame]) -> theirs.Frame:
    """Run the parser of websockets, which asks for more bytes by yielding."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            assert isinstance(stop.value, theirs.Frame)
            return stop.value


def websockets_reads(wire: bytes, masked: bool) -> theirs.Frame:
    reader = StreamReader()
    reader.feed_data(wire)
    return finish(theirs.Frame.parse(reader.read_exact, mask=masked))


def test_websockets_reads_what_we_write_and_we_what_it_writes() -> None:
    source = random.Random(14)
    for size in [*SIZES, *range(200)]:
        ours = random_frame(source, size)
        masked = ours.masking_key is not None
        read = websockets_reads(ours.serialize(), masked)
        assert (read.opcode, read.data, read.fin) == (
            ours.opcode,
            ours.payload,
            ours.fin,
        )
        found = parse_frame(read.serialize(mask=masked), masked=masked)
        assert found is not None
        back = found[0]
        assert (back.opcode, back.payload, back.fin) == (
            ours.opcode,
            ours.payload,
            ours.fin,
        )
        assert len(back.serialize()) == len(ours.serialize()) == found[1]


def test_wsproto_reads_what_we_write() -> None:
    pytest.importorskip("wsproto")
    from wsproto.frame_protocol import FrameDecoder

    source = random.Random(13)
    for size in [*SIZES, *range(200)]:
        ours = random_frame(source, size)
        decoder = FrameDecoder(client=ours.masking_key is None)
        decoder.receive_bytes(ours.serialize())
        read = decoder.process_buffer()
        # A data frame without payload shows only once there is more to read.
        assert read is not None
        assert read.opcode == ours.opcode
        assert read.payload == ours.payload
        assert (read.frame_finished, read.message_finished) == (True, ours.fin)


def test_we_read_what_wsproto_writes() -> None:
    pytest.importorskip("wsproto")
    from wsproto.frame_protocol import FrameProtocol

    source = random.Random(12)
    for client in (True, False):
        writer = FrameProtocol(client=client, extensions=[])
        for size in [*SIZES, *range(200)]:
            payload, small = source.randbytes(size), source.randbytes(min(size, 125))
            for wire, opcode, sent in (
                (writer.send_data(payload), BINARY, payload),
                (writer.ping(small), PING, small),
                (writer.pong(small), PONG, small),
                (writer.close(1001, "κόσμε"), CLOSE, h("03e9") + "κόσμε".encode()),
            ):
                found = parse_frame(wire, masked=client)
                assert found is not None
                assert (found[0].opcode, found[0].payload) == (opcode, sent)
                assert found[0].serialize() == wire
                assert found[1] == len(wire)


def test_websocket_client_writes_what_we_read() -> None:
    source = random.Random(11)
    for size in [*SIZES, *range(50)]:
        sent = source.randbytes(size)
        wire = websocket.ABNF.create_frame(sent, websocket.ABNF.OPCODE_BINARY).format()
        found = parse_frame(wire, masked=True)
        assert found is not None
        assert (found[0].opcode, found[0].payload, found[1]) == (
            BINARY,
            sent,
            len(wire),
        )
        assert found[0].serialize() == wire


# --- second opinions: illegal frames --------------------------------------------------


def websockets_says(wire: bytes, masked: bool) -> int | None:
    """Return the close code with which websockets fails the connection, or None."""
    endpoint = Protocol(SERVER if masked else CLIENT)
    endpoint.receive_data(wire)
    endpoint.events_received()
    if endpoint.parser_exc is None:
        return None
    assert endpoint.close_sent is not None
    return int(endpoint.close_sent.code)


def wsproto_says(wire: bytes, masked: bool) -> int | None:
    """Return the close code with which wsproto fails the connection, or None."""
    pytest.importorskip("wsproto")
    from wsproto.frame_protocol import FrameProtocol, ParseFailed

    endpoint = FrameProtocol(client=not masked, extensions=[])
    endpoint.receive_bytes(wire)
    try:
        list(endpoint.received_frames())
    except ParseFailed as error:
        return int(error.code)
    return None


def websocket_client_refuses(wire: bytes) -> bool:
    """Tell whether websocket-client, as a client, refuses a frame.

    It gives no close code. To ask for more bytes is not to refuse.
    """
    ours, its = socket.socketpair()
    with ours, contextlib.closing(websocket.WebSocket()) as client:
        client.sock, client.connected = its, True
        client.settimeout(20)
        ours.sendall(wire)
        ours.shutdown(socket.SHUT_WR)
        try:
            client.recv_data_frame(control_frame=True)
        except websocket.WebSocketConnectionClosedException:
            return False
        except (
            websocket.WebSocketProtocolException,
            websocket.WebSocketPayloadException,
        ):
            return True
        finally:
            client.shutdown()
    return False


# Where another library does not do as RFC 6455 says: None is "accepts it".
WEBSOCKETS_DIFFERS = {
    # Section 5.2: "the minimal number of bytes MUST be used to encode the length".
    # That binds the sender; what a receiver does is left open. wsproto and we refuse.
    "length 0 in 16 bits": None,
    "length 5 in 16 bits": None,
    "length 125 in 16 bits": None,
    "length 5 in 64 bits": None,
    "length 126 in 64 bits": None,
    "length 65535 in 64 bits": None,
    "ping, length 5 in 16 bits": None,
    # Section 5.2: "the most significant bit MUST be 0". It looks at its limit first.
    "top bit of the length": 1009,
    "all bits of the length": 1009,
}
WSPROTO_DIFFERS: dict[str, int | None] = {}
WEBSOCKET_CLIENT_ACCEPTS = {
    # Section 5.2, the length again.
    "length 0 in 16 bits",
    "length 5 in 16 bits",
    "length 125 in 16 bits",
    "length 5 in 64 bits",
    "length 126 in 64 bits",
    "length 65535 in 64 bits",
    "top bit of the length",
    "all bits of the length",
    # Section 5.5: "All control frames MUST have a payload length of 125 bytes or less
    # and MUST NOT be fragmented."
    "fragmented pong (5.2)",
    "fragmented close",
    "pong of 126 bytes",
    "ping, length 5 in 16 bits",
    # Section 5.5.1: the reason is UTF-8. It does not notice the end that is missing.
    "reason cut within a character",
}


@pytest.mark.parametrize("name", ILLEGAL)
def test_websockets_refuses_it_too_unless_the_table_says_otherwise(name: str) -> None:
    wire, _, code = ILLEGAL[name]
    expected = WEBSOCKETS_DIFFERS.get(name, code)
    assert websockets_says(wire, masked=False) == expected
    assert websockets_says(masked_form(wire), masked=True) == expected


@pytest.mark.parametrize("name", ILLEGAL)
def test_wsproto_refuses_it_too_unless_the_table_says_otherwise(name: str) -> None:
    wire, _, code = ILLEGAL[name]
    expected = WSPROTO_DIFFERS.get(name, code)
    assert wsproto_says(wire, masked=False) == expected
    assert wsproto_says(masked_form(wire), masked=True) == expected


@pytest.mark.parametrize("name", ILLEGAL)
def test_websocket_client_refuses_it_too_unless_the_table_says_otherwise(
    name: str,
) -> None:
    wire, _, _ = ILLEGAL[name]
    assert websocket_client_refuses(wire) == (name not in WEBSOCKET_CLIENT_ACCEPTS)


def test_masking_by_the_wrong_side_is_overlooked_by_websocket_client_alone() -> None:
    """Section 5.1: "A client MUST close a connection if it detects a masked frame"."""
    plain, masked = VECTORS["5.7 text"][0], VECTORS["5.7 text, masked"][0]
    assert refusal(masked, masked=False) == ("5.1", 1002)
    assert websockets_says(masked, masked=False) == 1002
    assert wsproto_says(masked, masked=False) == 1002
    assert not websocket_client_refuses(masked)
    assert refusal(plain, masked=True) == ("5.1", 1002)
    assert websockets_says(plain, masked=True) == 1002
    assert wsproto_says(plain, masked=True) == 1002


def test_what_is_wrong_with_the_message_is_refused_one_layer_up() -> None:
    """Our frames leave it to the protocol, as websockets leaves text to its caller."""
    nothing_to_continue, not_text = h("80 02 6c6f"), h("81 01 ff")
    assert websockets_says(nothing_to_continue, masked=False) == 1002
    assert wsproto_says(nothing_to_continue, masked=False) == 1002
    assert websockets_says(not_text, masked=False) is None
    assert wsproto_says(not_text, masked=False) == 1007
    assert websocket_client_refuses(nothing_to_continue)
    assert websocket_client_refuses(not_text)


def test_wsproto_is_stricter_in_one_thing_a_code_that_came_later() -> None:
    """1014 is at IANA, not in the RFC; websockets and we take it."""
    bad_gateway = h("88 02 03f6")
    assert refusal(bad_gateway, masked=False) is None
    assert websockets_says(bad_gateway, masked=False) is None
    assert wsproto_says(bad_gateway, masked=False) == 1002


# --- whatever comes in ----------------------------------------------------------------


def mutated(source: random.Random) -> bytes:
    """Return the bytes of a legal frame with something done to them."""
    data = bytearray(random_frame(source, source.choice(SIZES[:14])).serialize())
    for _ in range(source.randint(0, 3)):
        place = source.randrange(min(len(data), 16)) if data else 0
        match source.randrange(5):
            case 0:
                data[place : place + 1] = bytes([source.randrange(256)])
            case 1 if data:
                data[place] ^= 1 << source.randrange(8)
            case 2:
                del data[place : place + source.randint(1, 4)]
            case 3:
                data[place:place] = source.randbytes(source.randint(1, 4))
            case _:
                del data[source.randrange(len(data) + 1) :]
    return bytes(data)


def inputs(seed: int, count: int) -> Generator[bytes, None, None]:
    """Yield random bytes, and frames that were legal once."""
    source = random.Random(seed)
    for number in range(count):
        if number % 2:
            yield source.randbytes(source.randint(0, 20))
        else:
            yield mutated(source)


def test_whatever_comes_in_nothing_but_a_protocol_error_comes_out() -> None:
    source = random.Random(5)
    outcomes: Counter[str] = Counter()
    for data in inputs(6455, FUZZ):
        masked = len(data) > 1 and bool(data[1] >> 7)
        if source.random() < 0.1:
            masked = not masked
        limits: dict[str, Any] = {
            "masked": masked,
            "max_payload": source.choice([0, 100, 2**20, 2**63]),
            "allow_rsv1": source.random() < 0.5,
        }
        try:
            found = parse_frame(data, **limits)
        except ProtocolError as error:
            outcomes[error.section] += 1
            assert error.close_code in (1002, 1007, 1009)
            continue
        if found is None:
            outcomes["more"] += 1
            continue
        outcomes["frame"] += 1
        read, size = found
        assert 2 <= size <= len(data)
        # Nothing behind the frame counts, nothing of it is missing, nothing got lost.
        assert parse_frame(data[:size], **limits) == found
        assert parse_frame(data[:size] + b"\xff" * 9, **limits) == found
        assert parse_frame(data[: size - 1], **limits) is None
        assert read.serialize() == data[:size]
    sections = ["5.1", "5.2", "5.5", "5.5.1", "7.4", "8.1", "10.4"]
    assert set(outcomes) == {"frame", "more", *sections}
    assert outcomes["frame"] > FUZZ / 20
    print(f"{FUZZ} inputs: {dict(outcomes)}")


def test_on_whatever_comes_in_the_other_libraries_say_the_same() -> None:
    pytest.importorskip("wsproto")
    from wsproto.frame_protocol import FrameDecoder, ParseFailed

    agreed: Counter[str] = Counter()
    for data in inputs(1413, FUZZ // 5):
        masked = len(data) > 1 and bool(data[1] >> 7)
        try:
            found = parse_frame(data, masked=masked, max_payload=2**63)
        except ProtocolError as error:
            if error.section in ("5.5.1", "7.4", "8.1"):
                continue  # its decoder leaves the payload of a Close frame to others
            decoder = FrameDecoder(client=not masked)
            decoder.receive_bytes(data)
            if error.section == "5.2" and len(data) < 14:
                decoder.receive_bytes(bytes(14))  # it waits for all of the header
            with pytest.raises(ParseFailed):
                decoder.process_buffer()
            agreed["refused"] += 1
            continue
        if found is None:
            continue
        ours, size = found
        decoder = FrameDecoder(client=not masked)
        decoder.receive_bytes(data)
        read = decoder.process_buffer()
        assert read is not None
        assert (read.opcode, read.payload) == (ours.opcode, ours.payload)
        second = websockets_reads(data, masked)
        assert (second.opcode, second.data, second.fin) == (
            ours.opcode,
            ours.payload,
            ours.fin,
        )
        agreed["read"] += 1
        assert len(decoder.buffer) == len(data) - size
    assert min(agreed["read"], agreed["refused"]) > FUZZ / 100


def test_one_base_class_catches_what_a_peer_can_cause() -> None:
    assert issubclass(PayloadTooBig, ProtocolError)
    assert issubclass(ProtocolError, WslibError)
