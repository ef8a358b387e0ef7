"""The way from a key to its accept value, and the wrong turns that people take.

Each tuple is one step of RFC 6455, section 4.2.2, item 5.4; its right turn comes first.
The wrong turns are those of real code and real questions. They combine: a check looks
for the one or two or three of them that explain an answer.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from typing import Any

from wslib.check.attempt import Turn
from wslib.handshake import GUID


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("ascii")


def _join(order: Callable[[bytes, bytes], bytes]) -> Callable[[Any], bytes]:
    return lambda pair: order(_bytes(pair[0]), _bytes(pair[1]))


def _with_guid(guid: str | bytes) -> Callable[[Any], Any]:
    return lambda key: (key, guid)


def _text_only(change: Callable[[str], Any]) -> Callable[[Any], Any]:
    """Return a turn that can be taken only where the value is text."""

    def apply(value: Any) -> Any:
        if not isinstance(value, str):
            raise TypeError("not text")
        return change(value)

    return apply


_HASH = "SHA-1 is the hash that RFC 6455 fixes (section 4.2.2); this is {}."
_FRAMING = (
    "The accept value stands alone here; what surrounds it on the wire comes later."
)

# From the key to the accept value, in eight steps; each step's right turn comes first.
ROUTE: tuple[tuple[Turn, ...], ...] = (
    (
        Turn("", lambda key: key),
        Turn(
            "key-decoded",
            lambda key: base64.b64decode(key),
            "The key was base64-decoded first. It goes in as it stood on the wire: the "
            "24 characters, not the 16 bytes that they encode.",
        ),
        Turn(
            "key-with-line-end",
            lambda key: key + "\r\n",
            "The line end of the header came along with the key. Strip it.",
        ),
        Turn(
            "key-with-newline",
            lambda key: key + "\n",
            "A newline came along with the key. Strip it.",
        ),
        Turn(
            "key-with-space",
            lambda key: " " + key,
            "The space behind the header's colon came along with the key. Strip it.",
        ),
        Turn(
            "key-without-padding",
            lambda key: key.rstrip("="),
            "The `=` at the end of the key were taken off. They belong to the text.",
        ),
        Turn(
            "key-lower-case",
            lambda key: key.lower(),
            "The key was put in lower case. In base64, `a` and `A` are two values.",
        ),
        Turn(
            "key-encoded-again",
            lambda key: _b64(key.encode()),
            "The key was base64-encoded once more. It already is base64: leave it.",
        ),
        Turn(
            "key-missing",
            lambda key: "",
            "The key is not in what was hashed: only the GUID is.",
        ),
        Turn(
            "key-quoted",
            lambda key: repr(key),
            "The key went in with quotation marks around it (its repr).",
        ),
        Turn(
            "key-as-bytes-repr",
            lambda key: str(key.encode()),
            "`str()` of bytes keeps the `b'` and the `'`: the key went in as b'…'.",
        ),
    ),
    (
        Turn("", _with_guid(GUID)),
        Turn(
            "guid-lower-case",
            _with_guid(GUID.lower()),
            "The GUID is in lower case. It is hashed as text, so its case counts: "
            "capital letters, as in section 1.3.",
        ),
        Turn(
            "guid-missing",
            _with_guid(""),
            "The GUID is not in what was hashed. Without it, any server that hashes "
            "could answer, WebSocket or not.",
        ),
        Turn(
            "guid-in-braces",
            _with_guid("{" + GUID + "}"),
            "The GUID went in with braces around it.",
        ),
        Turn(
            "guid-without-hyphens",
            _with_guid(GUID.replace("-", "")),
            "The GUID went in without its hyphens. All 36 characters count.",
        ),
        Turn(
            "guid-as-bytes",
            _with_guid(bytes.fromhex(GUID.replace("-", ""))),
            "The GUID was turned into its 16 bytes. It is 36 characters of text here.",
        ),
        Turn(
            "guid-twice",
            _with_guid(GUID * 2),
            "The GUID was appended twice.",
        ),
    ),
    (
        Turn("", _join(lambda key, guid: key + guid)),
        Turn(
            "guid-first",
            _join(lambda key, guid: guid + key),
            "The GUID stands before the key. It goes behind it.",
        ),
        *(
            Turn(
                "joined-with-something",
                _join(lambda key, guid, glue=glue: key + glue + guid),  # type: ignore[misc]
                f"There is {name} between key and GUID. Nothing goes between them.",
            )
            for glue, name in (
                (b" ", "a space"),
                (b"-", "a hyphen"),
                (b":", "a colon"),
                (b"+", "a plus sign"),
                (b",", "a comma"),
            )
        ),
    ),
    (
        Turn("", lambda text: hashlib.sha1(text).digest()),
        *(
            Turn(
                "other-hash",
                lambda text, name=name: hashlib.new(name, text).digest(),  # type: ignore[misc]
                _HASH.format(shown),
            )
            for name, shown in (
                ("md5", "MD5"),
                ("sha256", "SHA-256"),
                ("sha224", "SHA-224"),
                ("sha384", "SHA-384"),
                ("sha512", "SHA-512"),
                ("sha3_256", "SHA3-256"),
            )
        ),
        Turn(
            "not-hashed",
            lambda text: text,
            "Nothing was hashed: this is the text itself, key and GUID.",
        ),
        Turn(
            "hashed-twice",
            lambda text: hashlib.sha1(hashlib.sha1(text).digest()).digest(),
            "It was hashed twice. Once is the rule.",
        ),
        Turn(
            "hmac",
            lambda text: hmac.new(text[-36:], text[:-36], hashlib.sha1).digest(),
            "This is an HMAC with the GUID as its secret. A plain SHA-1 is the rule: "
            "there is no secret here.",
        ),
    ),
    (
        Turn("", lambda digest: digest),
        Turn(
            "hex-digest",
            lambda digest: digest.hex().encode(),
            "The hexadecimal digest was encoded: 40 letters instead of 20 bytes. "
            "Compare what `.digest()` and `.hexdigest()` return.",
        ),
        Turn(
            "hex-digest-upper-case",
            lambda digest: digest.hex().upper().encode(),
            "The hexadecimal digest was encoded, in capital letters: 40 letters "
            "instead of 20 bytes. Use `.digest()`.",
        ),
        Turn(
            "hex-digest-0x",
            lambda digest: hex(int.from_bytes(digest, "big")).encode(),
            "The digest was written as a hexadecimal number. It is 20 bytes: use "
            "`.digest()`.",
        ),
        Turn(
            "digest-backwards",
            lambda digest: digest[::-1],
            "The bytes of the digest stand in reverse order.",
        ),
        Turn(
            "digest-cut",
            lambda digest: digest[:16],
            "Only the first 16 bytes of the digest were encoded. All 20 count.",
        ),
    ),
    (
        Turn("", _b64),
        Turn(
            "url-safe",
            lambda data: base64.urlsafe_b64encode(data).decode(),
            "This is the URL-safe alphabet, with `-` and `_`. The header takes plain "
            "base64, with `+` and `/`: `base64.b64encode`.",
        ),
        Turn(
            "line-end-at-the-end",
            lambda data: base64.encodebytes(data).decode(),
            "There is a newline at the end: `base64.encodebytes` and `b2a_base64` add "
            "one. It would end the header line too early.",
        ),
        Turn(
            "hex-digest",
            lambda data: data.hex(),
            "This is the hexadecimal digest, 40 letters. The header takes the base64 "
            "of the 20 bytes that they stand for: `.digest()`, then base64.",
        ),
        Turn(
            "hex-digest-upper-case",
            lambda data: data.hex().upper(),
            "This is the hexadecimal digest, 40 letters. The header takes the base64 "
            "of the 20 bytes that they stand for: `.digest()`, then base64.",
        ),
        Turn(
            "no-base64",
            lambda data: data.decode("ascii"),
            "This is not base64 yet: one step is missing.",
        ),
        Turn(
            "no-base64",
            lambda data: data.decode("latin-1"),
            "This is the digest read as text. Most of its bytes are no letters, which "
            "is why a header carries them in base64: one step is missing.",
        ),
        Turn(
            "no-base64",
            lambda data: data,
            "These are the bytes of the digest. A header carries text: base64 is the "
            "last step.",
        ),
        Turn(
            "base64-twice",
            lambda data: _b64(_b64(data).encode()),
            "It was base64-encoded twice.",
        ),
        Turn(
            "base32",
            lambda data: base64.b32encode(data).decode(),
            "This is base32. The header takes base64.",
        ),
    ),
    (
        Turn("", lambda text: text),
        Turn(
            "padding-missing",
            _text_only(lambda text: text.rstrip("=")),
            "The `=` at the end is missing. It is part of the 28 characters.",
        ),
    ),
    (
        Turn("", lambda text: text),
        Turn(
            "bytes-not-text",
            _text_only(lambda text: text.encode()),
            "It is `bytes`, and a header value is text: `.decode('ascii')` is missing.",
        ),
        Turn(
            "str-of-bytes",
            _text_only(lambda text: str(text.encode())),
            "`str()` of bytes gives `b'…'`, quotation marks and all. Use "
            "`.decode('ascii')`.",
        ),
        Turn(
            "whole-header",
            _text_only(lambda text: "Sec-WebSocket-Accept: " + text),
            "The header's name is in it too. " + _FRAMING,
        ),
        Turn(
            "line-end-at-the-end",
            _text_only(lambda text: text + "\r\n"),
            "There is a line end behind it. " + _FRAMING,
        ),
        Turn(
            "lower-case",
            _text_only(str.lower),
            "The value was put in lower case. In base64, `a` and `A` are two values.",
        ),
        Turn(
            "upper-case",
            _text_only(str.upper),
            "The value was put in capital letters. In base64, case counts.",
        ),
        Turn(
            "spaces-around",
            _text_only(lambda text: " " + text),
            "There is a space before it. " + _FRAMING,
        ),
    ),
)
