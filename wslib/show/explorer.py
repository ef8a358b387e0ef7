"""The frame explorer: type or edit hex, and see the frame or the rule that it breaks.

A widget where a kernel runs. Where none does (a preview, an exported page), the first
example stands there, taken apart.
"""

from collections.abc import Mapping
from typing import Any

from wslib.show.frames import FrameView, hex_digits
from wslib.show.shown import card, escape

# From RFC 6455, section 5.7, and some that break a rule.
EXAMPLES = {
    "first fragment": "01 03 48 65 6c",
    "last fragment": "80 02 6c 6f",
    "text, masked": "81 85 37 fa 21 3d 7f 9f 4d 51 58",
    "text, unmasked": "81 05 48 65 6c 6c 6f",
    "ping": "89 05 48 65 6c 6c 6f",
    "pong, masked": "8a 85 37 fa 21 3d 7f 9f 4d 51 58",
    "close 1001": "88 0c 03 e9 67 6f 69 6e 67 20 61 77 61 79",
    "broken: a reserved bit": "c1 05 48 65 6c 6c 6f",
    "broken: opcode 3": "83 05 48 65 6c 6c 6f",
    "broken: length not minimal": "81 7e 00 05 48 65 6c 6c 6f",
    "broken: ping in fragments": "09 05 48 65 6c 6c 6f",
    "broken: close code 1006": "88 02 03 ee",
    "legal frame, illegal message": "81 02 ff fe",
    "not complete": "81 85 37 fa 21",
}


def explorer(examples: Mapping[str, str] = EXAMPLES) -> Any:
    """Return an explorer: type hex, see the frame or the rule that it breaks.

    Args:
        examples: Names and hex to pick from; the first is shown at the start.

    Where no kernel runs, the first example is shown as it stands.
    """
    import ipywidgets as widgets

    first = next(iter(examples.values()))
    choice = widgets.Dropdown(
        options=[*examples.items()], value=first, description="pick one"
    )
    typed = widgets.Text(
        value=first,
        description="or type hex",
        layout=widgets.Layout(width="60em", max_width="100%"),
    )
    view = widgets.HTML(_view(first))

    def pick(change: Mapping[str, Any]) -> None:
        if change["new"] is not None:
            typed.value = change["new"]

    def show(change: Mapping[str, Any]) -> None:
        view.value = _view(change["new"])
        if choice.value != change["new"]:
            choice.value = None  # so that the example can be picked again

    choice.observe(pick, names="value")
    typed.observe(show, names="value")
    return _Explorer(widgets.VBox([choice, typed, view]), first)


class _Explorer(FrameView):
    """The widget for a browser with a kernel; for all others, the first example."""

    def __init__(self, box: Any, first: str) -> None:
        super().__init__(first)
        self.box = box

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle: dict[str, Any] = self.box._repr_mimebundle_(**kwargs)
        return bundle | super()._repr_mimebundle_(**kwargs)


def _view(typed: str) -> str:
    """Return what the explorer shows for typed hex; never raises."""
    try:
        digits = hex_digits(typed)
    except ValueError as error:
        return card(f"✗ {escape(str(error))}.")
    if len(digits) < 2:
        return card("○ Not one byte yet: a byte is two hexadecimal digits.")
    view = FrameView(digits[: len(digits) // 2 * 2]).as_html()
    if len(digits) % 2:
        half = f"○ The last digit, {digits[-1]}, is half a byte, and is left out."
        return card(half) + view
    return view
