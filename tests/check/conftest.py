"""The checks in a hurry: what they wait for is tested, not how long."""

import pytest

from wslib.check import engine, nb07_cure, nb09_follower, nb10_client_context, sandbox

TRY_IT_APART = (engine, nb07_cure, nb09_follower, nb10_client_context)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """End early what never ends, and try it in a process of its own only where asked.

    To copy the process of the tests takes longer than most checks, thousands of times.
    """
    monkeypatch.setattr(sandbox, "PROCESSOR", 0.4)
    if "probed" not in request.fixturenames:
        for module in TRY_IT_APART:
            monkeypatch.setattr(module, "has_no_end", lambda *calls, limit=0.0: None)


@pytest.fixture
def probed() -> None:
    """Ask for the process of its own, as every student's answer has it."""
