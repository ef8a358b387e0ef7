"""Watch what a student's function puts into a hash.

A hash has no way back: from a wrong accept value alone, nobody can tell what went in.
So run the function once more, with hash functions that note what they are given:

    hashed(accept_key, "dGhl...")     [Hashed(name='sha1', data=b'dGhl...258EAFA5-...')]

Nothing of the student's is changed. A copy of the function is made that finds watched
ones where the original finds ``hashlib``, or ``sha1``; and so are copies of the
functions beside it that it may call.
"""

import builtins
import hashlib
from collections.abc import Callable
from types import FunctionType, SimpleNamespace
from typing import Any, NamedTuple

from wslib.check.sandbox import attempt, quiet


class Hashed(NamedTuple):
    """What one hash was given.

    Attributes:
        name: The hash function, such as ``sha1``.
        data: All that went in, one ``update`` after the other.
    """

    name: str
    data: bytes


class _Watched:
    """A hash object that notes what goes in, and is else as the real one."""

    def __init__(self, real: Any, data: bytes) -> None:
        self._real = real
        self.fed = data

    def update(self, data: bytes) -> None:
        self._real.update(data)
        self.fed += bytes(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def hashed(function: Any, *arguments: Any) -> list[Hashed]:
    """Call a function and return what it hashed, in order; empty if that is not seen.

    Args:
        function: The student's; only a plain function can be watched.
        arguments: Passed to it.
    """
    if not isinstance(function, FunctionType):
        return []
    seen: list[_Watched] = []

    def watched(real: Callable[..., Any]) -> Callable[..., _Watched]:
        def make(*args: Any, **options: Any) -> _Watched:
            given = args[1:] if real is hashlib.new else args  # behind the name
            one = _Watched(real(*args, **options), bytes(given[0]) if given else b"")
            seen.append(one)
            return one

        return make

    makers = {
        name: watched(getattr(hashlib, name))
        for name in ("new", *hashlib.algorithms_guaranteed)
    }
    with quiet():
        attempt(_copied(function, makers), *arguments, limit=1.0)
    return [Hashed(str(one.name), one.fed) for one in seen]


def _copied(
    function: FunctionType, makers: dict[str, Callable[..., _Watched]]
) -> FunctionType:
    """Return a copy of a function that uses the makers instead of hashlib's own."""
    module = SimpleNamespace(**(vars(hashlib) | makers))
    instead = {id(getattr(hashlib, name)): make for name, make in makers.items()}
    names: dict[str, Any] = {}

    def copy(original: FunctionType) -> FunctionType:
        made = FunctionType(
            original.__code__,
            names,
            original.__name__,
            original.__defaults__,
            original.__closure__,
        )
        made.__kwdefaults__ = original.__kwdefaults__
        return made

    def imported(name: str, *how: Any) -> Any:
        found = builtins.__import__(name, *how)
        return module if found is hashlib else found

    for name, value in function.__globals__.items():
        if value is hashlib:
            value = module
        elif isinstance(value, FunctionType):
            if value.__globals__ is function.__globals__:
                value = copy(value)
        names[name] = instead.get(id(value), value)
    names["__builtins__"] = vars(builtins) | {"__import__": imported}
    return copy(function)
