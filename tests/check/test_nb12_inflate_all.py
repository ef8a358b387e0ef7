"""Exercise 1 of notebook 12: answers in several styles, and the wrong ones by name."""

import zlib
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hostile import assert_named, assert_right

from wslib import check
from wslib.check.nb12_inflate_all import TAIL, deflated


def in_one_line(payloads: list[bytes]) -> list[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    return [inflater.decompress(payload + TAIL) for payload in payloads]


def in_two_calls(payloads: list[bytes]) -> list[bytes]:
    inflater, messages = zlib.decompressobj(wbits=-15), []
    for payload in payloads:
        messages.append(inflater.decompress(payload) + inflater.decompress(TAIL))
    return messages


def with_a_tuple(payloads: list[bytes]) -> tuple[bytes, ...]:
    def each(inflater: Any) -> Any:
        for payload in payloads:
            yield inflater.decompress(payload + b"\0\0\xff\xff")

    return tuple(each(zlib.decompressobj(-15)))


def from_the_start(payloads: list[bytes]) -> list[bytes]:
    """Inflate all that came so far, again and again; keep what is new."""
    stream, before, messages = b"", 0, []
    for payload in payloads:
        stream += payload + TAIL
        whole = zlib.decompressobj(wbits=-15).decompress(stream)
        messages.append(whole[before:])
        before = len(whole)
    return messages


@pytest.mark.parametrize(
    "answer", [in_one_line, in_two_calls, with_a_tuple, from_the_start]
)
def test_a_conversation_is_inflated_in_any_style(answer: Any) -> None:
    assert_right(check.inflate_all(answer))


def each_alone(payloads: list[bytes]) -> list[bytes]:
    return [zlib.decompressobj(wbits=-15).decompress(p + TAIL) for p in payloads]


def each_alone_or_nothing(payloads: list[bytes]) -> list[bytes]:
    messages = []
    for payload in payloads:
        try:
            messages.append(zlib.decompress(payload + TAIL, wbits=-15))
        except zlib.error:
            messages.append(b"")
    return messages


def with_header(payloads: list[bytes]) -> list[bytes]:
    inflater = zlib.decompressobj()
    return [inflater.decompress(payload + TAIL) for payload in payloads]


def bare(payloads: list[bytes]) -> list[bytes]:
    inflater = zlib.decompressobj(wbits=-15)
    return [inflater.decompress(payload) for payload in payloads]


def letters_behind(payloads: list[bytes]) -> list[bytes]:
    inflater = zlib.decompressobj(wbits=-15)
    return [inflater.decompress(payload + b"0000ffff") for payload in payloads]


def at_once(payloads: list[bytes]) -> list[bytes]:
    return [zlib.decompress(payload + TAIL, wbits=-15) for payload in payloads]


def anew_now_and_then(payloads: list[bytes]) -> list[bytes]:
    pairs = [payloads[i : i + 2] for i in range(0, len(payloads), 2)]
    return [message for pair in pairs for message in in_one_line(pair)]


def text(payloads: list[bytes]) -> list[str]:
    return [message.decode(errors="replace") for message in in_one_line(payloads)]


WRONG: list[tuple[Callable[..., Any], str, str]] = [
    (each_alone, "forgets", "in front of the loop"),
    (with_header, "zlib-header", "wbits=-15"),
    (bare, "no-tail", "`00 00 ff ff`"),
    (text, "text-not-bytes", "may be binary"),
    (letters_behind, "not-deflate", "then four bytes"),
    (at_once, "at-once", "`zlib.decompressobj` does not mind"),
    (anew_now_and_then, "raises", "one for all messages"),
    (lambda p: [m[:4096] for m in in_one_line(p)], "cut", "No limit is asked for"),
    (lambda p: in_one_line(p)[:1], "first-only", "inside the loop"),
    (lambda p: b"".join(in_one_line(p)), "one-message", "a list"),
    (lambda p: in_one_line(p[::-1]), "read-backwards", "`pop()`"),
]


@pytest.mark.parametrize(("answer", "mistake", "says"), WRONG)
def test_the_mistake_in_inflating_is_named(
    answer: Any, mistake: str, says: str
) -> None:
    assert_named(check.inflate_all(answer), mistake, says)


def test_one_inflater_for_all_conversations_is_found_out() -> None:
    inflater = zlib.decompressobj(wbits=-15)
    verdict = check.inflate_all(lambda p: [inflater.decompress(x + TAIL) for x in p])
    assert_named(verdict, "not-the-same-twice", "no memory of an earlier call")


def test_an_error_that_is_swallowed_is_no_right_answer() -> None:
    verdict = check.inflate_all(each_alone_or_nothing)
    assert verdict.right is False and verdict.evidence and verdict.hint


@pytest.mark.parametrize("takeover", [True, False])
def test_what_it_asks_is_what_a_library_sends(takeover: bool) -> None:
    """The extension of websockets reads our payloads, message by message."""
    from websockets.extensions.permessage_deflate import PerMessageDeflate
    from websockets.frames import Frame, Opcode

    library = PerMessageDeflate(
        remote_no_context_takeover=not takeover,
        local_no_context_takeover=False,
        remote_max_window_bits=15,
        local_max_window_bits=15,
    )
    messages: Sequence[bytes] = [b"Hello", b"Hello", b"", b"tick" * 50, b"\xff\x00"]
    for message, payload in zip(
        messages, deflated(messages, takeover=takeover), strict=True
    ):
        frame = library.decode(Frame(Opcode.BINARY, payload, rsv1=True))
        assert bytes(frame.data) == message
