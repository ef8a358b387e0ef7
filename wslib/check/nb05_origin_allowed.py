"""Exercise 1 of notebook 05: who may come in? RFC 6455, section 10.2; RFC 6454."""

import operator
import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.mistakes import Change, Mistake
from wslib.check.sandbox import attempt
from wslib.check.verdict import Found, called

SHOP = "https://shop.example"
ALLOWED = [SHOP, "http://lab.example:8888"]


def may_come_in(
    origin: str | None,
    allowed: list[str],
    *,
    no_origin: tuple[str | None, ...] = (),
    null: tuple[str, ...] = (),
    empty: bool = False,
    match: Callable[[Any, Any], bool] = operator.eq,
    found: Callable[[Iterator[bool]], Any] = any,
) -> Any:
    """Look for an origin on the list; the steps are who else is let in, and how."""
    if origin in (*no_origin, *null) or (empty and not allowed):
        return True
    return found(match(origin, each) for each in allowed)


def _either(*matches: Callable[[Any, Any], bool]) -> list[Change]:
    """Return each match as it is, which may raise for None, and with a look before."""
    return [
        {"match": each}
        for m in matches
        for each in (
            m,
            lambda o, x, m=m: o is not None and m(o, x),
            lambda o, x, m=m: bool(o) and m(o, x),
        )
    ]


_SITE = operator.attrgetter("scheme", "hostname")
_AS_IT_IS = "A browser has one way to write an origin, so compare the text as it is."

# A table: its rows are filled to the width.
# fmt: off
_TIDIED = [
    str.lower, str.strip, lambda o: o.rstrip("/"), lambda o: o.lower().rstrip("/"),
    lambda o: o.strip().lower().rstrip("/"), lambda o: urlsplit(o)[:2],
]
_MISTAKES = [
    Mistake("starts-with", "`startswith` lets in https://shop.example.evil.example, "
        "somebody else's. Compare the whole.", *_either(lambda o, x: o.startswith(x))),
    Mistake("substring", "`in` on text finds an allowed origin inside another one. Is "
        "the list searched, or the text?", *_either(lambda o, x: x in o)),
    Mistake("substring", "Part of an allowed origin is let in. Compare the whole.",
        *_either(lambda o, x: o in x, lambda o, x: x.startswith(o))),
    Mistake("ends-with", "The end of the text was compared: notshop.example ends like "
        "shop.example.", *_either(lambda o, x: o.endswith(x.split("//")[1]))),
    Mistake("host-only", "Only the hosts were compared. Scheme and port are part of an "
        "origin: another program on that machine is another origin.",
        *_either(lambda o, x: urlsplit(o).hostname == urlsplit(x).hostname)),
    Mistake("scheme-ignored", "The scheme is part of an origin: http and https are "
        "two.", *_either(lambda o, x: o.split("//", 1)[-1] == x.split("//", 1)[-1],
            lambda o, x: urlsplit(o).netloc == urlsplit(x).netloc)),
    Mistake("port-ignored", "The port is part of an origin: another program on that "
        "machine is another.", *_either(
            lambda o, x: o.split(":")[:2] == x.split(":")[:2],
            lambda o, x: _SITE(urlsplit(o)) == _SITE(urlsplit(x)))),
    Mistake("tidied", f"You change the texts before you compare them. {_AS_IT_IS}",
        *({"match": lambda o, x, tidy=tidy: o is not None and tidy(o) == tidy(x)}
          for tidy in _TIDIED)),
    Mistake("no-origin-let-in", "Without an Origin it says yes. That is a program, no "
        "browser, and may be anybody.", {"no_origin": (None, "")}, no_origin=(None,)),
    Mistake("null-let-in", "`null` is let in. Any page can have a frame whose origin "
        "is `null`.", null=("null",)),
    Mistake("empty-list-open", "An empty list should let nobody in.", empty=True),
    Mistake("first-only", "Only the first of the list was compared.",
        {"found": lambda each: next(each, None)}, {"found": lambda each: [*each][0]},
        found=lambda each: next(each, False)),
    Mistake("last-only", "Only the last of the list counts: does each turn of a loop "
        "overwrite what the one before found?", found=lambda each: [False, *each][-1]),
    Mistake("list-ignored", "It lets the same ones in, whatever the list: see "
        "`allowed`.", {"call": lambda o, a: (o, [SHOP])},
        {"call": lambda o, a: (o, [SHOP, *a])},
        *({"call": lambda o, a: (o, [o]), **change}
          for change in _either(lambda o, x: True)[1:]),
        call=lambda o, a: (o, ALLOWED)),
]
# fmt: on

_CASES = {
    SHOP: "",
    "http://lab.example:8888": "",
    "https://evil.example": "It is not on the list.",
    "https://shop.example.evil.example": "It begins with an allowed origin, and "
    "belongs to evil.example.",
    "https://evil.example/https://shop.example": "An allowed origin stands inside it, "
    "and means nothing there.",
    "https://notshop.example": "It ends like an allowed host.",
    "https://www.shop.example": "A host below an allowed one is another host.",
    "http://shop.example": "http and https are two origins: the scheme is part of it.",
    "https://shop.example:8443": "The port is part of an origin.",
    "http://lab.example": "The port is part of an origin.",
    "null": "A sandboxed frame or a local file sends `null`: anybody can.",
    "": "An empty text is no origin.",
    "shop.example": "A host alone is no origin: the scheme is missing.",
    None: "Programs send no Origin: None. This server is for browsers only.",
}
_OTHER = "https://other.example"


def _sampled(chance: random.Random) -> tuple[str | None, list[str]]:
    """Return an origin, often one that is nearly on the list, and a list."""
    hosts = ["shop.example", "lab.example", "localhost", "shop.example:8888"]
    hosts += ["www.lab.example", "my.lab.example"]
    known = [f"{scheme}://{host}" for scheme in ("https", "http") for host in hosts]
    allowed = chance.choices(known, k=chance.randrange(4))
    some = chance.choice(allowed or known)
    scheme, _, rest = some.partition("://")
    near = [None, "", "null", rest, f"{scheme}://", some[:-1], some.upper(), f"{some}/"]
    near += [some.replace(".", "-"), f"{some}/chat", f"{some} ", f"{some}.evil.example"]
    near += [f"https://evil.example/{some}", f"http:{rest}", f"{scheme}://{rest}:443"]
    near += [f"{scheme}://{before}{rest}" for before in ("www.", "not", "me@")]
    return chance.choice([some, *allowed, *known, *near]), allowed


def _is_it_there(call: Call, given: Any) -> str:
    plain = type(given) is bool and not call.hint
    return "Is it on the list, letter by letter? That alone counts." * plain


def _by_a_star(answer: Any) -> Found | None:
    """Look whether a star lets everybody in, as it does in other lists."""
    if not attempt(answer, _OTHER, ["*"]).value:
        return None
    seen = f"{called('origin_allowed', (_OTHER, ['*']))} gave True; it has to be False."
    return "star", seen, "`*` is no origin. Who is on the list?"


origin_allowed = Compared(
    "origin_allowed",
    "`origin_allowed(origin, allowed) -> bool`. Exercise 1 of notebook 05.",
    takes=["origin", "allowed"],
    way=may_come_in,
    cases=[
        *(Case(origin, ALLOWED, hint=hint) for origin, hint in _CASES.items()),
        Case(SHOP, [], hint="An empty list lets nobody in."),
        Case(_OTHER, [_OTHER], hint="This one is on the list that came with it."),
        Case(_OTHER, ALLOWED, hint="It is on another list, and not on this one."),
        Case(_OTHER, [SHOP, *ALLOWED, _OTHER], hint="It is the last one on this list."),
        Case(None, ["null"], hint="No Origin at all is not the text `null`."),
        Case(f"{SHOP}/", ALLOWED, hint=f"A `/` behind it is no origin. {_AS_IT_IS}"),
        Case("HTTPS://SHOP.EXAMPLE", ALLOWED, hint=_AS_IT_IS),
        Case(f"{SHOP}:443", ALLOWED, hint=f"The port 443 goes unsaid. {_AS_IT_IS}"),
    ],
    mistakes=_MISTAKES,
    sampler=_sampled,
    closer=_is_it_there,
    further=_by_a_star,
    praise="{cases} origins, those of attackers among them, and 200 more at random.",
)
