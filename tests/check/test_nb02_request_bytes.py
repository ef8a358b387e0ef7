"""Exercise 3 of notebook 02: answers in several styles, and the wrong ones by name."""

import functools
import http.client
import io
from base64 import b64encode
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hostile import assert_named, assert_right

from wslib import check, handshake
from wslib.check.nb02_request_bytes import request_bytes as exercise

SEED = "f7cb4ezEAl6C3wRaU6JORA=="
accept = handshake.accept_key


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


def by_template(host: str, target: str, key: str) -> bytes:
    text = """GET {target} HTTP/1.1
Host: {host}
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: {key}

"""
    filled = text.format(target=target, host=host, key=key)
    return filled.replace("\n", "\r\n").encode("ascii")


def by_percent(host: str, target: str, key: str) -> bytes:
    request = b"GET %b HTTP/1.1\r\nHost:%b\r\nUPGRADE: WEBSOCKET\r\n"
    request += b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    return request % (target.encode(), host.encode()) + (
        b"Sec-WebSocket-Key: %b\r\n\r\n" % key.encode()
    )


def in_a_set(host: str, target: str, key: str) -> bytes:
    first, *rest = lines(host, target, key)
    return joined([first, *set(rest)])


def piece_by_piece(host: str, target: str, key: str) -> bytes:
    out = io.BytesIO()
    for line in lines(host, target, key):
        out.write(line.encode("utf-8"))
        out.write(b"\r\n")
    out.write(bytes([13, 10]))
    return out.getvalue()


def by_http_client(host: str, target: str, key: str) -> bytes:
    connection = http.client.HTTPConnection("127.0.0.1")
    sent: list[bytes] = []
    connection.send = sent.append  # type: ignore[method-assign, assignment]
    connection.putrequest("GET", target, skip_host=True, skip_accept_encoding=True)
    for line in lines(host, target, key)[1:]:
        name, _, value = line.partition(": ")
        connection.putheader(name, value)
    connection.endheaders()
    return b"".join(sent)


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
        by_template,
        by_percent,
        in_a_set,
        piece_by_piece,
        by_http_client,
        functools.partial(lambda end, h, t, k: joined(lines(h, t, k), end), "\r\n\r\n"),
        lambda host, target, key, version=13: request_bytes(host, target, key),
        lambda h, t, k: handshake.build_request(h, t, key=k, origin="null").serialize(),
    ],
)
def test_every_right_request_is_right(function: Any) -> None:
    verdict = check.request_bytes(function)
    assert_right(verdict)
    assert "101" in verdict.evidence


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
    (lambda h, t, k: joined(lines(h, t, k)[:1], "\r\n"), "no-blank-line", "'GET /"),
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
        lambda h, t, k: request_bytes(h, t, k) + bytes.fromhex("8180000d0a00"),
        "bytes-after-blank-line",
        "81 80 00",
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
    (lambda h, t, k: joined(lines(h, t, k), "\r\n ") + b"\r\n", "no-blank-line", ""),
    (other(lambda x: [x[0], *(" " + y for y in x[1:])]), "not-http", "with a blank"),
    (other(lambda x: [x[1], x[0], *x[2:]]), "not-http", "before the headers"),
    (other(lambda x: [x[0], *(f'"{y}"' for y in x[1:])]), "not-http", "quotation"),
    (
        lambda h, t, k: repr(request_bytes(h, t, k)).encode(),
        "bytes-in-quotes",
        "quotes",
    ),
    (lambda h, t, k: rb"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "escaped-line-end", "raw"),
    (
        lambda h, t, k: " ".join(lines(h, t, k)).encode() + b"\r\n\r\n",
        "lines-run-together",
        "Host",
    ),
    (
        lambda h, t, k: "".join(lines(h, t, k)).encode() + b"\r\n\r\n",
        "lines-run-together",
        "Host",
    ),
    (
        other(lambda x: [x[0], x[1] + x[2], *x[3:]]),
        "lines-run-together",
        "Upgrade does",
    ),
    (lambda h, t, k: request_bytes(h, t, k).hex().encode(), "hex-not-bytes", "474554"),
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


@pytest.mark.parametrize(("wrong", "mistake", "said"), WRONG_REQUEST)
def test_a_wrong_request_is_named(wrong: Any, mistake: str, said: str) -> None:
    assert_named(check.request_bytes(wrong), mistake, said)


# What no fixed request shows.
TEMPLATE = joined(lines("host", "target", "key")).decode()


def by_replacing(host: str, target: str, key: str) -> bytes:
    text = TEMPLATE.replace("Key: key", f"Key: {key}").replace("target", target)
    return text.replace("host", host).encode()


def remembers(host: str, target: str, key: str, seen: Any = []) -> bytes:  # noqa: B006
    seen.append(key)
    return request_bytes(host, target, seen[0])


def every_other(host: str, target: str, key: str, seen: Any = []) -> bytes:  # noqa: B006
    seen.append(key)
    return request_bytes(host, target, key if len(seen) < 4 else SEED)


def with_more_headers_each_time(
    host: str,
    target: str,
    key: str,
    headers: Any = ["Upgrade: websocket", "Connection: Upgrade"],  # noqa: B006
) -> bytes:
    headers += lines(host, target, key)[4:]
    return joined([f"GET {target} HTTP/1.1", f"Host: {host}", *headers])


def a_blank_behind_a_question_mark(host: str, target: str, key: str) -> bytes:
    return request_bytes(host, target.replace("?", "? "), key)


LATER: list[tuple[Callable[..., Any], str, str]] = [
    (
        lambda h, t, k: request_bytes(h, t.split("?")[0], k),
        "argument-changed",
        "given '/chat?room=1&to=a%20b'",
    ),
    (lambda h, t, k: request_bytes(h, quote(t), k), "argument-changed", "%3Froom"),
    (lambda h, t, k: request_bytes(h, t.lower(), k), "argument-changed", "'/HTTP"),
    (lambda h, t, k: request_bytes(h.lower(), t, k), "argument-changed", "'KEY.test"),
    (lambda h, t, k: request_bytes(h.strip("[]"), t, k), "argument-changed", "[::1]'"),
    (
        lambda h, t, k: request_bytes(h, "/" + t.strip("/"), k),
        "argument-changed",
        "nothing added",
    ),
    (
        lambda h, t, k: request_bytes(h, t.replace("//", "/"), k),
        "argument-changed",
        "//",
    ),
    (
        lambda h, t, k: request_bytes(h, t, k.replace("+", " ")),
        "key",
        "request_bytes('localhost', '/chat?room=1",
    ),
    (a_blank_behind_a_question_mark, "not-http", "request_bytes('localhost'"),
    (by_replacing, "argument-changed", "The resource name is"),
    (remembers, "argument-ignored", "`key`"),
    (
        with_more_headers_each_time,
        "not-the-same-twice",
        "request_bytes('server.example', '/chat', 'dGhlIHNhbXBsZSBub25jZQ==')",
    ),
    (every_other, "not-the-same-twice", "a server reads 'server.example', '/chat'"),
    (lambda h, t, k: (request_bytes(h, t, k),), "comma-at-the-end", "tuple"),
    (lambda h, t, k: str(request_bytes(h, t, k)), "bytes-in-quotes", "quotes and all"),
]


@pytest.mark.parametrize(("wrong", "mistake", "said"), LATER)
def test_what_is_not_as_it_was_asked_for_is_told(
    wrong: Any, mistake: str, said: str
) -> None:
    assert_named(check.request_bytes(wrong), mistake, said)


def test_a_host_a_target_and_a_key_of_every_kind_are_asked_for() -> None:
    hosts, targets, keys = zip(*(c.arguments for c in exercise.samples), strict=True)
    assert any(":" in host for host in hosts) and any(":" not in host for host in hosts)
    assert any("?" in target for target in targets) and "/" in targets
    assert any("+" in key for key in keys) and any("/" in key for key in keys)
