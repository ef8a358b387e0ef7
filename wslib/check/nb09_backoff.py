"""Exercise 1 of notebook 09: how long to wait before the next try.

At most 1, 2, 4, 8, 16, 30, 30 ... seconds; evenly anywhere between 0 and that.
"""

import contextlib
import functools
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import CodeType
from typing import Any, NamedTuple

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.fit import misfit
from wslib.check.mistakes import Change, Mistake
from wslib.check.sandbox import Outcome, named, quiet
from wslib.check.verdict import Found, Verdict, brief
from wslib.check.words import TWICE

Random = Callable[[], float]


class Drawn(NamedTuple):
    """A wait for which ``random`` was not called just once."""

    seconds: float
    calls: int


def waited(
    attempt: int,
    random: Random | float,
    *,
    power: Callable[[int], Any] = lambda n: 2**n,
    cap: Callable[[Any], Any] = lambda most: min(30, most),
    part: Callable[[Random, Any], Any] = lambda random, most: random() * most,
    after: Callable[[Any], Any] = lambda seconds: seconds,
) -> Any:
    """Return how long to wait before a try; random may be what it gives."""

    def wait(random: Random) -> Any:
        return after(part(random, cap(power(attempt))))

    return wait(random) if callable(random) else _drawn(random, wait)


def _drawn(given: float, wait: Callable[[Random], Any]) -> Any:
    """Return a wait without its last digits, given a random that gives this at first.

    That it was called more often than once, or never, is a part of the answer.
    """
    random, calls = _random(given)
    calls.clear()
    value = wait(random)
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    with contextlib.suppress(OverflowError):
        value = round(float(value), 9)
    return value if len(calls) == 1 else Drawn(value, len(calls))


@functools.cache  # whoever keeps what it has made of a random is given the same again
def _random(given: float) -> tuple[Random, list[float]]:
    """Return a random that gives this at first, and the list of what it has given."""
    calls: list[float] = []

    def random() -> float:
        calls.append((0.625, 0.375)[len(calls) % 2] if calls else given)
        return calls[-1]

    random.__qualname__ = "random"  # as it is called in an exception
    return random, calls


_EVENLY = "Asked for is a time evenly between 0 and the whole: `random() * whole`."
_NO_CAP: Change = {"cap": lambda most: most}
_LATE = _NO_CAP | {"part": lambda r, most: min(30, r() * most)}
_ON_TOP: Change = {"part": lambda r, most: min(30, most + r())}
_NOT_FIRST: Change = {"power": lambda n: 2**n if n else 0}

# A table: its rows are filled to the width.
# fmt: off
_MISTAKES = [
    Mistake("no-cap", "Nothing stops it from growing: try 10 may wait a quarter of an "
        "hour. At most 30 seconds.", _NO_CAP),
    Mistake("no-randomness", "There is no chance in it. A thousand clients that lost "
        "the same server would all come back in the same moment, again and again.",
        {"part": lambda r, most: [r(), most][1]}, part=lambda r, most: most),
    Mistake("jitter-on-top", "The random part was added on top, so that all come back "
        f"within the same second. {_EVENLY}", _ON_TOP, _ON_TOP | _NO_CAP,
        {"part": lambda r, most: most - r()}, part=lambda r, most: most + r()),
    Mistake("half-jitter", "That waits between half of the time and all of it: known "
        f"as equal jitter, and in use. It is not what was asked here. {_EVENLY}",
        {"part": lambda r, most: most * (1 - r() / 2)},
        part=lambda r, most: most / 2 + r() * most / 2),
    Mistake("half-the-time", "That is never more than half of the time. Between 0 and "
        "all of it was asked.", part=lambda r, most: r() * most / 2),
    Mistake("jitter-around", "That lies around the whole time, and not between 0 and "
        f"it. {_EVENLY}", {"part": lambda r, most: most * (1 + r())},
        {"part": lambda r, most: most * (1 + r() / 10)},
        {"part": lambda r, most: most * (0.9 + r() / 5)},
        {"part": lambda r, most: min(30, most * (0.5 + r()))},
        {"part": lambda r, most: min(30, most * (1 + r()))},
        part=lambda r, most: most * (0.5 + r())),
    Mistake("at-least-1", "It never waits less than a second. Between 0 and the whole "
        "time was asked.", {"part": lambda r, most: 1 + r() * (most - 1)},
        {"part": lambda r, most: 1 + r() * most},
        part=lambda r, most: max(1, r() * most)),
    Mistake("cap-after-random", "The limit of 30 was put on what chance had given. Of "
        "the late tries, most then wait 30 seconds sharp, all together. Limit first, "
        "then take a part.", _LATE, _LATE | {"power": lambda n: 2.0 ** min(n, 100)}),
    Mistake("xor", "`^` is no power in Python: it compares bits. `2 ** attempt`.",
        power=lambda n: 2 ^ n),
    Mistake("linear", "The time grows by the same each time. It should double: `2 ** "
        "attempt`.", {"power": lambda n: n}, {"power": lambda n: n + 1},
        {"power": lambda n: 2 * (n + 1)}, power=lambda n: 2 * n),
    Mistake("squared", "The number of the try was squared. The time should double with "
        "each try: the number belongs into the exponent, `2 ** attempt`.",
        {"power": lambda n: (n + 1) ** 2}, power=lambda n: n**2),
    Mistake("one-too-late", "The time is that of the next try. The first try is number "
        "0, and 2 ** 0 is 1.", power=lambda n: 2 ** (n + 1)),
    Mistake("one-too-early", "The time is that of the try before. The first try is "
        "number 0, and 2 ** 0 is 1.", {"power": lambda n: 2 ** max(0, n - 1)},
        {"power": lambda n: 2 ** (n - 1) if n else 0},
        power=lambda n: 2 ** (n - 1) if n else 0.5),
    Mistake("less-one", "2 to the power of the try, and not 1 less: try 0 would never "
        "wait.", {"cap": lambda most: min(30, most) - 1}, power=lambda n: 2**n - 1),
    Mistake("first-not-random", "The first try has no wait at all. If a thousand "
        "clients lose the same server, their first tries all come in one moment.",
        _NOT_FIRST | {"part": lambda r, most: r() * most if most else 0}, _NOT_FIRST),
    Mistake("attempt-unused", "The number of the try plays no part. The time doubles "
        "with each.", *({"power": lambda n, most=most: most} for most in (1, 2, 15)),
        power=lambda n: 30),
    Mistake("other-base", "It does not double: the base is 2.", {"power": math.exp},
        *({"power": lambda n, base=base: base**n} for base in (10, 3, 1.5, 4))),
    Mistake("cap-on-attempt", "The limit was put on the try. It is for the seconds: "
        "`min(30, 2 ** attempt)`.", _NO_CAP | {"power": lambda n: 2 ** min(30, n)}),
    Mistake("max-not-min", "`max` takes the larger of the two, 30 seconds at least. "
        "`min` takes the smaller.", cap=lambda most: max(30, most)),
    Mistake("other-cap", "The limit is 30 seconds, neither more nor less.",
        *({"cap": lambda most, limit=limit: min(limit, most)}
          for limit in (10, 16, 20, 29, 31, 32, 60, 64, 300, 3600))),
    Mistake("begins-again", "After the longest wait comes a short one again. Late "
        "tries all have the limit, 30.",
        {"cap": lambda most: most if most <= 30 else 1},
        {"cap": lambda most: most % 30}, cap=lambda most: most if most <= 30 else 0),
    Mistake("called-twice", "`random` was called twice. Call it once, and keep what it "
        "gave in a variable.", {"part": lambda r, most: r() * r() * most},
        {"part": lambda r, most: [r(), r()][0] * most},
        part=lambda r, most: [r(), r()][1] * most),
    Mistake("whole-seconds", "It was rounded. Whole seconds bring many back in the "
        "same one: leave the fraction.", {"after": round}, {"after": math.ceil},
        {"after": lambda s: round(s, 1)}, {"after": lambda s: round(s, 2)},
        {"part": lambda r, most: int(r()) * most},
        {"part": lambda r, most: round(r()) * most}, after=int),
    Mistake("milliseconds", "Those are milliseconds. Asked for are seconds.",
        {"after": lambda s: s / 1000}, after=lambda s: s * 1000),
    Mistake("text-not-number", "That is text. Return the number alone: whoever calls "
        "will wait for so long.", {"after": lambda s: f"{s} s"},
        {"after": lambda s: f"{s} seconds"}, after=str),
    Mistake("overflow", "For a very late try the power does not fit into a float. With "
        "whole numbers, `2 ** attempt`, there is no limit.", power=lambda n: 2.0**n),
]
# fmt: on

_TRIES = [(0, 0.25), (1, 0.25), (2, 0.875), (3, 0.25), (4, 0.75), (5, 0.5), (5, 0.875)]
_TRIES += [(6, 0.25), (10, 0.75), (3, 0.0), (0, 0.875), (100, 0.5), (5000, 0.5)]


def _sampled(chance: random.Random) -> tuple[int, float]:
    """Return the number of a try, and what random gives."""
    late = [11, 12, 20, 29, 30, 31, 32, 60, 63, 64, 99, 1000, 1023, 1024, 4999, 5000]
    return chance.choice([*range(11), chance.choice(late)]), chance.randrange(8) / 8


def _fits(answer: Any) -> Verdict | None:
    """Return the verdict on what waits itself: nobody can stop it once it sleeps."""
    known, names = getattr(answer, "__globals__", {}), _names(answer)
    names |= {name for each in list(names) for name in _names(known.get(each))}
    waits = sorted(names & {"sleep", "monotonic", "perf_counter"})
    if not waits:
        return misfit("backoff", answer, ["attempt", "random"])
    return backoff.wrong(
        "waits-itself",
        f"It calls `{waits[-1]}`, and so whoever calls it has to wait.",
        "Return the number of seconds. To wait for so long is up to the caller, who "
        "may have something else to do in the meantime.",
    )


def _names(function: Any) -> set[str]:
    """Return the names that a function uses, with those of the functions inside it."""
    codes, names = [getattr(function, "__code__", None)], set[str]()
    for code in codes:
        if isinstance(code, CodeType):
            names.update(code.co_names)
            codes.extend(code.co_consts)
    return names


def _show(attempt: int, given: float) -> str:
    return f"backoff({attempt}, lambda: {given})"


_CALL_IT = "`random` without brackets is the function itself. Call it: `random()`."


def _alone(answer: Any, call: Call, outcome: Outcome) -> Found | None:
    """Return the verdict on one wrong wait by itself."""
    if outcome.timed_out or outcome.error is not None or outcome.value is None:
        return None
    given = outcome.value
    seconds, calls = given if isinstance(given, Drawn) else (given, 1)
    number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    long = number and abs(seconds) >= 10**15
    said = "a number of more than 15 digits" if long else brief(seconds)
    evidence = f"{_show(*call.arguments)} gave {said}; the answer is {call.expected}."
    if seconds is _random(call.arguments[1])[0]:
        name, hint = "random-not-called", _CALL_IT
    elif not number:
        name, hint = "wrong-type", "The answer is a number, of seconds; this is of "
        hint += f"type {type(seconds).__name__}."
    elif calls != 1:
        often = {0: "never called", 2: "called twice"}
        evidence += f" `random` was {often.get(calls, f'called {calls} times')}."
        name = "random-not-once" if calls else "random-unused"
        hint = "Call `random()` once for each wait; keep what it gave in a variable."
    else:
        name, hint = "wrong-answer", "Take it in two steps: how long at most, `min(30, "
        hint += "2 ** attempt)`, and then a random part of that."
    return name, evidence, hint


# What people run into: the exception, words in it, the mistake, a hint.
# fmt: off
_RAISED: list[tuple[type[Exception], str, str, str]] = [
    (AttributeError, "'function'", "random-is-the-argument", "In here, `random` is the "
        "argument, which is a function, and not the module of that name. Call it: "
        "`random()`."),
    (TypeError, "random()", "random-given-arguments", "`random()` takes nothing, and "
        "gives a number from 0 up to 1. Multiply it."),
    (TypeError, "function", "random-not-called", _CALL_IT),
    (OverflowError, "", "overflow", "Very late tries come, too, when a server is away "
        "for a day: limit the time before it gets that large."),
    (RecursionError, "", "too-deep", "It calls itself once for each try, and Python "
        "allows about 1,000. A power needs no recursion."),
]
# fmt: on


def _closer(call: Call, given: Any) -> str | Found:
    """Return a name and a hint for an exception that people run into here."""
    for kind, words, name, hint in _RAISED:
        if isinstance(given, kind) and words in named(given):
            return name, "", hint
    return ""


def _unexplained(
    answer: Any, calls: Sequence[Call], seen: Sequence[Outcome]
) -> Verdict | Found | None:
    """Praise 1 - random(), which is spread as evenly; say where else the time is."""
    asked = list(zip(calls, seen, strict=False))
    wrong = [(c, o) for c, o in asked if not backoff.fulfils(o, c)]
    call, outcome = wrong[0]
    attempt = call.arguments[0]
    with quiet():
        if backoff.accepts(lambda attempt, r: answer(attempt, lambda: 1 - r())):
            return backoff.right(backoff.praise.format(cases=len(_TRIES)))
        if seen[-1].timed_out or outcome.error is not None:
            return None
        again = [backoff.ask(answer, call, 0.5).value for _ in range(20)]
        tries = [(attempt, given) for given in (0.0, 0.25, 0.5, 0.75)]
        same_try = [replace(call, arguments=each) for each in tries]
        waits = [backoff.ask(answer, each, 0.5).value for each in same_try]
    numbers = [brief(v) for v in again if isinstance(v, float | Drawn)]
    if len(set(numbers)) < 2:
        later = call != calls[0] and calls[0] in [c for c, _ in wrong]
        if later or (numbers and numbers[0] != brief(outcome.value)):
            return "not-the-same-twice", "", TWICE
        return _length_or_part(attempt, waits)
    hint = "There is chance in it that is not the argument's. Use `random()` alone: "
    hint += "then whoever calls decides, and a test can know the answer."
    said = f"{_show(*call.arguments)} gives something else each time."
    return "another-random", said, hint


def _length_or_part(attempt: int, waits: Sequence[Any]) -> Found | None:
    """Say whether it is the longest wait that is wrong, or the part of it."""
    if any(type(w) not in (int, float) or not abs(w) < 10**15 for w in waits):
        return None
    most, longest = 2 * waits[2], min(30, 2**attempt)
    if all(math.isclose(4 * w, n * most) for n, w in enumerate(waits)):
        hint = f"For try {attempt} it is a random part of {most:g}, and the longest "
        hint += f"wait is `min(30, 2 ** {attempt})`, {longest}."
        return "other-longest", "", hint
    hint = f"{_EVENLY} Here, for try {attempt}, 0 makes {waits[0]:g} and 0.75 makes "
    hint += f"{waits[3]:g} seconds; it should be 0 and {0.75 * longest:g}."
    return "other-part", "", hint


backoff: Compared = Compared(
    "backoff",
    "`backoff(attempt, random) -> float`, the wait before a try. Exercise 1 of "
    "notebook 09.",
    takes=["attempt", "random"],
    way=waited,
    cases=[Case(attempt, given) for attempt, given in _TRIES],
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="{cases} tries, each once with a `random` that is known beforehand; try "
    "5,000 waits no longer than try 5.",
    fits=_fits,
    run=lambda log, answer, attempt, given: _drawn(
        given, lambda random: answer(attempt, random)
    ),
    show=_show,
    alone=_alone,
    closer=_closer,
    unexplained=_unexplained,
)
