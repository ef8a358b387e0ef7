"""Exercise 1 of notebook 01: how many polls bring nothing new?"""

import math
import random
from collections.abc import Callable, Sequence
from numbers import Integral
from typing import Any

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Change, Mistake

Changes = Sequence[float]

# The match that notebook 01 calls MATCH: its changes, and its seconds.
MATCH = ((6.5, 9.5, 17.5, 18.5, 52.5), 60)


def _news(changes: Changes, interval: int, polls: Sequence[int]) -> int:
    """Count the polls before which something has changed, in one interval."""
    return sum(any(t - interval < c <= t for c in changes) for t in polls)


def way(
    changes: Changes,
    interval: int,
    seconds: int,
    *,
    first: Callable[[int], int] = lambda i: i,
    stop: Callable[[int, int], int] = lambda s, i: s + 1,
    every: Callable[[int], int] = lambda i: i,
    news: Callable[[Changes, int, Sequence[int]], int] = _news,
    result: Callable[[int, int], Any] = lambda n, useful: n - useful,
) -> Any:
    """Count the polls, and those that bring news."""
    polls = range(first(interval), stop(seconds, interval), every(interval))
    return result(len(polls), news(changes, interval, polls))


def _one_each(changes: Changes, interval: int, polls: Sequence[int]) -> int:
    """Count the polls with news if each takes one change, and leaves the others."""
    taken = 0
    for t in polls:
        taken += taken < sum(c <= t for c in changes)
    return taken


def _all_changes(changes: Changes, interval: int, polls: Sequence[int]) -> int:
    return len(changes)


def _share(polls: int, useful: int) -> float:
    return round((polls - useful) / polls, 9)


# It says where it begins, so that nobody begins at zero as well: that is always 1.
_ONE_POLL: Change = {"first": lambda i: i, "stop": lambda s, i: min(s, i) + 1}

# fmt: off
_MISTAKES = [
    *(Mistake(f"{what}-of-the-notebook", "You count in the notebook's MATCH, not in "
        "what is given. A match has to come in through the arguments: leave MATCH out.",
        call=call) for what, call in {
            "changes": lambda c, i, s: (MATCH[0], i, s),
            "seconds": lambda c, i, s: (c, i, MATCH[1]),
            "match": lambda c, i, s: (MATCH[0], i, MATCH[1]),
        }.items()),
    Mistake("poll-at-zero", "You count a poll at second 0. The page has just been "
        "loaded, and knows the score: the first poll is one interval later.",
        first=lambda i: 0),
    Mistake("last-poll-missing", "The poll at the very end is missing. Python's range "
        "stops before its second argument.", stop=lambda s, i: s),
    Mistake("interval-ignored", "You poll every second. The page asks every `interval` "
        "seconds.", {"every": lambda i: 1},
        {"every": lambda i: 1, "first": lambda i: 1},
        news=lambda c, i, polls: _news(c, 1, polls), first=lambda i: 1,
        every=lambda i: 1),
    Mistake("one-poll-per-change", "You subtract the number of changes. One poll can "
        "bring the news of two changes, and a change after the last poll reaches no "
        "poll.", {"news": _all_changes, "result": lambda n, useful: max(0, n - useful)},
        news=_all_changes),
    Mistake("one-poll-per-change-seen", "You subtract one poll for every change. When "
        "two changes fall between two polls, one poll brings both.",
        {"news": _one_each},
        news=lambda c, i, polls: sum(x <= max(polls, default=0) for x in c)),
    Mistake("looks-ahead", "You look forward from each poll, at the interval that "
        "follows. A poll brings what has happened since the poll before it.",
        news=lambda c, i, polls: _news(c, i, [t + i for t in polls])),
    Mistake("never-seen", "A change after the last poll is counted as if a poll had "
        "brought it. No poll did: the match was over.",
        news=lambda c, i, polls: len({math.ceil(x / i) for x in c})),
    Mistake("looks-back-one-second", "You look back one second from each poll. A poll "
        "brings everything since the poll before it, which is one interval ago.",
        news=lambda c, i, polls: _news(c, 1, polls)),
    Mistake("old-news", "From the first change on you count every poll as news. It is "
        "news once: compare with what the page knew after the poll before. (Or does a "
        "`break` end the count there?)",
        news=lambda c, i, polls: sum(any(x <= t for x in c) for t in polls)),
    Mistake("news-to-come", "A change that is still to come counts as news for every "
        "poll before it. It is news for the first poll after it.",
        news=lambda c, i, polls: sum(any(t - i < x for x in c) for t in polls)),
    Mistake("polls-times-changes", "You count anew for each change that a poll does "
        "not bring. It is in vain, once, if it brings none of them: `any` tells.",
        news=lambda c, i, polls: (
            len(polls) - sum(not t - i < x < t for t in polls for x in c)
        )),
    Mistake("useful-polls", "These are the polls that brought news.",
        result=lambda n, useful: useful),
    Mistake("all-polls", "These are all the polls. Take away those that brought news.",
        result=lambda n, useful: n),
    Mistake("only-the-first", "Only the first poll was judged, or the first wasted "
        "one: does `return` stand inside the loop?",
        {"first": lambda i: i, "result": lambda n, useful: min(n - useful, 1)},
        {"first": lambda i: i, "result": lambda n, useful: 1 if useful < n else None},
        {**_ONE_POLL, "result": lambda n, useful: n - useful if n else None},
        **_ONE_POLL),
    Mistake("share", "This is the share of the polls that was wasted; asked for is the "
        "number.", {"result": _share},
        {"result": lambda n, useful: _share(n, useful) if n else 0.0},
        result=lambda n, useful: _share(n, useful) if n else 0),
    Mistake("not-an-int", "The number is right, but it is a float. `//` divides into "
        "whole numbers, `/` does not.", result=lambda n, useful: float(n - useful)),
]
# fmt: on


def _plain(value: Any, due: int) -> Any:
    """Return any whole number as an int, and a float without its last bits' noise."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    return round(float(value), 9) if isinstance(value, float) else value


def _by_hand(call: Call, given: Any) -> str:
    """Go through a match poll by poll."""
    if type(given) is not int:
        return ""
    changes, interval, seconds = call.arguments
    polls = range(interval, seconds + 1, interval)
    if not polls:
        hint = f"The first poll would be at {interval}, after the end: there is none."
        return hint
    news = [str(poll) for poll in polls if _news(changes, interval, [poll])]
    said = f"Poll by poll: the page asks at {', '.join(map(str, polls))}"
    return f"{said}, and hears news at {', '.join(news) or 'none of them'}."


def _sampled(chance: random.Random) -> tuple[Changes, int, int]:
    """Return a match: no change falls on a poll, some come after the last one."""
    interval = chance.choice([*range(1, 11), chance.randint(11, 40)])
    seconds = chance.choice(
        [interval * chance.choice([0, 1, 1, 2, 3, 8]), chance.randint(0, 60)]
    )
    moments = [s + part for s in range(seconds) for part in (0.5, 0.5, 0.25, 0.75)]
    count = chance.choice([0, 0, 1, 1, 2, 2, 3, 4, 8])
    chosen = {*chance.sample(moments, min(count, len(moments)))}
    return tuple(sorted(chosen)), interval, seconds


wasted_polls = Compared(
    "wasted_polls",
    "`wasted_polls(changes, interval, seconds) -> int`. Exercise 1 of notebook 01.",
    takes=["changes", "interval", "seconds"],
    way=way,
    cases=[  # each after the first shows a mistake that those before it let pass
        Case((), 1, 3),
        Case((1.5,), 1, 3),
        Case((0.5,), 2, 4),
        Case((2.5,), 1, 3),
        Case((0.5, 1.5), 3, 6),
        Case((5.5,), 2, 5),
        Case((4.5,), 90, 60),
        Case((6.5, 17.5, 18.5, 52.5), 5, 60),
        Case((0.5, 6.5, 9.5, 17.5, 18.5, 52.5, 58.5), 7, 60),
    ],
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="{cases} matches, the strange ones too, and 200 more at random: every count "
    "fits.",
    plain=_plain,
    closer=_by_hand,
)
