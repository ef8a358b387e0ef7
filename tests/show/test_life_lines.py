"""Two life lines: both forms say the same, and what is drawn is what was recorded."""

import html
import re
from html.parser import HTMLParser

import pytest

from wslib.direction import DOWN, UP, Direction
from wslib.frames import Frame, Opcode
from wslib.relay.events import RecordedFrame, RecordedHandshake, Signal, Unread
from wslib.show.life_lines import LifeLines

KEY = bytes.fromhex("37 fa 21 3d")
LOST = "lost on the way"

# What was sent, and how it is said.
TALK: list[tuple[Direction, Frame | bytes | str, str]] = [
    (UP, "GET / HTTP/1.1", "GET / HTTP/1.1"),
    (DOWN, "HTTP/1.1 101 Switching Protocols", "HTTP/1.1 101 Switching Protocols"),
    (
        UP,
        Frame(opcode=Opcode.TEXT, payload=b"Hel", fin=False, masking_key=KEY),
        "Text 'Hel', without FIN",
    ),
    (
        UP,
        Frame(opcode=Opcode.PING, payload=b"still there?", masking_key=KEY),
        "Ping 'still there?'",
    ),
    (
        UP,
        Frame(opcode=Opcode.CONTINUATION, payload=b"lo", masking_key=KEY),
        "Continuation 'lo'",
    ),
    (DOWN, Frame(opcode=Opcode.PONG, payload=b"still there?"), "Pong 'still there?'"),
    (DOWN, Frame(opcode=Opcode.BINARY, payload=bytes(300)), "Binary of 300 bytes"),
    (
        DOWN,
        Frame(opcode=Opcode.TEXT, payload=b"\xf0\x9f", fin=False),
        "Text of 2 bytes, not UTF-8 alone, without FIN",
    ),
    (DOWN, Frame(opcode=Opcode.PING), "Ping, empty"),
    (
        UP,
        Frame(opcode=Opcode.CLOSE, payload=b"\x03\xe8bye", masking_key=KEY),
        "Close 1000 'bye'",
    ),
    (DOWN, Frame(opcode=Opcode.CLOSE), "Close without a code"),
    (DOWN, b"\x81\x05He", "○ not complete: more bytes are needed."),
    (
        UP,
        b"\x81\x05Hello",
        "✗ broken: a client masks every frame. RFC 6455, section 5.1; close code 1002.",
    ),
]
ROWS = [
    (direction, sent.serialize() if isinstance(sent, Frame) else sent)
    for direction, sent, _ in TALK
]


class Page(HTMLParser):
    """What HTML says; its rows, its styles; fails if a tag is left open."""

    def __init__(self, lines: LifeLines) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.styles: list[dict[str, str]] = []
        self.rows: list[str] = []
        self.drawings: list[str] = []
        self._open: list[str] = []
        self.feed(lines.as_html())
        assert not self._open
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._open.append(tag)
        if tag == "li":
            self.rows.append("")
            self.drawings.append("")
        for name, value in attrs:
            if name == "style":
                pairs = (p.partition(":") for p in str(value).split(";"))
                self.styles.append({a.strip(): b.strip() for a, _, b in pairs})

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.drawings[-1] += f"{tag} {dict(attrs)}\n"

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "li" in self._open:
            self.rows[-1] += data
            assert "svg" not in self._open, "what a drawing says, nobody hears"


def test_both_forms_of_a_conversation_say_who_said_what() -> None:
    lines = LifeLines(ROWS, caption="a talk")
    caption, *texts = lines.as_text().split("\n")
    assert caption == "a talk" and "<strong>a talk</strong>" in lines.as_html()
    for (direction, sent), (*_, said), text, row in zip(
        ROWS, TALK, texts, Page(lines).rows, strict=True
    ):
        mark = "client ▶" if direction is UP else "◀ server"
        wire = ""
        if isinstance(sent, bytes):
            rest = f" … {len(sent) - 8} more" if len(sent) > 11 else ""
            wire = sent[: 8 if rest else 11].hex(" ") + rest
        assert row == f"{mark} {said} {wire}".rstrip()
        assert re.fullmatch(rf" *{mark} +{re.escape(said)} *{wire}", text)


def test_in_plain_text_too_the_server_stands_to_the_right() -> None:
    first, second = LifeLines([(UP, "one"), (DOWN, "two")]).as_text().split("\n")
    assert first == "client ▶            one"
    assert second == "         ◀ server   two"


def test_direction_is_told_by_side_mark_and_line_and_not_by_colour_alone() -> None:
    page = Page(LifeLines([(UP, "a"), (DOWN, "b")]))
    up, down = page.drawings
    assert "'x1': '0%'" in up and "dasharray" not in up
    assert "'x1': '100%'" in down and "stroke-dasharray" in down
    assert [row[:8] for row in page.rows] == ["client ▶", "◀ server"]
    sides = [style["text-align"] for style in page.styles if "text-align" in style]
    assert sides == ["left", "right"]


def test_an_arrow_arrives_later_than_it_was_sent() -> None:
    for drawing in Page(LifeLines([*ROWS, ROWS[:2], (UP, "x", LOST)])).drawings:
        for start, end in re.findall(
            r"'y1': '([\d.]+)%', .*'y2': '([\d.]+)%'", drawing
        ):
            assert 0 <= float(start) < float(end) <= 100


def test_what_is_lost_ends_in_a_cross_and_not_at_the_other_side() -> None:
    lines = LifeLines([(UP, "heard"), (UP, "not", LOST), (DOWN, "nor this", LOST)])
    heard, up, down = Page(lines).drawings
    assert "'x2': '100%'" in heard and "currentColor" not in heard
    assert "'x2': '62%'" in up and "currentColor" in up
    assert "'x2': '38%'" in down and "currentColor" in down
    assert lines.as_text().split("\n") == [
        "client ▶            heard",
        f"client ▶ ╳          not       ({LOST})",
        f"       ╳ ◀ server   nor this  ({LOST})",
    ]


def test_neighbours_with_the_same_remark_share_a_bracket() -> None:
    again = "sent again"
    rows = [(UP, "1", again), (UP, "2", again), (DOWN, "ok"), (UP, "3", again)]
    source = LifeLines(rows).as_html()
    assert source.count(again) == 2
    assert source.count("border-top") == source.count("border-bottom") == 2
    assert [f"({again})" in line for line in repr(LifeLines(rows)).split("\n")] == [
        *(True, True, False, True)
    ]
    assert "currentColor" not in LifeLines([(UP, "1")]).as_html()


def test_what_is_under_way_at_once_crosses_in_one_row() -> None:
    both = [(UP, "Close 1000"), (DOWN, "Close 1001")]
    lines = LifeLines([both, both])
    first, second = Page(lines).drawings
    assert first.count("line {") == second.count("line {") == 2
    assert lines.as_html().count("under way at once") == 2
    assert lines.as_text().count("(under way at once)") == 4
    assert len(lines.arrows) == 4


def test_two_that_one_side_has_under_way_do_not_overtake_each_other() -> None:
    (drawing,) = Page(LifeLines([[(DOWN, "1"), (UP, "x"), (DOWN, "2")]])).drawings
    tops = re.findall(r"'x1': '100%', 'y1': '([\d.]+)%'", drawing)
    first, second = map(float, tops)
    assert first < second


def test_nothing_under_way_at_once_is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing was under way"):
        LifeLines([[]])


def test_a_gap_has_words_and_interrupts_the_lines() -> None:
    lines = LifeLines([(UP, "Ping"), "one second: nothing comes"])
    assert (
        lines.as_text().split("\n")[1]
        == "        ⋮           one second: nothing comes"
    )
    assert Page(lines).rows[1] == "⋮ one second: nothing comes ⋮"
    assert lines.as_html().count("dotted") == 2


def test_the_two_have_the_names_that_they_are_given() -> None:
    lines = LifeLines([(UP, "Are you there?"), (DOWN, "ok")], sides=("Ada", "Bob"))
    assert lines.as_text() == "Ada ▶         Are you there?\n      ◀ Bob   ok"
    assert Page(lines).rows == ["Ada ▶ Are you there?", "◀ Bob ok"]
    assert ">Ada</strong>" in lines.as_html()


def test_without_the_wire_a_random_ping_shows_nothing_of_itself() -> None:
    one, other = (
        LifeLines(
            [
                (DOWN, Frame(opcode=Opcode.PING, payload=payload).serialize()),
                (DOWN, b"\x88\x02\x03\xf3"),
            ],
            wire=False,
        )
        for payload in (b"abcd", b"\xff\x00\x01\x02")
    )
    assert one.as_text() == other.as_text() and one.as_html() == other.as_html()
    assert [arrow.words for arrow in one.arrows] == ["Ping", "Close 1011"]
    assert [arrow.wire for arrow in one.arrows] == ["", ""]


def test_a_recording_is_shown_entry_by_entry() -> None:
    at = {"start": 0, "chunks": (0,), "time": 0.0}
    hello = Frame(opcode=Opcode.TEXT, payload=b"Hello", masking_key=KEY)
    squeezed = Frame(opcode=Opcode.TEXT, rsv1=True, payload=b"\xf2\x48\xcd\xc9")
    lines = LifeLines(
        [
            Signal(connection=1, direction=UP, flag="SYN", time=0.0),
            RecordedHandshake(direction=UP, raw=b"GET / HTTP/1.1\r\n\r\n", **at),
            RecordedFrame(direction=UP, raw=hello.serialize(), frame=hello, **at),
            RecordedFrame(
                direction=DOWN, raw=squeezed.serialize(), frame=squeezed, **at
            ),
            Unread(direction=DOWN, raw=b"\x81", error=None, **at),
            Signal(connection=1, direction=DOWN, flag="FIN", time=0.0, passed=False),
        ]
    )
    assert lines.as_text().split("\n") == [
        "client ▶            TCP SYN",
        "client ▶            GET / HTTP/1.1",
        "client ▶            Text 'Hello'                                  "
        "81 85 37 fa 21 3d 7f 9f 4d 51 58",
        "         ◀ server   Text of 4 bytes, as an extension has left them  "
        "c1 04 f2 48 cd c9",
        "         ◀ server   not complete                                  81",
        f"       ╳ ◀ server   TCP FIN                                       ({LOST})",
    ]


def test_what_nobody_declared_does_not_show_when_it_happened() -> None:
    at = {"start": 0, "chunks": (0,)}
    frame = Frame(opcode=Opcode.TEXT, payload=b"Hello")
    early, late = (
        LifeLines(
            [RecordedFrame(direction=DOWN, raw=b"", frame=frame, time=time, **at)]
        )
        for time in (0.1, 7.3)
    )
    assert early.as_html() == late.as_html()


def test_nothing_said_is_an_empty_conversation() -> None:
    assert LifeLines([]).as_text() == ""
    assert Page(LifeLines([])).rows == []


HOSTILE = "<script>alert('&\")</script>"


def test_what_looks_like_html_is_shown_and_not_obeyed() -> None:
    rows = [(UP, HOSTILE, HOSTILE), HOSTILE, [(DOWN, HOSTILE)]]
    lines = LifeLines(rows, caption=HOSTILE, sides=(HOSTILE, HOSTILE))
    assert "script" not in Page(lines).tags
    assert lines.as_html().count(html.escape(HOSTILE)) == 1 + 2 + 3 + 1 + 2


def test_two_blanks_in_a_payload_are_two_in_a_browser_as_well() -> None:
    lines = LifeLines([(DOWN, "Received:  Hello"), "two  blanks"])
    for said in "Received:  Hello", "two  blanks":
        *_, style = re.findall("<div style=[^>]*>", lines.as_html().split(said)[0])
        assert "white-space: pre-wrap" in style


# What JupyterLab 4.6 leaves in a notebook that it does not trust, of what is used here:
# all but the drawings. Seen in a browser.
SURVIVES = {
    *("display", "flex", "justify-content", "align-self", "list-style"),
    *("border", "border-left", "border-right", "border-top", "border-bottom"),
    *("padding", "padding-left", "margin", "margin-top", "margin-bottom"),
    *("margin-left", "width", "min-width", "max-width", "overflow-wrap"),
    *("white-space", "line-height", "text-align", "font-family", "overflow"),
}


def test_it_has_the_colours_of_the_page_and_no_ground_of_its_own() -> None:
    page = Page(LifeLines([*ROWS, (UP, "x", LOST), "gap"], caption="all"))
    for style in page.styles:
        assert set(style) <= SURVIVES
        assert "color" not in style and "background" not in str(style)
