"""Exercise 2 of notebook 11: answers in several styles, and the wrong ones by name."""

import json
import re
from typing import Any

import pytest
from hostile import assert_named, assert_right

from wslib import check


def guarded(text: str) -> Any:
    try:
        order = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if type(order) is not dict or order.keys() != {"pay", "amount"}:
        return None
    to, amount = order["pay"], order["amount"]
    if type(to) is not str or not 1 <= len(to) <= 20:
        return None
    if type(amount) is not int or not 1 <= amount <= 1000:
        return None
    return to, amount


def matched(text: str) -> Any:
    try:
        match json.loads(text):
            case {"pay": str(to), "amount": int(amount), **more} if not more:
                if to and len(to) <= 20 and amount is not True and 0 < amount < 1001:
                    return to, amount
    except Exception:
        pass
    return None


def unpacked(text: str) -> Any:
    def pay_and_amount(pay: Any, amount: Any) -> Any:
        assert isinstance(pay, str) and 0 < len(pay) < 21
        assert isinstance(amount, int) and not isinstance(amount, bool)
        assert amount in range(1, 1001)
        return pay, amount

    try:
        return pay_and_amount(**json.loads(text))
    except Exception:
        return None


def by_types(text: str) -> Any:
    try:
        order = json.loads(text)
        to, amount = order["pay"], order["amount"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    if (len(order), type(to), type(amount)) != (2, str, int):
        return None
    return [to, amount] if 0 < len(to) <= 20 and 0 < amount <= 1000 else None


def stricter(text: str) -> Any:
    """Refuse two names alike, and half a character: the page asks for neither."""
    alike = any(text.count(f'"{name}"') > 1 for name in ("pay", "amount"))
    try:
        return None if alike else guarded(json.dumps(json.loads(text.encode())))
    except (ValueError, RecursionError):
        return None


@pytest.mark.parametrize("function", [guarded, matched, unpacked, by_types, stricter])
def test_every_right_way_to_read_an_order_is_right(function: Any) -> None:
    assert_right(check.read_order(function))


def believes(text: str) -> Any:
    order = json.loads(text)
    return order["pay"], order["amount"]


def believes_what_does_not_raise(text: str) -> Any:
    try:
        order = json.loads(text)
        return order["pay"], order["amount"]
    except Exception:
        return None


def json_errors_only(text: str) -> Any:
    try:
        order = json.loads(text)
    except json.JSONDecodeError:
        return None
    return guarded(json.dumps(order))


def value_errors_only(text: str) -> Any:
    try:
        order = json.loads(text)
    except ValueError:
        return None
    return guarded(json.dumps(order))


def isinstance_int(text: str) -> Any:
    try:
        match json.loads(text):
            case {"pay": str(to), "amount": int(amount), **more} if not more:
                if to and len(to) <= 20 and 1 <= amount <= 1000:
                    return to, amount
    except (ValueError, RecursionError):
        pass
    return None


def additions_welcome(text: str) -> Any:
    try:
        match json.loads(text):
            case {"pay": str(to), "amount": int(amount)}:
                return guarded(json.dumps({"pay": to, "amount": amount}))
    except (ValueError, RecursionError):
        pass
    return None


def made_whole(text: str) -> Any:
    try:
        order = json.loads(text)
        to, amount = order["pay"], int(order["amount"])
        if len(order) == 2 and isinstance(to, str) and 1 <= len(to) <= 20:
            return (to, amount) if 1 <= amount <= 1000 else None
    except Exception:
        pass
    return None


def no_limit_and_true(text: str) -> Any:
    try:
        order = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if type(order) is not dict or order.keys() != {"pay", "amount"}:
        return None
    if not isinstance(order["amount"], int) or order["amount"] < 1:
        return None
    to = order["pay"]
    good = type(to) is str and 1 <= len(to) <= 20
    return (to, order["amount"]) if good else None


def searched(text: str) -> Any:
    found = re.search(r'"pay": *"([^"]{1,20})", *"amount": *(\d+)\b', text)
    return (found[1], int(found[2])) if found and int(found[2]) <= 1000 else None


def no_bob(text: str) -> Any:
    order = guarded(text)
    return None if order and order[0] == "Bob" else order


def in_capitals(text: str) -> Any:
    order = guarded(text)
    return order and (order[0].upper(), order[1])


def looks_up_first(text: str) -> Any:
    try:
        order = json.loads(text)
    except (ValueError, RecursionError):
        return None
    order["pay"].upper()
    return guarded(text)


def with_a_point(text: str) -> Any:
    order = guarded(text)
    return order and (order[0], float(order[1]))


def once(text: str, seen: Any = set()) -> Any:  # noqa: B006
    order = None if text in seen else guarded(text)
    seen.add(text)
    return order


def encoded(text: str) -> Any:
    order = guarded(text)
    return (order[0].encode().decode(), order[1]) if order else None


def first_of_two(text: str) -> Any:
    def first(pairs: Any) -> Any:
        return dict(pairs[::-1])

    try:
        order = json.loads(text, object_pairs_hook=first)
    except (ValueError, RecursionError):
        return None
    return guarded(json.dumps(order))


WRONG: list[tuple[Any, str, str]] = [
    (believes, "nothing-caught", "`except`"),
    (believes_what_does_not_raise, "let-in", "the answer is None"),
    (json_errors_only, "only-json-errors", "its parent"),
    (value_errors_only, "recursion-not-caught", "no ValueError"),
    (isinstance_int, "true-is-a-number", "gave ('eve', True); the answer is None"),
    (additions_welcome, "more-names-accepted", "no others"),
    (made_whole, "made-a-number", "looked at, not mended"),
    (no_limit_and_true, "true-is-a-number+out-of-range", " And: "),
    (searched, "valid-refused", "('Bob', 5)"),
    (no_bob, "valid-refused", "the answer is ('Bob', 5)"),
    (in_capitals, "wrong-answer", "yours  ('EVE', 900)"),
    (looks_up_first, "raises-not-none", "it never raises"),
    (with_a_point, "not-whole", "('eve', 5.0)"),
    (encoded, "raises-not-none", "half a character"),
    (first_of_two, "let-in", "`json.loads` keeps the last"),
    (once, "not-the-same-twice", "The same call came twice"),
    (lambda text: json.loads(text), "wrong-type", "whom to pay and how much"),
    (lambda text: bool(guarded(text)) or None, "not-the-two", "how much"),
    (lambda text: guarded(text) or False, "refused-in-other-words", "None"),
    (lambda text: guarded(text) and guarded(text)[0], "wrong-type", "gave 'eve'"),
    (lambda text: ("eve", 900), "always-the-same", "compute it"),
    (lambda text: print(end=""), "nothing-accepted", "`return`"),
    (lambda to, amount: (to, amount), "arguments", "text"),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG)
def test_the_mistake_in_reading_an_order_is_named(
    function: Any, mistake: str, says: str
) -> None:
    assert_named(check.read_order(function), mistake, says)


def test_whoever_hands_a_strangers_text_to_eval_is_told_what_that_does() -> None:
    def evaluated(text: str) -> Any:
        try:
            order = eval(text, {"true": True, "false": False, "null": None})
            to, amount = order["pay"], order["amount"]
        except Exception:
            return None
        return (to, amount) if type(amount) is int and 0 < amount < 1001 else None

    verdict = check.read_order(evaluated)
    assert_named(verdict, "eval", "on your machine. `json.loads` reads it")
