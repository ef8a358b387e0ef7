"""Draw the figures of this folder.

    python images/draw.py

Each is one SVG on a light card of its own, so that it reads on a light and on a dark
page. Client left and blue, server right and vermilion and dashed, as everywhere in the
course. The same input gives the same bytes: tests/test_images.py draws them again.
"""

import hmac
import re
from pathlib import Path

import websocket
from card import card
from drawing import BAND, CARD, INK, KEY, MINT, Drawing

from wslib.direction import Direction
from wslib.handshake import GUID
from wslib.relay.proxy import RecordingProxy
from wslib.server import EchoServer
from wslib.show.shown import BLUE, GREEN, GREY, PURPLE, VERMILION

IMAGES = Path(__file__).resolve().parent
NOTEBOOKS = IMAGES.parent / "notebooks"

CLIENT, SERVER = 276, 732  # the two sides, in the life of a connection
TICKET = "ada.1700000000"  # what notebook 10 signs
BIT = 23.5  # the width of a bit in the layout of a frame

# Group, file name, words on the card.
COURSE = [
    ("Why", "00_start_here", "Start here"),
    ("Why", "01_polling_vs_websocket", "Polling and\nWebSocket"),
    ("How it works, byte by byte", "02_handshake", "The opening\nhandshake"),
    ("How it works, byte by byte", "03_frames", "Frames,\nbit by bit"),
    ("Build it", "04_echo_server", "The echo\nserver"),
    ("Build it", "05_browser", "The browser"),
    ("Build it", "06_messages_and_closing", "Messages\nand closing"),
    ("Build it", "07_build_your_own", "An endpoint\nof your own"),
    ("Live with it", "08_live", "Live: push,\nrooms"),
    ("Live with it", "09_reconnecting", "Reconnecting"),
    ("Live with it", "10_security", "Security"),
    ("Live with it", "11_limits", "Limits"),
    ("What it costs, and how it grows", "12_compression", "Compression"),
    ("What it costs, and how it grows", "13_scale_and_operate", "Scale\nand operate"),
]

# What each line of the opening handshake is for, by its first word.
REQUEST_NOTES = {
    "GET": "an ordinary GET",
    "Upgrade": "the protocol wanted",
    "Host": "which site is meant",
    "Origin": "which page is asking",
    "Sec-WebSocket-Version": "13 means RFC 6455",
    "Connection": "for this connection only",
    "Sec-WebSocket-Key": "16 random bytes",
    "": "end of the request",
}
RESPONSE_NOTES = {
    "HTTP/1.1": "yes, we switch",
    "Upgrade": "to this protocol",
    "Connection": "on this connection",
    "Sec-WebSocket-Accept": "made from that key",
    "": "from here on, frames",
}

# The fields of a frame, RFC 6455, section 5.2, where all are there: bits, kind, words.
FRAME_FIELDS = [
    *((1, "header", name) for name in ("FIN", "RSV1", "RSV2", "RSV3")),
    (4, "header", "opcode"),
    (1, "header", "MASK"),
    (7, "header", "Payload len"),
    (16, "header", "Extended payload length\nif Payload len is 126 or 127"),
    (32, "header", "Extended payload length, continued\nif Payload len is 127"),
    (16, "header", "… and its end"),
    (16, "key", "Masking-key\nif MASK is 1"),
    (16, "key", "Masking-key, its end"),
    (16, "payload", "Payload Data"),
    (32, "payload", "Payload Data, to the end"),
]


def life_of_a_connection() -> str:
    """Draw everything that happens on one connection, from top to bottom."""
    d = Drawing(
        "life",
        944,
        "The life of a WebSocket connection",
        "One TCP connection runs from top to bottom, client left, server right. The "
        "client asks by an HTTP request, the server answers 101: the state goes from "
        "CONNECTING to OPEN and the open event fires. Then messages go both ways: "
        "Hello from the client; the reply and a push that nobody asked for from the "
        "server, a message event each; a ping from the server and the client's pong, "
        "with no event. The client sends a Close frame, state CLOSING, the server "
        "answers with one and closes TCP. State CLOSED; the close event fires, with "
        "an error event before it only if something failed.",
    )
    d.box(CLIENT, 116, SERVER - CLIENT, 702, fill=BAND, stroke=BAND, corner=0)
    d.text(752, 462, "one TCP connection, from first byte to last", "middle grey down")
    d.line((CLIENT, 56), (CLIENT, 924))
    d.line((SERVER, 56), (SERVER, 836))
    d.text(78, 45, "state", "middle grey")
    d.text(180, 45, "event", "middle grey")
    _side(d, CLIENT, "client")
    _side(d, SERVER, "server")

    states = [("CONNECTING", 72), ("OPEN", 286), ("CLOSING", 678), ("CLOSED", 818)]
    for (name, top), (_, end) in zip(states, [*states[1:], ("", 924)], strict=True):
        d.box(20, top, 116, end - top, fill=BAND if name == "OPEN" else CARD)
        d.text(78, (top + end) / 2 + 5, name, "middle mono bold")

    d.text(CLIENT + 14, 96, "new WebSocket(url)", "mono")
    d.text(504, 140, "TCP connection established", "middle bold")
    d.text(CLIENT + 14, 184, "Opening handshake: one request, one response", "bold")
    _sent(d, 238, "▶", "HTTP", "GET / with Upgrade: websocket")
    _sent(d, 286, "◀", "HTTP", "101 Switching Protocols")
    _event(d, 286, "open")
    d.text(CLIENT + 14, 332, "Messages: either side, whenever it likes", "bold")
    _sent(d, 386, "▶", "text", "Hello, world!")
    _sent(d, 434, "◀", "text", "Received:  Hello, world!")
    _event(d, 434, "message")
    _sent(d, 482, "◀", "text", "a push that nobody asked for")
    _event(d, 482, "message")
    _sent(d, 530, "◀", "ping", "still there?")
    d.text(192, 535, "no event", "middle grey")
    _sent(d, 578, "▶", "pong", "sent by the library itself")
    d.text(CLIENT + 14, 624, "Closing handshake: a Close frame each way", "bold")
    _sent(d, 678, "▶", "Close", "1000, from close(1000)")
    _sent(d, 726, "◀", "Close", "1000")
    _sent(d, 774, "◀", "TCP", "the server hangs up first")
    d.text(504, 804, "TCP connection closed", "middle bold")
    _event(d, 852, "error", dashed=True)
    d.text(CLIENT + 14, 857, "only if something failed, just before close")
    _event(d, 898, "close")
    d.text(CLIENT + 14, 903, "last of all, with code and reason")
    return d.svg()


def handshake() -> str:
    """Draw the two heads of a real opening handshake, line by line."""
    request, response = capture()
    d = Drawing(
        "handshake",
        738,
        "The opening handshake, as captured",
        f"The client's request of {len(request)} bytes and the server's response of "
        f"{len(response)} bytes, line by line, with the size and the purpose of each "
        "line. An arrow leads from the value of Sec-WebSocket-Key, through the GUID, "
        "SHA-1 and base64, to the value of Sec-WebSocket-Accept.",
    )
    _side(d, 72, "client")
    _side(d, 728, "server")
    right = [(20, 68), (752, 68), (784, 208), (752, 348), (20, 348)]
    left = [(780, 462), (48, 462), (16, 558), (48, 654), (780, 654)]
    d.panel(*right, stroke=BLUE)
    d.panel(*left, stroke=VERMILION, dashed=True)
    d.line((36, 90), (72, 90), stroke=BLUE, thick=2.5, arrow=True)
    d.text(82, 96, f"Request, {len(request)} bytes", "bold")
    _lines(d, 36, 126, request, REQUEST_NOTES)
    d.line((92, 484), (56, 484), stroke=VERMILION, thick=2.5, dashed=True, arrow=True)
    d.text(102, 490, f"Response, {len(response)} bytes", "bold")
    _lines(d, 56, 520, response, RESPONSE_NOTES)

    d.line((430, 302), (430, 376), arrow=True)
    d.box(196, 376, 468, 58, stroke=INK, thick=1.5)
    d.text(430, 400, f"+ {GUID}", "middle mono")
    d.text(430, 423, "SHA-1: 20 bytes; in base64: 28 characters", "middle")
    d.line((430, 434), (430, 586), arrow=True)
    d.text(
        400, 688, "Numbers: the bytes of each line, its CR LF included.", "middle grey"
    )
    d.text(
        400, 714, "This server was told to leave out Date and Server.", "middle grey"
    )
    return d.svg()


def buffers() -> str:
    """Draw where a message waits for a reader who does not read."""
    d = Drawing(
        "buffers",
        354,
        "Where messages wait for a reader who has stopped",
        "From right to left, the way of a message. In the server: the program, which "
        "calls send; asyncio's write buffer; the operating system's send buffer. "
        "Then the wire. At the client: the operating system's receive buffer, and the "
        "program, which has stopped reading. Both buffers of the systems are bounded, "
        "and full; TCP tells the sender: window 0, wait. Only the write buffer has no "
        "lid: it grows without a bound, in the server's memory.",
    )
    d.box(16, 40, 256, 298, fill=BAND, stroke=BAND)
    d.box(396, 40, 388, 298, fill=BAND, stroke=BAND)
    _side(d, 144, "client")
    _side(d, 590, "server")

    _program(d, 26, "stopped")
    for x in (57, 71):
        d.box(x, 184, 8, 34, corner=0, fill=INK, stroke=INK)
    _full(d, 160, "receive")
    _full(d, 416, "send")
    for number in range(6):
        y = 226 - 24 * number
        d.box(552, y, 96, 24, corner=0, fill=VERMILION, stroke=INK)
    d.line((549, 150), (549, 252), (651, 252), (651, 150), thick=5)
    d.line((600, 101), (600, 65), thick=3, arrow=True)
    d.text(614, 88, "no lid", "bold")
    _below(d, 600, "write", "asyncio's", "no bound")
    _program(d, 692, "sends")
    d.text(734, 211, "send(…)", "middle mono")

    for start, end in ((692, 656), (546, 515), (410, 258)):
        back = [(start, 228), (end, 228)]
        d.line(*back, stroke=VERMILION, thick=2.5, dashed=True, arrow=True)
    d.text(334, 252, "the wire", "middle grey")
    d.line((258, 184), (410, 184), stroke=BLUE, thick=2.5, arrow=True)
    d.text(334, 124, "TCP says:", "middle")
    d.text(334, 146, "window 0,", "middle")
    d.text(334, 168, "wait", "middle bold")
    return d.svg()


def hijacking() -> str:
    """Draw how a page uses a cookie that is not its own, and the three locks."""
    d = Drawing(
        "hijacking",
        724,
        "Cross-site WebSocket hijacking, in five steps",
        "Left, Ada's browser: two tabs, and one cookie jar for both. Right, the bank "
        "and the thief, in turns. 1: Ada logs in, and the bank sets a cookie. 2: the "
        "thief's server sends a page about cats. 3: its script opens a WebSocket to "
        "the bank; the browser adds the Origin, cats.a.example, and the bank's cookie: "
        "wrong page, right cookie. 4: the bank takes it for Ada and answers; the "
        "script reads the answer. 5: it sends the answer to the thief. Three locks: A, "
        "the bank looks at Origin; B, a token that is only in the bank's own page; C, "
        "SameSite, by which the cookie stays in the jar.",
    )
    d.box(16, 40, 318, 610, fill=BAND, stroke=BAND)
    _plate(d, 175, 22, 154, "Ada's browser")
    for top, height, name in (
        (40, 164, "the bank"),
        (238, 72, "the thief"),
        (344, 200, "the bank"),
        (578, 72, "the thief"),
    ):
        d.box(650, top, 134, height, fill=BAND, stroke=BAND)
        _plate(d, 717, top - 18, 106, name)

    _tab(d, 62, 44, "bank.a.example")
    d.text(42, 114, "the bank's page")
    d.box(28, 152, 262, 60, corner=16, stroke=GREY)
    d.box(40, 144, 238, 9, corner=4, fill=GREY, stroke=GREY)
    d.text(42, 178, "one cookie jar", "bold")
    d.text(42, 201, "for all tabs")
    d.box(164, 184, 114, 24, corner=4, fill=MINT, stroke=GREEN)
    d.text(221, 201, "session=…", "middle mono bold")
    _tab(d, 230, 390, "cats.a.example")
    d.text(42, 294, "a page about cats")
    d.text(42, 384, "its script asks …")
    d.text(42, 526, "… and reads …")
    d.text(42, 632, "… and tells the thief")

    _step(d, 1, "▶", 110, "Ada logs in")
    _step(d, None, "◀", 176, "Set-Cookie: session=…", "mono")
    _step(d, 2, "◀", 290, "Ada opens the page about cats")
    _step(d, 3, "▶", 378, "WebSocket to the bank")
    d.box(346, 390, 292, 91, corner=0, stroke=PURPLE, thick=3)
    d.box(346, 454, 292, 27, corner=0, fill=PURPLE, stroke=PURPLE, thick=3)
    d.text(366, 410, "the browser adds", "grey")
    d.text(366, 429, "Origin: http://cats.a.example", "mono")
    d.text(366, 447, "Cookie: session=…", "mono")
    d.text(492, 473, "wrong page, right cookie", "middle bold")
    d.line((290, 196), (312, 196), (312, 376), stroke=PURPLE, thick=3.5, arrow=True)
    d.text(717, 452, "“It is Ada.”", "middle bold")
    _step(d, 4, "◀", 522, "ada has 1000", "mono")
    _step(d, 5, "▶", 628, "ada has 1000", "mono")

    locks = [
        ("A", 676, 392, 44, ("the bank looks", "at Origin")),
        ("B", 264, 110, 262, ("a token, only in", "the bank's own page")),
        ("C", 312, 240, 536, ("SameSite: the", "cookie stays in the jar")),
    ]
    for letter, x, y, column, words in locks:
        _padlock(d, x, y, letter)
        _padlock(d, column, 688, letter)
        for line, part in enumerate(words):
            d.text(column + 24, 680 + 22 * line, part)
    return d.svg()


def frame() -> str:
    """Draw the layout of a frame, one bit to a column."""
    d = Drawing(
        "frame",
        404,
        "The layout of a frame, bit by bit",
        "Rows of 32 bits, four bytes each. Byte 0: FIN, RSV1, RSV2, RSV3, and the "
        "opcode in four bits. Byte 1: MASK, and Payload len in seven bits. Then the "
        "Extended payload length: none; or 16 bits if Payload len is 126; or 64 bits "
        "if it is 127. Then the Masking-key, 32 bits, if MASK is 1. Then the Payload "
        "Data, to the end.",
    )
    left, top, height = 24, 72, 64
    for bit in range(32):
        x = left + BIT * (bit + 0.5)
        d.text(x, top - 8, str(bit), "middle mono grey")
    for byte in range(4):
        d.text(left + BIT * (8 * byte + 4), 36, f"byte {byte}", "middle bold")
    place = 0  # in bits
    for size, kind, words in FRAME_FIELDS:
        row, bit = divmod(place, 32)
        x, y, width = left + BIT * bit, top + height * row, BIT * size
        fill = BAND if kind == "header" else CARD
        d.box(x, y, width, height, corner=0, fill=fill, stroke=INK, thick=1.5)
        if kind == "key":
            _hatch(d, x, y, width, height)
        place += size
        if size == 1:
            d.text(x + 6, y + height / 2, words, "middle mono bold down")
            continue
        lines = words.split("\n")
        for number, line in enumerate(lines):
            base = y + height / 2 + 6 + 22 * (number - (len(lines) - 1) / 2)
            if kind == "key":
                d.box(x + width / 2 - 104, base - 17, 208, 23, corner=0, stroke=CARD)
            d.text(x + width / 2, base, line, "middle" if number else "middle bold")
    return d.svg()


def record() -> str:
    """Draw how a frame travels in a record of TLS 1.3."""
    header, key, text = 2, 4, len("my PIN is 9057")
    size = header + key + text
    inside = size + 1 + 16  # RFC 9846, section 5.2: the kind of content, the tag
    head = bytes([0x17, 3, 3]) + inside.to_bytes(2, "big")
    d = Drawing(
        "record",
        262,
        "A WebSocket frame in a record of TLS",
        f"Above, over ws, a frame of {size} bytes: header, masking key, payload. "
        f"Below, over wss, a record of {len(head) + inside} bytes. Its header, "
        f"{head.hex(' ')}, is in clear. All that follows is encrypted: the same "
        f"{size} bytes, one byte for the kind of content, and 16 by which a change is "
        "noticed.",
    )
    left, cell = 22, 18

    def x(byte: int) -> float:
        return left + cell * byte

    first = len(head)
    d.text(x(0), 62, "ws", "bold")
    for start, count, fill in (
        (first, header, BAND),
        (first + header, key, CARD),
        (first + header + key, text, CARD),
    ):
        d.box(x(start), 40, cell * count, 36, corner=0, fill=fill, stroke=INK)
    _hatch(d, x(first + header), 40, cell * key, 36)
    d.text(x(first), 30, f"a frame: {size} bytes", "bold")
    d.text(x(first + size) + 14, 62, "header, masking key, payload", "grey")
    for byte in (first, first + size):
        d.line((x(byte), 76), (x(byte), 128), stroke=GREY, dashed=True, thick=1.5)

    d.text(x(0), 116, "wss", "bold")
    d.box(x(0), 128, cell * first, 36, corner=0, fill=BAND, stroke=INK)
    d.text(x(0) + cell * first / 2, 151, "header", "middle")
    for start, count, words in (
        (0, size, f"the frame, {size} bytes"),
        (size, 1, "1"),
        (size + 1, 16, "16"),
    ):
        begin, width = x(first + start), cell * count
        d.box(begin, 128, width, 36, corner=0, fill=MINT, stroke=GREEN, thick=2)
        d.text(begin + width / 2, 151, words, "middle")
    d.text(x(0), 192, "in clear", "bold")
    d.text(x(0), 216, head.hex(" "), "mono")
    right = x(first + inside)
    d.line((x(first), 170), (x(first), 178), (right, 178), (right, 170))
    d.text(x(20), 202, "encrypted", "bold")
    d.text(x(20), 226, "1: the kind of content")
    d.text(x(20), 248, "16: was it touched on the way?")
    return d.svg()


def ticket() -> str:
    """Draw how a page gets a ticket, and uses it."""
    d = Drawing(
        "ticket",
        304,
        "A ticket that is good for a minute",
        "A page on the left, the server on the right. The page asks by https, with "
        "its cookie: GET /ticket. The server knows the user by the cookie, and signs: "
        "ada, for a minute. The page gets user, time and signature. It sends the same "
        "by wss, as its first message. The server asks: signed by me, and in time?",
    )
    signature = hmac.new(b"only the server knows this", TICKET.encode(), "sha256")
    for x, name in ((76, "page"), (548, "server")):
        d.line((x, 56), (x, 288))
        _side(d, x, name)
    signed = f"{TICKET}.{signature.hexdigest()[:8]}…"
    for y, way, how, words, then in (
        (120, "▶", "https", "GET /ticket, with the cookie", "Who is it? Sign."),
        (188, "◀", "https", signed, "“ada, for a minute”"),
        (256, "▶", "wss", "the same, as first message", "Mine? In time?"),
    ):
        if way == "▶":
            d.line((76, y), (548, y), stroke=BLUE, thick=2.5, arrow=True)
        else:
            back = [(548, y), (76, y)]
            d.line(*back, stroke=VERMILION, thick=2.5, dashed=True, arrow=True)
        d.box(92, y - 34, 64, 24, corner=4, stroke=INK)
        d.text(124, y - 17, how, "middle mono bold")
        d.text(168, y - 17, words)
        d.text(564, y + 5, then)
    return d.svg()


def course_map(notebooks: Path = NOTEBOOKS) -> str:
    """Draw the notebooks in reading order; those that exist say how long they take."""
    ready = {name: _minutes(path) for name, path in _written(notebooks).items()}
    total = f"{len(COURSE)} notebooks, {len(ready)} of them ready"
    numbers = ", ".join(name[:2] for name in ready) or "none yet"
    names = " ".join(f"{name[:2]} {words};" for _, name, words in COURSE)
    d = Drawing(
        "map",
        704,
        "The map of the course",
        f"{total}, in five groups. Ready: {numbers}. The others are to come. In "
        f"reading order: {names.rstrip(';')}.".replace("\n", " "),
    )
    width, height, gap, pitch = 168, 112, 24, 164
    drawn = ""
    for number, (group, name, words) in enumerate(COURSE):
        row, column = divmod(number, 4)
        x, y = 28 + column * (width + gap), 52 + row * pitch
        if group != drawn:
            d.text(x, y - 12, group, "bold")
            drawn = group
        if name in ready:
            d.box(x, y, width, height, corner=0, fill=MINT, stroke=GREEN, thick=3)
            d.line((x + 15, y + 94), (x + 20, y + 99), (x + 30, y + 87), thick=3)
            d.text(x + 38, y + 99, "ready")
        else:
            d.box(x, y, width, height, corner=18, stroke=GREY, thick=1.5, dashed=True)
            d.text(x + 14, y + 99, "to come")
        d.text(x + 14, y + 26, name[:2], "mono bold")
        if name in ready:
            d.text(x + width - 14, y + 26, f"{ready[name]} min", "end")
        for line, part in enumerate(words.split("\n")):
            d.text(x + 14, y + 51 + 20 * line, part, "bold" if name in ready else "")
        end, middle = x + width, y + height / 2
        if number + 1 == len(COURSE):
            break
        if column < 3:
            d.line((end, middle), (end + gap, middle), arrow=True)
        else:
            turn, down = y + height + 14, middle + pitch
            route = [(end, middle), (end + 10, middle), (end + 10, turn), (10, turn)]
            d.line(*route, (10, down), (28, down), arrow=True)
    d.text(400, 688, total, "middle grey")
    return d.svg()


def _written(notebooks: Path) -> dict[str, Path]:
    """Return the files of the notebooks that exist, in reading order."""
    paths = {name: notebooks / f"{name}.ipynb" for _, name, _ in COURSE}
    return {name: path for name, path in paths.items() if path.exists()}


def _minutes(notebook: Path) -> int:
    """Return how long a notebook takes whoever does it, as it says itself."""
    found = re.search(
        r"\*\*Minutes:\*\* \d+ shown, (\d+) done", notebook.read_text("utf-8")
    )
    assert found, f"{notebook} does not say how long it takes"
    return int(found[1])


def capture() -> tuple[bytes, bytes]:
    """Return the request and the response of a real opening handshake.

    What would differ from run to run is settled beforehand: the port in Host and
    Origin, and the key. The course's server sends no Date and no Server.
    """
    with EchoServer() as server, RecordingProxy(server.url) as relay:
        client = websocket.create_connection(
            relay.url,
            timeout=5,
            host="127.0.0.1:1234",
            origin="http://127.0.0.1:1234",
            header={"Sec-WebSocket-Key": KEY},
        )
        client.close()
        recording = relay.recording
        return (
            recording.handshake(Direction.CLIENT_TO_SERVER),
            recording.handshake(Direction.SERVER_TO_CLIENT),
        )


def _side(d: Drawing, x: float, name: str) -> None:
    """Name one of the two sides."""
    d.box(x - 46, 22, 92, 34, fill=INK, stroke=INK)
    d.text(x, 45, name, "middle white bold")


def _plate(d: Drawing, x: float, y: float, width: float, name: str) -> None:
    """Name somebody, on a plate whose middle is at x."""
    d.box(x - width / 2, y, width, 34, fill=INK, stroke=INK)
    d.text(x, y + 23, name, "middle white bold")


def _tab(d: Drawing, y: float, height: float, origin: str) -> None:
    """Draw a tab of the browser, with the page in it."""
    d.box(28, y + 24, 262, height, corner=0, stroke=GREY)
    d.box(28, y, 132, 25, corner=0, stroke=GREY)
    d.text(94, y + 18, origin, "middle mono")


def _hatch(d: Drawing, x: float, y: float, width: float, height: float) -> None:
    """Draw slanting lines across a box: what is in it masks."""
    step = 12
    for start in range(step, round(width + height), step):
        low, high = max(0, start - height), min(width, start)
        d.line(
            (x + low, y + start - low),
            (x + high, y + start - high),
            stroke=GREY,
            thick=1,
        )


def _padlock(d: Drawing, x: float, y: float, letter: str) -> None:
    """Draw a small lock with a letter on it."""
    d.line((x - 7, y - 9), (x - 7, y - 21), (x + 7, y - 21), (x + 7, y - 9), thick=3)
    d.box(x - 13, y - 11, 26, 23, corner=4, fill=GREEN, stroke=INK, thick=1.5)
    d.text(x, y + 6, letter, "middle bold")


def _step(
    d: Drawing, number: int | None, way: str, y: float, words: str, style: str = ""
) -> None:
    """Draw what goes from the browser to a server, or comes from there."""
    if way == "▶":
        d.line((290, y), (650, y), stroke=BLUE, thick=2.5, arrow=True)
    else:
        back = [(650, y), (290, y)]
        d.line(*back, stroke=VERMILION, thick=2.5, dashed=True, arrow=True)
    if number:
        fill, ink = (PURPLE, "") if number == 3 else (INK, "white")
        d.box(346, y - 32, 25, 25, corner=12.5, fill=fill, stroke=fill)
        d.text(358.5, y - 14, str(number), f"middle bold {ink}")
    d.text(380, y - 13, words, style)


def _program(d: Drawing, x: float, does: str) -> None:
    """Draw the program at one end."""
    d.box(x, 160, 84, 92, stroke=INK, thick=1.5)
    d.text(x + 42, 282, "program", "middle bold")
    d.text(x + 42, 304, does, "middle")


def _full(d: Drawing, x: float, name: str) -> None:
    """Draw a buffer of the operating system: it is full, and it has a lid."""
    d.box(x, 160, 92, 92, corner=0, fill=VERMILION, stroke=INK)
    d.box(x + 16, 193, 60, 26, corner=4, stroke=INK)
    d.text(x + 46, 211, "full", "middle bold")
    d.line((x - 3, 156), (x - 3, 252), (x + 95, 252), (x + 95, 156), thick=5)
    d.box(x - 12, 150, 116, 9, corner=2, fill=INK, stroke=INK)
    _below(d, x + 46, name, "the system's", "bounded")


def _below(d: Drawing, x: float, name: str, whose: str, size: str) -> None:
    """Say under a buffer which one it is, whose, and how large."""
    d.text(x, 282, f"{name} buffer", "middle bold")
    d.text(x, 304, whose, "middle grey")
    d.text(x, 326, size, "middle bold" if size == "no bound" else "middle")


def _sent(d: Drawing, y: float, way: str, kind: str, words: str) -> None:
    """Draw what one side sends; its words stand near the sender."""
    fill = GREEN if kind in ("ping", "pong", "Close") else CARD
    if way == "▶":
        d.line((CLIENT, y), (SERVER, y), stroke=BLUE, thick=2.5, arrow=True)
        x = CLIENT + 14
        d.text(x + 66, y - 14, words)
    else:
        back = [(SERVER, y), (CLIENT, y)]
        d.line(*back, stroke=VERMILION, thick=2.5, dashed=True, arrow=True)
        x = SERVER - 14 - 56
        d.text(x - 10, y - 14, words, "end")
    d.box(x, y - 31, 56, 23, corner=4, fill=fill, stroke=INK)
    d.text(x + 28, y - 14, kind, "middle mono bold")


def _event(d: Drawing, y: float, name: str, *, dashed: bool = False) -> None:
    """Mark an event where it fires, beside the client's line."""
    d.line((CLIENT, y), (236, y), thick=1.5)
    d.box(148, y - 15, 88, 30, corner=15, stroke=INK, thick=1.5, dashed=dashed)
    d.text(192, y + 5, name, "middle mono bold")


def _lines(d: Drawing, x: float, y: float, head: bytes, notes: dict[str, str]) -> None:
    """Write the lines of a head: size, text, what it is for."""
    for line in head.decode("ascii").split("\r\n")[:-1]:
        name = line.partition(" ")[0].rstrip(":")
        d.text(x + 26, y, str(len(line) + 2), "end grey")
        d.text(x + 516, y, notes[name])
        if name in ("Sec-WebSocket-Key", "Sec-WebSocket-Accept"):
            # The value has a place of its own, whatever the width of the font.
            label, value = line.split(" ")
            start, width = x + 42 + 9.1 * len(label) + 9, 9.1 * len(value)
            d.box(start - 5, y - 18, width + 10, 25, fill=MINT, stroke=GREEN)
            d.text(x + 42, y, label, "mono")
            d.text(start, y, value, "mono bold")
        elif line:
            d.text(x + 42, y, line, "mono")
        else:
            d.text(x + 42, y, "(a blank line)", "grey")
        y += 28


FIGURES = {
    "life_of_a_connection.svg": life_of_a_connection,
    "handshake.svg": handshake,
    "buffers.svg": buffers,
    "frame.svg": frame,
    "hijacking.svg": hijacking,
    "record.svg": record,
    "ticket.svg": ticket,
    "map.svg": course_map,
    "card.svg": card,
}


def main() -> None:
    """Write every figure that differs from its file."""
    for name, draw in FIGURES.items():
        path, svg = IMAGES / name, draw().encode()
        changed = not path.exists() or path.read_bytes() != svg
        if changed:
            path.write_bytes(svg)
        print(f"{name}: {'drawn' if changed else 'as before'}")


if __name__ == "__main__":
    main()
