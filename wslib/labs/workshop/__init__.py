"""The workshop of notebook 07: a server in ten steps, a student's or the finished ones.

    heartbeat(read_request, answer)      what the suite says of these steps

What stands where:

    finished   the ten steps, finished
    doing      a student's steps, and the finished ones in place of the empty ones
    endpoint   one end of a connection, put together from them: bytes in, bytes out
    server     the same on loopback
    heartbeat  what the suite says of it
"""

from wslib.labs.workshop import finished
from wslib.labs.workshop.doing import Steps, Trouble
from wslib.labs.workshop.endpoint import Endpoint, NoWire
from wslib.labs.workshop.finished import BAD_REQUEST, STEPS, UPGRADE_REQUIRED
from wslib.labs.workshop.heartbeat import (
    Heartbeat,
    as_client,
    finished_verdicts,
    heartbeat,
)
from wslib.labs.workshop.server import WorkshopServer

__all__ = [
    "BAD_REQUEST",
    "STEPS",
    "UPGRADE_REQUIRED",
    "Endpoint",
    "Heartbeat",
    "NoWire",
    "Steps",
    "Trouble",
    "WorkshopServer",
    "as_client",
    "finished",
    "finished_verdicts",
    "heartbeat",
]
