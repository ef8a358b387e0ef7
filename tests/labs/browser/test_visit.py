"""Who came by: a browser that pressed something, or a program in its place."""

import threading
from collections.abc import Iterator

import pytest
import websocket

from wslib.direction import UP
from wslib.frames import Frame, Opcode
from wslib.labs.browser import last_visit
from wslib.page import BROWSER
from wslib.raw_client import RawClient
from wslib.relay import RecordingProxy
from wslib.server import EchoServer

AGENT = [("User-Agent", "Mozilla/5.0")]
KEY = b"abcd"


@pytest.fixture
def stage() -> Iterator[tuple[EchoServer, RecordingProxy]]:
    with EchoServer(page=True) as server, RecordingProxy(server.url) as relay:
        yield server, relay


def press(relay: RecordingProxy, *frames: Frame) -> None:
    """Be a browser that sends some frames and gets an answer to each."""
    with RawClient(relay, headers=AGENT) as client:
        for frame in frames:
            client.send(frame.serialize())
        client.frames(len(frames))


def text(payload: bytes) -> Frame:
    return Frame(opcode=Opcode.TEXT, payload=payload, masking_key=KEY)


def close() -> Frame:
    return Frame(opcode=Opcode.CLOSE, masking_key=KEY)


def test_where_nobody_was_a_program_sends_what_the_buttons_send(
    stage: tuple[EchoServer, RecordingProxy],
) -> None:
    server, relay = stage
    threads = threading.active_count()
    visits = [last_visit(server, relay) for _ in range(2)]
    assert threading.active_count() == threads
    for visit in visits:
        assert visit.who == "the stand-in"
        sent = [entry.frame for entry in visit.frames if entry.direction is UP]
        opcodes = [Opcode.TEXT, Opcode.BINARY, Opcode.CLOSE]
        assert [frame.opcode for frame in sent] == opcodes
        assert [line.split("(")[-1] for line in visit.log][-2:] == ["4001)", "1005)"]
    assert str(visits[0].log) == str(visits[1].log)
    assert relay.recording.connections == 0, "the reader's own server hears nothing"
    assert len(server.log) == 0


def test_the_program_says_what_a_browser_said_letter_for_letter(
    stage: tuple[EchoServer, RecordingProxy],
) -> None:
    headers = last_visit(*stage).handshake.headers
    names = [name for name, _ in headers]
    assert names == [name for name, _ in BROWSER.socket]
    for (name, value), (_, captured) in zip(headers, BROWSER.socket, strict=True):
        assert value == captured or name in ("Host", "Origin")


def test_a_browser_that_sent_something_is_taken_and_the_last_time_it_did(
    stage: tuple[EchoServer, RecordingProxy],
) -> None:
    server, relay = stage
    press(relay, text(b"first"))
    press(relay, text(b"second"), close())
    press(relay, close())  # the dead port was pressed
    press(relay)  # Reconnect was pressed
    visit = last_visit(server, relay)
    assert visit.who == "your browser"
    assert visit.log is server.log
    assert visit.handshake.get("User-Agent") == "Mozilla/5.0"
    assert [entry.frame.payload for entry in visit.frames if entry.direction is UP] == [
        b"second",
        b"",
    ]


def test_who_sent_nothing_or_only_an_empty_message_does_not_count(
    stage: tuple[EchoServer, RecordingProxy],
) -> None:
    server, relay = stage
    press(relay, text(b""), close())
    assert last_visit(server, relay).who == "the stand-in"


def test_a_program_does_not_pass_for_your_browser(
    stage: tuple[EchoServer, RecordingProxy],
) -> None:
    server, relay = stage
    client = websocket.create_connection(relay.url, timeout=5)
    client.send("Hello")
    client.recv()
    client.close()
    assert last_visit(server, relay).who == "the stand-in"
