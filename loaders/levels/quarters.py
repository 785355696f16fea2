"""A quadtree over many things that stand on the ground: merged from afar, then a plain solid each, then as they are."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from loaders.levels.parts import tile
from loaders.levels.pieces import Index, Pieces
from loaders.levels.plan import PlannedTile, Proxies, group
from loaders.levels.prisms import Buildings
from loaders.levels.solids import Colour, Floats, Solid
from loaders.model.meshes import MeshChunk
from loaders.model.tables import CimLevel

_CELLS = 32  # along the side of a quarter: what stands in one cell is merged
_CELL_ERROR = 0.5  # of a cell's width: no wall of what stands in it is further from the solid
_PAYS = 0.6
_DEEPEST = 24


class Shape(Protocol):
    """What stands in for things from afar. ``error_m`` is what is wrong of one thing's own solid."""

    error_m: float
    triangles_each: int  # of a merged solid
    tile_triangles: int  # of the things themselves, in one tile

    @property
    def figures(self) -> Buildings:
        """Of all things."""

    def solids(self, centres_m: Floats, sizes_m: Floats, low_m: Floats, high_m: Floats, colours: Colour, /) -> Solid:
        """Solids of centres and sizes (k, 2), heights (k,) and colours (k, 4): eight or six corners each, in turn."""

    def num_triangles(self, members: Index) -> int:
        """Of the solids of some things."""

    def chunk(self, members: Index) -> MeshChunk:
        """The solids of some things, with their own rows."""


class Quarters:
    """The tree over things of one level."""

    def __init__(self, pieces: Pieces, level: int, shape: Shape, proxies: Proxies) -> None:
        self._pieces = pieces
        self._level = level
        self._shape = shape
        self._proxies = proxies
        self._figures = shape.figures
        self._order = np.argsort(pieces.row, kind="stable")
        self._first = np.searchsorted(pieces.row[self._order], self._figures.rows)
        self._last = np.searchsorted(pieces.row[self._order], self._figures.rows, side="right")

    def tree(self) -> PlannedTile:
        """All of them."""
        centres = self._figures.centres_m
        low, high = centres.min(axis=0), centres.max(axis=0)
        width = max(float((high - low).max()), 1.0) * (1.0 + 1e-9)
        return self._node(np.arange(len(self._figures)), low, width, 0)

    def _node(self, members: Index, corner_m: NDArray[np.float64], width_m: float, depth: int) -> PlannedTile:
        total = int(self._figures.num_triangles[members].sum())
        if total <= self._shape.tile_triangles or len(members) == 1 or depth == _DEEPEST:
            return self._merged(members, width_m, [self._leaf(members)])
        half = width_m / 2.0
        quarter = np.minimum(np.floor((self._figures.centres_m[members] - corner_m) / half), 1).astype(int)
        children = []
        for number in range(4):
            offset = np.array([number % 2, number // 2])
            inside = members[(quarter == offset).all(axis=1)]
            if len(inside):
                children.append(self._node(inside, corner_m + offset * half, half, depth + 1))
        if len(children) == 1:
            return children[0]
        return self._merged(members, width_m, children)

    def _merged(self, members: Index, width_m: float, children: list[PlannedTile]) -> PlannedTile:
        """One solid for what stands together, in front of ``children``, where that is much less than they are."""
        cell_m = width_m / _CELLS
        merged = _Merged(self._figures.take(members), cell_m)
        shown = self._figures.num_triangles[members].sum() if len(children) > 1 else self._num_shown(members)
        error_m = _CELL_ERROR * cell_m
        if self._shape.triangles_each * len(merged.rows) > _PAYS * int(shown) or error_m <= self._shape.error_m:
            return children[0] if len(children) == 1 else group(children, np.inf)
        rows = np.array([self._proxies.add(some) for some in merged.members])
        chunk = merged.chunk(rows, self._shape)
        return PlannedTile(
            lambda: [chunk], int(CimLevel.BLOCK), error_m, replaces=True, stands_in=True, children=children
        )

    def _num_shown(self, members: Index) -> int:
        """Triangles of what a leaf shows from afar."""
        if self._level <= CimLevel.BLOCK:
            return int(self._figures.num_triangles[members].sum())
        return self._shape.num_triangles(members)

    def _leaf(self, members: Index) -> PlannedTile:
        chosen = np.concatenate([self._order[self._first[m] : self._last[m]] for m in members])
        full = tile(self._pieces.take(np.sort(chosen)), self._level)
        if self._level <= CimLevel.BLOCK:
            return full
        return PlannedTile(
            lambda: [self._shape.chunk(members)],
            int(CimLevel.BLOCK),
            self._shape.error_m,
            replaces=True,
            stands_in=True,
            children=[full],
        )


class _Merged:
    """One solid for all things of a cell: as much ground as they cover, as high as they are in the mean."""

    def __init__(self, figures: Buildings, cell_m: float) -> None:
        cells = np.floor(figures.centres_m / cell_m).astype(np.int64)
        _, place = np.unique(cells, axis=0, return_inverse=True)
        place = place.ravel()
        count = int(place.max()) + 1
        self._area = np.bincount(place, figures.footprint_m2, count)
        self._figures, self._place = figures, place
        low = np.full((count, 3), np.inf)
        high = np.full((count, 3), -np.inf)
        np.minimum.at(low, place, figures.boxes_m[:, :3])
        np.maximum.at(high, place, figures.boxes_m[:, 3:])
        self._low, self._high = low, high
        order = np.argsort(place, kind="stable")
        self.members = np.split(figures.rows[order], np.cumsum(np.bincount(place, minlength=count))[:-1])
        self.rows = np.arange(count)

    def _mean(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        weights = self._figures.footprint_m2
        return np.bincount(self._place, weights * values, len(self.rows)) / np.maximum(self._area, 1e-30)

    def chunk(self, rows: Index, shape: Shape) -> MeshChunk:
        figures = self._figures
        sizes = self._high[:, :2] - self._low[:, :2]
        around = np.maximum(sizes[:, 0] * sizes[:, 1], 1e-9)
        sizes = sizes * np.sqrt(np.minimum(self._area / around, 1.0))[:, None]
        centres = np.stack([self._mean(figures.centres_m[:, 0]), self._mean(figures.centres_m[:, 1])], axis=1)
        heights = self._mean(figures.high_m - figures.low_m)
        colours = np.stack([self._mean(figures.colours[:, axis].astype(float)) for axis in range(4)], axis=1)
        origin = np.append(centres.mean(axis=0), self._low[:, 2].min())
        low = self._mean(figures.low_m) - origin[2]
        solid = shape.solids(centres - origin[:2], sizes, low, low + heights, colours.round().astype(np.uint8))
        return standing_chunk(solid, origin, np.repeat(rows, len(solid.points_m) // max(len(rows), 1)))


def standing_chunk(solid: Solid, origin_m: Floats, rows: Index) -> MeshChunk:
    """A chunk of solids that stand on the ground: nobody sees their floors, nor their insides."""
    return MeshChunk(
        origin_m,
        solid.points_m.astype(np.float32),
        solid.triangles.astype(np.uint32),
        rows.astype(np.uint32),
        solid.colours,
        closed=True,
    )
