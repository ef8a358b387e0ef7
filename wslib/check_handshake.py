"""The checks of notebook 02: the opening handshake."""

import base64
import binascii
import re
from typing import Any

from wslib import handshake, http1
from wslib.accept_route import ROUTE, mistyped_guid
from wslib.attempt import Verdict, _brief, attempt, fault, find_route
from wslib.diagnosis import Case, Impostor, compare
from wslib.errors import HandshakeError

__all__ = ["accept_key", "has_token", "request_bytes"]

# The chapter's key, the RFC's, one whose accept shows `/`, two with the same 16 bytes.
KEYS = (
    "f7cb4ezEAl6C3wRaU6JORA==",
    "dGhlIHNhbXBsZSBub25jZQ==",
    "Iv8io/9s+lYFgZWcXczP8Q==",
    "AQIDBAUGBwgJCgsMDQ4PEC==",
)


def accept_key(function: Any) -> Verdict:
    """Check ``accept_key(key: str) -> str``. Exercise 1 of notebook 02."""
    exercise = "accept_key"
    if verdict := fault(exercise, function, None):
        return verdict
    keys = (*KEYS, handshake.new_key())  # the last one nobody can have looked up
    outcomes = [attempt(function, key, limit=1.0) for key in keys[:1]]
    if not outcomes[0].timed_out:
        outcomes += [attempt(function, key, limit=1.0) for key in keys[1:]]
    for outcome in outcomes:
        if verdict := fault(exercise, function, outcome):
            return verdict
    values = [outcome.value for outcome in outcomes]

    def wrong(mistake: str, evidence: str, hint: str) -> Verdict:
        return Verdict(
            exercise=exercise,
            right=False,
            mistake=mistake,
            evidence=evidence,
            hint=hint,
        )

    route = find_route(ROUTE, keys, values)
    if route == []:
        return Verdict(
            exercise=exercise,
            right=True,
            evidence=f"{keys[0]} gives {values[0]}, the RFC's pair fits, and so do "
            f"{len(keys) - 2} more keys.",
        )
    expected = [handshake.accept_key(key) for key in keys]
    if route:
        place = next(i for i, v in enumerate(values) if v != expected[i])
        return wrong(
            "+".join(turn.mistake for turn in route),
            _compared(keys[place], values[place], expected[place]),
            " And: ".join(turn.hint for turn in route),
        )
    if place := mistyped_guid(keys, values):
        return wrong(
            "guid-mistyped",
            _compared(keys[0], values[0], expected[0]),
            f"All steps are right, but the GUID is not: look at its character {place}.",
        )
    if len(set(map(repr, values))) == 1:
        return wrong(
            "same-for-every-key",
            f"Five different keys, and each time the answer is {_brief(values[0])}.",
            "The answer has to be computed from the key that came in.",
        )
    first = next(
        i
        for i, (value, right) in enumerate(zip(values, expected, strict=True))
        if type(value) is not str or value != right
    )
    evidence = _compared(keys[first], values[first], expected[first])
    if first > 0:
        return wrong(
            "some-keys-only",
            f"{first} of {len(keys)} keys are right; then {evidence}",
            "What does this key have that the others have not: a `+`, a `/`, an "
            "unusual last letter? The key is text, and no letter of it is special.",
        )
    return wrong("unknown", evidence, _described(values[first], expected[first]))


def _compared(key: str, value: object, expected: str) -> str:
    """Say what came back for a key, and what should have; never gives the answer."""
    if isinstance(value, str | bytes) and len(value) != len(expected):
        unit = "characters" if isinstance(value, str) else "bytes"
        return (
            f"For the key {key} you returned {len(value)} {unit}, {_brief(value)}; "
            f"the answer has {len(expected)} characters."
        )
    return f"For the key {key} you returned {_brief(value)}, which is another value."


def _described(value: object, expected: str) -> str:
    """Say what can be seen in a value that no known mistake explains."""
    if not isinstance(value, str):
        return f"The answer is text (str); this is {type(value).__name__}."
    if value.strip() == expected:
        return "Right, but for white space around it."
    if value.lower() == expected.lower():
        return "Right, but for the case of some letters. In base64, case counts."
    try:
        data = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return "This is not base64. The last step is base64 of the digest's 20 bytes."
    if len(data) != 20:
        return f"This is base64 of {len(data)} bytes. SHA-1 gives 20: what was encoded?"
    return (
        "This is base64 of 20 bytes, as it should be, so the last two steps are right. "
        "What went into the hash is not key + GUID: print it and look at both ends."
    )


def has_token(function: Any) -> Verdict:
    """Check ``has_token(value, token) -> bool``. Exercise 2 of notebook 02."""
    cases = [
        Case(("Upgrade", "Upgrade"), True),
        Case(("close", "Upgrade"), False),
        Case(
            ("upgrade", "Upgrade"), True, "Tokens are compared without regard to case."
        ),
        Case(
            ("keep-alive, Upgrade", "Upgrade"),
            True,
            "This is what Firefox sends. The value is a list, separated by commas.",
        ),
        Case(
            ("keep-alive,Upgrade", "Upgrade"),
            True,
            "The space behind the comma is optional.",
        ),
        Case(
            ("keep-alive ,\tUpgrade ", "Upgrade"),
            True,
            "Spaces and tabs may stand on both sides of a comma, and at the ends.",
        ),
        Case(
            ("Upgrade-Insecure-Requests", "Upgrade"),
            False,
            "The letters are in it, but as part of a longer token.",
        ),
        Case(("WebSocket", "websocket"), True, "Neither side's case counts."),
        Case(("websocket", "WebSocket"), True, "Neither side's case counts."),
        Case(
            ("h2c, , websocket", "websocket"),
            True,
            "An empty item is allowed and means nothing (RFC 9110, section 5.6.1).",
        ),
        Case(("", "Upgrade"), False, "An empty value holds no token."),
        Case(("keep-alive, close", "Upgrade"), False),
        Case(("Upgrade close", "Upgrade"), False, "A space does not separate tokens."),
    ]

    def items(value: str) -> list[str]:
        return [item.strip(" \t") for item in value.split(",")]

    impostors = [
        Impostor(
            "whole-value",
            lambda value, token: value == token,
            "The whole value was compared with the token. Browsers send "
            "`keep-alive, Upgrade`: the value is a list, separated by commas.",
        ),
        Impostor(
            "whole-value",
            lambda value, token: value.lower() == token.lower(),
            "The whole value was compared with the token. Browsers send "
            "`keep-alive, Upgrade`: the value is a list, separated by commas.",
        ),
        Impostor(
            "whole-value",
            lambda value, token: value.strip().lower() == token.strip().lower(),
            "The whole value was compared with the token. Browsers send "
            "`keep-alive, Upgrade`: the value is a list, separated by commas.",
        ),
        Impostor(
            "case-sensitive",
            lambda value, token: token in items(value),
            "Tokens are compared without regard to case, and this compares with it. "
            "Some proxies write `upgrade`.",
        ),
        Impostor(
            "one-side-lower-case",
            lambda value, token: token in items(value.lower()),
            "Only the value was put in lower case. Do the same to the token.",
        ),
        Impostor(
            "one-side-lower-case",
            lambda value, token: token.lower() in items(value),
            "Only the token was put in lower case. Do the same to the value.",
        ),
        *(
            Impostor(
                "substring",
                function_,
                "`in` on text finds parts of words: Upgrade-Insecure-Requests is not "
                "Upgrade. Split at the commas and compare whole tokens.",
            )
            for function_ in (
                lambda value, token: token in value,
                lambda value, token: token.lower() in value.lower(),
            )
        ),
        Impostor(
            "not-stripped",
            lambda value, token: token.lower() in value.lower().split(","),
            "The items keep the spaces around the commas. Strip each one.",
        ),
        Impostor(
            "comma-and-space",
            lambda value, token: token.lower() in value.lower().split(", "),
            "Splitting at comma-and-space misses `keep-alive,Upgrade`. Split at the "
            "comma and strip each item.",
        ),
        Impostor(
            "split-at-spaces",
            lambda value, token: (
                token.lower() in value.lower().replace(",", " ").split()
            ),
            "Spaces do not separate tokens; commas do. `Upgrade close` is one item, "
            "and not a token at all.",
        ),
        Impostor(
            "word-boundary",
            lambda value, token: bool(re.search(rf"\b{token}\b", value, re.IGNORECASE)),
            r"`\b` sees a word's end at every hyphen, so Upgrade-Insecure-Requests "
            "counts as Upgrade. Split at the commas instead.",
        ),
        Impostor(
            "first-item-only",
            lambda value, token: items(value.lower())[0] == token.lower(),
            "Only the first item was looked at.",
        ),
        Impostor(
            "last-item-only",
            lambda value, token: items(value.lower())[-1] == token.lower(),
            "Only the last item was looked at.",
        ),
        Impostor(
            "starts-with",
            lambda value, token: any(
                item.startswith(token.lower()) for item in items(value.lower())
            ),
            "An item that begins with the token is not the token.",
        ),
        Impostor(
            "always-true", lambda value, token: True, "It says yes to everything."
        ),
        Impostor(
            "always-false", lambda value, token: False, "It says no to everything."
        ),
    ]
    return compare(
        "has_token",
        function,
        cases,
        impostors,
        praise=f"{len(cases)} values, among them those that broke real servers.",
    )


def request_bytes(function: Any) -> Verdict:
    """Check ``request_bytes(host, target, key)``. Exercise 3 of notebook 02."""
    exercise = "request_bytes"
    if verdict := fault(exercise, function, None):
        return verdict
    asked = [
        ("server.example", "/chat", KEYS[1]),
        ("127.0.0.1:1234", "/", KEYS[0]),
    ]
    for host, target, key in asked:
        outcome = attempt(function, host, target, key)
        verdict = fault(exercise, function, outcome) or _request_fault(
            outcome.value, host, target, key
        )
        if verdict is not None:
            return verdict
    return Verdict(
        exercise=exercise,
        right=True,
        evidence="Nothing in it breaks a rule of section 4.1. A live server would "
        "answer 101.",
    )


def _request_fault(value: object, host: str, target: str, key: str) -> Verdict | None:
    """Say what is wrong with a request; None if nothing."""

    def wrong(mistake: str, evidence: str, hint: str) -> Verdict:
        return Verdict(
            exercise="request_bytes",
            right=False,
            mistake=mistake,
            evidence=evidence,
            hint=hint,
        )

    if isinstance(value, str):
        return wrong(
            "text-not-bytes",
            "You returned text (str).",
            "A socket takes bytes: `.encode('ascii')` is missing.",
        )
    if not isinstance(value, bytes | bytearray):
        kind = type(value).__name__
        return wrong(
            "wrong-type", f"You returned {kind}, not bytes.", "Join the lines."
        )
    data = bytes(value)
    if b"\\r" in data or b"\\n" in data:
        return wrong(
            "escaped-line-end",
            "There is a backslash followed by a letter in it, not a line end.",
            "In a raw string (r'…') `\\r` is two characters.",
        )
    if b"\n" in data and b"\r\n" not in data:
        return wrong(
            "lf-only",
            "The lines end with LF (0a) alone.",
            "HTTP's lines end with CR LF: `\\r\\n` (RFC 9112, section 2.2).",
        )
    if data.strip() and data[:1] in b"\r\n \t":
        return wrong(
            "leading-space",
            f"It begins with {_brief(data[:12])}.",
            "The method comes first. A triple-quoted string starts with a newline.",
        )
    if b"\r\n\r\n" not in data:
        how = "ends with one line end" if data.endswith(b"\r\n") else "has no line end"
        return wrong(
            "no-blank-line",
            f"The last line {how}, and no blank line follows.",
            "The blank line says that the headers are over. Without it the server "
            "waits for more, and so do you.",
        )
    try:
        parsed = http1.parse_request(data)
    except HandshakeError as error:
        hint = "Print your bytes, one line of the request to a line."
        if re.search(rb"\n[ \t]+\S", data):
            hint = "The lines of a triple-quoted string keep their indentation."
        return wrong("not-http", f"A server reads: {error}.", hint)
    assert parsed is not None  # there is a blank line
    request, size = parsed
    if size != len(data):
        extra = data[size:]
        return wrong(
            "bytes-after-blank-line",
            f"{len(extra)} bytes follow the blank line: {extra[:12].hex(' ')}.",
            "After the blank line the server expects frames. It would take "
            f"{extra[:1].hex()} for the first byte of one.",
        )
    for problem in handshake.request_problems(request):
        return wrong(
            "breaks-a-rule",
            f"A server finds: {problem}.",
            "Look that section up, or compare with the request above, line by line.",
        )
    for name, said, wanted in (
        ("resource name", request.target, target),
        ("Host", request.get("Host"), host),
        ("Sec-WebSocket-Key", request.get("Sec-WebSocket-Key"), key),
    ):
        if said != wanted:
            return wrong(
                "argument-ignored",
                f"The {name} is {_brief(said)}; the function was given {wanted!r}.",
                "Put the arguments where the constants stand.",
            )
    return None
