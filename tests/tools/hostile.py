"""What the tests of the exercises' checks share: answers of the worst kind.

No check may raise at them, hang, or praise one; :func:`assert_sound` says what every
verdict on one of them keeps to. What only one exercise can be given stands in its test.
"""

from collections.abc import Callable
from typing import Any

from wslib.check.verdict import Verdict

# --- objects --------------------------------------------------------------------------


class Hostile:
    """An object that raises whatever is done with it."""

    _error: type[Exception] = RuntimeError

    def _raise(self, *args: Any) -> Any:
        raise self._error("no")

    __eq__ = __repr__ = __str__ = __bool__ = __len__ = __iter__ = _raise  # type: ignore
    __lt__ = __contains__ = __getitem__ = __call__ = _raise
    __int__ = __float__ = __index__ = _raise
    __hash__ = None  # type: ignore[assignment]


class HostileText(str):
    """Text that can neither be compared nor shown."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("==")

    def __repr__(self) -> str:
        raise ValueError("repr")

    __hash__ = None  # type: ignore[assignment]


# --- functions ------------------------------------------------------------------------


def stub(*args: Any) -> Any:
    """Say what to do."""
    ...


def later(*args: Any) -> Any:
    """Say what to do."""
    raise NotImplementedError


def no_end(*args: Any) -> Any:
    while True:
        pass


def yields(*args: Any) -> Any:
    yield from args


def raising(error: Any) -> Callable[..., Any]:
    """Return a function that raises this, whatever it is given."""

    def function(*args: Any) -> Any:
        raise error

    return function


# --- answers --------------------------------------------------------------------------

ANSWERS: list[Any] = [
    Hostile(),
    Hostile,
    lambda *a: Hostile(),
    lambda *a: [Hostile()],
    lambda *a: exit(),
    lambda *a: 1 / 0,
    lambda *a: a,
    lambda *a: object(),
    "text",
    b"bytes",
    print,
    dict,
    type,
    int,
]


# --- verdicts -------------------------------------------------------------------------


def assert_sound(verdict: Verdict, exercise: str) -> None:
    """Hold a verdict to what each keeps to that is not "right"."""
    text, html = verdict.as_text(), verdict.as_html()
    assert verdict.exercise == exercise, text
    assert verdict.right in (False, None), text
    assert (verdict.mistake is None) is (verdict.right is None), text
    assert str(verdict) == text
    assert 1 < len(text.splitlines()) <= 6, text
    assert html.startswith("<div ") and html.endswith("</div>"), html
    assert " at 0x" not in text and "0x7f" not in text, text


def assert_right(verdict: Verdict) -> None:
    assert (verdict.right, verdict.mistake) == (True, None), str(verdict)
    assert verdict.evidence


def assert_named(verdict: Verdict, mistake: str, says: str = "") -> None:
    assert (verdict.right, verdict.mistake) == (False, mistake), str(verdict)
    assert verdict.evidence and verdict.hint, str(verdict)
    assert says in str(verdict), str(verdict)
