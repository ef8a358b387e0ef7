"""The stage of notebook 13: what one connection costs, and what many need.

Room is meant to be read, the others set the stage. Of many processes:

    room          the program: a part of the chat, and how others hear what is said
    parts         a program of other people's as a child process
    broker        NATS: what one process says, all hear
    proxy         nginx: one address for many processes
    processes     a room as a child process
    guests        clients that come back, and miss nothing
    trials        who hears what, and what is lost, counted

Of one connection, and of numbers:

    http2_reader  the nine bytes before everything in HTTP/2
    http2         one HTTP/2 connection, WebSockets in its streams, each frame kept
    http2_server  hypercorn, in a thread of this process
    waiting       who waits behind whom: two WebSockets, and what both share
    load          1, 10, 100, 1,000 connections, and what each costs
    load_process  the two processes of that: a server, and its clients
    metrics       a server that can be watched: its numbers, and a line for each end
    arithmetic    what can only be calculated here

Brokers, proxies, HTTP/2 and metrics are other people's, and well kept.
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
