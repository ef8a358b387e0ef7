"""The right way from frames to messages, and the slips on it. Section 5.4.

:func:`joined` does it right or, asked by a keyword, in one of the ways in which people
do it wrong: those of the table. See :mod:`wslib.check.slips`.
"""

from collections.abc import Callable
from typing import Any

from wslib.check.slips import Slip
from wslib.frames import Frame, Opcode


def joined(
    frames: list[Frame],
    *,
    backwards: bool = False,
    skips: Callable[[Frame], bool] = lambda frame: frame.opcode.is_control,
    ends: Callable[[Frame], bool] = lambda frame: frame.fin,
    takes: Callable[[bytes], Any] = bytes,
    decode: Callable[[Any], Any] = lambda payload: payload.decode(),
    in_front: bool = False,
    anew: bool = True,
    anew_at_text: bool = False,
    stops_at_control: bool = False,
    anew_at_control: bool = False,
    control_ends: bool = False,
    rest: Callable[[bool], bool] = lambda begun: False,
    keep: Callable[[Any], bool] = lambda text: True,
    after: Callable[[list[Any]], Any] = list,
) -> Any:
    """Put the texts of a list of frames together.

    ``takes`` is done to each payload, ``decode`` to what is put together of them.
    """
    done: list[Any] = []
    empty = type(takes(b""))()
    whole, begun = empty, False
    for frame in reversed(frames) if backwards else frames:
        if skips(frame):
            if stops_at_control:
                break
            if control_ends:
                done.append(decode(whole))
            if anew_at_control or (control_ends and anew):
                whole = empty
            continue
        piece = takes(frame.payload)
        if anew_at_text and frame.opcode is Opcode.TEXT:
            whole = empty
        whole, begun = piece + whole if in_front else whole + piece, True
        if ends(frame):
            done.append(decode(whole))
            whole, begun = empty if anew else whole, False
    if rest(begun):
        done.append(decode(whole))
    return after([text for text in done if keep(text)])


def _text(errors: str) -> Callable[[bytes], str]:
    return lambda payload: payload.decode("utf-8", errors)


def _skipping(*skipped: Opcode) -> list[dict[str, Any]]:
    """Return the ways to skip these frames alone, and to decode whatever is left."""
    skips: dict[str, Any] = {"skips": lambda frame: frame.opcode in skipped}
    return [skips, *({**skips, "decode": _text(e)} for e in ("replace", "ignore"))]


def _always(frame: Any) -> bool:
    return True


def _never(frame: Frame) -> bool:
    return False


_JOIN = "Join what belongs together: FIN 0 means that more follows."
_CUT = "Join the payloads first, then decode."
_CONTROL = (
    "Control frames may stand between fragments, and are no part of them: skip ping, "
    "pong and close."
)
_LIST = "Return a list of texts, one for each message."

MESSAGES_SLIPS = [
    Slip(
        "decoded-per-frame",
        f"Each frame was decoded by itself, and a character was cut in two. {_CUT}",
        *(
            {"takes": _text(errors), "decode": str}
            for errors in ("replace", "ignore", "backslashreplace")
        ),
        takes=_text("strict"),
        decode=str,
    ),
    Slip(
        "frame-is-message",
        f"Every frame came out as a message. {_JOIN}",
        *(change | {"ends": _always} for change in _skipping()),
    ),
    Slip(
        "frame-is-message",
        f"Every data frame came out as a message. {_JOIN}",
        *(
            {"ends": _always, "decode": _text(errors)}
            for errors in ("replace", "ignore")
        ),
        ends=_always,
    ),
    Slip(
        "control-mixed-in",
        f"The payload of a control frame got into a message. {_CONTROL}",
        *_skipping(),
    ),
    Slip(
        "close-taken-for-data",
        f"The payload of a Close frame got into the texts. {_CONTROL}",
        *_skipping(Opcode.PING, Opcode.PONG),
    ),
    Slip(
        "pong-taken-for-data",
        f"Pings are skipped, pongs are not. {_CONTROL}",
        *_skipping(Opcode.PING, Opcode.CLOSE),
        *_skipping(Opcode.PING),
    ),
    Slip(
        "ping-taken-for-data",
        f"Pongs are skipped, pings are not. {_CONTROL}",
        *_skipping(Opcode.PONG, Opcode.CLOSE),
        *_skipping(Opcode.PONG),
    ),
    Slip(
        "control-mixed-in",
        f"Close is skipped, ping and pong are not. {_CONTROL}",
        *_skipping(Opcode.CLOSE),
    ),
    Slip(
        "continuations-lost",
        "What came in continuations is lost: opcode 0 is data too, more of the message "
        "that has begun.",
        {"skips": lambda frame: frame.opcode is not Opcode.TEXT},
        skips=lambda frame: frame.opcode is not Opcode.TEXT,
        ends=_always,
    ),
    Slip(
        "unfinished-skipped",
        "What came with FIN 0 is lost. Those frames are the first parts of a message: "
        "are they skipped, or does each fragment replace the one before?",
        {"skips": lambda frame: not frame.fin or frame.opcode.is_control},
        skips=lambda frame: not frame.fin,
    ),
    Slip(
        "fin-inverted",
        "FIN was read the other way round: 1 marks the last frame of a message.",
        ends=lambda frame: not frame.fin,
    ),
    Slip(
        "ends-at-continuation",
        "A message ended with its first continuation. FIN says where it ends.",
        ends=lambda frame: frame.fin or frame.opcode is Opcode.CONTINUATION,
    ),
    Slip(
        "ended-by-control",
        "The FIN of a control frame ended the message. It is the control frame's own.",
        {"control_ends": True, "anew": False, "anew_at_text": True},
        control_ends=True,
    ),
    Slip(
        "stops-at-control",
        "It stops at the first control frame. Go on with the next one: `continue`.",
        stops_at_control=True,
    ),
    Slip(
        "forgotten-at-control",
        "A control frame between two fragments made it forget the first one. Go on as "
        "if it were not there.",
        anew_at_control=True,
    ),
    Slip(
        "not-reset",
        "The next message begins with the last one. Begin anew after FIN.",
        anew=False,
    ),
    Slip(
        "unfinished-given",
        "A message came out though its FIN had not come. What is not whole yet is no "
        "message.",
        rest=bool,
    ),
    Slip(
        "something-at-the-end",
        "At the end of the list one more text came out, though nothing was left. FIN "
        "makes a message, and not the end of the list.",
        rest=_always,
    ),
    Slip(
        "empty-dropped",
        "An empty text was dropped. It is a message like any other.",
        keep=bool,
    ),
    Slip(
        "bytes-not-text",
        "Those are bytes. Decode each message when it is whole: `.decode()`.",
        decode=bytes,
    ),
    Slip(
        "bytes-in-quotes",
        "`str(…)` and an f-string show bytes as Python writes them, quotes and all. "
        "`.decode()` gives the text.",
        {"takes": str, "decode": str},
        decode=str,
    ),
    Slip(
        "pieces-not-joined",
        'Those are the pieces of each message. Join them, `b"".join(pieces)`, then '
        "decode.",
        {"takes": lambda payload: [payload.decode()], "decode": list},
        takes=lambda payload: [payload],
        decode=list,
    ),
    Slip(
        "latin-1",
        "It was decoded as Latin-1, one character for each byte. Text is UTF-8.",
        {"decode": lambda payload: "".join(map(chr, payload))},
        decode=lambda payload: payload.decode("latin-1"),
    ),
    Slip(
        "ascii",
        "The payload was decoded as ASCII. Text is UTF-8.",
        *(
            {"decode": lambda payload, errors=errors: payload.decode("ascii", errors)}
            for errors in ("replace", "ignore")
        ),
        decode=lambda payload: payload.decode("ascii"),
    ),
    Slip("tuple-not-list", f"That is a tuple. {_LIST}", after=tuple),
    Slip("one-text", f"All is in one text. {_LIST}", after="".join),
    Slip(
        "last-message-only",
        f"Only the last message came back. {_LIST}",
        {"after": lambda texts: texts[-1]},
        after=lambda texts: texts[-1:],
    ),
    Slip(
        "first-message-only",
        f"Only the first message came back: is `return` inside the loop? {_LIST}",
        {"after": lambda texts: texts[0]},
        {"after": lambda texts: texts[0] if texts else None},
        after=lambda texts: texts[:1],
    ),
    Slip(
        "read-backwards",
        "The frames were taken from the end of the list. `pop()` takes the last one.",
        backwards=True,
    ),
    Slip(
        "piece-in-front",
        "What came later was put in front. It goes behind: `+=`.",
        in_front=True,
    ),
    Slip(
        "backwards",
        "The messages are in the opposite order.",
        after=lambda texts: texts[::-1],
    ),
]
