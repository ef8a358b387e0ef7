"""Every notebook runs again, under bad conditions, and leaves nothing behind.

`pytest --nbval` runs them once, on a machine where all is well, and compares. Here each
runs twice in one kernel, while another program holds port 1234 and the environment
names a proxy that is dead. What is running before the last cell listens on loopback
alone; nobody asks for a name or an address of another machine; and in the end there is
no thread, no process and no file. And nbval itself is put to the test.
"""

import ipaddress
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from execute_notebooks import ROOT, client_for, execute, tidy
from nbclient import NotebookClient
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from notebook_page import PAGES, Page, code_of, is_ignored
from notebook_rules import COMPARED

DEAD_PROXY = {
    name: "http://127.0.0.1:9" for name in ("http_proxy", "https_proxy", "all_proxy")
}
LOOK_OUT = """
import sys

def _note(event, arguments):  # of whatever in this process asks the network
    where = {"socket.connect": 1, "socket.getaddrinfo": 0}.get(event)
    if where is not None:
        asked = arguments[where]
        _asked.add(str(asked[0] if isinstance(asked, tuple) else asked))

_asked = set()
sys.addaudithook(_note)
_asked
"""
THREADS = """
import threading
sorted(t.name for t in threading.enumerate() if t.name.startswith("wslib-"))
"""
ASKED = "print(*sorted(_asked), sep='\\n')"


def shown(cell: NotebookNode) -> list[object]:
    """Return what a cell shows, as far as nbval compares it."""
    shows = [dict(output.get("data", output)) for output in cell.outputs]
    return [
        {k: v for k, v in show.items() if k in COMPARED | {"text"}} for show in shows
    ]


def listening(process: psutil.Process) -> set[object]:
    """Return the addresses on which a process and its children accept connections.

    (On Windows, the Python of an environment is a program that starts another one.)
    """
    family = [process, *process.children(recursive=True)]
    connections = [one for each in family for one in each.net_connections(kind="inet")]
    return {c.laddr for c in connections if c.status == psutil.CONN_LISTEN}


def visible(folder: Path) -> set[Path]:
    """Return the files in a folder; where JupyterLab keeps copies is not shown."""
    return {path for path in folder.iterdir() if not path.name.startswith(".")}


def is_here(address: str) -> bool:
    """Tell whether a name or an address is this machine's, or a path in it."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address in ("localhost", "None") or os.sep in address


@pytest.fixture(scope="module")
def _port_1234_is_taken() -> Iterator[None]:
    """Listen on port 1234, if no other program does already."""
    with socket.socket() as other:
        if os.name == "posix":  # else a port that was in use a minute ago is not free
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 1234))
            other.listen()
        except OSError:
            pass  # taken it is
        yield


def run_all(client: NotebookClient, page: Page, kernel: psutil.Process) -> None:
    """Execute all cells of a page; compare what they show with what is stored."""
    compared = [cell for cell in page.code if not is_ignored(cell)]
    stored = [shown(cell) for cell in compared]
    client.nb = page.notebook
    for index, cell in enumerate(page.cells):
        if index == len(page.cells) - 1:  # which stops what is running
            assert all(is_here(address.ip) for address in listening(kernel))
        client.execute_cell(cell, index)
    for cell, before_this in zip(compared, stored, strict=True):
        assert shown(cell) == before_this, cell.source


@pytest.mark.usefixtures("_port_1234_is_taken")
@pytest.mark.parametrize("path", [p for p in PAGES if p.parent.name == "notebooks"])
def test_runs_twice_in_one_kernel_and_leaves_nothing_behind(
    path: Path, tmp_path: Path
) -> None:
    """And its answer key, which nbval runs in a kernel of its own, runs after it."""
    page = Page(path)
    twin = [Page(page.twin)] if page.twin.exists() else []
    client = client_for(page.notebook, path.parent)
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path))

    def said(source: str) -> str:
        client.nb = new_notebook(cells=[new_code_cell(source)])
        output = client.execute_cell(client.nb.cells[0], 0).outputs[0]
        return str(output.get("text") or output.data["text/plain"])

    with client.setup_kernel(env=os.environ | DEAD_PROXY | temporary):
        kernel = psutil.Process(client.km.provisioner.pid)
        said(LOOK_OUT)
        before = listening(kernel), set(kernel.children(recursive=True))
        for each in [page, page, *twin]:
            said(f"%cd -q {each.path.parent}\n0")
            files = visible(each.path.parent)
            run_all(client, each, kernel)
            after = listening(kernel), set(kernel.children(recursive=True))
            assert after == before
            assert said(THREADS) == "[]"
            assert [name for name in said(ASKED).split() if not is_here(name)] == []
            assert visible(each.path.parent) == files
            assert list(tmp_path.iterdir()) == []


TABLE = "from wslib.show import Table\nTable(['what'], [['a cell']])"
PICTURE = "from wslib.show import Picture\nPicture('<svg/>', 'One with nothing in it.')"
SHOWN = [  # each kind of output that the course has, and the part of it to change
    ("print('printed')", "text"),
    ("6 * 7", "text/plain"),
    (TABLE, "text/plain"),
    (TABLE, "text/html"),
    (PICTURE, "text/plain"),
    (PICTURE, "text/html"),
]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a notebook with an output of each kind."""
    path = tmp_path_factory.mktemp("tiny") / "as_it_is.ipynb"
    cells = [new_code_cell(source) for source, _ in SHOWN]
    path.write_text(tidy(new_notebook(cells=cells)), encoding="utf-8")
    assert execute(path)
    return path


@pytest.fixture(scope="module")
def said_by_nbval(tiny: Path) -> list[str]:
    """Run `pytest --nbval`, set as the project is, on the notebook and on two more.

    One has a byte changed in each output. The other is no notebook at all, and lies
    where JupyterLab keeps copies.
    """
    notebook = nbformat.read(tiny, as_version=4)
    for cell, (_, kind) in zip(notebook.cells, SHOWN, strict=True):
        holder = cell.outputs[0] if kind == "text" else cell.outputs[0].data
        text = holder[kind]
        holder[kind] = text[:-2] + chr(ord(text[-2]) ^ 1) + text[-1]
    tiny.with_name("changed.ipynb").write_text(tidy(notebook), encoding="utf-8")
    kept = tiny.parent / ".ipynb_checkpoints" / "as_it_is-checkpoint.ipynb"
    kept.parent.mkdir()
    kept.write_text("{}", encoding="utf-8")
    own = "import kernels\n\nkernels.have_nbval_use_them()\n"
    tiny.with_name("conftest.py").write_text(own, encoding="utf-8")
    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tiny.parent)]
    quiet = ["-p", "no:cacheprovider", "-q", "--tb=no", "-rA"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", *settings, *quiet, "."],
        cwd=tiny.parent,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    return done.stdout.splitlines()


def test_one_changed_byte_in_any_output_fails(said_by_nbval: list[str]) -> None:
    failed = [line for line in said_by_nbval if line.startswith("FAILED")]
    assert len(failed) == len(SHOWN), said_by_nbval
    for number, line in enumerate(failed):
        assert line.startswith(f"FAILED changed.ipynb::Cell {number}"), line


def test_what_is_unchanged_passes(said_by_nbval: list[str]) -> None:
    passed = [line for line in said_by_nbval if line.startswith("PASSED")]
    assert len(passed) == len(SHOWN), said_by_nbval
    assert all("as_it_is.ipynb" in line for line in passed)


def test_a_copy_that_jupyterlab_keeps_is_not_collected(
    said_by_nbval: list[str],
) -> None:
    assert "checkpoint" not in "\n".join(said_by_nbval)
    assert f"{len(SHOWN)} failed, {len(SHOWN)} passed" in said_by_nbval[-1]


def test_executing_an_unchanged_notebook_gives_no_diff(tiny: Path) -> None:
    before = tiny.read_bytes()
    assert not execute(tiny)
    assert tiny.read_bytes() == before


def test_an_output_that_is_not_compared_stays_as_it_is(tmp_path: Path) -> None:
    cell = new_code_cell("import time\ntime.time()")
    cell.metadata["tags"] = ["nbval-ignore-output"]
    path = tmp_path / "varies.ipynb"
    path.write_text(tidy(new_notebook(cells=[cell])), encoding="utf-8")
    assert execute(path)
    assert code_of(Page(path).cells)[0].outputs
    assert not execute(path)
