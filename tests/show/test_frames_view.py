"""The inspector takes apart whatever begins like a frame, and both forms say the same.

The vectors are those of RFC 6455, section 5.7, of two captures, of public test suites,
and one for each rule of section 5 and 7.4 that a frame can break by itself.
"""

import html
import re
import warnings
from html.parser import HTMLParser
from random import Random

import pytest

from wslib.direction import Direction
from wslib.frames import CloseCode, Frame, Opcode
from wslib.show.fields import Field, fields, short_hex
from wslib.show.frames import FrameView

UP, DOWN = Direction.CLIENT_TO_SERVER, Direction.SERVER_TO_CLIENT
KEY = bytes.fromhex("37 fa 21 3d")

# The bytes, and the payload as the inspector says it.
LEGAL = {
    "81 05 48 65 6c 6c 6f": "'Hello'",
    "81 85 37 fa 21 3d 7f 9f 4d 51 58": "'Hello'",
    "01 03 48 65 6c": "'Hel'",
    "80 02 6c 6f": "'lo'",
    "89 05 48 65 6c 6c 6f": "'Hello'",
    "8a 85 37 fa 21 3d 7f 9f 4d 51 58": "'Hello'",
    "82 7e 01 00" + " 61" * 256: "256 bytes",
    "82 7f 00 00 00 00 00 01 00 00" + " 61" * 65536: "65,536 bytes",
    "81 83 3d 54 23 06 70 10 6d": "'MDN'",
    "81 88 36 0d 29 16 51 68 5d 3b 42 64 44 73": "'get-time'",
    "81 88 a2 f4 f0 d0 c5 91 84 fd d6 9d 9d b5": "'get-time'",
    "81 14 7b 22 74 69 6d 65 22 3a 20 22 30 39 3a 34 33 3a 33 38 22 7d": (
        '\'{"time": "09:43:38"}\''
    ),
    "88 82 19 db 13 62 1a 32": "code 1001, a server goes down, or a browser leaves the "
    "page",
    "88 00": "empty",
    "88 02 03 e8": "code 1000, the purpose is fulfilled",
    "88 0c 03 e9 67 6f 69 6e 67 20 61 77 61 79": "reason 'going away'",
    "88 02 0f a1": "code 4001",
    "81 8d 37 fa 21 3d 7f 9f 4d 51 58 d6 01 4a 58 88 4d 59 16": "'Hello, world!'",
    "81 18 52 65 63 65 69 76 65 64 3a 20 20 48 65 6c 6c 6f 2c 20 77 6f 72 6c 64 21": (
        "'Received:  Hello, world!'"
    ),
    "01 02 f0 9f": "2 bytes, not UTF-8 alone",
    "80 02 98 80": "2 bytes, not UTF-8 alone",
    "89 80 7a 95 60 c7": "empty",
    "82 01 ff": "1 byte",
    "81 0a ce ba cf 8c cf 83 ce bc ce b5": "'κόσμε'",
    "81 7e 00 7e" + " 78" * 126: "'" + "x" * 37 + "...'",
}

# The bytes, the section, the close code.
ILLEGAL = {
    "c1 05 48 65 6c 6c 6f": ("5.2", 1002),
    "a1 05 48 65 6c 6c 6f": ("5.2", 1002),
    "91 80 00 00 00 00": ("5.2", 1002),
    "83 00": ("5.2", 1002),
    "87 00": ("5.2", 1002),
    "8b 00": ("5.2", 1002),
    "8f 80 01 02 03 04": ("5.2", 1002),
    "81 7e 00 05 48 65 6c 6c 6f": ("5.2", 1002),
    "81 7f 00 00 00 00 00 00 00 05 48 65 6c 6c 6f": ("5.2", 1002),
    "81 7f 80 00 00 00 00 00 00 00": ("5.2", 1002),
    "09 05 48 65 6c 6c 6f": ("5.5", 1002),
    "0a 00": ("5.5", 1002),
    "89 7e 00 7e" + " 00" * 126: ("5.5", 1002),
    "88 01 03": ("5.5.1", 1002),
    "88 02 03 ee": ("7.4", 1002),
    "88 82 37 fa 21 3d 34 14": ("7.4", 1002),
    "88 02 00 00": ("7.4", 1002),
    "88 02 03 e7": ("7.4", 1002),
    "88 02 07 d0": ("7.4", 1002),
    "88 03 03 e8 ff": ("8.1", 1007),
}


def frame(digits: str) -> bytes:
    return bytes.fromhex(digits)


def name(digits: str) -> str:
    return digits[:32]


each_legal = pytest.mark.parametrize("digits", LEGAL, ids=name)
each_illegal = pytest.mark.parametrize("digits", ILLEGAL, ids=name)


class Page(HTMLParser):
    """What HTML says, cell by cell, and its styles; fails if a tag is left open."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.text = ""
        self.rows: list[list[str]] = []
        self.styles: list[dict[str, str]] = []
        self.attributes: set[str] = set()
        self.tags: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "br":
            self.handle_data(" ")
        else:
            self._open.append(tag)
        for attribute, value in attrs:
            self.attributes.add(attribute)
            if attribute == "style":
                pairs = (p.partition(":") for p in str(value).split(";"))
                self.styles.append({a.strip(): b.strip() for a, _, b in pairs})

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if "tr" in self._open:
            self.rows[-1][-1] += data


def assert_forms_agree(view: FrameView) -> None:
    """Hold both forms of a frame to the same facts."""
    text, page = view.as_text(), Page(view.as_html())
    assert text.endswith(view.verdict()) and page.text.endswith(view.verdict())
    lines = text.split("\n")[bool(view.caption) : -1]
    head = ["byte", "field", "value", "meaning"]
    rows = page.rows[page.rows.index(head) + 1 :] if view.fields else []
    assert len(lines) == len(rows) == len(view.fields)
    for field, line, row in zip(view.fields, lines, rows, strict=True):
        facts = [field.where, field.on_the_wire, field.name, field.value, field.meaning]
        assert row == [facts[0], *facts[2:]]  # what is on the wire is in the strip
        for fact in facts:
            assert fact in line


# --- fields ---------------------------------------------------------------------------


@each_legal
@pytest.mark.parametrize("extra", [b"", b"\x81"])
def test_the_fields_of_a_frame_are_all_its_bits_and_bytes(
    digits: str, extra: bytes
) -> None:
    data = frame(digits)
    found = fields(data + extra)
    header = "".join(field.bits for field in found)
    assert header == f"{data[0]:08b}{data[1]:08b}"
    place = 2
    for field in found[5:]:
        if not field.name.endswith("unmasked") or field.start == place:
            assert field.start == place
            assert field.data == data[place : place + len(field.data)]
            place += len(field.data)
    assert place == len(data)


@each_legal
def test_the_last_field_says_what_the_payload_says(digits: str) -> None:
    assert LEGAL[digits] in fields(frame(digits))[-1].value


def test_a_field_says_where_it_stands() -> None:
    found = {field.name: field.where for field in fields(frame("81 fe 00 01 01 02 03"))}
    assert found["opcode"] == "0"
    assert found["Payload len"] == "1"
    assert found["Extended payload length"] == "2-3"
    assert found["Masking-key"] == "4-6"
    assert fields(frame("81 00"))[-1].where == ""


def test_bits_stand_in_their_place_in_the_byte() -> None:
    found = [field.on_the_wire for field in fields(b"\xc9\xfd") if field.bits]
    assert found == ["1... ....", ".100 ....", ".... 1001", "1... ....", ".111 1101"]


@pytest.mark.parametrize(
    ("digits", "missing"),
    [
        ("81 7e", "Extended payload length: 2 more bytes to come"),
        ("81 7e 00", "Extended payload length: 1 more byte to come"),
        ("81 ff 00 00 00", "Extended payload length: 5 more bytes to come"),
        ("81 85", "Masking-key: 4 more bytes to come"),
        ("81 85 37 fa 21", "Masking-key: 1 more byte to come"),
        ("81 05", "Payload data: all of it is to come"),
        ("81 05 48", "Payload data: 4 more bytes to come"),
        ("81 fe 13 88 37 fa 21 3d 7f", "Payload data: 4,999 more bytes to come"),
    ],
)
def test_what_is_still_to_come_is_counted(digits: str, missing: str) -> None:
    last = fields(frame(digits))[-1]
    assert (last.value, f"{last.name}: {last.meaning}") == ("not complete", missing)


@pytest.mark.parametrize(
    ("digits", "value"),
    [
        ("88 01 03", "1 byte, and a code takes 2"),
        ("88 02 03 ee", "code 1006, the connection was lost without a Close frame"),
        ("88 02 08 98", "code 2200"),
        ("88 03 03 e8 ff", "reason '\N{REPLACEMENT CHARACTER}'"),
        ("c1 07 f2 48 cd c9 c9 07 00", "7 bytes, as an extension has left them"),
        ("83 02 68 69", "'hi'"),
    ],
)
def test_a_payload_is_read_even_if_it_breaks_a_rule(digits: str, value: str) -> None:
    assert value in fields(frame(digits))[-1].value


# --- a frame --------------------------------------------------------------------------


@each_legal
def test_a_legal_frame_is_said_to_be_legal(digits: str) -> None:
    view = FrameView(frame(digits))
    size = f"{len(frame(digits)):,} bytes"
    assert view.verdict() == f"✓ a legal frame of {size}."
    assert view.frame is not None and view.error is None
    assert_forms_agree(view)


@each_illegal
def test_a_broken_rule_is_named_with_its_section_and_close_code(digits: str) -> None:
    section, code = ILLEGAL[digits]
    view = FrameView(frame(digits))
    assert view.verdict().startswith("✗ broken: ")
    assert view.verdict().endswith(f"section {section}; close code {code}.")
    assert view.frame is None
    assert_forms_agree(view)


@pytest.mark.parametrize("digits", [*LEGAL, *ILLEGAL], ids=name)
def test_every_beginning_of_a_frame_can_be_looked_at(digits: str) -> None:
    data = frame(digits)[:150]
    for size in range(len(data)):
        view = FrameView(data[:size])
        assert view.verdict()[0] in "○✗"
        assert_forms_agree(view)
        if digits in LEGAL:
            assert view.verdict() == "○ not complete: more bytes are needed."


@pytest.mark.parametrize("code", CloseCode, ids=lambda code: str(int(code)))
def test_each_close_code_is_explained(code: CloseCode) -> None:
    view = FrameView(b"\x88\x02" + code.to_bytes(2, "big"))
    assert f"code {int(code)}, {code.meaning}" in view.as_text()
    assert (view.error is None) is code.may_be_sent


def test_who_sent_it_decides_whether_it_has_to_be_masked() -> None:
    masked, bare = frame("81 81 00 00 00 00 61"), frame("81 01 61")
    assert FrameView(masked, UP).error is None
    assert FrameView(bare, DOWN).error is None
    for view in FrameView(bare, UP), FrameView(masked, DOWN):
        assert view.error is not None
        assert view.error.section == "5.1"
        assert_forms_agree(view)
    assert FrameView(masked).error is FrameView(bare).error is None


@pytest.mark.parametrize(
    ("digits", "direction", "said"),
    [
        ("81 81 00 00 00 00 61", UP, "masked: from a client"),
        ("81 81 00 00 00 00 61", None, "masked: from a client"),
        ("81 81 00 00 00 00 61", DOWN, "masked, though from a server"),
        ("81 01 61", DOWN, "not masked: from a server"),
        ("81 01 61", None, "not masked: from a server"),
        ("81 01 61", UP, "not masked, though from a client"),
    ],
)
def test_the_mask_is_not_said_to_be_another_s_than_who_sent_it(
    digits: str, direction: Direction | None, said: str
) -> None:
    view = FrameView(digits, direction)
    assert [f.meaning for f in view.fields if f.name == "MASK"] == [said]
    assert (view.error is not None) is ("though" in said)
    assert_forms_agree(view)


@pytest.mark.parametrize(
    ("digits", "legal"),
    [
        ("81 02 ff fe", False),
        ("81 82 37 fa 21 3d c8 04", False),
        ("81 03 ed a0 80", False),  # half of a surrogate pair
        ("81 02 f0 9f", False),  # a whole message ends within a character
        ("01 02 f0 9f", True),  # a fragment may
        ("01 02 ff fe", False),  # no message can begin so
        ("80 02 ff fe", True),  # what it continues may be binary
        ("82 02 ff fe", True),
        ("81 00", True),
    ],
)
def test_a_legal_frame_may_hold_text_that_is_none(digits: str, legal: bool) -> None:
    view = FrameView(digits)
    assert view.error is None and view.frame is not None
    assert (view.message_error is None) is legal
    verdict = f"✓ a legal frame of {len(frame(digits))} bytes."
    if not legal:
        verdict += " ✗ But no legal message: text is UTF-8. RFC 6455, section 8.1; "
        verdict += "close code 1007."
    assert view.verdict() == verdict
    assert ("6px solid #CC79A7" in view.as_html()) is not legal
    assert_forms_agree(view)


def test_what_an_extension_has_changed_is_not_read_as_text() -> None:
    data = frame("c1 07 f2 48 cd c9 c9 07 00")
    assert FrameView(data, allow_rsv1=True).message_error is None


def test_what_follows_the_frame_is_counted() -> None:
    data = frame("81 01 61")
    assert (
        FrameView(data + b"\x89").verdict().endswith("bytes. 1 byte more follows it.")
    )
    assert FrameView(data * 3).verdict().endswith("3 bytes. 6 bytes more follow it.")
    assert FrameView(data * 3).size == 3


def test_a_huge_payload_is_not_complete_rather_than_refused() -> None:
    view = FrameView(frame("82 7f 7f ff ff ff ff ff ff ff 00"))
    assert view.verdict().startswith("○ not complete")
    assert "9,223,372,036,854,775,807" in view.as_text()


def test_an_extension_that_was_agreed_on_may_use_rsv1() -> None:
    data = frame("c1 07 f2 48 cd c9 c9 07 00")
    assert FrameView(data, allow_rsv1=True).verdict().startswith("✓")
    assert FrameView(data).verdict().startswith("✗ broken: a reserved bit is set")


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_bytes_may_come_in_any_kind(kind: type) -> None:
    assert FrameView(kind(frame("81 01 61"))).frame is not None


@pytest.mark.parametrize(
    "text", ["81 83", "8183", "0x81 0x83", r"\x81\x83", "81:83", " 81\n83 "]
)
def test_bytes_may_be_written_in_hex(text: str) -> None:
    assert FrameView(text).data == b"\x81\x83"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello", "'H' is no hexadecimal digit: 0 to 9 and a to f, two to a byte"),
        ("81 8g", "'g' is no hexadecimal digit: 0 to 9 and a to f, two to a byte"),
        ("81 8", "half a byte is left over: two digits make a byte"),
    ],
)
def test_text_that_is_no_hex_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        FrameView(text)
    assert str(refused.value) == said


def test_a_number_stays_on_one_line_and_a_text_may_be_broken() -> None:
    number = FrameView("82 7f ff ff ff ff ff ff ff ff")
    assert number.verdict().startswith(
        "✗ broken: the top bit of a 64-bit length must be 0. RFC 6455, section 5.2"
    )
    for view, value, style in (
        (number, "18,446,744,073,709,551,615", "white-space: pre"),
        (FrameView("81 02 68 69"), "&#x27;hi&#x27;", "overflow-wrap: anywhere"),
    ):
        (found,) = re.findall(f'style="([^"]*)">{value}</td>', view.as_html())
        assert found.endswith(style)


def test_the_plain_form_lines_up() -> None:
    masked = "as sent: each byte XOR a byte of the key"
    lines = FrameView(frame("81 85 37 fa 21 3d 7f 9f 4d 51 58"), UP).as_text()
    assert lines.split("\n") == [
        "byte 0       81  1... ....   FIN                     1  (the last frame of its"
        " message)",
        "byte 0       81  .000 ....   RSV1-3                  000  (unused)",
        "byte 0       81  .... 0001   opcode                  1 TEXT  (data)",
        "byte 1       85  1... ....   MASK                    1  (masked: from a"
        " client)",
        "byte 1       85  .000 0101   Payload len             5  (bytes of payload)",
        "bytes 2-5    37 fa 21 3d     Masking-key             37 fa 21 3d",
        f"bytes 6-10   7f 9f 4d 51 58  Payload data, masked    5 bytes  ({masked})",
        "bytes 6-10   48 65 6c 6c 6f  Payload data, unmasked  'Hello'",
        "✓ a legal frame of 11 bytes.",
    ]


def test_a_long_payload_is_cut_and_the_rest_counted() -> None:
    view = FrameView(frame("82 7e 01 00" + " 61" * 256), caption="many bytes")
    assert "61 … 240 more" in view.as_text()
    assert len(view.as_html()) < 20_000
    assert_forms_agree(view)


@pytest.mark.parametrize("direction", [None, UP, DOWN])
def test_no_bytes_make_it_raise(direction: Direction | None) -> None:
    random = Random(6455)
    marks = set()
    for _ in range(200):
        header = bytes([random.choice((0x81, 0x88, random.randrange(256)))])
        header += bytes([random.choice((0, 2, 126, 127, 130, random.randrange(256)))])
        view = FrameView(header + random.randbytes(random.randrange(40)), direction)
        assert_forms_agree(view)
        marks.add(view.verdict()[0])
    assert marks == {"✓", "✗", "○"}


def test_two_blanks_in_a_payload_are_two_in_a_browser_as_well() -> None:
    reply = Frame(opcode=Opcode.TEXT, payload=b"Received:  Hello").serialize()
    (style,) = re.findall(
        '<td[^>]* style="([^"]*)">(?:(?!<td).)*&#x27;Received:  Hello',
        FrameView(reply).as_html(),
    )
    assert "white-space: pre-wrap" in style


# --- the look -------------------------------------------------------------------------

HOSTILE = "<script>alert('&\")</script>"
VIEWS = {
    "legal": FrameView(frame("81 85 37 fa 21 3d 7f 9f 4d 51 58"), UP, caption=HOSTILE),
    "long": FrameView(frame("82 fe 01 00 37 fa 21 3d" + " 61" * 256)),
    "broken": FrameView(frame("c1 05 48 65 6c 6c 6f")),
    "not complete": FrameView(frame("81 85 37"), caption="a beginning"),
    "nothing": FrameView(b""),
    "hostile": FrameView(
        Frame(opcode=Opcode.TEXT, payload=HOSTILE.encode()).serialize()
    ),
    "hostile reason": FrameView(b"\x88\x1e\x03\xe8" + HOSTILE.encode()),
}
each_view = pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))

# What JupyterLab 4.6 leaves in a notebook that it does not trust, of what is used here.
# Seen in a browser: of `background`, a gradient is taken out; so none is used.
SURVIVES = {
    *("background-color", "color", "line-height", "white-space", "overflow-wrap"),
    *("border", "border-left", "border-right", "border-collapse"),
    *("padding", "margin", "max-width", "min-width", "overflow-x"),
    *("text-align", "vertical-align", "font-family", "font-size", "font-weight"),
}


@each_view
def test_every_style_survives_in_a_notebook_that_is_not_trusted(
    view: FrameView,
) -> None:
    page = Page(view.as_html())
    kept = {"style", "scope", "colspan", "rowspan", "class"}
    lost = {"tabindex", "role", "aria-label"}  # of a strip, which can be read without
    assert page.attributes <= kept | lost
    for style in page.styles:
        assert set(style) <= SURVIVES
        assert "url(" not in str(style) and "gradient" not in str(style)


@each_view
def test_what_looks_like_html_is_shown_and_not_obeyed(view: FrameView) -> None:
    assert "script" not in Page(view.as_html()).tags
    assert "<script" not in view.as_html()
    if HOSTILE in view.as_text():
        assert html.escape(HOSTILE) in view.as_html()


def luminance(colour: str) -> float:
    """Return how bright a colour is, from 0 to 1, as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@each_view
def test_a_card_is_as_light_or_as_dark_as_its_page(view: FrameView) -> None:
    for style in Page(view.as_html()).styles:
        assert not {"color", "background", "background-color"} & set(style)


@each_view
def test_edges_can_be_told_from_the_ground(view: FrameView) -> None:
    for style in Page(view.as_html()).styles:
        for edge in ("border-left", "border-right"):
            if edge in style:
                assert contrast(style[edge][-7:], "#ffffff") >= 2.9


def test_a_verdict_is_told_by_mark_and_words_and_not_by_its_edge_alone() -> None:
    marks = {view: VIEWS[view].verdict()[0] for view in ("legal", "broken", "nothing")}
    assert marks == {"legal": "✓", "broken": "✗", "nothing": "○"}
    for view in marks:
        assert VIEWS[view].verdict() in html.unescape(VIEWS[view].as_html())


@each_view
def test_the_same_is_shown_the_same_every_time(view: FrameView) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert view.as_html() == view.as_html()
        assert repr(view) == view.as_text()
        assert set(view._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_a_field_can_be_made_by_hand() -> None:
    field = Field(name="opcode", bits="0001", start=0, value="1 TEXT")
    assert (field.where, field.on_the_wire) == ("0", ".... 0001")


@pytest.mark.parametrize(("size", "shown"), [(8, ""), (11, ""), (12, "… 4 more")])
def test_bytes_are_not_cut_where_the_count_would_take_their_room(
    size: int, shown: str
) -> None:
    data = bytes(size)
    assert short_hex(data, 8).removeprefix(data[:8].hex(" ")).strip() == (
        shown or data[8:].hex(" ")
    )
