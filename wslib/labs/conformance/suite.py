"""All cases against one server, many at once, in bounded time; a verdict on each.

A wait ends with what it waits for: an answer, a Close, the end of TCP. A server that
should refuse, and says nothing, gets a Close behind the illegal bytes: one that has
taken them for legal will answer that. So silence is seldom waited out.

    opening ─▶ head-ends-once ─▶ hello ─▶ all the others but the handshake's
                                   └────▶ deflate-offer ─▶ compression

Where one of these fails, those behind it would only fail in its place. They are not
tried. Nor are those of compression asked where a server declines the offer, as it may.
"""

import contextlib
import ipaddress
import socket
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from wslib.http1 import parse_response
from wslib.labs.conformance.case import Case, Due, Heard, close, frame
from wslib.labs.conformance.closing import CLOSING, LIMITS
from wslib.labs.conformance.compression import ACCEPTS
from wslib.labs.conformance.frames import FRAMING, OPCODES, PINGS, RESERVED_BITS
from wslib.labs.conformance.messages import FRAGMENTATION, UTF_8
from wslib.labs.conformance.opening import HANDSHAKE, request
from wslib.labs.conformance.report import Findings, Result, Verdict
from wslib.labs.conformance.talk import Talk, Wire

CASES: tuple[Case, ...] = (
    *HANDSHAKE,
    *FRAMING,
    *PINGS,
    *RESERVED_BITS,
    *OPCODES,
    *FRAGMENTATION,
    *UTF_8,
    *CLOSING,
    *LIMITS,
)

_GOODBYE = frame(8, b"\x03\xe8")
_FAILING = close(1002, 1003, 1007, 1008, 1009, 1011)  # it tells of a failure
_PAUSE = 0.05  # seconds between two pieces, so that TCP does not join them
_GRACE = 0.25  # seconds for an answer, before a Close is sent behind illegal bytes
_BEFORE = {
    "opening": ["opening"],
    "head-ends-once": ["opening", "head-ends-once"],
    "hello": ["opening", "head-ends-once", "hello"],
    ACCEPTS.name: ["opening", "head-ends-once", "hello", ACCEPTS.name],
}


def run(
    server: str | Callable[[], Wire],
    cases: Iterable[Case] = CASES,
    *,
    at_once: int = 16,
    patience: float = 2.0,
    progress: Callable[[Result], object] | None = None,
) -> Findings:
    """Ask a server that echoes all questions of a table; return what came of it.

    Args:
        server: Its address, ``ws://``, on loopback; or what opens a connection to one
            that has none.
        cases: Which questions.
        at_once: How many connections at a time.
        patience: How long to wait for any one answer, in seconds.
        progress: Called with each result, in the order of the table.

    Raises:
        ValueError: If the address is none of ``ws://``, or not on this machine.
        ConnectionError: If nobody listens there.
    """
    dial, target = (
        _way_to(server, patience) if isinstance(server, str) else (server, "/")
    )
    cases = list(cases)
    early: dict[str, Result] = {}
    for name in _BEFORE[ACCEPTS.name]:
        case = next(case for case in (*CASES, ACCEPTS) if case.name == name)
        if any(r.verdict is Verdict.FAILED for r in early.values()):
            break
        if any(name in _BEFORE.get(c.needs, [c.name]) for c in cases):
            early[name] = _try(case, dial, target, patience)
    lost = {name for name, r in early.items() if r.verdict is Verdict.FAILED}
    asked = [case for case in cases if not _is_declined(case, early)]

    def result(case: Case) -> Result:
        if case.name in early:
            return early[case.name]
        if lost & set(_BEFORE.get(case.needs, [])):
            return Result(case=case, verdict=Verdict.NOT_TRIED)
        return _try(case, dial, target, patience)

    results: list[Result] = []
    with contextlib.ExitStack() as stack:
        found: Iterator[Result] = map(result, asked)
        if at_once > 1:  # else it stays in the thread that asks
            name = "wslib-conformance"
            pool = ThreadPoolExecutor(at_once, thread_name_prefix=name)
            found = stack.enter_context(pool).map(result, asked)
        for each in found:
            results.append(each)
            if progress:
                progress(each)
    return Findings(results, declined=len(cases) - len(asked))


def ask(
    case: Case, server: str | Callable[[], Wire], *, patience: float = 2.0
) -> Result:
    """Have one conversation alone; return what came of it. As :func:`run`."""
    if not isinstance(server, str):
        return _try(case, server, "/", patience)
    return _try(case, *_way_to(server, patience), patience)


def _way_to(url: str, patience: float) -> tuple[Callable[[], Wire], str]:
    """Return what opens a connection to an address, and the target of the request."""
    parts = urlsplit(url)
    if parts.scheme != "ws" or not parts.hostname:
        raise ValueError(f"{url!r} is no address of ws://, such as ws://127.0.0.1:1234")
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
    try:
        loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback:
        raise ValueError(
            f"{parts.hostname} is not on loopback: what is sent here breaks rules on "
            "purpose, and is for a server of your own, on 127.0.0.1"
        )

    def dial() -> socket.socket:
        port = 80 if parts.port is None else parts.port
        connection = socket.create_connection((host, port), patience)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    query = f"?{parts.query}" if parts.query else ""
    return dial, (parts.path or "/") + query


def _is_declined(case: Case, early: Mapping[str, Result]) -> bool:
    """Whether a case is for servers that compress, and this one has said no."""
    answer = early.get(ACCEPTS.name)
    if case.needs != ACCEPTS.name or not answer or answer.verdict is Verdict.FAILED:
        return False
    heard = parse_response(answer.received)
    taken = ", ".join(heard[0].tokens("Sec-WebSocket-Extensions")) if heard else ""
    # Who asks the client to forget must not be sent what refers back (7.1.1.2).
    forbids = "client_no_context_takeover" in taken and case.name == "deflate-context"
    return forbids or not taken


def _try(case: Case, dial: Callable[[], Wire], target: str, patience: float) -> Result:
    """Have the conversation of one case, and judge it."""
    kinds = {due.kind for due in case.due}
    unasked = {"ping", "pong"} - kinds
    with Talk(dial, patience, unasked=unasked, offer=case.offer) as talk:
        start = _converse(talk, case, target)
        heard = talk.heard[start:]
        verdict = _judge(case, heard, said_goodbye=talk.sent[-1:] == [_GOODBYE])
        return Result(
            case=case,
            verdict=verdict,
            sent=tuple(talk.sent[start:]),
            received=talk.received[0 if case.raw else _head_size(talk) :],
            due=_due(case),
            came=_came(case, heard),
        )


def _converse(talk: Talk, case: Case, target: str) -> int:
    """Send what a case sends; return how many pieces and answers came before it."""
    start = 0
    if not case.raw:
        more = [("Sec-WebSocket-Extensions", case.offer)] if case.offer else []
        talk.send(_aimed(request(more=more), target))
        talk.wait(1)
        start = 1
        if not talk.heard or talk.heard[0].code != 101:
            return 0
    count = start
    for sent, due in case.steps:
        if count > len(talk.heard) or talk.over:
            return start  # it owes an answer already
        talk.send(_aimed(sent, target) if case.raw else sent)
        count += len(due)
        talk.wait(count if due else 1 + len(talk.heard), _wait(case, due))
    if talk.over or case.raw:
        return start
    if case.illegal:
        if len(talk.heard) < count:
            talk.send(_GOODBYE)
            talk.leave()
            talk.wait(count)
    elif case.due and case.due[-1].kind not in ("close", "end"):
        talk.send(_GOODBYE)
        talk.wait(count + 1, _GRACE)
    return start


def _wait(case: Case, due: Sequence[Due]) -> float | None:
    """Return for how long to wait behind a piece, in seconds; None is patiently."""
    if not due:
        return _PAUSE
    impatient = case.illegal and not case.raw or due[0].kind == "any"
    return _GRACE if impatient else None


def _judge(case: Case, heard: Sequence[Heard], *, said_goodbye: bool) -> Verdict:
    """Compare what came with what is due."""
    due, came = case.due, _without_goodbye(case, heard)
    if case.informational:
        faults = any(each.fault for each in came)
        return Verdict.FAILED if faults else Verdict.INFORMATIONAL
    if _same(due, came):
        return Verdict.OK
    others = list(case.tolerated)
    if case.illegal and said_goodbye:  # then a Close may be the answer to that
        others = [(_FAILING,) if other == (close(),) else other for other in others]
    if not case.illegal and any(d.kind == "pong" for d in due):
        came = sorted(came, key=lambda h: (h.kind, h.payload))  # a Pong may come later
        others.append(tuple(sorted(due, key=lambda d: (d.kind, d.payload))))
    if any(_same(other, came) for other in others):
        return Verdict.NON_STRICT
    return Verdict.FAILED


def _same(due: Sequence[Due], came: Sequence[Heard]) -> bool:
    return len(due) == len(came) and all(
        d.matches(h) for d, h in zip(due, came, strict=True)
    )


def _without_goodbye(case: Case, heard: Sequence[Heard]) -> list[Heard]:
    """Return what came, without the end of a conversation that had to end."""
    came = list(heard)
    kinds = {due.kind for due in case.due}
    if case.raw:  # what stands behind the head is asked for by a case of its own
        came = [each for each in came if each.kind in ("head", "end")]
    if len(came) > 1 and came[-1].kind == "end" and "end" not in kinds:
        came.pop()
    if not kinds & {"close", "end", "head"} and len(came) > len(case.due):
        if came[-1].kind == "close" and not case.illegal and not came[-1].fault:
            came.pop()
    return came


def _due(case: Case) -> str:
    """Say what is due."""
    head = case.due[0] if case.due else None
    if head and head.kind == "head" and len(head.codes) > 2:
        return "a status of 4xx" if 200 not in head.codes else "any status but 101"
    return _list([str(due) for due in case.due])


def _came(case: Case, heard: Sequence[Heard]) -> str:
    """Say what came, and what is wrong with it, if that can be said."""
    came = _without_goodbye(case, heard)
    words = _list([str(each) for each in came])
    for due, each in zip(case.due, came, strict=False):
        if due.look and due.kind == each.kind and (wrong := due.look(each)):
            words += f": {wrong}"
    return words


def _list(words: Sequence[str]) -> str:
    """Return a list in words; of a long one, its beginning."""
    if len(words) > 6:
        return ", ".join(words[:5]) + f", … {len(words) - 5} more"
    return ", ".join(words) or "nothing"


def _aimed(request: bytes, target: str) -> bytes:
    """Return a request with the target of the address under test."""
    method, _, rest = request.partition(b" / HTTP")
    return method + b" " + target.encode() + b" HTTP" + rest if rest else request


def _head_size(talk: Talk) -> int:
    """Return how long the head of the answer was, in bytes."""
    return len(talk.heard[0].wire) if talk.heard else 0
