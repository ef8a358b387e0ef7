"""Grading with nbgrader: what the course adds to it, and no more.

What there is:

    assignments   writes nbgrader's source notebooks from the course and its keys
"""
