"""The frame lab: its module against wslib.frames, its surface in a real browser."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from execute_notebooks import execute
from random_frames import JUDGE_ALL, random_frames

from wslib.direction import DOWN, UP
from wslib.errors import ProtocolError
from wslib.frames import Frame, Opcode
from wslib.server import EchoServer
from wslib.show import FrameLab, FrameView
from wslib.show.frame_lab import EXAMPLES, SCRIPT, STYLE

HELLO = "81 85 37 fa 21 3d 7f 9f 4d 51 58"


# --- in Python ------------------------------------------------------------------------


def test_what_stands_in_it_can_be_read_and_set() -> None:
    lab = FrameLab()
    assert (lab.hex, lab.side) == (HELLO, "client")
    key = bytes.fromhex("37 fa 21 3d")
    assert lab.frame == Frame(opcode=Opcode.TEXT, payload=b"Hello", masking_key=key)
    lab.frame = Frame(opcode=Opcode.PING, payload=b"?")
    assert (lab.hex, lab.side) == ("89 01 3f", "server")
    lab.hex = r"0x88, \x00"
    assert lab.frame == Frame(opcode=Opcode.CLOSE)
    lab.side = "client"
    assert "a client masks every frame" in lab.view().verdict()
    with pytest.raises(ProtocolError, match="a client masks every frame"):
        lab.frame  # noqa: B018


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("hex", "81 0g", "'g' is no hexadecimal digit"),
        ("hex", "81 0", "half a byte is left over"),
        ("side", "browser", "sent by a 'client' or a 'server', not 'browser'"),
        ("frame", Frame(opcode=Opcode.PING, fin=False), "section 5.5"),
    ],
)
def test_a_wrong_value_is_refused_in_words_and_changes_nothing(
    name: str, value: Any, error: str
) -> None:
    lab = FrameLab("89 00")
    with pytest.raises(ValueError, match=error):
        setattr(lab, name, value)
    assert (lab.hex, lab.side) == ("89 00", "server")


def test_bytes_are_no_frame_as_long_as_they_are_not_complete() -> None:
    with pytest.raises(ValueError, match="not complete"):
        FrameLab("81 05 48").frame  # noqa: B018
    with pytest.raises(TypeError, match="wslib.frames.Frame, not b'81'"):
        FrameLab().frame = b"81"  # type: ignore[assignment]


@pytest.mark.parametrize(("name", "digits"), EXAMPLES.items())
def test_an_example_is_what_its_name_says(name: str, digits: str) -> None:
    verdict = FrameView(digits).verdict()
    mark = {"broken": "✗", "not co": "○"}.get(name[:6], "✓")
    assert verdict.startswith(mark)


def test_without_a_kernel_the_first_frame_stands_there_and_no_widget(
    tmp_path: Path,
) -> None:
    cell = nbformat.v4.new_code_cell("from wslib.show import FrameLab\n\nFrameLab()")
    cell.id = "the-lab"
    path = tmp_path / "tiny.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    assert execute(path) is True
    before = path.read_bytes()
    assert execute(path) is False
    assert path.read_bytes() == before
    assert b"widget" not in before and b"model_id" not in before
    (output,) = json.loads(before)["cells"][0]["outputs"]
    assert set(output["data"]) == {"text/html", "text/plain"}
    assert "".join(output["data"]["text/plain"]) == FrameView(HELLO).as_text()
    live = FrameLab()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in live


# --- what a server answers ------------------------------------------------------------


def answers(lab: FrameLab, data: str) -> dict[str, Any]:
    """Ask for it as the browser does; return what the browser is told."""
    told: list[dict[str, Any]] = []
    lab.widget.send = lambda content, buffers=None: told.append(content)
    lab._asked(lab.widget, {"hex": data}, [])
    return told[0]


def test_the_answer_of_a_server_comes_back_as_bytes() -> None:
    with EchoServer() as server:
        lab = FrameLab(server=server)
        reply = Frame(opcode=Opcode.TEXT, payload=b"Received:  Hello").serialize()
        said = {"frames": [reply.hex(" ")], "ended": False, "error": ""}
        assert answers(lab, HELLO) == said
        broken = answers(lab, "81 05 48 65 6c 6c 6f")
        assert broken["frames"][0][:11].endswith("03 ea") and broken["ended"]
        assert answers(lab, "81")["frames"] == []
    assert "Nobody listens there" in answers(lab, HELLO)["error"]


def test_a_server_that_never_ends_is_not_listened_to_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = EchoServer(port=silent.getsockname()[1])
        server._port = silent.getsockname()[1]  # somebody else has it
        said = answers(FrameLab(server=server), HELLO)
    assert said == {"frames": [], "ended": False, "error": ""}


# --- the module, in a browser ---------------------------------------------------------


@pytest.fixture(scope="module")
def page(chrome: Any) -> Iterator[Any]:
    """A page with nothing but the lab, and a model that a script can look into."""
    from browser import Tab

    tab = Tab(chrome, viewport={"width": 360, "height": 800})
    tab.page.set_content(
        f"<!doctype html><html lang=en><title>Lab</title><style>{STYLE}"
        "</style><main><h1>Lab</h1><div id=lab></div></main>"
    )
    tab.page.evaluate(
        """async (source) => {
            const blob = new Blob([source], {type: "text/javascript"});
            window.module = await import(URL.createObjectURL(blob));
            window.heard = {};
            window.sent = [];
            window.state = {hex: "", side: "client", server: true, examples: {}};
            window.model = {
                get: (name) => state[name],
                set: (name, value) => { state[name] = value; },
                save_changes: () => null,
                on: (name, hear) => { heard[name] = hear; },
                off: (name) => { delete heard[name]; },
                send: (content) => sent.push(content),
            };
        }""",
        SCRIPT.read_text("utf-8"),
    )
    yield tab
    assert not tab.errors
    tab.context.close()


@pytest.fixture
def lab(page: Any) -> Any:
    """The lab, with Hello in it."""
    page.page.evaluate(
        """([hex, examples]) => {
            document.getElementById("lab").replaceChildren();
            Object.assign(state, {hex, side: "client", examples});
            sent.length = 0;
            module.default.render({model, el: document.getElementById("lab")});
        }""",
        [HELLO, EXAMPLES],
    )
    return page.page


def verdict(lab: Any) -> str:
    return str(lab.locator(".verdict").text_content())


def state(lab: Any) -> dict[str, Any]:
    found: dict[str, Any] = lab.evaluate("state")
    return found


def test_the_module_says_of_each_frame_what_wslib_says(page: Any) -> None:
    """All examples, each surrogate's beginning, and ten thousand that chance makes."""
    frames = [bytes.fromhex(digits) for digits in EXAMPLES.values()]
    frames += [b"", b"\x81", b"\x01\x02\xed\xa0", b"\x01\x02\xed\x9f", b"\x01\x01\xf4"]
    frames += random_frames(10_000)
    asked = [(data, side) for data in frames for side in (UP, DOWN)]
    lines = "\n".join(data.hex() for data in frames)
    said = page.page.evaluate(JUDGE_ALL, lines).split("\n")
    rules = set()
    for (data, side), its in zip(asked, said, strict=True):
        ours = FrameView(data, side).verdict()
        assert its == ours, (data[:20].hex(), side)
        rules |= set(
            re.findall(r"✗ .*?: (.*?)\. RFC", re.sub(r"\d+|[A-Z]{4,5}", "", ours))
        )
    assert len(rules) == 12, rules


def test_the_module_writes_what_wslib_writes(page: Any) -> None:
    frames = [
        Frame(opcode=opcode, payload=payload, fin=fin, masking_key=key)
        for opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONTINUATION)
        for payload in (b"", b"Hello", bytes(125), bytes(126), bytes(65_536))
        for fin in (True, False)
        for key in (None, b"\x37\xfa\x21\x3d")
    ]
    asked = [
        [f.opcode, f.payload.hex(), f.fin, list(f.masking_key or ()) or None]
        for f in frames
    ]
    written = page.page.evaluate(
        """(asked) => asked.map(([opcode, payload, fin, key]) => {
            const some = module.fromHex(payload);
            const made = module.writeFrame({opcode, payload: some, fin, key});
            return Array.from(made, (byte) => String.fromCharCode(byte)).join("");
        })""",
        asked,
    )
    assert [data.encode("latin-1") for data in written] == [
        f.serialize() for f in frames
    ]


def test_a_text_that_is_typed_becomes_a_frame(lab: Any) -> None:
    lab.get_by_label("Say", exact=True).fill("Grüße")
    meant = Frame(
        opcode=Opcode.TEXT,
        payload="Grüße".encode(),
        masking_key=bytes.fromhex("37 fa 21 3d"),
    )
    assert state(lab)["hex"] == meant.serialize().hex(" ")
    assert lab.get_by_label("hex", exact=True).input_value() == state(lab)["hex"]
    assert verdict(lab) == "✓ a legal frame of 13 bytes."


def test_hex_that_is_typed_is_read_and_what_is_none_is_told(lab: Any) -> None:
    lab.get_by_label("hex", exact=True).fill("8801 00")
    assert "a client masks every frame" in verdict(lab)
    lab.get_by_label("hex", exact=True).fill("88 0")
    assert "half a byte is left over" in verdict(lab)
    lab.get_by_label("hex", exact=True).fill("88 0x<b>")
    assert "'<' is no hexadecimal digit" in verdict(lab)
    assert state(lab)["hex"] == "88 01 00", "what was right last stays"


def test_a_bit_is_turned_by_click_and_by_keyboard_and_breaks_a_rule(lab: Any) -> None:
    lab.get_by_role("button", name="RSV1, bit 1 of byte 0: 0").click()
    assert "a reserved bit is set" in verdict(lab) and "section 5.2" in verdict(lab)
    lab.keyboard.press("Enter")  # the focus is still on it
    assert verdict(lab).startswith("✓")
    lab.keyboard.press("Shift+Tab")
    lab.keyboard.press("Space")
    assert state(lab)["hex"].startswith("01 85"), "FIN"


def test_the_length_grows_by_its_three_forms(lab: Any) -> None:
    heads = {"125 bytes": "81 fd", "126 bytes": "81 fe 00 7e"}
    heads["65,535 bytes"] = "81 fe ff ff"
    heads["65,536 bytes"] = "81 ff 00 00 00 00 00 01 00 00"
    for name, head in heads.items():
        lab.get_by_role("button", name=name).click()
        assert state(lab)["hex"].startswith(head)
        assert verdict(lab).startswith("✓")
    assert "more" in lab.locator(".more").first.text_content()
    lab.get_by_label("Say", exact=True).fill("Hello")
    lab.get_by_label("length in").select_option("8")
    assert "not written in the minimal number of bytes" in verdict(lab)


def test_side_key_and_opcode_are_chosen(lab: Any) -> None:
    lab.get_by_role("button", name="New masking key").click()
    assert state(lab)["hex"] != HELLO and verdict(lab).startswith("✓")
    lab.get_by_label("who sends it").select_option("server")
    assert state(lab)["hex"] == "81 05 48 65 6c 6c 6f"
    assert lab.get_by_role("button", name="New masking key").is_disabled()
    lab.get_by_label("opcode", exact=True).select_option("9")
    assert state(lab)["hex"].startswith("89 05")
    lab.get_by_label("Examples").select_option(label="legal frame, illegal message")
    assert "But no legal message" in verdict(lab)


def test_an_example_comes_from_whoever_would_send_it_and_comes_again(lab: Any) -> None:
    examples = lab.get_by_label("Examples")
    for name, mark in (("ping", "✓"), ("text, masked", "✓"), ("ping", "✓")):
        examples.select_option(label=name)
        assert verdict(lab).startswith(mark)
        lab.get_by_role("button", name="RSV1").click()
        assert verdict(lab).startswith("✗")
    assert state(lab)["side"] == "server"


def test_the_side_reaches_the_kernel_though_the_bytes_stay(lab: Any) -> None:
    lab.get_by_label("hex", exact=True).fill("89 00")
    lab.evaluate("model.save_changes = () => { state.saved = {...state}; }")
    lab.get_by_label("who sends it").select_option("server")
    assert lab.evaluate("state.saved?.side") == "server"
    lab.evaluate("model.save_changes = () => null")


def test_what_a_server_answers_is_drawn(lab: Any) -> None:
    press = lab.get_by_role("button", name="Send it to the server")
    press.click()
    assert lab.evaluate("sent") == [{"hex": HELLO}]
    assert press.is_disabled(), "until the answer is here"
    lab.evaluate("heard['msg:custom']({frames: ['88 02 03 ea'], ended: true})")
    answer = lab.locator("[role=status]").last
    assert "1002" in answer.text_content()
    assert "Then the server closed TCP." in answer.text_content()
    assert press.is_enabled()


def test_every_rule_can_be_broken_and_is_counted_once(lab: Any) -> None:
    client, server = "c1 80", "81 80 00 00 00 00"  # a reserved bit; a server that masks
    theirs = ["83 00", "09 00", "89 7e", "81 7e 00 05", "88 01 00", "88 02 03 ee"]
    theirs += ["81 7f 80 00 00 00 00 00 00 00", "88 03 03 e8 ff", "81 01 ff", server]
    ours = {"client": [client, "81 00"], "server": [*theirs, "8a 7e"]}
    for who, frames in ours.items():
        lab.evaluate("(who) => { state.side = who; }", who)
        for digits in frames:
            lab.get_by_label("hex", exact=True).fill(digits)
            assert "✗" in verdict(lab), digits
    tally = lab.locator("summary")
    assert tally.text_content() == "Rules broken so far: 12 of 12: all of them"
    tally.click()
    assert lab.locator("details li").count() == 12
    assert "top bit of a 64-bit length" in lab.locator("details").inner_text()


def test_to_choose_who_sends_breaks_no_rule(lab: Any) -> None:
    """A model calls back at once, when the bytes are still those of the other side."""
    lab.evaluate(
        "model.set = (name, value) => { state[name] = value;"
        " heard[`change:${name}`]?.(); }"
    )
    for who in ("server", "client"):
        lab.get_by_label("who sends it").select_option(who)
        assert verdict(lab).startswith("✓")
    assert lab.locator("summary").text_content() == "Rules broken so far: 0 of 12"
    lab.evaluate("model.set = (name, value) => { state[name] = value; }")


def test_what_is_said_in_a_close_stands_behind_its_code(lab: Any) -> None:
    lab.get_by_label("Examples").select_option(label="close 1001")
    say = lab.get_by_label("Say", exact=True)
    assert say.input_value() == "going away"
    say.fill("so long")
    assert state(lab)["hex"] == "88 09 03 e9 73 6f 20 6c 6f 6e 67"
    lab.get_by_label("hex", exact=True).fill("88 00")
    say.press_sequentially("bye")
    assert state(lab)["hex"] == "88 05 03 e8 62 79 65"


def test_out_of_nothing_a_text_of_the_client_is_made(lab: Any) -> None:
    lab.get_by_label("hex", exact=True).fill("")
    lab.get_by_label("Say", exact=True).fill("Hi")
    assert state(lab)["hex"].startswith("81 82")
    assert verdict(lab) == "✓ a legal frame of 8 bytes."


def test_what_a_legal_frame_is_for_and_what_is_still_to_come_is_said(lab: Any) -> None:
    key = "80 00 00 00 00"
    says = {f"81 {key}": "A whole text", f"01 {key}": "begins a message"}
    says |= {f"80 {key}": "continues a message, and ends it", f"89 {key}": "a Pong"}
    says |= {"81 85": "9 bytes to come", "81 fe 00": "", "81": ""}
    for digits, words in says.items():
        lab.get_by_label("hex", exact=True).fill(digits)
        said = lab.locator(".aside").text_content()
        assert words in said and bool(words) is bool(said), digits


def test_an_answer_goes_when_the_bytes_change(lab: Any) -> None:
    lab.get_by_role("button", name="Send it to the server").click()
    lab.evaluate("heard['msg:custom']({frames: ['88 02 03 ea'], ended: true})")
    lab.get_by_role("button", name="RSV1").click()
    assert "1002" not in lab.locator("[role=status]").last.text_content()


def test_what_a_cell_sets_is_shown(lab: Any) -> None:
    lab.evaluate("state.hex = '89 00'; state.side = 'server'; heard['change:hex']()")
    assert verdict(lab) == "✓ a legal frame of 2 bytes."
    assert lab.get_by_label("who sends it").input_value() == "server"


@pytest.mark.parametrize(
    "digits",
    [
        HELLO,
        f"{HELLO} 81 00",  # and something after it
        "89 80 01 02 03 04",
        "81 0f 47 72 c3 bc e2 82 ac f0 9f 98 80 20 cc 81 ff",
        "81 85 37 fa 21 3d 7f 9f",  # not complete
        "82 7e 00 30" + " ff" * 48,
        "01 02 f0 9f",
        "81",
    ],
)
def test_a_frame_in_the_lab_is_drawn_as_the_inspector_draws_it(
    lab: Any, digits: str
) -> None:
    lab.get_by_label("hex", exact=True).fill(digits)
    its, ours = lab.evaluate(
        """(html) => [document, new DOMParser().parseFromString(html, "text/html")]
            .map((page) => [...page.querySelectorAll(".bytes :is(td, th)")]
                .map((cell) => cell.textContent.replace(/ /g, "") + cell.className))""",
        FrameView(digits).as_html(),
    )
    assert [cell for cell in its if cell] == [
        cell for cell in ours if cell and not re.fullmatch("00[0-9a-f]{2}", cell)
    ]


def test_axe_finds_nothing_and_nothing_is_wider_than_a_phone(
    page: Any, lab: Any
) -> None:
    assert page.faults() == []
    lab.get_by_role("button", name="65,536 bytes").click()
    assert lab.evaluate("document.documentElement.scrollWidth - innerWidth") == 0
