"""Exercise 2 of notebook 03: read any header. RFC 6455, section 5.2.

A header has five values, and each is got wrong by itself. So a mistake is one of a
value, and the first value that is wrong is explained by its own mistakes alone.
"""

import itertools
import random
import struct
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Mistake
from wslib.check.sandbox import Outcome
from wslib.check.values import same
from wslib.check.verdict import Verdict, brief
from wslib.errors import ProtocolError
from wslib.frames import Frame, Opcode, parse_frame

FIELDS = ("fin", "opcode", "masked", "length", "header size")
_KEY = bytes.fromhex("37 fa 21 3d")

Reading = Callable[[bytes], Any]  # takes the frame; returns one of the values


def header(data: bytes, *, instead: tuple[int, Reading] | None = None) -> Any:
    """Return the five values, one of them, by its place, read otherwise."""
    fin, masked = bool(data[0] >> 7), bool(data[1] >> 7)
    values = [fin, data[0] & 0xF, masked, _length(data), _size(data)]
    if instead is not None:
        values[instead[0]] = instead[1](data)
    return tuple(values)


def _length(data: bytes, order: str = ">") -> int:
    short = data[1] & 0x7F
    if short == 126:
        return int(struct.unpack_from(order + "H", data, 2)[0])
    return int(struct.unpack_from(order + "Q", data, 2)[0]) if short == 127 else short


def _size(data: bytes, medium: int = 2, long: int = 8, key: int = 4) -> int:
    extra = {126: medium, 127: long}.get(data[1] & 0x7F, 0)
    return 2 + extra + (key if data[1] >> 7 else 0)


# --- the mistakes ---------------------------------------------------------------------


def _of(place: int, name: str, hint: str, *readings: Reading) -> Mistake:
    """Return a mistake of the value at a place, and the ways to make it."""
    return Mistake(name, hint, *({"instead": (place, read)} for read in readings))


_fin, _opcode, _masked, _long, _ends = (partial(_of, place) for place in range(5))


def _bits(byte: int) -> str:
    return f"{byte:08b}"


def _int(start: int, stop: int, order: Any = "big") -> Callable[[bytes], int]:
    return lambda d: int.from_bytes(d[start:stop], order)


def _forms(medium: Reading = _length, long: Reading = _length) -> Reading:
    """Return what reads the longer forms of the length so."""
    return lambda d: {126: medium, 127: long}.get(d[1] & 0x7F, _length)(d)


_TRUE_BIT = (
    "It is the bit's value, 128: `if` would take it for True, but it is not True. A "
    "comparison or `bool(…)` gives True and False."
)
_AS_TEXT = 'Bits as text are still text: `bool("0")` is True. Compare it with "1".'
_ALWAYS = 'It says True for every frame. (A text is True, too, even "0".)'
_BIN = "(`bin` leaves out the zeros in front, so its first digit is always a 1.)"
# fmt: off
_MISTAKES = [
    _fin("fin-not-true-or-false", _TRUE_BIT, lambda d: d[0] & 0x80),
    _fin("fin-as-text", _AS_TEXT, lambda d: _bits(d[0])[0]),
    _fin("fin-wrong-bit", "That is the last bit of the byte.", lambda d: d[0] % 2 > 0),
    Mistake("decimal-80", "The 80 of the page is hexadecimal: `0x80`, which is 128.",
        {"instead": (0, lambda d: d[0] >= 80)}, {"instead": (0, lambda d: d[0] > 80)},
        {"instead": (2, lambda d: d[1] >= 80)}, {"instead": (2, lambda d: d[1] > 80)},
        {"instead": (3, lambda d: d[1] - 80)},
        {"instead": (3, lambda d: d[1] - 80 if d[1] >= 80 else d[1])}),
    _fin("fin-always", _ALWAYS, lambda d: True),
    _fin("fin-never", "It says that no frame is the last. (`& 0x80` gives 0 or "
        "128, never 1.)", lambda d: False),
    _fin("fin-inverted", "1 means: the last frame.", lambda d: not d[0] >> 7),
    _fin("fin-from-second-byte", "That is MASK, the first bit of the second byte.",
        lambda d: bool(d[1] >> 7)),
    _fin("whole-byte-compared", "It is True for 81 alone. FIN is one bit, whatever the "
        "opcode.", lambda d: d[0] == 0x81),
    _fin("opcode-in-fin", "It is True wherever the first byte is not 0. FIN is one bit "
        f"of it. {_BIN}", lambda d: bool(d[0])),
    _fin("reserved-bits-in-fin", "A reserved bit that is set changes it. FIN is the "
        "first bit alone.", lambda d: d[0] >> 4 == 0b1000, lambda d: d[0] >> 4 > 0),
    _opcode("opcode-whole-byte", "That is the whole first byte. The opcode is its last "
        "four bits: `& 0x0F`.", lambda d: d[0]),
    _opcode("opcode-7-bits", "Seven bits were kept: a reserved bit is in it. The "
        "opcode is the last four: `& 0x0F`.", lambda d: d[0] & 0x7F),
    _opcode("opcode-minus-128", "128 was taken away, or turned round, whether FIN is "
        "set or not. Keep the last four bits: `& 0x0F`.",
        lambda d: d[0] ^ 0x80, lambda d: d[0] - 0x80),
    _opcode("opcode-high-bits", "Those are the first four bits, FIN and RSV. The "
        "opcode is the last four: `& 0x0F`.",
        lambda d: d[0] & 0xF0, lambda d: d[0] >> 4),
    _opcode("opcode-3-bits", "Three bits were kept: a ping is 9 and needs four, `& "
        "0x0F`.", lambda d: d[0] & 0x07),
    _opcode("opcode-as-text", "Those are the right bits, as text. `int(bits, 2)` makes "
        "a number of them.", lambda d: _bits(d[0])[4:]),
    _opcode("bits-read-as-decimal", "The bits were read as decimal digits. `int(bits, "
        "2)` reads them as bits.", lambda d: int(_bits(d[0])[4:])),
    _opcode("opcode-in-hex", "That is text. The number itself is asked for.",
        lambda d: hex(d[0] & 0xF), lambda d: f"{d[0] & 0xF:x}"),
    _opcode("and-for-ampersand", "`and` picks one of two values. `&` puts two numbers "
        "together, bit by bit.", lambda d: d[0] and 0x0F),
    _masked("masked-not-true-or-false", _TRUE_BIT, lambda d: d[1] & 0x80),
    _masked("masked-as-text", _AS_TEXT, lambda d: _bits(d[1])[0]),
    _masked("masked-from-first-byte", "That is FIN. MASK is the first bit of the "
        "second byte.", lambda d: bool(d[0] >> 7)),
    _masked("masked-always", _ALWAYS, lambda d: True),
    _masked("masked-never", "It says that no frame is masked. (`& 0x80` "
        "gives 0 or 128, never 1.)", lambda d: False),
    _masked("masked-inverted", "1 means: masked.", lambda d: not d[1] >> 7),
    _masked("length-in-masked", "The length is in it. MASK is one bit of the second "
        f"byte, worth 128. {_BIN}",
        lambda d: bool(d[1]), lambda d: d[1] > 125, lambda d: d[1] > 126),
    _long("mask-bit-in-length", "MASK is not part of the length. Take it away first, "
        "`& 0x7F`, then look for 126 and 127.", lambda d: d[1],
        lambda d: _length(d) if d[1] & 0x7F > 125 else d[1],
        lambda d: {126: _length(d), 127: _length(d)}.get(d[1], d[1]),
        lambda d: _length(d) if d[1] < 128 else d[1] & 0x7F),
    _long("126-taken-literally", "126 and 127 are no lengths: they say that the next 2 "
        "or 8 bytes hold it.", lambda d: d[1] & 0x7F, _forms(lambda d: 126)),
    _long("127-taken-literally", "127 is no length: it says that the next 8 bytes hold "
        "it.", _forms(long=lambda d: 127)),
    Mistake("126-and-127-swapped", "126 announces 2 bytes of length and 127 announces "
        "8. Yours are swapped.", {"instead": (3, _forms(_int(2, 10), _int(2, 4)))},
        {"instead": (4, lambda d: _size(d, 8, 2))}),
    _long("little-endian", "The bytes of a length were read in the wrong order. On the "
        'network the big end comes first: `int.from_bytes(…, "big")`, or `!` in '
        "struct.", partial(_length, order="<"), _forms(_int(2, 4, "little")),
        _forms(long=_int(2, 10, "little"))),
    _long("if-for-elif", "A length of 127 that came out of the 2 bytes is taken for "
        "the 127 of the header. `elif`, or another name for the result.",
        _forms(lambda d: _int(2, 10)(d) if _length(d) == 127 else _length(d))),
    *(Mistake(f"length-{size}-bytes", f"Behind 127 the length has 8 bytes, not {size}.",
        {"instead": (3, _forms(long=_int(10 - size, 10)))},
        {"instead": (3, _forms(long=_int(2, 2 + size)))},
        {"instead": (4, partial(_size, long=size))}) for size in (2, 4)),
    *(_long(f"length-{size}-bytes", "Behind 127 the length has 8 bytes: `data[2:10]`. "
        "A slice ends before its second number.", _forms(long=_int(2, 2 + size)))
        for size in (7, 6)),
    _long("length-1-byte", "The length has 2 bytes behind 126. Only one was read.",
        _forms(_int(2, 3)), _forms(_int(3, 4))),
    _long("length-3-bytes", "Behind 126 the length has 2 bytes: `data[2:4]`. A slice "
        "ends before its second number.", _forms(_int(2, 5))),
    _long("bytes-added", "The 2 bytes were added. The first of them counts 256-fold: "
        "`int.from_bytes`.", _forms(lambda d: d[2] + d[3])),
    *(_long(f"length-from-{name}", "The extended length begins at the third byte: that "
        "is index 2.", _forms(_int(at, at + 2), _int(at, at + 8)),
        _forms(_int(at, at + 2))) for name, at in (("the-flags", 1), ("index-3", 3))),
    _long("long-length-behind-the-short", "The 8 bytes stand where the 2 would, at "
        "index 2: there is one extended length, not two.", _forms(long=_int(4, 12))),
    _long("126-added", "126 or 127 was added to the length. They only say where it "
        "stands.", _forms(lambda d: _length(d) + 126),
        _forms(lambda d: _length(d) + 126, lambda d: _length(d) + 127)),
    _long("key-counted-as-payload", "The key is not part of the payload length.",
        lambda d: _length(d) + (d[1] >> 7) * 4),
    _long("all-that-follows", "That is how many bytes have come, or stand behind the "
        "header. The header says how long the payload is.",
        len, lambda d: len(d) - 2, lambda d: len(d) - _size(d)),
    _ends("key-not-counted", "The masking key is part of the header: 4 bytes more "
        "where MASK is 1.", lambda d: _size(d, key=0)),
    _ends("key-always-counted", "There is a masking key only where MASK is 1.",
        lambda d: _size(d) + (0 if d[1] >> 7 else 4)),
    _ends("key-counted-as-1", "The masking key has 4 bytes. True counts as 1: `4 * "
        "masked`.", lambda d: _size(d, key=1)),
    _ends("extension-not-counted", "The 2 or 8 bytes of a longer length belong to the "
        "header too.", lambda d: _size(d, 0, 0)),
    _ends("extension-counted-in-full", "The 2 first bytes were counted twice: a longer "
        "length adds 2 or 8.", lambda d: _size(d, 4, 10)),
    _ends("always-2", "A longer length adds 2 or 8, and a key 4.", lambda d: 2),
    _ends("always-6", "A longer length adds 2 or 8, and a key 4.", lambda d: 6),
    _ends("first-2-not-counted", "The first 2 bytes belong to the header too.",
        lambda d: _size(d) - 2),
    _ends("counted-in-bits", "That is the number of bits. The size is counted in "
        "bytes.", lambda d: 8 * _size(d)),
    _ends("one-less", "That is the place of the header's last byte, counted from 0. "
        "Its size is one more.", lambda d: _size(d) - 1),
    _ends("payload-counted", "That is the whole frame. The header ends where the "
        "payload begins.", lambda d: _size(d) + _length(d)),
    _ends("mask-bit-in-length", "Where MASK is 1, the longer length is not counted. "
        "Take MASK away first, `& 0x7F`, then look for 126 and 127.",
        lambda d: _size(d, 0, 0) if d[1] >> 7 else _size(d)),
]
# fmt: on


# --- what is wrong --------------------------------------------------------------------

_Seen = tuple[bytes, Any, Any]  # a frame, what came of it, and what is due


class _Header(Compared):
    """Five values, and each of them a whole number, True or False."""

    def fulfils(self, outcome: Outcome, call: Call) -> bool:
        """Tell whether they are right; 5.0 is not, though it is equal to 5."""
        return super().fulfils(outcome, call) and all(
            isinstance(value, int) for value in outcome.value
        )


def _run(log: list[Any], answer: Any, data: bytes) -> Any:
    """Make one call; whoever refuses what a strict reader may refuse is right."""
    try:
        return answer(data)
    except Exception as error:
        if isinstance(error, NotImplementedError) or not _may_be_refused(data):
            raise
        log.append("refused")
        return header(data)


def _may_be_refused(data: bytes) -> bool:
    """Tell whether a frame breaks a rule, or is not complete."""
    try:
        return parse_frame(data, masked=data[1] > 127, max_payload=2**64) is None
    except ProtocolError:
        return True


def _five(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == len(FIELDS)


def _right(value: Any, due: Any) -> bool:
    """Tell whether one value is right; 1 and 0 pass for True and False."""
    return isinstance(value, int) and value == due


def _alone(answer: Any, call: Call, outcome: Outcome) -> Verdict | None:
    """Judge what came of one frame, if five values came, or something else."""
    data, value = call.arguments[0], outcome.value
    if outcome.error is not None or outcome.timed_out or value is None:
        return None
    if _five(value):
        pairs = zip(value, call.expected, strict=True)
        place = [_right(a, b) for a, b in pairs].index(False)
        return _told(place, (data, value, call.expected))
    many = f", {len(value)} values" if isinstance(value, tuple | list) else ""
    return parse_header.wrong(
        "not-five-values",
        f"{_shown(data)}: it gave {brief(value)}{many}.",
        f"Return five values, with commas between them: {', '.join(FIELDS)}.",
    )


def _first_wrong_value(
    answer: Any, calls: Sequence[Call], seen: Sequence[Outcome]
) -> Verdict | None:
    """Say what is wrong with the first of the five values that is."""
    asked_again = len(parse_header.cases)
    pairs = enumerate(zip(calls, seen, strict=False))
    asked = [(c, o) for i, (c, o) in pairs if i != asked_again and not o.log]
    for call, outcome in asked:
        if outcome.error is not None or not _five(outcome.value):
            alone = parse_header._alone(answer, call, outcome)
            return parse_header._usual(answer, alone, calls, seen, calls.index(call))
    frames: list[_Seen] = [(c.arguments[0], o.value, c.expected) for c, o in asked]
    if all(values == frames[0][1] for _, values, _ in frames):
        return None
    _, *orders = itertools.permutations(range(len(FIELDS)))
    for order in orders:
        if all(values == tuple(due[i] for i in order) for _, values, due in frames):
            hint = f"All five are right, in another order. It is: {', '.join(FIELDS)}."
            data, gave, due = frames[0]
            evidence = f"{_shown(data)} gave {brief(gave)}; the answer is {due}."
            return parse_header.wrong("order", evidence, hint)
    return _wrong_value(frames, len(seen) > asked_again + 1)


def _wrong_value(frames: Sequence[_Seen], at_random: bool) -> Verdict:
    """Explain the first of the values that is wrong by its own mistakes."""
    for place in range(len(FIELDS)):
        bad = [each for each in frames if not _right(each[1][place], each[2][place])]
        if bad:
            break
    shown = min(bad, key=lambda each: len(each[0])) if at_random else bad[0]
    verdict = _told(place, shown)
    known = ((m, *change["instead"]) for m in _MISTAKES for change in m.changes)
    for mistake, at, read in known:
        if at == place and all(same(v[at], read(data)) for data, v, _ in frames):
            return replace(verdict, mistake=mistake.name, hint=mistake.hint)
    if verdict.mistake == "wrong-type":
        return verdict
    where = _where([data for data, *_ in frames], [data for data, *_ in bad])
    return replace(verdict, hint=f"{where} {verdict.hint}")


def _told(place: int, seen: _Seen) -> Verdict:
    """Say what one of the five values is, and should be."""
    data, values, due = seen
    field, value = FIELDS[place], values[place]
    evidence = f"{_shown(data)}: {field} is {due[place]}; yours is {brief(value)}."
    if place:
        evidence += f" (Right so far: {', '.join(FIELDS[:place])}.)"
    if hint := _of_wrong_type(field, value):
        return parse_header.wrong("wrong-type", evidence, hint)
    name = f"{field.replace(' ', '-')}-wrong"
    return parse_header.wrong(name, evidence, _spelled(field, data))


def _of_wrong_type(field: str, value: Any) -> str:
    """Return what to say of a value that is no number; empty if it is one."""
    wants_bool = field in ("fin", "masked")
    if isinstance(value, int) and (wants_bool or not isinstance(value, bool)):
        return ""
    more = {
        bool: " A comparison leaves True or False; `&` keeps the bits.",
        bytes: " `int.from_bytes(…)` makes a number of bytes.",
        str: " `int(text, 2)` makes a number of bits, `int(text, 16)` of hex digits.",
        tuple: " `struct.unpack` gives a tuple: take its first value.",
        float: " A whole number comes of `//` and of `int(…)`.",
    }
    if wants_bool:
        more = {str: ' Compare the bit with "1".'}
    wanted = "True or False" if wants_bool else "a number, an int"
    said = f"That is of type {type(value).__name__}; {field} is {wanted}."
    return said + more.get(type(value), "")


_KINDS: list[tuple[str, Callable[[bytes], bool]]] = [
    ("wherever MASK is 1", lambda d: d[1] > 127),
    ("wherever MASK is 0", lambda d: d[1] < 128),
    ("wherever FIN is 0", lambda d: d[0] < 128),
    ("wherever FIN is 1", lambda d: d[0] > 127),
    ("for each length up to 125", lambda d: d[1] & 127 < 126),
    ("for each length in the 16-bit form", lambda d: d[1] & 127 == 126),
    ("for each length in the 64-bit form", lambda d: d[1] & 127 == 127),
    ("for both of the longer forms of length", lambda d: d[1] & 127 > 125),
    ("for each control frame", lambda d: d[0] & 8 > 0),
    ("where a reserved bit is set", lambda d: d[0] & 0x70 > 0),
]


def _where(frames: Sequence[bytes], bad: Sequence[bytes]) -> str:
    """Say what the frames that are read wrongly have in common."""
    if len(bad) == len(frames):
        return f"It is wrong for all {len(frames)} frames."
    for words, holds in _KINDS:
        if list(filter(holds, frames)) == bad:
            return f"It is wrong {words}, and only there."
    return f"It is wrong for {len(bad)} of {len(frames)} frames."


def _spelled(field: str, data: bytes) -> str:
    """Say where a value stands, in bits or in bytes."""
    extra = {126: 2, 127: 8}.get(data[1] & 127, 0)
    if field == "length" and extra:
        held = data[2 : 2 + extra].hex(" ")
        return f"Here bytes 2 to {1 + extra} hold it: {held}."
    if field == "header size":
        key = 4 if data[1] > 127 else 0
        return f"Here it is 2 bytes, {extra} for a longer length and {key} for a key."
    number = 0 if field in ("fin", "opcode") else 1
    which = {"fin": "first bit", "opcode": "last four", "masked": "first bit"}
    return (
        f"Byte {number} is {data[number]:08b} in bits, and {field} is the "
        f"{which.get(field, 'last seven')}."
    )


def _shown(data: bytes) -> str:
    return data[:14].hex(" ") + (" …" if len(data) > 14 else "")


# --- the frames -----------------------------------------------------------------------


def _frames() -> list[bytes]:
    """Return frames of every kind of header, the plainest first."""
    kinds = [(1, True, 5), (2, True, 0), (1, False, 3), (0, True, 2), (0, False, 1)]
    kinds += [(9, True, 4), (10, True, 125), (1, True, 126), (2, True, 127)]
    kinds += [(1, True, 256), (2, False, 65535), (2, True, 65536), (1, True, 70000)]
    frames = [
        Frame(opcode=Opcode(o), fin=fin, payload=b"x" * n, masking_key=key).serialize()
        for o, fin, n in kinds
        for key in (_KEY, None)
    ]
    # Two frames in one row of bytes; reserved bits that extensions have set; and a
    # payload of which the most is to come.
    frames += [frames[0] + frames[-3], frames[1] + frames[2]]
    more = ("c18337fa213d4f8259", "528337fa213d4f8259", "827f0102030405060708787878")
    return [*frames, *map(bytes.fromhex, more)]


def _sampled(chance: random.Random) -> tuple[bytes]:
    """Return a frame of any kind, complete or not, or with the next one behind it."""
    opcode = chance.choice(list(Opcode))
    fin = opcode.is_control or chance.random() < 0.5
    size = chance.choice([*range(8), 63, 64, 124, 125])
    if not opcode.is_control and chance.random() < 0.6:
        size = chance.choice([126, 127, 128, 255, 256, 300, 2**16 - 1, 2**16])
        if chance.random() < 0.5:
            size = chance.randrange(126, 2 ** chance.choice([8, 12, 16, 32, 63]))
    key = chance.randbytes(4) if chance.random() < 0.5 else b""
    form = 0 if size < 126 else 2 if size < 2**16 else 8
    short = {0: size, 2: 126, 8: 127}[form] | (0x80 if key else 0)
    reserved = chance.choice([0, 0, 0, 0x40, 0x20, 0x10])
    first = fin << 7 | reserved | opcode
    head = bytes([chance.choice([first] * 9 + [0x7F]), short])
    head += size.to_bytes(8, "big")[8 - form :] + key
    behind = min(size, 400) + chance.choice([0, 0, 1, 6])
    return (head + chance.randbytes(chance.choice([behind, behind, min(behind, 9)])),)


parse_header = _Header(
    "parse_header",
    "`parse_header(data) -> tuple`. Exercise 2 of notebook 03.",
    takes=["data"],
    way=header,
    cases=[Case(data) for data in _frames()],
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="{cases} headers, from 2 to 14 bytes, in both directions.",
    run=_run,
    show=_shown,
    alone=_alone,
    unexplained=_first_wrong_value,
)
