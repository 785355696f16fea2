"""Plain solids that stand in for buildings: prisms over footprints, boxes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import mapbox_earcut
import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Colour = NDArray[np.uint8]

_SQUARE = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])
_SIDES = np.array([[i, (i + 1) % 4, 4 + (i + 1) % 4, i, 4 + (i + 1) % 4, 4 + i] for i in range(4)]).reshape(-1, 3)


class Solid(NamedTuple):
    """Vertices (n, 3), triangles (t, 3) counter-clockwise from outside, colours (n, 4)."""

    points_m: Floats
    triangles: NDArray[np.int64]
    colours: Colour


def prism(footprint: shapely.Polygon, low_m: float, high_m: float, side: Colour, top: Colour) -> Solid:
    """Walls and roof over a footprint; nobody sees the floor."""
    footprint = shapely.orient_polygons(footprint)
    rings = [np.array(ring.coords)[:-1] for ring in (footprint.exterior, *footprint.interiors)]
    points, triangles, colours, count = [], [], [], 0
    for ring in rings:
        size = len(ring)
        walls = np.concatenate([_lifted(ring, low_m), _lifted(ring, high_m)])
        here, there = np.arange(size), np.roll(np.arange(size), -1)
        lower = np.stack([here, there, there + size], axis=1)
        upper = np.stack([here, there + size, here + size], axis=1)
        points.append(walls)
        triangles.append(np.concatenate([lower, upper]) + count)
        colours.append(np.tile(side, (2 * size, 1)))
        count += 2 * size
    flat = np.concatenate(rings)
    ends = np.cumsum([len(ring) for ring in rings]).astype(np.uint32)
    roof = mapbox_earcut.triangulate_float64(flat, ends).reshape(-1, 3).astype(np.int64)
    points.append(_lifted(flat, high_m))
    triangles.append(_upward(flat, roof) + count)
    colours.append(np.tile(top, (len(flat), 1)))
    return Solid(np.concatenate(points), np.concatenate(triangles), np.concatenate(colours).astype(np.uint8))


def _upward(flat: Floats, triangles: NDArray[np.int64]) -> NDArray[np.int64]:
    a, b, c = flat[triangles[:, 0]], flat[triangles[:, 1]], flat[triangles[:, 2]]
    turn = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    return np.where(turn[:, None] < 0.0, triangles[:, ::-1], triangles)


def _lifted(flat: Floats, height_m: float) -> Floats:
    return np.column_stack([flat, np.full(len(flat), height_m)])


def boxes(centres_m: Floats, sizes_m: Floats, low_m: Floats, high_m: Floats, colours: Colour) -> Solid:
    """Upright boxes without floors: centres and sizes (k, 2), heights (k,), colours (k, 4)."""
    count = len(centres_m)
    flat = centres_m[:, None, :] + _SQUARE[None] * sizes_m[:, None, :]  # (k, 4, 2)
    low = np.concatenate([flat, np.broadcast_to(low_m[:, None, None], (count, 4, 1))], axis=2)
    high = np.concatenate([flat, np.broadcast_to(high_m[:, None, None], (count, 4, 1))], axis=2)
    points = np.concatenate([low, high], axis=1).reshape(-1, 3)
    faces = np.concatenate([_SIDES, [[4, 5, 6], [4, 6, 7]]])
    triangles = (faces[None] + 8 * np.arange(count)[:, None, None]).reshape(-1, 3)
    return Solid(points, triangles, np.repeat(colours, 8, axis=0))


def joined(solids: Sequence[Solid]) -> Solid:
    """All of them in one."""
    firsts = np.cumsum([0] + [len(solid.points_m) for solid in solids[:-1]])
    return Solid(
        np.concatenate([solid.points_m for solid in solids]),
        np.concatenate([solid.triangles + first for solid, first in zip(solids, firsts, strict=True)]),
        np.concatenate([solid.colours for solid in solids]),
    )
