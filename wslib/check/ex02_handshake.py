"""The check of notebook 02: the accept value."""

import base64
import binascii
import difflib
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from wslib import handshake
from wslib.check.accept_route import ROUTE
from wslib.check.attempt import Verdict, attempt, brief, fault, find_route
from wslib.check.diagnosis import misfit, never_raises
from wslib.check.watch import Hashed, hashed
from wslib.handshake import GUID

# The chapter's key, the RFC's, one with `+` and `/` in it and in its accept value, and
# one whose last letter is not the usual one for its bytes.
KEYS = (
    "f7cb4ezEAl6C3wRaU6JORA==",
    "dGhlIHNhbXBsZSBub25jZQ==",
    "Fx8nLzc/R09XX2dvd3+Hjw==",
    "AQIDBAUGBwgJCgsMDQ4PEC==",
)

Found = tuple[str, str, str]  # the name of the mistake, the evidence, the hint


@never_raises
def accept_key(function: Any) -> Verdict:
    """Check ``accept_key(key: str) -> str``. Exercise 1 of notebook 02."""
    exercise = "accept_key"
    if verdict := misfit(exercise, function, ["key"]):
        return verdict
    keys = (*KEYS, handshake.new_key())  # the last one nobody can have looked up
    expected = [handshake.accept_key(key) for key in keys]
    values: list[Any] = []
    for key in keys:
        outcome = attempt(function, key, limit=1.0)
        verdict = fault(exercise, function, outcome)
        if verdict and (verdict.right is None or values != expected[: len(KEYS)]):
            about = f"For the key {key}: " if values else ""
            return replace(verdict, evidence=about + verdict.evidence)
        values.append(_plain(outcome.value))
    first = next((i for i, v in enumerate(values) if not _is(v, expected[i])), None)
    if first is None:
        return Verdict(
            exercise=exercise,
            right=True,
            evidence=f"{keys[0]} gives {values[0]}, the RFC's pair fits, and so do "
            f"{len(keys) - 2} more keys.",
        )
    again = _plain(attempt(function, keys[first], limit=1.0).value)
    seen = hashed(function, keys[first])
    mistake, evidence, hint = (
        _only_known_keys(first)
        or _not_text(values[first])
        or _not_the_same_twice(values[first], again)
        or _known(keys, values, seen)
        or _hashed_otherwise(seen, keys[first])
        or _some_keys_only(first, keys, values)
        or _made_otherwise(values[first], expected[first], bool(seen))
    )
    return Verdict(
        exercise=exercise,
        right=False,
        mistake=mistake,
        evidence=evidence or _compared(keys[first], values[first], expected[first]),
        hint=hint,
    )


def _plain(value: Any) -> Any:
    """Return text as a plain ``str``, whatever a subclass makes of ``==``."""
    return str.__str__(value) if isinstance(value, str) else value


def _is(value: Any, expected: str) -> bool:
    return type(value) is str and value == expected


def _only_known_keys(first: int) -> Found | None:
    """Say so if nothing but the key made up just now is answered wrongly."""
    if first < len(KEYS):
        return None
    return (
        "known-keys-only",
        f"The {len(KEYS)} keys that the check always asks are answered rightly. A key "
        "made up just now is not.",
        "The answer has to be computed from the key that came in.",
    )


def _not_text(value: Any) -> Found | None:
    """Say what to do about an answer that is neither text nor bytes."""
    if isinstance(value, str) and re.fullmatch("<.* 0x[0-9a-fA-F]+>", value):
        hint = "That is how Python shows an object. What is in it, `.digest()` gives."
    elif isinstance(value, str | bytes):
        return None
    elif hasattr(value, "hexdigest"):
        hint = "That is the hash object. Its `.digest()` gives the 20 bytes."
    elif isinstance(value, tuple):
        hint = "A comma at the end of the line makes a tuple of it."
    elif callable(value):
        hint = "That is a function. Brackets behind its name call it."
    else:
        hint = f"The answer is text (str); this is {type(value).__name__}."
    return "wrong-type", f"You returned {brief(value)}.", hint


def _not_the_same_twice(value: Any, again: Any) -> Found | None:
    """Say so if the same key gets another answer the second time."""
    if type(value) is type(again) and value == again:
        return None
    return (
        "not-the-same-twice",
        "The same key was asked twice, and got two answers.",
        "The answer depends on the key and on nothing else: no chance, no time, no "
        "memory of an earlier call.",
    )


def _known(
    keys: Sequence[str], values: Sequence[Any], seen: Sequence[Hashed]
) -> Found | None:
    """Look for one known mistake that explains what came back for every key."""
    if list(values) == list(keys):
        return "key-returned", "", "That is the key itself, as it came in."
    if values[0] and (route := find_route(ROUTE, keys, values)):
        hint = " And: ".join(turn.hint for turn in route)
        return "+".join(turn.mistake for turn in route), "", hint
    if all(type(v) is type(values[0]) and v == values[0] for v in values):
        data = f" Each time {brief(seen[0].data)} was hashed." if seen else ""
        return (
            "same-for-every-key",
            f"Five different keys, and each time the answer is {brief(values[0])}."
            + data,
            "The answer has to be computed from the key that came in.",
        )
    return None


def _hashed_otherwise(seen: Sequence[Hashed], key: str) -> Found | None:
    """Say what went into the hash, if that is not key and GUID."""
    seen = [one for one in seen if one.data]  # an empty one only shows what it can do
    if not seen:
        return None
    right = (key + GUID).encode()
    if len(seen) > 1:
        made = ", and of ".join(brief(one.data) for one in seen)
        return (
            "several-hashes",
            f"{len(seen)} hashes were made: of {made}.",
            "One is enough: of the key and the GUID together, as one text.",
        )
    [(name, data)] = seen
    if name != "sha1":
        hint = "SHA-1 is the hash that RFC 6455 fixes (section 4.2.2)."
        return "other-hash", f"The hash that you used is {name}.", hint
    if data == right:
        return None
    size = "" if brief(data).endswith("bytes)") else f" ({len(data)} bytes)"
    evidence = (
        f"Into SHA-1 went {brief(data)}{size}. It takes the key and the GUID, "
        f"{len(right)} bytes."
    )
    front, behind = key.encode(), GUID.encode()
    if data == front:
        return "guid-missing", evidence, "The GUID is not in what was hashed."
    before, _, rest = data.partition(front)
    between, found, after = rest.partition(behind)
    if found:
        gaps = (("before", before), ("between", between), ("behind", after))
        more = " and ".join(f"{brief(gap)} {where} them" for where, gap in gaps if gap)
        hint = f"Key and GUID are in it, with {more}. Nothing else goes in."
        return "something-around-it", evidence, hint
    if data.startswith(front):
        rest = data.removeprefix(front)
        place = next(
            (i for i, (a, b) in enumerate(zip(rest, behind, strict=False)) if a != b),
            min(len(rest), len(behind)),
        )
        if difflib.SequenceMatcher(None, rest, behind).ratio() > 0.8:
            hint = (
                "All steps are right, but the GUID is not: look at its character "
                f"{place + 1}."
            )
            return "guid-mistyped", evidence, hint
        hint = f"Behind the key there is {brief(rest)}, where the GUID belongs."
        return "guid-changed", evidence, hint
    if data.endswith(behind):
        hint = (
            f"Before the GUID there is {brief(data.removesuffix(behind))}, where the "
            "key belongs: its 24 characters, as they came."
        )
        return "key-changed", evidence, hint
    if b"\0" in data:
        hint = (
            "There are zero bytes in it. `.encode()` makes one byte of each of these "
            "letters; UTF-16 and UTF-32 make two or four."
        )
        return "utf-16", evidence, hint
    return "other-text", evidence, "Print what you hash, and look at both ends."


def _some_keys_only(
    first: int, keys: Sequence[str], values: Sequence[Any]
) -> Found | None:
    """Say what there is to say if some answers were right, the first among them."""
    if first == 0:
        return None
    return (
        "some-keys-only",
        f"The answer for {keys[0]} is right, the one for {keys[first]} is not: "
        f"{brief(values[first])}.",
        "What has this key that the other has not: a `+`, a `/`, an unusual last "
        "letter? The key is text, and no letter of it is special.",
    )


def _compared(key: str, value: object, expected: str) -> str:
    """Say what came back for a key, and what should have; never gives the answer."""
    if isinstance(value, str | bytes) and len(value) != len(expected):
        unit = "characters" if isinstance(value, str) else "bytes"
        return (
            f"For the key {key} you returned {len(value)} {unit}, {brief(value)}; "
            f"the answer has {len(expected)} characters."
        )
    return f"For the key {key} you returned {brief(value)}, which is another value."


def _made_otherwise(value: Any, expected: str, hashed_rightly: bool) -> Found:
    """Say what can be seen in an answer that nothing else explains."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if expected in text:
        before, _, behind = text.partition(expected)
        around = " and ".join(
            f"{brief(part)} {where} it"
            for part, where in ((before, "before"), (behind, "behind"))
            if part
        )
        return "something-around", "", f"The right value is in it, with {around}."
    if text.lower() == expected.lower():
        hint = "Right, but for the case of some letters. In base64, case counts."
        return "case", "", hint
    start = "SHA-1 was given the right text. " if hashed_rightly else ""
    if re.fullmatch(r"([0-9A-Fa-f]{2}[ :]?)+", text):
        hint = start + "This is hexadecimal. The header takes base64, of 20 bytes."
        return "hexadecimal", "", hint
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        hint = start + "This is not base64, as `base64.b64encode` makes it."
        return "not-base64", "", hint
    hint = f"{start}What is base64-encoded here is {len(data)} bytes, {brief(data)}."
    if len(data) != 20:
        return "not-20-bytes", "", hint + " SHA-1 gives 20."
    if hashed_rightly:
        return "not-the-digest", "", hint + " `.digest()` gave others."
    return (
        "unknown",
        "",
        "This is base64 of 20 bytes, as it should be. Either what was hashed is not "
        "key + GUID, or what was encoded is not what the hash gave: print both.",
    )
