"""What the suite says of a server made of these steps, after each step."""

import contextlib
import functools
import io
from collections.abc import Callable
from typing import Any

from wslib.labs.conformance import Findings, Marks, run
from wslib.labs.workshop.doing import NAMES, Steps
from wslib.labs.workshop.endpoint import NoWire
from wslib.labs.workshop.finished import STEPS
from wslib.labs.workshop.server import WorkshopServer
from wslib.show import Shown, escape, verbatim

_LINES = 10  # of what was printed


class Heartbeat(Shown):
    """How far a server has come: whose steps it has, and a mark for each case.

    Attributes:
        report: What the suite found.
        steps: What the server can do, and what failed.
        printed: What the steps have printed.
        wrong: The names of the cases that these steps should have got right.
    """

    def __init__(self, steps: Steps, report: Findings, printed: str) -> None:
        self.steps, self.report, self.printed = steps, report, printed
        self.marks = Marks(report)
        due = _open(len(steps.known))
        self.wrong = [name for name in report.failed if name not in due]

    def as_text(self) -> str:
        """Return the marks, whose steps these are, and what to look at first."""
        return "\n\n".join([self._whose(), self.marks.as_text(), *self._look_at()])

    def as_html(self) -> str:
        """Return the same."""
        whose = f"<p>{escape(self._whose())}</p>"
        parts = map(verbatim, self._look_at())
        return whose + self.marks.as_html() + "".join(parts)

    def _whose(self) -> str:
        """Say which steps there are, and who wrote them."""
        known, mine = self.steps.known, self.steps.mine
        words = f"{len(known)} of {len(NAMES)} steps. Yours: {_list(mine)}."
        if left := [name for name in known if name not in mine]:
            words += f" The course's, in place of yours: {_list(left)}."
        return words

    def _look_at(self) -> list[str]:
        """Return what went wrong, the first things only; or what comes next."""
        parts = [f"✗ {trouble}" for trouble in self.steps.troubles[:3]]
        if self.wrong:
            what = "this case" if len(self.wrong) == 1 else f"{len(self.wrong)} cases"
            first = "" if len(self.wrong) == 1 else " The first:"
            words = f"✗ These steps should get {what} right, and do not.{first}"
            parts.append(f"{words}\n{self.report.by_name[self.wrong[0]]}")
        elif name := self._next():
            parts.append(f"What comes next, for example:\n{self.report.by_name[name]}")
        if lines := self.printed.splitlines():
            more = f"\n… {len(lines) - _LINES} more lines" * (len(lines) > _LINES)
            parts.append("Your steps printed:\n" + "\n".join(lines[:_LINES]) + more)
        return parts

    def _next(self) -> str:
        """Return a case that the next steps get right; empty if all is right."""
        for count in range(len(self.steps.known) + 1, len(NAMES) + 1):
            left = _open(count)
            if cured := [name for name in self.report.failed if name not in left]:
                return cured[0]
        return ""


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


@functools.cache
def _open(count: int) -> frozenset[str]:
    """Return the cases that the first finished steps, so many, do not get right."""
    report = run(lambda: NoWire(Steps(*STEPS[:count])), at_once=1)
    return frozenset(report.failed + report.not_tried)


def _list(names: list[str]) -> str:
    return ", ".join(names) or "none yet"
