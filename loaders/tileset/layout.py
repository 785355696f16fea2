"""The tree of tiles of one of our own ``tileset.json`` files."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.tiles import NO_NODE, NodeList, TileNodes
from loaders.tileset.meta import tile_extras_from_json

_MAX_DEPTH = 64
_NO_TILE = -1


@dataclass(frozen=True, slots=True, eq=False)
class TileRef:
    """A tile with content. ``bounds_m`` (6,) and ``origin_m`` (3,) float64 are in the model frame.

    One that ``stands_in`` shows objects simplified, for the view from afar; the others hold each object once.
    """

    index: int
    path: Path
    origin_m: NDArray[np.float64]
    bounds_m: NDArray[np.float64]
    level: int
    num_triangles: int
    num_bytes: int
    geometric_error: float
    stands_in: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class TileTree:
    """Tiles by their index, and the tree they stand in; ``number_of_tile`` (k,) is each tile's node.

    ``given`` (n,) is each node's number in the tree that the source brought, `NO_NODE` without one.
    """

    tiles: tuple[TileRef, ...]
    nodes: TileNodes
    given: NDArray[np.int64]
    number_of_tile: NDArray[np.int64]
    tile_of_number: NDArray[np.int64]

    def tile_of(self, number: int) -> int:
        """The index of a node's tile."""
        return int(self.tile_of_number[number])


def read_tree(folder: Path, document: dict[str, Any]) -> TileTree:
    """The tree of a document that `writer` wrote; raises ValueError, KeyError or TypeError where it is none."""
    reading = _Reading(folder)
    reading.tree(document["root"])
    reading.hidden(document["extras"].get("citytwin_hidden_tiles", ()))
    return reading.finish()


class _Reading:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._nodes = NodeList()
        self._tiles: dict[int, TileRef] = {}  # by node number
        self._given: dict[int, int] = {}

    def tree(self, root: dict[str, Any]) -> None:
        level = [(NO_NODE, root, True)]
        for _ in range(_MAX_DEPTH):
            below = []
            for parent, tile, replaces in level:
                # "refine" is inherited: 3D Tiles 1.1, section 6.9
                replaces = tile["refine"] == "REPLACE" if "refine" in tile else replaces
                number = self._add(parent, tile, replaces)
                self._given[number] = int(tile["extras"]["citytwin"].get("given", NO_NODE))
                below += [(number, child, replaces) for child in tile.get("children", ())]
            level = below
            if not level:
                return
        raise ValueError("tree too deep")

    def _add(self, parent: int, tile: dict[str, Any], replaces: bool) -> int:
        extras = tile["extras"]["citytwin"]
        error_m = np.inf if extras["error_m"] is None else float(extras["error_m"])
        optional = bool(extras["optional"])
        around_m = np.array(extras["around_m"], np.float64).reshape(6)
        if "content" not in tile:
            return self._nodes.add(parent, around_m, error_m=error_m, replaces=replaces, optional=optional)
        ref = _tile_ref(self._folder, tile)
        number = self._nodes.add(
            parent,
            around_m,
            optional=optional,
            error_m=error_m,
            replaces=replaces,
            has_content=True,
            level=ref.level,
            num_bytes=ref.num_bytes,
        )
        self._tiles[number] = ref
        return number

    def hidden(self, tiles: Any) -> None:
        """Tiles of objects that are hidden by default, side by side below a root of their own."""
        refs = [_tile_ref(self._folder, tile) for tile in tiles]
        if not refs:
            return
        boxes = np.array([ref.bounds_m for ref in refs])
        around = np.concatenate([boxes[:, :3].min(axis=0), boxes[:, 3:].max(axis=0)])
        root = self._nodes.add(NO_NODE, around, error_m=np.inf)
        for ref in refs:
            number = self._nodes.add(root, ref.bounds_m, has_content=True, level=ref.level, num_bytes=ref.num_bytes)
            self._tiles[number] = ref

    def finish(self) -> TileTree:
        nodes = with_levels_of_groups(self._nodes.finish())
        tile_of_number = np.full(len(nodes), _NO_TILE, np.int64)
        number_of_tile = np.zeros(len(self._tiles), np.int64)
        for number, ref in self._tiles.items():
            if not 0 <= ref.index < len(self._tiles):
                raise ValueError("tile index")
            tile_of_number[number], number_of_tile[ref.index] = ref.index, number
        tiles = tuple(sorted(self._tiles.values(), key=lambda ref: ref.index))
        given = np.array([self._given.get(number, NO_NODE) for number in range(len(nodes))], np.int64)
        return TileTree(tiles, nodes, given, number_of_tile, tile_of_number)


def with_levels_of_groups(nodes: TileNodes) -> TileNodes:
    """A node that only groups others has the lowest level that there is below it: no cap lets it stand empty."""
    levels = nodes.levels.copy()
    for number in range(len(nodes) - 1, 0, -1):
        parent = int(nodes.parents[number])
        if parent != NO_NODE and not nodes.has_content[parent]:
            levels[parent] = min(levels[number], levels[parent] or levels[number])
    return dataclasses.replace(nodes, levels=levels)


def _tile_ref(folder: Path, tile: dict[str, Any]) -> TileRef:
    extras = tile_extras_from_json(tile["extras"]["citytwin"])
    uri = PurePosixPath(tile["content"]["uri"])
    if uri.is_absolute() or ".." in uri.parts or ":" in str(uri) or "\\" in str(uri):
        raise ValueError("URI outside the folder")
    return TileRef(
        extras.index,
        folder.joinpath(*uri.parts),
        np.array(extras.origin_m, np.float64),
        np.array(extras.bounds_m, np.float64),
        extras.level,
        extras.triangles,
        extras.bytes,
        float(tile["geometricError"]),
        extras.stands_in,
    )
