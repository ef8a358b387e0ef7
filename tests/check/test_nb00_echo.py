"""Exercise 1 of notebook 00: every usual reply is told what it is."""

import numpy as np
import pytest
from hostile import HostileText, assert_named, assert_right

from wslib import check
from wslib.server import EchoServer

RIGHT = "Received:  hi"  # two spaces


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
    assert_right(check.echo(message, reply))


@pytest.mark.parametrize("empty", [..., None])
def test_echo_is_not_attempted_while_there_is_no_message(empty: object) -> None:
    for reply in (empty, "Received:  hi"):
        verdict = check.echo(empty, reply)
        assert (verdict.right, verdict.mistake) == (None, None)


def test_a_reply_without_a_message_is_half_an_attempt() -> None:
    verdict = check.echo(..., "Received:  hi")
    assert verdict.right is None
    assert "Keep what you send in `message`" in verdict.hint
    assert "reply" not in check.echo(..., ...).hint


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
    (np.arange(2), "wrong-type"),
]


@pytest.mark.parametrize(("reply", "mistake"), ECHO, ids=lambda v: "")
def test_a_wrong_reply_is_named(reply: object, mistake: str) -> None:
    assert_named(check.echo("hi", reply), mistake)


@pytest.mark.parametrize("message", [b"hi", ["hi"], 5, {"a": 1}, object, np.arange(2)])
def test_a_message_that_is_no_text_is_told_so(message: object) -> None:
    assert_named(check.echo(message, RIGHT), "message-not-text")


def test_question_and_answer_the_wrong_way_round_are_noticed() -> None:
    assert check.echo(RIGHT, "hi").mistake == "swapped"


def test_an_answer_is_right_even_if_its_kind_of_text_cannot_be_compared() -> None:
    assert check.echo(HostileText("hi"), HostileText(RIGHT)).right is True
