"""Boxes as mesh chunks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loaders.model.meshes import MeshChunk

_CORNERS = np.array([[x, y, z] for z in (0, 1) for y in (0, 1) for x in (0, 1)], np.float64)
_FACES = np.array(
    [0, 2, 3, 0, 3, 1, 4, 5, 7, 4, 7, 6, 0, 1, 5, 0, 5, 4, 2, 6, 7, 2, 7, 3, 0, 4, 6, 0, 6, 2, 1, 3, 7, 1, 7, 5]
).reshape(-1, 3)
GREY = (120, 130, 140, 255)


def boxes_chunk(
    boxes_m: Sequence[Sequence[float]],
    rows: Sequence[int] | None = None,
    colour: tuple[int, int, int, int] = GREY,
    turn_rad: float = 0.0,
    origin_m: Sequence[float] = (0.0, 0.0, 0.0),
) -> MeshChunk:
    """Closed boxes ``x0 y0 z0 x1 y1 z1``, one object each, turned about the z axis."""
    corners = [np.array(box[:3]) + _CORNERS * (np.array(box[3:]) - np.array(box[:3])) for box in boxes_m]
    points = np.concatenate(corners)
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    points[:, :2] = points[:, :2] @ np.array([[cos, sin], [-sin, cos]])
    count = len(boxes_m)
    return MeshChunk(
        np.array(origin_m, np.float64),
        points.astype(np.float32),
        np.concatenate([_FACES + 8 * number for number in range(count)]).astype(np.uint32),
        np.repeat(np.arange(count) if rows is None else np.array(rows), 8).astype(np.uint32),
        np.tile(np.array(colour, np.uint8), (8 * count, 1)),
        transparent=colour[3] < 255,
    )


def volume_m3(points: np.ndarray, triangles: np.ndarray, floor_m: float) -> float:
    """Inside a surface that is closed but for its floor (divergence theorem)."""
    a, b, c = (points[triangles[:, i]] - [0.0, 0.0, floor_m] for i in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)
