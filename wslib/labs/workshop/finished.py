"""The ten steps of a server, finished. What a student leaves empty, these do.

Each is as a student would write it, in a few lines, and is shown in the answer key.
Numbers stand for opcodes, as on the wire: 0 continuation, 1 text, 2 binary, 8 Close,
9 Ping, 10 Pong.
"""

import asyncio
import base64
import codecs
import contextlib
from typing import Any

from wslib.errors import ProtocolError
from wslib.frames import apply_mask, parse_close
from wslib.handshake import accept_key

Head = tuple[str, dict[str, str]]

BAD_REQUEST = (
    b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)
UPGRADE_REQUIRED = (
    b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade, close\r\nSec-WebSocket-Version: 13\r\n"
    b"Content-Length: 0\r\n\r\n"
)


def read_request(data: bytes) -> tuple[Head, int] | None:
    """Return the request and its size in bytes; None if its end has not come.

    A request is its first line, and a dict of the header fields: names in lower case,
    the values of a field that comes twice joined by a comma.

    RFC 9112, section 3, 5; RFC 9110, section 5.3.
    """
    head, blank, _ = data.partition(b"\r\n\r\n")
    if not blank:
        return None
    line, *fields = head.decode("latin-1").split("\r\n")
    headers: dict[str, str] = {}
    for field in fields:
        name, _, value = field.partition(":")
        name, value = name.lower(), value.strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return (line, headers), len(head) + 4


def answer(request: Head) -> bytes:
    """Return the answer to a request, from its status line to the blank line.

    RFC 6455, section 4.2.
    """
    line, headers = request
    upgrade, connection = (
        [item.strip(" \t") for item in headers.get(name, "").lower().split(",")]
        for name in ("upgrade", "connection")
    )
    try:
        nonce = base64.b64decode(headers.get("sec-websocket-key", ""), validate=True)
    except ValueError:
        nonce = b""
    asks = line.startswith("GET ") and line.endswith(" HTTP/1.1") and "host" in headers
    asks = asks and "websocket" in upgrade and "upgrade" in connection
    if not asks or len(nonce) != 16:
        return BAD_REQUEST
    if headers.get("sec-websocket-version") != "13":
        return UPGRADE_REQUIRED
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Accept: "
        f"{accept_key(headers['sec-websocket-key'])}\r\n\r\n"
    ).encode()


def read_frame(data: bytes) -> tuple[bool, int, bytes, int] | None:
    """Return FIN, opcode, payload and size of the first frame; None if it is not whole.

    RFC 6455, section 5.2, 5.3.
    """
    if len(data) < 2:
        return None
    masked, length, start = data[1] >> 7, data[1] & 0x7F, 2
    if length > 125:
        start = 4 if length == 126 else 10
        length = int.from_bytes(data[2:start], "big")
    key = data[start : start + 4] if masked else bytes(4)
    start += 4 * masked
    if len(data) < start + length:
        return None
    payload = apply_mask(data[start : start + length], key)
    return data[0] >> 7 == 1, data[0] & 0x0F, payload, start + length


def write_frame(opcode: int, payload: bytes, masking_key: bytes | None = None) -> bytes:
    """Return a frame with FIN; masked if there is a key. RFC 6455, section 5.2, 5.3."""
    mask, length = 0x80 if masking_key else 0, len(payload)
    if length <= 125:
        header = bytes([0x80 | opcode, mask | length])
    elif length <= 0xFFFF:
        header = bytes([0x80 | opcode, mask | 126]) + length.to_bytes(2, "big")
    else:
        header = bytes([0x80 | opcode, mask | 127]) + length.to_bytes(8, "big")
    if masking_key is None:
        return header + payload
    return header + masking_key + apply_mask(payload, masking_key)


def on_ping(end: Any, payload: bytes) -> None:
    """Answer a Ping. RFC 6455, section 5.5.2, 5.5.3."""
    end.send(10, payload)


def on_close(end: Any, payload: bytes) -> None:
    """Answer a Close, and end. RFC 6455, section 5.5.1.

    Behind a Close nothing is sent: if ours has gone out before, this sends nothing.

    Raises:
        ProtocolError: If the payload is not one that a Close may have.
    """
    parse_close(payload)
    end.send(8, payload[:2])
    end.over = True


def join(end: Any, fin: bool, opcode: int, payload: bytes) -> tuple[int, bytes] | None:
    """Return opcode and payload of the message that is whole with this frame, or None.

    Until then ``end.opcode`` and ``end.message`` keep what has come of it; without a
    message, ``end.opcode`` is None. RFC 6455, section 5.4.

    Raises:
        ProtocolError: If no such frame may come now.
    """
    if (opcode == 0) == (end.opcode is None):
        raise ProtocolError("a continuation of nothing, or none", section="5.4")
    if opcode:
        end.opcode, end.message = opcode, bytearray()
    end.message += payload
    if not fin:
        return None
    opcode, end.opcode = end.opcode, None
    return opcode, bytes(end.message)


def is_text(data: bytes, whole: bool) -> bool:
    """Tell whether this is UTF-8; or, if it is not whole, can still become it.

    What was told before is not asked again: it begins with the last character. RFC
    6455, section 8.1.
    """
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=whole)
    except UnicodeDecodeError:
        return False
    return True


def broken_rule(data: bytes, client: bool) -> str | None:
    """Return which rule the first frame breaks, with its section; None if none.

    Args:
        data: What has come, perhaps not all of the frame.
        client: Whether it has come to a client.
    """
    if len(data) < 2:
        return None
    fin, opcode, length = data[0] >> 7, data[0] & 0x0F, data[1] & 0x7F
    size = {126: 2, 127: 8}.get(length, 0)
    number = int.from_bytes(data[2 : 2 + size], "big")
    if data[0] & 0x70:
        return "a reserved bit is set (5.2)"
    if opcode not in (0, 1, 2, 8, 9, 10):
        return f"nobody knows opcode {opcode} (5.2)"
    if data[1] >> 7 == client:
        return "a client masks, a server does not (5.1)"
    if opcode >= 8 and (length > 125 or not fin):
        return "a control frame is short, and in one piece (5.5)"
    if size and len(data) >= 2 + size:
        if number < (126 if size == 2 else 0x10000):
            return "a length is as short as can be (5.2)"
        if number >> 63:
            return "the top bit of a length is 0 (5.2)"
    return None


async def serve(
    end: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Carry the bytes of one connection to and fro, until one of the two ends it."""
    while not end.over and (data := await reader.read(65536)):
        end.receive(data)
        writer.write(end.data_to_send())
        await writer.drain()
    writer.write_eof()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2):
            while await reader.read(65536):
                pass  # closed with bytes unread, TCP may lose what was sent last
    writer.close()


STEPS = (
    read_request,
    answer,
    read_frame,
    write_frame,
    on_ping,
    on_close,
    join,
    is_text,
    broken_rule,
    serve,
)
