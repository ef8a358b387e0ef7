"""A relay on loopback that keeps every byte, and is a bad line when told to be one.

From outside, everything comes through this door:

    RecordingProxy   stands between a client and a server          proxy
    Recording        what it has seen, read as frames and messages  recording

    events           what a recording is made of: chunks, signals, what was read in them
    dissect          from chunks back to the handshake, the frames, the messages
    pcap             a recording as a capture file, for Wireshark
    faults           what is wrong with the relay at the moment
    lane             one direction of one connection: what comes, what waits, what goes
    connection       its two lanes together, and all the ways in which it can end
"""

from wslib.relay.events import (
    Chunk,
    Entry,
    Readings,
    RecordedFrame,
    RecordedHandshake,
    Signal,
    Unread,
)
from wslib.relay.proxy import RecordingProxy
from wslib.relay.recording import Recording

__all__ = [
    "Chunk",
    "Entry",
    "Readings",
    "RecordedFrame",
    "RecordedHandshake",
    "Recording",
    "RecordingProxy",
    "Signal",
    "Unread",
]
