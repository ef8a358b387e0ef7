"""Mutated streams against wslib.protocol: `tests/tools/fuzz_protocol.py 1000000`.

A legal conversation of a client, with some bytes changed, lost, doubled or moved, is
fed to a server twice: whole, and cut at random. Whatever comes, nothing is raised; both
see the same; a failure has a code that may be sent; no message exceeds its limit.
"""

import argparse
import random
import sys
import time
from collections import Counter

from wslib.frames import Frame, Opcode
from wslib.protocol import Connection, ConnectionFailed, Event

LIMIT = 2000  # bytes of a message
CODES = {1002, 1007, 1009}
TEXTS = [b"", b"Hello", "καλημέρα".encode(), "😀".encode() * 40, b"x" * 126]


def conversation(chance: random.Random) -> bytearray:
    """Return a few legal frames of a client."""
    stream = bytearray()
    for _ in range(chance.randint(1, 5)):
        text, key = chance.choice(TEXTS), chance.randbytes(4)
        place = chance.randint(0, len(text))
        frames = [
            Frame(opcode=Opcode.TEXT, fin=False, payload=text[:place], masking_key=key),
            Frame(opcode=Opcode.PING, payload=text[:20], masking_key=key),
            Frame(opcode=Opcode.CONTINUATION, payload=text[place:], masking_key=key),
        ]
        if chance.random() < 0.5:
            kind = chance.choice((Opcode.TEXT, Opcode.BINARY))
            frames = [Frame(opcode=kind, payload=text, masking_key=key)]
        stream += b"".join(frame.serialize() for frame in frames)
    if chance.random() < 0.3:
        close = Frame(opcode=Opcode.CLOSE, payload=b"\x03\xe8bye", masking_key=key)
        stream += close.serialize()
    return stream


def mutated(stream: bytearray, chance: random.Random) -> bytes:
    """Change up to three places of a stream."""
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(len(stream) + 1)
        end = min(len(stream), place + chance.choice((1, 1, 2, 8)))
        match chance.randrange(5):
            case 0 if place < len(stream):
                stream[place] ^= 1 << chance.randrange(8)
            case 1 if place < len(stream):
                stream[place] = chance.choice((0, 0x7D, 0x7E, 0x7F, 0x80, 0xFE, 0xFF))
            case 2:
                del stream[place:end]
            case 3:
                stream[place:place] = stream[place:end]
            case 4:
                stream[place:place] = chance.randbytes(end - place)
    return bytes(stream)


def heard(pieces: list[bytes]) -> tuple[list[Event], bytes]:
    """Return what a server makes of a stream, and what it answers."""
    server, events = Connection(client=False, max_message=LIMIT), list[Event]()
    for piece in pieces:
        server.receive_data(piece)
        events += server.events()
    server.receive_eof()
    events += server.events()
    return events, server.data_to_send()


def cut(data: bytes, chance: random.Random) -> list[bytes]:
    """Return the pieces of a stream."""
    places = sorted(
        chance.randrange(len(data) + 1) for _ in range(chance.randint(1, 9))
    )
    return [data[i:j] for i, j in zip([0, *places], [*places, len(data)], strict=True)]


def fuzz(count: int, seed: int) -> Counter[str]:
    """Feed so many streams; return how they ended.

    Raises:
        AssertionError: If one breaks what every stream keeps to; with the stream.
    """
    chance, endings = random.Random(seed), Counter[str]()
    for _ in range(count):
        data = mutated(conversation(chance), chance)
        events, answer = heard([data])
        assert (events, answer) == heard(cut(data, chance)), data.hex(" ")
        failures = [e for e in events if isinstance(e, ConnectionFailed)]
        assert len(failures) <= 1, data.hex(" ")
        for failure in failures:
            assert failure.close_code in CODES and failure.section, data.hex(" ")
            code = failure.close_code.to_bytes(2, "big")
            assert b"\x88" in answer and code in answer, data.hex(" ")
        longest = max((len(getattr(e, "data", b"")) for e in events), default=0)
        assert longest <= LIMIT, data.hex(" ")
        endings[str(failures[0].close_code) if failures else "no fault"] += 1
    return endings


def main() -> int:
    """Feed streams, and say how they ended."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    endings = fuzz(options.count, options.seed)
    took = time.monotonic() - began
    print(f"{options.count:,} streams in {took:.0f} s:", dict(endings.most_common()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
