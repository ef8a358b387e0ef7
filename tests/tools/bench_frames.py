"""How fast are the frames? wslib beside wsproto and websockets: `make bench`.

Each ratio is the median of many, and each of those comes from two timings one right
after the other, of the time that this process had the processor. Over 1: wslib is the
faster one. All sides work as in a connection: bytes are added to a buffer and frames
taken from it, and every frame that is sent gets a new masking key.
"""

import contextlib
import ctypes
import importlib
import os
import platform
import secrets
import statistics
import sys
import time
import timeit
from collections.abc import Callable

from websockets import frames as their_frames
from websockets import utils as their_utils
from websockets.streams import StreamReader

from wslib import frames
from wslib.frames import Frame, Opcode, apply_mask, parse_frame

ROUNDS = 15
SECONDS = 0.006  # for one timing
LIMIT = 2**24
SIZES = {"16 B": 16, "1 KiB": 2**10, "64 KiB": 2**16, "1 MiB": 2**20}

Task = Callable[[], object]


def in_turn(ours: Task, theirs: Task) -> tuple[float, float]:
    """Return our time for one call, in microseconds, and theirs divided by ours."""
    once = max(timeit.timeit(ours, number=3), timeit.timeit(theirs, number=3)) / 3
    number = max(1, round(SECONDS / once))
    times, ratios = [], []
    for turn in range(ROUNDS):
        pair = [ours, theirs] if turn % 2 else [theirs, ours]
        took = {
            task: timeit.timeit(task, timer=time.process_time, number=number)
            for task in pair
        }
        times.append(took[ours] / number * 1e6)
        ratios.append(took[theirs] / took[ours])
    return statistics.median(times), statistics.median(ratios)


def our_parse(wire: bytes) -> Task:
    buffer = bytearray()

    def parse() -> Frame:
        nonlocal buffer
        buffer += wire
        found = parse_frame(buffer, masked=True, max_payload=LIMIT)
        assert found is not None
        del buffer[: found[1]]
        return found[0]

    return parse


def our_serialize(payload: bytes) -> Task:
    def serialize() -> bytes:
        key = secrets.token_bytes(4)
        frame = Frame(opcode=Opcode.BINARY, payload=payload, masking_key=key)
        return frame.serialize()

    return serialize


def wsproto_parse(wire: bytes) -> Task:
    decoder = wsproto.FrameDecoder(client=False)

    def parse() -> object:
        decoder.receive_bytes(wire)
        return decoder.process_buffer()

    return parse


def wsproto_serialize(payload: bytes) -> Task:
    protocol = wsproto.FrameProtocol(client=True, extensions=[])
    return lambda: protocol.send_data(payload)


def websockets_parse(wire: bytes) -> Task:
    reader = StreamReader()

    def parse() -> object:
        reader.feed_data(wire)
        steps = their_frames.Frame.parse(
            reader.read_exact, mask=True, max_size=LIMIT, extensions=[]
        )
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value
        raise AssertionError("the frame is not complete")

    return parse


def websockets_serialize(payload: bytes) -> Task:
    return lambda: their_frames.Frame(
        their_frames.Opcode.BINARY, payload, True
    ).serialize(mask=True)


def rivals() -> dict[str, tuple[Callable[..., object], tuple[Callable, Callable]]]:
    """Return each rival's mask function (None: its own) and its two tasks."""
    python = websockets_parse, websockets_serialize
    found = {"wsproto": (their_utils.apply_mask, (wsproto_parse, wsproto_serialize))}
    try:
        speedups = importlib.import_module("websockets.speedups")
    except ImportError:
        print("This websockets was built without its C part.")
    else:
        found["websockets, C"] = (speedups.apply_mask, python)
    found["websockets, Python"] = (their_utils.apply_mask, python)
    return found


def compare(title: str, ours: Callable[[bytes], Task], which: int) -> None:
    """Print a table: our time, and each rival's time divided by it."""
    names = rivals()
    print(f"\n{title}\n{'payload':>8} {'wslib':>11}", *(f"{n:>19}" for n in names))
    for label, size in SIZES.items():
        payload = os.urandom(size)
        frame = Frame(opcode=Opcode.BINARY, payload=payload, masking_key=b"\x37\xfa!=")
        given = payload if which else frame.serialize()
        times, ratios = [], []
        for mask, tasks in names.values():
            their_frames.apply_mask = mask  # type: ignore[assignment]
            time, ratio = in_turn(ours(given), tasks[which](given))
            times.append(time)
            ratios.append(ratio)
        cells = (f"{ratio:>18.2f}x" for ratio in ratios)
        print(f"{label:>8} {statistics.median(times):>8.1f} us", *cells, flush=True)


def switch_over() -> None:
    """Print where masking by columns overtakes masking as one integer."""
    ours = frames._COLUMNS_FROM
    print(f"\napply_mask: columns against the integer (wslib changes at {ours} bytes)")
    for size in (256, 512, 1024, 1536, 2048, 4096):
        payload, key = os.urandom(size), os.urandom(4)

        def forced(start: int, payload: bytes = payload, key: bytes = key) -> bytes:
            frames._COLUMNS_FROM = start
            return apply_mask(payload, key)

        _, ratio = in_turn(lambda f=forced: f(0), lambda f=forced: f(LIMIT))
        print(f"{size:>8} {ratio:>18.2f}x")
    frames._COLUMNS_FROM = ours


def keep_memory() -> None:
    """Have glibc keep what is freed: asking for it anew costs more than masking it.

    Otherwise luck, and not the code, decides who is faster at 1 MiB.
    """
    trim_threshold, mmap_threshold = -1, -3  # malloc.h
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another system
        for parameter in (trim_threshold, mmap_threshold):
            ctypes.CDLL(None).mallopt(parameter, 2**25)


def main() -> None:
    keep_memory()
    print(f"Python {platform.python_version()}, median of {ROUNDS} ratios")
    compare("parse and unmask", our_parse, 0)
    compare("serialize and mask", our_serialize, 1)
    switch_over()


try:
    wsproto = importlib.import_module("wsproto.frame_protocol")
except ImportError:
    sys.exit("wsproto is not installed here; 'make bench' installs it.")

if __name__ == "__main__":
    main()
