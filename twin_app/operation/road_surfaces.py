"""Lines to go by through the surfaces of roads, where a source has no centre lines.

The surfaces are joined and cut into triangles between their edges; a line leads through the middles of the sides that
neighbouring triangles share. In a strip these lie in its middle, so that lengths are those of the centre line.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
CLOSE_M = 0.3  # gaps no wider than twice this are none
STRAIGHT_M = 0.4  # corners that lie straight within this go
LEAST_M2 = 20.0
MOST_TRIANGLES = 2_000_000


def lines_through(surfaces_m: Floats) -> list[Floats]:
    """Lines (2, 2) through triangles (t, 3, 2), both in metres; they meet where roads meet."""
    area = _doubled_areas(surfaces_m)
    corners = surfaces_m[np.isfinite(area) & (np.abs(area) > 1e-6)][:MOST_TRIANGLES]
    if not len(corners):
        return []
    joined = shapely.union_all(shapely.polygons(corners), grid_size=0.01)
    joined = shapely.simplify(shapely.buffer(shapely.buffer(joined, CLOSE_M), -CLOSE_M), STRAIGHT_M)
    found: list[Floats] = []
    for part in shapely.get_parts(joined):
        if part.geom_type == "Polygon" and part.area >= LEAST_M2:
            found += _through(part)
    return found


def _doubled_areas(triangles: Floats) -> Floats:
    one, other = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    areas: Floats = one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
    return areas


def _through(polygon: shapely.Polygon) -> list[Floats]:
    """Between the middles of the shared sides of a triangle that has two, or from its own middle to all."""
    pieces = shapely.get_parts(shapely.constrained_delaunay_triangles(polygon))
    corners = np.array([shapely.get_coordinates(piece)[:3] for piece in pieces])
    if len(corners) < 2:
        return []
    nodes, where = np.unique(np.round(corners.reshape(-1, 2), 4), axis=0, return_inverse=True)
    ends = where.reshape(-1, 3)
    sides = np.sort(np.stack([ends, np.roll(ends, -1, axis=1)], axis=2), axis=2)  # (t, 3, 2) node numbers
    _, side, count = np.unique(sides.reshape(-1, 2), axis=0, return_inverse=True, return_counts=True)
    shared = (count[side] > 1).reshape(-1, 3)
    middles = nodes[sides].mean(axis=2)
    lines: list[Floats] = []
    for triangle, gates in enumerate(shared):
        open_sides = middles[triangle][gates]
        if len(open_sides) == 2:
            lines.append(open_sides)
        elif len(open_sides):
            middle = corners[triangle].mean(axis=0)
            lines += [np.stack([gate, middle]) for gate in open_sides]
    return lines
