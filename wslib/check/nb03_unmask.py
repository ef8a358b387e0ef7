"""Exercise 1 of notebook 03: take off a mask. RFC 6455, section 5.3."""

import operator
import random
import struct
from collections.abc import Callable
from typing import Any

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Change, Mistake
from wslib.frames import apply_mask

_RFC_KEY = bytes.fromhex("37 fa 21 3d")
_ON_THE_PAGE = bytes.fromhex("7f 9f 4d 51 58")


def unmasked(
    payload: bytes,
    masking_key: bytes,
    *,
    index: Callable[[int], int] = lambda i: i % 4,
    combine: Callable[[int, int], int] = operator.xor,
    start: int = 0,
    stop: Callable[[int], int] = lambda n: n,
    rest: bool = False,
    whole: Callable[[bytes, bytes], bytes] | None = None,
) -> bytes:
    """XOR a payload with its masking key, byte by byte."""
    if whole:
        return whole(payload, masking_key)
    end = min(stop(len(payload)), len(payload))
    places = range(start, end)
    result = bytes(combine(payload[i], masking_key[index(i)]) for i in places)
    return result + payload[end:] if rest else result


def _as_numbers(times: Callable[[int], int], order: Any = "big") -> Change:
    """XOR two long numbers, the key repeated and not cut to size."""

    def whole(payload: bytes, key: bytes) -> bytes:
        size = len(payload)
        number = int.from_bytes(payload, order)
        return (number ^ int.from_bytes(key * times(size), order)).to_bytes(size, order)

    return {"whole": whole}


def _in_fours(error: Exception) -> Change:
    """Go by fours, and over the end."""

    def stop(size: int) -> int:
        if size % 4:
            raise error
        return size

    return {"stop": stop}


_AGAIN = "The key starts over after every 4 bytes: byte i goes with byte `i % 4` of it."
# fmt: off
_MISTAKES = [
    Mistake("stops-after-4", "Only the first 4 bytes came back: `zip` stops with the "
        "shorter one, the key. The key has to start over: byte i goes with "
        "`masking_key[i % 4]`.", stop=lambda n: 4),
    Mistake("only-first-4",
        f"The first 4 bytes are unmasked and the rest is as it was. {_AGAIN}",
        stop=lambda n: 4, rest=True),
    Mistake("index-not-wrapped",
        "Byte 4 of the payload asks for byte 4 of the key, and there are only 0 to 3. "
        f"{_AGAIN}", index=lambda i: i),
    Mistake("whole-blocks-only", "It goes by fours, and the last one to three bytes "
        "are lost, or asked for though they are not there. Payloads come in every "
        "length.", _in_fours(IndexError()), _in_fours(struct.error("unpack")),
        stop=lambda n: n // 4 * 4),
    Mistake("last-block-as-it-was", "The last bytes are as they were: the key was not "
        "repeated that far, or a loop by fours stops too early. Payloads come in every "
        "length.", {"stop": lambda n: max(0, -(-(n - 4) // 4) * 4), "rest": True},
        stop=lambda n: n // 4 * 4, rest=True),
    Mistake("last-byte-lost", "The last byte is missing: `range(n)` already stops "
        "before n.", stop=lambda n: n - 1),
    Mistake("first-byte-lost", "The first byte is missing: count from 0.", start=1),
    Mistake("unchanged", "This is the payload as it was sent. XOR each byte with a "
        "byte of the key.", whole=lambda p, k: p),
    Mistake("one-key-byte-only", "Every byte was XORed with one and the same byte of "
        "the key. Take turns: `masking_key[i % 4]`.", {"index": lambda i: 3},
        index=lambda i: 0),
    Mistake("key-index-divided", "The key moves on only after 4 bytes. Every byte "
        "takes the next one: `%`, not `//`.", {"index": lambda i: i // 4},
        index=lambda i: i // 4 % 4),
    Mistake("key-starts-at-1", "The key starts with its second byte. Count i from 0.",
        index=lambda i: (i + 1) % 4),
    Mistake("modulo-3", "The key starts over after 3 bytes, and has 4: `i % 4`.",
        index=lambda i: i % 3),
    Mistake("key-fitted-at-the-end", "The key was fitted to the end of the payload: as "
        "a number, a short one stands there. It starts with byte 0. Repeat it until it "
        "is as long as the payload, and cut it there.",
        *(_as_numbers(times, order) for order in ("big", "little")
            for times in (lambda n: 1, lambda n: n // 4 + 1, lambda n: n)),
        _as_numbers(lambda n: n // 4),
        whole=lambda p, k: bytes(b ^ k[(i - len(p)) % 4] for i, b in enumerate(p))),
    Mistake("key-backwards", "The key was used backwards.", {"index": lambda i: -i % 4},
        whole=lambda p, k: apply_mask(p, k[::-1])),
    Mistake("key-ignored", "It always takes the key `37 fa 21 3d`. Each frame brings "
        "its own: use the argument `masking_key`.",
        whole=lambda p, k: apply_mask(p, _RFC_KEY)),
    Mistake("payload-ignored", "It looks at `7f 9f 4d 51 58` whatever comes in: you "
        "loop over `masked`, the page's own. Loop over the argument `payload`.",
        whole=lambda p, k: apply_mask(_ON_THE_PAGE, k)),
    Mistake("payload-backwards", "The payload was read from its end, or as a number "
        "whose bytes are in another order than the key's.",
        {"whole": lambda p, k: apply_mask(p[::-1], k)[::-1]},
        whole=lambda p, k: apply_mask(p[::-1], k)),
    Mistake("key-taken-from-payload", "The first 4 bytes were taken for the key. The "
        "key is an argument of its own: the payload begins at byte 0.",
        {"whole": lambda p, k: apply_mask(p[4:], p[:4]) if len(p) > 4 else b""},
        call=lambda p, k: (p[4:], k)),
    Mistake("key-still-in-front", "The key was put in front of the payload and XORed "
        "with it. The payload has come without it.",
        # Never with a change of the answer: it begins with zeros, as constants may.
        whole=lambda p, k: apply_mask(k + p, k), answer=bytes),
    Mistake("every-key-byte", "Each byte met all four bytes of the key. It meets one: "
        "byte i goes with byte `i % 4`.",
        {"whole": lambda p, k: bytes(b ^ m for b in p for m in k)},
        {"whole": lambda p, k: bytes(b ^ m for m in k for b in p)},
        whole=lambda p, k: bytes(b ^ k[0] ^ k[1] ^ k[2] ^ k[3] for b in p)),
    Mistake("key-index-by-value", "Which byte of the key it is depends on the place, "
        "not on the byte there: `i % 4`.",
        whole=lambda p, k: bytes(b ^ k[b % 4] for b in p)),
    Mistake("arguments-swapped", "As many bytes came back as the key has. Does the "
        "loop go over the key? It has to go over the payload. Or are the two swapped? "
        "The payload comes first.",
        whole=lambda p, k: bytes(b ^ p[i % 4] for i, b in enumerate(k))),
    Mistake("filled-up", "The payload was filled up to a multiple of 4. As many bytes "
        "come out as go in.", call=lambda p, k: (p + bytes(-len(p) % 4), k)),
    Mistake("stripped", "Blanks or line ends at the beginning or the end are gone. "
        "They belong to the payload.", {"answer": bytes.rstrip},
        {"answer": bytes.lstrip}, answer=bytes.strip),
    Mistake("added", "The bytes were added. XOR is `^`.", {"combine": operator.add},
        combine=lambda b, k: (b + k) & 0xFF),
    Mistake("or", "That is OR, `|`. XOR is `^`.", combine=operator.or_),
    Mistake("and", "That is AND, `&`. XOR is `^`.", combine=operator.and_),
    Mistake("leading-zeros-lost", "Zeros at the beginning are lost. A number has none "
        "in front; the payload has its length, whatever its bytes.",
        answer=lambda r: r.lstrip(b"\0")),
    Mistake("answer-backwards", "The answer stands backwards.",
        answer=lambda r: r[::-1]),
    Mistake("only-the-last", "Only the last byte came back: each turn of the loop "
        "threw away what the one before had made.", answer=lambda r: r[-1:]),
    Mistake("only-the-first", "Only the first byte came back: does `return` stand "
        "inside the loop?", {"answer": lambda r: r[:1] or None},
        answer=lambda r: r[:1]),
    Mistake("zeros-for-a-number", "`bytes(72)` makes 72 zeros. `bytes([72])` makes one "
        "byte of the number 72.", answer=lambda r: b"".join(bytes(byte) for byte in r)),
    Mistake("two-bytes-each", "Each number from 128 on became two bytes: `chr` and "
        "`.encode()` make UTF-8 of it. `bytes([200])` is one byte.",
        answer=lambda r: r.decode("latin-1").encode()),
    Mistake("digits", "The numbers were written in digits. `bytes([72])` makes one "
        "byte of 72.", answer=lambda r: "".join(map(str, r)).encode()),
]
# fmt: on


def _byte_by_byte(call: Call, given: Any) -> str:
    """Say what the first byte that is wrong was made of, as far as it can be told."""
    if type(given) is not bytes:
        return ""
    (payload, key), right = call.arguments, call.expected
    pairs = enumerate(zip(given, right, strict=False))
    place = next((i for i, (a, b) in pairs if a != b), None)
    if place is None:
        return "As many bytes come out as go in, each by itself."
    sent, turn = payload[place], key[place % 4]
    hint = f"Byte {place} was sent as {sent:02x} and meets byte {place % 4} of the "
    hint += f"key, {turn:02x}: {sent:02x} ^ {turn:02x} is {right[place]:02x}."
    if (used := given[place] ^ sent) in key:
        hint += f" Yours met {used:02x}, byte {key.index(used)} of the key."
    return hint


def _sampled(chance: random.Random) -> tuple[bytes, bytes]:
    """Return a payload of any length, often a short one, and a key."""
    size = chance.choice([*range(18), 125, 126, 300])
    key = chance.choice([chance.randbytes(4), chance.randbytes(4), bytes(4), _RFC_KEY])
    payload = chance.randbytes(size)
    if chance.random() < 0.3:  # what is a zero, a blank or a line end on either side
        payload = bytes(chance.choice(b"\0\0 \n\r\t") for _ in range(size))
    return payload if chance.random() < 0.5 else apply_mask(payload, key), key


unmask = Compared(
    "unmask",
    "`unmask(payload, masking_key) -> bytes`. Exercise 1 of notebook 03.",
    takes=["payload", "masking_key"],
    way=unmasked,
    cases=[
        Case(_ON_THE_PAGE, _RFC_KEY),  # Hello
        Case(b"", _RFC_KEY),
        Case(bytes.fromhex("3d 54 23"), bytes(4)),
        Case(bytes.fromhex("70 10 6d"), bytes.fromhex("3d 54 23 06")),  # MDN
        Case(apply_mask(b"Hello, world!", _RFC_KEY), _RFC_KEY),
        Case(apply_mask(bytes(range(256)), _RFC_KEY), _RFC_KEY),
        Case(apply_mask(b"abcd" * 2, b"\xff\x01\x80\x7f"), b"\xff\x01\x80\x7f"),
        Case(apply_mask(b" \0blanks\r\n ", _RFC_KEY), _RFC_KEY),
    ],
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="{cases} payloads, and 200 more at random. The same function masks: XOR "
    "twice is nothing.",
    closer=_byte_by_byte,
)
