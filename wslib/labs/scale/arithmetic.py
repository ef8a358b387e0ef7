"""What can only be calculated here: loopback has no distance, and one machine no crowd.

No figure in this file was measured, and none comes from a network. They are products
and quotients of what is passed in. What may be passed in is measured on the page, or
its source is named.
"""

import math
from dataclasses import dataclass
from typing import Any

from wslib.show import Table

_TCP_AND_IP = 40  # bytes of headers in each packet, with IPv4 and no options


def slow_start(
    *sizes: int, initial: int = 10, segment: int = 1_460, round_trip: float = 100.0
) -> Table:
    """Calculate how many round trips messages take that are the first on a connection.

    TCP does not know the way yet. So the sender sends ``initial`` segments and waits;
    for each that is acknowledged it may send two: 10, 20, 40, ... (RFC 6928, section 2;
    RFC 5681, section 3.1). Nothing is lost here, and the receiver takes all. The same
    happens again to a connection that was idle for longer than TCP's time to send again
    (RFC 5681, section 4.1).

    Args:
        sizes: Of the messages, in bytes, frame header included.
        initial: How many segments may be sent at first.
        segment: How many bytes a segment carries: 1,500 of Ethernet less 40 of headers.
        round_trip: How long there and back takes, in milliseconds.

    Raises:
        ValueError: If one of them is not larger than 0.
    """
    if min(*sizes, initial, segment, round_trip, 1) <= 0:
        raise ValueError("sizes, segments and a round trip are larger than 0")
    rows = []
    for size in sizes:
        segments = math.ceil(size / segment)
        # After n round trips, initial * (2**n - 1) segments have been acknowledged.
        trips = (math.ceil(segments / initial)).bit_length()
        rows.append((size, segments, trips, round(trips * round_trip)))
    title = "Calculated: until the last byte is acknowledged"
    header = ["bytes", "segments", "round trips", f"ms, at {round_trip:g} each"]
    return Table(header, rows, caption=title)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How many of everything so many connections need: products and quotients.

    Attributes:
        connections: How many are open at a time.
        memory: What an idle one takes, in bytes; ``climb`` measures it.
        handshake: What an opening handshake takes of a processor, in microseconds;
            likewise.
        message: What a message in and one out take, likewise. A Ping and its Pong
            count as much.
        every: How many seconds lie between two messages of one client.
        ping: How many between two Pings to it; 20 is the default of ``websockets``.
        room: How many clients are in a room: all but one hear what one says.
        by_room: Whether a proxy sends all of a room to the same process. If not, they
            sit anywhere.
        payload: How many bytes a message has.
        most: How many connections a process is given at most. If it dies, so many come
            back at once.
        room_for: How many bytes of memory a process is given.
        busy: Which part of its time a process may work. The rest is for bad moments.
        broker: How many messages a second one broker takes and hands on, together. The
            documentation of NATS shows 4.9 million, of 16 bytes, each handed on once,
            on a laptop.
        machine: How many processes a machine has a processor for.
        site: How many machines stand in one place.
        jitter: Over how many seconds clients spread their return; RFC 6455, section
            7.2.3, proposes 0 to 5.
    """

    connections: int
    memory: float = 13_000
    handshake: float = 500
    message: float = 45
    every: float = 60
    ping: float = 20
    room: int = 10
    by_room: bool = False
    payload: int = 100
    most: int = 20_000
    room_for: float = 2**30
    busy: float = 0.5
    broker: float = 1_000_000
    machine: int = 8
    site: int = 100
    jitter: float = 5

    def __post_init__(self) -> None:
        """Refuse what there cannot be."""
        for name, value in vars(self).items():
            if name != "by_room" and not value > 0:
                raise ValueError(f"{name} is larger than 0, not {value}")
        if self.busy > 1:
            raise ValueError(f"busy is a part of the time, at most 1, not {self.busy}")

    @property
    def said(self) -> float:
        """How many messages clients send in a second."""
        return self.connections / self.every

    @property
    def heard(self) -> float:
        """How many messages clients get in a second."""
        return self.said * (self.room - 1)

    @property
    def processes(self) -> int:
        """How many processes it takes: by number, by memory, or by work."""
        pings = self.connections / self.ping
        work = ((self.said + self.heard) / 2 + pings) * self.message / 1e6
        return max(
            math.ceil(self.connections / self.most),
            math.ceil(self.connections * self.memory / self.room_for),
            math.ceil(work / self.busy),
        )

    @property
    def machines(self) -> int:
        """How many machines they run on."""
        return math.ceil(self.processes / self.machine)

    @property
    def sites(self) -> int:
        """In how many places those stand."""
        return math.ceil(self.machines / self.site)

    @property
    def brokered(self) -> float:
        """How many messages a second brokers take and hand on, together.

        Each message once to a broker, and from there to each process in which somebody
        is in the room. What is in one process only needs no broker.
        """
        if self.by_room or self.processes == 1:
            return 0
        return self.said * (1 + self._processes_of_a_room)

    @property
    def brokers(self) -> int:
        """How many brokers that takes."""
        return math.ceil(self.brokered / self.broker)

    @property
    def megabits(self) -> float:
        """How many megabits a second the clients get; a message is a packet each."""
        header = 2 if self.payload < 126 else 4 if self.payload < 2**16 else 10
        return self.heard * (self.payload + header + _TCP_AND_IP) * 8 / 1e6

    @property
    def handshakes(self) -> float:
        """How many opening handshakes a second all processes can take."""
        return self.processes * self.busy * 1e6 / self.handshake

    @property
    def design(self) -> str:
        """What has to be otherwise than with fewer."""
        if self.processes == 1:
            return "one process, and one that can take over"
        if self.sites > 1:
            return f"{self.sites:,} sites, each with its own rooms"
        if self.by_room:
            return "a proxy that knows where each room is"
        if self.brokers == 1:
            return "a proxy, and a broker between processes"
        return f"a proxy, and rooms divided among {self.brokers:,} brokers"

    @property
    def _processes_of_a_room(self) -> float:
        """In how many processes a room has somebody, if all sit anywhere."""
        return self.processes * (1 - (1 - 1 / self.processes) ** self.room)


class Machines:
    """What grows how: plans for some numbers of connections, as tables.

    Args:
        connections: The numbers.
        given: All else that a :class:`Plan` is made from, by name: ``every=1``, a
            message each second; ``room=100``; ``most=50_000``, connections a process.

    Attributes:
        plans: A plan for each.

    Raises:
        ValueError: If something is not larger than 0, or no number is given.
        TypeError: If a plan knows nothing of that name.
    """

    def __init__(self, *connections: int, **given: Any) -> None:
        if not connections:
            raise ValueError("for how many connections?")
        self.plans = [Plan(connections=number, **given) for number in connections]

    def table(self) -> Table:
        """Return what they need, and where the design changes."""
        header = [
            "connections",
            "processes",
            "GiB",
            "heard a second",
            "Mbit/s",
            "brokered a second",
            "what it takes",
        ]
        rows = [
            (
                plan.connections,
                plan.processes,
                plan.connections * plan.memory / 2**30,
                round(plan.heard),
                plan.megabits,
                round(plan.brokered),
                plan.design,
            )
            for plan in self.plans
        ]
        first = self.plans[0]
        caption = (
            f"Calculated, if each says something every {first.every:g} s, and "
            f"{first.room - 1} others hear it"
        )
        return Table(header, rows, caption=caption)

    def storm(self) -> Table:
        """Return what it takes to have all of them back, when all have gone at once."""
        jitter = self.plans[0].jitter
        header = [
            "connections",
            "handshakes a second",
            "wanted in one second",
            f"wanted, over {jitter:g} s",
            "seconds that it takes",
        ]
        rows = [
            (
                plan.connections,
                round(plan.handshakes),
                plan.connections,
                round(plan.connections / plan.jitter),
                math.ceil(plan.connections / plan.handshakes),
            )
            for plan in self.plans
        ]
        return Table(header, rows, caption="Calculated: everybody comes back")
