"""The checks of notebook 09 name the mistake, praise no wrong answer, never raise."""

import functools
import hashlib
import hmac
import secrets
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from hmac import compare_digest
from pathlib import Path
from typing import Any

import pytest
from hostile import (
    ANSWERS,
    assert_named,
    assert_right,
    assert_sound,
    changes,
    later,
    no_end,
    raising,
    yields,
)

from wslib import check
from wslib.check import attempt, ex09_ticket
from wslib.check.slips import Slip
from wslib.check.ticket_slips import TICKET_SLIPS, ticketed

trustme = pytest.importorskip("trustme")


@pytest.fixture
def stops_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop what never ends soon: that it is stopped is tested, not when."""
    for module in ("diagnosis", "slips"):
        monkeypatch.setattr(f"wslib.check.{module}.LIMIT", 0.3)
    short = functools.partial(attempt.attempt, limit=0.3)
    for module in ("ex09_context",):
        monkeypatch.setattr(f"wslib.check.{module}.attempt", short)


# --- client_context -------------------------------------------------------------------

Context = Callable[[str], Any]


def as_asked(ca_pem: str) -> Any:
    return ssl.create_default_context(cadata=ca_pem)


def from_the_ground_up(ca_pem: str) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ca_pem)
    return context


def from_nothing(ca_pem: str) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS)
    context.verify_mode = ssl.CERT_REQUIRED
    context.check_hostname = True
    context.load_verify_locations(cadata=ca_pem)
    return context


def from_a_file(ca_pem: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ca.pem")
        path.write_text(ca_pem)
        return ssl.create_default_context(cafile=path)


def in_der(ca_pem: str) -> Any:
    return ssl.create_default_context(cadata=ssl.PEM_cert_to_DER_cert(ca_pem))


def newest_only(ca_pem: str) -> Any:
    context = ssl.create_default_context(cadata=ca_pem)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def not_the_newest(ca_pem: str) -> Any:
    context = ssl.create_default_context(cadata=ca_pem)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def less_strict(ca_pem: str) -> Any:
    """As many do for the CA of their own company, since Python 3.13 is strict."""
    context = ssl.create_default_context(cadata=ca_pem)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def server_auth(ca_pem: str) -> Any:
    return ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cadata=ca_pem)


def by_trustme(ca_pem: str) -> Any:
    context = ssl.create_default_context(cadata=ca_pem)
    context.load_verify_locations(cadata=ca_pem)  # twice is as good as once
    return context


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "function",
    [
        as_asked,
        from_the_ground_up,
        from_nothing,
        from_a_file,
        in_der,
        newest_only,
        not_the_newest,
        less_strict,
        server_auth,
        by_trustme,
        lambda ca_pem: ssl.create_default_context(cadata=ca_pem),
        functools.partial(as_asked),
    ],
)
def test_every_right_way_to_trust_one_ca_is_right(function: Context) -> None:
    assert_right(check.client_context(function))


def but(**settings: Any) -> Context:
    """Return the right way, with settings made afterwards."""

    def function(ca_pem: str) -> Any:
        context = ssl.create_default_context(cadata=ca_pem)
        for name, value in settings.items():
            setattr(context, name, value)
        return context

    return function


def unverified(ca_pem: str) -> Any:
    context = ssl._create_unverified_context()
    context.load_verify_locations(cadata=ca_pem)
    return context


def bare(ca_pem: str) -> Any:
    context = ssl.SSLContext()
    context.load_verify_locations(cadata=ca_pem)
    return context


def for_clients(ca_pem: str) -> Any:
    return ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=ca_pem)


def for_servers(ca_pem: str) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_verify_locations(cadata=ca_pem)
    return context


def nothing_loaded(ca_pem: str) -> Any:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def another_loaded(ca_pem: str) -> Any:
    return ssl.create_default_context(cadata=trustme.CA().cert_pem.bytes().decode())


def another_too(ca_pem: str) -> Any:
    context = ssl.create_default_context(cadata=ca_pem)
    context.load_verify_locations(cadata=trustme.CA().cert_pem.bytes().decode())
    return context


def no_date(ca_pem: str) -> Any:
    context = ssl.create_default_context(cadata=ca_pem)
    context.verify_flags |= 0x200000  # X509_V_FLAG_NO_CHECK_TIME
    return context


def revocation(ca_pem: str) -> Any:
    context = ssl.create_default_context(cadata=ca_pem)
    context.verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF
    return context


def a_connection(ca_pem: str) -> Any:
    context = ssl.create_default_context(cadata=ca_pem)
    return context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname="a")


def location(ca_pem: str) -> Any:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return context.load_verify_locations(cadata=ca_pem)


WRONG_CONTEXT: list[tuple[Context, str, str]] = [
    (lambda pem: ssl.create_default_context(pem), "no-purpose", "`cadata=`"),  # type: ignore[arg-type]
    (
        lambda pem: ssl.create_default_context(cadata=pem.bytes().decode()),  # type: ignore[attr-defined]
        "not-text",
        "a str",
    ),
    (but(check_hostname=False, verify_mode=ssl.CERT_NONE), "cert-none", "Everybody"),
    (but(verify_mode=ssl.CERT_NONE), "cert-none", "Python itself objected"),
    (unverified, "cert-none", "another CA"),
    (lambda pem: ssl._create_unverified_context(), "cert-none", "CERT_NONE"),
    (bare, "cert-none", "Everybody is let in"),
    (but(check_hostname=False), "name-not-checked", "evil.example"),
    (
        but(check_hostname=False, verify_mode=ssl.CERT_OPTIONAL),
        "name-not-checked",
        "Leave it True",
    ),
    (but(verify_mode=ssl.CERT_OPTIONAL), "cert-optional", "CERT_REQUIRED"),
    (for_clients, "server-side", "whom a *server* is to verify"),
    (for_servers, "server-side", "PROTOCOL_TLS_SERVER"),
    (nothing_loaded, "ca-not-loaded", "unable to get local issuer"),
    (another_loaded, "ca-not-loaded", "trusts 1 other."),
    (lambda pem: ssl.create_default_context(), "ca-not-loaded", "`cadata=`"),
    (lambda pem: ssl.create_default_context(capath=pem), "ca-not-loaded", "refused"),
    (another_too, "others-too", "beside the given CA 1 another is trusted"),
    (lambda pem: ssl.create_default_context(cafile=pem), "path-expected", "`cadata=`"),
    (
        lambda pem: ssl.create_default_context(cadata=pem.encode()),
        "pem-not-read",
        "as `str`",
    ),
    (
        lambda pem: ssl.create_default_context(cadata=pem[:300]),
        "pem-not-read",
        "from BEGIN to END",
    ),
    (but(minimum_version=ssl.TLSVersion.TLSv1), "old-tls", "RFC 8996"),
    (but(minimum_version=ssl.TLSVersion.TLSv1_1), "old-tls", "older than 1.2"),
    (
        but(minimum_version=ssl.TLSVersion.MINIMUM_SUPPORTED),
        "old-tls",
        "older than 1.2",
    ),
    (no_date, "date-not-checked", "out of date"),
    (revocation, "right-one-refused", "asked too much"),
    (a_connection, "wrong-type", "A connection comes later"),
    (lambda pem: pem, "wrong-type", "made with it"),
    (lambda pem: (as_asked(pem),), "wrong-type", "A comma"),
    (lambda pem: ssl.SSLContext, "wrong-type", "Brackets"),
    (lambda pem: {"context": as_asked(pem)}, "wrong-type", "this is dict"),
    (location, "returns-nothing", "gives back None"),
    (lambda pem: as_asked(), "raises", "TypeError"),  # type: ignore[call-arg]
    (lambda: as_asked(""), "arguments", "ca_pem"),  # type: ignore[dict-item, misc]
]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("function", "mistake", "says"), WRONG_CONTEXT)
def test_the_mistake_in_making_a_context_is_named(
    function: Context, mistake: str, says: str
) -> None:
    assert_named(check.client_context(function), mistake, says)


def kept_and_filled() -> Context:
    """Make one context, and put each CA into it: a cell with it at its beginning."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    def function(ca_pem: str) -> Any:
        context.load_verify_locations(cadata=ca_pem)
        return context

    return function


def kept_as_first_made() -> Context:
    made: list[Any] = []

    def function(ca_pem: str) -> Any:
        if not made:
            made.append(as_asked(ca_pem))
        return made[0]

    return function


def text_kept() -> Context:
    texts: list[str] = []

    def function(ca_pem: str) -> Any:
        texts.append(ca_pem)
        return as_asked(texts[0])

    return function


def texts_gathered() -> Context:
    texts: list[str] = []

    def function(ca_pem: str) -> Any:
        texts.append(ca_pem)
        return as_asked("".join(texts))

    return function


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        (kept_and_filled, "the second context trusts the CA of the first call, too"),
        (kept_as_first_made, "the CA of the first call, and not its own"),
        (text_kept, "the CA of the first call, and not its own"),
        (texts_gathered, "trusts the CA of the first call, too"),
    ],
)
def test_one_context_for_all_cas_is_named_however_often_it_is_checked(
    kept: Callable[[], Context], says: str
) -> None:
    function = kept()
    first = check.client_context(function)
    assert_named(first, "one-for-all", says)
    assert str(check.client_context(function)) == str(first)


def test_a_context_kept_for_each_ca_is_right() -> None:
    assert_right(check.client_context(functools.cache(as_asked)))


def only_the_first() -> Context:
    calls = iter([as_asked, unverified])
    return lambda ca_pem: next(calls)(ca_pem)


def not_twice() -> Context:
    calls = iter([as_asked])
    return lambda ca_pem: next(calls)(ca_pem)


def test_the_second_context_is_held_to_all_that_the_first_is() -> None:
    assert_named(check.client_context(only_the_first()), "cert-none")
    assert_named(check.client_context(not_twice()), "raises", "StopIteration")


def test_trusting_the_system_too_is_told_kindly(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    system = tmp_path / "system.pem"
    system.write_bytes(b"".join(trustme.CA().cert_pem.bytes() for _ in range(3)))
    monkeypatch.setenv("SSL_CERT_FILE", str(system))

    def system_too(ca_pem: str) -> Any:
        context = ssl.create_default_context(cadata=ca_pem)
        context.load_default_certs()
        return context

    def system_first(ca_pem: str) -> Any:
        context = ssl.create_default_context()
        context.load_verify_locations(cadata=ca_pem)
        return context

    for function in (system_too, system_first):
        verdict = check.client_context(function)
        assert_named(verdict, "others-too", "All four met what they should")
        assert "others are trusted" in verdict.evidence
    assert_right(check.client_context(as_asked))


def test_keys_are_made_once_in_a_process_and_only_when_asked_for() -> None:
    script = (
        "import sys\n"
        "from wslib import check\n"
        "print('trustme' in sys.modules)\n"
        "import ssl\n"
        "for _ in range(2):\n"
        "    print(check.client_context(\n"
        "        lambda pem: ssl.create_default_context(cadata=pem)).right)\n"
        "from wslib.check.ex09_context import _worlds\n"
        "print(_worlds.cache_info().misses)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.split(), done.stderr) == (["False", "True", "True", "1"], "")


# --- ticket_user ----------------------------------------------------------------------


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


@pytest.mark.parametrize(("slip", "change"), changes(TICKET_SLIPS))
def test_each_slip_in_reading_a_ticket_is_named(
    slip: Slip, change: dict[str, Any]
) -> None:
    def function(ticket: str, secret: bytes, now: int) -> Any:
        return ticketed(ticket, secret, now, **change)

    assert_named(check.ticket_user(function), slip.mistake, slip.hint)


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


WRONG_TICKET: list[tuple[Any, str, str]] = [
    (with_equals, "plain-comparison", "Every ticket is judged rightly"),
    (own_compare_digest, "plain-comparison", "how many were right"),
    (compared_twice, "plain-comparison", "a wrong signature was refused without"),
    (equals_or_digest, "plain-comparison", "a right signature was let in without"),
    (three_not_unpacked, "not-unpacked", "a tuple of three"),
    (pieces_not_unpacked, "not-unpacked", "a list of the pieces"),
    (unguarded, "malformed-raises", "return None"),
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
    (lambda t, s, n: "ada", "always-the-same", "compute it"),
    (lambda t, s: t, "arguments", "ticket, secret, now"),
]


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


def test_no_two_mistakes_with_tickets_look_alike_and_none_is_praised() -> None:
    slips = [(slip, change) for slip in TICKET_SLIPS for change in slip.changes]
    answers: dict[tuple[str, ...], set[str]] = {}
    for slip, change in slips:
        row = []
        for t in (
            *ex09_ticket._valid(),
            *ex09_ticket._out_of_time(),
            *ex09_ticket._forged(),
            *ex09_ticket._malformed(),
        ):
            try:
                row.append(repr(ticketed(t.ticket, t.secret, t.now, **change)))
            except Exception as error:
                row.append(type(error).__name__)
        answers.setdefault(tuple(row), set()).add(slip.mistake)
    assert [names for names in answers.values() if len(names) > 1] == []


# --- all three ------------------------------------------------------------------------

CHECKS = {
    "client_context": (check.client_context, 1),
    "ticket_user": (check.ticket_user, 3),
}
each_check = pytest.mark.parametrize("name", CHECKS)


class HostileContext(ssl.SSLContext):
    """A context that raises when it is used."""

    def wrap_bio(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("no")


@each_check
@pytest.mark.parametrize(
    "answer",
    [
        *ANSWERS,
        lambda *a: HostileContext(ssl.PROTOCOL_TLS_CLIENT),
        lambda *a: "x" * 10**6,
        lambda *a: bytes(10**6),
        raising(KeyboardInterrupt()),
        raising(MemoryError()),
        yields,
    ],
)
def test_no_answer_makes_a_check_raise(name: str, answer: Any) -> None:
    assert_sound(CHECKS[name][0](answer), name)


def stub_1(ca_pem: str) -> Any:
    """Make a context."""
    ...


def stub_2(payload: bytes, limit: int) -> Any:
    """Inflate."""
    ...


def stub_3(ticket: str, secret: bytes, now: int) -> Any:
    """Read a ticket."""
    ...


@each_check
def test_a_stub_is_not_attempted_yet(name: str) -> None:
    checked, number = CHECKS[name]
    for answer in ([stub_1, stub_2, stub_3][number - 1], later, None, ...):
        assert checked(answer).right is None


@each_check
def test_a_function_that_never_ends_is_given_up(
    name: str, bounded: Callable[..., Any], stops_early: None
) -> None:
    assert_named(bounded(CHECKS[name][0], no_end), "never-ends")


def test_a_function_that_never_ends_for_one_case_is_given_up(
    bounded: Callable[..., Any], stops_early: None
) -> None:
    assert_named(bounded(check.ticket_user, waits), "never-ends", "stopped")


@each_check
def test_an_async_answer_is_told_that_nothing_waits_here(name: str) -> None:
    async def function(*args: Any) -> Any:
        return args

    assert_named(CHECKS[name][0](function), "async", "A plain `def` will do")


@each_check
def test_an_answer_is_told_the_same_each_time(name: str) -> None:
    checked, _ = CHECKS[name]
    wrong = {
        "client_context": but(check_hostname=False),
        "ticket_user": plain_split,
    }
    assert len({str(checked(wrong[name])) for _ in range(3)}) == 1
