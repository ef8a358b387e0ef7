"""What a check has said, what a run that was stopped keeps, what is not touched."""

from copy import deepcopy
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

pytest.importorskip("nbgrader")

import grading.grade  # noqa: E402
from grading.assignments import marked  # noqa: E402
from grading.grade import idents, judged, main, put_aside, troubles  # noqa: E402
from grading.handed_in import HandedIn  # noqa: E402
from grading.shown import Shown  # noqa: E402
from grading.stopped import Unfinished  # noqa: E402
from grading.table import Line  # noqa: E402


def test_each_student_has_a_folder_of_its_own() -> None:
    names = ["Ann Lee", "ann-lee", "Ann/Lee", "ann lee", "..", "Åsa"]
    made = idents([HandedIn(Path("x"), "x", name) for name in names])
    assert list(made) == names
    assert len({ident.lower() for ident in made.values()}) == len(names)
    assert not any("/" in ident or ident.startswith(".") for ident in made.values())


def test_what_a_check_has_said_is_its_mistake() -> None:
    cell = new_code_cell()
    assert judged(cell, set()) == ("no-verdict", [])
    cell.outputs = [new_output("error", ename="NameError", evalue="no f")]
    assert judged(cell, set()) == ("not-defined", ["no f"])
    known = {"right": False, "mistake": "hex-digest", "uses": ["wslib.frames.Frame"]}
    shown = new_output("display_data", metadata={"grading": known})
    cell.outputs = [shown]
    assert judged(cell, set()) == ("hex-digest", ["uses wslib.frames.Frame"])
    assert judged(cell, {"Frame"}) == ("hex-digest", [])
    shown.metadata["grading"] = known | {"right": None, "mistake": None}
    assert judged(cell, {"Frame"}) == ("not-attempted", [])


def test_cells_that_did_not_run_are_counted_not_listed() -> None:
    cells = [new_code_cell(f"cell {i}") for i in range(3)]
    for cell in cells:
        cell.outputs = [new_output("error", ename="TimeIsUp")]
    cells.append(new_code_cell("x", outputs=[new_output("error", ename="ValueError")]))
    assert troubles(new_notebook(cells=cells)) == {
        "": ["TimeIsUp in the cell 'cell 0' and 2 more"]
    }


def test_a_cell_that_ran_out_of_time_is_named_at_its_own_exercise() -> None:
    cells = []
    for name in ("a", "b"):
        check = new_code_cell("check", metadata={"nbgrader": marked(name, grade=True)})
        check.outputs = [new_output("error", ename="NameError")]
        answer = new_code_cell(f"def {name}")
        cells += [new_markdown_cell(f"## Exercise: {name}"), answer, check]
    cells[1].outputs = [new_output("error", ename="CellTimeoutError")]
    assert troubles(new_notebook(cells=cells)) == {
        "a": ["CellTimeoutError in the cell 'def a'"]
    }


def test_a_student_sees_of_a_check_its_verdict() -> None:
    hidden = "### BEGIN HIDDEN TESTS\npoints()\n### END HIDDEN TESTS"
    verdict = new_output("display_data", data={"text/plain": "right"})
    error = {"ename": "NameError", "evalue": "no a"}
    instead = new_output("error", **error, traceback=["NameError: no a"])
    outputs = [
        verdict,
        new_output("execute_result", data={"text/plain": "1"}),
        new_output("error", **error, traceback=["2 ### END HIDDEN TESTS", "..."]),
    ]
    cells = [
        new_code_cell(f"check.a(a)\n{hidden}", outputs=deepcopy(outputs)) for _ in "ab"
    ]
    cells[0].metadata["nbgrader"] = marked("a", grade=True, cell_type="code")
    check, other = Shown().preprocess(new_notebook(cells=cells), {})[0].cells
    assert (check.source, check.outputs) == ("check.a(a)", [verdict, instead])
    assert "points()" in other.source and other.outputs == outputs


def test_what_was_graded_counts_until_something_has_changed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "ann.ipynb").write_text("{}", encoding="utf-8")

    def unfinished() -> Unfinished:
        return Unfinished(tmp_path / "unfinished", tmp_path / "in")

    line = Line("Ann", "ann.ipynb", "02", "accept_key", 1.0, remarks="x")
    assert unfinished().read() == {}
    unfinished().begin()
    unfinished().add([line])
    assert unfinished().read() == {"ann.ipynb": [line]}
    (tmp_path / "in" / "bob.ipynb").write_text("{}", encoding="utf-8")
    assert unfinished().read() == {}
    (tmp_path / "in" / "bob.ipynb").unlink()
    with (tmp_path / "unfinished").open("a", encoding="utf-8") as file:
        file.write('[{"student": "Bo')  # the machine went down
    assert unfinished().read() == {}


def test_nothing_that_is_not_its_own_is_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("Mine.", encoding="utf-8")
    inside = tmp_path / "out" / "class"
    inside.mkdir()
    for folder, said in [
        (tmp_path / "missing", "there is no folder"),
        (tmp_path, "holds something else"),
    ]:
        with pytest.raises(SystemExit):
            main([str(folder), "--out", str(tmp_path / "out")])
        assert said in capsys.readouterr().err
    (tmp_path / "out" / "graded.txt").touch()
    with pytest.raises(SystemExit):
        main([str(inside), "--out", str(tmp_path / "out")])
    assert "would be moved away" in capsys.readouterr().err
    assert (tmp_path / "out" / "thesis.txt").exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "in: it is empty.\n"),
        (
            {"cy.txt": b"Hi", "ann/a.zip": b"PK", "02_handshake.ipynb": b"{}"},
            "Not graded: ann/a.zip: a zip: unpack it first\n",
        ),
    ],
)
def test_where_there_is_nothing_to_grade_no_earlier_result_is_touched(
    files: dict[str, bytes],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(grading.grade, "GRADES", tmp_path / "grades")
    earlier = tmp_path / "grades" / "in"  # results are under the name of the folder
    earlier.mkdir(parents=True)
    for name in ("graded.txt", "grades.csv"):
        (earlier / name).write_text("of before", encoding="utf-8")
    (tmp_path / "in").mkdir()
    for name, data in files.items():
        (tmp_path / "in" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(data)
    assert main([str(tmp_path / "in")]) == 1
    printed = capsys.readouterr().out
    assert said in printed and "Nothing to grade in " in printed
    assert printed.count("Not graded: ") == len(files)
    assert [path.name for path in (tmp_path / "grades").iterdir()] == ["in"]
    for path in earlier.iterdir():
        assert path.read_text(encoding="utf-8") == "of before"


def test_a_file_in_place_of_a_folder_is_told_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "class.zip").write_bytes(b"PK")
    with pytest.raises(SystemExit):
        main([str(tmp_path / "class.zip")])
    assert "class.zip is a zip: unpack it first." in capsys.readouterr().err


def test_what_was_graded_before_is_kept_under_another_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "week 1.2"
    for number in (1, 2):
        out.mkdir()
        (out / "grades.csv").write_text(str(number), encoding="utf-8")
        put_aside(out)
        assert f"kept in {out}-{number}\n" in capsys.readouterr().out
    for number in (1, 2):
        kept = Path(f"{out}-{number}", "grades.csv")
        assert kept.read_text(encoding="utf-8") == str(number)
    out.mkdir()
    (out / "graded.txt").touch()  # ended before there was a table
    put_aside(out)
    assert not out.exists() and not Path(f"{out}-3").exists()
