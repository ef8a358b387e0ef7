"""The check of notebook 09 on compression: the message comes out, the bomb does not."""

import functools
import hashlib
import itertools
import re
import tracemalloc
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from wslib.check.attempt import Outcome, Verdict, attempt, brief, fault, not_yet
from wslib.check.diagnosis import Case, misfit, never_raises
from wslib.check.inflate_slips import INFLATE_SLIPS, TAIL, inflated
from wslib.check.slips import (
    _called,
    _equal,
    explain,
    first_difference,
    named,
    not_bytes,
    on_raising,
)

EXERCISE = "inflate"
# To append nothing is no mistake of its own: see _remark.
_WAYS: list[Callable[..., Any]] = [
    inflated,
    functools.partial(inflated, join=lambda payload: payload),
]
MIB = 2**20
SPARE = 512 * 1024  # memory that zlib and a careful function may take beside the limit


class _Bomb(NamedTuple):
    """Much in little.

    Attributes:
        size: How many MiB come out.
        limit: How many bytes are allowed to.
    """

    size: int
    limit: int


# The second one's payload is shorter than its limit, and than that of a message which
# the same limit allows (DENSE): to look at the length of the payload tells nothing.
BOMBS = _Bomb(16, 1_000), _Bomb(2, 3_000)
DENSE = hashlib.shake_128(b"no pattern").digest(BOMBS[1].limit)


def _deflated(data: bytes) -> bytes:
    """Compress a message as permessage-deflate does. RFC 7692, section 7.2.1."""
    deflater = zlib.compressobj(wbits=-15)
    deflate = deflater.compress(data) + deflater.flush(zlib.Z_SYNC_FLUSH)
    return deflate.removesuffix(TAIL)


@functools.cache
def _packed(size: int) -> bytes:
    """Return MiBs of zeros, compressed: a block that stands alone can be repeated."""
    deflater = zlib.compressobj(9, wbits=-15)
    block = deflater.compress(bytes(MIB)) + deflater.flush(zlib.Z_FULL_FLUSH)
    return (block * size).removesuffix(TAIL)


def _cases() -> list[Case]:
    """Return the calls, the plainest first; where too much comes out, a ValueError."""
    hello = bytes.fromhex("f2 48 cd c9 c9 07 00")
    far = b"".join(n.to_bytes(2, "big") + bytes(498) for n in range(64)) * 2
    at_limit = "Exactly `limit` bytes are allowed."
    over = "One byte more than `limit` is too much."
    return [
        Case((hello, 100), b"Hello", "The RFC's example, section 7.2.3.1."),
        Case((_deflated(b"ws " * 300), 1000), b"ws " * 300, "All 900 bytes."),
        Case((bytes(1), 100), b"", "An empty message (section 7.2.3.6)."),
        Case((hello, 5), b"Hello", at_limit),
        Case((hello, 4), ValueError, over),
        Case(
            (hello, 0), ValueError, "A limit of 0 lets only an empty message through."
        ),
        Case((bytes(1), 0), b"", at_limit),
        Case((_deflated(bytes(9_000)), 9_000), bytes(9_000), at_limit),
        Case((_deflated(bytes(9_001)), 9_000), ValueError, over),
        Case((_deflated(bytes(9_000)), 1_000), ValueError, "Nine times the limit."),
        Case((_deflated(b"x"), 1), b"x", at_limit),
        Case((_deflated(b"x"), 0), ValueError, over),
        Case(
            (bytes.fromhex("00 05 00 fa ff 48 65 6c 6c 6f 00"), 100),
            b"Hello",
            "A block that is not compressed is one, too (section 7.2.3.3).",
        ),
        Case(
            (bytes.fromhex("f2 48 05 00 00 00 ff ff ca c9 c9 07 00"), 100),
            b"Hello",
            "Two blocks in one message (section 7.2.3.5).",
        ),
        Case(
            (bytes.fromhex("f3 48 cd c9 c9 07 00 00"), 100),
            b"Hello",
            "A sender may mark a block as the last one (section 7.2.3.4).",
        ),
        Case((_deflated(far), 2**16), far, "It refers back by 32,000 bytes."),
        Case((_deflated(DENSE), len(DENSE)), DENSE, at_limit),
    ]


@never_raises
def inflate(function: Any) -> Verdict:
    """Check ``inflate(payload: bytes, limit: int) -> bytes``. Exercise of 09."""
    if verdict := misfit(EXERCISE, function, ["payload", "limit"]):
        return verdict
    cases = _cases()
    seen = [_plain(outcome) for outcome in _called(function, cases)]
    judged = list(zip(seen, cases, strict=False))
    wrong = next((pair for pair in judged if not _right(*pair)), None)
    if wrong is None:
        return _bombed(function, cases)
    outcome, case = wrong
    verdict = fault(EXERCISE, function, outcome)
    if verdict and (verdict.right is None or outcome.timed_out):
        return verdict
    verdict = verdict or not_yet(EXERCISE, "wrong-answer", "", case.hint)
    verdict = replace(verdict, evidence=_evidence(function, outcome, case))
    calls = [case.arguments for case in cases]
    for most, way in itertools.product((1, 2), _WAYS):
        if slips := explain(seen, way, calls, INFLATE_SLIPS, most=most):
            return named(verdict, slips)
    mistake, hint = _closer(judged, outcome, case)
    return replace(
        verdict, mistake=mistake or verdict.mistake, hint=hint or verdict.hint
    )


def _plain(outcome: Outcome) -> Outcome:
    """Return an outcome with any ValueError as a plain one: its words are theirs."""
    if isinstance(outcome.error, ValueError):
        return replace(outcome, error=ValueError().with_traceback(None))
    return outcome


def _right(outcome: Outcome, case: Case) -> bool:
    if case.expected is ValueError:
        return isinstance(outcome.error, ValueError)
    clean = outcome.error is None and not outcome.timed_out
    return clean and _equal(outcome.value, case.expected)


def _evidence(function: Any, outcome: Outcome, case: Case) -> str:
    """Say what was asked, what came of it, and what should have."""
    payload, limit = case.arguments
    asked = f"inflate({brief(payload)}, {limit})"
    if case.expected is ValueError:
        due = "it has to raise ValueError"
    else:
        due = f"the answer is {brief(case.expected)}"
    if isinstance(outcome.error, ValueError):
        return f"{asked} raised ValueError; {due}."
    if outcome.error is not None and (verdict := fault(EXERCISE, function, outcome)):
        said = verdict.evidence.rstrip(".").replace("raised error", "raised zlib.error")
        return f"{asked}: {said[0].lower()}{said[1:]}; {due}."
    more = ""
    if type(outcome.value) is bytes and type(case.expected) is bytes:
        more = f" {first_difference(outcome.value, case.expected)}"
    return f"{asked} gave {brief(outcome.value)}; {due}.{more}"


def _closer(
    judged: Sequence[tuple[Outcome, Case]], outcome: Outcome, case: Case
) -> tuple[str, str]:
    """Name what no slip explains, or give at least a hint."""
    if case.expected is ValueError:
        return _not_refused([o for o, c in judged if c.expected is ValueError], outcome)
    if isinstance(outcome.error, zlib.error):
        return _not_inflated(str(outcome.error))
    if isinstance(outcome.error, ValueError) and case.expected == DENSE:
        return "payload-counted", (
            "It does not compress, so its payload is long, and yet it is allowed: the "
            "length of a payload tells nothing. Count what comes out."
        )
    if isinstance(outcome.error, ValueError):
        return "refused-though-allowed", case.hint
    if outcome.error is not None:
        return "", on_raising(outcome.error)
    if outcome.value is None:
        return "", ""
    if type(outcome.value) is not bytes:
        return "wrong-type", not_bytes(outcome.value)
    return "", case.hint


def _not_refused(refusals: Sequence[Outcome], outcome: Outcome) -> tuple[str, str]:
    """Name what was done instead of raising ValueError."""
    if isinstance(outcome.value, BaseException) or outcome.value is ValueError:
        hint = "`return` hands the exception back like any value. `raise` raises it."
        return "returned-not-raised", hint
    if all(o.error is not None for o in refusals):
        return "other-exception", "Who calls it expects a ValueError, and catches that."
    if not any(type(o.value) is bytes for o in refusals):
        return "nothing-raised", "What is too long has to raise: `raise ValueError(…)`."
    return "", "Count what comes out: one byte more than `limit` is a ValueError."


def _not_inflated(words: str) -> tuple[str, str]:
    """Say what zlib's complaint means."""
    if re.search("header|compression method|window size", words):
        return "zlib-header", (
            "zlib looked for a header in front, and there is none: a message is raw "
            "deflate. `zlib.decompressobj(wbits=-15)`."
        )
    if "incomplete" in words:
        return "at-once", (
            "`zlib.decompress` insists on the end of the deflate data, and a message "
            "has none: the stream goes on with the next. `zlib.decompressobj` does "
            "not mind."
        )
    return "not-deflate", (
        "What zlib was given is not raw deflate, or not from its beginning: the "
        r'payload comes first, as it is, then four bytes, `b"\x00\x00\xff\xff"`.'
    )


def _bombed(function: Any, cases: Sequence[Case]) -> Verdict:
    """Let the function meet the bombs: the end of the check."""
    for bomb in BOMBS:
        if verdict := _gone_off(function, bomb):
            return verdict
    sizes = " and ".join(str(bomb.size) for bomb in BOMBS)
    return Verdict(
        exercise=EXERCISE,
        right=True,
        evidence=f"{len(cases)} messages, and two bombs, of {sizes} MiB, that never "
        f"went off.{_remark(function)}",
    )


def _gone_off(function: Any, bomb: _Bomb) -> Verdict | None:
    """See how much memory a function took for a bomb; None if it was no more than due.

    One that takes all of it is given each bomb twice at the most: 16 MiB at a time.
    """
    outcome, peak = _measured(function, bomb)
    called, limit = f"bomb of {bomb.size} MiB", f"{bomb.limit:,} bytes"
    if not isinstance(outcome.error, ValueError):
        verdict = fault(EXERCISE, function, outcome)
        if verdict and verdict.right is False:
            return replace(verdict, evidence=f"Given a bomb: {verdict.evidence}")
        evidence = f"A {called} came through, with a limit of {limit}."
        hint = "It has to raise ValueError."
        return not_yet(EXERCISE, "bomb-let-through", evidence, hint)
    if peak > SPARE:
        # Another thread may have taken memory at the same moment: not twice.
        peak = min(peak, _measured(function, bomb)[1])
    if peak <= SPARE:
        return None
    short = len(_packed(bomb.size)) < bomb.limit
    return not_yet(
        EXERCISE,
        "inflated-first",
        f"Each answer is right. But of a {called}, {_built(peak, bomb)} built in "
        f"memory before it was refused. The limit was {limit}"
        + (", and the payload shorter than that." if short else "."),
        "The bomb has gone off by the time you measure it. `d.decompress(data, "
        "limit + 1)` gives no more than that, and one byte too many is enough to "
        "know. (`flush()` and `zlib.decompress` have no such limit.)",
    )


def _measured(function: Any, bomb: _Bomb) -> tuple[Outcome, int]:
    """Give a function a bomb; return what came of it, and the most memory it had."""
    payload, ours = _packed(bomb.size), not tracemalloc.is_tracing()
    if ours:
        tracemalloc.start()
    try:
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        outcome = attempt(function, payload, bomb.limit)
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


def _remark(function: Any) -> str:
    """Say so if the four bytes were not appended: for one message, that is as good.

    The sender has taken away no more than an empty block, so nothing is missing. What
    shows the difference, no sender writes: a block that promises four bytes.
    """
    outcome = attempt(function, bytes.fromhex("00 04 00 fb ff"), 100)
    if outcome.value == TAIL:
        return ""
    return (
        " You did without the 00 00 ff ff. For one message that is as good; where the "
        "next one refers back to it, the stream would be out of step."
    )
