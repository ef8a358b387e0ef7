"""Exercise 1 of notebook 10: what a client's context lets in.

The student's context shakes hands with four servers, in memory: no socket, no port.

    the given CA, the right name        must be let in
    another CA                          must be refused
    the given CA, another name          must be refused
    the given CA, but out of date       must be refused

Then the function is called with another CA, and that context meets four of its own.
"""

import contextlib
import functools
import re
import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from wslib.check.everywhere import on_raising
from wslib.check.exercise import Exercise
from wslib.check.fit import fault, misfit
from wslib.check.sandbox import Outcome, attempt, has_no_end
from wslib.check.verdict import Found, Verdict, brief

NAME = "shop.example"  # whom the client wants to speak to


class _World(NamedTuple):
    """One CA, and four servers to meet.

    Attributes:
        pem: The CA's certificate, as the student's function gets it.
        der: The same, as a context lists it.
        right: The server that is what it says.
        wrong: The servers that are not, by what is wrong with them.
    """

    pem: str
    der: bytes
    right: ssl.SSLContext
    wrong: dict[str, ssl.SSLContext]


@functools.cache
def worlds() -> tuple[_World, _World]:
    """Make the keys and certificates; once in a process, and kept in memory only.

    Each of the two CAs is the other one's "another CA".
    """
    import trustme

    def server(certificate: trustme.LeafCert) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context

    def world(ca: trustme.CA, other: trustme.CA) -> _World:
        pem, long_ago = ca.cert_pem.bytes().decode(), datetime(2020, 1, 1, tzinfo=UTC)
        return _World(
            pem=pem,
            der=ssl.PEM_cert_to_DER_cert(pem),
            right=server(ca.issue_cert(NAME)),
            wrong={
                "of another CA": server(other.issue_cert(NAME)),
                "with another name": server(ca.issue_cert("evil.example")),
                "out of date": server(ca.issue_cert(NAME, not_after=long_ago)),
            },
        )

    one, other = trustme.CA(), trustme.CA()
    return world(one, other), world(other, one)


# A table: its rows are filled to the width.
# fmt: off
_HINTS = {
    "one-for-all": "Make the context inside the function, a new one for each call, "
        "from nothing but `ca_pem`.",
    "server-side": "`Purpose.CLIENT_AUTH` says whom a *server* is to verify, and "
        "`PROTOCOL_TLS_SERVER` who is to use it. Leave the purpose out: the usual one "
        "is a client's.",
    "cert-none": "The context looks at no certificate (`CERT_NONE`; an unverified "
        "context is one, and so is a bare `ssl.SSLContext()`). Whoever sits between "
        "could read all. Begin with `ssl.create_default_context`, and leave its "
        "`verify_mode` and `check_hostname` alone.",
    "name-not-checked": "`check_hostname` is False: then anybody with any certificate "
        "of that CA is let in. Leave it True.",
    "date-not-checked": "A flag in `verify_flags` turns the clock off. Leave them "
        "alone.",
    "too-lenient": "Begin with `ssl.create_default_context`, and change nothing else "
        "about it.",
    "right-one-refused": "The CA is trusted; something else is asked too much. Begin "
        "with `ssl.create_default_context`, and change nothing else about it.",
    "others-too": "Any of them could sign for your server's name. With "
        "`ssl.create_default_context(cadata=…)` the given one is the only one: the "
        "system's are loaded only if none is given.",
    "cert-optional": "A client takes `CERT_OPTIONAL` for `CERT_REQUIRED`; who reads it "
        "will think otherwise. Leave `CERT_REQUIRED`, as it was.",
    "old-tls": "TLS 1.0 and 1.1 were given up in RFC 8996. Leave `minimum_version` "
        "alone.",
    "returns-nothing": "Is there a `return` at its end, and does it give back the "
        "context? `load_verify_locations` gives back None.",
    "pem-not-read": "Give `cadata=` the text as it came: as `str`, with its lines, "
        "from BEGIN to END. (Bytes are taken for another format, DER.)",
    "path-expected": "`ca_pem` is the text itself, and no name of a file, as `cafile=` "
        "wants one: it goes into `cadata=`.",
    "no-purpose": "Say which argument it is: `cadata=`.",
    "not-text": "`ca_pem` is the text of the certificate already, a str.",
}
# What people run into: the exception, words in it, the mistake, the evidence if it is
# another than usual.
_RAISED: list[tuple[type[Exception], str, str, str]] = [
    (ssl.SSLError, "", "pem-not-read", "OpenSSL could not read it: {error}."),
    (OSError, "", "path-expected", "A file was looked for, and there is none of that "
        "name."),
    (ValueError, "CERT_NONE", "cert-none", "Python itself objected: `CERT_NONE` looks "
        "at no certificate, so there is no name to check."),
    (TypeError, "BEGIN CERTIFICATE", "no-purpose", "`create_default_context` takes "
        "its first argument for a purpose, and this is the text of a certificate."),
    (AttributeError, "'str' object", "not-text", ""),
]
# fmt: on
_WHERE_TO = (
    "`ssl.create_default_context(cadata=…)` takes the text of a certificate, and so "
    "does `load_verify_locations(cadata=…)` of a context."
)


class _ClientContext(Exercise):
    """Judges a function by whom its contexts let in."""

    hints = _HINTS

    def judge(self, function: Any) -> Verdict:
        """Return the verdict on a function that makes contexts."""
        if verdict := misfit(self.name, function, ["ca_pem"]):
            return verdict
        calls = [functools.partial(function, world.pem) for world in worlds()]
        late = None if has_no_end(calls) is None else Outcome(timed_out=True)
        contexts: list[ssl.SSLContext] = []
        for call in calls:
            outcome = late or attempt(call, owner=function)
            if verdict := self._not_made(function, outcome):
                return verdict
            contexts.append(outcome.value)
        found = _one_for_all(contexts)
        for context, world in zip(contexts, worlds(), strict=True):
            found = found or _let_in(context, world) or _small_print(context, world)
        return self.verdict_of(found) or self.right(
            "The server of that CA was let in. Three were refused: one of another CA, "
            "one with another name, one whose certificate is out of date."
        )

    def _not_made(self, function: Any, outcome: Outcome) -> Verdict | None:
        """Return the verdict on a call that made no context for a client; or None."""
        verdict, error = fault(self.name, function, outcome), outcome.error
        if verdict is None:
            return self.verdict_of(_no_context(outcome.value))
        if verdict.right is None or outcome.timed_out:
            return verdict
        if error is None:
            return replace(verdict, hint=_HINTS["returns-nothing"])
        for kind, words, name, evidence in _RAISED:
            if isinstance(error, kind) and words in str(error):
                evidence = evidence.format(error=re.sub(" [(]_ssl.*", "", str(error)))
                return self.wrong(name, evidence or verdict.evidence)
        hint = _WHERE_TO if isinstance(error, TypeError) else on_raising(error)
        return replace(verdict, hint=hint or verdict.hint)


def _one_for_all(contexts: Sequence[ssl.SSLContext]) -> Found | None:
    """Name what is kept from one call for the next: a context, or the text of a CA.

    It looks at the second, for there it is the same however often the check has run.
    """
    trusted = contexts[1].get_ca_certs(binary_form=True)
    first, second = (world.der for world in worlds())
    if first not in trusted:
        return None
    also = "too" if second in trusted else "and not its own"
    seen = "It was called twice, with two CAs, and the second context trusts the CA of "
    return "one-for-all", f"{seen}the first call, {also}.", ""


def _no_context(value: Any) -> Found | None:
    """Say what was given back instead of a client's context; None if it is one."""
    if isinstance(value, ssl.SSLContext):
        if value.protocol is not ssl.PROTOCOL_TLS_SERVER:
            return None
        seen = "The context is a server's: no client can be made with it."
        return "server-side", seen, ""
    if isinstance(value, str | bytes | Path):
        hint = "What is asked for is the context that was made with it."
    elif isinstance(value, ssl.SSLSocket | ssl.SSLObject):
        hint = "A connection comes later, by whoever uses your context."
    elif isinstance(value, tuple) and len(value) == 1:
        hint = "A comma at the end of the line makes a tuple of it."
    elif isinstance(value, type) or callable(value):
        hint = "That is what makes one. Brackets behind its name call it."
    else:
        hint = f"The answer is an `ssl.SSLContext`; this is {type(value).__name__}."
    return "wrong-type", f"You returned {brief(value)}.", hint


def _let_in(context: ssl.SSLContext, world: _World) -> Found | None:
    """Meet the four servers; name what was let in or kept out wrongly."""
    met = world.wrong.items()
    wrong = [what for what, server in met if not _refusal(context, server)]
    if len(wrong) == len(world.wrong):
        seen = f"Everybody is let in: a server {', one '.join(wrong)}."
        return "cert-none", seen, ""
    if reason := _refusal(context, world.right):
        return _kept_out(context, world, reason)
    if wrong == ["with another name"]:
        seen = "A server was let in whose certificate, of the given CA, is for "
        return "name-not-checked", f"{seen}evil.example. The client wanted {NAME}.", ""
    if not wrong:
        return None
    name = "date-not-checked" if wrong == ["out of date"] else "too-lenient"
    return name, f"Let in was a server {', and one '.join(wrong)}.", ""


def _kept_out(context: ssl.SSLContext, world: _World, reason: str) -> Found:
    """Say why the right server was refused."""
    seen = f"The server of the given CA, with the right name, was refused: {reason}."
    if world.der in context.get_ca_certs(binary_form=True):
        return "right-one-refused", seen, ""
    trusted = context.cert_store_stats()["x509"]
    others = f"{trusted:,} other{'s' if trusted > 1 else ''}" if trusted else "nobody"
    hint = f"The context trusts {others}, and not the given CA: it is the argument "
    hint += "`ca_pem` that has to be loaded, as `cadata=ca_pem`, and no other `ca`."
    return "ca-not-loaded", seen, hint


def _small_print(context: ssl.SSLContext, world: _World) -> Found | None:
    """Name what no handshake with these four shows."""
    seen = "The right server was let in, and the three others refused. But "
    if others := context.cert_store_stats()["x509"] - 1:
        more = "others are" if others > 1 else "other is"
        return "others-too", f"{seen}beside the given CA {others:,} {more} trusted.", ""
    if context.verify_mode is ssl.CERT_OPTIONAL:
        return "cert-optional", f"{seen}`verify_mode` is `CERT_OPTIONAL`.", ""
    usual = ssl.create_default_context(cadata=world.pem).minimum_version
    if context.minimum_version < usual:
        return "old-tls", f"{seen}versions of TLS older than 1.2 are spoken, too.", ""
    return None


def _refusal(client: ssl.SSLContext, server: ssl.SSLContext) -> str:
    """Shake hands; return why it came to nothing, or an empty text if it did not."""
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        ends = [
            client.wrap_bio(to_client, to_server, server_hostname=NAME),
            server.wrap_bio(to_server, to_client, server_side=True),
        ]
        for _ in range(4):  # TLS 1.3 takes two rounds, TLS 1.2 one more
            for end in list(ends):
                with contextlib.suppress(ssl.SSLWantReadError):
                    end.do_handshake()
                    ends.remove(end)
    except ssl.SSLCertVerificationError as exc:
        return exc.verify_message.rstrip(".")
    except (ssl.SSLError, ValueError) as exc:
        return str(getattr(exc, "reason", None) or exc)
    return "the handshake has no end" if ends else ""


client_context = _ClientContext(
    "client_context",
    "`client_context(ca_pem) -> ssl.SSLContext`. Exercise 1 of notebook 10.",
)
