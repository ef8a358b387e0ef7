"""The state diagram shows what is in the table, all of it, and nothing else."""

import enum
import os
import re
import subprocess
import sys
from itertools import combinations
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest

from wslib.protocol import TRANSITIONS, State, Step
from wslib.show.state_diagram import state_diagram

SVG = "{http://www.w3.org/2000/svg}"

BACKWARDS = {
    **TRANSITIONS,
    (State.CLOSED, Step.SEND_CLOSE): State.OPEN,
    (State.CLOSING, Step.SEND_PING): State.OPEN,
    (State.CLOSED, Step.FAIL): State.CLOSED,
    (State.OPEN, Step.SEND_CLOSE): State.CLOSED,
}


class Lamp(enum.Enum):
    OFF = 0
    ON = 1


class Touch(enum.Enum):
    SWITCH = "switch <on> & wait"


TABLES: dict[str, dict[Any, Any]] = {
    "a connection": TRANSITIONS,
    "one that can go back": BACKWARDS,
    "a single step": {(Lamp.OFF, Touch.SWITCH): Lamp.ON},
    "there and back": {
        (Lamp.OFF, Touch.SWITCH): Lamp.ON,
        (Lamp.ON, Touch.SWITCH): Lamp.OFF,
    },
    "a single loop": {(Lamp.ON, Touch.SWITCH): Lamp.ON},
}
each_table = pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))


class Box(NamedTuple):
    """A rectangle on the drawing."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class Drawing:
    """The texts, boxes and lines of a diagram, with where they are."""

    def __init__(self, table: dict[Any, Any]) -> None:
        self.root = ElementTree.fromstring(state_diagram(table).svg)
        self.width, self.height = (
            float(self.root.attrib[a]) for a in ("width", "height")
        )
        self.texts = [
            (str(t.text), self._text_box(t)) for t in self.root.iter(SVG + "text")
        ]
        rects = [r.attrib for r in self.root.iter(SVG + "rect")][1:]
        self.boxes = [
            Box(x, y, x + float(r["width"]), y + float(r["height"]))
            for r in rects
            for x, y in [(float(r["x"]), float(r["y"]))]
        ]
        self.arrows = [
            self._points(path.attrib["d"])
            for path in self.root.iter(SVG + "path")
            if "marker-end" in path.attrib
        ]

    @staticmethod
    def _text_box(text: ElementTree.Element) -> Box:
        """Return where a text is at most, in a font with wide letters."""
        size = float(text.attrib["font-size"])
        middle, base = float(text.attrib["x"]), float(text.attrib["y"])
        half = 0.6 * size * len(str(text.text)) / 2
        return Box(middle - half, base - 0.75 * size, middle + half, base + 0.2 * size)

    @staticmethod
    def _points(path: str) -> list[tuple[float, float]]:
        """Return the corners of a path of straight lines."""
        points: list[tuple[float, float]] = []
        x = y = 0.0
        for command, rest in re.findall(r"([MHVhv])([^MHVhv]*)", path):
            numbers = [float(n) for n in rest.split()]
            if command == "M":
                x, y = numbers
            elif command in "Hh":
                x = numbers[0] + (x if command == "h" else 0)
            else:
                y = numbers[0] + (y if command == "v" else 0)
            points.append((x, y))
        return points

    def segments(self) -> list[Box]:
        return [
            Box(min(a, c), min(b, d), max(a, c), max(b, d))
            for points in self.arrows
            for (a, b), (c, d) in zip(points, points[1:], strict=False)
        ]

    def state_at(self, point: tuple[float, float], states: list[str]) -> str:
        """Return the name of the state whose edge a point is at."""
        x, y = point
        for box, name in zip(self.boxes, states, strict=True):
            if (
                box.left - 3 <= x <= box.right + 3
                and box.top - 3 <= y <= box.bottom + 3
            ):
                return name
        raise AssertionError(f"no state at {point}")


def names(table: dict[Any, Any]) -> list[str]:
    return [state.name for state in type(next(iter(table.values())))]


@each_table
def test_every_state_and_every_step_is_in_the_drawing(table: dict[Any, Any]) -> None:
    texts = sorted(text for text, _ in Drawing(table).texts)
    assert texts == sorted([*names(table), *(step.value for _, step in table)])


@each_table
def test_every_arrow_leads_where_the_table_says(table: dict[Any, Any]) -> None:
    drawing, states = Drawing(table), names(table)
    drawn = sorted(
        (drawing.state_at(points[0], states), drawing.state_at(points[-1], states))
        for points in drawing.arrows
    )
    assert drawn == sorted({(a.name, b.name) for (a, _), b in table.items()})


@each_table
def test_every_transition_is_in_the_words(table: dict[Any, Any]) -> None:
    picture = state_diagram(table)
    for (before, step), after in table.items():
        where = "stays" if before is after else f"leads to {after.name}"
        (said,) = re.findall(rf"{before.name} {where}: ([^.]*)\.", picture.alt)
        assert step.value in said.split(", ")
    steps = [
        s for said in re.findall(r": ([^.]*)\.", picture.alt) for s in said.split(", ")
    ]
    assert len(steps) == len(table)
    assert picture.as_text().startswith("[figure] State diagram. ")


def test_a_line_less_in_the_table_is_a_line_less_in_the_picture() -> None:
    for left_out in TRANSITIONS:
        table = {key: after for key, after in TRANSITIONS.items() if key != left_out}
        picture, whole = state_diagram(table), state_diagram(TRANSITIONS)
        assert len(Drawing(table).texts) == len(Drawing(TRANSITIONS).texts) - 1
        assert len(picture.alt) < len(whole.alt)


@each_table
def test_no_text_overlaps_another_or_a_state_or_a_line(table: dict[Any, Any]) -> None:
    drawing = Drawing(table)
    for (one, box), (other, other_box) in combinations(drawing.texts, 2):
        assert not box.overlaps(other_box), (one, other)
    for text, box in drawing.texts:
        for state in drawing.boxes:
            inside = text in names(table) and box.overlaps(state)
            assert inside or not box.overlaps(state), text
        for line in drawing.segments():
            assert not box.overlaps(line), (text, line)


@each_table
def test_a_state_s_name_fits_into_its_box(table: dict[Any, Any]) -> None:
    drawing = Drawing(table)
    texts = dict(drawing.texts)
    for name, state in zip(names(table), drawing.boxes, strict=True):
        box = texts[name]
        assert state.left < box.left and box.right < state.right
        assert state.top < box.top and box.bottom < state.bottom


@each_table
def test_everything_is_on_the_drawing_and_little_of_it_is_empty(
    table: dict[Any, Any],
) -> None:
    drawing = Drawing(table)
    things = [box for _, box in drawing.texts] + drawing.boxes + drawing.segments()
    assert min(thing.left for thing in things) >= 0
    assert min(thing.top for thing in things) >= 0
    assert drawing.width >= max(thing.right for thing in things)
    lowest = max(thing.bottom for thing in things)
    assert lowest <= drawing.height <= lowest + 40


def test_the_states_stand_from_left_to_right_in_their_order() -> None:
    lefts = [box.left for box in Drawing(TRANSITIONS).boxes]
    assert lefts == sorted(set(lefts))


def test_it_needs_nothing_from_outside_and_brings_its_own_ground() -> None:
    svg = state_diagram(TRANSITIONS).svg
    outside = svg.replace("http://www.w3.org/2000/svg", "")
    assert "http" not in outside and "<image" not in outside and "script" not in outside
    assert re.search('<rect width="[0-9]+" height="[0-9]+" fill="#ffffff"/>', svg)


def test_the_same_table_gives_the_same_picture_in_every_process() -> None:
    script = """
from wslib.protocol import TRANSITIONS
from wslib.show import state_diagram
print(state_diagram(TRANSITIONS).as_html())
"""
    drawn = {
        subprocess.run(
            [sys.executable, "-X", "utf8", "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            encoding="utf-8",
            timeout=60,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert drawn == {state_diagram(TRANSITIONS).as_html()}
