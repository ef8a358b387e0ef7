"""A guess: picked, settled, and beside each other; the same if nobody picks."""

import pytest

from wslib.show.guess import Guess, Guesses


def pressed(one: Guess, choice: str) -> None:
    """Press a button, as the browser does."""
    one.widget.children[0].value = choice


def line(one: Guess) -> str:
    """Return what stands below the buttons."""
    return str(one.widget.children[1].value)


def test_a_guess_shows_what_one_may_pick_in_both_forms_and_no_answer() -> None:
    one = Guesses()(1, "a < b")
    assert repr(one) == "Your guess: 1 · a < b"
    assert one.as_html() == "<p>Your guess: 1 · a &lt; b</p>"
    forms = one._repr_mimebundle_()
    assert forms["text/plain"] == repr(one)
    assert "application/vnd.jupyter.widget-view+json" in forms


def test_what_follows_is_blurred_until_one_is_picked() -> None:
    one = Guesses()(1, 3)
    assert "blur" in line(one)
    pressed(one, "1")
    assert "blur" not in line(one)
    assert "You say 1. Run on." in line(one)


@pytest.mark.parametrize(
    ("picked", "said"),
    [("3", "✓ You said 3, and so it is."), ("1", "✗ You said 1. It is 3.")],
)
def test_what_came_stands_beside_what_was_picked_whichever_is_first(
    picked: str, said: str
) -> None:
    for order in (1, -1):
        guess = Guesses()
        one = guess(1, 3)
        steps = [lambda: pressed(one, picked), lambda: guess.settle(3)]  # noqa: B023
        for step in steps[::order]:
            step()
        assert said in line(one)
        assert one.widget.children[0].disabled


def test_who_runs_on_without_a_guess_reads_on() -> None:
    guess = Guesses()
    one = guess(1, 3)
    guess.settle(3)
    assert line(one) == '<strong role="status"></strong>'
    assert not one.widget.children[0].disabled


def test_a_cell_that_runs_again_keeps_what_was_picked() -> None:
    guess = Guesses()
    pressed(guess(1, 3), "1")
    assert guess(1, 3).picked == "1"
    guess.settle(3)
    assert guess(1, 3).right is False


def test_what_nobody_could_pick_is_refused() -> None:
    guess = Guesses()
    guess(1, 3)
    with pytest.raises(ValueError, match=r"'2' is none of \['1', '3'\]"):
        guess.settle(2)


def test_without_a_guess_that_is_open_nothing_is_settled() -> None:
    guess = Guesses()
    guess.settle(1)
    one = guess(1, 3)
    guess.settle(1)
    guess.settle("of a guess whose cell was left out")
    assert one.truth == "1"


@pytest.mark.parametrize("choices", [(), (1,), (1, "1"), ("a", "b", "a")])
def test_a_guess_has_two_answers_or_more_each_once(choices: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match="two different answers"):
        Guesses()(*choices)
