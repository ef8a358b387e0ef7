"""What goes into a hash is seen, however it is reached, and nothing is changed."""

import functools
import hashlib
from hashlib import sha1
from typing import Any

import pytest

from wslib.check.hashed import Hashed, hashed

SEEN = [Hashed("sha1", b"key+guid")]


def by_module(key: str) -> str:
    return hashlib.sha1((key + "+guid").encode()).hexdigest()


def by_name(key: str) -> str:
    return sha1((key + "+guid").encode()).hexdigest()


def by_new(key: str) -> str:
    return hashlib.new("sha1", (key + "+guid").encode()).hexdigest()


def in_pieces(key: str) -> bytes:
    state = sha1()
    state.update(key.encode())
    state.update(memoryview(b"+guid"))
    return state.digest()


def helper(text: str) -> bytes:
    return sha1(text.encode()).digest()


def by_a_function_beside_it(key: str) -> bytes:
    return helper(key + "+guid")


def with_options(key: str, *, guid: str = "+guid") -> bytes:
    return sha1((key + guid).encode(), usedforsecurity=False).digest()


def enclosed() -> Any:
    guid = "+guid"
    return lambda key: sha1((key + guid).encode()).digest()


def by_an_import_of_its_own(key: str) -> bytes:
    import hashlib as hashes
    from hashlib import sha1 as made

    assert hashes.sha1 is made
    return made((key + "+guid").encode()).digest()


@pytest.mark.parametrize(
    "function",
    [
        by_module,
        by_name,
        by_new,
        in_pieces,
        by_a_function_beside_it,
        with_options,
        enclosed(),
        by_an_import_of_its_own,
    ],
)
def test_what_was_hashed_is_seen(function: Any) -> None:
    assert hashed(function, "key") == SEEN


def test_every_hash_is_seen_in_order_with_its_name() -> None:
    def two(key: str) -> None:
        hashlib.md5(key.encode())
        hashlib.new("sha256")

    assert hashed(two, "key") == [Hashed("md5", b"key"), Hashed("sha256", b"")]


def test_the_watched_hash_gives_what_the_real_one_gives() -> None:
    given: list[str] = []

    def keeps(key: str) -> None:
        given.append(sha1(key.encode()).hexdigest())

    assert hashed(keeps, "key") == [Hashed("sha1", b"key")]
    assert given == [hashlib.sha1(b"key").hexdigest()]


def test_nothing_of_the_student_is_changed() -> None:
    before = dict(globals())
    hashed(by_a_function_beside_it, "key")
    assert globals() == before
    assert helper.__globals__["sha1"] is hashlib.sha1 is sha1


@pytest.mark.parametrize(
    "function",
    [functools.partial(by_name), len, print, "no function", None],
    ids=lambda v: "",
)
def test_what_cannot_be_watched_shows_nothing(function: Any) -> None:
    assert hashed(function, "key") == []


@pytest.mark.parametrize("error", [ValueError, SystemExit, KeyboardInterrupt])
def test_a_function_that_fails_shows_what_it_hashed_before(error: Any) -> None:
    def fails(key: str) -> None:
        sha1(key.encode())
        raise error

    assert hashed(fails, "key") == [Hashed("sha1", b"key")]


def test_wrong_arguments_to_a_hash_show_nothing() -> None:
    def text(key: str) -> None:
        sha1(key)  # type: ignore[arg-type]

    assert hashed(text, "key") == []
