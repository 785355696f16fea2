"""From the root frame of a tileset to the model frame: the globe to metres of a UTM zone, anything else as it is."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import Georeference, translation
from loaders.tiles.faults import BAD
from loaders.tiles.tile_json import centre_of

Floats = NDArray[np.float64]
ECEF, GEODETIC = "EPSG:4978", "EPSG:4979"
_ON_THE_GLOBE_M = (6.2e6, 6.8e6)  # from the centre of the Earth


class Frame(NamedTuple):
    """``to_model`` takes root points (n, 3) float64 and gives model points; points far from the globe become NaN."""

    georeference: Georeference
    to_model: Callable[[Floats], Floats]
    on_globe: bool = False


def frame_at(place: tuple[float, float] | None) -> Frame:
    """The frame around a longitude and latitude in degrees; a tileset that is not on the globe has no place."""
    if place is None:
        return Frame(Georeference(), lambda points: points)
    longitude, latitude = place
    zone = min(max(int((longitude + 180.0) // 6.0) + 1, 1), 60)
    crs = f"EPSG:{32600 + zone if latitude >= 0.0 else 32700 + zone}"
    to_zone = _Projection(crs)
    middle = to_zone(_ecef(longitude, latitude))[0]
    origin = np.append(np.round(middle[:2]), 0.0)
    details = {"source_crs": ECEF, "heights": "ellipsoidal, WGS 84"}
    georeference = Georeference(crs, translation((origin[0], origin[1], 0.0)), "file", details=details)
    return Frame(georeference, lambda points: to_zone(points) - origin, on_globe=True)


def place_of(root: dict[str, Any]) -> tuple[float, float] | None:
    """Where a root tile says that it lies: longitude and latitude in degrees; None where that is not on the globe."""
    try:
        kind, values = centre_of(root)
    except BAD:
        return None
    if kind == "region":
        degrees = [math.degrees(value) for value in values]
        return (degrees[0], degrees[1]) if abs(degrees[0]) <= 180.0 and abs(degrees[1]) < 84.0 else None
    from pyproj import Transformer

    distance_m = math.hypot(*values)
    if not _ON_THE_GLOBE_M[0] < distance_m < _ON_THE_GLOBE_M[1]:
        return None
    x, y, z = values
    longitude, latitude, _ = Transformer.from_crs(ECEF, GEODETIC, always_xy=True).transform(x, y, z)
    return (float(longitude), float(latitude)) if abs(latitude) < 84.0 else None


def _ecef(longitude: float, latitude: float) -> Floats:
    from pyproj import Transformer

    return np.array([Transformer.from_crs(GEODETIC, ECEF, always_xy=True).transform(longitude, latitude, 0.0)])


class _Projection:
    """ECEF to a UTM zone with the height above the ellipsoid kept, in float64, point by point."""

    def __init__(self, crs: str) -> None:
        from pyproj import Transformer

        self._to_geodetic = Transformer.from_crs(ECEF, GEODETIC, always_xy=True)
        self._to_zone = Transformer.from_crs("EPSG:4326", crs, always_xy=True)

    def __call__(self, points: Floats) -> Floats:
        longitude, latitude, height = self._to_geodetic.transform(points[:, 0], points[:, 1], points[:, 2])
        east, north = self._to_zone.transform(longitude, latitude)
        found = np.stack([east, north, height], axis=1)
        return np.where(np.isfinite(found), found, np.nan)
