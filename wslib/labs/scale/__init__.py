"""The stage of notebook 13: what one connection costs, and what many need.

load          a ladder of connections: memory, work, and what gives first
waiting       who waits behind whom on one connection, and in one loop
parts         a program of other people's as a child process
broker        NATS: what one process says, all hear
room          the chat of 08 as a program; exchange: with a broker, and without one
processes     that program as a child process
guests        clients that come back
trials        what happens to them: who hears what, and what is lost
proxy         nginx: one address for many processes
load_process  the two processes of the ladder: a server, and its clients
http2         one HTTP/2 connection, WebSockets in its streams, each frame kept
http2_reader  the nine bytes before everything in HTTP/2
http2_server  hypercorn, in a thread of this process
metrics       the numbers of a running server, and a line for each connection's end
arithmetic    what is calculated: slow start, and from here to many machines
"""

from wslib.labs.scale.arithmetic import Machines, slow_start
from wslib.labs.scale.broker import NatsServer
from wslib.labs.scale.http2 import Http2Connection
from wslib.labs.scale.http2_reader import http2_frames
from wslib.labs.scale.http2_server import Http2Server
from wslib.labs.scale.load import climb
from wslib.labs.scale.metrics import WatchedServer
from wslib.labs.scale.parts import Part, PartDied, PartMissing
from wslib.labs.scale.processes import RoomProcess
from wslib.labs.scale.proxy import Nginx
from wslib.labs.scale.trials import attempt, count_lost, deploy, placed, who_hears
from wslib.labs.scale.waiting import head_of_line, held_up

__all__ = [
    "Http2Connection",
    "Http2Server",
    "Machines",
    "NatsServer",
    "Nginx",
    "Part",
    "PartDied",
    "PartMissing",
    "RoomProcess",
    "WatchedServer",
    "attempt",
    "climb",
    "count_lost",
    "deploy",
    "head_of_line",
    "held_up",
    "http2_frames",
    "placed",
    "slow_start",
    "who_hears",
]
