"""The stages of the notebooks: no notebook uses another's.

Change one freely, together with its notebook:

    polling      of 01
    browser      of 05
    conformance  of 07
    workshop     of 07
    clinic       of 07
    live         of 08
    reconnecting of 09
    security     of 10
    limits       of 11
    scale        of 13

Where a page has several, each uses only those above it.
"""
