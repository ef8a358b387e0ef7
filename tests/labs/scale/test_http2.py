"""A WebSocket inside HTTP/2: what is on the wire, and that nothing is left over."""

import random
import socket
import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest
from h2.exceptions import ProtocolError
from hyperframe.frame import DataFrame, PingFrame, SettingsFrame
from hyperframe.frame import Frame as OtherFrame

from wslib.direction import DOWN, UP
from wslib.frames import Frame, Opcode, close_payload
from wslib.labs.scale import Http2Connection, Http2Server, http2_frames
from wslib.labs.scale.http2_reader import PREFACE, Http2Frame, Http2Type
from wslib.relay import RecordingProxy

KEY = bytes.fromhex("37 fa 21 3d")
HELLO = Frame(opcode=Opcode.TEXT, payload=b"Hello", masking_key=KEY).serialize()
ANSWER = Frame(opcode=Opcode.TEXT, payload=b"Received:  Hello")
REQUEST = {
    ":method": "CONNECT",
    ":protocol": "websocket",
    ":scheme": "http",
    ":path": "/",
    ":authority": "server.example",
    "sec-websocket-version": "13",
}


def of_type(connection: Http2Connection, kind: Http2Type) -> list[Http2Frame]:
    return [frame for _, frame in connection.passed if frame.type is kind]


def test_the_nine_bytes_are_read_as_the_rfc_draws_them() -> None:
    wire = bytes.fromhex("00 00 0b 00 01 80 00 00 03") + HELLO
    (frame,) = http2_frames(wire)
    assert (frame.type, frame.flags, frame.stream) == (0, ("END_STREAM",), 3)
    assert (frame.payload, frame.data, frame.name) == (HELLO, wire, "DATA")


def test_a_frame_that_is_not_complete_is_not_read() -> None:
    wire = bytes.fromhex("00 00 08 06 01 00 00 00 00") + bytes(8)
    for size in range(len(wire)):
        assert http2_frames(wire[:size]) == []
        assert len(http2_frames(wire + wire[:size])) == 1
    assert len(http2_frames(PREFACE + wire * 3)) == 3


def test_a_type_that_nobody_knows_is_told_by_its_number() -> None:
    (frame,) = http2_frames(bytes.fromhex("00 00 01 fa ff 00 00 00 00 2a"))
    assert (frame.name, frame.flags, frame.words()) == ("type 0xfa", (), "2a")


def test_another_reader_reads_the_same() -> None:
    chance = random.Random(8441)
    theirs: list[Any] = []
    for number in range(1, 200, 2):
        data = chance.randbytes(chance.choice([0, 1, 17, 256, 70_000]))
        flags = ["END_STREAM"] if chance.random() < 0.5 else []
        theirs.append(DataFrame(number, data, flags=flags))
        theirs.append(PingFrame(opaque_data=chance.randbytes(8), flags=["ACK"]))
        theirs.append(SettingsFrame(settings={8: chance.randrange(2), 5: 16384}))
    wire = b"".join(each.serialize() for each in theirs)
    for ours, other in zip(http2_frames(wire), theirs, strict=True):
        parsed, length = OtherFrame.parse_frame_header(memoryview(ours.data[:9]))
        assert (parsed.type, parsed.stream_id) == (ours.type, ours.stream)
        assert (length, set(other.flags)) == (len(ours.payload), set(ours.flags))


def test_settings_bring_leave_to_connect() -> None:
    with Http2Server() as server, Http2Connection(server) as connection:
        assert connection.settings["ENABLE_CONNECT_PROTOCOL"] == 1
        theirs = connection.passed[1][1]
        assert theirs.data.startswith(bytes.fromhex("00 00 2a 04 00 00 00 00 00"))
        assert bytes.fromhex("00 08 00 00 00 01") in theirs.payload
        assert "ENABLE_CONNECT_PROTOCOL: 1" in theirs.show().as_text()


def test_the_answer_is_200_with_no_accept_and_the_frames_are_those_of_ever() -> None:
    with Http2Server() as server, Http2Connection(server) as connection:
        one = connection.request(*REQUEST.items())
        assert one.headers == [(":status", "200")]
        one.send(HELLO)
        assert one.frames(1) == [ANSWER]
        sent, received = of_type(connection, Http2Type.DATA)
        assert sent.data.hex(" ") == (
            "00 00 0b 00 00 00 00 00 01 81 85 37 fa 21 3d 7f 9f 4d 51 58"
        )
        assert received.payload == ANSWER.serialize()


def test_two_websockets_share_a_connection() -> None:
    with Http2Server() as server, Http2Connection(server) as connection:
        one, two = connection.websocket("/one"), connection.websocket("/two")
        assert (one.number, two.number) == (1, 3)
        two.send(HELLO)
        one.send(HELLO)
        assert one.frames(1) == two.frames(1) == [ANSWER]
        one.send(HELLO[:4])  # a frame of WebSocket, cut by frames of HTTP/2
        one.send(HELLO[4:])
        assert one.frames(1) == [ANSWER]


def test_the_table_is_the_same_on_every_run() -> None:
    def run() -> str:
        with Http2Server() as server, Http2Connection(server) as connection:
            for path in "/one", "/two":
                stream = connection.websocket(path)
                stream.send(HELLO)
                stream.frames(1)
            return connection.frames().as_text()

    table = run()
    assert {run() for _ in range(5)} == {table}
    assert "▶         11  DATA                        3  81 85 37 fa" in table


def test_what_a_relay_sees_is_what_was_kept() -> None:
    with Http2Server() as server, RecordingProxy(server.url) as relay:
        with Http2Connection(relay) as connection:
            one = connection.websocket()
            one.send(HELLO)
            one.frames(1)
        relay.recording.wait_closed()
        for direction in UP, DOWN:
            kept = [each for way, each in connection.passed if way is direction]
            assert http2_frames(relay.recording.stream(direction))[: len(kept)] == kept


def test_without_a_version_there_is_no_websocket() -> None:
    fields = {n: value for n, value in REQUEST.items() if n != "sec-websocket-version"}
    with Http2Server() as server, Http2Connection(server) as connection:
        assert (":status", "400") in connection.request(*fields.items()).headers


def test_a_connect_without_a_protocol_is_not_even_sent() -> None:
    fields = {name: value for name, value in REQUEST.items() if name != ":protocol"}
    with Http2Server() as server, Http2Connection(server) as connection:
        with pytest.raises(ProtocolError, match="MUST NOT include :scheme"):
            connection.request(*fields.items())


def test_a_message_larger_than_the_windows_passes() -> None:
    payload = random.Random(9113).randbytes(300_000)
    sent = Frame(opcode=Opcode.BINARY, payload=payload, masking_key=KEY)
    with Http2Server() as server, Http2Connection(server) as connection:
        one = connection.websocket()
        one.send(sent.serialize())
        (answer,) = one.frames(1)
        assert answer.payload == b"Received:  " + payload


def test_the_end_of_a_stream_is_not_the_end_of_the_connection() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            return
        await receive()
        await send({"type": "websocket.accept"})
        await receive()
        await send({"type": "websocket.close", "code": 1001})

    with Http2Server(app) as server, Http2Connection(server) as connection:
        one, two = connection.websocket(), connection.websocket()
        one.send(HELLO)
        assert one.frames(1)[0].payload == close_payload(1001)
        with pytest.raises(ConnectionError, match="ended stream 1"):
            one.frames(1)
        assert of_type(connection, Http2Type.DATA)[-1].flags == ("END_STREAM",)
        two.send(HELLO)
        assert two.frames(1)[0].payload == close_payload(1001)


def test_a_server_that_stops_says_goodbye_in_each_websocket() -> None:
    server = Http2Server().start()
    with Http2Connection(server) as connection:
        one, two = connection.websocket(), connection.websocket()
        server.stop()
        assert not server.running
        for each in one, two:
            assert each.frames(1)[0].payload == close_payload(1001)
            with pytest.raises(ConnectionError):
                each.frames(1)
    again = Http2Server(port=server.port)
    with again, Http2Connection(again) as connection:
        assert connection.websocket().headers


def test_a_stop_reports_nothing_of_those_whom_it_cuts_off(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = Http2Server().start()
    with Http2Connection(server) as connection:
        server.stop()
        with pytest.raises(ConnectionError):
            connection.ping()
    assert caplog.records == []


def test_a_server_of_http_1_is_told_by_its_answer() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    there = cast(Any, SimpleNamespace(host="127.0.0.1", port=listener.getsockname()[1]))

    def refuse() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.recv(1)

    server = threading.Thread(target=refuse)
    server.start()
    with listener, pytest.raises(ConnectionError, match="answers in HTTP/1.1"):
        Http2Connection(there)
    server.join()


def test_an_address_of_ipv6_is_served_too() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with Http2Server(host="::1") as server, Http2Connection(server) as connection:
        assert connection.websocket().headers
