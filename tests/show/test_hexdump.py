"""Bytes in hex: whatever they are written as, each is shown, in its part."""

import pytest

from wslib.show.hexdump import HexDump, as_bytes

FRAME = b"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"


def test_sixteen_bytes_stand_in_a_row_of_the_plain_form() -> None:
    data = bytes(range(40))
    lines = HexDump(data).as_text().splitlines()
    assert [line[:4] for line in lines] == ["0000", "0010", "0020"]
    assert bytes.fromhex("".join(line[6:53] for line in lines)) == data


def test_each_part_begins_a_row_of_the_plain_form() -> None:
    dump = HexDump(bytes(40), [(20, "one"), (0, "none"), (4, "two")], label="forty")
    label, *lines = dump.as_text().splitlines()
    assert label == "forty"
    assert [line[:4] for line in lines] == ["0000", "0010", "0014", "0018"]
    assert [line[6:53].count("00") for line in lines] == [16, 4, 4, 16]
    assert [line[73:] for line in lines] == ["one", "", "two", ""]


def test_a_byte_without_a_glyph_is_a_dot_in_the_plain_form() -> None:
    assert HexDump(b"\x00 ~\x7f\xffA\n").as_text().endswith("  . ~..A.")


def test_no_bytes_are_no_rows() -> None:
    assert HexDump(b"").as_text() == ""
    assert HexDump(b"", label="nothing").as_text() == "nothing"
    assert "<td" not in HexDump(b"").as_html()


def test_parts_longer_than_the_bytes_are_refused() -> None:
    with pytest.raises(ValueError, match="longer than the data"):
        HexDump(b"abc", [(2, "a"), (2, "b")])


def test_hexadecimal_digits_are_bytes() -> None:
    dump = HexDump("81 85 37 fa 21 3d 7f 9f 4d 51 58", [(2, "header")])
    assert dump.data == FRAME
    assert dump.as_text() == HexDump(FRAME, [(2, "header")]).as_text()
    with pytest.raises(ValueError, match="'H' is no hexadecimal digit"):
        HexDump("Hello")
    assert as_bytes(bytearray(FRAME)) == as_bytes(memoryview(FRAME)) == FRAME  # type: ignore[arg-type]
