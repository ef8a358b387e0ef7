"""The withdrawn protocol, kept small, for the museum: WebSocket as it was in 2010.

    client                                         server
    GET /demo HTTP/1.1
    Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5
    Sec-WebSocket-Key2: 12998 5 Y3 1  .P00

    ^n:ds[4U                                  ▶
                                              ◀    HTTP/1.1 101 WebSocket Protocol...

                                                   8jKS'y:G*Co,Wxa-
    00 48 65 6c 6c 6f ff                      ▶
    ff 00                                     ▶
                                              ◀    ff 00

Sections are those of draft-ietf-hybi-thewebsocketprotocol-00, which is the same text as
draft-hixie-thewebsocketprotocol-76. Nothing here reads a socket.
"""

import hashlib
import random
import struct
from dataclasses import replace

from wslib import http1
from wslib.errors import WslibError
from wslib.http1 import Request, Response

__all__ = [
    "CLOSING",
    "HixieError",
    "build_request",
    "build_response",
    "challenge_answer",
    "check_response",
    "key_number",
    "new_key",
    "parse_frame",
    "parse_request",
    "parse_response",
    "serialize_frame",
]

CLOSING = b"\xff\x00"  # the closing handshake, both ways: no code, no reason

_LARGEST = 0xFFFF_FFFF  # the number in a key fills 32 bits
_JUNK = [chr(code) for code in (*range(0x21, 0x30), *range(0x3A, 0x7F))]


class HixieError(WslibError):
    """The peer does not keep to the withdrawn protocol."""

    def __init__(self, message: str, *, section: str) -> None:
        super().__init__(f"{message} (hixie-76, section {section})")
        self.section = section


def new_key(source: random.Random | None = None) -> str:
    """Return a key: a number, and characters and spaces to hide it. Section 4.1."""
    source = source or random.SystemRandom()
    spaces = source.randint(1, 12)
    key = list(str(source.randint(0, _LARGEST // spaces) * spaces))
    for _ in range(source.randint(1, 12)):
        key.insert(source.randint(0, len(key)), source.choice(_JUNK))
    for _ in range(spaces):
        key.insert(source.randint(1, len(key) - 1), " ")  # neither first nor last
    return "".join(key)


def key_number(key: str) -> int:
    """Return the digits of a key, divided by the number of its spaces. Section 5.2."""
    digits = "".join(character for character in key if character in "0123456789")
    spaces = key.count(" ")
    if not digits or not spaces:
        raise HixieError(f"no digit or no space in the key {key!r}", section="5.2")
    if len(digits) > 4000:  # above 4300, Python makes no number of them
        raise HixieError(f"{len(digits)} digits in the key", section="5.2")
    number, rest = divmod(int(digits), spaces)
    if rest or number > _LARGEST:
        message = f"{digits} / {spaces} is not a whole number of 32 bits"
        raise HixieError(message, section="5.2")
    return number


def challenge_answer(key1: str, key2: str, body: bytes) -> bytes:
    """Return the 16 bytes that prove that the server speaks this. Section 5.2.

    They are the MD5 of the two numbers, 4 bytes each, and the 8 bytes of the body.
    """
    challenge = struct.pack("!II", key_number(key1), key_number(key2)) + body
    return hashlib.md5(challenge, usedforsecurity=False).digest()


def build_request(
    host: str, target: str = "/", *, origin: str, key1: str, key2: str
) -> Request:
    """Return the client's request; 8 bytes of body follow it. Section 4.1."""
    fields = [("Upgrade", "WebSocket"), ("Connection", "Upgrade"), ("Host", host)]
    fields += [("Origin", origin)]
    fields += [("Sec-WebSocket-Key1", key1), ("Sec-WebSocket-Key2", key2)]
    return Request(target=target, headers=tuple(fields))


def parse_request(data: bytes) -> tuple[Request, bytes, int] | None:
    """Return a request, the 8 bytes behind it, and its size with them. Section 5.1.

    None means that more bytes are needed, here and in what follows.
    """
    found = http1.parse_request(data)
    if found is None or len(data) < found[1] + 8:
        return None
    request, end = found
    return request, data[end : end + 8], end + 8


def build_response(request: Request, body: bytes) -> Response:
    """Return the server's response, with the answer as its body. Section 5.2."""
    names = ("Host", "Origin", "Sec-WebSocket-Key1", "Sec-WebSocket-Key2")
    for name in names:
        if not request.get(name):
            raise HixieError(f"no {name}", section="5.1")
    host, origin, key1, key2 = (request.get(name) or "" for name in names)
    fields = [("Upgrade", "WebSocket"), ("Connection", "Upgrade")]
    fields += [("Sec-WebSocket-Origin", origin)]
    fields += [("Sec-WebSocket-Location", f"ws://{host}{request.target}")]
    answer = challenge_answer(key1, key2, body)
    reason = "WebSocket Protocol Handshake"
    return Response(reason=reason, headers=tuple(fields), body=answer)


def parse_response(data: bytes) -> tuple[Response, int] | None:
    """Return a response with the 16 bytes of its answer, and its size. Section 4.1."""
    found = http1.parse_response(data)
    if found is None or len(data) < found[1] + 16:
        return None
    response, end = found
    return replace(response, body=data[end : end + 16]), end + 16


def check_response(response: Response, request: Request, body: bytes) -> None:
    """Raise HixieError if this is not the response to the request. Section 4.1."""
    expected = build_response(request, body)
    if response.status != 101:
        raise HixieError(f"the status is 101, not {response.status}", section="4.1")
    for name, value in expected.headers:
        if (found := response.get(name)) != value:
            raise HixieError(f"{name} is {value}, not {found}", section="4.1")
    if response.body != expected.body:
        message = f"the answer is {expected.body!r}, not {response.body!r}"
        raise HixieError(message, section="4.1")


def serialize_frame(text: str) -> bytes:
    """Return a text between 00 and ff, a byte that UTF-8 never uses. Section 4.2."""
    return b"\x00" + text.encode("utf-8") + b"\xff"


def parse_frame(data: bytes) -> tuple[str | None, int] | None:
    """Return the text in the first frame, None for CLOSING, and the size. Section 4.2.

    The draft has a receiver skip other types of frame; here they are refused.
    """
    if data in (b"", CLOSING[:1]):
        return None
    if data[:2] == CLOSING:
        return None, 2
    if data[0] != 0x00:
        raise HixieError(f"no meaning was given to type {data[0]:02x}", section="4.2")
    end = data.find(b"\xff")  # the only way to find the end is to look at every byte
    return (data[1:end].decode("utf-8", "replace"), end + 1) if end >= 0 else None
