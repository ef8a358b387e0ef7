"""What is wrong with a relay at the moment, in the words of fault injection.

    delay         everything arrives later
    stall         everything waits, until ``resume``
    blackhole     everything is lost and nobody is told, until ``heal``
    reset_after   the next connections end after so many bytes

Nothing here is random: every fault comes when it is called for.
"""

from collections import deque
from dataclasses import dataclass, field

from wslib.direction import Direction


@dataclass(kw_only=True)
class Faults:
    """What is wrong, in each direction. A new one: nothing.

    Attributes:
        delay: How much later everything arrives, in seconds.
        stalled: The directions in which everything waits.
        blackholed: The directions in which everything is lost.
        resets: For each of the next connections a direction, and how many bytes of it
            are passed on.
    """

    delay: dict[Direction, float] = field(
        default_factory=lambda: dict.fromkeys(Direction, 0.0)
    )
    stalled: set[Direction] = field(default_factory=set)
    blackholed: set[Direction] = field(default_factory=set)
    resets: deque[tuple[Direction, int]] = field(default_factory=deque)

    def holds_up(self, direction: Direction) -> bool:
        """Tell whether what comes in a direction has to wait now."""
        return direction in self.stalled or self.delay[direction] > 0
