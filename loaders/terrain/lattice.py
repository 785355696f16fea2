"""Where the samples of a raster stand in the world, level by level, and which pixels they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from affine import Affine

from loaders.model.crs import point_map
from loaders.model.errors import Finding
from loaders.terrain.grid_mesh import TILE_CELLS
from loaders.terrain.raster import ElevationGrid, Floats, composed
from loaders.terrain.warping import Aim, target_in, unwrapped


class Samples(NamedTuple):
    """World x and y in metres, and the position (row, column) in the source, of samples; all (rows, columns)."""

    x: Floats
    y: Floats
    row: Floats
    column: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """The samples of the finest level: ``shape`` (rows, columns); ``affine`` maps (column, row) to world metres.

    ``backward`` maps world metres to the source's x and y, which ``source`` (affine) has at (column, row); without
    it the samples are the pixels themselves.
    """

    shape: tuple[int, int]
    affine: Affine
    source: Affine
    backward: Callable[[Floats, Floats], tuple[Floats, Floats]] | None = None

    def at(self, rows: Floats, columns: Floats) -> Samples:
        """The samples at rows (n,) and columns (m,) of the finest level."""
        row, column = np.meshgrid(rows, columns, indexing="ij")
        a, b, c, d, e, f = tuple(self.affine)[:6]
        x, y = a * column + b * row + c, d * column + e * row + f
        if self.backward is None:
            return Samples(x, y, row, column)
        a, b, c, d, e, f = tuple(~self.source)[:6]
        east, north = self.backward(x, y)
        with np.errstate(invalid="ignore"):
            return Samples(x, y, d * east + e * north + f, a * east + b * north + c)

    @property
    def cell_m(self) -> float:
        """The longer side of a cell of the finest level."""
        matrix = self.affine
        return float(max(np.hypot(matrix.a, matrix.d), np.hypot(matrix.b, matrix.e)))


def blank(size: tuple[int, int], affine: Affine, crs: str | None) -> ElevationGrid:
    """A raster as a grid without heights, which takes no memory."""
    return ElevationGrid(np.broadcast_to(np.float32(np.nan), size), affine, crs)


def lattice_of(grid: ElevationGrid, aim: Aim, place: str, findings: list[Finding]) -> Lattice:
    """The lattice for a raster that stands as ``grid`` does; see `loaders.terrain.warping.to_metric`."""
    size, source = grid.shape, grid.affine
    if not aim.is_warped or aim.crs is None or grid.crs is None:
        return Lattice(size, composed(Affine(aim.unit_m, 0.0, 0.0, 0.0, aim.unit_m, 0.0), source), source)
    backward, affine, shape = target_in(grid, aim, place, findings)
    return Lattice(shape, affine, source, backward)


def lattice_notes(lattice: Lattice, grid: ElevationGrid, crs: str | None) -> dict[str, Any]:
    """What `lattice_from` needs, as JSON values; ``grid`` is the raster, ``crs`` that of the lattice."""
    return {
        "shape": list(lattice.shape),
        "affine": list(lattice.affine)[:6],
        "size": list(grid.shape),
        "source": list(lattice.source)[:6],
        "source_crs": None if lattice.backward is None else grid.crs,
        "crs": crs,
    }


def lattice_from(notes: Mapping[str, Any]) -> Lattice:
    """The lattice of such notes; raises ValueError, KeyError or TypeError."""
    shape, size = (tuple(int(v) for v in notes[name]) for name in ("shape", "size"))
    if len(shape) != 2 or len(size) != 2 or min(*shape, *size) < 2:
        raise ValueError("shape")
    affine, source = (Affine(*(float(v) for v in notes[name])) for name in ("affine", "source"))
    if notes["source_crs"] is None:
        return Lattice((shape[0], shape[1]), affine, source)
    grid = blank((size[0], size[1]), source, str(notes["source_crs"]))
    backward = unwrapped(grid, point_map(str(notes["crs"]), str(notes["source_crs"])))
    return Lattice((shape[0], shape[1]), affine, source, backward)


def num_lines(count: int, level: int) -> int:
    """Lines of samples of a level over ``count`` of the finest: every 2^level-th, and the last one."""
    return -(-(count - 1) >> level) + 1


def lines_of(count: int, level: int) -> Floats:
    """Finest rows or columns (n,) of the samples of a level."""
    return np.minimum(np.arange(num_lines(count, level), dtype=np.float64) * 2.0**level, count - 1.0)


def num_tiles(count: int, level: int) -> int:
    """Tiles of a level along an axis of ``count`` finest samples."""
    return max(1, -(-(num_lines(count, level) - 1) // TILE_CELLS))


def lines_of_tile(count: int, level: int, number: int) -> Floats:
    """Finest rows or columns of the samples of a tile, with one more on each side.

    Outside the lattice stands what has no place there: one more cell beyond the border.
    """
    first, end = number * TILE_CELLS, num_lines(count, level) - 1
    last = min(first + TILE_CELLS, end)
    lines = np.minimum(np.arange(first - 1, last + 2, dtype=np.float64) * 2.0**level, count - 1.0)
    if last == end:
        lines[-1] += 2.0**level
    return lines
