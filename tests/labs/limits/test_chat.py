"""A message that is read as HTML, in a real Chromium: which script runs, and where."""

import contextlib
from collections.abc import Iterator
from html import escape
from typing import Any

import pytest
import websocket
from browser import Tab, expect

from wslib.labs.limits import Chat, markup

BOLD = "I am <b>Eve</b>!"
SCRIPT = "<script>pay('eve', 1)</script>"
IMAGE = """<img src=x onerror="pay('eve', 900)">"""
WRITTEN = [BOLD, SCRIPT, IMAGE]
STOLEN = '{"pay":"eve","amount":900}'


@contextlib.contextmanager
def opened(tab: Tab, written: list[str], **options: Any) -> Iterator[Chat]:
    """Open the page of a chat; go on once it shows what was written."""
    with Chat(written, **options) as chat:
        tab.page.goto(f"http://127.0.0.1:{chat.port}")
        expect(tab.page.locator("#log > p").nth(len(written) - 1)).to_be_attached()
        yield chat


def order_by_hand(tab: Tab, chat: Chat) -> None:
    """Press the button: what the page did before has reached the shop by then."""
    tab.page.get_by_role("button", name="Pay bob 5").click()
    expect(tab.page.locator("#log")).to_contain_text("bob")
    assert chat.orders.pop() == '{"pay":"bob","amount":5}'


def test_read_as_html_the_image_runs_its_script_and_the_script_element_does_not(
    tab: Tab,
) -> None:
    with opened(tab, WRITTEN, shows="innerHTML") as chat:
        chat.log.wait_for("Ordered")
        order_by_hand(tab, chat)
        assert chat.orders == [STOLEN]
        expect(tab.page.locator("#log b")).to_have_text("Eve")
        assert tab.page.locator("#log script").count() == 1


def test_the_order_comes_from_the_shops_own_page(tab: Tab) -> None:
    with opened(tab, [IMAGE], shows="innerHTML") as chat:
        chat.log.wait_for("Ordered")
        [handshake] = chat.handshakes
        assert handshake.get("Origin") == f"http://127.0.0.1:{chat.port}"


def test_as_text_everything_is_seen_and_nothing_runs(tab: Tab) -> None:
    with opened(tab, WRITTEN, shows="textContent") as chat:
        order_by_hand(tab, chat)
        assert chat.orders == []
        lines = tab.page.locator("#log > p").all_inner_texts()
        assert lines[: len(WRITTEN)] == WRITTEN
    assert tab.errors == []


def test_what_was_escaped_is_seen_as_it_was_written_even_as_html(tab: Tab) -> None:
    with opened(tab, [escape(text) for text in WRITTEN], shows="innerHTML") as chat:
        order_by_hand(tab, chat)
        assert chat.orders == []
        lines = tab.page.locator("#log > p").all_inner_texts()
        assert lines[: len(WRITTEN)] == WRITTEN


def test_by_a_policy_no_script_runs_but_the_pages_own(tab: Tab) -> None:
    with opened(tab, WRITTEN, shows="innerHTML", policy=True) as chat:
        tab.page.wait_for_function(
            "document.images.length && document.images[0].complete"
        )
        order_by_hand(tab, chat)
        assert chat.orders == []
        assert any("Content Security Policy" in error for error in tab.errors)


def test_the_page_keeps_nobody_out(tab: Tab) -> None:
    with opened(tab, ["Hello"], shows="textContent"):
        assert tab.faults() == []


# --- without a browser ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (BOLD, "<b>"),
        (SCRIPT, "<script>"),
        (IMAGE, "<img> with onerror"),
        ("<b onclick=x onfocus=y>a</b><i>", "<b> with onclick with onfocus, <i>"),
        ("a < b & c", "text"),
        ("", "text"),
    ],
)
def test_which_elements_a_text_makes(text: str, found: str) -> None:
    assert markup(text) == found
    assert markup(escape(text)) == "text"


def test_a_program_is_told_what_was_written_and_its_order_is_noted() -> None:
    with Chat(["Hello"], shows="innerHTML") as chat:
        client = websocket.create_connection(chat.url, timeout=10)
        assert client.recv() == "Hello"
        client.send("an order")
        assert client.recv() == "The shop has an order of yours: 'an order'"
        client.close()
        assert chat.orders == ["an order"]
