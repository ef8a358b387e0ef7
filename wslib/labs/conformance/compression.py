"""Cases: permessage-deflate, for a server that accepts it. RFC 7692."""

import random
import string
import zlib
from collections.abc import Callable
from dataclasses import replace

from wslib.deflate import TAIL
from wslib.errors import HandshakeError
from wslib.labs.conformance.case import (
    Case,
    Due,
    Heard,
    close,
    echoes,
    frame,
    pong,
    refuses,
    text,
)
from wslib.labs.conformance.opening import accepted, field, request
from wslib.labs.conformance.talk import agreed

_GROUP = "compression"
_OFFER = "permessage-deflate"
_FOUR = (
    "; server_no_context_takeover; client_no_context_takeover"
    "; server_max_window_bits=10; client_max_window_bits=10"
)
_HELLO = bytes.fromhex("f2 48 cd c9 c9 07 00")  # section 7.2.3.1
_FIRST = "a server declines by silence, or answers with what was offered"
_UNKNOWN = "an offer that holds what is no parameter, or no value, is declined"
_VECTOR = "whatever DEFLATE allows in a message is inflated"
_RSV1 = "RSV1 is set on the first frame of a message, and nowhere else"
_LONG = "".join(random.Random(7692).choices(string.ascii_letters, k=700))
_NOISE = frame(1, b"Hello", rsv=4)
_BOMB = 2**25


def _bomb() -> bytes:
    """Return so many zeros as they travel: a mebibyte, again and again."""
    deflater = zlib.compressobj(wbits=-15)
    mebibyte = deflater.compress(bytes(2**20)) + deflater.flush(zlib.Z_FULL_FLUSH)
    return (mebibyte * (_BOMB // 2**20)).removesuffix(TAIL)


def _offers(
    name: str, title: str, section: str, rule: str, offer: str,
    look: Callable[[Heard, str], str],
) -> Case:  # fmt: skip
    """Return a case in which only the answer to an offer is looked at."""
    asked = request(more=[("Sec-WebSocket-Extensions", offer)])
    case = accepted(name, title, section, rule, asked,
                    look=lambda heard: look(heard, offer))  # fmt: skip
    return replace(case, group=_GROUP, rfc=7692)


def _unfit(heard: Heard, offer: str) -> str:
    """Say what is wrong with the answer to a legal offer. To decline is right, too."""
    try:
        agreed(heard.wire, offer)
    except HandshakeError as error:
        return str(error)
    return ""


def _taken(heard: Heard, offer: str) -> str:
    """Say what was answered to an offer that no server may take."""
    answer = field(heard, "Sec-WebSocket-Extensions")
    return f"{answer!r} is the answer, and none is due" if answer else ""


def _talks(
    name: str, title: str, section: str, rule: str, *steps: bytes | Due, more: str = ""
) -> Case:
    """Return a case without a fault, behind an offer."""
    case = echoes(_GROUP, name, title, section, rule, *steps)
    return replace(case, offer=_OFFER + more, rfc=7692)


def _faulty(
    name: str, title: str, section: str, rule: str, *pieces: bytes, code: int = 1002
) -> Case:
    """Return a case in which the client breaks a rule, behind an offer."""
    case = refuses(_GROUP, name, title, section, rule, *pieces, code=code)
    return replace(case, offer=_OFFER, rfc=7692)


_ASKED = [
    _offers("deflate-four", "an offer with all four parameters", "7.1",
            "what the offer asks of the server is granted, or the offer declined",
            _OFFER + _FOUR, _unfit),
    _offers("deflate-unknown", "an offer with a fifth parameter", "7", _UNKNOWN,
            _OFFER + "; level=9", _taken),
    _offers("deflate-window-16", "an offer of a window of 16 bits", "7.1.2.1", _UNKNOWN,
            _OFFER + "; server_max_window_bits=16", _taken),
    *(_talks(f"deflate-{name}", f"Hello, {title}, and again", section, _VECTOR,
             *(frame(1, bytes.fromhex(packed), rsv=4), text("Hello")) * 2)
      for name, title, section, packed in (
          ("hello", "compressed", "7.2.3.1", _HELLO.hex()),
          ("stored", "in a block without compression", "7.2.3.3",
           "00 05 00 fa ff 48 65 6c 6c 6f 00"),
          ("last", "in a block that calls itself the last", "7.2.3.4",
           "f3 48 cd c9 c9 07 00 00"),
          ("two-blocks", "in two blocks", "7.2.3.5",
           "f2 48 05 00 00 00 ff ff ca c9 c9 07 00"))),
    _talks("deflate-context", "Hello, and a message that refers back to it", "7.2.3.2",
           "the context of a message is taken over to the next",
           frame(1, _HELLO, rsv=4), text("Hello"),
           frame(1, bytes.fromhex("f2 00 11 00 00"), rsv=4), text("Hello")),
    _talks("deflate-fragments", "Hello in two fragments, a Ping between them", "6.1",
           "a message is compressed whole, and cut then",
           frame(1, _HELLO[:3], rsv=4, fin=False) + frame(9, b"?"), pong(b"?"),
           frame(0, _HELLO[3:]), text("Hello")),
    _talks("deflate-not", "Hello, not compressed", "6.1",
           "a message without RSV1 is not inflated", frame(1, b"Hello"), text("Hello")),
    _talks("deflate-forgets", "Hello twice, to a server that is to forget", "7.1.1.1",
           "each message of a server that has agreed to forget stands for itself",
           *(frame(1, b"Hello"), text("Hello")) * 2,
           more="; server_no_context_takeover"),
    _talks("deflate-window-9", "700 letters twice, to a server of 9 bits", "7.1.2.1",
           "a server refers back by the window that was agreed on, 512 bytes",
           *(frame(1, _LONG.encode()), text(_LONG)) * 2,
           more="; server_max_window_bits=9"),
    _faulty("deflate-rsv1-later", "RSV1 on a continuation", "6.1", _RSV1,
            frame(1, _HELLO[:3], rsv=4, fin=False), frame(0, _HELLO[3:], rsv=4)),
    _faulty("deflate-rsv1-ping", "RSV1 on a Ping", "6.1", _RSV1,
            frame(9, _HELLO, rsv=4)),
    replace(
        _faulty("deflate-no-deflate", "RSV1, and a payload that is not DEFLATE", "6.2",
                "what cannot be inflated fails the connection", _NOISE),
        steps=((_NOISE, (close(1002, 1007),)),)),  # the RFC names no code
    replace(
        _faulty("deflate-bomb", f"{_BOMB:,} bytes of zeros, compressed", "10.4",
                "an endpoint limits what it takes: 1009, if it says why",
                frame(2, _bomb(), rsv=4), code=1009),
        rfc=6455, informational=True),
]  # fmt: skip

ACCEPTS = replace(
    _offers("deflate-offer", "an offer to compress", "5.1", _FIRST, _OFFER, _unfit),
    needs="hello",
)  # fmt: skip
COMPRESSION = (ACCEPTS, *(replace(case, needs=ACCEPTS.name) for case in _ASKED))
