"""The checks of notebook 01: polling and WebSocket."""

import random
from collections.abc import Sequence
from typing import Any

from wslib.check.attempt import (
    Turn,
    Verdict,
    attempt,
    brief,
    fault,
    find_route,
    not_yet,
)
from wslib.check.polling_routes import EVEN, POLLS, by_hand, follow, rounded

# For wasted_polls: the changes, the interval, the length of the match. The plainest
# come first, and each later one shows a mistake that those before it let pass.
_MATCHES: tuple[tuple[tuple[float, ...], int, int], ...] = (
    ((), 1, 3),
    ((1.5,), 1, 3),
    ((0.5,), 2, 4),
    ((2.5,), 1, 3),
    ((0.5, 1.5), 3, 6),
    ((5.5,), 2, 5),
    ((4.5,), 90, 60),
    ((6.5, 17.5, 18.5, 52.5), 5, 60),
    ((0.5, 6.5, 9.5, 17.5, 18.5, 52.5, 58.5), 7, 60),
)

# For break_even: opening, keep-alive, push, poll; what the case is about; the answer.
_COSTS: tuple[tuple[tuple[int, int, int, int], str], ...] = (
    (
        (100, 0, 10, 60),
        "No keep-alive here. A change costs 60 by polling and 10 by a push: how many "
        "changes does it take until the opening, 100, has been saved?",
    ),
    (
        (0, 1, 10, 70),
        "Only keep-alive here, one byte every 20 seconds for an hour; a change saves "
        "60. How many changes pay for that?",
    ),
    ((200, 8, 30, 230), "Everything together, in round numbers: what do you get?"),
    ((689, 8, 32, 653), "All four, near the numbers of this notebook."),
    ((331, 164, 136, 390), "All four, with small headers and TCP/IP counted in."),
)

_SITUATIONS = ("search", "weather", "ticker", "whiteboard", "report")
_WAYS = ("request", "polling", "long polling", "sse", "websocket")


_OPEN_FOR_ONE = "A connection is opened and kept for one answer to one question. "
_MISFITS = {
    "search": {
        "polling": "Nothing happens on the server that the page has to find out again "
        "and again: the reader asks once, and is answered once.",
        "long polling": "The server has the answer at once. What should it wait for?",
        "sse": _OPEN_FOR_ONE + "A plain request can be cached and bookmarked as well.",
        "websocket": _OPEN_FOR_ONE + "The handshake alone is as long as the request; "
        "and an answer that came through a socket cannot be cached.",
    },
    "weather": {
        "request": "Who leaves the page open would read yesterday's weather.",
        "long polling": "100,000 readers would hold 100,000 questions open, and each "
        "is asked again every half minute, for six changes an hour.",
        "sse": "100,000 connections would be held open for six changes an hour, and no "
        "cache can help. A poll is a plain GET: where the server allows it, a cache "
        "near the reader can answer.",
        "websocket": "100,000 connections would be held open, and pinged, for six "
        "changes an hour, and no cache can help with any of them.",
    },
    "ticker": {
        "request": "The page would never hear of the next line.",
        "polling": "Several lines a minute, and each should show at once: look at what "
        "short intervals waste, and how stale long ones are.",
        "long polling": "Each line would cost a request with all its headers. When "
        "streaming is possible, the answer need not end after one line.",
        "websocket": "Nothing ever travels from the page to the server, and you would "
        "have to write the reconnecting, which EventSource does by itself.",
    },
    "whiteboard": {
        "request": "Nobody would see the others draw.",
        "polling": "30 strokes a second, both ways: each would carry a request's "
        "headers, and the others' strokes would come late.",
        "long polling": "30 strokes a second: each one would end an answer and need a "
        "new question, and each stroke of one's own a request as well.",
        "sse": "It goes one way. Each of one's own strokes would be a request with all "
        "its headers, 30 times a second.",
    },
    "report": {
        "request": "Answered at once, a plain request brings 'not ready yet', and "
        "the page would not hear when that changes. If the server holds it until the "
        "report is there, it has a name of its own.",
        "polling": "It should show at once when it is ready: polls often enough for "
        "that are nearly all wasted.",
        "sse": "This proxy keeps an answer until it is complete, and a stream of "
        "events never is: nothing would arrive.",
        "websocket": "This proxy drops Upgrade, so the handshake never succeeds.",
    },
}


def _more_matches() -> list[tuple[tuple[float, ...], int, int]]:
    """Return matches at random: an answer that fits the others by chance fails here."""
    chosen = random.Random(6455)
    return [
        (
            tuple(sorted(s + 0.5 for s in chosen.sample(range(40), interval))),
            interval,
            chosen.randint(40, 60),
        )
        for interval in range(2, 10)
    ]


def wasted_polls(function: Any) -> Verdict:
    """Check ``wasted_polls(changes, interval, seconds) -> int``. Exercise 1."""
    exercise = "wasted_polls"
    matches = [*_MATCHES, *_more_matches()]
    values, failed = _called(exercise, function, matches)
    expected = [follow(POLLS, match) for match in matches]
    place = _first_difference(values, expected)
    if place is None:
        evidence = f"{len(matches)} matches, the strange ones too: every count fits."
        return failed or Verdict(exercise=exercise, right=True, evidence=evidence)
    evidence = (
        f"wasted_polls{matches[place]} gave {brief(values[place])}; "
        f"the answer is {expected[place]}."
    )
    route = find_route(POLLS, matches[: len(values)], values, most=2)
    if route:
        return not_yet(exercise, _name(route), evidence, _hints(route))
    if type(values[place]) is not int:
        kind = type(values[place]).__name__
        hint = f"A number of polls is a whole number, an int; this is {kind}."
        return not_yet(exercise, "wrong-type", evidence, hint)
    return not_yet(exercise, "wrong-answer", evidence, by_hand(*matches[place]))


def break_even(function: Any) -> Verdict:
    """Check ``break_even(opening, keepalive, push, poll) -> float``. Exercise 2."""
    exercise = "break_even"
    inputs = [costs for costs, _ in _COSTS]
    values, failed = _called(exercise, function, inputs)
    near = [rounded(value) for value in values]
    expected = [follow(EVEN, costs) for costs in inputs]
    place = _first_difference(near, expected)
    if place is None:
        evidence = f"break_even{inputs[2]} is {expected[2]:g}, and {len(inputs) - 1} "
        evidence += "more fit."
        return failed or Verdict(exercise=exercise, right=True, evidence=evidence)
    evidence = (
        f"break_even{inputs[place]} gave {brief(values[place])}; "
        f"the answer is {expected[place]:g}."
    )
    route = find_route(EVEN, inputs[: len(near)], near, most=2)
    if route:
        return not_yet(exercise, _name(route), evidence, _hints(route))
    if type(values[place]) not in (int, float):
        hint = f"It has to be a number, not {type(values[place]).__name__}."
        return not_yet(exercise, "wrong-type", evidence, hint)
    return not_yet(exercise, "wrong-answer", evidence, _COSTS[place][1])


def transports(choices: Any) -> Verdict:
    """Check a dict that gives each situation a way to follow it. Exercise 3."""
    exercise = "transports"
    if choices is None or choices is Ellipsis:
        return Verdict(exercise=exercise)
    if not isinstance(choices, dict):
        return not_yet(
            exercise,
            "not-a-dict",
            f"The check was given {brief(choices)}.",
            "Give it the dict: check.transports(choices).",
        )
    strange = [name for name in choices if name not in _SITUATIONS]
    if strange:
        return not_yet(
            exercise,
            "unknown-situation",
            f"{brief(strange[0])} is none of the situations.",
            f"They are: {', '.join(_SITUATIONS)}.",
        )
    chosen = {
        name: choices[name]
        for name in _SITUATIONS
        if choices.get(name, ...) not in (..., None, "")
    }
    if not chosen:
        return Verdict(exercise=exercise)
    for name, choice in chosen.items():
        way = _way(choice)
        if way is None:
            return not_yet(
                exercise,
                "unknown-way",
                f"{name}: {brief(choice)} is none of the ways.",
                f"They are: {', '.join(_WAYS)}.",
            )
        if reason := _MISFITS[name].get(way):
            evidence = f"{name}: {way} does not fit."
            return not_yet(
                exercise, f"{name}-{way}".replace(" ", "-"), evidence, reason
            )
    missing = [name for name in _SITUATIONS if name not in chosen]
    if missing:
        evidence = f"{len(chosen)} of {len(_SITUATIONS)} chosen; so far, each fits."
        hint = f"Still open: {', '.join(missing)}."
        return not_yet(exercise, "unfinished", evidence, hint)
    evidence = "Five situations, five ways, and one of the five is WebSocket."
    return Verdict(exercise=exercise, right=True, evidence=evidence)


def _called(
    exercise: str, function: Any, cases: Sequence[Sequence[Any]]
) -> tuple[list[Any], Verdict | None]:
    """Call a function with each case in turn, as long as it answers.

    Returns:
        The answers, and the verdict on the call that gave none, if there is one.
    """
    values: list[Any] = []
    if verdict := fault(exercise, function, None):
        return values, verdict
    for case in cases:
        outcome = attempt(function, *case, limit=1.0)
        if verdict := fault(exercise, function, outcome):
            if verdict.right is None:
                return [], verdict
            said = f"{exercise}{tuple(case)}: {verdict.evidence}"
            mistake = verdict.mistake or ""
            return values, not_yet(exercise, mistake, said, verdict.hint)
        values.append(outcome.value)
    return values, None


def _first_difference(values: Sequence[Any], expected: Sequence[Any]) -> int | None:
    """Return the first place where an answer is wrong, in value or in type."""
    for place, (value, right) in enumerate(zip(values, expected, strict=False)):
        if type(value) is not type(right) or value != right:
            return place
    return None


def _name(route: Sequence[Turn]) -> str:
    return "+".join(turn.mistake for turn in route)


def _hints(route: Sequence[Turn]) -> str:
    return " And: ".join(turn.hint for turn in route)


def _way(choice: object) -> str | None:
    """Return the way that was meant, however it is written."""
    if not isinstance(choice, str):
        return None
    name = " ".join(choice.lower().replace("-", " ").replace("_", " ").split())
    known = {
        "server sent events": "sse",
        "eventsource": "sse",
        "websockets": "websocket",
        "web socket": "websocket",
        "plain request": "request",
        "longpolling": "long polling",
        "poll": "polling",
    }
    name = known.get(name, name)
    return name if name in _WAYS else None
