"""Run the suite in a terminal: ``python -m wslib.labs.conformance ws://127.0.0.1:1234``.

The exit status is 0 if no case failed and all were tried, 1 if not, and 2 if there was
nobody to ask.
"""

import argparse
import io
import sys

from wslib.labs.conformance.compression import COMPRESSION
from wslib.labs.conformance.report import Result, Verdict
from wslib.labs.conformance.suite import CASES, run

_MARKS = {Verdict.FAILED: "F", Verdict.NOT_TRIED: "-", Verdict.NON_STRICT: "n"}


def main() -> int:
    """Run all cases, or those of some groups; return the exit status."""
    every = (*CASES, *COMPRESSION)
    groups = list(dict.fromkeys(case.group for case in every))
    parser = argparse.ArgumentParser(
        prog="python -m wslib.labs.conformance",
        description="Ask a WebSocket server that echoes: does it keep RFC 6455, 7692?",
    )
    parser.add_argument("url", help="its address on loopback: ws://127.0.0.1:1234")
    parser.add_argument("--group", action="append", choices=groups, help="only these")
    arguments = parser.parse_args()
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal that knows no …
        sys.stdout.reconfigure(errors="backslashreplace")
    cases = [c for c in every if not arguments.group or c.group in arguments.group]
    group = ""

    def show(result: Result) -> None:
        nonlocal group
        if result.case.group != group:
            group = result.case.group
            sys.stderr.write(f"\n{group:<14} ")
        sys.stderr.write(_MARKS.get(result.verdict, "."))
        sys.stderr.flush()

    try:
        report = run(arguments.url, cases, progress=show)
    except (ValueError, ConnectionError) as error:
        parser.error(str(error))
    sys.stderr.write("\n\n")
    print(report)
    return 0 if report.ok else 1


if __name__ == "__main__":
    sys.exit(main())
