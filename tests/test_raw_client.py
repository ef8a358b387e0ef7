"""The client by hand: any bytes out, frames in, however TCP cuts them."""

import socket
import threading

import pytest

from wslib.frames import Frame, Opcode
from wslib.handshake import build_response
from wslib.http1 import parse_request
from wslib.raw_client import RawClient
from wslib.server import EchoServer
from wslib.service import Service

HELLO = bytes.fromhex("81 85 37 fa 21 3d 7f 9f 4d 51 58")


class Slow:
    """Answers the handshake and sends two frames, one byte at a time."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self.listener.getsockname()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection:
            request = connection.recv(4096)
            found = parse_request(request)
            assert found is not None
            answer = build_response(found[0]).serialize()
            frame = Frame(opcode=Opcode.TEXT, payload=b"one").serialize()
            other = Frame(opcode=Opcode.TEXT, payload=b"two").serialize()
            for byte in answer + frame + other:
                connection.sendall(bytes([byte]))

    def close(self) -> None:
        self.thread.join(timeout=5)
        self.listener.close()


class Mute:
    """Takes one connection and hangs up."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.host, self.port = self.listener.getsockname()
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection:
            connection.recv(4096)

    def close(self) -> None:
        self.thread.join(timeout=5)
        self.listener.close()


def test_a_server_that_hangs_up_before_it_answers_is_told_of() -> None:
    mute = Mute()
    try:
        with pytest.raises(ConnectionError, match="has hung up"):
            RawClient(mute)  # type: ignore[arg-type]
    finally:
        mute.close()


def test_it_says_what_it_is_told_and_reads_the_answer() -> None:
    with EchoServer() as server, RawClient(server) as client:
        client.send(HELLO + HELLO)
        assert [f.payload for f in client.frames(2)] == [b"Received:  Hello"] * 2


def test_it_sends_the_header_fields_that_it_is_given() -> None:
    offer = ("Sec-WebSocket-Extensions", "permessage-deflate")
    deflated = bytes.fromhex("c1 87 00000000 f248cdc9c90700")  # RFC 7692, 7.2.3.1
    with (
        EchoServer(compression="deflate") as server,
        RawClient(server, headers=[offer, ("X-Odd", "1")]) as client,
    ):
        client.send(deflated)
        server.log.wait_for("Received back from client: Hello")
        assert server.handshakes[0].headers[-2:] == (offer, ("X-Odd", "1"))


def test_frames_that_came_together_are_kept_for_the_next_call() -> None:
    with EchoServer() as server, RawClient(server) as client:
        client.send(HELLO * 3)
        payloads = [client.frames(1)[0].payload for _ in range(3)]
        assert payloads == [b"Received:  Hello"] * 3


def test_it_reads_handshake_and_frames_that_come_byte_by_byte() -> None:
    slow = Slow()
    try:
        with RawClient(slow) as client:  # type: ignore[arg-type]
            assert [f.payload for f in client.frames(2)] == [b"one", b"two"]
            assert client.at_end()
    finally:
        slow.close()


def test_a_broken_rule_is_answered_and_then_the_server_hangs_up() -> None:
    with EchoServer() as server, RawClient(server) as client:
        client.send(b"\x83\x80\x00\x00\x00\x00")
        assert client.frames(1)[0].opcode is Opcode.CLOSE
        assert client.at_end()
        with pytest.raises(ConnectionError, match="hung up"):
            client.frames(1)


def test_a_refusal_is_an_error_and_leaves_no_socket() -> None:
    with (
        EchoServer(origins=["https://shop.example"]) as server,
        pytest.raises(ConnectionError, match="403"),
    ):
        RawClient(server)


def test_a_server_that_is_gone_is_an_error() -> None:
    server: Service = EchoServer().start()
    server.stop()
    with pytest.raises(ConnectionError):
        RawClient(server)
