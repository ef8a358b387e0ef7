"""Exercise 2 of notebook 06: from frames to messages. RFC 6455, section 5.4."""

import random
from collections.abc import Callable, Sequence
from typing import Any

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Mistake
from wslib.check.sandbox import Outcome
from wslib.check.values import alike
from wslib.check.verdict import brief
from wslib.frames import Frame, Opcode


def joined(
    frames: Sequence[Frame],
    *,
    skips: Callable[[Frame], bool] = lambda frame: frame.opcode.is_control,
    at_control: str = "goes on",
    takes: Callable[[bytes], Any] = bytes,
    ends: Callable[[Frame, int], bool] = lambda frame, number: frame.fin,
    decode: Callable[[Any], Any] = lambda payload: payload.decode(),
    begins_anew: str = "behind FIN",
    loses_last: bool = False,
    rest: Callable[[bool], bool] = lambda begun: False,
    returns_in_loop: bool = False,
) -> list[Any] | None:
    """Put texts together: ``takes`` is done to each payload, ``decode`` to the sum."""
    texts: list[Any] = []
    whole = nothing = type(takes(b""))()
    number = 0  # of the frames of a message
    for frame in frames:
        if skips(frame):
            if at_control == "stops":
                break
            if at_control == "ends" or (at_control == "ends what has begun" and whole):
                texts.append(decode(whole))
            if at_control != "goes on" and begins_anew == "behind FIN":
                whole = nothing
            continue
        if begins_anew == "with a text" and frame.opcode is Opcode.TEXT:
            whole = nothing
        if not (loses_last and frame.fin):
            whole = whole + takes(frame.payload)
        number += 1
        if ends(frame, number):
            texts.append(decode(whole))
            whole, number = nothing if begins_anew == "behind FIN" else whole, 0
        if returns_in_loop:
            return texts
    if returns_in_loop:
        return None
    return [*texts, decode(whole)] if rest(number > 0) else texts


def _text(errors: str) -> Callable[[bytes], str]:
    return lambda payload: payload.decode(errors=errors)


def _always(*_: Any) -> bool:
    return True


def _skipping(*skipped: Opcode, **change: Any) -> list[dict[str, Any]]:
    """Return the ways to skip these frames alone, and to decode whatever is left."""
    change["skips"] = lambda frame: frame.opcode in skipped
    return [change, *({**change, "decode": _text(e)} for e in ("replace", "ignore"))]


_JOIN = "Join what belongs together: FIN 0 means that more follows."
_CONTROL = (
    "Control frames may stand between fragments, and are no part of them: skip ping, "
    "pong and close."
)
_LIST = "Return a list of texts, one for each message."
_ERRORS = ("strict", "replace", "ignore", "backslashreplace")

# A table: its rows are filled to the width.
# fmt: off
_MISTAKES = [
    Mistake("no-text-at-all", "No text comes out, whatever comes in. Is there a place "
        "where one is added to the list, and does the loop ever get to it?",
        answer=lambda texts: []),
    Mistake("decoded-per-frame", "Each frame was decoded by itself, and a character "
        "was cut in two. Join the payloads first, then decode.",
        *({"takes": _text(e), "decode": str} for e in _ERRORS)),
    Mistake("frame-is-message", f"Every frame came out as a message. {_JOIN}",
        *_skipping(ends=_always)),
    Mistake("frame-is-message", f"Every data frame came out as a message. {_JOIN}",
        *({"ends": _always, "decode": _text(e)} for e in ("replace", "ignore")),
        ends=_always),
    Mistake("control-mixed-in",
        f"The payload of a control frame got into a message. {_CONTROL}", *_skipping()),
    Mistake("close-taken-for-data", "The payload of a Close frame got into the texts. "
        f"{_CONTROL}", *_skipping(Opcode.PING, Opcode.PONG)),
    Mistake("pong-taken-for-data", f"Pings are skipped, pongs are not. {_CONTROL}",
        *_skipping(Opcode.PING, Opcode.CLOSE), *_skipping(Opcode.PING)),
    Mistake("ping-taken-for-data", f"Pongs are skipped, pings are not. {_CONTROL}",
        *_skipping(Opcode.PONG, Opcode.CLOSE), *_skipping(Opcode.PONG)),
    Mistake("control-mixed-in", f"Close is skipped, ping and pong are not. {_CONTROL}",
        *_skipping(Opcode.CLOSE)),
    Mistake("continuations-lost", "What came in continuations is lost: opcode 0 is "
        "data too, more of the message that has begun.",
        {"skips": lambda f: f.opcode is not Opcode.TEXT},
        {"skips": lambda f: f.opcode is not Opcode.TEXT, "ends": _always},
        {"skips": lambda f: f.opcode is not Opcode.TEXT or not f.fin}),
    Mistake("unfinished-skipped", "What came with FIN 0 is lost. These are the first "
        "parts of a message: are they skipped, or does each fragment replace the one "
        "before?", {"skips": lambda frame: not frame.fin or frame.opcode.is_control},
        skips=lambda frame: not frame.fin),
    Mistake("last-part-lost", "The payload of the frame with FIN is lost. FIN says "
        "that the message ends with this frame; its payload is a part of it, too.",
        loses_last=True),
    Mistake("fin-inverted", "FIN was read the other way round: 1 marks the last frame "
        "of a message.", ends=lambda frame, number: not frame.fin),
    Mistake("ends-at-continuation", "A message ended at its first continuation. FIN "
        "ends it.", {"ends": lambda frame, number: frame.fin or frame.opcode == 0},
        ends=lambda frame, number: frame.fin or number == 2),
    Mistake("ended-by-control", "The FIN of a control frame ended the message. It is "
        "the control frame's own.",
        {"at_control": "ends", "begins_anew": "with a text"},
        {"at_control": "ends what has begun"}, at_control="ends"),
    Mistake("stops-at-control", "It stops at the first control frame. Go on with the "
        "next one: `continue`.", at_control="stops"),
    Mistake("forgotten-at-control", "A control frame between two fragments made it "
        "forget the first one. Go on as if it were not there.", at_control="forgets"),
    Mistake("not-reset", "The last message is in the next one. Begin anew after FIN.",
        begins_anew="never"),
    Mistake("unfinished-given", "A message came out though its FIN had not come. What "
        "is not whole yet is no message.", rest=bool),
    Mistake("something-at-the-end", "At the end one more text came out, though nothing "
        "was left. FIN makes a message, not the end of the list.", rest=_always),
    Mistake("empty-dropped", "An empty text was dropped. It is a message like any "
        "other.", answer=lambda texts: [text for text in texts if text]),
    Mistake("bytes-not-text", "Those are bytes. Decode each message when it is whole: "
        "`.decode()`.", decode=bytes),
    Mistake("bytes-in-quotes", "`str(…)` and f-strings show bytes with quotes and all. "
        "`.decode()` gives the text.", {"takes": str, "decode": str}, decode=str),
    Mistake("pieces-not-joined", "Those are the pieces of each message. Join them, "
        '`b"".join(pieces)`, then decode.',
        {"takes": lambda payload: [payload.decode()], "decode": list},
        takes=lambda payload: [payload], decode=list),
    Mistake("latin-1", "It was decoded as Latin-1, one character for each byte. Text "
        "is UTF-8.", decode=lambda payload: payload.decode("latin-1")),
    Mistake("ascii", "The payload was decoded as ASCII. Text is UTF-8.",
        *({"decode": lambda p, e=e: p.decode("ascii", e)} for e in _ERRORS)),
    Mistake("one-text", f"All is in one text. {_LIST}",
        {"answer": lambda texts: ["".join(texts)]}, answer="".join),
    Mistake("last-message-only", f"Only the last message came back. {_LIST}",
        {"answer": lambda texts: texts[-1]}, answer=lambda texts: texts[-1:]),
    Mistake("first-message-only", "Only the first message came back: is `return` "
        f"inside the loop? {_LIST}", {"answer": lambda texts: texts[0]},
        {"answer": lambda texts: texts[0] if texts else None},
        {"returns_in_loop": True}, answer=lambda texts: texts[:1]),
    Mistake("letter-by-letter", "The text came in letter by letter: `+=` and `extend` "
        "take it apart. `append` does not.", answer=lambda texts: list("".join(texts))),
    Mistake("not-all-looked-at", "The first frame was not looked at, or the last one: "
        "where does the loop begin, and where does it end?",
        {"call": lambda frames: (frames[1:],)}, call=lambda frames: (frames[:-1],)),
    Mistake("read-backwards", "The frames were taken from the end of the list. `pop()` "
        "takes the last one.", call=lambda frames: (frames[::-1],)),
    Mistake("backwards", "The messages are in the opposite order.",
        answer=lambda texts: texts[::-1]),
]
# fmt: on


def _said(*parts: bytes, whole: bool = True) -> list[Frame]:
    """Return a message in as many frames; the last one has FIN if it is whole."""
    last = len(parts) - 1
    return [
        Frame(
            opcode=Opcode.CONTINUATION if i else Opcode.TEXT,
            payload=part,
            fin=whole and i == last,
        )
        for i, part in enumerate(parts)
    ]


_PING = Frame(opcode=Opcode.PING, payload=b"still there?")
_PONG = Frame(opcode=Opcode.PONG, payload=b"yes")
_CLOSE = Frame(opcode=Opcode.CLOSE, payload=b"\x03\xe8bye")
_HEL, _LO = _said(b"Hel", b"lo")
_EMOJI = "😀".encode()
_EMPTY = "An empty text is a message."

# fmt: off
_CASES = [
    Case(_said(b"Hello"), hint="One frame with FIN is a message."),
    Case(_said(b"one") + _said(b"two"), hint="Two frames with FIN are two messages."),
    Case([_HEL, _LO], hint="FIN is 0 in the first frame: the message goes on."),
    Case(_said(b"a", b"b", b"c"), hint="A message may have any number of frames; the "
        "last one has FIN."),
    Case([_PING, *_said(b"x"), *_said(b"y")], hint="A ping is no message."),
    Case([_HEL, _PING, _PING, _LO, _PONG], hint="A control frame may stand between "
        "fragments, and is no part of them."),
    Case(_said(_EMOJI[:2], _EMOJI[2:]), hint="The cut is inside a character. Join the "
        "payloads first, then decode."),
    Case(_said(b"x", b"y") + _said(b"z") + _said(b"w") + _said(b"z"),
        hint="Begin anew after each message; each has its place in the list."),
    Case(_said(b" blanks \n"), hint="A text is all of its payload, blanks and line "
        "ends."),
    Case(_said(b""), hint=_EMPTY),
    Case(_said(b"", b""), hint=_EMPTY),
    Case([*_said("Grüße".encode()), _CLOSE], hint="A Close frame is a control frame "
        "too."),
    Case(_said(b"done") + _said(b"half", whole=False), hint="The last one is not whole "
        "yet."),
    Case([], hint="No frames, no messages: an empty list."),
]
# fmt: on


def _sampled(chance: random.Random) -> tuple[list[Frame]]:
    """Return messages cut anywhere, pings and pongs before and behind any frame."""
    frames: list[Frame] = []
    number = chance.randrange(4)
    for i in range(number):
        text = "".join(chance.choices("ab ü😀\n\ufeff", k=chance.randrange(5))).encode()
        cuts = sorted(chance.choices(range(len(text) + 1), k=chance.randrange(5)))
        parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
        whole = i < number - 1 or chance.random() < 0.7
        for frame in _said(*parts, whole=whole):
            frames += chance.choices([_PING, _PONG], k=chance.choice([0, 0, 0, 1, 2]))
            frames.append(frame)
    frames += chance.choice(
        [[], [], [_PING], [_PONG, _PONG], [_CLOSE], [_PONG, _CLOSE]]
    )
    return (frames,)


def _in_words(frames: Sequence[Frame]) -> str:
    """Say what the frames are: Text 'Hel' without FIN, then Continuation 'lo'."""
    words = []
    for frame in frames:
        try:
            said = brief(frame.payload.decode())
        except UnicodeDecodeError:
            said = frame.payload.hex(" ")
        if frame.opcode is Opcode.CLOSE:
            said = frame.payload.hex(" ")
        fin = "" if frame.fin else " without FIN"
        words.append(f"{frame.opcode.name.capitalize()} {said}{fin}")
    return ", then ".join(words) or "No frames"


class _AsShown(Compared):
    """Of two mistakes, names first the one that the evidence shows."""

    def explain(
        self, answer: Any, calls: Sequence[Call], seen: Sequence[Outcome], place: int
    ) -> tuple[Mistake, ...] | None:
        """Return the fewest mistakes that explain all, in the order of the evidence."""
        found = super().explain(answer, calls, seen, place)

        def is_hidden(mistake: Mistake) -> bool:
            come = (self.come_of(calls[place].arguments, c) for c in mistake.changes)
            return not any(alike(seen[place], each) for each in come)

        return found and tuple(sorted(found, key=is_hidden))


messages = _AsShown(
    "messages",
    "`messages(frames) -> list`, from frames to texts. Exercise 2 of notebook 06.",
    takes=["frames"],
    way=joined,
    cases=_CASES,
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="One frame or three, a ping in between, a character cut in two.",
    closer=lambda call, given: call.hint if type(given) is ValueError else "",
    show=_in_words,
)
