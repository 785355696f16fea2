"""Shapes of overlays as triangles: many at once, one after the other in one array."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
SIDES = 28
RINGS, AROUND = 12, 48


class Solid(NamedTuple):
    """Points (k, 3) of a shape of unit size, its triangles (t, 3), and its normals (k, 3) where they are smooth."""

    points: Floats
    triangles: NDArray[np.uint32]
    normals: Floats


def prism(num_sides: int) -> Solid:
    """Upright, from z 0 to 1, its corners on a circle of diameter 1; four sides give a square of side 1."""
    turn = (np.arange(num_sides) + 0.5) * 2.0 * np.pi / num_sides
    radius = np.sqrt(0.5) if num_sides == 4 else 0.5
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * radius
    points = np.concatenate([np.column_stack([ring, np.full(num_sides, z)]) for z in (0.0, 1.0)])
    points = np.concatenate([points, [[0.0, 0.0, 1.0]]])
    here = np.arange(num_sides)
    after = (here + 1) % num_sides
    walls = [[here, after, after + num_sides], [here, after + num_sides, here + num_sides]]
    lid = [here + num_sides, after + num_sides, np.full(num_sides, 2 * num_sides)]
    triangles = np.concatenate([np.column_stack(one) for one in (*walls, lid)]).astype(np.uint32)
    return Solid(points, triangles, np.zeros_like(points))


def half_sphere() -> Solid:
    """Of radius 1 about the origin, above z = 0."""
    altitude = np.repeat(np.linspace(0.0, np.pi / 2.0, RINGS), AROUND)
    azimuth = np.tile(np.linspace(0.0, 2.0 * np.pi, AROUND, endpoint=False), RINGS)
    flat = np.cos(altitude)
    points = np.column_stack([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(altitude)])
    here = np.arange(AROUND)
    after = (here + 1) % AROUND
    bands = []
    for base in range(0, (RINGS - 1) * AROUND, AROUND):
        bands.append(np.column_stack([base + here, base + after, base + AROUND + after]))
        bands.append(np.column_stack([base + here, base + AROUND + after, base + AROUND + here]))
    return Solid(points, np.concatenate(bands).astype(np.uint32), points)


def repeated(solid: Solid, places: Floats, sizes: Floats) -> tuple[Floats, NDArray[np.uint32]]:
    """Points (n * k, 3) and triangles of a solid at ``places`` (n, 3), stretched by ``sizes`` (n, 3)."""
    points = (solid.points[None] * sizes[:, None] + places[:, None]).reshape(-1, 3)
    steps = np.arange(len(places), dtype=np.uint32) * np.uint32(len(solid.points))
    return points, (solid.triangles[None] + steps[:, None, None]).reshape(-1, 3)
