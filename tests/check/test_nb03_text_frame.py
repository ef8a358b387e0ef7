"""Exercise 3 of notebook 03: answers in several styles, and the wrong ones by name."""

import functools
import itertools
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hostile import assert_named, assert_right

from wslib import check
from wslib.check.nb03_text_frame import text_framed
from wslib.frames import Frame, Opcode


def head(length: int, first: int = 0x81) -> bytes:
    """Write the header of a server's frame, as a student might."""
    if length < 126:
        return bytes([first, length])
    if length < 2**16:
        return bytes([first, 126]) + length.to_bytes(2, "big")
    return bytes([first, 127]) + length.to_bytes(8, "big")


def into_a_bytearray(text: str) -> bytes:
    payload = bytes(text, "utf-8")
    frame = bytearray(b"\x81")
    if len(payload) < 126:
        frame.append(len(payload))
    elif len(payload) >> 16:
        frame += b"\x7f" + struct.pack("!Q", len(payload))
    else:
        frame.extend((126, *divmod(len(payload), 256)))
    return bytes(frame + payload)


def through_the_library(text: str) -> bytes:
    return Frame(opcode=Opcode.TEXT, payload=text.encode()).serialize()


def with_match(text: str) -> bytearray:
    match len(payload := text.encode()):
        case short if short <= 125:
            header = struct.pack("BB", 129, short)
        case medium if medium.bit_length() <= 16:
            header = struct.pack(">BBH", 129, 126, medium)
        case long:
            header = struct.pack(">BBQ", 129, 127, long)
    return bytearray(header) + payload


def bit_by_bit(text: str) -> bytes:
    payload = text.encode()
    number, bits = len(payload), "10000001"
    form = next(i for i, most in enumerate([125, 65535, 2**64]) if number <= most)
    bits += (
        f"{(number, 126, 127)[form]:08b}"
        + ("", f"{number:016b}", f"{number:064b}")[form]
    )
    return int(bits, 2).to_bytes(len(bits) // 8, "big") + payload


class Framer:
    forms = {125: "!BB", 65535: "!BBxH", 2**63: "!BBQ"}

    def __call__(self, text: str) -> bytes:
        data = text.encode("utf8")
        cut = (data[i : i + 1000] for i in range(0, len(data), 1000))
        parts = [b"\x81", *self.length(len(data)), *cut]
        return functools.reduce(bytes.__add__, parts)

    def length(self, number: int) -> list[bytes]:
        if number < 126:
            return [bytes([number])]
        digits = f"{number:016x}"
        cut = digits[-4:] if digits[:12] == "0" * 12 else digits
        return [bytes([126 if len(cut) == 4 else 127]), bytes.fromhex(cut)]


@pytest.mark.parametrize(
    "function",
    [
        text_framed,
        into_a_bytearray,
        through_the_library,
        with_match,
        bit_by_bit,
        Framer(),
        functools.partial(text_framed, first=0b1000_0001),
        lambda text: head(len(text.encode())) + text.encode(),
        lambda text: b"".join([head(len(data := text.encode())), data]),
        lambda text: bytes(itertools.chain(head(len(text.encode())), text.encode())),
    ],
)
def test_every_right_way_to_write_a_frame_is_right(function: Any) -> None:
    assert_right(check.text_frame(function))


def packed(
    medium: str, long: str, *, short_to: int = 125, medium_to: int = 0xFFFF
) -> Callable[[str], bytes]:
    """Return what writes a frame by struct, with these formats and limits."""

    def function(text: str) -> bytes:
        payload = text.encode()
        length = len(payload)
        if length <= short_to:
            return struct.pack("BB", 0x81, length) + payload
        if length <= medium_to:
            return struct.pack(medium, 0x81, 126, length) + payload
        return struct.pack(long, 0x81, 127, length) + payload

    return function


def by_the_size_of(text: str, size: int) -> bytes:
    """Choose the form by one size, and write the other."""
    payload = text.encode()
    if size <= 125:
        return bytes([0x81, len(payload)]) + payload
    form, mark = (2, 126) if size <= 0xFFFF else (8, 127)
    return bytes([0x81, mark]) + len(payload).to_bytes(form, "big") + payload


def masked(header: bytes) -> bytes:
    return bytes([header[0], header[1] | 0x80]) + header[2:]


def in_fragments(text: str) -> bytes:
    data = text.encode()
    if len(data) < 126:
        return head(len(data)) + data
    return b"\x01\x7d" + data[:125] + head(len(data) - 125, 0x80) + data[125:]


def with_ifs_that_add_up(text: str) -> bytes:
    length, result = len(text.encode()), b"\x81"
    if length <= 125:
        result += bytes([length])
    if length >= 126:
        result += b"\x7e" + length.to_bytes(2, "big")
    if length > 65535:
        result += b"\x7f" + length.to_bytes(8, "big")
    return result + text.encode()


def split_by(divisor: int) -> Callable[[str], bytes]:
    def function(text: str) -> bytes:
        data = text.encode()
        if not 126 <= len(data) < 2**16:
            return head(len(data)) + data
        return bytes([0x81, 126, *divmod(len(data), divisor)]) + data

    return function


def which_refuses_long_texts(text: str) -> bytes:
    if len(text.encode()) > 65535:
        raise ValueError("too long")
    return head(len(text.encode())) + text.encode()


def with_a_gap(text: str) -> bytes:
    data = text.encode()
    if len(data) < 125:
        header = bytes([0x81, len(data)])
    elif 125 < len(data) < 65536:
        header = bytes([0x81, 126]) + len(data).to_bytes(2, "big")
    elif len(data) > 65535:
        header = bytes([0x81, 127]) + len(data).to_bytes(8, "big")
    return header + data


def with_the_low_byte_of_what_no_case_has(text: str) -> bytes:
    data = text.encode()
    if 300 <= len(data) < 2**15:
        return b"\x81\x7e\x01" + bytes([len(data) % 256]) + data
    return head(len(data)) + data


WRONG: list[tuple[Callable[..., Any], str, str]] = [
    (lambda t: bytes([0x81, len(t.encode())]) + t.encode(), "short-form-only", "125"),
    (lambda t: head(len(t)) + t.encode(), "characters-counted", "encode first"),
    (lambda t: by_the_size_of(t, len(t)), "characters-counted", "encode first"),
    (lambda t: head(len(t.encode()) + 2) + t.encode(), "header-counted", "payload"),
    (packed("!BBH", "<BBQ"), "little-endian", "wrong order"),
    (lambda t: text_framed(t, marks=(127, 127)), "127-for-both", "stands 126"),
    (
        lambda t: bytes(0x81) + bytes(len(t.encode())) + t.encode(),
        "zeros-for-a-number",
        "makes 5 zeros",
    ),
    (lambda t: bytes(0x81, len(t)) + t.encode(), "raises", "in a list"),  # type: ignore[call-overload]
    (lambda t: bytes([129, len(t), t.encode()]), "raises", "takes numbers"),  # type: ignore[list-item]
    (lambda t: bytes([129, len(t), t]), "raises", "takes numbers"),  # type: ignore[list-item]
    (lambda t: f"\x81{chr(len(t.encode()))}{t}".encode(), "two-bytes-each", "`chr`"),
    (
        lambda t: bytes([0x81, len(t.encode()) & 127]) + t.encode(),
        "short-form-only",
        "longer form",
    ),
    (
        lambda t: masked(head(len(t.encode()))) + bytes(4) + t.encode(),
        "masked",
        "section 5.1",
    ),
    (packed("!BBH", "!BBQ", medium_to=65536), "off-by-one-65536", "65,535"),
    (packed("!BBH", "!BBQ", short_to=127), "off-by-one-127", "Up to 127"),
    (packed("!BBh", "!BBq", medium_to=32767), "16-bit-form-too-short", "no sign"),
    (packed("!BBh", "!BBq"), "raises", "`H` goes up to 65,535"),
    (packed("!BBH", "!BBI"), "64-bit-form-in-4-bytes", "8 bytes, not 4"),
    (packed("!BBI", "!BBQ"), "16-bit-form-in-4-bytes", "2 bytes, not 4"),
    (packed("<BBH", "<BBQ"), "little-endian", "The big end comes first"),
    (packed("BBH", "BBQ"), "struct-without-!", "`!BBH` and `!BBQ`"),
    (packed("!BBB", "!BBQ"), "16-bit-form-in-1-byte", "even where one would do"),
    (which_refuses_long_texts, "no-64-bit-form", "127, then 8 bytes"),
    (with_ifs_that_add_up, "no-64-bit-form", "127, then 8 bytes"),
    (with_a_gap, "no-form-for-125", "Neither case takes a length of 125"),
    (in_fragments, "wrong-fin", "FIN is 0 (more frames follow)"),
    (split_by(255), "wrong-extended-payload-length", "should be 256"),
    (split_by(128), "wrong-extended-payload-length", "should be 200"),
    (
        with_the_low_byte_of_what_no_case_has,
        "wrong-extended-payload-length",
        "Extended payload length should be",
    ),
    (lambda t: head(len(t.encode()[:125])) + t.encode()[:125], "wrong-payload-len", ""),
    (lambda t: "\x81" + chr(len(t)) + t, "wrong-type", "`.encode()` makes bytes"),
    (lambda t: (b"\x81" + t.encode()).hex(), "wrong-type", "for people"),
    (lambda t: b"\x81" + len(t) + t.encode(), "raises", "`bytes([n])` of a number"),
    (lambda t: head(len(t)) + t, "raises", "`.encode()` makes bytes of text"),
    (lambda t: head(len(t.encode()), 0x88) + t.encode(), "wrong-opcode", "8 CLOSE"),
    (lambda t: head(len(t.encode()), 0xC1) + t.encode(), "wrong-rsv1-3", "100"),
    (lambda t: b"\0" + t.encode() + b"\xff", "hixie-76", "withdrawn"),
    (lambda t: head(len(t.encode())) + t.encode("ascii"), "ascii", "has no ü"),
    (lambda t: through_the_library(t.strip()), "stripped", "They belong to it"),
    (lambda t: through_the_library(t) if t else None, "returns-nothing-sometimes", ""),
    (lambda t: bytes.fromhex("81 05 48 65 6c 6c 6f"), "always-the-same", "compute"),
    (lambda t, masked: b"", "arguments", "It is called with 1 argument, text"),
    (lambda t: through_the_library(t.replace("\0", "")), "wrong-payload-len", ""),
    # two at a time
    (
        lambda t: head(len(t)).replace(b"\x81", b"\x01") + t.encode(),
        "characters-counted+no-fin",
        "FIN is missing: the first byte is 81. And: ",
    ),
    (
        lambda t: text_framed(t, first=0x82, order="little"),
        "binary+little-endian",
        "Text is opcode 1. And: The length's bytes",
    ),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG)
def test_the_mistake_in_writing_a_frame_is_named(
    function: Any, mistake: str, says: str
) -> None:
    assert_named(check.text_frame(function), mistake, says)


@pytest.mark.parametrize("key", [b"\1\2\3\4", bytes(4), b"\xff\0\xff\0"])
def test_a_masked_frame_is_told_that_a_server_masks_nothing(key: bytes) -> None:
    verdict = check.text_frame(
        lambda text: Frame(
            opcode=Opcode.TEXT, payload=text.encode(), masking_key=key
        ).serialize()
    )
    assert verdict.right is False
    assert "A server masks nothing (section 5.1)." in verdict.hint
