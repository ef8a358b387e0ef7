"""The stages of the notebooks: a folder each, and none uses another's.

Change one freely, together with its notebook:

    polling      of 01
    browser      of 05
    live         of 08
    reconnecting of 09
    security     of 10
    limits       of 11
"""
