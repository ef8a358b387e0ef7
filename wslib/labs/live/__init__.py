"""The stage of notebooks 08 and 09: who hears what, and what is lost on the way.

Rooms and resume are meant to be read, the others set the stage:

    rooms        who is in a room gets every message; three policies for the slow
    backlog      a camera, and a reader who stops: what waits, and what is lost
    resume       message numbers: nothing lost, nothing twice, across connections
    cuts         one conversation, cut after every byte: what is lost or repeated
    reconnect    back-off with jitter, and a restart that shows why
    figures      the figures
    heartbeat.js the heartbeat of a page
"""

from wslib.labs.live import reconnect
from wslib.labs.live.backlog import (
    keep_little,
    number_of,
    reader,
    snapshot,
    watch_backlog,
)
from wslib.labs.live.cuts import AtLeastOnce, AtMostOnce, cut_everywhere, cut_the_relay
from wslib.labs.live.figures import backlog, herd
from wslib.labs.live.resume import Resumable, converse
from wslib.labs.live.rooms import Member, Policy, Room

__all__ = [
    "AtLeastOnce",
    "AtMostOnce",
    "Member",
    "Policy",
    "Resumable",
    "Room",
    "backlog",
    "converse",
    "cut_everywhere",
    "cut_the_relay",
    "herd",
    "keep_little",
    "number_of",
    "reader",
    "reconnect",
    "snapshot",
    "watch_backlog",
]
