"""What happens to a chat in several processes: who hears what, and what is lost.

Each trial has clients do something to processes that run, and counts. No result depends
on a time: the next step is taken when the one before has been seen to be done.
"""

import asyncio
import secrets
from collections.abc import Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from wslib.frames import CloseCode
from wslib.labs.scale.guests import PATIENCE, Guest, all_here
from wslib.labs.scale.parts import Part
from wslib.labs.scale.processes import RoomProcess
from wslib.labs.scale.proxy import Nginx

_T = TypeVar("_T")


class Count(NamedTuple):
    """What became of what one member said to another.

    Attributes:
        said: How many texts.
        refused: How many of them the room did not take, and said so.
        lost: How many did not arrive.
        twice: How many arrived more than once.
    """

    said: int
    refused: int
    lost: int
    twice: int


class Moved(NamedTuple):
    """What a deploy did to the members of a room.

    Attributes:
        members: How many there were.
        told: How often one of them was sent away with 1012, and came back.
        least: How often that happened to the one to whom it happened least.
        dropped: How often a connection ended in another way.
        said: How many texts were said meanwhile.
        lost: How many of them a member did not hear, over all members.
        twice: How many came more than once.
    """

    members: int
    told: int
    least: int
    dropped: int
    said: int
    lost: int
    twice: int


def who_hears(rooms: Sequence[RoomProcess], members: int = 2) -> list[list[int]]:
    """Have one member in each process say something; count who hears it.

    Args:
        rooms: The processes.
        members: How many members each of them gets.

    Returns:
        For each process in which something is said, how many in each process heard it.

    Raises:
        PartDied: If one that is needed has died.
    """
    return _run(_who_hears(rooms, members), rooms)


async def _who_hears(rooms: Sequence[RoomProcess], members: int) -> list[list[int]]:
    crowd = [[_guest(room, f"member {i}") for i in range(members)] for room in rooms]
    everybody = [guest for guests in crowd for guest in guests]
    texts = [f"{secrets.token_hex(4)} from {room.name}" for room in rooms]
    async with all_here(*everybody):
        for guests, text in zip(crowd, texts, strict=True):
            await guests[0].say(text)
            await guests[0].until_heard(text)
        for room in rooms:  # what the broker has sent to it by now is heard by now
            await asyncio.to_thread(room.health)
        await asyncio.gather(*(guest.settled() for guest in everybody))
    return [
        [sum(text in guest.heard for guest in guests) for guests in crowd]
        for text in texts
    ]


def count_lost(rooms: Sequence[RoomProcess], kill: Part | None = None) -> Count:
    """Have Ada in the first process speak to Bob in the second; kill something midway.

    She says ten texts, and he hears them. Then it is killed. She says ten more. Then it
    is started anew, and when all are back, she says another ten.

    Args:
        rooms: Two processes.
        kill: The second of them, or their broker; None kills nothing.

    Raises:
        ValueError: If it is neither.
        PartDied: If one that is needed has died.
        TimeoutError: If what must happen has not after five seconds.
    """
    if kill not in (None, rooms[1], rooms[1].broker):
        raise ValueError("kill the second process, or the broker, or nothing")
    return _run(_count_lost(rooms[0], rooms[1], kill), rooms)


async def _count_lost(
    first: RoomProcess, second: RoomProcess, kill: Part | None
) -> Count:
    ada, bob = _guest(first, "ada"), _guest(second, "bob")
    texts = [f"{ada.name} says {number}" for number in range(1, 31)]
    broker_goes = kill is not None and kill is second.broker
    async with all_here(ada, bob):
        await _say(ada, texts[:10])
        await bob.until_heard(texts[9])
        if kill is not None:
            await asyncio.to_thread(kill.kill)
        if broker_goes:
            await _until_broker((first, second), there=False)
        await _say(ada, texts[10:20])
        if not broker_goes:
            await ada.until_heard(texts[19])
        elif not ada.keep:
            await ada.until_heard(f"not said, the broker is away: {texts[19]}")
        if kill is not None:
            await asyncio.to_thread(kill.restart)
        if broker_goes:
            await _until_broker((first, second), there=True)
        await bob.until_here()
        await _say(ada, texts[20:])
        await bob.until_heard(texts[29])
    refused = sum(text.startswith("not said") for text in ada.heard)
    return Count(len(texts), refused, *_harm([bob], texts))


def attempt(
    url: str, *, silence: float = 0.0, ping_interval: float | None = None
) -> str:
    """Connect, and say nothing for a while; return what became of it.

    Args:
        url: Where to; in a room that keeps, with the path of a member.
        silence: How long to say nothing and hear nothing, in seconds.
        ping_interval: Send a ping that often, in seconds; None sends none.

    Returns:
        The answer to the opening handshake, such as ``"426 Upgrade Required"``; after a
        101, how the connection is in the end: ``"101, open"`` or ``"101, then 1006"``.
    """
    try:
        with connect(
            url, compression=None, proxy=None, ping_interval=ping_interval
        ) as client:
            try:
                client.recv(timeout=silence)
            except TimeoutError:
                return "101, open"
            except ConnectionClosed as closed:
                return f"101, then {closed.rcvd.code if closed.rcvd else 1006:d}"
            return "101, and a text"
    except InvalidStatus as refused:
        answer = refused.response
        return f"{answer.status_code} {answer.reason_phrase}"


def placed(url: str, names: Iterable[str], visits: int = 4) -> dict[str, list[str]]:
    """Have each member visit a proxy several times; return in which process it was.

    Args:
        url: The address of the proxy.
        names: Of the members: their path.
        visits: How often each of them comes, before the next one does.
    """
    rooms: dict[str, list[str]] = {name: [] for name in names}
    for name in rooms:
        for _ in range(visits):
            with connect(f"{url}/{name}", compression=None, proxy=None) as client:
                assert client.response is not None
                rooms[name].append(client.response.headers["X-Room"])
    return rooms


def deploy(nginx: Nginx, rooms: Sequence[RoomProcess], members: int = 20) -> Moved:
    """Restart every process behind a proxy, one after the other, and drop nobody.

    All the time somebody speaks. Each process is drained: it sends its members away
    with 1012, and they come back through the proxy to another one, which knows by their
    number what they have missed.

    Args:
        nginx: The proxy.
        rooms: The processes behind it, at least two, with a broker that keeps.
        members: How many there are besides the one who speaks.

    Raises:
        ValueError: If there is but one process, or nobody keeps what is said.
        PartDied: If one that is needed has died.
        TimeoutError: If what must happen has not after five seconds.
    """
    if len(rooms) < 2 or not all(room.keep for room in rooms):
        raise ValueError("a deploy that loses nothing needs two processes that keep")
    return _run(_deploy(nginx, rooms, members), [nginx, *rooms])


async def _deploy(nginx: Nginx, rooms: Sequence[RoomProcess], members: int) -> Moved:
    names = [_name("ada"), *(_name(f"member {i}") for i in range(members))]
    # A ping now and then, so that the proxy does not take silence for the end.
    everybody = [Guest(nginx.url, n, keep=True, ping_interval=0.2) for n in names]
    ada, *crowd = everybody
    texts = [f"{ada.name} says {number}" for number in range(20 * len(rooms))]
    async with all_here(*everybody):
        for i, room in enumerate(rooms):
            talk = asyncio.create_task(_talk(ada, texts[20 * i : 20 * (i + 1)]))
            await asyncio.to_thread(room.drain)
            await asyncio.gather(talk, *(guest.until_here() for guest in everybody))
            await asyncio.to_thread(room.restart)
        await asyncio.gather(*(guest.until_heard(texts[-1]) for guest in crowd))
    codes = [code for guest in crowd for code in guest.codes]
    told = [guest.codes.count(CloseCode.SERVICE_RESTART) for guest in crowd]
    dropped = len(codes) - sum(told)
    harm = _harm(crowd, texts)
    return Moved(members, sum(told), min(told), dropped, len(texts), *harm)


async def _say(guest: Guest, texts: Iterable[str]) -> None:
    """Say one text after the other."""
    for text in texts:
        await guest.say(text)
        await asyncio.sleep(0)


async def _talk(guest: Guest, texts: Iterable[str]) -> None:
    """Say one text after the other, each when the one before has been heard."""
    for text in texts:
        await guest.say(text)
        await guest.until_heard(text)


async def _until_broker(rooms: Iterable[RoomProcess], *, there: bool) -> None:
    """Wait until each process has seen that the broker is there, or is not."""
    async with asyncio.timeout(PATIENCE):
        for room in rooms:
            while (await asyncio.to_thread(room.health))["broker"] is not there:
                await asyncio.sleep(0.01)


def _guest(room: RoomProcess, name: str) -> Guest:
    """Return a member of a process."""
    return Guest(room.url, _name(name), keep=room.keep)


def _name(name: str) -> str:
    """Return a name that nobody had: what is kept is known by who said it."""
    return f"{name.replace(' ', '-')}-{secrets.token_hex(4)}"


def _harm(guests: Iterable[Guest], texts: Sequence[str]) -> tuple[int, int]:
    """Return how many of the texts did not come, and how many came again."""
    lost = twice = 0
    for guest in guests:
        came = [text for text in guest.heard if text in texts]
        lost += len(set(texts) - set(came))
        twice += len(came) - len(set(came))
    return lost, twice


def _run(work: Coroutine[Any, Any, _T], parts: Sequence[Part]) -> _T:
    """Run it in a loop of its own: a cell has one that runs already.

    Raises:
        PartDied: If one of the parts is dead before it, or after it in vain.
    """
    brokers = [part.broker for part in parts if isinstance(part, RoomProcess)]
    needed = [*filter(None, dict.fromkeys(brokers)), *parts]
    try:
        for part in needed:
            part.check_alive()
        with ThreadPoolExecutor(1, "wslib-trial") as pool:
            return pool.submit(asyncio.run, work).result()
    except TimeoutError:
        for part in needed:
            part.check_alive()  # or was it this
        raise
    finally:
        work.close()
