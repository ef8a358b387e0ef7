"""A film: the still, the buttons, what is there at which moment."""

from typing import Any

import pytest
from browser import Tab

from wslib.show.motion import Film, Piece, words
from wslib.show.tables import Table

PIECES = [
    Piece(words(10, 30, "always")),
    Piece(words(10, 60, "early"), until=5),
    Piece(words(10, 90, "late"), since=5),
    Piece(words(90, 30, "moves"), travel=100),
]


def film(pieces: list[Piece] = PIECES, **changed: Any) -> Film:
    given: dict[str, Any] = {
        "size": (200, 100),
        "stops": [0, 5, 10],
        "unit": "second",
        "lasts": 2.0,
        "alt": "Words that come and go in time.",
        "twin": Table(["second"], [[10]]),
    }
    return Film(pieces, **given | changed)


def test_a_piece_is_there_from_its_time_on_and_until_the_other() -> None:
    shown = film()
    assert ">early<" in shown.drawn(4.9)
    assert ">late<" not in shown.drawn(4.9)
    assert ">early<" not in shown.drawn(5)
    assert ">late<" in shown.drawn(5)


def test_the_still_is_the_end_without_what_moves() -> None:
    still = film().still.svg
    assert ">late<" in still
    assert ">early<" not in still
    assert ">moves<" not in still


def test_the_text_has_the_words_and_the_table() -> None:
    text = film().as_text()
    assert text.startswith("[figure] Words that come and go in time.\n\nsecond")


def test_a_film_is_no_higher_than_a_projector_shows_with_its_buttons() -> None:
    assert "max-width: min(44em, 140vh)" in film().as_html()
    assert "max-width: min(44em, 35vh)" in film(size=(100, 200)).as_html()


def test_without_its_style_only_the_still_shows() -> None:
    html = film().as_html()
    assert html.count('<div hidden style="display: none"') == 2
    assert "<script" not in html


@pytest.mark.parametrize("stops", [[], [1], [1, 1], [2, 1]])
def test_stops_that_are_not_in_order_are_refused(stops: list[float]) -> None:
    with pytest.raises(ValueError, match="in order"):
        film(stops=stops)


def test_a_setting_that_nobody_can_choose_is_refused() -> None:
    with pytest.raises(ValueError, match="no such setting"):
        film([Piece("<g/>", setting="none")])


def opacities(tab: Tab) -> list[str]:
    found: list[str] = tab.page.evaluate(
        """Array.from(document.querySelectorAll(".from, .to"),
                      (piece) => getComputedStyle(piece).opacity)"""
    )
    return found


def opened(chrome: Any, **options: Any) -> Tab:
    tab = Tab(chrome, **options)
    head = '<!doctype html><html lang="en"><title>A film</title><main><h1>A film</h1>'
    tab.page.set_content(f"{head}{film().as_html()}</main></html>")
    return tab


def test_a_film_in_a_browser_stands_steps_plays_and_is_a_still_on_paper(
    chrome: Any,
) -> None:
    tab = opened(chrome)
    stage, still = tab.page.locator(".wslib-stage"), tab.page.locator("img")
    assert still.is_visible()
    assert not stage.is_visible()
    tab.page.get_by_label("0", exact=True).check()
    assert stage.is_visible()
    assert not still.is_visible()
    assert opacities(tab) == ["1", "0"]
    tab.page.keyboard.press("ArrowRight")  # to the next stop, without a mouse
    assert opacities(tab) == ["0", "1"]
    assert tab.faults() == []
    tab.page.get_by_label("Play").check(force=True)
    playing = "document.getAnimations().map((one) => one.playState)"
    assert tab.page.evaluate(playing) == ["running"]
    tab.page.emulate_media(media="print")
    assert still.is_visible()
    assert not stage.is_visible()
    tab.context.close()


def test_who_asks_for_less_motion_sees_the_end_at_once(chrome: Any) -> None:
    tab = opened(chrome, reduced_motion="reduce")
    tab.page.get_by_label("Play").check(force=True)
    assert tab.page.evaluate("document.getAnimations().length") == 0
    assert opacities(tab) == ["0", "1"]
    tab.context.close()
