"""Exercise 2 of notebook 13: what somebody sees at night, and where it comes from."""

from typing import Any

from wslib.check.sheet import AnswerSheet
from wslib.check.verdict import Found, brief

# What is seen; its cause, in a word; and what tells it from the others.
# A table: its rows are filled to the width.
# fmt: off
SYMPTOMS = {
    "half of a room hears nothing, and nobody sees an error": ("no broker",
        "Everybody hears those who are on the same process: what is missing is a way "
        "from one process to the other."),
    "every browser gets 426; a client beside the server does not":
        ("Upgrade header", "What lies between drops something: the server is asked for "
        "a page, not for a WebSocket."),
    "1006 for all who are quiet, after a minute": ("read timeout",
        "Nobody said Close, and only who is silent is cut off: "
        "something between the two counts."),
    "in the server's log all clients have one address": ("forwarded address",
        "It sees whoever connects to it: that is the proxy. Who connected to the "
        "proxy is told in a header, or not at all."),
    "the first thousand clients are let in, and no other": ("open files",
        "A round number that does not depend on the load is a limit that somebody "
        "has set. Each connection needs one of these."),
    "ping times grow for everybody while one client asks for a report":
        ("blocked loop", "All of them wait for one: they share a thread."),
    "a deploy; then all clients at once, again and again": ("no jitter",
        "They were all sent away at once, and all wait for the same "
        "time."),
    "a process was away; what was said meanwhile never came to it": ("at most once",
        "It delivers to whoever listens, and keeps nothing."),
}
# fmt: on
CAUSES = sorted({cause for cause, _ in SYMPTOMS.values()} | {"compression", "masking"})


class _Cause(AnswerSheet):
    def mark(self, name: str, answer: Any) -> Found | None:
        """Say what speaks against a cause."""
        cause, why = SYMPTOMS[name]
        said = " ".join(answer.split()).strip("`. ") if isinstance(answer, str) else ""
        if said.casefold() == cause.casefold():
            return None
        if said.casefold() not in map(str.casefold, CAUSES):
            hint = f"Take one of these: {', '.join(CAUSES)}."
            return "no-such-cause", f"{brief(name)} has {brief(answer)}.", hint
        number = list(SYMPTOMS).index(name) + 1
        return f"symptom-{number}", f"{brief(name)}: not {said!r}.", why


cause = _Cause(
    "cause",
    "What causes what is seen: a dict. Exercise 2 of notebook 13.",
    list(SYMPTOMS),
    ask="One of the causes that the text lists, for each.",
    praise="All eight. You could be woken at night.",
)
