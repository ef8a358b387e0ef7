"""When to try again: back-off with jitter, and a restart that shows why.

    attempt    0         1                   2
    between    0 … 1 s   0 … 2 s             0 … 4 s                          … 30 s
               ├──x─┤    ├─────────x─┤       ├──x──────────────────┤

A server that restarts loses all its clients in the same moment. If they all wait for
the same time, they all come back in the same moment, too. *Back-off*: wait longer after
each failure, for a server that is down is not helped by questions. *Jitter*: a random
part, so that clients that were together do not stay together. Here all of the wait is
random ("full jitter").

RFC 6455, section 7.2.3: after an abnormal closure, the first try "SHOULD be delayed by
a random amount of time", and later ones "by increasingly longer amounts of time, using
a method such as truncated binary exponential backoff".
"""

import heapq
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

Wait = Callable[[int, Callable[[], float]], float]

_MOST_TRIES = 200  # of one client; a way to wait that needs more does not wait


def backoff(
    attempt: int,
    random: Callable[[], float] = random.random,
    *,
    base: float = 1.0,
    cap: float = 30.0,
) -> float:
    """Return the seconds to wait before a try to connect: full jitter.

    Args:
        attempt: How many tries have failed before; 0 for the first.
        random: Returns a number from 0 up to, not including, 1.
        base: The most that the first try waits, in seconds; it doubles each time.
        cap: The most that any try waits, in seconds.

    RFC 6455, section 7.2.3.
    """
    # 2.0 ** 1024 would be too large for a float, and no cap needs that many doublings
    return random() * min(cap, base * 2.0 ** min(attempt, 1000))


def fixed(attempt: int, random: Callable[[], float]) -> float:
    """Wait a second before each try."""
    return 1.0


def exponential(attempt: int, random: Callable[[], float]) -> float:
    """Wait twice as long each time, up to 30 seconds: back-off without jitter."""
    return min(30.0, 2.0 ** min(attempt, 1000))


def jittered(share: float) -> Wait:
    """Return a way to wait: as long as ``exponential``, but a share of it is random.

    Args:
        share: From 0, as ``exponential``, to 1, as ``backoff``.
    """

    def wait(attempt: int, random: Callable[[], float]) -> float:
        longest = exponential(attempt, random)
        return longest * (1 - share) + share * longest * random()

    return wait


@dataclass(frozen=True, kw_only=True)
class Restart:
    """What a server saw of its clients after a restart.

    Attributes:
        down: How long the server was away, in seconds.
        capacity: How many handshakes it takes in a slot.
        slot: The length of a slot, in seconds.
        attempts: How many clients tried to connect in each slot, from second 0 on.
        accepted: How many of them got in.
    """

    down: float
    capacity: int
    slot: float
    attempts: list[int]
    accepted: list[int]

    @property
    def total(self) -> int:
        """How many tries there were."""
        return sum(self.attempts)

    @property
    def refused(self) -> int:
        """How many of them were in vain."""
        return self.total - sum(self.accepted)

    @property
    def busiest(self) -> int:
        """How many tries came in the busiest slot."""
        return max(self.attempts, default=0)

    @property
    def busiest_back(self) -> int:
        """How many tries came in the busiest slot since the server is back."""
        return max(self.attempts[round(self.down / self.slot) :], default=0)

    @property
    def seconds(self) -> float:
        """When the last client was in: the end of that slot."""
        return round(len(self.attempts) * self.slot, 6)


def restart(
    wait: Wait,
    *,
    clients: int = 1000,
    down: float = 5.0,
    capacity: int = 50,
    slot: float = 0.1,
    rng: random.Random,
) -> Restart:
    """Let a server restart, in simulated time, and count who comes back when.

    At 0 s all clients lose their connection. Until ``down`` nobody gets in; from then
    on the server takes ``capacity`` handshakes in a slot and refuses the others. Who is
    refused waits again. To refuse costs nothing here, unlike on a real server.

    Args:
        wait: Called with the number of the try, from 0, and ``rng.random``; returns how
            long to wait before it, in seconds.
        clients: How many there are.
        down: How long the server is away, in seconds.
        capacity: How many handshakes it takes in a slot.
        slot: The length of a slot, in seconds.
        rng: The source of all chance.

    Raises:
        ValueError: If a client is not in after 200 tries, or would wait for less than
            no time.
    """
    attempts: list[int] = []
    accepted: list[int] = []
    queue = [(_seconds(wait, 0, rng), client, 0) for client in range(clients)]
    heapq.heapify(queue)
    while queue:
        time, client, attempt = heapq.heappop(queue)
        now = int(time / slot + 1e-9)  # 0.3 / 0.1 is a little less than 3
        missing = now + 1 - len(attempts)
        attempts += [0] * missing
        accepted += [0] * missing
        attempts[now] += 1
        if time >= down and accepted[now] < capacity:
            accepted[now] += 1
        elif attempt + 1 == _MOST_TRIES:
            raise ValueError(f"a client is not in after {_MOST_TRIES} tries")
        else:
            later = time + _seconds(wait, attempt + 1, rng)
            heapq.heappush(queue, (later, client, attempt + 1))
    return Restart(
        down=down, capacity=capacity, slot=slot, attempts=attempts, accepted=accepted
    )


def _seconds(wait: Wait, attempt: int, rng: random.Random) -> float:
    """Return how long to wait before a try; refuse what no clock can do."""
    seconds = wait(attempt, rng.random)
    if not 0 <= seconds < math.inf:
        raise ValueError(f"a wait is 0 seconds or more, not {seconds}")
    return seconds
