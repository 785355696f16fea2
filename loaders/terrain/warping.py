"""Elevation from its own system to a metric one: exact positions by PROJ, heights by bilinear interpolation."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from typing import NamedTuple

import numpy as np
from affine import Affine

from loaders.model.crs import SourceCrs, metric_twin, point_map, read_crs, same_place, suitable_metric
from loaders.model.errors import CityTwinError, Finding
from loaders.terrain.raster import ElevationGrid, Floats, composed

PointMap = Callable[[Floats, Floats], tuple[Floats, Floats]]
# Farther out than any projected coordinate on earth.
FARTHEST_M = 1e8
_STRIPE_CELLS = 65_536
_BORDER_STEPS = 33
_SLACK_DEG = 1e-6
_TOLD_SHARE = 0.01


class Aim(NamedTuple):
    """The metric system to show a source in; ``is_warped`` when that takes more than a change of unit."""

    crs: str | None
    is_warped: bool
    unit_m: float


def aim_at(source: SourceCrs | None, target: str | None, bounds: tuple[float, float, float, float]) -> Aim:
    """The wanted system where it is metric and another than the source's, else the source's own or one that suits it.

    ``bounds`` are in the source's units.
    """
    if source is None:
        return Aim(None, False, 1.0)
    wanted = read_crs(target) if target else None
    if wanted is not None and not wanted.is_geographic and not wanted.is_geocentric:
        if source.is_geographic or not same_place(source.text, wanted.text):
            return Aim(metric_twin(wanted), True, 1.0)
    elif source.is_geographic:
        return Aim(suitable_metric(source, bounds), True, 1.0)
    return Aim(metric_twin(source), False, source.unit_m)


def to_metric(
    grid: ElevationGrid, aim: Aim, place: str, findings: list[Finding]
) -> Generator[float, None, ElevationGrid]:
    """Yield shares done; return the grid in the system aimed at.

    ``findings`` hears of data that this system cannot show, as when they go round half the earth. Raises
    `CityTwinError` ``terrain.outside`` where that system has no coordinates for the data.
    """
    if not aim.is_warped or aim.crs is None or grid.crs is None:
        scaled = composed(Affine(aim.unit_m, 0.0, 0.0, 0.0, aim.unit_m, 0.0), grid.affine)
        return ElevationGrid(grid.heights_m, scaled, aim.crs)
    backward, affine, shape = target_in(grid, aim, place, findings)
    heights = np.full(shape, np.nan, np.float32)
    target = ElevationGrid(heights, affine, aim.crs)
    stripe = max(1, _STRIPE_CELLS // shape[1])
    columns = np.arange(shape[1], dtype=np.float64)
    for first in range(0, shape[0], stripe):
        last = min(first + stripe, shape[0])
        rows = np.arange(first, last, dtype=np.float64)[:, None]
        x, y = target.xy(np.broadcast_to(rows, (last - first, shape[1])), columns[None, :])
        heights[first:last] = grid.height_at(*backward(x, y))
        yield last / shape[0]
    if not np.isfinite(heights).any():
        raise CityTwinError("terrain.outside", place)
    return target


def target_in(
    grid: ElevationGrid, aim: Aim, place: str, findings: list[Finding]
) -> tuple[PointMap, Affine, tuple[int, int]]:
    """The way back from the system aimed at to the grid's own, and `target_of` there; as `to_metric` otherwise."""
    try:
        forward = point_map(grid.crs or "", aim.crs or "")
        backward = unwrapped(grid, point_map(aim.crs or "", grid.crs or ""))
    except ValueError as error:
        raise CityTwinError("terrain.outside", place) from error
    tell_lost(grid, (forward, backward), aim, place, findings)
    return backward, *target_of(grid, forward, place)


def target_of(grid: ElevationGrid, forward: PointMap, place: str) -> tuple[Affine, tuple[int, int]]:
    """A north-up grid around the source with square cells and about as many samples."""
    x, y = forward(*_outline(grid))
    finite = (np.abs(x) < FARTHEST_M) & (np.abs(y) < FARTHEST_M)
    if not finite.any():
        raise CityTwinError("terrain.outside", place)
    west, east, south, north = x[finite].min(), x[finite].max(), y[finite].min(), y[finite].max()
    rows, columns = grid.shape
    cells = max((rows - 1) * (columns - 1), 1)
    size = math.sqrt(max((east - west) * (north - south), 1e-12) / cells)
    shape = (max(2, math.floor((north - south) / size) + 1), max(2, math.floor((east - west) / size) + 1))
    left = (west + east) / 2 - (shape[1] - 1) / 2 * size
    top = (south + north) / 2 + (shape[0] - 1) / 2 * size
    return Affine(size, 0.0, left, 0.0, -size, top), shape


def unwrapped(grid: ElevationGrid, backward: PointMap) -> PointMap:
    """Longitudes as the grid counts them: PROJ gives -180..180, a grid may go from 179 on to 181."""
    crs = read_crs(grid.crs or "")
    if crs is None or not crs.is_geographic:
        return backward
    west = float(_outline(grid)[0].min()) - _SLACK_DEG

    def mapped(x: Floats, y: Floats) -> tuple[Floats, Floats]:
        longitude, latitude = backward(x, y)
        with np.errstate(invalid="ignore"):
            return west + np.mod(longitude - west, 360.0), latitude

    return mapped


def tell_lost(
    grid: ElevationGrid, ways: tuple[PointMap, PointMap], aim: Aim, place: str, findings: list[Finding]
) -> None:
    """Say so where a part of the grid has no place in the system aimed at; ``ways`` lead there and back."""
    lost = _lost_share(grid, *ways)
    if lost > _TOLD_SHARE:
        findings.append(Finding.warning("terrain.partly_outside", place, percent=round(100 * lost), crs=aim.crs))


def _lost_share(grid: ElevationGrid, forward: PointMap, backward: PointMap) -> float:
    """The share of the source's area that does not come back from where it was sent."""
    there = _outline(grid)
    back = backward(*forward(*there))
    width = grid.bounds()[2] - grid.bounds()[0]
    with np.errstate(invalid="ignore"):
        same = np.abs(back[0] - there[0]) + np.abs(back[1] - there[1]) < 0.01 * width
    return 1.0 - float(same.mean())


def _outline(grid: ElevationGrid) -> tuple[Floats, Floats]:
    """x and y of a coarse mesh over the whole grid: the widest place of a projected box may lie on an edge's middle."""
    rows, columns = grid.shape
    i, j = np.meshgrid(
        np.linspace(0, rows - 1, _BORDER_STEPS), np.linspace(0, columns - 1, _BORDER_STEPS), indexing="ij"
    )
    x, y = grid.xy(i.ravel(), j.ravel())
    return x, y
