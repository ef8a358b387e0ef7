"""One HTTP/1.1 head: a start line, header fields, a blank line. RFC 9112.

    GET /chat HTTP/1.1          start line
    Host: example.org           header fields, one to a line: name, colon, value
    Upgrade: websocket
                                a blank line ends the head

Every line ends with CR LF (``0d 0a``), so a head ends with ``0d 0a 0d 0a``.

Nothing here reads a socket: bytes come in as arguments and go out as results.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from wslib.errors import HandshakeError

__all__ = [
    "MAX_HEAD",
    "Headers",
    "Request",
    "Response",
    "parse_request",
    "parse_response",
]

Headers = Sequence[tuple[str, str]]

MAX_HEAD = 16 * 1024  # bytes; how much is read in search of the blank line

# RFC 9110, section 5.6.2: a token is one or more of these.
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# RFC 9110, section 5.5: no control character, and above all no CR, LF or NUL.
_FIELD_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
# RFC 6455, section 3: a path or an absolute URI, and never a fragment ("#...").
_TARGET = re.compile(r"(/|(?i:https?|wss?)://(?![/?]|$))[\x21\x22\x24-\x7e]*")
# RFC 9112, section 2.3.
_VERSION = re.compile(r"HTTP/[0-9]\.[0-9]")


@dataclass(frozen=True, kw_only=True)
class _Message:
    """What a request and a response share: header fields, in the order of the wire."""

    headers: Headers = ()

    def values(self, name: str) -> list[str]:
        """Return the value of every header field called ``name``, in any case."""
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def get(self, name: str) -> str | None:
        """Return the first value of ``name``, or None."""
        return next(iter(self.values(name)), None)

    def tokens(self, name: str) -> list[str]:
        """Return the comma-separated items of all fields called ``name``.

        ``Connection: keep-alive, Upgrade`` and two ``Connection`` lines mean the
        same. RFC 9110, section 5.3.
        """
        items = ",".join(self.values(name)).split(",")
        return [item.strip(" \t") for item in items if item.strip(" \t")]

    def has_token(self, name: str, token: str) -> bool:
        """Tell whether ``token`` is one of the items, compared without case."""
        return token.lower() in [item.lower() for item in self.tokens(name)]

    def _head(self, start_line: str) -> bytes:
        """Return the start line and the fields as bytes, blank line included."""
        for name, value in self.headers:
            if not _TOKEN.fullmatch(name):
                raise ValueError(f"not a header field name: {name!r}")
            if not _FIELD_VALUE.fullmatch(value):
                raise ValueError(f"not a header field value, in {name}: {value!r}")
        lines = [start_line, *(f"{name}: {value}" for name, value in self.headers)]
        return "".join(line + "\r\n" for line in [*lines, ""]).encode("latin-1")


@dataclass(frozen=True, kw_only=True)
class Request(_Message):
    """What the client sends. RFC 6455, section 4.1.

    Attributes:
        target: The resource name, such as ``/chat?room=1``.
        headers: Pairs of name and value, in the order of the wire.
        method: ``GET`` in a handshake.
        version: The HTTP version, as it stands in the request line.
    """

    target: str = "/"
    method: str = "GET"
    version: str = "HTTP/1.1"

    def serialize(self) -> bytes:
        """Return the bytes of the request, blank line included.

        Raises:
            ValueError: If a part holds a character that would break the lines.
        """
        start_line = f"{self.method} {self.target} {self.version}"
        if (
            not _TOKEN.fullmatch(self.method)
            or not _TARGET.fullmatch(self.target)
            or not _VERSION.fullmatch(self.version)
        ):
            raise ValueError(f"not a request line: {start_line!r}")
        return self._head(start_line)


@dataclass(frozen=True, kw_only=True)
class Response(_Message):
    """What the server answers. RFC 6455, section 4.2.2.

    Attributes:
        status: The HTTP status code, 101 when the handshake succeeds.
        reason: The words behind the status code.
        headers: Pairs of name and value, in the order of the wire.
        body: What follows the blank line; empty in a 101.
    """

    status: int = 101
    reason: str = "Switching Protocols"
    body: bytes = b""

    def serialize(self) -> bytes:
        """Return the bytes of the response, body included.

        Raises:
            ValueError: If a part holds a character that would break the lines.
        """
        start_line = f"HTTP/1.1 {self.status} {self.reason}"
        if not 100 <= self.status <= 999 or not _FIELD_VALUE.fullmatch(self.reason):
            raise ValueError(f"not a status line: {start_line!r}")
        return self._head(start_line) + self.body


def parse_request(data: bytes) -> tuple[Request, int] | None:
    """Read one request from the start of ``data``.

    Args:
        data: Bytes received so far; may hold less or more than the request.

    Returns:
        The request and its size in bytes, or None if more bytes are needed.

    Raises:
        HandshakeError: If the bytes are not an HTTP request.

    RFC 6455, section 4.2.1; RFC 9112, sections 2 to 5.
    """
    found = _split_head(data, "request")
    if found is None:
        return None
    start_line, fields, size = found
    parts = start_line.split(" ")
    if len(parts) != 3 or not _TOKEN.fullmatch(parts[0]):
        raise HandshakeError(
            f"a request line is 'GET /path HTTP/1.1', not {start_line[:60]!r}",
            section="3",
            rfc=9112,
        )
    method, target, version = parts
    if not _TARGET.fullmatch(target):
        raise HandshakeError(
            f"the resource name is a path or an absolute URI, not {target[:60]!r}",
            section="4.2.1, item 1",
        )
    if not _VERSION.fullmatch(version):
        raise HandshakeError(
            f"not an HTTP version: {version!r}", section="2.3", rfc=9112
        )
    request = Request(method=method, target=target, version=version, headers=fields)
    return request, size


def parse_response(data: bytes) -> tuple[Response, int] | None:
    """Read one response head from the start of ``data``.

    Args:
        data: Bytes received so far; may hold less or more than the head.

    Returns:
        The response without its body, and the size of the head in bytes; None if
        more bytes are needed. What follows a 101 are frames.

    Raises:
        HandshakeError: If the bytes are not an HTTP response.

    RFC 6455, section 4.1; RFC 9112, section 4.
    """
    found = _split_head(data, "response")
    if found is None:
        return None
    start_line, fields, size = found
    match = re.fullmatch(r"HTTP/1\.[0-9] ([1-9][0-9]{2})(?: (.*))?", start_line)
    if not match or not _FIELD_VALUE.fullmatch(match[2] or ""):
        raise HandshakeError(
            f"a status line is 'HTTP/1.1 101 Switching Protocols', not "
            f"{start_line[:60]!r}",
            section="4",
            rfc=9112,
            status=None,
        )
    status, reason = int(match[1]), match[2] or ""
    return Response(status=status, reason=reason, headers=fields), size


def _split_head(data: bytes, what: str) -> tuple[str, Headers, int] | None:
    """Return the start line, the header fields and the size; None if unfinished."""
    status = 400 if what == "request" else None

    def error(message: str, section: str, rfc: int = 9112) -> HandshakeError:
        return HandshakeError(message, section=section, rfc=rfc, status=status)

    if data[:1] in (b"\x15", b"\x16"):  # an alert or a handshake record of TLS
        client, port = ("wss", "ws") if what == "request" else ("ws", "wss")
        message = f"this is TLS, not HTTP: a {client}:// client at a {port}:// port"
        raise error(message, "5.1", 9846)
    end = data.find(b"\r\n\r\n")
    # Without a blank line, the last three bytes may be the beginning of one.
    if (end if end >= 0 else len(data) - 3) > MAX_HEAD:
        raise HandshakeError(
            f"the {what} goes on for over {MAX_HEAD} bytes without a blank line",
            section="5",
            rfc=6585,
            status=431 if status else None,
        )
    head = data[:end] if end >= 0 else data
    if re.search(rb"(?<!\r)\n", head):
        raise error("a line ends with LF alone; it takes CR LF", "2.2")
    if end < 0:
        return None
    start_line, *lines = head.decode("latin-1").split("\r\n")
    fields: list[tuple[str, str]] = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not _TOKEN.fullmatch(name):
            raise error(f"a header field is 'Name: value', not {line[:60]!r}", "5.1")
        value = value.strip(" \t")
        if not _FIELD_VALUE.fullmatch(value):
            raise error(f"a control character in {name}: {value[:60]!r}", "5.5", 9110)
        fields.append((name, value))
    return start_line, tuple(fields), end + 4
