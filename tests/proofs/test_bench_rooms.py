"""The benchmark of a room in several processes, run with few: it measures and ends."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from wslib.labs.scale import NatsServer, PartMissing

SCRIPT = Path(__file__).parents[1] / "tools" / "bench_rooms.py"


def test_it_says_what_a_message_costs_and_that_all_have_heard_it() -> None:
    try:
        NatsServer.find()
    except PartMissing as missing:
        pytest.skip(str(missing))
    done = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT), "20", "2"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    rows = re.findall(r"^ +(\d) +800 of 800 +[\d.]+ ms +[\d.]+ ms$", done.stdout, re.M)
    assert rows == ["1", "2"]
    assert re.search(r"costs [\d.]+ times .* does [\d.]+ of what", done.stdout)
