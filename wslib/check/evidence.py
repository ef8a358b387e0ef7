"""What was seen, shown: a value in a line, a call, two values one above the other.

    yours  48 65 6c 6c 70  Hellp
    due    48 65 6c 6c 6f  Hello
                       ^ byte 4

Of what is long, only the surroundings of the first difference are shown. Nothing here
raises, whatever the ``repr`` of a student's object does, or takes long.
"""

import os
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from wslib.check.sandbox import attempt, come_of, without_address

SOON = 0.5  # seconds that the repr of a student's object may take
BYTES, CHARACTERS, ITEMS = 12, 36, 5  # that are shown in a row, at most

Mark = Callable[[str], str]


def brief(value: object) -> str:
    """Return a value as one short line, the same in every run; never raises.

    Bytes that are not plain ASCII are shown in hex; what is long is cut and counted.
    """
    if type(value) in (set, frozenset) and value:
        return f"the set {{{', '.join(sorted(map(brief, value)))}}}"  # type: ignore[call-overload]
    if type(value) is bytes and not (value.isascii() and value.decode().isprintable()):
        size = "" if len(value) <= 24 else f" … ({len(value):,} bytes)"
        return f"bytes {value[: 24 if not size else 12].hex(' ')}{size}"
    if type(value) in (str, bytes) and len(value) > 70:  # type: ignore[arg-type]
        unit = "characters" if isinstance(value, str) else "bytes"
        return f"{value[:12]!r} … ({len(value):,} {unit})"  # type: ignore[index, arg-type]
    if type(value) is list and len(value) > 100:
        return f"[{', '.join(map(brief, value[:3]))}, …] ({len(value):,} items)"
    safe = _is_plain(value)
    outcome = come_of(repr, value) if safe else attempt(repr, value, limit=SOON)
    if type(outcome.value) is not str:
        return "something that cannot be shown"
    text = without_address(re.sub(r"\s*\n\s*", " ", outcome.value[:400]))
    return text if len(text) <= 80 else text[:77] + "..."


def _is_plain(value: object, depth: int = 3) -> bool:
    """Tell whether a value is of Python's own types through and through, and small."""
    if type(value) in (list, tuple, dict):
        inside = [*value.items()] if type(value) is dict else [*value][:21]  # type: ignore[call-overload, attr-defined]
        return depth > 0 and len(inside) < 21 and all(
            _is_plain(each, depth - 1) for each in inside
        )
    return type(value) in (str, bytes, int, float, bool, type(None))


def called(name: str, arguments: tuple[Any, ...]) -> str:
    """Return a call as it would be typed, each argument short."""
    return f"{name}({', '.join(map(brief, arguments))})"


Row = tuple[str, str, str]  # what is alike, what differs first, and what follows


@dataclass(frozen=True)
class Comparison:
    """What came, what was due, and where they part.

    Attributes:
        yours: What came, as text in three parts, the second of them marked.
        due: What was due, likewise; the first part is the same.
        place: Where they part, in words; empty if that is not marked.
    """

    yours: Row
    due: Row
    place: str = ""

    def rows(self, plain: Mark = str, marked: Mark = str) -> list[str]:
        """Return two rows to be shown in a fixed font, and one with the mark below.

        Args:
            plain: Makes what is shown of the parts that are alike, or follow.
            marked: The same for those that differ.
        """
        rows = []
        for name, (alike, differs, behind) in (("yours", self.yours), ("due", self.due)):
            part = marked(differs) if differs else ""
            rows.append(f"{name:5}  {plain(alike)}{part}{plain(behind)}")
        if self.place:
            rows.append(plain(f"{' ' * (7 + _columns(self.due[0]))}^ {self.place}"))
        return rows


def in_words(yours: str, due: str) -> Comparison:
    """Put what came above what was due, both in words, as where one is an exception."""
    return Comparison(("", "", yours), ("", "", due))


def compared(yours: Any, due: Any) -> Comparison:
    """Put what came above what was due, and mark where they part; never raises.

    Args:
        yours: The student's value, of whatever type.
        due: What it should be. Numbers, and what is of another type, are not marked.
    """
    kind = type(due)
    if type(yours) is kind and kind in (bytes, str) and yours != due:
        return (_bytes if kind is bytes else _text)(yours, due)
    if type(yours) is kind and kind in (list, tuple):
        items = [[brief(item) for item in value[:1000]] for value in (yours, due)]
        if items[0] != items[1]:
            around = ("[", "]") if kind is list else ("(", ")")
            return _parted(*items, ITEMS, str, ", ", around, "item")
    rows = [brief(yours), brief(due)]
    if rows[0] == rows[1]:  # they look alike
        rows = [f"{brief(each)} ({type(each).__name__})" for each in (yours, due)]
    return in_words(*rows)


def _bytes(yours: bytes, due: bytes) -> Comparison:
    """Compare bytes in hex; as characters, too, if they all are some."""
    found = _parted(yours, due, BYTES, "{:02x}".format, " ", ("", ""), "byte")
    data = yours + due
    if max(len(yours), len(due)) > BYTES or not data.isascii():
        return found
    if not data.decode().isprintable():
        return found
    size = max(len("".join(found.yours)), len("".join(found.due)))

    def beside(row: Row, data: bytes) -> Row:
        gap = " " * (size - len("".join(row)) + 2)
        return row[0], row[1], f"{row[2]}{gap}{data.decode()}".rstrip()

    rows = beside(found.yours, yours), beside(found.due, due)
    return Comparison(*rows, found.place)


def _text(yours: str, due: str) -> Comparison:
    """Compare texts, between quotation marks."""
    quote = '"' if "'" in yours + due and '"' not in yours + due else "'"

    def shown(letter: str) -> str:
        return f"\\{quote}" if letter == quote else repr(letter)[1:-1]

    return _parted(yours, due, CHARACTERS, shown, "", (quote, quote), "character")


def _parted(
    yours: Sequence[Any],
    due: Sequence[Any],
    most: int,
    shown: Callable[[Any], str],
    between: str,
    around: tuple[str, str],
    unit: str,
) -> Comparison:
    """Return the surroundings of the first difference.

    Args:
        yours: What came, unit by unit.
        due: What was due, likewise.
        most: How many units a row has, at most.
        shown: Makes text of a unit.
        between: What stands between two units.
        around: What stands around all of them.
        unit: What a unit is called.
    """
    sizes = len(yours), len(due)
    pairs = enumerate(zip(yours, due, strict=False))
    place = next((i for i, (a, b) in pairs if a != b), min(sizes))
    first = max(0, min(place - most // 2, max(sizes) - most))
    alike = "".join(shown(each) + between for each in due[first:place])
    alike = (first > 0) * f"…{between.strip(',')}" + around[0] + alike
    texts = [shown(v[place]) if place < len(v) else "" for v in (yours, due)]
    inside = os.path.commonprefix(texts) if unit == "item" and all(texts) else ""
    inside = inside.rstrip("0123456789")  # the digits of a number stay together

    def row(value: Sequence[Any], differs: str) -> Row:
        rest = "".join(between + shown(v) for v in value[place + 1 : first + most])
        cut = f"{between.strip(',')}…" * (len(value) > first + most)
        if place == len(value):  # nothing follows, and what separates it neither
            return alike.removesuffix(between), "", around[1]
        return alike + inside, differs[len(inside) :], rest + around[1] + cut

    where = f"{unit} {place}"
    if place == min(sizes):
        where = "ends here" if sizes[0] < sizes[1] else "goes on here"
    if sizes[0] != sizes[1]:
        many = "" if sizes[0] == 1 else "s"
        where += f": {sizes[0]:,} {unit}{many}, not {sizes[1]:,}"
    return Comparison(row(yours, texts[0]), row(due, texts[1]), where)


def _columns(text: str) -> int:
    """Return how many columns a text takes in a fixed font."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))
