"""Exercise 2 of notebook 07: a patient is cured, and nothing else has broken."""

import codecs
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hostile import ANSWERS, assert_named, assert_right, assert_sound, no_end, raising

from wslib import check
from wslib.check import sandbox
from wslib.labs.clinic import PATIENTS
from wslib.labs.workshop import STEPS

HEALTHY = {step.__name__: step for step in STEPS}


@pytest.mark.parametrize("letter", PATIENTS)
def test_the_finished_step_cures_each_patient(letter: str) -> None:
    name = PATIENTS[letter].step.__name__
    assert_right(check.cure(letter, HEALTHY[name]))


@pytest.mark.parametrize("letter", PATIENTS)
def test_the_patient_as_it_came_is_no_attempt(letter: str) -> None:
    verdict = check.cure(letter, PATIENTS[letter].step)
    assert verdict.right is None
    names: dict[str, Any] = dict(PATIENTS[letter].step.__globals__)
    source = PATIENTS[letter].source.split('"""')
    source[1] = "Another docstring."
    exec('"""'.join(source), names)
    retyped = names[PATIENTS[letter].step.__name__]
    assert check.cure(letter, retyped).right is None


def by_hand(data: bytes, whole: bool) -> bool:
    """Decode as far as it goes; what is left must be the beginning of a character."""
    for left in range(4):
        try:
            data[: len(data) - left].decode()
        except UnicodeDecodeError:
            continue
        tail = data[len(data) - left :]
        if not left:
            return True
        return not whole and any(
            bytes(tail) == chr(number).encode()[:left]
            for number in (*range(0x80, 0xD800, 0x20), *range(0xE000, 0x110000, 0x40))
        )
    return False


def incremental(text: Any, complete: Any) -> Any:
    decoder = codecs.getincrementaldecoder("utf8")()
    try:
        decoder.decode(text, complete)
    except UnicodeError:
        return False
    return True


class Checker:
    """A right answer that is no function, but can be called."""

    def __call__(self, data: bytes, whole: bool) -> bool:
        return incremental(data, whole)


def by_its_reason(data: bytes, whole: bool) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return not whole and error.reason == "unexpected end of data"
    return True


@pytest.mark.parametrize("mended", [incremental, Checker(), by_its_reason, by_hand])
def test_a_right_repair_in_another_style_is_right(mended: Any) -> None:
    assert_right(check.cure("D", mended))


def lenient(data: bytes, whole: bool) -> bool:
    return True


def strict(data: bytes, whole: bool) -> bool:
    return False


def only_whole(data: bytes, whole: bool) -> bool:
    return bool(data) and len(data) > 1 and PATIENTS["D"].step(data, whole)


def inverted(data: bytes, whole: bool) -> bool:
    return by_its_reason(data, not whole)


WRONG: list[tuple[Callable[..., Any], str, str]] = [
    (lenient, "broke-another", "utf8-cut is cured, and some cases fell ill"),
    (strict, "still-ill", "It is ill as before"),
    (only_whole, "still-ill", "It is ill as before"),
    (inverted, "still-ill", "It is ill as before"),
    (lambda data, whole: 1, "raises", "it returned 1; due is True or False"),
    (lambda data, whole: data.nothing, "raises", "AttributeError"),
]


@pytest.mark.parametrize(("mended", "mistake", "words"), WRONG)
def test_a_wrong_repair_is_told_by_a_conversation(
    mended: Any, mistake: str, words: str
) -> None:
    verdict = check.cure("D", mended)
    assert_named(verdict, mistake, words)


def test_a_repair_that_waits_for_the_end_is_told_what_it_has_given_up() -> None:
    def at_the_end(data: bytes, whole: bool) -> bool:
        return not whole or PATIENTS["D"].step(data, whole)

    verdict = check.cure("D", at_the_end)
    assert_named(verdict, "slack", "what was found at once is found later:\nutf8-early")


CLIENTS: list[tuple[str, Any, str]] = [
    ("J", lambda opcode, payload, key=None: HEALTHY["write_frame"](opcode, payload),
     "write_frame(1, b\"Hello\", key), for a client, returned"),
    ("N", lambda data, client: HEALTHY["broken_rule"](data, False),
     "though this has come to a client, and is masked"),
    ("F", lambda opcode, payload, key=None: HEALTHY["write_frame"](opcode, payload),
     "write_frame(1, b\"Hello\", key), for a client, returned"),
]  # fmt: skip


@pytest.mark.parametrize(("letter", "mended", "words"), CLIENTS)
def test_a_repair_for_servers_alone_is_told_what_a_client_needs(
    letter: str, mended: Any, words: str
) -> None:
    assert_named(check.cure(letter, mended), "broke-another", words)


def off_by_one(opcode: int, payload: bytes, masking_key: Any = None) -> bytes:
    long = len(payload) == 65_535
    frame: bytes = HEALTHY["write_frame"](opcode, payload, masking_key)
    return frame[:1] + bytes([127]) + bytes(6) + frame[2:] if long else frame


def sixty_four(opcode: int, payload: bytes, masking_key: Any = None) -> bytes:
    head = bytes([0x80 | opcode, 127]) + len(payload).to_bytes(8, "big")
    return head + payload


def spelt_twice(data: bytes) -> Any:
    found = HEALTHY["read_request"](data)
    if found is None:
        return None
    (line, headers), size = found
    names = b"Host Upgrade Connection Sec-WebSocket-Key Sec-WebSocket-Version".split()
    there = {
        name.decode().lower(): headers[name.decode().lower()]
        for name in names
        if b"\n" + name + b":" in data or b"\n" + name.lower() + b":" in data
    }
    return (line, there), size


def contains(request: Any) -> Any:
    line, headers = request
    if "upgrade" in headers.get("connection", "").lower():
        headers = headers | {"connection": "Upgrade"}
    return HEALTHY["answer"]((line, headers))


def split_at_blanks(request: Any) -> Any:
    line, headers = request
    there = "upgrade" in headers.get("connection", "").lower().split()
    return HEALTHY["answer"]((line, headers | {"connection": "upgrade" * there}))


def mask_bit_lost(opcode: int, payload: bytes, masking_key: Any = None) -> bytes:
    frame: bytes = HEALTHY["write_frame"](opcode, payload, masking_key)
    long = len(payload) > 125
    return frame[:1] + bytes([frame[1] & 0x7F]) + frame[2:] if long else frame


def waits_for_three(data: bytes) -> Any:
    return HEALTHY["read_frame"](data) if len(data) > 2 else None


def closes_with_1005(end: Any, payload: bytes) -> None:
    end.send(8, payload[:2] or b"\x03\xed")
    end.over = True


@pytest.mark.parametrize(
    ("letter", "mended"),
    [("F", off_by_one), ("F", sixty_four), ("K", sixty_four), ("I", spelt_twice)]
    + [("C", contains), ("M", closes_with_1005)]
    + [("C", split_at_blanks), ("J", mask_bit_lost), ("B", waits_for_three)],
)
def test_a_repair_that_puts_another_bug_in_its_place_is_not_praised(
    letter: str, mended: Any
) -> None:
    verdict = check.cure(letter, mended)
    assert verdict.right is False and verdict.mistake in ("still-ill", "broke-another")


def test_a_rule_in_many_words_is_no_fault() -> None:
    def broken_rule(data: bytes, client: bool) -> str | None:
        found = HEALTHY["broken_rule"](data, client)
        return f"{found} " + "é" * 200 if found else None

    assert_right(check.cure("N", broken_rule))


def test_one_that_never_ends_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "LIMIT", 0.3)
    before = set(threading.enumerate())
    verdict = check.cure("D", lambda data, whole: no_end())
    assert_named(verdict, "no-end", "did not come to an end")
    assert set(threading.enumerate()) == before


def test_what_a_repair_prints_is_not_on_the_page(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def talking(data: bytes, whole: bool) -> bool:
        print("looking at", data)
        return incremental(data, whole)

    assert_right(check.cure("D", talking))
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("letter", ["Z", "d", 4, None, b"D", [], {}])
def test_a_patient_that_is_none_is_answered_by_those_there_are(letter: Any) -> None:
    assert_named(check.cure(letter, lenient), "no-such-patient", "A, B, C")


def test_arguments_are_counted_before_it_is_called() -> None:
    assert_named(check.cure("D", lambda data: True), "arguments")

    async def later(data: bytes, whole: bool) -> bool:
        return True

    assert_named(check.cure("D", later), "async")
    assert_named(check.cure("D", lenient(b"", True)), "not-a-function")


def stub(data: bytes, whole: bool) -> Any:
    """Tell."""
    ...


@pytest.mark.parametrize("nothing", [None, ..., stub])
def test_nothing_is_no_attempt(nothing: Any) -> None:
    assert check.cure("D", nothing).right is None


@pytest.mark.parametrize("answer", [*ANSWERS, raising(KeyboardInterrupt)])
def test_it_takes_anything_and_raises_nothing(answer: Any) -> None:
    verdict = check.cure("D", answer)
    assert verdict.right is not True
    text = str(verdict)
    assert " at 0x" not in text, text
    assert verdict.exercise == "cure"


def test_sound_when_it_is_no_attempt() -> None:
    assert_sound(check.cure("D", None), "cure")


@pytest.mark.parametrize("given", [PATIENTS["E"], PATIENTS["E"].source])
def test_a_patient_or_its_text_is_no_function(given: Any) -> None:
    hint = "Copy the patient's lines into a cell, mend one, run it"
    assert_named(check.cure("E", given), "not-a-function", hint)
