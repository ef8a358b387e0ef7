"""The stage of notebook 05: your browser, or whoever plays its part.

A notebook is run where no browser is, too, and then no button is pressed. What it
shows is true all the same, and says whose it is:

    visit     what your browser did; or what a program did, button by button
    origins   what a browser's header fields, and its scripts, say about their origin
"""

from wslib.labs.browser.origins import heard_from, origin_of, programs, side_by_side
from wslib.labs.browser.visit import Visit, last_visit

__all__ = [
    "Visit",
    "heard_from",
    "last_visit",
    "origin_of",
    "programs",
    "side_by_side",
]
