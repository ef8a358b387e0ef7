"""Frames that chance makes, most of them broken somewhere: for all who read frames."""

import random

# What the frame lab's module says of each, in hexadecimal digits, as a client's and as
# a server's. One text goes in and one comes out: a browser is slow with many.
JUDGE_ALL = """(lines) => lines.split("\\n").flatMap((hex) => {
    const bytes = module.fromHex(hex);
    return ["client", "server"].map((side) => module.judge(bytes, side));
}).join("\\n")"""


def random_frames(count: int) -> list[bytes]:
    """Return frames, most of them broken somewhere."""
    chance = random.Random(6455)
    made = []
    for _ in range(count):
        opcode = chance.choice([0, 1, 1, 2, 8, 8, 9, 10, chance.randrange(16)])
        length = chance.choice([0, 1, 2, 5, 9, 125, 126, 127, 65_535, 65_536])
        if length > 200 and chance.random() < 0.97:
            length = chance.randrange(12)
        payload = chance.choice(["é€😀", "abc", "\ud7ff\ue000"]).encode() * 40_000
        payload = (
            payload[:length] if chance.random() < 0.7 else chance.randbytes(length)
        )
        if opcode == 8 and length > 1 and chance.random() < 0.7:
            code = chance.choice([1000, 1001, 1005, 1015, 2999, 3000, 4999, 5000])
            payload = code.to_bytes(2, "big") + payload[2:]
        form = chance.choice([None, None, None, 0, 2, 8])
        if form is None or length >= 256 ** (form or 1) or (form == 0 and length > 125):
            form = 0 if length < 126 else 2 if length < 65_536 else 8
        short = {0: length, 2: 126, 8: 127}[form]
        masked = chance.random() < 0.5
        head = bytes([(chance.random() < 0.8) << 7 | opcode, masked << 7 | short])
        data = head + (length.to_bytes(form, "big") if form else b"")
        data = bytearray(data + (bytes(4) if masked else b"") + payload)
        for _ in range(chance.choice([0, 0, 0, 1, 1, 2])):
            data[chance.randrange(min(len(data), 12))] ^= 1 << chance.randrange(8)
        made.append(bytes(data[: chance.choice([len(data)] * 3 + [3, len(data) - 1])]))
    return made
