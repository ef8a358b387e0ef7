"""Grading with nbgrader: what the course adds to it, and no more.

What there is:

    assignments   writes nbgrader's source notebooks from the course and its keys
    handed_in     reads what was handed in, whatever its name and state
    running       runs a notebook to its end, whatever is in it
    table         the table, and what the class has done
    shown         what of a check a student sees
    pages         what a student gets back
    stopped       what a run that was stopped goes on from
    grade         grades a folder: all of these

What gives the points runs in the notebook: ``wslib.check.graded``.
"""
