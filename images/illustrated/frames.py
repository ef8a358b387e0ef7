"""Frames: two bytes of header, sometimes a masking key, and the payload."""

from collections.abc import Iterator

from illustrated.groups import Group, count
from wslib.frames import Frame, Opcode, apply_mask
from wslib.show import strip

OPCODES = {
    Opcode.CONTINUATION: ("it goes on with the message that has begun", "6455, 5.4"),
    Opcode.TEXT: ("a text, in UTF-8", "6455, 5.6"),
    Opcode.BINARY: ("bytes that mean what you like", "6455, 5.6"),
    Opcode.CLOSE: ("Close", "6455, 5.5.1"),
    Opcode.PING: ("a ping", "6455, 5.5.2"),
    Opcode.PONG: ("a pong", "6455, 5.5.3"),
}


def groups(raw: bytes, frame: Frame) -> Iterator[Group]:
    """Yield the groups of a frame that is shorter than 126 bytes.

    Args:
        raw: The frame as it was on the wire.
        frame: What it says.

    RFC 6455, section 5.2.
    """
    length, key = len(frame.payload), frame.masking_key
    if length > 125:
        raise ValueError(f"a payload of {length} bytes is too long for this page")
    what, rfc = OPCODES[frame.opcode]
    fin = "it is complete in one frame" if frame.fin else "more frames follow"
    if frame.opcode is Opcode.CONTINUATION and frame.fin:
        fin = "this is the last frame of its message"
    yield Group(
        raw[:1],
        "FIN, RSV1-3, opcode",
        f"FIN {frame.fin:d}: {fin}. RSV 000: no extension is at work. Opcode "
        f"{frame.opcode:x}: {what}.",
        rfc,
        bits=[("FIN", 1), ("RSV1-3", 3), ("opcode", 4)],
    )
    mask = "a client masks every frame" if key else "a server masks none"
    yield Group(
        raw[1:2],
        "MASK, Payload len",
        f"MASK {key is not None:d}: {mask}. Payload len {length}: up to 125 the length "
        f"itself stands here, beyond that it takes more bytes.",
        "6455, 5.2",
        bits=[("MASK", 1), ("Payload len", 7)],
    )
    if key:
        says = (
            "Four random bytes, new for each frame. The browser picks them; a script "
            "can neither choose nor see them."
        )
        yield Group(raw[2:6], "Masking-key", says, "6455, 5.3", "key")
    yield from _payload(raw[len(raw) - length :], frame)


def _payload(sent: bytes, frame: Frame) -> Iterator[Group]:
    """Yield the groups of the payload, as it was sent."""
    masked = ", masked" if frame.masking_key else ""
    mask = apply_mask(bytes(len(sent)), frame.masking_key) if masked else b""
    if frame.opcode is not Opcode.CLOSE:
        text = frame.payload.decode()
        says = (
            f"As sent: byte i of it is XORed with byte i mod 4 of the key. Below, the "
            f"mask is taken off: {text!r}."
            if masked
            else f"{text!r}, as it stands: {count(len(sent))} of UTF-8."
        )
        yield Group(
            sent,
            f"Payload data{masked}",
            says,
            "6455, 5.3" if masked else "6455, 5.6",
            "payload",
            "" if masked else text,
            mask,
        )
        return
    code, reason = int.from_bytes(frame.payload[:2]), frame.payload[2:].decode()
    below = " It is masked; below it is not." if masked else ""
    yield Group(
        sent[:2],
        f"Status code{masked}",
        f"{code}, the high byte first: the purpose is fulfilled.{below}",
        "6455, 7.4.1",
        "payload",
        mask=mask[:2],
    )
    yield Group(
        sent[2:],
        f"Reason{masked}",
        f"{reason!r}: for whoever debugs it, not for whoever reads the page.",
        "6455, 5.5.1",
        "payload",
        "" if masked else reason,
        mask[2:],
    )


def unmasked(frame: Frame) -> str:
    """Return how the mask of a frame comes off, byte for byte, as HTML."""
    if frame.masking_key is None or not frame.payload:
        return ""
    sent = strip.Group(
        name="Payload data",
        data=apply_mask(frame.payload, frame.masking_key),
        key=frame.masking_key,
        text="utf-8",
    )
    return (
        "<h3>The mask comes off</h3>"
        "<p>Sent, XOR the key's byte whose turn it is, gives the payload.</p>"
        f"<div>{strip.strip([sent], dressed=False)}</div>"
    )
