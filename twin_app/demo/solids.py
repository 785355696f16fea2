"""Closed boundary surfaces of building parts, with the meaning of every face."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import shapely

from twin_app.demo.frame import Points
from twin_app.demo.massing import FLAT, PYRAMID, Part

WALL, ROOF, GROUND, WINDOW = "WallSurface", "RoofSurface", "GroundSurface", "Window"
_PARAPET_M, _PARAPET_WIDTH_M = 1.0, 0.45


@dataclass(frozen=True, slots=True)
class Face:
    """A flat polygon seen counter-clockwise from outside: outer ring, then holes, each (n, 3)."""

    rings: tuple[Points, ...]
    meaning: str


def solid_faces(part: Part, ground_m: float, *, detailed: bool) -> list[Face]:
    """The closed shell of a part standing on ``ground_m``; ``detailed`` cuts windows into the walls."""
    footprint = shapely.orient_polygons(part.footprint)
    base, top = ground_m + part.base_m, ground_m + part.top_m
    rings = [np.array(ring.coords)[:-1] for ring in (footprint.exterior, *footprint.interiors)]
    floor = Face(tuple(_lift(ring[::-1], base) for ring in rings), GROUND)
    if part.roof != FLAT and len(rings[0]) == 4:
        return [floor, *_walls(rings[0], part, base, top, detailed), *_pitched(rings[0], top, part)]
    parapet = part.footprint.area > 160 and part.storey_m > 0
    rim = top + _PARAPET_M if parapet else top
    walls = [face for ring in rings for face in _walls(ring, part, base, rim, detailed)]
    inner = footprint.buffer(-_PARAPET_WIDTH_M, join_style="mitre") if parapet else None
    if inner is None or inner.geom_type != "Polygon" or len(inner.interiors) != len(footprint.interiors):
        return [floor, *walls, Face(tuple(_lift(ring, rim) for ring in rings), ROOF)]
    return [floor, *walls, *_parapet(footprint, shapely.orient_polygons(inner), rim, top)]


def _lift(ring: Points, height_m: float) -> Points:
    return np.column_stack([ring, np.full(len(ring), height_m)])


def _parapet(outer: shapely.Polygon, inner: shapely.Polygon, rim_m: float, roof_m: float) -> list[Face]:
    """Rim, inner walls and the roof between them; a hole of the footprint has its own rim."""
    faces = []
    out_ring, in_ring = np.array(outer.exterior.coords)[:-1], np.array(inner.exterior.coords)[:-1]
    faces.append(Face((_lift(out_ring, rim_m), _lift(in_ring[::-1], rim_m)), ROOF))
    roof_rings = [_lift(in_ring, roof_m)]
    faces.extend(_strip(in_ring[::-1], roof_m, rim_m, WALL))
    for hole, wider in zip(outer.interiors, inner.interiors, strict=True):
        hole_ring, wide_ring = np.array(hole.coords)[:-1], np.array(wider.coords)[:-1]
        faces.append(Face((_lift(wide_ring[::-1], rim_m), _lift(hole_ring, rim_m)), ROOF))
        roof_rings.append(_lift(wide_ring, roof_m))
        faces.extend(_strip(wide_ring[::-1], roof_m, rim_m, WALL))
    return [*faces, Face(tuple(roof_rings), ROOF)]


def _strip(ring: Points, low_m: float, high_m: float, meaning: str) -> list[Face]:
    """Upright quads under every edge of a ring; outside is on the ring's right hand."""
    ends = np.roll(ring, -1, axis=0)
    return [
        Face((np.array([[*a, low_m], [*b, low_m], [*b, high_m], [*a, high_m]]),), meaning)
        for a, b in zip(ring, ends, strict=True)
    ]


def _pitched(ring: Points, top_m: float, part: Part) -> list[Face]:
    """Gable, hip or pyramid over four corners."""
    if np.hypot(*(ring[1] - ring[0])) < np.hypot(*(ring[2] - ring[1])):
        ring = np.roll(ring, -1, axis=0)
    a, b, c, d = _lift(ring, top_m)
    inset = {"gable": 0.0, "hip": 0.5 * np.hypot(*(ring[2] - ring[1])) / np.hypot(*(ring[1] - ring[0]))}.get(
        part.roof, 0.5
    )
    rise = np.array([0.0, 0.0, part.rise_m])
    west, east = (a + d) / 2, (b + c) / 2
    start, end = west + (east - west) * inset + rise, east + (west - east) * inset + rise
    if part.roof == PYRAMID or inset >= 0.48:
        tip = (a + b + c + d) / 4 + rise
        return [Face((np.array(side),), ROOF) for side in ((a, b, tip), (b, c, tip), (c, d, tip), (d, a, tip))]
    ends = WALL if part.roof == "gable" else ROOF
    sides = (((a, b, end, start), ROOF), ((b, c, end), ends), ((c, d, start, end), ROOF), ((d, a, start), ends))
    return [Face((np.array(side),), meaning) for side, meaning in sides]


def _levels(part: Part, base_m: float, top_m: float) -> list[float]:
    """Heights at which the walls are cut: each storey's sill and head."""
    levels = []
    count = int((part.top_m - part.base_m + 0.05) // part.storey_m)
    for index in range(count):
        low = base_m + index * part.storey_m
        sill = 0.35 if index == 0 and part.base_m == 0 else 0.95
        levels += [low + sill, low + min(part.storey_m - 0.55, sill + part.storey_m * 0.62)]
    return [level for level in levels if base_m < level < top_m]


def _walls(ring: Points, part: Part, base_m: float, top_m: float, detailed: bool) -> list[Face]:
    if not detailed or part.storey_m <= 0:
        return _strip(ring, base_m, top_m, WALL)
    levels = _levels(part, base_m, top_m)
    faces = []
    for a, b in zip(ring, np.roll(ring, -1, axis=0), strict=True):
        faces.extend(_wall(a, b, np.array([base_m, *levels, top_m]), part.bay_m))
    return faces


def _wall(a: Points, b: Points, levels_m: Points, bay_m: float) -> list[Face]:
    """One wall between plan points: spandrels with window rows between them.

    Every spandrel carries the corners of the windows above and below it, so that no edge is left open.
    """
    posts = _posts(float(np.hypot(*(b - a))), bay_m)
    along = a + (b - a) * posts[:, None]
    blank = len(posts) == 2 and bay_m > 0
    faces = []
    for row in range(len(levels_m) - 1):
        low, high = levels_m[row], levels_m[row + 1]
        if row % 2 == 0:
            bottom = along if row > 0 else along[[0, -1]]
            top = along if row < len(levels_m) - 2 else along[[0, -1]]
            faces.append(Face((np.vstack([_lift(bottom, low), _lift(top[::-1], high)]),), WALL))
            continue
        for index, (p, q) in enumerate(pairwise(along)):
            glass = not blank and (len(posts) == 2 or index % 2 == 1)
            quad = np.array([[*p, low], [*q, low], [*q, high], [*p, high]])
            faces.append(Face((quad,), WINDOW if glass else WALL))
    return faces


def _posts(length_m: float, bay_m: float) -> Points:
    """Where windows begin and end along a wall, as shares of its length."""
    if bay_m <= 0 or length_m < max(3.5, 0.6 * bay_m):
        return np.array([0.0, 1.0])
    count = max(1, round(length_m / bay_m))
    bay = 1.0 / count
    starts = np.arange(count) * bay
    return np.concatenate([[0.0], np.column_stack([starts + 0.2 * bay, starts + 0.8 * bay]).ravel(), [1.0]])
