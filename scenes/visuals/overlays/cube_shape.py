"""The view cube's geometry: six faces, twelve bevels and eight corners of a cube from -1 to 1."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

from scenes.visuals import vtk_arrays

FLAT = 0.74  # half the width of a face; the rest is bevel
RING_RADIUS, RING_HEIGHT = 1.68, -1.05

Floats = NDArray[np.float64]

# A piece is named by where it lies: (0, 0, 1) the top face, (1, 0, 1) an edge, (1, 1, 1) a corner.
PIECES: tuple[tuple[int, int, int], ...] = tuple(
    (x, y, z) for x, y, z in itertools.product((-1, 0, 1), repeat=3) if (x, y, z) != (0, 0, 0)
)
FACE_WORDS = (
    ("top", (0, 0, 1)),
    ("bottom", (0, 0, -1)),
    ("north", (0, 1, 0)),
    ("south", (0, -1, 0)),
    ("east", (1, 0, 0)),
    ("west", (-1, 0, 0)),
)


def piece_mesh() -> Any:
    """vtkPolyData with one polygon per piece, in the order of `PIECES`."""
    positions: list[Floats] = []
    polygons = vtkCellArray()
    for piece in PIECES:
        corners = _corners(np.array(piece, np.float64))
        first = len(positions)
        positions.extend(corners)
        polygons.InsertNextCell(len(corners), list(range(first, first + len(corners))))
    data = vtkPolyData()
    data.SetPoints(vtk_arrays.points(np.array(positions, np.float32)))
    data.SetPolys(polygons)
    return data


def _corners(piece: Floats) -> Floats:
    """The corners of a piece, counter-clockwise from outside."""
    axes = np.flatnonzero(piece)
    points = []
    # Each corner lies on one face of the cube: at 1 along that face's axis, at FLAT along the others.
    for face in axes:
        others = [a for a in range(3) if a != face]
        signs = [[piece[a]] if piece[a] else [-1.0, 1.0] for a in others]
        for pair in itertools.product(*signs):
            point = np.zeros(3)
            point[face] = piece[face]
            point[others] = np.array(pair) * FLAT
            points.append(point)
    corners = np.array(points)
    normal = piece / np.linalg.norm(piece)
    spokes = corners - corners.mean(axis=0)
    across = spokes[0] / np.linalg.norm(spokes[0])
    angles = np.arctan2(spokes @ np.cross(normal, across), spokes @ across)
    ordered: Floats = corners[np.argsort(angles)]
    return ordered


def piece_at(origin: Floats, direction: Floats) -> int | None:
    """Which piece a ray meets first, None beside the cube."""
    with np.errstate(divide="ignore"):
        first, second = (-1.0 - origin) / direction, (1.0 - origin) / direction
    near, far = float(np.minimum(first, second).max()), float(np.maximum(first, second).min())
    if near > far or not np.isfinite(near):
        return None
    point = origin + direction * near
    piece = np.where(np.abs(point) > FLAT, np.sign(point), 0.0).astype(int)
    return PIECES.index((int(piece[0]), int(piece[1]), int(piece[2])))


def face_quad(direction: tuple[int, int, int]) -> Floats:
    """Where a face's word goes (4, 3): upright, counter-clockwise from the lower left, just off the face."""
    normal = np.array(direction, np.float64)
    up = np.array([0.0, 0.0, 1.0]) if direction[2] == 0 else np.array([0.0, float(direction[2]), 0.0])
    right = np.cross(up, normal)
    middle, half = normal * 1.005, FLAT * 0.72
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return np.array([middle + (right * x + up * y) * half for x, y in signs])


def ring_mesh() -> Any:
    """The compass ring under the cube: a flat band with a gap at each letter."""
    angles = np.radians(np.concatenate([np.arange(a + 14, a + 77, 3) for a in (0, 90, 180, 270)]))
    inner, outer = RING_RADIUS - 0.05, RING_RADIUS + 0.05
    rim = [
        np.column_stack([r * np.cos(angles), r * np.sin(angles), np.full(angles.size, RING_HEIGHT)])
        for r in (inner, outer)
    ]
    per_arc = angles.size // 4
    index = np.arange(angles.size)
    start = index[(index + 1) % per_arc != 0]
    quads = np.column_stack([start, start + 1, start + 1 + angles.size, start + angles.size])
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
    return vtk_arrays.surface(np.concatenate(rim).astype(np.float32), triangles.astype(np.uint32))
