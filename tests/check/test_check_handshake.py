"""The checks of notebook 02: each known mistake has its name, and so have its like.

The wrong answers stand here as a student would write them.
"""

import base64
import binascii
import contextlib
import functools
import hashlib
import os
import re
import struct
import sys
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator
from hashlib import sha1
from typing import Any

import pytest
from hostile import no_end

from wslib import check, handshake
from wslib.check.accept_route import ROUTE
from wslib.check.attempt import Turn
from wslib.check.ex02_handshake import KEYS

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
SEED = "f7cb4ezEAl6C3wRaU6JORA=="


def digest(key: str, guid: str = GUID) -> bytes:
    return sha1((key + guid).encode()).digest()


def accept(key: str, guid: str = GUID) -> str:
    return b64encode(digest(key, guid)).decode()


def hexdigest(key: str) -> str:
    return digest(key).hex()


# --- accept_key: right ----------------------------------------------------------------


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
    assert (verdict.right, verdict.mistake) == (True, None)
    assert "rE91AJhfC+6JdVcVXOGJEADEJdQ=" in verdict.evidence


# --- accept_key: the catalogue --------------------------------------------------------

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
    verdict = check.accept_key(wrong)
    assert (verdict.right, verdict.mistake) == (False, mistake)


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


def apply(route: tuple[Turn, ...], key: str) -> Any:
    value: Any = key
    for turn in route:
        value = turn.apply(value)
    return value


RIGHT_TURNS = tuple(turns[0] for turns in ROUTE)


def wrong_routes() -> Iterator[tuple[Turn, ...]]:
    """Yield the right way with one wrong turn in it, for each that can be taken."""
    for place, turns in enumerate(ROUTE):
        for turn in turns[1:]:
            route = (*RIGHT_TURNS[:place], turn, *RIGHT_TURNS[place + 1 :])
            # Bytes are decoded as ASCII only behind the hexadecimal digest.
            with contextlib.suppress(UnicodeDecodeError):
                apply(route, SEED)
                yield route


@pytest.mark.parametrize("route", [*wrong_routes()], ids=lambda v: "")
def test_every_wrong_turn_alone_is_named(route: tuple[Turn, ...]) -> None:
    [wrong] = [turn for turn in route if turn.mistake]
    verdict = check.accept_key(lambda key: apply(route, key))
    assert verdict.right is False
    assert verdict.mistake == wrong.mistake
    assert verdict.hint == wrong.hint


# --- accept_key: mistakes that no list foresees ---------------------------------------


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
    (somebody_elses_key, "same-for-every-key", "b'dGhlIHNhbXBsZSBub25jZQ==258EA"),
]


@pytest.mark.parametrize(("wrong", "mistake", "said"), FED, ids=lambda v: "")
def test_what_went_into_the_hash_is_seen(wrong: Any, mistake: str, said: str) -> None:
    verdict = check.accept_key(wrong)
    assert (verdict.right, verdict.mistake) == (False, mistake)
    assert said in f"{verdict.evidence} {verdict.hint}"


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
    (lambda key: (accept(key),), "wrong-type"),
    (lambda key: [accept(key)], "wrong-type"),
    (lambda key: int(hexdigest(key), 16), "wrong-type"),
    (lambda key: lambda: accept(key), "wrong-type"),
    (lambda key: (accept(key) for _ in "x"), "wrong-type"),
    (lambda key: NotImplemented, "wrong-type"),
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
    assert str(check.accept_key(wrong)) == str(verdict), "another text the second time"
    assert not re.search("0x[0-9a-f]{6,}", str(verdict)), "an address"


def test_an_async_or_generator_function_is_no_answer() -> None:
    async def coroutine(key: str) -> str:
        return accept(key)

    def generator(key: str) -> Any:
        yield accept(key)

    assert check.accept_key(coroutine).mistake == "async"
    assert check.accept_key(generator).mistake == "generator"


def test_a_function_that_never_ends_is_stopped() -> None:
    assert check.accept_key(no_end).mistake == "never-ends"


# --- request_bytes --------------------------------------------------------------------


def lines(host: str, target: str, key: str) -> list[str]:
    return [
        f"GET {target} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
    ]


def joined(all_lines: list[str], end: str = "\r\n\r\n") -> bytes:
    return ("\r\n".join(all_lines) + end).encode()


def request_bytes(host: str, target: str, key: str) -> bytes:
    return joined(lines(host, target, key))


def other(change: Callable[[list[str]], list[str]]) -> Callable[..., bytes]:
    """Return a function that makes the right request, its lines changed."""
    return lambda host, target, key: joined(change(lines(host, target, key)))


def replaced(old: str, new: str) -> Callable[..., bytes]:
    return other(lambda all_lines: [line.replace(old, new) for line in all_lines])


def without(start: str) -> Callable[..., bytes]:
    return other(lambda all_lines: [x for x in all_lines if not x.startswith(start)])


@pytest.mark.parametrize(
    "function",
    [
        request_bytes,
        lambda h, t, k: bytearray(request_bytes(h, t, k)),
        lambda h, t, k: memoryview(request_bytes(h, t, k)),
        other(lambda x: [x[0], *x[:0:-1]]),
        other(
            lambda x: [
                x[0],
                *(
                    y.partition(":")[0].lower() + y[len(y.partition(":")[0]) :]
                    for y in x[1:]
                ),
            ]
        ),
        other(lambda x: [*x, "Origin: http://a.example", "User-Agent: me"]),
        other(lambda x: [*x, "Sec-WebSocket-Protocol: chat"]),
        replaced("Connection: Upgrade", "Connection: keep-alive, Upgrade"),
        replaced("Upgrade: websocket", "Upgrade: WebSocket"),
        replaced(": ", ":"),
        lambda h, t, k: b"".join(x.encode() + b"\r\n" for x in [*lines(h, t, k), ""]),
    ],
    ids=lambda v: "",
)
def test_request_bytes_is_right_in_any_style(function: Any) -> None:
    verdict = check.request_bytes(function)
    assert (verdict.right, verdict.mistake) == (True, None)


def key_as(change: Callable[[str], str]) -> Callable[..., bytes]:
    return lambda host, target, key: request_bytes(host, target, change(key))


TRIPLE_QUOTED = """
GET / HTTP/1.1
Host: server.example

"""

WRONG_REQUEST: list[tuple[Callable[..., Any], str, str]] = [
    (without("Host"), "no-host", "`Host: …` is missing"),
    (without("Upgrade"), "no-upgrade", "`Upgrade: …` is missing"),
    (without("Connection"), "no-connection", "`Connection: …` is missing"),
    (without("Sec-WebSocket-Key"), "no-key", "section 4.2.1, item 5"),
    (without("Sec-WebSocket-Version"), "no-version", "section 4.2.1, item 6"),
    (without("GET"), "not-http", "'Host: server.example'"),
    (replaced("GET", "POST"), "request-line", "not POST"),
    (replaced("GET", "get"), "request-line", "not get"),
    (replaced("HTTP/1.1", "HTTP/1.0"), "request-line", "not HTTP/1.0"),
    (replaced("HTTP/1.1", "HTTP/2.0"), "request-line", "RFC 8441"),
    (replaced("HTTP/1.1", "HTTP/2"), "not-http", "'HTTP/2'"),
    (replaced(" HTTP/1.1", ""), "not-http", "three parts"),
    (replaced("GET ", "GET  "), "not-http", "one space"),
    (replaced("Host:", "Host :"), "not-http", "No space"),
    (replaced("Host:", "Host"), "not-http", "a colon"),
    (replaced("Upgrade: ", "Upgrade="), "not-http", "a colon"),
    (
        replaced("Connection: Upgrade", "Connection: keep-alive"),
        "connection",
        "keep-al",
    ),
    (replaced("Connection: Upgrade", "Connection: close"), "connection", "'close'"),
    (replaced("Upgrade: websocket", "Upgrade: ws"), "upgrade", "'ws'"),
    (replaced("Upgrade: websocket", "Upgrade: Upgrade"), "upgrade", "'Upgrade'"),
    (replaced("13", "8"), "version", "'8'"),
    (replaced("Sec-WebSocket-Key", "SecWebSocketKey"), "header-misspelt", "-Key'"),
    (replaced("Sec-WebSocket-Key", "Sec-Websocket-Keys"), "header-misspelt", "Keys'"),
    (replaced("Sec-", "Sec_"), "header-misspelt", "'Sec_WebSocket-Key'"),
    (other(lambda x: [*x, x[1]]), "header-twice", "more than one Host"),
    (other(lambda x: [*x, x[4]]), "header-twice", "more than one Sec-WebSocket-Key"),
    (key_as(lambda k: f'"{k}"'), "key", "no quotation marks"),
    (key_as(repr), "key", "no quotation marks"),
    (key_as(lambda k: str(k.encode())), "key", "not base64"),
    (key_as(lambda k: b64encode(k.encode()).decode()), "key", "24 bytes, not 16"),
    (key_as(lambda k: k.strip("=")), "key", "not base64"),
    (key_as(accept), "key", "20 bytes, not 16"),
    (key_as(lambda k: SEED), "argument-ignored", SEED),
    (key_as(lambda k: handshake.new_key()), "argument-changed", "goes in as it is"),
    (key_as(lambda k: k + "\n"), "mixed-line-ends", "Did it come along"),
    (key_as(lambda k: k + "\r\n"), "blank-line-too-early", "Sec-WebSocket-Key: dGhl"),
    (lambda h, t, k: request_bytes("server.example", t, k), "argument-ignored", "host"),
    (lambda h, t, k: request_bytes(h, "/chat", k), "argument-ignored", "target"),
    (lambda h, t, k: request_bytes(t, h, k), "arguments-swapped", "is the host"),
    (lambda h, t, k: request_bytes(t, t, k), "arguments-swapped", "is the target"),
    (lambda h, t, k: request_bytes("ws://" + h, t, k), "argument-changed", "ws://"),
    (lambda h, t, k: request_bytes(h, f"ws://{h}{t}", k), "argument-changed", "ws://"),
    (lambda h, t, k: request_bytes(h.split(":")[0], t, k), "argument-changed", "1234"),
    (lambda h, t, k: request_bytes(h, t.strip("/"), k), "not-http", "begins with `/`"),
    (lambda h, t, k: request_bytes("{host}", t, k), "f-missing", "`{host}`"),
    (lambda h, t, k: request_bytes(h, t, k).decode(), "text-not-bytes", "encode"),
    (lambda h, t, k: lines(h, t, k), "not-joined", "list"),
    (lambda h, t, k: [x.encode() for x in lines(h, t, k)], "not-joined", "list"),
    (lambda h, t, k: {"Host": h}, "wrong-type", "dict"),
    (lambda h, t, k: len(request_bytes(h, t, k)), "wrong-type", "int"),
    (lambda h, t, k: (x for x in lines(h, t, k)), "wrong-type", "generator"),
    (lambda h, t, k: print(end=""), "returns-nothing", "None"),
    (lambda h, t, k: b"", "empty", "b''"),
    (lambda h, t, k: b"\r\n\r\n", "empty", "0d 0a"),
    (lambda h, t, k: joined(lines(h, t, k), ""), "no-blank-line", "no line end"),
    (lambda h, t, k: joined(lines(h, t, k), "\r\n"), "no-blank-line", "one line end"),
    (
        lambda h, t, k: joined(lines(h, t, k), "\r\n\r\n\r\n"),
        "bytes-after-blank-line",
        "0d 0a",
    ),
    (
        lambda h, t, k: request_bytes(h, t, k) + b"Hello",
        "bytes-after-blank-line",
        "48 65 6c 6c 6f",
    ),
    (
        other(lambda x: [x[0], "", *x[1:]]),
        "blank-line-too-early",
        "'GET /chat HTTP/1.1'",
    ),
    (lambda h, t, k: "\n".join(lines(h, t, k)).encode() + b"\n\n", "lf-only", "0a"),
    (lambda h, t, k: "\r".join(lines(h, t, k)).encode() + b"\r\r", "cr-only", "0d"),
    (
        lambda h, t, k: "\n\r".join(lines(h, t, k)).encode() + b"\n\r\n\r",
        "lf-cr",
        "LF CR",
    ),
    (
        lambda h, t, k: "\n".join(lines(h, t, k)).encode() + b"\r\n\r\n",
        "mixed-line-ends",
        "'GET /chat HTTP/1.1'",
    ),
    (
        lambda h, t, k: joined(lines(h, t, k), "\n\n"),
        "mixed-line-ends",
        "'Sec-WebSocket-Version: 13'",
    ),
    (
        lambda h, t, k: ("\r\n\n".join(lines(h, t, k)) + "\r\n\r\n").encode(),
        "mixed-line-ends",
        "triple-quoted",
    ),
    (lambda h, t, k: TRIPLE_QUOTED.encode(), "lf-only", "0a"),
    (
        lambda h, t, k: TRIPLE_QUOTED.replace("\n", "\r\n").encode(),
        "leading-space",
        "starts with a newline",
    ),
    (other(lambda x: [x[0], *("    " + y for y in x[1:])]), "not-http", "indentation"),
    (other(lambda x: [x[0], *(f'"{y}"' for y in x[1:])]), "not-http", "quotation"),
    (lambda h, t, k: repr(request_bytes(h, t, k)).encode(), "escaped-line-end", "repr"),
    (lambda h, t, k: rb"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "escaped-line-end", "raw"),
    (
        lambda h, t, k: " ".join(lines(h, t, k)).encode() + b"\r\n\r\n",
        "lines-run",
        "Host",
    ),
    (
        lambda h, t, k: "".join(lines(h, t, k)).encode() + b"\r\n\r\n",
        "lines-run",
        "Host",
    ),
    (
        other(lambda x: [x[0], x[1] + x[2], *x[3:]]),
        "lines-run-together",
        "Upgrade does",
    ),
    (lambda h, t, k: request_bytes(h, t, k).hex().encode(), "no-line-ends", "474554"),
    (lambda h, t, k: b64encode(request_bytes(h, t, k)), "no-line-ends", "R0VU"),
    (
        lambda h, t, k: request_bytes(h, t, k).decode().encode("utf-16"),
        "utf-16",
        "zero",
    ),
    (replaced("-", "–"), "not-ascii", "Sec–WebSocket–Key"),
    (
        lambda h, t, k: request_bytes(h, t, k).decode().encode("utf-8-sig"),
        "not-ascii",
        "GET",
    ),
    (other(lambda x: [*x, "Content-Length: 5"]), "server-refuses", "a live server"),
    (lambda h, t, k: "".join(lines(h, t, k)) + b"", "raises", "TypeError"),  # type: ignore[operator]
    (lambda h, t: b"", "arguments", "host, target, key"),
]


@pytest.mark.parametrize(("wrong", "mistake", "said"), WRONG_REQUEST, ids=lambda v: "")
def test_a_wrong_request_is_named(wrong: Any, mistake: str, said: str) -> None:
    verdict = check.request_bytes(wrong)
    assert verdict.right is False
    assert str(verdict.mistake).startswith(mistake)
    assert said in f"{verdict.evidence} {verdict.hint}"
    assert str(check.request_bytes(wrong)) == str(verdict)
