"""Exercise 1 of notebook 06: the stream-slicing lab, a class ``FrameReader``.

Its method ``feed(data)`` gets the next bytes of a stream of unmasked text frames and
returns the list of the texts that are complete with them. What a check cuts up are
streams, the plainest first: the first that goes wrong is the one to look at.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from wslib.check.cases import Call, Case
from wslib.check.comparison import compared
from wslib.check.engine import Compared
from wslib.check.everywhere import on_raising
from wslib.check.fit import fault, misfit_class
from wslib.check.mistakes import Change, Endless, Mistake
from wslib.check.sandbox import Outcome
from wslib.check.values import plain_value
from wslib.check.verdict import Found, Verdict, brief
from wslib.check.words import type_hint
from wslib.errors import PayloadTooBig, ProtocolError
from wslib.frames import Frame, Opcode, parse_frame


class Slicing(NamedTuple):
    """A stream of text frames, cut into pieces."""

    name: str  # for the mistake of whoever reads only this one wrongly
    words: str  # what is fed
    pieces: list[bytes]
    hint: str
    readers: int = 1  # so many take turns: each piece goes to the next one


_BIG = int.from_bytes

# --- the right way --------------------------------------------------------------------


@dataclass(kw_only=True)
class Reader:
    """A reader, right but for what is asked.

    A strict one uses ``parse_frame``; others look at the length, and at nothing else.
    """

    strict: bool = True
    keeps: bool = True
    loops: bool = True
    removes: bool = True
    clears: bool = False
    in_front: bool = False
    advance: Callable[[int, int], int] = lambda size, length: size
    unpacks: Callable[[bytes], bool] = lambda buffer: False
    all_again: bool = False
    number: Callable[[bytes], int] = _BIG
    decode: Callable[[bytes], Any] = bytes.decode
    gives: Callable[[list[Any]], Any] = list
    buffer: bytes = b""
    said: list[Any] = field(default_factory=list)

    def feed(self, data: bytes) -> Any:
        """Return what is complete with these bytes, or something else."""
        kept = self.buffer if self.keeps else b""
        self.buffer = data + kept if self.in_front else kept + data
        texts = []
        while (found := self.read()) is not None:
            payload, size = found
            size = self.advance(size, len(payload))
            if self.loops and not (size and self.removes):
                raise Endless
            texts.append(self.decode(payload))
            if self.removes:
                self.buffer = b"" if self.clears else self.buffer[size:]
            if not self.loops:
                break
        else:
            if self.unpacks(self.buffer):
                raise TypeError("NoneType")
        self.said += texts
        return self.gives(list(self.said) if self.all_again else texts)

    def read(self) -> tuple[bytes, int] | None:
        """Return the first payload, and the size of its frame; None if it waits."""
        if not self.strict or self.number is not _BIG:
            return _by_length(self.buffer, self.number)
        found = parse_frame(self.buffer, masked=False)
        return found and (found[0].payload, found[1])


def fed(slicing: Slicing, *, shared: bool = False, **change: Any) -> list[Any]:
    """Feed the pieces to new readers; return what they give for each."""
    one = Reader(**change)
    return _run([], lambda: one if shared else Reader(**change), slicing)


def _run(log: list[Any], make: Callable[[], Any], slicing: Slicing) -> list[Any]:
    """Feed new readers in turn; note, piece by piece, what they give."""
    readers = [make() for _ in range(slicing.readers)]
    for number, piece in enumerate(slicing.pieces):
        texts = readers[number % len(readers)].feed(piece)
        log.append(list(texts) if type(texts) is list else texts)
    return log


def _by_length(
    buffer: bytes, number: Callable[[bytes], int]
) -> tuple[bytes, int] | None:
    """Read by the length alone, as a reader written by hand does."""
    if len(buffer) < 2:
        return None
    length, start = buffer[1] & 0x7F, {126: 4, 127: 10}.get(buffer[1] & 0x7F, 2)
    if len(buffer) >= start > 2:
        length = number(buffer[2:start])
    end = start + length
    return None if len(buffer) < end else (buffer[start:end], end)


def _little(*sizes: int) -> Change:
    def number(data: bytes) -> int:
        return int.from_bytes(data, "little" if len(data) in sizes else "big")

    return {"number": number}


def _one_of_two(place: int) -> Change:
    return {"number": lambda data: data[place] if len(data) == 2 else _BIG(data)}


_KEEP = (
    "A piece may end inside a frame: wait for the rest. Keep what is left in `self`, "
    "and put the next piece behind it."
)
_EMPTY_TOO = "A frame without payload is a message too: an empty text."
_LONGER = (
    "The 2 or 8 bytes of a longer length may not be there yet. Count what you have."
)

# A table: its rows are filled to the width.
# fmt: off
_MISTAKES = [
    Mistake("one-frame-per-piece", "One piece may hold two frames: read in a loop, "
        "until what is left is not a whole frame, and return behind the loop.",
        loops=False),
    Mistake("forgets", "What is left of one piece is gone when the next one comes. "
        f"{_KEEP}", keeps=False),
    Mistake("forgets-behind-a-frame", "What stands behind a whole frame is thrown away "
        "with it. Take away the frame alone: `self.buffer = self.buffer[size:]`.",
        {"clears": True, "loops": False}, clears=True),
    Mistake("never-removed", "Take away what you have read, or it is read again.",
        removes=False, loops=False),
    Mistake("all-again", "It returns all texts since the beginning. Asked for are "
        "those that this piece completes.", all_again=True),
    Mistake("none-not-handled", "`parse_frame` returns None while a frame is not "
        "complete. Look for that before you take the two apart.", {"unpacks": bool},
        {"unpacks": bool, "keeps": False}, unpacks=lambda buffer: True),
    Mistake("shared-buffer", "The readers share one buffer. Each needs its own: "
        "`self.buffer = …` in `__init__`, not in the class or a default value.",
        shared=True),
    Mistake("empty-dropped", _EMPTY_TOO,
        gives=lambda texts: [text for text in texts if text]),
    Mistake("little-endian", "The longer lengths were read in the wrong order. The big "
        "end comes first.", _little(2), _little(8), _little(2, 8)),
    Mistake("length-1-byte", "The length has 2 bytes behind 126. Only the second of "
        "them was read.", _one_of_two(1)),
    Mistake("length-1-byte", "The length has 2 bytes behind 126. Only the first of "
        "them was read.", _one_of_two(0)),
    Mistake("header-left-behind", "The payload was taken away, and the header was not: "
        "a frame is both together.", advance=lambda size, length: length),
    Mistake("wrong-size", "More or less was taken away than the frame has: it is as "
        "long as its header, of 2, 4 or 10 bytes, and its payload together.",
        {"advance": lambda size, length: 2 + length},
        advance=lambda size, length: size + 1),
    Mistake("piece-in-front", "The new piece was put in front of what was kept. It "
        "comes behind: `self.buffer += data`.", in_front=True),
    Mistake("frames-not-texts", "Those are frames. A text is `frame.payload.decode()`.",
        decode=lambda payload: Frame(opcode=Opcode.TEXT, payload=payload)),
    Mistake("bytes-not-text", "Those are bytes. Each text is a `str`: `.decode()`.",
        {"decode": bytearray}, decode=bytes),
    Mistake("bytes-in-quotes", "`str(…)` shows bytes as Python writes them, quotes and "
        "all. `.decode()` gives the text.", decode=str),
    Mistake("latin-1", "It was decoded as Latin-1, one character for each byte. Text "
        "is UTF-8.", decode=lambda payload: payload.decode("latin-1")),
    Mistake("none-for-nothing", "While nothing is complete it returns None. Return an "
        "empty list.", gives=lambda texts: texts or None),
    Mistake("text-not-list", "It returns one text by itself. Return a list of texts, "
        "empty while nothing is complete.",
        *({"gives": lambda texts, none=none: texts[0] if texts else none}
          for none in (None, "")), {"gives": "".join},
        gives=lambda texts: texts[0] if len(texts) == 1 else texts),
    Mistake("letter-by-letter", "The text came in letter by letter: `+=` and `extend` "
        "take it apart. `append` does not.", gives=lambda texts: list("".join(texts))),
    Mistake("backwards", "The texts of one piece come in the opposite order.",
        gives=lambda texts: texts[::-1]),
    Mistake("last-text-only", "Of several texts only the last one came back: each turn "
        "of the loop replaces the list. Append to it.", gives=lambda texts: texts[-1:]),
    Mistake("first-text-only", "Of several texts only the first one came back, the "
        "others are lost: is `return` inside the loop?", gives=lambda texts: texts[:1]),
]
# fmt: on

# --- the streams ----------------------------------------------------------------------

_TEXTS = ["Hello", "", "Grüße", "x" * 126, "z" * 125, "one", "y" * 70_000, "the last\n"]


def _frame(text: str) -> bytes:
    return Frame(opcode=Opcode.TEXT, payload=text.encode()).serialize()


def _cut(data: bytes, *places: int) -> list[bytes]:
    """Cut bytes at these places."""
    ends = [*places, len(data)]
    return [data[a:b] for a, b in zip([0, *places], ends, strict=True)]


_FRAMES = [*map(_frame, _TEXTS)]
_HELLO, _EMPTY, _GRUSS, _126, _125, _ONE, _LONG, _ = _FRAMES
_STREAM, _SHORT = b"".join(_FRAMES), b"".join(_FRAMES[:6])
_WRONG_THERE = "The frame at which it goes wrong: feed it alone, whole and cut in two."

# fmt: off
SLICINGS = [
    Slicing("one-frame", "one frame, whole", [_HELLO], "The frame is whole: wait for "
        "no more, parse it, and return a list with its text."),
    Slicing("two-in-one", "two frames in one piece", [_HELLO + _ONE],
        "One piece may hold two frames, each a text of its own: behind the first, with "
        "its very next byte, the second begins."),
    Slicing("one-after-the-other", "two frames, each in a piece of its own",
        [_HELLO, _ONE], "Take away what you have read; what comes next begins a new "
        "frame."),
    Slicing("cut-in-payload", "a frame cut in its payload", _cut(_HELLO, 4), _KEEP),
    Slicing("cut-behind-header", "a frame cut between header and payload",
        _cut(_HELLO, 2), "A header alone is no frame yet: header and payload together "
        "must be there."),
    Slicing("cut-in-header", "a frame cut behind its first byte", _cut(_HELLO, 1),
        "Even the header may be cut: with one byte you cannot know the length yet. "
        "Wait for more."),
    Slicing("empty-text", "an empty text", [_EMPTY], _EMPTY_TOO),
    Slicing("text-as-it-is", "a text with blanks, ü and ß, whole",
        [_frame(" Grüße \n")], "A text is all of its payload, blanks and line ends, "
        "too. It is UTF-8: ü takes two bytes, and all lengths count bytes."),
    Slicing("cut-in-character", "a frame cut inside the ü", _cut(_GRUSS, 5),
        "Decode when the whole payload is there, not piece by piece: a cut can fall "
        "inside a character."),
    Slicing("125-bytes", "a frame with 125 bytes of payload", [_125],
        "125 is still a length of its own; 126 and 127 announce a longer one."),
    Slicing("16-bit-length", "a frame with 126 bytes of payload", [_126],
        "126 in the second byte says that the next 2 bytes hold the length."),
    Slicing("both-bytes-of-a-length", "a frame with 300 bytes of payload",
        [_frame("w" * 300)], "The 2 bytes behind 126 are one number: 01 2c is 300."),
    Slicing("cut-in-length", "a frame cut inside the 16-bit length", _cut(_126, 3),
        _LONGER),
    Slicing("64-bit-length", "a frame with 70,000 bytes of payload", [_LONG],
        "127 in the second byte says that the next 8 bytes hold the length."),
    Slicing("cut-in-long-length", "a frame cut inside the 64-bit length",
        _cut(_LONG, 5), _LONGER),
    Slicing("one-and-a-half", "a frame and a half, then the rest",
        _cut(_HELLO + _ONE, 9), "What is left after the last whole frame is the "
        "beginning of the next one: keep it."),
    Slicing("nothing", "an empty piece between two halves",
        [_HELLO[:3], b"", _HELLO[3:]], "An empty piece changes nothing."),
    Slicing("byte-by-byte", "six frames, byte by byte",
        [_SHORT[i : i + 1] for i in range(len(_SHORT))], _WRONG_THERE),
    Slicing("whole", "eight frames in one piece", [_STREAM], "One piece may hold any "
        "number of frames, of any length."),
    Slicing("two-readers", "two readers in turn, each with a frame cut in two",
        [_HELLO[:4], _ONE[:3], _HELLO[4:], _ONE[3:]], "Each reader needs a buffer of "
        "its own: `self.buffer = …` in `__init__`, not in the class or in a default "
        "value, which all of them share.", 2),
]
# fmt: on


def _sampled(chance: random.Random) -> tuple[Slicing]:
    """Return a few frames of any length, cut anywhere; the last may not be whole."""
    lengths = [*range(6), 125, 126, 127, 255, 256, 300]
    sizes = chance.choices(lengths, k=chance.randrange(5))
    if chance.random() < 0.05:
        sizes = [chance.randrange(300, 66_000)]
    stream, starts, texts = b"", [0], []
    for size in sizes:
        text = chance.choice(["x", "ü", "€", "😀", " \n"]) * size
        texts.append(text.encode()[:size].decode(errors="ignore"))
        stream += _frame(texts[-1])
        starts.append(len(stream))
    if chance.random() < 0.2:
        stream = stream[: -chance.randrange(1, 4)]
    cuts = range(chance.randrange(6))
    places = [chance.choice(starts) + chance.randrange(12) for _ in cuts]
    if len(stream) < 30 and chance.random() < 0.5:
        places = [*range(1, len(stream))]
    pieces = _cut(stream, *sorted(min(place, len(stream)) for place in places))
    payloads = ", ".join(f"{len(text.encode()):,}" for text in texts) or "no"
    words = f"frames with {payloads} bytes of payload, in pieces of "
    words += ", ".join(f"{len(piece):,}" for piece in pieces)
    return (Slicing("at-random", words, pieces, _WRONG_THERE),)


# --- what is wrong --------------------------------------------------------------------


class _Lab(Compared):
    """Streams that are cut, and what a reader gives for each of the pieces."""

    def explain(
        self, answer: Any, calls: Sequence[Call], seen: Sequence[Outcome], place: int
    ) -> tuple[Mistake, ...] | None:
        """Explain it without the stream that comes again: readers may share a buffer.

        What another stream has left in it is then in front of the first one, too.
        """
        again = len(self.cases)
        calls = [call for i, call in enumerate(calls) if i != again]
        seen = [outcome for i, outcome in enumerate(seen) if i != again]
        return super().explain(answer, calls, seen, place - (place > again))

    def _explains(self, change: Change, pairs: Sequence[tuple[Outcome, Call]]) -> bool:
        """Tell whether a change explains it, with ``parse_frame`` or by hand."""
        strict, by_hand = change | {"strict": True}, change | {"strict": False}
        return super()._explains(strict, pairs) or super()._explains(by_hand, pairs)


def _alone(reader: Any, call: Call, outcome: Outcome) -> Verdict | Found | None:
    """Say what came of a stream that was misread."""
    slicing, right = call.arguments[0], call.expected
    if outcome.error is not None or outcome.timed_out:
        return _not_to_the_end(reader, slicing, outcome)
    given, name, asked = outcome.value, slicing.name, f"Fed {slicing.words}"
    place = next((i for i, texts in enumerate(given) if texts != right[i]), 0)
    gave = given[place]
    if not isinstance(gave, list):
        hint = type_hint(gave, [])
        if gave is None:
            hint += " Is there a `return` at its end?"
        name = "returns-nothing" if gave is None else "not-a-list"
        return name, f"{asked}, `feed` returned {brief(gave)}.", hint
    texts, due = (
        [text for each in rows if isinstance(each, list) for text in each]
        for rows in (given, right)
    )
    if texts == due:
        said = f"it gave the right texts at a wrong time: piece {place + 1} completes "
        said += f"{_list(right[place])} and gave {_list(gave)}."
        hint = "Return what is complete with this piece, all of it and no more."
        return "wrong-time", f"{asked}, {said}", hint
    if len(due) > 2:
        wrong = frame_reader.wrong(name, f"{asked}, it gave:", slicing.hint)
        return replace(wrong, rows=compared(texts, due))
    came, should = (", then ".join(map(_list, rows)) for rows in (given, right))
    return name, f"{asked}, it gave {came}; right is {should}.", slicing.hint


def _not_to_the_end(
    reader: Any, slicing: Slicing, outcome: Outcome
) -> Verdict | Found | None:
    """Say at which piece it raised, or that it did not end."""
    verdict = fault("frame_reader", getattr(reader, "feed", reader), outcome)
    if verdict is None or verdict.right is None:
        return verdict
    count, hint = len(slicing.pieces), _of_error(outcome.error, slicing)
    at = f", at piece {len(outcome.log) + 1} of {count}" if count > 1 else ""
    if outcome.timed_out:
        at, hint = "", "Is what has been read taken away, and does the loop end when "
        hint += "no whole frame is left? More bytes come with the next call, not "
        hint += "inside this one."
    said = verdict.evidence.replace("Your function", "`feed`")
    name = f"{slicing.name}-{verdict.mistake}"
    return name, f"Fed {slicing.words}{at}: {said}", hint


def _of_error(error: BaseException | None, slicing: Slicing) -> str:
    """Return what to look at after an exception, or else where the cut is."""
    not_cut = not slicing.name.startswith(("cut", "at-random"))
    if isinstance(error, PayloadTooBig):
        return "A payload of 70,000 bytes is legal: what limit does your reader have?"
    if getattr(error, "section", "") == "5.1" or "'masked'" in str(error):
        return "These frames come from a server, which masks nothing: `masked=False`."
    if isinstance(error, ProtocolError) and not_cut:
        return "What begins there is no frame: was just as much taken away as was read?"
    if isinstance(error, UnicodeDecodeError) and not_cut and error.encoding != "ascii":
        return "More than a payload was decoded, or less: the header is no text."
    if isinstance(error, IndexError):
        hint = (
            "How many bytes are left there? Behind the last frame there are none, and "
        )
        return f"{hint}of a header that is cut there are too few."
    if isinstance(error, UnboundLocalError):
        return "What is to last from call to call belongs to the object: `self.buffer`."
    own = hasattr(type(getattr(error, "obj", None)), "feed")
    if isinstance(error, AttributeError) and own:
        return "Is this name given to the object in `__init__`, as `self.… = …`?"
    known = isinstance(error, TypeError | NameError | AttributeError)
    return (on_raising(error) if known else "") or slicing.hint


def _list(texts: Any) -> str:
    """Show what feed gave, cut to a few texts."""
    if not isinstance(texts, list):
        return brief(texts)
    return f"[{', '.join(map(brief, texts[:3]))}{', …' * (len(texts) > 3)}]"


frame_reader = _Lab(
    "frame_reader",
    "`FrameReader`, a class with `feed(data) -> list`. Exercise 1 of notebook 06.",
    takes=["data"],
    way=fed,
    cases=[Case(slicing) for slicing in SLICINGS],
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="{cases} ways of cutting the same frames, and each time the same texts.",
    fits=partial(
        misfit_class, "frame_reader", name="FrameReader", takes={"feed": ["data"]}
    ),
    run=_run,
    plain=lambda given, due: [plain_value(each, []) for each in given],
    alone=_alone,
)
