"""Exercise 1 of notebook 02: answer any key. RFC 6455, section 4.2.2, item 5.4.

The mistakes are those of real code and of real questions. What they do not explain is
told by what went into the hash, for a hash has no way back.
"""

import base64
import binascii
import difflib
import hashlib
import hmac
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.hashed import Hashed, hashed
from wslib.check.mistakes import Mistake
from wslib.check.sandbox import Outcome
from wslib.check.values import alike
from wslib.check.verdict import Found, brief
from wslib.check.words import TWICE
from wslib.handshake import GUID

# The chapter's key, the RFC's, one with `+` and `/` in it and in its accept value, and
# one whose last letter is not the usual one for its bytes.
KEYS = (
    "f7cb4ezEAl6C3wRaU6JORA==",
    "dGhlIHNhbXBsZSBub25jZQ==",
    "Fx8nLzc/R09XX2dvd3+Hjw==",
    "AQIDBAUGBwgJCgsMDQ4PEC==",
)


_COMPUTE = "The answer has to be computed from the key that came in."


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def accepted(
    key: str,
    *,
    text: Callable[[str], str | bytes] = str,
    guid: str = GUID,
    join: Callable[[bytes, bytes], bytes] = lambda key, guid: key + guid,
    digest: Callable[[bytes], bytes] = lambda data: hashlib.sha1(data).digest(),
    written: Callable[[bytes], bytes] = bytes,
    encode: Callable[[bytes], Any] = _b64,
    padding: Callable[[Any], Any] = lambda value: value,
) -> Any:
    """Hash the key and the GUID behind it, and write the digest in base64."""
    used = text(key)
    data = used if isinstance(used, bytes) else used.encode("ascii")
    return padding(encode(written(digest(join(data, guid.encode("ascii"))))))


_ALONE = "The accept value alone: what surrounds it on the wire comes later."
_URL_SAFE = (
    "This is the URL-safe alphabet, with `-` and `_`. The header takes plain base64, "
    "with `+` and `/`: `base64.b64encode`."
)
_PADDING = "The `=` at the end is missing. It is part of the 28 characters."
# In the order of the steps.
# fmt: off
_MISTAKES = [
    Mistake("key-returned", "That is the key itself, as it came in.", text=str, guid="",
        digest=bytes, written=bytes, encode=bytes.decode),
    Mistake("key-decoded", "The key was base64-decoded first. It goes in as it stood "
        "on the wire: the 24 characters, not the 16 bytes that they encode.",
        text=base64.b64decode),
    *(Mistake(f"key-with-{name}", "A line end, or the space behind the header's colon, "
        "came along with the key. Strip it.", text=lambda key, form=form: form % key)
        for name, form in {"line-end": "%s\r\n", "newline": "%s\n", "space": " %s"}
        .items()),
    Mistake("key-without-padding", "The `=` at the end of the key were taken off. They "
        "belong to the text.", text=lambda key: key.rstrip("=")),
    Mistake("key-quoted", "The key went in with quotation marks around it (its repr).",
        text=repr),
    Mistake("key-as-bytes-repr", "`str()` of bytes keeps the `b'` and the `'`: the key "
        "went in as b'…'.", text=lambda key: str(key.encode())),
    Mistake("guid-lower-case", "The GUID is in lower case. It is hashed as text, so "
        "its case counts: capital letters, as in section 1.3.", guid=GUID.lower()),
    Mistake("guid-missing", "The GUID is not in what was hashed. Without it, any "
        "server that hashes could answer, WebSocket or not.", guid=""),
    Mistake("guid-without-hyphens", "The GUID went in without its hyphens. All 36 "
        "characters count.", guid=GUID.replace("-", "")),
    Mistake("guid-twice", "The GUID was appended twice.", guid=GUID * 2),
    Mistake("guid-first", "The GUID stands before the key. It goes behind it.",
        join=lambda key, guid: guid + key),
    Mistake("joined-with-something", "There is a character between key and GUID. "
        "Nothing goes between them.",
        *({"join": lambda key, guid, glue=glue: key + glue + guid}
            for glue in (b" ", b"-", b":", b"+", b","))),
    Mistake("not-hashed", "Nothing was hashed: this is the text itself, key and GUID.",
        digest=bytes),
    Mistake("hmac", "This is an HMAC with the GUID as its secret. A plain SHA-1 is the "
        "rule: there is no secret here.",
        digest=lambda data: hmac.new(data[-36:], data[:-36], hashlib.sha1).digest()),
    Mistake("hashed-twice", "It was hashed twice. Once is the rule.",
        digest=lambda data: hashlib.sha1(hashlib.sha1(data).digest()).digest()),
    Mistake("hex-digest", "The hexadecimal digest was encoded: 40 letters instead of "
        "20 bytes. Compare what `.digest()` and `.hexdigest()` return.",
        {"written": lambda digest: digest.hex().upper().encode()},
        written=lambda digest: digest.hex().encode()),
    Mistake("digest-cut", "Only the first 16 bytes of the digest were encoded. All 20 "
        "count.", written=lambda digest: digest[:16]),
    Mistake("digest-backwards", "The bytes of the digest stand in reverse order.",
        written=lambda digest: digest[::-1]),
    Mistake("hex-digest", "This is the hexadecimal digest, 40 letters. The header "
        "takes base64 of the 20 bytes that they stand for: `.digest()`, then base64.",
        {"encode": lambda digest: digest.hex().upper()}, encode=bytes.hex),
    Mistake("url-safe", _URL_SAFE,
        encode=lambda digest: base64.urlsafe_b64encode(digest).decode()),
    # Three at once with what is not decoded, and common: tokens are made so.
    Mistake("url-safe+padding-missing", f"{_URL_SAFE} And: {_PADDING}",
        encode=lambda digest: base64.urlsafe_b64encode(digest).decode().rstrip("=")),
    Mistake("line-end-at-the-end", "There is a newline at the end: "
        "`base64.encodebytes` and `b2a_base64` add one. It would end the header line "
        "too early.", encode=lambda digest: base64.encodebytes(digest).decode()),
    Mistake("no-base64", "This is not base64 yet. Most bytes are no letters, which is "
        "why a header carries them in base64: one step is missing.",
        *({"encode": lambda digest, how=how: digest.decode(*how)} for how in (
            ("ascii", "replace"), ("utf-8", "replace"), ("utf-8", "ignore"),
            ("latin-1",))), encode=bytes),
    Mistake("base64-twice", "It was base64-encoded twice.",
        encode=lambda digest: _b64(_b64(digest).encode())),
    Mistake("base32", "This is base32. The header takes base64.",
        encode=lambda digest: base64.b32encode(digest).decode()),
    Mistake("padding-missing", _PADDING, padding=lambda value: value.rstrip("=")),
    Mistake("whole-header", f"The header's name is in it too. {_ALONE}",
        answer=lambda text: f"Sec-WebSocket-Accept: {text}"),
    Mistake("line-end-at-the-end", f"There is a line end behind it. {_ALONE}",
        answer=lambda text: f"{text}\r\n"),
    Mistake("spaces-around", f"There is a space before it. {_ALONE}",
        answer=lambda text: f" {text}"),
    Mistake("lower-case", "The value was put in lower case. In base64, `a` and `A` are "
        "two values.", answer=str.lower),
]
# fmt: on


def _by_itself(answer: Any, call: Call, outcome: Outcome) -> Found | None:
    """Say what came back for a key, if anything did; never gives the answer."""
    about, value = f"For the key {call.arguments[0]} you returned", outcome.value
    if value is None:
        return None
    if hint := _not_text(value):
        return "wrong-type", f"You returned {brief(value)}.", hint
    evidence = f"{about} {brief(value)}, which is another value."
    if len(value) != len(call.expected):
        size = f"{len(value)} {'characters' if type(value) is str else 'bytes'}"
        evidence = f"{about} {size}, {brief(value)}; {_due(call)}."
    return "wrong-answer", evidence, "Print each step."


def _due(call: Call) -> str:
    return f"the answer has {len(call.expected)} characters"


def _not_text(value: Any) -> str:
    """Say what to do about an answer that is neither text nor bytes."""
    if isinstance(value, str) and re.fullmatch("<.* 0x[0-9a-fA-F]+>", value):
        return "That is how Python shows an object. What is in it, `.digest()` gives."
    if isinstance(value, str | bytes):
        return ""
    if hasattr(value, "hexdigest"):
        return "That is the hash object. Its `.digest()` gives the 20 bytes."
    if callable(value):
        return "That is a function. Brackets behind its name call it."
    return f"The answer is text (str); this is {type(value).__name__}."


def _looked_into(
    answer: Any, calls: Sequence[Call], seen: Sequence[Outcome]
) -> Found | None:
    """Say what can be seen of an answer that no known mistake explains."""
    pairs = list(zip(seen, calls, strict=False))
    right = [accept_key.fulfils(outcome, call) for outcome, call in pairs]
    first, cases = right.index(False), len(accept_key.calls)
    outcome, call = pairs[first]
    if first >= cases and not any(right[cases:]):
        return (
            "known-keys-only",
            "The four keys that the check always asks are answered rightly. A "
            "key made up just now is not.",
            _COMPUTE,
        )
    alone = _by_itself(answer, call, outcome)
    if alone is None or alone[0] == "wrong-type":
        return alone
    [key] = call.arguments
    fed = [one for one in hashed(answer, key) if one.data]  # an empty one is for show
    if not alike(seen[0], seen[cases - 1]):
        return "not-the-same-twice", "The same key got two answers.", TWICE
    if all(alike(seen[0], each) for each in seen[:cases]):
        said = f"Four keys, and each time the answer is {brief(seen[0].value)}."
        said += f" Each time {brief(fed[0].data)} was hashed." if fed else ""
        return "same-for-every-key", said, _COMPUTE
    if found := _hashed_otherwise(fed, key):
        return found
    if first:
        return (
            "some-keys-only",
            f"The answer for {KEYS[0]} is right, the one for {key} is not: "
            f"{brief(outcome.value)}.",
            "What has this key that the other has not: a `+`, a `/`, an unusual last "
            "letter? The key is text, and no letter of it is special.",
        )
    name, hint = _made_otherwise(outcome.value, call.expected, bool(fed))
    return name, "", hint


def _hashed_otherwise(seen: Sequence[Hashed], key: str) -> Found | None:
    """Say what went into the hash, if that is not key and GUID."""
    if not seen:
        return None
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
    size = "" if brief(data).endswith("bytes)") else f" ({len(data)} bytes)"
    evidence = (
        f"Into SHA-1 went {brief(data)}{size}. It takes the key and the GUID, "
        f"{len(key + GUID)} bytes."
    )
    found = _went_in(data, key.encode(), GUID.encode())
    return found and (found[0], evidence, found[1])


def _went_in(data: bytes, key: bytes, guid: bytes) -> tuple[str, str] | None:
    """Name what is wrong with the text that was hashed; None if nothing is."""
    if data == key + guid:
        return None
    if data == key:
        return "guid-missing", "The GUID is not in what was hashed."
    before, _, rest = data.partition(key)
    between, found, after = rest.partition(guid)
    if found:
        gaps = (("before", before), ("between", between), ("behind", after))
        more = " and ".join(f"{brief(gap)} {where} them" for where, gap in gaps if gap)
        hint = f"Key and GUID are in it, with {more}. Nothing else goes in."
        return "something-around-it", hint
    if data.startswith(key):
        if difflib.SequenceMatcher(None, rest, guid).ratio() <= 0.8:
            hint = f"Behind the key there is {brief(rest)}, where the GUID belongs."
            return "guid-changed", hint
        pairs = enumerate(zip(rest, guid, strict=False))
        shorter = min(len(rest), len(guid))
        place = next((i for i, (a, b) in pairs if a != b), shorter)
        return "guid-mistyped", (
            "All steps are right, but the GUID is not: look at its character "
            f"{place + 1}."
        )
    if data.endswith(guid):
        return "key-changed", (
            f"Before the GUID there is {brief(data.removesuffix(guid))}, where the key "
            "belongs: its 24 characters, as they came."
        )
    if b"\0" in data:
        return "utf-16", (
            "There are zero bytes in it. `.encode()` makes one byte of each of these "
            "letters; UTF-16 and UTF-32 make two or four."
        )
    return "other-text", "Print what you hash, and look at both ends."


def _made_otherwise(value: Any, expected: str, hashed_rightly: bool) -> tuple[str, str]:
    """Name what can be seen in an answer that nothing else explains."""
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    if expected in text:
        before, _, behind = text.partition(expected)
        parts = ((before, "before"), (behind, "behind"))
        around = " and ".join(f"{brief(part)} {at} it" for part, at in parts if part)
        return "something-around", f"The right value is in it, with {around}."
    if text.lower() == expected.lower():
        hint = "Right, but for the case of some letters. In base64, case counts."
        return "case", hint
    start = "SHA-1 was given the right text. " if hashed_rightly else ""
    if re.fullmatch(r"([0-9A-Fa-f]{2}[ :]?)+", text):
        hint = "This is hexadecimal. The header takes base64, of 20 bytes."
        return "hexadecimal", start + hint
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        hint = "This is not base64, as `base64.b64encode` makes it."
        return "not-base64", start + hint
    hint = f"{start}Read as base64, this is {len(data)} bytes, {brief(data)}."
    if len(data) != 20:
        return "not-20-bytes", f"{hint} SHA-1 gives 20."
    if hashed_rightly:
        return "not-the-digest", f"{hint} `.digest()` gave others."
    return "unknown", (
        "This is base64 of 20 bytes, as it should be. Either what was hashed is not "
        "key + GUID, or what was encoded is not what the hash gave: print both."
    )


def _sampled(chance: random.Random) -> tuple[str]:
    """Return a key, now and then with an unusual last letter."""
    key = _b64(chance.randbytes(16))
    odd = chance.random() < 0.1
    return (f"{key[:21]}{chance.choice('+/Bz9')}==" if odd else key,)


accept_key = Compared(
    "accept_key",
    "`accept_key(key: str) -> str`. Exercise 1 of notebook 02.",
    takes=["key"],
    way=accepted,
    cases=[Case(key) for key in KEYS],
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise=f"{KEYS[0]} gives {accepted(KEYS[0])}, the RFC's pair fits, and so do "
    "2 more keys and 200 at random.",
    due=_due,
    alone=_by_itself,
    unexplained=_looked_into,
)
