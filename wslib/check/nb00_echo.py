"""Exercise 1 of notebook 00: a first message, and what the server answers."""

import difflib
from typing import Any

from wslib.check.exercise import Exercise
from wslib.check.verdict import Verdict, brief

PREFIX = "Received:  "  # two spaces
_KEEP = "Keep what `client.recv()` returns"


class _Echo(Exercise):
    def judge(self, message: Any, reply: Any) -> Verdict:
        """Return the verdict on a message and the reply to it."""
        if message is None or message is ...:
            kept = isinstance(reply, str)
            hint = "There is a `reply` already. Keep what you send in `message`." * kept
            return self.untried(hint)
        if not isinstance(message, str):
            seen = f"`message` is {brief(message)}."
            hint = "Make it text: letters between quotation marks."
            return self.wrong("message-not-text", seen, hint)
        if reply is ...:
            hint = "There is a `message` already. Send it, and keep the answer in "
            return self.untried(f"{hint}`reply`.")
        seen = f"`reply` is {brief(reply)}."
        if not isinstance(reply, str):
            mistake, hint = _not_text(reply)
            return self.wrong(mistake, seen, hint)
        # plain strings from here on, whatever a subclass makes of `==`
        message, reply = str.__str__(message), str.__str__(reply)
        if reply == PREFIX + message:
            return self.right(f"The server answered {brief(reply)}.")
        mistake, hint = _misread(message, reply)
        if mistake == "another-message":
            answered = brief(reply.removeprefix(PREFIX))
            seen += f" It answers {answered}, not {brief(message)}."
        return self.wrong(mistake, seen, hint)


def _not_text(reply: Any) -> tuple[str, str]:
    """Say what a reply is that is no text."""
    if reply is None:
        return "nothing-kept", f"What gave None? `print` and `close` do. {_KEEP}."
    if isinstance(reply, type | BaseException):
        hint = "Something went wrong before. Run the cell that connects again."
        return "wrong-type", hint
    if callable(reply):
        return "not-called", "A function needs brackets: `client.recv()`."
    if isinstance(reply, int):
        return "what-send-returned", (
            "That is what `send` returns: how many bytes went out. The answer comes "
            "from `client.recv()`."
        )
    if isinstance(reply, bytes):
        return "bytes-not-text", "Send text with `send`, not `send_bytes`."
    if isinstance(reply, tuple):
        return "what-recv-data-returned", (
            "`recv_data` gives two things, the kind of message and its bytes. `recv` "
            "gives the text alone."
        )
    return "wrong-type", f"{_KEEP}, as it is."


def _misread(message: str, reply: str) -> tuple[str, str]:
    """Say what a reply is that is not the answer to the message."""
    right = PREFIX + message
    if reply == "":
        return "closed", (
            "An empty text is what `recv` gives when the server has closed. Run the "
            "cell that connects again."
        )
    if message == PREFIX + reply:
        return "swapped", "`message` holds the answer, and `reply` the question."
    if reply == message:
        hint = "That is what you sent. The server puts something in front of it."
        return "own-message", hint
    if "".join(reply.split()) == "".join(right.split()):
        return "spaces", f"Close, but the spaces differ. {_KEEP}; do not type it."
    quoted = (repr(right), f'"{right}"', PREFIX + repr(message), PREFIX + "{message}")
    if reply.casefold() == right.casefold() or reply in quoted:
        hint = f"Close, but not letter by letter what the server sends. {_KEEP}; do not"
        return "typed", f"{hint} type it."
    if "client.recv" in reply:
        return (
            "not-called",
            "Between quotation marks it is text, and nothing is called.",
        )
    if reply.startswith(("Received back from client", "Sending to client")):
        hint = "That is a line of the server's log. `client.recv()` gives the answer."
        return "the-log", hint
    if reply.startswith(PREFIX):
        return "another-message", (
            "Every `send` gets one answer, in order, and an older one was still "
            "waiting. Run the cell that connects again, then yours; call `recv` once "
            "for each `send`."
        )
    if difflib.SequenceMatcher(None, reply, right).ratio() > 0.8:
        return "typed", f"Close. {_KEEP}; do not type it."
    return "no-answer", (
        f"Every answer of this server begins with {PREFIX!r}. Was that a message that "
        "answers nothing, a push? Then the answer comes with the next `recv`."
    )


echo = _Echo(
    "echo",
    "A message, and what the server answers to it. Exercise 1 of notebook 00.",
)
