"""Moving a model from one coordinate reference system to another, as one affine map about its middle."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from loaders.model.errors import CityTwinError
from loaders.model.frames import Matrix, transform_points

_STEP_M = 10.0


@lru_cache(maxsize=64)
def _transformer(source: str, target: str) -> Transformer:
    try:
        return Transformer.from_crs(CRS.from_user_input(source), CRS.from_user_input(target), always_xy=True)
    except ProjError as error:
        raise CityTwinError("georef.unknown_crs", f"{source} → {target}") from error


def affine_between(source: str, target: str, middle_m: NDArray[np.float64]) -> Matrix:
    """``target_from_source`` (4 x 4) at ``middle_m`` (3,), with grid convergence and scale; heights unchanged.

    The Jacobian by central differences over 20 m; its error grows with the square of the distance
    from the middle: `affine_error_m` says how much.
    Raises `CityTwinError` ``georef.outside`` where the target CRS has no coordinates.
    """
    x, y = float(middle_m[0]), float(middle_m[1])
    xs = np.array([x, x + _STEP_M, x - _STEP_M, x, x])
    ys = np.array([y, y, y, y + _STEP_M, y - _STEP_M])
    east, north = _transformer(source, target).transform(xs, ys)
    if not (np.isfinite(east).all() and np.isfinite(north).all()):
        raise CityTwinError("georef.outside", f"{source} → {target}")
    jacobian = np.array([[east[1] - east[2], east[3] - east[4]], [north[1] - north[2], north[3] - north[4]]])
    matrix = np.eye(4)
    matrix[:2, :2] = jacobian / (2 * _STEP_M)
    matrix[:2, 3] = np.array([east[0], north[0]]) - matrix[:2, :2] @ np.array([x, y])
    return matrix


def affine_error_m(source: str, target: str, matrix: Matrix, bounds_m: NDArray[np.float64]) -> float:
    """The largest horizontal error of ``matrix`` at the corners of ``bounds_m`` (6,), source coordinates."""
    corners = np.array([[bounds_m[i], bounds_m[j], 0.0] for i in (0, 3) for j in (1, 4)])
    east, north = _transformer(source, target).transform(corners[:, 0], corners[:, 1])
    guess = transform_points(matrix, corners)
    return float(np.hypot(guess[:, 0] - east, guess[:, 1] - north).max())


def project_point(source: str, target: str, x: float, y: float) -> tuple[float, float]:
    """One point (longitude before latitude in geographic systems); infinite outside the target's area."""
    east, north = _transformer(source, target).transform(x, y)
    return float(east), float(north)


def same_crs(one: str, other: str) -> bool:
    """Whether two names mean the same horizontal system."""
    return one == other or bool(CRS.from_user_input(one) == CRS.from_user_input(other))
