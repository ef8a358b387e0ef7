"""The way from a header's value to "yes, the token is in it", and the wrong turns.

Each tuple is one step of RFC 9110, section 5.6.1 (lists) and section 7.6.1 (Connection,
whose options have no case); its right turn comes first. The wrong turns are those of
real servers. They combine, as in :mod:`wslib.check.accept_route`.
"""

import re
from collections.abc import Callable
from typing import Any

from wslib.check.attempt import Turn

Pair = tuple[Any, str]  # what is left of the value, and the token


def _split(split: Callable[[str], list[str]]) -> Callable[[Pair], Pair]:
    return lambda pair: (split(pair[0]), pair[1])


def _each(change: Callable[[str], str]) -> Callable[[Pair], Pair]:
    return lambda pair: ([change(item) for item in pair[0]], pair[1])


def _found(found: Callable[[list[str], str], bool]) -> Callable[[Pair], bool]:
    return lambda pair: found(*pair)


# From (value, token) to True or False, in five steps.
TOKEN_ROUTE: tuple[tuple[Turn, ...], ...] = (
    (
        Turn("", lambda pair: (pair[0].lower(), pair[1].lower())),
        Turn(
            "case-sensitive",
            lambda pair: pair,
            "Tokens are compared without regard to case, and this compares with it. "
            "Some proxies write `upgrade`.",
        ),
        Turn(
            "one-side-lower-case",
            lambda pair: (pair[0].lower(), pair[1]),
            "Only the value was put in lower case. Do the same to the token.",
        ),
        Turn(
            "one-side-lower-case",
            lambda pair: (pair[0], pair[1].lower()),
            "Only the token was put in lower case. Do the same to the value.",
        ),
        Turn(
            "one-side-capitals",
            lambda pair: (pair[0], pair[1].capitalize()),
            "Only the token was put in a case of its own. Do the same to the value.",
        ),
        Turn(
            "token-ignored",
            lambda pair: (pair[0].lower(), "upgrade"),
            "It looks for Upgrade, whatever token it is given.",
        ),
    ),
    (
        Turn("", _split(lambda value: value.split(","))),
        Turn(
            "whole-value",
            _split(lambda value: [value]),
            "The whole value was compared with the token. Browsers send "
            "`keep-alive, Upgrade`: the value is a list, separated by commas.",
        ),
        Turn(
            "comma-and-space",
            _split(lambda value: value.split(", ")),
            "Splitting at comma-and-space misses `keep-alive,Upgrade`. Split at the "
            "comma and strip each item.",
        ),
        Turn(
            "split-at-spaces",
            _split(lambda value: value.replace(",", " ").split()),
            "Spaces do not separate tokens; commas do. `Upgrade close` is one item, "
            "and not a token at all.",
        ),
        Turn(
            "split-at-spaces",
            _split(lambda value: re.split("[, ]+", value)),
            "Spaces do not separate tokens; commas do. `Upgrade close` is one item, "
            "and not a token at all.",
        ),
        Turn(
            "split-at-spaces-only",
            _split(str.split),
            "`split()` cuts at spaces and leaves the commas in the items. Commas "
            "separate them: `split(',')`.",
        ),
        Turn(
            "split-at-spaces-only",
            _split(lambda value: [item.strip(",") for item in value.split()]),
            "This cuts at spaces and takes the commas off. The space is optional: "
            "`keep-alive,Upgrade` has none. Split at the commas.",
        ),
        Turn(
            "semicolon-too",
            _split(lambda value: re.split("[,;]", value)),
            "Items are separated by commas alone. A semicolon is part of an item.",
        ),
        Turn(
            "word-boundary",
            _split(lambda value: re.findall(r"\w+", value)),
            r"This takes a hyphen for the end of a word (`\b` and `\w` do), so "
            "Upgrade-Insecure-Requests counts as Upgrade. Split at the commas instead.",
        ),
        Turn(
            "two-items-at-most",
            _split(lambda value: value.split(",", 1)),
            "Only the first comma separates here. A list may be longer than two.",
        ),
    ),
    (
        Turn("", _each(lambda item: item.strip(" \t"))),
        Turn(
            "not-stripped",
            _each(lambda item: item),
            "The items keep the spaces around the commas. Strip each one. (`strip` "
            "changes no text: it returns a new one.)",
        ),
        Turn(
            "stripped-on-one-side",
            _each(str.lstrip),
            "Only the spaces before an item are taken off. There may be some behind.",
        ),
        Turn(
            "stripped-on-one-side",
            _each(str.rstrip),
            "Only the spaces behind an item are taken off. There may be some before.",
        ),
        Turn(
            "tabs-left",
            _each(lambda item: item.strip(" ")),
            "Spaces are taken off, and tabs are not. Both mean nothing around a comma.",
        ),
        Turn(
            "tabs-left",
            _each(lambda item: item.replace(" ", "")),
            "Spaces are taken out, and tabs are not; and a space inside an item does "
            "mean something. Strip each item instead.",
        ),
        Turn(
            "spaces-inside-lost",
            _each(lambda item: "".join(item.split())),
            "Spaces were taken out everywhere, so `up grade` became `upgrade`. Only "
            "those around an item mean nothing: strip each one.",
        ),
    ),
    (
        Turn("", _found(lambda items, token: token in items)),
        Turn(
            "substring",
            _found(lambda items, token: any(token in item for item in items)),
            "`in` on text finds parts of words: Upgrade-Insecure-Requests is not "
            "Upgrade. Split at the commas and compare whole tokens.",
        ),
        Turn(
            "starts-with",
            _found(lambda items, token: any(i.startswith(token) for i in items)),
            "An item that begins with the token is not the token.",
        ),
        Turn(
            "ends-with",
            _found(lambda items, token: any(i.endswith(token) for i in items)),
            "An item that ends with the token is not the token.",
        ),
        Turn(
            "part-of-token",
            _found(lambda items, token: any(item in token for item in items)),
            "This asks whether an item is part of the token. An empty item is part "
            "of every text, and `up` of Upgrade. Compare whole tokens.",
        ),
        Turn(
            "part-of-token",
            _found(lambda items, token: any(i and i in token for i in items)),
            "This asks whether an item is part of the token, as `up` is of Upgrade. "
            "Compare whole tokens.",
        ),
        Turn(
            "first-item-only",
            _found(lambda items, token: items[0] == token),
            "Only the first item was looked at. (A `return` inside the loop, for yes "
            "*and* for no, ends it at once.)",
        ),
        Turn(
            "last-item-only",
            _found(lambda items, token: items[-1] == token),
            "Only the last item counts here. (Does each turn of a loop overwrite what "
            "the one before found?)",
        ),
        Turn(
            "every-item",
            _found(lambda items, token: all(item == token for item in items)),
            "This is true only if *every* item is the token: `all`, where `any` is "
            "meant.",
        ),
        Turn(
            "not-the-first",
            _found(lambda items, token: token in items[1:]),
            "The first item does not count here. Positions start at 0, so `> 0` "
            "leaves the first out.",
        ),
        Turn(
            "stops-at-an-empty-item",
            _found(lambda items, token: token in items[: (*items, "").index("")]),
            "An empty item ended the search. It is allowed, and means nothing.",
        ),
    ),
    (
        Turn("", lambda found: found),
        Turn(
            "yes-and-no-swapped",
            lambda found: not found,
            "True and False are the wrong way round.",
        ),
    ),
)
