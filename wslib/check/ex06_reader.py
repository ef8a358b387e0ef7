"""The check of notebook 06's stream-slicing lab: the class ``FrameReader``."""

import functools
import inspect
from collections.abc import Iterator, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from wslib.check.attempt import LIMIT, Outcome, Verdict, attempt, brief, fault, not_yet
from wslib.check.diagnosis import misfit, never_raises
from wslib.check.slips import explain, named, on_raising
from wslib.check.stream_slips import SLICINGS, STREAM_SLIPS, Slicing, fed
from wslib.errors import PayloadTooBig, ProtocolError


@never_raises
def frame_reader(reader: Any) -> Verdict:
    """Check the class ``FrameReader``, on streams cut in many ways. Exercise 1.

    Its method ``feed(data)`` gets the next bytes of a stream of unmasked text frames
    and returns the list of the texts that are complete with them.
    """
    exercise = "frame_reader"
    if verdict := _not_a_reader(exercise, reader):
        return verdict
    seen: list[Outcome] = []
    given: list[list[Any]] = []
    end = monotonic() + LIMIT
    for slicing in SLICINGS:
        given.append([])
        left = max(end - monotonic(), 0.1)
        seen.append(attempt(_feed, reader, slicing, given[-1], limit=left))
        if seen[-1].timed_out or isinstance(seen[-1].error, NotImplementedError):
            break
    for slicing, outcome, pieces in zip(SLICINGS, seen, given, strict=False):
        right = fed(slicing.pieces, slicing.readers)
        if outcome.error is None and not outcome.timed_out and pieces == right:
            continue
        verdict = _gone_wrong(exercise, reader, slicing, outcome, pieces, right)
        if verdict.right is None or outcome.timed_out:
            return verdict
        calls = [(slicing.pieces, slicing.readers) for slicing in SLICINGS]
        # By one slip or by two, with `parse_frame` or by hand.
        for most, strict in (1, True), (1, False), (2, True), (2, False):
            way = functools.partial(fed, strict=strict)
            if slips := explain(seen, way, calls, STREAM_SLIPS, most=most):
                return named(verdict, slips)
        return verdict
    return Verdict(
        exercise=exercise,
        right=True,
        evidence=f"{len(SLICINGS)} ways of cutting the same frames, and each time the "
        "same texts.",
    )


def _not_a_reader(exercise: str, reader: Any) -> Verdict | None:
    """Return the verdict on what cannot be fed; None if it can."""
    if reader is None or reader is ...:
        return Verdict(exercise=exercise)
    if not isinstance(reader, type):
        hint = "Give it the class itself, without brackets: check.frame_reader("
        hint += (
            f"{type(reader).__name__ if hasattr(reader, 'feed') else 'FrameReader'})."
        )
        evidence = f"The check was given {brief(reader)}, not a class."
        return not_yet(exercise, "not-a-class", evidence, hint)
    methods = [n for n in vars(reader) if callable(vars(reader)[n]) and n[:2] != "__"]
    outcome = attempt(reader)
    if outcome.error is not None or outcome.timed_out:
        verdict = fault(exercise, reader, outcome) or Verdict(exercise=exercise)
        said = verdict.evidence.replace("Your function", "it")
        evidence = f"Making one, `{reader.__name__}()`: {said}"
        hint = (
            "The check calls it without arguments: `self` is all that `__init__` gets."
        )
        return replace(verdict, mistake="cannot-be-made", evidence=evidence, hint=hint)
    feed = getattr(outcome.value, "feed", None)
    if feed is None:
        if not methods:
            return Verdict(exercise=exercise)
        evidence = f"The class has no method feed; it has {', '.join(methods)}."
        return not_yet(exercise, "no-feed", evidence, "Keep the names of the stub.")
    raw = vars(reader).get("feed")
    if inspect.isfunction(raw) and len(inspect.signature(raw).parameters) == 1:
        evidence = f"`feed` takes {', '.join(inspect.signature(raw).parameters)} alone."
        hint = "A method gets the object first: `def feed(self, data)`."
        return not_yet(exercise, "self-missing", evidence, hint)
    return misfit(exercise, feed, ["data"])


def _feed(reader: type, slicing: Slicing, given: list[Any]) -> list[Any]:
    """Feed new readers in turn; note, piece by piece, what they give."""
    readers = [reader() for _ in range(slicing.readers)]
    for number, piece in enumerate(slicing.pieces):
        texts = readers[number % len(readers)].feed(piece)
        given.append(list(texts) if type(texts) is list else texts)
    return given


def _gone_wrong(
    exercise: str,
    reader: type,
    slicing: Slicing,
    outcome: Outcome,
    given: list[Any],
    right: list[Any],
) -> Verdict:
    """Say what came of a slicing that was misread."""
    if len(given) < len(right):
        return _not_to_the_end(exercise, reader, slicing, outcome, given)
    pairs = enumerate(zip(given, right, strict=True))
    place = next(i for i, (a, b) in pairs if a != b)
    if not isinstance(given[place], list):
        evidence = f"Fed {slicing.words}, `feed` returned {brief(given[place])}."
        if given[place] is None:
            hint = "Is there a `return` at its end? Return a list of texts."
            return not_yet(exercise, "returns-nothing", evidence, hint)
        hint = f"Return a list of texts, not a {type(given[place]).__name__}."
        if isinstance(given[place], Iterator):
            hint += " `list(…)` around it makes one."
        return not_yet(exercise, "not-a-list", evidence, hint)
    if _flat(given) == _flat(right):
        evidence = (
            f"Fed {slicing.words}, it gave the right texts at a wrong time: piece "
            f"{place + 1} completes {_list(right[place])} and gave "
            f"{_list(given[place])}."
        )
        hint = "Return what is complete with this piece, all of it and no more."
        return not_yet(exercise, "wrong-time", evidence, hint)
    if len(_flat(right)) > 2:
        return _misread(exercise, slicing, _flat(given), _flat(right))
    evidence = (
        f"Fed {slicing.words}, it gave {', then '.join(map(_list, given))}; right is "
        f"{', then '.join(map(_list, right))}."
    )
    return not_yet(exercise, slicing.name, evidence, slicing.hint)


def _not_to_the_end(
    exercise: str, reader: type, slicing: Slicing, outcome: Outcome, given: list[Any]
) -> Verdict:
    """Say at which piece it raised, or did not end."""
    feed = getattr(reader, "feed", reader)
    verdict = fault(exercise, feed, outcome)
    if verdict is None or verdict.right is None:
        return verdict or Verdict(exercise=exercise)
    count = len(slicing.pieces)
    at = f", at piece {len(given) + 1} of {count}" if count > 1 else ""
    said = verdict.evidence.replace("Your function", "`feed`")
    hint = _of_error(outcome.error, slicing) or slicing.hint
    if outcome.timed_out:
        hint = (
            "Is what has been read taken away, and does the loop end when no whole "
            "frame is left? More bytes come with the next call, not inside this one."
        )
    name = f"{slicing.name}-{verdict.mistake}"
    return not_yet(exercise, name, f"Fed {slicing.words}{at}: {said}", hint)


def _of_error(error: BaseException | None, slicing: Slicing) -> str:
    """Return a hint for an exception that has little to do with where the cut is."""
    if isinstance(error, PayloadTooBig):
        return "A payload of 70,000 bytes is legal: what limit does your reader have?"
    if isinstance(error, ProtocolError) and error.section == "5.1":
        return "These frames come from a server, which masks nothing: `masked=False`."
    if isinstance(error, ProtocolError) and not slicing.name.startswith("cut"):
        return "What begins there is no frame: was just as much taken away as was read?"
    if isinstance(error, UnicodeDecodeError) and not slicing.name.startswith("cut"):
        return "More than a payload was decoded, or less: the header is no text."
    if isinstance(error, UnboundLocalError):
        return "What is to last from call to call belongs to the object: `self.buffer`."
    if isinstance(error, AttributeError):
        return "Is this name given to the object in `__init__`, as `self.… = …`?"
    if isinstance(error, TypeError | NameError):
        return on_raising(error)
    return ""


def _misread(
    exercise: str, slicing: Slicing, texts: list[Any], right: list[Any]
) -> Verdict:
    """Say where, in a stream of many pieces, the texts go wrong."""
    pairs = enumerate(zip(texts, right, strict=False))
    place = next((i for i, (a, b) in pairs if a != b), min(len(texts), len(right)))
    if place == len(texts):
        said = f"only {len(texts)} of {len(right)} texts came"
    elif place == len(right):
        said = f"{len(texts)} texts came, and there are {len(right)}"
    else:
        said = f"text {place + 1} of {len(right)} came as {brief(texts[place])}"
        said += f"; right is {brief(right[place])}"
    return not_yet(
        exercise, slicing.name, f"Fed {slicing.words}: {said}.", slicing.hint
    )


def _flat(given: Sequence[Any]) -> list[Any]:
    return [text for texts in given if isinstance(texts, list) for text in texts]


def _list(texts: Any) -> str:
    """Show what feed gave, cut to a few texts."""
    if not isinstance(texts, list):
        return brief(texts)
    shown = ", ".join(brief(text) for text in texts[:3])
    return f"[{shown}, …]" if len(texts) > 3 else f"[{shown}]"
