"""Bounding volumes of tiles (3D Tiles 1.1, section 6.7) as boxes in the model frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import Matrix
from loaders.tiles.placing import Frame

Floats = NDArray[np.float64]
_RADIUS_M = 6.35e6  # of the Earth, at the least
_A, _E2 = 6378137.0, 6.69437999014e-3  # WGS 84 (NIMA TR8350.2, tables 3.1 and 3.3)
_FURTHEST_M = 1e8
_HIGHEST_M = 1e6
_AXIS = np.array([-1.0, 0.0, 1.0])
_GRID = np.stack(np.meshgrid(_AXIS, _AXIS, _AXIS, indexing="ij"), axis=-1).reshape(-1, 3)
_SIDES = np.linspace(0.0, 1.0, 5)


class Volume(NamedTuple):
    """``box`` (12 numbers) and ``sphere`` (4) lie in a frame of their own, ``region`` (6, rad and m) on the globe."""

    kind: str
    values: Floats
    root_from_volume: Matrix


def volume_of(tile: dict[str, Any], root_from_tile: Matrix) -> Volume | None:
    """What a tile says of itself; None where that is nothing, or nonsense."""
    said = tile.get("boundingVolume")
    for kind, count in (("box", 12), ("region", 6), ("sphere", 4)):
        if isinstance(said, dict) and kind in said:
            try:
                values = np.array(said[kind], np.float64).reshape(count)
            except (ValueError, TypeError, OverflowError):
                return None
            return Volume(kind, values, root_from_tile) if _is_sound(kind, values) else None
    return None


def _is_sound(kind: str, values: Floats) -> bool:
    if not np.isfinite(values).all():
        return False
    if kind == "sphere":
        return bool(values[3] >= 0.0)
    if kind == "box":
        return True
    west, south, east, north, low, high = values
    on_globe = bool((np.abs(values[:4]) <= 2.0 * np.pi).all()) and -1.6 < south <= north < 1.6
    return on_globe and low <= high and max(abs(low), abs(high)) < _HIGHEST_M and _span(west, east) <= 2.0 * np.pi


def _span(west: float, east: float) -> float:
    """Radians from west to east; a region may cross the antimeridian."""
    return east - west + (2.0 * np.pi if east < west else 0.0)


def cell_volume(volume: Volume | None, level: int, place: tuple[int, ...]) -> Volume | None:
    """The volume of a cell of an implicit tree, 2 or 3 coordinates (3D Tiles 1.1, section 9.4)."""
    if volume is None or volume.kind == "sphere":
        return volume
    share = 0.5**level
    values = np.array(volume.values)
    if volume.kind == "box":
        for axis, number in enumerate(place):
            half = volume.values[3 + 3 * axis : 6 + 3 * axis]
            values[:3] += half * ((2 * number + 1) * share - 1.0)
            values[3 + 3 * axis : 6 + 3 * axis] = half * share
        return volume._replace(values=values)
    west, south, east, north, low, high = volume.values
    starts, sizes = (west, south, low), (_span(west, east), north - south, high - low)
    for axis, number in enumerate(place):
        first, last = ((0, 2), (1, 3), (4, 5))[axis]
        values[first] = starts[axis] + sizes[axis] * number * share
        values[last] = starts[axis] + sizes[axis] * (number + 1) * share
    return volume._replace(values=values)


def boxes_m(volumes: Sequence[Volume | None], frame: Frame) -> Floats:
    """(n, 6) boxes in the model frame around volumes, a row of NaN for one that is unknown or far from anywhere."""
    found = np.full((len(volumes), 6), np.nan)
    known = [index for index, volume in enumerate(volumes) if volume is not None]
    if not known:
        return found
    points = [_points(volume) for volume in volumes if volume is not None]
    counts = [len(some) for some in points]
    model = frame.to_model(np.concatenate(points))
    for index, some in zip(known, np.split(model, np.cumsum(counts)[:-1]), strict=True):
        volume = volumes[index]
        if volume is not None and np.isfinite(some).all() and np.abs(some).max() < _FURTHEST_M:
            found[index] = _around(volume, some, on_globe=frame.on_globe)
    return found


def _points(volume: Volume) -> Floats:
    """Points of the root frame that lie evenly over a volume, its corners among them."""
    values = volume.values
    if volume.kind == "region":
        west, south, east, north, low, high = values
        grid = np.meshgrid(west + _span(west, east) * _SIDES, south + (north - south) * _SIDES, [low, high])
        return _ecef(*(axis.ravel() for axis in grid))
    half = np.eye(3) * values[3] if volume.kind == "sphere" else values[3:].reshape(3, 3)
    matrix = volume.root_from_volume
    with np.errstate(over="ignore", invalid="ignore"):
        found: Floats = (values[:3] + _GRID @ half) @ matrix[:3, :3].T + matrix[:3, 3]
    return found


def _ecef(longitude: Floats, latitude: Floats, height_m: Floats) -> Floats:
    sin, cos = np.sin(latitude), np.cos(latitude)
    prime = _A / np.sqrt(1.0 - _E2 * sin * sin)
    flat = (prime + height_m) * cos
    return np.stack([flat * np.cos(longitude), flat * np.sin(longitude), (prime * (1.0 - _E2) + height_m) * sin], 1)


def _around(volume: Volume, points_m: Floats, *, on_globe: bool) -> Floats:
    low, high = points_m.min(axis=0), points_m.max(axis=0)
    if on_globe:
        # What is straight there bends here: between points at a distance d by d² / 8 R, times the curve of the map.
        reach_m = float(np.linalg.norm(high - low)) / 2.0
        sag = np.full(3, reach_m**2 / _RADIUS_M)
        if volume.kind == "region":
            sag[2] = 1e-3  # heights are heights in both
        low, high = low - sag, high + sag
    return np.concatenate([low, high])
