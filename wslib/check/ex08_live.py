"""The checks of notebook 08: what waits, when to try again, and where to go on."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from wslib.check.attempt import Verdict, attempt, brief, not_yet
from wslib.check.diagnosis import Case, never_raises
from wslib.check.queue_slips import COALESCE_SLIPS, coalesced
from wslib.check.slips import judge

_WHOLE = "A subject is compared as it is, all of it."
_GOLD, _SILVER = ("gold", "1"), ("silver", "7")
_COPPER, _TIN = ("copper", "3"), ("tin", "5")
# What waits, the new subject and text, and what to look at.
QUEUES: list[tuple[list[tuple[str, str]], str, str, str]] = [
    ([], "gold", "2", "Nothing waits: then the new one is all there is."),
    ([_SILVER], "gold", "2", "Another subject stays, and the new one comes behind."),
    ([_GOLD], "gold", "2", "The older one about the same subject leaves."),
    ([_GOLD, _SILVER], "gold", "2", "The new one goes to the end."),
    ([_SILVER, _GOLD], "gold", "2", "The older one may be the last."),
    ([_SILVER, _GOLD, _COPPER], "gold", "2", "The older one may be in the middle."),
    ([_SILVER, _GOLD, _COPPER, _TIN], "gold", "2", "All others stay in their order."),
    ([(str(n), "9") for n in range(9)], "gold", "2", "Nobody said how many may wait."),
    ([_TIN, _SILVER, _COPPER], "gold", "2", "All others stay in their order."),
    ([("goldfish", "4"), _SILVER], "gold", "2", _WHOLE),
    ([_GOLD, _SILVER], "goldfish", "4", _WHOLE),
    ([("goldfish", "4"), _SILVER], "fish", "8", _WHOLE),
    ([_GOLD, _SILVER], "Gold", "2", _WHOLE),
    ([_GOLD, _SILVER], "gold ", "2", _WHOLE),
    ([_GOLD, _SILVER], "tin", "7", "Two subjects may say the same."),
    ([_GOLD, _SILVER], "gold", "1", "The same text again is news: to the end with it."),
    (
        [("gold", "up"), ("up", "gold")],
        "up",
        "7",
        "The subject is the first of the two: `pair[0]`.",
    ),
    ([_GOLD, _SILVER], "gold", " Up ", "The text goes in as it is."),
    ([_GOLD, _SILVER], "gold", "", "An empty text is a text."),
    ([("gold", ""), _SILVER], "tin", "5", "An empty text is a text."),
]


@never_raises
def coalesce(function: Any) -> Verdict:
    """Check ``coalesce(waiting, about, text) -> list``, the newest alone. Exercise 1.

    What waits was put there by ``coalesce`` as well: no subject waits twice. The list
    that is given may be changed, as long as the right one comes back.
    """
    cases = [
        # A subject that comes over a wire is equal to the one that waits, not the same.
        Case((waiting, "".join(about), text), coalesced(waiting, about, text), hint)
        for waiting, about, text, hint in QUEUES
    ]
    if verdict := _grows(function):
        return verdict
    verdict = judge(
        "coalesce",
        function,
        ["waiting", "about", "text"],
        cases,
        coalesced,
        COALESCE_SLIPS,
        praise="The newest about each subject, in the order of its coming: what waits "
        "is never longer than there are subjects.",
        closer=_closer_look,
    )
    if verdict.mistake == "returns-nothing":
        return _changed_in_place(function, verdict)
    if verdict.mistake == "wrong-answer" and _remembers(function):
        hint = "It remembers what it was given in earlier calls. All that waits is in "
        hint += "`waiting`: keep nothing outside of the function, nor in a default."
        return replace(verdict, mistake="remembers", hint=hint)
    return verdict


def _grows(function: Any) -> Verdict | None:
    """Return the verdict on a list that grows without end, before memory is full."""
    waiting = [_GOLD, _SILVER]
    outcome = attempt(function, waiting, "gold", "2", limit=0.2)
    if not outcome.timed_out or len(waiting) < 1000:
        return None
    return not_yet(
        "coalesce",
        "grows-without-end",
        "Given two entries, `waiting` grew and grew, and your function was stopped.",
        "The loop walks over the list that it makes longer, and never gets to its end. "
        "Make a new list.",
    )


def _changed_in_place(function: Any, verdict: Verdict) -> Verdict:
    """Say, of a function that returns None, what it did with the list it was given."""
    waiting = [_GOLD, _SILVER]
    attempt(function, waiting, "gold", "2")
    if waiting == [_GOLD, _SILVER]:
        hint = f"{verdict.hint} `append` and `remove` change a list, and give None."
        return replace(verdict, hint=hint)
    right = waiting == [("silver", "7"), ("gold", "2")]
    return replace(
        verdict,
        mistake="changed-not-returned",
        evidence=f"coalesce({[_GOLD, _SILVER]}, 'gold', '2') gave None. The list that "
        f"it was given is {brief(waiting)} now.",
        hint="That is the right list, but it does not come back: `return waiting`."
        if right
        else "Return the new list. That one is not right yet: the older one about gold "
        "leaves, the new one goes to the end.",
    )


def _remembers(function: Any) -> bool:
    """Tell whether a function returns what only an earlier call was given."""
    attempt(function, [], "tin", "5")
    after = attempt(function, [], "gold", "2").value
    return isinstance(after, list) and ("tin", "5") in after


def _closer_look(case: Case, given: Any) -> tuple[str, str, str]:
    """Say what to do about an exception, or about what is no list of pairs."""
    if isinstance(given, BaseException):
        return _of_error(case, given)
    if not isinstance(given, list):
        hint = f"Return a list of pairs, not a {type(given).__name__}."
        if isinstance(given, Iterable) and not isinstance(given, str | bytes):
            hint += " `list(…)` around it makes one."
        return "", "", hint
    if sorted(map(repr, given)) == sorted(map(repr, case.expected)):
        return "other-order", "", "The right entries, in another order. " + case.hint
    return "", "", case.hint


def _of_error(case: Case, error: BaseException) -> tuple[str, str, str]:
    """Return a name and a hint for an exception that people run into here."""
    waiting, about, _ = case.arguments
    if isinstance(error, ValueError) and "unpack" in str(error):
        return "", "", "Each entry is a pair: `for subject, text in waiting`."
    if isinstance(error, RuntimeError) and "changed" in str(error):
        return "", "", "It changed while the loop walked over it. Make a new list."
    missing = isinstance(error, LookupError | ValueError | StopIteration)
    missing = missing or "NoneType" in str(error)
    if not waiting and missing:
        return "raises-if-empty", "", "Nothing may wait: then the list is empty."
    if missing and about not in dict(waiting):
        hint = "Nothing about this subject waits: then nothing leaves."
        return "raises-without-an-older-one", "", hint
    if isinstance(error, IndexError):
        hint = "The list got shorter while the loop walked over it. Make a new list."
        return "", "", hint
    if isinstance(error, TypeError) and "concatenate list" in str(error):
        return "", "", "`+` puts a list behind a list: `+ [(about, text)]`."
    if isinstance(error, TypeError | AttributeError):
        return "", "", "`waiting` is a list, and each entry a pair of two texts."
    return "", "", ""
