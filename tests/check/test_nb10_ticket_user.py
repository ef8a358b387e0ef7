"""Exercise 2 of notebook 10: answers in several styles, and the wrong ones by name."""

import functools
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from hmac import compare_digest
from typing import Any

import pytest
from hostile import assert_named, assert_right

from wslib import check
from wslib.check import sandbox
from wslib.check.nb10_ticket_user import ticketed


def guarded(ticket: str, secret: bytes, now: int) -> Any:
    text, _, given = ticket.rpartition(".")
    user, _, expires = text.rpartition(".")
    made = hmac.new(secret, text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(given.encode(), made.encode()):
        return None
    if not expires.isdecimal() or now >= int(expires):
        return None
    return user


def in_one_try(ticket: str, secret: bytes, now: int) -> Any:
    try:
        user, expires, given = ticket.rsplit(".", 2)
        made = hmac.new(secret, f"{user}.{expires}".encode(), "sha256").hexdigest()
        if secrets.compare_digest(made, given) and now < int(expires):
            return user
    except (ValueError, TypeError):
        pass
    return None


def with_bytes(ticket: str, secret: bytes, now: int) -> Any:
    try:
        text, given = ticket.rsplit(".", 1)
        if not compare_digest(
            hmac.digest(secret, text.encode(), "sha256"), bytes.fromhex(given)
        ):
            return None
        user, expires = text.rsplit(".", 1)
        return user if int(expires) > now else None
    except ValueError:
        return None


def with_parts(ticket: str, secret: bytes, now: int) -> Any:
    parts = ticket.split(".")
    if len(parts) < 3:
        return None
    *names, expires, given = parts
    machine = hmac.new(secret, digestmod="sha256")
    machine.update(".".join([*names, expires]).encode())
    same = same_signature(given, machine.hexdigest())
    if not same or not expires.isdigit() or int(expires) <= now:
        return None
    return ".".join(names)


def same_signature(given: str, made: str) -> bool:
    return given.isascii() and hmac.compare_digest(given, made)


def importing(ticket: str, secret: bytes, now: int) -> Any:
    from hmac import compare_digest as alike

    with_time = ticket[: ticket.rfind(".")]
    made = hmac.new(secret, with_time.encode(), "sha256").hexdigest()
    if alike(f"{with_time}.{made}".encode(), ticket.encode()):
        user, expires = with_time.rsplit(".", 1)
        try:
            return None if now >= int(expires) else user
        except ValueError:
            return None
    return None


class Tickets:
    def user(self, ticket: str, secret: bytes, now: int) -> Any:
        return in_one_try(ticket, secret, now)


def decorated(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def run(*args: Any) -> Any:
        return function(*args)

    return run


@pytest.mark.parametrize(
    "function",
    [
        guarded,
        in_one_try,
        with_bytes,
        with_parts,
        importing,
        Tickets().user,
        decorated(guarded),
        functools.partial(in_one_try),
        lambda ticket, secret, now: guarded(ticket, secret, now),
    ],
)
def test_every_right_way_to_read_a_ticket_is_right(function: Any) -> None:
    assert_right(check.ticket_user(function))


def parts(ticket: str) -> tuple[str, str, str, str]:
    """Return what is signed, the user, when it expires, the signature."""
    text, _, given = ticket.rpartition(".")
    user, _, expires = text.rpartition(".")
    return text, user, expires, given


def signature(secret: bytes, text: str) -> str:
    return hmac.new(secret, text.encode(), "sha256").hexdigest()


def with_equals(ticket: str, secret: bytes, now: int) -> Any:
    text, user, expires, given = parts(ticket)
    if signature(secret, text) == given and expires.isdecimal() and now < int(expires):
        return user
    return None


def own_compare_digest(ticket: str, secret: bytes, now: int) -> Any:
    def compare_digest(a: str, b: str) -> bool:
        return a == b

    text, user, expires, given = parts(ticket)
    if not compare_digest(signature(secret, text), given):
        return None
    return user if expires.isdecimal() and now < int(expires) else None


def compared_twice(ticket: str, secret: bytes, now: int) -> Any:
    text, user, expires, given = parts(ticket)
    made = signature(secret, text)
    if made != given or not hmac.compare_digest(made, given):
        return None
    return user if expires.isdecimal() and now < int(expires) else None


def unguarded(ticket: str, secret: bytes, now: int) -> Any:
    user, expires, given = ticket.rsplit(".", 2)
    made = signature(secret, f"{user}.{expires}")
    if hmac.compare_digest(made.encode(), given.encode()) and now < int(expires):
        return user
    return None


def time_first(ticket: str, secret: bytes, now: int) -> Any:
    text, user, expires, given = parts(ticket)
    if not expires.isdigit() or now >= int(expires):
        return None
    made = signature(secret, text)
    return user if hmac.compare_digest(made.encode(), given.encode()) else None


def number_after_signature(ticket: str, secret: bytes, now: int) -> Any:
    text, user, expires, given = parts(ticket)
    if not hmac.compare_digest(signature(secret, text).encode(), given.encode()):
        return None
    return user if now < int(expires) else None


def test_who_looks_at_the_signature_first_may_rely_on_the_number() -> None:
    assert_right(check.ticket_user(number_after_signature))


def split_by_index(ticket: str, secret: bytes, now: int) -> Any:
    pieces = ticket.rsplit(".", 2)
    made = signature(secret, pieces[0] + "." + pieces[1])
    same = hmac.compare_digest(made.encode(), pieces[2].encode())
    return pieces[0] if same and now < int(pieces[1]) else None


def plain_split(ticket: str, secret: bytes, now: int) -> Any:
    user, expires, given = ticket.split(".")
    made = signature(secret, f"{user}.{expires}")
    return user if hmac.compare_digest(made, given) and now < int(expires) else None


def text_beside_bytes(ticket: str, secret: bytes, now: int) -> Any:
    text, user, expires, given = parts(ticket)
    made = hmac.digest(secret, text.encode(), "sha256")
    return user if hmac.compare_digest(made, given) else None  # type: ignore[type-var]


def text_for_a_key(ticket: str, secret: bytes, now: int) -> Any:
    text, user, expires, given = parts(ticket)
    return hmac.new(text, secret, "sha256").hexdigest()  # type: ignore[call-overload]


def no_hash_named(ticket: str, secret: bytes, now: int) -> Any:
    return hmac.new(secret, ticket.encode()).hexdigest()  # type: ignore[call-overload]


def text_hashed(ticket: str, secret: bytes, now: int) -> Any:
    return hmac.new(secret, ticket, "sha256").hexdigest()  # type: ignore[call-overload]


def no_return(ticket: str, secret: bytes, now: int) -> Any:
    text, user, expires, given = parts(ticket)
    hmac.compare_digest(signature(secret, text).encode(), given.encode())


def raises(ticket: str, secret: bytes, now: int) -> Any:
    if (user := in_one_try(ticket, secret, now)) is None:
        raise LookupError("no ticket")
    return user


def waits(ticket: str, secret: bytes, now: int) -> Any:
    if ticket.endswith(".."):
        while True:
            pass
    return in_one_try(ticket, secret, now)


def unsigned_and_unguarded(ticket: str, secret: bytes, now: int) -> Any:
    user, expires, given = ticket.rsplit(".", 2)
    return user if now < int(expires) else None


def ascii_names(ticket: str, secret: bytes, now: int) -> Any:
    text, user, expires, given = parts(ticket)
    made = hmac.new(secret, text.encode("ascii"), "sha256").hexdigest()
    same = hmac.compare_digest(made.encode(), given.encode())
    return user if same and expires.isdecimal() and now < int(expires) else None


def the_machines_clock(ticket: str, secret: bytes, now: int) -> Any:
    return in_one_try(ticket, secret, int(time.time()))


def short_times_only(ticket: str, secret: bytes, now: int) -> Any:
    user = in_one_try(ticket, secret, now)
    return user if len(ticket.split(".")[-2]) < 11 else None


def plain_hash_and_split(ticket: str, secret: bytes, now: int) -> Any:
    user, expires, given = ticket.split(".")
    made = hashlib.sha256(secret + f"{user}.{expires}".encode()).hexdigest()
    return user if made == given and now < int(expires) else None


def three_at_once(ticket: str, secret: bytes, now: int) -> Any:
    pieces = ticket.split(".")
    if len(pieces) != 3:
        return None
    user, expires, given = pieces
    if not hmac.compare_digest(signature(secret, f"{user}.{expires}"), given):
        return None
    return None if now > int(expires) else user


def equals_or_digest(ticket: str, secret: bytes, now: int) -> Any:
    text, user, expires, given = parts(ticket)
    made = signature(secret, text)
    if made == given or hmac.compare_digest(made.encode(), given.encode()):
        return user if expires.isdecimal() and now < int(expires) else None
    return None


def three_not_unpacked(ticket: str, secret: bytes, now: int) -> Any:
    text = ticket.rpartition(".")
    return text.rpartition(".")  # type: ignore[attr-defined]


def pieces_not_unpacked(ticket: str, secret: bytes, now: int) -> Any:
    text = ticket.rsplit(".", 1)
    return text.rsplit(".", 1)  # type: ignore[attr-defined]


def first_name(ticket: str, secret: bytes, now: int) -> Any:
    user = guarded(ticket, secret, now)
    return user and user.split(".")[0]


def stripped(ticket: str, secret: bytes, now: int) -> Any:
    return in_one_try(ticket.strip(), secret, now)


def ignoring(ticket: str, secret: bytes, now: int) -> Any:
    text, dot, given = ticket.rpartition(".")
    given = given.encode("ascii", "ignore").decode()
    return in_one_try(text + dot + given, secret, now)


def time_made_again(ticket: str, secret: bytes, now: int) -> Any:
    user, expires, given = ticket.rsplit(".", 2) if ticket.count(".") > 1 else "000"
    if expires.isdecimal() and len(expires) < 20:
        ticket = f"{user}.{int(expires)}.{given}"
    return in_one_try(ticket, secret, now)


def names_on_one_line(ticket: str, secret: bytes, now: int) -> Any:
    return in_one_try(ticket, secret, now) if re.match(r".+\.", ticket) else None


def secret_as_text(ticket: str, secret: bytes, now: int) -> Any:
    return in_one_try(ticket, secret.decode().encode(), now)


def digits_unguarded(ticket: str, secret: bytes, now: int) -> Any:
    bytes.fromhex(ticket.rpartition(".")[2])
    return in_one_try(ticket, secret, now)


def time_is_text(ticket: str, secret: bytes, now: int) -> Any:
    before, _, signature = ticket.rpartition(".")
    user, _, expires = before.rpartition(".")
    made = hmac.new(secret, before.encode(), "sha256").hexdigest()
    if hmac.compare_digest(made.encode(), signature.encode()) and now < expires:  # type: ignore[operator]
        return user
    return None


WRONG_TICKET: list[tuple[Any, str, str]] = [
    (time_is_text, "expiry-as-text", "is still text"),
    (with_equals, "plain-comparison", "Every ticket is judged rightly"),
    (own_compare_digest, "plain-comparison", "how many were right"),
    (compared_twice, "plain-comparison", "a wrong signature was refused without"),
    (equals_or_digest, "plain-comparison", "a right signature was let in without"),
    (three_not_unpacked, "not-unpacked", "a tuple of three"),
    (pieces_not_unpacked, "not-unpacked", "a list of the pieces"),
    (unguarded, "malformed-raises", "is answered None"),
    (time_first, "malformed-raises", "Look at the signature first"),
    (split_by_index, "malformed-raises", "IndexError"),
    (plain_split, "dot-in-user", "rsplit('.', 2)"),
    (plain_hash_and_split, "plain-hash+dot-in-user", "no HMAC"),
    (three_at_once, "valid-too-long+dot-in-user", "now < expires"),
    (text_beside_bytes, "text-and-bytes", "`.hexdigest()`"),
    (text_for_a_key, "secret-and-text-swapped", "comes first"),
    (no_hash_named, "hash-not-named", "'sha256'"),
    (text_hashed, "text-not-encoded", "`.encode()`"),
    (no_return, "nothing-accepted", "`return`"),
    (raises, "raises-not-none", "It never raises"),
    (short_times_only, "valid-refused", "a time of 11 digits"),
    (ascii_names, "ascii-only", "UTF-8"),
    (the_machines_clock, "own-clock", "`now` says"),
    (
        unsigned_and_unguarded,
        "signature-not-checked",
        "anybody can write such a ticket",
    ),
    (lambda t, s, n: t.split(".")[0], "let-in", "answer is None"),
    (first_name, "dot-in-user", "gave 3 characters, not 12:"),
    (lambda *a: bool(guarded(*a)) or None, "true-not-user", "whose it is"),
    (lambda *a: (user := guarded(*a)) and user.encode(), "bytes-not-text", "decode"),
    (lambda *a: (user := guarded(*a)) and (user,), "more-than-the-user", "alone"),
    (lambda *a: 5 if guarded(*a) else None, "wrong-type", "gave 5"),
    (stripped, "valid-refused", "the answer is ' ada '"),
    (ignoring, "let-in", "a signature with é in it"),
    (time_made_again, "let-in", "All of it counts, as it came"),
    (names_on_one_line, "valid-refused", "the answer is 'a\\nb'"),
    (secret_as_text, "raises", "These bytes are not text"),
    (digits_unguarded, "raises-not-none", "It never raises"),
    (lambda t, s, n: "ada", "always-the-same", "compute it"),
    (lambda t, s: t, "arguments", "ticket, secret, now"),
]


def test_a_ticket_that_is_good_only_once_is_told_where_it_was_good() -> None:
    used = set()

    def once(ticket: str, secret: bytes, now: int) -> Any:
        user = None if ticket in used else in_one_try(ticket, secret, now)
        used.add(ticket if user else "")
        return user

    verdict = check.ticket_user(once)
    assert_named(
        verdict, "not-the-same-twice", "(a valid ticket), ticket_user gave None"
    )


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG_TICKET)
def test_the_mistake_in_reading_a_ticket_is_named(
    function: Any, mistake: str, says: str
) -> None:
    assert_named(check.ticket_user(function), mistake, says)


def test_a_ticket_with_another_time_is_the_evidence_that_only_the_user_is_signed() -> (
    None
):
    def function(ticket: str, secret: bytes, now: int) -> Any:
        return ticketed(ticket, secret, now, signed=lambda user, expires: user)

    def both(ticket: str, secret: bytes, now: int) -> Any:
        return function(ticket, secret, now) or in_one_try(ticket, secret, now)

    assert_named(check.ticket_user(function), "signs-user-only", "time can be changed")
    verdict = check.ticket_user(both)
    assert verdict.right is False
    assert "ada.1701000000." in verdict.evidence
    assert "a later time, only the user signed" in verdict.evidence


def test_what_never_ends_for_one_ticket_is_given_up(
    bounded: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox, "LIMIT", 0.3)
    assert_named(bounded(check.ticket_user, waits), "never-ends", "stopped")


def test_what_strangers_send_is_counted_with_what_was_right_before() -> None:
    assert check.ticket_user(unguarded).passed == (47, 50)  # 3 have no two dots
