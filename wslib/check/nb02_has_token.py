"""Exercise 2 of notebook 02: is the token in the list? RFC 9110, sections 5.6.1, 7.6.1.

The wrong ways are those of real servers, which broke when Firefox came by.
"""

import random
import re
from collections.abc import Callable
from typing import Any

from wslib.check.cases import Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Mistake


def holds(
    value: str,
    token: str,
    *,
    case: Callable[[str, str], tuple[str, str]] = lambda v, t: (v.lower(), t.lower()),
    split: Callable[[str], list[str]] = lambda value: value.split(","),
    strip: Callable[[str], str] = lambda item: item.strip(" \t"),
    found: Callable[[list[str], str], bool] = lambda items, token: token in items,
) -> bool:
    """Take the value's items one by one, and look for the token."""
    value, token = case(value, token)
    return found([strip(item) for item in split(value)], token)


def _any(match: Callable[[str, str], Any]) -> Callable[[list[str], str], bool]:
    """Return the way to find an item that matches the token."""
    return lambda items, token: any(match(item, token) for item in items)


# fmt: off
_MISTAKES = [
    Mistake("case-sensitive", "Tokens are compared without regard to case, and this "
        "compares with it. Some proxies write `upgrade`.", case=lambda v, t: (v, t)),
    Mistake("one-side-lower-case", "Only one of the two was put in lower case. Do the "
        "same to the other: to the token and to the value.",
        {"case": lambda v, t: (v, t.lower())}, case=lambda v, t: (v.lower(), t)),
    Mistake("token-ignored", "It looks for Upgrade, whatever token it is given.",
        case=lambda v, t: (v.lower(), "upgrade")),
    Mistake("whole-value", "The whole value was compared with the token. Firefox sent "
        "`keep-alive, Upgrade` for years: the value is a list, separated by commas.",
        split=lambda value: [value]),
    Mistake("comma-and-space", "Splitting at comma-and-space misses "
        "`keep-alive,Upgrade`. Split at the comma and strip each item.",
        {"split": lambda value: value.split(", "), "strip": str},
        split=lambda value: value.split(", ")),
    Mistake("split-at-spaces", "Spaces do not separate tokens; commas do. `Upgrade "
        "close` is one item, and not a token at all.",
        {"split": lambda value: re.split("[, ]+", value)},
        split=lambda value: value.replace(",", " ").split()),
    Mistake("split-at-spaces-only", "`split()` cuts at spaces. They are optional: "
        "`keep-alive,Upgrade` has none. Commas separate the items: `split(',')`.",
        {"split": lambda value: [item.strip(",") for item in value.split()]},
        split=str.split),
    Mistake("semicolon-too", "Items are separated by commas alone. A semicolon is part "
        "of an item.", split=lambda value: re.split("[,;]", value)),
    Mistake("word-boundary",
        r"This takes a hyphen for the end of a word (`\b` and `\w` do), so "
        "Upgrade-Insecure-Requests counts as Upgrade. Split at the commas instead.",
        {"split": lambda v: [v], "found": _any(lambda i, t: re.search(rf"\b{t}\b", i))},
        split=lambda value: re.findall(r"\w+", value)),
    Mistake("two-items-at-most", "Only the first comma separates here. A list may be "
        "longer than two.", split=lambda value: value.split(",", 1)),
    Mistake("not-stripped", "The items keep the spaces around the commas. Strip each "
        "one. (`strip` changes no text: it returns a new one.)", strip=str),
    Mistake("stripped-on-one-side", "Spaces are taken off on one side of an item only. "
        "There may be some before it, and some behind.",
        {"split": lambda value: re.split(r",\s*", value), "strip": str},
        {"strip": str.lstrip}, strip=str.rstrip),
    Mistake("tabs-left", "Spaces are taken off, and tabs are not. Both mean nothing "
        "around a comma; inside an item they do. Strip each item.",
        {"strip": lambda item: item.strip(" ")},
        strip=lambda item: item.replace(" ", "")),
    Mistake("spaces-inside-lost", "Spaces were taken out everywhere, so `up grade` "
        "became `upgrade`. Only those around an item mean nothing: strip each one.",
        strip=lambda item: "".join(item.split())),
    Mistake("substring", "`in` on text finds parts of words: Upgrade-Insecure-Requests "
        "is not Upgrade. Split at the commas and compare whole tokens.",
        found=_any(lambda item, token: token in item)),
    *(Mistake(name, "What begins or ends with the token is not the token. Compare all "
        "of it.", {"split": lambda value: [value], "strip": str, "found": _any(match)},
        found=_any(match)) for name, match in (("starts-with", str.startswith),
            ("ends-with", str.endswith))),
    Mistake("part-of-token", "This asks whether an item is part of the token, as `up` "
        "is of Upgrade, and an empty item of every text. Compare whole tokens.",
        {"found": _any(lambda item, token: item and item in token)},
        found=_any(lambda item, token: item in token)),
    Mistake("first-item-only", "Only the first item was looked at. (A `return` inside "
        "the loop, for yes *and* for no, ends it at once.)",
        found=lambda items, token: items[0] == token),
    Mistake("last-item-only", "Only the last item counts here. (Does each turn of a "
        "loop overwrite what the one before found?)",
        found=lambda items, token: items[-1] == token),
    Mistake("every-item", "This is true only if *every* item is the token: `all`, "
        "where `any` is meant.",
        found=lambda items, token: all(item == token for item in items)),
    Mistake("not-the-first", "The first item does not count here. Positions start at "
        "0, so `> 0` leaves the first out.",
        found=lambda items, token: token in items[1:]),
    Mistake("stops-at-an-empty-item", "An empty item ended the search. Whoever reads "
        "one must skip it.",
        found=lambda items, token: token in items[: (*items, "").index("")]),
    Mistake("pattern-not-escaped", "The token went into the pattern as it is, and "
        "there a `.` stands for any character: `re.escape(token)`.",
        found=_any(lambda item, token: re.fullmatch(token, item))),
    Mistake("yes-and-no-swapped", "True and False are the wrong way round.",
        found=_any(lambda item, token: item != token)),
]
# fmt: on

# What it is given, the plainest first. Each later one tells two mistakes apart; from
# "close, upgrade" on in lower case, so that case hides nothing else.
# fmt: off
_CASES = [
    Case("close", "Upgrade", hint="The token is not in it."),
    Case("Upgrade", "Upgrade", hint="The value is the token, and nothing else."),
    Case("upgrade", "Upgrade", hint="Tokens are compared without regard to case."),
    Case("WebSocket", "websocket", hint="Neither side's case counts."),
    Case("websocket", "WebSocket", hint="Neither side's case counts."),
    Case("keep-alive, Upgrade", "Upgrade", hint="This is what Firefox sent for "
        "years: two items, with a comma and a space between them."),
    Case("Upgrade-Insecure-Requests", "Upgrade", hint="The letters are in it, but as "
        "part of a longer token."),
    Case("close, upgrade", "upgrade", hint="A comma separates, and a space may be."),
    Case("close,upgrade", "upgrade", hint="The space behind a comma is optional."),
    Case("upgrade, close", "upgrade", hint="The order of the items means nothing."),
    Case("upgrade , close", "upgrade", hint="A space before the comma is, too."),
    Case("close ,\tupgrade ", "upgrade", hint="Spaces and tabs may stand on both sides "
        "of a comma, and at the ends."),
    Case("h2c, upgrade, close", "upgrade", hint="It may stand in the middle."),
    Case("h2c, close, upgrade", "upgrade", hint="It may stand anywhere."),
    Case("upgrade, upgrade", "upgrade", hint="Said twice, it is said."),
    Case("h2c, , websocket", "websocket", hint="Nobody may send an empty item, "
        "and whoever reads one must skip it (RFC 9110, section 5.6.1)."),
    Case("", "upgrade", hint="An empty value holds no token."),
    Case("trailer, close", "upgrade", hint="Other tokens, if as long."),
    Case("close, no-upgrade", "upgrade", hint="A part of a token is no token."),
    Case("upgraded", "upgrade", hint="One letter more is another token."),
    Case("up, grade", "upgrade", hint="Part of the token is not the token."),
    Case("up grade", "upgrade", hint="A space inside an item is part of it."),
    Case("upgrade close", "upgrade", hint="A space does not separate tokens."),
    Case("close; upgrade", "upgrade", hint="A semicolon does not separate tokens, "
        "either."),
]
# fmt: on


def _sampled(chance: random.Random) -> tuple[str, str]:
    """Return a list of a few items, tokens and others, and a token, in any case."""
    token = chance.choice(["upgrade", "websocket", "h2c", "keep-alive", "chat.v1"])
    near = [
        *("close", "upgrade", "te", "", "", f"{token}d", f"no-{token}", token[:-1]),
        *(f"{token}-x", f"{token[0]} {token[1:]}", f"{token} te", f"te;{token}"),
        *(token.replace(".", "x"), token[1:], f"{token}/1", f"{token};q=1"),
        *(f'"{token}"', token.replace("-", ""), token.replace(".", "")),
    ]
    some = [token] * 4 + near
    items = [chance.choice(some) for _ in range(chance.choice([0, 1, 2, 2, 3, 4, 6]))]
    spaces = ["", "", " ", "\t", " \t "]
    value = ",".join(chance.choice(spaces) + i + chance.choice(spaces) for i in items)
    cases: list[Callable[[str], str]] = [str, str.lower, str.upper, str.title]
    return chance.choice(cases)(value), chance.choice(cases)(token)


has_token = Compared(
    "has_token",
    "`has_token(value, token) -> bool`. Exercise 2 of notebook 02.",
    takes=["value", "token"],
    way=holds,
    cases=_CASES,
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="{cases} values, among them those that broke real servers, and 200 more at "
    "random.",
)
