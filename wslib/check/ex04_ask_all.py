"""The check of exercise 3 in notebook 04: be the servers of a student's client.

Four servers: three that answer, one of them slowly, and one that never does. What they
saw tells why a client failed: what it asked, how often it connected, whether it said
goodbye.
"""

import asyncio
import contextlib
import traceback
from dataclasses import replace
from typing import Any

import websocket
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from wslib.check.attempt import Outcome, Verdict, attempt, brief, fault, not_yet
from wslib.check.diagnosis import misfit, never_raises
from wslib.server import EchoServer

PATIENCE = 0.5  # seconds that a check waits for a goodbye
PAUSE = 0.15  # seconds that a slow server thinks; a client waits for half a second
LIMIT = 1.5  # seconds after which a client should long have given up

# What a client raises if it cannot connect or hears nothing; if the line is closed.
_NO_ANSWER = (OSError, websocket.WebSocketException)
_HUNG_UP = (websocket.WebSocketConnectionClosedException, ConnectionClosed)


class _Asked:
    """A server that answers each message, and remembers what it was asked, and how.

    Args:
        answers: Whether it answers at all.
        slow: The question about which it thinks for a while.
    """

    def __init__(self, *, answers: bool = True, slow: str | None = None) -> None:
        self.server = EchoServer(self.handle)
        self.answers = answers
        self.slow = slow
        self.connections: list[ServerConnection] = []
        self.questions: list[str | bytes] = []
        self.answered = 0
        self.gave_up = False  # whether a client just sat there

    async def handle(self, connection: ServerConnection) -> None:
        """Be the server's handler."""
        self.connections.append(connection)
        number = 0
        try:
            while True:
                question = await asyncio.wait_for(connection.recv(), LIMIT)
                number += 1
                self.questions.append(question)
                if question == self.slow:
                    await asyncio.sleep(PAUSE)
                # Whoever has said goodbye gets no answer; all that was asked counts.
                with contextlib.suppress(ConnectionClosed):
                    if self.answers:
                        await connection.send(_answer(number, question))
                        self.answered += 1
        except TimeoutError:
            # Who waits for ever is cut off, since it cannot be stopped while it waits.
            self.gave_up = True
            connection.transport.abort()
        except ConnectionClosed:
            self.server.log.write("over")

    def call(self, function: Any, questions: list[str]) -> Outcome:
        """Call a student's function with this server's address."""
        outcome = attempt(function, self.server.url, questions, limit=LIMIT + 0.5)
        return Outcome(timed_out=True) if self.gave_up else outcome

    def goodbye(self) -> bool | None:
        """Tell whether the client said goodbye; None if it did nothing at all."""
        with contextlib.suppress(TimeoutError):
            if self.connections:
                self.server.log.wait_for("over", timeout=PATIENCE)
        if all(connection.protocol.close_rcvd for connection in self.connections):
            return True
        return False if "over" in self.server.log else None


def _answer(number: int, question: str | bytes) -> str:
    """Return an answer that no student can guess, sort or strip unnoticed."""
    shown = question if isinstance(question, str) else repr(question)
    return f"{shown} ({number})"


@never_raises
def ask_all(function: Any) -> Verdict:
    """Check ``ask_all(url, questions) -> list``. Exercise 3 of notebook 04."""
    exercise = "ask_all"
    if verdict := misfit(exercise, function, ["url", "questions"], may_wait=True):
        return verdict
    for questions, slow in (
        (["one", "two", "three"], None),
        (["Grüße", "", " ? ", "Grüße"], ""),
        ([], None),
    ):
        if verdict := _asked(function, questions, slow):
            return verdict
    if verdict := _left_alone(function):
        return verdict
    return Verdict(
        exercise=exercise,
        right=True,
        evidence="One connection, every answer in order, a proper goodbye, and no "
        "endless wait.",
    )


def _wrong(mistake: str, evidence: str, hint: str) -> Verdict:
    return not_yet("ask_all", mistake, evidence, hint)


def _asked(function: Any, questions: list[str], slow: str | None) -> Verdict | None:
    """Run ``ask_all`` against a server that answers; None if all is right."""
    counter, given = _Asked(slow=slow), list(questions)
    with counter.server as server:
        outcome = counter.call(function, given)
        goodbye: bool | None = True
        if not counter.connections and isinstance(outcome.error, _NO_ANSWER):
            with contextlib.suppress(TimeoutError):  # what came may be looked at yet
                server.log.wait_for("Refused", timeout=PATIENCE / 2)
        elif not outcome.timed_out:
            goodbye = counter.goodbye()  # by then all that was asked is counted
        log = list(server.log)
    if verdict := fault("ask_all", function, outcome):
        if verdict.right is None:
            return verdict
        if outcome.error is not None or outcome.timed_out:
            ended = _broken_off(outcome, counter, questions, log, goodbye)
            verdict = ended or verdict
            evidence = verdict.evidence.replace(f":{server.port}", "")
            return replace(verdict, evidence=evidence)
        if questions:
            return verdict
    answers = outcome.value
    if not isinstance(answers, list):
        return _not_a_list(questions, answers)
    return (
        _other_questions(counter, questions)
        or _other_answers(answers, counter, questions)
        or _changed(given, questions)
        or _not_closed(goodbye)
    )


def _broken_off(
    outcome: Outcome,
    counter: _Asked,
    questions: list[str],
    log: list[str],
    goodbye: bool | None,
) -> Verdict | None:
    """Say why it ended with an exception, or not at all, from what the server saw."""
    asked = len(counter.questions)
    error = None if outcome.timed_out else outcome.error
    if refused := [line for line in log if line.startswith("Refused")]:
        hint = (
            "What came was no opening handshake, or another than that of a WebSocket. "
            "A client library does it: connect to `url` as it is."
        )
        return _wrong("no-handshake", f"The server's log says: {refused[0]}.", hint)
    late = outcome.timed_out or isinstance(
        error, TimeoutError | websocket.WebSocketTimeoutException
    )
    if late and error is not None and _in_the_handshake(error):
        return _wrong(
            "gives-up-too-soon",
            "Your function gave up before the opening handshake was over.",
            "Half a second is what it should wait: `timeout=0.5`.",
        )
    if late and counter.connections and not asked and questions:
        return _wrong(
            "reads-first",
            "Your function connected, and waited for a message before it had asked "
            "anything.",
            "This server speaks when it is asked: `send`, then `recv`.",
        )
    if late and counter.connections and counter.answered == asked:
        return _wrong(
            "reads-too-much",
            f"Your function sent {_count(asked, 'question')}, got as many answers, and "
            "waited for one more.",
            "One `recv` for each `send`.",
        )
    if late and asked and not outcome.timed_out:
        return _wrong(
            "gives-up-too-soon",
            f"The server thought for {PAUSE} s about an answer, and your function had "
            "given up already.",
            "Half a second is what it should wait: `timeout=0.5`.",
        )
    if not counter.connections and isinstance(error, _NO_ANSWER):
        return _wrong(
            "no-connection",
            f"Your function raised {type(error).__name__}, and the server saw no "
            "connection.",
            "Connect to `url`, as it is given.",
        )
    if isinstance(error, _HUNG_UP) and counter.connections and goodbye:
        return _wrong(
            "closed-too-soon",
            f"Your function said goodbye after {_count(asked, 'question')}, and then "
            "wanted to go on.",
            "Close behind the loop, when every answer has been read.",
        )
    return None


def _in_the_handshake(error: BaseException) -> bool:
    """Tell whether a client library was still connecting when it raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.name in ("create_connection", "handshake") for frame in frames)


def _not_a_list(questions: list[str], answers: object) -> Verdict:
    hint = "Return a list with one answer for each question."
    if isinstance(answers, str):
        hint += " This is one text: collect them, and return behind the loop."
    elif isinstance(answers, tuple):
        hint += " This is a tuple: `list(…)` makes a list of it."
    seen = f"Asked {questions}, you returned {brief(answers)}."
    return _wrong("not-a-list", seen, hint)


def _other_questions(counter: _Asked, questions: list[str]) -> Verdict | None:
    """Say what the server was asked, if not the questions, over one connection."""
    connections, asked = len(counter.connections), counter.questions
    if connections == 0 and questions:
        hint = "The answers come from the server: connect to `url`."
        return _wrong("no-connection", "The server saw no connection.", hint)
    if connections > 1:
        return _wrong(
            "connection-per-question",
            f"{_count(len(questions), 'question')}; the server saw {connections} "
            "connections.",
            "Connect once, before the loop. That the connection stays is the point of "
            "a WebSocket.",
        )
    if asked == questions:
        return None
    evidence = f"The server got {brief(asked)}, and the questions were {questions}."
    hint = "Send each question once, as text and in order, an empty one too."
    if asked and all(isinstance(question, bytes) for question in asked):
        hint = "Send text as text: `send`, not `send_binary` and not `.encode()`."
        return _wrong("bytes-not-text", evidence, hint)
    if asked[: len(questions)] == questions:
        hint = "Nothing is sent after the last question. A goodbye is `client.close()`."
        return _wrong("says-more", evidence, hint)
    if [q for q in questions if q] == asked:
        hint = "An empty text is a question like any other."
        return _wrong("empty-question-lost", evidence, hint)
    if not asked:
        return _wrong("asks-nothing", "The server was asked nothing.", hint)
    if questions[: len(asked)] == asked:
        hint = "It stopped before the end: is a `return` or a `break` inside the loop?"
        return _wrong("stops-early", evidence, hint)
    return _wrong("other-questions", evidence, hint)


def _other_answers(
    answers: list[Any], counter: _Asked, questions: list[str]
) -> Verdict | None:
    """Say what is wrong with the list, if it is not that of the answers."""
    expected = [_answer(n, q) for n, q in enumerate(questions, start=1)]
    if answers == expected:
        return None
    called = f"Asked {questions}, you returned {brief(answers)}."
    if answers == questions:
        return _wrong("own-questions", called, "Keep what `recv` returns.")
    if answers and all(isinstance(answer, int) for answer in answers):
        hint = "`send` returns how many bytes went out. The answers come from `recv`."
        return _wrong("what-send-returned", called, hint)
    if answers and all(isinstance(answer, bytes) for answer in answers):
        hint = "These are bytes, and the answers came as text: `recv` gives a `str`."
        return _wrong("bytes-not-text", called, hint)
    if answers and all(isinstance(answer, tuple) for answer in answers):
        hint = (
            "A list of pairs. The answers alone, please; `recv` gives one, where "
            "`recv_data` gives the opcode, too."
        )
        return _wrong("pairs", called, hint)
    if answers[: len(expected)] == expected:
        hint = "The answers are there, and something that is none."
        if "" in answers[len(expected) :]:
            hint += " `recv` gives an empty text for a Close frame."
        return _wrong("more-than-answers", called, hint)
    if len(answers) != len(expected):
        hint = "One `recv` for each `send`, and all of them into the list."
        return _wrong("answers-missing", called, hint)
    if sorted(map(str, answers)) == sorted(expected):
        hint = "Keep the order in which they came: no `sorted`, no `set`."
        return _wrong("other-order", called, hint)
    return _wrong("other-answers", called, f"The server sent {expected}.")


def _changed(given: list[str], questions: list[str]) -> Verdict | None:
    if given == questions:
        return None
    return _wrong(
        "changes-the-questions",
        f"The list of questions was {questions}; after the call it is {brief(given)}.",
        "It belongs to whoever called. Loop over it instead of taking things out.",
    )


def _not_closed(goodbye: bool | None) -> Verdict | None:
    """Say how the connection was left, if not with a goodbye."""
    if goodbye is None:
        return _wrong(
            "not-closed",
            "The answers are right, but the connection is still open.",
            "Close the client, also when something fails: `try`/`finally`, or "
            "`with contextlib.closing(client):`.",
        )
    if not goodbye:
        return _wrong(
            "no-goodbye",
            "The answers are right, but the connection was dropped without a Close "
            "frame.",
            "`client.close()` says goodbye first. `shutdown()`, or letting go of the "
            "client, only drops the line.",
        )
    return None


def _left_alone(function: Any) -> Verdict | None:
    """Run ``ask_all`` against a server that says nothing; None if all is right."""
    counter = _Asked(answers=False)
    with counter.server:
        outcome = counter.call(function, ["anybody there?"])
        goodbye = outcome.timed_out or counter.goodbye()
    alone = "A server that never answers"
    if outcome.timed_out:
        return _wrong(
            "no-timeout",
            f"{alone}: after {LIMIT} s it was still waiting.",
            "Give up in time: `create_connection(url, timeout=0.5)`. The exception may "
            "leave your function.",
        )
    if outcome.error is None:
        return _wrong(
            "hides-the-failure",
            f"{alone}, and you returned {brief(outcome.value)}.",
            "Whoever called must learn that there is no answer. Let the exception "
            "leave your function.",
        )
    if not isinstance(outcome.error, Exception):
        return _wrong(
            "ends-the-program",
            f"{alone}, and your function raised {type(outcome.error).__name__}, which "
            "ends the whole program.",
            "Whoever called may know what to do. Let the timeout's own exception leave "
            "your function.",
        )
    if not goodbye:
        left = "open" if goodbye is None else "without a goodbye"
        return _wrong(
            "not-closed-on-failure",
            f"{alone}: your function gave up, and left the connection {left}.",
            "The goodbye must come also when something fails: "
            "`try: … finally: client.close()`, or `with contextlib.closing(client):`.",
        )
    return None


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")
