"""The stage of notebook 13: many processes, a broker between them, a proxy in front.

Room is meant to be read, the others set the stage:

    room         the program: a part of the chat, and how the others hear what is said
    parts        a program of other people's as a child process
    broker       NATS: what one process says, all hear
    proxy        nginx: one address for many processes
    processes    a room as a child process
    guests       clients that come back, and miss nothing
    trials       who hears what, and what is lost, counted
"""

from wslib.labs.scale.broker import NatsServer
from wslib.labs.scale.parts import Part, PartDied, PartMissing
from wslib.labs.scale.processes import RoomProcess
from wslib.labs.scale.proxy import Nginx
from wslib.labs.scale.trials import attempt, count_lost, deploy, placed, who_hears

__all__ = [
    "NatsServer",
    "Nginx",
    "Part",
    "PartDied",
    "PartMissing",
    "RoomProcess",
    "attempt",
    "count_lost",
    "deploy",
    "placed",
    "who_hears",
]
