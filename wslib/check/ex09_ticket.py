"""The check of notebook 09 on tickets: who may come in, without a look into a table."""

import hashlib
import re
import sys
from dataclasses import replace
from types import FrameType
from typing import Any, NamedTuple

from wslib.check.attempt import Verdict, attempt, not_yet
from wslib.check.diagnosis import Case, never_raises
from wslib.check.slips import judge
from wslib.check.ticket_slips import TICKET_SLIPS, mac, ticketed

SECRET = b"only the check knows this"
OTHER = bytes(range(240, 256)) * 2  # no text in any encoding that people use
EXPIRES = 1_700_000_000
NOW = EXPIRES - 60


class _Ticket(NamedTuple):
    """One ticket, and what to say if it is judged wrongly.

    Attributes:
        what: What it is, in words.
        ticket: What the function is given.
        user: What it has to return.
        hint: What to look at.
        now: The time.
        secret: The server's.
    """

    what: str
    ticket: str
    user: str | None
    hint: str = ""
    now: int = NOW
    secret: bytes = SECRET


def _made(user: str, expires: object = EXPIRES, secret: bytes = SECRET) -> str:
    """Return a ticket as the server makes them."""
    text = f"{user}.{expires}"
    return f"{text}.{mac(secret, text.encode())}"


def _valid() -> list[_Ticket]:
    """Return tickets that are good."""
    dotted = "A dot in the name: cut from the right."
    return [
        _Ticket(
            "a valid ticket",
            _made("ada"),
            "ada",
            "It is signed, and in time: the answer is the user.",
        ),
        _Ticket(
            "a valid ticket",
            _made("Bob", EXPIRES + 5),
            "Bob",
            "It is signed, and in time.",
        ),
        _Ticket("one second before it expires", _made("ada"), "ada", "", EXPIRES - 1),
        _Ticket("a dot in the name", _made("ada.lovelace"), "ada.lovelace", dotted),
        _Ticket("two dots in the name", _made("a.b.c"), "a.b.c", dotted),
        _Ticket("a time of 11 digits", _made("ada", 10**10), "ada", "That is later."),
        _Ticket("a name in UTF-8", _made("zoë"), "zoë", "`.encode()` makes UTF-8."),
        _Ticket(
            "a valid ticket of another server",
            _made("ada", secret=OTHER),
            "ada",
            "The secret is the one that the function is given.",
            secret=OTHER,
        ),
    ]


def _out_of_time() -> list[_Ticket]:
    """Return tickets that were good once."""
    late = "Valid while now < expires."
    own = "What time it is, `now` says."
    return [
        _Ticket("a minute after it expired", _made("ada"), None, late, EXPIRES + 60),
        _Ticket("at the second in which it expires", _made("ada"), None, late, EXPIRES),
        _Ticket("a time of 9 digits, long ago", _made("ada", 900_000_000), None, late),
        _Ticket("just expired", _made("ada", 4 * 10**9), None, own, 4 * 10**9 + 1),
    ]


def _forged() -> list[_Ticket]:
    """Return tickets whose signature is another one: each is somebody's mistake."""
    text = f"ada.{EXPIRES}"
    good, data = mac(SECRET, text.encode()), text.encode()
    later = f"ada.{EXPIRES + 10**6}"
    hashes = ("md5", "sha1", "sha512", "sha3_256", "sha224", "sha384")

    def plain(data: bytes) -> str:
        return f"{text}.{hashlib.sha256(data).hexdigest()}"

    rows = {
        "signed with another secret": _made("ada", secret=OTHER),
        "a signature of zeros": f"{text}.{'0' * 64}",
        "a later time put into it": f"{later}.{good}",
        "another user put into it": f"eve.{EXPIRES}.{good}",
        "a later time, only the user signed": f"{later}.{mac(SECRET, b'ada')}",
        "another user, only the time signed": (
            f"eve.{EXPIRES}.{mac(SECRET, str(EXPIRES).encode())}"
        ),
        "signed without the dot": f"{text}.{mac(SECRET, data.replace(b'.', b''))}",
        "the last dot signed, too": f"{text}.{mac(SECRET, data + b'.')}",
        "a plain hash of secret and text": plain(SECRET + data),
        "a plain hash of text and secret": plain(data + SECRET),
        "a plain hash of secret, dot and text": plain(SECRET + b"." + data),
        "a plain hash of text, dot and secret": plain(data + b"." + SECRET),
        "a plain hash of the text": plain(data),
        "signed with an empty secret": _made("ada", secret=b""),
        "secret and text swapped": f"{text}.{mac(data, SECRET)}",
        **{
            f"signed with HMAC and {name}": f"{text}.{mac(SECRET, data, name)}"
            for name in hashes
        },
        "an empty signature": f"{text}.",
        "half a signature": f"{text}.{good[:32]}",
        "the end of a signature": f"{text}.{good[-8:]}",
        "a signature with something behind it": f"{text}.{good}00",
        "a signature with something before it": f"{text}.00{good}",
        "the last digit wrong": f"{text}.{good[:-1]}{'1' if good[-1] == '0' else '0'}",
    }
    hint = "Make the signature from what came, and compare all of it with the ticket's."
    return [_Ticket(what, ticket, None, hint) for what, ticket in rows.items()]


def _malformed() -> list[_Ticket]:
    """Return what is no ticket at all."""
    rows = {
        "nothing": "",
        "a name": "ada",
        "no signature": f"ada.{EXPIRES}",
        "two dots": "..",
        "a word for a time": f"ada.soon.{'0' * 64}",
        "a time that is a digit, but no number": f"ada.².{'0' * 64}",
        "a time of 5,000 digits": f"ada.{'9' * 5000}.{'0' * 64}",
        "a signature that is not ASCII": f"ada.{EXPIRES}.{'é' * 64}",
        "many dots": "a.b.c.d.e.f",
    }
    hint = "Whatever a stranger sends: if it is no valid ticket, the answer is None."
    return [_Ticket(what, ticket, None, hint) for what, ticket in rows.items()]


@never_raises
def ticket_user(function: Any) -> Verdict:
    """Check ``ticket_user(ticket, secret, now) -> str | None``. Exercise of 09."""
    whole = [*_valid(), *_out_of_time(), *_forged()]
    whole[1:1] = _forged()[:1] + _out_of_time()[:1]  # the plainest first
    verdict = _judged(function, whole)
    if verdict.right is True:  # only now what no server ever made
        verdict = _judged(function, whole + _malformed())
    if verdict.right is not True:
        return verdict
    forged, valid = _made("ada", secret=OTHER), _made("ada")
    if not _takes_its_time(function, forged):
        seen = "a wrong signature was refused"
    elif not _takes_its_time(function, valid):
        seen = "a right signature was let in"
    else:
        return verdict
    return not_yet(
        "ticket_user",
        "plain-comparison",
        f"Every ticket is judged rightly. But {seen} without a call of "
        "`hmac.compare_digest`.",
        "`==` stops at the first character that differs: the time it takes tells a "
        "patient stranger how many were right. `compare_digest` takes as long for "
        "every one.",
    )


def _judged(function: Any, tickets: list[_Ticket]) -> Verdict:
    """Return the verdict on what a function makes of some tickets."""
    whats = {(t.ticket, t.secret, t.now): t.what for t in tickets}

    def show(ticket: str, secret: bytes, now: int) -> str:
        short = re.sub(r"\w{13,}", lambda long: f"{long[0][:4]}…", ticket)
        return f"Given `{short or repr(short)}` ({whats[ticket, secret, now]})"

    verdict = judge(
        "ticket_user",
        function,
        ["ticket", "secret", "now"],
        [Case((t.ticket, t.secret, t.now), t.user, t.hint) for t in tickets],
        ticketed,
        TICKET_SLIPS,
        praise=f"{len(set(tickets))} tickets, valid, expired, forged and torn; and the "
        "time that you take tells nobody how near a forgery was.",
        closer=_closer,
        show=show,
    )
    if (verdict.mistake or "").startswith("returns-nothing"):  # None is an answer, here
        hint = "This one is valid. At which line of your function is it given up?"
        return replace(verdict, mistake="valid-refused", hint=hint)
    return verdict


_STRANGERS = (
    "Strangers send anything, and whatever is no valid ticket is answered None."
)
# What people's functions raise: the type, words in its message, the mistake, a hint.
_RAISED: list[tuple[type[Exception], str, str, str]] = [
    (
        TypeError,
        "non-ASCII",
        "non-ascii-raises",
        f"`compare_digest` takes text only if it is ASCII. {_STRANGERS} `.encode()` "
        "both, and compare bytes.",
    ),
    (
        TypeError,
        "combination of types|bytes-like object is required, not",
        "text-and-bytes",
        "One is text, the other bytes. The ticket's signature is hex, as text: so is "
        "`.hexdigest()`; `.digest()` is bytes.",
    ),
    (
        TypeError,
        "key: expected",
        "secret-and-text-swapped",
        "The secret is the key, and comes first: `hmac.new(secret, text, 'sha256')`.",
    ),
    (
        TypeError,
        "digestmod",
        "hash-not-named",
        "The third argument names the hash: `hmac.new(secret, text, 'sha256')`.",
    ),
    (
        TypeError,
        "must be encoded",
        "text-not-encoded",
        "A hash takes bytes: `.encode()` makes them of the text.",
    ),
    (
        UnicodeError,
        "",
        "ascii-only",
        "There are letters that ASCII has not. `.encode()` makes UTF-8 of any text.",
    ),
    (
        AttributeError,
        "'tuple' object",
        "not-unpacked",
        "`rpartition` gives a tuple of three: what stands before the dot, the dot, and "
        "what stands behind it. Give each a name: `text, dot, rest = …`.",
    ),
    (
        AttributeError,
        "'list' object",
        "not-unpacked",
        "`rsplit` gives a list of the pieces, as `split` does. Give each a name: "
        "`text, rest = …`.",
    ),
    (
        ValueError,
        "invalid literal|integer string|could not convert",
        "malformed-raises",
        f"`int` raises if there is no number in it. {_STRANGERS} Look at the signature "
        "first: who can sign writes a number.",
    ),
    (
        Exception,
        "unpack|out of range|not found|non-hexadecimal",
        "malformed-raises",
        f"It has not the parts that you take it to have. {_STRANGERS}",
    ),
]


def _closer(case: Case, given: Any) -> tuple[str, str, str]:
    """Name what nothing else explains: mostly an exception."""
    if not isinstance(given, BaseException):
        return "wrong-answer" if case.expected else "let-in", "", case.hint
    if case.expected is not None and re.search("unpack|literal", str(given)):
        hint = "Cut from the right: `ticket.rsplit('.', 2)`. A name may have dots."
        return "dot-in-user", "", hint
    for kind, words, mistake, hint in _RAISED:
        if isinstance(given, kind) and re.search(words, str(given)):
            return mistake, "", hint
    if case.expected is None and isinstance(given, Exception):
        return "raises-not-none", "", f"{_STRANGERS} It never raises."
    return "", "", ""


def _takes_its_time(function: Any, ticket: str) -> bool:
    """Tell whether a ticket's signature is compared by compare_digest, whoever's it is.

    The interpreter tells of each call of a function written in C, by whatever name and
    from whatever helper it is called.
    """
    seen = []

    def note(frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call":
            seen.append(getattr(called, "__name__", ""))

    def watched(*arguments: Any) -> None:
        before = sys.getprofile()
        sys.setprofile(note)
        try:
            function(*arguments)
        finally:
            sys.setprofile(before)

    attempt(watched, ticket, SECRET, NOW)
    return any(name.endswith("compare_digest") for name in seen)
