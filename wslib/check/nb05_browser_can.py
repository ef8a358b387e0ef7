"""Exercise 2 of notebook 05: what can a script in a browser do?"""

from wslib.check.sheet import TrueOrFalse
from wslib.check.verdict import Found

# Can a script do it, and why, or why not?
# A table: its rows are filled to the width.
# fmt: off
ABILITIES = {
    "send text": (True, "`socket.send` takes text."),
    "send bytes": (True, "`socket.send` takes an ArrayBuffer or a Blob, too."),
    "send a ping": (False, "There is no call for it. The browser answers pings by "
        "itself, unseen."),
    "offer a subprotocol": (True, "It is the second argument: `new WebSocket(url, "
        "['chat'])`."),
    "add a header of its own": (False, "Subprotocols, the address and cookies are all "
        "that a script decides in the handshake. (A name and a password in the address "
        "are sent as `Authorization: Basic` if the server asks for them by a 401.)"),
    "choose its Origin": (False, "The browser writes it. If the script could, no "
        "server could rely on it."),
    "read the close code": (True, "`onclose` gets an event with `code` and `reason`."),
    "learn that the server answered 403": (False, "A refusal is an "
        "`error` without a reason, and close code 1006: a script must not use it to "
        "look around in somebody's network."),
    "close with code 1001": (False, "A script may close with 1000, or 3000 to 4999. "
        "The others are the browser's."),
    "choose the masking key": (False, "The browser draws it for each frame. If a "
        "script could choose it, it could choose the bytes on the wire, and masking "
        "would be for nothing."),
}
# fmt: on


class _Abilities(TrueOrFalse):
    def mark(self, name: str, answer: bool) -> Found | None:
        """Say why a script can or cannot."""
        can, why = ABILITIES[name]
        verb = "can" if can else "cannot"
        if answer is can:
            return None
        return name.replace(" ", "-"), f"A script {verb} {name}.", why


browser_can = _Abilities(
    "browser_can",
    "What a script can do: a dict of True and False. Exercise 2 of notebook 05.",
    list(ABILITIES),
    ask="True or False?",
    praise="All ten. What a script cannot do, it cannot do to you either.",
)
