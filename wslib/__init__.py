"""The code that the notebooks of *WebSocket, byte by byte* share.

What a notebook tells you to read, under the notebook's own word; it uses RFC 6455's
words, in the order of the wire:

    errors         the exceptions; each names the rule and its section
    http1          one HTTP/1.1 head: a start line, header fields, a blank line
    handshake      key, accept, request, response, and what can be wrong with them
    frames         opcodes, close codes, one frame: parse, serialize, mask
    messages       from frames to messages: fragments, and UTF-8 across them
    protocol       the connection after the handshake: bytes in, events out
    deflate        messages that travel compressed: permessage-deflate, RFC 7692
    hixie76        the withdrawn protocol, kept small, for the museum
    direction      who sent it: UP is the client, DOWN the server

    notebook       which cell runs; errors of the network in three lines
    endpoint       a WebSocket over asyncio streams, and a plain echo in a terminal
    service        a service in a thread of its own: start, port, stop
    raw_client     a client by hand, for breaking rules on purpose
    page           the browser page, and how a notebook shows it
    server         the echo server, its log and its pushes; also in a terminal
    setup_check    the look at the student's machine in 00

A folder is machinery, or the stage of one notebook; its door is its ``__init__``:

    relay/         what passes on the wire: recorded, dissected, held up, cut
    show/          what a notebook shows: tables, hex, frames, timelines, diagrams
    labs/          the stages: polling, browser, live, reconnecting, security, limits
    check/         the exercises

Each imports only from those before it: the protocol and direction, which know no
socket, no thread and no clock; endpoint; then notebook, service, relay, raw_client and
page, server, show, labs, setup_check, check. Importing ``wslib`` itself starts nothing
and loads no more than the standard library.
"""

from wslib.handshake import accept_key

__all__ = ["accept_key"]
