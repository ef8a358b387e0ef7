"""Clients of many makes talk to `python -m wslib.endpoint`: none is ours.

Text, binary, fragments where a library sends them, a mebibyte, a Ping, and a Close
whose code comes back.
"""

import asyncio
import contextlib
import importlib
import json
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import websocket
import websockets.sync.client

LONG = "é" * 2**19  # a mebibyte of UTF-8
MESSAGES = ["Hello", "", "😀" * 100, LONG]
BYTES = [b"\x00\xff", b"", bytes(range(256)) * 300]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Run the echo as one does in a terminal; yield its address."""
    command = [sys.executable, "-u", "-m", "wslib.endpoint", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as program:
        try:
            line = program.stdout.readline() if program.stdout else ""
            yield re.findall(r"ws://\S+", line)[0]
        finally:
            program.terminate()


def needed(name: str) -> Any:
    """Import a library, or skip the test."""
    pytest.importorskip(name.partition(".")[0])
    return importlib.import_module(name)


def test_websocket_client(address: str) -> None:
    client = websocket.create_connection(address, timeout=20)
    for message in MESSAGES:
        client.send(message)
        assert client.recv() == message
    for data in BYTES:
        client.send_binary(data)
        assert client.recv() == data
    client.send_frame(websocket.ABNF.create_frame("Hel", 1, fin=0))
    client.ping("still there?")
    client.send_frame(websocket.ABNF.create_frame("lo", 0, fin=1))
    assert client.recv_data(control_frame=True) == (10, b"still there?")
    assert client.recv() == "Hello"
    client.send_close(4000, b"done")
    assert client.recv_data() == (8, (4000).to_bytes(2, "big"))
    client.shutdown()


def test_websockets(address: str) -> None:
    with websockets.sync.client.connect(address, max_size=2**22) as client:
        for message in [*MESSAGES, *BYTES]:
            client.send(message)
            assert client.recv(timeout=20) == message
        client.send(["Hel", "", "lo"])
        assert client.recv(timeout=20) == "Hello"
        assert client.ping("still there?").wait(20)
        client.close(4000, "done")
        assert client.close_code == 4000


def test_aiohttp(address: str) -> None:
    aiohttp = needed("aiohttp")

    async def talk() -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(address, max_msg_size=2**22, autoping=False) as client,
        ):
            for message in MESSAGES:
                await client.send_str(message)
                assert await client.receive_str(timeout=20) == message
            for data in BYTES:
                await client.send_bytes(data)
                assert await client.receive_bytes(timeout=20) == data
            await client.ping(b"still there?")
            assert (await client.receive(20)).data == b"still there?"
            await client.close(code=4000, message=b"done")
            assert client.close_code == 4000

    asyncio.run(talk())


def test_tornado(address: str) -> None:
    library = needed("tornado.websocket")
    pongs: list[bytes] = []

    async def talk() -> None:
        client = await library.websocket_connect(address, max_message_size=2**22)
        client.on_pong = pongs.append
        for message in MESSAGES:
            await client.write_message(message)
            assert await client.read_message() == message
        for data in BYTES:
            await client.write_message(data, binary=True)
            assert await client.read_message() == data
        client.protocol.write_ping(b"still there?")
        await client.write_message("and now?")
        assert await client.read_message() == "and now?"
        assert pongs == [b"still there?"]
        client.close(4000, "done")
        assert await client.read_message() is None
        assert client.close_code == 4000

    asyncio.run(talk())


def test_wsproto(address: str) -> None:
    library = needed("wsproto")
    events = needed("wsproto.events")
    parts = urlsplit(address)

    def sent(event: Any) -> None:
        wire.sendall(client.send(event))

    def came() -> Iterator[Any]:
        while data := wire.recv(65536):
            client.receive_data(data)
            yield from client.events()

    client = library.WSConnection(library.ConnectionType.CLIENT)
    with socket.create_connection((parts.hostname, parts.port), 20) as wire:
        heard = came()
        sent(events.Request(host=parts.netloc, target="/"))
        assert isinstance(next(heard), events.AcceptConnection)
        for message in MESSAGES:
            sent(events.TextMessage(message))
            back = ""
            for event in heard:
                back += event.data
                if event.message_finished:
                    break
            assert back == message
        sent(events.TextMessage("Hel", message_finished=False))
        sent(events.Ping(b"still there?"))
        sent(events.TextMessage("lo", message_finished=True))
        assert next(heard) == events.Pong(bytearray(b"still there?"))
        assert next(heard).data == "Hello"
        sent(events.CloseConnection(code=4000, reason="done"))
        assert next(heard).code == 4000
        assert wire.recv(1) == b"", "the server ends TCP"


SCRIPT = """
const [address, messages, sizes] = JSON.parse(GIVEN);
const socket = new WebSocket(address);
socket.binaryType = "arraybuffer";
const next = () => new Promise((done, failed) => {
  socket.onmessage = (event) => done(event.data);
  socket.onclose = (event) => done(event);
});
const talk = async () => {
  await new Promise((done) => { socket.onopen = done; });
  for (const message of messages) {
    socket.send(message);
    if (await next() !== message) return "another text came back";
  }
  for (const size of sizes) {
    const data = new Uint8Array(size).map((_, i) => i % 251);
    socket.send(data);
    const back = new Uint8Array(await next());
    const same = back.length === size && back.every((b, i) => b === data[i]);
    if (!same) return "other bytes came back";
  }
  socket.close(4000, "done");
  const { code, wasClean } = await next();
  return `${code}, ${wasClean ? "clean" : "not clean"}`;
};
"""


def script(address: str) -> str:
    """Return the conversation in JavaScript; ``talk()`` gives how it ended."""
    given = json.dumps([address, MESSAGES, [0, 2, 125, 126, 65_535, 65_536]])
    return SCRIPT.replace("GIVEN", json.dumps(given))


def test_node(address: str) -> None:
    node = shutil.which("node")
    with contextlib.suppress(ImportError):  # a new one belongs to Playwright
        driver = importlib.import_module("playwright._impl._driver")
        node = driver.compute_driver_executable()[0]
    if node is None:
        pytest.skip("no Node.js here")
    program = script(address) + "talk().then((said) => console.log(said));"
    done = subprocess.run(
        [node, "-"], input=program, capture_output=True, encoding="utf-8"
    )
    if "WebSocket is not defined" in done.stderr:
        pytest.skip("this Node.js knows no WebSocket")
    assert (done.stdout, done.stderr) == ("4000, clean\n", "")


def test_chromium(address: str) -> None:
    browser = needed("browser")  # of tests/tools
    with browser.launched() as chromium:
        page = chromium.new_page()
        assert page.evaluate(f"{script(address)}\ntalk()") == "4000, clean"
