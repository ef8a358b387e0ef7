"""Kernels for the tests: of this very Python, and reached over files, not ports.

Jupyter looks for five free ports, and a moment later the kernel takes them. While
other tests open connections by the hundred, one of the five is sometimes gone by then,
and the kernel dies. Where the system has no such files (Windows), it is ports again.
"""

import contextlib
import os
import shutil
import sys
import tempfile
import weakref
from collections.abc import Iterator

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import AsyncKernelManager, KernelManager
from traitlets import default


class ThisPython(KernelManager):
    """Starts the kernel with the interpreter that runs this."""

    @default("transport")
    def _transport_default(self):
        return "ipc" if os.name == "posix" else "tcp"

    @default("connection_file")
    def _connection_file_default(self):
        folder = tempfile.mkdtemp(prefix="kernel-")  # a name of such a file is short
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        return os.path.join(folder, "kernel.json")

    def format_kernel_cmd(self, extra_arguments=None):
        return [sys.executable, *super().format_kernel_cmd(extra_arguments)[1:]]


@contextlib.contextmanager
def kernel_running() -> Iterator[BlockingKernelClient]:
    """Run a kernel; yield what executes cells in it."""
    manager = ThisPython()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=60)
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


class AsyncThisPython(ThisPython, AsyncKernelManager):
    """The same, to be awaited."""


def have_nbval_use_them() -> None:
    """Have `pytest --nbval` reach its kernels over files, too."""
    import nbval.kernel

    nbval.kernel.KernelManager = ThisPython
