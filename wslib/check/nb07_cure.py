"""Exercise 2 of notebook 07: mend a server, and break nothing else.

The suite asks the whole server, without a wire: the case that told, then all others.
"""

from collections.abc import Callable
from typing import Any

from wslib.check.exercise import Exercise
from wslib.check.fit import misfit
from wslib.check.sandbox import attempt, come_of, has_no_end, quiet
from wslib.check.verdict import Verdict, brief, called
from wslib.labs.clinic import PATIENTS, Patient
from wslib.labs.conformance import Findings, run
from wslib.labs.conformance import Verdict as Mark
from wslib.labs.workshop import STEPS, NoWire, Steps, as_client, finished_verdicts

_BOTH = ("write_frame", "broken_rule")  # the steps that a client does in another way

# What the suite does not ask, or only of a server, and the part of an answer that must
# be as the finished step's is, if not all of it.
_HEADERS = {"host": "a", "upgrade": "websocket", "sec-websocket-version": "13"}
_HEADERS |= {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
_SIZES = (0x7E, 2, 125), (0x7E, 2, 126), (0x7F, 8, 65_535), (0x7F, 8, 65_536)
_FURTHER: dict[str, list[tuple[Any, ...]]] = {
    "answer": [
        (("GET / HTTP/1.1", _HEADERS | {"connection": value}),)
        for value in ("keep-alive,Upgrade", "upgrade, Keep-Alive", "Upgraded")
    ],
    "read_frame": [(b"\x81\x00",), (b"\x81\x01a",)],
    "write_frame": [
        (2, bytes(n), key) for n in (125, 126, 65_536) for key in (None, b"7\xfa!=")
    ],
    "broken_rule": [
        (bytes([0x82, code, *n.to_bytes(size, "big"), *bytes(n)]), True)
        for code, size, n in _SIZES
    ],
}
_PART: dict[str, Callable[[Any], Any]]
_PART = {"answer": lambda answer: answer[:12], "broken_rule": bool}


class _Cure(Exercise):
    def judge(self, letter: Any, step: Any) -> Verdict:
        """Return the verdict on a step that is to replace the patient's."""
        if step is None or step is ...:
            return self.untried()
        if not isinstance(letter, str) or letter not in PATIENTS:
            evidence = f"There is no patient {brief(letter)}."
            return self.wrong("no-such-patient", evidence, f"Known: {_letters()}.")
        patient = PATIENTS[letter]
        takes = _arguments(patient.step)
        if isinstance(step, str | Patient):
            evidence = f"The check was given {brief(step)}, not a function."
            hint = "Copy the patient's lines into a cell, mend one, run it; then give "
            return self.wrong("not-a-function", evidence, f"{hint}its name.")
        if verdict := misfit(self.name, step, takes):
            return verdict
        if _same(step, patient.step) or _same(step, _retyped(patient)):
            return self.untried("This is the patient as it came. Change a line of it.")
        return self._ask(patient, step)

    def _ask(self, patient: Patient, step: Callable[..., Any]) -> Verdict:
        """Return the verdict of the suite."""
        steps = Steps(*patient.steps, **{patient.step.__name__: step})

        def ask() -> Findings:
            with quiet():
                return run(lambda: NoWire(steps), at_once=1)

        endless = has_no_end([ask]) is not None
        outcome = None if endless else attempt(ask, owner=step)
        if outcome is None or outcome.timed_out:
            evidence = "The suite asked, and your function did not come to an end."
            return self.wrong("no-end", evidence, "Is there a loop that never ends?")
        wrong = as_client(steps) if patient.step.__name__ in _BOTH else ""
        if steps.troubles:
            return self.wrong("raises", f"{steps.troubles[0]}.", "Mend that first.")
        if not isinstance(outcome.value, Findings):
            evidence = f"The suite could not go on: {brief(outcome.error)}."
            return self.wrong("raises", evidence, "Mend that first.")
        return self._tell(patient, steps, outcome.value, wrong)

    def _tell(
        self, patient: Patient, steps: Steps, report: Findings, wrong: str
    ) -> Verdict:
        """Say whether the patient is well, and whether anything else is not."""
        case = patient.case.name
        if case in [*report.failed, *report.not_tried]:
            worst = case if case in report.failed else report.failed[0]
            evidence = f"It is ill as before:\n{report.by_name[worst]}"
            return self.wrong("still-ill", evidence, "Compare `came` with `due`.")
        if report.failed:
            which = "one case" if len(report.failed) == 1 else "some cases"
            evidence = f"{case} is cured, and {which} fell ill:\n"
            evidence += str(report.by_name[report.failed[0]])
            return self.wrong("broke-another", evidence, "The cure went too far.")
        if wrong:
            evidence = f"{case} is cured, but a client needs this step too: {wrong}."
            return self.wrong("broke-another", evidence, "The cure went too far.")
        usual = finished_verdicts(len(STEPS))
        if found := _still_wrong(patient.step.__name__, steps):
            evidence = f"{case} is cured, but {found}"
            return self.wrong("broke-another", evidence, "The cure went too far.")
        if slack := [
            name
            for name, result in report.by_name.items()
            if result.verdict is not Mark.OK and usual[name] is Mark.OK
        ]:
            evidence = f"{case} is cured, and what was found at once is found later:\n"
            evidence += str(report.by_name[slack[0]])
            hint = "The RFC allows it. The patient did better: can your cure, too?"
            return self.wrong("slack", evidence, hint)
        count = len(report.results)
        return self.right(f"{case} is cured, and all {count} cases are well.")


def _still_wrong(name: str, steps: Steps) -> str:
    """Say what goes wrong that the suite does not ask; empty if nothing."""
    part = _PART.get(name, lambda answer: answer)
    right = next(step for step in STEPS if step.__name__ == name)
    for arguments in _FURTHER.get(name, []):
        outcome, due = come_of(steps.do, name, *arguments), part(right(*arguments))
        if outcome.error or part(outcome.value) != due:
            gave = brief(outcome.error or outcome.value)
            return f"{called(name, arguments)} gave {gave}; due is {brief(due)}."
    return ""


def _arguments(function: Callable[..., Any]) -> list[str]:
    code = function.__code__
    return list(code.co_varnames[: code.co_argcount - len(function.__defaults__ or ())])


def _retyped(patient: Patient) -> Any:
    """Return the step as a cell compiles it, where the imports are elsewhere."""
    names = dict(patient.step.__globals__)
    exec(patient.source, names)
    return names[patient.step.__name__]


def _same(one: Any, other: Any) -> bool:
    """Tell whether two functions do the same, step by step."""
    a, b = getattr(one, "__code__", None), getattr(other, "__code__", None)
    if a is None or b is None:
        return False
    docs = {getattr(one, "__doc__", None), getattr(other, "__doc__", None)}
    consts = [[c for c in code.co_consts if c not in docs] for code in (a, b)]
    return (a.co_code, a.co_names) == (b.co_code, b.co_names) and consts[0] == consts[1]


def _letters() -> str:
    return ", ".join(PATIENTS)


cure = _Cure(
    "cure",
    "`check.cure(letter, step)`: a step without its bug. Exercise 2 of notebook 07.",
)
