"""Cases: closing, and limits. RFC 6455, sections 5.5.1, 7 and 10.4."""

from dataclasses import replace

from wslib.labs.conformance.case import (
    BARE,
    END,
    Case,
    Due,
    Heard,
    binary,
    close,
    echoes,
    frame,
    refuses,
    text,
    unmasked,
)

_ANSWER = "a Close is answered by a Close"
_SAME = "a Close is answered by a Close, as a rule with the same code"
_CODE = "a code that may not stand in a Close frame is a broken rule"
_LAST = "a Close is the last frame; what comes behind it is discarded"
_HELLO = frame(1, b"Hello")


def _payload(code: int, reason: bytes = b"") -> bytes:
    return code.to_bytes(2, "big") + reason


def _closes(
    name: str, title: str, section: str, rule: str, sent: bytes, *dues: Due
) -> Case:
    """Return a case that ends with a Close, to which any legal code may be the answer.

    Section 5.5.1: "the endpoint typically echos the status code it received".
    """
    case = echoes("closing", name, title, section, rule, sent, *dues)
    return replace(case, tolerated=((Due("close", look=_legal),),))


def _legal(heard: Heard) -> str:
    may = heard.code in (1005, *range(1000, 1004), *range(1007, 1015))
    may |= 3000 <= heard.code <= 4999
    failed = heard.code in (1002, 1007)
    return "" if may and not failed else f"Close {heard.code}"


CLOSING = [
    _closes("close-1000", "Close 1000", "5.5.1", _SAME, frame(8, _payload(1000)),
            close(1000)),
    _closes("close-empty", "a Close without a code", "7.4.1",
            "it is answered; 1005 and 1006 are never sent",
            frame(8), close(1005, 1000)),
    _closes("close-reason", "Close 1001 with a reason", "5.5.1", _SAME,
            frame(8, _payload(1001, b"bye")), close(1001)),
    _closes("close-reason-123", "Close 1000 with a reason of 123 bytes", "5.5.1", _SAME,
            frame(8, _payload(1000, b"*" * 123)), close(1000)),
    *(_closes(f"close-{code}", f"Close {code}", "5.5.1", _SAME,
              frame(8, _payload(code)), close(code))
      for code in (1003, 1011, 3000, 4999)),
    replace(_closes("close-end", "Close 1000: who ends TCP?", "5.5.1",
                    "behind both Close frames, the server ends TCP",
                    frame(8, _payload(1000)), Due("close"), END), tolerated=()),
    _closes("close-between", "a Close between two fragments", "5.4",
            "a control frame may come between the fragments of a message",
            frame(1, b"Hel", fin=False) + frame(8, _payload(1000)), close(1000)),
    echoes("closing", "server-masks-no-close", "Close 1000, once more", "5.1", BARE,
           frame(8, _payload(1000)), Due("close", look=unmasked)),
    _closes("close-then-text", "a text behind a Close", "1.4", _LAST,
            frame(8, _payload(1000)) + _HELLO, close(1000)),
    _closes("close-then-ping", "a Ping behind a Close", "1.4", _LAST,
            frame(8, _payload(1000)) + frame(9, b"?"), close(1000)),
    refuses("closing", "close-1-byte", "a Close whose payload is one byte", "5.5.1",
            "a payload of a Close begins with a code of two bytes", frame(8, b"\x03")),
    refuses("closing", "close-126-bytes", "a Close of 126 bytes", "5.5",
            "a control frame carries at most 125 bytes",
            frame(8, _payload(1000, b"*" * 124))),
    *(refuses("closing", f"close-{code}", f"Close {code}", "7.4", _CODE,
              frame(8, _payload(code)))
      for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999)),
    refuses("closing", "close-reason-not-utf8", "a reason that is not UTF-8", "5.5.1",
            "a reason is UTF-8", frame(8, _payload(1000, b"\xff")), code=1007),
    replace(_closes("close-5000", "Close 5000, above all that there are (11.7)",
                    "5.5.1", _SAME, frame(8, _payload(5000)), close(5000)),
            informational=True),
]  # fmt: skip

_BIG = 2**18
_MANY = 200

LIMITS = [
    replace(echoes("limits", "quarter-mebibyte", f"binary of {_BIG:,} bytes", "10.4",
                   "a message of a common size is taken; an endpoint may have a limit",
                   frame(2, bytes(_BIG)), binary(bytes(_BIG))),
            tolerated=((close(1009),),)),
    echoes("limits", "many-messages", f"{_MANY} texts in one piece", "5.6",
           "an echo server sends each back",
           b"".join(frame(1, b"%d" % i) for i in range(_MANY)),
           *(text(b"%d" % i) for i in range(_MANY))),
    echoes("limits", "many-fragments", f"a text in {_MANY} fragments", "5.4",
           "the fragments of a message are one message",
           b"".join(frame(0 if i else 1, b"*", fin=i == _MANY - 1)
                    for i in range(_MANY)), text(b"*" * _MANY)),
    replace(refuses("limits", "an-exbibyte", "a frame that announces 2**60 bytes",
                    "10.4", "an endpoint limits what it takes: 1009, if it says why",
                    bytes.fromhex("82 ff 10 00 00 00 00 00 00 00") + _HELLO[2:],
                    code=1009), informational=True),
]  # fmt: skip
