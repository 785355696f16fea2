"""Affine maps between coordinate systems, judged by pyproj at points they were not made from."""

import numpy as np
import pytest
from pyproj import Transformer

from loaders.model.errors import CityTwinError
from loaders.model.frames import transform_points
from scenes.analysis.reproject import affine_between, affine_error_m, same_crs

SOURCE, TARGET = "EPSG:4547", "EPSG:32650"
MIDDLE_M = np.array([530_000.0, 3_385_000.0, 20.0])


def test_a_district_lands_within_a_centimetre_and_keeps_heights() -> None:
    matrix = affine_between(SOURCE, TARGET, MIDDLE_M)
    points_m = MIDDLE_M + np.array([[0, 0, 0], [300, -200, 5], [-250, 400, 60.0]])
    east, north = Transformer.from_crs(SOURCE, TARGET, always_xy=True).transform(points_m[:, 0], points_m[:, 1])
    found = transform_points(matrix, points_m)
    assert np.hypot(found[:, 0] - east, found[:, 1] - north).max() < 0.01
    assert found[:, 2] == pytest.approx(points_m[:, 2])


def test_the_error_says_when_an_area_is_too_large() -> None:
    matrix = affine_between(SOURCE, TARGET, MIDDLE_M)
    near = np.concatenate([MIDDLE_M - 500, MIDDLE_M + 500])
    far = np.concatenate([MIDDLE_M - 60_000, MIDDLE_M + 60_000])
    assert affine_error_m(SOURCE, TARGET, matrix, near) < 0.05
    assert affine_error_m(SOURCE, TARGET, matrix, far) > 1.0


def test_names_of_one_system_and_unknown_names() -> None:
    assert same_crs("EPSG:4547", "epsg:4547")
    assert not same_crs("EPSG:4547", "EPSG:4548")
    with pytest.raises(CityTwinError, match="georef"):
        affine_between("EPSG:999999", TARGET, MIDDLE_M)
