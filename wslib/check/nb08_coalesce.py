"""Exercise 1 of notebook 08: what waits for a slow reader, the newest of each alone.

What waits, oldest first, and then comes ("gold", "2"):

    [("gold", "1"), ("silver", "7")]        [("silver", "7"), ("gold", "2")]
"""

import random
from collections.abc import Callable
from typing import Any

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.fit import misfit
from wslib.check.mistakes import Mistake
from wslib.check.sandbox import attempt, named, quiet
from wslib.check.verdict import Found, Verdict

Pair = tuple[str, str]  # a subject and a text
TAKES = ["waiting", "about", "text"]


def _at_end(waiting: Any, kept: list[Any], at: int | None, new: Any) -> list[Any]:
    return [*kept, new]


def coalesced(
    waiting: list[Pair],
    about: str,
    text: str,
    *,
    leaves: Callable[[Pair, str, str], bool] = lambda old, a, t: old[0] == a,
    pair: Callable[[str, str], Any] = lambda a, t: (a, t),
    put: Callable[..., list[Any]] = _at_end,
) -> list[Any]:
    """Return what waits when a text about a subject has been added.

    Of an older entry, leaves tells whether it leaves; put puts the new one into what is
    kept, and is told what waits and at which place the subject does, if it does.
    """
    kept = [old for old in waiting if not leaves(old, about, text)]
    places = (i for i, (subject, _) in enumerate(waiting) if subject == about)
    return put(waiting, kept, next(places, None), pair(about, text))


def _in_old_place(waiting: Any, kept: Any, at: int | None, new: Any) -> list[Any]:
    return [*kept, new] if at is None else [*kept[:at], new, *kept[at:]]


_WHOLE = "A subject is compared as it is, all of it"

# A table: its rows are filled to the width.
# fmt: off
_MISTAKES = [
    Mistake("older-one-stays", "The older text about the same subject is still there. "
        "It leaves: a reader who is behind wants the newest alone. (`is not` lets it "
        "stay, too: what is equal may be two objects. Compare with `!=`.)",
        leaves=lambda old, a, t: False),
    Mistake("in-old-place", "The new text took the place of the old one. It goes to "
        "the end, where what is new belongs.", put=_in_old_place),
    Mistake("nothing-changed", "The list came back as it was. Is what you make of it "
        "what you return?", put=lambda w, k, at, new: w),
    Mistake("others-thrown-away", "What waits about other subjects is gone. Only the "
        "older text about the same subject leaves.",
        {"put": lambda w, k, at, new: [*w, new] if at is None else [new]},
        {"put": lambda w, k, at, new: [*w[:-1], new]}, leaves=lambda old, a, t: True),
    Mistake("others-leave", "The wrong ones leave: those about other subjects. Is `==` "
        "where `!=` should be?", leaves=lambda old, a, t: old[0] != a),
    Mistake("only-replaced", "A subject that does not wait yet is not added. Then "
        "nothing leaves, and the new entry still goes to the end.",
        {"put": lambda w, k, at, new: w if at is None else [*k, new]},
        put=lambda w, k, at, new: w if at is None else _in_old_place(w, k, at, new)),
    Mistake("old-one-kept", "The subject waits already, and the new text was dropped. "
        "The old one leaves.",
        put=lambda w, k, at, new: [*w, new] if at is None else w),
    Mistake("new-one-missing", "The new entry is missing: it goes to the end, whatever "
        "waits.", {"put": lambda w, k, at, new: [*w, new] if at is None else k},
        {"put": lambda w, k, at, new: [*k, new] if w else w},
        put=lambda w, k, at, new: k),
    Mistake("in-front", "The new entry stands in front. The oldest comes first: append "
        "it.", {"put": lambda w, k, at, new: [*w, new] if at is None else [new, *k]},
        put=lambda w, k, at, new: [new, *k]),
    Mistake("texts-compared", "The texts were compared. What makes an entry old is its "
        "subject.", {"leaves": lambda old, a, t: old == (a, t)},
        leaves=lambda old, a, t: old[1] == t),
    Mistake("part-of-a-subject", "`gold` is a part of `goldfish`, and another subject. "
        f"{_WHOLE}: `==`.", {"leaves": lambda old, a, t: old[0] in a},
        {"leaves": lambda old, a, t: old[0].startswith(a)},
        {"leaves": lambda old, a, t: a.startswith(old[0])},
        {"leaves": lambda old, a, t: old[0].endswith(a)},
        leaves=lambda old, a, t: a in old[0]),
    Mistake("case-ignored", f"`Gold` and `gold` were taken for one subject. {_WHOLE}: "
        "`==`.", {"call": lambda w, a, t: (w, a.lower(), t)},
        {"pair": lambda a, t: (a.lower(), t)},
        leaves=lambda old, a, t: old[0].lower() == a.lower()),
    Mistake("only-the-last", "The older entry leaves only if it is the last one. It "
        "may wait anywhere.",
        put=lambda w, k, at, new: [*(k if at == len(w) - 1 else w), new]),
    Mistake("only-the-first", "The older entry leaves only if it is the first one. It "
        "may wait anywhere.", put=lambda w, k, at, new: [*(k if at == 0 else w), new]),
    Mistake("last-not-looked-at", "The last entry was not looked at. `range(n)` ends "
        "at n - 1.", put=lambda w, k, at, new: [*(w if at == len(w) - 1 else k), new]),
    Mistake("oldest-dropped", "The oldest entry left, whatever it was about. That is "
        "another policy: here the subject decides.",
        {"put": lambda w, k, at, new: [*(w if at is None else w[1:]), new]},
        {"put": lambda w, k, at, new: [*(w[1:] if at is None else k), new]},
        put=lambda w, k, at, new: [*w[1:], new]),
    Mistake("skips-one", "The entry behind the one that left is gone, too. Who takes "
        "something out of a list while walking over it skips the next: make a new "
        "list.",
        put=lambda w, k, at, new: [
            *(o for o in k if at is None or o not in w[at + 1 : at + 2]), new]),
    Mistake("stops-there", "What stood behind the old entry is gone: the loop ends "
        "there. `continue` goes on with the next one, `break` does not.",
        put=lambda w, k, at, new: [*w[:at], new]),
    Mistake("ends-after-one", "It ends after the first entry: the `return` stands "
        "inside the loop. Outside, it waits for the others.",
        put=lambda w, k, at, new: [*(o for o in w[:1] if o in k), new]),
    Mistake("added-in-the-loop", "The new entry was added once for each entry that "
        "waits. Add it once, behind the loop.",
        {"put": lambda w, k, at, new: [x for old in k for x in (old, new)]},
        {"put": lambda w, k, at, new: [
            x for i, old in enumerate(w) for x in ([new] if i == at else [old, new])]},
        put=lambda w, k, at, new: [*k, *(new for _ in w)]),
    Mistake("added-twice", "It is there twice: in the old one's place, and at the end.",
        put=lambda w, k, at, new: [
            *_in_old_place(w, k, at, new), *([] if at is None else [new])]),
    Mistake("wrong-way-round", "An entry is a subject and a text, in this order. "
        "Somewhere it is the other way round.",
        {"leaves": lambda old, a, t: old[1] == a},
        {"leaves": lambda old, a, t: old[1] == a, "pair": lambda a, t: (t, a)},
        pair=lambda a, t: (t, a)),
    Mistake("no-pair", "An entry is a pair, `(about, text)`, with round brackets.",
        {"pair": lambda a, t: [a, t]}, {"pair": lambda a, t: {a: t}},
        {"answer": lambda pairs: [list(pair) for pair in pairs]}, pair=lambda a, t: t),
    Mistake("pair-taken-apart", "Subject and text came into the list as two entries. "
        "`append((about, text))` adds a pair, and `+ [(about, text)]` does, too; `+=` "
        "and `extend` take it apart.", put=lambda w, k, at, new: [*k, *new]),
    Mistake("dict-not-list", "That is a dict. `list(entries.items())` makes a list of "
        "pairs of it.", answer=dict),
    Mistake("texts-only", "The subjects are gone. Return a list of pairs.",
        answer=lambda pairs: [t for _, t in pairs]),
    Mistake("sorted", "The entries were sorted. They stay in the order in which they "
        "came.", answer=sorted),
    Mistake("backwards", "The list is in the opposite order. The oldest comes first.",
        put=lambda w, k, at, new: [*k, new][::-1]),
]
# fmt: on

_G, _S, _C, _T = ("gold", "1"), ("silver", "7"), ("copper", "3"), ("tin", "5")
_FISH, _NINE = ("goldfish", "4"), [(str(n), f"{n}0") for n in range(9)]
_BEHIND = "Another subject stays, and the new one comes behind."
_ORDER, _EMPTY = "All others stay in their order.", "An empty text is a text."
# fmt: off
_CASES = [
    Case([], "gold", "2", hint="Nothing waits: then the new one is all there is."),
    Case([_S], "gold", "2", hint=_BEHIND),
    Case([_G], "gold", "2", hint="The older one about the same subject leaves."),
    Case([_G, _S], "gold", "2", hint="The new one goes to the end."),
    Case([_S, _G], "gold", "2", hint="The older one may be the last."),
    Case([_S, _G, _C], "gold", "2", hint="The older one may be in the middle."),
    Case([_S, _G, _C, _T], "gold", "2", hint=_ORDER),
    Case(_NINE, "gold", "2", hint="Nobody said how many may wait."),
    Case([_T, _S, _C], "gold", "2", hint=_ORDER),
    Case([_FISH, _S], "gold", "2", hint=f"{_WHOLE}."),
    Case([_G, _S], "goldfish", "4", hint=f"{_WHOLE}."),
    Case([_FISH, _S], "fish", "8", hint=f"{_WHOLE}."),
    Case([_G, _S], "Gold", "2", hint=f"{_WHOLE}."),
    Case([_G, _S], "gold ", "2", hint=f"{_WHOLE}."),
    Case([_G, _S], "tin", "7", hint="Two subjects may say the same."),
    Case([_G, _S], "gold", "1", hint="The same text again is news: to the end with "
        "it."),
    Case([("gold", "up"), ("up", "gold")], "up", "7", hint="The subject is the first "
        "of the two: `pair[0]`."),
    Case([_G, _S], "gold", " Up ", hint="The text goes in as it is."),
    Case([_G, _S], "gold", "", hint=_EMPTY),
    Case([("gold", ""), _S], "tin", "5", hint=_EMPTY),
]
# fmt: on


def _sampled(chance: random.Random) -> tuple[list[Pair], str, str]:
    """Return what waits, seldom a long list, no subject twice in it; and what comes."""
    size = chance.choice([*range(7), 9, 300])
    names = ["gold", "goldfish", "Gold", " gold", "tin", "t", "up", "", "0", "1"]
    names += [f"metal {n}" for n in range(size - 9)]
    subjects = chance.sample(names, size)
    about = chance.choice(subjects if subjects and chance.random() < 0.6 else names)
    said = ["1", "2", "up", "gold", "", "up "]
    waiting = [(subject, chance.choice(said)) for subject in subjects]
    return waiting, about, chance.choice(said)


def _fits(answer: Any) -> Verdict | None:
    """Return the verdict on what grows without end, before the memory is full."""
    if verdict := misfit("coalesce", answer, TAKES):
        return verdict
    waiting = [_G, _S]
    with quiet():
        outcome = attempt(answer, waiting, "gold", "2", limit=0.1)
    if not outcome.timed_out or len(waiting) < 1000:
        return None
    return coalesce.wrong(
        "grows-without-end",
        "Given two entries, `waiting` grew and grew, and your function was stopped.",
        "The loop walks over the list that it makes longer, and never gets to its end. "
        "Make a new list.",
    )


def _remembering(answer: Any, *seen: Any) -> Found | None:
    """Find out whether something is returned that only an earlier call was given."""
    with quiet():
        attempt(answer, [], "tin", "5")
        after = attempt(answer, [], "gold", "2").value
    if not isinstance(after, list) or ("tin", "5") not in after:
        return None
    hint = "It remembers what it was given in earlier calls. All that waits is in "
    hint += "`waiting`: keep nothing outside of the function, nor in a default."
    return "remembers", "", hint


def _closer(call: Call, given: Any) -> str | Found:
    """Say what to do about an exception, or about another order."""
    if isinstance(given, BaseException):
        return _of_error(call, given)
    other_order = isinstance(given, list) and len(given) == len(call.expected)
    if other_order and all(pair in given for pair in call.expected):
        return "other-order", "", f"The right entries, in another order. {call.hint}"
    return ""


def _of_error(call: Call, error: BaseException) -> str | Found:
    """Return a name and a hint for an exception that people run into here."""
    waiting, about, _ = call.arguments
    words = named(error)
    if "unpack" in words:
        return "Each entry is a pair: `for subject, text in waiting`."
    if "RuntimeError" in words and "changed" in words:
        return "It changed while the loop walked over it. Make a new list."
    missing = isinstance(error, LookupError | ValueError | StopIteration)
    if missing or "NoneType" in words:
        if not waiting:
            return "raises-if-empty", "", "Nothing may wait: then the list is empty."
        if about not in dict(waiting):
            hint = "Nothing about this subject waits: then nothing leaves."
            return "raises-without-an-older-one", "", hint
    if isinstance(error, IndexError):
        return "The list got shorter while the loop walked over it. Make a new list."
    if "concatenate list" in words:
        return "`+` puts a list behind a list: `+ [(about, text)]`."
    if isinstance(error, TypeError | AttributeError):
        return "`waiting` is a list, and each entry a pair of two texts."
    return ""


coalesce: Compared = Compared(
    "coalesce",
    "`coalesce(waiting, about, text) -> list`, the newest of each alone. Exercise 1 of "
    "notebook 08.",
    takes=TAKES,
    way=coalesced,
    cases=_CASES,
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="The newest about each subject, in the order of its coming: what waits is "
    "never longer than there are subjects.",
    fits=_fits,
    closer=_closer,
    unexplained=_remembering,
)
