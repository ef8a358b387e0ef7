"""The figure of 11, drawn from a bucket that is asked."""

from collections.abc import Callable
from itertools import accumulate

from wslib.labs.limits.crowd import Tokens
from wslib.show import BLUE, GREEN, Picture, axes, picture


def let_through(
    make: Callable[[Callable[[], float]], Tokens], asks: Callable[[float], int]
) -> Picture:
    """Draw how many words somebody sends, and how many of them a bucket lets through.

    Args:
        make: Makes the bucket, given its clock.
        asks: How many words come in each tenth of a second, by its beginning.
    """
    now = 0.0
    bucket = make(lambda: now)
    tenths = [step / 10 for step in range(61)]
    sent, taken = [], []
    for now in tenths:
        sent.append(asks(now))
        taken.append(sum(bucket.take() for _ in range(asks(now))))
    up, through = list(accumulate(sent)), list(accumulate(taken))
    plot = axes(
        f"Of {up[-1]} words, {through[-1]} pass: a burst, and then a steady few",
        x="seconds",
        y="words so far",
        height=3.6,
    )
    plot.step(tenths, up, where="post", color=BLUE)
    plot.step(tenths, through, where="post", color=GREEN, linestyle="--", linewidth=2.5)
    plot.text(6.1, up[-1], "sent", va="center")
    plot.text(6.1, through[-1], "taken", va="center")
    plot.set_xlim(0, 7)
    plot.set_ylim(bottom=0)
    return picture(
        plot,
        f"Words against seconds: {up[-1]} are sent in six seconds, {through[-1]} are "
        f"taken, {through[0]} of them at once.",
    )
