"""Each patient has its own disease, and no other; each recording is like the last."""

import inspect
import shutil

import nbformat
import pytest
from execute_notebooks import ROOT

from wslib.labs.clinic import PATIENTS, Patient, tshark
from wslib.labs.conformance import CASES, run
from wslib.labs.workshop import STEPS, NoWire, Steps
from wslib.show import LifeLines

PAGE = nbformat.read(ROOT / "notebooks" / "07_build_your_own.ipynb", as_version=4)
CELLS = {cell.id: cell for cell in PAGE.cells}

each_patient = pytest.mark.parametrize("patient", PATIENTS.values(), ids=str)


def ill(patient: Patient) -> list[str]:
    """Return the cases that a patient fails."""
    return run(lambda: NoWire(Steps(*patient.steps)), at_once=1).failed


@each_patient
def test_a_patient_has_its_own_disease_and_no_other(patient: Patient) -> None:
    failed = ill(patient)
    found = {other.letter for other in PATIENTS.values() if other.case.name in failed}
    # who answers no Close does not answer an empty one; 65,536 is a length, too
    also = {"A": "M", "K": "F"}.get(patient.letter, "")
    assert found == {patient.letter, *also}


def test_a_server_of_the_finished_steps_has_none() -> None:
    assert run(lambda: NoWire(Steps(*STEPS)), at_once=1).ok


@each_patient
def test_over_a_wire_it_is_ill_in_the_same_cases(patient: Patient) -> None:
    with patient.server() as server:
        assert run(server.url).failed == ill(patient)


@each_patient
def test_only_its_step_is_its_own(patient: Patient) -> None:
    steps = dict(zip([s.__name__ for s in STEPS], patient.steps, strict=True))
    others = [s for s in STEPS if steps[s.__name__] is not s]
    assert [s.__name__ for s in others] == [patient.step.__name__]
    lines = inspect.getsource(patient.step).count("\n")
    assert lines < 35, "a patient is one readable function"


@each_patient
def test_each_recording_is_like_the_last(patient: Patient) -> None:
    said = {LifeLines(patient.recording().timeline()).as_text() for _ in range(5)}
    assert len(said) == 1


def test_a_server_that_answers_no_close_says_so_to_tcp_first() -> None:
    said = {
        LifeLines(PATIENTS["A"].recording().timeline(tcp=True)).as_text()
        for _ in range(10)
    }
    assert len(said) == 1


def test_the_names_and_the_diseases_are_each_there_once() -> None:
    assert "".join(PATIENTS) == "ABCDEFGHIJKLMN"
    assert len({p.disease for p in PATIENTS.values()}) == len(PATIENTS)
    assert {p.case.name for p in PATIENTS.values()} <= {case.name for case in CASES}
    assert all(p.complaint and p.record for p in PATIENTS.values())
    assert repr(PATIENTS["B"]) == "<Patient B>"


def test_the_stub_on_the_page_is_the_patient_as_it_is() -> None:
    stub = CELLS["exercise-cure"].source.split("\n", 1)[1]
    assert stub == PATIENTS["D"].source.replace("def is_text", "def mended").rstrip()


def test_what_the_page_shows_of_a_recording_is_what_it_is() -> None:
    shown = [o.data["text/plain"] for o in CELLS["recordings"].outputs]
    for letter, text in zip("BCDEF", shown, strict=True):
        lines = LifeLines(PATIENTS[letter].recording().timeline()).as_text()
        assert text == f"{letter}: {PATIENTS[letter].complaint}\n{lines}"


# --- Wireshark ------------------------------------------------------------------------

with_tshark = pytest.mark.skipif(not shutil.which("tshark"), reason="no tshark here")


@with_tshark
def test_what_the_page_says_where_there_is_no_tshark_is_what_it_says() -> None:
    names: dict[str, list[str]] = {}
    lines = CELLS["tshark-a"].source.splitlines()
    [stored] = [line for line in lines if line.startswith("STORED = ")]
    exec(stored, names)
    wanted = "websocket or tcp.srcport == 80 and tcp.flags.fin == 1"
    assert wanted in CELLS["tshark-a"].source
    seen = tshark(PATIENTS["A"].recording(), wanted)
    assert [line.partition(" Seq=")[0] for line in seen or []] == names["STORED"]


@with_tshark
@pytest.mark.parametrize(
    ("letter", "wanted", "count"),
    [
        ("A", "websocket.opcode == 8", 1),
        ("B", "websocket.opcode == 8", 2),
        ("J", "websocket.mask == 1 and tcp.srcport == 80", 2),
        ("B", "websocket.mask == 1 and tcp.srcport == 80", 0),
    ],
)
def test_a_display_filter_of_the_page_finds_what_it_is_for(
    letter: str, wanted: str, count: int
) -> None:
    assert wanted in CELLS["wireshark-a"].source
    assert len(tshark(PATIENTS[letter].recording(), wanted) or []) == count


@with_tshark
def test_a_filter_that_is_none_is_told_in_wiresharks_words() -> None:
    with pytest.raises(ValueError, match="tshark: "):
        tshark(PATIENTS["A"].recording(), "websocket.opcode ==")


def test_without_tshark_there_is_nothing_to_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "")
    assert tshark(PATIENTS["A"].recording(), "websocket") is None
