"""The connection after the opening handshake, bytes in and events out."""

import itertools
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from fuzz_protocol import fuzz
from websockets.frames import Frame as TheirFrame
from websockets.protocol import OPEN, Protocol, Side

from wslib.errors import InvalidState, PayloadTooBig, ProtocolError
from wslib.frames import (
    CloseCode,
    Frame,
    FrameReader,
    Opcode,
    parse_close,
    parse_frame,
)
from wslib.messages import BinaryMessage, TextMessage
from wslib.protocol import (
    TRANSITIONS,
    CloseReceived,
    Connection,
    ConnectionFailed,
    Event,
    Ping,
    Pong,
    State,
    Step,
    TcpClosed,
)

TEXT, BINARY, CONTINUATION = Opcode.TEXT, Opcode.BINARY, Opcode.CONTINUATION
KEY = bytes.fromhex("37fa213d")  # the RFC's own, section 5.7


def end(client: bool, **options: Any) -> Connection:
    """Return one end; what a client sends is masked with the RFC's key."""
    return Connection(client, masking_key=lambda: KEY, **options)


def client() -> Connection:
    return end(True)


def server() -> Connection:
    return end(False)


def masked(opcode: Opcode, payload: bytes = b"", fin: bool = True) -> bytes:
    """Return a frame as a client sends it."""
    frame = Frame(opcode=opcode, payload=payload, fin=fin, masking_key=KEY)
    return frame.serialize()


def plain(opcode: Opcode, payload: bytes = b"", fin: bool = True) -> bytes:
    """Return a frame as a server sends it."""
    return Frame(opcode=opcode, payload=payload, fin=fin).serialize()


def feed(connection: Connection, *chunks: bytes, echo: bool = False) -> list[Event]:
    """Return what a connection makes of some bytes; as an echo, it answers messages."""
    events = []
    for chunk in chunks:
        connection.receive_data(chunk)
        for event in connection.events():
            events.append(event)
            if echo and isinstance(event, TextMessage):
                connection.send_text(event.text)
            elif echo and isinstance(event, BinaryMessage):
                connection.send_binary(event.payload)
    return events


def finish(connection: Connection) -> list[Event]:
    """Return what a connection makes of the end of TCP."""
    connection.receive_eof()
    return list(connection.events())


def frames_in(data: bytes, masked: bool = False) -> list[Frame]:
    """Return the frames that some bytes are, to the last byte."""
    frames = []
    while data:
        found = parse_frame(data, masked=masked, max_payload=2**24)
        assert found is not None, "a frame is cut short"
        frames.append(found[0])
        data = data[found[1] :]
    return frames


# --- the vectors, as conversations ----------------------------------------------------

REPORT = '{"updated": "' + "x" * 134 + '"}'  # 149 bytes

# Whether we are the client, what comes in, what it means, and what goes out at once.
CONVERSATIONS: dict[str, tuple[bool, str, list[Event], str]] = {
    "RFC 5.7, text": (True, "8105 48656c6c6f", [TextMessage("Hello")], ""),
    "RFC 5.7, text, masked": (
        False,
        "8185 37fa213d 7f9f4d5158",
        [TextMessage("Hello")],
        "",
    ),
    "RFC 5.7, two frames": (
        True,
        "0103 48656c 8002 6c6f",
        [TextMessage("Hello")],
        "",
    ),
    "RFC 5.7, ping and its pong": (
        True,
        "8905 48656c6c6f",
        [Ping(b"Hello")],
        "8a85 37fa213d 7f9f4d5158",
    ),
    "RFC 5.7, pong": (False, "8a85 37fa213d 7f9f4d5158", [Pong(b"Hello")], ""),
    "RFC 5.7, 256 bytes": (
        True,
        "827e 0100" + "5a" * 256,
        [BinaryMessage(b"Z" * 256)],
        "",
    ),
    "RFC 5.7, 64 KiB": (
        True,
        "827f 0000000000010000" + "5a" * 65536,
        [BinaryMessage(b"Z" * 65536)],
        "",
    ),
    "another key": (False, "8183 3d542306 70106d", [TextMessage("MDN")], ""),
    "a key that counts": (
        False,
        "8185 01020304 69676f686e",
        [TextMessage("hello")],
        "",
    ),
    "from a browser": (
        False,
        "8188 360d2916 51685d3b42644473 8188 a2f4f0d0 c59184fdd69d9db5",
        [TextMessage("get-time"), TextMessage("get-time")],
        "",
    ),
    "to a browser": (
        True,
        "8114 7b2274696d65223a202230393a34333a3338227d",
        [TextMessage('{"time": "09:43:38"}')],
        "",
    ),
    "a browser leaves": (
        False,
        "8882 19db1362 1a32",
        [CloseReceived(1001)],
        "8802 03e9",
    ),
    "a server closes": (True, "8802 03e8", [CloseReceived(1000)], "8882 37fa213d 3412"),
    "a client closes": (
        False,
        "8882 37fa213d 3412",
        [CloseReceived(1000)],
        "8802 03e8",
    ),
    "a server goes away": (
        True,
        "880c 03e9 676f696e672061776179",
        [CloseReceived(1001, "going away")],
        "8882 37fa213d 3413",
    ),
    "a Close without a code": (
        True,
        "8800",
        [CloseReceived(1005)],
        "8880 37fa213d",
    ),
    "Hello, world!": (
        False,
        "818d 37fa213d 7f9f4d5158d6014a58884d5916",
        [TextMessage("Hello, world!")],
        "",
    ),
    "its echo": (
        True,
        "8118 52656365697665643a202048656c6c6f2c20776f726c6421",
        [TextMessage("Received:  Hello, world!")],
        "",
    ),
    "a ping between fragments": (
        True,
        "0103 48656c 8900 8002 6c6f",
        [Ping(), TextMessage("Hello")],
        "8a80 37fa213d",
    ),
    "a character in two frames": (
        True,
        "0102 f09f 8002 9880",
        [TextMessage("\N{GRINNING FACE}")],
        "",
    ),
    "two frames in one read": (
        False,
        "8980 7a9560c7 81fe 0095 00000000" + REPORT.encode().hex(),
        [Ping(), TextMessage(REPORT)],
        "8a00",
    ),
}

each_conversation = pytest.mark.parametrize(
    ("is_client", "incoming", "events", "outgoing"),
    [
        (is_client, bytes.fromhex(incoming), events, bytes.fromhex(outgoing))
        for is_client, incoming, events, outgoing in CONVERSATIONS.values()
    ],
    ids=CONVERSATIONS,
)


@each_conversation
def test_bytes_become_events_and_answers(
    is_client: bool, incoming: bytes, events: list[Event], outgoing: bytes
) -> None:
    connection = end(is_client)
    assert feed(connection, incoming) == events
    assert connection.data_to_send() == outgoing
    assert connection.data_to_send() == b"", "each byte goes out once"


@each_conversation
def test_events_do_not_depend_on_how_tcp_cuts_the_stream(
    is_client: bool, incoming: bytes, events: list[Event], outgoing: bytes
) -> None:
    cuts = [*range(min(len(incoming), 200)), len(incoming) - 1]
    for cut in cuts:
        connection = end(is_client)
        assert feed(connection, incoming[:cut], incoming[cut:]) == events
        assert connection.data_to_send() == outgoing
    connection = end(is_client)
    assert feed(connection, *(bytes([byte]) for byte in incoming)) == events
    assert connection.data_to_send() == outgoing


def test_neither_do_the_answers_of_the_application() -> None:
    incoming = (
        masked(TEXT, b"one")
        + masked(Opcode.PING, b"?")
        + masked(BINARY, b"tw", fin=False)
        + masked(Opcode.PING, b"!")
        + masked(CONTINUATION, b"o")
        + masked(Opcode.CLOSE, b"\x03\xe8")
        + masked(TEXT, b"too late")
    )
    expected = (
        plain(TEXT, b"one")
        + plain(Opcode.PONG, b"?")
        + plain(Opcode.PONG, b"!")
        + plain(BINARY, b"two")
        + plain(Opcode.CLOSE, b"\x03\xe8")
    )
    pieces = [
        [incoming],
        [bytes([byte]) for byte in incoming],
        *([incoming[:cut], incoming[cut:]] for cut in range(len(incoming))),
    ]
    for chunks in pieces:
        connection = server()
        events = feed(connection, *chunks, echo=True)
        assert events == [
            TextMessage("one"),
            Ping(b"?"),
            Ping(b"!"),
            BinaryMessage(b"two"),
            CloseReceived(1000),
        ]
        assert connection.data_to_send() == expected


def test_an_application_may_stop_listening_and_go_on_later() -> None:
    connection = server()
    connection.receive_data(masked(TEXT, b"one") + masked(TEXT, b"two"))
    for event in connection.events():
        assert event == TextMessage("one")
        break
    assert list(connection.events()) == [TextMessage("two")]


# --- the state table ------------------------------------------------------------------

CLOSE_1000 = masked(Opcode.CLOSE, b"\x03\xe8")


def in_state(state: State) -> Connection:
    """Return a server in a state, in which its peer has said nothing yet."""
    connection = server()
    if state is State.CLOSING:
        connection.send_close()
    if state is State.CLOSED:
        finish(connection)
    connection.data_to_send()
    assert connection.state is state
    return connection


def take(connection: Connection, step: Step) -> None:
    """Make a step happen to a server."""
    sends = {
        Step.SEND_DATA: lambda: connection.send_text("Hello"),
        Step.SEND_PING: connection.send_ping,
        Step.SEND_PONG: connection.send_pong,
        Step.SEND_CLOSE: connection.send_close,
        Step.TCP_CLOSED: lambda: finish(connection),
    }
    receives = {
        Step.RECEIVE_DATA: masked(TEXT, b"Hello"),
        Step.RECEIVE_PING: masked(Opcode.PING),
        Step.RECEIVE_PONG: masked(Opcode.PONG),
        Step.RECEIVE_CLOSE: CLOSE_1000,
        Step.FAIL: plain(TEXT, b"without a mask"),
    }
    if step in sends:
        sends[step]()
    else:
        assert feed(connection, receives[step])


@pytest.mark.parametrize("step", Step, ids=lambda step: step.name)
@pytest.mark.parametrize("state", State, ids=lambda state: state.name)
def test_the_table_tells_what_each_step_does_in_each_state(
    state: State, step: Step
) -> None:
    connection = in_state(state)
    if (state, step) in TRANSITIONS:
        take(connection, step)
        assert connection.state is TRANSITIONS[state, step]
    else:
        with pytest.raises(InvalidState):
            take(connection, step)
        assert connection.state is state
        assert connection.data_to_send() == b""


def test_the_table_knows_no_other_states_and_steps_and_no_way_back() -> None:
    for (state, step), after in TRANSITIONS.items():
        assert isinstance(state, State) and isinstance(step, Step)
        assert after.value >= state.value
    assert State.CLOSED not in {state for state, _ in TRANSITIONS}
    assert {step for _, step in TRANSITIONS} == set(Step)


def test_the_states_have_the_numbers_of_a_browser() -> None:
    assert [(state.name, state.value) for state in State] == [
        ("OPEN", 1),
        ("CLOSING", 2),
        ("CLOSED", 3),
    ]


def test_what_comes_too_late_is_said_in_words() -> None:
    connection = in_state(State.CLOSING)
    with pytest.raises(InvalidState) as caught:
        connection.send_text("Hello")
    assert str(caught.value) == "cannot send a data frame: the connection is CLOSING"


# --- sending --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "server_header", "client_header"),
    [
        (0, "8100", "8180"),
        (125, "817d", "81fd"),
        (126, "817e007e", "81fe007e"),
        (65535, "817effff", "81feffff"),
        (65536, "817f0000000000010000", "81ff0000000000010000"),
    ],
)
def test_a_client_masks_what_it_sends_and_a_server_does_not(
    size: int, server_header: str, client_header: str
) -> None:
    text = "x" * size
    for connection, header in ((server(), server_header), (client(), client_header)):
        connection.send_text(text)
        data = connection.data_to_send()
        assert data.startswith(bytes.fromhex(header))
        (frame,) = frames_in(data, masked=connection.client)
        assert frame.payload.decode() == text
        assert frame.masking_key == (KEY if connection.client else None)


def test_each_frame_has_a_key_of_its_own() -> None:
    connection = Connection(client=True)
    for _ in range(4):
        connection.send_text("Hello")
    keys = {
        frame.masking_key for frame in frames_in(connection.data_to_send(), masked=True)
    }
    assert len(keys) > 1


def test_a_message_goes_out_in_fragments_with_a_ping_between_them() -> None:
    connection = server()
    connection.send_text("Hel", fin=False)
    connection.send_ping(b"?")
    connection.send_text("lo, ", fin=False)
    connection.send_text("world")
    connection.send_binary(b"next")
    assert frames_in(connection.data_to_send()) == [
        Frame(opcode=TEXT, payload=b"Hel", fin=False),
        Frame(opcode=Opcode.PING, payload=b"?"),
        Frame(opcode=CONTINUATION, payload=b"lo, ", fin=False),
        Frame(opcode=CONTINUATION, payload=b"world"),
        Frame(opcode=BINARY, payload=b"next"),
    ]


def test_fragments_of_two_messages_are_not_mixed() -> None:
    connection = server()
    connection.send_binary(b"\x01", fin=False)
    with pytest.raises(InvalidState, match="a BINARY message is unfinished"):
        connection.send_text("Hello")
    connection.send_binary(b"\x02")
    connection.send_text("Hello")
    sent = frames_in(connection.data_to_send())
    assert [frame.opcode for frame in sent] == [BINARY, CONTINUATION, TEXT]


def test_text_is_a_str_and_binary_is_bytes() -> None:
    for connection in (client(), server()):
        with pytest.raises(TypeError, match="text is a str, not bytes"):
            connection.send_text(b"Hello")  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            connection.send_binary("Hello")  # type: ignore[arg-type]
        assert connection.data_to_send() == b""


def test_half_a_surrogate_pair_cannot_be_sent() -> None:
    connection = server()
    with pytest.raises(UnicodeEncodeError):
        connection.send_text("\ud83d")
    assert connection.data_to_send() == b""


@pytest.mark.parametrize("size", [0, 1, 125])
def test_a_pong_may_be_sent_unasked(size: int) -> None:
    connection = server()
    connection.send_pong(bytes(size))
    assert connection.data_to_send() == plain(Opcode.PONG, bytes(size))


def test_a_ping_of_126_bytes_is_refused_before_it_is_sent() -> None:
    connection = server()
    for send in (connection.send_ping, connection.send_pong):
        with pytest.raises(ValueError, match="at most 125 bytes .*section 5.5"):
            send(bytes(126))
    assert connection.data_to_send() == b""


# --- the closing handshake ------------------------------------------------------------

MAY_BE_SENT = [*range(1000, 1004), *range(1007, 1015), 3000, 3999, 4000, 4999]
MUST_NOT = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]


@pytest.mark.parametrize("code", MAY_BE_SENT)
def test_a_code_that_may_be_sent_travels_and_comes_back(code: int) -> None:
    here, there = client(), server()
    here.send_close(code, "bye")
    assert feed(there, here.data_to_send()) == [CloseReceived(code, "bye")]
    assert feed(here, there.data_to_send()) == [CloseReceived(code, "")]
    assert finish(there) == [TcpClosed(code, "bye")]
    assert finish(here) == [TcpClosed(code, "")]


@pytest.mark.parametrize("code", [*MUST_NOT, -1, 65536, 10**9])
def test_a_code_that_may_not_be_sent_is_not(code: int) -> None:
    connection = client()
    with pytest.raises(ValueError, match=f"close code {code} may not be sent"):
        connection.send_close(code)
    assert connection.data_to_send() == b""
    connection.send_close()
    assert connection.data_to_send() == CLOSE_1000


@pytest.mark.parametrize("code", MUST_NOT)
def test_a_code_that_may_not_be_sent_is_refused_when_it_comes(code: int) -> None:
    connection = server()
    (event,) = feed(connection, masked_close(code.to_bytes(2, "big")))
    assert isinstance(event, ConnectionFailed)
    assert (event.section, event.close_code) == ("7.4", 1002)
    assert finish(connection) == [TcpClosed(1006)]


def masked_close(payload: bytes) -> bytes:
    """Return a Close frame that nobody may send: masked with zeros."""
    return bytes([0x88, 0x80 | len(payload), 0, 0, 0, 0]) + payload


def test_a_close_without_a_code_is_1005_for_the_other_end() -> None:
    here, there = server(), client()
    here.send_close(None)
    assert here.data_to_send() == bytes.fromhex("8800")
    assert feed(there, bytes.fromhex("8800")) == [CloseReceived(1005)]
    assert there.data_to_send() == bytes.fromhex("8880 37fa213d")
    assert finish(there) == [TcpClosed(1005)]


def test_a_reason_needs_a_code_and_has_room_for_123_bytes() -> None:
    connection = server()
    with pytest.raises(ValueError, match="behind a code"):
        connection.send_close(None, "bye")
    with pytest.raises(ValueError, match="at most 123 bytes long, not 124"):
        connection.send_close(1000, "é" * 62)
    connection.send_close(1000, "é" * 61 + "e")
    assert len(connection.data_to_send()) == 2 + 125


def test_both_ends_may_close_at_once_and_see_each_others_code() -> None:
    here, there = client(), server()
    here.send_close(1000, "done")
    there.send_close(1001, "going away")
    from_here, from_there = here.data_to_send(), there.data_to_send()
    assert feed(here, from_there) == [CloseReceived(1001, "going away")]
    assert feed(there, from_here) == [CloseReceived(1000, "done")]
    assert here.data_to_send() == there.data_to_send() == b"", "one Close from each"
    assert there.must_close_tcp and not here.must_close_tcp
    assert finish(here) == [TcpClosed(1001, "going away")]
    assert finish(there) == [TcpClosed(1000, "done")]


@pytest.mark.parametrize("server_begins", [True, False])
def test_the_server_closes_tcp_first_whoever_began(server_begins: bool) -> None:
    first, second = (server(), client()) if server_begins else (client(), server())
    first.send_close()
    assert not first.must_close_tcp
    feed(second, first.data_to_send())
    assert second.must_close_tcp is not second.client
    feed(first, second.data_to_send())
    assert first.must_close_tcp is not first.client
    for connection in (first, second):
        finish(connection)
        assert connection.must_close_tcp, "the other end has: nothing to wait for"


def test_after_our_close_the_peer_may_finish_what_it_was_saying() -> None:
    connection = server()
    assert feed(connection, masked(TEXT, b"Hel", fin=False)) == []
    connection.send_close()
    assert connection.data_to_send() == plain(Opcode.CLOSE, b"\x03\xe8")
    rest = masked(CONTINUATION, b"lo") + masked(Opcode.PING, b"?") + CLOSE_1000
    assert feed(connection, rest) == [
        TextMessage("Hello"),
        Ping(b"?"),
        CloseReceived(1000),
    ]
    assert connection.data_to_send() == plain(Opcode.PONG, b"?")


def test_after_the_peers_close_nothing_is_looked_at() -> None:
    late = [masked(TEXT, b"late"), masked(Opcode.PING), CLOSE_1000, b"\xff\xff\xff"]
    for more in late:
        together, apart = server(), server()
        assert feed(together, CLOSE_1000 + more) == [CloseReceived(1000)]
        assert feed(apart, CLOSE_1000, more, more) == [CloseReceived(1000)]
        for connection in (together, apart):
            assert connection.data_to_send() == plain(Opcode.CLOSE, b"\x03\xe8")
            assert finish(connection) == [TcpClosed(1000)]


def test_what_is_discarded_is_not_kept() -> None:
    connection = server()
    tracemalloc.start()
    try:
        feed(connection, CLOSE_1000 + bytes(2**20))
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(10):
            connection.receive_data(bytes(2**20))
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert before < 2**20, "what came together with the Close"
    assert after < 2**20, "what came behind it"


def test_a_close_may_come_in_the_middle_of_a_message() -> None:
    connection = server()
    begun = masked(TEXT, b"Hel", fin=False)
    assert feed(connection, begun + CLOSE_1000) == [CloseReceived(1000)]
    assert connection.data_to_send() == plain(Opcode.CLOSE, b"\x03\xe8")


@pytest.mark.parametrize("is_client", [True, False])
@pytest.mark.parametrize("sent_a_close", [True, False])
@pytest.mark.parametrize("begun", ["", "81", "01034865", "010548656c6c6f"])
def test_without_a_close_from_the_peer_the_code_is_1006(
    is_client: bool, sent_a_close: bool, begun: str
) -> None:
    connection = end(is_client)
    if sent_a_close:
        connection.send_close()
        connection.data_to_send()
    data = bytes.fromhex(begun)
    if not is_client:
        data = data[:1] + bytes(byte | 0x80 for byte in data[1:2]) + data[2:]
    assert feed(connection, data) == []
    assert finish(connection) == [TcpClosed(1006, "")]
    assert connection.data_to_send() == b""
    assert list(connection.events()) == [], "told once"


def test_what_came_before_the_end_of_tcp_is_told_before_it() -> None:
    connection = server()
    connection.receive_data(masked(TEXT, b"Hello") + CLOSE_1000)
    connection.receive_eof()
    assert list(connection.events()) == [
        TextMessage("Hello"),
        CloseReceived(1000),
        TcpClosed(1000),
    ]


# --- broken rules ---------------------------------------------------------------------

NEVER_DEFINED = [*range(0x3, 0x8), *range(0xB, 0x10)]

# What a client sends, the section of the rule it breaks, and the code of the answer.
BROKEN: dict[str, tuple[bytes, str, int]] = {
    "RSV1": (bytes.fromhex("c180 00000000"), "5.2", 1002),
    "RSV2": (bytes.fromhex("a180 00000000"), "5.2", 1002),
    "RSV3 in a ping": (bytes.fromhex("9980 00000000"), "5.2", 1002),
    **{
        f"opcode {opcode:x}": (bytes([0x80 | opcode, 0x80, 0, 0, 0, 0]), "5.2", 1002)
        for opcode in NEVER_DEFINED
    },
    "no mask": (bytes.fromhex("8105 48656c6c6f"), "5.1", 1002),
    "a length not minimal, in 16 bits": (
        bytes.fromhex("81fe 0005 00000000 48656c6c6f"),
        "5.2",
        1002,
    ),
    "a length not minimal, in 64 bits": (
        bytes.fromhex("81ff 000000000000ffff"),
        "5.2",
        1002,
    ),
    "the top bit of a length": (bytes.fromhex("81ff 8000000000000000"), "5.2", 1002),
    "a ping in fragments": (bytes.fromhex("0980 00000000"), "5.5", 1002),
    "a pong in fragments": (bytes.fromhex("0a80 00000000"), "5.5", 1002),
    "a Close in fragments": (bytes.fromhex("0880 00000000"), "5.5", 1002),
    "a ping of 126 bytes": (bytes.fromhex("89fe 007e"), "5.5", 1002),
    "nothing to continue": (masked(CONTINUATION, b"lo"), "5.4", 1002),
    "nothing to continue, not the last": (
        masked(CONTINUATION, b"lo", fin=False),
        "5.4",
        1002,
    ),
    "a message inside another": (
        masked(TEXT, b"Hel", fin=False) + masked(BINARY, b"lo"),
        "5.4",
        1002,
    ),
    "a Close of one byte": (masked_close(b"\x03"), "5.5.1", 1002),
    "close code 1006": (masked_close(b"\x03\xee"), "7.4", 1002),
    "a reason that is not UTF-8": (masked_close(b"\x03\xe8\xff"), "8.1", 1007),
    "text that is not UTF-8": (masked(TEXT, b"\xff"), "8.1", 1007),
    "text that ends inside a character": (masked(TEXT, b"\xc3"), "8.1", 1007),
    "text that goes wrong before its end": (
        masked(TEXT, b"\xc3", fin=False) + masked(CONTINUATION, b"a", fin=False),
        "8.1",
        1007,
    ),
    "too long, told by its header": (
        bytes.fromhex("82ff 0000000000100001"),
        "10.4",
        1009,
    ),
}


@pytest.mark.parametrize(("data", "section", "code"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_fails_the_connection_with_its_section_and_code(
    data: bytes, section: str, code: int
) -> None:
    connection = server()
    before, after = masked(TEXT, b"before"), masked(TEXT, b"after")
    events = feed(connection, before + data + after, echo=True)
    assert events[0] == TextMessage("before")
    (failed,) = events[1:]
    assert isinstance(failed, ConnectionFailed)
    assert (failed.section, failed.close_code) == (section, code)
    echo, close = frames_in(connection.data_to_send())
    assert echo.payload == b"before", "what came before the fault is answered"
    reason = f"{failed.message} (RFC 6455, section {section})"
    assert close.payload == code.to_bytes(2, "big") + reason.encode()
    assert connection.state is State.CLOSING
    assert connection.must_close_tcp
    # "MUST NOT continue to attempt to process data (including a responding Close
    # frame)", section 7.1.7
    assert feed(connection, after, masked(Opcode.PING), CLOSE_1000) == []
    assert connection.data_to_send() == b""
    assert finish(connection) == [TcpClosed(1006)]


@pytest.mark.parametrize(("data", "section", "code"), BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_after_our_close_brings_no_second_one(
    data: bytes, section: str, code: int
) -> None:
    connection = in_state(State.CLOSING)
    (failed,) = feed(connection, data)
    assert isinstance(failed, ConnectionFailed)
    assert (failed.section, failed.close_code) == (section, code)
    assert connection.data_to_send() == b""
    assert connection.must_close_tcp


# --- UTF-8 inside a frame that comes in pieces ----------------------------------------

# Text, cut into pieces, and the place of the first byte that cannot be right.
WRONG_AT = {
    "beyond U+10FFFF": ("κόσμε".encode() + b"\xf4\x90\x80\x80edited", 11),
    "a surrogate": (b"ok\xed\xa0\x80edited", 3),
    "longer than need be": (b"\xe0\x80\xaf", 1),
    "never a byte of UTF-8": ("κόσμε".encode() + b"\xff", 10),
}


@pytest.mark.parametrize("fragments", [1, 2])
@pytest.mark.parametrize(("text", "place"), WRONG_AT.values(), ids=WRONG_AT)
def test_text_fails_with_its_first_wrong_byte_though_the_frame_goes_on(
    text: bytes, place: int, fragments: int
) -> None:
    before = masked(TEXT, b"so far ", fin=False) if fragments == 2 else b""
    data = masked(TEXT if fragments == 1 else CONTINUATION, text + bytes(200))
    start = len(data) - len(text) - 200
    connection = server()
    assert feed(connection, before) == []
    for number, byte in enumerate(data[: start + place]):
        assert feed(connection, bytes([byte])) == [], number
    (failed,) = feed(connection, data[start + place : start + place + 1])
    assert failed == ConnectionFailed("a text message is UTF-8", "8.1", 1007)


def test_a_frame_out_of_place_fails_with_its_header() -> None:
    connection = server()
    feed(connection, masked(TEXT, b"Hel", fin=False))
    (failed,) = feed(connection, masked(TEXT, bytes(100))[:6])
    assert isinstance(failed, ConnectionFailed) and failed.section == "5.4"


@pytest.mark.parametrize("opcode", [TEXT, BINARY])
def test_a_message_costs_by_its_bytes_however_it_is_cut(opcode: Opcode) -> None:
    payload = b"x" * 2**18
    fragments = [masked(opcode, b"", fin=False)]
    fragments += [masked(CONTINUATION, b"xxxx", fin=False)] * 2**14
    fragments += [masked(CONTINUATION)]
    whole = masked(opcode, payload)
    ways = {
        "fragments": [b"".join(fragments)],
        "crumbs": [whole[place : place + 16] for place in range(0, len(whole), 16)],
        "at once": [whole],
    }
    for way, chunks in ways.items():
        tracemalloc.start()
        connection = server()
        events = feed(connection, *chunks)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(events) == 1, way
        assert peak < 8 * len(payload), way


# --- limits and extensions ------------------------------------------------------------


class Backwards:
    """An extension for tests: a message's frames are sent backwards, with RSV1."""

    def encode(self, frame: Frame) -> Frame:
        first = frame.opcode is not CONTINUATION
        return replace(frame, payload=frame.payload[::-1], rsv1=first)

    def decode(self, frame: Frame, max_payload: int) -> Frame:
        if len(frame.payload) * 2 > max_payload:
            raise PayloadTooBig("twice as long")
        if frame.rsv1 and frame.opcode is CONTINUATION:
            return frame
        payload = frame.payload[::-1]
        return replace(frame, payload=payload + payload, rsv1=False)


def test_an_extension_sees_the_data_frames_and_has_rsv1() -> None:
    here = end(True, extension=Backwards())
    there = end(False, extension=Backwards())
    here.send_text("abc", fin=False)
    here.send_ping(b"?!")
    here.send_text("de")
    sent = here.data_to_send()
    assert [(f.rsv1, f.payload) for f in frames_in_rsv1(sent)] == [
        (True, b"cba"),
        (False, b"?!"),
        (False, b"ed"),
    ]
    assert feed(there, sent) == [Ping(b"?!"), TextMessage("abcabcdede")]


def test_an_extension_is_held_to_the_limit_of_the_message() -> None:
    here = end(True, extension=Backwards())
    there = end(False, max_message=10, extension=Backwards())
    here.send_binary(b"123", fin=False)
    here.send_binary(b"45")
    here.send_binary(b"123456")
    assert feed(there, here.data_to_send()) == [
        BinaryMessage(b"1231234545"),
        ConnectionFailed("the message is longer than 10 bytes", "10.4", 1009),
    ]


@pytest.mark.parametrize("opcode", [Opcode.PING, CONTINUATION])
def test_rsv1_where_no_extension_takes_it_fails_the_connection(opcode: Opcode) -> None:
    there = end(False, extension=Backwards())
    feed(there, masked(TEXT, b"a", fin=False))
    frame = Frame(opcode=opcode, rsv1=True, masking_key=KEY)
    (failed,) = feed(there, frame.serialize())
    assert isinstance(failed, ConnectionFailed)
    assert (failed.section, failed.close_code) == ("5.2", 1002)


def frames_in_rsv1(data: bytes) -> list[Frame]:
    """Return the frames that a client with an extension has sent."""
    return list(FrameReader(masked=True, allow_rsv1=True).feed(data))


def test_a_client_that_fails_waits_for_the_server_to_close_tcp() -> None:
    connection = client()
    (failed,) = feed(connection, masked(TEXT, b"Hello"))
    assert failed == ConnectionFailed("a server masks no frame", "5.1", 1002)
    (close,) = frames_in(connection.data_to_send(), masked=True)
    assert close.payload.startswith(b"\x03\xeaa server masks no frame")
    assert not connection.must_close_tcp
    assert finish(connection) == [TcpClosed(1006)]
    assert connection.must_close_tcp


def test_a_fault_is_found_as_soon_as_its_byte_has_come() -> None:
    for name in ("RSV1", "opcode 3", "no mask", "the top bit of a length"):
        data, section, code = BROKEN[name]
        needed = 10 if "length" in name else 2
        connection = server()
        assert feed(connection, data[: needed - 1]) == []
        (failed,) = feed(connection, data[needed - 1 : needed])
        assert isinstance(failed, ConnectionFailed) and failed.section == section


@pytest.mark.parametrize(
    ("message", "size"),
    [
        ("a long story " * 20, 123),
        ("é" * 200, 122),  # two bytes each: a 62nd would be cut in two
        ("a" + "é" * 200, 123),
        ("日本語" * 50, 123),
        ("ab" + "日本語" * 50, 122),
        ("😀" * 50, 120),
        ("x" * 122 + "😀", 122),
        ("\ud83d" * 200, 123),  # half a pair is no character at all: a "?" each
    ],
)
def test_the_reason_of_a_failure_is_cut_by_bytes_and_never_in_a_character(
    monkeypatch: pytest.MonkeyPatch, message: str, size: int
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise ProtocolError(message, section="5.2")

    monkeypatch.setattr("wslib.protocol.FrameReader.next_frame", refuse)
    connection = server()
    (failed,) = feed(connection, b"x")
    assert failed == ConnectionFailed(message, "5.2", 1002), (
        "nothing of it is lost here"
    )
    (close,) = frames_in(connection.data_to_send())
    code, reason = parse_close(close.payload)
    assert (code, len(reason.encode())) == (1002, size)
    assert message.replace("\ud83d", "?").startswith(reason)


# --- the limit ------------------------------------------------------------------------


def test_a_message_may_be_as_long_as_the_limit_in_however_many_frames() -> None:
    for cut in range(11):
        connection = end(False, max_message=10)
        first = masked(BINARY, bytes(cut), fin=False)
        assert feed(connection, first + masked(CONTINUATION, bytes(10 - cut))) == [
            BinaryMessage(bytes(10))
        ]
        assert feed(connection, masked(TEXT, b"x" * 10)) == [TextMessage("x" * 10)]


def test_one_byte_more_than_the_limit_is_1009_as_soon_as_the_header_tells() -> None:
    for cut in range(11):
        connection = end(False, max_message=10)
        first = masked(BINARY, bytes(cut), fin=False)
        assert feed(connection, first) == []
        header = bytes([0x80, 0x80 | 11 - cut])
        assert feed(connection, header) == [
            ConnectionFailed("the message is longer than 10 bytes", "10.4", 1009)
        ]


def test_control_frames_have_room_in_the_middle_of_the_longest_message() -> None:
    connection = end(False, max_message=10)
    stream = (
        masked(TEXT, b"123456789", fin=False)
        + masked(Opcode.PING, bytes(125))
        + masked(CONTINUATION, b"0")
    )
    assert feed(connection, stream) == [Ping(bytes(125)), TextMessage("1234567890")]


# --- two ends in memory ---------------------------------------------------------------


class ConnectionPair:
    """A client and a server with a wire between them that keeps no promise on chunks.

    Args:
        sizes: How many bytes go over at a time, again and again.
    """

    def __init__(self, sizes: Sequence[int] = (2**20,)) -> None:
        self.ends = (client(), server())
        self.events: tuple[list[Event], list[Event]] = ([], [])
        self._wires = [bytearray(), bytearray()]  # to the client, to the server
        self._sizes = itertools.cycle(sizes)

    def move(self) -> bool:
        """Let some bytes arrive at each end; return whether there were any."""
        for number, connection in enumerate(self.ends):
            self._wires[1 - number] += connection.data_to_send()
        moved = any(self._wires)
        for number, connection in enumerate(self.ends):
            size = next(self._sizes)
            data = bytes(self._wires[number][:size])
            del self._wires[number][:size]
            self.events[number].extend(feed(connection, data))
        return moved

    def settle(self) -> None:
        """Let everything arrive, then close TCP: the server first, as it must."""
        while self.move():
            pass
        here, there = self.ends
        assert there.must_close_tcp and not here.must_close_tcp
        self.events[0].extend(finish(here))
        self.events[1].extend(finish(there))


def messages(events: list[Event]) -> list[Event]:
    """Return the messages among some events."""
    return [event for event in events if isinstance(event, TextMessage | BinaryMessage)]


def test_two_ends_hold_a_conversation() -> None:
    pair = ConnectionPair([3, 1, 7])
    here, there = pair.ends
    here.send_text("Hello")
    there.send_binary(b"\x00" * 300)
    there.send_ping(b"are you there?")
    while pair.move():
        pass
    here.send_close(1000, "done")
    pair.settle()
    assert pair.events == (
        [
            BinaryMessage(bytes(300)),
            Ping(b"are you there?"),
            CloseReceived(1000),
            TcpClosed(1000),
        ],
        [
            TextMessage("Hello"),
            Pong(b"are you there?"),
            CloseReceived(1000, "done"),
            TcpClosed(1000, "done"),
        ],
    )


def test_whatever_is_sent_before_a_close_arrives_once_and_in_order() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = pytest.importorskip("hypothesis.strategies")
    act = st.tuples(
        st.integers(0, 1),
        st.one_of(st.text(max_size=200), st.binary(max_size=200)),
        st.lists(st.integers(0, 200), max_size=3),
        st.sampled_from(["send", "ping", "move"]),
    )

    def send(connection: Connection, message: str | bytes, cuts: list[int]) -> Event:
        places = [0, *sorted(cut % (len(message) + 1) for cut in cuts), len(message)]
        parts = [message[a:b] for a, b in itertools.pairwise(places)]
        for number, part in enumerate(parts, 1):
            fin = number == len(parts)
            if isinstance(part, str):
                connection.send_text(part, fin=fin)
            else:
                connection.send_binary(part, fin=fin)
        if isinstance(message, str):
            return TextMessage(message)
        return BinaryMessage(message)

    @hypothesis.settings(derandomize=True, database=None, deadline=None)
    @hypothesis.given(
        st.lists(act, max_size=8),
        st.lists(st.integers(1, 300), min_size=1, max_size=4),
        st.sampled_from([(0,), (1,), (0, 1), (1, 0)]),
    )
    def check(
        acts: list[tuple[int, str | bytes, list[int], str]],
        sizes: list[int],
        closing: tuple[int, ...],
    ) -> None:
        pair = ConnectionPair(sizes)
        sent: tuple[list[Event], list[Event]] = ([], [])
        pings = [0, 0]
        for number, message, cuts, what in acts:
            if what == "send":
                sent[number].append(send(pair.ends[number], message, cuts))
            elif what == "ping":
                pair.ends[number].send_ping(b"?")
                pings[number] += 1
            else:
                pair.move()
        for number in closing:
            pair.ends[number].send_close(3000 + number)
        pair.settle()
        assert messages(pair.events[0]) == sent[1]
        assert messages(pair.events[1]) == sent[0]
        for number in (0, 1):
            assert pair.ends[number].state is State.CLOSED
            assert pair.events[number].count(Ping(b"?")) == pings[1 - number]
            closer = closing[0] if len(closing) == 1 else 1 - number
            assert pair.events[number][-2:] == [
                CloseReceived(3000 + closer),
                TcpClosed(3000 + closer),
            ]

    check()


def test_no_bytes_raise_and_every_answer_is_legal() -> None:
    hypothesis = pytest.importorskip("hypothesis")
    st = pytest.importorskip("hypothesis.strategies")
    legal = [
        masked(TEXT, "κόσμε".encode()),
        masked(TEXT, "κό".encode()[:3], fin=False),
        masked(CONTINUATION, "κό".encode()[3:]),
        masked(BINARY, bytes(130)),
        masked(Opcode.PING, b"?"),
        masked(Opcode.PONG, b"!"),
        CLOSE_1000,
    ]
    stream = st.lists(st.sampled_from(legal) | st.binary(max_size=20)).map(b"".join)

    @hypothesis.settings(derandomize=True, database=None, deadline=None)
    @hypothesis.given(stream, st.dictionaries(st.integers(0, 99), st.integers(0, 255)))
    def check(data: bytes, changes: dict[int, int]) -> None:
        changed = bytearray(data)
        for place, value in changes.items():
            if place < len(changed):
                changed[place] = value
        here, there = client(), end(False, max_message=200)
        events = feed(there, bytes(changed), echo=True)
        at_once = list(events)
        events += finish(there)
        assert isinstance(events[-1], TcpClosed)
        last = [
            event
            for event in at_once
            if isinstance(event, CloseReceived | ConnectionFailed)
        ]
        assert last in ([], at_once[-1:]), "nothing is told after a Close or a failure"
        answers = feed(here, there.data_to_send())
        assert not any(isinstance(event, ConnectionFailed) for event in answers)

        single = end(False, max_message=200)
        bits = [bytes([byte]) for byte in changed]
        assert feed(single, *bits, echo=True) == at_once

    check()


# --- the same bytes through other libraries -------------------------------------------


def told_by_websockets(
    data: bytes, max_size: int | None = 2**20
) -> tuple[list[Event], bytes]:
    """Return what the server of ``websockets`` makes of some bytes, in our words."""
    theirs = Protocol(Side.SERVER, state=OPEN, max_size=max_size)
    theirs.receive_data(data)
    events: list[Event] = []
    begun: list[Any] = []
    for frame in theirs.events_received():
        assert isinstance(frame, TheirFrame)
        payload = bytes(frame.data)
        if frame.opcode in (Opcode.PING, Opcode.PONG):
            events.append((Ping if frame.opcode == Opcode.PING else Pong)(payload))
        elif frame.opcode == Opcode.CLOSE:
            assert theirs.close_rcvd is not None
            events.append(
                CloseReceived(theirs.close_rcvd.code, theirs.close_rcvd.reason)
            )
        else:
            begun.append(frame)
            if frame.fin:
                payload = b"".join(bytes(part.data) for part in begun)
                is_text = begun[0].opcode == Opcode.TEXT
                text = payload.decode(errors="replace")
                events.append(TextMessage(text) if is_text else BinaryMessage(payload))
                begun = []
    return events, b"".join(theirs.data_to_send())


def told_by_wsproto(data: bytes) -> tuple[list[Event], bytes]:
    """Return what the server of ``wsproto`` makes of some bytes, in our words."""
    pytest.importorskip("wsproto")
    import wsproto.events
    from wsproto.connection import ConnectionType

    theirs = wsproto.connection.Connection(ConnectionType.SERVER)
    theirs.receive_data(data)
    events: list[Event] = []
    sent = b""
    text, payload = "", b""
    for event in theirs.events():
        if isinstance(event, wsproto.events.TextMessage):
            text += event.data
            if event.message_finished:
                events.append(TextMessage(text))
                text = ""
        elif isinstance(event, wsproto.events.BytesMessage):
            payload += bytes(event.data)
            if event.message_finished:
                events.append(BinaryMessage(payload))
                payload = b""
        elif isinstance(event, wsproto.events.Ping):
            events.append(Ping(bytes(event.payload)))
            sent += theirs.send(event.response())
        elif isinstance(event, wsproto.events.Pong):
            events.append(Pong(bytes(event.payload)))
        elif isinstance(event, wsproto.events.CloseConnection):
            events.append(CloseReceived(int(event.code), event.reason or ""))
            sent += theirs.send(event.response())
    return events, sent


def legal_streams() -> Any:
    """Return a strategy: frames that a client may send, as bytes."""
    st = pytest.importorskip("hypothesis.strategies")
    control = st.builds(
        masked, st.sampled_from([Opcode.PING, Opcode.PONG]), st.binary(max_size=125)
    )
    payload = st.one_of(
        st.text(max_size=70).map(lambda text: (TEXT, text.encode())),
        st.binary(max_size=200).map(lambda data: (BINARY, data)),
    )

    def cut(
        message: tuple[Opcode, bytes], places: list[int], controls: list[bytes]
    ) -> bytes:
        opcode, data = message
        ends = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
        between: Iterator[bytes] = iter(controls)
        stream = b""
        for number, (a, b) in enumerate(itertools.pairwise(ends), 1):
            kind = opcode if number == 1 else CONTINUATION
            stream += masked(kind, data[a:b], fin=number == len(ends) - 1)
            stream += next(between, b"")
        return stream

    message = st.builds(
        cut,
        payload,
        st.lists(st.integers(0, 200), max_size=4),
        st.lists(control, max_size=4),
    )
    close = st.sampled_from([b"", masked(Opcode.CLOSE), CLOSE_1000])
    return st.tuples(st.lists(message, max_size=5).map(b"".join), close).map(b"".join)


@pytest.mark.parametrize("told", [told_by_websockets, told_by_wsproto])
def test_other_libraries_tell_and_answer_the_same(told: Any) -> None:
    told(b"")  # skipped here, if it is not installed
    hypothesis = pytest.importorskip("hypothesis")

    @hypothesis.settings(derandomize=True, database=None, deadline=None)
    @hypothesis.given(legal_streams())
    def check(data: bytes) -> None:
        connection = server()
        events = feed(connection, data)
        assert (events, connection.data_to_send()) == told(data)

    check()


# Where they part: what a client sends, the code that each closes with (None: it takes
# what came for good), ours, that of websockets, that of wsproto. Ours is what the
# section of the rule asks for.
APART: dict[str, tuple[bytes, int | None, int | None, int | None]] = {
    "5.2, a length not minimal": (
        BROKEN["a length not minimal, in 16 bits"][0],
        1002,
        None,
        1002,
    ),
    "5.2, the top bit of a length": (
        BROKEN["the top bit of a length"][0],
        1002,
        1009,
        1002,
    ),
    "8.1, text that is not UTF-8": (
        masked(TEXT, b"\xff"),
        1007,
        None,  # its I/O layers decode, and close with 1007
        1007,
    ),
    "5.5.1, a Close inside a message": (
        masked(TEXT, b"Hel", fin=False) + CLOSE_1000,
        1000,
        1002,
        1000,
    ),
}


@pytest.mark.parametrize(
    ("data", "ours", "websockets", "wsproto"), APART.values(), ids=APART
)
def test_where_other_libraries_part_from_the_rfc_we_do_not(
    data: bytes, ours: int | None, websockets: int | None, wsproto: int | None
) -> None:
    connection = server()
    feed(connection, data)
    assert close_code(connection.data_to_send()) == ours
    assert close_code(told_by_websockets(data)[1]) == websockets
    assert close_code(told_by_wsproto(data)[1]) == wsproto


def test_a_ping_inside_a_long_message_counts_against_the_limit_only_elsewhere() -> None:
    data = masked(TEXT, b"12345678", fin=False) + masked(Opcode.PING, b"Hello")
    connection = end(False, max_message=10)
    assert feed(connection, data) == [Ping(b"Hello")]
    assert close_code(connection.data_to_send()) is None
    assert close_code(told_by_websockets(data, max_size=10)[1]) == 1009


def close_code(sent: bytes) -> int | None:
    """Return the code of the Close frame among the frames of a server, if any."""
    for frame in frames_in(sent):
        if frame.opcode is Opcode.CLOSE:
            return int.from_bytes(frame.payload[:2], "big")
    return None


def test_the_events_can_be_pasted_back() -> None:
    events: list[Event] = [
        TextMessage("κ"),
        BinaryMessage(b"\x00"),
        Ping(),
        Pong(b"?"),
        CloseReceived(),
        ConnectionFailed("a server masks no frame", "5.1", 1002),
        TcpClosed(1000, "done"),
    ]
    for event in events:
        assert eval(repr(event)) == event
    assert CloseReceived().code == CloseCode.NO_STATUS_RECEIVED
    assert TcpClosed().code == CloseCode.ABNORMAL_CLOSURE


def test_whatever_becomes_of_a_stream_it_is_read_the_same_and_nothing_is_raised() -> (
    None
):
    endings = fuzz(3000, seed=7)
    assert set(endings) == {"no fault", "1002", "1007", "1009"}
