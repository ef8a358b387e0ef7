"""The checks of notebook 04: handlers and clients as students write them.

Where a check waits for what never comes, its patience is shortened: how long it waits
is not what is tested.
"""

import asyncio
import contextlib
import functools
import socket
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from time import sleep
from typing import Any

import pytest
import websocket
import websockets
from hostile import HostileText, no_end
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from wslib import check
from wslib.check import bench
from wslib.check import ex04_ask_all as check_ask_all
from wslib.check import ex04_welcome as check_welcome
from wslib.check.attempt import Verdict

Handler = Callable[[ServerConnection], Awaitable[None]]


@pytest.fixture(autouse=True)
def _thinks_fast(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the pause of the slow server; a right client waits much longer."""
    monkeypatch.setattr(check_ask_all, "PAUSE", 0.1)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits of the checks, for answers that are wrong."""
    monkeypatch.setattr(bench, "PATIENCE", 0.3)
    monkeypatch.setattr(check_welcome, "PATIENCE", 0.3)
    monkeypatch.setattr(check_ask_all, "PATIENCE", 0.3)
    monkeypatch.setattr(check_ask_all, "LIMIT", 0.6)


def tells(verdict: Verdict) -> str:
    """Return what a wrong answer is told."""
    assert verdict.right is False
    assert verdict.evidence and verdict.hint
    return f"{verdict.evidence} {verdict.hint}"


# --- welcome: right -------------------------------------------------------------------


async def welcome(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for message in connection:
        await connection.send(message.upper())


async def until_it_is_closed(connection: ServerConnection) -> None:
    try:
        await connection.send("Welcome!")
        while True:
            await connection.send((await connection.recv()).upper())
    except ConnectionClosed:
        pass


async def until_recv_raises(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    while True:
        message = await connection.recv()
        await connection.send(message.upper())


async def with_a_time_limit(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    while True:
        try:
            message = await asyncio.wait_for(connection.recv(), 0.05)
        except TimeoutError:
            continue
        await connection.send(message.upper())


async def with_a_task(connection: ServerConnection) -> None:
    async def answer() -> None:
        async for message in connection:
            await connection.send(message.upper())

    await connection.send("Welcome!")
    await asyncio.create_task(answer())


async def that_thinks(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for message in connection:
        await asyncio.to_thread(time.sleep, 0.001)
        await asyncio.sleep(0.001)
        await connection.send(message.upper())


async def that_says_goodbye(connection: ServerConnection) -> None:
    await welcome(connection)
    await connection.close()


async def with_a_register(connection: ServerConnection) -> None:
    register.add(connection)
    try:
        await welcome(connection)
    finally:
        register.discard(connection)


async def greets_with(greeting: str, connection: ServerConnection) -> None:
    await connection.send(greeting)
    async for message in connection:
        await connection.send(message.upper())


class Greeter:
    async def __call__(self, connection: ServerConnection) -> None:
        await welcome(connection)

    async def handle(self, connection: ServerConnection) -> None:
        await welcome(connection)


def plain_but_awaitable(connection: ServerConnection) -> Awaitable[None]:
    return welcome(connection)


register: set[ServerConnection] = set()


@pytest.mark.parametrize(
    "handler",
    [
        welcome,
        until_it_is_closed,
        until_recv_raises,
        with_a_time_limit,
        with_a_task,
        that_thinks,
        that_says_goodbye,
        with_a_register,
        Greeter(),
        Greeter().handle,
        functools.partial(greets_with, "Welcome!"),
        plain_but_awaitable,
        lambda connection: welcome(connection),
    ],
    ids=lambda v: "",
)
def test_welcome_is_right_in_any_style(handler: Any) -> None:
    verdict = check.welcome(handler)
    assert (verdict.right, verdict.mistake) == (True, None), verdict


# --- welcome: wrong -------------------------------------------------------------------


def after(greeting: Any = "Welcome!", answer: Any = str.upper) -> Handler:
    """Return a handler that is right but for what it sends."""

    async def handler(connection: ServerConnection) -> None:
        await connection.send(greeting)
        async for message in connection:
            await connection.send(answer(message))

    return handler


async def no_loop(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    message = await connection.recv()
    await connection.send(message.upper())


async def three_times(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    for _ in range(3):
        await connection.send((await connection.recv()).upper())


async def return_in_the_loop(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for message in connection:
        await connection.send(message.upper())
        return


async def welcome_alone(connection: ServerConnection) -> None:
    await connection.send("Welcome!")


async def returns_the_welcome(connection: ServerConnection) -> str:
    return "Welcome!"


async def ends_at_nothing(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    while message := await connection.recv():
        await connection.send(message.upper())


async def ends_at_two(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for message in connection:
        if message == "two":
            break
        await connection.send(message.upper())


async def closes(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for message in connection:
        await connection.send(message.upper())
        await connection.close()


async def twice(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    await welcome(connection)


async def calls_itself(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    await connection.send((await connection.recv()).upper())
    await calls_itself(connection)


async def prompts(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    await connection.send("Say something.")
    async for message in connection:
        await connection.send(message.upper())


async def answers_twice(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for message in connection:
        await connection.send(message.upper())
        await connection.send(message.upper())


async def to_all(connection: ServerConnection) -> None:
    register.add(connection)
    try:
        await connection.send("Welcome!")
        async for message in connection:
            broadcast(register, message.upper())
    finally:
        register.discard(connection)


async def welcomes_all(connection: ServerConnection) -> None:
    register.add(connection)
    try:
        broadcast(register, "Welcome!")
        async for message in connection:
            await connection.send(message.upper())
    finally:
        register.discard(connection)


heard: list[str] = []


async def remembers(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for message in connection:
        heard.append(message)
        await connection.send("".join(heard).upper())


latest: Any = None


async def to_the_latest(connection: ServerConnection) -> None:
    global latest
    latest = connection
    await connection.send("Welcome!")
    async for message in connection:
        await latest.send(message.upper())


async def from_the_latest(connection: ServerConnection) -> None:
    global latest
    latest = connection
    await latest.send("Welcome!")
    while True:
        message = await latest.recv()
        await latest.send(message.upper())


async def forgets_await(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    while True:
        message = connection.recv()
        await connection.send(message.upper())


async def sleeps_not(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for message in connection:
        asyncio.sleep(0.01)
        await connection.send(message.upper())


async def asyncio_run(connection: ServerConnection) -> None:
    asyncio.run(welcome(connection))


def sync_asyncio_run(connection: ServerConnection) -> None:
    asyncio.run(welcome(connection))


def plain(connection: Any) -> None:
    connection.send("Welcome!")
    for message in connection:
        connection.send(message.upper())


def plain_and_done(connection: Any) -> str:
    return "Welcome!"


async def yields(connection: ServerConnection) -> Any:
    yield "Welcome!"


async def with_a_path(connection: ServerConnection, path: str) -> None:
    await welcome(connection)


async def misspelt(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for _ in connection:
        await connection.send(mesage.upper())  # type: ignore[name-defined]  # noqa: F821


async def swallows(connection: ServerConnection) -> None:
    try:
        await connection.send("Welcome!")
        async for message in connection:
            await connection.send(message.uper())
    except Exception:
        pass


async def exits(connection: ServerConnection) -> None:
    sys.exit(1)


async def sleepy(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for message in connection:
        time.sleep(0.001)
        await connection.send(message.upper())


async def sleepy_by_name(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for message in connection:
        sleep(0.001)
        await connection.send(message.upper())


async def fails_at_the_end(connection: ServerConnection) -> None:
    await welcome(connection)
    {}["gone"]


QUICKLY_WRONG: list[tuple[Any, str, str]] = [
    (after("welcome!"), "other-welcome", "'welcome!', as text"),
    (after("Welcome!\n"), "other-welcome", r"'Welcome!\n', as text"),
    (after(b"Welcome!"), "other-welcome", "b'Welcome!', as bytes"),
    (after(answer=str), "not-capitals", "'one' was answered by 'one'"),
    (after(answer=str.lower), "not-capitals", "`.upper()` returns a new text"),
    (after(answer=str.title), "other-answer", "'One'"),
    (after(answer=str.swapcase), "other-answer", "'sTRASSE'"),
    (after(answer=lambda m: m.upper().encode()), "bytes-not-text", "b'ONE'"),
    (after(answer=lambda m: m.encode().upper().decode()), "ascii-only", "'STRAßE'"),
    (after(answer=lambda m: f"Received:  {m.upper()}"), "other-answer", "around it"),
    (after(answer=lambda m: "Welcome!"), "welcomes-again", "before the loop"),
    (after(answer=lambda m: m.upper), "raises", "`await connection.send(answer("),
    (after(answer=len), "raises", "TypeError"),
    (no_loop, "one-message-only", "After one answer the server closed"),
    (return_in_the_loop, "one-message-only", "once per connection"),
    (three_times, "one-message-only", "After 3 answers"),
    (welcome_alone, "closed-at-once", "must not return behind the welcome"),
    (returns_the_welcome, "closed-at-once", "It returned 'Welcome!'."),
    (ends_at_nothing, "ends-at-an-empty-message", "`while message := …`"),
    (ends_at_two, "ends-at-a-message", "sent 'two', and was disconnected"),
    (closes, "closes-itself", "Your handler calls `close`"),
    (twice, "welcomes-again", "twice before it had said anything"),
    (calls_itself, "welcomes-again", "then came another welcome"),
    (prompts, "says-more", "'Say something.'"),
    (answers_twice, "answers-twice", "and then by 'ONE'"),
    (to_all, "answers-everybody", "the second got 'ONE'"),
    (welcomes_all, "welcomes-everybody", "the first got 'Welcome!'"),
    (remembers, "remembers", "'' was answered by 'ONE'"),
    (from_the_latest, "shared-connection", "`message = await latest.recv()`"),
    (forgets_await, "not-awaited", "`recv(…)` was called and never awaited"),
    (sleeps_not, "not-awaited", "`sleep(…)` was called and never awaited"),
    (asyncio_run, "asyncio-run", "loop runs already"),
    (sync_asyncio_run, "asyncio-run", "loop runs already"),
    (plain, "not-async", "plain `def`"),
    (plain_and_done, "not-async", "plain `def`"),
    (yields, "generator", "yielded goes nowhere"),
    (with_a_path, "arguments", "yours takes connection, path"),
    (misspelt, "raises", "at `await connection.send(mesage.upper())"),
    (swallows, "closed-at-once", "Your `except` may hide why"),
    (exits, "raises", "SystemExit: 1"),
    (fails_at_the_end, "raises", "KeyError: 'gone'"),
    (sleepy, "blocks-everyone", "called `time.sleep`"),
    (sleepy_by_name, "blocks-everyone", "called `time.sleep`"),
    ("Welcome!", "not-a-function", "'Welcome!'"),
]


@pytest.mark.parametrize(
    ("handler", "mistake", "said"), QUICKLY_WRONG, ids=lambda v: ""
)
def test_a_wrong_handler_is_named(handler: Any, mistake: str, said: str) -> None:
    heard.clear()
    verdict = check.welcome(handler)
    assert said in tells(verdict)
    assert verdict.mistake == mistake


async def loop_first(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send("Welcome!")
        await connection.send(message.upper())


async def thinks_long(connection: ServerConnection) -> None:
    await asyncio.sleep(10)
    await welcome(connection)


async def waits_for_the_end(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    await connection.wait_closed()


async def skips_nothing_said(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for message in connection:
        if message:
            await connection.send(message.upper())


async def reads_twice(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for _ in connection:
        message = await connection.recv()
        await connection.send(message.upper())


locks: list[asyncio.Lock] = []


async def one_at_a_time(connection: ServerConnection) -> None:
    async with locks[0]:
        await welcome(connection)


async def waits_without_await(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    threading.Event().wait(1)
    await welcome(connection)


async def spins(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    while True:
        pass


async def catches_all(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    while True:
        try:
            message = await connection.recv()
            await connection.send(message.upper())
        except Exception:
            await asyncio.sleep(0)


SILENT: list[tuple[Any, str, str]] = [
    (loop_first, "no-welcome", "waits at `async for message in connection:`"),
    (thinks_long, "no-welcome", "waits at `await asyncio.sleep(10)`"),
    (waits_for_the_end, "no-answer", "waits at `await connection.wait_closed()`"),
    (skips_nothing_said, "no-answer", "sent '' and got no answer"),
    (reads_twice, "no-answer", "waits at `message = await connection.recv()`"),
    (to_the_latest, "answers-another-client", "the other got 'ONE'"),
    (one_at_a_time, "one-client-at-a-time", "waits at `async with locks[0]:`"),
    (waits_without_await, "blocks-everyone", "at `threading.Event().wait(1)`"),
    (spins, "blocks-everyone", "while it is, no client is served"),
    (catches_all, "never-ends", "Both clients have gone"),
]


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(("handler", "mistake", "said"), SILENT, ids=lambda v: "")
def test_a_silent_handler_is_told_where_it_stands(
    handler: Any, mistake: str, said: str
) -> None:
    locks[:] = [asyncio.Lock()]
    verdict = check.welcome(handler)
    assert said in tells(verdict)
    assert verdict.mistake == mistake


def test_the_clock_of_others_is_left_as_it_was() -> None:
    check.welcome(sleepy_by_name)
    assert time.sleep is sleep
    assert time.sleep.__module__ == "time"


class Answered:
    """A visitor whose answer has come meanwhile; or one to whom nothing came."""

    def __init__(self, *messages: str) -> None:
        self.messages = list(messages)

    def unasked(self) -> list[str]:
        return self.messages


def test_an_answer_that_comes_late_is_called_late() -> None:
    late: Any = check_welcome._no_answer
    watched = bench.Watched(welcome)
    wrong = late("one", Answered("ONE"), Answered(), watched, 0)
    assert wrong.mistake == "too-slow"
    assert late("one", Answered(), Answered(), watched, 0).mistake == "no-answer"


def test_a_handler_is_told_the_same_every_time() -> None:
    for handler in (no_loop, misspelt, forgets_await):
        assert str(check.welcome(handler)) == str(check.welcome(handler))


async def does_nothing(connection: ServerConnection) -> None:
    """Say nothing."""


async def not_yet(connection: ServerConnection) -> None:
    raise NotImplementedError


@pytest.mark.parametrize("handler", [None, ..., does_nothing, not_yet])
def test_an_empty_handler_is_no_attempt(handler: Any) -> None:
    assert check.welcome(handler).right is None


def test_the_check_of_a_handler_can_be_awaited() -> None:
    async def cell() -> Verdict:
        return await check.welcome(welcome)

    assert asyncio.run(cell()).right is True


# --- ask_all --------------------------------------------------------------------------

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
    ],
    ids=lambda v: "",
)
def test_ask_all_is_right_in_any_style(function: Any) -> None:
    verdict = check.ask_all(function)
    assert (verdict.right, verdict.mistake) == (True, None), verdict


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
        client.settimeout(0.05)
        return [ask(client, question) for question in questions]


def hastier(url: str, questions: list[str]) -> list[str]:
    with contextlib.closing(client_of(url, timeout=0.00001)) as client:
        return [ask(client, question) for question in questions]


def swallowed(url: str, questions: list[str]) -> list[str]:
    try:
        return ask_all(url, questions)
    except Exception:
        return []


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
    (then(tuple), "not-a-list", "This is a tuple"),
    (then("\n".join), "not-a-list", "This is one text"),
    (then(lambda answers: answers[0] if answers else ""), "not-a-list", "one text"),
    (then(iter), "not-a-list", "list_iterator"),
    (then(lambda answers: None), "returns-nothing", "None"),
    (then(lambda answers: answers or None), "not-a-list", "Asked []"),
    (then(sorted), "other-order", "no `sorted`"),
    (then(lambda answers: answers[::-1]), "other-order", "in which they came"),
    (then(lambda answers: [a.strip() for a in answers]), "other-answers", "' (2)'"),
    (then(lambda answers: [a.encode() for a in answers]), "bytes-not-text", "`str`"),
    (then(lambda answers: [(1, a) for a in answers]), "pairs", "list of pairs"),
    (then(lambda answers: answers[:1]), "answers-missing", "all of them"),
    (then(lambda answers: [*answers, ""]), "more-than-answers", "a Close frame"),
    (with_client(lambda c, q: [ask(c, x) for x in dict.fromkeys(q)]), "stops", "' ? '"),
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
    (with_client(all_in_one), "other-questions", r"one\ntwo\nthree"),
    (with_client(as_bytes), "bytes-not-text", "b'one'"),
    (with_client(recv_data), "pairs", "`recv_data` gives the opcode"),
    (with_client(one_recv), "answers-missing", "One `recv` for each `send`"),
    (with_client(closes_in_the_loop), "closed-too-soon", "after 1 question"),
    (with_client(asks_nothing), "asks-nothing", "asked nothing"),
    (with_client(lambda c, q: [ask(c, x) for x in q if x]), "empty-question", "empty"),
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
    (swallowed, "hides-the-failure", "you returned []"),
    (exits_the_program, "ends-the-program", "SystemExit"),
    (no_handshake, "no-handshake", "Refused"),
    (somewhere_else, "no-connection", "ConnectionRefusedError"),
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
    verdict = check.ask_all(function)
    assert said in tells(verdict)
    assert str(verdict.mistake).startswith(mistake)


@pytest.mark.usefixtures("_impatient")
def test_a_client_is_told_the_same_every_time() -> None:
    for function in (with_client(send_alone), no_handshake):
        assert str(check.ask_all(function)) == str(check.ask_all(function))


def passes(url: str, questions: list[str]) -> Any:
    """Ask."""


def raises_not_implemented(url: str, questions: list[str]) -> Any:
    raise NotImplementedError


@pytest.mark.parametrize("function", [None, ..., passes, raises_not_implemented])
def test_an_empty_client_is_no_attempt(function: Any) -> None:
    assert check.ask_all(function).right is None
