"""What is in a frame that permessage-deflate has compressed. RFC 7692."""

from collections.abc import Sequence
from dataclasses import replace

from wslib.deflate import Parameters, PerMessageDeflate
from wslib.errors import PayloadTooBig, ProtocolError
from wslib.frames import Frame, parse_frame
from wslib.show.fields import Field, count, payload_value

_MOST = 2**16  # bytes that a message is inflated to


def inflated(frame: Frame, before: Sequence[bytes]) -> tuple[Frame, Field | None]:
    """Return a frame as it was meant, and the field that says so if it is compressed.

    Args:
        frame: A frame as it was sent.
        before: The frames from the same side before it, as they were sent.

    Raises:
        ProtocolError: If a frame before it breaks a rule.
        ValueError: If a frame before it is not complete.
    """
    end = PerMessageDeflate(Parameters(), client=True)  # its window is the largest
    said = Field(
        name="Payload data, inflated", start=0, value="cannot be inflated", sent=False
    )
    meant = frame
    frames = [*map(_parsed, before), frame]
    try:
        for each in frames:
            if not each.opcode.is_control:  # they are never compressed: section 6.1
                meant = end.decode(each, _MOST)
    except PayloadTooBig:
        return frame, replace(said, meaning=f"it has more than {count(_MOST)}")
    except ProtocolError:
        refers = "it refers to a message before it, or is not DEFLATE"
        return frame, replace(said, meaning=refers)
    if frame.opcode.is_control or meant is frame:
        return frame, None
    value = payload_value(frame.opcode, meant.payload)
    size = f"{count(len(meant.payload))}, by permessage-deflate"
    return meant, replace(said, data=meant.payload, value=value, meaning=size)


def _parsed(raw: bytes) -> Frame:
    """Return a frame; whoever masks is a client."""
    masked = raw[1:2] > b"\x7f"
    found = parse_frame(raw, masked=masked, max_payload=2**63, allow_rsv1=True)
    if found is None:
        raise ValueError(f"a frame before it is not complete: {raw[:8].hex(' ')}")
    return found[0]
