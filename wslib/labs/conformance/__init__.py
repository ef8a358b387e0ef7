"""A conformance suite in seconds, for notebook 07: does a server keep the rules?

    run("ws://127.0.0.1:1234")       the table, by group, and each failure in full
    run(…, COMPRESSION)              RFC 7692, where the server accepts to compress
    python -m wslib.labs.conformance ws://127.0.0.1:1234        both

What stands where:

    case         what a case is: bytes out, what is due, the rule and its section
    opening      cases: the handshake
    frames       cases: framing, pings, reserved bits, opcodes
    messages     cases: fragmentation, UTF-8
    closing      cases: closing, limits
    compression  cases: permessage-deflate
    talk         one conversation over a socket: bytes out, and what was heard
    suite        all cases, many at once, in bounded time; the verdict on each
    report       what came of it, to be read
    marks        the same, one mark for each case
    __main__     the same in a terminal, with an exit status
"""

from wslib.labs.conformance.case import Case, Due, Heard
from wslib.labs.conformance.compression import COMPRESSION
from wslib.labs.conformance.marks import Marks
from wslib.labs.conformance.report import Findings, Result, Verdict
from wslib.labs.conformance.suite import CASES, ask, run

__all__ = [
    "CASES",
    "COMPRESSION",
    "Case",
    "Due",
    "Heard",
    "Marks",
    "Findings",
    "Result",
    "Verdict",
    "ask",
    "run",
]
