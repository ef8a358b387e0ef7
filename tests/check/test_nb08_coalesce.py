"""Exercise 1 of notebook 08: answers in several styles, and the wrong ones by name."""

import functools
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

import pytest
from hostile import assert_named, assert_right

from wslib import check
from wslib.check.nb08_coalesce import coalesced

Queue = list[tuple[str, str]]


def with_comprehension(waiting: Queue, about: str, text: str) -> Queue:
    return [entry for entry in waiting if entry[0] != about] + [(about, text)]


def with_loop(waiting: Queue, about: str, text: str) -> Queue:
    kept = []
    for subject, old in waiting:
        if subject == about:
            continue
        kept.append((subject, old))
    kept.append((about, text))
    return kept


def with_dict(waiting: Queue, about: str, text: str) -> Queue:
    entries = dict(waiting)
    entries.pop(about, None)
    entries[about] = text
    return list(entries.items())


def with_ordered_dict(waiting: Queue, about: str, text: str) -> Queue:
    entries = OrderedDict(waiting)
    entries[about] = text
    entries.move_to_end(about)
    return [*entries.items()]


def in_place(waiting: Queue, about: str, text: str) -> Queue:
    waiting[:] = (entry for entry in waiting if entry[0] != about)
    waiting.append((about, text))
    return waiting


def removing_in_a_copy(waiting: Queue, about: str, text: str) -> Queue:
    for entry in list(waiting):
        if entry[0] == about:
            waiting.remove(entry)
    waiting += [(about, text)]
    return waiting


def with_del_and_break(waiting: Queue, about: str, text: str) -> Queue:
    for place, (subject, _) in enumerate(waiting):
        if subject == about:
            del waiting[place]
            break
    waiting.append((about, text))
    return waiting


def backwards_by_index(waiting: Queue, about: str, text: str) -> Queue:
    for place in range(len(waiting) - 1, -1, -1):
        if waiting[place][0] == about:
            waiting.pop(place)
    return [*waiting, (about, text)]


def with_filter(waiting: Queue, about: str, text: str) -> Queue:
    return list(filter(lambda entry: entry[0] != about, waiting)) + [(about, text)]


def with_match(waiting: Queue, about: str, text: str) -> Queue:
    kept: Queue = []
    for entry in waiting:
        match entry:
            case (subject, _) if subject == about:
                pass
            case _:
                kept += [entry]
    return kept + [(about, text)]


def recursive(waiting: Queue, about: str, text: str) -> Queue:
    if not waiting:
        return [(about, text)]
    first, rest = waiting[0], recursive(waiting[1:], about, text)
    return rest if first[0] == about else [first, *rest]


def with_index(waiting: Queue, about: str, text: str) -> Queue:
    subjects = [subject for subject, _ in waiting]
    if about in subjects:
        place = subjects.index(about)
        waiting = waiting[:place] + waiting[place + 1 :]
    return waiting + [(about, text)]


def with_deque(waiting: Queue, about: str, text: str) -> Queue:
    entries = deque(waiting)
    for _ in range(len(entries)):
        entry = entries.popleft()
        if entry[0] != about:
            entries.append(entry)
    entries.append((about, text))
    return list(entries)


@pytest.mark.parametrize(
    "function",
    [
        coalesced,
        with_comprehension,
        with_loop,
        with_dict,
        with_ordered_dict,
        in_place,
        removing_in_a_copy,
        with_del_and_break,
        backwards_by_index,
        with_filter,
        with_match,
        recursive,
        with_index,
        with_deque,
        lambda *args: tuple(with_loop(*args)),
        lambda *args: Kept(*args),
    ],
)
def test_every_right_way_to_coalesce_is_right(function: Any) -> None:
    assert_right(check.coalesce(function))


def append_alone(waiting: Queue, about: str, text: str) -> Any:
    waiting.append((about, text))
    return waiting


def replace_in_place(waiting: Queue, about: str, text: str) -> Any:
    for place, (subject, _) in enumerate(waiting):
        if subject == about:
            waiting[place] = (about, text)
            return waiting
    return [*waiting, (about, text)]


def with_dict_update(waiting: Queue, about: str, text: str) -> Any:
    entries = dict(waiting)
    entries[about] = text
    return list(entries.items())


def returns_none(waiting: Queue, about: str, text: str) -> Any:
    in_place(waiting, about, text)


def returns_none_and_keeps_both(waiting: Queue, about: str, text: str) -> Any:
    waiting.append((about, text))


def returns_append(waiting: Queue, about: str, text: str) -> Any:
    return [entry for entry in waiting if entry[0] != about].append((about, text))  # type: ignore[func-returns-value]


def in_a_name_of_its_own(waiting: Queue, about: str, text: str) -> Any:
    waiting = with_loop(waiting, about, text)


def walks_and_removes(waiting: Queue, about: str, text: str) -> Any:
    kept = []
    for entry in waiting:
        if entry[0] == about:
            waiting.remove(entry)
        else:
            kept.append(entry)
    return [*kept, (about, text)]


def pops_by_index(waiting: Queue, about: str, text: str) -> Any:
    for place in range(len(waiting)):
        if waiting[place][0] == about:
            waiting.pop(place)
    return [*waiting, (about, text)]


def grows(waiting: Queue, about: str, text: str) -> Any:
    for subject, old in waiting:
        waiting.append((subject, old if subject != about else text))
    return waiting or [(about, text)]


def returns_in_the_loop(waiting: Queue, about: str, text: str) -> Any:
    kept: Queue = []
    for entry in waiting:
        if entry[0] != about:
            kept.append(entry)
        return [*kept, (about, text)]
    return [(about, text)]


def pops_from_a_dict(waiting: Queue, about: str, text: str) -> Any:
    entries = dict(waiting)
    del entries[about]
    return [*entries.items(), (about, text)]


def indexes(waiting: Queue, about: str, text: str) -> Any:
    del waiting[[subject for subject, _ in waiting].index(about)]
    return [*waiting, (about, text)]


def next_without_default(waiting: Queue, about: str, text: str) -> Any:
    waiting.remove(next(entry for entry in waiting if entry[0] == about))
    return [*waiting, (about, text)]


def looks_at_the_first(waiting: Queue, about: str, text: str) -> Any:
    if waiting[0][0] == about:
        waiting.pop(0)
    return [*waiting, (about, text)]


def dict_while_walking(waiting: Queue, about: str, text: str) -> Any:
    entries = dict(waiting)
    for subject in entries:
        if subject == about:
            del entries[subject]
    return [*entries.items(), (about, text)]


def keeps_for_ever(kept: Queue, waiting: Queue, about: str, text: str) -> Any:
    kept[:] = coalesced(kept + waiting, about, text)
    return list(kept)


def adds_if_replaced(waiting: Queue, about: str, text: str) -> Any:
    for entry in waiting:
        if entry[0] == about:
            waiting.remove(entry)
            waiting.append((about, text))
            break
    return waiting


def looks_at_all_but_the_last(waiting: Queue, about: str, text: str) -> Any:
    for place in range(len(waiting) - 1):
        if waiting[place][0] == about:
            del waiting[place]
            break
    return [*waiting, (about, text)]


def adds_in_the_loop(waiting: Queue, about: str, text: str) -> Any:
    kept: Queue = []
    for entry in waiting:
        if entry[0] != about:
            kept.append(entry)
        kept.append((about, text))
    return kept


def adds_the_texts(waiting: Queue, about: str, text: str) -> Any:
    said = [old for subject, old in waiting if subject == about]
    return with_loop(waiting, about, ", ".join([*said, text]))


class Kept(list):  # type: ignore[type-arg]
    """A list that is made of what waits."""

    def __init__(self, waiting: Queue, about: str, text: str) -> None:
        super().__init__(with_loop(waiting, about, text))


def if_then(waiting: Queue, about: str, text: str) -> Any:
    if about not in dict(waiting):
        return [*waiting, (about, text)]


WRONG_COALESCE: list[tuple[Callable[..., Any], str, str]] = [
    (lambda w, a, t: [e for e in w if e[0] != a], "new-one-missing", "whatever waits"),
    (adds_if_replaced, "only-replaced", "yours  []"),
    (lambda w, a, t: with_loop(w, a, t) if w else [], "new-one-missing", "the end"),
    (lambda w, a, t: [*w[1:], (a, t)], "oldest-dropped", "another policy"),
    (lambda w, a, t: [*w[:-1], (a, t)], "others-thrown-away", "Only the older"),
    (lambda w, a, t: [e for e in w if e[0] == a] + [(a, t)], "others-leave", "`!=`"),
    (lambda w, a, t: [e for e in w if e != (a, t)] + [(a, t)], "texts-compared", ""),
    (lambda w, a, t: [e[1] for e in with_loop(w, a, t)], "texts-only", "are gone"),
    (lambda w, a, t: with_loop(w, a, t)[::-1], "backwards", "oldest comes first"),
    (lambda w, a, t: with_loop(w[::-1], a, t), "other-order", "in the middle"),
    (lambda w, a, t: w if a in dict(w) else [*w, (a, t)], "old-one-kept", "dropped"),
    (looks_at_all_but_the_last, "last-not-looked-at", "ends at n - 1"),
    (adds_in_the_loop, "added-in-the-loop", "behind the loop"),
    (adds_the_texts, "wrong-answer", "yours  [('gold', '1, 2')]"),
    (
        lambda w, a, t: [pair for pair in w if pair[0] is not a] + [(a, t)],
        "older-one-stays",
        "two objects",
    ),
    (append_alone, "older-one-stays", "gave 2 items, not 1"),
    (replace_in_place, "in-old-place", "goes to the end"),
    (with_dict_update, "in-old-place", "goes to the end"),
    (returns_none, "changed-not-returned", "it was given is that now"),
    (returns_none_and_keeps_both, "changed-not-returned", "`return` it"),
    (returns_append, "returns-nothing", "`append` and `remove`"),
    (in_a_name_of_its_own, "returns-nothing", "`return`"),
    (walks_and_removes, "skips-one", "make a new list"),
    (pops_by_index, "raises", "shorter while the loop"),
    (grows, "grows-without-end", "Make a new list"),
    (returns_in_the_loop, "ends-after-one", "inside the loop"),
    (pops_from_a_dict, "raises-if-empty", "the list is empty"),
    (indexes, "raises-if-empty", "the list is empty"),
    (looks_at_the_first, "raises-if-empty", "the list is empty"),
    (
        lambda w, a, t: indexes(w, a, t) if w else [(a, t)],
        "raises-without-an-older-one",
        "then nothing leaves",
    ),
    (next_without_default, "raises-if-empty", "StopIteration"),
    (dict_while_walking, "raises", "Make a new list"),
    (functools.partial(keeps_for_ever, []), "remembers", "earlier calls"),
    (if_then, "returns-nothing-sometimes", "On this way"),
    (lambda w, a, t: [(a, t)], "others-thrown-away", "other subjects is gone"),
    (lambda w, a, t: sorted(with_dict(w, a, t)), "sorted", "stay in the order"),
    (lambda w, a, t: dict(with_dict(w, a, t)), "dict-not-list", "`list(entries"),
    (lambda w, a, t: {**dict(w), a: t}, "dict-not-list", "a dict"),
    (lambda w, a, t: set(with_dict(w, a, t)), "wrong-type", "of type set"),
    (lambda w, a, t: iter(with_dict(w, a, t)), "wrong-type", "`list(…)` around"),
    (lambda w, a, t: deque(with_dict(w, a, t)), "wrong-type", "of type deque"),
    (lambda w, a, t: {**dict(w), a: t}.items(), "wrong-type", "of type dict_items"),
    (lambda w, a, t: str(with_dict(w, a, t)), "wrong-type", "of type str"),
    (lambda w, a, t: [(a, t)] if w else [(a, t)], "others-thrown-away", ""),
    (lambda w, a, t: [("gold", "2")], "always-the-same", "compute it"),
    (lambda w, a, t: [e for e, b in w] + [(a, t)], "wrong-answer", "comes behind"),
    (lambda w, a, t: [x for x, y, z in w] + [(a, t)], "raises", "a pair"),
    (lambda w, a, t: w + (a, t), "raises", "`+ [(about, text)]`"),
    (lambda w, a, t: w.add((a, t)), "raises", "each entry a pair"),
    (lambda w, a, t: with_dict(w, a, t)[-2:], "wrong-answer", "in the middle"),
    (lambda w, a, t: with_dict(w, a.lower(), t), "case-ignored", "`Gold`"),
    (lambda w, a, t: with_dict(w, a, t.strip()), "wrong-answer", "as it is"),
    (lambda w, a: w, "arguments", "waiting, about, text"),
    # two at a time
    (
        lambda w, a, t: [(a, t), *w],
        "older-one-stays+in-front",
        "stands in front. The oldest comes first: append it. And: ",
    ),
    (
        lambda w, a, t: [(a, t)] + [e for e in w if a not in e[0]],
        "in-front+part-of-a-subject",
        "`goldfish`",
    ),
    (
        lambda w, a, t: tuple(e for e in w if e[0].lower() != a.lower()) + ((a, t),),
        "case-ignored",
        "`Gold`",
    ),
    (
        lambda w, a, t: [*w, (t, a)],
        "older-one-stays+wrong-way-round",
        "in this order",
    ),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG_COALESCE)
def test_the_mistake_in_coalescing_is_named(
    function: Any, mistake: str, says: str, bounded: Callable[..., Any]
) -> None:
    assert_named(bounded(check.coalesce, function), mistake, says)


def test_the_evidence_of_coalescing_can_be_pasted_into_a_cell() -> None:
    verdict = check.coalesce(append_alone)
    call = "coalesce([('gold', '1')], 'gold', '2')"
    assert verdict.evidence.startswith(call)
    assert eval(call, {"coalesce": append_alone}) == [("gold", "1"), ("gold", "2")]


def test_a_limit_that_nobody_asked_for_is_not_praised() -> None:
    for most, hint in ((4, "how many may wait"), (100, "")):
        verdict = check.coalesce(lambda w, a, t, n=most: with_loop(w, a, t)[-n:])
        assert verdict.right is False and hint in verdict.hint
