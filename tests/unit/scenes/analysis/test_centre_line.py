"""Centre lines of pipes and roads, against lines that the shapes were made of."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
import trimesh
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenes.analysis.centre_line import centre_line


def away_m(points: NDArray[np.float64], line: NDArray[np.float64]) -> float:
    """The furthest that points are from a line, in plan."""
    return float(shapely.distance(shapely.LineString(line[:, :2]), shapely.points(points[:, :2])).max())


@given(
    st.tuples(*[st.floats(-50, 50)] * 3),
    st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.2),
    st.floats(0.05, 2.0),
    st.floats(5.0, 80.0),
)
def test_a_straight_pipe_is_its_axis(
    place: tuple[float, float, float], way: tuple[float, float, float], radius_m: float, times: float
) -> None:
    begin = np.array(place)
    axis = np.array(way) / np.linalg.norm(way)
    end = begin + axis * radius_m * times
    pipe = trimesh.creation.cylinder(radius_m, segment=[begin, end], sections=24)
    line = centre_line(np.asarray(pipe.triangles))
    assert line is not None
    off_axis = np.linalg.norm(np.cross(line - begin, axis), axis=1)
    assert off_axis.max() < 0.02 * radius_m
    reach = np.sort((line[[0, -1]] - begin) @ axis)
    assert reach == pytest.approx([0.0, radius_m * times], abs=1e-3 * radius_m * times)


def test_a_bent_road_is_followed() -> None:
    turn = np.linspace(0.0, 1.2, 60)
    wanted = np.stack([300.0 * np.sin(turn), 300.0 * (1.0 - np.cos(turn))], axis=1)
    road = shapely.LineString(wanted).buffer(7.0, cap_style="flat")
    parts = [part for part in shapely.get_parts(shapely.delaunay_triangles(road)) if road.contains(part.centroid)]
    corners = np.array([part.exterior.coords[:3] for part in parts])
    line = centre_line(np.concatenate([corners, np.full((*corners.shape[:2], 1), 21.5)], axis=2))
    assert line is not None
    assert away_m(line, wanted) < 1.5
    assert np.ptp(line[:, 2]) < 1e-6
    assert shapely.LineString(line).length == pytest.approx(
        shapely.LineString(wanted).length, rel=0.06
    )  # slanting ends give no cut


def test_a_cube_a_plate_and_nothing_have_none() -> None:
    assert centre_line(np.asarray(trimesh.creation.box((1.0, 1.0, 1.0)).triangles)) is None
    assert centre_line(np.asarray(trimesh.creation.box((10.0, 9.0, 0.1)).triangles)) is None
    assert centre_line(np.zeros((0, 3, 3))) is None
    assert centre_line(np.zeros((4, 3, 3))) is None
    assert centre_line(np.full((2, 3, 3), np.nan)) is None
