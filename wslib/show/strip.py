"""The strip: bytes as cells, each field with a bracket, a word, a fill and a pattern.

    ┌────┬────┬────┬────┐      key  │ 37 │ fa │
    │ 37 │ fa │ 21 │ 3d │   ⊕ sent  │ 7f │ 9f │
    └────┴────┴────┴────┘    = hex  │ 48 │ 65 │
    ╰───────────────────╯     text  │ H  │ e  │
         Masking-key                ╰─────────╯
                                   Payload data

Eight bytes are a table of their own, so that they are readable wherever styles are
taken out, and fold where a page is narrow. ``strip.css`` dresses them, with no script:

    div.ws-strip                    everything that lights up together
      style
      div.bytes
        div.field.KIND.fN           field N: its tables, a bracket, its word
        div.field.head              or a byte, whose fields fN are cells, bit by bit

What carries ``fN``, a cell of another table too, lights up with field N; ``kN`` with
byte N of the masking key.
"""

import importlib.resources
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from wslib.frames import apply_mask
from wslib.show.shown import Cell, escape, html_table

_FILE = importlib.resources.files("wslib.show").joinpath("strip.css")
# As the file has it, without comments and needless blanks: each output carries it.
_CSS = re.sub(r"/\*.*?\*/|\s*(\n)\s*", "", _FILE.read_text("utf-8"), flags=re.DOTALL)
AT_ONCE = 8  # bytes side by side; where there is room, twice as many
FIRST, LAST = 32, 16  # bytes of a long field that are shown before and after the fold
IN_FOLD = 128  # bytes that the fold holds; the others are counted


@dataclass(frozen=True, kw_only=True)
class Group:
    """Bytes that belong together.

    Attributes:
        name: The word under the bracket.
        data: The bytes, as they were sent.
        kind: How they look: ``head``, ``length``, ``key``, ``payload`` or
            ``rest``.
        number: Of the field, from 0: what has the same number lights up with it.
        note: What they say, in a few words.
        key: The four bytes they are masked with; empty: they are not masked.
        bits: For a single byte: its fields, numbered from ``number`` on, each a name,
            how many bits it has, and what they say in a word.
        text: Their characters: ``utf-8``, ``ascii``, or empty for none.
        offset: Where the first of the bytes stands, in bytes, where that is to be seen.
    """

    name: str = ""
    data: bytes = b""
    kind: str = "payload"
    number: int = 0
    note: str = ""
    key: bytes = b""
    bits: Sequence[tuple[str, int, str]] = ()
    text: str = "ascii"
    offset: int | None = None


def strip(groups: Sequence[Group], below: str = "", *, dressed: bool = True) -> str:
    """Return bytes as cells, group after group, as HTML.

    Args:
        groups: The groups, in order.
        below: HTML that lights up with them.
        dressed: Whether the style sheet comes along. A page that is written as a whole
            needs it once.
    """
    fields = 1 + max((each.number + len(each.bits) for each in groups), default=0)
    sheet = f"<style>{style(fields)}</style>" if dressed else ""
    drawn = "".join(_drawn(groups))
    return f'<div class="ws-strip">{sheet}<div class="bytes">{drawn}</div>{below}</div>'


def style(fields: int) -> str:
    """Return the style sheet of strips that have so many fields, or fewer."""
    lights = (f"&:has(.f{n}:is(:hover,:focus-within)) .f{n}" for n in range(fields))
    return _CSS.replace("&:lit", ",".join(lights))


def _drawn(groups: Sequence[Group]) -> Iterator[str]:
    """Yield the groups; where a header follows a payload, a line begins."""
    before = ""
    for each in groups:
        if each.kind == "head" and before == "payload":
            yield "<br>"
        yield _bits(each) if each.bits else _group(each)
        before = each.kind


def _bits(group: Group) -> str:
    """Return one byte over its bits, over the names of its fields."""
    digits = iter(f"{group.data[0]:08b}")
    bits, names = [], []
    for number, (name, width, note) in enumerate(group.bits, group.number):
        mark = f"f{number}"
        bits += [Cell(next(digits), None, mark=mark) for _ in range(width)]
        words = f'<span tabindex="0">{_named(name, note)}</span>'
        names.append(Cell(style=None, markup=words, span=width, mark=mark))
    top = Cell(group.data.hex(), None, span=8, heads="colgroup")
    table = html_table([[top], bits, names], style=None)
    return f'<div class="field {group.kind} octet">{table}</div>'


def _group(group: Group) -> str:
    """Return bytes in a row, a bracket, and the word under it."""
    name = escape(group.name)
    more = len(group.data) - FIRST
    said = group.data[:FIRST].hex(" ") + (f" and {more:,} more" if more > 0 else "")
    return (
        f'<div class="field {group.kind} f{group.number}" tabindex="0" role="group" '
        f'aria-label="{name or "bytes"}: {said}"><div class="cells">{_folded(group)}'
        f'</div><div class="word">{_named(group.name, group.note)}</div></div>'
    )


def _named(name: str, note: str) -> str:
    """Return a word under a bracket, and below it what the bytes say."""
    return escape(name) + (f" <small>{escape(note)}</small>" if note else "")


def _folded(group: Group) -> str:
    """Return the bytes of a group, the middle folded if they are many."""
    size = len(group.data)
    if size <= FIRST + LAST + AT_ONCE:
        return _tables(group, 0, size)
    tail = size - LAST
    fold = min(FIRST + IN_FOLD, tail)
    rest = f"<div>… {tail - fold:,} more …</div>" if fold < tail else ""
    return (
        f"{_tables(group, 0, FIRST)}<details><summary>… {tail - FIRST:,} more …"
        f"</summary>{_tables(group, FIRST, fold)}{rest}</details>"
        f"{_tables(group, tail, size)}"
    )


def _tables(group: Group, start: int, end: int) -> str:
    """Return some bytes of a group, eight to a table."""
    tables = []
    for first in range(start, end, AT_ONCE):
        places = range(first, min(first + AT_ONCE, end))
        tables.append(html_table(_rows(group, places), style=None))
    return "".join(tables)


def _rows(group: Group, places: range) -> Iterator[list[Cell]]:
    """Yield the rows of some bytes: of masked ones key, sent and hex; characters."""
    start, stop = places.start, places.stop
    turns = [f"k{place % 4}" for place in places]
    sent = [f"{byte:02x}" for byte in group.data[start:stop]]
    offset = []
    if group.offset is not None:
        where = f"{group.offset + start:04x}"
        offset = [Cell(where, None, rows=1 + bool(group.text), heads="rowgroup")]
    if group.key:
        key = [f"{group.key[place % 4]:02x}" for place in places]
        yield [_head("key"), *_cells(key, turns)]
        yield [_head("⊕ sent"), *_cells(sent)]
        meant = [f"{byte:02x}" for byte in _meant(group, start, stop)]
        yield [_head("= hex"), *_cells(meant)]
    else:
        yield [*offset, *_cells(sent, turns if group.kind == "key" else ())]
    if group.text:
        before = max(start - 3, 0)  # a character has four bytes at most
        signs = characters(_meant(group, before, stop + 3), group.text)
        shown = _cells(signs[start - before : stop - before])
        yield [_head("text"), *shown] if group.key else shown


def _head(text: str) -> Cell:
    """Return what stands at the left of a row."""
    return Cell(text, None, heads="row")


def _cells(texts: Sequence[str], marks: Sequence[str] = ()) -> list[Cell]:
    """Return cells that are dressed by the style sheet."""
    both = zip_longest(texts, marks, fillvalue="")
    return [Cell(text, None, mark=mark) for text, mark in both]


def _meant(group: Group, start: int, end: int) -> bytes:
    """Return some bytes of a group without their mask."""
    some = group.data[start:end]
    turn = start % 4
    return apply_mask(some, group.key[turn:] + group.key[:turn]) if group.key else some


def characters(data: bytes, encoding: str) -> list[str]:
    """Return what to show for each byte: its character, ``␣``, or a dot if it has none.

    Of a character of several bytes the first has it, the others have an empty text.
    """
    signs: list[str] = []
    for char in data.decode(encoding, "surrogateescape"):
        shown = char if char.isprintable() else "·"
        if unicodedata.combining(char):
            shown = f"◌{char}"
        size = len(char.encode(encoding, "surrogateescape"))
        signs += [shown.replace(" ", "␣"), *[""] * (size - 1)]
    return signs
