"""The checks of notebook 00: a first message, and how long it is."""

from typing import Any

from wslib.attempt import Verdict, _brief

__all__ = ["echo", "payload_bytes"]

PREFIX = "Received:  "  # two spaces


def echo(message: Any, reply: Any) -> Verdict:
    """Check that ``reply`` is what the server answered to ``message``. Exercise 1."""

    def wrong(mistake: str, evidence: str, hint: str) -> Verdict:
        return Verdict(
            exercise="echo",
            right=False,
            mistake=mistake,
            evidence=evidence,
            hint=hint,
        )

    if message in (None, ..., "") or reply in (None, ...):
        return Verdict(exercise="echo")
    if not isinstance(message, str):
        return wrong(
            "message-not-text",
            f"`message` is {_brief(message)}.",
            "Make it text: letters between quotation marks.",
        )
    seen = f"`reply` is {_brief(reply)}."
    if callable(reply):
        return wrong("not-called", seen, "A function needs brackets: `client.recv()`.")
    if isinstance(reply, int):
        return wrong(
            "what-send-returned",
            seen,
            "That is what `send` returns: how many bytes went out. The answer comes "
            "from `client.recv()`.",
        )
    if isinstance(reply, bytes):
        return wrong("bytes-not-text", seen, "Send text with `send`, not `send_bytes`.")
    if not isinstance(reply, str):
        return wrong("wrong-type", seen, "Keep what `client.recv()` returns.")
    if reply == PREFIX + message:
        return Verdict(
            exercise="echo",
            right=True,
            evidence=f"The server answered {_brief(reply)}.",
        )
    if reply == "":
        return wrong(
            "closed",
            seen,
            "An empty text is what `recv` gives when the server has closed. Run the "
            "cell that connects again.",
        )
    if reply == message:
        return wrong(
            "own-message",
            seen,
            "That is what you sent. The server puts something in front of it.",
        )
    if " ".join(reply.split()) == " ".join((PREFIX + message).split()):
        return wrong(
            "spaces",
            seen,
            "Close, but the spaces differ. Keep what `client.recv()` returns; do not "
            "type it.",
        )
    if reply.startswith(PREFIX):
        return wrong(
            "another-message",
            seen
            + f" It answers {_brief(reply[len(PREFIX) :])}, not {_brief(message)}.",
            "Every `send` gets one answer, in order. Was an older one still waiting? "
            "Call `recv` once for each `send`.",
        )
    return wrong("unknown", seen, "Send `message`, then keep what `recv` returns.")


def payload_bytes(count: Any) -> Verdict:
    """Check how many bytes ``Grüße`` takes as a text message. Exercise 2."""
    text = "Grüße"
    if count is None or count is ...:
        return Verdict(exercise="payload_bytes")
    known = {
        len(text): (
            "characters",
            "These are its characters. WebSocket text travels as UTF-8, where `ü` and "
            "`ß` take more than one byte each.",
        ),
        len(text) + 1: (
            "one-of-two",
            "One of the two letters was counted. `ü` is not ASCII, and neither is `ß`.",
        ),
        len(text.encode("utf-16-le")): (
            "utf-16",
            "That would be UTF-16, as JavaScript keeps it in memory. On the wire it is "
            "UTF-8 (RFC 6455, section 5.6).",
        ),
        len(text.encode("utf-16")): (
            "utf-16",
            "That would be UTF-16 with a byte order mark. On the wire it is UTF-8.",
        ),
        len(text.encode("utf-32-le")): (
            "utf-32",
            "That would be four bytes for every character. UTF-8 takes one to four.",
        ),
        len(text.encode()) + 2: (
            "with-header",
            "Two more than the payload: a frame's header is not part of it.",
        ),
        len(text.encode()) + 6: (
            "with-header",
            "Six more than the payload: header and masking key are not part of it.",
        ),
        len(text.encode()) * 8: ("bits", "That is in bits. A byte is eight of them."),
        len((PREFIX + text).encode()): (
            "the-reply",
            "That is the server's answer. The question is what you sent.",
        ),
        len(PREFIX + text): (
            "the-reply",
            "Those are the characters of the server's answer. The question is how many "
            "bytes you sent.",
        ),
    }

    def wrong(mistake: str, hint: str) -> Verdict:
        return Verdict(
            exercise="payload_bytes",
            right=False,
            mistake=mistake,
            evidence=f"You say {_brief(count)}.",
            hint=hint,
        )

    if isinstance(count, bool) or not isinstance(count, int | float):
        return wrong("wrong-type", "Give a number: how many bytes?")
    if count == len(text.encode()):
        return Verdict(
            exercise="payload_bytes",
            right=True,
            evidence=f"{text} is {text.encode().hex(' ')} on the wire.",
        )
    if count in known:
        return wrong(*known[int(count)])
    return wrong("unknown", "Look at what `'Grüße'.encode()` returns, byte by byte.")
