"""The code that the notebooks of *WebSocket, byte by byte* share.

Read it beside the notebooks: it uses RFC 6455's words, in the order of the wire. Each
module imports only from those above it.

    errors       the exceptions; each names the rule and its section
    http1        one HTTP/1.1 head: a start line, header fields, a blank line
    handshake    key, accept, request, response, and what can be wrong with them
    frames       opcodes, close codes, one frame: parse, serialize, mask
    hixie76      the withdrawn protocol, kept small, for the museum
    background   a service on loopback in a thread of its own: start, port, stop
    recorded     chunks, and what is found in them: handshake, frames, the rest
    reassembly   from recorded chunks back to frames and messages
    pcap         a recording as a capture file, for Wireshark
    recording    a relay that keeps every byte of both directions
    server       the echo server, its log and its pushes; also in a terminal
    polling      the scoreboard by polling, long polling, SSE and WebSocket, counted
    display      tables, bytes and figures for a notebook, each with a plain-text twin
    check        the exercises' checks, which name the mistake

Importing ``wslib`` itself starts nothing and loads no more than the standard library.
"""

from wslib.errors import HandshakeError, PortInUse, WslibError
from wslib.handshake import accept_key, new_key

__all__ = ["HandshakeError", "PortInUse", "WslibError", "accept_key", "new_key"]
