"""What is special in a notebook: which cell runs, stubs, and errors one can read.

A server that has been stopped is met daily. The libraries tell it in forty lines,
nearly all of them about their own inside. Once a service has started, a cell tells what
happens on a network in three: where, what, and what to do. ``%tb`` shows the rest.
"""

import dis
import linecache
import sys
import traceback
from types import CodeType, TracebackType
from typing import Any

__all__ = ["current_cell", "is_stub", "shell", "shorten_errors", "where"]

# What to do, by the name of the error or of what it is a kind of: the first that fits.
# fmt: off
_WHAT_TO_DO = {
    "KeyboardInterrupt": "You stopped it. The cells that ran before are as they were.",
    "ConnectionRefusedError": "Nothing listens there. Was the server stopped? Run the "
        "cell that starts it, then this one.",
    "WebSocketConnectionClosedException": "This connection is over. Run the cell that "
        "connects, then this one.",
    "ConnectionClosed": "This connection is over. Run the cell that connects, then "
        "this one.",
    "BrokenPipeError": "The other side has gone. Run the cell that connects, then this "
        "one.",
    "ConnectionError": "The other side has ended the connection. Run the cell that "
        "connects, then this one.",
    "WebSocketBadStatusException": "A server answered, and not with 101: its answer "
        "says why.",
    "WebSocketTimeoutException": "Nothing came in the time that the client waits. Had "
        "it asked for anything? Is the server still there?",
    "TimeoutError": "Nothing came in the time that was set. Is there anything to come, "
        "and is the other side still there?",
    "gaierror": "There is no machine of this name. The course's servers are at "
        "127.0.0.1.",
    "SSLError": "The two could not agree on a secure line: the message says who "
        "objected.",
    "WebSocketException": "", "WslibError": "",
}
# fmt: on


def current_cell() -> tuple[str, str] | None:
    """Return the cell that runs and this run of it; None outside a notebook.

    JupyterLab tells the kernel the cell's id; a runner that does not is taken at the
    cell's text.
    """
    kernels = shell()
    parent = kernels.get_parent() if hasattr(kernels, "get_parent") else None
    if not parent:
        return None
    cell = parent.get("metadata", {}).get("cellId") or parent["content"].get("code", "")
    return str(cell), str(parent["header"]["msg_id"])


def is_stub(function: object) -> bool:
    """Tell whether a function still has nothing but ``...`` for a body."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return False
    harmless = {"RESUME", "NOP", "POP_TOP", "CACHE", "COPY_FREE_VARS"}
    harmless |= {"RETURN_GENERATOR", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}
    # what the compiler adds around the body of an async function, from 3.12 on
    harmless |= {"CALL_INTRINSIC_1", "RERAISE"}
    names = {instruction.opname for instruction in dis.get_instructions(code)}
    constants = [c for c in code.co_consts if c is not None and c is not Ellipsis]
    docstring = [function.__doc__] if getattr(function, "__doc__", None) else []
    return names <= harmless and constants in ([], docstring)


def where(exc: BaseException, function: object) -> str:
    """Return the line of the student's code that raised, if it can be told."""
    code = getattr(function, "__code__", None)
    if code is None:
        return ""
    lines = [
        frame
        for frame in traceback.extract_tb(exc.__traceback__)
        if frame.filename == code.co_filename
    ]
    if not lines or not lines[-1].line:
        return ""
    return f", at `{lines[-1].line}`"


def shorten_errors() -> None:
    """Have cells tell what happens on a network in three lines; elsewhere, nothing."""
    kernels = shell()
    if hasattr(kernels, "set_custom_exc") and not kernels.custom_exceptions:
        kernels.set_custom_exc((Exception, KeyboardInterrupt), _show)


def shell() -> Any:
    """Return the IPython shell that runs the cells; None outside of IPython."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def _show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> list[str]:
    """Show an error, in IPython's way or in ours; return the lines of ours."""
    names = [each.__name__ for each in kind.__mro__]
    known = next((name for name in _WHAT_TO_DO if name in names), None)
    if known is None:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
        return []
    sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace  # for %tb
    said = " ".join(str(error).partition(" -+-+- ")[0].split())  # no heads, no body
    what = f"\x1b[31m{kind.__name__}\x1b[39m: {said}".removesuffix(": ")
    then = f"{_WHAT_TO_DO[known]} (%tb shows the whole way here.)".lstrip()
    lines = [*_where(shell, trace), what, then]
    shell._showtraceback(kind, error, lines)
    return lines


def _where(shell: Any, trace: TracebackType) -> list[str]:
    """Return the line of a cell at which it happened, if there is one."""
    for frame, number in reversed(list(traceback.walk_tb(trace))):
        if frame.f_globals is shell.user_ns:
            line = linecache.getline(frame.f_code.co_filename, number).strip()
            return [f"At line {number}: {line}"]
    return []
