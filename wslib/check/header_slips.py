"""The right way to read a frame's header, and the slips on it. Section 5.2.

A header has five values, and each is got wrong by itself: so there is a table for each,
of functions that read it wrong. A check holds the student's column of values beside the
columns that these give.
"""

import struct
from collections.abc import Callable
from typing import Any, NamedTuple

FIELDS = ("fin", "opcode", "masked", "length", "header size")


class Misreading(NamedTuple):
    """A known way to read one value wrong.

    Attributes:
        mistake: A short name.
        read: Takes the frame; returns the wrong value.
        hint: What to say to who reads it so.
    """

    mistake: str
    read: Callable[[bytes], Any]
    hint: str


def header(data: bytes) -> tuple[bool, int, bool, int, int]:
    """Return fin, opcode, masked, length and header size, read rightly."""
    first, second = data[0], data[1]
    return bool(first >> 7), first & 0xF, bool(second >> 7), _length(data), _size(data)


def misread(slip: Misreading, data: bytes) -> Any:
    """Return what a misreading makes of a frame, or the exception that it raises."""
    try:
        return slip.read(data)
    except (LookupError, ValueError, struct.error) as exc:
        return exc


def _length(data: bytes, order: str = ">") -> int:
    short = data[1] & 0x7F
    if short == 126:
        return int(struct.unpack_from(order + "H", data, 2)[0])
    return int(struct.unpack_from(order + "Q", data, 2)[0]) if short == 127 else short


def _size(data: bytes, medium: int = 2, long: int = 8, key: int = 4) -> int:
    extra = {126: medium, 127: long}.get(data[1] & 0x7F, 0)
    return 2 + extra + (key if data[1] >> 7 else 0)


def _bits(byte: int) -> str:
    return f"{byte:08b}"


def _long(read: Callable[[bytes], int]) -> Callable[[bytes], int]:
    """Return what reads the 64-bit form so, and the others rightly."""
    return lambda d: read(d) if d[1] & 0x7F == 127 else _length(d)


def _medium(read: Callable[[bytes], int]) -> Callable[[bytes], int]:
    """Return what reads the 16-bit form so, and the others rightly."""
    return lambda d: read(d) if d[1] & 0x7F == 126 else _length(d)


def _int(start: int, stop: int, order: Any = "big") -> Callable[[bytes], int]:
    return lambda d: int.from_bytes(d[start:stop], order)


def _wide(first: int, second: int) -> Callable[[bytes], int]:
    """Return what takes the extended lengths from these places."""
    return lambda d: {126: _int(first, first + 2), 127: _int(second, second + 8)}.get(
        d[1] & 0x7F, _length
    )(d)


_TRUE_BIT = (
    "It is the bit's value, {}: `if` would take it for True, but it is not True. A "
    "comparison or `bool(…)` gives True and False."
)
_AS_TEXT = 'Bits as text are still text: `bool("0")` is True. Compare it with "1".'
_BIG_END = (
    'On the network the big end comes first: `int.from_bytes(…, "big")`, or `!` in '
    "struct."
)
_BIN = "(`bin` leaves out the zeros in front, so its first digit is always a 1.)"
_KEY = "The masking key is part of the header: 4 bytes more where MASK is 1."

HEADER_SLIPS: dict[str, list[Misreading]] = {
    "fin": [
        Misreading(
            "fin-not-true-or-false", lambda d: d[0] & 0x80, _TRUE_BIT.format(128)
        ),
        Misreading("fin-as-text", lambda d: _bits(d[0])[0], _AS_TEXT),
        Misreading(
            "fin-wrong-bit",
            lambda d: bool(d[0] & 1),
            "That is the last bit of the byte.",
        ),
        Misreading(
            "fin-always",
            lambda d: True,
            'It says True for every frame. (A text is True, too, even "0".)',
        ),
        Misreading("fin-never", lambda d: False, "It says that no frame is the last."),
        Misreading("fin-inverted", lambda d: not d[0] >> 7, "1 means: the last frame."),
        Misreading(
            "fin-from-second-byte",
            lambda d: bool(d[1] >> 7),
            "That is MASK, the first bit of the second byte.",
        ),
        Misreading(
            "whole-byte-compared",
            lambda d: d[0] == 0x81,
            "It is True for 81 alone. FIN is one bit, whatever the opcode.",
        ),
        Misreading(
            "reserved-bits-in-fin",
            lambda d: d[0] >> 4 == 0b1000,
            "It is False where a reserved bit is set. FIN is the first bit alone.",
        ),
        Misreading(
            "reserved-bits-in-fin",
            lambda d: d[0] >> 4 > 0,
            "It is True where a reserved bit is set. FIN is the first bit alone.",
        ),
        Misreading(
            "opcode-in-fin",
            lambda d: bool(d[0]),
            "It is True wherever the first byte is not 0. FIN is one bit of it. "
            + _BIN,
        ),
    ],
    "opcode": [
        Misreading(
            "opcode-whole-byte",
            lambda d: d[0],
            "That is the whole first byte. The opcode is its last four bits: `& 0x0F`.",
        ),
        Misreading(
            "opcode-7-bits",
            lambda d: d[0] & 0x7F,
            "Seven bits were kept: a reserved bit is in it. The opcode is the last "
            "four: `& 0x0F`.",
        ),
        Misreading(
            "opcode-minus-128",
            lambda d: d[0] ^ 0x80,
            "FIN was turned round, whether it is set or not. Keep the last four bits: "
            "`& 0x0F`.",
        ),
        Misreading(
            "opcode-minus-128",
            lambda d: d[0] - 0x80,
            "128 was taken away whether FIN is set or not. Keep the last four bits: "
            "`& 0x0F`.",
        ),
        Misreading(
            "opcode-high-bits",
            lambda d: d[0] & 0xF0,
            "Those are the first four bits, FIN and RSV. The opcode is the last four: "
            "`& 0x0F`.",
        ),
        Misreading(
            "and-for-ampersand",
            lambda d: d[0] and 0x0F,
            "`and` picks one of two values. `&` puts two numbers together, bit by bit.",
        ),
        Misreading(
            "opcode-high-bits",
            lambda d: d[0] >> 4,
            "Those are the first four bits, FIN and RSV. The opcode is the last four.",
        ),
        Misreading(
            "opcode-3-bits",
            lambda d: d[0] & 0x07,
            "Three bits were kept: a ping is 9 and needs four, `& 0x0F`.",
        ),
        Misreading(
            "opcode-5-bits",
            lambda d: d[0] & 0x1F,
            "Five bits were kept; the opcode is the last four: `& 0x0F`.",
        ),
        Misreading(
            "opcode-as-text",
            lambda d: _bits(d[0])[4:],
            "Those are the right bits, as text. `int(bits, 2)` makes a number of them.",
        ),
        Misreading(
            "bits-read-as-decimal",
            lambda d: int(_bits(d[0])[4:]),
            "The bits were read as decimal digits. `int(bits, 2)` reads them as bits.",
        ),
        Misreading(
            "opcode-from-second-byte",
            lambda d: d[1] & 0x0F,
            "That is the second byte's. The opcode is in the first.",
        ),
        Misreading(
            "opcode-in-hex",
            lambda d: hex(d[0] & 0xF),
            "`hex` makes text. The number itself is asked for.",
        ),
        Misreading(
            "opcode-in-hex",
            lambda d: f"{d[0] & 0xF:x}",
            "That is a digit, as text. The number itself is asked for.",
        ),
    ],
    "masked": [
        Misreading(
            "masked-not-true-or-false", lambda d: d[1] & 0x80, _TRUE_BIT.format(128)
        ),
        Misreading("masked-as-text", lambda d: _bits(d[1])[0], _AS_TEXT),
        Misreading(
            "masked-from-first-byte",
            lambda d: bool(d[0] >> 7),
            "That is FIN. MASK is the first bit of the second byte.",
        ),
        Misreading(
            "masked-always",
            lambda d: True,
            'It says True for every frame. (A text is True, too, even "0".)',
        ),
        Misreading("masked-never", lambda d: False, "It says that no frame is masked."),
        Misreading("masked-inverted", lambda d: not d[1] >> 7, "1 means: masked."),
        Misreading(
            "masked-wrong-bit", lambda d: bool(d[1] & 1), "That is the byte's last bit."
        ),
        Misreading(
            "length-in-masked",
            lambda d: bool(d[1]),
            "It is True wherever the second byte is not 0. MASK is one bit of it. "
            + _BIN,
        ),
        Misreading(
            "length-in-masked",
            lambda d: d[1] > 125,
            "A length of 126 or 127 is no mask. MASK is the bit worth 128.",
        ),
        Misreading(
            "length-in-masked",
            lambda d: d[1] > 126,
            "A length of 127 is no mask. MASK is the bit worth 128.",
        ),
    ],
    "length": [
        Misreading(
            "mask-bit-in-length",
            lambda d: d[1],
            "That is the whole second byte. MASK is not part of the length: `& 0x7F`.",
        ),
        Misreading(
            "mask-bit-in-length",
            lambda d: {126: _length(d), 127: _length(d)}.get(d[1], d[1]),
            "MASK is not part of the length. Take it away first, `& 0x7F`, then look "
            "for 126 and 127.",
        ),
        Misreading(
            "126-taken-literally",
            lambda d: d[1] & 0x7F,
            "126 and 127 are no lengths: they say that the next 2 or 8 bytes hold it.",
        ),
        Misreading(
            "127-taken-literally",
            _long(lambda d: 127),
            "127 is no length: it says that the next 8 bytes hold it.",
        ),
        Misreading(
            "126-taken-literally",
            _medium(lambda d: 126),
            "126 is no length: it says that the next 2 bytes hold it.",
        ),
        Misreading(
            "126-and-127-swapped",
            lambda d: {126: _int(2, 10), 127: _int(2, 4)}.get(d[1] & 127, _length)(d),
            "126 announces 2 bytes of length and 127 announces 8. Yours are swapped.",
        ),
        Misreading(
            "little-endian",
            lambda d: _length(d, "<"),
            "The bytes of the length were read in the wrong order. " + _BIG_END,
        ),
        Misreading(
            "little-endian",
            _medium(_int(2, 4, "little")),
            "The 2 bytes behind 126 were read in the wrong order. " + _BIG_END,
        ),
        Misreading(
            "little-endian",
            _long(_int(2, 10, "little")),
            "The 8 bytes behind 127 were read in the wrong order. " + _BIG_END,
        ),
        Misreading(
            "if-for-elif",
            lambda d: _int(2, 10)(d) if 127 in (d[1] & 127, _length(d)) else _length(d),
            "A length of 127 that came out of the 2 bytes is taken for the 127 of the "
            "header. `elif`, or another name for the result.",
        ),
        Misreading(
            "length-4-bytes",
            _long(_int(2, 6)),
            "Behind 127 the length has 8 bytes, not 4.",
        ),
        Misreading(
            "length-2-bytes",
            _long(_int(2, 4)),
            "Behind 127 the length has 8 bytes, not 2.",
        ),
        Misreading(
            "length-6-bytes",
            _long(_int(2, 8)),
            "Behind 127 the length has 8 bytes, from index 2 up to 10; yours are 6.",
        ),
        Misreading(
            "length-7-bytes",
            _long(_int(2, 9)),
            "Behind 127 the length has 8 bytes: a slice ends before its second number.",
        ),
        Misreading(
            "length-3-bytes",
            _medium(_int(2, 5)),
            "Behind 126 the length has 2 bytes: `data[2:4]`. A slice ends before its "
            "second number.",
        ),
        Misreading(
            "length-1-byte",
            _medium(lambda d: d[3]),
            "The length has 2 bytes behind 126. Only the second of them was read.",
        ),
        Misreading(
            "length-1-byte",
            _medium(lambda d: d[2]),
            "The length has 2 bytes behind 126. Only the first of them was read.",
        ),
        Misreading(
            "bytes-added",
            _medium(lambda d: d[2] + d[3]),
            "The 2 bytes were added. The first of them counts 256-fold: "
            "`int.from_bytes`.",
        ),
        Misreading(
            "length-from-the-flags",
            _wide(1, 1),
            "The extended length begins at the third byte, index 2.",
        ),
        Misreading(
            "length-from-the-flags",
            _medium(_int(1, 3)),
            "The extended length begins at the third byte, index 2.",
        ),
        Misreading(
            "length-from-index-3",
            _wide(3, 3),
            "The extended length begins at the third byte: that is index 2, not 3.",
        ),
        Misreading(
            "long-length-behind-the-short",
            _wide(2, 4),
            "The 8 bytes stand where the 2 would, at index 2: there is one extended "
            "length, not two.",
        ),
        Misreading(
            "126-added",
            _medium(lambda d: _length(d) + 126),
            "126 was added to the length. It only says where that stands.",
        ),
        Misreading(
            "126-added",
            lambda d: _length(d) + (d[1] & 0x7F if d[1] & 0x7F > 125 else 0),
            "126 or 127 was added to the length. They only say where it stands.",
        ),
        Misreading(
            "key-counted-as-payload",
            lambda d: _length(d) + (4 if d[1] >> 7 else 0),
            "The key is not part of the payload length.",
        ),
        Misreading(
            "key-taken-off",
            lambda d: _length(d) - (4 if d[1] >> 7 else 0),
            "The length does not count the key: nothing is to be taken off.",
        ),
        Misreading(
            "all-that-follows",
            lambda d: len(d) - _size(d),
            "That is all that stands behind the header. More than one frame may have "
            "come; the header says how long this one is.",
        ),
        Misreading(
            "all-that-follows",
            lambda d: len(d) - 2,
            "That is all that stands behind the second byte. The header says how long "
            "the payload is.",
        ),
        Misreading(
            "all-that-follows", len, "That is the size of all the bytes that have come."
        ),
        Misreading(
            "whole-frame",
            lambda d: _length(d) + _size(d),
            "That is the whole frame, header included.",
        ),
    ],
    "header size": [
        Misreading("key-not-counted", lambda d: _size(d, key=0), _KEY),
        Misreading(
            "key-always-counted",
            lambda d: _size(d) + (0 if d[1] >> 7 else 4),
            "There is a masking key only where MASK is 1.",
        ),
        Misreading(
            "key-counted-as-1",
            lambda d: _size(d, key=1),
            "The masking key has 4 bytes. True counts as 1: `4 * masked`.",
        ),
        Misreading(
            "key-counted-in-bits",
            lambda d: _size(d, key=32),
            "The key has 32 bits: 4 bytes. The size is counted in bytes.",
        ),
        Misreading(
            "extension-not-counted",
            lambda d: _size(d, 0, 0),
            "The 2 or 8 bytes of a longer length belong to the header too.",
        ),
        Misreading(
            "extension-counted-in-full",
            lambda d: _size(d, 4, 10),
            "The 2 first bytes were counted twice: a longer length adds 2 or 8.",
        ),
        Misreading(
            "always-2",
            lambda d: 2,
            "2 bytes are the least; a longer length and a key add.",
        ),
        Misreading(
            "always-6",
            lambda d: 6,
            "6 bytes are a short masked frame's; others differ.",
        ),
        Misreading(
            "first-2-not-counted",
            lambda d: _size(d) - 2,
            "The first 2 bytes belong to the header too.",
        ),
        Misreading(
            "counted-in-bits",
            lambda d: 8 * _size(d),
            "That is the number of bits. The size is counted in bytes.",
        ),
        Misreading(
            "one-less",
            lambda d: _size(d) - 1,
            "That is the place of the header's last byte, counted from 0. Its size is "
            "one more.",
        ),
        Misreading(
            "one-more",
            lambda d: _size(d) + 1,
            "One too many: the payload begins at the place that is the header's size.",
        ),
        Misreading(
            "payload-counted",
            lambda d: _size(d) + _length(d),
            "That is the whole frame. The header ends where the payload begins.",
        ),
        Misreading(
            "all-that-does-not-belong-to-the-payload",
            lambda d: len(d) - _length(d),
            "More than one frame may have come. Count the header's own parts.",
        ),
        Misreading(
            "126-and-127-swapped",
            lambda d: _size(d, 8, 2),
            "126 announces 2 bytes of length and 127 announces 8. Yours are swapped.",
        ),
        Misreading(
            "mask-bit-in-length",
            lambda d: 2 + {126: 2, 127: 8}.get(d[1], 0) + (4 if d[1] >> 7 else 0),
            "Where MASK is 1, the longer length is not counted. Take MASK away first, "
            "`& 0x7F`, then look for 126 and 127.",
        ),
    ],
}
