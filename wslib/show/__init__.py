"""What a notebook shows: tables, bytes, frames, conversations and figures.

Everything has two forms, HTML and plain text, of the same content:

    shown            what all have in common: two forms, colours, the card, the table
    tables           rows under a header
    strip            bytes as cells, each field with its word
    hexdump          bytes in hex, in parts that have a name
    dialogue         a conversation in words
    fields           a frame read field by field, legal or not
    compressed       what is in a frame that has been compressed
    frames           a frame taken apart
    life_lines       a conversation as time running down, with arrows across
    frame_lab        a frame to play with, at the side of which stands its rule
    figures          plots and pictures
    state_diagram    the states of a connection, drawn from the table that runs
    motion           drawings whose subject is time, to be played or stepped through
    guess            a question with a few answers, before the cell that tells
"""

from wslib.show import motion
from wslib.show.dialogue import Dialogue
from wslib.show.figures import Picture, axes, picture
from wslib.show.frame_lab import FrameLab
from wslib.show.frames import FrameView
from wslib.show.guess import guess
from wslib.show.hexdump import HexDump
from wslib.show.life_lines import LifeLines
from wslib.show.shown import (
    BLUE,
    GREEN,
    GREY,
    PURPLE,
    VERMILION,
    Shown,
    escape,
    verbatim,
)
from wslib.show.state_diagram import state_diagram
from wslib.show.tables import Table

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "PURPLE",
    "VERMILION",
    "Dialogue",
    "FrameLab",
    "FrameView",
    "HexDump",
    "LifeLines",
    "Picture",
    "Shown",
    "Table",
    "axes",
    "escape",
    "guess",
    "motion",
    "picture",
    "state_diagram",
    "verbatim",
]
