"""The stage of notebook 13: many processes, a broker between them, a proxy in front.

parts        a program of other people's as a child process
broker       NATS: what one process says, all hear
proxy        nginx: one address for many processes
"""

from wslib.labs.scale.broker import NatsServer
from wslib.labs.scale.parts import Part, PartDied, PartMissing
from wslib.labs.scale.proxy import Nginx

__all__ = ["NatsServer", "Nginx", "Part", "PartDied", "PartMissing"]
