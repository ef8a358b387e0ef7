"""The benchmark of many clients, run with few: it measures, prints and ends."""

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "tools" / "bench_clients.py"


def test_it_says_what_clients_cost_without_compression_and_with_it() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-W", "error", str(SCRIPT), "10", "60"],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    row = r"^ +(10|60)  +[\d.]+ +[\d.]* +[\d,]+ +[\d,]+ +[\d,]+$"
    rows = re.findall(row, done.stdout, re.M)
    assert rows == ["10", "60", "10", "60"]
    assert re.search(r"a client costs [\d.]+ times the memory", done.stdout)
