"""The workshop of notebook 07: a server in ten steps, a student's or the finished ones.

    heartbeat(read_request, answer)      what the suite says of these steps

What stands where:

    steps      the ten steps, finished
    doing      a student's steps, and the finished ones in place of the empty ones
    endpoint   one end of a connection, put together from them: bytes in, bytes out
    server     the same on loopback
    heartbeat  what the suite says of it
"""

from wslib.labs.workshop.doing import Steps, Trouble
from wslib.labs.workshop.endpoint import Endpoint
from wslib.labs.workshop.heartbeat import Heartbeat, heartbeat
from wslib.labs.workshop.server import WorkshopServer
from wslib.labs.workshop.steps import STEPS

__all__ = [
    "STEPS",
    "Endpoint",
    "Heartbeat",
    "Steps",
    "Trouble",
    "WorkshopServer",
    "heartbeat",
]
