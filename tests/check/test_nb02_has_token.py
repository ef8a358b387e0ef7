"""Exercise 2 of notebook 02: answers in several styles, and the wrong ones by name."""

import functools
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from hostile import assert_named, assert_right

from wslib import check
from wslib.check.nb02_has_token import has_token as exercise


def items(value: str) -> list[str]:
    return [item.strip().lower() for item in value.split(",")]


def has_token(value: str, token: str) -> bool:
    return token.lower() in items(value)


def by_a_loop(value: str, token: str) -> bool:
    for item in value.split(","):
        if item.strip().casefold() == token.casefold():
            return True
    return False


def by_recursion(value: str, token: str) -> bool:
    first, comma, rest = value.partition(",")
    if first.strip(" \t").upper() == token.upper():
        return True
    return by_recursion(rest, token) if comma else False


def letter_by_letter(value: str, token: str) -> bool:
    item = ""
    for letter in value + ",":
        if letter != ",":
            item += letter
        elif item.strip().lower() == token.lower():
            return True
        else:
            item = ""
    return False


@pytest.mark.parametrize(
    "function",
    [
        has_token,
        by_a_loop,
        by_recursion,
        letter_by_letter,
        lambda v, t: t.upper() in [i.strip() for i in v.upper().split(",")],
        lambda v, t: any(i.strip().lower() == t.lower() for i in v.split(",")),
        lambda v, t: t.lower() in re.split(r"\s*,\s*", v.lower().strip()),
        lambda v, t: t.lower() in set(map(str.strip, v.lower().split(","))),
        lambda v, t: f",{t.lower()}," in f",{','.join(items(v))},",
        lambda v, t: bool(
            re.search(rf"(?:^|,)[ \t]*{re.escape(t)}[ \t]*(?:,|$)", v, re.IGNORECASE)
        ),
        lambda v, t: t.lower() in urllib.request.parse_http_list(v.lower()),
        lambda v, t: items(v).count(t.lower()) > 0,
        lambda v, t: int(t.lower() in items(v)),
        lambda v, t, sep=",": t.lower() in [i.strip() for i in v.lower().split(sep)],
        functools.partial(lambda sep, v, t: has_token(v, t), ","),
        lambda v, t: functools.reduce(
            lambda a, i: a or i == t.lower(), items(v), False
        ),
    ],
)
def test_every_right_way_to_look_for_a_token_is_right(function: Any) -> None:
    assert_right(check.has_token(function))


def first_or_nothing(value: str, token: str) -> bool:
    for item in items(value):
        if item == token.lower():
            return True
        else:
            return False
    return False


def overwritten(value: str, token: str) -> bool:
    found = False
    for item in items(value):
        found = item == token.lower()
    return found


def strips_in_vain(value: str, token: str) -> bool:
    parts = value.lower().split(",")
    for part in parts:
        part.strip()
    return token.lower() in parts


def stops_at_a_hole(value: str, token: str) -> bool:
    for item in items(value):
        if not item:
            break
        if item == token.lower():
            return True
    return False


def only_yes(value: str, token: str) -> Any:
    if token.lower() in items(value):
        return True


def only_no(value: str, token: str) -> Any:
    if token.lower() not in items(value):
        return False


def skips_the_last_letter(value: str, token: str) -> bool:
    item = ""
    for letter in value:
        if letter == ",":
            if item.strip().lower() == token.lower():
                return True
            item = ""
        else:
            item += letter
    return False


def from_memory(value: str, token: str, seen: Any = set()) -> bool:  # noqa: B006
    seen.update(items(value))
    return token.lower() in seen


def pattern(v: str, t: str) -> Any:
    return re.search(rf"(?:^|,)\s*{t}\s*(?:,|$)", v, re.IGNORECASE)


# What a student wrote, the name of the mistake, and words that the verdict says.
WRONG: list[tuple[Callable[..., Any], str, str]] = [
    (lambda v, t: v.lower() == t.lower(), "whole-value", "keep-alive, Upgrade"),
    (lambda v, t: v == t, "case-sensitive+whole-value", " And: "),
    (lambda v, t: t in v, "case-sensitive+substring", " And: "),
    (lambda v, t: t.lower() in v.lower(), "substring", "whole tokens"),
    (lambda v, t: v.lower().find(t.lower()) >= 0, "substring", "whole tokens"),
    (lambda v, t: bool(re.search(t, v, re.IGNORECASE)), "substring", "whole tokens"),
    (lambda v, t: any(t.lower() in i for i in items(v)), "substring", "whole tokens"),
    (lambda v, t: t in [i.strip() for i in v.split(",")], "case-sensitive", "proxies"),
    (lambda v, t: t in items(v), "one-side-lower-case", "Only one of"),
    (
        lambda v, t: t.lower() in [i.strip() for i in v.split(",")],
        "one-side-lower-case",
        "Only one of",
    ),
    (lambda v, t: t.lower() in v.split(","), "one-side-lower-case+not-stripped", ""),
    (lambda v, t: t.lower() in v.lower().split(","), "not-stripped", "Strip each"),
    (strips_in_vain, "not-stripped", "returns a new one"),
    (
        lambda v, t: t.lower() in v.lower().split(", "),
        "comma-and-space",
        "",
    ),
    (lambda v, t: t.lower() in v.lower().split(), "split-at-spaces-only", "split(',')"),
    (lambda v, t: t in v.split(), "case-sensitive+split-at-spaces-only", " And: "),
    (
        lambda v, t: t.lower() in re.split("[, ]+", v.lower()),
        "split-at-spaces+not-stripped",
        "commas do",
    ),
    (
        lambda v, t: t.lower() in re.findall(r"[\w-]+", v.lower()),
        "split-at-spaces",
        "commas do",
    ),
    (
        lambda v, t: t.lower() in v.lower().replace(",", " ").split(),
        "split-at-spaces",
        "commas do",
    ),
    (
        lambda v, t: bool(re.search(rf"\b{t}\b", v, re.IGNORECASE)),
        "word-boundary",
        "hyphen",
    ),
    (
        lambda v, t: t.lower() in re.findall(r"\w+", v.lower()),
        "word-boundary",
        "hyphen",
    ),
    (
        lambda v, t: t.lower() in re.sub(r"\s", "", v.lower()).split(","),
        "spaces-inside-lost",
        "up grade",
    ),
    (
        lambda v, t: t.lower() in v.lower().replace(" ", "").split(","),
        "tabs-left",
        "Strip each item",
    ),
    (
        lambda v, t: t.lower() in [i.lstrip() for i in v.lower().split(",")],
        "stripped-on-one-side",
        "some behind",
    ),
    (
        lambda v, t: t.lower() in re.split(r",\s*", v.lower()),
        "stripped-on-one-side",
        "some behind",
    ),
    (
        lambda v, t: t.lower() in [i.strip(" ") for i in v.lower().split(",")],
        "tabs-left",
        "Both mean nothing",
    ),
    (lambda v, t: any(i.startswith(t.lower()) for i in items(v)), "starts-with", ""),
    (lambda v, t: any(i.endswith(t.lower()) for i in items(v)), "ends-with", ""),
    (lambda v, t: v.lower().strip().endswith(t.lower()), "whole-value+ends-with", ""),
    (lambda v, t: any(i in t.lower() for i in items(v)), "part-of-token", "empty item"),
    (lambda v, t: any(i and i in t.lower() for i in items(v)), "part-of-token", "`up`"),
    (first_or_nothing, "first-item-only", "`return` inside the loop"),
    (overwritten, "last-item-only", "overwrite"),
    (stops_at_a_hole, "stops-at-an-empty-item", "must skip it"),
    (lambda v, t: all(i == t.lower() for i in items(v)), "every-item", "`any`"),
    (
        lambda v, t: t.lower() in map(str.strip, v.lower().split(",", 1)),
        "two-items-at-most",
        "first comma",
    ),
    (lambda v, t: "upgrade" in items(v), "token-ignored", "whatever token"),
    (lambda v, t: t.lower() not in items(v), "yes-and-no-swapped", "wrong way round"),
    (lambda v, t: any(i != t.lower() for i in items(v)), "yes-and-no-swapped", "way"),
    (lambda v, t: t.lower() in items(v)[:2], "wrong-answer", "anywhere"),
    (lambda v, t: t.lower() in items(v)[:4], "wrong-answer", "gave False"),
    (lambda v, t: any(len(i) == len(t) for i in items(v)), "wrong-answer", "gave True"),
    (lambda v, t: v.lower().count(t.lower()) == 1, "wrong-answer", "gave True"),
    (lambda v, t: "close" not in v, "wrong-answer", "the answer is"),
    (lambda v, t: bool(pattern(v, t)), "pattern-not-escaped", "re.escape"),
    (skips_the_last_letter, "wrong-answer", "gave False"),
    (lambda v, t: t.lower() in items(v.replace(";", ",")), "semicolon-too", "alone"),
    (
        lambda v, t: t.lower() in [i.split(";")[0] for i in items(v)],
        "wrong-answer",
        ";q=1",
    ),
    (
        lambda v, t: t.replace("-", "").lower() in items(v.replace("-", "")),
        "wrong-answer",
        "'KEEPALIVE', 'keep-alive') gave True",
    ),
    (lambda v, t: t.lower() in items(v.replace('"', "")), "wrong-answer", '"'),
    (
        lambda v, t: t.lower() in [i.rstrip() for i in v.lower().split(",")],
        "stripped-on-one-side",
        "some before",
    ),
    (from_memory, "not-the-same-twice", "an earlier call"),
    (lambda v, t: True, "always-true", "yes to everything"),
    (lambda v, t: False, "always-false", "no to everything"),
    (lambda v, t: any(i is t.lower() for i in items(v)), "always-false", "`is`"),
    (only_yes, "returns-nothing-sometimes", "return False"),
    (only_no, "returns-nothing-sometimes", "no `return`"),
    (lambda v, t: print(end=""), "returns-nothing", "None"),
    (
        lambda v, t: [i for i in items(v) if i == t.lower()],
        "true-in-other-words",
        "bool",
    ),
    (lambda v, t: items(v).count(t.lower()), "true-in-other-words", "bool"),
    (pattern, "true-in-other-words", "bool"),
    (lambda v, t: str(has_token(v, t)), "wrong-type", "of type bool"),
    (lambda v, t: v.lower().find(t.lower()), "wrong-type", "one of yours is -1"),
    (lambda v, t: (i == t for i in items(v)), "wrong-type", "`any(…)` around it"),
    (lambda v, t: items(v).index(t.lower()) >= 0, "raises", "ValueError"),
    (lambda v, t: items(v)[1] == t.lower(), "raises", "how many are there"),
    (lambda v: "upgrade" in items(v), "arguments", "value, token"),
]


@pytest.mark.parametrize(("function", "mistake", "says"), WRONG)
def test_a_wrong_has_token_is_named(function: Any, mistake: str, says: str) -> None:
    assert_named(check.has_token(function), mistake, says)


def test_the_cases_tell_any_two_mistakes_apart() -> None:
    named: dict[str, set[str]] = {}
    for mistake in exercise.mistakes:
        for change in mistake.changes:
            come = [exercise.come_of(c.arguments, change) for c in exercise.calls]
            answers = str([(o.value, type(o.error)) for o in come])
            named.setdefault(answers, set()).add(mistake.name)
    assert [names for names in named.values() if len(names) > 1] == []
