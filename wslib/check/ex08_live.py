"""The checks of notebook 08: what waits, when to try again, and where to go on."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from wslib.check.attempt import Verdict, attempt
from wslib.check.diagnosis import Case, never_raises
from wslib.check.ex08_backoff import backoff
from wslib.check.ex08_follower import follower
from wslib.check.queue_slips import COALESCE_SLIPS, coalesced
from wslib.check.slips import brief, judge

__all__ = ["backoff", "coalesce", "follower"]


@never_raises
def coalesce(function: Any) -> Verdict:
    """Check ``coalesce(waiting, about, text) -> list``, the newest alone. Exercise 1.

    What waits was put there by ``coalesce`` as well: no subject waits twice. The list
    that is given may be changed, as long as the right one comes back.
    """
    gold, silver = ("gold", "1"), ("silver", "7")
    copper, tin = ("copper", "3"), ("tin", "5")
    rows: list[tuple[list[tuple[str, str]], str, str, str]] = [
        ([], "gold", "2", "Nothing waits: then the new one is all there is."),
        ([silver], "gold", "2", "Another subject stays, and the new one comes behind."),
        ([gold], "gold", "2", "The older one about the same subject leaves."),
        ([gold, silver], "gold", "2", "The new one goes to the end."),
        ([silver, gold], "gold", "2", "The older one may be the last."),
        ([silver, gold, copper], "gold", "2", "The older one may be in the middle."),
        ([silver, gold, copper, tin], "gold", "2", "All others stay in their order."),
        ([tin, silver, copper], "gold", "2", "All others stay in their order."),
        ([("goldfish", "4"), silver], "gold", "2", _WHOLE),
        ([gold, silver], "goldfish", "4", _WHOLE),
        ([("goldfish", "4"), silver], "fish", "8", _WHOLE),
        ([gold, silver], "Gold", "2", _WHOLE),
        ([gold, silver], "gold ", "2", _WHOLE),
        ([gold, silver], "tin", "7", "Two subjects may say the same."),
        (
            [gold, silver],
            "gold",
            "1",
            "The same text again is news: it goes to the end.",
        ),
        ([("gold", "up"), ("up", "gold")], "up", "7", "Which is the subject?"),
        ([gold, silver], "gold", " Up ", "The text goes in as it is."),
        ([gold, silver], "gold", "", "An empty text is a text."),
        ([("gold", ""), silver], "tin", "5", "An empty text is a text."),
    ]
    cases = [
        Case((waiting, about, text), coalesced(waiting, about, text), hint)
        for waiting, about, text, hint in rows
    ]
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
    if verdict.mistake == "never-ends":
        hint = "Does the list grow while the loop walks over it? Make a new list."
        return replace(verdict, hint=hint)
    if verdict.mistake == "returns-nothing":
        return _changed_in_place(function, verdict)
    if verdict.mistake == "wrong-answer" and _remembers(function):
        hint = "It remembers what it was given in earlier calls. All that waits is in "
        hint += "`waiting`: keep nothing outside of the function, nor in a default."
        return replace(verdict, mistake="remembers", hint=hint)
    return verdict


_WHOLE = "A subject is compared as it is, all of it."


def _changed_in_place(function: Any, verdict: Verdict) -> Verdict:
    """Say, of a function that returns None, what it did with the list it was given."""
    waiting = [("gold", "1"), ("silver", "7")]
    attempt(function, waiting, "gold", "2")
    if waiting == [("gold", "1"), ("silver", "7")]:
        hint = f"{verdict.hint} `append` and `remove` change a list, and give None."
        return replace(verdict, hint=hint)
    right = waiting == [("silver", "7"), ("gold", "2")]
    return replace(
        verdict,
        mistake="changed-not-returned",
        evidence=f"{verdict.evidence} The list it was given was changed, to "
        f"{brief(waiting)}.",
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
    missing = isinstance(error, LookupError | ValueError | RuntimeError)
    missing = missing or "NoneType" in str(error)
    if not waiting and missing:
        return "raises-if-empty", "", "Nothing may wait: then the list is empty."
    if missing and about not in dict(waiting):
        hint = "Nothing about this subject waits: then nothing leaves."
        return "raises-without-an-older-one", "", hint
    if isinstance(error, IndexError):
        hint = "The list got shorter while the loop walked over it. Make a new list."
        return "", "", hint
    if isinstance(error, TypeError | AttributeError):
        return "", "", "`waiting` is a list, and each entry a pair of two texts."
    return "", "", ""
