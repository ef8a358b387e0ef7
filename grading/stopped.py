"""A run that is stopped: nothing is lost, and the same command goes on."""

import hashlib
import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing import active_children
from pathlib import Path
from typing import Any

from grading.table import Line


class Unfinished:
    """What a run has graded so far, on the disk: one that was stopped goes on.

    Its first line stands for what is graded and what by; each other is a notebook.

    Args:
        path: Of the file. It goes when all is graded.
        folders: What is graded and what by; if anything changes, nothing was graded.
    """

    def __init__(self, path: Path, *folders: Path) -> None:
        self.path, digest = path, hashlib.sha256()
        for folder in folders:
            for each in sorted(folder.rglob("*")):
                if each.is_file() and each.suffix != ".pyc":
                    digest.update(os.fsencode(each) + b"\0" + each.read_bytes())
        self.begins = digest.hexdigest()

    def read(self) -> dict[str, list[Line]]:
        """Return the lines of the table so far, by file."""
        try:
            begins, *notebooks = self.path.read_text(encoding="utf-8").splitlines()
            found = [[Line(**each) for each in json.loads(line)] for line in notebooks]
        except (OSError, ValueError):  # there is none, or the machine went down
            return {}
        return {each[0].file: each for each in found} if begins == self.begins else {}

    def begin(self) -> None:
        """Begin: nothing is graded."""
        self.path.write_text(f"{self.begins}\n", encoding="utf-8")

    def add(self, lines: list[Line]) -> None:
        """Write down what became of a notebook."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([asdict(line) for line in lines]) + "\n")


@contextmanager
def stopping() -> Iterator[list[str]]:
    """Yield a list, empty until Ctrl-C is pressed. Pressed again, it ends all."""
    why: list[str] = []

    def stop(*_: Any) -> None:
        if why:
            for child in active_children():
                child.terminate()
        else:
            print("\nStopping. What runs now is graded; Ctrl-C again drops it, too.")
        why.append("Ctrl-C")

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield why
    finally:
        signal.signal(signal.SIGINT, before)


def ignore_ctrl_c() -> None:
    """Grade to the end: Ctrl-C reaches every process of a terminal."""
    signal.signal(signal.SIGINT, lambda *_: None)
