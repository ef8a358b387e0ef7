"""The checks of notebook 04: a handler, a client, and the order of the events.

Each runs the student's code against the real thing: a server of its own, clients of
its own, on loopback, for a second or two at most.
"""

import contextlib
import inspect
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import websocket
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from wslib.attempt import Verdict, _brief, attempt, fault
from wslib.server import EchoServer

__all__ = ["ask_all", "events", "welcome"]

PATIENCE = 0.5  # seconds that a check's client waits for one message


class _Wrong(Exception):
    """Ends a session with a client; carries what goes into the verdict."""

    def __init__(self, mistake: str, evidence: str, hint: str) -> None:
        super().__init__(mistake)
        self.mistake, self.evidence, self.hint = mistake, evidence, hint


@contextlib.contextmanager
def _client(server: EchoServer) -> Iterator[websocket.WebSocket]:
    client = websocket.create_connection(server.url, timeout=PATIENCE)
    try:
        yield client
    finally:
        client.close(timeout=PATIENCE)
        client.shutdown()  # type: ignore[no-untyped-call]


def _next_text(client: websocket.WebSocket) -> str | bytes | None:
    """Return the next message; None if the connection was closed instead.

    Raises:
        WebSocketTimeoutException: If nothing comes.
    """
    opcode, payload = client.recv_data()
    if opcode == websocket.ABNF.OPCODE_CLOSE:
        return None
    return payload.decode() if opcode == websocket.ABNF.OPCODE_TEXT else bytes(payload)


def welcome(function: Any) -> Verdict:
    """Check the handler ``welcome``. Exercise 1 of notebook 04."""
    exercise = "welcome"
    if verdict := fault(exercise, function, None):
        return verdict
    wrong: _Wrong | None = None
    slept: list[bool] = []

    def note_sleep(frame: Any, event: str, called: Any) -> None:
        if event == "c_call" and called is time.sleep:
            slept.append(True)

    with (
        warnings.catch_warnings(record=True) as warned,
        EchoServer(function) as server,
    ):
        warnings.simplefilter("always")
        try:
            server.call(sys.setprofile, note_sleep)
            if not inspect.iscoroutinefunction(function):
                raise _Wrong(
                    "not-async",
                    "It is a plain `def`.",
                    "A handler is a coroutine function: `async def`.",
                )
            _visit(server)
        except _Wrong as exc:
            wrong = exc
        except (websocket.WebSocketException, OSError) as exc:
            wrong = _Wrong(
                "connection-lost",
                f"The check's client met {type(exc).__name__}: {exc}.",
                "Connect with a client of your own and look at the server's log.",
            )
    failed = [
        line
        for line in server.log
        if line.startswith("connection handler") and "ConnectionClosed" not in line
    ]
    if any("never awaited" in str(warning.message) for warning in warned):
        wrong = _Wrong(
            "not-awaited",
            "A coroutine was made and never awaited, so nothing was sent or received.",
            "`connection.send(…)` and `connection.recv()` only prepare; put `await` "
            "in front.",
        )
    elif slept:
        wrong = _Wrong(
            "blocks-everyone",
            "Your handler called `time.sleep`. While it sleeps, no client is served.",
            "All connections share one thread. `await asyncio.sleep(…)` lets the "
            "others run.",
        )
    elif failed and wrong is not None and wrong.mistake != "not-async":
        wrong = _Wrong(
            "raises",
            f"Your handler raised {failed[0].partition(': ')[2]}.",
            wrong.hint,
        )
    if wrong is None:
        return Verdict(
            exercise=exercise,
            right=True,
            evidence="Two clients at once were welcomed, and each got its own answers.",
        )
    return Verdict(
        exercise=exercise,
        right=False,
        mistake=wrong.mistake,
        evidence=wrong.evidence,
        hint=wrong.hint,
    )


def _visit(server: EchoServer) -> None:
    """Be two clients of a ``welcome`` handler; raise what is wrong with it."""
    with _client(server) as first, _client(server) as second:
        _be_welcomed(first)
        _be_answered(first, ["one", "two", "Straße", ""])
        # The first client now says nothing, and must not hold up the second.
        try:
            _be_welcomed(second)
            _be_answered(second, ["three"])
        except _Wrong as wrong:
            if wrong.mistake in ("no-welcome", "no-answer", "closed-at-once"):
                raise _Wrong(
                    "one-client-at-a-time",
                    "The first client was served; the second, connected at the same "
                    "time, was not.",
                    "What all connections share stops them all: a variable outside "
                    "the handler, or a wait that is not awaited (`time.sleep`).",
                ) from wrong
            raise


def _be_welcomed(client: websocket.WebSocket) -> None:
    try:
        text = _next_text(client)
    except websocket.WebSocketTimeoutException:
        raise _Wrong(
            "no-welcome",
            f"A client connected, said nothing and waited {PATIENCE} s: no welcome.",
            "Send it before the first `recv`, or before the loop over the messages. "
            "If you did: does something block, such as `time.sleep`?",
        ) from None
    if text is None:
        raise _Wrong(
            "closed-at-once",
            "A client connected, and was disconnected before anything was said.",
            "The connection lasts as long as the handler runs. Loop over the messages: "
            "`async for message in connection:`.",
        )
    if text != "Welcome!":
        raise _Wrong(
            "other-welcome",
            f"The first message was {_brief(text)}.",
            "It has to be exactly `Welcome!`, as text.",
        )


def _be_answered(client: websocket.WebSocket, texts: list[str]) -> None:
    for number, text in enumerate(texts, start=1):
        client.send(text)
        try:
            answer = _next_text(client)
        except websocket.WebSocketTimeoutException:
            raise _Wrong(
                "no-answer",
                f"Message {number}, {text!r}, got no answer within {PATIENCE} s.",
                "Every message gets one answer, an empty one too.",
            ) from None
        if answer == text.upper():
            continue
        seen = f"{text!r} was answered by {_brief(answer)}."
        if answer is None and number == 1:
            raise _Wrong(
                "closed-at-once",
                "A client was welcomed, sent its first message, and was disconnected.",
                "The connection lasts as long as the handler runs: it must not return "
                "behind the welcome. `async for message in connection:`",
            )
        if answer is None:
            raise _Wrong(
                "one-message-only",
                f"After {number - 1} answer(s) the server closed the connection.",
                "A handler runs once per connection, not once per message. When it "
                "returns, the connection is over: loop over the messages.",
            )
        if answer == "Welcome!":
            raise _Wrong(
                "welcomes-again",
                seen,
                "The welcome comes once, before the loop, not inside it.",
            )
        if answer == text:
            raise _Wrong("not-capitals", seen, "Answer in capitals: `.upper()`.")
        if isinstance(answer, bytes):
            raise _Wrong("bytes-not-text", seen, "Answer text with text: send a `str`.")
        if answer == text.encode().upper().decode():
            raise _Wrong(
                "ascii-only", seen, "Use the text's own `.upper()`, not that of bytes."
            )
        raise _Wrong(
            "other-answer",
            seen,
            f"The answer to {text!r} is {text.upper()!r}, and nothing around it.",
        )


class _Counter:
    """Handles connections for :func:`ask_all` and remembers how each went."""

    def __init__(self, *, silent: bool = False) -> None:
        self.server = EchoServer(self.handle)
        self.silent = silent
        self.asked: list[list[str | bytes]] = []

    async def handle(self, connection: ServerConnection) -> None:
        asked: list[str | bytes] = []
        self.asked.append(asked)
        try:
            while True:
                message = await connection.recv()
                asked.append(message)
                if not self.silent:
                    shown = message if isinstance(message, str) else repr(message)
                    await connection.send(f"answer {len(asked)} to {shown}")
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else 1006
            self.server.log.write(f"over: {code}")


def ask_all(function: Any) -> Verdict:
    """Check ``ask_all(url, questions) -> list``. Exercise 3 of notebook 04."""
    exercise = "ask_all"
    if verdict := fault(exercise, function, None):
        return verdict
    for questions in (["one", "two", "three"], ["Grüße", "", "?"], []):
        verdict = _asked(exercise, function, questions)
        if verdict is not None:
            return verdict
    counter = _Counter(silent=True)
    with counter.server:
        outcome = attempt(function, counter.server.url, ["anybody there?"], limit=1.5)
    if outcome.timed_out:
        return Verdict(
            exercise=exercise,
            right=False,
            mistake="no-timeout",
            evidence="A server that never answers: after 1.5 s it was still waiting.",
            hint="Give up in time: `create_connection(url, timeout=0.5)`. The "
            "exception may leave your function.",
        )
    if outcome.error is None:
        return Verdict(
            exercise=exercise,
            right=False,
            mistake="hides-the-failure",
            evidence=f"A server that never answers, and you returned "
            f"{_brief(outcome.value)}.",
            hint="Whoever called must learn that there is no answer. Let the exception "
            "leave your function.",
        )
    return Verdict(
        exercise=exercise,
        right=True,
        evidence="One connection, every answer in order, a proper goodbye, and no "
        "endless wait.",
    )


def _asked(
    exercise: str, function: Callable[..., Any], questions: list[str]
) -> Verdict | None:
    """Run ``ask_all`` against one server; None if all is right."""

    def wrong(mistake: str, evidence: str, hint: str) -> Verdict:
        return Verdict(
            exercise=exercise,
            right=False,
            mistake=mistake,
            evidence=evidence,
            hint=hint,
        )

    counter = _Counter()
    expected = [f"answer {n} to {q}" for n, q in enumerate(questions, start=1)]
    with counter.server as server:
        outcome = attempt(function, server.url, list(questions), limit=2.0)
        verdict = fault(exercise, function, outcome)
        if verdict is not None and not (outcome.value is None and questions == []):
            return verdict
        try:
            how = server.log.wait_for("over", timeout=PATIENCE)
        except TimeoutError:
            how = "still open"
    answers = outcome.value
    called = f"Asked {questions}, you returned {_brief(answers)}."
    if not isinstance(answers, list):
        return wrong(
            "not-a-list", called, "Return a list with one answer for each question."
        )
    connections = len(counter.asked)
    if connections > 1:
        return wrong(
            "connection-per-question",
            f"{len(questions)} questions; the server saw {connections} connections.",
            "Connect once, before the loop. That the connection stays is the point of "
            "a WebSocket.",
        )
    if connections == 0 and questions:
        return wrong("no-connection", "The server saw no connection.", "Use the url.")
    if answers != expected:
        if answers == questions:
            return wrong("own-questions", called, "Keep what `recv` returns.")
        if answers and all(isinstance(a, int) for a in answers):
            return wrong(
                "what-send-returned",
                called,
                "`send` returns how many bytes went out. The answers come from `recv`.",
            )
        asked = counter.asked[0] if counter.asked else []
        if asked != questions:
            return wrong(
                "other-questions",
                f"The server got {_brief(asked)}, and the questions were {questions}.",
                "Send each question once, as text and in order, an empty one too.",
            )
        if len(answers) != len(expected):
            return wrong(
                "answers-missing",
                called,
                "One `recv` for each `send`, and all of them into the list.",
            )
        return wrong("other-answers", called, f"The server sent {expected}.")
    if connections and how == "still open":
        return wrong(
            "not-closed",
            "The answers are right, but the connection is still open.",
            "Close the client, also when something fails: `try`/`finally`, or "
            "`with contextlib.closing(client):`.",
        )
    if connections and how == "over: 1006":
        return wrong(
            "no-goodbye",
            "The answers are right, but the connection was dropped without a Close "
            "frame.",
            "`client.close()` says goodbye first. `shutdown()`, or letting go of the "
            "client, only drops the line.",
        )
    return None


EVENTS = ("open", "message", "error", "close")


def events(answers: Any) -> Verdict:
    """Check which events fire, in which order. Exercise 2 of notebook 04.

    Args:
        answers: A dict from each situation to a list of names out of ``open``,
            ``message``, ``error``, ``close``.
    """
    exercise = "events"
    if answers is None or answers is ...:
        return Verdict(exercise=exercise)

    def wrong(mistake: str, evidence: str, hint: str) -> Verdict:
        return Verdict(
            exercise=exercise,
            right=False,
            mistake=mistake,
            evidence=evidence,
            hint=hint,
        )

    if not isinstance(answers, dict):
        kind = type(answers).__name__
        return wrong("wrong-type", f"This is {kind}.", "Keep the dict of the stub.")
    if all(value in (..., None, []) for value in answers.values()):
        return Verdict(exercise=exercise)
    real = _real_events()
    for situation, happened in real.items():
        if situation not in answers:
            hint = "Keep the three lines of the stub."
            return wrong("missing", f"There is no {situation!r} in it.", hint)
        said = answers[situation]
        if said in (..., None):
            return wrong("missing", f"Nothing for {situation!r} yet.", "Guess.")
        if not isinstance(said, list | tuple):
            hint = 'Give a list of names, such as ["open", "close"].'
            return wrong("wrong-type", f"{situation!r} has {_brief(said)}.", hint)
        names = [str(name).lower().removeprefix("on").lstrip("_") for name in said]
        strangers = [name for name in names if name not in EVENTS]
        if strangers:
            hint = f"The four are {', '.join(EVENTS)}."
            return wrong("no-such-event", f"There is no {strangers[0]!r} event.", hint)
        if names != happened:
            return wrong(*_misread(situation, names, happened))
    return Verdict(
        exercise=exercise,
        right=True,
        evidence="Each of the three was run just now, and fired just so.",
    )


def _misread(
    situation: str, said: list[str], happened: list[str]
) -> tuple[str, str, str]:
    """Say what is wrong with a guess, without giving the answer away."""
    evidence = f"{situation!r} was run just now. Your guess: {', '.join(said) or '-'}."
    if "open" in said and "open" not in happened:
        hint = "`open` fires when the opening handshake has succeeded. Did it?"
        return "opened-though-refused", evidence, hint
    if "close" in happened and "close" not in said:
        hint = (
            "`close` fires at the end of every attempt, even of one that never opened."
        )
        return "close-missing", evidence, hint
    if "error" in happened and "error" not in said:
        hint = (
            "This client reports an end that it did not ask for as an error first."
            if "open" in happened
            else "Nobody listened: the connection failed, and a failure is an error."
        )
        return "error-missing", evidence, hint
    if "error" in said and "error" not in happened:
        hint = "The client itself asked for this end, and got it. That is no error."
        return "error-though-asked", evidence, hint
    if sorted(said) == sorted(happened):
        hint = "The right events, in another order. Which comes last, always?"
        return "other-order", evidence, hint
    missing = [name for name in happened if said.count(name) < happened.count(name)]
    if missing:
        return (
            "too-few",
            evidence,
            f"Something is missing: when does `{missing[0]}` fire?",
        )
    extra = next(n for n in said if said.count(n) > happened.count(n))
    return "too-many", evidence, f"`{extra}` does not fire that often here."


def _real_events() -> dict[str, list[str]]:
    """Run the three situations against real servers; return what fired."""

    async def close_after_one(connection: ServerConnection) -> None:
        await connection.send(str(await connection.recv()))

    def run(url: str, *, then_close: bool) -> list[str]:
        fired: list[str] = []

        def note(name: str, action: Callable[[Any], None] | None = None) -> Any:
            def callback(app: Any, *details: Any) -> None:
                fired.append(name)
                if action is not None:
                    action(app)

            return callback

        websocket.WebSocketApp(
            url,
            on_open=note("open", lambda app: app.send("Hello")),
            on_message=note("message", lambda app: app.close() if then_close else None),
            on_error=note("error"),
            on_close=note("close"),
        ).run_forever()
        return fired

    with EchoServer() as echo, EchoServer(close_after_one) as closing:
        first = run(echo.url, then_close=True)
        second = run(closing.url, then_close=False)
    return {
        "you close": first,
        "the server closes": second,
        "nobody listens": run(echo.url, then_close=False),
    }
