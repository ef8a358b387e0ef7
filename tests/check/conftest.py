"""What never ends is ended soon: that it is ended is tested, not when."""

import pytest

from wslib.check import sandbox


@pytest.fixture(autouse=True)
def _soon_out_of_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "PROCESSOR", 0.4)
