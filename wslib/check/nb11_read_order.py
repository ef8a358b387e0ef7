"""Exercise 2 of notebook 11: a message is looked at before it is believed (RFC 8259).

An order is {"pay": "eve", "amount": 900}; whatever a stranger sends else is None.
"""

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Change, Mistake
from wslib.check.sandbox import Outcome, attempt, named
from wslib.check.values import plain_value
from wslib.check.verdict import Found, Verdict, brief, called

NAMES = {"pay", "amount"}


def ordered(
    text: str,
    *,
    tolerates: tuple[type[Exception], ...] = (ValueError, RecursionError),
    named: Callable[[Any], bool] = lambda o: type(o) is dict and o.keys() == NAMES,
    is_name: Callable[[Any], bool] = lambda to: type(to) is str,
    fits: Callable[[Any], bool] = lambda to: 1 <= len(to) <= 20,
    number: Callable[[Any], Any] = lambda amount: amount,
    whole: Callable[[Any], bool] = lambda amount: type(amount) is int,
    allowed: Callable[[Any], bool] = lambda amount: 1 <= amount <= 1000,
    gives: Callable[[Any, Any], Any] = lambda to, amount: (to, amount),
    refusal: Callable[[], Any] = lambda: None,
) -> Any:
    """Return whom to pay and how much, or None if it is no order."""
    try:
        order = json.loads(text)
        if named(order) and is_name(to := order["pay"]) and fits(to):
            amount = number(order["amount"])
            if whole(amount) and allowed(amount):
                return gives(to, amount)
    except tolerates:
        pass
    return refusal()


_ALL: Change = {"tolerates": (Exception,)}
_ANY: Change = {"whole": lambda n: True}
_TRY = "`json.loads` raises at what is no JSON. `try` it, and return None in `except`."
_KEYS = "Compare `order.keys()` with the set of the two."
# A table: its rows are filled to the width.
# fmt: off
_MISTAKES = [
    Mistake("nothing-caught", _TRY, tolerates=()),
    Mistake("only-json-errors", "`json.JSONDecodeError` is not all that `json.loads` "
        "raises: at 5,000 digits it is a ValueError, its parent, and at 100,000 "
        "brackets a RecursionError.", {"tolerates": (json.JSONDecodeError,
            RecursionError)}, tolerates=(json.JSONDecodeError,)),
    Mistake("recursion-not-caught", "`json.loads` calls itself for each bracket. Very "
        "many of them are a RecursionError, no ValueError.", tolerates=(ValueError,)),
    Mistake("more-names-accepted", f"An order has two names and no others. {_KEYS}",
        {"named": lambda o: True} | _ALL, {"named": lambda o: type(o) is dict} | _ALL,
        named=lambda o: type(o) is dict and o.keys() >= NAMES),
    Mistake("names-not-checked", "A name may be missing, and may be one too many. "
        f"{_KEYS}", named=lambda o: type(o) is dict),
    Mistake("not-an-object", "JSON may be a list, a text or a number, too. First see "
        "whether `type(order) is dict`.", {"named": lambda o: set(o) == NAMES},
        {"named": lambda o: True}, {"named": lambda o: o.keys() >= NAMES},
        {"named": lambda o: "pay" in o and "amount" in o},
        {"named": lambda o: len(o) == 2 and "pay" in o and "amount" in o},
        named=lambda o: o.keys() == NAMES),
    Mistake("true-is-a-number", "For Python, True is an int: `isinstance(True, int)`. "
        "`type(amount) is int` tells them apart.", whole=lambda n: isinstance(n, int)),
    Mistake("point-accepted", "5.0 has a point: `type(amount) is int`.",
        {"whole": lambda n: type(n) in (int, float) and n % 1 == 0},
        whole=lambda n: type(n) in (int, float)),
    Mistake("type-not-looked-at", "true and 5.0 lie between 1 and 1,000, too, and a "
        "text cannot be compared. `type(amount) is int` is what is asked for.", _ANY,
        _ANY | _ALL, {"whole": lambda n: isinstance(n, int | float) and n % 1 == 0},
        whole=lambda n: isinstance(n, int | float)),
    Mistake("made-a-number", "`int(…)` makes a number of much: of \"5\", of 5.9, of "
        "true. What comes in is looked at, not mended.", {"number": int},
        {"number": float} | _ANY | _ALL, number=int, **_ALL),
    Mistake("limit-refused", "The ends belong to it: 1 and 1,000, and 20 characters.",
        *({"allowed": lambda n, a=a, b=b: a <= n <= b} for a, b in (
            (1, 999), (2, 1000), (2, 999))), fits=lambda to: 1 <= len(to) < 20),
    Mistake("out-of-range", "An amount is from 1 to 1,000. Who pays -900 is paid.",
        {"allowed": lambda n: 0 <= n <= 1000}, {"allowed": lambda n: n <= 1000},
        {"allowed": lambda n: n > 0}, allowed=lambda n: True),
    Mistake("name-not-text", "A name is text: look at its type first. A list has a "
        "length, too, and a number has none.",
        {"is_name": lambda to: True} | _ALL, {"is_name": lambda to: True, "fits": lambda
            to: 1 <= len(str(to)) <= 20}, is_name=lambda to: True),
    Mistake("bytes-counted", "A name has 1 to 20 *characters*. In UTF-8 one may be "
        "several bytes.", fits=lambda to: 1 <= len(to.encode()) <= 20),
    Mistake("name-length", "A name has 1 to 20 characters.", {"fits": lambda to: True},
        {"fits": lambda to: len(to) <= 20}, fits=lambda to: len(to) >= 1),
    Mistake("not-the-two", "Return two values: first whom to pay, then how much.",
        {"gives": lambda to, n: {"pay": to, "amount": n}}, {"gives": lambda to, n: (n,
            to)}, {"gives": lambda to, n: (to, str(n))}, gives=lambda to, n: True),
    Mistake("refused-in-other-words", "What is no order is answered None, and nothing "
        "else.", *({"refusal": lambda no=no: no} for no in (
            False, (), "", "None", (None, None)))),
    Mistake("nothing-accepted", "Every order is refused. Is there a `return` for one "
        "that is right?", named=lambda o: False),
]
# fmt: on

_NO, _OBJECT = "It is no JSON: the answer is None.", "It is no object with two names."
_WHO, _WHOLE = "`pay` is text of 1 to 20 characters.", "`amount` is a whole number."
_RANGE = "`amount` is from 1 to 1,000."
_OK = "This is an order: return whom to pay and how much."
_MIXED = "This is an order: in JSON, what stands first and blanks mean nothing."
_NAME = "This is an order: any 1 to 20 characters are a name."
_EVE, _FIVE = '{"pay": "eve", "amount": %s}', '{"pay": %s, "amount": 5}'
_ODD = ["true", "5.0", "0.5", '"5"', "NaN", "1e400", "null", "[5]", "{}"]
_NOBODY = ['""', f'"{"x" * 21}"', "5", "null", '["eve"]', '{"eve": 1}', "true"]
# fmt: off
_CASES = {
    **{_EVE % amount: _OK for amount in (900, 5, 1, 1000)},
    **{_FIVE % f'"{name}"': _NAME for name in ("é", "Zoë 2 ", " ", "x" * 20, "ж" * 20)},
    '\n{"amount": 5,\n"pay": "Bob"}': _MIXED,
    **dict.fromkeys(("", "hello", "{'pay': 'eve', 'amount': 5}", "{"), _NO),
    **dict.fromkeys(("[]", "null", "5", '"pay amount"', '["pay", "amount"]'), _OBJECT),
    **dict.fromkeys(("{}", '{"pay": "eve"}', '{"amount": 5}'), "A name is missing."),
    '{"Pay": "eve", "amount": 5}': "`Pay` is another name than `pay`.",
    '{"pay": "eve", "amount": 5, "from": "ada"}': "There is a name too many.",
    **{_EVE % amount: _RANGE for amount in (0, -900, 1001, 10**400)},
    **{_EVE % amount: _WHOLE for amount in _ODD},
    **{_FIVE % name: _WHO for name in _NOBODY},
    _EVE % ("9" * 5000): "5,000 digits: the answer is None.",
    "[" * 100_000: "100,000 brackets: the answer is None.",
    '{"pay":' * 100_000: "100,000 brackets: the answer is None.",
}
# fmt: on


def _sampled(chance: random.Random) -> tuple[str]:
    """Return a text that is an order, or nearly."""
    names = ["eve", "Bob", "zoë", " x ", "x" * chance.randint(17, 23), "7"]
    others = ["", 7, None, ["eve"], {}, True, 1.5]
    near = [chance.randint(*ends) for ends in ((1, 1000), (1, 3), (998, 1000))]
    odd = [0, -1, 1001, 5.0, 0.5, True, False, "5", None, [5], float("nan"), 10**99]
    to = chance.choice(names if chance.random() < 0.85 else others)
    amount = chance.choice(near if chance.random() < 0.75 else odd)
    pairs = [("pay", to), ("amount", amount)]
    order = dict(pairs if chance.random() < 0.5 else pairs[::-1])
    if chance.random() < 0.15:
        other = [[to, amount], {"pay": to}, {"Pay": "eve"} | order, order | {"more": 1}]
        text = json.dumps(chance.choice(other))
    else:
        text = json.dumps(order, ensure_ascii=chance.random() < 0.5)
    return (text if chance.random() < 0.95 else text[: chance.randrange(len(text))],)


class _ReadOrder(Compared):
    """Looks at the code first: what is handed to `eval` runs."""

    def judge(self, answer: Any) -> Verdict:
        """Return the verdict."""
        verdict = super().judge(answer)
        names = getattr(getattr(answer, "__code__", None), "co_names", ())
        if verdict.right is None or not {"eval", "exec"} & {*names}:
            return verdict
        evidence = "Your function gives a stranger's text to `eval` or `exec`."
        hint = "Both run whatever stands in it, on your machine. `json.loads` reads it."
        return self.wrong("eval", evidence, hint)


_NEVER_RAISES = "Whatever a stranger sends, it never raises: look before you use it."


def _closer(call: Call, given: Any) -> str | Found:
    """Name what nothing else explains."""
    if isinstance(given, json.JSONDecodeError):
        return "nothing-caught", "", _TRY
    if isinstance(given, BaseException):
        return ("raises-not-none", "", _NEVER_RAISES) if call.expected is None else ""
    return ("let-in" if call.expected is None else "", "", call.hint)


def _refused(_: Any, calls: Sequence[Call], seen: Sequence[Outcome]) -> Found | None:
    """Judge None where an order is due: it is an answer, here."""
    pairs = zip(seen, calls, strict=False)
    outcome, call = next(pair for pair in pairs if not read_order.fulfils(*pair))
    if outcome.error or outcome.value is not None or read_order.remembers(calls, seen):
        return None
    hint = f"{call.hint} At which line of your function is it given up?"
    return "valid-refused", "", hint


# What may be refused or not, as the page says or as RFC 8259 does (4, 8.2), but may
# not make it raise, nor give anything else: the order, and what to look at.
# fmt: off
_EITHER = {
    '{"pay": "ada", "pay": "eve", "amount": 5}': (("eve", 5),
        "Of two names alike, `json.loads` keeps the last."),
    _FIVE % r'"\ud800"': (("\ud800", 5),
        "That is half a character, which JSON can say, and `.encode()` cannot."),
}
# fmt: on


def _further(answer: Any) -> Found | None:
    """Look at what may be refused, and at an amount of another type: 5.0 equals 5."""
    for text, (order, hint) in _EITHER.items():
        outcome = attempt(answer, text)
        seen = f"Each answer is right. But {called('read_order', (text,))} "
        if outcome.error is not None or outcome.timed_out:
            said = f"raised {named(outcome.error)}." if outcome.error else "has no end."
            return "raises-not-none", seen + said, f"{hint} {_NEVER_RAISES}"
        if plain_value(outcome.value, order) not in (order, None):
            return "let-in", f"{seen}gave {brief(outcome.value)}; it is {order}.", hint
    value = attempt(answer, _EVE % 5).value
    if type(value[1]) is int:
        return None
    evidence = f"Each answer is right, but that of 5 is {brief(value)}."
    return "not-whole", evidence, "Give the number back as it came."


read_order = _ReadOrder(
    "read_order",
    "`read_order(text) -> tuple[str, int] | None`. Exercise 2 of notebook 11.",
    takes=["text"],
    way=ordered,
    cases=[Case(text, hint=hint) for text, hint in _CASES.items()],
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="{cases} messages and 200 at random: orders are believed, nothing else is.",
    closer=_closer,
    unexplained=_refused,
    further=_further,
)
