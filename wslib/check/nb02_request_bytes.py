"""Exercise 3 of notebook 02: type the whole request. RFC 6455, section 4.1.

The bytes are read as a server reads them, and the faults named in the order in which it
meets them: are these bytes at all, are they lines, do the lines end where the headers
end, is it HTTP, is it a WebSocket handshake, is it the one that was asked for. In the
end a live server is asked, too.
"""

import base64
import contextlib
import difflib
import random
import re
import socket
from collections.abc import Sequence
from typing import Any

from wslib import handshake, http1
from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.sandbox import Outcome, attempt, quiet
from wslib.check.values import alike
from wslib.check.verdict import Found, brief, called
from wslib.check.words import TWICE
from wslib.errors import HandshakeError
from wslib.http1 import Request
from wslib.server import EchoServer

ASKED = (  # host, target, key
    ("server.example", "/chat", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("127.0.0.1:1234", "/", "f7cb4ezEAl6C3wRaU6JORA=="),
    ("localhost", "/chat?room=1&to=a%20b", "Fx8nLzc/R09XX2dvd3+Hjw=="),
)
# A header in the middle of a line that has begun with another, or with the method.
_RUN_TOGETHER = re.compile(
    rb"(?:HTTP/1\.1|: ?\S)[^\r\n]*?"
    rb"(Host|Upgrade|Connection|Sec-WebSocket-(?:Key|Version)): ?\S"
)


def requested(host: str, target: str, key: str) -> bytes:
    """Return a request that opens a WebSocket; others do as well."""
    return handshake.build_request(host, target, key=key).serialize()


def _arrived(value: Any) -> tuple[str | None, ...] | None:
    """Return the host, the target and the key that a server reads; None if it can't."""
    if _fault(value) is not None:
        return None
    request = http1.parse_request(bytes(value))[0]  # type: ignore[index]
    return request.get("Host"), request.target, request.get("Sec-WebSocket-Key")


def _as_good(value: Any, due: Any) -> Any:
    """Return what is due in the place of any request that asks for the same."""
    return due if _arrived(value) == _arrived(due) else value


def _fault(value: Any, host: str | None = None) -> Found | None:
    """Say what keeps a server from reading a request, whatever was asked for."""
    if not isinstance(value, bytes | bytearray | memoryview):
        return _not_bytes(value)
    data = bytes(value)
    return _not_lines(data) or _not_a_request(data, host)


_AS_IT_IS = "goes in as it is, nothing added and nothing left out."


# --- what is wrong --------------------------------------------------------------------


def _by_itself(answer: Any, call: Call, outcome: Outcome) -> Found | None:
    """Say what is wrong with one request; None if nothing came."""
    if outcome.value is None:
        return None
    if found := _fault(outcome.value, call.arguments[0]):
        return found
    read = ", ".join(map(repr, _arrived(outcome.value) or ()))
    asked = called("request_bytes", call.arguments)
    return (
        "wrong-answer",
        f"{asked}: a server reads {read}.",
        f"Each argument {_AS_IT_IS}",
    )


def _read(answer: Any, calls: Sequence[Call], seen: Sequence[Outcome]) -> Found | None:
    """Say what is wrong with the shortest request that is."""
    pairs = enumerate(zip(seen, calls, strict=False))
    wrong = [i for i, (o, call) in pairs if not request_bytes.fulfils(o, call)]
    place = min(wrong, key=lambda i: (i > len(ASKED)) * len(repr(calls[i].arguments)))
    remembers = 0 not in wrong and len(ASKED) in wrong  # the first one, asked again
    place = len(ASKED) if remembers else place
    call, value = calls[place], seen[place].value
    if value is None:
        return None
    if found := _fault(value, call.arguments[0]):
        mistake, evidence, hint = found
        if remembers:
            mistake, hint = "not-the-same-twice", TWICE
        if place:
            evidence = f"{called('request_bytes', call.arguments)}: {evidence}"
        return mistake, evidence, hint
    every = [arrived for outcome in seen if (arrived := _arrived(outcome.value))]
    varies = not alike(seen[0], seen[len(ASKED)])
    return _other_argument(call, _arrived(value), every, varies)


def _other_argument(
    call: Call, arrived: Any, every: Sequence[Any], varies: bool
) -> Found:
    """Say which argument did not arrive, in a request that is else right."""
    names = ("host", "target", "key")
    at = next(i for i in range(3) if arrived[i] != call.arguments[i])
    what = ("Host", "resource name", "Sec-WebSocket-Key")[at]
    said, wanted, name = arrived[at], call.arguments[at], names[at]
    evidence = f"The {what} is {brief(said)}; the function was given {wanted!r}."
    if said in call.arguments:
        other = names[call.arguments.index(said)]
        evidence = f"The {what} is {said!r}: that is the {other}, not the {name}."
        return "arguments-swapped", evidence, "Put each argument where it belongs."
    if len(every) > 1 and all(each[at] == said for each in every):
        hint = f"Put the argument `{name}` where the constant stands."
        return "argument-ignored", evidence, hint
    if varies:
        evidence = f"The {what} is not what the function was given, {wanted!r}."
    return "argument-changed", evidence, f"`{name}` {_AS_IT_IS}"


def _not_bytes(value: object) -> Found:
    """Say what was returned instead of bytes."""
    if isinstance(value, str):
        hint = "A socket takes bytes: `.encode('ascii')` is missing."
        return "text-not-bytes", "You returned text (str).", hint
    evidence = f"You returned {type(value).__name__}, not bytes."
    if isinstance(value, list | tuple):
        hint = "Join the lines to one text, `'\\r\\n'.join(…)`, and encode that."
        return "not-joined", evidence, hint
    return "wrong-type", evidence, "A socket takes bytes, and nothing else."


def _not_lines(data: bytes) -> Found | None:
    """Say what keeps the bytes from being lines of text with a blank one at the end."""
    if not data.strip():
        return "empty", f"You returned {brief(data)}.", "The lines are missing."
    head, _, behind = data.partition(b"\r\n\r\n")
    if b"\0" in head:
        evidence = f"It begins with {brief(data[:12])}: every other byte is zero."
        hint = "That is UTF-16 or UTF-32. HTTP's lines are ASCII: `.encode('ascii')`."
        return "utf-16", evidence, hint
    if not head.isascii():
        place = next(i for i, byte in enumerate(data) if byte > 127)
        line = data[: data.find(b"\n", place)].rsplit(b"\n", 1)[-1]
        shown = line.decode("utf-8", "replace").strip()
        return (
            "not-ascii",
            f"In the line {shown!r} there is a character beyond ASCII.",
            "A hyphen is `-`; a longer dash looks alike and is another character. "
            "`.encode('ascii')` would have told.",
        )
    if literal := re.search(rb"\{(host|target|key)\}", data):
        evidence = f"`{literal[0].decode()}` stands in it as it is, braces and all."
        hint = 'Only an f-string puts the value there: `f"…"`.'
        return "f-missing", evidence, hint
    if b"\\r" in data or b"\\n" in data:
        return (
            "escaped-line-end",
            "There is a backslash followed by a letter in it, not a line end.",
            "In a raw string (r'…') `\\r` is two characters; `repr` and `\\\\r` make "
            "two of it, too.",
        )
    return (_line_ends(data) if behind.isascii() else None) or _blank_line(data)


def _line_ends(data: bytes) -> Found | None:
    """Say how the lines end, if not with CR LF."""
    if b"\n" not in data and b"\r" not in data:
        return (
            "no-line-ends",
            f"There is no line end in it. It begins with {brief(data[:12])}.",
            "Six lines, each of which ends with CR LF, `\\r\\n`; and not encoded, but "
            "as they are.",
        )
    rule = "HTTP's lines end with CR LF: `\\r\\n` (RFC 9112, section 2.2)."
    pairs = data.count(b"\r\n")
    lone_lf, lone_cr = data.count(b"\n") - pairs, data.count(b"\r") - pairs
    if data.count(b"\n\r") == data.count(b"\n") > 0:
        return "lf-cr", "The lines end with LF CR (0a 0d).", rule
    if not pairs and lone_lf:
        return "lf-only", "The lines end with LF (0a) alone.", rule
    if not pairs and lone_cr:
        return "cr-only", "The lines end with CR (0d) alone.", rule
    if not lone_lf and not lone_cr:
        return None
    which, end = (rb"(?<!\r)\n", "LF") if lone_lf else (rb"\r(?!\n)", "CR")
    before = re.split(which, data, maxsplit=1)[0]
    line = re.split(rb"[\r\n]", before)[-1].decode()
    if not line:
        rule += (
            " In a triple-quoted string each line ends with `\\n` already; what you "
            "typed comes on top."
        )
        return "mixed-line-ends", f"A blank line ends with {end} alone.", rule
    if lone_lf + lone_cr == 1:
        rule += " Did it come along with a value?"
    return "mixed-line-ends", f"The line {line!r} ends with {end} alone.", rule


def _blank_line(data: bytes) -> Found | None:
    """Say what is wrong at the top, at the end, or with the blank line between."""
    if data[:1] in b"\r\n \t":
        hint = "The method comes first. A triple-quoted string starts with a newline."
        return "leading-space", f"It begins with {brief(data[:12])}.", hint
    if run := _RUN_TOGETHER.search(data):
        return (
            "lines-run-together",
            f"{run[1].decode()} does not stand at the beginning of a line.",
            "A line end is missing before it, or a comma between two texts in a list: "
            "Python joins neighbours.",
        )
    head, blank, behind = data.partition(b"\r\n\r\n")
    if not blank:
        how = "ends with one line end" if data.endswith(b"\r\n") else "has no line end"
        last = data.removesuffix(b"\r\n").rpartition(b"\r\n")[2].decode()
        return (
            "no-blank-line",
            f"The last line, {last!r}, {how}, and no blank line follows.",
            "The blank line says that the headers are over. Without it the server "
            "waits for more, and so do you.",
        )
    if not behind:
        return None
    if re.match(rb"[\w-]+:", behind.lstrip()):
        last = head.rpartition(b"\r\n")[2].decode()
        return (
            "blank-line-too-early",
            f"A blank line follows {last!r}, and more headers come behind it.",
            "The first blank line ends the headers, so it comes last. Does a value "
            "bring a line end of its own?",
        )
    many = f"{len(behind)} bytes follow" if len(behind) > 1 else "One byte follows"
    return (
        "bytes-after-blank-line",
        f"{many} the blank line: {behind[:12].hex(' ')}.",
        "After the blank line the server expects frames. It would take "
        f"{behind[:1].hex()} for the first byte of one.",
    )


def _not_a_request(data: bytes, host: str | None) -> Found | None:
    """Say what a server would find wrong, HTTP's rules first."""
    start = data.split(b"\r\n")[0].decode()
    if start.split(" ")[1:-1] == [host]:
        return (
            "arguments-swapped",
            f"The request line is {start!r}, and {host!r} is the host.",
            "The target goes there; the host has a header of its own.",
        )
    try:
        request = http1.parse_request(data)[0]  # type: ignore[index]  # it has an end
    except HandshakeError as error:
        head = data.partition(b"\r\n\r\n")[0].decode()
        hints = (hint for look, hint in _NO_HTTP if re.search(look, head, re.MULTILINE))
        return "not-http", f"A server reads: {error}.", next(hints)
    for problem in handshake.request_problems(request):
        return _broken(request, problem)
    if request.version != "HTTP/1.1":
        return (
            "request-line",
            f"The request line says {request.version}.",
            "This way of opening a WebSocket is that of HTTP/1.1. HTTP/2 has another "
            "(RFC 8441), without Upgrade and without a key.",
        )
    return None


# What to look at in a request that is no HTTP, by what is found in its lines.
# fmt: off
_NO_HTTP = [
    (r"^[ \t]", "A line begins with a blank. (The lines of a triple-quoted string keep "
        "their indentation.)"),
    (r"\nGET ", "The line with `GET` is the first one, before the headers."),
    (r"\n[\w-]+[ \t]+:", "No space between a header's name and its colon."),
    ("^[\"']", "The quotation marks are in it: was a list or a `repr` put in?"),
    (r"\n[^:\r]*(\r|\Z)", "Between a header's name and its value there is a colon."),
    (r"\A(?!GET /\S* HTTP/1\.1(\r|\Z))", "The first line has three parts with one "
        "space between: `GET`, a path that begins with `/`, `HTTP/1.1`."),
    ("", "Print your bytes, one line of the request to a line."),
]
# For the section that a problem names: the header, and what to say of it.
_RULES = {
    "4.2.1, item 2": ("Host", "It says which of its sites the server should be."),
    "4.2.1, item 3": ("Upgrade", "It says which protocol comes next: `websocket`."),
    "4.2.1, item 4": ("Connection", "Its list holds `Upgrade`, or nobody looks at the "
        "Upgrade header."),
    "4.2.1, item 5": ("Sec-WebSocket-Key", "The key goes in as it is: 24 characters, "
        "no quotation marks, not encoded again."),
    "4.2.1, item 6": ("Sec-WebSocket-Version", "Version 13 is RFC 6455."),
    "4.4": ("Sec-WebSocket-Version", "`13`, and nothing else, is RFC 6455."),
}
# fmt: on


def _broken(request: Request, problem: HandshakeError) -> Found:
    """Say which rule of the handshake is broken, and by what."""
    evidence = f"A server finds: {problem}."
    if "more than one" in problem.message:
        return "header-twice", evidence, "Once is enough."
    if problem.section not in _RULES:
        return "request-line", evidence, "The first line is `GET /… HTTP/1.1`."
    name, hint = _RULES[problem.section]
    mistake, said = name.rpartition("-")[2].lower(), request.get(name)
    if said is not None:
        if repr(said) not in problem.message:
            evidence += f" It says {brief(said)}."
        return mistake, evidence, hint
    known = {header.lower() for header, _ in _RULES.values()}
    names = {other.lower(): other for other, _ in request.headers}
    names = {lower: other for lower, other in names.items() if lower not in known}
    if near := difflib.get_close_matches(name.lower(), names, cutoff=0.75):
        hint = f"There is {names[near[0]]!r}. The name is {name!r}."
        return "header-misspelt", evidence, hint
    return f"no-{mistake}", evidence, f"The line `{name}: …` is missing. {hint}"


def _refused(function: Any) -> Found | None:
    """Send a request to a live server; say so if it is not answered by 101."""
    answer = b""
    with quiet():
        data = attempt(function, *ASKED[1]).value
    with (
        EchoServer() as server,
        socket.create_connection((server.host, server.port), timeout=2) as sock,
        contextlib.suppress(OSError),  # the server hung up, and not gently
    ):
        sock.sendall(data)
        while b"\r\n\r\n" not in answer and (more := sock.recv(4096)):
            answer += more
    status = answer.split(b" ")[1:2]
    if status == [b"101"]:
        return None
    said = f"answered {status[0].decode()}" if status else "hung up without an answer"
    return (
        "server-refuses",
        f"No rule that this check knows is broken, but a live server {said}.",
        "Each line by itself is allowed; which of them does the server not expect? "
        "Compare with the request at the top of the page.",
    )


# --- the exercise ---------------------------------------------------------------------


def _sampled(chance: random.Random) -> tuple[str, str, str]:
    """Return a host with a port or without, a target with a query or without, a key."""
    host = chance.choice(
        ["server.example", "localhost", "127.0.0.1", "[::1]", "KEY.test"]
    )
    parts = ["chat", "", "a%20b", "key", "~me:1", "host;v=1", "target,2", "HTTP"]
    target = "/" + "/".join(chance.sample(parts, chance.randrange(4)))
    query = chance.choice(["", "", "?", "?room=1", "?a=b&c=%2F", "?to=ws://host/?x"])
    key = base64.b64encode(chance.randbytes(16)).decode()
    return host + chance.choice(["", ":1234"]), target + query, key


request_bytes = Compared(
    "request_bytes",
    "`request_bytes(host, target, key) -> bytes`. Exercise 3 of notebook 02.",
    takes=["host", "target", "key"],
    way=requested,
    cases=[Case(*arguments) for arguments in ASKED],
    sampler=_sampled,
    praise="Nothing in it breaks a rule of section 4.1, nor in 200 more for a host, a "
    "target and a key at random. A live server answered 101.",
    plain=_as_good,
    due=lambda call: "six lines and a blank one are due, as bytes",
    alone=_by_itself,
    unexplained=_read,
    further=_refused,
)
