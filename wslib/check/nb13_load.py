"""Exercise 1 of notebook 13: a load generator, and what it says of a server that fails.

Two kinds of servers. One answers nobody before all its clients are there; the other
turns some away at the door, and hangs up on some who were let in. What they saw tells
why the number that came back is another.
"""

import asyncio
import contextlib
import threading
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from wslib.check.exercise import Exercise
from wslib.check.fit import endless, fault, misfit
from wslib.check.sandbox import attempt, calmly
from wslib.check.values import plain_value
from wslib.check.verdict import Verdict, brief
from wslib.server import EchoServer

PATIENCE = 1.0  # seconds that the server waits for who is missing, and for a goodbye
WORD = "hello"
_TROUBLE = "two were turned away with a 503, two were hung up on, three were answered."

_HINTS = {
    "no-connection": "`async with connect(url) as client:`, with `url` as it is given. "
    "(`return_exceptions=True` hides what your clients raise: print the results.)",
    "other-number-of-connections": "One connection for each client.",
    "one-at-a-time": "Each client is a coroutine of its own; `asyncio.gather` runs "
    "them side by side.",
    "other-message": f'Send "{WORD}" as text, once on each connection, and `await` '
    "that: without, nothing is sent.",
    "falls-with-one": "One client that fails must not end the others. Catch the "
    "exception inside the client, or give `gather` the argument "
    "`return_exceptions=True`.",
    "counts-the-failures": "Count the answers that came. (Is an exception, or a None, "
    "among the results that you count?)",
    "counts-connections": "To be let in is no answer, and a `send` is none. Count what "
    "`recv` gave.",
    "not-a-number": "Return how many answers came: one whole number.",
    "other-count": "Count the answers that came, whatever they say. (`recv` wants an "
    "`await`, too.)",
    "not-closed": "Close each connection: `async with connect(url) as client:`.",
    "no-goodbye": "Say goodbye: `async with connect(url) as client:` does.",
}


class _Crowd:
    """A server that notes who comes, what they say, and how they go.

    Args:
        clients: How many are expected.
        troubled: Whether it turns some away, and hangs up on some.
    """

    def __init__(self, clients: int, *, troubled: bool = False) -> None:
        self.clients, self.troubled = clients, troubled
        self.came = self.most = self.dropped = 0
        self.said: list[str | bytes] = []
        self.empty = threading.Event()
        self.empty.set()
        self._present: set[ServerConnection] = set()
        self._numbers: dict[ServerConnection, int] = {}
        self._all_here = asyncio.Event()

    @property
    def due(self) -> int:
        """How many are answered."""
        return self.clients - 2 * (self.clients // 3) * self.troubled

    def at_the_door(self, client: ServerConnection, _: Request) -> Response | None:
        """Turn away every third, if there is trouble."""
        self.came += 1
        self._numbers[client] = self.came
        if self.troubled and self.came % 3 == 2:
            return client.respond(HTTPStatus.SERVICE_UNAVAILABLE, "full\n")
        return None

    async def handle(self, client: ServerConnection) -> None:
        """Be the handler."""
        self._present.add(client)
        self.empty.clear()
        self.most = max(self.most, len(self._present))
        if self.most == self.clients or self.troubled:
            self._all_here.set()
        try:
            await self._serve(client)
        except TimeoutError:  # who says nothing is not waited for
            client.transport.abort()
        except ConnectionClosed:
            self.dropped += client.protocol.close_rcvd is None
        finally:
            self._present.remove(client)
            if not self._present:
                self.empty.set()

    async def _serve(self, client: ServerConnection) -> None:
        """Answer when all are there, or have been waited for; hang up on some."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._all_here.wait(), PATIENCE)
        self._all_here.set()
        while True:
            word = await asyncio.wait_for(client.recv(), 2 * PATIENCE)
            if self.troubled and self._numbers[client] % 3 == 0:
                return client.transport.abort()
            self.said.append(word)
            await client.send(f"Received:  {word!s}")


class Load(Exercise):
    """An exercise whose answer is a crowd of clients."""

    hints = _HINTS

    def judge(self, function: Any) -> Verdict:
        """Return the verdict on a load generator."""
        if verdict := misfit(self.name, function, ["url", "clients"], may_wait=True):
            return verdict
        if verdict := endless(self.name, function, partial(_try, function)):
            return verdict
        for clients, troubled in (12, False), (1, False), (0, False), (7, True):
            look = partial(self._look, function, clients, troubled)
            if found := calmly(look):
                return found
        return self.right(
            "All at once, one answer counted for each; and where the server failed "
            "some, the others were counted."
        )

    def _look(self, function: Any, clients: int, troubled: bool) -> Verdict | None:
        """Let so many clients come; return what is wrong."""
        crowd = _Crowd(clients, troubled=troubled)
        with EchoServer(crowd.handle, process_request=crowd.at_the_door) as server:
            outcome = attempt(function, server.url, clients, limit=4 * PATIENCE)
            all_gone = outcome.timed_out or crowd.empty.wait(PATIENCE / 2)
        broken = fault(self.name, function, outcome)
        if broken and broken.right is None:
            return broken
        if broken and "unhashable type: 'list'" in str(outcome.error):
            hint = "`gather` wants them one by one: a star in front takes a list apart."
            broken = replace(broken, hint=hint)
        return (
            self._who_came(crowd, broken)
            or broken
            or self._other_count(crowd, outcome.value)
            or self._left(crowd, all_gone)
        )

    def _who_came(self, crowd: _Crowd, broken: Verdict | None) -> Verdict | None:
        """Say what is wrong with the crowd that the server saw."""
        asked = f"{_many(crowd.clients)}; "
        if crowd.clients and not crowd.came:
            seen = f"{asked}the server saw no connection."
            if broken:
                return replace(broken, evidence=f"{seen} {broken.evidence}")
            return self.wrong("no-connection", seen)
        if crowd.troubled and broken:
            seen = f"{asked}{_TROUBLE} {broken.evidence}"
            return self.wrong("falls-with-one", seen)
        if broken:
            return broken
        if crowd.came != crowd.clients:
            seen = f"{asked}the server saw {crowd.came} connections."
            return self.wrong("other-number-of-connections", seen)
        if not crowd.troubled and crowd.most < crowd.clients:
            seen = f"{asked}at most {crowd.most} of them at the same time."
            return self.wrong("one-at-a-time", seen)
        said, due = crowd.said, [WORD] * crowd.due
        if crowd.troubled and said == due[: len(said)] != due:
            seen = f"{asked}two were turned away with a 503, two were hung up on, and "
            return self.wrong("falls-with-one", f"{seen}not all others said a word.")
        if said != due:
            words = brief(said) if said else "no message"
            return self.wrong("other-message", f"{asked}the server got {words}.")
        return None

    def _other_count(self, crowd: _Crowd, value: Any) -> Verdict | None:
        """Say what is wrong with the number that came back."""
        seen = f"{_many(crowd.clients)}; "
        seen += _TROUBLE if crowd.troubled else f"all were answered ({crowd.due})."
        seen += f" You returned {brief(value)}."
        count = plain_value(value, 0)
        if isinstance(count, bool) or not isinstance(count, int):
            return self.wrong("not-a-number", seen)
        if count == crowd.due:
            return None
        if crowd.troubled and count < crowd.due:
            return self.wrong("falls-with-one", seen)
        if crowd.troubled and count == crowd.clients:
            return self.wrong("counts-the-failures", seen)
        if crowd.troubled and count == crowd.clients - crowd.clients // 3:
            return self.wrong("counts-connections", seen)
        return self.wrong("other-count", seen)

    def _left(self, crowd: _Crowd, all_gone: bool) -> Verdict | None:
        """Say how the connections were left, if not as they should."""
        if not all_gone:
            seen = "The number is right, but connections are still open."
            return self.wrong("not-closed", seen)
        if crowd.dropped and not crowd.troubled:
            seen = "The number is right, but connections were dropped without a Close."
            return self.wrong("no-goodbye", seen)
        return None


def _many(clients: int) -> str:
    return "1 client" if clients == 1 else f"{clients} clients"


def _try(function: Any) -> None:
    """Let one client come, in a process that ends with it."""
    attempt(function, EchoServer().start().url, 1, limit=PATIENCE)


load = Load("load", "`load(url, clients) -> int`. Exercise 1 of notebook 13.")
