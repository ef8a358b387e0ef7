"""What of a check a student sees on the page that is given back: its verdict.

nbgrader shows the cell as it has run, with what asks for the points and their number.
"""

from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import ClearHiddenTests
from nbgrader.utils import is_grade


class Shown(ClearHiddenTests):
    """Takes the hidden tests out of the checks, and of no other cell."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: Any, cell_index: int
    ) -> tuple[NotebookNode, Any]:
        """Leave of a check what the notebook has, and what it has shown."""
        if is_grade(cell):
            super().preprocess_cell(cell, resources, cell_index)
            cell.outputs = [
                output
                for output in cell.outputs
                if output.output_type != "execute_result"  # the points
            ]
            for output in cell.outputs:
                if output.output_type == "error":  # its traceback quotes the cell
                    output.traceback = [f"{output.ename}: {output.evalue}"]
        return cell, resources
