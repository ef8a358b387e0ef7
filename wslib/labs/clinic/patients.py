"""The patients: steps of a server, each with one bug that real servers had.

A patient is a healthy server with one of its ten steps replaced by what stands here.
The bug is a line or two; all else is right, or is left to the finished step.
"""

import base64
import hashlib
from collections.abc import Callable
from typing import Any, TypeVar

from wslib.errors import ProtocolError
from wslib.frames import apply_mask, parse_close
from wslib.handshake import GUID
from wslib.labs.clinic.patient import Patient
from wslib.labs.conformance import CASES
from wslib.labs.workshop import finished

PATIENTS: dict[str, Patient] = {}  # by letter

Head = tuple[str, dict[str, str]]
_F = TypeVar("_F", bound=Callable[..., Any])


def patient(
    letter: str, disease: str, *, case: str, complaint: str, record: str
) -> Callable[[_F], _F]:
    """Enter a step into the list of patients."""

    def enter(step: _F) -> _F:
        telling = next(c for c in CASES if c.name == case)
        PATIENTS[letter] = Patient(letter, disease, step, telling, complaint, record)
        return step

    return enter


@patient(
    "A",
    "does not answer a Close",
    case="close-1000",
    complaint="Our page closes politely, with 1000. Each time `onclose` says 1006, and "
    "that it was not clean.",
    record="what students of every course write first; RFC 6455, section 5.5.1",
)
def on_close(end: Any, payload: bytes) -> None:
    """Read a Close, and end."""
    parse_close(payload)
    end.over = True


@patient(
    "B",
    "leaves a Ping masked",
    case="ping-payload",
    complaint="A text comes back as it went. But the client pings every 20 seconds, "
    "and says after each that no answer has come.",
    record="zeroc-ice/ice#5678, lpereira/lwan#344",
)
def read_frame(data: bytes) -> tuple[bool, int, bytes, int] | None:
    """Return FIN, opcode, payload and size of the first frame; None if not whole."""
    found = finished.read_frame(data)
    if found is None:
        return None
    fin, opcode, payload, size = found
    if opcode > 8:  # no text: nothing to unmask
        payload = data[size - len(payload) : size]
    return fin, opcode, payload, size


@patient(
    "C",
    "compares Connection whole",
    case="connection-list",
    complaint="It has worked in Chrome for a year. An older Firefox gets 400.",
    record="karlseguin/websocket.zig#4, robaho/httpserver#12, arduinoWebSockets#87",
)
def answer(request: Head) -> bytes:
    """Return the answer to a request."""
    line, headers = request
    if headers.get("connection", "").lower() != "upgrade":
        return finished.BAD_REQUEST
    return finished.answer(request)


@patient(
    "D",
    "checks UTF-8 frame by frame",
    case="utf8-cut",
    complaint="Long messages in Greek cut the line with 1007, now and then. In "
    "English, never.",
    record="denoland/fastwebsockets#123, nim-websock#90",
)
def is_text(data: bytes, whole: bool) -> bool:
    """Tell whether this is UTF-8."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@patient(
    "E",
    "takes one read for one frame",
    case="two-frames-at-once",
    complaint="On my desk nothing is ever lost. On the train, whoever types fast loses "
    "every other message.",
    record="Kai-Bailey/WebSock#13, ESPAsyncWebServer#338, fukamachi/fast-websocket#13",
)
def read_frame(data: bytes) -> tuple[bool, int, bytes, int] | None:
    """Return FIN, opcode, payload and size of the first frame; None if not whole."""
    found = finished.read_frame(data)
    if found is None:
        return None
    fin, opcode, payload, _ = found
    return fin, opcode, payload, len(data)


@patient(
    "F",
    "writes 65,536 in 16 bits",
    case="binary-65536",
    complaint="We send pictures to a program. Now and then one arrives empty, and "
    "behind it comes nonsense. It is always the same pictures.",
    record="`len > 65536` in a C library; RFC 6455, section 5.2",
)
def write_frame(opcode: int, payload: bytes, masking_key: bytes | None = None) -> bytes:
    """Return a frame with FIN; masked if there is a key."""
    mask, length = 0x80 if masking_key else 0, len(payload)
    if length <= 125:
        header = bytes([0x80 | opcode, mask | length])
    elif length <= 65536:
        header = bytes([0x80 | opcode, mask | 126, length >> 8 & 0xFF, length & 0xFF])
    else:
        header = bytes([0x80 | opcode, mask | 127]) + length.to_bytes(8, "big")
    if masking_key is None:
        return header + payload
    return header + masking_key + apply_mask(payload, masking_key)


@patient(
    "G",
    "encodes the digest in hexadecimal",
    case="accept",
    complaint="Chrome says: Incorrect 'Sec-WebSocket-Accept' header value.",
    record="ZenZhao510/CSE312-Server, util/websockets.py",
)
def answer(request: Head) -> bytes:
    """Return the answer to a request."""
    response = finished.answer(request)
    if not response.startswith(b"HTTP/1.1 101 "):
        return response
    digest = hashlib.sha1((request[1]["sec-websocket-key"] + GUID).encode()).hexdigest()
    accept = base64.b64encode(digest.encode())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


@patient(
    "H",
    "ends its head twice",
    case="head-ends-once",
    complaint="The handshake is perfect. Then every client fails before a single "
    "message has come. One says: opcode 13.",
    record="stackoverflow.com/questions/7575339",
)
def answer(request: Head) -> bytes:
    """Return the answer to a request."""
    response = finished.answer(request)
    if response.startswith(b"HTTP/1.1 101 "):
        response += b"\r\n"
    return response


@patient(
    "I",
    "looks for names in one spelling",
    case="names-case",
    complaint="Behind the new proxy nobody gets in. The proxy's log shows that it asks "
    "just as before, only in small letters.",
    record="jerryscript-project/iotjs#1921",
)
def read_request(data: bytes) -> tuple[Head, int] | None:
    """Return the request and its size in bytes; None if its end has not come."""
    found = finished.read_request(data)
    if found is None:
        return None
    (line, headers), size = found
    wanted = "Host Upgrade Connection Sec-WebSocket-Key Sec-WebSocket-Version".split()
    there = [name for name in wanted if b"\r\n" + name.encode() + b":" in data]
    return (line, {name.lower(): headers[name.lower()] for name in there}), size


@patient(
    "J",
    "masks its frames",
    case="server-masks-no-text",
    complaint="Chrome says: A server must not mask any frames that it sends to the "
    "client.",
    record="rust-websocket#61, arduinoWebSockets#208",
)
def write_frame(opcode: int, payload: bytes, masking_key: bytes | None = None) -> bytes:
    """Return a frame with FIN, masked."""
    return finished.write_frame(opcode, payload, masking_key or b"\x37\xfa\x21\x3d")


@patient(
    "K",
    "writes lengths little end first",
    case="binary-126",
    complaint="Up to 125 characters, all is well. One more, and the client waits for "
    "ever.",
    record="MDN's server in C#, which has to turn the bytes round",
)
def write_frame(opcode: int, payload: bytes, masking_key: bytes | None = None) -> bytes:
    """Return a frame with FIN; masked if there is a key."""
    mask, length = 0x80 if masking_key else 0, len(payload)
    if length <= 125:
        header = bytes([0x80 | opcode, mask | length])
    elif length <= 0xFFFF:
        header = bytes([0x80 | opcode, mask | 126]) + length.to_bytes(2, "little")
    else:
        header = bytes([0x80 | opcode, mask | 127]) + length.to_bytes(8, "little")
    if masking_key is None:
        return header + payload
    return header + masking_key + apply_mask(payload, masking_key)


@patient(
    "L",
    "takes a continuation of nothing",
    case="continuation-first",
    complaint="The security scan found a way past our filter, which looks at the first "
    "frame of each message. It gives us one number: 5.4.",
    record="7etsuo/tetsuo-pulse#3473",
)
def join(end: Any, fin: bool, opcode: int, payload: bytes) -> tuple[int, bytes] | None:
    """Return opcode and payload of the message that is whole with this frame."""
    if opcode and end.opcode is not None:
        raise ProtocolError("a message inside another", section="5.4")
    if end.opcode is None:
        end.opcode, end.message = opcode or 1, b""
    end.message += payload
    if not fin:
        return None
    opcode, end.opcode = end.opcode, None
    return opcode, end.message


@patient(
    "M",
    "sends 1006",
    case="close-empty",
    complaint="When our page calls `socket.close()` without a code, Chrome reports "
    "that the server broke the protocol.",
    record="gorilla/websocket#424",
)
def on_close(end: Any, payload: bytes) -> None:
    """Answer a Close, and end."""
    parse_close(payload)
    code = payload[:2] or (1006).to_bytes(2, "big")
    end.send(8, code)
    end.over = True


@patient(
    "N",
    "ignores the reserved bits",
    case="rsv-4",
    complaint="A client that compresses, though nobody agreed to it, gets in. Its "
    "texts are cut off with 1007, its pictures come back as rubbish.",
    record="cases 3.1 to 3.7 of the Autobahn test suite",
)
def broken_rule(data: bytes, client: bool) -> str | None:
    """Return which rule the first frame breaks; None if none."""
    if not data:
        return None
    return finished.broken_rule(bytes([data[0] & 0b1000_1111]) + data[1:], client)
