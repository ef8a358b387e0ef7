"""The steps of the page: a connection in the clear, and the records of one in TLS."""

from collections import Counter
from dataclasses import dataclass

from illustrated import frames, heads, tls
from illustrated.capture import FIN, SYN, Packet
from illustrated.groups import Group, Part, Step, count
from illustrated.segments import Headers
from wslib.direction import DOWN, UP
from wslib.frames import Frame, FrameReader, Opcode
from wslib.labs.security import ContentType
from wslib.relay import Chunk, RecordedFrame, RecordedHandshake, Recording

# Of a frame by opcode, sender and FIN: its name, its title, and what to know first.
FRAMES = {
    (Opcode.TEXT, UP, True): (
        "text",
        "Text, masked",
        "{size} bytes for {length} letters. What are the other {header} for?",
    ),
    (Opcode.TEXT, DOWN, True): (
        "echo",
        "Text, the echo",
        "The words come back, with a word before them. Which of the six bytes that "
        "the client needed are not here?",
    ),
    (Opcode.TEXT, DOWN, False): (
        "first-fragment",
        "Text, first fragment",
        "FIN is 0: the message is not over, and the script hears nothing yet. Now "
        "watch what comes before the rest.",
    ),
    (Opcode.PING, DOWN, True): (
        "ping",
        "Ping",
        "In the middle of that message. A control frame may come between two "
        "fragments, another message may not. This server waits for the answer before "
        "it goes on.",
    ),
    (Opcode.PONG, UP, True): (
        "pong",
        "Pong, masked",
        "The browser answers by itself, with the same payload. No script is asked, "
        "and none is told.",
    ),
    (Opcode.CONTINUATION, DOWN, True): (
        "last-fragment",
        "Continuation, last fragment",
        "FIN is 1: now it is a message, and the script has one event. That there were "
        "two frames, and a ping between them, it cannot see.",
    ),
    (Opcode.CLOSE, UP, True): (
        "close",
        "Close, masked",
        "The script has called close() with a code and a reason. After this frame the "
        "client sends no more messages.",
    ),
    (Opcode.CLOSE, DOWN, True): (
        "close-answer",
        "Close, the answer",
        "A Close is answered with a Close; the code comes back, and this library "
        "sends the reason back as well. With that the WebSocket is over. Only TCP is "
        "left.",
    ),
}


@dataclass(frozen=True)
class Conversation:
    """A connection in the clear, read.

    Attributes:
        steps: One for each segment.
        key: The ``Sec-WebSocket-Key``.
        made_up: Whether a relay made up the packets around the bytes.
        costs: How many bytes each kind of thing took, in all.
    """

    steps: list[Step]
    key: str
    made_up: bool
    costs: dict[str, int]


def conversation(packets: list[Packet]) -> Conversation:
    """Read the packets of a connection without TLS.

    Raises:
        ValueError: If a frame does not lie in one segment, as small ones do.
    """
    headers = Headers(packets)
    recording, places = _recording(packets)
    entries: dict[int, list[RecordedHandshake | RecordedFrame]] = {}
    for entry in recording.timeline():
        if not isinstance(entry, RecordedHandshake | RecordedFrame):
            raise ValueError(f"not to be read: {entry}")
        if len(entry.chunks) != 1:
            raise ValueError(f"in more than one segment: {entry}; record again")
        entries.setdefault(places[entry.chunks[0]], []).append(entry)
    steps, names = [], Counter[str]()
    for place, packet in enumerate(packets):
        around = headers.explain(packet)
        found = entries.get(place, [])
        first = not any(step.title.startswith("FIN") for step in steps)
        step = (
            _carrying(found, packet, headers, around)
            if found
            else _bare(packet, headers, around, first)
        )
        names[step.name] += 1
        if names[step.name] > 1:
            step = _renamed(step, names[step.name])
        steps.append(step)
    key = heads.key_of(recording.handshake(UP))
    return Conversation(steps, key, headers.made_up, _costs(packets, recording))


def _recording(packets: list[Packet]) -> tuple[Recording, list[int]]:
    """Return what a relay would have recorded, and from which packet each chunk is."""
    recording, places = Recording(), []
    recording.begin()
    for place, packet in enumerate(packets):
        if packet.payload:
            chunk = Chunk(
                connection=1,
                direction=packet.direction(packets[0]),
                data=packet.payload,
                time=0.0,
            )
            recording.add(chunk)
            places.append(place)
    # The beginning is an event, too, and no chunk.
    return recording, places


def _carrying(
    found: list[RecordedHandshake | RecordedFrame],
    packet: Packet,
    headers: Headers,
    around: list[Part],
) -> Step:
    """Return the step of a segment that carries a head or frames."""
    first = found[0]
    groups: list[Group] = []
    more = ""
    for entry in found:
        if isinstance(entry, RecordedHandshake):
            notes = heads.REQUEST if entry.direction is UP else heads.RESPONSE
            groups += heads.lines(entry.raw, notes)
        else:
            groups += frames.groups(entry.raw, entry.frame)
            more += frames.unmasked(entry.frame)
    name, title, line, lead = _words(first)
    for other in found[1:]:
        _, also, said, lead_too = _words(other)
        title, line, lead = (
            f"{title} + {also}",
            f"{line} + {said}",
            f"{lead} {lead_too}",
        )
    return Step(
        name=name,
        direction=first.direction,
        title=title,
        line=line,
        lead=lead,
        main=Part("", "", groups),
        around=around,
        time=packet.time - headers.first.time,
        more=more,
    )


def _words(entry: RecordedHandshake | RecordedFrame) -> tuple[str, str, str, str]:
    """Return the name of a step, its title, its line and its lead."""
    if isinstance(entry, RecordedHandshake):
        if entry.direction is UP:
            lead = (
                "An HTTP request like any other. Which of its lines are WebSocket's "
                "own, and which does a browser send to everybody?"
            )
            return "request", "Request", entry.words, lead
        lead = "Yes. It is the last thing that HTTP says on this connection."
        return "response", "Response", entry.words, lead
    frame = entry.frame
    name, title, lead = FRAMES[frame.opcode, entry.direction, frame.fin]
    length = len(frame.payload)
    lead = lead.format(size=entry.size, length=length, header=entry.size - length)
    return name, title, said(frame), lead


def said(frame: Frame) -> str:
    """Return what a frame says, in a few words."""
    if frame.opcode is Opcode.CLOSE:
        code, reason = int.from_bytes(frame.payload[:2]), frame.payload[2:].decode()
        return f"{code} “{reason}”"
    return f"“{frame.payload.decode()}”"


def _bare(packet: Packet, headers: Headers, around: list[Part], first: bool) -> Step:
    """Return the step of a segment that carries nothing.

    Args:
        packet: The segment.
        headers: Explains it.
        around: What they say.
        first: Whether nobody has hung up before it.
    """
    direction = headers.direction(packet)
    up, arrived = direction is UP, headers.arrived(packet)
    opens, ends = packet.flags & SYN, packet.flags & FIN
    if opens and up:
        words = (
            "syn",
            "SYN",
            "may I? I count from here",
            "Nothing has been said yet. The client asks, and names the number from "
            "which it will count its bytes.",
        )
    elif opens:
        words = (
            "syn-ack",
            "SYN, ACK",
            "you may, and I count from here",
            "The server has a number of its own: each direction is counted for itself.",
        )
    elif ends:
        lead = (
            "One half of the connection ends here: its sender will send no more. It "
            "can still listen."
        )
        if first and not up:
            lead += (
                " The server hangs up first: whoever does has to keep the connection "
                "in mind for a while (TIME_WAIT), and the client shall be free to come "
                "again at once (RFC 6455, 7.1.1)."
            )
        words = (
            "client-fin" if up else "server-fin",
            "FIN, ACK",
            "I have sent all" if first else "and I have sent all, too",
            lead,
        )
    elif up and not arrived:
        words = (
            "ack",
            "ACK",
            "heard; from here on both may speak",
            "That was the handshake of TCP. WebSocket has one of its own, and it is "
            "still to come.",
        )
    else:
        words = (
            "ack",
            "ACK",
            "all of it has arrived",
            "Nothing is sent here, and only headers say so.",
        )
    name, title, line, lead = words
    return Step(
        name=name,
        direction=direction,
        title=title,
        line=line,
        lead=lead,
        main=around[1],
        around=around[:1],
        time=packet.time - headers.first.time,
    )


def _renamed(step: Step, number: int) -> Step:
    """Return a step under a name that no other has."""
    return Step(**vars(step) | {"name": f"{step.name}-{number}"})


def _costs(packets: list[Packet], recording: Recording) -> dict[str, int]:
    """Return how many bytes each kind of thing took."""
    found = [each for way in (UP, DOWN) for each in recording.frames(way)]
    payloads = {True: 0, False: 0}
    for each in found:
        payloads[each.frame.opcode.is_control] += len(each.frame.payload)
    return {
        "IP headers": sum(len(packet.ip) for packet in packets),
        "TCP headers": sum(len(packet.tcp) for packet in packets),
        "HTTP: request and response": recording.count_handshakes(),
        "WebSocket: headers and masking keys": sum(each.size for each in found)
        - sum(payloads.values()),
        "ping, pong and Close: what they say": payloads[True],
        "the messages": payloads[False],
    }


def tls_steps(packets: list[Packet], secrets: str) -> list[Step]:
    """Read the packets of a connection with TLS: one step for each record."""
    readers = {
        UP: FrameReader(masked=True),
        DOWN: FrameReader(masked=False),
    }
    steps = []
    for number, sent in enumerate(tls.all_sent(packets, secrets), 1):
        title, line, lead = _of_record(sent, readers[sent.direction])
        clear = sent.inside is None
        groups = tls.clear(sent.record) if clear else tls.sealed(sent.record)
        steps.append(
            Step(
                name=f"tls-{number}",
                direction=sent.direction,
                title=title,
                line=line,
                lead=lead,
                main=Part("", "", list(groups)),
                time=sent.time - packets[0].time,
            )
        )
    return steps


def _of_record(sent: tls.Sent, reader: FrameReader) -> tuple[str, str, str]:
    """Return the title of a record's step, its line and its lead."""
    record, inside = sent.record, sent.inside
    if inside is None:
        if record.content_type is not ContentType.HANDSHAKE:
            return "ChangeCipherSpec", "readable, and empty", "Nobody needs it."
        if sent.direction is UP:
            return "ClientHello", "readable, all of it", _CLIENT_HELLO
        return "ServerHello", "readable, all of it", _SERVER_HELLO
    if sent.inner_type is ContentType.HANDSHAKE:
        names = [
            tls.HANDSHAKE.get(kind, f"message {kind}")
            for kind, _ in tls.handshakes(inside)
        ]
        line, shown = ", ".join(names), ""
    elif sent.inner_type is ContentType.ALERT:
        line, shown = "close_notify: I have sent all", inside.hex(" ")
    elif inside[:4] in (b"GET ", b"HTTP"):
        line, shown = inside.split(b"\r\n")[0].decode(), ""
    else:
        line = " + ".join(map(_of_frame, reader.feed(inside)))
        shown = inside.hex(" ")
    read = f"{count(len(inside))}{f', `{shown}`' if shown else ''}"
    lead = (
        f"Who has the keys reads {read}; then one more that says what kind that is, "
        f"and {tls.TAG} that prove it. Who has not counts {len(record.data)}."
    )
    return "Application data", f"inside: {line}", lead


def _of_frame(frame: Frame) -> str:
    """Return what a frame in a record is."""
    up = frame.masking_key is not None
    _, title, _ = FRAMES[frame.opcode, UP if up else DOWN, frame.fin]
    return f"{title} {said(frame)}"


_CLIENT_HELLO = (
    "Before any key there can be no secret. Everybody on the way reads whom the client "
    "wants, and what it can. Look for server_name."
)
_SERVER_HELLO = (
    "The last that the server says in the clear. From its key_share and the client's "
    "both now compute the same keys, and nobody else can."
)
