"""The figure says what the bucket did."""

from collections.abc import Callable

from wslib.labs.limits import let_through


class Odd:
    """A bucket that gives one token at a time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock, self.at = clock, -1.0

    def take(self) -> bool:
        before, self.at = self.at, self.clock()
        return before != self.at


def test_it_counts_what_is_sent_and_what_is_taken() -> None:
    figure = let_through(Odd, lambda second: 3 if second < 1 else 0)
    assert "30 are sent in six seconds, 10 are taken, 1 of them at once" in figure.alt
