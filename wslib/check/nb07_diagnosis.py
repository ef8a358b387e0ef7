"""Exercise 1 of notebook 07: which bug has which server?

A wrong diagnosis is answered by bytes: what a server with that bug says, where it
shows, and what this one says there.
"""

from typing import Any

from wslib.check.sheet import AnswerSheet
from wslib.check.verdict import Found, brief
from wslib.labs.clinic import PATIENTS, Patient
from wslib.labs.conformance import Result

ON_THE_PAGE = "ABCDEF"
_BY_DISEASE = {patient.disease: patient for patient in PATIENTS.values()}
_MOST = 12  # bytes that are shown


class _Diagnosis(AnswerSheet):
    def mark(self, name: str, answer: Any) -> Found | None:
        """Say what speaks against a diagnosis."""
        ill = PATIENTS[name]
        said = answer.strip().rstrip(".") if isinstance(answer, str) else answer
        other = _BY_DISEASE.get(said) if isinstance(said, str) else None
        if other is None:
            known = "; ".join(sorted(_BY_DISEASE))
            hint = f"Take one of these, letter by letter: {known}."
            return "no-such-disease", f"{name} has {brief(answer)}.", hint
        if other is ill:
            return None
        evidence = f"{name} is another case. {_against(ill, other)}"
        hint = f"Read {name}'s recording once more: what came in, what was due?"
        return "another-disease", evidence, hint


def _against(ill: Patient, other: Patient) -> str:
    """Say by their bytes that one patient has not what the other has."""
    case = other.case
    theirs, its = other.answers(case), ill.answers(case)
    words = f"Sent {case.title}, a server that {other.disease} answers {_said(theirs)}"
    return f"{words}; {ill.letter} answers {_said(its)}."


def _said(result: Result) -> str:
    """Return what came back, as bytes from the first that is not of a head."""
    data = result.received
    if data.startswith(b"HTTP/1.1 101") and b"Accept: " in data:
        value = data.split(b"Accept: ")[1].split(b"\r\n")[0].decode("latin-1")
        return f"101 with the Accept {value}"
    if data.startswith(b"HTTP/"):
        return data.split(b"\r\n")[0].decode("latin-1").removeprefix("HTTP/1.1 ")
    if not data:
        return "nothing, and hangs up"
    more = f" … ({len(data):,} bytes)" if len(data) > _MOST else ""
    return f"`{data[:_MOST].hex(' ')}`{more}"


diagnosis = _Diagnosis(
    "diagnosis",
    "Which server has which bug: a dict. Exercise 1 of notebook 07.",
    list(ON_THE_PAGE),
    ask="One of the names in DISEASES for each letter.",
    praise="All of them, from nothing but bytes.",
    example=ON_THE_PAGE[0],
)
