"""Execute notebooks in place, so that an unchanged one gives no diff.

    python tests/execute_notebooks.py [NOTEBOOK ...]      all of them by default

Each runs top to bottom in a fresh kernel of this very Python. What would change from
one machine or one run to the next is left out of the file: time stamps, the Python
version, the state of a user interface. A cell that the tests do not compare (tag
``nbval-ignore-output``) runs too, but keeps the output that it has; clear it to renew
it. A notebook whose cell fails is not written.
"""

import sys
from pathlib import Path

import nbformat
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).resolve().parent.parent
KERNELSPEC = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}


class ThisPython(AsyncKernelManager):
    """Starts the kernel with the interpreter that runs this script."""

    def format_kernel_cmd(self, extra_arguments=None):
        command = super().format_kernel_cmd(extra_arguments)
        return [sys.executable, *command[1:]]


def execute(path: Path) -> bool:
    """Run one notebook and write it; return whether the file changed."""
    before = path.read_text(encoding="utf-8")
    notebook = nbformat.reads(before, as_version=4)
    kept = {}
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = {"tags": tags} if tags else {}
        if "nbval-ignore-output" in tags and cell.outputs:
            kept[cell.id] = cell.outputs
    NotebookClient(
        notebook,
        timeout=60,
        record_timing=False,
        kernel_manager_class=ThisPython,
        resources={"metadata": {"path": str(path.parent)}},
    ).execute()
    for cell in notebook.cells:
        if cell.id in kept:
            cell.outputs = kept[cell.id]
            for output in cell.outputs:
                if output.output_type == "execute_result":
                    output.execution_count = cell.execution_count
    notebook.metadata = {"kernelspec": KERNELSPEC, "language_info": {"name": "python"}}
    after = nbformat.writes(notebook) + "\n"
    if after != before:
        path.write_text(after, encoding="utf-8")
    return after != before


def main(arguments: list[str]) -> int:
    paths = [Path(a) for a in arguments] or sorted(
        ROOT.glob("notebooks/**/[0-9]*.ipynb")
    )
    failed = False
    for path in (p for p in paths if ".ipynb_checkpoints" not in p.parts):
        print(path, end=": ", flush=True)
        try:
            print("changed" if execute(path) else "unchanged")
        except CellExecutionError as error:
            print(f"FAILED, not written\n{error}", file=sys.stderr)
            failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
