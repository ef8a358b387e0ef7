"""Cases: the opening handshake. RFC 6455, section 4.2."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from wslib.handshake import accept_key
from wslib.http1 import parse_response
from wslib.labs.conformance.case import KEY, Case, Due, Heard, frame

GROUP = "handshake"
FIELDS = (
    ("Host", "server.example"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", KEY),
    ("Sec-WebSocket-Version", "13"),
)
_REFUSE = "a request that is no opening handshake gets an answer, and not 101"


def request(
    changes: dict[str, str | None] | None = None,
    *,
    line: str = "GET / HTTP/1.1",
    more: Sequence[tuple[str, str]] = (),
) -> bytes:
    """Return an opening handshake; None takes a field away."""
    values = {**dict(FIELDS), **(changes or {})}
    fields = [(name, value) for name, value in values.items() if value is not None]
    lines = [line, *(f"{name}: {value}" for name, value in [*fields, *more]), "", ""]
    return "\r\n".join(lines).encode()


def field(heard: Heard, name: str) -> str:
    """Return a field of a response, or an empty text."""
    try:
        found = parse_response(heard.wire)
    except Exception:  # whatever is wrong with it, there is no such field
        return ""
    return ", ".join(found[0].values(name)) if found else ""


def _accept(heard: Heard) -> str:
    got, due = field(heard, "Sec-WebSocket-Accept"), accept_key(KEY)
    return "" if got == due else f"Sec-WebSocket-Accept is {got!r}, {due!r} is due"


def _upgrade(heard: Heard) -> str:
    got = field(heard, "Upgrade")
    return "" if got.lower() == "websocket" else f"Upgrade is {got!r}"


def _connection(heard: Heard) -> str:
    got = field(heard, "Connection")
    items = [item.strip().lower() for item in got.split(",")]
    return "" if "upgrade" in items else f"Connection is {got!r}"


def _extensions(heard: Heard) -> str:
    got = field(heard, "Sec-WebSocket-Extensions")
    return f"the extension {got!r} was not offered" if got else ""


def _subprotocol(heard: Heard) -> str:
    got = field(heard, "Sec-WebSocket-Protocol")
    return f"the subprotocol {got!r} was not offered" if got else ""


def _version(heard: Heard) -> str:
    got = field(heard, "Sec-WebSocket-Version")
    items = [item.strip() for item in got.split(",")]
    return "" if "13" in items else "no Sec-WebSocket-Version that names 13"


def accepted(
    name: str, title: str, section: str, rule: str, *pieces: bytes, look: object = None
) -> Case:
    """Return a case in which the server must accept the handshake."""
    due = Due("head", codes=frozenset({101}), look=look)  # type: ignore[arg-type]
    return Case(
        name=name, group=GROUP, title=title, section=section, rule=rule,
        raw=True, steps=(*((p, ()) for p in pieces[:-1]),
                         ((pieces or (request(),))[-1], (due,))),
        needs="" if name == "opening" else "opening",
    )  # fmt: skip


def _refused(name: str, title: str, section: str, data: bytes) -> Case:
    """Return a case in which the server must refuse.

    Any status but 101 will do: an Upgrade may be ignored (RFC 9110, section 7.8), and
    then there is a page, or none.
    """
    others = frozenset(range(200, 600))
    return Case(
        name=name, group=GROUP, title=title, section=section, rule=_REFUSE,
        raw=True, steps=((data, (Due("head", codes=others),)),),
        illegal=True, needs="opening",
    )  # fmt: skip


def _spelt(change: Callable[[bytes], bytes]) -> bytes:
    """Return a request with the names of its fields spelt otherwise."""
    line, *fields = request().split(b"\r\n")
    pairs = [field.partition(b":") for field in fields]
    return b"\r\n".join([line, *(change(n) + colon + v for n, colon, v in pairs)])


def _unread(name: str, title: str, key: str) -> Case:
    """Return a case of a key that is none, which the server need not decode. 4.2.2."""
    case = _refused(name, title, "4.2.1", request({"Sec-WebSocket-Key": key}))
    return replace(case, tolerated=((Due("head", codes=frozenset({101})),),))


_LIST = "Connection is a list of tokens, and Upgrade is one of them"
_CASELESS = "names of fields, and these values, are compared without case"

HANDSHAKE = [
    accepted("opening", "a plain request", "4.2.2", "the status is 101"),
    replace(
        accepted("head-ends-once", "a plain request, then a text", "4.2.2",
                  "behind the blank line, the next bytes are a frame"),
        raw=False, steps=((frame(1, b"Hello"), (Due("any"),)),), tolerated=((),),
    ),  # fmt: skip
    accepted("accept", "a plain request: the answer to its key", "4.2.2",
              "Accept is the base64 of the SHA-1 of key and GUID", look=_accept),
    accepted("upgrade-field", "a plain request: Upgrade in the answer", "4.2.2",
              "the answer has Upgrade: websocket", look=_upgrade),
    accepted("connection-field", "a plain request: Connection in the answer", "4.2.2",
              "the answer has Connection: Upgrade", look=_connection),
    accepted("no-extension", "a plain request offers no extension", "4.2.2",
              "what was not offered is not in the answer", look=_extensions),
    accepted("no-subprotocol", "a plain request offers no subprotocol", "4.2.2",
              "what was not offered is not in the answer", look=_subprotocol),
    accepted("connection-list", "Connection: keep-alive, Upgrade", "4.2.1",
              _LIST, request({"Connection": "keep-alive, Upgrade"})),
    accepted("connection-twice", "Connection in two lines", "4.2.1", _LIST,
              request({"Connection": "keep-alive"}, more=[("Connection", "Upgrade")])),
    accepted("upgrade-case", "Upgrade: WebSocket", "4.2.1", _CASELESS,
              request({"Upgrade": "WebSocket"})),
    accepted("connection-case", "Connection: upgrade (nginx)", "4.2.1", _CASELESS,
              request({"Connection": "upgrade"})),
    accepted("names-case", "all names of fields in lower case", "4.2.1", _CASELESS,
              _spelt(bytes.lower)),
    accepted("names-swapped", "names of fields with their case swapped", "4.2.1",
              _CASELESS, _spelt(bytes.swapcase)),
    accepted("no-space", "no space behind the colons, a tab in a list", "4.2.1",
              "white space around a value is optional, and may be a tab",
              request({"Connection": "keep-alive,\tUpgrade"}).replace(b": ", b":")),
    accepted("head-in-pieces", "the request in two pieces, cut in the blank line",
              "4.2.1", "a head ends with its blank line, not with a segment of TCP",
              request()[:-3], request()[-3:]),
    _refused("post", "POST instead of GET", "4.2.1", request(line="POST / HTTP/1.1")),
    _refused("http-1.0", "HTTP/1.0", "4.2.1", request(line="GET / HTTP/1.0")),
    _refused("no-host", "no Host", "4.2.1", request({"Host": None})),
    _refused("no-upgrade", "no Upgrade", "4.2.1", request({"Upgrade": None})),
    _refused("upgrade-other", "Upgrade: h2c", "4.2.1", request({"Upgrade": "h2c"})),
    _refused("upgrade-longer", "Upgrade: websocket2", "4.2.1",
             request({"Upgrade": "websocket2"})),
    _refused("no-connection", "no Connection", "4.2.1", request({"Connection": None})),
    _refused("connection-other", "Connection: keep-alive", "4.2.1",
             request({"Connection": "keep-alive"})),
    _refused("connection-longer", "Connection: not-upgrade", "4.2.1",
             request({"Connection": "not-upgrade"})),
    _refused("no-key", "no Sec-WebSocket-Key", "4.2.1",
             request({"Sec-WebSocket-Key": None})),
    _unread("key-short", "a key of 15 bytes", "AAECAwQFBgcICQoLDA0O"),
    _unread("key-not-base64", "a key that is no base64", "not base64, not at all!!"),
    _refused("key-twice", "two keys", "11.3.1",
             request(more=[("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==")])),
    _refused("no-version", "no Sec-WebSocket-Version", "4.2.1",
             request({"Sec-WebSocket-Version": None})),
    replace(
        _refused("version-8", "version 8", "4.4",
                 request({"Sec-WebSocket-Version": "8"})),
        rule="a version that is not spoken is refused, with the one that is",
        steps=((request({"Sec-WebSocket-Version": "8"}),
                (Due("head", codes=frozenset(range(400, 500)), look=_version),)),),
    ),
]  # fmt: skip
