"""Dividing many pieces into tiles: by place, or by place and size."""

from __future__ import annotations

import numpy as np

from loaders.levels.pieces import Index, Pieces
from loaders.levels.plan import PlannedTile, group

TILE_TRIANGLES = 60_000
_FIRST_SHARE = 0.5  # of a tile for the largest of what is below it


def tiles_by_place(pieces: Pieces, level: int) -> list[PlannedTile]:
    """Tiles side by side, compact, each of at most `TILE_TRIANGLES` unless one object has more."""
    return [tile(part, level) for part in _halved(pieces)]


def tile(pieces: Pieces, level: int) -> PlannedTile:
    """One tile of some pieces."""
    return PlannedTile(make=pieces.together, level=level)


def tree_by_place(pieces: Pieces, level: int) -> PlannedTile:
    """The same below one node."""
    tiles = tiles_by_place(pieces, level)
    return tiles[0] if len(tiles) == 1 else group(tiles, np.inf)


def tree_by_size(pieces: Pieces, level: int) -> PlannedTile:
    """The largest objects first; what is smaller adds to them once it would be large enough to be seen."""
    if int(pieces.num_triangles.sum()) <= TILE_TRIANGLES or len(pieces) < 2:
        return tile(pieces, level)
    order = np.argsort(-pieces.sizes_m, kind="stable")
    share = np.cumsum(pieces.num_triangles[order])
    count = max(1, int(np.searchsorted(share, _FIRST_SHARE * TILE_TRIANGLES, side="right")))
    node = tile(pieces.take(order[:count]), level)
    rest = pieces.take(order[count:])
    if len(rest):
        node.error_m = float(rest.sizes_m.max())
        node.children = [tree_by_size(half, level) for half in _two(rest)]
    return node


def _halved(pieces: Pieces) -> list[Pieces]:
    if int(pieces.num_triangles.sum()) <= TILE_TRIANGLES or len(pieces) < 2:
        return [pieces] if len(pieces) else []
    return [part for half in _two(pieces) for part in _halved(half)]


def _two(pieces: Pieces) -> list[Pieces]:
    """Two halves by triangles along the longest side."""
    if len(pieces) < 2:
        return [pieces]
    centres = pieces.centres_m
    axis = int(np.argmax(np.ptp(centres, axis=0)))
    order: Index = np.argsort(centres[:, axis], kind="stable")
    share = np.cumsum(pieces.num_triangles[order])
    middle = int(np.clip(np.searchsorted(share, share[-1] / 2.0) + 1, 1, len(order) - 1))
    return [pieces.take(order[:middle]), pieces.take(order[middle:])]


__all__ = ["TILE_TRIANGLES", "tile", "tiles_by_place", "tree_by_place", "tree_by_size"]
