"""The bank and the thief without a browser: who is let in, what is written down."""

import contextlib
import http.client
import re
from collections.abc import Iterator
from typing import Any

import pytest
import websocket

from wslib import page
from wslib.frames import Frame, Opcode
from wslib.labs.security import bank as bank_module
from wslib.labs.security.bank import Bank, Thief
from wslib.raw_client import RawClient
from wslib.relay.proxy import RecordingProxy


@contextlib.contextmanager
def at(bank: Any, cookie: str | None, **options: Any) -> Iterator[websocket.WebSocket]:
    client = websocket.create_connection(bank.url, timeout=10, cookie=cookie, **options)
    try:
        yield client
    finally:
        client.close()
        client.shutdown()


def asked(client: websocket.WebSocket, message: str) -> str:
    client.send(message)
    return str(client.recv())


def refusal(bank: Bank, cookie: str | None, **options: Any) -> int:
    """Return the status with which an opening handshake is refused."""
    with (
        pytest.raises(websocket.WebSocketBadStatusException) as caught,
        at(bank, cookie, **options),
    ):
        pass
    return int(caught.value.status_code)


def get(
    bank: Any, target: str = "/", **headers: str
) -> tuple[http.client.HTTPResponse, str]:
    browser = http.client.HTTPConnection(bank.host, bank.port, timeout=10)
    with contextlib.closing(browser):
        browser.request("GET", target, headers=headers)
        response = browser.getresponse()
        return response, response.read().decode()


def token_in(text: str) -> str:
    [token] = re.findall('<meta name="token" content="(.*?)">', text)
    return str(token)


# --- what a bank does -----------------------------------------------------------------


def test_the_cookie_says_who_asks() -> None:
    with Bank() as bank, at(bank, bank.login("ada")) as ada:
        assert asked(ada, "balance?") == "ada has 1000"
        assert asked(ada, "pay eve 900") == "paid eve 900, ada has 100"
        with at(bank, bank.login("eve")) as eve:
            assert asked(eve, "balance?") == "eve has 900"
        assert bank.balances == {"ada": 100, "eve": 900}


@pytest.mark.parametrize(
    ("order", "answer"),
    [
        ("pay eve 1000", "paid eve 1000, ada has 0"),
        ("pay ada 5", "paid ada 5, ada has 1000"),
        ("pay eve 1001", "not paid, ada has only 1000"),
        ("pay eve 999999999", "not paid, ada has only 1000"),
    ],
)
def test_only_what_is_there_can_be_paid(order: str, answer: str) -> None:
    with Bank() as bank, at(bank, bank.login("ada")) as ada:
        assert asked(ada, order) == answer
        assert sum(bank.balances.values()) == 1000
        assert min(bank.balances.values()) >= 0


@pytest.mark.parametrize(
    "order",
    [
        "pay eve -900",
        "pay eve 0",
        "pay eve 1.5",
        "pay eve ٣",
        "pay bob 1",
        "pay eve " + "9" * 5000,
        "pay eve 1\n",
        "Balance?",
        "",
    ],
)
def test_what_is_no_order_is_answered_with_what_is_one(order: str) -> None:
    with Bank() as bank, at(bank, bank.login("ada")) as ada:
        assert asked(ada, order) == "balance? or pay ada|eve AMOUNT"
        ada.send_binary(b"balance?")
        assert ada.recv() == "balance? or pay ada|eve AMOUNT"
        assert bank.balances == {"ada": 1000, "eve": 0}


@pytest.mark.parametrize(
    "cookie", [None, "session=", "session=guessed", "session", "x=session=y", ";=;"]
)
def test_without_a_session_nobody_is_served(cookie: str | None) -> None:
    with Bank() as bank:
        bank.login("ada")
        assert refusal(bank, cookie, origin="http://a") == 401
        assert list(bank.log)[-2:] == [
            "Somebody without a session came from http://a",
            "Refused /: 401 Unauthorized",
        ]


def test_a_401_names_a_way_in() -> None:
    with Bank() as bank, pytest.raises(websocket.WebSocketBadStatusException) as no:
        websocket.create_connection(bank.url, timeout=10)
    headers = no.value.resp_headers
    assert headers is not None and headers["www-authenticate"].startswith("Cookie ")


def test_cookies_of_other_ports_come_along_and_do_no_harm() -> None:
    others = 'a; =; _xsrf=2|1; username-127-0-0-1="2|1:0|x{}"; session=of-another-bank'
    with Bank() as bank, at(bank, f"{others}; {bank.login('ada')}; z=1") as ada:
        assert asked(ada, "balance?") == "ada has 1000"


def test_two_cookie_fields_are_read_as_one() -> None:
    with Bank() as bank:
        name, _, value = bank.login("ada").partition("=")
        fields = [("Cookie", "a=b"), ("Cookie", f"{name}={value}")]
        RawClient(bank, headers=fields).close()
        bank.log.wait_for("ada's cookie came from no origin")


def test_there_is_no_customer_whom_the_bank_does_not_know() -> None:
    with Bank() as bank:
        for name in ("mallory", "", "ada&user=x/../é", "a\r\nb"):
            with pytest.raises(ValueError, match="no customer"):
                bank.login(name)
        assert get(bank, "/login")[0].status == 404


def test_every_login_is_a_session_of_its_own_that_cannot_be_guessed() -> None:
    with Bank() as bank:
        cookies = {bank.login("ada") for _ in range(5)}
    assert len(cookies) == 5
    assert all(re.fullmatch(r"session=[\w-]{22}", cookie) for cookie in cookies)


@pytest.mark.parametrize(
    ("same_site", "attributes"),
    [
        ("Strict", ["HttpOnly", "SameSite=Strict"]),
        ("Lax", ["HttpOnly", "SameSite=Lax"]),
        ("None", ["HttpOnly", "SameSite=None", "Secure"]),
        ("", ["HttpOnly"]),
    ],
)
def test_the_cookie_is_marked_as_asked(same_site: Any, attributes: list[str]) -> None:
    with Bank(same_site=same_site) as bank:
        response, _ = get(bank, "/login?user=ada")
    assert (response.status, response.headers["Location"]) == (303, "./")
    assert response.headers["Set-Cookie"].split("; ")[1:] == attributes


def test_the_page_is_the_customers_and_others_are_shown_the_way_in() -> None:
    with Bank() as bank:
        response, text = get(bank, Cookie=bank.login("ada"))
        assert "You are ada." in text and token_in(text) == ""
        policy = response.headers["Content-Security-Policy"]
        own = page.policy(bank_module.BANK_PAGE)
        assert policy == f"{own}; frame-ancestors 'none'" and own != page.POLICY
        assert response.headers["Cache-Control"] == "no-store"
        assert 'href="login?user=ada"' in get(bank)[1]
        assert get(bank, "/favicon.ico")[0].status == 204
        assert get(bank, "/elsewhere")[0].status == 404


def test_a_bank_that_was_stopped_is_found_where_it_was_and_knows_its_origin() -> None:
    bank = Bank(check_origin=True).start()
    origin, cookie = bank.origin, bank.login("ada")
    bank.stop()
    with bank, at(bank, cookie, origin=origin) as ada:
        assert bank.origin == origin == f"http://127.0.0.1:{bank.port}"
        assert asked(ada, "balance?") == "ada has 1000"


# --- the defences ---------------------------------------------------------------------


def test_undefended_the_bank_serves_a_script_from_anywhere() -> None:
    with Bank() as bank, Thief(bank) as thief:
        with at(bank, bank.login("ada"), origin=thief.origin) as robbed:
            assert asked(robbed, "pay eve 900") == "paid eve 900, ada has 100"
        bank.log.wait_for(f"ada's cookie came from {thief.origin}")


def test_with_the_check_only_the_banks_own_pages_are_served() -> None:
    with Bank(check_origin=True) as bank, Thief(bank) as thief:
        cookie = bank.login("ada")
        for origin in (
            thief.origin,
            "null",
            f"{bank.origin}.example",
            "http://127.0.0.1",
        ):
            assert refusal(bank, cookie, origin=origin) == 403
        assert refusal(bank, cookie, suppress_origin=True) == 403
        with at(bank, cookie, origin=bank.origin) as ada:
            assert asked(ada, "balance?") == "ada has 1000"
        assert bank.balances["eve"] == 0


def test_a_program_may_claim_any_origin_and_still_needs_the_cookie() -> None:
    with Bank(check_origin=True) as bank:
        assert refusal(bank, None, origin=bank.origin) == 401
        stolen = bank.login("ada")
        with at(bank, stolen, origin=bank.origin) as program:  # no browser, no page
            assert asked(program, "balance?") == "ada has 1000"


def test_with_a_token_the_first_message_must_be_the_one_in_the_page() -> None:
    with Bank(token=True) as bank:
        cookie = bank.login("ada")
        token = token_in(get(bank, Cookie=cookie)[1])
        assert re.fullmatch(r"[\w-]{22}", token) and token not in cookie
        with at(bank, cookie) as ada:
            ada.send(token)
            assert asked(ada, "balance?") == "ada has 1000"
        with at(bank, cookie) as ada:
            ada.send_binary(token.encode())
            assert asked(ada, "balance?") == "ada has 1000"


@pytest.mark.parametrize("first", ["balance?", "pay eve 900", "", "né"])
def test_whoever_does_not_know_the_token_is_sent_away(first: str) -> None:
    with Bank(token=True) as bank, at(bank, bank.login("ada")) as thief:
        thief.send(first)
        assert thief.recv_data() == (8, b"\x03\xf0the token comes first")
        bank.log.wait_for("Refused: the first message was not the token")
        assert bank.balances["eve"] == 0


def test_whoever_never_sends_the_token_is_sent_away_in_the_end() -> None:
    with Bank(token=True) as bank:
        bank.patience = 0.1
        with at(bank, bank.login("ada")) as silent:
            assert silent.recv_data() == (8, b"\x03\xf0the token comes first")


def test_no_letters_of_a_token_are_taken_for_a_place_to_fill_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("secrets.token_urlsafe", lambda size: "abcWHOdefTOKENghi_jklm")
    with Bank(token=True) as bank:
        page = get(bank, Cookie=bank.login("ada"))[1]
        assert token_in(page) == "abcWHOdefTOKENghi_jklm" and "You are ada." in page


def test_an_order_right_behind_a_wrong_token_is_not_carried_out() -> None:
    orders = [
        Frame(opcode=Opcode.TEXT, payload=text, masking_key=b"abcd").serialize()
        for text in (b"guessed", b"pay eve 900")
    ]
    with Bank(token=True) as bank:
        with RawClient(bank, headers=[("Cookie", bank.login("ada"))]) as thief:
            thief.send(b"".join(orders))
            assert thief.frames(1)[0].opcode is Opcode.CLOSE
        bank.stop()  # every handler has ended
        assert bank.balances == {"ada": 1000, "eve": 0}


def test_the_token_of_one_customer_does_not_let_in_another() -> None:
    with Bank(token=True) as bank:
        eves = token_in(get(bank, Cookie=bank.login("eve"))[1])
        with at(bank, bank.login("ada")) as thief:
            thief.send(eves)
            assert thief.recv_data()[0] == 8


def test_the_log_holds_no_cookie_and_no_token() -> None:
    with Bank(token=True) as bank:
        cookie = bank.login("ada")
        token = token_in(get(bank, Cookie=cookie)[1])
        with at(bank, cookie, origin="http://a") as ada:
            ada.send(token)
            assert asked(ada, "balance?") == "ada has 1000"
        with at(bank, cookie, origin="http://b") as thief:
            thief.send(token[:-1])
            thief.recv_data()
        log = str(bank.log)
    assert token[:-1] not in log and cookie.partition("=")[2] not in log
    assert log.splitlines() == [
        "ada has logged in",
        "Answered /login?…: 303 See Other",
        "Answered /: 200 OK",
        "ada's cookie came from http://a",
        "Said to ada: ada has 1000",
        "ada's cookie came from http://b",
        "Refused: the first message was not the token",
    ]


def test_whoever_drops_the_connection_leaves_no_error_behind() -> None:
    with Bank(token=True) as bank, Thief(bank) as thief:
        for service, fields in ((bank, bank.login("ada")), (thief, "")):
            with RawClient(service, headers=[("Cookie", fields)]):
                pass
        assert "failed" not in str(bank.log) + str(thief.log)


# --- the thief ------------------------------------------------------------------------


def test_the_thiefs_page_goes_to_the_bank_or_to_a_relay_before_it() -> None:
    with Bank() as bank, RecordingProxy(bank.url) as relay:
        for target in (bank, relay):
            with Thief(target) as thief:
                response, text = get(thief)
                assert f'<meta name="bank" content="{target.url}">' in text
                assert response.headers["Content-Type"] == "text/html; charset=utf-8"
                assert get(thief, "/favicon.ico")[0].status == 204


def test_what_is_sent_home_is_loot() -> None:
    with Bank() as bank, Thief(bank) as thief, at(thief, None) as script:
        script.send("ada has 1000")
        assert thief.log.wait_for("home") == "Sent home: 'ada has 1000'"
        assert thief.loot == ["ada has 1000"]


# --- the files ------------------------------------------------------------------------


@pytest.mark.parametrize("text", [bank_module.BANK_PAGE, bank_module.THIEF_PAGE])
def test_the_pages_need_nothing_from_anywhere_and_show_text_as_text(text: str) -> None:
    assert "//" not in re.sub(r"//\s.*", "", text)
    assert "innerHTML" not in text
    assert max(map(len, text.splitlines())) <= 112


def test_each_mark_that_is_filled_in_stands_in_the_page_once() -> None:
    for mark, text in [
        ("TOKEN", bank_module.BANK_PAGE),
        ("WHO", bank_module.BANK_PAGE),
        ("BANK", bank_module.THIEF_PAGE),
    ]:
        assert text.count(mark) == 1
