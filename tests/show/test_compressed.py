"""The inspector inflates what permessage-deflate has compressed. RFC 7692, 7.2.3."""

import re
from random import Random

import pytest

from wslib.deflate import Parameters, PerMessageDeflate
from wslib.direction import DOWN, UP
from wslib.errors import ProtocolError
from wslib.frames import Frame, Opcode
from wslib.show import FrameView

HELLO = "c1 07 f2 48 cd c9 c9 07 00"
AGAIN = "c1 05 f2 00 11 00 00"  # 7.2.3.2: it refers to the first
KEY = bytes.fromhex("37 fa 21 3d")
CANNOT = "Payload data, inflated  cannot be inflated"


def shown(view: FrameView) -> str:
    """Return what the row of the inflated payload says; empty: there is none."""
    line = re.search("Payload data, inflated  (.*)", view.as_text())
    return line[1] if line else ""


@pytest.mark.parametrize(
    "digits",
    [
        HELLO,
        "c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00",  # 7.2.3.3: no compression
        "c1 08 f3 48 cd c9 c9 07 00 00",  # 7.2.3.4: BFINAL
        "c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00",  # 7.2.3.5: two blocks
    ],
)
def test_a_compressed_frame_says_so_and_what_is_in_it(digits: str) -> None:
    view = FrameView(digits, DOWN, allow_rsv1=True)
    assert "(RSV1: compressed)" in view.as_text()
    assert shown(view) == "'Hello'  (5 bytes, by permessage-deflate)"
    assert view.verdict().startswith("✓")
    html = view.as_html()
    assert "<small>compressed</small>" in html
    assert '<div class="word">inflated</div>' in html


def test_what_was_said_before_is_needed_to_read_what_refers_to_it() -> None:
    alone = FrameView(AGAIN, DOWN, allow_rsv1=True)
    assert CANNOT in alone.as_text() and "refers to a message before" in shown(alone)
    assert alone.verdict().startswith("✓"), "as a frame, it is legal"
    first = bytes.fromhex(HELLO)
    later = FrameView(AGAIN, DOWN, allow_rsv1=True, before=[first, b"\x89\x00"])
    assert shown(later).startswith("'Hello'")


def test_a_fragment_goes_on_where_the_one_before_it_ended() -> None:
    first = "41 03 f2 48 cd"
    assert shown(FrameView(first, allow_rsv1=True)).startswith("'He'")
    second = FrameView(
        "80 04 c9 c9 07 00", allow_rsv1=True, before=[bytes.fromhex(first)]
    )
    assert shown(second).startswith("'llo'")
    assert "RSV1: compressed" not in second.as_text(), "its own RSV1 is 0"


def test_masked_frames_of_a_whole_conversation_are_read_as_they_were_meant() -> None:
    chance, end = Random(7692), PerMessageDeflate(Parameters(), client=True)
    sent: list[bytes] = []
    for number in range(20):
        text = " ".join(chance.choices(["tick", "tock", "ü", str(number)], k=9))
        frame = end.encode(Frame(opcode=Opcode.TEXT, payload=text.encode()))
        made = Frame(
            opcode=frame.opcode, payload=frame.payload, rsv1=True, masking_key=KEY
        )
        raw = made.serialize()
        view = FrameView(raw, UP, allow_rsv1=True, before=sent)
        assert view.fields[-1].data == text.encode()
        sent.append(raw)


def test_without_the_extension_rsv1_is_a_broken_rule_and_nothing_is_inflated() -> None:
    view = FrameView(HELLO, DOWN)
    assert view.verdict().startswith("✗ broken: a reserved bit is set")
    assert shown(view) == "" and "compressed" not in view.as_text()


@pytest.mark.parametrize(
    "digits", ["81 05 48 65 6c 6c 6f", "89 00", "88 02 03 e8", "c1"]
)
def test_what_is_not_compressed_looks_as_ever(digits: str) -> None:
    agreed, plain = FrameView(digits, allow_rsv1=True), FrameView(digits)
    assert agreed.fields == plain.fields
    assert shown(agreed) == ""


def test_a_text_that_is_none_is_found_when_it_has_been_inflated() -> None:
    end = PerMessageDeflate(Parameters(), client=False)
    bad = end.encode(Frame(opcode=Opcode.TEXT, payload=b"\xff\xfe")).serialize()
    view = FrameView(bad, DOWN, allow_rsv1=True)
    assert "But no legal message: text is UTF-8" in view.verdict()


def test_a_bomb_is_counted_and_not_opened() -> None:
    end = PerMessageDeflate(Parameters(), client=False)
    bomb = end.encode(Frame(opcode=Opcode.BINARY, payload=bytes(2**24))).serialize()
    view = FrameView(bomb, DOWN, allow_rsv1=True)
    assert shown(view) == "cannot be inflated  (it has more than 65,536 bytes)"
    assert len(view.as_html()) < 30_000


def test_a_frame_before_it_that_is_none_is_told() -> None:
    with pytest.raises(ValueError, match="a frame before it is not complete: c1 07"):
        FrameView(AGAIN, allow_rsv1=True, before=[b"\xc1\x07"])
    with pytest.raises(ProtocolError, match="opcode 3 is reserved"):
        FrameView(AGAIN, allow_rsv1=True, before=[b"\x83\x00"])
