"""The right way to read a stream of frames, the ways to cut it, and the slips.

:func:`fed` does what a right ``FrameReader`` does with the pieces of a stream or, asked
by a keyword, what a wrong one does. ``SLICINGS`` are the streams that a check cuts up,
the plainest first: the first that goes wrong is the one to look at.
"""

import struct
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from wslib.check.slips import Endless, Slip
from wslib.frames import Frame, Opcode, parse_frame


class Slicing(NamedTuple):
    """A stream of text frames, cut into pieces.

    Attributes:
        name: A short name, for the mistake of whoever reads only this one wrongly.
        words: What is fed.
        pieces: The pieces.
        hint: What to look at if it goes wrong.
        readers: How many readers take turns; each piece goes to the next one.
    """

    name: str
    words: str
    pieces: list[bytes]
    hint: str
    readers: int = 1


def fed(
    pieces: Sequence[bytes],
    readers: int = 1,
    *,
    strict: bool = True,
    keeps: bool = True,
    shared: bool = False,
    loops: bool = True,
    removes: bool = True,
    clears: bool = False,
    in_front: bool = False,
    advance: Callable[[int, int], int] = lambda size, length: size,
    unpacks: bool = False,
    all_again: bool = False,
    anew: Callable[[bytes], bool] = lambda data: False,
    reading: dict[str, Any] | None = None,
    decode: Callable[[bytes], Any] = lambda payload: payload.decode(),
    keep: Callable[[Any], bool] = lambda text: True,
    after: Callable[[list[Any]], Any] = list,
) -> list[Any]:
    """Feed the pieces of a stream to a reader; return what it gives for each.

    A strict reader is one that uses ``parse_frame``; others look at the length, and at
    nothing else. ``reading`` changes how they do it.
    """
    read = _strict if strict and reading is None else _lenient
    buffers = [b""] * readers
    said: list[list[Any]] = [[] for _ in buffers]
    given = []
    for number, data in enumerate(pieces):
        who = 0 if shared else number % readers
        if not keeps or anew(data):
            buffers[who] = b""
        buffers[who] = data + buffers[who] if in_front else buffers[who] + data
        texts = []
        while (found := read(buffers[who], **(reading or {}))) is not None:
            payload, size = found[0], advance(found[1], len(found[0]))
            if not size:
                raise Endless
            texts.append(decode(payload))
            if clears:
                buffers[who] = b""
            elif removes:
                buffers[who] = buffers[who][size:]
            elif loops:
                raise Endless
            if not loops:
                break
        else:
            if unpacks:
                raise TypeError
        said[who] += texts
        texts = list(said[who]) if all_again else texts
        given.append(after([text for text in texts if keep(text)]))
    return given


def _strict(buffer: bytes) -> tuple[bytes, int] | None:
    found = parse_frame(buffer, masked=False)
    return found and (found[0].payload, found[1])


def _lenient(
    buffer: bytes,
    *,
    waits_for_header: bool = True,
    waits_for_length: bool = True,
    waits_for_payload: bool = True,
    counts_header: bool = True,
    unpacks: bool = False,
    order: Any = "big",
    widths: tuple[int, int] = (2, 8),
) -> tuple[bytes, int] | None:
    """Read by the length alone, waiting for what is missing or not."""
    if not buffer or (len(buffer) < 2 and waits_for_header):
        return None
    length, size = buffer[1] & 0x7F, 2
    if length > 125 and (width := widths[length - 126]):
        size += width
        if len(buffer) < size and waits_for_length:
            return None
        if len(buffer) < size and unpacks:
            raise struct.error
        length = int.from_bytes(buffer[2:size], order)
    needed = size + length if counts_header else length
    if len(buffer) < needed and waits_for_payload:
        return None
    return buffer[size : size + length], size + length


_TEXTS = ["Hello", "", "Grüße", "x" * 126, "z" * 125, "one", "y" * 70_000, "the last\n"]
_FRAMES = [Frame(opcode=Opcode.TEXT, payload=t.encode()).serialize() for t in _TEXTS]
_HELLO, _EMPTY, _GRUSS, _126, _125, _ONE, _LONG, _ = _FRAMES
_STREAM, _SHORT = b"".join(_FRAMES), b"".join(_FRAMES[:6])


def _cut(data: bytes, *places: int) -> list[bytes]:
    """Cut bytes at these places."""
    ends = [*places, len(data)]
    return [data[a:b] for a, b in zip([0, *places], ends, strict=True)]


_WRONG_THERE = "The frame at which it goes wrong: feed it alone, whole and cut in two."

SLICINGS = [
    Slicing(
        "one-frame",
        "one frame, whole",
        [_HELLO],
        "The frame is whole: parse it, and return a list with its text.",
    ),
    Slicing(
        "two-in-one",
        "two frames in one piece",
        [_HELLO + _ONE],
        "One piece may hold two frames: read in a loop, until what is left is not a "
        "whole frame.",
    ),
    Slicing(
        "one-after-the-other",
        "two frames, each in a piece of its own",
        [_HELLO, _ONE],
        "Take away what you have read; what comes next begins a new frame.",
    ),
    Slicing(
        "cut-in-payload",
        "a frame cut in its payload",
        _cut(_HELLO, 4),
        "A piece may end inside a frame. Keep what is left in `self`, and put the next "
        "piece behind it.",
    ),
    Slicing(
        "cut-behind-header",
        "a frame cut between header and payload",
        _cut(_HELLO, 2),
        "A header alone is no frame yet: wait until the whole payload is there.",
    ),
    Slicing(
        "cut-in-header",
        "a frame cut behind its first byte",
        _cut(_HELLO, 1),
        "Even the header may be cut: with one byte you cannot know the length yet. "
        "Wait for more.",
    ),
    Slicing(
        "empty-text",
        "an empty text",
        [_EMPTY],
        "A frame without payload is a message too: an empty text.",
    ),
    Slicing(
        "cut-in-character",
        "a frame cut inside the ü",
        _cut(_GRUSS, 5),
        "Decode when the whole payload is there, not piece by piece: a cut can fall "
        "inside a character.",
    ),
    Slicing(
        "125-bytes",
        "a frame with 125 bytes of payload",
        [_125],
        "125 is still a length of its own; 126 and 127 announce a longer one.",
    ),
    Slicing(
        "16-bit-length",
        "a frame with 126 bytes of payload",
        [_126],
        "126 in the second byte says that the next 2 bytes hold the length.",
    ),
    Slicing(
        "cut-in-length",
        "a frame cut inside the 16-bit length",
        _cut(_126, 3),
        "The 2 bytes behind 126 may not be there yet. Count what you have before you "
        "read them.",
    ),
    Slicing(
        "64-bit-length",
        "a frame with 70,000 bytes of payload",
        [_LONG],
        "127 in the second byte says that the next 8 bytes hold the length.",
    ),
    Slicing(
        "cut-in-long-length",
        "a frame cut inside the 64-bit length",
        _cut(_LONG, 5),
        "The 8 bytes behind 127 may not be there yet. Count what you have before you "
        "read them.",
    ),
    Slicing(
        "one-and-a-half",
        "a frame and a half, then the rest",
        _cut(_HELLO + _ONE, 9),
        "What is left after the last whole frame is the beginning of the next one: "
        "keep it.",
    ),
    Slicing(
        "nothing",
        "an empty piece between two halves",
        [_HELLO[:3], b"", _HELLO[3:]],
        "An empty piece changes nothing.",
    ),
    Slicing(
        "byte-by-byte",
        "six frames, byte by byte",
        [_SHORT[i : i + 1] for i in range(len(_SHORT))],
        _WRONG_THERE,
    ),
    Slicing(
        "whole",
        "eight frames in one piece",
        [_STREAM],
        "One piece may hold any number of frames, of any length.",
    ),
    Slicing(
        "crumbs-and-chunks",
        "six frames in pieces of 1, 2, 3, 4, … bytes",
        _cut(_SHORT, *(n * (n + 1) // 2 for n in range(1, 23))),
        _WRONG_THERE,
    ),
    Slicing(
        "thousands",
        "eight frames in pieces of 4,000",
        _cut(_STREAM, *range(4000, len(_STREAM), 4000)),
        _WRONG_THERE,
    ),
    Slicing(
        "two-readers",
        "two readers in turn, each with a frame cut in two",
        [_HELLO[:4], _ONE[:3], _HELLO[4:], _ONE[3:]],
        "Each reader needs a buffer of its own: `self.buffer = …` in `__init__`, not "
        "in the class or in a default value, which all of them share.",
        2,
    ),
]


def _none_for_nothing(texts: list[Any]) -> Any:
    return texts or None


def _text_alone(texts: list[Any]) -> Any:
    """Return what a reader gives that returns a text rather than a list."""
    return texts[0] if len(texts) == 1 else texts


_LIST = "Return a list of texts, empty while nothing is complete."
_KEEP = (
    "A piece may end inside a frame. Keep what is left in `self`, and put the next "
    "piece behind it."
)

STREAM_SLIPS = [
    Slip(
        "one-frame-per-piece",
        "One piece may hold two frames: read in a loop, until what is left is not a "
        "whole frame, and return behind the loop.",
        loops=False,
    ),
    Slip(
        "forgets",
        f"What is left of one piece is gone when the next one comes. {_KEEP}",
        keeps=False,
    ),
    Slip(
        "forgets-behind-a-frame",
        "What stands behind a whole frame is thrown away with it. Take away the frame "
        "alone: `self.buffer = self.buffer[size:]`.",
        {"clears": True, "loops": False},
        clears=True,
    ),
    Slip(
        "never-removed",
        "Take away what you have read, or it is read again.",
        {"removes": False, "loops": False},
        removes=False,
    ),
    Slip(
        "all-again",
        "It returns all texts since the beginning. Asked for are those that this piece "
        "completes.",
        all_again=True,
    ),
    Slip(
        "none-not-handled",
        "`parse_frame` returns None while a frame is not complete. Look for that "
        "before you take frame and size apart.",
        unpacks=True,
    ),
    Slip(
        "shared-buffer",
        "The readers share one buffer. Each needs its own: `self.buffer = …` in "
        "`__init__`, not in the class, a default value or a global name.",
        shared=True,
    ),
    Slip(
        "empty-dropped",
        "A frame without payload is a message too: an empty text.",
        keep=bool,
    ),
    Slip(
        "payload-not-waited-for",
        "A text came out though its payload was not complete. Count: header and length "
        "together must be there.",
        reading={"waits_for_payload": False},
    ),
    Slip(
        "header-not-counted",
        "It waits for as many bytes as the payload has, but the header stands in "
        "front: both together must be there.",
        reading={"counts_header": False},
    ),
    Slip(
        "header-not-waited-for",
        "Even the header may be cut: with one byte you cannot know the length yet. "
        "Wait for more.",
        reading={"waits_for_header": False},
    ),
    Slip(
        "length-not-waited-for",
        "The 2 or 8 bytes of a longer length may not be there yet. Count what you have "
        "before you read them.",
        reading={"waits_for_length": False, "unpacks": True},
    ),
    Slip(
        "nothing-waited-for",
        "Neither header nor length nor payload need be there. Count what you have "
        "before you read, each time.",
        {
            "reading": {
                "waits_for_header": False,
                "waits_for_length": False,
                "unpacks": True,
            }
        },
        {"reading": {"waits_for_header": False, "waits_for_payload": False}},
        reading={
            "waits_for_header": False,
            "waits_for_length": False,
            "waits_for_payload": False,
        },
    ),
    Slip(
        "little-endian",
        "The longer lengths were read in the wrong order. The big end comes first.",
        reading={"order": "little"},
    ),
    Slip(
        "126-taken-literally",
        "126 and 127 are no lengths: they say that the next 2 or 8 bytes hold it.",
        reading={"widths": (0, 0)},
    ),
    Slip(
        "no-64-bit-form",
        "127 in the second byte says that the next 8 bytes hold the length.",
        {"reading": {"widths": (2, 2)}},
        {"reading": {"widths": (2, 4)}},
        reading={"widths": (2, 0)},
    ),
    Slip(
        "header-left-behind",
        "The payload was taken away and the header counted for nothing: the size of a "
        "frame is both together.",
        advance=lambda size, length: length,
    ),
    Slip(
        "emptied-by-nothing",
        "An empty piece changes nothing: what has come before is still needed.",
        anew=lambda data: not data,
    ),
    Slip(
        "header-taken-twice",
        "The frame's size counts the header already: nothing is to be added.",
        advance=lambda size, length: size + 2,
    ),
    Slip(
        "piece-in-front",
        "The new piece was put in front of what was kept. It comes behind: "
        "`self.buffer += data`.",
        in_front=True,
    ),
    Slip(
        "frames-not-texts",
        "Those are frames. Return their texts: `frame.payload.decode()`.",
        decode=lambda payload: Frame(opcode=Opcode.TEXT, payload=payload),
    ),
    Slip(
        "bytes-not-text",
        "Those are bytes. Each text is a `str`: `.decode()`.",
        {"decode": bytearray},
        decode=bytes,
    ),
    Slip(
        "bytes-in-quotes",
        "`str(…)` shows bytes as Python writes them, quotes and all. `.decode()` gives "
        "the text.",
        decode=str,
    ),
    Slip(
        "latin-1",
        "It was decoded as Latin-1, one character for each byte. Text is UTF-8.",
        {"decode": lambda payload: "".join(map(chr, payload))},
        decode=lambda payload: payload.decode("latin-1"),
    ),
    Slip(
        "ascii",
        "It was decoded as ASCII. Text is UTF-8.",
        {"decode": lambda payload: payload.decode("ascii", "replace")},
        {"decode": lambda payload: payload.decode("ascii", "ignore")},
        decode=lambda payload: payload.decode("ascii"),
    ),
    Slip(
        "none-for-nothing",
        "While nothing is complete it returns None. Return an empty list.",
        after=_none_for_nothing,
    ),
    Slip(
        "text-not-list",
        f"It returns one text by itself. {_LIST}",
        {"after": lambda texts: texts[0] if texts else None},
        {"after": lambda texts: texts[0] if texts else ""},
        {"after": "".join},
        after=_text_alone,
    ),
    Slip("tuple-not-list", f"It returns a tuple. {_LIST}", after=tuple),
    Slip(
        "backwards",
        "The texts of one piece come in the opposite order.",
        after=lambda texts: texts[::-1],
    ),
    Slip(
        "last-text-only",
        "Of several texts in one piece only the last one came back: each turn of the "
        "loop replaces the list. Append to it.",
        after=lambda texts: texts[-1:],
    ),
    Slip(
        "first-text-only",
        "Of several texts in one piece only the first one came back, and the others "
        "are lost: is `return` inside the loop?",
        after=lambda texts: texts[:1],
    ),
]
