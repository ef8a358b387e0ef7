"""The checks of notebook 03: one frame, read and written by hand."""

import struct
from collections.abc import Callable
from typing import Any

from wslib.attempt import Verdict, _brief, attempt, fault
from wslib.diagnosis import Case, Impostor, compare
from wslib.errors import ProtocolError
from wslib.frames import Frame, Opcode, apply_mask, parse_frame

__all__ = ["illegal_frames", "parse_header", "text_frame", "unmask"]

KEY = bytes.fromhex("37 fa 21 3d")


def unmask(function: Any) -> Verdict:
    """Check ``unmask(payload, masking_key) -> bytes``. Exercise 1 of notebook 03."""
    hello = bytes.fromhex("7f 9f 4d 51 58")
    cases = [
        Case((hello, KEY), b"Hello"),
        Case((b"", KEY), b"", "An empty payload stays empty."),
        Case((bytes.fromhex("3d 54 23"), bytes(4)), bytes.fromhex("3d 54 23")),
        Case((bytes.fromhex("70 10 6d"), bytes.fromhex("3d 54 23 06")), b"MDN"),
        Case(
            (apply_mask(b"Hello, world!", KEY), KEY),
            b"Hello, world!",
            "The key starts over after every 4 bytes.",
        ),
        Case((apply_mask(bytes(range(256)), KEY), KEY), bytes(range(256))),
        Case(
            (apply_mask(b"abcd" * 2, b"\xff\x01\x80\x7f"), b"\xff\x01\x80\x7f"),
            b"abcd" * 2,
        ),
    ]

    def each(step: Callable[[int, int], int]) -> Callable[[bytes, bytes], bytes]:
        return lambda p, k: bytes(step(b, k[i % 4]) & 0xFF for i, b in enumerate(p))

    impostors = [
        Impostor(
            "stops-after-4",
            lambda p, k: bytes(a ^ b for a, b in zip(p, k, strict=False)),
            "Only the first 4 bytes came back: `zip` stops with the shorter one, the "
            "key. The key has to start over: byte i goes with `masking_key[i % 4]`.",
        ),
        Impostor(
            "only-first-4",
            lambda p, k: bytes(a ^ b for a, b in zip(p, k, strict=False)) + p[4:],
            "The first 4 bytes are unmasked and the rest is as it was. The key starts "
            "over: byte i goes with `masking_key[i % 4]`.",
        ),
        Impostor(
            "whole-blocks-only",
            lambda p, k: apply_mask(p[: len(p) // 4 * 4], k),
            "The last one to three bytes are lost. Payloads come in every length.",
        ),
        Impostor(
            "unchanged",
            lambda p, k: p,
            "This is the payload as it was sent. XOR each byte with a byte of the key.",
        ),
        Impostor(
            "first-key-byte-only",
            lambda p, k: bytes(b ^ k[0] for b in p),
            "Every byte was XORed with the first byte of the key. Take turns: "
            "`masking_key[i % 4]`.",
        ),
        Impostor(
            "key-index-divided",
            lambda p, k: bytes(b ^ k[i // 4 % 4] for i, b in enumerate(p)),
            "The key moves on only after 4 bytes: `//` instead of `%`.",
        ),
        Impostor(
            "key-from-1",
            lambda p, k: bytes(b ^ k[(i + 1) % 4] for i, b in enumerate(p)),
            "The key starts with its second byte. Count i from 0.",
        ),
        Impostor(
            "key-backwards",
            lambda p, k: apply_mask(p, k[::-1]),
            "The key was used backwards.",
        ),
        Impostor(
            "added", each(lambda b, k: b + k), "The bytes were added. XOR is `^`."
        ),
        Impostor(
            "subtracted",
            each(lambda b, k: b - k),
            "The key was subtracted. XOR is `^`: bits differ or they do not, nothing "
            "is carried.",
        ),
        Impostor("or", each(lambda b, k: b | k), "That is OR, `|`. XOR is `^`."),
        Impostor("and", each(lambda b, k: b & k), "That is AND, `&`. XOR is `^`."),
    ]
    return compare(
        "unmask",
        function,
        cases,
        impostors,
        praise=f"{len(cases)} payloads. The same function masks: XOR twice is nothing.",
    )


HEADER_FIELDS = ("fin", "opcode", "masked", "length", "header size")
# For each field, the ways to get it wrong: name, what the wrong way gives, what to say.
Wrong = tuple[str, Callable[[bytes], Any], str]


def _length(data: bytes, order: str = ">") -> int:
    short = data[1] & 0x7F
    if short == 126:
        return int(struct.unpack_from(order + "H", data, 2)[0])
    return int(struct.unpack_from(order + "Q", data, 2)[0]) if short == 127 else short


def _header_size(data: bytes) -> int:
    extra = {126: 2, 127: 8}.get(data[1] & 0x7F, 0)
    return 2 + extra + (4 if data[1] >> 7 else 0)


WRONG_HEADER: dict[str, list[Wrong]] = {
    "fin": [
        (
            "fin-wrong-bit",
            lambda d: bool(d[0] & 1),
            "That is the last bit of the byte.",
        ),
        ("fin-always", lambda d: True, "It says that every frame is the last one."),
        ("fin-inverted", lambda d: not d[0] >> 7, "1 means: the last frame."),
        (
            "fin-from-second-byte",
            lambda d: bool(d[1] >> 7),
            "That is MASK, the first bit of the second byte.",
        ),
    ],
    "opcode": [
        (
            "opcode-whole-byte",
            lambda d: d[0],
            "That is the whole first byte. The opcode is its last four bits: `& 0x0F`.",
        ),
        (
            "opcode-7-bits",
            lambda d: d[0] & 0x7F,
            "Seven bits were kept; the opcode is the last four: `& 0x0F`.",
        ),
        (
            "opcode-high-bits",
            lambda d: d[0] >> 4,
            "Those are the first four bits, FIN and RSV. The opcode is the last four.",
        ),
        (
            "opcode-3-bits",
            lambda d: d[0] & 0x07,
            "Three bits were kept: a ping is 9 and needs four, `& 0x0F`.",
        ),
    ],
    "masked": [
        (
            "masked-from-first-byte",
            lambda d: bool(d[0] >> 7),
            "That is FIN. MASK is the first bit of the second byte.",
        ),
        ("masked-always", lambda d: True, "It says that every frame is masked."),
        ("masked-never", lambda d: False, "It says that no frame is masked."),
        ("masked-inverted", lambda d: not d[1] >> 7, "1 means: masked."),
        (
            "masked-wrong-bit",
            lambda d: bool(d[1] & 1),
            "That is the byte's last bit.",
        ),
    ],
    "length": [
        (
            "mask-bit-in-length",
            lambda d: d[1],
            "That is the whole second byte. MASK is not part of the length: `& 0x7F`.",
        ),
        (
            "126-taken-literally",
            lambda d: d[1] & 0x7F,
            "126 and 127 are no lengths: they say that the next 2 or 8 bytes hold it.",
        ),
        (
            "little-endian",
            lambda d: _length(d, "<"),
            "The bytes of the length were read in the wrong order. On the network the "
            'big end comes first: `int.from_bytes(…, "big")`, or `!H` in struct.',
        ),
        (
            "little-endian",
            lambda d: _length(d, "<" if d[1] & 0x7F == 126 else ">"),
            "The 2 bytes behind 126 were read in the wrong order. On the network the "
            'big end comes first: `int.from_bytes(…, "big")`, or `!H` in struct.',
        ),
        (
            "length-4-bytes",
            lambda d: (
                struct.unpack_from("!I", d, 2)[0] if d[1] & 0x7F == 127 else _length(d)
            ),
            "Behind 127 the length has 8 bytes, not 4.",
        ),
        (
            "length-2-bytes",
            lambda d: (
                struct.unpack_from("!H", d, 2)[0] if d[1] & 127 > 125 else _length(d)
            ),
            "Behind 127 the length has 8 bytes, not 2.",
        ),
        (
            "length-from-the-flags",
            lambda d: (
                int.from_bytes(d[1:3], "big") if d[1] & 0x7F == 126 else _length(d)
            ),
            "The extended length begins at the third byte, index 2.",
        ),
    ],
    "header size": [
        (
            "key-not-counted",
            lambda d: _header_size(d) - (4 if d[1] >> 7 else 0),
            "The masking key is part of the header: 4 bytes more where MASK is 1.",
        ),
        (
            "key-always-counted",
            lambda d: _header_size(d) + (0 if d[1] >> 7 else 4),
            "There is a masking key only where MASK is 1.",
        ),
        (
            "extension-not-counted",
            lambda d: 2 + (4 if d[1] >> 7 else 0),
            "The 2 or 8 bytes of a longer length belong to the header too.",
        ),
        (
            "always-2",
            lambda d: 2,
            "2 bytes are the least; a longer length and a key add.",
        ),
        ("always-6", lambda d: 6, "6 bytes are a short masked frame's; others differ."),
        (
            "payload-counted",
            lambda d: _header_size(d) + _length(d),
            "That is the whole frame. The header ends where the payload begins.",
        ),
    ],
}


def parse_header(function: Any) -> Verdict:
    """Check ``parse_header(data) -> tuple``. Exercise 2 of notebook 03."""
    exercise = "parse_header"
    if verdict := fault(exercise, function, None):
        return verdict
    frames = _headers()
    expected = [
        (bool(d[0] >> 7), d[0] & 0xF, bool(d[1] >> 7), _length(d), _header_size(d))
        for d in frames
    ]
    answers: list[Any] = []
    for data in frames:
        outcome = attempt(function, data)
        if verdict := fault(exercise, function, outcome):
            if verdict.right is None:
                return verdict
            return _wrong(
                exercise,
                verdict.mistake,
                f"{_shown(data)}: {verdict.evidence}",
                verdict.hint,
            )
        value = outcome.value
        if not isinstance(value, tuple | list) or len(value) != len(HEADER_FIELDS):
            return _wrong(
                exercise,
                "not-five-values",
                f"{_shown(data)} gave {_brief(value)}.",
                f"Return five values: {', '.join(HEADER_FIELDS)}.",
            )
        answers.append(tuple(value))
    for place, field in enumerate(HEADER_FIELDS):
        said = [answer[place] for answer in answers]
        right = [values[place] for values in expected]
        if said == right:
            continue
        index = next(
            i for i, (s, r) in enumerate(zip(said, right, strict=True)) if s != r
        )
        evidence = (
            f"{_shown(frames[index])}: the {field} is {right[index]}; "
            f"yours is {_brief(said[index])}."
        )
        for mistake, wrong, hint in WRONG_HEADER[field]:
            if [_tried(wrong, data) for data in frames] == said:
                return _wrong(exercise, mistake, evidence, hint)
        if not isinstance(said[index], int):
            hint = "A number, please; or True and False, for FIN and MASK."
            return _wrong(exercise, "wrong-type", evidence, hint)
        return _wrong(
            exercise,
            f"{field.replace(' ', '-')}-wrong",
            evidence,
            "Write the first two bytes in bits, `f'{data[0]:08b}'`, and put the "
            "diagram of section 5.2 beside them.",
        )
    return Verdict(
        exercise=exercise,
        right=True,
        evidence=f"{len(frames)} headers, from 2 to 14 bytes, in both directions.",
    )


def _headers() -> list[bytes]:
    """Return frames of every kind of header, the plainest first."""
    kinds = [
        (Opcode.TEXT, True, 5),
        (Opcode.BINARY, True, 0),
        (Opcode.TEXT, False, 3),
        (Opcode.CONTINUATION, True, 2),
        (Opcode.PING, True, 4),
        (Opcode.PONG, True, 125),
        (Opcode.TEXT, True, 126),
        (Opcode.BINARY, True, 127),
        (Opcode.TEXT, True, 256),
        (Opcode.BINARY, False, 65535),
        (Opcode.BINARY, True, 65536),
        (Opcode.TEXT, True, 70000),
    ]
    return [
        Frame(opcode=o, fin=fin, payload=b"x" * n, masking_key=key).serialize()
        for o, fin, n in kinds
        for key in (KEY, None)
    ]


def _tried(function: Callable[[bytes], Any], data: bytes) -> Any:
    try:
        return function(data)
    except struct.error as exc:
        return exc


def _shown(data: bytes) -> str:
    more = " …" if len(data) > 14 else ""
    return data[:14].hex(" ") + more


def _wrong(exercise: str, mistake: str | None, evidence: str, hint: str) -> Verdict:
    return Verdict(
        exercise=exercise, right=False, mistake=mistake, evidence=evidence, hint=hint
    )


def _text_frame(
    text: str,
    *,
    first: int = 0x81,
    mask: int = 0,
    order: str = "!",
    short_to: int = 125,
    medium_to: int = 0xFFFF,
    size: Callable[[str], int] = lambda text: len(text.encode()),
) -> bytes:
    """Build a text frame with one thing changed."""
    length = size(text)
    if length <= short_to:
        header = struct.pack("!BB", first, mask | length)
    elif length <= medium_to:
        header = struct.pack("!BB", first, mask | 126) + struct.pack(
            order + "H", length & 0xFFFF
        )
    else:
        header = struct.pack("!BB", first, mask | 127) + struct.pack(
            order + "Q", length
        )
    return header + text.encode()


def text_frame(function: Any) -> Verdict:
    """Check ``text_frame``, a server's frame. Exercise 3 of notebook 03."""
    texts = ["Hello", "", "Grüße", "x" * 125, "x" * 126, "x" * 127, "ü" * 63]
    texts += ["x" * 65535, "x" * 65536, "x" * 70000]
    cases = [
        Case(
            (text,),
            _text_frame(text),
            f"{len(text.encode()):,} bytes of payload: the header is "
            f"{_text_frame(text)[: -len(text.encode()) or None].hex(' ')}.",
        )
        for text in texts
    ]

    def changed(**changes: Any) -> Callable[[str], bytes]:
        return lambda text: _text_frame(text, **changes)

    impostors = [
        Impostor(
            "characters-counted",
            changed(size=len),
            "The length counts bytes, not characters: encode first, then measure.",
        ),
        Impostor(
            "no-fin", changed(first=0x01), "FIN is missing: the first byte is 81."
        ),
        Impostor(
            "binary", changed(first=0x82), "Opcode 2 is binary. Text is opcode 1."
        ),
        Impostor(
            "little-endian",
            changed(order="<"),
            "The length's bytes are in the wrong order. The big end comes first: `!H`, "
            "`!Q`, or `.to_bytes(2, 'big')`.",
        ),
        Impostor(
            "off-by-one-126",
            changed(short_to=126),
            "At 126 bytes the short form is used. It ends at 125: 126 and 127 in the "
            "second byte mean something else.",
        ),
        Impostor(
            "off-by-one-127",
            changed(short_to=127),
            "Up to 127 the short form is used. It ends at 125: 126 and 127 in the "
            "second byte mean something else.",
        ),
        Impostor(
            "off-by-one-125",
            changed(short_to=124),
            "At 125 bytes the longer form is used. The shortest form that fits is the "
            "rule (section 5.2), and it fits up to 125.",
        ),
        Impostor(
            "off-by-one-65536",
            changed(medium_to=65536),
            "65,536 does not fit into 16 bits: it went out as 00 00. The 16-bit form "
            "ends at 65,535.",
        ),
        Impostor(
            "off-by-one-65535",
            changed(medium_to=65534),
            "65,535 fits into 16 bits. The shortest form that fits is the rule.",
        ),
        Impostor(
            "no-64-bit-form",
            changed(medium_to=2**62),
            "Lengths above 65,535 need the 64-bit form: 127, then 8 bytes.",
        ),
        Impostor(
            "mask-bit-set",
            changed(mask=0x80),
            "The MASK bit is set, and there is no key. A server masks nothing.",
        ),
        Impostor(
            "always-16-bit",
            changed(short_to=-1),
            "Short payloads take the short form (section 5.2: the minimal number of "
            "bytes).",
        ),
        Impostor(
            "text-not-bytes",
            lambda text: _text_frame(text).decode("latin-1"),
            "A frame is bytes. Encode the text first, as UTF-8.",
        ),
        Impostor(
            "masked",
            lambda text: Frame(
                opcode=Opcode.TEXT, payload=text.encode(), masking_key=KEY
            ).serialize(),
            "This is a client's frame, masked. A server masks nothing (section 5.1).",
        ),
    ]
    verdict = compare(
        "text_frame",
        function,
        cases,
        impostors,
        praise="The three forms of the length, each up to its last byte, and UTF-8.",
    )
    if verdict.mistake == "raises" and "65535" in verdict.evidence:  # struct's words
        hint = "65,536 does not fit into 16 bits. The 16-bit form ends at 65,535."
        return _wrong("text_frame", "off-by-one-65536", verdict.evidence, hint)
    return verdict


def illegal_frames(answers: Any, frames: dict[str, str]) -> Verdict:
    """Check which of a client's frames are legal. Exercise 4 of notebook 03.

    Args:
        answers: A dict from the name of each frame to True (legal) or False.
        frames: A dict from the name of each frame to its hex.
    """
    exercise = "illegal_frames"
    if answers is None or answers is ...:
        return Verdict(exercise=exercise)
    if not isinstance(answers, dict):
        return _wrong(
            exercise, "wrong-type", f"This is {_brief(answers)}.", "Keep the dict."
        )
    if all(value in (..., None) for value in answers.values()):
        return Verdict(exercise=exercise)
    for name, digits in frames.items():
        said = answers.get(name)
        if said is None or said is ...:
            return _wrong(
                exercise, "missing", f"Nothing for {name} yet.", "True or False?"
            )
        if not isinstance(said, bool):
            evidence = f"{name} has {_brief(said)}."
            return _wrong(exercise, "wrong-type", evidence, "True (legal) or False.")
        try:
            parse_frame(bytes.fromhex(digits), masked=True)
        except ProtocolError as error:
            if said:
                return _wrong(
                    exercise,
                    f"missed-{error.section}",
                    f"{name}, {digits}, is not legal.",
                    f"Read section {error.section} again, with the bits beside you.",
                )
        else:
            if not said:
                return _wrong(
                    exercise,
                    "legal-refused",
                    f"{name}, {digits}, is a legal frame.",
                    "Which rule would it break? Take the first two bytes bit by bit.",
                )
    return Verdict(
        exercise=exercise,
        right=True,
        evidence=f"All {len(frames)}, as a strict server would judge them.",
    )
