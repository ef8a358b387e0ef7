"""Cases: framing, pings, reserved bits, opcodes. RFC 6455, sections 5.1 to 5.5."""

from dataclasses import replace

from wslib.labs.conformance.case import (
    BARE,
    Case,
    Due,
    binary,
    close,
    echoes,
    frame,
    pong,
    refuses,
    text,
    unmasked,
)

_ECHO = "data frames carry data; an echo server sends the same back"
_MINIMAL = "the minimal number of bytes is used to write a length"
_SENT = "a length takes 7, 7+16 or 7+64 bits, the highest byte first"
_RESERVED = "without an extension that gives it a meaning, RSV1 to 3 are 0"
_OPCODE = "a frame with an opcode that is not known fails the connection"
_PONG = "a Pong carries the very payload of the Ping"
_HELLO = frame(1, b"Hello")
_PONGS = (pong(b"0"), pong(b"1"), pong(b"2"))


def _lengths() -> list[Case]:
    """Return the cases around the three forms of a length. Section 5.2."""
    cases = []
    for size in (0, 1, 125, 126, 127, 65_535, 65_536):
        for opcode, kind, due in ((1, "text", text), (2, "binary", binary)):
            payload = b"*" * size if opcode == 1 else b"\xfe" * size
            title = f"a {kind} message of {size:,} byte{'s' * (size != 1)}"
            name, sent = f"{kind}-{size}", frame(opcode, payload)
            case = echoes("framing", name, title, "5.2", _SENT, sent, due(payload))
            if size > 65_535:  # an endpoint may have a limit (10.4)
                case = replace(case, tolerated=((close(1009),),))
            cases.append(case)
    return cases


FRAMING = [
    echoes("framing", "hello", "the text Hello", "5.6", _ECHO, _HELLO, text("Hello")),
    *_lengths(),
    echoes("framing", "server-masks-no-text", "the text Hello, again", "5.1", BARE,
           _HELLO, Due("text", b"Hello", look=unmasked)),
    echoes("framing", "two-frames-at-once", "two frames in one piece", "5.2",
           "a frame ends where its length says, not with a segment of TCP",
           _HELLO + frame(1, b"again"), text("Hello"), text("again")),
    echoes("framing", "frame-in-pieces", "one frame in three pieces", "5.2",
           "a frame ends where its length says, not with a segment of TCP",
           _HELLO[:1], _HELLO[1:7], _HELLO[7:], text("Hello")),
    echoes("framing", "length-in-pieces", "a frame cut in its extended length", "5.2",
           "a frame ends where its length says, not with a segment of TCP",
           frame(2, bytes(200))[:3], frame(2, bytes(200))[3:], binary(bytes(200))),
    refuses("framing", "unmasked", "a text that is not masked", "5.1",
            "a frame of a client that is not masked closes the connection",
            frame(1, b"Hello", masked=False)),
    refuses("framing", "unmasked-ping", "a Ping that is not masked", "5.1",
            "a frame of a client that is not masked closes the connection",
            frame(9, b"?", masked=False)),
    refuses("framing", "length-16-not-minimal", "5 bytes, their length in 16 bits",
            "5.2", _MINIMAL, frame(1, b"Hello", size=2)),
    refuses("framing", "length-64-not-minimal", "5 bytes, their length in 64 bits",
            "5.2", _MINIMAL, frame(1, b"Hello", size=8)),
    refuses("framing", "length-top-bit", "a 64-bit length whose top bit is 1", "5.2",
            "the most significant bit of a 64-bit length is 0",
            bytes.fromhex("82 ff 80 00 00 00 00 00 00 05") + _HELLO[2:]),
]  # fmt: skip

PINGS = [
    echoes("pings", "ping-empty", "a Ping without payload", "5.5.2",
           "a Ping is answered by a Pong", frame(9), pong()),
    echoes("pings", "ping-payload", "a Ping with a text", "5.5.3", _PONG,
           frame(9, b"Hello"), pong(b"Hello")),
    echoes("pings", "ping-bytes", "a Ping with bytes that are no UTF-8", "5.5.3", _PONG,
           frame(9, b"\x00\xff\xfe"), pong(b"\x00\xff\xfe")),
    echoes("pings", "ping-125", "a Ping of 125 bytes", "5.5.3", _PONG,
           frame(9, b"*" * 125), pong(b"*" * 125)),
    replace(
        echoes("pings", "three-pings", "three Pings in one piece", "5.5.3",
               "each Ping is answered, or at least the last one",
               b"".join(frame(9, b"%d" % i) for i in range(3)), *_PONGS),
        tolerated=(_PONGS[1:], _PONGS[::2], _PONGS[2:])),
    echoes("pings", "ping-and-text-at-once", "a Ping and a text in one piece", "5.5.2",
           "a Ping is answered as soon as is practical",
           frame(9, b"?") + _HELLO, pong(b"?"), text("Hello")),
    echoes("pings", "pong-unasked", "a Pong that nobody asked for", "5.5.3",
           "a Pong that nobody asked for is not answered",
           frame(10, b"here"), _HELLO, text("Hello")),
    echoes("pings", "server-masks-no-pong", "a Ping, once more", "5.1", BARE,
           frame(9, b"?"), Due("pong", b"?", look=unmasked)),
    refuses("pings", "ping-126", "a Ping of 126 bytes", "5.5",
            "a control frame carries at most 125 bytes", frame(9, b"*" * 126)),
    refuses("pings", "pong-126", "a Pong of 126 bytes", "5.5",
            "a control frame carries at most 125 bytes", frame(10, b"*" * 126)),
]  # fmt: skip

RESERVED_BITS = [
    *(refuses("reserved bits", f"rsv-{rsv}", f"a text with RSV1-3 = {rsv:03b}", "5.2",
              _RESERVED, frame(1, b"Hello", rsv=rsv)) for rsv in (4, 2, 1, 7)),
    refuses("reserved bits", "rsv-ping", "a Ping with RSV1", "5.2", _RESERVED,
            frame(9, b"Hello", rsv=4)),
    refuses("reserved bits", "rsv-close", "a Close with RSV1", "5.2", _RESERVED,
            frame(8, b"\x03\xe8", rsv=4)),
    refuses("reserved bits", "rsv-continuation", "a continuation with RSV3", "5.2",
            _RESERVED, frame(1, b"Hel", fin=False), frame(0, b"lo", rsv=1)),
]  # fmt: skip

OPCODES = [
    *(refuses("opcodes", f"opcode-{n}", f"opcode {n} ({n:#x}), with a payload", "5.2",
              _OPCODE, frame(n, b"Hello")) for n in (3, 4, 5, 6, 7, *range(11, 16))),
    refuses("opcodes", "opcode-3-empty", "opcode 3, empty", "5.2", _OPCODE, frame(3)),
    refuses("opcodes", "opcode-11-empty", "opcode 11, empty", "5.2", _OPCODE,
            frame(11)),
]  # fmt: skip
