"""What the engine says of the usual, where no known mistake explains an answer."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from wslib.check.cases import Call
from wslib.check.sandbox import Outcome
from wslib.check.verdict import Found, Verdict, brief

LOOK = "Do it on paper for this one call, step by step, and compare."
TWICE = (
    "The same call came twice, and got two answers. The answer depends on what comes "
    "in and on nothing else: no chance, no time, no memory of an earlier call. (A list "
    "in a class or as a default value, and what is made outside of the function, is "
    "such a memory: make it anew each time.)"
)


def due_of(call: Call) -> str:
    """Say what is due, a value or an exception."""
    if call.due.error is not None:
        return f"it has to raise {type(call.due.error).__name__}"
    return f"the answer is {brief(call.expected)}"


def not_raised(value: Any, call: Call, evidence: str) -> Found:
    """Name what was done instead of raising."""
    due = type(call.due.error)
    if isinstance(value, BaseException) or value is due:
        hint = "`return` hands the exception back like any value. `raise` raises it."
        return "returned-not-raised", evidence, hint
    hint = call.hint or f"Refuse it: `raise {due.__name__}(…)`, with a word on why."
    return "wrong-answer", evidence, hint


def counted(verdict: Verdict, right: Sequence[bool], cases: int) -> Verdict:
    """Say how many cases are right, if all were tried and would be so again."""
    if verdict.right is None or len(right) < cases:
        return verdict
    if verdict.mistake == "not-the-same-twice":
        return verdict
    return replace(verdict, passed=(sum(right[:cases]), cases))


def looked_at_closer(alone: Verdict, mistake: str, more: str, hint: str) -> Verdict:
    """Add what a closer look has found: behind the evidence, or below its rows."""
    evidence, hint = alone.evidence, hint or alone.hint
    if alone.rows:
        hint = f"{more} {hint}".lstrip()
    else:
        evidence = f"{evidence} {more}".rstrip()
    mistake = mistake or str(alone.mistake)
    return replace(alone, mistake=mistake, evidence=evidence, hint=hint)


def changed_in_place(alone: Verdict, call: Call, outcome: Outcome) -> Verdict | None:
    """Name what gave nothing back, and made the answer of what it was given."""
    if not isinstance(call.expected, list):
        return None
    if not any(type(a) is list and a == call.expected for a in outcome.arguments):
        hint = f"{alone.hint} `append` and `remove` change a list, and give None."
        return replace(alone, hint=hint)
    return replace(
        alone,
        mistake="changed-not-returned",
        evidence=f"{alone.evidence} The list that it was given is that now.",
        hint="That is the right list, but it does not come back: `return` it.",
    )


def type_hint(value: Any, due: Any) -> str:
    """Say of which type the answer is, and what makes one of what was given."""
    wanted, given = type(due).__name__, type(value).__name__
    hint = f"The answer is of type {wanted}; this is of type {given}."
    if isinstance(value, Iterator) or (isinstance(value, set) and wanted == "list"):
        around = {"bool": "any", "str": "''.join", "int": "sum", "float": "sum"}
        return f"{hint} `{around.get(wanted, wanted)}(…)` around it makes one."
    if (given, wanted) != ("str", "bytes"):
        return hint
    if re.fullmatch("(0x)?[0-9a-f ]+", value):
        return f"{hint} Hexadecimal digits are for people; return the bytes."
    return f"{hint} `.encode()` makes bytes of text, and bytes are put together by `+`."


def truth_in_other_words(
    values: Sequence[Any], seen: Sequence[Outcome], calls: Sequence[Call], yes: bool
) -> tuple[str, str] | None:
    """Name yes and no in other words than True and False; None if it is not that."""
    due = [call.expected for call in calls[: len(values)]]
    if len(values) < len(seen) or {type(answer) for answer in due} != {bool}:
        return None
    if all(value is None for value in values):
        return None
    if [bool(value) for value in values] != due:
        if any(value is None for value in values):
            hint = "On one way through your function there is no `return`."
            return "returns-nothing-sometimes", hint
        if numbers := [value for value in values if type(value) is int]:
            return "wrong-type", (  # 0 and 1 have been taken for False and True
                f"The answer is True or False, and one of yours is {numbers[0]}. "
                "(`find` gives a place: 0 is the first one, and -1 is none.)"
            )
        return None
    if {type(value) for value in values} == {bool, type(None)}:
        hint = "Where the answer is no, nothing is returned: `return False` is missing."
        return "returns-nothing-sometimes", hint
    word = "yes" if yes else "no"
    return "true-in-other-words", (
        f"Where the answer is {word}, an `if` would take this for {yes}; but it is not "
        f"{yes}. `bool(…)` makes one of it, and so does a comparison."
    )
