"""The checks of notebook 00: a first message, and how long it is."""

import difflib
from typing import Any

from wslib.check.attempt import Verdict, brief, not_yet
from wslib.check.diagnosis import never_raises

PREFIX = "Received:  "  # two spaces
TEXT = "Grüße"


@never_raises
def echo(message: Any, reply: Any) -> Verdict:
    """Check that ``reply`` is what the server answered to ``message``. Exercise 1."""
    if message is None or message is ...:
        return Verdict(exercise="echo")
    if not isinstance(message, str):
        seen = f"`message` is {brief(message)}."
        hint = "Make it text: letters between quotation marks."
        return _wrong("message-not-text", seen, hint)
    if reply is ...:
        hint = "There is a `message` already. Send it, and keep the answer in `reply`."
        return Verdict(exercise="echo", hint=hint)
    seen = f"`reply` is {brief(reply)}."
    if not isinstance(reply, str):
        return _wrong(*_not_text(reply, seen))
    # plain strings from here on, whatever a subclass makes of `==`
    message, reply = str.__str__(message), str.__str__(reply)
    if reply == PREFIX + message:
        return Verdict(
            exercise="echo",
            right=True,
            evidence=f"The server answered {brief(reply)}.",
        )
    return _wrong(*_misread(message, reply, seen))


def _not_text(reply: Any, seen: str) -> tuple[str, str, str]:
    """Say what a reply is that is no text."""
    if reply is None:
        hint = (
            "What gave None? `print` and `close` do. Keep what `client.recv()` returns."
        )
        return "nothing-kept", seen, hint
    if isinstance(reply, type | BaseException):
        hint = "Something went wrong before. Run the cell that connects again."
        return "wrong-type", seen, hint
    if callable(reply):
        hint = "A function needs brackets: `client.recv()`."
        return "not-called", seen, hint
    if isinstance(reply, int):
        hint = (
            "That is what `send` returns: how many bytes went out. The answer comes "
            "from `client.recv()`."
        )
        return "what-send-returned", seen, hint
    if isinstance(reply, bytes):
        return "bytes-not-text", seen, "Send text with `send`, not `send_bytes`."
    if isinstance(reply, tuple):
        hint = (
            "`recv_data` gives two things, the kind of message and its bytes. `recv` "
            "gives the text alone."
        )
        return "what-recv-data-returned", seen, hint
    return "wrong-type", seen, "Keep what `client.recv()` returns, as it is."


def _misread(message: str, reply: str, seen: str) -> tuple[str, str, str]:
    """Say what a reply is that is not the answer to the message."""
    right = PREFIX + message
    if reply == "":
        hint = (
            "An empty text is what `recv` gives when the server has closed. Run the "
            "cell that connects again."
        )
        return "closed", seen, hint
    if message == PREFIX + reply:
        return "swapped", seen, "`message` holds the answer, and `reply` the question."
    if reply == message:
        hint = "That is what you sent. The server puts something in front of it."
        return "own-message", seen, hint
    if "".join(reply.split()) == "".join(right.split()):
        hint = (
            "Close, but the spaces differ. Keep what `client.recv()` returns; do not "
            "type it."
        )
        return "spaces", seen, hint
    quoted = (repr(right), f'"{right}"', PREFIX + repr(message))
    if reply.casefold() == right.casefold() or reply in (*quoted, PREFIX + "{message}"):
        hint = (
            "Close, but not letter by letter what the server sends. Keep what "
            "`client.recv()` returns; do not type it."
        )
        return "typed", seen, hint
    if "client.recv" in reply:
        hint = "Between quotation marks it is text, and nothing is called."
        return "not-called", seen, hint
    if reply.startswith(("Received back from client", "Sending to client")):
        hint = "That is a line of the server's log. `client.recv()` gives the answer."
        return "the-log", seen, hint
    if reply.startswith(PREFIX):
        seen += f" It answers {brief(reply[len(PREFIX) :])}, not {brief(message)}."
        hint = (
            "Every `send` gets one answer, in order. Was an older one still waiting? "
            "Call `recv` once for each `send`."
        )
        return "another-message", seen, hint
    if difflib.SequenceMatcher(None, reply, right).ratio() > 0.8:
        hint = "Close. Keep what `client.recv()` returns; do not type it."
        return "typed", seen, hint
    hint = (
        f"Every answer of this server begins with {PREFIX!r}. Was that a message that "
        "answers nothing, a push? Then the answer comes with the next `recv`."
    )
    return "no-answer", seen, hint


@never_raises
def payload_bytes(count: Any) -> Verdict:
    """Check how many bytes ``Grüße`` takes as a text message. Exercise 2."""
    if count is None or count is ...:
        return Verdict(exercise="payload_bytes")
    seen = f"You say {brief(count)}."
    right = len(TEXT.encode())
    if isinstance(count, str) and count.strip() == str(right):
        hint = "Right, but as text. Without the quotation marks it is a number."
        return _wrong("number-as-text", seen, hint, "payload_bytes")
    if isinstance(count, bytes) and count == TEXT.encode():
        hint = "These are the bytes. How many are they? `len` counts."
        return _wrong("not-counted", seen, hint, "payload_bytes")
    if isinstance(count, bool) or not isinstance(count, int | float):
        hint = "Give a number: how many bytes?"
        return _wrong("wrong-type", seen, hint, "payload_bytes")
    if count == right:
        return Verdict(
            exercise="payload_bytes",
            right=True,
            evidence=f"{TEXT} is {TEXT.encode().hex(' ')} on the wire.",
        )
    for wrong, mistake, hint in _MISCOUNTED:
        if count == wrong:
            return _wrong(mistake, seen, hint, "payload_bytes")
    hint = "Look at what `'Grüße'.encode()` returns, byte by byte."
    return _wrong("unknown", seen, hint, "payload_bytes")


# The count, a name for the mistake, what to say. The likelier comes first.
_MISCOUNTED = (
    (
        len(TEXT),
        "characters",
        "These are its characters. WebSocket text travels as UTF-8, where `ü` and "
        "`ß` take more than one byte each.",
    ),
    (
        len(TEXT) + 1,
        "one-of-two",
        "One of the two letters was counted. `ü` is not ASCII, and neither is `ß`.",
    ),
    (
        len(TEXT.encode()) + 1,
        "with-an-end",
        "One more than there are. No byte marks the end of a text here: the frame's "
        "header says how long it is.",
    ),
    (
        len(TEXT.encode("ascii", "ignore")),
        "ascii-only",
        "These are the letters of ASCII, `G`, `r` and `e`. The other two travel, too.",
    ),
    (
        len("üß".encode()),
        "special-letters-only",
        "These are the bytes of `ü` and `ß`. The other letters travel, too.",
    ),
    (
        len(TEXT.encode("utf-16-le")),
        "utf-16",
        "That would be UTF-16, as JavaScript keeps it in memory. On the wire it is "
        "UTF-8 (RFC 6455, section 5.6).",
    ),
    (
        len(TEXT.encode("utf-16")),
        "utf-16",
        "That would be UTF-16 with a byte order mark. On the wire it is UTF-8.",
    ),
    (
        len(TEXT.encode("utf-32-le")),
        "utf-32",
        "That would be four bytes for every character. UTF-8 takes one to four.",
    ),
    (
        len(TEXT.encode("utf-32")),
        "utf-32",
        "That would be UTF-32 with a byte order mark. On the wire it is UTF-8.",
    ),
    (
        len(TEXT.encode()) + 2,
        "with-header",
        "Two more than the payload: a frame's header is not part of it.",
    ),
    (
        len(TEXT.encode()) + 6,
        "with-header",
        "Six more than the payload: header and masking key are not part of it.",
    ),
    (
        len(TEXT) + 6,
        "characters+with-header",
        "These are the characters, and a client's header of six bytes. Without the "
        "header, and in bytes: `ü` and `ß` take more than one each.",
    ),
    (
        len(TEXT.encode().hex()),
        "hex-digits",
        "These are hexadecimal digits. Two of them are one byte.",
    ),
    (
        len(str(TEXT.encode())),
        "repr",
        "That is how long `b'Gr\\xc3…'` is when Python shows it. `\\xc3` is one byte.",
    ),
    (
        len(TEXT.encode()) * 8,
        "bits",
        "That is in bits. A byte is eight of them.",
    ),
    (
        len(TEXT) * 8,
        "characters+bits",
        "That is eight bits for each character. In bytes, please; and `ü` and `ß` "
        "take more than one each.",
    ),
    (
        len((PREFIX + TEXT).encode()),
        "the-reply",
        "That is the server's answer. The question is what you sent.",
    ),
    (
        len(PREFIX + TEXT),
        "the-reply",
        "Those are the characters of the server's answer. The question is how many "
        "bytes you sent.",
    ),
)


def _wrong(mistake: str, seen: str, hint: str, exercise: str = "echo") -> Verdict:
    return not_yet(exercise, mistake, seen, hint)
