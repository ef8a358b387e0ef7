"""Exercise 2 of notebook 01: when do polling and WebSocket cost the same?"""

import contextlib
import math
import random
from collections.abc import Callable
from decimal import Decimal
from numbers import Real
from typing import Any

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Mistake

Formula = Callable[[float], float]


def way(
    opening: float,
    keepalive: float,
    push: float,
    poll: float,
    *,
    pings: float = 180,
    first: Formula = lambda opening: opening,
    saves: Callable[[float, float], float] = lambda push, poll: poll - push,
    divide: Callable[[float, float], float] = lambda fixed, saved: fixed / saved,
    finish: Formula = lambda changes: changes,
) -> float:
    """Divide what an hour costs in any case by what one change saves."""
    fixed = first(opening) + pings * keepalive
    return round(float(finish(divide(fixed, saves(push, poll)))), 6)


# fmt: off
_MISTAKES = [
    Mistake("no-keepalive", "The keep-alive is missing: it costs all hour long.",
        pings=0, first=lambda opening: opening),  # never without both: that is 0
    Mistake("one-keepalive", "You pay for one keep-alive. In an hour there is one "
        "every 20 seconds.", pings=1),
    Mistake("keepalive-per-minute", "You pay for the keep-alives of one minute. The "
        "page is open for an hour.", pings=3),
    Mistake("keepalive-twenty-times", "You multiply by 20. That is the time from one "
        "to the next: how many fit into an hour?", pings=20),
    Mistake("keepalive-every-minute", "You send one a minute. It is one every 20 "
        "seconds.", pings=60),
    Mistake("keepalive-every-second", "You send one a second. It is one every 20 "
        "seconds.", pings=3600),
    Mistake("keepalive-twice", "You count each keep-alive twice. `keepalive` is the "
        "Ping and its Pong.", pings=360),
    Mistake("keepalive-miscounted", "Count again: how often do 20 seconds fit into "
        "3600?", {"pings": 179}, pings=181),
    Mistake("no-opening", "The opening is missing: a WebSocket pays for its handshake "
        "first.", first=lambda opening: 0),
    Mistake("opening-subtracted", "The opening is a cost of the WebSocket, like the "
        "keep-alive: same sign.", {"pings": -180}, first=lambda opening: -opening),
    Mistake("opening-every-time", "You pay for the opening with every keep-alive. It "
        "is paid once in the hour.",
        {"first": lambda opening: 180 * opening, "pings": 1},
        first=lambda opening: 180 * opening),
    # With other costs, the right way gives what comes of it.
    Mistake("no-brackets", "`*` and `/` come before `+` and `-`. Put what is divided "
        "into brackets, and what it is divided by as well.",
        {"call": lambda o, k, push, poll: (o - push * poll, k, 0, poll)},
        {"call": lambda o, k, push, poll: ((o - push) * poll, k, 0, poll)},
        call=lambda o, k, push, poll: (o * (poll - push), k, push, poll)),
    Mistake("push-on-the-wrong-side", "Every term with an x belongs on one side: x "
        "polls, less x pushes, and not one push, are as much as the fixed cost.",
        {"call": lambda o, k, push, poll: (o + push, k, push, poll)},
        {"call": lambda o, k, push, poll: (o - push, k, 0, poll)},
        call=lambda o, k, push, poll: (o + push, k, 0, poll)),
    Mistake("push-forgotten", "You divide by a whole poll. A change is not free over "
        "WebSocket either: each one saves a poll, less a push.",
        saves=lambda push, poll: poll),
    Mistake("push-added", "You divide by poll plus push. What a change saves is the "
        "difference.", saves=lambda push, poll: poll + push),
    Mistake("push-for-poll", "You divide by a push. What a change saves is a poll, "
        "less a push.", saves=lambda push, poll: push),
    Mistake("sign", "The sign is the wrong way round: a poll costs more.",
        saves=lambda push, poll: push - poll),
    Mistake("upside-down", "It is upside down: the fixed cost, divided by what one "
        "change saves.", divide=lambda fixed, saved: saved / fixed),
    Mistake("not-divided", "These are the fixed bytes of an hour. How many changes "
        "save as much?", divide=lambda fixed, saved: fixed),
    Mistake("rounded-down", "You cut off what is behind the point (`//` or int). "
        "Return it as it is.", finish=math.floor),
    Mistake("counted-up", "That is the first whole number at which polling costs more, "
        "as `count_up` finds it. Asked for is where both cost the same, between two of "
        "them or not.", finish=lambda x: math.floor(x) + 1),
    Mistake("rounded-up", "You round up. Return it as it is.", finish=math.ceil),
    Mistake("rounded", "You round it. Return it as it is.", {"finish": round},
        *({"finish": lambda x, n=n: round(x, n)} for n in (1, 2, 3))),
    Mistake("seconds-between", "These are the seconds from one change to the next; "
        "asked for is how many come in an hour.", finish=lambda x: 3600 / x),
    *(Mistake(f"per-{unit}", f"This is per {unit}; asked for is per hour.",
        finish=lambda x, n=n: x / n) for unit, n in (("minute", 60), ("second", 3600))),
    Mistake("bits", "There is a factor of 8 too much: everything here is in bytes, not "
        "bits.", finish=lambda x: x * 8),
]
# fmt: on


def _rounded(value: Any, due: float) -> Any:
    """Return any real number as a float, without the noise of its last bits."""
    if isinstance(value, tuple):  # a comma too many
        return tuple(_rounded(each, due) for each in value)
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            return str(_rounded(float(value), due))
    if isinstance(value, bool) or not isinstance(value, Real | Decimal):
        return value
    try:
        return due if abs(float(value) - due) < 1e-6 else round(float(value), 6)
    except OverflowError:  # an int beyond any float
        return math.inf


def _closer(call: Call, given: Any) -> str:
    """Say what to do about a number that is close, but never less than the answer."""
    if type(given) is float and 0 < given - call.expected <= 1:
        return (
            "Close, and too much: were steps counted until it was enough? A formula "
            "finds the place between two of them."
        )
    return ""


def _sampled(chance: random.Random) -> tuple[int, int, int, int]:
    """Return four costs; a poll costs more than a push."""
    push = chance.randint(1, 200)
    opening = chance.choice([0, chance.randint(1, 9), chance.randint(10, 900)])
    keepalive = chance.choice([0, 1, chance.randint(2, 200)])
    return opening, keepalive, push, push + chance.randint(1, 700)


# fmt: off
_CASES = [
    Case(100, 0, 10, 60, hint="No keep-alive here. A change costs 60 by polling and 10 "
        "by a push: how many changes does it take until the opening, 100, is saved?"),
    Case(0, 1, 10, 70, hint="Only keep-alive here, one byte every 20 seconds for an "
        "hour; a change saves 60. How many changes pay for that?"),
    Case(200, 8, 30, 230, hint="Everything together, in round numbers."),
    Case(689, 8, 32, 653, hint="All four, near the numbers of this notebook."),
    Case(331, 164, 136, 390, hint="All four, with small headers and TCP/IP."),
]
# fmt: on

break_even = Compared(
    "break_even",
    "`break_even(opening, keepalive, push, poll) -> float`. Exercise 2 of notebook 01.",
    takes=["opening", "keepalive", "push", "poll"],
    way=way,
    cases=_CASES,
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="break_even(200, 8, 30, 230) is 8.2; 4 more fit, and 200 at random.",
    plain=_rounded,
    closer=_closer,
)
