"""The drawn figures of images/: drawn again, parsed, and measured."""

import importlib.util
import itertools
import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

import card
import drawing
import pytest
import websocket
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.path import Path as Outline

from wslib import accept_key
from wslib.frames import CloseCode, Frame, Opcode
from wslib.handshake import GUID
from wslib.labs.security.bank import Bank
from wslib.protocol import TRANSITIONS
from wslib.show.frames import FrameView
from wslib.show.shown import BLUE, GREEN, GREY, PURPLE, VERMILION

IMAGES = Path(__file__).resolve().parent.parent / "images"
SVG = "{http://www.w3.org/2000/svg}"

_spec = importlib.util.spec_from_file_location("draw", IMAGES / "draw.py")
draw = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(draw)

NEUTRALS = {drawing.INK, drawing.BORDER, drawing.CARD, drawing.BAND, drawing.MINT}
PALETTE = NEUTRALS | {BLUE, VERMILION, GREEN, GREY, PURPLE}

STATES = ["CONNECTING", "OPEN", "CLOSING", "CLOSED"]  # readyState 0 to 3

each_figure = pytest.mark.parametrize("name", draw.FIGURES)


class Text(NamedTuple):
    """A line of text and the room it takes, in the widest of the usual fonts."""

    words: str
    fill: str
    size: float
    position: int
    left: float
    top: float
    right: float
    bottom: float


def root_of(name):
    return ET.parse(IMAGES / name).getroot()


def texts(root):
    found = []
    for position, element in enumerate(root):
        if element.tag != f"{SVG}text":
            continue
        mono = element.get("font-family") == "monospace"
        size = float(element.get("font-size"))
        family = "DejaVu Sans Mono" if mono else "DejaVu Sans"
        weight = element.get("font-weight", "normal")
        font = get_font(findfont(FontProperties(family=family, weight=weight)))
        font.set_size(size, 72)
        font.set_text(element.text, 0)
        width = font.get_width_height()[0] / 64
        x, y = float(element.get("x")), float(element.get("y"))
        ascent, descent = 0.75 * size, 0.22 * size
        before = {None: 0, "middle": width / 2, "end": width}
        start = -before[element.get("text-anchor")]
        if (turn := element.get("transform")) is None:
            room = (x + start, y - ascent, x + start + width, y + descent)
        else:
            assert turn == f"rotate(90 {x:g} {y:g})"
            room = (x - descent, y + start, x + ascent, y + start + width)
        fill = element.get("fill")
        found.append(Text(element.text, fill, size, position, *room))
    return found


def outline_of(element):
    """Return the area an element paints over, or None if it paints none."""
    if element.tag == f"{SVG}rect":
        x, y, width, height = (
            float(element.get(a)) for a in ("x", "y", "width", "height")
        )
        right, bottom = x + width, y + height
        return Outline([(x, y), (right, y), (right, bottom), (x, bottom)])
    if element.tag == f"{SVG}polygon":
        return Outline(
            [tuple(map(float, p.split(","))) for p in element.get("points").split()]
        )
    return None


def luminance(colour):
    """Return the relative luminance, as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def words_of(svg):
    return [element.text for element in ET.fromstring(svg).iter(f"{SVG}text")]


@each_figure
def test_drawing_again_gives_the_bytes_of_the_file(name):
    again = draw.FIGURES[name]().encode()
    assert (IMAGES / name).read_bytes() == again, "run: python images/draw.py"


def test_every_svg_in_the_folder_is_drawn_by_the_code():
    assert {path.name for path in IMAGES.glob("*.svg")} == set(draw.FIGURES)


def test_main_writes_each_figure_and_then_finds_it_as_before(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(draw, "IMAGES", tmp_path)
    draw.main()
    assert capsys.readouterr().out == "".join(f"{n}: drawn\n" for n in draw.FIGURES)
    draw.main()
    assert capsys.readouterr().out == "".join(f"{n}: as before\n" for n in draw.FIGURES)
    assert {path.name for path in tmp_path.iterdir()} == set(draw.FIGURES)


@each_figure
def test_a_figure_says_in_words_what_it_shows(name):
    root = root_of(name)
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert root.get("role") == "img"
    assert root.get("aria-labelledby").split() == [
        title.get("id"),
        description.get("id"),
    ]
    assert 3 <= len(title.text.split()) <= 12
    assert 20 <= len(description.text.split()) <= 140


def test_no_two_figures_share_an_id():
    ids = [e.get("id") for n in draw.FIGURES for e in root_of(n).iter() if e.get("id")]
    assert len(ids) == len(set(ids)) == 2 * len(draw.FIGURES)


@each_figure
def test_a_figure_refers_to_nothing_outside_itself(name):
    drawn = {"svg", "title", "desc", "rect", "text", "polygon", "polyline"}
    for element in root_of(name).iter():
        assert element.tag.removeprefix(SVG) in drawn  # no image, style, script, use
        assert not [a for a in element.attrib if "href" in a or a.startswith("on")]
        assert not [v for v in element.attrib.values() if "url(" in v or "://" in v]


@each_figure
def test_colours_are_those_of_the_course(name):
    used = {
        element.get(attribute)
        for element in root_of(name).iter()
        for attribute in ("fill", "stroke")
    }
    assert used - {None, "none"} <= PALETTE


@each_figure
def test_text_stands_out_from_what_is_behind_it(name):
    root = root_of(name)
    for text in texts(root):
        middle = (text.top + text.bottom) / 2
        for x in (text.left + 1, (text.left + text.right) / 2, text.right - 1):
            behind = [
                element.get("fill")
                for element in root[: text.position]
                if (area := outline_of(element)) and area.contains_point((x, middle))
            ]
            assert contrast(text.fill, behind[-1]) >= 4.5, text.words


@each_figure
def test_text_has_room_in_a_wide_font(name):
    root = root_of(name)
    width, height = (float(root.get(side)) for side in ("width", "height"))
    assert root.get("viewBox") == f"0 0 {width:g} {height:g}"
    found = texts(root)
    for text in found:
        assert text.left > 8 and text.right < width - 8, text.words
        assert text.top > 8 and text.bottom < height - 8, text.words
    for one, other in itertools.combinations(found, 2):
        apart = (
            one.right + 3 < other.left
            or other.right + 3 < one.left
            or one.bottom <= other.top
            or other.bottom <= one.top
        )
        assert apart, f"{one.words!r} runs into {other.words!r}"


@each_figure
def test_text_stays_inside_the_box_it_begins_in(name):
    root = root_of(name)
    for text in texts(root):
        middle = (text.top + text.bottom) / 2
        boxes = [
            area
            for element in root[: text.position]
            if (area := outline_of(element))
            and area.contains_point((text.left + 1, middle))
        ]
        assert boxes[-1].contains_point((text.right + 2, middle)), text.words


@each_figure
def test_letters_are_as_large_as_the_page_s_at_800_pixels(name):
    root = root_of(name)
    assert root.get("width") == "800"
    assert {text.size for text in texts(root)} <= {15, 16}


@each_figure
def test_the_server_s_lines_are_dashed_and_the_client_s_are_not(name):
    for element in root_of(name).iter():
        if element.get("stroke") == VERMILION:
            assert element.get("stroke-dasharray")
        if element.get("stroke") == BLUE:
            assert not element.get("stroke-dasharray")


@each_figure
def test_a_figure_is_small(name):
    assert (IMAGES / name).stat().st_size < 25_000


def test_the_capture_is_a_handshake_with_the_key_of_the_figure():
    request, response = draw.capture()
    assert f"Sec-WebSocket-Key: {draw.KEY}\r\n".encode() in request
    assert f"Sec-WebSocket-Accept: {accept_key(draw.KEY)}\r\n".encode() in response


def test_the_handshake_figure_shows_every_line_of_the_capture_and_its_size():
    request, response = draw.capture()
    words = words_of(draw.handshake())
    shown = " ".join(words)
    for head in (request, response):
        assert head.endswith(b"\r\n\r\n")
        for line in head.decode().splitlines():
            assert line in shown
    sizes = [int(word) for word in words if word.isdecimal()]
    assert sum(sizes) == len(request) + len(response)
    assert f"Request, {len(request)} bytes" in words
    assert f"Response, {len(response)} bytes" in words


def test_the_life_of_a_connection_has_the_states_and_events_of_the_browser():
    words = words_of(draw.life_of_a_connection())
    states = [word for word in words if word in STATES]
    assert states == STATES
    events = [word for word in words if word in ("open", "message", "error", "close")]
    assert events == ["open", "message", "message", "error", "close"]
    assert words.count("Close") == 2  # one each way
    assert not [word for word in words if "3-way" in word or "three-way" in word]


def test_the_figure_of_the_buffers_shows_three_and_one_of_them_without_a_bound():
    words = words_of(draw.buffers())
    assert words.count("full") == words.count("bounded") == 2
    assert words.count("no bound") == words.count("no lid") == 1


def test_the_figure_of_the_hijacking_has_five_steps_and_says_what_the_bank_says():
    words = words_of(draw.hijacking())
    assert sorted(word for word in words if word.isdecimal()) == list("12345")
    for lock in "ABC":
        assert words.count(lock) == 2  # where it acts, and what it is
    with Bank() as bank:
        client = websocket.create_connection(
            bank.url, timeout=5, cookie=bank.login("ada"), origin="http://cats.example"
        )
        client.send("balance?")
        answer = client.recv()
        client.close()
    assert words.count(answer) == 2  # read, and sent on


def test_the_steps_of_the_hijacking_go_down_in_their_order():
    heights = {
        element.text: float(element.get("y"))
        for element in ET.fromstring(draw.hijacking()).iter(f"{SVG}text")
        if element.text.isdecimal()
    }
    assert sorted(heights, key=heights.get) == list("12345")


def test_the_layout_of_a_frame_has_the_bits_of_the_longest_header():
    header = [size for size, kind, _ in draw.FRAME_FIELDS if kind != "payload"]
    longest = Frame(opcode=Opcode.BINARY, payload=bytes(2**16), masking_key=bytes(4))
    assert sum(header) == 8 * (len(longest.serialize()) - 2**16)
    names = [words.split("\n")[0] for _, _, words in draw.FRAME_FIELDS[:8]]
    seen = [field.name for field in FrameView(longest.serialize()).fields[:5]]
    assert [*names[:1], "RSV1-3", *names[4:7]] == seen


def test_the_record_of_tls_holds_the_frame_of_the_notebook_and_17_bytes_more():
    frame = Frame(
        opcode=Opcode.TEXT, payload=b"my PIN is 9057", masking_key=bytes(4)
    ).serialize()
    words = words_of(draw.record())
    assert f"a frame: {len(frame)} bytes" in words
    assert f"17 03 03 00 {len(frame) + 17:02x}" in words


def test_the_ticket_is_the_one_that_the_notebook_makes():
    notebook = (draw.NOTEBOOKS / "10_security.ipynb").read_text(encoding="utf-8")
    [signed] = [word for word in words_of(draw.ticket()) if word.startswith("ada.")]
    assert f"'{signed.rstrip('…')}" in notebook


def test_the_map_marks_as_ready_the_notebooks_that_exist_and_no_other(tmp_path):
    for name in ("02_handshake", "12_compression", "99_other"):
        minutes = f"**Minutes:** 10 shown, {name[:2]} done · "
        (tmp_path / f"{name}.ipynb").write_text(minutes, encoding="utf-8")
    svg = draw.course_map(tmp_path)
    words = words_of(svg)
    numbers = [word for word in words if len(word) == 2 and word.isdecimal()]
    marks = [word for word in words if word in ("ready", "to come")]
    assert len(marks) == len(draw.COURSE) == 14
    assert numbers == [f"{number:02}" for number in range(14)]
    assert [n for n, m in zip(numbers, marks, strict=True) if m == "ready"] == [
        "02",
        "12",
    ]
    assert "Ready: 02, 12." in svg
    assert [word for word in words if word.endswith("min")] == [
        "2 min",
        "12 min",
    ]


def test_every_notebook_is_on_the_map():
    there = {path.stem for path in draw.NOTEBOOKS.glob("[0-9]*.ipynb")}
    assert there <= {name for _, name, _ in draw.COURSE}


def test_under_the_map_each_notebook_that_is_ready_has_a_link_in_its_order():
    notebook = (draw.NOTEBOOKS / "00_start_here.ipynb").read_text(encoding="utf-8")
    [page] = [
        cell["source"]
        for cell in json.loads(notebook)["cells"]
        if "map.svg" in "".join(cell["source"])
    ]
    links = re.findall(r"\*\*\[(\d\d): .+\?\]\((.+)\.ipynb\)", "".join(page))
    there = sorted(path.stem for path in draw.NOTEBOOKS.glob("[0-9]*.ipynb"))[1:]
    assert links == [(name[:2], name) for name in there]


def test_the_card_is_as_large_as_a4_and_its_columns_as_a_phone():
    root = root_of("card.svg")
    ratio = float(root.get("height")) / float(root.get("width"))
    assert ratio == pytest.approx(297 / 210, abs=0.001)
    assert card.COLUMN < 375
    for text in texts(root):
        assert text.right <= card.LEFT + card.COLUMN or text.left >= card.RIGHT


def test_the_card_shows_the_handshake_of_the_key_and_of_the_guid():
    words = words_of(card.card())
    for value in (drawing.KEY, accept_key(drawing.KEY)):
        assert f"    {value}" in words
    assert GUID in "".join(words)
    assert words.count("(a blank line)") == 2


def test_the_card_has_each_opcode_and_each_close_code_with_its_meaning():
    words = words_of(card.card())
    for opcode in Opcode:
        assert f"{opcode:x}  {opcode.name}" in words
    shown = " ".join(words)
    for code in CloseCode:
        assert f"{code:d} {code.meaning} " in shown
    root = root_of("card.svg")
    dashed = [e for e in root.iter(f"{SVG}rect") if e.get("stroke-dasharray")]
    marked = {
        text.words
        for text in texts(root)
        for box in dashed
        if float(box.get("width")) < 60
        if outline_of(box).contains_point((text.left + 2, text.bottom - 6))
    }
    assert marked == {f"{code:d}" for code in CloseCode if not code.may_be_sent}


def test_the_card_has_the_steps_of_the_table_of_transitions():
    shown = " ".join(words_of(card.card()))
    places = [shown.index(f"{n} {name}") for n, name in enumerate(STATES)]
    assert places == sorted(places)
    within = [shown[a:b] for a, b in itertools.pairwise([*places, None])]
    for (before, step), after in TRANSITIONS.items():
        verb, _, what = str(step.value).partition(" a ")
        if before is not after and after.value == before.value + 1:
            assert step.value in within[before.value]
        elif before is after and what:
            assert re.search(rf"{verb}s [^:]*\b{what}\b", within[before.value])
    assert "sends" not in within[2]


def test_the_card_has_the_sizes_of_real_headers_where_they_change():
    words = words_of(card.card())

    def header(length, masking_key):
        payload = bytes(length)
        frame = Frame(opcode=Opcode.TEXT, payload=payload, masking_key=masking_key)
        return len(frame.serialize()) - length

    for longest in card.SHORT_FORMS:
        row = words.index(f"{longest:,}")
        sizes = [header(longest, None), header(longest, bytes(4))]
        assert words[row + 2 : row + 4] == [str(size) for size in sizes]
        assert header(longest + 1, None) > sizes[0]
    row = words.index("more")
    assert words[row + 1 : row + 4] == ["127", "10", "14"]
    assert [header(longest + 1, None), header(longest + 1, bytes(4))] == [10, 14]
