"""A class of made-up students: what each hands in, and what a careful person gives.

Everything is made from the notebooks and the answer keys as they are.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import nbformat
from execute_notebooks import ROOT
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from grading.assignments import exercises, solution

ALL = [path.stem for path in sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))]
HANDSHAKE, FRAMES = "02_handshake", "03_frames"
NOT_TRIED = (0, "not-attempted")
RIGHT = (1, "")


def page(name: str) -> NotebookNode:
    """Return a notebook of the course, as it is handed out."""
    return nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)


def key(name: str) -> dict[str, str]:
    """Return the right answers of a notebook, by exercise."""
    path = ROOT / "notebooks" / "solutions" / f"{name}_key.ipynb"
    cells = nbformat.read(path, as_version=4)
    return {each.name: solution(cells, each.name) for each in exercises(page(name))}


def filled_in(name: str, answers: dict[str, str]) -> NotebookNode:
    """Return a notebook with some exercises done."""
    notebook = page(name)
    for each in exercises(notebook):
        if each.name in answers:
            notebook.cells[each.stub].source = answers[each.name]
    return notebook


def check_of(notebook: NotebookNode, exercise: str) -> NotebookNode:
    """Return the cell of an exercise's check."""
    [place] = [each.check for each in exercises(notebook) if each.name == exercise]
    return notebook.cells[place]


Due = dict[str, tuple[float, str]]  # points and mistake of each exercise


@dataclass
class Student:
    """A made-up student.

    Attributes:
        name: Of the student's folder.
        files: What is in it: a notebook or text, by file name.
        due: What is to stand in the table, by exercise; empty if nothing can.
        remark: What the remarks have to say.
    """

    name: str
    files: dict[str, NotebookNode | str]
    due: Due
    remark: str = ""


def graded(name: str, but: Due | None = None) -> Due:
    """Return full points for a notebook, but for some exercises."""
    return {each: RIGHT for each in key(name)} | (but or {})


def nothing(name: str, but: Due | None = None) -> Due:
    """Return no points for a notebook that was not tried, but for some exercises."""
    return {each: NOT_TRIED for each in key(name)} | (but or {})


def hands_in(
    name: str,
    notebook: str,
    answers: dict[str, str],
    due: Due,
    remark: str = "",
    change: Callable[[NotebookNode], object] = lambda notebook: None,
    file: str = "",
) -> Student:
    """Return a student who hands in one notebook."""
    made = filled_in(notebook, answers)
    change(made)
    return Student(name, {file or f"{notebook}.ipynb": made}, due, remark)


# --- wrong, in ways that the checks know by name --------------------------------------

HEX = """
def accept_key(key):
    digest = hashlib.sha1((key + guid).encode()).hexdigest()
    return base64.b64encode(digest.encode()).decode()
"""
SUBSTRING = """
def has_token(value, token):
    return token.lower() in value.lower()
"""
NEWLINES = """
def request_bytes(host, target, key):
    lines = [f"GET {target} HTTP/1.1", f"Host: {host}", "Upgrade: websocket",
             "Connection: Upgrade", f"Sec-WebSocket-Key: {key}",
             "Sec-WebSocket-Version: 13"]
    return ("\\n".join(lines) + "\\n\\n").encode()
"""
ZIPPED = """
def unmask(payload, masking_key):
    return bytes(a ^ b for a, b in zip(payload, masking_key))
"""
SHORT_ONLY = """
def parse_header(data):
    fin, opcode = bool(data[0] & 0x80), data[0] & 0x0F
    masked, length = bool(data[1] & 0x80), data[1] & 0x7F
    return fin, opcode, masked, length, 2 + 4 * masked
"""
CHARACTERS = """
def text_frame(text):
    length = len(text)
    if length <= 125:
        header = bytes([0x81, length])
    elif length <= 65535:
        header = bytes([0x81, 126]) + length.to_bytes(2, "big")
    else:
        header = bytes([0x81, 127]) + length.to_bytes(8, "big")
    return header + text.encode()
"""
ALL_LEGAL = 'legal = {"A": True, "B": True, "C": True, "D": True, "E": True, "F": True}'

# --- what is not one's own, or reaches for the points ---------------------------------

CHECK_OF_MY_OWN = """
class check:
    @staticmethod
    def accept_key(function):
        return "✓ accept_key: right."
    has_token = request_bytes = accept_key
"""
PATCHED = """
from wslib import check
from wslib.check import Verdict, engine, exercise

def praise(self, *answer, **named):
    return Verdict(exercise=self.name, right=True)

exercise.Exercise.__call__ = praise
engine.Compared.judge = praise
Verdict.right = True
"""
FAKE_MODULE = """
import sys, types
fake = types.ModuleType("wslib.check")
fake.accept_key = fake.has_token = fake.request_bytes = lambda *answer: 1
sys.modules["wslib.check"] = sys.modules["wslib.check.graded"] = fake
fake.points = lambda *answer: 1
"""
SILENCED = """
from IPython.core.interactiveshell import ExecutionResult

get_ipython().run_cell = lambda *arguments, **named: ExecutionResult(None)
"""
# --- what does not end ----------------------------------------------------------------

ENDLESS = "while True:\n    pass"
UNSTOPPABLE = """
import time
while True:
    try:
        time.sleep(60)
    except BaseException:
        pass
"""
FLOOD = 'while True:\n    print("again and again, and again")'
NEVER_RETURNS = """
def accept_key(key):
    while True:
        key += key[:0]
"""
KEYBOARD_GONE = "import os\nos._exit(1)"


def without_checks(notebook: NotebookNode) -> None:
    notebook.cells = [c for c in notebook.cells if not c.id.startswith("check-")]


def with_other_checks(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.id.startswith("check-"):
            cell.source = 'print("✓ right.")'


def with_typed_verdicts(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        if cell.id.startswith("check-"):
            name = cell.id.removeprefix("check-").replace("-", "_")
            text = f"✓ {name}: right.\n  All of it."
            data = {"text/plain": text, "text/html": f"<div>{text}</div>"}
            shown = new_output("execute_result", data=data, execution_count=7)
            cell.outputs, cell.execution_count = [shown], 7


def with_tags(notebook: NotebookNode) -> None:
    with_typed_verdicts(notebook)
    for cell in notebook.cells:
        if cell.id.startswith("check-"):
            tags = ["nbval-ignore-output", "skip-execution", "raises-exception"]
            cell.metadata.tags = tags


def as_jupyterlab_saves(notebook: NotebookNode) -> None:
    """Do what JupyterLab does, on a machine where the kernel has another name."""
    for count, cell in enumerate(notebook.cells):
        cell.metadata.editable = True
        cell.metadata.slideshow = {"slide_type": ""}
        if cell.cell_type == "code":
            cell.execution_count = count
            cell.metadata.trusted = True
    notebook.metadata = NotebookNode(
        kernelspec={
            "display_name": "WebSocket (course)",
            "language": "python",
            "name": "websocket-course",
        },
        language_info={"name": "python", "version": "3.12.4", "file_extension": ".py"},
        widgets={"application/vnd.jupyter.widget-state+json": {"state": {}}},
    )


def without_ids(notebook: NotebookNode) -> None:
    """Do what a program from before 2021 does: cells have no ids."""
    for cell in notebook.cells:
        del cell["id"]
    notebook.nbformat_minor = 4


def first(source: str) -> Callable[[NotebookNode], object]:
    """Return what puts a cell at the top of a notebook."""
    return lambda notebook: notebook.cells.insert(1, new_code_cell(source))


def below(exercise: str, source: str) -> Callable[[NotebookNode], object]:
    """Return what puts a cell below an exercise's check."""

    def change(notebook: NotebookNode) -> None:
        place = notebook.cells.index(check_of(notebook, exercise))
        notebook.cells.insert(place + 1, new_code_cell(source))

    return change


def in_the_check(exercise: str, source: str) -> Callable[[NotebookNode], object]:
    """Return what writes an answer into the cell of the check."""

    def change(notebook: NotebookNode) -> None:
        cell = check_of(notebook, exercise)
        cell.source = f"{source}\n\n{cell.source}"

    return change


def students() -> list[Student]:
    """Return the class."""
    shake, frames = key(HANDSHAKE), key(FRAMES)
    own = {"accept_key": (0.0, "not-your-own")}
    undone = {name: source for name, source in shake.items() if name != "accept_key"}
    lost = {"accept_key": (0.0, "not-defined")}
    quiet = "import warnings\n" + shake["accept_key"].replace(
        "    digest =", '    warnings.warn("slow")\n    digest ='
    )
    both = filled_in(HANDSHAKE, shake), filled_in(FRAMES, frames)
    broken = nbformat.writes(both[0])[:5000]
    return [
        hands_in("Ada", HANDSHAKE, shake, graded(HANDSHAKE)),
        hands_in("Bea", FRAMES, frames, graded(FRAMES)),
        Student(
            "Cem",
            {f"{HANDSHAKE}.ipynb": both[0], f"sub/{FRAMES}.ipynb": both[1]},
            graded(HANDSHAKE) | graded(FRAMES),
        ),
        Student(
            "Max",
            {f"{name}.ipynb": filled_in(name, key(name)) for name in ALL},
            {each: RIGHT for name in ALL for each in key(name)},
        ),
        hands_in("Dan", HANDSHAKE, {}, nothing(HANDSHAKE)),
        hands_in("Eva", FRAMES, {}, nothing(FRAMES)),
        # wrong in known ways
        hands_in(
            "Fay",
            HANDSHAKE,
            shake | {"accept_key": HEX},
            graded(HANDSHAKE, {"accept_key": (0, "hex-digest")}),
        ),
        hands_in(
            "Gus",
            HANDSHAKE,
            {"has_token": SUBSTRING, "request_bytes": NEWLINES},
            nothing(
                HANDSHAKE,
                {
                    "has_token": (0, "substring"),
                    "request_bytes": (0, "lf-only"),
                },
            ),
        ),
        hands_in(
            "Hal",
            FRAMES,
            frames | {"unmask": ZIPPED, "illegal_frames": ALL_LEGAL},
            graded(
                FRAMES,
                {
                    "unmask": (0, "stops-after-4"),
                    "illegal_frames": (0, "all-legal"),
                },
            ),
        ),
        hands_in(
            "Ida",
            FRAMES,
            {"parse_header": SHORT_ONLY, "text_frame": CHARACTERS},
            nothing(
                FRAMES,
                {
                    "parse_header": (0, "126-taken-literally"),
                    "text_frame": (0, "characters-counted"),
                },
            ),
        ),
        hands_in(
            "Jan",
            HANDSHAKE,
            shake | {"accept_key": NEVER_RETURNS},
            graded(HANDSHAKE, {"accept_key": (0, "never-ends")}),
        ),
        # cheating
        hands_in("Kim", HANDSHAKE, {}, nothing(HANDSHAKE), change=with_typed_verdicts),
        hands_in("Leo", HANDSHAKE, {}, nothing(HANDSHAKE), change=with_tags),
        hands_in(
            "Mia",
            HANDSHAKE,
            shake,
            graded(HANDSHAKE),
            "check was deleted",
            change=without_checks,
        ),
        hands_in(
            "Noa",
            HANDSHAKE,
            {},
            nothing(HANDSHAKE),
            "check was changed",
            change=with_other_checks,
        ),
        hands_in(
            "Ola",
            HANDSHAKE,
            {},
            nothing(HANDSHAKE),
            "a `check` of its own",
            change=first(CHECK_OF_MY_OWN),
        ),
        hands_in(
            "Nia",
            HANDSHAKE,
            shake | {"accept_key": shake["accept_key"] + "\n\ncheck = 28"},
            graded(HANDSHAKE),
        ),
        hands_in(
            "Pia",
            HANDSHAKE,
            {},
            nothing(HANDSHAKE),
            "reaches into",
            change=first(PATCHED),
        ),
        hands_in(
            "Quy",
            HANDSHAKE,
            {},
            nothing(HANDSHAKE),
            "reaches into",
            change=first(FAKE_MODULE),
        ),
        hands_in(
            "Rob",
            HANDSHAKE,
            {},
            dict.fromkeys(shake, (0, "no-verdict")),
            "reaches into",
            change=first(SILENCED),
        ),
        hands_in(
            "Sam",
            HANDSHAKE,
            shake | {"accept_key": "from wslib import accept_key"},
            graded(HANDSHAKE, own),
            "wslib.handshake.accept_key",
        ),
        hands_in(
            "Tia",
            HANDSHAKE,
            shake
            | {
                "accept_key": "import websockets.utils\n\n\ndef accept_key(key):\n"
                "    return websockets.utils.accept_key(key)"
            },
            graded(HANDSHAKE, own),
            "websockets.utils.accept_key",
        ),
        hands_in(
            "Uli",
            FRAMES,
            frames
            | {
                "parse_header": "from wslib.frames import parse_frame\n\n\n"
                + frames["parse_header"].replace(
                    "    fin =", "    parse_frame\n    fin ="
                )
            },
            graded(FRAMES),
            "uses wslib.frames.parse_frame",
        ),
        # what does not run, or not to its end
        hands_in(
            "Vic",
            HANDSHAKE,
            shake | {"accept_key": "def accept_key(key)\n    return"},
            graded(HANDSHAKE, lost),
            "SyntaxError in the cell 'def accept_key(key)'",
        ),
        hands_in(
            "Wes",
            HANDSHAKE,
            undone | {"accept_key": ENDLESS},
            graded(HANDSHAKE, lost),
            "CellTimeoutError in the cell 'while True:'",
        ),
        hands_in(
            "Xan",
            HANDSHAKE,
            undone | {"accept_key": UNSTOPPABLE},
            graded(HANDSHAKE, lost),
            "NeverEnds in the cell 'import time'",
        ),
        hands_in(
            "Yan",
            HANDSHAKE,
            undone | {"accept_key": KEYBOARD_GONE},
            graded(HANDSHAKE, lost),
            "EndsTheKernel in the cell 'import os'",
        ),
        hands_in(
            "Zoe",
            HANDSHAKE,
            undone | {"accept_key": FLOOD},
            graded(HANDSHAKE, lost),
            "in the cell 'while True:'",
        ),
        # files
        Student("Amy", {f"{HANDSHAKE}.ipynb": broken}, {}, "broken notebook"),
        Student("Ben", {f"{HANDSHAKE}.ipynb": ""}, {}, "an empty file"),
        Student("Cat", {"answers.txt": "I did it all."}, {}, "not a notebook"),
        hands_in("Dot", FRAMES, frames, graded(FRAMES), change=as_jupyterlab_saves),
        hands_in(
            "Eli",
            FRAMES,
            frames,
            graded(FRAMES),
            "the file is 'Kopie von 02 (1).ipynb'",
            file="Kopie von 02 (1).ipynb",
        ),
        hands_in(
            "Flo", FRAMES, frames, graded(FRAMES), "homework.json", file="homework.json"
        ),
        hands_in("Gil", HANDSHAKE, shake, graded(HANDSHAKE), change=without_ids),
        # where an answer may stand as well
        hands_in(
            "Hua",
            HANDSHAKE,
            shake | {"accept_key": HEX},
            graded(HANDSHAKE),
            change=below("accept_key", shake["accept_key"]),
        ),
        hands_in(
            "Ivo",
            HANDSHAKE,
            undone,
            graded(HANDSHAKE),
            "check was changed",
            change=in_the_check("accept_key", shake["accept_key"]),
        ),
        hands_in("Joy", HANDSHAKE, shake | {"accept_key": quiet}, graded(HANDSHAKE)),
        # what a spreadsheet would take for a formula
        hands_in("=1+2", HANDSHAKE, {}, nothing(HANDSHAKE)),
        hands_in("Åsa [2] & Co", HANDSHAKE, shake, graded(HANDSHAKE)),
    ]


def hand_in(folder: Path, students: list[Student]) -> None:
    """Write what the students hand in, a folder for each."""
    for student in students:
        for name, content in student.files.items():
            path = folder / student.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            text = (
                content if isinstance(content, str) else json.dumps(content, indent=1)
            )
            path.write_text(text, encoding="utf-8")
