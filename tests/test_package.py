"""The package as a whole: who imports whom, what is public, what an import costs."""

import ast
import importlib
import io
import re
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

import wslib
import wslib.check

PACKAGE = Path(wslib.__file__).parent
OUTER = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem[0] != "_")
INNER = sorted(path.stem for path in PACKAGE.glob("check/*.py") if path.stem[0] != "_")
MODULES = [*OUTER, *(f"check.{name}" for name in INNER)]
MOST_LINES = 300

each_module = pytest.mark.parametrize("name", MODULES)


def source(name: str) -> str:
    return (PACKAGE / f"{name.replace('.', '/')}.py").read_text(encoding="utf-8")


def map_in_the_docstring() -> list[str]:
    """Return the modules in the order in which the two docstrings list them."""
    rows = r"^    (\w+) {2,}\S"
    outer = re.findall(rows, wslib.__doc__ or "", re.MULTILINE)
    inner = re.findall(rows, wslib.check.__doc__ or "", re.MULTILINE)
    assert outer[-1] == "check", "the exercises come last: nothing else needs them"
    return [*outer, *(f"check.{name}" for name in inner)]


def imported(tree: ast.AST) -> set[str]:
    """Return the modules of wslib that are imported anywhere in a tree."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            if node.module == "wslib":
                names |= {f"wslib.{alias.name}" for alias in node.names}
            else:
                names.add(str(node.module))
    inside = {name.removeprefix("wslib.") for name in names if "wslib." in name}
    return {
        ".".join(name.split(".")[: 2 if name.startswith("check.") else 1])
        for name in inside
    }


def defined(tree: ast.Module) -> set[str]:
    """Return the public functions and classes that a module defines."""
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and node.name[0] != "_"
    }


def lines_of_code(text: str) -> int:
    """Return the lines that do something: words and closing brackets do nothing."""
    lines, depth = set(), 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        kind = tokenize.tok_name[token.type]
        # From Python 3.12 on, an f-string is many tokens; it is one string still.
        depth += {"FSTRING_START": 1, "FSTRING_END": -1}.get(kind, 0)
        if kind in ("NAME", "NUMBER") and not depth:
            lines.add(token.start[0])
    return len(lines)


@each_module
def test_the_map_in_the_docstring_shows_the_module(name: str) -> None:
    assert name in map_in_the_docstring()


@each_module
def test_a_module_imports_only_from_those_above_it_on_the_map(name: str) -> None:
    order = map_in_the_docstring()
    assert name in order, "first of all it must be on the map"
    above = order[: order.index(name)]
    assert imported(ast.parse(source(name))) <= set(above)


@each_module
def test_all_lists_the_public_names_and_nothing_that_is_not_there(name: str) -> None:
    module = importlib.import_module(f"wslib.{name}")
    public = defined(ast.parse(source(name))) - {"main"}
    listed = module.__all__
    assert public <= set(listed), f"not in __all__: {public - set(listed)}"
    assert len(listed) == len(set(listed))
    for other in listed:
        assert hasattr(module, other), f"{other} is in __all__ and nowhere else"


def test_the_package_itself_offers_what_it_lists() -> None:
    assert sorted(wslib.__all__) == wslib.__all__
    for name in wslib.__all__:
        assert getattr(wslib, name).__doc__


@each_module
def test_whatever_is_public_has_a_docstring(name: str) -> None:
    tree = ast.parse(source(name))
    assert ast.get_docstring(tree), "the module has none"
    outer = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    inner = [
        node
        for parent in outer
        if isinstance(parent, ast.ClassDef) and parent.name[0] != "_"
        for node in parent.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    without = [
        node.name
        for node in [*outer, *inner]
        if node.name[0] != "_" and not ast.get_docstring(node)
    ]
    assert without == []


@each_module
def test_a_module_is_short_enough_to_be_read(name: str) -> None:
    assert lines_of_code(source(name)) <= MOST_LINES


def test_importing_the_package_loads_nothing_heavy_and_starts_nothing() -> None:
    script = """
import sys, threading
before = set(sys.modules)
import wslib
loaded = set(sys.modules) - before
tops = {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names)
print(*sorted(tops))
print(*sorted(name for name in loaded if name.startswith("wslib")))
print("asyncio" in loaded, threading.active_count())
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "wslib",
        "wslib wslib.errors wslib.frames wslib.handshake wslib.http1",
        "False 1",
    ]


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()
