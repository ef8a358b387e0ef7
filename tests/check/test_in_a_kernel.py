"""A check in a real kernel: the accidents that only a notebook knows."""

from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from kernels import kernel_running

WRONG = "def unmask(payload, masking_key):\n    return payload"
RIGHT = (
    "def unmask(payload, masking_key):\n"
    "    return bytes(b ^ masking_key[i % 4] for i, b in enumerate(payload))"
)
FAILED = "ended in an error"
SAME = "the same `unmask` as the last time"


class Notebook:
    """A kernel whose cells are run as JupyterLab runs them."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self.client = client

    def run(self, cell: str) -> str:
        """Run a cell; return what it shows as its value, or the name of its error."""
        shown: list[str] = []

        def hear(message: dict[str, Any]) -> None:
            content = message["content"]
            if message["msg_type"] == "execute_result":
                shown.append(content["data"]["text/plain"])
            elif message["msg_type"] == "error":
                shown.append(content["ename"])

        self.client.execute_interactive(cell, output_hook=hear, timeout=60)
        return "".join(shown)

    def check(self) -> str:
        """Run the cell with the check."""
        return self.run("check.unmask(unmask)")


@pytest.fixture(scope="module")
def notebook() -> Iterator[Notebook]:
    with kernel_running() as client:
        notebook = Notebook(client)
        notebook.run("from wslib import check")
        yield notebook


def test_who_mends_a_function_and_does_not_run_it_is_told_that_it_is_the_same(
    notebook: Notebook,
) -> None:
    notebook.run(WRONG)
    assert SAME not in notebook.check()
    said = notebook.check()
    assert said.startswith("✗ unmask") and SAME in said
    notebook.run(RIGHT)
    assert notebook.check().startswith("✓ unmask")
    assert SAME not in notebook.check(), "it was right, and is"


def test_who_mends_a_function_into_a_syntax_error_is_told_that_it_is_the_old_one(
    notebook: Notebook,
) -> None:
    notebook.run(WRONG)
    assert FAILED not in notebook.check()
    assert notebook.run(RIGHT + ")") == "SyntaxError"
    assert FAILED in notebook.check()
    notebook.run(RIGHT)
    said = notebook.check()
    assert said.startswith("✓ unmask") and FAILED not in said


def test_a_function_that_holds_on_to_the_processor_does_not_hold_up_the_kernel(
    notebook: Notebook,
) -> None:
    notebook.run("def unmask(payload, masking_key):\n    return sum(range(10**11))")
    assert "never-ends" in notebook.run("check.unmask(unmask).mistake")
    assert notebook.run("6 * 7") == "42"
