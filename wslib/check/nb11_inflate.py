"""Exercise 1 of notebook 11: the message comes out, the bomb does not (RFC 7692)."""

import functools
import hashlib
import operator
import random
import re
import tracemalloc
import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.fit import fault
from wslib.check.mistakes import Change, Mistake
from wslib.check.sandbox import Outcome, attempt, quiet
from wslib.check.verdict import Found, Verdict, brief

TAIL = bytes.fromhex("00 00 ff ff")  # the sender took it away
MIB = 2**20
SPARE = 512 * 1024  # memory that zlib and a careful function may take beside the limit


def _too_much() -> Any:
    raise ValueError("more than the limit")


def inflated(
    payload: bytes,
    limit: int,
    *,
    wbits: int = -15,
    asks: Callable[[int], int] = lambda limit: limit + 1,
    too_much: Callable[..., bool] = lambda payload, data, limit, d: len(data) > limit,
    refuse: Callable[[], Any] = _too_much,
    keep: Callable[[bytes, int], bytes] = lambda data, limit: data,
) -> Any:
    """Return the payload of a message, inflated, if it has no more than limit bytes.

    ``asks`` gives zlib's ``max_length``, where 0 means no limit.
    """
    inflater = zlib.decompressobj(wbits)
    data = inflater.decompress(payload + TAIL, asks(limit))
    too_much_came = too_much(payload, data, limit, inflater)
    return refuse() if too_much_came else keep(data, limit)


def _if(test: Callable[[int, int], bool]) -> Change:
    """Return the change that refuses by how much came out, and by the limit."""
    return {"too_much": lambda payload, data, limit, d: test(len(data), limit)}


_ALL: Change = {"asks": lambda limit: 0}
_AT_MOST: Change = {"asks": lambda limit: limit}
_NEVER = _if(lambda n, limit: False)
_BY_PAYLOAD: Change = {"too_much": lambda p, data, limit, d: len(p) > limit}

# A table: its rows are filled to the width.
# fmt: off
_MISTAKES = [
    Mistake("no-limit", "There is no limit in it: what comes out is counted, and one "
        "byte more than the limit is a ValueError.", _ALL | _NEVER),
    Mistake("window-too-small", "A message may refer back by 32 KiB: `wbits=-15`. "
        "Yours looks back less far.", *({"wbits": wbits} for wbits in range(-14, -7))),
    Mistake("cut-in-silence", "What is too long was cut at the limit, and nobody was "
        "told: half a message may be worse than none. `raise ValueError(…)`.",
        _AT_MOST | _NEVER, _NEVER | {"keep": lambda data, limit: data[:limit]},
        _AT_MOST, _NEVER | {"asks": lambda limit: max(limit, 1)}),
    Mistake("limit-itself-refused", "Exactly `limit` bytes are allowed: only more are "
        "too much.", *(_if(test) | most for most in ({}, _AT_MOST)
            for test in (operator.ge, lambda n, limit: n >= limit > 0)),
        _if(operator.eq) | _AT_MOST),
    Mistake("zero-is-no-limit", "With a limit of 0, `max_length` was 0, and for zlib "
        "that means no limit. limit + 1 is never 0.",
        _AT_MOST | {"too_much": lambda p, data, limit, d: bool(d.unconsumed_tail)},
        _AT_MOST
        | {"too_much": lambda p, data, n, d: bool(d.decompress(d.unconsumed_tail, 1))}),
    Mistake("payload-counted", "The compressed payload was counted. What counts is "
        "what comes out of it: 16 KiB may hold 16 MiB.",
        {"too_much": lambda p, data, limit, d: len(p) >= limit},
        {"too_much": lambda p, data, limit, d: max(len(p), len(data)) > limit},
        _BY_PAYLOAD, _BY_PAYLOAD | _ALL),
    Mistake("one-too-many", "One byte more than the limit came through.", _NEVER,
        _if(lambda n, limit: n > limit + 1) | _ALL),
    Mistake("eof-asked", "`eof` stays False: a message is seldom the end of the "
        "stream. Count what came out.",
        *({"too_much": lambda p, data, limit, d: not d.eof} | most
            for most in ({}, _AT_MOST, _ALL))),
    Mistake("all-refused", "All is refused, short messages too. Which way round is the "
        "comparison?", _if(operator.le), _if(operator.lt), _if(lambda n, limit: True)),
    Mistake("nothing-raised", "What is too long has to raise: `raise ValueError(…)`. A "
        "value that is given back is easily taken for a message.",
        *({"refuse": lambda value=v: value} for v in (None, b"", False))),
]
# fmt: on

# --- messages -------------------------------------------------------------------------


class _Bomb(NamedTuple):
    """Much in little: how many MiB come out, and how many bytes are allowed to."""

    size: int
    limit: int


# The second one's payload is shorter than its limit, and than that of a message which
# the same limit allows (DENSE): to look at the length of the payload tells nothing.
BOMBS = _Bomb(16, 1_000), _Bomb(2, 3_000)
DENSE = hashlib.shake_128(b"no pattern").digest(BOMBS[1].limit)


def deflated(data: bytes, level: int = -1, strategy: int = 0) -> bytes:
    """Compress a message as permessage-deflate does. RFC 7692, section 7.2.1."""
    deflater = zlib.compressobj(level, wbits=-15, strategy=strategy)
    deflate = deflater.compress(data) + deflater.flush(zlib.Z_SYNC_FLUSH)
    return deflate.removesuffix(TAIL)


@functools.cache
def packed(size: int) -> bytes:
    """Return MiBs of zeros, compressed: a block that stands alone can be repeated."""
    deflater = zlib.compressobj(9, wbits=-15)
    block = deflater.compress(bytes(MIB)) + deflater.flush(zlib.Z_FULL_FLUSH)
    return (block * size).removesuffix(TAIL)


_HELLO = bytes.fromhex("f2 48 cd c9 c9 07 00")
_STORED = bytes.fromhex("00 05 00 fa ff 48 65 6c 6c 6f 00")
_TWO_BLOCKS = bytes.fromhex("f2 48 05 00 00 00 ff ff ca c9 c9 07 00")
_LAST_BLOCK = bytes.fromhex("f3 48 cd c9 c9 07 00 00")
_FAR = b"".join(n.to_bytes(2, "big") + bytes(498) for n in range(64)) * 2
_AT_LIMIT = "Exactly `limit` bytes are allowed."
_OVER, _RFC = "One byte more than `limit` is too much.", "(section 7.2.3."
_CASES = [
    Case(_HELLO, 100, hint="The RFC's example, section 7.2.3.1."),
    Case(deflated(b"ws " * 300), 1000, hint="All 900 bytes."),
    Case(bytes(1), 100, hint="An empty fragment (section 7.2.3.6)."),
    Case(_HELLO, 5, hint=_AT_LIMIT),
    Case(_HELLO, 4, hint=_OVER),
    Case(_HELLO, 0, hint="A limit of 0 lets only an empty message through."),
    Case(bytes(1), 0, hint=_AT_LIMIT),
    Case(deflated(bytes(9_000)), 9_000, hint="All 9,000 bytes, just the limit."),
    Case(deflated(bytes(9_001)), 9_000, hint=_OVER),
    Case(deflated(bytes(9_000)), 1_000, hint="Nine times the limit."),
    Case(deflated(b"x"), 1, hint=_AT_LIMIT),
    Case(deflated(b"x"), 0, hint=_OVER),
    Case(_STORED, 100, hint=f"A block that is not compressed is one, too {_RFC}3)."),
    Case(_TWO_BLOCKS, 100, hint="Two blocks in one message (section 7.2.3.5)."),
    Case(_LAST_BLOCK, 100, hint=f"A sender may mark a block as the last one {_RFC}4)."),
    Case(deflated(_FAR), 2**16, hint="It refers back by 32,000 bytes."),
    Case(deflated(DENSE), len(DENSE), hint=_AT_LIMIT),
    Case(
        deflated(bytes(300_000)), 2**20, hint="All 300,000 bytes: fewer than `limit`."
    ),
]


def _sampled(chance: random.Random) -> tuple[bytes, int]:
    """Return a short payload, seldom of a long message, and often a limit near it."""
    size = chance.choice([*range(6), 40, 200, 5_000, 40_000])
    data = chance.choice([chance.randbytes(min(size, 200)), bytes(size), b"\0a" * size])
    level = chance.randrange(10) if len(data) < 300 else 9
    payload = deflated(data, level, chance.choice([0, zlib.Z_FIXED]))
    near = [len(data) + more for more in (-2, -1, -1, 0, 0, 1, 2)]
    return payload, max(0, chance.choice([*near, 0, 2 * len(data), 10**6]))


# --- what went wrong ------------------------------------------------------------------


def _run(log: list[Any], answer: Any, payload: bytes, limit: int) -> Any:
    """Run the answer; a ValueError of its own kind is one like any other."""
    try:
        return answer(payload, limit)
    except ValueError as error:
        raise ValueError(*error.args).with_traceback(error.__traceback__) from None


def _closer(call: Call, given: Any) -> str | Found:
    """Name what no known mistake explains, or give at least a hint."""
    if call.due.error is not None:
        return _not_refused(given)
    if isinstance(given, zlib.error):
        return not_inflated(str(given))
    if isinstance(given, ValueError) and call.expected == DENSE:
        hint = "It does not compress, so its payload is long, and yet it is allowed: "
        hint += "the length of a payload tells nothing. Count what comes out."
        return "payload-counted", "", hint
    if isinstance(given, ValueError):
        return "refused-though-allowed", "", call.hint
    return call.hint if type(given) is bytes else ""


def _not_refused(given: Any) -> str | Found:
    """Name what was done instead of raising ValueError."""
    if isinstance(given, ValueError) or given is ValueError:
        return ""  # it was returned
    if isinstance(given, BaseException):
        hint = "Who calls it expects a ValueError, and catches that."
        return "other-exception", "", hint
    if type(given) is not bytes:
        hint = "What is too long has to raise: `raise ValueError(…)`."
        return "nothing-raised", "", hint
    return "Count what comes out: one byte more than `limit` is a ValueError."


def not_inflated(words: str) -> Found:
    """Say what zlib's complaint means."""
    if re.search("header|compression method|window size", words):
        name, hint = "zlib-header", "zlib looked for a header in front, and there is "
        hint += "none: a message is raw deflate. `zlib.decompressobj(wbits=-15)`."
    elif "incomplete" in words:
        name, hint = "at-once", "`zlib.decompress` insists on the end of the deflate "
        hint += "data, and a message has none: the stream goes on with the next. "
        hint += "`zlib.decompressobj` does not mind."
    else:
        name, hint = "not-deflate", "What zlib was given is not raw deflate, or not "
        hint += "from its beginning: the payload comes first, as it is, then four "
        hint += r'bytes, `b"\x00\x00\xff\xff"`.'
    return name, "", hint


def _further(answer: Any) -> Verdict | Found | None:
    """Let an answer meet what is no message, what has many ends, and the bombs.

    For one message, no tail is as good as the right one: the sender has taken away no
    more than an empty block. What shows the difference, no sender writes: a block that
    promises 4 bytes.
    """
    with quiet():
        if found := _swallowed(answer) or _read_on(answer):
            return found
        for bomb in BOMBS:
            if verdict := _gone_off(answer, bomb):
                return verdict
        tail = attempt(answer, bytes.fromhex("00 04 00 fb ff"), 100).value
    if isinstance(tail, bytes | bytearray) and tail:
        if TAIL.startswith(tail):
            return None
        seen = (
            f"Each answer is right. But behind the payload came {brief(bytes(tail))}."
        )
        return "other-tail", seen, "The sender took away `00 00 ff ff`: these go there."
    return inflate.right(
        inflate.praise.format(cases=len(_CASES)) + " You did without the 00 00 ff ff. "
        "For one message that is as good; where the next one refers back to it, the "
        "stream would be out of step."
    )


def _swallowed(answer: Any) -> Found | None:
    """Judge an answer to what is no message; None if it raises."""
    outcome = attempt(answer, b"Hello", 100)
    if outcome.error is not None:
        return None
    gave = "did not end" if outcome.timed_out else f"gave {brief(outcome.value)}"
    return (
        "hides-the-error",
        f"Each answer is right. But inflate(b'Hello', 100) {gave}. That is no deflate "
        "data, and zlib raises an error.",
        "What is given back would be taken for a message. Let zlib's exception leave "
        "your function.",
    )


def _read_on(answer: Any) -> Found | None:
    """Judge who reads on behind a block that is marked as the last one, as one may.

    What comes out then counts, too: of three times Hello, 9 bytes are let through.
    """
    value = attempt(answer, _LAST_BLOCK[:-1] * 3, 9).value
    if not isinstance(value, bytes | bytearray) or len(value) <= 9:
        return None
    seen = f"Of three blocks, each marked as the last one, {len(value)} bytes came "
    hint = "Whoever reads on behind such a block has to count on, too."
    return "counts-anew", f"{seen}through, with a limit of 9.", hint


def _gone_off(answer: Any, bomb: _Bomb) -> Verdict | None:
    """See how much memory an answer took for a bomb; None if it was no more than due.

    One that takes all of it is given each bomb twice at the most: 16 MiB at a time.
    """
    outcome, peak = _measured(answer, bomb)
    called, limit = f"bomb of {bomb.size} MiB", f"{bomb.limit:,} bytes"
    if not isinstance(outcome.error, ValueError):
        verdict = fault("inflate", answer, outcome)
        if verdict and verdict.right is False:
            return replace(verdict, evidence=f"Given a bomb: {verdict.evidence}")
        evidence = f"A {called} came through, with a limit of {limit}."
        hint = "It has to raise ValueError."
        return inflate.wrong("bomb-let-through", evidence, hint)
    if peak > SPARE:  # another thread may have taken memory in this moment: not twice
        peak = min(peak, _measured(answer, bomb)[1])
    if peak <= SPARE:
        return None
    short = len(packed(bomb.size)) < bomb.limit
    return inflate.wrong(
        "inflated-first",
        f"Each answer is right. But of a {called}, {_built(peak, bomb)} built in "
        f"memory before it was refused. The limit was {limit}"
        + (", and the payload shorter than that." if short else "."),
        "The bomb has gone off by the time you measure it. `d.decompress(data, "
        "limit + 1)` gives no more than that, and one byte too many is enough to "
        "know. (`flush()` and `zlib.decompress` have no such limit.)",
    )


def _measured(answer: Any, bomb: _Bomb) -> tuple[Outcome, int]:
    """Give an answer a bomb; return what came of it, and the most memory it had."""
    payload, ours = packed(bomb.size), not tracemalloc.is_tracing()
    if ours:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        outcome = attempt(answer, payload, bomb.limit)
        return outcome, tracemalloc.get_traced_memory()[1] - before
    finally:
        if ours:
            tracemalloc.stop()


def _built(peak: int, bomb: _Bomb) -> str:
    """Say how much there was, so roughly that it is the same on every machine."""
    if peak >= bomb.size * MIB:
        return "all of it was"
    size = 2 ** (peak.bit_length() - 1)
    return f"more than {size // MIB} MiB were" if size >= MIB else "512 KiB were"


inflate = Compared(
    "inflate",
    "`inflate(payload, limit) -> bytes`, or ValueError. Exercise 1 of notebook 11.",
    takes=["payload", "limit"],
    way=inflated,
    cases=_CASES,
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="{cases} messages, and two bombs, of 16 and 2 MiB, that never went off.",
    run=_run,
    closer=_closer,
    further=_further,
)
