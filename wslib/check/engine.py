"""The exercises' engine: compare with the right way, then say which mistake it is.

The author of an exercise writes the *right way*, a function whose keyword arguments are
its steps, the *cases*, and the *mistakes*, each of which does a step otherwise:

    def unmasked(payload, masking_key, *, combine=operator.xor):
        return bytes(combine(b, masking_key[i % 4]) for i, b in enumerate(payload))

    Mistake("added", "The bytes were added. XOR is `^`.", combine=operator.add)

The engine does the rest, in this order:

    fits?      a stub, no function, `async`, a `yield`, other arguments
    ends?      tried in a process of its own: see ``sandbox``
    run        each case once, and in the end the first one again
    right?     then a few hundred more calls, at random, and what the exercise asks
    mistake    the fewest known mistakes, one or two, that explain ALL that was seen
    the usual  it raises, returns nothing, is always the same, of another type
    evidence   this came in, that came out, this was due, and what to look at
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property, partial
from time import monotonic
from typing import Any

from wslib.check import sandbox, words
from wslib.check.cases import Call, Case
from wslib.check.comparison import above
from wslib.check.everywhere import usual
from wslib.check.exercise import Exercise
from wslib.check.fit import fault, misfit
from wslib.check.mistakes import Change, Endless, Mistake, combined, must_be_known
from wslib.check.sandbox import Outcome, attempt, come_of, has_no_end, quiet
from wslib.check.values import (
    Arguments,
    alike,
    all_the_same,
    fresh,
    plain_value,
    same,
    values_of,
)
from wslib.check.verdict import Found, Verdict, brief, called, lower_first

SAMPLES = 200
SEED = 6455

# A hint; or the name of the mistake, what to add to the evidence, a hint.
Closer = Callable[[Call, Any], str | Found]
Judged = Verdict | Found | None
Unexplained = Callable[[Any, Sequence[Call], Sequence[Outcome]], Judged]


class Compared(Exercise):
    """An exercise whose answer is compared with the right way.

    Args:
        name: What it is called by.
        about: What is asked for; see :class:`Exercise`.
        takes: What the answer is called with, by name.
        way: The right way: takes the arguments, and by keyword its steps.
        cases: The calls, the plainest first.
        mistakes: The known mistakes, the likeliest first.
        praise: What to say when all is right; may hold ``{cases}``, their number.
        sampler: Returns the arguments of one more call, at random.
        fits: Looks at the answer before it is called; instead of ``misfit``.
        run: Runs one call, given a list to note in how far it came, the answer and the
            arguments; by default ``answer(*arguments)``.
        plain: Makes a student's value comparable, given what is due; by default
            ``values.plain_value``.
        show: Puts the arguments of a call into words.
        due: Puts what is due at a call into words, where the value is not to be given
            away, or is not the only one.
        closer: Looks closer at the first wrong outcome that nothing explains; is given
            the call and the value, or the exception, and returns a hint, or a name for
            the mistake, what to add to the evidence and a hint; each may be empty.
        alone: Judges one wrong outcome by itself, given the answer, the call and the
            outcome; None leaves it to the engine.
        further: Looks at an answer that is right so far; None if it is right.
        unexplained: Looks at an answer that no mistake explains, before the usual is
            said; is given it, the calls and the outcomes. The evidence may be empty:
            then it is what is said of the first wrong outcome.

    What judges returns a verdict, or the three parts of one on a wrong answer.
    """

    def __init__(
        self,
        name: str,
        about: str,
        *,
        takes: Sequence[str],
        way: Callable[..., Any],
        cases: Sequence[Case],
        mistakes: Sequence[Mistake] = (),
        praise: str,
        sampler: Callable[[random.Random], Arguments] | None = None,
        fits: Callable[[Any], Verdict | None] | None = None,
        run: Callable[..., Any] | None = None,
        plain: Callable[[Any, Any], Any] | None = None,
        show: Callable[..., str] | None = None,
        due: Callable[[Call], str] | None = None,
        closer: Closer | None = None,
        alone: Callable[[Any, Call, Outcome], Judged] | None = None,
        further: Callable[[Any], Judged] | None = None,
        unexplained: Unexplained | None = None,
    ) -> None:
        super().__init__(name, about)
        self.takes = list(takes)
        self.way = way
        self.cases = list(cases)
        self.mistakes = list(mistakes)
        self.praise = praise
        self.sampler = sampler
        self._fits = fits or (lambda answer: misfit(name, answer, self.takes))
        self._run = run or (lambda log, answer, *arguments: answer(*arguments))
        self._plain = plain or plain_value
        self._show = show or (lambda *arguments: called(name, arguments))
        self._due = due or words.due_of
        self._closer = closer or (lambda call, given: "")
        self._judge_alone = alone or (lambda answer, call, outcome: None)
        self._further = further or (lambda answer: None)
        self._unexplained = unexplained or (lambda answer, calls, seen: None)
        must_be_known(name, self.mistakes, way)

    # --- what is due ------------------------------------------------------------------

    @cached_property
    def calls(self) -> list[Call]:
        """The cases, and the first one again: it must give the same as before."""
        calls = [self._call(case.arguments, case.hint) for case in self.cases]
        return [*calls, calls[0]]

    @cached_property
    def samples(self) -> list[Call]:
        """The calls at random, the same ones in every process."""
        if self.sampler is None:
            return []
        chance = random.Random(SEED)
        return [self._call(self.sampler(chance)) for _ in range(SAMPLES)]

    def _call(self, arguments: Arguments, hint: str = "") -> Call:
        return Call(arguments, self.come_of(arguments, {}), hint)

    def come_of(self, arguments: Arguments, change: Change) -> Outcome:
        """Return what comes of a call done the right way but for a change."""
        steps = dict(change)
        call, answer = steps.pop("call", None), steps.pop("answer", None)
        try:
            arguments = fresh(arguments)
            value = self.way(*(call(*arguments) if call else arguments), **steps)
            return Outcome(value=answer(value) if answer else value)
        except Endless:
            return Outcome(timed_out=True)
        except Exception as error:
            return Outcome(error=error)

    # --- what came --------------------------------------------------------------------

    def judge(self, answer: Any) -> Verdict:
        """Return the verdict on an answer."""
        if verdict := self._fits(answer):
            return verdict
        tries = [partial(self._try, answer, call) for call in self.calls]
        if (place := has_no_end(tries)) is not None:
            return self._endless(answer, place)
        seen = self._seen(answer, self.calls)
        place = self._first_wrong(self.calls, seen)
        if place is not None:
            return self._counted(answer, self.calls, seen, place)
        with quiet():  # 200 lines would be too many
            further = self._seen_at_random(answer, self.samples)
        place = self._smallest_wrong(further)
        if place is not None:
            calls = [*self.calls, *self.samples]
            place += len(self.calls)
            return self._counted(answer, calls, [*seen, *further], place)
        found = self.verdict_of(self._further(answer))
        return found or self.right(self.praise.format(cases=len(self.cases)))

    def accepts(self, answer: Any, limit: float = sandbox.LIMIT) -> bool:
        """Tell whether an answer would be praised, and stop at the first wrong call.

        Args:
            answer: The student's.
            limit: How long all the calls may take, in seconds.
        """

        def is_right() -> bool:
            calls = [*self.calls, *self.samples]
            return all(self.fulfils(self.ask(answer, each), each) for each in calls)

        if self._fits(answer) or attempt(is_right, limit=limit).value is not True:
            return False
        verdict = self.verdict_of(self._further(answer))
        return verdict is None or verdict.right is True

    def _seen(self, answer: Any, calls: Sequence[Call]) -> list[Outcome]:
        """Make each call once.

        A call that comes late is made again, with time: the machine may have stalled.
        """
        seen: list[Outcome] = []
        end = monotonic() + sandbox.LIMIT
        for call in calls:
            outcome = self.ask(answer, call, max(end - monotonic(), 0.1))
            if outcome.timed_out:
                outcome = self.ask(answer, call, sandbox.LIMIT)
            seen.append(outcome)
            if outcome.timed_out or isinstance(outcome.error, NotImplementedError):
                break
        return seen

    def _seen_at_random(self, answer: Any, calls: Sequence[Call]) -> list[Outcome]:
        """Make as many calls as there is time for, all in one thread.

        The one at which that ends is made again, by itself: it may have no end.
        """
        made: list[Outcome] = []

        def make() -> None:
            for call in calls:
                made.append(self.ask(answer, call))

        outcome = attempt(make, limit=sandbox.LIMIT)
        seen = list(made)
        if outcome.timed_out or outcome.error is not None:
            seen += self._seen(answer, calls[len(seen) : len(seen) + 1])
        return seen

    def _try(self, answer: Any, call: Call) -> None:
        """Make one call, whatever comes of it."""
        self._run([], answer, *fresh(call.arguments))

    def ask(self, answer: Any, call: Call, limit: float | None = None) -> Outcome:
        """Make one call; note what it has made of its arguments.

        Args:
            answer: The student's.
            call: The call.
            limit: How long it may take, in seconds; None if somebody else sees to that.
        """
        arguments, log = fresh(call.arguments), list[Any]()
        run = partial(self._run, log, answer)
        if limit is None:
            outcome = come_of(run, *arguments)
        else:
            outcome = attempt(run, *arguments, limit=limit, owner=answer)
        value = outcome.value
        if outcome.error is None and not outcome.timed_out:
            value = self._plain(value, call.expected)
            if type(value) is list:  # one that grows from call to call is as it is now
                value = list(value)
        return replace(outcome, value=value, arguments=arguments, log=log)

    def fulfils(self, outcome: Outcome, call: Call) -> bool:
        """Tell whether an outcome is what is due."""
        if outcome.timed_out:
            return False
        if call.due.error is not None:
            return isinstance(outcome.error, type(call.due.error))
        return outcome.error is None and same(outcome.value, call.expected)

    def _first_wrong(
        self, calls: Sequence[Call], seen: Sequence[Outcome]
    ) -> int | None:
        pairs = enumerate(zip(seen, calls, strict=False))
        return next((i for i, (o, call) in pairs if not self.fulfils(o, call)), None)

    def _smallest_wrong(self, seen: Sequence[Outcome]) -> int | None:
        """Return the place of the shortest call that went wrong: it is read best."""
        pairs = enumerate(zip(seen, self.samples, strict=False))
        wrong = [i for i, (outcome, call) in pairs if not self.fulfils(outcome, call)]
        sizes = {i: len(repr(self.samples[i].arguments)) for i in wrong}
        return min(wrong, key=lambda i: sizes[i], default=None)

    # --- what is wrong ----------------------------------------------------------------

    def _endless(self, answer: Any, place: int) -> Verdict:
        """Return the verdict on what has no end in a case, or went wrong before it."""
        seen = [*self._seen(answer, self.calls[:place]), Outcome(timed_out=True)]
        first = self._first_wrong(self.calls, seen) or 0
        return self._counted(answer, self.calls, seen, first)

    def _counted(
        self, answer: Any, calls: Sequence[Call], seen: Sequence[Outcome], place: int
    ) -> Verdict:
        """Return the verdict on a wrong answer, with how many cases are right."""
        verdict = self._diagnosed(answer, calls, seen, place)
        right = [self.fulfils(*pair) for pair in zip(seen, self.calls, strict=False)]
        return words.counted(verdict, right, len(self.cases))

    def _diagnosed(
        self, answer: Any, calls: Sequence[Call], seen: Sequence[Outcome], place: int
    ) -> Verdict:
        """Return the verdict on an answer that is wrong at a place, at least."""
        call, outcome = calls[place], seen[place]
        alone = self._alone(answer, call, outcome)
        if alone.right is None and place:  # what came before is right
            asked, due = self._show(*call.arguments), self._due(call)
            evidence = f"{asked}: your function raised NotImplementedError; {due}."
            return self.wrong("raises", evidence, "This case is still to be written.")
        if alone.right is None or outcome.timed_out:
            return alone
        asked_again = len(self.cases)
        if place == asked_again:
            return replace(alone, mistake="not-the-same-twice", hint=words.TWICE)
        if found := self.explain(answer, calls, seen, place):
            shown = [(outcome, call)]  # what makes this case wrong is told first
            here = [m for [m], how in combined(found, 1) if self._explains(how, shown)]
            hints = [m.hint for m in sorted(found, key=lambda m: m not in here)]
            name = "+".join(mistake.name for mistake in found)
            return replace(alone, mistake=name, hint=" And: ".join(hints))
        if verdict := self.verdict_of(self._unexplained(answer, calls, seen)):
            if verdict.evidence:
                return verdict
            return replace(verdict, evidence=alone.evidence, rows=alone.rows)
        if self.remembers(calls, seen):
            alone = self._alone(answer, calls[asked_again], seen[asked_again])
            return replace(alone, mistake="not-the-same-twice", hint=words.TWICE)
        plain = alone.mistake == "wrong-answer" and len(seen) > asked_again
        if plain and not (
            alike(seen[0], seen[asked_again])
            and alike(outcome, self._again(answer, call))
        ):
            return replace(alone, mistake="not-the-same-twice", hint=words.TWICE)
        return self._usual(answer, alone, calls, seen, place)

    def remembers(self, calls: Sequence[Call], seen: Sequence[Outcome]) -> bool:
        """Tell whether the first call was right, and wrong when it came again."""
        pairs = list(zip(seen, calls, strict=False))[:: len(self.cases)][:2]
        return [self.fulfils(*pair) for pair in pairs] == [True, False]

    def _again(self, answer: Any, call: Call) -> Outcome:
        with quiet():
            return self.ask(answer, call, sandbox.LIMIT)

    def explain(
        self, answer: Any, calls: Sequence[Call], seen: Sequence[Outcome], place: int
    ) -> tuple[Mistake, ...] | None:
        """Return the fewest mistakes that explain all that was seen, or None.

        At most two, and only one if every call raised: two ways to raise each time
        would explain anything. Never two changes of one step: nobody goes both ways.
        Two together must explain the calls at random as well, and so must the one that
        is named where several would do.
        """
        # The call that went wrong first: most mistakes are out of the question there.
        order = [place, *(i for i in range(len(seen)) if i != place)]
        pairs = [(seen[i], calls[i]) for i in order]
        endless = seen[-1].timed_out  # it may be so at random, too: that is not tried
        most = 1 if endless or all(o.error is not None for o in seen) else 2
        more: list[tuple[Outcome, Call]] | None = None
        first: tuple[Mistake, ...] | None = None
        due = [call.expected for call in self.calls if call.due.error is None]
        for found, change in combined([*self.mistakes, *usual(due)], most):
            if len(found) == 2 and first is not None:
                return first  # one is enough
            if not self._explains(change, pairs):
                continue
            if more is None:
                more = [] if endless else self._more(answer, calls)
            if self._explains(change, more):
                return found
            if len(found) == 1:
                first = first or found
        return first

    def _explains(self, change: Change, pairs: Sequence[tuple[Outcome, Call]]) -> bool:
        return all(
            alike(outcome, self.come_of(call.arguments, change))
            for outcome, call in pairs
        )

    def _more(self, answer: Any, calls: Sequence[Call]) -> list[tuple[Outcome, Call]]:
        """Make the calls at random, unless they have been made: what is seen there."""
        if len(calls) > len(self.calls):
            return []
        with quiet():
            seen = self._seen_at_random(answer, self.samples[:50])
        return list(zip(seen, self.samples, strict=False))

    def _alone(self, answer: Any, call: Call, outcome: Outcome) -> Verdict:
        """Return the verdict on one wrong outcome by itself."""
        if verdict := self.verdict_of(self._judge_alone(answer, call, outcome)):
            return verdict
        asked, due = self._show(*call.arguments), self._due(call)
        verdict = fault(self.name, answer, outcome)
        if verdict and verdict.right is None:
            return verdict
        if verdict and (outcome.error is not None or outcome.timed_out):
            said = lower_first(verdict.evidence).rstrip(".")
            return replace(verdict, evidence=f"{asked}: {said}; {due}.")
        evidence = f"{asked} gave {brief(outcome.value)}; {due}."
        if verdict:
            return replace(verdict, evidence=evidence)
        if call.due.error is not None:
            return self.wrong(*words.not_raised(outcome.value, call, evidence))
        if type(outcome.value) is not type(call.expected):
            hint = words.type_hint(outcome.value, call.expected)
            return self.wrong("wrong-type", evidence, hint)
        verdict = self.wrong("wrong-answer", evidence, call.hint or words.LOOK)
        if self._due is not words.due_of:  # it is not to be given away
            return verdict
        return above(verdict, asked, outcome.value, call.expected)

    def _usual(
        self,
        answer: Any,
        alone: Verdict,
        calls: Sequence[Call],
        seen: Sequence[Outcome],
        place: int,
    ) -> Verdict:
        """Return the verdict that nothing explains: the usual, or the evidence."""
        call, outcome = calls[place], seen[place]
        given = outcome.value if outcome.error is None else outcome.error
        closer = self._closer(call, given)
        mistake, more, hint = closer if isinstance(closer, tuple) else ("", "", closer)
        if outcome.error is not None:
            return words.looked_at_closer(alone, mistake, "", hint)
        values = values_of(seen)
        if said := words.truth_in_other_words(values, seen, calls, call.expected):
            return replace(alone, mistake=said[0], hint=said[1])
        if given is None and any(value is not None for value in values):
            hint = "On this way through your function nothing is returned."
            return replace(alone, mistake="returns-nothing-sometimes", hint=hint)
        if given is None:
            return words.changed_in_place(alone, call, outcome) or alone
        if len(values) > 2 and all_the_same(values) and not seen[-1].timed_out:
            values += values_of([o for o, _ in self._more(answer, calls)])
        if len(values) > 2 and all_the_same(values):
            hint = "It is the same for every case: compute it from what comes in."
            return replace(alone, mistake="always-the-same", hint=hint)
        return words.looked_at_closer(alone, mistake, more, hint)
