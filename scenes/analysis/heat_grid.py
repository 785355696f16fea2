"""Values between points, on a grid; nothing is said beyond a radius."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_NEAREST = 1e-3  # of the radius: nearer than that, a cell has the point's own value


@dataclass(frozen=True, slots=True)
class HeatGrid:
    """``bounds_m`` is (minx, miny, maxx, maxy); arrays are (rows, columns), row 0 in the south.

    ``values`` are NaN where no point with a value is within the radius. ``nearness`` (0..1) is 1 at a point with
    a value and 0 at the radius and beyond; ``nearness_empty`` the same of points without.
    """

    bounds_m: tuple[float, float, float, float]
    values: Floats
    nearness: Floats
    nearness_empty: Floats


def heat_grid(points_m: Floats, values: Floats, radius_m: float, num_cells: int = 256) -> HeatGrid:
    """Values (n,) at points (n, 2 or more) between them, by inverse distance within ``radius_m``.

    The weights are those of Franke and Little, ((R - d) / (R d))²: they vanish at the radius, so that nothing jumps
    where a point comes within reach. NaN is a point without a value. ``num_cells`` along the longer side.
    """
    known = np.isfinite(points_m).all(axis=1)
    places, told = points_m[known, :2], values[known]
    if not len(places):
        return HeatGrid((0.0, 0.0, 0.0, 0.0), *(np.full((1, 1), fill) for fill in (np.nan, 0.0, 0.0)))
    low, high = places.min(axis=0) - radius_m, places.max(axis=0) + radius_m
    cell = float((high - low).max()) / num_cells
    columns, rows = (np.maximum(np.ceil((high - low) / cell - 1e-9), 1)).astype(int).tolist()
    x, y = low[0] + (np.arange(columns) + 0.5) * cell, low[1] + (np.arange(rows) + 0.5) * cell
    weight, sums = np.zeros((rows, columns)), np.zeros((rows, columns))
    nearness, empty = np.zeros((rows, columns)), np.zeros((rows, columns))
    for place, value in zip(places, told, strict=True):
        window = (_within(y, place[1], radius_m), _within(x, place[0], radius_m))
        share = np.hypot(y[window[0], None] - place[1], x[None, window[1]] - place[0]) / radius_m
        near = np.maximum(1.0 - share, 0.0)
        target = nearness if np.isfinite(value) else empty
        target[window] = np.maximum(target[window], near)
        if np.isfinite(value):
            each = (near / np.maximum(share, _NEAREST)) ** 2
            weight[window] += each
            sums[window] += each * value
    mean = np.divide(sums, weight, out=np.full_like(sums, np.nan), where=weight > 0.0)
    return HeatGrid((low[0], low[1], low[0] + columns * cell, low[1] + rows * cell), mean, nearness, empty)


def _within(axis: Floats, middle: float, reach: float) -> slice:
    return slice(int(np.searchsorted(axis, middle - reach)), int(np.searchsorted(axis, middle + reach, "right")))
