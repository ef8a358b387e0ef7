"""The rules that every notebook keeps, one function each.

A rule takes a Page and yields what is wrong with it, in words; nothing, if all is well.
"""

import html
import itertools
import re
import symtable
from collections.abc import Callable, Iterator

import nbformat
from execute_notebooks import tidy
from glossary import terms
from nbformat import NotebookNode
from notebook_page import EXERCISE, Page, code_of, is_ignored, verdicts
from page_counts import NOTE, write_counts
from recall import questions_of

Rule = Callable[[Page], Iterator[str]]

RULES: list[Rule] = []
TO_MEND = "# To mend"  # how a stub begins that has something in it, and a bug
COUNT = {"first": 1, "second": 2, "third": 3}
SECTION = r'"([^"]+)"(?: after its (first|second|third) cell)?'
COMPARED = {"text/plain", "text/html", "text/markdown", "text/latex"}


def rule(function: Rule) -> Rule:
    """Enter a function into the list."""
    RULES.append(function)
    return function


@rule
def executed_from_top_to_bottom(page: Page) -> Iterator[str]:
    counts = [cell.execution_count for cell in page.code]
    if counts != list(range(1, len(counts) + 1)):
        yield f"the cells were executed as {counts}"


@rule
def no_error_and_no_warning_is_shown(page: Page) -> Iterator[str]:
    for cell in page.code:
        for output in cell.outputs:
            if output.output_type == "error" or output.get("name") == "stderr":
                yield f"{cell.source[:40]!r} shows an error or a warning"


@rule
def every_output_is_of_a_kind_that_is_compared(page: Page) -> Iterator[str]:
    for kinds in page.data:
        if strange := set(kinds) - COMPARED:
            yield f"an output of the kind {strange}: the tests compare no such thing"
        if "text/html" in kinds and not kinds.get("text/plain", "").strip("<> \n"):
            yield "an HTML output without a plain-text twin"
        if re.match(r"<[\w.]+ object", kinds.get("text/plain", "")):
            yield f"an output whose plain text says nothing: {kinds['text/plain']}"


@rule
def an_output_that_is_not_compared_is_rare_and_has_a_reason(
    page: Page,
) -> Iterator[str]:
    ignored = [
        i
        for i, cell in enumerate(page.cells)
        if cell.cell_type == "code" and is_ignored(cell)
    ]
    if len(ignored) > max(1, len(page.code) * 0.05):
        yield f"{len(ignored)} of {len(page.code)} cells are not compared"
    for i in ignored:
        before = page.cells[i - 1]
        comments = re.findall(r"#\s*([a-z].{15,})", page.cells[i].source, re.IGNORECASE)
        said = before.cell_type == "markdown" and re.search(
            r"\b(var(y|ies)|differs?|not compared|your machine|each time|every run)\b",
            before.source,
        )
        if not comments and not said:
            yield f"no word on why {page.cells[i].source[:40]!r} is not compared"
        after = code_of(page.cells[i + 1 :])
        if not after or is_ignored(after[0]):
            yield f"nothing after {page.cells[i].source[:40]!r} says what must hold"


@rule
def the_opening_says_what_and_how_long(page: Page) -> Iterator[str]:
    first = page.cells[0].source
    if page.is_key:
        notebook = Page(page.twin)
        if not first.startswith(f"# Answer key {notebook.title}\n"):
            yield f"the first line is not '# Answer key {notebook.title}'"
        if f"](../{page.twin.name})" not in first:
            yield "no link to the notebook"
        return
    parts = [
        rf"# {page.number} · \S.+\n\n",
        r"\*[^*\n]+\*\n\n",
        r"\*\*You will be able to\*\*\n\n(- .+\n){3,5}\n",
        r"\*\*Minutes:\*\* \d+ shown, \d+ done · ",
        r"\*\*Builds on:\*\* .+\n\n",
        r".*\[All notebooks\]\(\.\./README\.md\).*",
    ]
    place = 0
    for part in parts:
        found = re.compile(part).match(first, place)
        if not found:
            yield f"the opening does not go on with {part!r}: {first[place:][:60]!r}"
            return
        place = found.end()


@rule
def the_minutes_and_the_contents_are_those_of_the_page(page: Page) -> Iterator[str]:
    if not page.is_key:
        counted = nbformat.reads(page.file_text, as_version=4)
        write_counts(counted)
        if [cell.source for cell in counted.cells] != [c.source for c in page.cells]:
            yield "its minutes or its list of sections are old: make notebooks"


@rule
def the_instructors_note_stands_once_and_is_folded(page: Page) -> Iterator[str]:
    if page.is_key:
        return
    places = [i for i, c in enumerate(page.cells) if c.source.startswith(f"{NOTE}\n")]
    if places != [1]:
        yield f"the instructor's note, in the second cell, begins {NOTE!r}"
    if re.search(r"\(?\bIn class: ", "\n".join(page.markdown[2:])):
        yield "a word for the instructor in the middle of the page"


def skipped(page: Page) -> list[NotebookNode]:
    """Return the code cells of what the instructor's note says to skip.

    It names sections by how their headings begin, the whole or what stands before a
    colon. Raises ValueError where that is not so.
    """
    line = re.search(r"^- \*\*Shown, skip:\*\* (.+?)\.?$", page.cells[1].source, re.M)
    if not line or not re.fullmatch(rf"{SECTION}(, {SECTION})*", line[1]):
        raise ValueError('it has no **Shown, skip:** "…", "…" after its first cell')
    found = []
    for name, kept in re.findall(SECTION, line[1]):
        heading = re.compile(rf"{re.escape(name)}(:.*)?")
        if len([text for _, text in page.headings if heading.fullmatch(text)]) != 1:
            raise ValueError(f"not one section is called {name!r}")
        cells = [c for c, above in page.sections if any(map(heading.fullmatch, above))]
        if kept and len(cells) < COUNT[kept]:
            raise ValueError(f"{name!r} has no {kept} cell")
        found += cells[COUNT.get(kept, 0) :]
    return found


def _names(source: str) -> tuple[set[str], set[str], set[str]]:
    """Return what a cell looks up at once, what its functions do, and what it binds."""
    cell = symtable.symtable(source, "a cell", "exec")
    at_once = {s.get_name() for s in cell.get_symbols() if s.is_referenced()}
    bound = [s for s in cell.get_symbols() if s.is_assigned() or s.is_imported()]
    later: set[str] = set()
    scopes = cell.get_children()
    for scope in scopes:  # which grows
        later |= {s.get_name() for s in scope.get_symbols() if s.is_global()}
        scopes += scope.get_children()
    return at_once, later, {s.get_name() for s in bound}


@rule
def the_page_runs_without_what_the_note_skips(page: Page) -> Iterator[str]:
    if page.is_key:
        return
    try:
        left_out = {cell.id for cell in skipped(page)}
    except ValueError as error:
        yield f"the instructor's note: {error}"
        return
    names = {cell.id: _names(cell.source) for cell in page.code}
    gone = set().union(*(names.pop(where)[2] for where in left_out))
    bound_anywhere = set().union(*(bound for _, _, bound in names.values()))
    bound_so_far: set[str] = set()
    for where, (at_once, later, bound) in names.items():
        bound_so_far |= bound
        needed = (at_once - bound_so_far) | (later - bound_anywhere)
        for name in sorted(gone & needed):
            yield f"the cell {where!r} needs {name!r}, which the note skips"


@rule
def the_links_lead_to_the_neighbours(page: Page) -> Iterator[str]:
    if page.is_key:
        return
    names = sorted(p.name for p in page.path.parent.glob("[0-9]*.ipynb"))
    place = names.index(page.path.name)

    def link(word: str, at: int) -> list[str]:
        if not 0 <= at < len(names):
            return []
        title = Page(page.path.parent / names[at]).title
        return [f"{word}: [{title}]({names[at]})"]

    middle = ["[All notebooks](../README.md)"]
    line = " · ".join(link("Previous", place - 1) + middle + link("Next", place + 1))
    plain = [cell.source.replace("**", "").splitlines() for cell in page.prose]
    if line not in plain[0]:
        yield f"the first cell lacks: {line}"
    if not any(line in lines for lines in plain[-3:]):
        yield f"the last text cells lack: {line}"


@rule
def the_sections_at_the_end_are_there(page: Page) -> Iterator[str]:
    if not page.is_key:
        there = [text for level, text in page.headings if level == 2]
        if there[-2:] != ["From memory", "Go deeper"]:
            yield f"it ends with {there[-2:]}, not with From memory and Go deeper"


@rule
def it_closes_with_four_questions(page: Page) -> Iterator[str]:
    if not page.is_key:
        try:
            questions_of(page)
        except ValueError as error:
            yield f"the questions from memory: {error}"


@rule
def the_last_cell_stops_everything(page: Page) -> Iterator[str]:
    starts = any("wslib." in c.source and "Server" in c.source for c in page.code)
    if (starts or not page.is_key) and "stop_all()" not in page.code[-1].source:
        yield "the last code cell does not call stop_all()"


@rule
def the_last_cell_says_how_many_exercises_are_done(page: Page) -> Iterator[str]:
    if not page.is_key and "check.tally()" not in page.code[-1].source:
        yield "the last code cell does not show check.tally()"


@rule
def a_guess_is_settled_by_the_next_cell(page: Page) -> Iterator[str]:
    for cell, following in itertools.pairwise([*page.code, None]):
        if re.search(r"^guess\(", cell.source, re.MULTILINE):
            if following is None or "guess.settle(" not in following.source:
                yield f"nothing settles {cell.source[cell.source.index('guess(') :]!r}"


@rule
def headings_go_down_one_level_at_a_time(page: Page) -> Iterator[str]:
    levels = [level for level, _ in page.headings]
    if levels.count(1) != 1 or levels[0] != 1:
        yield f"{levels.count(1)} headings of the first level"
    for (above, _), (below, text) in itertools.pairwise(page.headings):
        if below > above + 1:
            yield f"a level is skipped before {text!r}"


@rule
def an_exercise_has_hints_a_stub_and_a_check(page: Page) -> Iterator[str]:
    exercises = page.exercises()
    if page.is_key:
        return
    numbers = [int(EXERCISE.match(f"## {name}")[2]) for name in exercises]
    if numbers != list(range(1, len(numbers) + 1)) or not 2 <= len(numbers) <= 4:
        yield f"two to four exercises, numbered from 1, are wanted, not {numbers}"
    if f"](solutions/{page.twin.name})" not in "\n".join(page.markdown):
        yield "no link to the answer key"
    for name, cells in exercises.items():
        text = "\n".join(c.source for c in cells if c.cell_type == "markdown")
        if "<details><summary>" not in text:
            yield f"{name}: no hint in <details>"
        code = code_of(cells)
        checks = [i for i, cell in enumerate(code) if "check." in cell.source]
        if not checks:
            yield f"{name}: no check"
            continue
        stub = code[checks[0] - 1]
        open_ = "..." in stub.source or stub.source.startswith(TO_MEND)
        if checks[0] == 0 or not open_ or stub.outputs:
            yield f"{name}: no stub to fill in before the check"
        if {mark for mark, _ in verdicts([code[i] for i in checks])} != {"○"}:
            yield f"{name}: the page shows another verdict than 'not attempted yet'"


@rule
def the_answer_key_solves_every_exercise(page: Page) -> Iterator[str]:
    if page.is_key or not page.twin.parent.is_dir():  # a student's copy has no keys
        return
    if not page.twin.exists():
        yield "no answer key"
        return
    solved = Page(page.twin).exercises()
    if list(solved) != list(page.exercises()):
        yield f"the answer key has {list(solved)}"
    for name, cells in page.exercises().items():
        right = {
            who for mark, who in verdicts(code_of(solved.get(name, []))) if mark == "✓"
        }
        for _, who in verdicts(code_of(cells)):
            if who not in right:
                yield f"{name}: the answer key has no right answer for check.{who}"


@rule
def bold_is_a_term_where_it_is_explained(page: Page) -> Iterator[str]:
    if page.is_key:
        return
    before = sorted(p for p in page.path.parent.glob("[0-9]*.ipynb") if p < page.path)
    known = {term.key: path.name for path in before for term in terms(Page(path).cells)}
    for term in terms(page.cells):
        if term.key in known:
            yield f"{term.name!r} is in bold already, in {known[term.key]}"
        if len(term.name.split()) > 3 or re.search(r"^\W|[.:!?]$|^\d+$", term.name):
            yield f"{term.name!r} is in bold, and is no term: take *italics*"
        if len(term.sentence.split()) < len(term.name.split()) + 4:
            yield f"{term.name!r} is not explained in its sentence: {term.sentence!r}"
        known[term.key] = page.path.name


@rule
def markdown_means_what_it_says(page: Page) -> Iterator[str]:
    for text in page.markdown:
        for block in re.split(r"\n\s*\n", text):
            if re.match(r"\s*\d+[.)]\s", block) and not re.match(r"\s*1[.)]\s", block):
                yield f"a paragraph that is taken for item so and so: {block[:40]!r}"
        for found in re.findall(r"(?<!\*)\*(?!\*)[^*\n]*\*\*\[[^\n]*", text):
            yield f"italics around a bold link, which do not close: {found[:40]!r}"


def _drawings(markup: str) -> Iterator[str]:
    """Yield each <svg>, with those that it holds."""
    depth = start = 0
    for tag in re.finditer(r"<svg\b[^>]*>|</svg>", markup):
        if tag[0] != "</svg>":
            start = start if depth else tag.start()
            depth += 1
        elif depth:
            depth -= 1
            if not depth:
                yield markup[start : tag.end()]


@rule
def every_picture_has_words(page: Page) -> Iterator[str]:
    tags = re.findall(r"<(?:img|iframe)\b[^>]*>", page.html)
    words = [re.search(r"\b(?:alt|title)\s*=\s*([\"'])(.*?)\1", tag) for tag in tags]
    alts = [html.unescape(found[2]) if found else "" for found in words]
    alts += re.findall(r"!\[([^\]]*)\]\(", page.html)
    for svg in _drawings(page.html):
        if 'aria-hidden="true"' in svg[: svg.index(">")]:
            continue  # it adds to words that stand there
        label = re.search(r"<title[^>]*>(.*?)</title>|aria-label=\"(.*?)\"", svg)
        alts.append((label[1] or label[2]) if label else "")
    for alt in alts:
        if len(alt.split()) < 3:
            yield f"a picture that says only {alt!r}"


@rule
def bytes_and_bits_stand_in_monospace(page: Page) -> Iterator[str]:
    for style, inside in re.findall(r"<td\b([^>]*)>(.*?)</td>", page.html, re.DOTALL):
        text = html.unescape(re.sub(r"<[^>]+>", "", inside)).strip()
        shown = re.fullmatch(r"([0-9a-f]{2} )+[0-9a-f]{2}|[01]{8}( [01]{8})*", text)
        if shown and "mono" not in style + inside:
            yield f"in a font in which they do not stand under each other: {text[:30]}"


@rule
def nothing_comes_from_another_machine(page: Page) -> Iterator[str]:
    asset = re.compile(
        r"<(?:script|link|img|iframe|video|audio|source)\b[^>]*\b(?:src|href)\s*=\s*"
        r"[\"']?(?:https?:)?//(?!127\.0\.0\.1|localhost)[^\"'>\s]*"
        r"|!\[[^\]]*\]\(https?://[^)]*|@import\b.*|url\(\s*[\"']?https?://[^)]*"
    )
    for found in asset.findall(page.html):
        yield f"a remote asset: {found[:80]}"


@rule
def nothing_tells_on_which_machine_it_ran(page: Page) -> Iterator[str]:
    path = re.compile(
        r"(?<![\w/.])/(?:root|home|work|tmp|Users|opt)/[\w.-]+|C:\\+Users"
    )
    for found in path.findall(page.file_text):
        yield f"a path of some machine: {found}"
    if page.file_text != tidy(nbformat.reads(page.file_text, as_version=4)):
        yield "the file holds what differs from machine to machine: make notebooks"
    for cell in page.code:
        names = [output.name for output in cell.outputs if "name" in output]
        if len(names) > len(set(names)):
            yield f"{cell.source[:40]!r} printed in pieces, by chance: make notebooks"


@rule
def no_port_that_the_system_chose_is_shown(page: Page) -> Iterator[str]:
    typed = "\n".join(["1234", *(cell.source for cell in page.cells)])
    places = r"(?:127\.0\.0\.1|localhost|\[::1\]|\bport)\W{1,4}(\d{4,5})\b"
    for port in set(re.findall(places, page.printed + page.html, re.IGNORECASE)):
        if not re.search(rf"\b{port}\b", typed):
            yield f"port {port} is shown, and no cell names it"


@rule
def cells_are_short(page: Page) -> Iterator[str]:
    for cell in page.code:
        lines = [line for line in cell.source.splitlines() if line.strip()]
        if len(lines) > 15:
            yield f"{len(lines)} lines in the cell that begins {lines[0]!r}"


@rule
def nothing_sleeps(page: Page) -> Iterator[str]:
    for cell in page.code:
        for line in cell.source.splitlines():
            if re.search(r"\bsleep\(", line) and not re.search(r"#\s*\S", line):
                yield f"a sleep, and no word on why: {line.strip()!r}"


@rule
def no_relative_link_is_dead(page: Page) -> Iterator[str]:
    text = "\n".join(page.markdown)
    links = re.findall(r"\]\(([^)\s]+)[^)]*\)", text)
    links += re.findall(r"\b(?:href|src)\s*=\s*[\"']([^\"']+)", page.html)
    for link in links:
        target = link.split("#")[0]
        if target and not re.match(r"[a-z]+:|//", target):
            place = page.path.parent / target
            if not place.exists() and (place.parent.is_dir() or page.is_key):
                yield f"a link to nothing: {link}"


@rule
def lines_fit_the_page(page: Page) -> Iterator[str]:
    for cell in page.code:
        for line in cell.source.splitlines():
            if len(line) > 88:
                yield f"a line of {len(line)} columns, more than 88: {line.strip()!r}"


@rule
def what_is_behind_a_door_is_taken_from_the_door(page: Page) -> Iterator[str]:
    rooms = r"(?:check|relay|show|labs\.\w+)"
    for cell in page.code:
        for line in re.findall(rf"(?:from|import) wslib\.{rooms}\.\w+.*", cell.source):
            yield f"an import that goes round a door: {line!r}"
