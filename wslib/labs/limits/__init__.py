"""The stage of notebook 11: what a stranger costs a server, and what a message does.

Whoever attacks here is small, and on loopback:

    strangers    clients that ask for too much, and what a server says to them
    crowd        a chat in which each word is handed on, and a stranger who talks
    chat         the chat of a shop, whose page shows what people write
"""

from wslib.labs.limits.chat import Chat, markup
from wslib.labs.limits.crowd import Crowd, flood
from wslib.labs.limits.strangers import Callers, Collector, answers, last_word

__all__ = [
    "Callers",
    "Chat",
    "Collector",
    "Crowd",
    "answers",
    "flood",
    "last_word",
    "markup",
]
