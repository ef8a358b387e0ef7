"""The right way to inflate a message, and the slips on it. RFC 7692, section 7.2.2.

:func:`inflated` does it right or, asked by a keyword, in one of the ways in which
people do it wrong: those of the table. See :mod:`wslib.check.slips`.
"""

import zlib
from collections.abc import Callable
from typing import Any

from wslib.check.slips import NOT_BYTES, Slip

TAIL = bytes.fromhex("00 00 ff ff")  # the sender took it away


def _too_much() -> Any:
    raise ValueError("more than the limit")


def inflated(
    payload: bytes,
    limit: int,
    *,
    wbits: int = -15,
    join: Callable[[bytes], bytes] = lambda payload: payload + TAIL,
    asks: Callable[[int], int] = lambda limit: limit + 1,
    too_much: Callable[
        [bytes, bytes, int, Any], bool
    ] = lambda payload, data, limit, d: len(data) > limit,
    refuse: Callable[[], Any] = _too_much,
    keep: Callable[[bytes, int], bytes] = lambda data, limit: data,
    after: Callable[[bytes], Any] = bytes,
) -> Any:
    """Return the payload of a message, inflated, if it has no more than limit bytes.

    ``asks`` gives zlib's ``max_length``, where 0 means no limit.
    """
    inflater = zlib.decompressobj(wbits)
    data = inflater.decompress(join(payload), asks(limit))
    if too_much(payload, data, limit, inflater):
        return refuse()
    return after(keep(data, limit))


def _never(payload: bytes, data: bytes, limit: int, inflater: Any) -> bool:
    return False


INFLATE_SLIPS = [
    Slip(
        "no-limit",
        "There is no limit in it: what comes out is counted, and one byte more than "
        "the limit is a ValueError.",
        asks=lambda limit: 0,
        too_much=_never,
    ),
    Slip(
        "window-too-small",
        "A message may refer back by 32 KiB: `wbits=-15`. Yours looks back less far.",
        *({"wbits": wbits} for wbits in range(-13, -7)),
        wbits=-14,
    ),
    Slip(
        "cut-in-silence",
        "What is too long was cut at the limit, and nobody was told: half a message "
        "may be worse than none. `raise ValueError(…)`.",
        {"too_much": _never, "asks": lambda limit: 0, "keep": lambda d, n: d[:n]},
        {"too_much": _never, "keep": lambda data, limit: data[:limit]},
        {"asks": lambda limit: limit},
        {"too_much": _never, "asks": lambda limit: max(limit, 1)},
        too_much=_never,
        asks=lambda limit: limit,
    ),
    Slip(
        "limit-itself-refused",
        "Exactly `limit` bytes are allowed: only more are too much.",
        {"too_much": lambda payload, data, limit, d: len(data) >= limit > 0},
        {
            "too_much": lambda payload, data, limit, d: len(data) >= limit,
            "asks": lambda limit: limit,
        },
        {
            "too_much": lambda payload, data, limit, d: len(data) >= limit > 0,
            "asks": lambda limit: limit,
        },
        too_much=lambda payload, data, limit, d: len(data) >= limit,
    ),
    Slip(
        "zero-is-no-limit",
        "With a limit of 0, `max_length` was 0, and for zlib that means no limit. "
        "limit + 1 is never 0.",
        {
            "too_much": lambda payload, data, limit, d: bool(d.unconsumed_tail),
            "asks": lambda limit: limit,
        },
        too_much=lambda payload, data, limit, d: bool(
            d.decompress(d.unconsumed_tail, 1)
        ),
        asks=lambda limit: limit,
    ),
    Slip(
        "payload-counted",
        "The compressed payload was counted. What counts is what comes out of it: 16 "
        "KiB may hold 16 MiB.",
        {"too_much": lambda payload, data, limit, d: len(payload) >= limit},
        {"too_much": lambda payload, data, limit, d: len(payload) + 4 > limit},
        {
            "too_much": lambda payload, data, limit, d: (
                len(payload) > limit or len(data) > limit
            )
        },
        {
            "too_much": lambda payload, data, limit, d: len(payload) > limit,
            "asks": lambda limit: 0,
        },
        too_much=lambda payload, data, limit, d: len(payload) > limit,
    ),
    Slip(
        "one-too-many",
        "One byte more than the limit came through.",
        {"too_much": _never},
        {"too_much": lambda p, d, n, _: len(d) > n + 1, "asks": lambda limit: 0},
        too_much=lambda payload, data, limit, d: len(data) > limit + 1,
        asks=lambda limit: limit + 2,
    ),
    Slip(
        "all-refused",
        "Every message is refused, short ones too. Which way round is the comparison?",
        {"too_much": lambda payload, data, limit, d: len(data) <= limit},
        {"too_much": lambda payload, data, limit, d: len(data) < limit},
        too_much=lambda payload, data, limit, d: True,
    ),
    Slip(
        "nothing-raised",
        "What is too long has to raise: `raise ValueError(…)`. A value that is given "
        "back is easily taken for a message.",
        {"refuse": lambda: b""},
        {"refuse": lambda: False},
        refuse=lambda: None,
    ),
    *NOT_BYTES,
]
