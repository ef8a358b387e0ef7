"""A room: everybody gets everything in order, and a slow member holds up nobody."""

import asyncio
import contextlib
import functools
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any, cast

import pytest
import websocket
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.frames import Close
from websockets.protocol import State

from wslib.errors import InvalidState
from wslib.labs.live.backlog import keep_little
from wslib.labs.live.rooms import Member, Policy, Room
from wslib.server import EchoServer

SMALL = 2**15  # bytes in the kernel's buffer of a client
BIG = 2**18  # bytes of a message: more than all buffers between the two hold
NEVER = 10**6


class Peer:
    """A connection whose send returns for the first messages, then blocks."""

    close_timeout: float | None = 0.0

    def __init__(self, reads: int = NEVER) -> None:
        self.reads = reads
        self.state = State.OPEN
        self.close_rcvd: Close | None = None
        self.close_sent: Close | None = None
        self.protocol = self
        self.sent: list[str | bytes] = []
        self.closed: list[int] = []
        self.aborted = False
        self.dead = False
        self.ready = asyncio.Event()
        self.transport = self
        self.loop = asyncio.get_running_loop()

    async def send(self, message: str | bytes) -> None:
        if self.dead:
            raise ConnectionClosedError(None, None)
        self.sent.append(message)
        if len(self.sent) > self.reads:
            await self.ready.wait()

    async def close(self, code: int, reason: str) -> None:
        self.closed.append(code)
        await self.ready.wait()

    def abort(self) -> None:
        self.aborted = True

    def end(self, rcvd: Close | None) -> ConnectionClosedError:
        """End the connection; return what whoever uses it is told."""
        self.state, self.close_rcvd = State.CLOSED, rcvd
        return ConnectionClosedError(rcvd, None)


@contextlib.asynccontextmanager
async def joined(room: Room, *peers: Peer) -> AsyncIterator[list[Member]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(room.join(cast(Any, peer)))
            for peer in peers
        ]


async def settle() -> None:
    """Let every task go on until it waits for something."""
    for _ in range(20):
        await asyncio.sleep(0)


async def send_all(room: Room, count: int, subjects: int = 0) -> list[int]:
    told = []
    for n in range(count):
        about = f"subject {n % subjects}" if subjects else None
        told.append(room.send(str(n), about=about))
        await settle()
    return told


def run(test: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    """Make a test of a coroutine function, which leaves no task behind."""

    async def main() -> None:
        async with asyncio.timeout(20):
            await test()
            await settle()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    @functools.wraps(test)
    def wrapped() -> None:
        asyncio.run(main())

    # pytest would take the arguments of the inner one
    del wrapped.__wrapped__  # type: ignore[attr-defined]
    return wrapped


def numbers(first: int, last: int) -> list[str]:
    return [str(n) for n in range(first, last + 1)]


# --- the policies, with a member whose send blocks ------------------------------------


@run
async def test_everybody_gets_everything_in_the_same_order() -> None:
    room, peers = Room(), [Peer(), Peer(), Peer()]
    async with joined(room, *peers):
        assert await send_all(room, 40) == [3] * 40
    assert [peer.sent for peer in peers] == [numbers(0, 39)] * 3


@run
async def test_a_slow_member_delays_nobody_else() -> None:
    room, slow, fast = Room(limit=50), Peer(reads=3), Peer()
    async with joined(room, slow, fast) as (member, other):
        await send_all(room, 20)
        assert fast.sent == numbers(0, 19)
        assert slow.sent == numbers(0, 3)
        assert (member.waiting, other.waiting) == (16, 0)
        slow.reads = NEVER
        slow.ready.set()
        await settle()
        assert slow.sent == numbers(0, 19)
        assert (member.waiting, member.dropped) == (0, 0)


@pytest.mark.parametrize("reads", [0, 1, 5])
def test_drop_lets_the_oldest_go(reads: int) -> None:
    @run
    async def test() -> None:
        room, slow = Room(limit=4, policy=Policy.DROP), Peer(reads)
        async with joined(room, slow) as (member,):
            assert await send_all(room, 20) == [1] * 20
            assert (member.waiting, member.dropped) == (4, 20 - reads - 1 - 4)
            slow.reads = NEVER
            slow.ready.set()
            await settle()
        assert slow.sent == numbers(0, reads) + numbers(16, 19)

    test()


@run
async def test_coalesce_keeps_the_newest_about_each_subject() -> None:
    room, slow = Room(limit=4, policy=Policy.COALESCE), Peer(reads=0)
    async with joined(room, slow) as (member,):
        await send_all(room, 20, subjects=3)
        assert (member.waiting, member.dropped) == (3, 16)
        slow.reads = NEVER
        slow.ready.set()
        await settle()
    assert slow.sent == ["0", "17", "18", "19"]


@run
async def test_coalesce_puts_the_newer_message_at_the_end() -> None:
    room, slow = Room(policy=Policy.COALESCE), Peer(reads=0)
    async with joined(room, slow):
        for text, about in (("-", None), ("gold 1", "gold"), ("tin 1", "tin")):
            room.send(text, about=about)
            await settle()
        room.send("gold 2", about="gold")
        slow.reads = NEVER
        slow.ready.set()
        await settle()
    assert slow.sent == ["-", "tin 1", "gold 2"]


@run
async def test_coalesce_drops_the_oldest_where_no_subject_repeats() -> None:
    room, slow = Room(limit=2, policy=Policy.COALESCE), Peer(reads=0)
    async with joined(room, slow) as (member,):
        await send_all(room, 5)
        assert (member.waiting, member.dropped) == (2, 2)
        slow.reads = NEVER
        slow.ready.set()
        await settle()
    assert slow.sent == ["0", "3", "4"]


@run
async def test_disconnect_closes_the_slow_with_1008_and_frees_its_outbox() -> None:
    room, slow, fast = Room(limit=4), Peer(reads=2), Peer()
    async with joined(room, slow, fast) as (member, other):
        # 0 and 1 are sent, 2 is on its way, 3 to 6 wait, 7 is one too many
        assert await send_all(room, 10) == [2] * 7 + [1] * 3
        assert (member.waiting, member.dropped) == (0, 5)
        assert room.members == (other,)
    assert slow.closed == [1008]
    assert slow.aborted, "the Close waits behind what nobody reads"
    assert fast.sent == numbers(0, 9)
    assert not fast.closed


@run
async def test_a_close_that_gets_through_needs_no_abort() -> None:
    room, slow = Room(limit=1), Peer(reads=0)
    slow.close_timeout = 20.0
    async with joined(room, slow):
        await send_all(room, 3)
        slow.ready.set()
    assert (slow.closed, slow.aborted) == ([1008], False)


@run
async def test_many_messages_in_one_go_make_nobody_slow() -> None:
    room, fast = Room(limit=4), Peer()
    async with joined(room, fast):
        assert [room.send(str(n)) for n in range(50)] == [1] * 50
        await settle()
        assert len(room) == 1
    assert fast.sent == numbers(0, 49)


@pytest.mark.parametrize("reads", [0, 7])
@pytest.mark.parametrize("policy", [Policy.DROP, Policy.COALESCE])
def test_too_many_in_one_go_for_a_slow_member_go_as_soon_as_it_is_slow(
    policy: Policy, reads: int
) -> None:
    @run
    async def test() -> None:
        room, slow = Room(limit=4, policy=policy), Peer(reads)
        async with joined(room, slow) as (member,):
            await settle()
            for n in range(50):
                room.send(str(n), about=str(n))
            assert (member.waiting, member.dropped) == (50, 0), "not known yet"
            await settle()
            assert (member.waiting, member.dropped) == (4, 50 - reads - 1 - 4)
            slow.reads = NEVER
            slow.ready.set()
            await settle()
        assert slow.sent == numbers(0, reads) + numbers(46, 49)

    test()


@run
async def test_too_many_in_one_go_disconnect_who_turns_out_to_be_slow() -> None:
    room, slow, fast = Room(limit=4), Peer(reads=7), Peer()
    async with joined(room, slow, fast) as (member, other):
        assert [room.send(str(n)) for n in range(50)] == [2] * 50
        await settle()
        assert room.members == (other,)
        assert (member.waiting, member.dropped) == (0, 50 - 7 - 1)
    assert (slow.closed, slow.aborted) == ([1008], True)
    assert fast.sent == numbers(0, 49)


@run
async def test_as_many_in_one_go_as_may_wait_are_not_too_many() -> None:
    room, slow = Room(limit=4), Peer(reads=0)
    async with joined(room, slow) as (member,):
        for n in range(5):  # one on its way, four behind it
            room.send(str(n))
        await settle()
        assert (len(room), member.waiting, member.dropped) == (1, 4, 0)


def test_a_farewell_ends_also_where_the_connection_sets_no_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wslib.labs.live.rooms._FAREWELL", 0.0)

    @run
    async def test() -> None:
        room, slow = Room(limit=1), Peer(reads=0)
        slow.close_timeout = None
        async with joined(room, slow):
            await send_all(room, 3)
        assert (slow.closed, slow.aborted) == ([1008], True)

    test()


# --- who leaves -----------------------------------------------------------------------


@run
async def test_a_dead_connection_is_no_error_of_the_senders() -> None:
    room, dead, alive = Room(), Peer(), Peer()
    async with joined(room, dead, alive):
        dead.dead = True
        await send_all(room, 3)
        assert len(room) == 1
    assert alive.sent == numbers(0, 2)


@run
async def test_whoever_leaves_gets_no_more() -> None:
    room, peer, other = Room(), Peer(reads=0), Peer()
    async with joined(room, other):
        async with joined(room, peer) as (member,):
            await send_all(room, 3)
            assert len(room) == 2
        assert (len(room), member.waiting, member.dropped) == (1, 0, 2)
        await send_all(room, 3)
    assert (len(peer.sent), len(other.sent)) == (1, 6)
    assert room.send("to nobody") == 0


@run
async def test_the_end_of_a_connection_ends_the_block_and_no_more() -> None:
    for rcvd in None, Close(1001, ""):
        room, peer = Room(), Peer()
        async with joined(room, peer):
            raise peer.end(rcvd)
        assert len(room) == 0


@pytest.mark.parametrize(
    ("own", "others"),
    [
        ("open", None),
        ("open", Close(1001, "")),
        (None, Close(1001, "")),
        (Close(1001, ""), None),
        (Close(1001, ""), Close(1001, "")),
    ],
    ids=str,
)
def test_the_end_of_another_connection_is_the_handlers_business(
    own: Any, others: Close | None
) -> None:
    @run
    async def test() -> None:
        room, peer, other = Room(), Peer(), Peer()
        if own != "open":
            peer.end(own)
        with pytest.raises(ConnectionClosedError):
            async with joined(room, peer):
                raise other.end(others)
        assert len(room) == 0

    test()


@run
async def test_any_other_error_of_a_handler_goes_on() -> None:
    room = Room()
    with pytest.raises(ZeroDivisionError):
        async with joined(room, Peer()):
            raise ZeroDivisionError
    assert len(room) == 0


@run
async def test_an_error_of_sending_that_is_no_closed_connection_is_not_hidden() -> None:
    class Broken(Peer):
        async def send(self, message: str | bytes) -> None:
            raise ZeroDivisionError

    room = Room()
    with pytest.raises(ZeroDivisionError):
        async with joined(room, Broken()):
            await send_all(room, 1)


@run
async def test_what_is_no_message_fails_at_the_sender_and_reaches_nobody() -> None:
    room, peer = Room(), Peer()
    async with joined(room, peer):
        with pytest.raises(TypeError, match="int"):
            room.send(7)  # type: ignore[arg-type]
        with pytest.raises(UnicodeEncodeError):
            room.send("\ud800")
        room.send(b"\xff")
        await settle()
        assert len(room) == 1
    assert peer.sent == [b"\xff"]


@run
async def test_a_connection_is_in_a_room_once_and_may_come_back() -> None:
    room, peer = Room(), Peer()
    async with joined(room, peer):
        with pytest.raises(InvalidState, match="is in the room already"):
            async with joined(room, peer):
                pass
        assert room.send("once") == 1
        await settle()
    async with joined(room, peer):
        assert room.send("again") == 1
        await settle()
    assert peer.sent == ["once", "again"]


@run
async def test_whoever_joins_elsewhere_than_in_its_own_loop_is_told_so() -> None:
    room, peer = Room(), Peer()
    peer.loop = asyncio.new_event_loop()
    with pytest.raises(InvalidState, match="handler of the connection"):
        async with joined(room, peer):
            pass
    assert len(room) == 0
    peer.loop.close()


def test_a_room_that_is_empty_serves_the_next_loop() -> None:
    room = Room()

    @run
    async def test() -> None:
        async with joined(room, peer := Peer()):
            assert room.send("hello") == 1
            await settle()
            assert peer.sent == ["hello"]

    test()
    test()
    assert room.send("to nobody") == 0


def test_members_of_a_loop_that_has_ended_are_no_members_of_the_next() -> None:
    room = Room()

    @run
    async def test_before() -> None:
        async with joined(room, Peer()) as before:
            left.extend(before)

    left = list[Member]()
    test_before()
    room._members.update(dict.fromkeys(left))  # as if its thread had been made to end

    @run
    async def test() -> None:
        async with joined(room, Peer()):
            assert len(room) == 1

    test()


def test_an_outbox_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Room(limit=0)


# --- real sockets ---------------------------------------------------------------------


class Hall:
    """A server with one room, and handlers that tell when they have ended."""

    def __init__(self, room: Room, **options: Any) -> None:
        self.room = room
        self.members: dict[str, Member] = {}
        self.left = threading.Semaphore(0)
        self.server = EchoServer(self.handle, **options)

    async def handle(self, connection: ServerConnection) -> None:
        keep_little(connection)
        assert connection.request is not None
        try:
            async with self.room.join(connection) as member:
                self.members[connection.request.path] = member
                await connection.send("welcome")
                async for message in connection:
                    self.room.send(message)
        finally:
            self.left.release()

    def state(self, path: str) -> tuple[int, int]:
        """Return how many messages wait for a member, and how many were dropped."""
        member = self.members[path]
        return self.server.call(lambda: (member.waiting, member.dropped))

    def enter(self, path: str) -> websocket.WebSocket:
        small = ((socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL),)
        client = websocket.create_connection(
            self.server.url + path, timeout=10, sockopt=small
        )
        assert client.recv() == "welcome"
        return client


@contextlib.contextmanager
def hall(room: Room, **options: Any) -> Iterator[Hall]:
    hall = Hall(room, **options)
    with hall.server:
        yield hall
    assert not list(hall.server.log), "nothing went wrong that the log would tell"


def leave(*clients: websocket.WebSocket) -> None:
    for client in clients:
        client.shutdown()


def big(n: int) -> str:
    return str(n).ljust(BIG)


def push(hall: Hall, reader: websocket.WebSocket, first: int, last: int) -> None:
    for n in range(first, last + 1):
        hall.server.call(hall.room.send, big(n))
        assert int(reader.recv()) == n


def test_a_cell_can_send_to_the_room_and_so_can_a_client(
    bounded: Callable[..., Any],
) -> None:
    with hall(Room()) as here:
        ada, bob = here.enter("/ada"), here.enter("/bob")
        for send in here.room.send, functools.partial(here.server.call, here.room.send):
            assert bounded(send, "from a cell") == 2
            for client in ada, bob:
                assert client.recv() == "from a cell"
        ada.send("from Ada")
        for client in ada, bob:
            assert client.recv() == "from Ada"
        leave(ada, bob)


def test_what_a_cell_sends_is_in_order_and_within_the_limit() -> None:
    with hall(Room(limit=4, policy=Policy.DROP)) as here:
        slow, fast = here.enter("/slow"), here.enter("/fast")
        for n in range(10):
            assert here.room.send(big(n)) == 2
            assert int(fast.recv()) == n
        assert here.state("/slow") == (4, 5)
        for n in range(50):
            here.room.send(str(n))
        assert [fast.recv() for _ in range(50)] == numbers(0, 49)
        leave(slow, fast)


def test_all_hear_the_same_order_also_of_what_several_cells_send() -> None:
    with hall(Room(limit=400)) as here:
        ada, bob = here.enter("/ada"), here.enter("/bob")

        def chatter(name: str) -> None:
            for n in range(100):
                assert here.room.send(f"{name} {n}") == 2

        threads = [threading.Thread(target=chatter, args=name) for name in "abc"]
        for thread in threads:
            thread.start()
        heard = [[client.recv() for _ in range(300)] for client in (ada, bob)]
        for thread in threads:
            thread.join()
        assert heard[0] == heard[1]
        for name in "abc":
            mine = [text for text in heard[0] if text[0] == name]
            assert mine == [f"{name} {n}" for n in range(100)]
        leave(ada, bob)


def test_a_handler_that_lets_go_of_nothing_holds_up_a_cell_for_a_while_only(
    monkeypatch: pytest.MonkeyPatch, bounded: Callable[..., Any]
) -> None:
    monkeypatch.setattr("wslib.labs.live.rooms._PATIENCE", 0.1)
    held, let_go = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        assert let_go.wait(20)

    with hall(Room()) as here:
        ada = here.enter("/ada")
        holder = threading.Thread(target=here.server.call, args=[hold])
        holder.start()
        assert held.wait(10)
        with pytest.raises(TimeoutError, match="nothing was sent"):
            bounded(here.room.send, "too late")
        let_go.set()
        holder.join()
        assert here.room.send("in time") == 1
        assert ada.recv() == "in time", "and the other has not come after all"
        leave(ada)


def test_after_a_stop_a_send_is_to_nobody_and_a_restart_has_the_same_room() -> None:
    with hall(Room()) as here:
        ada = here.enter("/ada")
        here.server.stop()
        leave(ada)
        assert here.room.send("is anybody there?") == 0
        here.server.start()
        bob = here.enter("/bob")
        assert here.room.send("welcome back") == 1
        assert bob.recv() == "welcome back"
        leave(bob)


def test_a_room_of_two_servers_is_refused_to_the_second() -> None:
    room = Room()
    with hall(room) as here, EchoServer(Hall(room).handle) as other:
        ada = here.enter("/ada")
        bob = websocket.create_connection(other.url, timeout=10)
        assert bob.recv_data()[1][:2] == (1011).to_bytes(2, "big")
        other.log.wait_for("a room is for the connections of one server")
        assert room.send("to Ada") == 1
        assert ada.recv() == "to Ada"
        leave(ada, bob)


def test_a_burst_of_a_client_disconnects_nobody() -> None:
    with hall(Room(limit=4)) as here:
        ada, bob = here.enter("/ada"), here.enter("/bob")
        frames = [websocket.ABNF.create_frame(str(n), 1).format() for n in range(60)]
        ada.sock.sendall(b"".join(frames))
        for client in ada, bob:
            assert [client.recv() for _ in range(60)] == numbers(0, 59)
        leave(ada, bob)


def test_what_waits_for_a_client_that_does_not_read_is_exactly_known() -> None:
    with hall(Room(limit=4, policy=Policy.DROP)) as here:
        slow, fast = here.enter("/slow"), here.enter("/fast")
        push(here, fast, 0, 4)
        assert here.state("/slow") == (4, 0)  # and the first is on its way
        push(here, fast, 5, 9)
        assert here.state("/slow") == (4, 5)
        assert here.state("/fast") == (0, 0)
        assert [int(slow.recv()) for _ in range(5)] == [0, 6, 7, 8, 9]
        leave(slow, fast)


def test_a_slow_client_that_reads_on_finds_a_close_with_1008() -> None:
    with hall(Room(limit=2), close_timeout=10) as here:
        slow, fast = here.enter("/slow"), here.enter("/fast")
        push(here, fast, 0, 3)
        assert here.server.call(len, here.room) == 1
        assert int(slow.recv()) == 0
        opcode, payload = slow.recv_data()
        assert (opcode, payload[:2]) == (8, (1008).to_bytes(2, "big"))
        slow.shutdown()
        assert here.left.acquire(timeout=10)
        push(here, fast, 4, 5)
        leave(fast)


def test_a_slow_client_that_never_reads_is_hung_up_on() -> None:
    with hall(Room(limit=2)) as here:
        slow, fast = here.enter("/slow"), here.enter("/fast")
        push(here, fast, 0, 3)
        assert here.left.acquire(timeout=10)
        push(here, fast, 4, 5)
        with pytest.raises((ConnectionError, websocket.WebSocketException)):
            while slow.recv():
                pass
            raise ConnectionError("a Close, or the end")
        leave(slow, fast)


@pytest.mark.parametrize("policy", Policy)
def test_many_messages_in_one_go_wait_no_longer_than_the_limit_allows(
    policy: Policy,
) -> None:
    with hall(Room(limit=4, policy=policy), close_timeout=10) as here:
        slow = here.enter("/slow")

        def burst() -> None:
            for n in range(100):
                here.room.send(big(n), about=str(n))

        here.server.call(burst)
        here.server.call(lambda: None)  # meanwhile its task has had a turn
        waiting = 0 if policy is Policy.DISCONNECT else 4
        assert here.state("/slow")[0] == waiting
        leave(slow)


def test_the_block_of_a_member_hides_the_end_of_no_other_connection() -> None:
    others: list[ServerConnection] = []
    raised = threading.Event()
    room = Room()

    async def handle(connection: ServerConnection) -> None:
        others.append(connection)
        if len(others) == 1:
            await connection.wait_closed()
            return
        try:
            async with room.join(connection):
                async for message in connection:
                    await others[0].send(message)
        except ConnectionClosed:
            raised.set()

    with EchoServer(handle) as server:
        for close in websocket.WebSocket.close, websocket.WebSocket.shutdown:
            others.clear()
            raised.clear()
            first = websocket.create_connection(server.url, timeout=10)
            second = websocket.create_connection(server.url, timeout=10)
            close(first)
            second.send("for the first one")
            assert raised.wait(10)
            second.shutdown()


@pytest.mark.parametrize("policy", Policy)
def test_a_client_that_vanishes_is_noticed_by_nobody(policy: Policy) -> None:
    with hall(Room(limit=2, policy=policy)) as here:
        gone, slow, fast = (here.enter(path) for path in ("/gone", "/slow", "/fast"))
        gone.sock.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0" + b"\0" * 4
        )
        gone.shutdown()
        assert here.left.acquire(timeout=10)
        push(here, fast, 0, 1)
        assert here.server.call(len, here.room) == 2
        leave(slow, fast)


def test_a_stop_with_a_slow_member_is_as_quick_as_any(
    bounded: Callable[..., Any],
) -> None:
    with hall(Room(limit=2, policy=Policy.DROP)) as here:
        slow, fast = here.enter("/slow"), here.enter("/fast")
        push(here, fast, 0, 5)
        bounded(here.server.stop)
        assert not here.server.running
        leave(slow, fast)
