"""The shapes of objects as they are, not as they look from afar: runs of triangles or points of one object."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from loaders.model.points import Chunk, PointChunk
from loaders.tileset import Tileset

OnTile = Callable[[int, int], None]


def finest_chunks(tileset: Tileset, on_tile: OnTile = lambda _done, _all: None) -> Iterator[Chunk]:
    """The chunks that hold each object once; of a source that is only an overview, what the overview holds."""
    tiles = [tile for tile in tileset.tiles if not tile.stands_in] or list(tileset.tiles)
    for done, tile in enumerate(tiles):
        on_tile(done, len(tiles))
        yield from tileset.read_tile(tile.index)


def runs(values: NDArray[np.integer]) -> list[tuple[int, int]]:
    """Where stretches of equal values (n,) begin and end."""
    if not len(values):
        return []
    cuts = np.flatnonzero(values[1:] != values[:-1]) + 1
    return list(zip([0, *cuts.tolist()], [*cuts.tolist(), len(values)], strict=True))


def rows_of_items(chunk: Chunk) -> NDArray[np.uint32]:
    """The object row of each triangle, or of each point."""
    return chunk.rows if isinstance(chunk, PointChunk) else chunk.rows[chunk.triangles[:, 0]]
