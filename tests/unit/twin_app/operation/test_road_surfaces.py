"""Lines through road surfaces: as long as the roads, joined where they meet."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from twin_app.operation.dispatch import Resource, nearest
from twin_app.operation.road_surfaces import lines_through
from twin_app.operation.roads import RoadGraph


def triangles(*shapes: shapely.Geometry) -> np.ndarray:
    found = []
    for shape in shapes:
        for one in shapely.get_parts(shapely.constrained_delaunay_triangles(shape)):
            found.append(shapely.get_coordinates(one)[:3])
    return np.array(found)


def road(*corners: tuple[float, float], width_m: float = 8.0) -> shapely.Geometry:
    return shapely.LineString(corners).buffer(width_m / 2, cap_style="flat")


def way_m(graph: RoadGraph, begin: tuple[float, float], end: tuple[float, float]) -> tuple[float, bool]:
    (offer,) = nearest(graph, begin, [Resource("a", "a", frozenset(), end)])
    return offer.way_m, offer.by_road


def test_a_way_along_surfaces_is_as_long_as_along_their_middle() -> None:
    corners = ((0.0, 0.0), (300.0, 0.0), (300.0, 200.0), (500.0, 260.0))
    graph = RoadGraph(lines_through(triangles(road(*corners))))
    length, by_road = way_m(graph, corners[0], corners[-1])
    assert by_road
    assert length == pytest.approx(shapely.LineString(corners).length, rel=0.05)


def test_roads_that_overlap_or_touch_are_joined_and_those_apart_are_not() -> None:
    crossing = RoadGraph(lines_through(triangles(road((0, 0), (200, 0)), road((100, -80), (100, 80)))))
    assert way_m(crossing, (0.0, 0.0), (100.0, 80.0)) == (pytest.approx(180.0, rel=0.06), True)
    touching = RoadGraph(lines_through(triangles(road((0, 0), (100, 0)), road((100, 0), (200, 0)))))
    assert way_m(touching, (0.0, 0.0), (200.0, 0.0)) == (pytest.approx(200.0, rel=0.03), True)
    apart = RoadGraph(lines_through(triangles(road((0, 0), (100, 0)), road((150, 0), (250, 0)))))
    assert way_m(apart, (0.0, 0.0), (250.0, 0.0)) == (250.0, False)


def test_nonsense_has_no_lines() -> None:
    assert lines_through(np.zeros((0, 3, 2))) == []
    assert lines_through(np.full((5, 3, 2), np.nan)) == []
    assert lines_through(np.zeros((5, 3, 2))) == []


def test_the_way_begins_and_ends_at_the_roads_and_is_as_long_as_told() -> None:
    square = RoadGraph([np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]])])
    start, goal = square.snap(np.array([10.0, 3.0])), square.snap(np.array([20.0, 104.0]))
    assert start is not None
    assert goal is not None
    far_m = square.distances_m(start)
    way = square.way_m(start, goal, far_m)
    np.testing.assert_allclose(way, [[10, 0], [100, 0], [100, 100], [20, 100]])
    assert np.hypot(*np.diff(way, axis=0).T).sum() == pytest.approx(square.between_m(start, goal, far_m))
    same = square.snap(np.array([70.0, 1.0]))
    assert same is not None
    np.testing.assert_allclose(square.way_m(start, same, far_m), [[10, 0], [70, 0]])
    island = RoadGraph([np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([[50.0, 0.0], [59.0, 0.0]])])
    one, other = island.snap(np.array([1.0, 0.0])), island.snap(np.array([51.0, 0.0]))
    assert one is not None
    assert other is not None
    assert len(island.way_m(one, other, island.distances_m(one))) == 0
