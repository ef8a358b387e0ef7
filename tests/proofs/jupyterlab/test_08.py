"""Notebook 08, walked with a real browser in a real JupyterLab, as its text says."""

import nbformat
import pytest
from browser import Notebook, Tab, expect
from browser import sync_api as playwright
from execute_notebooks import ROOT

NAME = "notebooks/08_live.ipynb"
CELLS = nbformat.read(ROOT / NAME, as_version=4).cells
NUMBERS = {cell.id: number for number, cell in enumerate(CELLS)}
ROOMS = ["/tea", "/tea", "/coffee"]


class Student:
    """Somebody with a browser, at an address of JupyterLab, who has opened it."""

    def __init__(self, tab: Tab, notebook: Notebook) -> None:
        self.tab, self.notebook = tab, notebook
        self.notebook.open(NAME)

    def run(self, *ids: str) -> str:
        """Run cells, by their ids; return what they print."""
        outputs = self.notebook.run([NUMBERS[id] for id in ids])
        assert not [each for each in outputs if each["output_type"] == "error"]
        return "".join(each["text"] for each in outputs)

    def windows(self) -> list["playwright.FrameLocator"]:
        """Return the three windows of the chat, left to right."""
        cell = self.tab.page.locator(".jp-Notebook .jp-Cell").nth(NUMBERS["chat-page"])
        inside = cell.frame_locator("iframe")
        expect(inside.locator("iframe")).to_have_count(3)
        boxes = [each.bounding_box() for each in inside.locator("iframe").all()]
        assert len({box["y"] for box in boxes if box}) == 1, "not side by side"
        return [inside.frame_locator("iframe").nth(number) for number in range(3)]


@pytest.fixture
def student(
    request: pytest.FixtureRequest, students: dict[str, tuple[Tab, Notebook]]
) -> Student:
    return Student(*students[request.param])


def write(window: "playwright.FrameLocator", text: str) -> None:
    window.get_by_label("Message").fill(text)
    window.get_by_role("button", name="Send").click()


def heard(window: "playwright.FrameLocator") -> list[str]:
    return window.locator("#log p").all_inner_texts()


@pytest.mark.parametrize("student", ["localhost", "127.0.0.1"], indirect=True)
def test_without_a_hub_the_windows_find_their_rooms(student: Student) -> None:
    student.run("chat-server", "chat-page")
    first, second, _ = student.windows()
    write(first, "good evening")
    expect(second.locator("#log")).to_have_text("good evening")


@pytest.mark.parametrize("student", ["hub.example"], indirect=True)
def test_a_walk_behind_a_hub_from_a_run_of_all_to_the_last_cell(
    student: Student,
) -> None:
    student.notebook.run_all()
    student.notebook.scroll_to(NUMBERS["chat-page"])
    for window in student.windows():
        expect(window.locator("#state")).to_have_text("closed")
        expect(window.get_by_role("status")).to_contain_text(
            "Run the cell that shows this chat again."
        )
    student.run("chat-page")  # "Run the cell above again, and go on from there."
    first, second, other = windows = student.windows()
    for window, room in zip(windows, ROOMS, strict=True):
        expect(window.locator("h1")).to_have_text(f"Room {room}: open")
    titles = [frame.title() for frame in student.tab.page.frames]
    assert [title for title in titles if title.startswith("Chat")] == [
        f"Chat, room {room}" for room in ROOMS
    ]

    write(first, "good evening")  # "Does the first?"
    expect(first.locator("#log")).to_have_text("good evening")
    expect(second.locator("#log")).to_have_text("good evening")
    write(other, "<b>nobody here?</b>")
    expect(other.locator("#log")).to_have_text("<b>nobody here?</b>")
    assert heard(first) == ["good evening"]

    # "Now three programs come in. ... what do your windows show?"
    student.run("chat")
    expect(second.locator("#log")).to_contain_text("the kettle is on")
    expect(other.locator("#log")).to_contain_text("no milk left")
    assert "no milk left" not in heard(first)

    # "Now write something ..., and run the next cell, as often as you like."
    for line in ("one lump or two?", "none, thanks"):
        write(second, line)
        expect(first.locator("#log")).to_contain_text(line)
        lines = student.run("chat-hall").splitlines()
        assert sorted(lines) == sorted(
            [f"ada hears: {line}", "ada hears: the tea is ready", "(and nothing more)"]
        )
        expect(first.locator("#log p").last).to_have_text("the tea is ready")
    assert "the tea is ready" not in heard(other)
    student.run("order", "order-result", "stop")


@pytest.mark.parametrize("student", ["localhost"], indirect=True)
def test_a_guess_blurs_what_follows_until_it_is_taken_and_then_stands_beside_it(
    student: Student,
) -> None:
    student.run("chat-server", "chat-page", "chat", "naive-server", "guess-pictures")
    cells = student.tab.page.locator(".jp-Notebook .jp-Cell")
    student.notebook.scroll_to(NUMBERS["guess-pictures"])
    asks, tells, says = (cells.nth(NUMBERS["guess-pictures"] + n) for n in range(3))
    hidden = [tells.locator(".jp-OutputArea"), says]
    for part in hidden:
        expect(part).to_have_css("filter", "blur(6px)")
    gone = "(it) => it.classList.toggle('jupyter-widgets-disconnected')"
    line = asks.locator(".widget-html")
    line.evaluate(gone)  # as ipywidgets does when the kernel is restarted
    expect(says).to_have_css("filter", "none")
    line.evaluate(gone)
    asks.get_by_role("button", name="20").click()
    for part in hidden:
        expect(part).to_have_css("filter", "none")
    student.run("guess-pictures", "naive")  # a click into an output selects its cell
    expect(asks).to_contain_text("You said 20. It is 3.")
    student.run("naive-end")
