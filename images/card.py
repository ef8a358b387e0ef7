"""Draw the card: WebSocket on one page, as large as A4, in columns as wide as a phone.

All that it says of the protocol is asked of wslib, so it cannot say anything else.
"""

import textwrap
from collections.abc import Iterable

from drawing import BAND, BORDER, CARD, INK, KEY, WIDTH, Drawing

from wslib.frames import MAX_REASON, CloseCode, Frame, Opcode, close_payload
from wslib.handshake import GUID, build_request, build_response
from wslib.protocol import TRANSITIONS, State, Step
from wslib.show.shown import BLUE, VERMILION

HEIGHT = round(WIDTH * 297 / 210)  # A4
COLUMN = 372
LEFT, RIGHT = 20, WIDTH - 20 - COLUMN
LINE = 22
LETTERS = 35  # of sans-serif, to a line of a column, in a wide font
BIT = COLUMN / 16
SHORT_FORMS = 125, 2**16 - 1  # the longest payload of each


def card() -> str:
    """Draw the handshake, the states, the frame and its numbers, the close codes."""
    d = Drawing(
        "card",
        HEIGHT,
        "WebSocket on one page",
        "In two columns. Left: the lines of the opening handshake, a request "
        "and a response, and how the accept value is made; the states of a "
        "connection from CONNECTING by OPEN and CLOSING to CLOSED, what each may send "
        "and receive, and what leads on; the opcodes. Right: the bits of a frame, the "
        "three forms of its length with the size of the header, and the close codes, "
        "with what each means and which are never sent.",
    )
    d.text(LEFT, 44, "WebSocket, on one page", "bold")
    d.text(RIGHT + COLUMN, 44, "RFC 6455 and its sections", "end grey")
    y = _handshake(d, LEFT, 60)
    y = _states(d, LEFT, y)
    _opcodes(d, LEFT, y)
    y = _frame(d, RIGHT, 60)
    y = _lengths(d, RIGHT, y)
    _close_codes(d, RIGHT, y)
    return d.svg()


def _plate(d: Drawing, x: float, y: float, name: str, section: str) -> float:
    """Head a part of the card; return where it begins."""
    d.box(x, y, COLUMN, 28, corner=4, fill=INK, stroke=INK)
    d.text(x + 10, y + 20, name, "white bold")
    d.text(x + COLUMN - 10, y + 20, section, "end white")
    return y + 28


def _handshake(d: Drawing, x: float, y: float) -> float:
    y = _plate(d, x, y, "Opening handshake", "4.1, 4.2")
    request = build_request("server.example", key=KEY)
    response = build_response(request)
    y = _head(d, x, y + 8, "client ▶", request.serialize())
    half = len(GUID) // 2
    d.text(x + 10, y + LINE, "The key's text +", "")
    d.text(x + COLUMN - 10, y + LINE, GUID[:half], "end mono")
    d.text(x + COLUMN - 10, y + 2 * LINE, GUID[half:], "end mono")
    d.text(x + 10, y + 2 * LINE, "through SHA-1,")
    d.text(x + 10, y + 3 * LINE, "its 20 bytes in base64: the accept value")
    return _head(d, x, y + 3 * LINE + 10, "◀ server", response.serialize()) + 14


def _head(d: Drawing, x: float, y: float, who: str, head: bytes) -> float:
    """Frame the lines of one side; a long value has a line of its own."""
    lines: list[str] = []
    for line in head.decode("ascii").split("\r\n")[:-2]:
        name, colon, value = line.partition(": ")
        fits = len(line) <= LETTERS
        lines += [line] if fits else [f"{name}{colon}".rstrip(), f"    {value}"]
    height = LINE * (len(lines) + 1) + 10
    colour, dashed = (BLUE, False) if "client" in who else (VERMILION, True)
    d.box(x, y, COLUMN, height, stroke=colour, thick=2.5, dashed=dashed)
    for number, line in enumerate(lines, 1):
        d.text(x + 12, y + LINE * number, line, "mono")
    last = y + LINE * (len(lines) + 1)
    d.text(x + 12, last, "(a blank line)", "grey")
    d.text(x + COLUMN - 12, last, who, "end bold")
    return y + height


def _states(d: Drawing, x: float, y: float) -> float:
    y = _plate(d, x, y, "States", "5.5.1, 7.1") + 8
    states = [("0 CONNECTING", ["opening handshake"], ["the server's 101"])]
    for state in State:
        notes = _stays(state) or ["Numbers: a browser's", "readyState"]
        states.append((f"{state.value} {state.name}", notes, _leads_on(state)))
    for name, notes, ways in states:
        d.box(x, y, 132, 30, fill=BAND, stroke=INK)
        d.text(x + 66, y + 21, name, "middle mono bold")
        for line, note in enumerate(notes):
            d.text(x + 144, y + 21 + LINE * line, note)
        below = y + 30 + LINE * (len(notes) - 1)
        for line, way in enumerate(ways):
            d.text(x + 86, below + 20 + LINE * line, way, "grey")
        end = below + LINE * len(ways) + 16
        if ways:
            d.line((x + 66, y + 30), (x + 66, end), arrow=True)
        y = end
    return y


def _stays(state: State) -> list[str]:
    """Say what a state sends and receives without leaving it."""
    said: dict[str, list[str]] = {}
    for (before, step), after in TRANSITIONS.items():
        verb, a, what = str(step.value).partition(" a ")
        if before is after is state and a:
            said.setdefault(verb, []).append(what)
    lines = [f"{verb}s {', '.join(what)}" for verb, what in said.items()]
    return [part for line in lines for part in textwrap.wrap(line, 22)]


def _leads_on(state: State) -> list[str]:
    """Say what leads from a state to the next; to the last, also from further back."""
    if state is State.CLOSED:
        return []
    after = State(state.value + 1)
    said = [
        str(step.value)
        for (before, step), end in TRANSITIONS.items()
        if before is state and end is after
    ]
    if TRANSITIONS[State.OPEN, Step.TCP_CLOSED] is after:
        said.append(f"(so from OPEN, too: {CloseCode.ABNORMAL_CLOSURE:d})")
    return said


def _opcodes(d: Drawing, x: float, y: float) -> None:
    y = _plate(d, x, y, "Opcodes", "5.2, 5.5")
    for column, kind in (10, "data"), (208, "control"):
        opcodes = [op for op in Opcode if op.is_control is (kind == "control")]
        d.text(x + column, y + LINE, kind, "grey")
        for line, opcode in enumerate(opcodes, 2):
            words = f"{int(opcode):x}  {opcode.name}"
            d.text(x + column, y + LINE * line, words, "mono")
    most = len(close_payload(CloseCode.NORMAL_CLOSURE, "x" * MAX_REASON))
    d.text(x + 10, y + LINE * 5 + 2, f"A control frame: {most} bytes at most, FIN 1.")


def _frame(d: Drawing, x: float, y: float) -> float:
    y = _plate(d, x, y, "Frame", "5.2, 5.3")
    for byte in (0, 1):
        d.text(x + BIT * (4 + 8 * byte), y + LINE, f"byte {byte}", "middle grey")
    y += LINE + 8
    place = 0
    fields = [("FIN", 1), ("RSV1", 1), ("RSV2", 1), ("RSV3", 1), ("opcode", 4)]
    for name, bits in [*fields, ("MASK", 1), ("payload length", 7)]:
        left, width = x + BIT * place, BIT * bits
        d.box(left, y, width, 62, corner=0, fill=BAND, stroke=INK)
        if bits == 1:
            d.text(left + 6, y + 8, name, "down")
        else:
            d.text(left + width / 2, y + 27, name, "middle")
            d.text(left + width / 2, y + 27 + LINE, f"{bits} bits", "middle grey")
        place += bits
    y += 62
    d.box(x, y, COLUMN, 30, corner=0, fill=BAND, stroke=INK, dashed=True)
    d.text(x + COLUMN / 2, y + 21, "extended length: 0, 16 or 64 bits", "middle")
    y += 30
    d.box(x, y, COLUMN, 30, corner=0, stroke=INK)
    for start in range(0, COLUMN - 20, 12):
        d.line((x + start, y + 30), (x + start + 20, y), stroke=BORDER, thick=1.5)
    d.box(x + 46, y + 2, COLUMN - 92, 26, corner=0, stroke=CARD)
    d.text(x + COLUMN / 2, y + 21, "masking key: 32 bits, if MASK", "middle")
    y += 30
    d.box(x, y, COLUMN, 30, corner=0, stroke=INK)
    d.text(x + COLUMN / 2, y + 21, "payload (masked: XOR key[i mod 4])", "middle")
    y += 30 + LINE
    d.text(x + 10, y, "From a client always masked; from a")
    d.text(x + 10, y + LINE, "server never. RSV: 0, but for extensions.")
    return y + LINE + 14


def _lengths(d: Drawing, x: float, y: float) -> float:
    y = _plate(d, x, y, "Length of the payload, in bytes", "5.2")
    columns = [(100, "mono"), (206, ""), (294, "mono"), (358, "mono")]
    heads = ["up to", "7 bits hold", "header ◀", "▶"]
    for (place, _), word in zip(columns, heads, strict=True):
        d.text(x + place, y + LINE, word, "end grey")
    for line, row in enumerate(_forms(), 2):
        for (place, style), word in zip(columns, row, strict=True):
            d.text(x + place, y + LINE * line, word, f"end {style}")
    return y + LINE * 4 + 18


def _forms() -> Iterable[list[str]]:
    """Yield each form of the length: up to where, the seven bits, both headers."""
    for largest in (*SHORT_FORMS, None):
        size = max(SHORT_FORMS) + 1 if largest is None else largest
        server, client = _header(size, None), _header(size, bytes(4))
        bits = server[1] & 0x7F
        up_to = "more" if largest is None else f"{largest:,}"
        in_them = "the length" if bits == largest else str(bits)
        yield [up_to, in_them, str(len(server)), str(len(client))]


def _header(length: int, masking_key: bytes | None) -> bytes:
    """Return the header of a frame with so many bytes of payload."""
    frame = Frame(opcode=Opcode.BINARY, payload=bytes(length), masking_key=masking_key)
    wire = frame.serialize()
    return wire[: len(wire) - length]


def _close_codes(d: Drawing, x: float, y: float) -> None:
    y = _plate(d, x, y, "Close codes", "7.4")
    for code in CloseCode:
        parts = textwrap.wrap(code.meaning, LETTERS - 2)
        if not code.may_be_sent:
            d.box(x + 4, y + 7, 50, LINE - 3, corner=4, stroke=INK, dashed=True)
        d.text(x + 10, y + LINE, str(int(code)), "mono")
        for line, part in enumerate(parts, 1):
            d.text(x + 62, y + LINE * line, part)
        y += LINE * len(parts)
    for first, whose in (
        (3000, "registered with IANA"),
        (4000, "an application's own"),
    ):
        y += LINE
        d.text(x + 10, y, f"{first} to {first + 999}", "mono")
        d.text(x + 142, y, whose)
    d.text(x + 10, y + LINE + 4, "Dashed: told to a program, never sent.", "grey")
