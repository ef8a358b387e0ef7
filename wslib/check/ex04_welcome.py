"""The check of exercise 1 in notebook 04: be two clients of a student's handler.

The handler runs on a real server, watched (``bench``). The two clients ask for what
the exercise promises, one step after the other, and each step has names for what
can go wrong in it. What was seen inside the handler comes first in the verdict: an
exception explains a silence better than the silence does.
"""

import inspect
import re
import warnings
from collections.abc import Sequence
from typing import Any

import websocket

from wslib.check.attempt import Verdict, brief
from wslib.check.bench import PATIENCE, Gone, Silent, Visitor, Watched
from wslib.check.diagnosis import misfit, never_raises
from wslib.server import EchoServer


class _Wrong(Exception):
    """Ends the visit; carries what goes into the verdict."""

    def __init__(self, mistake: str, evidence: str, hint: str) -> None:
        super().__init__(mistake)
        self.mistake, self.evidence, self.hint = mistake, evidence, hint


@never_raises
def welcome(function: Any) -> Verdict:
    """Check the handler ``welcome``. Exercise 1 of notebook 04."""
    exercise = "welcome"
    if inspect.isasyncgenfunction(function) or inspect.isgeneratorfunction(function):
        return Verdict(
            exercise=exercise,
            right=False,
            mistake="generator",
            evidence="There is a `yield` in it, so a call runs nothing yet.",
            hint="What is yielded goes nowhere: `await connection.send(…)`.",
        )
    if verdict := misfit(exercise, function, ["connection"], may_wait=True):
        return verdict
    watched = Watched(function)
    wrong: _Wrong | None = None
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with watched.noting_sleep(), EchoServer(watched.handle) as server:
            try:
                _visit(server.url, watched)
            except _Wrong as exc:
                wrong = exc
            # Before the stop, which itself ends what would not end.
            fault = next((run.fault for run in watched.runs if run.fault), "")
            plain = watched.gave_no_awaitable
    if fault.startswith("NotImplementedError"):
        return Verdict(exercise=exercise)
    said = " ".join(str(warning.message) for warning in warned)
    forgotten = re.search(r"coroutine '(?:[^']*\.)?(\w+)' was never awaited", said)
    found = (
        _from_inside(fault, plain, forgotten[1] if forgotten else "", watched.slept)
        or wrong
    )
    if found is None:
        return Verdict(
            exercise=exercise,
            right=True,
            evidence="Two clients at once were welcomed, and each got its own answers.",
        )
    return Verdict(
        exercise=exercise,
        right=False,
        mistake=found.mistake,
        evidence=found.evidence,
        hint=found.hint,
    )


def _visit(url: str, watched: Watched) -> None:
    """Be two clients of the handler; raise what is wrong with it."""
    with _connected(url, watched) as first:
        _be_welcomed(first, watched)
        _expect_nothing(first, watched)
        with _connected(url, watched) as second:
            _be_welcomed(second, watched, number=1)
            if unasked := _unasked(first, watched):
                raise _Wrong(
                    "welcomes-everybody",
                    f"A second client came, and the first got {brief(unasked[0])}.",
                    "The welcome is for the one who has just come: `connection.send`.",
                )
            _be_answered(first, ["one", "", "two", "Straße"], watched, second)
            if unasked := _unasked(second, watched):
                raise _Wrong(
                    "answers-everybody",
                    f"The first client asked, and the second got {brief(unasked[0])}.",
                    "An answer goes to the one who asked: `connection.send`.",
                )
            _be_answered(second, ["three"], watched, first, number=1)
            for client in (first, second):
                if more := client.leave():
                    raise _Wrong(
                        "says-more",
                        f"All was answered, and then came {brief(more[0])}.",
                        "One answer to each message, and nothing else.",
                    )
    for number, run in enumerate(watched.runs):
        if not run.ended.wait(PATIENCE):
            at = watched.waits_at(number) if watched.blocked_at() is None else ""
            raise _Wrong(
                "never-ends",
                "Both clients have gone, and your handler still runs"
                + (f", at `{at}`." if at else ", without a pause."),
                "When the client has gone, `recv` raises ConnectionClosed, each time. "
                "Let that end the loop; `async for` does so by itself.",
            )


def _connected(url: str, watched: Watched) -> Visitor:
    """Return one more client."""
    try:
        return Visitor(url)
    except (OSError, websocket.WebSocketException):
        raise (
            _busy(watched)
            or _Wrong(
                "no-connection",
                "A client tried to connect, and could not.",
                "Connect with a client of your own and look at the server's log.",
            )
        ) from None


def _busy(watched: Watched) -> _Wrong | None:
    """Return what is wrong if a handler keeps the whole server waiting."""
    line = watched.blocked_at()
    if line is None:
        return None
    at = f" at `{line}`" if line else ""
    return _Wrong(
        "blocks-everyone",
        f"Your handler is busy{at}, and while it is, no client is served.",
        "All connections share one thread. Only at an `await` can the others run: "
        "`await asyncio.sleep(…)`, `await asyncio.to_thread(…)`.",
    )


def _silence(
    watched: Watched, number: int, mistake: str, evidence: str, hint: str
) -> _Wrong:
    """Return what is wrong if nothing came, with the line at which the handler is."""
    if busy := _busy(watched):
        return busy
    line = watched.waits_at(number)
    return _Wrong(
        mistake, evidence + (f" Your handler waits at `{line}`." if line else ""), hint
    )


def _unasked(client: Visitor, watched: Watched) -> list[str | bytes]:
    """Return what a client got unasked; a client that is cut off got nothing."""
    try:
        return client.unasked()
    except Gone:
        return []
    except Silent:  # even a ping is not answered
        raise (
            _busy(watched)
            or _Wrong(
                "blocks-everyone",
                f"The server did not even answer a ping within {PATIENCE} s.",
                "All connections share one thread, and your handler keeps it busy.",
            )
        ) from None


def _be_welcomed(client: Visitor, watched: Watched, number: int = 0) -> None:
    try:
        text = client.read()
    except Silent:
        if number:
            raise _silence(
                watched,
                number,
                "one-client-at-a-time",
                "The first client was served; the second, connected at the same time, "
                "was not.",
                "What all connections share stops them all: a variable outside the "
                "handler, or a lock that one of them holds.",
            ) from None
        raise _silence(
            watched,
            number,
            "no-welcome",
            f"A client connected, said nothing and waited {PATIENCE} s: no welcome.",
            "Send it at once, before the first `recv` and before the loop over the "
            "messages.",
        ) from None
    except Gone:
        result = watched.runs[number].result if number < len(watched.runs) else None
        returned = f" It returned {brief(result)}." if result is not None else ""
        raise _Wrong(
            "closed-at-once",
            "A client connected, and was disconnected before anything was said."
            + returned,
            "The connection lasts as long as the handler runs, and what it returns "
            "goes nowhere. `await connection.send(…)`, then loop over the messages: "
            "`async for message in connection:`.",
        ) from None
    if text != "Welcome!":
        kind = "bytes" if isinstance(text, bytes) else "text"
        raise _Wrong(
            "other-welcome",
            f"The first message was {brief(text)}, as {kind}.",
            "It has to be exactly `Welcome!`, as text.",
        )


def _expect_nothing(client: Visitor, watched: Watched) -> None:
    """Raise what is wrong if more than the welcome came before a question."""
    unasked = _unasked(client, watched)
    if not unasked:
        return
    if unasked[0] == "Welcome!":
        raise _Wrong(
            "welcomes-again",
            "The client was welcomed twice before it had said anything.",
            "Once is enough.",
        )
    raise _Wrong(
        "says-more",
        f"After the welcome came {brief(unasked[0])}, and nobody had asked.",
        "One welcome, then one answer to each message, and nothing else.",
    )


def _be_answered(
    client: Visitor,
    texts: Sequence[str],
    watched: Watched,
    other: Visitor,
    number: int = 0,
) -> None:
    """Ask, and raise what is wrong with an answer."""
    for count, text in enumerate(texts):
        client.say(text)
        try:
            answer = client.read()
        except Silent:
            raise _no_answer(text, client, other, watched, number) from None
        except Gone:
            raise _cut_off(text, count, watched, number) from None
        if answer != text.upper():
            raise _other_answer(text, answer, texts[:count])
        try:
            unasked = client.unasked()
        except Silent:
            unasked = _unasked(client, watched)  # says why
        except Gone:
            raise _hung_up(count + 1, watched, number) from None
        if unasked[:1] == ["Welcome!"]:
            raise _Wrong(
                "welcomes-again",
                f"{text!r} was answered, and then came another welcome.",
                "The welcome comes once, before the loop, not inside it.",
            )
        if unasked:
            raise _Wrong(
                "answers-twice",
                f"{text!r} was answered by {brief(answer)}, and then by "
                f"{brief(unasked[0])}.",
                "One answer to each message, and nothing else.",
            )


def _no_answer(
    text: str, client: Visitor, other: Visitor, watched: Watched, number: int
) -> _Wrong:
    """Return what is wrong if an answer did not come in time."""
    if busy := _busy(watched):
        return busy
    if elsewhere := _unasked(other, watched):
        return _Wrong(
            "answers-another-client",
            f"One client sent {text!r}, and the other got {brief(elsewhere[0])}.",
            "A variable outside the handler is shared by all connections: the last "
            "one to come has it. Use the handler's own `connection`.",
        )
    evidence = f"The client sent {text!r} and got no answer within {PATIENCE} s."
    if _unasked(client, watched):
        hint = "It came a little later. Nobody likes to wait so long."
        return _Wrong("too-slow", evidence, hint)
    hint = "Every message gets one answer, an empty one too."
    return _silence(watched, number, "no-answer", evidence, hint)


def _cut_off(text: str, count: int, watched: Watched, number: int) -> _Wrong:
    """Return what is wrong if a message got no answer but the end."""
    if watched.runs[number].closed:
        return _hung_up(count, watched, number)
    hidden = (
        " (Your `except` may hide why it returned: let the exception through, once.)"
        if watched.catches()
        else ""
    )
    if count == 0:
        return _Wrong(
            "closed-at-once",
            "A client was welcomed, sent its first message, and was disconnected.",
            "The connection lasts as long as the handler runs: it must not return "
            "behind the welcome. `async for message in connection:`" + hidden,
        )
    if text == "":
        return _Wrong(
            "ends-at-an-empty-message",
            "A client sent an empty message, and was disconnected.",
            "An empty message is a message. `while message := …` and `if not message` "
            "take it for the end.",
        )
    return _Wrong(
        "ends-at-a-message",
        f"A client sent {text!r}, and was disconnected.",
        "The connection lasts as long as the handler runs. What made it return?"
        + hidden,
    )


def _hung_up(count: int, watched: Watched, number: int) -> _Wrong:
    """Return what is wrong if the server closed after some answers."""
    many = {0: "the welcome", 1: "one answer"}.get(count, f"{count} answers")
    evidence = f"After {many} the server closed the connection."
    if watched.runs[number].closed:
        hint = "Your handler calls `close`. It is the client who ends this talk."
        return _Wrong("closes-itself", evidence, hint)
    return _Wrong(
        "one-message-only",
        evidence,
        "A handler runs once per connection, not once per message. When it returns, "
        "the connection is over: loop over the messages.",
    )


def _other_answer(text: str, answer: str | bytes, before: Sequence[str]) -> _Wrong:
    """Return what is wrong with an answer that is not the text in capitals."""
    seen = f"{text!r} was answered by {brief(answer)}."
    if answer == "Welcome!":
        hint = "The welcome comes once, before the loop, not inside it."
        return _Wrong("welcomes-again", seen, hint)
    if isinstance(answer, bytes):
        hint = "Answer text with text: send a `str`."
        return _Wrong("bytes-not-text", seen, hint)
    if answer in (text, text.lower()):
        hint = "Answer in capitals: `.upper()` returns a new text, and changes none."
        return _Wrong("not-capitals", seen, hint)
    if before and answer in ("".join([*before, text]).upper(), before[-1].upper()):
        hint = "What an earlier message left behind is in it. Answer each by itself."
        return _Wrong("remembers", seen, hint)
    if answer == text.encode().upper().decode():
        hint = "Use the text's own `.upper()`: not all letters are ASCII."
        return _Wrong("ascii-only", seen, hint)
    hint = f"The answer to {text!r} is {text.upper()!r}, and nothing around it."
    return _Wrong("other-answer", seen, hint)


def _from_inside(fault: str, plain: bool, forgotten: str, slept: bool) -> _Wrong | None:
    """Return what is wrong as far as it was seen inside the handler.

    Args:
        fault: The exception that it raised, and where.
        plain: Whether it is no coroutine function.
        forgotten: The name of a coroutine that was never awaited.
        slept: Whether ``time.sleep`` was called.
    """
    if "running event loop" in fault or "loop is already running" in fault:
        return _Wrong(
            "asyncio-run",
            f"Your handler raised {fault}.",
            "The server's loop runs already, and runs your handler. `await` what you "
            "want to happen.",
        )
    if plain:
        return _Wrong(
            "not-async",
            "It is a plain `def`, and what it returns cannot be awaited.",
            "A handler is a coroutine function, `async def`, with an `await` in front "
            "of each `send` and `recv`.",
        )
    if forgotten:
        return _Wrong(
            "not-awaited",
            f"`{forgotten}(…)` was called and never awaited, so it never ran.",
            "A call of a coroutine function only prepares; put `await` in front.",
        )
    if "ConcurrencyError" in fault:
        return _Wrong(
            "shared-connection",
            f"Your handler raised {fault}.",
            "Two runs of the handler read from one connection: a variable outside it "
            "is shared by all. Use the handler's own `connection`.",
        )
    if fault:
        return _Wrong(
            "raises",
            f"Your handler raised {fault}.",
            "An exception ends the handler, and with it the connection. That line is "
            "where to look.",
        )
    if slept:
        return _Wrong(
            "blocks-everyone",
            "Your handler called `time.sleep`. While it sleeps, no client is served.",
            "All connections share one thread. `await asyncio.sleep(…)` lets the "
            "others run.",
        )
    return None
