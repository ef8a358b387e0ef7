"""Exercise 4 of notebook 03: which of a client's frames are legal?"""

from collections.abc import Mapping
from typing import Any

from wslib.check.exercise import Exercise
from wslib.check.sheet import TrueOrFalse
from wslib.check.verdict import Found, Verdict, brief
from wslib.errors import ProtocolError
from wslib.frames import Opcode, parse_frame

_AS_IT_WAS = "Has the cell with the frames been changed? Run it as it was."
_LOOK_AT = {  # by the section that is broken
    "5.1": "It comes from a client. Look at the first bit of its second byte (section "
    "5.1).",
    "5.2": "Write its first two bytes in bits: are the three reserved bits 0, is the "
    "opcode one of the six, is the length in its shortest form (section 5.2)?",
    "5.5": "It is a control frame. Is FIN 1, is the payload 125 bytes or less (section "
    "5.5)?",
    "5.5.1": "It is a Close frame. What may its payload be, and how many bytes are "
    "there (section 5.5.1)?",
    "7.4": "It is a Close frame. Take the mask off its code: may it be sent (section "
    "7.4)?",
    "8.1": "It is a Close frame. Take the mask off its reason: is it UTF-8 (section "
    "8.1)?",
}


class _Frames(TrueOrFalse):
    """The answers to some frames, of which a strict server says what they break."""

    def __init__(
        self, exercise: str, frames: Mapping[str, str], broken: dict[str, str]
    ) -> None:
        praise = f"All {len(frames)}, as a strict server would judge them."
        ask = "True (legal) or False?"
        super().__init__(exercise, "", list(frames), ask=ask, praise=praise)
        self.frames, self.broken = frames, broken

    def pattern(self, said: dict[str, bool], wrong: int) -> Found | None:
        """Say that all are called the same, or the opposite of what they are."""
        if wrong == len(said):
            hint = "Each is the opposite of what it should be: True means legal."
            return "inverted", "", hint
        if len(set(said.values())) > 1:
            return None
        word = "legal" if all(said.values()) else "broken"
        hint = f"You call all of them {word}. Some are, some are not."
        return f"all-{word}", "", hint

    def mark(self, name: str, answer: bool) -> Found | None:
        """Say where to look at a frame that was called what it is not."""
        digits, section = self.frames[name], self.broken.get(name)
        if answer is (section is None):
            return None
        if section is None:
            why = _why_legal(bytes.fromhex(digits))
            return "legal-refused", f"{name}, {digits}, is a legal frame.", why
        hint = _LOOK_AT.get(section, f"Read section {section}, the bits beside you.")
        return f"missed-{section}", f"{name}, {digits}, is not legal.", hint


def _why_legal(data: bytes) -> str:
    """Say what about a legal frame may look wrong and is not."""
    found = parse_frame(data, masked=True)
    assert found is not None
    frame = found[0]
    traits = {
        "FIN 0 says that more of the message follows": not frame.fin,
        "a continuation is legal where there is something to continue": (
            frame.opcode is Opcode.CONTINUATION
        ),
        "a pong may come unasked (section 5.5.3)": frame.opcode is Opcode.PONG,
        "a payload may be empty": not frame.payload,
        "binary data may be any bytes": frame.opcode is Opcode.BINARY
        and bool(frame.payload),
        "four zeros are a key like any other": frame.masking_key == bytes(4),
    }
    words = "; ".join(words for words, true in traits.items() if true)
    if not words:
        return "Which rule would it break? Take the first two bytes bit by bit."
    return f"{words[0].upper()}{words[1:]}."


class _IllegalFrames(Exercise):
    def judge(self, answers: Any, frames: Any) -> Verdict:
        """Return the verdict on answers to frames, which are a dict of hex."""
        if answers is None or answers is ...:
            return self.untried()
        if not isinstance(frames, Mapping) or not frames:
            evidence = f"The frames to judge are {brief(frames)}."
            return self.wrong("frames-changed", evidence, _AS_IT_WAS)
        broken = {}
        for name, digits in frames.items():
            try:
                whole = parse_frame(bytes.fromhex(digits), masked=True)
            except ProtocolError as error:
                broken[name] = error.section
            except (TypeError, ValueError):
                whole = None
            if name not in broken and not whole:
                evidence = f"{name}, {brief(digits)}, is no whole frame in hex."
                return self.wrong("frames-changed", evidence, _AS_IT_WAS)
        return _Frames(self.name, frames, broken).judge(answers)


illegal_frames = _IllegalFrames(
    "illegal_frames",
    "Which of a client's frames are legal: a dict of True and False, and the frames, a "
    "dict of hex. Exercise 4 of notebook 03.",
)
