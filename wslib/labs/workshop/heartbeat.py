"""What the suite says of a server made of these steps, after each step."""

import contextlib
import io
from collections.abc import Callable
from typing import Any

from wslib.labs.conformance import Marks, Report, run
from wslib.labs.workshop.doing import NAMES, Steps
from wslib.labs.workshop.server import WorkshopServer
from wslib.show import Shown, escape

_LINES = 10  # of what was printed


class Heartbeat(Shown):
    """How far a server has come: whose steps it has, and a mark for each case.

    Attributes:
        report: What the suite found.
        steps: What the server can do, and what failed.
        printed: What the steps have printed.
    """

    def __init__(self, steps: Steps, report: Report, printed: str) -> None:
        self.steps, self.report, self.printed = steps, report, printed
        self.marks = Marks(report)

    def as_text(self) -> str:
        """Return the marks, whose steps these are, and what to look at first."""
        return "\n\n".join([self._whose(), self.marks.as_text(), *self._look_at()])

    def as_html(self) -> str:
        """Return the same."""
        look = "white-space: pre-wrap; text-align: left"
        parts = [f'<pre style="{look}">{escape(p)}</pre>' for p in self._look_at()]
        whose = f"<p>{escape(self._whose())}</p>"
        return whose + self.marks.as_html() + "".join(parts)

    def _whose(self) -> str:
        """Say which steps there are, and who wrote them."""
        known, mine = self.steps.known, self.steps.mine
        words = f"{len(known)} of {len(NAMES)} steps. Yours: {_list(mine)}."
        if left := [name for name in known if name not in mine]:
            words += f" The course's, in place of yours: {_list(left)}."
        return words

    def _look_at(self) -> list[str]:
        """Return what went wrong, the first things only."""
        parts = [f"✗ {trouble}" for trouble in self.steps.troubles[:3]]
        if failed := self.report.failed:
            more = f" ({len(failed)} failed)" if len(failed) > 1 else ""
            parts.append(
                f"The first that failed{more}:\n{self.report.by_name[failed[0]]}"
            )
        if lines := self.printed.splitlines():
            more = f"\n… {len(lines) - _LINES} more lines" * (len(lines) > _LINES)
            parts.append("Your steps printed:\n" + "\n".join(lines[:_LINES]) + more)
        return parts


def heartbeat(*functions: Callable[..., Any]) -> Heartbeat:
    """Serve with these steps, ask the suite, and stop.

    Args:
        functions: The steps so far; what is still empty, the course's own does.

    Raises:
        TypeError, ValueError: If one of them is no step; see :class:`Steps`.
    """
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), WorkshopServer(*functions) as server:
        report = run(server.url)
    return Heartbeat(server.steps, report, printed.getvalue())


def _list(names: list[str]) -> str:
    return ", ".join(names) or "none yet"
