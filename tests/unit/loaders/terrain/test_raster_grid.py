"""Heights between samples."""

from __future__ import annotations

import numpy as np
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st

from loaders.terrain.raster import ElevationGrid, composed

FACTOR = st.floats(0.01, 1e4)


def test_a_cell_is_bilinear() -> None:
    grid = ElevationGrid(np.array([[0, 1], [2, 7]], np.float32), Affine(1, 0, 10, 0, -1, 20))
    assert grid.height_at(np.array([10.5]), np.array([19.5]))[0] == pytest.approx(2.5)
    assert grid.height_at(np.array([11.0]), np.array([19.0]))[0] == 7
    assert grid.height_at(np.array([10.25]), np.array([20.0]))[0] == pytest.approx(0.25)
    assert np.isnan(grid.height_at(np.array([9.9, 11.1, 10.5]), np.array([19.5, 19.5, 20.1]))).all()
    assert grid.bounds() == (10, 19, 11, 20)


def test_holes_and_their_rims() -> None:
    heights = np.ones((4, 4), np.float32)
    heights[1, 1] = np.nan
    grid = ElevationGrid(heights, Affine.identity())
    x, y = np.array([0.5, 1.5, 0.0, 2.0, 2.5]), np.array([0.5, 1.5, 1.0, 1.0, 2.5])
    np.testing.assert_array_equal(np.isnan(grid.height_at(x, y)), [True, True, False, False, False])
    assert np.isnan(grid.height_at(np.array([np.nan, np.inf]), np.array([0.0, 0.0]))).all()


@given(
    a=FACTOR,
    e=FACTOR,
    shear=st.floats(-0.5, 0.5),
    coefficients=st.tuples(st.floats(-50, 50), st.floats(-5, 5), st.floats(-5, 5)),
    spots=st.lists(st.tuples(st.floats(0, 6), st.floats(0, 4)), min_size=1, max_size=20),
)
def test_planes_are_met_exactly(
    a: float,
    e: float,
    shear: float,
    coefficients: tuple[float, float, float],
    spots: list[tuple[float, float]],
) -> None:
    """Bilinear interpolation in a linear grid is linear, whatever the grid's turn and scale."""
    affine = Affine(a, shear * a, 500_000, shear * e, -e, 3_000_000)
    level, across, down = coefficients
    i, j = np.mgrid[0:5, 0:7].astype(np.float64)
    grid = ElevationGrid((level + across * j + down * i).astype(np.float32), affine)
    column, row = np.array(spots).T
    x, y = grid.xy(row, column)
    np.testing.assert_allclose(grid.height_at(x, y), level + across * column + down * row, atol=1e-3)


@given(st.lists(st.floats(-100, 100), min_size=12, max_size=12))
def test_composition_is_one_after_the_other(values: list[float]) -> None:
    outer, inner = Affine(*values[:6]), Affine(*values[6:])
    a, b, c, d, e, f = tuple(inner)[:6]
    x, y = a * 3 + b * 4 + c, d * 3 + e * 4 + f
    a, b, c, d, e, f = tuple(outer)[:6]
    expected = a * x + b * y + c, d * x + e * y + f
    a, b, c, d, e, f = tuple(composed(outer, inner))[:6]
    np.testing.assert_allclose((a * 3 + b * 4 + c, d * 3 + e * 4 + f), expected, atol=1e-6, rtol=1e-9)
