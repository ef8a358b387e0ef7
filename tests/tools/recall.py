"""The four questions that close a page, read, and written as a quiz: `make quiz`.

    python tests/tools/recall.py [NOTEBOOK ...]      all of them by default

A page has its questions in one cell, in a form that a person and a program can read:

    ## From memory

    1. Which byte begins a text that is one whole frame?
    2. The accept value is right. What does it prove?
       - a) that the peer has read this key
       - b) who the peer is

    <details><summary>Answers</summary>

    1. `81`: FIN, and opcode 1 (section 5.2).
    2. a) And that it knows WebSocket (section 1.3).

    </details>

A question has choices, or one word or number for its answer: either grades itself. The
quiz is a file in GIFT, which Moodle and others import, a category for each notebook.
"""

import re
import sys
from dataclasses import dataclass
from pathlib import Path

from notebook_page import ROOT, Page

QUIZ = ROOT / "build" / "quiz.gift"
HEADING = "## From memory"
MANY = 4  # questions on a page

_FORM = re.compile(
    rf"{HEADING}\n\n(?P<asked>.+)\n\n"
    r"<details><summary>Answers</summary>\n\n(?P<answered>.+)\n\n</details>",
    re.DOTALL,
)
_CHOICE = re.compile(r"   - ([a-d])\) (\S.*)")
_CHOSEN = re.compile(r"([a-d])\) (\S.*)")
_TYPED = re.compile(r"`([^`]+)`[:.] (\S.*)")


@dataclass(frozen=True)
class Question:
    """What is asked, what there is to choose from, if anything, and the answer."""

    text: str
    choices: tuple[str, ...]
    right: str  # one of the choices, or the word to type
    why: str


def questions_in(cell: str) -> list[Question]:
    """Read the questions of a page.

    Args:
        cell: The source of the text cell that holds them.

    Raises:
        ValueError: If something is not as the form wants it; says what.
    """
    form = _FORM.fullmatch(cell)
    if not form:
        raise ValueError(f"it is not {HEADING!r}, questions, and <details> of answers")
    asked, answered = _items(form["asked"]), _items(form["answered"])
    if not len(asked) == len(answered) == MANY:
        raise ValueError(f"{len(asked)} questions and {len(answered)} answers")
    return [_question(*both) for both in zip(asked, answered, strict=True)]


def questions_of(page: Page) -> list[Question]:
    """Return the questions of a notebook; a ValueError says what is wrong with them."""
    cells = [c.source for c in page.prose if c.source.startswith(HEADING)]
    if len(cells) != 1:
        raise ValueError(f"{len(cells)} cells begin with {HEADING!r}, not one")
    return questions_in(cells[0])


def _items(text: str) -> list[list[str]]:
    """Return the items of a numbered list, each as its lines, the number taken off."""
    items: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith(f"{len(items) + 1}. "):
            items.append([line.partition(" ")[2]])
        elif items:
            items[-1].append(line)
        else:
            raise ValueError(f"a line before the first item: {line!r}")
    return items


def _question(asked: list[str], answered: list[str]) -> Question:
    text, *lines = asked
    found = [_CHOICE.fullmatch(line) for line in lines]
    offered = {choice[1]: choice[2] for choice in found if choice}
    if "".join(offered) != "abcd"[: len(lines)] or len(lines) == 1:
        raise ValueError(f"the choices are not a) and b), or to d), of {text!r}")
    if len(set(offered.values())) < len(lines):
        raise ValueError(f"two choices are the same: {text!r}")
    answer = (_CHOSEN if offered else _TYPED).fullmatch("\n".join(answered))
    if not answer or (offered and answer[1] not in offered):
        raise ValueError(f"no answer to {text!r}: {answered}")
    right = offered.get(answer[1], answer[1])
    return Question(text, tuple(offered.values()), right, answer[2])


def gift(title: str, questions: list[Question]) -> str:
    """Write the questions of one page in GIFT, under a category of its title."""
    lines = [f"$CATEGORY: WebSocket, byte by byte/{title}", ""]
    for number, question in enumerate(questions, 1):
        lines.append(f"::{_escaped(f'{title}, {number}')}::")
        lines.append(f"[markdown]{_escaped(question.text)} {{")
        for choice in question.choices or [question.right]:
            mark = "=" if choice == question.right else "~"
            lines.append(f"\t{mark}{_escaped(choice)}")
        why = re.sub(r"(?<=\()(?=sections? \d)", "RFC 6455, ", question.why)
        lines += [f"\t####{_escaped(why)}", "}", ""]
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return re.sub(r"([\\~=#{}:])", r"\\\1", text)


def main(arguments: list[str]) -> None:
    """Write the quiz, and say where it is."""
    paths = [Path(argument) for argument in arguments]
    paths = paths or sorted(ROOT.glob("notebooks/[0-9]*.ipynb"))
    parts = []
    for page in map(Page, paths):
        try:
            parts.append(gift(page.title, questions_of(page)))
        except ValueError as error:
            sys.exit(f"{page.path.name}: {error}")
    QUIZ.parent.mkdir(exist_ok=True)
    QUIZ.write_text("".join(parts), encoding="utf-8", newline="\n")
    print(f"{MANY * len(parts)} questions: {QUIZ.relative_to(ROOT)}")
    print("In Moodle: Question bank, Import, GIFT format.")


if __name__ == "__main__":
    main(sys.argv[1:])
