"""Outlines with right angles where a building has them: edges nearly along its walls come to lie along them."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

_NEARLY = 0.27  # sine of some 15 degrees

Floats = NDArray[np.float64]


def squared(polygon: shapely.Polygon) -> shapely.Polygon:
    """The polygon with edges near the x and y directions turned into them; as it was where that would not be sound."""
    rings = [_squared(np.asarray(ring.coords)[:-1]) for ring in (polygon.exterior, *polygon.interiors)]
    made = shapely.Polygon(rings[0], [ring for ring in rings[1:] if len(ring) > 2]) if len(rings[0]) > 2 else polygon
    sound = made.is_valid and not made.is_empty and abs(made.area - polygon.area) <= 0.2 * polygon.area
    return made if sound else polygon


def _squared(points: Floats) -> Floats:
    """A ring (n, 2), not closed: each edge along y shares one x, each along x one y, by length."""
    edges = np.roll(points, -1, axis=0) - points
    lengths = np.hypot(edges[:, 0], edges[:, 1])
    along = np.full(len(points), -1)
    with np.errstate(invalid="ignore"):
        along[np.abs(edges[:, 1]) <= _NEARLY * lengths] = 0
        along[np.abs(edges[:, 0]) <= _NEARLY * lengths] = 1
    moved = points.copy()
    for axis in (0, 1):
        for run in _runs(along == axis):
            members = np.append(run, (run[-1] + 1) % len(points))
            middles = (points[run, 1 - axis] + points[(run + 1) % len(points), 1 - axis]) / 2.0
            weights = lengths[run]
            moved[members, 1 - axis] = float((middles * weights).sum() / weights.sum())
    kept = np.abs(np.roll(moved, 1, axis=0) - moved).max(axis=1) > 1e-6
    ring: Floats = moved[kept]
    return ring


def _runs(mask: NDArray[np.bool_]) -> list[NDArray[np.int64]]:
    """Indices of unbroken runs around a ring."""
    size = len(mask)
    if mask.all():
        return []
    start = int(np.flatnonzero(~mask)[0])
    order = (np.arange(size) + start) % size
    found: list[NDArray[np.int64]] = []
    for index in order:
        if not mask[index]:
            continue
        if found and (found[-1][-1] + 1) % size == index:
            found[-1] = np.append(found[-1], index)
        else:
            found.append(np.array([index]))
    return found
