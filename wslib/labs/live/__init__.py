"""The stage of notebook 08: who hears what, and what waits for the slow.

Rooms are meant to be read, the others set the stage:

    rooms        who is in a room gets every message; three policies for the slow
    chat         a page for each room, and windows of it in a notebook
    backlog      a camera, and a reader who stops: what waits, and what is lost
    figures      the figures, one of them to be played
"""

from wslib.labs.live.backlog import (
    keep_little,
    number_of,
    reader,
    snapshot,
    watch_backlog,
)
from wslib.labs.live.chat import chat_page, windows
from wslib.labs.live.figures import backlog, filling
from wslib.labs.live.rooms import Member, Policy, Room

__all__ = [
    "Member",
    "Policy",
    "Room",
    "backlog",
    "chat_page",
    "filling",
    "keep_little",
    "number_of",
    "reader",
    "snapshot",
    "watch_backlog",
    "windows",
]
