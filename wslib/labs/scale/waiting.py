"""Who waits behind whom: two WebSockets, the first is in trouble, the second is not.

    first   ── what holds it up ──╮
                                  ├── what both share
    second  ──────────────────────╯

Time is not measured. The second one's messages are counted: those that arrive while the
first is held up, and those that arrive in the end.
"""

import asyncio
import contextlib
import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from websockets.asyncio.server import ServerConnection

from wslib.direction import DOWN
from wslib.frames import Frame, FrameReader, Opcode
from wslib.labs.scale.http2 import Http2Connection, Http2Stream
from wslib.labs.scale.http2_reader import http2_frames
from wslib.labs.scale.http2_server import Http2Server
from wslib.raw_client import RawClient
from wslib.relay import RecordingProxy
from wslib.server import EchoServer

WINDOW = 65_535  # bytes: of a stream and of a connection at first; RFC 9113, 6.9.2
_PATIENCE = 5.0  # seconds
_KEY = bytes(4)


@dataclass(frozen=True, kw_only=True)
class Waited:
    """How the second WebSocket fared.

    Attributes:
        sent: How many messages the server had for it.
        meanwhile: How many arrived while the first one was held up.
        afterwards: How many had arrived when that was over.
    """

    sent: int
    meanwhile: int
    afterwards: int

    def __str__(self) -> str:
        """Put it into words."""
        return (
            f"{self.meanwhile} of {self.sent} meanwhile, "
            f"{self.afterwards} of {self.sent} in the end"
        )


def head_of_line(
    trouble: Literal["lost", "unread"],
    *,
    shared: bool,
    window: int = WINDOW,
    messages: int = 20,
) -> Waited:
    """Hold up one WebSocket; return how another one to the same server fares.

    Args:
        trouble: What holds up the first. ``lost``: what the server has sent to it does
            not arrive, as after a lost packet, until it is sent once more; the relay
            does that, and keeps what comes behind it, as TCP does. ``unread``: its
            client does not use what arrives.
        shared: Whether both are streams of one HTTP/2 connection; if not, each has a
            connection of its own.
        window: How many bytes the server may send on a connection, before somebody
            says that they are used; at least 65,535. RFC 9113, section 6.9.
        messages: How many the second one sends, to have them echoed.

    Raises:
        ValueError: If there is no such trouble, or the window is too small.
    """
    if trouble not in ("lost", "unread"):
        raise ValueError(f"a message is 'lost' or 'unread', not {trouble!r}")
    if window < WINDOW:
        raise ValueError(f"a window has {WINDOW:,} bytes or more, not {window:,}")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Http2Server())
        relay = stack.enter_context(RecordingProxy(server.url))
        one = stack.enter_context(Http2Connection(relay))
        other = one if shared else stack.enter_context(Http2Connection(server))
        if window > WINDOW:
            one.widen(window - WINDOW)
        first, second = one.websocket("/first"), other.websocket("/second")

        def is_held_up() -> bool:
            """Whether nothing more can arrive: it is in the relay, or has no room."""
            if trouble == "unread":
                return second.room == 0
            return shared and _answers(relay, second) == messages

        if trouble == "lost":
            relay.stall(DOWN)
            _say(first, "Hello")
        else:
            first.pause()
            _say(first, *["x" * 2**14] * 5)
            first.wait(WINDOW)  # and its own window is full
        _say(second, *map(str, range(messages)))
        meanwhile = _count(second.arrived, messages, is_held_up)
        if trouble == "lost":
            relay.resume(DOWN)
        else:
            first.resume()
        first.frames(1)
        rest = len(second.frames(messages - meanwhile))
    return Waited(sent=messages, meanwhile=meanwhile, afterwards=meanwhile + rest)


def held_up(*, in_thread: bool, messages: int = 20) -> Waited:
    """Have one handler wait for something; return how another WebSocket fares.

    Args:
        in_thread: Whether the handler lets a thread of its own wait, with ``await
            asyncio.to_thread(...)``; if not, it waits in the thread of all handlers, as
            with ``time.sleep`` or a long computation.
        messages: How many the other one sends, to have them echoed.
    """
    waits, go_on = threading.Event(), threading.Event()
    reader, loop_waits = FrameReader(masked=False), False

    async def handler(connection: ServerConnection) -> None:
        nonlocal loop_waits
        async for message in connection:
            if message == "wait":
                loop_waits = not in_thread
                waits.set()
                if in_thread:
                    await asyncio.to_thread(go_on.wait, _PATIENCE)
                else:
                    go_on.wait(_PATIENCE)
            await connection.send(message)

    with (
        EchoServer(handler) as server,
        RawClient(server) as first,
        RawClient(server) as second,
    ):
        try:
            first.send(_frames("wait"))
            if not waits.wait(_PATIENCE):
                raise TimeoutError("the handler has not begun to wait")
            second.send(_frames(*map(str, range(messages))))
            meanwhile = _count(
                lambda: _arrived(second, reader), messages, lambda: loop_waits
            )
        finally:
            go_on.set()
        first.frames(1)
        rest = _count(lambda: _arrived(second, reader), messages - meanwhile)
    return Waited(sent=messages, meanwhile=meanwhile, afterwards=meanwhile + rest)


def _count(
    read: Callable[[], list[Frame]],
    due: int,
    is_held_up: Callable[[], bool] = lambda: False,
) -> int:
    """Count the frames that arrive, until all have, or no more can."""
    count, end = 0, time.monotonic() + _PATIENCE
    while count < due:
        stuck = is_held_up()  # asked first: what came before that is counted
        count += len(read())
        if stuck:
            break
        if time.monotonic() > end:
            raise TimeoutError(f"of {due} messages, {count} have arrived")
        time.sleep(0.001)
    return count


def _arrived(client: RawClient, reader: FrameReader) -> list[Frame]:
    """Return the frames that have arrived by now."""
    frames: list[Frame] = []
    while select.select([client.socket], [], [], 0)[0]:
        if not (data := client.socket.recv(2**16)):
            raise ConnectionError("the server has hung up")
        frames += reader.feed(data)
    return frames


def _answers(relay: RecordingProxy, stream: Http2Stream) -> int:
    """Count the messages that a relay has from the server for one stream."""
    reader = FrameReader(masked=False)
    frames = http2_frames(relay.recording.stream(DOWN))
    data = (f.payload for f in frames if f.stream == stream.number and f.name == "DATA")
    return len(list(reader.feed(b"".join(data))))


def _say(stream: Http2Stream, *texts: str) -> None:
    """Send messages in a stream."""
    stream.send(_frames(*texts))


def _frames(*texts: str) -> bytes:
    """Return messages as a client sends them."""
    frames = (
        Frame(opcode=Opcode.TEXT, payload=text.encode(), masking_key=_KEY)
        for text in texts
    )
    return b"".join(frame.serialize() for frame in frames)
