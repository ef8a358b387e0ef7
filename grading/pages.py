"""What a student gets back: nbgrader's feedback page, with the points at its top.

The pages lie as the notebooks were handed in, in folders of the same names. That is
what Moodle goes by, which gives out `Ann Lee_77_assignsubmission_file/`: it finds whose
a feedback file is by this name (mod/assign/feedback/file/importziplib.php).
"""

import mimetypes
import re
from base64 import b64encode
from html import escape
from pathlib import Path, PurePosixPath

from grading.assignments import POINTS
from grading.table import Line

# What is another on nbgrader's page, which has no place for more.
HEADING = r"<h4>.*?</h4>\s*<div id=\"toc\">.*?</div>"
FETCHED = r'<script src="https://[^"]*"> *</script>'  # MathJax: there are no formulas
TITLE = r"<title>.*?</title>"
HEAD = """\
<title>{title}, {student}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
#verdicts td, #verdicts th {{ padding: 0.2em 1.5em 0.2em 0; }}
summary {{ display: list-item !important; }}
@media (max-width: 767px) {{
  div.prompt {{ display: none; }}
  .container, .panel-body, div.cell {{ padding: 0.2em !important; }}
  .text_cell_render img, .output_area img, .output_area svg {{ max-width: 100%; }}
  .output_area {{ overflow-wrap: anywhere; }}
  .rendered_html table {{ display: block; overflow-x: auto; }}
}}
</style>"""
TABLE = """\
<h4>{student}: {points:g} of {of} points</h4>
<table id="verdicts">
<tr><th>Exercise</th><th>Points</th><th>Verdict</th></tr>
{rows}
</table>"""
ROW = """\
<tr><td><a href="#{name}">{heading}</a> ({name})</td>\
<td>{points:g}</td><td>{words}</td></tr>"""


def to_give_back(
    made: Path, title: str, lines: list[Line], headings: dict[str, str]
) -> str:
    """Return nbgrader's page with a student's name, points and verdicts at its top.

    Args:
        made: The page, its pictures beside it: they will be in it.
        title: The notebook's.
        lines: Of the table, one for each exercise of the notebook.
        headings: What the notebook calls them, by name.
    """

    def embedded(found: re.Match[str]) -> str:
        picture = made.parent / found[1]
        if not picture.is_file():
            return found[0]
        kind, data = mimetypes.guess_type(picture)[0], picture.read_bytes()
        return f'src="data:{kind};base64,{b64encode(data).decode()}"'

    rows = [
        ROW.format(
            name=each.exercise,
            heading=escape(headings[each.exercise]),
            points=each.points,
            words=escape(each.verdict()),
        )
        for each in lines
    ]
    words = {
        "student": escape(lines[0].student),
        "title": escape(title),
        "points": sum(each.points or 0 for each in lines),
        "of": POINTS * len(lines),
        "rows": "\n".join(rows),
    }
    page = made.read_text(encoding="utf-8")
    for part, instead in [(TITLE, HEAD), (HEADING, TABLE), (FETCHED, "")]:
        new = instead.format(**words)
        page = re.sub(part, lambda _, new=new: new, page, flags=re.DOTALL)
    return re.sub('src="(images/[^"/]+)"', embedded, page)


def place(file: str) -> str:
    """Return where the page of a notebook lies, among those to give back."""
    path = PurePosixPath(file)
    return str(path.with_suffix(".html") if path.suffix == ".ipynb" else f"{path}.html")
