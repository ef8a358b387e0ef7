"""Execute notebooks in place, so that an unchanged one gives no diff.

    python tests/tools/execute_notebooks.py [NOTEBOOK ...]      all of them by default

Each runs from top to bottom in a fresh kernel of this very Python. What would change
from one machine or one run to the next is left out of the file: time stamps, the
Python version, the state of a user interface. So is the new output of a cell that the
tests do not compare, where it has one already: clear it to have it made anew. What is
counted in a page, its minutes and the list of its sections, is written at its top. And
notebooks/glossary.md is made anew from all pages.

A notebook with a cell that fails is reported, and left as it was.
"""

import sys
from pathlib import Path

import glossary
import nbformat
from kernels import AsyncThisPython
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from page_counts import write_counts

ROOT = Path(__file__).resolve().parents[2]
WIDGET = "application/vnd.jupyter.widget-view+json"  # a random name of a live thing
KERNELSPEC = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
NOT_COMPARED = {"nbval-ignore-output", "nbval-skip"}


def client_for(notebook: NotebookNode, folder: Path) -> NotebookClient:
    """Return what executes a notebook's cells, the folder being where it stands."""
    return NotebookClient(
        notebook,
        timeout=60,
        kernel_name="python3",
        kernel_manager_class=AsyncThisPython,
        coalesce_streams=True,  # where a stream is cut into pieces is chance
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=ERROR"],
        resources={"metadata": {"path": str(folder)}},
    )


def tidy(notebook: NotebookNode) -> str:
    """Return the text of a notebook's file, without what differs by machine."""
    for cell in notebook.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = NotebookNode({"tags": tags} if tags else {})
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data.pop(WIDGET, None)
                output.metadata = NotebookNode()
            # A live widget's id is new each time; what it shows without a kernel stays.
            output.get("data", {}).pop(WIDGET, None)
    notebook.metadata = NotebookNode(
        kernelspec=KERNELSPEC, language_info={"name": "python"}
    )
    return nbformat.writes(notebook) + "\n"


def execute(path: Path) -> bool:
    """Run one notebook and write it; return whether the file changed."""
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    write_counts(notebook)
    kept = [
        (cell, cell.outputs)
        for cell in notebook.cells
        if cell.cell_type == "code"
        and cell.outputs
        and NOT_COMPARED & set(cell.metadata.get("tags", []))
    ]
    client_for(notebook, path.resolve().parent).execute()
    for cell, outputs in kept:
        cell.outputs = outputs
        for output in outputs:
            if "execution_count" in output:
                output.execution_count = cell.execution_count
    after = tidy(notebook)
    if after != before:
        path.write_text(after, encoding="utf-8", newline="\n")
    return after != before


def main(arguments: list[str]) -> int:
    """Execute what is named, or everything; return the exit status."""
    paths = [Path(argument) for argument in arguments]
    paths = paths or sorted(ROOT.glob("notebooks/**/[0-9]*.ipynb"))
    failed = False
    for path in (p for p in paths if ".ipynb_checkpoints" not in p.parts):
        name = path.resolve()
        name = name.relative_to(ROOT) if name.is_relative_to(ROOT) else path
        print(name, end=": ", flush=True)
        try:
            print("changed" if execute(path) else "unchanged")
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            print(f"FAILED, left as it was\n{error}")
            failed = True
    changed = glossary.write(ROOT / "notebooks")
    print(f"notebooks/{glossary.FILE}:", "changed" if changed else "unchanged")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
