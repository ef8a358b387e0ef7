"""The stage of notebook 09: who comes back, and what was said in between.

Resume is meant to be read, the others set the stage:

    reconnect    back-off with jitter, and a restart that shows why
    resume       message numbers: nothing lost, nothing twice, across connections
    cuts         one conversation, cut after every byte: what is lost or repeated
    figures      the figure, to be played
    heartbeat.js a page asks whether its server is still there
    reconnect.js a page comes back
"""

from wslib.labs.reconnecting import reconnect
from wslib.labs.reconnecting.cuts import (
    AtLeastOnce,
    AtMostOnce,
    cut_everywhere,
    cut_the_relay,
)
from wslib.labs.reconnecting.figures import herd
from wslib.labs.reconnecting.resume import Resumable, converse

__all__ = [
    "AtLeastOnce",
    "AtMostOnce",
    "Resumable",
    "converse",
    "cut_everywhere",
    "cut_the_relay",
    "herd",
    "reconnect",
]
