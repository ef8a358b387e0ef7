"""The page: everything on it follows from one capture file.

``build(read(...))`` twice gives the same bytes twice. So a test can take the recording
out of the page, build the page again, and see whether anything on it was changed.
"""

import base64
import datetime
import html
import importlib.resources
import json
import re
from collections.abc import Iterable
from string import Template

from illustrated import heads, steps
from illustrated.bytemap import byte_map
from illustrated.capture import Packet, connections, read
from illustrated.groups import Group, Part, Step, count
from illustrated.steps import Conversation
from wslib.direction import UP
from wslib.show.frame_lab import EXAMPLES, SCRIPT, STYLE

FILES = importlib.resources.files("illustrated")
NAME = "one-connection.pcapng"

# The chapters: the step that each begins with, its address, heading and first words.
CHAPTERS = {
    "syn": (
        "tcp",
        "Three segments before the first byte",
        "A browser wants to say hello. Before it may say one byte, two machines agree "
        "on where they begin to count.",
    ),
    "request": (
        "http",
        "A WebSocket begins as an HTTP request",
        "Nothing new has to be let through a firewall for it: it knocks at the door "
        "that is open already.",
    ),
    "response": (
        "key",
        "The key becomes the answer",
        "How can the browser know that the other side speaks WebSocket, and does not "
        "say yes to everything? It has sent a key. See what a server makes of it:",
    ),
    "text": (
        "text-frame",
        "A text, and who masks it",
        "From here on there are frames: a header of two bytes, and what is to be said.",
    ),
    "first-fragment": (
        "fragments",
        "A ping in the middle of a message",
        "The server has a message in two pieces. Before the second it wants to know "
        "whether anybody is still there. May it ask now?",
    ),
    "close": (
        "closing",
        "Two goodbyes",
        "To close a WebSocket takes a Close from each side. To close TCP takes a FIN "
        "from each side. Watch who begins.",
    ),
}


def build(capture: bytes) -> str:
    """Return the page as HTML.

    Args:
        capture: What ``record`` gives: a connection in the clear, and one in TLS.
    """
    packets, secrets = read(capture)
    clear, inside = connections(packets)
    told = steps.conversation(clear)
    records = steps.tls_steps(inside, secrets)
    named = {step.name: step for step in told.steps}
    [agent] = [
        group.text.partition(": ")[2]
        for group in named["request"].main.groups
        if group.name == "User-Agent"
    ] or ["a program without a name"]
    values = {
        "style": _file("page.css"),
        "script": _file("page.js"),
        "packets": len(clear),
        "bytes": f"{sum(len(packet.data) for packet in clear):,}",
        "capture": base64.b64encode(capture).decode(),
        "name": NAME,
        "capture_size": f"{-(-len(capture) // 1024)} KB",
        "hello": named["text"].line,
        "map": byte_map(told.steps),
        "kinds": _kinds(told),
        "conversation": "".join(_conversation(told)),
        "costs": _costs(told),
        "tls": _tls(records, clear, inside),
        "origin": _origin(told, agent),
        "day": _day(clear[0]),
        "lab_style": STYLE.rstrip(),
        "lab_script": f"{SCRIPT.read_text('utf-8')}\n{_file('lab.js')}",
        "lab_hex": _hex(named["text"]),
        "lab_examples": html.escape(json.dumps(EXAMPLES)),
    }
    return Template(_file("template.html")).substitute(values)


def _file(name: str) -> str:
    return FILES.joinpath(name).read_text("utf-8").rstrip()


def _hex(step: Step) -> str:
    return b"".join(group.data for group in step.main.groups).hex(" ")


def _conversation(told: Conversation) -> Iterable[str]:
    """Yield the steps in the clear, with the chapters that they belong to."""
    is_open = False
    for step in told.steps:
        if step.name in CHAPTERS:
            name, title, words = CHAPTERS[step.name]
            if is_open:
                yield "</section>"
            yield f'<section><h2 id="{name}">{title}</h2><p>{words}</p>'
            is_open = True
        if step.name == "response":
            yield _accept(told.key)
        yield _step(step)
    yield "</section>"


def _accept(key: str) -> str:
    """Return how the key becomes the answer."""
    parts = [
        f"<li><h3>{html.escape(name)}</h3><code>{html.escape(value)}</code>"
        f"<p>{_prose(says)} {_rfc(rfc)}</p></li>"
        for name, value, says, rfc in heads.accept_steps(key)
    ]
    return f'<ol class="accept">{"".join(parts)}</ol>'


def _step(step: Step) -> str:
    """Return one step: a line that opens."""
    up = step.direction is UP
    who = "<span>client </span>▶" if up else "◀<span> server</span>"
    bare = step.main.name == "tcp"
    size, more = (step.size, "") if bare else (step.main.size, _around(step))
    ms = step.time / 1000
    when = f"{ms:,.1f} ms" if ms >= 1 else f"{step.time} µs"
    inside = [f"<p>{_prose(step.lead)}</p>", _part(step, step.main), step.more]
    for part in step.around:
        inside.append(
            f'<details class="around"><summary>{part.title}, {count(part.size)}'
            f"</summary>{_part(step, part)}</details>"
        )
    return (
        f'<details class="step {"up" if up else "down"}{" bare" * bare}" '
        f'id="{step.name}"><summary><span class="who">{who}</span> '
        f'<span class="what"><b>{html.escape(step.title)}</b> '
        f'{html.escape(step.line)}</span> <span class="size">{count(size)} '
        f"<small>{more}{when}</small></span></summary>"
        f"{''.join(inside)}</details>"
    )


def _around(step: Step) -> str:
    size = sum(part.size for part in step.around)
    return f"+ {size:,} of headers · " if size else ""


def _part(step: Step, part: Part) -> str:
    """Return the groups of one part of a step."""
    address = f"{step.name}-{part.name}" if part.name else step.name
    parts, at = [], 0
    for group in part.groups:
        parts.append(_group(group, address, at))
        at += len(group.data)
    return f'<div class="part">{"".join(parts)}</div>'


def _group(group: Group, address: str, start: int) -> str:
    """Return the bytes of one group, and its sentence."""
    end = start + len(group.data) - 1
    where = f"byte {start}" if start == end else f"bytes {start} to {end}"
    name = f"{address}-{start}-{end}"
    cells = "".join(f"<i>{byte:02x}</i>" for byte in group.data)
    text = f"<samp>{html.escape(group.text)}</samp>" if group.text else ""
    title = "" if group.name in group.text else f"<b>{html.escape(group.name)}</b> "
    long = " long" if len(group.data) > 8 else ""
    return (
        f'<div class="group{long}" id="{name}">{text}'
        f'<code class="{group.kind}" tabindex="0" data-part="{address}" '
        f'aria-label="{html.escape(group.name)}, {where}" role="group"{_mask(group)}>'
        f"{cells}</code>"
        f'<div>{title}<a class="at" href="#{name}">{where}</a>'
        f"{_bits(group)}<p>{_prose(group.says)} {_rfc(group.rfc)}</p></div></div>"
    )


def _mask(group: Group) -> str:
    """Return the byte of the masking key for each byte, where there is one."""
    return f' data-mask="{group.mask.hex()}"' if group.mask else ""


def _bits(group: Group) -> str:
    """Return the bits of a group of one byte, each field with its name."""
    if not group.bits:
        return ""
    bits, cells = f"{group.data[0]:08b}", []
    for name, width in group.bits:
        cells.append(f"<span>{bits[:width]}<small>{name}</small></span>")
        bits = bits[width:]
    return f'<div class="bits">{"".join(cells)}</div>'


def _kinds(told: Conversation) -> str:
    """Return what the squares of the picture are, and how many of each."""
    ip, tcp, http, headers, control, messages = told.costs.values()
    kinds = {
        "said": ("the messages", messages),
        "frame": ("WebSocket", headers + control),
        "http": ("HTTP", http),
        "lower": ("IP and TCP", ip + tcp),
    }
    return " ".join(
        f'<b class="{look}">{size:,} {name}</b>' for look, (name, size) in kinds.items()
    )


def _costs(told: Conversation) -> str:
    """Return what the conversation cost, by what the bytes were for."""
    total = sum(told.costs.values())
    wanted = list(told.costs.values())[-1]
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{size:,}</td>'
        f'<td aria-hidden="true"><span style="width: {100 * size / total:.1f}%">'
        f"</span></td></tr>"
        for name, size in told.costs.items()
    )
    return (
        f'<h2 id="costs">{total:,} bytes, to say {wanted}</h2>'
        f"<p>All bytes of all packets, each counted once. What would the next message "
        f"cost, now that everything stands?</p>"
        f'<table class="costs"><thead><tr><th scope="col">what for</th>'
        f'<th scope="col">bytes</th><th aria-hidden="true"></th></tr></thead>'
        f'<tbody>{rows}</tbody><tfoot><tr><th scope="row">all</th>'
        f'<td>{total:,}</td><td aria-hidden="true"></td></tr></tfoot></table>'
    )


def _tls(records: list[Step], clear: list[Packet], inside: list[Packet]) -> str:
    """Return the same conversation inside TLS, folded."""
    carried = sum(step.size for step in records)
    sealed = sum(
        len(group.data)
        for step in records
        for group in step.main.groups
        if group.kind == "secret"
    )
    rows = [
        ("packets", len(clear), len(inside)),
        (
            "bytes, headers included",
            *(sum(len(packet.data) for packet in each) for each in (clear, inside)),
        ),
        (
            "bytes that TCP carried",
            *(sum(len(packet.payload) for packet in each) for each in (clear, inside)),
        ),
    ]
    table = "".join(
        f'<tr><th scope="row">{name}</th><td>{one:,}</td><td>{other:,}</td></tr>'
        for name, one, other in rows
    )
    return (
        f'<details class="tls" id="tls-records"><summary>{len(records)} records of '
        f"TLS, {count(carried)}: what can still be read?</summary>"
        f"<p>Who listens on the way reads the two hellos and the header of every "
        f"record: {carried - sealed:,} of {count(carried)}. So it is known who speaks "
        f"with whom, when, and how much. Nothing of WebSocket is outside: no key, no "
        f"opcode, no Close. The capture holds the secrets of this one connection, so "
        f"you can look inside, and so could this page: each record says what its two "
        f"ends read in it.</p>"
        f'<table><thead><tr><td></td><th scope="col">ws:</th><th scope="col">wss:</th>'
        f"</tr></thead><tbody>{table}</tbody></table>"
        f"<p>Below are the records. Around them are IP and TCP, as above.</p>"
        f"{''.join(map(_step, records))}</details>"
    )


def _origin(told: Conversation, agent: str) -> str:
    """Return what is real on the page, and what is not."""
    if told.made_up:
        words = (
            "A relay stood between the two and kept every byte that TCP carried. The "
            "packets around them, IP and TCP with their addresses and numbers, are "
            "made up as a network without loss would have sent them: where this was "
            "recorded, a program may not look at packets."
        )
    else:
        words = (
            "These are the packets that Linux sent, as its loopback interface showed "
            "them; only the 14 bytes are left out that stand before each where a "
            "cable would be. What loopback does not have: distance, loss, and a "
            "network card to fill in checksums."
        )
    return f"<p>{words} The browser: <samp>{html.escape(agent)}</samp></p>"


def _day(packet: Packet) -> str:
    when = datetime.datetime.fromtimestamp(packet.time / 1e6, datetime.UTC)
    return f"{when.day} {when:%B %Y}"


def _prose(text: str) -> str:
    """Return text as HTML, with `code` set as code."""
    return re.sub(r"`(.+?)`", r"<code>\1</code>", html.escape(text, quote=False))


def _rfc(place: str) -> str:
    """Return a link to an RFC's section."""
    if not place:
        return ""
    number, section = place.split(", ")
    anchor = "appendix" if section[0].isalpha() else "section"
    url = f"https://www.rfc-editor.org/rfc/rfc{number}#{anchor}-{section}"
    return f'<a class="rfc" href="{url}">RFC {number}, {section}</a>'
