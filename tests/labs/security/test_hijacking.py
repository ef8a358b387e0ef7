"""Cross-site WebSocket hijacking in a real Chromium: what succeeds, what stops it."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import websocket
from browser import FLAGS, Tab, chromium, expect, sync_api

from wslib import page as browser_page
from wslib.labs.security.authentication import LoginServer, by_basic
from wslib.labs.security.bank import Bank, Thief
from wslib.labs.security.browser import knocks
from wslib.labs.security.certificates import Authority
from wslib.server import EchoServer

STOLEN = ["ada has 1000", "paid eve 900, ada has 100"]


def web(service: Any, host: str = "127.0.0.1") -> str:
    """Return the address of a server's pages, under a name of this machine."""
    return f"http://{host}:{service.port}"


def log_in(page: "sync_api.Page", bank: Bank, host: str = "127.0.0.1") -> None:
    page.goto(web(bank, host))
    page.get_by_role("link", name="Log in as ada").click()
    expect(page.locator("#who")).to_have_text("You are ada.")
    expect(page.locator("#log")).to_have_text("ada has 1000\n")


def lure(page: "sync_api.Page", thief: Thief, host: str = "127.0.0.1") -> str:
    """Open the thief's page; return how it ended."""
    page.goto(web(thief, host))
    expect(page.locator("#log")).to_contain_text("\n")
    ends = page.locator("#log", has_text="closed").or_(
        page.locator("#log", has_text="paid")
    )
    expect(ends).to_be_visible()
    lines = page.locator("#log").inner_text().splitlines()
    return [line for line in lines if line.startswith(("closed", "paid"))][-1]


def thief_of(bank: Bank, host: str) -> Thief:
    """Return a thief whose page goes to the bank under a name of this machine."""
    address = SimpleNamespace(url=f"ws://{host}:{bank.port}")
    return Thief(address)  # type: ignore[arg-type]


def assert_robbed(bank: Bank, thief: Thief) -> None:
    thief.log.wait_for("paid eve")
    assert thief.loot == STOLEN
    assert bank.balances == {"ada": 100, "eve": 900}


def assert_nothing_was_lost(bank: Bank, thief: Thief) -> None:
    assert thief.loot == []
    assert bank.balances == {"ada": 1000, "eve": 0}


# --- the attack -----------------------------------------------------------------------


@pytest.mark.parametrize("same_site", ["Strict", "Lax", "None", ""])
def test_a_page_at_another_port_robs_whoever_is_logged_in(
    tab: Tab, same_site: Any
) -> None:
    with Bank(same_site=same_site) as bank, Thief(bank) as thief:
        log_in(tab.page, bank)
        assert lure(tab.page, thief) == "paid eve 900, ada has 100"
        assert_robbed(bank, thief)
        bank.log.wait_for(f"ada's cookie came from {thief.origin}")
    assert tab.errors == []


@pytest.mark.parametrize("same_site", ["Strict", "Lax"])
def test_so_does_a_page_of_a_sister_host_which_never_sees_the_cookie(
    tab: Tab, same_site: Any
) -> None:
    ours = "www.bank.localhost"
    with Bank(same_site=same_site) as bank, thief_of(bank, ours) as thief:
        log_in(tab.page, bank, ours)
        lure(tab.page, thief, "forum.bank.localhost")
        assert_robbed(bank, thief)
        assert thief.handshakes[0].get("Cookie") is None
        bank.log.wait_for(f"came from {web(thief, 'forum.bank.localhost')}")


def test_whoever_is_not_logged_in_has_nothing_to_lose(tab: Tab) -> None:
    with Bank() as bank, Thief(bank) as thief:
        assert lure(tab.page, thief) == "closed (1006)"
        expect(tab.page.locator("#log")).to_contain_text("Perhaps nobody is logged in")
        assert_nothing_was_lost(bank, thief)


# --- what the browser does ------------------------------------------------------------


@pytest.mark.parametrize("same_site", ["Strict", "Lax", ""])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("127.0.0.1", "localhost"), ("bank.localhost", "thief.localhost")],
)
def test_to_a_page_of_another_site_the_cookie_is_not_lent(
    tab: Tab, same_site: Any, ours: str, theirs: str
) -> None:
    with Bank(same_site=same_site) as bank, thief_of(bank, ours) as thief:
        log_in(tab.page, bank, ours)
        assert lure(tab.page, thief, theirs) == "closed (1006)"
        assert_nothing_was_lost(bank, thief)
        bank.log.wait_for(f"without a session came from {web(thief, theirs)}")


@contextlib.contextmanager
def profile(
    chrome: "sync_api.Browser", folder: Path, *, third_party_cookies: bool
) -> Iterator["sync_api.BrowserContext"]:
    """Run the browser with a user's choice; its own default depends on who built it."""
    choice = {
        "block_third_party_cookies": not third_party_cookies,
        "cookie_controls_mode": 0 if third_party_cookies else 1,
    }
    folder.joinpath("Default").mkdir()
    preferences = folder / "Default" / "Preferences"
    preferences.write_text(json.dumps({"profile": choice}), encoding="utf-8")
    context = chrome.browser_type.launch_persistent_context(
        folder, executable_path=chromium(), args=FLAGS
    )
    try:
        yield context
    finally:
        context.close()


@pytest.mark.parametrize("lent", [True, False])
def test_a_cookie_for_every_site_is_lent_unless_third_party_cookies_are_blocked(
    chrome: "sync_api.Browser", tmp_path: Path, lent: bool
) -> None:
    with (
        Bank(same_site="None") as bank,
        Thief(bank) as thief,
        profile(chrome, tmp_path, third_party_cookies=lent) as context,
    ):
        page = context.new_page()
        log_in(page, bank)  # marked Secure, and taken over http: this is loopback
        said = lure(page, thief, "localhost")
        assert said == ("paid eve 900, ada has 100" if lent else "closed (1006)")
        (assert_robbed if lent else assert_nothing_was_lost)(bank, thief)


@pytest.mark.parametrize(("same_site", "who"), [("Lax", "ada"), ("Strict", None)])
def test_a_script_that_leads_the_whole_tab_to_the_bank_is_lent_a_lax_cookie(
    tab: Tab, same_site: Any, who: str | None
) -> None:
    """No link, no click: any top-level navigation by a safe method will do."""
    with Bank(same_site=same_site) as bank, EchoServer(page=True) as elsewhere:
        log_in(tab.page, bank)
        tab.page.goto(web(elsewhere, "localhost"))
        tab.page.evaluate("(url) => { location.href = url }", web(bank))
        said = f"You are {who}." if who else "You are not logged in."
        expect(tab.page.locator("main")).to_contain_text(said)


SCRIPT = """(url) => new Promise((resolve) => {
    let socket;
    try { socket = new WebSocket(url) } catch (error) { resolve(error.name) }
    socket.onopen = () => { resolve("open"); socket.close() };
    socket.onclose = (event) => resolve(`${event.code} ${event.reason}`.trim());
})"""


def test_why_it_may_not_come_in_no_script_is_told(tab: Tab) -> None:
    """A 401, a certificate that it does not trust, a way in that asks for Basic."""
    with (
        Bank() as bank,
        LoginServer(by_basic, {"tulip-47": "ada"}) as basic,
        EchoServer(ssl=Authority().server("127.0.0.1")) as unknown,
    ):
        tab.page.goto(web(bank))
        for server in (bank, basic, unknown):
            assert tab.page.evaluate(SCRIPT, server.url) == "1006"
        reasons = ("Authentication failed", "Authentication failed", "ERR_CERT")
        for reason, told in zip(reasons, tab.errors, strict=True):
            assert reason in told


def test_a_page_by_https_opens_no_ws_but_to_this_machine(
    chrome: "sync_api.Browser",
) -> None:
    tab = Tab(chrome, ignore_https_errors=True)
    with (
        EchoServer(page=True, ssl=Authority().server("127.0.0.1")) as https,
        EchoServer() as clear,
    ):
        tab.page.goto(f"https://127.0.0.1:{https.port}/elsewhere")
        assert tab.page.evaluate(SCRIPT, "ws://bank.example/") == "SecurityError"
        assert "Mixed Content" in tab.errors[-1]
        assert tab.page.evaluate(SCRIPT, clear.url) == "open"
        assert tab.page.evaluate(SCRIPT, https.url) == "open"
    tab.context.close()


# --- what the bank does ---------------------------------------------------------------


def test_with_the_origin_checked_the_thief_gets_403_and_the_customer_the_balance(
    tab: Tab,
) -> None:
    with Bank(check_origin=True) as bank, Thief(bank) as thief:
        log_in(tab.page, bank)
        assert lure(tab.page, thief) == "closed (1006)"
        assert_nothing_was_lost(bank, thief)
        assert list(bank.log)[-2:] == [
            f"ada's cookie came from {thief.origin}",
            "Refused /: 403 Forbidden",
        ]
        [why] = tab.errors
        assert "403" in why
        tab.page.goto(web(bank))
        expect(tab.page.locator("#log")).to_have_text("ada has 1000\n")


def test_with_a_token_the_thief_is_sent_away_and_cannot_read_it(tab: Tab) -> None:
    with Bank(token=True) as bank, Thief(bank) as thief:
        log_in(tab.page, bank)
        assert lure(tab.page, thief) == "closed (1008): the token comes first"
        assert_nothing_was_lost(bank, thief)
        bank.log.wait_for("Refused: the first message was not the token")
        # The page that holds it is behind the same-origin policy, as HTTP is.
        fetched = tab.page.evaluate(
            """(url) => fetch(url, {credentials: "include"})
                .then((answer) => answer.text(), (error) => error.name)""",
            web(bank),
        )
        assert fetched == "TypeError"


def test_no_script_can_read_the_cookie(tab: Tab) -> None:
    with Bank() as bank:
        log_in(tab.page, bank)
        [cookie] = tab.context.cookies()
        assert cookie["name"] == "session"
        assert tab.page.evaluate("document.cookie") == ""


def test_a_program_can_claim_to_be_the_banks_page_but_needs_the_cookie(
    tab: Tab,
) -> None:
    with Bank(check_origin=True) as bank:
        log_in(tab.page, bank)
        [cookie] = tab.context.cookies()
        client = websocket.create_connection(
            bank.url,
            timeout=10,
            origin=bank.origin,
            cookie=f"{cookie['name']}={cookie['value']}",
        )
        client.send("pay eve 900")
        assert client.recv() == "paid eve 900, ada has 100"
        client.close()
        with pytest.raises(websocket.WebSocketBadStatusException, match="401"):
            websocket.create_connection(bank.url, timeout=10, origin=bank.origin)


def test_the_banks_page_asks_again(tab: Tab) -> None:
    with Bank(check_origin=True, token=True) as bank:
        log_in(tab.page, bank)
        bank.balances["ada"] = 7
        tab.page.get_by_role("button", name="Ask for the balance again").click()
        expect(tab.page.locator("#log")).to_have_text("ada has 1000\nada has 7\n")
    expect(tab.page.locator("#log")).to_contain_text("closed (1001)")
    assert tab.errors == []


def test_the_pages_keep_nobody_out(tab: Tab) -> None:
    with Bank() as bank, Thief(bank) as thief:
        tab.page.goto(web(bank))
        assert tab.faults() == []
        log_in(tab.page, bank)
        assert tab.faults() == []
        lure(tab.page, thief)
        assert tab.faults() == []


# --- what a notebook shows ----------------------------------------------------------


@contextlib.contextmanager
def notebook(
    shown: browser_page.InBrowser, *, base: str | None = None
) -> Iterator[EchoServer]:
    """Serve a page with an output in it, as JupyterLab does, hub and proxy included."""
    config = json.dumps({"baseUrl": base})
    head = f'<script id="jupyter-config-data" type="x">{config}</script>' * bool(base)

    def answer(connection: Any, request: Any) -> Any:
        if request.path.startswith(f"{base}proxy/"):
            return browser_page.respond("GET", "/favicon.ico")
        if request.path == "/":
            text = f"<!doctype html><title>A notebook</title>{head}{shown.element}"
            return browser_page.response(200, "OK", text, kind="text/html")
        return browser_page.respond("GET", "/favicon.ico")

    with EchoServer(process_request=answer) as server:
        yield server


def test_of_a_401_a_script_sees_1006_and_of_a_close_the_reason(tab: Tab) -> None:
    async def greet(connection: Any) -> None:
        await connection.recv()
        await connection.close(1008, "who are you?")

    with Bank() as bank, EchoServer(greet, page=True) as greeter:
        shown = knocks({"the bank": bank, "the greeter": greeter}, "a guess")
        with notebook(shown) as server:
            tab.page.goto(web(server))
            frame = tab.page.frame_locator("iframe")
            words = frame.get_by_role("log")
            frame.get_by_role("button", name="Knock").click()
            for line in (
                'the bank: error, close: code 1006, reason ""',
                'the greeter: open, close: code 1008, reason "who are you?"',
            ):
                expect(words).to_contain_text(line)
            bank.stop()
            frame.get_by_role("button", name="Knock").click()
            expect(words).to_contain_text("the bank: it has been stopped")


def test_each_link_opens_its_page_in_a_tab_of_its_own(tab: Tab) -> None:
    with Bank() as bank, Thief(bank) as thief:
        shown = browser_page.links({"the bank": bank, "kittens & more": thief})
        with notebook(shown) as server:
            tab.page.goto(web(server))
            frame = tab.page.frame_locator("iframe")
            expect(frame.get_by_role("link")).to_have_text(
                ["the bank", "kittens & more"]
            )
            titles = []
            for name in ("the bank", "kittens & more"):
                with tab.context.expect_page() as opened:
                    frame.get_by_role("link", name=name).click()
                titles.append(opened.value.title())
                assert opened.value.evaluate("window.opener") is None
            assert titles == ["The bank", "Pictures of kittens"]
            assert "one origin" not in frame.locator("body").inner_text()


def test_where_all_of_them_come_from_one_origin_the_links_say_so(tab: Tab) -> None:
    with Bank() as bank, Thief(bank) as thief:
        shown = browser_page.links({"the bank": bank, "a thief": thief})
        with notebook(shown, base="/user/ada/") as server:
            hub = web(server, "hub.example")
            tab.page.goto(hub)
            frame = tab.page.frame_locator("iframe")
            expect(frame.locator("body")).to_contain_text("they are one origin")
            links = frame.get_by_role("link").all()
            assert [link.get_attribute("href") for link in links] == [
                f"{hub}/user/ada/proxy/{one.port}/" for one in (bank, thief)
            ]


def test_a_server_that_is_gone_has_no_link(tab: Tab) -> None:
    with Bank() as bank, Thief(bank) as thief:
        shown = browser_page.links({"the bank": bank, "a thief": thief})
        thief.stop()
        with notebook(shown) as server:
            tab.page.goto(web(server))
            frame = tab.page.frame_locator("iframe")
            expect(frame.locator("body")).to_contain_text("cannot be reached")
            assert frame.get_by_role("link").count() == 0
