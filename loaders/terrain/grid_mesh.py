"""An elevation grid as mesh tiles: shared exact edges, smooth normals, holes where a sample is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.meshes import MeshChunk, Texture, extent
from loaders.terrain.raster import ElevationGrid, Floats
from loaders.terrain.tint import tint

TILE_CELLS = 128
# Finer than anybody measures heights.
_FINEST_M = 2.0**-13


class Tile(NamedTuple):
    """Cells ``rows`` x ``columns`` of the grid."""

    rows: slice
    columns: slice


@dataclass(frozen=True, slots=True, eq=False)
class Dress:
    """Texture coordinates (rows, columns, 2) of a tile's samples within its picture, and the picture."""

    uvs: NDArray[np.float32]
    texture: Texture


def tiles(shape: tuple[int, int]) -> list[Tile]:
    """The grid cut into squares of `TILE_CELLS` cells; neighbours share their samples on the border."""
    rows, columns = shape
    return [
        Tile(slice(i, min(i + TILE_CELLS, rows - 1) + 1), slice(j, min(j + TILE_CELLS, columns - 1) + 1))
        for i in range(0, rows - 1, TILE_CELLS)
        for j in range(0, columns - 1, TILE_CELLS)
    ]


class GridMesher:
    """Makes the tiles of one grid about one model origin.

    Coordinates are rounded to a power of two of a metre (far below a millimetre for usual rasters)
    that float32 holds exactly in every tile, so that borders meet without cracks.
    """

    def __init__(self, grid: ElevationGrid, origin_m: Floats) -> None:
        self._grid = grid
        self._origin_m = origin_m
        finite = grid.heights_m[np.isfinite(grid.heights_m)]
        # The colours leave out the outermost thousandths: one bad sample must not grey the rest.
        self._low_m, self._high_m = (float(v) for v in np.percentile(finite, [0.1, 99.9]))
        side = TILE_CELLS * max(math.hypot(grid.affine.a, grid.affine.d), math.hypot(grid.affine.b, grid.affine.e))
        self._step_xy_m = step_of(side)
        self._step_z_m = step_of(float(finite.max() - finite.min()))
        self._middle_z_m = float(snapped(np.array((finite.max() + finite.min()) / 2, np.float64), self._step_z_m))

    @property
    def colour_range_m(self) -> tuple[float, float]:
        """The heights at the ends of the palette."""
        return self._low_m, self._high_m

    def mesh(self, tile: Tile, dress: Dress | None = None) -> MeshChunk | None:
        """The tile's chunk; None when all of it is missing."""
        heights = self._grid.heights_m[tile.rows, tile.columns]
        triangles = triangles_of(heights, self._grid.affine.determinant > 0)
        if not len(triangles):
            return None
        used, renamed = np.unique(triangles, return_inverse=True)
        points = self._points(tile, heights)[used]
        origin = snapped(extent(points).mean(axis=0), self._step_xy_m)
        origin[2] = self._middle_z_m
        tints = tint(heights, self._low_m, self._high_m)
        return ground_chunk(points, renamed, origin, used, tints, normals=self._normals(tile), dress=dress)

    def _points(self, tile: Tile, heights: NDArray[np.float32]) -> Floats:
        """(n, 3) float64 model metres of all samples of a tile, row after row."""
        x, y = self.xy(tile)
        points = np.stack([x - self._origin_m[0], y - self._origin_m[1], heights.astype(np.float64)], axis=-1)
        points[..., :2] = snapped(points[..., :2], self._step_xy_m)
        points[..., 2] = snapped(points[..., 2], self._step_z_m)
        return points.reshape(-1, 3)

    def xy(self, tile: Tile) -> tuple[Floats, Floats]:
        """World x and y of a tile's samples, each (rows, columns)."""
        i, j = np.meshgrid(
            np.arange(tile.rows.start, tile.rows.stop, dtype=np.float64),
            np.arange(tile.columns.start, tile.columns.stop, dtype=np.float64),
            indexing="ij",
        )
        return self._grid.xy(i, j)

    def _normals(self, tile: Tile) -> NDArray[np.float32]:
        """Unit normals (rows, columns, 3) from the slopes of the whole grid, so that they agree across tiles."""
        rows, columns = self._grid.shape
        top, left = max(tile.rows.start - 1, 0), max(tile.columns.start - 1, 0)
        around = self._grid.heights_m[top : min(tile.rows.stop + 1, rows), left : min(tile.columns.stop + 1, columns)]
        inner = (
            slice(tile.rows.start - top, tile.rows.stop - top),
            slice(tile.columns.start - left, tile.columns.stop - left),
        )
        down, across = _slopes(around, 0)[inner], _slopes(around, 1)[inner]
        a, b, _, d, e = tuple(self._grid.affine)[:5]
        # (a, d, across) x (b, e, down), turned upwards.
        normal = np.stack([d * down - across * e, across * b - a * down, np.full(down.shape, a * e - d * b)], axis=-1)
        normal *= np.sign(a * e - d * b)
        normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
        return normal.astype(np.float32)


def step_of(extent_m: float) -> float:
    """The power of two that divides ``extent_m`` into fewer than 2^23 parts."""
    return max(_FINEST_M, 2.0 ** (math.ceil(math.log2(max(extent_m, 1e-9))) - 22))


def snapped(values: Floats, step_m: float) -> Floats:
    """Values rounded to whole steps."""
    return np.asarray(np.round(values / step_m) * step_m)


def _slopes(heights: NDArray[np.float32], axis: int) -> Floats:
    """Height gained per cell along an axis: the mean of both sides where both are there, 0 where neither is."""
    steps = np.diff(heights.astype(np.float64), axis=axis)
    gap = np.full_like(heights.take([0], axis=axis), np.nan, dtype=np.float64)
    sides = np.stack([np.concatenate([gap, steps], axis=axis), np.concatenate([steps, gap], axis=axis)])
    known = np.isfinite(sides)
    total = np.where(known, sides, 0.0).sum(axis=0)
    return np.asarray(total / np.maximum(known.sum(axis=0), 1))


def ground_chunk(
    points: Floats,
    triangles: NDArray[np.integer],
    origin: Floats,
    taken: NDArray[np.integer],
    tints: NDArray[np.uint8],
    *,
    normals: NDArray[np.float32],
    dress: Dress | None,
) -> MeshChunk:
    """A chunk of ``points`` (n, 3) about ``origin``, each the sample ``taken`` (n,) of a grid; white under a dress."""
    colours = tints.reshape(-1, 4)[taken]
    if dress is not None:
        colours[:] = 255
    return MeshChunk(
        origin_m=origin,
        positions=(points - origin).astype(np.float32),
        triangles=triangles.reshape(-1, 3).astype(np.uint32),
        rows=np.zeros(len(taken), np.uint32),
        colours=colours,
        normals=normals.reshape(-1, 3)[taken],
        uvs=None if dress is None else np.ascontiguousarray(dress.uvs.reshape(-1, 2)[taken]),
        texture=None if dress is None else dress.texture,
    )


def triangles_of(heights: NDArray[np.float32], is_mirrored: bool) -> NDArray[np.int64]:
    """Triangles (t, 3) of the samples' flat numbers, counter-clockwise from above.

    A whole cell is cut along the diagonal that is more level; a cell with one corner missing keeps one triangle.
    """
    rows, columns = heights.shape
    number = np.arange(rows * columns).reshape(rows, columns)
    corner = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1).reshape(-1, 4)
    level = heights.ravel()[corner]
    there = np.isfinite(level)
    whole = there.all(axis=1)
    falling = whole & (np.abs(level[:, 0] - level[:, 2]) <= np.abs(level[:, 1] - level[:, 3]))
    rising = whole & ~falling
    parts = [corner[falling][:, [0, 1, 2]], corner[falling][:, [0, 2, 3]]]
    parts += [corner[rising][:, [0, 1, 3]], corner[rising][:, [1, 2, 3]]]
    for missing in range(4):
        alone = ~there[:, missing] & (there.sum(axis=1) == 3)
        parts.append(corner[alone][:, [k for k in range(4) if k != missing]])
    found = np.concatenate(parts)
    # Rows run south on a usual raster: top left, bottom left, bottom right is counter-clockwise then.
    return found[:, ::-1] if is_mirrored else found


def all_tiles(grid: ElevationGrid) -> Iterator[Tile]:
    """The tiles that hold ground."""
    for tile in tiles(grid.shape):
        if np.isfinite(grid.heights_m[tile.rows, tile.columns]).any():
            yield tile
