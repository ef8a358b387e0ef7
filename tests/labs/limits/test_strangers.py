"""What a server says to those who ask for too much."""

from typing import Any

import pytest

from wslib.frames import Frame, Opcode
from wslib.labs.limits import Callers, Collector, answers, last_word
from wslib.raw_client import RawClient
from wslib.server import EchoServer

ANNOUNCED = bytes.fromhex("82 ff") + (2**40).to_bytes(8, "big") + bytes(4)


def test_without_a_limit_a_server_holds_what_has_come() -> None:
    with Collector(max_size=None) as server, RawClient(server) as stranger:
        stranger.send(ANNOUNCED)
        stranger.send(bytes(2**20))
        assert server.held(2**20) == 2**20
        with pytest.raises(TimeoutError, match="of 1,048,577 bytes, 1,048,576"):
            server.held(2**20 + 1, timeout=0)


def test_nobody_has_sent_anything_yet() -> None:
    with Collector(max_size=None) as server:
        assert server.held(0) == 0


def test_with_one_it_says_so_at_once() -> None:
    with Collector(max_size=100) as server:
        assert last_word(server, ANNOUNCED).startswith("Close 1009: ")


def test_the_last_word_is_that_of_the_server() -> None:
    close = Frame(opcode=Opcode.CLOSE, payload=b"\x03\xe8bye", masking_key=bytes(4))
    with EchoServer() as server:
        assert last_word(server, close.serialize()) == "Close 1000: bye"


def test_half_a_request_is_let_go_if_there_is_a_limit_to_its_time() -> None:
    strict, patient = EchoServer(open_timeout=0.1), EchoServer(open_timeout=None)
    with strict, patient, Callers(strict, 3) as some, Callers(patient, 3) as others:
        assert some.wait() == some.let_go() == 3
        assert others.let_go() == 0


async def moody(connection: Any) -> None:
    async for word in connection:
        if word == "no":
            raise LookupError(word)
        await connection.send(word.upper())


def test_each_message_has_its_answer_and_the_last_one_may_be_a_close() -> None:
    with EchoServer(moody) as server:
        assert answers(server, "a", "b") == ["A", "B"]
        assert answers(server, "a", "no", "b") == ["A", "Close 1011"]
        assert answers(server) == []
