"""The check of exercise 3 in notebook 02: read a request as a server would.

In the order in which a server meets the faults: are these bytes at all, are they lines,
do the lines end where the headers end, is it HTTP, is it a WebSocket handshake, is it
the one that was asked for. In the end a live server is asked, too.
"""

import contextlib
import difflib
import re
import socket
from collections.abc import Sequence
from typing import Any, NamedTuple

from wslib import handshake, http1
from wslib.check.attempt import Verdict, attempt, brief, fault
from wslib.check.diagnosis import misfit, never_raises
from wslib.errors import HandshakeError
from wslib.http1 import Request
from wslib.server import EchoServer

# What the function is asked for, twice: host, target, key.
ASKED = (
    ("server.example", "/chat", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("127.0.0.1:1234", "/", "f7cb4ezEAl6C3wRaU6JORA=="),
)


# A header in the middle of a line that has begun with another, or with the method.
_RUN_TOGETHER = re.compile(
    rb"(?:HTTP/1\.1|: ?\S)[^\r\n]*?"
    rb"(Host|Upgrade|Connection|Sec-WebSocket-(?:Key|Version)): ?\S"
)


class _Found(NamedTuple):
    """A fault: the name of the mistake, what was seen, what to do."""

    mistake: str
    evidence: str
    hint: str


@never_raises
def request_bytes(function: Any) -> Verdict:
    """Check ``request_bytes(host, target, key)``. Exercise 3 of notebook 02."""
    exercise = "request_bytes"
    if verdict := misfit(exercise, function, ["host", "target", "key"]):
        return verdict
    requests: list[Request] = []
    found: _Found | None = None
    for arguments in ASKED:
        outcome = attempt(function, *arguments)
        if verdict := fault(exercise, function, outcome):
            return verdict
        found = _not_bytes(outcome.value)
        if found is None:
            data = bytes(outcome.value)
            found = _not_lines(data, arguments) or _not_a_request(data, arguments)
        if found is not None:
            break
        requests.append(http1.parse_request(data)[0])  # type: ignore[index]
    else:
        found = _other_arguments(requests) or _refused(data)
    if found is not None:
        return Verdict(exercise=exercise, right=False, **found._asdict())
    return Verdict(
        exercise=exercise,
        right=True,
        evidence="Nothing in it breaks a rule of section 4.1. A live server answered "
        "101.",
    )


def _not_bytes(value: object) -> _Found | None:
    """Say what was returned instead of bytes."""
    if isinstance(value, bytes | bytearray | memoryview):
        return None
    if isinstance(value, str):
        return _Found(
            "text-not-bytes",
            "You returned text (str).",
            "A socket takes bytes: `.encode('ascii')` is missing.",
        )
    evidence = f"You returned {type(value).__name__}, not bytes."
    if isinstance(value, list | tuple):
        hint = "Join the lines to one text, `'\\r\\n'.join(…)`, and encode that."
        return _Found("not-joined", evidence, hint)
    return _Found("wrong-type", evidence, "A socket takes bytes, and nothing else.")


def _not_lines(data: bytes, arguments: Sequence[str]) -> _Found | None:
    """Say what keeps the bytes from being lines of text with a blank one at the end."""
    if not data.strip():
        return _Found("empty", f"You returned {brief(data)}.", "The lines are missing.")
    if b"\0" in data:
        return _Found(
            "utf-16",
            f"It begins with {brief(data[:12])}: every other byte is zero.",
            "That is UTF-16 or UTF-32. HTTP's lines are ASCII: `.encode('ascii')`.",
        )
    if not data.isascii():
        place = next(i for i, byte in enumerate(data) if byte > 127)
        line = (
            data[: data.find(b"\n", place)]
            .rsplit(b"\n", 1)[-1]
            .decode("utf-8", "replace")
        )
        return _Found(
            "not-ascii",
            f"In the line {line.strip()!r} there is a character beyond ASCII.",
            "A hyphen is `-`; a longer dash looks alike and is another character. "
            "`.encode('ascii')` would have told.",
        )
    if literal := re.search(rb"\{(host|target|key)\}", data):
        return _Found(
            "f-missing",
            f"`{literal[0].decode()}` stands in it as it is, braces and all.",
            'Only an f-string puts the value there: `f"…"`.',
        )
    if b"\\r" in data or b"\\n" in data:
        return _Found(
            "escaped-line-end",
            "There is a backslash followed by a letter in it, not a line end.",
            "In a raw string (r'…') `\\r` is two characters; `repr` and `\\\\r` make "
            "two of it, too.",
        )
    return _line_ends(data) or _blank_line(data)


def _line_ends(data: bytes) -> _Found | None:
    """Say how the lines end, if not with CR LF."""
    if b"\n" not in data and b"\r" not in data:
        return _Found(
            "no-line-ends",
            f"There is no line end in it. It begins with {brief(data[:12])}.",
            "Six lines, each of which ends with CR LF, `\\r\\n`; and not encoded, but "
            "as they are.",
        )
    rule = "HTTP's lines end with CR LF: `\\r\\n` (RFC 9112, section 2.2)."
    pairs = data.count(b"\r\n")
    lone_lf, lone_cr = data.count(b"\n") - pairs, data.count(b"\r") - pairs
    if data.count(b"\n\r") == data.count(b"\n") > 0:
        return _Found("lf-cr", "The lines end with LF CR (0a 0d).", rule)
    if not pairs and lone_lf:
        return _Found("lf-only", "The lines end with LF (0a) alone.", rule)
    if not pairs and lone_cr:
        return _Found("cr-only", "The lines end with CR (0d) alone.", rule)
    if not lone_lf and not lone_cr:
        return None
    which, end = (rb"(?<!\r)\n", "LF") if lone_lf else (rb"\r(?!\n)", "CR")
    before = data[: re.search(which, data).start()]  # type: ignore[union-attr]
    line = re.split(rb"[\r\n]", before)[-1].decode()
    evidence = (
        f"The line {line!r} ends with {end} alone."
        if line
        else (f"A blank line ends with {end} alone.")
    )
    if not line:
        rule += (
            " In a triple-quoted string each line ends with `\\n` already; what you "
            "typed comes on top."
        )
    elif lone_lf + lone_cr == 1:
        rule += " Did it come along with a value?"
    return _Found("mixed-line-ends", evidence, rule)


def _blank_line(data: bytes) -> _Found | None:
    """Say what is wrong at the top, at the end, or with the blank line between."""
    if data[:1] in b"\r\n \t":
        return _Found(
            "leading-space",
            f"It begins with {brief(data[:12])}.",
            "The method comes first. A triple-quoted string starts with a newline.",
        )
    if run := _RUN_TOGETHER.search(data):
        return _Found(
            "lines-run-together",
            f"{run[1].decode()} does not stand at the beginning of a line.",
            "A line end is missing before it, or a comma between two texts in a list: "
            "Python joins neighbours.",
        )
    head, blank, behind = data.partition(b"\r\n\r\n")
    if not blank:
        how = "ends with one line end" if data.endswith(b"\r\n") else "has no line end"
        return _Found(
            "no-blank-line",
            f"The last line {how}, and no blank line follows.",
            "The blank line says that the headers are over. Without it the server "
            "waits for more, and so do you.",
        )
    if not behind:
        return None
    if re.match(rb"[\w-]+:", behind.lstrip()):
        last = head.rpartition(b"\r\n")[2].decode()
        return _Found(
            "blank-line-too-early",
            f"A blank line follows {last!r}, and more headers come behind it.",
            "The first blank line ends the headers, so it comes last. Does a value "
            "bring a line end of its own?",
        )
    many = f"{len(behind)} bytes follow" if len(behind) > 1 else "One byte follows"
    return _Found(
        "bytes-after-blank-line",
        f"{many} the blank line: {behind[:12].hex(' ')}.",
        "After the blank line the server expects frames. It would take "
        f"{behind[:1].hex()} for the first byte of one.",
    )


def _not_a_request(data: bytes, arguments: Sequence[str]) -> _Found | None:
    """Say what a server would find wrong, HTTP's rules first."""
    host, target, _ = arguments
    start = data.split(b"\r\n")[0].decode()
    if start.split(" ")[1:-1] == [host]:
        return _Found(
            "arguments-swapped",
            f"The request line is {start!r}, and {host!r} is the host.",
            "The target goes there; the host has a header of its own.",
        )
    try:
        parsed = http1.parse_request(data)
    except HandshakeError as error:
        return _Found("not-http", f"A server reads: {error}.", _http_hint(data, start))
    assert parsed is not None  # there is a blank line
    request = parsed[0]
    for problem in handshake.request_problems(request):
        return _broken(request, problem)
    if request.version != "HTTP/1.1":
        return _Found(
            "request-line",
            f"The request line says {request.version}.",
            "This way of opening a WebSocket is that of HTTP/1.1. HTTP/2 has another "
            "(RFC 8441), without Upgrade and without a key.",
        )
    return None


def _http_hint(data: bytes, start: str) -> str:
    """Say what to look at in a request that is no HTTP."""
    lines = [line.decode() for line in data.partition(b"\r\n\r\n")[0].split(b"\r\n")]
    if any(line[:1] in " \t" for line in lines):
        return "The lines of a triple-quoted string keep their indentation."
    if any(re.match(r"[\w-]+\s+:", line) for line in lines[1:]):
        return "No space between a header's name and its colon."
    if any(line[:1] in "\"'" for line in lines):
        return "The quotation marks are in it: was a list or a `repr` put in?"
    if any(":" not in line for line in lines[1:]):
        return "Between a header's name and its value there is a colon."
    if not re.fullmatch(r"GET /\S* HTTP/1\.1", start):
        return (
            "The first line has three parts with one space between: `GET`, a path "
            "that begins with `/`, `HTTP/1.1`."
        )
    return "Print your bytes, one line of the request to a line."


# For the section that a problem names: the mistake, the header, what to say of it.
_RULES = {
    "4.2.1, item 2": (
        "host",
        "Host",
        "It says which of its sites the server should be.",
    ),
    "4.2.1, item 3": (
        "upgrade",
        "Upgrade",
        "It says which protocol comes next: `websocket`.",
    ),
    "4.2.1, item 4": (
        "connection",
        "Connection",
        "Its list holds `Upgrade`, or nobody looks at the Upgrade header.",
    ),
    "4.2.1, item 5": (
        "key",
        "Sec-WebSocket-Key",
        "The key goes in as it is: 24 characters, no quotation marks, not encoded "
        "again.",
    ),
    "4.2.1, item 6": ("version", "Sec-WebSocket-Version", "Version 13 is RFC 6455."),
    "4.4": ("version", "Sec-WebSocket-Version", "`13`, and nothing else, is RFC 6455."),
}


def _broken(request: Request, problem: HandshakeError) -> _Found:
    """Say which rule of the handshake is broken, and by what."""
    evidence = f"A server finds: {problem}."
    if "more than one" in problem.message:
        return _Found("header-twice", evidence, "Once is enough.")
    if problem.section not in _RULES:
        return _Found("request-line", evidence, "The first line is `GET /… HTTP/1.1`.")
    mistake, name, hint = _RULES[problem.section]
    said = request.get(name)
    if said is not None:
        if repr(said) not in problem.message:
            evidence += f" It says {brief(said)}."
        return _Found(mistake, evidence, hint)
    known = {rule[1].lower() for rule in _RULES.values()}
    names = {other.lower(): other for other, _ in request.headers}
    names = {lower: other for lower, other in names.items() if lower not in known}
    if near := difflib.get_close_matches(name.lower(), names, cutoff=0.75):
        hint = f"There is {names[near[0]]!r}. The name is {name!r}."
        return _Found("header-misspelt", evidence, hint)
    return _Found(f"no-{mistake}", evidence, f"The line `{name}: …` is missing. {hint}")


def _other_arguments(requests: Sequence[Request]) -> _Found | None:
    """Say which argument did not arrive, in two requests that are else right."""
    for position, (what, name) in enumerate(
        (
            ("Host", "host"),
            ("resource name", "target"),
            ("Sec-WebSocket-Key", "key"),
        )
    ):
        said = [
            (r.get("Host"), r.target, r.get("Sec-WebSocket-Key"))[position]
            for r in requests
        ]
        wanted = [arguments[position] for arguments in ASKED]
        if said == wanted:
            continue
        place = next(i for i in range(2) if said[i] != wanted[i])
        if said[place] in ASKED[place]:
            other = ("host", "target", "key")[ASKED[place].index(str(said[place]))]
            return _Found(
                "arguments-swapped",
                f"The {what} is {said[place]!r}: that is the {other}, not the {name}.",
                "Put each argument where it belongs.",
            )
        if said[0] == said[1]:
            return _Found(
                "argument-ignored",
                f"The {what} is {brief(said[place])}; the function was given "
                f"{wanted[place]!r}.",
                f"Put the argument `{name}` where the constant stands.",
            )
        if wanted[place] in str(said[place]) or str(said[place]) in wanted[place]:
            return _Found(
                "argument-changed",
                f"The {what} is {said[place]!r}; the function was given "
                f"{wanted[place]!r}.",
                f"`{name}` goes in as it is, nothing added and nothing left out.",
            )
        return _Found(
            "argument-changed",
            f"The {what} is not what the function was given, {wanted[place]!r}.",
            f"`{name}` goes in as it is.",
        )
    return None


def _refused(data: bytes) -> _Found | None:
    """Send the request to a live server; say so if it is not answered by 101."""
    answer = b""
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
    return _Found(
        "server-refuses",
        f"No rule that this check knows is broken, but a live server {said}.",
        "Each line by itself is allowed; which of them does the server not expect? "
        "Compare with the request at the top of the page.",
    )
