"""The package as a whole: its rooms, its doors, who imports whom, what that costs."""

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
from wslib import labs

PACKAGE = Path(wslib.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
    if path.stem != "__init__"
)
ROOMS = sorted(
    ".".join(path.parent.relative_to(PACKAGE).parts)
    for path in PACKAGE.rglob("__init__.py")
    if path.parent != PACKAGE
)
DOORS = [room for room in ROOMS if room != "labs"]  # labs has a door for each lab
PURE = {"errors", "http1", "handshake", "frames", "messages", "protocol", "deflate"}
PURE |= {"hixie76"}
# Each imports only from those before it, and from its own room.
ORDER = [
    PURE | {"direction"},
    {"endpoint"},
    {"notebook"},
    {"service"},
    {"relay"},
    {"raw_client", "page", "server"},
    {"show"},
    {"labs"},
    {"setup_check"},
    {"check"},
]
DOOR_LISTS = {
    room: getattr(importlib.import_module(f"wslib.{room}"), "__all__", [])
    for room in ROOMS
}
MOST_LINES = 300
PAGE_OF = dict(re.findall(r"^    (\w+) +of (\d\d)$", labs.__doc__ or "", re.MULTILINE))
LABS = list(PAGE_OF)  # in the order of the map

each_module = pytest.mark.parametrize("name", MODULES)
each_door = pytest.mark.parametrize("room", DOORS)


def source(name: str) -> str:
    path = PACKAGE / name.replace(".", "/")
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return path.read_text(encoding="utf-8")


def room_of(name: str) -> str:
    """Return the room of a module, empty at the top level."""
    parts = name.split(".")
    if parts[0] == "labs":
        return ".".join(parts[:2])
    return parts[0] if parts[0] in ROOMS else ""


def place(name: str) -> int:
    """Return where a module stands in the order of imports."""
    top = name.split(".")[0]
    return next(i for i, group in enumerate(ORDER) if top in group)


def imported(tree: ast.AST) -> set[str]:
    """Return the modules of wslib that are imported anywhere in a tree."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "a relative import"
            module = str(node.module)
            names.add(module)
            door = DOOR_LISTS.get(module.removeprefix("wslib."), [])
            given = [alias.name for alias in node.names if alias.name not in door]
            inner = {f"{module}.{name}" for name in given}
            names |= {n for n in inner if n.removeprefix("wslib.") in MODULES}
    inside = {name.removeprefix("wslib.") for name in names if "wslib." in name}
    return inside & {*MODULES, *ROOMS}


def public(tree: ast.Module) -> set[str]:
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


def test_the_top_level_is_what_the_map_in_the_docstring_shows() -> None:
    shown = re.findall(r"^    (\w+)/? {2,}\S", wslib.__doc__ or "", re.MULTILINE)
    assert sorted(shown) == sorted({name.split(".")[0] for name in [*MODULES, *ROOMS]})


@each_door
def test_a_door_shows_each_file_behind_it(room: str) -> None:
    door = importlib.import_module(f"wslib.{room}")
    behind = [name.rpartition(".")[2] for name in MODULES if room_of(name) == room]
    for name in behind:
        if room == "check" and name[:2] == "nb":
            continue  # named after the exercise
        assert re.search(rf"\b{name}\b", door.__doc__ or ""), (
            f"{name} is not on the map"
        )


@each_module
def test_a_module_imports_only_from_those_before_it(name: str) -> None:
    for other in imported(ast.parse(source(name))):
        if room_of(name) and room_of(other) == room_of(name):
            continue
        assert place(other) <= place(name), f"{name} imports {other}"
        if name.startswith("labs.") and other.startswith("labs."):
            mine, theirs = (LABS.index(room_of(each)[5:]) for each in (name, other))
            assert PAGE_OF[LABS[mine]] == PAGE_OF[LABS[theirs]] and theirs < mine, (
                f"{name} imports {other}: it is of another page, or comes later"
            )


def test_no_import_goes_round_in_a_circle() -> None:
    ahead = {name: imported(ast.parse(source(name))) for name in [*MODULES, *ROOMS]}
    done: set[str] = set()
    while ahead.keys() - done:
        free = {n for n in ahead.keys() - done if ahead[n] - {n} <= done}
        assert free, f"a circle among {sorted(ahead.keys() - done)}"
        done |= free


@each_module
def test_a_room_is_entered_by_its_door(name: str) -> None:
    for other in imported(ast.parse(source(name))):
        if other in ROOMS or not room_of(other) or room_of(other) == room_of(name):
            continue
        raise AssertionError(f"{name} imports {other}, which is behind a door")


@pytest.mark.parametrize("name", sorted(PURE | {"direction"}))
def test_the_protocol_knows_no_socket_no_thread_and_no_clock(name: str) -> None:
    tree = ast.parse(source(name))
    used = {
        alias.name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {
        str(node.module).split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
    }
    assert used <= {"wslib", *sys.stdlib_module_names}
    assert not used & {"socket", "threading", "asyncio", "time", "select", "ssl"}


def test_each_name_is_listed_once() -> None:
    found: dict[str, str] = {}
    for name in [*MODULES, *ROOMS]:
        listed = getattr(importlib.import_module(f"wslib.{name}"), "__all__", [])
        assert len(listed) == len(set(listed)), name
        if room_of(name) and name not in ROOMS:
            assert not listed, f"{name} is behind a door, which lists its names"
        if name in ("hixie76", "check"):  # the museum; the names that students write
            continue
        for each in listed:
            where = found.setdefault(each, name)
            assert where == name, f"{each} is listed in {where} and in {name}"
    assert wslib.__all__ == ["accept_key"]


@each_module
def test_all_lists_the_public_names_and_nothing_that_is_not_there(name: str) -> None:
    if room_of(name):
        return
    module = importlib.import_module(f"wslib.{name}")
    defined = public(ast.parse(source(name))) - {"main"}
    assert defined <= set(module.__all__)
    for other in module.__all__:
        assert hasattr(module, other), f"{other} is in __all__ and nowhere else"


@each_door
def test_a_door_lists_at_most_twenty_names_but_for_the_exercises(room: str) -> None:
    door = importlib.import_module(f"wslib.{room}")
    assert all(hasattr(door, name) for name in door.__all__)
    assert room == "check" or len(door.__all__) <= 20


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
    table = "nb" in name  # most of an exercise is its table of mistakes
    assert lines_of_code(source(name)) <= (400 if table else MOST_LINES)


def test_no_room_but_the_exercises_has_more_than_a_quarter_of_the_lines() -> None:
    sizes = dict.fromkeys(["", *ROOMS], 0)
    for name in MODULES:
        sizes[room_of(name)] += len(source(name).splitlines())
    whole = sum(sizes.values())
    assert all(
        size <= whole / 4 for room, size in sizes.items() if room not in ("check", "")
    )


def loaded_by(statement: str) -> list[str]:
    """Return the lines of a new process that tells what an import loads."""
    script = f"""
import sys, threading
before = set(sys.modules)
{statement}
loaded = set(sys.modules) - before
tops = {{name.partition(".")[0] for name in loaded}} - set(sys.stdlib_module_names)
print(*sorted(tops))
print(*sorted(name for name in loaded if name.startswith("wslib")))
print("asyncio" in loaded, threading.active_count())
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def test_importing_the_package_loads_nothing_heavy_and_starts_nothing() -> None:
    assert loaded_by("import wslib") == [
        "wslib",
        "wslib wslib.errors wslib.handshake wslib.http1",
        "False 1",
    ]


def test_what_a_notebook_shows_can_be_shown_without_the_relay() -> None:
    tops, modules, last = loaded_by("import wslib.show")
    assert tops == "wslib"
    assert "relay" not in modules and "service" not in modules
    assert last == "False 1"


def test_the_package_says_that_it_is_typed() -> None:
    assert (PACKAGE / "py.typed").exists()
