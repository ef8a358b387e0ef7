"""Who came by: your browser, or a program that presses the same buttons."""

import socket
import urllib.request
from dataclasses import dataclass

from wslib.direction import DOWN, UP
from wslib.frames import Frame, Opcode
from wslib.http1 import Request, parse_request
from wslib.page import BROWSER
from wslib.relay import RecordedFrame, Recording, RecordingProxy
from wslib.server import EchoServer, Log

BYTES = {Opcode.TEXT, Opcode.BINARY}
# A browser has a new masking key for each frame. These are new in each frame, too, but
# the same in each run, as what is stored in a notebook must be.
KEYS = [bytes.fromhex(key) for key in ("c21f8a56", "0b93e47d", "71d83ca9", "e645b012")]

# What the buttons cause, in the order of the notebook's text: frames on two
# connections. Before them stands the code in the server's last line on each.
BUTTONS = {
    4001: [
        Frame(opcode=Opcode.TEXT, payload=b"Hello, world!", masking_key=KEYS[0]),
        Frame(opcode=Opcode.BINARY, payload=b"Hello, world!", masking_key=KEYS[1]),
        Frame(opcode=Opcode.CLOSE, payload=b"\x0f\xa1", masking_key=KEYS[2]),  # 4001
    ],
    1005: [Frame(opcode=Opcode.CLOSE, masking_key=KEYS[3])],
}


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What somebody did who came to the page.

    Attributes:
        who: Whose visit it is.
        log: The log of the server.
        handshake: What was sent to open the connection.
        frames: The frames of that connection, in both directions.
    """

    who: str
    log: Log
    handshake: Request
    frames: tuple[RecordedFrame, ...]


def last_visit(server: EchoServer, relay: RecordingProxy) -> Visit:
    """Return what your browser did, on the last connection on which it sent a message.

    If no button was pressed, a program plays its part, with a server and a relay of its
    own: it sends the header fields that a browser sends, and what the buttons send.

    Args:
        server: What your browser talks to.
        relay: What is before it.
    """
    for number in range(relay.recording.connections, 0, -1):
        if b"Mozilla" not in relay.recording.handshake(UP, number):
            continue
        sent = (entry.frame for entry in relay.recording.frames(UP, number))
        if any(frame.opcode in BYTES and frame.payload for frame in sent):
            return _visit("your browser", server.log, relay.recording, number)
    with EchoServer(page=True) as own, RecordingProxy(own.url) as tap:
        _press_the_buttons(own, tap)
        number = tap.recording.connections - 1
        return _visit("the stand-in", own.log, tap.recording, number)


def _visit(who: str, log: Log, recording: Recording, number: int) -> Visit:
    """Return the visit that is one connection of a recording."""
    found = parse_request(recording.handshake(UP, number))
    assert found is not None  # it has sent frames since
    entries = recording.timeline(number)
    frames = tuple(entry for entry in entries if isinstance(entry, RecordedFrame))
    return Visit(who=who, log=log, handshake=found[0], frames=frames)


def _press_the_buttons(server: EchoServer, relay: RecordingProxy) -> None:
    """Fetch the page, and send what the buttons send."""
    place = f"{relay.host}:{relay.port}"
    with urllib.request.urlopen(f"http://{place}/", timeout=5) as page:
        page.read()
    fields = [
        (name, value.replace("scoreboard.example", place))
        for name, value in BROWSER.socket
    ]
    for code, frames in BUTTONS.items():
        with socket.create_connection((relay.host, relay.port), timeout=5) as client:
            client.sendall(Request(headers=fields).serialize())
            head = b""
            while b"\r\n\r\n" not in head:
                head += client.recv(4096)
            number = relay.recording.connections
            for count, frame in enumerate(frames, start=1):
                client.sendall(frame.serialize())
                relay.recording.wait_frames(DOWN, count, connection=number)
        server.log.wait_for(f"({code})")
