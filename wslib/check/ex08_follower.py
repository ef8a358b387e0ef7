"""The check of notebook 08's follower, who misses nothing and repeats nothing."""

import inspect
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any, NamedTuple

from wslib.check.attempt import (
    LIMIT,
    Outcome,
    Verdict,
    attempt,
    brief,
    fault,
    is_stub,
    not_yet,
)
from wslib.check.diagnosis import misfit, never_raises
from wslib.check.follower_slips import (
    FOLLOWER_SLIPS,
    PLAYS,
    TEXTS,
    Entry,
    Line,
    followed,
    play,
    sent,
)
from wslib.check.slips import explain, named, on_raising

METHODS = {"resume": [], "receive": ["number", "text"]}
# Numbers that no follower has seen, not in an earlier run of the check either.
_unseen = itertools.count(1_000_000)


class _Played(NamedTuple):
    """A conversation with the student's class: how it ended, and what was answered."""

    lines: tuple[Line, ...]
    outcome: Outcome
    log: list[Entry]

    def is_right(self) -> bool:
        """Tell whether it came to its end, with the right answers."""
        ended = self.outcome.error is None and not self.outcome.timed_out
        return ended and self.log == followed(*self.lines)


@never_raises
def follower(cls: Any) -> Verdict:
    """Check the class ``Follower``, cut off at every point. Exercise 3.

    Its method ``resume()`` returns the number after which the server should go on,
    and ``receive(number, text)`` takes a message and returns whether it is new.
    """
    exercise = "follower"
    if verdict := _not_a_follower(exercise, cls):
        return verdict
    played = _play_all(cls)
    wrong = next((one for one in played if not one.is_right()), None)
    if wrong is None:
        return Verdict(
            exercise=exercise,
            right=True,
            evidence=f"{len(PLAYS)} conversations, cut off at every point, with "
            "messages that came twice: nothing missed, nothing repeated.",
        )
    verdict = _gone_wrong(exercise, cls, wrong)
    if verdict.right is None or wrong.outcome.timed_out:
        return verdict
    if attempt(_shares, cls).value is True:
        return not_yet(exercise, "shared-state", *_SHARED)
    seen = [replace(one.outcome, value=one.log) for one in played]
    if slips := explain(seen, followed, PLAYS, FOLLOWER_SLIPS):
        return named(verdict, slips)
    return verdict


def _play_all(cls: type) -> list[_Played]:
    """Play every conversation, up to one that does not end or is not written yet."""
    played: list[_Played] = []
    end = monotonic() + LIMIT
    for lines in PLAYS:
        log: list[Entry] = []
        left = max(end - monotonic(), 0.1)
        outcome = attempt(play, lines, cls, log, limit=left)
        played.append(_Played(lines, outcome, log))
        if outcome.timed_out or isinstance(outcome.error, NotImplementedError):
            break
    return played


def _not_a_follower(exercise: str, follower: Any) -> Verdict | None:
    """Return the verdict on what cannot follow; None if it can."""
    if follower is None or follower is ...:
        return Verdict(exercise=exercise)
    if not isinstance(follower, type):
        like = all(hasattr(follower, name) for name in METHODS)
        name = type(follower).__name__ if like else "Follower"
        evidence = f"The check was given {brief(follower)}, not a class."
        hint = f"Give it the class itself, without brackets: check.follower({name})."
        return not_yet(exercise, "not-a-class", evidence, hint)
    methods = [n for n in vars(follower) if callable(vars(follower)[n]) and n[0] != "_"]
    stubs = [name for name in METHODS if is_stub(getattr(follower, name, None))]
    if set(methods) <= set(stubs) and not _written(follower, stubs):
        return Verdict(exercise=exercise)
    outcome = attempt(follower)
    if outcome.error is not None or outcome.timed_out:
        verdict = fault(exercise, follower, outcome) or Verdict(exercise=exercise)
        said = verdict.evidence.replace("Your function", "it")
        evidence = f"Making one, `{follower.__name__}()`: {said}"
        hint = "The check calls it without arguments: `__init__` gets `self` alone."
        return replace(verdict, mistake="cannot-be-made", evidence=evidence, hint=hint)
    for name, takes in METHODS.items():
        if unfit := _unfit(exercise, follower, outcome.value, name, takes):
            return unfit
    if stubs:
        evidence = f"Half is done: `{stubs[0]}` still has nothing but `...` in it."
        return not_yet(exercise, "half-done", evidence, "Write that one, too.")
    return None


def _written(follower: type, stubs: Sequence[str]) -> bool:
    """Tell whether one of the two methods is there, and no stub."""
    return any(hasattr(follower, name) and name not in stubs for name in METHODS)


def _unfit(
    exercise: str, follower: type, made: Any, name: str, takes: list[str]
) -> Verdict | None:
    """Return the verdict on a method that cannot be called as it should; or None."""
    method = getattr(made, name, None)
    raw = inspect.getattr_static(follower, name, None)
    if raw is None and method is None:
        others = [n for n in vars(follower) if n[:1] != "_"]
        evidence = f"The class has no method {name}; it has {_and(others)}."
        return not_yet(exercise, f"no-{name}", evidence, "Keep the names of the stub.")
    if not callable(method):
        evidence = f"`{name}` is {brief(method)}, and no method."
        hint = f"It is called, with brackets: `def {name}({_and(['self', *takes])})`."
        return not_yet(exercise, "not-a-method", evidence, hint)
    if inspect.isfunction(raw):
        names = list(inspect.signature(raw).parameters)
        if len(names) == len(takes) and names[:1] != ["self"]:
            evidence = f"`{name}` takes {_and(names)}, and not `self`."
            hint = "A method gets the object first: "
            hint += f"`def {name}({_and(['self', *takes])})`."
            return not_yet(exercise, "self-missing", evidence, hint)
    return _misfit(exercise, method, takes)


def _misfit(exercise: str, method: Any, takes: list[str]) -> Verdict | None:
    """Return the verdict on a method with other arguments, or no plain one; or None."""
    if not takes and _needs_more(method):
        names = _and(list(inspect.signature(method).parameters))
        evidence = f"`resume` is called without arguments; yours takes {names}."
        hint = "What it needs is in the object, as `self.last`."
        return not_yet(exercise, "arguments", evidence, hint)
    verdict = misfit(exercise, method, takes)
    if verdict is None or verdict.right is None:
        return None
    name = getattr(method, "__name__", "resume")
    return replace(verdict, evidence=f"`{name}`: {verdict.evidence}")


def _needs_more(method: Any) -> bool:
    """Tell whether a method cannot be called without arguments."""
    try:
        inspect.signature(method).bind()
    except TypeError:
        return True
    except ValueError:
        return False  # some methods written in C do not tell
    return False


def _and(names: Sequence[str]) -> str:
    return ", ".join(names) or "nothing"


def _shares(make: Callable[[], Any]) -> bool:
    """Tell whether what one follower receives changes another one's answers."""
    first, second = make(), make()
    before, number = second.resume(), next(_unseen)
    new = first.receive(number, f"text {number}")
    if second.resume() != before:
        return True
    return bool(second.receive(number, f"text {number}") != new)


_SHARED = (
    "Of two followers one received a message, and the other one knows of it.",
    "What came is kept in the class, in a default value or in a global variable, where "
    "all share it. Keep it in the object: `self.last = 0` in `__init__`.",
)


def _gone_wrong(exercise: str, follower: type, played: _Played) -> Verdict:
    """Say what came of a conversation that went wrong."""
    log, right = played.log, followed(*played.lines)
    pairs = enumerate(zip(log, right, strict=False))
    place = next((i for i, (a, b) in pairs if a != b), len(log))
    if place == len(log):
        return _not_to_the_end(exercise, follower, played)
    return _misjudged(exercise, log[:place], log[place], right[place])


def _misjudged(
    exercise: str, before: Sequence[Entry], gave: Entry, wanted: Entry
) -> Verdict:
    """Say what is wrong with an answer, and what would come of it."""
    said = f"{_before(before, gave)}, `{_call(gave)}` gave {brief(gave.value)}"
    evidence = f"{said}; the answer is {wanted.value}."
    if gave.kind is not wanted.kind:
        kind, asked = gave.kind.__name__, wanted.kind.__name__
        hint = f"The answer is of type {asked}; this is of type {kind}."
        return not_yet(exercise, "wrong-type", evidence, hint)
    again, lost = (
        ("This one came before, and would be shown twice.", "repeats"),
        ("This one is new, and would never be shown.", "misses"),
    )
    if not gave.number:
        again, lost = (
            ("The server would send again what has come.", "asks-again"),
            ("The server would leave out what has not come.", "skips"),
        )
    more = gave.value > wanted.value  # True is more than False
    hint, name = again if more is bool(gave.number) else lost
    return not_yet(exercise, name, evidence, f"{hint} Which numbers have come by then?")


def _not_to_the_end(exercise: str, follower: type, played: _Played) -> Verdict:
    """Say at which call it raised, or did not end."""
    lines, outcome, log = played
    call = _next_call(lines, log)
    name = "receive" if call.number else "resume"
    verdict = fault(exercise, getattr(follower, name, follower), outcome)
    if verdict is None or verdict.right is None:
        return verdict or Verdict(exercise=exercise)
    said = f"{verdict.evidence[0].lower()}{verdict.evidence[1:]}"
    said = said.replace("your function", "it", 1)
    evidence = f"{_before(log, call)}, `{_call(call)}`: {said}"
    if not log and isinstance(outcome.error, ValueError | IndexError | TypeError):
        hint = "At first nothing has come, and the answer is 0."
        return not_yet(exercise, "raises-at-first", evidence, hint)
    return replace(
        verdict, evidence=evidence, hint=_of_error(outcome.error) or verdict.hint
    )


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


def _next_call(lines: Sequence[Line], log: Sequence[Entry]) -> Entry:
    """Return the call that came after those of a log."""
    asked = [i for i, entry in enumerate(log) if not entry.number]
    lost = {line.who for line in lines[: len(asked)]}
    if asked:
        again, cut, who = lines[len(asked) - 1]
        start = asked[-1]
        numbers = sent(log[start].value, again)[:cut]
        if len(log) - start - 1 < len(numbers):
            return Entry(who, numbers[len(log) - start - 1], None, type(None))
    who = lines[len(asked)].who
    return Entry(who, 0, None, type(None), who in lost)


def _call(entry: Entry) -> str:
    """Write a call down."""
    if not entry.number:
        return "resume()"
    return f"receive({entry.number}, {TEXTS[entry.number - 1]!r})"


def _before(log: Sequence[Entry], now: Entry) -> str:
    """Say what a follower had received before: After 1, 2, a cut, 3."""
    mine = [entry for entry in log if entry.who == now.who]
    steps = [str(e.number) if e.number else "a cut" for e in mine if e.number or e.cut]
    steps += ["a cut"] if now.cut else []
    if len(steps) > 9:
        steps = ["…", *steps[-8:]]
    who = "The second of two followers: " if now.who else ""
    first = "after" if who else "After"
    if not steps:
        return f"{who}at first" if who else "At first"
    return f"{who}{first} {', '.join(steps)}"
