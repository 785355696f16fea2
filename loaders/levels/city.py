"""The levels of a city model: quarters of merged blocks, a block for each building, buildings as they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loaders.levels.parts import TILE_TRIANGLES, tile, tree_by_size
from loaders.levels.pieces import Index, Pieces
from loaders.levels.plan import PlannedTile, Proxies, group
from loaders.levels.prisms import Buildings, Prisms, buildings_of
from loaders.levels.solids import boxes
from loaders.model.meshes import MeshChunk
from loaders.model.tables import CimLevel

BLOCK_ERROR_M = 4.0  # of a building's block: the shape of its roof
_CELLS = 32  # along the side of a quarter: what stands in one cell is merged
_BOX_TRIANGLES = 10
_CELL_ERROR = 0.5  # of a cell's width: no wall of what stands in it is further from the box
_PAYS = 0.6
_DEEPEST = 24


def plan_city(
    pieces: Pieces, levels: NDArray[np.integer], is_building: NDArray[np.bool_], proxies: Proxies
) -> PlannedTile:
    """The tree over all that is not hidden; ``levels`` and ``is_building`` (n,) by object row."""
    standing = is_building[pieces.row]
    level_of = np.asarray(levels)[pieces.row]
    trees = []
    for level in np.unique(level_of[~standing]):
        trees.append(tree_by_size(pieces.take(~standing & (level_of == level)), int(level)))
    for level in np.unique(level_of[standing]):
        trees.append(_Quarters(pieces.take(standing & (level_of == level)), int(level), proxies).tree())
    return trees[0] if len(trees) == 1 else group(trees, np.inf)


class _Quarters:
    """A quadtree over buildings of one level."""

    def __init__(self, pieces: Pieces, level: int, proxies: Proxies) -> None:
        self._pieces = pieces
        self._level = level
        self._proxies = proxies
        self._figures, self._prisms = buildings_of(pieces)
        self._order = np.argsort(pieces.row, kind="stable")
        self._first = np.searchsorted(pieces.row[self._order], self._figures.rows)
        self._last = np.searchsorted(pieces.row[self._order], self._figures.rows, side="right")

    def tree(self) -> PlannedTile:
        centres = self._figures.centres_m
        low, high = centres.min(axis=0), centres.max(axis=0)
        width = max(float((high - low).max()), 1.0) * (1.0 + 1e-9)
        return self._node(np.arange(len(self._figures)), low, width, 0)

    def _node(self, members: Index, corner_m: NDArray[np.float64], width_m: float, depth: int) -> PlannedTile:
        total = int(self._figures.num_triangles[members].sum())
        if total <= TILE_TRIANGLES or len(members) == 1 or depth == _DEEPEST:
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
        """One box for what stands together, in front of ``children``, where that is much less than they are."""
        cell_m = width_m / _CELLS
        merged = _Merged(self._figures.take(members), cell_m)
        shown = self._figures.num_triangles[members].sum() if len(children) > 1 else self._num_shown(members)
        error_m = _CELL_ERROR * cell_m
        if _BOX_TRIANGLES * len(merged.rows) > _PAYS * int(shown) or error_m <= BLOCK_ERROR_M:
            return children[0] if len(children) == 1 else group(children, np.inf)
        rows = np.array([self._proxies.add(some) for some in merged.members])
        chunk = merged.chunk(rows)
        return PlannedTile(
            lambda: [chunk], int(CimLevel.BLOCK), error_m, replaces=True, stands_in=True, children=children
        )

    def _num_shown(self, members: Index) -> int:
        """Triangles of what a leaf shows from afar."""
        if self._level <= CimLevel.BLOCK:
            return int(self._figures.num_triangles[members].sum())
        wanted = np.zeros(len(self._figures), np.bool_)
        wanted[members] = True
        return int(wanted[self._prisms.owners[self._prisms.triangles[:, 0]]].sum())

    def _leaf(self, members: Index) -> PlannedTile:
        chosen = np.concatenate([self._order[self._first[m] : self._last[m]] for m in members])
        full = tile(self._pieces.take(np.sort(chosen)), self._level)
        if self._level <= CimLevel.BLOCK:
            return full
        return PlannedTile(
            lambda: [self._blocks(members)],
            int(CimLevel.BLOCK),
            BLOCK_ERROR_M,
            replaces=True,
            stands_in=True,
            children=[full],
        )

    def _blocks(self, members: Index) -> MeshChunk:
        """The prisms of some buildings, with their own rows."""
        wanted = np.zeros(len(self._figures), np.bool_)
        wanted[members] = True
        return prisms_chunk(self._prisms, wanted, self._figures)


def prisms_chunk(prisms: Prisms, wanted: NDArray[np.bool_], figures: Buildings) -> MeshChunk:
    """The prisms of some buildings as one chunk, sorted by object row."""
    triangles = prisms.triangles[wanted[prisms.owners[prisms.triangles[:, 0]]]]
    used = np.unique(triangles)
    used = used[np.argsort(prisms.owners[used], kind="stable")]
    moved = np.zeros(len(prisms.points_m), np.int64)
    moved[used] = np.arange(len(used))
    owners = prisms.owners[used]
    order = np.argsort(prisms.owners[triangles[:, 0]], kind="stable")
    return MeshChunk(
        prisms.origin_m,
        prisms.points_m[used],
        moved[triangles[order]].astype(np.uint32),
        figures.rows[owners].astype(np.uint32),
        figures.colours[owners],
    )


class _Merged:
    """One box for all buildings of a cell: as much ground as they cover, as high as they are in the mean."""

    def __init__(self, figures: Buildings, cell_m: float) -> None:
        cells = np.floor(figures.centres_m / cell_m).astype(np.int64)
        _, place = np.unique(cells, axis=0, return_inverse=True)
        place = place.ravel()
        count = int(place.max()) + 1
        weights = figures.footprint_m2
        self._area = np.bincount(place, weights, count)
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

    def chunk(self, rows: Index) -> MeshChunk:
        figures = self._figures
        sizes = self._high[:, :2] - self._low[:, :2]
        around = np.maximum(sizes[:, 0] * sizes[:, 1], 1e-9)
        sizes = sizes * np.sqrt(np.minimum(self._area / around, 1.0))[:, None]
        centres = np.stack([self._mean(figures.centres_m[:, 0]), self._mean(figures.centres_m[:, 1])], axis=1)
        heights = self._mean(figures.high_m - figures.low_m)
        colours = np.stack([self._mean(figures.colours[:, axis].astype(float)) for axis in range(4)], axis=1)
        origin = np.append(centres.mean(axis=0), self._low[:, 2].min())
        low = self._mean(figures.low_m) - origin[2]
        solid = boxes(centres - origin[:2], sizes, low, low + heights, colours.round().astype(np.uint8))
        return MeshChunk(
            origin,
            solid.points_m.astype(np.float32),
            solid.triangles.astype(np.uint32),
            np.repeat(rows, 8).astype(np.uint32),
            solid.colours,
        )
