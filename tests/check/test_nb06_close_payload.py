"""Exercise 3 of notebook 06: answers in several styles, and the wrong ones by name."""

import functools
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hostile import assert_named, assert_right, no_end, raising

from wslib import check, frames
from wslib.check.nb06_close_payload import closing
from wslib.errors import ProtocolError
from wslib.frames import CloseCode, Frame, Opcode


def allowed(code: int) -> bool:
    return (1000 <= code <= 1014 and not 1004 <= code <= 1006) or 3000 <= code <= 4999


def key(code: int, reason: str = "") -> bytes:
    """Do as the answer key does."""
    payload = code.to_bytes(2, "big") + reason.encode() if code in range(65536) else b""
    if not allowed(code) or len(payload) > 125:
        raise ValueError(f"{code} {reason!r} may not be sent")
    return payload


def with_struct(code: int, reason: str = "") -> bytes:
    if not allowed(code):
        raise ValueError("this code may not be sent")
    words = bytes(reason, "utf-8")
    if len(words) > 123:
        raise ValueError("too long")
    return struct.pack(f"!H{len(words)}s", code, words)


def with_close_code(code: int, reason: str | None = None) -> bytes:
    if code in range(3000, 5000) or CloseCode(code).may_be_sent:
        payload = bytearray(divmod(code, 256)) + (reason or "").encode()
        if len(payload) <= 125:
            return bytes(payload)
    raise ValueError


class TooLong(ValueError):
    pass


def with_an_error_of_its_own(code: int, reason: str = "") -> bytes:
    try:
        return key(code, reason)
    except ValueError as error:
        raise TooLong("no") from error


def by_hand(code: int, reason: str = "", *, most: int = 125) -> bytearray:
    payload = bytearray()
    for number in (code >> 8, code & 255, *bytes(reason, "utf-8")):
        payload.append(number)
    sendable = {*range(1000, 1015), *range(3000, 5000)} - {1004, 1005, 1006}
    if code not in sendable or payload[most:]:
        raise ValueError(code, reason)
    return payload


class Payload:
    limits = ((1000, 1003), (1007, 1014), (3000, 4999))

    def __call__(self, code: int, *reason: str) -> bytes:
        if any(low <= code <= high for low, high in self.limits):
            text = "".join(reason)
            if not text.encode()[123:]:
                return b"%c%c%b" % (*divmod(code, 256), text.encode())
        raise UnicodeError("a ValueError as well")


@pytest.mark.parametrize(
    "function",
    [
        key,
        with_struct,
        with_close_code,
        with_an_error_of_its_own,
        by_hand,
        Payload(),
        frames.close_payload,
        functools.partial(closing, longest=123),
        lambda code, reason="": closing(code, reason),
    ],
)
def test_every_right_way_to_write_a_close_payload_is_right(function: Any) -> None:
    assert_right(check.close_payload(function))


def instead(do: Callable[[int, str], Any]) -> Callable[..., Any]:
    """Return a right function that does this where it has to raise."""

    def function(code: int, reason: str = "") -> Any:
        try:
            return key(code, reason)
        except ValueError:
            return do(code, reason)

    return function


def let_through(*codes: int) -> Callable[..., Any]:
    """Return a function that lets these codes through, too."""

    def function(code: int, reason: str = "") -> Any:
        if code in codes:
            return struct.pack("!H", code) + reason.encode()
        return key(code, reason)

    return function


def measured(words: Callable[[str], Any], limit: int) -> Callable[..., Any]:
    """Return a function that limits the reason in a way of its own."""

    def function(code: int, reason: str = "") -> Any:
        if len(words(reason)) > limit:
            raise ValueError("too long")
        return key(code) + reason.encode()

    return function


def refusing(condition: Callable[[int], bool]) -> Callable[..., Any]:
    def function(code: int, reason: str = "") -> Any:
        if condition(code):
            raise ValueError(code)
        return key(code, reason)

    return function


def in_range_only(code: int, reason: str = "") -> Any:
    if not 1000 <= code <= 4999:
        raise ValueError(code)
    return struct.pack("!H", code) + reason.encode()


WRONG: list[tuple[Callable[..., Any], str, str]] = [
    (lambda c, r="": struct.pack("!H", c) + r.encode(), "nothing-refused", "1005"),
    (in_range_only, "never-sent", "1015 that TLS failed"),
    (lambda c, r="": struct.pack("<H", c) + r.encode(), "little-endian", "big end"),
    (lambda c, r="": f"{c}{r}".encode(), "code-as-digits", "2 bytes"),
    (lambda c, r="": (chr(c) + r).encode(), "code-as-character", "`chr`"),
    (lambda c, r="": key(c) + b" " + key(c, r)[2:], "something-between", "Nothing"),
    (lambda c, r="": key(c, r) + b"\0", "something-behind", "where it ends"),
    (lambda c, r="": key(c, r).ljust(125, b"\0"), "filled-up", "as long as it is"),
    (lambda c, r="": key(c, r.strip()), "stripped", "belong to the reason"),
    (lambda c, r="": bytes([c]) + r.encode(), "code-in-1-byte", "at most 255"),
    (lambda c, r="": bytes.fromhex(str(c)) + r.encode(), "digits-read-as-hex", "03 e8"),
    (lambda c, r="": key(c) + r, "raises", "`.encode()` makes bytes of text"),
    (lambda c, r="": bytes([c / 256, c % 256]), "raises", "`//` a whole one"),
    (lambda c, r="": b"\x88\x02" + key(c, r), "wrong-answer", "^ byte 0"),
    (lambda c, r="": Frame(opcode=Opcode.CLOSE, payload=key(c, r)), "wrong-type", ""),
    (lambda c, r="": key(c, r) if r else None, "returns-nothing-sometimes", "way"),
    (lambda c, r="": b"\x03\xe9bye", "always-the-same", "compute it"),
    (lambda c, r: key(c, r), "reason-not-optional", "may be left out"),
    (lambda c: key(c), "arguments", "code, reason"),
    (lambda r, c=1000: key(c, r), "raises", "which argument is which"),
    (refusing(lambda c: c == 4000), "refused-though-allowed", "It may be sent"),
    (refusing(lambda c: c in (1000, 3000)), "1000-refused", "plain goodbye"),
    (lambda c, r="": struct.pack(f"!H{len(r)}s", c, r), "raises", "a bytes object"),
    (refusing(lambda c: c == 3000), "refused-though-allowed", "(section 7.4.2)"),
    (refusing(lambda c: c >= 4000), "4000-to-4999-refused", "(4000, '')"),
    (refusing(lambda c: c in range(3000, 4000)), "3000-to-3999-refused", "registered"),
    (refusing(lambda c: c == 1003), "refused-though-allowed", "(section 7.4)"),
    (refusing(lambda c: c not in (1000, 1001, 4001)), "refused-though-allowed", "1002"),
    (measured(lambda r: r or "x" * 200, 123), "refused-though-allowed", "or without"),
    (refusing(lambda c: 1012 <= c <= 1014), "1012-to-1014-refused", "registered"),
    (refusing(lambda c: c == 1014 or c > 4998), "last-code-refused", "range stops"),
    (refusing(lambda c: c < 3000 or c > 1014), "all-refused", "`and` or `or`"),
    (measured(str, 123), "reason-counted-in-characters", "62 characters, but 124"),
    (measured(str.encode, 125), "reason-too-long", "leave 123"),
    (measured(str.encode, 124), "reason-too-long", "leave 123"),
    (measured(str.encode, 122), "reason-too-short", "123 bytes fits"),
    (lambda c, r="": key(c) + r.encode()[:123], "reason-cut", "in silence"),
    (let_through(1005), "never-sent", "1005 tells a program"),
    (let_through(1005, 1006, 1015), "never-sent", "The same goes for 1006, 1015."),
    (let_through(1015), "never-sent", "TLS"),
    (let_through(1004), "reserved", "1004 is reserved"),
    (let_through(5000), "out-of-range", "3000 to 4999"),
    (let_through(*range(1016, 3000)), "out-of-range", "goes for 2000, 2999"),
    (let_through(*range(1101, 1999)), "out-of-range", "3000 to 4999"),
    (let_through(*range(5001, 5010), *range(1017, 1999)), "out-of-range", "goes for"),
    (lambda c, r="": key(c, r.strip("\0")), "wrong-answer", "gave 2 bytes, not 3"),
    (lambda c, r="bye": key(c, r), "reason-not-optional", "close_payload(1000) gave"),
    (instead(lambda c, r: None), "nothing-raised", "easily overlooked"),
    (instead(lambda c, r: b""), "nothing-raised", "easily overlooked"),
    (instead(lambda c, r: "no"), "nothing-raised", "easily overlooked"),
    (instead(lambda c, r: ValueError(c)), "returned-not-raised", "`raise` raises"),
    (instead(lambda c, r: ValueError), "returned-not-raised", "`raise` raises"),
    (instead(raising(TypeError("no"))), "other-exception", "`raise ValueError(…)`"),
    (instead(raising(AssertionError())), "other-exception", "`assert` is for"),
    (instead(raising("no")), "other-exception", "must derive from BaseException"),
    (
        instead(raising(ProtocolError("no", section="7.4"))),
        "other-exception",
        "raised ProtocolError: no",
    ),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG)
def test_the_mistake_in_writing_a_close_payload_is_named(
    function: Any, mistake: str, says: str
) -> None:
    assert_named(check.close_payload(function), mistake, says)


def test_a_call_in_the_evidence_can_be_pasted_into_a_cell() -> None:
    verdict = check.close_payload(measured(str, 123))
    assert verdict.evidence.startswith("close_payload(1000, 'ü' * 62) gave ")


def test_a_call_that_never_ends_for_one_code_is_given_up(
    bounded: Callable[..., Any],
) -> None:
    assert_named(bounded(check.close_payload, instead(no_end)), "never-ends")
