"""What a notebook shows: tables, bytes, frames, conversations and figures.

Everything has two forms, HTML and plain text, of the same content:

    shown            what all have in common: two forms, colours, the card, the table
    tables           rows under a header
    strip            bytes as cells, each field with its word
    hexdump          bytes, sixteen to a row
    dialogue         a conversation in words
    fields           a frame read field by field, legal or not
    frames           a frame taken apart
    timeline         a conversation, frame after frame
    explorer         type hex, see the frame or the rule that it breaks
    figures          plots and pictures
    state_diagram    the states of a connection, drawn from the table that runs
"""

from wslib.show.dialogue import Dialogue
from wslib.show.explorer import explorer
from wslib.show.fields import fields
from wslib.show.figures import Picture, axes, picture
from wslib.show.frames import FrameView
from wslib.show.hexdump import HexDump
from wslib.show.shown import BLUE, GREEN, GREY, PURPLE, VERMILION, Shown, escape
from wslib.show.state_diagram import state_diagram
from wslib.show.strip import Group, Strip
from wslib.show.tables import Table
from wslib.show.timeline import Timeline

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "Group",
    "PURPLE",
    "VERMILION",
    "Dialogue",
    "FrameView",
    "HexDump",
    "Picture",
    "Shown",
    "Strip",
    "Table",
    "Timeline",
    "axes",
    "escape",
    "explorer",
    "fields",
    "picture",
    "state_diagram",
]
