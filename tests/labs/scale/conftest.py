"""What every test here keeps to: it leaves no process and no file."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from wslib.labs.scale import NatsServer, Nginx, Part, PartMissing
from wslib.service import stop_all


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a process or a file; where those are is no easy path."""
    folder = tmp_path / "a späce"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    before = set(psutil.Process().children(recursive=True))
    yield
    stop_all()
    assert not set(psutil.Process().children(recursive=True)) - before
    assert not list(folder.iterdir())


@pytest.fixture
def nats() -> Iterator[NatsServer]:
    """A broker; without one on this machine, what needs it is skipped."""
    skip_without(NatsServer)
    with NatsServer() as server:
        yield server


def skip_without(part: type[Part]) -> None:
    """Skip a test whose program is not on this machine, and say which that is."""
    try:
        part.find()
    except PartMissing as missing:
        pytest.skip(str(missing))


@pytest.fixture
def needs_nginx() -> None:
    """Skip a test where there is no nginx."""
    skip_without(Nginx)
