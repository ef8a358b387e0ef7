"""The doors let in who shows the secret, and answer 401 to everything else."""

import base64
from collections.abc import Callable

import pytest
import websocket
from websockets.datastructures import Headers
from websockets.http11 import Request

from wslib.direction import Direction
from wslib.labs.security.authentication import (
    LoginServer,
    by_basic,
    by_cookie,
    by_query,
    by_subprotocol,
    try_ways,
)
from wslib.relay.proxy import RecordingProxy

hypothesis = pytest.importorskip("hypothesis")
st = pytest.importorskip("hypothesis.strategies")

SECRET = "tulip-47"
USERS = {SECRET: "ada", "rose-11": "bob"}
DOORS = [by_basic, by_cookie, by_query, by_subprotocol]
Door = Callable[..., str | None]


def request(path: str = "/", *fields: tuple[str, str]) -> Request:
    return Request(path=path, headers=Headers(fields))


def basic(pair: str, scheme: str = "Basic") -> tuple[str, str]:
    return "Authorization", f"{scheme} {base64.b64encode(pair.encode()).decode()}"


@pytest.mark.parametrize(
    ("door", "shown"),
    [
        (by_cookie, request("/", ("Cookie", f"session={SECRET}"))),
        (by_cookie, request("/", ("Cookie", f"a=b; session={SECRET}; c=d"))),
        (by_cookie, request("/", ("Cookie", "a=b"), ("Cookie", f"session={SECRET}"))),
        (by_cookie, request("/", ("Cookie", f"a[b]=1; flag;; session={SECRET}"))),
        (by_cookie, request("/", ("Cookie", f"session=old; session={SECRET}"))),
        (by_query, request(f"/?token={SECRET}")),
        (by_query, request(f"/room?a=b&token={SECRET}")),
        (by_subprotocol, request("/", ("Sec-WebSocket-Protocol", f"token.{SECRET}"))),
        (
            by_subprotocol,
            request("/", ("Sec-WebSocket-Protocol", f"token.{SECRET}, chat")),
        ),
        (
            by_subprotocol,
            request("/", ("Sec-WebSocket-Protocol", f"chat,token.{SECRET}")),
        ),
        (by_basic, request("/", basic(f"ada:{SECRET}"))),
        (by_basic, request("/", basic(f"ada:{SECRET}", "basic"))),
    ],
)
def test_a_door_knows_who_shows_the_secret(door: Door, shown: Request) -> None:
    assert door(shown, USERS) == "ada"


@pytest.mark.parametrize(
    ("door", "shown"),
    [
        (by_cookie, request("/", ("Cookie", "session=tulip-48"))),
        (by_cookie, request("/", ("Cookie", f"other={SECRET}"))),
        (by_cookie, request("/", ("Cookie", f'se[]ion="{SECRET}'))),
        (by_query, request(f"/?token={SECRET}&token={SECRET}")),
        (by_query, request(f"/?Token={SECRET}")),
        (by_query, request("//[?token=")),
        (by_subprotocol, request("/", ("Sec-WebSocket-Protocol", SECRET))),
        (by_subprotocol, request("/", ("Sec-WebSocket-Protocol", "token."))),
        (by_basic, request("/", basic(f"bob:{SECRET}"))),  # Ada's secret
        (by_basic, request("/", basic(SECRET))),
        (by_basic, request("/", basic(f"ada:{SECRET}", "Bearer"))),
        (by_basic, request("/", ("Authorization", "Basic x"))),
        (by_basic, request("/", ("Authorization", "Basic /w=="))),
        (by_basic, request("/", ("Authorization", "Basic"))),
        *((door, request()) for door in DOORS),
    ],
)
def test_a_door_knows_nobody_else(door: Door, shown: Request) -> None:
    assert door(shown, USERS) is None


# What the library lets through of what a stranger sends.
FIELD = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_categories=["Cc"])
).map(str.strip)


@hypothesis.given(st.text(), FIELD)
def test_no_door_raises_whatever_a_stranger_sends(path: str, value: str) -> None:
    fields = ("Cookie", "Sec-WebSocket-Protocol", "Authorization")
    for shown in (
        request(f"/{path}?token={value}", *((name, value) for name in fields)),
        request("/", ("Cookie", f"session={value}; {value}")),
        request("/", ("Authorization", f"Basic {value}")),
        request("/", ("Sec-WebSocket-Protocol", f"token.{value}, {value}")),
    ):
        for door in DOORS:
            assert door(shown, {SECRET: "ada"}) in (None, "ada")


OPTIONS = {
    by_cookie: ("/", {"cookie": f"session={SECRET}"}),
    by_query: (f"/?token={SECRET}", {}),
    by_subprotocol: ("/", {"subprotocols": ["chat", f"token.{SECRET}"]}),
    by_basic: ("/", {"header": [": ".join(basic(f"ada:{SECRET}"))]}),
}


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_a_guarded_server_greets_by_name_and_refuses_strangers(door: Door) -> None:
    path, options = OPTIONS[door]
    with (
        LoginServer(door, USERS) as server,
        RecordingProxy(server.url) as line,
    ):
        client = websocket.create_connection(line.url + path, timeout=10, **options)
        assert client.recv() == "Hello ada"
        client.close()
        with pytest.raises(websocket.WebSocketBadStatusException) as caught:
            websocket.create_connection(line.url, timeout=10)
        assert caught.value.status_code == 401
        assert "www-authenticate" in caught.value.resp_headers
        assert SECRET not in str(server.log)
        answers = line.recording.handshake(Direction.SERVER_TO_CLIENT)
    # The subprotocol that is a secret is not the one that is agreed upon.
    assert SECRET.encode() not in answers
    assert (b"Sec-WebSocket-Protocol: chat" in answers) == (door is by_subprotocol)


def test_each_way_of_the_handshake_shows_the_secret_in_a_line_of_its_own() -> None:
    found = try_ways("ada", SECRET)
    assert [said for _, said, _ in found] == ["Hello ada"] * 4
    assert {name: line.split()[0] for name, _, line in found} == {
        "cookie": "Cookie:",
        "query": "GET",
        "subprotocol": "Sec-WebSocket-Protocol:",
        "Basic": "Authorization:",
    }
