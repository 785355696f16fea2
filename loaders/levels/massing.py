"""CIM2 of a building: its footprint times its height, in up to three steps where it has podiums and towers."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from loaders.levels.masks import massive, without_ledges
from loaders.levels.outlines import squared
from loaders.levels.rays import RayScene, can_trace
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
_LEDGE_M = 1.2  # what is narrower is a balcony or a gutter, not a mass

Floats = NDArray[np.float64]


class Block(NamedTuple):
    """A solid about ``origin_m`` (3,), and how wide the building is where it is narrow."""

    solid: Solid
    origin_m: Floats
    width_m: float


def block_of(
    surface: Surface, counts: NDArray[np.bool_] | None = None, scene: RayScene | None = None, seed: int = 0
) -> Block | None:
    """The block around a surface, or around those triangles (t,) of it that count.

    None where that has no extent in plan or in height. ``scene`` is that of ``surface`` where it is there already.
    """
    if scene is None and can_trace():
        scene = RayScene(surface)
    part = surface if counts is None else surface.take(counts)
    size = part.extent_m
    if not len(part.corners) or min(size[0], size[1]) < 0.05 or size[2] < 0.05:
        return None
    turn = part.direction_rad
    grid = _Grid.around(part, turn)
    tops_m = _sampled_tops(grid, part if scene is None else part.see_through(), np.random.default_rng(seed))
    if scene is not None:
        tops_m = np.fmax(tops_m, _traced_tops(grid, scene, counts, float(part.corners[:, :, 2].max()) + 1.0))
    tops_m = _without_pinholes(tops_m)
    side, top = part.mean_colour(upright=True), part.mean_colour(upright=False)
    solids, below = [], shapely.Polygon()
    for mask, from_m, to_m in _steps(tops_m, float(part.corners[:, :, 2].min()), grid.cells_across(_LEDGE_M)):
        footprints = [_flush(footprint, below) for footprint in grid.polygons(mask)]
        below = shapely.union_all(footprints)
        solids += [prism(_turned(footprint, turn), from_m, to_m, side, top) for footprint in footprints]
    if not solids:
        return None
    return Block(joined(solids), surface.origin_m, float(min(size[0], size[1])))


def _flush(footprint: shapely.Polygon, below: shapely.Geometry) -> shapely.Polygon:
    """A step's walls in line with those below where they nearly are."""
    snapped = shapely.snap(footprint, below, _LEDGE_M / 2.0)
    return snapped if snapped.is_valid and snapped.geom_type == "Polygon" and not snapped.is_empty else footprint


class _Grid(NamedTuple):
    """Cells along a building's walls: ``shape`` is (rows, columns), ``cell_m`` (2,) their size."""

    corner_m: Floats
    cell_m: Floats
    shape: tuple[int, int]
    turn_rad: float

    @staticmethod
    def around(surface: Surface, turn_rad: float) -> _Grid:
        low, high = _flat_extent(surface.corners, turn_rad)
        wanted_m = max(float((high - low).max()) / _CELLS, _SMALLEST_CELL_M)
        columns, rows = np.maximum(np.ceil((high - low) / wanted_m - 1e-6), 1).astype(int).tolist()
        return _Grid(low, (high - low) / (columns, rows), (rows, columns), turn_rad)

    def centres_m(self) -> Floats:
        """(rows * columns, 2) in the frame of the surface."""
        rows, columns = np.indices(self.shape)
        flat = self.corner_m + (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) * self.cell_m
        return _rotated(flat, self.turn_rad)

    def cells_of(self, points: NDArray[np.floating]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Row and column of each point."""
        index = np.floor((_rotated(points[:, :2], -self.turn_rad) - self.corner_m) / self.cell_m).astype(int)
        return np.clip(index[:, 1], 0, self.shape[0] - 1), np.clip(index[:, 0], 0, self.shape[1] - 1)

    def cells_across(self, width_m: float) -> int:
        """How many cells are at least so wide; not more than a sixth of the narrow side."""
        return int(min(np.ceil(width_m / float(self.cell_m.min()) - 1e-6), max(1, min(self.shape) // 6)))

    def polygons(self, mask: NDArray[np.bool_]) -> list[shapely.Polygon]:
        """The outlines of some cells, straightened."""
        from_row, to_row, first, last = _rectangles(mask)
        low = self.corner_m + np.stack([first, from_row], axis=1) * self.cell_m
        high = self.corner_m + np.stack([last, to_row], axis=1) * self.cell_m
        strips = shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1])
        whole = shapely.simplify(shapely.union_all(strips), 1.2 * float(self.cell_m.max()))
        parts = [squared(part) for part in shapely.get_parts(whole) if part.geom_type == "Polygon" and part.area > 0.0]
        least = _SMALLEST_PART * sum(part.area for part in parts)
        return [_without_small_holes(part, least) for part in parts if part.area >= least]


def _without_small_holes(part: shapely.Polygon, least_m2: float) -> shapely.Polygon:
    holes = [ring for ring in part.interiors if shapely.Polygon(ring).area >= least_m2]
    return shapely.Polygon(part.exterior, holes)


def _traced_tops(grid: _Grid, scene: RayScene, counts: NDArray[np.bool_] | None, from_m: float) -> Floats:
    """How high the building is in the middle of each cell, by a ray from above; NaN beside it."""
    centres = grid.centres_m()
    starts = np.column_stack([centres, np.full(len(centres), from_m)]).astype(np.float32)
    triangles, far_m = scene.first_hits(starts, np.tile(np.array([[0, 0, -1]], np.float32), (len(starts), 1)))
    hit = triangles >= 0
    if counts is not None:
        hit &= counts[np.maximum(triangles, 0)]
    return np.where(hit, from_m - far_m, np.nan).reshape(grid.shape)


def _sampled_tops(grid: _Grid, surface: Surface, chance: np.random.Generator) -> Floats:
    """How high a surface is in each cell, by points spread over it; NaN beside it."""
    tops = np.full(grid.shape, -np.inf)
    roofs = surface.facing_up()
    if len(roofs.corners):
        area_m2 = float(np.prod(grid.cell_m))
        count = int(min(_MOST_POINTS, _POINTS_PER_CELL * roofs.total_area_m2 / area_m2 + 1000))
        points = roofs.points(count, chance)
        np.maximum.at(tops, grid.cells_of(points), points[:, 2])
    return np.where(np.isfinite(tops), tops, np.nan)


def _rectangles(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], ...]:
    """First and last (exclusive) row, first and last (exclusive) column of rectangles that cover a mask.

    Each is an unbroken run of a row, and those below it that are just as long.
    """
    edges = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    rows, first = np.nonzero(edges == 1)
    _, last = np.nonzero(edges == -1)
    order = np.lexsort((rows, last, first))
    rows, first, last = rows[order], first[order], last[order]
    goes_on = (np.diff(rows) == 1) & (np.diff(first) == 0) & (np.diff(last) == 0)
    begins = np.flatnonzero(np.append(True, ~goes_on)) if len(rows) else np.zeros(0, np.int64)
    ends = np.append(begins[1:], len(rows))
    return rows[begins], rows[ends - 1] + 1, first[begins], last[begins]


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
    """Cells left out amid others take the middle height of their neighbours; NaN where nothing is."""
    rows, columns = tops.shape
    padded = np.pad(tops, 1, constant_values=np.nan)
    around = np.stack([padded[i : i + rows, j : j + columns] for i in range(3) for j in range(3) if (i, j) != (1, 1)])
    fill = np.isnan(tops) & (np.isfinite(around).sum(axis=0) >= 5)
    if fill.any():
        tops = tops.copy()
        tops[fill] = np.nanquantile(around[:, fill], 0.5, axis=0, method="higher")
    return tops


def _steps(tops_m: Floats, low_m: float, ledge: int) -> list[tuple[NDArray[np.bool_], float, float]]:
    """Cells, from and to height of each step, from the ground up; none with edges narrower than ``ledge`` cells."""
    there = np.isfinite(tops_m)
    limits = sorted(_splits(tops_m[there], low_m, _STEPS - 1))
    masks = [massive(there, ledge)]
    for limit_m in limits:
        upper = massive(there & (tops_m > limit_m), ledge) & masks[-1]
        masks.append(without_ledges(upper, masks[-1], ledge))
    steps, from_m = [], low_m
    for mask, above in itertools.zip_longest(masks, masks[1:]):
        band = mask & there if above is None else mask & there & ~above
        if not band.any():
            continue  # the step above took all of it
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
