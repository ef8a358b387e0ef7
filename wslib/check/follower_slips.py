"""The right way to go on after a cut, the ways to be cut off, and the slips.

The server numbers its messages. On each connection the client says after which number
to go on; the server may send again what it is not sure about:

    connection   resume()   comes
    1            0          1  2  3  4  2  3     the line is cut
    2            4          3  4  5  6  ...

:func:`followed` plays such a conversation with a follower: with a right one or, asked
by a keyword, with one that does what people do wrong. See :mod:`wslib.check.slips`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from wslib.check.slips import Slip

TEXTS = (
    *("kick-off", "goal", "goal", "corner", "goal", "corner"),
    *("break", "kick-off", "", "red card", "red card", "end"),  # one says nothing
)


class Line(NamedTuple):
    """One connection: whose, what the server sends again, and when it is cut.

    Attributes:
        again: ``nothing``, ``each`` message, ``older`` ones at first, or a ``row`` of
            them now and then.
        cut: After how many messages the line is cut; None if it stays to the end.
        who: Which follower.
    """

    again: str
    cut: int | None = None
    who: int = 0


class Entry(NamedTuple):
    """What a follower answered: to ``resume`` (number 0), or to a message.

    Attributes:
        who: Which follower.
        number: The number of the message; 0 for ``resume``.
        value: The answer.
        kind: Its type: True is not 1 here.
        cut: Whether the line had been cut before.
    """

    who: int
    number: int
    value: Any
    kind: type
    cut: bool = False


class Follows(Protocol):
    """What the exercise asks for."""

    def resume(self) -> Any:
        """Return the number after which the server should go on."""

    def receive(self, number: int, text: str) -> Any:
        """Take a message; return whether it is new."""


def sent(after: int, again: str) -> list[int]:
    """Return the numbers that the server sends on one connection."""
    first = max(after, 0) + 1
    numbers: list[int] = []
    if again == "older":
        numbers = list(range(max(1, first - 2), min(first, len(TEXTS) + 1)))
    for number in range(first, len(TEXTS) + 1):
        numbers.append(number)
        if again == "each":
            numbers.append(number)
        elif again == "row" and number % 4 == 0:
            numbers += [number - 2, number - 1, number]
            numbers += [1] if number == len(TEXTS) else []  # the oldest of all
    return numbers


def play(
    lines: tuple[Line, ...], make: Callable[[], Follows], log: list[Entry]
) -> None:
    """Play a server to one follower or two; note what each answers."""
    followers: dict[int, Follows] = {}
    lost: set[int] = set()
    for again, cut, who in lines:
        if who not in followers:
            followers[who] = make()
        follower = followers[who]
        after = follower.resume()
        log.append(Entry(who, 0, after, type(after), who in lost))
        if type(after) is not int:
            return  # no server can go on after that
        for number in sent(after, again)[:cut]:
            new = follower.receive(number, TEXTS[number - 1])
            log.append(Entry(who, number, new, type(new)))
        lost.add(who)


class _Follower:
    """A follower, right but for what is asked."""

    def __init__(
        self,
        *,
        start: Any = 0,
        asks: Callable[[Any], Any] = lambda me: me.last,
        new: Callable[[Any, int, str], Any] = lambda me, n, text: n > me.last,
        keeps: Callable[[Any, int, bool], Any] = lambda me, n, new: (
            n if new else me.last
        ),
        says: Callable[[bool, int, str], Any] = lambda new, n, text: new,
    ) -> None:
        self.last = start
        self.asks, self.new, self.keeps, self.says = asks, new, keeps, says
        self.numbers: list[int] = []
        self.texts: list[str] = []

    def resume(self) -> Any:
        return self.asks(self)

    def receive(self, number: int, text: str) -> Any:
        new = self.new(self, number, text)
        self.last = self.keeps(self, number, new)
        self.numbers.append(number)
        self.texts.append(text)
        return self.says(new, number, text)


def followed(*lines: Line, **change: Any) -> list[Entry]:
    """Return what a right follower answers, or one that is changed in this way."""
    log: list[Entry] = []
    play(lines, lambda: _Follower(**change), log)
    return log


def _cut_everywhere(again: str) -> list[tuple[Line, ...]]:
    """Cut a conversation at every point, the second connection a little later, too."""
    return [
        (Line(again, cut), Line(again, 2), Line("nothing"), Line("nothing", 0))
        for cut in range(len(sent(0, again)) + 1)
    ]


PLAYS: list[tuple[Line, ...]] = [
    (Line("nothing", 0),),
    (Line("nothing", 1), Line("nothing", 1)),
    (Line("nothing", 3), Line("nothing", 0), Line("nothing", 2)),
    (Line("each", 6), Line("older", 4)),
    (Line("row", 6), Line("nothing")),
    *_cut_everywhere("nothing"),
    *_cut_everywhere("each"),
    *_cut_everywhere("older"),
    *_cut_everywhere("row"),
    tuple(Line("older", 3) for _ in range(15)),
    tuple(Line("row", 5 + n % 3, who=n % 2) for n in range(14)),
]


def _resets(me: Any) -> Any:
    last, me.last = me.last, 0
    return last


def _resets_first(me: Any) -> int:
    me.last = 0
    return 0


def _always(me: Any, number: int, new: bool) -> int:
    return number


def _highest(me: Any, number: int, new: bool) -> Any:
    return max(me.last, number)


def _counted(me: Any, number: int, new: bool) -> Any:
    return me.last + 1


_HIGHEST = "Keep the highest number that has come: `self.last`."
_BOOL = "Return True or False: `return number > self.last`, before `last` is changed."


def _old_text(me: Any, number: int, text: str) -> bool:
    return text not in me.texts


def _other_text(me: Any, number: int, text: str) -> Any:
    return me.texts[-1:] != [text]


FOLLOWER_SLIPS = [
    Slip(
        "forgets-to-store",
        f"Nothing is kept of what came: after a cut all is sent again. {_HIGHEST}",
        keeps=lambda me, n, new: me.last,
    ),
    Slip(
        "one-too-far",
        "`resume` says after which number to go on. One more, and the server leaves "
        "out a message that never came.",
        asks=lambda me: me.last + 1,
    ),
    Slip(
        "one-too-few",
        "Nothing is lost that way, but the last message is sent again. `resume` says "
        "after which number to go on.",
        {"asks": lambda me: max(0, me.last - 1)},
        asks=lambda me: me.last - 1,
    ),
    Slip(
        "always-new",
        "A message that came before was called new: it would be shown twice.",
        {"says": lambda new, n, text: True, "keeps": _always},
        says=lambda new, n, text: True,
    ),
    Slip(
        "never-new",
        "No message is ever new, and none would be shown. Is `last` changed first, "
        "and then compared with itself?",
        says=lambda new, n, text: False,
    ),
    Slip(
        "inverted",
        "New and old are the wrong way round.",
        says=lambda new, n, text: not new,
    ),
    Slip(
        "not-the-last-one",
        "Only the very last number was compared. What comes again may be older: "
        "new is what is greater, `>`.",
        {"new": lambda me, n, text: n != me.last, "keeps": _highest},
        new=lambda me, n, text: n != me.last,
    ),
    Slip(
        "same-again-is-new",
        "The last message came once more, and was called new: `>`, not `>=`.",
        new=lambda me, n, text: n >= me.last,
    ),
    Slip(
        "goes-backwards",
        "An older message came again, and `last` went back to its number. Keep a "
        "number only if it is greater.",
        {"new": lambda me, n, text: n not in me.numbers, "keeps": _always},
        keeps=_always,
    ),
    Slip(
        "counts",
        "Messages were counted, those that came twice as well. Keep the number of the "
        "last one instead.",
        {"asks": lambda me: len(me.numbers)},
        {
            "asks": lambda me: len(me.numbers),
            "new": lambda me, n, text: n > len(me.numbers),
        },
        keeps=_counted,
    ),
    Slip(
        "counts-and-always-new",
        "Messages were counted, those that came twice as well, and each was called "
        "new. Keep the number of the last one, and compare with it.",
        {"asks": lambda me: len(me.numbers), "says": lambda new, n, text: True},
        keeps=_counted,
        says=lambda new, n, text: True,
    ),
    Slip(
        "texts-compared",
        "Two messages may say the same, and are two: compare the numbers.",
        *(
            {"new": new, "keeps": keeps}
            for new in (_old_text, _other_text)
            for keeps in (_always, _highest)
        ),
        {"new": _other_text},
        {"asks": lambda me: len(set(me.texts)), "new": _old_text},
        new=_old_text,
    ),
    Slip(
        "resume-resets",
        "To ask `resume` changes its next answer. A connection may be cut before "
        "anything comes, and `resume` is asked again.",
        {"asks": _resets_first},
        asks=_resets,
    ),
    Slip(
        "starts-at-1",
        "At first nothing has come, and `resume` is 0: after 0 comes message 1. From 1 "
        "on, the first message is never sent.",
        start=1,
    ),
    Slip(
        "starts-below-0",
        "At first nothing has come, and `resume` is 0.",
        start=-1,
    ),
    Slip(
        "resume-always-0",
        "`resume` is 0 even after messages came: all is sent again. Is `self.last` "
        "what it returns?",
        asks=lambda me: 0,
    ),
    Slip(
        "resume-always-the-end",
        "`resume` gives the same, whatever came. It is the number of the last message.",
        asks=lambda me: len(TEXTS),
    ),
    Slip(
        "first-only",
        "After the first message nothing is kept any more.",
        keeps=lambda me, n, new: me.last or n,
    ),
    Slip(
        "compared-as-text",
        'As text, "10" comes before "9". Compare the numbers as numbers.',
        {"new": lambda me, n, text: str(n) > str(me.last), "keeps": _highest},
        {"new": lambda me, n, text: str(n) > str(me.last), "keeps": _always},
        new=lambda me, n, text: str(n) > str(me.last),
    ),
    Slip(
        "number-as-text",
        "That number is text. Return it as a number.",
        asks=lambda me: str(me.last),
    ),
    Slip(
        "returns-nothing-sometimes",
        "For a message that came before, nothing is returned: `return False` is "
        "missing.",
        says=lambda new, n, text: new or None,
    ),
    Slip(
        "receive-returns-nothing",
        f"`receive` gives back None. {_BOOL}",
        says=lambda new, n, text: None,
    ),
    Slip(
        "resume-returns-nothing",
        "`resume` gives back None. Is there a `return` in it, and is `self.last` a "
        "number from the beginning?",
        asks=lambda me: None,
    ),
    Slip(
        "not-true-or-false",
        _BOOL,
        {"says": lambda new, n, text: n},
        {"says": lambda new, n, text: text},
        {"says": lambda new, n, text: text if new else None},
        {"says": lambda new, n, text: n if new else None},
        {"says": lambda new, n, text: text if new else False},
        {"says": lambda new, n, text: n if new else 0},
        {"says": lambda new, n, text: str(new)},
        says=lambda new, n, text: int(new),
    ),
]
