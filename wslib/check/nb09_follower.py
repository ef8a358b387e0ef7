"""Exercise 2 of notebook 09: a follower who misses nothing and repeats nothing.

The server numbers its messages. On each connection the client says after which number
to go on; the server may send again what it is not sure about:

    connection   resume()   comes
    1            0          1  2  3  4  2  3     the line is cut
    2            4          3  4  5  6  ...
"""

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NamedTuple

from wslib.check import sandbox
from wslib.check.cases import Call, Case
from wslib.check.engine import Compared
from wslib.check.everywhere import on_raising
from wslib.check.fit import fault, misfit_class
from wslib.check.mistakes import Change, Mistake
from wslib.check.sandbox import Outcome, attempt, has_no_end
from wslib.check.values import plain_value
from wslib.check.verdict import Verdict, brief, lower_first
from wslib.check.words import type_hint

METHODS = {"resume": [], "receive": ["number", "text"]}
AGAIN = ("nothing", "each", "older", "row")
TEXTS = (
    *("kick-off", "goal", "goal", "corner", "goal", "corner"),
    *("break", "kick-off", "", "red card", "red card", "end"),  # one says nothing
)


class Line(NamedTuple):
    """One connection: what the server sends again, and when it is cut.

    Attributes:
        again: ``nothing``, ``each`` message, ``older`` ones at first, or a ``row`` of
            them now and then.
        cut: After how many messages the line is cut; None if it stays to the end.
        size: How many messages there are.
    """

    again: str
    cut: int | None = None
    size: int = len(TEXTS)


class Entry(NamedTuple):
    """One call, of ``resume`` if the number is 0, and what it answered."""

    number: int
    value: Any = None
    kind: type | None = None  # for True is not 1 here; None if nothing was answered

    def __str__(self) -> str:
        """Write the call down."""
        text = TEXTS[(self.number - 1) % len(TEXTS)]
        return f"receive({self.number}, {text!r})" if self.number else "resume()"


def sent(after: int, again: str, size: int) -> list[int]:
    """Return the numbers that the server sends on one connection."""
    first = max(after, 0) + 1
    numbers: list[int] = []
    if again == "older":
        numbers = list(range(max(1, first - 2), min(first, size + 1)))
    for number in range(first, size + 1):
        numbers += [number, number] if again == "each" else [number]
        if again == "row" and number % 4 == 0:
            numbers += [number - 2, number - 1, number]
            numbers += [1] if number == size else []  # the oldest of all
    return numbers


def _asked(follower: Any, number: int) -> Any:
    """Give a follower a message, or ask it where to go on."""
    if number:
        return follower.receive(number, TEXTS[(number - 1) % len(TEXTS)])
    return follower.resume()


def play(log: list[Entry], make: Callable[[], Any], *lines: Line) -> list[Entry]:
    """Play a server to a follower; note each call of it, and what it answers."""
    follower = make()

    def ask(number: int) -> Any:
        log.append(Entry(number))
        value = plain_value(_asked(follower, number), True if number else 0)
        log[-1] = Entry(number, value, type(value))
        return value

    for again, cut, size in lines:
        after = ask(0)
        if type(after) is not int:
            break  # no server can go on after that
        for number in sent(after, again, size)[:cut]:
            ask(number)
    return log


@dataclass(kw_only=True)
class _Follower:
    """A follower, right but for what is asked."""

    last: Any = 0
    asks: Callable[[Any], Any] = lambda me: me.last
    new: Callable[[Any, int, str], Any] = lambda me, n, text: n > me.last
    keeps: Callable[[Any, int, Any], Any] = lambda me, n, new: n if new else me.last
    says: Callable[[Any, int, str], Any] = lambda new, n, text: new
    asked: Any = 0  # what resume has said
    numbers: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def resume(self) -> Any:
        self.asked = self.asks(self)
        return self.asked

    def receive(self, number: int, text: str) -> Any:
        new = self.new(self, number, text)
        self.last = self.keeps(self, number, new)
        self.numbers.append(number)
        self.texts.append(text)
        return self.says(new, number, text)


def followed(*lines: Line, **change: Any) -> list[Entry]:
    """Return what a right follower answers, or one that is changed in this way."""
    return play([], lambda: _Follower(**change), *lines)


def _resets(me: Any, *, first: bool = False) -> Any:
    last, me.last = me.last, 0
    return 0 if first else last


_ALWAYS: Change = {"keeps": lambda me, n, new: n}
_HIGHEST: Change = {"keeps": lambda me, n, new: max(me.last, n)}
_COUNTED: Change = {"keeps": lambda me, n, new: me.last + 1}
_ALL_SEEN: Change = {"asks": lambda me: len(me.numbers)}
_TRUE: Change = {"says": lambda new, n, text: True}
_OLD_TEXT: Change = {"new": lambda me, n, text: text not in me.texts}
_OTHER_TEXT: Change = {"new": lambda me, n, text: me.texts[-1:] != [text]}
_AS_TEXT: Change = {"new": lambda me, n, text: str(n) > str(me.last)}
_BOOL = "Return True or False: `return number > self.last`, before `last` is changed."

# A table: its rows are filled to the width.
# fmt: off
_MISTAKES = [
    Mistake("forgets-to-store", "Nothing is kept: after a cut all is sent again. Keep "
        "the highest number that has come: `self.last`.",
        keeps=lambda me, n, new: me.last),
    Mistake("one-too-far", "`resume` says after which number to go on. One more, and "
        "the server leaves out a message that never came.",
        {"asks": lambda me: me.last and me.last + 1}, asks=lambda me: me.last + 1),
    Mistake("one-too-few", "Nothing is lost that way, but the last message is sent "
        "again. `resume` says after which number to go on.",
        {"asks": lambda me: max(0, me.last - 1)}, asks=lambda me: me.last - 1),
    Mistake("always-new", "A message that came before was called new: it would be "
        "shown twice.", _TRUE | _ALWAYS, _TRUE),
    Mistake("never-new", "No message is ever new, none would be shown. Is `last` "
        "changed first, and then compared with itself?",
        says=lambda new, n, text: False),
    Mistake("same-again-is-new", "The last message came once more, and was called new: "
        "`>`, not `>=`.", new=lambda me, n, text: n >= me.last),
    Mistake("inverted", "It is the wrong way round.",
        says=lambda new, n, text: not new),
    Mistake("goes-backwards", "An older message came again, and `last` went back to "
        "its number. Keep a number only if it is greater.",
        {"new": lambda me, n, text: n not in me.numbers} | _ALWAYS, _ALWAYS),
    Mistake("not-the-last-one", "Only the very last number was compared. What comes "
        "again may be older: new is what is greater, `>`.",
        {"new": lambda me, n, text: n != me.last} | _HIGHEST,
        new=lambda me, n, text: n != me.last),
    Mistake("resume-carry", "What comes is compared with what `resume` has said. More "
        "has come since then: compare with the last number that came.",
        {"new": lambda me, n, text: n > me.asked} | _HIGHEST,
        {"new": lambda me, n, text: n > me.asked} | _ALWAYS),
    Mistake("counts", "Messages were counted, those that came twice as well. Keep the "
        "number of the last one instead.", _ALL_SEEN, _COUNTED,
        _ALL_SEEN | {"new": lambda me, n, text: n > len(me.numbers)}),
    Mistake("counts-and-always-new", "Messages were counted, those that came twice as "
        "well, and each was called new. Keep the number of the last one, and compare "
        "with it.", _ALL_SEEN | _TRUE, _COUNTED | _TRUE),
    Mistake("texts-compared", "Two messages may say the same, and are two: compare the "
        "numbers.", *(text | keeps for text in (_OLD_TEXT, _OTHER_TEXT)
            for keeps in (_ALWAYS, _HIGHEST, {})),
        {"asks": lambda me: len(set(me.texts))} | _OLD_TEXT),
    Mistake("resume-resets", "To ask `resume` changes its next answer. A connection "
        "may be cut before anything comes, and `resume` is asked again.",
        {"asks": partial(_resets, first=True)}, asks=_resets),
    Mistake("starts-below-0", "At first nothing has come, and `resume` is 0.", last=-1),
    Mistake("starts-at-1", "At first nothing has come, and `resume` is 0: after 0 "
        "comes message 1. From 1 on, the first message is never sent.", last=1),
    Mistake("resume-always-0", "`resume` is 0 even after messages came: all is sent "
        "again. Is `self.last` what it returns?", asks=lambda me: 0),
    Mistake("resume-always-the-end", "`resume` gives the same, whatever came. It is "
        "the number of the last message.", asks=lambda me: len(TEXTS)),
    Mistake("first-only", "After the first message nothing is kept any more.",
        keeps=lambda me, n, new: me.last or n),
    Mistake("compared-as-text", 'As text, "10" comes before "9". Compare the numbers '
        "as numbers.", _AS_TEXT | _HIGHEST, _AS_TEXT | _ALWAYS, _AS_TEXT),
    Mistake("number-as-text", "That number is text. Return it as a number.",
        asks=lambda me: str(me.last)),
    Mistake("returns-nothing-sometimes", "For a message that came before, nothing is "
        "returned: `return False` is missing.", says=lambda new, n, text: new or None),
    Mistake("receive-returns-nothing", f"`receive` gives back None. {_BOOL}",
        says=lambda new, n, text: None),
    Mistake("resume-returns-nothing", "`resume` gives back None. Is there a `return` "
        "in it, and is `self.last` a number from the beginning?", asks=lambda me: None),
    Mistake("not-true-or-false", _BOOL,
        *({"says": lambda new, n, text, no=no: text if new else no}
          for no in (None, False)),
        *({"says": lambda new, n, text, no=no: n if new else no} for no in (None, 0)),
        {"says": lambda new, n, text: text}, says=lambda new, n, text: n),
]
# fmt: on


def _cut_everywhere(again: str) -> list[tuple[Line, ...]]:
    """Cut a conversation at every point, the second connection a little later, too."""
    return [
        (Line(again, cut), Line(again, 2), Line("nothing"), Line("nothing", 0))
        for cut in range(len(sent(0, again, len(TEXTS))) + 1)
    ]


PLAYS: list[tuple[Line, ...]] = [
    (Line("nothing", 0),),
    (Line("nothing", 1), Line("nothing", 1)),
    (Line("nothing", 3), Line("nothing", 0), Line("nothing", 2)),
    (Line("each", 6), Line("older", 4)),
    (Line("row", 6), Line("nothing")),
    *(lines for again in AGAIN for lines in _cut_everywhere(again)),
    tuple(Line("older", 3) for _ in range(15)),
    tuple(Line("row", 5 + n % 3) for n in range(7)),
]


def _sampled(chance: random.Random) -> tuple[Line, ...]:
    """Return a conversation, seldom one that is longer than anybody's memory."""
    if chance.random() < 0.01:
        return Line("row", None, 1_100), Line("older", 3, 1_100)
    size = chance.choice([3, *[len(TEXTS)] * 6, 300])
    return tuple(
        Line(chance.choice(AGAIN), chance.choice([None, 0, 1, 2, 3, 5, 8]), size)
        for _ in range(chance.randint(1, 5))
    )


# --- does it fit? ---------------------------------------------------------------------


def _not_a_follower(cls: Any) -> Verdict | None:
    """Return the verdict on what cannot follow, or shares what it keeps; or None."""
    if verdict := misfit_class("follower", cls, "Follower", METHODS):
        return verdict
    tried, call = partial(_shares, cls), follower.calls[1]
    if has_no_end([tried], limit=sandbox.PROCESSOR / 2) is not None:
        log = _up_to_the_endless(cls, call.expected)
        return log and _gone_wrong(cls, call, Outcome(timed_out=True, log=log)) or None
    if attempt(tried).value is True:
        seen = "Of two followers one received a message, and the other one knows of it."
        return follower.wrong("shared-state", seen)
    return None


def _gone_wrong(cls: type, call: Call, outcome: Outcome) -> Verdict | None:
    """Say at which call of a conversation it went wrong."""
    log: list[Entry] = list(outcome.log) or _up_to_the_endless(cls, call.expected)
    log = log or [Entry(call.expected[0].number)]
    pairs = enumerate(zip(log, call.expected, strict=False))
    place = next((i for i, (a, b) in pairs if a != b), len(log) - 1)
    gave, due = log[place], call.expected[place]
    asked = f"{_before(log[:place], gave)}, `{gave}`"
    if gave.kind is None:
        return _not_to_the_end(cls, outcome, gave, asked, first=place == 0)
    evidence = f"{asked} gave {brief(gave.value)}; the answer is {due.value}."
    if gave.kind is not due.kind:
        return follower.wrong("wrong-type", evidence, type_hint(gave.value, due.value))
    later, earlier = _WRONG[gave.number > 0]
    return follower.wrong(later if gave.value > due.value else earlier, evidence)


# What is wrong with a number from resume, and what with the answer of receive.
_WRONG = ("skips", "asks-again"), ("repeats", "misses")  # True is more than False
_COME = "Which numbers have come by then?"
_HINTS = {
    "skips": f"The server would leave out what has not come. {_COME}",
    "asks-again": f"The server would send again what has come. {_COME}",
    "repeats": f"This one came before, and would be shown twice. {_COME}",
    "misses": f"This one is new, and would never be shown. {_COME}",
    "shared-state": "What came is kept in the class, in a default value or in a global "
    "variable, where all share it. Keep it in the object: `self.last = 0` in "
    "`__init__`.",
}


def _not_to_the_end(
    cls: type, outcome: Outcome, last: Entry, asked: str, *, first: bool
) -> Verdict | None:
    """Say at which call it raised, or did not end."""
    name = "receive" if last.number else "resume"
    verdict = fault("follower", getattr(cls, name, cls), outcome)
    if verdict is None or verdict.right is None:
        return verdict
    said = lower_first(verdict.evidence).replace("your function", "it", 1)
    verdict = replace(verdict, evidence=f"{asked}: {said}")
    if first and isinstance(outcome.error, ValueError | IndexError | TypeError):
        hint = "At first nothing has come, and the answer is 0."
        return replace(verdict, mistake="raises-at-first", hint=hint)
    return replace(verdict, hint=_of_error(outcome.error) or verdict.hint)


def _up_to_the_endless(cls: type, due: Sequence[Entry]) -> list[Entry]:
    """Return the calls up to the one that has no end, not making it; [] if none has."""
    made: list[Any] = []

    def ask(entry: Entry) -> None:
        made.extend([] if made else [cls()])
        _asked(made[0], entry.number)

    place = has_no_end(
        [partial(ask, entry) for entry in due], limit=sandbox.PROCESSOR / 2
    )
    return [] if place is None else [*due[:place], Entry(due[place].number)]


def _of_error(error: BaseException | None) -> str:
    """Return a hint for an exception that people run into here; empty if unknown."""
    if isinstance(error, UnboundLocalError):
        return "What is to last from call to call belongs to the object: `self.last`."
    if isinstance(error, AttributeError):
        return "Is this name given to the object in `__init__`, as `self.… = …`?"
    if isinstance(error, NameError):
        return on_raising(error) + " What belongs to the object begins with `self.`."
    if isinstance(error, TypeError):
        return "`number` is a number, `text` is text. Which is which? Or is one None?"
    return ""


def _before(log: Sequence[Entry], now: Entry) -> str:
    """Say what a follower had received before: After 1, 2, a cut, 3."""
    steps = [str(entry.number) if entry.number else "a cut" for entry in log[1:]]
    steps += [] if now.number or not log else ["a cut"]
    if len(steps) > 9:
        steps = ["…", *steps[-8:]]
    return f"After {', '.join(steps)}" if steps else "At first"


def _shares(make: Callable[[], Any]) -> bool:
    """Tell whether what one follower receives changes another one's answers."""
    first, second = make(), make()
    before, number = second.resume(), next(_unseen)
    if second.resume() != before:
        return False  # it needs no other one to change its answer
    new = first.receive(number, f"text {number}")
    if second.resume() != before:
        return True
    return bool(second.receive(number, f"text {number}") != new)


# Numbers that no follower has seen, not in an earlier run of the check either.
_unseen = itertools.count(1_000_000)


def _by_itself(
    cls: type, calls: Sequence[Call], seen: Sequence[Outcome]
) -> Verdict | None:
    """Return the verdict on the first conversation that went wrong."""
    pairs = zip(calls, seen, strict=False)
    wrong = (pair for pair in pairs if not follower.fulfils(pair[1], pair[0]))
    return _gone_wrong(cls, *next(wrong))


class _Conversations(Compared):
    hints = _HINTS

    def explain(
        self, answer: Any, calls: Sequence[Call], seen: Sequence[Outcome], place: int
    ) -> tuple[Mistake, ...] | None:
        """Name no mistake where only the longest goes wrong: something was forgotten.

        All that is known would show before, and to try it on that one takes seconds.
        """
        if len(calls[place].expected) > 1_000:
            return None
        return super().explain(answer, calls, seen, place)


follower: Compared = _Conversations(
    "follower",
    "The class `Follower`, cut off at every point: `resume() -> int`, and "
    "`receive(number, text) -> bool`. Exercise 2 of notebook 09.",
    takes=[],
    way=followed,
    cases=[Case(*lines) for lines in PLAYS],
    mistakes=_MISTAKES,
    sampler=_sampled,
    praise="{cases} conversations, cut off at every point, with messages that came "
    "twice: nothing missed, nothing repeated.",
    fits=_not_a_follower,
    run=play,
    alone=_gone_wrong,
    unexplained=_by_itself,
)
