"""Exercise 3 of notebook 03: write a frame. RFC 6455, section 5.2."""

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Mistake
from wslib.check.sandbox import Outcome
from wslib.check.verdict import Found
from wslib.show import FrameView


def text_framed(
    text: str,
    *,
    encode: Callable[[str], bytes] = str.encode,
    measure: Callable[[str, bytes], int] = lambda text, payload: len(payload),
    choose: Callable[[str, bytes], int] = lambda text, payload: len(payload),
    first: int = 0x81,
    mask: int = 0,
    short_to: float = 125,
    medium_to: float = 0xFFFF,
    marks: tuple[int, int] = (126, 127),
    write: Callable[[int, int, Any], bytes] = int.to_bytes,
    order: Any = "big",
    join: Callable[[bytes, bytes, bytes], Iterable[bytes]] = lambda h, n, p: (h, n, p),
) -> bytes:
    """Build a server's frame: two bytes, the longer length, if any, and the payload."""
    payload = encode(text)
    length = measure(text, payload)
    size = choose(text, payload)
    if size <= short_to:
        return b"".join(join(bytes([first, length + mask]), b"", payload))
    form = 0 if size <= medium_to else 1
    number = write(length, (2, 8)[form], order)
    return b"".join(join(bytes([first, marks[form] + mask]), number, payload))


def _characters(text: str, payload: bytes) -> int:
    return len(text)


def _in(*how: str) -> Callable[[str], bytes]:
    return lambda text: text.encode(*how)


def _cut(length: int, size: int, order: Any) -> bytes:
    """Write a length without what does not fit."""
    return (length % (1 << 8 * size)).to_bytes(size, order)


def _refuse_long(*parts: bytes) -> Iterable[bytes]:
    """Put a frame together, if it needs no 64-bit length."""
    if len(parts[-1]) > 0xFFFF:
        raise ValueError
    return parts


def _no_form_for(size: int, *, error: bool = False) -> Any:
    """Return what puts frames together, and has no header for this length."""

    def join(header: bytes, number: bytes, payload: bytes) -> Iterable[bytes]:
        if len(payload) != size:
            return header, number, payload
        if error:
            raise UnboundLocalError
        return header[:1], payload

    return join


_SHORTEST = "The shortest form that fits is the rule (section 5.2)"
_ENDS_AT_125 = "It ends at 125: 126 and 127 in the second byte mean something else."
_NEVER = 2.0**63  # a length that no text here has

# fmt: off
_MISTAKES = [
    Mistake("characters-counted", "The length counts bytes, not characters: encode "
        "first, then measure.", {"measure": _characters}, {"choose": _characters},
        measure=_characters, choose=_characters),
    Mistake("no-fin", "FIN is missing: the first byte is 81.", first=0x01),
    Mistake("binary", "Opcode 2 is binary. Text is opcode 1.", first=0x82),
    Mistake("81-in-decimal", "The first byte is 51, which is 81 in decimal. The 81 of "
        "the wire is hexadecimal: 0x81.", first=81),
    *(Mistake(f"off-by-one-{n}", f"Up to {n} the short form is used. {_ENDS_AT_125}",
        short_to=n) for n in (126, 127)),
    Mistake("off-by-one-125",
        f"At 125 bytes the longer form is used. {_SHORTEST}, and it fits up to 125.",
        short_to=124),
    Mistake("short-form-up-to-255", "Up to 255 the short form is used, as much as a "
        "byte holds. It ends at 125: the first of the eight bits is MASK, and 126 and "
        "127 mean something else.", short_to=255),
    *(Mistake(f"no-form-for-{size}", f"Neither case takes a length of {size:,}: one "
        "ends before it, and the next begins behind it. `<=` in one of them.",
        {"join": _no_form_for(size, error=True)}, join=_no_form_for(size))
        for size in (125, 126, 65535, 65536)),
    Mistake("off-by-one-65536", "65,536 does not fit into 16 bits: it becomes 00 00, "
        "or raises. The 16-bit form ends at 65,535.",
        {"medium_to": 65536, "write": _cut}, medium_to=65536),
    Mistake("off-by-one-65535", f"65,535 fits into 16 bits. {_SHORTEST}.",
        medium_to=65534),
    Mistake("16-bit-form-too-short", "The 16-bit length has no sign: it goes up to "
        "65,535, not to 32,767.", medium_to=0x7FFF),
    Mistake("no-64-bit-form", "Lengths above 65,535 need the 64-bit form: 127, then 8 "
        "bytes.", {"join": _refuse_long}, {"medium_to": _NEVER, "write": _cut},
        medium_to=_NEVER),
    Mistake("no-16-bit-form", "Up to 65,535 the length goes into 2 bytes, behind 126; "
        "the 8 bytes are for what is longer.", medium_to=-1),
    Mistake("short-form-only", "The length was put into the second byte, whatever it "
        "is. There it fits up to 125; from 126 on the second byte says which longer "
        "form follows.",
        {"short_to": _NEVER, "measure": lambda text, payload: len(payload) & 0x7F},
        {"short_to": _NEVER, "measure": lambda text, payload: len(payload) & 0xFF},
        short_to=_NEVER),
    *(Mistake(f"always-{bits}-bit", f"Short payloads take the short form. {_SHORTEST}.",
        short_to=-1, medium_to=to) for bits, to in ((16, 0xFFFF), (64, -1))),
    Mistake("126-and-127-swapped", "126 announces 2 bytes of length and 127 announces "
        "8. Yours are swapped.", marks=(127, 126)),
    *(Mistake(f"{mark}-for-both", "Before 8 bytes of length stands 127, before 2 "
        "stands 126.", marks=(mark, mark)) for mark in (126, 127)),
    Mistake("header-counted", "The length is 2 too long: it counts the payload, and "
        "not the header.", measure=lambda text, payload: len(payload) + 2,
        choose=lambda text, payload: len(payload) + 2),
    Mistake("126-and-127-missing", "The long length stands right behind the first "
        "byte. The second byte announces it: 126 for 2 bytes, 127 for 8.",
        join=lambda h, n, p: (h[:1] if n else h, n, p)),
    *(Mistake(f"64-bit-form-in-{most}-bytes", "Behind 127 the length has 8 bytes, not "
        f"{most}.", write=lambda n, size, o, most=most: _cut(n, min(size, most), o))
        for most in (4, 2)),
    Mistake("16-bit-form-in-4-bytes", "Behind 126 the length has 2 bytes, not 4.",
        write=lambda n, size, o: n.to_bytes(max(size, 4), o)),
    Mistake("16-bit-form-in-1-byte", "Behind 126 the length has 2 bytes, even where "
        "one would do.",
        {"write": lambda n, size, o: n.to_bytes(1 if size == 2 else size, o)},
        write=lambda n, size, o: bytes([n]) if size == 2 else n.to_bytes(size, o)),
    Mistake("little-endian", "The length's bytes are in the wrong order. The big end "
        "comes first: `!H`, `!Q`, or `.to_bytes(2, 'big')`.",
        {"write": lambda n, size, o: n.to_bytes(size, "little" if size > 2 else o)},
        {"write": lambda n, size, o: n.to_bytes(size, "little" if size < 8 else o)},
        order="little"),
    Mistake("struct-without-!", "Without `!`, struct writes in the order of this "
        "machine, and fills up with zeros so that numbers lie straight. `!BBH` and "
        "`!BBQ` are the network's.", order="little",
        join=lambda h, n, p: (h, bytes(6 if len(n) == 8 else 0), n, p)),
    Mistake("as-few-bytes-as-possible", "Behind 126 there are always 2 bytes of "
        "length, behind 127 always 8: zeros in front fill them up.",
        write=lambda n, size, o: n.to_bytes((n.bit_length() + 7) // 8, o)),
    Mistake("zeros-for-a-number", "`bytes(5)` makes 5 zeros. `bytes([5])` makes one "
        "byte of the number 5.",
        {"join": lambda h, n, p: (bytes(h[0]), bytes(len(p)), p)},
        join=lambda h, n, p: (h[:1], bytes(len(p)), p)),
    Mistake("two-bytes-each", "Each number from 128 on became two bytes: `chr` and "
        "`.encode()` make UTF-8 of it. `bytes([0x81])` is one byte.",
        join=lambda h, n, p: ("".join(map(chr, [h[0], len(p)])).encode(), p)),
    Mistake("length-as-digits", "The length was written in digits. It is a number: "
        "`bytes([5])` is one byte.",
        join=lambda h, n, p: (h[:1], str(len(p)).encode(), p)),
    Mistake("hex-as-text", "The digits 8 and 1 were written as characters. `0x81` is a "
        'number, `bytes([0x81])` and `b"\\x81"` are that byte.',
        join=lambda h, n, p: (f"81{len(p):02x}".encode(), p)),
    Mistake("first-bytes-swapped", "The first byte holds FIN and the opcode, the "
        "second the length.", {"join": lambda h, n, p: (h[::-1], p)},
        join=lambda h, n, p: (h[::-1], n, p)),
    Mistake("payload-missing", "That is the header alone. Behind it stands the "
        "payload.", join=lambda h, n, p: (h, n)),
    Mistake("header-missing", "That is the payload alone. Before it stands the header.",
        join=lambda h, n, p: (p,)),
    Mistake("first-byte-missing", "The first byte is missing: FIN and the opcode, 81.",
        join=lambda h, n, p: (h[1:], n, p)),
    *(Mistake(name, "Nothing marks the end: `ff` is the withdrawn protocol's, and line "
        "ends were the handshake's. The length says where the frame ends.",
        *({"join": lambda h, n, p, end=end: (h, n, p, end)} for end in ends))
        for name, ends in {"end-mark": (b"\xff", b"\0"), "line-end": (b"\n", b"\r\n")}
        .items()),
    Mistake("hixie-76", "That is a frame of the withdrawn protocol. Today's begins "
        "with 81 and the length.", join=lambda h, n, p: (b"\0", p, b"\xff")),
    Mistake("latin-1", "Text is UTF-8 on the wire, not Latin-1.",
        encode=_in("latin-1")),
    Mistake("ascii", "Text is UTF-8 on the wire. ASCII has no ü and no ß.",
        {"encode": _in("ascii", "ignore")}, {"encode": _in("ascii", "replace")},
        encode=_in("ascii")),
    Mistake("stripped", "Blanks or line ends around the text are gone. They belong to "
        "it.", encode=lambda text: text.strip().encode()),
    Mistake("utf-16", "Text is UTF-8 on the wire, not UTF-16.",
        {"encode": _in("utf-16-be")}, {"encode": _in("utf-16-le")},
        encode=_in("utf-16")),
    Mistake("empty-refused", "An empty text has a frame too: 81 00.",
        answer=lambda frame: frame if len(frame) > 2 else b""),
]
# fmt: on


def _masked(
    answer: Any, calls: Sequence[Call], seen: Sequence[Outcome]
) -> Found | None:
    """Name a client's frame, masked with whatever key."""
    for outcome, call in zip(seen, calls, strict=False):
        frame = outcome.value if type(outcome.value) is bytes else b""
        if len(frame) != len(call.expected) + 4 or frame[1] < 128:
            return None
    hint = "This is a client's frame, masked. A server masks nothing (section 5.1)."
    return "masked", "", hint


def _as_it_is_read(call: Call, given: Any) -> str | Found:
    """Say which field of a frame a reader would see otherwise than it should."""
    if type(given) is not bytes:
        return ""
    hint = call.hint
    read, due = FrameView(given).fields, FrameView(call.expected).fields
    for yours, right in zip(read, due, strict=False):
        if (yours.name, yours.bits, yours.data) == (right.name, right.bits, right.data):
            continue
        seen = f"Read by the rules, its {yours.name} is {yours.value}"
        seen += f" ({yours.meaning})" if yours.meaning else ""
        mistake = f"wrong-{yours.name.lower().replace(' ', '-')}"
        if yours.name == "MASK":
            hint = "A server masks nothing (section 5.1)."
        return mistake, f"{seen}; {right.name} should be {right.value}.", hint
    return hint


def _case(text: str) -> Case:
    size = len(text.encode())
    header = text_framed(text)[: -size or None]
    hint = f"{size:,} bytes of payload: the header is {header.hex(' ')}."
    return Case(text, hint=hint)


def _sampled(chance: random.Random) -> tuple[str]:
    """Return a text of a few bytes, or of about as many as a form of length holds."""
    letters = chance.choice(["x", "ae\u0301 ", "€\r\n", "😀ß\0"])
    size = chance.choice([*range(9), 63, 124, 125, 126, 127, 128, 255, 256, 300, 999])
    if chance.random() < 0.03:
        size = chance.randrange(65_500, 66_000)
    return ("".join(chance.choices(letters, k=size)),)


text_frame = Compared(
    "text_frame",
    "`text_frame(text) -> bytes`, a server's frame. Exercise 3 of notebook 03.",
    takes=["text"],
    way=text_framed,
    cases=[
        *map(_case, ("Hello", "", "Grüße", " blanks, and a line end \r\n")),
        *map(_case, ("x" * 125, "x" * 126, "x" * 127, "ü" * 63, "x" * 200, "x" * 256)),
        *map(_case, ("ü" * 16384, "x" * 65535, "x" * 65536, "x" * 70000)),
    ],
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="The three forms of the length, each up to its last byte, and UTF-8.",
    closer=_as_it_is_read,
    unexplained=_masked,
)
