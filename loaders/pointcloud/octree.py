"""The octree of a cloud: every point stands in one node, and what is above is spread evenly among what is below.

A node holds one point for each of 128 x 128 x 128 cells; the rest goes to its children, until few are left.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.tiles import NO_NODE
from loaders.pointcloud.morton import CODE_BITS, PLACE_BITS, Codes, Cube
from loaders.pointcloud.spill import Spill, Stored

GRID_BITS = 7
DEEPEST = CODE_BITS - GRID_BITS
LEAF_POINTS = 24_000  # fewer are not divided further
SMALL_POINTS = 2_000  # fewer are no node of their own, and stay above
# A surface of round points is wrong by more than they are apart: at the usual 8 pixels they are 3 pixels apart.
ERROR_OF_SPACING = 2.5
_COVERED = 0.5  # of a node's spacing: where the cloud is finer than that, what is below shows it
_SEVERAL = 6  # points in a cell tell how far apart they are
SUBTREE_POINTS = 1_500_000  # what is sorted into nodes at a time

Index = NDArray[np.int64]


class Node(NamedTuple):
    """Some points of the tree, with the spacing of the nodes of its depth.

    ``spacings_m`` (n,) is how far apart the points of the whole cloud are around each of them. ``refined`` tells that
    there are nodes below.
    """

    number: int
    parent: int
    spacing_m: float
    refined: bool
    stored: Stored
    spacings_m: NDArray[np.float32]

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Between which of the points those of the nodes below stand; the rest is about as fine as it gets."""
        return self.spacings_m < _COVERED * self.spacing_m if self.refined else np.zeros(len(self.stored), np.bool_)


class _Sorted(NamedTuple):
    """Points in the order of their codes."""

    codes: Codes
    stored: Stored
    spacings_m: NDArray[np.float32]

    def taken(self, which: NDArray[np.bool_] | slice) -> _Sorted:
        """Some of them."""
        return _Sorted(self.codes[which], self.stored[which], self.spacings_m[which])


class _Subtree(NamedTuple):
    """All points whose codes begin with ``prefix`` at a depth."""

    depth: int
    prefix: int


class Octree:
    """Sorts the points of a spill into nodes, a part at a time. Parents are numbered before their children."""

    def __init__(self, spill: Spill, cube: Cube) -> None:
        self._spill = spill
        self._cube = cube
        self._numbers: dict[tuple[int, int], int] = {}
        self.parents: list[int] = []
        self.errors_m: list[float] = []
        self._above: dict[tuple[int, int], list[_Sorted]] = {}
        self._begun: set[tuple[int, int]] = set()

    def spacing_m(self, depth: int) -> float:
        """How far apart the points of a node of that depth are."""
        return self._cube.size_m / (1 << (depth + GRID_BITS))

    def nodes(self) -> Iterator[Node]:
        """All nodes, those of most points first."""
        for subtree in self._divided(0, 0):
            for depth in range(subtree.depth):
                prefix = subtree.prefix >> 3 * (subtree.depth - depth)
                if (depth, prefix) not in self._numbers:
                    self._number(depth, prefix, refined=True)
                    self._above[depth, prefix] = []
            yield from self._filled(subtree)
        for (depth, prefix), parts in self._above.items():
            number = self._numbers[depth, prefix]
            stored = np.concatenate([part.stored for part in parts])
            spacings_m = np.concatenate([part.spacings_m for part in parts])
            yield Node(number, self.parents[number], self.spacing_m(depth), True, stored, spacings_m)

    def _number(self, depth: int, prefix: int, *, refined: bool) -> int:
        number = self._numbers[depth, prefix] = len(self.parents)
        self.parents.append(self._numbers[depth - 1, prefix >> 3] if depth else NO_NODE)
        self.errors_m.append(ERROR_OF_SPACING * self.spacing_m(depth) if refined else 0.0)
        return number

    def _divided(self, depth: int, prefix: int) -> Iterator[_Subtree]:
        shift = 3 * (CODE_BITS - depth)
        count = self._spill.num_between(prefix << shift, (prefix + 1) << shift)
        if not count:
            return
        if count <= SUBTREE_POINTS or depth == DEEPEST:
            yield _Subtree(depth, prefix)
            return
        for child in range(8):
            yield from self._divided(depth + 1, prefix << 3 | child)

    def _filled(self, subtree: _Subtree) -> Iterator[Node]:
        shift = 3 * (CODE_BITS - subtree.depth)
        codes, stored = self._spill.between(subtree.prefix << shift, (subtree.prefix + 1) << shift)
        points = _Sorted(codes, stored, self._spacings_m(codes, subtree.depth))
        for depth in range(subtree.depth):
            picked = self._picked(points, depth)
            if subtree.depth - depth > GRID_BITS:
                picked = self._where_none_was(picked, points.codes, depth)
            prefix = subtree.prefix >> 3 * (subtree.depth - depth)
            self._above[depth, prefix].append(points.taken(picked))
            points = points.taken(~picked)
        depth = subtree.depth
        while len(points.codes):
            kept, made = self._level(points, depth)
            yield from made
            points = points.taken(kept)
            depth += 1

    def _spacings_m(self, codes: Codes, top: int) -> NDArray[np.float32]:
        """(n,) by the smallest cell around each point that holds several: its side over the root of their number."""
        found = np.zeros(len(codes), np.float32)
        for depth in range(CODE_BITS, top - 1, -1):
            starts = _starts(codes >> np.uint64(3 * (CODE_BITS - depth)))
            counts = np.diff(np.append(starts, len(codes)))
            side_m = self._cube.size_m / (1 << depth)
            spacings = np.where((counts >= _SEVERAL) | (depth == top), side_m / np.sqrt(counts), 0.0)
            found = np.where(found > 0.0, found, np.repeat(spacings.astype(np.float32), counts))
        return found

    def _picked(self, points: _Sorted, depth: int) -> NDArray[np.bool_]:
        """One point of each cell of the nodes of a depth: the one nearest to its middle."""
        codes, stored = points.codes, points.stored
        picked = np.zeros(len(codes), np.bool_)
        if not len(codes):
            return picked
        starts = _starts(codes >> np.uint64(3 * (DEEPEST - depth)))
        bits = PLACE_BITS - depth - GRID_BITS
        away = (stored["place"] & ((1 << bits) - 1)).astype(np.float32) / np.float32(1 << bits) - np.float32(0.5)
        gaps = (np.einsum("ij,ij->i", away, away) * np.float32(1 << 20)).astype(np.uint64)
        best = np.minimum.reduceat((gaps << np.uint64(32)) | np.arange(len(codes), dtype=np.uint64), starts)
        picked[(best & np.uint64(0xFFFFFFFF)).astype(np.int64)] = True
        return picked

    def _where_none_was(self, picked: NDArray[np.bool_], codes: Codes, depth: int) -> NDArray[np.bool_]:
        """Cells larger than a subtree are shared by several: the first that comes has the point."""
        for place in np.flatnonzero(picked).tolist():
            cell = (depth, int(codes[place]) >> 3 * (DEEPEST - depth))
            picked[place] = cell not in self._begun
            self._begun.add(cell)
        return picked

    def _level(self, points: _Sorted, depth: int) -> tuple[NDArray[np.bool_], list[Node]]:
        """The nodes of a depth, and which points go on to the next."""
        codes = points.codes
        prefixes = codes >> np.uint64(3 * (CODE_BITS - depth))
        starts = _starts(prefixes)
        counts = np.diff(np.append(starts, len(codes)))
        divides = (counts > LEAF_POINTS) & (depth < DEEPEST)
        taken = np.repeat(~divides, counts)
        if divides.any():
            inner = ~taken
            taken[inner] = self._picked(points.taken(inner), depth)
            rest = np.flatnonzero(~taken)
            children = _starts(codes[rest] >> np.uint64(3 * (CODE_BITS - depth - 1)))
            sizes = np.diff(np.append(children, len(rest)))
            taken[rest[np.repeat(sizes < SMALL_POINTS, sizes)]] = True
        made = []
        for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
            mine = taken[start : start + count]
            refined = not mine.all()
            number = self._number(depth, int(prefixes[start]), refined=refined)
            _, stored, spacings_m = points.taken(slice(start, start + count)).taken(mine)
            made.append(Node(number, self.parents[number], self.spacing_m(depth), refined, stored, spacings_m))
        return ~taken, made


def _starts(keys: Codes) -> Index:
    """Where runs of equal keys begin."""
    if not len(keys):
        return np.zeros(0, np.int64)
    return np.concatenate([[0], np.flatnonzero(keys[1:] != keys[:-1]) + 1])
