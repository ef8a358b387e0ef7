"""Exercise 1 of notebook 04: handlers in several styles, the wrong ones by name.

Where the check waits for what never comes, its patience is shortened: how long it waits
is not what is tested.
"""

import asyncio
import ctypes
import functools
import os
import sys
import threading
import time
import types
from collections.abc import Awaitable, Callable
from time import sleep
from typing import Any

import pytest
from hostile import assert_named, assert_right
from websockets.asyncio.server import ServerConnection, broadcast
from websockets.exceptions import ConnectionClosed

from wslib import check
from wslib.check import nb04_welcome, sandbox, visitor
from wslib.check.verdict import Verdict
from wslib.check.visitor import Watched

Handler = Callable[[ServerConnection], Awaitable[None]]


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits of the check, for answers that are wrong."""
    monkeypatch.setattr(visitor, "PATIENCE", 0.3)


# --- right ----------------------------------------------------------------------------


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


async def that_calls_what_is_named_so(connection: ServerConnection) -> None:
    async def sleep(seconds: float) -> None:
        time.sleep(0)

    await connection.send("Welcome!")
    async for message in connection:
        await sleep(60)
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
        that_calls_what_is_named_so,
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
    assert_right(check.welcome(handler))


# --- wrong ----------------------------------------------------------------------------


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


async def plain_for(connection: Any) -> None:
    await connection.send("Welcome!")
    for message in connection:
        await connection.send(message.upper())


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


def sleeping(pause: Callable[[], object]) -> Handler:
    """Return a handler that is right but for a pause before each answer."""

    async def handler(connection: ServerConnection) -> None:
        await connection.send("Welcome!")
        async for message in connection:
            pause()
            await connection.send(message.upper())

    return handler


def spin() -> None:
    until = time.monotonic() + 0.2
    while time.monotonic() < until:
        pass


def nap() -> None:
    sleep(0.1)


async def without_end(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    while True:
        await connection.send("HELLO")


async def answers_without_end(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    message = str(await connection.recv())
    while message:
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
    (plain_for, "raises", "a plain `for` cannot wait"),
    (plain, "not-async", "plain `def`"),
    (plain_and_done, "not-async", "plain `def`"),
    (yields, "generator", "yielded goes nowhere"),
    (with_a_path, "arguments", "yours takes connection, path"),
    (misspelt, "raises", "at `await connection.send(mesage.upper())"),
    (swallows, "closed-at-once", "Your `except` may hide why"),
    (exits, "raises", "SystemExit: 1"),
    (fails_at_the_end, "raises", "KeyError: 'gone'"),
    (without_end, "says-more", "nobody had asked"),
    (answers_without_end, "answers-twice", "and then by 'ONE'"),
    (sleeping(lambda: time.sleep(0.1)), "blocks-everyone", "at `(sleeping(lambda"),
    (sleeping(functools.partial(sleep, 0.1)), "blocks-everyone", "at `pause()`"),
    (sleeping(nap), "blocks-everyone", "at `sleep(0.1)`"),
    (sleeping(spin), "blocks-everyone", "Your handler is busy"),
    ("Welcome!", "not-a-function", "'Welcome!'"),
]


@pytest.mark.parametrize(
    ("handler", "mistake", "said"), QUICKLY_WRONG, ids=lambda v: ""
)
def test_a_wrong_handler_is_named(handler: Any, mistake: str, said: str) -> None:
    heard.clear()
    assert_named(check.welcome(handler), mistake, said)


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
    assert_named(check.welcome(handler), mistake, said)


# --- a clock is not to be trusted -----------------------------------------------------

only_where_there_is_fork = pytest.mark.skipif(os.name == "nt", reason="no fork here")
stalls: list[int] = []


def stall() -> None:
    """Give no thread of this process a turn for a while."""
    stalls.append(ctypes.PyDLL(None).usleep(600_000))


async def slow_to_start(connection: ServerConnection) -> None:
    threading.Thread(target=stall).start()
    await welcome(connection)


async def with_a_clock_of_its_own(connection: ServerConnection) -> None:
    if not stalls:
        stall()
        raise TimeoutError
    await welcome(connection)


@only_where_there_is_fork
@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    ("handler", "looks"), [(slow_to_start, 1), (with_a_clock_of_its_own, 4)]
)
def test_a_handler_is_right_on_a_machine_that_stalls(
    handler: Any, looks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    stalls.clear()
    monkeypatch.setattr(sandbox, "LOOKS", looks)
    assert_right(check.welcome(handler))
    assert stalls


async def calls_into_c(connection: ServerConnection) -> None:
    await connection.send("Welcome!")
    async for _ in connection:
        await connection.send(str(sum(range(10**11))))


@only_where_there_is_fork
def test_one_long_call_into_c_does_not_stop_the_kernel() -> None:
    verdict = check.welcome(calls_into_c)
    assert_named(verdict, "blocks-everyone", "no client is served")


def client(has_got: list[str]) -> Any:
    """Return a client that has got this meanwhile."""
    return types.SimpleNamespace(number=0, unasked=lambda: has_got)


def test_an_answer_that_comes_late_is_called_late() -> None:
    late: Any = nb04_welcome._Visit("", Watched(welcome))._no_answer
    assert late("one", client(["ONE"]), client([])).args[0] == "too-slow"
    assert late("one", client([]), client([])).args[0] == "no-answer"


def test_a_handler_is_told_the_same_every_time() -> None:
    for handler in (no_loop, misspelt, forgets_await):
        assert check.welcome(handler) == check.welcome(handler)


async def not_yet(connection: ServerConnection) -> None:
    raise NotImplementedError


def test_a_handler_that_is_not_implemented_is_no_attempt() -> None:
    assert check.welcome(not_yet).right is None


def test_the_check_of_a_handler_can_be_awaited() -> None:
    async def cell() -> Verdict:
        return await check.welcome(welcome)

    assert_right(asyncio.run(cell()))
