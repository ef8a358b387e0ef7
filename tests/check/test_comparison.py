"""Two values, one above the other: the mark stands where they part."""

import random
import unicodedata
from typing import Any

import pytest

from wslib.check.comparison import WIDTH, above, compared
from wslib.check.verdict import not_yet

SHOWN: list[tuple[Any, Any, list[str]]] = [
    (b"Hellp", b"Hello", ["48 65 6c 6c 70  Hellp", "48 65 6c 6c 6f  Hello", "4"]),
    (b"Hell", b"Hello", ["48 65 6c 6c     Hell", "48 65 6c 6c 6f  Hello", "4"]),
    (b"\x81\x7e", b"\x81\x7f", ["81 7e", "81 7f", "1"]),
    (b"", b"\x00", ["", "00", "0"]),
    (b"ab", b"a", ["61 62  ab", "61     a", "1"]),
    (bytes(20), bytes(19) + b"x", [f"…{'00 ' * 7}00", f"…{'00 ' * 7}78", "19"]),
    ("abc", "abd", ["'abc'", "'abd'", "2"]),
    ("a\n", "a\t", [r"'a\n'", r"'a\t'", "1"]),
    ("it's", 'it"s', ["'it's'", "'it\"s'", "2"]),
    ("x" * 40 + "a", "x" * 40 + "b", [f"…{'x' * 23}a'", f"…{'x' * 23}b'", "40"]),
    ([1, 2], [1, 3, 4], ["[1, 2]", "[1, 3, 4]", "1"]),
    ([], [1], ["[]", "[1]", "0"]),
    ((1, "a"), (1, "b"), ["(1, 'a')", "(1, 'b')", "1"]),
    ([b"\xff"], [b"\xfe"], ["[bytes ff]", "[bytes fe]", "0"]),
]


@pytest.mark.parametrize(("yours", "due", "shown"), SHOWN, ids=lambda v: "")
def test_what_came_stands_above_what_was_due(
    yours: Any, due: Any, shown: list[str]
) -> None:
    first, second, mark = compared(yours, due)
    assert first == f"yours  {shown[0]}".rstrip()
    assert second == f"due    {shown[1]}"
    unit = {bytes: "byte", str: "character"}.get(type(due), "item")
    words = mark.strip(" ^")
    assert words == f"{unit} {shown[2]}"
    assert mark.strip() in (f"^ {words}", f"{words} ^")


@pytest.mark.parametrize(
    ("yours", "due", "said"),
    [
        (b"Hell", b"Hello", "f(x) gave 4 bytes, not 5:"),
        ("a", "", "f(x) gave 1 character, not 0:"),
        ([0] * 1_000, [1], "f(x) gave 1,000 items, not 1:"),
        (b"ab", b"cd", "f(x) gave:"),
        (5, 6, "f(x) gave 5; the answer is 6."),
    ],
)
def test_the_evidence_leads_to_the_rows_where_there_are_any(
    yours: Any, due: Any, said: str
) -> None:
    verdict = not_yet("f", "wrong-answer", "f(x) gave 5; the answer is 6.", "Look.")
    compare = above(verdict, "f(x)", yours, due)
    assert (compare.evidence, compare.rows) == (said, compared(yours, due))
    assert compare.hint == "Look."


@pytest.mark.parametrize("seed", range(200))
def test_the_mark_is_under_what_differs_and_all_fits_into_a_phone(
    seed: int,
) -> None:
    chance = random.Random(seed)
    size = chance.choice([0, 1, 5, 9, 10, 11, 40, 400])
    due: Any = chance.randbytes(size)
    if seed % 2:
        due = "".join(chr(0x20 + byte % 60) for byte in due)
    place = chance.randrange(size + 1)
    other = b"\xff\x00" if not seed % 2 else "#~"
    two = [other[i : i + 1] for i in range(2)]
    letter = two[due[place : place + 1] == two[0]]
    yours = due[:place] + letter + due[place + 1 :]
    first, second, mark = compared(yours, due)
    column = mark.index("^")
    first, second = first.ljust(column + 2), second.ljust(column + 2)
    assert first[7:column] == second[7:column]
    assert first[column : column + 2] != second[column : column + 2]
    assert max(len(first.rstrip()), len(second.rstrip()), len(mark)) <= WIDTH


def test_a_short_list_is_shown_whole_however_narrow_the_page() -> None:
    yours, due = [("gold", "1"), ("silver", "7"), ("gold", "2")], [("silver", "7")]
    assert [row[7:] for row in compared(yours, due)[:2]] == [str(yours), str(due)]
    assert compared(yours * 9, due * 9)[0].endswith("…")


def test_wide_letters_take_two_columns() -> None:
    first, _, mark = compared("日本a", "日本b")
    ahead = first[: first.index("a")]
    wide = sum(unicodedata.east_asian_width(each) == "W" for each in ahead)
    assert (wide, mark.index("^")) == (2, len(ahead) + wide)


@pytest.mark.parametrize(
    ("yours", "due"),
    [(5, 6), ("a", b"a"), (None, "a"), ([1], (1,)), (b"a", b"a"), ([], []), (True, 1)],
)
def test_numbers_and_what_is_of_two_types_are_not_compared(
    yours: Any, due: Any
) -> None:
    assert compared(yours, due) == ()


def test_items_that_look_alike_are_not_told_apart() -> None:
    class Same:
        def __repr__(self) -> str:
            return "same"

    assert compared([Same()], [Same()]) == ()
