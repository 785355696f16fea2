"""Where geometry is: coordinate reference systems and float64 transforms between named spaces.

*tile*: float32 metres about the tile's own origin. *model*: the source's own engineering
coordinates, metres, z up. *world*: the coordinates of ``crs`` (east, north, height) in metres.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def identity() -> Matrix:
    """The 4 x 4 float64 identity."""
    return np.eye(4)


def translation(offset_m: NDArray[np.float64] | tuple[float, float, float]) -> Matrix:
    """A 4 x 4 float64 translation by ``offset_m`` (3,)."""
    matrix = np.eye(4)
    matrix[:3, 3] = offset_m
    return matrix


def rotation_z(angle_rad: float) -> Matrix:
    """A 4 x 4 float64 rotation about +z, counter-clockwise seen from above."""
    matrix = np.eye(4)
    cos, sin = np.cos(angle_rad), np.sin(angle_rad)
    matrix[:2, :2] = [[cos, -sin], [sin, cos]]
    return matrix


def transform_points(matrix: Matrix, points_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """``points_m`` (n, 3) through a 4 x 4 affine ``matrix``; gives (n, 3) float64."""
    return np.asarray(points_m, dtype=np.float64) @ matrix[:3, :3].T + matrix[:3, 3]


def transform_bounds(matrix: Matrix, bounds_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """The axis-aligned box (6,) ``minx miny minz maxx maxy maxz`` around a transformed box.

    Arvo, "Transforming axis-aligned bounding boxes", Graphics Gems (1990).
    """
    linear, offset = matrix[:3, :3], matrix[:3, 3]
    low = linear * bounds_m[:3]
    high = linear * bounds_m[3:]
    return np.concatenate([offset + np.minimum(low, high).sum(axis=1), offset + np.maximum(low, high).sum(axis=1)])


def transform_boxes(matrix: Matrix, boxes_m: NDArray[np.float64]) -> NDArray[np.float64]:
    """The axis-aligned boxes (n, 6) around transformed boxes (n, 6), as `transform_bounds` makes one."""
    low = boxes_m[:, None, :3] * matrix[None, :3, :3]
    high = boxes_m[:, None, 3:] * matrix[None, :3, :3]
    offset = matrix[:3, 3]
    return np.concatenate(
        [offset + np.minimum(low, high).sum(axis=2), offset + np.maximum(low, high).sum(axis=2)], axis=1
    )


@dataclass(frozen=True, slots=True)
class Georeference:
    """How a source says where it is.

    ``crs`` is an authority code such as ``EPSG:4547`` or WKT, or None when the source names none.
    ``world_from_model`` maps model metres to world metres (east, north, height).
    ``method`` names where that came from: ``map_conversion``, ``site_lat_lon``, ``file``, ``none``.
    ``latitude_deg``/``longitude_deg`` are WGS 84 where the source gives them.
    ``true_north_deg`` is the clockwise angle from model +y to true north, where the source gives it.
    """

    crs: str | None = None
    world_from_model: Matrix = field(default_factory=identity)
    method: str = "none"
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    height_m: float | None = None
    true_north_deg: float | None = None
    details: dict[str, str] = field(default_factory=dict)
