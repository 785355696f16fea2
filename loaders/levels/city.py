"""The levels of a city model: quarters of merged blocks, a block for each building, buildings as they are."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from loaders.levels.crowns import Crowns
from loaders.levels.parts import tree_by_size
from loaders.levels.pieces import Index, Pieces
from loaders.levels.plan import PlannedTile, Proxies, group
from loaders.levels.prisms import Buildings, Prisms, buildings_of
from loaders.levels.quarters import Quarters, Shape
from loaders.levels.solids import boxes
from loaders.model.meshes import MeshChunk

BLOCK_ERROR_M = 4.0  # of a building's block: the shape of its roof


def plan_city(
    pieces: Pieces,
    levels: NDArray[np.integer],
    is_building: NDArray[np.bool_],
    proxies: Proxies,
    is_plant: NDArray[np.bool_] | None = None,
) -> PlannedTile:
    """The tree over all that is not hidden; ``levels``, ``is_building`` and ``is_plant`` (n,) by object row."""
    building = is_building[pieces.row]
    plant = np.zeros(len(pieces), np.bool_) if is_plant is None else is_plant[pieces.row] & ~building
    level_of = np.asarray(levels)[pieces.row]
    trees = []
    for rest, level in _by_level(pieces.take(~building & ~plant), level_of[~building & ~plant]):
        trees.append(tree_by_size(rest, level))
    kinds: tuple[tuple[NDArray[np.bool_], type[Blocks | Crowns]], ...] = ((building, Blocks), (plant, Crowns))
    for chosen, kind in kinds:
        for some, level in _by_level(pieces.take(chosen), level_of[chosen]):
            shape: Shape = kind(some)
            trees.append(Quarters(some, level, shape, proxies).tree())
    return trees[0] if len(trees) == 1 else group(trees, np.inf)


def _by_level(pieces: Pieces, level_of: Index) -> list[tuple[Pieces, int]]:
    return [(pieces.take(level_of == level), int(level)) for level in np.unique(level_of)]


class Blocks:
    """Buildings from afar: prisms over their ground, and boxes for several."""

    error_m = BLOCK_ERROR_M
    triangles_each = 10
    tile_triangles = 30_000

    def __init__(self, pieces: Pieces) -> None:
        self.figures, self._prisms = buildings_of(pieces)
        self.solids = boxes

    def num_triangles(self, members: Index) -> int:
        """See `Shape`."""
        return int(self._are(members)[self._prisms.owners[self._prisms.triangles[:, 0]]].sum())

    def chunk(self, members: Index) -> MeshChunk:
        """See `Shape`."""
        return prisms_chunk(self._prisms, self._are(members), self.figures)

    def _are(self, members: Index) -> NDArray[np.bool_]:
        wanted = np.zeros(len(self.figures), np.bool_)
        wanted[members] = True
        return wanted


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
        closed=True,
    )
