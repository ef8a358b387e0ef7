"""All that the library of a server has to say, kept for a cell to read."""

import logging


class Diary(logging.Logger):
    """A logger of its own, outside the tree, that keeps its lines.

    Args:
        level: From which level on, such as ``DEBUG``.
    """

    def __init__(self, level: str) -> None:
        super().__init__("diary", level)
        self.lines: list[str] = []

    def handle(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())

    def received(self, *words: str) -> list[str]:
        """Return the lines about what came in that hold one of these words."""
        return [
            line
            for line in self.lines
            if line.startswith("<") and any(word in line for word in words)
        ]
