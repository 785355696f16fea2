"""A tile of any level as a mesh: exact shared borders, smooth normals, holes, and skirts below the borders.

Neighbours of unequal levels do not meet exactly. A skirt hangs from each border, in its colours and with its normals,
so that what shows through a gap is what stands beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from loaders.model.meshes import MeshChunk, extent
from loaders.terrain.drape import Spot
from loaders.terrain.grid_mesh import TILE_CELLS, Dress, ground_chunk, snapped, step_of, triangles_of
from loaders.terrain.lattice import Lattice, Samples, lines_of_tile, num_tiles
from loaders.terrain.raster import Floats
from loaders.terrain.tint import tint

_INNER = (slice(1, -1), slice(1, -1))


@dataclass(frozen=True, slots=True)
class Style:
    """What all tiles of a terrain share: origin (x, y), heights at the ends of the palette and of the whole, the cell.

    Coordinates are rounded to a power of two of a metre that float32 holds exactly in every tile, so that borders
    of one level meet without cracks.
    """

    origin_m: tuple[float, float]
    colours_m: tuple[float, float]
    range_m: tuple[float, float]
    cell_m: float
    is_mirrored: bool

    def notes(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "origin": list(self.origin_m),
            "colours": list(self.colours_m),
            "range": list(self.range_m),
            "cell": self.cell_m,
            "mirrored": self.is_mirrored,
        }

    @staticmethod
    def from_notes(notes: Mapping[str, Any]) -> Style:
        """Raises ValueError, KeyError or TypeError."""
        (x, y), (low, high), (bottom, top) = (map(float, notes[name]) for name in ("origin", "colours", "range"))
        return Style((x, y), (low, high), (bottom, top), float(notes["cell"]), bool(notes["mirrored"]))


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Samples of a tile and one more on each side: where they stand, ``heights_m``, and their ``lines``.

    ``lines`` are the rows (n,) and the columns (m,) of the finest level; ``open_sides`` tells where nothing comes
    beyond the tile: top, left, bottom, right.
    """

    samples: Samples
    heights_m: Floats
    lines: tuple[Floats, Floats]
    level: int
    open_sides: tuple[bool, bool, bool, bool]

    def spot(self, colours_m: tuple[float, float]) -> Spot:
        """The samples of the tile itself, for a picture to be laid on."""
        samples = self.samples
        return Spot(samples.x[_INNER], samples.y[_INNER], self.heights_m[_INNER].astype(np.float32), colours_m)


def patch_of(lattice: Lattice, key: tuple[int, int, int], heights_at: Callable[[Samples], Floats]) -> Patch:
    """The samples of the tile in row and column of a level: ``key`` is level, row, column."""
    level, i, j = key
    rows, columns = (lines_of_tile(count, level, n) for count, n in zip(lattice.shape, (i, j), strict=True))
    samples = lattice.at(rows, columns)
    last = [num_tiles(count, level) - 1 for count in lattice.shape]
    return Patch(samples, heights_at(samples), (rows, columns), level, (i == 0, j == 0, i == last[0], j == last[1]))


def mesh(patch: Patch, style: Style, skirt_m: float, dress: Dress | None = None) -> MeshChunk | None:
    """The tile's chunk; None when all of it is missing."""
    heights = patch.heights_m[_INNER].astype(np.float32)
    surface = triangles_of(heights, style.is_mirrored)
    if not len(surface):
        return None
    walls = _skirts(surface, heights.shape, patch.open_sides, style.is_mirrored)
    used, renamed = np.unique(np.concatenate([surface, walls]), return_inverse=True)
    is_foot = used >= heights.size
    taken = np.where(is_foot, used - heights.size, used)
    points = _points(patch, heights, style)[taken]
    points[is_foot, 2] -= snapped(np.array(skirt_m), _step_z_m(style))
    origin = snapped(extent(points).mean(axis=0), _step_xy_m(style, patch.level))
    origin[2] = snapped(np.array(sum(style.range_m) / 2.0), _step_z_m(style))
    tints = tint(heights, *style.colours_m)
    return ground_chunk(points, renamed, origin, taken, tints, normals=_normals(patch), dress=dress)


def _step_xy_m(style: Style, level: int) -> float:
    return step_of(TILE_CELLS * style.cell_m * 2.0**level)


def _step_z_m(style: Style) -> float:
    return step_of(style.range_m[1] - style.range_m[0])


def _points(patch: Patch, heights: NDArray[np.float32], style: Style) -> Floats:
    """(n, 3) float64 model metres of the samples of the tile itself, row after row."""
    x, y = patch.samples.x[_INNER] - style.origin_m[0], patch.samples.y[_INNER] - style.origin_m[1]
    flat = snapped(np.stack([x, y], axis=-1), _step_xy_m(style, patch.level))
    upright = snapped(heights.astype(np.float64), _step_z_m(style))
    return np.concatenate([flat, upright[..., None]], axis=-1).reshape(-1, 3)


def _normals(patch: Patch) -> NDArray[np.float32]:
    """Unit normals (rows, columns, 3) from the slopes to all neighbours, so that they agree across tiles of a level."""
    down, across = (_slopes(patch.heights_m, patch.lines[axis], axis)[_INNER] for axis in (0, 1))
    x, y = patch.samples.x, patch.samples.y
    steps = [np.diff(lines[:2])[0] for lines in patch.lines]
    # Metres a row and a column of the finest level: the lattice is regular.
    row_m = np.array([x[1, 0] - x[0, 0], y[1, 0] - y[0, 0]]) / steps[0]
    column_m = np.array([x[0, 1] - x[0, 0], y[0, 1] - y[0, 0]]) / steps[1]
    # (column, across) x (row, down), turned upwards.
    (a, d), (b, e) = column_m, row_m
    normal = np.stack([d * down - across * e, across * b - a * down, np.full(down.shape, a * e - d * b)], axis=-1)
    normal *= np.sign(a * e - d * b)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    return normal.astype(np.float32)


def _slopes(heights: Floats, lines: Floats, axis: int) -> Floats:
    """Height gained per line of the finest level: the mean of both sides where both are there, 0 where neither is."""
    along = np.moveaxis(heights, axis, 0)
    steps = np.diff(along, axis=0) / np.diff(lines)[:, None]
    gap = np.full_like(along[:1], np.nan)
    sides = np.stack([np.concatenate([gap, steps]), np.concatenate([steps, gap])])
    known = np.isfinite(sides)
    total = np.where(known, sides, 0.0).sum(axis=0)
    return np.moveaxis(total / np.maximum(known.sum(axis=0), 1), 0, axis)


def _skirts(
    surface: NDArray[np.int64], shape: tuple[int, ...], open_sides: tuple[bool, ...], is_mirrored: bool
) -> NDArray[np.int64]:
    """Triangles (t, 3) of walls below the borders; feet are numbered as the samples above them, after all samples."""
    number = np.arange(shape[0] * shape[1]).reshape(shape[0], shape[1])
    # Once around, counter-clockwise from above where rows run south.
    paths = (number[0, ::-1], number[:, 0], number[-1, :], number[::-1, -1])
    there = np.zeros(number.size, np.bool_)
    there[surface.ravel()] = True
    edges = [np.stack([p[:-1], p[1:]], axis=1) for p, is_open in zip(paths, open_sides, strict=True) if not is_open]
    edge = np.concatenate([*edges, np.zeros((0, 2), np.int64)])
    edge = edge[there[edge].all(axis=1)]
    a, b = edge[:, 0], edge[:, 1]
    foot = number.size + edge
    walls = np.concatenate([np.stack([foot[:, 0], foot[:, 1], b], axis=1), np.stack([foot[:, 0], b, a], axis=1)])
    return walls[:, ::-1] if is_mirrored else walls
