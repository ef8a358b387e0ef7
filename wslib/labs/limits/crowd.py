"""A chat in which each word is handed on to everybody, and a stranger who talks."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from websockets.asyncio.server import ServerConnection, broadcast

from wslib.frames import Frame, Opcode, parse_close
from wslib.raw_client import RawClient
from wslib.server import EchoServer

LAST = "end"  # the word that ends a conversation


class Tokens(Protocol):
    """What says whether one more word may come."""

    def take(self) -> bool:
        """Take a token; return whether there was one."""


class Crowd(EchoServer):
    """A chat: what one says, all the others hear.

    Args:
        bucket: Makes what each connection takes its tokens from; None, if anybody may
            say as much as they like.

    Attributes:
        taken: How many words it took, and handed on.
    """

    def __init__(self, bucket: Callable[[], Tokens] | None = None) -> None:
        super().__init__(self._serve)
        self._bucket = bucket
        self._members: set[ServerConnection] = set()
        self._grown = threading.Condition()
        self._joined = 0
        self.taken = 0

    async def _serve(self, connection: ServerConnection) -> None:
        """Hand on what one connection says."""
        bucket = self._bucket() if self._bucket else None  # one for each connection
        with self._grown:
            self._members.add(connection)
            self._joined += 1
            self._grown.notify_all()
        try:
            async for word in connection:
                if bucket is not None and not bucket.take():
                    await connection.close(1008, "slower, please")
                    return
                self.taken += 1
                broadcast(self._members - {connection}, word)
                if word == LAST:
                    return
        finally:
            self._members.discard(connection)

    @contextlib.contextmanager
    def listeners(self, count: int) -> Iterator[list[RawClient]]:
        """Have that many sit in it, who say nothing."""
        due = self._joined + count
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(RawClient(self)) for _ in range(count)]
            with self._grown:
                assert self._grown.wait_for(lambda: self._joined == due, 5)
            yield clients


def flood(chat: Crowd, words: int, *, listeners: int) -> str:
    """Say many words at once in a chat, and goodbye; return what became of them.

    Args:
        chat: Where to say them.
        words: How many.
        listeners: How many others are in it.
    """
    frames = [
        Frame(opcode=Opcode.TEXT, payload=word.encode(), masking_key=bytes(4))
        for word in [*["buy!"] * (words - 1), LAST]
    ]
    before = chat.taken
    with chat.listeners(listeners) as others, RawClient(chat) as stranger:
        stranger.send(b"".join(frame.serialize() for frame in frames))
        (close,) = stranger.frames(1)
        heard = sum(len(other.frames(chat.taken - before)) for other in others)
    code, reason = parse_close(close.payload)
    return (
        f"{words:,} words sent, {chat.taken:,} taken, {heard:,} heard; "
        f"Close {code:d} {reason}".rstrip()
    )
