"""Exercise 2 of notebook 09: answers in several styles, and the wrong ones by name."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hostile import Hostile, assert_named, assert_right, assert_sound, raising

from wslib import check
from wslib.check.mistakes import Mistake
from wslib.check.nb09_follower import PLAYS, TEXTS, _Follower, followed


class Follower:
    """The answer key's, and what the wrong ones below begin with."""

    def __init__(self) -> None:
        self.last: Any = 0

    def resume(self) -> Any:
        return self.last

    def receive(self, number: int, text: str) -> Any:
        if number <= self.last:
            return False
        self.last = number
        return True


class WithMax(Follower):
    def receive(self, number: int, text: str) -> bool:
        new = number > self.last
        self.last = max(self.last, number)
        return bool(new)


class NextInLine(Follower):
    def receive(self, number: int, text: str) -> bool:
        if number == self.last + 1:
            self.last += 1
            return True
        return False


class WithSet:
    def __init__(self) -> None:
        self.seen: set[int] = set()

    def resume(self) -> int:
        return max(self.seen, default=0)

    def receive(self, number: int, text: str) -> bool:
        if number in self.seen:
            return False
        self.seen.add(number)
        return True


class LengthOfASet(WithSet):
    """Without gaps, as many have come as the last one's number says."""

    def resume(self) -> int:
        return len(self.seen)


class WithList:
    def __init__(self) -> None:
        self.seen = [0]

    def resume(self) -> int:
        return self.seen[-1]

    def receive(self, number: int, text: str) -> bool:
        new = number not in self.seen
        if new:
            self.seen += [number]
        return new


class WithDict:
    def __init__(self) -> None:
        self.texts: dict[int, str] = {}

    def resume(self) -> int:
        return len(self.texts)

    def receive(self, number: int, text: str) -> bool:
        before = len(self.texts)
        self.texts.setdefault(number, text)
        return len(self.texts) > before


class WithPairs(WithSet):
    def __init__(self) -> None:
        self.pairs = {(0, "")}

    def resume(self) -> int:
        return max(self.pairs)[0]

    def receive(self, number: int, text: str) -> bool:
        if (number, text) in self.pairs:
            return False
        self.pairs.add((number, text))
        return True


@dataclass
class AsDataclass:
    last: int = 0

    resume = Follower.resume
    receive = Follower.receive


class DefaultInTheClass:
    """A number in the class is only where the object's own begins."""

    last = 0

    def resume(self) -> int:
        return self.last

    def receive(self, number: int, text: str) -> bool:
        new, self.last = number > self.last, max(number, self.last)
        return new


class NoneAtFirst:
    def __init__(self) -> None:
        self.last: int | None = None

    def resume(self) -> int:
        return self.last or 0

    def receive(self, number: int, text: str) -> bool:
        if self.last is not None and number <= self.last:
            return False
        self.last = number
        return True


class ExpectsTheNext:
    def __init__(self) -> None:
        self.next = 1

    def resume(self) -> int:
        return self.next - 1

    def receive(self, number: int, text: str) -> bool:
        if new := number >= self.next:
            self.next = number + 1
        return new


class Sized(Follower):
    """An object that is falsy until something has come."""

    def __len__(self) -> int:
        return int(self.last)


class WithSlots(Follower):
    __slots__ = ("last",)


class Inherits(Follower):
    pass


class MethodsOfTheObject:
    """Two closures over one number, given to the object."""

    def __init__(self) -> None:
        last = 0

        def receive(number: int, text: str) -> bool:
            nonlocal last
            new, last = number > last, max(number, last)
            return new

        self.resume = lambda: last
        self.receive = receive


class AnswersZeroOrOne(Follower):
    """1 for True and 0 for False, which are as good."""

    def receive(self, number: int, text: str) -> int:
        return int(super().receive(number, text))


RIGHT_FOLLOWERS = [
    Follower,
    WithMax,
    NextInLine,
    WithSet,
    LengthOfASet,
    WithList,
    WithDict,
    WithPairs,
    AsDataclass,
    DefaultInTheClass,
    NoneAtFirst,
    ExpectsTheNext,
    Sized,
    WithSlots,
    Inherits,
    MethodsOfTheObject,
    AnswersZeroOrOne,
]


@pytest.mark.parametrize("follower", RIGHT_FOLLOWERS)
def test_every_right_way_to_follow_is_right(follower: type) -> None:
    assert_right(check.follower(follower))


def follower_that(**change: Any) -> type:
    """Return a class that follows as the way does with this change."""

    class Changed(_Follower):
        def __init__(self) -> None:
            super().__init__(**change)

    return Changed


@pytest.mark.parametrize(
    ("mistake", "change"),
    [
        pytest.param(mistake, change, id=f"{mistake.name}-{number}")
        for mistake in check.follower.mistakes
        for number, change in enumerate(mistake.changes)
    ],
)
def test_each_mistake_in_following_is_named(
    mistake: Mistake, change: dict[str, Any]
) -> None:
    assert_named(check.follower(follower_that(**change)), mistake.name, mistake.hint)


class Counts(Follower):
    def receive(self, number: int, text: str) -> Any:
        new = number > self.last
        self.last += 1
        return new


class CountsAndAlwaysTrue(Follower):
    def receive(self, number: int, text: str) -> Any:
        self.last += 1
        return True


class AlwaysTrue(Follower):
    def receive(self, number: int, text: str) -> Any:
        self.last = number
        return True


class AtLeast(Follower):
    def receive(self, number: int, text: str) -> Any:
        return number == self.last or super().receive(number, text)


class Swapped(Follower):
    def receive(self, number: int, text: str) -> Any:
        return not super().receive(number, text)


class AsText(Follower):
    def receive(self, number: int, text: str) -> Any:
        new = str(number) > str(self.last)
        self.last = max(self.last, number)
        return new


class StartsAt1(Follower):
    def __init__(self) -> None:
        super().__init__()
        self.last = 1


class TextOrNone(Follower):
    def receive(self, number: int, text: str) -> Any:
        return text if super().receive(number, text) else None


class AlwaysTheEnd(Follower):
    def resume(self) -> Any:
        return 12


class NotEqual(Follower):
    def receive(self, number: int, text: str) -> Any:
        if number != self.last:
            self.last = number
            return True
        return False


class GoesBackwards(Follower):
    def receive(self, number: int, text: str) -> Any:
        new = number > self.last
        self.last = number
        return new


class StoresInAName(Follower):
    def receive(self, number: int, text: str) -> Any:
        if number > self.last:
            last = number  # noqa: F841
            return True
        return False


class ComparesTooLate(Follower):
    def receive(self, number: int, text: str) -> Any:
        self.last = max(number, self.last)
        return number > self.last


class NoReturnForOld(Follower):
    def receive(self, number: int, text: str) -> Any:
        if number > self.last:
            self.last = number
            return True


class ReturnsNothing(Follower):
    def receive(self, number: int, text: str) -> Any:
        self.last = max(self.last, number)


class ResumePrints(Follower):
    def resume(self) -> Any:
        print(end="")


class Texts(Follower):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def receive(self, number: int, text: str) -> Any:
        self.last = max(self.last, number)
        if text in self.texts:
            return False
        self.texts.append(text)
        return True


class StoresTheText(Follower):
    def __init__(self) -> None:
        self.last = ""

    def receive(self, number: int, text: str) -> Any:
        new, self.last = text != self.last, text
        return new


class EmptySet(WithSet):
    def resume(self) -> int:
        return max(self.seen)


class EmptyList(WithList):
    def __init__(self) -> None:
        self.seen = []


class NoneFirst(Follower):
    def __init__(self) -> None:
        self.last = None


class StringNumber(Follower):
    def __init__(self) -> None:
        self.last = "0"

    def receive(self, number: int, text: str) -> Any:
        new, self.last = str(number) > self.last, max(str(number), self.last)
        return new


class ResumesOnce(Follower):
    def resume(self) -> Any:
        last, self.last = self.last, 0
        return last


class InitInResume(Follower):
    def resume(self) -> Any:
        self.__init__()  # type: ignore[misc]
        return self.last


class InTheClass:
    last = 0

    def resume(self) -> int:
        return InTheClass.last

    def receive(self, number: int, text: str) -> bool:
        if number <= InTheClass.last:
            return False
        InTheClass.last = number
        return True


class SetInTheClass(Follower):
    seen: set[int] = set()

    def receive(self, number: int, text: str) -> Any:
        self.last = max(number, self.last)
        new = number not in self.seen
        self.seen.add(number)
        return new


class InADefault(WithSet):
    def __init__(self, seen: set[int] = set()) -> None:  # noqa: B006
        self.seen = seen


class NewOneResets(InTheClass):
    def __init__(self) -> None:
        InTheClass.last = 0


EVERYTHING: list[int] = [0]


class Global:
    def resume(self) -> int:
        return EVERYTHING[-1]

    def receive(self, number: int, text: str) -> bool:
        if number <= EVERYTHING[-1]:
            return False
        EVERYTHING.append(number)
        return True


class SharedAndAlwaysTrue(InTheClass):
    def receive(self, number: int, text: str) -> bool:
        super().receive(number, text)
        return True


class Forgetful(WithSet):
    """Remembers the last two, and resumes rightly."""

    def __init__(self) -> None:
        self.recent: deque[int] = deque(maxlen=2)
        self.last = 0

    def resume(self) -> int:
        return self.last

    def receive(self, number: int, text: str) -> bool:
        new = number not in self.recent
        self.recent.append(number)
        self.last = max(self.last, number)
        return new


class ThousandOnly(Forgetful):
    """Remembers the last thousand."""

    def __init__(self) -> None:
        super().__init__()
        self.recent = deque(maxlen=1000)


class ResumeCountsUp(Follower):
    def resume(self) -> Any:
        self.last += 1
        return self.last


class FirstOnly(Follower):
    def receive(self, number: int, text: str) -> Any:
        if self.last:
            return number > self.last
        self.last = number
        return True


class Modulo(Follower):
    def receive(self, number: int, text: str) -> Any:
        return super().receive(number, text) and number % 10 != 0


class OneLessLater(Follower):
    def resume(self) -> Any:
        return self.last if self.last < 7 else self.last - 2


class OneMoreLater(Follower):
    def resume(self) -> Any:
        return self.last if self.last < 7 else self.last + 2


class FloatNumber(Follower):
    def __init__(self) -> None:
        self.last = 0.0


class ResumeGivesAList(WithSet):
    def resume(self) -> Any:
        return sorted(self.seen)


class MissesSelf:
    def resume() -> int:  # type: ignore[misc]
        return 0

    def receive(number: int, text: str) -> bool:  # type: ignore[misc]  # noqa: N805
        return True


class ReceiveMissesSelf(Follower):
    def receive(number: int, text: str) -> bool:  # type: ignore  # noqa: N805
        return True


class AsProperty(Follower):
    resume = property(lambda self: self.last)  # type: ignore[assignment]


class AsMessage(Follower):
    def receive(self, message: str) -> Any:  # type: ignore[override]
        return True


class ResumeTakes(Follower):
    def resume(self, number: int) -> Any:  # type: ignore[override]
        return number


class NoResume:
    def receive(self, number: int, text: str) -> bool:
        return True


class OtherName(NoResume):
    def restart(self) -> int:
        return 0


class NoReceive:
    def resume(self) -> int:
        return 0


class WantsAUrl(Follower):
    def __init__(self, url: str) -> None:
        super().__init__()


class Waits(Follower):
    async def receive(self, number: int, text: str) -> Any:
        return super().receive(number, text)


class WaitsInResume(Follower):
    async def resume(self) -> Any:
        return self.last


class Yields(Follower):
    def receive(self, number: int, text: str) -> Iterator[bool]:
        yield True


class NoLast(Follower):
    def __init__(self) -> None:
        pass


class LocalLast(Follower):
    def receive(self, number: int, text: str) -> Any:
        last += 1  # type: ignore[name-defined]  # noqa: F821, F841
        return True


class BareName(Follower):
    def resume(self) -> Any:
        return last  # type: ignore[name-defined]  # noqa: F821


class AddsText(Follower):
    def receive(self, number: int, text: str) -> Any:
        return text > self.last


class RaisesForOld(Follower):
    def receive(self, number: int, text: str) -> Any:
        if number <= self.last:
            raise ValueError("this one is old")
        return super().receive(number, text)


class NeverEnds(Follower):
    def receive(self, number: int, text: str) -> Any:
        while number > self.last:
            pass
        return False


class NeverEndsForOld(Follower):
    def receive(self, number: int, text: str) -> Any:
        while number < self.last:
            pass
        return super().receive(number, text)


class BackAndTooFar(GoesBackwards):
    def resume(self) -> Any:
        return self.last + 1


class BackAndAsInt(GoesBackwards):
    def receive(self, number: int, text: str) -> Any:
        return int(super().receive(number, text))


class TooFewAndAlwaysTrue(Follower):
    """What is asked for again is shown again."""

    def resume(self) -> Any:
        return max(0, self.last - 1)

    def receive(self, number: int, text: str) -> Any:
        super().receive(number, text)
        return True


class TooFarAndStarts(Follower):
    """The two cancel out at first, and not later."""

    def __init__(self) -> None:
        self.last = -1

    def resume(self) -> Any:
        return self.last + 1


WRONG_FOLLOWER: list[tuple[Any, str, str]] = [
    (Counts, "counts", "counted, those that came twice as well"),
    (CountsAndAlwaysTrue, "counts-and-always-new", "compare with it"),
    (AlwaysTrue, "always-new", "shown twice"),
    (AtLeast, "same-again-is-new", "`>`, not `>=`"),
    (Swapped, "inverted", "the wrong way round"),
    (AsText, "compared-as-text", '"10" comes before "9"'),
    (StartsAt1, "starts-at-1", "the first message is never sent"),
    (TextOrNone, "not-true-or-false", "Return True or False"),
    (AlwaysTheEnd, "resume-always-the-end", "whatever came"),
    (NotEqual, "not-the-last-one", "may be older"),
    (GoesBackwards, "goes-backwards", "went back"),
    (StoresInAName, "forgets-to-store", "`self.last`"),
    (ComparesTooLate, "never-new", "changed first"),
    (NoReturnForOld, "returns-nothing-sometimes", "`return False`"),
    (ReturnsNothing, "receive-returns-nothing", "None"),
    (ResumePrints, "resume-returns-nothing", "`return`"),
    (Texts, "texts-compared", "`receive(3, 'goal')` gave False"),
    (StoresTheText, "wrong-type", "At first, `resume()` gave ''; the answer is 0."),
    (EmptySet, "raises-at-first", "At first nothing has come, and the answer is 0"),
    (EmptyList, "raises-at-first", "IndexError"),
    (NoneFirst, "resume-returns-nothing", "from the beginning"),
    (StringNumber, "number-as-text", "as a number"),
    (ResumesOnce, "resume-resets", "changes its next answer"),
    (InitInResume, "resume-resets", "changes its next answer"),
    (InTheClass, "shared-state", "`self.last = 0` in `__init__`"),
    (SetInTheClass, "shared-state", "in the class"),
    (InADefault, "shared-state", "default value"),
    (NewOneResets, "shared-state", "in the class"),
    (Global, "shared-state", "global"),
    (SharedAndAlwaysTrue, "shared-state", "the other one knows"),
    (Forgetful, "repeats", "shown twice"),
    (ThousandOnly, "repeats", "1100, `receive(1, 'kick-off')` gave True"),
    (ResumeCountsUp, "skips", "At first, `resume()` gave 1"),
    (FirstOnly, "first-only", "nothing is kept"),
    (Modulo, "misses", "`receive(10, 'red card')` gave False; the answer is True"),
    (OneLessLater, "asks-again", "`resume()` gave 10; the answer is 12"),
    (OneMoreLater, "skips", "`resume()` gave 14; the answer is 12"),
    (FloatNumber, "wrong-type", "of type int; this is of type float"),
    (ResumeGivesAList, "wrong-type", "of type list"),
    (MissesSelf, "self-missing", "def resume(self)"),
    (ReceiveMissesSelf, "self-missing", "def receive(self, number, text)"),
    (AsProperty, "not-a-method", "`resume` is 0, and no method"),
    (AsMessage, "arguments", "number, text"),
    (ResumeTakes, "arguments", "without arguments; yours takes number"),
    (NoResume, "no-resume", "it has receive"),
    (OtherName, "no-resume", "it has restart"),
    (NoReceive, "no-receive", "it has resume"),
    (WantsAUrl, "cannot-be-made", "`WantsAUrl()`: it raised TypeError"),
    (Waits, "async", "`receive`: It is an `async def`"),
    (WaitsInResume, "async", "`resume`: It is an `async def`"),
    (Yields, "generator", "`return`"),
    (NoLast, "raises", "given to the object in `__init__`"),
    (LocalLast, "raises", "belongs to the object"),
    (BareName, "raises", "begins with `self.`"),
    (AddsText, "raises", "Which is which"),
    (RaisesForOld, "raises", "ValueError: this one is old"),
    (Follower(), "not-a-class", "check.follower(Follower)"),
    (Follower.receive, "not-a-class", "check.follower(Follower)"),
    (lambda number, text: True, "not-a-class", "not a class"),
    (3, "not-a-class", "The check was given 3"),
    # two at a time
    (BackAndTooFar, "one-too-far+goes-backwards", "And:"),
    (BackAndAsInt, "goes-backwards", "went back"),
    (TooFewAndAlwaysTrue, "one-too-few+always-new", "And:"),
    (TooFarAndStarts, "one-too-far", "after which number"),
]


@pytest.mark.parametrize(("follower", "mistake", "says"), WRONG_FOLLOWER)
def test_the_mistake_in_following_is_named(
    follower: Any, mistake: str, says: str, bounded: Callable[..., Any]
) -> None:
    verdict = bounded(check.follower, follower)
    assert_named(verdict, mistake, says)


@pytest.mark.parametrize(
    ("follower", "says"),
    [
        (NeverEnds, "At first, `receive(1, 'kick-off')`"),
        (NeverEndsForOld, "Look for a loop"),
    ],
)
def test_what_has_no_end_is_told_at_which_call(
    follower: type, says: str, bounded: Callable[..., Any], probed: None
) -> None:
    assert_named(bounded(check.follower, follower), "never-ends", says)


@pytest.mark.parametrize(
    "follower", [InTheClass, SetInTheClass, InADefault, NewOneResets, Global]
)
def test_what_is_shared_is_found_the_second_time_too(follower: type) -> None:
    verdicts = [check.follower(follower) for _ in range(3)]
    assert_named(verdicts[0], "shared-state")
    assert verdicts == verdicts[:1] * 3


def test_a_class_whose_methods_are_stubs_is_not_attempted_yet() -> None:
    class Stub:
        """Misses nothing and repeats nothing, however often it must reconnect."""

        def __init__(self) -> None:
            self.last = 0

        def resume(self) -> int:
            """Return the number after which the server should go on; 0 at first."""
            ...

        def receive(self, number: int, text: str) -> bool:
            """Take a message; return whether it is new."""
            ...

    class NotImplementedYet(Follower):
        def resume(self) -> Any:
            raise NotImplementedError

    class Empty: ...

    for cls in (Stub, NotImplementedYet, Empty):
        verdict = check.follower(cls)
        assert (verdict.right, verdict.mistake) == (None, None)
        assert "not attempted yet" in str(verdict)


@pytest.mark.parametrize("name", ["resume", "receive"])
def test_one_method_of_two_is_half_of_it(name: str) -> None:
    def stub(self: Any, *args: Any) -> Any: ...

    verdict = check.follower(type("Half", (Follower,), {name: stub}))
    assert (verdict.right, verdict.mistake) == (False, "half-done")
    assert f"`{name}` still has nothing" in str(verdict)


def test_the_conversations_have_no_gap_and_are_cut_at_every_point() -> None:
    first_lines = {(lines[0].again, lines[0].cut) for lines in PLAYS}
    assert {("nothing", cut) for cut in range(13)} <= first_lines
    assert {("each", cut) for cut in range(25)} <= first_lines
    for lines in PLAYS:
        last, shown = 0, []
        for number, value, _ in followed(*lines):
            if number:
                assert 1 <= number <= last + 1
                shown += [number] if value else []
            last = number or value
        assert shown == list(range(1, len(shown) + 1))


def test_two_messages_that_say_the_same_are_among_them() -> None:
    assert len(set(TEXTS)) < len(TEXTS)
    assert any(a == b for a, b in zip(TEXTS, TEXTS[1:], strict=False))
    assert len(TEXTS) > 9, 'or nobody would see that "10" is before "9"'


class RemembersTen(Follower):
    """Knows the last ten numbers, and takes an older one for new."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[int] = []

    def receive(self, number: int, text: str) -> bool:
        new = number not in self.numbers
        self.numbers = [*self.numbers, number][-10:]
        self.last = max(self.last, number)
        return new


class SkipsEmpty(Follower):
    """Takes a message without words for none."""

    def receive(self, number: int, text: str) -> bool:
        if number > self.last and text:
            self.last = number
            return True
        return False


class RemembersMany(RemembersTen):
    """Knows the last hundred."""

    def receive(self, number: int, text: str) -> bool:
        new = number not in self.numbers
        self.numbers = [*self.numbers, number][-100:]
        self.last = max(self.last, number)
        return new


@pytest.mark.parametrize("cls", [RemembersTen, RemembersMany, SkipsEmpty])
def test_a_follower_of_most_messages_is_not_praised(cls: type) -> None:
    assert check.follower(cls).right is False


# --- whatever it does -----------------------------------------------------------------


class HostileFollower(Hostile):
    resume = receive = Hostile._raise


def following(change: Callable[[Any], Any]) -> type:
    """Return a follower that is right but for what it makes of its answers."""

    class Changed(Follower):
        def resume(self) -> Any:
            return change(super().resume())

        def receive(self, number: int, text: str) -> Any:
            return change(super().receive(number, text))

    return Changed


class HugeInt(int):
    """A number, and none that can be shown."""

    __repr__ = __str__ = __format__ = raising(RuntimeError("no"))


@pytest.mark.parametrize(
    "answer",
    [
        HostileFollower(),
        HostileFollower,
        following(lambda value: Hostile()),
        following(lambda value: [Hostile()]),
        following(lambda value: exit()),
        following(lambda value: object()),
        following(lambda value: 10**5000),
        following(lambda value: float("nan")),
        Exception,
    ],
)
def test_no_class_makes_the_check_raise(answer: Any) -> None:
    assert_sound(check.follower(answer), "follower")


def test_a_number_that_cannot_be_shown_is_a_number() -> None:
    assert_right(check.follower(following(lambda v: HugeInt(v) if v > 1 else v)))
