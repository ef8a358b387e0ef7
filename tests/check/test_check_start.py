"""The checks of notebook 00: every usual reply and count is told what it is."""

from typing import Any

import pytest
from hostile import HostileText

from wslib import check
from wslib.check.attempt import Verdict
from wslib.server import EchoServer

RIGHT = "Received:  hi"  # two spaces


class Array:
    """What a comparison gives no truth of, like that of some libraries."""

    def __eq__(self, other: object) -> Any:
        return self

    def __bool__(self) -> bool:
        raise ValueError("ambiguous")

    __hash__ = None  # type: ignore[assignment]


def helps(verdict: Verdict) -> bool:
    """Tell whether a verdict that is not "right" says what was seen and what to do."""
    return bool(verdict.evidence and verdict.hint and "0x" not in str(verdict))


@pytest.mark.parametrize(
    "message", ["hi", "", " ", "Grüße", "a\nb", "x" * 5000, "  a "]
)
def test_the_answer_of_the_real_server_is_right(message: str) -> None:
    import websocket

    with EchoServer() as server:
        client = websocket.create_connection(server.url, timeout=5)
        client.send(message)
        reply = client.recv()
        client.close()
    verdict = check.echo(message, reply)
    assert verdict.right is True
    assert verdict.mistake is None


@pytest.mark.parametrize("empty", [..., None])
def test_echo_is_not_attempted_while_there_is_no_message(empty: object) -> None:
    for reply in (empty, "Received:  hi"):
        verdict = check.echo(empty, reply)
        assert (verdict.right, verdict.mistake) == (None, None)


def test_a_message_without_a_reply_is_half_an_attempt() -> None:
    verdict = check.echo("hi", ...)
    assert verdict.right is None
    assert "keep the answer in `reply`" in verdict.hint


ECHO = [
    ("Received: hi", "spaces"),
    ("Received:   hi", "spaces"),
    ("Received:hi", "spaces"),
    ("Received:  hi\n", "spaces"),
    ("received:  hi", "typed"),
    ("RECEIVED:  HI", "typed"),
    ("'Received:  hi'", "typed"),
    ("Received:  'hi'", "typed"),
    ("Received:  {message}", "typed"),
    ("Recieved:  hi", "typed"),
    ("hi", "own-message"),
    ("", "closed"),
    ("Received:  Hello, world!", "another-message"),
    ("Received:  hi Received:  hi", "another-message"),
    ("The score is 2 : 1.", "no-answer"),
    ("Received back from client: hi", "the-log"),
    ("Sending to client: Received:  hi", "the-log"),
    ("client.recv()", "not-called"),
    (print, "not-called"),
    (8, "what-send-returned"),
    (True, "what-send-returned"),
    (b"Received:  hi", "bytes-not-text"),
    ((1, b"Received:  hi"), "what-recv-data-returned"),
    (["Received:  hi"], "wrong-type"),
    (memoryview(b"hi"), "wrong-type"),
    (TimeoutError("timed out"), "wrong-type"),
    (object(), "wrong-type"),
    (None, "nothing-kept"),
    (HostileText("Received:  ho"), "another-message"),
    (Array(), "wrong-type"),
]


@pytest.mark.parametrize(("reply", "mistake"), ECHO, ids=lambda v: "")
def test_a_wrong_reply_is_named(reply: object, mistake: str) -> None:
    verdict = check.echo("hi", reply)
    assert (verdict.right, verdict.mistake) == (False, mistake)
    assert helps(verdict)


@pytest.mark.parametrize("message", [b"hi", ["hi"], 5, {"a": 1}, object(), Array()])
def test_a_message_that_is_no_text_is_told_so(message: object) -> None:
    verdict = check.echo(message, RIGHT)
    assert (verdict.right, verdict.mistake) == (False, "message-not-text")
    assert helps(verdict)


def test_question_and_answer_the_wrong_way_round_are_noticed() -> None:
    assert check.echo(RIGHT, "hi").mistake == "swapped"


def test_an_answer_is_right_even_if_its_kind_of_text_cannot_be_compared() -> None:
    assert check.echo(HostileText("hi"), HostileText(RIGHT)).right is True


@pytest.mark.parametrize("count", [7, 7.0, len("Grüße".encode())])
def test_seven_bytes_are_right(count: float) -> None:
    assert check.payload_bytes(count).right is True


@pytest.mark.parametrize("count", [..., None])
def test_no_count_is_no_attempt(count: object) -> None:
    assert check.payload_bytes(count).right is None


COUNTS = [
    (5, "characters"),
    (6, "one-of-two"),
    (8, "with-an-end"),
    (3, "ascii-only"),
    (4, "special-letters-only"),
    (10, "utf-16"),
    (12, "utf-16"),
    (20, "utf-32"),
    (24, "utf-32"),
    (9, "with-header"),
    (13, "with-header"),
    (11, "characters+with-header"),
    (14, "hex-digits"),
    (22, "repr"),
    (56, "bits"),
    (40, "characters+bits"),
    (18, "the-reply"),
    (16, "the-reply"),
    (0, "unknown"),
    (-7, "unknown"),
    (7.5, "unknown"),
    (float("nan"), "unknown"),
    (float("inf"), "unknown"),
    (10**5000, "unknown"),
    ("7", "number-as-text"),
    (" 7 ", "number-as-text"),
    ("seven", "wrong-type"),
    ("Grüße", "wrong-type"),
    ("Grüße".encode(), "not-counted"),
    (True, "wrong-type"),
    ([7], "wrong-type"),
    (7j, "wrong-type"),
    (len, "wrong-type"),
    (Array(), "wrong-type"),
]


@pytest.mark.parametrize(("count", "mistake"), COUNTS, ids=lambda v: "")
def test_a_wrong_count_is_named(count: object, mistake: str) -> None:
    verdict = check.payload_bytes(count)
    assert (verdict.right, verdict.mistake) == (False, mistake)
    assert helps(verdict)


def test_the_counts_that_are_named_are_what_they_are_said_to_be() -> None:
    text, reply = "Grüße", "Received:  Grüße"
    said = dict(COUNTS[:18])
    assert said[len(text)] == "characters"
    assert said[len(text.encode("utf-16"))] == "utf-16"
    assert said[len(text.encode("utf-32"))] == "utf-32"
    assert said[len(text.encode().hex())] == "hex-digits"
    assert said[len(repr(text.encode()))] == "repr"
    assert said[len(reply.encode())] == said[len(reply)] == "the-reply"
