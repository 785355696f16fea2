"""The root transform against PROJ itself, point by point."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Transformer

from loaders.model.frames import Georeference, rotation_z, transform_points, translation
from loaders.tileset.placement import ecef_from_model

POINTS_M = np.array([[0, 0, 0], [100, 0, 0], [0, 100, 0], [0, 0, 100], [80, -60, 30]], float)


@pytest.mark.parametrize(
    ("crs", "world"),
    [
        ("EPSG:4547", (523_000, 3_380_000, 25)),
        ("EPSG:28992", (84_800, 446_900, 2)),
        ("EPSG:32632", (458_000, 5_438_000, 110)),
    ],
)
def test_near_points_agree_with_proj(crs: str, world: tuple[float, float, float]) -> None:
    matrix = translation(world) @ rotation_z(0.4)
    placed = transform_points(ecef_from_model(Georeference(crs, matrix), np.zeros(3)), POINTS_M)
    to_geographic = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    to_ecef = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    for point_m, found in zip(transform_points(matrix, POINTS_M), placed, strict=True):
        longitude, latitude = to_geographic.transform(point_m[0], point_m[1])
        expected = to_ecef.transform(longitude, latitude, point_m[2])
        np.testing.assert_allclose(found, expected, rtol=0, atol=0.005)


def test_models_in_world_coordinates_are_tangent_at_their_middle() -> None:
    centre = np.array([523_000.0, 3_380_000.0, 25.0])
    matrix = ecef_from_model(Georeference("EPSG:4547"), centre)
    moved = ecef_from_model(Georeference("EPSG:4547", translation(centre)), np.zeros(3))
    np.testing.assert_allclose(
        transform_points(matrix, centre + POINTS_M), transform_points(moved, POINTS_M), atol=1e-5
    )


def test_feet_are_not_metres() -> None:
    metres = np.array([2_000_000 * 0.3048006096, 600_000 * 0.3048006096, 0.0])  # EPSG:2263 counts US survey feet
    found = ecef_from_model(Georeference("EPSG:2263", translation(metres)), np.zeros(3))[:3, 3]
    longitude, latitude = Transformer.from_crs("EPSG:2263", "EPSG:4326", always_xy=True).transform(2_000_000, 600_000)
    expected = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True).transform(longitude, latitude, 0.0)
    np.testing.assert_allclose(found, expected, atol=2.0)


def test_compound_systems_use_their_horizontal_part() -> None:
    world = translation((84_800.0, 446_900.0, 2.0))
    compound = ecef_from_model(Georeference("EPSG:7415", world), np.zeros(3))
    plain = ecef_from_model(Georeference("EPSG:28992", world), np.zeros(3))
    np.testing.assert_allclose(compound, plain, atol=1e-6)


@pytest.mark.parametrize("crs", [None, "EPSG:1", "nonsense", ""])
def test_no_system_no_place(crs: str | None) -> None:
    np.testing.assert_array_equal(ecef_from_model(Georeference(crs), np.zeros(3)), np.eye(4))


def test_far_outside_a_system_is_no_place() -> None:
    matrix = ecef_from_model(Georeference("EPSG:4547", translation((1e30, 1e30, 0))), np.zeros(3))
    np.testing.assert_array_equal(matrix, np.eye(4))


def test_latitude_and_longitude_alone_stand_upright() -> None:
    georeference = Georeference(latitude_deg=0.0, longitude_deg=90.0, true_north_deg=0.0)
    matrix = ecef_from_model(georeference, np.zeros(3))
    np.testing.assert_allclose(matrix[:3, :3], np.array([[-1, 0, 0], [0, 0, 1], [0, 1, 0]], float), atol=1e-12)
    np.testing.assert_allclose(matrix[:3, 3], [0, 6_378_137, 0], atol=1e-3)


def test_true_north_turns_it() -> None:
    """True north 90 degrees clockwise of model +y is model +x: so +x must point north, and +y west."""
    georeference = Georeference(latitude_deg=0.0, longitude_deg=0.0, true_north_deg=90.0)
    matrix = ecef_from_model(georeference, np.zeros(3))
    np.testing.assert_allclose(matrix[:3, 0], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(matrix[:3, 1], [0, -1, 0], atol=1e-12)
