"""The benchmark of many clients, run with few: it measures, prints and ends."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent / "tools" / "bench_clients.py"


def run(
    *arguments: str, limit: int | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run the benchmark, with a limit of open files that it cannot raise."""
    script = f"import runpy; runpy.run_path({str(SCRIPT)!r}, run_name='__main__')"
    if limit:
        pytest.importorskip("resource")
        lower = f"resource.setrlimit(resource.RLIMIT_NOFILE, ({limit}, {limit}))"
        script = f"import resource; {lower}; {script}"
    return subprocess.run(
        [sys.executable, "-X", "utf8", "-W", "error", "-c", script, *arguments],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


def test_it_says_what_clients_cost_and_how_many_got_the_broadcast() -> None:
    done = run("20", "10")
    assert (done.stderr, done.returncode) == ("", 0)
    row = r"^ +{0} +-?[\d.]+ MiB +-?[\d.]+ KiB +{0} of {0}$"
    for size in (10, 20):
        found = re.findall(row.format(size), done.stdout, re.MULTILINE)
        assert len(found) == 2, done.stdout  # without compression and with it
    assert len(re.findall("a broadcast to 20 takes .* as to 10\n", done.stdout)) == 2


def test_where_too_few_files_may_be_open_it_says_so_and_takes_fewer_clients() -> None:
    done = run("10", "1000", limit=80)
    assert (done.stderr, done.returncode) == ("", 0)
    assert "only 80 open files are allowed here: 30 clients at most" in done.stdout
    assert done.stdout.count("30 of 30") == 2


def test_one_client_is_no_crowd() -> None:
    done = run("1")
    assert done.returncode == 2
    assert "at least 2 clients" in done.stderr
