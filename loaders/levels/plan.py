"""Tiles that are to be written, as a tree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from loaders.model.points import Chunk
from loaders.model.tiles import NO_NODE


@dataclass(slots=True, eq=False)
class PlannedTile:
    """A node of the tree; ``make`` gives its chunks, None for a node that only groups others.

    ``error_m``, ``replaces``, ``optional`` and ``level`` are as in `loaders.model.tiles.TileNodes`.
    ``stands_in`` tells that the content is made up for the view from afar, and not the objects themselves.
    ``given`` is its number in the tree that the source brought; ``open_m`` (6,) the box of what streams below it.
    """

    make: Callable[[], Sequence[Chunk]] | None = None
    level: int = 0
    error_m: float = 0.0
    replaces: bool = False
    optional: bool = False
    stands_in: bool = False
    given: int = NO_NODE
    open_m: NDArray[np.float64] | None = None
    children: list[PlannedTile] = field(default_factory=list)


class Proxies:
    """Things that stand in for several objects. In tiles, their rows come after those of all objects."""

    def __init__(self, num_objects: int) -> None:
        self._num_objects = num_objects
        self.members: list[NDArray[np.int64]] = []
        self.representatives: list[int] = []

    def add(self, members: NDArray[np.int64], representative: int = -1) -> int:
        """The row of a thing that stands for the objects ``members``; -1 where none of them represents the rest."""
        self.members.append(np.unique(members))
        self.representatives.append(representative)
        return self._num_objects + len(self.members) - 1

    def __len__(self) -> int:
        return len(self.members)


def group(tiles: list[PlannedTile], error_m: float) -> PlannedTile:
    """Tiles side by side, all wanted when their surroundings are."""
    return PlannedTile(error_m=error_m, children=tiles)
