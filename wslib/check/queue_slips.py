"""The right way to keep what waits for a slow reader short, and the slips on it.

What waits is a list, oldest first, of a subject and a text each:

    [("gold", "1"), ("silver", "7")]  and then  ("gold", "2")
    [("silver", "7"), ("gold", "2")]

:func:`coalesced` does it right or, asked by a keyword, in one of the ways in which
people do it wrong: those of the table. See :mod:`wslib.check.slips`.
"""

from collections.abc import Callable
from typing import Any

from wslib.check.slips import Slip

_Pair = tuple[str, str]


def coalesced(
    waiting: list[_Pair],
    about: str,
    text: str,
    *,
    leaves: Callable[[_Pair, str, str], bool] = lambda old, about, text: (
        old[0] == about
    ),
    pair: Callable[[str, str], Any] = lambda about, text: (about, text),
    put: Callable[[list[_Pair], list[_Pair], str, Any], list[Any]] = (
        lambda waiting, kept, about, new: [*kept, new]
    ),
    after: Callable[[list[Any]], Any] = list,
) -> Any:
    """Return what waits when a text about a subject has been added.

    Args:
        waiting: What waits, oldest first; a subject is in it once at most.
        about: The subject of the new text.
        text: The new text.
        leaves: Tells whether an older entry leaves.
        pair: Makes the new entry.
        put: Puts it into what stays; is also shown what waited before.
        after: What becomes of the list at the end.
    """
    kept = [old for old in waiting if not leaves(old, about, text)]
    return after(put(waiting, kept, about, pair(about, text)))


def _place(waiting: list[_Pair], about: str) -> int | None:
    """Return where a subject waits, or None."""
    places = (i for i, (subject, _) in enumerate(waiting) if subject == about)
    return next(places, None)


def _in_old_place(
    waiting: list[_Pair], kept: list[_Pair], about: str, new: Any
) -> list[Any]:
    place = _place(waiting, about)
    if place is None:
        return [*waiting, new]
    return [*waiting[:place], new, *waiting[place + 1 :]]


def _only_at(place: int) -> Callable[..., list[Any]]:
    """Return the way that looks at one place alone for an older entry."""

    def put(waiting: list[_Pair], kept: list[_Pair], about: str, new: Any) -> list[Any]:
        there = waiting[place] if waiting else None
        if there is None or there[0] != about:
            return [*waiting, new]
        return [*(old for old in waiting if old is not there), new]

    return put


def _but_for(part: slice) -> Callable[..., list[Any]]:
    """Return the way that looks at a part of the list for an older entry."""

    def put(waiting: list[_Pair], kept: list[_Pair], about: str, new: Any) -> list[Any]:
        looked_at = waiting[part]
        stays = (old for old in waiting if old not in looked_at or old[0] != about)
        return [*stays, new]

    return put


def _if_waits(
    yes: Callable[..., list[Any]], no: Callable[..., list[Any]]
) -> dict[str, Any]:
    """Return the change that does one thing if the subject waits, another if not."""

    def put(waiting: list[_Pair], kept: list[_Pair], about: str, new: Any) -> list[Any]:
        way = no if _place(waiting, about) is None else yes
        return way(waiting, kept, about, new)

    return {"put": put}


def _at_end(waiting: Any, kept: Any, about: str, new: Any) -> list[Any]:
    return [*kept, new]


def _as_it_was(waiting: Any, kept: Any, about: str, new: Any) -> list[Any]:
    return list(waiting)


def _kept_alone(waiting: Any, kept: Any, about: str, new: Any) -> list[Any]:
    return list(kept)


def _old_at_end(waiting: Any, kept: Any, about: str, new: Any) -> list[Any]:
    old = [entry for entry in waiting if entry[0] == about]
    return [*kept, *(old or [new])]


def _one_skipped(waiting: Any, kept: Any, about: str, new: Any) -> list[Any]:
    place = _place(waiting, about)
    stays = [old for i, old in enumerate(waiting) if place is None or i != place + 1]
    return [*(old for old in stays if old[0] != about), new]


def _up_to_it(waiting: Any, kept: Any, about: str, new: Any) -> list[Any]:
    return [*waiting[: _place(waiting, about)], new]


def _joined(between: str, *, at_end: bool) -> dict[str, Any]:
    """Return the change that adds the new text to the old one."""

    def put(waiting: list[_Pair], kept: list[_Pair], about: str, new: Any) -> list[Any]:
        place = _place(waiting, about)
        if place is None:
            return [*waiting, new]
        both = (about, f"{waiting[place][1]}{between}{new[1]}")
        way = _at_end if at_end else _in_old_place
        return way(waiting, kept, about, both)

    return {"put": put}


_END = "The new entry goes to the end, and all others stay as they are."
_WHOLE = "A subject is compared as it is, all of it: `==`."
_LIST = "Return a list of pairs."

COALESCE_SLIPS = [
    Slip(
        "older-one-stays",
        "The older text about the same subject is still there. It leaves: a reader who "
        "is behind wants the newest alone. (`is not` lets it stay, too: what is equal "
        "may be two objects. Compare with `!=`.)",
        leaves=lambda old, about, text: False,
    ),
    Slip(
        "in-old-place",
        "The new text took the place of the old one. It goes to the end, where what is "
        "new belongs.",
        put=_in_old_place,
    ),
    Slip(
        "only-replaced",
        "A subject that does not wait yet is not added. Then nothing leaves, and the "
        "new entry still goes to the end.",
        _if_waits(_in_old_place, _as_it_was),
        **_if_waits(_at_end, _as_it_was),
    ),
    Slip(
        "old-one-kept",
        "The subject waits already, and the new text was dropped. It is the old one "
        "that leaves.",
        **_if_waits(_as_it_was, _at_end),
    ),
    Slip(
        "old-text-moved",
        "The old entry went to the end, with its old text. The new text belongs there.",
        put=_old_at_end,
    ),
    Slip(
        "new-one-missing",
        "The older entry is gone, and the new one is not there. " + _END,
        _if_waits(_kept_alone, _at_end),
        put=_kept_alone,
    ),
    Slip(
        "nothing-changed",
        "The list came back as it was. Is what you make of it what you return?",
        put=_as_it_was,
    ),
    Slip(
        "others-thrown-away",
        "What waits about other subjects is gone. Only the older text about the same "
        "subject leaves.",
        _if_waits(lambda waiting, kept, about, new: [new], _at_end),
        leaves=lambda old, about, text: True,
    ),
    Slip(
        "others-leave",
        "The wrong ones leave: those about other subjects. Is `==` where `!=` should "
        "be?",
        leaves=lambda old, about, text: old[0] != about,
    ),
    Slip(
        "in-front",
        "The new entry stands in front. The list is oldest first: append it.",
        _if_waits(
            lambda waiting, kept, about, new: [new, *kept],
            lambda waiting, kept, about, new: [*kept, new],
        ),
        put=lambda waiting, kept, about, new: [new, *kept],
    ),
    Slip(
        "texts-compared",
        "The texts were compared. What makes an entry old is its subject.",
        {"leaves": lambda old, about, text: old == (about, text)},
        leaves=lambda old, about, text: old[1] == text,
    ),
    Slip(
        "same-text-leaves",
        "An entry about another subject left, because its text was the same. Two "
        "subjects may say the same.",
        leaves=lambda old, about, text: old[0] == about or old[1] == text,
    ),
    Slip(
        "part-of-a-subject",
        f"`gold` is a part of `goldfish`, and another subject. {_WHOLE}",
        {"leaves": lambda old, about, text: old[0] in about},
        {"leaves": lambda old, about, text: old[0] in about or about in old[0]},
        {"leaves": lambda old, about, text: old[0].startswith(about)},
        {"leaves": lambda old, about, text: about.startswith(old[0])},
        {"leaves": lambda old, about, text: old[0].endswith(about)},
        {"leaves": lambda old, about, text: old[0][:1] == about[:1]},
        leaves=lambda old, about, text: about in old[0],
    ),
    Slip(
        "case-ignored",
        f"`Gold` and `gold` were taken for one subject. {_WHOLE}",
        {"pair": lambda about, text: (about.lower(), text)},
        {
            "leaves": lambda old, about, text: old[0] == about.lower(),
            "pair": lambda about, text: (about.lower(), text),
        },
        leaves=lambda old, about, text: old[0].casefold() == about.casefold(),
    ),
    Slip(
        "stripped",
        f"Blanks around a subject were taken away. {_WHOLE}",
        {
            "leaves": lambda old, about, text: old[0] == about.strip(),
            "pair": lambda about, text: (about.strip(), text),
        },
        leaves=lambda old, about, text: old[0].strip() == about.strip(),
    ),
    Slip(
        "only-the-last",
        "The older entry leaves only if it is the last one. It may wait anywhere.",
        put=_only_at(-1),
    ),
    Slip(
        "only-the-first",
        "The older entry leaves only if it is the first one. It may wait anywhere.",
        put=_only_at(0),
    ),
    Slip(
        "last-not-looked-at",
        "The last entry was not looked at. `range(n)` ends at n - 1 by itself.",
        put=_but_for(slice(-1)),
    ),
    Slip(
        "first-not-looked-at",
        "The first entry was not looked at: it has the index 0.",
        put=_but_for(slice(1, None)),
    ),
    Slip(
        "oldest-dropped",
        "The oldest entry left, whatever it was about. That is another policy: here "
        "the subject decides.",
        _if_waits(lambda w, kept, about, new: [*w[1:], new], _at_end),
        _if_waits(_at_end, lambda w, kept, about, new: [*w[1:], new]),
        put=lambda waiting, kept, about, new: [*waiting[1:], new],
    ),
    Slip(
        "skips-one",
        "The entry behind the one that left is gone as well. Whoever takes something "
        "out of a list while walking over it skips the next: make a new list.",
        put=_one_skipped,
    ),
    Slip(
        "stops-there",
        "What stood behind the old entry is gone: the loop ends there. `continue` goes "
        "on with the next one, `break` does not.",
        put=_up_to_it,
    ),
    Slip(
        "ends-after-one",
        "It ends after the first entry: the `return` stands inside the loop. Outside, "
        "it waits for the others.",
        put=lambda w, kept, about, new: [*(o for o in w[:1] if o in kept), new],
    ),
    Slip(
        "added-in-the-loop",
        "The new entry was added once for each entry that waits. Add it once, behind "
        "the loop.",
        {"put": lambda w, kept, about, new: [x for k in kept for x in (k, new)]},
        {
            "put": lambda w, kept, about, new: [
                x for o in w for x in ([] if o[0] == about else [o]) + [new]
            ]
        },
        put=lambda w, kept, about, new: [*kept, *(new for _ in w)],
    ),
    Slip(
        "added-twice",
        "The new entry is there twice: in the old one's place, and at the end.",
        _if_waits(lambda w, k, a, new: [*_in_old_place(w, k, a, new), new], _at_end),
    ),
    Slip(
        "texts-joined",
        "The new text was added to the old one. It replaces it: the old one is out of "
        "date.",
        *(
            _joined(between, at_end=at_end)
            for between in ("", " ", ", ", "\n", "; ")
            for at_end in (True, False)
        ),
    ),
    Slip(
        "wrong-way-round",
        "An entry is a subject and a text, in this order. Somewhere it is read or "
        "written the other way round.",
        {"leaves": lambda old, about, text: old[1] == about},
        {
            "leaves": lambda old, about, text: old[1] == about,
            "pair": lambda about, text: (text, about),
        },
        pair=lambda about, text: (text, about),
    ),
    Slip(
        "no-pair",
        "An entry is a pair, `(about, text)`, with round brackets.",
        {"pair": lambda about, text: [about, text]},
        {"pair": lambda about, text: {about: text}},
        {"pair": lambda about, text: f"{about}: {text}"},
        {"after": lambda pairs: [list(pair) for pair in pairs]},
        pair=lambda about, text: text,
    ),
    Slip(
        "pair-taken-apart",
        "Subject and text came into the list as two entries. `append((about, text))` "
        "adds a pair, and `+ [(about, text)]` does, too; `+=` and `extend` take it "
        "apart.",
        put=lambda waiting, kept, about, new: [*kept, *new],
    ),
    Slip("tuple-not-list", f"That is a tuple. {_LIST}", after=tuple),
    Slip(
        "dict-not-list",
        f"That is a dict. {_LIST} `list(entries.items())` makes one of it.",
        after=dict,
    ),
    Slip(
        "texts-only",
        f"The subjects are gone. {_LIST}",
        after=lambda p: [t for _, t in p],
    ),
    Slip(
        "sorted",
        "The entries were sorted. They stay in the order in which they came.",
        {"after": lambda pairs: sorted(pairs, key=lambda pair: pair[1])},
        {"after": lambda pairs: sorted(pairs, reverse=True)},
        after=sorted,
    ),
    Slip(
        "backwards",
        "The list is in the opposite order. The oldest comes first.",
        after=lambda pairs: pairs[::-1],
    ),
]
