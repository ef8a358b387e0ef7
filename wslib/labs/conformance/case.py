"""What a case is: bytes out, what is due for them, the rule and its section."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wslib.frames import apply_mask

MASKING_KEY = bytes.fromhex("37 fa 21 3d")  # that of section 5.7
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # that of section 1.3

_NAMES = {"text": "Text", "binary": "Binary", "pong": "Pong", "ping": "Ping"}


@dataclass(frozen=True)
class Heard:
    """One thing that came back.

    Attributes:
        kind: ``head``, ``text``, ``binary``, ``ping``, ``pong``, ``close``, ``end``
            (of TCP), ``line end`` (behind a head), or what else it looks like.
        payload: Of a message, a Ping or a Pong; of a head, all of it.
        code: The status of a head, or the close code; 1005 if a Close has none.
        wire: The bytes as they came.
        fault: The rule that the server breaks by this very frame, with its section.
    """

    kind: str
    payload: bytes = b""
    code: int = 0
    wire: bytes = b""
    fault: str = ""

    def __str__(self) -> str:
        """Say it in a few words."""
        words = _words(self.kind, self.payload, [self.code] if self.code else [])
        return f"{words}: {self.fault}" if self.fault else words


@dataclass(frozen=True)
class Due:
    """One thing that must come back.

    Attributes:
        kind: As in :class:`Heard`; ``any`` for whatever may come behind a head.
        payload: Of a message or a Pong.
        codes: The statuses of a head, or the close codes, that are right.
        look: Returns what is wrong with what came, if anything is.
    """

    kind: str
    payload: bytes = b""
    codes: frozenset[int] = frozenset()
    look: Callable[[Heard], str] | None = None

    def matches(self, heard: Heard) -> bool:
        """Tell whether this is what came."""
        if self.kind == "any":
            return heard.kind != "line end"
        if heard.fault:
            return False
        if heard.kind != self.kind or (self.codes and heard.code not in self.codes):
            return False
        same = self.kind in ("head", "close") or heard.payload == self.payload
        return same and not (self.look and self.look(heard))

    def __str__(self) -> str:
        """Say it in a few words."""
        return _words(self.kind, self.payload, sorted(self.codes))


@dataclass(frozen=True, kw_only=True)
class Case:
    """One question to a server.

    Attributes:
        name: What it is called, in a report and in ``report.by_name``.
        group: With which others it stands in the table.
        title: What is sent, in a few words.
        section: Where the RFC says what must happen.
        rule: What must happen, in one sentence.
        raw: Whether the steps begin with the opening handshake itself.
        steps: What is sent, piece by piece, and what is due after each piece.
        tolerated: Other answers, to all of it, that break no MUST.
        illegal: Whether the client breaks a rule, so that the server must refuse.
        informational: Whether any answer will do.
        needs: The case without which this one tells nothing.
        offer: What the client offers in ``Sec-WebSocket-Extensions``.
        rfc: 6455, or that of the extension.
    """

    name: str
    group: str
    title: str
    section: str
    rule: str
    raw: bool = False
    steps: tuple[tuple[bytes, tuple[Due, ...]], ...] = ()
    tolerated: tuple[tuple[Due, ...], ...] = ()
    illegal: bool = False
    informational: bool = False
    needs: str = "hello"
    offer: str = ""
    rfc: int = 6455

    @property
    def due(self) -> tuple[Due, ...]:
        """All that must come back, in order."""
        return tuple(due for _, answers in self.steps for due in answers)


def text(message: str | bytes) -> Due:
    """Return that a text is due."""
    return Due("text", message.encode() if isinstance(message, str) else message)


def binary(message: bytes) -> Due:
    """Return that a binary message is due."""
    return Due("binary", message)


def pong(payload: bytes = b"") -> Due:
    """Return that a Pong is due."""
    return Due("pong", payload)


def close(*codes: int) -> Due:
    """Return that a Close with one of these codes is due; with none, any."""
    return Due("close", codes=frozenset(codes))


END = Due("end")
BARE = "a server does not mask a frame"


def unmasked(heard: Heard) -> str:
    """Say whether a frame of the server is masked; for ``Due.look``. Section 5.1."""
    return "the server's frame is masked" if heard.wire[1] & 0x80 else ""


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    size: int = 0,
    masked: bool = True,
) -> bytes:
    """Return a frame of a client, legal or not. Section 5.2.

    Args:
        opcode: 0 to 15.
        payload: As the application means it.
        fin: The first bit.
        rsv: The next three, as a number.
        size: How many bytes the extended length takes: 2 or 8; 0 for what it needs.
        masked: Whether it is masked, as it must be.
    """
    length = len(payload)
    size = size or (0 if length < 126 else 2 if length < 0x10000 else 8)
    short = {0: length, 2: 126, 8: 127}[size]
    head = bytes([fin << 7 | rsv << 4 | opcode, masked << 7 | short])
    head += length.to_bytes(size, "big") if size else b""
    if not masked:
        return head + payload
    return head + MASKING_KEY + apply_mask(payload, MASKING_KEY)


def refuses(
    group: str, name: str, title: str, section: str, rule: str, *pieces: bytes,
    code: int = 1002,
) -> Case:  # fmt: skip
    """Return a case in which the client breaks a rule, and the server must fail.

    A Close with this code is due. To end TCP without one breaks no MUST, nor does
    another code, or none. Section 7.1.7.
    """
    steps = [(piece, ()) for piece in pieces[:-1]]
    return Case(
        name=name,
        group=group,
        title=title,
        section=section,
        rule=rule,
        steps=(*steps, (pieces[-1], (close(code),))),
        tolerated=((close(),), (END,)),
        illegal=True,
    )


def echoes(
    group: str, name: str, title: str, section: str, rule: str, *steps: object
) -> Case:
    """Return a case without a fault: pieces of bytes, each before what is due."""
    found: list[tuple[bytes, tuple[Due, ...]]] = []
    for step in steps:
        if isinstance(step, bytes):
            found.append((step, ()))
        elif isinstance(step, Due):
            found[-1] = found[-1][0], (*found[-1][1], step)
    return Case(
        name=name,
        group=group,
        title=title,
        section=section,
        rule=rule,
        steps=tuple(found),
        needs="head-ends-once" if name == "hello" else "hello",
    )


def _words(kind: str, payload: bytes, codes: Iterable[int]) -> str:
    """Say in a few words what came, or is due."""
    numbers = " or ".join("no code" if code == 1005 else str(code) for code in codes)
    if kind == "head":
        return f"status {numbers}"
    if kind == "close":
        return f"Close {numbers}".rstrip()
    if kind in ("end", "any"):
        return {"end": "end of TCP", "any": "a frame"}[kind]
    if len(payload) > 24:
        content = f"of {len(payload):,} bytes, {payload[:4].hex(' ')} …"
    else:
        content = _content(payload)
    return f"{_NAMES.get(kind, kind)} {content}"


def _content(payload: bytes) -> str:
    """Return a short payload as text, or in hex if it is none."""
    try:
        return repr(payload.decode())
    except UnicodeDecodeError:
        return payload.hex(" ")
