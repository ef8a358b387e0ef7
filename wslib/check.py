"""The checks of the exercises: one call for each, and its answer is a Verdict.

    check.accept_key(accept_key)

The verdict says "not attempted yet", "right", or which mistake this is and what to
look at. A check never raises, whatever the student's function does, and never takes
long. A grader makes the same call and reads ``verdict.right`` and ``verdict.mistake``.
"""

from wslib.attempt import Verdict
from wslib.check_browser import browser_can, origin_allowed
from wslib.check_echo import ask_all, events, welcome
from wslib.check_frames import illegal_frames, parse_header, text_frame, unmask
from wslib.check_handshake import accept_key, has_token, request_bytes
from wslib.check_messages import close_payload, frame_reader, messages
from wslib.check_polling import break_even, transports, wasted_polls
from wslib.check_start import echo, payload_bytes

__all__ = [
    "Verdict",
    "accept_key",
    "ask_all",
    "break_even",
    "browser_can",
    "close_payload",
    "echo",
    "events",
    "frame_reader",
    "has_token",
    "illegal_frames",
    "messages",
    "origin_allowed",
    "parse_header",
    "payload_bytes",
    "request_bytes",
    "text_frame",
    "transports",
    "unmask",
    "wasted_polls",
    "welcome",
]
