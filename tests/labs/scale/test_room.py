"""The chat as a program: who is in which process hears what, and how a process ends."""

import asyncio
import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from nats import connect as connect_nats
from websockets.asyncio.client import connect as connect_to
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from wslib.frames import parse_close
from wslib.labs.scale import NatsServer, Nginx, PartDied, RoomProcess, who_hears
from wslib.labs.scale import room as room_module
from wslib.labs.scale.guests import Guest, all_here
from wslib.labs.scale.room import KEPT, main
from wslib.raw_client import RawClient

Bounded = Callable[..., Any]


def join(room: RoomProcess, name: str = "ada") -> ClientConnection:
    return connect(f"{room.url}/{name}", compression=None, proxy=None)


def code_of(client: ClientConnection) -> tuple[int, str]:
    """Return how the room closes a connection."""
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            client.recv(timeout=5)
    received = closed.value.rcvd
    return (int(received.code), received.reason) if received else (1006, "")


def test_alone_half_of_the_room_is_silent() -> None:
    with RoomProcess("1") as one, RoomProcess("2") as two:
        assert who_hears([one, two], members=3) == [[3, 0], [0, 3]]
        assert one.health() == {"room": "1", "members": 0, "broker": None}


def test_four_processes_are_one_room_and_nothing_is_lost(nats: NatsServer) -> None:
    rooms = [RoomProcess(str(number), nats).start() for number in range(4)]
    guests = [Guest(room.url, f"{i}") for room in rooms for i in range(50)]
    texts = [f"{room.name} says {i}" for room in rooms for i in range(5)]

    async def talk() -> None:
        async with all_here(*guests):
            for i, text in enumerate(texts):
                await guests[50 * (i // 5)].say(text)
            for guest in guests:
                await guest.until(lambda guest=guest: len(guest.heard) == len(texts))

    asyncio.run(talk())
    assert len(guests) == 200
    assert all(sorted(guest.heard) == sorted(texts) for guest in guests)
    assert who_hears(rooms) == [[2, 2, 2, 2]] * 4
    assert rooms[3].health() == {"room": "3", "members": 0, "broker": True}


def test_the_order_is_the_same_for_all_if_it_is_kept(nats: NatsServer) -> None:
    rooms = [RoomProcess(name, nats, keep=True).start() for name in "12"]
    ada, bob = (Guest(room.url, room.name, keep=True) for room in rooms)

    async def talk() -> None:
        async with all_here(ada, bob):
            for i in range(20):
                await asyncio.gather(ada.say(f"ada {i}"), bob.say(f"bob {i}"))
            for guest in ada, bob:
                await guest.until(lambda guest=guest: len(guest.heard) == 40)

    asyncio.run(talk())
    assert who_hears(rooms, members=3) == [[3, 3], [3, 3]]
    assert ada.heard == bob.heard
    assert [text for text in bob.heard if text[0] == "a"] == [
        f"ada {i}" for i in range(20)
    ]


def test_whoever_speaks_through_a_process_that_is_killed_says_nothing_twice(
    nats: NatsServer,
) -> None:
    one, two = (RoomProcess(name, nats, keep=True).start() for name in "12")
    ada, bob = Guest(one.url, "ada", keep=True), Guest(two.url, "bob", keep=True)
    texts = [str(number) for number in range(40)]

    async def talk() -> None:
        async with all_here(ada, bob):
            for text in texts:
                await ada.say(text)
            await bob.until_heard("0")  # some are stored, and some are acknowledged
            await asyncio.to_thread(one.kill)
            await asyncio.to_thread(one.restart)
            await ada.until(lambda: ada.stored)
            await bob.until_heard(texts[-1])

    asyncio.run(talk())
    assert bob.heard == texts and ada.codes == [1006]


def test_a_process_that_is_killed_is_named_and_its_members_see_1006(
    bounded: Bounded,
) -> None:
    with RoomProcess() as room, join(room) as client:
        room.kill()
        assert bounded(code_of, client, seconds=5) == (1006, "")
        for call in room.health, room.drain, room.check_alive:
            with pytest.raises(PartDied, match=r"the room was killed"):
                bounded(call, seconds=5)
        room.restart()
        assert room.health()["members"] == 0


def test_a_drain_sends_everybody_away_and_waits_for_nobody_who_is_silent(
    bounded: Bounded,
) -> None:
    with RoomProcess() as room, RawClient(room) as silent:
        guests = [Guest(room.url, name) for name in ("ada", "bob")]

        async def talk() -> int:
            async with all_here(*guests):
                told = await asyncio.to_thread(room.drain)
                for guest in guests:
                    await guest.until(lambda guest=guest: guest.codes == [1012])
            return told

        assert bounded(asyncio.run, talk()) == 3
        (close,) = silent.frames(1)
        assert parse_close(close.payload)[0] == 1012
        with pytest.raises(PartDied, match=r"exit status 0\); its last words: drained"):
            room.health()
        room.restart()
        with join(room):
            assert room.health()["members"] == 1
    assert room.words.startswith("drained: 3\n")


WRONG = [
    ("", [], "say who you are: /ada"),
    ("ada", ["hello"], 'expected {"have": ...}'),
    ("ada", ['{"have": "all"}'], 'expected {"have": ...}'),
    ("ada", ['{"have": -1}'], 'expected {"have": ...}'),
    ("ada", ['{"have": 5}'], "nobody has said 5 texts yet"),
    ("ada", ['{"have": 0}', "[1]"], 'expected {"number": ...}'),
    ("ada", ['{"have": 0}', '{"number": 1}'], 'expected {"text": ...}'),
]


def test_what_a_member_says_wrongly_is_named(nats: NatsServer) -> None:
    with RoomProcess("1", nats, keep=True) as room:
        for path, said, why in WRONG:
            with join(room, path) as client:
                for wire in said:
                    client.send(wire)
                assert code_of(client) == (1008, why)


def test_a_new_process_reads_what_was_kept(nats: NatsServer) -> None:
    with RoomProcess("1", nats, keep=True) as one, join(one) as client:
        client.send('{"have": 0}')
        for number in 1, 2, 3:
            client.send(json.dumps({"number": number, "text": f"text {number}"}))
        came = [json.loads(client.recv(timeout=5)) for _ in range(6)]
        assert [each for each in came if "have" in each] == [
            {"have": number} for number in (1, 2, 3)
        ]
        with RoomProcess("2", nats, keep=True) as two, join(two, "bob") as late:
            late.send('{"have": 1}')
            assert [json.loads(late.recv(timeout=5)) for _ in range(2)] == [
                {"number": number, "text": f"text {number}"} for number in (2, 3)
            ]


def test_what_is_kept_has_an_end_and_who_has_missed_more_is_told(
    nats: NatsServer,
) -> None:
    async def store() -> None:
        """Say more than is kept, to the broker itself, and all at once."""
        async with await connect_nats(nats.url) as broker:
            stream, texts = broker.jetstream(), range(1, KEPT + 6)
            await asyncio.gather(
                *(stream.publish("said", f"text {text}".encode()) for text in texts)
            )

    with RoomProcess("1", nats, keep=True) as room:
        with join(room, "ada") as client:
            client.send('{"have": 0}')
            asyncio.run(store())
            while json.loads(client.recv(timeout=5))["number"] < KEPT + 5:
                pass  # heard by all who are in this process, in this order
        with join(room, "bob") as client:
            client.send('{"have": 1}')
            assert code_of(client) == (1008, "4 texts are kept no more")
        with join(room, "new") as client:
            client.send('{"have": 0}')
            came = [json.loads(client.recv(timeout=5)) for _ in range(KEPT)]
            due = range(6, KEPT + 6)
            assert came == [{"number": n, "text": f"text {n}"} for n in due]


def test_a_member_that_does_not_read_is_cut_off_before_it_costs_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_module, "BEHIND", 2**20)

    async def talk() -> None:
        room = room_module.Room("1")
        async with serve(room.serve, "127.0.0.1", 0, compression=None) as server:
            port = server.sockets[0].getsockname()[1]
            async with asyncio.timeout(20), connect_to(f"ws://127.0.0.1:{port}"):
                while not room.members:
                    await asyncio.sleep(0)
                [member] = room.members
                most = 0
                while room.members:
                    room.hand_out(0, "x" * room_module.LONGEST)
                    most = max(most, member.transport.get_write_buffer_size())
                    await asyncio.sleep(0)
                assert most < 2**20 + 2 * room_module.LONGEST

    asyncio.run(talk())


def test_without_its_broker_a_process_does_not_start(nats: NatsServer) -> None:
    nats.kill()
    room = RoomProcess("1", nats)
    with pytest.raises(
        PartDied, match=r"exit status 1\).* no broker answers at nats://127"
    ):
        room.start()
    assert not room.running


def test_a_broker_that_has_lost_its_store_is_not_believed(
    nats: NatsServer, bounded: Bounded
) -> None:
    with RoomProcess("1", nats, keep=True) as room, join(room) as client:
        client.send('{"have": 0}')
        client.send('{"number": 1, "text": "a"}')
        client.recv(timeout=5)
        (store,) = nats.folder.glob("store")
        nats.kill()
        store.rename(store.with_name("lost"))
        nats.restart()
        assert bounded(code_of, client)[0] in (1006, 1011)
        with pytest.raises(PartDied, match="the broker has lost what it had stored"):
            bounded(_until_dead, room)


def test_only_a_broker_can_keep() -> None:
    with pytest.raises(ValueError, match="only a broker can keep"):
        RoomProcess(keep=True)


@pytest.mark.usefixtures("needs_nginx")
def test_the_proxy_says_who_comes_and_a_client_can_say_anything() -> None:
    with RoomProcess() as room, Nginx(room.url) as nginx:

        def seen(port: int, **fields: str) -> str:
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/whoami", headers=fields
            )
            return str(urllib.request.urlopen(request, timeout=5).read().decode())

        lie = {"X-Forwarded-For": "203.0.113.9"}
        assert seen(room.port) == "127.0.0.1 (not forwarded)"
        assert seen(nginx.port) == "127.0.0.1 (127.0.0.1)"
        assert seen(nginx.port, **lie) == "127.0.0.1 (203.0.113.9, 127.0.0.1)"


def test_the_program_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([])
    assert "--port" in capsys.readouterr().err


def _until_dead(room: RoomProcess) -> None:
    """Ask a process until it is dead; raise what that says."""
    while True:
        room.check_alive()
