"""Exercise 3 of notebook 06: the payload of a Close frame. RFC 6455, section 5.5.1.

What may be sent is looked at first, by itself: whoever writes the code in a wrong order
and refuses nothing yet is told of the order.
"""

import random
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from wslib import frames
from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Mistake
from wslib.check.sandbox import Outcome
from wslib.check.verdict import Found, Verdict, brief, called


def closing(
    code: int,
    reason: str = "",
    *,
    refuses: Callable[[int], bool] = lambda code: False,
    write: Callable[[int], bytes] = lambda code: code.to_bytes(2, "big"),
    encode: Callable[[str], bytes] = str.encode,
    longest: int = frames.MAX_REASON,
    cut: bool = False,
    join: Callable[[bytes, bytes], Iterable[bytes]] = lambda code, words: (code, words),
) -> bytes:
    """Return the code and the words behind it, if they may be sent."""
    frames.close_payload(code)  # or a ValueError
    words = encode(reason)
    if refuses(code) or (len(words) > longest and not cut):
        raise ValueError
    return b"".join(join(write(code), words[:longest]))


_NUMBER = "It is a number of 2 bytes: `code.to_bytes(2, 'big')`."
_MAY = "they may be sent (section 7.4.2)."
# A table: its rows are filled to the width.
# fmt: off
_MISTAKES = [
    Mistake("little-endian", "The code's bytes are in the wrong order: the big end "
        "comes first.", write=lambda code: code.to_bytes(2, "little")),
    Mistake("code-as-digits", f"The code was written in digits. {_NUMBER}",
        *({"write": lambda code, form=form: form.format(code).encode()}
          for form in ("{}", "0x{:x}", "{:x}", "{:04x}"))),
    Mistake("digits-read-as-hex", "The digits of the code were read as hexadecimal "
        "ones: 1000 is 03 e8.", write=lambda code: bytes.fromhex(str(code))),
    Mistake("code-in-4-bytes", "The code takes 2 bytes, not 4.",
        write=lambda code: code.to_bytes(4, "big")),
    Mistake("code-in-1-byte", f"A byte holds at most 255. {_NUMBER}",
        {"write": lambda code: bytes([code & 0xFF])},
        {"write": lambda code: bytes([code])},
        write=lambda code: code.to_bytes(1, "big")),
    Mistake("code-in-zeros", f"`bytes(1000)` makes zeros. {_NUMBER}", write=bytes),
    Mistake("code-as-character", f"`chr` and `.encode()` make UTF-8 of it. {_NUMBER}",
        write=lambda code: chr(code).encode()),
    Mistake("code-missing", "The code is missing: 2 bytes, before the reason.",
        join=lambda code, words: (words,)),
    Mistake("reason-missing", "The reason is missing: it stands behind the code, as "
        "UTF-8.", join=lambda code, words: (code,)),
    Mistake("reason-first", "The code comes first, then the reason.",
        join=lambda code, words: (words, code)),
    Mistake("whole-frame", "That is the whole frame. Only its payload is asked for.",
        join=lambda code, words: (bytes([0x88, 2 + len(words)]), code, words)),
    Mistake("something-between", "Nothing stands between code and reason.",
        *({"join": lambda code, words, b=b: (code, b, words)}
          for b in (b" ", b":", b": ", b"\0", b"\r\n", b"\n"))),
    Mistake("something-behind", "Nothing stands behind the reason: the frame's header "
        "says where it ends.", *({"join": lambda code, words, b=b: (code, words, b)}
          for b in (b"\0", b"\r\n", b"\n"))),
    Mistake("filled-up", "The reason was filled up to 123 bytes. It is as long as it "
        "is.", join=lambda code, words: (code, words.ljust(123, b"\0"))),
    Mistake("reason-too-short", "A reason of 123 bytes fits: 125 less the 2 of the "
        "code.", *({"longest": n, "cut": c} for n in (122, 121, 120, 100)
                   for c in (False, True))),
    Mistake("latin-1", "The reason is UTF-8, not Latin-1.",
        encode=lambda reason: reason.encode("latin-1")),
    Mistake("ascii", "The reason is UTF-8. ASCII has no ü.",
        *({"encode": lambda reason, e=e: reason.encode("ascii", e)}
          for e in ("strict", "ignore", "replace"))),
    Mistake("stripped", "Blanks at the beginning or the end are gone. They belong to "
        "the reason.", encode=lambda reason: reason.strip().encode()),
    Mistake("all-refused", "Every code is refused. Go through the condition with 1000 "
        "in mind: `and` or `or`, `in` or `not in`?", refuses=lambda code: True),
    Mistake("3000-and-up-refused", "3000 to 3999 are registered with IANA, 4000 to "
        f"4999 for your own use: {_MAY}", refuses=lambda code: code >= 3000),
    Mistake("3000-to-3999-refused", f"3000 to 3999 are registered with IANA: {_MAY}",
        refuses=lambda code: 3000 <= code < 4000),
    Mistake("4000-to-4999-refused", f"4000 to 4999 are for your own use: {_MAY}",
        refuses=lambda code: code >= 4000),
    Mistake("1012-to-1014-refused", "1012, 1013 and 1014 were registered after the "
        "RFC: they may be sent.", refuses=lambda code: 1012 <= code <= 1014),
    Mistake("last-code-refused", "1014 and 4999 may be sent: Python's range stops "
        "before its second argument.", *({"refuses": last.__contains__}
            for last in ((1014,), (4999,), (1014, 4999)))),
    Mistake("1000-refused", "1000 may be sent: it is the plain goodbye.",
        *({"refuses": first.__contains__} for first in ((1000,), (1000, 3000)))),
    Mistake("text-not-bytes", "A payload is bytes. Encode the reason, as UTF-8, and "
        "put bytes together.",
        answer=lambda d: f"{struct.unpack_from('!H', d)[0]}{d[2:].decode()}"),
]
# fmt: on

# --- what may not be sent -------------------------------------------------------------

# A table: its rows are filled to the width.
# fmt: off
_RULES = {
    "never-sent": "1005 tells a program that there was no code, 1006 that no Close "
        "frame came, 1015 that TLS failed. None of them is ever sent.",
    "reserved": "1004 is reserved: it means nothing yet (section 7.4.1).",
    "out-of-range": "Only 1000 to 1014 and 3000 to 4999 are for you to send (section "
        "7.4.2).",
    "reason-too-long": "A control frame carries 125 bytes: 2 for the code leave 123 "
        "for the reason.",
    "reason-counted-in-characters": "62 characters, but 124 bytes: encode the reason, "
        "then count.",
}
_HINTS = {
    **_RULES,
    "reason-cut": "The reason was cut in silence. Whoever asked should know: "
        "ValueError.",
    "nothing-raised": "That is easily overlooked, like a printed line: `raise "
        "ValueError(…)`.",
    "nothing-refused": "Nothing is refused yet. Look at the code, and at the bytes of "
        "the reason, before you write them: some codes never travel, and 125 bytes is "
        "all.",
    "reason-not-optional": 'The reason may be left out: `reason: str = ""`, as in the '
        "stub.",
    "other-exception": "Refuse it before you write it: `raise ValueError(…)`, with a "
        "word on why. (`assert` is for what cannot happen.)",
}
# fmt: on


def _rule(code: int, reason: str = "") -> str:
    """Return the rule that forbids this, in a word."""
    if code in (1005, 1006, 1015):
        return "never-sent"
    if code == 1004:
        return "reserved"
    if not 1000 <= code <= 1014 and not 3000 <= code <= 4999:
        return "out-of-range"
    too_long = len(reason) > frames.MAX_REASON
    return "reason-too-long" if too_long else "reason-counted-in-characters"


class _Payload(Compared):
    """What may be sent is explained by itself."""

    hints = _HINTS

    def explain(
        self, answer: Any, calls: Sequence[Call], seen: Sequence[Outcome], place: int
    ) -> tuple[Mistake, ...] | None:
        """Return the mistakes in what may be sent; None if it is right."""
        sent = [i for i in range(len(seen)) if _sent(calls[i])]
        if place not in sent:
            return None
        calls, seen = [calls[i] for i in sent], [seen[i] for i in sent]
        return super().explain(answer, calls, seen, sent.index(place))

    def _more(self, answer: Any, calls: Sequence[Call]) -> list[tuple[Outcome, Call]]:
        more = super()._more(answer, calls)
        return [(outcome, call) for outcome, call in more if _sent(call)]

    def _alone(self, answer: Any, call: Call, outcome: Outcome) -> Verdict:
        verdict = super()._alone(answer, call, outcome)
        if verdict.right is None or outcome.timed_out or _sent(call):
            return verdict
        name = "other-exception"
        if call.due.error is None:
            name = "reason-not-optional"
        elif outcome.error is None:
            return verdict
        return replace(verdict, mistake=name, hint=_HINTS[name])


def _sent(call: Call) -> bool:
    """Tell whether a call is one of those with a code and a reason that may be sent."""
    return call.due.error is None and len(call.arguments) == 2


def _let_through(
    answer: Any, calls: Sequence[Call], seen: Sequence[Outcome]
) -> Found | None:
    """Say what should have been refused; None if something else is wrong."""
    asked = list(zip(calls, seen, strict=False))
    if not all(close_payload.fulfils(o, c) for c, o in asked if c.due.error is None):
        return None
    passed = [
        (call.arguments, outcome.value)
        for call, outcome in asked
        if call.due.error and not outcome.error and not outcome.timed_out
    ]
    if not passed or isinstance(passed[0][1], Exception) or passed[0][1] is ValueError:
        return None
    first, gave = passed[0]
    rule, broken = _rule(*first), [_rule(*arguments) for arguments, _ in passed]
    evidence = f"{_shown(*first)} gave {brief(gave)}; it has to raise ValueError."
    pairs = zip(passed, broken, strict=True)
    codes = dict.fromkeys(str(each[0]) for (each, _), name in pairs if name == rule)
    if others := list(codes)[1:9]:
        evidence += f" The same goes for {', '.join(others)}."
    if not isinstance(gave, bytes | bytearray) or (not gave and others):
        rule = "nothing-raised"
    elif {*broken} == {*_RULES} and all(type(o.error) is not ValueError for o in seen):
        rule = "nothing-refused"
    elif rule.startswith("reason") and len(gave) <= 125:
        rule = "reason-cut"
    return rule, evidence, _HINTS[rule]


def _parted(call: Call, given: Any) -> str | Found:
    """Say that this one may be sent, or what to look at."""
    if call.due.error is not None:
        return ""
    if isinstance(given, ValueError) and not isinstance(given, UnicodeError):
        plain = call.arguments == (1000, "")
        hint = "It may be sent, with a reason or without." if plain else call.hint
        return "refused-though-allowed", "", hint
    return call.hint if type(given) is bytes else ""


def _shown(code: int, *reason: str) -> str:
    """Write a call down, so that it can be pasted into a cell."""
    words = "".join(reason)
    if len(words) > 60 and len(set(words)) == 1:
        return f"close_payload({code}, {words[0]!r} * {len(words)})"
    return called("close_payload", (code, *reason))


def _sampled(chance: random.Random) -> tuple[int, str]:
    """Return a code near a limit, or any, and a reason, some as long as it may be."""
    first, last = chance.choice(
        [(990, 1020), (1016, 3000), (3000, 5000), (4990, 5010), (-300, 70_000)]
    )
    code = chance.randrange(first, last) if chance.random() < 0.6 else 1000
    reason = ""
    size = chance.choice([0, 0, 1, 2, 5, 119, 121, 122, 123])
    while len(reason.encode()) < size:
        reason += chance.choice("a ü€😀\0\n")
    return code, reason


_MAY_BE_SENT = [
    Case(1000, "", hint="1000 is 03 e8, in 2 bytes."),
    Case(1001, "going away", hint="The code, then the reason."),
    *(  # before the reasons: who refuses a code is not told of one
        Case(code, "", hint=f"It may be sent (section 7.4{'.2' * (code > 2999)}).")
        for code in (1002, 1003, *range(1007, 1015), 3000, 3999, 4000, 4999)
    ),
    Case(4001, "Tschüß", hint="The reason is UTF-8."),
    Case(4002, " blanks ", hint="The reason goes out as it is, blanks and all."),
    Case(3000, "x" * 123, hint="123 bytes of reason still fit."),
    Case(1003, "ü" * 61, hint="122 bytes of reason still fit."),
]
_REFUSED = [
    *map(Case, (1005, 1006, 1015, 1004)),
    *map(Case, (999, 0, 1016, 2000, 2999, 5000, 65535, 70_000, -1)),
    Case(1000, "x" * 124),
    Case(1000, "ü" * 62),
]

close_payload = _Payload(
    "close_payload",
    "`close_payload(code, reason) -> bytes`. Exercise 3 of notebook 06.",
    takes=["code", "reason"],
    way=closing,
    cases=[*_MAY_BE_SENT, Case(1000), *_REFUSED],
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise=f"{len(_MAY_BE_SENT)} payloads, and {len(_REFUSED)} that must not be sent.",
    show=_shown,
    closer=_parted,
    unexplained=_let_through,
)
