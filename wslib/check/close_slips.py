"""The right way to the payload of a Close frame, and the slips on it. Section 5.5.1.

:func:`closing` does it right or, asked by a keyword, in one of the ways in which people
do it wrong: those of the table. See :mod:`wslib.check.slips`.
"""

import struct
from collections.abc import Callable, Iterable
from typing import Any

from wslib.check.slips import NOT_BYTES, Slip


def closing(
    code: int,
    reason: str = "",
    *,
    order: Any = "big",
    width: int = 2,
    write: Callable[[int, int, Any], bytes] = lambda code, width, order: code.to_bytes(
        width, order
    ),
    encoding: str = "utf-8",
    errors: str = "strict",
    parts: Callable[[bytes, bytes], Iterable[bytes]] = lambda code, reason: (
        code,
        reason,
    ),
    refused: Callable[[int], bool] = lambda code: False,
    longest: int = 123,
    cut: bool = False,
    after: Callable[[bytes], Any] = bytes,
) -> Any:
    """Return the payload of a Close frame, for a code and a reason that may be sent."""
    words = reason.encode(encoding, errors)
    if refused(code) or (len(words) > longest and not cut):
        raise ValueError
    data = b"".join(parts(write(code, width, order), words[:longest]))
    return after(data)


CLOSE_SLIPS = [
    Slip(
        "little-endian",
        "The code's bytes are in the wrong order: the big end comes first.",
        order="little",
    ),
    Slip(
        "code-as-digits",
        "The code was written in digits. It is a number of 2 bytes: "
        "`code.to_bytes(2, 'big')`.",
        {"write": lambda code, width, order: hex(code).encode()},
        {"write": lambda code, width, order: f"{code:x}".encode()},
        {"write": lambda code, width, order: f"{code:04x}".encode()},
        write=lambda code, width, order: str(code).encode(),
    ),
    Slip(
        "digits-read-as-hex",
        "The decimal digits of the code were read as hexadecimal ones: 1000 is 03 e8.",
        write=lambda code, width, order: bytes.fromhex(str(code)),
    ),
    Slip(
        "divided-by-255",
        "A byte has 256 values, 0 to 255: divide by 256, or shift by 8 bits.",
        write=lambda code, width, order: bytes(divmod(code, 255)),
    ),
    Slip("code-in-4-bytes", "The code takes 2 bytes, not 4.", width=4),
    Slip("code-in-8-bytes", "The code takes 2 bytes, not 8.", width=8),
    Slip(
        "code-in-1-byte",
        "A byte holds at most 255. The code takes 2, the big end first: "
        "`code.to_bytes(2, 'big')`.",
        {"write": lambda code, width, order: bytes([code & 0xFF])},
        {"write": lambda code, width, order: bytes([code])},
        width=1,
    ),
    Slip(
        "code-in-zeros",
        "`bytes(1000)` makes 1,000 zeros. `code.to_bytes(2, 'big')` writes the number.",
        write=lambda code, width, order: bytes(code),
    ),
    Slip(
        "code-as-character",
        "`chr` and `.encode()` make UTF-8 of the code. It is a number of 2 bytes: "
        "`code.to_bytes(2, 'big')`.",
        write=lambda code, width, order: chr(code).encode(),
    ),
    Slip(
        "code-missing",
        "The code is missing: 2 bytes, before the reason.",
        parts=lambda code, reason: (reason,),
    ),
    Slip(
        "reason-missing",
        "The reason is missing: it stands behind the code, as UTF-8.",
        parts=lambda code, reason: (code,),
    ),
    Slip(
        "reason-first",
        "The code comes first, then the reason.",
        parts=lambda code, reason: (reason, code),
    ),
    Slip(
        "whole-frame",
        "That is the whole frame. Only its payload is asked for.",
        parts=lambda c, r: (bytes([0x88, len(c + r)]), c, r),
    ),
    Slip(
        "length-in-front",
        "The length stands in the frame's header. Only the payload is asked for.",
        {"parts": lambda c, r: (c, bytes([len(r)]), r)},
        parts=lambda c, r: (bytes([len(c + r)]), c, r),
    ),
    Slip(
        "something-between",
        "Nothing stands between code and reason.",
        *(
            {"parts": lambda code, reason, between=between: (code, between, reason)}
            for between in (b":", b": ", b"\0", b"\r\n", b"\n")
        ),
        parts=lambda code, reason: (code, b" ", reason),
    ),
    Slip(
        "something-behind",
        "Nothing stands behind the reason: the frame's header says where it ends.",
        *(
            {"parts": lambda code, reason, end=end: (code, reason, end)}
            for end in (b"\r\n", b"\n")
        ),
        parts=lambda code, reason: (code, reason, b"\0"),
    ),
    Slip(
        "filled-up",
        "The reason was filled up to 123 bytes. It is as long as it is.",
        parts=lambda code, reason: (code, reason.ljust(123, b"\0")),
    ),
    Slip(
        "reason-too-short",
        "A reason of 123 bytes fits: 125 less the 2 of the code.",
        *({"longest": longest} for longest in (122, 121, 120, 119, 100)),
        *({"longest": longest, "cut": True} for longest in (122, 121, 120, 119, 100)),
    ),
    Slip("latin-1", "The reason is UTF-8, not Latin-1.", encoding="latin-1"),
    Slip(
        "ascii",
        "The reason is UTF-8. ASCII has no ü.",
        {"encoding": "ascii", "errors": "ignore"},
        {"encoding": "ascii", "errors": "replace"},
        encoding="ascii",
    ),
    Slip(
        "all-refused",
        "Every code is refused, even 1000. Go through the condition with 1000 in mind: "
        "`and` or `or`, `in` or `not in`?",
        refused=lambda code: True,
    ),
    Slip(
        "stripped",
        "Blanks at the beginning or the end are gone. They belong to the reason.",
        parts=lambda code, reason: (code, reason.strip()),
    ),
    Slip(
        "3000-and-up-refused",
        "3000 to 3999 are for libraries, 4000 to 4999 for your own use: they may be "
        "sent (section 7.4.2).",
        {"refused": lambda code: code > 1015},
        refused=lambda code: code > 1014,
    ),
    Slip(
        "3000-to-3999-refused",
        "3000 to 3999 are for libraries: they may be sent (section 7.4.2).",
        refused=lambda code: 3000 <= code < 4000,
    ),
    Slip(
        "4000-to-4999-refused",
        "4000 to 4999 are for your own use: they may be sent (section 7.4.2).",
        refused=lambda code: 4000 <= code < 5000,
    ),
    Slip(
        "1012-to-1014-refused",
        "1012, 1013 and 1014 were registered after the RFC: they may be sent.",
        refused=lambda code: 1012 <= code <= 1014,
    ),
    Slip(
        "last-code-refused",
        "1014 and 4999 may be sent: Python's range stops before its second argument.",
        {"refused": lambda code: code == 1014},
        {"refused": lambda code: code == 4999},
        refused=lambda code: code in (1014, 4999),
    ),
    Slip(
        "1000-refused",
        "1000 may be sent: it is the plain goodbye.",
        refused=lambda code: code == 1000,
    ),
    Slip(
        "text-not-bytes",
        "A payload is bytes. Encode the reason, as UTF-8, and put bytes together.",
        {"after": lambda data: data.decode("latin-1")},
        {
            "after": lambda data: (
                f"{struct.unpack('!H', data[:2])[0]}{data[2:].decode()}"
            )
        },
        after=lambda data: data.decode(),
    ),
    *NOT_BYTES,
]
