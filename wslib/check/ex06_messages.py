"""The checks of notebook 06: streams, messages and Close frames."""

from collections.abc import Sequence
from time import monotonic
from typing import Any, NamedTuple

from wslib.check.attempt import LIMIT, Outcome, Verdict, attempt, brief, fault, not_yet
from wslib.check.close_slips import CLOSE_SLIPS, closing
from wslib.check.diagnosis import Case, never_raises
from wslib.check.slips import first_difference, judge, not_bytes


@never_raises
def close_payload(function: Any) -> Verdict:
    """Check ``close_payload(code, reason) -> bytes``. Exercise 3."""
    exercise = "close_payload"
    allowed = [
        (1000, "", "1000 is 03 e8, in 2 bytes."),
        (1001, "going away", "The code, then the reason."),
        (4001, "Tschüß", "The reason is UTF-8."),
        (4002, " blanks ", "The reason goes out as it is, blanks and all."),
        (3000, "x" * 123, "123 bytes of reason still fit."),
        (1003, "ü" * 61, "122 bytes of reason still fit."),
        *((c, "", "It may be sent (section 7.4).") for c in (1002, *range(1007, 1015))),
        *((c, "", "It may be sent (section 7.4.2).") for c in (3999, 4000, 4999)),
    ]
    cases = [Case((code, words), closing(code, words), h) for code, words, h in allowed]
    verdict = judge(
        exercise,
        function,
        ["code", "reason"],
        cases,
        closing,
        CLOSE_SLIPS,
        closer=_parted,
    )
    if verdict.right is not True:
        return verdict
    outcome = attempt(function, 1000)
    if outcome.error is not None or outcome.value != closing(1000):
        gave = fault(exercise, function, outcome)
        said = gave.evidence if gave else f"It gave {brief(outcome.value)}."
        evidence = f"close_payload(1000), without a reason: {said}"
        hint = 'The reason may be left out: `reason: str = ""`, as in the stub.'
        return not_yet(exercise, "reason-not-optional", evidence, hint)
    return _refusals(exercise, function, len(cases))


def _parted(case: Case, given: Any) -> tuple[str, str, str]:
    """Say where two payloads part, or that this one may be sent."""
    if isinstance(given, ValueError) and not isinstance(given, UnicodeError):
        return "refused-though-allowed", "", case.hint
    if type(given) is not bytes:
        return "", "", not_bytes(given)
    return "", first_difference(given, case.expected), case.hint


class _Refused(NamedTuple):
    """What may not be sent, the rule in a word, and what to say to who sends it."""

    code: int
    reason: str
    rule: str
    hint: str


_UNDEFINED = "Only 1000 to 1014 and 3000 to 4999 are for you to send (section 7.4.2)."
_LONG = "A control frame carries 125 bytes: 2 for the code leave 123 for the reason."
_REFUSED = [
    _Refused(
        1005,
        "",
        "never-sent",
        "1005 tells a program that there was no code. It is never sent.",
    ),
    _Refused(
        1006,
        "",
        "never-sent",
        "1006 tells a program that no Close frame came. It is never sent.",
    ),
    _Refused(
        1015,
        "",
        "never-sent",
        "1015 tells a program that TLS failed. It is never sent.",
    ),
    _Refused(
        1004, "", "reserved", "1004 is reserved: it means nothing yet (section 7.4.1)."
    ),
    *(
        _Refused(code, "", "out-of-range", _UNDEFINED)
        for code in (999, 0, 1016, 2000, 2999, 5000, 65535, 70_000, -1)
    ),
    _Refused(1000, "x" * 124, "reason-too-long", _LONG),
    _Refused(
        1000,
        "ü" * 62,
        "reason-counted-in-characters",
        "62 characters, but 124 bytes: encode the reason, then count.",
    ),
]


def _refusals(exercise: str, function: Any, count: int) -> Verdict:
    """Ask for what may not be sent, and see whether a ValueError comes of each."""
    outcomes: list[Outcome] = []
    end = monotonic() + LIMIT
    for refused in _REFUSED:
        left = max(end - monotonic(), 0.1)
        outcomes.append(attempt(function, refused.code, refused.reason, limit=left))
        if outcomes[-1].timed_out:
            break
    asked = list(zip(_REFUSED, outcomes, strict=False))
    passed = [(r, o) for r, o in asked if o.error is None and not o.timed_out]
    if passed:
        return _let_through(exercise, passed)
    for refused, outcome in asked:
        call = _call(refused)
        if isinstance(outcome.error, ValueError):
            continue
        verdict = fault(exercise, function, outcome)
        if outcome.timed_out or verdict is None or verdict.right is None:
            return verdict or Verdict(exercise=exercise)
        evidence = f"{call}: {verdict.evidence} It has to raise ValueError."
        hint = (
            "Refuse it before you write it: `raise ValueError(…)`, with a word on why."
        )
        if isinstance(outcome.error, AssertionError):
            hint = "`assert` is for what cannot happen. Here: `raise ValueError(…)`."
        return not_yet(exercise, "other-exception", evidence, hint)
    return Verdict(
        exercise=exercise,
        right=True,
        evidence=f"{count} payloads, and {len(_REFUSED)} that must not be sent.",
    )


def _call(refused: _Refused) -> str:
    """Write a call down, so that it can be pasted into a cell."""
    reason = refused.reason
    if not reason:
        return f"close_payload({refused.code})"
    return f"close_payload({refused.code}, {reason[0]!r} * {len(reason)})"


def _let_through(exercise: str, passed: Sequence[tuple[_Refused, Outcome]]) -> Verdict:
    """Say what should have been refused."""
    first, outcome = passed[0]
    evidence = (
        f"{_call(first)} gave {brief(outcome.value)}; it has to raise ValueError."
    )
    if isinstance(outcome.value, Exception) or outcome.value is ValueError:
        hint = "`return` hands the exception back like any value. `raise` raises it."
        return not_yet(exercise, "returned-not-raised", evidence, hint)
    rules = {refused.rule for refused, _ in passed}
    others = [
        str(r.code) for r, _ in passed[1:] if r.rule == first.rule and not r.reason
    ]
    if others:
        evidence += f" The same goes for {', '.join(others)}."
    data = outcome.value
    if not isinstance(data, bytes) or (not data and others):
        hint = "That is easily overlooked, like a printed line: `raise ValueError(…)`."
        return not_yet(exercise, "nothing-raised", evidence, hint)
    if rules == {refused.rule for refused in _REFUSED}:
        hint = (
            "Nothing is refused yet. Look at the code, and at the bytes of the reason, "
            "before you write them: some codes never travel, and 125 bytes is all."
        )
        return not_yet(exercise, "nothing-refused", evidence, hint)
    if first.reason and len(data) <= 125:
        hint = "The reason was cut in silence. Whoever asked should know: ValueError."
        return not_yet(exercise, "reason-cut", evidence, hint)
    return not_yet(exercise, first.rule, evidence, first.hint)
