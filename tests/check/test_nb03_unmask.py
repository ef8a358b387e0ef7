"""Exercise 1 of notebook 03: answers in several styles, and the wrong ones by name."""

import itertools
import operator
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hostile import assert_named, assert_right

from wslib import check
from wslib.frames import apply_mask


def column_by_column(payload: bytes, key: bytes) -> bytes:
    result = bytearray(len(payload))
    for i in range(4):
        result[i::4] = bytes(byte ^ key[i] for byte in memoryview(payload)[i::4])
    return bytes(result)


def as_one_number(payload: bytes, key: bytes) -> bytes:
    size = len(payload)
    repeated = (key * (size // 4 + 1))[:size]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return number.to_bytes(size, "big")


def in_place(payload: bytes, key: bytes) -> bytes:
    result = bytearray(payload)
    for i in range(len(result)):
        result[i] ^= key[i & 3]
    return bytes(result)


def one_by_one(payload: bytes, masking_key: bytes) -> bytes:
    result = b""
    for i, byte in enumerate(payload):
        result += struct.pack("B", byte ^ masking_key[i % len(masking_key)])
    return result


@pytest.mark.parametrize(
    "function",
    [
        apply_mask,
        column_by_column,
        as_one_number,
        in_place,
        one_by_one,
        lambda p, k: bytes(map(operator.xor, p, itertools.cycle(k))),
        lambda p, k: bytes(
            (b | m) & ~(b & m) for b, m in zip(p, k * len(p), strict=False)
        ),
    ],
)
def test_every_right_way_to_unmask_is_right(function: Any) -> None:
    assert_right(check.unmask(function))


def with_counter(limit: int) -> Callable[[bytes, bytes], bytes]:
    """Return a function that counts the places of the key by itself."""

    def function(payload: bytes, key: bytes) -> bytes:
        i, result = 0, b""
        for byte in payload:
            result += bytes([byte ^ key[i]])
            i = 0 if i == limit else i + 1
        return result

    return function


def by_fours(payload: bytes, key: bytes) -> bytes:
    (mask,) = struct.unpack("!I", key)
    return b"".join(
        struct.pack("!I", struct.unpack("!I", payload[i : i + 4])[0] ^ mask)
        for i in range(0, len(payload), 4)
    )


def every_fourth_from_the_payload(payload: bytes, key: bytes) -> bytes:
    return bytes(b ^ payload[:4][i % 4] for i, b in enumerate(payload[4:]))


def in_the_argument(payload: Any, key: bytes) -> Any:
    for i in range(len(payload)):
        payload[i] ^= key[i % 4]
    return payload


def with_an_early_return(payload: bytes, key: bytes) -> Any:
    result = []
    for i, byte in enumerate(payload):
        result.append(byte ^ key[i % 4])
        return bytes(result)


def which_forgets_to_return(payload: bytes, key: bytes) -> None:
    bytes(byte ^ key[i % 4] for i, byte in enumerate(payload))


def right(payload: bytes, key: bytes) -> bytes:
    return apply_mask(payload, key)


# What a student wrote, the name of the mistake, and words that the verdict says.
WRONG_UNMASK: list[tuple[Callable[..., Any], str, str]] = [
    (
        lambda p, k: bytes(a ^ b for a, b in zip(p, k, strict=False)),
        "stops-after-4",
        "`zip`",
    ),
    (lambda p, k: bytes(p[i] ^ k[i] for i in range(len(p))), "index-not-wrapped", "4"),
    (with_counter(4), "index-not-wrapped", "0 to 3"),
    (with_counter(2), "modulo-3", "after 3 bytes"),
    (by_fours, "whole-blocks-only", "payloads come in every length".capitalize()),
    (every_fourth_from_the_payload, "key-taken-from-payload", "argument of its own"),
    (in_the_argument, "raises", "cannot be changed"),
    (with_an_early_return, "only-the-first", "inside the loop"),
    (which_forgets_to_return, "returns-nothing", "`return`"),
    (lambda p, k: [b ^ k[i % 4] for i, b in enumerate(p)], "list-not-bytes", "list"),
    (lambda p, k: (b ^ k[0] for b in p), "wrong-type", "`bytes(…)` around it"),
    (lambda p, k: right(p, k).decode("latin-1"), "text-not-bytes", "return bytes"),
    (lambda p, k: right(p, k).decode(), "text-not-bytes", "return bytes"),
    (lambda p, k: str(right(p, k)), "bytes-in-quotes", "quotes and all"),
    (lambda p, k: right(p, k).hex(), "hex-not-bytes", "Return the bytes"),
    (lambda p, k: (right(p, k),), "comma-at-the-end", "makes a tuple"),
    (lambda p, k: right(p, k).strip(), "stripped", "Blanks or line ends"),
    (lambda p, k: right(p, k) or None, "returns-nothing-sometimes", "this way"),
    (lambda p, k: right(right(p, k), k), "unchanged", "as it was sent"),
    (lambda p, k: b"Hello", "always-the-same", "compute it"),
    (lambda p, k: bytes(1), "always-the-same", "compute it"),
    (lambda p, k: right(k + p, k), "key-still-in-front", "has come without it"),
    (lambda p, k: b"".join(bytes(b) for b in right(p, k)), "zeros-for-a-number", ""),
    (lambda p, k: bytes(b ^ k[i] % 4 for i, b in enumerate(p)), "raises", "index"),
    (lambda p, k: bytes(ord(b) ^ 1 for b in p), "raises", "number already"),
    (lambda p, k: p ^ k, "raises", "These are bytes".lower()),
    (lambda p, k: bytes(b ^ m for b in p for m in k), "every-key-byte", "meets one"),
    (lambda p, k: bytes(b ^ k[b % 4] for b in p), "key-index-by-value", "place"),
    (lambda p, k: as_one_number(p, k[:1] * 4), "one-key-byte-only", "Take turns"),
    (lambda p, k: right(p, k)[:7], "wrong-answer", "gave 7 bytes, not 13:"),
    (lambda p, k: right(p, k) + b"\0", "wrong-answer", "gave 6 bytes, not 5:"),
    (lambda p, k: bytes(b & 127 for b in right(p, k)), "wrong-answer", "^ byte 128"),
    (lambda p: p, "arguments", "payload, masking_key"),
    (
        lambda p, k: bytes(b ^ k[-(i % 4)] for i, b in enumerate(p)),
        "key-backwards",
        "backwards",
    ),
    (
        lambda p, k: right(p[::-1], k)[::-1],
        "payload-backwards",
        "in another order than the key's",
    ),
    (
        lambda p, k: right(bytes.fromhex("7f9f4d5158"), k),
        "payload-ignored",
        "Loop over the argument",
    ),
    (lambda p, k: right(p, k)[:125], "wrong-answer", "each by itself."),
    # two at a time
    (
        lambda p, k: [a ^ b for a, b in zip(p, k, strict=False)],
        "stops-after-4+list-not-bytes",
        "And:",
    ),
    (lambda p, k: right(p[1:], k[::-1]), "first-byte-lost+key-backwards", "And:"),
    (
        lambda p, k: bytes(b | k[-i % 4] for i, b in enumerate(p)),
        "key-backwards+or",
        "And:",
    ),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG_UNMASK)
def test_the_mistake_in_unmasking_is_named(
    function: Any, mistake: str, says: str
) -> None:
    assert_named(check.unmask(function), mistake, says)


def test_a_wrong_byte_is_traced_to_the_byte_of_the_key_that_it_met() -> None:
    order = [3, 0, 2, 1]
    verdict = check.unmask(
        lambda p, k: bytes(b ^ k[order[i % 4]] for i, b in enumerate(p))
    )
    assert verdict.rows == (
        "yours  42 a8 6c ab 65",
        "due    48 65 6c 6c 6f",
        "       ^ byte 0",
    )
    assert "7f ^ 37 is 48. Yours met 3d, byte 3 of the key." in verdict.hint
