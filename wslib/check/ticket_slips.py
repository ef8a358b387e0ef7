"""The right way to read a signed ticket, and the slips on it.

    ada.1700000000.2b0c...   user, when it expires, HMAC-SHA256 of all before in hex

:func:`ticketed` does it right or, asked by a keyword, in one of the ways in which
people do it wrong: those of the table. See :mod:`wslib.check.slips`.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Sequence
from typing import Any

from wslib.check.slips import Slip


def mac(secret: bytes, text: bytes, digest: str = "sha256") -> str:
    """Return the signature of a text, in hex."""
    return hmac.new(secret, text, digest).hexdigest()


def _refuse() -> Any:
    return None


def ticketed(
    ticket: str,
    secret: bytes,
    now: int,
    *,
    cut: Callable[[str], Sequence[str]] = lambda ticket: ticket.rsplit(".", 2),
    signed: Callable[[str, str], str] = lambda user, expires: f"{user}.{expires}",
    encoding: str = "utf-8",
    sign: Callable[[bytes, bytes], str] = mac,
    same: Callable[[str, str], bool] = lambda given, made: given == made,
    clock: Callable[[int], float] = lambda now: now,
    valid: Callable[[float, str], bool] = lambda now, expires: now < int(expires),
    answer: Callable[[str, str], Any] = lambda user, expires: user,
    refusal: Callable[[], Any] = _refuse,
    tolerates: tuple[type[Exception], ...] = (ValueError, TypeError),
) -> Any:
    """Return the user of a ticket, or None if it is no valid one."""
    try:
        user, expires, given = cut(ticket)
        made = sign(secret, signed(user, expires).encode(encoding))
        if same(given, made) and valid(clock(now), expires):
            return answer(user, expires)
    except tolerates:
        return refusal()
    return refusal()


def _hashed(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _raise(error: Exception) -> Any:
    raise error


TICKET_SLIPS = [
    Slip(
        "signature-not-checked",
        "The signature is not looked at: anybody can write such a ticket.",
        same=lambda given, made: True,
    ),
    Slip(
        "expiry-not-checked",
        "The time is not looked at: a ticket that was once stolen is good for ever.",
        {"valid": lambda now, expires: int(expires) > 0},
        valid=lambda now, expires: True,
    ),
    Slip(
        "valid-too-long",
        "At the second `expires` it is over: valid while now < expires.",
        valid=lambda now, expires: now <= int(expires),
    ),
    Slip(
        "valid-too-short",
        "In the second before `expires` it is still valid: now < expires is all.",
        valid=lambda now, expires: now < int(expires) - 1,
    ),
    Slip(
        "time-upside-down",
        "The comparison of the times is the wrong way round.",
        {"valid": lambda now, expires: now >= int(expires)},
        valid=lambda now, expires: now > int(expires),
    ),
    Slip(
        "expiry-as-text",
        "The times were compared as text, where '9' comes after '10'. `int(…)` makes "
        "a number of it.",
        valid=lambda now, expires: str(now) < expires,
    ),
    Slip(
        "own-clock",
        "What time it is, `now` says; your function asked the machine's clock.",
        clock=lambda now: time.time(),
    ),
    Slip(
        "signs-user-only",
        "Only the user is signed. So the time can be changed, and the signature still "
        "fits. Sign all that stands before the last dot.",
        signed=lambda user, expires: user,
    ),
    Slip(
        "signs-expiry-only",
        "Only the time is signed. So the user can be changed, and the signature still "
        "fits. Sign all that stands before the last dot.",
        signed=lambda user, expires: expires,
    ),
    Slip(
        "signs-without-dot",
        "The dot between user and time is part of what is signed. Without it, "
        "ada1.700 and ada.1700 have one signature.",
        signed=lambda user, expires: user + expires,
    ),
    Slip(
        "last-dot-signed",
        "The last dot belongs to neither: what is signed ends before it.",
        signed=lambda user, expires: f"{user}.{expires}.",
    ),
    Slip(
        "plain-hash",
        "That is a hash of secret and text put together, and no HMAC. With SHA-256, "
        "who has one such signature can make another, of a longer text, without the "
        "secret. `hmac.new(secret, text, 'sha256')`.",
        {"sign": lambda secret, text: _hashed(secret + b"." + text)},
        sign=lambda secret, text: _hashed(secret + text),
    ),
    Slip(
        "plain-hash",
        "That is a hash of text and secret put together, and no HMAC. HMAC is as easy "
        "to call, and holds where the hash is weaker than one thought: "
        "`hmac.new(secret, text, 'sha256')`.",
        {"sign": lambda secret, text: _hashed(text + b"." + secret)},
        sign=lambda secret, text: _hashed(text + secret),
    ),
    Slip(
        "no-secret",
        "The text was hashed without the secret. Anybody can do that.",
        {"sign": lambda secret, text: mac(b"", text)},
        sign=lambda secret, text: _hashed(text),
    ),
    Slip(
        "secret-and-text-swapped",
        "The secret is the key, and comes first: `hmac.new(secret, text, 'sha256')`.",
        sign=lambda secret, text: mac(text, secret),
    ),
    Slip(
        "other-hash",
        "Another hash was used. These tickets are signed with HMAC-SHA256.",
        *(
            {"sign": lambda secret, text, name=name: mac(secret, text, name)}
            for name in ("sha1", "sha512", "sha3_256", "sha224", "sha384")
        ),
        sign=lambda secret, text: mac(secret, text, "md5"),
    ),
    Slip(
        "part-of-the-signature",
        "Part of a signature is let in, even an empty one. Compare the whole.",
        {"same": lambda given, made: given in made},
        {"same": lambda given, made: all(map(str.__eq__, given, made))},
        same=lambda given, made: made.startswith(given),
    ),
    Slip(
        "more-than-the-signature",
        "A signature with something behind it is let in. Compare the whole.",
        {"same": lambda given, made: made in given},
        same=lambda given, made: given.startswith(made),
    ),
    Slip(
        "dot-in-user",
        "A user may have a dot in the name. Cut from the right: `rsplit('.', 2)`, or "
        "`rpartition('.')`.",
        {"cut": lambda ticket: ticket.split("."), "tolerates": ()},
        {"cut": lambda ticket: ticket.split(".", 2)},
        {"cut": lambda ticket: ticket.split(".", 2), "tolerates": ()},
        {"cut": lambda ticket: (s := ticket.split("."))[:2] + s[-1:]},
        {"answer": lambda user, expires: user.split(".")[0]},
        {"answer": lambda user, expires: user.split(".")[-1]},
        {"cut": lambda ticket: ticket.split(".")[-3:], "tolerates": (ValueError,)},
        cut=lambda ticket: ticket.split("."),
    ),
    Slip(
        "ascii-only",
        "A user may have a letter in the name that ASCII has not. `.encode()` makes "
        "UTF-8 of the text.",
        {"encoding": "latin-1"},
        {"encoding": "ascii", "tolerates": ()},
        encoding="ascii",
    ),
    Slip(
        "true-not-user",
        "True says that the ticket is valid, but not whose it is. Return the user.",
        answer=lambda user, expires: True,
    ),
    Slip(
        "more-than-the-user",
        "Return the user alone.",
        {"answer": lambda user, expires: f"{user}.{expires}"},
        {"answer": lambda user, expires: (user, expires)},
        {"answer": lambda user, expires: [user, expires]},
        {"answer": lambda user, expires: (user,)},
        answer=lambda user, expires: (user, int(expires)),
    ),
    Slip(
        "bytes-not-text",
        "Return the user as text: `.decode()`.",
        answer=lambda user, expires: user.encode(),
    ),
    Slip(
        "refused-in-other-words",
        "Where a ticket is not valid, the answer is None, and nothing else.",
        {"refusal": lambda: ""},
        {"refusal": lambda: "None"},
        refusal=lambda: False,
    ),
    Slip(
        "raises-not-none",
        "Strangers send this; an exception for each of them would be theirs to cause. "
        "Where a ticket is not valid, `return None`.",
        {"refusal": lambda: _raise(PermissionError()), "tolerates": (Exception,)},
        {"refusal": lambda: _raise(Exception()), "tolerates": (Exception,)},
        {"refusal": lambda: _raise(AssertionError()), "tolerates": (Exception,)},
        refusal=lambda: _raise(ValueError()),
    ),
    Slip(
        "malformed-raises",
        "What cannot be taken apart, or read as a number, is no ticket: `try`, and "
        "`return None` on a ValueError.",
        {"tolerates": (), "same": hmac.compare_digest},
        {"tolerates": (TypeError,), "same": hmac.compare_digest},
        tolerates=(),
    ),
    Slip(
        "non-ascii-raises",
        "`compare_digest` takes text only if it is ASCII, and raises TypeError. "
        "Strangers send anything. `.encode()` both, and compare bytes.",
        {"same": hmac.compare_digest, "tolerates": (ValueError,)},
    ),
    Slip(
        "nothing-accepted",
        "Every ticket is refused, valid ones too. Print the signature that you make "
        "beside the ticket's: the secret is the argument's, the text is all before the "
        "last dot. Or is there no `return` for a valid one?",
        same=lambda given, made: False,
    ),
]
