"""What Wireshark says of a recording, by its program for the terminal, tshark."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from wslib.relay import Recording

_PATIENCE = 30.0  # seconds; the first start of a fresh installation is slow


def tshark(recording: Recording, display_filter: str) -> list[str] | None:
    """Return a line for each packet that a display filter lets through.

    Args:
        recording: What a relay has heard.
        display_filter: As it is typed into Wireshark.

    Returns:
        ``▶`` or ``◀``, and what Wireshark writes under *Info*; None where no tshark
        is installed.

    Raises:
        ValueError: If it does not take the filter; with its words.
    """
    program = shutil.which("tshark")
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        capture = Path(folder, "talk.pcap")
        recording.save_pcap(capture)
        fields = ["-T", "fields", "-e", "tcp.dstport", "-e", "_ws.col.Info"]
        done = subprocess.run(
            [program, "-n", "-r", capture, "-Y", display_filter, *fields],
            capture_output=True,
            encoding="utf-8",
            timeout=_PATIENCE,
        )
    if done.returncode:
        words = [line for line in done.stderr.splitlines() if "root" not in line]
        raise ValueError("\n".join(words).strip())
    lines = [line.split("\t", 1) for line in done.stdout.splitlines()]
    return [f"{'▶' if port == '80' else '◀'} {info.strip()}" for port, info in lines]
