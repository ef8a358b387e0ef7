"""Exercise 1 of notebook 10: answers in several styles, and the wrong ones by name."""

import functools
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hostile import assert_named, assert_right, assert_sound

from wslib import check

trustme = pytest.importorskip("trustme")


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
        path.write_text(ca_pem, "ascii")
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
    (unverified, "cert-none", "of another CA"),
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
    (another_loaded, "ca-not-loaded", "trusts 1 other,"),
    (lambda pem: ssl.create_default_context(), "ca-not-loaded", "`cadata=ca_pem`"),
    (lambda pem: ssl.create_default_context(capath=pem), "ca-not-loaded", "refused"),
    (another_too, "others-too", "beside the given CA 1 other is trusted"),
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
    (lambda pem: (as_asked(pem), pem), "wrong-type", "this is tuple"),
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
    assert check.client_context(function) == first


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
        assert_named(verdict, "others-too", "and the three others refused")
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
        "from wslib.check.nb10_client_context import worlds\n"
        "print(worlds.cache_info().misses)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert (done.stdout.split(), done.stderr) == (["False", "True", "True", "1"], "")


class HostileContext(ssl.SSLContext):
    """A context that raises when it is used."""

    def wrap_bio(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("no")


def test_a_context_that_raises_when_it_is_used_is_no_reason_to_raise() -> None:
    verdict = check.client_context(lambda pem: HostileContext(ssl.PROTOCOL_TLS_CLIENT))
    assert_sound(verdict, "client_context")
