"""What the page is made of: steps, and in each the groups of its bytes.

step    "Text, masked"        one segment, or one record of TLS
part    "payload", "TCP"      a run of its bytes that is counted from 0
group   bytes 2 to 5          bytes that mean one thing, and the sentence on them
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from wslib.direction import Direction


@dataclass(frozen=True)
class Group:
    """Bytes that mean one thing.

    Attributes:
        data: The bytes.
        name: What they are called, in the words of their RFC.
        says: What they say here, in a sentence; `` `code` `` is set as such.
        rfc: Where that stands: ``6455, 5.2``, the RFC and its section.
        kind: How they are filled: ``header``, ``key``, ``payload``, ``secret``.
        text: What they are as text, where they are text.
        mask: The bytes of the masking key, one for each of its bytes, if it is masked.
        bits: The names of its bits and how many each has, of a group of one byte.
    """

    data: bytes
    name: str
    says: str
    rfc: str = ""
    kind: str = "header"
    text: str = ""
    mask: bytes = b""
    bits: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True)
class Part:
    """Groups side by side, from byte 0 on, with no gap.

    Attributes:
        name: What it is, in the page's addresses: empty for what a step is about.
        title: What it is, in words.
        groups: Its groups.
    """

    name: str
    title: str
    groups: Sequence[Group]

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return sum(len(group.data) for group in self.groups)


@dataclass(frozen=True)
class Step:
    """One thing that one side sent.

    Attributes:
        name: Its address in the page, unique.
        direction: Who sent it.
        title: What it is.
        line: What it says, in a few words.
        lead: What is worth knowing before its bytes are read.
        main: The bytes that it is about.
        around: The headers around these.
        time: When it was sent, in microseconds after the connection's first.
        more: What comes of the bytes, as HTML.
    """

    name: str
    direction: Direction
    title: str
    line: str
    lead: str
    main: Part
    around: Sequence[Part] = ()
    time: int = 0
    more: str = field(default="")

    @property
    def size(self) -> int:
        """How many bytes it has, all in all."""
        return self.main.size + sum(part.size for part in self.around)


def count(number: int, what: str = "byte") -> str:
    """Return a number of things, in words."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
