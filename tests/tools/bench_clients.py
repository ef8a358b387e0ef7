"""What does a client cost an EchoServer, without and with compression?

`make bench` says it, or the page of notebook 13: both call `climb`. None of it is the
same twice; the ratio nearly is.
"""

import argparse
import platform
from importlib.metadata import version

from wslib.labs.scale import climb

SIZES = [1, 10, 100, 1000]


def main() -> None:
    """Print a table for growing numbers of clients, and one with compression."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES)
    sizes = parser.parse_args().sizes
    python, library = platform.python_version(), version("websockets")
    print(f"Python {python}, websockets {library}: one server, many clients")
    plain, deflate = climb(*sizes), climb(*sizes, compression="deflate")
    for name, climbed in ("no compression", plain), ("deflate", deflate):
        print(f"\n{name}:\n{climbed.table().as_text()}")
        if climbed.client_saw:
            print(f"here it ends: {climbed.client_saw}")
    each, more = plain.rungs[-1].each, deflate.rungs[-1].each
    if each and more:  # of a few clients, nothing can be seen
        print(f"\nWith compression a client costs {more / each:.1f} times the memory.")


if __name__ == "__main__":
    main()
