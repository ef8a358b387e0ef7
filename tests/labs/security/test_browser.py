"""What plays a browser brings the cookie, whosever page asks, and the origin."""

from typing import Any

import pytest

from wslib.labs.security.bank import Bank, Thief
from wslib.labs.security.browser import Browser, in_one_breath, knocks, visit
from wslib.server import EchoServer


def test_a_script_of_any_page_brings_the_users_cookie_and_its_own_origin() -> None:
    with Bank() as bank, Thief(bank) as thief:
        ada = Browser(bank, "ada")
        heard = ada.script(thief, "balance?", "pay eve 900")
        assert heard == ["ada has 1000", "paid eve 900, ada has 100"]
        bank.log.wait_for(f"ada's cookie came from {thief.origin}")
        assert Browser(bank, "eve").script(bank, "balance?") == ["eve has 900"]
        bank.log.wait_for(f"eve's cookie came from {bank.origin}")


def test_how_it_was_refused_is_told() -> None:
    with Bank(check_origin=True, token=True) as bank, Thief(bank) as thief:
        ada = Browser(bank, "ada")
        assert ada.script(thief, "pay eve 1") == ["refused: 403 Forbidden"]
        sent_away = ["closed: 1008 the token comes first"]
        assert ada.script(bank, "pay eve 1") == sent_away
        assert ada.script(bank, "pay eve 1", token=ada.token()[:-1]) == sent_away
        assert ada.script(bank, "balance?", token=ada.token()) == ["ada has 1000"]
        assert visit(bank, origin=bank.origin) == ["refused: 401 Unauthorized"]
        assert bank.balances == {"ada": 1000, "eve": 0}


def test_a_bank_without_tokens_writes_none_into_its_page() -> None:
    with Bank() as bank:
        assert Browser(bank, "ada").token() == ""


def test_what_comes_in_one_breath_is_there_before_any_close() -> None:
    heard: list[Any] = []

    async def careless(connection: Any) -> None:
        heard.append(await connection.recv())
        await connection.close(1008)
        async for message in connection:
            heard.append(message)

    with EchoServer(careless) as server:
        in_one_breath(server, "one", "two", "three")
    assert heard == ["one", "two", "three"]


def test_no_name_and_no_message_ends_the_script() -> None:
    with EchoServer() as server:
        shown = knocks({"</script>": server}, "</script>")
    assert shown.document.count("</script>") == 1
    with pytest.raises(AttributeError):
        knocks({"a": "no service"}, "")  # type: ignore[dict-item]
