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


# A table: its rows are filled to the width.
# fmt: off
_MISTAKES = [
    Mistake("case-sensitive", "Tokens are compared without regard to case, and this "
        "compares with it. Some proxies write `upgrade`.", case=lambda v, t: (v, t)),
    Mistake("one-side-lower-case", "Only the value was put in lower case. Do the same "
        "to the token.", case=lambda v, t: (v.lower(), t)),
    Mistake("one-side-lower-case", "Only the token was put in lower case. Do the same "
        "to the value.", case=lambda v, t: (v, t.lower())),
    Mistake("one-side-capitals", "Only the token was put in a case of its own. Do the "
        "same to the value.", case=lambda v, t: (v, t.capitalize())),
    Mistake("token-ignored", "It looks for Upgrade, whatever token it is given.",
        case=lambda v, t: (v.lower(), "upgrade")),
    Mistake("whole-value", "The whole value was compared with the token. Browsers send "
        "`keep-alive, Upgrade`: the value is a list, separated by commas.",
        split=lambda value: [value]),
    Mistake("comma-and-space", "Splitting at comma-and-space misses "
        "`keep-alive,Upgrade`. Split at the comma and strip each item.",
        split=lambda value: value.split(", ")),
    Mistake("split-at-spaces", "Spaces do not separate tokens; commas do. `Upgrade "
        "close` is one item, and not a token at all.",
        {"split": lambda value: re.split("[, ]+", value)},
        split=lambda value: value.replace(",", " ").split()),
    Mistake("split-at-spaces-only", "`split()` cuts at spaces and leaves the commas in "
        "the items. Commas separate them: `split(',')`.", split=str.split),
    Mistake("split-at-spaces-only", "This cuts at spaces and takes the commas off. The "
        "space is optional: `keep-alive,Upgrade` has none. Split at the commas.",
        split=lambda value: [item.strip(",") for item in value.split()]),
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
    Mistake("stripped-on-one-side", "Only the spaces before an item are taken off. "
        "There may be some behind.",
        {"split": lambda value: re.split(r",\s*", value), "strip": str},
        strip=str.lstrip),
    Mistake("stripped-on-one-side", "Only the spaces behind an item are taken off. "
        "There may be some before.", strip=str.rstrip),
    Mistake("tabs-left", "Spaces are taken off, and tabs are not. Both mean nothing "
        "around a comma.", strip=lambda item: item.strip(" ")),
    Mistake("tabs-left", "Spaces are taken out, and tabs are not; and a space inside "
        "an item does mean something. Strip each item instead.",
        strip=lambda item: item.replace(" ", "")),
    Mistake("spaces-inside-lost", "Spaces were taken out everywhere, so `up grade` "
        "became `upgrade`. Only those around an item mean nothing: strip each one.",
        strip=lambda item: "".join(item.split())),
    Mistake("substring", "`in` on text finds parts of words: Upgrade-Insecure-Requests "
        "is not Upgrade. Split at the commas and compare whole tokens.",
        found=_any(lambda item, token: token in item)),
    Mistake("starts-with", "An item that begins with the token is not the token.",
        found=_any(str.startswith)),
    Mistake("ends-with", "An item that ends with the token is not the token.",
        found=_any(str.endswith)),
    Mistake("part-of-token", "This asks whether an item is part of the token. An empty "
        "item is part of every text, and `up` of Upgrade. Compare whole tokens.",
        found=_any(lambda item, token: item in token)),
    Mistake("part-of-token", "This asks whether an item is part of the token, as `up` "
        "is of Upgrade. Compare whole tokens.",
        found=_any(lambda item, token: item and item in token)),
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
    Mistake("stops-at-an-empty-item", "An empty item ended the search. It is allowed, "
        "and means nothing.",
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
_CASES = {
    ("close", "Upgrade"): "The token is not in it.",
    ("Upgrade", "Upgrade"): "The value is the token, and nothing else.",
    ("upgrade", "Upgrade"): "Tokens are compared without regard to case.",
    ("WebSocket", "websocket"): "Neither side's case counts.",
    ("websocket", "WebSocket"): "Neither side's case counts.",
    ("keep-alive, Upgrade", "Upgrade"): "This is what Firefox sends: two items, "
    "with a comma and a space between them.",
    ("Upgrade-Insecure-Requests", "Upgrade"): "The letters are in it, but as part of a "
    "longer token.",
    ("close, upgrade", "upgrade"): "A comma separates, and a space may be.",
    ("close,upgrade", "upgrade"): "The space behind a comma is optional.",
    ("upgrade, close", "upgrade"): "The order of the items means nothing.",
    ("upgrade , close", "upgrade"): "A space before the comma is, too.",
    ("close ,\tupgrade ", "upgrade"): "Spaces and tabs may stand on both sides of a "
    "comma, and at the ends.",
    ("h2c, upgrade, close", "upgrade"): "It may stand in the middle.",
    ("h2c, close, upgrade", "upgrade"): "It may stand anywhere.",
    ("upgrade, upgrade", "upgrade"): "Said twice, it is said.",
    ("h2c, , websocket", "websocket"): "An empty item is allowed and means nothing "
    "(RFC 9110, section 5.6.1).",
    ("", "upgrade"): "An empty value holds no token.",
    ("trailer, close", "upgrade"): "Other tokens, if as long.",
    ("close, no-upgrade", "upgrade"): "A part of a token is no token.",
    ("upgraded", "upgrade"): "One letter more is another token.",
    ("up, grade", "upgrade"): "Part of the token is not the token.",
    ("up grade", "upgrade"): "A space inside an item is part of it.",
    ("upgrade close", "upgrade"): "A space does not separate tokens.",
    ("close; upgrade", "upgrade"): "A semicolon does not separate tokens, either.",
}


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
    cases=[Case(*asked, hint=hint) for asked, hint in _CASES.items()],
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="{cases} values, among them those that broke real servers, and 200 more at "
    "random.",
)
