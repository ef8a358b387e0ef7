"""What every exercise knows: mistakes that fit any answer, and what exceptions mean.

:func:`usual` gives the mistakes for answers of a type: bytes as a list, as hexadecimal
digits, between quotation marks; one comma too many. :func:`on_raising` says what to
look at when Python itself objects.
"""

import re
import struct
from collections.abc import Sequence
from typing import Any

from wslib.check.mistakes import Mistake

Kind = type[Exception] | tuple[type[Exception], ...]
_AROUND = "`bytes(…)` around it makes bytes of it."


def usual(due: Sequence[Any]) -> list[Mistake]:
    """Return the mistakes that fit the type of the answers that are due."""
    types = {type(each) for each in due}
    return [*(_BY_TYPE.get(types.pop(), []) if len(types) == 1 else []), _COMMA]


def on_raising(error: BaseException | None) -> str:
    """Return a hint for an exception that people run into here; empty if unknown."""
    for kind, words, hint in _RAISED:
        if isinstance(error, kind) and re.search(words, str(error)):
            return hint
    return ""


# fmt: off
_RAISED: list[tuple[Kind, str, str]] = [
    ((TypeError, AttributeError), "coroutine|Future", "An `await` is missing. A call "
        "of an `async` function, or of `gather`, only prepares; `await` waits for what "
        "comes of it."),
    (AttributeError, "'Frame'", "A frame has `opcode`, `fin` and `payload`."),
    (AttributeError, "'tuple' .*'(payload|opcode|fin)'", "`parse_frame` gives two "
        "values: the frame, and its size."),
    (AttributeError, "", "Look at what kind of value stands before the dot."),
    (TypeError, "encoded before", "A hash takes bytes: `.encode()` makes them of "
        "text."),
    (TypeError, "requires string as left operand", "On the right of `in` stands a "
        "text, and on the left something else. Which is to be found, and in what?"),
    (TypeError, "function_or_method|[\"'](function|method)[\"']",
        "A function stands there itself. Round brackets behind its name call it."),
    (TypeError, "encoding", "`bytes([129, 5])` makes bytes of numbers, in a list. "
        "`text.encode()` makes them of text."),
    (TypeError, "not callable", "Brackets behind a name call it, and this is no "
        "function."),
    (TypeError, "item assignment", "`bytes` cannot be changed, once made. Collect the "
        "new bytes in a list or a `bytearray`, and make `bytes(…)` of it at the end."),
    (TypeError, r"ord\(\)", "A single byte, `data[0]`, is a number already: `ord` is "
        "for characters."),
    (TypeError, "unsupported operand .*'NoneType'", "One of the two is None. Where was "
        "it to get its value?"),
    (TypeError, r"unsupported operand .*'bytes'", "That works with numbers, and these "
        "are bytes. A single one, `data[i]`, is a number."),
    (TypeError, r"unsupported operand .*'str'", "That works with numbers, and one of "
        "these is text. `int(bits, 2)` makes a number of bits, and a single byte, "
        "`data[i]`, is one already."),
    (TypeError, "HASH", "That is the hash itself, which goes on counting; its "
        "`.digest()` gives the bytes."),
    (TypeError, "concat|a bytes-like object is required|expected str instance|sequence "
        "item", "Text, numbers and bytes do not mix. `.encode()` makes bytes of "
        "text, `bytes([n])` of a number, `.decode()` text of bytes."),
    (TypeError, "'int' object is not|has no len|not subscriptable|not iterable",
        "One of these values is a number, or None, where a row of bytes was expected. "
        "`data[0]` is a number, `data[0:1]` is bytes."),
    (TypeError, "'float' object cannot", "`/` gives a number with a point, `//` a "
        "whole one."),
    (TypeError, "'(bytes|bytearray|str)' object cannot be interpreted as an integer",
        "`bytes([…])` takes numbers, one for each byte, and one of these is text or "
        "bytes. Add bytes with `+`, behind the brackets."),
    (TypeError, "not supported between", "Two different kinds of value are compared: "
        "which argument is which?"),
    (TypeError, "fromhex", "`fromhex` is for digits, as text. These are bytes "
        "already."),
    (ValueError, r"range\(0, 256\)", "A byte goes up to 255, and this number does not "
        "fit into one."),
    (ValueError, "invalid literal", "`int(text)` reads decimal digits, `int(text, 16)` "
        "hexadecimal ones, and `int(text, 2)` bits."),
    (struct.error, "unpack", "`struct.unpack` wants exactly as many bytes as its "
        "format has. Cut them out, `data[2:4]`, or use `struct.unpack_from(format, "
        "data, 2)`."),
    (struct.error, "32767|0x7fff", "`h` is for numbers with a sign, and ends at "
        "32,767. `H` goes up to 65,535."),
    ((OverflowError, struct.error), "too big|too large|format requires|range",
        "The number does not fit into that many bytes. How large can it become?"),
    (IndexError, "list|tuple|string", "There is nothing at that place: which index is "
        "asked for, and how many are there?"),
    (IndexError, "", "There is no byte at that place: which index is asked for, and "
        "how many bytes are there?"),
    (UnboundLocalError, "", "On this way through the function the name has not been "
        "given a value."),
    (NameError, "", "This name is not known there: is it misspelt, or was its cell not "
        "run?"),
    (UnicodeDecodeError, "", "These bytes are not text, or not all of it. Is it time "
        "to decode them?"),
]
# fmt: on

# fmt: off
_COMMA = Mistake("comma-at-the-end", "A comma at the end of the line makes a tuple of "
    "it. Take it away.", answer=lambda value: (value,))
_BYTES = [
    Mistake("list-not-bytes", f"The right numbers, but as a list. {_AROUND}",
        answer=list),
    Mistake("tuple-not-bytes", f"The right numbers, as a tuple. {_AROUND}",
        answer=tuple),
    Mistake("memoryview-not-bytes", f"That is a memoryview. {_AROUND}",
        answer=memoryview),
    Mistake("hex-not-bytes", "Those are hexadecimal digits, to be read by people. "
        "Return the bytes.", {"answer": lambda data: data.hex(" ")},
        {"answer": lambda data: data.hex().encode()}, answer=bytes.hex),
    Mistake("number-not-bytes", "That is one long number. `.to_bytes(length, 'big')` "
        "makes bytes of it.", answer=lambda data: int.from_bytes(data, "big")),
    Mistake("bytes-in-quotes", "`str(…)` and an f-string show bytes as Python writes "
        "them, quotes and all. Return the bytes.",
        {"answer": lambda data: str(data).encode()}, answer=str),
    Mistake("text-not-bytes", "That is text: return bytes. `.encode()` makes them of "
        "text, and what is bytes already needs no `.decode()`.",
        {"answer": lambda data: data.decode(errors="replace")},
        {"answer": lambda data: data.decode(errors="ignore")},
        {"answer": lambda data: data.decode("latin-1")}, answer=bytes.decode),
]
_TEXT = [
    Mistake("bytes-not-text", "It is `bytes`, and the answer is text: `.decode()` is "
        "missing.", answer=str.encode),
    Mistake("str-of-bytes", "`str()` of bytes gives `b'…'`, quotation marks and all. "
        "Use `.decode()`.", answer=lambda text: str(text.encode())),
]
_NUMBER = [
    Mistake("number-as-text", "The right number, but as text. Return the number "
        "itself.", answer=str),
]
_BOOL = [
    Mistake("always-true", "It says yes to everything.", answer=lambda yes: True),
    Mistake("always-false", "It says no to everything. (Two texts are equal by `==`; "
        "`is` asks whether they are one and the same object. A text and a list are "
        "never equal.)",
        answer=lambda yes: False),
    Mistake("yes-and-no-swapped", "True and False are the wrong way round.",
        answer=lambda yes: not yes),
]
# fmt: on
_BY_TYPE: dict[type, list[Mistake]] = {
    bytes: _BYTES,
    str: _TEXT,
    int: _NUMBER,
    float: _NUMBER,
    bool: _BOOL,
}
