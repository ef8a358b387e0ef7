"""A relay between two sockets of the test itself, and a clock to put forward."""

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from plain_sockets import Line

from wslib.relay import RecordingProxy


@pytest.fixture
def line() -> Iterator[Line]:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        listener.settimeout(20)
        url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
        with RecordingProxy(url) as relay:
            line = Line(listener, relay)
            with line.sockets:
                yield line


@pytest.fixture
def later(line: Line) -> Callable[[float], None]:
    """Return ``later(seconds)``, which puts the clock of the relay's loop forward."""
    loop: Any = line.relay._loop
    real, ahead = loop.time, [0.0]
    loop.time = lambda: real() + ahead[0]

    def later(seconds: float) -> None:
        ahead[0] += seconds
        line.settle()

    return later
