"""The driver over asyncio streams: its client, its limits, its stop, and rude peers.

test_conformance.py has its echo talk to the clients of others.
"""

import asyncio
import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
import websocket
from websockets.asyncio.client import connect as connect_with_websockets

from wslib.deflate import Parameters
from wslib.endpoint import Limits, WebSocket, connect, echo, serve
from wslib.errors import HandshakeError, InvalidState, PortInUse
from wslib.frames import Frame, Opcode, parse_frame
from wslib.handshake import build_request, build_response
from wslib.http1 import parse_request, parse_response
from wslib.server import EchoServer

MESSAGES = ["Hello", "", "é" * 2**18, b"\x00\xff", b"", bytes(2**19)]
QUICK = Limits(opening=0.3, closing=0.3, silence=0.3)


def run(
    answer: Callable[[int], Awaitable[None]],
    limits: Limits = QUICK,
    deflate: Parameters | None = None,
) -> None:
    """Serve an echo while something talks to it, at its port."""

    async def both() -> None:
        async with serve(echo, limits=limits, deflate=deflate) as server:
            await answer(server.sockets[0].getsockname()[1])

    asyncio.run(both())


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
            except ConnectionError:
                received = b""
        if said is None:
            _, _, frames = received.partition(b"\r\n\r\n")
            found = parse_frame(frames, masked=False)
            assert found is not None and found[0].opcode is Opcode.PING
            last = parse_frame(frames[found[1] :], masked=False)
            assert last is not None and last[0].payload[:2] == b"\x03\xf3"  # 1011
        writer.close()

    run(wait)


def test_a_slow_message_is_no_silence() -> None:
    async def drip(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(build_request("127.0.0.1").serialize())
        await reader.readuntil(b"\r\n\r\n")
        slow = Frame(opcode=Opcode.TEXT, payload=b"Hello", masking_key=bytes(4))
        for byte in slow.serialize():  # longer than four times `Limits.silence`
            writer.write(bytes([byte]))
            await asyncio.sleep(0.12)
        async with asyncio.timeout(20):
            echoed = await reader.readexactly(7)
        assert echoed == b"\x81\x05Hello", "and no Ping before it"
        writer.close()

    run(drip)


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


def test_a_stop_lets_go_of_a_client_that_is_still_at_the_opening_handshake() -> None:
    async def both() -> None:
        async with serve(echo) as server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\n")
            await asyncio.sleep(0.05)
        with contextlib.suppress(ConnectionError):
            assert await asyncio.wait_for(reader.read(), 20) == b""
        writer.close()

    asyncio.run(both())


@pytest.mark.parametrize("turns", range(6))
def test_a_stop_closes_who_is_being_accepted(turns: int) -> None:
    async def both() -> None:
        async with serve(echo) as server:
            address = server.sockets[0].getsockname()
            clients = [socket.create_connection(address) for _ in range(3)]
            for _ in range(turns):
                await asyncio.sleep(0)
        for client in clients:
            client.settimeout(5)
            with client, contextlib.suppress(ConnectionError):
                assert await asyncio.to_thread(client.recv, 1) == b""

    asyncio.run(both())


def test_a_stop_does_not_cut_off_a_goodbye_that_is_under_way() -> None:
    """The handler has returned, and not all of what it sent has gone."""
    sent = 0

    async def much(websocket: WebSocket) -> None:
        nonlocal sent
        while not websocket._transport.get_write_buffer_size():
            await websocket.send(bytes(10_000))
            sent += 1

    def read(client: socket.socket) -> bytes:
        received = b""
        while not received.endswith(b"\x88\x02\x03\xe8"):
            received += client.recv(2**16)
        client.sendall(Frame(opcode=Opcode.CLOSE, masking_key=bytes(4)).serialize())
        client.close()
        return received.partition(b"\r\n\r\n")[2]

    async def both() -> None:
        async with serve(much) as server:
            client = socket.create_connection(server.sockets[0].getsockname())
            client.settimeout(20)
            client.sendall(build_request("127.0.0.1").serialize())
            while not sent:
                await asyncio.sleep(0.01)
            reading = asyncio.create_task(asyncio.to_thread(read, client))
        assert (await reading).count(b"\x82\x7e\x27\x10") == sent

    asyncio.run(both())


@pytest.mark.parametrize(
    "head", [b"POST / HTTP/1.1\r\nHost: a\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"]
)
def test_whoever_is_refused_does_not_reach_the_handler(head: bytes) -> None:
    """What follows may be made to look like a frame, by a form in a web page."""
    heard: list[str | bytes] = []

    async def note(websocket: WebSocket) -> None:
        heard.append("called")
        heard.extend([message async for message in websocket])

    async def both() -> None:
        async with serve(note) as server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            frame = Frame(opcode=Opcode.TEXT, payload=b"pay", masking_key=bytes(4))
            writer.write(head + frame.serialize())
            writer.write_eof()
            assert (await reader.read()).startswith(b"HTTP/1.1 4")
            writer.close()

    asyncio.run(both())
    assert heard == []


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such signals")
@pytest.mark.parametrize(
    ("number", "interrupts"),
    [
        (signal.SIGINT, signal.SIG_DFL),
        (signal.SIGTERM, signal.SIG_DFL),
        (signal.SIGTERM, signal.SIG_IGN),
    ],
)
def test_in_a_terminal_it_says_goodbye_to_who_is_talking(
    number: int, interrupts: signal.Handlers
) -> None:
    command = [sys.executable, "-m", "wslib.endpoint", "--port", "0"]
    program = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # As under nohup, or behind an &: Ctrl-C is not heard, and `kill` must be.
        preexec_fn=lambda: signal.signal(signal.SIGINT, interrupts),
    )
    with program:
        assert program.stdout is not None
        client = websocket.create_connection(program.stdout.readline().split()[3])
        client.settimeout(20)
        for count in itertools.count():
            client.send("Hello")
            opcode, payload = client.recv_data()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                break
            if count == 100:
                program.send_signal(number)
        assert payload.startswith(b"\x03\xe9"), "1001"
        client.shutdown()
        assert program.communicate(timeout=20) == ("Stopped.\n", "")
    assert program.returncode == 0


# --- permessage-deflate ---------------------------------------------------------------

SPARING = Parameters(
    server_no_context_takeover=True,
    client_no_context_takeover=True,
    server_max_window_bits=8,
    client_max_window_bits=8,
)
DEFLATE = [Parameters(), Parameters(client_max_window_bits=15), SPARING]
NAMES = ["plain", "window", "sparing"]
each_deflate = pytest.mark.parametrize("deflate", DEFLATE, ids=NAMES)
OFFERED = "permessage-deflate; client_max_window_bits"


async def ask(port: int, offered: str) -> tuple[str | None, bytes]:
    """Return what is made of an offer, and the frame that echoes "Hello"."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = build_request("127.0.0.1", extensions=[offered])
    hello = Frame(opcode=Opcode.TEXT, payload=b"Hello", masking_key=bytes(4))
    writer.write(request.serialize() + hello.serialize())
    head = await reader.readuntil(b"\r\n\r\n")
    found = parse_response(head)
    first, length = await reader.readexactly(2)
    frame = bytes([first, length]) + await reader.readexactly(length)
    writer.close()
    assert found is not None
    return found[0].get("Sec-WebSocket-Extensions"), frame


def test_a_server_declines_unless_it_is_told_to_compress() -> None:
    async def off(port: int) -> None:
        assert await ask(port, OFFERED) == (None, b"\x81\x05Hello")

    async def on(port: int) -> None:
        accepted, frame = await ask(port, OFFERED)
        assert accepted == "permessage-deflate; client_max_window_bits=15"
        assert frame == bytes.fromhex("c1 07 f2 48 cd c9 c9 07 00")
        assert await ask(port, OFFERED + "=16") == (None, b"\x81\x05Hello")

    run(off)
    run(on, deflate=Parameters())


@each_deflate
@pytest.mark.parametrize("served", DEFLATE, ids=NAMES)
def test_both_ends_are_ours_and_compress(
    deflate: Parameters, served: Parameters
) -> None:
    async def talk(port: int) -> None:
        url = f"ws://127.0.0.1:{port}/"
        async with connect(url, limits=Limits(), deflate=deflate) as websocket:
            offered = websocket.request.get("Sec-WebSocket-Extensions")
            assert offered == str(deflate)
            for message in MESSAGES:
                await websocket.send(message)
                assert await anext(websocket) == message
            await websocket.send("Hel", fin=False)
            await websocket.send("lo")
            assert await anext(websocket) == "Hello"

    run(talk, Limits(), served)


@each_deflate
def test_a_client_of_websockets_compresses_with_a_server_of_ours(
    deflate: Parameters,
) -> None:
    async def talk(port: int) -> None:
        async with connect_with_websockets(f"ws://127.0.0.1:{port}/") as client:
            (extension,) = client.protocol.extensions
            assert extension.name == "permessage-deflate"
            for message in MESSAGES:
                await client.send(message)
                assert await client.recv() == message
            await client.send(["Hel", "lo"])
            assert await client.recv() == "Hello"

    deflate = replace(deflate, client_max_window_bits=None)  # it can do 9 and more
    run(talk, Limits(), deflate)


@pytest.mark.parametrize("deflate", DEFLATE[:2], ids=NAMES[:2])
def test_a_client_of_ours_compresses_with_a_server_of_websockets(
    deflate: Parameters,
) -> None:
    async def talk(url: str) -> list[str | bytes]:
        async with connect(url, deflate=deflate) as websocket:
            for _ in range(2):
                await websocket.send("Hello" * 1000)
            return [await anext(websocket) for _ in range(2)]

    with EchoServer(compression="deflate") as server:
        answers = asyncio.run(talk(server.url))
    assert answers == ["Received:  " + "Hello" * 1000] * 2


@pytest.mark.parametrize(
    ("accepted", "section"),
    [
        ("permessage-deflate; client_max_window_bits=10", "7.1.2.2"),
        ("permessage-deflate; what", "7.1"),
        ("permessage-deflate, permessage-deflate", "5"),
    ],
)
def test_a_response_that_does_not_fit_the_offer_is_refused(
    accepted: str, section: str
) -> None:
    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        found = parse_request(await reader.readuntil(b"\r\n\r\n"))
        assert found is not None
        response = build_response(found[0], extensions=[accepted])
        writer.write(response.serialize())
        writer.close()

    async def talk() -> None:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
            with pytest.raises(HandshakeError, match=f"RFC 7692, section {section}"):
                async with connect(url, deflate=Parameters()):
                    pass

    asyncio.run(talk())


def test_a_bomb_ends_with_1009_and_the_server_goes_on() -> None:
    async def talk(port: int) -> None:
        url = f"ws://127.0.0.1:{port}/"
        async with connect(url, deflate=Parameters()) as websocket:
            await websocket.send(bytes(20_000_000))  # some 20 KB on the wire
            assert await anext(websocket, None) is None
            assert websocket.closed is not None
            assert websocket.closed.code == 1009
        async with connect(url) as websocket:
            await websocket.send("Hello")
            assert await anext(websocket) == "Hello"

    run(talk, Limits(), Parameters())
