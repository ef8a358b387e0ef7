"""What the suite says of a server made of these steps, after each step."""

import contextlib
import functools
import io
from collections.abc import Callable
from typing import Any

from wslib.errors import ProtocolError
from wslib.labs.conformance import Findings, Marks, Verdict, run
from wslib.labs.workshop.doing import NAMES, NotYet, Steps, Trouble
from wslib.labs.workshop.endpoint import NoWire
from wslib.labs.workshop.finished import STEPS
from wslib.labs.workshop.server import WorkshopServer
from wslib.show import Shown, escape, verbatim

_LINES = 10  # of what was printed
_WRONG = (Verdict.FAILED, Verdict.NOT_TRIED)
_KEY = bytes.fromhex("37 fa 21 3d")  # section 5.7, as the frame
_HELLO = bytes.fromhex("81 85 37 fa 21 3d 7f 9f 4d 51 58")


class Heartbeat(Shown):
    """How far a server has come: whose steps it has, and a mark for each case.

    Attributes:
        report: What the suite found.
        steps: What the server can do, and what failed.
        printed: What the steps have printed.
        wrong: The names of the cases that these steps should have got right, those of
            the last step first.
        slack: The names of those that they got right in another than the usual way.
        as_client: What they would do wrong as a client; empty if nothing.
    """

    def __init__(
        self, steps: Steps, report: Findings, printed: str, as_client: str = ""
    ) -> None:
        self.steps, self.report, self.printed = steps, report, printed
        self.as_client = as_client
        self.marks = Marks(report)
        count = len(steps.known)
        old = finished_verdicts(max(count - 1, 0))
        due = finished_verdicts(count)
        self.wrong = sorted(
            (name for name in report.failed if due[name] not in _WRONG),
            key=lambda name: old[name] not in _WRONG,
        )
        self.slack = [
            name
            for name, result in report.by_name.items()
            if result.verdict is Verdict.NON_STRICT and due[name] is Verdict.OK
        ]

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
        words = f"{len(known)} of {len(NAMES)} functions. Yours: {_list(mine)}."
        if left := [name for name in known if name not in mine]:
            words += f" The course's, in place of yours: {_list(left)}."
        return words

    def _look_at(self) -> list[str]:
        """Return what went wrong, the first things only; or what comes next."""
        parts = [f"✗ {trouble}" for trouble in _simplest(self.steps.troubles)[:3]]
        if self.as_client:
            parts.append(f"✗ {self.as_client}")
        if self.wrong:
            what = "this case" if len(self.wrong) == 1 else f"{len(self.wrong)} cases"
            first = "" if len(self.wrong) == 1 else " The first:"
            words = f"✗ These steps should get {what} right, and do not.{first}"
            parts.append(f"{words}\n{self.report.by_name[self.wrong[0]]}")
        elif self.slack:
            words = "Allowed, but there is a better answer:"
            parts.append(f"{words}\n{self.report.by_name[self.slack[0]]}")
        elif name := self._next():
            parts.append(f"What comes next, for example:\n{self.report.by_name[name]}")
        if lines := self.printed.splitlines():
            more = f"\n… {len(lines) - _LINES} more lines" * (len(lines) > _LINES)
            parts.append("Your steps printed:\n" + "\n".join(lines[:_LINES]) + more)
        return parts

    def _next(self) -> str:
        """Return a case that the next steps get right; empty if all is right."""
        for count in range(len(self.steps.known) + 1, len(NAMES) + 1):
            later = finished_verdicts(count)
            for name in self.report.failed:
                if later[name] not in _WRONG:
                    return name
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
        wrong = as_client(server.steps)
    return Heartbeat(server.steps, report, printed.getvalue(), wrong)


def as_client(steps: Steps) -> str:
    """Return what steps would do wrong as a client, which no server's suite can ask.

    What raises is noted in ``steps.troubles``.
    """
    try:
        if "write_frame" in steps:
            made = steps.do("write_frame", 1, b"Hello", _KEY)
            if made != _HELLO:
                return (
                    'write_frame(1, b"Hello", key), for a client, returned\n    '
                    f"{made.hex(' ')}; due is\n    {_HELLO.hex(' ')}, with the key "
                    f"{_KEY.hex(' ')}"
                )
        for data, words in (_HELLO, "is masked"), (b"\x81\x05Hello", ""):
            if "broken_rule" in steps:
                found = steps.do("broken_rule", data, True)
                if bool(found) != bool(words):
                    return (
                        f"broken_rule({data!r}, True) returned {found!r}, though this "
                        f"has come to a client, and {words or 'breaks no rule'}"
                    )
    except (NotYet, ProtocolError):
        pass
    return ""


@functools.cache
def finished_verdicts(count: int) -> dict[str, Verdict]:
    """Return what the first finished steps, so many, get of each case."""
    report = run(lambda: NoWire(Steps(*STEPS[:count])), at_once=1)
    return {name: result.verdict for name, result in report.by_name.items()}


def _simplest(troubles: list[Trouble]) -> list[Trouble]:
    """Return the trouble of each step that is about the fewest bytes.

    Which was the first is chance: many clients ask at once.
    """
    found: dict[str, Trouble] = {}
    for trouble in sorted(troubles, key=lambda t: (len(t.data), t.data, t.words)):
        found.setdefault(trouble.step, trouble)
    return [found[name] for name in NAMES if name in found]


def _list(names: list[str]) -> str:
    return ", ".join(names) or "none yet"
