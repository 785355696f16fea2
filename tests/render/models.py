"""Small models for pictures: boxes, grounds and ramps as mesh chunks, and layers that hold them in memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from loaders.model.formats import LayerKind
from loaders.model.meshes import MeshChunk
from scenes.model.layers import Layer
from scenes.model.scene import Scene
from scenes.visuals.tile_source import MemoryTiles

SIZE_PX = (320, 240)
ORIGIN = (0.0, 0.0, 0.0)
FAR_ORIGIN = (5e5, 3.4e6, 20.0)
_SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
_CORNERS = np.concatenate([np.column_stack([_SQUARE, np.full(4, z, np.float32)]) for z in (0, 1)])
_FACES = np.reshape(
    [0, 2, 1, 0, 3, 2, 4, 5, 6, 4, 6, 7, 0, 1, 5, 0, 5, 4, 1, 2, 6, 1, 6, 5, 2, 3, 7, 2, 7, 6, 3, 0, 4, 3, 4, 7],
    (12, 3),
).astype(np.uint32)
GREY = (200, 200, 200, 255)


def boxes(lows, sizes, colours=GREY, *, origin=ORIGIN, transparent=False, first_row=0) -> MeshChunk:
    """One object per box: ``lows`` and ``sizes`` (n, 3), one colour or n."""
    lows, sizes = np.atleast_2d(np.asarray(lows, np.float32)), np.atleast_2d(np.asarray(sizes, np.float32))
    count = len(lows)
    positions = (_CORNERS[None] * sizes[:, None] + lows[:, None]).reshape(-1, 3)
    triangles = (_FACES[None] + (np.arange(count, dtype=np.uint32) * 8)[:, None, None]).reshape(-1, 3)
    shades = np.repeat(np.broadcast_to(np.asarray(colours, np.uint8), (count, 4)), 8, axis=0)
    rows = np.repeat(np.arange(first_row, first_row + count), 8).astype(np.uint32)
    return MeshChunk(np.asarray(origin, np.float64), positions, triangles, rows, shades, transparent=transparent)


def height_field(height, half_m=50.0, step_m=5.0, colour=(150, 170, 130, 255), *, origin=ORIGIN) -> MeshChunk:
    """One object: the surface z = height(x, y) over a square."""
    axis = np.arange(-half_m, half_m + step_m / 2, step_m)
    x, y = np.meshgrid(axis, axis)
    z = np.asarray(height(x, y), np.float64) + np.zeros_like(x)
    positions = np.column_stack([x.ravel(), y.ravel(), z.ravel()]).astype(np.float32)
    side = len(axis)
    first = (np.arange(side - 1)[:, None] * side + np.arange(side - 1)).ravel()
    lower = np.column_stack([first, first + 1, first + side + 1])
    upper = np.column_stack([first, first + side + 1, first + side])
    triangles = np.concatenate([lower, upper]).astype(np.uint32)
    colours = np.tile(np.asarray(colour, np.uint8), (len(positions), 1))
    rows = np.zeros(len(positions), np.uint32)
    return MeshChunk(np.asarray(origin, np.float64), positions, triangles, rows, colours)


@dataclass
class Store:
    """Tileset folders that exist in memory only."""

    folders: dict[Path, MemoryTiles] = field(default_factory=dict)

    def open(self, folder: Path):
        return self.folders[folder]

    def keep(self, folder: Path, tiles, level: int = 0) -> Path:
        self.folders[folder] = MemoryTiles(tiles, level=level)
        return folder

    def add(self, scene: Scene, kind: LayerKind, *chunks: MeshChunk, level: int = 0) -> Layer:
        """A layer with one tile per chunk."""
        layer = Layer(kind.value, kind)
        layer.flags = np.zeros(1 + max(int(chunk.rows.max()) for chunk in chunks), np.uint8)
        scene.layers.add(layer)
        layer.tileset_folder = self.keep(Path("/memory") / layer.layer_id, [[chunk] for chunk in chunks], level)
        return layer
