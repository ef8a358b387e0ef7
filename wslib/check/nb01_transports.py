"""Exercise 3 of notebook 01: five situations, and the way that fits each."""

from typing import Any

from wslib.check.sheet import AnswerSheet
from wslib.check.verdict import Found, brief

WAYS = ("request", "polling", "long polling", "sse", "websocket")
_ALSO = {  # as people write them
    "server sent events": "sse",
    "eventsource": "sse",
    "websockets": "websocket",
    "web socket": "websocket",
    "plain request": "request",
    "longpolling": "long polling",
    "poll": "polling",
}

_OPEN_FOR_ONE = "A connection is opened and kept for one answer to one question. "
# For each situation, what speaks against every way but one.
MISFITS = {
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


class _Transports(AnswerSheet):
    no_dict = "not-a-dict"

    def unfinished(self, missing: list[str], strange: list[Any]) -> Found:
        """Say which situations are open, after those that are none."""
        if strange:
            evidence = f"{brief(strange[0])} is none of the situations."
            return "unknown-situation", evidence, f"They are: {', '.join(MISFITS)}."
        chosen = f"{len(MISFITS) - len(missing)} of {len(MISFITS)} chosen"
        evidence = f"{chosen}; so far, each fits."
        return "unfinished", evidence, f"Still open: {', '.join(missing)}."

    def mark(self, name: str, answer: Any) -> Found | None:
        """Say why a way does not fit; None if it does."""
        way = _way(answer)
        if way is None:
            evidence = f"{name}: {brief(answer)} is none of the ways."
            return "unknown-way", evidence, f"They are: {', '.join(WAYS)}."
        if way not in MISFITS[name]:
            return None
        mistake = f"{name}-{way}".replace(" ", "-")
        return mistake, f"{name}: {way} does not fit.", MISFITS[name][way]


def _way(choice: object) -> str | None:
    """Return the way that was meant, however it is written; None if it is none."""
    if not isinstance(choice, str):
        return None
    name = " ".join(choice.lower().replace("-", " ").replace("_", " ").split())
    name = _ALSO.get(name, name)
    return name if name in WAYS else None


transports = _Transports(
    "transports",
    "A dict that gives each situation a way to follow it. Exercise 3 of notebook 01.",
    list(MISFITS),
    ask="",  # it says itself what is open
    praise="Five situations, five ways, and one of the five is WebSocket.",
)
