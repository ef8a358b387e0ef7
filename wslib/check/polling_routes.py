"""The right way and the wrong turns through the exercises of notebook 01.

POLLS leads from a match to a number of polls, EVEN from four costs to the rate at which
two of them are equal. ``attempt.find_route`` looks along both for the turns that a
student took.
"""

import contextlib
import math
import numbers
from collections.abc import Sequence
from typing import Any

from wslib.check.attempt import Turn


def follow(steps: Sequence[Sequence[Turn]], value: Any) -> Any:
    """Take the right turn at every step."""
    for turns in steps:
        value = turns[0].apply(value)
    return value


# --- wasted_polls: which match, when are the polls, which bring news, what is returned

# The match that notebook 01 calls MATCH: its changes, and its seconds.
MATCH = ((6.5, 9.5, 17.5, 18.5, 52.5), 60)
_NOT_MATCH = "A match has to come in through the arguments: leave MATCH out of it."

_Asked = tuple[
    Sequence[float], int, Sequence[int]
]  # the changes, the interval, the polls


def _brings_news(changes: Sequence[float], interval: int, poll: int) -> bool:
    return any(poll - interval < change <= poll for change in changes)


def _judged(asked: _Asked) -> tuple[int, int]:
    """Return how many polls there are, and how many of them bring news."""
    changes, interval, polls = asked
    return len(polls), sum(_brings_news(changes, interval, poll) for poll in polls)


def by_hand(changes: Sequence[float], interval: int, seconds: int) -> str:
    """Go through a match poll by poll."""
    polls = range(interval, seconds + 1, interval)
    if not polls:
        return f"The first poll would be at {interval}, after the end: there is none."
    news = [str(poll) for poll in polls if _brings_news(changes, interval, poll)]
    said = f"Poll by poll: the page asks at {', '.join(map(str, polls))}"
    return f"{said}, and hears news at {', '.join(news) or 'none of them'}."


POLLS = [
    [
        Turn("", lambda m: m),
        Turn(
            "changes-of-the-notebook",
            lambda m: (MATCH[0], m[1], m[2]),
            f"You count in the goals of the notebook's MATCH, not in `changes`. "
            f"{_NOT_MATCH}",
        ),
        Turn(
            "seconds-of-the-notebook",
            lambda m: (m[0], m[1], MATCH[1]),
            f"You poll for {MATCH[1]} s, the length of the notebook's MATCH, not for "
            f"`seconds`. {_NOT_MATCH}",
        ),
        Turn(
            "match-of-the-notebook",
            lambda m: (MATCH[0], m[1], MATCH[1]),
            f"You use neither `changes` nor `seconds`, but the notebook's MATCH. "
            f"{_NOT_MATCH}",
        ),
    ],
    [
        Turn("", lambda m: (m[0], m[1], range(m[1], m[2] + 1, m[1]))),
        Turn(
            "poll-at-zero",
            lambda m: (m[0], m[1], range(0, m[2] + 1, m[1])),
            "You count a poll at second 0. The page has just been loaded, and knows "
            "the score: the first poll is one interval later.",
        ),
        Turn(
            "last-poll-missing",
            lambda m: (m[0], m[1], range(m[1], m[2], m[1])),
            "The poll at the very end is missing. Python's range stops before its "
            "second argument.",
        ),
        Turn(
            "interval-ignored",
            lambda m: (m[0], 1, range(1, m[2] + 1)),
            "You poll every second. The page asks every `interval` seconds.",
        ),
    ],
    [
        Turn("", _judged),
        Turn(
            "one-poll-per-change",
            lambda a: (len(a[2]), len(a[0])),
            "You subtract the number of changes. One poll can bring the news of two "
            "changes, and a change after the last poll reaches no poll.",
        ),
        Turn(
            "one-poll-per-change-seen",
            lambda a: (len(a[2]), sum(c <= max(a[2], default=0) for c in a[0])),
            "You subtract one poll for every change. When two changes fall between "
            "two polls, one poll brings both.",
        ),
        Turn(
            "never-seen",
            lambda a: (len(a[2]), len({math.ceil(c / a[1]) for c in a[0]})),
            "A change after the last poll is counted as if a poll had brought it. No "
            "poll did: the match was over.",
        ),
        Turn(
            "looks-back-one-second",
            lambda a: (len(a[2]), sum(_brings_news(a[0], 1, p) for p in a[2])),
            "You look back one second from each poll. A poll brings everything since "
            "the poll before it, which is one interval ago.",
        ),
        Turn(
            "looks-ahead",
            lambda a: (
                len(a[2]),
                sum(_brings_news(a[0], a[1], p + a[1]) for p in a[2]),
            ),
            "You look forward from each poll, at the interval that follows. A poll "
            "brings what has happened since the poll before it.",
        ),
        Turn(
            "old-news",
            lambda a: (len(a[2]), sum(any(c <= p for c in a[0]) for p in a[2])),
            "From the first change on you count every poll as news. It is news once: "
            "compare with what the page knew after the poll before.",
        ),
    ],
    [
        Turn("", lambda j: j[0] - j[1]),
        Turn("useful-polls", lambda j: j[1], "These are the polls that brought news."),
        Turn(
            "all-polls",
            lambda j: j[0],
            "These are all the polls. Take away those that brought news.",
        ),
        Turn(
            "share",
            lambda j: (j[0] - j[1]) / j[0] if j[0] else 0,
            "This is the share of the polls that was wasted; asked for is the number.",
        ),
        Turn(
            "not-an-int",
            lambda j: float(j[0] - j[1]),
            "The number is right, but it is a float. `//` divides into whole numbers, "
            "`/` does not.",
        ),
    ],
]

# --- break_even: keep-alive in an hour, what is fixed, what a change saves, the unit --


def rounded(value: Any) -> Any:
    """Return a number as a float without the noise of its last bits."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        with contextlib.suppress(OverflowError):  # an int beyond any float stays
            return round(float(value), 6)
    return value


def _divided(value: float, by: float) -> float:
    """Divide; a route that cannot is none."""
    if not by:
        raise ValueError("division by zero")
    return value / by


def _pings(count: float, mistake: str = "", hint: str = "") -> Turn:
    """Return the turn that counts so many keep-alives in an hour."""
    return Turn(mistake, lambda c: (c[0], c[1] * count, c[2], c[3]), hint)


EVEN = [
    [
        _pings(180),
        _pings(0, "no-keepalive", "The keep-alive is missing: it costs all hour long."),
        _pings(
            1,
            "one-keepalive",
            "You pay for one keep-alive. In an hour there is one every 20 seconds.",
        ),
        _pings(
            3,
            "keepalive-per-minute",
            "You pay for the keep-alives of one minute. The page is open for an hour.",
        ),
        _pings(
            20,
            "keepalive-twenty-times",
            "You multiply by 20. That is the time from one to the next: how many fit "
            "into an hour?",
        ),
        _pings(
            60,
            "keepalive-every-minute",
            "You send one a minute. It is one every 20 seconds.",
        ),
        _pings(
            3600,
            "keepalive-every-second",
            "You send one a second. It is one every 20 seconds.",
        ),
        _pings(
            360,
            "keepalive-twice",
            "You count each keep-alive twice. `keepalive` is the Ping and its Pong.",
        ),
    ],
    [
        Turn("", lambda c: (c[0] + c[1], c[2], c[3])),
        Turn(
            "no-opening",
            lambda c: (c[1], c[2], c[3]),
            "The opening is missing: a WebSocket pays for its handshake first.",
        ),
        Turn(
            "opening-subtracted",
            lambda c: (c[1] - c[0], c[2], c[3]),
            "The opening is a cost of the WebSocket, like the keep-alive: same sign.",
        ),
    ],
    [
        Turn("", lambda c: (c[0], c[2] - c[1])),
        Turn(
            "push-forgotten",
            lambda c: (c[0], c[2]),
            "You divide by a whole poll. A change is not free over WebSocket either: "
            "each one saves a poll, less a push.",
        ),
        Turn(
            "push-added",
            lambda c: (c[0], c[2] + c[1]),
            "You divide by poll plus push. What a change saves is the difference.",
        ),
        Turn(
            "push-for-poll",
            lambda c: (c[0], c[1]),
            "You divide by a push. What a change saves is a poll, less a push.",
        ),
        Turn(
            "sign",
            lambda c: (c[0], c[1] - c[2]),
            "The sign is the wrong way round: a poll is the dearer one.",
        ),
    ],
    [
        Turn("", lambda c: _divided(c[0], c[1])),
        Turn(
            "upside-down",
            lambda c: _divided(c[1], c[0]),
            "It is upside down: the fixed cost, divided by what one change saves.",
        ),
        Turn(
            "not-divided",
            lambda c: c[0],
            "These are the fixed bytes of an hour. How many changes save as much?",
        ),
    ],
    [
        Turn("", lambda x: round(float(x), 6)),
        Turn(
            "rounded-down",
            lambda x: float(math.floor(x)),
            "You cut off what is behind the point (`//` or int). Return it as it is.",
        ),
        Turn(
            "rounded-up",
            lambda x: float(math.ceil(x)),
            "You round up. Return it as it is.",
        ),
        Turn(
            "rounded",
            lambda x: float(round(x)),
            "You round to whole changes. Return it as it is.",
        ),
        Turn(
            "per-minute",
            lambda x: round(x / 60, 6),
            "This is per minute; asked for is per hour.",
        ),
        Turn(
            "per-second",
            lambda x: round(x / 3600, 6),
            "This is per second; asked for is per hour.",
        ),
        Turn(
            "bits",
            lambda x: round(x * 8, 6),
            "There is a factor of 8 too much: everything here is in bytes, not bits.",
        ),
    ],
]
