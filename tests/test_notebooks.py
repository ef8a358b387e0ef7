"""Every notebook keeps every rule, and every rule can be broken."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
from execute_notebooks import ROOT, tidy
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from notebook_page import PAGES, Page, is_ignored
from notebook_rules import RULES, Rule
from page_counts import write_counts

OPENING = """# 00 · A sample

*It shows what a notebook looks like.*

**You will be able to**

- begin
- go on
- end

**Minutes:** 0 shown, 0 done · **Builds on:** nothing

[All notebooks](../README.md)"""

NOTE = """<details><summary>For the instructor</summary>

- **Shown, skip:** "Exercise 2".

</details>"""

CLOSING = """## From memory

1. Which number came?
2. What stops it?
   - a) a program
   - b) `stop_all()`
3. Which sign was it?
4. Does it say `a` or `b`?
   - a) `a`
   - b) `b`

<details><summary>Answers</summary>

1. `3`: one and two.
2. b) The last cell.
3. `+`. It adds.
4. a) So it does.

</details>"""

DEEPER = """## Go deeper

[All notebooks](../README.md)"""

EXERCISE = """## Exercise {}: Add

<details><summary>Hint</summary>

Use `+`.

</details>

The [answer key](solutions/00_sample_key.ipynb) has it."""


def code(source: str, text: str = "", html: str = "", **more: str) -> NotebookNode:
    """Return a code cell and what it shows."""
    outputs = []
    if text:
        data = {"text/plain": text} | ({"text/html": html} if html else {}) | more
        outputs = [new_output("execute_result", data)]
    return new_code_cell(source, outputs=outputs)


def exercise(text: str, stub: str, verdict: str) -> list[NotebookNode]:
    """Return the cells of an exercise."""
    check = code("check.add(answer)", f"{verdict} add: so it is.", "<b>so</b>")
    return [new_markdown_cell(text), code(stub), check]


def write(path: Path, cells: list[NotebookNode]) -> None:
    """Write a notebook as if it had been executed."""
    count, notebook = 0, new_notebook(cells=cells)
    write_counts(notebook)
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = count
    path.parent.mkdir(exist_ok=True)
    path.write_text(tidy(notebook), encoding="utf-8")


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Return a notebook that keeps all rules, with its answer key."""
    (tmp_path / "README.md").write_text("", encoding="utf-8")
    path = tmp_path / "notebooks" / "00_sample.ipynb"
    stop = "from wslib.service import stop_all\n\nstop_all()\nprint(check.tally())"
    write(
        path,
        [
            new_markdown_cell(OPENING),
            new_markdown_cell(NOTE),
            *exercise(EXERCISE.format(1), "answer = ...", "○"),
            *exercise(EXERCISE.format(2), "answer = ...", "○"),
            new_markdown_cell(CLOSING),
            new_markdown_cell(DEEPER),
            code(stop, "0"),
        ],
    )
    write(
        Page(path).twin,
        [
            new_markdown_cell(
                "# Answer key 00 · A sample\n\n[This](../00_sample.ipynb)"
            ),
            *exercise("## Exercise 1: Add", "answer = 3", "✓"),
            *exercise("## Exercise 2: Add", "answer = 3", "✓"),
            code(stop, "0"),
        ],
    )
    return path


def faults(path: Path) -> dict[str, list[str]]:
    """Return what each broken rule has to say."""
    page = Page(path)
    said = {rule.__name__: list(rule(page)) for rule in RULES}
    return {name: lines for name, lines in said.items() if lines}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
@pytest.mark.parametrize("path", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_notebook_keeps_the_rule(path: Path, rule: Rule) -> None:
    assert list(rule(Page(path))) == []


def test_at_most_one_cell_in_twenty_is_not_compared() -> None:
    cells = [cell for path in PAGES for cell in Page(path).code]
    assert len([cell for cell in cells if is_ignored(cell)]) <= len(cells) / 20


def test_each_notebook_has_an_answer_key_and_each_key_a_notebook() -> None:
    folder = ROOT / "notebooks"
    if not (folder / "solutions").is_dir():
        pytest.skip("this copy goes without answer keys")
    keys = {Page(path).twin for path in folder.glob("*.ipynb")}
    assert keys == set((folder / "solutions").glob("*.ipynb"))


def test_the_sample_keeps_all_rules(sample: Path) -> None:
    assert faults(sample) == {}
    assert faults(Page(sample).twin) == {}


def text_cell(text: str) -> Callable[[list[NotebookNode]], None]:
    """Return what puts a text cell behind the first cell."""
    return lambda cells: cells.insert(1, new_markdown_cell(text))


def prose(text: str) -> Callable[[list[NotebookNode]], None]:
    """Return what puts a text cell behind the instructor's note."""
    return lambda cells: cells.insert(2, new_markdown_cell(text))


def code_cell(*args: str, **more: str) -> Callable[[list[NotebookNode]], None]:
    """Return what puts a code cell behind the first cell."""
    return lambda cells: cells.insert(1, code(*args, **more))


def replace(old: str, new: str) -> Callable[[list[NotebookNode]], None]:
    """Return what changes a text wherever it stands in the cells' sources."""

    def change(cells: list[NotebookNode]) -> None:
        assert any(old in cell.source for cell in cells)
        for cell in cells:
            cell.source = cell.source.replace(old, new)

    return change


def show(cell: int, **changes: object) -> Callable[[list[NotebookNode]], None]:
    """Return what puts another output under a cell."""
    return lambda cells: cells[cell].update(outputs=[new_output(**changes)])


def print_twice(cells: list[NotebookNode]) -> None:
    """Cut what a cell printed into two pieces."""
    cells.insert(1, code("print('ab')"))
    cells[1].outputs = [new_output("stream", text=text) for text in ("a", "b\n")]


def tag(cells: list[NotebookNode]) -> None:
    """Add a cell that is not compared, without a word on why."""
    cells.insert(1, code("1 + 1", "2"))
    cells[1].metadata["tags"] = ["nbval-ignore-output"]


def tag_two(cells: list[NotebookNode]) -> None:
    """Add two of them, each with a reason."""
    for _ in range(2):
        tag(cells)
        cells[1].source = "# Not compared: it differs from run to run.\n1 + 1"


def tag_last(cells: list[NotebookNode]) -> None:
    """Make the last cell one that is not compared."""
    cells[
        -1
    ].source = "# NBVAL_IGNORE_OUTPUT\n# It differs from run to run.\nstop_all()"


def need(source: str) -> Callable[[list[NotebookNode]], None]:
    """Return what has the last cells need a name of exercise 2, which is skipped."""

    def change(cells: list[NotebookNode]) -> None:
        cells[6].source = "mine = answer = ..."
        cells[-1:-1] = [code(line) for line in source.splitlines()]

    return change


SKIPS = "the_page_runs_without_what_the_note_skips"
BOLD = "bold_is_a_term_where_it_is_explained"
BREAKS = [
    ("no_error_and_no_warning_is_shown", show(3, output_type="stream", name="stderr")),
    (
        "no_error_and_no_warning_is_shown",
        show(3, output_type="error", ename="E", evalue="", traceback=[]),
    ),
    (
        "every_output_is_of_a_kind_that_is_compared",
        code_cell("plot", "<Figure>", **{"image/png": "aGk="}),
    ),
    (
        "every_output_is_of_a_kind_that_is_compared",
        code_cell("x", "<object.X object at 0x7f>"),
    ),
    (
        "every_output_is_of_a_kind_that_is_compared",
        show(3, output_type="display_data", data={"text/html": "<b>only</b>"}),
    ),
    ("an_output_that_is_not_compared_is_rare_and_has_a_reason", tag),
    ("an_output_that_is_not_compared_is_rare_and_has_a_reason", tag_two),
    ("an_output_that_is_not_compared_is_rare_and_has_a_reason", tag_last),
    ("the_opening_says_what_and_how_long", replace("**Minutes:**", "Minutes:")),
    ("the_opening_says_what_and_how_long", replace("- go on\n- end\n", "")),
    ("the_opening_says_what_and_how_long", replace("# 00 ·", "# 01 ·")),
    (
        "the_links_lead_to_the_neighbours",
        replace("[All notebooks](../README.md)", "x [All notebooks](../README.md)"),
    ),
    ("the_instructors_note_stands_once_and_is_folded", replace(NOTE, "Skip it.")),
    ("the_instructors_note_stands_once_and_is_folded", text_cell("First of all")),
    ("the_instructors_note_stands_once_and_is_folded", replace("Use", "In class: use")),
    (SKIPS, replace("Shown, skip", "Skip")),
    (SKIPS, replace('"Exercise 2"', "exercise 2")),
    (SKIPS, replace('"Exercise 2"', '"Exercise"')),
    (SKIPS, replace('"Exercise 2"', '"Exercise 2" after its third cell')),
    (SKIPS, replace('"Exercise 2"', '"From memory", "Exercise 3"')),
    (SKIPS, need("mine")),
    (SKIPS, need("mine\nmine = 1")),
    (SKIPS, need("def late(): return [mine for _ in '1']")),
    (
        BOLD,
        prose("A **sum** is what `+` gives.\n\nThe **sums** are all that is left."),
    ),
    (BOLD, prose("Of two numbers **one is always the larger** of the two.")),
    (BOLD, prose("With **403**, the server says no to whoever asks.")),
    (BOLD, prose("This is the **sum**.")),
    ("markdown_means_what_it_says", replace("Use `+`.", "403. And no more.")),
    (
        "markdown_means_what_it_says",
        replace("Use `+`.", "*a **[b](.)***"),
    ),
    ("the_sections_at_the_end_are_there", replace("## From memory", "## Summary")),
    ("the_sections_at_the_end_are_there", replace("## Go", "## More\n\n## Go")),
    ("it_closes_with_four_questions", replace("## From memory", "## Recap")),
    ("it_closes_with_four_questions", replace("4. Does", "And does")),
    ("it_closes_with_four_questions", replace("4. a) So it does.", "")),
    ("it_closes_with_four_questions", replace("   - b) `b`\n", "")),
    ("it_closes_with_four_questions", replace("   - b) `b`", "   - b) `a`")),
    ("it_closes_with_four_questions", replace("   - b) `b`", "   - c) `b`")),
    ("it_closes_with_four_questions", replace("2. b) The", "2. c) The")),
    ("it_closes_with_four_questions", replace("2. b) The", "2. The")),
    ("it_closes_with_four_questions", replace("3. `+`. It", "3. It")),
    (
        "it_closes_with_four_questions",
        replace("Answers<", "The answers<"),
    ),
    ("the_last_cell_stops_everything", replace("\nstop_all()", "\npass")),
    ("the_last_cell_says_how_many_exercises_are_done", replace("check.tally()", "")),
    ("a_guess_is_settled_by_the_next_cell", code_cell("guess(1, 2)", "1 · 2")),
    ("headings_go_down_one_level_at_a_time", text_cell("#### Deep")),
    ("headings_go_down_one_level_at_a_time", text_cell("# Another title")),
    ("an_exercise_has_hints_a_stub_and_a_check", replace("Exercise 2", "Exercise 3")),
    ("an_exercise_has_hints_a_stub_and_a_check", replace("<details>", "")),
    ("an_exercise_has_hints_a_stub_and_a_check", replace("...", "3")),
    ("an_exercise_has_hints_a_stub_and_a_check", replace("check.", "")),
    ("an_exercise_has_hints_a_stub_and_a_check", replace("(solutions/", "(solution/")),
    (
        "an_exercise_has_hints_a_stub_and_a_check",
        show(4, output_type="display_data", data={"text/plain": "✓ add: right."}),
    ),
    ("the_answer_key_solves_every_exercise", replace("1: Add", "1: Take away")),
    (
        "the_answer_key_solves_every_exercise",
        show(4, output_type="display_data", data={"text/plain": "○ other: not yet."}),
    ),
    ("every_picture_has_words", text_cell("![](../README.md)")),
    ("every_picture_has_words", text_cell("![picture](../README.md)")),
    ("every_picture_has_words", code_cell("p", "p", "<img src='data:,'>")),
    ("every_picture_has_words", code_cell("p", "p", "<svg><path d=''/></svg>")),
    ("every_picture_has_words", code_cell("p", "p", "<iframe src='x'></iframe>")),
    (
        "bytes_and_bits_stand_in_monospace",
        code_cell("p", "81 85", "<table><tr><td>81 85</td></tr></table>"),
    ),
    (
        "nothing_comes_from_another_machine",
        code_cell("p", "p", "<script src='https://cdn.example/x.js'></script>"),
    ),
    (
        "nothing_comes_from_another_machine",
        text_cell("![a b c](https://example.org/x.png)"),
    ),
    ("nothing_tells_on_which_machine_it_ran", code_cell("p", "'/home/ann/x'")),
    ("nothing_tells_on_which_machine_it_ran", print_twice),
    ("no_port_that_the_system_chose_is_shown", code_cell("p", "ws://127.0.0.1:40001")),
    ("no_port_that_the_system_chose_is_shown", code_cell("p", "on port 40001")),
    ("cells_are_short", code_cell("x = 1\n" * 16)),
    ("lines_fit_the_page", code_cell("x = " + "1" * 85)),
    ("nothing_sleeps", code_cell("time.sleep(1)")),
    (
        "what_is_behind_a_door_is_taken_from_the_door",
        code_cell("from wslib.labs.live.rooms import Room"),
    ),
    ("no_relative_link_is_dead", text_cell("[there](nowhere.ipynb)")),
    ("no_relative_link_is_dead", code_cell("p", "p", "<a href='nowhere'>x</a>")),
]


@pytest.mark.parametrize(
    ("name", "change"),
    BREAKS,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_rule_that_is_broken_says_so(
    sample: Path, name: str, change: Callable[[list[NotebookNode]], None]
) -> None:
    cells = nbformat.read(sample, as_version=4).cells
    change(cells)
    write(sample, cells)
    assert name in faults(sample)


@pytest.mark.parametrize(
    ("kept", "source"),
    [
        ("", "mine = 1\nmine"),
        ("", "def late(): return mine\nmine = 1"),
        ("", "def own(mine): return mine"),
        (" after its first cell", "mine"),
    ],
)
def test_what_the_note_skips_is_missed_only_where_nothing_else_gives_it(
    sample: Path, kept: str, source: str
) -> None:
    cells = nbformat.read(sample, as_version=4).cells
    need(source)(cells)
    replace('"Exercise 2"', f'"Exercise 2"{kept}')(cells)
    write(sample, cells)
    assert SKIPS not in faults(sample)


def test_a_cell_that_was_not_executed_is_found(sample: Path) -> None:
    text = sample.read_text(encoding="utf-8")
    sample.write_text(
        text.replace('"execution_count": 2', '"execution_count": null'), "utf-8"
    )
    assert "executed_from_top_to_bottom" in faults(sample)


def test_a_time_stamp_in_the_file_is_found(sample: Path) -> None:
    text = sample.read_text(encoding="utf-8")
    sample.write_text(text.replace('"name": "python"', '"version": "3.12.1"'), "utf-8")
    assert "nothing_tells_on_which_machine_it_ran" in faults(sample)


def test_an_answer_key_without_its_notebooks_title_is_found(sample: Path) -> None:
    key = Page(sample).twin
    text = key.read_text(encoding="utf-8")
    key.write_text(text.replace("A sample", "Another"), encoding="utf-8")
    assert "the_opening_says_what_and_how_long" in faults(key)


@pytest.mark.parametrize("many", [40, 60])
def test_minutes_and_sections_that_are_no_more_true_are_found(
    sample: Path, many: int
) -> None:
    rule = "the_minutes_and_the_contents_are_those_of_the_page"
    cells = nbformat.read(sample, as_version=4).cells
    cells[2:2] = [new_markdown_cell(f"## Why {n} `x`?\n\nSo.") for n in range(many)]
    write(sample, cells)
    assert rule not in faults(sample)
    text = sample.read_text(encoding="utf-8")
    assert "[Why 7 `x`?](#Why-7-x?) · [Why 8 `x`?]" in text
    for old, new in (" done", "0 done"), ("Why 7 `x`?]", "Why not?]"):
        sample.write_text(text.replace(old, new), encoding="utf-8")
        assert rule in faults(sample)


@pytest.mark.parametrize(
    "path", [p for p in PAGES if "On this page:" in p.read_text("utf-8")]
)
def test_each_link_to_a_section_leads_there_in_exported_html(path: Path) -> None:
    page = Page(path)
    page.notebook.cells = page.prose  # the code has no headings, and takes long
    text, _ = HTMLExporter().from_notebook_node(page.notebook)
    places = re.findall(r' id="([^"]+)"', text)
    links = re.findall(r' href="#([^"]+)"', text)  # a browser looks for both
    assert not [x for x in links if x not in places and unquote(x) not in places]


def test_a_copy_without_the_answer_keys_keeps_all_rules(sample: Path) -> None:
    shutil.rmtree(sample.parent / "solutions")
    assert faults(sample) == {}


def test_every_rule_has_been_broken_here() -> None:
    apart = {"executed_from_top_to_bottom"}
    apart |= {"the_minutes_and_the_contents_are_those_of_the_page"}
    assert {rule.__name__ for rule in RULES} == {name for name, _ in BREAKS} | apart
