"""The opening handshake: what each line of a request and a response is for."""

import base64
import hashlib
from collections.abc import Iterator

from illustrated.groups import Group
from wslib.handshake import GUID, accept_key
from wslib.http1 import parse_request, parse_response

# By the first word of a line: what it says, and where that stands.
REQUEST = {
    "GET": (
        "An ordinary GET. A server that knows no WebSocket can read it, too, and say "
        "so.",
        "6455, 4.1",
    ),
    "Host": ("Which site is meant: one address may have many.", "9110, 7.2"),
    "Connection": (
        "The line `Upgrade` is for the next hop only: whoever passes the request on "
        "has to take it out.",
        "9110, 7.6.1",
    ),
    "Pragma": (
        "How HTTP/1.0 said what the next line says. Browsers still do.",
        "9111, 5.4",
    ),
    "Cache-Control": (
        "An answer out of some cache is not wanted.",
        "9111, 5.2.1.4",
    ),
    "User-Agent": (
        "What the browser calls itself. They all say Mozilla; Headless means that "
        "this one has no window.",
        "9110, 10.1.5",
    ),
    "Upgrade": ("The protocol to speak from here on, if you like.", "9110, 7.8"),
    "Origin": (
        "Which page is asking. The browser writes it, no script can change it: a "
        "server may turn strangers away.",
        "6455, 10.2",
    ),
    "Sec-WebSocket-Version": (
        "13 is RFC 6455. 0 to 8 were drafts; a greater one there is not.",
        "6455, 11.6",
    ),
    "Accept-Encoding": (
        "How an answer's body may be compressed. There will be no body.",
        "9110, 12.5.3",
    ),
    "Accept-Language": (
        "Which language the answer should be in. Nobody will look.",
        "9110, 12.5.4",
    ),
    "Sec-WebSocket-Key": (
        "16 random bytes in base64, new for each connection. No secret: a question.",
        "6455, 11.3.1",
    ),
    "Sec-WebSocket-Extensions": (
        "Shall we compress the messages? The answer will not say yes, so: no.",
        "6455, 9.1",
    ),
    "": ("An empty line. The request is complete.", "9112, 2.1"),
}
RESPONSE = {
    "HTTP/1.1": (
        "101: yes, the protocol changes, and behind the empty line it has.",
        "9110, 15.2.2",
    ),
    "Upgrade": ("To this one, which was asked for.", "9110, 7.8"),
    "Connection": ("On this connection.", "6455, 4.2.2"),
    "Sec-WebSocket-Accept": (
        "The answer to the key. One letter wrong, and the browser hangs up.",
        "6455, 4.1",
    ),
    "": (
        "An empty line: the last bytes of HTTP. From here on there are frames.",
        "6455, 4.1",
    ),
}


def lines(head: bytes, notes: dict[str, tuple[str, str]]) -> Iterator[Group]:
    """Yield the lines of a head, each with what it is for.

    Args:
        head: From its first line to its empty line.
        notes: ``REQUEST`` or ``RESPONSE``.
    """
    for line in head.splitlines(keepends=True):
        text = line.decode("latin-1").strip()
        word = text.split(":")[0] if ":" in text.split(" ")[0] else text.split(" ")[0]
        says, rfc = notes.get(word, ("WebSocket gives this line no meaning.", ""))
        known = {"GET": "Request line", "HTTP/1.1": "Status line", "": "Empty line"}
        name = known.get(word, word)
        yield Group(line, name, says, rfc, text=text)


def key_of(request: bytes) -> str:
    """Return the key that a request asks with."""
    parsed = parse_request(request)
    assert parsed is not None
    return parsed[0].get("Sec-WebSocket-Key") or ""


def accept_of(response: bytes) -> str:
    """Return the answer that a response gives."""
    parsed = parse_response(response)
    assert parsed is not None
    return parsed[0].get("Sec-WebSocket-Accept") or ""


def accept_steps(key: str) -> list[tuple[str, str, str, str]]:
    """Return how a key becomes the answer: name, value, sentence, RFC; four times."""
    digest = hashlib.sha1(f"{key}{GUID}".encode()).digest()
    assert base64.b64encode(digest).decode() == accept_key(key)
    random = base64.b64decode(key).hex(" ")
    return [
        (
            "The key",
            key,
            f"{len(key)} letters, as they came. They stand for 16 random bytes, "
            f"`{random}`, but nobody has to know: it is the letters that count.",
            "6455, 4.1",
        ),
        (
            "+ a text that never changes",
            f"{key}{GUID}",
            f"{len(GUID)} letters, the same in every WebSocket server of the world. "
            f"Who adds them has read the RFC.",
            "6455, 1.3",
        ),
        (
            "SHA-1",
            digest.hex(" "),
            f"{len(digest)} bytes. SHA-1 is broken as a lock, and here it locks "
            f"nothing: it only mixes.",
            "3174, 1",
        ),
        (
            "base64",
            accept_key(key),
            f"{len(accept_key(key))} letters: the answer. Anyone can compute it; "
            f"nobody does so by accident.",
            "4648, 4",
        ),
    ]
