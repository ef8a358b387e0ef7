"""Right answers to the exercises, in several styles: what the mutants are made of.

As source, so that one place in it can be changed; by the name of the exercise, which is
also what the answer is called in it (``Reader`` and ``Follower`` for the two classes).
"""

RIGHT: dict[str, list[str]] = {
    "wasted_polls": [
        """
def wasted_polls(changes, interval, seconds):
    wasted = 0
    for poll in range(interval, seconds + 1, interval):
        if not any(poll - interval < change < poll for change in changes):
            wasted += 1
    return wasted
""",
        """
def wasted_polls(changes, interval, seconds):
    polls, useful = seconds // interval, set()
    for change in changes:
        poll = -int(-change // interval)
        if poll <= polls:
            useful.add(poll)
    return polls - len(useful)
""",
        """
def wasted_polls(changes, interval, seconds):
    waiting, wasted, poll = sorted(changes), 0, interval
    while poll <= seconds:
        news = [c for c in waiting if c < poll]
        waiting = waiting[len(news):]
        wasted += not news
        poll += interval
    return wasted
""",
        """
def wasted_polls(changes, interval, seconds):
    gaps, marks = seconds // interval, 0
    for change in changes:
        marks |= 1 << int(change // interval)
    return gaps - bin(marks & ((1 << gaps) - 1)).count("1")
""",
        """
def wasted_polls(changes, interval, seconds):
    known = wasted = 0
    for poll in range(interval, seconds + 1, interval):
        score = sum(change < poll for change in changes)
        match score - known:
            case 0:
                wasted += 1
        known = score
    return wasted
""",
    ],
    "break_even": [
        """
def break_even(opening, keepalive, push, poll):
    pings = 3600 / 20
    return (opening + pings * keepalive) / (poll - push)
""",
        """
def break_even(opening, keepalive, push, poll):
    fixed = opening
    for minute in range(60):
        fixed += 3 * keepalive
    saved = poll - push
    return fixed / saved
""",
        """
def break_even(opening, keepalive, push, poll):
    def gap(changes):
        return opening + 180 * keepalive + changes * push - changes * poll
    return gap(0) / (gap(0) - gap(1))
""",
    ],
    "accept_key": [
        """
import base64, hashlib
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
def accept_key(key):
    digest = hashlib.sha1((key + GUID).encode("ascii")).digest()
    return base64.b64encode(digest).decode("ascii")
""",
        """
import binascii, hashlib
def accept_key(key):
    made = hashlib.sha1()
    made.update(key.encode())
    made.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
    return binascii.b2a_base64(made.digest(), newline=False).decode()
""",
    ],
    "has_token": [
        """
def has_token(value, token):
    items = [item.strip().lower() for item in value.split(",")]
    return token.lower() in items
""",
        """
import re
def has_token(value, token):
    for item in re.split(r"[ \\t]*,[ \\t]*", value.strip(" \\t")):
        if item.casefold() == token.casefold():
            return True
    return False
""",
        """
def has_token(value, token):
    start = 0
    while start <= len(value):
        end = value.find(",", start)
        if end < 0:
            end = len(value)
        if value[start:end].strip(" \\t").lower() == token.lower():
            return True
        start = end + 1
    return False
""",
        """
def has_token(value, token):
    first, comma, rest = value.partition(",")
    if first.strip().upper() == token.upper():
        return True
    return comma == "," and has_token(rest, token)
""",
    ],
    "unmask": [
        """
def unmask(payload, masking_key):
    return bytes(byte ^ masking_key[i % 4] for i, byte in enumerate(payload))
""",
        """
def unmask(payload, masking_key):
    result = bytearray(payload)
    for i in range(len(result)):
        result[i] ^= masking_key[i & 3]
    return bytes(result)
""",
        """
def unmask(payload, masking_key):
    size = len(payload)
    repeated = (masking_key * (size // 4 + 1))[:size]
    number = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
    return number.to_bytes(size, "big")
""",
        """
def unmask(payload, masking_key):
    result, turn = [], 0
    for byte in payload:
        key = masking_key[turn]
        result.append((byte | key) - (byte & key))
        turn += 1
        if turn == 4:
            turn = 0
    return bytes(result)
""",
    ],
    "parse_header": [
        """
def parse_header(data):
    fin = bool(data[0] & 0b1000_0000)
    opcode = data[0] & 0b0000_1111
    masked = bool(data[1] & 0b1000_0000)
    length = data[1] & 0b0111_1111
    size = 2
    if length == 126:
        length, size = int.from_bytes(data[2:4], "big"), 4
    elif length == 127:
        length, size = int.from_bytes(data[2:10], "big"), 10
    return fin, opcode, masked, length, size + 4 * masked
""",
        """
import struct
def parse_header(data):
    first, second = data[0], data[1]
    short = second % 128
    if short < 126:
        length, size = short, 2
    elif short == 126:
        (length,) = struct.unpack("!H", data[2:4])
        size = 4
    else:
        (length,) = struct.unpack("!Q", data[2:10])
        size = 10
    if second >= 128:
        size += 4
    return first >= 128, first % 16, second >= 128, length, size
""",
        """
def parse_header(data):
    bits = f"{data[0]:08b}{data[1]:08b}"
    masked = bits[8] == "1"
    length, size = int(bits[9:], 2), 2
    width = {126: 2, 127: 8}.get(length, 0)
    if width:
        length, size = int(data[2:2 + width].hex(), 16), 2 + width
    size += 4 if masked else 0
    return bits[0] == "1", int(bits[4:8], 2), masked, length, size
""",
        """
def parse_header(data):
    at = 0
    def take(size):
        nonlocal at
        at += size
        return int.from_bytes(data[at - size:at], "big")
    both = take(2)
    length = both & 127
    if length > 125:
        length = take(2 if length == 126 else 8)
    if both & 128:
        at += 4
    return both >> 15 == 1, both >> 8 & 15, both >> 7 & 1 == 1, length, at
""",
    ],
    "text_frame": [
        """
def text_frame(text):
    payload = text.encode()
    length = len(payload)
    if length <= 125:
        header = bytes([0x81, length])
    elif length <= 65_535:
        header = bytes([0x81, 126]) + length.to_bytes(2, "big")
    else:
        header = bytes([0x81, 127]) + length.to_bytes(8, "big")
    return header + payload
""",
        """
import struct
def text_frame(text):
    payload = bytes(text, "utf-8")
    first = 1 << 7 | 1
    if len(payload) < 126:
        return struct.pack("!BB", first, len(payload)) + payload
    if len(payload) < 1 << 16:
        return struct.pack("!BBH", first, 126, len(payload)) + payload
    return struct.pack("!BBQ", first, 127, len(payload)) + payload
""",
        """
def text_frame(text):
    digits = text.encode().hex()
    size = len(digits) // 2
    try:
        length = bytes([size if size < 126 else 999]).hex()
    except ValueError:
        length = f"7e{size:04x}" if size < 65536 else f"7f{size:016x}"
    return bytes.fromhex("81" + length + digits)
""",
    ],
    "origin_allowed": [
        """
def origin_allowed(origin, allowed):
    return origin in allowed
""",
        """
def origin_allowed(origin, allowed):
    if origin is None:
        return False
    for each in allowed:
        if each == origin:
            return True
    return False
""",
        """
def origin_allowed(origin, allowed):
    if not allowed:
        return False
    first, *others = allowed
    return first == origin or origin_allowed(origin, others)
""",
    ],
    "frame_reader": [
        """
from wslib.frames import parse_frame
class Reader:
    def __init__(self):
        self.buffer = b""
    def feed(self, data):
        self.buffer += data
        texts = []
        while (found := parse_frame(self.buffer, masked=False)) is not None:
            frame, size = found
            texts.append(frame.payload.decode())
            self.buffer = self.buffer[size:]
        return texts
""",
        """
class Reader:
    def __init__(self):
        self.buffer = bytearray()
    def feed(self, data):
        self.buffer.extend(data)
        texts = []
        while len(self.buffer) >= 2:
            length, size = self.buffer[1] & 127, 2
            if length == 126:
                size = 4
            elif length == 127:
                size = 10
            if len(self.buffer) < size:
                break
            if size > 2:
                length = int.from_bytes(self.buffer[2:size], "big")
            if len(self.buffer) < size + length:
                break
            texts.append(self.buffer[size:size + length].decode())
            del self.buffer[:size + length]
        return texts
""",
        """
class Reader:
    def __init__(self):
        self.state, self.need, self.have = "first", 1, bytearray()
    def feed(self, data):
        texts = []
        while True:
            missing = self.need - len(self.have)
            self.have += data[:missing]
            data = data[missing:]
            if len(self.have) < self.need:
                return texts
            got = bytes(self.have)
            self.have.clear()
            if self.state == "first":
                self.state, self.need = "second", 1
            elif self.state == "second":
                more = {126: 2, 127: 8}.get(got[0])
                self.state = "length" if more else "payload"
                self.need = more if more else got[0]
            elif self.state == "length":
                self.state, self.need = "payload", int.from_bytes(got, "big")
            else:
                texts.append(got.decode())
                self.state, self.need = "first", 1
""",
    ],
    "messages": [
        """
def messages(frames):
    texts, payload = [], b""
    for frame in frames:
        if frame.opcode.is_control:
            continue
        payload += frame.payload
        if frame.fin:
            texts.append(payload.decode())
            payload = b""
    return texts
""",
        """
def messages(frames):
    texts, pieces = [], []
    for frame in frames:
        if frame.opcode < 8:
            if frame.opcode > 0:
                pieces = []
            pieces.append(frame.payload)
            if frame.fin:
                texts.append(b"".join(pieces).decode("utf-8"))
    return texts
""",
        """
def messages(frames):
    data = [frame for frame in frames if not frame.opcode.is_control]
    ends = [i + 1 for i, frame in enumerate(data) if frame.fin]
    return [
        b"".join(frame.payload for frame in data[start:end]).decode()
        for start, end in zip([0] + ends, ends)
    ]
""",
    ],
    "close_payload": [
        """
def close_payload(code, reason=""):
    registered = 1000 <= code <= 1014 and code not in (1004, 1005, 1006)
    if not registered and not 3000 <= code <= 4999:
        raise ValueError("may not be sent")
    payload = code.to_bytes(2, "big") + reason.encode()
    if len(payload) > 125:
        raise ValueError("too long")
    return payload
""",
        """
import struct
def close_payload(code, reason=""):
    words = reason.encode()
    if code < 1000 or code > 4999 or 1014 < code < 3000:
        raise ValueError("out of range")
    if code == 1004 or code == 1005 or code == 1006:
        raise ValueError("never sent")
    if len(words) >= 124:
        raise ValueError("too long")
    return struct.pack("!H", code) + words
""",
        """
def close_payload(code, reason=""):
    match code:
        case 1004 | 1005 | 1006:
            raise ValueError("never sent")
        case n if 1000 <= n <= 1014 or 3000 <= n <= 4999:
            payload = bytes(divmod(n, 256)) + reason.encode()
        case _:
            raise ValueError("not defined")
    if payload[125:]:
        raise ValueError("too long")
    return payload
""",
    ],
    "coalesce": [
        """
def coalesce(waiting, about, text):
    others = [pair for pair in waiting if pair[0] != about]
    return others + [(about, text)]
""",
        """
def coalesce(waiting, about, text):
    for i in range(len(waiting)):
        if waiting[i][0] == about:
            del waiting[i]
            break
    waiting.append((about, text))
    return waiting
""",
        """
def coalesce(waiting, about, text):
    newest = dict(waiting)
    newest.pop(about, None)
    newest[about] = text
    return list(newest.items())
""",
        """
def coalesce(waiting, about, text):
    old = next((pair for pair in waiting if pair[0] == about), None)
    kept = waiting.copy()
    if old is not None:
        kept.remove(old)
    return kept + [(about, text)]
""",
    ],
    "missed": [
        """
def missed(numbers):
    gaps = []
    for i in range(len(numbers) - 1):
        here, there = numbers[i], numbers[i + 1]
        if there - here > 1:
            gaps.append((here + 1, there - 1))
    return gaps
""",
        """
from itertools import pairwise
def missed(numbers):
    return [(a + 1, b - 1) for a, b in pairwise(numbers) if b > a + 1]
""",
        """
def missed(numbers):
    got, gaps, first = set(numbers), [], None
    for n in range(min(got, default=0), max(got, default=0) + 1):
        if n in got and first is not None:
            gaps.append((first, n - 1))
            first = None
        elif n not in got and got and first is None:
            first = n
    return gaps
""",
        """
def missed(numbers):
    due, gaps = None, []
    for n in numbers:
        if due is not None and n != due:
            gaps.append((due, n - 1))
        due = n + 1
    return gaps
""",
        """
def missed(numbers):
    if len(numbers) < 2:
        return []
    a, b = numbers[:2]
    rest = missed(numbers[1:])
    return [(a + 1, b - 1)] + rest if b - a >= 2 else rest
""",
    ],
    "backoff": [
        """
def backoff(attempt, random):
    longest = min(30, 2**attempt)
    return random() * longest
""",
        """
def backoff(attempt, random):
    longest = 1
    for _ in range(attempt):
        longest = longest * 2
        if longest >= 30:
            longest = 30
            break
    return longest * random()
""",
        """
def backoff(attempt, random):
    table = [1, 2, 4, 8, 16]
    try:
        longest = table[attempt]
    except IndexError:
        longest = 30
    return longest * random()
""",
    ],
    "follower": [
        """
class Follower:
    def __init__(self):
        self.last = 0
    def resume(self):
        return self.last
    def receive(self, number, text):
        if number <= self.last:
            return False
        self.last = number
        return True
""",
        """
class Follower:
    def __init__(self):
        self.seen = {0}
    def resume(self):
        return max(self.seen)
    def receive(self, number, text):
        new = number not in self.seen
        self.seen.add(number)
        return new
""",
        """
class Follower:
    def __init__(self):
        self.next = 1
    def resume(self):
        return self.next - 1
    def receive(self, number, text):
        new = number == self.next
        self.next += new
        return new
""",
    ],
    "inflate": [
        """
import zlib
def inflate(payload, limit):
    unpacker = zlib.decompressobj(wbits=-15)
    data = unpacker.decompress(payload + b"\\x00\\x00\\xff\\xff", limit + 1)
    if len(data) > limit:
        raise ValueError("too much")
    return data
""",
        """
import zlib
def inflate(payload, limit):
    unpacker, out = zlib.decompressobj(-15), b""
    data = payload + bytes.fromhex("0000ffff")
    while piece := unpacker.decompress(data, 500):
        out += piece
        data = unpacker.unconsumed_tail
        if len(out) > limit:
            raise ValueError(limit)
    return out
""",
    ],
    "ticket_user": [
        """
import hmac
def ticket_user(ticket, secret, now):
    text, _, signature = ticket.rpartition(".")
    right = hmac.new(secret, text.encode(), "sha256").hexdigest()
    if not hmac.compare_digest(signature.encode(), right.encode()):
        return None
    user, _, expires = text.rpartition(".")
    return user if now < int(expires) else None
""",
        """
import hashlib, hmac
def ticket_user(ticket, secret, now):
    parts = ticket.rsplit(".", 2)
    if len(parts) != 3:
        return None
    user, expires, given = parts
    signed = f"{user}.{expires}".encode()
    made = hmac.new(secret, signed, hashlib.sha256).hexdigest()
    if hmac.compare_digest(made.encode(), given.encode()):
        if now < int(expires):
            return user
    return None
""",
        """
import hmac, re
def ticket_user(ticket, secret, now):
    if parts := re.fullmatch("((.*)[.]([0-9]+))[.]([0-9a-f]{64})", ticket, re.S):
        text, user, expires, given = parts.groups()
        made = hmac.digest(secret, text.encode(), "sha256").hex()
        if hmac.compare_digest(given.encode(), made.encode()) and int(expires) > now:
            return user
    return None
""",
    ],
    "read_order": [
        """
import json
def read_order(text):
    try:
        order = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if type(order) is not dict or order.keys() != {"pay", "amount"}:
        return None
    to, amount = order["pay"], order["amount"]
    if type(to) is not str or not 1 <= len(to) <= 20:
        return None
    if type(amount) is not int or not 1 <= amount <= 1000:
        return None
    return to, amount
""",
        """
import json
def read_order(text):
    try:
        order = json.loads(text)
        to, amount = order["pay"], order["amount"]
    except Exception:
        return None
    if len(order) == 2 and isinstance(to, str) and isinstance(amount, int):
        if 0 < len(to) < 21 and 0 < amount < 1001 and amount is not True:
            return to, amount
    return None
""",
    ],
    "inflate_all": [
        """
import zlib
def inflate_all(payloads):
    inflater, tail = zlib.decompressobj(wbits=-15), bytes([0, 0, 255, 255])
    return [inflater.decompress(payload + tail) for payload in payloads]
""",
        """
import zlib
def inflate_all(payloads):
    inflater, messages = zlib.decompressobj(-15), []
    for payload in payloads:
        message = inflater.decompress(payload)
        message += inflater.decompress(bytes.fromhex("0000ffff"))
        messages.append(message)
    return messages
""",
    ],
}
ANSWER = {"frame_reader": "Reader", "follower": "Follower"}  # what the class is called
