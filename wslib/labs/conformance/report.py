"""What came of a run, to be read: counts by group, and each failure in full."""

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from wslib.labs.conformance.case import Case
from wslib.show import Shown, Table, escape, verbatim

_MOST = 24  # bytes of a piece that are shown; the others are counted


class Verdict(enum.Enum):
    """What came of a case."""

    OK = "OK"
    NON_STRICT = "non-strict"  # another answer, which breaks no MUST
    INFORMATIONAL = "informational"  # any answer will do
    FAILED = "failed"
    NOT_TRIED = "not tried"  # the case that it needs has failed


@dataclass(frozen=True, kw_only=True)
class Result:
    """What came of one case.

    Attributes:
        case: The case.
        verdict: The verdict.
        sent: The pieces that went out.
        received: All bytes that came back.
        due: What had to come, in words.
        came: What came, in words.
    """

    case: Case
    verdict: Verdict
    sent: tuple[bytes, ...] = ()
    received: bytes = b""
    due: str = ""
    came: str = ""

    def __str__(self) -> str:
        """Return it in full: the rule, bytes out, bytes back."""
        rfc = f"RFC {self.case.rfc}, " if self.case.rfc != 6455 else ""
        lines = [
            f"{self.case.name} ({self.case.group}): {self.verdict.value}",
            f"    sent  {self.case.title}",
            f"    rule  {rfc}section {self.case.section}: {self.case.rule}",
            *(f"    out   {_bytes(piece)}" for piece in _few(self.sent)),
            f"    back  {_bytes(self.received) or 'nothing'}",
            f"    came  {self.came}",
            f"    due   {self.due}",
        ]
        return "\n".join(lines)


class Findings(Shown):
    """What came of a run.

    Args:
        results: One for each case, in the order of the table.
        declined: How many cases were not for this server: it does not compress.

    Attributes:
        by_name: Each result under the name of its case.
        failed: The names of the cases that failed, in order.
        not_tried: Those of the cases that were not tried.
    """

    def __init__(self, results: Iterable[Result], declined: int = 0) -> None:
        self.results = list(results)
        self.declined = declined
        self.by_name = {result.case.name: result for result in self.results}
        self.failed = self._names(Verdict.FAILED)
        self.not_tried = self._names(Verdict.NOT_TRIED)

    @property
    def ok(self) -> bool:
        """Whether no case failed, and all were tried."""
        return not self.failed and not self.not_tried

    @property
    def table(self) -> Table:
        """The counts, by group."""
        groups = list(dict.fromkeys(result.case.group for result in self.results))
        rows: list[list[object]] = []
        for group in [*groups, "all"]:
            found = [r for r in self.results if group in (r.case.group, "all")]
            counts = [sum(r.verdict is v for r in found) for v in Verdict]
            rows.append([group, len(found), *(count or None for count in counts)])
        header = ["group", "cases", *(verdict.value for verdict in Verdict)]
        return Table(header, rows, bold=-1)

    @property
    def headline(self) -> str:
        """The outcome in one sentence."""
        tried = len(self.results) - len(self.not_tried)
        if "opening" in self.failed:
            return (
                f"nobody answers the opening handshake; "
                f"{_count(len(self.not_tried))} not tried"
            )
        words = f"{len(self.failed)} of {_count(tried, '')} failed"
        if self.not_tried:
            missing = next(n for n in ("head-ends-once", "hello") if n in self.failed)
            words += f"; {_count(len(self.not_tried))} not tried, for want of {missing}"
        if self.declined:
            words += f"; it declines to compress, so {_count(self.declined)} not asked"
        return words

    def as_text(self) -> str:
        """Return the counts, then each failure."""
        return "\n\n".join([self.table.as_text(), self.headline, *self._failures()])

    def as_html(self) -> str:
        """Return the counts, then each failure."""
        parts = [f"<p>{escape(self.headline)}</p>", *map(verbatim, self._failures())]
        return self.table.as_html() + "".join(parts)

    def _failures(self) -> list[str]:
        return [str(self.by_name[name]) for name in self.failed]

    def _names(self, verdict: Verdict) -> list[str]:
        return [r.case.name for r in self.results if r.verdict is verdict]


def _count(number: int, verb: str = " was| were") -> str:
    """Return a number of cases, and a verb in the right number."""
    one, _, many = verb.partition("|")
    return f"1 case{one}" if number == 1 else f"{number} cases{many}"


def _few(pieces: tuple[bytes, ...]) -> list[bytes]:
    """Return the pieces that are worth a line each."""
    return list(pieces) if len(pieces) <= 8 else [*pieces[:8]]


def _bytes(data: bytes) -> str:
    """Return bytes in hex, or as text if they are a head of HTTP."""
    end = data.find(b"\r\n\r\n") + 4
    if data[:4] in (b"GET ", b"POST", b"HTTP") or end == len(data) > 4:
        head, rest = (data[:end], data[end:]) if end > 3 else (data, b"")
        lines = repr(head.decode("latin-1"))[1:-1]
        if len(lines) > 400:
            lines = lines[:400] + "…"
        return lines + (f"  then  {_bytes(rest)}" if rest else "")
    more = f" … {len(data) - _MOST:,} more" if len(data) > _MOST else ""
    return data[:_MOST].hex(" ") + more
