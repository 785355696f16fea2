"""Where a model stands on the globe: the root transform to earth-centred coordinates."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from loaders.model.frames import Georeference, Matrix, identity, transform_points

_STEP_M = 1.0
_EYE3 = np.eye(3)
_SEMI_MAJOR_M = 6_378_137.0  # WGS 84
_FLATTENING = 1.0 / 298.257223563
_ECCENTRICITY_2 = _FLATTENING * (2.0 - _FLATTENING)

PointMap = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def ecef_from_model(georeference: Georeference, centre_m: NDArray[np.float64]) -> Matrix:
    """The affine map (4 x 4, float64) from the model frame to EPSG:4978, tangent at ``centre_m`` (3,).

    Its linear part is the Jacobian by central differences, so it holds the map projection's scale and
    grid convergence there. Heights are taken as ellipsoidal. With no usable CRS but a latitude and
    longitude it stands upright there, turned to true north; with neither it is the identity.
    """
    to_ecef = _ecef_from_world(georeference.crs) if georeference.crs else None
    if to_ecef is not None:
        matrix = _tangent(lambda points: to_ecef(transform_points(georeference.world_from_model, points)), centre_m)
        if np.isfinite(matrix).all():
            return matrix
    if georeference.latitude_deg is not None and georeference.longitude_deg is not None:
        return _upright(georeference, georeference.latitude_deg, georeference.longitude_deg)
    return identity()


def _tangent(ecef_of: PointMap, centre_m: NDArray[np.float64]) -> Matrix:
    offsets = np.concatenate([np.zeros((1, 3)), _EYE3 * _STEP_M, -_EYE3 * _STEP_M])
    points = ecef_of(centre_m + offsets)
    matrix = identity()
    if not np.isfinite(points).all():
        return matrix * np.nan
    matrix[:3, :3] = (points[1:4] - points[4:7]).T / (2 * _STEP_M)
    matrix[:3, 3] = points[0] - matrix[:3, :3] @ centre_m
    return matrix


def _ecef_from_world(crs_text: str) -> PointMap | None:
    """The map from world metres of a CRS to ECEF metres; None when PROJ does not know the CRS."""
    from pyproj import CRS, Transformer
    from pyproj.exceptions import ProjError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecated codes still place a model rightly
            crs = CRS.from_user_input(crs_text)
            horizontal = crs.sub_crs_list[0] if crs.is_compound else crs
            to_geographic = Transformer.from_crs(horizontal.to_2d(), "EPSG:4326", always_xy=True)
    except ProjError:
        return None
    axes = horizontal.axis_info
    unit_m = axes[0].unit_conversion_factor if axes and not horizontal.is_geographic else 1.0

    def ecef_of(world_m: NDArray[np.float64]) -> NDArray[np.float64]:
        longitude, latitude = to_geographic.transform(world_m[:, 0] / unit_m, world_m[:, 1] / unit_m)
        if not np.isfinite([longitude, latitude]).all():
            return np.full((len(world_m), 3), np.nan)
        return ecef_from_geographic(latitude, longitude, world_m[:, 2])

    return ecef_of


def ecef_from_geographic(
    latitude_deg: NDArray[np.float64], longitude_deg: NDArray[np.float64], height_m: NDArray[np.float64]
) -> NDArray[np.float64]:
    """EPSG:4978 metres (n, 3) of WGS 84 latitudes, longitudes and ellipsoidal heights, each (n,).

    The closed form of EPSG method 9602; PROJ's own costs 30 ms to set up.
    """
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    normal_m = _SEMI_MAJOR_M / np.sqrt(1.0 - _ECCENTRICITY_2 * np.sin(latitude) ** 2)
    across_m = (normal_m + height_m) * np.cos(latitude)
    up_m = (normal_m * (1.0 - _ECCENTRICITY_2) + height_m) * np.sin(latitude)
    return np.stack([across_m * np.cos(longitude), across_m * np.sin(longitude), up_m], axis=1)


def _upright(georeference: Georeference, latitude_deg: float, longitude_deg: float) -> Matrix:
    """East, north, up at a place, turned so that the model's true north points north."""
    height_m = georeference.height_m or 0.0
    latitude, longitude = np.radians([latitude_deg, longitude_deg])
    sin_lat, cos_lat, sin_lon, cos_lon = np.sin(latitude), np.cos(latitude), np.sin(longitude), np.cos(longitude)
    east = np.array([-sin_lon, cos_lon, 0.0])
    north = np.array([-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat])
    up = np.array([cos_lat * cos_lon, cos_lat * sin_lon, sin_lat])
    turn = np.radians(georeference.true_north_deg or 0.0)
    matrix = identity()
    # True north lies clockwise of model +y by ``turn``, so model +y bears -turn.
    matrix[:3, 0] = np.cos(turn) * east + np.sin(turn) * north
    matrix[:3, 1] = -np.sin(turn) * east + np.cos(turn) * north
    matrix[:3, 2] = up
    matrix[:3, 3] = ecef_from_geographic(*np.array([[latitude_deg], [longitude_deg], [height_m]]))[0]
    return matrix if np.isfinite(matrix).all() else identity()
