"""CIM2 of a building: its footprint times its height, in up to three steps where it has podiums and towers."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from loaders.levels.solids import Solid, joined, prism
from loaders.levels.surfaces import Surface
from loaders.model.meshes import extent

_CELLS = 64  # along the longer side
_SMALLEST_CELL_M = 0.2
_POINTS_PER_CELL = 4.0
_MOST_POINTS = 200_000
_STEPS = 3
_STEP_SHARE = 0.2  # of the height: less is a parapet or a roof light, not a step
_STEP_M = 2.5
_GAIN = 0.55  # of the spread of heights that a step must explain
_SMALLEST_PART = 0.04  # of the footprint

Floats = NDArray[np.float64]


class Block(NamedTuple):
    """A solid about ``origin_m`` (3,), and how wide the building is where it is narrow."""

    solid: Solid
    origin_m: Floats
    width_m: float


def block_of(surface: Surface, seed: int = 0) -> Block | None:
    """The block around a surface; None where it has no extent in plan or in height."""
    size = surface.extent_m
    if not len(surface.corners) or min(size[0], size[1]) < 0.05 or size[2] < 0.05:
        return None
    turn = surface.direction_rad
    grid = _Grid.over(surface, turn, np.random.default_rng(seed))
    side, top = surface.mean_colour(upright=True), surface.mean_colour(upright=False)
    low_m = float(surface.corners[:, :, 2].min())
    solids = []
    for mask, from_m, to_m in _steps(grid.tops_m, low_m):
        for footprint in grid.polygons(mask):
            solids.append(prism(_turned(footprint, turn), from_m, to_m, side, top))
    if not solids:
        return None
    return Block(joined(solids), surface.origin_m, float(min(size[0], size[1])))


class _Grid(NamedTuple):
    """How high a building is over each cell of a grid along its walls; NaN beside it."""

    corner_m: Floats
    cell_m: float
    tops_m: Floats  # (rows, columns)

    @staticmethod
    def over(surface: Surface, turn_rad: float, chance: np.random.Generator) -> _Grid:
        flat_low, flat_high = _flat_extent(surface.corners, turn_rad)
        cell = max(float((flat_high - flat_low).max()) / _CELLS, _SMALLEST_CELL_M)
        shape = np.ceil((flat_high - flat_low) / cell).astype(int) + 1
        roofs = surface.facing_up()
        count = int(min(_MOST_POINTS, _POINTS_PER_CELL * roofs.total_area_m2 / cell**2 + 1000))
        points = roofs.points(count, chance)
        index = np.floor((_rotated(points[:, :2], -turn_rad) - flat_low) / cell).astype(int)
        tops = np.full((shape[1], shape[0]), -np.inf)
        np.maximum.at(tops, (index[:, 1], index[:, 0]), points[:, 2])
        return _Grid(flat_low, cell, _without_pinholes(tops))

    def polygons(self, mask: NDArray[np.bool_]) -> list[shapely.Polygon]:
        """The outlines of some cells, straightened."""
        rows, first, last = _runs(mask)
        low = self.corner_m + np.stack([first, rows], axis=1) * self.cell_m
        high = self.corner_m + np.stack([last, rows + 1], axis=1) * self.cell_m
        strips = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
        whole = shapely.simplify(shapely.union_all(strips), 1.2 * self.cell_m)
        parts = [part for part in shapely.get_parts(whole) if part.geom_type == "Polygon" and part.area > 0.0]
        least = _SMALLEST_PART * sum(part.area for part in parts)
        return [part for part in parts if part.area >= least]


def _runs(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Row, first and last column (exclusive) of every unbroken run of a mask."""
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, first = np.nonzero(edges == 1)
    _, last = np.nonzero(edges == -1)
    return rows, first, last


def _flat_extent(corners: NDArray[np.float32], turn_rad: float) -> tuple[Floats, Floats]:
    flat = _rotated(corners.reshape(-1, 3)[:, :2], -turn_rad)
    low, high = extent(flat)
    return low, high


def _rotated(points: NDArray[np.floating], turn_rad: float) -> Floats:
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    return np.stack([points[:, 0] * cos - points[:, 1] * sin, points[:, 0] * sin + points[:, 1] * cos], axis=1)


def _turned(footprint: shapely.Polygon, turn_rad: float) -> shapely.Polygon:
    turned: shapely.Polygon = shapely.transform(footprint, lambda points: _rotated(points, turn_rad))
    return turned


def _without_pinholes(tops: Floats) -> Floats:
    """Cells that chance left out, amid others, take the middle height of their neighbours; NaN where nothing is."""
    padded = np.pad(np.where(np.isfinite(tops), tops, np.nan), 1, constant_values=np.nan)
    rows, columns = tops.shape
    around = np.stack([padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3) if (i, j) != (1, 1)])
    fill = ~np.isfinite(tops) & (np.isfinite(around).sum(axis=0) >= 5)
    filled = padded[1:-1, 1:-1].copy()
    if fill.any():
        filled[fill] = np.nanquantile(around[:, fill], 0.5, axis=0, method="higher")
    return filled


def _steps(tops_m: Floats, low_m: float) -> list[tuple[NDArray[np.bool_], float, float]]:
    """Cells, from and to height of each step, from the ground up."""
    there = np.isfinite(tops_m)
    limits = sorted(_splits(tops_m[there], low_m, _STEPS - 1))
    steps, from_m = [], low_m
    for number in range(len(limits) + 1):
        mask = there if number == 0 else there & (tops_m > limits[number - 1])
        band = mask if number == len(limits) else mask & (tops_m <= limits[number])
        to_m = float(tops_m[band].mean())
        steps.append((mask, from_m, to_m))
        from_m = to_m
    return [step for step in steps if step[2] - step[1] > 0.05]


def _splits(heights_m: Floats, low_m: float, num_left: int) -> list[float]:
    """Heights that part low cells from high ones, by the largest gain in spread (Otsu, 1979)."""
    ordered = np.sort(heights_m)
    if num_left == 0 or len(ordered) < 8 or ordered[-1] - ordered[0] < _STEP_M:
        return []
    count = np.arange(1, len(ordered))
    below = np.cumsum(ordered)[:-1] / count
    above = (ordered.sum() - np.cumsum(ordered)[:-1]) / (len(ordered) - count)
    gain = count * (len(ordered) - count) * (above - below) ** 2 / len(ordered)
    at = int(np.argmax(gain))
    spread = float(((ordered - ordered.mean()) ** 2).sum())
    rise = above[at] - below[at]
    if gain[at] < _GAIN * spread or rise < max(_STEP_M, _STEP_SHARE * (ordered[-1] - low_m)):
        return []
    limit = float((ordered[at] + ordered[at + 1]) / 2.0)
    return [
        limit,
        *_splits(ordered[: at + 1], low_m, num_left - 1),
        *_splits(ordered[at + 1 :], low_m, num_left - 1),
    ][:num_left]
