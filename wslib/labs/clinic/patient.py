"""What a patient is: a step with a bug, a complaint, and a case that tells."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from wslib.labs.conformance import CASES, Case, Result, ask
from wslib.labs.workshop import NoWire, Steps, WorkshopServer, finished
from wslib.relay import Recording, RecordingProxy

PATIENTS: dict[str, "Patient"] = {}  # by letter

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, eq=False)
class Patient:
    """A server that is ill.

    Attributes:
        letter: What it is called.
        disease: What it does wrong, in a few words: the diagnosis.
        step: The step that does it.
        case: The case of the suite that tells it from all the others.
        complaint: What its users say.
        record: Where to read of servers that had it.
    """

    letter: str
    disease: str
    step: Callable[..., Any]
    case: Case
    complaint: str
    record: str

    @property
    def steps(self) -> tuple[Callable[..., Any], ...]:
        """All ten steps, one of them ill."""
        name = self.step.__name__
        return tuple(
            self.step if step.__name__ == name else step for step in finished.STEPS
        )

    @property
    def source(self) -> str:
        """The step as it is written, without its label."""
        text = inspect.getsource(self.step)
        return text[text.index("\ndef ") + 1 :]

    def server(self) -> WorkshopServer:
        """Return it as a server, which is not started yet."""
        return WorkshopServer(*self.steps)

    def recording(self) -> Recording:
        """Let it have the conversation that tells, over loopback, and record that."""
        with self.server() as server, RecordingProxy(server.url) as relay:
            ask(self.case, relay.url)
            return relay.recording

    def answers(self, case: Case) -> Result:
        """Let it have a conversation, without a wire."""
        return ask(case, lambda: NoWire(Steps(*self.steps)))

    def __repr__(self) -> str:
        """Say what can be seen from outside."""
        return f"<Patient {self.letter}>"


def patient(
    letter: str, disease: str, *, case: str, complaint: str, record: str
) -> Callable[[_F], _F]:
    """Enter a step into the list of patients."""

    def enter(step: _F) -> _F:
        telling = next(c for c in CASES if c.name == case)
        PATIENTS[letter] = Patient(letter, disease, step, telling, complaint, record)
        return step

    return enter
