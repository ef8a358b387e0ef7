"""What can only be calculated here: loopback has no distance, and one machine no crowd.

No figure in this file was measured, and none comes from a network. They are products
and quotients of what is passed in. What may be passed in is measured on the page, or
its source is named.
"""

import math

from wslib.show import Table


def slow_start(
    *sizes: int, initial: int = 10, segment: int = 1_460, round_trip: float = 100.0
) -> Table:
    """Calculate how many round trips messages take that are the first on a connection.

    TCP does not know the way yet. So the sender sends ``initial`` segments and waits;
    for each that is acknowledged it may send two: 10, 20, 40, ... (RFC 6928, section 2;
    RFC 5681, section 3.1). Nothing is lost here, and the receiver takes all. The same
    happens again to a connection that was idle for longer than TCP's time to send again
    (RFC 5681, section 4.1).

    Args:
        sizes: Of the messages, in bytes, frame header included.
        initial: How many segments may be sent at first.
        segment: How many bytes a segment carries: 1,500 of Ethernet less 40 of headers.
        round_trip: How long there and back takes, in milliseconds.

    Raises:
        ValueError: If one of them is not larger than 0.
    """
    if min(*sizes, initial, segment, round_trip, 1) <= 0:
        raise ValueError("sizes, segments and a round trip are larger than 0")
    rows = []
    for size in sizes:
        segments = math.ceil(size / segment)
        # After n round trips, initial * (2**n - 1) segments have been acknowledged.
        trips = (math.ceil(segments / initial)).bit_length()
        rows.append((size, segments, trips, round(trips * round_trip)))
    title = "Calculated: until the last byte is acknowledged"
    header = ["bytes", "segments", "round trips", f"ms, at {round_trip:g} each"]
    return Table(header, rows, caption=title)
