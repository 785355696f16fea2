"""What a layer visual needs of a tileset folder, and how it is opened."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from loaders.model.errors import Finding
from loaders.model.points import Chunk
from loaders.model.tiles import NO_NODE, NodeList, TileContent, TileNodes, TileSource
from loaders.tileset.proxies import ProxyTable

Rows = NDArray[np.int64]


class ObjectTiles(TileSource, Protocol):
    """A tile source that knows its objects."""

    def object_bounds_m(self) -> NDArray[np.float64]:
        """(n, 6) float64 boxes of all objects in the model frame; NaN for those without geometry."""

    def nodes_of_objects(self) -> tuple[Rows, Rows]:
        """Pairs of object row and number of a node that holds it, each (k,)."""

    def proxies(self) -> ProxyTable:
        """What stands in for several objects; their rows come after those of all objects."""

    @property
    def num_objects(self) -> int:
        """Rows of the object table."""

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Why there is less of it than there could be."""


OpenTiles = Callable[[Path], ObjectTiles]


def open_tileset(folder: Path) -> ObjectTiles:
    """The tiles of a folder, and of its source where detail streams; raises `CityTwinError` when it cannot be read."""
    from loaders.detail import open_for_drawing

    source: ObjectTiles = open_for_drawing(folder)
    return source


class MemoryTiles:
    """A tile source that holds its chunks: one level, all of it wanted wherever it is seen."""

    _numbers = itertools.count()

    def __init__(self, tiles: Sequence[Sequence[Chunk]], *, level: int = 0) -> None:
        self.key: Hashable = ("memory", next(self._numbers))
        self._tiles = [tuple(tile) for tile in tiles]
        self._level = level
        self.problems: tuple[Finding, ...] = ()

    def nodes(self) -> TileNodes:
        """A root without content, and a node for each tile."""
        boxes = [_around(tile) for tile in self._tiles]
        nodes = NodeList()
        if boxes:
            whole = np.array(boxes)
            root = nodes.add(NO_NODE, np.append(whole[:, :3].min(axis=0), whole[:, 3:].max(axis=0)), error_m=np.inf)
            for box, tile in zip(boxes, self._tiles, strict=True):
                size = sum(chunk.num_bytes for chunk in tile)
                nodes.add(root, box, has_content=True, level=self._level, num_bytes=size)
        return nodes.finish()

    def read(self, node: int, /) -> TileContent:
        """The chunks of one tile."""
        return TileContent(self._tiles[node - 1])

    @property
    def num_objects(self) -> int:
        """See `ObjectTiles`."""
        return 1 + max((int(c.rows.max()) for tile in self._tiles for c in tile if c.rows.size), default=-1)

    def proxies(self) -> ProxyTable:
        """None."""
        nothing = np.zeros(0, np.int64)
        return ProxyTable(nothing, np.zeros(1, np.int64), nothing)

    def object_bounds_m(self) -> NDArray[np.float64]:
        """See `ObjectTiles`."""
        chunks = [chunk for tile in self._tiles for chunk in tile]
        boxes = np.tile([np.inf] * 3 + [-np.inf] * 3, (self.num_objects, 1))
        for chunk in chunks:
            points = chunk.positions + chunk.origin_m
            np.minimum.at(boxes[:, :3], chunk.rows, points)
            np.maximum.at(boxes[:, 3:], chunk.rows, points)
        boxes[~np.isfinite(boxes).all(axis=1)] = np.nan
        return boxes

    def nodes_of_objects(self) -> tuple[Rows, Rows]:
        """See `ObjectTiles`."""
        rows = [np.unique(np.concatenate([chunk.rows for chunk in tile])) for tile in self._tiles]
        numbers = np.repeat(np.arange(1, len(rows) + 1), [len(some) for some in rows])
        return (np.concatenate(rows) if rows else np.zeros(0)).astype(np.int64), numbers


def _around(tile: tuple[Chunk, ...]) -> NDArray[np.float64]:
    boxes = np.array([chunk.bounds_m for chunk in tile if chunk.positions.size]).reshape(-1, 6)
    return np.append(boxes[:, :3].min(axis=0), boxes[:, 3:].max(axis=0)) if len(boxes) else np.zeros(6)
