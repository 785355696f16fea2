"""Lays plan shapes on the ground and builds the small solids of the plan: trees, piers, cables."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from twin_app.demo.frame import Points
from twin_app.demo.solids import GROUND, ROOF, WALL, Face
from twin_app.demo.terrain import Ground


def pieces(shape: BaseGeometry, cell_m: float) -> list[shapely.Polygon]:
    """The shape cut into polygons no wider than ``cell_m``, by halving."""
    found: list[shapely.Polygon] = []
    stack = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and part.area > 0.05]
    while stack:
        part = stack.pop()
        west, south, east, north = part.bounds
        if max(east - west, north - south) <= cell_m:
            if part.area > 0.5:
                found.append(shapely.orient_polygons(part.simplify(0.02)))
            continue
        if east - west >= north - south:
            middle = _grid_middle(west, east, cell_m)
            halves = (shapely.box(west, south, middle, north), shapely.box(middle, south, east, north))
        else:
            middle = _grid_middle(south, north, cell_m)
            halves = (shapely.box(west, south, east, middle), shapely.box(west, middle, east, north))
        for half in halves:
            cut = shapely.intersection(part, half, grid_size=0.001)
            stack += [p for p in shapely.get_parts(cut) if p.geom_type == "Polygon" and p.area > 0.05]
    return found


def _grid_middle(low: float, high: float, cell_m: float) -> float:
    """A cut on the common grid near the middle, so that neighbours are cut at the same places."""
    middle = round((low + high) / 2 / cell_m) * cell_m
    return middle if low + 0.01 < middle < high - 0.01 else (low + high) / 2


def drape(ground: Ground, shape: BaseGeometry, above_m: float, meaning: str, cell_m: float = 20.0) -> list[Face]:
    """The shape as faces lying ``above_m`` over the ground."""
    faces = []
    for piece in pieces(shape, cell_m):
        rings = []
        for ring in (piece.exterior, *piece.interiors):
            xy = np.array(ring.coords)[:-1]
            rings.append(np.column_stack([xy, ground.height_m(xy) + above_m]))
        faces.append(Face(tuple(rings), meaning))
    return faces


def flat(shape: BaseGeometry, height_m: float, meaning: str, cell_m: float = 200.0) -> list[Face]:
    """The shape as level faces."""
    faces = []
    for piece in pieces(shape, cell_m):
        rings = [np.array(ring.coords)[:-1] for ring in (piece.exterior, *piece.interiors)]
        faces.append(Face(tuple(np.column_stack([xy, np.full(len(xy), height_m)]) for xy in rings), meaning))
    return faces


def loft(low: Points, high: Points) -> list[Face]:
    """The closed shell between two rings (n, 3) counter-clockwise from above, vertex by vertex."""
    faces = [Face((low[::-1],), GROUND), Face((high,), ROOF)]
    count = len(low)
    for i in range(count):
        j = (i + 1) % count
        faces.append(Face((np.array([low[i], low[j], high[j], high[i]]),), WALL))
    return faces


def beam(start_m: Points, end_m: Points, width_m: float, depth_m: float) -> list[Face]:
    """A straight bar of rectangular section between two points (3,), its depth upright or nearly so."""
    axis = (end_m - start_m) / np.linalg.norm(end_m - start_m)
    upright = np.array([0.0, 0.0, 1.0]) if abs(axis[2]) < 0.95 else np.array([1.0, 0.0, 0.0])
    side = np.cross(axis, upright)
    side /= np.linalg.norm(side)
    up = np.cross(side, axis)
    corners = [(-1, -1), (-1, 1), (1, 1), (1, -1)]
    offsets = np.array([side * width_m / 2 * i + up * depth_m / 2 * j for i, j in corners])
    return loft(start_m + offsets, end_m + offsets)
