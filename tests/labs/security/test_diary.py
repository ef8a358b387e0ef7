"""At DEBUG the library tells all that came in: the beginning and the end of it."""

import websocket

from wslib.labs.security.diary import Diary
from wslib.server import EchoServer


def received(level: str) -> list[str]:
    diary = Diary(level)
    with EchoServer(logger=diary) as server:
        client = websocket.create_connection(f"{server.url}/?token=abc", timeout=10)
        for message in ("abc", "first" + 1000 * "." + "last"):
            client.send(message)
            client.recv()
        client.close()
    return diary.received("abc", "first", "last")


def test_at_debug_a_secret_is_kept_from_the_address_and_from_a_message() -> None:
    address, short, long = received("DEBUG")
    assert address == "< GET /?token=abc HTTP/1.1"
    assert short == "< TEXT 'abc' [3 bytes]"
    assert "first" in long and "last'" in long and len(long) < 120


def test_at_info_none_of_it_is() -> None:
    assert received("INFO") == []
