"""What is handed over, and what is told meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from loaders.model.errors import Finding
from loaders.model.frames import Georeference
from loaders.tileset import Tileset


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A layer as it stood when it was asked for; ``georeference`` says where in the CRS of the whole."""

    name: str
    tileset: Tileset
    georeference: Georeference


class Written(NamedTuple):
    """How many objects were written into how many bytes, and what was left out."""

    objects: int
    num_bytes: int
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Telling:
    """``share`` hears of each step with what is done of all (0 to 1), and may raise; ``tr`` gives words to a key."""

    share: Callable[[float], None] = lambda _share: None
    tr: Callable[[str], str] = str


def firsts(parts: Sequence[Part]) -> Iterator[tuple[int, Part]]:
    """Each part with the number of its first object: objects are numbered through all parts."""
    first = 0
    for part in parts:
        yield first, part
        first += part.tileset.num_objects
