"""The opening handshake: one HTTP request, one HTTP response. RFC 6455, section 4.

    client                                             server
    GET /chat HTTP/1.1
    Host: example.org
    Upgrade: websocket
    Connection: Upgrade
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==   ▶
                                                  ◀    HTTP/1.1 101 Switching Protocols
                                                       Upgrade: websocket
                                                       Connection: Upgrade
                                                       Sec-WebSocket-Accept: s3pP...

After the blank line that ends the response, the same TCP connection carries frames.

Nothing here reads a socket: bytes come in as arguments and go out as results.
"""

import base64
import binascii
import hashlib
import http
import secrets
from collections.abc import Iterator, Sequence

from wslib.errors import HandshakeError
from wslib.http1 import Headers, Request, Response

__all__ = [
    "GUID",
    "VERSION",
    "accept_key",
    "build_refusal",
    "build_request",
    "build_response",
    "new_key",
    "request_problems",
    "response_problems",
]

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # section 1.3, the same for everyone
VERSION = 13  # section 4.1, item 9


def new_key(nonce: bytes | None = None) -> str:
    """Return a ``Sec-WebSocket-Key``: 16 bytes in base64, 24 characters.

    Args:
        nonce: The 16 bytes; random ones if None.

    Raises:
        ValueError: If the nonce is not 16 bytes long.

    RFC 6455, section 4.1, item 7: the nonce "MUST be selected randomly for each
    connection".
    """
    if nonce is None:
        nonce = secrets.token_bytes(16)
    if len(nonce) != 16:
        raise ValueError(f"the nonce is 16 bytes long, not {len(nonce)}")
    return base64.b64encode(nonce).decode("ascii")


def accept_key(key: str) -> str:
    """Return the ``Sec-WebSocket-Accept`` that answers ``key``, 28 characters.

    The key goes in as the 24 characters that were on the wire: it is not decoded.

    Raises:
        TypeError: If the key is not a ``str``.
        UnicodeEncodeError: If it holds anything beyond ASCII.

    RFC 6455, section 4.2.2, item 5.4.
    """
    if not isinstance(key, str):
        raise TypeError(f"the key is text (str), not {type(key).__name__}")
    digest = hashlib.sha1((key + GUID).encode("ascii")).digest()
    return base64.b64encode(digest).decode("ascii")


def build_request(
    host: str,
    target: str = "/",
    *,
    key: str | None = None,
    origin: str | None = None,
    subprotocols: Sequence[str] = (),
    extensions: Sequence[str] = (),
    headers: Headers = (),
) -> Request:
    """Return the request that opens a connection.

    Args:
        host: For the ``Host`` field: a name, and the port unless it is the default.
        target: The resource name.
        key: The ``Sec-WebSocket-Key``; a new one if None.
        origin: Where the script came from; browsers always send it.
        subprotocols: Names the client can speak, the preferred one first.
        extensions: What it offers, each with its parameters, as RFC 6455, 9.1, has it.
        headers: More fields, such as cookies.

    RFC 6455, section 4.1.
    """
    fields = [
        ("Host", host),
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Key", new_key() if key is None else key),
        ("Sec-WebSocket-Version", str(VERSION)),
    ]
    if origin is not None:
        fields.append(("Origin", origin))
    if subprotocols:
        fields.append(("Sec-WebSocket-Protocol", ", ".join(subprotocols)))
    if extensions:
        fields.append(("Sec-WebSocket-Extensions", ", ".join(extensions)))
    return Request(target=target, headers=(*fields, *headers))


def request_problems(request: Request) -> list[HandshakeError]:
    """Return what a server must find wrong with a request, in the RFC's order.

    RFC 6455, items 1 to 6 of section 4.2.1, and 4.4.
    """
    return [*_request_line_problems(request), *_field_problems(request)]


def build_response(
    request: Request,
    *,
    subprotocols: Sequence[str] = (),
    extensions: Sequence[str] = (),
) -> Response:
    """Return the server's answer: 101, or a refusal whose body says each reason.

    Args:
        request: What the client asked.
        subprotocols: Names the server can speak, the preferred one first; the first
            that the client offers too is chosen.
        extensions: What of the offered ones is agreed to, each with its parameters.

    RFC 6455, sections 4.2.2, 4.4 and 9.1.
    """
    problems = request_problems(request)
    if problems:
        return build_refusal(problems)
    key = request.get("Sec-WebSocket-Key")
    assert key is not None  # request_problems saw it
    fields = [
        ("Upgrade", "websocket"),
        ("Connection", "Upgrade"),
        ("Sec-WebSocket-Accept", accept_key(key)),
    ]
    offered = request.tokens("Sec-WebSocket-Protocol")
    chosen = next((name for name in subprotocols if name in offered), None)
    if chosen is not None:
        fields.append(("Sec-WebSocket-Protocol", chosen))
    if extensions:
        fields.append(("Sec-WebSocket-Extensions", ", ".join(extensions)))
    return Response(headers=tuple(fields))


def build_refusal(problems: list[HandshakeError]) -> Response:
    """Return the HTTP response that refuses a request, for all its problems.

    The status is that of the first. RFC 6455, section 4.2.2.
    """
    status = problems[0].status or 400
    fields = [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Connection", "Upgrade, close" if status == 426 else "close"),
    ]
    if status == 405:
        fields.append(("Allow", "GET"))  # RFC 9110, section 15.5.6
    if status == 426 or "4.4" in [problem.section for problem in problems]:
        fields.append(("Sec-WebSocket-Version", str(VERSION)))
    if status == 426:
        fields.append(("Upgrade", "websocket"))  # RFC 9110, section 15.5.22
    # "backslashreplace": what is refused may be no text that UTF-8 can write
    lines = "".join(f"{problem}\n" for problem in problems)
    body = lines.encode("utf-8", "backslashreplace")
    fields.append(("Content-Length", str(len(body))))
    reason = http.HTTPStatus(status).phrase
    return Response(status=status, reason=reason, headers=tuple(fields), body=body)


def response_problems(response: Response, request: Request) -> list[HandshakeError]:
    """Return all that a client must find wrong with the answer to its request.

    Any one of them, and the client "MUST _Fail the WebSocket Connection_"; but another
    status than 101 is handled as HTTP has it. If it is the request that had no key to
    answer, the problem says so, and not that the answer is wrong.

    RFC 6455, section 4.1, the numbered list after "Once the client's opening
    handshake has been sent".
    """
    if response.status != 101:  # then it is plain HTTP, and nothing else to look for
        message = f"the status is 101, not {response.status}"
        return [_of_response(message, "4.1, response item 1")]
    problems: list[HandshakeError] = []
    if [v.lower() for v in response.tokens("Upgrade")] != ["websocket"]:
        message = "Upgrade is not 'websocket'"
        problems.append(_of_response(message, "4.1, response item 2"))
    if not response.has_token("Connection", "Upgrade"):
        message = "no 'Upgrade' in Connection"
        problems.append(_of_response(message, "4.1, response item 3"))
    problems += _accept_problems(response, request)
    problems += _choice_problems(response, request)
    return problems


def _request_line_problems(request: Request) -> Iterator[HandshakeError]:
    """Yield what is wrong with the first line. Section 4.2.1, item 1."""
    section = "4.2.1, item 1"
    if request.method != "GET":
        message = f"the method is GET, not {request.method}"
        yield HandshakeError(message, section=section, status=405)
    if request.version < "HTTP/1.1":
        message = f"HTTP/1.1 or higher, not {request.version}"
        yield HandshakeError(message, section=section, status=505)


def _field_problems(request: Request) -> Iterator[HandshakeError]:
    """Yield what is wrong with the header fields. Section 4.2.1, items 2 to 6; 4.4."""
    hosts = request.values("Host")
    if not any(hosts):
        yield HandshakeError("no Host", section="4.2.1, item 2")
    elif len(hosts) > 1:
        yield HandshakeError("more than one Host", section="3.2", rfc=9112)
    if not request.has_token("Upgrade", "websocket"):
        message = "no 'websocket' in Upgrade: this is plain HTTP"
        yield HandshakeError(message, section="4.2.1, item 3", status=426)
    if not request.has_token("Connection", "Upgrade"):
        message = "no 'Upgrade' in Connection"
        yield HandshakeError(message, section="4.2.1, item 4", status=426)
    keys = request.values("Sec-WebSocket-Key")
    if not keys:
        yield HandshakeError("no Sec-WebSocket-Key", section="4.2.1, item 5")
    elif len(keys) > 1:
        yield HandshakeError("more than one Sec-WebSocket-Key", section="11.3.1")
    elif fault := _key_fault(keys[0]):
        yield HandshakeError(f"Sec-WebSocket-Key {fault}", section="4.2.1, item 5")
    versions = request.values("Sec-WebSocket-Version")
    if not versions:
        yield HandshakeError("no Sec-WebSocket-Version", section="4.2.1, item 6")
    elif len(versions) > 1:
        yield HandshakeError("more than one Sec-WebSocket-Version", section="11.3.5")
    elif versions[0] != str(VERSION):
        message = f"version {VERSION} is spoken here, not {versions[0]!r}"
        yield HandshakeError(message, section="4.4", status=426)


def _of_response(message: str, section: str) -> HandshakeError:
    """Return what a client found: it answers nothing, so there is no status."""
    return HandshakeError(message, section=section, status=None)


def _accept_problems(response: Response, request: Request) -> Iterator[HandshakeError]:
    """Yield what is wrong with the accept, or with the key that it is to answer."""
    key = request.get("Sec-WebSocket-Key")
    if not key:
        message = "the request has no Sec-WebSocket-Key that could be answered"
        yield _of_response(message, "4.1, request item 7")
    elif not key.isascii():
        message = f"the request's Sec-WebSocket-Key is not base64: {key!r}"
        yield _of_response(message, "4.1, request item 7")
    accepts = response.values("Sec-WebSocket-Accept")
    if not accepts:
        yield _of_response("no Sec-WebSocket-Accept", "4.1, response item 4")
    elif len(accepts) > 1:
        yield _of_response("more than one Sec-WebSocket-Accept", "11.3.3")
    elif key and key.isascii() and accepts[0] != (expected := accept_key(key)):
        message = f"Sec-WebSocket-Accept {accepts[0]} does not answer the key that was "
        message += f"sent ({expected} does)"
        yield _of_response(message, "4.1, response item 4")


def _choice_problems(response: Response, request: Request) -> Iterator[HandshakeError]:
    """Yield what a server has chosen, and the client had not offered."""
    offered = _names(request.tokens("Sec-WebSocket-Extensions"))
    for name in _names(response.tokens("Sec-WebSocket-Extensions")):
        if name not in offered:
            message = f"extension {name!r} was not offered"
            yield _of_response(message, "4.1, response item 5")
    chosen = response.tokens("Sec-WebSocket-Protocol")
    if len(chosen) > 1:
        yield _of_response("more than one subprotocol chosen", "11.3.4")
    for name in chosen:
        if name not in request.tokens("Sec-WebSocket-Protocol"):
            message = f"subprotocol {name!r} was not offered"
            yield _of_response(message, "4.1, response item 6")


def _key_fault(key: str) -> str | None:
    """Say what is wrong with a key, or None."""
    try:
        nonce = base64.b64decode(key.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return f"is not base64: {key!r}"
    if len(nonce) != 16:
        return f"decodes to {len(nonce)} bytes, not 16"
    return None


def _names(extensions: list[str]) -> list[str]:
    """Return the names of extensions, without their parameters. Section 9.1."""
    return [item.split(";")[0].strip() for item in extensions]
