"""The code that the notebooks of *WebSocket, byte by byte* share.

Read it beside the notebooks: it uses RFC 6455's words, in the order of the wire. Each
module imports only from those above it.

The protocol, byte by byte:

    errors           the exceptions; each names the rule and its section
    http1            one HTTP/1.1 head: a start line, header fields, a blank line
    handshake        key, accept, request, response, and what can be wrong with them
    frames           opcodes, close codes, one frame: parse, serialize, mask
    tls              the records of TLS, which wss hides its frames in
    hixie76          the withdrawn protocol, kept small, for the museum
    messages         from frames to messages: fragments, and UTF-8 across them
    protocol         the connection after the handshake: bytes in, events out

What runs on loopback:

    background       a service in a thread of its own: start, port, stop
    bare             a client by hand, for breaking rules on purpose
    recorded         chunks, and what is found in them: handshake, frames, the rest
    reassembly       from recorded chunks back to frames and messages
    pcap             a recording as a capture file, for Wireshark
    faults           what goes wrong on a relay's way: late, held, lost, cut
    recording        a relay that keeps every byte of both directions
    page             the browser page, and how a notebook shows it
    server           the echo server, its log and its pushes; also in a terminal
    rooms            who is in a room gets every message; three policies for the slow
    slow_reader      a camera, and a reader who stops: what waits, and what is lost
    resume           message numbers: nothing lost, nothing twice, across connections
    cuts             one conversation, cut after every byte: what is lost or repeated
    reconnect        back-off with jitter, and a restart that shows why
    doors            ways to say who you are, in the opening handshake
    bank             a bank and a thief: cross-site hijacking, performed
    scoreboard       the scripted match of 01 and its server
    score_client     its clients: a page that asks, a socket that listens
    polling          one match followed in four ways, and what each cost

What a notebook shows:

    display          tables, bytes and figures, each with a plain-text twin
    polling_figures  the figures of 01
    live_figures     the figures of 08
    inspector        a frame taken apart, a conversation as a timeline
    state_diagram    the states of a connection, drawn from the table that runs
    explorer         type hex, see the frame or the rule that it breaks
    machine          the look at the student's machine in 00

The exercises:

    check            one call for each exercise; a folder with a map of its own

Importing ``wslib`` itself starts nothing and loads no more than the standard library.
"""

from wslib.errors import HandshakeError, PortInUse, ProtocolError, WslibError
from wslib.frames import CloseCode, Frame, Opcode, apply_mask, parse_frame
from wslib.handshake import accept_key, new_key

__all__ = [
    "CloseCode",
    "Frame",
    "HandshakeError",
    "Opcode",
    "PortInUse",
    "ProtocolError",
    "WslibError",
    "accept_key",
    "apply_mask",
    "new_key",
    "parse_frame",
]
