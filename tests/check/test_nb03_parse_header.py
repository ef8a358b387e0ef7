"""Exercise 2 of notebook 03: answers in several styles, and the wrong ones by name."""

import functools
import struct
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import pytest
from hostile import Hostile, assert_named, assert_right, assert_sound

from wslib import check
from wslib.check.nb03_parse_header import FIELDS, header
from wslib.frames import Opcode

Header = namedtuple("Header", FIELDS[:4] + ("size",))


def with_struct(data: bytes) -> Any:
    first, second = struct.unpack_from("!BB", data)
    length, size = second & 127, 2
    if length == 126:
        (length,), size = struct.unpack_from("!H", data, 2), 4
    elif length == 127:
        (length,), size = struct.unpack_from("!Q", data, 2), 10
    return first >= 128, first % 16, second >= 128, length, size + (second >> 7) * 4


def with_bits_as_text(data: bytes) -> Any:
    bits = f"{data[0]:08b}{data[1]:08b}"
    length, size = int(bits[9:], 2), 2
    if width := {126: 2, 127: 8}.get(length):
        length, size = int(data[2 : 2 + width].hex(), 16), 2 + width
    masked = bits[8] == "1"
    return bits[0] == "1", int(bits[4:8], 2), masked, length, size + 4 * masked


def which_refuses_reserved_bits(data: bytes) -> Any:
    if data[0] & 0b0111_0000:
        raise ValueError("a reserved bit is set")
    return header(data)


def which_wants_the_whole_frame(data: bytes) -> Any:
    fin, opcode, masked, length, size = header(data)
    if len(data) < size + length:
        raise ValueError("not complete")
    return fin, opcode, masked, length, size


def which_reads_as_from_a_file(data: bytes) -> Any:
    import io

    stream = io.BytesIO(data)
    first, second = stream.read(2)
    fin, opcode = divmod(first, 128)
    masked, length = divmod(second, 128)
    if length > 125:
        read = functools.reduce(lambda n, byte: n << 8 | byte, stream.read(2), 0)
        if length == 127:
            read = int.from_bytes(stream.read(6), signed=False) | read << 48
        length = read
    return (
        fin == 1,
        Opcode(opcode % 16),
        bool(masked),
        length,
        stream.tell() + masked * 4,
    )


def by_columns(data: bytes) -> Any:
    def bit(byte: int, number: int) -> bool:
        return byte >> 7 - number & 1 == 1

    def number(bits: list[bool]) -> int:
        return 2 * number(bits[:-1]) + bits[-1] if bits else 0

    bits = [bit(byte, i) for byte in data[:10] for i in range(8)]
    short = number(bits[9:16])
    end = 32 if short == 126 else 80 if short == 127 else 16
    length = number(bits[16:end]) if end > 16 else short
    return bits[0], number(bits[4:8]), bits[8], length, (end + 32 * bits[8]) // 8


@pytest.mark.parametrize(
    "function",
    [
        header,
        with_struct,
        with_bits_as_text,
        which_refuses_reserved_bits,
        which_wants_the_whole_frame,
        which_reads_as_from_a_file,
        by_columns,
        lambda data: list(header(data)),
        lambda data: Header(*header(data)),
        lambda data: tuple(int(value) for value in header(data)),
    ],
)
def test_every_right_way_to_read_a_header_is_right(function: Any) -> None:
    assert_right(check.parse_header(function))


def with_value(place: int, read: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Return a function that reads all values rightly but one."""

    def function(data: bytes) -> Any:
        values = list(header(data))
        values[place] = read(data)
        return tuple(values)

    return function


def swapped(*order: int) -> Callable[[bytes], Any]:
    return lambda data: tuple(header(data)[i] for i in order)


def with_one_if_after_the_other(data: bytes) -> Any:
    fin, opcode, masked, _, size = header(data)
    length = data[1] & 127
    if length == 126:
        length = int.from_bytes(data[2:4], "big")
    if length == 127:
        length = int.from_bytes(data[2:10], "big")
    return fin, opcode, masked, length, size


def without_a_64_bit_form(data: bytes) -> Any:
    fin, opcode, masked, length, _ = header(data)
    if data[1] & 127 < 126:
        size = 2
    elif data[1] & 127 == 126:
        size = 4
    return fin, opcode, masked, length, size + 4 * masked


def with_126_and_127_before_the_mask_is_off(data: bytes) -> Any:
    length, size = data[1], 2
    if length == 126:
        length, size = int.from_bytes(data[2:4], "big"), 4
    elif length == 127:
        length, size = int.from_bytes(data[2:10], "big"), 10
    masked = data[1] > 127
    return data[0] > 127, data[0] & 15, masked, length, size + 4 * masked


def with_16_bits_for_both_marks(data: bytes) -> Any:
    fin, opcode, masked, *_ = header(data)
    length, size = data[1] & 127, 2
    if length >= 126:
        length, size = int.from_bytes(data[2:4], "big"), 4
    return fin, opcode, masked, length, size + 4 * masked


def which_leaves_the_long_form_for_later(data: bytes) -> Any:
    if data[1] & 127 == 127:
        raise NotImplementedError
    return header(data)


def which_refuses_and_reads_little_endian(data: bytes) -> Any:
    which_wants_the_whole_frame(data)
    fin, opcode, masked, length, size = header(data)
    if data[1] & 127 > 125:
        length = int.from_bytes(data[2 : size - 4 * masked], "little")
    return fin, opcode, masked, length, size


WRONG: list[tuple[Callable[..., Any], str, str]] = [
    (
        lambda d: dict(zip(FIELDS, header(d), strict=True)),
        "not-five-values",
        "five values",
    ),
    (lambda d: header(d)[:4], "not-five-values", "4 values"),
    (lambda d: (*header(d), d[2:6]), "not-five-values", "6 values"),
    (lambda d: str(header(d)), "not-five-values", "five values"),
    (swapped(1, 0, 2, 3, 4), "order", "in another order"),
    (swapped(0, 1, 2, 4, 3), "order", "in another order"),
    (lambda d: (True, 1, True, 5, 6), "always-the-same", "compute it"),
    (with_one_if_after_the_other, "if-for-elif", "`elif`"),
    (without_a_64_bit_form, "raises", "has not been given a value"),
    (with_value(0, lambda d: d[0] & 128 == 1), "fin-never", "no frame is the last"),
    (with_value(0, lambda d: bool(f"{d[0]:08b}"[0])), "fin-always", 'even "0"'),
    (with_value(0, lambda d: bool(d[0] & 7)), "fin-wrong", "the first bit"),
    (with_value(1, lambda d: d[0] & 15 == 1), "wrong-type", "`&` keeps the bits"),
    (with_value(1, lambda d: bin(d[0])[-4:]), "wrong-type", "`int(text, 2)`"),
    (with_value(1, lambda d: float(d[0] & 15)), "wrong-type", "float"),
    (with_value(1, lambda d: d[0] % 10), "opcode-wrong", "wherever FIN is 1"),
    (with_value(1, lambda d: d[0] - 128), "opcode-minus-128", "128 was taken away"),
    (with_value(1, lambda d: d[0] % 11), "opcode-wrong", "is wrong for 25 of 31"),
    (with_value(2, lambda d: len(d) > 6), "masked-wrong", "the first bit"),
    (with_value(2, lambda d: d[1] == 0x85), "masked-wrong", "10000000"),
    (with_value(3, lambda d: d[2:4]), "wrong-type", "`int.from_bytes(…)`"),
    (with_value(3, lambda d: struct.unpack("!H", d)), "raises", "`struct.unpack`"),
    (with_value(3, lambda d: (d[1] & 127,)), "wrong-type", "its first value"),
    (with_value(3, lambda d: d[1] & 63), "length-wrong", "the last seven"),
    (with_value(3, lambda d: d[1] - 128), "length-wrong", "the last seven"),
    (with_value(3, lambda d: d[2]), "raises", "which index is asked for"),
    (with_value(3, lambda d: int(d.hex()[3])), "raises", "`int(text, 16)`"),
    (with_value(4, lambda d: header(d)[4] - 4), "header-size-wrong", "all 31 frames"),
    (with_value(4, lambda d: header(d)[4] / 1), "wrong-type", "an int"),
    (
        with_value(4, lambda d: header(d)[4] + 1 - (d[1] & 127 == 127)),
        "header-size-wrong",
        "6 of",
    ),
    (
        with_value(4, lambda d: header(d)[4] + 4 * (d[1] & 127 == 127)),
        "header-size-wrong",
        "wrong for each length in the 64-bit form, and only there. Here it is 2 bytes, "
        "8 for a longer length and 4 for a key.",
    ),
    (
        with_value(3, lambda d: header(d)[3] + (d[0] < 128)),
        "length-wrong",
        "wrong wherever FIN is 0, and only there",
    ),
    (
        with_value(3, lambda d: header(d)[3] + (d[0] & 64)),
        "length-wrong",
        "wrong where a reserved bit is set",
    ),
    (with_value(3, lambda d: header(d)[3] % 2**32), "length-4-bytes", "not 4"),
    (with_value(3, lambda d: header(d)[3] % 2**56), "length-wrong", "2 to 9 hold it"),
    (with_16_bits_for_both_marks, "length-2-bytes", "not 2"),
    (
        with_value(4, lambda d: header(d)[4] - 4 * (d[1] & 127 == 127)),
        "length-4-bytes",
        "header size is 14; yours is 10",
    ),
    (
        with_value(3, lambda d: header(d)[3] if d[1] & 127 > 125 else d[1]),
        "mask-bit-in-length",
        "Take it away first",
    ),
    (
        with_value(3, lambda d: header(d)[3] if d[1] < 128 else d[1] & 127),
        "mask-bit-in-length",
        "then look for",
    ),
    (
        lambda d: header(d) if d[1] & 127 < 127 else None,
        "returns-nothing-sometimes",
        "this way",
    ),
    (which_leaves_the_long_form_for_later, "raises", "still to be written"),
    (lambda d: d.decode(), "raises", "not text"),
    (lambda: (), "arguments", "It is called with 1 argument, data"),
    # several values at a time: the first one that is wrong is told
    (with_126_and_127_before_the_mask_is_off, "mask-bit-in-length", "Take it away"),
    (
        lambda d: (d[0] & 128, d[0] & 7, *header(d)[2:]),
        "fin-not-true-or-false",
        "81 85 37 fa 21 3d 4f 82 59 45 4f: fin is True; yours is 128.",
    ),
    (lambda d: (header(d)[0], d[0], 1, 2, 3), "opcode-whole-byte", "so far: fin.)"),
    (lambda d: (*header(d)[:3], len(d), "6"), "all-that-follows", "have come"),
    (which_refuses_and_reads_little_endian, "little-endian", "big end comes first"),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG)
def test_the_mistake_in_reading_a_header_is_named(
    function: Any, mistake: str, says: str
) -> None:
    assert_named(check.parse_header(function), mistake, says)


@pytest.mark.parametrize("mistake", check.parse_header.mistakes, ids=lambda m: m.name)
def test_the_values_before_the_one_that_is_wrong_are_told_to_be_right(
    mistake: Any,
) -> None:
    for change in mistake.changes:
        place, read = change["instead"]
        verdict = check.parse_header(with_value(place, read))
        assert_named(verdict, mistake.name, f"{FIELDS[place]} is ")
        said = verdict.evidence.partition("Right so far:")[2]
        assert all(field in said for field in FIELDS[:place])
        assert FIELDS[place] not in said


@pytest.mark.parametrize("values", [[Hostile()] * 5, [Hostile(), 1, 2, 3, 4], [[]] * 5])
def test_five_odd_values_are_no_reason_to_raise(values: list[Any]) -> None:
    assert_sound(check.parse_header(lambda data: values), "parse_header")
