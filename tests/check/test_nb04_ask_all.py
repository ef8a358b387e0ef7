"""Exercise 3 of notebook 04: clients in several styles, and the wrong ones by name.

Where the check waits for what never comes, its patience is shortened: how long it waits
is not what is tested.
"""

import asyncio
import contextlib
import ctypes
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import websocket
import websockets
from hostile import HostileText, assert_named, assert_right, no_end
from websockets.sync.client import connect

from wslib import check
from wslib.check import nb04_ask_all


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits of the check, for answers that are wrong."""
    monkeypatch.setattr(nb04_ask_all, "PATIENCE", 0.3)
    monkeypatch.setattr(nb04_ask_all, "LIMIT", 0.6)


opened: list[websocket.WebSocket] = []


@pytest.fixture(autouse=True)
def _left_open_is_closed() -> Iterator[None]:
    """Close what the clients of these tests leave open on purpose."""
    yield
    while opened:
        opened.pop().shutdown()


def client_of(url: str, timeout: float | None = 0.25) -> websocket.WebSocket:
    client = websocket.create_connection(url, timeout=timeout)
    opened.append(client)
    return client


def ask(client: websocket.WebSocket, question: str) -> str:
    client.send(question)
    return str(client.recv())


def ask_all(url: str, questions: list[str]) -> list[str]:
    with contextlib.closing(client_of(url)) as client:
        return [ask(client, question) for question in questions]


def all_at_first(url: str, questions: list[str]) -> list[str]:
    with contextlib.closing(client_of(url)) as client:
        for question in questions:
            client.send(question)
        return [str(client.recv()) for _ in questions]


def finally_closed(url: str, questions: list[str]) -> list[str]:
    client = websocket.WebSocket()
    client.settimeout(0.25)
    client.connect(url)
    answers = []
    try:
        for question in questions:
            client.send(question)
            answers.append(client.recv_data()[1].decode())
    finally:
        client.close(status=1001)
        client.shutdown()
    return answers


def the_other_library(url: str, questions: list[str]) -> list[Any]:
    with connect(url) as client:
        answers = []
        for question in questions:
            client.send(question)
            answers.append(client.recv(timeout=0.25))
        return answers


async def asynchronously(url: str, questions: list[str]) -> list[Any]:
    async with websockets.connect(url) as client:
        answers = []
        for question in questions:
            await client.send(question)
            answers.append(await asyncio.wait_for(client.recv(), 0.25))
        return answers


def asynchronously_inside(url: str, questions: list[str]) -> list[Any]:
    return asyncio.run(asynchronously(url, questions))


def with_its_own_exception(url: str, questions: list[str]) -> list[str]:
    try:
        return ask_all(url, questions)
    except websocket.WebSocketTimeoutException as error:
        raise TimeoutError("no answer") from error


def nothing_to_ask(url: str, questions: list[str]) -> list[str]:
    return ask_all(url, questions) if questions else []


def as_a_tuple(url: str, questions: list[str]) -> tuple[str, ...]:
    return tuple(ask_all(url, questions))


@pytest.mark.parametrize(
    "function",
    [
        ask_all,
        all_at_first,
        finally_closed,
        the_other_library,
        asynchronously,
        asynchronously_inside,
        with_its_own_exception,
        nothing_to_ask,
        as_a_tuple,
    ],
    ids=lambda v: "",
)
def test_ask_all_is_right_in_any_style(function: Any) -> None:
    assert_right(check.ask_all(function))


def with_client(body: Callable[[websocket.WebSocket, list[str]], Any]) -> Any:
    """Return an ``ask_all`` that opens and closes rightly, and does this between."""

    def function(url: str, questions: list[str]) -> Any:
        with contextlib.closing(client_of(url)) as client:
            return body(client, questions)

    return function


def then(change: Callable[[list[str]], Any]) -> Any:
    """Return an ``ask_all`` that does something to the right answers."""
    return lambda url, questions: change(ask_all(url, questions))


def one_more(client: websocket.WebSocket, questions: list[str]) -> list[str]:
    answers = [ask(client, question) for question in questions]
    client.recv()
    return answers


def sends_more(client: websocket.WebSocket, questions: list[str]) -> list[str]:
    answers = [ask(client, question) for question in questions]
    client.send("bye")
    return answers


def stops_at_an_empty_one(client: websocket.WebSocket, questions: list[str]) -> Any:
    answers = []
    for question in questions:
        if not question:
            break
        answers.append(ask(client, question))
    return answers


def one_list_for_all(
    url: str,
    questions: list[str],
    answers: list[str] = ["of before"],  # noqa: B006
) -> list[str]:
    answers += ask_all(url, questions)
    return answers


def one_at_least(client: websocket.WebSocket, questions: list[str]) -> list[str]:
    return [ask(client, questions[0]), *(ask(client, each) for each in questions[1:])]


def takes_out(client: websocket.WebSocket, questions: list[str]) -> list[str]:
    answers = []
    while questions:
        answers.append(ask(client, questions.pop(0)))
    return answers


def send_alone(client: websocket.WebSocket, questions: list[str]) -> list[int]:
    return [client.send(question) for question in questions]


def recv_first(client: websocket.WebSocket, questions: list[str]) -> list[Any]:
    return [(client.recv(), client.send(question))[0] for question in questions]


def all_in_one(client: websocket.WebSocket, questions: list[str]) -> list[str]:
    return ask(client, "\n".join(questions)).split("\n")


def asks_and_asks(client: websocket.WebSocket, questions: list[str]) -> list[str]:
    return [ask(client, "https"), str(client.recv())]


def as_bytes(client: websocket.WebSocket, questions: list[str]) -> list[Any]:
    return [client.send_bytes(q.encode()) and client.recv() for q in questions]


def recv_data(client: websocket.WebSocket, questions: list[str]) -> list[Any]:
    return [client.send(question) and client.recv_data() for question in questions]


def one_recv(client: websocket.WebSocket, questions: list[str]) -> list[Any]:
    for question in questions:
        client.send(question)
    return [client.recv()]


def closes_in_the_loop(client: websocket.WebSocket, questions: list[str]) -> list[str]:
    answers = []
    for question in questions:
        answers.append(ask(client, question))
        client.close()
    return answers


def each_its_own(url: str, questions: list[str]) -> list[str]:
    return [ask_all(url, [question])[0] for question in questions]


def never_closed(url: str, questions: list[str]) -> list[str]:
    client = client_of(url)
    return [ask(client, question) for question in questions]


def dropped(url: str, questions: list[str]) -> list[str]:
    client = client_of(url)
    answers = [ask(client, question) for question in questions]
    client.shutdown()
    return answers


def closed_if_all_goes_well(url: str, questions: list[str]) -> list[str]:
    client = client_of(url)
    answers = [ask(client, question) for question in questions]
    client.close()
    return answers


def patient(url: str, questions: list[str]) -> list[str]:
    with contextlib.closing(client_of(url, timeout=None)) as client:
        return [ask(client, question) for question in questions]


def hasty(url: str, questions: list[str]) -> list[str]:
    with contextlib.closing(client_of(url)) as client:
        client.settimeout(0.02)  # even STALL later there is no answer
        return [ask(client, question) for question in questions]


def hastier(url: str, questions: list[str]) -> list[str]:
    with contextlib.closing(client_of(url, timeout=0.00001)) as client:
        return [ask(client, question) for question in questions]


def swallowed(url: str, questions: list[str]) -> list[str]:
    try:
        return ask_all(url, questions)
    except Exception:
        return []


def keeps_what_it_has(url: str, questions: list[str]) -> list[str]:
    answers: list[str] = []
    with contextlib.closing(client_of(url)) as client:
        try:
            for question in questions:
                answers.append(ask(client, question))
        except (OSError, websocket.WebSocketConnectionClosedException):
            pass
        return answers


def tries_again(url: str, questions: list[str]) -> list[str]:
    for _ in range(3):
        with contextlib.suppress(OSError, websocket.WebSocketConnectionClosedException):
            return ask_all(url, questions)
    raise ConnectionError


def exits_the_program(url: str, questions: list[str]) -> list[str]:
    try:
        return ask_all(url, questions)
    except websocket.WebSocketException:
        sys.exit(1)


def no_handshake(url: str, questions: list[str]) -> list[str]:
    host, port = url.removeprefix("ws://").split(":")
    with socket.create_connection((host, int(port)), timeout=0.1) as sock:
        sock.sendall(b"one\r\n\r\n")
        while sock.recv(100):
            pass
        raise OSError("nothing came")


def somewhere_else(url: str, questions: list[str]) -> list[str]:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        return ask_all(f"ws://127.0.0.1:{nobody.getsockname()[1]}", questions)


def made_up(url: str, questions: list[str]) -> list[str]:
    return [f"{q} ({n})" for n, q in enumerate(questions, start=1)]


def asks_nothing(client: websocket.WebSocket, questions: list[str]) -> list[str]:
    return made_up("", questions)


def yielding(url: str, questions: list[str]) -> Iterator[str]:
    yield from ask_all(url, questions)


WRONG_CLIENT: list[tuple[Any, str, str]] = [
    (then("\n".join), "not-a-list", "This is one text"),
    (then(lambda answers: answers[0] if answers else ""), "not-a-list", "one text"),
    (then(iter), "not-a-list", "list_iterator"),
    (then(lambda answers: None), "returns-nothing", "None"),
    (then(lambda answers: answers or None), "not-a-list", "Asked []"),
    (then(sorted), "other-order", "no `sorted`"),
    (then(lambda answers: answers[::-1]), "other-order", "in which they came"),
    (then(lambda answers: [a.strip() for a in answers]), "other-answers", "' ?  (3)'"),
    (then(lambda answers: [a for a in answers if a]), "answers-missing", "all of them"),
    (then(lambda answers: [a.encode() for a in answers]), "bytes-not-text", "`str`"),
    (then(lambda answers: [(1, a) for a in answers]), "pairs", "list of pairs"),
    (then(lambda answers: answers[:1]), "answers-missing", "all of them"),
    (then(lambda answers: [*answers, ""]), "more-than-answers", "a Close frame"),
    (one_list_for_all, "more-than-answers", "a new list in each call"),
    (with_client(one_at_least), "raises", "Asked []: your function raised IndexError"),
    (
        with_client(lambda c, q: [ask(c, x) for x in dict.fromkeys(q)]),
        "stops-early",
        "' ? '",
    ),
    (
        then(lambda answers: list(map(HostileText, answers))),
        "cannot-be-looked-at",
        "ValueErr",
    ),
    (with_client(one_more), "reads-too-much", "sent 3 questions"),
    (with_client(sends_more), "says-more", "'bye'"),
    (with_client(stops_at_an_empty_one), "stops-early", "`break`"),
    (with_client(takes_out), "changes-the-questions", "after the call it is []"),
    (with_client(send_alone), "what-send-returned", "[9, 9, 11]"),
    (with_client(recv_first), "reads-first", "before it had asked"),
    (with_client(asks_and_asks), "other-questions", "'https'"),
    (with_client(all_in_one), "other-questions", r"one\ntwo\nthree"),
    (with_client(as_bytes), "bytes-not-text", "b'one'"),
    (with_client(recv_data), "pairs", "`recv_data` gives the opcode"),
    (with_client(one_recv), "answers-missing", "One `recv` for each `send`"),
    (with_client(closes_in_the_loop), "closed-too-soon", "after 1 question"),
    (with_client(asks_nothing), "asks-nothing", "asked nothing"),
    (
        with_client(lambda c, q: [ask(c, x) for x in q if x]),
        "empty-question-lost",
        "empty",
    ),
    (with_client(lambda c, q: [ask(c, x) for x in q[:-1]]), "stops-early", "'two'"),
    (
        with_client(lambda c, q: [ask(c, x) for x in q[::-1]]),
        "other-questions",
        "'two'",
    ),
    (with_client(lambda c, q: [ask(c, x + "\n") for x in q]), "other-questions", r"\n"),
    (with_client(lambda c, q: q), "asks-nothing", "asked nothing"),
    (with_client(lambda c, q: [c.send(x) and x for x in q]), "own-questions", "recv"),
    (each_its_own, "connection-per-question", "the server saw 3 connections"),
    (never_closed, "not-closed", "still open"),
    (dropped, "no-goodbye", "without a Close frame"),
    (closed_if_all_goes_well, "not-closed-on-failure", "left the connection open"),
    (patient, "no-timeout", "still waiting"),
    (hasty, "gives-up-too-soon", "had given up already"),
    (hastier, "gives-up-too-soon", "Half a second"),
    (swallowed, "hides-the-failure", "hung up at the next, and you returned []"),
    (keeps_what_it_has, "hides-the-failure", "and you returned ['one (1)']"),
    (tries_again, "connects-again", "your function connected 3 times"),
    (exits_the_program, "ends-the-program", "SystemExit"),
    (no_handshake, "no-handshake", "Refused"),
    pytest.param(
        *(somewhere_else, "no-connection", "ConnectionRefusedError"),
        marks=pytest.mark.skipif(
            os.name == "nt", reason="two seconds pass there until it is refused"
        ),
    ),
    (made_up, "no-connection", "saw no connection"),
    (yielding, "generator", "`yield`"),
    (no_end, "never-ends", "still running"),
    (lambda url, questions: questions[99], "raises", "IndexError"),
    (lambda url: [], "arguments", "yours takes url"),
]


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    ("function", "mistake", "said"), WRONG_CLIENT, ids=lambda v: ""
)
def test_a_wrong_client_is_named(function: Any, mistake: str, said: str) -> None:
    assert_named(check.ask_all(function), mistake, said)


@pytest.mark.usefixtures("_impatient")
def test_a_client_is_told_the_same_every_time() -> None:
    for function in (with_client(send_alone), no_handshake):
        assert check.ask_all(function) == check.ask_all(function)


# --- a clock is not to be trusted -----------------------------------------------------

only_where_there_is_fork = pytest.mark.skipif(os.name == "nt", reason="no fork here")


@only_where_there_is_fork
@pytest.mark.parametrize("late", [0.0, 0.03])
def test_a_client_is_right_on_a_machine_that_stalls(late: float) -> None:
    stalls: list[int] = []

    def stall() -> None:
        time.sleep(late)
        stalls.append(ctypes.PyDLL(None).usleep(400_000))  # no thread has a turn

    def function(url: str, questions: list[str]) -> list[str]:
        if "" in questions and not stalls:
            threading.Thread(target=stall).start()
        return ask_all(url, questions)

    assert_right(check.ask_all(function))
    assert stalls


@pytest.mark.usefixtures("_impatient")
def test_who_gives_up_as_the_answer_comes_does_not_read_too_much() -> None:
    def function(client: websocket.WebSocket, questions: list[str]) -> list[str]:
        for question in questions:
            ask(client, question)
        raise TimeoutError

    assert_named(check.ask_all(with_client(function)), "gives-up-too-soon", "about to")


@only_where_there_is_fork
def test_one_long_call_into_c_does_not_stop_the_kernel() -> None:
    def function(url: str, questions: list[str]) -> list[str]:
        return [str(sum(range(10**11)))]

    assert_named(check.ask_all(function), "never-ends", "still running")
