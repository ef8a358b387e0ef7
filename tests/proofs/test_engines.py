"""What runs in a browser, in two that are not Chromium: the frame lab, the pages."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from execute_notebooks import ROOT
from random_frames import JUDGE_ALL, random_frames

from wslib.direction import DOWN, UP
from wslib.frames import CloseCode, Frame, Opcode
from wslib.server import EchoServer
from wslib.show import FrameView
from wslib.show.frame_lab import EXAMPLES, SCRIPT

engines = pytest.importorskip("engines")
CONNECTION = (ROOT / "images/connection.html").as_uri()
SAY, HEX, RSV1, VERDICT = (
    f"document.querySelector('{selector}')"
    for selector in (
        "[aria-label=Say]",
        "[aria-label=hex]",
        "button[aria-label^=RSV1]",
        ".verdict",
    )
)


@pytest.fixture(scope="module", params=["firefox", "webkit"])
def engine(request: Any) -> Iterator[Any]:
    with getattr(engines, request.param)() as running:
        yield running


def test_the_frame_lab_says_of_each_frame_what_wslib_says(engine: Any) -> None:
    frames = [bytes.fromhex(digits) for digits in EXAMPLES.values()]
    frames += random_frames(1_000)
    lines = "\n".join(data.hex() for data in frames)
    engine.open("about:blank")
    said = engine.run(
        f"""(async () => {{
            const source = {json.dumps(SCRIPT.read_text("utf-8"))};
            const blob = new Blob([source], {{type: "text/javascript"}});
            const module = await import(URL.createObjectURL(blob));
            return ({JUDGE_ALL})({json.dumps(lines)});
        }})()"""
    )
    ours = [FrameView(data, side).verdict() for data in frames for side in (UP, DOWN)]
    assert said.split("\n") == ours


def test_the_frame_lab_answers_a_hand(engine: Any) -> None:
    engine.open(CONNECTION)
    engine.click(SAY)
    engine.run(f"{SAY}.select()")
    engine.press("Grüße")
    key = bytes.fromhex(engine.run(f"{HEX}.value"))[2:6]
    meant = Frame(opcode=Opcode.TEXT, payload="Grüße".encode(), masking_key=key)
    assert engine.run(f"{HEX}.value") == meant.serialize().hex(" ")
    assert engine.run(f"{VERDICT}.textContent") == "✓ a legal frame of 13 bytes."
    engine.click(RSV1)
    assert "a reserved bit is set" in engine.run(f"{VERDICT}.textContent")
    engine.run(f"{RSV1}.focus()")  # a click alone does not do it everywhere
    engine.press(engines.ENTER)
    if not engine.run("document.hasFocus()"):  # Firefox without a screen never has it
        engine.click(RSV1)
    assert engine.run(f"{VERDICT}.textContent") == "✓ a legal frame of 13 bytes."


def test_the_page_of_one_connection_answers_a_hand_and_asks_nobody(engine: Any) -> None:
    engine.open(f"{CONNECTION}#text")
    engine.click("document.querySelector('#text-0-0 i')")
    told = engine.run("document.querySelector('#said').textContent")
    assert told == "FIN, RSV1-3, opcode · byte 0: 81 = 1000 0001 = 129"
    assert engine.run("document.querySelector('#text').open")
    assert engine.run("performance.getEntriesByType('resource').length") == 0


def test_the_echo_page_opens_talks_and_closes(engine: Any) -> None:
    with EchoServer(page=True) as server:
        engine.open(server.url.replace("ws:", "http:", 1))
        engine.wait("document.querySelector('#state').textContent === 'open'")
        engine.click("document.querySelector('#message')")
        engine.run("document.querySelector('#message').select()")
        engine.press(f"Grüße{engines.ENTER}")
        server.log.wait_for("Grüße")
        engine.wait("document.querySelector('#log').textContent.includes('Received')")
        engine.click(
            "[...document.querySelectorAll('button')].find("
            "(each) => each.textContent.trim() === 'Close')"
        )
        server.log.wait_for(f"({CloseCode.NORMAL_CLOSURE:d}")
        engine.wait("document.querySelector('#state').textContent === 'closed'")
