"""Exercise 1 of notebook 11: answers in several styles, and the wrong ones by name."""

import functools
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from hostile import assert_named, assert_right, raising

from wslib import check
from wslib.check import sandbox
from wslib.check.nb11_inflate import BOMBS, DENSE, TAIL, deflated, packed


def one_byte_more(payload: bytes, limit: int) -> Any:
    data = zlib.decompressobj(wbits=-15).decompress(payload + TAIL, limit + 1)
    if len(data) > limit:
        raise ValueError(f"more than {limit} bytes")
    return data


def without_the_tail(payload: bytes, limit: int) -> Any:
    data = zlib.decompressobj(-zlib.MAX_WBITS).decompress(payload, limit + 1)
    if len(data) > limit:
        raise ValueError(limit)
    return data


def in_pieces(payload: bytes, limit: int) -> Any:
    inflater, data = zlib.decompressobj(-15), bytearray()
    rest = payload + TAIL
    while rest:
        piece = inflater.decompress(rest, 4096)
        if not piece:
            break
        data += piece
        if len(data) > limit:
            raise ValueError("too big")
        rest = inflater.unconsumed_tail
    return bytes(data)


def byte_by_byte(payload: bytes, limit: int) -> Any:
    inflater = zlib.decompressobj(-15)
    pieces: list[bytes] = []
    for byte in payload + TAIL:
        pieces.append(inflater.decompress(bytes([byte])))
        if sum(map(len, pieces)) > limit:
            raise ValueError("too big")
    return b"".join(pieces)


def look_for_more(payload: bytes, limit: int) -> Any:
    inflater = zlib.decompressobj(-15)
    data = inflater.decompress(payload + TAIL, limit) if limit else b""
    if inflater.decompress(inflater.unconsumed_tail if limit else payload + TAIL, 1):
        raise ValueError("too big")
    return data


def nothing_left(payload: bytes, limit: int) -> Any:
    inflater = zlib.decompressobj(-15)
    data = inflater.decompress(payload + TAIL, limit)
    if len(data) > limit or inflater.unconsumed_tail:
        raise ValueError("too big")
    return data


class TooBig(ValueError):
    pass


def own_error(payload: bytes, limit: int) -> Any:
    try:
        return one_byte_more(payload, limit)
    except ValueError as exc:
        raise TooBig from exc


@pytest.mark.parametrize(
    "function",
    [
        one_byte_more,
        in_pieces,
        byte_by_byte,
        look_for_more,
        nothing_left,
        own_error,
        lambda *args: bytearray(one_byte_more(*args)),
        functools.partial(one_byte_more),
        lambda payload, limit: one_byte_more(payload, limit),
    ],
)
def test_every_right_way_to_inflate_is_right(function: Any) -> None:
    verdict = check.inflate(function)
    assert_right(verdict)
    assert "out of step" not in verdict.evidence


def test_who_appends_nothing_is_right_and_told_when_it_would_matter() -> None:
    verdict = check.inflate(without_the_tail)
    assert_right(verdict)
    assert "00 00 ff ff" in verdict.evidence
    assert "out of step" in verdict.evidence


def all_first(payload: bytes, limit: int) -> Any:
    data = zlib.decompressobj(-15).decompress(payload + TAIL)
    if len(data) > limit:
        raise ValueError("too big")
    return data


def flushed(payload: bytes, limit: int) -> Any:
    inflater = zlib.decompressobj(-15)
    data = inflater.decompress(payload + TAIL, limit + 1) + inflater.flush()
    if len(data) > limit:
        raise ValueError("too big")
    return data


def in_big_pieces(payload: bytes, limit: int) -> Any:
    inflater, data, rest = zlib.decompressobj(-15), b"", payload + TAIL
    while rest and (piece := inflater.decompress(rest, 2**21)):
        data += piece
        if len(data) > limit:
            raise ValueError("too big")
        rest = inflater.unconsumed_tail
    return data


def counted_first(payload: bytes, limit: int) -> Any:
    inflater = zlib.decompressobj(-15)
    size = len(inflater.decompress(payload + TAIL))
    if size > limit:
        raise ValueError("too big")
    return one_byte_more(payload, limit)


def looking_at_the_payload(most: Callable[[int], int]) -> Any:
    """Return a function that guards itself by the length of the payload alone."""

    def function(payload: bytes, limit: int) -> Any:
        if len(payload) > most(limit):
            raise ValueError("too big")
        return all_first(payload, limit)

    return function


def small_and_limited(payload: bytes, limit: int) -> Any:
    if len(payload) > 2000:
        raise ValueError("too big")
    return one_byte_more(payload, limit)


def tail_as_typed(payload: bytes, limit: int) -> Any:
    return zlib.decompressobj(-15).decompress(payload + b"00 00 ff ff", limit + 1)


def refusing(refuse: Callable[[], Any]) -> Any:
    def function(payload: bytes, limit: int) -> Any:
        data = zlib.decompressobj(-15).decompress(payload + TAIL, limit + 1)
        return refuse() if len(data) > limit else data

    return function


def after(change: Callable[[bytes], Any]) -> Any:
    return lambda payload, limit: change(one_byte_more(payload, limit))


def zlib_format(payload: bytes, limit: int) -> Any:
    return zlib.decompressobj().decompress(payload)


def all_at_once(payload: bytes, limit: int) -> Any:
    return zlib.decompress(payload + TAIL, wbits=-15)


def tail_for_each(payload: bytes, limit: int) -> Any:
    return zlib.decompressobj(-15).decompress(payload[1:] + TAIL)


def tail_in_front(payload: bytes, limit: int) -> Any:
    return zlib.decompressobj(-15).decompress(TAIL + payload)


def gzip_format(payload: bytes, limit: int) -> Any:
    return zlib.decompress(payload + TAIL, wbits=31)


def one_at_least(payload: bytes, limit: int) -> Any:
    inflater = zlib.decompressobj(-15)
    data = inflater.decompress(payload + TAIL, max(limit, 1))
    if inflater.unconsumed_tail:
        raise ValueError("too big")
    return data


def not_for_big_ones(payload: bytes, limit: int) -> Any:
    if len(payload) > 10_000:
        return b""
    return one_byte_more(payload, limit)


def hangs_at_big_ones(payload: bytes, limit: int) -> Any:
    while len(payload) > 10_000:
        pass
    return one_byte_more(payload, limit)


def no_limit_and_no_tail(payload: bytes, limit: int) -> Any:
    return zlib.decompressobj(-15).decompress(payload)


def empty_for_what_is_none(payload: bytes, limit: int) -> Any:
    try:
        return one_byte_more(payload, limit)
    except zlib.error:
        return b""


def just_the_limit(payload: bytes, limit: int) -> Any:
    data = zlib.decompressobj(-15).decompress(payload + TAIL, limit)
    if len(data) == limit:
        raise ValueError("too long")
    return data


def first_piece_only(payload: bytes, limit: int) -> Any:
    one_byte_more(payload, limit)
    return zlib.decompressobj(-15).decompress(payload + TAIL, 1024)


def hello_only(payload: bytes, limit: int) -> Any:
    if limit < 5:
        raise ValueError
    return b"Hello"


def behind_the_last(payload: bytes, limit: int) -> Any:
    """Read on behind a block that is marked as the last one, and count on."""
    data, rest = b"", payload + TAIL
    while rest:
        inflater = zlib.decompressobj(-15)
        data += inflater.decompress(rest, limit + 1 - len(data))
        if len(data) > limit:
            raise ValueError("too big")
        rest = inflater.unused_data
    return data


def counting_anew(payload: bytes, limit: int) -> Any:
    data, rest = b"", payload + TAIL
    while rest:
        inflater = zlib.decompressobj(-15)
        piece = inflater.decompress(rest, limit + 1)
        if len(piece) > limit:
            raise ValueError("too big")
        data, rest = data + piece, inflater.unused_data
    return data


def other_tail(payload: bytes, limit: int) -> Any:
    data = zlib.decompressobj(-15).decompress(payload + TAIL[::-1], limit + 1)
    if len(data) > limit:
        raise ValueError("too big")
    return data


def test_who_reads_on_behind_the_last_block_is_right() -> None:
    assert_right(check.inflate(behind_the_last))


WRONG_INFLATE: list[tuple[Any, str, str]] = [
    (all_first, "inflated-first", "all of it was built"),
    (flushed, "inflated-first", "`flush()`"),
    (in_big_pieces, "inflated-first", "MiB were built"),
    (counted_first, "inflated-first", "gone off by the time you measure it"),
    (
        looking_at_the_payload(lambda limit: 10 * limit + 100),
        "inflated-first",
        "of a bomb of 2 MiB, all of it was built in memory before it was refused. The "
        "limit was 3,000 bytes, and the payload shorter than that.",
    ),
    (looking_at_the_payload(lambda limit: limit + 100), "inflated-first", "2 MiB"),
    (looking_at_the_payload(lambda limit: 3100), "inflated-first", "2 MiB"),
    (looking_at_the_payload(lambda limit: 20_000), "inflated-first", "16 MiB"),
    (looking_at_the_payload(lambda limit: 2000), "payload-counted", "what comes out"),
    (small_and_limited, "payload-counted", "(3,000 bytes)"),
    (counting_anew, "counts-anew", "15 bytes came through, with a limit of 9"),
    (other_tail, "other-tail", "bytes ff ff 00 00"),
    (tail_as_typed, "not-deflate", r'four bytes, `b"\x00\x00\xff\xff"`'),
    (no_limit_and_no_tail, "no-limit", "ValueError"),
    (zlib_format, "zlib-header", "wbits=-15"),
    (gzip_format, "zlib-header", "wbits=-15"),
    (one_at_least, "wrong-answer", "gave b'x'; it has to raise ValueError"),
    (all_at_once, "at-once", "zlib.error: Error -5"),
    (tail_in_front, "not-deflate", "the payload comes first"),
    (tail_for_each, "not-deflate", "the payload comes first"),
    (refusing(raising(OverflowError())), "other-exception", "expects a ValueError"),
    (refusing(raising(MemoryError())), "other-exception", "MemoryError"),
    (refusing(raising(AssertionError())), "other-exception", "AssertionError"),
    (refusing(raising(zlib.error("big"))), "other-exception", "zlib.error: big"),
    (refusing(lambda: ValueError("big")), "returned-not-raised", "`raise` raises"),
    (refusing(lambda: ValueError), "returned-not-raised", "`raise` raises"),
    (refusing(lambda: "too big"), "nothing-raised", "`raise ValueError"),
    (refusing(lambda: None), "nothing-raised", "`raise ValueError"),
    (after(bytes.decode), "wrong-type", "`.encode()`"),
    (after(lambda data: None), "returns-nothing", "`return`"),
    (after(lambda data: data[::-1]), "wrong-answer", "yours  6f 6c 6c 65 48  olleH"),
    (not_for_big_ones, "bomb-let-through", "came through"),
    (empty_for_what_is_none, "hides-the-error", "inflate(b'Hello', 100) gave b''"),
    (just_the_limit, "limit-itself-refused", "only more are too much"),
    (first_piece_only, "wrong-answer", "All 9,000 bytes, just the limit"),
    (hello_only, "always-the-same", "compute it"),
    (lambda payload: payload, "arguments", "payload, limit"),
    (lambda p, n: p.inflate(), "raises", "AttributeError"),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG_INFLATE)
def test_the_mistake_in_inflating_is_named(
    function: Any, mistake: str, says: str
) -> None:
    assert_named(check.inflate(function), mistake, says)


def test_one_machine_for_all_messages_is_found_out() -> None:
    inflater = zlib.decompressobj(-15)

    def function(payload: bytes, limit: int) -> Any:
        data = inflater.decompress(payload + TAIL, limit + 1)
        if len(data) > limit:
            raise ValueError("too big")
        return data

    says = "inflate(bytes f2 48 cd c9 c9 07 00, 100) gave 0 bytes, not 5:\n  yours\n"
    assert_named(check.inflate(function), "not-the-same-twice", says)


@pytest.mark.parametrize("bomb", BOMBS)
def test_each_bomb_is_what_it_is_called(bomb: Any) -> None:
    payload = packed(bomb.size)
    assert len(payload) < 32 * 1024
    inflater = zlib.decompressobj(-15)
    assert inflater.decompress(payload + TAIL) == bytes(bomb.size * 2**20)
    assert not payload.endswith(TAIL)


def test_what_the_payloads_length_lets_in_lets_in_a_bomb() -> None:
    _, small = BOMBS
    allowed = deflated(DENSE)
    assert one_byte_more(allowed, small.limit) == DENSE
    assert len(packed(small.size)) < small.limit < len(allowed)


def test_memory_that_the_notebook_measures_itself_goes_on_being_measured() -> None:
    tracemalloc.start()
    try:
        assert_right(check.inflate(one_byte_more))
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()
    assert_named(check.inflate(all_first), "inflated-first")
    assert not tracemalloc.is_tracing()


def test_what_hangs_at_a_bomb_alone_is_given_up(
    bounded: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "LIMIT", 0.3)
    verdict = bounded(check.inflate, hangs_at_big_ones)
    assert_named(verdict, "never-ends", "Given a bomb")
