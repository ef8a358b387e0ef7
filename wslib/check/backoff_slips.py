"""The right way to tell how long to wait before the next try, and the slips on it.

    try             0     1     2     3     4     5     6   ...
    at most         1     2     4     8    16    30    30   ... seconds
    wait            evenly anywhere between 0 and that

:func:`waited` does it right or, asked by a keyword, in one of the ways in which people
do it wrong: those of the table. See :mod:`wslib.check.slips`.
"""

import math
from collections.abc import Callable
from typing import Any

from wslib.check.slips import Slip

MOST = 30  # seconds

_Random = Callable[[], float]


def waited(
    attempt: int,
    random: _Random,
    *,
    power: Callable[[int], Any] = lambda n: 2**n,
    cap: Callable[[Any], Any] = lambda most: min(MOST, most),
    part: Callable[[_Random, Any], Any] = lambda random, most: random() * most,
    after: Callable[[Any], Any] = lambda seconds: seconds,
) -> Any:
    """Return how long to wait before a try, in seconds.

    Args:
        attempt: The number of the try, from 0.
        random: Gives a number from 0 up to, but not, 1.
        power: From the number of the try to the longest wait.
        cap: Limits that.
        part: Takes a random part of it.
        after: What becomes of it at the end.
    """
    return after(part(random, cap(power(attempt))))


def _uncapped(most: Any) -> Any:
    return most


def _capped(seconds: Any) -> Any:
    return min(MOST, seconds)


def _on_top(random: _Random, most: Any) -> Any:
    return most + random()


def _on_top_capped(random: _Random, most: Any) -> Any:
    return _capped(most + random())


def _upper_half(random: _Random, most: Any) -> Any:
    return most / 2 + random() * most / 2


def _second(random: _Random, most: Any) -> Any:
    random()
    return random() * most


def _one_too_many(random: _Random, most: Any) -> Any:
    seconds = random() * most
    random()
    return seconds


def _ignored(random: _Random, most: Any) -> Any:
    random()
    return most


def _unless_first(n: int) -> Any:
    return 2**n if n else 0


def _powers(*ways: Callable[[int], Any]) -> list[dict[str, Any]]:
    return [{"power": way} for way in ways]


_EVENLY = "Asked for is a time evenly between 0 and the whole: `random() * whole`."

BACKOFF_SLIPS = [
    Slip(
        "no-cap",
        "Nothing stops it from growing: try 10 may wait a quarter of an hour. At most "
        "30 seconds.",
        cap=_uncapped,
    ),
    Slip(
        "no-randomness",
        "There is no chance in it. A thousand clients that lost the same server would "
        "all come back in the same moment, again and again.",
        {"part": _ignored},
        part=lambda random, most: most,
    ),
    Slip(
        "jitter-on-top",
        "The random part was added on top, so that all come back within the same "
        f"second. {_EVENLY}",
        {"part": _on_top_capped},
        {"part": _on_top_capped, "cap": _uncapped},
        {"part": lambda random, most: most - random()},
        part=_on_top,
    ),
    Slip(
        "half-jitter",
        "That waits between half of the time and all of it: known as equal jitter, and "
        f"in use. It is not what was asked here. {_EVENLY}",
        {"part": lambda random, most: most * (1 - random() / 2)},
        part=_upper_half,
    ),
    Slip(
        "half-the-time",
        "That is never more than half of the time. Between 0 and all of it was asked.",
        part=lambda random, most: random() * most / 2,
    ),
    Slip(
        "jitter-around",
        f"That lies around the whole time, and not between 0 and it. {_EVENLY}",
        {"part": lambda random, most: most * (1 + random())},
        {"part": lambda random, most: most * (1 + random() / 10)},
        {"part": lambda random, most: most * (0.9 + random() / 5)},
        {"part": lambda random, most: _capped(most * (0.5 + random()))},
        {"part": lambda random, most: _capped(most * (1 + random()))},
        part=lambda random, most: most * (0.5 + random()),
    ),
    Slip(
        "at-least-1",
        "It never waits less than a second. Between 0 and the whole time was asked.",
        {"part": lambda random, most: 1 + random() * (most - 1)},
        {"part": lambda random, most: 1 + random() * most},
        part=lambda random, most: max(1, random() * most),
    ),
    Slip(
        "below-0",
        "It may be less than 0, and nobody can wait for that.",
        part=lambda random, most: (2 * random() - 1) * most,
    ),
    Slip(
        "cap-after-random",
        "The limit of 30 was put on what chance had given. Of the late tries, most "
        "then wait 30 seconds sharp, all together. Limit first, then take a part.",
        cap=_uncapped,
        part=lambda random, most: _capped(random() * most),
    ),
    Slip(
        "xor",
        "`^` is no power in Python: it compares bits. `2 ** attempt`.",
        *_powers(lambda n: 2 ^ n),
    ),
    Slip(
        "linear",
        "The time grows by the same each time. It should double: `2 ** attempt`.",
        *_powers(lambda n: 2 * n, lambda n: n, lambda n: n + 1, lambda n: 2 * (n + 1)),
    ),
    Slip(
        "squared",
        "The number of the try was squared. The time should double with each try: the "
        "number belongs into the exponent, `2 ** attempt`.",
        *_powers(lambda n: n**2, lambda n: (n + 1) ** 2),
    ),
    Slip(
        "one-too-late",
        "The time is that of the next try. The first try is number 0, and 2 ** 0 is 1.",
        *_powers(lambda n: 2 ** (n + 1)),
    ),
    Slip(
        "one-too-early",
        "The time is that of the try before. The first try is number 0, and "
        "2 ** 0 is 1.",
        *_powers(
            lambda n: 2 ** (n - 1) if n else 0.5,
            lambda n: 2 ** max(0, n - 1),
            lambda n: 2 ** (n - 1) if n else 0,
        ),
    ),
    Slip(
        "less-one",
        "2 to the power of the try, and not 1 less: try 0 would never wait.",
        *_powers(lambda n: 2**n - 1),
    ),
    Slip(
        "added-up",
        "The times of all tries were added up. Each try has its own.",
        *_powers(lambda n: 2 ** (n + 1) - 1),
    ),
    Slip(
        "first-not-random",
        "The first try has no wait at all. If a thousand clients lose the same server, "
        "their first tries all come in one moment.",
        {
            "power": _unless_first,
            "part": lambda random, most: random() * most if most else 0,
        },
        power=_unless_first,
    ),
    Slip(
        "attempt-unused",
        "The number of the try plays no part in it. The time doubles with each try.",
        *({"power": lambda n, most=most: most} for most in (1, 2, 15)),
        power=lambda n: 30,
    ),
    Slip(
        "other-base",
        "It grows, but does not double: the base is 2.",
        *_powers(
            lambda n: 10**n,
            lambda n: math.exp(n),
            lambda n: math.e**n,
            lambda n: 3**n,
            lambda n: 1.5**n,
            lambda n: 4**n,
        ),
    ),
    Slip(
        "cap-on-attempt",
        "The limit was put on the number of the try. It is for the seconds: "
        "`min(30, 2 ** attempt)`.",
        power=lambda n: 2 ** min(30, n),
        cap=_uncapped,
    ),
    Slip(
        "max-not-min",
        "`max` takes the larger of the two, 30 seconds at least. `min` takes the "
        "smaller.",
        cap=lambda most: max(MOST, most),
    ),
    Slip(
        "other-cap",
        "The limit is 30 seconds, neither more nor less.",
        *(
            {"cap": lambda most, limit=limit: min(limit, most)}
            for limit in (16, 29, 31, 32, 20, 60, 64, 10, 300, 3600)
        ),
        *(
            {"cap": lambda most, limit=limit: most if most < 30 else limit}
            for limit in (16, 32)
        ),
    ),
    Slip(
        "begins-again",
        "After the longest wait it begins with a short one again. Late tries all have "
        "the limit, 30.",
        {"cap": lambda most: most if most <= MOST else 1},
        {"cap": lambda most: most % MOST},
        cap=lambda most: most if most <= MOST else 0,
    ),
    Slip(
        "called-twice",
        "`random` was called twice. Call it once, and keep what it gave in a variable.",
        {"part": _one_too_many},
        {"part": lambda random, most: random() * random() * most},
        part=_second,
    ),
    Slip(
        "whole-seconds",
        "It was rounded. Whole seconds bring many back in the same one: leave the "
        "fraction.",
        {"after": round},
        {"after": math.ceil},
        {"after": lambda seconds: round(seconds, 1)},
        {"after": lambda seconds: round(seconds, 2)},
        {"part": lambda random, most: int(random()) * most},
        {"part": lambda random, most: round(random()) * most},
        after=int,
    ),
    Slip(
        "milliseconds",
        "Those are milliseconds. Asked for are seconds.",
        {"after": lambda seconds: round(seconds * 1000)},
        {"after": lambda seconds: seconds / 1000},
        after=lambda seconds: seconds * 1000,
    ),
    Slip(
        "part-to-the-power",
        "The random part itself was raised to the power: `random()` belongs outside, "
        "`random() * min(30, 2 ** attempt)`.",
        {"power": lambda n: n, "cap": _uncapped, "part": lambda r, n: (2 * r()) ** n},
        power=lambda n: n,
        cap=_uncapped,
        part=lambda random, n: min(MOST, (2 * random()) ** n),
    ),
    Slip(
        "text-not-number",
        "That is text. Return the number alone: whoever calls will wait for so long.",
        {"after": lambda seconds: f"{seconds} s"},
        {"after": lambda seconds: f"{seconds} seconds"},
        after=str,
    ),
    Slip(
        "overflow",
        "For a very late try the power does not fit into a float. With whole numbers, "
        "`2 ** attempt`, there is no limit.",
        {"cap": lambda most: min(MOST, float(most))},
        power=lambda n: 2.0**n,
    ),
]
