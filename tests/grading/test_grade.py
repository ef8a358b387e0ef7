"""What a check has said, what a run that was stopped keeps, what is not touched."""

from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

pytest.importorskip("nbgrader")

from grading.grade import idents, judged, main, troubles  # noqa: E402
from grading.handed_in import HandedIn  # noqa: E402
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
    assert troubles(new_notebook(cells=cells)) == [
        "TimeIsUp in the cell 'cell 0' and 2 more"
    ]


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
    (tmp_path / "out" / "made_anew.txt").touch()
    with pytest.raises(SystemExit):
        main([str(inside), "--out", str(tmp_path / "out")])
    assert "would be lost" in capsys.readouterr().err
    assert (tmp_path / "out" / "thesis.txt").exists()
