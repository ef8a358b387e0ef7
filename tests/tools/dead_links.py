"""Ask each page that the course links to whether it is still there.

    python tests/tools/dead_links.py [FILE ...]

A link is dead if its host has no address, or if it answers 404 or 410. Any other answer
tells of the host's manners, not of the link: many turn away whoever is no browser.
"""

import concurrent.futures
import re
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Iterable
from pathlib import Path

from execute_notebooks import ROOT

GONE = {404, 410}
LINK = re.compile(r'(?:\]\(|<|href=\\?")(https://[^\s()<>"\\]+)')
TEXTS = ["*.md", "notebooks/*.ipynb", "notebooks/solutions/*.ipynb"]


def links(paths: Iterable[Path]) -> dict[str, Path]:
    """Return each link of the texts, without its fragment, and who has it first."""
    found: dict[str, Path] = {}
    for path in paths:
        for link in LINK.findall(path.read_text(encoding="utf-8")):
            found.setdefault(link.partition("#")[0], path)
    return found


def wrong_with(link: str) -> str:
    """Return what says that a link is dead, or an empty text."""
    request = urllib.request.Request(link, headers={"User-Agent": "Mozilla/5.0"})
    try:
        urllib.request.urlopen(request, timeout=30).close()
    except urllib.error.HTTPError as answer:
        answer.close()
        return f"{answer.code} {answer.reason}" if answer.code in GONE else ""
    except urllib.error.URLError as error:
        nowhere = isinstance(error.reason, socket.gaierror)
        return "its host has no address" if nowhere else ""
    except OSError:  # it is slow, or hangs up
        return ""
    return ""


def main(names: list[str]) -> int:
    """Ask for all links at once; return the exit status: 1 if one is dead."""
    paths = [Path(name) for name in names]
    paths = paths or [path for glob in TEXTS for path in sorted(ROOT.glob(glob))]
    found = links(paths)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = dict(zip(found, pool.map(wrong_with, found), strict=True))
    dead = {link: answer for link, answer in answers.items() if answer}
    for link, answer in dead.items():
        print(f"{found[link].name}: {link}: {answer}")
    print(f"{len(found)} links, {len(dead)} dead")
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
