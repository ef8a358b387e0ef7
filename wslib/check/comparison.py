"""Two values one above the other, and a mark where they part.

    yours  48 65 6c 6c 70  Hellp
    due    48 65 6c 6c 6f  Hello
                       ^ byte 4

Of what is long, only the surroundings of the first difference are shown.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from unicodedata import east_asian_width

from wslib.check.verdict import Verdict, brief

WIDTH = 33  # characters of a fixed font that fit into a page of 360 px
READABLE = 6  # bytes that leave room for what they say
MOST = {"byte": 8, "character": 24, "item": 64}  # in a row; items are letters, scrolled
UNITS: dict[type, str]
UNITS = {bytes: "byte", str: "character", list: "item", tuple: "item"}


def compared(yours: Any, due: Any) -> tuple[str, ...]:
    """Return three rows for a fixed font: what came, what was due, and the mark.

    Args:
        yours: The student's value.
        due: What it should be.

    Returns:
        No rows, unless both are bytes, or both texts, lists or tuples, and what is
        written of them tells them apart.
    """
    kind = type(due)
    if type(yours) is not kind or kind not in UNITS:
        return ()
    unit = UNITS[kind]
    rows: tuple[Any, ...] = yours, due
    if unit == "item":
        rows = _items(yours), _items(due)
    place = _parting(*rows)
    if place is None:
        return ()
    where = f"{unit} {place}"
    if unit == "item":  # the mark stands under a letter of what is written of them
        first, last = "[]" if kind is list else "()"
        rows = tuple(f"{first}{', '.join(items)}{last}" for items in rows)
        place = _parting(*rows) or 0
    return _rows(rows, place, unit, where)


def above(verdict: Verdict, asked: str, yours: Any, due: Any) -> Verdict:
    """Put what came above what was due, if that tells more than the verdict's evidence.

    Args:
        verdict: On a value that is wrong.
        asked: The call, in words.
        yours: The student's value.
        due: What it should be.
    """
    rows = compared(yours, due)
    if not rows:
        return verdict
    return replace(verdict, evidence=f"{asked} gave{_size(yours, due)}:", rows=rows)


def _size(yours: Any, due: Any) -> str:
    """Say how many bytes or so came, and how many were due; empty if it is the same."""
    if len(yours) == len(due):
        return ""
    many = "" if len(yours) == 1 else "s"
    return f" {len(yours):,} {UNITS[type(due)]}{many}, not {len(due):,}"


def _items(value: Sequence[Any]) -> list[str]:
    """Return what is written of each item, of the first thousand."""
    return [brief(item) for item in value[:1000]]


def _parting(yours: Sequence[Any], due: Sequence[Any]) -> int | None:
    """Return the place where two rows part; None if they do not."""
    if yours == due:
        return None
    pairs = enumerate(zip(yours, due, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(yours), len(due)))


def _rows(
    values: tuple[Any, ...], place: int, unit: str, where: str
) -> tuple[str, str, str]:
    """Return the surroundings of the place in both values, and the mark below."""
    most = MOST[unit]
    quote = "'" if unit == "character" else ""
    start = max(0, min(place - most // 2, max(map(len, values)) - most))
    opening = "…" if start else quote

    def row(value: Any) -> str:
        closing = "…" if len(value) > start + most else quote
        return f"{opening}{_written(value[start : start + most], unit)}{closing}"

    yours, due = map(row, values)
    if unit == "byte" and all(map(_reads, values)):
        width = max(len(yours), len(due)) + 2
        yours, due = (
            f"{shown:{width}}{value.decode()}".rstrip()
            for shown, value in zip((yours, due), values, strict=True)
        )
    ahead = opening + _written(values[1][start:place], unit)
    ahead += " " * (unit == "byte" and place > start)
    column = len(ahead) + sum(east_asian_width(letter) in "WF" for letter in ahead)
    mark = f"{' ' * (7 + column)}^ {where}"
    if len(mark) > WIDTH:
        mark = f"{where} ^".rjust(7 + column + 1)
    return f"yours  {yours}".rstrip(), f"due    {due}", mark


def _written(value: Any, unit: str) -> str:
    """Return bytes in hex, and text as between quotation marks."""
    if unit == "byte":
        return str(value.hex(" "))
    return value if unit == "item" else "".join(repr(each)[1:-1] for each in value)


def _reads(data: bytes) -> bool:
    """Tell whether bytes are shown whole, and are readable as ASCII."""
    return len(data) <= READABLE and data.isascii() and data.decode().isprintable()
