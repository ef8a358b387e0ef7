"""Run a handed-in notebook to its end, whatever is in it; nbgrader's Execute, and more.

nbgrader gives a check that says nothing the full points, and gives up on a notebook
whose kernel dies or does not answer. Here

- a check gives points only if it ends with their number;
- a cell that ends the kernel, or that cannot be interrupted, is left out, and the
  notebook runs again from its top, in a new kernel;
- what has not run when the notebook's time is up, or when three cells had to be
  interrupted, is left out as well.
"""

import subprocess
import time
from collections.abc import Callable
from typing import Any

from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade
from traitlets import Integer

# Why a cell has no output of its own: the names of the errors that stand there instead.
NEVER_ENDS = "NeverEnds"
ENDS_KERNEL = "EndsTheKernel"
TIME_IS_UP = "TimeIsUp"
INTERRUPTED = "CellTimeoutError"  # nbgrader's own name for it
MOST_INTERRUPTED = 3
NO_VERDICT = "NoVerdict"
WHY = {
    NEVER_ENDS: "This cell did not end, and could not be interrupted. It was left out.",
    ENDS_KERNEL: "This cell ended the kernel. It was left out.",
    TIME_IS_UP: "The time of this notebook was up before this cell.",
    INTERRUPTED: "This cell did not end, and was interrupted.",
    NO_VERDICT: "The check has run, and gave no points: something kept it from that.",
}


class _LeftOut(Exception):
    """Raised where a notebook must run again, without one of its cells."""

    def __init__(self, index: int, why: str) -> None:
        super().__init__(why)
        self.index, self.why = index, why


class Run(Execute):
    """Runs a notebook, and again without what keeps it from ending."""

    notebook_timeout = Integer(
        300, help="How long a notebook may take in all, in seconds."
    ).tag(config=True)
    patience = Integer(
        5, help="How long an interrupted cell may take to end, in seconds."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: Any, km: Any = None
    ) -> tuple[NotebookNode, Any]:
        """Run all cells; return the notebook and the resources."""
        self._left_out: dict[int, str] = {}
        self._end = time.monotonic() + self.notebook_timeout
        while True:
            self._interrupted = 0
            try:
                nb, resources = super().preprocess(nb, resources, km)
                break
            except _LeftOut as found:
                self._left_out[found.index] = found.why
        for cell in nb.cells:
            if is_grade(cell) and not any(map(_says_something, cell.outputs)):
                cell.outputs = [*cell.outputs, instead(NO_VERDICT)]
        return nb, resources

    def preprocess_cell(
        self, cell: NotebookNode, resources: Any, index: int
    ) -> tuple[NotebookNode, Any]:
        """Run one cell, if it may run."""
        if cell.cell_type != "code":
            return cell, resources
        if time.monotonic() > self._end or self._interrupted == MOST_INTERRUPTED:
            self._left_out.setdefault(index, TIME_IS_UP)
        if why := self._left_out.get(index):
            cell.outputs = [instead(why)]
            return cell, resources
        try:
            done: tuple[NotebookNode, Any] = super().preprocess_cell(
                cell, resources, index
            )
        except DeadKernelError as error:
            raise _LeftOut(index, ENDS_KERNEL) from error
        except CellTimeoutError as error:  # it prints faster than anybody can read
            raise _LeftOut(index, NEVER_ENDS) from error
        if any(output.get("ename") == INTERRUPTED for output in cell.outputs):
            self._interrupted += 1
            if not self._answers():
                raise _LeftOut(index, NEVER_ENDS)
        return done

    async def async_start_new_kernel(self, **options: Any) -> None:
        """Start a kernel; what it says beside its outputs is for nobody."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        await super().async_start_new_kernel(**quiet, **options)

    start_new_kernel = run_sync(async_start_new_kernel)

    def _answers(self) -> bool:
        """Tell whether the kernel, interrupted, is there for the next cell."""
        wait: Callable[[], bool] = run_sync(self._answer)
        return wait()

    async def _answer(self) -> bool:
        question = self.kc.kernel_info()
        end = time.monotonic() + self.patience
        while (left := end - time.monotonic()) > 0:
            try:
                message = await self.kc.shell_channel.get_msg(timeout=left)
            except Exception:  # nothing came
                return False
            if message["parent_header"].get("msg_id") == question:
                return True
        return False


def instead(name: str) -> NotebookNode:
    """Return the output of a cell that has none of its own: an error, and why."""
    return new_output(
        "error", ename=name, evalue=WHY[name], traceback=[f"{name}: {WHY[name]}"]
    )


def _says_something(output: NotebookNode) -> bool:
    return output.output_type in ("execute_result", "error")
