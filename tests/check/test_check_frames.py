"""The checks of notebook 03 name the mistake, praise no wrong answer, never raise."""

import os
import struct
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import pytest
from hostile import (
    ANSWERS,
    Hostile,
    assert_named,
    assert_right,
    assert_sound,
    later,
    no_end,
    stub,
)

from wslib import check
from wslib.check.header_slips import FIELDS, HEADER_SLIPS, header


@pytest.fixture(autouse=True)
def _stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop what never ends soon: that it is stopped is tested, not when."""
    for module in ("diagnosis", "slips", "ex03_header"):
        monkeypatch.setattr(f"wslib.check.{module}.LIMIT", 0.3)


# --- parse_header ---------------------------------------------------------------------

Header = namedtuple("Header", FIELDS[:4] + ("size",))


def with_struct(data: bytes) -> Any:
    first, second = struct.unpack_from("!BB", data)
    length, size = second & 127, 2
    if length == 126:
        (length,), size = struct.unpack_from("!H", data, 2), 4
    elif length == 127:
        (length,), size = struct.unpack_from("!Q", data, 2), 10
    return first >= 128, first % 16, second >= 128, length, size + (second >> 7) * 4


def with_bits_as_text(data: bytes) -> Any:
    bits = f"{data[0]:08b}{data[1]:08b}"
    length, size = int(bits[9:], 2), 2
    if width := {126: 2, 127: 8}.get(length):
        length, size = int(data[2 : 2 + width].hex(), 16), 2 + width
    masked = bits[8] == "1"
    return bits[0] == "1", int(bits[4:8], 2), masked, length, size + 4 * masked


def which_refuses_reserved_bits(data: bytes) -> Any:
    if data[0] & 0b0111_0000:
        raise ValueError("a reserved bit is set")
    return header(data)


def which_wants_the_whole_frame(data: bytes) -> Any:
    fin, opcode, masked, length, size = header(data)
    if len(data) < size + length:
        raise ValueError("not complete")
    return fin, opcode, masked, length, size


@pytest.mark.parametrize(
    "function",
    [
        header,
        with_struct,
        with_bits_as_text,
        which_refuses_reserved_bits,
        which_wants_the_whole_frame,
        lambda data: list(header(data)),
        lambda data: Header(*header(data)),
        lambda data: tuple(int(value) for value in header(data)),
    ],
)
def test_every_right_way_to_read_a_header_is_right(function: Any) -> None:
    assert_right(check.parse_header(function))


def with_value(place: int, read: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
    """Return a function that reads all values rightly but one."""

    def function(data: bytes) -> Any:
        values = list(header(data))
        values[place] = read(data)
        return tuple(values)

    return function


@pytest.mark.parametrize(
    ("place", "slip"),
    [
        pytest.param(place, slip, id=f"{slip.mistake}-{number}")
        for place, field in enumerate(FIELDS)
        for number, slip in enumerate(HEADER_SLIPS[field])
    ],
)
def test_each_misreading_of_a_header_is_named(place: int, slip: Any) -> None:
    verdict = check.parse_header(with_value(place, slip.read))
    assert_named(verdict, slip.mistake, f"{FIELDS[place]} is ")
    assert verdict.hint == slip.hint
    for before in FIELDS[:place]:
        assert before in verdict.evidence.partition("Right so far:")[2]


def swapped(*order: int) -> Callable[[bytes], Any]:
    return lambda data: tuple(header(data)[i] for i in order)


def with_one_if_after_the_other(data: bytes) -> Any:
    fin, opcode, masked, _, size = header(data)
    length = data[1] & 127
    if length == 126:
        length = int.from_bytes(data[2:4], "big")
    if length == 127:
        length = int.from_bytes(data[2:10], "big")
    return fin, opcode, masked, length, size


def without_a_64_bit_form(data: bytes) -> Any:
    fin, opcode, masked, length, _ = header(data)
    if data[1] & 127 < 126:
        size = 2
    elif data[1] & 127 == 126:
        size = 4
    return fin, opcode, masked, length, size + 4 * masked


WRONG_HEADER: list[tuple[Callable[..., Any], str, str]] = [
    (
        lambda d: dict(zip(FIELDS, header(d), strict=True)),
        "not-five-values",
        "five values",
    ),
    (lambda d: header(d)[:4], "not-five-values", "4 values"),
    (lambda d: (*header(d), d[2:6]), "not-five-values", "6 values"),
    (lambda d: str(header(d)), "not-five-values", "five values"),
    (swapped(1, 0, 2, 3, 4), "order", "in another order"),
    (swapped(0, 1, 2, 4, 3), "order", "in another order"),
    (lambda d: (True, 1, True, 5, 6), "always-the-same", "`data`"),
    (with_one_if_after_the_other, "if-for-elif", "`elif`"),
    (without_a_64_bit_form, "raises", "has not been given a value"),
    (with_value(0, lambda d: d[0] & 128 == 1), "fin-never", "no frame is the last"),
    (with_value(0, lambda d: bool(f"{d[0]:08b}"[0])), "fin-always", 'even "0"'),
    (with_value(0, lambda d: bool(d[0] & 7)), "fin-wrong", "the first bit"),
    (with_value(1, lambda d: d[0] & 15 == 1), "wrong-type", "`&` keeps the bits"),
    (with_value(1, lambda d: bin(d[0])[-4:]), "wrong-type", "`int(text, 2)`"),
    (with_value(1, lambda d: float(d[0] & 15)), "wrong-type", "float"),
    (with_value(1, lambda d: d[0] % 10), "opcode-wrong", "wherever FIN is 1"),
    (with_value(2, lambda d: len(d) > 6), "masked-wrong", "the first bit"),
    (with_value(2, lambda d: d[1] == 0x85), "masked-wrong", "10000000"),
    (with_value(3, lambda d: d[2:4]), "wrong-type", "`int.from_bytes(…)`"),
    (with_value(3, lambda d: struct.unpack("!H", d)), "raises", "`struct.unpack`"),
    (with_value(3, lambda d: (d[1] & 127,)), "wrong-type", "its first value"),
    (with_value(3, lambda d: d[1] & 63), "length-wrong", "the last seven"),
    (with_value(3, lambda d: d[1] - 128), "length-wrong", "the last seven"),
    (with_value(3, lambda d: d[2]), "raises", "which index is asked for"),
    (with_value(3, lambda d: int(d.hex()[3])), "raises", "`int(text, 16)`"),
    (with_value(4, lambda d: header(d)[4] - 4), "header-size-wrong", "all 31 frames"),
    (with_value(4, lambda d: header(d)[4] / 1), "wrong-type", "an int"),
    (
        with_value(4, lambda d: header(d)[4] - 4 * (d[1] & 127 == 127)),
        "header-size-wrong",
        "wrong for each length in the 64-bit form, and only there. Here it is 2 bytes, "
        "8 for a longer length and 4 for a key.",
    ),
    (
        with_value(3, lambda d: header(d)[3] + (d[0] < 128)),
        "length-wrong",
        "wrong wherever FIN is 0, and only there",
    ),
    (
        with_value(3, lambda d: header(d)[3] + (d[0] & 64)),
        "length-wrong",
        "wrong where a reserved bit is set",
    ),
    (lambda d: d.decode(), "raises", "not text"),
    (lambda: (), "arguments", "It is called with 1 argument, data"),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG_HEADER)
def test_the_mistake_in_reading_a_header_is_named(
    function: Any, mistake: str, says: str
) -> None:
    assert_named(check.parse_header(function), mistake, says)


# --- every check ----------------------------------------------------------------------

CHECKS = {
    "unmask": check.unmask,
    "parse_header": check.parse_header,
}
each_check = pytest.mark.parametrize("name", CHECKS)
of_functions = pytest.mark.parametrize("name", list(CHECKS)[:2])


class HostileBytes(bytes):
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("no")

    __hash__ = bytes.__hash__


@each_check
@pytest.mark.parametrize(
    "answer",
    [
        *ANSWERS,
        lambda *a: [Hostile()] * 5,
        lambda *a: HostileBytes(b"Hello"),
        lambda *a: [Hostile(), 1, 2, 3, 4],
        {"A": Hostile()},
        3,
        open,
        lambda *a: float("nan"),
        lambda *a: iter(a),
    ],
)
def test_no_answer_makes_a_check_raise(name: str, answer: Any) -> None:
    assert_sound(CHECKS[name](answer), name)


@of_functions
def test_a_stub_is_not_attempted_yet(name: str) -> None:
    for answer in (stub, later, None, ...):
        assert CHECKS[name](answer).right is None


@of_functions
@pytest.mark.parametrize(
    ("function", "mistake"),
    [
        (lambda *a: (yield), "generator"),
        (3, "not-a-function"),
        (lambda: 3, "arguments"),
        (lambda a, b, c, d: 3, "arguments"),
    ],
)
def test_what_is_no_function_to_call_is_told_as_such(
    name: str, function: Any, mistake: str
) -> None:
    assert_named(CHECKS[name](function), mistake)


@of_functions
def test_an_async_answer_is_told_that_nothing_waits_here(name: str) -> None:
    async def function(*arguments: Any) -> bytes:
        return b""

    assert_named(CHECKS[name](function), "async")


@of_functions
def test_a_function_that_never_ends_is_given_up(
    name: str, bounded: Callable[..., Any]
) -> None:
    assert_named(bounded(CHECKS[name], no_end), "never-ends")


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("unmask", lambda p, k: {b ^ k[i % 4] for i, b in enumerate(p)}),
        ("unmask", lambda p, k: object()),
        ("parse_header", lambda d: {"fin", "opcode", "masked", "length", "size"}),
    ],
)
def test_the_same_answer_is_told_the_same_in_the_same_process(
    name: str, function: Any
) -> None:
    assert str(CHECKS[name](function)) == str(CHECKS[name](function))


def test_the_same_answer_is_told_the_same_in_every_process() -> None:
    script = """
from wslib import check
print(check.unmask(lambda p, k: object()))
print(check.parse_header(lambda d: iter(d)))
print(check.messages(lambda frames: {f.payload.decode() for f in frames}))
"""
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1
    assert " at 0x" not in said.pop()
