"""Exercise 2 of notebook 00: how many bytes does ``Grüße`` take as a text message?"""

from numbers import Real
from typing import Any

from wslib.check.exercise import Exercise
from wslib.check.nb00_echo import PREFIX
from wslib.check.verdict import Verdict, brief

TEXT = "Grüße"
_BYTES = TEXT.encode()
_REPLY = PREFIX + TEXT

# The wrong count; a name for the mistake, and what to say.
_MISCOUNTED = {
    len(TEXT): "characters: These are its characters. WebSocket text travels as UTF-8, "
    "where `ü` and `ß` take more than one byte each.",
    len(TEXT) + 1: "one-of-two: One of the two letters was counted. `ü` is not ASCII, "
    "and neither is `ß`.",
    len(_BYTES) + 1: "with-an-end: One more than there are. No byte marks the end of a "
    "text here: the frame's header says how long it is.",
    len(TEXT.encode("ascii", "ignore")): "ascii-only: These are the letters of ASCII, "
    "`G`, `r` and `e`. The other two travel, too.",
    len("üß".encode()): "special-letters-only: These are the bytes of `ü` and `ß`. The "
    "other letters travel, too.",
    len(TEXT.encode("utf-16-le")): "utf-16: That would be UTF-16, as JavaScript keeps "
    "it in memory. On the wire it is UTF-8 (RFC 6455, section 5.6).",
    len(TEXT.encode("utf-16")): "utf-16: That would be UTF-16 with a byte order mark. "
    "On the wire it is UTF-8.",
    len(TEXT.encode("utf-32-le")): "utf-32: That would be four bytes for every "
    "character. UTF-8 takes one to four.",
    len(TEXT.encode("utf-32")): "utf-32: That would be UTF-32 with a byte order mark. "
    "On the wire it is UTF-8.",
    len(_BYTES) + 2: "with-header: Two more than the payload: a frame's header is not "
    "part of it.",
    len(_BYTES) + 6: "with-header: Six more than the payload: header and masking key "
    "are not part of it.",
    len(TEXT) + 6: "characters+with-header: These are the characters, and a client's "
    "header of six bytes. Without the header, and in bytes: `ü` and `ß` take more than "
    "one each.",
    len(_BYTES.hex()): "hex-digits: These are hexadecimal digits. Two of them are one "
    "byte.",
    len(str(_BYTES)): "repr: That is how long `b'Gr\\xc3…'` is when Python shows it. "
    "`\\xc3` is one byte.",
    len(_BYTES) * 8: "bits: That is in bits. A byte is eight of them.",
    len(TEXT) * 8: "characters+bits: That is eight bits for each character. In bytes, "
    "please; and `ü` and `ß` take more than one each.",
    len(_REPLY.encode()): "the-reply: That is the server's answer. The question is "
    "what you sent.",
    len(_REPLY): "the-reply: Those are the characters of the server's answer. The "
    "question is how many bytes you sent.",
}
_UNKNOWN = "unknown: Look at what `'Grüße'.encode()` returns, byte by byte."


class _PayloadBytes(Exercise):
    def judge(self, count: Any) -> Verdict:
        """Return the verdict on a number of bytes."""
        if count is None or count is ...:
            return self.untried()
        seen = f"You say {brief(count)}."
        if isinstance(count, str) and count.strip() == str(len(_BYTES)):
            hint = "Right, but as text. Without the quotation marks it is a number."
            return self.wrong("number-as-text", seen, hint)
        if isinstance(count, bytes) and count == _BYTES:
            hint = "These are the bytes. How many are they? `len` counts."
            return self.wrong("not-counted", seen, hint)
        if isinstance(count, bool) or not isinstance(count, Real):
            return self.wrong("wrong-type", seen, "Give a number: how many bytes?")
        if count == len(_BYTES):
            return self.right(f"{TEXT} is {_BYTES.hex(' ')} on the wire.")
        said = next((said for n, said in _MISCOUNTED.items() if n == count), _UNKNOWN)
        mistake, _, hint = said.partition(": ")
        return self.wrong(mistake, seen, hint)


payload_bytes = _PayloadBytes(
    "payload_bytes",
    "How many bytes `Grüße` takes as a text message. Exercise 2 of notebook 00.",
)
