"""Exercise 1 of notebook 05: answers in several styles, and the wrong ones by name."""

import functools
import operator
import re
from collections.abc import Callable
from fnmatch import fnmatch
from typing import Any
from urllib.parse import urlsplit

import pytest
from hostile import assert_named, assert_right

from wslib import check


def by_a_loop(origin: str | None, allowed: list[str]) -> bool:
    for each in allowed:
        if each == origin:
            return True
    return False


def by_recursion(origin: str | None, allowed: list[str]) -> bool:
    if not allowed:
        return False
    return allowed[0] == origin or by_recursion(origin, allowed[1:])


def by_exception(origin: str | None, allowed: list[Any]) -> bool:
    try:
        allowed.remove(origin)
    except ValueError:
        return False
    return True


def with_guards(origin: str | None, allowed: list[str]) -> bool:
    if origin is None or origin in ("", "null") or not allowed:
        return False
    return origin in set(allowed)


def by_pattern(origin: str | None, allowed: list[str]) -> bool:
    return any(re.fullmatch(re.escape(a), origin or "") for a in allowed)


class Doorkeeper:
    def __call__(self, origin: str | None, allowed: list[str]) -> bool:
        return origin in allowed


@pytest.mark.parametrize(
    "function",
    [
        by_a_loop,
        by_recursion,
        by_exception,
        with_guards,
        by_pattern,
        Doorkeeper(),
        Doorkeeper().__call__,
        functools.partial(lambda least, o, a: a.count(o) >= least, 1),
        lambda o, a: o in a,
        lambda o, a: operator.contains(a, o),
        lambda o, a: any(o == each for each in a),
        lambda o, a: bool({o} & {*a}),
        lambda o, a: len([each for each in a if each == o]) != 0,
        lambda o, a: int(o in a),
        lambda o, a, scheme="https": o in a,
        lambda o, a: dict.fromkeys(a, True).get(o, False),
        lambda o, a: functools.reduce(lambda yes, each: yes or each == o, a, False),
    ],
)
def test_every_right_way_to_look_for_an_origin_is_right(function: Any) -> None:
    assert_right(check.origin_allowed(function))


def overwritten(origin: str | None, allowed: list[str]) -> bool:
    found = False
    for each in allowed:
        found = each == origin
    return found


def returns_in_the_loop(origin: str | None, allowed: list[str]) -> Any:
    for each in allowed:
        return each == origin


def returns_in_the_loop_or_false(origin: str | None, allowed: list[str]) -> bool:
    for each in allowed:
        if each == origin:
            return True
        else:
            return False
    return False


def only_yes(origin: str | None, allowed: list[str]) -> Any:
    if origin in allowed:
        return True


def remembers(origin: str | None, allowed: list[str], seen: Any = set()) -> bool:  # noqa: B006
    seen.update(allowed)
    return origin in seen


def regular(origin: str | None, allowed: list[str]) -> bool:
    return bool(re.fullmatch("|".join(allowed), origin or "-"))


def host(origin: Any) -> Any:
    return urlsplit(origin).hostname


def scheme(origin: Any) -> Any:
    return urlsplit(origin).scheme


def bare(origin: Any) -> Any:
    return origin.removeprefix("https://").removeprefix("http://")


SHOP = "https://shop.example"

# What a student wrote, the name of the mistake, and words that the verdict says.
WRONG: list[tuple[Callable[..., Any], str, str]] = [
    (lambda o, a: any(o.startswith(x) for x in a), "starts-with", "evil.example"),
    (lambda o, a: any((o or "").startswith(x) for x in a), "starts-with", "whole"),
    (lambda o, a: o is not None and o.startswith(tuple(a)), "starts-with", "whole"),
    (lambda o, a: any(x in o for x in a), "substring", "inside another"),
    (lambda o, a: o is not None and any(x in o for x in a), "substring", "inside"),
    (lambda o, a: any(x in (o or "") for x in a), "substring", "inside another"),
    (lambda o, a: any(o in x for x in a), "substring", "Part of an allowed"),
    (lambda o, a: o is not None and o in " ".join(a), "substring", "Part of"),
    (lambda o, a: bool(o) and o in str(a), "substring", "Part of an allowed"),
    (lambda o, a: any(o.endswith(x[8:]) for x in a), "ends-with", "ends like"),
    (
        lambda o, a: any(o and o.endswith(x.split("//")[1]) for x in a),
        "ends-with",
        "notshop.example",
    ),
    (
        lambda o, a: o is not None and any(o.endswith(x.split("//")[1]) for x in a),
        "ends-with",
        "notshop.example",
    ),
    (lambda o, a: host(o) in [host(x) for x in a], "host-only", "Scheme and port"),
    (
        lambda o, a: (
            o is not None and urlsplit(o).netloc in [x.split("//")[1] for x in a]
        ),
        "scheme-ignored",
        "http and https are two",
    ),
    (lambda o, a: o is None or o in a, "no-origin-let-in", "no browser"),
    (lambda o, a: not o or o in a, "no-origin-let-in", "no browser"),
    (lambda o, a: o == "null" or o in a, "null-let-in", "frame"),
    (
        lambda o, a: o in (None, "null") or o in a,
        "no-origin-let-in+null-let-in",
        " And: ",
    ),
    (lambda o, a: not a or o in a, "empty-list-open", "nobody in"),
    (
        lambda o, a: not a or o is None or o in a,
        "no-origin-let-in+empty-list-open",
        " And: ",
    ),
    (lambda o, a: True, "always-true", "yes to everything"),
    (lambda o, a: False, "always-false", "no to everything"),
    (lambda o, a: any(o is x for x in a), "always-false", "`is`"),
    (lambda o, a: a in [o], "always-false", "no to everything"),
    (lambda o, a: o not in a, "yes-and-no-swapped", "wrong way round"),
    (lambda o, a: bool(a) and o == a[0], "first-only", "the first"),
    (lambda o, a: o == a[0], "first-only", "the first"),
    (returns_in_the_loop, "first-only", "the first"),
    (returns_in_the_loop_or_false, "first-only", "the first"),
    (overwritten, "last-only", "overwrite"),
    (lambda o, a: all(o == x for x in a), "wrong-answer", "gave False"),
    # whatever list it is given
    (lambda o, a: o in [SHOP, "http://lab.example:8888"], "list-ignored", "`allowed`"),
    (lambda o, a: o == SHOP, "list-ignored", "`allowed`"),
    (lambda o, a: o == SHOP or o in a, "list-ignored", "`allowed`"),
    (
        lambda o, a: o in (None, SHOP, "http://lab.example:8888"),
        "no-origin-let-in+list-ignored",
        "`allowed`",
    ),
    # what no case shows
    (lambda o, a: o is not None and o.lower() in a, "tidied", "one way to write"),
    (
        lambda o, a: (o or "").rstrip("/") in [x.rstrip("/") for x in a],
        "tidied",
        "shop.example/",
    ),
    (lambda o, a: (o or "").removesuffix(":443") in a, "wrong-answer", "443"),
    (remembers, "wrong-answer", "gave True"),
    (regular, "wrong-answer", "gave True"),
    (lambda o, a: bool(re.fullmatch("|".join(a), o or "")), "wrong-answer", "'', []"),
    (lambda o, a: bool(o) and o[4] == "s" and o in a, "wrong-answer", "lab.example"),
    (
        lambda o, a: (
            o is not None and any(o.split(".")[-2:] == x.split(".")[-2:] for x in a)
        ),
        "wrong-answer",
        "www.lab.example",
    ),
    (lambda o, a: o in a[:3], "wrong-answer", "the last one on this list"),
    (lambda o, a: a.count(o) == 1, "wrong-answer", "gave False"),
    (
        lambda o, a: o in a or any(str(o).endswith("." + x[8:]) for x in a),
        "wrong-answer",
        "below an allowed one",
    ),
    # parts of an origin, and texts made alike
    (
        lambda o, a: o is not None and bare(o) in map(bare, a),
        "scheme-ignored",
        "http and https",
    ),
    (
        lambda o, a: (
            o is not None
            and any((scheme(o), host(o)) == (scheme(x), host(x)) for x in a)
        ),
        "port-ignored",
        "The port is part",
    ),
    (
        lambda o, a: bool(o) and o.split(":")[:2] in [x.split(":")[:2] for x in a],
        "port-ignored",
        "The port is part",
    ),
    (lambda o, a: o is not None and o.strip() in a, "tidied", "one way to write"),
    (lambda o, a: (o or "null") in a, "wrong-answer", "is not the text `null`"),
    (lambda o, a: o in a or (o and "*" in a) is True, "star", "no origin"),
    (lambda o, a: any(fnmatch(o or "-", x) for x in a), "star", "no origin"),
    (lambda o, a: bool(o), "list-ignored", "`allowed`"),
    (lambda o, a: o is not None or o in a, "list-ignored", "`allowed`"),
    # in other words
    (lambda o, a: o and o in a, "true-in-other-words", "the answer is no"),
    (only_yes, "returns-nothing-sometimes", "return False"),
    (lambda o, a: [x for x in a if x == o], "true-in-other-words", "bool"),
    (lambda o, a: str(o in a), "wrong-type", "of type bool"),
    (lambda o, a: a.index(o) >= 0, "raises", "ValueError"),
    (lambda o, a: o.lower() in a, "raises", "None"),
    (lambda o, a: a in o, "raises", "On the right of `in` stands a text"),
    (lambda o: o in [SHOP], "arguments", "origin, allowed"),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG)
def test_who_lets_the_wrong_ones_in_is_told_why(
    function: Any, mistake: str, says: str
) -> None:
    assert_named(check.origin_allowed(function), mistake, says)
