"""Make the page "One connection, every byte", connection.html: `make illustrated`.

    python images/illustrate.py            records a conversation anew
    python images/illustrate.py --again    keeps the recording that the page carries

Keys, masks, ports and times are never the same twice, so a new recording changes the
page throughout. Whoever changes only its words or its looks wants ``--again``.
"""

import base64
import re
import sys
from pathlib import Path

from illustrated import page, recorder

IMAGES = Path(__file__).resolve().parent
PAGE = IMAGES / "connection.html"
TOOLS = IMAGES.parent / "tests" / "tools"


def carried(document: str) -> bytes:
    """Return the capture file that a page carries."""
    [found] = re.findall(r'href="data:[^"]+;base64,([^"]+)" download', document)
    return base64.b64decode(found)


def recorded() -> bytes:
    """Return a new recording of a real browser."""
    sys.path.append(str(TOOLS))
    from browser import launched

    with launched([f"--host-resolver-rules=MAP {recorder.HOST} 127.0.0.1"]) as browser:
        return recorder.record(recorder.in_browser(browser))


def main() -> None:
    """Write the page."""
    again = "--again" in sys.argv[1:]
    capture = carried(PAGE.read_text("utf-8")) if again else recorded()
    document = page.build(capture)
    PAGE.write_text(document, "utf-8", newline="\n")
    print(f"{PAGE.name}: {len(document.encode()):,} bytes")


if __name__ == "__main__":
    main()
