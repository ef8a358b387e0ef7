"""The benchmark of the echo, run for a moment: it measures, prints and ends."""

import re
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "tools" / "bench_echo.py"


def test_it_says_how_often_each_server_answers_at_each_size() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", SCRIPT]
        + ["--starts", "1", "--rounds", "2", "--seconds", "0.001"],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert (done.stderr, done.returncode) == ("", 0)
    assert re.search(r"EchoServer +/ websockets +/ TCP\n", done.stdout)
    assert re.search(r"endpoint +/ websockets +/ pure +/ TCP\n", done.stdout)
    rows = re.findall(r"^ *(.+?) +[\d,]+/s( +[\d.]+x)+$", done.stdout, re.MULTILINE)
    assert [size for size, _ in rows] == ["16 B", "1 KiB", "64 KiB"] * 2
