"""Cases: fragmentation and UTF-8. RFC 6455, sections 5.4, 5.6 and 8.1."""

from dataclasses import replace

from wslib.labs.conformance.case import (
    Case,
    binary,
    close,
    echoes,
    frame,
    pong,
    refuses,
    text,
)

_WHOLE = "the fragments of a message are one message"
_CONTROL = "a control frame may come between the fragments of a message"
_NOWHERE = "a continuation follows a first fragment, and nothing else"
_OTHER = "the fragments of one message are not mixed with those of another"
_UNBROKEN = "a control frame is not fragmented"
_UTF8 = "a text is UTF-8 as a whole, whatever its fragments"
_FAIL = "a text that is not UTF-8 fails the connection; 1007 says why (7.4.1)"
_LETTERS = "κόσμε".encode()
_HELLO = frame(1, b"Hello")


def _first(payload: bytes, opcode: int = 1) -> bytes:
    return frame(opcode, payload, fin=False)


def _singly(message: bytes) -> bytes:
    """Return a text as fragments of one byte each."""
    last = len(message) - 1
    opcodes = [1] + [0] * last
    return b"".join(
        frame(opcodes[i], message[i : i + 1], fin=i == last)
        for i in range(len(message))
    )


FRAGMENTATION = [
    echoes("fragmentation", "two-fragments", "a text in two fragments", "5.4", _WHOLE,
           _first(b"Hel"), frame(0, b"lo"), text("Hello")),
    echoes("fragmentation", "fragments-at-once", "two fragments in one piece", "5.4",
           _WHOLE, _first(b"Hel") + frame(0, b"lo"), text("Hello")),
    echoes("fragmentation", "three-fragments", "binary in three fragments", "5.4",
           _WHOLE, _first(b"\xff\x00", 2), frame(0, b"\x01", fin=False),
           frame(0, b"\x02"), binary(b"\xff\x00\x01\x02")),
    echoes("fragmentation", "empty-fragments", "three fragments, two of them empty",
           "5.4", _WHOLE, _first(b""), frame(0, b"Hello", fin=False), frame(0),
           text("Hello")),
    echoes("fragmentation", "fragments-of-nothing", "two fragments, both empty", "5.4",
           _WHOLE, _first(b""), frame(0), text("")),
    echoes("fragmentation", "ping-between", "a Ping between two fragments", "5.4",
           _CONTROL, _first(b"Hel") + frame(9, b"?") + frame(0, b"lo"), pong(b"?"),
           text("Hello")),
    echoes("fragmentation", "pong-between", "a Pong between two fragments", "5.4",
           _CONTROL, _first(b"Hel"), frame(10), frame(0, b"lo"), text("Hello")),
    echoes("fragmentation", "two-messages", "two messages of two fragments each", "5.4",
           _WHOLE, _first(b"Hel"), frame(0, b"lo"), text("Hello"),
           _first(b"wor"), frame(0, b"ld"), text("world")),
    refuses("fragmentation", "continuation-first", "a continuation as the first frame",
            "5.4", _NOWHERE, frame(0, b"Hello")),
    refuses("fragmentation", "continuation-not-final",
            "the same, with more to follow", "5.4", _NOWHERE,
            frame(0, b"Hello", fin=False)),
    refuses("fragmentation", "continuation-empty", "the same, empty", "5.4", _NOWHERE,
            frame(0)),
    refuses("fragmentation", "text-inside", "a text inside a fragmented text", "5.4",
            _OTHER, _first(b"Hel"), frame(1, b"lo")),
    refuses("fragmentation", "binary-inside", "binary inside a fragmented text", "5.4",
            _OTHER, _first(b"Hel"), frame(2, b"lo")),
    refuses("fragmentation", "ping-fragmented", "a Ping without FIN", "5.5", _UNBROKEN,
            frame(9, b"?", fin=False)),
    refuses("fragmentation", "pong-fragmented", "a Pong without FIN", "5.5", _UNBROKEN,
            frame(10, b"?", fin=False)),
    refuses("fragmentation", "close-fragmented", "a Close without FIN", "5.5",
            _UNBROKEN, frame(8, b"\x03\xe8", fin=False)),
]  # fmt: skip


def _legal(name: str, title: str, message: bytes) -> Case:
    return echoes("UTF-8", name, title, "8.1", _UTF8, frame(1, message), text(message))


def _illegal(name: str, title: str, *pieces: bytes) -> Case:
    return refuses("UTF-8", name, title, "8.1", _FAIL, *pieces, code=1007)


def _early(name: str, title: str, piece: bytes) -> Case:
    """Return a case of a text that is wrong already, and goes on.

    When it must be found out is not said: to wait for its end breaks no rule.
    """
    case = _illegal(name, title, piece)
    return replace(case, tolerated=(*case.tolerated, (close(1000),), ()))


UTF_8 = [
    _legal("utf8-greek", "characters of two and three bytes", _LETTERS),
    _legal("utf8-last", "U+10FFFF, the last character", b"\xf4\x8f\xbf\xbf"),
    _legal("utf8-noncharacter", "U+FFFF, which is no character", b"\xef\xbf\xbf"),
    _legal("utf8-nul", "U+0000", b"a\x00b"),
    echoes("UTF-8", "utf8-cut", "a character that two fragments share", "5.6", _UTF8,
           _first(_LETTERS[:1]), frame(0, _LETTERS[1:]), text(_LETTERS)),
    echoes("UTF-8", "utf8-singly", "fragments of one byte each", "5.6", _UTF8,
           _singly(_LETTERS), text(_LETTERS)),
    echoes("UTF-8", "utf8-in-binary", "the same bytes as binary", "5.6",
           "binary may be any bytes", frame(2, b"\xff\xed\xa0\x80"),
           binary(b"\xff\xed\xa0\x80")),
    _illegal("utf8-ff", "ff, which is nowhere in UTF-8", frame(1, b"Hello\xff")),
    _illegal("utf8-lone-tail", "a byte that only follows", frame(1, b"\x80")),
    _illegal("utf8-overlong", "c0 af, which is too long for /", frame(1, b"\xc0\xaf")),
    _illegal("utf8-surrogate", "ed a0 80, half a pair of UTF-16",
             frame(1, b"\xed\xa0\x80")),
    _illegal("utf8-beyond", "f4 90 80 80, beyond U+10FFFF",
             frame(1, b"\xf4\x90\x80\x80")),
    _illegal("utf8-not-complete", "a text that ends within a character",
             frame(1, b"Hello\xce")),
    _illegal("utf8-second-fragment", "wrong in the second fragment",
             _first(b"Hello"), frame(0, b"\xff")),
    _illegal("utf8-fragments-end", "fragments that end within a character",
             _first(b"Hello\xce"), frame(0)),
    _early("utf8-early", "wrong in the first fragment, and no other comes",
           _first(b"Hello\xff")),
    _early("utf8-earlier", "wrong in the first bytes of a long frame",
           frame(1, b"Hello\xff" + bytes(1000))[:20]),
]  # fmt: skip
