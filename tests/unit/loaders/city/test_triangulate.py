"""Polygons become triangles with the right area, direction and holes."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from loaders.city.triangulate import Polygons, triangulate


def polygons(*surfaces: list[list[int]]) -> Polygons:
    rings = [ring for surface in surfaces for ring in surface]
    return Polygons(
        np.array([i for ring in rings for i in ring], np.int64),
        np.array([len(ring) for ring in rings], np.int64),
        np.array([len(surface) for surface in surfaces], np.int64),
    )


def area_vector(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    a, b, c = points[triangles[:, 0]], points[triangles[:, 1]], points[triangles[:, 2]]
    return np.cross(b - a, c - a).sum(axis=0) / 2


SQUARE = np.array([[0, 0, 0], [4, 0, 0], [4, 4, 0], [0, 4, 0], [1, 1, 0], [3, 1, 0], [3, 3, 0], [1, 3, 0]], np.float64)


@pytest.mark.parametrize("hole", [[4, 5, 6, 7], [7, 6, 5, 4]])
def test_a_hole_is_cut_out_whichever_way_it_runs(hole: list[int]) -> None:
    found = triangulate(SQUARE, polygons([[0, 1, 2, 3], hole]))
    np.testing.assert_allclose(area_vector(SQUARE, found.triangles), [0, 0, 12], atol=1e-12)
    centres = SQUARE[found.triangles].mean(axis=1)
    assert not ((np.abs(centres[:, 0] - 2) < 1) & (np.abs(centres[:, 1] - 2) < 1)).any()


def _turn(axis: np.ndarray) -> np.ndarray:
    """A rotation that takes +z to ``axis``."""
    z = axis / np.linalg.norm(axis)
    x = np.cross([0.3, 1.0, -0.2], z)
    x /= np.linalg.norm(x)
    return np.column_stack([x, np.cross(z, x), z])


@pytest.mark.parametrize("normal", [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, -1), (1, 2, 3), (-5, 1, -2)])
def test_direction_follows_the_ring_in_every_plane(normal: tuple[int, int, int]) -> None:
    axis = np.array(normal, np.float64)
    points = SQUARE @ _turn(axis).T + [85_000.0, 447_000.0, -3.0]
    found = triangulate(points, polygons([[0, 1, 2, 3], [4, 5, 6, 7]], [[3, 2, 1, 0]]))
    unit = axis / np.linalg.norm(axis)
    np.testing.assert_allclose(found.normals, [unit, -unit], atol=1e-9)
    for surface, area in ((0, 12.0), (1, -16.0)):
        got = area_vector(points, found.triangles[found.surface == surface])
        np.testing.assert_allclose(got, unit * area, atol=1e-6)


def test_concave_quads_are_not_cut_along_the_wrong_diagonal() -> None:
    points = np.array([[0, 0, 0], [4, 0, 0], [1, 1, 0], [0, 4, 0]], np.float64)
    for start in range(4):
        ring = [(start + k) % 4 for k in range(4)]
        found = triangulate(points, polygons([ring]))
        corners = points[found.triangles]
        signed = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] / 2
        assert (signed > 0).all()
        assert signed.sum() == pytest.approx(4.0)


def test_bent_quads_keep_both_triangles() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0.3], [0, 1, 0]], np.float64)
    found = triangulate(points, polygons([[0, 1, 2, 3]]))
    assert len(found.triangles) == 2
    assert set(found.triangles.ravel().tolist()) == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("surface", "flat", "wrong"),
    [
        ([[0, 1]], True, False),
        ([[0, 1, 1, 0]], True, False),
        ([[0, 8, 1]], True, False),  # on a line
        ([[]], True, False),
        ([[0, 1, 99]], False, True),
        ([[0, 1, -1]], False, True),
        ([[0, 1, 9]], False, True),  # a vertex at infinity
        ([[0, 1, 2, 3], [4, 5, 77]], False, True),
    ],
)
def test_bad_surfaces_are_told_and_the_others_go_on(surface: list[list[int]], flat: bool, wrong: bool) -> None:
    points = np.concatenate([SQUARE, [[2, 0, 0], [np.nan, 0, 0]]])
    found = triangulate(points, polygons(surface, [[0, 1, 2, 3]]))
    assert found.degenerate.tolist() == [flat, False]
    assert found.out_of_range.tolist() == [wrong, False]
    assert set(found.surface.tolist()) == {1}
    assert np.isfinite(found.normals).all()


def test_repeated_corners_and_hopeless_holes_do_no_harm() -> None:
    found = triangulate(SQUARE, polygons([[0, 0, 1, 2, 2, 2, 3, 0], [4, 4, 5], [6]]))
    np.testing.assert_allclose(area_vector(SQUARE, found.triangles), [0, 0, 16], atol=1e-12)


def test_nothing_gives_nothing() -> None:
    found = triangulate(np.zeros((0, 3)), polygons())
    assert found.triangles.shape == (0, 3)
    assert found.normals.shape == (0, 3)


@given(
    radii=st.lists(st.floats(0.5, 10), min_size=3, max_size=30),
    hole=st.booleans(),
    axis=st.tuples(st.floats(-1, 1), st.floats(-1, 1), st.floats(-1, 1)).filter(lambda v: np.linalg.norm(v) > 0.2),
)
def test_star_shaped_polygons_keep_their_area(radii: list[float], hole: bool, axis: tuple[float, float, float]) -> None:
    turn = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * np.array(radii)[:, None]
    inner = np.column_stack([np.cos(turn), np.sin(turn)])[::-1] * 0.1
    rings = [ring, inner] if hole else [ring]
    expected = shapely.Polygon(ring, [inner] if hole else [])
    flat = np.concatenate(rings)
    points = np.column_stack([flat, np.zeros(len(flat))]) @ _turn(np.array(axis)).T
    indices = [list(range(len(ring)))] + [list(range(len(ring), 2 * len(ring)))] * hole
    found = triangulate(points, polygons(indices))
    corners = points[found.triangles]
    got = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) @ (axis / np.linalg.norm(axis)) / 2
    assert (got > -1e-9).all()
    assert got.sum() == pytest.approx(expected.area, rel=1e-9)


@given(data=st.data())
def test_no_polygon_makes_it_fall_over(data: st.DataObject) -> None:
    coordinate = st.one_of(st.integers(-3, 3).map(float), st.floats(), st.floats(-1e7, 1e7))
    points = np.array(data.draw(st.lists(st.tuples(coordinate, coordinate, coordinate), max_size=12)), np.float64)
    ring = st.lists(st.integers(-2, 14), max_size=9)
    surfaces = data.draw(st.lists(st.lists(ring, min_size=1, max_size=3), max_size=5))
    with np.errstate(over="ignore", invalid="ignore"):
        found = triangulate(points.reshape(-1, 3), polygons(*surfaces))
    assert len(found.triangles) == len(found.surface)
    assert not (found.out_of_range & found.degenerate).any()
    if found.triangles.size:
        assert 0 <= found.triangles.min() <= found.triangles.max() < len(points)
        assert np.isfinite(points[found.triangles]).all()
