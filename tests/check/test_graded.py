"""Points: for what is right and the student's own, and for nothing else."""

import functools
from collections.abc import Callable
from typing import Any

import pytest
import websockets.utils

import wslib
from wslib import check, frames
from wslib.check import graded


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What goes with the verdict, for whoever makes the table."""
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(
        graded, "display", lambda verdict, metadata: seen.append(metadata["grading"])
    )
    return seen


def own(payload: bytes, masking_key: bytes) -> bytes:
    return bytes(byte ^ masking_key[i % 4] for i, byte in enumerate(payload))


def calls_it(payload: bytes, masking_key: bytes) -> bytes:
    return frames.apply_mask(payload, masking_key)


def calls_who_calls_it(payload: bytes, masking_key: bytes) -> bytes:
    return calls_it(payload, masking_key)


def imports_it(key: str) -> str:
    from wslib.handshake import accept_key as mine

    return mine(key)


def by_another_library(key: str) -> str:
    return websockets.utils.accept_key(key)


def in_a_closure() -> Callable[[str], str]:
    library = wslib.accept_key
    return lambda key: library(key)


@functools.wraps(wslib.accept_key)
def dressed_up(key: str) -> str:
    return wslib.accept_key(key)


def test_a_right_answer_of_ones_own_is_a_point(shown: list[dict[str, Any]]) -> None:
    assert graded.points("unmask", own) == 1
    assert shown == [{"exercise": "unmask", "right": True, "mistake": None, "uses": []}]


@pytest.mark.parametrize(
    ("answer", "right", "mistake"),
    [(None, None, None), (lambda p, k: p, False, "unchanged")],
    ids=["not attempted", "wrong"],
)
def test_anything_else_is_none(
    shown: list[dict[str, Any]], answer: object, right: object, mistake: str | None
) -> None:
    assert graded.points("unmask", answer) == 0
    assert shown[0]["right"] is right
    assert shown[0]["mistake"] == check.unmask(answer).mistake


@pytest.mark.parametrize(
    ("exercise", "answer", "whose"),
    [
        ("accept_key", wslib.accept_key, "wslib.handshake.accept_key"),
        ("accept_key", imports_it, "wslib.handshake.accept_key"),
        ("accept_key", in_a_closure(), "wslib.handshake.accept_key"),
        ("accept_key", dressed_up, "wslib.handshake.accept_key"),
        ("accept_key", functools.partial(wslib.accept_key), "wslib.handshake."),
        ("accept_key", by_another_library, "websockets.utils.accept_key"),
        ("unmask", calls_it, "wslib.frames.apply_mask"),
        ("unmask", calls_who_calls_it, "wslib.frames.apply_mask"),
    ],
)
def test_a_librarys_function_is_not_ones_own(
    shown: list[dict[str, Any]], exercise: str, answer: object, whose: str
) -> None:
    assert graded.points(exercise, answer) == 0
    assert shown[0]["mistake"] == "not-your-own"
    assert any(name.startswith(whose) for name in shown[0]["uses"])


def test_what_helps_and_is_not_the_answer_is_only_named(
    shown: list[dict[str, Any]],
) -> None:
    def text_frame(text: str) -> bytes:
        frame = frames.Frame(opcode=frames.Opcode.TEXT, payload=text.encode())
        return frame.serialize()

    assert graded.points("text_frame", text_frame) == 1
    assert shown[0]["uses"] == ["wslib.frames.Frame"]  # and not Opcode: a word


def test_a_class_is_looked_through_to_what_it_is_made_of() -> None:
    class Mine(frames.FrameReader):
        def other(self) -> object:
            return frames.parse_close(b"")

    assert list(graded.library_used([Mine])) == [
        "wslib.frames.parse_close",
        "wslib.frames.FrameReader",
    ]
