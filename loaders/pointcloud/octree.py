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
SUBTREE_POINTS = 1_500_000  # what is sorted into nodes at a time

Index = NDArray[np.int64]


class Node(NamedTuple):
    """Some points of the tree, at most about ``spacing_m`` apart.

    ``covered`` (n,) tells between which of them the nodes below put others; the rest is as fine as it gets.
    """

    number: int
    parent: int
    spacing_m: float
    covered: NDArray[np.bool_]
    stored: Stored


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
        self._above: dict[tuple[int, int], list[Stored]] = {}
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
            stored = np.concatenate(parts)
            covered = np.ones(len(stored), np.bool_)
            yield Node(number, self.parents[number], self.spacing_m(depth), covered, stored)

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
        for depth in range(subtree.depth):
            picked = self._picked(codes, stored, depth)
            if subtree.depth - depth > GRID_BITS:
                picked = self._where_none_was(picked, codes, depth)
            prefix = subtree.prefix >> 3 * (subtree.depth - depth)
            self._above[depth, prefix].append(stored[picked])
            codes, stored = codes[~picked], stored[~picked]
        depth = subtree.depth
        while len(codes):
            kept, made = self._level(codes, stored, depth)
            yield from made
            codes, stored = codes[kept], stored[kept]
            depth += 1

    def _picked(self, codes: Codes, stored: Stored, depth: int) -> NDArray[np.bool_]:
        """One point of each cell of the nodes of a depth: the one nearest to its middle."""
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

    def _level(self, codes: Codes, stored: Stored, depth: int) -> tuple[NDArray[np.bool_], list[Node]]:
        """The nodes of a depth, and which points go on to the next."""
        prefixes = codes >> np.uint64(3 * (CODE_BITS - depth))
        starts = _starts(prefixes)
        counts = np.diff(np.append(starts, len(codes)))
        divides = (counts > LEAF_POINTS) & (depth < DEEPEST)
        taken = np.repeat(~divides, counts)
        if divides.any():
            inner = np.flatnonzero(~taken)
            taken[inner] = self._picked(codes[inner], stored[inner], depth)
            rest = np.flatnonzero(~taken)
            children = _starts(codes[rest] >> np.uint64(3 * (CODE_BITS - depth - 1)))
            sizes = np.diff(np.append(children, len(rest)))
            taken[rest[np.repeat(sizes < SMALL_POINTS, sizes)]] = True
        octants = codes >> np.uint64(3 * (CODE_BITS - depth - 1))
        covered = np.isin(octants, octants[_starts_of(octants, ~taken)]) if not taken.all() else ~taken
        made = []
        for start, count in zip(starts.tolist(), counts.tolist(), strict=True):
            mine = taken[start : start + count]
            number = self._number(depth, int(prefixes[start]), refined=not mine.all())
            span = slice(start, start + count)
            spacing_m = self.spacing_m(depth)
            made.append(Node(number, self.parents[number], spacing_m, covered[span][mine], stored[span][mine]))
        return ~taken, made


def _starts_of(keys: Codes, some: NDArray[np.bool_]) -> Index:
    """One of each run of equal keys among ``some``."""
    places = np.flatnonzero(some)
    return places[_starts(keys[places])]


def _starts(keys: Codes) -> Index:
    """Where runs of equal keys begin."""
    if not len(keys):
        return np.zeros(0, np.int64)
    return np.concatenate([[0], np.flatnonzero(keys[1:] != keys[:-1]) + 1])
