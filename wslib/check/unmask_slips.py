"""The right way to take off a mask, and the slips on it. Section 5.3.

:func:`unmasked` does it right or, asked by a keyword, in one of the ways in which
people do it wrong: those of the table. See :mod:`wslib.check.slips`.
"""

import operator
import struct
from collections.abc import Callable
from typing import Any

from wslib.check.slips import NOT_BYTES, Slip
from wslib.frames import apply_mask

_RFC_KEY = bytes.fromhex("37 fa 21 3d")


def unmasked(
    payload: bytes,
    masking_key: bytes,
    *,
    key: Callable[[bytes], bytes] = bytes,
    index: Callable[[int, int], int] = lambda i, n: i % 4,
    combine: Callable[[int, int], int] = operator.xor,
    start: int = 0,
    stop: Callable[[int], int] = lambda n: n,
    rest: bool = False,
    before: Callable[[bytes, bytes], bytes] = lambda p, k: p,
    after: Callable[[bytes], Any] = bytes,
) -> Any:
    """XOR a payload with its masking key; index gets a place and the size of all."""
    payload, used = before(payload, masking_key), key(masking_key)
    size = len(payload)
    end = min(stop(size), size)
    result = bytes(combine(payload[i], used[index(i, size)]) for i in range(start, end))
    return after(result + payload[end:] if rest else result)


def _text(errors: str) -> Callable[[bytes], str]:
    return lambda result: result.decode("utf-8", errors)


def _as_numbers(
    payload: bytes, key: bytes, times: Callable[[int], int], order: Any = "big"
) -> bytes:
    """XOR two long numbers, the key repeated and not cut to size."""
    number = int.from_bytes(payload, order)
    number ^= int.from_bytes(key * times(len(payload)), order)
    return number.to_bytes(len(payload), order)


def _number_slip(times: Callable[[int], int]) -> list[dict[str, Any]]:
    return [
        {
            "combine": lambda b, k: b,
            "before": lambda p, k, o=o: _as_numbers(p, k, times, o),
        }
        for o in ("big", "little")
    ]


def _own_key(payload: bytes) -> bytes:
    """Take the first 4 bytes for the key of the rest."""
    return apply_mask(payload[4:], payload[:4]) if len(payload) > 4 else b""


def _in_fours(size: int, error: Exception) -> int:
    """Go by fours, and over the end."""
    if size % 4:
        raise error
    return size


_AGAIN = "The key starts over after every 4 bytes: byte i goes with byte `i % 4` of it."
_STAYS_BYTES = (
    "A payload need not be text: return bytes. Whoever knows that it is text decodes "
    "it later."
)

UNMASK_SLIPS = [
    Slip(
        "stops-after-4",
        "Only the first 4 bytes came back: `zip` stops with the shorter one, the key. "
        "The key has to start over: byte i goes with `masking_key[i % 4]`.",
        stop=lambda n: 4,
    ),
    Slip(
        "only-first-4",
        f"The first 4 bytes are unmasked and the rest is as it was. {_AGAIN}",
        stop=lambda n: 4,
        rest=True,
    ),
    Slip(
        "index-not-wrapped",
        f"Byte 4 of the payload asks for byte 4 of the key, and there are only 0 to 3. "
        f"{_AGAIN}",
        index=lambda i, n: i,
    ),
    Slip(
        "whole-blocks-only",
        "It goes by fours, and the last one to three bytes are lost, or asked for "
        "though they are not there. Payloads come in every length.",
        {"stop": lambda n: _in_fours(n, IndexError())},
        {"stop": lambda n: _in_fours(n, struct.error("unpack"))},
        stop=lambda n: n // 4 * 4,
    ),
    Slip(
        "last-block-as-it-was",
        "The last bytes are as they were: the key was not repeated that far, or a loop "
        "by fours stops too early. Payloads come in every length.",
        {"stop": lambda n: max(0, -(-(n - 4) // 4) * 4), "rest": True},
        stop=lambda n: n // 4 * 4,
        rest=True,
    ),
    Slip(
        "last-byte-lost",
        "The last byte is missing: `range(n)` already stops before n.",
        stop=lambda n: n - 1,
    ),
    Slip(
        "first-byte-lost",
        "The first byte is missing: count from 0.",
        start=1,
    ),
    Slip(
        "unchanged",
        "This is the payload as it was sent. XOR each byte with a byte of the key.",
        combine=lambda b, k: b,
    ),
    Slip(
        "key-only",
        "That is the key, over and over. XOR it with the payload.",
        combine=lambda b, k: k,
    ),
    Slip(
        "one-key-byte-only",
        "Every byte was XORed with the first byte of the key. Take turns: "
        "`masking_key[i % 4]`.",
        index=lambda i, n: 0,
    ),
    Slip(
        "one-key-byte-only",
        "Every byte was XORed with the last byte of the key. Take turns: `masking_key[i"
        " % 4]`.",
        index=lambda i, n: 3,
    ),
    Slip(
        "key-index-divided",
        "The key moves on only after 4 bytes. Every byte takes the next one: `%`, not "
        "`//`.",
        {"index": lambda i, n: i // 4},
        index=lambda i, n: i // 4 % 4,
    ),
    Slip(
        "key-starts-at-1",
        "The key starts with its second byte. Count i from 0.",
        index=lambda i, n: (i + 1) % 4,
    ),
    Slip(
        "key-starts-at-3",
        "The key starts with its last byte. Byte 0 goes with byte 0 of the key.",
        index=lambda i, n: (i - 1) % 4,
    ),
    Slip(
        "modulo-3",
        "The key starts over after 3 bytes, and has 4: `i % 4`.",
        index=lambda i, n: i % 3,
    ),
    Slip(
        "key-fitted-at-the-end",
        "The key was fitted to the end of the payload. It starts with byte 0: where the"
        " payload ends has nothing to do with it.",
        index=lambda i, n: (i - n) % 4,
    ),
    Slip(
        "key-fitted-at-the-end",
        "As a number, the short key stands under the end of the payload. Repeat it "
        "until it is as long as the payload, and cut it there.",
        *_number_slip(lambda n: 1),
        _number_slip(lambda n: n // 4)[0],
        *_number_slip(lambda n: n // 4 + 1),
        *_number_slip(lambda n: n),
    ),
    Slip(
        "key-backwards",
        "The key was used backwards.",
        key=lambda k: k[::-1],
    ),
    Slip(
        "key-ignored",
        "It always takes the key `37 fa 21 3d`. Each frame brings its own: use the "
        "argument `masking_key`.",
        key=lambda k: _RFC_KEY,
    ),
    Slip(
        "payload-backwards",
        "The payload was read from its end, or as a number whose bytes are in another "
        "order than the key's.",
        before=lambda p, k: p[::-1],
    ),
    Slip(
        "key-still-in-front",
        "The key was put in front of the payload and XORed with it. The payload has "
        "come without it.",
        before=lambda p, k: k + p,
    ),
    Slip(
        "key-taken-from-payload",
        "The first 4 bytes were taken for the key. The key is an argument of its own: "
        "the payload begins at byte 0.",
        {"combine": lambda b, k: b, "before": lambda p, k: _own_key(p)},
        before=lambda p, k: p[4:],
    ),
    Slip(
        "every-key-byte",
        "Each byte met all four bytes of the key. It meets one: byte i goes with byte "
        "`i % 4`.",
        *(
            {"combine": lambda b, k: b, "before": before}
            for before in (
                lambda p, k: bytes(b ^ m for b in p for m in k),
                lambda p, k: bytes(b ^ m for m in k for b in p),
            )
        ),
        combine=lambda b, k: b,
        before=lambda p, k: bytes(b ^ k[0] ^ k[1] ^ k[2] ^ k[3] for b in p),
    ),
    Slip(
        "key-index-by-value",
        "Which byte of the key it is depends on the place, not on the byte there: "
        "`i % 4`.",
        combine=lambda b, k: b,
        before=lambda p, k: bytes(b ^ k[b % 4] for b in p),
    ),
    Slip(
        "arguments-swapped",
        "Payload and key are swapped: the payload comes first.",
        combine=lambda b, k: b,
        before=lambda p, k: bytes(b ^ p[i % 4] for i, b in enumerate(k)),
    ),
    Slip(
        "filled-up",
        "The payload was filled up to a multiple of 4. As many bytes come out as go "
        "in.",
        before=lambda p, k: p + bytes(-len(p) % 4),
    ),
    Slip(
        "stripped",
        "Blanks or line ends at the beginning or the end are gone. They belong to the "
        "payload.",
        {"after": bytes.rstrip},
        {"after": bytes.lstrip},
        after=bytes.strip,
    ),
    Slip(
        "added",
        "The bytes were added. XOR is `^`.",
        {"combine": operator.add},
        combine=lambda b, k: (b + k) & 0xFF,
    ),
    Slip(
        "subtracted",
        "The key was subtracted. XOR is `^`: bits differ or they do not, nothing is "
        "carried.",
        {"combine": lambda b, k: b - k},
        {"combine": lambda b, k: abs(b - k)},
        combine=lambda b, k: (b - k) & 0xFF,
    ),
    Slip(
        "or",
        "That is OR, `|`. XOR is `^`.",
        combine=operator.or_,
    ),
    Slip(
        "and",
        "That is AND, `&`. XOR is `^`.",
        combine=operator.and_,
    ),
    Slip(
        "inverted",
        "Every bit is the opposite of what it should be: 1 where the two bits differ.",
        combine=lambda b, k: b ^ k ^ 0xFF,
    ),
    Slip(
        "key-not-used",
        "Every bit was turned round. The key says which ones to turn: XOR with it.",
        combine=lambda b, k: b ^ 0xFF,
    ),
    Slip(
        "power",
        "`**` is power. XOR is `^`.",
        combine=lambda b, k: b**k & 0xFF,
    ),
    Slip(
        "text-not-bytes",
        f"{_STAYS_BYTES}",
        {"after": _text("strict")},
        {"after": _text("replace")},
        {"after": _text("ignore")},
        after=lambda r: r.decode("latin-1"),
    ),
    Slip(
        "leading-zeros-lost",
        "Zeros at the beginning are lost. A number has none in front; the payload has "
        "its length, whatever its bytes.",
        after=lambda r: r.lstrip(b"\0"),
    ),
    Slip(
        "answer-backwards",
        "The answer stands backwards.",
        after=lambda r: r[::-1],
    ),
    Slip(
        "only-the-last",
        "Only the last byte came back: each turn of the loop threw away what the one "
        "before had made.",
        after=lambda r: r[-1:],
    ),
    Slip(
        "only-the-first",
        "Only the first byte came back: does `return` stand inside the loop?",
        {"after": lambda r: r[:1] or None},
        after=lambda r: r[:1],
    ),
    Slip(
        "zeros-for-a-number",
        "`bytes(72)` makes 72 zeros. `bytes([72])` makes one byte of the number 72.",
        after=lambda r: b"".join(bytes(byte) for byte in r),
    ),
    Slip(
        "digits",
        "The numbers were written in digits. `bytes([72])` makes one byte of 72.",
        after=lambda r: "".join(map(str, r)).encode(),
    ),
    Slip(
        "two-bytes-each",
        "Each number from 128 on became two bytes: `chr` and `.encode()` make UTF-8 of "
        "it. `bytes([200])` is one byte.",
        after=lambda r: r.decode("latin-1").encode(),
    ),
    *NOT_BYTES,
]
