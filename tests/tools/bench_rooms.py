"""What does a message to everybody cost in one process, and in four? `make bench` says.

The room is in one process, and then in four with a broker between them; the clients are
the same number, all in this process. The cost is the time of the processor that the
room's processes and the broker took for a message, not that of the clients. Every one
of these must get every message, else this fails. The times vary; the ratios hardly do.
"""

import argparse
import asyncio
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import NamedTuple

import psutil

from wslib.labs.scale import NatsServer, Part, PartMissing, RoomProcess
from wslib.labs.scale.guests import Guest, all_here
from wslib.labs.scale.load_process import SPARE, allow_files
from wslib.service import stop_all

CLIENTS, PROCESSES, MESSAGES = 2000, 4, 40
TICK = 0.01  # seconds: in such steps the operating system counts processor time
TOGETHER = 50  # clients that connect at the same moment


class Cost(NamedTuple):
    """What a message took, in seconds of the processor."""

    whole: float
    busiest: float


def spent(parts: Sequence[Part]) -> list[float]:
    """Return what each process has taken of the processor, in seconds."""
    times = [psutil.Process(part.pid).cpu_times() for part in parts]
    return [each.user + each.system for each in times]


async def talk(
    parts: Sequence[Part], rooms: Sequence[RoomProcess], clients: int
) -> Cost:
    """Have one client in each process speak in turn, to all; return what it took."""
    guests = [
        Guest(rooms[number % len(rooms)].url, f"{number}") for number in range(clients)
    ]
    texts = [f"message {number}" for number in range(MESSAGES)]
    async with all_here(*guests, together=TOGETHER):
        before = spent(parts)
        for number, text in enumerate(texts):
            await guests[number % len(rooms)].say(text)
            await asyncio.gather(*(guest.until_heard(text) for guest in guests))
        after = spent(parts)
    heard = sum(text in guest.heard for guest in guests for text in texts)
    print(f"{len(rooms):>9}{heard:>13,} of {clients * MESSAGES:,}", end="")
    if heard != clients * MESSAGES:
        raise SystemExit("\nnot all have heard all")
    took = [end - begin for begin, end in zip(before, after, strict=True)]
    each = [max(seconds, TICK) / MESSAGES for seconds in took]
    print(f"{sum(each) * 1000:>12.1f} ms{max(each) * 1000:>12.1f} ms")
    return Cost(sum(each), max(each))


def main() -> None:
    """Measure one process, then several."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("clients", nargs="?", type=int, default=CLIENTS)
    parser.add_argument("processes", nargs="?", type=int, default=PROCESSES)
    options = parser.parse_args()
    clients = options.clients
    allow_files(clients + SPARE)
    python, library = platform.python_version(), version("websockets")
    print(
        f"Python {python}, websockets {library}: {clients:,} clients in one room, "
        f"{MESSAGES} messages to everybody\n"
        f"{'processes':>9}{'heard':>16}{'a message costs':>26}{'the busiest':>14}"
    )
    try:
        nats = NatsServer().start()
        one = [RoomProcess("1").start()]
        alone = asyncio.run(talk(one, one, clients))
        one[0].stop()
        several = [
            RoomProcess(f"{number}", nats).start()
            for number in range(options.processes)
        ]
        shared = asyncio.run(talk([*several, nats], several, clients))
    except PartMissing as missing:
        sys.exit(str(missing))
    finally:
        stop_all()
    print(
        f"\nIn {len(several)} processes and a broker a message costs "
        f"{shared.whole / alone.whole:.2f} times what it costs in one; the busiest of "
        f"them does {shared.busiest / alone.busiest:.2f} of what the one did."
    )


if __name__ == "__main__":
    main()
