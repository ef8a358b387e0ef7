"""The glossary has each term of the pages, once, and leads to where it is explained."""

import re
from pathlib import Path

import glossary
import pytest
from bs4 import BeautifulSoup
from execute_notebooks import ROOT
from nbconvert.filters.markdown import markdown2html
from nbformat.v4 import new_markdown_cell
from notebook_page import Page
from page_counts import CONTENTS, anchor

NOTEBOOKS = ROOT / "notebooks"
PAGES = [Page(path) for path in sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))]
ENTRY = re.compile(r"- \*\*(.+?)\*\* · (.+) · \[(\d\d): (.+)\]\((.+?)#(.+)\)")


@pytest.fixture(scope="module")
def listed() -> list[tuple[str, ...]]:
    """Return the entries of the file: term, sentence, number, section, page, place."""
    text = (NOTEBOOKS / glossary.FILE).read_text(encoding="utf-8")
    lines = text.removeprefix(glossary.HEAD).splitlines()[1:]
    return [ENTRY.fullmatch(line).groups() for line in lines]


def test_the_file_is_that_of_the_pages() -> None:
    there = (NOTEBOOKS / glossary.FILE).read_text(encoding="utf-8")
    assert there == glossary.text(NOTEBOOKS), "run: make notebooks"


def test_every_bold_word_that_a_browser_shows_is_in_it(listed) -> None:
    bold = []
    for page in PAGES:
        for cell in page.prose[2:]:
            if not cell.source.startswith(CONTENTS):
                soup = BeautifulSoup(markdown2html(cell.source), "html.parser")
                bold += [s.get_text() for s in soup.find_all("strong") if not s.a]
    assert sorted(bold) == sorted(entry[0] for entry in listed)


def test_no_term_is_in_it_twice(listed) -> None:
    assert len({term.casefold() for term, *_ in listed}) == len(listed) > 50


def test_it_is_in_alphabetical_order(listed) -> None:
    names = [re.sub("s$", "", term.casefold()) for term, *_ in listed]
    assert names == sorted(names)


def test_each_link_leads_to_a_section_that_has_the_sentence(listed) -> None:
    for term, sentence, number, section, name, place in listed:
        page = Page(NOTEBOOKS / name)
        assert name.startswith(number) and place == anchor(section)
        texts = "\n".join(f"{cell.source}\n## \n" for cell in page.prose)
        within = re.split(rf"^## {re.escape(section)}$", texts, flags=re.MULTILINE)[1]
        words = " ".join(within.replace("**", "").split())
        assert sentence.replace("**", "") in words, term


@pytest.mark.parametrize(
    ("text", "name", "sentence"),
    [
        ("One. A **frame** is it. Two.", "frame", "A frame is it."),
        (
            "A. (**Hex** counts to `f. G`, and on. So.)",
            "Hex",
            "Hex counts to `f. G`, and on.",
        ),
        (
            "- **FIN**: 1 at the end. Most.\n- **opcode**: what",
            "FIN",
            "FIN: 1 at the end.",
        ),
        ("| a | The **kernel** runs. B |\n| c | d |", "kernel", "The kernel runs."),
        (
            "Is it? A **socket**, one\nend of TCP (section 5.2). So.",
            "socket",
            "A socket, one end of TCP (section 5.2).",
        ),
        (
            "**[websockets](x.y)** leaves you the **handler**: it.",
            "handler",
            "**[websockets](x.y)** leaves you the handler: it.",
        ),
    ],
)
def test_a_sentence_is_found_whole_and_alone(text, name, sentence) -> None:
    cells = [new_markdown_cell("**no**"), new_markdown_cell("**no**")]
    cells.append(new_markdown_cell(f"## What?\n\n{text}"))
    first = next(iter(glossary.terms(cells)))
    assert first == (name, sentence, "What?")


@pytest.mark.parametrize("text", ["`2 ** 3 ** 4`", "**[a](b)** and **[c](d)**"])
def test_code_and_links_are_no_terms(text: str) -> None:
    cells = [new_markdown_cell(text)] * 3
    assert list(glossary.terms(cells)) == []


def test_the_file_is_written_when_it_changes_and_only_then(tmp_path: Path) -> None:
    for page in PAGES[:2]:
        (tmp_path / page.path.name).write_text(page.file_text, encoding="utf-8")
    assert glossary.write(tmp_path)
    assert not glossary.write(tmp_path)
    assert (tmp_path / glossary.FILE).read_text("utf-8") == glossary.text(tmp_path)
