"""The check of notebook 05: what a script in a browser can do."""

import functools
from typing import Any

from wslib.check.attempt import Verdict, brief, not_yet
from wslib.check.diagnosis import never_raises

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
