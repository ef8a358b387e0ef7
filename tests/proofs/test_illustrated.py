"""The page "One connection, every byte": each byte, each count, in a real browser."""

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import illustrate
import pytest
from illustrated import page, recorder
from illustrated.capture import Packet, connections, read, write

from wslib import accept_key
from wslib.direction import DOWN, UP
from wslib.labs.security import records
from wslib.relay import Chunk, Recording

DOCUMENT = illustrate.PAGE.read_text("utf-8")
ADDRESS = illustrate.PAGE.as_uri()


class Reader(HTMLParser):
    """Takes a page apart: which bytes it shows where, and what it says of them."""

    def __init__(self, document: str) -> None:
        super().__init__()
        self.parts: dict[str, bytes] = {}  # by the address of a part of a step
        self.groups: list[
            tuple[str, str, bytes]
        ] = []  # its part, its address, its bytes
        self.steps: dict[str, str] = {}  # the words of each step's line
        self.squares: dict[str, int] = {}
        self.urls: list[str] = []
        self.sentences: list[str] = []
        self._place: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self.feed(document)

    def handle_starttag(self, tag: str, given: Any) -> None:
        attributes = dict(given)
        self.urls += [v for n, v in given if n in ("href", "src", "action", "srcset")]
        if tag == "path":
            runs = re.findall(r"M\d+ \d+h(\d+)", attributes["d"])
            squares = sum((int(run) + 1) // 6 for run in runs)
            part = attributes["data-part"]
            self.squares[part] = self.squares.get(part, 0) + squares
        if tag in ("meta", "link", "path", "rect", "br", "input"):
            return
        self._open.append((tag, attributes))
        if tag == "div" and "group" in attributes.get("class", "").split():
            self.groups.append(("", attributes["id"], b""))
        elif tag == "code" and "data-part" in attributes:
            _, address, _ = self.groups[-1]
            self.groups[-1] = (attributes["data-part"], address, b"")
        elif tag == "details" and "step" in attributes.get("class", "").split():
            self.steps[attributes["id"]] = ""
            self._place = [attributes["id"]]
        elif tag == "p" and any("group" in a.get("class", "") for _, a in self._open):
            self.sentences.append("")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        tags = [tag for tag, _ in self._open]
        if tags[-1:] == ["i"]:
            part, address, before = self.groups[-1]
            self.groups[-1] = (part, address, before + bytes.fromhex(data))
            self.parts[part] = self.parts.get(part, b"") + bytes.fromhex(data)
        elif (
            "summary" in tags
            and tags.count("details") - ("tls-records" in self._ids()) == 1
        ):
            if self._place:
                self.steps[self._place[0]] += data
        elif "p" in tags and self.sentences and "group" in self._classes():
            self.sentences[-1] += data

    def _ids(self) -> list[str]:
        return [a.get("id", "") for _, a in self._open]

    def _classes(self) -> list[str]:
        return [name for _, a in self._open for name in a.get("class", "").split()]


def packets_of(document: str) -> tuple[list[Packet], list[Packet]]:
    """Return the two connections that a page carries."""
    packets, _ = read(illustrate.carried(document))
    clear, inside = connections(packets)
    return clear, inside


def stream(packets: list[Packet], direction: Any) -> bytes:
    """Return what TCP carried in one direction."""
    ours = [p for p in packets if p.direction(packets[0]) is direction]
    return b"".join(packet.payload for packet in ours)


def shown(reader: Reader, packets: list[Packet]) -> Iterator[tuple[str, bytes]]:
    """Yield each step in the clear with its packet's bytes, as the page shows them."""
    for name in list(reader.steps)[: len(packets)]:
        parts = [f"{name}-ip", f"{name}-tcp", name]
        yield name, b"".join(reader.parts.get(part, b"") for part in parts)


def check(document: str) -> None:
    """Hold a page to its recording: every byte, in order, once; every count."""
    reader = Reader(document)
    clear, inside = packets_of(document)
    everything = list(shown(reader, clear))
    assert [data for _, data in everything] == [packet.data for packet in clear]
    for name, data in everything:
        size = len(reader.parts.get(name, data))
        around = f"+ {len(data) - size} of headers · " if name in reader.parts else ""
        assert f" {size} bytes {around}" in reader.steps[name]
    total = sum(len(packet.data) for packet in clear)
    assert f"{len(clear)} packets, {total:,} bytes" in document
    assert f">{total:,} bytes, to say " in document
    costs = re.search(r'<table class="costs">.+?</table>', document, re.DOTALL)[0]
    sizes = [int(n.replace(",", "")) for n in re.findall(r"<td>([\d,]+)</td>", costs)]
    assert sum(sizes[:-1]) == sizes[-1] == total
    parts = [part for part in reader.parts if not part.startswith("tls-")]
    assert reader.squares == {part: len(reader.parts[part]) for part in parts}

    for part, address, data in reader.groups:
        start, end = map(int, address.removeprefix(f"{part}-").split("-"))
        assert reader.parts[part][start : end + 1] == data, address
        assert f'href="#{address}"' in document
    places = [(part, address) for part, address, _ in reader.groups]
    assert len(set(places)) == len(places)
    for part, data in reader.parts.items():
        sizes = [len(group) for each, _, group in reader.groups if each == part]
        assert sum(sizes) == len(data), part

    in_tls = [reader.parts[name] for name in reader.steps if name.startswith("tls-")]
    found = [records(stream(inside, way)) for way in (UP, DOWN)]
    assert sorted(in_tls) == sorted(
        bytes([record.content_type])
        + record.version
        + len(record.data).to_bytes(2)
        + record.data
        for way in found
        for record in way
    )
    assert f"{len(in_tls)} records of TLS, {sum(map(len, in_tls)):,} bytes" in document


# What is in the file


def test_the_page_is_what_its_own_recording_makes_of_it() -> None:
    again = page.build(illustrate.carried(DOCUMENT))
    assert again == DOCUMENT, "run: make illustrated ARGS=--again"


def test_every_byte_is_there_once_and_in_order_and_every_count_is_right() -> None:
    check(DOCUMENT)


def test_no_other_reader_of_the_capture_sees_other_bytes() -> None:
    clear, inside = packets_of(DOCUMENT)
    recording = Recording()
    recording.begin()
    for packet in clear:
        if packet.payload:
            way = packet.direction(clear[0])
            chunk = Chunk(connection=1, direction=way, data=packet.payload, time=0)
            recording.add(chunk)
    reader = Reader(DOCUMENT)
    heads = [recording.handshake(way) for way in (UP, DOWN)]
    frames = [each.raw for way in (UP, DOWN) for each in recording.frames(way)]
    main = [name for name in reader.steps if name in reader.parts]
    in_the_clear = [reader.parts[name] for name in main if not name.startswith("tls")]
    assert sorted(in_the_clear) == sorted(heads + frames)
    assert recording.messages(UP) == ("Hello, world!",)
    assert len(recording.messages(DOWN)) == 2
    assert stream(inside, UP)[:1] == b"\x16"


@pytest.mark.skipif(not shutil.which("tshark"), reason="tshark is not installed")
def test_wireshark_reads_the_capture_and_looks_into_its_tls(tmp_path: Path) -> None:
    file = tmp_path / page.NAME
    file.write_bytes(illustrate.carried(DOCUMENT))
    fields = ["frame.len", "tcp.stream", "tcp.payload", "websocket.opcode"]
    command = ["tshark", "-n", "-r", file, "-T", "json"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    rows = [row["_source"]["layers"] for row in json.loads(done.stdout)]
    packets, _ = read(file.read_bytes())
    payloads = [row.get("tcp.payload", [""])[0].replace(":", "") for row in rows]
    assert [int(row["frame.len"][0]) for row in rows] == [len(p.data) for p in packets]
    assert payloads == [packet.payload.hex() for packet in packets]
    opcodes = [
        [
            row["websocket.opcode"]
            for row in rows
            if row["tcp.stream"] == [number] and "websocket.opcode" in row
        ]
        for number in ("0", "1")
    ]
    assert len(opcodes[0]) == 8
    assert opcodes[0] == opcodes[1]  # the same conversation


def test_the_answer_to_the_key_is_the_one_that_was_sent() -> None:
    clear, _ = packets_of(DOCUMENT)
    [key] = re.findall(rb"Sec-WebSocket-Key: (\S+)", stream(clear, UP))
    [answer] = re.findall(rb"Sec-WebSocket-Accept: (\S+)", stream(clear, DOWN))
    assert accept_key(key.decode()) == answer.decode()
    assert f"<code>{answer.decode()}</code>" in DOCUMENT


def test_each_group_has_a_sentence_and_its_place_in_an_rfc() -> None:
    reader = Reader(DOCUMENT)
    assert len(reader.sentences) == len(reader.groups)
    for sentence in reader.sentences:
        assert re.search(r"[.?]( RFC \d+, [A-Z\d.]+)? ?$", sentence), sentence
    without = [each for each in reader.sentences if " RFC " not in each]
    assert len(without) <= 1, without  # an extension of TLS that is still a draft
    assert "not explained here" not in DOCUMENT.lower()


def test_the_page_loads_nothing_and_leads_to_nowhere_but_the_rfcs() -> None:
    allowed = r"#|data:|https://www\.rfc-editor\.org/rfc/rfc\d+#(section|appendix)-"
    for url in Reader(DOCUMENT).urls:
        assert re.match(allowed, url), url
    assert "default-src 'none'" in DOCUMENT
    assert "@import" not in DOCUMENT and "url(" not in DOCUMENT


def test_each_link_inside_the_page_has_its_target() -> None:
    ids = re.findall(r' id="([^"]+)"', DOCUMENT)
    assert len(ids) == len(set(ids))
    for url in Reader(DOCUMENT).urls:
        assert not url.startswith("#") or url[1:] in ids, url


def test_it_opens_at_once_and_its_own_script_is_short() -> None:
    assert len(DOCUMENT.encode()) < 400_000
    script = (illustrate.IMAGES / "illustrated" / "page.js").read_text("utf-8")
    assert len(script.splitlines()) < 130


# A new recording


def test_a_new_recording_makes_such_a_page() -> None:
    check(page.build(recorder.record(recorder.program)))


def test_a_conversation_in_which_tcp_sends_again_is_held_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clear, _ = connections(read(illustrate.carried(DOCUMENT))[0])
    text = next(n for n, packet in enumerate(clear) if packet.payload)
    again = [*clear[: text + 2], clear[text], *clear[text + 2 :]]
    missed = [*clear[:text], *clear[text + 1 :]]
    takes = iter([again, missed, clear])
    monkeypatch.setattr(recorder, "_recorded", lambda *given: next(takes))
    assert recorder._undisturbed(recorder.program, "", None) is clear
    monkeypatch.setattr(recorder, "_recorded", lambda *given: again)
    with pytest.raises(RuntimeError, match="sends again"):
        recorder._undisturbed(recorder.program, "", None)


def test_where_no_packets_can_be_seen_the_page_says_what_is_made_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recorder, "_tap", lambda: None)
    document = page.build(recorder.record(recorder.program))
    check(document)
    assert "made up" in document and "made up" not in DOCUMENT


def test_a_capture_file_is_read_as_it_was_written() -> None:
    capture = illustrate.carried(DOCUMENT)
    assert write(*read(capture)) == capture
    assert base64.b64encode(capture).decode() in DOCUMENT


# In a browser


@pytest.fixture(scope="module")
def tab(chrome: Any) -> Iterator[Any]:
    """The page on a phone."""
    from browser import Tab

    opened = Tab(
        chrome,
        viewport={"width": 360, "height": 640},
        reduced_motion="reduce",
    )
    yield opened
    assert not opened.errors
    assert set(opened.requests) <= {ADDRESS}  # without what is behind "#"
    opened.context.close()


@pytest.fixture
def phone(tab: Any) -> Any:
    visit(tab.page, ADDRESS)
    return tab.page


def visit(phone: Any, address: str) -> None:
    """Open an address anew, so that its script has run when this returns."""
    phone.goto("about:blank")
    phone.goto(address)


def marked(phone: Any) -> list[str]:
    found: list[str] = phone.locator("i.on").all_text_contents()
    return found


def test_on_a_phone_nothing_is_wider_than_the_screen(phone: Any) -> None:
    wide = "document.documentElement.scrollWidth - innerWidth"
    assert phone.evaluate(wide) == 0
    phone.get_by_role("button", name="Open all").click()
    assert phone.evaluate(wide) == 0
    assert phone.locator("details:not([open])").count() == 0
    phone.get_by_role("button", name="Close all").click()
    assert phone.locator("details[open]").count() == 0


def test_a_link_to_a_range_of_bytes_opens_it_and_marks_them(phone: Any) -> None:
    visit(phone, f"{ADDRESS}#text-2-5")
    key = Reader(DOCUMENT).parts["text"][2:6].hex(" ")
    assert " ".join(marked(phone)) == key
    assert phone.locator("#text").get_attribute("open") is not None
    assert phone.locator("i.on").first.is_visible()
    visit(phone, f"{ADDRESS}#tls-1-5-6")  # half of a group, in what is folded twice
    assert len(marked(phone)) == 2
    assert phone.locator("i.on").first.is_visible()
    visit(phone, f"{ADDRESS}#nothing-0-1")
    assert marked(phone) == []


def test_a_byte_that_is_tapped_says_what_it_is(phone: Any) -> None:
    visit(phone, f"{ADDRESS}#text")
    phone.locator("#text-0-0 i").click()
    said = phone.locator("#said")
    assert said.text_content() == "FIN, RSV1-3, opcode · byte 0: 81 = 1000 0001 = 129"
    phone.locator("#text-6-18 i").first.click()
    assert said.text_content().endswith('= 48 = "H"')
    assert phone.url.endswith("#text-6-6")
    phone.keyboard.press("Escape")
    assert said.text_content() == ""


def test_the_keyboard_alone_opens_a_step_and_reads_its_bytes(phone: Any) -> None:
    phone.locator("#echo > summary").focus()
    phone.keyboard.press("Enter")
    phone.keyboard.press("Tab")
    phone.keyboard.press("ArrowRight")
    assert marked(phone) == ["81"]
    for _ in range(3):
        phone.keyboard.press("Tab")  # the group's link, its RFC, the next group
    phone.keyboard.press("ArrowLeft")
    said = phone.locator("#said").text_content()
    assert said.endswith(" · byte 1: 18 = 0001 1000 = 24")


@pytest.mark.parametrize(
    ("path", "square", "byte", "says"),
    [
        ('.said[data-part="text"]', 4, 10, ' = "o"'),
        ('.said[data-part="echo"]', 0, 2, ' = "R"'),
        ('[data-part="ack-tcp"]', 31, 31, ""),  # the last of all around it
    ],
)
def test_a_square_of_the_picture_is_a_byte_and_opens_it(
    phone: Any, path: str, square: int, byte: int, says: str
) -> None:
    x, y = phone.locator(f"path{path}").evaluate(
        "(path, at) => { const {x, y} = path.getPointAtLength(at).matrixTransform("
        "path.getScreenCTM()); return [x, y]; }",
        6 * square + 2.5,  # a gap has no length where a row ends
    )
    phone.mouse.click(x, y)
    from browser import expect

    part = path.split('"')[1]
    expect(phone.locator("#said")).to_contain_text(f" · byte {byte}: ")
    assert phone.locator("#said").text_content().endswith(says)
    assert phone.url.endswith(f"#{part}-{byte}-{byte}")
    assert phone.locator("i.on").is_visible()


def test_whoever_slides_along_the_picture_reads_the_message(phone: Any) -> None:
    squares = """(path) => [0, 1, 2, 3, 4].map((square) => {
        const {x, y} = path.getPointAtLength(6 * square + 2.5);
        const at = new DOMPoint(x, y).matrixTransform(path.getScreenCTM());
        return [at.x, at.y]; })"""
    read = ""
    for x, y in phone.locator("path.said").first.evaluate(squares):
        phone.mouse.move(x, y)
        said = phone.locator("#said").text_content()
        assert said.startswith("client · Text, masked · Payload data, masked · ")
        read += said[-2]
        assert phone.locator(".here").is_visible()
    assert read == "Hello"
    phone.mouse.move(1, 1)
    assert phone.locator("#said").text_content() == ""
    assert not phone.locator(".here").is_visible()


def test_axe_finds_nothing_on_a_light_page_and_on_a_dark_one(
    tab: Any, phone: Any
) -> None:
    for step in ("ack", "close-answer", "text", "tls-14"):  # one of each kind
        phone.evaluate("(step) => { location.hash = step; }", step)
    assert phone.locator("details.step[open]").count() == 4
    closed = "document.querySelectorAll('details:not([open]) > :not(summary)')"
    phone.evaluate(f"{closed}.forEach((each) => each.remove())")  # axe walks it, too
    assert tab.faults() == []
    phone.emulate_media(color_scheme="dark")
    assert tab.faults("color-contrast") == []
    phone.emulate_media(color_scheme="light")


def test_nothing_moves(phone: Any) -> None:
    phone.get_by_role("button", name="Open all").click()
    assert phone.evaluate("document.getAnimations().length") == 0


def test_on_paper_all_is_open(phone: Any) -> None:
    phone.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert phone.locator("details:not([open])").count() == 0
    phone.evaluate("dispatchEvent(new Event('afterprint'))")
    assert phone.locator("details[open]").count() == 0
