"""A report as marks, one for each case: to be looked at again and again."""

from collections.abc import Iterable

from wslib.labs.conformance.report import Report, Result, Verdict
from wslib.show import GREEN, PURPLE, Shown, escape
from wslib.show.shown import Cell, html_table

_MARKS = {
    Verdict.OK: ("●", GREEN),
    Verdict.NON_STRICT: ("◐", GREEN),
    Verdict.INFORMATIONAL: ("◌", "inherit"),
    Verdict.FAILED: ("✗", PURPLE),
    Verdict.NOT_TRIED: ("·", "inherit"),
}
_WORDS = {
    Verdict.OK: "right",
    Verdict.NON_STRICT: "allowed, not the usual way",
    Verdict.INFORMATIONAL: "any answer will do",
    Verdict.FAILED: "failed",
    Verdict.NOT_TRIED: "not tried yet",
}


class Marks(Shown):
    """One mark for each case, in a row for each group.

    Args:
        report: What came of a run.
    """

    def __init__(self, report: Report) -> None:
        self.rows: dict[str, list[Result]] = {}
        for result in report.results:
            self.rows.setdefault(result.case.group, []).append(result)

    def as_text(self) -> str:
        """Return the rows, and what the marks mean."""
        width = max(map(len, self.rows), default=0)
        most = max(map(len, self.rows.values()), default=0)
        rows = [
            f"{group:{width}}  {_marks(results):{most}}  {_count(results)}"
            for group, results in self.rows.items()
        ]
        return "\n".join([*rows, "", self._legend()])

    def as_html(self) -> str:
        """Return the rows as a table, and what the marks mean."""
        look = "text-align: left; padding: 0.1em 0.8em 0.1em 0"
        rows = [
            [
                Cell(group, look),
                Cell(_marks(results), look, _coloured(results)),
                Cell(_count(results), look),
            ]
            for group, results in self.rows.items()
        ]
        return html_table(rows) + f"<p>{escape(self._legend())}</p>"

    def _legend(self) -> str:
        """Say what the marks mean that are there."""
        there = {r.verdict for results in self.rows.values() for r in results}
        used = [(mark, _WORDS[v]) for v, (mark, _) in _MARKS.items() if v in there]
        return ", ".join(f"{mark} {words}" for mark, words in used)


def _marks(results: Iterable[Result]) -> str:
    return "".join(_MARKS[result.verdict][0] for result in results)


def _coloured(results: Iterable[Result]) -> str:
    """Return the marks as HTML; the number beside them says the same in words."""
    spans = [
        f'<span style="color: {_MARKS[r.verdict][1]}">{_MARKS[r.verdict][0]}</span>'
        for r in results
    ]
    look = "font-family: monospace; letter-spacing: 0.1em"
    return f'<span aria-hidden="true" style="{look}">{"".join(spans)}</span>'


def _count(results: list[Result]) -> str:
    """Say how many are right, or will do."""
    good = sum(r.verdict in (Verdict.OK, Verdict.INFORMATIONAL) for r in results)
    return f"{good} of {len(results)}"
