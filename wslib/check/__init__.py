"""The checks of the exercises: one call for each, and its answer is a Verdict.

    check.accept_key(accept_key)

The verdict says "not attempted yet", "right", or which mistake this is and what to
look at. A check never raises, whatever the student's function does, and never takes
long. A grader makes the same call and reads ``verdict.right`` and ``verdict.mistake``.

Only the calls are for notebooks. The modules behind them, each importing only from
those above it, and from the rest of ``wslib``:

How a mistake is found:

    attempt         runs a student's function safely; the verdict
    diagnosis       holds it beside the right one and the known wrong ones
    slips           the right way, with one thing or two done otherwise
    watch           sees what a student's function puts into a hash
    bench           stands between a live server and a student's handler

Which mistakes are known:

    accept_route    the wrong turns on the way from a key to its accept value
    token_route     ... to a token in a header
    polling_routes  ... to the sums of 01
    unmask_slips    the known mistakes in taking off a mask
    header_slips    ... in reading a header
    frame_slips     ... in writing a frame
    stream_slips    ... in reading a stream
    message_slips   ... in putting fragments together
    close_slips     ... in a Close frame's payload
    queue_slips     ... in keeping what waits for a slow reader short
    backoff_slips   ... in when to try again
    follower_slips  ... in going on after a cut
    ticket_slips    ... in reading a signed ticket
    inflate_slips   ... in inflating a message

The exercises, by notebook:

    ex00_start      the checks of notebook 00
    ex01_polling    ... of 01
    ex02_request    ... of 02, the request
    ex02_handshake  ... of 02, the rest
    ex03_header     ... of 03, the header
    ex03_frames     ... of 03, the rest
    ex04_ask_all    ... of 04, the client
    ex04_welcome    ... of 04, the handler
    ex04_events     ... of 04, the events
    ex05_browser    ... of 05
    ex06_reader     ... of 06, the stream
    ex06_messages   ... of 06, the rest
    ex08_backoff    ... of 08, when to try again
    ex08_follower   ... of 08, where to go on
    ex08_live       ... of 08, the rest
    ex09_context    ... of 09, whom to trust
    ex09_ticket     ... of 09, who comes in
    ex09_inflate    ... of 09, the compression bomb
"""

from wslib.check.attempt import Verdict
from wslib.check.ex00_start import echo, payload_bytes
from wslib.check.ex01_polling import break_even, transports, wasted_polls
from wslib.check.ex02_handshake import accept_key, has_token
from wslib.check.ex02_request import request_bytes
from wslib.check.ex03_frames import illegal_frames, text_frame, unmask
from wslib.check.ex03_header import parse_header
from wslib.check.ex04_ask_all import ask_all
from wslib.check.ex04_events import events
from wslib.check.ex04_welcome import welcome
from wslib.check.ex05_browser import browser_can, origin_allowed
from wslib.check.ex06_messages import close_payload, messages
from wslib.check.ex06_reader import frame_reader
from wslib.check.ex08_backoff import backoff
from wslib.check.ex08_follower import follower
from wslib.check.ex08_live import coalesce
from wslib.check.ex09_context import client_context
from wslib.check.ex09_inflate import inflate
from wslib.check.ex09_ticket import ticket_user

__all__ = [
    "Verdict",
    "accept_key",
    "ask_all",
    "backoff",
    "break_even",
    "browser_can",
    "client_context",
    "close_payload",
    "coalesce",
    "echo",
    "events",
    "follower",
    "frame_reader",
    "has_token",
    "illegal_frames",
    "inflate",
    "messages",
    "origin_allowed",
    "parse_header",
    "payload_bytes",
    "request_bytes",
    "text_frame",
    "ticket_user",
    "transports",
    "unmask",
    "wasted_polls",
    "welcome",
]
