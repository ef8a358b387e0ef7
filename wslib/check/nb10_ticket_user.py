"""Exercise 2 of notebook 10: whose ticket it is, without a look into a table.

A ticket is the user, when it expires, and HMAC-SHA256 of all before in hex:

    ada.1700000000.2b0c...
"""

import hashlib
import hmac
import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Mistake
from wslib.check.sandbox import Outcome, attempt, named
from wslib.check.verdict import Found, Verdict, brief

Arguments = tuple[str, bytes, int]


def mac(secret: bytes, text: bytes, digest: str = "sha256") -> str:
    """Return the signature of a text, in hex."""
    return hmac.new(secret, text, digest).hexdigest()


def ticketed(
    ticket: str,
    secret: bytes,
    now: int,
    *,
    cut: Callable[[str], Sequence[str]] = lambda ticket: ticket.rsplit(".", 2),
    signed: Callable[[str, str], str] = lambda user, expires: f"{user}.{expires}",
    encoding: str = "utf-8",
    sign: Callable[[bytes, bytes], str] = mac,
    same: Callable[[str, str], bool] = lambda given, made: hmac.compare_digest(
        given.encode(), made.encode()
    ),
    valid: Callable[[float, str], bool] = lambda now, expires: now < int(expires),
    gives: Callable[[str, str], Any] = lambda user, expires: user,
    refusal: Callable[[], Any] = lambda: None,
    tolerates: tuple[type[Exception], ...] = (ValueError, TypeError),
) -> Any:
    """Return the user of a ticket, or None if it is no valid one."""
    try:
        user, expires, given = cut(ticket)
        made = sign(secret, signed(user, expires).encode(encoding))
        if same(given, made) and valid(now, expires):
            return gives(user, expires)
    except tolerates:
        pass
    return refusal()


def _hashed(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


_HMAC = "`hmac.new(secret, text, 'sha256')`"
_LONG = "Sign all that stands before the last dot."
_NONE = "Where a ticket is not valid, the answer is None, and nothing else."
_KEY_FIRST = f"The secret is the key, and comes first: {_HMAC}."
# A table: its rows are filled to the width.
# fmt: off
_MISTAKES = [
    Mistake("signature-not-checked", "The signature is not looked at: anybody can "
        "write such a ticket.", same=lambda given, made: True),
    Mistake("expiry-not-checked", "The time is not looked at: a ticket that was once "
        "stolen is good for ever.", valid=lambda now, expires: True),
    Mistake("valid-too-long", "At the second `expires` it is over: valid while now < "
        "expires.", valid=lambda now, expires: now <= int(expires)),
    Mistake("time-upside-down", "The comparison of the times is the wrong way round.",
        {"valid": lambda now, expires: now >= int(expires)},
        valid=lambda now, expires: now > int(expires)),
    Mistake("expiry-as-text", "The times were compared as text, where '9' comes after "
        "'10': `int(…)`.", valid=lambda now, expires: str(now) < expires),
    Mistake("own-clock", "What time it is, `now` says; yours asked the machine's "
        "clock.", call=lambda ticket, secret, now: (ticket, secret, time.time())),
    Mistake("signs-user-only", "Only the user is signed. So the time can be changed, "
        f"and the signature still fits. {_LONG}", signed=lambda user, expires: user),
    Mistake("last-dot-signed", "The last dot belongs to neither: what is signed ends "
        "before it.", signed=lambda user, expires: f"{user}.{expires}."),
    Mistake("signs-expiry-only", "Only the time is signed. So the user can be changed, "
        f"and the signature still fits. {_LONG}", signed=lambda user, expires: expires),
    Mistake("signs-without-dot", "The dot between user and time is part of what is "
        "signed. Without it, ada1.700 and ada.1700 have one signature.",
        signed=lambda user, expires: user + expires),
    Mistake("plain-hash", "That is a hash of secret and text put together, and no "
        "HMAC. With SHA-256, who has one such signature can make another, of a longer "
        f"text, without the secret. {_HMAC}.",
        {"sign": lambda secret, text: _hashed(secret + b"." + text)},
        sign=lambda secret, text: _hashed(secret + text)),
    Mistake("plain-hash", "That is a hash of text and secret put together, and no "
        "HMAC. HMAC is as easy to call, and holds where the hash is weaker than one "
        f"thought: {_HMAC}.",
        {"sign": lambda secret, text: _hashed(text + b"." + secret)},
        sign=lambda secret, text: _hashed(text + secret)),
    Mistake("no-secret", "The text was hashed without the secret. Anybody can do that.",
        {"sign": lambda secret, text: mac(b"", text)},
        sign=lambda secret, text: _hashed(text)),
    Mistake("secret-and-text-swapped", _KEY_FIRST,
        sign=lambda secret, text: mac(text, secret)),
    Mistake("other-hash", "Another hash was used. This is HMAC-SHA256.",
        *({"sign": lambda secret, text, name=name: mac(secret, text, name)}
            for name in ("md5", "sha1", "sha512", "sha3_256", "sha224", "sha384"))),
    Mistake("part-of-the-signature", "Part of a signature is let in, even an empty "
        "one. Compare the whole.", {"same": lambda given, made: given in made},
        {"same": lambda given, made: all(map(str.__eq__, given, made))},
        same=lambda given, made: made.startswith(given)),
    Mistake("more-than-the-signature", "A signature with something behind it is let "
        "in. Compare the whole.", {"same": lambda given, made: made in given},
        same=lambda given, made: given.startswith(made)),
    Mistake("dot-in-user", "A user may have a dot in the name. Cut from the right: "
        "`rsplit('.', 2)`, or `rpartition('.')`.",
        *({"cut": lambda ticket, most=most: ticket.split(".", most)} | t
          for most in (-1, 2) for t in ({}, {"tolerates": ()})),
        {"cut": lambda ticket: (s := ticket.split("."))[:2] + s[-1:]},
        {"cut": lambda ticket: ticket.split(".")[-3:]},
        {"gives": lambda user, expires: user.split(".")[0]},
        {"gives": lambda user, expires: user.split(".")[-1]}),
    Mistake("ascii-only", "A user may have a letter in the name that ASCII has not. "
        "`.encode()` makes UTF-8 of the text.", {"encoding": "latin-1"},
        {"encoding": "ascii", "tolerates": ()}, encoding="ascii"),
    Mistake("true-not-user", "True says that the ticket is valid, but not whose it is. "
        "Return the user.", gives=lambda user, expires: True),
    Mistake("more-than-the-user", "Return the user alone.",
        {"gives": lambda user, expires: f"{user}.{expires}"},
        {"gives": lambda user, expires: (user, expires)},
        {"gives": lambda user, expires: (user,)},
        gives=lambda user, expires: (user, int(expires))),
    Mistake("bytes-not-text", "Return the user as text: `.decode()`.",
        gives=lambda user, expires: user.encode()),
    Mistake("refused-in-other-words", _NONE, {"refusal": lambda: ""},
        {"refusal": lambda: "None"}, refusal=lambda: False),
    Mistake("nothing-accepted", "Every ticket is refused, valid ones too. Print the "
        "signature that you make beside the ticket's: the secret is the argument's, "
        "the text is all before the last dot. Or is there no `return` for a valid one?",
        same=lambda given, made: False),
]
# fmt: on

# --- tickets --------------------------------------------------------------------------

SECRET = b"only the check knows this"
OTHER = bytes(range(240, 256)) * 2  # no text in any encoding that people use
EXPIRES = 1_700_000_000
NOW = EXPIRES - 60
_WHAT: dict[Arguments, str] = {}  # what each is, in words


def _case(
    what: str, ticket: str, hint: str, now: int = NOW, secret: bytes = SECRET
) -> Case:
    _WHAT[ticket, secret, now] = what
    return Case(ticket, secret, now, hint=hint)


def _made(user: str, expires: object = EXPIRES, secret: bytes = SECRET) -> str:
    """Return a ticket as the server makes them."""
    text = f"{user}.{expires}"
    return f"{text}.{mac(secret, text.encode())}"


_GOOD = "It is signed, and in time: the answer is the user."
_DOTTED = "A dot in the name: cut from the right."
_GIVEN = "The secret is the one that the function is given."
_LATE, _SAYS = "Valid while now < expires.", "What time it is, `now` says."
_OTHERS, _FAR = _made("ada", secret=OTHER), 4 * 10**9
_VALID = [
    _case("a valid ticket", _made("ada"), _GOOD),
    _case("a valid ticket", _made("Bob", EXPIRES + 5), _GOOD),
    _case("one second before it expires", _made("ada"), _GOOD, EXPIRES - 1),
    _case("a dot in the name", _made("ada.lovelace"), _DOTTED),
    _case("two dots in the name", _made("a.b.c"), _DOTTED),
    _case("a time of 11 digits", _made("ada", 10**10), "That is later."),
    _case("a name in UTF-8", _made("zoë"), "`.encode()` makes UTF-8."),
    _case("a valid ticket of another server", _OTHERS, _GIVEN, secret=OTHER),
]
_EXPIRED = [
    _case("a minute after it expired", _made("ada"), _LATE, EXPIRES + 60),
    _case("at the second in which it expires", _made("ada"), _LATE, EXPIRES),
    _case("a time of 9 digits, long ago", _made("ada", 900_000_000), _LATE),
    _case("just expired", _made("ada", _FAR), _SAYS, _FAR + 1),
]


def _forged() -> list[Case]:
    """Return tickets whose signature is another one: each is somebody's mistake."""
    text, later = f"ada.{EXPIRES}", f"ada.{EXPIRES + 10**6}"
    good = mac(SECRET, text.encode())
    tickets = {
        _OTHERS: "signed with another secret",
        f"{later}.{good}": "a later time put into it",
        f"eve.{EXPIRES}.{good}": "another user put into it",
        f"{later}.{mac(SECRET, b'ada')}": "a later time, only the user signed",
    }
    for mistake in _MISTAKES:
        for change in mistake.changes:
            if change.keys() <= {"sign", "signed"}:
                signed = change.get("signed", "{}.{}".format)("ada", str(EXPIRES))
                made = change.get("sign", mac)(SECRET, signed.encode())
                tickets[f"{text}.{made}"] = mistake.name.replace("-", " ")
    tickets |= {
        f"{text}.": "an empty signature",
        f"{text}.{good[:32]}": "half a signature",
        f"{text}.{good[-8:]}": "the end of a signature",
        f"{text}.{good}00": "a signature with something behind it",
        f"{text}.00{good}": "a signature with something before it",
    }
    hint = "Make the signature from what came, and compare all of it with the ticket's."
    return [_case(what, ticket, hint) for ticket, what in tickets.items()]


_FORGED = _forged()
_ADA, _ALL = _made("ada"), "No server made that. All of it counts, as it came."
_NO_TICKET = "Whatever a stranger sends: if it is no valid ticket, the answer is None."
_TORN = [
    _case("nothing", "", _NO_TICKET),
    _case("a name", "ada", _NO_TICKET),
    _case("no signature", f"ada.{EXPIRES}", _NO_TICKET),
    _case("two dots", "..", _NO_TICKET),
    _case("a word for a time", f"ada.soon.{'0' * 64}", _NO_TICKET),
    _case("a time that is a digit, but no number", f"ada.².{'0' * 64}", _NO_TICKET),
    _case("a time of 5,000 digits", f"ada.{'9' * 5000}.{'0' * 64}", _NO_TICKET),
    _case("a signature that is not ASCII", f"ada.{EXPIRES}.{'é' * 64}", _NO_TICKET),
    _case("many dots", "a.b.c.d.e.f", _NO_TICKET),
    _case("a blank before it", f" {_ADA}", _ALL),
    _case("a signature with é in it", f"{_ADA[:-9]}é{_ADA[-9:]}", _ALL),
    _case("a 0 before the time", _ADA.replace(".", ".0", 1), _ALL),
]


def _sampled(chance: random.Random) -> Arguments:
    """Return a ticket as servers make them, or one that was changed in one place."""
    names = ["ada", "Bob", "zoë", "a.b", ".ada", "ada.", "a..b", "7", "x" * 70]
    names += ["a b", " ada ", "a\nb"]
    now, secret = chance.choice([9, 99, 5000, NOW]), chance.randbytes(20)
    expires = max(0, now + chance.choice([-5000, -2, -1, 0, 1, 1, 2, 3, 60, 10**6]))
    ticket = _made(chance.choice(names), expires, secret)
    if chance.random() < 0.4:
        place = len(ticket) - chance.randint(1, 64)
        other = (int(ticket[place], 16) + chance.randint(1, 15)) % 16
        ticket = f"{ticket[:place]}{other:x}{ticket[place + 1 :]}"
    return ticket, secret, now


def _torn(chance: random.Random) -> Arguments:
    """Return anything that a stranger may send."""
    whole = _made("ada")
    junk = "".join(chance.choices("..aé²\0 9-", k=chance.randrange(9)))
    torn = [whole[: chance.randrange(len(whole))], junk, f"ada.{junk}.{'0' * 64}"]
    torn += [f"{whole}.{junk}", whole.replace(".", junk), f"{whole[:-64]}{junk}"]
    return chance.choice(torn), SECRET, NOW


# --- what went wrong ------------------------------------------------------------------

_STRANGERS = "Strangers send anything, and whatever is no valid ticket is answered None"
_PIECES = "Give each a name: `text, "
# What people's functions raise: words in it, the mistake, a hint.
# fmt: off
_RAISED = {
    "TypeError.*non-ASCII": ("non-ascii-raises",
        f"`compare_digest` takes text only if it is ASCII. {_STRANGERS}. `.encode()` "
        "both, and compare bytes."),
    "TypeError.*(combination of types|bytes-like object is required, not)": (
        "text-and-bytes", "One is text, the other bytes. The ticket's signature is "
        "hex, as text: so is `.hexdigest()`; `.digest()` is bytes."),
    "TypeError.*key: expected": ("secret-and-text-swapped", _KEY_FIRST),
    "TypeError.*not supported between": ("expiry-as-text", "The time in the ticket is "
        "still text: `int(…)`, once the signature has been found right."),
    "TypeError.*digestmod": ("hash-not-named",
        f"The third argument names the hash: {_HMAC}."),
    "TypeError.*must be encoded": ("text-not-encoded", "A hash takes bytes: "
        "`.encode()` makes them of the text."),
    "UnicodeEncodeError": ("ascii-only", "There are letters that ASCII has not. "
        "`.encode()` makes UTF-8 of any text."),
    "AttributeError.*'bytes' object": ("text-and-bytes", "That is bytes already, as "
        "`secret` is: only text has `.encode()`."),
    "too many values to unpack .expected 2|'tuple' object": ("not-unpacked",
        "`rpartition` gives a tuple of three: what stands before the dot, the dot, and "
        f"what stands behind it. {_PIECES}dot, rest = …`."),
    "AttributeError.*'list' object": ("not-unpacked",
        f"`rsplit` gives a list of the pieces, as `split` does. {_PIECES}rest = …`."),
    "ValueError.*(invalid literal|integer string|could not convert)": (
        "malformed-raises",
        f"`int` raises if there is no number in it. {_STRANGERS}. Look at the "
        "signature first: who can sign writes a number."),
    "unpack|out of range|not found": ("malformed-raises",
        f"It has not the parts that you take it to have. {_STRANGERS}."),
}
# fmt: on


def _closer(call: Call, given: Any) -> str | Found:
    """Name what nothing else explains: mostly an exception."""
    valid = call.expected is not None
    if not isinstance(given, BaseException):
        if not valid:
            return "let-in", "", call.hint
        cut = type(given) is str and call.expected.startswith(f"{given}.")
        return "dot-in-user" if cut else "", "", call.hint
    words = named(given)
    if valid and "." in call.expected and re.search("unpack|literal", words):
        hint = "Cut from the right: `ticket.rsplit('.', 2)`. A name may have dots."
        return "dot-in-user", "", hint
    for pattern, (mistake, hint) in _RAISED.items():
        if re.search(pattern, words) and not (valid and mistake == "malformed-raises"):
            return mistake, "", hint
    return "" if valid else ("raises-not-none", "", f"{_STRANGERS}. It never raises.")


def _show(ticket: str, secret: bytes, now: int) -> str:
    short = re.sub(r"\w{13,}", lambda long: f"{long[0][:4]}…", ticket)
    what = _WHAT.get((ticket, secret, now), f"when it was {now}")
    plain = short.isprintable() and short.strip() == short != ""
    return f"Given `{short if plain else repr(short)}` ({what}), ticket_user"


def _refused(
    answer: Any, calls: Sequence[Call], seen: Sequence[Outcome]
) -> Found | None:
    """Judge None where a user is due, and one word for all that is to be refused."""
    pairs = list(zip(calls, seen, strict=False))
    wrong = [(c, o) for c, o in pairs if not ticket_user.fulfils(o, c)]
    call, outcome = wrong[0]
    said = {brief(o.value) for c, o in pairs if c.expected is None and not o.error}
    if len(said) == 1 and all(c.expected is None for c, _ in wrong):
        if not brief(call.arguments[0]).startswith(said.pop()[:-1]):
            return "refused-in-other-words", "", _NONE
    if outcome.error or outcome.value or ticket_user.remembers(calls, seen):
        return None
    hint = "This one is valid. At which line of your function is it given up?"
    return "valid-refused", "", hint


def _in_its_time(answer: Any) -> Found | None:
    """Judge a comparison that tells by its time how near one was."""
    if not _compares_digests(answer, _FORGED[0]):
        seen = "a wrong signature was refused"
    elif not _compares_digests(answer, _VALID[0]):
        seen = "a right signature was let in"
    else:
        return None
    return (
        "plain-comparison",
        f"Every ticket is judged rightly. But {seen} without a call of "
        "`hmac.compare_digest`.",
        "`==` stops at the first character that differs: the time it takes tells a "
        "patient stranger how many were right. `compare_digest` takes as long for "
        "every one.",
    )


def _compares_digests(answer: Any, case: Case) -> bool:
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
            answer(*arguments)
        finally:
            sys.setprofile(before)

    attempt(watched, *case.arguments)
    return any(name.endswith("compare_digest") for name in seen)


def _of_strangers(answer: Any) -> Verdict:
    """Judge what no server ever made, and count it with what has been right so far."""
    verdict, right = _strangers.judge(answer), len(ticket_user.cases)
    if verdict.passed is None:
        return verdict
    return replace(verdict, passed=(right + verdict.passed[0], len(_WHAT)))


_SAME: dict[str, Any] = {
    "name": "ticket_user",
    "about": "`ticket_user(ticket, secret, now) -> str | None`. Exercise 2 of notebook "
    "10.",
    "takes": ["ticket", "secret", "now"],
    "way": ticketed,
    "praise": f"{len(_WHAT)} tickets, valid, expired, forged and torn; and the time "
    "that you take tells nobody how near a forgery was.",
    "show": _show,
    "closer": _closer,
}
_strangers = Compared(**_SAME, cases=_TORN, sampler=_torn, further=_in_its_time)
# What no server ever made comes only if all else is right.
ticket_user = Compared(
    **_SAME,
    cases=[
        _VALID[0],
        _FORGED[0],
        _EXPIRED[0],
        *_VALID[1:],
        *_EXPIRED[1:],
        *_FORGED[1:],
    ],
    mistakes=_MISTAKES,
    sampler=_sampled,
    unexplained=_refused,
    further=_of_strangers,
)
