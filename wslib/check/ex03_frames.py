"""The checks of notebook 03: one frame, read and written by hand."""

from typing import Any

from wslib.check.attempt import Verdict, brief, not_yet
from wslib.check.diagnosis import never_raises
from wslib.errors import ProtocolError
from wslib.frames import Opcode, parse_frame


@never_raises
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
        return not_yet(
            exercise,
            "wrong-type",
            f"This is {brief(answers)}, of type {type(answers).__name__}.",
            "Keep the dict of the cell above: a name, then True or False.",
        )
    if not isinstance(frames, dict) or not frames:
        evidence = f"The frames to judge are {brief(frames)}."
        return not_yet(exercise, "frames-changed", evidence, _AS_IT_WAS)
    blank = [name for name in frames if answers.get(name) in (None, ...)]
    if len(blank) == len(frames) and set(answers) <= set(frames):
        return Verdict(exercise=exercise)
    if blank:
        other = [name for name in answers if name not in frames]
        more = f" (There is no frame {brief(other[0])}.)" if other else ""
        evidence = f"Nothing for {', '.join(map(str, blank))} yet.{more}"
        return not_yet(exercise, "missing", evidence, "True (legal) or False?")
    for name in frames:
        if not isinstance(answers[name], bool):
            quoted = isinstance(answers[name], str)
            hint = "Write True (legal) or False" + ", without quotes." * quoted
            evidence = f"{name} has {brief(answers[name])}."
            return not_yet(exercise, "wrong-type", evidence, hint.rstrip(".") + ".")
    return _judged(exercise, {name: answers[name] for name in frames}, frames)


def _judged(exercise: str, answers: dict[str, bool], frames: dict[str, str]) -> Verdict:
    """Hold answers beside what a strict server says."""
    broken: dict[str, ProtocolError] = {}
    for name, digits in frames.items():
        try:
            whole = parse_frame(bytes.fromhex(digits), masked=True) is not None
        except ProtocolError as error:
            broken[name] = error
        except (TypeError, ValueError):
            whole = False
        if name not in broken and not whole:
            evidence = f"{name}, {brief(digits)}, is no whole frame in hex."
            return not_yet(exercise, "frames-changed", evidence, _AS_IT_WAS)
    wrong = [name for name in frames if answers[name] == (name in broken)]
    if not wrong:
        return Verdict(
            exercise=exercise,
            right=True,
            evidence=f"All {len(frames)}, as a strict server would judge them.",
        )
    evidence = f"{len(frames) - len(wrong)} of {len(frames)} are right."
    if len(wrong) == len(frames):
        hint = "Each is the opposite of what it should be: True means legal."
        return not_yet(exercise, "inverted", evidence, hint)
    if len(set(answers.values())) == 1 and len(frames) > 1:
        said = "legal" if all(answers.values()) else "broken"
        hint = f"You call all of them {said}. Some are, some are not."
        return not_yet(exercise, f"all-{said}", evidence, hint)
    name = wrong[0]
    if name in broken:
        section = broken[name].section
        return not_yet(
            exercise,
            f"missed-{section}",
            f"{evidence} {name}, {frames[name]}, is not legal.",
            _LOOK_AT.get(section, f"Read section {section}, the bits beside you."),
        )
    return not_yet(
        exercise,
        "legal-refused",
        f"{evidence} {name}, {frames[name]}, is a legal frame.",
        _why_legal(bytes.fromhex(frames[name])),
    )


_AS_IT_WAS = "Has the cell with the frames been changed? Run it as it was."
_LOOK_AT = {
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


def _why_legal(data: bytes) -> str:
    """Say what about a legal frame may look wrong and is not."""
    found = parse_frame(data, masked=True)
    assert found is not None
    frame = found[0]
    traits = []
    if not frame.fin:
        traits.append("FIN 0 says that more of the message follows")
    if frame.opcode is Opcode.CONTINUATION:
        traits.append("a continuation is legal where there is something to continue")
    if frame.opcode is Opcode.PONG:
        traits.append("a pong may come unasked (section 5.5.3)")
    if not frame.payload:
        traits.append("a payload may be empty")
    if frame.opcode is Opcode.BINARY and frame.payload:
        traits.append("binary data may be any bytes")
    if frame.masking_key == bytes(4):
        traits.append("four zeros are a key like any other")
    if not traits:
        return "Which rule would it break? Take the first two bytes bit by bit."
    words = "; ".join(traits)
    return f"{words[0].upper()}{words[1:]}."
