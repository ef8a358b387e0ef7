"""The checks of notebook 05: who may come in, and what a script in a browser can do."""

import functools
from typing import Any
from urllib.parse import urlsplit

from wslib.check.attempt import Verdict, brief, not_yet
from wslib.check.diagnosis import Case, Impostor, compare, never_raises

ALLOWED = ["https://shop.example", "http://lab.example:8888"]


@never_raises
def origin_allowed(function: Any) -> Verdict:
    """Check ``origin_allowed(origin, allowed) -> bool``. Exercise 1 of notebook 05."""
    hints = {
        "https://shop.example": (True, ""),
        "http://lab.example:8888": (True, ""),
        "https://evil.example": (False, "It is not on the list."),
        "https://shop.example.evil.example": (
            False,
            "It begins with an allowed origin, and belongs to evil.example.",
        ),
        "https://evil.example/https://shop.example": (
            False,
            "An allowed origin stands inside it, and means nothing there.",
        ),
        "https://notshop.example": (False, "It ends like an allowed host."),
        "http://shop.example": (
            False,
            "http and https are two origins: the scheme is part of it.",
        ),
        "https://shop.example:8443": (False, "The port is part of an origin."),
        "http://lab.example": (False, "The port is part of an origin."),
        "null": (False, "A sandboxed frame or a local file sends `null`: anybody can."),
        "": (False, "An empty text is no origin."),
        "shop.example": (False, "A host alone is no origin: the scheme is missing."),
    }
    cases = [
        Case((origin, list(ALLOWED)), expected, hint)
        for origin, (expected, hint) in hints.items()
    ]
    no_origin = "Programs send no Origin: None. This server is for browsers only."
    cases += [
        Case((None, list(ALLOWED)), False, no_origin),
        Case(("https://shop.example", []), False, "An empty list lets nobody in."),
        Case(("https://other.example", ["https://other.example"]), True),
    ]

    def host(origin: str) -> str | None:
        return urlsplit(origin).hostname

    impostors = [
        Impostor(
            "starts-with",
            lambda o, a: o is not None and any(o.startswith(x) for x in a),
            "`startswith` lets in https://shop.example.evil.example, which belongs to "
            "somebody else. Compare the whole origin.",
        ),
        Impostor(
            "substring",
            lambda o, a: o is not None and any(x in o for x in a),
            "`in` on text finds an allowed origin inside another one. Is the list "
            "searched, or the text?",
        ),
        Impostor(
            "substring",
            lambda o, a: o is not None and any(o in x for x in a),
            "Part of an allowed origin is let in. Compare the whole.",
        ),
        Impostor(
            "ends-with",
            lambda o, a: o is not None and any(o.endswith(x.split("//")[1]) for x in a),
            "The end of the text was compared: notshop.example ends like shop.example.",
        ),
        Impostor(
            "host-only",
            lambda o, a: o is not None and host(o) in [host(x) for x in a],
            "Only the hosts were compared. Scheme and port are part of an origin: "
            "another program on that machine is another origin.",
        ),
        Impostor(
            "no-origin-let-in",
            lambda o, a: o is None or o in a,
            "Without an Origin it says yes. That is a program and no browser, and may "
            "be anybody.",
        ),
        Impostor(
            "null-let-in",
            lambda o, a: o == "null" or o in a,
            "`null` is let in. Any page can have a frame whose origin is `null`.",
        ),
        Impostor(
            "empty-list-open",
            lambda o, a: not a or o in a,
            "An empty list lets everybody in. It should let nobody in.",
        ),
        Impostor("always-true", lambda o, a: True, "It says yes to everybody."),
        Impostor("always-false", lambda o, a: False, "It says no to everybody."),
        Impostor(
            "inverted",
            lambda o, a: o not in a,
            "Yes and no are the wrong way round.",
        ),
        Impostor(
            "first-only",
            lambda o, a: bool(a) and o == a[0],
            "Only the first of the list was compared.",
        ),
    ]
    return compare(
        "origin_allowed",
        function,
        cases,
        impostors,
        praise=f"{len(cases)} origins, those of attackers among them.",
    )


# What a script can do, and why or why not.
ABILITIES = {
    "send text": (True, "`socket.send` takes text."),
    "send bytes": (True, "`socket.send` takes an ArrayBuffer or a Blob, too."),
    "send a ping": (
        False,
        "There is no call for it. The browser answers pings by itself, unseen.",
    ),
    "offer a subprotocol": (
        True,
        "It is the second argument: `new WebSocket(url, ['chat'])`.",
    ),
    "set the Authorization header": (
        False,
        "Subprotocols and the address are all that a script decides in the handshake.",
    ),
    "choose its Origin": (
        False,
        "The browser writes it. If the script could, no server could rely on it.",
    ),
    "read the close code": (True, "`onclose` gets an event with `code` and `reason`."),
    "learn that the server answered 403": (
        False,
        "Any failure to connect is an `error` without a reason, and close code 1006: a "
        "script must not use it to look around in somebody's network.",
    ),
    "close with code 1001": (
        False,
        "A script may close with 1000, or 3000 to 4999. The others are the browser's.",
    ),
    "choose the masking key": (
        False,
        "The browser draws it for each frame. If a script could choose it, it could "
        "choose the bytes on the wire, and masking would be for nothing.",
    ),
}


@never_raises
def browser_can(answers: Any) -> Verdict:
    """Check what a script in a browser can do. Exercise 2 of notebook 05.

    Args:
        answers: A dict from each ability to True or False.
    """
    exercise = "browser_can"

    wrong = functools.partial(not_yet, exercise)

    if answers is None or answers is ...:
        return Verdict(exercise=exercise)
    if not isinstance(answers, dict):
        return wrong("wrong-type", f"This is {brief(answers)}.", "Keep the dict.")
    if all(value is None or value is ... for value in answers.values()):
        return Verdict(exercise=exercise)
    right = 0
    for ability, (can, _) in ABILITIES.items():
        said = answers.get(ability)
        if said is None or said is ...:
            return wrong("missing", f"Nothing for {ability!r} yet.", "True or False?")
        if not isinstance(said, bool):
            evidence = f"{ability!r} has {brief(said)}."
            return wrong("wrong-type", evidence, "True or False, without quotes.")
        right += said is can
    for ability, (can, why) in ABILITIES.items():
        if answers[ability] is not can:
            verb = "cannot" if answers[ability] else "can"
            return wrong(
                ability.replace(" ", "-"),
                f"{right} of {len(ABILITIES)} are right. A script {verb} {ability}.",
                why,
            )
    return Verdict(
        exercise=exercise,
        right=True,
        evidence="All ten. What a script cannot do, it cannot do to you either.",
    )
