"""A conversation that outlives its connections: nothing lost, nothing twice.

Ada is the client, Bob the server. Between them are real frames, which are cut after
every byte of each direction.
"""

import asyncio
import contextlib
import functools
import json
import logging
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
import websocket
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import (
    ConnectionClosed,
    ConnectionClosedError,
    WebSocketException,
)

from wslib.direction import Direction
from wslib.errors import InvalidState
from wslib.labs.reconnecting import cuts
from wslib.labs.reconnecting.cuts import (
    ADA,
    BOB,
    AtLeastOnce,
    AtMostOnce,
    End,
    Line,
    play,
)
from wslib.labs.reconnecting.resume import (
    Forgotten,
    Full,
    Resumable,
    ResumeError,
    converse,
)
from wslib.relay.proxy import RecordingProxy
from wslib.server import EchoServer

SCRIPT = [  # who says what; the same words twice are two texts
    (ADA, "Hello"),
    (BOB, "Hello"),
    (ADA, "How are you?"),
    (ADA, "How are you?"),
    (BOB, "Grüße, ☕ and \ud83d as well"),
    (BOB, ""),
    (ADA, "x" * 130),
    (BOB, "Bye"),
    (ADA, "Bye"),
]


def have(number: int) -> str:
    return json.dumps({"have": number})


def text(number: int, text: str) -> str:
    return json.dumps({"number": number, "text": text})


def said(by: int) -> list[str]:
    return [words for who, words in SCRIPT if who == by]


def every_cut(make: Callable[[], End]) -> Iterator[Line]:
    """Yield the conversation, cut after every byte of either side."""
    assert min(play(make(), make(), SCRIPT).carried) > 40
    return cuts.every_cut(make, SCRIPT)


# --- every cut ------------------------------------------------------------------------


def test_whatever_the_cut_every_text_comes_once_and_in_order() -> None:
    for line in every_cut(Resumable):
        assert line.heard == (said(BOB), said(ADA))
        assert [end.waiting for end in line.ends if isinstance(end, Resumable)] == [
            0
        ] * 2


def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the script say only what a frame can hold without JSON around it."""
    script = [(who, words.replace("\ud83d", "")) for who, words in SCRIPT]
    monkeypatch.setattr(f"{__name__}.SCRIPT", script)


def test_whoever_sends_once_loses_texts_at_some_cuts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain(monkeypatch)
    counts = [
        len(line.heard[ADA]) + len(line.heard[BOB]) for line in every_cut(AtMostOnce)
    ]
    assert min(counts) < len(SCRIPT)
    assert max(counts) == len(SCRIPT)


def test_whoever_sends_again_without_numbers_repeats_texts_at_some_cuts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plain(monkeypatch)
    counts = [
        len(line.heard[ADA]) + len(line.heard[BOB]) for line in every_cut(AtLeastOnce)
    ]
    assert min(counts) == len(SCRIPT)
    assert max(counts) > len(SCRIPT)


def test_many_cuts_at_any_points_in_any_order_of_events() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = pytest.importorskip("hypothesis.strategies")
    who = st.sampled_from([ADA, BOB])
    steps = st.one_of(
        st.tuples(st.just("send"), who),
        st.tuples(st.just("write"), who),
        st.tuples(st.just("carry"), who, st.integers(1, 120)),
        st.tuples(st.just("carry"), who, st.just(10**6)),
        st.just(("turn",)),
        st.just(("cut",)),
        st.just(("connect",)),  # a new one, of which no disconnected() has told before
    )

    @hypothesis.settings(
        derandomize=True, database=None, deadline=None, max_examples=300
    )
    @hypothesis.given(st.lists(steps, max_size=60))
    def check(steps: list[Any]) -> None:
        line, told = Line(Resumable(), Resumable()), ([], [])  # type: ignore[var-annotated]
        for n, (step, *rest) in enumerate(steps):
            if step == "send":
                line.ends[rest[0]].send(f"text {n}")
                told[1 - rest[0]].append(f"text {n}")
            else:
                getattr(line, step)(*rest)
            for heard, meant in zip(line.heard, told, strict=True):
                assert heard == meant[: len(heard)]
        line.finish()
        assert line.heard == told

    check()


# --- one end --------------------------------------------------------------------------


def ready(*, keep: int = 1000, have_before: int = 0) -> Resumable:
    """Return an end on a connection whose other side has said what it has."""
    end = Resumable(keep=keep)
    end.connected()
    end.to_send()
    end.receive(have(have_before))
    return end


def test_nothing_but_a_have_is_sent_before_the_other_sides() -> None:
    end = Resumable()
    assert end.send("early") == 1
    assert end.to_send() == [], "there is no connection"
    end.connected()
    assert end.send("still early") == 2
    assert end.to_send() == [have(0)]
    assert end.to_send() == []
    end.receive(have(0))
    assert end.to_send() == [text(1, "early"), text(2, "still early")]
    assert end.to_send() == []


def test_the_wire_is_json_with_the_names_of_the_docstring() -> None:
    end = ready()
    end.send("one")
    end.receive('{"number": 1, "text": "eins"}')
    assert end.to_send() == ['{"have": 1}', '{"number": 1, "text": "one"}']


def test_one_have_acknowledges_many_texts() -> None:
    end = ready()
    assert [end.receive(text(n, "x")) for n in (1, 2, 3)] == [["x"]] * 3
    assert end.to_send() == [have(3)]
    for n in range(5):
        end.send(str(n))
    end.to_send()
    end.receive(have(4))
    assert (end.waiting, end.sent, end.received) == (1, 5, 3)


def test_a_repeat_is_no_new_text_and_is_acknowledged_again() -> None:
    end = ready()
    end.receive(text(1, "one"))
    end.receive(text(2, "two"))
    end.to_send()
    for number in 1, 2:
        assert end.receive(text(number, "again")) == []
        assert end.to_send() == [have(2)]


def test_a_new_connection_goes_on_where_the_other_side_stands() -> None:
    end = ready()
    for n in range(1, 4):
        end.send(f"text {n}")
    end.to_send()
    end.disconnected()
    end.send("text 4")
    assert end.to_send() == []
    end.connected()
    end.receive(have(2))
    assert end.to_send() == [have(0), text(3, "text 3"), text(4, "text 4")]
    assert end.connections == 2


def test_a_new_connection_begins_anew_also_where_nobody_saw_the_old_one_end() -> None:
    end = ready()
    end.send("one")
    end.to_send()
    end.connected()
    assert end.to_send() == [have(0)]
    end.receive(have(0))
    assert end.to_send() == [text(1, "one")]


def test_a_have_that_comes_late_does_not_send_again_what_is_on_its_way() -> None:
    end = ready()
    end.send("one")
    end.send("two")
    end.to_send()
    end.receive(have(1))
    assert end.to_send() == []


def refused(end: Resumable, wire: Any, words: str) -> ResumeError:
    """Return the error for a message, which must not have changed anything."""
    before = end.sent, end.received, end.waiting
    with pytest.raises(ResumeError, match=words) as caught:
        end.receive(wire)
    assert isinstance(caught.value, ValueError)
    assert (end.sent, end.received, end.waiting) == before
    return caught.value


def test_a_gap_is_refused() -> None:
    end = ready()
    end.receive(text(1, "one"))
    refused(end, text(4, "four"), "2 texts are missing before number 4")


def test_a_have_for_more_than_was_sent_is_refused() -> None:
    end = ready()
    end.send("one")
    end.to_send()
    refused(end, have(2), "cannot have 2 texts: 1 were sent")
    end.send("numbered, but not written yet")
    refused(end, have(2), "cannot have 2 texts: 1 were sent")


def test_a_text_before_the_have_is_refused() -> None:
    end = Resumable()
    end.connected()
    refused(end, text(1, "one"), "begins with")


def test_texts_that_were_let_go_cannot_be_had_again_and_it_says_how_many() -> None:
    end = ready()
    for n in range(5):
        end.send(str(n))
    end.to_send()
    end.receive(have(4))
    end.connected()
    error = refused(end, have(1), "3 texts lost")
    assert isinstance(error, Forgotten)
    assert error.lost == 3


@pytest.mark.parametrize(
    "wire",
    [
        "",
        "hello",
        "7",
        "null",
        "[1]",
        "{}",
        '{"have": "7"}',
        '{"have": -1}',
        '{"have": true}',
        '{"have": 1.0}',
        '{"have": null}',
        '{"have": 1, "text": "x"}',
        '{"number": 1}',
        '{"number": 0, "text": "x"}',
        '{"number": true, "text": "x"}',
        '{"number": 1, "text": 2}',
        '{"number": 1, "text": "x", "more": 1}',
        '{"have": ' + "9" * 5000 + "}",
        "[" * 100_000,
        b"\xff",
        b'{"have": 0}',
    ],
    ids=lambda wire: str(wire)[:30] or "empty",
)
def test_what_is_no_message_is_refused(wire: Any) -> None:
    end = Resumable()
    end.connected()
    refused(end, wire, "neither a number and a text, nor a have")


def test_one_text_too_many_is_refused_and_the_others_are_safe() -> None:
    end = ready(keep=2)
    end.send("one")
    end.send("two")
    with pytest.raises(Full, match="2 texts wait"):
        end.send("three")
    assert end.to_send() == [text(1, "one"), text(2, "two")]
    end.receive(have(1))
    assert end.send("three") == 3


def test_a_text_that_could_not_be_handled_has_not_come() -> None:
    end, heard = ready(), list[str]()

    def fail(text: str) -> None:
        assert end.received == 0, "it does not count yet"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        end.receive(text(1, "one"), fail)
    assert (end.received, end.to_send()) == (0, [])
    assert end.receive(text(1, "one"), heard.append) == ["one"]
    assert end.receive(text(1, "one"), heard.append) == [], "a repeat"
    assert (heard, end.to_send()) == (["one"], [have(1)])


def test_an_earlier_connection_is_told_that_it_is_over_unless_it_has_ended() -> None:
    end, told = Resumable(), list[str]()
    for name in "first", "second":
        end.connected(over=functools.partial(told.append, name))
    assert told == ["first"]
    end.disconnected()
    end.connected()
    end.connected()
    assert told == ["first"]


def test_misuse_is_told() -> None:
    end = Resumable()
    with pytest.raises(TypeError, match="bytes"):
        end.send(b"x")  # type: ignore[arg-type]
    with pytest.raises(InvalidState):
        end.receive(have(0))


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Have threads take turns as often as they can: what can go wrong then, does."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_a_thread_that_is_sending_upsets_no_number_of_the_one_that_writes() -> None:
    class Halting(deque[str]):
        def append(self, text: str) -> None:
            sending.set()
            time.sleep(0.1)  # the other thread can do what it wants, if it can
            super().append(text)

    end, sending = ready(), threading.Event()
    end.send("one")
    end._kept = Halting(end._kept)
    thread = threading.Thread(target=end.send, args=["two"])
    thread.start()
    assert sending.wait(10)
    assert end.to_send() == [text(1, "one"), text(2, "two")]
    end.receive(have(2))
    thread.join()
    assert end.waiting == 0


# --- over sockets ---------------------------------------------------------------------

QUIET = logging.Logger("quiet")
QUIET.addHandler(logging.NullHandler())
QUESTIONS = ["one", "two", "three"]
ANSWERS = [f"{word}? yes" for word in QUESTIONS]


def lockstep(relay: RecordingProxy, port: int) -> tuple[list[str], list[str]]:
    """Have Ada ask, each question after the last answer, over any connections it takes.

    Return what each has heard.
    """
    return asyncio.run(asyncio.wait_for(_lockstep(relay, port), 20))


async def _lockstep(relay: RecordingProxy, port: int) -> tuple[list[str], list[str]]:
    ada, bob = Resumable(), Resumable()
    heard: tuple[list[str], list[str]] = ([], [])
    ended = asyncio.Event()

    def answer(question: str) -> None:
        heard[BOB].append(question)
        bob.send(f"{question}? yes")

    def ask(answered: str) -> None:
        heard[ADA].append(answered)
        if ada.sent < len(QUESTIONS):
            ada.send(QUESTIONS[ada.sent])
        else:
            ended.set()

    async def handle(connection: ServerConnection) -> None:
        await converse(connection, bob, answer)

    options: dict[str, Any] = {"compression": None, "ping_interval": None}
    ada.send(QUESTIONS[0])
    async with serve(handle, "127.0.0.1", port, logger=QUIET, **options):
        while not ended.is_set():
            try:
                async with connect(relay.url, proxy=None, **options) as connection:
                    await _until(ended, converse(connection, ada, ask))
            except (OSError, EOFError, WebSocketException):
                continue  # cut within the opening handshake
    return heard


async def _until(ended: asyncio.Event, conversation: Any) -> None:
    """Converse until the connection ends, or all is said."""
    tasks = [asyncio.create_task(c) for c in (conversation, ended.wait())]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def port() -> int:
    with EchoServer() as server:
        return server.port


def cut_points(port: int, direction: Direction) -> list[int]:
    """Return where each frame of one side ends, and the middle of each.

    Up to the last text: what follows is an acknowledgement that nobody waits for.
    """
    with RecordingProxy(f"ws://127.0.0.1:{port}") as relay:
        assert lockstep(relay, port) == (ANSWERS, QUESTIONS)
        recording = relay.recording
        at = len(recording.handshake(direction))
        points = [0, at // 2, at]
        frames = [recorded.frame for recorded in recording.frames(direction)]
    texts = [n for n, frame in enumerate(frames) if b"number" in frame.payload]
    assert len(texts) == len(QUESTIONS)
    for frame in frames[: texts[-1] + 1]:
        size = len(frame.serialize())
        points += [at + size // 2, at + size]
        at += size
    return points


@pytest.mark.parametrize("direction", Direction)
def test_over_sockets_nothing_is_lost_or_repeated_wherever_tcp_is_cut(
    port: int, direction: Direction
) -> None:
    points = cut_points(port, direction)
    for count in points:
        with RecordingProxy(f"ws://127.0.0.1:{port}") as relay:
            relay.reset_after(count, direction)
            assert lockstep(relay, port) == (ANSWERS, QUESTIONS), count
            # with the last answer all is said, and nobody comes back
            assert relay.recording.connections == 2 or count == points[-1], count


@pytest.mark.parametrize("place", ["in a cell", "in the server's thread"])
def test_a_text_sent_in_between_goes_out_at_once(place: str) -> None:
    end, heard = Resumable(), threading.Semaphore(0)

    async def handle(connection: ServerConnection) -> None:
        await converse(connection, end, lambda text: heard.release())

    async def main(server: EchoServer) -> list[str | bytes]:
        async with connect(server.url, proxy=None) as connection:
            got = [await connection.recv()]
            await connection.send(have(0))
            await connection.send(text(1, "hello"))
            got.append(await connection.recv())
            assert heard.acquire(timeout=10)
            if place == "in a cell":
                end.send("from a cell")
            else:
                server.call(end.send, "from a cell")
            return [*got, await connection.recv()]

    with EchoServer(handle) as server:
        got = asyncio.run(asyncio.wait_for(main(server), 20))
        assert got == [have(0), have(1), text(1, "from a cell")]
        assert not list(server.log)


def test_what_several_cells_send_at_once_comes_once_and_in_the_order_of_its_number(
    hasty_threads: None,
) -> None:
    bob, heard = Resumable(), list[str]()
    numbered: dict[int, str] = {}

    async def handle(connection: ServerConnection) -> None:
        await converse(connection, bob, print)

    def cell(name: str) -> None:
        for n in range(200):
            numbered[bob.send(f"{name} {n}")] = f"{name} {n}"

    with EchoServer(handle) as server:
        client = websocket.create_connection(server.url, timeout=10)
        client.send(have(0))
        assert client.recv() == have(0)
        threads = [threading.Thread(target=cell, args=name) for name in "abc"]
        for thread in threads:
            thread.start()
        for number in range(1, 601):
            came = json.loads(client.recv())
            assert came["number"] == number
            heard.append(came["text"])
            client.send(have(number))
        for thread in threads:
            thread.join()
        client.shutdown()
    assert heard == [numbered[number] for number in range(1, 601)]
    for name in "abc":
        mine = [text for text in heard if text[0] == name]
        assert mine == [f"{name} {n}" for n in range(200)]


def test_a_conversation_elsewhere_than_in_the_connections_loop_is_refused() -> None:
    end, server_side = Resumable(), list[ServerConnection]()

    async def handle(connection: ServerConnection) -> None:
        server_side.append(connection)
        await connection.wait_closed()

    with EchoServer(handle) as server:
        client = websocket.create_connection(server.url, timeout=10)
        server.call(lambda: None)  # by now the handler has begun
        with pytest.raises(InvalidState, match="handler of the connection"):
            asyncio.run(converse(server_side[0], end, print))
        client.shutdown()
    assert end.connections == 0


def test_whoever_breaks_the_rules_is_told_so_and_why() -> None:
    errors: list[ResumeError] = []

    async def handle(connection: ServerConnection) -> None:
        try:
            await converse(connection, Resumable(), lambda text: None)
        except ResumeError as error:
            errors.append(error)

    async def main(url: str) -> ConnectionClosedError:
        async with connect(url, proxy=None) as connection:
            await connection.send(have(1))
            assert await connection.recv() == have(0)
            with pytest.raises(ConnectionClosedError) as caught:
                await connection.recv()
            return caught.value

    with EchoServer(handle) as server:
        closed = asyncio.run(asyncio.wait_for(main(server.url), 20))
        assert closed.rcvd is not None
        assert closed.rcvd.code == 1008
        assert closed.rcvd.reason == "it cannot have 1 texts: 0 were sent"
    assert len(errors) == 1


def test_a_newer_connection_takes_over_from_one_that_is_dead_and_does_not_know() -> (
    None
):
    bob = Resumable()
    heard: list[str] = []

    async def handle(connection: ServerConnection) -> None:
        await converse(connection, bob, heard.append)

    async def main(url: str) -> str | bytes:
        async with connect(url, proxy=None) as old:
            assert await old.recv() == have(0)
            await old.send(have(0))
            async with connect(url, proxy=None) as new:
                assert await new.recv() == have(0)
                with contextlib.suppress(ConnectionClosedError):
                    await old.send(text(1, "from the past"))
                await old.wait_closed()
                await new.send(have(0))
                await new.send(text(1, "from now"))
                return await new.recv()

    with EchoServer(handle) as server:
        assert asyncio.run(asyncio.wait_for(main(server.url), 20)) == have(1)
    assert heard == ["from now"]


def test_a_text_whose_handling_failed_comes_again_on_the_next_connection() -> None:
    bob, heard = Resumable(), list[str]()
    # the second is no end of *this* connection, and must not pass for one
    errors = [RuntimeError("the database is down"), ConnectionClosedError(None, None)]
    caught: list[BaseException] = []

    def on_text(text: str) -> None:
        if errors:
            raise errors.pop(0)
        heard.append(text)

    async def handle(connection: ServerConnection) -> None:
        try:
            await converse(connection, bob, on_text)
        except Exception as error:
            caught.append(error)

    async def main(url: str) -> list[str | bytes]:
        got = []
        for _ in range(3):
            async with connect(url, proxy=None) as ada:
                await ada.send(have(0))
                await ada.send(text(1, "pay 100"))
                with contextlib.suppress(ConnectionClosed):
                    while (wire := await ada.recv()) != have(1):
                        got.append(wire)
        return got

    with EchoServer(handle) as server:
        got = asyncio.run(asyncio.wait_for(main(server.url), 20))
    assert got == [have(0)] * 3
    assert heard == ["pay 100"]
    assert [type(error) for error in caught] == [RuntimeError, ConnectionClosedError]


def test_a_connection_that_is_dead_and_taken_over_from_is_hung_up() -> None:
    bob, ended = Resumable(), threading.Semaphore(0)

    async def handle(connection: ServerConnection) -> None:
        await converse(connection, bob, print)
        await connection.wait_closed()
        ended.release()

    with EchoServer(handle, ping_interval=None) as server:
        with RecordingProxy(server.url) as relay:
            for _ in range(3):
                client = websocket.create_connection(relay.url, timeout=10)
                client.send(have(0))
                assert client.recv() == have(0)
                relay.blackhole()
                client.shutdown()
                relay.heal()
            for _ in range(2):  # all but the last, which nobody took over from
                assert ended.acquire(timeout=10)
            assert server.clients == 1
        assert bob.connections == 3
        assert not list(server.log)


def test_a_connection_is_hung_up_also_where_a_write_to_it_waits() -> None:
    bob, ended = Resumable(), threading.Semaphore(0)
    for _ in range(10):
        bob.send("x" * 2**20)  # more than all buffers between the two hold

    async def handle(connection: ServerConnection) -> None:
        await converse(connection, bob, print)
        ended.release()

    with EchoServer(handle, ping_interval=None) as server:
        small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, 2**15),)
        clients = []
        for _ in range(2):
            clients.append(
                websocket.create_connection(server.url, timeout=10, sockopt=small)
            )
            assert clients[-1].recv() == have(0)
            clients[-1].send(have(0))
            assert json.loads(clients[-1].recv())["number"] == 1
        assert ended.acquire(timeout=10)
        for client in clients:
            client.shutdown()


def test_only_the_newest_connection_says_what_there_is_to_say() -> None:
    class Silent:
        """A connection on which nothing ever comes."""

        def __init__(self) -> None:
            self.sent: list[str] = []
            self.aborted = False
            self.transport = self
            self.loop = asyncio.get_running_loop()

        async def send(self, wire: str) -> None:
            self.sent.append(wire)

        async def recv(self) -> str:
            return await asyncio.Future()

        def abort(self) -> None:
            self.aborted = True

    async def main() -> None:
        end, old, new = Resumable(), Silent(), Silent()
        conversations = [
            asyncio.create_task(converse(cast(Any, connection), end, print))
            for connection in (
                old,
                new,
            )  # the second begins before the first has written
        ]
        for _ in range(20):
            await asyncio.sleep(0)
        assert (old.sent, new.sent) == ([], [have(0)])
        assert (old.aborted, new.aborted) == (True, False)
        wakes.append(end._wake)
        for task in conversations:
            task.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)

    wakes = list[Callable[[], None]]()
    asyncio.run(main())
    wakes[0]()  # from a cell that has sent just as the loop ended: no error of its own
