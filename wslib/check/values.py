"""Values and outcomes, made comparable: when two of them are alike."""

import re
import struct
from collections.abc import Sequence
from typing import Any

from wslib.check.sandbox import Outcome

Arguments = tuple[Any, ...]
_RANGE = re.compile("requires|range|large")
_BYTE = re.compile(r"range\(0, 256\)|<= number <= 255")


def fresh(arguments: Arguments) -> Arguments:
    """Return arguments that are equal, but not the same objects.

    So a function may change what it is given, and one that compares by identity, with
    ``is``, is found out.
    """
    return tuple(map(_fresh, arguments))


def _fresh(value: Any) -> Any:
    if type(value) is list:
        return [_fresh(each) for each in value]
    if type(value) is dict:
        return dict(value)
    if type(value) is str:
        return (value + " ")[:-1] if len(value) > 1 else value
    return value


def plain_value(value: Any, due: Any) -> Any:
    """Return a student's value as the type that is due, where that makes no difference.

    Right is right in whatever style: a ``bytearray`` for bytes, 1 for True, a tuple for
    a list or the other way round, a subclass of ``list``, ``str`` or ``int``.
    """
    if isinstance(due, bytes) and isinstance(value, bytes | bytearray):
        return bytes(value)
    if isinstance(due, bool):
        return bool(value) if type(value) is int and value in (0, 1) else value
    if isinstance(due, list) and isinstance(value, tuple):
        return list(value)
    if isinstance(due, list) and isinstance(value, list):
        return list.copy(value)
    if isinstance(due, tuple) and isinstance(value, tuple | list):
        return tuple(value)
    if isinstance(due, str) and isinstance(value, str):
        return str.__str__(value)
    if isinstance(due, int) and isinstance(value, int) and not isinstance(value, bool):
        return int(value)
    return value


def same(value: Any, other: Any) -> bool:
    """Tell whether two values are alike in value and in type; nan is like nan."""
    if type(value) is not type(other):
        return False
    try:
        return bool(value == other or (value != value and other != other))
    except Exception:  # an array, say, whose comparison is no yes or no
        return False


def values_of(seen: Sequence[Outcome]) -> list[Any]:
    """Return the values among some outcomes."""
    return [o.value for o in seen if o.error is None and not o.timed_out]


def all_the_same(values: Sequence[Any]) -> bool:
    """Tell whether all values are alike."""
    return all(same(value, values[0]) for value in values)


def alike(seen: Outcome, other: Outcome) -> bool:
    """Tell whether two outcomes are alike: the same value, the same kind of error."""
    if seen.timed_out or other.timed_out:
        return seen.timed_out and other.timed_out
    if seen.error is not None or other.error is not None:
        return (
            seen.error is not None
            and other.error is not None
            and kind(seen.error) == kind(other.error)
        )
    return same(seen.value, other.value)


def kind(error: BaseException) -> object:
    """Return what kind of exception it is: types that say the same are one kind."""
    if isinstance(error, struct.error) and "unpack" in str(error):
        return struct.error
    if isinstance(error, ValueError | struct.error) and _BYTE.search(str(error)):
        return "more than a byte holds"
    if isinstance(error, TypeError | AttributeError) and "NoneType" in str(error):
        return "None, and a value is wanted"
    too_big = isinstance(error, struct.error) and _RANGE.search(str(error))
    if too_big or isinstance(error, OverflowError):
        return "more than so many bytes hold"
    return type(error)
