"""Exercise 1 of notebook 04: a handler that greets, and answers in capitals.

The handler runs on a real server, watched (``visitor``). Two clients ask for what the
exercise promises, one step after the other, and each step has names for what can go
wrong in it. What was seen inside the handler comes first in the verdict: an exception
explains a silence better than the silence does.
"""

import re
import time
import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import websocket

from wslib.check import visitor
from wslib.check.exercise import Exercise
from wslib.check.fit import endless, misfit
from wslib.check.sandbox import calmly
from wslib.check.verdict import Verdict, brief
from wslib.check.visitor import Gone, Silent, Visitor, Watched, turns
from wslib.server import EchoServer

_LASTS = "The connection lasts as long as the handler runs"
_HIDDEN = "(Your `except` may hide why it returned: let the exception through, once.)"
_HINTS = {
    "asyncio-run": "The server's loop runs already, and runs your handler. `await` "
    "what you want to happen.",
    "not-async": "A handler is a coroutine function, `async def`, with an `await` in "
    "front of each `send` and `recv`.",
    "not-awaited": "A call of a coroutine function only prepares; put `await` in "
    "front.",
    "shared-connection": "Two runs of the handler read from one connection: a variable "
    "outside it is shared by all. Use the handler's own `connection`.",
    "raises": "An exception ends the handler, and with it the connection. That line is "
    "where to look.",
    "blocks-everyone": "All connections share one thread. Only at an `await` can the "
    "others run: `await asyncio.sleep(…)`, `await asyncio.to_thread(…)`.",
    "no-connection": "Connect with a client of your own and look at the server's log.",
    "no-welcome": "Send it at once, before the first `recv` and before the loop over "
    "the messages. (What `print` says, only you see.)",
    "one-client-at-a-time": "What all connections share stops them all: a variable "
    "outside the handler, or a lock that one of them holds.",
    "other-welcome": "It has to be exactly `Welcome!`, as text.",
    "welcomes-again": "The welcome comes once, before the loop, not inside it.",
    "welcomes-everybody": "The welcome is for the one who has just come: "
    "`connection.send`.",
    "no-answer": "Every message gets one answer, an empty one too.",
    "too-slow": "It came a little later. Nobody likes to wait so long.",
    "answers-another-client": "A variable outside the handler is shared by all "
    "connections: the last one to come has it. Use the handler's own `connection`.",
    "answers-everybody": "An answer goes to the one who asked: `connection.send`.",
    "answers-twice": "One answer to each message, and nothing else.",
    "says-more": "One answer to each message, and nothing else.",
    "bytes-not-text": "Answer text with text: send a `str`.",
    "not-capitals": "Answer in capitals: `.upper()` returns a new text, and changes "
    "none.",
    "remembers": "What an earlier message left behind is in it. Answer each by itself.",
    "ascii-only": "Use the text's own `.upper()`: not all letters are ASCII.",
    "ends-at-an-empty-message": "An empty message is a message. `while message := …` "
    "and `if not message` take it for the end.",
    "closes-itself": "Your handler calls `close`. It is the client who ends this talk.",
    "one-message-only": "A handler runs once per connection, not once per message. "
    "When it returns, the connection is over: loop over the messages.",
    "never-ends": "When the client has gone, `recv` raises ConnectionClosed, each "
    "time. Let that end the loop; `async for` does so by itself.",
}

# What was seen in a message that came, or in the handler, and not in one that did not.
_SEEN = {"other-welcome", "welcomes-everybody", "answers-everybody", "answers-twice"}
_SEEN |= {"bytes-not-text", "not-capitals", "remembers", "ascii-only", "other-answer"}
_SEEN |= {"asyncio-run", "not-async", "not-awaited", "shared-connection"}
_SEEN.add("blocks-everyone")


class _Wrong(Exception):
    """Ends the visit: the name of the mistake, the evidence, an unusual hint."""


class Welcome(Exercise):
    """An exercise whose answer is a handler."""

    hints = _HINTS

    def judge(self, function: Any) -> Verdict:
        """Return the verdict on a handler."""
        if verdict := misfit(self.name, function, ["connection"], may_wait=True):
            hint = "What is yielded goes nowhere: `await connection.send(…)`."
            yields = verdict.mistake == "generator"
            return replace(verdict, hint=hint) if yields else verdict
        if endless(self.name, function, partial(_try, function)):
            return self.wrong(*_busy_at("").args)
        looks: list[Verdict] = []

        def look() -> Verdict:
            looks.append(self._look(function))
            return looks[-1]

        last = calmly(look, lambda verdict: verdict.mistake in _SEEN)
        # A later look may raise at what the first one has left behind.
        return looks[0] if last.mistake == "raises" else last

    def _look(self, function: Any) -> Verdict:
        """Let two clients visit a handler; say what was seen, inside and outside."""
        watched = Watched(function)
        wrong: _Wrong | None = None
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            with EchoServer(watched.handle) as server, watched.noting_blocks():
                try:
                    _Visit(server.url, watched).pay()
                except _Wrong as exc:
                    wrong = exc
                # Before the stop, which itself ends what would not end.
                fault, plain = watched.fault, watched.gave_no_awaitable
        if fault.startswith("NotImplementedError"):
            return self.untried()
        said = " ".join(str(warning.message) for warning in warned)
        forgotten = re.search(r"coroutine '(?:[^']*\.)?(\w+)' was never awaited", said)
        name = forgotten[1] if forgotten else ""
        if found := _from_inside(fault, plain, name) or wrong:
            return self.wrong(*found.args)
        [(line, times)] = watched.kept.most_common(1) or [("", 0)]
        if times > 1:  # once may be the machine
            return self.wrong(*_busy_at(line).args)
        return self.right(
            "Two clients at once were welcomed, and each got its own answers."
        )


def _try(function: Any) -> None:
    """Be a client for a moment, in a process that ends with it."""
    visitor.PATIENCE /= 4
    server = EchoServer(Watched(function).handle).start()
    with Visitor(server.url) as client:
        try:
            client.read()
            client.say("one")
            client.read()
        except Silent:
            used = time.process_time()
            time.sleep(0.1)
            if time.process_time() - used > 0.02:
                time.sleep(60)  # it is busy, and is ended when its time is used up


class _Visit:
    """Two clients of a handler; what is wrong with it, they raise."""

    def __init__(self, url: str, watched: Watched) -> None:
        self.url, self.watched = url, watched

    def pay(self) -> None:
        """Come, ask, and go."""
        with self._connected(0) as first:
            self._be_welcomed(first)
            self._expect_nothing(first)
            with self._connected(1) as second:
                self._be_welcomed(second)
                if more := self._unasked(first):
                    seen = f"A second client came, and the first got {brief(more[0])}."
                    raise _Wrong("welcomes-everybody", seen)
                texts = ["one", "", "two", "Straße", " six "]
                self._be_answered(first, texts, second)
                if more := self._unasked(second):
                    seen = "The first client asked, and the second got "
                    raise _Wrong("answers-everybody", f"{seen}{brief(more[0])}.")
                self._be_answered(second, ["three"], first)
                self._take_leave(first)
                self._be_answered(second, ["three", "four"], first, done=1)
                self._take_leave(second)
        for number, run in enumerate(self.watched.runs):
            if not any(map(run.ended.wait, turns())):
                raise self._never_ends(number)

    def _connected(self, number: int) -> Visitor:
        try:
            return Visitor(self.url, number)
        except (OSError, websocket.WebSocketException):
            seen = "A client tried to connect, and could not."
            raise self._unless_busy("no-connection", seen) from None

    def _be_welcomed(self, client: Visitor) -> None:
        try:
            text = client.read()
        except Silent:
            raise self._no_welcome(client) from None
        except Gone:
            run = self.watched.runs[client.number : client.number + 1]
            returned = run[0].result if run else None
            seen = "A client connected, and was disconnected before anything was said."
            if returned is not None:
                seen += f" It returned {brief(returned)}."
            hint = f"{_LASTS}, and what it returns goes nowhere. "
            hint += "`await connection.send(…)`, then loop over the messages: "
            hint += "`async for message in connection:`."
            raise _Wrong("closed-at-once", seen, hint) from None
        if text != "Welcome!":
            kind = "bytes" if isinstance(text, bytes) else "text"
            seen = f"The first message was {brief(text)}, as {kind}."
            raise _Wrong("other-welcome", seen)

    def _expect_nothing(self, client: Visitor) -> None:
        more = self._unasked(client)
        if more[:1] == ["Welcome!"]:
            seen = "The client was welcomed twice before it had said anything."
            raise _Wrong("welcomes-again", seen)
        if more:
            seen = f"After the welcome came {brief(more[0])}, and nobody had asked."
            hint = "One welcome, then one answer to each message, and nothing else."
            raise _Wrong("says-more", seen, hint)

    def _be_answered(
        self, client: Visitor, texts: Sequence[str], other: Visitor, done: int = 0
    ) -> None:
        """Ask, but for what is done already."""
        for count, text in list(enumerate(texts))[done:]:
            client.say(text)
            try:
                answer = client.read()
            except Silent:
                raise self._no_answer(text, client, other) from None
            except Gone:
                raise self._cut_off(text, count, client) from None
            if answer != text.upper():
                raise _other_answer(text, answer, texts[:count])
            try:
                more = client.unasked()
            except Silent:
                more = self._unasked(client)  # says why
            except Gone:
                raise self._hung_up(count + 1, client) from None
            if more[:1] == ["Welcome!"]:
                seen = f"{text!r} was answered, and then came another welcome."
                raise _Wrong("welcomes-again", seen)
            if more:
                both = f"{brief(answer)}, and then by {brief(more[0])}"
                raise _Wrong("answers-twice", f"{text!r} was answered by {both}.")

    def _take_leave(self, client: Visitor) -> None:
        if more := client.leave():
            seen = f"All was answered, and then came {brief(more[0])}."
            raise _Wrong("says-more", seen)

    def _unasked(self, client: Visitor) -> list[str | bytes]:
        """Return what a client got unasked; one that is cut off got nothing."""
        try:
            return client.unasked()
        except Gone:
            return []
        except Silent:
            within = f"within {visitor.PATIENCE} s"
            seen = f"The server did not even answer a ping {within}."
            hint = "All connections share one thread, and your handler keeps it busy."
            raise self._unless_busy("blocks-everyone", seen, hint) from None

    # --- why nothing comes, or no more ------------------------------------------------

    def _unless_busy(self, mistake: str, seen: str, hint: str = "") -> _Wrong:
        """Return what is wrong, if not that a handler keeps the server waiting."""
        line = self.watched.blocked_at()
        return _Wrong(mistake, seen, hint) if line is None else _busy_at(line)

    def _silence(self, client: Visitor, mistake: str, seen: str) -> _Wrong:
        """Return what is wrong, with the line at which the handler is."""
        if line := self.watched.waits_at(client.number):
            seen += f" Your handler waits at `{line}`."
        return self._unless_busy(mistake, seen)

    def _no_welcome(self, client: Visitor) -> _Wrong:
        if client.number:
            seen = "The first client was served; the second, connected at the same "
            return self._silence(
                client, "one-client-at-a-time", f"{seen}time, was not."
            )
        waited = f"said nothing and waited {visitor.PATIENCE} s"
        seen = f"A client connected, {waited}: no welcome."
        return self._silence(client, "no-welcome", seen)

    def _no_answer(self, text: str, client: Visitor, other: Visitor) -> _Wrong:
        if (line := self.watched.blocked_at()) is not None:
            return _busy_at(line)
        if elsewhere := self._unasked(other):
            got = brief(elsewhere[0])
            seen = f"One client sent {text!r}, and the other got {got}."
            return _Wrong("answers-another-client", seen)
        within = f"within {visitor.PATIENCE} s"
        seen = f"The client sent {text!r} and got no answer {within}."
        if self._unasked(client):
            return _Wrong("too-slow", seen)
        return self._silence(client, "no-answer", seen)

    def _cut_off(self, text: str, count: int, client: Visitor) -> _Wrong:
        """Return what is wrong if a message got no answer but the end."""
        if self.watched.runs[client.number].closed:
            return self._hung_up(count, client)
        hidden = f" {_HIDDEN}" if self.watched.catches() else ""
        if count == 0:
            seen = "A client was welcomed, sent its first message, and was disconnected"
            hint = f"{_LASTS}: it must not return behind the welcome. "
            hint += f"`async for message in connection:`{hidden}"
            return _Wrong("closed-at-once", f"{seen}.", hint)
        if text == "":
            seen = "A client sent an empty message, and was disconnected."
            return _Wrong("ends-at-an-empty-message", seen)
        seen = f"A client sent {text!r}, and was disconnected."
        hint = f"{_LASTS}. What made it return?{hidden}"
        return _Wrong("ends-at-a-message", seen, hint)

    def _hung_up(self, count: int, client: Visitor) -> _Wrong:
        """Return what is wrong if the server closed after some answers."""
        many = {0: "the welcome", 1: "one answer"}.get(count, f"{count} answers")
        closed = self.watched.runs[client.number].closed
        mistake = "closes-itself" if closed else "one-message-only"
        return _Wrong(mistake, f"After {many} the server closed the connection.")

    def _never_ends(self, number: int) -> _Wrong:
        blocked = self.watched.blocked_at() is not None
        at = "" if blocked else self.watched.waits_at(number)
        where = f", at `{at}`" if at else ", without a pause"
        seen = f"Both clients have gone, and your handler still runs{where}."
        return _Wrong("never-ends", seen)


def _busy_at(line: str) -> _Wrong:
    at = f" at `{line}`" if line else ""
    seen = f"Your handler is busy{at}, and while it is, no client is served."
    return _Wrong("blocks-everyone", seen)


def _other_answer(text: str, answer: str | bytes, before: Sequence[str]) -> _Wrong:
    """Return what is wrong with an answer that is not the text in capitals."""
    seen = f"{text!r} was answered by {brief(answer)}."
    if answer == "Welcome!":
        return _Wrong("welcomes-again", seen)
    if isinstance(answer, bytes):
        return _Wrong("bytes-not-text", seen)
    if answer in (text, text.lower()):
        return _Wrong("not-capitals", seen)
    if before and answer in ("".join([*before, text]).upper(), before[-1].upper()):
        return _Wrong("remembers", seen)
    if answer == text.encode().upper().decode():
        return _Wrong("ascii-only", seen)
    hint = f"The answer to {text!r} is {text.upper()!r}, and nothing around it."
    return _Wrong("other-answer", seen, hint)


def _from_inside(fault: str, plain: bool, forgotten: str) -> _Wrong | None:
    """Return what is wrong as far as it was seen inside the handler.

    Args:
        fault: The exception that it raised, and where.
        plain: Whether it is no coroutine function.
        forgotten: The name of a coroutine that was never awaited.
    """
    raised = f"Your handler raised {fault}."
    if "running event loop" in fault or "loop is already running" in fault:
        return _Wrong("asyncio-run", raised)
    if plain:
        seen = "It is a plain `def`, and what it returns cannot be awaited."
        return _Wrong("not-async", seen)
    if forgotten:
        seen = f"`{forgotten}(…)` was called and never awaited, so it never ran."
        return _Wrong("not-awaited", seen)
    if "Connection' object is not iterable" in fault:
        hint = "`async for`: messages come later, and a plain `for` cannot wait."
        return _Wrong("raises", raised, hint)
    if fault:
        both = "ConcurrencyError" in fault
        return _Wrong("shared-connection" if both else "raises", raised)
    return None


welcome = Welcome("welcome", "The handler `welcome`. Exercise 1 of notebook 04.")
