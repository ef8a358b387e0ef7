"""The right way to write a text frame, and the slips on it. Section 5.2.

:func:`text_framed` does it right or, asked by a keyword, in one of the ways in which
people do it wrong: those of the table. See :mod:`wslib.check.slips`.
"""

from collections.abc import Callable, Iterable
from typing import Any

from wslib.check.slips import NOT_BYTES, Slip
from wslib.frames import apply_mask


def text_framed(
    text: str,
    *,
    encoding: str = "utf-8",
    errors: str = "strict",
    measure: Callable[[str, bytes], int] = lambda text, payload: len(payload),
    first: int = 0x81,
    mask: int = 0,
    order: Any = "big",
    short_to: float = 125,
    medium_to: float = 0xFFFF,
    gap: int = -1,
    marks: tuple[int | None, int | None] = (126, 127),
    widths: tuple[int, int] = (2, 8),
    aligned: bool = False,
    fewest: bool = False,
    cut: bool = False,
    key: bytes | None = None,
    parts: Callable[..., Iterable[bytes]] = lambda h, n, k, p: (h, n, k, p),
    after: Callable[[bytes], Any] = bytes,
) -> Any:
    """Build the frame of a text, unmasked, FIN set, with the shortest length."""
    payload = text.encode(encoding, errors)
    length, extended = measure(text, payload), b""
    short: int | None = length
    if length == gap:
        short = None
    elif length > short_to:
        form = 0 if length <= medium_to else 1
        short, width = marks[form], widths[form]
        if fewest:
            width = (length.bit_length() + 7) // 8
        number = length % 256**width if cut else length
        extended = number.to_bytes(width, order)
        if aligned and form:  # 8 bytes begin at a place that 8 divides
            extended = bytes(6) + extended
    header = bytes([first] if short is None else [first, short + mask])
    if key is not None:
        payload = apply_mask(payload, key)
    return after(b"".join(parts(header, extended, key or b"", payload)))


def _refuse_long(*parts: bytes) -> Iterable[bytes]:
    """Put a frame together, if it needs no 64-bit length."""
    if len(parts[-1]) > 0xFFFF:
        raise ValueError
    return parts


def _unset(*parts: bytes) -> Iterable[bytes]:
    """Put a frame together whose header was never made, for some length."""
    if len(parts[0]) < 2:
        raise UnboundLocalError
    return parts


_SHORTEST = "The shortest form that fits is the rule (section 5.2)"
_NEVER = 2.0**63  # a length that no text here has

TEXT_FRAME_SLIPS = [
    Slip(
        "characters-counted",
        "The length counts bytes, not characters: encode first, then measure.",
        measure=lambda text, payload: len(text),
    ),
    Slip(
        "no-fin",
        "FIN is missing: the first byte is 81.",
        first=0x01,
    ),
    Slip(
        "binary",
        "Opcode 2 is binary. Text is opcode 1.",
        first=0x82,
    ),
    Slip(
        "binary-and-no-fin",
        "The first byte of a text is 81.",
        first=0x02,
    ),
    Slip(
        "continuation",
        "Opcode 0 continues a message that has begun before. Text is opcode 1.",
        first=0x80,
    ),
    Slip(
        "bits-in-the-wrong-place",
        "FIN is the first of the eight bits and the opcode the last four: 1000 0001.",
        first=0x18,
    ),
    Slip(
        "81-in-decimal",
        "The first byte is 51, which is 81 in decimal. The 81 of the wire is "
        "hexadecimal: 0x81.",
        first=81,
    ),
    Slip(
        "reserved-bits-set",
        "The reserved bits are set. FIN is one bit, the first: 1000 0001.",
        first=0xF1,
    ),
    Slip(
        "off-by-one-126",
        "At 126 bytes the short form is used. It ends at 125: 126 and 127 in the second"
        " byte mean something else.",
        short_to=126,
    ),
    Slip(
        "off-by-one-127",
        "Up to 127 the short form is used. It ends at 125: 126 and 127 in the second "
        "byte mean something else.",
        short_to=127,
    ),
    Slip(
        "off-by-one-125",
        f"At 125 bytes the longer form is used. {_SHORTEST}, and it fits up to 125.",
        short_to=124,
    ),
    Slip(
        "short-form-up-to-255",
        "Up to 255 the short form is used, as much as a byte holds. It ends at 125: "
        "the first of the eight bits is MASK, and 126 and 127 mean something else.",
        short_to=255,
    ),
    *(
        Slip(
            f"no-form-for-{limit}",
            f"Neither case takes a length of {limit:,}: one ends before it, and the "
            "next begins behind it. `<=` in one of them.",
            {"gap": limit, "parts": _unset},
            gap=limit,
        )
        for limit in (125, 126, 65535, 65536)
    ),
    Slip(
        "off-by-one-65536",
        "65,536 does not fit into 16 bits: it went out as 00 00. The 16-bit form ends "
        "at 65,535.",
        medium_to=65536,
        cut=True,
    ),
    Slip(
        "off-by-one-65536",
        "65,536 does not fit into 16 bits. The 16-bit form ends at 65,535.",
        medium_to=65536,
    ),
    Slip(
        "off-by-one-65535",
        f"65,535 fits into 16 bits. {_SHORTEST}.",
        medium_to=65534,
    ),
    Slip(
        "16-bit-form-too-short",
        "The 16-bit length has no sign: it goes up to 65,535, not to 32,767.",
        medium_to=0x7FFF,
    ),
    Slip(
        "no-64-bit-form",
        "Lengths above 65,535 need the 64-bit form: 127, then 8 bytes.",
        {"parts": _refuse_long},
        dict(medium_to=_NEVER, cut=True),
        medium_to=_NEVER,
    ),
    Slip(
        "no-16-bit-form",
        "Up to 65,535 the length goes into 2 bytes, behind 126; the 8 bytes are for "
        "what is longer.",
        medium_to=-1,
    ),
    Slip(
        "short-form-only",
        "The length was put into the second byte, whatever it is. There it fits up to "
        "125; from 126 on the second byte says which longer form follows.",
        short_to=_NEVER,
    ),
    Slip(
        "always-16-bit",
        f"Short payloads take the short form. {_SHORTEST}.",
        short_to=-1,
    ),
    Slip(
        "always-64-bit",
        f"Short payloads take the short form. {_SHORTEST}.",
        short_to=-1,
        medium_to=-1,
    ),
    Slip(
        "126-and-127-swapped",
        "126 announces 2 bytes of length and 127 announces 8. Yours are swapped.",
        marks=(127, 126),
    ),
    Slip(
        "126-for-both",
        "126 announces 2 bytes of length. Before the 8 bytes stands 127.",
        marks=(126, 126),
    ),
    Slip(
        "126-and-127-missing",
        "The long length stands right behind the first byte. The second byte announces "
        "it: 126 for 2 bytes, 127 for 8.",
        marks=(None, None),
    ),
    Slip(
        "64-bit-form-in-4-bytes",
        "Behind 127 the length has 8 bytes, not 4.",
        widths=(2, 4),
    ),
    Slip(
        "64-bit-form-in-2-bytes",
        "Behind 127 the length has 8 bytes, not 2.",
        widths=(2, 2),
        cut=True,
    ),
    Slip(
        "16-bit-form-in-4-bytes",
        "Behind 126 the length has 2 bytes, not 4.",
        widths=(4, 8),
    ),
    Slip(
        "16-bit-form-in-1-byte",
        "Behind 126 the length has 2 bytes, even where one would do.",
        widths=(1, 8),
    ),
    Slip(
        "little-endian",
        "The length's bytes are in the wrong order. The big end comes first: `!H`, "
        "`!Q`, or `.to_bytes(2, 'big')`.",
        order="little",
    ),
    Slip(
        "struct-without-!",
        "Without `!`, struct writes in the order of this machine, and fills up with "
        "zeros so that numbers lie straight. `!BBH` and `!BBQ` are the network's.",
        order="little",
        aligned=True,
    ),
    Slip(
        "as-few-bytes-as-possible",
        "Behind 126 there are always 2 bytes of length, behind 127 always 8: zeros in "
        "front fill them up.",
        fewest=True,
    ),
    Slip(
        "zeros-for-a-number",
        "`bytes(5)` makes 5 zeros. `bytes([5])` makes one byte of the number 5.",
        parts=lambda h, n, k, p: (h[:1], bytes(len(p)), p),
    ),
    Slip(
        "length-as-digits",
        "The length was written in digits. It is a number: `bytes([5])` is one byte.",
        parts=lambda h, n, k, p: (h[:1], str(len(p)).encode(), p),
    ),
    Slip(
        "hex-as-text",
        "The digits 8 and 1 were written as characters. `0x81` is a number, "
        '`bytes([0x81])` and `b"\\x81"` are that byte.',
        parts=lambda h, n, k, p: (f"81{len(p):02x}".encode(), p),
    ),
    Slip(
        "first-bytes-swapped",
        "The first byte holds FIN and the opcode, the second the length.",
        {"parts": lambda h, n, k, p: (h[::-1], p)},
        parts=lambda h, n, k, p: (h[::-1], n, k, p),
    ),
    Slip(
        "mask-bit-set",
        "The MASK bit is set, and there is no key. A server masks nothing.",
        mask=0x80,
    ),
    Slip(
        "masked",
        "This is a client's frame, masked. A server masks nothing (section 5.1).",
        mask=0x80,
        key=bytes.fromhex("37 fa 21 3d"),
    ),
    Slip(
        "masked",
        "This is a client's frame, with a key of zeros. A server masks nothing (section"
        " 5.1).",
        mask=0x80,
        key=bytes(4),
    ),
    Slip(
        "header-counted",
        "The length is 2 too long: it counts the payload, and not the header.",
        measure=lambda text, payload: len(payload) + 2,
    ),
    Slip(
        "payload-missing",
        "That is the header alone. Behind it stands the payload.",
        parts=lambda h, n, k, p: (h, n, k),
    ),
    Slip(
        "header-missing",
        "That is the payload alone. Before it stands the header.",
        parts=lambda h, n, k, p: (p,),
    ),
    Slip(
        "header-behind",
        "The header comes first, then the payload.",
        parts=lambda h, n, k, p: (p, h, n, k),
    ),
    Slip(
        "first-byte-missing",
        "The first byte is missing: FIN and the opcode, 81.",
        parts=lambda h, n, k, p: (h[1:], n, k, p),
    ),
    Slip(
        "length-behind-the-payload",
        "The longer length stands before the payload, right behind the second byte.",
        parts=lambda h, n, k, p: (h, p, n),
    ),
    Slip(
        "end-mark",
        "An `ff` at the end is the withdrawn protocol's. Today the length says where a "
        "frame ends.",
        parts=lambda h, n, k, p: (h, n, p, b"\xff"),
    ),
    Slip(
        "end-mark",
        "Nothing marks the end. The length says where it is.",
        parts=lambda h, n, k, p: (h, n, p, b"\0"),
    ),
    Slip(
        "line-end",
        "Nothing marks the end: line ends were the handshake's. The length says where "
        "the frame ends.",
        dict(parts=lambda h, n, k, p: (h, n, p, b"\n")),
        parts=lambda h, n, k, p: (h, n, p, b"\r\n"),
    ),
    Slip(
        "hixie-76",
        "That is a frame of the withdrawn protocol. Today's begins with 81 and the "
        "length.",
        parts=lambda h, n, k, p: (b"\0", p, b"\xff"),
    ),
    Slip(
        "latin-1",
        "Text is UTF-8 on the wire, not Latin-1.",
        encoding="latin-1",
    ),
    Slip(
        "ascii",
        "Text is UTF-8 on the wire. ASCII has no ü.",
        encoding="ascii",
    ),
    Slip(
        "ascii",
        "The ü and ß are lost: ASCII has none. Text is UTF-8 on the wire.",
        encoding="ascii",
        errors="ignore",
    ),
    Slip(
        "ascii",
        "The ü and ß became question marks: ASCII has none. Text is UTF-8 on the wire.",
        encoding="ascii",
        errors="replace",
    ),
    Slip(
        "utf-16",
        "Text is UTF-8 on the wire, not UTF-16.",
        {"encoding": "utf-16-be"},
        {"encoding": "utf-16-le"},
        encoding="utf-16",
    ),
    Slip(
        "text-not-bytes",
        "A frame is bytes. Encode the text first, as UTF-8, and put bytes together.",
        after=lambda frame: frame.decode("latin-1"),
    ),
    Slip(
        "empty-refused",
        "An empty text has a frame too: 81 00.",
        after=lambda frame: frame if len(frame) > 2 else b"",
    ),
    *NOT_BYTES,
]
