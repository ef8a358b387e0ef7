"""Exercise 1 of notebook 02: answers in several styles, and the wrong ones by name.

The wrong answers stand here as a student would write them.
"""

import base64
import binascii
import functools
import hashlib
import hmac
import os
import re
import struct
import sys
import uuid
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha1
from typing import Any

import pytest
from hostile import assert_named, assert_right

from wslib import check, handshake
from wslib.check.nb02_accept_key import KEYS

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SEED = "f7cb4ezEAl6C3wRaU6JORA=="


def digest(key: str, guid: str = GUID) -> bytes:
    return sha1((key + guid).encode()).digest()


def accept(key: str, guid: str = GUID) -> str:
    return b64encode(digest(key, guid)).decode()


def hexdigest(key: str) -> str:
    return digest(key).hex()


# --- right ----------------------------------------------------------------------------


def by_update(key: str) -> str:
    state = hashlib.sha1()
    state.update(key.encode("ascii"))
    state.update(GUID.encode("ascii"))
    return str(b64encode(state.digest()), "ascii")


def by_hexadecimal_and_back(key: str) -> str:
    return b64encode(bytes.fromhex(hexdigest(key))).decode()


def by_b2a(key: str) -> str:
    return binascii.b2a_base64(digest(key), newline=False).decode()


def with_a_default(key: str, guid: str = GUID) -> str:
    return accept(key, guid)


class Text(str):
    """A kind of text of one's own."""


class Callable_:
    def __call__(self, key: str) -> str:
        return accept(key)


@pytest.mark.parametrize(
    "function",
    [
        accept,
        by_update,
        by_hexadecimal_and_back,
        by_b2a,
        with_a_default,
        handshake.accept_key,
        lambda key: accept(key.strip()),
        lambda key: Text(accept(key)),
        functools.partial(lambda guid, key: accept(key, guid), GUID),
        Callable_(),
        Callable_().__call__,
    ],
    ids=lambda v: "",
)
def test_accept_key_is_right_in_any_style(function: Any) -> None:
    verdict = check.accept_key(function)
    assert_right(verdict)
    assert "rE91AJhfC+6JdVcVXOGJEADEJdQ=" in verdict.evidence


# --- the catalogue --------------------------------------------------------------------

# What the course's notes print for the seed key: the mistake, its code, its result.
PRINTED: list[tuple[str, Callable[[str], Any], Any]] = [
    (
        "hex-digest",
        lambda key: b64encode(hexdigest(key).encode()).decode(),
        "YWM0Zjc1MDA5ODVmMGJlZTg5NzU1NzE1NWNlMTg5MTAwMGM0MjVkNA==",
    ),
    ("hex-digest", hexdigest, "ac4f7500985f0bee897557155ce1891000c425d4"),
    (
        "key-decoded",
        lambda key: b64encode(
            sha1(base64.b64decode(key) + GUID.encode()).digest()
        ).decode(),
        "FA2pfmY7Y1twWNK3yvs5oDhcKws=",
    ),
    (
        "guid-lower-case",
        lambda key: accept(key, GUID.lower()),
        "hB2zNvAw/AVHgP876NPEPyxPwlo=",
    ),
    (
        "key-with-line-end",
        lambda key: accept(key + "\r\n"),
        "HrlJRbmbFLeQKnQRrsSyplWibu8=",
    ),
    (
        "key-with-space",
        lambda key: accept(" " + key),
        "W5gCrVvaN8BXtypmSGElUYtO/MI=",
    ),
    (
        "guid-first",
        lambda key: accept(GUID, key),
        "xoepR1jpM8MEVM1k6gxmKWE7w5Q=",
    ),
    ("guid-missing", lambda key: accept(key, ""), "b5Ih7hrLqHtSxnCKjBemAjOzoDI="),
    (
        "key-without-padding",
        lambda key: accept(key.rstrip("=")),
        "Cn4nIMOtUOvYi+ctkjJkodAAJFY=",
    ),
    (
        "other-hash",
        lambda key: b64encode(hashlib.md5((key + GUID).encode()).digest()).decode(),
        "SiwZfSzobEMq006EVPOcVQ==",
    ),
    (
        "other-hash",
        lambda key: b64encode(hashlib.sha256((key + GUID).encode()).digest()).decode(),
        "ZpVPewEJk2NHAVzTjYz9NpOmz7piN7/dNHy4F7MtDyU=",
    ),
    (
        "url-safe",
        lambda key: base64.urlsafe_b64encode(digest(key)).decode(),
        "rE91AJhfC-6JdVcVXOGJEADEJdQ=",
    ),
    (
        "str-of-bytes",
        lambda key: str(b64encode(digest(key))),
        "b'rE91AJhfC+6JdVcVXOGJEADEJdQ='",
    ),
    (
        "line-end-at-the-end",
        lambda key: base64.encodebytes(digest(key)).decode(),
        "rE91AJhfC+6JdVcVXOGJEADEJdQ=\n",
    ),
]


@pytest.mark.parametrize(("mistake", "wrong", "printed"), PRINTED, ids=lambda v: "")
def test_each_known_mistake_is_named(mistake: str, wrong: Any, printed: Any) -> None:
    assert wrong(SEED) == printed
    assert_named(check.accept_key(wrong), mistake)


def test_the_rfc_key_goes_wrong_in_the_printed_ways_too() -> None:
    key = "dGhlIHNhbXBsZSBub25jZQ=="
    assert [PRINTED[row][1](key) for row in range(3)] == [
        "YjM3YTRmMmNjMDYyNGYxNjkwZjY0NjA2Y2YzODU5NDViMmJlYzRlYQ==",
        "b37a4f2cc0624f1690f64606cf385945b2bec4ea",
        "BXhwxM0SZasKmCD9S4BfpPmCnEw=",
    ]


@pytest.mark.parametrize(
    ("mistake", "wrong"),
    [
        (
            "guid-lower-case+bytes-not-text",
            lambda k: b64encode(digest(k, GUID.lower())),
        ),
        (
            "key-without-padding+hex-digest",
            lambda k: b64encode(digest(k.rstrip("=")).hex().encode()).decode(),
        ),
        (
            "key-decoded+guid-lower-case",
            lambda k: b64encode(
                sha1(base64.b64decode(k) + GUID.lower().encode()).digest()
            ).decode(),
        ),
        (
            "key-with-line-end+url-safe",
            lambda k: base64.urlsafe_b64encode(digest(k + "\r\n")).decode(),
        ),
        (
            "url-safe+padding-missing",
            lambda k: base64.urlsafe_b64encode(digest(k)).decode().rstrip("="),
        ),
        (
            "url-safe+padding-missing+bytes-not-text",
            lambda k: base64.urlsafe_b64encode(digest(k)).rstrip(b"="),
        ),
        ("hex-digest+bytes-not-text", lambda k: b64encode(hexdigest(k).encode())),
        ("not-hashed+no-base64", lambda k: k + GUID),
    ],
    ids=lambda v: "",
)
def test_mistakes_that_come_together_are_both_named(mistake: str, wrong: Any) -> None:
    verdict = check.accept_key(wrong)
    assert verdict.mistake == mistake
    assert verdict.hint.count(" And: ") == mistake.count("+")


# --- mistakes that no list foresees ---------------------------------------------------


def separately(key: str) -> str:
    return b64encode(
        sha1(key.encode()).digest() + sha1(GUID.encode()).digest()
    ).decode()


def the_guid_behind_the_digest(key: str) -> str:
    return b64encode(sha1(key.encode()).digest() + GUID.encode()).decode()


def hashes_the_hex_digest(key: str) -> str:
    first = hashlib.sha1((key + GUID).encode()).hexdigest()
    return b64encode(hashlib.sha1(first.encode()).digest()).decode()


def in_utf_16(key: str) -> str:
    return b64encode(sha1((key + GUID).encode("utf-16")).digest()).decode()


def the_uuid_in_hexadecimal(key: str) -> str:
    return accept(key, uuid.UUID(GUID).hex)


def the_uuid_in_another_byte_order(key: str) -> str:
    return b64encode(sha1(key.encode() + uuid.UUID(GUID).bytes_le).digest()).decode()


def the_key_in_hexadecimal(key: str) -> str:
    return accept(base64.b64decode(key).hex())


def the_whole_header(key: str) -> str:
    return accept("Sec-WebSocket-Key: " + key)


def with_the_end_of_the_line_behind(key: str) -> str:
    return accept(key, GUID + "\n")


def quoted(key: str) -> str:
    return accept(key, f'"{GUID}"')


def the_name_instead(key: str) -> str:
    return accept(key, "GUID")


def sorted_letters(key: str) -> str:
    return accept("".join(sorted(key + GUID)), "")


def a_cut_sha_512(key: str) -> str:
    return b64encode(
        hashlib.new("sha512", (key + GUID).encode()).digest()[:20]
    ).decode()


def other_byte_order(key: str) -> str:
    words = struct.unpack(">5I", digest(key))
    return b64encode(struct.pack("<5I", *words)).decode()


def the_repr_of_the_digest(key: str) -> str:
    return b64encode(str(digest(key)).encode()).decode()


def braces_left(key: str) -> str:
    return accept("{key}{GUID}", "")


def with_an_import_of_its_own(key: str) -> str:
    import hashlib

    return b64encode(hashlib.sha1((key + "guid").encode()).digest()).decode()


def twice(key: str) -> str:
    return b64encode(sha1(digest(key)).digest()).decode()


_STATE = sha1()


def one_state_for_all(key: str) -> str:
    _STATE.update((key + GUID).encode())
    return b64encode(_STATE.digest()).decode()


def somebody_elses_key(key: str) -> str:
    return accept("dGhlIHNhbXBsZSBub25jZQ==")


FED = [
    (separately, "several-hashes", "of b'f7cb4ezEAl6C3wRaU6JORA==', and of b'258EAFA5"),
    (the_guid_behind_the_digest, "guid-missing", "b'f7cb4ezEAl6C3wRaU6JORA==' (24"),
    (hashes_the_hex_digest, "several-hashes", "b'ac4f7500985f0bee8975"),
    (in_utf_16, "utf-16", "ff fe 66 00"),
    (the_uuid_in_hexadecimal, "guid-changed", "b'258eafa5e91447da95ca"),
    (the_uuid_in_another_byte_order, "guid-changed", "a5 af 8e 25 14 e9"),
    (the_key_in_hexadecimal, "key-changed", "b'7fb71be1ecc4025e82df045a53a24e44'"),
    (the_whole_header, "something-around-it", "b'Sec-WebSocket-Key: ' before"),
    (with_the_end_of_the_line_behind, "something-around-it", "0a behind"),
    (quoted, "something-around-it", "between them and b'\"' behind them"),
    (the_name_instead, "guid-changed", "there is b'GUID'"),
    (sorted_letters, "other-text", "b'----0111234445555566778899==AAAA"),
    (a_cut_sha_512, "other-hash", "sha512"),
    (other_byte_order, "not-the-digest", "00 75 4f ac"),
    (the_repr_of_the_digest, "not-20-bytes", "SHA-1 was given the right text"),
    (braces_left, "same-for-every-key", "b'{key}{GUID}' was hashed"),
    (with_an_import_of_its_own, "guid-changed", "there is b'guid'"),
    (twice, "hashed-twice", "Once is the rule"),
    (lambda k: accept(k, f"-{GUID}"), "joined-with-something", "There is a character"),
    (lambda k: accept(k, f"|{GUID}"), "something-around-it", "b'|' between them"),
    (lambda k: accept(k, GUID * 2), "guid-twice", "appended twice"),
    (lambda k: accept(repr(k)), "key-quoted", "quotation marks around it"),
    (lambda k: accept(k + "\n"), "key-with-newline", "Strip it"),
    (lambda k: accept(k, GUID.replace("-", "")), "guid-without-hyphens", "All 36"),
    (somebody_elses_key, "same-for-every-key", "b'dGhlIHNhbXBsZSBub25jZQ==258EA"),
]


@pytest.mark.parametrize(("wrong", "mistake", "said"), FED, ids=lambda v: "")
def test_what_went_into_the_hash_is_seen(wrong: Any, mistake: str, said: str) -> None:
    assert_named(check.accept_key(wrong), mistake, said)


@pytest.mark.parametrize(
    ("guid", "place"),
    [
        (GUID[:-1] + "7", 36),
        ("158EAFA5" + GUID[8:], 1),
        (GUID.replace("47DA", "47AD"), 17),
        (GUID.replace("C5AB", "5AB"), 25),
        (GUID[:-1] + "l", 36),
        (GUID[:-1], 36),
    ],
)
def test_the_mistyped_character_of_the_guid_is_found(guid: str, place: int) -> None:
    verdict = check.accept_key(lambda key: accept(key, guid))
    assert verdict.mistake == "guid-mistyped"
    assert f"look at its character {place}." in verdict.hint


def test_a_mistake_is_described_even_where_nothing_can_be_watched() -> None:
    class Hidden:
        def __call__(self, key: str) -> str:
            return accept(key, GUID[:-1] + "7")

    verdict = check.accept_key(Hidden())
    assert verdict.mistake == "unknown"
    assert "base64 of 20 bytes" in verdict.hint


NOT_AN_ACCEPT: list[tuple[Callable[[str], Any], str]] = [
    (lambda key: key, "key-returned"),
    (lambda key: key[::-1], "not-base64"),
    (lambda key: "", "same-for-every-key"),
    (lambda key: "TODO", "same-for-every-key"),
    (lambda key: accept(key) + "\r\n", "line-end-at-the-end"),
    (lambda key: f"Sec-WebSocket-Accept: {accept(key)}\r\n", "something-around"),
    (lambda key: repr(accept(key)), "something-around"),
    (lambda key: digest(key).hex(" "), "hexadecimal"),
    (lambda key: accept(key).encode().hex(), "hexadecimal"),
    (lambda key: base64.b85encode(digest(key)).decode(), "not-base64"),
    (lambda key: b64encode(digest(key)[::-2] * 2).decode(), "not-the-digest"),
    (lambda key: accept(key).swapcase(), "case"),
    (lambda key: b64encode(os.urandom(20)).decode(), "not-the-same-twice"),
    (lambda key: sha1((key + GUID).encode()), "wrong-type"),
    (lambda key: str(sha1((key + GUID).encode())), "wrong-type"),
    (lambda key: (accept(key),), "comma-at-the-end"),
    (lambda key: [accept(key)], "wrong-type"),
    (lambda key: int(hexdigest(key), 16), "wrong-type"),
    (lambda key: lambda: accept(key), "wrong-type"),
    (lambda key: (accept(key) for _ in "x"), "wrong-type"),
    (lambda key: NotImplemented, "wrong-type"),
    (
        lambda key: b64encode(
            hmac.digest(GUID.encode(), key.encode(), "sha1")
        ).decode(),
        "hmac",
    ),
    (one_state_for_all, "not-the-same-twice"),
    (lambda key: accept(key).lower(), "lower-case"),
    (lambda key: " " + accept(key), "spaces-around"),
    (lambda key: b64encode(accept(key).encode()).decode(), "base64-twice"),
    (lambda key: base64.b32encode(digest(key)).decode(), "base32"),
    (lambda key: hexdigest(key).upper(), "hex-digest"),
    (lambda key: digest(key).decode("utf-8", "ignore"), "no-base64"),
    (lambda key: b64encode(digest(key)[:16]).decode(), "digest-cut"),
    (lambda key: b64encode(digest(key)[::-1]).decode(), "digest-backwards"),
    (lambda key: print(end=""), "returns-nothing"),
    (lambda key: accept(key) if key != KEYS[2] else "no", "some-keys-only"),
    (lambda key: accept(key).replace("/", ""), "some-keys-only"),
    (lambda key: accept(key).replace("+", " "), "not-base64"),
    (lambda key: b64encode(digest(key)[: sha1().digest_size - 1]).decode(), "not-20-b"),
    (lambda key: {k: accept(k) for k in KEYS}[key], "known-keys-only"),
    (lambda key: {k: accept(k) for k in KEYS}.get(key), "known-keys-only"),
    (lambda key: sha1(key + GUID), "raises"),  # type: ignore[operator]
    (lambda key: b64encode(hexdigest(key)), "raises"),  # type: ignore[arg-type]
    (lambda key: digest(key).decode(), "raises"),
    (lambda key: sys.exit(3), "raises"),
    (lambda: GUID, "arguments"),
    (lambda key, guid: accept(key, guid), "arguments"),
    (accept(SEED), "not-a-function"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("wrong", "mistake"), NOT_AN_ACCEPT, ids=lambda v: "")
def test_whatever_comes_back_is_told_what_it_is(wrong: Any, mistake: str) -> None:
    verdict = check.accept_key(wrong)
    assert verdict.right is False
    assert str(verdict.mistake).startswith(mistake)
    assert verdict.evidence and verdict.hint
    assert check.accept_key(wrong) == verdict, "another one the second time"
    assert not re.search("0x[0-9a-f]{6,}", str(verdict)), "an address"


def raises(key: str) -> str:
    raise LookupError("an odd one")


@pytest.mark.parametrize("wrong", [raises, *(wrong for wrong, _, _ in FED)])
def test_no_verdict_gives_the_answer_away(wrong: Any) -> None:
    assert accept(SEED)[:12] not in str(check.accept_key(wrong))
