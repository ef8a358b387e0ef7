"""The stage of notebook 01: one match, followed in four ways.

The scoreboard is real, its clock is a script:

    scoreboard   the scripted match and its server
    clients      a page that asks, a socket that listens
    ways         polling, long polling, events, WebSocket, and what each costs
    latency      how long a question takes, and how long news
    figures      the figures
    lanes        the scoreboard, and the match in four lanes, to be played
"""

from wslib.labs.polling import figures
from wslib.labs.polling.clients import SMALL, HttpClient, open_socket
from wslib.labs.polling.figures import Cost
from wslib.labs.polling.latency import latencies
from wslib.labs.polling.scoreboard import Scoreboard, Script
from wslib.labs.polling.ways import (
    EXCHANGE,
    PUSH,
    TCP_IP,
    Run,
    by_asking,
    by_events,
    by_long_polling,
    by_polling,
    by_websocket,
    costs,
)

__all__ = [
    "EXCHANGE",
    "PUSH",
    "SMALL",
    "TCP_IP",
    "Cost",
    "HttpClient",
    "Run",
    "Scoreboard",
    "Script",
    "by_asking",
    "by_events",
    "by_long_polling",
    "by_polling",
    "by_websocket",
    "costs",
    "figures",
    "latencies",
    "open_socket",
]
