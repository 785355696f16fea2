"""Nodes of a stream as far as they were looked at: columns that grow."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.tiles import TileNodes
from loaders.tiles.objects import LEVEL

# ``is_tile``: a tile, and not only a place to go on from; it may be empty. ``place`` are the numbers of a `Place`,
# ``context`` that of its context, ``row`` the object it belongs to.
NODE = np.dtype(
    [
        ("parent", np.int32),
        ("bounds_m", np.float64, 6),
        ("error_m", np.float64),
        ("replaces", np.bool_),
        ("is_tile", np.bool_),
        ("has_content", np.bool_),
        ("expands", np.bool_),
        ("num_bytes", np.int64),
        ("place", np.int32, 6),
        ("context", np.int32),
        ("row", np.int32),
    ]
)
Nodes = NDArray[Any]  # of `NODE`


class KnownNodes:
    """Nodes by number, from ``first`` on. Whoever shares it takes turns."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._size = 0
        self._nodes: Nodes = np.zeros(256, NODE)
        self._below: dict[int, tuple[int, int]] = {}

    def __len__(self) -> int:
        return self._size

    def of(self, number: int) -> Any:
        """One node; raises IndexError for a number that is not known."""
        index = number - self._first
        if not 0 <= index < self._size:
            raise IndexError(f"node {number}")
        return self._nodes[index].copy()

    def append(self, nodes: Nodes) -> tuple[int, int]:
        """More nodes; gives the number of the first, and how many."""
        start, self._size = self._size, self._size + len(nodes)
        if self._size > len(self._nodes):
            grown = np.zeros(max(self._size, 2 * len(self._nodes)), NODE)
            grown[:start] = self._nodes[:start]
            self._nodes = grown
        self._nodes[start : self._size] = nodes
        return self._first + start, len(nodes)

    def put_below(self, number: int, nodes: Nodes) -> TileNodes:
        """What was found below a node; where that is known already, the same as before."""
        if number not in self._below:
            nodes = nodes.copy()
            nodes["parent"] = number
            self._below[number] = self.append(nodes)
        found = self.below(number)
        assert found is not None
        return found

    def below(self, number: int) -> TileNodes | None:
        """What stands below a node; None until that was looked at."""
        span = self._below.get(number)
        return None if span is None else self.columns(*span)

    def columns(self, first: int, count: int) -> TileNodes:
        """Some nodes as the streamer wants them."""
        nodes = self._nodes[first - self._first :][:count]
        return TileNodes(
            parents=nodes["parent"].copy(),
            bounds_m=nodes["bounds_m"].copy(),
            errors_m=nodes["error_m"].copy(),
            replaces=nodes["replaces"].copy(),
            has_content=nodes["is_tile"].copy(),
            expands=nodes["expands"].copy(),
            levels=np.full(count, int(LEVEL), np.int8),
            optional=np.zeros(count, np.bool_),
            num_bytes=nodes["num_bytes"].copy(),
            first=first,
        )
