"""The driver over asyncio streams: at either end, with real peers and rude ones."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable

import pytest
from websockets.sync.client import connect as connect_with_websockets

from wslib.endpoint import Limits, WebSocket, connect, echo, serve
from wslib.errors import HandshakeError, InvalidState, PortInUse
from wslib.frames import Frame, Opcode, parse_frame
from wslib.handshake import build_request
from wslib.server import EchoServer

MESSAGES = ["Hello", "", "é" * 2**18, b"\x00\xff", b"", bytes(2**19)]
QUICK = Limits(opening=0.3, closing=0.3, silence=0.3)


def run(answer: Callable[[int], Awaitable[None]], limits: Limits = QUICK) -> None:
    """Serve an echo while something talks to it, at its port."""

    async def both() -> None:
        async with serve(echo, limits=limits) as server:
            await answer(server.sockets[0].getsockname()[1])

    asyncio.run(both())


def test_a_client_of_websockets_gets_its_messages_back() -> None:
    def talk(port: int) -> None:
        with connect_with_websockets(f"ws://127.0.0.1:{port}/", max_size=None) as peer:
            for message in MESSAGES:
                peer.send(message)
                assert peer.recv(timeout=20) == message
            peer.send(["Hel", "lo, ", "world"])
            assert peer.recv(timeout=20) == "Hello, world"
            peer.close(4000, "done")
            assert peer.close_code == 4000

    run(lambda port: asyncio.to_thread(talk, port), Limits())


def test_both_ends_are_ours_and_know_how_it_ended() -> None:
    async def talk(port: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}/") as websocket:
            for message in MESSAGES:
                await websocket.send(message)
                assert await anext(websocket) == message
            await websocket.close(3000, "done")
            assert websocket.closed is not None
            assert websocket.closed.code == 3000
            with pytest.raises(InvalidState):
                await websocket.send("too late")

    run(talk, Limits())


def test_a_client_of_ours_talks_to_a_server_of_websockets() -> None:
    async def talk(url: str) -> str | bytes:
        async with connect(url) as websocket:
            await websocket.send("Hello")
            return await anext(websocket)

    with EchoServer() as server:
        assert asyncio.run(talk(server.url)) == "Received:  Hello"


@pytest.mark.parametrize("said", [b"", b"GET / HT", None], ids=["no", "half", "open"])
def test_a_client_that_says_no_more_is_let_go(said: bytes | None) -> None:
    """Before the opening handshake, in the middle of it, and behind it."""

    async def wait(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(build_request("127.0.0.1").serialize() if said is None else said)
        async with asyncio.timeout(20):  # else the test hangs
            try:
                received = await reader.read()
            except ConnectionResetError:
                received = b""
        if said is None:
            _, _, frames = received.partition(b"\r\n\r\n")
            found = parse_frame(frames, masked=False)
            assert found is not None and found[0].opcode is Opcode.PING
            last = parse_frame(frames[found[1] :], masked=False)
            assert last is not None and last[0].payload[:2] == b"\x03\xf3"  # 1011
        writer.close()

    run(wait)


def test_whoever_never_reads_holds_up_the_handler_and_is_let_go() -> None:
    ended: list[BaseException] = []

    async def flood(websocket: WebSocket) -> None:
        try:
            while True:
                await websocket.send(bytes(2**16))
        except InvalidState as error:
            ended.append(error)
            raise

    async def both() -> None:
        async with serve(flood, limits=QUICK) as server:
            port = server.sockets[0].getsockname()[1]
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
            writer.write(build_request("127.0.0.1").serialize())
            async with asyncio.timeout(20):
                while not ended:
                    await asyncio.sleep(0.01)
            writer.transport.abort()

    asyncio.run(both())
    assert "TCP is lost" in str(ended[0])


def test_a_broken_rule_is_answered_by_its_code() -> None:
    async def talk(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        unmasked = Frame(opcode=Opcode.TEXT, payload=b"Hello").serialize()
        writer.write(build_request("127.0.0.1").serialize() + unmasked)
        received = await asyncio.wait_for(reader.read(), 20)
        assert b"\x03\xeaa client masks every frame" in received
        writer.close()

    run(talk)


def test_what_cannot_be_opened_is_told_in_words() -> None:
    async def wrong(url: str) -> None:
        async with connect(url):
            pass

    for url in ("http://127.0.0.1/", "ws:///", "ws://127.0.0.1/#part"):
        with pytest.raises(ValueError, match="an address is"):
            asyncio.run(wrong(url))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        async def again() -> None:
            async with serve(echo, port=port):
                pass

        with pytest.raises(PortInUse, match="in use by another program"):
            asyncio.run(again())


def test_a_refusal_is_an_error_with_its_section() -> None:
    async def refuse(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def talk() -> None:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            with pytest.raises(HandshakeError, match="4.1"):
                async with connect(f"ws://127.0.0.1:{port}/"):
                    pass

    asyncio.run(talk())


def test_a_stop_says_goodbye_to_every_client() -> None:
    async def both() -> None:
        async with contextlib.AsyncExitStack() as stack:
            server = await stack.enter_async_context(serve(echo))
            port = server.sockets[0].getsockname()[1]
            async with connect(f"ws://127.0.0.1:{port}/") as websocket:
                await websocket.send("Hello")
                await anext(websocket)
                waiting = asyncio.create_task(anext(websocket, None))
                await stack.aclose()
                assert await asyncio.wait_for(waiting, 20) is None
                assert websocket.closed is not None
                assert websocket.closed.code == 1001

    asyncio.run(both())
