"""Exercise 1 of notebook 13: load generators in several styles, and the wrong ones."""

import asyncio
import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import websocket
from hostile import assert_named, assert_right, no_end
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from wslib import check
from wslib.check import nb13_load

# On a machine that stalls an answer is cut off, and looked at again. What it had open
# is its own.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
kept: list[websocket.WebSocket] = []


@pytest.fixture(autouse=True)
def _what_is_kept_is_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what a wrong answer leaves open; wait less for it."""
    monkeypatch.setattr(nb13_load, "PATIENCE", 0.5)
    yield
    while kept:
        kept.pop().shutdown()


async def talk(url: str, word: Any = "hello") -> Any:
    async with connect(url) as client:
        await client.send(word)
        return await client.recv()


async def results(url: str, clients: int, word: Any = "hello") -> list[Any]:
    talks = [talk(url, word) for _ in range(clients)]
    return await asyncio.gather(*talks, return_exceptions=True)


async def with_gather(url: str, clients: int) -> int:
    return sum(isinstance(each, str) for each in await results(url, clients))


async def with_a_group(url: str, clients: int) -> int:
    answered = 0

    async def one() -> None:
        nonlocal answered
        with contextlib.suppress(Exception):
            await talk(url)
            answered += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(clients):
            group.create_task(one())
    return answered


async def opens_first(url: str, clients: int) -> int:
    answered, opened = 0, []
    for _ in range(clients):
        with contextlib.suppress(Exception):
            opened.append(await connect(url))
    for client in opened:
        with contextlib.suppress(Exception):
            await client.send("hello")
            answered += "hello" in str(await client.recv())
        await client.close()
    return answered


def with_threads(url: str, clients: int) -> int:
    def one(_: int) -> bool:
        try:
            client = websocket.create_connection(url, timeout=2)
            with contextlib.closing(client):
                client.send("hello")
                return bool(client.recv())
        except (OSError, websocket.WebSocketException):
            return False

    with ThreadPoolExecutor(max(1, clients)) as pool:
        return sum(pool.map(one, range(clients)))


@pytest.mark.parametrize(
    "function", [with_gather, with_a_group, opens_first, with_threads]
)
def test_right_in_several_styles(function: Any) -> None:
    assert_right(check.load(function))


async def one_after_the_other(url: str, clients: int) -> int:
    return len([await talk(url) for _ in range(clients)])


async def falls(url: str, clients: int) -> int:
    return len(await asyncio.gather(*[talk(url) for _ in range(clients)]))


async def counts_failures(url: str, clients: int) -> int:
    return len(await results(url, clients))


async def counts_who_is_let_in(url: str, clients: int) -> int:
    let_in = 0

    async def one() -> None:
        nonlocal let_in
        with contextlib.suppress(Exception):
            async with connect(url) as client:
                let_in += 1
                await client.send("hello")
                await client.recv()

    await asyncio.gather(*[one() for _ in range(clients)])
    return let_in


async def stops_at_the_first(url: str, clients: int) -> int:
    came: list[Any] = []

    async def one() -> None:
        came.append(await talk(url))

    with contextlib.suppress(OSError, WebSocketException):
        await asyncio.gather(*[one() for _ in range(clients)])
    return len(came)


async def never_reads(url: str, clients: int) -> int:
    async def one() -> str:
        async with connect(url) as client:
            await client.send("hello")
            return "sent"

    talks = [one() for _ in range(clients)]
    sent = await asyncio.gather(*talks, return_exceptions=True)
    return sum(isinstance(each, str) for each in sent)


async def few_at_a_time(url: str, clients: int) -> int:
    doors = asyncio.Semaphore(3)

    async def one() -> Any:
        async with doors:
            return await talk(url)

    talks = [one() for _ in range(clients)]
    came = await asyncio.gather(*talks, return_exceptions=True)
    return sum(isinstance(each, str) for each in came)


async def says_bye(url: str, clients: int) -> int:
    return len(await results(url, clients, "bye"))


async def says_bytes(url: str, clients: int) -> int:
    return len(await results(url, clients, b"hello"))


async def says_nothing(url: str, clients: int) -> int:
    for _ in range(clients):
        async with connect(url):
            pass
    return clients


async def returns_them(url: str, clients: int) -> Any:
    return [each for each in await results(url, clients) if isinstance(each, str)]


async def counts_hello(url: str, clients: int) -> int:
    return (await results(url, clients)).count("hello")


async def gather_not_awaited(url: str, clients: int) -> int:
    answers = asyncio.gather(*[talk(url) for _ in range(clients)])
    return len(answers)  # type: ignore[arg-type]


async def with_for_async_with(url: str, clients: int) -> int:
    async def one() -> Any:
        with connect(url) as client:  # type: ignore[attr-defined]
            await client.send("hello")
            return await client.recv()

    talks = [one() for _ in range(clients)]
    came = await asyncio.gather(*talks, return_exceptions=True)
    return sum(isinstance(each, str) for each in came)


async def one_too_many(url: str, clients: int) -> int:
    return await with_gather(url, clients) + 1


async def one_more_client(url: str, clients: int) -> int:
    return await with_gather(url, clients + 1)


async def connects_to_nobody(url: str, clients: int) -> int:
    return clients


def leaves_them_open(url: str, clients: int) -> int:
    for _ in range(clients):
        kept.append(websocket.create_connection(url, timeout=2))
    for client in kept[-clients:] if clients else []:
        client.send("hello")
        client.recv()
    return clients


async def gathers_a_list(url: str, clients: int) -> Any:
    talks = [talk(url) for _ in range(clients)]
    try:
        return await asyncio.gather(talks)  # type: ignore[call-overload]
    finally:
        for each in talks:
            each.close()


async def hangs_up(url: str, clients: int) -> int:
    async def one() -> Any:
        client = await connect(url)
        await client.send("hello")
        answer = await client.recv()
        client.transport.abort()
        return answer

    return len(await asyncio.gather(*[one() for _ in range(clients)]))


@pytest.mark.parametrize(
    ("function", "mistake", "evidence"),
    [
        (one_after_the_other, "one-at-a-time", "12 clients; at most 1 of them"),
        (falls, "falls-with-one", "raised "),
        (stops_at_the_first, "falls-with-one", "two were hung up on"),
        (counts_failures, "counts-the-failures", "You returned 7."),
        (counts_who_is_let_in, "counts-connections", "You returned 5."),
        (never_reads, "counts-connections", "You returned 5."),
        (few_at_a_time, "one-at-a-time", "at most 3"),
        (says_bye, "other-message", "['bye', 'bye'"),
        (says_bytes, "other-message", "b'hello'"),
        (says_nothing, "other-message", "no message"),
        (returns_them, "not-a-number", "['Received:  hello', "),
        (counts_hello, "other-count", "You returned 0."),
        (gather_not_awaited, "raises", "An `await` is missing"),
        (with_for_async_with, "no-connection", "hides what your clients raise"),
        (one_too_many, "other-count", "You returned 13."),
        (one_more_client, "other-number-of-connections", "13 connections"),
        (connects_to_nobody, "no-connection", "the server saw no connection"),
        (leaves_them_open, "not-closed", "still open"),
        (gathers_a_list, "raises", "a star in front"),
        (hangs_up, "no-goodbye", "without a Close"),
        (no_end, "never-ends", "still running"),
    ],
)
def test_a_wrong_one_is_named(function: Any, mistake: str, evidence: str) -> None:
    assert_named(check.load(function), mistake, evidence)


def test_an_empty_stub_is_not_attempted() -> None:
    async def load(url: str, clients: int) -> int: ...

    assert check.load(load).right is None
