"""Exercise 3 of notebook 04: a client that asks, and keeps the answers.

Five servers: three that answer, one of them slowly, one that hangs up in the middle,
and one that says nothing. What they saw tells why a client failed: what it asked, how
often it connected, whether it said goodbye. The client has a clock of its own, so a
step during which the machine stalled is done again.
"""

import asyncio
import contextlib
import time
import traceback
from dataclasses import replace
from functools import partial
from typing import Any

import websocket
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from wslib.check.exercise import Exercise
from wslib.check.fit import endless, fault, misfit
from wslib.check.sandbox import STALL, Outcome, attempt, calmly
from wslib.check.verdict import Verdict, brief, lower_first
from wslib.server import EchoServer

PATIENCE = 0.5  # seconds that a check waits for a goodbye
PAUSE = 0.15  # seconds that a slow server thinks; a client waits for half a second
LIMIT = 1.5  # seconds after which a client should long have given up

# What a client raises if it cannot connect or hears nothing; if the line is closed.
_NO_ANSWER = (OSError, websocket.WebSocketException)
_LATE = (TimeoutError, websocket.WebSocketTimeoutException)
_HUNG_UP = (websocket.WebSocketConnectionClosedException, ConnectionClosed)

_EACH_ONCE = "Send each question once, as text and in order, an empty one too."
_HINTS = {
    "gives-up-too-soon": "Half a second is what it should wait: `timeout=0.5`.",
    "no-handshake": "What came was no opening handshake, or another than that of a "
    "WebSocket. A client library does it: connect to `url` as it is.",
    "reads-first": "This server speaks when it is asked: `send`, then `recv`.",
    "reads-too-much": "One `recv` for each `send`.",
    "closed-too-soon": "Close behind the loop, when every answer has been read.",
    "not-a-list": "Return a list with one answer for each question.",
    "no-connection": "The answers come from the server: connect to `url`.",
    "connection-per-question": "Connect once, before the loop. That the connection "
    "stays is the point of a WebSocket.",
    "says-more": "Nothing is sent after the last question. A goodbye is "
    "`client.close()`.",
    "empty-question-lost": "An empty text is a question like any other.",
    "asks-nothing": _EACH_ONCE,
    "other-questions": _EACH_ONCE,
    "stops-early": "It stopped before the end: is a `return` or a `break` inside the "
    "loop?",
    "own-questions": "Keep what `recv` returns.",
    "what-send-returned": "`send` returns how many bytes went out. The answers come "
    "from `recv`.",
    "bytes-not-text": "These are bytes, and the answers came as text: `recv` gives a "
    "`str`.",
    "pairs": "A list of pairs. The answers alone, please; `recv` gives one, where "
    "`recv_data` gives the opcode, too.",
    "more-than-answers": "The answers are there, and something that is none.",
    "answers-missing": "One `recv` for each `send`, and all of them into the list.",
    "other-order": "Keep the order in which they came: no `sorted`, no `set`.",
    "changes-the-questions": "It belongs to whoever called. Loop over it instead of "
    "taking things out.",
    "not-closed": "Close the client, also when something fails: `try`/`finally`, or "
    "`with contextlib.closing(client):`.",
    "no-goodbye": "`client.close()` says goodbye first. `shutdown()`, or letting go of "
    "the client, only drops the line.",
    "no-timeout": "Give up in time: `create_connection(url, timeout=0.5)`. The "
    "exception may leave your function.",
    "connects-again": "Let the exception leave your function. Whoever called knows "
    "whether the same questions may be asked again.",
    "hides-the-failure": "Whoever called must learn that there is no answer. Let the "
    "exception leave your function.",
    "ends-the-program": "Whoever called may know what to do. Let the timeout's own "
    "exception leave your function.",
    "not-closed-on-failure": "The goodbye must come also when something fails: "
    "`try: … finally: client.close()`, or `with contextlib.closing(client):`.",
}
_OF_A_KIND = {int: "what-send-returned", bytes: "bytes-not-text", tuple: "pairs"}


class _Asked:
    """A server that answers each message, and remembers what it was asked, and how.

    Args:
        silent: Whether it says nothing.
        slow: The question about which it thinks for a while.
        last: The question at which it hangs up.
    """

    def __init__(
        self, *, silent: bool = False, slow: str | None = None, last: str | None = None
    ) -> None:
        self.server = EchoServer(self.handle)
        self.silent, self.slow, self.last = silent, slow, last
        self.connections: list[ServerConnection] = []
        self.questions: list[str | bytes] = []
        self.answered, self.answered_at = 0, 0.0
        self.gave_up = False  # whether a client just sat there
        self.waited = False  # whether it did for a while behind the last answer
        self.goodbye: bool | None = True  # None: it did nothing at all
        self.refused = ""  # what was no opening handshake

    async def handle(self, connection: ServerConnection) -> None:
        """Be the server's handler."""
        self.connections.append(connection)
        number = 0
        try:
            while True:
                question = await asyncio.wait_for(connection.recv(), LIMIT)
                number += 1
                self.questions.append(question)
                if question == self.last:
                    return connection.transport.abort()
                if question == self.slow:
                    await asyncio.sleep(PAUSE)
                # Whoever has said goodbye gets no answer; all that was asked counts.
                with contextlib.suppress(ConnectionClosed):
                    if not self.silent:
                        await connection.send(_answer(number, question))
                        self.answered += 1
                        self.answered_at = time.monotonic()
        except TimeoutError:
            # Who waits for ever is cut off, since it cannot be stopped while it waits.
            self.gave_up = True
            connection.transport.abort()
        except ConnectionClosed:
            self.server.log.write("over")

    def ask(self, function: Any, questions: list[str]) -> Outcome:
        """Call a student's function with this server's address; see how it leaves."""
        with self.server as server:
            outcome = attempt(function, server.url, questions, limit=LIMIT + 0.5)
            self.waited = time.monotonic() - self.answered_at > STALL
            if self.gave_up:
                outcome = Outcome(timed_out=True)
            if not self.connections and isinstance(outcome.error, _NO_ANSWER):
                with contextlib.suppress(TimeoutError):
                    self.refused = server.log.wait_for("Refused", timeout=PATIENCE / 2)
            elif not outcome.timed_out:
                self.goodbye = self._said_goodbye()
        return outcome

    def _said_goodbye(self) -> bool | None:
        """Tell whether the client did; by then all that was asked is counted."""
        with contextlib.suppress(TimeoutError):
            if self.connections:
                self.server.log.wait_for("over", timeout=PATIENCE)
        if all(connection.protocol.close_rcvd for connection in self.connections):
            return True
        return False if "over" in self.server.log else None


def _answer(number: int, question: str | bytes) -> str:
    """Return an answer that nobody can guess, sort, strip or leave out unnoticed."""
    shown = question if isinstance(question, str) else repr(question)
    return f"{shown} ({number})" if question else ""


def _try(function: Any) -> None:
    """Let it ask for a moment, in a process that ends with it."""
    attempt(function, _Asked().server.start().url, ["one"], limit=PATIENCE)


class AskAll(Exercise):
    """An exercise whose answer is a client."""

    hints = _HINTS

    def judge(self, function: Any) -> Verdict:
        """Return the verdict on a client."""
        takes = ["url", "questions"]
        fits = misfit(self.name, function, takes, may_wait=True)
        if verdict := fits or endless(self.name, function, partial(_try, function)):
            return verdict
        steps = [
            partial(self._asked, function, ["one", "two", "three"]),
            partial(self._asked, function, ["Grüße", "", " ? ", "Grüße"], slow=""),
            partial(self._asked, function, []),
            partial(self._hung_up_on, function),
            partial(self._left_alone, function),
        ]
        for step in steps:
            if verdict := calmly(step):
                return verdict
        return self.right(
            "One connection, every answer in order, a proper goodbye, and no endless "
            "wait."
        )

    def _asked(
        self, function: Any, questions: list[str], slow: str | None = None
    ) -> Verdict | None:
        """Let it ask a server that answers; return what is wrong."""
        counter, given = _Asked(slow=slow), list(questions)
        outcome = counter.ask(function, given)
        verdict = fault(self.name, function, outcome)
        if verdict and verdict.right is None:
            return verdict
        if verdict and (outcome.error is not None or outcome.timed_out):
            verdict = self._broken_off(outcome, counter, questions) or verdict
            evidence = verdict.evidence.replace(f":{counter.server.port}", "")
            if not questions:
                evidence = f"Asked []: {lower_first(evidence)}"
            return replace(verdict, evidence=evidence)
        if verdict and questions:
            return verdict
        return (
            self._no_list(outcome.value, questions)
            or self._other_questions(counter, questions)
            or self._other_answers(list(outcome.value), questions)
            or self._left(counter, given, questions)
        )

    def _broken_off(
        self, outcome: Outcome, counter: _Asked, questions: list[str]
    ) -> Verdict | None:
        """Say why it ended with an exception, or not at all, from what was seen."""
        asked, connected = len(counter.questions), bool(counter.connections)
        error = None if outcome.timed_out else outcome.error
        late = outcome.timed_out or isinstance(error, _LATE)
        if late and error is not None and _in_the_handshake(error):
            seen = "Your function gave up before the opening handshake was over."
            return self.wrong("gives-up-too-soon", seen)
        if counter.refused:
            seen = f"The server's log says: {counter.refused}."
            return self.wrong("no-handshake", seen)
        if late and connected and not asked and questions:
            seen = "Your function connected, and waited for a message before it had "
            return self.wrong("reads-first", f"{seen}asked anything.")
        if late and connected and counter.questions != questions[:asked]:
            return self._other_questions(counter, questions)
        if late and connected and counter.answered == asked and counter.waited:
            seen = f"Your function sent {_count(asked)}, got as many answers, and "
            return self.wrong("reads-too-much", f"{seen}waited for one more.")
        if late and asked and not outcome.timed_out:
            seen = f"The server thought for {PAUSE} s about an answer"
            if counter.slow not in counter.questions:
                seen = "The server was about to answer"
            seen += ", and your function had given up already."
            return self.wrong("gives-up-too-soon", seen)
        if not connected and isinstance(error, _NO_ANSWER):
            seen = f"Your function raised {type(error).__name__}, and the server saw "
            hint = "Connect to `url`, as it is given."
            return self.wrong("no-connection", f"{seen}no connection.", hint)
        if isinstance(error, _HUNG_UP) and connected and counter.goodbye:
            seen = f"Your function said goodbye after {_count(asked)}, and then wanted "
            return self.wrong("closed-too-soon", f"{seen}to go on.")
        return None

    def _no_list(self, answers: object, questions: list[str]) -> Verdict | None:
        if isinstance(answers, list | tuple):
            return None
        hint = _HINTS["not-a-list"]
        if isinstance(answers, str):
            hint += " This is one text: collect them, and return behind the loop."
        seen = f"Asked {questions}, you returned {brief(answers)}."
        return self.wrong("not-a-list", seen, hint)

    def _other_questions(self, counter: _Asked, questions: list[str]) -> Verdict | None:
        """Say what the server was asked, if not the questions, over one connection."""
        connections, asked = len(counter.connections), counter.questions
        if connections == 0 and questions:
            return self.wrong("no-connection", "The server saw no connection.")
        if connections > 1:
            seen = f"{_count(len(questions))}; the server saw {connections} connections"
            return self.wrong("connection-per-question", f"{seen}.")
        if asked == questions:
            return None
        seen = f"The server got {brief(asked)}, and the questions were {questions}."
        if asked and all(isinstance(question, bytes) for question in asked):
            hint = "Send text as text: `send`, not `send_binary` and not `.encode()`."
            return self.wrong("bytes-not-text", seen, hint)
        if asked[: len(questions)] == questions:
            return self.wrong("says-more", seen)
        if [q for q in questions if q] == asked:
            return self.wrong("empty-question-lost", seen)
        if not asked:
            return self.wrong("asks-nothing", "The server was asked nothing.")
        if questions[: len(asked)] == asked:
            return self.wrong("stops-early", seen)
        return self.wrong("other-questions", seen)

    def _other_answers(
        self, answers: list[Any], questions: list[str]
    ) -> Verdict | None:
        """Say what is wrong with the list, if it is not that of the answers."""
        expected = [_answer(n, q) for n, q in enumerate(questions, start=1)]
        if answers == expected:
            return None
        seen = f"Asked {questions}, you returned {brief(answers)}."
        if answers == questions:
            return self.wrong("own-questions", seen)
        for kind, mistake in _OF_A_KIND.items():
            if answers and all(isinstance(answer, kind) for answer in answers):
                return self.wrong(mistake, seen)
        if expected in (answers[: len(expected)], answers[-len(expected) :]):
            hint = _HINTS["more-than-answers"]
            if answers[: len(expected)] != expected:
                hint += " Make a new list in each call."
            elif "" in answers[len(expected) :]:
                hint += " `recv` gives an empty text for a Close frame."
            return self.wrong("more-than-answers", seen, hint)
        if len(answers) != len(expected):
            return self.wrong("answers-missing", seen)
        if sorted(map(str, answers)) == sorted(expected):
            return self.wrong("other-order", seen)
        return self.wrong("other-answers", seen, f"The server sent {expected}.")

    def _left(
        self, counter: _Asked, given: list[str], questions: list[str]
    ) -> Verdict | None:
        """Say how the questions and the connection were left, if not as they should."""
        if given != questions:
            seen = f"The list of questions was {questions}; after the call it is "
            return self.wrong("changes-the-questions", f"{seen}{brief(given)}.")
        if counter.goodbye is None:
            seen = "The answers are right, but the connection is still open."
            return self.wrong("not-closed", seen)
        if not counter.goodbye:
            seen = "The answers are right, but the connection was dropped without a "
            return self.wrong("no-goodbye", f"{seen}Close frame.")
        return None

    def _hung_up_on(self, function: Any) -> Verdict | None:
        """Let it ask a server that hangs up in the middle; return what is wrong."""
        counter = _Asked(last="two")
        outcome = counter.ask(function, ["one", "two", "three"])
        seen = "A server answered one question, and hung up at the next"
        if len(counter.connections) > 1:
            seen += f"; your function connected {len(counter.connections)} times."
            return self.wrong("connects-again", seen)
        return self._kept_to_itself(outcome, seen)

    def _kept_to_itself(self, outcome: Outcome, seen: str) -> Verdict | None:
        """Say what is wrong if it has failed and raises no exception of its own."""
        if outcome.timed_out:
            seen += f": after {LIMIT} s it was still waiting."
            return self.wrong("no-timeout", seen)
        if outcome.error is None:
            seen += f", and you returned {brief(outcome.value)}."
            return self.wrong("hides-the-failure", seen)
        if not isinstance(outcome.error, Exception):
            seen += f", and your function raised {type(outcome.error).__name__}, which "
            return self.wrong("ends-the-program", f"{seen}ends the whole program.")
        return None

    def _left_alone(self, function: Any) -> Verdict | None:
        """Let it ask a server that says nothing; return what is wrong."""
        counter, alone = _Asked(silent=True), "A server that never answers"
        outcome = counter.ask(function, ["anybody there?"])
        if found := self._kept_to_itself(outcome, alone):
            return found
        if not counter.goodbye:
            left = "open" if counter.goodbye is None else "without a goodbye"
            seen = f"{alone}: your function gave up, and left the connection {left}."
            return self.wrong("not-closed-on-failure", seen)
        return None


def _in_the_handshake(error: BaseException) -> bool:
    """Tell whether a client library was still connecting when it raised."""
    frames = traceback.extract_tb(error.__traceback__)
    return any(frame.name in ("create_connection", "handshake") for frame in frames)


def _count(number: int) -> str:
    return f"{number} question" + ("" if number == 1 else "s")


ask_all = AskAll(
    "ask_all", "`ask_all(url, questions) -> list`. Exercise 3 of notebook 04."
)
