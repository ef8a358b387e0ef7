"""Messages from frames: fragments in order, and UTF-8 across them."""

import pytest

from wslib.errors import ProtocolError
from wslib.frames import Frame, Opcode
from wslib.messages import Assembler, BinaryMessage, TextMessage

TEXT, BINARY, CONTINUATION = Opcode.TEXT, Opcode.BINARY, Opcode.CONTINUATION
KOSME = "κόσμε".encode()


def frames(opcode: Opcode, *payloads: bytes) -> list[Frame]:
    """Return one message in as many frames as there are payloads."""
    return [
        Frame(
            opcode=opcode if number == 1 else CONTINUATION,
            payload=payload,
            fin=number == len(payloads),
        )
        for number, payload in enumerate(payloads, 1)
    ]


def assemble(*parts: Frame) -> list[TextMessage | BinaryMessage | None]:
    """Return what an assembler says to each frame."""
    assembler = Assembler()
    return [assembler.add(frame) for frame in parts]


def test_a_message_in_one_frame_is_whole_at_once() -> None:
    assert assemble(*frames(TEXT, b"Hello")) == [TextMessage("Hello")]
    assert assemble(*frames(BINARY, b"\x00\xff")) == [BinaryMessage(b"\x00\xff")]


def test_a_message_in_many_frames_is_whole_with_the_last() -> None:
    three = frames(TEXT, b"Hel", b"lo, w", b"orld")
    assert assemble(*three) == [None, None, TextMessage("Hello, world")]
    assert assemble(*frames(BINARY, b"\x01", b"\x02")) == [
        None,
        BinaryMessage(b"\x01\x02"),
    ]


@pytest.mark.parametrize("payloads", [(b"",), (b"", b""), (b"", b"", b"")], ids=len)
def test_an_empty_message_is_a_message_in_however_many_frames(
    payloads: tuple[bytes, ...],
) -> None:
    assert assemble(*frames(TEXT, *payloads))[-1] == TextMessage("")
    assert assemble(*frames(BINARY, *payloads))[-1] == BinaryMessage(b"")


def test_messages_follow_each_other_and_share_nothing() -> None:
    stream = [*frames(TEXT, b"a", b"b"), *frames(BINARY, b"c"), *frames(TEXT, b"d")]
    said = [message for message in assemble(*stream) if message is not None]
    assert said == [TextMessage("ab"), BinaryMessage(b"c"), TextMessage("d")]


def test_the_size_is_that_of_the_unfinished_message() -> None:
    assembler = Assembler()
    sizes = [assembler.size]
    for frame in frames(BINARY, b"123", b"45", b"6"):
        assembler.add(frame)
        sizes.append(assembler.size)
    assert sizes == [0, 3, 5, 0]


def test_a_continuation_needs_a_message_to_continue() -> None:
    lone = Frame(opcode=CONTINUATION, payload=b"lo")
    for before in ([], frames(TEXT, b"Hello"), frames(BINARY, b"He", b"llo")):
        with pytest.raises(ProtocolError, match="no message to continue") as caught:
            assemble(*before, lone)
        assert (caught.value.section, caught.value.close_code) == ("5.4", 1002)


@pytest.mark.parametrize("second", [TEXT, BINARY])
@pytest.mark.parametrize("first", [TEXT, BINARY])
def test_a_message_does_not_begin_inside_another(first: Opcode, second: Opcode) -> None:
    begun = Frame(opcode=first, payload=b"Hel", fin=False)
    with pytest.raises(ProtocolError, match="before the end of the last") as caught:
        assemble(begun, Frame(opcode=second, payload=b"lo"))
    assert (caught.value.section, caught.value.close_code) == ("5.4", 1002)


# --- UTF-8, section 8.1 ---------------------------------------------------------------

# Payloads of one message, and the number of the frame that holds the first wrong byte.
NOT_UTF_8 = {
    "a byte that never occurs": ([b"\xff"], 1),
    "a surrogate": ([KOSME + b"\xed\xa0\x80edited"], 1),
    "a surrogate, byte by byte": ([b"\xed", b"\xa0", b"\x80"], 2),
    "a surrogate, told by its second byte": ([KOSME + b"\xed\xbf", b"\xbf"], 1),
    "beyond U+10FFFF, all in the second frame": (
        [KOSME, b"\xf4\x90\x80\x80", b"edited"],
        2,
    ),
    "beyond U+10FFFF, told by its second byte": (
        [KOSME + b"\xf4", b"\x90", b"\x80\x80edited"],
        2,
    ),
    "longer than need be": ([b"\xc0", b"\xaf"], 1),
    "longer than need be, in three bytes": ([b"\xe0", b"\x80", b"\xaf"], 2),
    "longer than need be, in four bytes": ([b"\xf0", b"\x80\x80\xaf"], 2),
    "a tail without a head": ([KOSME, b"\x80"], 2),
    "a head without a tail": ([b"\xce", b"a"], 2),
    "five bytes to a character": ([b"\xf8", b"\x88\x80\x80\x80"], 1),
    "the end inside a character": ([KOSME, KOSME[:1]], 2),
    "the end inside a character, in an empty frame": ([KOSME[:1], b""], 2),
}


@pytest.mark.parametrize(("payloads", "number"), NOT_UTF_8.values(), ids=NOT_UTF_8)
def test_text_that_is_not_utf_8_is_refused_with_its_first_wrong_byte(
    payloads: list[bytes], number: int
) -> None:
    assembler = Assembler()
    stream = frames(TEXT, *payloads)
    for frame in stream[: number - 1]:
        assert assembler.add(frame) is None
    with pytest.raises(ProtocolError, match="UTF-8") as caught:
        assembler.add(stream[number - 1])
    assert (caught.value.section, caught.value.close_code) == ("8.1", 1007)


@pytest.mark.parametrize(
    "text",
    [
        "κόσμε",
        "Hello-µ@ßöäüàáâ-UTF-8!!",
        "😀",
        "\x00",
        "\ufffe\uffff\U0010ffff",
        "\ufeff",
    ],
    ids=ascii,
)
def test_text_may_be_cut_anywhere_also_inside_a_character(text: str) -> None:
    payload = text.encode()
    for cut in range(len(payload) + 1):
        said = assemble(*frames(TEXT, payload[:cut], payload[cut:]))
        assert said == [None, TextMessage(text)]
    single = [payload[i : i + 1] for i in range(len(payload))]
    assert assemble(*frames(TEXT, *single))[-1] == TextMessage(text)


def test_binary_is_not_held_to_utf_8() -> None:
    assert assemble(*frames(BINARY, b"\xff", b"\xfe"))[-1] == BinaryMessage(b"\xff\xfe")
