"""A report as marks, one for each case: to be looked at again and again."""

from wslib.labs.conformance.report import Findings, Result, Verdict
from wslib.show import GREEN, PURPLE, Shown, Table, escape

_MARKS = {
    Verdict.OK: ("●", GREEN, "right"),
    Verdict.NON_STRICT: ("◐", GREEN, "allowed, not the usual way"),
    Verdict.INFORMATIONAL: ("◌", "", "left open by the RFC: counts as right"),
    Verdict.FAILED: ("✗", PURPLE, "failed"),
    Verdict.NOT_TRIED: ("·", "", "not tried yet"),
}


class Marks(Shown):
    """One mark for each case, in a row for each group.

    Args:
        report: What came of a run.
    """

    def __init__(self, report: Findings) -> None:
        groups: dict[str, list[Result]] = {}
        for result in report.results:
            groups.setdefault(result.case.group, []).append(result)
        rows = [[name, _Row(found), _count(found)] for name, found in groups.items()]
        self._table = Table(["group", "cases", "right"], rows)
        there = {result.verdict for result in report.results}
        self._legend = ", ".join(
            f"{mark} {words}" for v, (mark, _, words) in _MARKS.items() if v in there
        )

    def as_text(self) -> str:
        """Return the rows, and what the marks mean."""
        return f"{self._table.as_text()}\n\n{self._legend}"

    def as_html(self) -> str:
        """Return the same."""
        return f"{self._table.as_html()}<p>{escape(self._legend)}</p>"


class _Row(Shown):
    """The marks of one group."""

    def __init__(self, results: list[Result]) -> None:
        self._marks = [_MARKS[result.verdict][:2] for result in results]

    def as_text(self) -> str:
        """Return them side by side."""
        return "".join(mark for mark, _ in self._marks)

    def as_html(self) -> str:
        """Return them in colour; the number beside them says the same in words."""
        spans = [f'<span style="color: {_text(c)}">{m}</span>' for m, c in self._marks]
        look = "font-family: monospace; letter-spacing: 0.1em; word-break: break-all"
        return f'<span aria-hidden="true" style="{look}">{"".join(spans)}</span>'


def _text(colour: str) -> str:
    """Return a colour that stands out from the page, be that light or dark."""
    return f"color-mix(in srgb, {colour}, currentcolor 35%)" if colour else "inherit"


def _count(results: list[Result]) -> str:
    """Say how many are right, or will do."""
    good = sum(r.verdict in (Verdict.OK, Verdict.INFORMATIONAL) for r in results)
    return f"{good} of {len(results)}"
