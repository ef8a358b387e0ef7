"""A server of steps: a student's, whatever they do, and the finished ones between."""

import socket
from typing import Any

import pytest
import websocket

from wslib.errors import ProtocolError
from wslib.handshake import build_request
from wslib.labs.workshop import (
    STEPS,
    Endpoint,
    NoWire,
    Steps,
    WorkshopServer,
    finished,
    heartbeat,
)
from wslib.labs.workshop.doing import NotYet

REQUEST = build_request("server.example", key="dGhlIHNhbXBsZSBub25jZQ==").serialize()
HELLO = bytes.fromhex("81 85 37 fa 21 3d 7f 9f 4d 51 58")
NAMES = [step.__name__ for step in STEPS]


def named(name: str, function: Any) -> Any:
    """Return a function under the name of a step."""
    function.__name__ = name
    return function


def later(*args: Any) -> Any:
    """Do it."""
    ...


# --- whose steps ----------------------------------------------------------------------


def test_an_empty_step_is_done_by_the_finished_one_and_is_nobodys() -> None:
    def answer(request: Any) -> Any:
        """Answer."""
        ...

    steps = Steps(finished.read_request, answer)
    assert (steps.known, steps.mine) == (NAMES[:2], [])
    assert steps.function("answer") is finished.answer


def test_what_is_missing_before_the_last_step_is_done_by_the_finished_one() -> None:
    def read_frame(data: bytes) -> Any:
        return finished.read_frame(data)

    steps = Steps(read_frame)
    assert (steps.known, steps.mine) == (NAMES[:3], ["read_frame"])
    assert steps.function("answer") is finished.answer
    with pytest.raises(NotYet, match="no write_frame yet"):
        steps.function("write_frame")


def test_a_step_may_have_another_name_if_it_is_said_whose_place_it_takes() -> None:
    def mended(data: bytes, whole: bool) -> bool:
        return data == b"x"

    assert Steps(is_text=mended).do("is_text", b"x", True) is True


def test_what_is_no_step_is_told_which_there_are() -> None:
    with pytest.raises(ValueError, match="no step is called 'later': they are read_re"):
        Steps(later)
    with pytest.raises(TypeError, match="a step is a function"):
        Steps(b"no")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no step is called 'is_txt'"):
        Steps(is_txt=later)


# --- what a step may do ---------------------------------------------------------------

WRONG: list[tuple[str, Any, tuple[Any, ...], str]] = [
    ("read_request", lambda d: d[9], (b"GET",), "raised IndexError: index out of"),
    ("read_request", lambda d: ("GET /", {}), (b"GET",), "it returned ('GET /', {}); "),
    ("read_request", lambda d: d[9:] or None, (b"GET\r\n\r\n",), "empty line has come"),
    ("read_request", lambda d: (("", {}), 9), (b"GET",), "the size 9, of 3 bytes"),
    ("read_request", lambda d: (("", {}), 0), (b"GET",), "the size 0, of 3 bytes"),
    ("answer", lambda r: "HTTP/1.1 101", (("", {}),), "due is bytes"),
    ("answer", lambda r: {}, (("", {}),), "it returned {}; due is bytes"),
    ("read_frame", lambda d: (1, 2), (HELLO,), "due is (fin, opcode, payload, size)"),
    ("read_frame", lambda d: (1, 1, "Hello", 11), (HELLO,), "'Hello', 11); due is"),
    ("write_frame", lambda *a: [1], (1, b"", None), "it returned [1]; due is bytes"),
    ("join", lambda *a: "Hello", (None, True, 1, b""), "due is (opcode, payload)"),
    ("is_text", lambda *a: "yes", (b"x", True), "due is True or False"),
    ("broken_rule", lambda *a: True, (b"x", True), "due is a text, or None"),
    ("on_ping", lambda *a: a[0].sent(), (None, b"?"), "raised AttributeError: "),
]


@pytest.mark.parametrize(("name", "function", "arguments", "words"), WRONG)
def test_a_step_that_does_what_it_should_not_is_noted_once(
    name: str, function: Any, arguments: tuple[Any, ...], words: str
) -> None:
    steps = Steps(**{name: function})
    for _ in range(3):
        with pytest.raises(NotYet) as caught:
            steps.do(name, *arguments)
    assert words in str(caught.value)
    [trouble] = steps.troubles
    assert (trouble.step, str(trouble)) == (name, str(caught.value))


def test_a_trouble_shows_the_bytes_that_it_was_about() -> None:
    steps = Steps(read_frame=lambda data: 1 / 0)
    with pytest.raises(NotYet):
        steps.do("read_frame", bytes(range(40)))
    assert "00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f … (40 bytes)" in str(
        steps.troubles[0]
    )


def test_a_coroutine_in_place_of_an_answer_is_said_to_be_one() -> None:
    async def answer(request: Any) -> bytes:
        return b""

    steps = Steps(answer)
    with pytest.raises(NotYet, match="it is an `async def`; only serve is one"):
        steps.do("answer", ("", {}))


def test_a_broken_rule_is_no_trouble() -> None:
    def join(*args: Any) -> Any:
        raise ProtocolError("no", section="5.4")

    steps = Steps(join)
    with pytest.raises(ProtocolError):
        steps.do("join", None, True, 0, b"")
    assert steps.troubles == []


# --- one end of a connection ----------------------------------------------------------


def test_wherever_a_stream_is_cut_the_same_goes_out() -> None:
    stream = REQUEST + HELLO + bytes.fromhex("89 80 00 00 00 00 88 80 00 00 00 00")
    sent = set()
    for place in range(len(stream)):
        end, out = Endpoint(Steps(*STEPS)), b""
        for piece in stream[:place], stream[place:]:
            end.receive(piece)
            out += end.data_to_send()
        assert end.over
        sent.add(out)
    [out] = sent
    assert out.endswith(b"\x81\x05Hello\x8a\x00\x88\x00")


def test_two_ends_understand_each_other() -> None:
    server, client = Endpoint(Steps(*STEPS)), Endpoint(Steps(*STEPS), client=True)
    server.receive(REQUEST)
    server.data_to_send()
    for text in b"", b"Hello", b"x" * 70_000:
        client.send(1, text)
        data = client.data_to_send()
        assert data[1] & 0x80  # a client masks
        server.receive(data)
        client.receive(server.data_to_send())
    assert client.messages == [(1, b""), (1, b"Hello"), (1, b"x" * 70_000)]
    client.send(8, b"\x03\xe8")
    server.receive(client.data_to_send())
    client.receive(server.data_to_send())
    assert client.over and server.over


def test_a_client_refuses_a_masked_frame() -> None:
    client = Endpoint(Steps(*STEPS), client=True)
    client.receive(HELLO)
    assert client.over
    fin, opcode, payload, _ = finished.read_frame(client.data_to_send()) or (0,) * 4
    assert (opcode, bytes(payload[:2])) == (8, b"\x03\xea")  # type: ignore[index]


def test_nothing_goes_out_behind_a_close() -> None:
    end = Endpoint(Steps(*STEPS), client=True)
    for opcode in 8, 1, 8:
        end.send(opcode, b"")
    assert len(end.data_to_send()) == 6


def test_without_a_wire_nothing_is_late() -> None:
    wire = NoWire(Steps(*STEPS))
    wire.sendall(REQUEST)
    assert wire.recv(4096).startswith(b"HTTP/1.1 101 ")
    with pytest.raises(TimeoutError):
        wire.recv(4096)
    wire.close()
    assert wire.recv(4096) == b""


# --- the server -----------------------------------------------------------------------


def test_a_step_that_never_ends_is_ended_named_and_not_called_again() -> None:
    def read_frame(data: bytes) -> Any:
        while True:
            pass

    with WorkshopServer(*STEPS[:2], read_frame, *STEPS[3:]) as server:
        for _ in range(2):
            client = websocket.create_connection(server.url, timeout=20)
            client.send("Hello")
            with pytest.raises(websocket.WebSocketConnectionClosedException):
                client.recv()
            client.shutdown()
        [trouble] = server.steps.troubles
    assert str(trouble) == "read_frame: it did not end. A loop without an end?"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ("raise", "serve: it raised ValueError: no"),
        ("return", ""),
        ("plain", "serve: it raised TypeError: "),
    ],
)
def test_a_loop_of_a_students_own_may_fail(wrong: str, words: str) -> None:
    async def serve(end: Any, reader: Any, writer: Any) -> None:
        if wrong == "raise":
            raise ValueError("no")

    function: Any = serve if wrong != "plain" else named("serve", lambda *a: 1)
    with WorkshopServer(*STEPS[:9], function) as server:
        with socket.create_connection((server.host, server.port), 20) as wire:
            wire.sendall(REQUEST)
            try:
                assert wire.recv(4096) == b""
            except ConnectionError:
                pass  # it had read nothing
        troubles = [str(trouble) for trouble in server.steps.troubles]
    assert [words in t for t in troubles] == [True] * bool(words)


def test_a_server_stops_with_clients_at_it_and_says_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with WorkshopServer(*STEPS) as server:
        client = websocket.create_connection(server.url, timeout=20)
        client.send("Hello")
        assert client.recv() == "Hello"
    client.shutdown()
    assert capfd.readouterr() == ("", "")


def test_a_plain_request_gets_the_page_if_there_is_one() -> None:
    for page, status in (True, b"200"), (False, b"400"):
        with WorkshopServer(*STEPS, page=page) as server:
            with socket.create_connection((server.host, server.port), 20) as wire:
                wire.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                assert wire.recv(4096).split()[1] == status


# --- the heartbeat --------------------------------------------------------------------


@pytest.mark.parametrize("count", range(len(STEPS) + 1))
def test_the_finished_steps_get_right_what_they_should(count: int) -> None:
    beat = heartbeat(*STEPS[:count])
    assert beat.wrong == [] and beat.steps.troubles == [] and beat.printed == ""
    assert f"{count} of 10 functions. Yours: none yet." in beat.as_text()
    assert ("What comes next" in beat.as_text()) is (count < 9)
    assert beat.report.ok is (count >= 9)


def test_a_wrong_step_is_told_apart_from_one_that_is_missing() -> None:
    def on_close(end: Any, payload: bytes) -> None:
        print("closing")
        end.over = True

    beat = heartbeat(*STEPS[:5], on_close)
    assert "Yours: on_close. The course's, in place of yours: read_request," in str(
        beat
    )
    assert beat.wrong[0] == "close-1000"
    assert set(beat.wrong) < set(beat.report.failed)
    assert "These steps should get" in beat.as_text()
    assert "These steps should get" in beat.as_html()
    assert "Your steps printed:\nclosing\n" in beat.as_text()
    assert "more lines" in beat.as_text()


def test_a_step_that_fails_is_shown_with_its_line() -> None:
    def read_frame(data: bytes) -> Any:
        return data[1] + 1 / 0

    beat = heartbeat(*STEPS[:2], read_frame, STEPS[3])
    assert "✗ read_frame: it raised ZeroDivisionError: " in beat.as_text()
    assert "at `return data[1] + 1 / 0`" in beat.as_text()
    assert "it was about 81 85 37 fa" in beat.as_text()


# --- what a stranger may send ---------------------------------------------------------


def test_a_long_text_in_many_fragments_costs_no_more_than_its_bytes() -> None:
    looked: list[int] = []

    def is_text(data: bytes, whole: bool) -> bool:
        looked.append(len(data))
        return finished.is_text(data, whole)

    end = Endpoint(Steps(*STEPS[:7], is_text, *STEPS[8:]))
    end.receive(REQUEST)
    text = "καλημέρα".encode() * 10_000
    end.receive(b"\x01\xff" + len(text).to_bytes(8, "big") + bytes(4) + text)
    for _ in range(3000):
        end.receive(b"\x00\x80\x00\x00\x00\x00")
    end.receive(b"\x80\x81\x00\x00\x00\x00!")
    assert end.data_to_send().endswith("καλημέρα!".encode())
    assert sum(looked) < 2 * len(text)


@pytest.mark.parametrize("cut", range(1, 4))
def test_half_a_character_is_looked_at_again_with_its_other_half(cut: int) -> None:
    end = Endpoint(Steps(*STEPS))
    end.receive(REQUEST)
    end.data_to_send()
    smile = "a😀".encode()
    first, second = smile[: 1 + cut], smile[1 + cut :]
    end.receive(bytes([0x01, 0x80 | len(first)]) + bytes(4) + first)
    end.receive(bytes([0x80, 0x80 | len(second)]) + bytes(4) + second)
    assert end.data_to_send() == b"\x81\x05" + smile


def test_a_loop_that_does_not_notice_the_end_is_called_by_its_name() -> None:
    async def serve(end: Any, reader: Any, writer: Any) -> None:
        while not end.over:
            end.receive(await reader.read(65536))
            writer.write(end.data_to_send())

    with WorkshopServer(*STEPS[:9], serve) as server:
        with socket.create_connection((server.host, server.port), 20) as wire:
            wire.sendall(REQUEST)
            wire.recv(4096)
            wire.shutdown(socket.SHUT_WR)
            assert wire.recv(4096) == b""
        [trouble] = server.steps.troubles
    assert str(trouble) == "serve: it did not end. A loop without an end?"


def test_one_mistake_is_told_once_in_the_step_that_made_it() -> None:
    def on_ping(end: Any, payload: bytes) -> None:
        end.send(10, payload.decode())

    with WorkshopServer(*STEPS[:4], on_ping) as server:
        client = websocket.create_connection(server.url, timeout=20)
        client.ping("?")
        with pytest.raises(websocket.WebSocketConnectionClosedException):
            client.recv()
        client.shutdown()
        steps = {trouble.step for trouble in server.steps.troubles}
    assert steps == {"write_frame"}


ODD_REQUESTS: list[tuple[bytes, bytes]] = [
    (REQUEST.replace(b"GET / HTTP/1.1", b"GET /"), b"400"),
    (REQUEST.replace(b"GET / HTTP/1.1", b"GET  / HTTP/1.1"), b"101"),
    (REQUEST.replace(b"GET / HTTP/1.1", b""), b"400"),
    (REQUEST.replace(b"dGhl", "dGhé".encode()), b"400"),
    (REQUEST.replace(b": Upgrade", b": keep-alive,\tUpgrade"), b"101"),
    (REQUEST.replace(b": Upgrade", b": Up grade"), b"400"),
    (REQUEST.replace(b": 13", b": 8"), b"426"),
]


@pytest.mark.parametrize(("request_", "status"), ODD_REQUESTS)
def test_an_odd_request_is_answered(request_: bytes, status: bytes) -> None:
    end = Endpoint(Steps(*STEPS))
    end.receive(request_)
    response = end.data_to_send()
    assert response.split(b" ")[1] == status
    assert end.steps.troubles == []
    if status != b"101":
        assert b"Connection: " in response and b"close\r\n" in response
    if status == b"426":
        assert b"\r\nUpgrade: websocket\r\n" in response


def test_a_head_without_an_end_is_not_kept_for_ever() -> None:
    end = Endpoint(Steps(*STEPS))
    for _ in range(20):
        end.receive(b"x" * 1000)
    assert end.over and end.data_to_send() == b""


def test_a_rule_in_many_words_is_cut_to_what_a_close_holds() -> None:
    end = Endpoint(Steps(*STEPS[:8], named("broken_rule", lambda *a: "é" * 100)))
    end.receive(REQUEST)
    end.data_to_send()
    end.receive(HELLO)
    data = end.data_to_send()
    assert data[:4] == b"\x88\x7c\x03\xea" and data[4:].decode() == "é" * 61


def test_as_a_client_the_two_steps_that_differ_are_asked() -> None:
    def write_frame(opcode: int, payload: bytes, masking_key: Any = None) -> bytes:
        return finished.write_frame(opcode, payload)

    def broken_rule(data: bytes, client: bool) -> str | None:
        return finished.broken_rule(data, False)

    beat = heartbeat(*STEPS[:3], write_frame)
    assert "due is\n    81 85 37 fa 21 3d 7f 9f 4d 51 58" in beat.as_text()
    assert "is masked" in heartbeat(*STEPS[:8], broken_rule).as_text()
    assert heartbeat(*STEPS).as_client == ""


def test_what_is_allowed_and_not_as_good_is_said() -> None:
    def is_text(data: bytes, whole: bool) -> bool:
        return not whole or finished.is_text(data, whole)

    beat = heartbeat(*STEPS[:7], is_text)
    assert beat.wrong == [] and beat.slack == ["utf8-early"]
    assert "Allowed, but there is a better answer:\nutf8-early" in beat.as_text()
