"""Exercise 1 of notebook 12: a conversation is inflated, message by message (RFC 7692).

With context takeover a message may refer back to those before it. So it takes one
inflater for all of them, and the four bytes behind each.
"""

import random
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Change, Mistake
from wslib.check.nb11_inflate import TAIL, not_inflated
from wslib.check.sandbox import Outcome
from wslib.check.verdict import Found
from wslib.check.words import type_hint


def inflated(
    payloads: Sequence[bytes],
    *,
    wbits: int = -15,
    renew: Callable[[int], bool] = lambda number: False,
    before: bytes = b"",
    behind: Callable[[int, int], bytes] = lambda number, last: TAIL,
    keep: Callable[[bytes], Any] = bytes,
) -> list[Any]:
    """Inflate message after message; ``renew`` says before which to begin anew."""
    inflater = zlib.decompressobj(wbits)
    messages = []
    for number, payload in enumerate(payloads):
        if renew(number):
            inflater = zlib.decompressobj(wbits)
        data = before + payload + behind(number, len(payloads) - 1)
        messages.append(keep(inflater.decompress(data)))
    return messages


_BYTES = "Those are texts. A message may be binary: return bytes, without `.decode()`."
_LIST = "Return a list, with the bytes of each message, in order."

# A table: its rows are filled to the width.
# fmt: off
_MISTAKES = [
    Mistake("forgets", "A new inflater for each message knows nothing of the one "
        "before, and the second message refers back to it. Make one, in front of the "
        "loop.", renew=lambda number: True),
    Mistake("no-tail", "The four bytes `00 00 ff ff` are missing: the sender took them "
        "away from the end of each message, so they have to be put back there.",
        {"behind": lambda number, last: b""},
        {"behind": lambda number, last: TAIL[:2]}),
    Mistake("tail-once", "The four bytes stand behind the first message only. The "
        "sender took them from each.",
        behind=lambda number, last: TAIL if number == 0 else b""),
    Mistake("tail-in-front", "The four bytes go behind a payload, not in front of it.",
        {"before": TAIL, "behind": lambda number, last: b""}),
    Mistake("cut", "A message came out cut: `decompress(data, n)` gives n bytes and "
        "keeps the rest. No limit is asked for.", {"keep": lambda data: data[:1000]},
        {"keep": lambda data: data[:4096]}, keep=lambda data: data[: 2**16]),
    Mistake("window-too-small", "A message may refer back by 32 KiB: `wbits=-15`. "
        "Yours looks back less far, or knows only some of the messages before.",
        *({"wbits": wbits} for wbits in range(-14, -7))),
    Mistake("one-message", f"All messages came out as one. {_LIST}",
        {"answer": lambda messages: [b"".join(messages)]},
        answer=lambda messages: b"".join(messages)),
    Mistake("first-only", f"Only the first message came out: is `return` inside the "
        f"loop? {_LIST}",
        {"answer": lambda messages: messages[0] if messages else None},
        {"answer": lambda messages: messages[:1] or None},
        answer=lambda messages: messages[:1]),
    Mistake("last-only", f"Only the last message came out. {_LIST}",
        {"answer": lambda messages: messages[-1] if messages else None},
        answer=lambda messages: messages[-1:]),
    Mistake("empty-dropped", "An empty message was dropped. It is one like any other.",
        answer=lambda messages: [message for message in messages if message]),
    Mistake("text-not-bytes", _BYTES,
        keep=lambda data: data.decode("utf-8", "replace")),
    Mistake("read-backwards", "The payloads were taken from the end of the list. "
        "`pop()` takes the last one.", call=lambda payloads: (payloads[::-1],)),
    Mistake("backwards", "The messages are in the opposite order.",
        answer=lambda messages: messages[::-1]),
]
# fmt: on


def deflated(messages: Sequence[bytes], *, takeover: bool = True) -> list[bytes]:
    """Compress as permessage-deflate does. RFC 7692, section 7.2.1."""
    deflater = zlib.compressobj(wbits=-15)
    payloads = []
    for message in messages:
        if not takeover:
            deflater = zlib.compressobj(wbits=-15)
        packed = deflater.compress(message) + deflater.flush(zlib.Z_SYNC_FLUSH)
        payloads.append(packed.removesuffix(TAIL))
    return payloads


_HELLO = bytes.fromhex("f2 48 cd c9 c9 07 00")
_LAST = bytes.fromhex("f3 48 cd c9 c9 07 00 00")
_AGAIN = bytes.fromhex("f2 00 11 00 00")
_FAR = [n.to_bytes(2, "big") + bytes(998) for n in range(32)]
_BACK = "A message may refer back to all that came before it."
_CASES = [
    Case([_HELLO], hint="The RFC's example, section 7.2.3.1."),
    Case([_HELLO, _AGAIN], hint=f"{_BACK} (Section 7.2.3.2.)"),
    Case([_LAST], hint="A sender may mark a block as the last one (section 7.2.3.4)."),
    Case([_HELLO, _HELLO], hint="It may, and it need not (section 7.2.3.2)."),
    Case(deflated([b"tick 1", b"tick 2", b"tick 3"]), hint=_BACK),
    Case(deflated([b"", b"a", b""]), hint="An empty message is one."),
    Case(deflated([b"\xff\x00" * 300, b"\xff\x00"]), hint="A message may be binary."),
    Case(
        [*deflated([*_FAR, _FAR[0] + _FAR[1]])], hint="It refers back by 32,000 bytes."
    ),
    Case(deflated([bytes(200_000)]), hint="All 200,000 bytes of it."),
    Case([], hint="No message, an empty list."),
]


def _sampled(chance: random.Random) -> tuple[list[bytes]]:
    """Return a conversation, sometimes of messages that stand alone."""
    words = [b"tick", b"tock", b"\x00\xff", "é".encode(), b" ", b"Hello"]
    messages = [
        b"".join(chance.choices(words, k=chance.randrange(12)))
        for _ in range(chance.randrange(6))
    ]
    return (deflated(messages, takeover=chance.random() < 0.8),)


class _Conversations(Compared):
    def _explains(self, change: Change, pairs: Sequence[tuple[Outcome, Call]]) -> bool:
        """Tell whether a change explains it, and what zlib complains of."""
        return super()._explains(change, pairs) and all(
            str(outcome.error) == str(self.come_of(call.arguments, change).error)
            for outcome, call in pairs
        )


def _closer(call: Call, given: Any) -> str | Found:
    """Name what no known mistake explains, or give at least a hint."""
    if isinstance(given, zlib.error) and "too far back" in str(given):
        return (
            "It refers back to what this inflater has not seen: one for all messages."
        )
    if isinstance(given, zlib.error):
        return not_inflated(str(given))
    if isinstance(given, list) and given and isinstance(given[0], str):
        return "text-not-bytes", "", _BYTES
    if isinstance(given, list) and given and not isinstance(given[0], bytes):
        return type_hint(given[0], b"")
    return call.hint if isinstance(given, list | BaseException) else _LIST


def _in_words(payloads: Sequence[bytes]) -> str:
    """Show the payloads, or how many there are."""
    shown = [p.hex(" ") or "nothing" for p in payloads[:3]]
    if any(len(words) > 60 for words in shown):
        return f"{len(payloads)} payloads, {sum(map(len, payloads)):,} bytes"
    more = f" and {len(payloads) - 3} more" if len(payloads) > 3 else ""
    return (", then ".join(shown) + more) or "No payloads"


inflate_all = _Conversations(
    "inflate_all",
    "`inflate_all(payloads) -> list`, a conversation. Exercise 1 of notebook 12.",
    takes=["payloads"],
    way=inflated,
    cases=_CASES,
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="One inflater for the conversation, and four bytes behind each message.",
    closer=_closer,
    show=_in_words,
)
