"""The nearest resources: along the roads where there are some, else straight, and then it is said."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin_app.operation.dispatch import Resource, ResourceState, nearest
from twin_app.operation.roads import RoadGraph

SQUARE = [np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]])]  # open at the west side


def at(name: str, x: float, y: float, **more: object) -> Resource:
    return Resource(name, name, frozenset({"power"}), (x, y), **more)  # type: ignore[arg-type]


def test_the_way_follows_the_roads() -> None:
    near, far = nearest(RoadGraph(SQUARE), (0.0, 0.0), [at("straight", 0.0, 100.0), at("road", 100.0, 103.0)])
    assert [(one.resource.id, round(one.way_m, 6), one.by_road) for one in (near, far)] == [
        ("road", 203.0, True),
        ("straight", 300.0, True),
    ]


def test_on_one_edge_the_way_is_direct() -> None:
    (offer,) = nearest(RoadGraph(SQUARE), (20.0, 5.0), [at("a", 70.0, -2.0)])
    assert offer.way_m == pytest.approx(5.0 + 50.0 + 2.0)


def test_roads_that_cross_meet() -> None:
    cross = RoadGraph([np.array([[-50.0, 0.0], [50.0, 0.0]]), np.array([[0.0, -50.0, 7.0], [0.0, 50.0, 7.0]])])
    assert len(cross) == 4
    (offer,) = nearest(cross, (-50.0, 0.0), [at("a", 0.0, 50.0)])
    assert offer.way_m == pytest.approx(100.0)


def test_where_no_road_leads_it_is_straight_and_said() -> None:
    roads = RoadGraph([*SQUARE, np.array([[500.0, 0.0], [500.0, 100.0]])])
    island, there = at("island", 500.0, 0.0), at("there", 0.0, 100.0)
    offers = nearest(roads, (0.0, 0.0), [island, there])
    assert [(one.resource.id, one.note_key) for one in offers] == [
        ("there", "event.way_by_road"),
        ("island", "event.way_straight"),
    ]
    assert offers[1].way_m == 500.0
    none = RoadGraph([np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[np.nan, 0.0], [1.0, 1.0]])])
    assert [one.by_road for one in nearest(none, (0.0, 0.0), [there])] == [False]


def test_only_those_who_are_free_and_can() -> None:
    there = [at("busy", 1.0, 0.0, state=ResourceState.BUSY), at("off", 1.0, 0.0, state=ResourceState.OFF_DUTY)]
    there += [at("free", 90.0, 0.0), at("other", 95.0, 0.0)]
    roads = RoadGraph(SQUARE)
    assert [one.resource.id for one in nearest(roads, (0.0, 0.0), there, skill="power")] == ["free", "other"]
    assert [one.resource.id for one in nearest(roads, (0.0, 0.0), there, most=1)] == ["free"]
    assert nearest(roads, (0.0, 0.0), there, skill="green") == []


grid_edges = [((x, y), (x + dx, y + dy)) for x in range(4) for y in range(4) for dx, dy in ((1, 0), (0, 1))]


@given(st.lists(st.sampled_from(grid_edges), min_size=1, max_size=30, unique=True), st.integers(0, 10**6))
@settings(deadline=None)
def test_distances_are_those_of_trying_all_pairs(
    edges: list[tuple[tuple[int, int], tuple[int, int]]], seed: int
) -> None:
    graph = RoadGraph([np.array(edge, np.float64) * 10.0 for edge in edges])
    far = np.full((len(graph.nodes_m),) * 2, np.inf)
    np.fill_diagonal(far, 0.0)
    for (a, b), length in zip(graph.ends, graph.lengths_m, strict=True):
        far[a, b] = far[b, a] = length
    for k, i in itertools.product(range(len(far)), repeat=2):  # Floyd and Warshall
        far[i] = np.minimum(far[i], far[i, k] + far[k])
    start = graph.snap(np.random.default_rng(seed).uniform(0.0, 40.0, 2))
    assert start is not None
    a, b = graph.ends[start.edge]
    wanted = np.minimum(far[a] + start.along_m, far[b] + graph.lengths_m[start.edge] - start.along_m)
    np.testing.assert_allclose(graph.distances_m(start), wanted)
