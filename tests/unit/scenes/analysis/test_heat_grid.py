"""Values between points, with answers in closed form."""

from __future__ import annotations

import numpy as np
import pytest

from scenes.analysis.heat_grid import heat_grid


def centres(grid):
    rows, columns = grid.values.shape
    x0, y0, x1, y1 = grid.bounds_m
    x = x0 + (np.arange(columns) + 0.5) * (x1 - x0) / columns
    y = y0 + (np.arange(rows) + 0.5) * (y1 - y0) / rows
    return np.meshgrid(x, y)


def test_one_point_gives_its_value_within_its_radius_and_nothing_beyond() -> None:
    grid = heat_grid(np.array([[100.0, 50.0, 3.0]]), np.array([7.0]), 20.0, 64)
    x, y = centres(grid)
    away = np.hypot(x - 100.0, y - 50.0)
    assert np.isnan(grid.values[away >= 20.0]).all()
    assert grid.values[away < 19.9] == pytest.approx(7.0)
    assert grid.nearness == pytest.approx(np.maximum(1.0 - away / 20.0, 0.0))
    assert grid.bounds_m == pytest.approx((80.0, 30.0, 120.0, 70.0))


def test_between_two_points_values_lie_between_theirs_and_half_way_in_the_middle() -> None:
    points = np.array([[0.0, 0.0], [10.0, 0.0]])
    grid = heat_grid(points, np.array([10.0, 30.0]), 15.0, 401)
    x, y = centres(grid)
    known = np.isfinite(grid.values)
    assert grid.values[known].min() >= 10.0 - 1e-9
    assert grid.values[known].max() <= 30.0 + 1e-9
    middle = np.argmin(np.hypot(x - 5.0, y))
    assert grid.values.ravel()[middle] == pytest.approx(20.0, abs=0.2)
    for point, value in zip(points, (10.0, 30.0), strict=True):
        here = np.argmin(np.hypot(x - point[0], y - point[1]))
        assert grid.values.ravel()[here] == pytest.approx(value, abs=0.05)


def test_weights_are_those_of_franke_and_little() -> None:
    points, radius = np.array([[0.0, 0.0], [12.0, 0.0], [3.0, 9.0]]), 16.0
    values = np.array([1.0, 5.0, 9.0])
    grid = heat_grid(points, values, radius, 100)
    x, y = centres(grid)
    index = np.unravel_index(np.argmin(np.hypot(x - 5.0, y - 4.0)), x.shape)
    away = np.hypot(points[:, 0] - x[index], points[:, 1] - y[index])
    weights = (np.maximum(radius - away, 0.0) / (radius * away)) ** 2
    assert grid.values[index] == pytest.approx((weights * values).sum() / weights.sum())


def test_a_point_without_a_value_says_where_nothing_is_known() -> None:
    grid = heat_grid(np.array([[0.0, 0.0], [100.0, 0.0]]), np.array([4.0, np.nan]), 10.0, 120)
    x, _ = centres(grid)
    assert not np.isfinite(grid.values[x > 50.0]).any()
    assert grid.nearness[x > 50.0].max() == 0.0
    assert grid.nearness_empty[x > 50.0].max() > 0.9
    assert grid.nearness_empty[x < 50.0].max() == 0.0


def test_nothing_and_nonsense() -> None:
    assert np.isnan(heat_grid(np.zeros((0, 3)), np.zeros(0), 10.0).values).all()
    grid = heat_grid(np.array([[np.nan, 0.0, 0.0], [1.0, 1.0, 1.0]]), np.array([5.0, 6.0]), 10.0, 32)
    assert np.nanmax(grid.values) == pytest.approx(6.0)
