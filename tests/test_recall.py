"""The quiz is read back as Moodle reads it, and asks what the pages ask."""

import re
from typing import NamedTuple

import pytest
import recall
from execute_notebooks import ROOT
from notebook_page import Page
from recall import Question, gift, questions_of

NOTEBOOKS = sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))
SPECIAL = r"~ = # { } : \ \n \r\n a\=b 50% -> ✓ ü – 😀 `\x00`"


class Asked(NamedTuple):
    """A question as a reader of GIFT has it."""

    category: str
    name: str
    text: str
    answers: dict[str, bool]  # whether it is right
    feedback: str


def shielded(text: str) -> str:
    """Put each escaped sign out of the way, as a private character."""
    return re.sub(r"\\(.)", lambda found: chr(0xE000 + ord(found[1])), text)


def bare(text: str) -> str:
    """Take them back, without the backslash; no sign of the format may be left."""
    assert not re.search(r"[~=#{}\\]|::", text), text
    signs = (chr(ord(c) - 0xE000) if 0xE000 <= ord(c) <= 0xE07F else c for c in text)
    return "".join(signs).strip()


def read(source: str) -> list[Asked]:
    """Read GIFT by the rules of Moodle's reader, question/format/gift/format.php.

    A blank line ends a question. `\\n` would be a line break: there is none here.
    """
    assert not re.search(r"(?<!\\)(\\\\)*\\n", source)
    asked, category = [], ""
    for block in re.split(r"\n\s*\n", source.strip()):
        text = shielded(block)
        if text.startswith("$CATEGORY:"):
            category = bare(text.removeprefix("$CATEGORY:"))
            continue
        form = r"::(.+?)::\s*\[markdown\]([^{}]+)\{([^{}]+)\}"
        name, stem, inside = re.fullmatch(form, text).groups()
        offered, _, feedback = inside.rpartition("####")
        marked = re.findall(r"([=~])([^=~]+)", offered)
        assert "".join(map("".join, marked)).strip() == offered.strip()
        answers = {bare(words): mark == "=" for mark, words in marked}
        assert len(answers) == len(marked)
        asked.append(Asked(category, bare(name), bare(stem), answers, bare(feedback)))
    return asked


@pytest.fixture(scope="module")
def quiz(tmp_path_factory: pytest.TempPathFactory) -> list[Asked]:
    """Return what `make quiz` writes, read back."""
    with pytest.MonkeyPatch.context() as patch:
        path = tmp_path_factory.mktemp("quiz") / "build" / "quiz.gift"
        patch.setattr(recall, "ROOT", path.parent.parent)
        patch.setattr(recall, "QUIZ", path)
        recall.main([str(path) for path in NOTEBOOKS])
        return read(path.read_text(encoding="utf-8"))


def test_the_quiz_has_every_question_of_every_page_under_its_title(quiz) -> None:
    pages = [
        (page.title, q) for page in map(Page, NOTEBOOKS) for q in questions_of(page)
    ]
    assert [(f"WebSocket, byte by byte/{title}", q.text) for title, q in pages] == [
        (asked.category, asked.text) for asked in quiz
    ]
    assert len({asked.name for asked in quiz}) == len(quiz) == 4 * len(NOTEBOOKS)
    for (_, question), asked in zip(pages, quiz, strict=True):
        offered = question.choices or (question.right,)
        assert asked.answers == {c: c == question.right for c in offered}


def test_each_question_has_one_right_answer_and_says_why(quiz) -> None:
    for asked in quiz:
        assert list(asked.answers.values()).count(True) == 1
        assert asked.feedback


def test_in_the_quiz_a_section_has_its_rfc(quiz) -> None:
    named = [asked.feedback for asked in quiz if "(RFC 6455, section" in asked.feedback]
    assert len(named) > len(NOTEBOOKS)
    assert not [asked for asked in quiz if re.search(r"\(sections? \d", asked.feedback)]


def test_the_right_answer_is_not_always_at_the_same_letter() -> None:
    for page in map(Page, NOTEBOOKS):
        chosen = [q for q in questions_of(page) if q.choices]
        places = {q.choices.index(q.right) for q in chosen}
        assert len(places) > 1 or len(chosen) < 2, page.title


def test_what_is_typed_is_one_word_that_a_grader_can_compare() -> None:
    for page in map(Page, NOTEBOOKS):
        for question in questions_of(page):
            if not question.choices:  # to Moodle, a star is any text
                assert re.fullmatch(r"[^\s*]+", question.right), question


@pytest.mark.parametrize("text", [SPECIAL, *SPECIAL.split(), "a::b", "// no comment"])
def test_every_sign_of_the_format_comes_back_as_it_was(text: str) -> None:
    chosen = Question(f"{text}?", (text, f"not {text}"), text, f"So: {text}")
    typed = Question(f"{text}!", (), text, f"{text} (section 5.2)")
    [one, two] = read(gift("02 · A page", [chosen, typed]))
    assert one[2:] == (f"{text}?", {text: True, f"not {text}": False}, f"So: {text}")
    assert two[2:] == (f"{text}!", {text: True}, f"{text} (RFC 6455, section 5.2)")


def test_a_page_whose_questions_cannot_be_read_is_named(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(recall, "QUIZ", tmp_path / "quiz.gift")
    text = NOTEBOOKS[0].read_text(encoding="utf-8")
    broken = tmp_path / NOTEBOOKS[0].name
    broken.write_text(text.replace("## From memory", "## Recap"), encoding="utf-8")
    with pytest.raises(SystemExit, match=rf"{broken.name}: 0 cells begin"):
        recall.main([str(broken)])
    assert list(tmp_path.iterdir()) == [broken]
